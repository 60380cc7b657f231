"""What lies under the pointer of the presenter, in large type."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Scene


def readout(scene: Scene, point: tuple[float, float]) -> list[tuple[str, str]]:
    """Return what a point of the surface is: its place, its loss and its gradient, as names and values."""
    with np.errstate(all="ignore"):
        loss, gx, gy = (float(part) for part in scene.problem.evaluate(*point))
    if not math.isfinite(loss):
        gx = gy = math.nan
    one, two = scene.problem.surface.axes
    parts = [
        (one, point[0]), (two, point[1]),
        (QCoreApplication.translate("Presenter", "loss"), loss), (f"∇{one}", gx), (f"∇{two}", gy),
    ]  # fmt: skip
    return [(name, number(value, 3, fixed=True)) for name, value in parts]


def paint(
    painter: QPainter, at: QPointF, rows: list[tuple[str, str]], area: QRectF, colors: Theme, metrics: Metrics
) -> None:
    """Paint the pointer, a ring with a dot, and beside it what it points at; `rows` may be empty."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, wide in ((colors.halo, 5.0), (colors.accent, 2.5)):
        painter.setPen(QPen(QColor(color), metrics.px(wide)))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawEllipse(at, metrics.px(9.0), metrics.px(9.0))
    painter.setBrush(QColor(colors.accent))
    painter.setPen(QPen(QColor(colors.accent), 0))
    painter.drawEllipse(at, metrics.px(2.0), metrics.px(2.0))
    if not rows:
        return
    face = fonts.font(metrics.medium)
    pad, line = metrics.gap(2), fonts.rise(face) + metrics.gap(2)
    names = max(fonts.width(name, face) for name, _ in rows) + metrics.gap(2)
    # As wide as its widest number ever is: the box must not change its size with each move.
    wide = names + fonts.width("−8.88×10⁻⁸⁸", face) + 2 * pad
    tall = len(rows) * line + 2 * pad - metrics.gap(2)
    # Beside the pointer, on the side where there is more room: the paths are where one points.
    right = at.x() < area.center().x()
    left = at.x() + metrics.gap(8) if right else at.x() - metrics.gap(8) - wide
    above = at.y() > area.center().y()
    top = at.y() - metrics.gap(6) - tall if above else at.y() + metrics.gap(6)
    left = min(max(left, area.left()), max(area.left(), area.right() - wide))
    top = min(max(top, area.top()), max(area.top(), area.bottom() - tall))
    box = QRectF(left, top, wide, tall)
    ground = QColor(colors.page)
    ground.setAlphaF(0.9)
    painter.setPen(QPen(QColor(colors.hairline), metrics.hairline))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, metrics.px(6), metrics.px(6))
    base = box.top() + pad + fonts.rise(face)
    for name, value in rows:
        fonts.write(painter, box.left() + pad, base, name, face, colors.muted)
        fonts.write(painter, box.right() - pad, base, value, face, colors.ink, fonts.RIGHT)
        base += line
