"""What a map holds after k steps, as arrays, and its axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array, Knob
from optviz.insight.sentence import Sentence

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNDECIDED = -1
"""Class of a run that is at no minimum."""
DIVERGED = -2
"""Class of a run that has diverged; of a difference, where both have."""
OUTSIDE = -3
"""Class of a cell that there is no run of: its start lies outside the set the surface is declared on, or its
schedule has no finite rates."""


@dataclass(frozen=True, eq=False)
class MapScale:
    """One axis of a map.

    Attributes
    ----------
    values : float64[n]
        The value of each column or row, ascending, both ends included.
    name
        The hyperparameter, or "x" or "y".
    scale
        "linear", "log", or "one_minus" (log in 1 - value): what they are evenly spaced in.
    knob
        The hyperparameter's declaration; None where it is a coordinate.
    """

    values: Array
    name: str
    scale: str = "linear"
    knob: Knob | None = None

    def spread(self, count: int) -> Array:
        """Return `count` values, evenly spaced on the scale from the first to the last, both exact."""
        return spread(float(self.values[0]), float(self.values[-1]), self.scale, count)

    def coordinate(self, values: Array) -> Array:
        """Return where values lie in cells: 0 is the first one's middle, n - 1 the last one's."""
        marks = self._even(self.values)
        low, high = marks[0], marks[-1]
        with np.errstate(all="ignore"):
            return np.asarray((self._even(np.asarray(values, float)) - low) / (high - low) * (marks.size - 1))

    def _even(self, values: Array) -> Array:
        with np.errstate(all="ignore"):
            if self.scale == "log":
                return np.asarray(np.log(values))
            return np.asarray(-np.log1p(-values)) if self.scale == "one_minus" else values


def spread(low: float, high: float, scale: str, count: int) -> Array:
    """Return float64[count], evenly spaced on a scale from `low` to `high`, both ends exact."""
    if scale == "log":
        values = np.exp(np.linspace(np.log(low), np.log(high), count))
    elif scale == "one_minus":
        values = -np.expm1(np.linspace(np.log1p(-low), np.log1p(-high), count))
    else:
        values = np.linspace(low, high, count)
    values = np.clip(values, low, high)
    values[0], values[-1] = low, high
    return values


@dataclass(frozen=True, eq=False)
class Curve:
    """A line that theory draws over a sensitivity map.

    Attributes
    ----------
    name
        What it is, to be translated (context "Maps").
    formula
        In LaTeX.
    points : float64[n, 2]
        In units of the map's axes; nan where the line is interrupted.
    """

    name: str
    formula: str
    points: Array = field(repr=False)

    @cached_property
    def key(self) -> tuple[str, str, bytes]:
        """What tells it from others: hashable, equal for lines that look alike."""
        return self.name, self.formula, self.points.tobytes()


@dataclass(frozen=True, eq=False)
class Sheet:
    """A map after some steps; row 0 is the lowest.

    Attributes
    ----------
    kind
        As `MapSetting.kind`.
    k
        After how many steps.
    values : float64[h, w]
        basin, loss, sensitivity over the loss: the loss, at the last finite point where it diverged. steps,
        sensitivity over the steps: the step after which a race stays at the minimum it ends in. difference:
        by how many decades the entrant's loss is nearer than the rival's to the lowest known loss
        (`optviz.maps.difference`); infinite where only one diverged. nan where there is none.
    classes : int64[h, w]
        0 or more: the minimum it ends in (0 where minima play no role); else UNDECIDED, DIVERGED or OUTSIDE.
    minima : float64[m, 2]
        The minima that classes count: the surface's own list, and after it those that runs end in besides
        (`optviz.maps.further`). None where they play no role.
    """

    kind: str
    k: int
    values: Array
    classes: Whole
    minima: Array

    @cached_property
    def shares(self) -> dict[int, float]:
        """What share of the cells is of each class that occurs."""
        found, counts = np.unique(self.classes, return_counts=True)
        return {int(one): float(count) / self.classes.size for one, count in zip(found, counts, strict=True)}


@dataclass(frozen=True, eq=False)
class RatesSheet:
    """The loss against the learning rate, for all entrants, after k steps.

    Attributes
    ----------
    kind
        "learning_rate".
    k
        After how many steps.
    rates : float64[n]
        Ascending.
    losses : float64[entrants, n]
        nan where a run has diverged or there is none.
    diverged : bool[entrants, n]
    best : int64[entrants]
        Of each entrant the rate with the lowest loss, of equal ones the smallest; -1 where all diverged, and
        where all that did not have the same loss.
    budget
        Runs of each entrant, equal for all.
    declared
        The same in a sentence.
    """

    kind: str
    k: int
    rates: Array
    losses: Array
    diverged: Flags
    best: Whole
    budget: int
    declared: Sentence
