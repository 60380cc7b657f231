"""The Maps page: how soon a moved slider is a repainted map, and how soon the next frame of one is."""

from __future__ import annotations

import statistics
import time

from optviz.experiment import Experiment

BASIN = Experiment(
    "himmelblau",
    [{"optimizer": "adam", "learning_rate": 0.2}, {"optimizer": "momentum", "learning_rate": 0.01}],
    steps=200,
    start=(-0.5, -1.0),
    map={"kind": "basin", "size": [256, 256]},
)
LOSS = BASIN.replace(map={"kind": "loss", "size": [256, 256]})


def _window(qtbot, experiment):
    from optviz.gui.app import application
    from optviz.gui.compile_process import faster_kernels_for, kernels_for
    from optviz.gui.maps.session import MapSession
    from optviz.gui.window import MainWindow

    application()
    for kernel in [*kernels_for(experiment), *faster_kernels_for(experiment)]:
        assert kernel.compiled is not None
    window = MainWindow(MapSession(experiment), warm=False)
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    session = window.session
    qtbot.waitUntil(lambda: session.complete and not session.computing, timeout=60_000)
    window.playback.pause()
    return window


def _repainted(window, rate, painted):
    """Move the slider and return the seconds until the map of that rate has been painted, events and all."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    session, application = window.session, QApplication.instance()
    painted.clear()
    begun = time.perf_counter()
    card = window.page.controls.entrants.cards[0]
    card.slider.value_moved.emit(rate)
    while True:
        # Asleep between events, as the window is: a loop that spins would hold the interpreter's lock.
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        scene = session.map_scene
        if painted and scene.experiment.entrants[0].learning_rate == rate and session.complete:
            return time.perf_counter() - begun


def _measured(window, count=60):
    from optviz.gui.maps.view import MapView

    painted = []
    view: MapView = window.page.view
    session = window.session
    current = lambda: painted.append(1) if session.complete and not session._timer.isActive() else None  # noqa: E731
    view.painted.connect(current)
    times = [_repainted(window, 0.2 * 1.004**i, painted) for i in range(1, count)]
    view.painted.disconnect(current)
    return 1e3 * statistics.median(times[10:])


def test_a_moved_slider_is_a_repainted_map(benchmark, report, qtbot) -> None:
    window = _window(qtbot, BASIN)
    window.playback.seek(200)
    median = _measured(window)
    benchmark.pedantic(lambda: None, rounds=1)
    window.session.undo_stack.setClean()
    window.close_unasked()
    report("slider moved → 256 × 256 × 200-step map repainted, 1280 × 720, ms", median, 33)


def test_a_map_of_losses_plays(benchmark, report, qtbot) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    window = _window(qtbot, LOSS)
    times = []
    for frame in range(200):
        begun = time.perf_counter()
        window.playback.seek(frame)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)
        QCoreApplication.processEvents()
        times.append(time.perf_counter() - begun)
    benchmark.pedantic(lambda: None, rounds=1)
    window.close_unasked()
    report("next frame of a 256 × 256 map of losses, ms", 1e3 * statistics.median(times[10:]), 33)
