"""Training with everything shown: how fast, how smooth, how soon, and how much memory.

Needs the real MNIST (`OPTVIZ_DATA_DIR` or the cache). Nothing else may run: the trainer has one core, the
window the other.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer

from optviz.errors import InputError
from optviz.training.images.sources import find
from optviz.training.setting import Training

BARE = Path(__file__).with_name("bare_training.py")
CNN = Training(
    dataset="mnist", epochs=1, train_limit=20_000, batch_size=256, threads=1, device="cpu",
    entrants=[{"optimizer": "adam", "learning_rate": 0.01, "schedule": {"name": "one_cycle"}}],
)  # fmt: skip


@pytest.fixture(autouse=True)
def _mnist(tmp_path, monkeypatch) -> None:
    try:
        there = find("mnist", "") is not None
    except InputError:
        there = False
    if not there:
        pytest.skip("MNIST is not on this computer")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path / "data"))


class Window:
    """A window at its Train tab."""

    def __init__(self, qtbot, training: Training, warm: bool = True) -> None:
        from optviz.gui.app import application
        from optviz.gui.train.session import TrainSession
        from optviz.gui.window import MainWindow

        application()
        self.qtbot = qtbot
        self.session = TrainSession(training)
        self.window = MainWindow(self.session, warm=False)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 720)
        self.window.show()
        if warm:
            qtbot.waitUntil(lambda: self.session.state == "ready", timeout=60_000)

    def train(self) -> float:
        """Start, and return the seconds to the first loss point."""
        begun = time.perf_counter()
        self.session.start()
        self.qtbot.waitUntil(lambda: self.steps > 0, timeout=60_000)
        return time.perf_counter() - begun

    @property
    def steps(self) -> int:
        record = self.session.record
        return record.entrants[0].steps if record is not None else 0

    def finish(self, seconds: float = 600.0) -> None:
        self.qtbot.waitUntil(lambda: self.session.record.state == "done", timeout=round(1000 * seconds))

    def close(self) -> None:
        self.session.undo_stack.setClean()
        self.window.close_unasked()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def bare(kind: str, training: Training) -> float:
    numbers = (training.images, training.batch_size, training.threads, training.epochs)
    done = subprocess.run(
        [sys.executable, str(BARE), kind, *map(str, numbers)],
        check=True, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return float(done.stdout)


def test_images_a_second_with_everything_shown(benchmark, report, qtbot) -> None:
    """By the clock on the wall: steps, looks inside, files, drawing; all but judging the test set."""
    benchmark.pedantic(lambda: None, rounds=1)
    ours, same, plain = [], [], []
    for _ in range(4):  # in turns, for a machine is not always equally fast
        same.append(bare("network", CNN))
        plain.append(bare("sequential", CNN))
        shown = Window(qtbot, CNN)
        seen: list[tuple[float, int]] = []
        shown.session.told.connect(lambda: seen.append((time.perf_counter(), shown.steps)))  # noqa: B023
        shown.train()
        shown.finish()
        under_way = [one for one in seen if 3 <= one[1] < CNN.steps]
        (begun, first), (ended, last) = under_way[0], under_way[-1]
        ours.append((last - first) * CNN.batch_size / (ended - begun))
        shown.close()
    for name, rates in (("window", ours), ("bare, same network", same), ("bare Sequential", plain)):
        print(f"\n{name}: {', '.join(f'{rate:,.0f}' for rate in rates)} images/s")
    report("images/s, window / bare loop of the same network", max(ours) / max(same), 0.95, at_least=True)
    report("images/s, window / bare plain Sequential", max(ours) / max(plain), 0.95, at_least=True)


def test_the_window_stays_smooth_while_training(benchmark, report, qtbot) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    race = CNN.replace(
        entrants=[{"optimizer": name, "learning_rate": 0.003} for name in ("sgd", "adam", "rmsprop")],
        train_limit=12_000,
    )
    shown = Window(qtbot, race)
    shown.train()
    qtbot.wait(1000)
    ticks: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(16)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    shown.finish()
    timer.stop()
    apart = np.diff(ticks) * 1e3
    shown.close()
    print(f"\n{len(apart)} ticks: median {np.median(apart):.1f}, p95 {np.percentile(apart, 95):.1f} ms")
    report("16 ms timer while three entrants train, p99 in ms", float(np.percentile(apart, 99)), 20.0)


def test_the_first_loss_comes_soon(benchmark, report, qtbot) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    cold = []
    for _ in range(2):
        begun = time.perf_counter()
        shown = Window(qtbot, CNN, warm=False)
        shown.train()
        cold.append(time.perf_counter() - begun)
        warm = []
        for _ in range(5):
            shown.session.stop()
            qtbot.waitUntil(lambda: not shown.session.locked, timeout=10_000)  # noqa: B023
            warm.append(shown.train())
        shown.close()
    print(f"\ncold {cold}, warm {warm}")
    report("first loss point, trainer warm, s", statistics.median(warm), 0.5)
    report("first loss point, trainer cold, s", min(cold), 5.0)


def test_memory_of_the_window_over_20_epochs(benchmark, report, qtbot) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    shown = Window(qtbot, CNN.replace(train_limit=3000, epochs=20))
    shown.train()

    def used() -> float:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    sizes = []
    for epoch in range(1, 21):
        qtbot.waitUntil(lambda: shown.steps >= epoch * 12, timeout=60_000)  # noqa: B023
        qtbot.wait(100)
        sizes.append(used())
    shown.close()
    print(f"\nMB after each epoch: {', '.join(f'{size:.0f}' for size in sizes)}")
    report("window's memory after 20 epochs / after 2", sizes[-1] / sizes[1], 1.03)


def test_the_cnn_learns_mnist(benchmark, report, tmp_path) -> None:
    from optviz import resources
    from optviz.training.loop import TrainingRun

    benchmark.pedantic(lambda: None, rounds=1)
    training = Training.load(resources.training_presets()[0])
    assert (training.dataset, training.epochs, training.train_limit) == ("mnist", 3, 0)
    run = TrainingRun(training, tmp_path / "run")
    for _ in run:
        pass
    report("test accuracy of the cnn preset", run.courses[0].all_judgements[-1].accuracy, 0.99, at_least=True)
