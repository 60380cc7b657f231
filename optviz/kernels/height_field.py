"""Our own renderer of a height field: z-buffer, light, contour and mesh lines. No OpenGL, no globals.

Box coordinates (u, v, w) are right-handed with w up. A camera is a matrix float64[3, 4]: with
p = (u, v, w, 1) and (a, b, c) = matrix @ p, the point is at pixel x = a/c, y = b/c (y down, centres of pixels
at .5) and at distance c from the plane of the eye.
The depth buffer float32[height, width] holds 1/c: larger is nearer, and
0 is nothing at all. Pixels are uint8[height, width, 4] in the order B, G, R, A (premultiplied; what QImage
calls RGB32 or ARGB32_Premultiplied on a little-endian machine).

Everything is drawn in bands of rows by threads; what a pixel gets does not depend on how many there are.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from optviz.kernels.appearance import FLAT, Array, Light, Lines, Single, Triple, lamp, unit
from optviz.kernels.ball import ball_kernel, shadow_kernel
from optviz.kernels.facets import GROUP, cover_kernel
from optviz.kernels.outlines import floor_kernel, outline_kernel, settle_kernel
from optviz.kernels.shading import shade_kernel
from optviz.kernels.vertices import prepare_kernel, project_kernel

__all__ = [
    "FLAT",
    "KERNELS",
    "Light",
    "Lines",
    "Triple",
    "draw",
    "draw_ball",
    "draw_shadow",
    "hidden",
    "prepare",
]

Bytes = npt.NDArray[np.uint8]
_NO_LINES = Lines()

KERNELS = (
    prepare_kernel, project_kernel, cover_kernel, floor_kernel, outline_kernel, shade_kernel, settle_kernel,
    ball_kernel, shadow_kernel,
)  # fmt: skip
"""What has to be compiled before anything is drawn."""

_BAND = 32
_ROUGH = 4e-4  # of 1/c: it bends no more than this from pixel to pixel where a surface goes on
_OFFSETS = {
    1: ((0.0, 0.0),),
    # Every sample in a row and in a column of its own: edges near the axes get as many steps as samples.
    4: tuple(((2 * a - 3) / 8, (2 * b - 3) / 8) for a, b in ((1, 0), (3, 1), (0, 2), (2, 3))),
    9: tuple(
        ((2 * b + 5) % 9 / 9 - 4 / 9, (b - 4) / 9) for b in (0, 1, 2, 3, 5, 6, 7, 8, 4)
    ),  # the centre last
}


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(os.cpu_count() or 1, 1), "raster height field")


def _inverse(matrix: Array) -> Array | None:
    """Return the rays of the pixels (see `shading`), None for a camera that sees nothing."""
    with np.errstate(all="ignore"):
        try:
            rays = np.linalg.inv(matrix[:, :3])
        except np.linalg.LinAlgError:
            return None
        inverse = np.column_stack([rays, -rays @ matrix[:, 3]])
    return np.ascontiguousarray(inverse) if np.isfinite(inverse).all() and np.isfinite(matrix).all() else None


def _grid(u: Array, v: Array) -> Array | None:
    u, v = np.asarray(u, float), np.asarray(v, float)
    if u.size < 2 or v.size < 2:
        return None
    grid = np.array([u[0], (u[-1] - u[0]) / (u.size - 1), v[0], (v[-1] - v[0]) / (v.size - 1)])
    return grid if np.isfinite(grid).all() and grid[1] != 0.0 and grid[3] != 0.0 else None


def draw(
    pixels: Bytes,
    depth: Single,
    u: Array,
    v: Array,
    height: Array | float,
    shade: Array,
    table: Bytes,
    matrix: Array,
    *,
    bottom: float = -math.inf,
    top: float = math.inf,
    light: Light | None = None,
    lines: Lines | None = None,
    samples: int = 1,
    floor: float | None = None,
    prepared: Single | None = None,
    threads: int | None = None,
) -> None:
    """Draw a height field into pixels, in front of what they show where it is nearer.

    Parameters
    ----------
    pixels, depth
        uint8[H, W, 4] and float32[H, W], contiguous, in and out. The depth of a pixel is that at its centre,
        whatever `samples`.
    u, v
        Equally spaced box coordinates: float64[n] and float64[m].
    height
        w at every (u[column], v[row]): float64[m, n]; cells with a corner that is not finite are left out.
        One number is a plane, the floor: quick whatever the size of `shade`.
    shade
        float64[m, n], 0 … 1 along the table (clamped); where it is nan nothing is drawn.
    table
        Colours, uint8[s, 3].
    matrix
        The camera, float64[3, 4].
    bottom, top
        What lies outside this range of w is cut off.
    light, lines
        See `Light` (None: the usual one) and `Lines` (None: no lines).
    samples
        1 for one sample a pixel; 2 or 3 for so many squared where something begins or ends: colours, light
        and lines are smooth anyway.
    floor
        w of a floor below it, in colours as they are; None for none. It has the shades of the surface.
    prepared
        What `prepare` made of the height and the shade, where that is known.
    threads
        How many threads draw; None for one a core. The pixels are the same for any number.
    """
    rows, width = depth.shape
    shade = np.ascontiguousarray(shade, dtype=np.float64)
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    grid, inverse = _grid(u, v), _inverse(matrix)
    if grid is None or inverse is None or rows == 0 or width == 0 or not bottom <= top:
        return
    surface = (
        np.full(shade.shape, float(height))
        if np.ndim(height) == 0
        else np.ascontiguousarray(height, np.float64)
    )
    if surface.shape != (len(v), len(u)) or shade.shape != surface.shape:
        raise ValueError(
            f"height and shade must be {(len(v), len(u))}; they are {surface.shape}, {shade.shape}"
        )
    m, n = surface.shape
    points, cut = np.empty((m, n, 3)), np.empty((m - 1, n - 1), np.uint8)
    spans, reach = np.empty((m - 1, n - 1, 2), np.int32), np.empty((m - 1, 2), np.int32)
    fields = _fields(surface, shade, grid) if prepared is None else prepared
    near = _near(matrix, u, v, surface, bottom, top)
    planes = np.array([[0.0, 0.0, -1.0, top], [0.0, 0.0, 1.0, -bottom], matrix[2] - [0.0, 0.0, 0.0, near]])
    planes = planes[np.isfinite(planes).all(axis=1)]
    project_kernel.compiled(surface, shade, grid, matrix, bottom, top, near, rows, points, spans, reach, cut)
    rgb = np.asarray(table, np.uint8).astype(np.uint32)
    colors = np.ascontiguousarray(0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2])
    lit = lamp(light or Light(), inverse, rows, width)
    levels, ruling = (lines or _NO_LINES).ruled
    words = pixels.view(np.uint32)[:, :, 0]
    shape = (points, spans, reach, cut, surface, grid, matrix, planes, near)
    look = (fields, inverse, grid, colors, lit, levels, ruling, depth)
    ground = None if floor is None else (floor, inverse, grid, _known(shade))
    box = None if floor is None else _box(matrix, u, v, floor, rows, width)
    groups = -(-width // GROUP)
    firsts = iter(range(0, rows, _BAND))

    def work(_worker: int) -> None:
        buffer = np.empty((_BAND + 2, groups, GROUP), np.float32)
        every, wanted = np.ones(groups, np.uint8), np.ones(groups, np.uint8)
        marks, rows_busy = np.zeros((_BAND, groups, GROUP), np.uint8), np.zeros((_BAND, groups), np.uint8)
        added = np.empty((_BAND if samples > 1 else 0, groups, 4, GROUP), np.uint16)

        def fill(first: int, count: int, columns: Bytes, x: float, y: float) -> Single:
            made = buffer[:count]
            cover_kernel.compiled(*shape, x, y, first, width, columns, made)
            if ground is not None:
                floor_kernel.compiled(*ground, x, y, first, box, columns, made)
            return made

        for first in firsts:
            count = min(_BAND, rows - first)
            busy, edges, sums = rows_busy[:count], marks[:count], added[:count]
            if samples == 1:
                near_by = fill(first, count, every, 0.0, 0.0)
                shade_kernel.compiled(near_by, 0, busy, edges, 0, first, 0.0, 0.0, *look, sums, words)
                continue
            # The rows next to the band say where something begins or ends in it.
            middle = fill(first - 1, count + 2, every, 0.0, 0.0).copy()
            outline_kernel.compiled(middle, _ROUGH, wanted, busy, edges, sums)
            if wanted.any():
                for x, y in _OFFSETS[samples * samples]:
                    near_by = fill(first, count, wanted, x, y)
                    shade_kernel.compiled(near_by, 0, busy, edges, 2, first, x, y, *look, sums, words)
                settle_kernel.compiled(sums, samples * samples, busy, edges, first, words)
            shade_kernel.compiled(middle, 1, busy, edges, 1, first, 0.0, 0.0, *look, sums, words)

    workers = min(threads or os.cpu_count() or 1, -(-rows // _BAND))
    if workers == 1:
        work(0)
    else:
        list(_threads().map(work, range(workers)))


def prepare(u: Array, v: Array, height: Array, shade: Array) -> Single | None:
    """Return what of a height field is the same from wherever it is seen; None for one that is not drawn."""
    grid = _grid(u, v)
    return None if grid is None else _fields(np.ascontiguousarray(height), np.ascontiguousarray(shade), grid)


def _fields(height: Array, shade: Array, grid: Array) -> Single:
    fields = np.empty((*height.shape, 8), np.float32)
    prepare_kernel.compiled(height, shade, grid, fields)
    return fields


def _known(shade: Array) -> Bytes:
    """Say which cells have colours, uint8[m - 1, n - 1]."""
    good = np.isfinite(shade)
    return (good[1:, 1:] & good[1:, :-1] & good[:-1, 1:] & good[:-1, :-1]).view(np.uint8)


def _box(matrix: Array, u: Array, v: Array, w: float, rows: int, width: int) -> npt.NDArray[np.int64]:
    """Return the columns and the rows of the picture, first and end of each, in which a floor is."""
    corners = np.array([[a, b, w] for a in (u[0], u[-1]) for b in (v[0], v[-1])])
    with np.errstate(all="ignore"):
        a, b, c = matrix[:, :3] @ corners.T + matrix[:, 3:]
        x, y = a / c, b / c
    whole = np.array([0, width, 0, rows], np.int64)
    if not ((c > 0.0).all() and np.isfinite(x).all() and np.isfinite(y).all()):
        return whole
    reach = [x.min() - 2.0, x.max() + 2.0, y.min() - 2.0, y.max() + 2.0]
    return np.asarray(np.clip(reach, 0, [width, width, rows, rows]), np.int64)


def _near(matrix: Array, u: Array, v: Array, height: Array, bottom: float, top: float) -> float:
    """Return the least distance from the eye plane that is drawn."""
    low = float(np.min(height, initial=math.inf, where=np.isfinite(height)))
    high = float(np.max(height, initial=-math.inf, where=np.isfinite(height)))
    a, b, c, d = matrix[2].tolist()
    ws = [min(max(w, bottom, -1e100), top, 1e100) for w in (low, high)]
    reach = [abs(a * p + b * q + c * w + d) for p in (u[0], u[-1]) for q in (v[0], v[-1]) for w in ws]
    return float(min(max(1e-4 * max(reach), 1e-30), 1e90))


def hidden(
    depth: Single, xs: Array, ys: Array, inverse_depths: Array, bias: float = 2e-3
) -> npt.NDArray[np.bool_]:
    """Say which points lie behind what is drawn; points outside the picture do not.

    Parameters
    ----------
    xs, ys
        Pixels; `inverse_depths`, 1/c of the points.
    bias
        How much nearer, as a share of its depth, the surface must be to hide a point: a path on the surface
        is not hidden by the surface it lies on.
    """
    rows, width = depth.shape
    xs, ys, inverse_depths = np.broadcast_arrays(*(np.asarray(a, float) for a in (xs, ys, inverse_depths)))
    inside = (xs >= 0.0) & (xs < width) & (ys >= 0.0) & (ys < rows) & (inverse_depths > 0.0)
    result = np.zeros(xs.shape, bool)
    here = depth[ys[inside].astype(np.int64), xs[inside].astype(np.int64)]
    result[inside] = here > inverse_depths[inside] * (1.0 + bias)
    return result


def draw_ball(
    pixels: Bytes,
    depth: Single,
    x: float,
    y: float,
    inverse_depth: float,
    radius: float,
    color: tuple[int, int, int],
    *,
    relief: float = 0.0,
    direction: Triple = (-0.4, -0.5, 0.77),
    opacity: float = 1.0,
) -> None:
    """Draw a lit sphere with smooth edges where it is nearer than what is drawn; depth stays as it is.

    Parameters
    ----------
    x, y, inverse_depth, radius
        Its middle and its radius in pixels.
    relief
        Its radius as a share of its distance c: its front is by so much nearer.
    direction
        Towards the light, in the camera's axes: right, down, towards the eye.
    """
    numbers = np.array([x, y, inverse_depth, radius, relief, opacity, *color, *unit(direction)], float)
    if np.isfinite(numbers).all() and radius > 0.0 and inverse_depth > 0.0:
        ball_kernel.compiled(numbers, depth, pixels)


def draw_shadow(
    pixels: Bytes, depth: Single, matrix: Array, center: Triple, radius: float, strength: float = 0.5
) -> None:
    """Darken softly what is drawn around a point of the box, up to `radius` (in the box) away from it."""
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    inverse = _inverse(matrix)
    numbers = np.array([*center, radius, strength], float)
    if inverse is None or not np.isfinite(numbers).all() or not radius > 0.0:
        return
    corners = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]) * radius + numbers[:3]
    rows, width = depth.shape
    x0, x1, y0, y1 = 0.0, float(width), 0.0, float(rows)
    with np.errstate(all="ignore"):
        a, b, c = matrix[:, :3] @ corners.T + matrix[:, 3:]
        reach = np.array([(a / c).min() - 1.0, (a / c).max() + 1.0, (b / c).min() - 1.0, (b / c).max() + 1.0])
    if (c > 0.0).all() and np.isfinite(reach).all():
        x0, x1, y0, y1 = np.clip(reach, 0.0, [width, width, rows, rows]).tolist()
    box = np.array([int(x0), math.ceil(x1), int(y0), math.ceil(y1)], np.int64)
    shadow_kernel.compiled(numbers, inverse, box, depth, pixels)
