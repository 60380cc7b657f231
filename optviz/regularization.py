"""The path the minimum takes as a penalty grows from nearly 0: the regularization path.

Followed from minimum to minimum, each started where the last ones point to. A path under L1 arrives on an
axis exactly and, where the loss is convex, stays there. Where a loss has several valleys the path follows
its own and ends, in nan, where that valley does.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import numpy as np

from optviz.catalog import Array
from optviz.minima import settled
from optviz.problem import Problem
from optviz.setting import Penalty

LAMBDAS: Array = np.geomspace(1e-4, 1e2, 61)
"""Weights of the penalty, ten a decade."""

_STRIDE = 10  # every tenth is found from the one before it, those between from both neighbours
_FAR = 0.1  # of the way from the first point to the origin
_KEPT = 64
_ROUNDS, _PARTS = 7, 8  # a knee is looked for in so many parts of an interval, so many times
_LONG = 0.04  # of the path's reach: a longer piece is looked at in between
_paths: OrderedDict[tuple[object, ...], Array] = OrderedDict()
_traces: OrderedDict[tuple[object, ...], Trace] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Trace:
    """A path as a line to be drawn.

    Attributes
    ----------
    weights : float64[k]
        Of the penalty, rising.
    points : float64[k, 2]
        The minimum at each. At a knee, where L1 takes a weight away, there is one on the axis exactly.
    minimum : float64[2]
        The lowest minimum without penalty; None where there is none.
    indifferent
        Whether batch norm makes the loss indifferent to the scale of its weights: it has no minimum, the
        least penalty shrinks them to nothing, and there is no path.
    """

    weights: Array
    points: Array
    minimum: Array | None
    indifferent: bool


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
    begin = b"" if start is None else np.asarray(start, dtype=np.float64).tobytes()
    key = (*_key(problem, kind, lambdas), begin)
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


def trace(problem: Problem, kind: Literal["l1", "l2"], lambdas: Array = LAMBDAS) -> Trace:
    """Return the path as a line to be drawn: with more weights where it is long, and with its knees."""
    lambdas = np.array(lambdas, dtype=np.float64)
    key = _key(problem, kind, lambdas)
    with _lock:
        if key in _traces:
            _traces.move_to_end(key)
            return _traces[key]
    minimum = np.array(problem.minima[0]) if len(problem.minima) else None
    indifferent = minimum is None and _normed(problem)
    weights, points = lambdas, np.full((len(lambdas), 2), np.nan)
    if not indifferent:
        points = path(problem, kind, lambdas)
    if np.isfinite(points[0]).all():
        walk = _Walk(problem, kind)
        with np.errstate(all="ignore"):
            if kind == "l1":
                weights, points = _knees(walk, weights, points)
            weights, points = _finer(walk, weights, points)
    for array in (weights, points):
        array.flags.writeable = False
    found = Trace(weights, points, minimum, indifferent)
    with _lock:
        _traces[key] = found
        while len(_traces) > _KEPT:
            _traces.popitem(last=False)
    return found


def point_at(problem: Problem, kind: Literal["l1", "l2"], known: Trace, weight: float) -> Array | None:
    """Return the very minimum at one weight of a path that `trace` returned; None where the path is not."""
    weights, points = known.weights, known.points
    if not 0.0 < weight <= weights[-1]:
        return None
    i = int(np.searchsorted(weights, weight))
    if i < len(weights) and weights[i] == weight:
        found = points[i]
    else:
        low, high = points[max(i - 1, 0)], points[i]
        share = np.log(weight / weights[i - 1]) / np.log(weights[i] / weights[i - 1]) if i else 0.0
        guess = low + share * (high - low)
        if not np.isfinite(guess).all():
            return None
        found = _Walk(problem, kind).down(np.array([weight]), guess[None])[0]
        if i and np.hypot(*(found - guess)) > np.hypot(*(high - low)):  # another valley
            found = guess
    return found if np.isfinite(found).all() else None


def _normed(problem: Problem) -> bool:
    parts = [problem] if problem.other is None else [problem, problem.other]
    return all(
        bool(one.choices.get("batch_norm")) and one.choices.get("batch_norm_mode") == "training"
        for one in parts
    )


def _key(problem: Problem, kind: str, lambdas: Array) -> tuple[object, ...]:
    other = problem.other.own_key if problem.other is not None else ""
    return (problem.own_key, other, problem.share, problem.grid, kind, lambdas.tobytes())


def _knees(walk: _Walk, weights: Array, points: Array) -> tuple[Array, Array]:
    """Put in the points at which L1 takes a weight away or gives it back."""
    held = points == 0.0
    both = np.isfinite(points[:-1]).all(axis=1) & np.isfinite(points[1:]).all(axis=1)
    for i in np.flatnonzero((held[:-1] != held[1:]).any(axis=1) & both)[::-1]:
        low, high, a, b = weights[i], weights[i + 1], points[i], points[i + 1]
        for _ in range(_ROUNDS):
            some = np.geomspace(low, high, _PARTS + 1)[1:-1]
            share = np.log(some / low)[:, None] / np.log(high / low)
            found = walk.down(some, a + share * (b - a))
            line = np.concatenate([[a], found, [b]])
            zero = line == 0.0
            j = int(np.argmax((zero[:-1] != zero[1:]).any(axis=1)))
            edges = np.concatenate([[low], some, [high]])
            low, high, a, b = edges[j], edges[j + 1], line[j], line[j + 1]
            if not high > low * (1.0 + 1e-13):
                break
        inside = b if (b == 0.0).sum() > (a == 0.0).sum() else a
        at = high if inside is b else low
        if weights[i] < at < weights[i + 1]:
            weights, points = np.insert(weights, i + 1, at), np.insert(points, i + 1, inside, axis=0)
    return weights, points


def _finer(walk: _Walk, weights: Array, points: Array) -> tuple[Array, Array]:
    """Put in points where the way from one to the next is long."""
    reach = _LONG * float(np.nanmax(np.hypot(*points.T)))
    for _ in range(3):
        way = np.diff(points, axis=0)
        length = np.hypot(*way.T)
        parts = np.clip(np.ceil(np.nan_to_num(length) / (reach or 1.0)), 1, 6).astype(int)
        some = [(i, share) for i in np.flatnonzero(parts > 1) for share in np.arange(1, parts[i]) / parts[i]]
        if not some:
            break
        at = np.array([i for i, _ in some])
        share = np.array([part for _, part in some])
        new = weights[at] * (weights[at + 1] / weights[at]) ** share
        guess = points[at] + share[:, None] * way[at]
        found = walk.down(new, guess)
        fits = (np.hypot(*(found - guess).T) <= length[at]) & (new > weights[at]) & (new < weights[at + 1])
        weights = np.insert(weights, at[fits] + 1, new[fits])
        points = np.insert(points, at[fits] + 1, found[fits], axis=0)
    return weights, points


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
        minima = problem.with_penalty(Penalty(**{kind: weight})).minima
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
