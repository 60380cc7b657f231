"""Records of trainings that never ran: plausible curves, looks and judgements, made from a seed."""

from __future__ import annotations

import numpy as np

from optviz.entrant import learning_rates
from optviz.training.record import (
    EntrantRecord,
    Histogram,
    Judgement,
    LayerLook,
    Look,
    News,
    Record,
)
from optviz.training.setting import IMAGE_SIZES, Training

LAYERS = ("conv1", "conv2", "dense1", "output")
CHOICES = (
    {"optimizer": "adam", "learning_rate": 0.001},
    {"optimizer": "momentum", "learning_rate": 0.05, "schedule": {"name": "cosine"}},
    {"optimizer": "gd", "learning_rate": 0.05, "label": "SGD"},
    {"optimizer": "rmsprop", "learning_rate": 0.001},
)


def training(entrants: int = 3, **changes: object) -> Training:
    """Return a training of up to four entrants on MNIST."""
    given = {"title": "Four optimizers on MNIST", "epochs": 3, "batch_size": 256, **changes}
    return Training(**{"entrants": CHOICES[:entrants], **given})


def record(setting: Training | None = None, *, share: float = 1.0, looks: int = 6, seed: int = 0) -> Record:
    """Return the record of a training that has done the given share of its steps."""
    setting = setting or training()
    rng = np.random.default_rng(seed)
    size = IMAGE_SIZES[setting.dataset]
    images = np.stack([digit(rng, i % 10, size) for i in range(16)])
    made = Record(setting, tuple(EntrantRecord(LAYERS) for _ in setting.entrants), images, np.arange(16) % 10)
    made.source, made.device = "MNIST", "CPU, 1 thread"
    made.state = "done" if share >= 1.0 else "training"
    for i, entrant in enumerate(made.entrants):
        steps = round(share * setting.steps_of(i))
        status = "done" if share >= 1.0 else "training"
        entrant.take(news(setting, i, 0, steps, looks=looks, seed=seed, status=status))
    made.done = sum(round(one.steps) for one in made.entrants)
    made.total = sum(setting.steps_of(i) for i in range(len(made.entrants)))
    made.images_per_second = 8000.0
    return made


