"""Who of two entrants is ahead, and by how much: a number of each cell's own, whatever the lattice.

Where the surface has known minima the height above the lowest of them is what is compared (above the lower
of the two runs where that went below): d decades are a height 10^d times as great. Where none is known, as
on a saddle, there is nothing to be high above: there it is compared how far each has come down from where
it began, by log10(1 + descent / s), where s is how much the loss varies over the view.

Whoever has the lower loss is ahead. Nobody is where the losses are equal, and where both lie so little above
the lowest known loss (`RESOLUTION`) that the rest is rounding.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from optviz.catalog import Array
from optviz.maps.lanes import OUTSIDE as NO_RUN
from optviz.maps.lanes import Field
from optviz.maps.sheet import DIVERGED, OUTSIDE, Whole

RESOLUTION = 1e-16
"""A loss this near to the lowest one, in 1 + its size, is at it: what is left is rounding."""

_GRID = 33  # points a side at which the loss over the view is looked at


class _Loss(Protocol):
    @property
    def minima(self) -> Array: ...
    def loss(self, x: Array, y: Array) -> Array: ...


def floor_of(problem: _Loss) -> float:
    """Return the loss at the lowest minimum known; nan where none is."""
    with np.errstate(all="ignore"):
        losses = np.asarray(problem.loss(*problem.minima.T.copy()))
    losses = losses[np.isfinite(losses)]
    return float(losses.min()) if losses.size else math.nan


def variation(problem: _Loss, xlim: tuple[float, float], ylim: tuple[float, float]) -> float:
    """Return how much the loss varies over a view, > 0: the median distance from its median."""
    x, y = np.meshgrid(np.linspace(*xlim, _GRID), np.linspace(*ylim, _GRID))
    with np.errstate(all="ignore"):
        losses = np.asarray(problem.loss(x, y))
    losses = losses[np.isfinite(losses)]
    found = float(np.median(np.abs(losses - np.median(losses)))) if losses.size else 0.0
    return found if 0.0 < found < math.inf else 1.0


def above_floor(own: Array, other: Array, floor: float) -> Array:
    """Return float64[n]: by how many decades the own loss is less high above `floor` than the other."""
    with np.errstate(all="ignore"):
        lower, gap = np.minimum(own, other), np.abs(other - own)
        base = np.minimum(floor, lower)
        least = RESOLUTION * (1.0 + np.abs(base))
        # log(high / low), each at least `least`, in a form that is 0 only where they are equal.
        low = lower - base
        rise = np.where(low >= least, gap, np.maximum(low + gap - least, 0.0))
        decades = np.log1p(rise / np.maximum(low, least)) / math.log(10.0)
        return np.asarray(np.sign(other - own) * decades)


def by_descent(own: Array, other: Array, start: Array, scale: float) -> Array:
    """Return float64[n]: how much further the own loss came down from `start` than the other, in decades."""

    def size(descent: Array) -> Array:
        return np.asarray(np.sign(descent) * np.log1p(np.abs(descent) / scale)) / math.log(10.0)

    with np.errstate(all="ignore"):
        mine, theirs = start - own, start - other
        far = size(mine) - size(theirs)
        # Nearly equal ones would drown in their own logarithms: there by the slope of the logarithm.
        nearest = np.minimum(np.abs(mine), np.abs(theirs))
        slope = (other - own) / ((scale + nearest) * math.log(10.0))
        close = np.abs(other - own) <= 1e-8 * (scale + nearest)
        return np.asarray(np.where(close, slope, far))


def advantage(own: Field, other: Field, decades: Array) -> tuple[Array, Whole]:
    """Return float64[n] and int64[n]: the values and classes of a difference (see `Sheet`).

    Parameters
    ----------
    decades : float64[n]
        By how many the own run is ahead where both are finite.
    """
    with np.errstate(invalid="ignore"):
        values = np.where(own.loss == other.loss, 0.0, decades)
    values[np.isnan(values)] = 0.0
    values = np.where(own.diverged, -np.inf, np.where(other.diverged, np.inf, values))
    classes = np.zeros(len(values), np.int64)
    classes[own.diverged & other.diverged] = DIVERGED
    classes[(own.status == NO_RUN) | (other.status == NO_RUN)] = OUTSIDE
    values[classes < 0] = np.nan
    return values, classes
