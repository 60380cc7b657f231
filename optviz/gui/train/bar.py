"""Start, pause, stop: the bar above the settings of a training, with how far it is."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from optviz.gui.controls import look
from optviz.gui.controls.main_button import MainButton
from optviz.gui.train.controls.data import ThinProgress
from optviz.gui.train.controls.words import dataset_title
from optviz.gui.train.session import TrainSession


class TrainBar(QWidget):
    """The buttons that drive a training, its progress, and in a sentence how it is with it."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._under_way = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.main = MainButton(self)
        self.main.clicked.connect(self.press)
        row.addWidget(self.main)
        self.go_on = self._button(self.tr("continue"), self.tr("Go on from the last checkpoint"))
        self.go_on.clicked.connect(session.go_on)
        self.stop = self._button(self.tr("stop"), self.tr("Stop; a checkpoint is kept to go on from"))
        self.stop.clicked.connect(session.stop)
        self.restart = self._button(
            self.tr("restart"), self.tr("Stop, and start anew with the same settings in a new run folder")
        )
        self.restart.clicked.connect(session.restart)
        for button in (self.go_on, self.stop, self.restart):
            row.addWidget(button)
        row.addStretch(1)
        self.folder = look.FlatButton(self.tr("open the run folder"), "", "folder", self)
        self.folder.quiet = True
        self.folder.clicked.connect(self._open_folder)
        row.addWidget(self.folder)
        column.addLayout(row)
        self.progress = ThinProgress(self.tr("progress of the training"), self)
        column.addWidget(self.progress)
        self.sentence = look.Note("", self)
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Room for two lines, so that nothing below moves when the sentence grows.
        self.sentence.setFixedHeight(2 * self.sentence.fontMetrics().lineSpacing() + 2)
        self.sentence.setAccessibleName(self.tr("state of the training"))
        column.addWidget(self.sentence)
        for signal in (
            session.state_changed, session.told, session.changed, session.folder_changed,
            session.data_changed, session.stumbled, session.scene_changed,
        ):  # fmt: skip
            signal.connect(self.refresh)
        session.loading.connect(self._follow_loading)
        session.fetching.connect(self._follow_fetching)
        self.refresh()

    def _button(self, name: str, tip: str) -> look.FlatButton:
        button = look.FlatButton(name, tip, "", self)
        button.setFont(look.sized(self.font(), 13))
        button.show_text(name)
        return button

    # -------------------------------------------------------------- showing

    def refresh(self) -> None:
        """Show how it is with the training."""
        session, state = self.session, self.session.state
        fetching = bool(session.fetched_wish)
        if state in ("training", "loading"):
            self.main.say(self.tr("Pause"), self.tr("Hold the training; a checkpoint is kept"))
        elif state in ("paused", "pausing"):
            self.main.say(self.tr("Resume"), self.tr("Go on with the training"))
        else:
            self.main.say(self.tr("Start"), self.tr("Train with these settings, in a new run folder"))
        waits = state == "stopping" or (fetching and not session.locked)
        if waits != self.main.waits:
            self.main.waits = waits
            self.main.update()
        busy = session.locked
        self._keep_focus(busy, state)
        self.stop.setVisible(busy)
        self.stop.setEnabled(state != "stopping")
        self.restart.setVisible(busy)
        self.restart.setEnabled(state != "stopping")
        self.go_on.setVisible(session.unfinished and not fetching)
        folder = session.folder
        self.folder.setVisible(folder is not None and folder.is_dir())
        if folder is not None:
            self.folder.setToolTip(look.tip(self.tr("Open the run folder"), str(folder)))
        if not fetching:
            self.progress.set_share(self._share())
        text = self.words()
        shown = unbroken(text)
        if shown != self.sentence.text():
            self.sentence.setText(shown)
            self.sentence.setToolTip(look.tip(text))

    def _keep_focus(self, busy: bool, state: str) -> None:
        """Give the focus to the button that stays, before the one that has it goes."""
        going = [self.go_on] if busy else [self.stop, self.restart]
        if state == "stopping":
            going = [self.stop, self.restart, self.go_on]
        if QApplication.focusWidget() in going:
            self.main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _share(self) -> float:
        record = self.session.record
        if record is None or not record.total:
            return 0.0
        return record.done / record.total

    def words(self) -> str:
        """Return in a sentence or two how it is with the training."""
        session, state, record = self.session, self.session.state, self.session.record
        if session.fetched_wish:
            return self.tr("Downloading {name}…").format(name=dataset_title(session.fetched_wish))
        if state == "loading":
            return self._under_way or self.tr("Getting ready…")
        if state == "stopping":
            return self.tr("Stopping; a checkpoint is being written…")
        if state == "failed" and session.failure and not session.resumable:
            return session.failure
        if record is None or session.scene is None:
            return self._plan()
        where = self.tr("epoch {done} of {all}").format(
            done=two_digits(session.scene.epoch_at(session.scene.now)), all=record.training.epochs
        )
        if state == "training" and self._judging():
            return self.tr("epoch {all} of {all}, judging the test images…").format(
                all=record.training.epochs
            )
        if state == "training":
            parts = [where]
            if math.isfinite(record.seconds_left):
                parts.append(self.tr("{time} left").format(time=duration(record.seconds_left)))
            if record.images_per_second > 0:
                rate = f"{record.images_per_second:,.0f}"
                parts.append(self.tr("{rate} images/s on {device}").format(rate=rate, device=record.device))
            return ", ".join(parts)
        if state == "failed":
            return self.tr("Ended at {where} by an error; a checkpoint is kept.").format(where=where)
        if state in ("pausing", "paused"):
            return self.tr("Paused at {where}; a checkpoint is kept.").format(where=where)
        if session.outdated:
            return self.tr("The picture is of the last training; Start trains with these settings.")
        if record.state == "done":
            return self._result()
        if record.state == "waiting":
            return self._plan()
        return self.tr("Stopped at {where}.").format(where=where)

    def _judging(self) -> bool:
        """Return whether every step is done and only the last judgements are missing."""
        record = self.session.record
        assert record is not None
        training = record.training
        return all(
            one.status in ("done", "diverged") or one.steps >= training.steps_of(i)
            for i, one in enumerate(record.entrants)
        )

    def _plan(self) -> str:
        training = self.session.training
        count = len(training.entrants)
        images = f"{training.images:,}"
        if count == 1:
            return self.tr("1 network, {images} images, {epochs} epochs of {steps} steps.").format(
                images=images, epochs=training.epochs, steps=f"{training.steps_per_epoch(0):,}"
            )
        return self.tr("{count} networks from the same weights, {images} images, {epochs} epochs.").format(
            count=count, images=images, epochs=training.epochs
        )

    def _result(self) -> str:
        scene = self.session.scene
        assert scene is not None
        found = []
        for line in scene.lines:
            judged = scene.judgement_at(line.entrant, scene.now)
            if judged is not None and not scene.lost_at(line.entrant, scene.now):
                found.append((judged.accuracy, line.label))
        if not found:
            return self.tr("Done; no network has learned anything.")
        best, name = max(found, key=lambda one: one[0])
        percent = f"{100 * best:.2f}"
        if len(found) == 1:
            return self.tr("Done: {percent} % of the test images are right.").format(percent=percent)
        return self.tr("Done. Best on the test images: {name}, {percent} %.").format(
            name=name, percent=percent
        )

    def _follow_loading(self, text: str, share: float) -> None:
        self._under_way = text
        self.refresh()

    def _follow_fetching(self, dataset: str, share: float) -> None:
        self.progress.set_share(share if dataset else self._share())
        self.refresh()

    # -------------------------------------------------------------- a person's wishes

    def press(self) -> None:
        """Start, pause or resume, whichever the button says."""
        state = self.session.state
        if self.main.waits:
            return
        if state in ("training", "loading"):
            self.session.pause()
        elif state in ("paused", "pausing"):
            self.session.resume()
        else:
            self.session.start()

    def _open_folder(self) -> None:
        if self.session.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.session.folder)))


def two_digits(epoch: float) -> str:
    """Return a number of epochs with two decimals, never more than there were."""
    return f"{math.floor(100 * epoch + 1e-9) / 100:.2f}"


def short_epoch(epoch: float) -> str:
    """Return a number of epochs with one decimal, or none where it is whole; never more than there were."""
    tenths = math.floor(10 * epoch + 1e-9)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def unbroken(text: str) -> str:
    """Return a sentence in which no number is torn from its unit."""
    return re.sub(r"(\d) (%|s\b|min\b|h\b|images\b|threads?\b|epochs?\b)", "\\1\u00a0\\2", text)


def duration(seconds: float) -> str:
    """Return a time in the two units that matter."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
