// Sorts the keys of examples/sample-sort with std::sort or oneTBB's parallel_sort. Usage: sort-tbb std|tbb THREADS KEYS SEED
#include <tbb/global_control.h>
#include <tbb/parallel_sort.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

static uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

int main(int argc, char** argv) {
  const bool parallel = argc > 1 && std::string(argv[1]) == "tbb";
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const size_t n = argc > 3 ? std::atol(argv[3]) : 1 << 22;
  const uint32_t seed = uint32_t(argc > 4 ? std::atoi(argv[4]) : 1) * 0x9e3779b9u;
  std::vector<uint64_t> keys(n);
  for (size_t i = 0; i < n; i++) keys[i] = uint64_t(mix(uint32_t(2 * i + 1) + seed)) << 32 | mix(uint32_t(2 * i) + seed);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  const auto begin = std::chrono::steady_clock::now();
  if (parallel) tbb::parallel_sort(keys.begin(), keys.end());
  else std::sort(keys.begin(), keys.end());
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  std::printf("{\"ms\":%.3f,\"sorted\":%s}\n", ms, std::is_sorted(keys.begin(), keys.end()) ? "true" : "false");
}
