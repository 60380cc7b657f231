"""Opening, saving and leaving files: experiments, trainings, and the folders trainings left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from optviz.errors import InputError
from optviz.gui.document import Document
from optviz.gui.recent import Memory
from optviz.opening import Opened, read


class Documents(QObject):
    """The file side of a window.

    Parameters
    ----------
    place
        Given an experiment or a training, shows the page it belongs on and returns that page's document.
    current
        Returns the document of the page that is shown.
    report
        Called with an error, in one line.

    Signals
    -------
    opened()
        Something else was opened, from a file, a folder or a preset.
    """

    opened = Signal()

    def __init__(
        self,
        place: Callable[[Any], Document],
        current: Callable[[], Document],
        memory: Memory,
        report: Callable[[str], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._place, self._current = place, current
        self.memory, self._report, self._window = memory, report, window

    @property
    def session(self) -> Document:
        """The document of the page that is shown."""
        return self._current()

    @property
    def name(self) -> str:
        """What is open, for titles and dialogs."""
        return self.session.name

    def ask_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open an experiment or a training"), str(self.memory.folder), self._filter()
        )
        if name:
            self.open(Path(name))

    def ask_open_run(self) -> None:
        """Ask for the folder that a training left."""
        name = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a run folder"), str(self.memory.run_folder)
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a file or a run folder; a wrong one is reported and changes nothing."""
        if not self._load(path, path):
            return False
        self.memory.add_recent(path)
        return True

    def open_preset(self, path: Path) -> None:
        """Open what comes with optviz; saving it asks where to."""
        self._load(path, None)

    def _load(self, path: Path, name: Path | None) -> bool:
        try:
            opened = read(path)
        except InputError as error:
            self._report(str(error))
            return False
        self.take(opened, name)
        return True

    def take(self, opened: Opened, path: Path | None) -> None:
        """Go over to what was read, on the page it belongs on."""
        self._place(opened.value).take(opened, path)
        self.opened.emit()

    def save(self) -> bool:
        """Save under the file's own name, or ask for one."""
        return self.save_to(self.session.path) if self.session.path is not None else self.save_as()

    def save_as(self) -> bool:
        suggested = self.session.path or self.memory.folder / f"{file_name(self.name)}.toml"
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save as"), str(suggested), self._filter()
        )
        if not name:
            return False
        path = Path(name)
        return self.save_to(path if path.suffix else path.with_suffix(".toml"))

    def save_run_as(self) -> bool:
        """Copy the run folder of the training that is shown to a place of one's own."""
        suggested = self.memory.folder / file_name(self.name)
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save the run folder as"), str(suggested))
        if not name:
            return False
        try:
            self.session.save_run(Path(name))
        except InputError as error:
            self._report(str(error))
            return False
        self.memory.set("run_folder", str(Path(name).parent))
        self.memory.add_recent(Path(name))
        return True

    def save_to(self, path: Path) -> bool:
        """Save; an error is reported and leaves what was there."""
        try:
            self.session.save(path)
        except InputError as error:
            self._report(str(error))
            return False
        self.memory.add_recent(path)
        return True

    def _filter(self) -> str:
        return self.tr("Experiments and trainings (*.toml);;All files (*)")

    def may_leave(self) -> bool:
        """Ask what to do with unsaved work on the page that is shown, if there is any; False stays.

        Opening something else asks nothing, for that can be undone; what was left unsaved for it is asked
        about here, by going back to it.
        """
        if not self.session.unsaved:
            if self.session.left is None:
                return True
            self.session.open(*self.session.left)
            self.session.left = None
        answer = self.ask_unsaved()
        if answer == QMessageBox.StandardButton.Save:
            return self.save()
        return answer == QMessageBox.StandardButton.Discard

    def ask_unsaved(self) -> QMessageBox.StandardButton:
        """Ask the one question of this program."""
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Unsaved changes"))
        box.setText(self.tr("Save changes to “{name}” before closing?").format(name=self.name))
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        texts = {
            buttons.Save: self.tr("Save"),
            buttons.Discard: self.tr("Discard"),
            buttons.Cancel: self.tr("Cancel"),
        }
        for which, text in texts.items():
            box.button(which).setText(text)
            box.button(which).setIcon(QIcon())
            box.button(which).setAccessibleName(text)
        answer = box.exec()
        box.deleteLater()
        return QMessageBox.StandardButton(answer)


def file_name(title: str) -> str:
    """Return a title as the stem of a file name."""
    words = "".join(c.lower() if c.isalnum() else " " for c in title).split()
    name = ""
    for word in words:
        if len(name) + 1 + len(word) > 60:
            break
        name = f"{name}_{word}" if name else word
    return name or "experiment"
