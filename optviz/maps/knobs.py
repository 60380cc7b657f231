"""Maps over two hyperparameters of an entrant: every cell is a race of its own, with those values."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array, Knob
from optviz.experiment import Entrant, Experiment
from optviz.maps.arrival import Sweep
from optviz.maps.lanes import Lanes, refuse_too_large
from optviz.maps.sheet import MapScale, spread
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop
from optviz.schedules import SCHEDULES
from optviz.setting import Pair
from optviz.simulate import batches_of, noise_of


class KnobSweep(Sweep):
    """Races of one entrant with two of its hyperparameters on a lattice, from the experiment's start.

    Cells of one learning rate share one schedule: what it gives may depend on the learning rate in any way.

    Parameters
    ----------
    x, y
        The axes.
    fast, at_once, stop
        As `optviz.maps.lanes.Lanes` takes them.
    """

    def __init__(
        self,
        experiment: Experiment,
        entrant: Entrant,
        x: MapScale,
        y: MapScale,
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
        shape = y.values.size, x.values.size
        count = shape[0] * shape[1]
        refuse_too_large(count, 8 * count * (len(optimizer.knobs) + 6))
        own = {
            x.name: np.broadcast_to(x.values, shape).ravel(),
            y.name: np.broadcast_to(y.values[:, None], shape).ravel(),
        }
        hypers = np.empty((count, len(optimizer.knobs)))
        for index, knob in enumerate(optimizer.knobs):
            hypers[:, index] = own.get(knob.name, float(entrant.hyperparameters[knob.name]))
        row, column = np.divmod(np.arange(count), shape[1])
        rated = next((axis for axis in (x, y) if axis.name == "learning_rate"), None)

        def rates(group: int) -> Array:
            rate = entrant.learning_rate if rated is None else float(rated.values[group])
            return schedule.rates(rate, steps, entrant.schedule.values)

        groups = np.zeros(count, np.int64) if rated is None else (column if rated is x else row)
        self.lanes = Lanes(
            problem,
            optimizer,
            np.broadcast_to(np.array(experiment.start_point, dtype=np.float64), (count, 2)),
            hypers,
            rates,
            steps=steps,
            groups=groups,
            noise=noise_of(alone),
            batches=batches_of(alone, stop),
            fast=fast,
            at_once=at_once,
            stop=stop,
        )


def scale_of(knob: Knob, limits: Pair, count: int) -> MapScale:
    """Return an axis over a hyperparameter: `count` values, evenly spaced on the knob's scale, ends exact."""
    low, high = limits
    scale = knob.scale if knob.scale != "one_minus" or high < 1.0 else "linear"
    return MapScale(spread(low, high, scale, count), knob.name, scale, knob)
