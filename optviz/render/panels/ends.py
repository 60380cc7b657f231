"""Where curves end: a dot, a cross for one that diverged, an arrow where it left the plot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render.panels import markers
from optviz.render.style import Metrics


class End(NamedTuple):
    """The end of a curve in pixels, infinitely far up or down where its value is not finite."""

    x: float
    y: float
    color: str
    lost: bool


def paint_ends(painter: QPainter, plot: QRectF, ends: Iterable[End], page: str, m: Metrics) -> None:
    """Paint the ends of curves; arrows on one edge keep apart, and one without room is left out."""
    radius, top, bottom = max(2.0, m.px(3.2)), plot.top(), plot.bottom()
    pointing: list[tuple[float, int]] = []
    for x, y, color, lost in ends:
        outward = -1 if y < top - 1 else 1 if y > bottom + 1 else 0
        if not outward:
            if lost:
                markers.cross(painter, x, y, 1.5 * radius, color, page)
                continue
            painter.setPen(QPen(QColor(page), max(1.0, m.px(1.4))))
            painter.setBrush(QColor(color))
            painter.drawEllipse(QPointF(x, y), radius, radius)
            continue
        while any(side == outward and abs(x - other) < 2.9 * radius for other, side in pointing):
            x -= 3.0 * radius
        if x < plot.left() - 1 and pointing:
            continue  # no room for one more
        pointing.append((x, outward))
        y = top if outward < 0 else bottom
        markers.arrow(painter, x, y, 0.0, float(outward), 1.2 * radius, color, page)
        if lost:
            markers.cross(painter, x, y - 4.8 * radius * outward, 1.5 * radius, color, page)
    painter.setBrush(Qt.BrushStyle.NoBrush)
