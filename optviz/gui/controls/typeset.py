"""A label for typeset formulas."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.formula_lines import INDENT, broken
from optviz.render import formula

_GAP, _CLOSE = 8, 4  # between formulas, between lines of one
_SHRUNK = 0.86  # a formula a little too wide shrinks this far before it is broken


@lru_cache(maxsize=256)
def _width(latex: str, pixels: int) -> float:
    return float(formula.size(latex, pixels, "#000000").width())


@lru_cache(maxsize=256)
def _lines(latex: str, pixels: int, room: int) -> tuple[str, ...]:
    def width(text: str) -> float:
        return _width(text, pixels)

    if width(latex) * _SHRUNK <= room:
        return (latex,)
    return tuple(broken(latex, room / 0.94, width, INDENT * pixels))


class FormulaLabel(QWidget):
    """Shows LaTeX, each part between `\\quad`s and each part that fits the width on a line of its own.

    A formula that cannot be set is shown as `plain` text, cut at the end.
    """

    def __init__(self, pixels: int = 14, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels = pixels
        self._formulas: list[str] = []
        self._rows: list[tuple[str, float, float, float]] = []  # LaTeX, left, top, height
        self._plain = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(pixels + 8)

    def set_formula(self, latex: str, plain: str) -> None:
        """Show a formula; `plain` is what a screen reader gets."""
        parts = [part.strip().rstrip(",").strip() for part in latex.split(r"\quad")]
        self._formulas, self._plain = [part for part in parts if part], plain
        self.setAccessibleName(plain)
        self._arrange()

    @property
    def lines(self) -> list[str]:
        """The LaTeX of each line as it is broken now."""
        return [row[0] for row in self._rows]

    def lines_in(self, room: int) -> int:
        """Return how many lines it would have in a width of so many pixels."""
        return sum(len(_lines(latex, self._pixels, max(room, 200))) for latex in self._formulas)

    def _arrange(self) -> None:
        rows: list[tuple[str, float, float, float]] = []
        top = 2.0
        for number, latex in enumerate(self._formulas):
            top += _GAP if number else 0
            for place, line in enumerate(_lines(latex, self._pixels, max(self.width(), 200))):
                height = formula.size(line, self._pixels, "#000000").height() or self._pixels + 4.0
                top += _CLOSE if place else 0
                rows.append((line, INDENT * self._pixels if place else 0.0, top, height))
                top += height
        self._rows = rows
        self.setFixedHeight(max(round(top + 2.0), self._pixels + 8))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(100, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = theme.colors().text
        for line, left, top, height in self._rows:
            room = self.width() - left
            middle = top + height / 2
            if not formula.draw(painter, line, left, middle, self._pixels, color, room):
                painter.setPen(look.ink())
                painter.setFont(look.sized(self.font(), look.SMALL))
                text = self._plain if len(self._rows) == 1 else line
                cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(room))
                painter.drawText(0, round(middle + 4), cut)
        painter.end()
