// BOTS sparselu with OpenMP tasks and their dependences, the same tasks as in examples/bots. Usage: sparselu THREADS BLOCKS EDGE
#include <omp.h>
#include <algorithm>
#include "tiles.hpp"

namespace {

bool isThere(int row, int column) {
  if (std::abs(row - column) <= 1) return true;
  if (row % 2 == 1 || column % 2 == 1) return false;
  return std::min(row, column) % 3 == 0;
}

void factor(double* a, int m) {
  for (int p = 0; p < m; p++) {
    for (int r = p + 1; r < m; r++) a[p * m + r] /= a[p * m + p];
    for (int c = p + 1; c < m; c++)
      for (int r = p + 1; r < m; r++) a[c * m + r] -= a[p * m + r] * a[c * m + p];
  }
}

// L^-1 A, with ones on the diagonal of L.
void forward(const double* l, double* a, int m) {
  for (int c = 0; c < m; c++)
    for (int p = 0; p < m; p++)
      for (int r = p + 1; r < m; r++) a[c * m + r] -= l[p * m + r] * a[c * m + p];
}

// A U^-1.
void divide(const double* u, double* a, int m) {
  for (int c = 0; c < m; c++) {
    for (int p = 0; p < c; p++)
      for (int r = 0; r < m; r++) a[c * m + r] -= a[p * m + r] * u[c * m + p];
    for (int r = 0; r < m; r++) a[c * m + r] /= u[c * m + c];
  }
}

void update(const double* l, const double* u, double* c, int m) {
  for (int j = 0; j < m; j += 4)
    for (int k = 0; k < m; k++) {
      const double u0 = u[j * m + k], u1 = u[(j + 1) * m + k], u2 = u[(j + 2) * m + k], u3 = u[(j + 3) * m + k];
      double* column = c + j * m;
#pragma omp simd
      for (int i = 0; i < m; i++) {
        column[i] -= l[k * m + i] * u0;
        column[m + i] -= l[k * m + i] * u1;
        column[2 * m + i] -= l[k * m + i] * u2;
        column[3 * m + i] -= l[k * m + i] * u3;
      }
    }
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int k, int fallback) { return argc > k ? std::atoi(argv[k]) : fallback; };
  omp_set_num_threads(argument(1, 2));
  const int n = argument(2, 50), m = argument(3, 100);
  std::vector<char> there(n * n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) there[i * n + j] = isThere(i, j);
  for (int k = 0; k < n; k++)
    for (int i = k + 1; i < n; i++)
      for (int j = k + 1; j < n; j++) there[i * n + j] |= there[i * n + k] && there[k * n + j];
  std::vector<std::vector<double>> blocks(n * n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      if (!there[i * n + j]) continue;
      blocks[i * n + j].assign(m * m, 0.0);
      if (!isThere(i, j)) continue;
      for (int r = 0; r < m; r++)
        for (int c = 0; c < m; c++)
          blocks[i * n + j][c * m + r] = randomAt(i * m + r, j * m + c, 3) + (i == j && r == c ? n * m : 0);
    }
  const auto at = [&](int i, int j) { return blocks[i * n + j].data(); };
  const double ms = milliseconds([&] {
#pragma omp parallel
#pragma omp single
    for (int k = 0; k < n; k++) {
      double* diagonal = at(k, k);
#pragma omp task depend(inout : diagonal[0]) priority(1)
      factor(diagonal, m);
      for (int i = k + 1; i < n; i++) {
        if (there[k * n + i]) {
          double* right = at(k, i);
#pragma omp task depend(in : diagonal[0]) depend(inout : right[0])
          forward(diagonal, right, m);
        }
        if (there[i * n + k]) {
          double* below = at(i, k);
#pragma omp task depend(in : diagonal[0]) depend(inout : below[0])
          divide(diagonal, below, m);
        }
      }
      for (int i = k + 1; i < n; i++)
        for (int j = k + 1; j < n; j++) {
          if (!there[i * n + k] || !there[k * n + j]) continue;
          double *l = at(i, k), *u = at(k, j), *c = at(i, j);
#pragma omp task depend(in : l[0], u[0]) depend(inout : c[0])
          update(l, u, c, m);
        }
    }
  });
  double sum = 0;
  for (int k = 0; k < n; k++)
    for (int r = 0; r < m; r++) sum += std::log(at(k, k)[r * m + r]);
  std::printf("{\"ms\":%.3f,\"sum\":%.12e}\n", ms, sum);
}
