"""The column of controls beside a map: the map above, then the surface and the entrants."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.scroll_column import ScrollColumn
from optviz.gui.controls.surface_panel import SurfacePanel
from optviz.gui.maps.entrants import MapEntrants
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.settings import MapSettings
from optviz.gui.playback import Playback

_NARROWEST = 344


class MapColumn(ScrollColumn):
    """Everything a person sets about a map and the races it is made of."""

    def __init__(self, session: MapSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_NARROWEST)
        upper = QWidget(self.body)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.settings = MapSettings(session, upper)
        self.surface = SurfacePanel(session, upper)
        for part in (self.settings, look.Hairline(upper), self.surface):
            column.addWidget(part)
        self.entrants = MapEntrants(session, playback, self.body)
        self.entrants.chosen.connect(self.settings.map_of)
        self.fill(upper, self.entrants)
        QWidget.setTabOrder(self.surface.button, self.surface.more)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(380, 620)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_NARROWEST, 120)
