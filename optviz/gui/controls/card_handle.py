"""The left of an entrant's card: what it looks like, its name and how it is doing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.swatch import draw_swatch

HEIGHT = 40
TEXT_LEFT = 38
_NAME, _NAME_SMALL = 13, 12  # pixels; the smaller where the name is whole only then


class CardHandle(QWidget):
    """The left of a card: swatch, name and status. Click opens it, dragging moves it, keys do both.

    Signals
    -------
    toggled(), removed(), focus_moved()
    dragged(QPoint), dropped(QPoint)
        Global positions while it is dragged and where it was let go.
    """

    toggled = Signal()
    removed = Signal()
    focus_moved = Signal()
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slot, self.hidden_line = 0, False
        self.color: str | None = None
        self._pressed: QPoint | None = None
        self._dragging = False
        self._wide = 170
        row = QHBoxLayout(self)
        row.setContentsMargins(TEXT_LEFT, 2, 0, 2)
        column = QVBoxLayout()
        column.setSpacing(0)
        self.name = look.Elided("", self)
        self.name.setFont(look.sized(self.font(), _NAME))
        self.status = look.Elided("", self)
        self.status.setFont(look.sized(self.font(), look.SMALL - 1))
        self.status.tint = "muted"
        for label in (self.name, self.status):
            label.setFixedHeight(18)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        row.addLayout(column)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_swatch(
            painter, QRectF(6, (self.height() - 24) / 2, 28, 24), self.slot, self.color, self.hidden_line
        )
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.toggled.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.globalPosition().toPoint(), False
        event.ignore()  # the card selects itself

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._pressed is None:
            return
        here = event.globalPosition().toPoint()
        if not self._dragging and (here - self._pressed).manhattanLength() > QApplication.startDragDistance():
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            self.dragged.emit(here)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._pressed is not None and self._dragging:
            self.unsetCursor()
            self.dropped.emit(event.globalPosition().toPoint())
        self._pressed, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.toggled.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.focus_moved.emit()

    def wanted_width(self) -> int:
        """Return the width in which the name is whole."""
        large = QFontMetrics(look.sized(self.font(), _NAME))
        name = large.horizontalAdvance(self.name.text())
        status = self.status.fontMetrics().horizontalAdvance("diverged at 0000")
        return TEXT_LEFT + max(name, status) + 4

    def set_width(self, width: int) -> None:
        """Take this width where there is room."""
        large, small = (look.sized(self.font(), size) for size in (_NAME, _NAME_SMALL))
        room, text = width - TEXT_LEFT, self.name.text()
        cut, still_cut = (QFontMetrics(font).horizontalAdvance(text) > room for font in (large, small))
        font = small if cut and not still_cut else large
        if font != self.name.font():
            self.name.setFont(font)
        if width != self._wide:
            self._wide = width
            self.setMaximumWidth(width)
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._wide, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(110, HEIGHT)
