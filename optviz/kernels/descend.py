"""The loop that moves one point: evaluate, step, project, record, until done, stationary or lost.

It knows no optimizer and no surface; both arrive as functions. No number is clipped to keep a run alive:
the loop ends at the last finite point and says why. Where a surface is declared on a box alone, its feasible
set, each step ends in the nearest point of the box. That is projected descent: the projection of Reddi et
al. 2018 (Algorithm 1), weighted by a diagonal matrix, is onto a box the same in every such metric.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from optviz.kernels.compile import kernel

# Why the loop ended, as it stands in report[0].
STEP_LIMIT = 0
CONVERGED = 1
POINT_NOT_FINITE = 2
LOSS_NOT_FINITE = 3
GRADIENT_NOT_FINITE = 4
LOSS_GREW = 5
STOPPED = 6

# A loss this many times beyond its start, and growing from step to step, is lost for good. A rule that
# divides by the curvature is not held to it: a near-singular Hessian throws it far, the next brings it back.
GROWTH_LIMIT = 1e20
GROWTH_STEPS = 3
STATIONARY_STEPS = 3


@kernel("descend")
def descend(
    loss_at: Any, hessian_at: Any, step: Any, probe: Any, penalize: Any,
    probes: bool, needs_hessian: bool,
    start: Any, coefficients: Any, data: Any, penalty: Any, batches: Any,
    share: float, other_coefficients: Any, other_data: Any, other_batches: Any,
    hypers: Any, learning_rate: Any, noise: Any, tolerance: float, feasible: Any, stop: Any,
    path: Any, loss: Any, grad: Any, state: Any, report: Any,
) -> int:  # fmt: skip
    """Run one entrant and return the number of steps done.

    Parameters
    ----------
    batches : int32[n, b] or int32[0, 0]
        The samples (columns of `data`) that each step's gradient is made of; all of them where empty.
    share, other_coefficients, other_data, other_batches
        Where share is above 0 the loss is (1 - share) times the one and share times the other.
    learning_rate : float64[n]
        What the schedule gives each step.
    noise : float64[n, 2] or float64[0, 2]
        Added to the gradient of each step.
    tolerance : float
        A gradient this short, with steps that no longer move the point, ends the run as converged;
        negative never ends early.
    feasible : float64[4]
        The box that no step leaves: xlo, xhi, ylo, yhi, infinite where a side is open.
    stop : uint8[1]
        Another thread sets it to end the run at once.
    path, loss, grad, state
        Filled: [n + 1, 2], [n + 1], [n, 2], [n, rows, 2].
    report : float64[1]
        Filled: the reason it ended.
    """
    n = learning_rate.shape[0]
    rows = state.shape[1]
    noisy = noise.shape[0] > 0
    penalized = penalty[0] != 0.0 or penalty[1] != 0.0
    mixed = share > 0.0
    keep = 1.0 - share
    sampled = batches.shape[0] > 0
    other_sampled = mixed and other_batches.shape[0] > 0
    picked = np.empty((data.shape[0], batches.shape[1]))
    other_picked = np.empty((other_data.shape[0], other_batches.shape[1]))
    theta = np.empty(2)
    theta[0] = start[0]
    theta[1] = start[1]
    here = np.empty(1)
    g = np.empty(2)
    hessian = np.zeros((3, 1))
    other_hessian = np.zeros((3, 1))
    elsewhere = np.empty(2)
    there = np.empty(1)
    used = np.empty(2)
    other = np.empty(1)
    other_g = np.empty(2)
    own = np.zeros((rows, 2))
    memory = np.zeros(8)
    hyper = hypers.copy()
    x_low, x_high, y_low, y_high = feasible[0], feasible[1], feasible[2], feasible[3]
    # Views are made once: a slice inside the loop costs as much as the arithmetic.
    x, y, gx, gy = theta[:1], theta[1:], g[:1], g[1:]
    hxx, hxy, hyy = hessian[0], hessian[1], hessian[2]
    ixx, ixy, iyy = other_hessian[0], other_hessian[1], other_hessian[2]
    px, py, ux, uy = elsewhere[:1], elsewhere[1:], used[:1], used[1:]
    ox, oy = other_g[:1], other_g[1:]

    report[0] = STEP_LIMIT
    limit = 0.0
    short = 0.0
    still = 0
    growing = 0
    previous = 0.0
    moved = 0.0
    # Turn k looks at point k; step k leads from point k to point k + 1.
    for k in range(n + 1):
        loss_at(x, y, coefficients, data, here, gx, gy)
        if mixed:
            loss_at(x, y, other_coefficients, other_data, other, ox, oy)
            here[0] = keep * here[0] + share * other[0]
            g[0] = keep * g[0] + share * other_g[0]
            g[1] = keep * g[1] + share * other_g[1]
        if penalized:
            penalize(x, y, penalty, here, gx, gy)
        if k == 0:
            path[0, 0] = theta[0]
            path[0, 1] = theta[1]
            loss[0] = here[0]
        # A step that leads where nothing is finite is not recorded: the run ends before it.
        done = max(k - 1, 0)
        if not (isfinite(theta[0]) and isfinite(theta[1])):
            report[0] = POINT_NOT_FINITE
            return done
        if not isfinite(here[0]):
            report[0] = LOSS_NOT_FINITE
            return done
        if not (isfinite(g[0]) and isfinite(g[1])):
            report[0] = GRADIENT_NOT_FINITE
            return done
        if k == 0:
            limit = GROWTH_LIMIT * (1.0 + abs(here[0]))
            short = tolerance + 1e-13 * (abs(g[0]) + abs(g[1]))
        else:
            grad[k - 1, 0] = used[0]
            grad[k - 1, 1] = used[1]
            for r in range(rows):
                state[k - 1, r, 0] = own[r, 0]
                state[k - 1, r, 1] = own[r, 1]
            path[k, 0] = theta[0]
            path[k, 1] = theta[1]
            loss[k] = here[0]
            if abs(here[0]) > limit and abs(here[0]) > previous and not needs_hessian:
                growing += 1
                if growing == GROWTH_STEPS:
                    report[0] = LOSS_GREW
                    return k
            else:
                growing = 0
            if (
                abs(g[0]) + abs(g[1]) <= short
                and moved <= 1e-12 * (1.0 + abs(theta[0]) + abs(theta[1]))
                and learning_rate[k - 1] > 0.0
            ):
                still += 1
                if still == STATIONARY_STEPS:
                    report[0] = CONVERGED
                    return k
            else:
                still = 0
        previous = abs(here[0])
        if k == n:
            break
        if stop[0]:
            report[0] = STOPPED
            return k

        if sampled:
            for i in range(picked.shape[0]):
                for j in range(picked.shape[1]):
                    picked[i, j] = data[i, batches[k, j]]
        if other_sampled:
            for i in range(other_picked.shape[0]):
                for j in range(other_picked.shape[1]):
                    other_picked[i, j] = other_data[i, other_batches[k, j]]
        if probes or sampled or other_sampled:
            elsewhere[0] = theta[0]
            elsewhere[1] = theta[1]
            if probes:
                probe(theta, own, hyper, k + 1, elsewhere)
            if sampled:
                loss_at(px, py, coefficients, picked, there, ux, uy)
            else:
                loss_at(px, py, coefficients, data, there, ux, uy)
            if mixed:
                if other_sampled:
                    loss_at(px, py, other_coefficients, other_picked, other, ox, oy)
                else:
                    loss_at(px, py, other_coefficients, other_data, other, ox, oy)
                used[0] = keep * used[0] + share * other_g[0]
                used[1] = keep * used[1] + share * other_g[1]
            if penalized:
                penalize(px, py, penalty, there, ux, uy)
        else:
            used[0] = g[0]
            used[1] = g[1]
        if noisy:
            used[0] += noise[k, 0]
            used[1] += noise[k, 1]
        if needs_hessian:
            if sampled:
                hessian_at(x, y, coefficients, picked, hxx, hxy, hyy)
            else:
                hessian_at(x, y, coefficients, data, hxx, hxy, hyy)
            if mixed:
                if other_sampled:
                    hessian_at(x, y, other_coefficients, other_picked, ixx, ixy, iyy)
                else:
                    hessian_at(x, y, other_coefficients, other_data, ixx, ixy, iyy)
                for r in range(3):
                    hessian[r, 0] = keep * hessian[r, 0] + share * other_hessian[r, 0]
            hessian[0, 0] += penalty[1]
            hessian[2, 0] += penalty[1]
        hyper[0] = learning_rate[k]
        before_x = theta[0]
        before_y = theta[1]
        step(theta, used, hessian, own, memory, hyper, k + 1)
        # Comparisons that are false for nan leave it as it is: the run ends there and says so.
        if theta[0] < x_low:
            theta[0] = x_low
        elif theta[0] > x_high:
            theta[0] = x_high
        if theta[1] < y_low:
            theta[1] = y_low
        elif theta[1] > y_high:
            theta[1] = y_high
        moved = abs(theta[0] - before_x) + abs(theta[1] - before_y)
    return int(n)


@kernel("loss")
def no_loss(x: Any, y: Any, coefficients: Any, data: Any, loss: Any, gx: Any, gy: Any) -> None:
    """Stand in where a function is asked for and never called (the Hessian of first-order rules)."""
    loss[0] = 0.0


@kernel("probe")
def no_probe(theta: Any, state: Any, hypers: Any, t: int, out: Any) -> None:
    """Stand in for the probe of a rule that takes its gradient at theta."""
    out[0] = theta[0]
