"""Who of two entrants is ahead, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optviz.catalog import Array
from optviz.maps.lanes import OUTSIDE as NO_RUN
from optviz.maps.lanes import Field
from optviz.maps.sheet import DIVERGED, OUTSIDE, Whole

RESOLUTION = 1e-16
"""A loss this near to the lowest one, in 1 + its size, is at it: what is left is rounding."""


def lowest(fields: Sequence[Field], at_minima: Array) -> float:
    """Return the lowest loss known: at the minima, and of all runs."""
    losses = np.concatenate([at_minima, *(one.loss for one in fields)])
    losses = losses[np.isfinite(losses)]
    return float(losses.min()) if losses.size else 0.0


def advantage(own: Field, other: Field, floor: float) -> tuple[Array, Whole]:
    """Return float64[n] and int64[n]: the values and classes of a difference (see `Sheet`).

    Parameters
    ----------
    floor
        The lowest loss known; none of the two goes below it.
    """
    least = RESOLUTION * (1.0 + abs(floor))
    with np.errstate(all="ignore"):
        mine, theirs = (np.log10(np.maximum(one.loss - floor, least)) for one in (own, other))
        values = theirs - mine
    values = np.where(own.diverged, -np.inf, np.where(other.diverged, np.inf, values))
    classes = np.zeros(len(values), np.int64)
    classes[own.diverged & other.diverged] = DIVERGED
    classes[(own.status == NO_RUN) | (other.status == NO_RUN)] = OUTSIDE
    values[classes < 0] = np.nan
    return values, classes
