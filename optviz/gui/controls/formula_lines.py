"""Breaking a formula over lines where a person would: before + and −, after =, between factors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r"\\left(?![a-z])\s*\\?.|\\right(?![a-z])\s*\\?.|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_OPERATORS = ("+", "-", r"\pm", r"\cdot")
_NOTHING_BEFORE = ("", "(", "[", "=", ",", "+", "-", r"\,", r"\;", r"\in")
INDENT = 1.2  # of the size of the text, for each line after the first


@dataclass(frozen=True)
class Piece:
    """A part of a formula and how unwelcome a break before it is: its depth in parentheses."""

    text: str
    depth: float


def pieces(latex: str) -> list[Piece]:
    """Split LaTeX at every place where a line may end; joined, the pieces are the formula again.

    Inside braces and between `\\left` and `\\right` nothing is split.
    """
    found: list[Piece] = []
    text, before, start = "", "", 0.0
    closed = parentheses = 0

    def end(depth: float) -> None:
        nonlocal text, start
        if text.strip():
            found.append(Piece(text, start))
            text, start = "", depth

    for sign in _TOKEN.findall(latex):
        if not closed and not sign.isspace():
            if sign in _OPERATORS and before not in _NOTHING_BEFORE:
                end(float(parentheses))
            elif sign == "(" and before in (")", "}"):
                end(parentheses + 0.4)
            elif before == "=":
                end(parentheses + 0.2)
        if sign in ("{", "}") or (sign.startswith((r"\left", r"\right")) and sign not in _ARROWS):
            closed += 1 if sign == "{" or sign.startswith(r"\left") else -1
        elif not closed and sign in "()":
            parentheses += 1 if sign == "(" else -1
        text += sign
        if not sign.isspace():
            before = sign
    end(0.0)
    return found


_ARROWS = (r"\leftarrow", r"\rightarrow")


def broken(latex: str, room: float, width: Callable[[str], float], indent: float = 16.0) -> list[str]:
    """Return the lines of a formula, none wider than `room` where that can be.

    Parameters
    ----------
    width
        Gives the width of LaTeX.
    indent
        How far each line but the first is moved to the right.
    """
    if width(latex) <= room:
        return [latex]
    lines = _fill(pieces(latex), room, width, indent)
    return [line if i == 0 else _continued(line) for i, line in enumerate(lines)]


def _continued(text: str) -> str:
    # An empty group before a sign makes it one between two terms, with the space that belongs there.
    return "{}" + text if text.lstrip().startswith(_OPERATORS) else text


def _fill(parts: list[Piece], room: float, width: Callable[[str], float], indent: float) -> list[str]:
    """Fill lines, breaking at the outermost places that are there."""
    if len(parts) == 1:
        return [parts[0].text]
    outermost = min(part.depth for part in parts[1:])
    groups: list[list[Piece]] = [[parts[0]]]
    for part in parts[1:]:
        if part.depth <= outermost:
            groups.append([part])
        else:
            groups[-1].append(part)
    lines: list[str] = []
    for group in groups:
        text = "".join(part.text for part in group)
        left = room - (indent if lines else 0.0)
        if lines and width(_continued(lines[-1] + text)) <= room - (indent if len(lines) > 1 else 0.0):
            lines[-1] += text
        elif width(_continued(text)) <= left:
            lines.append(text)
        else:
            inner = _fill(group, room - indent, width, indent)
            if lines and width(_continued(lines[-1] + inner[0])) <= room - indent:
                lines[-1] += inner.pop(0)
            lines.extend(inner)
    return lines
