"""Names of exports: what is proposed, and how a name follows the kind and the plot that are chosen."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from optviz.gui.export.choices import FOLDERS, KIT
from optviz.render import video
from optviz.render.plan import PICTURES, TABLE

_ENDINGS = (*video.KINDS, *PICTURES, TABLE)
_FRAMES, _KIT = "_frames", "_kit"


def proposed(stem: str, kind: str) -> str:
    """Return the name of an export of some kind."""
    if kind in FOLDERS:
        return f"{stem}{_KIT if kind == KIT else _FRAMES}/"
    return f"{stem}.{kind}"


def usual_folder(kind: str) -> Path:
    """Return the folder a person has for such files."""
    where = QStandardPaths.StandardLocation
    place = where.PicturesLocation if kind in ("frames", *PICTURES) else where.MoviesLocation
    found = QStandardPaths.writableLocation(where.DocumentsLocation if kind == TABLE else place)
    return Path(found) if found and Path(found).is_dir() else Path.home()


def renamed(text: str, kind: str, before: str | None = None, plot: str | None = None) -> str:
    """Return a name made that of another kind, and of another plot than `before`."""
    old = Path(text.rstrip("/"))
    stem = old.stem if old.suffix[1:].lower() in _ENDINGS else old.name
    stem = stem.removesuffix(_FRAMES).removesuffix(_KIT)
    if plot != before:
        stem = stem.removesuffix(f"_{before}") + (f"_{plot}" if plot else "")
    return str(old.parent / proposed(stem, kind)).rstrip("/")


def typed(text: str) -> str:
    """Return what was typed, a home folder written out."""
    text = text.strip()
    return os.path.expanduser(text)


def completed(text: str, kind: str) -> str:
    """Return a typed name with the ending of its kind, where it has none."""
    text = typed(text)
    if not text or text.endswith("/"):
        return text
    if kind in FOLDERS:
        return text + "/"
    return text if Path(text).suffix else f"{text}.{kind}"
