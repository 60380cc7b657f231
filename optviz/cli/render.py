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
    options.experiment = shipped(options.experiment)
    recorded = None if _is_run(options.experiment) else provenance.read(options.experiment)
    _fill_in(options, recorded)
    if options.kit:
        from optviz.cli import kit

        kit.make(options)
        return
    if recorded is not None and recorded.kind == "lesson":
        _render_step(options, recorded)
        return
    what = _read(options.experiment, recorded)
    if recorded is not None and recorded.options.get("shows") == "sheet":
        name = shown(os.path.basename(options.experiment), 200).strip("'\"")
        say(f"{name} is a contact sheet of several frames: what it has in it is the last of them")
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


def shipped(name: str) -> str:
    """Return the file of a lesson that comes with optviz where `name` is its id or path; else `name`.

    A file or folder of that name here goes before.
    """
    if os.path.lexists(name):
        return name
    from optviz import resources
    from optviz.cli.listing import lesson_id

    asked = os.path.normpath(name)
    for path in resources.lessons():
        own = os.path.join(path.parent.parent.name, path.parent.name, path.name)
        if asked in (lesson_id(path), path.stem, path.name) or f"{os.sep}{own}".endswith(f"{os.sep}{asked}"):
            return str(path)
    return name


def _render_step(options: argparse.Namespace, recorded: Provenance) -> None:
    """Draw again what moves, or is told, in a step of a lesson."""
    name = shown(os.path.basename(options.experiment), 200).strip("'\"")
    if recorded.options.get("shows") == "sheet":
        raise InputError(
            f"{name} is the contact sheet of a lesson: render that with --kit -o FOLDER/, or open it"
        )
    from optviz.render.kit.shooting import export, planned_again, weight
    from optviz.render.kit.shots import shots_of
    from optviz.render.plan import PICTURES, kind_of, plan

    (step,) = recorded.value.steps if len(recorded.value.steps) == 1 else (None,)
    shots = shots_of(step) if step is not None else None
    if step is None or shots is None:
        raise InputError(f"{name} has a lesson in it in which nothing moves: render it with --kit -o FOLDER/")
    if options.plot is not None:
        raise InputError(
            f"plot: {shown(options.plot)} is not allowed; only a training has plots to choose from"
        )
    picture = kind_of(options.out)[1] in PICTURES
    planned = plan(
        step.experiment, options.out, size=options.size, fps=float(shots.rate) if options.fps is None else
        options.fps, frame=None if picture else options.frame,
        theme=options.theme, transparent=options.transparent, caption=options.caption, embed=options.embed,
    )  # fmt: skip
    if picture and options.frames is not None:
        raise InputError(f"a .{planned.kind} file holds one frame: give --frame K, not --frames")
    chosen = None
    if picture and options.frame is not None:
        chosen = range(options.frame, options.frame + 1)
    elif not picture:
        first, end = options.frames or (None, None)
        chosen = range(first or 0, len(shots) if end is None else end, options.stride)
    planned = planned_again(planned, chosen, shots, name)
    progress, total, done = Progress(), weight(planned), 0

    def count() -> None:
        nonlocal done
        done += 1
        progress.show(done, total)

    export(planned, shots, count)
    progress.end()


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
    if options.kit and recorded is not None and recorded.kind == "lesson":  # its steps say what they show
        recorded, options.fps = None, None
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
    if isinstance(tables.get("steps"), list):  # the mark of a lesson, whose code is not loaded for less
        raise InputError(
            f"{where} is a lesson, a film and a folder of pictures for each of its steps: "
            "render it with --kit -o FOLDER/"
        )
    from optviz.training.setting import is_training

    if is_training(tables):
        raise InputError(
            f"{where} says what to train, and nothing has been trained yet: "
            "train it first (optviz train … -o RUNDIR), then render RUNDIR"
        )
    return Experiment.of(tables, where)
