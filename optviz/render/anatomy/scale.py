"""The axis of the bars: straight where that shows every part, else logarithmic towards both sides of zero."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optviz.anatomy import Anatomy
from optviz.render.panels import axes

_CROWDED = 40.0  # times the step: a part so much larger leaves nothing of it on a straight axis
_MOST_DECADES = 12


@dataclass(frozen=True)
class BarScale:
    """Between signed lengths and places from 0 to 1 along the axis.

    Attributes
    ----------
    low, high
        The lengths at its ends.
    linear
        Below this size the axis is straight, beyond it logarithmic; 0 for a straight axis.
    """

    low: float
    high: float
    linear: float = 0.0

    @classmethod
    def of(cls, anatomy: Anatomy) -> BarScale:
        """Return the axis that holds every bar of an update: each from one sum to the next, and the step."""
        sums = np.concatenate([anatomy.reached.ravel(), anatomy.step])
        sums = sums[np.isfinite(sums)]
        low, high = min(float(sums.min(initial=0.0)), 0.0), max(float(sums.max(initial=0.0)), 0.0)
        largest = max(high, -low)
        if not largest > 0.0:
            return cls(-1.0, 1.0)
        step = float(np.abs(anatomy.step[np.isfinite(anatomy.step)]).max(initial=0.0))
        linear = 0.0
        if largest > _CROWDED * step:
            smallest = step if step > 0.0 else largest
            linear = max(0.3 * smallest, largest * 10.0**-_MOST_DECADES)
        scale = cls(low, high, linear)
        # A little room at both ends, and something of the other side of zero.
        a, b = scale._bent(low), scale._bent(high)
        pad = 0.06 * (b - a)
        return cls(scale._straight(a - pad), scale._straight(b + pad), linear)

    def _bent(self, value: float) -> float:
        return math.asinh(value / self.linear) if self.linear else value

    def _straight(self, place: float) -> float:
        return self.linear * math.sinh(place) if self.linear else place

    def place(self, value: float) -> float:
        """Return where a length is, 0 at the left end and 1 at the right; beyond them, at an end."""
        if math.isnan(value):
            return self.place(0.0)
        low, high = self._bent(self.low), self._bent(self.high)
        bent = self._bent(min(max(value, self.low), self.high))
        return (bent - low) / (high - low)

    def ticks(self, most: int) -> list[float]:
        """Return at most about so many round lengths on the axis, 0 among them."""
        if not self.linear:
            return axes.ticks(self.low, self.high, most)
        top = math.floor(math.log10(max(self.high, -self.low)))
        bottom = math.ceil(math.log10(self.linear))
        found = [0.0]
        sides = 2 if self.low < 0.0 < self.high else 1
        every = max(1, math.ceil((top - bottom + 1) * sides / max(1, most - 1)))
        for power in range(top, bottom - 1, -every):
            found += [value for value in (10.0**power, -(10.0**power)) if self.low <= value <= self.high]
        return sorted(found)
