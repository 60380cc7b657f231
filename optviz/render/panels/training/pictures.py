"""Numbers as little pictures: colour tables, mosaics of many small arrays, drawn with crisp pixels.

In every table the more a value is, the more ink it has: the lowest lies near the colour of the page.
Lightness runs straight in OKLab. What is not a number has a gray of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter

from optviz.catalog import Array
from optviz.colors import from_oklab, oklab, rgb_of
from optviz.render.style import Theme

Bytes = npt.NDArray[np.uint8]

SHADES = 256  # of a table; one more row for what is not a number
_WHOLE = 0.72  # of a size: pictures of whole pixels may be so much smaller
_GROWN = 1.5  # times their least size, that pictures become for want of room for another row
_SHADE = {"light": "light", "dark": "dark", "projector": "light"}
_UNKNOWN = {"light": "#bfbbb4", "dark": "#5a5d63"}
# Lightness, chroma and hue (degrees) along each table, evenly apart.
_Path = tuple[tuple[float, float, float], ...]
_AMOUNT: dict[str, _Path] = {
    "light": ((0.970, 0.015, 125), (0.800, 0.110, 150), (0.625, 0.105, 195), (0.450, 0.110, 250),
              (0.275, 0.130, 300)),
    "dark": ((0.250, 0.030, 290), (0.415, 0.110, 270), (0.590, 0.100, 210), (0.760, 0.140, 155),
             (0.930, 0.170, 105)),
}  # fmt: skip
_SIGNED: dict[str, _Path] = {
    "light": ((0.430, 0.160, 38), (0.700, 0.130, 48), (0.950, 0.000, 48), (0.690, 0.110, 250),
              (0.420, 0.150, 258)),
    "dark": ((0.790, 0.150, 55), (0.540, 0.130, 45), (0.275, 0.000, 45), (0.530, 0.120, 255),
             (0.790, 0.120, 240)),
}  # fmt: skip
_RIGHT: dict[str, _Path] = {
    "light": ((0.970, 0.010, 250), (0.780, 0.080, 250)),
    "dark": ((0.250, 0.020, 250), (0.480, 0.090, 250)),
}
_WRONG: dict[str, _Path] = {
    "light": ((0.970, 0.020, 70), (0.800, 0.120, 60), (0.560, 0.180, 40), (0.400, 0.140, 30)),
    "dark": ((0.270, 0.030, 45), (0.430, 0.110, 40), (0.620, 0.180, 42), (0.850, 0.130, 75)),
}
TABLES = {"amount": _AMOUNT, "signed": _SIGNED, "right": _RIGHT, "wrong": _WRONG}


@lru_cache(maxsize=32)
def table(theme: Theme, name: str) -> Bytes:
    """Return the colours of a table, uint8[257, 3]: the lowest first, after the highest what is unknown.

    Parameters
    ----------
    name
        "amount" (0 and more), "signed" (negative orange, positive blue), "right", "wrong", or "ink" (from the
        page to the colour of text).
    """
    at = np.linspace(0.0, 1.0, SHADES)
    if name == "ink":
        ends = oklab(np.array([rgb_of(theme.page), rgb_of(theme.ink)]))
        lab = ends[0] + (ends[1] - ends[0]) * at[:, None]
    else:
        lightness, chroma, hue = np.array(TABLES[name][_SHADE[theme.name]], np.float64).T
        knots = np.linspace(0.0, 1.0, len(hue))
        places = np.stack(
            [lightness, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))], axis=1
        )
        lab = np.stack([np.interp(at, knots, places[:, i]) for i in range(3)], axis=1)
    rgb = np.concatenate([from_oklab(lab), rgb_of(_UNKNOWN[_SHADE[theme.name]])[None]])
    result = np.asarray(np.round(rgb * 255.0), np.uint8)
    result.setflags(write=False)
    return result


@lru_cache(maxsize=32)
def text_on(theme: Theme, name: str) -> tuple[str, ...]:
    """Return, for each colour of a table, black or white: whichever reads better on it."""
    rgb = table(theme, name) / 255.0
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    bright = light @ np.array([0.2126, 0.7152, 0.0722])
    return tuple("#000000" if y > 0.179 else "#ffffff" for y in bright.tolist())


def shade(values: Array, low: float, high: float) -> npt.NDArray[np.intp]:
    """Return the row of a table for each value; what lies beyond `low` and `high` has the end's colour."""
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    span = high - low
    if not (math.isfinite(span) and span > 0.0):
        low, span = 0.0, 1.0
    share = (np.clip(np.where(known, values, low), low, low + span) - low) / span
    return np.where(known, np.asarray(share * (SHADES - 1) + 0.5, np.intp), SHADES)


def hex_at(colors: Bytes, row: int) -> str:
    """Return a colour of a table as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*colors[row].tolist())


def rgb(color: str) -> Bytes:
    """Return "#rrggbb" as uint8[3]."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)


def limit(values: Array, share: float = 0.995) -> tuple[float, bool]:
    """Return a round number that the sizes of nearly all values stay below, and whether some do not.

    Quantiles rather than extremes, so that one large weight does not take the colour from all others.
    """
    sizes = np.abs(np.asarray(values, np.float64))
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size or not sizes.max() > 0.0:
        return 1.0, False
    inner = float(np.quantile(sizes, share))
    reach = rounded_up(inner if inner > 0.0 else float(sizes.max()))
    return reach, bool(sizes.max() > reach * (1.0 + 1e-9))


def rounded_up(value: float) -> float:
    """Return the least of 1, 1.5, 2, 3, 5, 7 × 10ⁿ that is not below a positive number."""
    exponent = math.floor(math.log10(value))
    for multiple in ("1", "1.5", "2", "3", "5", "7"):
        candidate = float(f"{multiple}e{exponent}")
        if candidate >= value * (1.0 - 1e-9):
            return candidate
    return float(f"1e{exponent + 1}")


