"""The learning-rate finder: every entrant tries the same learning rates, as many runs for each.

The comparison is fair because the budget is: who has more runs to find a rate with looks better (Sivaprasad
et al., Optimizer Benchmarking Needs to Account for Hyperparameter Tuning, ICML 2020).
"""

from __future__ import annotations

import numpy as np

from optviz.anatomy.typeset import spoken
from optviz.catalog import Array
from optviz.experiment import Entrant, Experiment
from optviz.insight.sentence import Sentence
from optviz.maps.arrival import Sweep
from optviz.maps.lanes import OUTSIDE, Field, Lanes, hypers_of
from optviz.maps.sheet import MapScale, RatesSheet
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop
from optviz.schedules import SCHEDULES
from optviz.simulate import batches_of, noise_of
from optviz.translation import QT_TRANSLATE_NOOP

_BUDGET = QT_TRANSLATE_NOOP(
    "Maps",
    "Search budget, the same for every entrant: {runs} runs of {steps} steps, one for each of {runs} "
    "learning rates from {low} to {high}, evenly spaced on a logarithmic scale.",
)
_CHOSEN_AT = QT_TRANSLATE_NOOP(
    "Maps",
    "Search budget, the same for every entrant: {runs} runs of {steps} steps, one for each of {runs} "
    "learning rates from {low} to {high}, evenly spaced on a logarithmic scale; chosen by the loss after "
    "step {k}.",
)


class RateSweep(Sweep):
    """Races of one entrant with one learning rate after another.

    Parameters
    ----------
    rates : float64[n]
    """

    def __init__(
        self,
        experiment: Experiment,
        entrant: Entrant,
        rates: Array,
        *,
        problem: Problem,
        fast: str = "ready",
        at_once: int = 0,
        stop: Stop = NEVER,
    ) -> None:
        super().__init__(experiment, problem)
        optimizer, steps = OPTIMIZERS[entrant.optimizer], experiment.steps
        schedule = SCHEDULES[entrant.schedule.name]
        alone = experiment.replace(entrants=(entrant,), map=None)
        self.lanes = Lanes(
            problem,
            optimizer,
            np.broadcast_to(np.array(experiment.start_point, dtype=np.float64), (rates.size, 2)),
            hypers_of(optimizer, [dict(entrant.hyperparameters)]),
            lambda group: schedule.rates(float(rates[group]), steps, entrant.schedule.values),
            steps=steps,
            groups=np.arange(rates.size),
            noise=noise_of(alone),
            batches=batches_of(alone, stop),
            fast=fast,
            at_once=at_once,
            stop=stop,
        )


def found(scale: MapScale, fields: list[Field], steps: int, k: int) -> RatesSheet:
    """Return what a search has found after `k` of `steps` steps; one field an entrant."""
    rates = scale.values
    diverged = np.array([field.diverged for field in fields])
    losses = np.array([field.loss for field in fields])
    losses[diverged | np.array([field.status == OUTSIDE for field in fields])] = np.nan
    best = np.array([_best(own) for own in losses], dtype=np.int64)
    low, high = spoken(float(rates[0])), spoken(float(rates[-1]))
    said = {"runs": str(rates.size), "steps": str(steps), "low": low, "high": high}
    declared = Sentence(_BUDGET, said) if k >= steps else Sentence(_CHOSEN_AT, {**said, "k": str(k)})
    return RatesSheet(
        "learning_rate", k, rates, losses, diverged, best, int(rates.size), declared
    )  # fmt: skip


def _best(losses: Array) -> int:
    """Return the place of the lowest loss, of equal ones the first, which is the smallest rate; -1: none.

    Where several rates are left and all have the same loss, as before the first step, none is the best.
    """
    finite = losses[np.isfinite(losses)]
    if not finite.size or (finite.size > 1 and finite.min() == finite.max()):
        return -1
    return int(np.where(np.isfinite(losses), losses, np.inf).argmin())
