"""The shortcut sheet and "About"."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

import optviz
from optviz.gui.actions import COMMANDS, EDIT, FILE, HELP, PLAY, TRAIN, VIEW, Command, translated

_THREE_COLUMNS = 1240  # pixels of a screen
_TITLE_BAR = 48  # pixels left free of the screen's height for the frame of the window


def keys_of(command: Command) -> str:
    """Return a command's keys as a person of this platform reads them."""
    native = QKeySequence.SequenceFormat.NativeText
    # A platform may also know a key like "Undo" or F14, which few keyboards have.
    named = [QKeySequence(key) for key in command.keys if isinstance(key, str)]
    keys = dict.fromkeys(sequence.toString(native) for sequence in [*command.shortcuts()[:1], *named])
    return "  ".join(_arrows(key) for key in keys)


def _arrows(key: str) -> str:
    for name, sign in (("Left", "←"), ("Right", "→"), ("Up", "↑"), ("Down", "↓")):
        key = key.replace(name, sign)
    return key


class _Sheet(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self._scroll)
        self.body = QWidget(self._scroll)
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(24, 24, 24, 16)
        self.column.setSpacing(16)

    def finish(self) -> QDialogButtonBox:
        """Put the button below what scrolls, and make the sheet as large as it needs and may be."""
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        box.setContentsMargins(24, 8, 24, 16)
        button = box.button(QDialogButtonBox.StandardButton.Close)
        button.setText(self.tr("Close"))
        button.setIcon(QIcon())
        button.setAccessibleName(self.tr("Close"))
        button.setToolTip(self.tr("Close this sheet (Esc)"))
        box.rejected.connect(self.close)
        self.column.addStretch(1)
        self._scroll.setWidget(self.body)
        outer = self.layout()
        assert outer is not None
        outer.addWidget(box)
        button.setFocus()
        free = self.screen().availableSize()
        need, foot = self.body.sizeHint(), box.sizeHint().height()
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        height = min(need.height() + foot, free.height() - _TITLE_BAR)
        self.resize(min(need.width() + bar, free.width()), height)
        return box

    def text(self, text: str, name: str = "") -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label


