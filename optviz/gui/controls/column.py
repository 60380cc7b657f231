"""The column of controls beside the picture: the surface above, the entrants below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScrollBar, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.entrants import EntrantList
from optviz.gui.controls.surface_panel import SurfacePanel
from optviz.gui.playback import Playback
from optviz.gui.session import Session


class QuietBar(QScrollBar):
    """A scroll bar that keeps its place and shows nothing while there is nothing to scroll."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.maximum() > self.minimum():
            super().paintEvent(event)


class ControlsColumn(QWidget):
    """Everything a person sets about a race; scrolls only up and down."""

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("controls"))
        self.setMinimumWidth(344)
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
        body = QWidget(self.area)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.surface = SurfacePanel(session, body)
        self.body = body
        self.entrants = EntrantList(session, playback, body)
        self.entrants.reveal.connect(self.reveal)
        column.addWidget(self.surface)
        column.addWidget(look.Hairline(body))
        column.addWidget(self.entrants, 1)
        self.area.setWidget(body)
        QWidget.setTabOrder(self.surface.button, self.surface.more)

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
        return QSize(380, 420)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(344, 120)
