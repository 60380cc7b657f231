"""From a run to a scene: everything that can be drawn, as values, with no Qt in it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from optviz import formula
from optviz.catalog import Array, Choices, Surface, Values
from optviz.colors import PALETTE, slots
from optviz.experiment import Entrant, Experiment
from optviz.problem import Problem
from optviz.setting import Pair
from optviz.simulate import EntrantRun, Run, batches_of
from optviz.translation import QT_TRANSLATE_NOOP
from optviz.verdict import Verdict, number

# What lies this far below the top of a logarithmic axis is below every axis a person would read.
_DECADES = 12.0
_BEYOND = 1e4  # times the value at the start
_BATCHES = 8  # mini-batches that the scale of colours is made for


@dataclass(frozen=True, eq=False)
class Line:
    """One entrant as it is drawn. Shapes as in RUN.npz.

    Attributes
    ----------
    index
        The style slot: which colour, dash and marker are its own (`optviz.colors.slots`).
    color
        "#rrggbb" where it is not the palette's.
    learning_rate
        What the schedule gave each step.
    effective_rate
        Length of each step over the length of the gradient it used: the learning rate that gradient descent
        would have needed for it; nan where the gradient was 0.
    distance
        To the nearest minimum at each point; empty when none is known.
    """

    index: int
    label: str
    optimizer: str
    color: str | None
    hidden: bool
    path: Array
    loss: Array
    gradient_norm: Array
    learning_rate: Array
    effective_rate: Array
    distance: Array
    verdict: Verdict

    @property
    def status(self) -> str:
        return self.verdict.status

    @property
    def stopped_at(self) -> int:
        return len(self.path) - 1

    @property
    def why(self) -> str:
        return self.verdict.why


@dataclass(frozen=True)
class Plot:
    """One panel of curves against the step.

    `low` and `high` are the range of its axis, fixed for the whole run so that nothing jumps; `offset` is
    subtracted from the values first.
    """

    key: str
    title: str
    log: bool
    low: float
    high: float
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything drawable about a run.

    Attributes
    ----------
    company
        Problems whose losses make the scale of colours: what is drawn beside this one, and some of the
        mini-batches that are drawn. Empty where it is this one alone.
    other
        Of a mixture, the experiment whose loss is the other part.
    """

    experiment: Experiment
    run: Run
    problem: Problem
    title: str
    lines: tuple[Line, ...]
    plots: tuple[Plot, ...]
    company: tuple[Problem, ...] = ()
    other: Experiment | None = None
    _shifted: dict[tuple[str, int], Array] = field(default_factory=dict, repr=False)

    @property
    def xlim(self) -> Pair:
        return self.experiment.xlim

    @property
    def ylim(self) -> Pair:
        return self.experiment.ylim

    @property
    def theme(self) -> str:
        return self.experiment.view.theme

    @property
    def start(self) -> Pair:
        return self.experiment.start_point

    @property
    def minima(self) -> Array:
        """float64[k, 2]."""
        return self.problem.minima

    @property
    def last(self) -> int:
        """The index of the last frame: the experiment's steps."""
        return self.experiment.steps

    def drawn(self, k: int) -> Problem:
        """Return the problem whose surface frame `k` shows: all samples, or the mini-batch of step `k`.

        A slow surface is always that of all samples.
        """
        if self.experiment.view.sample == "full" or self.problem.slow:
            return self.problem
        batches = [batches_of(side) for side in (self.experiment, self.other) if side is not None]
        columns = [batch[min(k, len(batch) - 1)] if len(batch) else None for batch in batches]
        return self.problem.of_samples(*columns) if any(c is not None for c in columns) else self.problem

    @cached_property
    def formula(self) -> str:
        """The loss in LaTeX."""
        return typeset(self.problem.surface, self.problem.coefficients, self.problem.choices)

    def values(self, plot: Plot, line: Line) -> Array:
        """Return the series of a plot for one line, its offset subtracted."""
        series: Array = getattr(line, plot.key)
        if not plot.offset:
            return series
        key = (plot.key, id(line))
        if key not in self._shifted:
            self._shifted[key] = series - plot.offset
        return self._shifted[key]


_TITLES = {
    "loss": QT_TRANSLATE_NOOP("Stage", "loss"),
    "above": QT_TRANSLATE_NOOP("Stage", "loss above the minimum"),
    "gradient_norm": QT_TRANSLATE_NOOP("Stage", "gradient norm"),
    "effective_rate": QT_TRANSLATE_NOOP("Stage", "effective learning rate"),
    "distance": QT_TRANSLATE_NOOP("Stage", "distance to the nearest minimum"),
}


def typeset(surface: Surface, coefficients: Values | None = None, choices: Choices | None = None) -> str:
    """Return the loss of a surface in LaTeX: as declared, else its formula spelled out.

    That of a data surface depends on what is chosen; the defaults are taken where nothing is given.
    """
    if surface.model is not None:
        values = {knob.name: knob.default for knob in surface.coefficients}
        chosen = {choice.name: choice.default for choice in surface.choices}
        return surface.model.typeset({**values, **(coefficients or {})}, {**chosen, **(choices or {})})
    names = tuple(knob.name for knob in surface.coefficients)
    return surface.typeset or formula.latex(formula.parse(surface.formula, names))


def seen(problem: Problem, experiment: Experiment) -> tuple[Problem, ...]:
    """Return a problem and, where mini-batches of it are drawn, some of them, spread evenly over the run."""
    if experiment.view.sample == "full" or problem.slow or problem.other is not None:
        return (problem,)
    batches = batches_of(experiment)
    at = np.unique(np.linspace(0, len(batches) - 1, _BATCHES).astype(int)) if len(batches) else ()
    return (problem, *(problem.of_samples(batches[i]) for i in at))


