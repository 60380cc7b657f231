"""The small box over a map: where the pointer is, the value there, and in words what became of the race."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.gui.readout import Readout
from optviz.render import fonts, style

_ROOM = "−0.008888"  # a number's room, so that the box keeps its width


class MapReadout(Readout):
    """Paints names and values in one line, a sentence below it."""

    def paint_words(
        self, painter: QPainter, items: Sequence[tuple[str, str]], sentence: str, area: QRectF, at: QPointF,
        near: Sequence[QRectF], metrics: style.Metrics, colors: style.Theme,
    ) -> None:  # fmt: skip
        """Paint into the corner of `area` opposite to the pointer `at`: what is looked at stays free."""
        m, face = metrics, fonts.font(metrics.small)
        gap, between = m.gap(2), m.gap(4)
        widths = [
            fonts.width(name, face) + m.gap(1.5) + max(fonts.width(text, face) for text in (value, _ROOM))
            for name, value in items
        ]
        most = area.width() - 4 * gap
        rows: list[list[tuple[tuple[str, str], float]]] = [[]]
        for cell in zip(items, widths, strict=True):
            used = sum(wide + between for _, wide in rows[-1])
            if rows[-1] and used + cell[1] > most:
                rows.append([])
            rows[-1].append(cell)
        inner = max(sum(wide for _, wide in row) + between * (len(row) - 1) for row in rows)
        sentence = fonts.elided(sentence, face, most) if sentence else ""
        line = fonts.rise(face) + m.gap(2)
        height = (len(rows) + bool(sentence)) * line + m.gap(2)
        width = max(inner, fonts.width(sentence, face) if sentence else 0.0) + 2 * gap
        box = self._opposite(area.adjusted(gap, gap, -gap, -gap), at, near, QSizeF(width, height))
        ground = QColor(colors.page)
        ground.setAlphaF(0.92)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 6, 6)
        base = box.top()
        for row in rows:
            left, base = box.left() + gap, base + line
            for (name, value), wide in row:
                fonts.write(painter, left, base, name, face, colors.muted)
                start = left + fonts.width(name, face) + m.gap(1.5)
                fonts.write(painter, start, base, value, face, colors.ink)
                left += wide + between
        if sentence:
            fonts.write(painter, box.left() + gap, base + line, sentence, face, colors.ink)

    def _opposite(self, inner: QRectF, at: QPointF, near: Sequence[QRectF], size: QSizeF) -> QRectF:
        """Return where the box lies: opposite to the pointer, the higher or lower one where a head is there.

        Near the middle it stays where it lay, so that it does not jump.
        """
        middle, (down, side) = inner.center(), self._corner.split()
        if abs(at.x() - middle.x()) > 0.05 * inner.width():
            side = "right" if at.x() < middle.x() else "left"
        if abs(at.y() - middle.y()) > 0.05 * inner.height():
            down = "low" if at.y() < middle.y() else "high"

        def place(down: str) -> QRectF:
            left = inner.left() if side == "left" else inner.right() - size.width()
            top = inner.bottom() - size.height() if down == "low" else inner.top()
            return QRectF(QPointF(left, top), size)

        self._corner = f"{down} {side}"
        box, other = place(down), place("high" if down == "low" else "low")
        clear = QRectF(at.x() - 12, at.y() - 12, 24, 24)
        if _covered(box, near) > _covered(other, near) and not other.intersects(clear):
            return other
        return box


def _covered(box: QRectF, near: Sequence[QRectF]) -> float:
    parts = (box.intersected(other) for other in near)
    return sum(part.width() * part.height() for part in parts if not part.isEmpty())
