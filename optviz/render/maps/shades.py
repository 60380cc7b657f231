"""The colours of maps: of basins, of fields of numbers, of who is ahead, and of what has no value.

Basins take ten hues around the circle of OKLCh, neighbours in the list far apart in hue and in lightness, so
that they differ without colour vision too; further minima take the same hues in other shades. What has no
value has a texture: none is told by its colour alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from optviz.backdrop import Scale
from optviz.colors import from_oklab, hex_of, mix, oklab, rgb_of
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, Sheet
from optviz.render.style import Theme, readable

Codes = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint32]

SPECIAL = (UNDECIDED, DIVERGED, OUTSIDE)
SHADES = 512
_SIDES = SHADES + 1  # of who is ahead: an odd number, so that one colour is that of neither

# Hue in degrees and place in the range of lightness, 0 to 1.
_BASINS = (
    (250.0, 0.33), (62.0, 0.67), (150.0, 0.00), (340.0, 1.00), (100.0, 0.95), (300.0, 0.05), (195.0, 0.80),
    (25.0, 0.25), (275.0, 0.90), (125.0, 0.50),
)  # fmt: skip
_TURNS = (0.0, -0.055, 0.04)  # of lightness, for the minima after the tenth, and after the twentieth


@dataclass(frozen=True)
class _Design:
    """Lightness and chroma in OKLCh, and the two colours of each texture."""

    basin: tuple[float, float]  # darkest and lightest basin
    chroma: float
    badge: tuple[float, float]  # lightness and chroma of what is marked in a basin's colour
    field: tuple[float, float]  # lightness of the least and of the greatest value
    middle: str  # neither is ahead
    end: float  # share of an entrant's colour where it is far ahead
    undecided: tuple[str, str]
    diverged: tuple[str, str]
    outside: tuple[str, str]


_LIGHT = _Design(
    (0.790, 0.920), 0.074, (0.50, 0.135), (0.975, 0.520), "#f4f3f1", 0.80,
    ("#b1b5bb", "#c6c9ce"), ("#33373d", "#555a62"), ("#ffffff", "#cfd2d7"),
)  # fmt: skip
_DARK = _Design(
    (0.300, 0.430), 0.075, (0.80, 0.120), (0.215, 0.690), "#24282d", 0.80,
    ("#7c828b", "#6a7079"), ("#060708", "#565d67"), ("#14171b", "#343a42"),
)  # fmt: skip
_PROJECTOR = _Design(
    (0.740, 0.900), 0.110, (0.44, 0.150), (0.975, 0.470), "#f4f3f1", 0.85,
    ("#a6abb2", "#c0c4ca"), ("#26292e", "#50555d"), ("#ffffff", "#bfc4cb"),
)  # fmt: skip
_DESIGNS = {"light": _LIGHT, "dark": _DARK, "projector": _PROJECTOR}

# Points of the published maps from dark to bright (as in `optviz.colors`): the hues a field runs through.
_HUES = {
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
}


def _lch(lightness: float, chroma: float, hue: float) -> str:
    angle = math.radians(hue)
    return hex_of(from_oklab(np.array([lightness, chroma * math.cos(angle), chroma * math.sin(angle)])))


@lru_cache(maxsize=512)
def basin(index: int, theme: str) -> str:
    """Return the colour that fills the basin of a minimum."""
    design = _DESIGNS[theme]
    hue, place = _BASINS[index % len(_BASINS)]
    low, high = design.basin
    turn = _TURNS[index // len(_BASINS) % len(_TURNS)]
    return _lch(low + place * (high - low) + turn, design.chroma, hue)


@lru_cache(maxsize=512)
def badge(index: int, theme: str) -> str:
    """Return the colour of the mark of a minimum: that of its basin, strong enough for a number in it."""
    lightness, chroma = _DESIGNS[theme].badge
    return _lch(lightness, chroma, _BASINS[index % len(_BASINS)][0])


def special(kind: int, theme: str) -> tuple[str, str]:
    """Return ground and pattern of what has no value: UNDECIDED, DIVERGED or OUTSIDE."""
    design = _DESIGNS[theme]
    return {UNDECIDED: design.undecided, DIVERGED: design.diverged, OUTSIDE: design.outside}[kind]


@lru_cache(maxsize=16)
def field(theme: str, colormap: str) -> npt.NDArray[np.uint8]:
    """Return the colours of a field of numbers from the least to the greatest, uint8[SHADES, 3].

    As on surfaces, more is more ink; the way through lightness is longer, for here the field is the picture.
    """
    first, last = _DESIGNS[theme].field
    points = oklab(np.array([rgb_of(text) for text in _HUES[colormap].split()]))
    t = np.linspace(0.0, 1.0, SHADES)
    dark = first < last
    way = 0.15 + 0.80 * t if dark else 1.0 - 0.90 * t
    lab = np.stack(
        [np.interp(way * (len(points) - 1), np.arange(len(points)), points[:, i]) for i in range(3)], axis=-1
    )
    lab[:, 0] = first + (last - first) * t
    paler = 0.30 if colormap == "viridis" else 0.60  # cividis has little colour of its own
    lab[:, 1:] *= (paler + (0.95 - paler) * t)[:, None]
    return np.asarray(np.round(from_oklab(lab) * 255.0), np.uint8)


@lru_cache(maxsize=32)
def duel(behind: str, ahead: str, theme: str) -> npt.NDArray[np.uint8]:
    """Return the colours of who is ahead, uint8[n, 3]: the rival to the entrant, neither in the middle."""
    design = _DESIGNS[theme]
    low, high = duelists(behind, ahead, theme)
    middle = oklab(rgb_of(design.middle))
    t = np.linspace(-1.0, 1.0, _SIDES)
    ends = np.where(t[:, None] < 0.0, oklab(rgb_of(low)), oklab(rgb_of(high)))
    # Beside the middle it is plain at once who is ahead.
    share = np.where(t == 0.0, 0.0, 0.12 + 0.88 * np.abs(t))[:, None] * design.end
    return np.asarray(np.round(from_oklab(middle + (ends - middle) * share) * 255.0), np.uint8)


@lru_cache(maxsize=64)
def duelists(behind: str, ahead: str, theme: str) -> tuple[str, str]:
    """Return the two colours of a map of who is ahead: the entrants' own, unless those are too alike."""
    apart = oklab(rgb_of(behind)) - oklab(rgb_of(ahead))
    if float(np.hypot(*apart[1:])) + 0.5 * abs(float(apart[0])) >= 0.08:
        return behind, ahead
    page = "#14171b" if theme == "dark" else "#ffffff"
    lab = oklab(rgb_of(ahead))
    turned = lab * np.array([1.0, -1.0, -1.0])
    if float(np.hypot(*lab[1:])) < 0.03:
        turned = lab + np.array([0.0, 0.05, 0.11])
    return readable(hex_of(from_oklab(turned)), page, 3.0), ahead


