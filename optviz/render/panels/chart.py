"""What small pictures share: a title, a frame with numbers and named axes, and lines of one colour."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.panels import axes, strokes
from optviz.render.panels.mapping import Mapping
from optviz.render.style import Metrics, Theme

Words = Sequence[tuple[str, str]]  # texts with their colours, one after the other
DASHED = (4.0, 2.5)
_LEAST = 40.0  # pixels a side at 1280 x 720, below which a picture says nothing


class Chart:
    """The frame of a small picture.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    @property
    def colors(self) -> tuple[str, str]:
        """The colours of before and after."""
        return self.theme.text(self.theme.muted), self.theme.text(self.theme.accent)

    def inner(self, rect: QRectF) -> QRectF:
        """Return where the picture itself goes, on whole pixels; empty where `rect` is too small."""
        m = self.metrics
        box = rect.adjusted(m.gap(9), m.gap(6), -m.gap(2), -m.gap(6))
        if min(box.width(), box.height()) < m.px(_LEAST):
            return QRectF()
        return QRectF(round(box.x()), round(box.y()), round(box.width()), round(box.height()))

    def title(self, painter: QPainter, rect: QRectF, *choices: Words) -> None:
        """Write the words of a title in their colours: the first of the choices that has room."""
        m, face = self.metrics, fonts.font(self.metrics.small)
        left, base = rect.x() + m.gap(9), rect.y() + m.gap(4)
        room = rect.right() - m.gap(1) - left
        fitting = [one for one in choices if sum(fonts.width(text, face) for text, _ in one) <= room]
        for text, color in (fitting or choices[-1:])[0]:
            if not fitting:
                text = fonts.elided(text, face, rect.right() - m.gap(1) - left)
            fonts.write(painter, left, base, text, face, color)
            left += fonts.width(text, face)

    def frame(
        self, painter: QPainter, view: Mapping, name_x: str, name_y: str, *, numbers: bool = True,
        italic: bool = True,
    ) -> None:  # fmt: skip
        """Paint the axes around a picture with their numbers and names."""
        m, theme = self.metrics, self.theme
        face, name = fonts.font(m.small), fonts.font(m.small, italic=italic)
        half, bottom, right = m.hairline / 2, view.top + view.height, view.left + view.width
        rise = fonts.rise(face)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawRect(view.rect.adjusted(half, half, -half, -half))
        if numbers:
            self._numbers_x(painter, view, right - fonts.width(name_x, name) - m.gap(1))
            self._numbers_y(painter, view, view.top + (rise + m.gap(1.5) if name_y else 0.0))
        fonts.write(painter, right, bottom + m.gap(2) + rise, name_x, name, theme.muted, fonts.RIGHT)
        if name_y:
            beside = view.left - m.gap(1.5)
            fonts.write(painter, beside, view.top + rise, name_y, name, theme.muted, fonts.RIGHT)

    def _numbers_x(self, painter: QPainter, view: Mapping, free: float) -> None:
        m, theme, face = self.metrics, self.theme, fonts.font(self.metrics.small)
        bottom = view.top + view.height
        for most in range(max(2, int(view.width / m.px(44))), 0, -1):
            values = axes.ticks(*view.xlim, most)
            at = [float(view.to_pixel(np.array([value, 0.0]))[0]) for value in values]
            apart = min((b - a for a, b in pairwise(at)), default=view.width) - m.gap(1.5)
            texts, note = axes.numbered(values, lambda text: fonts.width(text, face) <= apart)  # noqa: B023
            if not note and all(fonts.width(text, face) <= apart for text in texts):
                break
        else:
            return
        for x, text in zip(at, texts, strict=True):
            wide = fonts.width(text, face)
            left = min(max(x - wide / 2, view.left - m.gap(2)), view.left + view.width - wide + m.gap(2))
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom - m.gap(1)))
            if left + wide < free:
                base = bottom + m.gap(2) + fonts.rise(face)
                fonts.write(painter, left, base, text, face, theme.muted)

    def _numbers_y(self, painter: QPainter, view: Mapping, below: float) -> None:
        m, theme, face = self.metrics, self.theme, fonts.font(self.metrics.small)
        rise = fonts.rise(face)
        # Where there is no room for two numbers one, and its place, say how high the picture is.
        most = max(2, int(view.height / m.px(34))) if view.height >= 3.0 * rise else 1
        values = axes.ticks(*view.ylim, most)
        texts, note = axes.numbered(values, lambda text: fonts.width(text, face) <= m.gap(8))
        for value, text in zip(values, texts, strict=True):
            y = float(view.to_pixel(np.array([0.0, value]))[1])
            if y - rise / 2 >= below and not note:
                painter.setPen(QPen(QColor(theme.muted), m.hairline))
                painter.drawLine(QPointF(view.left, y), QPointF(view.left + m.gap(1), y))
                left = view.left - m.gap(1.5)
                fonts.write(painter, left, y + rise / 2, text, face, theme.muted, fonts.RIGHT)

    def line(
        self, painter: QPainter, view: Mapping, points: Array, color: str, *, width: float = 1.6,
        dashed: bool = False, strength: float = 1.0, fill: float = 0.0,
    ) -> None:  # fmt: skip
        """Draw a polyline float64[n, 2] of data, in pieces where it is not finite.

        Parameters
        ----------
        width
            Pixels at 1280 x 720.
        strength, fill
            How opaque the line is, and what it encloses.
        """
        with np.errstate(all="ignore"):
            pixels = view.to_pixel(points)
        reach = 4.0 * (view.width + view.height)
        known = np.isfinite(pixels).all(axis=1)
        pixels = np.clip(pixels, [view.left - reach, view.top - reach], [view.left + reach, view.top + reach])
        pieces = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
        tint = QColor(color)
        tint.setAlphaF(strength)
        wide = max(0.8, self.metrics.px(width))
        pen = QPen(tint, wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dashed:
            pen.setDashPattern(list(DASHED))
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.save()
        painter.setClipRect(view.rect)
        for first, end in zip(pieces[::2], pieces[1::2], strict=True):
            part = pixels[first:end]
            if fill and len(part) > 2:
                inside = QColor(color)
                inside.setAlphaF(fill)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(inside)
                painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in part.tolist()]))
            begins = np.zeros(len(part), np.bool_)
            begins[:1] = True
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen)
            painter.drawPath(strokes.qt_path(part, begins))
        painter.restore()

    def dot(self, painter: QPainter, view: Mapping, point: tuple[float, float], color: str, *,
            radius: float = 3.2, hollow: bool = False) -> None:  # fmt: skip
        """Mark a point of the data, if it shows."""
        at = np.array(point, dtype=np.float64)
        if not np.isfinite(at).all() or not view.within(at):
            return
        x, y = (float(part) for part in view.to_pixel(at))
        size = self.metrics.px(radius)
        edge, ground = (color, self.theme.page) if hollow else (self.theme.page, color)
        painter.setPen(QPen(QColor(edge), max(1.0, self.metrics.px(1.4))))
        painter.setBrush(QColor(ground))
        painter.drawEllipse(QPointF(x, y), size, size)

    def nothing(self, painter: QPainter, rect: QRectF, text: str) -> None:
        """Say in the middle of a picture why there is nothing in it; in a low one, without the reason."""
        face, height = fonts.font(self.metrics.small), self.metrics.gap(5)
        room = rect.width() - self.metrics.gap(6)
        lines = wrapped(text, face, room)
        if len(lines) * height > rect.height():
            lines = wrapped(text.partition(":")[0], face, room)[: max(1, int(rect.height() / height))]
        top = rect.center().y() - 0.5 * height * (len(lines) - 1) + fonts.rise(face) / 2
        middle = rect.center().x()
        for i, line in enumerate(lines):
            fonts.write(painter, middle, top + i * height, line, face, self.theme.muted, fonts.CENTER)


def wrapped(text: str, face: QFont, room: float) -> list[str]:
    """Return a text in lines that fit; a word that does not is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and fonts.width(f"{lines[-1]} {word}", face) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(fonts.elided(word, face, room))
    return lines


def two_strips(inner: QRectF, gap: float) -> tuple[QRectF, QRectF]:
    """Return the upper and the lower half of a picture, on whole pixels."""
    half = round((inner.height() - gap) / 2)
    return (
        QRectF(inner.x(), inner.y(), inner.width(), half),
        QRectF(inner.x(), inner.bottom() - half, inner.width(), half),
    )


def tr(text: str) -> str:
    """Return a text of the small pictures in the language of the program."""
    return QCoreApplication.translate("Companions", text)
