"""What can be read off a loss at a point: curvature, the largest stable step, where the gradient points."""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, degrees, hypot, inf, isfinite, nan
from weakref import WeakKeyDictionary

import numpy as np

from optviz.catalog import Array
from optviz.kernels.activations import ACTIVATIONS
from optviz.minima import FALLS, FLAT, why_none
from optviz.problem import Problem
from optviz.scene import Line, Scene
from optviz.setting import Pair
from optviz.translation import QT_TRANSLATE_NOOP

ZERO, TREMBLE, LAST = 1e-3, 2e-2, 20
"""When a weight counts as 0 at an end point under an L1 penalty (without one it must be exactly 0): within
`ZERO` of the domain's longer side; or, as rules that step by the subgradient of |w| tremble around 0 and
never meet it, when it was on both sides of 0 in the `LAST` steps and within `TREMBLE` of that side all the
while."""

FAR = 1e6  # domains away from its middle: beyond, there is nothing to tell of a point
_ON_KINK = 1e-12  # of the largest pre-activation
_EPS = 1e-12  # of the largest curvature: below it there is none

_L1 = {
    (True, False): QT_TRANSLATE_NOOP("Readings", "{name} = 0 is a kink of the L1 penalty"),
    (False, True): QT_TRANSLATE_NOOP("Readings", "{name} = 0 is a kink of the L1 penalty"),
    (True, True): QT_TRANSLATE_NOOP("Readings", "the origin is a kink of the L1 penalty"),
}
_SAMPLE = {
    "relu": QT_TRANSLATE_NOOP("Readings", "a sample sits on ReLU's kink"),
    "leaky_relu": QT_TRANSLATE_NOOP("Readings", "a sample sits on leaky ReLU's kink"),
    "elu": QT_TRANSLATE_NOOP("Readings", "a sample sits where ELU's curvature jumps"),
}
_KINK = QT_TRANSLATE_NOOP("Readings", "the surface has a kink here")
_UNDEFINED = QT_TRANSLATE_NOOP("Readings", "the curvature is not a finite number here")

_SADDLE = QT_TRANSLATE_NOOP("Readings", "the surface falls away in some direction")
_LEVEL = QT_TRANSLATE_NOOP("Readings", "the surface is flat in some direction")

_FALLS = QT_TRANSLATE_NOOP("Readings", "no minimum: the loss falls for ever")
_VALLEY = QT_TRANSLATE_NOOP("Readings", "no single minimum: the lowest points are a whole line")
_RAY = QT_TRANSLATE_NOOP(
    "Readings", "no single minimum: batch norm makes the loss indifferent to the scale of the weights"
)
_SCALE = QT_TRANSLATE_NOOP("Readings", "no single minimum: the scale of the weights has no effect")
_UNKNOWN = QT_TRANSLATE_NOOP("Readings", "no minimum is known here")

SHORT = {
    _FALLS: QT_TRANSLATE_NOOP("Readings", "no minimum"),
    _VALLEY: QT_TRANSLATE_NOOP("Readings", "no single minimum"),
    _RAY: _SCALE,
    _SCALE: QT_TRANSLATE_NOOP("Readings", "no single minimum"),
    _L1[True, False]: QT_TRANSLATE_NOOP("Readings", "{name} = 0 is a kink"),
    _L1[True, True]: QT_TRANSLATE_NOOP("Readings", "a kink of L1"),
    **dict.fromkeys(_SAMPLE.values(), QT_TRANSLATE_NOOP("Readings", "a sample on a kink")),
    _UNDEFINED: QT_TRANSLATE_NOOP("Readings", "not a finite number"),
}
"""What is said in place of a sentence that has no room."""

DIVERGED = QT_TRANSLATE_NOOP("Readings", "diverged")
_AT_MINIMUM = QT_TRANSLATE_NOOP("Readings", "this is the minimum")
_NO_GRADIENT = QT_TRANSLATE_NOOP("Readings", "the gradient is 0 here")


@dataclass(frozen=True)
class Curvature:
    """The Hessian at a point, in the numbers that matter to an optimizer.

    Attributes
    ----------
    low, high
        Its smallest and largest eigenvalue, penalty included; nan at a kink.
    kink
        Why a Hessian says nothing here, as a translatable sentence; empty where it does.
    name
        What stands for {name} in that sentence: a coordinate.
    between
        Whether kinks lie so close around that the numbers are those of the small piece between them.
    """

    low: float
    high: float
    kink: str = ""
    name: str = ""
    between: bool = False

    @property
    def condition(self) -> float:
        """κ, the largest eigenvalue over the smallest; nan where the surface does not curve up all around."""
        return self.high / self.low if not self.reason else nan

    @property
    def reason(self) -> str:
        """Why there is no condition number, as a translatable sentence; empty where there is one."""
        if self.kink:
            return self.kink
        flat = _EPS * max(abs(self.low), abs(self.high))
        return "" if self.low > flat else _SADDLE if self.low < -flat else _LEVEL

    @property
    def stable_step(self) -> float:
        """2 / λmax, the largest learning rate with which gradient descent does not overshoot here.

        nan where the surface curves down all around, infinite where it does not curve.
        """
        if self.kink or not self.high >= 0.0:
            return nan
        return 2.0 / self.high if self.high > 0.0 else inf


