"""A trainer that does what a test says, and pages around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from optviz.training.network.architecture import layers_of
from optviz.training.record import Histogram, Judgement, LayerLook, Look, News, Record, Snapshot
from optviz.training.setting import IMAGE_SIZES, ModelSetting, Training

SMALL = Training(
    title="Small",
    dataset="digits",
    epochs=2,
    batch_size=100,
    model=ModelSetting(kind="mlp", hidden=(16,), batch_norm=False),
    entrants=(  # type: ignore[arg-type]
        {"optimizer": "adam", "learning_rate": 0.01},
        {"optimizer": "sgd", "learning_rate": 0.1},
    ),
)


class Opening:
    """What a run tells before the first step."""

    def __init__(self, training: Training, resumed: Record | None = None) -> None:
        size = IMAGE_SIZES[training.dataset]
        self.training = training.replace(device="cpu", threads=1, step="kernel")
        self.layers = tuple(
            tuple(layer.name for layer in layers_of(one.model, size)) for one in training.resolved_entrants
        )
        rng = np.random.default_rng(0)
        self.images = rng.integers(0, 256, (16, *size), dtype=np.uint8)
        self.labels = np.arange(16, dtype=np.int64) % 10
        self.source, self.device, self.resumed = "digits of a test", "CPU, 1 thread", resumed


class FakeTrainer(QObject):
    """Has the signals of the real one, and remembers what it was asked."""

    state_changed = Signal(str)
    opened = Signal(object)
    told = Signal(object)
    progress = Signal(str, float)
    failed = Signal(str, bool)
    predicted = Signal(int, object)
    fetched = Signal(str)
    fetch_failed = Signal(str)
    looked = Signal(int, object)
    responding_changed = Signal(bool, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "off"
        self.calls: list[tuple[Any, ...]] = []
        self.training: Training | None = None
        self.steps: list[int] = []

    def go(self, state: str) -> None:
        self.state = state
        self.state_changed.emit(state)

    def warm(self) -> None:
        self.calls.append(("warm",))
        self.go("ready")

    def start(self, training: Training, folder: Path, resume: bool = False) -> None:
        self.calls.append(("start", training, Path(folder), resume))
        self.training = training
        self.steps = [0] * len(training.entrants)
        self.go("loading")

    def begin(self, resumed: Record | None = None) -> None:
        """The first step comes; of what is gone on with, `resumed` is the part before."""
        assert self.training is not None
        if resumed is not None:
            self.steps = [one.steps for one in resumed.entrants]
        self.opened.emit(Opening(self.training, resumed))
        self.go("training")

    def tell(
        self, steps: int, state: str = "training", judge: float | None = None, look: bool = False
    ) -> None:
        """So many more steps of each entrant were done."""
        training = self.training
        assert training is not None
        news = []
        for i, resolved in enumerate(training.resolved_entrants):
            each = training.steps_per_epoch(i)
            first = self.steps[i]
            numbers = np.arange(first + 1, min(first + steps, training.steps_of(i)) + 1, dtype=np.float64)
            self.steps[i] = first + len(numbers)
            loss = 2.3 / (1 + 0.1 * numbers * (i + 1))
            points = np.column_stack(
                [numbers, numbers / each, loss, 1 - loss / 3, 0 * numbers + 0.01, loss, numbers * 0.01]
            )
            count = len(layers_of(resolved.model, IMAGE_SIZES[training.dataset]))
            layer_points = np.column_stack([numbers, *[loss] * (2 * count)])
            at = self.steps[i]
            judgements = (judgement(at / each, at, judge - 0.1 * i),) if judge is not None else ()
            looks = (look_of(training, i, at, at / each),) if look else ()
            done = at >= training.steps_of(i)
            news.append(News(points, layer_points, judgements, looks, "done" if done else "training"))
        total = training.epochs * training.images * len(self.steps)
        share = sum(self.steps) / sum(training.steps_of(i) for i in range(len(self.steps)))
        left = float("nan") if state != "training" else 83.0
        self.told.emit(
            Snapshot(tuple(news), state, round(total * share), total, 12_345.0, left, "CPU, 1 thread")
        )

    def finish(self, judge: float = 0.95) -> None:
        self.tell(10**6, "done", judge, look=True)
        self.go("ready")

    def pause(self) -> None:
        self.calls.append(("pause",))
        self.go("pausing")

    def resume(self) -> None:
        self.calls.append(("resume",))
        self.go("training")

    def stop(self) -> None:
        self.calls.append(("stop",))
        self.go("stopping")

    def follow(self, digit: int) -> None:
        self.calls.append(("follow", digit))

    def show(self, entrant: int) -> None:
        self.calls.append(("show", entrant))

    def predict(self, entrant: int, image: Any) -> int:
        self.calls.append(("predict", entrant, image))
        return sum(call[0] == "predict" for call in self.calls)

    def open(self, folder: Path) -> None:
        self.calls.append(("open", Path(folder)))

    def fetch(self, dataset: str) -> None:
        self.calls.append(("fetch", dataset))

    def cancel_fetch(self) -> None:
        self.calls.append(("cancel_fetch",))
        self.fetch_failed.emit("")

    def close(self) -> None:
        self.calls.append(("close",))

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """What was asked under a name."""
        return [call for call in self.calls if call[0] == name]


def judgement(epoch: float, step: int, accuracy: float) -> Judgement:
    confusion = np.eye(10, dtype=np.int64) * round(36 * accuracy)
    confusion[0, 1] = 36 - round(36 * accuracy)
    one = np.array([3], np.int64)
    return Judgement(
        round(epoch), step, 0.2, accuracy, confusion, np.full((1, 8, 8), 99, np.uint8), one, one, one + 1,
        np.array([0.9], np.float32),
    )  # fmt: skip


def look_of(training: Training, i: int, step: int, epoch: float) -> Look:
    size = IMAGE_SIZES[training.dataset]
    counts = Histogram(-1.0, 1.0, np.arange(20, dtype=np.int64))
    layers = tuple(
        LayerLook(
            layer.name, np.ones((1, 1, 10), np.float16), counts, counts, None, 0.1 if n == 0 else float("nan")
        )
        for n, layer in enumerate(layers_of(training.resolved_entrants[i].model, size))
    )
    return Look(
        step, epoch, np.zeros((16, *size), np.float16), layers, training.view.digit,
        np.full(10, 0.1, np.float32),
    )  # fmt: skip
