"""Where the parts of an anatomy's panel go, and how much each row holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from optviz.render import fonts
from optviz.render.anatomy import writing
from optviz.render.style import Metrics

# Heights of a row, in steps of the grid, from everything it may hold to its bars alone.
FULL, FORMULA, NUMBERS, BARS = 16.5, 8.5, 7.5, 4.0
_LINE = 4.25  # a line of formulas below the bars
_TIGHT = 6.75  # the bars where the formula does not stand beside them
_STRETCH = 1.3  # a row takes so much more where there is room
SENTENCE = 5.5  # height of a line of the sentence, in steps of the grid


@dataclass(frozen=True)
class Places:
    """Where the columns of a row are, and how much a row holds.

    Attributes
    ----------
    left, bars, numbers, right
        The left edges of titles, bars and numbers, and the right edge of the whole.
    top, row, count
        Where the rows begin, how high one is, how many there are.
    kind
        `FULL`: title, formula, bars with numbers, and the formula with numbers for both coordinates;
        `FORMULA`: without the last; `NUMBERS`: without formulas; `BARS`: title and bars alone.
    text
        Size of the text of formulas, in pixels.
    below
        Whether the formula has a line of its own below the bars: beside them it would be too small to read.
    """

    left: float
    bars: float
    numbers: float
    right: float
    top: float
    row: float
    count: int
    kind: float
    text: float
    grid: float
    below: bool = False

    @classmethod
    def of(
        cls, rect: QRectF, titles: Sequence[str], m: Metrics, numbers: Sequence[str] = (),
        formulas: Sequence[str] = (),
    ) -> Places:  # fmt: skip
        """Choose them so that what is said below the rows has room in `rect`, and `numbers` in their column.

        Formulas that would be too small to read from afar in the column of the titles go below the bars.
        """
        face, count = fonts.font(m.small), len(titles)
        axis = m.gap(5)
        names = max(fonts.width(title, face) for title in titles)
        wide = min(max(names, 0.3 * rect.width()), 0.36 * rect.width()) + m.gap(2)
        sentence = m.gap(2 * SENTENCE + 1.5)
        explained = sentence + m.gap(18)  # formulas with numbers of one part
        room = rect.height() - axis
        kinds = [(FULL, sentence), (FORMULA, explained), (NUMBERS, explained), (BARS, explained)]
        under = m.weight != 1.0 and any(
            writing.fitted(latex, m.small, "#000000", wide - m.gap(4), m.gap(50)) < m.small
            for latex in formulas
        )
        own = {FULL: _TIGHT + 3 * _LINE, FORMULA: _TIGHT + _LINE}
        if under and count * m.gap(own[FORMULA]) + sentence <= room:
            kinds = [(FULL, sentence), (FORMULA, explained), (FORMULA, sentence)]
        else:
            under = False
        for kind, below in kinds:
            each = own[kind] if under else kind
            if count * m.gap(each) + below <= room:
                break
        least = 8.0 if kind == BARS else m.gap(each)
        row = max(least, min(_STRETCH * m.gap(each), (room - below) / count))
        if kind == BARS:
            row = max(least, min(m.gap(1.6 * kind), (room - explained) / count))
        strong = fonts.font(m.small, strong=True)
        figures = max(fonts.width(text, strong) for text in ("−8.88×10⁻⁸", *numbers)) + m.gap(2)
        figures += fonts.width("w₁", fonts.font(m.small, italic=True))
        left, right = rect.left(), rect.right()
        text = min(float(m.medium), m.small * row / m.gap(each)) if kind >= FORMULA else float(m.small)
        top = rect.y() + axis
        return cls(left, left + wide, right - figures, right, top, row, count, kind, text, m.gap(1), under)

    @property
    def bottom(self) -> float:
        """Where the rows end."""
        return self.top + self.count * self.row

    def box(self, i: int) -> QRectF:
        """Return the box of a row."""
        return QRectF(self.left, self.top + i * self.row, self.right - self.left, self.row)

    @property
    def part(self) -> float:
        """How much of a row the bars take, from its top."""
        if self.below:
            return self.row * _TIGHT / (_TIGHT + (3 if self.kind == FULL else 1) * _LINE)
        return self.row if self.kind != FULL else 0.5 * self.row

    @property
    def lanes(self) -> tuple[float, float]:
        """The middles of the bars of x and y, from the top of a row."""
        if self.kind == BARS:
            return 0.3 * self.row, 0.7 * self.row
        part = self.part
        edge = min(self.grid, 0.1 * part)
        return edge + 0.25 * (part - edge), edge + 0.75 * (part - edge)

    @property
    def thick(self) -> float:
        """How thick a bar is."""
        first, second = self.lanes
        return max(2.0, 0.58 * (second - first))

    def x(self, share: float) -> float:
        """Return the pixel column of a place along the axis of the bars."""
        return self.bars + share * (self.numbers - 2.0 * self.grid - self.bars)
