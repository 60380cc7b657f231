"""What stands where a map will be: the first launch compiles what computes it."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.render import fonts
from optviz.render.style import Metrics
from optviz.translation import QT_TRANSLATE_NOOP

_GRID = 22  # dots along the longer side
_TEXTS = {
    "preparing": QT_TRANSLATE_NOOP("MapWords", "Preparing what computes maps"),
    "computing": QT_TRANSLATE_NOOP("MapWords", "Computing the map…"),
    "once": QT_TRANSLATE_NOOP("MapWords", "Only the first time: it is kept for every launch after this one."),
}


def paint_waiting(painter: QPainter, rect: QRectF, progress: str, preparing: bool, metrics: Metrics) -> None:
    """Paint a lattice of starts, and what is waited for.

    Parameters
    ----------
    progress
        How far it is, in words.
    preparing
        Whether kernels are waited for; else the map itself is on its way.
    """
    colors = theme.current_theme()
    painter.fillRect(rect, QColor(colors.page))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = 0.62 * min(rect.width(), rect.height())
    middle = rect.center()
    box = QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    for row in range(_GRID):
        for column in range(_GRID):
            x, y = (column + 0.5) / _GRID, (row + 0.5) / _GRID
            # Two soft valleys, so that it reads as a map that is not there yet.
            depth = math.exp(-14 * ((x - 0.32) ** 2 + (y - 0.62) ** 2))
            depth += math.exp(-18 * ((x - 0.7) ** 2 + (y - 0.34) ** 2))
            tint = look.mix(QColor(colors.page), QColor(theme.colors().accent), 0.10 + 0.35 * min(depth, 1.0))
            painter.setBrush(tint)
            radius = side / _GRID * (0.14 + 0.22 * min(depth, 1.0))
            painter.drawEllipse(QPointF(box.left() + x * side, box.top() + y * side), radius, radius)
    heading, face = fonts.font(metrics.medium, strong=True), fonts.font(metrics.small)
    lines = [(_tr("preparing" if preparing else "computing"), heading, colors.ink)]
    if progress:
        lines.append((progress, face, colors.muted))
    if preparing:
        lines.append((_tr("once"), face, colors.muted))
    step = 1.9 * metrics.small
    wide = max(fonts.width(text, one) for text, one, _ in lines) + 4 * metrics.gap(2)
    plate = QRectF(0, 0, wide, step * len(lines) + 2 * metrics.gap(2))
    plate.moveCenter(middle)
    ground = QColor(colors.page)
    ground.setAlphaF(0.94)
    painter.setBrush(ground)
    painter.drawRoundedRect(plate, look.RADIUS, look.RADIUS)
    base = plate.top() + metrics.gap(2) + 0.68 * step
    for text, one, color in lines:
        fonts.write(painter, middle.x() - fonts.width(text, one) / 2, base, text, one, color)
        base += step


def _tr(name: str) -> str:
    return QCoreApplication.translate("MapWords", _TEXTS[name])
