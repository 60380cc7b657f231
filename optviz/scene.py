"""From a run to a scene: everything that can be drawn, as values, with no Qt in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optviz import formula
from optviz.catalog import Array, Choices, Surface, Values
from optviz.colors import PALETTE, slots
from optviz.entrant_names import names_of
from optviz.experiment import Entrant, Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.plots import USUAL, eigen_entrant, held, plot_of, rate_along
from optviz.plots import Plot as Plot
from optviz.problem import Problem
from optviz.setting import Pair
from optviz.simulate import EntrantRun, Run, batches_of
from optviz.translation import QT_TRANSLATE_NOOP
from optviz.verdict import Verdict

if TYPE_CHECKING:  # loaded when something of it is shown
    from optviz.insight import Eigen

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
    _made: dict[str, Plot | None] = field(default_factory=dict, repr=False)  # beside the usual ones
    _eigen: dict[int, Eigen | None] = field(default_factory=dict, repr=False)

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
        if plot.key == "stability_limit" and not _steady(line):
            return self._rate_along(line)
        if plot.key not in _OWN:
            return self.series(plot.key, line)
        series: Array = getattr(line, _OWN[plot.key])
        if not plot.offset:
            return series
        key = (plot.key, id(line))
        if key not in self._shifted:
            self._shifted[key] = series - plot.offset
        return self._shifted[key]

    def second(self, plot: Plot, line: Line) -> Array:
        """Return what a plot draws thinner with the series of a line; empty where there is nothing."""
        return self.series(plot.second, line) if plot.second else np.empty(0)

    def plot(self, key: str) -> Plot | None:
        """Return a plot by its name, made when it is first asked for; None where no entrant has that."""
        if key in USUAL:
            return next((plot for plot in self.plots if plot.key == key), None)
        if key not in self._made:
            self._made[key] = self._make_plot(key)
        return self._made[key]

    def has_plot(self, key: str) -> bool:
        """Say whether a plot is made already: to ask for it costs nothing."""
        return key in USUAL or key in self._made

    def _make_plot(self, key: str) -> Plot | None:
        if eigen_entrant(key) is not None:
            return self._eigen_plot(key)
        if key == "stability_limit":
            return self.edge(None)
        from optviz.insight import quantities
        from optviz.quantity_plots import quantity_plot

        found = next((one for one in quantities(self.experiment) if one.key == key), None)
        if found is None and key != "learning_rate":
            return None
        plot = Plot(key, _TITLES["learning_rate"], False, 0.0, 1.0)
        shown = [line for line in self.lines if not line.hidden] or list(self.lines)
        series = self._for_axis(plot, shown)
        if not any(len(own) for own in series):
            return None
        if found is None:  # of the lines' own
            return plot_of(key, series, plot.title, bounded=False)
        return quantity_plot(found, self.problem.surface.axes, series)

    def _for_axis(self, plot: Plot, lines: list[Line]) -> list[Array]:
        """Return what the axis of a plot has to show."""
        series = []
        for line in lines:
            both = (self.values(plot, line), self.second(plot, line))
            series += [held(own) if line.status == "diverged" else own for own in both]
        return series

    def edge(self, entrant: int | None) -> Plot | None:
        """Return the plot of learning rates and what they must not exceed, of one entrant or of several.

        A rule that rescales its steps has no such limit on its learning rate. Among several it is left out;
        of it alone the rate along each step is shown instead (`optviz.plots.rate_along`).
        """
        places = [i for i, line in enumerate(self.lines) if not line.hidden] or [*range(len(self.lines))]
        if entrant not in places:
            entrant = None
        key = "stability_limit" if entrant is None else f"stability_limit.{entrant}"
        if key not in self._made:
            self._made[key] = self._edge_plot(places, entrant)
        return self._made[key]

    def _edge_plot(self, places: list[int], entrant: int | None) -> Plot | None:
        steady = [place for place in places if _steady(self.lines[place])]
        only = [entrant] if entrant is not None else steady or places
        rescaled = not set(only) & set(steady)
        key, title = "stability_limit", _TITLES["rate_and_limit"]
        plot = Plot(key, title, False, 0.0, 1.0, second=key)
        series = self._for_axis(plot, [self.lines[place] for place in only])
        if not any(len(own) for own in series):
            return None
        values: tuple[tuple[str, str], ...] = ()
        note = ""
        if entrant is not None:
            values = (("name", self.lines[entrant].label),)
            note = _EDGE_NOTES["rescaled" if rescaled else "one"]
        elif len(only) < len(places):
            values, note = (("count", str(len(places) - len(only))),), _EDGE_NOTES["left out"]
        names = _EDGE_RESCALED if rescaled else _EDGE
        return replace(
            plot_of(key, series, title, bounded=False), second=key, names=names, values=values,
            only=tuple(only), note=note,
        )  # fmt: skip

    def _rate_along(self, line: Line) -> Array:
        key = ("rate_along", id(line))
        if key not in self._shifted:
            done = self.run.entrants[self.place_of(line)]
            self._shifted[key] = rate_along(done.path, done.grad)
        return self._shifted[key]

    def series(self, key: str, line: Line) -> Array:
        """Return a quantity of one entrant along its path; empty where it has none."""
        from optviz.insight import insight_of

        return insight_of(self.experiment, self.run, self.place_of(line), self.problem).series(key)

    def place_of(self, line: Line) -> int:
        """Return which entrant a line belongs to."""
        return next(i for i, done in enumerate(self.run.entrants) if done.path is line.path)

    def eigen(self, entrant: int) -> Eigen | None:
        """Return one entrant's errors along the eigen-directions; None where the surface has none."""
        if entrant not in self._eigen:
            from optviz.insight import eigen

            known = 0 <= entrant < len(self.run.entrants)
            self._eigen[entrant] = eigen(self.experiment, self.run, entrant, self.problem) if known else None
        return self._eigen[entrant]

    def _eigen_plot(self, key: str) -> Plot | None:
        entrant = eigen_entrant(key)
        found = self.eigen(entrant) if entrant is not None else None
        if found is None or entrant is None:
            return None
        line = self.lines[entrant]
        errors = [np.abs(found.measured[:, i]) for i in (0, 1)]
        if line.status == "diverged":
            errors = [held(own) for own in errors]
        made = plot_of(key, errors, _TITLES["eigen"], bounded=False)
        return replace(made, values=(("name", line.label),))


