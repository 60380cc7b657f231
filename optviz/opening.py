"""Reading what a person opens: an experiment, a training, a lesson, an exported file, or a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optviz import tomlfile
from optviz.errors import InputError, shown
from optviz.experiment import Experiment

_TRAINING = "training.toml"


@dataclass(frozen=True, eq=False)
class Opened:
    """What was read.

    Attributes
    ----------
    value
        An experiment, a training or a lesson.
    record, folder
        Of a run folder: everything it knows, and where it is.
    frame
        Of an exported file: the frame it shows; the first one of a film.
    export
        Of an exported file: how it was exported (`optviz.provenance.Provenance.export`).
    """

    value: Any
    record: Any = None
    folder: Path | None = None
    frame: int | None = None
    export: Mapping[str, Any] | None = None


def read(path: Path) -> Opened:
    """Read a file or a run folder. Of an exported file only its record is read, and nothing is run.

    Raises
    ------
    InputError
        In one line, when it cannot be read or something in it is wrong.
    """
    folder = run_folder(path)
    if folder is not None:
        from optviz.training.folder import read_record

        record = read_record(folder)
        return Opened(record.training, record, folder)
    from optviz import provenance

    found = provenance.read(path)
    if found is not None:
        frame = found.frame if found.frames is None else found.frames[0]
        return Opened(found.value, frame=frame, export=found.export)
    tables, name = tomlfile.read(path, "an experiment")
    if isinstance(tables.get("steps"), list):  # the mark of a lesson, whose code is loaded for nothing else
        from optviz.lesson import Lesson, is_lesson

        if is_lesson(tables):
            return Opened(Lesson.of(tables, name))
    # The code of trainings is loaded only for what may be one.
    if "surface" not in tables and "formula" not in tables and "reshape" not in tables:
        from optviz.training.setting import Training, is_training

        if is_training(tables):
            return Opened(Training.of(tables, name))
    return Opened(Experiment.of(tables, name))


def run_folder(path: Path) -> Path | None:
    """Return the run folder that a path is, or whose `training.toml` it is; None for any other file.

    Raises
    ------
    InputError
        For a folder that no training left.
    """
    if path.is_dir():
        if not (path / _TRAINING).is_file():
            raise InputError(f"{shown(str(path), 300)} is no run folder: there is no {_TRAINING} in it")
        return path
    if path.name == _TRAINING and (path.parent / "entrant_0").is_dir():
        return path.parent
    return None
