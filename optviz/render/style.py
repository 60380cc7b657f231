"""How everything looks: colours of the two themes, sizes, dashes, markers and how numbers are written.

Entrants take their colours from M. Okabe and K. Ito, "Color Universal Design" (2008), each moved in
lightness until it stands 3:1 against its page, and always a dash and a marker as a second cue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from optviz.colors import PALETTE, contrast, from_oklab, hex_of, luminance, oklab, rgb_of

LINE_CONTRAST = 3.0
TEXT_CONTRAST = 4.5

# On, off, on, off … in line widths, along the whole path; empty is solid.
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (5.5, 2.5),
    (9.0, 2.5, 2.0, 2.5),
    (3.0, 2.2),
    (12.0, 3.5),
    (6.0, 2.2, 1.6, 2.2, 1.6, 2.2),
    (1.8, 2.6),
    (12.0, 2.5, 4.0, 2.5),
)
MARKERS = ("circle", "square", "triangle", "diamond", "down", "plus", "pentagon", "hexagon")


@dataclass(frozen=True)
class Theme:
    """The colours of one look, "#rrggbb" each.

    Attributes
    ----------
    page, ink, muted, hairline, accent
        Ground; text; secondary text; thin separating lines; what is selected or playing.
    halo
        Drawn around lines and labels that lie over the surface.
    contour
        Contour lines, drawn at `contour_share` of full strength.
    entrants
        Eight colours by index.
    """

    name: str
    page: str
    ink: str
    muted: str
    hairline: str
    accent: str
    halo: str
    contour: str
    contour_share: tuple[float, float]
    entrants: tuple[str, ...]

    def line(self, index: int, chosen: str | None = None) -> str:
        """Return the colour of an entrant's lines; a chosen one is moved to 3:1 where it must be."""
        if chosen is None:
            return self.entrants[index % len(self.entrants)]
        return readable(chosen, self.page, LINE_CONTRAST)

    def text(self, color: str) -> str:
        """Return a colour near `color` in which text on the page reads (4.5:1)."""
        return readable(color, self.page, TEXT_CONTRAST)


@lru_cache(maxsize=256)
def readable(color: str, ground: str, ratio: float) -> str:
    """Return `color`, its lightness moved as little as gives the contrast `ratio` against `ground`."""
    if contrast(color, ground) >= ratio:
        return color
    lab = oklab(rgb_of(color))
    target = 0.0 if luminance(ground) > 0.18 else 1.0
    for share in range(1, 101):
        moved = lab.copy()
        moved[0] += (target - lab[0]) * share / 100.0
        candidate = hex_of(from_oklab(moved))
        if contrast(candidate, ground) >= ratio:
            return candidate
    return "#000000" if target == 0.0 else "#ffffff"


LIGHT = Theme(
    name="light",
    page="#ffffff",
    ink="#1c2128",
    muted="#5b636e",
    hairline="#d9dce1",
    accent="#2d62c9",
    halo="#ffffff",
    contour="#2b3a4a",
    contour_share=(0.17, 0.34),
    entrants=PALETTE,
)  # fmt: skip
DARK = Theme(
    name="dark",
    page="#14171b",
    ink="#eceef1",
    muted="#a3abb6",
    hairline="#333941",
    accent="#7eabff",
    halo="#101317",
    contour="#e8eef5",
    contour_share=(0.15, 0.30),
    entrants=(
        "#5fa8f5", "#ff7f3f", "#35c99d", "#eb9bca", "#f3b23a", "#dfe3e8", "#9edcff", "#f2e75c",
    ),
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}


def theme(name: str | None) -> Theme:
    """Return the theme of that name, the light one for any other."""
    return THEMES.get(name or "light", LIGHT)


@dataclass(frozen=True)
class Metrics:
    """Every size, in logical pixels: those of a 1280 x 720 picture times `scale`."""

    scale: float = 1.0

    def px(self, size: float) -> float:
        return size * self.scale

    def gap(self, steps: float) -> float:
        """Return so many steps of the 4 px grid, on whole pixels."""
        return float(round(4.0 * steps * self.scale))

    @property
    def small(self) -> int:
        return max(6, round(12 * self.scale))

    @property
    def medium(self) -> int:
        return max(7, round(14 * self.scale))

    @property
    def large(self) -> int:
        return max(8, round(18 * self.scale))

    @property
    def path(self) -> float:
        """Width of a path on the surface: 3.6 px at 1080 rows."""
        return max(1.5, 2.4 * self.scale)

    @property
    def halo(self) -> float:
        """How far the halo reaches beyond a line on each side."""
        return max(1.0, 1.6 * self.scale)

    @property
    def curve(self) -> float:
        return max(1.0, 1.75 * self.scale)

    @property
    def hairline(self) -> float:
        return max(1.0, float(round(self.scale)))

    @property
    def head(self) -> float:
        """Radius of a head marker."""
        return max(3.0, 5.5 * self.scale)


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float, digits: int = 3, *, fixed: bool = False) -> str:
    """Return a number as a person reads it: 0.05, 1.2×10⁻³, −4×10⁵.

    Parameters
    ----------
    digits
        Significant digits.
    fixed
        Keep zeros at the end, so that a number that changes keeps its width.
    """
    if math.isnan(value):
        return "–"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return sign + "∞"
    if size == 0.0:
        return "0"
    mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if -3 <= exponent <= 3 or (exponent == 4 and not fixed and size == round(size)):
        text = f"{size:.{max(0, digits - 1 - exponent)}f}"
        return sign + (text if fixed else _trimmed(text))
    mantissa = mantissa if fixed else _trimmed(mantissa)
    if mantissa == "1" and not fixed:
        return sign + power_of_ten(exponent)
    return f"{sign}{mantissa}×{power_of_ten(exponent)}"


def power_of_ten(exponent: int) -> str:
    """Return 10 with a raised exponent."""
    return "10" + str(exponent).translate(_RAISED)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
