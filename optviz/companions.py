"""The values of the small pictures beside a surface, with no Qt in them.

The activation with the samples on it, histograms of what goes into it, the balls of both penalties with the
contours that touch them, and the paths the minimum takes as a penalty grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10, pi
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from contourpy import LineType, contour_generator

from optviz.catalog import Array, Units
from optviz.kernels.activations import activation
from optviz.problem import Limits, Problem
from optviz.readings import followed
from optviz.regularization import LAMBDAS, point_at, trace
from optviz.scene import Scene
from optviz.setting import Pair, Penalty
from optviz.translation import QT_TRANSLATE_NOOP

RUG = 400  # samples that are marked on an activation's axis
BINS = 40
_GRID = 97  # points a side of the picture that contours are drawn from
_SPECK = 4  # cells of it: a shorter contour line is no shape
_FAR = 1e3  # domains: a run this far away has been lost
_ALONG = 33  # points of a path that axes are chosen for
_WORK = 200_000  # samples times points that choosing may take

# ------------------------------------------------------------------ what goes into the activation


@dataclass(frozen=True, eq=False)
class ActivationCurve:
    """An activation, its derivative, and where the samples are on it.

    Attributes
    ----------
    id
        The activation's.
    s, a, slope : float64[n]
        The curve and its derivative.
    rug : float64[r]
        Pre-activations, after batch norm: of all samples (and neurons), or of `RUG` evenly picked ones;
        empty where the run has diverged.
    """

    id: str
    s: Array
    a: Array
    slope: Array
    rug: Array


def units_at(problem: Problem, point: Pair) -> Units | None:
    """Return what goes into the activations at a point; None where there are none.

    Of a mixture, those of the loss that counts for more. All nan where a run has been lost.
    """
    if problem.other is not None and problem.share > 0.5:
        problem = problem.other
    if problem.surface.model is None or problem.posed is None:
        return None
    with np.errstate(all="ignore"):
        units = problem.surface.model.units(problem.posed, *point)
    if not len(units.before):
        return None
    if is_lost(problem, point):
        return Units(np.full_like(units.before, np.nan), np.full_like(units.after, np.nan), units.activation)
    return units


def is_lost(problem: Problem, point: Pair) -> bool:
    """Whether a point is so far away that small pictures of it would say nothing."""
    reach = _FAR * max(abs(part) for limits in problem.surface.domain for part in limits)
    return not max(abs(point[0]), abs(point[1])) <= reach


@dataclass(frozen=True)
class Reach:
    """How far the axes of small pictures go, so that they stand still while a race is played.

    Attributes
    ----------
    units
        The largest pre-activation, before or after batch norm, on the path that is followed.
    ball
        The largest |x| + |y| on it.
    """

    units: float
    ball: float


_reaches: WeakKeyDictionary[Scene, Reach] = WeakKeyDictionary()


def reach_of(scene: Scene) -> Reach:
    """Return how far axes must go for the whole path of the entrant that is followed; found once."""
    found = _reaches.get(scene)
    if found is None:
        line, problem = followed(scene), scene.problem
        path = line.path if line.status != "diverged" else np.array([scene.start])
        samples = max(problem.data.size, 1) if problem.data.size else 1
        count = int(min(max(_WORK // samples, 2), _ALONG))
        path = path[[not is_lost(problem, (x, y)) for x, y in path.tolist()]]
        few = path[np.linspace(0, len(path) - 1, min(count, len(path))).astype(int)] if len(path) else path
        largest = 0.0
        for x, y in few.tolist():
            units = units_at(problem, (x, y))
            if units is None:
                break
            largest = max(largest, _largest(units.before), _largest(units.after))
        ball = float(np.max(np.abs(path).sum(axis=1), initial=0.0))
        found = _reaches[scene] = Reach(largest, ball)
    return found


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))


def activation_curve(scene: Scene, point: Pair) -> ActivationCurve | None:
    """Return the activation with the samples' pre-activations at a point; None where there is none.

    The axis is long enough for the whole race.
    """
    units = units_at(scene.problem, point)
    if units is None:
        return None
    rug = units.after[np.isfinite(units.after)]
    if rug.size > RUG:
        rug = rug[np.linspace(0, rug.size - 1, RUG).astype(int)]
    reach = _round(max(4.0, reach_of(scene).units, _largest(rug)))
    s = np.linspace(-reach, reach, 241)
    a, slope = activation(units.activation, s)
    return ActivationCurve(units.activation, s, a, slope, np.sort(rug))


@dataclass(frozen=True, eq=False)
class Histograms:
    """How pre-activations are spread before and after batch norm, on common bins.

    Attributes
    ----------
    edges : float64[bins + 1]
    before, after : float64[layers, bins]
        Shares of each layer's pre-activations; those not finite are in no bin.
    """

    edges: Array
    before: Array
    after: Array

    @property
    def lost(self) -> bool:
        """Whether there is nothing in them: the run has diverged."""
        return not self.after.any()


def spread(scene: Scene, point: Pair) -> Histograms | None:
    """Return the histograms at a point, on an axis for the whole race; None where there are none."""
    units = units_at(scene.problem, point)
    return histograms(units, reach=reach_of(scene).units) if units is not None else None


def histograms(units: Units, bins: int = BINS, reach: float = 0.0) -> Histograms:
    """Return the histograms of what `units_at` returned, on an axis to `reach` at least."""
    reach = _round(max(1e-6, reach, _largest(units.before), _largest(units.after)))
    edges = np.linspace(-reach, reach, bins + 1)
    before, after = (
        np.stack([np.histogram(row[np.isfinite(row)], edges)[0] / max(row.size, 1) for row in rows])
        for rows in (units.before, units.after)
    )
    return Histograms(edges, before, after)


def _round(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten: an axis that seldom jumps."""
    unit = 10.0 ** floor(log10(min(value, 1e300)))
    if value >= 1e300:
        return 1.5e308 / 2.0
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
    return next((n * unit for n in steps if n * unit >= value), 10.0 * unit)