class ShortcutSheet(_Sheet):
    """Every key of the window and of the presenter, by what it is for."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.column.setContentsMargins(24, 16, 24, 8)  # there are many, and a small screen shows them all
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(1)
        # A screen too narrow for three columns gets two that scroll.
        third = 6 if self.screen().availableSize().width() >= _THREE_COLUMNS else 3
        for space in (2, 5):
            grid.setColumnMinimumWidth(space, 8)
        rows = {0: 0, 3: 0, 6: 0}
        for group, column in ((PLAY, 0), (VIEW, 0), (FILE, 3), (EDIT, 3), (TRAIN, 3), (HELP, 3)):
            listed = [
                (translated(c.text).rstrip("…"), keys_of(c)) for c in COMMANDS if c.group == group and c.keys
            ]
            if group == TRAIN:
                listed += self._of_a_training()
            self._group(grid, translated(group), listed, column, rows)
        self._group(grid, self.tr("Learn"), self._of_a_lesson(), 3, rows)
        self._group(grid, self.tr("Everywhere"), self._everywhere(), 3, rows)
        self._group(grid, self.tr("The surface, in focus"), self._of_the_surface(), third, rows)
        self._group(grid, self.tr("A map, in focus"), self._of_a_map(), third, rows)
        self._group(grid, self.tr("The surface in 3-D, in focus"), self._of_the_solid(), third, rows)
        # What is left goes where most room is.
        for title, listed in (
            (self.tr("While presenting"), self._of_the_presenter()),
            (self.tr("Step by step, in focus"), self._of_an_update()),
        ):
            shortest = min((0, 3, third), key=lambda column: rows[column])
            self._group(grid, title, listed, shortest, rows)
        self.column.addLayout(grid)
        note = self.text(
            self.tr(
                "A text field keeps all of these keys to itself. A slider or a list that has the focus "
                "keeps the arrow keys, Home and End."
            ),
            "muted",
        )
        self.column.addWidget(note)
        self.finish()

    def _of_the_surface(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Zoom"), self.tr("+  −  wheel")),
            (self.tr("Move the view"), self.tr("Ctrl+←→↑↓  right button")),
            (self.tr("Show the whole surface"), self.tr("double click")),
            (self.tr("Start the race here"), self.tr("click, drag")),
        ]

    def _of_a_map(self) -> list[tuple[str, str]]:
        return [
            (self.tr("The race of a point"), self.tr("click, drag")),
            (self.tr("Put the cursor down, take its race"), self.tr("Enter")),
            (self.tr("Move the cursor, by ten points"), self.tr("←→↑↓  Shift+←→↑↓")),
            (self.tr("End the cursor, stop the map"), "Esc"),
        ]

    def _of_the_solid(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Look around"), self.tr("Ctrl+←→↑↓  drag")),
            (self.tr("Move the picture"), self.tr("Ctrl+Shift+←→↑↓  right button")),
            (self.tr("Zoom"), self.tr("+  −  wheel")),
            (self.tr("The usual camera"), self.tr("Shift+Home  double click")),
            (self.tr("Start the race here"), self.tr("click")),
            (self.tr("Move the start"), self.tr("drag it")),
            (self.tr("Close the panel of the camera"), "Esc"),
        ]

    def _of_the_presenter(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Next"), self.tr("Page Down  → ↓  Enter  click")),
            (self.tr("Previous"), self.tr("Page Up  ← ↑")),
            (self.tr("Play and pause"), self.tr("Space")),
            (self.tr("First and last step"), self.tr("Home  End")),
            (self.tr("Play faster, slower"), "+  −"),
            (self.tr("Black screen, white screen"), "B  W"),
            (self.tr("Put an entrant into the light"), "1 … 9"),
            (self.tr("All entrants again"), "0"),
            (self.tr("Other colours"), "T"),
            (self.tr("End"), "Esc"),
        ]

    def _of_a_lesson(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Next and previous step of a lesson"), self.tr("Page Down  Page Up")),
            (self.tr("Move the mark of a prediction"), "←→↑↓"),
        ]

    def _of_an_update(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Tell the next part, take one back"), "↓  ↑"),
            (self.tr("Tell all of it, and pause"), self.tr("Enter")),
            (self.tr("Next step"), self.tr("Page Down")),
            (self.tr("Back to the curves"), "Esc"),
        ]

    def _of_a_training(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Enlarge a plot, and back"), self.tr("click, Esc")),
            (self.tr("Export a plot"), self.tr("right button")),
            (self.tr("Enlarge the next plot"), self.tr("Enter")),
            (self.tr("Pad: move the pen, put it down"), self.tr("←→↑↓  Enter")),
            (self.tr("Pad: pen or eraser, clear"), self.tr("E  Del")),
        ]

    def _everywhere(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Next and previous control"), "Tab  Shift+Tab"),
            (self.tr("Press the button in focus"), self.tr("Enter")),
        ]

    def _group(
        self, grid: QGridLayout, title: str, listed: list[tuple[str, str]], column: int, rows: dict[int, int]
    ) -> None:
        if rows[column]:
            grid.setRowMinimumHeight(rows[column], 8)
            rows[column] += 1
        heading = self.text(title, "muted")
        grid.addWidget(heading, rows[column], column, 1, 2)
        for text, keys in listed:
            rows[column] += 1
            grid.addWidget(self.text(text), rows[column], column)
            grid.addWidget(self.text(keys), rows[column], column + 1, Qt.AlignmentFlag.AlignRight)
        rows[column] += 1


class About(_Sheet):
    """What this is, and the versions a report of a fault needs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About optviz"))
        self.column.addWidget(self.text("optviz", "large"))
        self.column.addWidget(
            self.text(self.tr("See optimizers race, loss surfaces bend, and networks learn."), "muted")
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._facts = {self.tr("Licence"): "MIT", **self.versions()}
        for row, (name, value) in enumerate(self._facts.items()):
            text = self.text(value)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(self.text(name, "muted"), row, 0)
            grid.addWidget(text, row, 1)
        self.column.addLayout(grid)
        copy = self.finish().addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAccessibleName(self.tr("Copy"))
        copy.setToolTip(self.tr("Copy these lines, for a report of a fault"))
        copy.clicked.connect(self.copy)

    def copy(self) -> None:
        """Put all of it on the clipboard, a fact a line."""
        lines = [f"{name}: {value}" for name, value in self._facts.items()]
        QApplication.clipboard().setText("\n".join(lines))

    @staticmethod
    def versions() -> dict[str, str]:
        """Return the versions of optviz and of what it stands on."""
        found = {"optviz": optviz.__version__, "Python": platform.python_version(), "Qt": qVersion()}
        for name, package in (
            ("PySide", "PySide6-Essentials"),
            ("numba", "numba"),
            ("numpy", "numpy"),
            ("torch", "torch"),
        ):
            try:
                found[name] = metadata.version(package)
            except metadata.PackageNotFoundError:
                found[name] = "?"
        return found
