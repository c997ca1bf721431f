// STREAM triad with OpenMP: the median of RUNS. Usage: stream THREADS ELEMENTS RUNS
#include <omp.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2, runs = argc > 3 ? std::atoi(argv[3]) : 9;
  const long n = argc > 2 ? std::atol(argv[2]) : 10000000;
  omp_set_num_threads(threads);
  std::unique_ptr<double[]> a(new double[n]), b(new double[n]), c(new double[n]);
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++) {
    a[i] = 0;
    b[i] = double(i % 1000);
    c[i] = 0.5;
  }
  std::vector<double> times;
  for (int run = 0; run < runs; run++) {
    const auto begin = std::chrono::steady_clock::now();
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  for (long i = 0; i < n; i++)
    if (a[i] != double(i % 1000) + 1.5) return 1;
  std::sort(times.begin(), times.end());
  std::printf("{\"ms\":%.4f}\n", times[runs / 2]);
}
