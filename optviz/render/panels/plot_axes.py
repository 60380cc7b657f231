"""The frame of a plot against the step: which pixel is which step and value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from optviz.catalog import Array
from optviz.plots import Plot
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.style import Metrics, Theme


@dataclass(frozen=True)
class Axes:
    """The frame of one plot in pixels, and what its edges stand for."""

    left: float
    top: float
    width: float
    height: float
    last: int
    low: float
    high: float
    log: bool
    inset: float = 0.0  # free at the right, so that a mark at the last step is whole
    soft: float = 0.0  # as in `Plot`

    @property
    def rect(self) -> QRectF:
        return QRectF(self.left, self.top, self.width, self.height)

    def x(self, step: Array | float) -> Array:
        """Return the pixel of a step."""
        share = np.asarray(step, dtype=np.float64) / max(self.last, 1)
        return np.asarray(self.left + share * (self.width - self.inset))

    def step(self, x: float) -> int:
        """Return the step nearest to a pixel, within the run."""
        share = (x - self.left) / max(self.width - self.inset, 1.0)
        return min(max(round(share * max(self.last, 1)), 0), self.last)

    def y(self, values: Array | float) -> Array:
        """Return the pixel of a value: nan where it is not finite, below the frame for a logarithm of 0."""
        values = np.asarray(values, dtype=np.float64)
        with np.errstate(all="ignore"):
            if self.log:
                low, high = math.log10(self.low), math.log10(self.high)
                seen = np.where(
                    values > 0.0, np.log10(np.where(values > 0.0, values, 1.0)), low - (high - low)
                )
                share = (seen - low) / (high - low)
            elif self.soft:
                ends = np.arcsinh(np.array([self.low, self.high]) / self.soft)
                share = (np.arcsinh(values / self.soft) - ends[0]) / (ends[1] - ends[0])
            else:
                share = (0.5 * values - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low)
            share = np.where(np.isfinite(values), np.clip(share, -1.0, 2.0), np.nan)
        return np.asarray(self.top + (1.0 - share) * self.height)

    def at(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of one value as `x` and `y` do: many are asked for one by one in each frame."""
        x = self.left + step / max(self.last, 1) * (self.width - self.inset)
        if not math.isfinite(value):
            return x, math.nan
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            share = (math.log10(value) - low) / (high - low) if value > 0.0 else -1.0
        elif self.soft:
            low, high = math.asinh(self.low / self.soft), math.asinh(self.high / self.soft)
            share = (math.asinh(value / self.soft) - low) / (high - low)
        else:
            share = (0.5 * value - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low)
        return x, self.top + (1.0 - min(max(share, -1.0), 2.0)) * self.height

    def scaled(self, dx: float, dy: float, ratio: float) -> Axes:
        """Return the same in the pixels of an image that begins at (dx, dy)."""
        return replace(
            self, left=(self.left - dx) * ratio, top=(self.top - dy) * ratio, width=self.width * ratio,
            height=self.height * ratio, inset=self.inset * ratio,
        )  # fmt: skip

    def marks(self, most: int) -> list[float]:
        """Return at most about so many values to be named."""
        if self.log:
            return axes.log_marks(self.low, self.high, most)
        if self.soft:
            return _soft_marks(self.low, self.high, self.soft, max(most, 5))
        return axes.ticks(self.low, self.high, most)

    def end(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of a curve's last value: infinitely far up or down where that is not finite.

        No value at all, which is what comes after the last one of who diverged, is above.
        """
        x, y = self.at(step, value)
        return x, y if math.isfinite(y) else math.inf if value < 0 else -math.inf


def paint_below(
    painter: QPainter, rect: QRectF, frame: Axes, marks: Sequence[tuple[float, str]], name: str,
    face: QFont, theme: Theme, m: Metrics,
) -> None:  # fmt: skip
    """Write the numbers below a plot, from the right where there is room, and what they count.

    Parameters
    ----------
    marks
        Places on the axis and their texts, the most important one first, the others from the right.
    """
    half, bottom = m.hairline / 2, frame.top + frame.height
    base = bottom + m.gap(2) + fonts.rise(face) + half
    free = math.inf
    for value, text in marks:
        x = round(float(frame.x(value))) + half
        wide = fonts.width(text, face)
        left = min(x - wide / 2, rect.right() - wide)
        if left + wide + m.gap(3) < free:
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + m.gap(1)))
            fonts.write(painter, left, base, text, face, theme.muted)
            free = left
    edge = min(frame.left - m.gap(2), free - m.gap(1))
    name = fonts.elided(name, face, max(0.0, edge - rect.x()))
    fonts.write(painter, edge, base, name, face, theme.muted, fonts.RIGHT)


def safe_range(plot: Plot) -> tuple[float, float, bool]:
    """Return low, high and whether the axis is logarithmic, made fit to divide by."""
    low, high = plot.low, plot.high
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0, False
    if plot.log and low > 0.0 and high > 0.0:
        return (low, high, True) if high > low * 1.0001 else (low / 3.0, low * 3.0, True)
    return (low, high, False) if 0.5 * high > 0.5 * low else (low - 1.0, low + 1.0, False)


def _soft_marks(low: float, high: float, soft: float, most: int) -> list[float]:
    """Return 0 and powers of ten on both sides of it, evenly apart on the axis."""
    sides = [side for side, end in ((-1.0, -low), (1.0, high)) if end > soft]
    each = max(1, (most - 1) // max(len(sides), 1))
    found = [0.0]
    for side in sides:
        top = math.floor(math.log10(high if side > 0.0 else -low) + 1e-9)
        least = math.ceil(math.log10(soft) - 1e-9)
        stride = max(1, math.ceil((top - least + 1) / each))
        found += [side * float(f"1e{e}") for e in range(top, least - 1, -stride)]
    return sorted(found)
