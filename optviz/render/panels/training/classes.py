"""Precision, recall and F1 of each class."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.panels.training.still import JudgementPanel, Shown, Table, chosen, tr
from optviz.render.style import number
from optviz.training.network.judgement import per_class
from optviz.training.record import Judgement

_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.25)
_MEASURES = ("precision", "recall", "f1")


class PerClassPanel(JudgementPanel):
    """Precision, recall and F1 of each class: a row each, the means below."""

    def draw(
        self, painter: QPainter, rect: QRectF, judgement: Judgement | None, names: tuple[str, ...]
    ) -> None:
        m, theme = self.metrics, self.theme
        title = tr("precision, recall, F1")
        if judgement is None:
            self._plan(painter, rect, names)
            self.missing(painter, rect, title)
            return
        measures = per_class(judgement.confusion)
        body = self.body(rect)
        mean = tr("mean F1 {value}").format(value=_share(measures["macro_f1"]))
        self.head(painter, rect, [tr("precision, recall and F1 of each class"), title], [mean])
        if body.isEmpty():
            return
        values = np.array([[*measures[one], measures[f"macro_{one}"]] for one in _MEASURES])
        labels = [*names, tr("mean")]
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        ground = body.adjusted(0, m.gap(4), 0, -m.gap(4.5))
        if ground.height() / len(labels) < rise + m.px(1.5):
            face = fonts.font(m.tiny)
            rise = fonts.rise(face)
        if ground.height() / len(labels) < rise + m.px(1.5):
            self._means(painter, body, values[:, -1])
            return
        row = ground.height() / (len(labels) + 0.4)
        room = min(max(fonts.width(name, face) for name in labels), 0.35 * body.width())
        wide = fonts.width("0.999", face) if body.width() >= m.px(190) else 0.0
        left = round(ground.x() + room + m.gap(2.5))
        right = round(ground.right() - (wide + m.gap(3) if wide else m.gap(1.5)))
        low = _floor(float(values.min()))
        self._legend(painter, QRectF(left, body.y(), right - left, m.gap(4)), body.x(), face)
        if wide:
            fonts.write(painter, body.right(), body.y() + rise, "F1", face, theme.muted, fonts.RIGHT)
        bottom = round(ground.bottom())
        for value in axes.ticks(low, 1.0, max(2, int((right - left) / m.px(46)))):
            x = round(left + (value - low) / (1.0 - low) * (right - left))
            painter.setPen(QPen(QColor(theme.hairline), m.hairline))
            painter.drawLine(QLineF(x + m.hairline / 2, ground.y(), x + m.hairline / 2, bottom))
            text = number(value)
            at = min(x - fonts.width(text, face) / 2, body.right() - fonts.width(text, face))
            fonts.write(painter, at, bottom + m.gap(1) + rise, text, face, theme.muted)
        for i, name in enumerate(labels):
            middle = ground.y() + (i + 0.5 + (0.4 if i == len(names) else 0.0)) * row
            base = middle + rise / 2
            if i == len(names):
                y = round(ground.y() + (i + 0.2) * row) + m.hairline / 2
                painter.setPen(QPen(QColor(theme.muted), m.hairline))
                painter.drawLine(QLineF(ground.x(), y, body.right(), y))
            text = fonts.elided(name, face, room)
            fonts.write(painter, ground.x() + room, base, text, face, theme.ink, fonts.RIGHT)
            xs = [left + (float(v) - low) / (1.0 - low) * (right - left) for v in values[:, i]]
            self._marks(painter, xs, middle, min(m.px(4.2), 0.42 * row))
            if wide:
                text = _share(float(values[2, i]))
                fonts.write_moving(painter, body.right(), base, text, face, theme.ink, fonts.RIGHT)

    def _plan(self, painter: QPainter, rect: QRectF, names: tuple[str, ...]) -> None:
        """Paint faintly the rows that there will be, on either side of what is said in the middle."""
        body, m = self.body(rect), self.metrics
        face = fonts.font(m.small)
        row = body.height() / (len(names) + 1)
        if body.isEmpty() or row < fonts.rise(face) + m.px(1.5):
            return
        labels = (*names, tr("mean"))
        room = min(max(fonts.width(name, face) for name in labels), 0.35 * body.width())
        for i, name in enumerate(labels):
            y = body.y() + (i + 0.5) * row
            text = fonts.elided(name, face, room)
            base = y + fonts.rise(face) / 2
            fonts.write(painter, body.x() + room, base, text, face, self.theme.muted, fonts.RIGHT)
            self.faint_line(painter, body.x() + room + m.gap(2.5), y, body.right())

    def _marks(self, painter: QPainter, xs: list[float], y: float, size: float) -> None:
        """Mark precision (a triangle), recall (a circle) and between them F1 (a bar) on a line."""
        theme, m = self.theme, self.metrics
        painter.setPen(QPen(QColor(theme.muted), max(1.0, m.px(1.4))))
        painter.drawLine(QLineF(xs[0], y, xs[1], y))
        self._mark(painter, 2, xs[2], y, size)
        self._mark(painter, 0, xs[0], y, size)
        self._mark(painter, 1, xs[1], y, size)

    def _mark(self, painter: QPainter, which: int, x: float, y: float, size: float) -> None:
        theme, m = self.theme, self.metrics
        blue, orange = theme.entrants[0], theme.entrants[1]
        painter.setPen(QPen(QColor(theme.page), max(0.8, m.px(1.0))))
        if which == 0:
            painter.setBrush(QColor(blue))
            low, wide = y + 0.8 * size, 1.05 * size
            corners = [(x, y - 1.1 * size), (x + wide, low), (x - wide, low)]
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        elif which == 1:
            painter.setBrush(QColor(theme.page))
            painter.setPen(QPen(QColor(orange), max(1.0, m.px(1.6))))
            painter.drawEllipse(QPointF(x, y), 0.8 * size, 0.8 * size)
        else:
            wide = max(1.0, m.px(2.0))
            painter.fillRect(QRectF(x - wide / 2, y - 1.4 * size, wide, 2.8 * size), QColor(theme.ink))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _legend(self, painter: QPainter, room: QRectF, least: float, face: QFont) -> None:
        """Name the marks in a line above the axis; it may begin further left, from `least` on."""
        m, theme = self.metrics, self.theme
        names = (tr("precision"), tr("recall"), "F1")
        size, base = m.px(4.2), room.y() + fonts.rise(face)
        wide = sum(fonts.width(name, face) + m.gap(6) for name in names) - m.gap(3)
        left = max(least, min(room.x(), room.right() - wide))
        for which, name in enumerate(names):
            if left + m.gap(3) + fonts.width(name, face) > room.right():
                return
            self._mark(painter, which, left + size, base - fonts.rise(face) / 2, size)
            fonts.write(painter, left + m.gap(3), base, name, face, theme.muted)
            left += fonts.width(name, face) + m.gap(6)

    def _means(self, painter: QPainter, body: QRectF, values: Array) -> None:
        """Paint the means alone, as a small table, where rows have no room."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        names = (tr("mean precision"), tr("mean recall"), tr("mean F1"))
        row = min(m.gap(5), body.height() / 3)
        for i, (name, value) in enumerate(zip(names, values.tolist(), strict=True)):
            base = body.y() + (i + 0.5) * row + fonts.rise(face) / 2
            text = _share(value)
            room = body.width() - fonts.width(text, face) - m.gap(2)
            fonts.write(painter, body.x(), base, fonts.elided(name, face, room), face, theme.muted)
            fonts.write(painter, body.right(), base, text, face, theme.ink, fonts.RIGHT)

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the means, and the class that is known worst, as a sentence."""
        judgement = scene.judgement_at(chosen(scene), k)
        if judgement is None:
            return tr("no precision or recall yet")
        measures = per_class(judgement.confusion)
        worst = int(np.argmin(measures["f1"]))
        text = tr("mean precision {p}, mean recall {r}, mean F1 {f}; the lowest F1 is that of {name}, {low}")
        return text.format(
            p=_share(measures["macro_precision"]), r=_share(measures["macro_recall"]),
            f=_share(measures["macro_f1"]), name=scene.class_names[worst], low=_share(measures["f1"][worst]),
        )  # fmt: skip

    def table(self, scene: Shown, k: int) -> Table:
        """Return precision, recall and F1: a row for each class, and the means."""
        judgement = scene.judgement_at(chosen(scene), k)
        header = ("class", *_MEASURES)
        if judgement is None:
            return header, []
        measures = per_class(judgement.confusion)
        rows = [(n, *(measures[one][i] for one in _MEASURES)) for i, n in enumerate(scene.class_names)]
        return header, [*rows, ("mean", *(measures[f"macro_{one}"] for one in _MEASURES))]


def _share(value: float) -> str:
    """Return a share of 1 with three digits, 1 only where it is all."""
    return f"{min(value, 0.999) if value < 1.0 else value:.3f}" if math.isfinite(value) else "–"


def _floor(least: float) -> float:
    """Return where the axis of shares begins: a round number below all of them, of few there are."""
    return next((low for low in _FLOORS if least >= low + 0.04 * (1.0 - low)), 0.0)
