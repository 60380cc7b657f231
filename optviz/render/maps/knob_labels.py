"""What is written into a map over hyperparameters: theory's formulas at their lines, and the best value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from optviz.catalog import Array
from optviz.maps.sheet import Curve
from optviz.render import fonts, formula
from optviz.render.panels import labels
from optviz.render.panels.labels import Label
from optviz.render.style import Metrics, Theme, number

_TINT = 0.86  # how opaque the ground below a formula is
_EVERY = 10.0  # pixels at 1280 x 720: where lines run, for what keeps clear of them
_WIDEST = 0.5  # of the picture's width

Placed = list[tuple[Label, Curve]]


def placed(
    box: QRectF, curves: Sequence[Curve], lines: Sequence[Array], marks: Sequence[QRectF], theme: Theme,
    m: Metrics,
) -> Placed:  # fmt: skip
    """Return the formulas of lines that show with their places, clear of lines wherever that can be."""
    pixels = _pixels(m)
    found: Placed = []
    for curve, line in zip(curves, lines, strict=True):
        size = formula.size(curve.formula, pixels, theme.ink)
        inside = [(float(x), float(y)) for x, y in line if box.contains(x, y)]
        if size.isEmpty() or not inside or size.width() > _WIDEST * box.width():
            continue
        share = 0.30 + 0.22 * (len(found) % 3)
        x, y = inside[min(int(share * len(inside)), len(inside) - 1)]
        found.append((Label(x, y, m.gap(2.5), size.width() + m.gap(2), size.height() + m.gap(1)), curve))
    area = box.adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
    labels.place([label for label, _ in found], area, spots(lines, box, m), texts=marks)
    return found


def paint_formulas(painter: QPainter, found: Placed, theme: Theme, m: Metrics) -> None:
    """Write formulas on a ground of their own."""
    ground = QColor(theme.halo)
    ground.setAlphaF(_TINT)
    for label, curve in found:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(label.box, m.gap(0.75), m.gap(0.75))
        left, middle = label.box.left() + m.gap(1), label.box.center().y()
        formula.draw(painter, curve.formula, left, middle, _pixels(m), theme.ink, label.box.width())
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_best(
    painter: QPainter, box: QRectF, at: tuple[float, float], value: float, marks: Sequence[QRectF],
    texts: Sequence[QRectF], theme: Theme, m: Metrics, *, vector: bool,
) -> None:  # fmt: skip
    """Write the best value beside its cell, clear of lines (`marks`) and above all of formulas (`texts`)."""
    face = fonts.font(m.small)
    text = QCoreApplication.translate("Maps", "best: {value}").format(value=number(value))
    label = Label(*at, m.px(12.0), fonts.width(text, face), fonts.rise(face) + m.gap(2))
    area = box.adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
    labels.place([label], area, marks, texts=texts)
    base = label.box.center().y() + fonts.rise(face) / 2
    fonts.write_haloed(painter, label.box.left(), base, text, face, theme.ink, theme.halo, m.px(2.4), vector)


def spots(lines: Sequence[Array], box: QRectF, m: Metrics) -> list[QRectF]:
    """Return small boxes along the parts of lines that show."""
    found: list[QRectF] = []
    for line in lines:
        inside = line[np.isfinite(line).all(axis=1)]
        if len(inside):
            inside = inside[[box.contains(float(x), float(y)) for x, y in inside]]
        if len(inside) < 2:
            continue
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(inside, axis=0).T))])
        at = np.arange(0.0, along[-1], m.px(_EVERY))
        x, y = (np.interp(at, along, inside[:, i]).tolist() for i in (0, 1))
        found += [QRectF(a - 1.5, b - 1.5, 3.0, 3.0) for a, b in zip(x, y, strict=True)]
    return found


def _pixels(m: Metrics) -> float:
    return 1.1 * m.small
