"""The column beside the picture of a training: what drives it, its settings, its entrants, the pad."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.scroll_column import ScrollColumn
from optviz.gui.playback import Playback
from optviz.gui.train.bar import TrainBar
from optviz.gui.train.controls.data import DataNotice
from optviz.gui.train.controls.digit_pad import DigitPad
from optviz.gui.train.controls.entrants import TrainEntrants
from optviz.gui.train.controls.form import TrainForm
from optviz.gui.train.session import TrainSession

WIDTH = 372


class _Settings(ScrollColumn):
    """The entrants and the form; the part of the column that scrolls."""

    def __init__(self, session: TrainSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entrants = TrainEntrants(session, playback, self.body)
        self.form = TrainForm(session, self.body)
        self.fill_entrants_first(self.entrants, self.form)
        # A training that starts must not push the form down.
        room = self.form.lock_note.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self.form.lock_note.setSizePolicy(room)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, 120)


class TrainColumn(QWidget):
    """Everything a person does about a training."""

    def __init__(self, session: TrainSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bar = TrainBar(session, self)
        self.notice = DataNotice(session, self)
        self.settings = _Settings(session, playback, self)
        self.pad = DigitPad(session, self)
        column.addWidget(self.bar)
        column.addWidget(self.notice)
        column.addWidget(look.Hairline(self))
        column.addWidget(self.settings, 1)
        column.addWidget(look.Hairline(self))
        column.addWidget(self.pad)

    @property
    def form(self) -> TrainForm:
        return self.settings.form

    @property
    def entrants(self) -> TrainEntrants:
        return self.settings.entrants

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, 620)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, 300)