def middle(theme: str) -> str:
    """Return the colour of where neither is ahead."""
    return _DESIGNS[theme].middle


def strength(color: str, theme: str, share: float = 0.75) -> str:
    """Return the colour of an entrant as a map of who is ahead has it, for the key."""
    return mix(middle(theme), color, share * _DESIGNS[theme].end)


# ------------------------------------------------------------------ from values to codes


def palette(colors: npt.NDArray[np.uint8], theme: Theme) -> tuple[Pixels, Pixels]:
    """Return what each code looks like, uint32 0xffrrggbb: ground, and pattern where it has one.

    After the colours come those of `SPECIAL`.
    """
    both = []
    for i in (0, 1):
        rest = [[round(255 * part) for part in rgb_of(special(kind, theme.name)[i])] for kind in SPECIAL]
        rgb = np.concatenate([colors, np.array(rest, np.uint8)]).astype(np.uint32)
        both.append(np.uint32(0xFF000000) | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2])
    return both[0].astype(np.uint32), both[1].astype(np.uint32)


def basins(count: int, theme: str) -> npt.NDArray[np.uint8]:
    """Return the colours of so many basins, uint8[count, 3]."""
    colors = [rgb_of(basin(i, theme)) for i in range(max(count, 1))]
    return np.asarray(np.round(np.array(colors) * 255.0), np.uint8)


def codes_of(sheet: Sheet, how: Scale, count: int) -> Codes:
    """Return the code of each cell, uint16[h, w]: 0 to `count` - 1 for colours, then those of `SPECIAL`."""
    if sheet.kind == "basin":
        found = sheet.classes.astype(np.int64)
    else:
        found = shares_of(sheet.values, how, count)
        if sheet.kind == "difference":  # the middle is of those that are level, and of none else
            level = found == count // 2
            found[level] += np.sign(sheet.values[level]).astype(np.int64)
        found[(found < 0) | (sheet.classes < 0)] = UNDECIDED
        found = np.where(sheet.classes < 0, sheet.classes, found)
    lost = found < 0
    if lost.any():
        found = np.where(lost, count - 1 - found, found)  # -1, -2, -3 follow the colours
    return found.astype(np.uint16)


def shares_of(values: npt.NDArray[np.float64], how: Scale, count: int) -> npt.NDArray[np.int64]:
    """Return which of `count` colours each value has, int64[h, w]; -1 for nan."""
    low, high = how.low, how.high
    with np.errstate(all="ignore"):
        seen = values - how.offset if how.offset else values
        if how.log:
            seen = np.log(np.maximum(seen, low))
            low, high = math.log(low), math.log(high)
        share = (seen - low) * ((count - 1) / ((high - low) or 1.0)) + 0.5
        found = np.clip(share, 0.0, count - 1.0)
    missing = np.isnan(found)
    if missing.any():
        found[missing] = 0.0
        whole = found.astype(np.int64)
        whole[missing] = -1
        return whole
    return found.astype(np.int64)
