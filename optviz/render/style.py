"""How everything looks: colours of the themes, sizes, dashes, markers and how numbers are written.

Entrants take their colours from M. Okabe and K. Ito, "Color Universal Design" (2008), each moved in
lightness until it stands 3:1 against its page, and always a dash and a marker as a second cue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
    colormap
        The map that the surface's colours follow.
    type_scale, weight
        How much larger text, with all room around it, and how much thicker lines are than usual.
    ground
        What the picture is drawn on where that is not the page: a colour, or "" for nothing at all.
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
    colormap: str = "viridis"
    type_scale: float = 1.0
    weight: float = 1.0
    ground: str | None = None

    @property
    def paper(self) -> str:
        """The colour of what the picture is drawn on."""
        return self.ground or self.page

    @property
    def bare(self) -> bool:
        """Whether nothing is laid below the picture, so that what was there before shows."""
        return self.ground == ""

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
# A projector's black is grey, and the last row is far away: darker lines, thicker, and type of at least
# 24 px at 1920 x 1080. Cividis is even for those who see no difference between red and green.
PROJECTOR = Theme(
    name="projector",
    page="#ffffff",
    ink="#0a0d12",
    muted="#333a44",
    hairline="#a9b0ba",
    accent="#1a4fb5",
    halo="#ffffff",
    contour="#1c2a3a",
    contour_share=(0.24, 0.46),
    entrants=(
        "#0057a8", "#bb3a00", "#006b4c", "#a0307a", "#8a5600", "#1f242b", "#0e6ba8", "#686200",
    ),
    colormap="cividis",
    type_scale=4.0 / 3.0,
    weight=1.25,
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK, "projector": PROJECTOR}


def theme(name: str | Theme | None) -> Theme:
    """Return the theme of that name, the light one for any other; a theme is returned as it is."""
    return name if isinstance(name, Theme) else THEMES.get(name or "light", LIGHT)


@lru_cache(maxsize=16)
def on_ground(name: str | Theme | None, ground: str) -> Theme:
    """Return a theme drawn on another ground than its page: a colour, or "" for none."""
    return replace(theme(name), ground=ground)


@dataclass(frozen=True)
class Metrics:
    """Every size in pixels: that of a 1280 x 720 picture times `scale`, of lines also times `weight`."""

    scale: float = 1.0
    weight: float = 1.0

    @classmethod
    def of(cls, name: str | Theme | None, scale: float) -> Metrics:
        """Return the sizes of a theme in a picture whose usual scale is given."""
        look = theme(name)
        return cls(scale * look.type_scale, look.weight)

    def px(self, size: float) -> float:
        return size * self.scale

    def gap(self, steps: float) -> float:
        """Return so many steps of the 4 px grid, on whole pixels."""
        return float(round(4.0 * steps * self.scale))

    @property
    def small(self) -> int:
        return max(6, round(12 * self.scale))

    @property
    def tiny(self) -> int:
        """For numbers that stand close together; where type is read from afar, no smaller than the rest."""
        return self.small if self.weight > 1.0 else max(6, round(0.8 * self.small))

    @property
    def medium(self) -> int:
        return max(7, round(14 * self.scale))

    @property
    def large(self) -> int:
        return max(8, round(18 * self.scale))

    @property
    def path(self) -> float:
        """Width of a path on the surface: 3.6 px at 1080 rows."""
        return max(1.5, 2.4 * self.scale * self.weight)

    @property
    def halo(self) -> float:
        """How far the halo reaches beyond a line on each side."""
        return max(1.0, 1.6 * self.scale * self.weight)

    @property
    def curve(self) -> float:
        return max(1.0, 1.75 * self.scale * self.weight)

    @property
    def contour(self) -> float:
        return max(0.75, 0.9 * self.scale * self.weight)

    @property
    def hairline(self) -> float:
        """Whole pixels, so that it is crisp, and twice as many in a picture twice the size."""
        return float(2 ** max(0, round(math.log2(self.scale * self.weight))))

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
