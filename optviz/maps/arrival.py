"""Which minimum a run is at, and since when."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.maps.lanes import OUTSIDE, Field, Lanes, Whole
from optviz.problem import Problem, Stop

NEAR = 0.01
"""A point this near to a minimum, as a part of the view's diagonal, has arrived there."""


class Sweep:
    """Many races of one entrant, and the minima they end in."""

    lanes: Lanes

    def __init__(self, experiment: Experiment, problem: Problem) -> None:
        self.experiment, self.problem = experiment, problem
        self._arrivals: Whole | None = None

    @property
    def radius(self) -> float:
        """How near counts as arrived, in units of the plane."""
        (xlo, xhi), (ylo, yhi) = self.experiment.xlim, self.experiment.ylim
        return NEAR * float(np.hypot(xhi - xlo, yhi - ylo))

    def minimum_of(self, found: Field) -> Whole:
        """Return int64[n]: the minimum that each is at; -1 where it is at none, or diverged."""
        nowhere = found.diverged | (found.status == OUTSIDE)
        return np.where(nowhere, -1, nearest(found.end, self.problem.minima, self.radius))

    def arrivals(self, stop: Stop | None = None) -> Whole:
        """Return int64[n]: the step after which each stays at the minimum it ends in; -1 for none."""
        if self._arrivals is None:
            final = self.minimum_of(self.lanes.at(self.lanes.steps, stop))
            targets = np.full((final.size, 2), np.nan)
            reached = final >= 0
            targets[reached] = self.problem.minima[final[reached]]
            self._arrivals = self.lanes.arrivals(targets, self.radius, stop)
        return self._arrivals


def nearest(points: Array, minima: Array, radius: float) -> Whole:
    """Return int64[n]: the nearest of `minima` float64[k, 2] within `radius` of each point, -1 for none."""
    found = np.full(len(points), -1, np.int64)
    least = np.full(len(points), float(radius) * float(radius))
    with np.errstate(over="ignore", invalid="ignore"):
        for index, (x, y) in enumerate(minima):
            dx, dy = points[:, 0] - x, points[:, 1] - y
            away = dx * dx + dy * dy
            # Of two just as near the first counts, and the edge of the radius is inside.
            closer = (away < least) | ((found < 0) & (away <= least))
            np.copyto(found, index, where=closer)
            np.copyto(least, away, where=closer)
    return found
