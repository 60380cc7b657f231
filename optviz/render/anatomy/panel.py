"""The panel that takes one update apart: bars that build up to the step, formulas, a sentence."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.anatomy import Anatomy, Part
from optviz.render import fonts
from optviz.render.anatomy import looks, writing
from optviz.render.anatomy.layout import FULL, SENTENCE, Places
from optviz.render.anatomy.rows import Rows
from optviz.render.panels.chart import wrapped
from optviz.render.panels.legend import paint_sample
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene

Block = tuple[float, str, str]  # how far in, the coordinate's name, LaTeX


class AnatomyPanel:
    """Paints an update taken apart.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    def paint(
        self,
        painter: QPainter,
        rect: QRectF,
        scene: Scene,
        k: int,
        *,
        vector: bool = False,
        revealed: int | None = None,
        quick: bool = False,
    ) -> None:
        """Paint the update of frame `k` that the scene's view asks for.

        Parameters
        ----------
        vector
            Lines and text as such, for SVG and PDF; nothing here is ever an image.
        revealed
            How many parts have been told, the step itself after the last of them; what is told last is
            explained. None for the whole of it.
        quick
            Leave formulas with numbers out: typesetting them takes longer than a frame of a film.
        """
        from optviz.render.anatomy import taken_apart

        found = taken_apart(scene, k)
        entrant = scene.experiment.view.step_by_step
        if found is None or entrant is None or rect.width() < self.metrics.px(150) or rect.height() < 20:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        reach = self.metrics.gap(1)
        painter.setClipRect(rect.adjusted(-reach, -reach, reach, reach), Qt.ClipOperation.IntersectClip)
        top = self._paint_heading(painter, rect, scene.lines[entrant], found)
        if found.parts:
            body = QRectF(rect.x(), top, rect.width(), rect.bottom() - top)
            self._paint_body(painter, body, scene, found, revealed, quick)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRectF, line: Line, found: Anatomy) -> float:
        """Paint whose step it is and which; return where it ends."""
        m, theme = self.metrics, self.theme
        face, small = fonts.font(m.medium), fonts.font(m.small)
        row = m.gap(7)
        middle = rect.y() + row / 2
        paint_sample(painter, line.index, theme.line(line.index, line.color), rect.x(), middle, theme, m)
        which = looks.tr("step {k} → {next}").format(k=found.k, next=found.k + 1) if found.parts else ""
        left = rect.x() + m.gap(11)
        room = rect.right() - left - fonts.width(which, small) - m.gap(3)
        name = fonts.elided(line.label, face, room)
        fonts.write(painter, left, middle + fonts.rise(face) / 2, name, face, theme.ink)
        base = middle + fonts.rise(small) / 2
        fonts.write(painter, rect.right(), base, which, small, theme.muted, fonts.RIGHT)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        edge = round(rect.y() + row) + m.hairline / 2
        painter.drawLine(QPointF(rect.left(), edge), QPointF(rect.right(), edge))
        top = edge + m.gap(1)
        for note in (found.note, found.rounding):
            if note:
                lines = wrapped(looks.spoken(note), small, rect.width())
                top = writing.paragraph(painter, lines, rect.x(), top, m.small, theme.muted, m.gap(4.5))
        return top

    def _paint_body(
        self, painter: QPainter, rect: QRectF, scene: Scene, found: Anatomy, revealed: int | None, quick: bool
    ) -> None:
        m = self.metrics
        parts = [*found.parts, found.whole]
        count = len(parts) if revealed is None else max(0, min(revealed, len(parts)))
        numbers = [number(float(value), fixed=True) for part in parts for value in part.vector]
        formulas = [writing.last(part.formula) for part in parts]
        places = Places.of(rect, [looks.tr(part.title) for part in parts], m, numbers, formulas)
        active = count - 1 if revealed is not None and count else None
        Rows(self.theme, m, places, found, scene.problem.surface.axes, quick).paint(painter, count, active)
        if count:
            top = places.bottom + m.gap(1.5)
            below = QRectF(rect.x(), top, rect.width(), rect.bottom() - top)
            full = places.kind == FULL
            self._paint_detail(painter, below, scene.problem.surface.axes, parts[count - 1], full, quick)

    def _paint_detail(
        self, painter: QPainter, rect: QRectF, axes: tuple[str, str], part: Part, full: bool, quick: bool
    ) -> None:
        """Say what a part does and work it out for both coordinates, as far as its row has not."""
        m, theme = self.metrics, self.theme
        size, line = m.medium, m.gap(SENTENCE)
        lines = wrapped(looks.spoken(part.sentence), fonts.font(size), rect.width())
        if len(lines) * line > rect.height():
            size, line = m.small, m.gap(4.5)
            lines = wrapped(looks.spoken(part.sentence), fonts.font(size), rect.width())
        top = writing.paragraph(painter, lines, rect.x(), rect.y(), size, theme.ink, line)
        top += m.gap(1)
        gap = m.gap(1.25)
        formulas = writing.parts(part.formula)
        filled = [writing.parts(side) for side in part.filled]
        groups = []
        for i, latex in enumerate(formulas[:-1] if full else formulas):
            sides = [] if quick else [(axis, own[i]) for axis, own in zip(axes, filled, strict=True)]
            if sides and sides[0][1] == sides[1][1]:
                sides = [("", sides[0][1])]
            groups.append([(0.0, "", latex), *((m.gap(4), axis, text) for axis, text in sides)])
        size = m.medium
        while groups and top + self._height(groups, size, rect, gap) > rect.bottom() + gap:
            # What is shown shrinks, then goes without symbols, then is the part's own vector alone.
            if size > m.small:
                size = m.small
            elif any(len(group) > 1 for group in groups) and any(left == 0.0 for left, _, _ in groups[0]):
                groups = [group[1:] if len(group) > 1 else group for group in groups]
            else:
                groups = groups[1:]
        for group in groups:
            top = self._write(painter, group, rect, top, size, gap)

    def _height(self, groups: list[list[Block]], size: float, rect: QRectF, gap: float) -> float:
        color, blocks = self.theme.ink, [block for group in groups for block in group]
        return sum(writing.height(text, size, color, rect.width() - left, gap) for left, _, text in blocks)

    def _write(
        self, painter: QPainter, blocks: list[Block], rect: QRectF, top: float, size: int, gap: float
    ) -> float:
        """Set formulas below each other, and before each the name of its coordinate."""
        theme, italic = self.theme, fonts.font(size, italic=True)
        for indent, axis, text in blocks:
            room = rect.width() - indent
            if axis:
                tall = writing.height(text, size, theme.ink, room, 0.0)
                base = top + min(tall, 1.5 * size) / 2 + fonts.rise(italic) / 2
                fonts.write(painter, rect.x(), base, axis, italic, theme.muted)
            color = theme.ink if indent else theme.muted
            top = writing.write(painter, text, rect.x() + indent, top, size, color, room, gap)
        return top
