"""Going on with a training: whether a run folder's is the one that is asked for."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from optviz.errors import InputError, shown
from optviz.training import folder as folders
from optviz.training.device import there
from optviz.training.setting import TrainEntrant, Training

_LEFT_OPEN = {
    "device": "auto",
    "threads": 0,
    "step": "auto",
    "train_limit": 0,
}  # a run folder says what it was
_NUMBERS = (
    "dataset",
    "train_limit",
    "epochs",
    "batch_size",
    "seed",
    "threads",
    "precision",
    "step",
    "interleave",
)


def goes_on(training: Training, folder: Path) -> tuple[Training, folders.RunFacts]:
    """Return the training of a run folder, if it is the one that is asked for.

    Where the data are, what computes and what is looked at may have changed; what is computed may not.

    Raises
    ------
    InputError
        When it is no run folder or that of another training: names what differs.
    """
    known, facts = folders.read(folder)
    same = {
        name: getattr(known, name) for name, left in _LEFT_OPEN.items() if getattr(training, name) == left
    }
    wanted = folders.with_totals(training.replace(**same))
    pairs = [(name, getattr(wanted, name), getattr(known, name)) for name in _NUMBERS]
    for table in ("model", "penalty"):
        one, other = getattr(wanted, table), getattr(known, table)
        pairs += [(f"{table}.{f.name}", getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    pairs.append(("entrants", len(wanted.entrants), len(known.entrants)))
    for i, (mine, theirs) in enumerate(zip(wanted.entrants, known.entrants, strict=False)):
        pairs += _differences(f"entrant {i + 1}: ", mine, theirs)
    for name, asked, was in pairs:
        if asked != was:
            raise InputError(
                f"{name}: it is {_plain(asked)}, but {shown(str(folder), 200)} was trained with {_plain(was)}"
            )
    device = wanted.device if there(wanted.device) or wanted.device != known.device else "cpu"
    return known.replace(data_dir=training.data_dir, view=training.view, device=device), facts


def _differences(where: str, mine: TrainEntrant, theirs: TrainEntrant) -> list[tuple[str, Any, Any]]:
    if mine.optimizer != theirs.optimizer:
        return [(f"{where}optimizer", mine.optimizer, theirs.optimizer)]
    pairs: list[tuple[str, Any, Any]] = []
    for name, value in mine.hyperparameters.items():
        pairs.append((where + name, value, theirs.hyperparameters[name]))
    pairs.append((f"{where}schedule", mine.schedule.name, theirs.schedule.name))
    if mine.schedule.name == theirs.schedule.name:
        values = theirs.schedule.values
        pairs += [(f"{where}schedule.{name}", v, values[name]) for name, v in mine.schedule.values.items()]
    pairs.append((f"{where}changes", mine.changes.table(), theirs.changes.table()))
    return pairs


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else shown(value)
