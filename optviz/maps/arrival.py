"""Which minimum a run is at, and since when."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.cores import shared
from optviz.experiment import Experiment
from optviz.maps.further import further_minima
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
        self._final: tuple[Array, Whole] | None = None

    @property
    def radius(self) -> float:
        """How near counts as arrived, in units of the plane."""
        (xlo, xhi), (ylo, yhi) = self.experiment.xlim, self.experiment.ylim
        return NEAR * float(np.hypot(xhi - xlo, yhi - ylo))

    def minimum_of(self, found: Field) -> Whole:
        """Return int64[n]: the listed minimum that each is at; -1 where it is at none, or diverged."""
        nowhere = found.diverged | (found.status == OUTSIDE)
        return np.where(nowhere, -1, nearest(found.end, self.problem.minima, self.radius))

    def final(self, stop: Stop | None = None) -> tuple[Array, Whole]:
        """Return the minima that runs end at, float64[m, 2], and which one each does, int64[n]; -1 for none.

        The listed ones come first, then those that runs are found at besides (`further_minima`).
        """
        if self._final is None:
            found = self.lanes.at(self.lanes.steps, stop)
            classes, minima = self.minimum_of(found), self.problem.minima
            lost = np.flatnonzero((classes < 0) & ~found.diverged & (found.status != OUTSIDE))
            if lost.size:
                others = further_minima(self.problem, found.end[lost], found.loss[lost], self.radius)
                known = nearest_of_many(others, minima, self.radius) >= 0
                others = others[~known]
                place = nearest_of_many(found.end[lost], others, self.radius)
                used, place = np.unique(np.append(place, -1), return_inverse=True)  # -1 is among them
                classes[lost] = np.where(place[:-1] == 0, -1, len(minima) + place[:-1] - 1)
                minima = np.concatenate([minima, others[used[1:]]])
            self._final = minima, classes
        return self._final

    def arrivals(self, stop: Stop | None = None) -> Whole:
        """Return int64[n]: the step after which each stays at the minimum it ends in; -1 for none."""
        if self._arrivals is None:
            minima, final = self.final(stop)
            targets = np.full((final.size, 2), np.nan)
            reached = final >= 0
            targets[reached] = minima[final[reached]]
            self._arrivals = self.lanes.arrivals(targets, self.radius, stop)
        return self._arrivals


def nearest(points: Array, minima: Array, radius: float) -> Whole:
    """Return int64[n]: the nearest of `minima` float64[k, 2] within `radius` of each point, -1 for none."""
    found = np.full(len(points), -1, np.int64)

    def look(part: slice) -> None:
        mine, least = found[part], np.full(len(found[part]), float(radius) * float(radius))
        along_x, along_y = np.ascontiguousarray(points[part, 0]), np.ascontiguousarray(points[part, 1])
        with np.errstate(over="ignore", invalid="ignore"):
            for index, (x, y) in enumerate(minima):
                dx, away = along_x - x, along_y - y
                dx *= dx
                away *= away
                away += dx
                # Of two just as near the first counts, and the edge of the radius is inside.
                closer = (away < least) | ((mine < 0) & (away <= least))
                np.copyto(mine, index, where=closer)
                np.copyto(least, away, where=closer)

    shared(look, len(points), len(points))
    return found


def nearest_of_many(points: Array, minima: Array, radius: float) -> Whole:
    """Return what `nearest` does, in time that hardly grows with the number of minima.

    A grid of squares with the radius for side tells which minima can be near: each is listed in its own
    square and the eight around it.
    """
    found = np.full(len(points), -1, np.int64)
    if not len(minima):
        return found
    origin = minima.min(axis=0) - 2.0 * radius
    places = np.floor((minima - origin) / radius).astype(np.int64)
    wide = int(places[:, 1].max()) + 2
    around = np.array([dx * wide + dy for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    listed = ((places[:, 0] * wide + places[:, 1])[:, None] + around).ravel()
    order = np.argsort(listed, kind="stable")  # so that of two just as near the first counts
    squares, begins, counts = np.unique(listed[order], return_index=True, return_counts=True)
    owner = order // len(around)
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = (np.floor((points[:, axis] - origin[axis]) / radius) for axis in (0, 1))
        inside = (x >= 0.0) & (y >= 0.0) & (x <= places[:, 0].max() + 1.0) & (y < wide)
    cells = np.flatnonzero(inside)
    keys = x[cells].astype(np.int64) * wide + y[cells].astype(np.int64)
    at = np.minimum(np.searchsorted(squares, keys), squares.size - 1)
    hit = squares[at] == keys
    cells, at = cells[hit], at[hit]
    least = np.full(len(cells), float(radius) * float(radius))
    own = np.full(len(cells), -1, np.int64)
    for turn in range(int(counts.max())):
        some = np.flatnonzero(counts[at] > turn)
        index = owner[begins[at[some]] + turn]
        dx, dy = (points[cells[some], axis] - minima[index, axis] for axis in (0, 1))
        away = dx * dx + dy * dy
        near = (away < least[some]) | ((own[some] < 0) & (away <= least[some]))
        own[some[near]], least[some[near]] = index[near], away[near]
    found[cells] = own
    return found
