"""Every update of a run taken apart at once: `optviz.anatomy` over all steps, without its words.

Where a part is not there at every step (a pause, a correction that has ended) it is 0 at the others, so that
at each step the parts add up to the step taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from optviz.catalog import Array, Optimizer
from optviz.experiment import Experiment
from optviz.insight import averages, rules
from optviz.insight.course import Course, settle
from optviz.optimizers import OPTIMIZERS
from optviz.setting import Penalty
from optviz.simulate import batches_of

if TYPE_CHECKING:
    from optviz.insight.series import Insight

RULES: dict[str, Callable[[Course], None]] = {
    "gd": rules.gd,
    "sgd": rules.heavy_ball,
    "momentum": rules.heavy_ball,
    "nesterov": rules.nesterov,
    "qhm": rules.quasi_hyperbolic,
    "adagrad": rules.adagrad,
    "adadelta": rules.adadelta,
    "rmsprop": rules.rmsprop,
    "rprop": rules.rprop,
    "adam": rules.adam,
    "adamax": rules.adamax,
    "adamw": rules.adamw,
    "amsgrad": rules.amsgrad,
    "nadam": rules.nadam,
    "radam": rules.radam,
    "adabelief": rules.adabelief,
    "qhadam": rules.qhadam,
    "lion": rules.lion,
    "sign_sgd": rules.sign_sgd,
    "newton": rules.newton,
    "schedule_free_sgd": averages.schedule_free_sgd,
    "schedule_free_adamw": averages.schedule_free_adamw,
}


def part_names(experiment: Experiment, entrant: int) -> tuple[str, ...]:
    """Return the names of the parts that an entrant's updates may have, in order."""
    chosen = experiment.entrants[entrant]
    declared = OPTIMIZERS[chosen.optimizer]
    none = np.zeros((0, 2))
    memory = np.zeros((len(declared.state_rows), 0, 2))
    penalized = any(side.penalty != Penalty() for side in (experiment, *experiment.sides.values()))
    course = Course(
        np.zeros((0, 1)), float(chosen.learning_rate), np.zeros((0, 1)), none, none,
        none if experiment.noise > 0.0 and declared.samples else None, none if penalized else None,
        memory, memory, chosen.hyperparameters, np.zeros((3, 0, 1)), chosen.schedule.name != "constant",
    )  # fmt: skip
    RULES[chosen.optimizer](course)
    box = experiment.declared_surface.feasible is not None
    return (*course.parts, *(("projection",) if box else ()))


def parts_of(experiment: Experiment, insight: Insight) -> dict[str, Array]:
    """Return the parts of all steps, float64[n, 2] each, by name; their sum is the step taken.

    As in `optviz.anatomy.anatomy`, of which each row is one answer.
    """
    chosen, n = insight.entrant, insight.steps
    declared = OPTIMIZERS[chosen.optimizer]
    theta = insight.path[:-1]
    after = np.ascontiguousarray(insight.state.transpose(1, 0, 2))
    before = np.concatenate([np.zeros((len(after), min(n, 1), 2)), after[:, :-1]], axis=1)
    noise = None
    if experiment.noise > 0.0 and declared.samples:
        drawn = np.random.default_rng(experiment.seed).standard_normal((experiment.steps, 2))
        noise = experiment.noise * drawn[:n]
    course = Course(
        np.arange(1.0, n + 1.0)[:, None], float(chosen.learning_rate), insight.learning_rate[:, None], theta,
        insight.grad, noise, _penalty(insight), before, after, chosen.hyperparameters,
        _hessian(experiment, insight, declared), chosen.schedule.name != "constant",
    )  # fmt: skip
    moves = insight.moves
    with np.errstate(all="ignore"):
        RULES[chosen.optimizer](course)
        box = experiment.declared_surface.feasible
        if box is not None:
            reached = theta + course.total
            out = np.stack(
                [(reached[:, i] < low) | (reached[:, i] > high) for i, (low, high) in enumerate(box)]
            )
            course.parts["projection"] = np.where(out.T, moves - course.total, 0.0)
    return settle(course.parts, moves)


def used_at(insight: Insight) -> Array:
    """Return the points at which the gradients were taken, float64[n, 2]."""
    theta = insight.path[:-1]
    if OPTIMIZERS[insight.entrant.optimizer].probe is None:
        return theta
    z = theta.copy()
    z[1:] = insight.state[:-1, 0]
    hypers = insight.entrant.hyperparameters
    beta = float(hypers["momentum" if "momentum" in hypers else "beta1"])
    return z + beta * (theta - z)


def _penalty(insight: Insight) -> Array | None:
    weights = insight.problem.penalty
    if not (weights.l1 or weights.l2):
        return None
    at = used_at(insight)
    return weights.l2 * at + weights.l1 * np.sign(at)


def _hessian(experiment: Experiment, insight: Insight, declared: Optimizer) -> Array:
    """Return what a rule read of the curvature at each step: that of its mini-batch."""
    n = insight.steps
    if not declared.needs_hessian:
        return np.zeros((3, n, 1))
    batches = batches_of(experiment) if declared.samples else np.zeros((0, 0), np.int32)
    if not len(batches):
        return np.stack(insight.problem.hessian(*insight.path[:-1].T))[:, :, None]
    rows = [insight.problem.of_samples(batches[k]).hessian(*insight.path[k]) for k in range(n)]
    return np.array(rows, dtype=np.float64).reshape(n, 3).T[:, :, None]
