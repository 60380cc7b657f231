"""What all maps have in common: their runs, their axes, and the sheets that have been asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Entrant, Experiment
from optviz.map_setting import MapSetting
from optviz.maps.arrival import Sweep
from optviz.maps.lanes import Field
from optviz.maps.sheet import Curve, MapScale, RatesSheet, Sheet, Whole
from optviz.maps.start import StartSweep, lattice
from optviz.problem import Problem, Stop

_SHEETS_KEPT = 2**26  # bytes

NOWHERE = np.zeros((0, 2))
"""The minima of a map in which they play no role."""


class Map:
    """A map, worked out as far as it is asked for; any thread may ask.

    This is what all kinds have in common; the kinds are in `optviz.maps.kinds`. Its axes are the start's
    where a kind has no others.

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
        start = (value_of(self.x, column), value_of(self.y, row))
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
        return places(self.setting, self.experiment.entrants)

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
        """Return the sheet after `k` steps; a kind of map is what it makes of its runs."""
        raise NotImplementedError

    @property
    def _shape(self) -> tuple[int, int]:
        assert self.y is not None
        return self.y.values.size, self.x.values.size

    def sheet_of(self, k: int, values: Array, classes: Whole, minima: Array = NOWHERE) -> Sheet:
        """Return the sheet of numbers float64[n] and classes int64[n], one a cell."""
        return Sheet(self.setting.kind, k, values.reshape(self._shape), classes.reshape(self._shape), minima)


def places(setting: MapSetting, entrants: Sequence[Entrant]) -> tuple[int, ...]:
    """Return the places of the entrants whose runs a map is made of."""
    if setting.kind == "learning_rate":
        return tuple(range(len(entrants)))
    return setting.opponents(entrants) if setting.kind == "difference" else (setting.entrant,)


def value_of(axis: MapScale, index: int) -> float:
    """Return the value of a column or row; IndexError where there is none."""
    if not 0 <= index < axis.values.size:
        raise IndexError(index)
    return float(axis.values[index])


def _size(sheet: Sheet | RatesSheet) -> int:
    return 16 * sheet.values.size if isinstance(sheet, Sheet) else 9 * sheet.losses.size
