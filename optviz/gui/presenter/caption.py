"""The large caption below the picture that is presented."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter

from optviz.render import fonts
from optviz.render.style import Metrics, Theme

_SPACING = 1.9  # from line to line, in heights of a figure


class Caption:
    """A heading, a few lines of text, and which step of how many this is.

    Parameters
    ----------
    text
        Its line breaks are kept.
    place
        (step, of how many), from 1; nothing is written where there is but one.
    most
        Lines of text: what is longer is for the page, not for the wall.
    """

    def __init__(
        self, heading: str, text: str, place: tuple[int, int], metrics: Metrics, most: int = 3
    ) -> None:
        self.heading, self.text, self.place, self.metrics = heading, text, place, metrics
        self.most = most

    @property
    def _large(self) -> QFont:
        return fonts.font(self.metrics.large, strong=True)

    @property
    def _medium(self) -> QFont:
        return fonts.font(self.metrics.medium)

    def lines(self, width: float) -> list[str]:
        """Return the text in lines that fit; the last one is cut where there are too many."""
        face = self._medium
        room = width - 2 * self.metrics.gap(6)
        found: list[str] = []
        for paragraph in self.text.split("\n"):
            line = ""
            for word in paragraph.split():
                longer = f"{line} {word}" if line else word
                if line and fonts.width(longer, face) > room:
                    found.append(line)
                    longer = word
                line = longer
            if line:
                found.append(line)
        if len(found) > self.most:
            found[self.most - 1 :] = [fonts.elided(" ".join(found[self.most - 1 :]), face, room)]
        return [fonts.elided(line, face, room) for line in found]

    def height(self, width: float) -> float:
        """Return how much of the screen it takes, in pixels."""
        m, rise = self.metrics, fonts.rise(self._medium)
        count = len(self.lines(width))
        if not self.heading and not count:
            return 0.0
        head = fonts.rise(self._large) if self.heading else 0.0
        return m.gap(5) + head + (m.gap(4) if head and count else 0.0) + count * _SPACING * rise + m.gap(3)

    def paint(self, painter: QPainter, box: QRectF, colors: Theme) -> None:
        """Paint it into `box`."""
        m, left = self.metrics, box.left() + self.metrics.gap(6)
        y = box.top() + m.gap(2)
        if self.heading:
            y += fonts.rise(self._large)
            step, count = self.place
            room = box.width() - 2 * m.gap(6)
            if count > 1:
                text = f"{step} / {count}"
                fonts.write(painter, box.right() - m.gap(6), y, text, self._medium, colors.muted, fonts.RIGHT)
                room -= fonts.width(text, self._medium) + m.gap(4)
            heading = fonts.elided(self.heading, self._large, room)
            fonts.write(painter, left, y, heading, self._large, colors.ink)
            y += m.gap(4)
        rise = fonts.rise(self._medium)
        for line in self.lines(box.width()):
            fonts.write(painter, left, y + rise, line, self._medium, colors.ink)
            y += _SPACING * rise
