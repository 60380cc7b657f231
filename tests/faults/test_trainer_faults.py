"""What can go wrong with a trainer: the window lives, says so in a sentence, and can go on.

Numbers are those of the fault table.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import fake_training
import numpy as np
import pytest
from fake_training import training
from PySide6.QtCore import QCoreApplication

from optviz.gui.train import trainer as trainer_module
from optviz.gui.train.trainer import Trainer
from optviz.training.process.serve import Work
from optviz.training.setting import Training

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def tracker() -> None:
    resource_tracker.ensure_running()


@pytest.fixture
def make(qapp) -> Iterator[Callable[..., Trainer]]:
    made = []

    def make(work=fake_training.FakeWork) -> Trainer:
        trainer = Trainer(work=work)
        trainer.heard, trainer.failures, trainer.said = [], [], []
        trainer.told.connect(trainer.heard.append)
        trainer.failed.connect(lambda *a: trainer.failures.append(a))
        trainer.responding_changed.connect(lambda *a: trainer.said.append(a))
        made.append(trainer)
        return trainer

    yield make
    for trainer in made:
        began = time.monotonic()
        trainer.close()
        assert time.monotonic() - began < 2.0


@pytest.fixture
def until(qtbot):
    def wait(condition, timeout=5000):
        qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    return wait


def steps(trainer: Trainer) -> np.ndarray:
    return np.concatenate([s.news[0].points[:, 0] for s in trainer.heard])


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.alone
@pytest.mark.parametrize("step", [1, 13, 37])
def test_1_killed_while_training(make, until, tmp_path, step):
    trainer = make()
    trainer.start(training(steps=60, batch=0.002, keep=10, kill=step), tmp_path)
    began = time.monotonic()
    until(lambda: trainer.failures)
    assert time.monotonic() - began < 1.0  # the start of the process included
    assert trainer.state == "failed"
    sentence, resumable = trainer.failures[0]
    assert "SIGKILL" in sentence
    assert resumable is (step > 10)
    assert trainer.pid is None
    trainer.start(training(steps=60), tmp_path, resume=resumable)
    until(lambda: trainer.state == "ready")
    assert trainer.heard[-1].state == "done"
    assert steps(trainer)[-1] == 60
    assert len(trainer.failures) == 1


@pytest.mark.alone
def test_1_killed_from_outside_is_told_at_once(make, until, tmp_path):
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    os.kill(trainer.pid, signal.SIGKILL)
    began = time.monotonic()
    until(lambda: trainer.failures)
    assert time.monotonic() - began < 0.5


def test_1_killed_while_it_waits_is_no_news(make, until, tmp_path):
    trainer = make()
    trainer.warm()
    until(lambda: trainer.state == "ready")
    os.kill(trainer.pid, signal.SIGKILL)
    until(lambda: trainer.state == "off")
    assert not trainer.failures
    trainer.start(training(steps=5), tmp_path)
    until(lambda: trainer.state == "ready")
    assert list(steps(trainer)) == [1, 2, 3, 4, 5]


def real() -> Training:
    return Training(
        dataset="digits", epochs=4, batch_size=16, threads=1,
        model={"kind": "mlp", "hidden": [24], "dropout": 0.2},
        entrants=({"optimizer": "adam", "learning_rate": 0.003}, {"optimizer": "gd", "learning_rate": 0.1}),
    )  # fmt: skip


def test_1_what_is_resumed_is_equal_bit_for_bit(make, until, tmp_path):
    """A real training, killed and gone on with: losses and weights are those of one left alone."""
    import torch

    trainer = make(Work)
    trainer.start(real(), tmp_path / "whole")
    until(lambda: trainer.state == "ready", 30000)
    for seed in range(1):
        folder = tmp_path / f"killed{seed}"
        at = int(np.random.default_rng(seed).integers(2 * 110, 2 * 300))
        trainer.heard.clear()
        trainer.start(real(), folder)
        until(lambda at=at: trainer.heard and trainer.heard[-1].done > 16 * at, 30000)
        os.kill(trainer.pid, signal.SIGKILL)
        until(lambda: trainer.failures)
        assert trainer.failures.pop()[1] is True
        trainer.start(real(), folder, resume=True)
        until(lambda: trainer.state == "ready", 30000)
        assert not trainer.failures
        for entrant in ("entrant_0", "entrant_1"):
            one, other = (
                {
                    (line["step"], line.get("epoch")): (line.get("loss"), line.get("test_loss"))
                    for line in map(json.loads, (place / entrant / "metrics.jsonl").read_text().splitlines())
                }
                for place in (tmp_path / "whole", folder)
            )
            assert one == other
            one, other = (
                torch.load(place / entrant / "checkpoint.pt", weights_only=True)["model"]
                for place in (tmp_path / "whole", folder)
            )
            assert all(torch.equal(one[name], other[name]) for name in one)


PARENT = """
import os, sys, time
from PySide6.QtCore import QCoreApplication, QTimer
from optviz.gui.train.trainer import Trainer
import fake_training
if __name__ == "__main__":
    app = QCoreApplication([])
    trainer = Trainer(work=fake_training.FakeWork)
    seen = []
    def told(s):
        seen.extend(int(k) for k in s.news[0].points[:, 0])
        print(trainer.pid, len(seen), seen == list(range(1, len(seen) + 1)), s.state, flush=True)
    trainer.told.connect(told)
    steps, batch = (float(word) for word in sys.argv[2:])
    trainer.start(fake_training.training(steps=steps, batch=batch, look=64), sys.argv[1])
    app.exec()
