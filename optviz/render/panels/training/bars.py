"""What a network says about one image: a bar for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels.chart import Chart
from optviz.render.panels.training.still import percent, tr

_THICK = 0.64  # of a row that its bar fills
_FAINT = 0.55  # how far the bars of the others go over into the page


class PredictionBars(Chart):
    """A bar for each class with its name and its probability; the likeliest in the accent colour, and bold.

    Bars lie in rows; where rows have no room they stand in columns, and say only their names.
    """

    def paint(
        self, painter: QPainter, rect: QRectF, probabilities: npt.ArrayLike | None, class_names: Sequence[str]
    ) -> None:
        """Paint the bars.

        Parameters
        ----------
        probabilities
            One for each class, 0 to 1; None where nothing was asked yet: the bars are empty.
        class_names
            What the classes are called.
        """
        m = self.metrics
        count = len(class_names)
        if rect.width() < m.px(24) or rect.height() < m.px(24) or not count:
            return
        values = np.full(count, np.nan) if probabilities is None else np.asarray(probabilities, np.float64)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if rect.height() >= count * m.px(8.5):
            self._rows(painter, rect, values, class_names, probabilities is not None)
        else:
            self._columns(painter, rect, values, class_names)
        painter.restore()

    def _face(self, row: float) -> QFont | None:
        """Return the face that fits a row, None where none does."""
        m = self.metrics
        for size in (m.small, m.tiny):
            face = fonts.font(size)
            if fonts.rise(face) + m.px(1.5) <= row:
                return face
        return None

    def _rows(
        self, painter: QPainter, rect: QRectF, values: npt.NDArray[np.float64], names: Sequence[str],
        asked: bool,
    ) -> None:  # fmt: skip
        m, theme = self.metrics, self.theme
        count, best = len(names), likeliest(values)
        row = rect.height() / count
        face = self._face(row)
        strong = fonts.font(face.pixelSize(), strong=True) if face else None
        room = min(max(fonts.width(name, strong) for name in names), 0.6 * rect.width()) if strong else 0.0
        number = fonts.width(percent(0.999), strong) if strong else 0.0
        left = rect.x() + room + (m.gap(1.5) if room else 0.0)
        if rect.right() - left - number < m.px(30):
            number = 0.0
        end = rect.right() - (number + m.gap(1.5) if number else 0.0)
        thick = max(1.0, round(_THICK * row))
        for i, (name, value) in enumerate(zip(names, values.tolist(), strict=True)):
            top = round(rect.y() + i * row + (row - thick) / 2)
            first = i == best
            ink = theme.text(theme.accent) if first else theme.muted
            if face is not None and strong is not None:
                mine = strong if first else face
                base = top + thick / 2 + fonts.rise(face) / 2
                text = fonts.elided(name, mine, room)
                fonts.write(painter, rect.x() + room, base, text, mine, ink, fonts.RIGHT)
                if number and asked:
                    at = rect.right(), base
                    fonts.write_moving(painter, *at, _short(value), mine, ink, fonts.RIGHT)
            self._bar(painter, QRectF(left, top, end - left, thick), value, first)
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        x = round(left) - m.hairline / 2
        painter.drawLine(QLineF(x, rect.y(), x, rect.bottom()))

    def _bar(self, painter: QPainter, track: QRectF, value: float, first: bool) -> None:
        theme = self.theme
        painter.fillRect(track, QColor(mix(theme.page, theme.hairline, 0.4)))
        if np.isfinite(value):
            color = theme.accent if first else mix(theme.muted, theme.page, _FAINT)
            bar = QRectF(track)
            bar.setWidth(track.width() * min(1.0, max(0.0, value)))
            painter.fillRect(bar, QColor(color))

    def _columns(
        self, painter: QPainter, rect: QRectF, values: npt.NDArray[np.float64], names: Sequence[str]
    ) -> None:
        m, theme = self.metrics, self.theme
        count, best = len(names), likeliest(values)
        column = rect.width() / count
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        named = all(fonts.width(name, face) + m.px(2) <= column for name in names)
        height = round(rect.height() - (rise + m.gap(1.5) if named else 0.0))
        thick = max(1.0, round(_THICK * column))
        for i, (name, value) in enumerate(zip(names, values.tolist(), strict=True)):
            middle = rect.x() + (i + 0.5) * column
            first = i == best
            track = QRectF(round(middle - thick / 2), rect.y(), thick, height)
            painter.fillRect(track, QColor(mix(theme.page, theme.hairline, 0.4)))
            if np.isfinite(value):
                high = height * min(1.0, max(0.0, value))
                color = theme.accent if first else mix(theme.muted, theme.page, _FAINT)
                painter.fillRect(QRectF(track.x(), rect.y() + height - high, thick, high), QColor(color))
            if named:
                ink = theme.text(theme.accent) if first else theme.muted
                fonts.write(painter, middle, rect.bottom(), name, face, ink, fonts.CENTER)

    @staticmethod
    def spoken(probabilities: npt.ArrayLike | None, class_names: Sequence[str]) -> str:
        """Return the bars as a sentence: the three likeliest classes."""
        values = np.asarray([] if probabilities is None else probabilities, np.float64)
        known = [i for i in np.argsort(-values, kind="stable").tolist() if np.isfinite(values[i])]
        if not known:
            return tr("no answer yet")
        return ", ".join(f"{class_names[i]}: {percent(float(values[i]))}" for i in known[:3])


def _short(value: float) -> str:
    """Return a probability without the digits that say nothing beside nine others."""
    return "0 %" if value < 0.0005 else percent(value)


def likeliest(values: npt.NDArray[np.floating]) -> int:
    """Return which class has the largest probability, -1 where none is a number."""
    known = np.isfinite(values)
    return int(np.argmax(np.where(known, values, -np.inf))) if known.any() else -1