def _steady(line: Line) -> bool:
    """Say whether a rule has a largest stable product of learning rate and curvature."""
    return OPTIMIZERS[line.optimizer].stable_product is not None


def chosen_plots(scene: Scene) -> tuple[Plot, ...]:
    """Return the plots that the view of a scene asks for, in its order; where there are none, the usual."""
    keys = scene.experiment.view.plots
    if not keys or not scene.plots:
        return scene.plots
    found = [plot for key in keys if (plot := scene.plot(key)) is not None]
    return tuple(found) or scene.plots


# The series that a line has itself, by the plot that shows it.
_OWN = {**{key: key for key in USUAL}, "learning_rate": "learning_rate", "stability_limit": "learning_rate"}
_EDGE = (QT_TRANSLATE_NOOP("Stage", "learning rate"), QT_TRANSLATE_NOOP("Stage", "2/λ"))
_EDGE_RESCALED = (QT_TRANSLATE_NOOP("Stage", "effective rate"), QT_TRANSLATE_NOOP("Stage", "2/λ"))
_EDGE_NOTES = {
    "one": QT_TRANSLATE_NOOP("Stage", "{name}"),
    "rescaled": QT_TRANSLATE_NOOP("Stage", "{name}: rescaled steps, rate along the step"),
    "left out": QT_TRANSLATE_NOOP("Stage", "left out: {count} that rescale their steps"),
}
_TITLES = {
    "loss": QT_TRANSLATE_NOOP("Stage", "loss"),
    "above": QT_TRANSLATE_NOOP("Stage", "loss above the minimum"),
    "gradient_norm": QT_TRANSLATE_NOOP("Stage", "gradient norm"),
    "effective_rate": QT_TRANSLATE_NOOP("Stage", "effective learning rate"),
    "distance": QT_TRANSLATE_NOOP("Stage", "distance to the nearest minimum"),
    "learning_rate": QT_TRANSLATE_NOOP("Stage", "learning rate"),
    "rate_and_limit": QT_TRANSLATE_NOOP("Stage", "edge of stability"),
    "eigen": QT_TRANSLATE_NOOP("Stage", "{name}: error by eigen-direction"),
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
    run: Run,
    *,
    wait: bool = True,
    problem: Problem | None = None,
    company: tuple[Problem, ...] = (),
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
            places, names_of(experiment), experiment.entrants, run.entrants, strict=True
        )
    )
    shown = [line for line in lines if not line.hidden] or list(lines)
    lowest = float(problem.loss(*minima.T).min()) if len(minima) else 0.0
    reached = min(float(line.loss[np.isfinite(line.loss)].min(initial=np.inf)) for line in shown)
    # Below the best minimum known (a search from elsewhere went lower) the difference has no logarithm.
    offset = lowest if len(minima) and reached >= lowest - 1e-9 * (1 + abs(lowest)) else 0.0
    plots = [
        plot_of(
            "loss", [line.loss - offset for line in shown], _TITLES["above" if offset else "loss"], offset
        ),
        plot_of("gradient_norm", [line.gradient_norm for line in shown], _TITLES["gradient_norm"]),
        plot_of("effective_rate", [line.effective_rate for line in shown], _TITLES["effective_rate"]),
    ]
    if len(minima):
        plots.append(plot_of("distance", [line.distance for line in shown], _TITLES["distance"]))
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


def _distance(done: EntrantRun, minima: Array) -> Array:
    if not len(minima):
        return np.empty(0)
    nearest = np.full(len(done.path), np.inf)
    with np.errstate(over="ignore"):
        for x, y in minima:
            np.minimum(nearest, np.hypot(done.path[:, 0] - x, done.path[:, 1] - y), out=nearest)
    return nearest
