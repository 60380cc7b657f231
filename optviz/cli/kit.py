"""`optviz render --kit`: everything for a lecture, in one folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from optviz import opening
from optviz.cli.output import Progress
from optviz.errors import InputError
from optviz.experiment import Experiment

if TYPE_CHECKING:
    from optviz.lesson import Lesson
    from optviz.render.plan import Exported


def make(options: argparse.Namespace) -> None:
    """Carry out the command."""
    if options.frame is not None:
        raise InputError("a kit holds many frames: give --frames A:B, not --frame")
    if options.plot is not None:
        raise InputError("a kit holds every plot: leave out --plot")
    what = _read(options.experiment)
    from optviz.render.kit import make_kit

    progress = Progress()
    make_kit(
        what, options.out, size=options.size, fps=options.fps, frames=options.frames,
        # One step a frame is what the option says when nobody gave it: then the kit chooses.
        stride=None if options.stride == 1 else options.stride,
        theme=options.theme, transparent=options.transparent, caption=options.caption, embed=options.embed,
        progress=lambda done, total: progress.tell(f"{100 * done // total} % of the kit", done, total),
    )  # fmt: skip
    progress.end()


def _read(name: str) -> Exported | Lesson:
    """Return the experiment or the lesson of a file, or the scene of a run folder or of its training.toml."""
    opened = opening.read(Path(name))
    if opened.folder is not None:
        from optviz.render.source import scene_of_run

        return scene_of_run(opened.folder)
    if isinstance(opened.value, Experiment):
        return opened.value
    from optviz.training.setting import Training

    if isinstance(opened.value, Training):
        raise InputError(
            f"{name} says what to train, and nothing has been trained yet: "
            "train it first (optviz train … -o RUNDIR), then render RUNDIR"
        )
    lesson: Lesson = opened.value
    return lesson
