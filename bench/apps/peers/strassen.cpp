// BOTS strassen with OpenMP tasks, the same tasks and sums as in examples/bots. Usage: strassen THREADS N
#include <omp.h>
#include <algorithm>
#include "tiles.hpp"

namespace {

constexpr int tileEdge = 64;
constexpr size_t sequentialSize = 256 * 256;

void tileProduct(const double* a, const double* b, double* c, int n) {
  std::fill(c, c + n * n, 0.0);
  for (int j = 0; j < n; j += 4)
    for (int k = 0; k < n; k++) {
      const double b0 = b[k * n + j], b1 = b[k * n + j + 1], b2 = b[k * n + j + 2], b3 = b[k * n + j + 3];
#pragma omp simd
      for (int i = 0; i < n; i++) {
        c[j * n + i] += a[k * n + i] * b0;
        c[(j + 1) * n + i] += a[k * n + i] * b1;
        c[(j + 2) * n + i] += a[k * n + i] * b2;
        c[(j + 3) * n + i] += a[k * n + i] * b3;
      }
    }
}

void multiply(const double* a, const double* b, double* c, size_t size) {
  if (size <= size_t(tileEdge) * tileEdge) return tileProduct(a, b, c, int(std::sqrt(double(size))));
  const size_t q = size / 4;
  const double *a11 = a, *a12 = a + q, *a21 = a + 2 * q, *a22 = a + 3 * q;
  const double *b11 = b, *b12 = b + q, *b21 = b + 2 * q, *b22 = b + 3 * q;
  double *c11 = c, *c12 = c + q, *c21 = c + 2 * q, *c22 = c + 3 * q;
  std::vector<double> scratch(11 * q);
  double *s1 = scratch.data(), *s2 = s1 + q, *s3 = s2 + q, *s4 = s3 + q, *t1 = s4 + q, *t2 = t1 + q, *t3 = t2 + q, *t4 = t3 + q;
  double *m1 = t4 + q, *m6 = m1 + q, *m7 = m6 + q;
  for (size_t i = 0; i < q; i++) {
    s1[i] = a21[i] + a22[i];
    s2[i] = s1[i] - a11[i];
    s3[i] = a11[i] - a21[i];
    s4[i] = a12[i] - s2[i];
    t1[i] = b12[i] - b11[i];
    t2[i] = b22[i] - t1[i];
    t3[i] = b22[i] - b12[i];
    t4[i] = t2[i] - b21[i];
  }
  const struct {
    const double *a, *b;
    double* c;
  } products[7] = {{a11, b11, m1}, {a12, b21, c11}, {s4, b22, c12}, {a22, t4, c21}, {s1, t1, c22}, {s2, t2, m6}, {s3, t3, m7}};
  for (const auto& it : products) {
#pragma omp task if (size > sequentialSize) firstprivate(it)
    multiply(it.a, it.b, it.c, q);
  }
#pragma omp taskwait
  for (size_t i = 0; i < q; i++) {
    const double second = m1[i] + m6[i], third = second + m7[i], fifth = c22[i];
    c11[i] += m1[i];
    c12[i] += second + fifth;
    c21[i] = third - c21[i];
    c22[i] = third + fifth;
  }
}

void fill(double* to, size_t size, int row, int column, int seed, bool byRows) {
  const int edge = int(std::sqrt(double(size)));
  if (edge > tileEdge) {
    for (int k = 0; k < 4; k++) fill(to + k * size / 4, size / 4, row + (k >> 1) * edge / 2, column + (k & 1) * edge / 2, seed, byRows);
    return;
  }
  for (int r = 0; r < edge; r++)
    for (int c = 0; c < edge; c++) to[byRows ? r * edge + c : c * edge + r] = randomAt(row + r, column + c, seed);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2, n = argc > 2 ? std::atoi(argv[2]) : 1024;
  omp_set_num_threads(threads);
  const size_t size = size_t(n) * n;
  std::vector<double> a(size), b(size), c(size);
  fill(a.data(), size, 0, 0, 1, false);
  fill(b.data(), size, 0, 0, 2, true);
  const double ms = milliseconds([&] {
#pragma omp parallel
#pragma omp single
    multiply(a.data(), b.data(), c.data(), size);
  });
  double sum = 0;
  for (double value : c) sum += value;
  std::printf("{\"ms\":%.3f,\"sum\":%.12e}\n", ms, sum);
}
