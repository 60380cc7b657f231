"""Colours as numbers: OKLab for even steps, contrast as WCAG measures it. No Qt.

Reference: B. Ottosson, "A perceptual color space for image processing" (2020), for OKLab.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array

# Okabe and Ito's colours (2008), darkened to 3:1 against a light page; themes keep the order.
PALETTE = ("#0062b0", "#d1480c", "#00845f", "#b0468a", "#a66a00", "#3a3f46", "#2583bd", "#7d7600")

COLORMAPS = ("viridis", "cividis")

# Every ninth part of the published maps, dark end first.
_POINTS = {
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
}
# Lightness at the lowest and at the highest loss, share of the map's own chroma at both ends, and
# which part of the map runs from the one to the other (0 its dark end, 1 its bright one).
_DESIGN = {
    "light": (0.988, 0.735, 0.24, 0.66, 1.00, 0.20),
    "dark": (0.215, 0.500, 0.36, 0.50, 0.10, 0.58),
    "projector": (0.990, 0.700, 0.55, 1.00, 1.00, 0.22),
}
_SHADES = 1024


def slots(colors: Sequence[str | None]) -> list[int]:
    """Return the style slot of each entrant: which colour, dash and marker of the palette are its own.

    A colour of the palette claims its slot, so that an entrant that has one keeps its looks when the list
    is reordered. Any other takes the slot of its position. No two share a slot while one is free.
    """
    wanted = [
        PALETTE.index(color.lower()) if color and color.lower() in PALETTE else None for color in colors
    ]
    taken: set[int] = set()
    found: list[int | None] = []
    for slot in wanted:
        first = slot is not None and slot not in taken
        found.append(slot if first else None)
        if slot is not None:
            taken.add(slot)
    result = []
    for position, own in enumerate(found):
        if own is None:
            free = [s for s in range(len(PALETTE)) if s not in taken]
            at = position % len(PALETTE)
            own = at if at in free or not free else free[0]
            own = own if free else position
            taken.add(own)
        result.append(own)
    return result


def _linear(srgb: Array) -> Array:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb_of(color: str) -> Array:
    """Return "#rrggbb" as three numbers from 0 to 1."""
    return np.array([int(color.lstrip("#")[i : i + 2], 16) / 255.0 for i in (0, 2, 4)])


def hex_of(rgb: Array) -> str:
    """Return three numbers from 0 to 1 as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, float(part)))):02x}" for part in rgb)


def oklab(rgb: Array) -> Array:
    """Return sRGB colours float64[..., 3] in OKLab: lightness, green-red, blue-yellow."""
    return np.asarray(np.cbrt(_linear(np.asarray(rgb)) @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: Array) -> Array:
    """Return OKLab colours in sRGB, chroma reduced where the screen cannot show them."""
    inverse_lab, inverse_lms = np.linalg.inv(_TO_LAB).T, np.linalg.inv(_TO_LMS).T
    result = np.zeros_like(lab)
    pending = np.ones(lab.shape[:-1], bool)
    for keep in np.linspace(1.0, 0.0, 21):
        light = ((lab * np.array([1.0, keep, keep])) @ inverse_lab) ** 3 @ inverse_lms
        fits = pending & np.all((light >= -1e-4) & (light <= 1.0001), axis=-1)
        part = np.clip(light, 0.0, 1.0)
        result[fits] = np.where(part <= 0.0031308, 12.92 * part, 1.055 * part ** (1 / 2.4) - 0.055)[fits]
        pending &= ~fits
    return result


def luminance(color: str) -> float:
    """Return the relative luminance of a colour as WCAG 2 defines it."""
    return float(_linear(rgb_of(color)) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=512)
def mix(one: str, other: str, share: float) -> str:
    """Return `one` with `share` of `other` in it, mixed in OKLab."""
    a, b = oklab(rgb_of(one)), oklab(rgb_of(other))
    return hex_of(from_oklab(a + (b - a) * share))


@lru_cache(maxsize=16)
def shades(theme: str, colormap: str) -> npt.NDArray[np.uint8]:
    """Return the colours of a theme from the lowest to the highest loss, uint8[1024, 3]."""
    first, last, chroma_first, chroma_last, begin, end = _DESIGN[theme]
    points = oklab(np.array([rgb_of(text) for text in _POINTS[colormap].split()]))
    t = np.linspace(0.0, 1.0, _SHADES)
    at = (begin + (end - begin) * t) * (len(points) - 1)
    lab = np.stack([np.interp(at, np.arange(len(points)), points[:, i]) for i in range(3)], axis=-1)
    lab[:, 0] = first + (last - first) * t
    lab[:, 1:] *= (chroma_first + (chroma_last - chroma_first) * t)[:, None]
    return np.asarray(np.round(from_oklab(lab) * 255.0), np.uint8)
