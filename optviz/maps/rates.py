"""The learning-rate finder: every entrant tries the same learning rates, as many runs for each.

The comparison is fair because the budget is: who has more runs to find a rate with looks better (Sivaprasad
et al., Optimizer Benchmarking Needs to Account for Hyperparameter Tuning, ICML 2020).
"""

from __future__ import annotations

import numpy as np

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
from optviz.verdict import number

_BUDGET = QT_TRANSLATE_NOOP(
    "Maps",
    "Search budget, the same for every entrant: {runs} runs of {steps} steps, one for each of {runs} "
    "learning rates from {low} to {high}, evenly spaced on a logarithmic scale.",
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
    # Of equal ones the first, which is the smallest rate.
    best = np.where(np.isnan(losses), np.inf, losses).argmin(axis=1)
    best[np.isnan(losses).all(axis=1)] = -1
    said = {"runs": str(rates.size), "steps": str(steps), "low": number(rates[0]), "high": number(rates[-1])}
    return RatesSheet(
        "learning_rate", k, rates, losses, diverged, best.astype(np.int64), int(rates.size),
        Sentence(_BUDGET, said),
    )  # fmt: skip
