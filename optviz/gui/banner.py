"""A message inside the window: says what is wrong and goes away by itself once it is put right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from optviz.gui.icons import icon

_MARGIN = 12


class Banner(QWidget):
    """Lies over the top of its parent, or over its bottom, so that nothing moves when it comes and goes."""

    def __init__(self, parent: QWidget, *, at_bottom: bool = False) -> None:
        super().__init__(parent)
        self._under, self._at_bottom = parent, at_bottom
        self._passing = False
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        self._sign = QLabel(self)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(self.label, 1)
        self.remedy = QToolButton(self)
        self.remedy.setObjectName("remedy")
        self.remedy.clicked.connect(self._follow_remedy)
        self._do: Callable[[], object] = self.hide
        row.addWidget(self.remedy, 0, Qt.AlignmentFlag.AlignTop)
        self.dismiss = QToolButton(self)
        self.dismiss.setIcon(icon("close"))
        self.dismiss.setAccessibleName(self.tr("Close the message"))
        self.dismiss.setToolTip(self.tr("Close the message"))
        self.dismiss.clicked.connect(self.hide)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self.label.text() if self.isVisibleTo(self._under) else ""

    def show_error(self, text: str, passing: bool = False) -> None:
        """Show an error; it stays until it is closed or, if `passing`, until the next scene is there."""
        self._passing = passing
        self._sign.setPixmap(icon("warning", "error").pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self.setAccessibleName(self.tr("Error: {text}").format(text=text))
        self._show(text, note=False)

    def show_note(self, text: str, passing: bool = True) -> None:
        """Show something worth reading at length; it stays until it is closed or the scene changes."""
        self._passing = passing
        self.setAccessibleName(self.tr("Note: {text}").format(text=text))
        self._show(text, note=True)

    def offer(self, text: str, do: Callable[[], object]) -> None:
        """Add a button that puts right what the message is about."""
        self.remedy.setText(text)
        self.remedy.setAccessibleName(text)
        self.remedy.setToolTip(text)
        self._do = do
        self.remedy.show()
        self._place()

    def _follow_remedy(self) -> None:
        self._do()

    def _show(self, text: str, note: bool) -> None:
        self.remedy.hide()
        self.label.setText(text)
        self._sign.setVisible(not note)
        if self.property("note") != note:
            self.setProperty("note", note)
            self.style().polish(self)
        self.show()
        self._place()
        self.raise_()

    def put_right(self) -> None:
        """Take back a passing error: its cause is gone."""
        if self._passing:
            self.hide()

    def _place(self) -> None:
        width = min(720, self._under.width() - 2 * _MARGIN)
        height = self._row.heightForWidth(width)
        top = self._under.height() - height - _MARGIN if self._at_bottom else _MARGIN
        self.setGeometry((self._under.width() - width) // 2, top, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
