"""Formulas in a narrow column: shrunk a little, broken before their result where they must be."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from optviz.render import fonts
from optviz.render.anatomy import figures

_LEAST = 0.72  # of the text's size: below it a formula is not read any more


def _box(latex: str, pixels: float, color: str) -> tuple[float, float]:
    """Return how wide and how high a formula is."""
    wide, above, below = figures.extent(latex, pixels, color)
    return wide, above + below


def lines_of(latex: str, pixels: float, color: str, room: float) -> list[tuple[str, float]]:
    """Return the lines a formula takes and the size each is set in."""
    wide, _ = _box(latex, pixels, color)
    if wide * _LEAST <= room or " = " not in latex:
        return [(latex, pixels * max(0.5, min(1.0, room / max(wide, 1.0))))]
    left, _, right = latex.rpartition(" = ")
    return [*lines_of(left, pixels, color, room), *lines_of("{} = " + right, pixels, color, room)]


def height(latex: str, pixels: float, color: str, room: float, gap: float) -> float:
    """Return how high a formula is that is set in a width of `room`."""
    sized = lines_of(latex, pixels, color, room)
    return sum(max(_box(text, size, color)[1], pixels) + gap for text, size in sized)


def write(
    painter: QPainter, latex: str, left: float, top: float, pixels: float, color: str, room: float, gap: float
) -> float:
    """Set a formula from `left` and `top` on and return where the next one begins."""
    for i, (text, size) in enumerate(lines_of(latex, pixels, color, room)):
        tall = max(_box(text, size, color)[1], pixels)
        write_on(painter, text, left + (1.5 * pixels if i else 0.0), top + tall / 2, size, color)
        top += tall + gap
    return top


def paragraph(
    painter: QPainter, lines: list[str], left: float, top: float, pixels: int, color: str, line: float
) -> float:
    """Write lines of text and return where the next one begins."""
    face = fonts.font(pixels)
    for text in lines:
        fonts.write(painter, left, top + (line + fonts.rise(face)) / 2, text, face, color)
        top += line
    return top


def parts(latex: str) -> list[str]:
    """Return the formulas that stand side by side."""
    return [part.strip() for part in latex.split(r"\quad")]


def last(latex: str) -> str:
    """Return the last of formulas that stand side by side: the part's own vector."""
    return parts(latex)[-1]


def fitted(latex: str, pixels: float, color: str, room: float, tall: float) -> float:
    """Return the size in which a formula fits a box on one line; at least half of what is asked for."""
    wide, high = _box(latex, pixels, color)
    if not wide > 0.0:
        return pixels
    return pixels * max(0.5, min(1.0, room / wide, tall / max(high, 1.0)))


def write_on(painter: QPainter, latex: str, left: float, middle: float, pixels: float, color: str) -> None:
    """Set a formula on one line, its box centred on the height `middle`."""
    _, above, below = figures.extent(latex, pixels, color)
    figures.draw(painter, latex, left, middle + 0.5 * (above - below), pixels, color)