# ------------------------------------------------------------------ many small pictures side by side


@dataclass(frozen=True)
class Grid:
    """Equal pictures in columns and rows; sizes in whole pixels of the device.

    Attributes
    ----------
    count
        How many pictures have room.
    width, height
        Of one picture.
    step_x, step_y
        From one picture to the next.
    """

    count: int
    columns: int
    width: int
    height: int
    step_x: int
    step_y: int

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    def place(self, i: int) -> tuple[int, int]:
        """Return where picture `i` begins: pixels from the left and from the top."""
        return i % self.columns * self.step_x, i // self.columns * self.step_y


def grid(
    room: tuple[float, float], count: int, shape: tuple[int, int], gap: int, least: float,
    caption: float = 0.0, cell: float = 0.0,
) -> Grid | None:  # fmt: skip
    """Arrange `count` pictures as large as they can be; fewer where they became too small to see.

    Parameters
    ----------
    room
        Width and height, in pixels of the device.
    shape
        Height and width of a picture, in pixels of its own.
    gap
        Between two pictures.
    least
        How wide and high a picture has to be.
    caption, cell
        Room below each picture, and how wide a picture with its gap is at least.

    Returns
    -------
    Grid or None
        None where not one has room.
    """
    high, wide = shape
    if count < 1 or min(room) < 1.0:
        return None

    def sizes(columns: npt.NDArray[np.int64]) -> Array:
        """Return how large a picture's own pixel is in so many columns."""
        rows = -(-count // columns)
        cell_w = (room[0] - gap * (columns - 1)) / columns
        cell_h = (room[1] - gap * (rows - 1)) / rows - caption
        return np.where(cell_w + gap >= cell, np.minimum(cell_w / wide, cell_h / high), 0.0)

    smallest = least / min(high, wide)
    possible = sizes(np.arange(1, count + 1))
    columns, scale = int(np.argmax(possible)) + 1, float(possible.max())
    if scale < smallest:
        scale = float(math.floor(smallest)) if math.floor(smallest) >= _WHOLE * smallest else smallest
        columns = int((room[0] + gap) // max(scale * wide + gap, cell))
        rows = int((room[1] + gap) // (scale * high + gap + caption))
        if rows and columns:  # what is left of the height makes them larger
            filled = ((room[1] + gap) / rows - gap - caption) / high
            scale = max(scale, float(math.floor(min(filled, _GROWN * smallest))))
            columns = int((room[0] + gap) // max(scale * wide + gap, cell))
        count = min(count, columns * rows)
        if count < 1:
            return None
    whole = math.floor(scale)
    # Pixels that are all alike look better than pictures that are a little larger.
    scale = float(whole) if whole >= _WHOLE * scale else scale
    width, height = max(1, int(scale * wide)), max(1, int(scale * high))
    step_x = width + gap
    if cell:
        step_x = max(step_x, int((room[0] + gap) // columns))
    return Grid(count, columns, width, height, step_x, height + gap + math.ceil(caption))


def enlarged(pictures: Bytes, width: int, height: int) -> Bytes:
    """Return uint8[n, h, w, 3] at another size, the nearest pixel for each."""
    rows = np.arange(height) * pictures.shape[1] // height
    columns = np.arange(width) * pictures.shape[2] // width
    return np.asarray(pictures[:, rows][:, :, columns], np.uint8)


def mosaic(pictures: Bytes, layout: Grid, ground: Bytes) -> Bytes:
    """Return the first pictures of uint8[n, h, w, 3] side by side on a ground, uint8[H, W, 3]."""
    across = min(layout.columns, layout.count)
    size = (
        (layout.rows - 1) * layout.step_y + layout.height,
        (across - 1) * layout.step_x + layout.width,
    )
    out = np.empty((*size, 3), np.uint8)
    out[:] = ground
    for i, one in enumerate(enlarged(pictures[: layout.count], layout.width, layout.height)):
        x, y = layout.place(i)
        out[y : y + layout.height, x : x + layout.width] = one
    return out


# ------------------------------------------------------------------ drawing


def ratio_of(painter: QPainter) -> float:
    """Return the device's pixels for one of the painter's; in a file without pixels, enough of them."""
    if not on_pixels(painter):
        return 3.0
    return float(painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11()))


def on_pixels(painter: QPainter) -> bool:
    """Say whether the painter draws on an image or a window."""
    return painter.paintEngine().type() == QPaintEngine.Type.Raster


def draw(painter: QPainter, left: float, top: float, pixels: Bytes, ratio: float) -> QRectF:
    """Draw uint8[h, w, 3] with one pixel of the device for each of its own; return where it lies."""
    height, width = pixels.shape[:2]
    place = QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, width / ratio, height / ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(place, image_of(pixels))
    return place


def image_of(pixels: Bytes) -> QImage:
    """Return uint8[h, w, 3] as an image of its own memory."""
    height, width = pixels.shape[:2]
    data = np.full((height, width, 4), 255, np.uint8)
    data[..., :3] = pixels[..., ::-1]
    return QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def scaled_to(painter: QPainter, rect: QRectF, pixels: Bytes, ratio: float) -> QRectF:
    """Draw uint8[h, w, 3] so that it fills a rectangle, the nearest pixel for each; return where it lies."""
    left, top = round(rect.x() * ratio), round(rect.y() * ratio)
    width = max(1, round(rect.right() * ratio) - left)
    height = max(1, round(rect.bottom() * ratio) - top)
    return draw(painter, left / ratio, top / ratio, enlarged(pixels[None], width, height)[0], ratio)
