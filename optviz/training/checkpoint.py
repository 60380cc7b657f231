"""Checkpoints: written whole or not at all, and trusted only when nothing in them has changed.

torch loads a flipped bit without a word, so that a checkpoint carries a digest of all its numbers. What is
needed to go on as if never stopped: weights and running statistics, the optimizer's memory, and the step.
Batches, dropout and learning rates follow from the step alone.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from optviz import atomic
from optviz.errors import InputError, shown

FORMAT = 1
NAME = "checkpoint.pt"
PREVIOUS = "checkpoint_previous.pt"


class DamagedError(InputError):
    """A checkpoint that was whole once."""


def save(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the checkpoint of an entrant's folder; the one before it is kept beside it.

    Parameters
    ----------
    state
        Tensors, numbers, texts, lists and dicts; `model` is a network's state_dict.

    Raises
    ------
    InputError
        If it cannot be written; what was there stays.
    """
    import torch

    whole = {"format": FORMAT, **state}
    whole["digest"] = digest(whole)
    buffer = io.BytesIO()
    torch.save(whole, buffer)
    path = folder / NAME
    data = buffer.getbuffer()
    with atomic.Whole(path) as file:
        atomic.fill(file.temporary, data)
        # A link: at no time is there no checkpoint. Where there are none, only the newest is kept.
        spare = folder / f".{PREVIOUS}.part"
        with suppress(OSError):
            spare.unlink(missing_ok=True)
            os.link(path, spare)
            os.replace(spare, folder / PREVIOUS)
            spare.unlink(missing_ok=True)  # two names of one file are not renamed onto each other


def load(path: Path) -> dict[str, Any]:
    """Return what `save` wrote, its tensors on the CPU.

    Raises
    ------
    InputError
        When it is missing, damaged, of a newer version, or no checkpoint at all. Nothing in it is run.
    """
    import torch

    name = shown(str(path), 200).strip("'\"")
    try:
        with zipfile.ZipFile(path) as file:
            damaged = file.testzip()
        if damaged is not None:
            raise DamagedError(f"{name} is damaged: its part {shown(damaged)} has changed")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a damaged file raises whatever its bytes happen to mean
        raise DamagedError(f"{name} is damaged or no checkpoint: {type(error).__name__}") from None
    if not isinstance(state, dict) or not isinstance(state.get("model"), dict) or "digest" not in state:
        raise InputError(f"{name} is no checkpoint of optviz: it must be a dict with a model in it")
    if state.get("format") != FORMAT:
        raise InputError(
            f"{name} has format {shown(state.get('format'))}; this version reads format {FORMAT}"
        )
    if state.pop("digest") != digest(state):
        raise DamagedError(f"{name} is damaged: its numbers have changed")
    return state


def newest(folder: Path, warn: Callable[[str], None] = lambda text: None) -> dict[str, Any] | None:
    """Return the newest checkpoint of an entrant's folder that is whole, or None where there is none at all.

    Parameters
    ----------
    warn
        Told, in one line, when the newest is damaged and the one before it is taken.

    Raises
    ------
    InputError
        When there are checkpoints, but every one of them is damaged; or the newest is of a newer version.
    """
    first: DamagedError | None = None
    for name in (NAME, PREVIOUS):
        if (folder / name).exists():
            try:
                state = load(folder / name)
                if first is not None:
                    warn(f"{first}; going on from the one before it")
                return state
            except DamagedError as error:
                first = first or error
    if first is not None:
        raise first
    return None


def digest(value: Any) -> str:
    """Return a SHA-256 in hex of nested dicts, lists, numbers, texts and tensors."""
    running = hashlib.sha256()
    _add(running, value)
    return running.hexdigest()


def _add(running: Any, value: Any) -> None:
    import torch

    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu().contiguous()
        running.update(f"tensor {tensor.dtype} {tuple(tensor.shape)}".encode())
        running.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    elif isinstance(value, Mapping):
        running.update(f"dict {len(value)}".encode())
        for key in sorted(value, key=repr):
            running.update(repr(key).encode())
            _add(running, value[key])
    elif isinstance(value, (list, tuple)):
        running.update(f"list {len(value)}".encode())
        for one in value:
            _add(running, one)
    else:
        running.update(f"{type(value).__name__} {value!r}".encode())
