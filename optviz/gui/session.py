"""The session: the current experiment and what it computes to.

Everything flows one way: an edit makes a new experiment, a 16 ms timer lets the last of many edits
win, the run and the scene follow, one signal tells. Nothing writes back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from optviz.backdrop import backdrop
from optviz.errors import InputError
from optviz.experiment import MAX_ENTRANTS, Experiment
from optviz.gui.background import Background
from optviz.gui.compile_process import kernels_for
from optviz.gui.document import Document
from optviz.gui.looks import gone_to
from optviz.kernels import Kernel
from optviz.networks.training import calling_off
from optviz.problem import Limits, Problem, Stop
from optviz.scene import Scene, build_scene, chosen_plots
from optviz.setting import Pair
from optviz.simulate import kernels_of, simulate
from optviz.view import View, followed

_MOST_IN_PYTHON = 20_000  # steps in all; more would be felt
STAGES = (13, 26, 51, 101)  # points a side on which a slow surface is drawn, one after the other


class Sight(NamedTuple):
    """A part of the plane as a picture of so many pixels, in a theme."""

    xlim: Pair
    ylim: Pair
    width: int
    height: int
    theme: str


def _domain(experiment: Experiment) -> tuple[Sight, ...]:
    return (Sight(experiment.xlim, experiment.ylim, 640, 480, experiment.view.theme),)


class Session(Document):
    """Holds the current experiment and derives everything from it.

    Signals
    -------
    kernels_missing(list)
        Kernels that are not ready are in use: the scene was computed in plain Python or, where that
        would take too long, not yet.

    Attributes
    ----------
    sights_of
        Given an experiment, what its pictures will show; set by the page.
    drawn
        What a slow surface's pictures were made for.
    """

    kernels_missing = Signal(list)

    max_entrants = MAX_ENTRANTS

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(experiment, parent)
        self.scene: Scene | None = None
        self.sights_of: Callable[[Experiment], tuple[Sight, ...]] = _domain
        self.drawn: tuple[Sight, ...] = ()
        self._asked_limits: tuple[Limits, ...] = ()
        self._trained: tuple[str, ...] = ()  # which networks are wanted now
        self._computed: Experiment | None = None  # what the slow scene on the screen was computed from
        self.background = Background(self)
        self.background.delivered.connect(self._deliver)
        self.background.failed.connect(self._fail)
        self.background.busy_changed.connect(self._follow_busy)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(16)
        self._timer.timeout.connect(self.compute)

    @property
    def experiment(self) -> Experiment:
        """The current experiment."""
        value: Experiment = self.value
        return value

    @property
    def experiment_changed(self) -> SignalInstance:
        """The signal that tells of another experiment."""
        return self.changed

    @staticmethod
    def name_of(value: Experiment) -> str:
        return value.title or value.surface_name

    def _same_view(self, value: Experiment) -> bool:
        now = self.experiment
        return (value.surface, value.formula) == (now.surface, now.formula)

    def _view_after(self, value: Experiment) -> View:
        now = self.experiment.view
        place = now.step_by_step
        if place is not None:
            # Whose update is taken apart is looking around, too; the history may know it by another place.
            place = followed(place, self.experiment.entrants, value.entrants)
        return replace(gone_to(now, value.view), step_by_step=place)

    def _follow_value(self) -> None:
        self._arm()

    def _arm(self) -> None:
        # The first of many edits starts the clock and the last one wins; restarting would starve the picture.
        if not self._timer.isActive():
            self._timer.start()

    # -------------------------------------------------------------- computing

    @property
    def slow(self) -> bool:
        """Whether the current surface is computed behind the window."""
        model = self.experiment.declared_surface.model
        return model is not None and model.slow

    def compute(self) -> None:
        """Compute the run and the scene of the current experiment now; a slow one, behind the window."""
        self._timer.stop()
        self._asked_limits = ()
        experiment = self.experiment
        # Kept code loads in milliseconds, but only once Numba itself is here.
        instant = "numba" in sys.modules
        missing = [k for k in self._kernels() if not (k.ready or (instant and k.kept))]
        # The loss of samples is never computed in plain Python: that would take minutes.
        most = 0 if experiment.declared_surface.model is not None else _MOST_IN_PYTHON
        if missing and experiment.steps * len(experiment.entrants) > most:
            self._cancel()
            self._wait(True)
            self.kernels_missing.emit(missing)
            return
        if self.slow:
            self._compute_behind()
            return
        self._cancel()
        try:
            value = self._build(wait=not missing)
        except InputError as error:
            self._fail(str(error))
            return
        self._wait(False)
        self._take(value)
        if missing:
            self.kernels_missing.emit(missing)

    def _compute_behind(self) -> None:
        experiment, sights = self.experiment, self.sights_of(self.experiment)
        if not self._only_looks():
            self._wait(True)

        wanted = self._trained = tuple(Problem.of(side).own_key for side in experiment.sides.values())

        def job(stop: Stop) -> Iterator[object]:
            def called_off() -> None:
                if self._trained != wanted:
                    stop.check()

            calling_off.set(called_off)  # whoever only looks elsewhere still wants the same networks
            for value in self._stages(experiment, sights, stop):
                yield value if isinstance(value, str) else (experiment, sights, value)

        self.background.start(job)

    def _cancel(self) -> None:
        self._trained = ()
        self.background.cancel()

    def _deliver(self, value: str | tuple[Experiment, tuple[Sight, ...], Any]) -> None:
        if isinstance(value, str):
            self.progress_changed.emit(value)
            return
        self._computed, self.drawn, scene = value
        self._wait(False)
        self._take(scene)

    def _follow_busy(self, busy: bool) -> None:
        if not busy:
            self.progress_changed.emit("")

    def _fail(self, text: str) -> None:
        self._wait(False)
        self.failed.emit(text)

    @property
    def sides_shown(self) -> dict[str, Scene]:
        """The scenes on the screen: by side where there are two, else the one by an empty name."""
        return {"": self.scene} if self.scene is not None else {}

    @property
    def drawn_scene(self) -> Any:
        """What pictures of the current experiment are drawn from: the scene."""
        return self.scene

    def kernels_failed(self, reason: str) -> None:
        """Say that a scene that waits for kernels will never come."""
        if self.waiting:
            self._fail(self.tr("The fast kernels cannot be prepared: {reason}").format(reason=reason))

    def ready_for(self, *limits: Limits) -> bool:
        """Whether pictures of these parts of the plane may be painted now; if not, they are asked for.

        Those of a slow surface have to be computed behind the window first.
        """
        made = {(sight.xlim, sight.ylim) for sight in self.drawn}
        if not self.slow or made.issuperset(limits):
            return True
        if not self.waiting and limits != self._asked_limits:
            self._asked_limits = limits
            self._arm()
        return False

    def close(self) -> None:
        """End whatever is computed behind the window."""
        self._timer.stop()
        self._trained = ()
        self.background.close()

    # What a session that computes something else than a race does otherwise.

    def _kernels(self) -> list[Kernel]:
        """Return the kernels that computing the current experiment calls."""
        experiment = self.experiment
        if experiment.declared_surface.model is None:
            return kernels_of(experiment)
        return kernels_for(experiment, solid=False)

    def _build(self, wait: bool) -> Any:
        """Return what the current experiment computes to. Raises InputError."""
        old = self.scene
        alike = old is not None and old.problem.wait == wait
        problem = Problem.of(self.experiment, wait)
        previous = old.run if old is not None and alike else None
        run = simulate(self.experiment, wait=wait, previous=previous, problem=problem)
        return build_scene(run, wait=wait, problem=problem)

    def _stages(self, experiment: Experiment, sights: tuple[Sight, ...], stop: Stop) -> Iterator[Any]:
        """Yield what a slow experiment computes to, better and better; runs in another thread.

        Texts in between say what is under way. The pictures of `sights` are prepared, so that painting them
        has nothing more to compute. Raises InputError, or Stopped.
        """
        # A picture for each mini-batch would take too long.
        experiment = experiment.replace(view=replace(experiment.view, sample="full"))
        problem = Problem.of(experiment)
        old = self.scene
        if old is None or old.problem.own_key != problem.own_key:
            yield self.tr("Training the network…")
        grids = stages_of(sights, problem)
        problem = problem.at_grid(grids[0], stop)
        problem.coefficient_array  # noqa: B018 - the training
        yield self.tr("Running the race…")
        previous = old.run if old is not None else None
        run = simulate(experiment, problem=problem, previous=previous, stop=stop)
        for grid in grids:
            yield self.tr("Drawing, {n} × {n}…").format(n=grid)
            problem = problem.at_grid(grid, stop)
            scene = build_scene(run, problem=problem)
            chosen_plots(scene)  # what they show is at hand, then
            prepare_pictures(scene, sights)
            yield scene

    def _only_looks(self) -> bool:
        """Return whether the slow scene is that of the current experiment but for where one looks."""
        if self._computed is None or self.waiting:
            return False
        return replace(self._computed, view=self.experiment.view) == self.experiment

    def _take(self, value: Any) -> None:
        """Make what was computed the current scene, and tell."""
        self.scene = value
        self.scene_changed.emit(value)

    def _wait(self, waiting: bool) -> None:
        if waiting != self.waiting:
            self.waiting = waiting
            self.waiting_changed.emit(waiting)


def stages_of(sights: tuple[Sight, ...], *problems: Problem) -> list[int]:
    """Return the grids slow surfaces are drawn on, from coarse to fine, from the finest that is at hand on.

    So a penalty that moves, which changes nothing that is slow, does not blur the picture.
    """
    finest = problems[0].grid
    grids = [grid for grid in STAGES if grid < finest] + [finest]
    limits = [(sight.xlim, sight.ylim) for sight in sights]
    known = [
        grid
        for grid in grids
        if limits and all(problem.at_grid(grid).kept(part) for problem in problems for part in limits)
    ]
    return [grid for grid in grids if grid >= max(known, default=0)]


def prepare_pictures(scene: Scene, sights: tuple[Sight, ...]) -> None:
    """Draw a slow scene as it will be painted, so that painting it finds the pictures made."""
    for sight in sights:
        backdrop(
            scene.problem, sight.xlim, sight.ylim, sight.width, sight.height, sight.theme,
            company=scene.company or (scene.problem,),
        )  # fmt: skip
