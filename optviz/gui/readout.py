"""The small box over a picture that says what lies under the pointer, and where it lies itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.render import fonts, style

_CORNERS = ("low left", "low right", "high left", "high right")
_USUAL = ("−0.008888", "−0.008888", "−8.888×10⁻⁸⁸", "−8.888×10⁻⁸⁸", "−8.888×10⁻⁸⁸")  # room for numbers


class Readout:
    """Paints names and values into a corner of a picture; stays in its corner while that is free."""

    def __init__(self) -> None:
        self._corner = _CORNERS[0]

    def paint(
        self, painter: QPainter, items: Sequence[tuple[str, str]], area: QRectF, at: QPointF,
        near: Sequence[QRectF], metrics: style.Metrics, colors: style.Theme,
    ) -> None:  # fmt: skip
        """Paint into a corner of `area` that is clear of the pointer `at` and, if it can be, of `near`."""
        m, face = metrics, fonts.font(metrics.small)
        gap, between = m.gap(2), m.gap(4)
        widths = [
            fonts.width(name, face) + m.gap(1.5) + max(fonts.width(text, face) for text in (value, room))
            for (name, value), room in zip(items, _USUAL, strict=True)
        ]
        cells = list(zip(items, widths, strict=True))
        rows = [cells]
        if sum(widths) + 4 * between + 4 * gap > area.width():
            rows = [cells[:3], cells[3:]]
        width = max(sum(w for _, w in row) + between * (len(row) - 1) for row in rows) + 2 * gap
        line = fonts.rise(face) + m.gap(2)
        height = len(rows) * line + m.gap(2)
        box = self._free(area.adjusted(gap, gap, -gap, -gap), at, 3 * gap, near, QSizeF(width, height))
        ground = QColor(colors.page)
        ground.setAlphaF(0.92)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 6, 6)
        for number, row in enumerate(rows):
            left, base = box.left() + gap, box.top() + (number + 1) * line
            for (name, value), wide in row:
                fonts.write(painter, left, base, name, face, colors.muted)
                start = left + fonts.width(name, face) + m.gap(1.5)
                fonts.write(painter, start, base, value, face, colors.ink)
                left += wide + between

    def _free(self, inner: QRectF, at: QPointF, clear: float, near: Sequence[QRectF], size: QSizeF) -> QRectF:
        """Return where the box lies: where it lay, unless the pointer or something else is there."""
        pointer = QRectF(at.x() - clear, at.y() - clear, 2 * clear, 2 * clear)

        def place(corner: str) -> QRectF:
            down, side = corner.split()
            left = inner.left() if side == "left" else inner.right() - size.width()
            top = inner.bottom() - size.height() if down == "low" else inner.top()
            return QRectF(QPointF(left, top), size)

        def taken(corner: str) -> tuple[bool, float]:
            box = place(corner)
            parts = [box.intersected(other) for other in near if box.intersects(other)]
            return box.intersects(pointer), sum(part.width() * part.height() for part in parts)

        if any(taken(self._corner)):
            self._corner = min(_CORNERS, key=taken)
        return place(self._corner)
