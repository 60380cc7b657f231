"""Maps over the start point: every pixel is a race of its own, from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.entrant import learning_rates
from optviz.experiment import Entrant, Experiment
from optviz.maps.arrival import Sweep
from optviz.maps.lanes import Field, Lanes, Whole, hypers_of, refuse_too_large
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop
from optviz.simulate import batches_of, noise_of


@dataclass(frozen=True, eq=False)
class StartMap:
    """What became of every start of a lattice.

    Attributes
    ----------
    x, y : float64[w], float64[h]
        The starts: row r and column c began at (x[c], y[r]); row 0 is the lowest.
    end : float64[h, w, 2]
        The last finite point.
    loss : float64[h, w]
        The loss there.
    steps : int64[h, w]
        Steps done.
    status : int64[h, w]
        Why it ended, as `optviz.maps.lanes.Field` says.
    minimum : int64[h, w]
        The nearest of `minima` within `NEAR` of the view's diagonal; -1 where none is, or it diverged.
    minima : float64[k, 2]
        The surface's minima.
    k : int
        After how many steps.
    """

    x: Array
    y: Array
    end: Array
    loss: Array
    steps: Whole
    status: Whole
    minimum: Whole
    minima: Array
    k: int

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """bool[h, w]"""
        return Field(self.end, self.loss, self.steps, self.status).diverged


class StartSweep(Sweep):
    """Races of one entrant from every point of a lattice over the view, ends included.

    Parameters
    ----------
    size
        (width, height) of the lattice.
    fast, at_once, stop
        As `optviz.maps.lanes.Lanes` takes them.
    """

    def __init__(
        self,
        experiment: Experiment,
        entrant: Entrant,
        size: tuple[int, int],
        *,
        problem: Problem | None = None,
        fast: str = "ready",
        at_once: int = 0,
        stop: Stop = NEVER,
    ) -> None:
        super().__init__(experiment, problem or Problem.of(experiment))
        self.x, self.y = lattice(experiment, size)
        optimizer = OPTIMIZERS[entrant.optimizer]
        alone = experiment.replace(entrants=(entrant,), map=None)
        refuse_too_large(size[0] * size[1], 100 * size[0] * size[1])
        starts = np.empty((size[1], size[0], 2))
        starts[..., 0], starts[..., 1] = self.x, self.y[:, None]
        self.lanes = Lanes(
            self.problem,
            optimizer,
            starts.reshape(-1, 2),
            hypers_of(optimizer, [dict(entrant.hyperparameters)]),
            learning_rates(entrant, experiment.steps),
            noise=noise_of(alone),
            batches=batches_of(alone, stop),
            fast=fast,
            at_once=at_once,
            stop=stop,
        )

    def at(self, k: int, stop: Stop | None = None) -> StartMap:
        """Return the map after `k` steps."""
        found = self.lanes.at(k, stop)
        h, w = self.y.size, self.x.size
        minima, minimum = self.problem.minima, self.minimum_of(found)
        return StartMap(
            self.x, self.y, found.end.reshape(h, w, 2), found.loss.reshape(h, w), found.steps.reshape(h, w),
            found.status.reshape(h, w), minimum.reshape(h, w), minima, k,
        )  # fmt: skip


def lattice(experiment: Experiment, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return the starts of a map of `size` = (width, height) along x and y, the limits' ends included."""
    width, height = size
    return np.linspace(*experiment.xlim, width), np.linspace(*experiment.ylim, height)
