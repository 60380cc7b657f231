"""Run folders of real trainings that take about a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optviz.training.setting import Training

STEPS = 39  # of whoever takes the most


def setting(**changes: Any) -> Training:
    """Return a training of two entrants on digits, the second of which takes fewer, larger steps."""
    known: dict[str, Any] = {
        "title": "Two, at their own pace",
        "dataset": "digits",
        "train_limit": 200,
        "epochs": 3,
        "batch_size": 16,
        "device": "cpu",
        "threads": 1,
        "model": {"kind": "mlp", "hidden": [12]},
        "entrants": [
            {"optimizer": "adam", "learning_rate": 0.01, "label": 'Adam, "hot"'},
            {"optimizer": "sgd", "learning_rate": 0.1, "changes": {"batch_size": 40}},
        ],
    }
    return Training(**{**known, **changes})


def trained(folder: Path, until: int | None = None, **changes: Any) -> Path:
    """Train, stopping before a batch where `until` is given, and return the run folder."""
    import torch

    from optviz.training.loop import TrainingRun

    asked = 0

    def wanted() -> str:
        nonlocal asked
        asked += 1
        return "run" if until is None or asked <= until else "stop"

    threads = torch.get_num_threads()
    for _ in TrainingRun(setting(**changes), folder, wanted=wanted):
        pass
    torch.set_num_threads(threads)
    return folder
