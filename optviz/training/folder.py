"""The run folder: what a training leaves on the disk, and how it is read back.

::

    training.toml            everything resolved; table [run]: versions, data checksums, device, layers
    images.npz               the first test images, to choose the one to follow from
    entrant_0/metrics.jsonl  one object a step, and one more after each epoch
    entrant_0/summary.json   how it did
    entrant_0/checkpoint.pt  to go on from (and checkpoint_previous.pt)
    entrant_0/path.npz       weights along the way
    entrant_0/looks.npz, judgements.npz
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from optviz import atomic, tomlfile
from optviz.entrant import ScheduleSetting
from optviz.errors import InputError, shown
from optviz.training import arrays, soundness
from optviz.training.metrics import lines_of
from optviz.training.record import POINT_COLUMNS, EntrantRecord, Judgement, Look, News, Record
from optviz.training.setting import Training

TRAINING = "training.toml"
IMAGES = "images.npz"
METRICS = "metrics.jsonl"
SUMMARY = "summary.json"
PATH = "path.npz"
LOOKS = "looks.npz"
JUDGEMENTS = "judgements.npz"
_LONGEST_LINE = 1_000_000


@dataclass(frozen=True)
class RunFacts:
    """What the table [run] says: what is not asked for but found.

    Attributes
    ----------
    source
        Which data it was, in words.
    mean, std
        Of the training pixels, scaled to 0 … 1: images are normalized by them.
    checksums, versions
        By file and by package.
    layers
        Names of each entrant's layers.
    """

    source: str
    device: str
    mean: float
    std: float
    checksums: Mapping[str, str]
    versions: Mapping[str, str]
    layers: tuple[tuple[str, ...], ...]

    def table(self) -> dict[str, Any]:
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        known["layers"] = [list(names) for names in self.layers]
        return {n: dict(v) if isinstance(v, Mapping) else v for n, v in known.items()}

    @classmethod
    def of(cls, table: object) -> RunFacts:
        """Make it from its table; raises InputError."""
        try:
            known: Any = table
            layers = tuple(tuple(str(name) for name in names) for names in known["layers"])
            texts = {str(k): str(v) for k, v in known["checksums"].items()}
            versions = {str(k): str(v) for k, v in known["versions"].items()}
            mean, std = float(known["mean"]), float(known["std"])
            if not (math.isfinite(mean) and math.isfinite(std) and std > 0.0):
                raise ValueError
            return cls(str(known["source"]), str(known["device"]), mean, std, texts, versions, layers)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InputError("its table [run] is missing or damaged, so it is no run folder's") from None


def entrant_folder(folder: Path, index: int) -> Path:
    """Return where entrant `index` of a run keeps its files."""
    return folder / f"entrant_{index}"


def is_run(path: Path) -> bool:
    """Say whether a path is a run folder."""
    return (path / TRAINING).is_file() and (path / "entrant_0").is_dir()


def check_new(folder: Path) -> None:
    """Refuse a folder that holds something already. Raises InputError."""
    name = shown(str(folder), 300)
    try:
        if is_run(folder):
            raise InputError(
                f"{name} holds a training already; go on with it (--resume) or give another folder"
            )
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{name} is there already and no run folder; give a new or an empty folder")
        if not folder.exists() and not folder.parent.is_dir():
            raise InputError(f"cannot write {name}: there is no folder {shown(str(folder.parent), 300)}")
    except OSError as error:
        raise atomic.cannot_write(folder, error) from None


def create(folder: Path, training: Training, facts: RunFacts, images: Any, labels: Any) -> None:
    """Lay down a new run folder. Raises InputError."""
    import tomlkit

    check_new(folder)
    text = f"{with_totals(training).dumps()}\n{tomlkit.dumps({'run': facts.table()})}"
    with atomic.NewFolder(folder) as new:
        for index in range(len(training.entrants)):
            entrant_folder(new.temporary, index).mkdir()
        atomic.fill(new.temporary / IMAGES, arrays.packed({"images": images, "labels": labels}))
        atomic.fill(new.temporary / TRAINING, text.encode())


def with_totals(training: Training) -> Training:
    """Return a training whose schedules name the steps they are over, where they left that open."""
    entrants = []
    for index, entrant in enumerate(training.entrants):
        schedule = entrant.schedule
        if schedule.values.get("total_steps") == 0:
            values = {**schedule.values, "total_steps": training.steps_of(index)}
            entrant = replace(entrant, schedule=ScheduleSetting(schedule.name, values))
        entrants.append(entrant)
    return training.replace(entrants=tuple(entrants))


def read(folder: Path) -> tuple[Training, RunFacts]:
    """Return what a run folder says it is. Raises InputError."""
    if not folder.exists():
        raise InputError(f"there is no folder {shown(str(folder), 300)}")
    if folder.is_dir() and not (folder / TRAINING).exists():
        raise InputError(f"{shown(str(folder), 300)} is no run folder: it has no {TRAINING}")
    tables, name = tomlfile.read(folder / TRAINING, "a training")
    training = Training.of(tables, name)
    try:
        facts = RunFacts.of(tables.get("run"))
        if len(facts.layers) != len(training.entrants):
            raise InputError("its table [run] has layers for another number of entrants")
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    return training, facts


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write an object, whole or not at all. Raises InputError."""
    atomic.write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def write_path(path: Path, steps: Sequence[int], weights: Sequence[Any], parts: Sequence[Any]) -> None:
    """Write the weights along the way.

    Parameters
    ----------
    steps
        After how many steps; the first is 0, the start.
    weights
        For each, all parameters one after the other, float32[P].
    parts
        (name, shape) of each parameter, in the order of the network's state_dict.
    """
    buffer = io.BytesIO()
    meta = json.dumps({"parameters": [{"name": name, "shape": list(shape)} for name, shape in parts]})
    count = sum(math.prod(shape) for _, shape in parts)
    np.savez(
        buffer,
        steps=np.asarray(steps, np.int64),
        weights=np.asarray(weights, np.float32).reshape(len(steps), count),
        meta=np.array(meta),
    )
    atomic.write_bytes(path, buffer.getbuffer())


