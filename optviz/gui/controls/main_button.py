"""The one button of a page that matters most."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from optviz.gui import theme
from optviz.gui.controls import look


class MainButton(QToolButton):
    """A button filled with the accent colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.waits = False  # it does nothing for a moment, and keeps the focus meanwhile
        self.setFixedHeight(32)
        self.setMinimumWidth(104)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(look.sized(self.font(), look.NORMAL, strong=True))

    def say(self, text: str, tip: str) -> None:
        """Take a name and a tooltip."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
        self.setToolTip(look.tip(tip))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(max(104, self.fontMetrics().horizontalAdvance(self.text()) + 32), 32)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ready = self.isEnabled() and not self.waits
        ground = look.accent() if ready else look.groove()
        if ready and (self.isDown() or self.underMouse()):
            ground = look.mix(ground, look.ink(), 0.22 if self.isDown() else 0.12)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, look.RADIUS, look.RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)
        painter.setPen(QColor(colors.on_accent) if ready else look.disabled())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.text())
        painter.end()
