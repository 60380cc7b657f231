"""The window's side of the trainer process: what it asks, hears and never waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import fake_training
import numpy as np
import pytest
from fake_training import training
from PySide6.QtCore import QTimer

from optviz.gui.train.trainer import Trainer
from optviz.training import folder
from optviz.training.record import Record
from optviz.training.setting import Training

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def tracker() -> None:
    """Start Python's tracker of semaphores, before processes are counted."""
    resource_tracker.ensure_running()


class Heard:
    """Everything a trainer tells."""

    def __init__(self, trainer: Trainer) -> None:
        self.states, self.openings, self.snapshots = [], [], []
        self.progress, self.failures, self.predictions = [], [], []
        self.fetched, self.not_fetched, self.responding = [], [], []
        trainer.state_changed.connect(self.states.append)
        trainer.opened.connect(self.openings.append)
        trainer.told.connect(self.snapshots.append)
        trainer.progress.connect(lambda *a: self.progress.append(a))
        trainer.failed.connect(lambda *a: self.failures.append(a))
        trainer.predicted.connect(lambda *a: self.predictions.append(a))
        trainer.fetched.connect(self.fetched.append)
        trainer.fetch_failed.connect(self.not_fetched.append)
        trainer.responding_changed.connect(lambda *a: self.responding.append(a))

    @property
    def steps(self) -> np.ndarray:
        return np.concatenate([s.news[0].points[:, 0] for s in self.snapshots])


@pytest.fixture
def trainer(qapp) -> Iterator[Trainer]:
    made = Trainer(work=fake_training.FakeWork)
    yield made
    made.close()
    assert made.state == "off"
    assert made.pid is None


@pytest.fixture
def heard(trainer) -> Heard:
    return Heard(trainer)


@pytest.fixture
def until(qtbot):
    def wait(condition, timeout=5000):
        qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    return wait


def test_a_training_from_warm_to_done(trainer, heard, until, tmp_path):
    trainer.warm()
    assert trainer.state == "warming"
    until(lambda: trainer.state == "ready")
    trainer.start(training(steps=200, batch=0.001), tmp_path)
    assert trainer.state == "loading"
    until(lambda: trainer.state == "ready")
    assert heard.states == ["warming", "ready", "loading", "training", "ready"]
    assert heard.openings[0].pid == trainer.pid != os.getpid()
    assert heard.openings[0].training == training(steps=200, batch=0.001)
    assert np.array_equal(heard.steps, np.arange(1, 201))
    assert heard.snapshots[-1].state == "done"
    assert not heard.failures


def test_the_process_and_its_data_are_kept_for_the_next_training(trainer, heard, until, tmp_path):
    for name in ("a", "b"):
        trainer.start(training(steps=5), tmp_path / name)
        until(lambda: trainer.state == "ready")
    assert len({opening.pid for opening in heard.openings}) == 1
    assert [opening.loads for opening in heard.openings] == [1, 1]


def test_what_happens_before_the_first_step_is_said(trainer, heard, until, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_LOAD", "0.3")
    trainer.start(training(steps=5), tmp_path)
    until(lambda: trainer.state == "ready")
    said = dict(heard.progress)
    assert list(said) == [
        "Starting the trainer …",
        "Reading the digits …",
        "Downloading the digits …",
        "Preparing the network …",
    ]
    assert said["Downloading the digits …"] == 0.25


@pytest.mark.alone
def test_pause_and_resume(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: len(heard.snapshots) > 2)
    trainer.pause()
    assert trainer.state == "pausing"
    began = time.monotonic()
    until(lambda: trainer.state == "paused")
    assert time.monotonic() - began < 0.5
    assert (tmp_path / "entrant_0" / "checkpoint.pt").read_text() == str(int(heard.steps[-1]))
    count = len(heard.snapshots)
    time.sleep(0.2)
    assert len(heard.snapshots) == count
    number = trainer.predict(1, np.full((8, 8), 7, np.uint8))  # a paused training can be asked
    until(lambda: heard.predictions)
    assert heard.predictions[0][0] == number
    assert heard.predictions[0][1].tolist() == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0]
    trainer.resume()
    assert trainer.state == "training"
    until(lambda: len(heard.snapshots) > count + 2)
    assert np.array_equal(heard.steps, np.arange(1, len(heard.steps) + 1))


