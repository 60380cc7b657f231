"""A window for each test, settings in a folder of its own, and a check that nothing outlives the test."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.recent import Memory
from optviz.gui.session import Session
from optviz.gui.window import MainWindow
from optviz.simulate import kernels_of


def children() -> set[int]:
    """Return the ids of this process's living child processes."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found |= {int(pid) for pid in (task / "children").read_text().split()}
        except OSError:
            continue
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTVIZ_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test after which a window, a thread or a process is left."""
    theme.apply_theme(qapp, "light")
    windows, threads, processes = set(qapp.topLevelWidgets()), set(threading.enumerate()), children()
    yield
    for _ in range(3):
        qapp.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [w for w in qapp.topLevelWidgets() if w not in windows and w.isVisible()]
    assert not left, f"windows left open: {left}"
    # The pools that raster surfaces are made once and kept.
    kept = ("core", "raster", "optviz height field", "Dummy")
    more = [t for t in set(threading.enumerate()) - threads if not t.name.startswith(kept)]
    assert not more, f"threads left running: {more}"
    assert not {pid for pid in children() - processes if alive(pid)}, "a process is left running"


@pytest.fixture(scope="session")
def race() -> Experiment:
    """A small race whose kernels are ready."""
    experiment = Experiment(
        surface="rosenbrock",
        title="Race",
        start=(-1.0, 1.5),
        steps=60,
        entrants=({"optimizer": "gd", "learning_rate": 0.001}, {"optimizer": "adam", "learning_rate": 0.1}),  # type: ignore[arg-type]
    )
    from optviz.gui.compile_process import kernels_for

    for kernel in kernels_for(experiment):
        assert kernel.compiled is not None
    assert all(kernel.ready for kernel in kernels_of(experiment))
    return experiment


@pytest.fixture
def make_window(qtbot) -> Iterator[Callable[[Experiment], MainWindow]]:  # type: ignore[no-untyped-def]
    made: list[MainWindow] = []

    def make(experiment: Experiment) -> MainWindow:
        window = MainWindow(Session(experiment), Memory(), warm=False)
        made.append(window)
        window.resize(1280, 720)
        window.show()
        qtbot.waitExposed(window)
        if window.session.scene is not None:
            window.playback.pause()
            window.playback.seek(0)
        return window

    yield make
    for window in made:
        window.close_unasked()
        window.deleteLater()


@pytest.fixture
def window(make_window, race) -> MainWindow:  # type: ignore[no-untyped-def]
    result: MainWindow = make_window(race)
    result.activateWindow()
    result.surface.setFocus()
    return result
