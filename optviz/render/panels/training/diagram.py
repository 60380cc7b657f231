"""A network as a small diagram: a column for each layer, with its size and how many numbers it learns."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels.chart import Chart
from optviz.render.panels.training.still import tr
from optviz.training.network.architecture import LayerPlan

_SHEETS = 3  # that stand for many feature maps


class NetworkDiagram(Chart):
    """The layers from left to right, sizes on a logarithmic scale; the total below.

    Where columns have no room the layers are a list; where that has none, only the total is written.
    """

    def paint(
        self, painter: QPainter, rect: QRectF, layers: tuple[LayerPlan, ...],
        image: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        """Paint a network.

        Parameters
        ----------
        layers
            From the first to the output.
        image
            Height and width of what goes in; None leaves it out.
        """
        m, theme = self.metrics, self.theme
        if rect.width() < m.px(60) or rect.height() < m.px(20) or not layers:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = fonts.font(m.small, strong=True)
        base = rect.bottom() - m.gap(1)
        count = f"{sum(one.parameters for one in layers):,}"
        for words in (tr("{count} parameters in {layers} layers"), tr("{count} parameters"), "{count}"):
            text = words.format(count=count, layers=len(layers))
            if fonts.width(text, strong) <= rect.width():
                break
        fonts.write(painter, rect.x(), base, fonts.elided(text, strong, rect.width()), strong, theme.ink)
        room = rect.adjusted(0, 0, 0, -m.gap(6))
        if not self._columns(painter, room, layers, image) and room.height() >= m.gap(4.5):
            self._list(painter, room, layers)
        painter.restore()

    # -------------------------------------------------------------- columns

    def _columns(
        self, painter: QPainter, room: QRectF, layers: tuple[LayerPlan, ...], image: tuple[int, int] | None
    ) -> bool:
        """Paint the layers side by side; say whether they had room."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        tall = room.height() - 3 * m.gap(4) - m.gap(2)
        shapes = unpooled(layers, image)
        for times in (" × ", "×"):  # closer together where there is little room
            texts = [self._texts(one, shape, times) for one, shape in zip(layers, shapes, strict=True)]
            if image is not None:
                texts.insert(0, [tr("image"), times.join(map(str, image)), ""])
            widths = [max(max(fonts.width(text, face) for text in one), m.px(26)) for one in texts]
            gap = (room.width() - sum(widths)) / max(len(texts) - 1, 1)
            if gap >= m.gap(2) and tall >= m.px(30):
                break
        else:
            return False
        gap = min(gap, m.gap(12))
        if image is not None:
            shapes.insert(0, (1, *image))
        middle = round(room.y() + m.gap(4) + m.gap(1) + tall / 2)
        left = room.x()
        for i, (words, width, shape) in enumerate(zip(texts, widths, shapes, strict=True)):
            center = round(left + width / 2)
            base = room.y() + m.gap(3)
            color = theme.ink if i or image is None else theme.muted
            fonts.write(painter, center, base, words[0], face, color, fonts.CENTER)
            last = i == len(texts) - 1
            half = self._shape(painter, shape, center, middle, tall, width, last)
            for n, text in enumerate(words[1:]):
                at = room.bottom() - m.gap(4) * (1 - n) - m.gap(1)
                fonts.write(painter, center, at, text, face, theme.muted, fonts.CENTER)
            if not last:
                begin = center + half + m.gap(1)
                end = left + width + gap
                following = self._half(shapes[i + 1], tall, widths[i + 1])
                self._arrow(painter, begin, end + widths[i + 1] / 2 - following - m.gap(1), middle)
            left += width + gap
        return True

    @staticmethod
    def _texts(one: LayerPlan, shape: tuple[int, ...], times: str = " × ") -> list[str]:
        return [one.name, times.join(map(str, shape)), f"{one.parameters:,}"]

    def _size(self, shape: tuple[int, ...], tall: float, width: float) -> tuple[float, float]:
        """Return how wide and high a layer is drawn: log scales, so that 10 and 4,096 both show."""
        m = self.metrics
        if len(shape) == 3:
            share = 0.35 + 0.65 * min(1.0, math.log2(max(shape[1:]) + 1) / 5.0)
            side = min(tall, width, m.px(64)) * share
            return side * min(1.0, shape[2] / shape[1]), side * min(1.0, shape[1] / shape[2])
        part = [0.2 + 0.8 * min(1.0, math.log2(n + 1) / 10.0) for n in shape]
        if len(shape) == 2:
            return min(width, m.px(64)) * part[0], tall * part[1]
        return m.px(10), tall * part[0]

    def _half(self, shape: tuple[int, ...], tall: float, width: float) -> float:
        extra = self._offset(shape) * (_SHEETS - 1) / 2
        return self._size(shape, tall, width)[0] / 2 + extra

    def _offset(self, shape: tuple[int, ...]) -> float:
        return self.metrics.px(3) if len(shape) == 3 and shape[0] > 1 else 0.0

    def _shape(
        self, painter: QPainter, shape: tuple[int, ...], x: float, y: float, tall: float, width: float,
        output: bool,
    ) -> float:  # fmt: skip
        """Paint a layer about a point; return half of how wide it is."""
        m, theme = self.metrics, self.theme
        offset = self._offset(shape)
        sheets = _SHEETS if offset else 1
        wide, high = self._size(shape, tall - offset * 2, width)
        color = theme.accent if output else mix(theme.accent, theme.muted, 0.6)
        painter.setPen(QPen(QColor(theme.line(0, color)), max(1.0, m.px(1.2))))
        painter.setBrush(QColor(mix(theme.page, color, 0.22)))
        for n in range(sheets):
            shift = (n - (sheets - 1) / 2) * offset
            box = QRectF(round(x - wide / 2 + shift), round(y - high / 2 + shift), round(wide), round(high))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if len(shape) == 2:  # tokens, or rows in time
            for n in range(1, min(shape[0], 16)):
                at = box.x() + n * box.width() / min(shape[0], 16)
                painter.drawLine(QLineF(at, box.y() + 1, at, box.bottom() - 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return wide / 2 + offset * (sheets - 1) / 2

    def _arrow(self, painter: QPainter, begin: float, end: float, y: float) -> None:
        m = self.metrics
        if end - begin < m.gap(1):
            return
        painter.setPen(QPen(QColor(self.theme.muted), m.hairline))
        y += m.hairline / 2
        head = min(m.px(3.5), (end - begin) / 2)
        painter.drawLine(QLineF(begin, y, end, y))
        painter.drawLine(QLineF(end - head, y - head, end, y))
        painter.drawLine(QLineF(end - head, y + head, end, y))

    # -------------------------------------------------------------- a list

    def _list(self, painter: QPainter, room: QRectF, layers: tuple[LayerPlan, ...]) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        row = m.gap(4.5)
        fit = max(1, int(room.height() / row))
        at = list(range(len(layers)))
        if len(layers) > fit:  # the first ones and the last; what is between is counted
            head = fit // 2
            at = [*at[:head], -1, *at[len(at) - max(0, fit - 1 - head) :]] if fit > 1 else []
        counts = max((fonts.width(f"{one.parameters:,}", face) for one in layers), default=0.0)
        names = max(fonts.width(one.name, face) for one in layers)
        top = room.y()
        for i in at:
            base = top + row / 2 + fonts.rise(face) / 2
            if i < 0:
                text = tr("… {count} more").format(count=len(layers) - len(at) + 1)
                fonts.write(painter, room.x(), base, text, face, theme.muted)
            else:
                one = layers[i]
                name, size, count = self._texts(one, one.shape)
                fonts.write(painter, room.x(), base, fonts.elided(name, face, room.width()), face, theme.ink)
                left = room.x() + names + m.gap(3)
                free = room.width() - names - counts - m.gap(6)
                for text in (one.neurons, size):
                    if fonts.width(text, face) <= free:
                        fonts.write(painter, left, base, text, face, theme.muted)
                        break
                if names + counts + m.gap(3) <= room.width():
                    fonts.write(painter, room.right(), base, count, face, theme.muted, fonts.RIGHT)
            top += row

    @staticmethod
    def spoken(layers: tuple[LayerPlan, ...]) -> str:
        """Return the network as sentences."""
        text = tr("{name}: {neurons}, {count} parameters")
        parts = [text.format(name=o.name, neurons=o.neurons, count=f"{o.parameters:,}") for o in layers]
        total = f"{sum(one.parameters for one in layers):,}"
        return "; ".join([*parts, tr("{count} parameters in all").format(count=total)])


def unpooled(layers: tuple[LayerPlan, ...], image: tuple[int, int] | None) -> list[tuple[int, ...]]:
    """Return the shape of each layer as its activations have it: those of a convolution before pooling.

    Parameters
    ----------
    image
        Height and width of what goes in; None leaves the shapes as they are after pooling.
    """
    shapes: list[tuple[int, ...]] = []
    size = image
    for one in layers:
        maps = one.kind == "convolution" and size is not None
        shapes.append((one.shape[0], *size) if maps and size is not None else one.shape)
        size = (one.shape[1], one.shape[2]) if maps else size
    return shapes