def test_pause_before_the_first_step(trainer, heard, until, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_LOAD", "0.2")
    trainer.start(training(steps=1000, batch=0.01), tmp_path)
    trainer.pause()
    until(lambda: trainer.state == "paused")
    assert len(heard.steps) == 0
    trainer.stop()
    until(lambda: trainer.state == "ready")


@pytest.mark.alone
def test_stop_keeps_a_checkpoint_and_the_next_goes_on_from_it(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: len(heard.snapshots) > 2)
    began = time.monotonic()
    trainer.stop()
    assert trainer.state == "stopping"
    until(lambda: trainer.state == "ready")
    assert time.monotonic() - began < 0.5
    assert heard.snapshots[-1].state == "stopped"
    count = len(heard.steps)
    trainer.start(training(steps=count + 50), tmp_path, resume=True)
    until(lambda: trainer.state == "ready")
    assert np.array_equal(heard.steps, np.arange(1, count + 51))


@pytest.mark.alone
def test_stop_while_data_are_read(trainer, heard, until, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_LOAD", "30")
    trainer.start(training(steps=10), tmp_path)
    until(lambda: any("Downloading" in text for text, _ in heard.progress))
    trainer.stop()
    until(lambda: trainer.state == "ready", 500)
    assert not heard.failures
    assert not heard.openings


def test_start_while_training_stops_that_first(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.002), tmp_path / "a")
    until(lambda: len(heard.snapshots) > 1)
    trainer.start(training(steps=30), tmp_path / "b")
    until(lambda: trainer.state == "ready" and len(heard.openings) == 2)
    assert (tmp_path / "a" / "entrant_0" / "checkpoint.pt").exists()
    assert (tmp_path / "b" / "entrant_0" / "checkpoint.pt").read_text() == "30"
    assert heard.states.count("stopping") == 1


def test_a_stop_that_comes_too_late_does_not_end_the_next(trainer, heard, until, tmp_path, qtbot):
    trainer.warm()
    until(lambda: trainer.state == "ready")
    trainer.start(training(steps=1), tmp_path / "a")
    time.sleep(0.3)  # it is done by now, and this window has not heard of it
    trainer.stop()
    until(lambda: trainer.state == "ready")
    trainer.start(training(steps=50, batch=0.001), tmp_path / "b")
    until(lambda: trainer.state == "ready")
    assert heard.snapshots[-1].state == "done"


@pytest.mark.alone
def test_the_newest_question_wins(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.05), tmp_path)
    until(lambda: len(heard.snapshots) > 1)
    numbers = [trainer.predict(0, np.full((8, 8), i % 10, np.uint8)) for i in range(25)]
    until(lambda: heard.predictions and heard.predictions[-1][0] == numbers[-1], 1000)
    assert [number for number, _ in heard.predictions] == [numbers[0], numbers[-1]]
    assert heard.predictions[-1][1].argmax() == 4


@pytest.mark.alone
def test_a_question_is_answered_between_two_batches(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.02), tmp_path)
    until(lambda: len(heard.snapshots) > 1)
    took = []
    for i in range(10):
        began = time.monotonic()
        trainer.predict(0, np.zeros((8, 8), np.uint8))
        until(lambda i=i: len(heard.predictions) == i + 1)
        took.append(time.monotonic() - began)
    assert np.median(took) < 0.08


@pytest.mark.alone
def test_another_digit_is_followed(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: heard.snapshots)
    trainer.follow(11)
    until(lambda: heard.snapshots[-1].news[0].looks[-1].digit == 11, 1000)


