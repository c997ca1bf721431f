// fib with oneTBB: one task_group per call, the left half a task. Usage: fib-tbb WORKERS N
#include <tbb/global_control.h>
#include <tbb/task_group.h>
#include "fib.hpp"

static long fib(int n) {
  if (n < 2) return n;
  long left;
  tbb::task_group group;
  group.run([&] { left = fib(n - 1); });
  const long right = fib(n - 2);
  group.wait();
  return left + right;
}

int main(int argc, char** argv) {
  const int workers = argc > 1 ? std::atoi(argv[1]) : 2, n = argc > 2 ? std::atoi(argv[2]) : 32;
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, workers);
  fib(20);
  return report("oneTBB task_group", workers, n, [&] { return fib(n); });
}