def news(
    setting: Training, i: int, first: int, steps: int, *, looks: int = 6, seed: int = 0,
    status: str = "training",
) -> News:  # fmt: skip
    """Return what is told of entrant `i` between two steps: the same however the steps are divided."""
    rng = np.random.default_rng([seed, i])
    total, each = setting.steps_of(i), setting.steps_per_epoch(i)
    step = np.arange(1.0, total + 1)
    speed, floor = (9.0, 5.0, 1.6, 7.0)[i % 4], (0.03, 0.025, 0.12, 0.04)[i % 4]
    epoch = step / each
    noise = rng.normal(size=(4, total))
    trend = floor + (2.303 - floor) * (
        0.75 * np.exp(-3.0 * speed * epoch) + 0.25 * np.exp(-0.4 * speed * epoch)
    )
    loss = trend * np.exp(0.35 * np.minimum(1.0, 4 * epoch) * noise[0])
    accuracy = np.clip(1.0 - 0.9 * (trend / 2.303) ** 0.9 + 0.02 * noise[1] * np.sqrt(trend), 0.0, 1.0)
    rates = learning_rates(setting.entrants[i], total)
    norms = (2.0, 1.2, 0.8, 0.5)[i % 4] * np.sqrt(trend / 2.3) * np.exp(0.3 * noise[2])
    seconds = np.cumsum(0.033 * (1.0 + 0.06 * np.abs(noise[3])) * (1.0, 0.94, 0.9, 0.97)[i % 4])
    points = np.stack([step, epoch, loss, accuracy, rates, norms, seconds], axis=1)
    at = np.arange(0, total, max(1, total // 400))
    depth = np.array([0.9, 0.6, 0.4, 0.25])
    layers = norms[at, None] * depth * np.exp(0.1 * rng.normal(size=(len(at), len(LAYERS))))
    ratios = 1e-3 * depth[::-1] * np.sqrt(trend[at, None]) * np.exp(0.2 * rng.normal(size=(len(at), 4)))
    measured = np.concatenate([step[at, None], layers, ratios], axis=1)
    ends = [e for e in range(1, setting.epochs + 1) if first < e * each <= steps]
    judged = tuple(judgement(rng, e, e * each, float(trend[e * each - 1])) for e in ends)
    seen = np.unique(np.linspace(1, total, max(looks, 1)).astype(int)) if looks else np.empty(0, int)
    inside = tuple(
        look(np.random.default_rng([seed, i, int(s)]), int(s), s / each, s / total)
        for s in seen if first < s <= steps
    )  # fmt: skip
    among = (measured[:, 0] > first) & (measured[:, 0] <= steps)
    return News(points[first:steps], measured[among], judged, inside, status)


def judgement(rng: np.random.Generator, epoch: int, step: int, loss: float) -> Judgement:
    """Return a judgement of 10,000 test images."""
    error = min(0.9, 0.12 * loss / 0.4)
    wrong = rng.dirichlet(np.full(9, 0.5), size=10) * error * 1000
    confusion = np.zeros((10, 10), np.int64)
    for c in range(10):
        confusion[c, [j for j in range(10) if j != c]] = np.round(wrong[c]).astype(np.int64)
        confusion[c, c] = 1000 - confusion[c].sum()
    true, said = rng.integers(0, 10, 24), rng.integers(1, 10, 24)
    images = np.stack([digit(rng, int(t), (28, 28)) for t in true])
    confidence = np.sort(rng.uniform(0.7, 1.0, 24))[::-1].astype(np.float32)
    accuracy = float(np.trace(confusion) / confusion.sum())
    return Judgement(
        epoch, step, loss * 1.1, accuracy, confusion, images, rng.integers(0, 10_000, 24), true,
        (true + said) % 10, confidence,
    )  # fmt: skip


def look(rng: np.random.Generator, step: int, epoch: float, share: float) -> Look:
    """Return a look inside a network of two convolutions and two dense layers."""
    spread = 0.2 + 0.3 * share

    def histogram(middle: float, width: float) -> Histogram:
        edges = np.linspace(-4.0, 4.0, 49)
        middles = 0.5 * (edges[1:] + edges[:-1])
        counts = np.round(5000 * np.exp(-0.5 * ((middles - middle) / width) ** 2)).astype(np.int64)
        return Histogram(-4.0, 4.0, counts)

    shapes = ((16, 28, 28), (32, 14, 14), (1, 1, 128), (1, 1, 10))
    layers = []
    for j, (name, shape) in enumerate(zip(LAYERS, shapes, strict=True)):
        activations = np.maximum(rng.normal(size=shape), 0.0).astype(np.float16)
        inner = j < len(LAYERS) - 1
        after = histogram(0.1 * share, 1.0) if inner else None
        dead = 0.08 * share * (j + 1) if inner else float("nan")
        layers.append(
            LayerLook(
                name, activations, histogram(0.0, spread / (j + 1)), histogram(0.4 * j, 1.6), after, dead
            )
        )
    filters = rng.normal(scale=spread, size=(16, 3, 3)).astype(np.float16)
    logits = rng.normal(size=10)
    logits[0] += 8.0 * share
    chance = np.exp(logits - logits.max())
    return Look(step, epoch, filters, tuple(layers), 0, (chance / chance.sum()).astype(np.float32))


def digit(rng: np.random.Generator, which: int, size: tuple[int, int]) -> np.ndarray:
    """Return a picture that is something like a digit: a bright ring, its place by the digit."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None] * 2.0 - 1.0
    turn = which / 10.0 * 2.0 * np.pi
    ring = np.hypot(x - 0.15 * np.cos(turn), y - 0.15 * np.sin(turn)) - 0.35 - 0.03 * which
    ink = np.exp(-((ring / 0.15) ** 2)) + 0.03 * rng.normal(size=size)
    return np.clip(255 * ink, 0, 255).astype(np.uint8)
