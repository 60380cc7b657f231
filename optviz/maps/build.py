"""Maps: what becomes of many single races, over the start point or over hyperparameters.

>>> from optviz.maps.build import build
>>> fate = build(experiment)                     # what experiment.map says            # doctest: +SKIP
>>> fate.at(120).values                          # after 120 steps                     # doctest: +SKIP
>>> fate.race(40, 12)                            # the race of column 40, row 12       # doctest: +SKIP

Every cell is a single run, bit for bit what `simulate` makes of `Map.race` there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Entrant, Experiment
from optviz.kernels import Kernel
from optviz.map_setting import MapSetting
from optviz.maps.arrival import Sweep
from optviz.maps.difference import advantage, lowest
from optviz.maps.knobs import KnobSweep, scale_of
from optviz.maps.lanes import OUTSIDE as NO_RUN
from optviz.maps.lanes import Field, fast_kernel, kernels_of_lanes
from optviz.maps.rates import RateSweep, found
from optviz.maps.sheet import (
    DIVERGED,
    OUTSIDE,
    UNDECIDED,
    Curve,
    MapScale,
    RatesSheet,
    Sheet,
    Whole,
)
from optviz.maps.start import StartSweep, lattice
from optviz.maps.theory import lines
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop

__all__ = [
    "DIVERGED", "OUTSIDE", "UNDECIDED", "Curve", "Map", "MapScale", "RatesSheet", "Sheet", "build",
    "kernels_of_map", "worth_waiting",
]  # fmt: skip

_SHEETS_KEPT = 2**26  # bytes
_WORTH = 4_000_000  # steps of single runs from which on the kernel of the very pair is waited for

_NOWHERE = np.zeros((0, 2))


class Map:
    """A map, worked out as far as it is asked for; any thread may ask.

    Attributes
    ----------
    experiment, setting
        What was asked for; `setting.size` is the size built.
    x, y
        The axes; y is None for "learning_rate".
    last
        The number of steps.
    """

    def __init__(
        self,
        experiment: Experiment,
        setting: MapSetting,
        problem: Problem,
        stop: Stop,
        known: Mapping[str, Sweep],
        how: Mapping[str, Any],
    ) -> None:
        self.experiment, self.setting, self.problem, self.stop = experiment, setting, problem, stop
        self.last = experiment.steps
        self._sheets: OrderedDict[int, Sheet | RatesSheet] = OrderedDict()
        self._lock = RLock()
        self._how = {"problem": problem, "stop": stop, **how}
        self.sweeps: dict[str, Sweep] = {}
        self.x, self.y = self._axes()
        self._own: list[Sweep] = []
        for place in self._places():
            entrant = experiment.entrants[place]
            key = self._key(entrant)
            before = known.get(key)
            if before is not None and before.lanes.outdated:
                before = None
            self.sweeps[key] = self.sweeps.get(key) or before or self._sweep(entrant)
            self._own.append(self.sweeps[key])

    @property
    def quick(self) -> bool:
        """Whether the kernels of these very pairs do the work."""
        return all(sweep.lanes.quick for sweep in self._own)

    @property
    def theory(self) -> tuple[Curve, ...]:
        """Lines that theory draws over a sensitivity map of a quadratic."""
        return ()

    def at(self, k: int | None = None, stop: Stop | None = None) -> Sheet | RatesSheet:
        """Return the map after `k` steps, all of them where it is None.

        A basin map and one of steps are those of the whole race, whatever `k`.

        Raises
        ------
        Stopped
            When `stop`, or the one it was built with, was set.
        """
        k = self.last if k is None or not self.setting.moves else max(0, min(int(k), self.last))
        with self._lock:
            found = self._sheets.pop(k, None)
            if found is None:
                found = self._sheet(k, stop or self.stop)
            self._sheets[k] = found
            most = max(1, _SHEETS_KEPT // max(1, _size(found)))
            while len(self._sheets) > most:
                self._sheets.popitem(last=False)
            return found

    def go(self, told: Callable[[int], None]) -> None:
        """Take all runs to their end in a few turns, and tell after each after how many steps they are."""
        each = max(1, self.problem.data.shape[-1])  # samples a step looks at
        work = self.last * each * sum(sweep.lanes.count for sweep in self._own)
        turns = max(1, min(100, self.last, work // 20_000_000))
        for turn in range(turns):
            k = self.last * (turn + 1) // turns
            for sweep in self._own:
                sweep.lanes.go(k, self.stop)
            told(k)

    @property
    def whose(self) -> tuple[Sweep, ...]:
        """The runs it is made of, one sweep an entrant; lanes row by row."""
        return tuple(self._own)

    def race(self, column: int, row: int) -> Experiment:
        """Return the experiment whose race a cell is; the map stays with it.

        Of "learning_rate", `row` is the entrant's place: that entrant has the rate of the column.

        Raises
        ------
        InputError
            Where there is no such race, as from outside the set a surface is declared on.
        IndexError
            Where there is no such cell.
        """
        assert self.y is not None
        start = (_of(self.x.values, column), _of(self.y.values, row))
        return self.experiment.replace(start=start)

    def race_of_best(self, k: int | None = None) -> Experiment:
        """Return the race of all entrants, each at its own best rate after `k` steps (all where it is None).

        Only for "learning_rate". Who has none, having diverged at every rate, stays as it is.
        """
        raise ValueError(f"a map of {self.setting.kind} has no best learning rates")

    def _axes(self) -> tuple[MapScale, MapScale | None]:
        x, y = lattice(self.experiment, self.setting.size)
        return MapScale(x, "x"), MapScale(y, "y")

    def _places(self) -> tuple[int, ...]:
        """Return whose runs it is made of."""
        return _places(self.setting, self.experiment.entrants)

    def _sweep(self, entrant: Entrant) -> Sweep:
        return StartSweep(self.experiment, entrant, self.setting.size, **self._how)

    def _key(self, entrant: Entrant) -> str:
        """Return a text that is the same for equal sweeps."""
        e = self.experiment
        own = (entrant.optimizer, dict(entrant.hyperparameters), entrant.schedule)
        common = (e.steps, e.seed, e.noise, e.batch_size, e.xlim, e.ylim)
        return repr((self.problem.loss_key, own, common, self.setting.size, *self._beside()))

    def _beside(self) -> tuple[object, ...]:
        """Return what else a sweep of this kind depends on."""
        return ("start",)

    def _fields(self, k: int, stop: Stop) -> list[Field]:
        return [sweep.lanes.at(k, stop) for sweep in self._own]

    def _sheet(self, k: int, stop: Stop) -> Sheet | RatesSheet:
        """Return the sheet of one sweep: its loss, or the steps to a minimum, or which minimum."""
        kind, (own,), sweep = self.setting.kind, self._fields(k, stop), self._own[0]
        assert self.y is not None
        shape = (self.y.values.size, self.x.values.size)
        lost = _classes(own)
        values, classes, minima = own.loss, lost, _NOWHERE
        if kind == "basin" or not self.setting.moves:
            minima = self.problem.minima
            classes = np.where(lost < 0, lost, sweep.minimum_of(own))
        if kind == "steps" or (kind == "sensitivity" and not self.setting.moves):
            arrived = sweep.arrivals(stop)
            values = np.where(arrived >= 0, arrived, np.nan)
            classes = np.where((arrived < 0) & (lost == 0), UNDECIDED, classes)
        return Sheet(kind, k, values.reshape(shape), classes.reshape(shape), minima)


class DifferenceMap(Map):
    """Who of two entrants is ahead."""

    _floor: float | None = None

    def _sheet(self, k: int, stop: Stop) -> Sheet:
        assert self.y is not None
        shape = (self.y.values.size, self.x.values.size)
        if self._floor is None:  # the same at every k, or the colors of what does not change would
            points = self.problem.minima
            at_minima = self.problem.loss(points[:, 0], points[:, 1])
            self._floor = lowest(self._fields(self.last, stop), at_minima)
        own, other = self._fields(k, stop)
        floor = lowest([own, other], np.array([self._floor]))
        values, classes = advantage(own, other, floor)
        return Sheet("difference", k, values.reshape(shape), classes.reshape(shape), _NOWHERE)


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
        values = {self.x.name: _of(self.x.values, column), self.y.name: _of(self.y.values, row)}
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


class RatesMap(Map):
    """The loss of all entrants against the learning rate."""

    def race(self, column: int, row: int) -> Experiment:
        return _with(self.experiment, {row: {"learning_rate": _of(self.x.values, column)}})

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


_KINDS = {"difference": DifferenceMap, "sensitivity": SensitivityMap, "learning_rate": RatesMap}


def build(
    experiment: Experiment,
    *,
    size: tuple[int, int] | None = None,
    problem: Problem | None = None,
    previous: Map | None = None,
    fast: str = "ready",
    at_once: int = 0,
    stop: Stop = NEVER,
) -> Map:
    """Return the map that `experiment.map` says; a basin map where it says nothing.

    What takes time is done by `Map.at`.

    Parameters
    ----------
    size
        (width, height) in place of the setting's: a coarse map is there sooner.
    problem
        What the experiment poses, where that is at hand.
    previous
        A map before: runs that no change concerns are taken from it.
    fast
        "wait": the kernels of these very pairs are compiled if they have to be. "ready": they are taken from
        when they are at hand in this process. "never": those of all pairs are taken.
    at_once
        Threads; 0 for all cores. The result is the same.
    stop
        Ends the work at once from another thread.

    Raises
    ------
    InputError
        When the map is not allowed, or cannot be held in memory.
    """
    setting = experiment.map or MapSetting()
    if size is not None:
        setting = replace(setting, size=size)
    setting.checked(experiment.entrants)
    known = previous.sweeps if previous is not None else {}
    how = {"fast": fast, "at_once": at_once}
    kind = _KINDS.get(setting.kind, Map)
    return kind(experiment, setting, problem or Problem.of(experiment), stop, known, how)


def kernels_of_map(experiment: Experiment) -> tuple[list[Kernel], list[Kernel]]:
    """Return the kernels that an experiment's map needs, and those that make it faster."""
    problem, setting = Problem.of(experiment, wait=False), experiment.map or MapSetting()
    needed: list[Kernel] = []
    faster: list[Kernel] = []
    for place in _places(setting, experiment.entrants):
        entrant = experiment.entrants[place]
        optimizer = OPTIMIZERS[entrant.optimizer]
        needed += kernels_of_lanes(problem, optimizer)
        noisy = optimizer.samples and bool(experiment.noise or experiment.batch_size)
        own = setting.kind == "sensitivity"
        quick = None if setting.kind == "learning_rate" else fast_kernel(problem, optimizer, noisy, own)
        faster += [quick] if quick is not None else []
    return list(dict.fromkeys(needed)), list(dict.fromkeys(faster))


