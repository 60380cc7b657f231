"""The eigen-view: one entrant's error along each eigen-direction of a quadratic, theory over measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.colors import mix
from optviz.insight import Eigen
from optviz.plots import Plot, eigen_entrant
from optviz.render import fonts, formula
from optviz.render.insight.cross import LABELS
from optviz.render.panels.curves import CurvePanel, Strand
from optviz.render.panels.plot_axes import Axes
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene

_WIDE, _THIN = 2.2, 0.7  # widths of what was measured, and of the theory over it
_PALE = 0.3  # how far the colour of what was measured goes over into the page
_DASHED = 3  # the style slot whose dashes the steeper direction has
_LEAST = 64.0  # pixels of height that the curves keep


@dataclass(frozen=True)
class _Item:
    """A part of the key: what it says and how its curve looks."""

    text: str
    color: str
    width: float
    dashed: bool


@dataclass(frozen=True)
class _Head:
    """What stands between title and curves: the formula, and the key in rows."""

    formula: str = ""
    tall: float = 0.0
    rows: tuple[tuple[_Item, ...], ...] = ()
    row: float = 0.0

    @property
    def height(self) -> float:
        return self.tall + len(self.rows) * self.row


class EigenPanel(CurvePanel):
    """Draws |error| along both eigen-directions: what was measured wide, the closed form thin over it."""

    def __init__(self, theme: Theme, metrics: Metrics, *, steps: bool = True) -> None:
        super().__init__(theme, metrics, steps=steps)
        self._head: tuple[tuple[object, ...], _Head] | None = None

    @staticmethod
    def _found(scene: Scene, plot: Plot) -> tuple[Eigen, Line] | None:
        entrant = eigen_entrant(plot.key)
        found = scene.eigen(entrant) if entrant is not None else None
        return None if found is None or entrant is None else (found, scene.lines[entrant])

    def _colors(self, line: Line) -> tuple[str, str]:
        both = (self.theme.line(line.index, line.color), self.theme.muted)
        first, second = (mix(color, self.theme.page, _PALE) for color in both)
        return first, second

    def _make_strands(self, scene: Scene, plot: Plot) -> list[Strand]:
        found = self._found(scene, plot)
        if found is None:
            return []
        eigen, line = found
        made = []
        for i, color in enumerate(self._colors(line)):
            errors = np.abs(eigen.measured[:, i])
            made.append(Strand(line, errors, color, i, _WIDE, _DASHED if i else None, name=LABELS[i]))
        if eigen.theory is not None:
            theory = _tr("theory {name}")
            for i in (0, 1):
                errors, name = np.abs(eigen.theory[:, i]), theory.format(name=LABELS[i])
                made.append(Strand(line, errors, self.theme.ink, 2 + i, _THIN, None, False, name))
        return made

    # -------------------------------------------------------------- what stands above the curves

    def _said_above(self, scene: Scene, plot: Plot) -> object:
        found = self._found(scene, plot)
        if found is None:
            return None
        eigen, line = found
        return (*eigen.values.tolist(), *eigen.rate.tolist(), eigen.formula, line.index, line.color)

    def _above(self, rect: QRectF, scene: Scene, plot: Plot) -> float:
        return self._headed(rect, scene, plot).height

    def _headed(self, rect: QRectF, scene: Scene, plot: Plot) -> _Head:
        """Return what there is room for above the curves: key and formula, the key alone, or nothing."""
        key = (str(self._said_above(scene, plot)), rect.width(), rect.height(), plot.key)
        if self._head is None or self._head[0] != key:
            self._head = (key, self._make_head(rect, scene, plot))
        return self._head[1]

    def _make_head(self, rect: QRectF, scene: Scene, plot: Plot) -> _Head:
        found = self._found(scene, plot)
        if found is None:
            return _Head()
        eigen, line = found
        m = self.metrics
        wide = rect.width() - m.gap(14)
        items = []
        for i, color in enumerate(self._colors(line)):
            text = f"{LABELS[i]} = {number(float(eigen.values[i]))}"
            rate = float(eigen.rate[i])
            if math.isfinite(rate):
                text = _tr("{name}: ×{rate} a step").format(name=text, rate=factor(rate))
            items.append(_Item(text, color, _WIDE, bool(i)))
        items.append(
            _Item(_tr("theory"), self.theme.ink, _THIN, False)
            if eigen.theory is not None
            else _Item(_tr("no closed form"), "", 0.0, False)
        )
        rows: list[list[_Item]] = [[]]
        used = 0.0
        for item in items:
            need = self._width(item)
            if rows[-1] and used + need > wide:
                rows.append([])
                used = 0.0
            rows[-1].append(item)
            used += need + m.gap(3)
        row = m.gap(5)
        free = rect.height() - m.gap(6) - (m.gap(7) if self.steps else m.gap(2)) - m.px(_LEAST)
        kept = tuple(map(tuple, rows)) if len(rows) * row <= free else ()
        box = formula.size(eigen.formula, m.medium, self.theme.ink)
        tall = math.ceil(box.height()) + m.gap(2)
        if box.isEmpty() or box.width() * 0.85 > wide or tall + len(rows) * row > free or not kept:
            return _Head("", 0.0, kept, row)
        return _Head(eigen.formula, tall, kept, row)

    def _width(self, item: _Item) -> float:
        sample = self.metrics.gap(5) if item.color else 0.0
        return sample + fonts.width(item.text, fonts.font(self.metrics.small))

    def _paint_still(self, painter: QPainter, rect: QRectF, frame: Axes, scene: Scene, plot: Plot) -> None:
        super()._paint_still(painter, rect, frame, scene, plot)
        m, head = self.metrics, self._headed(rect, scene, plot)
        face, top = fonts.font(m.small), round(rect.y() + m.gap(6))
        if head.formula:
            middle = top + head.tall / 2 - m.gap(0.5)
            formula.draw(painter, head.formula, frame.left, middle, m.medium, self.theme.ink, frame.width)
        base = top + head.tall + fonts.rise(face) / 2 + head.row / 2 - m.gap(1)
        for row in head.rows:
            left = frame.left
            for item in row:
                self._paint_item(painter, item, left, base)
                left += self._width(item) + m.gap(3)
            base += head.row

    def _paint_item(self, painter: QPainter, item: _Item, left: float, base: float) -> None:
        m, face = self.metrics, fonts.font(self.metrics.small)
        if item.color:
            y = base - fonts.rise(face) / 2
            pen = QPen(QColor(item.color), item.width * m.curve)
            if item.dashed:
                pen.setDashPattern([1.6, 1.0])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(left, y), QPointF(left + m.gap(4), y))
            left += m.gap(5)
        fonts.write(painter, left, base, item.text, face, self.theme.muted)


def factor(rate: float) -> str:
    """Return what each step multiplies an error by, with the digits that tell it from 1."""
    away = abs(1.0 - abs(rate))
    digits = 3 if away >= 1e-2 or away == 0.0 else min(2 - math.floor(math.log10(away)), 9)
    return number(rate, digits)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)
