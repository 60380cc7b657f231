"""Histograms over time on one common axis: what a strip of them is drawn from. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from optviz.catalog import Array
from optviz.render.panels.training.pictures import rounded_up
from optviz.training.record import Histogram, Look

BINS = 72  # between both ends of an axis
_EDGE = 0.02  # of the numbers, on either side, may lie beyond the axis
_CROWDED = 4.0  # times the mean: a part of the axis that is as full has the last colour, a spike no other
_SPIKE = 5.0  # times what is usual: beyond it a short excursion leaves the axis

KINDS = WEIGHTS, BEFORE, AFTER = ("weights", "before", "after")


@dataclass(frozen=True, eq=False)
class Strip:
    """One layer's histograms over time, on one axis from -reach to reach.

    Attributes
    ----------
    epochs, means : float64[n]
        When each was taken, and its mean.
    rows : float64[n, bins]
        How crowded each part of the axis is: the root of its share, 1 where it is as full as any.
    """

    reach: float
    epochs: Array
    means: Array
    rows: Array


class Strips:
    """The strips of one picture; what is known of a look is kept while it lives."""

    def __init__(self) -> None:
        self._summaries: WeakKeyDictionary[Look, Array] = WeakKeyDictionary()
        self._rows: dict[tuple[int, str], tuple[float, tuple[Look, ...], Array]] = {}

    def of(
        self, looks: tuple[Look, ...], layers: Sequence[int], kinds: Sequence[str]
    ) -> list[list[Strip | None]]:
        """Return what is drawn of some layers' histograms over time, None where a layer has none of a kind.

        What goes into batch norm and what comes out of it have one axis, whichever of them is asked for.
        """
        seen = np.stack([self.summary(look, len(looks[-1].layers)) for look in looks])
        epochs = np.array([look.epoch for look in looks])

        def strip(at: int, kind: str) -> Strip | None:
            if all(_of(look, at, kind) is None for look in looks):
                return None
            together = seen[:, at, :1] if kind == WEIGHTS else seen[:, at, 1:]
            reach = _reach(together[..., 0])
            means = seen[:, at, KINDS.index(kind), 1]
            return Strip(reach, epochs, means, self._stacked(looks, at, kind, reach))

        return [[strip(at, kind) for kind in kinds] for at in layers]

    def summary(self, look: Look, layers: int) -> Array:
        """Return float64[layers, 3, 2]: how far from 0 nearly all numbers lie, and the mean; or nan."""
        kept = self._summaries.get(look)
        if kept is None or len(kept) != layers:
            kept = np.full((layers, len(KINDS), 2), math.nan)
            for at in range(min(layers, len(look.layers))):
                for which, kind in enumerate(KINDS):
                    one = _of(look, at, kind)
                    edges, shares = _shares(one) if one is not None else (np.zeros(0), None)
                    if shares is not None:
                        below = np.concatenate([[0.0], np.cumsum(shares)])
                        ends = np.interp([_EDGE, 1.0 - _EDGE], below, edges)
                        kept[at, which] = np.abs(ends).max(), shares @ (0.5 * (edges[1:] + edges[:-1]))
            self._summaries[look] = kept
        return kept

    def _stacked(self, looks: tuple[Look, ...], at: int, kind: str, reach: float) -> Array:
        """Return float64[looks, bins]: how crowded each part of the axis is; what is known is kept."""
        kept = self._rows.get((at, kind))
        if kept is None or kept[0] != reach:
            kept = (reach, (), np.zeros((0, BINS)))
        _, done, rows = kept
        same = min(len(done), len(looks))
        if done[:same] != looks[:same]:
            done, rows, same = (), rows[:0], 0
        if same < len(looks):
            more = [_row(_of(look, at, kind), reach) for look in looks[same:]]
            done, rows = looks, np.concatenate([rows[:same], more])
        self._rows[at, kind] = (reach, done, rows)
        return rows[: len(looks)]


def _of(look: Look, at: int, kind: str) -> Histogram | None:
    """Return a histogram of a layer, if there is such a layer and it has one."""
    if at >= len(look.layers):
        return None
    layer = look.layers[at]
    return {WEIGHTS: layer.weights, BEFORE: layer.before, AFTER: layer.after}[kind]


def _reach(sizes: Array) -> float:
    """Return how far from 0 an axis goes that shows all of them; a short excursion may leave it."""
    sizes = sizes[np.isfinite(sizes) & (sizes > 0.0)]
    if not sizes.size:
        return 1.0
    return rounded_up(float(min(sizes.max(), _SPIKE * np.median(sizes))))


def _row(one: Histogram | None, reach: float) -> Array:
    """Return a histogram on the common axis, float64[bins]; nan where there is none."""
    edges, shares = _shares(one) if one is not None else (np.zeros(0), None)
    if shares is None:
        return np.full(BINS, np.nan)
    below = np.concatenate([[0.0], np.cumsum(shares)])
    row = np.diff(np.interp(np.linspace(-reach, reach, BINS + 1), edges, below))
    full = min(float(row.max()), _CROWDED * float(row.sum() / max(np.count_nonzero(row > 0.0), 1)))
    return np.asarray(np.sqrt(np.clip(row / (full or 1.0), 0.0, 1.0)))


def _shares(one: Histogram) -> tuple[Array, Array | None]:
    """Return the edges of a histogram and the share of each part; None where it holds nothing."""
    counts = np.asarray(one.counts, np.float64)
    total = float(counts.sum())
    low, high = float(one.low), float(one.high)
    if not (math.isfinite(low) and math.isfinite(high) and high >= low and total > 0.0):
        return np.zeros(0), None
    if not high > low:  # all one number: a narrow spike
        low, high = low - 1e-6 * (abs(low) or 1.0), high + 1e-6 * (abs(high) or 1.0)
    return np.linspace(low, high, len(counts) + 1), counts / total
