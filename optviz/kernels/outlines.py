"""The floor below a height field, and where a picture of both needs more than one sample a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.kernels.drawing import DrawingKernel


def _floor(
    level: float, inverse: Any, grid: Any, known: Any, offset_x: float, offset_y: float, first_row: int,
    box: Any, wanted: Any, nearest: Any,
) -> None:  # fmt: skip
    """Enter -1/c of a level floor into a band of the z-buffer where nothing is nearer.

    Parameters
    ----------
    known
        uint8[m - 1, n - 1]: which cells of it there are.
    box
        Columns (first, end) and rows (first, end) of the picture that it can be in.
    wanted
        uint8[groups]: the columns of groups to enter it into.
    """
    rows, groups = nearest.shape[0], nearest.shape[1]
    flat = nearest.reshape(nearest.size)
    size, zero, one = np.uint64(16), np.float32(0.0), np.float32(1.0)
    iu0, iv0 = np.float32(inverse[0, 0] / grid[1]), np.float32(inverse[1, 0] / grid[3])
    eye_u = np.float32((inverse[0, 3] - grid[0]) / grid[1])
    eye_v = np.float32((inverse[1, 3] - grid[2]) / grid[3])
    below = 1.0 / (level - inverse[2, 3])
    last_u, last_v = np.float32(known.shape[1]), np.float32(known.shape[0])
    last_j, last_i, none = np.int32(known.shape[1] - 1), np.int32(known.shape[0] - 1), np.int32(0)
    whole = True
    for i in range(known.shape[0]):
        for j in range(known.shape[1]):
            whole = whole and known[i, j] != 0
    zx = np.float32(inverse[2, 0] * below)
    for row in range(max(box[2] - first_row, 0), min(box[3] - first_row, rows)):
        y = first_row + row + 0.5 + offset_y
        ru_row = np.float32((inverse[0, 1] * y + inverse[0, 2]) / grid[1])
        rv_row = np.float32((inverse[1, 1] * y + inverse[1, 2]) / grid[3])
        for group in range(max(box[0], 0) >> 4, min((box[1] + 15) >> 4, groups)):
            if wanted[group] == 0:
                continue
            x_first = group * 16 + 0.5 + offset_x
            z_first = np.float32((inverse[2, 0] * x_first + inverse[2, 1] * y + inverse[2, 2]) * below)
            x_single = np.float32(x_first)
            at = np.uint64((row * groups + group) * 16)
            for lane in range(size):
                t = np.float32(np.int32(lane))
                x, z = x_single + t, z_first + zx * t
                c = one / (z if z > zero else one)
                p, q = eye_u + c * (iu0 * x + ru_row), eye_v + c * (iv0 * x + rv_row)
                inside = (p >= zero) & (p <= last_u) & (q >= zero) & (q <= last_v)
                flat[at + lane] = -z if inside & (z > flat[at + lane]) else flat[at + lane]
            if not whole:
                for lane in range(size):
                    if flat[at + lane] < zero:
                        c = one / -flat[at + lane]
                        x = x_single + np.float32(np.int32(lane))
                        across = min(max(np.int32(eye_u + c * (iu0 * x + ru_row)), none), last_j)
                        along = min(max(np.int32(eye_v + c * (iv0 * x + rv_row)), none), last_i)
                        if known[along, across] == 0:
                            flat[at + lane] = zero


def _outline(nearest: Any, rough: float, wanted: Any, busy: Any, edges: Any, sums: Any) -> None:
    """Find the pixels in which something begins or ends, and clear what their samples are added up in.

    They are those where 1/c bends by more than the share `rough` of it to either side.

    Parameters
    ----------
    nearest
        float32[rows + 2, groups, 16]: with a row more above and below.
    wanted
        uint8[groups], out: which columns of groups have some.
    busy
        uint8[rows, groups], out: which groups have some.
    edges
        uint8[rows, groups, 16], out.
    sums
        uint16[rows, groups, 4, 16], see `shading`.
    """
    rows, groups = edges.shape[0], edges.shape[1]
    zs, marks = nearest.reshape(nearest.size), edges.reshape(edges.size)
    size = np.uint64(16)
    share = np.float32(rough)
    wide = np.uint64(groups * 16)
    bent = np.zeros(16, np.uint8)
    for group in range(groups):
        wanted[group] = 0
    for row in range(rows):
        for group in range(groups):
            here = np.uint64(((row + 1) * groups + group) * 16)
            some = 0
            if 0 < group < groups - 1:
                for lane in range(size):
                    z = zs[here + lane]
                    left, right = zs[here + lane - np.uint64(1)], zs[here + lane + np.uint64(1)]
                    above, below = zs[here + lane - wide], zs[here + lane + wide]
                    bend = max(abs(left + right - z - z), abs(above + below - z - z))
                    most = max(max(abs(z), max(abs(left), abs(right))), max(abs(above), abs(below)))
                    bent[lane] = bend > share * most
            else:
                for lane in range(size):
                    z = zs[here + lane]
                    left = zs[here + lane - np.uint64(1)] if group > 0 or lane > np.uint64(0) else z
                    last = group == groups - 1 and lane == np.uint64(15)
                    right = z if last else zs[here + lane + np.uint64(1)]
                    above, below = zs[here + lane - wide], zs[here + lane + wide]
                    bend = max(abs(left + right - z - z), abs(above + below - z - z))
                    most = max(max(abs(z), max(abs(left), abs(right))), max(abs(above), abs(below)))
                    bent[lane] = bend > share * most
            at = np.uint64((row * groups + group) * 16)
            for lane in range(size):
                marks[at + lane] = bent[lane]
                some |= bent[lane]
            busy[row, group] = some
            if some != 0:
                wanted[group] = 1
                for part in range(4):
                    for lane in range(16):
                        sums[row, group, part, lane] = np.uint16(0)


def _settle(sums: Any, passes: int, busy: Any, edges: Any, first_row: int, pixels: Any) -> None:
    """Blend the means of several samples into the pixels that have them."""
    rows, groups, width = edges.shape[0], edges.shape[1], pixels.shape[1]
    half = passes // 2
    for row in range(rows):
        at = first_row + row
        for group in range(groups):
            if busy[row, group] == 0:
                continue
            for lane in range(min(16, width - group * 16)):
                count = np.int64(sums[row, group, 3, lane])
                if edges[row, group, lane] == 0 or count == 0:
                    continue
                x = group * 16 + lane
                old, rest = np.int64(pixels[at, x]), passes - count
                red = (np.int64(sums[row, group, 0, lane]) + rest * ((old >> 16) & 255) + half) // passes
                green = (np.int64(sums[row, group, 1, lane]) + rest * ((old >> 8) & 255) + half) // passes
                blue = (np.int64(sums[row, group, 2, lane]) + rest * (old & 255) + half) // passes
                alpha = (count * 255 + rest * ((old >> 24) & 255) + half) // passes
                pixels[at, x] = np.uint32((alpha << 24) | (red << 16) | (green << 8) | blue)


def _floor_signature(t: Any) -> Any:
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(
        t.float64, plane, line, t.Array(t.uint8, 2, "C", readonly=True), t.float64, t.float64, t.int64,
        t.Array(t.int64, 1, "C", readonly=True), t.Array(t.uint8, 1, "C", readonly=True),
        t.Array(t.float32, 3, "C"),
    )  # fmt: skip


def _outline_signature(t: Any) -> Any:
    return t.void(
        t.Array(t.float32, 3, "C", readonly=True), t.float64, t.Array(t.uint8, 1, "C"),
        t.Array(t.uint8, 2, "C"), t.Array(t.uint8, 3, "C"), t.Array(t.uint16, 4, "C"),
    )  # fmt: skip


def _settle_signature(t: Any) -> Any:
    return t.void(
        t.Array(t.uint16, 4, "C", readonly=True), t.int64, t.Array(t.uint8, 2, "C", readonly=True),
        t.Array(t.uint8, 3, "C", readonly=True), t.int64, t.Array(t.uint32, 2, "C"),
    )  # fmt: skip


floor_kernel = DrawingKernel(_floor, _floor_signature, fastmath=("contract", "nsz"))
outline_kernel = DrawingKernel(_outline, _outline_signature, fastmath=("contract", "nsz"))
settle_kernel = DrawingKernel(_settle, _settle_signature)
