"""What lies around a run's end: the point nearby at which the loss has no slope."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optviz.catalog import Array
from optviz.insight.bends import bends
from optviz.insight.measures import Measures

_NEWTON_STEPS = 50
_NONE = 1e-9  # of the longest gradient met: no slope


@dataclass(frozen=True)
class Place:
    """A point without slope, and the smallest and largest curvature there."""

    x: float
    y: float
    low: float
    high: float


def stationary(m: Measures, start: Array, within: float) -> Place | None:
    """Return where Newton's method leads from a point; None where that is farther off or has a slope."""
    problem, point = m.own.problem, np.asarray(start, dtype=np.float64)
    if problem.penalty.l1 or not np.isfinite(point).all():
        return None
    for _ in range(_NEWTON_STEPS):
        hxx, hxy, hyy = (float(h) for h in problem.hessian(*point))
        gx, gy = (float(g) for g in problem.gradient(*point))
        determinant = hxx * hyy - hxy * hxy
        if not math.isfinite(determinant + gx + gy) or determinant == 0.0:
            return None
        step = np.array([hyy * gx - hxy * gy, hxx * gy - hxy * gx]) / determinant
        point = point - step
        if not math.hypot(*(point - start)) <= within:
            return None
        if math.hypot(*step) <= 1e-14 * (1.0 + float(np.abs(point).max())):
            break
    slope = math.hypot(*(float(g) for g in problem.gradient(*point)))
    low, high = (float(one) for one in bends(*problem.hessian(*point)))
    if not slope <= _NONE * max(m.begun, m.norm, float(m.norms.max())) or not math.isfinite(low + high):
        return None
    return Place(float(point[0]), float(point[1]), low, high)


def bottom(m: Measures) -> Place | None:
    """Return the minimum that the window goes round, to which its middle is nearer than its length."""
    points = m.path[-1 - m.w :]
    found = stationary(m, points.mean(axis=0), float(np.hypot(*np.ptp(points, axis=0))))
    return found if found is not None and found.low > 0.0 else None