def test_networks_of_a_finished_training_can_be_asked(trainer, heard, until, tmp_path):
    (tmp_path / "entrant_0").mkdir()
    (tmp_path / "entrant_0" / "checkpoint.pt").write_text("3")
    trainer.open(tmp_path)
    number = trainer.predict(0, np.full((8, 8), 3, np.uint8))
    until(lambda: heard.predictions)
    assert heard.predictions[0][0] == number
    assert trainer.state == "ready"
    trainer.open(tmp_path / "nothing")
    until(lambda: heard.failures)
    assert "is no run folder" in heard.failures[0][0]
    assert heard.failures[0][1] is False
    assert trainer.state == "ready"


def test_a_question_nobody_can_answer_does_not_block_the_next(trainer, heard, until, tmp_path):
    trainer.warm()
    until(lambda: trainer.state == "ready")
    trainer.predict(0, np.zeros((8, 8), np.uint8))  # there is no network yet
    trainer.start(training(steps=5), tmp_path)
    until(lambda: trainer.state == "ready")
    number = trainer.predict(0, np.zeros((8, 8), np.uint8))
    until(lambda: heard.predictions)
    assert [n for n, _ in heard.predictions] == [number]


def test_a_download_says_how_far_it_is_beside_a_training(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.002), tmp_path)
    until(lambda: heard.snapshots)
    count = len(heard.snapshots)
    trainer.fetch("mnist")
    until(lambda: heard.fetched)
    assert heard.fetched == ["mnist"]
    shares = [share for text, share in heard.progress if text == "Downloading MNIST …"]
    assert len(shares) >= 3
    assert shares == sorted(shares)
    assert trainer.state == "training"
    assert len(heard.snapshots) > count
    assert not heard.not_fetched


def test_a_download_that_fails_or_is_called_off(trainer, heard, until):
    trainer.fetch("fashion_mnist")
    until(lambda: heard.not_fetched)
    assert "404" in heard.not_fetched.pop()
    trainer.fetch("mnist")
    until(lambda: len(heard.progress) > 1)
    trainer.cancel_fetch()
    until(lambda: heard.not_fetched)
    assert heard.not_fetched == [""]
    trainer.fetch("mnist")
    until(lambda: heard.fetched)
    assert trainer.state == "ready"


def test_called_off_and_asked_for_again_at_once(trainer, heard, until):
    trainer.fetch("mnist")
    until(lambda: heard.progress)
    trainer.cancel_fetch()
    trainer.fetch("mnist")
    until(lambda: heard.fetched)
    assert heard.not_fetched == [""]


def test_a_window_with_a_slow_slot_hears_all_and_waits_for_nothing(trainer, heard, until, tmp_path):
    """A slot of 100 ms: snapshots come slower, none is queued, and no point is lost."""
    trainer.told.connect(lambda snapshot: time.sleep(0.1))
    trainer.start(training(steps=600, batch=0.001), tmp_path)
    until(lambda: trainer.state == "ready")
    assert np.array_equal(heard.steps, np.arange(1, 601))
    assert len(heard.snapshots) < 25  # of about 40 that the loop made
    assert max(len(s.news[0].looks) for s in heard.snapshots) > 1


@pytest.mark.alone
def test_large_snapshots_come_in_pieces(trainer, heard, until, tmp_path):
    trainer.start(training(steps=60, batch=0.005, look=1200), tmp_path)  # 2.9 MB each
    until(lambda: trainer.state == "ready")
    assert np.array_equal(heard.steps, np.arange(1, 61))
    assert heard.snapshots[0].news[0].looks[0].filters.shape == (1, 1200, 1200)


@pytest.mark.alone
def test_closing_in_the_middle_keeps_a_checkpoint_and_is_quick(trainer, heard, until, tmp_path):
    trainer.start(training(steps=100000, batch=0.01), tmp_path)
    until(lambda: len(heard.snapshots) > 3)
    pid, known = trainer.pid, int(heard.steps[-1])
    began = time.monotonic()
    trainer.close()
    assert time.monotonic() - began < 1.0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)  # no orphan, no zombie
    assert int((tmp_path / "entrant_0" / "checkpoint.pt").read_text()) >= known
    trainer.warm()
    trainer.start(training(steps=1), tmp_path)
    assert trainer.state == "off"


