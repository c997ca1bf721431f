// N queens with OpenMP tasks, the same tasks as in examples/queens.ts. Usage: queens THREADS N
#include <omp.h>
#include "tiles.hpp"

namespace {

constexpr int smallest = 8;

long count(int all, int columns, int left, int right) {
  if (columns == all) return 1;
  long solutions = 0;
  for (int free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    const int queen = free & -free;
    solutions += count(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return solutions;
}

long search(int all, int rows, int columns, int left, int right) {
  if (rows <= smallest) return count(all, columns, left, right);
  long found[32], solutions = 0;
  int branches = 0;
  for (int free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    const int queen = free & -free;
    long* result = &found[branches++];
#pragma omp task firstprivate(result, queen)
    *result = search(all, rows - 1, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
#pragma omp taskwait
  for (int i = 0; i < branches; i++) solutions += found[i];
  return solutions;
}

}  // namespace

int main(int argc, char** argv) {
  omp_set_num_threads(argc > 1 ? std::atoi(argv[1]) : 2);
  const int n = argc > 2 ? std::atoi(argv[2]) : 13;
  long solutions = 0;
  const double ms = milliseconds([&] {
#pragma omp parallel
#pragma omp single
    solutions = search((1 << n) - 1, n, 0, 0, 0);
  });
  std::printf("{\"ms\":%.3f,\"solutions\":%ld}\n", ms, solutions);
}
