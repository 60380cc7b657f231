"""Ranges of axes that grow in few, round steps while a training goes on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from optviz.catalog import Array

_LOW, _HIGH = 0.02, 0.99  # shares of a series that lie below its usual values, and below or among them
_FEW = 32  # values that say little yet
_FINE = 16  # parts of a decade in which values are counted
_REACH = 30  # decades on either side of 1
_PARTS = 2 * _REACH * _FINE

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


class Usual:
    """Between which values nearly all of some series lie that grow at their ends, whatever a few do.

    Of each series the lowest 2 % and the highest 1 % are left out, and zeros and what is not finite: a
    learning rate that ends at 0 does not give a plot decades of nothing. It is told anew only now and then,
    each time after a tenth more values, and grows: an axis made of it is calm.

    Attributes
    ----------
    extent
        What is known so far.
    """

    def __init__(self) -> None:
        self.extent = Extent()
        self._counts = np.empty((0, _PARTS), np.int64)
        self._seen = 0
        self._next = 1

    def of(self, values: Array) -> Extent:
        """Take in what is new in `values`, float64[n, series], and return the extent."""
        if len(self._counts) != values.shape[1]:
            self.__init__()  # type: ignore[misc]
            self._counts = np.zeros((values.shape[1], _PARTS), np.int64)
        while self._next <= len(values):
            self._count(values[self._seen : self._next])
            extent = self._inner()
            # What the first few say is not kept: a rate that rises from 0 would be.
            keep = self._seen > _FEW
            self._seen = self._next
            self.extent = self.extent.joined(extent) if keep else extent
            self._next += self._next if self._next < _FEW else max(_FEW, self._next // 10)
        return self.extent

    @np.errstate(all="ignore")
    def _count(self, new: Array) -> None:
        known = np.isfinite(new) & (new > 0.0)
        part = np.clip((np.log10(np.where(known, new, 1.0)) + _REACH) * _FINE, 0, _PARTS - 1).astype(np.int64)
        rows, columns = np.nonzero(known)
        np.add.at(self._counts, (columns, part[rows, columns]), 1)

    def _inner(self) -> Extent:
        below = np.cumsum(self._counts, axis=1)
        total = below[:, -1:]
        some = total[:, 0] > 0
        if not some.any():
            return Extent()
        below, total = below[some], total[some]
        low = np.argmax(below > _LOW * total, axis=1).min()
        high = np.argmax(below >= _HIGH * total, axis=1).max() + 1
        return Extent(10.0 ** (low / _FINE - _REACH), 10.0 ** (high / _FINE - _REACH))


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
