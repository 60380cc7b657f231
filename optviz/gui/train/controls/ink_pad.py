"""A pad that takes ink: a pen and an eraser, by mouse or by keyboard."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from optviz.gui.controls import look

SIDE = 140  # pixels of the pad's own picture, and of the pad
_PEN, _ERASER = 11.0, 26.0
_STEP = 4.0  # pixels an arrow key moves the pen

Bytes = npt.NDArray[np.uint8]
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class Pad(QWidget):
    """Takes strokes of a pen and an eraser.

    With the keyboard: the arrow keys move the pen, Enter puts it down and lifts it, E changes between pen and
    eraser, Delete clears. The right mouse button always erases.

    Signals
    -------
    drawn()
        The ink is another.
    tool_changed()
    """

    drawn = Signal()
    tool_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        self._ink.fill(0)
        self.erasing = False
        self.down = False  # the pen of the keyboard
        self._pen = QPointF(SIDE / 2, SIDE / 2)
        self._last: QPointF | None = None
        self._by_key = False
        self.setFixedSize(SIDE, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("drawing pad"))
        self.setToolTip(
            look.tip(
                self.tr("Draw here"),
                self.tr("The right button erases."),
                self.tr(
                    "Keys: arrows move the pen, Enter puts it down or lifts it, E erases, Delete clears."
                ),
            )
        )

    @property
    def empty(self) -> bool:
        """Whether there is no ink."""
        return not self.ink().any()

    def ink(self) -> Bytes:
        """Return the ink, uint8[SIDE, SIDE], 0 where there is none."""
        stride = self._ink.bytesPerLine()
        flat = np.frombuffer(self._ink.constBits(), np.uint8, stride * SIDE)
        return flat.reshape(SIDE, stride)[:, :SIDE].copy()

    def clear(self) -> None:
        """Take all ink away."""
        self._ink.fill(0)
        self.update()
        self.drawn.emit()

    def set_erasing(self, erasing: bool) -> None:
        if erasing != self.erasing:
            self.erasing = erasing
            self.tool_changed.emit()
            self.update()

    def stroke(self, start: QPointF, end: QPointF, erase: bool | None = None) -> None:
        """Draw a line of the pen, or of the eraser."""
        erase = self.erasing if erase is None else erase
        with QPainter(self._ink) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(0, 0, 0) if erase else QColor(255, 255, 255), _ERASER if erase else _PEN)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            # A line of no length leaves no round dot everywhere.
            painter.drawLine(QLineF(start, end if end != start else start + QPointF(0.01, 0.0)))
        self.update()
        self.drawn.emit()

    # -------------------------------------------------------------- Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._by_key = False
            self._last = event.position()
            self.stroke(self._last, self._last, self._erases(event))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._last is not None:
            self.stroke(self._last, event.position(), self._erases(event))
            self._last = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._last = None

    def _erases(self, event: QMouseEvent) -> bool:
        return self.erasing or bool(event.buttons() & Qt.MouseButton.RightButton)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._keeps(event)
        ):
            event.accept()
            return True
        return super().event(event)

    @staticmethod
    def _keeps(event: QKeyEvent) -> bool:
        others = Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_E, Qt.Key.Key_Delete, Qt.Key.Key_Backspace
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return plain and event.key() in (*_ARROWS, *others)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        self._by_key = True
        if not self._keeps(event):
            super().keyPressEvent(event)
        elif key in _ARROWS:
            x, y = _ARROWS[key]
            to = self._pen + QPointF(x * _STEP, y * _STEP)
            to = QPointF(min(max(to.x(), 0), SIDE), min(max(to.y(), 0), SIDE))
            if self.down:
                self.stroke(self._pen, to)
            self._pen = to
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down = not self.down
            if self.down:
                self.stroke(self._pen, self._pen)
        elif key == Qt.Key.Key_E:
            self.set_erasing(not self.erasing)
        else:
            self.clear()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self.down = False
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.setPen(
            QPen(look.accent() if self.hasFocus() else look.groove(), 1.5 if self.hasFocus() else 1)
        )
        painter.setBrush(look.base())
        painter.drawRoundedRect(box, look.RADIUS, look.RADIUS)
        painter.drawImage(0, 0, inked(self._ink))
        if self.empty and not self.hasFocus():
            painter.setPen(look.muted())
            painter.setFont(look.sized(self.font(), look.SMALL))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("draw here"))
        if self.hasFocus() and self._by_key:
            size = (_ERASER if self.erasing else _PEN) / 2
            painter.setPen(QPen(look.accent(), 1.5))
            painter.setBrush(look.accent() if self.down and not self.erasing else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self._pen, size, size)
        painter.end()


def inked(mask: QImage) -> QImage:
    """Return gray ink as the colour of text on nothing."""
    image = QImage(mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(look.ink())
    alpha = mask.copy()
    alpha.reinterpretAsFormat(QImage.Format.Format_Alpha8)
    with QPainter(image) as painter:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.drawImage(0, 0, alpha)
    return image