# ------------------------------------------------------------------ balls of the penalties


@dataclass(frozen=True, eq=False)
class Ball:
    """All weights of one size, and the lowest loss among them.

    Attributes
    ----------
    kind
        "l1" or "l2".
    size
        |x| + |y|, or the root of x² + y².
    outline : float64[n, 2]
        Closed.
    touch
        Where on the outline the loss without penalty is lowest.
    level
        The loss there.
    contour
        Its contour line through `touch`, polylines float64[n, 2]; empty where the loss is not defined.
    axes
        What the two coordinates are called.
    """

    kind: str
    size: float
    outline: Array
    touch: Pair
    level: float
    contour: tuple[Array, ...]
    axes: tuple[str, str] = ("x", "y")


def balls(problem: Problem, point: Pair, limits: Limits) -> tuple[Ball, Ball] | None:
    """Return the L1 diamond and the L2 circle through a point; None where a run has been lost.

    Parameters
    ----------
    limits
        The part of the plane ((xlo, xhi), (ylo, yhi)) that contours are drawn in.
    """
    if is_lost(problem, point):
        return None
    free = without_penalty(problem)
    x, y = point
    return _ball(free, "l1", abs(x) + abs(y), limits), _ball(free, "l2", float(np.hypot(x, y)), limits)


def _outline(kind: str, size: float, angle: Array) -> tuple[Array, Array]:
    c, s = np.cos(angle), np.sin(angle)
    if kind == "l2":
        return size * c, size * s
    # A corner is on its axis exactly, not within the rounding of π.
    c, s = np.where(np.abs(c) < 1e-15, 0.0, c), np.where(np.abs(s) < 1e-15, 0.0, s)
    radius = size / (np.abs(c) + np.abs(s))
    return radius * c, radius * s


def _ball(free: Problem, kind: str, size: float, limits: Limits) -> Ball:
    angle = np.linspace(0.0, 2.0 * pi, 181)
    x, y = _outline(kind, size, angle)
    outline = np.stack([x, y], axis=1)
    with np.errstate(all="ignore"):
        best, level = _lowest(free, kind, size)
    u, v = (float(w[0]) for w in _outline(kind, size, np.array([best])))
    contour = _contour(free, (u, v), level, limits)
    return Ball(kind, size, outline, (u, v), level, contour, free.surface.axes)


def _lowest(free: Problem, kind: str, size: float) -> tuple[float, float]:
    """Return the angle at which the loss on the outline is lowest, and the loss there."""
    angle = np.linspace(0.0, 2.0 * pi, 97)[:-1]  # the corners of the diamond are among them
    loss = _finite(free.loss(*_outline(kind, size, angle)))
    i = int(np.argmin(loss))
    best, level = float(angle[i]), float(loss[i])
    # On either side on its own: at a corner both may have a hollow.
    width = 0.5 * float(angle[1])
    sides = np.array([[best - width], [best + width]])
    for _ in range(7):
        around = sides + width * np.linspace(-1.0, 1.0, 9)
        loss = _finite(free.loss(*_outline(kind, size, around)))
        lowest = np.argmin(loss, axis=1)[:, None]
        sides = np.take_along_axis(around, lowest, axis=1)
        width /= 4.0
    i = int(np.argmin(loss.min(axis=1)))
    # Not for a difference that is rounding: a corner stays one.
    if float(loss[i].min()) < level - 1e-15 * abs(level):
        best, level = float(sides[i, 0]), float(loss[i].min())
    return best, level


