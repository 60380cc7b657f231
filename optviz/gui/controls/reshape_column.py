"""The column of controls beside a comparison: the settings above, the entrants below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.column import QuietBar
from optviz.gui.controls.entrants import EntrantList
from optviz.gui.controls.reshape_panel import ReshapePanel
from optviz.gui.playback import Playback
from optviz.gui.reshape_session import ReshapeSession


class ReshapeColumn(QWidget):
    """Everything a person sets about a comparison; scrolls only up and down."""

    def __init__(self, session: ReshapeSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("controls"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBar(QuietBar(Qt.Orientation.Vertical, self.area))
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # nothing moves sideways
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self.area)
        self.body = QWidget(self.area)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.settings = ReshapePanel(session, self.body)
        self.entrants = EntrantList(session, playback, self.body)
        self.entrants.reveal.connect(self.reveal)
        column.addWidget(self.settings)
        column.addWidget(look.Hairline(self.body))
        column.addWidget(self.entrants, 1)
        self.area.setWidget(self.body)

    def reveal(self, part: QWidget) -> None:
        """Scroll as little as shows a part whole, or its top where it is too tall."""
        bar, room = self.area.verticalScrollBar(), self.area.viewport().height()
        top = part.mapTo(self.body, QPoint(0, 0)).y()
        end = top + part.height()
        if top < bar.value() or end - top > room:
            bar.setValue(top)
        elif end > bar.value() + room:
            bar.setValue(end - room + min(8, room - (end - top)))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(328, 620)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(328, 120)
