"""Making a kit: the whole folder or nothing, with its progress over everything."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from optviz import interrupt
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.lesson import Lesson
from optviz.render import offscreen, video
from optviz.render.export import Cancelled
from optviz.render.kit.folder import KitFolder
from optviz.render.kit.lesson import parts_of, pieces_of
from optviz.render.kit.pieces import Piece, pieces
from optviz.render.kit.subject import Subject, chosen
from optviz.render.plan import PICTURES, TABLE, Exported, Size, kind_of, plan
from optviz.training.scene.scene import TrainScene

_RATE, _LEAST_RATE, _LEAST_SECONDS = 30, 5, 4
_PAGES = (*video.KINDS, *PICTURES, TABLE)


def make_kit(
    what: Exported | Lesson,
    out: str | os.PathLike[str],
    *,
    size: Size = (1920, 1080),
    fps: object = None,
    frames: tuple[int | None, int | None] | None = None,
    stride: int | None = None,
    theme: str | None = None,
    transparent: bool = False,
    caption: bool = False,
    embed: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write everything for a lecture into one folder: films, pictures, a player, LaTeX, words and numbers.

    Parameters
    ----------
    what
        An experiment, the scene of a training, or a lesson: that has such a folder for each step, and one
        player, one contact sheet and one file of words for all.
    out
        A folder. Where it is there already, it is empty or holds an earlier kit, which is replaced.
    size
        Width and height of frames, film, poster and stills. What else there is, is smaller.
    fps
        Frames a second of the film and the player; None for 30, or less where there are few frames.
    frames, stride
        Which frames, as in `optviz.render.export.export`; not for a lesson, whose steps say it. Where neither
        is given there are at most 601: every step, or every 2nd, 5th, 10th, …
    theme, transparent, caption, embed
        As in `optviz.render.export.export`. Films and the player always stand on their page.
    progress
        Called with the work done and the work in all.
    cancelled
        Asked after every frame; once it says True, the work ends.

    Raises
    ------
    InputError
        For anything out of bounds and for an `out` that cannot be written.
    Cancelled
        When `cancelled` said so. Whatever is raised, `out` is as it was before.
    """
    folder = _folder(out)
    options: dict[str, Any] = {
        "size": size, "fps": fps, "theme": theme, "transparent": transparent, "caption": caption,
        "embed": embed,
    }  # fmt: skip
    if isinstance(what, (Experiment, TrainScene)):
        free = frames is None and stride is None
        made = pieces(_subject(what, chosen(what, frames, stride), free=free, **options))
    elif isinstance(what, Lesson):
        if frames is not None or stride is not None:
            raise InputError("the steps of a lesson say which frames they show: leave out frames and stride")
        made = pieces_of(what, parts_of(what, _making(options)))
    else:
        raise InputError(
            f"kit: {shown(what)} is not allowed; it must be an experiment, a training or a lesson"
        )
    offscreen.ensure_application()
    with KitFolder(folder) as whole, interrupt.parts():
        carry_out(made, whole.temporary, progress, cancelled)


def carry_out(
    made: Sequence[Piece],
    folder: Path,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Make the pieces of a kit one after the other. Raises Cancelled when `cancelled` said so."""
    total = sum(piece.weight for piece in made)
    begun = told = 0

    def tell(share: float) -> None:
        nonlocal told
        done = min(begun + int(share * weight), total)
        if progress is not None and done > told:
            told = done
            progress(done, total)
        if cancelled is not None and cancelled():
            raise Cancelled

    for piece in made:
        weight = piece.weight
        tell(0.0)
        piece.make(folder, tell)
        tell(1.0)
        begun += weight


def _folder(out: str | os.PathLike[str]) -> str:
    """Return the name of the folder a kit goes to."""
    if not isinstance(out, (str, os.PathLike)) or not os.fspath(out):
        raise InputError(f"out: {shown(out)} is not allowed; a kit is a folder, like KIT/")
    name = os.fspath(out)
    if os.path.splitext(name)[1][1:].lower() in _PAGES and not os.path.isdir(name):
        raise InputError(f"out: {shown(name, 300)} is not allowed; a kit is a folder: end it in /")
    return kind_of(name if name.endswith(("/", os.sep)) else name + "/")[0]


def _making(options: dict[str, Any]) -> Callable[[Experiment, range, Fraction | None, str], Subject]:
    """Return what makes the subject of a step of a lesson, which has a rate of its own."""

    def make(what: Experiment, steps: range, rate: Fraction | None, name: str) -> Subject:
        fps = rate if options["fps"] is None else options["fps"]
        return replace(_subject(what, steps, free=True, **{**options, "fps": fps}), name=name)

    return make


def _subject(what: Exported, steps: range, *, fps: object, size: Size, free: bool, **options: Any) -> Subject:
    """Return what a kit is made of, everything checked."""
    if fps is None:
        fps = min(_RATE, max(_LEAST_RATE, round(Fraction(len(steps), _LEAST_SECONDS))))
    checked = plan(what, "frames/", size=size, fps=fps, **options)
    return Subject(
        what,
        steps,
        checked.size,
        checked.fps,
        checked.theme,
        checked.transparent,
        checked.caption,
        checked.embed,
        free,
    )
