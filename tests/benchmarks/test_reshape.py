"""Both pictures of a comparison while a slider moves, and its frames, against NumPy with matplotlib."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

import optviz
from optviz.experiment import Experiment
from optviz.render.panels import strokes
from optviz.render.panels.surface import SurfacePanel
from optviz.render.style import LIGHT, Metrics
from optviz.reshape import ReshapeScene, build_reshape

SIDE = 420  # pixels of each picture, as in a window of 1280 x 720
ROUNDS = 60
COMPARISON = Experiment.of(
    {
        "surface": "neuron", "coefficients": {"m": 256, "feature_scale": 4.0},
        "choices": {"activation": "tanh"}, "steps": 200,
        "reshape": {"after": {"choices": {"batch_norm": True}}},
        "entrants": [{"optimizer": name, "learning_rate": 0.1} for name in ("gd", "momentum", "adam")],
    }
)  # fmt: skip


def with_penalty(i: int) -> Experiment:
    """Return the comparison with another λ₂ on one side."""
    reshape = COMPARISON.reshape
    assert reshape is not None
    after = replace(reshape.after, penalty={"l2": 0.01 * 1.02**i})
    return replace(COMPARISON, reshape=replace(reshape, after=after))


def with_activation(i: int) -> Experiment:
    """Return the comparison with another activation, and samples not seen before, on both sides."""
    names = ("tanh", "sigmoid", "relu", "gelu", "silu", "elu")
    return replace(
        COMPARISON,
        coefficients={**COMPARISON.coefficients, "seed": i // len(names)},
        choices={**COMPARISON.choices, "activation": names[i % len(names)]},
    )


def with_scale(i: int) -> Experiment:
    """Return the comparison with another scale of the second feature."""
    return replace(COMPARISON, coefficients={**COMPARISON.coefficients, "feature_scale": 1.0 + 0.05 * i})


def median_ms(experiment_at: Callable[[int], Experiment]) -> float:
    """Return how long a slider's move takes from the experiment to both pictures."""
    assert strokes.ready(wait=True)
    panels = [SurfacePanel(LIGHT, Metrics(1.0), axes=False) for _ in range(2)]
    scene: ReshapeScene | None = None
    times = []
    for i in range(ROUNDS):
        begun = time.perf_counter()
        scene = build_reshape(experiment_at(i), previous=scene)
        image = QImage(2 * SIDE, SIDE, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            for place, (panel, one) in enumerate(zip(panels, scene.shown, strict=True)):
                panel.paint(painter, QRectF(place * SIDE, 0, SIDE, SIDE), one, 120, quick=True)
        times.append(time.perf_counter() - begun)
    return statistics.median(times[ROUNDS // 4 :]) * 1e3


def matplotlib_ms(recompute: bool) -> float:
    """Return how long the usual way takes for the same two pictures, on a grid of 200 x 200.

    With `recompute` the loss of the samples is computed anew, else only the penalty is added.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8.4, 4.2), dpi=100)
    data = optviz.surface_data("neuron", coefficients=COMPARISON.coefficients)
    x, t = data["x"], data["y"]
    w1, w2 = np.meshgrid(np.linspace(-6, 6, 200), np.linspace(-6, 6, 200))

    def loss(normed: bool) -> np.ndarray:
        out = np.empty(w1.shape)
        for row in range(len(w1)):
            u = w1[row][:, None] * x[:, 0] + w2[row][:, None] * x[:, 1]
            if normed:
                u = (u - u.mean(axis=1, keepdims=True)) / np.sqrt(u.var(axis=1, keepdims=True) + 1e-5)
            out[row] = 0.5 * np.mean((np.tanh(u) - t) ** 2, axis=1)
        return out

    kept = [loss(False), loss(True)]
    times = []
    for i in range(6):
        begun = time.perf_counter()
        parts = [loss(False), loss(True)] if recompute else kept
        parts = [parts[0], parts[1] + 0.005 * 1.02**i * (w1**2 + w2**2)]
        for panel, part in zip(axes, parts, strict=True):
            panel.clear()
            panel.contourf(w1, w2, part, 20)
            panel.contour(w1, w2, part, 14, colors="k", linewidths=0.5)
        figure.canvas.draw()
        np.asarray(figure.canvas.buffer_rgba())
        times.append(time.perf_counter() - begun)
    plt.close(figure)
    return statistics.median(times[1:]) * 1e3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("what", "experiment_at", "limit", "recompute"),
    [
        ("λ", with_penalty, 16.0, False),
        ("activation", with_activation, 33.0, True),
        ("feature scale", with_scale, 33.0, True),
    ],
    ids=["penalty", "activation", "scale"],
)
def test_a_moved_slider_repaints_both(benchmark, report, what, experiment_at, limit, recompute) -> None:
    ours = benchmark.pedantic(lambda: median_ms(experiment_at), rounds=1, iterations=1)
    report(f"{what} moved → both pictures painted, ms", ours, limit)
    peer = matplotlib_ms(recompute)
    report(f"{what} moved, NumPy and matplotlib / ours", peer / ours, 4, at_least=True)


def test_a_frame_of_a_comparison(benchmark, report) -> None:
    optviz.render(COMPARISON, frame=0, size=(1920, 1080))
    frames = iter(range(10_000))
    benchmark.pedantic(
        lambda: optviz.render(COMPARISON, frame=next(frames) % 200, size=(1920, 1080)),
        rounds=60, warmup_rounds=5,
    )  # fmt: skip
    report("frame of a comparison at 1920×1080, ms", benchmark.stats.stats.median * 1e3, 33)


def test_a_frame_between_before_and_after(benchmark, report) -> None:
    reshape = COMPARISON.reshape
    assert reshape is not None
    sweep = replace(COMPARISON, reshape=replace(reshape, film="morph"))
    optviz.render(sweep, frame=0, size=(1920, 1080))
    frames = iter(range(10_000))
    benchmark.pedantic(
        lambda: optviz.render(sweep, frame=next(frames) % 120, size=(1920, 1080)), rounds=40, warmup_rounds=3
    )
    report("frame of a morph at 1920×1080, ms", benchmark.stats.stats.median * 1e3, 120)
