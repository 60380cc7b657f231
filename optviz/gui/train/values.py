"""What a session makes of trainings: one to stand in for another, an empty record, a new run folder."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from optviz import atomic
from optviz.gui.recent import runs_folder
from optviz.training.network.architecture import layers_of
from optviz.training.record import EntrantRecord, Record
from optviz.training.setting import IMAGE_SIZES, TRAIN_SIZES, Training

# What the offline stand-in for a training on MNIST changes: few small images want small batches.
_SMALL = {"dataset": "digits", "train_limit": 0, "batch_size": 32, "epochs": 20}


def alike(one: Training, other: Training) -> bool:
    """Return whether two trainings differ in nothing but how they are looked at."""

    def plain(it: Training) -> Training:
        looks: dict[str, Any] = {"label": "", "color": None, "hidden": False}
        entrants = tuple(replace(entrant, **looks) for entrant in it.entrants)
        return it.replace(title="", view=one.view, entrants=entrants)

    return plain(one) == plain(other)


def small_version(training: Training) -> Training:
    """Return the training that shows the same on the images that come with scikit-learn."""
    most = TRAIN_SIZES["digits"]
    entrants = []
    for entrant in training.entrants:
        size = min(entrant.changes.batch_size or 0, most) or None
        entrants.append(replace(entrant, changes=replace(entrant.changes, batch_size=size)))
    return training.replace(**_SMALL, entrants=tuple(entrants))


def planned(training: Training) -> Record:
    """Return the record of a training that has not begun, the names of its layers known."""
    record = Record.empty(training)
    image = IMAGE_SIZES[training.dataset]
    record.entrants = tuple(
        EntrantRecord(layers=tuple(layer.name for layer in layers_of(one.model, image)))
        for one in training.resolved_entrants
    )
    return record


def new_run_folder() -> Path:
    """Return the name of a run folder that is not there yet, in the user's folder of runs.

    Raises
    ------
    InputError
        When the folder of runs cannot be made.
    """
    runs = runs_folder()
    try:
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}-{secrets.token_hex(2)}"
            if not (runs / name).exists():
                return runs / name
    except OSError as error:
        raise atomic.cannot_write(runs, error) from None
