"""The narrator: how much of an update has been told, and the slow clock that tells the rest."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from optviz.anatomy import Anatomy
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.render.anatomy import taken_apart
from optviz.scene import Scene

PART = 2000  # ms that a part is looked at, at speed 1
_FASTEST, _SLOWEST = 500, 8000


class Narrator(QObject):
    """Tells the updates of the entrant the view asks for, part by part, then goes on to the next step.

    Signals
    -------
    changed()
        Something else has been told.
    playing_changed(bool)

    Attributes
    ----------
    revealed
        How many parts have been told, the step itself after the last; None where all of it shows at once.
    """

    changed = Signal()
    playing_changed = Signal(bool)

    def __init__(self, session: Session, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.revealed: int | None = None
        self._own = False  # whether it is the narrator who moves the playback
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        playback.frame_changed.connect(self._follow_frame)
        playback.playing_changed.connect(self._follow_playing)
        playback.speed_changed.connect(self._follow_speed)
        session.scene_changed.connect(self._follow_scene)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def scene(self) -> Scene | None:
        return self.session.scene

    @property
    def anatomy(self) -> Anatomy | None:
        """The update that is told; None where there is none."""
        scene = self.scene
        return taken_apart(scene, self.playback.frame) if scene is not None else None

    @property
    def count(self) -> int:
        """How many things there are to tell: the parts, and the step itself."""
        found = self.anatomy
        return len(found.parts) + 1 if found is not None and found.parts else 0

    @property
    def told(self) -> int:
        """How many of them show."""
        return self.count if self.revealed is None else min(self.revealed, self.count)

    @property
    def has_next_step(self) -> bool:
        found = self.anatomy
        return bool(
            found is not None and found.parts and not found.note and self._takes(self.playback.frame + 1)
        )

    def _takes(self, k: int) -> bool:
        """Return whether there is a step `k` to be told."""
        scene = self.scene
        found = taken_apart(scene, k) if scene is not None and k <= self.playback.last else None
        return found is not None and bool(found.parts) and not found.note

    # -------------------------------------------------------------- telling

    def begin(self, playing: bool) -> None:
        """Tell the current step from its first part on."""
        self.playback.pause()
        self.revealed = 1
        self.changed.emit()
        if playing:
            self.play()

    def play(self) -> None:
        """Tell on by the clock; from the first part where all of it has been told and nothing follows."""
        if self.playing or not self.count:
            return
        self.playback.pause()
        if self.revealed is None or (self.told >= self.count and not self.has_next_step):
            self.revealed = 1
            self.changed.emit()
        self._start()
        self.playing_changed.emit(True)

    def show_all(self) -> None:
        """Show all of the current step at once, and stay there."""
        self.pause()
        self.revealed = None
        self.changed.emit()

    def pause(self) -> None:
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        self.pause() if self.playing else self.play()

    def next_part(self) -> None:
        """Tell the next part; after the step itself, the first part of the next step."""
        if self.revealed is None:
            self._reveal(1)
        elif self.told < self.count:
            self._reveal(self.told + 1)
        else:
            self.next_step()

    def previous_part(self) -> None:
        """Take back what was told last."""
        if self.told > 1:
            self._reveal(self.told - 1)

    def next_step(self) -> None:
        """Go on to the next step, told from its first part on."""
        if not self.has_next_step:
            return
        self._own = True
        try:
            self.playback.pause()
            self.playback.seek(self.playback.frame + 1)
        finally:
            self._own = False
        self._reveal(1)

    def _reveal(self, count: int) -> None:
        self.revealed = count
        if self.playing:
            self._start()
        self.changed.emit()

    def _start(self) -> None:
        self._timer.start(round(min(max(PART / self.playback.speed, _FASTEST), _SLOWEST)))

    def _tick(self) -> None:
        if self.session.waiting:  # what shows belongs to something else
            self._start()
        elif self.told < self.count or self.has_next_step:
            # The timer has run out; who listens is to see that the telling goes on.
            self._start()
            self.next_part()
        else:
            self.playing_changed.emit(False)

    # -------------------------------------------------------------- following

    def _follow_frame(self) -> None:
        if not self._own:
            self.show_all()

    def _follow_playing(self, playing: bool) -> None:
        if playing:
            self.show_all()

    def _follow_speed(self) -> None:
        if self.playing:
            self._start()

    def _follow_scene(self) -> None:
        self.changed.emit()
