"""A picture with a line or two below it that say what was run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from optviz.caption import SEPARATOR, translate_by
from optviz.render import fonts
from optviz.render.ground import laid, lay
from optviz.render.panels.strokes import memory
from optviz.render.style import Theme

if TYPE_CHECKING:
    from optviz.render.stages import AnyStage

_LINES = 2
_LINES_NARROW = 3  # in a picture that is not much wider than high
_MOST = 0.3  # of the height: where captions would take more, the picture goes without

Wordings = tuple[tuple[str, ...], ...]  # each shorter than the one before it, in parts

translate_by(lambda text: QCoreApplication.translate("Caption", text))


class Captioned:
    """A stage whose picture is so much lower that a caption has room below it: the size stays what was asked.

    Text and lines are as large as they are without a caption.

    Parameters
    ----------
    width, height
        Pixels, the caption's own included.
    wordings
        What the caption says, the fullest first; the first that has room is taken.
    make
        Returns a new stage of a size.
    """

    def __init__(
        self, width: int, height: int, theme: Theme, wordings: Wordings, make: Callable[[int, int], AnyStage]
    ) -> None:
        self.width, self.height, self.theme = width, height, theme
        whole = make(width, height)
        self.metrics = m = whole.metrics
        self._face = fonts.font(m.small)
        most = _LINES if width > 1.2 * height else _LINES_NARROW
        self.lines = worded(wordings, self._face, width - 2 * m.gap(5), most)
        self.band = round(m.gap(1) + len(self.lines) * m.gap(5) + m.gap(2.5)) if self.lines else 0
        if self.band > _MOST * height:
            self.lines, self.band = [], 0
        self.stage = make(width, height - self.band) if self.band else whole
        self.stage.metrics = m
        self._still: QImage | None = None

    def image(self, scene: Any, k: int) -> QImage:
        """Return frame `k` as an opaque image (Format_RGB32)."""
        upper = self.stage.image(scene, k)
        if not self.band:
            return upper
        if self._still is None:
            self._still = laid(self.width, self.height, self.theme)
            with QPainter(self._still) as painter:
                self._paint_lines(painter)
        image = self._still.copy()
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {self.width} x {self.height} pixels")
        memory(image)[: upper.height(), : self.width] = memory(upper)[:, : self.width]
        return image

    def paint_vector(self, painter: QPainter, scene: Any, k: int) -> None:
        """Paint frame `k` as lines and text, those of the caption included."""
        lay(painter, QRectF(0, 0, self.width, self.height), self.theme)
        self.stage.paint_vector(painter, scene, k)
        self._paint_lines(painter)

    def _paint_lines(self, painter: QPainter) -> None:
        m, row = self.metrics, self.metrics.gap(5)
        top = self.height - self.band + m.gap(1)
        for i, line in enumerate(self.lines):
            base = top + (i + 0.5) * row + fonts.rise(self._face) / 2
            fonts.write(painter, m.gap(5), base, line, self._face, self.theme.muted)


def worded(wordings: Wordings, face: QFont, room: float, most: int) -> list[str]:
    """Return the lines of the first wording that needs at most `most`; where none does, the last is cut."""
    lines: list[str] = []
    for parts in wordings:
        lines = broken(parts, face, room)
        if len(lines) <= most:
            return lines
    if not lines:
        return []
    return [*lines[: most - 1], fonts.elided(" ".join(lines[most - 1 :]), face, room)]


def broken(parts: Sequence[str], face: QFont, room: float) -> list[str]:
    """Return the parts in lines, broken between parts, or between words of a part longer than a line."""
    pieces: list[tuple[str, str]] = []  # what stands before it on the same line, and the piece
    for part in parts:
        if fonts.width(part, face) <= room:
            pieces.append((SEPARATOR, part))
        else:
            first, *rest = part.split(" ")
            pieces += [(SEPARATOR, first), *((" ", word) for word in rest)]
    lines: list[str] = []
    for before, piece in pieces:
        longer = f"{lines[-1]}{before}{piece}" if lines else piece
        if lines and fonts.width(longer, face) <= room:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [fonts.elided(line, face, room) for line in lines]
