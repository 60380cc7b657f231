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


def test_a_training_that_diverges_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "training.toml"
    rates = "".join(f'[[entrants]]\noptimizer = "sgd"\nlearning_rate = {rate}\n' for rate in ("1e30", "0.1"))
    path.write_text(f'dataset = "digits"\ntrain_limit = 100\nepochs = 1\nbatch_size = 20\n{rates}')
    assert cli.main(["train", str(path), "-o", str(tmp_path / "run")]) == 0
    said = capfd.readouterr().err.splitlines()[-2:]
    assert "SGD: diverged" in said[0]
    assert "step 2" in said[0] or "step 3" in said[0]
    assert "SGD: done" in said[1]
    summary = json.loads((tmp_path / "run/entrant_0/summary.json").read_text())
    assert summary["test_accuracy"] is None


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


@pytest.mark.skipif(os.name != "posix", reason="signals are a POSIX matter")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_a_checkpoint_and_ends(training: Path, tmp_path: Path, number: int) -> None:
    long = training.with_name("long.toml")
    long.write_text(TRAINING.replace("epochs = 3", "epochs = 4000"))
    out = tmp_path / "run"
    line = [sys.executable, "-m", "optviz", "train", str(long), "-o", str(out)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60.0
            while len(losses(out)) < 30:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(number)
            begun = time.monotonic()
            _, said = process.communicate(timeout=20)
            took = time.monotonic() - begun
        finally:
            process.kill()
    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("optviz: interrupted at epoch ")
    assert took < 5.0  # a batch and a checkpoint, on a busy machine
    state = checkpoint.newest(out / "entrant_0")
    assert state is not None
    assert state["step"] == len(losses(out))
    assert [path.name for path in out.rglob("*.part*")] == []


def test_networks_too_large_are_refused_before_they_are_made(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "training.toml"
    for kind in ("mlp", "lstm"):
        path.write_text(
            f'dataset = "digits"\n[model]\nkind = "{kind}"\nhidden = {[4096] * 32}\n'
            + '[[entrants]]\noptimizer = "adam"\n' * 16
        )
        assert cli.main(["train", str(path), "-o", str(tmp_path / "run")]) == 2
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert "GiB" in said
        assert not (tmp_path / "run").exists()


@pytest.fixture
def unfinished(training: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder of a training that was stopped in its second epoch."""
    from optviz.training.loop import TrainingRun
    from optviz.training.setting import Training

    out = tmp_path / "run"
    left = [70]

    def wanted() -> str:
        left[0] -= 1
        return "run" if left[0] > 0 else "stop"

    list(TrainingRun(Training.load(training), out, wanted=wanted))
    return out


def test_damaged_metrics_are_refused_and_left_as_they_are(
    training: Path, unfinished: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    metrics = unfinished / "entrant_0/metrics.jsonl"
    whole = metrics.read_bytes()
    for damaged in (whole.replace(b'"step": 6,', b'"step" 6,', 1), b"", whole[: len(whole) // 2]):
        metrics.write_bytes(damaged)
        assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 2
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert "metrics.jsonl is damaged" in said.replace("'", "")
        assert metrics.read_bytes() == damaged
    metrics.write_bytes(whole + b'{"step": 99, "lo')  # only a torn last line is harmless
    assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 0


def test_what_was_only_looked_at_is_gone_on_without(
    training: Path, unfinished: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("looks.npz", "judgements.npz", "path.npz"):
        (unfinished / "entrant_1" / name).write_bytes(b"junk")
    assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 0
    assert capfd.readouterr().err.count("going on without") == 3


def test_a_checkpoint_of_a_newer_version_is_not_gone_back_behind(
    training: Path, unfinished: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    path = unfinished / "entrant_0/checkpoint.pt"
    state = torch.load(path, weights_only=True)
    torch.save({**state, "format": 2}, path)
    newer = path.read_bytes()
    assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 2
    assert "format 2" in capfd.readouterr().err
    assert path.read_bytes() == newer
    path.write_bytes(b"PK damaged")
    assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 0
    assert "going on from the one before it" in capfd.readouterr().err


def test_a_checkpoint_that_makes_no_sense(
    training: Path, unfinished: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = checkpoint.newest(unfinished / "entrant_0")
    assert state is not None
    del state["format"]
    for change in ({"step": -5}, {"status": "asleep"}, {"model": {}}, {"optimizer": {}}):
        checkpoint.save(unfinished / "entrant_0", {**state, **change})
        assert cli.main(["train", str(training), "-o", str(unfinished), "--resume"]) == 2
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert "another network or optimizer" in said


def test_a_folder_of_a_training_appears_whole(training: Path, tmp_path: Path) -> None:
    """Killed while the folder was made: the next start removes what is left, and begins."""
    code = "import os, signal\nfrom optviz.training import arrays\n" + (
        "arrays.packed = lambda value: os.kill(os.getpid(), signal.SIGKILL)\n"
        "import sys\nfrom optviz import cli\nsys.exit(cli.main(sys.argv[1:]))"
    )
    out = tmp_path / "run"
    killed = subprocess.run([sys.executable, "-c", code, "train", str(training), "-o", str(out)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    assert len(list(tmp_path.glob(".optviz*"))) == 1
    assert cli.main(["train", str(training), "-o", str(out)]) == 0
    assert list(tmp_path.glob(".optviz*")) == []


def test_everything_is_resolved(training: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optviz.training.loop import TrainingRun
    from optviz.training.setting import Training

    monkeypatch.chdir(tmp_path)
    known = Training.load(training).replace(
        data_dir="here", entrants=[{"optimizer": "sgd", "schedule": {"name": "cosine"}}], threads=0
    )
    run = TrainingRun(known, tmp_path / "run", wanted=lambda: "stop")
    list(run)
    read = Training.load(tmp_path / "run/training.toml")
    assert read.data_dir == str(tmp_path / "here")
    assert read.entrants[0].schedule.values["total_steps"] == read.steps == 75
    assert (read.device, read.step, read.threads > 0) == ("cpu", "kernel", True)
    TrainingRun(known, tmp_path / "run", resume=True)
