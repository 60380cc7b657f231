/* The loss of a chain of one tanh over a grid of weights: the peer the data kernels are measured against.
   Plain loops, which the compiler turns into calls of libmvec. */
#include <math.h>

/* 1/m sum [log(1 + e^z) - t z], z = y tanh(x input). */
void tanh_bce(long points, long m, const double *restrict x, const double *restrict y,
              const double *restrict input, const double *restrict target, double *restrict loss) {
    for (long p = 0; p < points; p++) {
        double total = 0, w = x[p], v = y[p];
        for (long i = 0; i < m; i++) {
            double z = v * tanh(w * input[i]);
            total += fmax(z, 0) + log1p(exp(-fabs(z))) - target[i] * z;
        }
        loss[p] = total / m;
    }
}

/* 1/2m sum (z - t)^2, z = y tanh(x input). */
void tanh_mse(long points, long m, const double *restrict x, const double *restrict y,
              const double *restrict input, const double *restrict target, double *restrict loss) {
    for (long p = 0; p < points; p++) {
        double total = 0, w = x[p], v = y[p];
        for (long i = 0; i < m; i++) {
            double d = v * tanh(w * input[i]) - target[i];
            total += d * d;
        }
        loss[p] = total / (2 * m);
    }
}

/* 1/2m sum (s - t)^2, s = sigmoid(y tanh(x input)). */
void tanh_sigmoid_mse(long points, long m, const double *restrict x, const double *restrict y,
                      const double *restrict input, const double *restrict target, double *restrict loss) {
    for (long p = 0; p < points; p++) {
        double total = 0, w = x[p], v = y[p];
        for (long i = 0; i < m; i++) {
            double d = 1 / (1 + exp(-v * tanh(w * input[i]))) - target[i];
            total += d * d;
        }
        loss[p] = total / (2 * m);
    }
}

/* 1/2m sum (sigmoid(x a + y b) - t)^2. */
void neuron_sigmoid_mse(long points, long m, const double *restrict x, const double *restrict y,
                        const double *restrict a, const double *restrict b, const double *restrict target,
                        double *restrict loss) {
    for (long p = 0; p < points; p++) {
        double total = 0, w = x[p], v = y[p];
        for (long i = 0; i < m; i++) {
            double d = 1 / (1 + exp(-(w * a[i] + v * b[i]))) - target[i];
            total += d * d;
        }
        loss[p] = total / (2 * m);
    }
}
