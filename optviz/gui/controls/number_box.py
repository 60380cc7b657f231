"""One box for every number a person types, the same in every locale."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from optviz.catalog import Knob
from optviz.errors import InputError, shown
from optviz.gui.controls import look
from optviz.gui.controls.bubble import Bubble
from optviz.gui.controls.number_words import bounds_words, default_words, number_text, read_number

# What may still become a number when more is typed.
_BEGUN = re.compile(r"[+\-−]?(?:\d*[.,]?\d*)(?:[eE][+\-−]?\d*)?", re.ASCII)
_PAUSE_MS = 700
_EDGES = 9  # pixels beside the text: the edge, and the room in it


class NumberBox(QAbstractSpinBox):
    """A box for the number a knob declares.

    What is typed counts once Enter is pressed or the box is left. A text that is no allowed number stays
    while it is being typed, with a red edge and a bubble that says what is allowed; the value does not
    change, and comes back with Escape or when the box is left. Arrow keys and the wheel step, by factors
    where the knob's scale is logarithmic.

    Signals
    -------
    value_changed(float)
        A person set another, allowed value.
    settled()
        A number was typed to its end or the box was left; what comes next is another step of the history.
    invalid_changed(str)
        The message about the text in the box; empty when it is fine.
    """

    value_changed = Signal(float)
    settled = Signal()
    invalid_changed = Signal(str)

    def __init__(self, knob: Knob, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob = knob
        self.message = ""
        self._value = float(knob.default)
        self._name = name or knob.name
        self._help = ""
        self._zero = ""  # what 0 is called where it stands for something else
        self._bubble: Bubble | None = None
        self.setLocale(QLocale.c())
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFrame(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedHeight(24)
        self.setAccessibleName(self._name)
        self.lineEdit().setAccessibleName(self._name)
        self.lineEdit().setMaxLength(40)
        self.lineEdit().setFrame(False)
        self.lineEdit().setStyleSheet("background: transparent; border: none; padding: 0;")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._judge)
        self.lineEdit().textEdited.connect(self._typed)
        self.set_help("")
        self._write()

    @property
    def value(self) -> float:
        """The last allowed value."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody; a text being typed stays while the value is the same."""
        value = float(value)
        if value == self._value and (self.message or self.lineEdit().isModified()):
            return
        self._value = value
        self._write()

    def set_knob(self, knob: Knob) -> None:
        self.knob = knob

    def set_name(self, name: str) -> None:
        """Call the number otherwise."""
        self._name = name
        self.setAccessibleName(name)
        self.lineEdit().setAccessibleName(name)
        self._show_tip()

    def set_help(self, text: str) -> None:
        """Say what the number is; the tooltip adds what is allowed."""
        self._help = text
        self._show_tip()

    def call_zero(self, words: str) -> None:
        """Show `words` in place of 0."""
        self._zero = words
        self._show_tip()
        self._write()

    def commit(self) -> bool:
        """Take the text in the box, as Enter does; return whether it was allowed."""
        self._pause.stop()
        if not self.lineEdit().isModified() and not self.message:
            return True
        value = self._judge()
        if value is None:
            return False
        if value == self._value:
            self._write()
            return True
        self._value = float(value)
        self._write()
        self.value_changed.emit(self._value)
        self.settled.emit()
        return True

    def _typed(self, text: str) -> None:
        # A text that can still become a number is not called wrong while it is being typed.
        if _BEGUN.fullmatch(text.strip()) and not self._beyond(text):
            self._set_message("")
            self._pause.start()
        else:
            self._judge()

    def _beyond(self, text: str) -> bool:
        """Return whether no further digit could bring the number back to what is allowed."""
        number, knob = read_number(text), self.knob
        if number is None or "e" in text.lower():
            return False
        if number < 0:
            return knob.minimum is not None and knob.minimum >= 0
        over = knob.maximum is not None and (
            number > knob.maximum or (knob.open_maximum and number == knob.maximum)
        )
        return over

    def _judge(self) -> float | None:
        """Return the number in the box if it is allowed; mark the box otherwise."""
        text = self.lineEdit().text()
        number = read_number(text, self.knob.kind == "int")
        if self._zero and text.strip() == self._zero:
            number = 0
        try:
            if number is None:
                raise InputError(
                    f"{self._name}: {shown(text.strip())} is not allowed; it must be {self.knob.bounds}"
                )
            number = self.knob.check(number, self._name)
        except InputError as error:
            self._set_message(re.sub(r"-(?=\d)", "−", str(error)))
            return None
        self._set_message("")
        return number

    def _set_message(self, message: str) -> None:
        if message != self.message:
            self.message = message
            self._show_tip()
            self.update()
            if self._bubble is None and message:
                self._bubble = Bubble(self)
            if self._bubble is not None:
                self._bubble.say(message)
            self.invalid_changed.emit(message)

    def _show_tip(self) -> None:
        self.setToolTip(
            look.tip(self.message)
            if self.message
            else look.tip(self._name, self._help, self._exactly(), self._allowed_words())
        )
        self.setAccessibleDescription(self.message or self._help)

    def _exactly(self) -> str:
        """Return the number where the box has no room for all of its digits."""
        said = read_number(self.lineEdit().text())
        if said is None or said == self._value or self.lineEdit().isModified():
            return ""
        return self.tr("Exactly {0}").format(f"{self._value:.15g}".replace("-", "−"))

    def _allowed_words(self) -> str:
        # What a knob made for one box starts from is no default to go back to.
        return default_words(self.knob, self._zero) if self.knob.help else bounds_words(self.knob)

    def _write(self) -> None:
        self._pause.stop()
        text = self._zero if self._zero and not self._value else self._shown()
        self.lineEdit().setText(text)
        self.lineEdit().setModified(False)
        self.lineEdit().setCursorPosition(0)
        self._set_message("")
        self._show_tip()
        self.update()

    def _shown(self) -> str:
        """Return the number in as many digits as the box has room for; the tooltip has all of them."""
        exact = number_text(self._value).replace("-", "−")
        if self.hasFocus() and not self.lineEdit().isReadOnly():
            return exact  # whoever edits it edits the number itself
        metrics, room = self.fontMetrics(), self.width() - _EDGES
        for digits in range(6, 0, -1):
            for text in (number_text(self._value, digits), _powered(self._value, digits)):
                text = text.replace("-", "−")
                if metrics.horizontalAdvance(text) <= room:
                    return text
        return exact

    def _fit(self) -> None:
        """Show as many digits as there is room for, unless somebody is typing."""
        edit = self.lineEdit()
        if edit.isModified() or self.message or (self._zero and not self._value):
            return
        text = self._shown()
        if text != edit.text():
            edit.setText(text)
            edit.setModified(False)
            edit.setCursorPosition(0)
            self._show_tip()

    # What Qt asks of a spin box.

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802 - Qt's name
        return (
            QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        )

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        if not self.commit():
            return
        value = stepped(self.knob, self._value, steps)
        if value != self._value:
            self._value = value
            self._write()
            self.lineEdit().selectAll()
            self.value_changed.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
        ):
            event.ignore()  # the card the box sits in moves
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
            self.lineEdit().selectAll()
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and (self.lineEdit().isModified() or self.message):
            self._write()
            self.lineEdit().selectAll()
            event.accept()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        # A box the mouse merely passes over while scrolling keeps its number.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        if self._zero and not self._value and not self.lineEdit().isModified():
            self.lineEdit().setText("0")
            self.lineEdit().selectAll()
        self._fit()
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.lineEdit().selectAll()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        if not self.commit() or self._zero:
            self._write()
        super().focusOutEvent(event)
        self._fit()
        self.settled.emit()
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        if self._bubble is not None:
            self._bubble.hide()
        super().hideEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(64, 24)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(48, 24)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.lineEdit().setGeometry(self.rect().adjusted(2, 2, -2, -2))
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        paint_field(self, bool(self.message), self.hasFocus())


