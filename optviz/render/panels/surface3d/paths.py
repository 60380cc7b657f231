"""Paths laid on a surface, and which of their parts it hides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.kernels.hiding import hide_kernel
from optviz.projection import Box, Projection
from optviz.render.panels import tracks
from optviz.render.panels.surface3d.mesh import Mesh
from optviz.render.panels.tracks import Flags, Track

_PART = 0.012  # of the box: a step is followed over the surface in pieces of this length
_MOST_PARTS = 8000
_BIAS = 8e-4  # of its distance: a place so little behind what is drawn shows
_RUN = 4.0  # pixels: shorter parts that would show alone, or hide alone, do not
_THINNING = 0.35

Depths = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Draped:
    """A path as it lies on the surface.

    Attributes
    ----------
    places
        float64[n, 3]: u, v, w. At each step's point the height is that of its recorded loss.
    begins
        bool[n]: where a new piece begins.
    step
        float64[n]: the step of each place, and shares of steps between.
    tested
        float64[n, 3]: the places of which it is asked whether they are hidden: on the surface as it is drawn
        where that is coarser than the true one and runs above it.
    """

    places: Array
    begins: Flags
    step: Array
    tested: Array

    def until(self, k: float) -> Draped:
        """Return the part up to step `k`."""
        n = int(np.searchsorted(self.step, k, side="right"))
        return Draped(self.places[:n], self.begins[:n], self.step[:n], self.tested[:n])


NOWHERE = Draped(np.empty((0, 3)), np.empty(0, np.bool_), np.empty(0), np.empty((0, 3)))


def draped(path: Array, loss: Array, box: Box, surface: Mesh, own: bool) -> Draped:
    """Lay a path on a surface: between two steps it follows the mesh, corrected at both ends to their losses.

    What lies outside the base, and above the top of the box, is left out.

    Parameters
    ----------
    own
        Whether the surface is that of these losses, and not, say, of a mini-batch.
    """
    limits = (box.xlim[0], box.ylim[0], box.xlim[1], box.ylim[1])
    points, begins, place = tracks.clipped(path, limits)
    if not len(points):
        return NOWHERE
    base = box.base(points)
    base, begins, place = _divided(base, begins, place)
    level = surface.level(base)
    # How far each step's own point is from the mesh; nothing where there is no mesh or it lies outside.
    with np.errstate(invalid="ignore"):
        true = box.level(loss)
        off = true - surface.level(box.base(path))
        inside = np.all((path >= limits[:2]) & (path <= limits[2:]), axis=1)
    off = np.where(np.isfinite(off) & inside, off, 0.0)
    steps = np.arange(len(path), dtype=np.float64)
    known = np.isfinite(true)
    straight = np.interp(place, steps[known], true[known]) if known.any() else np.full(len(place), np.nan)
    w = np.where(np.isfinite(level), level + np.interp(place, steps, off), straight)
    places = np.column_stack([base, w])
    above = np.where(np.isfinite(level), np.maximum(level, w), w) if own else w
    return _under(Draped(places, begins, place, np.column_stack([base, above])), box.half[2])


def _divided(base: Array, begins: Flags, place: Array) -> tuple[Array, Flags, Array]:
    """Divide a polyline until no piece is longer than `_PART`."""
    way = np.diff(base, axis=0)
    length = np.hypot(way[:, 0], way[:, 1])
    length[begins[1:]] = 0.0
    part = max(_PART, float(length.sum()) / _MOST_PARTS)
    count = np.append(np.maximum(np.ceil(length / part), 1.0).astype(np.int64), 1)
    origin = np.repeat(np.arange(len(base)), count)
    share = (np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)) / count[origin]
    after = np.minimum(origin + 1, len(base) - 1)
    first = share == 0.0
    out = base[origin] + (base[after] - base[origin]) * share[:, None]
    steps = place[origin] + (place[after] - place[origin]) * share
    return out, begins[origin] & first, steps


def _under(line: Draped, top: float) -> Draped:
    """Cut a path where it leaves the box through its top, or has no height."""
    w = line.places[:, 2]
    with np.errstate(invalid="ignore"):
        fits = w <= top
    if fits.all():
        return line
    crossing = np.flatnonzero(
        (fits[:-1] != fits[1:]) & ~line.begins[1:] & np.isfinite(w[:-1]) & np.isfinite(w[1:])
    )
    share = ((top - w[crossing]) / (w[crossing + 1] - w[crossing]))[:, None]

    def with_cuts(values: Array) -> Array:
        cut = values[crossing] + (values[crossing + 1] - values[crossing]) * share
        return np.insert(values, crossing + 1, cut, axis=0)

    steps = with_cuts(line.step[:, None])[:, 0]
    keep = np.insert(fits, crossing + 1, True)
    begins = np.insert(line.begins, crossing + 1, ~fits[crossing])
    begins[1:] |= ~keep[:-1]
    return Draped(with_cuts(line.places)[keep], begins[keep], steps[keep], with_cuts(line.tested)[keep])


@dataclass(frozen=True, eq=False)
class Sight:
    """What decides whether a place shows: the view, the depths of what is drawn in it, and the surface."""

    view: Projection
    depth: Depths
    surface: Mesh

    @cached_property
    def nothing(self) -> Depths:
        """The depths of a picture in which nothing is drawn."""
        return np.zeros(self.depth.shape, np.float32)

    def shows(self, places: Array) -> Flags:
        """Say which places, float64[n, 3], no surface hides."""
        hidden = np.zeros(len(places), np.bool_)
        hide_kernel.compiled(
            np.ascontiguousarray(places), self.view.matrix, np.ascontiguousarray(self.view.eye),
            np.array(self.view.box.half), self.surface.w, self.depth, _BIAS, hidden,
        )  # fmt: skip
        return ~hidden

    def shows_one(self, place: Array) -> bool:
        """Say whether one place, float64[3], shows."""
        return bool(self.shows(place[None])[0])


def all_parted(
    lines: Sequence[Draped], sight: Sight, dashes: Sequence[list[float]], hidden_dash: list[float],
    ratio: float = 1.0,
) -> list[tuple[Track, Track]]:  # fmt: skip
    """Return the parts of each path that show and those that are hidden, as tracks in pixels."""
    if not lines:
        return []
    pixels = sight.view.seen(np.concatenate([line.places for line in lines]))[:, :2]
    shows = sight.shows(np.concatenate([line.tested for line in lines]))
    made, first = [], 0
    for line, dash in zip(lines, dashes, strict=True):
        part = slice(first, first + len(line.places))
        made.append(_parted(line, pixels[part], shows[part], dash, hidden_dash, ratio))
        first = part.stop
    return made


def parted(
    line: Draped, sight: Sight, dash: list[float], hidden_dash: list[float], ratio: float = 1.0
) -> tuple[Track, Track]:
    """Return the parts of a path that show and those that are hidden, as tracks in pixels."""
    return all_parted([line], sight, [dash], hidden_dash, ratio)[0]


def _parted(
    line: Draped, pixels: Array, shows: Flags, dash: list[float], hidden_dash: list[float], ratio: float
) -> tuple[Track, Track]:
    if not len(line.places):
        return tracks.EMPTY, tracks.EMPTY
    seen = _calmed(shows, line.begins, pixels, _RUN * ratio)
    turns = np.zeros(len(seen), np.bool_)
    turns[1:] = seen[1:] != seen[:-1]
    marks = line.begins | turns
    keep = tracks.thinned(pixels, marks, _THINNING * ratio)
    pixels, begins, step, seen = pixels[keep], line.begins[keep], line.step[keep], seen[keep]
    whole = tracks.track(pixels, begins, step, dash)
    covered = ~seen
    # A piece is hidden where one of its ends is.
    hides = covered.copy()
    hides[1:] |= covered[:-1]
    if not hides.any():
        return whole, tracks.EMPTY
    length = np.hypot(*np.diff(pixels, axis=0).T)
    length[begins[1:]] = 0.0
    along = np.concatenate([[0.0], np.cumsum(length)])
    at = np.minimum(np.searchsorted(along, whole.along, side="left"), len(hides) - 1)
    cut = hides[at]
    front = Track(whole.points, whole.begins | cut, whole.step, whole.along, whole.gaps | cut)
    if hides.all():
        front = tracks.EMPTY
    back = tracks.track(pixels, begins | ~hides, step, hidden_dash)
    return front, back


def _calmed(seen: Flags, begins: Flags, pixels: Array, least: float) -> Flags:
    """Return which places show, parts shorter than `least` pixels told like those around them."""
    if len(seen) < 3 or seen.all():
        return seen
    length = np.hypot(*np.diff(pixels, axis=0).T)
    length[begins[1:] | ~np.isfinite(length)] = 0.0
    along = np.concatenate([[0.0], np.cumsum(length)])
    result = seen.copy()
    for kind in (False, True):
        edges = np.flatnonzero((result[1:] != result[:-1]) | begins[1:]) + 1
        first, end = np.concatenate([[0], edges]), np.append(edges, len(result))
        reach = along[np.minimum(end, len(along) - 1)] - along[np.maximum(first - 1, 0)]
        for a, b in zip(first[reach < least].tolist(), end[reach < least].tolist(), strict=True):
            joined = (a > 0 and not begins[a]) or (b < len(result) and not begins[b])
            if result[a] == kind and joined:
                result[a:b] = not kind
    return result


def hidden_dash(width: float) -> list[float]:
    """Return the dashes of parts that are hidden: short, with wide gaps."""
    return [max(0.01, 1.4 * width), 3.2 * width]


def reach(view: Projection) -> float:
    """Return over how many pixels a path fades."""
    return 0.9 * math.hypot(view.width, view.height)