"""


@pytest.fixture
def window(tmp_path):
    """A window in a process of its own that trains."""
    started = []

    def start(steps=1e6, batch=0.002):
        (tmp_path / "window.py").write_text(PARENT)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        command = [sys.executable, str(tmp_path / "window.py"), str(tmp_path), str(steps), str(batch)]
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "too late"
        time.sleep(0.01)


def test_3_the_window_is_killed(window, tmp_path):
    process = window()
    for _ in range(5):
        line = process.stdout.readline()
    pid, known = (int(word) for word in line.split()[:2])
    assert not gone(pid)
    process.kill()
    process.wait()
    began = time.monotonic()
    wait_for(lambda: gone(pid), 2.0)
    assert time.monotonic() - began < 2.0
    assert int((tmp_path / "entrant_0" / "checkpoint.pt").read_text()) >= known  # what it knew was kept


def test_3_the_window_is_killed_and_a_batch_hangs(make, window, tmp_path):
    process = window(batch=60)
    trainers: list[int] = []

    def children():
        task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        found = [int(word) for word in task.read_text().split()]
        trainers[:] = [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return trainers and (tmp_path / "entrant_0").exists()

    wait_for(children, 5.0)
    process.kill()
    process.wait()
    wait_for(lambda: gone(trainers[0]), 2.0)


@pytest.mark.parametrize(
    ("fault", "words", "kept"),
    [
        ("memory", "not enough memory", False),
        ("torch_memory", "not enough memory", False),
        ("gpu", "GPU does not answer", False),
        ("disk", "the disk is full", True),
        ("input", "no space left on device", True),
        ("bug", "ZeroDivisionError: division by zero", False),
    ],
)
def test_4_the_trainer_raises(make, until, tmp_path, fault, words, kept):
    trainer = make()
    trainer.start(training(steps=60, keep=10, **{fault: 20}), tmp_path)
    until(lambda: trainer.failures)
    sentence, resumable = trainer.failures[0]
    assert words in sentence
    assert "\n" not in sentence
    assert resumable is True
    assert trainer.state == "failed"
    assert (trainer.pid is not None) is kept
    trainer.start(training(steps=60), tmp_path, resume=True)
    until(lambda: trainer.state == "ready")
    assert steps(trainer)[-1] == 60
    assert len(trainer.failures) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_4_torch_itself_runs_out_of_memory(tmp_path):
    """What torch really says is what `reason` looks for."""
    code = (
        "import torch, resource\n"
        "from optviz.training.process.failures import reason\n"
        "try: torch.empty(1 << 50)\n"
        "except Exception as error: print(*reason(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.startswith("memory RuntimeError")
    assert done.stdout.count("\n") == 1


def test_4_torch_cannot_be_imported(make, until, tmp_path):
    trainer = make(fake_training.BrokenWork)
    trainer.start(training(steps=5), tmp_path)
    until(lambda: trainer.failures)
    assert "libtorch_cpu.so: cannot open shared object file" in trainer.failures[0][0]
    assert trainer.state == "failed"
    trainer.warm()
    until(lambda: len(trainer.failures) == 2)


@pytest.fixture
def hasty(monkeypatch):
    """5 s of silence and 3 s of patience in a tenth of the time."""
    monkeypatch.setattr(trainer_module, "SILENCE", 0.9)  # above the 0.5 s between two pulses
    monkeypatch.setattr(trainer_module, "STOP_PATIENCE", 0.3)
    monkeypatch.setattr(trainer_module, "TERMINATE_PATIENCE", 0.1)


@pytest.mark.alone
def test_5_a_batch_hangs(make, until, tmp_path, hasty):
    trainer = make()
    trainer.start(training(steps=60, keep=10, hang=20), tmp_path)
    until(lambda: trainer.said)
    assert trainer.said[0][0] is False
    assert "not responded" in trainer.said[0][1]
    assert trainer.state in ("loading", "training")
    trainer.stop()
    until(lambda: trainer.state == "failed", 700)
    assert trainer.failures == [("The trainer did not respond and was ended.", True)]
    assert trainer.responding
    trainer.start(training(steps=30), tmp_path, resume=True)
    until(lambda: trainer.state == "ready")


@pytest.mark.alone
def test_5_a_trainer_that_was_stopped(make, until, tmp_path, hasty):
    """SIGSTOP: it does not hear SIGTERM either."""
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    pid = trainer.pid
    os.kill(pid, signal.SIGSTOP)
    until(lambda: not trainer.responding)
    os.kill(pid, signal.SIGCONT)
    until(lambda: trainer.responding)
    assert [responding for responding, _ in trainer.said] == [False, True]
    os.kill(pid, signal.SIGSTOP)
    trainer.stop()
    until(lambda: trainer.state == "failed", 700)
    assert gone(pid)


@pytest.mark.alone
def test_5_idle_within_4_seconds_of_stop(make, until, tmp_path):
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    os.kill(trainer.pid, signal.SIGSTOP)
    began = time.monotonic()
    trainer.stop()
    until(lambda: trainer.state == "failed")
    assert 3.0 < time.monotonic() - began < 4.0


@pytest.mark.alone
def test_5_a_batch_that_takes_long_is_no_fault(make, until, tmp_path, hasty):
    trainer = make()
    trainer.start(training(steps=10, busy=3), tmp_path)
    until(lambda: trainer.state in ("training", "loading"))
    end = time.monotonic() + 2.0
    until(lambda: time.monotonic() > end)
    assert trainer.said == []


def test_5_closing_a_trainer_that_hangs(make, until, tmp_path):
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    pid = trainer.pid
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    trainer.close()
    assert time.monotonic() - began < 2.0
    assert gone(pid)


def resident(pid: int) -> float:
    """Return megabytes of memory in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.alone
