// Merge sort with OpenMP tasks, both sorting and merging divided as in examples/merge-sort.ts. Usage: merge-sort THREADS N
#include <omp.h>
#include <algorithm>
#include "tiles.hpp"

namespace {

constexpr long smallest = 16384;

void plain_sort(double* data, double* other, long n, bool to_other) {
  if (n <= 32) {
    for (long i = 1; i < n; i++) {
      const double value = data[i];
      long j = i;
      for (; j > 0 && data[j - 1] > value; j--) data[j] = data[j - 1];
      data[j] = value;
    }
    if (to_other) std::copy(data, data + n, other);
    return;
  }
  const long half = n / 2;
  plain_sort(data, other, half, !to_other);
  plain_sort(data + half, other + half, n - half, !to_other);
  double *from = to_other ? data : other, *to = to_other ? other : data;
  std::merge(from, from + half, from + half, from + n, to);
}

void merge(const double* a, const double* a_end, const double* b, const double* b_end, double* to) {
  if ((a_end - a) + (b_end - b) <= smallest) {
    std::merge(a, a_end, b, b_end, to);
    return;
  }
  const double *a_cut, *b_cut;
  if (a_end - a >= b_end - b) {
    a_cut = a + (a_end - a) / 2;
    b_cut = std::lower_bound(b, b_end, *a_cut);
  } else {
    b_cut = b + (b_end - b) / 2;
    a_cut = std::upper_bound(a, a_end, *b_cut);
  }
#pragma omp task
  merge(a, a_cut, b, b_cut, to);
  merge(a_cut, a_end, b_cut, b_end, to + (a_cut - a) + (b_cut - b));
#pragma omp taskwait
}

void sort(double* data, double* other, long n, bool to_other) {
  if (n <= smallest) return plain_sort(data, other, n, to_other);
  const long half = n / 2;
#pragma omp task
  sort(data, other, half, !to_other);
  sort(data + half, other + half, n - half, !to_other);
#pragma omp taskwait
  const double* from = to_other ? data : other;
  merge(from, from + half, from + half, from + n, to_other ? other : data);
}

}  // namespace

int main(int argc, char** argv) {
  omp_set_num_threads(argc > 1 ? std::atoi(argv[1]) : 2);
  const long n = argc > 2 ? std::atol(argv[2]) : 6000000;
  std::vector<double> data(n), other(n);
  uint32_t state = 2654435761u;
  for (double& value : data) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    value = state / 4294967296.0;
  }
  const double ms = milliseconds([&] {
#pragma omp parallel
#pragma omp single
    sort(data.data(), other.data(), n, false);
  });
  std::printf("{\"ms\":%.3f,\"sorted\":%s}\n", ms, std::is_sorted(data.begin(), data.end()) ? "true" : "false");
  return std::is_sorted(data.begin(), data.end()) ? 0 : 1;
}
