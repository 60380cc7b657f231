"""Slow surfaces: computed behind the window in stages, called off at once, never in the window's thread."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from optviz import problem as problem_module
from optviz.backdrop import backdrop
from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_for
from optviz.problem import Problem
from optviz.surfaces import SURFACES

GRID = 51


class Patience:
    """How long posing takes, and what has been asked for in which thread."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.posed: list[threading.Thread] = []
        self.known: dict[tuple[object, ...], object] = {}


@pytest.fixture
def patience(monkeypatch) -> Patience:
    """A surface that is as slow as one likes: one neuron that is trained, so to say, whenever it is posed."""
    made = Patience()
    neuron = SURFACES["neuron"]
    assert neuron.model is not None
    usual = neuron.model.pose

    def pose(coefficients, choices):
        key = (*sorted(coefficients.items()), *sorted(choices.items()))
        if key not in made.known:
            made.posed.append(threading.current_thread())
            until = time.monotonic() + made.seconds
            from optviz.networks.training import calling_off

            while time.monotonic() < until:
                calling_off.get()()
                time.sleep(0.005)
            made.known[key] = usual(coefficients, choices)
        return made.known[key]

    model = replace(neuron.model, slow=True, grid=GRID, pose=pose)
    monkeypatch.setitem(SURFACES._entries, "patient", replace(neuron, id="patient", model=model))
    for kernel in kernels_for(experiment()):
        assert kernel.compiled is not None
    return made


def experiment(**changes) -> Experiment:
    return Experiment(
        surface="patient",
        steps=40,
        entrants=({"optimizer": "gd", "learning_rate": 1.0}, {"optimizer": "adam", "learning_rate": 0.1}),
        **changes,
    )


@pytest.fixture
def slow(make_window, patience, qtbot):
    patience.seconds = 0.2
    window = make_window(experiment())
    window.grids = []
    window.session.scene_changed.connect(lambda scene: window.grids.append(scene.problem.grid))
    return window


def finished(window):
    scene = window.session.scene
    return scene is not None and scene.problem.grid == GRID and not window.session.background.busy


def test_pictures_come_coarse_first_and_the_last_is_that_of_the_whole_grid(slow, qtbot):
    said = []
    slow.session.progress_changed.connect(said.append)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    assert slow.grids == [13, 26, GRID]
    assert any("13 × 13" in text for text in said)
    assert said[-1] == ""
    assert "Drawing" not in slow.transport.status.full
    sight = slow.surface.sight_of(slow.session.experiment)
    problem = slow.session.scene.problem
    shown = backdrop(problem, *sight[:4], sight.theme, company=(problem,))
    fresh = Problem.of(experiment())
    direct = backdrop(fresh, *sight[:4], sight.theme)
    assert (shown.rgb == direct.rgb).all()
    run = slow.session.scene.run.entrants[0]
    x, y = run.path[-1]
    assert run.loss[-1] == pytest.approx(float(fresh.loss(x, y)), rel=1e-12)


def test_nothing_slow_is_done_on_the_window_s_thread(slow, patience, monkeypatch, qtbot):
    computed = []
    usual = problem_module.shared

    def shared(work, rows, size):
        if rows > 10:  # a picture, and not the loss at a few points
            computed.append(threading.current_thread())
        usual(work, rows, size)

    monkeypatch.setattr(problem_module, "shared", shared)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    slow.surface.zoom(1.5)
    slow.resize(1200, 760)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: finished(slow) and slow.session.ready_for(*drawn_now(slow)), timeout=20_000)
    slow.surface.readout(0.5, 0.5)
    slow.plots.choose("gradient_norm")
    qtbot.wait(50)
    assert computed
    assert threading.main_thread() not in computed
    assert threading.main_thread() not in patience.posed
    assert len(patience.posed) == 1


def drawn_now(window):
    sight = window.surface.sight_of(window.session.experiment)
    return [(sight.xlim, sight.ylim)]


@pytest.mark.alone
def test_the_window_stays_smooth_meanwhile(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    slow.playback.pause()
    patience.seconds = 0.6
    ticks = []
    clock = QTimer()
    clock.setInterval(5)
    clock.timeout.connect(lambda: ticks.append(time.monotonic()))
    clock.start()
    slow.session.change("Seed", coefficients={**slow.session.experiment.coefficients, "seed": 5})
    qtbot.wait(50)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    clock.stop()
    gaps = np.diff(ticks)
    assert ticks[-1] - ticks[0] > 0.5
    assert np.quantile(gaps, 0.9) < 0.05
    assert gaps.max() < 0.5


def test_of_many_edits_only_the_last_is_computed(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    patience.posed.clear()
    patience.seconds = 0.3
    slow.grids.clear()
    scenes = []
    slow.session.scene_changed.connect(scenes.append)
    for seed in range(1, 9):
        slow.session.change(
            "Seed", "seed", coefficients={**slow.session.experiment.coefficients, "seed": seed}
        )
        qtbot.wait(30)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    assert {scene.experiment.coefficients["seed"] for scene in scenes} == {8}
    assert slow.grids == [13, 26, GRID]


def test_looking_around_keeps_the_race_and_veils_nothing(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    run, waited = slow.session.scene.run, []
    slow.session.waiting_changed.connect(waited.append)
    slow.surface.pan(40, 10)
    qtbot.wait(60)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    assert not waited
    assert len(patience.posed) == 1
    assert all(a is b for a, b in zip(run.entrants, slow.session.scene.run.entrants, strict=True))


@pytest.mark.alone
def test_closing_while_it_trains_ends_at_once(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    patience.seconds = 30.0
    slow.session.change("Seed", coefficients={**slow.session.experiment.coefficients, "seed": 6})
    qtbot.waitUntil(lambda: len(patience.posed) == 2, timeout=5000)
    began = time.monotonic()
    slow.close_unasked()
    assert time.monotonic() - began < 1.0
    assert not slow.isVisible()


def test_a_quick_surface_calls_off_a_slow_one(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    patience.seconds = 30.0
    slow.session.change("Seed", coefficients={**slow.session.experiment.coefficients, "seed": 7})
    qtbot.waitUntil(lambda: len(patience.posed) == 2, timeout=5000)
    slow.session.change("Surface", surface="sphere")
    slow.session.compute()
    qtbot.waitUntil(lambda: slow.session.scene.problem.surface.id == "sphere", timeout=5000)
    assert not slow.session.background.busy
    assert not slow.session.waiting
    qtbot.wait(100)
    assert slow.session.scene.problem.surface.id == "sphere"


def test_looking_elsewhere_does_not_begin_the_training_anew(slow, patience, qtbot):
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    patience.posed.clear()
    patience.seconds = 0.5
    slow.session.change("Seed", coefficients={**slow.session.experiment.coefficients, "seed": 9})
    for _ in range(6):
        qtbot.wait(50)
        slow.surface.pan(10, 0)
    qtbot.waitUntil(lambda: finished(slow), timeout=20_000)
    assert len(patience.posed) == 1
