"""The cards of the entrants beside a map: a click on one makes the map that entrant's."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from optviz.gui.controls.card_handle import CardHandle
from optviz.gui.controls.entrant_card import EntrantCard
from optviz.gui.controls.entrants import EntrantList
from optviz.gui.document import Document
from optviz.gui.playback import Playback


class MapEntrants(EntrantList):
    """The list of entrants on the page of maps.

    Signals
    -------
    chosen(int)
        The card at a place was clicked.
    """

    chosen = Signal(int)

    def __init__(self, session: Document, playback: Playback, parent: QWidget | None = None) -> None:
        self._pressed: EntrantCard | None = None
        super().__init__(session, playback, parent)

    def _new_card(self, place: int) -> EntrantCard:
        card = super()._new_card(place)
        card.why.setVisible(True)
        card.handle.installEventFilter(self)
        return card

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(watched, CardHandle) and isinstance(event, QMouseEvent):
            card = watched.parentWidget()
            if event.type() == QEvent.Type.MouseButtonPress and isinstance(card, EntrantCard):
                self._pressed = card if event.button() == Qt.MouseButton.LeftButton else None
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is card:
                self._pressed = None
                inside = watched.rect().contains(event.position().toPoint())  # else it was dragged
                if inside and isinstance(card, EntrantCard):
                    QTimer.singleShot(0, card, lambda: self.chosen.emit(card.index))
        return super().eventFilter(watched, event)
