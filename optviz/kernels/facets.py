"""Which facet of a height field is nearest at every pixel: a z-buffer, filled a band of rows at a time.

A cell of the grid is two triangles that share the diagonal from its first corner to its last. The buffer
holds 1/c, which is linear on the screen, in groups of 16 neighbouring pixels: float32[rows, groups, 16].
Where on the surface a pixel is, and so its colour, follows from 1/c (see `shading`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.compile import inlined
from optviz.kernels.drawing import DrawingKernel as DrawingKernel

GROUP = 16
"""Pixels of a row that lie together."""


@inlined()
def _clip(polygon: Any, other: Any, count: int, a: float, b: float, c: float, d: float) -> int:
    """Cut a polygon of points (u, v, w) to where a u + b v + c w + d >= 0; return how many corners it has.

    The result is in `polygon`; `other` is working space.
    """
    kept = 0
    for k in range(count):
        here, there = k, (k + 1) % count
        inside = a * polygon[here, 0] + b * polygon[here, 1] + c * polygon[here, 2] + d
        beyond = a * polygon[there, 0] + b * polygon[there, 1] + c * polygon[there, 2] + d
        if inside >= 0.0:
            for axis in range(3):
                other[kept, axis] = polygon[here, axis]
            kept += 1
        if (inside >= 0.0) != (beyond >= 0.0):
            share = inside / (inside - beyond)
            for axis in range(3):
                other[kept, axis] = polygon[here, axis] + share * (polygon[there, axis] - polygon[here, axis])
            kept += 1
    for k in range(kept):
        for axis in range(3):
            polygon[k, axis] = other[k, axis]
    return kept


@inlined()
def _cut_triangle(
    i: int, j: int, half: int, height: Any, grid: Any, matrix: Any, planes: Any, near: float,
    polygon: Any, other: Any,
) -> int:  # fmt: skip
    """Cut one triangle and project what is left into polygon[k, 3]; return how many corners that has."""
    for k in range(3):
        at_i = i if k == 0 or (k == 2 and half == 0) else i + 1
        at_j = j if k == 0 or (k == 2 and half == 1) else j + 1
        polygon[k, 0] = grid[0] + at_j * grid[1]
        polygon[k, 1] = grid[2] + at_i * grid[3]
        polygon[k, 2] = height[at_i, at_j]
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
    return count


def _cover(
    points: Any, spans: Any, reach: Any, cut: Any, height: Any, grid: Any, matrix: Any, planes: Any,
    near: float, offset_x: float, offset_y: float, first_row: int, width: int, wanted: Any, nearest: Any,
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
    wanted
        uint8[groups]: which columns of groups are filled; the others hold anything.
    """
    band_rows, groups = nearest.shape[0], nearest.shape[1]
    end_row = first_row + band_rows
    after = max(first_row, 0)  # a band may begin above the picture; what is nowhere ends at 0
    center_x, center_y = 0.5 + offset_x, 0.5 + offset_y
    zero, one, slack = np.float32(0.0), np.float32(1.0), np.float32(-1e-5)
    for row in range(band_rows):
        for group in range(groups):
            if wanted[group] != 0:
                for lane in range(16):
                    nearest[row, group, lane] = zero
    size = np.uint64(16)  # of a group
    flat = nearest.reshape(nearest.size)
    polygon, other = np.empty((8, 3)), np.empty((8, 3))
    cells, columns = spans.shape[0], spans.shape[1]
    for i in range(cells):
        if reach[i, 1] <= after or reach[i, 0] >= end_row:
            continue
        for j in range(columns):
            if spans[i, j, 1] <= after or spans[i, j, 0] >= end_row:
                continue
            half, fan, count = 0, 0, 0
            while True:
                if cut[i, j] == 0:
                    if half == 2:
                        break
                    half = 2
                    ax, ay, az = points[i, j, 0], points[i, j, 1], points[i, j, 2]
                    bx, by, bz = points[i, j + 1, 0], points[i, j + 1, 1], points[i, j + 1, 2]
                    cx, cy, cz = points[i + 1, j, 0], points[i + 1, j, 1], points[i + 1, j, 2]
                    dx, dy, dz = points[i + 1, j + 1, 0], points[i + 1, j + 1, 1], points[i + 1, j + 1, 2]
                else:
                    # What is left of each triangle, a fan of triangles.
                    while fan + 2 >= count and half < 2:
                        count = _cut_triangle(i, j, half, height, grid, matrix, planes, near, polygon, other)
                        half, fan = half + 1, 0
                    if fan + 2 >= count:
                        break
                    ax, ay, az = polygon[0, 0], polygon[0, 1], polygon[0, 2]
                    bx, by, bz = polygon[fan + 1, 0], polygon[fan + 1, 1], polygon[fan + 1, 2]
                    cx, cy, cz = ax, ay, az
                    dx, dy, dz = polygon[fan + 2, 0], polygon[fan + 2, 1], polygon[fan + 2, 2]
                    fan += 1
                top, bottom = min(min(ay, by), min(cy, dy)), max(max(ay, by), max(cy, dy))
                left, right = min(min(ax, bx), min(cx, dx)), max(max(ax, bx), max(cx, dx))
                first = math.ceil(min(max(top - center_y, float(first_row)), float(end_row)))
                end = math.floor(min(max(bottom - center_y, first_row - 1.0), end_row - 1.0)) + 1
                begin = math.ceil(min(max(left - center_x, 0.0), float(width)))
                stop = math.floor(min(max(right - center_x, -1.0), width - 1.0)) + 1
                # Once more as whole numbers, in case they were none.
                first, end = max(first, first_row), min(end, end_row)
                begin, stop = max(begin, 0), min(stop, width)
                if first >= end or begin >= stop:
                    continue
                first_group, last_group = begin >> 4, (stop - 1) >> 4
                some = 0
                for group in range(first_group, last_group + 1):
                    some |= wanted[group]
                if some == 0:
                    continue
                # Shares of b and of d in the first triangle, of c and of d in the second, and 1/c, at the
                # first pixel, and how they change from pixel to pixel along x and along y.
                px, py = begin + center_x - ax, first + center_y - ay
                bx, by, bz, cx, cy, cz, dx, dy, dz = (
                    bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az, dx - ax, dy - ay, dz - az
                )  # fmt: skip
                area = bx * dy - dx * by
                flat_one = not 1e-12 < abs(area) < 1e100  # nothing to see, or not numbers
                share = 0.0 if flat_one else 1.0 / area
                b_x, b_y, d_x, d_y = dy * share, -dx * share, -by * share, bx * share
                b_at = np.float32(-1.0 if flat_one else b_x * px + b_y * py)
                d_at = np.float32(d_x * px + d_y * py)
                zx, zy = b_x * bz + d_x * dz, b_y * bz + d_y * dz
                z_at = az + zx * px + zy * py
                least, most = np.float32(az + min(min(bz, dz), 0.0)), np.float32(az + max(max(bz, dz), 0.0))
                area = cx * dy - dx * cy
                flat_two = not 1e-12 < abs(area) < 1e100
                share = 0.0 if flat_two else 1.0 / area
                if flat_one and flat_two:
                    continue
                c_x, c_y, e_x, e_y = dy * share, -dx * share, -cy * share, cx * share
                c_at = np.float32(-1.0 if flat_two else c_x * px + c_y * py)
                e_at = np.float32(e_x * px + e_y * py)
                wx, wy = c_x * cz + e_x * dz, c_y * cz + e_y * dz
                w_at = az + wx * px + wy * py
                low, high = np.float32(az + min(min(cz, dz), 0.0)), np.float32(az + max(max(cz, dz), 0.0))
                bfx, bfy, dfx, dfy = np.float32(b_x), np.float32(b_y), np.float32(d_x), np.float32(d_y)
                cfx, cfy, efx, efy = np.float32(c_x), np.float32(c_y), np.float32(e_x), np.float32(e_y)
                zfx, wfx = np.float32(zx), np.float32(wx)
                for row in range(first, end):
                    down = row - first
                    z_row, w_row = np.float32(z_at + zy * down), np.float32(w_at + wy * down)
                    below = np.float32(down)
                    b_row, d_row = b_at + bfy * below, d_at + dfy * below
                    c_row, e_row = c_at + cfy * below, e_at + efy * below
                    for group in range(first_group, last_group + 1):
                        if wanted[group] == 0:
                            continue
                        at = np.uint64(((row - first_row) * groups + group) * 16)
                        shift = np.float32(group * 16 - begin)
                        for lane in range(size):
                            t = shift + np.float32(np.int32(lane))
                            b, d = b_row + bfx * t, d_row + dfx * t
                            z = min(max(z_row + zfx * t, least), most)
                            z = z if min(min(b, d), one - b - d) >= slack else zero
                            c, e = c_row + cfx * t, e_row + efx * t
                            w = min(max(w_row + wfx * t, low), high)
                            w = w if min(min(c, e), one - c - e) >= slack else zero
                            flat[at + lane] = max(flat[at + lane], max(z, w))


def _cover_signature(t: Any) -> Any:
    number, whole = t.float64, t.int64
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(
        t.Array(t.float64, 3, "C", readonly=True), t.Array(t.int32, 3, "C", readonly=True),
        t.Array(t.int32, 2, "C", readonly=True), t.Array(t.uint8, 2, "C", readonly=True),
        plane, line, plane, plane, number, number, number, whole, whole,
        t.Array(t.uint8, 1, "C", readonly=True), t.Array(t.float32, 3, "C"),
    )  # fmt: skip


cover_kernel = DrawingKernel(_cover, _cover_signature, fastmath=("contract", "nsz"))
