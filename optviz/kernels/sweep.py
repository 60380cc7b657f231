"""The loop that moves many points at once: what `descend` does for one, for blocks of lanes.

A lane is one single run: its own start, or its own hyperparameters. Lanes never touch one another, and
every operation on a lane is the one `descend` does, in the same order: the results are the same bits,
however many lanes, blocks or threads there are. Nothing is recorded but where each lane stands, so a
sweep can be taken up again where it was left.

Loss and step are arguments, so one compiled loop serves every pair. `optviz.kernels.fused` makes a faster
one for a single pair, which hands over to this one wherever something may have come to an end.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import numpy as np

from optviz.kernels.compile import Kernel, inlined
from optviz.kernels.descend import (
    CONVERGED,
    GRADIENT_NOT_FINITE,
    GROWTH_LIMIT,
    GROWTH_STEPS,
    LOSS_GREW,
    LOSS_NOT_FINITE,
    POINT_NOT_FINITE,
    STATIONARY_STEPS,
)

LANES = 256
"""Lanes a block: few enough to stay in the innermost cache, enough to keep every vector unit busy."""


@inlined()
def _alarm(x: Any, y: Any, loss: Any, gx: Any, gy: Any, limit: Any, short: Any, running: Any) -> bool:
    """Say whether any running lane may have come to an end: a quick look, never wrong by silence."""
    found = np.int64(0)
    for i in range(x.shape[0]):
        slope = abs(gx[i]) + abs(gy[i])
        size = abs(x[i]) + abs(y[i]) + abs(loss[i]) + slope
        # A nan fails every comparison, so it fails this one.
        calm = (size < inf) & (abs(loss[i]) <= limit[i]) & (slope > short[i])
        found |= np.int64(running[i] > 0.0) & np.int64(not calm)
    return bool(found)


def _sweep(
    first: int, last: int,
    loss_at: Any, hessian_at: Any, step: Any, probe: Any, penalize: Any,
    probes: bool, needs_hessian: bool,
    coefficients: Any, data: Any, penalty: Any, batches: Any,
    hypers: Any, learning_rate: Any, noise: Any, tolerance: float, feasible: Any, stop: Any,
    theta: Any, grad: Any, loss: Any, before: Any, state: Any, memory: Any,
    limit: Any, short: Any, running: Any, counts: Any, attention: Any,
    end: Any, end_loss: Any, steps: Any, status: Any,
    targets: Any, radius: float, outside: Any,
) -> None:  # fmt: skip
    """Take steps `first` to `last` (exclusive) of every lane; at first == 0 the start is looked at first.

    Parameters
    ----------
    hypers : float64[1 or blocks, h]
    learning_rate : float64[1 or blocks, n]
    theta, grad, before : float64[blocks, 2 B]
        Point, gradient there, point before the last step; all x, then all y.
    loss, limit, short, running : float64[blocks, B]
        The loss at theta; the loss beyond which it is lost; the gradient below which it may have arrived;
        whether the lane goes on (1) or has ended (0).
    state : float64[blocks, rows, 2 B]
    memory : float64[blocks, s]
    counts : int64[blocks, 2, B]
        For how many turns on end the loss has grown beyond its limit, and the lane has stood still.
    attention : int64[blocks]
        Whether any of the counts is not 0.
    end : float64[blocks, 2 B]; end_loss : float64[blocks, B]; steps, status : int64[blocks, B]
        Filled: where the lane is or has ended, the loss there, the steps done, why it ended (0: it has not).
    targets : float64[blocks, 2 B] or float64[0, 0]; radius; outside : int64[blocks, B]
        Filled: the last turn at which the lane was further than `radius` from its target.

    All else is as `descend` takes it.
    """
    blocks, lanes = loss.shape
    noisy = noise.shape[0] > 0
    penalized = penalty[0] != 0.0 or penalty[1] != 0.0
    sampled = batches.shape[0] > 0
    bounded = feasible[0] > -inf or feasible[1] < inf or feasible[2] > -inf or feasible[3] < inf
    follows = targets.shape[0] > 0
    picked = np.empty((data.shape[0], batches.shape[1]))
    used = np.empty(2 * lanes)
    elsewhere = np.empty(2 * lanes)
    there = np.empty(lanes)
    hessian = np.zeros((3, lanes))
    ux, uy = used[:lanes], used[lanes:]
    px, py = elsewhere[:lanes], elsewhere[lanes:]
    hxx, hxy, hyy = hessian[0], hessian[1], hessian[2]
    one = np.empty(5)
    ox, oy, ol, ogx, ogy = one[:1], one[1:2], one[2:3], one[3:4], one[4:]
    hyper = np.empty(hypers.shape[1])
    plain = not (probes or sampled or noisy)
    for b in range(blocks):
        own = b if hypers.shape[0] > 1 else 0
        rates = learning_rate[own if learning_rate.shape[0] > 1 else 0]
        for j in range(hyper.shape[0]):
            hyper[j] = hypers[own, j]
        point, g, was, here = theta[b], grad[b], before[b], loss[b]
        x, y, gx, gy = point[:lanes], point[lanes:], g[:lanes], g[lanes:]
        top, bottom, alive = limit[b], short[b], running[b]
        growing, still = counts[b, 0], counts[b, 1]
        rests, shared = state[b], memory[b]
        ends, losses, done, why = end[b], end_loss[b], steps[b], status[b]
        if first == 0:
            loss_at(x, y, coefficients, data, here, gx, gy)
            if penalized:
                penalize(x, y, penalty, here, gx, gy)
            for i in range(lanes):
                alive[i] = 1.0
                why[i] = 0
                if not (isfinite(x[i]) and isfinite(y[i])):
                    why[i] = POINT_NOT_FINITE
                elif not isfinite(here[i]):
                    why[i] = LOSS_NOT_FINITE
                elif not (isfinite(gx[i]) and isfinite(gy[i])):
                    why[i] = GRADIENT_NOT_FINITE
                if why[i] != 0:
                    alive[i] = 0.0
                    ends[i] = x[i]
                    ends[lanes + i] = y[i]
                    losses[i] = here[i]
                    done[i] = 0
                top[i] = inf if needs_hessian else GROWTH_LIMIT * (1.0 + abs(here[i]))
                bottom[i] = tolerance + 1e-13 * (abs(gx[i]) + abs(gy[i]))
        going = False
        for i in range(lanes):
            going = going or alive[i] > 0.0
        if not going:
            continue
        for k in range(first, last):
            if stop[0]:
                return
            for i in range(2 * lanes):
                was[i] = point[i]
            if sampled:
                for i in range(picked.shape[0]):
                    for j in range(picked.shape[1]):
                        picked[i, j] = data[i, batches[k, j]]
            if probes or sampled:
                for i in range(2 * lanes):
                    elsewhere[i] = point[i]
                if probes:
                    probe(point, rests, hyper, k + 1, elsewhere)
                if sampled:
                    loss_at(px, py, coefficients, picked, there, ux, uy)
                    if penalized:
                        penalize(px, py, penalty, there, ux, uy)
                else:
                    loss_at(px, py, coefficients, data, there, ux, uy)
                    if penalized:
                        penalize(px, py, penalty, there, ux, uy)
            elif noisy:
                for i in range(2 * lanes):
                    used[i] = g[i]
            if noisy:
                for i in range(lanes):
                    ux[i] += noise[k, 0]
                    uy[i] += noise[k, 1]
            if needs_hessian:
                if sampled:
                    hessian_at(x, y, coefficients, picked, hxx, hxy, hyy)
                else:
                    hessian_at(x, y, coefficients, data, hxx, hxy, hyy)
                for i in range(lanes):
                    hxx[i] += penalty[1]
                    hyy[i] += penalty[1]
            hyper[0] = rates[k]
            if plain:
                step(point, g, hessian, rests, shared, hyper, k + 1)
            else:
                step(point, used, hessian, rests, shared, hyper, k + 1)
            if bounded:
                for i in range(lanes):
                    if x[i] < feasible[0]:
                        x[i] = feasible[0]
                    if x[i] > feasible[1]:
                        x[i] = feasible[1]
                    if y[i] < feasible[2]:
                        y[i] = feasible[2]
                    if y[i] > feasible[3]:
                        y[i] = feasible[3]
            loss_at(x, y, coefficients, data, here, gx, gy)
            if penalized:
                penalize(x, y, penalty, here, gx, gy)
            if follows:
                tx, ty, out = targets[b, :lanes], targets[b, lanes:], outside[b]
                for i in range(lanes):
                    dx = x[i] - tx[i]
                    dy = y[i] - ty[i]
                    if alive[i] > 0.0 and not (dx * dx + dy * dy <= radius * radius):
                        out[i] = k + 1
            if not (attention[b] or _alarm(x, y, here, gx, gy, top, bottom, alive)):
                continue
            attention[b] = 0
            going = False
            turn = k + 1
            for i in range(lanes):
                if alive[i] == 0.0:
                    continue
                reason = 0
                if not (isfinite(x[i]) and isfinite(y[i])):
                    reason = POINT_NOT_FINITE
                elif not isfinite(here[i]):
                    reason = LOSS_NOT_FINITE
                elif not (isfinite(gx[i]) and isfinite(gy[i])):
                    reason = GRADIENT_NOT_FINITE
                if reason != 0:
                    # The run ends before the step that leads where nothing is finite.
                    ox[0] = was[i]
                    oy[0] = was[lanes + i]
                    loss_at(ox, oy, coefficients, data, ol, ogx, ogy)
                    if penalized:
                        penalize(ox, oy, penalty, ol, ogx, ogy)
                    ends[i] = ox[0]
                    ends[lanes + i] = oy[0]
                    losses[i] = ol[0]
                    done[i] = turn - 1
                else:
                    if abs(here[i]) > top[i]:
                        ox[0] = was[i]
                        oy[0] = was[lanes + i]
                        loss_at(ox, oy, coefficients, data, ol, ogx, ogy)
                        if penalized:
                            penalize(ox, oy, penalty, ol, ogx, ogy)
                        if abs(here[i]) > abs(ol[0]):
                            growing[i] += 1
                        else:
                            growing[i] = 0
                        if growing[i] == GROWTH_STEPS:
                            reason = LOSS_GREW
                    else:
                        growing[i] = 0
                    if reason == 0:
                        moved = abs(x[i] - was[i]) + abs(y[i] - was[lanes + i])
                        if (
                            abs(gx[i]) + abs(gy[i]) <= bottom[i]
                            and moved <= 1e-12 * (1.0 + abs(x[i]) + abs(y[i]))
                            and rates[k] > 0.0
                        ):
                            still[i] += 1
                            if still[i] == STATIONARY_STEPS:
                                reason = CONVERGED
                        else:
                            still[i] = 0
                    if reason != 0:
                        ends[i] = x[i]
                        ends[lanes + i] = y[i]
                        losses[i] = here[i]
                        done[i] = turn
                if reason != 0:
                    why[i] = reason
                    alive[i] = 0.0
                else:
                    going = True
                    if growing[i] != 0 or still[i] != 0:
                        attention[b] = 1
            if not going:
                break
        for i in range(lanes):
            if alive[i] > 0.0:
                ends[i] = x[i]
                ends[lanes + i] = y[i]
                losses[i] = here[i]
                done[i] = last


sweep = Kernel(_sweep, "sweep")
"""The sweep of any loss and any optimizer: both are arguments."""
