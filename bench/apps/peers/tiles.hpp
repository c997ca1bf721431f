// The matrices of examples/linear-algebra: square tiles, each column after column.
#pragma once
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

inline double randomAt(uint32_t row, uint32_t column, uint32_t seed) {
  uint32_t x = (row + 1) * 0x9e3779b1u ^ (column + 1) * 0x85ebca77u ^ seed * 0xc2b2ae3du;
  x = (x ^ (x >> 15)) * 0x2c1b3c6du;
  x = (x ^ (x >> 12)) * 0x297a2d39u;
  return int32_t(x ^ (x >> 15)) / 2147483648.0;
}

inline double valueAt(int row, int column, int n, int seed, bool definite) {
  return definite ? randomAt(std::max(row, column), std::min(row, column), seed) + (row == column ? n : 0) : randomAt(row, column, seed);
}

template <typename F>
double milliseconds(F&& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}
