"""What explains a map and stands still: the key to its colours, the heading, the remark below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from optviz.maps.scene import MapScene
from optviz.render import fonts
from optviz.render.maps.key import paint_key
from optviz.render.maps.layout import HEADING, REMARK, MapLayout
from optviz.render.maps.panel import MapPanel
from optviz.render.style import Metrics, Theme


def paint_map_key(
    painter: QPainter, scene: MapScene, place: MapLayout, panel: MapPanel, theme: Theme, m: Metrics
) -> None:
    """Paint the key to the colours below the map, as wide as its picture; nothing where it has no place."""
    if place.key is not None:
        box = panel.picture(place.map, scene)
        bar = QRectF(box.x(), place.key.y(), box.width(), place.key.height())
        paint_key(painter, bar, scene, theme, m, panel.colormap)


def paint_heading(painter: QPainter, place: MapLayout, theme: Theme, m: Metrics) -> None:
    """Write what the map shows at the top of the column, and the remark below it."""
    if place.column is None:
        return
    base = place.column.y()
    for lines, pixels, step, color in (
        (place.heading, m.medium, HEADING, theme.ink),
        (place.remark, m.small, REMARK, theme.muted),
    ):
        face = fonts.font(pixels)
        for line in lines:
            base += m.gap(step)
            fonts.write(painter, place.column.x(), base - m.gap(1.25), line, face, color)
