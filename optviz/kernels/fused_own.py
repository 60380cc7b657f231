"""As `fused`, for lanes that differ in their hyperparameters: a vector of each, in place of one number.

What a step works out once for all coordinates (running powers of its betas, corrected rates) it works out
here for each lane. A lane depends on itself alone,
so where the alarm rings only that lane is done again by the plain `sweep`.
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
    row_of,
    rows_of,
    with_constants,
)

_ALONE = (
    "loss_at, hessian_at, step, probe, penalize, probes, needs_hessian, "
    "coefficients, data, penalty, batches, one_hypers, learning_rate[at : at + 1], "
    "noise, tolerance, feasible, stop, "
    "one_theta, one_grad, one_loss, one_before, one_state, one_memory, one_limit, one_short, one_running, "
    "one_counts, one_attention, one_end, one_end_loss, one_steps, one_status, targets, radius, outside"
)
_SOURCE = """
def fused_own(first, last, careful, {arguments}):
    blocks, lanes = loss.shape
    kept_point = np.empty(2 * lanes)
    kept_grad = np.empty(2 * lanes)
    kept_state = np.empty((state.shape[1], 2 * lanes))
    kept_memory = np.empty(memory.shape[1])
    alarm = np.empty(lanes, np.int64)
    shares = memory.shape[1] // lanes
    one_hypers = np.empty((1, hypers.shape[1] // lanes))
    one_theta = np.empty((1, 2))
    one_grad = np.empty((1, 2))
    one_before = np.empty((1, 2))
    one_state = np.empty((1, state.shape[1], 2))
    one_memory = np.empty((1, shares))
    one_loss = np.empty((1, 1))
    one_limit = np.empty((1, 1))
    one_short = np.empty((1, 1))
    one_running = np.empty((1, 1))
    one_counts = np.empty((1, 2, 1), np.int64)
    one_attention = np.empty(1, np.int64)
    one_end = np.empty((1, 2))
    one_end_loss = np.empty((1, 1))
    one_steps = np.empty((1, 1), np.int64)
    one_status = np.empty((1, 1), np.int64)
{temporary}
    for b in range(blocks):
        at = b if learning_rate.shape[0] > 1 else 0
        rates = learning_rate[at]
        point, slope, here, alive = theta[b], grad[b], loss[b], running[b]
        top, low = limit[b], short[b]
        x, y, dx, dy = point[:lanes], point[lanes:], slope[:lanes], slope[lanes:]
{rows}
        now = first
        looked = first > 0
        while now < last or not looked:
            if stop[0]:
                return
            goal = min(now + {chunk}, last)
            if not looked:
                looked = True
                goal = min(1, last)
                for i in range(lanes):
                    alarm[i] = 1
                    alive[i] = 1.0
            else:
                going = 0
                other = 0
                for i in range(lanes):
                    if alive[i] > 0.0:
                        going += 1
                        other = i
                    alarm[i] = attention[b * lanes + i]
                if going == 0:
                    break
                if going < lanes:
                    # What a lane that has ended goes on computing is nobody's; let it begin as another one.
                    for i in range(lanes):
                        if alive[i] == 0.0:
                            x[i], y[i], dx[i], dy[i] = x[other], y[other], dx[other], dy[other]
                            for row in range(state.shape[1]):
                                state[b, row, i] = state[b, row, other]
                                state[b, row, lanes + i] = state[b, row, lanes + other]
                            for row in range(shares):
                                memory[b, row * lanes + i] = memory[b, row * lanes + other]
            for i in range(2 * lanes):
                kept_point[i] = point[i]
                kept_grad[i] = slope[i]
                for row in range(state.shape[1]):
                    kept_state[row, i] = state[b, row, i]
            for i in range(memory.shape[1]):
                kept_memory[i] = memory[b, i]
            if goal > 1:
                for k in range(now, goal):
                    t = k + 1
                    rate = rates[k]
                    for i in range(lanes):
{before}
{fixed}
{evaluate}
                    for i in range(lanes):
{merged}
                loss_at(x, y, coefficients, data, here, dx, dy)
                for i in range(lanes):
                    tilt = abs(dx[i]) + abs(dy[i])
                    size = abs(x[i]) + abs(y[i]) + abs(here[i]) + tilt
                    alarm[i] |= np.int64(not ((size < np.inf) & (abs(here[i]) <= top[i]) & (tilt > low[i])))
            for i in range(lanes):
                if alarm[i] == 0 or alive[i] == 0.0:
                    continue
                for j in range(one_hypers.shape[1]):
                    one_hypers[0, j] = hypers[b, j * lanes + i]
                one_theta[0, 0], one_theta[0, 1] = kept_point[i], kept_point[lanes + i]
                one_grad[0, 0], one_grad[0, 1] = kept_grad[i], kept_grad[lanes + i]
                for row in range(state.shape[1]):
                    one_state[0, row, 0] = kept_state[row, i]
                    one_state[0, row, 1] = kept_state[row, lanes + i]
                for row in range(shares):
                    one_memory[0, row] = kept_memory[row * lanes + i]
                one_loss[0, 0], one_limit[0, 0], one_short[0, 0] = here[i], top[i], low[i]
                one_running[0, 0] = alive[i]
                one_counts[0, 0, 0], one_counts[0, 1, 0] = counts[b, 0, i], counts[b, 1, i]
                one_attention[0] = attention[b * lanes + i]
                one_end[0, 0], one_end[0, 1] = end[b, i], end[b, lanes + i]
                one_end_loss[0, 0] = end_loss[b, i]
                one_steps[0, 0], one_status[0, 0] = steps[b, i], status[b, i]
                careful(now, goal, {alone})
                x[i], y[i] = one_theta[0, 0], one_theta[0, 1]
                dx[i], dy[i] = one_grad[0, 0], one_grad[0, 1]
                for row in range(state.shape[1]):
                    state[b, row, i], state[b, row, lanes + i] = one_state[0, row, 0], one_state[0, row, 1]
                for row in range(shares):
                    memory[b, row * lanes + i] = one_memory[0, row]
                here[i], top[i], low[i] = one_loss[0, 0], one_limit[0, 0], one_short[0, 0]
                alive[i] = one_running[0, 0]
                counts[b, 0, i], counts[b, 1, i] = one_counts[0, 0, 0], one_counts[0, 1, 0]
                attention[b * lanes + i] = one_attention[0]
                end[b, i], end[b, lanes + i] = one_end[0, 0], one_end[0, 1]
                end_loss[b, i] = one_end_loss[0, 0]
                steps[b, i], status[b, i] = one_steps[0, 0], one_status[0, 0]
            now = goal
        for i in range(lanes):
            if alive[i] > 0.0:
                end[b, i] = x[i]
                end[b, lanes + i] = y[i]
                end_loss[b, i] = here[i]
                steps[b, i] = last
"""
_TAKEN = ("value = here[i]", "gx = dx[i]", "gy = dy[i]")
_ALARM = """
tilt = abs(gx) + abs(gy)
size = abs(x[i]) + abs(y[i]) + abs(value) + tilt
alarm[i] |= np.int64(not ((size < np.inf) & (abs(value) <= top[i]) & (tilt > low[i])))
"""


@lru_cache(maxsize=256)
def fused_own(loss: Kernel, step: Kernel) -> Kernel | None:
    """Return the kernel of kind "fused" for lanes that have hyperparameters of their own.

    It takes hypers : float64[blocks, h B] and memory : float64[blocks, s B], each number a row of B lanes,
    attention : int64[blocks B], and a row of learning rates for all or for each block. Otherwise as `fused`.
    """
    try:
        source, scope = _written(loss, step)
    except Unmergeable:
        return None
    return kernel_from_source(source, "fused_own", "fused", scope)


def _written(loss: Kernel, step: Kernel) -> tuple[str, dict[str, Any]]:
    moving, evaluating = parsed(step.function, STEP_NAMES), parsed(loss.function, LOSS_NAMES)
    scope: dict[str, Any] = {"np": np}
    gather(scope, step.function)
    prelude, body = loop_of(moving, "theta")
    if assigned(prelude) & assigned(body):
        raise Unmergeable  # something is carried from lane to lane
    own = assigned(moving.body)
    before = renamed(prelude, _OwnStep(own, "x"))
    both = [*renamed(body, _OwnStep(own, "x")), *renamed(body, _OwnStep(own, "y", assigned(body)))]
    # No loop with a power in it is vectorized: then it has one of its own, and what it leaves goes by way
    # of arrays. Otherwise all is done in one.
    apart = any(map(_slow, prelude))
    read = {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    handed = sorted(assigned(prelude) & read) if apart else []
    rows = 1 + max(rows_of(body), default=-1)
    views = [f"s{r}{c} = state[b, {r}, {part}]" for r in range(rows) for c, part in HALVES.items()]
    everything = "\n".join(map(ast.unparse, [*before, *both]))
    views += [
        f"{letter}{j} = {array}[b, {j} * lanes : {j + 1} * lanes]"
        for letter, array, most in (("h", "hypers", 16), ("m", "memory", 8))
        for j in range(most)
        if f"{letter}{j}[i]" in everything
    ]
    try:
        fixed, inner = loop_of(evaluating, "x")
        names = assigned(evaluating.body)
        first, lanewise = renamed(fixed, LossWords(names)), renamed(inner, LossWords(names))
        gather(scope, loss.function)
        evaluate = ""
    except Unmergeable:  # then it is called, and only the rest is merged
        first, lanewise = [], [ast.parse(line).body[0] for line in _TAKEN]
        evaluate = "loss_at(x, y, coefficients, data, here, dx, dy)"
    source = _SOURCE.format(
        arguments=ARGUMENTS,
        alone=_ALONE,
        chunk=CHUNK,
        temporary=indented([f"q_{name} = np.empty(lanes)" for name in handed], 4),
        rows=indented(views, 8),
        before=indented(
            [
                *(map(ast.unparse, before) if apart else ()),
                *(f"q_{name}[i] = p_{name}" for name in handed),
                "pass",
            ],
            24,
        ),
        fixed=indented(map(ast.unparse, first), 20),
        evaluate=indented([evaluate], 20),
        merged=indented(
            [
                *map(ast.unparse, lanewise),
                *_ALARM.strip().splitlines(),
                *(() if apart else map(ast.unparse, before)),
                *(f"p_{name} = q_{name}[i]" for name in handed),
                *map(ast.unparse, both),
            ],
            24,
        ),
    )
    return with_constants(source, scope), scope


def _slow(statement: ast.stmt) -> bool:
    """Say whether a statement calls what has no form for vectors."""
    return any(
        isinstance(node, ast.Pow)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) not in ("sqrt", "abs", "min", "max"))
        for node in ast.walk(statement)
    )


class _OwnStep(StepWords):
    """Puts a step kernel's words into those of the loops, hyperparameters and shared numbers by lane."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802 - ast's name
        array = ast.unparse(node.value)
        if array in ("memory", "hypers") and isinstance(node.slice, ast.Constant):
            number = str(node.slice.value)
            if array == "hypers" and number == "0":
                return ast.Name("rate", ast.Load())
            name = ast.Name(f"{'m' if array == 'memory' else 'h'}{number}", ast.Load())
            return ast.Subscript(name, ast.Name("i", ast.Load()), node.ctx)
        if array == "state":
            row_of(node)
        return super().visit_Subscript(node)
