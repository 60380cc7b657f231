"""Minima that a surface does not list, found where runs end.

A surface with many minima lists a few of them only. Runs that end elsewhere are gathered on a grid; from the
lowest end of each square Newton steps go down, and where they arrive nearby, with no gradient and a Hessian
that is positive definite, there is a minimum. What lies on a kink, which has no Hessian, is not found so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.maps.lanes import Whole
from optviz.minima import settled
from optviz.problem import Problem

MOST = 256
"""Further minima that are told of, those that most runs end at."""

_SQUARES = 1024  # that are looked into
_STEPS = 30  # of Newton's method
_STILL = 1e-8  # a gradient, in the curvature times the radius, that is none
_CURVED = 1e-9  # of the larger curvature: the smaller one of a minimum, a valley's floor has less


def further_minima(problem: Problem, ends: Array, losses: Array, radius: float) -> Array:
    """Return float64[k, 2]: minima within `radius` of some of `ends`, the lowest first, at most `MOST`.

    Parameters
    ----------
    ends : float64[n, 2]
        Where runs end that are at no minimum known.
    losses : float64[n]
        The loss there.
    radius
        How near counts as there; minima nearer to each other are one.
    """
    nothing = np.zeros((0, 2))
    with np.errstate(all="ignore"):
        squares = np.floor(ends / radius)
        usable = (np.abs(squares) < 2.0**30).all(axis=1) & np.isfinite(losses)
        if not usable.any():
            return nothing
        ends, losses = ends[usable], losses[usable]
        chosen, counts = _lowest_of_each(squares[usable].astype(np.int64), losses)
        ends = ends[chosen]
        hxx, _, hyy = problem.hessian(*ends.T.copy())
        near = (hxx + hyy > 0.0) | ~np.isfinite(hxx + hyy)  # certainly no bowl around the others
        ends, counts = ends[near], counts[near]
        if not len(ends):
            return nothing
        x, y, report = settled(problem, ends[:, 0], ends[:, 1], 10.0 * radius, _STEPS)
        _, slope, low, high = report
        points = np.stack([x, y], axis=1)
        true = (low > _CURVED * high) & (slope <= _STILL * low * radius)
        true &= np.hypot(*(points - ends).T) <= 2.0 * radius  # a square's diagonal, and some
        points, counts = points[true], counts[true]
        kept = _apart(points, np.asarray(problem.loss(*points.T.copy())), counts, radius)
    return np.asarray(points[kept])


def _lowest_of_each(squares: Whole, losses: Array) -> tuple[Whole, Whole]:
    """Return the place of the lowest loss in each of the fullest squares, and how many are in it."""
    keys = squares[:, 0] * 2**31 + squares[:, 1]
    order = np.argsort(keys, kind="stable")
    found = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], found[1:] != found[:-1]]))
    counts = np.diff(np.append(begins, found.size))
    least = np.minimum.reduceat(losses[order], begins)
    hits = np.flatnonzero(losses[order] == np.repeat(least, counts))
    places = order[hits[np.searchsorted(hits, begins)]]
    fullest = np.sort(np.argsort(-counts, kind="stable")[:_SQUARES])
    return places[fullest], counts[fullest]


def _apart(points: Array, losses: Array, counts: Whole, radius: float) -> npt.NDArray[np.int64]:
    """Return the indices of points that are not the same: of those most run to, the lowest first."""
    left = np.argsort(losses, kind="stable")
    kept, weights = [], []
    while left.size:
        first = left[0]
        same = np.hypot(*(points[left] - points[first]).T) <= radius
        kept.append(first)
        weights.append(counts[left[same]].sum())
        left = left[~same]
    places = np.sort(np.argsort(-np.array(weights, dtype=np.int64), kind="stable")[:MOST])
    return np.array(kept, dtype=np.int64)[places]
