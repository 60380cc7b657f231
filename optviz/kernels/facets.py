"""Which facet of a height field is nearest at every pixel: a z-buffer, filled a band of rows at a time.

A cell of the grid is two triangles that share the diagonal from its first corner to its last.

The buffer holds 1/c, which is linear on the screen, and what else is interpolated times 1/c: shade, slopes
of the height and slopes of the shade. It lies in groups of 16 neighbouring pixels, plane after plane, so
that a piece of a row is a few whole vectors: float32[rows, groups, 6, 16].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.compile import inlined
from optviz.kernels.drawing import DrawingKernel as DrawingKernel

GROUP = 16
"""Pixels of a row that lie together."""
PLANES = 6
"""What is kept of a pixel: 1/c, and times 1/c shade, dw/du, dw/dv, ds/du, ds/dv."""


@inlined()
def _clip(polygon: Any, other: Any, count: int, a: float, b: float, c: float, d: float) -> int:
    """Cut a polygon of points (u, v, w, …) to where a u + b v + c w + d >= 0; return how many corners it has.

    The result is in `polygon`; `other` is working space.
    """
    kept = 0
    for k in range(count):
        here, there = k, (k + 1) % count
        inside = a * polygon[here, 0] + b * polygon[here, 1] + c * polygon[here, 2] + d
        beyond = a * polygon[there, 0] + b * polygon[there, 1] + c * polygon[there, 2] + d
        if inside >= 0.0:
            for axis in range(8):
                other[kept, axis] = polygon[here, axis]
            kept += 1
        if (inside >= 0.0) != (beyond >= 0.0):
            share = inside / (inside - beyond)
            for axis in range(8):
                other[kept, axis] = polygon[here, axis] + share * (polygon[there, axis] - polygon[here, axis])
            kept += 1
    for k in range(kept):
        for axis in range(8):
            polygon[k, axis] = other[k, axis]
    return kept


@inlined()
def _cut_triangle(
    i: int, j: int, half: int, fields: Any, height: Any, grid: Any, matrix: Any,
    planes: Any, near: float, polygon: Any, other: Any,
) -> int:  # fmt: skip
    """Cut one triangle and project what is left into polygon[k, 8]; return how many corners that has."""
    for k in range(3):
        at_i = i if k == 0 or (k == 2 and half == 0) else i + 1
        at_j = j if k == 0 or (k == 2 and half == 1) else j + 1
        polygon[k, 0] = grid[0] + at_j * grid[1]
        polygon[k, 1] = grid[2] + at_i * grid[3]
        polygon[k, 2] = height[at_i, at_j]
        for axis in range(5):
            polygon[k, 3 + axis] = fields[at_i, at_j, axis]
    count = 3
    for k in range(planes.shape[0]):
        count = _clip(polygon, other, count, planes[k, 0], planes[k, 1], planes[k, 2], planes[k, 3])
    for k in range(count):
        u, v, w = polygon[k, 0], polygon[k, 1], polygon[k, 2]
        c = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2] * w + matrix[2, 3]
        z = 1.0 / max(c, 0.5 * near)
        polygon[k, 0] = (matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2] * w + matrix[0, 3]) * z
        polygon[k, 1] = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2] * w + matrix[1, 3]) * z
        polygon[k, 2] = z
        for axis in range(5):
            polygon[k, 3 + axis] *= z
    return count


@inlined("contract")
def _plane(
    p0: float, p1: float, p2: float, xa: float, xb: float, ya: float, yb: float
) -> tuple[Any, Any, Any]:
    """Return a value at the first corner, and how it changes from pixel to pixel along x and along y."""
    x, y = (p1 - p0) * yb - (p2 - p0) * ya, (p2 - p0) * xa - (p1 - p0) * xb
    return np.float32(p0), np.float32(x), np.float32(y)


def _cover(
    points: Any, spans: Any, reach: Any, cut: Any, fields: Any, height: Any, grid: Any, matrix: Any,
    planes: Any, near: float, offset_x: float, offset_y: float, first_row: int, width: int,
    nearest: Any, touched: Any,
) -> None:  # fmt: skip
    """Fill a band of the z-buffer with what has the largest 1/c; 0 where there is nothing.

    Parameters
    ----------
    planes
        float64[k, 4]: what is drawn is where a u + b v + c w + d >= 0, for every row a, b, c, d.
    offset_x, offset_y
        Where in its pixel a sample is taken, from the centre.
    first_row
        The picture's row that is row 0 of `nearest`.
    touched
        uint8[rows, groups], out: where there is something.
    """
    band_rows, groups = nearest.shape[0], nearest.shape[1]
    end_row = first_row + band_rows
    center_x, center_y = 0.5 + offset_x, 0.5 + offset_y
    for row in range(band_rows):
        for group in range(groups):
            touched[row, group] = 0
            for lane in range(16):
                nearest[row, group, 0, lane] = np.float32(0.0)
    size = np.uint64(16)  # of a group
    flat = nearest.reshape(nearest.size)
    polygon, other = np.empty((8, 8)), np.empty((8, 8))
    cells, columns = spans.shape[0], spans.shape[1]
    for i in range(cells):
        if reach[i, 1] <= first_row or reach[i, 0] >= end_row:
            continue
        for j in range(columns):
            if spans[i, j, 1] <= first_row or spans[i, j, 0] >= end_row:
                continue
            for half in range(2):
                count = 3
                if cut[i, j] != 0:
                    count = _cut_triangle(
                        i, j, half, fields, height, grid, matrix, planes, near, polygon, other
                    )
                else:
                    # The diagonal's ends, and the corner on this side of it.
                    for k in range(3):
                        at_i = i if k == 0 or (k == 2 and half == 0) else i + 1
                        at_j = j if k == 0 or (k == 2 and half == 1) else j + 1
                        for axis in range(3):
                            polygon[k, axis] = points[at_i, at_j, axis]
                        for axis in range(5):
                            polygon[k, 3 + axis] = fields[at_i, at_j, axis] * polygon[k, 2]
                for k in range(count - 2):
                    a, b, c = 0, k + 1, k + 2
                    # From the top down, so that two triangles compute a common edge from the same numbers.
                    if polygon[b, 1] < polygon[a, 1] or (
                        polygon[b, 1] == polygon[a, 1] and polygon[b, 0] < polygon[a, 0]
                    ):
                        a, b = b, a
                    if polygon[c, 1] < polygon[b, 1] or (
                        polygon[c, 1] == polygon[b, 1] and polygon[c, 0] < polygon[b, 0]
                    ):
                        b, c = c, b
                    if polygon[b, 1] < polygon[a, 1] or (
                        polygon[b, 1] == polygon[a, 1] and polygon[b, 0] < polygon[a, 0]
                    ):
                        a, b = b, a
                    x0, y0 = polygon[a, 0], polygon[a, 1]
                    x1, y1 = polygon[b, 0], polygon[b, 1]
                    x2, y2 = polygon[c, 0], polygon[c, 1]
                    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
                    if not 1e-12 < abs(area) < 1e100:  # nothing to see, or not numbers
                        continue
                    first = math.ceil(min(max(y0 - center_y, float(first_row)), float(end_row)))
                    end = math.ceil(min(max(y2 - center_y, float(first_row)), float(end_row)))
                    if first >= end:
                        continue
                    share = 1.0 / area
                    xa, xb, ya, yb = (
                        (x1 - x0) * share,
                        (x2 - x0) * share,
                        (y1 - y0) * share,
                        (y2 - y0) * share,
                    )
                    p0, p1, p2 = polygon[a, 2], polygon[b, 2], polygon[c, 2]
                    zx, zy = (p1 - p0) * yb - (p2 - p0) * ya, (p2 - p0) * xa - (p1 - p0) * xb
                    z0 = p0
                    least = np.float32(min(min(p0, p1), p2))
                    most = np.float32(max(max(p0, p1), p2))
                    fzx = np.float32(zx)
                    p0, p1, p2 = polygon[a, 3], polygon[b, 3], polygon[c, 3]
                    s0, sx, sy = _plane(p0, p1, p2, xa, xb, ya, yb)
                    p0, p1, p2 = polygon[a, 4], polygon[b, 4], polygon[c, 4]
                    wu0, wux, wuy = _plane(p0, p1, p2, xa, xb, ya, yb)
                    p0, p1, p2 = polygon[a, 5], polygon[b, 5], polygon[c, 5]
                    wv0, wvx, wvy = _plane(p0, p1, p2, xa, xb, ya, yb)
                    p0, p1, p2 = polygon[a, 6], polygon[b, 6], polygon[c, 6]
                    su0, sux, suy = _plane(p0, p1, p2, xa, xb, ya, yb)
                    p0, p1, p2 = polygon[a, 7], polygon[b, 7], polygon[c, 7]
                    sv0, svx, svy = _plane(p0, p1, p2, xa, xb, ya, yb)
                    long, upper, lower = (x2 - x0) / (y2 - y0), (x1 - x0) / (y1 - y0), (x2 - x1) / (y2 - y1)
                    for row in range(first, end):
                        y = row + center_y
                        one = x0 + (y - y0) * long
                        two = x0 + (y - y0) * upper if y < y1 else x1 + (y - y1) * lower
                        left = min(max(min(one, two) - center_x, 0.0), float(width))
                        right = min(max(max(one, two) - center_x, 0.0), float(width))
                        if not left <= right:
                            continue
                        begin, stop = math.ceil(left), math.ceil(right)
                        if begin >= stop:
                            continue
                        down = y - y0
                        z_begin, row_down = (
                            np.float32(z0 + zy * down + zx * (begin + center_x - x0)),
                            np.float32(down),
                        )
                        s, wu, wv = s0 + sy * row_down, wu0 + wuy * row_down, wv0 + wvy * row_down
                        su, sv = su0 + suy * row_down, sv0 + svy * row_down
                        length = np.float32(stop - begin)
                        across = np.float32(begin + center_x - x0)
                        for group in range(begin >> 4, ((stop - 1) >> 4) + 1):
                            touched[row - first_row, group] = 1
                            at = np.uint64(((row - first_row) * groups + group) * 96)
                            shift = np.float32(group * 16 - begin)
                            for lane in range(size):
                                t = shift + np.float32(np.int32(lane))
                                here = at + lane
                                z = min(max(z_begin + fzx * t, least), most)
                                old = flat[here]
                                wins = (t >= np.float32(0.0)) & (t < length) & (z > old)
                                t += across
                                flat[here] = z if wins else old
                                here += size
                                flat[here] = s + sx * t if wins else flat[here]
                                here += size
                                flat[here] = wu + wux * t if wins else flat[here]
                                here += size
                                flat[here] = wv + wvx * t if wins else flat[here]
                                here += size
                                flat[here] = su + sux * t if wins else flat[here]
                                here += size
                                flat[here] = sv + svx * t if wins else flat[here]


def _cover_signature(t: Any) -> Any:
    number, whole = t.float64, t.int64
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(
        t.Array(t.float64, 3, "C", readonly=True), t.Array(t.int32, 3, "C", readonly=True),
        t.Array(t.int32, 2, "C", readonly=True), t.Array(t.uint8, 2, "C", readonly=True),
        t.Array(t.float32, 3, "C", readonly=True), plane, line, plane,
        plane, number, number, number, whole, whole, t.Array(t.float32, 4, "C"), t.Array(t.uint8, 2, "C"),
    )  # fmt: skip


cover_kernel = DrawingKernel(_cover, _cover_signature)