def alone(problem: Problem, experiment: Experiment) -> tuple[Problem, ...]:
    """Return the company of a problem that has a scale of colours to itself."""
    among = seen(problem, experiment)
    return among if len(among) > 1 else ()


def build_scene(
    run: Run, *, wait: bool = True, problem: Problem | None = None, company: tuple[Problem, ...] = (),
    other: Experiment | None = None,
) -> Scene:
    """Return the scene of a run; `problem` is what it ran on, where that is at hand.

    Without `company` the scale of colours is made for the problem, and for the mini-batches drawn of it.
    """
    experiment = run.experiment
    problem = problem or Problem.of(experiment, wait)
    minima = problem.minima
    places = slots([entrant.color for entrant in experiment.entrants])
    lines = tuple(
        _line(slot, label, entrant, done, minima)
        for slot, label, entrant, done in zip(
            places, _labels(experiment), experiment.entrants, run.entrants, strict=True
        )
    )
    shown = [line for line in lines if not line.hidden] or list(lines)
    lowest = float(problem.loss(*minima.T).min()) if len(minima) else 0.0
    reached = min(float(line.loss[np.isfinite(line.loss)].min(initial=np.inf)) for line in shown)
    # Below the best minimum known (a search from elsewhere went lower) the difference has no logarithm.
    offset = lowest if len(minima) and reached >= lowest - 1e-9 * (1 + abs(lowest)) else 0.0
    plots = [
        _plot("loss", [line.loss - offset for line in shown], _TITLES["above" if offset else "loss"], offset),
        _plot("gradient_norm", [line.gradient_norm for line in shown], _TITLES["gradient_norm"]),
        _plot("effective_rate", [line.effective_rate for line in shown], _TITLES["effective_rate"]),
    ]
    if len(minima):
        plots.append(_plot("distance", [line.distance for line in shown], _TITLES["distance"]))
    title = experiment.title or experiment.surface_name
    company = company or alone(problem, experiment)
    return Scene(experiment, run, problem, title, lines, tuple(plots), company, other)


@np.errstate(all="ignore")
def _line(slot: int, label: str, entrant: Entrant, done: EntrantRun, minima: Array) -> Line:
    own = entrant.color if entrant.color and entrant.color.lower() not in PALETTE else None
    length = np.hypot(done.grad[:, 0], done.grad[:, 1])
    step = np.hypot(np.diff(done.path[:, 0]), np.diff(done.path[:, 1]))
    effective = np.where(length > 0, step / length, np.nan)
    return Line(
        slot, label, entrant.optimizer, own, entrant.hidden, done.path, done.loss, length,
        done.learning_rate, effective, _distance(done, minima), done.verdict,
    )  # fmt: skip


def _labels(experiment: Experiment) -> list[str]:
    """Return a name for each entrant, no two alike: told apart by learning rate, else by number."""
    names = [entrant.title for entrant in experiment.entrants]
    count = Counter(names)
    names = [
        f"{name} {number(entrant.learning_rate)}" if count[name] > 1 and not entrant.label else name
        for name, entrant in zip(names, experiment.entrants, strict=True)
    ]
    used: Counter[str] = Counter()
    result = []
    for name in names:
        used[name] += 1
        result.append(f"{name} {used[name]}" if used[name] > 1 else name)
    return result


def _distance(done: EntrantRun, minima: Array) -> Array:
    if not len(minima):
        return np.empty(0)
    nearest = np.full(len(done.path), np.inf)
    with np.errstate(over="ignore"):
        for x, y in minima:
            np.minimum(nearest, np.hypot(done.path[:, 0] - x, done.path[:, 1] - y), out=nearest)
    return nearest


@np.errstate(all="ignore")
def _plot(key: str, series: list[Array], title: str, offset: float = 0.0) -> Plot:
    values = np.concatenate(series) if series else np.empty(0)
    starts = [abs(own[0]) for own in series if len(own) and np.isfinite(own[0])]
    # One entrant on its way to infinity must not flatten everybody else's curve; its own leaves the panel.
    reach = max(starts, default=0.0) * _BEYOND or np.inf
    values = values[np.isfinite(values) & (np.abs(values) <= reach)]
    if not len(values):
        return Plot(key, title, False, 0.0, 1.0, offset)
    low, high = float(values.min()), float(values.max())
    positive = values[values > 0]
    # A value of exactly 0 is an arrival, not a reason to give up the logarithm.
    if len(positive) and low >= -1e-9 * (1 + abs(offset)) and positive.max() > 30 * positive.min():
        top = float(np.log10(high))
        bottom = max(float(np.log10(positive.min())), top - _DECADES)
        pad = 0.04 * (top - bottom)
        # Whole quarters of a decade: while a slider moves, the axis stands still.
        bottom, top = math.floor(4 * (bottom - pad)) / 4, math.ceil(4 * (top + pad)) / 4
        return Plot(key, title, True, 10.0 ** max(bottom, -320.0), 10.0 ** min(top, 308.0), offset)
    pad = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    low, high = (0.0 if 0.0 <= low < 0.5 * high else low - pad), min(high + pad, 1.7e308)
    unit = 10.0 ** math.floor(math.log10(high - low)) / 10.0 if 0.0 < high - low < 1e300 else 0.0
    if unit > 1e-12 * max(abs(low), abs(high)):
        low, high = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return Plot(key, title, False, low, high, offset)
