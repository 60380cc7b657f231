"""The session: the current experiment, what it computes to, and the history of edits.

Everything flows one way: an edit makes a new experiment, a 16 ms timer lets the last of many edits
win, the run and the scene follow, one signal tells. Nothing writes back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from optviz import atomic
from optviz.backdrop import backdrop
from optviz.errors import InputError
from optviz.experiment import Entrant, Experiment, View
from optviz.gui.background import Background
from optviz.gui.compile_process import kernels_for
from optviz.kernels import Kernel
from optviz.networks.training import calling_off
from optviz.problem import Limits, Problem, Stop
from optviz.scene import Scene, build_scene
from optviz.setting import Pair
from optviz.simulate import kernels_of, simulate

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


class _Edit(QUndoCommand):
    """One step back: the experiment before and after."""

    def __init__(self, session: Session, after: Experiment, text: str, merge: str) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._merge = session, session.experiment, after, merge

    def id(self) -> int:
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(other, _Edit) or other._merge != self._merge or self._session.drag_ended:
            return False
        self._after = other._after
        self.setText(other.text())
        return True

    def undo(self) -> None:
        self._session._show(self._before)

    def redo(self) -> None:
        self._session._show(self._after)


class _Open(QUndoCommand):
    """One step back over opening: the experiments and their files, before and after."""

    def __init__(self, session: Session, after: Experiment, path: Path | None, text: str = "") -> None:
        super().__init__(text or after.title or after.surface_name)
        self._session, self._after = session, (after, path)
        self._before = (session.experiment, session.path)

    def undo(self) -> None:
        self._session._enter(*self._before)

    def redo(self) -> None:
        self._session._enter(*self._after)


class Session(QObject):
    """Holds the current experiment and derives everything from it.

    Signals
    -------
    experiment_changed(Experiment)
        At once after each edit; forms follow it.
    scene_changed(Scene)
        After the run and the scene are computed; pictures follow it.
    failed(str)
        A computation was refused; the last scene stays.
    selected_changed(int)
        Another entrant is selected (-1: none).
    file_changed(), saved_changed(bool)
        The file's name, or whether there is something unsaved, changed.
    kernels_missing(list)
        Kernels that are not ready are in use: the scene was computed in plain Python or, where that
        would take too long, not yet.
    waiting_changed(bool)
        Whether the scene is not yet that of the current experiment: kernels are missing, or it is slow.
    progress_changed(str)
        What is under way behind the window; empty when nothing is.

    Attributes
    ----------
    sights_of
        Given an experiment, what its pictures will show; set by the page.
    drawn
        What a slow surface's pictures were made for.
    """

    experiment_changed = Signal(object)
    scene_changed = Signal(object)
    failed = Signal(str)
    selected_changed = Signal(int)
    file_changed = Signal()
    saved_changed = Signal(bool)
    kernels_missing = Signal(list)
    waiting_changed = Signal(bool)
    progress_changed = Signal(str)

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.scene: Scene | None = None
        self.selected = 0
        self.path: Path | None = None
        self.left: tuple[Experiment, Path | None] | None = None  # unsaved work left for another experiment
        self.drag_ended = False
        self.waiting = False
        self.sights_of: Callable[[Experiment], tuple[Sight, ...]] = _domain
        self.drawn: tuple[Sight, ...] = ()
        self._asked_limits: tuple[Limits, ...] = ()
        self._trained: tuple[str, ...] = ()  # which networks are wanted now
        self._computed: Experiment | None = None  # what the slow scene on the screen was computed from
        self.background = Background(self)
        self.background.delivered.connect(self._deliver)
        self.background.failed.connect(self._fail)
        self.background.busy_changed.connect(self._follow_busy)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._follow_clean)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(16)
        self._timer.timeout.connect(self.compute)

    @property
    def unsaved(self) -> bool:
        return not self.undo_stack.isClean()

    def _follow_clean(self, clean: bool) -> None:
        self.saved_changed.emit(not clean)

    def edit(self, after: Experiment, text: str, merge: str = "") -> None:
        """Make `after` the current experiment, as one step of the history named `text`.

        Edits with the same `merge` key that follow one another are one step, until `end_drag`.
        """
        if after == self.experiment:
            return
        self.undo_stack.push(_Edit(self, after, text, merge))
        self.drag_ended = False

    def change(self, text: str, merge: str = "", **changes: Any) -> None:
        """Edit by fields of the experiment. Raises InputError when a value is not allowed."""
        self.edit(self.experiment.replace(**changes), text, merge)

    def change_entrant(self, index: int, text: str, merge: str = "", **changes: Any) -> None:
        """Edit one entrant by fields or hyperparameter names. Raises InputError."""
        entrants = list(self.experiment.entrants)
        entrants[index] = entrants[index].replace(**changes)
        self.change(text, merge, entrants=tuple(entrants))

    def set_entrants(self, entrants: list[Entrant], text: str, select: int) -> None:
        """Replace the list of entrants (add, remove, duplicate, reorder)."""
        self.change(text, entrants=tuple(entrants))
        self.select(min(select, len(entrants) - 1))

    def end_drag(self) -> None:
        """The next edit starts a step of its own, whatever its merge key."""
        self.drag_ended = True

    def select(self, index: int) -> None:
        if index != self.selected:
            self.selected = index
            self.selected_changed.emit(index)

    def set_view(self, view: View) -> None:
        """Change what is drawn. Looking around is not an edit: it cannot be undone and asks for no saving."""
        if view != self.experiment.view:
            self.experiment = self.experiment.replace(view=view)
            self.experiment_changed.emit(self.experiment)
            self._arm()

    def open(self, experiment: Experiment, path: Path | None) -> None:
        """Go over to another experiment; this too can be undone."""
        if self.unsaved:
            self.left = (self.experiment, self.path)
        self.undo_stack.push(_Open(self, experiment, path))
        self.undo_stack.setClean()

    def begin(self, experiment: Experiment, text: str) -> None:
        """Go over to an experiment that has nothing to do with the file that is open, and is not saved."""
        self.undo_stack.push(_Open(self, experiment, None, text))

    def _enter(self, experiment: Experiment, path: Path | None) -> None:
        self.path = path
        self.selected = -1
        self._show(experiment, keep_view=False)
        self.select(0)
        self.file_changed.emit()

    def load(self, path: Path) -> None:
        """Open an experiment file. Raises InputError and changes nothing when it is wrong."""
        self.open(Experiment.load(path), path)

    def save(self, path: Path) -> None:
        """Write the experiment to its file, whole or not at all. Raises InputError."""
        atomic.write_bytes(path, self.experiment.dumps().encode())
        self.path = path
        if self.left is not None and self.left[0] == self.experiment:
            self.left = None
        self.undo_stack.setClean()
        self.file_changed.emit()

    def _show(self, experiment: Experiment, keep_view: bool = True) -> None:
        same = (experiment.surface, experiment.formula) == (self.experiment.surface, self.experiment.formula)
        if keep_view and same:
            experiment = experiment.replace(view=self.experiment.view)
        self.experiment = experiment
        self.experiment_changed.emit(experiment)
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
        return kernels_for(experiment)

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
