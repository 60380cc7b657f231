"""Everything that can be drawn of a map, with no Qt in it: the map, and the race it is a map of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optviz.backdrop import Scale, scale_of
from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.maps.build import Map, build
from optviz.maps.sheet import RatesSheet, Sheet
from optviz.problem import NEVER, Stop
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

if TYPE_CHECKING:
    from optviz.problem import Problem

_PROBE = 33  # points a side of the map that a scale of colours is made from
_DECADES = 8.0  # a map of who is ahead shows at most this many
_MOST_DECADES = 12.0  # the same of a sensitivity map
_WORSE = 10.0  # times the loss at the start: what has grown beyond it is as good as lost
_LARGE = 20.0  # the most steps against the least: beyond it the scale is logarithmic
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class MapScene:
    """A map and the race from the experiment's own start, at its own settings.

    Attributes
    ----------
    experiment
        With its `map`.
    map
        The map itself, which keeps the last few of its sheets.
    race
        The scene of the race. Over the start point it is drawn over the map, else beside it.
    """

    experiment: Experiment
    map: Map
    race: Scene

    @property
    def title(self) -> str:
        return self.race.title

    @property
    def theme(self) -> str:
        return self.experiment.view.theme

    @property
    def kind(self) -> str:
        setting = self.experiment.map
        assert setting is not None
        return setting.kind

    @property
    def over_start(self) -> bool:
        setting = self.experiment.map
        return setting is not None and setting.over_start

    @property
    def moves(self) -> bool:
        """Whether the map is another one at each frame."""
        setting = self.experiment.map
        return setting is not None and setting.moves

    @property
    def last(self) -> int:
        """The index of the last frame: the experiment's steps."""
        return self.experiment.steps

    def sheet(self, k: int) -> Sheet | RatesSheet:
        """Return the map of frame `k`: after `k` steps where it moves, else after all of them."""
        return self.map.at(k)

    def field(self, k: int) -> Sheet:
        """Return the map of frame `k`, which has two axes."""
        found = self.sheet(k)
        assert isinstance(found, Sheet)
        return found

    def rates(self, k: int) -> RatesSheet:
        """Return the curves of frame `k`."""
        found = self.sheet(k)
        assert isinstance(found, RatesSheet)
        return found

    @cached_property
    def lowest(self) -> float:
        """The loss at the best minimum known; infinite where none is."""
        minima = self.race.minima
        if not len(minima):
            return math.inf
        loss = np.asarray(self.race.problem.loss(*minima.T))
        return float(np.min(loss, initial=math.inf, where=np.isfinite(loss)))

    @cached_property
    def scale(self) -> Scale:
        """How values become colours, the same at every frame, every size, and while a map gets finer.

        It is made from a map of a few points, at the begin, on the way, and at the end.
        """
        kind = self.kind
        if kind == "basin":  # its colours stand for minima
            return Scale(False, 0.0, 0.0, 1.0, ())
        values = self._probed
        if kind == "difference":
            return _symmetric(values)
        if kind == "steps" or self.measures_steps:
            return _of_steps(values, self.last)
        finite = values[np.isfinite(values)]
        known = self.lowest
        reached = float(finite.min(initial=math.inf))
        # Below the best minimum known (a run elsewhere went lower) the difference has no logarithm.
        usable = math.isfinite(known) and reached >= known - _SAME * (1.0 + abs(known))
        lowest = known if usable else reached
        lowest = lowest if math.isfinite(lowest) else 0.0
        return self._of_settings(finite, lowest) if kind == "sensitivity" else scale_of(finite, lowest)

    @cached_property
    def beyond(self) -> tuple[bool, bool]:
        """Whether values lie below the scale's least, and above its greatest: they have its end colours."""
        how = self.scale
        values = [self._probed] if self.kind != "basin" else []
        if self.kind not in ("basin", "learning_rate"):
            values.append(_known(self.sheet(self.last)))
        slack = 1e-9 * (abs(how.high) if how.log else how.high - how.low)
        low = how.low * (1.0 - 1e-9) if how.log else how.low - slack
        with np.errstate(all="ignore"):
            seen = [one - how.offset for one in values]
            return any(bool((one < low).any()) for one in seen), any(
                bool((one > how.high + slack).any()) for one in seen
            )

    def _of_settings(self, values: Array, lowest: float) -> Scale:
        """Return the scale of losses that all began alike: what has grown far beyond that is the worst."""
        start = self._at_start
        begin = float(start[np.isfinite(start)].max(initial=-math.inf)) - lowest
        above = values - lowest
        if not begin > 0.0:
            return scale_of(values, lowest)
        high = min(float(above.max(initial=begin)), _WORSE * begin)
        positive = above[above > 0.0]
        low = float(np.quantile(positive, 0.02)) if len(positive) else begin
        if high > _LARGE * low:
            low = max(low, high * 10.0**-_MOST_DECADES)
            low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
            return Scale(True, lowest, low, high, ())
        return Scale(False, 0.0, lowest + min(low, 0.5 * high), lowest + high, ())

    @property
    def measures_steps(self) -> bool:
        """Whether a sensitivity map shows steps in place of losses."""
        setting = self.experiment.map
        return setting is not None and setting.kind == "sensitivity" and setting.measure == "steps"

    @cached_property
    def _probed(self) -> Array:
        setting = self.experiment.map
        assert setting is not None
        if self.kind == "learning_rate":
            probe = self.map
        else:
            size = (min(setting.size[0], _PROBE), min(setting.size[1], _PROBE))
            small = self.experiment.replace(map=replace(setting, size=size))
            probe = build(small, problem=self.race.problem)
        steps = sorted({0, self.last // 8, self.last // 2, self.last}) if setting.moves else [self.last]
        sheets = [probe.at(k) for k in steps]
        return np.concatenate([_known(one) for one in sheets])

    @cached_property
    def range(self) -> tuple[float, float, float]:
        """Of a learning-rate map: the least and the greatest loss that is shown, and what is subtracted.

        The axis is logarithmic; it begins at most 12 decades below the greatest.
        """
        values = self._probed
        finite = values[np.isfinite(values)]
        if not len(finite):
            return 0.1, 10.0, 0.0
        known = self.lowest
        usable = math.isfinite(known) and finite.min() >= known - _SAME * (1.0 + abs(known))
        offset = known if usable else min(0.0, float(finite.min()))
        start = np.abs(self._at_start - offset)
        above = finite - offset
        high = max(float(np.median(start[np.isfinite(start)])) if len(start) else 0.0, 1e-300)
        positive = above[above > 0.0]
        if not len(positive):
            return high * 1e-3, high * 10.0, offset
        high = max(high, float(positive[positive <= 3.0 * _WORSE * high].max(initial=high)))
        low = max(float(positive.min()), high * 1e-12)
        top, bottom = math.log10(high), math.log10(min(low, 0.1 * high))
        pad = 0.05 * (top - bottom)
        return 10.0 ** (math.floor(4 * (bottom - pad)) / 4), 10.0 ** (math.ceil(4 * (top + pad)) / 4), offset

    @property
    def _at_start(self) -> Array:
        return np.array([line.loss[0] for line in self.race.lines if len(line.loss)])


def _known(sheet: Sheet | RatesSheet) -> Array:
    """Return the values of the cells that have one."""
    if isinstance(sheet, RatesSheet):
        return sheet.losses[~sheet.diverged]
    return sheet.values[sheet.classes >= 0]


def _symmetric(values: Array) -> Scale:
    """Return a scale around 0 in whole decades, in which nearly all of the values lie."""
    size = np.abs(values[np.isfinite(values) & (values != 0.0)])
    most = float(np.quantile(size, 0.95)) if len(size) else 1.0
    reach = min(max(math.ceil(most), 1.0), _DECADES)
    return Scale(False, 0.0, -reach, reach, ())


def _of_steps(values: Array, last: int) -> Scale:
    found = values[np.isfinite(values) & (values >= 0.0)]
    if not len(found):
        return Scale(False, 0.0, 0.0, float(max(last, 1)), ())
    high = max(float(found.max()), 1.0)
    least = max(float(np.quantile(found, 0.02)), 1.0)
    if high > _LARGE * least:
        return Scale(True, 0.0, least, high, ())
    return Scale(False, 0.0, min(float(found.min()), high - 1.0), high, ())


def build_map_scene(
    experiment: Experiment,
    *,
    race: Scene | None = None,
    previous: MapScene | None = None,
    size: tuple[int, int] | None = None,
    problem: Problem | None = None,
    fast: str = "ready",
    at_once: int = 0,
    stop: Stop = NEVER,
) -> MapScene:
    """Return the scene of an experiment with a map, the race simulated.

    Parameters
    ----------
    race
        The scene of the race, where that is at hand.
    previous
        A scene made before: what no change concerns is taken from it.
    size
        (width, height) in place of the map's own, for a coarse picture at once.
    problem, fast, at_once, stop
        As `optviz.maps.build.build` takes them.

    Raises
    ------
    InputError
        As `simulate`.
    Stopped
        When `stop` was set.
    """
    if race is None:
        view = replace(experiment.view, step_by_step=None)
        alone = experiment.replace(map=None, view=view)
        done = previous.race.run if previous is not None else None
        race = build_scene(
            simulate(alone, problem=problem, previous=done, stop=stop), problem=problem
        )  # fmt: skip
    made = build(
        experiment, size=size, problem=race.problem, previous=previous.map if previous is not None else None,
        fast=fast, at_once=at_once, stop=stop,
    )  # fmt: skip
    return MapScene(experiment, made, race)
