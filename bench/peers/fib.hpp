// What both peers share: the sequential call, the clock, and the line that they print.
#pragma once
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

inline long sequential(int n) { return n < 2 ? n : sequential(n - 1) + sequential(n - 2); }

inline double milliseconds(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

inline long tasks(int n) { return n < 2 ? 0 : 1 + tasks(n - 1) + tasks(n - 2); }

inline int report(const char* peer, int workers, int n, const std::function<long()>& parallel) {
  volatile long expected = 0, actual = 0;
  volatile int input = n;
  const double seqMs = milliseconds([&] { expected = sequential(input); });
  const double parMs = milliseconds([&] { actual = parallel(); });
  std::printf("{\"peer\":\"%s\",\"workers\":%d,\"n\":%d,\"seqMs\":%.3f,\"parMs\":%.3f,\"nsPerTask\":%.2f}\n", peer, workers, n,
              seqMs, parMs, parMs * 1e6 / tasks(n));
  return actual == expected ? 0 : 1;
}
