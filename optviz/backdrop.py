"""The still picture of a surface: colours, contour lines and the levels they stand for.

The more loss, the more ink: both themes start at the colour of their page where the loss is lowest
and move away from it, so that the place the paths run to is where they read best. Lightness runs
straight in OKLab; hue follows viridis (or cividis), muted.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.colors import rgb_of, shades
from optviz.kernels.picture import enlarge_kernel, paint_kernel, paint_plain, rule_kernel

Bytes = npt.NDArray[np.uint8]
Limits = tuple[float, float]

KERNELS = (paint_kernel, enlarge_kernel)
_UNDEFINED = {
    "light": ("#f1f0ee", "#d3d1cd"), "dark": ("#1b1d21", "#33363c"), "projector": ("#f1f0ee", "#c3c1bc"),
}  # fmt: skip
_LOG_RATIO = 5.0  # the highest loss against the median one: beyond it linear levels crowd
_DECADES = 8.0  # a log picture shows at most this many
_KEPT = 6
_WORK = 1.2e6  # samples times points that a picture in motion may cost


class Raster(Protocol):
    """What a backdrop needs to know of a problem."""

    @property
    def key(self) -> str: ...
    def raster(self, xs: Array, ys: Array, limits: tuple[Limits, Limits] | None = None) -> Array: ...


@dataclass(frozen=True)
class Scale:
    """How losses become shades: linear, or logarithmic in the loss above `offset`.

    Attributes
    ----------
    low, high
        Loss minus `offset` at both ends of the colours.
    levels
        Round values of loss minus `offset` at which contour lines run.
    """

    log: bool
    offset: float
    low: float
    high: float
    levels: tuple[float, ...]


@dataclass(frozen=True)
class Ink:
    """How contour lines look that are drawn into the picture: colour, strength of both kinds, pixels wide."""

    color: tuple[int, int, int]
    share: tuple[float, float]
    width: float


@dataclass(frozen=True, eq=False)
class Backdrop:
    """One still picture of a surface.

    Attributes
    ----------
    rgb
        uint8[h, w, 3]; row 0 is the top (the high end of y).
    contours
        For each level its polylines, float64[n, 2] in data coordinates; empty where they are in `rgb`.
    levels, low, high, log, offset
        See `Scale`.
    """

    rgb: Bytes
    contours: tuple[tuple[float, tuple[Array, ...]], ...]
    levels: tuple[float, ...]
    low: float
    high: float
    log: bool
    offset: float


# ------------------------------------------------------------------ colour


def _table(theme: str, colormap: str) -> Bytes:
    """Shades, and after them the two colours of the hatch where the loss is undefined."""
    hatch = [[round(255 * part) for part in rgb_of(color)] for color in _UNDEFINED[theme]]
    return np.ascontiguousarray(np.concatenate([shades(theme, colormap), np.array(hatch, np.uint8)]))


# ------------------------------------------------------------------ levels


def _round_step(raw: float) -> float:
    """Return the 1-2-5 number nearest to `raw`, seen on a log scale."""
    power = 10.0 ** math.floor(math.log10(raw))
    return power * min((1.0, 2.0, 5.0, 10.0), key=lambda m: abs(math.log(raw / (power * m))))


def linear_levels(low: float, high: float, count: int = 14) -> tuple[float, ...]:
    """Return about `count` round values strictly between `low` and `high`, evenly spaced."""
    if not 0.0 < high - low < math.inf:
        return ()
    step = _round_step((high - low) / count)
    first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
    if step <= 0.0 or last - first > 10 * count:
        return ()
    return tuple(step * i for i in range(first, last + 1))


def log_levels(low: float, high: float) -> tuple[float, ...]:
    """Return the numbers 1, 2, 5 × 10ⁿ (fewer where there are many decades) between two positive values."""
    decades = math.log10(high / low)
    multiples: Sequence[int] = (1, 2, 5) if decades <= 5.5 else (1, 3)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    levels = (float(f"{m}e{p}") for p in powers for m in multiples)
    return tuple(level for level in levels if low <= level < high)


def scale_of(loss: Array, lowest: float) -> Scale:
    """Choose how to show a sample of losses whose smallest known value is `lowest`.

    Quantiles rather than extremes set the range, so that one spike does not flatten the rest.
    """
    finite = loss[np.isfinite(loss)]
    if finite.size == 0:
        return Scale(False, 0.0, 0.0, 1.0, ())
    with np.errstate(over="ignore"):
        above = finite - lowest
    above = np.where(np.isfinite(above), above, np.finfo(np.float64).max)
    median, high = (float(q) for q in np.quantile(above, (0.5, 0.995), method="lower"))
    top = float(above.max())
    high = top if top <= 2.0 * high else high
    if not high > 1e-13 * abs(lowest) or high <= 1e-300:  # flat, as far as its own digits tell
        return Scale(False, lowest, 0.0, 1.0, ())
    if high > _LOG_RATIO * median:
        positive = above[above > 0.0]
        low = max(float(np.quantile(positive, 0.002, method="lower")), high * 10.0**-_DECADES)
        if low < high:
            return Scale(True, lowest, low, high, log_levels(low, high))
    return Scale(False, 0.0, lowest, lowest + high, linear_levels(lowest, lowest + high))


def _lowest(problem: Raster, xs: Array, ys: Array, loss: Array, limits: tuple[Limits, Limits]) -> float:
    """Return the smallest loss: that of the best minimum known, else looked for around the smallest value."""
    best = float(np.min(loss, initial=math.inf, where=np.isfinite(loss)))
    known = _lowest_known(problem, limits)
    if known <= best:
        return known
    where = np.where(np.isfinite(loss), loss, math.inf)
    xlow, xhigh, ylow, yhigh = xs[0], xs[-1], ys[0], ys[-1]
    samples = _samples(problem) > 0
    count, zooms = (15, 3) if samples else (25, 5)
    for _zoom in range(zooms):
        row, column = np.unravel_index(int(np.argmin(where)), where.shape)
        width, height = 1.5 * (xs[1] - xs[0]), 1.5 * (ys[1] - ys[0])
        x, y = xs[column], ys[row]
        xs = np.linspace(max(x - width, xlow), min(x + width, xhigh), count)
        ys = np.linspace(max(y - height, ylow), min(y + height, yhigh), count)
        if samples and not problem.slow:  # type: ignore[attr-defined]
            loss = problem.loss(*np.meshgrid(xs, ys))  # type: ignore[attr-defined] # a picture would be kept
        else:
            loss = problem.raster(xs, ys, limits)
        where = np.where(np.isfinite(loss), loss, math.inf)
        best = min(best, float(where.min()))
    return best if math.isfinite(best) else 0.0


def _lowest_known(problem: Raster, limits: tuple[Limits, Limits]) -> float:
    """Return the loss of the best minimum known within limits, infinity where there is none.

    That of a mini-batch is not looked for: it is drawn for the blink of an eye.
    """
    minima = None if hasattr(problem, "columns") else getattr(problem, "minima", None)
    if minima is None or not len(minima):
        return math.inf
    (xlo, xhi), (ylo, yhi) = limits
    x, y = minima.T
    inside = (xlo <= x) & (x <= xhi) & (ylo <= y) & (y <= yhi)
    if not inside.any():
        return math.inf
    loss = np.asarray(problem.loss(x[inside], y[inside]))  # type: ignore[attr-defined]
    return float(np.min(loss, initial=math.inf, where=np.isfinite(loss)))


def _samples(problem: Raster) -> int:
    """Return how many samples a loss is the mean of; 0 for a formula."""
    surface = getattr(problem, "surface", None)
    if surface is None or surface.model is None:
        return 0
    other = getattr(problem, "other", None)
    own = int(problem.data.shape[1])  # type: ignore[attr-defined]
    return max(own, int(other.data.shape[1])) if other is not None else own


def _side(problem: Raster) -> int:
    """Return the points a side of the grid that a scale, and a picture in motion, are made from.

    For the loss of samples as many as take some milliseconds: what lies between is interpolated.
    """
    samples = _samples(problem)
    if not samples:
        return 161
    slow = getattr(problem, "slow", False)
    return 97 if slow else int(min(max(math.sqrt(_WORK / samples), 33), 97))


_kept: OrderedDict[tuple[object, ...], Any] = OrderedDict()
_lock = Lock()


def _remembered(key: tuple[object, ...]) -> Any:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _remember(key: tuple[object, ...], value: object) -> None:
    with _lock:
        _kept[key] = value
        pictures = [k for k in _kept if k[0] == key[0]]
        for old in pictures[: -(_KEPT if key[0] == "picture" else 64)]:
            del _kept[old]


def scale(problem: Raster, xlim: Limits, ylim: Limits, company: Sequence[Raster] = ()) -> Scale:
    """Return how the losses inside the limits are shown: the same at every pixel size.

    With `company` one scale is made for all of them, whether or not the problem is among them.
    """
    among = {one.key: one for one in company or (problem,)}
    key = ("scale", *sorted(among), xlim, ylim)
    found = _remembered(key)
    if found is None:
        with np.errstate(all="ignore"):
            samples = [_sample(one, xlim, ylim) for one in among.values()]
            found = scale_of(np.concatenate([loss for loss, _ in samples]), min(low for _, low in samples))
        _remember(key, found)
    return found  # type: ignore[no-any-return]


def _sample(problem: Raster, xlim: Limits, ylim: Limits) -> tuple[Array, float]:
    """Return losses all over the limits, and the smallest there is."""
    key = ("sample", problem.key, xlim, ylim)
    found = _remembered(key)
    if found is None:
        xs, ys = _grid(problem, xlim, ylim)
        loss = problem.raster(xs, ys, (xlim, ylim))
        found = loss.ravel(), _lowest(problem, xs, ys, loss, (xlim, ylim))
        _remember(key, found)
    return found  # type: ignore[no-any-return]


def _grid(problem: Raster, xlim: Limits, ylim: Limits) -> tuple[Array, Array]:
    side = _side(problem)
    return np.linspace(*xlim, side), np.linspace(*ylim, side)


def _heights(loss: Array, how: Scale) -> Array:
    """Return what contour lines are drawn of."""
    height = loss - how.offset
    # Straight pieces between grid points fit the logarithm far better.
    return np.asarray(np.log(np.maximum(height, how.low * 1e-6))) if how.log else np.asarray(height)


def _contours(
    xs: Array, ys: Array, height: Array, how: Scale
) -> tuple[tuple[float, tuple[Array, ...]], ...]:
    """Return the contour lines of what `_heights` gave at every (xs[column], ys[row])."""
    if not how.levels:
        return ()
    import contourpy

    if not (np.diff(xs).min() > 0.0 and np.diff(ys).min() > 0.0):
        return ()  # limits so near to each other that no grid of numbers lies between them
    known = height if np.isfinite(height).all() else np.ma.masked_invalid(height)
    generator: Any = contourpy.contour_generator(
        xs, ys, known, name="serial", line_type=contourpy.LineType.ChunkCombinedOffset
    )
    at = [math.log(level) if how.log else level for level in how.levels]
    cell = np.array([xs[1] - xs[0], ys[1] - ys[0]])
    return tuple(
        (level, _shapes(generator.lines(h), 4.0 * cell)) for level, h in zip(how.levels, at, strict=True)
    )


def _shapes(found: Any, least: Array) -> tuple[Array, ...]:
    """Return the lines of one level that are larger than `least` in x or in y.

    Rings of a few cells are where a ravine is narrower than the grid: no shape of the surface.
    """
    points, offsets = (chunks[0] for chunks in found)
    if points is None:
        return ()
    first, end = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64)
    size = np.maximum.reduceat(points, first) - np.minimum.reduceat(points, first)
    large = (size > least).any(axis=1)
    return tuple(points[a:b] for a, b in zip(first[large].tolist(), end[large].tolist(), strict=True))


def _enlarged(coarse: Array, width: int, height: int) -> Array:
    """Return a grid sampled at pixel centres, blown up linearly."""
    rows, columns = coarse.shape
    x = np.clip((np.arange(width) + 0.5) / width * columns - 0.5, 0, columns - 1)
    y = np.clip((np.arange(height) + 0.5) / height * rows - 0.5, 0, rows - 1)
    j, i = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
    u, v = x - j, (y - i)[:, None]
    wide = coarse[:, j] * (1 - u) + coarse[:, j + 1] * u
    return np.asarray(wide[i] * (1 - v) + wide[i + 1] * v)


def backdrop(
    problem: Raster,
    xlim: Limits,
    ylim: Limits,
    width: int,
    height: int,
    theme: str = "light",
    colormap: str = "viridis",
    *,
    quick: bool = False,
    company: Sequence[Raster] = (),
    ink: Ink | None = None,
) -> Backdrop:
    """Draw the surface of a problem at a pixel size, and keep the last few pictures.

    Parameters
    ----------
    xlim, ylim
        The limits that the picture's outer edges stand for.
    width, height
        Pixels, at least 1 each.
    quick
        A coarse grid blown up smoothly: for the first moments of a launch, coloured without compiled code
        where that is not at hand, and while a slider moves. The grid of a loss of samples is kept, so that
        a penalty that moves costs no more than colouring.
    company
        Problems whose losses make the scale of colours, see `scale`.
    ink
        With `quick`, where a loss of samples is drawn: contour lines go straight into the picture.
    """
    waits = getattr(problem, "wait", True)
    among = tuple(one.key for one in company)
    key = ("picture", problem.key, among, waits, xlim, ylim, width, height, theme, colormap, quick, ink)
    found = _remembered(key)
    if found is not None:
        return found  # type: ignore[no-any-return]
    how = scale(problem, xlim, ylim, company)
    period = max(6, round(height / 60))
    table = _table(theme, colormap)
    rgb = np.empty((height, width, 3), np.uint8)
    low, high = (math.log(how.low), math.log(how.high)) if how.log else (how.low, how.high)
    if quick and _samples(problem) and min(width, height) > 1:
        lines = _paint_moving(problem, xlim, ylim, how, (low, high - low), table, period, ink, rgb)
    else:
        columns, rows = (min(width, 400), min(height, 300)) if quick else (width, height)
        columns, rows = max(columns, 2), max(rows, 2)
        xs = xlim[0] + (xlim[1] - xlim[0]) * (np.arange(columns) + 0.5) / columns
        ys = ylim[0] + (ylim[1] - ylim[0]) * (np.arange(rows) + 0.5) / rows
        grid = (200, 150) if quick else (min(max(width // 2, 96), 720), min(max(height // 2, 96), 720))
        with np.errstate(all="ignore"):
            loss = np.ascontiguousarray(problem.raster(xs, ys, (xlim, ylim)))
            if loss.shape != (height, width):
                loss = _enlarged(loss, width, height)
            paint = paint_kernel.compiled if not quick or paint_kernel.ready else paint_plain
            paint(loss, table, how.offset, low, high - low, how.log, period, rgb)
            xs, ys = np.linspace(*xlim, grid[0]), np.linspace(*ylim, grid[1])
            heights = _heights(problem.raster(xs, ys, (xlim, ylim)), how)
        lines = _contours(xs, ys, heights, how)
    picture = Backdrop(rgb, lines, how.levels, how.low, how.high, how.log, how.offset)
    _remember(key, picture)
    return picture


def _paint_moving(
    problem: Raster, xlim: Limits, ylim: Limits, how: Scale, span: tuple[float, float], table: Bytes,
    period: int, ink: Ink | None, rgb: Bytes,
) -> tuple[tuple[float, tuple[Array, ...]], ...]:  # fmt: skip
    """Paint the loss of samples from the grid its scale was made from, and return the contour lines."""
    height, width = rgb.shape[:2]
    grid_x, grid_y = _grid(problem, xlim, ylim)
    with np.errstate(all="ignore"):
        known = _heights(problem.raster(grid_x, grid_y, (xlim, ylim)), how)
        low, wide = span
        # What is beyond the colours must not swing into them between two points.
        known = np.where(np.isfinite(known), np.clip(known, low - 0.25 * wide, low + 1.5 * wide), math.nan)
    around = np.pad(known, 1, mode="reflect", reflect_type="odd")
    cells = len(grid_x) - 1

    def between(at_x: Array, at_y: Array) -> Array:
        out = np.empty((len(at_y), len(at_x)))
        enlarge_kernel.compiled(around, at_x * cells, at_y * cells, out)
        return out

    fine = between((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    paint_kernel.compiled(fine, table, 0.0, low, wide, False, period, rgb)
    if ink is not None:
        _rule_levels(fine, how, span, ink, rgb)
        return ()
    columns, rows = (min(max(n // 3, 64), 240) for n in (width, height))
    xs, ys = np.linspace(0.0, 1.0, columns), np.linspace(0.0, 1.0, rows)
    heights = between(xs, ys)
    return _contours(np.linspace(*xlim, columns), np.linspace(*ylim, rows), heights, how)


def is_strong(how: Scale | Backdrop, level: float) -> bool:
    """Say whether a contour line is one of the strong ones: the powers of ten of a logarithmic scale."""
    return how.log and f"{level:e}".startswith("1.000000e")


_PARTS = 512


def _rule_levels(fine: Array, how: Scale, span: tuple[float, float], ink: Ink, rgb: Bytes) -> None:
    if not how.levels:
        return
    low, wide = span
    levels = np.array(how.levels)
    at = np.log(levels) if how.log else levels
    strength = np.array([ink.share[is_strong(how, level)] for level in how.levels])
    parts = low + wide * (np.arange(_PARTS) + 0.5) / _PARTS
    nearest = np.abs(parts[:, None] - at).argmin(axis=1)
    color = np.array([ink.color], np.uint8)
    rule_kernel.compiled(fine, at, strength, nearest, low, wide, color, ink.width, rgb)