@dataclass(frozen=True)
class Readings:
    """What is told about a scene at a point.

    Attributes
    ----------
    point
        Where the cursor is.
    minimum
        The lowest minimum; None where none is known.
    no_minimum
        Why there is none, as a translatable sentence; empty where there is one.
    at_minimum, at_cursor
        The curvature at both.
    angle
        Degrees between the way gradient descent goes from the cursor and the way to the nearest minimum: 0
        straight at it, 90 across. nan where one of them has no direction.
    no_angle
        Why it is nan, as a translatable sentence.
    minimum_zeros
        How many of the two weights are exactly 0 at the lowest minimum; None where there is none, or where
        the two coordinates are no weights.
    zeros
        For each entrant shown its label and how many weights are 0 where it ended, by the measure of `ZERO`;
        empty where the two coordinates are no weights.
    lost
        Whether the entrant at the cursor has diverged.
    """

    point: Pair
    minimum: Pair | None
    no_minimum: str
    at_minimum: Curvature | None
    at_cursor: Curvature
    angle: float
    no_angle: str
    minimum_zeros: int | None
    zeros: tuple[tuple[str, int], ...]
    lost: bool = False

    @property
    def weights(self) -> bool:
        """Whether the two coordinates are weights, and not those of a plane through many."""
        return bool(self.zeros)


@dataclass(frozen=True)
class _Lowest:
    """The part of the readings that does not depend on the cursor."""

    point: Pair | None
    why: str
    curvature: Curvature | None


_lowest: WeakKeyDictionary[Problem, _Lowest] = WeakKeyDictionary()


def read(scene: Scene, k: int, point: Pair | None = None, line: Line | None = None) -> Readings:
    """Return the readings of a scene at a point.

    Parameters
    ----------
    k
        The frame.
    point
        The cursor; where an entrant is at frame k if not given.
    line
        That entrant; the first one shown if not given.
    """
    problem = scene.problem
    shown = [line for line in scene.lines if not line.hidden] or list(scene.lines)
    line = line or shown[0]
    lost = point is None and is_lost(scene, line, k)
    if point is None:
        head = line.path[min(k, line.stopped_at)]
        point = (float(head[0]), float(head[1]))
    lowest = lowest_of(problem)
    if lost or is_far(scene, *point):
        here, angle, no_angle, lost = Curvature(nan, nan, DIVERGED), nan, DIVERGED, True
    else:
        here = curvature_at(problem, *point)
        angle, no_angle = _angle(problem, point, lowest.why)
    (xlo, xhi), (ylo, yhi) = problem.surface.domain
    side = max(xhi - xlo, yhi - ylo)
    trembles = problem.penalty.l1 > 0.0
    zeros = tuple((line.label, _zeros(line.path[-LAST:], side if trembles else 0.0)) for line in shown)
    at_zero = None if lowest.point is None else sum(w == 0.0 for w in lowest.point)
    if problem.slow:  # coordinates of a plane through many weights are no weights
        zeros, at_zero = (), None
    return Readings(
        point, lowest.point, lowest.why, lowest.curvature, here, angle, no_angle, at_zero, zeros, lost
    )


def followed(scene: Scene) -> Line:
    """Return the entrant that is followed: the first one shown that does not diverge, else the first."""
    shown = [line for line in scene.lines if not line.hidden] or list(scene.lines)
    return next((line for line in shown if line.status != "diverged"), shown[0])


def is_far(scene: Scene, x: float, y: float) -> bool:
    """Whether a point lies so far away that nothing can be told of it."""
    reach = FAR * max(abs(part) for part in (*scene.xlim, *scene.ylim, *scene.start))
    return not max(abs(x), abs(y)) <= reach


def is_lost(scene: Scene, line: Line, k: int) -> bool:
    """Whether an entrant has diverged by frame k."""
    x, y = line.path[min(k, line.stopped_at)].tolist()
    return line.status == "diverged" and (k >= line.stopped_at or is_far(scene, x, y))


def _zeros(last: Array, side: float) -> int:
    """Return how many of the two weights count as 0 at the end of a path; see `ZERO`."""
    near = np.abs(last[-1]) <= ZERO * side
    both = (last.min(axis=0) < 0.0) & (last.max(axis=0) > 0.0)
    return int((near | (both & (np.abs(last).max(axis=0) <= TREMBLE * side))).sum())