def paint_field(widget: QWidget, bad: bool, focused: bool) -> None:
    """Draw the ground and the edge of something that can be typed into."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = look.danger() if bad else look.accent() if focused else look.groove()
    wide = 1.5 if bad or focused else 1.0
    painter.setPen(QPen(color, wide))
    painter.setBrush(look.base())
    inset = wide / 2
    painter.drawRoundedRect(
        QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset), look.RADIUS - 2, look.RADIUS - 2
    )
    painter.end()


def stepped(knob: Knob, value: float, steps: int) -> float:
    """Return the value `steps` presses of an arrow key away, kept within the knob's bounds.

    Twenty presses are a factor of ten on a logarithmic knob; elsewhere one press moves the second digit.
    """
    if knob.kind == "int":
        wide = max(1, 10 ** (math.floor(math.log10(abs(value))) - 1)) if abs(value) >= 100 else 1
        moved: float = int(value) + steps * wide
    elif knob.scale == "log":
        low = knob.slider[0] if knob.slider else 1e-6
        if value <= 0:
            return low if steps > 0 else value
        moved = _round(value * 10 ** (steps / 20), 3)
    elif knob.scale == "one_minus" and value < 1:
        moved = 1.0 - _round((1.0 - value) * 10 ** (-steps / 20), 3)
        moved = _round(moved, 12)
    else:
        low, high = knob.slider or (0.0, 2.0 * abs(value) or 1.0)
        size = max(abs(value), 0.1 * (high - low))
        unit = 10.0 ** (math.floor(math.log10(size)) - 1) if size else 0.1
        moved = _round(round(value / unit) * unit + steps * unit, 12)
    return moved if allowed(knob, moved) else value


def _powered(value: float, digits: int) -> str:
    """Return a number as 9.5e-4."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def allowed(knob: Knob, value: float) -> bool:
    try:
        knob.check(int(value) if knob.kind == "int" else value, "")
    except InputError:
        return False
    return True


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
