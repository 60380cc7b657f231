"""From losses to pixels: enlarging a coarse grid smoothly, and colouring."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.kernels.compile import Kernel

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]


def _paint(
    loss: Any, table: Any, offset: float, low: float, span: float, log: bool, period: int, out: Any
) -> None:
    shades = table.shape[0] - 2
    rows, columns = loss.shape
    for i in range(rows):
        source = rows - 1 - i
        for j in range(columns):
            value = loss[source, j]
            if not math.isfinite(value):
                index = shades + (1 if (i + j) % period * 4 < period else 0)
            else:
                value -= offset
                if log:
                    value = math.log(value) if value > 0.0 else -1e300
                share = (value - low) / span * (shades - 1) + 0.5
                index = int(min(max(share, 0.0), shades - 1.0))
            for channel in range(3):
                out[i, j, channel] = table[index, channel]


def _enlarge(known: Any, at_x: Any, at_y: Any, out: Any) -> None:
    """Fill out[h, w] with what lies at (at_x[w], at_y[h]) of a grid, in cells from its first point.

    Cubic convolution (Keys 1981). `known` has one more row and column on each side than the grid. Next to
    what is not a number the nearest point counts.
    """
    rows, columns = known.shape
    width, height = at_x.shape[0], at_y.shape[0]
    first = np.empty(width, np.int64)
    weights = np.empty((width, 4))
    for j in range(width):
        left = min(max(math.floor(at_x[j]), 0), columns - 4)
        t = at_x[j] - left
        first[j] = left
        weights[j, 0] = 0.5 * t * (-1.0 + t * (2.0 - t))
        weights[j, 1] = 1.0 + 0.5 * t * t * (3.0 * t - 5.0)
        weights[j, 2] = 0.5 * t * (1.0 + t * (4.0 - 3.0 * t))
        weights[j, 3] = 0.5 * t * t * (t - 1.0)
    line = np.empty(columns)
    for i in range(height):
        top = min(max(math.floor(at_y[i]), 0), rows - 4)
        t = at_y[i] - top
        a, b = 0.5 * t * (-1.0 + t * (2.0 - t)), 1.0 + 0.5 * t * t * (3.0 * t - 5.0)
        c, d = 0.5 * t * (1.0 + t * (4.0 - 3.0 * t)), 0.5 * t * t * (t - 1.0)
        for j in range(columns):
            upper = a * known[top, j] + b * known[top + 1, j]
            line[j] = upper + c * known[top + 2, j] + d * known[top + 3, j]
        near = top + 1 + (1 if t >= 0.5 else 0)
        for j in range(width):
            left = first[j]
            value = (
                weights[j, 0] * line[left]
                + weights[j, 1] * line[left + 1]
                + weights[j, 2] * line[left + 2]
                + weights[j, 3] * line[left + 3]
            )
            if math.isnan(value):
                value = known[near, left + 1 + (1 if at_x[j] - left >= 0.5 else 0)]
            out[i, j] = value


def _rule(
    height: Any, levels: Any, strength: Any, nearest: Any, low: float, span: float, ink: Any, width: float,
    out: Any,
) -> None:  # fmt: skip
    """Draw contour lines into out[h, w, 3] by how far each pixel is from its nearest level.

    The distance is that of the tangent plane, in pixels. `nearest` tells, for equal parts of the span from
    `low`, which level that is; `strength` how much ink each level's line has, `width` how wide it is.
    """
    rows, columns = height.shape
    parts = nearest.shape[0]
    reach = 0.5 * width + 0.5
    scale = parts / span
    for i in range(rows):
        source = rows - 1 - i
        above, below = min(source + 1, rows - 1), max(source - 1, 0)
        part_y = 0.5 if above - below == 2 else 1.0
        for j in range(columns):
            value = height[source, j]
            part = (value - low) * scale
            if not 0.0 <= part < parts:
                continue
            level = nearest[int(part)]
            off = value - levels[level]
            right, left = min(j + 1, columns - 1), max(j - 1, 0)
            dx = (height[source, right] - height[source, left]) * (0.5 if right - left == 2 else 1.0)
            dy = (height[above, j] - height[below, j]) * part_y
            steep = dx * dx + dy * dy
            if not off * off < reach * reach * steep:
                continue
            share = strength[level] * min(1.0, width, reach - math.sqrt(off * off / steep))
            for channel in range(3):
                before = out[i, j, channel]
                out[i, j, channel] = int(before + share * (float(ink[0, channel]) - before) + 0.5)


paint_kernel = Kernel(_paint, "paint")
rule_kernel = Kernel(_rule, "rule")
enlarge_kernel = Kernel(_enlarge, "enlarge")


def paint_plain(
    loss: Array, table: Bytes, offset: float, low: float, span: float, log: bool, period: int, out: Bytes
) -> None:
    """Do what `_paint` does with whole arrays, for the moments before it is compiled."""
    count = len(table) - 2
    loss = loss[::-1]
    value = loss - offset
    if log:
        value = np.where(value > 0.0, np.log(np.where(value > 0.0, value, 1.0)), -1e300)
    share = np.clip((value - low) / span * (count - 1) + 0.5, 0.0, count - 1.0)
    undefined = ~np.isfinite(loss)
    index = np.where(undefined, 0.0, share).astype(np.int64)
    i, j = np.indices(loss.shape)
    hatch = count + ((i + j) % period * 4 < period)
    np.take(table, np.where(undefined, hatch, index), axis=0, out=out)
