"""The numbers behind the curves of a training, and behind looks inside, as rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.training.record import Look
from optviz.training.scene.scene import TrainScene

Table = tuple[list[str], list[list[Any]]]

CURVES = ("loss", "accuracy", "learning_rate", "gradient_norm", "update_ratio", "speed")
INSIDE = ("filters", "activations", "histograms", "dead")


def curve_table(scene: TrainScene, key: str, k: int | None = None) -> Table:
    """Return the names of the columns, and a row for each step of each entrant up to frame `k`.

    What is missing is an empty text; `k` is the furthest frame known where it is not given.
    """
    k = scene.now if k is None else k
    if key in ("gradient_norm", "update_ratio"):
        return _layers(scene, key, k)
    header = ["entrant", "step", "epoch", "images_per_second" if key == "speed" else key]
    judged = key in ("loss", "accuracy")
    header += ["running_mean", f"test_{key}"] if judged else []
    rows: list[list[Any]] = []
    for line in scene.lines:
        series, count = scene.curve(line.entrant, key), scene.steps_at(line.entrant, k)
        steps = scene.entrant(line.entrant).column("step")[:count].astype(np.int64).tolist()
        columns = [steps, _plain(series.epochs[:count]), _plain(series.values[:count])]
        if judged:
            tests = {one.step: float(getattr(one, key)) for one in scene.judgements_at(line.entrant, k)}
            columns += [_plain(series.mean[:count]), [tests.get(step, "") for step in steps]]
        rows += [[line.label, *row] for row in zip(*columns, strict=True)]
    return header, rows


def _layers(scene: TrainScene, key: str, k: int) -> Table:
    """Return a row for each layer at each step at which layers were measured."""
    rows: list[list[Any]] = []
    for line in scene.lines:
        own, count = scene.entrant(line.entrant), scene.layers_measured_at(line.entrant, k)
        steps = own.layer_steps[:count].astype(np.int64).tolist()
        curves = scene.layer_curves(line.entrant, key)
        for j, step in enumerate(steps):
            for name, curve in zip(own.layers, curves, strict=True):
                epoch, value = _plain(curve.epochs[j : j + 1]), _plain(curve.values[j : j + 1])
                rows.append([line.label, step, *epoch, name, *value])
    return ["entrant", "step", "epoch", "layer", key], rows


def inside_table(scene: TrainScene, key: str, k: int | None = None) -> Table:
    """Return what the looks inside the chosen entrant hold up to frame `k`.

    A row for each weight of "filters" and for each value of "activations" of the latest look; for each bar of
    "histograms", and each layer of "dead", of every look.
    """
    k = scene.now if k is None else k
    looks = scene.looks_until(scene.chosen, k)
    if key == "filters":
        return ["filter", "row", "column", "weight"], _values(looks[-1].filters) if looks else []
    if key == "activations":
        layers = looks[-1].layers if looks else ()
        rows = [[layer.name, *row] for layer in layers for row in _values(layer.activations)]
        return ["layer", "map", "row", "column", "activation"], rows
    if key == "dead":
        shares = [
            [one.step, one.epoch, layer.name, float(layer.dead)] for one in looks for layer in one.layers
        ]
        return ["step", "epoch", "layer", "share"], [row for row in shares if row[-1] == row[-1]]
    return ["step", "epoch", "layer", "of", "from", "to", "count"], [
        row for one in looks for row in _bars(one)
    ]


def _values(numbers: npt.NDArray[np.float16]) -> list[list[Any]]:
    """Return a row for each number of an array: its places, itself."""
    values = _plain(numbers.astype(np.float64).ravel())
    return [[*place, value] for place, value in zip(np.ndindex(numbers.shape), values, strict=True)]


def _bars(look: Look) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for layer in look.layers:
        kinds = (("weights", layer.weights), ("before", layer.before), ("after", layer.after))
        for name, one in kinds:
            if one is None:
                continue
            edges = np.linspace(one.low, one.high, len(one.counts) + 1).tolist()
            bars = zip(edges[:-1], edges[1:], one.counts.tolist(), strict=True)
            rows += [[look.step, look.epoch, layer.name, name, *bar] for bar in bars]
    return rows


def _plain(values: Array) -> list[Any]:
    """Return numbers as Python's own; what is not a number is an empty text."""
    return ["" if value != value else value for value in values.tolist()]
