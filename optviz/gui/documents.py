"""Opening, saving and leaving experiment files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.recent import Memory
from optviz.gui.session import Session


class Documents(QObject):
    """The file side of a window.

    Parameters
    ----------
    place
        Given an experiment, shows the page it belongs on and returns that page's session.
    current
        Returns the session of the page that is shown.
    report
        Called with an error, in one line.

    Signals
    -------
    opened()
        Another experiment was opened, from a file or a preset.
    """

    opened = Signal()

    def __init__(
        self,
        place: Callable[[Experiment], Session],
        current: Callable[[], Session],
        memory: Memory,
        report: Callable[[str], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._place, self._current = place, current
        self.memory, self._report, self._window = memory, report, window

    @property
    def session(self) -> Session:
        """The session of the page that is shown."""
        return self._current()

    @property
    def name(self) -> str:
        """What is open, for titles and dialogs."""
        experiment = self.session.experiment
        return experiment.title or experiment.surface_name

    def ask_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open an experiment"), str(self.memory.folder), self._filter()
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a file; a wrong one is reported and changes nothing."""
        if not self._load(path, path):
            return False
        self.memory.add_recent(path)
        return True

    def open_preset(self, path: Path) -> None:
        """Open an experiment that comes with optviz; saving it asks where to."""
        self._load(path, None)

    def _load(self, path: Path, name: Path | None) -> bool:
        try:
            experiment = Experiment.load(path)
        except InputError as error:
            self._report(str(error))
            return False
        self._place(experiment).open(experiment, name)
        self.opened.emit()
        return True

    def save(self) -> bool:
        """Save under the file's own name, or ask for one."""
        return self.save_to(self.session.path) if self.session.path is not None else self.save_as()

    def save_as(self) -> bool:
        suggested = self.session.path or self.memory.folder / f"{file_name(self.name)}.toml"
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save the experiment"), str(suggested), self._filter()
        )
        if not name:
            return False
        path = Path(name)
        return self.save_to(path if path.suffix else path.with_suffix(".toml"))

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
        return self.tr("Experiments (*.toml);;All files (*)")

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
