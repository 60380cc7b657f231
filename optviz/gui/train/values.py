"""What a session makes of trainings: one to stand in for another, an empty record, a new run folder."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from optviz import atomic
from optviz.entrant import Entrant
from optviz.gui.recent import runs_folder
from optviz.gui.train.controls.words import setting_name
from optviz.optimizers import OPTIMIZERS
from optviz.training.network.architecture import layers_of
from optviz.training.record import EntrantRecord, Look, Record
from optviz.training.scene.names import names
from optviz.training.setting import IMAGE_SIZES, TRAIN_SIZES, TrainEntrant, Training

# What the offline stand-in for a training on MNIST changes: few small images want small batches.
_SMALL = {"dataset": "digits", "train_limit": 0, "batch_size": 32, "epochs": 20}

# Rates that train these networks well, where the rule's own default is made for something else.
_RATES = {
    "gd": 0.1, "sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "qhm": 0.1, "rmsprop": 0.001,
    "rprop": 0.001, "schedule_free_sgd": 1.0,
}  # fmt: skip

_LOOKS: dict[str, Any] = {"label": "", "color": None, "hidden": False}


def usual_rate(optimizer: str) -> float:
    """Return the learning rate with which an optimizer trains networks where nobody says another."""
    return float(_RATES.get(optimizer, OPTIMIZERS[optimizer].knobs[0].default))


def from_race(entrant: Entrant) -> TrainEntrant:
    """Return an entrant of a race as one of a training: a surface's learning rate is none for a network."""
    made = TrainEntrant.of(entrant, "entrant")
    return made.replace(learning_rate=usual_rate(entrant.optimizer))


def same_entrant(one: TrainEntrant, other: TrainEntrant) -> bool:
    """Return whether two entrants differ in nothing but how they look."""
    return replace(one, **_LOOKS) == replace(other, **_LOOKS)


def in_words(text: str, training: Training) -> str:
    """Return a complaint about a training with its entrants and settings by the names the window has."""
    found = re.match(r"entrant (\d+): ", text)
    who = names(training)
    start = ""
    if found is not None and int(found[1]) <= len(who):
        text = text[found.end() :]
        start = f"{who[int(found[1]) - 1]}: " if len(who) > 1 else ""
    key, colon, rest = text.partition(": ")
    key = key.removeprefix("model.")
    if colon and re.fullmatch(r"[a-z0-9_]+", key):
        try:
            return f"{start}{setting_name(key)}: {rest}"
        except KeyError:
            return f"{start}{key.replace('_', ' ')}: {rest}"
    return start + text


def followed(last: Look, new: Look) -> Look:
    """Return a look with another digit followed through the same network."""
    layers = last.layers
    if [layer.name for layer in layers] == [layer.name for layer in new.layers]:
        pairs = zip(layers, new.layers, strict=True)
        layers = tuple(replace(mine, activations=theirs.activations) for mine, theirs in pairs)
    return replace(last, digit=new.digit, probabilities=new.probabilities, layers=layers)


def kept_epoch(record: Record) -> float:
    """Return the epoch of the last checkpoints: one is written with every judgement, and on a pause."""
    going = [one for one in record.entrants if one.status not in ("done", "diverged", "waiting")]
    return min((one.judgements[-1].epoch if one.judgements else 0.0 for one in going), default=0.0)


def alike(one: Training, other: Training) -> bool:
    """Return whether two trainings differ in nothing but how they are looked at."""

    def plain(it: Training) -> Training:
        entrants = tuple(replace(entrant, **_LOOKS) for entrant in it.entrants)
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


def new_run_folder(title: str, given: Collection[Path] = ()) -> Path:
    """Return the name of a run folder that is not there yet, in the user's folder of runs.

    It is made of the time and the title; those `given` before may not be made yet.

    Raises
    ------
    InputError
        When the folder of runs cannot be made.
    """
    runs = runs_folder()
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in title.lower()).split()
    slug = "_".join(words)[:40].strip("_") or "training"
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{slug}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        number, folder = 1, runs / name
        while folder in given or folder.exists():
            number += 1
            folder = runs / f"{name}_{number}"
        return folder
    except OSError as error:
        raise atomic.cannot_write(runs, error) from None
