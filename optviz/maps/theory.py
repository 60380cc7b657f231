"""Lines that theory draws over a sensitivity map of a quadratic: where steps begin to ring, and to diverge.

Along an eigenvector of the Hessian with eigenvalue λ (weight decay that joins the gradient adds to λ) a rule
that is linear in the gradient is a recurrence of two terms (`optviz.insight.theory`). It is stable up to a
product of learning rate and curvature: 2 for gradient descent, 2 (1 + β) for the heavy ball (Polyak 1964).
Where the roots of its polynomial meet, it is critically damped: at η = (1 ± √β)² / λ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Entrant, Experiment
from optviz.insight.quadratic import is_quadratic
from optviz.insight.theory import critical_product
from optviz.maps.sheet import Curve, MapScale
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.translation import QT_TRANSLATE_NOOP

Hypers = dict[str, float]

STABLE = QT_TRANSLATE_NOOP("Maps", "Stability limit")
CRITICAL = QT_TRANSLATE_NOOP("Maps", "Critical damping, steepest direction")
CRITICAL_FLAT = QT_TRANSLATE_NOOP("Maps", "Critical damping, flattest direction")
SWINGS = QT_TRANSLATE_NOOP("Maps", "Critical damping, upper end, steepest direction")

_LEVEL = 1e-13  # of the largest curvature: below it there is none
_POINTS = 257  # of a line that is given by a formula
_COARSE = 65  # of one that has to be looked for


def lines(
    experiment: Experiment, entrant: Entrant, x: MapScale, y: MapScale, problem: Problem
) -> tuple[Curve, ...]:
    """Return the lines over a sensitivity map with the axes `x` and `y`; none where theory has none.

    There are none where the loss is no quadratic, the learning rate changes from step to step, steps see
    mini-batches, or the rule is not linear in the gradient. Lines may leave the axes.
    """
    optimizer = OPTIMIZERS[entrant.optimizer]
    sampled = optimizer.samples and experiment.batch_size > 0
    if optimizer.stable_product is None or sampled or entrant.schedule.name != "constant":
        return ()
    if experiment.declared_surface.feasible is not None or not is_quadratic(problem):
        return ()
    low, high = problem.curvature(*experiment.start_point)
    if not (math.isfinite(low) and math.isfinite(high)):
        return ()
    level = _LEVEL * max(abs(low), abs(high))
    low = 0.0 if abs(low) <= level else low
    stable = optimizer.stable_product

    def limit(hypers: Hypers) -> float:
        decay = hypers.get("weight_decay", 0.0)
        # Where it curves down there is no stable rate at all.
        return _over(stable(hypers), high + decay) if low + decay >= 0.0 else math.nan

    def critical(curvature: float) -> Callable[[Hypers], float]:
        return lambda hypers: _over(
            critical_product(entrant.optimizer, hypers), curvature + hypers.get("weight_decay", 0.0)
        )

    def swings(hypers: Hypers) -> float:
        fresh = 1.0 - hypers.get("dampening", 0.0)
        product = (1.0 + math.sqrt(hypers["momentum"])) ** 2 / fresh if fresh > 0.0 else math.nan
        return _over(product, high + hypers.get("weight_decay", 0.0))

    names = (x.name, y.name)
    wanted = [
        (STABLE, _stable_formula(entrant, names), limit),
        (CRITICAL, _critical_formula(entrant, names, "-"), critical(high)),
    ]
    if abs(high - low) > 1e-12 * abs(high):
        wanted.append((CRITICAL_FLAT, _critical_formula(entrant, names, "-", r"\min"), critical(low)))
    if _heavy_ball(entrant) and _plays("momentum", entrant, names):
        wanted.append((SWINGS, _critical_formula(entrant, names, "+"), swings))
    curves = [Curve(name, formula, _points(entrant, x, y, rate)) for name, formula, rate in wanted]
    return tuple(curve for curve in curves if np.isfinite(curve.points).all(axis=1).sum() > 1)


def _over(product: float, curvature: float) -> float:
    return product / curvature if curvature > 0.0 and math.isfinite(product) else math.nan


def _heavy_ball(entrant: Entrant) -> bool:
    return entrant.optimizer in ("sgd", "momentum")


def _points(entrant: Entrant, x: MapScale, y: MapScale, rate: Callable[[Hypers], float]) -> Array:
    """Return float64[n, 2]: where the learning rate equals `rate` of the hyperparameters."""
    known = {name: float(value) for name, value in entrant.hyperparameters.items()}
    for axis, other, order in ((x, y, 1), (y, x, -1)):
        if axis.name == "learning_rate":
            along = other.spread(_POINTS)
            rates = [rate({**known, other.name: float(value)}) for value in along]
            return np.stack([np.array(rates), along][::order], axis=1)

    def excess(at: float, above: float) -> float:
        limit = rate({**known, x.name: at, y.name: above})
        return math.log(known["learning_rate"] / limit) if limit > 0.0 else math.nan

    return np.array(list(_crossings(x.spread(_COARSE), y.spread(_COARSE), excess))).reshape(-1, 2)


def _crossings(
    xs: Array, ys: Array, excess: Callable[[float, float], float]
) -> Iterator[tuple[float, float]]:
    """Yield where `excess` changes its sign along each row or, where the line runs flat, each column."""
    values = np.array([[excess(float(a), float(b)) for a in xs] for b in ys])
    changes = [(np.diff(np.sign(values), axis=axis) != 0).sum() for axis in (1, 0)]
    if changes[0] >= changes[1]:
        for b, row in zip(ys, values, strict=True):
            yield (_root(xs, row, lambda at, b=float(b): excess(at, b)), float(b))  # type: ignore[misc]
    else:
        for a, column in zip(xs, values.T, strict=True):
            yield (float(a), _root(ys, column, lambda at, a=float(a): excess(a, at)))  # type: ignore[misc]


def _root(along: Array, values: Array, excess: Callable[[float], float]) -> float:
    """Return the first place where `excess` goes through 0, found by bisection; nan where it does not."""
    for i in np.flatnonzero(values[:-1] * values[1:] <= 0.0):
        a, b, left = float(along[i]), float(along[i + 1]), float(values[i])
        for _ in range(60):
            middle = 0.5 * (a + b)
            a, b = (a, middle) if left * excess(middle) <= 0.0 else (middle, b)
        if abs(excess(b)) < 1e-9:  # else it jumps there
            return b
    return math.nan


def _stable_formula(entrant: Entrant, names: tuple[str, str]) -> str:
    curvature = _curvature(entrant, names, r"\max")
    if not _plays("momentum", entrant, names):
        return rf"\eta = \frac{{2}}{{{curvature}}}"
    above, below = r"2\,(1 + \beta)", curvature
    if entrant.optimizer == "nesterov":
        below = rf"(1 + 2\beta)\,{curvature}"
    elif entrant.optimizer == "qhm":
        below = rf"(1 + \beta - 2\beta\nu)\,{curvature}"
    elif _plays("dampening", entrant, names):
        below = rf"(1 - d)\,{curvature}"
    return rf"\eta = \frac{{{above}}}{{{below}}}"


def _critical_formula(entrant: Entrant, names: tuple[str, str], sign: str, which: str = r"\max") -> str:
    curvature = _curvature(entrant, names, which)
    if not _plays("momentum", entrant, names):  # the fresh gradient is all of a step, whatever else is set
        return rf"\eta = \frac{{1}}{{{curvature}}}"
    if _heavy_ball(entrant):
        if _plays("dampening", entrant, names):
            curvature = rf"(1 - d)\,{curvature}"
        return rf"\eta = \frac{{(1 {sign} \sqrt{{\beta}})^{{2}}}}{{{curvature}}}"
    if entrant.optimizer == "nesterov":
        return rf"\eta = \frac{{1}}{{{curvature}}} (\frac{{1 - \beta}}{{1 + \beta}})^{{2}}"
    if entrant.optimizer == "qhm":  # where the discriminant of its polynomial vanishes
        return (
            r"(1 + \beta - (1 - \nu\beta)\,a)^{2} = 4\,\beta\,(1 - (1 - \nu)\,a), "
            rf"\quad a = \eta\,{curvature}"
        )
    return rf"\eta = \frac{{1}}{{{curvature}}}"


def _plays(knob: str, entrant: Entrant, names: tuple[str, str]) -> bool:
    """Whether a hyperparameter is anything but 0 somewhere on the map."""
    return knob in names or entrant.hyperparameters.get(knob, 0.0) != 0.0


def _curvature(entrant: Entrant, names: tuple[str, str], which: str) -> str:
    decays = _plays("weight_decay", entrant, names)
    return rf"(\lambda_{{{which}}} + w)" if decays else rf"\lambda_{{{which}}}"
