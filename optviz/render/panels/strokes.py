"""Lines with hundreds of thousands of pixels: drawn fast.

Qt strokes a wide smooth line at about 1 µs a segment and 0.4 µs a row it crosses: 200 ms for a path
that swings across a valley. The kernel here keeps, for every pixel, how much of it the line covers
already and adds only what is missing: a tenth of the time, no dark joints where a line crosses itself,
and the same pixels on every machine. Qt draws the same pieces where a picture has to stay vectors and
before the kernel is compiled.
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from optviz.catalog import Array
from optviz.colors import from_oklab, oklab, rgb_of
from optviz.kernels import Kernel
from optviz.render.panels import tracks
from optviz.render.panels.tracks import Box, Flags, Track

_QT_RUN = 24  # Qt's rasterizer slows down with the square of what one path holds
_SHADES = 16


def _stroke(
    out: Any, cover: Any, points: Any, begins: Any, shade: Any, table: Any, radius: float, clip: Any
) -> None:
    left, top, right, bottom = clip[0], clip[1], clip[2], clip[3]
    reach = radius + 0.5
    outer = reach * reach
    inner = (radius - 0.5) * (radius - 0.5) if radius > 0.5 else -1.0
    for n in range(1, points.shape[0]):
        if begins[n]:
            continue
        ax, ay, bx, by = points[n - 1, 0], points[n - 1, 1], points[n, 0], points[n, 1]
        red, green, blue = table[shade[n], 0], table[shade[n], 1], table[shade[n], 2]
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        inverse = 1.0 / square if square > 0.0 else 0.0
        low_x, high_x = min(ax, bx) - reach, max(ax, bx) + reach
        first_row = max(top, math.floor(min(ay, by) - reach))
        last_row = min(bottom - 1, math.floor(max(ay, by) + reach))
        slant = abs(dy) > 1e-9
        side = reach * math.sqrt(square) / abs(dy) if slant else 0.0
        slope = dx / dy if slant else 0.0
        for row in range(first_row, last_row + 1):
            py = row + 0.5 - ay
            from_x, to_x = low_x, high_x
            if slant:
                middle = ax + py * slope
                from_x, to_x = max(from_x, middle - side), min(to_x, middle + side)
            first, last = max(left, math.floor(from_x)), min(right - 1, math.floor(to_x))
            for column in range(first, last + 1):
                covered = cover[row - top, column - left]
                if covered == 255:
                    continue
                px = column + 0.5 - ax
                t = min(max((px * dx + py * dy) * inverse, 0.0), 1.0)
                ex, ey = px - t * dx, py - t * dy
                distance = ex * ex + ey * ey
                if distance >= outer:
                    continue
                add = 1.0
                if distance <= inner:
                    cover[row - top, column - left] = 255
                else:
                    share = min(1.0, reach - math.sqrt(distance))
                    had = covered / 255.0
                    if share <= had:
                        continue
                    cover[row - top, column - left] = int(share * 255.0 + 0.5)
                    add = (share - had) / (1.0 - had)
                out[row, column, 0] = int(out[row, column, 0] * (1.0 - add) + blue * add + 0.5)
                out[row, column, 1] = int(out[row, column, 1] * (1.0 - add) + green * add + 0.5)
                out[row, column, 2] = int(out[row, column, 2] * (1.0 - add) + red * add + 0.5)


_kernel = Kernel(_stroke, "stroke")
KERNELS = (_kernel, tracks.decimate, tracks.dashes)


def ready(wait: bool) -> bool:
    """Say whether the fast way may be taken; compile for it if `wait`."""
    return all(kernel.ready or (wait and kernel.compiled is not None) for kernel in KERNELS)


def memory(image: QImage) -> npt.NDArray[np.uint8]:
    """Return the bytes of a 32-bit image, uint8[h, w, 4]: blue, green, red, alpha; shared, not copied."""
    whole = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return whole


@lru_cache(maxsize=256)
def ramp(color: str, toward: str, most: float) -> Array:
    """Return shades from `color` (row 0) to `color` with the share `most` of `toward` (the last), 0 … 255."""
    a, b = oklab(rgb_of(color)), oklab(rgb_of(toward))
    return from_oklab(a + (b - a) * np.linspace(0.0, most, _SHADES)[:, None]) * 255.0


def faded(line: Track, reach: float) -> npt.NDArray[np.int64]:
    """Return the row of a ramp for each point: 0 at the head, the last row `reach` pixels behind it.

    A line much longer than that fades over 60 % of its length instead.
    """
    if not len(line.along):
        return np.empty(0, np.int64)
    behind = (line.along[-1] - line.along) / max(reach, 0.6 * float(line.along[-1]), 1.0)
    return np.asarray(np.minimum(behind, 1.0) * (_SHADES - 1), np.int64)


class Canvas:
    """Something lines are drawn on: an image's memory, or a painter where that cannot be.

    Parameters
    ----------
    clip
        The box outside which nothing is drawn, in the points' pixels.
    """

    def __init__(self, target: QImage | QPainter, clip: Box) -> None:
        self._painter = target if isinstance(target, QPainter) else None
        if isinstance(target, QImage):
            self._pixels = memory(target)
            edges = (math.floor(clip[0]), math.floor(clip[1]), math.ceil(clip[2]), math.ceil(clip[3]))
            sizes = (target.width(), target.height()) * 2
            self._clip = np.array([min(max(e, 0), s) for e, s in zip(edges, sizes, strict=True)], np.int64)
            left, top, right, bottom = self._clip
            self._cover = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.uint8)

    def fresh(self) -> None:
        """Begin a new line: what is drawn next covers what was drawn before."""
        if self._painter is None:
            self._cover[:] = 0

    def stroke(self, line: Track, shade: npt.NDArray[np.int64], table: Array, line_width: float) -> None:
        """Draw a track, each point in its row of `table`."""
        if not len(line.points):
            return
        if self._painter is None:
            _kernel.compiled(
                self._pixels,
                self._cover,
                np.ascontiguousarray(line.points),
                np.ascontiguousarray(line.begins),
                shade,
                np.ascontiguousarray(table),
                0.5 * line_width,
                self._clip,
            )
            return
        self._stroke_with_qt(self._painter, line, shade, table, line_width)

    def _stroke_with_qt(
        self, painter: QPainter, line: Track, shade: npt.NDArray[np.int64], table: Array, line_width: float
    ) -> None:
        pen = QPen()
        pen.setWidthF(line_width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        changes = np.flatnonzero(np.diff(shade)) + 1
        for start, stop in zip([0, *changes.tolist()], [*changes.tolist(), len(shade)], strict=True):
            pen.setColor(QColor(*(round(float(part)) for part in table[shade[start]])))
            painter.setPen(pen)
            for i in range(start, stop, _QT_RUN):
                j = max(i - 1, 0)
                begins = line.begins[j : min(i + _QT_RUN, stop)].copy()
                begins[0] = True
                painter.drawPath(qt_path(line.points[j : min(i + _QT_RUN, stop)], begins))


def qt_path(points: Array, begins: Flags) -> QPainterPath:
    """Return a polyline as a path of Qt's, handed over in one piece (QDataStream's format) for speed."""
    # A point that goes nowhere, as in the gap of a dash, would be a dot in SVG and PDF: their caps are round.
    used = ~(begins & np.append(begins[1:], True)) if len(points) else begins
    points, begins = points[used], begins[used]
    elements = np.empty(len(points), dtype=[("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
    elements["kind"] = np.where(begins, 0, 1)
    elements["x"], elements["y"] = points[:, 0], points[:, 1]
    path = QPainterPath()
    if len(points):
        data = struct.pack(">i", len(points)) + elements.tobytes() + struct.pack(">ii", 0, 1)
        stream = QDataStream(QByteArray(data))
        stream >> path
    return path