def test_6_a_frozen_window_loses_no_point_and_the_trainer_does_not_grow(window):
    process = window(steps=2500, batch=0.001)
    for _ in range(5):
        line = process.stdout.readline()
    pid = int(line.split()[0])
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    before = resident(pid)
    time.sleep(1.5)  # some 75 snapshots of 8 kB at least, of which a few are kept
    grown = resident(pid) - before
    process.send_signal(signal.SIGCONT)
    lines = [line]
    while lines[-1].split()[3] != "done":
        lines.append(process.stdout.readline())
    assert lines[-1].split()[1:] == ["2500", "True", "done"]
    counts = [int(line.split()[1]) for line in lines]
    assert max(np.diff(counts)) > 500  # it went on training meanwhile
    assert grown < 1.0


@pytest.mark.alone
def test_6_the_window_s_own_sleep_is_not_the_trainer_s_silence(make, until, tmp_path, hasty):
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    time.sleep(1.2)  # longer than the silence that counts
    for _ in range(5):
        QCoreApplication.processEvents()
        time.sleep(0.02)
    assert trainer.said == []


@pytest.mark.parametrize("seed", range(8))
def test_31_closed_at_any_time(make, qtbot, tmp_path, seed):
    trainer = make()
    trainer.start(training(steps=300, batch=0.001), tmp_path)
    pid = trainer.pid
    qtbot.wait(int(np.random.default_rng(seed).integers(0, 700)))
    began = time.monotonic()
    trainer.close()
    assert time.monotonic() - began < 2.0
    assert gone(pid)


def test_32_ctrl_c_in_a_terminal_reaches_the_trainer_too_and_is_left_to_the_window(make, until, tmp_path):
    trainer = make()
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: trainer.heard)
    os.kill(trainer.pid, signal.SIGINT)
    os.kill(trainer.pid, signal.SIGHUP)
    count = len(trainer.heard)
    until(lambda: len(trainer.heard) > count + 5)
    assert trainer.state == "training"
    assert not trainer.failures
