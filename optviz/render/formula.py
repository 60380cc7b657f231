"""A formula, truly typeset: LaTeX through ziamath into lines that Qt draws at any size."""

from __future__ import annotations

import warnings
from functools import lru_cache
from importlib import import_module
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

_LEAST = 0.85  # share of its size below which a formula is not read any more
_DRAWN_AT = 40.0  # pixels; larger than any text, so that rounding inside the SVG never shows


@lru_cache(maxsize=256)
def _typeset(latex: str, color: str, inline: bool = False) -> QSvgRenderer | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of importlib.resources, inside ziamath
        typesetter: Any = import_module("ziamath")
    before = typesetter.config.svg2
    typesetter.config.svg2 = False  # QtSvg draws nothing of <symbol>
    try:
        svg = typesetter.Latex(latex, size=_DRAWN_AT, color=color, inline=inline).svg()
    except Exception:  # ziamath raises whatever its parser stumbles on; the frame goes without
        return None
    finally:
        typesetter.config.svg2 = before
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    return renderer if renderer.isValid() else None


def size(latex: str, pixels: float, color: str) -> QSizeF:
    """Return width and height of a formula at a text size; empty where it cannot be set."""
    renderer = _typeset(latex, color) if latex else None
    if renderer is None:
        return QSizeF()
    box = renderer.viewBoxF()
    return QSizeF(box.width(), box.height()) * (pixels / _DRAWN_AT)


def draw(
    painter: QPainter, latex: str, x: float, middle: float, pixels: float, color: str, room: float
) -> float:
    """Draw a formula from `x` on, centred on the height `middle`, and return the width it took.

    It is set in display style, fractions as large as the text around them. It shrinks to 85 % where the room
    is short; where even that does not do, nothing is drawn and 0 returned, so that the caller may break it.
    """
    box = size(latex, pixels, color)
    if box.isEmpty() or box.width() * _LEAST > room:
        return 0.0
    share = min(1.0, room / box.width())
    box *= share
    renderer = _typeset(latex, color)
    assert renderer is not None
    renderer.render(painter, QRectF(x, middle - box.height() / 2.0, box.width(), box.height()))
    return float(box.width())


def extent(latex: str, pixels: float, color: str, inline: bool = True) -> tuple[float, float, float]:
    """Return how wide a formula is, how far it rises above the line it stands on, and how far it hangs below.

    With `inline`, fractions are as small as text has them; zeros where it cannot be set.
    """
    renderer = _typeset(latex, color, inline)
    if renderer is None:
        return 0.0, 0.0, 0.0
    box, share = renderer.viewBoxF(), pixels / _DRAWN_AT
    return box.width() * share, -box.top() * share, box.bottom() * share


def draw_on_line(
    painter: QPainter, latex: str, x: float, base: float, pixels: float, color: str, inline: bool = True
) -> None:
    """Draw a formula from `x` on, standing on the line at height `base`, as `extent` measures it."""
    renderer = _typeset(latex, color, inline)
    if renderer is not None:
        wide, above, below = extent(latex, pixels, color, inline)
        renderer.render(painter, QRectF(x, base - above, wide, above + below))


def ink(latex: str, pixels: float, color: str, inline: bool = True) -> QRectF:
    """Return the box of a formula that begins at the origin; empty where it cannot be set."""
    renderer = _typeset(latex, color, inline)
    if renderer is None:
        return QRectF()
    box, share = renderer.viewBoxF(), pixels / _DRAWN_AT
    return QRectF(box.x() * share, box.y() * share, box.width() * share, box.height() * share)
