"""Exporting: an experiment or a training becomes a film, numbered pictures, one picture or a table.

The window and the command line call the same `export`; what kind of file comes out is read from the name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import optviz.render.offscreen as offscreen
import optviz.render.vector as vector
from optviz import atomic
from optviz.experiment import Experiment
from optviz.provenance import Provenance
from optviz.render import csv_table, origin, png, video
from optviz.render.plan import TABLE, Exported, Plan, Size, plan
from optviz.render.source import Source, scene_of_run
from optviz.training.scene.scene import TrainScene

_PNG_THREADS = 2


class Cancelled(Exception):  # noqa: N818 - not an error
    """The person who asked for an export called it off; nothing was written."""


def export(
    what: Exported,
    out: str | os.PathLike[str],
    *,
    size: Size = (1920, 1080),
    fps: object = 60,
    frames: tuple[int | None, int | None] | None = None,
    frame: int | None = None,
    stride: int = 1,
    theme: str | None = None,
    plot: str | None = None,
    transparent: bool = False,
    caption: bool = False,
    embed: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write an experiment or a training as a film, numbered pictures, one picture or a table of numbers.

    Parameters
    ----------
    what
        An experiment, or the scene of a training (`optviz.render.source.scene_of_run`).
    out
        Ends in "/" for a folder of pictures frame_000000.png …, the number being the step; in .mp4, .webm or
        .gif for a film; in .png, .svg or .pdf for one picture; in .csv for the numbers of one plot.
    size
        Width and height in pixels.
    fps
        Frames a second of a film. A GIF counts in hundredths of a second: 20, 25 and 50 are exact.
    frames
        (A, B): the steps A ≤ step < B; None for all, 0 to the experiment's steps. A comparison's film from
        before to after has frames 0 to 120 in their place. Of a training they are the steps of whoever takes
        the most, and there are as many as are known.
    frame
        The step of the one picture, or the one up to which a table goes; None for the last.
    stride
        Every how many steps there is a frame.
    theme
        "light", "dark" or "projector"; None for the experiment's own.
    plot
        The plot of a training exported alone, one of `optviz.render.plan.PLOTS`; None for all of them.
    transparent, caption, embed
        Whether the page is left out, a line below says what was run, and the file carries its experiment.
    progress
        Called with frames done and frames in all.
    cancelled
        Asked before every frame; once it says True, the export ends.

    Raises
    ------
    InputError
        For anything out of bounds and for an `out` that cannot be written.
    Cancelled
        When `cancelled` said so. Whatever is raised, `out` is as it was before.
    """
    planned = plan(
        what, out, size=size, fps=fps, frames=frames, frame=frame, stride=stride, theme=theme, plot=plot,
        transparent=transparent, caption=caption, embed=embed,
    )  # fmt: skip
    carry_out(planned, what, progress, cancelled)


def carry_out(
    planned: Plan,
    what: Exported,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Do what `plan` returned."""
    total = video.passes(planned.kind, len(planned.steps))
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)
        if cancelled is not None and cancelled():
            raise Cancelled

    if cancelled is not None and cancelled():
        raise Cancelled
    if planned.kind == "frames":
        with atomic.WholeFolder(planned.out) as folder:
            _frames(planned, Source(what, planned), origin.origin(planned, what), folder.temporary, step)
        return
    with atomic.Whole(planned.out) as whole:
        source = Source(what, planned)
        if planned.kind in video.KINDS:
            video.write(
                whole.temporary, planned.kind, planned.size, planned.fps, planned.steps, source.pixels,
                background=source.background, step=step, transparent=planned.transparent,
                metadata=origin.text_of(origin.origin(planned, what)),
            )  # fmt: skip
            return
        atomic.fill(whole.temporary, _one(planned, source, origin.origin(planned, what)))
        step()


def _one(planned: Plan, source: Source, made: Provenance | None) -> bytes:
    """Return the file of one picture or table."""
    k = planned.steps[0]
    if planned.kind == "png":
        return png.encode(source.pixels(k), origin.text_of(made), alpha=planned.transparent)
    scene, k = source.at(k)
    if planned.kind == TABLE:
        assert isinstance(scene, TrainScene)
        assert planned.plot is not None
        return csv_table.encode(scene, planned.plot, k)
    write = vector.svg if planned.kind == "svg" else vector.pdf
    record = made.dumps() if made else None
    return write(scene, k, planned.size, source.theme, planned.plot, record, source.caption)


def render(
    experiment: Experiment, frame: int | None = None, size: Size = (1920, 1080), theme: str | None = None
) -> npt.NDArray[np.uint8]:
    """Draw one frame.

    The scenes of the last few experiments are kept, so that a sweep over frames costs only the drawing.

    Parameters
    ----------
    frame
        The step, 0 to the experiment's steps, or a frame of the way from before to after; None for the last.
    size
        Width and height in pixels.
    theme
        "light" or "dark"; None for the experiment's own.

    Returns
    -------
    uint8[h, w, 3], red, green, blue.

    Raises
    ------
    InputError
        For a frame or size out of bounds.
    """
    return _drawn(experiment, frame=frame, size=size, theme=theme)


def render_training(
    folder: str | os.PathLike[str],
    frame: int | None = None,
    size: Size = (1920, 1080),
    theme: str | None = None,
    plot: str | None = None,
) -> npt.NDArray[np.uint8]:
    """Draw one frame of a training from its run folder, which is read again only once it has changed.

    Parameters
    ----------
    frame
        The step of whoever takes the most; None for the last that is known.
    size, theme
        As in `render`.
    plot
        The plot that is drawn alone; None for all that the training's view shows.

    Returns
    -------
    uint8[h, w, 3], red, green, blue.

    Raises
    ------
    InputError
        For what is no run folder or is damaged, and for anything out of bounds.
    """
    return _drawn(scene_of_run(folder), frame=frame, size=size, theme=theme, plot=plot)


def _drawn(what: Exported, **options: Any) -> npt.NDArray[np.uint8]:
    planned = plan(what, "picture.png", **options)
    return offscreen.pixels(Source(what, planned).image(planned.steps[0]))


def _frames(
    planned: Plan, source: Source, made: Provenance | None, folder: Path, step: Callable[[], None]
) -> None:
    """Write the numbered pictures; packing them happens beside the drawing, a few at a time."""
    waiting: list[Future[None]] = []
    with ThreadPoolExecutor(_PNG_THREADS, "optviz png") as pool:
        try:
            for k in planned.steps:
                pixels = source.pixels(k)
                text = origin.text_of(made, k)
                path = folder / f"frame_{k:06d}.png"
                waiting.append(pool.submit(_write_png, path, pixels, text, planned.transparent))
                if len(waiting) > 2 * _PNG_THREADS:
                    waiting.pop(0).result()
                step()
            for future in waiting:
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _write_png(path: Path, pixels: npt.NDArray[np.uint8], text: dict[str, str], alpha: bool) -> None:
    atomic.fill(path, png.encode(pixels, text, alpha=alpha))
