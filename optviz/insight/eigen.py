"""The eigen-view: on a quadratic, the error along each eigenvector of the Hessian, measured and in theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.insight.quadratic import is_quadratic
from optviz.insight.series import Insight, insight_of
from optviz.insight.theory import Recurrence, recurrence, typeset
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, batches_of

_LEVEL = 1e-13  # of the largest curvature: below it there is none
_SLOPE = 1e-12  # of the gradient at the start: below it there is none
_QUADRATIC = r"L = L^* + \frac{1}{2} \lambda_1 e_1^{2} + \frac{1}{2} \lambda_2 e_2^{2}"


@dataclass(frozen=True, eq=False)
class Eigen:
    """The error of one entrant on a quadratic, along the eigenvectors of its Hessian.

    Attributes
    ----------
    values : float64[2]
        The eigenvalues λ, ascending, L2 penalty included.
    vectors : float64[2, 2]
        The unit eigenvectors, as columns; the larger entry of each is positive.
    minimum : float64[2]
        Where the gradient vanishes: the minimum where both λ are positive. Along a direction without
        curvature, where every point will do, the start's.
    measured : float64[n + 1, 2]
        The point minus `minimum`, along each eigenvector.
    theory : float64[n + 1, 2] or None
        The same in closed form; None for a rule that is not linear, or whose learning rate, gradient or
        samples change from step to step.
    rate : float64[2]
        What each step multiplies the error by in the long run, in theory; nan where there is none.
    formula
        That theory in LaTeX; without one, the loss.
    """

    values: Array
    vectors: Array
    minimum: Array
    measured: Array
    theory: Array | None
    rate: Array
    formula: str


def eigen(experiment: Experiment, run: Run, entrant: int, problem: Problem | None = None) -> Eigen | None:
    """Return the eigen-view of an entrant.

    None where the loss is no quadratic (an L1 penalty makes it none) or has no stationary point. With
    mini-batches it is that of all samples.

    Raises
    ------
    IndexError
        When there is no such entrant.
    """
    own = insight_of(experiment, run, entrant, problem)
    if not is_quadratic(own.problem):
        return None
    start = own.path[0]
    hxx, hxy, hyy = (float(part) for part in own.problem.hessian(*start))
    if not np.isfinite([hxx, hxy, hyy, *start]).all():
        return None
    values, vectors = np.linalg.eigh(np.array([[hxx, hxy], [hxy, hyy]]))
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), [0, 1]])
    minimum = _stationary(own.problem, start, values, vectors)
    if minimum is None:
        return None
    with np.errstate(all="ignore"):
        measured = (own.path - minimum) @ vectors
        rounded = bool(((values != 0.0) & _level(values, vectors)).any())
        recurrences, shift = _rules(experiment, own, values, minimum @ vectors)
        if rounded and own.entrant.optimizer == "newton":  # it divides by what is rounding
            recurrences = None
        theory, rate, formula = None, np.full(2, np.nan), _QUADRATIC
        if recurrences is not None:
            k = np.arange(float(len(own.path)))
            moving = (start - minimum) @ vectors - shift
            theory = shift + np.stack([one.error(k) for one in recurrences], axis=1) * moving
            theory[0] = measured[0]
            rate = np.array([one.rate for one in recurrences])
            formula = typeset(own.entrant.optimizer, own.entrant.hyperparameters)
    return Eigen(values, vectors, minimum, measured, theory, rate, formula)


def _level(values: Array, vectors: Array) -> Array:
    """Return along which eigenvectors there is no curvature; where they are the axes there is no rounding."""
    on_axes = bool((vectors == 0.0).any())
    return np.asarray(np.abs(values) <= (0.0 if on_axes else _LEVEL * np.abs(values).max()))


def _stationary(problem: Problem, start: Array, values: Array, vectors: Array) -> Array | None:
    """Return where the gradient of a quadratic vanishes; None where it nowhere does."""
    level = _level(values, vectors)
    slope = np.array([float(g) for g in problem.gradient(*start)])
    scale = max(float(np.abs(slope).max()), float(np.abs(values).max() * np.abs(start).max()))
    if (np.abs(slope @ vectors)[level] > _SLOPE * scale).any():
        return None
    # From the origin, and once more for the digits that its distance costs.
    found = vectors @ np.where(level, start @ vectors, 0.0)
    for _ in range(3):
        gradient = np.array([float(g) for g in problem.gradient(*found)]) @ vectors
        found = found - vectors @ np.where(level, 0.0, gradient / np.where(level, 1.0, values))
    return found if np.isfinite(found).all() else None


def _rules(
    experiment: Experiment, own: Insight, values: Array, minimum: Array
) -> tuple[tuple[Recurrence, Recurrence] | None, Array]:
    """Return what the rule does along each eigenvector, and where that leads to besides the minimum.

    Parameters
    ----------
    minimum
        The minimum, along each eigenvector.
    """
    none, hypers = np.zeros(2), own.entrant.hyperparameters
    declared = OPTIMIZERS[own.entrant.optimizer]
    rates = own.learning_rate if own.steps else np.array([float(own.entrant.learning_rate)])
    disturbed = declared.samples and (experiment.noise > 0.0 or len(batches_of(experiment)) > 0)
    if disturbed or (rates != rates[0]).any() or experiment.declared_surface.feasible is not None:
        return None, none
    decay = float(hypers.get("weight_decay", 0.0)) if declared.id != "newton" else 0.0
    with_decay = values + decay
    if decay and (with_decay == 0.0).any():
        return None, none
    found = [recurrence(declared.id, hypers, float(rates[0]), float(value)) for value in with_decay]
    if found[0] is None or found[1] is None:
        return None, none
    # Weight decay pulls towards 0: the point where it and the gradient cancel lies beside the minimum.
    shift = -decay * minimum / with_decay if decay else none
    return (found[0], found[1]), shift
