"""The controls' icons: those of the window, and a few of the controls' own in the same line.

Our own are drawn with the painter on a 16 by 16 grid, and so crisp at every scale.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from optviz.gui import theme
from optviz.gui.icons import icon

# Polylines as "x,y x,y …"; "o" draws a circle as cx,cy,r; "d" a filled dot.
_SHAPES: dict[str, tuple[str, ...]] = {
    "steps": ("2,13.5 5.5,13.5 5.5,10 9,10 9,6.5 12.5,6.5 12.5,3", "10.3,4.9 12.5,2.6 14.7,4.9"),
    "reset": ("3,3 3,6.5 6.5,6.5",),
    "check": ("3,8.5 6.5,12 13,4.5",),
    "why": (
        "4.8,5.6 5,4.4 5.8,3.3 7,2.7 8.2,2.6 9.4,2.9 10.5,3.7 11.1,4.8 11.1,6 10.5,7.1 9.3,8 8.4,8.8 8,9.6 "
        "8,10.6",
        "d 8,13.3,1.0",
    ),
    "sliders": ("2,4.5 8,4.5", "o 10,4.5,2", "12,4.5 14,4.5", "2,11.5 4,11.5", "o 6,11.5,2",
        "8,11.5 14,11.5"),
    "folder": ("2,12.5 2,3.5 6,3.5 7.5,5.5 14,5.5 14,12.5 2,12.5",),
    "dice": (
        "2.5,2.5 13.5,2.5 13.5,13.5 2.5,13.5 2.5,2.5",
        "d 5.6,5.6,1.2", "d 10.4,10.4,1.2", "d 8,8,1.2", "d 10.4,5.6,1.2", "d 5.6,10.4,1.2",
    ),
}  # fmt: skip


@lru_cache(maxsize=64)
def _path(name: str) -> tuple[QPainterPath, QPainterPath]:
    lines, dots = QPainterPath(), QPainterPath()
    if name == "reset":
        lines.arcMoveTo(QRectF(3, 3, 10, 10), 150)
        lines.arcTo(QRectF(3, 3, 10, 10), 150, -290)
    for shape in _SHAPES.get(name, ()):
        if shape[0] in "od":
            x, y, r = (float(n) for n in shape[2:].split(","))
            (lines if shape[0] == "o" else dots).addEllipse(QPointF(x, y), r, r)
            continue
        points = [QPointF(*map(float, pair.split(","))) for pair in shape.split()]
        lines.moveTo(points[0])
        for point in points[1:]:
            lines.lineTo(point)
    return lines, dots


def draw(painter: QPainter, name: str, corner: QPointF, role: str) -> None:
    """Draw an icon of 16 pixels with its upper left corner at `corner`, in a colour of `theme.Colors`."""
    name = {"down": "chevron"}.get(name, name)
    if name == "up":
        painter.save()
        painter.translate(corner.x(), corner.y() + 16.0)
        painter.scale(1.0, -1.0)
        draw(painter, "chevron", QPointF(0.0, 0.0), role)
        painter.restore()
        return
    if name not in _SHAPES:
        icon(name, role).paint(painter, QRectF(corner, QSizeF(16, 16)).toRect())
        return
    color = QColor(getattr(theme.colors(), role))
    lines, dots = _path(name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(corner)
    pen = QPen(color, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(lines)
    painter.fillPath(dots, color)
    painter.restore()
