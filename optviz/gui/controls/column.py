"""The column of controls beside the picture: the surface above, the entrants below."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from optviz.gui.controls.entrants import EntrantList
from optviz.gui.controls.scroll_column import ScrollColumn
from optviz.gui.controls.surface_panel import SurfacePanel
from optviz.gui.playback import Playback
from optviz.gui.session import Session


class ControlsColumn(ScrollColumn):
    """Everything a person sets about a race."""

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(344)
        self.surface = SurfacePanel(session, self.body)
        self.entrants = EntrantList(session, playback, self.body)
        self.fill(self.surface, self.entrants)
        QWidget.setTabOrder(self.surface.button, self.surface.more)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(380, 420)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(344, 120)
