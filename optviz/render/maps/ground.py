"""From the cells of a map to pixels: each pixel has the colour of the cell it lies in, and of no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED
from optviz.render.maps.shades import SPECIAL, Codes, Pixels
from optviz.render.panels import strokes
from optviz.render.panels.mapping import Mapping

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Where the cells of a map lie in a picture.

    Attributes
    ----------
    view
        The picture; its limits are in shares of the way from the first cell's middle (0) to the last's (1).
    columns, rows
        How many there are. Row 0 is the lowest.
    """

    view: Mapping
    columns: int
    rows: int

    @classmethod
    def of(cls, box: QRectF, columns: int, rows: int, *, whole: bool) -> Cells:
        """Return the cells of a picture: with `whole` those at the edges show whole, else their inner half.

        Points of a lattice whose ends lie on the limits are at the picture's very edge.
        """
        over_x = 0.5 / max(columns - 1, 1) if whole else 0.0
        over_y = 0.5 / max(rows - 1, 1) if whole else 0.0
        limits = ((-over_x, 1.0 + over_x), (-over_y, 1.0 + over_y))
        view = Mapping(box.x(), box.y(), max(box.width(), 1.0), max(box.height(), 1.0), *limits)
        return cls(view, columns, rows)

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (column, row) of the cell under a pixel; None beside the picture."""
        if not self.view.rect.contains(x, y):
            return None
        share = self.view.to_data(np.array([x, y]))
        return int(_nearest(share[0], self.columns)), int(_nearest(share[1], self.rows))

    def middle(self, column: int, row: int) -> tuple[float, float]:
        """Return the pixel of the middle of a cell."""
        at = np.array([column / max(self.columns - 1, 1), row / max(self.rows - 1, 1)])
        x, y = (float(part) for part in self.view.to_pixel(at))
        return x, y

    def pixels(self, width: int, height: int) -> tuple[Whole, Whole]:
        """Return the column of each of `width` pixels, and the row of each of `height`, from the top."""
        (xlo, xhi), (ylo, yhi) = self.view.xlim, self.view.ylim
        x = xlo + (xhi - xlo) * (np.arange(width) + 0.5) / width
        y = yhi - (yhi - ylo) * (np.arange(height) + 0.5) / height
        return _nearest(x, self.columns), _nearest(y, self.rows)


def _nearest(share: npt.NDArray[np.float64] | float, count: int) -> Whole:
    place = np.floor(np.asarray(share) * (count - 1) + 0.5)
    return np.clip(place, 0, count - 1).astype(np.int64)


def painted(
    codes: Codes, colors: tuple[Pixels, Pixels], cells: Cells, width: int, height: int, period: int
) -> QImage:
    """Return the picture of a map in pixels.

    Parameters
    ----------
    codes, colors
        As `optviz.render.maps.shades` gives them.
    period
        Pixels after which the textures repeat.
    """
    image = QImage(max(width, 1), max(height, 1), QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError(f"no memory for a picture of {width} x {height} pixels")
    out = strokes.memory(image).view(np.uint32)[:, : image.width(), 0]
    columns, rows = cells.pixels(image.width(), image.height())
    ground, pattern = colors
    first = len(ground) - len(SPECIAL)
    small = ground[codes]
    np.take(small.take(columns, axis=1), rows, axis=0, out=out, mode="clip")
    if codes.max(initial=0) >= first:
        where = codes.take(columns, axis=1).take(rows, axis=0)
        mask = _mask(image.width(), image.height(), period)
        for i, kind in enumerate(SPECIAL):
            out[(where == first + i) & mask[kind]] = pattern[first + i]
    return image


_masks: dict[tuple[int, int, int], dict[int, npt.NDArray[np.bool_]]] = {}


def _mask(width: int, height: int, period: int) -> dict[int, npt.NDArray[np.bool_]]:
    """Return where each texture has its second colour: stripes, dots, and sparse stripes the other way."""
    key = (width, height, period)
    if key not in _masks:
        _masks.clear()
        i, j = np.arange(height)[:, None], np.arange(width)[None, :]
        dot = max(1, period // 3)
        _masks[key] = {
            DIVERGED: (i + j) % period * 5 < 2 * period,
            UNDECIDED: (i % period < dot) & ((j + (i // period % 2) * (period // 2)) % period < dot),
            OUTSIDE: (j - i) % period < max(1, period // 6),
        }
    return _masks[key]