def _finite(loss: Array) -> Array:
    return np.where(np.isfinite(loss), loss, np.inf)


def _contour(free: Problem, touch: Pair, level: float, limits: Limits) -> tuple[Array, ...]:
    if not np.isfinite(level):
        return ()
    xs, ys = (np.linspace(low, high, _GRID) for low, high in limits)
    cell = np.array([xs[1] - xs[0], ys[1] - ys[0]])
    apart = 2.0 * cell
    # A speck is where the loss changes within a cell, as around the origin under batch norm: no shape of it.
    lines = tuple(
        line
        for line in _lines(xs, ys, free.raster(xs, ys, limits), level)
        if (np.ptp(line, axis=0) > _SPECK * cell).any() or (np.abs(line - touch) < apart).all(axis=1).any()
    )
    if lines:
        return lines
    # Next to a minimum the line may lie between the points of the grid.
    (xlo, xhi), (ylo, yhi) = limits
    reach = 2.0 * max(xhi - xlo, yhi - ylo) / _GRID
    xs, ys = (np.linspace(w - reach, w + reach, 33) for w in touch)
    return _lines(xs, ys, free.loss(*np.meshgrid(xs, ys)), level)


def _lines(xs: Array, ys: Array, loss: Array, level: float) -> tuple[Array, ...]:
    generator = contour_generator(xs, ys, np.ma.masked_invalid(loss), line_type=LineType.Separate)
    return tuple(np.asarray(line) for line in generator.lines(level))


# ------------------------------------------------------------------ paths of the minimum


@dataclass(frozen=True, eq=False)
class PenaltyPath:
    """Where the minimum goes as one penalty grows from (nearly) 0.

    Attributes
    ----------
    kind
        "l1" or "l2".
    lambdas : float64[n]
        Weights of the penalty.
    points : float64[n, 2]
        The minimum at each, knees among them; nan beyond where its valley ends.
    weight
        What the penalty is now; 0 where there is none.
    at
        The minimum at that weight; None where there is no such penalty or the path does not reach it.
    minimum
        Where the path comes from: the lowest minimum without penalty; None where there is none.
    why
        Why there is no path, as a translatable sentence; empty where there is one.
    axes
        What the two coordinates are called.
    """

    kind: str
    lambdas: Array
    points: Array
    weight: float
    at: Pair | None
    minimum: Pair | None = None
    why: str = ""
    axes: tuple[str, str] = ("x", "y")

    @property
    def line(self) -> Array:
        """The path to be drawn, float64[k, 2]: with the minimum without penalty and that of now on it."""
        line = self.points
        if self.at is not None and self.weight not in self.lambdas:
            line = np.insert(line, int(np.searchsorted(self.lambdas, self.weight)), self.at, axis=0)
        return line if self.minimum is None else np.concatenate([[self.minimum], line])


_NONE = QT_TRANSLATE_NOOP("Companions", "there is no minimum to follow")
_INDIFFERENT = QT_TRANSLATE_NOOP(
    "Companions", "there is no single minimum to follow: the loss does not feel the scale of the weights"
)


def paths(problem: Problem) -> tuple[PenaltyPath, PenaltyPath]:
    """Return the paths of the lowest minimum under a growing L1 and a growing L2 penalty.

    Each is for its penalty alone; neither depends on the penalty that `problem` has, but for what marks it.
    """
    free = without_penalty(problem)
    one, two = (_path(free, kind, getattr(problem.penalty, kind)) for kind in ("l1", "l2"))
    return one, two


def _path(free: Problem, kind: Literal["l1", "l2"], weight: float) -> PenaltyPath:
    found = trace(free, kind, LAMBDAS[::4] if free.slow else LAMBDAS[::2])
    at = point_at(free, kind, found, weight)
    known = bool(np.isfinite(found.points).all(axis=1).any())
    why = "" if known else _INDIFFERENT if found.indifferent else _NONE
    # Along a valley, and where the loss falls for ever, no point of the path is one it comes from.
    now, minimum = (
        (float(point[0]), float(point[1])) if known and point is not None else None
        for point in (at, found.minimum)
    )
    return PenaltyPath(kind, found.weights, found.points, weight, now, minimum, why, free.surface.axes)


def without_penalty(problem: Problem) -> Problem:
    """Return the problem without its penalty."""
    return problem.with_penalty(Penalty())