def read_path(path: Path) -> tuple[list[int], list[Any]]:
    """Return steps and weights that `write_path` wrote. Raises InputError."""
    name = shown(str(path), 300)
    try:
        with np.load(path, allow_pickle=False) as file:
            steps, weights = file["steps"], file["weights"]
        if steps.ndim != 1 or weights.ndim != 2 or len(steps) != len(weights):
            raise ValueError
        return [int(step) for step in steps], [row.copy() for row in weights]
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a damaged archive raises whatever its bytes happen to mean
        raise InputError(f"{name} is damaged: {type(error).__name__}") from None


def read_record(folder: str | os.PathLike[str]) -> Record:
    """Return everything a run folder knows, as it was told while it trained.

    Raises
    ------
    InputError
        When it is no run folder or something in it is damaged; the message names the file.
    """
    folder = Path(folder)
    training, facts = read(folder)
    first = _values(folder / IMAGES)
    record = replace(Record.empty(training), source=facts.source, device=facts.device)
    if isinstance(first, dict) and {"images", "labels"} <= first.keys():
        record.images, record.labels = first["images"], first["labels"]
    entrants = []
    for index, layers in enumerate(facts.layers):
        entrants.append(_read_entrant(entrant_folder(folder, index), layers))
    record.entrants = tuple(entrants)
    sizes = [one.batch_size for one in training.resolved_entrants]
    record.total = training.epochs * training.images * len(sizes)
    share = [
        1.0 if one.status in ("done", "diverged") else one.steps / training.steps_of(index)
        for index, one in enumerate(entrants)
    ]
    record.done = round(training.epochs * training.images * sum(share))
    ended = all(one.status in ("done", "diverged") for one in entrants)
    record.state = "done" if ended else "stopped"
    if ended:
        record.done, record.seconds_left = record.total, 0.0
    rates = [one.summary["images_per_second"] for one in entrants if one.summary]
    record.images_per_second = float(np.mean(rates)) if rates else 0.0
    soundness.check(record, folder)
    return record


def _values(path: Path) -> Any:
    return arrays.read(path) if path.exists() else ()


def _read_entrant(folder: Path, layers: tuple[str, ...]) -> EntrantRecord:
    entrant = EntrantRecord(layers)
    name = shown(str(folder / METRICS), 300)
    steps: list[list[float]] = []
    measured: list[list[float]] = []
    for line in lines_of(folder / METRICS):
        if "test_loss" in line:
            continue
        try:
            steps.append([float("nan") if line[c] is None else float(line[c]) for c in POINT_COLUMNS])
            if "layers" in line:
                pairs = [line["layers"][layer] for layer in layers]
                numbers = [
                    float("nan") if v is None else float(v) for at in (0, 1) for v in (p[at] for p in pairs)
                ]
                measured.append([float(line["step"]), *numbers])
        except (KeyError, TypeError, ValueError, IndexError):
            raise InputError(f"{name} is damaged: step {line['step']} lacks something") from None
    looks, judgements = _values(folder / LOOKS), _values(folder / JUDGEMENTS)
    for path, values, kind in ((LOOKS, looks, Look), (JUDGEMENTS, judgements, Judgement)):
        if not isinstance(values, tuple) or not all(isinstance(one, kind) for one in values):
            raise InputError(f"{shown(str(folder / path), 300)} is damaged: it holds something else")
    summary = _summary(folder / SUMMARY)
    status = str(summary.get("status")) if summary else ""
    if summary and status == "done" and summary.get("steps") != len(steps):
        raise InputError(f"{name} is damaged: it holds {len(steps)} of {summary.get('steps')} steps")
    entrant.take(
        News(
            np.array(steps, dtype=np.float64).reshape(-1, len(POINT_COLUMNS)),
            np.array(measured, dtype=np.float64).reshape(-1, 1 + 2 * len(layers)),
            judgements,
            looks,
            status if status in ("done", "diverged") else "stopped",
            str(summary.get("why", "")) if summary else "",
            summary,
        )
    )
    return entrant


def _summary(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        known = json.loads(path.read_bytes()[: 10 * _LONGEST_LINE])
        if not isinstance(known, dict):
            raise ValueError
        float(known["images_per_second"])
        return known
    except OSError as error:
        raise InputError(f"{shown(str(path), 300)} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{shown(str(path), 300)} is damaged") from None
