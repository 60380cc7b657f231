"""`optviz render`: an experiment or a run folder as a film, pictures, one picture or a table."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from optviz import provenance, tomlfile
from optviz.cli.output import Progress, say
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.provenance import Provenance

if TYPE_CHECKING:
    from optviz.render.plan import Exported

_SIZE = (1920, 1080)


def render(options: argparse.Namespace) -> None:
    """Carry out the command."""
    asked_rate = options.fps
    recorded = None if _is_run(options.experiment) else provenance.read(options.experiment)
    _fill_in(options, recorded)
    if options.kit:
        from optviz.cli import kit

        kit.make(options)
        return
    what = _read(options.experiment, recorded)
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
    if asked_rate is not None and planned.kind == "gif" and planned.fps > video.GIF_FASTEST:
        say(f"a GIF plays at most {video.GIF_FASTEST} frames a second: {video.GIF_FASTEST} it is")


def _is_run(name: str) -> bool:
    """Say whether this is a run folder, or the training.toml of one."""
    folder, base = os.path.split(name)
    return os.path.isdir(name) or (
        base == "training.toml" and os.path.isdir(os.path.join(folder, "entrant_0"))
    )


def _fill_in(options: argparse.Namespace, recorded: Provenance | None) -> None:
    """Settle what was not asked for: as an exported file was made, else as usual."""
    from optviz.render.plan import PICTURES, TABLE, TRANSPARENT, kind_of

    kind = "frames" if options.kit else kind_of(options.out)[1]
    known = dict(recorded.options) if recorded is not None else {}
    if options.size is None:
        options.size = known.get("size", _SIZE)
    if options.fps is None:
        options.fps = known.get("fps")
    if options.theme is None:
        options.theme = known.get("theme")
    if options.transparent is None:
        options.transparent = known.get("transparent", False) and kind in TRANSPARENT
    if options.caption is None:
        options.caption = known.get("caption", False) and kind != TABLE
    if recorded is not None and kind in PICTURES and options.frame is None:
        film = recorded.frames
        options.frame = recorded.frame if film is None else range(*film, recorded.stride)[-1]
    if recorded is not None and recorded.frames is not None and kind not in PICTURES:
        if options.frames is None:
            options.frames = recorded.frames
        if options.stride is None:
            options.stride = recorded.stride
    if options.stride is None:
        options.stride = 1


def _read(name: str, recorded: Provenance | None) -> Exported:
    """Return the experiment of a file, or the scene of a run folder or of its training.toml."""
    if recorded is not None:
        if not isinstance(recorded.value, Experiment):
            where = shown(os.path.basename(name), 200).strip("'\"")
            raise InputError(
                f"{where} shows a training, and holds its settings but not what was trained: render its run "
                "folder, or open the file in the window and train it again"
            )
        return recorded.value
    if _is_run(name):
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
