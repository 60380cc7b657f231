"""One unit of two weights: u = x A + y B, s = BN(u), out = a(s).

`coefficients` are [activation, batch_norm, loss, gamma, beta, epsilon, running_mean, running_var]; `data`
rows are [A, B, t]. With cross-entropy the logit is a(s), except that it is s where a is the sigmoid.

The mean of u is linear and its variance quadratic in (x, y), so batch norm costs nothing per sample: with
the columns centred once, s, its gradient and its Hessian in (x, y) are all linear in the two columns, with
factors that depend on the point alone. Those are built from (x, y) / D^½, D = var(u) + ε, which is finite
however large the weights are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.activations import (
    IDENTITY,
    SIGMOID,
    activate,
    activate_curvature,
    activate_slope,
)
from optviz.kernels.batch_norm import INFERENCE, OFF, TRAINING
from optviz.kernels.compile import inlined, kernel
from optviz.kernels.sample_loss import BCE, centre, dot, dot3, loss_slopes, mean_loss, padded


@inlined()
def _columns(c: Any, data: Any) -> Any:
    """Return the two columns, centred when batch norm trains, and the targets."""
    m = data.shape[1]
    a = padded(data[0])
    b = padded(data[1])
    if int(c[1]) == TRAINING:
        centre(a, m)
        centre(b, m)
    return a, b, padded(data[2])


@inlined("contract")
def _moments(a: Any, b: Any, m: int) -> Any:
    """Return the covariance (aa, ab, bb) and its Cholesky factor (f11, f21, f22).

    The factor is found from the columns themselves, as nearly parallel ones would lose half the digits.
    """
    aa = dot(a, a, m) / m
    ab = dot(a, b, m) / m
    bb = dot(b, b, m) / m
    ratio = ab / aa if aa > 0.0 else 0.0
    rest = 0.0
    for i in range(m):
        d = b[i] - ratio * a[i]
        rest += d * d
    f11 = math.sqrt(aa)
    return aa, ab, bb, f11, ratio * f11, math.sqrt(rest / m)


@inlined("contract")
def _scaled(x: float, y: float, c: Any, moments: Any) -> float:
    """Return D^-½."""
    if int(c[1]) == INFERENCE:
        return 1.0 / math.sqrt(c[7] + c[5])
    _, _, _, f11, f21, f22 = moments
    spread = math.hypot(f11 * x + f21 * y, f22 * y)
    return 1.0 / math.hypot(spread, math.sqrt(c[5]))


@inlined("contract")
def _preactivations(x: float, y: float, c: Any, moments: Any) -> tuple[float, float, float]:
    """Return the factors of s = p a + q b + shift."""
    if int(c[1]) == OFF:
        return x, y, 0.0
    r = _scaled(x, y, c, moments)
    gamma = c[3]
    shift = c[4]
    if int(c[1]) == INFERENCE:
        shift -= gamma * r * c[6]
    return gamma * (r * x), gamma * (r * y), shift


@inlined("contract")
def _slopes(x: float, y: float, c: Any, moments: Any) -> tuple[float, float, float, float]:
    """Return the factors of ds/dx = xa a + xb b and ds/dy = ya a + yb b."""
    if int(c[1]) == OFF:
        return 1.0, 0.0, 0.0, 1.0
    r = _scaled(x, y, c, moments)
    g = c[3] * r
    if int(c[1]) == INFERENCE:
        return g, 0.0, 0.0, g
    aa, ab, bb, _, _, _ = moments
    u = x * r
    v = y * r
    p = u * aa + v * ab
    q = u * ab + v * bb
    rest = c[5] * r * r
    return g * (rest + v * q), -g * v * p, -g * u * q, g * (rest + u * p)


@inlined("contract")
def _bends(x: float, y: float, c: Any, moments: Any) -> Any:
    """Return the factors of a and b in the second derivatives of s: xx, xy and yy in turn."""
    if int(c[1]) != TRAINING:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    r = _scaled(x, y, c, moments)
    g = c[3] * r * r
    aa, ab, bb, _, _, _ = moments
    u = x * r
    v = y * r
    p = u * aa + v * ab
    q = u * ab + v * bb
    xx = 3.0 * p * p - aa
    xy = 3.0 * p * q - ab
    yy = 3.0 * q * q - bb
    return (
        g * (xx * u - 2.0 * p), g * xx * v,
        g * (xy * u - q), g * (xy * v - p),
        g * yy * u, g * (yy * v - 2.0 * q),
    )  # fmt: skip


@inlined()
def _plain(c: Any) -> bool:
    """Whether s itself is what the loss takes."""
    code = int(c[0])
    return code == IDENTITY or (code == SIGMOID and int(c[2]) == BCE)


@inlined("contract")
def _fill(s: Any, a: Any, b: Any, p: float, q: float, shift: float) -> None:
    for i in range(s.shape[0]):
        s[i] = p * a[i] + q * b[i] + shift


@kernel("value", fastmath=("contract",))
def value(x: Any, y: Any, coefficients: Any, data: Any, loss: Any) -> None:
    """Fill the loss."""
    m = data.shape[1]
    a, b, targets = _columns(coefficients, data)
    moments = _moments(a, b, m)
    code = IDENTITY if _plain(coefficients) else int(coefficients[0])
    n = a.shape[0]
    s = np.empty(n)
    e = np.empty(n)
    for i in range(x.shape[0]):
        p, q, shift = _preactivations(x[i], y[i], coefficients, moments)
        _fill(s, a, b, p, q, shift)
        activate(code, s)
        loss[i] = mean_loss(int(coefficients[2]), s, 1.0, targets, e, m)


@kernel("loss", fastmath=("contract",))
def loss(x: Any, y: Any, coefficients: Any, data: Any, loss: Any, gx: Any, gy: Any) -> None:
    """Fill the loss and its gradient."""
    m = data.shape[1]
    a, b, targets = _columns(coefficients, data)
    moments = _moments(a, b, m)
    plain = _plain(coefficients)
    code = int(coefficients[0])
    n = a.shape[0]
    s = np.empty(n)
    e = np.empty(n)
    d = np.empty(n)
    slope = np.empty(n)
    bend = np.empty(n)
    for i in range(x.shape[0]):
        p, q, shift = _preactivations(x[i], y[i], coefficients, moments)
        _fill(s, a, b, p, q, shift)
        if not plain:
            activate_slope(code, s, d)
        loss[i] = loss_slopes(int(coefficients[2]), s, 1.0, targets, e, slope, bend, m)
        if not plain:
            for j in range(n):
                slope[j] *= d[j]
        ga = dot(slope, a, m) / m
        gb = dot(slope, b, m) / m
        xa, xb, ya, yb = _slopes(x[i], y[i], coefficients, moments)
        gx[i] = xa * ga + xb * gb
        gy[i] = ya * ga + yb * gb


@kernel("hessian", fastmath=("contract",))
def hessian(x: Any, y: Any, coefficients: Any, data: Any, hxx: Any, hxy: Any, hyy: Any) -> None:
    """Fill the second derivatives of the loss."""
    m = data.shape[1]
    a, b, targets = _columns(coefficients, data)
    moments = _moments(a, b, m)
    plain = _plain(coefficients)
    code = int(coefficients[0])
    n = a.shape[0]
    s = np.empty(n)
    e = np.empty(n)
    d = np.empty(n)
    dd = np.empty(n)
    slope = np.empty(n)
    bend = np.empty(n)
    for i in range(x.shape[0]):
        p, q, shift = _preactivations(x[i], y[i], coefficients, moments)
        _fill(s, a, b, p, q, shift)
        if not plain:
            activate_curvature(code, s, d, dd)
        loss_slopes(int(coefficients[2]), s, 1.0, targets, e, slope, bend, m)
        if not plain:
            for j in range(n):
                bend[j] = bend[j] * d[j] * d[j] + slope[j] * dd[j]
                slope[j] *= d[j]
        ga = dot(slope, a, m) / m
        gb = dot(slope, b, m) / m
        caa = dot3(bend, a, a, m) / m
        cab = dot3(bend, a, b, m) / m
        cbb = dot3(bend, b, b, m) / m
        xa, xb, ya, yb = _slopes(x[i], y[i], coefficients, moments)
        xxa, xxb, xya, xyb, yya, yyb = _bends(x[i], y[i], coefficients, moments)
        hxx[i] = xa * xa * caa + 2.0 * xa * xb * cab + xb * xb * cbb + xxa * ga + xxb * gb
        hxy[i] = xa * ya * caa + (xa * yb + xb * ya) * cab + xb * yb * cbb + xya * ga + xyb * gb
        hyy[i] = ya * ya * caa + 2.0 * ya * yb * cab + yb * yb * cbb + yya * ga + yyb * gb
