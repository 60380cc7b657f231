"""Playback: which frame is shown, and the clock that moves it."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer, Signal

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
STEPS_PER_SECOND = 60.0  # at speed 1, one step a frame of a 60 Hz film


class Playback(QObject):
    """The current frame, 0 to `last`; plays by the clock, so a slow machine drops frames, not time.

    Attributes
    ----------
    rate
        Frames a second at speed 1.
    """

    frame_changed = Signal(int)
    playing_changed = Signal(bool)
    speed_changed = Signal(float)
    loop_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.frame = 0
        self.last = 0
        self.speed = 1.0
        self.loop = True
        self.held = False  # playing, but the clock stands until there is something to play again
        self.rate = STEPS_PER_SECOND
        self._exact = 0.0
        self._ticked = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(16)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def set_last(self, last: int) -> None:
        """Set the number of the last frame; the current one is kept where it still exists."""
        self.last = last
        if self.frame > last:
            self.seek(last)

    def play(self) -> None:
        """Play on; from the beginning when the end is reached."""
        if self.playing:
            return
        if self.frame >= self.last:
            self.seek(0)
        self._exact, self._ticked = float(self.frame), monotonic()
        self._timer.start()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        self.pause() if self.playing else self.play()

    def seek(self, frame: int) -> None:
        """Show a frame (the nearest that exists); playing goes on from there."""
        frame = max(0, min(frame, self.last))
        self._exact = float(frame)
        if frame != self.frame:
            self.frame = frame
            self.frame_changed.emit(frame)

    def step(self, by: int) -> None:
        """Pause and move by whole steps."""
        self.pause()
        self.seek(self.frame + by)

    def set_speed(self, speed: float) -> None:
        if speed != self.speed:
            self.speed = speed
            self.speed_changed.emit(speed)

    def change_speed(self, by: int) -> None:
        """Move to the next faster (1) or slower (-1) speed."""
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self.speed))
        self.set_speed(SPEEDS[max(0, min(nearest + by, len(SPEEDS) - 1))])

    def set_loop(self, loop: bool) -> None:
        if loop != self.loop:
            self.loop = loop
            self.loop_changed.emit(loop)

    def _tick(self) -> None:
        now = monotonic()
        # After a suspend the clock has run on; a long gap is one tick, not a burst.
        elapsed, self._ticked = min(now - self._ticked, 0.1), now
        if self.held:
            return
        exact = self._exact + elapsed * self.speed * self.rate
        if exact >= self.last + (30.0 * self.speed if self.loop else 0.0):
            # The end is held for half a second before it starts again.
            if self.loop and self.last:
                exact = 0.0
            else:
                self.seek(self.last)
                self.pause()
                return
        self.seek(int(exact))
        self._exact = exact