def worth_waiting(experiment: Experiment) -> str:
    """Return `fast` for a map that is made once: "wait" where it pays to compile."""
    width, height = (experiment.map or MapSetting()).size
    return "wait" if width * height * experiment.steps >= _WORTH else "ready"


def _places(setting: MapSetting, entrants: Sequence[Entrant]) -> tuple[int, ...]:
    """Return the places of the entrants whose runs a map is made of."""
    if setting.kind == "learning_rate":
        return tuple(range(len(entrants)))
    return setting.opponents(entrants) if setting.kind == "difference" else (setting.entrant,)


def _with(experiment: Experiment, values: Mapping[int, Mapping[str, float]]) -> Experiment:
    """Return the experiment with some entrants' hyperparameters changed; its map stays."""
    entrants = list(experiment.entrants)
    for place, own in values.items():
        entrants[place] = entrants[place].replace(**own)
    return experiment.replace(entrants=tuple(entrants), map=experiment.map)


def _of(values: Array, index: int) -> float:
    if not 0 <= index < values.size:
        raise IndexError(index)
    return float(values[index])


def _classes(field: Field) -> Whole:
    """Return the classes of runs where minima play no role."""
    return np.where(field.diverged, DIVERGED, np.where(field.status == NO_RUN, OUTSIDE, 0))


def _size(sheet: Sheet | RatesSheet) -> int:
    return 16 * sheet.values.size if isinstance(sheet, Sheet) else 9 * sheet.losses.size
