"""`optviz render`: an experiment or a run folder as a film, pictures, one picture or a table."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from optviz import tomlfile
from optviz.cli.output import Progress, say
from optviz.errors import InputError
from optviz.experiment import Experiment

if TYPE_CHECKING:
    from optviz.render.plan import Exported


def render(options: argparse.Namespace) -> None:
    """Carry out the command."""
    what = _read(options.experiment)
    from optviz.render import video
    from optviz.render.export import carry_out
    from optviz.render.plan import plan

    planned = plan(
        what, options.out, size=options.size, fps=60 if options.fps is None else options.fps,
        frames=options.frames, frame=options.frame, stride=options.stride, plot=options.plot,
        theme=options.theme, transparent=options.transparent, caption=options.caption, embed=options.embed,
    )  # fmt: skip
    progress = Progress()
    carry_out(planned, what, progress.show)
    progress.end()
    if options.fps is not None and planned.kind == "gif" and planned.fps > video.GIF_FASTEST:
        say(f"a GIF plays at most {video.GIF_FASTEST} frames a second: {video.GIF_FASTEST} it is")


def _read(name: str) -> Exported:
    """Return the experiment of a file, or the scene of a run folder or of its training.toml."""
    folder, base = os.path.split(name)
    if os.path.isdir(name) or (base == "training.toml" and os.path.isdir(os.path.join(folder, "entrant_0"))):
        from optviz.render.source import scene_of_run

        return scene_of_run(name)
    tables, where = tomlfile.read(name, "an experiment")
    from optviz.training.setting import is_training

    if is_training(tables):
        raise InputError(
            f"{where} says what to train, and nothing has been trained yet: "
            "train it first (optviz train … -o RUNDIR), then render RUNDIR"
        )
    return Experiment.of(tables, where)
