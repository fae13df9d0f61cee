// The kernels in C, for the distance to the machine's limit: compiled by native.ts with -Ofast -march=native, so with
// vectorised exp and fused multiply-add, neither of which WebAssembly has. Prints "group<TAB>size<TAB>milliseconds".
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * t.tv_sec + 1e-6 * t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double *filled(size_t n) {
  double *x = aligned_alloc(64, 8 * n + 64);
  unsigned long long s = 1;
  for (size_t i = 0; i < n; i++) {
    s = s * 6364136223846793005ULL + 1442695040888963407ULL;
    x[i] = (double)(s >> 11) * 0x1p-51 - 2;
  }
  return x;
}

static volatile double sink;

static void radix4(double *x, size_t n) {
  if (n == 2) {
    double a = x[0], b = x[1];
    x[0] = a + b;
    x[1] = a - b;
    return;
  }
  if (n > 4) for (int q = 0; q < 4; q++) radix4(x + q * (n / 4), n / 4);
  size_t h = n / 4;
  double *b = x + h, *c = b + h, *d = c + h;
#pragma GCC ivdep
  for (size_t i = 0; i < h; i++) {
    double p = x[i] + b[i], m = x[i] - b[i], q = c[i] + d[i], l = c[i] - d[i];
    x[i] = p + q;
    b[i] = m + l;
    c[i] = p - q;
    d[i] = m - l;
  }
}

static void scale(double *x, size_t n, double f) {
  for (size_t i = 0; i < n; i++) x[i] *= f;
}

static void exponentials(const double *x, double *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = exp(x[i]);
}

static void softmax(const double *x, double *y, size_t n) {
  double m = x[0], s = 0;
  for (size_t i = 0; i < n; i++) m = x[i] > m ? x[i] : m;
  for (size_t i = 0; i < n; i++) y[i] = exp(x[i] - m);
  for (size_t i = 0; i < n; i++) s += y[i];
  scale(y, n, 1 / s);
}

// Blocked for the caches; the inner loops are the compiler's to vectorise.
static void product(const double *a, const double *b, double *c, int n) {
  memset(c, 0, 8 * (size_t)n * n);
  for (int k0 = 0; k0 < n; k0 += 64)
    for (int j0 = 0; j0 < n; j0 += 256)
      for (int i = 0; i < n; i += 4) {
        int j1 = j0 + 256 < n ? j0 + 256 : n, k1 = k0 + 64 < n ? k0 + 64 : n;
        double *c0 = c + (size_t)i * n, *c1 = c0 + n, *c2 = c1 + n, *c3 = c2 + n;
        for (int k = k0; k < k1; k++) {
          double a0 = a[(size_t)i * n + k], a1 = a[(size_t)(i + 1) * n + k];
          double a2 = a[(size_t)(i + 2) * n + k], a3 = a[(size_t)(i + 3) * n + k];
          const double *r = b + (size_t)k * n;
#pragma GCC ivdep
          for (int j = j0; j < j1; j++) {
            c0[j] += a0 * r[j];
            c1[j] += a1 * r[j];
            c2[j] += a2 * r[j];
            c3[j] += a3 * r[j];
          }
        }
      }
}

#define TIME(group, size, work)                                      \
  do {                                                               \
    double t[301];                                                   \
    int count = 0;                                                   \
    double began = now();                                            \
    work;                                                            \
    while (count < 301 && (count < 5 || now() - began < 300)) {      \
      double start = now();                                          \
      for (int rep = 0; rep < reps; rep++) work;                     \
      t[count++] = (now() - start) / reps;                           \
    }                                                                \
    qsort(t, count, 8, ascending);                                   \
    printf("%s\t%zu\t%.6g\n", group, (size_t)(size), t[count / 2]); \
  } while (0)

int main(void) {
  size_t most = 1 << 20;
  double *x = filled(most), *y = filled(most), *z = filled(most);
  for (int m = 10; m <= 20; m += 2) {
    size_t n = (size_t)1 << m;
    int reps = m < 15 ? 100 : 1;
    double f = pow(2, -m / 2.0);
    TIME("walsh-hadamard", n, (radix4(x, n), scale(x, n, f)));
  }
  for (int m = 10; m <= 20; m += 2) {
    size_t n = (size_t)1 << m;
    int reps = m < 14 ? 100 : 1;
    TIME("exp of one vector", n, exponentials(z, y, n));
    TIME("softmax of one vector", n, softmax(z, y, n));
    TIME("copy", n, memcpy(y, z, 8 * n));
  }
  for (int n = 64; n <= 512; n *= 2) {
    int reps = n < 128 ? 20 : 1;
    TIME("matrix product", n, product(x, z, y, n));
  }
  sink = x[1] + y[1];
  return 0;
}
