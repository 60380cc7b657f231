"""Whether what a run folder holds is what a training leaves: kinds, shapes and bounds.

A file that can be read may still hold something else; whoever draws it must not have to ask.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from optviz.errors import InputError, shown
from optviz.training.record import EntrantRecord, Histogram, Judgement, LayerLook, Look, Record
from optviz.training.setting import CLASSES, IMAGE_SIZES

_MOST_IMAGES = 10**9  # counted in one place of a confusion matrix


def check(record: Record, folder: Path) -> None:
    """Raise InputError, which names the file, where a record holds what no training leaves."""
    size = IMAGE_SIZES[record.training.dataset]
    images, labels = record.images, record.labels
    if len(images) or len(labels):
        _must(
            _array(images, "u", 3) and images.shape[1:] == size and _classes(labels, len(images)),
            folder / "images.npz", "its images",
        )  # fmt: skip
    for index, entrant in enumerate(record.entrants):
        place = folder / f"entrant_{index}"
        _must(_points(entrant, record.training.steps_of(index)), place / "metrics.jsonl", "its steps")
        _must(all(map(_look, entrant.looks)), place / "looks.npz", "a look")
        _must(all(map(_judgement, entrant.judgements)), place / "judgements.npz", "a judgement")


def _must(sound: bool, path: Path, what: str) -> None:
    if not sound:
        raise InputError(f"{shown(str(path), 300)} is damaged: {what} cannot be a training's")


def _points(entrant: EntrantRecord, most: int) -> bool:
    count = entrant.steps
    ascending = np.array_equal(entrant.column("step"), np.arange(1, count + 1))
    return count <= most and ascending and bool(np.isfinite(entrant.column("epoch")).all())


def _look(look: Look) -> bool:
    return (
        _count(look.step)
        and _number(look.epoch)
        and _array(look.filters, "f", 3)
        and isinstance(look.layers, tuple)
        and all(isinstance(layer, LayerLook) and _layer(layer) for layer in look.layers)
        and _count(look.digit)
        and _array(look.probabilities, "f", 1)
        and len(look.probabilities) == CLASSES
    )


def _layer(layer: LayerLook) -> bool:
    return (
        isinstance(layer.name, str)
        and _array(layer.activations, "f", 3)
        and _histogram(layer.weights)
        and all(one is None or _histogram(one) for one in (layer.before, layer.after))
        and isinstance(layer.dead, (int, float))
    )


def _histogram(one: object) -> bool:
    return (
        isinstance(one, Histogram)
        and all(isinstance(end, (int, float)) for end in (one.low, one.high))
        and _array(one.counts, "i", 1)
    )


def _judgement(one: Judgement) -> bool:
    count = len(one.worst_images) if _array(one.worst_images, "u", 3) else -1
    return (
        _count(one.epoch)
        and _count(one.step)
        and isinstance(one.loss, (int, float))
        and _number(one.accuracy)
        and 0.0 <= one.accuracy <= 1.0
        and _array(one.confusion, "i", 2)
        and one.confusion.shape == (CLASSES, CLASSES)
        and bool(one.confusion.min() >= 0)
        and bool(one.confusion.max() <= _MOST_IMAGES)
        and _classes(one.worst_true, count)
        and _classes(one.worst_said, count)
        and _array(one.worst_index, "i", 1)
        and _array(one.worst_confidence, "f", 1)
        and len(one.worst_index) == len(one.worst_confidence) == count
    )


def _array(value: Any, kind: str, dimensions: int) -> bool:
    """Say whether it is an array of a kind and so many dimensions, whose pictures have an area."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != kind or value.ndim != dimensions:
        return False
    return dimensions < 3 or min(value.shape[1:]) > 0


def _classes(value: Any, count: int) -> bool:
    return (
        _array(value, "i", 1)
        and len(value) == count
        and (count == 0 or 0 <= value.min() <= value.max() < CLASSES)
    )


def _count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
