"""A window on a map whose kernels are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_for
from optviz.gui.maps.session import MapSession
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow
from optviz.maps.build import kernels_of_map


def experiment_of(**setting: Any) -> Experiment:
    """Return a small race on Himmelblau with a map."""
    return Experiment(
        surface="himmelblau",
        title="Basins",
        start=(-0.5, -1.0),
        steps=80,
        entrants=(
            {"optimizer": "adam", "learning_rate": 0.2},
            {"optimizer": "momentum", "learning_rate": 0.01},
        ),  # type: ignore[arg-type]
        map={"kind": "basin", "size": [32, 24], **setting},  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def basin() -> Experiment:
    """Adam's basins, whose general kernels are ready."""
    experiment = experiment_of()
    for kernel in [*kernels_for(experiment), *kernels_of_map(experiment_of(kind="difference"))[0]]:
        assert kernel.compiled is not None
    return experiment


@pytest.fixture
def make_map(qtbot: Any, basin: Experiment) -> Iterator[Callable[..., MainWindow]]:
    made: list[MainWindow] = []

    def make(experiment: Experiment | None = None, **setting: Any) -> MainWindow:
        window = MainWindow(MapSession(experiment or experiment_of(**setting)), Memory(), warm=False)
        made.append(window)
        window.compiler.request_faster = lambda experiment: None  # type: ignore[method-assign]
        window.page.session.faster_wanted.disconnect()
        window.resize(1280, 720)
        window.show()
        qtbot.waitExposed(window)
        settled(qtbot, window)
        window.playback.pause()
        window.playback.seek(0)
        return window

    yield make
    for window in made:
        window.close_unasked()
        window.deleteLater()


def settled(qtbot: Any, window: MainWindow) -> None:
    """Wait until the map on the screen is that of the experiment, in full."""
    session = window.session
    qtbot.waitUntil(
        lambda: session.complete and not session.computing and not session._timer.isActive(), timeout=20_000
    )
