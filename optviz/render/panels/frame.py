"""The frame around the surface with the numbers of both axes, and the key to its colours."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPen

from optviz.backdrop import Scale
from optviz.colors import shades
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.panels.mapping import Mapping
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene

_STOPS = 24
_SAME = 1e-9  # losses this near to each other, relative to them, are the same

Names = tuple[str, str]


def paint_frame(
    painter: QPainter, view: Mapping, theme: Theme, m: Metrics, gutter: float, names: Names = ("x", "y")
) -> None:
    """Paint frame, ticks and numbers around the picture.

    Parameters
    ----------
    gutter
        The room left of it in pixels.
    names
        What the axes are called.
    """
    paint_around(painter, view, theme, m, gutter, names)
    paint_border(painter, view, theme, m, gutter)


def paint_around(
    painter: QPainter, view: Mapping, theme: Theme, m: Metrics, gutter: float, names: Names = ("x", "y")
) -> None:
    """Paint the part of the frame that lies outside the picture: ticks and numbers."""
    _paint_x(painter, view, theme, m, names[0])
    _paint_y(painter, view, theme, m, gutter, names[1])


def paint_border(painter: QPainter, view: Mapping, theme: Theme, m: Metrics, gutter: float) -> None:
    """Paint the part of the frame that lies over the picture: its line, and what numbers leave out."""
    half = m.hairline / 2
    note = _numbers_y(view, m, gutter)[2]
    if note:  # beside the axis there is no room for it
        face = fonts.font(m.small)
        at = view.left + m.gap(2), view.top + m.gap(2) + fonts.rise(face)
        fonts.write_haloed(
            painter, *at, note, face, theme.text(theme.muted), theme.halo, m.px(2.2), vector=True
        )
    painter.setPen(QPen(QColor(theme.muted), m.hairline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(view.rect.adjusted(half, half, -half, -half))


def _paint_x(painter: QPainter, view: Mapping, theme: Theme, m: Metrics, called: str) -> None:
    face, name = fonts.font(m.small), fonts.font(m.small, italic=True)
    right, bottom, half = view.left + view.width, view.top + view.height, m.hairline / 2
    tick, space = m.gap(1), m.gap(3)
    base = bottom + tick + m.gap(1) + fonts.rise(face)
    for most in range(max(2, int(view.width / m.px(84))), 0, -1):
        values = axes.ticks(*view.xlim, most)
        at = [float(view.to_pixel(np.array([value, 0.0]))[0]) for value in values]
        apart = min((b - a for a, b in pairwise(at)), default=view.width) - space
        fits = _fits(face, apart)
        texts, note = axes.numbered(values, fits)
        if all(map(fits, texts)):
            break
    free = right - fonts.width(called, name) - m.gap(2)
    fonts.write(painter, right, base, called, name, theme.muted, fonts.RIGHT)
    if note:
        fonts.write(painter, free + m.gap(1), base, note, face, theme.muted, fonts.RIGHT)
        free -= fonts.width(note, face) + m.gap(2)
    for x, text in zip(at, texts, strict=True):
        if x + fonts.width(text, face) / 2 < free:
            x = round(x) + half
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + tick))
            fonts.write(painter, x, base, text, face, theme.muted, fonts.CENTER)


def _paint_y(
    painter: QPainter, view: Mapping, theme: Theme, m: Metrics, gutter: float, called: str
) -> None:
    face, name = fonts.font(m.small), fonts.font(m.small, italic=True)
    tick, rise, half = m.gap(1), fonts.rise(face), m.hairline / 2
    edge = view.left - tick - m.gap(1)
    values, texts, _ = _numbers_y(view, m, gutter)
    for value, text in zip(values, texts, strict=True):
        y = round(float(view.to_pixel(np.array([0.0, value]))[1])) + half
        if y - rise > view.top + m.gap(4):
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(view.left - tick, y), QPointF(view.left, y))
            fonts.write(painter, edge, y + rise / 2, text, face, theme.muted, fonts.RIGHT)
    fonts.write(painter, edge, view.top + rise, called, name, theme.muted, fonts.RIGHT)


@lru_cache(maxsize=64)
def _numbers_y(view: Mapping, m: Metrics, gutter: float) -> tuple[list[float], list[str], str]:
    """Return the values on the y axis, their texts, and what those leave out."""
    room = gutter - m.gap(1) - m.gap(0.5)
    values = axes.ticks(*view.ylim, max(2, int(view.height / m.px(64))))
    return values, *axes.numbered(values, _fits(fonts.font(m.small), room))


def paint_scale(
    painter: QPainter, rect: QRectF, how: Scale, theme: Theme, m: Metrics, colormap: str = "viridis", *,
    lowest: float = math.inf,
) -> None:  # fmt: skip
    """Paint the key to the colours into `rect`: a slim bar, three or four values below it, its name.

    Parameters
    ----------
    lowest
        The loss at the best minimum known; infinite where there is none.
    """
    if not how.levels or not how.high > how.low:
        return
    face = fonts.font(m.small)
    bar = QRectF(rect.x(), rect.y(), min(0.5 * rect.width(), m.px(320)), m.gap(1.5))
    fill = QLinearGradient(bar.topLeft(), bar.topRight())
    table = shades(theme.name, colormap)
    for i in range(_STOPS + 1):
        share = i / _STOPS
        fill.setColorAt(share, QColor(*table[round(share * (len(table) - 1))].tolist()))
    painter.fillRect(bar, fill)
    painter.setPen(QPen(QColor(theme.hairline), m.hairline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = m.hairline / 2
    painter.drawRect(bar.adjusted(half, half, -half, -half))
    values = axes.log_marks(how.low, how.high, 4) if how.log else axes.ticks(how.low, how.high, 5)
    texts, note = axes.numbered(values, _fits(face, bar.width() / 5))
    base = bar.bottom() + m.gap(1) + fonts.rise(face)
    for value, text in zip(values, texts, strict=True):
        share = _share(how, value)
        wide = fonts.width(text, face)
        x = min(max(bar.x() + share * bar.width() - wide / 2, bar.x()), bar.right() - wide)
        at = round(bar.x() + share * bar.width()) + half
        if bar.x() + 1 < at < bar.right() - 1:
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(at, bar.bottom() - m.gap(0.5)), QPointF(at, bar.bottom() + m.gap(0.5)))
        fonts.write(painter, x, base, text, face, theme.muted)
    above = how.log and abs(how.offset) > 0.01 * how.low
    word = _tr("loss")
    if above:
        there = math.isfinite(lowest) and abs(how.offset - lowest) <= _SAME * max(1.0, abs(lowest))
        word = _tr("loss above the minimum") if there else _tr("loss above its lowest here")
    word = f"{word}  {note}" if note else word
    left = bar.right() + m.gap(2)
    word = fonts.elided(word, face, rect.right() - left)
    fonts.write(painter, left, bar.center().y() + fonts.rise(face) / 2, word, face, theme.muted)


def lowest(scene: Scene) -> float:
    """Return the loss at the best minimum of what shares a scene's scale; infinite where none is known."""
    best = math.inf
    for problem in (scene.problem, *scene.company):
        if not hasattr(problem, "columns") and len(problem.minima):  # not those of mini-batches
            loss = np.asarray(problem.loss(*problem.minima.T))
            best = min(best, float(np.min(loss, initial=math.inf, where=np.isfinite(loss))))
    return best


def _fits(face: QFont, room: float) -> Callable[[str], bool]:
    return lambda text: fonts.width(text, face) <= room


def _share(how: Scale, value: float) -> float:
    if how.log:
        return math.log(value / how.low) / math.log(how.high / how.low)
    return (value / 2 - how.low / 2) / (how.high / 2 - how.low / 2)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)
