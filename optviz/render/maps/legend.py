"""The legend of a map, painted: a sample of each colour and mark, what it is, and its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.maps.scene import MapScene
from optviz.render import fonts
from optviz.render.maps import shades, told
from optviz.render.maps.ground import Cells, painted
from optviz.render.maps.knob_panel import DASHES
from optviz.render.maps.layout import NAME_ROW, ROW
from optviz.render.maps.start_panel import colors_of, opponents
from optviz.render.maps.told import Row
from optviz.render.panels import markers
from optviz.render.panels.chart import wrapped
from optviz.render.panels.legend import paint_sample
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line

_SWATCH = (6.5, 3.75)  # steps of the grid


class MapLegend:
    """Paints the rows that `optviz.render.maps.told` gives."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    def paint_still(self, painter: QPainter, rect: QRectF, scene: MapScene, count: int) -> None:
        """Paint samples and texts: what is the same at every frame, but for where it is best."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        left = rect.x() + m.gap(_SWATCH[0]) + m.gap(2.5)
        for i, row in enumerate(self._fitting(told.rows(scene, scene.last), count)):
            middle = self._middle(rect, i)
            self._paint_mark(painter, rect.x(), middle, row, scene)
            right = rect.right() - self._value_width(row)
            if row.mark != told.BEST:
                text = self._said(row)
                if row.short and fonts.width(text, face) > right - left:
                    text = row.short
                text = fonts.elided(text, face, right - left)
                fonts.write(painter, left, middle + rise / 2, text, face, theme.ink)

    def paint_values(self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, count: int) -> None:
        """Paint what follows the frame."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        left = rect.x() + m.gap(_SWATCH[0]) + m.gap(2.5)
        for i, row in enumerate(self._fitting(told.rows(scene, k), count)):
            base = self._middle(rect, i) + rise / 2
            if row.mark == told.VALUE:
                self._paint_value(painter, rect.x(), self._middle(rect, i), row, scene)
            if row.mark == told.BEST:
                room = rect.right() - self._value_width(row) - left
                text = fonts.elided(self._said(row), face, room)
                fonts.write_moving(painter, left, base, text, face, theme.ink)
            if row.value:
                fonts.write_moving(painter, rect.right(), base, row.value, face, theme.ink, fonts.RIGHT)

    def _said(self, row: Row) -> str:
        if row.mark == told.CURRENT:
            return _tr("now: {setting}").format(setting=row.text)
        return _tr("best: {setting}").format(setting=row.text) if row.mark == told.BEST else row.text

    def _value_width(self, row: Row) -> float:
        """Return the room that the number of a row takes; the same at every frame."""
        if not row.value:
            return 0.0
        face = fonts.font(self.metrics.small)
        widest = "> 99.9\N{NO-BREAK SPACE}%" if "%" in row.value else "8.88×10⁻⁸⁸"
        return max(fonts.width(widest, face), fonts.width(row.value, face)) + self.metrics.gap(2)

    def _fitting(self, rows: Sequence[Row], count: int) -> list[Row]:
        """Return the rows there is room for: minima give way, the first last, to one row for the rest."""
        if len(rows) <= count:
            return list(rows)
        minima = [row for row in rows if row.mark == told.BASIN]
        others = [row for row in rows if row.mark != told.BASIN]
        if not minima or count <= len(others) + 1:
            return others[:count]
        kept = count - len(others) - 1
        rest = minima[kept:]
        text = _tr("and {count} more minima").format(count=len(rest))
        more = Row(told.PLAIN, 0, text, told.percent(sum(row.share for row in rest)))
        return [*minima[:kept], more, *others]

    def _middle(self, rect: QRectF, i: int) -> float:
        return rect.y() + (i + 0.5) * self.metrics.gap(ROW)

    # -------------------------------------------------------------- samples

    def _paint_mark(self, painter: QPainter, left: float, middle: float, row: Row, scene: MapScene) -> None:
        m, theme = self.metrics, self.theme
        box = self._box(left, middle)
        center = box.center()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.mark == told.BASIN:
            self._fill(painter, box, shades.basin(row.which, theme.name))
            face = fonts.font(m.small, strong=True)
            ink = theme.ink
            base = center.y() + fonts.rise(face) / 2
            fonts.write(painter, center.x(), base, str(row.which + 1), face, ink, fonts.CENTER)
        elif row.mark == told.SPECIAL:
            self._fill_texture(painter, box, row.which)
        elif row.mark == told.ENTRANT:
            self._fill(painter, box, shades.strength(opponents(scene, theme)[row.which], theme.name))
        elif row.mark == told.MIDDLE:
            self._fill(painter, box, shades.middle(theme.name))
        elif row.mark == told.THEORY:
            pen = QPen(QColor(theme.ink), max(1.0, m.px(1.7) * m.weight))
            pen.setDashPattern(list(DASHES[row.which % len(DASHES)]))
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left(), center.y()), QPointF(box.right(), center.y()))
        elif row.mark == told.CURRENT:
            setting = scene.experiment.map
            assert setting is not None
            line = scene.race.lines[setting.entrant]
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            y = round(center.y()) + m.hairline / 2
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            color = theme.line(line.index, line.color)
            markers.head(painter, 3, center.x(), center.y(), m.px(5.0), color, theme.page)
        elif row.mark == told.BEST:
            painter.setPen(QPen(QColor(theme.ink), m.px(1.8)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(center, m.px(5.5), m.px(5.5))

    def _paint_value(self, painter: QPainter, left: float, middle: float, row: Row, scene: MapScene) -> None:
        """Paint the colour that a value of the field has."""
        colors = colors_of(scene, self.theme, self.theme.colormap)
        code = int(shades.shares_of(np.array([[row.at]]), scene.scale, len(colors))[0, 0])
        if code >= 0:
            self._fill(painter, self._box(left, middle), "#{:02x}{:02x}{:02x}".format(*colors[code]))

    def _box(self, left: float, middle: float) -> QRectF:
        m = self.metrics
        return QRectF(
            round(left), round(middle - m.gap(_SWATCH[1]) / 2), m.gap(_SWATCH[0]), m.gap(_SWATCH[1])
        )

    def _fill(self, painter: QPainter, box: QRectF, color: str) -> None:
        painter.fillRect(box, QColor(color))
        self._outline(painter, box)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        half = self.metrics.hairline / 2
        painter.setPen(QPen(QColor(self.theme.hairline), self.metrics.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(half, half, -half, -half))

    def _fill_texture(self, painter: QPainter, box: QRectF, kind: int) -> None:
        colors = np.zeros((1, 3), np.uint8)
        codes = np.full((1, 1), 1 + shades.SPECIAL.index(kind), np.uint16)
        cells = Cells.of(box, 1, 1, whole=True)
        period = max(4, round(self.metrics.px(6.0)))
        size = max(1, round(box.width())), max(1, round(box.height()))
        painter.drawImage(box, painted(codes, shades.palette(colors, self.theme), cells, *size, period))
        self._outline(painter, box)


class RatesTable:
    """The table of a learning-rate map: each entrant's best rate, and its loss there."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    def paint_still(self, painter: QPainter, rect: QRectF, scene: MapScene, count: int) -> None:
        """Paint headings, names, and what the marks mean."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, row = fonts.rise(face), m.gap(NAME_ROW)
        rate, loss = self._columns(rect)
        base = rect.y() + row / 2 + rise / 2
        heads = [(rate, _tr("best rate")), (loss, _tr("loss there"))]
        for right, text in heads:
            fonts.write(painter, right, base, text, face, theme.muted, fonts.RIGHT)
        fonts.write(painter, rect.x(), base, _tr("optimizer"), face, theme.muted)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        y = round(rect.y() + row) + m.hairline / 2
        painter.drawLine(QPointF(rect.x(), y), QPointF(rect.right(), y))
        lines, left_out = self._lines(scene, count)
        left = rect.x() + m.gap(11)
        for i, (_, line) in enumerate(lines):
            middle = rect.y() + (i + 1.5) * row
            paint_sample(painter, line.index, theme.line(line.index, line.color), rect.x(), middle, theme, m)
            widest = max(fonts.width(number(float(value)), face) for value in scene.map.x.values)
            room = rate - widest - m.gap(2) - left
            text = fonts.elided(line.label, face, max(room, 0.0))
            fonts.write(painter, left, middle + rise / 2, text, face, theme.ink)
        below = [_tr("and {count} more").format(count=left_out)] if left_out else []
        for words in told.notes(scene):
            more = wrapped(words, face, rect.width())
            below += more if len(below) + len(more) < count - len(lines) else []
        for i, words in enumerate(below):
            base = rect.y() + (len(lines) + 1.5 + i) * row + rise / 2
            fonts.write(painter, rect.x(), base, words, face, theme.muted)

    def paint_values(self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, count: int) -> None:
        """Paint the numbers of frame `k`."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, row = fonts.rise(face), m.gap(NAME_ROW)
        rate, loss = self._columns(rect)
        found = told.best_rates(scene, k)
        for i, (place, _) in enumerate(self._lines(scene, count)[0]):
            base = rect.y() + (i + 1.5) * row + rise / 2
            fonts.write_moving(painter, rate, base, found[place][0], face, theme.ink, fonts.RIGHT)
            fonts.write_moving(painter, loss, base, found[place][1], face, theme.ink, fonts.RIGHT)

    def _columns(self, rect: QRectF) -> tuple[float, float]:
        face = fonts.font(self.metrics.small)
        wide = max(fonts.width(text, face) for text in ("8.88×10⁻⁸⁸", _tr("loss there")))
        return rect.right() - wide - self.metrics.gap(3), rect.right()

    def _lines(self, scene: MapScene, count: int) -> tuple[list[tuple[int, Line]], int]:
        shown = [(i, line) for i, line in enumerate(scene.race.lines) if not line.hidden]
        kept = min(len(shown), max(1, count - 2))
        return shown[:kept], len(shown) - kept


def _tr(text: str) -> str:
    return QCoreApplication.translate("Maps", text)
