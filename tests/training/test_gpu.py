"""Training on a GPU, where there is one: the same loss as on the CPU, no waiting at a step, going on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from optviz.errors import InputError
from optviz.training import device, folder
from optviz.training.loop import TrainingRun
from optviz.training.record import Record
from optviz.training.setting import Training

NAME = next((name for name in ("cuda", "mps") if device.there(name)), "")
gpu = pytest.mark.skipif(not NAME, reason="there is no GPU")


def small(**changes: Any) -> Training:
    known: dict[str, Any] = {
        "dataset": "digits",
        "epochs": 2,
        "batch_size": 64,
        "device": NAME or "cpu",
        "model": {"kind": "cnn", "channels": [8], "hidden": [16], "dropout": 0.1},
        "entrants": [{"optimizer": "adam", "learning_rate": 0.01}, {"optimizer": "lion"}],
    }
    return Training(**{**known, **changes})


def trained(training: Training, place: Path, **options: Any) -> Record:
    run = TrainingRun(training, place, **options)
    record = run.opening.resumed or Record.empty(run.training)
    for snapshot in run:
        record.take(snapshot)
    return record


@gpu
def test_it_learns_as_on_the_cpu(tmp_path: Path) -> None:
    plain = {"model": {"kind": "cnn", "channels": [8], "hidden": [16]}}
    here = trained(small(**plain), tmp_path / "gpu")
    there = trained(small(device="cpu", step="torch", **plain), tmp_path / "cpu")
    for one, other in zip(here.entrants, there.entrants, strict=True):
        np.testing.assert_allclose(one.column("loss")[:5], other.column("loss")[:5], rtol=1e-3)
        assert one.judgements[-1].accuracy == pytest.approx(other.judgements[-1].accuracy, abs=0.05)
    assert folder.read_record(tmp_path / "gpu").entrants[0].steps == here.entrants[0].steps


@gpu
@pytest.mark.skipif(NAME != "cuda", reason="only CUDA tells of waiting")
def test_no_step_waits_for_the_device(tmp_path: Path) -> None:
    run = TrainingRun(small(), tmp_path / "run")
    for course in run.courses:
        course.step()  # the first makes the optimizer's memory
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(5):
            for course in run.courses:
                course.step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(run.courses[0].news().points) == 6


@gpu
def test_it_goes_on_and_notices_divergence(tmp_path: Path) -> None:
    left = [12]

    def wanted() -> str:
        left[0] -= 1
        return "run" if left[0] > 0 else "stop"

    entrants = [{"optimizer": "adam"}, {"optimizer": "sgd", "learning_rate": 1e30}]
    training = small(entrants=entrants)
    trained(training, tmp_path / "run", wanted=wanted)
    record = trained(training, tmp_path / "run", resume=True)
    assert record.entrants[0].status == "done"
    np.testing.assert_array_equal(record.entrants[0].column("step"), np.arange(1, training.steps + 1))
    assert record.entrants[1].status == "diverged"
    assert not np.isfinite(record.entrants[1].column("loss")[-1])
    assert np.isfinite(record.entrants[1].column("loss")[:-1]).all()


@gpu
def test_kernels_are_the_processor_s(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="step: 'kernel' is not allowed"):
        TrainingRun(small(step="kernel"), tmp_path / "run")


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    missing = next((name for name in ("cuda", "mps") if not device.there(name)), None)
    if missing is None:
        pytest.skip("every device is there")
    with pytest.raises(InputError, match=f"'{missing}' is not on this computer"):
        TrainingRun(small(device=missing), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_numbers_of_a_device_become_double_only_on_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a Mac's GPU, which has no float64: nothing may ask for it before it is fetched."""
    run = TrainingRun(small(device="cpu", step="torch"), tmp_path / "run")
    fetched: set[int] = set()
    cpu, double = torch.Tensor.cpu, torch.Tensor.double

    def noted(tensor: torch.Tensor) -> torch.Tensor:
        own = cpu(tensor).clone()
        fetched.add(id(own))
        kept.append(own)
        return own

    def checked(tensor: torch.Tensor) -> torch.Tensor:
        assert id(tensor) in fetched, "double precision before it was fetched"
        return double(tensor)

    kept: list[torch.Tensor] = []
    monkeypatch.setattr(torch.Tensor, "cpu", noted)
    monkeypatch.setattr(torch.Tensor, "double", checked)
    for course in run.courses:
        course.step()
        assert len(course.news().layer_points) == 1
    assert run.predict(0, run.data.test_images[0]).shape == (10,)
