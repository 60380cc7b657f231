"""The signatures that kernels agree on.

All kernels work on blocks of B points at once, so that one kernel serves a single path (B = 1)
and a map of 65,536 starts. Coordinates of a block are laid out x first, then y: a vector of
m = 2 B numbers is `[x_0 … x_{B-1}, y_0 … y_{B-1}]`.

=========  =========================================================================================
kind       arguments (all arrays float64 and contiguous; r = read-only)
=========  =========================================================================================
step       theta[m], grad[m] r, hessian[3, B] r, state[rows, m], memory[s], hypers[h] r, t (int, from 1)
probe      theta[m] r, state[rows, m] r, hypers[h] r, t, out[m]
loss       x[B] r, y[B] r, coefficients[p] r, data[n, f] r, loss[B], gx[B], gy[B]
hessian    x[B] r, y[B] r, coefficients[p] r, data[n, f] r, hxx[B], hxy[B], hyy[B]
value      x[B] r, y[B] r, coefficients[p] r, data[n, f] r, loss[B]; the loss without its gradient
penalize   x[B] r, y[B] r, penalty[2] r (l1, l2), loss[B], gx[B], gy[B]; adds to the last three
=========  =========================================================================================

`data` of a formula is empty. A data surface's is [columns, m]: one sample a column, so that loops over
samples run through memory, the targets in the last row.

`step` changes theta in place. `hypers[0]` is always this step's learning rate, as the schedule
gave it; the other hyperparameters follow in the order of the optimizer's declaration, booleans as
0.0 or 1.0. `state` and `memory` are zero before the first step; a rule that starts elsewhere sets
them when t == 1. `state` rows are per coordinate and are recorded; `memory` holds numbers that all
coordinates share, such as running powers of beta. `hessian` rows are hxx, hxy, hyy and are filled
only for optimizers that declare `needs_hessian`; otherwise they hold zeros.

`step_single` and `probe_single` are the same with theta, grad, hessian, state and out in float32, for the
weights of networks; memory and hypers stay float64, and so does the arithmetic in between.

`probe` writes the point at which a rule wants its gradient (schedule-free methods); it runs before
the step and, at t == 1, before the state is set.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from optviz.kernels.compile import numba


@cache
def signature(kind: str) -> Any:
    """Return the Numba signature of a kernel kind."""
    return _signatures()[kind]


@cache
def _signatures() -> dict[str, Any]:
    t = numba().types
    f1, f2, f3 = (t.Array(t.float64, n, "C") for n in (1, 2, 3))
    r1, r2 = (t.Array(t.float64, n, "C", readonly=True) for n in (1, 2))
    integer = t.int64
    step = t.void(f1, r1, r2, f2, f1, r1, integer)
    probe = t.void(r1, r2, r1, integer, f1)
    s1, s2 = (t.Array(t.float32, n, "C") for n in (1, 2))
    q1, q2 = (t.Array(t.float32, n, "C", readonly=True) for n in (1, 2))
    step_single = t.void(s1, q1, q2, s2, f1, r1, integer)
    probe_single = t.void(q1, q2, r1, integer, s1)
    loss = t.void(r1, r1, r1, r2, f1, f1, f1)
    hessian = loss
    value = t.void(r1, r1, r1, r2, f1)
    penalize = t.void(r1, r1, r1, f1, f1, f1)
    bytes2, bytes3 = (t.Array(t.uint8, n, "C") for n in (2, 3))
    numbers, flags = t.Array(t.int64, 1, "C"), t.Array(t.boolean, 1, "C")
    stroke = t.void(bytes3, bytes2, f2, flags, numbers, f2, t.float64, numbers)
    decimate = t.void(f1, f1, flags)
    dash = integer(f2, flags, f1, f1, f1, t.float64, f2, flags, f1, f1, flags)
    paint = t.void(f2, bytes2, t.float64, t.float64, t.float64, t.boolean, integer, bytes3)
    enlarge = t.void(f2, f1, f1, f2)
    rule = t.void(f2, f1, f1, numbers, t.float64, t.float64, bytes2, t.float64, bytes3)
    function = t.FunctionType
    raster = t.void(function(loss), function(penalize), r1, r1, r1, r2, r1, f2)
    fill = t.void(function(value), r1, r1, r1, r2, f2)
    rows2 = t.Array(t.int32, 2, "C", readonly=True)
    settle = t.void(
        function(loss), function(hessian), r1, r2, t.float64, r1, r2,  # share, and the other loss's numbers
        r2, t.float64, integer,  # penalty, size, most
        f1, f1, f2,  # x, y, report
    )  # fmt: skip
    descend = integer(
        function(loss), function(hessian), function(step), function(probe), function(penalize),
        t.boolean, t.boolean,  # probes, needs_hessian
        r1, r1, r2, r1,  # start, coefficients, data, penalty (l1, l2)
        rows2,  # batches
        t.float64, r1, r2, rows2,  # share, and coefficients, data and batches of the other loss
        r1, r1, r2, t.float64, r1,  # hypers, learning_rate, noise, tolerance, feasible
        t.Array(t.uint8, 1, "C", readonly=True),  # stop
        f2, f1, f2, f3,  # path, loss, grad, state
        f1,  # report
    )  # fmt: skip
    lanes = t.Array(t.int64, 2, "C")
    ends = (integer, integer)  # first, last
    lanes_of = (
        function(loss), function(hessian), function(step), function(probe), function(penalize),
        t.boolean, t.boolean,  # probes, needs_hessian
        r1, r2, r1, rows2,  # coefficients, data, penalty (l1, l2), batches
        r2, r2, r2, t.float64, r1,  # hypers, learning_rate, noise, tolerance, feasible
        t.Array(t.uint8, 1, "C", readonly=True),  # stop
        f2, f2, f2, f2, f3, f2,  # theta, grad, loss, before, state, memory
        f2, f2, f2, t.Array(t.int64, 3, "C"), numbers,  # limit, short, running, counts, attention
        f2, f2, lanes, lanes,  # end, end_loss, steps, status
        r2, t.float64, lanes,  # targets, radius, outside
    )  # fmt: skip
    sweep = t.void(*ends, *lanes_of)
    fused = t.void(*ends, function(sweep), *lanes_of)
    return {
        "step": step,
        "probe": probe,
        "step_single": step_single,
        "probe_single": probe_single,
        "loss": loss,
        "hessian": hessian,
        "value": value,
        "descend": descend,
        "penalize": penalize,
        "paint": paint,
        "enlarge": enlarge,
        "rule": rule,
        "stroke": stroke,
        "decimate": decimate,
        "dash": dash,
        "raster": raster,
        "fill": fill,
        "settle": settle,
        "sweep": sweep,
        "fused": fused,
    }
