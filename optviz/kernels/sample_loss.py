"""The two losses over a row of samples, with their slopes and curvatures in what a model puts out.

A model's output is `scale` times a row: squared error takes it as the prediction, cross-entropy as the
logit. Rows are padded to a multiple of `LANES`, so that vector loops leave no rest; what the padding holds
is never counted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.compile import inlined
from optviz.kernels.vector_math import exp_negative

MSE, BCE = 0, 1
"""Codes: 1/(2m) Σ (out - t)² and 1/m Σ [log(1 + e^logit) - t logit]."""

LANES = 32
"""Numbers that a vector loop takes at once: four registers of the widest kind."""

_CHUNK = 30 * LANES
"""How many factors of at most 2 make a product that surely stays below the largest double, 2**1024."""


@inlined()
def padded(row: Any) -> Any:
    """Return a copy of a row with zeros up to a multiple of `LANES`."""
    m = row.shape[0]
    out = np.zeros((m + LANES - 1) // LANES * LANES)
    for i in range(m):
        out[i] = row[i]
    return out


@inlined("contract", "reassoc")
def dot(a: Any, b: Any, m: int) -> float:
    """Return Σ a b over the first m."""
    total = 0.0
    for i in range(m):
        total += a[i] * b[i]
    return total


@inlined("contract", "reassoc")
def dot3(a: Any, b: Any, c: Any, m: int) -> float:
    """Return Σ a b c over the first m."""
    total = 0.0
    for i in range(m):
        total += a[i] * b[i] * c[i]
    return total


@inlined("contract", "reassoc")
def centre(row: Any, m: int) -> None:
    """Subtract the mean of the first m."""
    total = 0.0
    for i in range(m):
        total += row[i]
    mean = total / m
    for i in range(row.shape[0]):
        row[i] -= mean


@inlined("contract", "reassoc")
def _squares(row: Any, scale: float, targets: Any, m: int) -> float:
    total = 0.0
    for i in range(m):
        d = scale * row[i] - targets[i]
        total += d * d
    return total


@inlined("contract", "reassoc")
def linear_part(row: Any, scale: float, targets: Any, m: int) -> float:
    """Return Σ |z| (1 - t where z > 0, t elsewhere), which is Σ [max(z, 0) - t z] where nothing cancels."""
    total = 0.0
    for i in range(m):
        z = scale * row[i]
        weight = 1.0 - targets[i] if z > 0.0 else targets[i]
        total += 0.0 if weight == 0.0 else weight * abs(z)  # an infinite logit on its side costs nothing
    return total


@inlined("contract", "reassoc")
def _log_product(e: Any) -> float:
    """Return Σ log(1 + e), 0 <= e <= 1; e is used up. The logarithm is taken of a product of many factors.

    What stands for a product is the product less 1, so that a sum of tiny terms is as exact as they are.
    """
    width = e.shape[0]
    while width > LANES:
        half = (width // LANES + 1) // 2 * LANES
        for i in range(width - half):
            e[i] += e[half + i] + e[i] * e[half + i]
        width = half
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    for i in range(0, LANES, 4):
        a += e[i] + a * e[i]
        b += e[i + 1] + b * e[i + 1]
        c += e[i + 2] + c * e[i + 2]
        d += e[i + 3] + d * e[i + 3]
    a += b + a * b
    c += d + c * d
    return math.log1p(a + c + a * c)


@inlined("contract")
def _log_part(e: Any, m: int) -> float:
    """Return Σ log(1 + e) over the first m; e is padded and used up."""
    total = 0.0
    n = e.shape[0]
    for i in range(m, n):
        e[i] = 0.0
    for first in range(0, n, _CHUNK):
        total += _log_product(e[first : min(first + _CHUNK, n)])
    return total


@inlined("contract")
def curved_part(row: Any, scale: float, e: Any, m: int) -> float:
    """Return Σ log(1 + e**-|z|) of the logits z = scale * row; e is scratch as long as the row."""
    n = row.shape[0]
    for i in range(n):
        e[i] = exp_negative(-abs(scale * row[i]))
    return _log_part(e, m)


@inlined("contract")
def mean_loss(loss: int, row: Any, scale: float, targets: Any, e: Any, m: int) -> float:
    """Return the loss of the outputs `scale * row`; e is scratch as long as the row."""
    if loss == MSE:
        return _squares(row, scale, targets, m) / (2.0 * m)
    return (linear_part(row, scale, targets, m) + curved_part(row, scale, e, m)) / m


@inlined("contract")
def loss_slopes(
    loss: int, row: Any, scale: float, targets: Any, e: Any, slope: Any, bend: Any, m: int
) -> float:
    """Return the loss and fill the first and second derivatives of each sample's loss in its output.

    Parameters
    ----------
    loss
        `MSE` or `BCE`.
    row, scale
        The outputs are `scale * row`.
    targets, e
        As long as the row, padded; e is scratch.
    slope, bend
        Filled; as long as the row.
    m
        How many samples count.
    """
    n = row.shape[0]
    if loss == MSE:
        for i in range(n):
            slope[i] = scale * row[i] - targets[i]
            bend[i] = 1.0
        return 0.5 * dot(slope, slope, m) / m
    for i in range(n):
        z = scale * row[i]
        t = targets[i]
        x = exp_negative(-abs(z))
        e[i] = x
        q = 1.0 / (1.0 + x)
        near = x * q
        # σ(z) - t as (1 - t) σ(z) - t σ(-z): no difference of nearly equal numbers far out.
        slope[i] = (1.0 - t) * (near if z < 0.0 else q) - t * (q if z < 0.0 else near)
        bend[i] = near * q
    return (linear_part(row, scale, targets, m) + _log_part(e, m)) / m
