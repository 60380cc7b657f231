"""What computes the steps of a lesson: a session of the Race page or of the Reshape page, as each needs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from optviz.experiment import Experiment
from optviz.gui.reshape.session import ReshapeSession
from optviz.gui.session import Session


class Player(QObject):
    """Computes one experiment after the other, races and comparisons.

    Signals
    -------
    scene_changed(scene)
        The scene of a race, or of a comparison both.
    failed(str), waiting_changed(bool), progress_changed(str), kernels_missing(list)
        As `Session`'s.
    """

    scene_changed = Signal(object)
    failed = Signal(str)
    waiting_changed = Signal(bool)
    progress_changed = Signal(str)
    kernels_missing = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.waiting = False
        self._race: Session | None = None
        self._pair: ReshapeSession | None = None
        self._current: Session | None = None

    def show(self, experiment: Experiment) -> None:
        """Have an experiment computed soon; the last of many that follow one another wins."""
        current = self._session_for(experiment)
        if current is not self._current:
            if self._current is not None:
                self._current.background.cancel()
            self._current = current
            self._follow_waiting()
        if current.experiment != experiment:
            current.look_at(experiment)

    def compute(self) -> None:
        """Compute what was given last now; a slow surface, behind the window."""
        if self._current is not None:
            self._current.compute()

    def kernels_failed(self, reason: str) -> None:
        """Say that a scene that waits for kernels will never come."""
        if self._current is not None:
            self._current.kernels_failed(reason)

    def close(self) -> None:
        """End whatever is computed behind the window."""
        for session in (self._race, self._pair):
            if session is not None:
                session.close()

    def _session_for(self, experiment: Experiment) -> Session:
        if experiment.reshape is None:
            if self._race is None:
                self._race = Session(experiment, self)
                self._connect(self._race)
            return self._race
        if self._pair is None:
            self._pair = ReshapeSession(experiment, self)
            self._connect(self._pair)
        return self._pair

    def _connect(self, session: Session) -> None:
        session.scene_changed.connect(lambda: self._take(session))
        session.failed.connect(self.failed)
        session.waiting_changed.connect(self._follow_waiting)
        session.progress_changed.connect(self.progress_changed)
        session.kernels_missing.connect(self.kernels_missing)

    def _take(self, session: Session) -> None:
        if session is self._current:
            scene: Any = session.drawn_scene
            self.scene_changed.emit(scene)

    def _follow_waiting(self) -> None:
        waiting = self._current is not None and self._current.waiting
        if waiting != self.waiting:
            self.waiting = waiting
            self.waiting_changed.emit(waiting)
