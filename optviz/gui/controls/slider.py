"""A slim slider for a knob: linear, logarithmic, or logarithmic in 1 − value for the betas."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.number_box import allowed

TRAVEL = 1000  # positions of the slider
_HANDLE = 6.0


class SliderMap:
    """How a knob's values lie along a slider: a share from 0 to 1 of the way for each value."""

    def __init__(self, knob: Knob) -> None:
        self.knob = knob
        self.low, self.high = slider_range(knob)
        self.scale = knob.scale
        if (self.scale == "log" and self.low <= 0) or (self.scale == "one_minus" and self.high >= 1):
            self.scale = "linear"

    def share(self, value: float) -> float:
        """Return where a value lies, 0 or 1 for one outside the slider's range."""
        value = min(max(value, self.low), self.high)
        low, high, at = (self._straight(v) for v in (self.low, self.high, value))
        return (at - low) / (high - low)

    def value(self, share: float) -> float:
        """Return the value at a share of the way, rounded to digits a person would write."""
        share = min(max(share, 0.0), 1.0)
        if share in (0.0, 1.0):
            return self.low if share == 0.0 else self.high
        low, high = self._straight(self.low), self._straight(self.high)
        at = low + share * (high - low)
        if self.scale == "log":
            exact = float(f"{10.0**at:.2g}")
        elif self.scale == "one_minus":
            exact = float(f"{1.0 - float(f'{10.0**-at:.2g}'):.12g}")
        else:
            # As many decimals as a thousandth of the travel shows.
            unit = 10.0 ** math.floor(math.log10((high - low) / 200))
            exact = float(f"{round(at / unit) * unit:.12g}")
        exact = min(max(exact, self.low), self.high)
        return round(exact) if self.knob.kind == "int" else exact

    def _straight(self, value: float) -> float:
        if self.scale == "log":
            return math.log10(value)
        if self.scale == "one_minus":
            return -math.log10(1.0 - value)
        return value


def slider_range(knob: Knob) -> tuple[float, float]:
    """Return the interesting range of a knob; one around its default where none is declared."""
    if knob.slider is not None:
        return knob.slider
    reach = 4.0 * abs(knob.default) or 1.0
    low = knob.minimum if knob.minimum is not None else -reach
    high = knob.maximum if knob.maximum is not None and knob.maximum < 1e6 else max(reach, low + reach)
    return low, high


class KnobSlider(QSlider):
    """A slider for one knob.

    A value outside the slider's range is shown at its end and stays what it is. Arrow keys move by a
    hundredth of the way, Page Up and Page Down by a tenth; a double click goes back to the default.

    Signals
    -------
    value_moved(float)
        A person moved it.
    drag_ended()
        The mouse let go; what comes next is another step of the history.
    """

    value_moved = Signal(float)
    drag_ended = Signal()

    def __init__(self, knob: Knob, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.map = SliderMap(knob)
        self.setRange(0, TRAVEL)
        self.setSingleStep(10)
        self.setPageStep(100)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(24)
        self.setMinimumWidth(48)
        self.setAccessibleName(name or knob.name)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._value = float(knob.default)
        self.set_value(knob.default)

    @property
    def knob_value(self) -> float:
        """The knob's value, which may lie outside the slider's range."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        self._value = float(value)
        blocked = self.blockSignals(True)
        self.setValue(round(self.map.share(value) * TRAVEL))
        self.blockSignals(blocked)
        self.update()

    def _go(self, value: float) -> None:
        if value != self._value and allowed(self.map.knob, value):
            self.set_value(value)
            self.value_moved.emit(float(value))

    def nudge(self, shares: float) -> None:
        """Move by a share of the way; a whole number moves by one at least, whatever the rounding."""
        at = self.map.share(self._value)
        value = self.map.value(at + shares)
        if value == self._value and self.map.knob.kind == "int":
            low, high = self.map.low, self.map.high
            value = min(max(self._value + math.copysign(1, shares), low), high)
        factor = 2
        while value == self._value and 0.0 < at + factor * shares < 1.0 and factor < 200:
            value = self.map.value(at + factor * shares)
            factor += 1
        inside = self.map.low <= self._value <= self.map.high
        # From outside, a press towards the far side would jump to the end: only inwards is a move.
        if inside or (shares > 0) == (self._value < self.map.low):
            self._go(int(value) if self.map.knob.kind == "int" else value)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        mirrored = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        moves = {
            Qt.Key.Key_Left: -0.01 * mirrored,
            Qt.Key.Key_Right: 0.01 * mirrored,
            Qt.Key.Key_Down: -0.01,
            Qt.Key.Key_Up: 0.01,
            Qt.Key.Key_PageDown: -0.1,
            Qt.Key.Key_PageUp: 0.1,
        }
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        elif key in moves:
            self.nudge(moves[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(self.map.value(0.0 if key == Qt.Key.Key_Home else 1.0))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._go(self.map.knob.default)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.isSliderDown():
            self._follow(event.position().x())
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            blocked = self.blockSignals(True)  # it would come back with a position of its own
            self.setSliderDown(False)
            self.blockSignals(blocked)
            self.drag_ended.emit()
            event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._go(self.map.knob.default)
        self.drag_ended.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        if self.hasFocus() and event.angleDelta().y():
            self.nudge(math.copysign(0.01, event.angleDelta().y()))
            event.accept()
        else:
            event.ignore()

    def _follow(self, x: float) -> None:
        length = max(self.width() - 2 * _HANDLE, 1.0)
        share = (x - _HANDLE) / length
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1.0 - share
        self._go(self.map.value(share))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(96, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        share = self.map.share(self._value)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1.0 - share
        at = _HANDLE + share * (self.width() - 2 * _HANDLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.groove())
        painter.drawRoundedRect(QRectF(_HANDLE, middle - 1.5, self.width() - 2 * _HANDLE, 3), 1.5, 1.5)
        strong = self.hasFocus() or self.underMouse() or self.isSliderDown()
        color = look.accent() if strong else look.mix(look.ink(), look.ground(), 0.25)
        if not self.isEnabled():
            color = look.disabled()
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(_HANDLE, middle - 1.5, max(at - _HANDLE, 0.0), 3), 1.5, 1.5)
        outside = not self.map.low <= self._value <= self.map.high
        painter.setBrush(look.ground() if outside else color)
        painter.setPen(QPen(color if outside else look.ground(), 1.5))
        radius = 5.5 if outside else _HANDLE
        painter.drawEllipse(QPointF(at, middle), radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawEllipse(QPointF(at, middle), _HANDLE + 2.5, _HANDLE + 2.5)
        painter.end()
