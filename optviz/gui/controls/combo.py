"""A list to choose from in the same frame as a number box, its popup like the pickers'."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from optviz.gui.controls import look
from optviz.gui.controls.number_box import paint_field

_LEFT, _RIGHT = 7, 19  # pixels beside the text; the sign is at the right


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return QSize(super().sizeHint(option, index).width() + 24, look.ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(option.rect, look.base())
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.chosen_ground())
            painter.drawRoundedRect(option.rect.adjusted(3, 1, -3, -1), look.RADIUS - 2, look.RADIUS - 2)
        painter.setFont(option.font)
        painter.setPen(look.ink())
        box = option.rect.adjusted(12, 0, -8, 0)
        text = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()


class Combo(QComboBox):
    """A combo box drawn like the other controls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # by default the wheel gives the focus, too
        self.setFont(look.sized(self.font(), look.SMALL))
        self.setItemDelegate(_Delegate(self))
        self.setStyleSheet("QComboBox { combobox-popup: 0; }")  # a list below it, not a menu over it
        self.setMaxVisibleItems(14)
        self.view().setFrameShape(QFrame.Shape.NoFrame)
        self.view().setMouseTracking(True)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        # A box the mouse merely passes over while scrolling keeps its choice.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        if event.type() == QEvent.Type.ToolTip and self.cut:
            first = look.tip(self.currentText())
            QToolTip.showText(cast(QHelpEvent, event).globalPos(), first + self.toolTip(), self)
            return True
        return super().event(event)

    @property
    def cut(self) -> bool:
        """Whether the choice has no room; then the tooltip begins with it."""
        return self.fontMetrics().horizontalAdvance(self.currentText()) > self.width() - _LEFT - _RIGHT

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width() + 8, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        from optviz.gui.controls.glyphs import draw

        paint_field(self, False, self.hasFocus())
        painter = QPainter(self)
        painter.setFont(self.font())
        enabled = self.isEnabled()
        painter.setPen(look.ink() if enabled else look.disabled())
        box = QRectF(self.rect()).adjusted(_LEFT, 0, -_RIGHT, 0)
        text = painter.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, int(box.width())
        )
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), text)
        draw(
            painter,
            "down",
            QPointF(self.width() - 18.5, (self.height() - 16) / 2 + 1),
            "muted" if enabled else "disabled",
        )
        painter.end()
