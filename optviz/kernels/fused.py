"""A sweep with one loss and one optimizer written into a single loop over lanes.

Evaluating and stepping as two calls means every gradient goes out to memory and comes back. Here the text
of both kernels is merged into one loop body: the same operations in the same order, so the same bits, at
the speed of a loop written by hand. While nothing ends, nothing is looked at but one alarm; when it rings,
the last few steps are done again by the plain `sweep`, which knows how runs end.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

import numpy as np

from optviz.kernels.compile import Kernel, kernel_from_source
from optviz.kernels.merging import (
    ARGUMENTS,
    CHUNK,
    HALVES,
    LOSS_NAMES,
    STEP_NAMES,
    LossWords,
    StepWords,
    Unmergeable,
    assigned,
    gather,
    indented,
    loop_of,
    parsed,
    renamed,
    rows_of,
    with_constants,
)

_OF_BLOCKS = (
    "theta", "grad", "loss", "before", "state", "memory", "limit", "short", "running", "counts", "attention",
    "end", "end_loss", "steps", "status",
)  # fmt: skip
_BLOCK = (
    "loss_at, hessian_at, step, probe, penalize, probes, needs_hessian, "
    "coefficients, data, penalty, batches, hypers[own : own + 1], learning_rate[at : at + 1], "
    "noise, tolerance, feasible, stop, "
    + ", ".join(f"{name}[b : b + 1]" for name in _OF_BLOCKS)
    + ", targets, radius, outside"
)
_SOURCE = """
def fused(first, last, careful, {arguments}):
    blocks, lanes = loss.shape
    kept_point = np.empty(2 * lanes)
    kept_grad = np.empty(2 * lanes)
    kept_state = np.empty((state.shape[1], 2 * lanes))
    kept_memory = np.empty(memory.shape[1])
    for b in range(blocks):
        own = b if hypers.shape[0] > 1 else 0
        at = b if learning_rate.shape[0] > 1 else 0
        hyper = hypers[own].copy()
        rates = learning_rate[at]
        point, slope, here, alive, shared = theta[b], grad[b], loss[b], running[b], memory[b]
        x, y, dx, dy = point[:lanes], point[lanes:], slope[:lanes], slope[lanes:]
{rows}
        now = first
        if first == 0:
            now = min(1, last)
            careful(0, now, {block})
        while now < last:
            if stop[0]:
                return
            going = 0
            other = 0
            top = 1.7976931348623157e308  # finite, so that no infinite size is at most this
            low = -np.inf
            for i in range(lanes):
                if alive[i] > 0.0:
                    going += 1
                    other = i
                    top = min(top, limit[b, i])
                    low = max(low, short[b, i])
            if going == 0:
                break
            if going < lanes:
                # What a lane that has ended goes on computing is nobody's; let it do as one that has not.
                for i in range(lanes):
                    if alive[i] == 0.0:
                        x[i], y[i], dx[i], dy[i] = x[other], y[other], dx[other], dy[other]
                        for row in range(state.shape[1]):
                            state[b, row, i] = state[b, row, other]
                            state[b, row, lanes + i] = state[b, row, lanes + other]
            goal = min(now + {chunk}, last)
            if attention[b]:
                careful(now, goal, {block})
                now = goal
                continue
            for i in range(2 * lanes):
                kept_point[i] = point[i]
                kept_grad[i] = slope[i]
                for row in range(state.shape[1]):
                    kept_state[row, i] = state[b, row, i]
            for i in range(shared.shape[0]):
                kept_memory[i] = shared[i]
            alarm = 0
            for k in range(now, goal):
                t = k + 1
                hyper[0] = rates[k]
{prelude}
                for i in range(lanes):
{merged}
            loss_at(x, y, coefficients, data, here, dx, dy)
            for i in range(lanes):
                tilt = abs(dx[i]) + abs(dy[i])
                size = abs(x[i]) + abs(y[i]) + abs(here[i]) + tilt
                alarm |= np.int64(not ((size <= top) & (tilt > low)))
            if alarm:
                point[:] = kept_point
                slope[:] = kept_grad
                state[b, :, :] = kept_state
                shared[:] = kept_memory
                careful(now, goal, {block})
            now = goal
        for i in range(lanes):
            if alive[i] > 0.0:
                end[b, i] = x[i]
                end[b, lanes + i] = y[i]
                end_loss[b, i] = here[i]
                steps[b, i] = last
"""
_ALARM = """
tilt = abs(gx) + abs(gy)
size = abs(x[i]) + abs(y[i]) + abs(value) + tilt
alarm |= np.int64(not ((size <= top) & (tilt > low)))
"""


@lru_cache(maxsize=256)
def fused(loss: Kernel, step: Kernel) -> Kernel | None:
    """Return the kernel of kind "fused" for a loss and a step; it is compiled at its first use.

    It is for plain runs only: no noise, no batches, no penalty, no box, no Hessian, no probe, no targets.
    None where the two cannot be merged.
    """
    try:
        source, scope = _written(loss, step)
    except Unmergeable:
        return None
    # What is kept on disk is known by this text alone, and the text is all there is.
    return kernel_from_source(source, "fused", "fused", scope)


def _written(loss: Kernel, step: Kernel) -> tuple[str, dict[str, Any]]:
    """Return the text of the merged loop and what its global names mean."""
    moving, evaluating = parsed(step.function, STEP_NAMES), parsed(loss.function, LOSS_NAMES)
    scope: dict[str, Any] = {"np": np}
    gather(scope, step.function)
    prelude, body = loop_of(moving, "theta")
    if assigned(prelude) & assigned(body):
        raise Unmergeable  # something is carried from lane to lane
    # What the loop says of coordinate i is done for x, then for y.
    own = assigned(moving.body)
    before = renamed(prelude, StepWords(own, "x"))
    both = [*renamed(body, StepWords(own, "x")), *renamed(body, StepWords(own, "y", assigned(body)))]
    rows = 1 + max(rows_of(body), default=-1)
    views = [f"s{r}{c} = state[b, {r}, {part}]" for r in range(rows) for c, part in HALVES.items()]
    fixed, inner = loop_of(evaluating, "x")
    names = assigned(evaluating.body)
    first, lanewise = renamed(fixed, LossWords(names)), renamed(inner, LossWords(names))
    gather(scope, loss.function)
    source = _SOURCE.format(
        arguments=ARGUMENTS,
        block=_BLOCK,
        chunk=CHUNK,
        rows=indented(views, 8),
        prelude=indented(map(ast.unparse, [*before, *first]), 16),
        merged=indented(map(ast.unparse, [*lanewise, *ast.parse(_ALARM).body, *both]), 20),
    )
    return with_constants(source, scope), scope
