"""Axes of hyperparameters: linear, logarithmic, or logarithmic in 1 minus the value, as betas run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.maps.sheet import MapScale
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.style import Metrics, Theme, number

# Greek letters as papers have them, by the name of the hyperparameter.
SYMBOLS = {
    "learning_rate": "η", "momentum": "β", "beta1": "β₁", "beta2": "β₂", "alpha": "α", "rho": "ρ", "nu": "ν",
    "nu1": "ν₁", "nu2": "ν₂", "epsilon": "ε", "eta_minus": "η₋", "eta_plus": "η₊",
}  # fmt: skip
_PLAIN = ("learning_rate", "momentum")  # whose names are said beside the letter


def name_of(scale: MapScale) -> str:
    """Return what an axis is called: its name in words with the letter that formulas have for it."""
    spoken = QCoreApplication.translate("Catalog", scale.name.replace("_", " "))
    symbol = SYMBOLS.get(scale.name, "")
    if not symbol:
        return spoken
    return f"{spoken} {symbol}" if scale.name in _PLAIN else symbol


def symbol_of(name: str) -> str:
    """Return the letter of a hyperparameter, or its name where it has none."""
    return SYMBOLS.get(name) or QCoreApplication.translate("Catalog", name.replace("_", " "))


def value_text(value: float, scale: MapScale | None = None) -> str:
    """Return a value of a hyperparameter; near 1 with as many digits as tell it from 1."""
    if scale is not None and scale.scale == "one_minus" and 0.9 < value < 1.0:
        digits = 1 - math.floor(math.log10(1.0 - value))
        return number(value, max(3, digits))
    return number(value)


def marks(scale: MapScale, most: int) -> list[tuple[float, str]]:
    """Return at most about so many values along an axis, with their texts."""
    low, high = float(scale.values[0]), float(scale.values[-1])
    if not high > low:
        return [(low, value_text(low, scale))]
    if scale.scale == "one_minus":
        return [(value, value_text(value, scale)) for value in _near_one(low, high, most)]
    values = axes.log_marks(low, high, most) if scale.scale == "log" else axes.ticks(low, high, most)
    texts, note = axes.numbered(values, lambda text: len(text) <= 8)
    if note:
        texts = [number(value, 6) for value in values]
    return list(zip(values, texts, strict=True))


def _near_one(low: float, high: float, most: int) -> list[float]:
    """Return round values between two below 1, evenly apart in the logarithm of what they lack."""
    nines = [1.0 - float(f"1e-{i}") for i in range(1, 16)]
    fine = [0.5, *(1.0 - float(f"{m}e-{i}") for i in range(1, 16) for m in (5, 2, 1)), 0.0]
    for values in (sorted({*fine}), sorted({0.0, 0.5, *nines}), sorted({0.0, *nines})):
        found = [round(v, 15) for v in values if low - 1e-12 <= v <= high + 1e-12]
        if 2 <= len(found) <= most:
            return found
    found = [v for v in (0.0, *nines) if low - 1e-12 <= v <= high + 1e-12]
    stride = max(1, math.ceil(len(found) / max(most, 2)))
    return found[::stride] if len(found) >= 2 else axes.ticks(low, high, max(most, 2))


def paint_below(
    painter: QPainter, box: QRectF, at: Sequence[tuple[float, str]], name: str, theme: Theme, m: Metrics
) -> None:
    """Paint ticks and numbers below a picture, and what the axis is called at their right.

    Parameters
    ----------
    at
        Pixels along the axis with their texts.
    """
    face = fonts.font(m.small)
    half, tick, rise = m.hairline / 2, m.gap(1), fonts.rise(face)
    base = box.bottom() + tick + m.gap(1) + rise
    wide = fonts.width(name, face)
    right = _end_of_name(box, [(x, fonts.width(text, face) / 2) for x, text in at], wide, m)
    fonts.write(painter, right, base, name, face, theme.muted, fonts.RIGHT)
    used = -math.inf
    for x, text in at:
        reach = fonts.width(text, face) / 2
        x = round(x) + half
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + tick))
        clear = x + reach < right - wide - m.gap(1) or x - reach > right + m.gap(1)
        if clear and x - reach > used and x + reach < box.right() + m.gap(2):
            fonts.write(painter, x, base, text, face, theme.muted, fonts.CENTER)
            used = x + reach + m.gap(1.5)


def _end_of_name(box: QRectF, at: Sequence[tuple[float, float]], wide: float, m: Metrics) -> float:
    """Return where the name of an axis ends: at the right, or before a last number that would stand there."""
    if not at or at[-1][0] + at[-1][1] < box.right() - wide - m.gap(1):
        return box.right()
    end = at[-1][0] - at[-1][1] - m.gap(2)
    free = at[-2][0] + at[-2][1] + m.gap(2) if len(at) > 1 else box.left()
    fits = end - wide > free and at[-1][0] + at[-1][1] < box.right() + m.gap(2)
    return end if fits else box.right()


def paint_beside(
    painter: QPainter, box: QRectF, at: Sequence[tuple[float, str]], name: str, gutter: float, theme: Theme,
    m: Metrics,
) -> None:  # fmt: skip
    """Paint ticks and numbers left of a picture, and above it what the axis is called."""
    face = fonts.font(m.small)
    half, tick, rise = m.hairline / 2, m.gap(1), fonts.rise(face)
    fonts.write(painter, box.left() - gutter + m.gap(1), box.top() - m.gap(2.5), name, face, theme.muted)
    used = math.inf
    for y, text in sorted(at, reverse=True):
        y = round(y) + half
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(QPointF(box.left() - tick, y), QPointF(box.left(), y))
        if y + rise / 2 < used and y + rise / 2 > box.top() - m.gap(0.5):
            if fonts.width(text, face) > gutter - tick - m.gap(1):
                continue  # half a number is another one
            fonts.write(
                painter, box.left() - tick - m.gap(1), y + rise / 2, text, face, theme.muted, fonts.RIGHT
            )
            used = y - rise / 2 - m.gap(1)
