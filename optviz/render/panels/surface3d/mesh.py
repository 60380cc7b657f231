"""What of a surface does not depend on where it is looked at from: heights and shades on a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optviz.backdrop import Scale
from optviz.catalog import Array
from optviz.kernels.appearance import Single
from optviz.kernels.height_field import prepare
from optviz.problem import Problem
from optviz.projection import Box, Heights
from optviz.setting import Pair

QUICK, FINE, SAMPLED, SLOW = 200, 480, 240, 240
"""Points a side: in motion; at rest, at most; at rest, at least; and of what is interpolated anyway."""

_WORK = 3e7  # samples times points that a picture at rest may cost
_EVEN = 1e-3  # of a linear scale's range: up to there a logarithmic height grows evenly
_SHADES = (-0.25, 2.0)  # colours end at 0 and 1; what lies further out is as good as here


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface on a grid.

    Attributes
    ----------
    u, v
        float64[n], float64[m], rising evenly: where the lines of the grid stand in the box.
    w
        float64[m, n]: the surface above them; nan where there is none.
    shade
        float64[m, n]: its colour, 0 at the low end of the scale and 1 at the high end.
    """

    u: Array
    v: Array
    w: Array
    shade: Array

    @cached_property
    def prepared(self) -> Single | None:
        """What else is drawn of it: see `height_field.prepare`."""
        return prepare(self.u, self.v, self.w, self.shade)

    @cached_property
    def empty(self) -> bool:
        """Whether there is no surface at all: nowhere in the box is the loss a finite number."""
        return bool(np.isnan(self.w).all())

    def level(self, base: Array) -> Array:
        """Return w, float64[n], of the mesh at u and v, float64[n, 2]; at its edge beyond it."""
        j, s = _cell(self.u, base[:, 0])
        i, t = _cell(self.v, base[:, 1])
        with np.errstate(invalid="ignore"):
            low = self.w[i, j] * (1.0 - s) + self.w[i, j + 1] * s
            high = self.w[i + 1, j] * (1.0 - s) + self.w[i + 1, j + 1] * s
            return np.asarray(low * (1.0 - t) + high * t)

    def on(self, place: Array) -> Array:
        """Return a place (u, v, w), lifted onto the mesh where that runs above it."""
        u, v, w = place.tolist()
        if not (math.isfinite(u) and math.isfinite(v)):
            return place
        (i, t), (j, s) = _place(self.v, v), _place(self.u, u)
        corners = self.w[i : i + 2, j : j + 2].tolist()
        low = corners[0][0] * (1.0 - s) + corners[0][1] * s
        high = corners[1][0] * (1.0 - s) + corners[1][1] * s
        level = low * (1.0 - t) + high * t
        return np.array([u, v, level]) if level > w else place


def _place(lines: Array, at: float) -> tuple[int, float]:
    """Return between which lines of a grid a coordinate lies, and which share of the way."""
    last = len(lines) - 1
    place = (at - float(lines[0])) / (float(lines[-1]) - float(lines[0])) * last
    place = min(max(place, 0.0), float(last))
    index = min(int(place), last - 1)
    return index, place - index


def _cell(lines: Array, at: Array) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Array]:
    """Return between which lines of a grid coordinates lie, and which share of the way."""
    at = np.clip(np.nan_to_num(at), lines[0], lines[-1])
    index = np.clip(np.searchsorted(lines, at, side="right") - 1, 0, len(lines) - 2).astype(np.int64)
    return index, (at - lines[index]) / (lines[index + 1] - lines[index])


def heights(how: Scale, wanted: str) -> Heights:
    """Return how losses become height where their colours are those of `how`.

    Parameters
    ----------
    wanted
        "linear" or "log".
    """
    lowest, highest = how.offset + how.low, how.offset + how.high
    if wanted == "linear":
        low = how.offset if how.log else lowest
        return Heights(False, 0.0, low, highest if highest > low else low + max(1.0, 1e-9 * abs(low)))
    if how.log:
        return Heights(True, how.offset, how.low, how.high)
    span = how.high - how.low if how.high > how.low else 1.0
    return Heights(True, lowest, _EVEN * span, span)


def side_of(problem: Problem, quick: bool) -> int:
    """Return the points a side of the grid that a surface is drawn with."""
    if quick:
        return QUICK
    if problem.slow:
        return SLOW
    if problem.surface.model is None:
        return FINE
    samples = max(int(problem.data.shape[1]), 1)
    return int(min(max(math.sqrt(_WORK / samples), SAMPLED), FINE))


def mesh(problem: Problem, box: Box, how: Scale, side: int, limits: tuple[Pair, Pair]) -> Mesh:
    """Compute a surface on a grid of `side` points along each axis of its box.

    Parameters
    ----------
    limits
        See `Problem.raster`.
    """
    xs, ys = np.linspace(*box.xlim, side), np.linspace(*box.ylim, side)
    with np.errstate(all="ignore"):
        loss = np.asarray(problem.raster(xs, ys, limits), dtype=np.float64)
        if not np.isfinite(loss).any():
            loss = np.full_like(loss, np.nan)
        above = loss - how.offset
        if how.log:
            low, high = math.log(how.low), math.log(how.high)
            above = np.log(np.maximum(above, 1e-300))
        else:
            low, high = how.low, how.high
        shade = np.clip((above - low) / (high - low), *_SHADES)
    half = box.half
    u, v = np.linspace(-half[0], half[0], side), np.linspace(-half[1], half[1], side)
    return Mesh(u, v, np.ascontiguousarray(box.level(loss)), np.ascontiguousarray(shade))
