"""The kinds of map: what each makes of its runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Entrant, Experiment
from optviz.maps.arrival import Sweep
from optviz.maps.difference import above_floor, advantage, by_descent, floor_of, variation
from optviz.maps.knobs import KnobSweep, scale_of
from optviz.maps.lanes import OUTSIDE as NO_RUN
from optviz.maps.lanes import Field
from optviz.maps.map import Map, value_of
from optviz.maps.rates import RateSweep, found
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, Curve, MapScale, RatesSheet, Sheet, Whole
from optviz.maps.theory import lines
from optviz.problem import Stop


class BasinMap(Map):
    """The minimum that each start ends at, and the loss there."""

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        (own,), (minima, final) = self._fields(k, stop), self._own[0].final(stop)
        lost = classes_of(own)
        return self.sheet_of(k, own.loss, np.where(lost < 0, lost, final), minima)


class StepsMap(Map):
    """How many steps each start takes to the minimum it ends at."""

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        (own,) = self._fields(k, stop)
        return _arrivals(self, own, self._own[0], k, stop)


class LossMap(Map):
    """The loss after k steps."""

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        (own,) = self._fields(k, stop)
        return self.sheet_of(k, own.loss, classes_of(own))


class DifferenceMap(Map):
    """Who of two entrants is ahead."""

    # What a cell says depends on its own two runs and on nothing that another lattice would change.

    @property
    def above_minimum(self) -> bool:
        """Whether heights above a known minimum are compared; where none is known, descents are."""
        return not math.isnan(self._floor)

    @cached_property
    def _floor(self) -> float:
        return floor_of(self.problem)

    @cached_property
    def _scale(self) -> float:
        return variation(self.problem, self.experiment.xlim, self.experiment.ylim)

    @cached_property
    def _begin(self) -> Array:
        """float64[n]: the loss at each start."""
        assert self.y is not None
        x, y = np.meshgrid(self.x.values, self.y.values)
        with np.errstate(all="ignore"):
            return np.asarray(self.problem.loss(x.ravel(), y.ravel()))

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        own, other = self._fields(k, stop)
        if math.isnan(self._floor):
            decades = by_descent(own.loss, other.loss, self._begin, self._scale)
        else:
            decades = above_floor(own.loss, other.loss, self._floor)
        return self.sheet_of(k, *advantage(own, other, decades))


class SensitivityMap(Map):
    """What becomes of one entrant with two of its hyperparameters changed."""

    @cached_property
    def theory(self) -> tuple[Curve, ...]:
        assert self.y is not None
        return lines(self.experiment, self._entrant, self.x, self.y, self.problem)

    @property
    def _entrant(self) -> Entrant:
        return self.experiment.entrants[self.setting.entrant]

    def race(self, column: int, row: int) -> Experiment:
        assert self.y is not None
        values = {self.x.name: value_of(self.x, column), self.y.name: value_of(self.y, row)}
        return _with(self.experiment, {self.setting.entrant: values})

    def _axes(self) -> tuple[MapScale, MapScale]:
        axes = self.setting.axes(self.experiment.entrants)
        x, y = (scale_of(*axis, count) for axis, count in zip(axes, self.setting.size, strict=True))
        return x, y

    def _sweep(self, entrant: Entrant) -> KnobSweep:
        assert self.y is not None
        return KnobSweep(self.experiment, entrant, self.x, self.y, **self._how)

    def _beside(self) -> tuple[object, ...]:
        return self.setting.axes(self.experiment.entrants), self.experiment.start_point

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        (own,) = self._fields(k, stop)
        if self.setting.measure == "steps":
            return _arrivals(self, own, self._own[0], k, stop)
        return self.sheet_of(k, own.loss, classes_of(own))


class RatesMap(Map):
    """The loss of all entrants against the learning rate."""

    def race(self, column: int, row: int) -> Experiment:
        return _with(self.experiment, {row: {"learning_rate": value_of(self.x, column)}})

    def race_of_best(self, k: int | None = None) -> Experiment:
        sheet = self.at(k)
        assert isinstance(sheet, RatesSheet)
        best = {
            place: {"learning_rate": float(sheet.rates[index])}
            for place, index in enumerate(sheet.best)
            if index >= 0
        }
        return _with(self.experiment, best)

    def _axes(self) -> tuple[MapScale, None]:
        knob, span = self.setting.rates(self.experiment.entrants)
        return scale_of(knob, span, self.setting.size[0]), None

    def _sweep(self, entrant: Entrant) -> RateSweep:
        return RateSweep(self.experiment, entrant, self.x.values, **self._how)

    def _beside(self) -> tuple[object, ...]:
        return "rates", self.x.values[[0, -1]].tolist(), self.experiment.start_point

    def _sheet(self, k: int, stop: Stop) -> RatesSheet:
        return found(self.x, self._fields(k, stop), self.last, k)


KINDS: dict[str, type[Map]] = {
    "basin": BasinMap,
    "steps": StepsMap,
    "loss": LossMap,
    "difference": DifferenceMap,
    "sensitivity": SensitivityMap,
    "learning_rate": RatesMap,
}


def _with(experiment: Experiment, values: Mapping[int, Mapping[str, float]]) -> Experiment:
    """Return the experiment with some entrants' hyperparameters changed; its map stays."""
    entrants = list(experiment.entrants)
    for place, own in values.items():
        entrants[place] = entrants[place].replace(**own)
    return experiment.replace(entrants=tuple(entrants), map=experiment.map)


def classes_of(field: Field) -> Whole:
    """Return the classes of runs where minima play no role."""
    return np.where(field.diverged, DIVERGED, np.where(field.status == NO_RUN, OUTSIDE, 0))


def _arrivals(made: Map, own: Field, sweep: Sweep, k: int, stop: Stop) -> Sheet:
    """Return the sheet of the steps that runs take to the minimum they end at."""
    arrived, lost = sweep.arrivals(stop), classes_of(own)
    minima, final = sweep.final(stop)
    classes = np.where(lost < 0, lost, final)
    classes = np.where((arrived < 0) & (lost == 0), UNDECIDED, classes)
    return made.sheet_of(k, np.where(arrived >= 0, arrived, np.nan), classes, minima)
