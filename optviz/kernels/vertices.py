"""The vertices of a height field: their slopes, where they are on the screen, what of a cell can be seen.

A cell of the grid is drawn when all four corners are finite. What lies below `bottom` or above `top`, and
what is behind the eye, is cut off by `facets`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.drawing import DrawingKernel


def _prepare(height: Any, shade: Any, grid: Any, fields: Any) -> None:
    """Fill fields[m, n, 8] with shade, ds/du, ds/dv, dw/du, dw/dv: central differences, or one-sided.

    0 where there is none: beside a hole rounding may ask for a little of what is in it.
    """
    m, n = height.shape
    for i in range(m):
        for j in range(n):
            s = shade[i, j]
            fields[i, j, 0] = np.float32(min(max(s, -1e6), 1e6) if s == s else 0.0)
            for axis in range(2):
                bi, bj = (i, max(j - 1, 0)) if axis == 0 else (max(i - 1, 0), j)
                ai, aj = (i, min(j + 1, n - 1)) if axis == 0 else (min(i + 1, m - 1), j)
                if not math.isfinite(height[bi, bj] + shade[bi, bj]):
                    bi, bj = i, j
                if not math.isfinite(height[ai, aj] + shade[ai, aj]):
                    ai, aj = i, j
                steps = ai - bi + aj - bj
                across = 1.0 / (steps * grid[1 + 2 * axis]) if steps > 0 else 0.0
                rise, change = (
                    (height[ai, aj] - height[bi, bj]) * across,
                    (shade[ai, aj] - shade[bi, bj]) * across,
                )
                fields[i, j, 3 + axis] = np.float32(min(max(rise, -1e6), 1e6) if rise == rise else 0.0)
                fields[i, j, 1 + axis] = np.float32(min(max(change, -1e6), 1e6) if change == change else 0.0)
            for rest in range(5, 8):
                fields[i, j, rest] = np.float32(0.0)


def _project(
    height: Any, shade: Any, grid: Any, matrix: Any, bottom: float, top: float, near: float, rows: int,
    points: Any, spans: Any, reach: Any, cut: Any,
) -> None:  # fmt: skip
    """Put every vertex on the screen, and find the rows of pixels that each cell can reach.

    Parameters
    ----------
    height, shade
        float64[m, n]; where one of them is not finite there is no surface.
    grid
        The first u and its step, the first v and its step.
    near
        The least distance from the eye plane that is drawn.
    rows
        Rows of the picture.
    points
        float64[m, n, 3], out: x, y and 1/c.
    spans
        int32[m - 1, n - 1, 2], out: first row and end; equal where nothing is to be drawn.
    reach
        int32[m - 1, 2], out: the same for each row of cells.
    cut
        uint8[m - 1, n - 1], out: 1 where a part of the cell is cut off.
    """
    m, n = height.shape
    for i in range(m):
        v = grid[2] + i * grid[3]
        for j in range(n):
            u, w = grid[0] + j * grid[1], height[i, j]
            c = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2] * w + matrix[2, 3]
            z = 1.0 / c if near <= c < 1e100 else -1.0  # behind the eye, or not a number
            points[i, j, 0] = (matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2] * w + matrix[0, 3]) * z
            points[i, j, 1] = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2] * w + matrix[1, 3]) * z
            points[i, j, 2] = z
    for i in range(m - 1):
        reach[i, 0], reach[i, 1] = rows, 0
        for j in range(n - 1):
            spans[i, j, 0] = spans[i, j, 1] = 0
            cut[i, j] = 0
            h0, h1, h2, h3 = height[i, j], height[i, j + 1], height[i + 1, j], height[i + 1, j + 1]
            low, high = min(min(h0, h1), min(h2, h3)), max(max(h0, h1), max(h2, h3))
            known = (h0 - h0) + (h1 - h1) + (h2 - h2) + (h3 - h3)  # nan where one of them is not finite
            s0, s1, s2, s3 = shade[i, j], shade[i, j + 1], shade[i + 1, j], shade[i + 1, j + 1]
            known += (s0 - s0) + (s1 - s1) + (s2 - s2) + (s3 - s3)
            if known != 0.0 or high < bottom or low > top:
                continue
            above, below, behind = math.inf, -math.inf, False
            # A cell that sticks out stays, once cut, within its corners moved to where it is cut.
            cut[i, j] = low < bottom or high > top
            for corner in range(4):
                at_i, at_j = i + (corner >> 1), j + (corner & 1)
                if cut[i, j] == 0:
                    y, behind = points[at_i, at_j, 1], behind or points[at_i, at_j, 2] < 0.0
                    above, below = min(above, y), max(below, y)
                    continue
                for side in range(3):
                    w = min(max(height[at_i, at_j], bottom), top)
                    if side == 1:
                        w = bottom if low < bottom else w
                    elif side == 2:
                        w = top if high > top else w
                    u, v = grid[0] + at_j * grid[1], grid[2] + at_i * grid[3]
                    c = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2] * w + matrix[2, 3]
                    y = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2] * w + matrix[1, 3]) / c
                    behind = behind or not c >= near
                    above, below = min(above, y), max(below, y)
            if behind:
                cut[i, j], above, below = 1, 0.0, float(rows)
            # A row to spare on both sides, as samples need not be taken at the centres of pixels.
            first = min(max(above - 1.5, 0.0), float(rows))
            end = min(max(below + 1.5, 0.0), float(rows))
            if first < end:
                spans[i, j, 0], spans[i, j, 1] = int(first), math.ceil(end)
                reach[i, 0], reach[i, 1] = min(reach[i, 0], int(first)), max(reach[i, 1], math.ceil(end))


def _prepare_signature(t: Any) -> Any:
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(plane, plane, line, t.Array(t.float32, 3, "C"))


def _project_signature(t: Any) -> Any:
    number, whole = t.float64, t.int64
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(
        plane, plane, line, plane, number, number, number, whole,
        t.Array(t.float64, 3, "C"), t.Array(t.int32, 3, "C"), t.Array(t.int32, 2, "C"),
        t.Array(t.uint8, 2, "C"),
    )  # fmt: skip


prepare_kernel = DrawingKernel(_prepare, _prepare_signature)
project_kernel = DrawingKernel(_project, _project_signature)
