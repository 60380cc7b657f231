"""A learning rate that suits a surface, for an entrant that has just been added."""

from __future__ import annotations

import math

import numpy as np

from optviz.catalog import Optimizer, Values
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.setting import Pair

# Where the rate alone sets the step: this share of the view's diagonal a step.
STEP_SHARE = 0.01
# A first step along the gradient is at most this share of the diagonal.
_FIRST_STEP = 0.1
_STABLE = 2.0  # times what is suggested, which is half of what is stable
_NEARBY = 0.05
_SAMPLES = 17


def suggest(experiment: Experiment, optimizer: Optimizer, seen: Problem | None = None) -> float:
    """Return a learning rate for an optimizer joining an experiment; never waits for the compiler.

    Parameters
    ----------
    seen
        The problem on the screen. Where the loss is one of samples no other is asked, for that would wait;
        without it the answer is the optimizer's own default.
    """
    problem = seen
    if experiment.declared_surface.model is None:
        problem = Problem.of(experiment, wait=False)
    if problem is None or problem.surface.id != experiment.declared_surface.id:
        return optimizer.knobs[0].default
    return suggested_learning_rate(
        problem,
        optimizer,
        experiment.start_point,
        experiment.xlim,
        experiment.ylim,
    )


def suggested_learning_rate(
    problem: Problem, optimizer: Optimizer, start: Pair, xlim: Pair, ylim: Pair
) -> float:
    """Return a learning rate from the curvature near the start, to one digit.

    A rule whose step follows the gradient gets half of what is stable on the steepest curvature λ around the
    start and on the way to the nearest known minimum: 0.5 * stable_product / λ. A rule whose rate is its step
    length gets 1 % of the view's diagonal. Any other keeps its declared default.
    """
    knob = optimizer.knobs[0]
    diagonal = math.hypot(xlim[1] - xlim[0], ylim[1] - ylim[0])
    if optimizer.step_scale == "learning_rate":
        rate = STEP_SHARE * diagonal
    elif optimizer.step_scale == "gradient":
        rate = _along_the_gradient(problem, optimizer, start, diagonal)
    else:
        return knob.default
    if not (math.isfinite(rate) and rate > 0.0):
        return knob.default
    low, high = knob.slider or (1e-6, 10.0)
    return min(max(_one_digit(rate), low), high)


def calmed(experiment: Experiment) -> Experiment:
    """Return an experiment whose entrants do not set out with steps that are too long for its surface.

    Whoever steps along the gradient at more than the stable rate, on either side of a comparison, gets the
    rate suggested for the steeper side. The loss of samples whose kernels are not ready is not asked.
    """
    model = experiment.declared_surface.model
    if model is not None and (model.slow or not (model.loss.ready and model.hessian.ready)):
        return experiment
    problems = [Problem.of(side, wait=model is not None) for side in experiment.sides.values()]
    entrants = []
    for entrant in experiment.entrants:
        optimizer = OPTIMIZERS[entrant.optimizer]
        rate = entrant.learning_rate
        if optimizer.step_scale == "gradient":
            rates = [
                suggested_learning_rate(
                    problem, optimizer, experiment.start_point, experiment.xlim, experiment.ylim
                )
                for problem in problems
            ]
            if rate > _STABLE * min(rates):
                rate = min(rates)
        entrants.append(entrant.replace(learning_rate=rate) if rate != entrant.learning_rate else entrant)
    return experiment.replace(entrants=tuple(entrants))


def _along_the_gradient(problem: Problem, optimizer: Optimizer, start: Pair, diagonal: float) -> float:
    hypers: Values = {knob.name: knob.default for knob in optimizer.knobs}
    product = optimizer.stable_product(hypers) if optimizer.stable_product else 2.0
    steepest = _steepest(problem, start, diagonal)
    gx, gy = (float(g) for g in problem.gradient(*start))
    slope = math.hypot(gx, gy)
    longest = _FIRST_STEP * diagonal / slope if slope > 0.0 else math.inf
    curved = 0.5 * product / steepest if steepest > 0.0 and 0.0 < product < math.inf else math.inf
    return min(curved, longest)


def _steepest(problem: Problem, start: Pair, diagonal: float) -> float:
    """Return the largest absolute curvature near the start and on the way to the nearest minimum."""
    around = np.linspace(-_NEARBY * diagonal, _NEARBY * diagonal, 5)
    xs, ys = (grid.ravel() for grid in np.meshgrid(start[0] + around, start[1] + around))
    minima = problem.minima
    if len(minima):
        nearest = minima[int(np.argmin(np.hypot(*(minima - start).T)))]
        way = np.linspace(0.0, 1.0, _SAMPLES)
        xs = np.concatenate([xs, start[0] + way * (nearest[0] - start[0])])
        ys = np.concatenate([ys, start[1] + way * (nearest[1] - start[1])])
    with np.errstate(all="ignore"):
        hxx, hxy, hyy = problem.hessian(xs, ys)
        steepness = np.abs(0.5 * (hxx + hyy)) + np.hypot(0.5 * (hxx - hyy), hxy)
    steepness = steepness[np.isfinite(steepness)]
    return float(steepness.max()) if len(steepness) else math.nan


def _one_digit(rate: float) -> float:
    """Round down to one significant digit."""
    unit = 10.0 ** math.floor(math.log10(rate))
    return float(f"{math.floor(rate / unit * (1 + 1e-9)) * unit:.1g}")