@pytest.mark.alone
@pytest.mark.parametrize("wait", [0.0, 0.05, 0.3])
def test_closing_while_warming_or_loading(qapp, tmp_path, monkeypatch, wait):
    monkeypatch.setenv("FAKE_WARM", "20")
    trainer = Trainer(work=fake_training.FakeWork)
    trainer.start(training(steps=10), tmp_path)
    time.sleep(wait)
    began = time.monotonic()
    trainer.close()
    assert time.monotonic() - began < 0.6


def test_a_trainer_that_is_forgotten_leaves_no_process(qapp, until):
    trainer = Trainer(work=fake_training.FakeWork)
    trainer.warm()
    pid = trainer.pid
    del trainer
    import gc

    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_slot_may_close_it(qapp, until, tmp_path):
    trainer = Trainer(work=fake_training.FakeWork)
    trainer.told.connect(lambda snapshot: trainer.close())
    trainer.start(training(steps=1000, batch=0.01), tmp_path)
    until(lambda: trainer.state == "off")
    assert trainer.pid is None


@pytest.mark.alone
def test_the_event_loop_goes_on(trainer, heard, until, tmp_path):
    """A timer of 5 ms keeps going through the start, a training with large snapshots, and the end."""
    gaps, last = [], time.monotonic()

    def tick():
        nonlocal last
        gaps.append(time.monotonic() - last)
        last = time.monotonic()

    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(tick)
    trainer.warm()
    until(lambda: trainer.state == "ready")
    last = time.monotonic()
    timer.start()
    trainer.start(training(steps=200, batch=0.005, look=300), tmp_path)
    until(lambda: trainer.state == "ready")
    timer.stop()
    assert np.median(gaps) < 0.012
    assert np.quantile(gaps, 0.99) < 0.06


MAIN = """
import sys
def go():
    from PySide6.QtCore import QCoreApplication
    from optviz.gui.train.trainer import Trainer
    import fake_training
    app = QCoreApplication([])
    trainer = Trainer(work=fake_training.FakeWork)
    trainer.state_changed.connect(lambda state: print(state, flush=True))
    trainer.told.connect(lambda s: app.quit() if s.state == "done" else None)
    trainer.start(fake_training.training(steps=3), sys.argv[-1])
    app.exec()
    trainer.close()
    return 0
"""

SCRIPT = """
from optviz.__main__ import main
if __name__ == "__main__":
    import optviz.__main__
    optviz.__main__._main = lambda given: go()
    sys.exit(main())
"""

# Changes what `python -m optviz --help` does, and not how it is started.
CUSTOMIZE = """
import os
if os.environ.pop("OPTVIZ_TEST_MAIN", ""):
    import optviz.cli
    optviz.cli.main = lambda given: go()
"""


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(folder), str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths, "OPTVIZ_TEST_MAIN": "1"}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("how", ["module", "script"])
def test_whatever_was_started_is_not_started_again(tmp_path, how):
    """`python -m optviz` and the script `optviz`: spawn imports either again in the trainer process."""
    if how == "script":
        (tmp_path / "optviz").write_text(MAIN + SCRIPT)
        done = run([str(tmp_path / "optviz"), str(tmp_path)], tmp_path)
    else:
        (tmp_path / "sitecustomize.py").write_text(MAIN + CUSTOMIZE)
        done = run(["-m", "optviz", "--help", str(tmp_path)], tmp_path)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.split()[0] == "loading"
    assert done.stdout.split().count("loading") == 1


