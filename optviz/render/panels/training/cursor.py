"""Values of curves told beside a cursor, and places that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.style import Metrics, Theme


class Told(NamedTuple):
    """What is told of one curve: its height in pixels, the text, a shorter one, its colour."""

    y: float
    text: str
    short: str
    color: str


def paint_told(
    painter: QPainter, plot: QRectF, x: float, found: Sequence[Told], theme: Theme, m: Metrics
) -> None:
    """Mark each curve at `x` and write its value beside it, on the side of the cursor where there is room."""
    if not found:
        return
    face = fonts.font(m.small)
    rise, gap, around = fonts.rise(face), m.gap(2), m.gap(0.75)
    radius = max(2.0, m.px(2.6))
    painter.setPen(QPen(QColor(theme.page), max(1.0, m.px(1.2))))
    for one in found:
        painter.setBrush(QColor(one.color))
        painter.drawEllipse(QPointF(x, one.y), radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    apart = rise + 2 * around
    shown = sorted(found, key=lambda one: one.y)[: max(1, int(plot.height() / apart))]
    after, before = plot.right() - x - gap, x - gap - plot.left()
    texts = [one.text for one in shown]
    if max(fonts.width(text, face) for text in texts) > max(after, before):
        texts = [one.short for one in shown]
    wide = max(fonts.width(text, face) for text in texts)
    left = x + gap if wide <= after or wide > before else x - gap - wide
    left = max(left, plot.left() + around)
    places = spread(
        [one.y for one in shown], apart, plot.top() + rise / 2, plot.bottom() - rise / 2 - m.gap(1)
    )
    ground = QColor(theme.page)
    ground.setAlphaF(0.88)
    for y, text, one in zip(places, texts, shown, strict=True):
        painter.fillRect(QRectF(left - around, y - apart / 2, wide + 2 * around, apart), ground)
        fonts.write_moving(painter, left, y + rise / 2, text, face, theme.text(one.color))


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Move ascending places until they stand `apart` from each other between `low` and `high`."""
    result = list(places)
    edge = low
    for i, place in enumerate(result):
        result[i] = max(place, edge)
        edge = result[i] + apart
    edge = high
    for i in range(len(result) - 1, -1, -1):
        result[i] = min(result[i], edge)
        edge = result[i] - apart
    return result
