// Cholesky factorization and matrix product by OpenBLAS: the limit. Usage: blas cholesky|product THREADS N
#include <cblas.h>
#include <algorithm>
#include "tiles.hpp"

extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, size_t);
void openblas_set_num_threads(int);
}

int main(int argc, char** argv) {
  const bool factors = argc > 1 && std::string(argv[1]) == "cholesky";
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2, n = argc > 3 ? std::atoi(argv[3]) : 2048;
  openblas_set_num_threads(threads);
  std::vector<double> a(size_t(n) * n), b(size_t(n) * n), c(size_t(n) * n);
  for (int j = 0; j < n; j++)
    for (int i = 0; i < n; i++) {
      a[size_t(j) * n + i] = valueAt(i, j, n, 1, factors);
      b[size_t(j) * n + i] = valueAt(i, j, n, 2, false);
    }
  double ms, sum = 0;
  if (factors) {
    int info = 0;
    ms = milliseconds([&] { dpotrf_("L", &n, a.data(), &n, &info, 1); });
    for (int i = 0; i < n; i++) sum += std::log(a[size_t(i) * n + i]);
    if (info != 0) return 1;
  } else {
    ms = milliseconds([&] {
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
    });
    for (int i = 0; i < n; i++) sum += c[size_t(i) * n + i];
  }
  std::printf("{\"ms\":%.3f,\"sum\":%.12e}\n", ms, sum);
}