REAL = """
import sys
from PySide6.QtCore import QCoreApplication
from optviz.gui.train.trainer import Trainer
from optviz.training.record import Record
from optviz.training.setting import Training
import numpy as np
if __name__ == "__main__":
    app = QCoreApplication([])
    trainer = Trainer()
    training = Training(dataset="digits", epochs=2, batch_size=64, model={"kind": "mlp", "hidden": [16]},
                        threads=1, entrants=({"optimizer": "adam", "learning_rate": 0.01},))
    record = Record.empty(training)
    openings, said = [], []
    trainer.opened.connect(openings.append)
    trainer.told.connect(record.take)
    trainer.failed.connect(lambda *a: (print(*a), app.quit()))
    def changed(state):
        if state == "ready" and record.state == "done" and not said:
            image = openings[0].images[0]
            trainer.predict(0, image)
    trainer.state_changed.connect(changed)
    trainer.predicted.connect(lambda number, p: (said.append(p), app.quit()))
    trainer.start(training, sys.argv[1] + "/run")
    app.exec()
    trainer.close()
    assert record.entrants[0].steps == training.steps_of(0)
    assert record.entrants[0].judgements[-1].accuracy > 0.8
    assert abs(said[0].sum() - 1) < 1e-5
    assert not {"torch", "sklearn"} & set(sys.modules), "heavy imports in the window"
    print("ok")
"""


def test_a_real_training_leaves_torch_to_its_own_process(tmp_path):
    (tmp_path / "window.py").write_text(REAL)
    done = run([str(tmp_path / "window.py"), str(tmp_path)], tmp_path)
    assert done.stderr == ""
    assert done.stdout == "ok\n"


def test_what_goes_on_is_told_once_and_what_rests_can_be_looked_into(qapp, until, tmp_path):
    """With the real loop: stopped, gone on with twice, paused, and the folder opened."""
    training = Training(
        dataset="digits", train_limit=600, epochs=60, batch_size=8, threads=1, device="cpu",
        model={"kind": "mlp", "hidden": [16]},
        entrants=({"optimizer": "adam"}, {"optimizer": "sgd"}),
    )  # fmt: skip
    trainer = Trainer()
    heard, looked = Heard(trainer), []
    trainer.looked.connect(lambda *a: looked.append(a))
    record = None

    def open_(opening):
        nonlocal record
        record = opening.resumed or Record.empty(opening.training)

    trainer.opened.connect(open_)
    trainer.told.connect(lambda snapshot: record.take(snapshot))
    try:
        for turn in range(3):
            trainer.start(training, tmp_path / "run", resume=turn > 0)
            before = record.entrants[0].steps if record else 0
            until(lambda: record and record.entrants[0].steps > before + 40, 30_000)  # noqa: B023
            if turn < 2:
                trainer.stop()
                until(lambda: trainer.state == "ready")
        trainer.pause()
        until(lambda: trainer.state == "paused")
        assert not heard.failures
        for entrant in record.entrants:
            steps = entrant.column("step")
            np.testing.assert_array_equal(steps, np.arange(1, len(steps) + 1))
            assert len(entrant.layers) == 2
        trainer.show(1)
        trainer.follow(3)
        until(lambda: len(looked) == 2)
        assert [(entrant, look.digit) for entrant, look in looked] == [(0, 3), (1, 3)]
        trainer.stop()
        until(lambda: trainer.state == "ready")
        kept = folder.read_record(tmp_path / "run")
        np.testing.assert_array_equal(kept.entrants[1].points, record.entrants[1].points)
        live, read = (one.entrants[0].looks for one in (record, kept))
        assert [one.step for one in live] == [one.step for one in read]
        looked.clear()
        trainer.open(tmp_path / "run")
        trainer.follow(4)
        until(lambda: len(looked) == 2)
        assert looked[1][1].digit == 4
    finally:
        trainer.close()


def test_torch_s_compiler_is_not_imported_for_an_optimizer(tmp_path):
    """It takes seconds, and an optimizer imports it for nothing."""
    code = (
        "import sys, torch\n"
        "from optviz.training.process.warm import import_torch, rehearsal\n"
        "import_torch()\n"
        "optimizer = torch.optim.Optimizer([torch.zeros(2, requires_grad=True)], {})\n"
        "optimizer.zero_grad()\n"
        "optimizer.load_state_dict(optimizer.state_dict())\n"
        "before = torch.get_rng_state()\n"
        "for _ in rehearsal(): pass\n"
        "assert torch.equal(before, torch.get_rng_state())\n"
        "print('torch._dynamo' in sys.modules and not torch.cuda.is_available())\n"
    )
    done = run(["-c", code], tmp_path)
    assert done.stderr == ""
    assert done.stdout == "False\n"
