"""The rows of an anatomy's panel: what each part adds to both coordinates, building up to the step."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from optviz.anatomy import Anatomy, Part
from optviz.render import fonts
from optviz.render.anatomy import looks, writing
from optviz.render.anatomy.layout import BARS, FORMULA, FULL, Places
from optviz.render.anatomy.scale import BarScale
from optviz.render.panels.axes import numbered
from optviz.render.style import Metrics, Theme, number


class Rows:
    """Paints the rows of one update.

    Parameters
    ----------
    axes
        What the two coordinates are called.
    quick
        Leave formulas with numbers out.
    """

    def __init__(
        self,
        theme: Theme,
        metrics: Metrics,
        places: Places,
        found: Anatomy,
        axes: tuple[str, str],
        quick: bool,
    ) -> None:
        self.theme, self.metrics, self.places, self.found = theme, metrics, places, found
        self.names, self.quick = axes, quick
        self.parts = (*found.parts, found.whole)
        self.scale = BarScale.of(found)

    def paint(self, painter: QPainter, count: int, active: int | None) -> None:
        """Paint the first so many rows, and the titles of the rest; `active` is set off."""
        m, theme, places = self.metrics, self.theme, self.places
        if active is not None:
            ground = QColor(theme.accent)
            ground.setAlphaF(0.09)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            box = places.box(active).adjusted(-m.gap(1), 1, m.gap(1), 0)
            painter.drawRoundedRect(box, m.gap(1), m.gap(1))
        self._paint_axis(painter)
        edge = round(places.box(len(self.parts) - 1).top()) + m.hairline / 2
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        painter.drawLine(QPointF(places.left, edge), QPointF(places.right, edge))
        sums = self.found.reached
        shown = min(count, len(self.parts))
        for i in range(min(shown, len(self.parts) - 1) - 1):  # the next part goes on where this one ends
            for at in (0, 1):
                self._paint_link(painter, i, at, float(sums[i + 1, at]))
        for i, part in enumerate(self.parts):
            box = places.box(i)
            if i >= shown:
                self._paint_title(painter, box, part, theme.muted, told=False)
                continue
            whole = i == len(self.parts) - 1
            tint = looks.color(theme, part.name)
            self._paint_title(painter, box, part, theme.text(tint), told=True)
            for at in (0, 1):
                begin, end = (0.0, part.vector[at]) if whole else (sums[i, at], sums[i + 1, at])
                self._paint_bar(painter, box, at, float(begin), float(end), tint)
            self._paint_numbers(painter, box, part, active == i)
            if places.kind == FULL and not self.quick:
                self._paint_filled(painter, box, part)

    def _paint_axis(self, painter: QPainter) -> None:
        """Paint the numbers above the bars, and lines through them."""
        m, theme, places = self.metrics, self.theme, self.places
        face = fonts.font(m.small)
        for most in (5, 4, 3, 2, 1):
            values = self.scale.ticks(most)
            at = [places.x(self.scale.place(value)) for value in values]
            texts = [number(v) for v in values] if self.scale.linear else numbered(values, lambda _: True)[0]
            widths = [fonts.width(text, face) for text in texts]
            ends = list(zip(at, widths, strict=True))
            if all(b - a >= 0.5 * (u + v) + m.gap(1.5) for (a, u), (b, v) in pairwise(ends)):
                break
        for x, text, value in zip(at, texts, values, strict=True):
            painter.setPen(QPen(QColor(theme.muted if value == 0.0 else theme.hairline), m.hairline))
            column = round(x) + m.hairline / 2
            for top, bottom in self._clear():
                painter.drawLine(QPointF(column, top), QPointF(column, bottom))
            fonts.write(painter, x, places.top - m.gap(1.25), text, face, theme.muted, fonts.CENTER)
        if self.scale.linear:
            first = at[0] - widths[0] / 2 if at else places.bars
            text = fonts.elided(looks.tr("logarithmic"), face, first - m.gap(2) - places.left)
            fonts.write(painter, places.left, places.top - m.gap(1.25), text, face, theme.muted)

    def _clear(self) -> list[tuple[float, float]]:
        """Return from where to where lines may run down through the bars: not through formulas below them."""
        places = self.places
        if places.kind != FULL and not places.below:
            return [(places.top, places.bottom)]
        boxes = [places.box(i) for i in range(places.count)]
        return [(box.y(), box.y() + places.lanes[1] + places.thick) for box in boxes]

    def _paint_title(self, painter: QPainter, box: QRectF, part: Part, color: str, *, told: bool) -> None:
        """Write what a part is called and, where there is room, its formula below."""
        m, places = self.metrics, self.places
        large = round(places.text) if places.kind >= FORMULA else m.small
        room = places.bars - m.gap(2) - box.x()
        title = looks.tr(part.title)
        if fonts.width(title, fonts.font(large)) > room:
            large = m.small
        face = fonts.font(large, strong=part.name == "step" and told)
        first, second = places.lanes
        beside = places.kind >= FORMULA and not places.below
        lines, middles = [title], [first if beside else 0.5 * (first + second)]
        if not beside and places.kind > BARS and fonts.width(title, face) > room and " " in title:
            lines, middles = title.split(" ", 1), [first, second]
        for text, middle in zip(lines, middles, strict=True):
            base = box.y() + middle + fonts.rise(face) / 2
            fonts.write(painter, box.x(), base, fonts.elided(text, face, room), face, color)
        if places.kind < FORMULA or not told:
            return
        latex, ink = writing.last(part.formula), self.theme.ink
        if beside:
            size = writing.fitted(latex, places.text, ink, room, 1.1 * (second - first))
            middle = second
        else:
            size = writing.fitted(latex, places.text, ink, box.width(), 1.15 * self._line)
            middle = places.part + m.gap(0.25) + 0.5 * self._line
        if self._readable(size):
            writing.write_on(painter, latex, box.x(), box.y() + middle, size, ink)

    @property
    def _line(self) -> float:
        """How high a line of formulas below the bars is."""
        places, m = self.places, self.metrics
        count = (2 if places.kind == FULL else 0) + places.below
        return (places.row - places.part - m.gap(1.25)) / max(count, 1)

    def _readable(self, size: float) -> bool:
        """Return whether a formula is shown that is set in this size: to be read from afar it is large."""
        return self.metrics.weight == 1.0 or size >= self.metrics.small

    def _paint_link(self, painter: QPainter, i: int, at: int, value: float) -> None:
        m, places = self.metrics, self.places
        x = places.x(self.scale.place(value))
        top = places.box(i).y() + places.lanes[at]
        painter.setPen(QPen(QColor(self.theme.muted), m.hairline, Qt.PenStyle.DotLine))
        for begin, end in self._clear():
            begin, end = max(begin, top), min(end, top + places.row)
            if begin < end:
                painter.drawLine(QPointF(x, begin), QPointF(x, end))

    def _paint_bar(
        self, painter: QPainter, box: QRectF, at: int, begin: float, end: float, color: str
    ) -> None:
        """Paint what a part adds to one coordinate, from the sum before to the sum after."""
        m, places = self.metrics, self.places
        a, b = places.x(self.scale.place(begin)), places.x(self.scale.place(end))
        middle, half = box.y() + places.lanes[at], 0.5 * places.thick
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        if abs(b - a) < m.px(1.5):
            thin = float(max(2, round(m.px(1.5))))  # on whole pixels: it is all there is to see of the part
            painter.drawRect(QRectF(round(b - thin / 2), middle - half, thin, 2 * half))
            return
        tip = min(abs(b - a), 1.1 * half) * (1.0 if b > a else -1.0)
        corners = [(a, -half), (b - tip, -half), (b, 0.0), (b - tip, half), (a, half)]
        painter.drawPolygon(QPolygonF([QPointF(x, middle + y) for x, y in corners]))

    def _paint_numbers(self, painter: QPainter, box: QRectF, part: Part, active: bool) -> None:
        m, theme, places = self.metrics, self.theme, self.places
        if places.kind == BARS and places.row < m.gap(6.5):
            return
        face, name = fonts.font(m.small, strong=part.name == "step"), fonts.font(m.small, italic=True)
        for at, axis in enumerate(self.names):
            base = box.y() + places.lanes[at] + fonts.rise(face) / 2
            fonts.write(painter, places.numbers - m.gap(0.5), base, axis, name, theme.muted)
            value = number(float(part.vector[at]), fixed=True)
            fonts.write(painter, places.right, base, value, face, theme.ink, fonts.RIGHT)

    def _paint_filled(self, painter: QPainter, box: QRectF, part: Part) -> None:
        """Set the last formula of a part with its numbers for x and for y, below its bars."""
        m, theme, places = self.metrics, self.theme, self.places
        face = fonts.font(m.small, italic=True)
        each = self._line
        top = box.y() + places.part + m.gap(0.5) + places.below * each
        left = box.x() + m.gap(4)
        for at, axis in enumerate(self.names):
            latex = writing.last(part.filled[at])
            middle = top + (at + 0.5) * each
            size = writing.fitted(latex, places.text, theme.ink, box.right() - left, 1.15 * each)
            if self._readable(size):
                writing.write_on(painter, latex, left, middle, size, theme.ink)
                fonts.write(painter, box.x(), middle + fonts.rise(face) / 2, axis, face, theme.muted)
