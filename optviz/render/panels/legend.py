"""Who takes part: a sample of each entrant's line with its name, and its loss on either side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels import markers, strokes, tracks
from optviz.render.panels.surface import dash
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene

_ROW = 6  # steps of the grid


def paint_sample(
    painter: QPainter, index: int, color: str, left: float, middle: float, theme: Theme, m: Metrics
) -> None:
    """Paint a short piece of an entrant's line with its marker."""
    ends = np.array([[left + m.path / 2, middle], [left + m.gap(9) - m.path / 2, middle]])
    begins = np.array([True, False])
    part = tracks.track(ends, begins, np.array([0.0, 1.0]), dash(index, m.path))
    canvas = strokes.Canvas(painter, (0, 0, 0, 0))
    canvas.stroke(part, np.zeros(len(part.points), np.int64), strokes.ramp(color, color, 0.0), m.path)
    markers.head(painter, index, left + m.gap(4.5), middle, m.head * 0.85, color, theme.page)


class LegendPanel:
    """A row for each entrant: sample, name, and its loss in every scene that is shown."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    def rows(self, height: float) -> int:
        """Return how many entrants have room in a height."""
        return max(0, int(height / self.metrics.gap(_ROW)) - 1)

    def height(self, count: int) -> float:
        """Return how high the table of so many entrants is."""
        return (count + 1) * self.metrics.gap(_ROW)

    def paint_still(self, painter: QPainter, rect: QRectF, scenes: Sequence[Scene]) -> None:
        """Paint the headings and who takes part."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, row = fonts.rise(face), m.gap(_ROW)
        base = rect.y() + row / 2 + rise / 2
        columns = self._columns(rect, scenes)
        heads = [_tr("loss before"), _tr("after")] if len(scenes) > 1 else [_tr("loss")]
        for right, text in zip(columns, heads, strict=True):
            fonts.write(painter, right, base, text, face, theme.muted, fonts.RIGHT)
        free = columns[0] - fonts.width(heads[0], face) - m.gap(2) - rect.x()
        name = fonts.elided(_tr("optimizer"), face, max(free, 0.0))
        fonts.write(painter, rect.x(), base, name, face, theme.muted)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        y = round(rect.y() + row) + m.hairline / 2
        painter.drawLine(QPointF(rect.x(), y), QPointF(rect.right(), y))
        lines, left_out = self._lines(rect, scenes)
        left = rect.x() + m.gap(11)
        for line, middle in lines:
            color = theme.line(line.index, line.color)
            paint_sample(painter, line.index, color, rect.x(), middle, theme, m)
            room = columns[0] - fonts.width("8.88×10⁻⁸", face) - m.gap(1) - left
            text = fonts.elided(line.label, face, max(room, 0.0))
            fonts.write(painter, left, middle + rise / 2, text, face, theme.ink)
        if left_out:
            text = _tr("and {count} more").format(count=left_out)
            base = rect.y() + (len(lines) + 1.5) * row + rise / 2
            fonts.write(painter, left, base, text, face, theme.muted)

    def paint_losses(self, painter: QPainter, rect: QRectF, scenes: Sequence[Scene], k: int) -> None:
        """Paint the losses at step `k`."""
        face = fonts.font(self.metrics.small)
        rise = fonts.rise(face)
        columns = self._columns(rect, scenes)
        for line, middle in self._lines(rect, scenes)[0]:
            for scene, right in zip(scenes, columns, strict=True):
                own = next((one for one in scene.lines if one.index == line.index), None)
                if own is None or not len(own.loss):
                    continue
                text = number(float(own.loss[min(k, len(own.loss) - 1)]), fixed=True)
                if own.status == "diverged" and k >= own.stopped_at:
                    text = _tr("diverged")
                fonts.write_moving(painter, right, middle + rise / 2, text, face, self.theme.ink, fonts.RIGHT)

    def _columns(self, rect: QRectF, scenes: Sequence[Scene]) -> list[float]:
        """Return the right edges of the losses."""
        face = fonts.font(self.metrics.small)
        wide = fonts.width("8.88×10⁻⁸", face) + self.metrics.gap(1)
        return [rect.right() - wide * i for i in range(len(scenes))][::-1]

    def _lines(self, rect: QRectF, scenes: Sequence[Scene]) -> tuple[list[tuple[Line, float]], int]:
        """Return the entrants that have room with the heights of their middles, and how many have none."""
        row = self.metrics.gap(_ROW)
        shown = [line for line in scenes[0].lines if not line.hidden]
        room = self.rows(rect.height())
        count = len(shown) if len(shown) <= room else max(0, room - 1)
        lines = [(line, rect.y() + (i + 1.5) * row) for i, line in enumerate(shown[:count])]
        return lines, len(shown) - count


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)
