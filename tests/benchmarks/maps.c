/* Maps over the start: blocks of 256 starts in arrays, so that gcc turns every loop over them into vectors.
   Compiled with -Ofast -march=native -fopenmp and libmvec. X and Y hold the starts, and the ends after it. */
#include <math.h>

#define B 256
#define BLOCKS                                                      \
    _Pragma("omp parallel for schedule(static)") for (long b = 0; b < n; b += B)
#define LOAD                                                        \
    double x[B], y[B];                                              \
    for (int i = 0; i < B; i++) x[i] = X[b + i], y[i] = Y[b + i];
#define STORE                                                       \
    for (int i = 0; i < B; i++) X[b + i] = x[i], Y[b + i] = y[i];

void adam_rosenbrock(long n, long steps, double *X, double *Y, double lr) {
    BLOCKS {
        LOAD
        double mx[B] = {0}, my[B] = {0}, vx[B] = {0}, vy[B] = {0}, p1 = 1, p2 = 1;
        for (long k = 0; k < steps; k++) {
            p1 *= 0.9, p2 *= 0.999;
            double r = 1 / sqrt(1 - p2), s = lr / (1 - p1);
            for (int i = 0; i < B; i++) {
                double t = y[i] - x[i] * x[i];
                double gx = -2 * (1 - x[i]) - 400 * x[i] * t, gy = 200 * t;
                mx[i] = 0.9 * mx[i] + 0.1 * gx, my[i] = 0.9 * my[i] + 0.1 * gy;
                vx[i] = 0.999 * vx[i] + 0.001 * gx * gx, vy[i] = 0.999 * vy[i] + 0.001 * gy * gy;
                x[i] -= s * mx[i] / (sqrt(vx[i]) * r + 1e-8);
                y[i] -= s * my[i] / (sqrt(vy[i]) * r + 1e-8);
            }
        }
        STORE
    }
}

void momentum_himmelblau(long n, long steps, double *X, double *Y, double lr) {
    BLOCKS {
        LOAD
        double mx[B] = {0}, my[B] = {0};
        for (long k = 0; k < steps; k++)
            for (int i = 0; i < B; i++) {
                double p = x[i] * x[i] + y[i] - 11, q = x[i] + y[i] * y[i] - 7;
                double gx = 4 * p * x[i] + 2 * q, gy = 2 * p + 4 * q * y[i];
                mx[i] = 0.9 * mx[i] + gx, my[i] = 0.9 * my[i] + gy;
                x[i] -= lr * mx[i], y[i] -= lr * my[i];
            }
        STORE
    }
}

void rmsprop_rastrigin(long n, long steps, double *X, double *Y, double lr) {
    const double turn = 2 * M_PI;
    BLOCKS {
        LOAD
        double vx[B] = {0}, vy[B] = {0};
        for (long k = 0; k < steps; k++)
            for (int i = 0; i < B; i++) {
                double gx = 2 * x[i] + 10 * turn * sin(turn * x[i]), gy = 2 * y[i] + 10 * turn * sin(turn * y[i]);
                vx[i] = 0.99 * vx[i] + 0.01 * gx * gx, vy[i] = 0.99 * vy[i] + 0.01 * gy * gy;
                x[i] -= lr * gx / (sqrt(vx[i]) + 1e-8), y[i] -= lr * gy / (sqrt(vy[i]) + 1e-8);
            }
        STORE
    }
}

void nadam_beale(long n, long steps, double *X, double *Y, double lr) {
    BLOCKS {
        LOAD
        double mx[B] = {0}, my[B] = {0}, vx[B] = {0}, vy[B] = {0}, p2 = 1, product = 1;
        for (long k = 1; k <= steps; k++) {
            double mu = 0.9 * (1 - 0.5 * pow(0.96, k * 0.004)), next = 0.9 * (1 - 0.5 * pow(0.96, (k + 1) * 0.004));
            p2 *= 0.999, product *= mu;
            double of_grad = lr * (1 - mu) / (1 - product), of_mean = lr * next / (1 - product * next);
            double scale = 1 / (1 - p2);
            for (int i = 0; i < B; i++) {
                double y2 = y[i] * y[i], y3 = y2 * y[i];
                double a = 1.5 - x[i] + x[i] * y[i], c = 2.25 - x[i] + x[i] * y2, d = 2.625 - x[i] + x[i] * y3;
                double gx = 2 * (a * (y[i] - 1) + c * (y2 - 1) + d * (y3 - 1));
                double gy = 2 * x[i] * (a + 2 * c * y[i] + 3 * d * y2);
                mx[i] = 0.9 * mx[i] + 0.1 * gx, my[i] = 0.9 * my[i] + 0.1 * gy;
                vx[i] = 0.999 * vx[i] + 0.001 * gx * gx, vy[i] = 0.999 * vy[i] + 0.001 * gy * gy;
                x[i] -= (of_grad * gx + of_mean * mx[i]) / (sqrt(vx[i] * scale) + 1e-8);
                y[i] -= (of_grad * gy + of_mean * my[i]) / (sqrt(vy[i] * scale) + 1e-8);
            }
        }
        STORE
    }
}

void adam_ackley(long n, long steps, double *X, double *Y, double lr) {
    const double turn = 2 * M_PI;
    BLOCKS {
        LOAD
        double mx[B] = {0}, my[B] = {0}, vx[B] = {0}, vy[B] = {0}, p1 = 1, p2 = 1;
        for (long k = 0; k < steps; k++) {
            p1 *= 0.9, p2 *= 0.999;
            double r = 1 / sqrt(1 - p2), s = lr / (1 - p1);
            double sx[B], sy[B], cx[B], cy[B];
            /* Sine and cosine in loops of their own: of both together gcc makes one call that has no vector form. */
            for (int i = 0; i < B; i++) sx[i] = sin(turn * x[i]), sy[i] = sin(turn * y[i]);
            for (int i = 0; i < B; i++) cx[i] = cos(turn * x[i]), cy[i] = cos(turn * y[i]);
            for (int i = 0; i < B; i++) {
                double root = sqrt(0.5 * (x[i] * x[i] + y[i] * y[i]));
                double near = 2 * exp(-0.2 * root) / root, wave = 0.5 * turn * exp(0.5 * (cx[i] + cy[i]));
                double gx = near * x[i] + wave * sx[i], gy = near * y[i] + wave * sy[i];
                mx[i] = 0.9 * mx[i] + 0.1 * gx, my[i] = 0.9 * my[i] + 0.1 * gy;
                vx[i] = 0.999 * vx[i] + 0.001 * gx * gx, vy[i] = 0.999 * vy[i] + 0.001 * gy * gy;
                x[i] -= s * mx[i] / (sqrt(vx[i]) * r + 1e-8);
                y[i] -= s * my[i] / (sqrt(vy[i]) * r + 1e-8);
            }
        }
        STORE
    }
}

void gd_neuron(long n, long steps, double *X, double *Y, double lr, long m, const double *u, const double *v,
               const double *target) {
    BLOCKS {
        LOAD
        for (long k = 0; k < steps; k++) {
            double gx[B] = {0}, gy[B] = {0};
            for (long j = 0; j < m; j++)
                for (int i = 0; i < B; i++) {
                    double s = 1 / (1 + exp(-(x[i] * u[j] + y[i] * v[j])));
                    double d = (s - target[j]) * s * (1 - s);
                    gx[i] += d * u[j], gy[i] += d * v[j];
                }
            for (int i = 0; i < B; i++) x[i] -= lr * gx[i] / m, y[i] -= lr * gy[i] / m;
        }
        STORE
    }
}
