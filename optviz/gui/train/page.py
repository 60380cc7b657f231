"""The Train page: a real network, watched while it learns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.gui.page import Page
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE
from optviz.gui.train.bar import two_digits
from optviz.gui.train.controls.column import WIDTH, TrainColumn
from optviz.gui.train.session import TrainSession, first_training
from optviz.gui.train.status import TrainStatus
from optviz.gui.train.tools import TrainTools
from optviz.gui.train.view import TrainPicture
from optviz.training.scene.scene import TrainScene
from optviz.training.setting import Training

_WARM_AFTER = 300  # ms from the first sight of the page until the trainer is started behind it
_FILM = 12.0  # seconds in which a whole training is played at speed 1, if that is not slower than usual
_SHARE = 0.29  # of the window, for the column where there is room


class TrainPage(Page):
    """The picture with a strip of tools above it; what drives the training, its settings and a pad beside it.

    While a training runs the frame follows its end, until a person scrubs back; it follows again once the end
    is reached.
    """

    name = "train"
    session: TrainSession

    def __init__(
        self, session: TrainSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.follows = True  # the frame goes along with the end of a training that runs
        self.playback.loop = False
        self._by_hand = False  # whether somebody has moved the line between picture and column
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        left = QWidget(self.splitter)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.tools = TrainTools(session, left)
        self.picture = TrainPicture(session, self.playback, left)
        column.addWidget(self.tools)
        column.addWidget(self.picture, 1)
        self.controls = TrainColumn(session, self.playback, self.splitter)
        self._arrange(left, self.controls, self.picture)
        self.tools.who.chosen.connect(self.controls.pad.set_entrant)
        self.transport.count_in(
            self._epoch_words,
            self.tr("epoch shown"),
            self.tr("Drag to move through the training; the arrow keys move by one step"),
        )
        self.picture.painted.connect(self.painted)
        self.picture.export_asked.connect(self.export_asked)
        self.playback.frame_changed.connect(self._follow_frame)
        session.told.connect(self._follow_told)
        session.told.connect(self.status.refresh)
        session.state_changed.connect(self._follow_state)
        session.stumbled.connect(self._say_stumbled)
        session.stalled.connect(self._say_stalled)
        self._warming = QTimer(self)
        self._warming.setSingleShot(True)
        self._warming.setInterval(_WARM_AFTER)
        self._warming.timeout.connect(session.warm)

    @classmethod
    def first_session(cls) -> TrainSession:
        return first_training()

    @classmethod
    def session_of(cls, value: Training) -> TrainSession:
        return TrainSession(value)

    def _make_status(self) -> TrainStatus:
        return TrainStatus(self.session, self.playback, self)

    # -------------------------------------------------------------- following

    def last_frame(self, scene: TrainScene) -> int:
        return scene.now

    def _follow_scene(self, scene: TrainScene) -> None:
        last = self.last_frame(scene)
        follows = self.follows or self.playback.frame >= self.playback.last
        self.playback.rate = max(60.0, scene.last / _FILM)
        self._set_last(last)
        self.playback.seek(last if follows else self.playback.frame)
        self.transport.refresh()

    def _follow_told(self) -> None:
        scene = self.session.scene
        if scene is not None:
            self._set_last(scene.now)
            if self.follows and not self.playback.playing:
                self.playback.seek(scene.now)

    def _set_last(self, last: int) -> None:
        # The end moves: whoever stands at it stays there.
        follows = self.follows
        self.playback.set_last(last)
        self.transport.set_last(last)
        self.follows = follows

    def _follow_frame(self, frame: int) -> None:
        scene = self.session.scene
        self.follows = scene is None or frame >= scene.now

    def _follow_state(self, state: str) -> None:
        if state == "loading":
            self.banner.hide()
            self.follows = True
            self.playback.pause()
            self.playback.seek(0)

    def _say_stumbled(self, text: str, resumable: bool) -> None:
        self.banner.show_error(text)
        if resumable:
            self.banner.offer(self.tr("Continue from the last checkpoint"), self._go_on)

    def _go_on(self) -> None:
        self.banner.hide()
        self.session.go_on()

    def _say_stalled(self, text: str) -> None:
        if text:
            self.banner.show_error(text, passing=True)
        else:
            self.banner.put_right()

    def _epoch_words(self, frame: int, last: int) -> str:
        scene = self.session.scene
        if scene is None:
            return ""
        return self.tr("epoch {done} of {all}").format(
            done=two_digits(scene.epoch_at(frame)), all=scene.epochs
        )

    def show_from_start(self) -> None:
        """What was opened is shown at its end, as it was left."""
        self._from_start = False

    def take_entrants(self, entrants: Sequence[Entrant]) -> None:
        """Train with the optimizers of a race; one that cannot is left out, and that is said."""
        if self.session.locked:
            self.banner.show_note(self.tr("A training is under way; stop it to train with other optimizers."))
            return
        left_out = self.session.take_entrants(entrants)
        if not left_out:
            return
        text = self.tr("Only the first {0} optimizers were taken over.").format(self.session.max_entrants)
        if any(entrant.optimizer == "newton" for entrant in entrants):
            text = self.tr(
                "Newton was left out: it needs the Hessian of all weights, which for n weights has n² "
                "numbers."
            )
        self.banner.show_note(text)

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        super().enter()
        self._warming.start()

    def leave(self) -> None:
        self._warming.stop()
        super().leave()

    def close_down(self) -> None:
        self._warming.stop()
        super().close_down()

    # -------------------------------------------------------------- looking

    def zoom(self, factor: float) -> None:
        if factor > 1.0:
            self.picture.next_panel()
        else:
            self.picture.enlarge(None)

    def reset_view(self) -> None:
        self.picture.enlarge(None)

    def focus_view(self) -> None:
        self.picture.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_side(self) -> None:
        """Give the column its share of the window, unless a person has moved the line."""
        if not self._by_hand and self.panels_shown:
            side = max(WIDTH, min(round(_SHARE * self.width()), 520))
            self.splitter.setSizes([self.width() - side - HANDLE, side])

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_side()

    def save_state(self, memory: Memory) -> None:
        super().save_state(memory)
        memory.set(f"{self.name}/by_hand", self._by_hand)

    def restore_state(self, memory: Memory) -> None:
        super().restore_state(memory)
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()
