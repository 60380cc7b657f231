"""What lies under the pointer of the presenter, in large type."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Scene


def readout(scene: Scene, point: tuple[float, float]) -> str:
    """Return where a point of the surface is, its loss and its gradient, in one line."""
    with np.errstate(all="ignore"):
        loss, gx, gy = (float(part) for part in scene.problem.evaluate(*point))
    if not math.isfinite(loss):
        gx = gy = math.nan
    one, two = scene.problem.surface.axes
    parts = [
        (one, point[0]), (two, point[1]),
        (QCoreApplication.translate("Presenter", "loss"), loss), (f"∇{one}", gx), (f"∇{two}", gy),
    ]  # fmt: skip
    return "   ".join(f"{name} {number(value, 3, fixed=True)}" for name, value in parts)


def paint(painter: QPainter, at: QPointF, text: str, area: QRectF, colors: Theme, metrics: Metrics) -> None:
    """Paint the pointer, a ring with a dot, and beside it what it points at; `text` may be empty."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, wide in ((colors.halo, 5.0), (colors.accent, 2.5)):
        painter.setPen(QPen(QColor(color), metrics.px(wide)))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawEllipse(at, metrics.px(9.0), metrics.px(9.0))
    painter.setBrush(QColor(colors.accent))
    painter.setPen(QPen(QColor(colors.accent), 0))
    painter.drawEllipse(at, metrics.px(2.0), metrics.px(2.0))
    if not text:
        return
    face = fonts.font(metrics.medium)
    pad = metrics.gap(2)
    wide, tall = fonts.width(text, face) + 2 * pad, fonts.rise(face) + 2 * pad
    left = min(max(at.x() - wide / 2, area.left()), max(area.left(), area.right() - wide))
    top = at.y() - metrics.gap(6) - tall
    if top < area.top():
        top = at.y() + metrics.gap(6)
    box = QRectF(left, top, wide, tall)
    ground = QColor(colors.page)
    ground.setAlphaF(0.94)
    painter.setPen(QPen(QColor(colors.hairline), metrics.hairline))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, metrics.px(6), metrics.px(6))
    fonts.write(painter, left + pad, box.bottom() - pad, text, face, colors.ink)
