"""How weights and pre-activations are spread while a network learns, and how many ReLUs are dead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from optviz.catalog import Array
from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.dead import DeadPanel
from optviz.render.panels.training.places import spaced
from optviz.render.panels.training.still import Shown, StillChart, chosen, tr
from optviz.render.panels.training.strips import AFTER, BEFORE, BINS, WEIGHTS, Strip, Strips
from optviz.render.style import Metrics, Theme, number
from optviz.training.record import LayerLook, Look

__all__ = ["DeadPanel", "HistogramsPanel"]

_ROW = 38.0  # pixels at 1280 x 720 a layer must be high
_OUTLINE = 0.2  # of a strip's width, for the latest histogram


class HistogramsPanel(StillChart):
    """A row for each layer, a strip for each distribution: time goes right, values up, many are dark.

    What goes into batch norm and what comes out of it have one axis, and a line that follows the mean: one
    sees what batch norm does to it.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        super().__init__(theme, metrics)
        self._strips = Strips()

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        looks = tuple(scene.looks_until(chosen(scene), k))
        planned = () if looks else tuple(scene.record.entrants[chosen(scene)].layers)
        return looks, scene.training.epochs, planned

    def draw(
        self, painter: QPainter, rect: QRectF, looks: tuple[Look, ...], epochs: int, planned: tuple[str, ...]
    ) -> None:
        m, theme = self.metrics, self.theme
        title = tr("spread of weights and pre-activations")
        short = tr("histograms over time")
        if not looks:
            self._plan(painter, self.body(rect), planned)
            self.empty(painter, rect, short, tr("they show once training has begun"))
            return
        body = self.body(rect)
        last = looks[-1]
        normed = any(layer.after is not None for layer in last.layers)
        kinds = [WEIGHTS, BEFORE, AFTER] if normed else [WEIGHTS, BEFORE]
        if body.width() < m.px(240) and len(kinds) > 1:
            kinds = kinds[1:]
        face = fonts.font(m.small)
        top = body.y() + m.gap(4.5)
        bottom = body.bottom() - m.gap(3.5)
        layers = self._layers(last, int((bottom - top) / m.px(_ROW)))
        of = tr("{count} of {total} layers").format(count=len(layers), total=len(last.layers))
        notes = [of] if len(layers) < len(last.layers) and layers else []
        line = tr("line: the mean")
        self.head(painter, rect, [title, short], [f"{line}; {of}", *notes] if notes else [line])
        if body.isEmpty() or not layers:
            return
        # A line above the strips of each layer has its name, and how far each axis reaches.
        gap, caption = m.gap(3), fonts.rise(face) + m.gap(1)
        width = math.floor((body.right() - body.x() - gap * (len(kinds) - 1)) / len(kinds))
        height = math.floor((bottom - top) / len(layers)) - m.gap(1.5) - caption
        lefts = [round(body.x() + column * (width + gap)) for column in range(len(kinds))]
        for x, kind in zip(lefts, kinds, strict=True):
            name = self._title(kind, normed, width)
            fonts.write(painter, x, top - m.gap(1.5), name, face, theme.muted)
            self._times(painter, QRectF(x, bottom - m.gap(1), self._strip(width), 0), epochs)
        strips = self._strips.of(looks, [last.layers.index(one) for one in layers], kinds)
        for row, layer in enumerate(layers):
            y = round(top + row * (height + m.gap(1.5) + caption) + caption)
            for x, strip, kind in zip(lefts, strips[row], kinds, strict=True):
                free = self._strip(width)
                if strip is not None:
                    text = f"±{number(strip.reach)}"
                    if kind == kinds[0]:
                        beside = free - fonts.width(text, face) - m.gap(2)
                        text = text if fonts.width(layer.name, face) <= beside else ""
                    base = y - m.gap(0.75)
                    fonts.write(painter, x + free, base, text, face, theme.muted, fonts.RIGHT)
                self._cell(painter, QRectF(x, y, width, height), strip, epochs)
            name = fonts.elided(layer.name, face, width)
            fonts.write(painter, lefts[0], y - m.gap(0.75), name, face, theme.ink)

    def _plan(self, painter: QPainter, body: QRectF, layers: tuple[str, ...]) -> None:
        """Paint faintly the rows there will be."""
        m = self.metrics
        some = spaced(len(layers), int(body.height() / m.px(_ROW)))
        if body.height() < m.px(180) or not some:
            return  # what is said in the middle would stand on them
        face, row = fonts.font(m.small), body.height() / len(some)
        for n, i in enumerate(some):
            base = body.y() + n * row + fonts.rise(face) + m.gap(1)
            fonts.write(painter, body.x(), base, layers[i], face, self.theme.muted)
            self.faint_line(painter, body.x(), base + m.gap(2), body.right())

    def _title(self, kind: str, normed: bool, width: float) -> str:
        names = {
            WEIGHTS: (tr("weights"),),
            BEFORE: (tr("before batch norm"), tr("before norm"), tr("before")),
            AFTER: (tr("after batch norm"), tr("after norm"), tr("after")),
        }[kind]
        if kind == BEFORE and not normed:
            names = (tr("pre-activations"), tr("inputs"))
        face = fonts.font(self.metrics.small)
        return next((name for name in names if fonts.width(name, face) <= width), names[-1])

    @staticmethod
    def _layers(look: Look, most: int) -> list[LayerLook]:
        """Return the layers that have room; a single one is the deepest with batch norm, or else hidden."""
        layers = list(look.layers)
        if most >= len(layers):
            return layers
        normed = [one for one in layers if one.after is not None]
        if most == 1 or (normed and most < 3):
            return (normed or layers[:-1] or layers)[-max(most, 0) :] if most > 0 else []
        return [layers[i] for i in spaced(len(layers), max(most, 0))]

    def _strip(self, width: float) -> float:
        """Return how much of a cell's width is time; the rest is for the latest histogram."""
        beside = max(_OUTLINE * width, self.metrics.px(36))
        return math.floor(width - beside) if width >= 2.4 * beside else width

    def _cell(self, painter: QPainter, cell: QRectF, strip: Strip | None, epochs: int) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        if strip is None:
            base = cell.center().y() + fonts.rise(face) / 2
            fonts.write(painter, cell.center().x(), base, tr("none"), face, theme.muted, fonts.CENTER)
            return
        room = QRectF(cell.x(), cell.y(), self._strip(cell.width()), cell.height())
        ratio = pictures.ratio_of(painter)
        size = (max(1, round(room.width() * ratio)), max(1, round(room.height() * ratio)))
        pictures.draw(painter, room.x(), room.y(), self._heat(strip, size, epochs, ratio), ratio)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        half = m.hairline / 2
        painter.drawRect(room.adjusted(-half, -half, half, half))
        if room.width() < cell.width():
            beside = QRectF(room.right(), cell.y(), cell.right() - room.right(), cell.height())
            self._outline(painter, beside, strip.rows[-1])

    def _heat(self, strip: Strip, size: tuple[int, int], epochs: int, ratio: float) -> pictures.Bytes:
        """Return the histograms side by side, each from the look before it to its own, and their mean."""
        theme, (width, height) = self.theme, size
        count = len(strip.epochs)
        rows = np.concatenate([pictures.shade(strip.rows, 0.0, 1.0), np.zeros((1, BINS), np.intp)])
        at = (np.arange(width) + 0.5) / width * epochs
        which = np.searchsorted(strip.epochs, at)
        which[0] = min(which[0], count - 1)  # a look at the very start is a column all the same
        bins = BINS - 1 - (np.arange(height) * BINS) // height
        rgb = pictures.table(theme, "amount")[rows[which][:, bins].T]
        rgb[:, which == count] = pictures.rgb(theme.paper)  # what is still to come
        thick = max(1, round(ratio))
        zero = slice((height - thick) // 2, (height - thick) // 2 + thick)
        rgb[zero] = np.round(0.72 * rgb[zero] + 0.28 * pictures.rgb(theme.ink))
        known = np.isfinite(strip.means)
        if known.any():
            last = int(np.count_nonzero(which < count))
            means = np.interp(at[:last], strip.epochs[known], strip.means[known])
            y = np.clip((1.0 - means / strip.reach) / 2.0, -1.0, 2.0) * height - 0.5
            m = self.metrics
            self._trace(rgb[:, :last], y, (m.px(0.8) * ratio, m.px(1.7) * ratio))
        return np.asarray(rgb, np.uint8)

    def _trace(self, rgb: pictures.Bytes, y: Array, halves: tuple[float, float]) -> None:
        """Draw a line with its halo into uint8[h, w, 3]: at the row y of each column, without gaps."""
        low, high = y.copy(), y.copy()
        between = 0.5 * (y[1:] + y[:-1])
        for ends, pick in ((low, np.minimum), (high, np.maximum)):
            ends[1:] = pick(ends[1:], between)
            ends[:-1] = pick(ends[:-1], between)
        first = max(0, math.floor(low.min() - halves[1]) - 1)
        part = rgb[first : max(0, math.ceil(high.max() + halves[1]) + 2)]
        row = first + np.arange(len(part))[:, None]
        away = np.maximum(np.maximum(low - row, row - high), 0.0)[..., None]
        mixed = part.astype(np.float64)
        layers = ((halves[1], self.theme.page, 0.8), (halves[0], self.theme.entrants[1], 1.0))
        for half, color, strength in layers:
            mixed += strength * np.clip(half + 0.5 - away, 0.0, 1.0) * (pictures.rgb(color) - mixed)
        part[:] = np.round(mixed)

    def _outline(self, painter: QPainter, room: QRectF, row: Array) -> None:
        """Paint the latest histogram on end, on the strip's own axis."""
        m, theme = self.metrics, self.theme
        if not np.isfinite(row).all():
            return
        foot = room.x() + m.gap(0.5)
        x = foot + row**2 * (room.right() - m.gap(0.5) - foot)
        y = room.bottom() - (np.arange(BINS) + 0.5) / BINS * room.height()
        points = [(foot, room.bottom()), *zip(x.tolist(), y.tolist(), strict=True), (foot, room.y())]
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.setBrush(QColor(mix(theme.page, theme.muted, 0.3)))
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    def _times(self, painter: QPainter, below: QRectF, epochs: int) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        base = below.y() + m.gap(1) + fonts.rise(face)
        name, end = tr("epoch"), str(epochs)
        fonts.write(painter, below.x(), base, "0", face, theme.muted)
        if below.width() >= fonts.width("0" + end, face) + m.gap(2):
            fonts.write(painter, below.right(), base, end, face, theme.muted, fonts.RIGHT)
        if below.width() >= fonts.width(f"0{name}{end}", face) + m.gap(6):
            fonts.write(painter, below.center().x(), base, name, face, theme.muted, fonts.CENTER)

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the latest histograms as sentences: the mean of each layer before and after batch norm."""
        look = scene.look_at(chosen(scene), k)
        if look is None:
            return tr("no histograms yet")
        parts = []
        known = self._strips.summary(look, len(look.layers))
        for at, layer in enumerate(look.layers):
            if layer.before is None:
                continue
            text = tr("{layer}: pre-activations around {mean}")
            text = text.format(layer=layer.name, mean=number(float(known[at, 1, 1])))
            if layer.after is not None:
                mean = number(float(known[at, 2, 1]))
                text += tr(", after batch norm around {mean}").format(mean=mean)
            parts.append(text)
        return "; ".join(parts) or tr("no histograms yet")
