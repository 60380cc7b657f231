"""The loss over a grid, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.kernels.compile import kernel


@kernel("raster")
def raster(
    loss_at: Any, penalize: Any, xs: Any, ys: Any, coefficients: Any, data: Any, penalty: Any, out: Any
) -> None:
    """Fill out[h, w] with the loss at every (xs[column], ys[row])."""
    width = xs.shape[0]
    y = np.empty(width)
    gx = np.empty(width)
    gy = np.empty(width)
    penalized = penalty[0] != 0.0 or penalty[1] != 0.0
    for row in range(ys.shape[0]):
        y[:] = ys[row]
        loss_at(xs, y, coefficients, data, out[row], gx, gy)
        if penalized:
            penalize(xs, y, penalty, out[row], gx, gy)


@kernel("fill")
def fill(value_at: Any, xs: Any, ys: Any, coefficients: Any, data: Any, out: Any) -> None:
    """Fill out[w, h] with the loss of samples at every (xs[row of out], ys[column of out]), no penalty.

    Points that share x stand together: a chain of neurons takes the samples through its layers once for
    all of them.
    """
    x = np.empty(ys.shape[0])
    for i in range(xs.shape[0]):
        x[:] = xs[i]
        value_at(x, ys, coefficients, data, out[i])
