"""Values of curves told beside a cursor, and the names of curves at their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels.training.places import spread
from optviz.render.panels.training.traces import mark
from optviz.render.style import Metrics, Theme


class Told(NamedTuple):
    """What is told of one curve.

    Attributes
    ----------
    y
        Its height in pixels.
    text, short
        What is said, and that in less room.
    slot
        Whose marker stands before it; None for a dot.
    """

    y: float
    text: str
    short: str
    color: str
    slot: int | None = None


class Named(NamedTuple):
    """A curve to be named at its end: where that is, its name, its colour."""

    x: float
    y: float
    name: str
    color: str


def paint_told(
    painter: QPainter, plot: QRectF, x: float, found: Sequence[Told], theme: Theme, m: Metrics
) -> None:
    """Mark each curve at `x`, and list the values on a ground of their own beside the cursor.

    The list keeps the order of `found` and stands where the curves are not: at the top where they lie low
    there, else at the bottom; on the side of the cursor where there is room. Where the plot is low it has
    several columns.
    """
    if not found:
        return
    radius = max(2.0, m.px(2.6))
    painter.setPen(QPen(QColor(theme.page), max(1.0, m.px(1.2))))
    for one in found:
        painter.setBrush(QColor(one.color))
        painter.drawEllipse(QPointF(x, one.y), radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    face = fonts.font(m.small)
    rise, gap, around = fonts.rise(face), m.gap(2), m.gap(1)
    lead = 2 * radius + m.gap(1.5)
    room = plot.height() - 2 * around
    row = min(rise + m.gap(1.5), max(rise + m.px(2), room / len(found)))
    fit = max(1, int(room / row + 1e-6))
    columns = math.ceil(len(found) / fit)
    per = math.ceil(len(found) / columns)
    after, before = plot.right() - x - gap, x - gap - plot.left()
    for texts in ([one.text for one in found], [one.short for one in found]):
        wide = lead + max(fonts.width(text, face) for text in texts) + around
        whole = wide * columns + around
        if whole <= max(after, before):
            break
    left = x + gap if whole <= after or after >= before else x - gap - whole
    left = max(min(left, plot.right() - whole), plot.left())
    high = per * row + 2 * around
    middle = sum(min(max(one.y, plot.top()), plot.bottom()) for one in found) / len(found)
    top = plot.top() + m.px(1) if middle > plot.center().y() else plot.bottom() - high - m.px(2)
    top = max(top, plot.top())
    ground = QColor(theme.page)
    ground.setAlphaF(0.94)
    painter.setBrush(ground)
    painter.setPen(QPen(QColor(theme.hairline), m.hairline))
    painter.drawRoundedRect(QRectF(left, top, whole, high), m.px(3), m.px(3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for i, (text, one) in enumerate(zip(texts, found, strict=True)):
        column, place = divmod(i, per)
        start = left + around + column * wide
        y = top + around + (place + 0.5) * row
        if one.slot is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(one.color))
            painter.drawEllipse(QPointF(start + radius, y), radius, radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            mark(painter, one.slot, start + radius, y, radius, one.color, theme.page)
        text = fonts.elided(text, face, plot.right() - start - lead)
        fonts.write_moving(painter, start + lead, y + rise / 2, text, face, theme.text(one.color))


def paint_names(
    painter: QPainter, plot: QRectF, right: float, ends: Sequence[Named], theme: Theme, m: Metrics
) -> None:
    """Write the names of curves where these end, apart from each other and inside the plot's height.

    Parameters
    ----------
    right
        How far to the right there is room.
    """
    if not ends:
        return
    face = fonts.font(m.small)
    rise = fonts.rise(face)
    low, high = plot.top() + rise / 2 + m.px(1), plot.bottom() - rise / 2 - m.gap(1)
    ys = [min(max(one.y, plot.top()), plot.bottom()) for one in ends]
    apart = min(rise + m.gap(1.25), (high - low) / max(len(ends) - 1, 1))
    vector = painter.paintEngine().type() != QPaintEngine.Type.Raster
    # All stand behind the furthest end, so that no name lies on another's curve.
    left = max(one.x for one in ends) + m.gap(1.75)
    for y, one in zip(spread(ys, apart, low, high), ends, strict=True):
        text, tint = fonts.elided(one.name, face, right - left), theme.text(one.color)
        fonts.write_haloed(painter, left, y + rise / 2, text, face, tint, theme.page, m.px(1.6), vector)


def names_that_fit(plot_height: float, m: Metrics) -> int:
    """Return how many names have room above each other."""
    rise = fonts.rise(fonts.font(m.small))
    return max(0, int((plot_height - rise - m.gap(1.25)) / (rise + m.gap(0.5))) + 1)
