"""What happened in a training, as numbers: made live from snapshots, or read back from a run folder.

Nothing here needs torch. A `Snapshot` is what the loop tells now and then; a `Record` is everything told so
far. Both are plain arrays, so that they travel between processes and are the same live and read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.training.setting import Training

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

POINT_COLUMNS = ("step", "epoch", "loss", "accuracy", "learning_rate", "gradient_norm", "seconds")
LOOKS_KEPT = 96  # looks inside kept of one entrant: of more, every other is dropped
PICTURES_KEPT = 128  # judgements of one entrant whose pictures are kept


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between evenly spaced edges: counts int64[b] between low and high."""

    low: float
    high: float
    counts: Ints


@dataclass(frozen=True, eq=False)
class LayerLook:
    """One layer, seen from inside.

    Attributes
    ----------
    name
        As the network calls it: "conv1", "dense1", "output", "lstm1", "block1"; the same name as in
        `EntrantRecord.layers`.
    activations
        What the followed digit makes of it: float16[c, h, w] for feature maps, float16[1, t, n] for tokens or
        rows in time, float16[1, 1, n] for a row of neurons. After the activation function.
    weights
        Histogram of the layer's weights (biases left out).
    before, after
        Histograms of the pre-activations over a sample of test images, before and after batch norm; `after`
        is None where there is none. None where the layer has no activation function (the output: the logits
        are `before`).
    dead
        Share of neurons (of feature maps in a convolution) that are 0 for every image of the sample; nan
        unless the activation is relu.
    """

    name: str
    activations: npt.NDArray[np.float16]
    weights: Histogram
    before: Histogram | None
    after: Histogram | None
    dead: float


@dataclass(frozen=True, eq=False)
class Look:
    """A look inside a network at one step.

    Attributes
    ----------
    step
        After how many steps; `epoch` is the same in epochs.
    filters
        The first layer's weights as pictures, float16[n, h, w], at most 64 of them: convolution kernels, or
        the weights of single neurons in the shape of the image (lstm: of the row, [n, 1, w]; transformer:
        patch embeddings).
    digit
        Which test image was followed; `probabilities` float32[10] is what the network says about it.
    """

    step: int
    epoch: float
    filters: npt.NDArray[np.float16]
    layers: tuple[LayerLook, ...]
    digit: int
    probabilities: Floats


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a network does on the test set, after an epoch.

    Attributes
    ----------
    epoch
        How many epochs were done; `step` likewise in steps.
    loss, accuracy
        Mean cross-entropy (without penalty), share of right answers.
    confusion : int64[10, 10]
        Row: the true class; column: what the network said.
    worst_images : uint8[k, h, w]
        The images it was most confidently wrong about, worst first, at most 24.
    worst_index, worst_true, worst_said : int64[k]
    worst_confidence : float32[k]
        The probability it gave its wrong answer.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    confusion: Ints
    worst_images: Bytes
    worst_index: Ints
    worst_true: Ints
    worst_said: Ints
    worst_confidence: Floats


