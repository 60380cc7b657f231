"""The column of controls beside a comparison: the settings above, the entrants below."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from optviz.gui.controls.entrants import EntrantList
from optviz.gui.controls.scroll_column import ScrollColumn
from optviz.gui.playback import Playback
from optviz.gui.reshape.controls.panel import ReshapePanel
from optviz.gui.reshape.session import ReshapeSession


class ReshapeColumn(ScrollColumn):
    """Everything a person sets about a comparison."""

    def __init__(self, session: ReshapeSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings = ReshapePanel(session, self.body)
        self.settings.reveal.connect(self.reveal)
        self.entrants = EntrantList(session, playback, self.body)
        self.fill(self.settings, self.entrants)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(328, 620)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(328, 120)
