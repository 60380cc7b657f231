"""A column of controls that scrolls up and down, and only where somebody asks for it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScrollBar, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.entrants import EntrantList


class QuietBar(QScrollBar):
    """A scroll bar that keeps its place and shows nothing while there is nothing to scroll."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.maximum() > self.minimum():
            super().paintEvent(event)


def quiet_area(parent: QWidget) -> QScrollArea:
    """Return an area that scrolls up and down alone, its content never moving sideways for the bar."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setVerticalScrollBar(QuietBar(Qt.Orientation.Vertical, area))
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


class ScrollColumn(QWidget):
    """Settings above, the entrants below; scrolls only up and down.

    It never scrolls because something is shown anew, only to what a person has just opened, added or moved,
    and to what the keyboard goes to.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("controls"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = quiet_area(self)
        outer.addWidget(self.area)
        self.body = QWidget(self.area)
        self._column = QVBoxLayout(self.body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def fill(self, settings: QWidget, entrants: EntrantList) -> None:
        """Put in the settings and the entrants below them, both children of `body`."""
        self._column.addWidget(settings)
        self._column.addWidget(look.Hairline(self.body))
        self._column.addWidget(entrants, 1)
        self.area.setWidget(self.body)
        entrants.reveal.connect(self.reveal)

    def fill_entrants_first(self, entrants: EntrantList, settings: QWidget) -> None:
        """Put in the entrants, which take what they need, and the settings below them."""
        self._column.addWidget(entrants)
        self._column.addWidget(look.Hairline(self.body))
        self._column.addWidget(settings)
        self._column.addStretch(1)
        self.area.setWidget(self.body)
        entrants.reveal.connect(self.reveal)

    def reveal(self, part: QWidget) -> None:
        """Scroll as little as shows a part whole, or its top where it is too tall."""
        self._column.activate()  # its place is known once the layout has run
        self.body.resize(self.body.width(), max(self.body.sizeHint().height(), self.area.viewport().height()))
        bar, room = self.area.verticalScrollBar(), self.area.viewport().height()
        top = part.mapTo(self.body, QPoint(0, 0)).y()
        end = top + part.height()
        if top < bar.value() or end - top > room:
            bar.setValue(top)
        elif end > bar.value() + room:
            bar.setValue(end - room + min(8, room - (end - top)))