@dataclass(frozen=True, eq=False)
class Opening:
    """What is known before the first step.

    Attributes
    ----------
    training
        With device, threads and step as they really are.
    layers
        Names of each entrant's layers.
    images : uint8[16, h, w], labels : int64[16]
        The first test images.
    source, device
        Which data and which device, in words.
    resumed
        What is known of the part before, where it goes on from checkpoints; None where it begins.
    warnings
        What was damaged and could be done without, a line each.
    """

    training: Training
    layers: tuple[tuple[str, ...], ...]
    images: Bytes
    labels: Ints
    source: str
    device: str
    resumed: Record | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class News:
    """What is new about one entrant.

    Attributes
    ----------
    points : float64[n, 7]
        A row a step, columns `POINT_COLUMNS`; `step` counts from 1, `epoch` is fractional, `seconds` is the
        entrant's own training time so far. Loss and accuracy are those of the batch, penalty included, before
        the step.
    layer_points : float64[k, 1 + 2 L]
        Step, gradient norm of each layer, then update-to-weight ratio of each layer; not at every step.
    status
        "waiting", "training", "done", "stopped" or "diverged"; `why` says it in a sentence.
    summary
        What summary.json holds, once there is one.
    """

    points: Array
    layer_points: Array
    judgements: tuple[Judgement, ...] = ()
    looks: tuple[Look, ...] = ()
    status: str = "training"
    why: str = ""
    summary: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the loop tells now and then.

    Attributes
    ----------
    news
        For each entrant, in file order.
    state
        "training", "paused", "stopped" or "done".
    done, total
        Images seen, and to be seen, by all entrants.
    images_per_second
        Of late, by whoever trains.
    seconds_left
        Until all is done; nan while that is not known.
    device
        In words: "CPU, 1 thread", "NVIDIA H200".
    """

    news: tuple[News, ...]
    state: str
    done: int
    total: int
    images_per_second: float
    seconds_left: float
    device: str


@dataclass(eq=False)
class EntrantRecord:
    """Everything known about one entrant; see `News` for what the columns are."""

    layers: tuple[str, ...] = ()
    status: str = "waiting"
    why: str = ""
    summary: Mapping[str, Any] | None = None
    judgements: list[Judgement] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    _points: Array = field(default_factory=lambda: np.empty((256, len(POINT_COLUMNS))))
    _count: int = 0
    _layer_points: list[Array] = field(default_factory=list)

    @property
    def points(self) -> Array:
        """float64[n, 7], columns `POINT_COLUMNS`."""
        return self._points[: self._count]

    def column(self, name: str) -> Array:
        """Return float64[n]: one of `POINT_COLUMNS` for each step."""
        return self.points[:, POINT_COLUMNS.index(name)]

    @property
    def steps(self) -> int:
        """How many steps are known."""
        return self._count

    @property
    def layer_steps(self) -> Array:
        """float64[k]: the steps at which layers were measured."""
        return self._layers_measured()[:, 0]

    @property
    def gradient_norms(self) -> Array:
        """float64[k, L]: the norm of each layer's gradient, its weights and biases together."""
        return self._layers_measured()[:, 1 : 1 + len(self.layers)]

    @property
    def update_ratios(self) -> Array:
        """float64[k, L]: the length of a step over that of the weights, for each layer."""
        return self._layers_measured()[:, 1 + len(self.layers) :]

    def _layers_measured(self) -> Array:
        if len(self._layer_points) > 1:
            self._layer_points = [np.concatenate(self._layer_points)]
        return self._layer_points[0] if self._layer_points else np.empty((0, 1 + 2 * len(self.layers)))

    def take(self, news: News) -> None:
        """Add what is new."""
        points = news.points
        if self._count and len(points):  # whoever goes on may be told again what is known
            points = points[points[:, 0] > self._points[self._count - 1, 0]]
        count = self._count + len(points)
        if count > len(self._points):
            more = np.empty((max(count, 2 * len(self._points)), len(POINT_COLUMNS)))
            more[: self._count] = self.points
            self._points = more
        self._points[self._count : count] = points
        self._count = count
        if len(news.layer_points):
            self._layer_points.append(news.layer_points)
        for judgement in news.judgements:
            add_judgement(self.judgements, judgement)
        for look in news.looks:
            add_look(self.looks, look)
        self.status, self.why = news.status, news.why
        self.summary = news.summary if news.summary is not None else self.summary


def add_look(looks: list[Look], look: Look) -> None:
    """Add a look; of too many, every other is dropped, the first and the last never."""
    looks.append(look)
    if len(looks) > LOOKS_KEPT:
        looks[:] = [*looks[:-1:2], looks[-1]]


def add_judgement(judgements: list[Judgement], judgement: Judgement) -> None:
    """Add a judgement; of those long past the pictures are dropped, the numbers never."""
    judgements.append(judgement)
    if len(judgements) > PICTURES_KEPT:
        place = len(judgements) - 1 - PICTURES_KEPT
        old = judgements[place]
        judgements[place] = replace(
            old,
            worst_images=old.worst_images[:0],
            worst_index=old.worst_index[:0],
            worst_true=old.worst_true[:0],
            worst_said=old.worst_said[:0],
            worst_confidence=old.worst_confidence[:0],
        )


@dataclass(eq=False)
class Record:
    """Everything known about a training.

    Attributes
    ----------
    images : uint8[16, h, w], labels : int64[16]
        The first test images, to choose the digit to follow from.
    source
        Which data it really was, in words.
    """

    training: Training
    entrants: tuple[EntrantRecord, ...]
    images: Bytes
    labels: Ints
    source: str = ""
    state: str = "waiting"
    device: str = ""
    done: int = 0
    total: int = 0
    images_per_second: float = 0.0
    seconds_left: float = float("nan")

    @classmethod
    def empty(cls, training: Training) -> Record:
        """Return the record of a training that has not begun."""
        return cls(
            training,
            tuple(EntrantRecord() for _ in training.entrants),
            np.empty((0, 1, 1), np.uint8),
            np.empty(0, np.int64),
        )

    def take(self, snapshot: Snapshot) -> None:
        """Add what is new."""
        for entrant, news in zip(self.entrants, snapshot.news, strict=True):
            entrant.take(news)
        self.state, self.device = snapshot.state, snapshot.device
        self.done, self.total = snapshot.done, snapshot.total
        self.images_per_second, self.seconds_left = snapshot.images_per_second, snapshot.seconds_left
