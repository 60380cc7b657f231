"""The folder of a kit: it appears, or is exchanged for an earlier kit, only once it is whole."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from optviz import atomic
from optviz.errors import InputError, shown
from optviz.tomlfile import open_regular

MANIFEST = "kit.json"
_LARGEST = 8 * 2**20
_MANY = 200_000


class KitFolder(atomic.WholeFolder):
    """A folder of files and folders, with a list of them by which a later kit knows what to replace.

    Where `path` is there already it must be empty or hold an earlier kit, whose files, and no others, are
    exchanged for the new ones; they are put back should the exchange fail.

    Raises
    ------
    InputError
        If the folder cannot be written, or holds anything but a kit.
    """

    def _prepare(self) -> None:
        super()._prepare()
        if self._target.is_dir() and os.listdir(self._target) and not files_of(self._target):
            raise InputError(
                f"cannot write {shown(str(self.path), 300)}: it holds files of another kind; "
                "a kit needs a folder of its own"
            )

    def _keep(self) -> None:
        names = sorted(_within(self.temporary))
        listed = json.dumps({"optviz_kit": 1, "files": [*names, MANIFEST]}, indent=0, ensure_ascii=True)
        atomic.fill(self.temporary / MANIFEST, listed.encode())
        super()._keep()

    def _exchange(self) -> None:
        names = [*files_of(self._target), *_within(self.temporary)]
        try:
            super()._exchange()
        finally:
            _remove_empty(self._target, names)

    def _moves(self, source: Path, goal: Path) -> list[tuple[Path, Path]]:
        if source == self._target:  # aside, where nothing is looked for by name
            return [(source / name, goal / f"{i:06d}") for i, name in enumerate(files_of(source))]
        names = [*_within(source), MANIFEST]
        mine = set(files_of(goal))
        for name in names:
            if name not in mine and os.path.lexists(goal / name):
                raise InputError(
                    f"cannot write {shown(str(self.path), 300)}: {shown(name)} is there and belongs to no kit"
                )
            (goal / name).parent.mkdir(parents=True, exist_ok=True)
        return [(source / name, goal / name) for name in dict.fromkeys(names)]


def files_of(folder: Path) -> list[str]:
    """Return the files of the kit in a folder, as paths within it; none where there is no kit.

    A list that leads out of the folder, or is anything but a list of paths, is no list.
    """
    try:
        with open_regular(folder / MANIFEST, MANIFEST) as file:
            text = file.read(_LARGEST + 1)
        known = json.loads(text) if len(text) <= _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return []
    names = known.get("files") if isinstance(known, dict) and known.get("optviz_kit") == 1 else None
    if not isinstance(names, list) or len(names) > _MANY:
        return []
    root = os.path.realpath(folder)
    return [name for name in dict.fromkeys(map(str, names)) if _is_within(root, name)]


def _is_within(root: str, name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name:
        return False
    whole = os.path.join(root, *path.parts)
    parent = os.path.realpath(os.path.dirname(whole))
    return (parent == root or parent.startswith(root + os.sep)) and os.path.isfile(whole)


def _within(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _remove_empty(folder: Path, names: list[str]) -> None:
    """Remove the folders that files of the kit left empty."""
    parents = {folder.joinpath(*PurePosixPath(name).parts).parent for name in names}
    for parent in sorted({p for own in parents for p in (own, *own.parents)}, key=lambda p: -len(p.parts)):
        if folder in parent.parents:
            with suppress(OSError):
                parent.rmdir()
