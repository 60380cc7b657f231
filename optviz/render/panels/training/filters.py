"""The weights of a network's first layer as pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.still import Shown, StillChart, chosen, tr
from optviz.render.style import number
from optviz.training.record import LayerLook, Look

_LONG = 6  # how many times as wide as high a picture is drawn at most


class FiltersPanel(StillChart):
    """The weights of the first layer as little pictures, on one scale about 0: blue above, orange below."""

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        return (scene.look_at(chosen(scene), k),)

    def draw(self, painter: QPainter, rect: QRectF, look: Look | None) -> None:
        m = self.metrics
        filters = None if look is None else np.asarray(look.filters, np.float64)
        if look is None or filters is None or not filters.size:
            body, gap = self.body(rect), m.gap(1)
            side = min(m.px(36), body.height() / 3)
            self.faint_frames(painter, body, side, gap, 64)
            self.empty(painter, rect, tr("filters"), tr("they show once training has begun"))
            return
        layer = look.layers[0].name if look.layers else ""
        total = max(len(filters), _neurons(look.layers[0]) if look.layers else 0)
        body = self.body(rect)
        scaled = body.height() >= m.px(90)
        room = body.adjusted(0, 0, 0, -m.gap(6)) if scaled else body
        ratio = pictures.ratio_of(painter)
        high, wide = filters.shape[1:]
        shape = (max(high, math.ceil(wide / _LONG)), max(wide, math.ceil(high / _LONG)))
        layout = None
        if not body.isEmpty():
            least = m.px(12 if max(shape) <= 16 else 24) * ratio
            gap = max(1, round(m.px(3) * ratio))
            layout = pictures.grid(
                (room.width() * ratio, room.height() * ratio), len(filters), shape, gap, least
            )
        reach, beyond = pictures.limit(filters)
        count = layout.count if layout is not None else 0
        of = tr("{count} of {total}").format(count=count, total=total)
        notes = [of] if scaled else [f"{of}  ±{number(reach)}", of]
        words = tr("filters of {layer}") if layer.startswith("conv") else tr("weights of {layer} as pictures")
        titles = [words.format(layer=layer)] if layer else []
        self.head(painter, rect, [*titles, tr("filters")], notes if layout is not None else ())
        if layout is None:
            return
        colors = pictures.table(self.theme, "signed")
        rows = pictures.shade(filters[:count], -reach, reach)
        ground = pictures.rgb(self.theme.paper)
        image = pictures.mosaic(colors[rows], layout, ground)
        pictures.draw(painter, body.x(), body.y(), image, ratio)
        if scaled:
            self._scale(painter, body, reach, beyond)

    def _scale(self, painter: QPainter, body: QRectF, reach: float, beyond: bool) -> None:
        """Paint which colour is which weight."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        low, high = "−" + number(reach), number(reach)
        if beyond:
            low, high = f"≤ {low}", f"≥ {high}"
        base = body.bottom() - m.gap(0.5)
        bar = QRectF(body.x() + fonts.width(low, face) + m.gap(1.5), 0, m.gap(18), m.gap(2))
        bar.setWidth(min(bar.width(), body.right() - bar.x() - fonts.width(high, face) - m.gap(2)))
        bar.moveTop(round(base - fonts.rise(face) / 2 - bar.height() / 2))
        if bar.width() < m.gap(4):
            return
        colors = pictures.table(theme, "signed")[None, : pictures.SHADES]
        place = pictures.scaled_to(painter, bar, colors, pictures.ratio_of(painter))
        x = round(place.center().x()) + m.hairline / 2
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(int(x), int(place.top()), int(x), int(place.bottom()))
        fonts.write(painter, body.x(), base, low, face, theme.muted)
        fonts.write(painter, place.right() + m.gap(1.5), base, high, face, theme.muted)
        right = place.right() + m.gap(3) + fonts.width(high, face)
        text = tr("weight")
        if right + fonts.width(text, face) + m.gap(2) <= body.right():
            fonts.write(painter, right, base, text, face, theme.muted)

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the picture as a sentence."""
        look = scene.look_at(chosen(scene), k)
        if look is None or not look.filters.size:
            return tr("no filters yet")
        reach = np.abs(np.asarray(look.filters, np.float64))
        most = float(np.max(reach, where=np.isfinite(reach), initial=0.0))
        text = tr("{count} filters of the first layer at step {step}, weights up to ±{most}")
        return text.format(count=len(look.filters), step=look.step, most=number(most))


def _neurons(layer: LayerLook) -> int:
    """Return how many feature maps, features or neurons a layer has."""
    maps, _, wide = layer.activations.shape
    return int(maps if maps > 1 else wide)
