"""Writes everything that was measured along an entrant's path to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from optviz import atomic
from optviz.gui.background import Background
from optviz.gui.documents import file_name
from optviz.gui.session import Session
from optviz.problem import Stop


class NumbersFile(QObject):
    """Asks where the numbers of an entrant go, and writes them behind the window.

    Signals
    -------
    written(Path)
        They are there.
    failed(str)
        They cannot be, in one line.
    """

    written = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session, self._window = session, parent
        self._background: Background | None = None

    def ask(self, entrant: int) -> None:
        """Ask for a file and write the numbers of an entrant there."""
        scene = self.session.scene
        if scene is None or not 0 <= entrant < len(scene.lines):
            self.failed.emit(self.tr("There are no numbers yet: the race is still being computed."))
            return
        folder = self.session.path.resolve().parent if self.session.path is not None else Path.home()
        stem = f"{file_name(self.session.name)}_{file_name(scene.lines[entrant].label)}"
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Export numbers"),
            str(folder / f"{stem}.csv"),
            self.tr("Comma-separated values (*.csv)"),
        )
        if name:
            path = Path(name)
            self.write(entrant, path if path.suffix else path.with_suffix(".csv"))

    def write(self, entrant: int, path: Path) -> None:
        """Write the numbers of an entrant, as it ran in the scene on show."""
        scene = self.session.scene
        assert scene is not None

        def job(stop: Stop) -> Iterator[Path]:
            from optviz.insight import encode, table

            data = encode(*table(scene.experiment, scene.run, entrant, scene.problem))
            stop.check()
            atomic.write_bytes(path, data)
            yield path

        if self._background is None:
            self._background = Background(self)
            self._background.delivered.connect(self.written)
            self._background.failed.connect(self.failed)
        self._background.start(job)

    def close_down(self) -> None:
        """End whatever runs behind the window."""
        if self._background is not None:
            self._background.close()
