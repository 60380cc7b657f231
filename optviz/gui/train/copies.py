"""Copying a run folder: whole or not at all, and on the disk before it has its name."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from optviz import atomic


def copy_run(source: Path, folder: Path) -> None:
    """Copy the run folder `source` as `folder`, which must not be there yet.

    Raises
    ------
    InputError
        When it cannot be written; then nothing is left behind.
    """
    beside = folder.with_name(f".optviz-{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(source, beside, copy_function=_copy)
        for place, _, _ in os.walk(beside, topdown=False):
            _sync(place)
        beside.rename(folder)
        _sync(folder.parent)
    except (OSError, shutil.Error) as error:
        reason = error if isinstance(error, OSError) and error.errno else OSError(str(error)[:200])
        raise atomic.cannot_write(folder, reason) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _copy(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())
    return target


def _sync(folder: str | Path) -> None:
    """Force the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
