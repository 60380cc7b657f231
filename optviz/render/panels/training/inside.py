"""Inside a network: what each layer makes of one image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.bars import PredictionBars, likeliest
from optviz.render.panels.training.dead import DeadPanel
from optviz.render.panels.training.filters import FiltersPanel
from optviz.render.panels.training.histograms import HistogramsPanel
from optviz.render.panels.training.places import spaced
from optviz.render.panels.training.still import Shown, StillChart, chosen, percent, tr
from optviz.render.style import Metrics, Theme, number
from optviz.training.network.architecture import pooled
from optviz.training.record import LayerLook, Look, Record

__all__ = ["ActivationsPanel", "DeadPanel", "FiltersPanel", "HistogramsPanel"]

_NEGATIVE = 0.05  # of the largest activation: beyond it negative ones have a colour of their own
_BRIGHT = 0.985  # of the activations stay below the last colour
_COLUMN = 34.0  # pixels at 1280 x 720 a layer must be wide

Half = npt.NDArray[np.float16]


class ActivationsPanel(StillChart):
    """One image on its way through the network: a column for each layer, the answer at the end."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        super().__init__(theme, metrics)
        self._bars = PredictionBars(theme, metrics)

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        look = scene.look_at(chosen(scene), k)
        known = look is not None and look.digit < len(scene.record.labels)
        layers = scene.record.entrants[chosen(scene)].layers if look is None else ()
        return look, scene.record, known, scene.class_names, layers

    def draw(
        self, painter: QPainter, rect: QRectF, look: Look | None, record: Record, known: bool,
        names: tuple[str, ...], planned: tuple[str, ...],
    ) -> None:  # fmt: skip
        m, theme = self.metrics, self.theme
        if look is None:
            self._plan(painter, self.body(rect), planned)
            self.empty(painter, rect, tr("activations"), tr("they show once training has begun"))
            return
        body = self.body(rect)
        true = int(record.labels[look.digit]) if known else None
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        line = m.gap(4.5)
        picture = record.images[look.digit] if known and look.digit < len(record.images) else None
        content = body.adjusted(0, line, 0, -m.gap(5.5))
        wide = self._answer_width(content, names)
        layers, bars = self._chosen(look, content.width() - self._input(content), wide)
        of = tr("{count} of {total} layers").format(count=len(layers) + bars, total=len(look.layers))
        all_shown = len(layers) + bars == len(look.layers)
        what = tr("activations of test image {digit}").format(digit=look.digit)
        if true is not None:
            what = tr("activations of test image {digit}, true class {name}")
            what = what.format(digit=look.digit, name=names[true])
        short = tr("activations")
        self.head(painter, rect, [what, short], [] if all_shown or body.isEmpty() else [of])
        if body.isEmpty():
            return
        side = self._input(content)
        column = QRectF(content.x(), content.y(), side, content.height())
        self._heading(painter, column, tr("image"))
        if picture is not None:
            square = QRectF(column.x(), column.y(), side, side)
            rows = pictures.shade(np.asarray(picture, np.float64), 0.0, 255.0)
            ratio = pictures.ratio_of(painter)
            place = pictures.scaled_to(painter, square, pictures.table(theme, "ink")[rows], ratio)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.hairline), m.hairline))
            half = m.hairline / 2
            painter.drawRect(place.adjusted(-half, -half, half, half))
        left = column.right() + m.gap(3)
        if bars:
            column = QRectF(content.right() - wide, content.y(), wide, content.height())
            self._heading(painter, column, look.layers[-1].name if look.layers else tr("answer"))
            self._bars.paint(painter, column, look.probabilities, names)
            right = column.x() - m.gap(3)
        else:
            right = content.right()
        self._layers(painter, QRectF(left, content.y(), right - left, content.height()), layers)
        self._answer(painter, body, body.bottom() - (m.gap(4) - rise) / 2, look, true, names)

    def _plan(self, painter: QPainter, body: QRectF, layers: tuple[str, ...]) -> None:
        """Paint faintly a column for each layer there will be."""
        m = self.metrics
        if body.isEmpty():
            return
        room = body.adjusted(0, m.gap(4.5), 0, -m.gap(2))
        names = [tr("image"), *layers]
        names = [names[i] for i in spaced(len(names), max(1, int(room.width() / m.px(64))))]
        each = room.width() / len(names)
        side = min(each - m.gap(3), room.height())
        for i, name in enumerate(names):
            column = QRectF(room.x() + i * each, room.y(), each - m.gap(3), room.height())
            self._heading(painter, column, name)
            self.faint_frames(painter, column, side, 1.0, 1)

    def _input(self, content: QRectF) -> float:
        """Return how large the image itself is drawn."""
        return max(0.0, round(min(content.height(), 0.2 * content.width(), self.metrics.px(168))))

    def _answer_width(self, content: QRectF, names: tuple[str, ...]) -> float:
        """Return how wide the bars of the answer are."""
        m = self.metrics
        longest = max(fonts.width(name, fonts.font(m.small, strong=True)) for name in names)
        return round(min(longest + max(m.px(44), 0.17 * content.width()), 0.34 * content.width()))

    def _chosen(self, look: Look, room: float, wide: float) -> tuple[list[LayerLook], bool]:
        """Return the layers that have room, and whether the answer has a column of bars."""
        m = self.metrics
        least = m.px(_COLUMN) + m.gap(3)
        layers = list(look.layers)
        bars = room >= m.px(150)
        if bars:
            room -= wide + m.gap(3)
            # The bars are the last layer's row of neurons, made into probabilities.
            layers = layers[:-1]
        count = min(len(layers), max(1, int(room / least)))
        return [layers[i] for i in spaced(len(layers), count)], bars

    def _layers(self, painter: QPainter, room: QRectF, layers: list[LayerLook]) -> None:
        m = self.metrics
        if not layers:
            return
        between = m.gap(3)
        least = m.px(_COLUMN)
        shares = np.array([_share(one) for one in layers])
        free = max(0.0, room.width() - between * (len(layers) - 1) - least * len(layers))
        widths = np.floor(least + free * shares / shares.sum())
        left = room.x()
        for one, width in zip(layers, widths.tolist(), strict=True):
            width = min(width, room.right() - left)
            if width < m.px(12):
                return
            self._layer(painter, QRectF(left, room.y(), width, room.height()), one)
            left += width + between

    def _layer(self, painter: QPainter, column: QRectF, one: LayerLook) -> None:
        m, theme = self.metrics, self.theme
        self._heading(painter, column, one.name)
        values = np.asarray(one.activations, np.float64)
        if not values.size:
            return
        known = values[np.isfinite(values)]
        reach, _ = pictures.limit(values, _BRIGHT)
        signed = known.size > 0 and float(known.min()) < -_NEGATIVE * float(np.abs(known).max())
        colors = pictures.table(theme, "signed" if signed else "amount")
        low = -reach if signed else 0.0
        face = fonts.font(m.small)
        lines = 2 if column.height() >= m.px(110) else 1 if column.height() >= m.px(56) else 0
        room = column.adjusted(0, 0, 0, -lines * m.gap(4))
        image, count = self._pixels(room, values, colors, (low, reach), pictures.ratio_of(painter))
        if image is None:
            return
        place = pictures.draw(painter, room.x(), room.y(), image, pictures.ratio_of(painter))
        base = place.bottom() + m.gap(1) + fonts.rise(face)
        if lines > 1:
            fonts.write(painter, column.x(), base, self._note(column, one, count), face, theme.muted)
            base += m.gap(4)
        if lines:
            self._scale(painter, column, base, colors, low, reach)

    def _scale(
        self, painter: QPainter, column: QRectF, base: float, colors: pictures.Bytes, low: float, high: float
    ) -> None:
        """Paint below a column which colour is which activation: both ends, the colours between them."""
        m, face = self.metrics, fonts.font(self.metrics.small)
        texts, room = (number(low), number(high)), column.width() + m.gap(2)
        rise, apart = fonts.rise(face), m.gap(1)
        wide = [fonts.width(text, face) for text in texts]
        bar = min(m.gap(9), room - sum(wide) - 2 * apart)
        if bar < m.gap(2.5):
            return
        muted = self.theme.muted
        fonts.write(painter, column.x(), base, texts[0], face, muted)
        left = column.x() + wide[0] + apart
        box = QRectF(left, round(base - rise / 2 - m.gap(1)), bar, m.gap(2))
        ramp = colors[None, : pictures.SHADES]
        place = pictures.scaled_to(painter, box, ramp, pictures.ratio_of(painter))
        fonts.write(painter, place.right() + apart, base, texts[1], face, muted)

    def _note(self, column: QRectF, one: LayerLook, count: int) -> str:
        """Return what is written below a column: its size, or how much of it is shown."""
        face, room = fonts.font(self.metrics.small), column.width() + self.metrics.gap(2)
        maps, rows, _ = shape = one.activations.shape
        size = " × ".join(map(str, shape if maps > 1 else shape[1:]))
        sizes: tuple[str, ...] = (size,)
        if maps > 1 and one.name.startswith("conv"):  # what is shown is not pooled yet
            rows, columns = pooled((rows, shape[2]))
            size_after = tr("{size} → pooled {rows} × {columns}")
            sizes = (size_after.format(size=size, rows=rows, columns=columns), size)
        if count < maps:
            text = tr("{count} of {total}").format(count=count, total=maps)
            sizes = (tr("{part} maps").format(part=text), text)
        elif maps > 1:
            sizes = (*sizes, tr("{count} maps").format(count=maps))
        elif rows == 1:
            sizes = (tr("{count} neurons").format(count=shape[2]), str(shape[2]))
        return next((text for text in sizes if fonts.width(text, face) <= room), "")

    def _pixels(
        self, room: QRectF, values: npt.NDArray[np.float64], colors: pictures.Bytes,
        limits: tuple[float, float], ratio: float,
    ) -> tuple[pictures.Bytes | None, int]:  # fmt: skip
        """Return the pictures of a layer as one, and of how many it is; None where there is no room."""
        m = self.metrics
        size = room.width() * ratio, room.height() * ratio
        maps, high, _ = values.shape
        ground = pictures.rgb(self.theme.paper)
        if maps == 1 and high > 1:  # tokens or rows in time: down the picture; across it their features
            rows = pictures.shade(values[0], *limits)
            width, height = round(size[0]), round(min(size[1], max(size[0], m.px(3) * ratio * high)))
            return pictures.enlarged(colors[rows][None], max(1, width), max(1, height))[0], 1
        if maps == 1:
            pieces = values.reshape(-1, 1, 1)
            roomy = math.sqrt(size[0] * size[1] / len(pieces)) >= 6.0 * ratio
            gap, least = (max(1, round(ratio)) if roomy else 0), 1.0
        else:
            pieces, gap, least = values, max(1, round(m.px(2) * ratio)), m.px(18) * ratio
        layout = pictures.grid(size, len(pieces), (pieces.shape[1], pieces.shape[2]), gap, least)
        if layout is None:
            return None, 0
        rows = pictures.shade(pieces[: layout.count], *limits)
        return pictures.mosaic(colors[rows], layout, ground), layout.count

    def _heading(self, painter: QPainter, column: QRectF, name: str) -> None:
        m = self.metrics
        face = fonts.font(m.small)
        text = fonts.elided(name, face, column.width() + m.gap(2))
        fonts.write(painter, column.x(), column.y() - m.gap(1.5), text, face, self.theme.muted)

    def _answer(
        self, painter: QPainter, body: QRectF, base: float, look: Look, true: int | None,
        names: tuple[str, ...],
    ) -> None:  # fmt: skip
        m, theme = self.metrics, self.theme
        strong, face = fonts.font(m.small, strong=True), fonts.font(m.small)
        answer, verdict, right = _answer(look, true, names)
        room = body.width() - fonts.width(answer, strong) - m.gap(2)
        fitting = [text for text in verdict if fonts.width(text, strong) <= room]
        if verdict and not fitting:  # the mark is what must not be left out
            answer = fonts.elided(f"{verdict[-1]} {answer}", strong, body.width())
            fonts.write(painter, body.x(), base, answer, strong, theme.ink)
            return
        lead = tr("the network says")
        wide = fonts.width(lead, face) + m.gap(1.5)
        left = body.x()
        if fitting and fonts.width(fitting[0], strong) + wide <= room:
            fonts.write(painter, left, base, lead, face, theme.muted)
            left += wide
        fonts.write(painter, left, base, answer, strong, theme.ink)
        if fitting:
            color = theme.text(theme.entrants[2 if right else 1])
            left += fonts.width(answer, strong) + m.gap(2)
            fonts.write(painter, left, base, fitting[0], strong, color)

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the picture as sentences: the layers, and the answer."""
        look = scene.look_at(chosen(scene), k)
        if look is None:
            return tr("no activations yet")
        labels = scene.record.labels
        true = int(labels[look.digit]) if look.digit < len(labels) else None
        answer, verdict, _ = _answer(look, true, scene.class_names)
        text = tr("test image {digit} goes through {layers}; the network says {answer}")
        layers = ", ".join(one.name for one in look.layers)
        text = text.format(digit=look.digit, layers=layers, answer=answer)
        return f"{text}, {verdict[0].lstrip('✓✗ ')}" if verdict else text


def _answer(look: Look, true: int | None, names: tuple[str, ...]) -> tuple[str, list[str], bool]:
    """Return what the network says, and whether that is so: the longer words first."""
    best = likeliest(look.probabilities)
    if best < 0:
        return tr("nothing: not a number"), [], False
    answer = f"{names[best]}, {percent(float(look.probabilities[best]))}"
    if true is None:
        return answer, [], False
    if best == true:
        return answer, ["✓ " + tr("right"), "✓"], True
    long = tr("wrong, it is {name}").format(name=names[true])
    return answer, ["✗ " + long, "✗ " + tr("wrong"), "✗"], False


def _share(layer: LayerLook) -> float:
    """Return how much of the width a layer gets: maps need more of it than a row of neurons."""
    maps, high, wide = layer.activations.shape
    if maps > 1:
        return 2.0
    return 1.3 if high > 1 else 0.5 if wide <= 32 else 0.9
