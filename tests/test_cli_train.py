"""`optviz train` from outside: files, exit status, one line on stderr, and going on after kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optviz import cli
from optviz.training import checkpoint

TRAINING = """
dataset = "digits"
train_limit = 400
epochs = 3
batch_size = 16
threads = 1
device = "cpu"
[model]
kind = "mlp"
hidden = [24]
dropout = 0.1
[[entrants]]
optimizer = "adam"
learning_rate = 0.01
[[entrants]]
optimizer = "momentum"
learning_rate = 0.05
[entrants.changes.model]
batch_norm = false
"""


@pytest.fixture
def training(tmp_path: Path) -> Path:
    path = tmp_path / "training.toml"
    path.write_text(TRAINING)
    return path


def losses(folder: Path, entrant: int = 0) -> list[float]:
    path = folder / f"entrant_{entrant}/metrics.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line["loss"] for line in map(json.loads, lines) if "loss" in line]


def test_a_run_folder_is_written(training: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert cli.main(["train", str(training), "-o", str(out)]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    last = said.err.splitlines()[-2:]
    assert last[0].startswith("optviz: Adam: done, ")
    assert "% of the test images right" in last[1]
    assert sorted(os.listdir(out)) == ["entrant_0", "entrant_1", "images.npz", "training.toml"]
    assert len(losses(out)) == len(losses(out, 1)) == 75
    assert cli.main(["train", str(training), "-o", str(out)]) == 2
    assert "--resume" in capfd.readouterr().err
    assert cli.main(["train", str(training), "-o", str(out), "--resume"]) == 0
    assert len(losses(out)) == 75


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('optimizer = "newton"', "newton"),
        ('optimizer = "adam"\nlearning_rate = -1', "learning_rate"),
        ('optimizer = "adam"\n[model]\nkind = "gan"', "mlp, cnn, lstm, transformer"),
        ('optimizer = "adam"\n[model]\nhidden = [0]', "hidden[0]"),
        ('optimizer = "adam"\n[modle]\nkind = "cnn"', "modle"),
        ('optimizer = "adam"\n[model]\nkind = "cnn"\ndropout = nan', "dropout"),
    ],
)
def test_a_mistake_is_one_line(
    text: str, part: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "training.toml"
    path.write_text(f'dataset = "digits"\n[[entrants]]\n{text}\n')
    assert cli.main(["train", str(path), "-o", str(tmp_path / "run")]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert part in said
    assert not (tmp_path / "run").exists()


def test_images_that_are_not_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    path = tmp_path / "training.toml"
    path.write_text(
        f'dataset = "mnist"\ndata_dir = "{tmp_path / "empty"}"\n[[entrants]]\noptimizer = "sgd"\n'
    )
    assert cli.main(["train", str(path), "-o", str(tmp_path / "run")]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "train-images" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX matter")
@pytest.mark.parametrize("after", [12, 40])
def test_after_kill_9_it_goes_on_as_if_nothing_had_happened(
    training: Path, tmp_path: Path, after: int
) -> None:
    straight, out = tmp_path / "straight", tmp_path / "run"
    assert cli.main(["train", str(training), "-o", str(straight)]) == 0
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, "train", str(training), "-o", str(out)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SLOW_AFTER": str(after)},
    )
    try:
        deadline = time.monotonic() + 60.0
        while not (out / "slow").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(losses(out)) < 75
    assert cli.main(["train", str(training), "-o", str(out), "--resume"]) == 0
    for entrant in (0, 1):
        assert losses(out, entrant) == losses(straight, entrant)
        ends = [checkpoint.newest(folder / f"entrant_{entrant}") for folder in (straight, out)]
        assert ends[0] is not None
        assert ends[1] is not None
        assert checkpoint.digest(ends[0]["model"]) == checkpoint.digest(ends[1]["model"])
        assert checkpoint.digest(ends[0]["optimizer"]) == checkpoint.digest(ends[1]["optimizer"])


# Trains up to a step, tells, and waits there to be killed.
_SLOW = """
import os, sys, time
from pathlib import Path
from optviz import cli
from optviz.training import course

step = course.Course.step

def slow(self):
    if self.index == 1 and self.done == int(os.environ["SLOW_AFTER"]):
        Path(sys.argv[4], "slow").touch()
        time.sleep(60)
    return step(self)

course.Course.step = slow
sys.exit(cli.main(sys.argv[1:]))
"""
