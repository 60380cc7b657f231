"""What a reading costs while the cursor moves."""

from __future__ import annotations

import itertools

import pytest

import optviz
from optviz.readings import read
from optviz.scene import build_scene


@pytest.mark.parametrize(
    "choices", [{}, {"activation": "relu", "batch_norm": True}], ids=["sigmoid", "relu with batch norm"]
)
def test_a_reading(choices, benchmark, report) -> None:
    entrant = {"optimizer": "gd", "learning_rate": 0.1}
    asked = optviz.Experiment("neuron", [entrant], steps=60, choices=choices)
    scene = build_scene(optviz.simulate(asked))
    frames = itertools.cycle(range(60))
    benchmark.pedantic(lambda: read(scene, next(frames)), rounds=60, warmup_rounds=3)
    report("a reading, ms", benchmark.stats.stats.median * 1e3, 1)
