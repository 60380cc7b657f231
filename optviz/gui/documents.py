"""Opening, saving and leaving files: experiments, trainings, and the folders trainings left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from optviz.errors import InputError
from optviz.gui.background import Background
from optviz.gui.document import Document
from optviz.gui.recent import Memory
from optviz.opening import Opened, read, run_folder
from optviz.problem import Stop


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
    busy_changed(str)
        A run folder is being read or copied behind the window; empty when that has ended.
    """

    opened = Signal()
    busy_changed = Signal(str)

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
        # The newest folder to be read replaces the one before; copies are not called off by it.
        self._reader, self._writer = Background(self), Background(self)
        self._reader.delivered.connect(self._take_read)
        self._writer.delivered.connect(self._take_saved)
        for worker, text in ((self._reader, self.tr("Opening…")), (self._writer, self.tr("Saving the run…"))):
            worker.failed.connect(report)
            worker.busy_changed.connect(lambda busy, text=text: self.busy_changed.emit(text if busy else ""))

    _asked_about = ""  # what the question is about, where it is not what is shown

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
            self._window, self.tr("Open an experiment, a training, or an exported file"),
            str(self.memory.folder), self._readable(),
        )  # fmt: skip
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
        """Open a file; a wrong one is reported and changes nothing.

        A run folder is read behind the window: then True says only that it is one.
        """
        try:
            folder = run_folder(path)
        except InputError as error:
            self._report(str(error))
            return False
        if folder is not None:
            self.read_run(path)
            return True
        self._reader.cancel()
        if not self._load(path, path):
            return False
        self.memory.add_recent(path)
        return True

    def read_run(self, path: Path, then: Callable[[Opened], object] | None = None) -> None:
        """Read a run folder behind the window, and open it; with `then` only that is told, of no error."""

        def job(stop: Stop) -> Iterator[object]:
            try:
                opened = read(path)
            except InputError:
                if then is None:
                    raise
                return
            yield path, opened, then

        self._reader.start(job)

    def _take_read(self, found: tuple[Path, Opened, Callable[[Opened], object] | None]) -> None:
        path, opened, then = found
        if then is not None:
            then(opened)
            return
        self.take(opened, path)
        self.memory.add_recent(path)

    def close(self) -> None:
        """End what runs behind the window; a copy that is being made is finished first."""
        self._reader.close()
        self._writer.close()

    def open_preset(self, path: Path) -> None:
        """Open what comes with optviz; saving it asks where to."""
        self._reader.cancel()
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
        """Go over to what was read, on the page it belongs on.

        An exported file is not the value's own: saving asks where to.
        """
        session = self._place(opened.value)
        session.take(opened, path if opened.export is None else None)
        session.exported = opened.export
        self.opened.emit()

    def save(self) -> bool:
        """Save under the file's own name, or ask for one."""
        if not self._settled():
            return False
        return self.save_to(self.session.path) if self.session.path is not None else self.save_as()

    def _settled(self) -> bool:
        """Have what is being typed taken; what cannot be is reported, before a file is asked for."""
        try:
            self.session.settle()
        except InputError as error:
            self._report(str(error))
            return False
        return True

    def save_as(self) -> bool:
        if not self._settled():
            return False
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
        return bool(name) and self.save_run(Path(name))

    def save_run(self, folder: Path) -> bool:
        """Copy the run folder that is shown, behind the window; False where there is none to copy."""
        session = self.session
        try:
            source = session.run_to_save(folder)
        except InputError as error:
            self._report(str(error))
            return False

        def job(stop: Stop) -> Iterator[object]:
            from optviz.gui.train.copies import copy_run

            copy_run(source, folder)
            yield session, source, folder

        self._writer.start(job)
        return True

    def _take_saved(self, done: tuple[Document, Path, Path]) -> None:
        session, source, folder = done
        session.run_saved(source, folder)
        self.memory.set("run_folder", str(folder.parent))
        self.memory.add_recent(folder)

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
        return self.tr("Experiments, trainings and lessons (*.toml);;All files (*)")

    def _readable(self) -> str:
        from optviz.provenance.options import KINDS

        exported = " ".join(f"*.{kind}" for kind in KINDS)
        every = self.tr("All that optviz opens (*.toml {kinds})").format(kinds=exported)
        return f"{every};;{self._filter()}"

    def may_leave(self) -> bool:
        """Ask what to do with unsaved work on the page that is shown, if there is any; False stays.

        Opening something else asks nothing, for that can be undone; what was left unsaved for it is asked
        about here. Nothing is touched before the answer, and nothing at all by "Cancel".
        """
        session = self.session
        if session.unsaved:
            answer = self.ask_unsaved()
            if answer == QMessageBox.StandardButton.Save:
                if not self.save():
                    return False
            elif answer != QMessageBox.StandardButton.Discard:
                return False
        if session.left is None:
            return True
        self._asked_about = session.name_of(session.left[0])
        try:
            answer = self.ask_unsaved()
        finally:
            self._asked_about = ""
        if answer == QMessageBox.StandardButton.Save:
            return self._save_left()
        return answer == QMessageBox.StandardButton.Discard

    def _save_left(self) -> bool:
        """Save what was left for another file, under its own name or one that is asked for."""
        session = self.session
        assert session.left is not None
        value, path = session.left
        if path is None:
            suggested = self.memory.folder / f"{file_name(session.name_of(value))}.toml"
            name, _ = QFileDialog.getSaveFileName(
                self._window, self.tr("Save as"), str(suggested), self._filter()
            )
            if not name:
                return False
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".toml")
        try:
            session.save_left(path)
        except InputError as error:
            self._report(str(error))
            return False
        self.memory.add_recent(path)
        return True

    def ask_unsaved(self) -> QMessageBox.StandardButton:
        """Ask the one question of this program."""
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Unsaved changes"))
        name = self._asked_about or self.name
        box.setText(self.tr("Save changes to “{name}” before closing?").format(name=name))
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