def lowest_of(problem: Problem) -> _Lowest:
    """Return the lowest minimum of a problem, or why there is none; found once."""
    found = _lowest.get(problem)
    if found is None:
        minima = problem.minima
        if len(minima):
            x, y = (float(w) for w in minima[0])
            found = _Lowest((x, y), "", curvature_at(problem, x, y))
        else:
            found = _Lowest(None, _why(problem), None)
        _lowest[problem] = found
    return found


def _why(problem: Problem) -> str:
    kind = why_none(problem, problem.surface.domain)
    if kind == FLAT:
        normed = problem.choices.get("batch_norm") and problem.choices.get("batch_norm_mode") == "training"
        return _RAY if normed else _VALLEY
    return _FALLS if kind == FALLS else _UNKNOWN


def _angle(problem: Problem, point: Pair, why: str) -> tuple[float, str]:
    minima = problem.minima
    if not len(minima):
        return nan, why
    gx, gy = (float(g) for g in problem.gradient(*point))
    away = minima - np.array(point)
    nearest = away[int(np.argmin(np.hypot(away[:, 0], away[:, 1])))]
    distance, length = hypot(*nearest), hypot(gx, gy)
    if distance == 0.0:
        return nan, _AT_MINIMUM
    if length == 0.0 or not isfinite(length * distance):
        return nan, _NO_GRADIENT if length == 0.0 else _UNDEFINED
    cosine = -(gx / length * nearest[0] + gy / length * nearest[1]) / distance
    return degrees(acos(min(max(cosine, -1.0), 1.0))), ""


def curvature_at(problem: Problem, x: float, y: float) -> Curvature:
    """Return the curvature of a loss at a point, or why there is none.

    `Problem.hessian` answers at a kink too, with the convention of the derivatives there; this does not.
    """
    kink = _kink(problem, x, y)
    if kink:
        return Curvature(nan, nan, kink, _names(problem, x, y))
    low, high = problem.curvature(x, y)
    if not isfinite(low + high):
        return Curvature(nan, nan, _UNDEFINED)
    return Curvature(low, high, between=problem.slow and _kinked(problem))


def _names(problem: Problem, x: float, y: float) -> str:
    return problem.surface.axes[0 if x == 0.0 else 1]


def _kinked(problem: Problem) -> bool:
    parts = [problem] if problem.other is None else [problem, problem.other]
    return any(part.choices.get("activation") in _SAMPLE for part in parts)


def _kink(problem: Problem, x: float, y: float) -> str:
    if problem.penalty.l1 > 0.0 and (x == 0.0 or y == 0.0):
        return _L1[x == 0.0, y == 0.0]
    if problem.surface.model is None:
        return _KINK if _bent(problem, x, y) else ""
    if problem.slow:
        # A sample is on a kink of some neuron next to everywhere, and each turns the slope by very little:
        # numbers say more, those between the kinks. On one the Hessian is that of a piece beside it.
        return ""
    parts = [problem] if problem.other is None else [problem, problem.other]
    return next((kink for part in parts if (kink := _sample_kink(part, x, y))), "")


def _sample_kink(problem: Problem, x: float, y: float) -> str:
    name = str(problem.choices.get("activation", "identity"))
    if name not in _SAMPLE:
        return ""
    assert problem.surface.model is not None
    assert problem.posed is not None
    units, posed = problem.surface.model.units, problem.posed
    after = units(posed, x, y).after
    with np.errstate(all="ignore"):
        zero = _ON_KINK * np.max(np.abs(after), initial=0.0)
        there = np.abs(after) <= zero
        if not there.any():
            return ""
        # A unit that is 0 all around, as one behind a dead ReLU, is no kink: it must leave 0 somewhere.
        h = 1e-5 * max(1.0, abs(x), abs(y))
        for u, v in ((x + h, y), (x - h, y), (x, y + h), (x, y - h)):
            if (np.abs(units(posed, u, v).after[there]) > 1e3 * zero).any():
                return _SAMPLE[name]
    return ""


def _bent(problem: Problem, x: float, y: float) -> bool:
    """Whether the gradient of a formula jumps at a point: a difference that shrinks with no distance."""
    (xlo, xhi), (ylo, yhi) = problem.surface.domain
    h = 1e-8 * max(xhi - xlo, yhi - ylo, abs(x), abs(y))
    reach = np.array([h, 0.25 * h])
    u = np.concatenate([x + reach, x - reach, [x, x], [x, x]])
    v = np.concatenate([[y, y], [y, y], y + reach, y - reach])
    with np.errstate(all="ignore"):
        gx, gy = (np.reshape(g, (4, 2)) for g in problem.gradient(u, v))
        jump = np.hypot(gx[0::2] - gx[1::2], gy[0::2] - gy[1::2])
        size = np.max(np.hypot(gx, gy), initial=0.0)
        return bool(((jump[:, 0] > 1e-4 * size) & (jump[:, 1] > 0.5 * jump[:, 0])).any())


# The activations whose kinks are told are those that are declared to have one.
assert set(_SAMPLE) == {one.id for one in ACTIVATIONS if one.kinked}
