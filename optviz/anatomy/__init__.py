"""One update of any optimizer taken apart, from what a run recorded: parts that add up to the step taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from optviz.anatomy import accumulators, adam, adam_variants, gradient, newton, schedule_free, sign
from optviz.anatomy.account import Account
from optviz.anatomy.remainder import settled
from optviz.anatomy.typeset import number, spoken
from optviz.anatomy.values import TITLES, Anatomy, Part, Sentence
from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.schedules import SCHEDULES
from optviz.simulate import EntrantRun, Run, batches_of
from optviz.translation import QT_TRANSLATE_NOOP

__all__ = ["RULES", "TITLES", "Anatomy", "Part", "Sentence", "anatomy"]

# How each optimizer's update is taken apart, by its id: every one of the catalog is here.
RULES: dict[str, Callable[[Account], None]] = {
    "gd": gradient.gd,
    "sgd": gradient.heavy_ball,
    "momentum": gradient.heavy_ball,
    "nesterov": gradient.nesterov,
    "qhm": gradient.quasi_hyperbolic,
    "adagrad": accumulators.adagrad,
    "adadelta": accumulators.adadelta,
    "rmsprop": accumulators.rmsprop,
    "rprop": accumulators.rprop,
    "adam": adam.adam,
    "adamax": adam.adamax,
    "adamw": adam.adamw,
    "amsgrad": adam.amsgrad,
    "nadam": adam_variants.nadam,
    "radam": adam_variants.radam,
    "adabelief": adam_variants.adabelief,
    "qhadam": adam_variants.qhadam,
    "lion": sign.lion,
    "sign_sgd": sign.sign_sgd,
    "newton": newton.newton,
    "schedule_free_sgd": schedule_free.schedule_free_sgd,
    "schedule_free_adamw": schedule_free.schedule_free_adamw,
}


def anatomy(
    experiment: Experiment, run: Run, entrant: int, k: int, *, problem: Problem | None = None
) -> Anatomy:
    """Take apart the update that leads from point `k` to point `k + 1`.

    Parameters
    ----------
    experiment, run
        What was run, and what was recorded of it.
    entrant
        Whose update, by its place.
    k
        The step; of an entrant that stopped before, its last step is taken apart, and a note says so.
    problem
        What the run posed, where that is at hand: a rule that reads the Hessian asks it.

    Returns
    -------
    Anatomy
        Parts whose sum, rounded once (`math.fsum`), is the step taken to 1e-12 of the larger of the step and
        the point; where the parts are too large for floating point to resolve that, `rounding` says so. The
        learning rate is the one that was set until the last part, the schedule's; penalty and noise are told
        apart from the loss's own gradient. Without a single step there are no parts, and a note says why.

    Raises
    ------
    IndexError
        When there is no such entrant.
    """
    chosen, done = experiment.entrants[entrant], run.entrants[entrant]
    last = len(done.path) - 2
    at = min(max(k, 0), last)
    if at < 0:
        return _nothing(chosen.optimizer, done)
    account = _account(experiment, done, entrant, at, problem)
    with np.errstate(all="ignore"):
        RULES[chosen.optimizer](account)
        account.projected(experiment.declared_surface)
    start, end = done.path[at], done.path[at + 1]
    note = Sentence() if k <= last else _over(done, experiment.steps)
    whole = _whole(start, end)
    parts, rounding = settled(account.parts, whole.vector, start)
    reached = np.array([np.zeros(2), *account.sums])
    return Anatomy(chosen.optimizer, at, parts, start, end, whole, reached, note, rounding)


def _account(
    experiment: Experiment, done: EntrantRun, entrant: int, k: int, problem: Problem | None
) -> Account:
    chosen = experiment.entrants[entrant]
    declared = OPTIMIZERS[chosen.optimizer]
    theta, rows = done.path[k], done.state.shape[1]
    before = done.state[k - 1] if k else np.zeros((rows, 2))
    noise = penalty = None
    if experiment.noise > 0.0 and declared.samples:
        noise = experiment.noise * _noise(experiment.seed, experiment.steps)[k]
    weights = problem.penalty if problem is not None else experiment.penalty
    if weights.l1 or weights.l2:
        at = theta
        if declared.probe is not None:
            z = theta if k == 0 else before[0]
            beta = chosen.hyperparameters["momentum" if "momentum" in chosen.hyperparameters else "beta1"]
            at = z + float(beta) * (theta - z)
        penalty = weights.l2 * at + weights.l1 * np.sign(at)
    batches = batches_of(experiment) if declared.samples else None
    batch = len(batches[k]) if batches is not None and len(batches) else 0
    hessian = np.zeros(3)
    if declared.needs_hessian:
        posed = problem or Problem.of(experiment)
        if batch:
            assert batches is not None
            posed = posed.of_samples(batches[k])
        hessian = np.array([float(h) for h in posed.hessian(*theta)])
    schedule = chosen.schedule.name
    return Account(
        t=k + 1,
        eta=float(chosen.learning_rate),
        rate=float(done.learning_rate[k]),
        rates=done.learning_rate[: k + 1],
        theta=theta,
        grad=done.grad[k],
        noise=noise,
        penalty=penalty,
        before=before,
        after=done.state[k],
        hypers=chosen.hyperparameters,
        hessian=hessian,
        schedule="" if schedule == "constant" else SCHEDULES[schedule].title,
        batch=batch,
        l1=weights.l1,
        l2=weights.l2,
    )


@lru_cache(maxsize=2)
def _noise(seed: int, steps: int) -> Array:
    """Return the noise of a run of unit strength, as `simulate` draws it."""
    return np.random.default_rng(seed).standard_normal((steps, 2))


def _whole(start: Array, end: Array) -> Part:
    step = end - start
    filled = tuple(
        f"{number(float(a))} {'-' if d < 0 else '+'} {number(abs(float(d)))} = {number(float(b))}"
        for a, d, b in zip(start, step, end, strict=True)
    )
    values = {
        "x": spoken(float(step[0])),
        "y": spoken(float(step[1])),
        "length": spoken(float(np.hypot(*step))),
    }
    formula = r"\theta_t = \theta_{t-1} + \Sigma"
    return Part("step", step, formula, filled, Sentence(_STEP, values))  # type: ignore[arg-type]


def _over(done: EntrantRun, steps: int) -> Sentence:
    n = len(done.path) - 1
    template = {"converged": _CONVERGED, "diverged": _DIVERGED}.get(done.status, _FINISHED)
    return Sentence(template, {"n": str(n)})


def _nothing(optimizer: str, done: EntrantRun) -> Anatomy:
    start = done.path[0]
    zero = np.zeros(2)
    whole = Part("step", zero, "", ("", ""), Sentence())
    return Anatomy(optimizer, -1, (), start, start, whole, np.zeros((1, 2)), Sentence(_NEVER, {}))


_STEP = QT_TRANSLATE_NOOP(
    "Anatomy", "All parts together are the step: {x} in x and {y} in y, {length} long in all."
)
_CONVERGED = QT_TRANSLATE_NOOP("Anatomy", "It converged at step {n}; this was its last step.")
_DIVERGED = QT_TRANSLATE_NOOP("Anatomy", "It diverged at step {n}; this was its last step.")
_FINISHED = QT_TRANSLATE_NOOP("Anatomy", "All {n} steps are taken; this was the last one.")
_NEVER = QT_TRANSLATE_NOOP(
    "Anatomy", "It took no step at all: at the start something is not a finite number."
)
