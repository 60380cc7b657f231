"""The text of a lesson, set in lines: words and formulas, which any painter can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtGui import QFont, QPainter

from optviz.lesson.prose import Paragraph, Span
from optviz.render import fonts, formula

_SPACING = 1.55  # from line to line, in sizes of the type
_PARAGRAPH = 0.75  # more between paragraphs, and between items of a list less
_ITEM = 0.3
_INDENT = 1.3
_SHOWN = 1.25  # a formula on a line of its own is so much larger than the type
_IN_TEXT = 1.16  # and one in the text: its letters are small for their size
_SMALLEST = 0.6  # it shrinks to this where the room is short
_INK = "#000000"  # formulas are measured in any colour


@dataclass(frozen=True)
class Piece:
    """A word or a formula, and where it stands: `base` is the line it stands on."""

    text: str
    x: float
    base: float
    pixels: float
    face: QFont | None = None  # None for a formula
    inline: bool = True


@dataclass(frozen=True)
class Setting:
    """Text that is set: its pieces and the height of all of them."""

    pieces: tuple[Piece, ...]
    height: float

    def paint(self, painter: QPainter, left: float, top: float, color: str) -> None:
        """Paint it with its upper left corner at (left, top)."""
        for piece in self.pieces:
            x, base = left + piece.x, top + piece.base
            if piece.face is not None:
                fonts.write(painter, x, base, piece.text, piece.face, color)
            else:
                formula.draw_on_line(painter, piece.text, x, base, piece.pixels, color, piece.inline)


@dataclass
class _Token:
    """What is not broken: words and formulas with no space between them."""

    parts: list[tuple[str, QFont | None, float]] = field(default_factory=list)  # text, face, width
    above: float = 0.0
    below: float = 0.0

    @property
    def width(self) -> float:
        return sum(part[2] for part in self.parts)


def set_text(paragraphs: Sequence[Paragraph], width: float, pixels: int, strong: bool = False) -> Setting:
    """Set paragraphs in lines of at most `width` pixels, in type of so many pixels.

    A paragraph that is nothing but a formula stands in the middle of a line of its own.
    """
    return _set(tuple(paragraphs), round(width), pixels, strong)


@lru_cache(maxsize=128)
def _set(paragraphs: tuple[Paragraph, ...], width: int, pixels: int, strong: bool) -> Setting:
    pieces: list[Piece] = []
    top = 0.0
    for number, paragraph in enumerate(paragraphs):
        if number:
            together = paragraph.item and paragraphs[number - 1].item
            top += (_ITEM if together else _PARAGRAPH) * pixels
        alone = _alone(paragraph)
        if alone is not None:
            top = _show(alone, top, width, pixels, pieces)
            continue
        indent = _INDENT * pixels if paragraph.item else 0.0
        if paragraph.item:
            face = fonts.font(pixels, strong=strong)
            pieces.append(Piece("•", 0.2 * pixels, top + _first_line(pixels), pixels, face))
        top = _fill(_tokens(paragraph, pixels, strong), top, indent, width, pixels, pieces)
    return Setting(tuple(pieces), top)


def _first_line(pixels: float) -> float:
    return 0.5 * (_SPACING - 1.0) * pixels + 0.93 * pixels


def _alone(paragraph: Paragraph) -> Span | None:
    spans = [span for span in paragraph.spans if span.formula or span.text.strip()]
    return spans[0] if len(spans) == 1 and spans[0].formula and not paragraph.item else None


def _show(span: Span, top: float, width: float, pixels: float, pieces: list[Piece]) -> float:
    """Set a formula on a line of its own; return where what follows begins."""
    size = _SHOWN * pixels
    wide, above, below = formula.extent(span.text, size, _INK, False)
    if wide > width:
        share = max(width / wide, _SMALLEST)
        size, wide, above, below = (share * part for part in (size, wide, above, below))
    base = top + 0.3 * pixels + max(above, 0.9 * pixels)
    pieces.append(Piece(span.text, max(0.0, 0.5 * (width - wide)), base, size, None, False))
    return base + max(below, 0.25 * pixels) + 0.3 * pixels


def _tokens(paragraph: Paragraph, pixels: int, strong: bool) -> list[_Token]:
    tokens: list[_Token] = []
    joins = False  # whether what comes next stands right after the last one
    for span in paragraph.spans:
        if span.formula:
            wide, above, below = formula.extent(span.text, _IN_TEXT * pixels, _INK)
            token = tokens[-1] if joins and tokens else _Token()
            token.parts.append((span.text, None, wide))
            token.above, token.below = max(token.above, above), max(token.below, below)
            if not (joins and tokens):
                tokens.append(token)
            joins = True
            continue
        face = fonts.font(pixels, italic=span.italic, strong=span.bold or strong)
        for place, word in enumerate(span.text.replace(" %", "\N{NO-BREAK SPACE}%").split(" ")):
            if place:
                joins = False
            if not word:
                continue
            token = tokens[-1] if joins and tokens else _Token()
            token.parts.append((word, face, fonts.width(word, face)))
            if not (joins and tokens):
                tokens.append(token)
            joins = True
    return tokens


def _fill(
    tokens: list[_Token], top: float, indent: float, width: float, pixels: int, pieces: list[Piece]
) -> float:
    """Set words in lines; return where what follows begins."""
    space = fonts.width("n n", fonts.font(pixels)) - fonts.width("nn", fonts.font(pixels))
    line: list[_Token] = []
    used = 0.0

    def close(top: float) -> float:
        # A line with a tall formula makes the room it needs, above and below.
        above = max([_first_line(pixels), *(token.above + 0.2 * pixels for token in line)])
        usual = _SPACING * pixels - _first_line(pixels)
        below = max([usual, *(token.below + 0.15 * pixels for token in line)])
        x = indent
        for token in line:
            for text, face, wide in token.parts:
                size = pixels if face is not None else _IN_TEXT * pixels
                pieces.append(Piece(text, x, top + above, size, face))
                x += wide
            x += space
        return top + above + below

    for token in tokens:
        if line and used + space + token.width > width - indent:
            top = close(top)
            line, used = [], 0.0
        used += (space if line else 0.0) + token.width
        line.append(token)
    return close(top) if line else top
