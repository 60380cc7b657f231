/* Loss and gradient of two formula surfaces over a block of points: the peers the formula kernels are
   measured against. GCC joins a sine and a cosine of the same angle into one call that it cannot vectorize,
   so the sines have a loop of their own; all loops become calls of libmvec. */
#include <math.h>

#define TAU 6.283185307179586
#define BLOCK 256

void rastrigin(long n, double a, const double *restrict x, const double *restrict y, double *restrict loss,
               double *restrict gx, double *restrict gy) {
    for (long from = 0; from < n; from += BLOCK) {
        long to = from + BLOCK < n ? from + BLOCK : n;
#pragma omp simd
        for (long i = from; i < to; i++)
            loss[i] = 2 * a + x[i] * x[i] - a * cos(TAU * x[i]) + y[i] * y[i] - a * cos(TAU * y[i]);
#pragma omp simd
        for (long i = from; i < to; i++) {
            gx[i] = 2 * x[i] + TAU * a * sin(TAU * x[i]);
            gy[i] = 2 * y[i] + TAU * a * sin(TAU * y[i]);
        }
    }
}

void ackley(long n, double a, double b, double c, const double *restrict x, const double *restrict y,
            double *restrict loss, double *restrict gx, double *restrict gy) {
    double hill[BLOCK], slope[BLOCK];
    for (long from = 0; from < n; from += BLOCK) {
        long to = from + BLOCK < n ? from + BLOCK : n;
#pragma omp simd
        for (long i = from; i < to; i++) {
            double r = sqrt(0.5 * (x[i] * x[i] + y[i] * y[i])), far = a * exp(-b * r);
            double near = exp(0.5 * (cos(c * x[i]) + cos(c * y[i])));
            loss[i] = -far - near + a + M_E;
            hill[i - from] = 0.5 * c * near;
            slope[i - from] = r == 0 ? 0 : 0.5 * b * far / r;
        }
#pragma omp simd
        for (long i = from; i < to; i++) {
            gx[i] = slope[i - from] * x[i] + hill[i - from] * sin(c * x[i]);
            gy[i] = slope[i - from] * y[i] + hill[i - from] * sin(c * y[i]);
        }
    }
}
