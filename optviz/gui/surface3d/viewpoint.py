"""From where the window looks: the experiment's camera, the hand on it, the turntable and the key-frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from optviz.camera import MAX_KEYS, Camera, CameraKey, camera_at
from optviz.experiment import View
from optviz.gui import motion
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.gui.surface3d import orbit

REST = 120  # ms after the last move until the experiment takes the camera over
_TICK = 16
TURN = 12.0  # degrees a second
_STEP = 30.0  # degrees at once, as seldom, where the desktop asks for no animation


class Viewpoint(QObject):
    """Where the camera is at the frame shown; every picture in three dimensions of a page shares it.

    While the hand moves it nothing but the pictures follows; once it rests the experiment's view has it,
    without a step of the history; the turntable of films and the key-frames are steps. Of a film with
    key-frames the camera is the film's; a hand on it looks around freely, until `follow_film` or a key-frame.

    Signals
    -------
    changed()
        The camera is elsewhere.
    keys_changed()
        There are other key-frames.
    turning_changed(bool), free_changed(bool)
        The turntable was started or stopped; the camera has left the film's, or is back.
    """

    changed = Signal()
    keys_changed = Signal()
    turning_changed = Signal(bool)
    free_changed = Signal(bool)

    def __init__(self, session: Session, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self._known = self._film
        self._live: Camera | None = None  # the plain camera, not yet in the experiment
        self._free: Camera | None = None  # where a hand has put it in spite of key-frames
        self._target: tuple[Camera, Camera, float] | None = None  # sliding: from, to, since when
        self._turned = 0.0
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST)
        self._resting.timeout.connect(self.settle)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._tick)
        self._sliding = QTimer(self)
        self._sliding.setTimerType(Qt.TimerType.PreciseTimer)
        self._sliding.setInterval(_TICK)
        self._sliding.timeout.connect(self._slide)
        session.experiment_changed.connect(self._follow)

    # -------------------------------------------------------------- where it is

    @property
    def view(self) -> View:
        """The view of the experiment, which may not have the last move yet."""
        return self.session.experiment.view

    @property
    def _film(self) -> tuple[Camera, tuple[CameraKey, ...]]:
        return self.view.camera, self.view.camera_keys

    @property
    def keys(self) -> tuple[CameraKey, ...]:
        return self.view.camera_keys

    @property
    def free(self) -> bool:
        """Whether a hand has taken the camera away from the key-frames."""
        return self._free is not None

    def camera(self, k: int | None = None) -> Camera:
        """Return where the camera is at frame `k`, the one shown by default."""
        if self._free is not None:
            return self._free
        k = self.playback.frame if k is None else k
        return camera_at(self._live or self.view.camera, self.keys, k)

    @property
    def moves(self) -> bool:
        """Whether the camera moves from frame to frame."""
        return bool(self.view.camera.turntable or len(self.keys) > 1) and not self.free

    # -------------------------------------------------------------- moving it

    def look(self, camera: Camera) -> None:
        """Take the hand's camera at the frame shown: the turntable stops."""
        self.turn(False)
        self._sliding.stop()
        self._put(camera)

    def _put(self, camera: Camera) -> None:
        if camera == self.camera():
            return
        if self.keys:
            was, self._free = self._free, replace(camera, turntable=0.0)
            if was is None:
                self.free_changed.emit(True)
        else:
            turntable = self.view.camera.turntable
            azimuth = math.remainder(camera.azimuth - turntable * self.playback.frame, 360.0)
            self._live = replace(camera, azimuth=azimuth, turntable=turntable)
            self._resting.start()
        self.changed.emit()

    def go(self, camera: Camera) -> None:
        """Slide to a camera, or be there at once where the desktop asks for no animation."""
        self.turn(False)
        if motion.reduced():
            self._put(camera)
            return
        self._target = self.camera(), camera, monotonic()
        self._sliding.start()

    def _slide(self) -> None:
        assert self._target is not None
        start, end, since = self._target
        share = (monotonic() - since) * 1000 / motion.SLIDE
        if share < 1.0:
            self._put(orbit.between(start, end, share))
            return
        self._sliding.stop()
        self._put(end)

    def reset(self) -> None:
        """Go back to the film's camera or, where there is no film, to the usual one."""
        if self.free:
            self.follow_film()
        elif not self.keys:
            self.go(Camera())

    def follow_film(self) -> None:
        """Give the camera back to the key-frames."""
        self.turn(False)
        self._sliding.stop()
        if self._free is not None:
            self._free = None
            self.free_changed.emit(False)
            self.changed.emit()

    def settle(self) -> None:
        """Have the experiment take over where the camera is now."""
        self._resting.stop()
        if self._live is not None and not self._clock.isActive():
            camera, self._live = self._live, None
            self._known = (camera, self.keys)
            self.session.set_view(replace(self.view, camera=camera))

    def _follow(self) -> None:
        if self._film == self._known:
            return
        # Something else has come to be looked at: another file, or a step of the history.
        self._known = self._film
        self._live = None
        self._resting.stop()
        self._sliding.stop()
        if self._free is not None and not self.keys:
            self._free = None
            self.free_changed.emit(False)
        self.keys_changed.emit()
        self.changed.emit()

    # -------------------------------------------------------------- turntable

    @property
    def turning(self) -> bool:
        """Whether the turntable of the window is on."""
        return self._clock.isActive()

    def turn(self, on: bool) -> None:
        """Turn slowly around the surface, or stop."""
        if on == self.turning:
            return
        if on:
            self._sliding.stop()
            # Where nothing is to move by itself it goes on in steps, as far in the long run.
            self._clock.setInterval(round(1000 * _STEP / TURN) if motion.reduced() else _TICK)
            self._turned = monotonic()
            self._clock.start()
        else:
            self._clock.stop()
            self.settle()
        self.turning_changed.emit(on)

    def _tick(self) -> None:
        now = monotonic()
        passed, self._turned = now - self._turned, now
        by = _STEP if self._clock.interval() > 10 * _TICK else TURN * min(passed, 0.1)
        self._put(orbit.orbited(self.camera(), by, 0.0))
        self._resting.stop()  # the experiment takes it over when it stands

    def set_film_turntable(self, degrees: float) -> None:
        """Have films go around by degrees a frame; what is seen at the frame shown stays as it is."""
        now = self.camera()
        self._live = None
        base = self.view.camera if self.keys else now
        azimuth = base.azimuth
        if not self.keys:
            azimuth = math.remainder(now.azimuth - degrees * self.playback.frame, 360.0)
        camera = replace(base, azimuth=azimuth, turntable=degrees)
        self._take(camera, self.keys, self.tr("Set the film's turntable"), "turntable")

    # -------------------------------------------------------------- key-frames

    def key_at(self, frame: int) -> CameraKey | None:
        """Return the key-frame at a frame."""
        return next((key for key in self.keys if key.frame == frame), None)

    @property
    def full(self) -> bool:
        """Whether there may be no more key-frames."""
        return len(self.keys) >= MAX_KEYS and self.key_at(self.playback.frame) is None

    def set_key(self) -> None:
        """Keep the camera for the frame shown: a film has it there."""
        if self.full:
            return
        self.turn(False)
        self._sliding.stop()
        frame, camera = self.playback.frame, self.camera()
        azimuth = camera.azimuth - self.view.camera.turntable * frame
        others = [key for key in self.keys if key.frame != frame]
        before = [key for key in others if key.frame < frame]
        if before:
            azimuth = orbit.nearest_turn(azimuth, before[-1].camera.azimuth)
        key = CameraKey(frame, replace(camera, azimuth=azimuth, turntable=0.0))
        self.set_keys([*others, key], self.tr("Set camera key-frame"))

    def remove_key(self, frame: int) -> None:
        """Forget the key-frame at a frame."""
        keys = [key for key in self.keys if key.frame != frame]
        self.set_keys(keys, self.tr("Delete camera key-frame"))

    def clear_keys(self) -> None:
        """Forget all key-frames."""
        self.set_keys((), self.tr("Clear camera key-frames"))

    def set_keys(self, keys: Sequence[CameraKey], text: str) -> None:
        """Have other key-frames, as a step `text` of the history; the last that goes leaves the camera."""
        plain = self.view.camera
        if self._live is not None:
            plain = self._live
        if not keys and self.keys:
            here, turntable = self.camera(), plain.turntable
            azimuth = math.remainder(here.azimuth - turntable * self.playback.frame, 360.0)
            plain = replace(here, azimuth=azimuth, turntable=turntable)
        self._take(plain, tuple(sorted(keys, key=lambda key: key.frame)), text)

    def _take(self, camera: Camera, keys: tuple[CameraKey, ...], text: str, merge: str = "") -> None:
        """Make key-frames and turntable a step of the history; where the camera stands is none."""
        self._resting.stop()
        self._live = None
        was, self._free = self._free, None
        if camera.turntable == self.view.camera.turntable:
            self._known = (camera, self.keys)
            self.session.set_view(replace(self.view, camera=camera))
        self._known = (camera, keys)
        self.session.change(text, merge, view=replace(self.view, camera=camera, camera_keys=keys))
        if was is not None:
            self.free_changed.emit(False)
        self.keys_changed.emit()
        self.changed.emit()

    def close(self) -> None:
        """Stand still."""
        self.turn(False)
        self._sliding.stop()
        self.settle()
