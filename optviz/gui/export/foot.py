"""The lower part of the export dialog: where to, how far it is, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.text_field import TextField
from optviz.gui.export.parts import ProgressLine


class ExportFoot(QWidget):
    """The file's name, a line of progress, a line of news, and buttons.

    Signals
    -------
    choose_asked()
        A person wants to choose the file in a dialog.
    """

    choose_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lower = QVBoxLayout(self)
        lower.setContentsMargins(16, 12, 16, 16)
        lower.setSpacing(8)
        lower.addLayout(self._path_row())
        self.replaces = look.Note("", self)
        self.replaces.setContentsMargins(52, 0, 0, 0)
        self.replaces.setMinimumHeight(16)  # nothing jumps when it says something
        lower.addWidget(self.replaces)
        self.bar = ProgressLine(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("progress"))
        keep = self.bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # nothing jumps when it appears
        self.bar.setSizePolicy(keep)
        lower.addWidget(self.bar)
        lower.addLayout(self._action_row())

    def _path_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.path = TextField(self)
        self.path.setFixedHeight(28)
        self.path.setAccessibleName(self.tr("file"))
        self.path.setToolTip(look.tip(self.tr("Where the export is written")))
        self.choose = look.FlatButton(self.tr("choose"), self.tr("Choose where to write"), "folder", self)
        self.choose.setFixedSize(28, 28)
        self.choose.clicked.connect(self.choose_asked)
        self.label = QLabel(self.tr("file"), self)
        self.label.setFont(look.sized(self.font(), look.SMALL))
        self.label.setBuddy(self.path)
        self.label.setFixedWidth(44)
        row.addWidget(self.label)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        return row

    def _action_row(self) -> QHBoxLayout:
        actions = QHBoxLayout()
        actions.setSpacing(8)
        self.note = look.Note("", self)
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(34)
        self.note.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.show_folder = self._button(
            self.tr("Show in folder"), self.tr("Open the folder the export is in")
        )
        self.copy_path = self._button(
            self.tr("Copy path"), self.tr("Copy where the export is to the clipboard")
        )
        self.cancel = self._button(self.tr("Cancel"), self.tr("Stop; nothing half-written is left"))
        self.start = self._button(
            self.tr("Start"), self.tr("Start the export; everything else goes on meanwhile")
        )
        self.start.setDefault(True)
        actions.addWidget(self.note, 1)
        for button in (self.show_folder, self.copy_path, self.cancel, self.start):
            actions.addWidget(button)
        return actions

    def _button(self, text: str, help: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(look.tip(help))
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.setFixedHeight(28)
        button.setMinimumWidth(80)
        return button

    def name_what(self, folder: bool) -> None:
        """Call what is written a folder or a file."""
        self.label.setText(self.tr("folder") if folder else self.tr("file"))

    def offer(self, done: bool) -> None:
        """Offer what can be done with a finished export."""
        self.show_folder.setVisible(done)
        self.copy_path.setVisible(done)
