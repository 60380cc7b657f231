"""What the one line of news says about a map: how far it is, else how the race on it stands."""

from __future__ import annotations

from PySide6.QtCore import QObject

from optviz.gui.maps.session import MapSession
from optviz.gui.playback import Playback
from optviz.gui.status import RaceStatus


class MapStatus(RaceStatus):
    """Says how a map and its race stand."""

    def __init__(self, session: MapSession, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(session, playback, parent)
        self._map_session = session
        session.computing_changed.connect(self.refresh)
        session.map_changed.connect(self.refresh)

    def news(self) -> tuple[str, str]:
        """Return what there is to say: in short, and in full."""
        session = self._map_session
        if session.stopped:
            text = self.tr("The map was stopped; it is coarser than asked for.")
            return self.tr("map stopped"), text
        return super().news()
