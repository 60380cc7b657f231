"""Fields of the editor: text of several lines, and what is wrong with it below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontDatabase, QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from optviz.errors import InputError
from optviz.gui.controls import look


class TextArea(QPlainTextEdit):
    """Text of several lines; Tab goes on to the next field.

    Signals
    -------
    edited(str)
        A person changed it.
    left()
        It has been left; what comes next is another step of the history.
    """

    edited = Signal(str)
    left = Signal()

    def __init__(self, name: str, tip: str, lines: int, *, code: bool = False, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(look.tip(tip))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAcceptDrops(False)  # a file dropped here is meant for the window
        if code:
            face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            face.setPixelSize(look.SMALL)
            face.setStyleHint(QFont.StyleHint.Monospace)
            self.setFont(face)
            self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        else:
            self.setFont(look.sized(self.font(), 13))
        height = round(lines * self.fontMetrics().lineSpacing()) + 14
        self.setMinimumHeight(height)
        if not code:
            self.setMaximumHeight(height)
        self._quiet = False
        self.textChanged.connect(self._tell)

    def _tell(self) -> None:
        if not self._quiet:
            self.edited.emit(self.toPlainText())

    def put(self, text: str) -> None:
        """Show a text without telling anybody; what is typed and means the same stays as it is."""
        if text != self.toPlainText():
            self._quiet = True
            self.setPlainText(text)
            self._quiet = False

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.left.emit()


class Complaint(look.Note):
    """What is wrong with a field, below it; no height while nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWordWrap(True)
        self.set_bad(True)
        self.setAccessibleName(self.tr("what is wrong"))
        self.hide()

    def say(self, text: str) -> None:
        """Say what is wrong; nothing for an empty text."""
        self.setText(f"⚠ {text}" if text else "")
        self.setVisible(bool(text))

    def attempt(self, change: Callable[[], None]) -> bool:
        """Do a change, and say what is wrong where it is refused."""
        try:
            change()
        except InputError as error:
            self.say(str(error))
            return False
        self.say("")
        return True


def label(text: str, buddy: QWidget | None, parent: QWidget) -> QLabel:
    """Return the name of a field, in the small size."""
    name = QLabel(text, parent)
    name.setFont(look.sized(name.font(), look.SMALL))
    name.setTextFormat(Qt.TextFormat.PlainText)
    if buddy is not None:
        name.setBuddy(buddy)
    return name


def form(parent: QWidget) -> QVBoxLayout:
    """Return the layout of a form: one below the other."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 10, 0, 8)
    column.setSpacing(6)
    return column
