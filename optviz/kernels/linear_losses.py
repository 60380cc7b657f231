"""Losses that are linear in x alone: sample t says c_t x. `data` holds the one row of slopes c.

There are no `coefficients`. The slope of a batch is the mean of its slopes, summed in order; those of whole
numbers are exact.
"""

from __future__ import annotations

from typing import Any

from optviz.kernels.compile import inlined, kernel


@inlined()
def _mean(slopes: Any) -> Any:
    total = 0.0
    for i in range(slopes.shape[0]):
        total += slopes[i]
    return total / slopes.shape[0]


@kernel("value")
def value(x: Any, y: Any, coefficients: Any, data: Any, loss: Any) -> None:
    """Fill the loss."""
    slope = _mean(data[0])
    for i in range(x.shape[0]):
        loss[i] = slope * x[i]


@kernel("loss")
def loss(x: Any, y: Any, coefficients: Any, data: Any, loss: Any, gx: Any, gy: Any) -> None:
    """Fill the loss and its gradient."""
    slope = _mean(data[0])
    for i in range(x.shape[0]):
        loss[i] = slope * x[i]
        gx[i] = slope
        gy[i] = 0.0


@kernel("hessian")
def hessian(x: Any, y: Any, coefficients: Any, data: Any, hxx: Any, hxy: Any, hyy: Any) -> None:
    """Fill the second derivatives of the loss: none."""
    for i in range(x.shape[0]):
        hxx[i] = 0.0
        hxy[i] = 0.0
        hyy[i] = 0.0
