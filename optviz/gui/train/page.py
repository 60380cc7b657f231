"""The Train page: a real network, watched while it learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.gui.banner import Banner
from optviz.gui.page import Page
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE
from optviz.gui.train.bar import short_epoch, two_digits
from optviz.gui.train.controls.column import WIDTH, TrainColumn
from optviz.gui.train.controls.entrants import why_no_newton
from optviz.gui.train.session import BUSY, TrainSession, first_training
from optviz.gui.train.status import TrainStatus
from optviz.gui.train.tools import TrainTools
from optviz.gui.train.view import TrainPicture
from optviz.opening import Opened, run_folder
from optviz.training.scene.scene import TrainScene
from optviz.training.setting import Training

_WARM_AFTER = 300  # ms from the first sight of the page until the trainer is started behind it
_FILM = 12.0  # seconds in which a whole training is played at speed 1, if that is not slower than usual
_UNFINISHED = "train/unfinished"  # the run folder of a training that is under way
_SHARE = 0.29  # of the window, for the column where there is room


class TrainPage(Page):
    """The picture with a strip of tools above it; what drives the training, its settings and a pad beside it.

    While a training runs the frame follows its end, until a person scrubs back; it follows again once the end
    is reached.
    """

    name = "train"
    session: TrainSession
    run_asked = Signal(object, object)  # a run folder to be read, and whom to tell what is in it

    def __init__(
        self, session: TrainSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.follows = True  # the frame goes along with the end of a training that runs
        self.playback.loop = False
        self._memory: Memory | None = None
        self._closing = False
        self._by_hand = False  # whether somebody has moved the line between picture and column
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        left = QWidget(self.splitter)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.tools = TrainTools(session, left)
        self.picture = TrainPicture(session, self.playback, left)
        self.tools.take_back(self.picture.back)
        column.addWidget(self.tools)
        column.addWidget(self.picture, 1)
        self.controls = TrainColumn(session, self.playback, self.splitter)
        self._arrange(left, self.controls, self.picture)
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
        session.noted.connect(self.banner.show_note)
        session.put_aside.connect(self._say_put_aside)
        session.changed.connect(self._put_right)
        self.transport.runs = self._runs
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

    def _make_banner(self, over: QWidget) -> Banner:
        return Banner(over, at_bottom=True)  # the header of the picture stays to be read

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

    @property
    def live(self) -> bool:
        """Whether a training is under way whose end the picture can follow."""
        return self.session.state in ("loading", "training", "pausing", "stopping")

    def start_or_pause(self) -> None:
        self.controls.bar.press()

    def stop(self) -> None:
        self.session.stop()

    def _runs(self) -> bool:
        return self.playback.playing or (self.live and self.follows)

    def toggle(self) -> None:
        """Play or pause; while it trains: hold the picture, or follow the training again."""
        if not self.live or self.playback.playing:
            self.playback.toggle()
            return
        self.follows = not self.follows
        if self.follows:
            self.playback.seek(self.playback.last)
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
            self.playback.pause()
            self.playback.seek(self.playback.last)  # what goes on keeps what there is
            self.follows = True
        self._remember_unfinished(state)
        self.transport.refresh()

    def _say_stumbled(self, text: str, resumable: bool) -> None:
        self.banner.show_error(text)
        if resumable:
            epoch = self.session.goes_on_from
            if epoch > 0:
                words = self.tr("Continue from epoch {epoch}").format(epoch=short_epoch(epoch))
            else:
                words = self.tr("Continue from the last checkpoint")
            self.banner.offer(words, self._go_on)

    def _put_right(self) -> None:
        # What was refused has been put right; a note stays to be read.
        if not self.banner.property("note"):
            self.banner.put_right()

    def _say_put_aside(self, name: str, epoch: float) -> None:
        text = self.tr("The training was stopped at epoch {epoch}; its folder is kept: {name}")
        self.banner.show_note(text.format(epoch=short_epoch(epoch), name=name))
        self.banner.offer(self.tr("Back to it"), self._back)

    def _back(self) -> None:
        self.banner.hide()
        self.session.undo_stack.undo()

    # -------------------------------------------------------------- a training that was left unfinished

    def _remember_unfinished(self, state: str) -> None:
        """Note which training is under way, so that it is found again if the window is closed meanwhile."""
        if self._memory is None or self._closing:
            return
        if state == "training":
            self._memory.set(_UNFINISHED, str(self.session.folder))
        elif state not in BUSY and not (state == "failed" and self.session.resumable):
            self._memory.set(_UNFINISHED, "")

    def _look_for_unfinished(self) -> None:
        """Have the training read that the window was closed on; it is spoken of once."""
        if self._memory is None or self.live:
            return
        name = str(self._memory.get(_UNFINISHED, "") or "")
        self._memory.set(_UNFINISHED, "")
        try:
            folder = run_folder(Path(name)) if name and Path(name).is_dir() else None
        except InputError:
            folder = None
        if folder is not None and folder != self.session.folder:
            self.run_asked.emit(folder, self._say_unfinished)

    def _say_unfinished(self, opened: Opened) -> None:
        record = opened.record
        if record is None or record.state == "done" or self.session.locked:
            return
        scene = TrainScene(record)
        text = self.tr("An unfinished training: {name} (epoch {done} of {all})").format(
            name=self.session.name_of(opened.value),
            done=short_epoch(scene.epoch_at(scene.now)),
            all=scene.epochs,
        )
        self.banner.show_note(text, passing=False)

        def go_on() -> None:
            self.session.take(opened, None)
            self.show_from_start()
            self.session.go_on()

        self.banner.offer(self.tr("Continue"), go_on)

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

    def show_from_start(self, frame: int = 0, plays: bool = True) -> None:
        """What was opened is shown at its end, as it was left."""
        self._from_start = False

    def take_entrants(self, entrants: Sequence[Entrant], title: str = "") -> None:
        """Train with the optimizers of a race; one that cannot is left out, and that is said."""
        if self.session.locked:
            self.banner.show_note(self.tr("A training is under way; stop it to train with other optimizers."))
            return
        left_out = self.session.take_entrants(entrants, title)
        if left_out == len(entrants):
            text = self.tr("Newton cannot train a network: {why}").format(why=why_no_newton())
        else:
            text = self.tr("The optimizers of the race, with learning rates that suit a network.")
            self.controls.settings.area.verticalScrollBar().setValue(0)  # to the entrants
            if any(entrant.optimizer == "newton" for entrant in entrants):
                text = self.tr("{text} Newton was left out: {why}").format(text=text, why=why_no_newton())
            elif left_out:
                text = self.tr("{text} Only the first {count} were taken over.").format(
                    text=text, count=self.session.max_entrants
                )
        self.banner.show_note(text)

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        super().enter()
        self._warming.start()
        self._look_for_unfinished()

    def leave(self) -> None:
        self._warming.stop()
        super().leave()

    def close_down(self) -> None:
        self._closing = True
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
        self._memory = memory
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()
