"""Ranges of axes that grow in few, round steps while a training goes on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from optviz.catalog import Array

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class Range(NamedTuple):
    """The ends of an axis, and whether it is logarithmic."""

    low: float
    high: float
    log: bool


class Extent:
    """The least and the greatest value of a series that grows at its end; what is not finite is left out.

    Attributes
    ----------
    low, high
        Of the positive values; (inf, -inf) while there are none.
    """

    def __init__(self, low: float = math.inf, high: float = -math.inf) -> None:
        self.low, self.high = low, high
        self._seen = 0

    def of(self, values: Array) -> Extent:
        """Take in what is new in `values`, float64[n] or float64[n, m], and return itself."""
        new = values[self._seen :]
        self._seen = len(values)
        new = new[np.isfinite(new) & (new > 0.0)]
        if len(new):
            self.low, self.high = min(self.low, float(new.min())), max(self.high, float(new.max()))
        return self

    def joined(self, *others: Extent) -> Extent:
        """Return the extent of several series together."""
        among = (self, *others)
        return Extent(min(one.low for one in among), max(one.high for one in among))


def above(value: float, least: float) -> float:
    """Return a round number not below `value` and `least`: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 × 10ⁿ."""
    value = max(value, least)
    if not (0.0 < value < 1e300):
        return 1.0
    exponent = math.floor(math.log10(value))
    return next(
        high for e in (exponent - 1, exponent, exponent + 1) for s in _STEPS
        if (high := float(f"{s}e{e}")) >= value * (1.0 - 1e-12)
    )  # fmt: skip


def log_range(extent: Extent, low: float, high: float, decades: float, least: float) -> Range:
    """Return a logarithmic axis around an extent, ends at 1 or 3 × 10ⁿ.

    Parameters
    ----------
    low, high
        The ends while nothing is known.
    decades, least
        How many decades it has at most, the lowest values left out, and at least.
    """
    if extent.low <= extent.high:
        low, high = extent.low, extent.high
    high = min(high, 1e290)
    low = max(min(low, high * 10.0**-least), high * 10.0**-decades, 1e-290)
    ends = _ends(low) + _ends(high)
    return Range(
        max(end for end in ends if end <= low * (1.0 + 1e-12)),
        min(end for end in ends if end >= high * (1.0 - 1e-12)),
        True,
    )


def _ends(value: float) -> list[float]:
    exponent = math.floor(math.log10(value))
    return [float(f"{digit}e{e}") for e in (exponent - 1, exponent, exponent + 1) for digit in (1, 3)]
