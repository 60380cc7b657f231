"""The surface in three dimensions in the window: a frame while it is turned, and while it plays."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from optviz.experiment import Experiment

RACE = Experiment(
    "rosenbrock",
    [{"optimizer": name, "learning_rate": rate} for name, rate in (("adam", 0.2), ("momentum", 1.2e-3))],
    start=(-1.5, 2.0),
    steps=400,
)


def test_a_turned_surface_keeps_up_with_the_hand(benchmark, report, qtbot) -> None:
    from optviz.gui.app import application
    from optviz.gui.compile_process import kernels_for
    from optviz.gui.session import Session
    from optviz.gui.window import MainWindow

    application()
    race = RACE.replace(view=replace(RACE.view, kind="surface3d"))
    for kernel in kernels_for(race):
        assert kernel.compiled is not None
    session = Session(race)
    window = MainWindow(session, warm=False)
    qtbot.addWidget(window)
    window.resize(1920, 1080)
    window.show()
    qtbot.waitUntil(lambda: session.scene is not None, timeout=10_000)
    window.playback.pause()
    window.playback.seek(200)
    view = window.page.surface3d
    qtbot.waitUntil(lambda: not view.draft, timeout=10_000)
    turning, playing, passes = [], [], []
    for _ in range(60):
        begun = time.perf_counter()
        view.orbit(2.0, 0.1)
        view.repaint()
        turning.append(time.perf_counter() - begun)
    while view.draft:  # the picture in full is made elsewhere: the window goes on meanwhile
        begun = time.perf_counter()
        qtbot.wait(1)
        passes.append(time.perf_counter() - begun)
    for k in range(200, 260):
        window.playback.seek(k)
        begun = time.perf_counter()
        view.repaint()
        playing.append(time.perf_counter() - begun)
    benchmark.pedantic(lambda: None, rounds=1)
    window.close_unasked()
    report("a frame while it plays and the camera stands, ms", statistics.median(playing) * 1e3, 16)
    report("longest the window waits while the picture in full is made, ms", max(passes) * 1e3, 50)
    report("turned → painted at 1920 × 1080, ms", statistics.median(turning) * 1e3, 16)
