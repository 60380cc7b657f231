"""Going on with a training: whether a run folder's is the one that is asked for."""

from __future__ import annotations

from pathlib import Path

from optviz.errors import InputError, shown
from optviz.training import folder as folders
from optviz.training.device import there
from optviz.training.setting import Training

_FOUND = {"device": "auto", "threads": 0, "step": "auto", "train_limit": 0}  # what a run folder has resolved


def goes_on(training: Training, folder: Path) -> tuple[Training, folders.RunFacts]:
    """Return the training of a run folder, if it is the one that is asked for. Raises InputError."""
    known, facts = folders.read(folder)
    same = {name: getattr(known, name) for name, left in _FOUND.items() if getattr(training, name) == left}
    wanted = training.replace(title=known.title, view=known.view, data_dir=known.data_dir, **same)
    for name in ("dataset", "train_limit", "epochs", "batch_size", "seed", "threads", "precision",
                 "step", "interleave", "model", "penalty"):  # fmt: skip
        one, other = getattr(wanted, name), getattr(known, name)
        if one != other:
            raise InputError(
                f"{name}: it is {shown(one)}, but {shown(str(folder), 200)} was trained with {shown(other)}"
            )
    learned = [(e.optimizer, dict(e.hyperparameters), e.schedule, e.changes) for e in known.entrants]
    asked = [(e.optimizer, dict(e.hyperparameters), e.schedule, e.changes) for e in wanted.entrants]
    if learned != asked:
        raise InputError(f"entrants: they are not those {shown(str(folder), 200)} was trained with")
    # Where the data are, what computes and what is looked at may have changed; what is computed may not.
    device = wanted.device if there(wanted.device) or wanted.device != known.device else "cpu"
    return known.replace(data_dir=training.data_dir, view=training.view, device=device), facts
