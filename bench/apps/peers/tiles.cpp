// Tiled Cholesky factorization and matrix product with OpenMP tasks and their dependences, the same tasks as in
// examples/linear-algebra. Usage: tiles cholesky|product THREADS N EDGE
#include <omp.h>
#include <algorithm>
#include "tiles.hpp"

namespace {

struct Matrix {
  int n, edge, tiles;
  std::vector<double> values;
  Matrix(int n, int edge) : n(n), edge(edge), tiles(n / edge), values(size_t(n) * n) {}
  double* tile(int i, int j) { return &values[(size_t(i) * tiles + j) * edge * edge]; }
  double& at(int row, int column) { return tile(row / edge, column / edge)[column % edge * edge + row % edge]; }
  void fill(int seed, bool definite) {
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) at(i, j) = valueAt(i, j, n, seed, definite);
  }
};

// Rows [from, n) of four columns of C, to which `sign` times the product of A and the transposed B is added.
inline void fourColumns(const double* a, const double* b, double* c, int n, int from, int count, double sign) {
  for (int k = 0; k < count; k++) {
    const double* column = a + k * n;
    const double b0 = sign * b[k * n], b1 = sign * b[k * n + 1], b2 = sign * b[k * n + 2], b3 = sign * b[k * n + 3];
#pragma omp simd
    for (int i = from; i < n; i++) {
      c[i] += column[i] * b0;
      c[n + i] += column[i] * b1;
      c[2 * n + i] += column[i] * b2;
      c[3 * n + i] += column[i] * b3;
    }
  }
}

void multiply(const double* a, const double* b, double* c, int n, double sign) {
  for (int j = 0; j < n; j += 4) fourColumns(a, b + j, c + j * n, n, 0, n, sign);
}

void rankUpdate(const double* a, double* c, int n) {
  for (int j = 0; j < n; j += 4) fourColumns(a, a + j, c + j * n, n, j, n, -1);
}

// Columns [j, j + 4) of X L' = A from row `from` on, where the columns before are known.
inline void solveColumns(const double* l, double* a, int n, int j, int from) {
  for (int m = j; m < j + 4; m++) {
    double* column = a + m * n;
    for (int k = j; k < m; k++)
      for (int i = from; i < n; i++) column[i] -= a[k * n + i] * l[k * n + m];
    for (int i = from; i < n; i++) column[i] /= l[m * n + m];
  }
}

void solve(const double* l, double* a, int n) {
  for (int j = 0; j < n; j += 4) {
    fourColumns(a, l + j, a + j * n, n, 0, j, -1);
    solveColumns(l, a, n, j, 0);
  }
}

void factor(double* a, int n) {
  for (int j = 0; j < n; j += 4) {
    fourColumns(a, a + j, a + j * n, n, j, j, -1);
    for (int m = j; m < j + 4; m++) {
      for (int k = j; k < m; k++)
        for (int i = m; i < n; i++) a[m * n + i] -= a[k * n + i] * a[k * n + m];
      const double diagonal = std::sqrt(a[m * n + m]);
      for (int i = m; i < n; i++) a[m * n + i] /= diagonal;
    }
  }
}

double cholesky(Matrix& m) {
  return milliseconds([&] {
#pragma omp parallel
#pragma omp single
    for (int k = 0; k < m.tiles; k++) {
      double* diagonal = m.tile(k, k);
#pragma omp task depend(inout : diagonal[0]) priority(1)
      factor(diagonal, m.edge);
      for (int i = k + 1; i < m.tiles; i++) {
        double* left = m.tile(i, k);
#pragma omp task depend(in : diagonal[0]) depend(inout : left[0])
        solve(diagonal, left, m.edge);
      }
      for (int i = k + 1; i < m.tiles; i++)
        for (int j = k + 1; j <= i; j++) {
          double *left = m.tile(i, k), *right = m.tile(j, k), *target = m.tile(i, j);
#pragma omp task depend(in : left[0], right[0]) depend(inout : target[0])
          if (i == j) rankUpdate(left, target, m.edge);
          else multiply(left, right, target, m.edge, -1);
        }
    }
  });
}

double product(Matrix& a, Matrix& b, Matrix& c) {
  return milliseconds([&] {
#pragma omp parallel
#pragma omp single
    for (int i = 0; i < c.tiles; i++)
      for (int j = 0; j < c.tiles; j++)
        for (int k = 0; k < c.tiles; k++) {
          double *left = a.tile(i, k), *right = b.tile(j, k), *target = c.tile(i, j);
#pragma omp task depend(inout : target[0])
          {
            if (k == 0) std::fill(target, target + c.edge * c.edge, 0.0);
            multiply(left, right, target, c.edge, 1);
          }
        }
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int k, int fallback) { return argc > k ? std::atoi(argv[k]) : fallback; };
  const bool factors = argc > 1 && std::string(argv[1]) == "cholesky";
  omp_set_num_threads(argument(2, 2));
  const int n = argument(3, 2048), edge = argument(4, 128);
  Matrix a(n, edge), b(n, edge), c(n, edge);
  a.fill(1, factors);
  b.fill(2, false);
  double ms, sum = 0;
  if (factors) {
    ms = cholesky(a);
    for (int i = 0; i < n; i++) sum += std::log(a.at(i, i));
  } else {
    ms = product(a, b, c);
    for (int i = 0; i < n; i++) sum += c.at(i, i);
  }
  std::printf("{\"ms\":%.3f,\"sum\":%.12e}\n", ms, sum);
}
