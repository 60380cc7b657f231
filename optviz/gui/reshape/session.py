"""The session of a comparison: two scenes of one experiment, and a face of it for each picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from optviz.experiment import Experiment, Reshape, View
from optviz.gui.compile_process import kernels_for
from optviz.gui.looks import gone_to
from optviz.gui.reshape.edits import compared
from optviz.gui.session import Session, Sight, prepare_pictures, stages_of
from optviz.kernels import Kernel
from optviz.problem import Limits, Problem, Stop
from optviz.reshape import ReshapeScene, build_reshape
from optviz.scene import Scene
from optviz.setting import SIDES

# What is looked at, as against what is compared: it cannot be undone and asks for no saving.
_LOOKS = ("show", "morph", "film", "linked_view", "linked_scale")


class Face(QObject):
    """One picture's face of the session: what `SurfaceView` asks of a session, for one scene of three.

    `which` is "before", "after" or "between". An edit goes to the whole experiment, a move of the view to
    this side where the views are not linked.
    """

    scene_changed = Signal(object)
    experiment_changed = Signal(object)
    waiting_changed = Signal(bool)

    def __init__(self, session: ReshapeSession, which: str) -> None:
        super().__init__(session)
        self.whole, self.which = session, which
        session.reshape_changed.connect(self._follow)
        session.experiment_changed.connect(lambda: self.experiment_changed.emit(self.experiment))
        session.waiting_changed.connect(self.waiting_changed)

    @property
    def scene(self) -> Scene | None:
        whole = self.whole.reshape_scene
        found: Scene | None = getattr(whole, self.which) if whole is not None else None
        return found

    @property
    def experiment(self) -> Experiment:
        return self.whole.experiment.sides["before" if self.which == "between" else self.which]

    @property
    def waiting(self) -> bool:
        return self.whole.waiting

    @property
    def undo_stack(self) -> QUndoStack:
        return self.whole.undo_stack

    def ready_for(self, *limits: Limits) -> bool:
        """Whether pictures of these parts of the plane may be painted now, as `Session.ready_for`."""
        return self.whole.ready_for(*limits)

    def change(self, text: str, merge: str = "", **changes: Any) -> None:
        """Edit the experiment; both sides follow."""
        self.whole.change(text, merge, **changes)

    def end_drag(self) -> None:
        self.whole.end_drag()

    def set_view(self, view: View) -> None:
        """Look elsewhere: everywhere, or on this side alone."""
        reshape = self.whole.reshape
        if reshape.linked_view or self.which == "between":
            self.whole.set_view(view)
            return
        domain = self.experiment.declared_surface.domain
        setting = replace(
            getattr(reshape, self.which), xlim=view.xlim or domain[0], ylim=view.ylim or domain[1]
        )
        self.whole.look(**{self.which: setting})

    def _follow(self) -> None:
        if self.scene is not None:
            self.scene_changed.emit(self.scene)


class ReshapeSession(Session):
    """Holds an experiment with a comparison and derives both sides from it.

    `scene` is the one that speaks for the comparison where one has to.

    Signals
    -------
    reshape_changed(ReshapeScene)
        Both sides are computed; pictures follow it. `scene_changed` goes after it.
    """

    reshape_changed = Signal(object)

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(compared(experiment), parent)
        self.reshape_scene: ReshapeScene | None = None
        self._faces = {which: Face(self, which) for which in ("before", "after", "between")}

    @property
    def reshape(self) -> Reshape:
        """The comparison; there always is one."""
        assert self.experiment.reshape is not None
        return self.experiment.reshape

    def side(self, which: str) -> Face:
        """Return the face of "before", "after" or, while morphing, "between"."""
        return self._faces[which]

    def edit(self, after: Experiment, text: str, merge: str = "") -> None:
        super().edit(compared(after), text, merge)

    def open(self, experiment: Experiment, path: Path | None) -> None:
        super().open(compared(experiment), path)

    def look(self, **changes: Any) -> None:
        """Change how the comparison is looked at: its mode, the share of the morph, what is linked.

        As moving the view, this is no step of the history.
        """
        reshape = replace(self.reshape, **changes)
        if reshape != self.reshape:
            self.look_at(self.experiment.replace(reshape=reshape))

    def link_views(self, on: bool) -> None:
        """Show the same part of the plane on both sides, or let either go its own way from here."""
        reshape, view, sides = self.reshape, self.experiment.view, self.experiment.sides
        if on == reshape.linked_view:
            return
        if on:
            seen = sides["before"].view
            free = {name: replace(getattr(reshape, name), xlim=None, ylim=None) for name in sides}
            view = replace(view, xlim=seen.xlim, ylim=seen.ylim)
        else:
            free = {
                name: replace(getattr(reshape, name), xlim=side.xlim, ylim=side.ylim)
                for name, side in sides.items()
            }
        reshape = replace(reshape, linked_view=on, **free)
        self.look_at(self.experiment.replace(view=view, reshape=reshape))

    # -------------------------------------------------------------- computing

    def compute(self) -> None:
        # Both sides of a formula wait for its kernels, too: there is no comparison in plain Python.
        instant = "numba" in sys.modules
        missing = [k for k in self._kernels() if not (k.ready or (instant and k.kept))]
        if missing:
            self._timer.stop()
            self._cancel()
            self._wait(True)
            self.kernels_missing.emit(missing)
            return
        super().compute()

    def _kernels(self) -> list[Kernel]:
        return kernels_for(self.experiment, solid=False)

    def _build(self, wait: bool) -> ReshapeScene:
        return build_reshape(self.experiment, previous=self.reshape_scene)

    def _stages(self, experiment: Experiment, sights: tuple[Sight, ...], stop: Stop) -> Iterator[Any]:
        sides = [Problem.of(side) for side in experiment.sides.values()]
        for number, problem in enumerate(sides, 1):
            yield self.tr("Training network {n} of 2…").format(n=number)
            problem.coefficient_array  # noqa: B018 - the training
            stop.check()
        yield self.tr("Running the races…")
        whole = self.reshape_scene
        for grid in stages_of(sights, *sides):
            whole = build_reshape(experiment, previous=whole, stop=stop, grid=grid)
            for scene in (whole.before, whole.after, whole.between):
                if scene is not None:
                    prepare_pictures(scene, sights)
            yield whole
            yield self.tr("Drawing finer than {n} × {n}…").format(n=grid)

    def begin(self, experiment: Experiment, text: str) -> None:
        super().begin(compared(experiment), text)

    @property
    def sides_shown(self) -> dict[str, Scene]:
        whole = self.reshape_scene
        if whole is None:
            return {}
        if whole.between is not None:
            return {"": whole.between}
        return dict(zip(SIDES, whole.shown, strict=True))

    @property
    def drawn_scene(self) -> ReshapeScene | None:
        return self.reshape_scene

    def _take(self, value: ReshapeScene) -> None:
        self.reshape_scene = value
        self.scene = value.main
        self.reshape_changed.emit(value)
        self.scene_changed.emit(value.main)

    def _show(self, experiment: Experiment, keep_view: bool = True) -> None:
        now, then = self.experiment, experiment.reshape
        same = (experiment.surface, experiment.formula) == (now.surface, now.formula)
        if keep_view and same and then is not None:
            looks: dict[str, Any] = {name: getattr(self.reshape, name) for name in _LOOKS}
            for name in ("before", "after"):
                seen, setting = getattr(self.reshape, name), getattr(then, name)
                looks[name] = replace(setting, xlim=seen.xlim, ylim=seen.ylim)
            changes = {"reshape": replace(then, **looks), "view": gone_to(now.view, experiment.view)}
            if (then, experiment.view) != (changes["reshape"], changes["view"]):
                experiment = experiment.replace(**changes)
        super()._show(experiment, keep_view=False)
