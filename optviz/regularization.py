"""The path the minimum takes as a penalty grows from nearly 0: the regularization path.

Followed from minimum to minimum, each started where the last ones point to. A path under L1 arrives on an
axis exactly and, where the loss is convex, stays there. Where a loss has several valleys the path follows
its own and ends, in nan, where that valley does.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import copy
from threading import Lock
from typing import Literal

import numpy as np

from optviz.catalog import Array
from optviz.minima import settled
from optviz.problem import NEVER, Problem
from optviz.setting import Penalty

LAMBDAS: Array = np.geomspace(1e-4, 1e2, 61)
"""Weights of the penalty, ten a decade."""

_STRIDE = 10  # every tenth is found from the one before it, those between from both neighbours
_FAR = 0.1  # of the way from the first point to the origin
_KEPT = 64
_paths: OrderedDict[tuple[object, ...], Array] = OrderedDict()
_lock = Lock()


def path(
    problem: Problem, kind: Literal["l1", "l2"], lambdas: Array = LAMBDAS, start: Array | None = None
) -> Array:
    """Return the minimum of the loss plus a penalty, at each weight of the penalty.

    Parameters
    ----------
    problem
        Without a penalty.
    kind
        Which penalty grows: "l1", λ (|x| + |y|), or "l2", λ/2 (x² + y²).
    lambdas
        float64[n], positive and rising.
    start
        The point whose valley is followed; the lowest minimum if not given. A loss without a minimum starts
        from the lowest one that the first penalty makes.

    Returns
    -------
    float64[n, 2], nan from where the valley ends.

    References
    ----------
    Osborne, Presnell & Turlach 2000, IMA J. Numer. Anal. 20(3); Hastie et al. 2004, JMLR 5.
    """
    lambdas = np.asarray(lambdas, dtype=np.float64)
    other = problem.other.own_key if problem.other is not None else ""
    begin = b"" if start is None else np.asarray(start, dtype=np.float64).tobytes()
    key = (problem.own_key, other, problem.share, problem.grid, kind, lambdas.tobytes(), begin)
    with _lock:
        if key in _paths:
            _paths.move_to_end(key)
            return _paths[key]
    found = _follow(problem, kind, lambdas, start)
    found.flags.writeable = False  # it is shared by all who ask
    with _lock:
        _paths[key] = found
        while len(_paths) > _KEPT:
            _paths.popitem(last=False)
    return found


def penalized(problem: Problem, penalty: Penalty) -> Problem:
    """Return a problem with another penalty, with what is known of its samples already."""
    found = copy(problem)
    found.penalty, found.penalty_array, found.stop = penalty, np.array([penalty.l1, penalty.l2]), NEVER
    for name in ("key", "minima"):
        found.__dict__.pop(name, None)
    return found


def _follow(problem: Problem, kind: str, lambdas: Array, start: Array | None) -> Array:
    points = np.full((len(lambdas), 2), np.nan)
    begin = _begin(problem, kind, float(lambdas[0])) if start is None else np.asarray(start, float)
    if begin is None:
        return points
    walk = _Walk(problem, kind)
    with np.errstate(all="ignore"):
        last = begin
        stops = sorted({*range(0, len(lambdas), _STRIDE), len(lambdas) - 1})
        for i in stops:
            points[i] = last = walk.down(lambdas[[i]], last[None])[0]
        between = np.setdiff1d(np.arange(len(lambdas)), stops)
        guess = np.stack([np.interp(between, stops, points[stops, axis]) for axis in (0, 1)], axis=1)
        points[between] = walk.down(lambdas[between], guess)
        # A step this long is looked at closely: is it a leap into another valley?
        far = _FAR * max(float(np.hypot(*points[0])), 1e-6 * walk.size)
        length = np.hypot(*np.diff(points, axis=0).T)
        for i in np.nonzero(~(length <= far))[0]:
            if walk.leaps(lambdas[i], lambdas[i + 1], points[i], points[i + 1]):
                end = _on(walk, lambdas, points, int(i), far)
                points[end + 1 :] = np.nan
                break
    return points


def _on(walk: _Walk, lambdas: Array, points: Array, i: int, far: float) -> int:
    """Go on one by one after point i, up to the very weight at which the valley ends; return its index."""
    for j in range(i + 1, len(lambdas)):
        there = walk.down(lambdas[[j]], points[[j - 1]])[0]
        near = np.hypot(*(there - points[j - 1])) <= far
        if not near and walk.leaps(lambdas[j - 1], lambdas[j], points[j - 1], there):
            return j - 1
        points[j] = there
    return len(lambdas) - 1


def _begin(problem: Problem, kind: str, weight: float) -> Array | None:
    minima = problem.minima
    if not len(minima):
        minima = penalized(problem, Penalty(**{kind: weight})).minima
    return np.array(minima[0]) if len(minima) else None


class _Walk:
    """Minima of a loss plus a penalty of one kind."""

    def __init__(self, problem: Problem, kind: str) -> None:
        (xlo, xhi), (ylo, yhi) = problem.surface.domain
        self.problem, self.kind, self.size = problem, kind, float(np.hypot(xhi - xlo, yhi - ylo))

    def down(self, weights: Array, points: Array) -> Array:
        """Return the minima that points lead to, each under its own weight of the penalty."""
        penalty = np.zeros((len(weights), 2))
        penalty[:, 0 if self.kind == "l1" else 1] = weights
        x, y, _ = settled(self.problem, points[:, 0], points[:, 1], self.size, 60, penalty)
        return np.stack([x, y], axis=1)

    def leaps(self, low: float, high: float, a: Array, b: Array) -> bool:
        """Whether the way from a to b is no way: halving the step in the weight does not shorten it."""
        whole = float(np.hypot(*(b - a)))
        for _ in range(5):
            middle = float(np.sqrt(low * high))
            c = self.down(np.array([middle]), a[None])[0]
            if np.hypot(*(c - a)) > np.hypot(*(b - c)):
                high, b = middle, c
            else:
                low, a = middle, c
        return not np.hypot(*(b - a)) <= 0.4 * whole
