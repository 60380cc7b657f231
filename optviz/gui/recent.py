"""What the window remembers from one start to the next: its size, theme, recent files, last folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, QSettings, Signal

MOST_RECENT = 10


def settings_file() -> Path:
    """Return where the settings are kept; `OPTVIZ_CONFIG_DIR` moves it."""
    named = os.environ.get("OPTVIZ_CONFIG_DIR")
    return Path(named or platformdirs.user_config_dir("optviz", False)) / "optviz.ini"


def runs_folder() -> Path:
    """Return the folder in which each training gets a folder of its own; `OPTVIZ_RUNS_DIR` moves it."""
    named = os.environ.get("OPTVIZ_RUNS_DIR")
    return Path(named) if named else Path(platformdirs.user_data_dir("optviz", False)) / "runs"


class Memory(QObject):
    """Settings by name. Where nothing can be written they last as long as the window."""

    recent_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = QSettings(str(settings_file()), QSettings.Format.IniFormat)

    def get(self, name: str, default: Any = None) -> Any:
        return self._settings.value(name, default)

    def set(self, name: str, value: Any) -> None:
        self._settings.setValue(name, value)

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes/no setting (an INI file holds it as text)."""
        return str(self.get(name, default)).lower() == "true"

    def sync(self) -> None:
        self._settings.sync()

    @property
    def recent(self) -> list[Path]:
        """The files opened or saved last, the newest first; those that are gone are left out."""
        value = self.get("recent", [])
        names = [value] if isinstance(value, str) else list(value or [])
        return [path for path in map(Path, map(str, names)) if path.exists()]

    def add_recent(self, path: Path) -> None:
        path = path.absolute()
        files = [path, *(other for other in self.recent if other != path)][:MOST_RECENT]
        self.set("recent", [str(file) for file in files])
        self.set("folder", str(path.parent))
        self.recent_changed.emit()

    @property
    def run_folder(self) -> Path:
        """Where run folders are: the one a training was saved in last, else where the window puts them."""
        folder = Path(str(self.get("run_folder", "") or runs_folder()))
        return folder if folder.is_dir() else self.folder

    def clear_recent(self) -> None:
        self.set("recent", [])
        self.recent_changed.emit()

    @property
    def folder(self) -> Path:
        """The folder a file was last opened from or saved to."""
        folder = Path(str(self.get("folder", "") or Path.home()))
        return folder if folder.is_dir() else Path.home()
