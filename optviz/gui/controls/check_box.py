"""A box to tick whose edge is seen on every ground."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton, QWidget

from optviz.gui import theme
from optviz.gui.controls import look

_BOX = 14.0  # pixels a side
_RING = 3  # left free around it for the ring of the focus


class CheckBox(QCheckBox):
    """A check box drawn like the other controls."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def box(self) -> QRectF:
        """Return where the square lies."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        square = QRectF(0.0, 0.0, _BOX, _BOX)
        square.moveCenter(QRectF(place).center())
        square.moveLeft(_RING)
        return square

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return (super().sizeHint() + QSize(_RING, 0)).expandedTo(QSize(0, 22))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        square, on, enabled = self.box(), self.isChecked(), self.isEnabled()
        edge = look.accent() if self.hasFocus() else edge_color()
        ground = look.base()
        if on:
            edge = ground = look.accent() if enabled else look.disabled()
        elif not enabled:
            edge = look.groove()
        painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1.2))
        painter.setBrush(ground)
        painter.drawRoundedRect(square.adjusted(0.5, 0.5, -0.5, -0.5), 3.0, 3.0)
        if on:
            pen = QPen(QColor(theme.colors().on_accent), 2.0)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            tick = ((3.4, 7.2), (6.0, 9.8), (10.8, 4.4))
            painter.drawPolyline(QPolygonF([square.topLeft() + QPointF(x, y) for x, y in tick]))
        if self.hasFocus():
            painter.setPen(QPen(look.accent(), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(square.adjusted(-2.0, -2.0, 2.0, 2.0), 5.0, 5.0)
        if self.text():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
            painter.setPen(look.ink() if enabled else look.disabled())
            painter.drawText(place.translated(_RING, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        painter.end()


def edge_color() -> QColor:
    """The edge of an empty box: at least 3:1 against whatever it stands on."""
    return look.mix(look.disabled(), look.muted(), 0.5)
