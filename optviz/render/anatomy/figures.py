"""Formulas made of numbers, set sign by sign: what changes from step to step is mostly figures.

Typesetting a whole formula takes some ten milliseconds; its figures and signs are always the same few, and
are set once. Roots, powers and names are set whole. Spaces are those that the typesetter leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QPainter

from optviz.render import formula

_EM = 40.0  # pixels at which everything is measured
_MARGIN = 1.0  # that the typesetter leaves at the right of a sign
_COMMA = 0.17  # the space after one
_GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_TOKEN = re.compile(
    rf"(?P<unit>\\sqrt{_GROUP}|\\frac{_GROUP}{_GROUP}|\\mathrm\{{\w+\}}|\d+(?:\.\d+)?\^(?:{_GROUP}|\d)|\)\^\d)"
    r"|(?P<between>\\cdot|\\times|[+=-])|(?P<one>\{-\}|[0-9().,/|])|(?P<space>\s+)"
)
_NAMED = re.compile(r"[A-Za-z\\]")
_UNARY_AFTER = ("", "(", ",", "|", "/")


@dataclass(frozen=True)
class Sign:
    """A part of a line: its LaTeX, where it begins, in ems."""

    latex: str
    x: float


def _edge(latex: str) -> float:
    """Return where the ink of a formula ends, in ems from where it begins."""
    box = formula.ink(latex, _EM, "#000000", inline=False)
    return float(box.right() - _MARGIN) / _EM if not box.isEmpty() else 0.0


@lru_cache(maxsize=256)
def _advance(latex: str) -> float:
    """Return how far a single sign moves the pen."""
    return _edge(latex + latex) - _edge(latex)


@lru_cache(maxsize=32)
def _space(sign: str) -> float:
    """Return the space on either side of a sign between two numbers."""
    return 0.5 * (_edge(f"1 {sign} 1") - _edge("11") - _edge(f"{{{sign}}}"))


@lru_cache(maxsize=1024)
def line(latex: str) -> tuple[tuple[Sign, ...], float] | None:
    """Return the signs of a formula and its width in ems; None where it is not made of numbers."""
    found: list[Sign] = []
    pen = 0.0
    rest, before = latex.strip(), ""
    if rest.startswith("{}"):  # a line that goes on with a sign
        rest, before = rest[2:].lstrip(), "{}"
    left, equals, right = rest.partition(" = ")
    if equals and _NAMED.search(re.sub(r"\\(cdot|times|sqrt|frac|mathrm\{\w+\})", "", left)):
        found.append(Sign(left, 0.0))
        pen, rest, before = _edge(left), f"= {right}", left
    at = 0
    while at < len(rest):
        token = _TOKEN.match(rest, at)
        if token is None:
            return None
        at, text = token.end(), token.group()
        if token["space"]:
            continue
        if token["between"] and not (text == "-" and before in _UNARY_AFTER):
            space = _space(text)
            sign = f"{{{text}}}"
            found.append(Sign(sign, pen + space))
            pen += 2.0 * space + _edge(sign)
        elif token["unit"]:
            unit = "{)}" + text[1:] if text.startswith(")") else text
            found.append(Sign(unit, pen))
            pen += _edge(unit)
        else:
            sign = "{-}" if text in ("-", "{-}") else text
            found.append(Sign(sign, pen))
            pen += _edge(sign) if sign == "{-}" else _advance(sign) + (_COMMA if sign == "," else 0.0)
        before = text
    return tuple(found), pen


def extent(latex: str, pixels: float, color: str) -> tuple[float, float, float]:
    """Return how wide a formula is, how far it rises above its line, and how far it hangs below."""
    made = line(latex)
    if made is None:
        return formula.extent(latex, pixels, color, inline=False)
    signs, wide = made
    boxes = [formula.extent(sign.latex, pixels, color, inline=False) for sign in signs]
    return wide * pixels, max(box[1] for box in boxes), max(box[2] for box in boxes)


def draw(painter: QPainter, latex: str, x: float, base: float, pixels: float, color: str) -> None:
    """Draw a formula from `x` on, standing on the line at height `base`."""
    made = line(latex)
    if made is None:
        formula.draw_on_line(painter, latex, x, base, pixels, color, inline=False)
        return
    for sign in made[0]:
        at = x + sign.x * pixels + formula.ink(sign.latex, pixels, color, inline=False).left()
        formula.draw_on_line(painter, sign.latex, at, base, pixels, color, inline=False)
