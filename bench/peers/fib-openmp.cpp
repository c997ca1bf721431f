// fib with OpenMP tasks: the left half a task, one taskwait per call. Usage: fib-openmp WORKERS N
#include <omp.h>
#include "fib.hpp"

static long fib(int n) {
  if (n < 2) return n;
  long left;
#pragma omp task shared(left) firstprivate(n)
  left = fib(n - 1);
  const long right = fib(n - 2);
#pragma omp taskwait
  return left + right;
}

static long run(int n) {
  long result = 0;
#pragma omp parallel
#pragma omp single
  result = fib(n);
  return result;
}

int main(int argc, char** argv) {
  const int workers = argc > 1 ? std::atoi(argv[1]) : 2, n = argc > 2 ? std::atoi(argv[2]) : 32;
  omp_set_num_threads(workers);
  run(20);
  return report("OpenMP tasks", workers, n, [&] { return run(n); });
}
