"""What an export will do: everything that was asked for, checked before any work is done."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from optviz.errors import InputError, allowed, shown
from optviz.experiment import Experiment
from optviz.render import video
from optviz.render.training.layout import PANELS
from optviz.reshape import frames_of
from optviz.training.scene.scene import TrainScene
from optviz.view import THEMES

Size = tuple[int, int]
Exported = Experiment | TrainScene

SMALLEST: Size = (16, 16)
LARGEST: Size = (7680, 4320)
PICTURES = ("png", "svg", "pdf")
TABLE = "csv"
TRANSPARENT = ("frames", "webm", "png", "svg", "pdf")  # the kinds that can do without a page
PLOTS = PANELS  # of a training, by the names they are asked for
ENDINGS = "/ (a folder of numbered PNGs), .mp4, .webm, .gif, .png, .svg, .pdf"


@dataclass(frozen=True)
class Plan:
    """What an export will do.

    Attributes
    ----------
    kind
        "frames", "mp4", "webm", "gif", "png", "svg", "pdf" or "csv".
    steps
        The steps drawn, in order. Of a table, the one step up to which it goes.
    plot
        Of a training: the plot that is exported alone.
    transparent
        Whether the page is left out: what was drawn on it stands on nothing.
    caption
        Whether a line that says what was run stands below the picture.
    embed
        Whether the file carries its experiment.
    """

    out: str
    kind: str
    size: Size
    fps: Fraction
    steps: range
    theme: str | None
    plot: str | None = None
    transparent: bool = False
    caption: bool = False
    embed: bool = True


def plan(
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
) -> Plan:
    """Check what was asked for and return what will be done; see `optviz.render.export.export`."""
    if not isinstance(what, (Experiment, TrainScene)):
        raise InputError(f"experiment: {shown(what)} is not allowed; it must be an Experiment")
    name, kind = kind_of(out)
    checked = check_size(size)
    rate = video.checked_rate(fps)
    if isinstance(what, TrainScene):
        last, noun = what.now, "step"
        _check_plot(plot, kind)
    else:
        last, noun = frames_of(what), frame_noun(what)
        _check_experiment(what, kind, plot)
    if check_whole(stride, "stride") < 1:
        raise InputError(f"stride: {shown(stride)} is not allowed; it must be a whole number ≥ 1")
    if theme not in (None, *THEMES):
        raise InputError(f"theme: {shown(theme)} is not allowed; it must be {allowed(THEMES)}")
    for word, value in (("transparent", transparent), ("caption", caption), ("embed", embed)):
        if not isinstance(value, bool):
            raise InputError(f"{word}: {shown(value)} is not allowed; it must be true or false")
    _check_extras(kind, transparent, caption)
    extras = {"transparent": transparent, "caption": caption, "embed": embed}
    if kind in (*PICTURES, TABLE):
        if frames is not None or stride != 1:
            holds = "one frame" if kind in PICTURES else "the numbers up to one step"
            raise InputError(f"a .{kind} file holds {holds}: give --frame K, not --frames or --stride")
        k = check_frame(last if frame is None else frame, last, noun)
        return Plan(name, kind, checked, rate, range(k, k + 1), theme, plot, **extras)
    if frame is not None:
        many = "a folder of frames" if kind == "frames" else f"a .{kind} file"
        raise InputError(f"{many} holds many frames: give --frames A:B, not --frame")
    first, end = _pair(frames)
    first = 0 if first is None else check_whole(first, "frames")
    end = last + 1 if end is None else check_whole(end, "frames")
    if not 0 <= first < end <= last + 1:
        raise InputError(
            f"frames: {shown(f'{first}:{end}').strip(chr(39))} is not allowed; "
            f"it must be A:B with 0 ≤ A < B ≤ {last + 1}"
        )
    return Plan(name, kind, checked, rate, range(first, end, stride), theme, plot, **extras)


def _check_extras(kind: str, transparent: bool, caption: bool) -> None:
    if kind == TABLE and (transparent or caption):
        word = "transparent" if transparent else "caption"
        raise InputError(f"{word}: true is not allowed for a .{TABLE} file, which holds numbers, no picture")
    if transparent and kind not in TRANSPARENT:
        why = "its pixels are there or not, so edges would fray" if kind == "gif" else "H.264 has no alpha"
        raise InputError(
            f"transparent: true is not allowed for a .{kind} file ({why}); use .webm, / (a folder of "
            "numbered PNGs), .png, .svg or .pdf"
        )


def _check_plot(plot: object, kind: str) -> None:
    if plot is None and kind == TABLE:
        raise InputError(f"a .csv file holds the numbers of one plot: give --plot, which is {allowed(PLOTS)}")
    if plot is not None and plot not in PLOTS:
        raise InputError(f"plot: {shown(plot)} is not allowed; it must be {allowed(PLOTS)}")


def _check_experiment(experiment: Experiment, kind: str, plot: object) -> None:
    if plot is not None:
        raise InputError(f"plot: {shown(plot)} is not allowed; only a training has plots to choose from")
    if kind == TABLE:
        raise InputError(
            "a .csv file holds the numbers of a training's plot, and this is an experiment, whose numbers "
            "'optviz insight' writes; "
            f"out must end in {ENDINGS}"
        )


def kind_of(out: str | os.PathLike[str]) -> tuple[str, str]:
    """Return `out` as text and the kind of export its ending asks for."""
    if not isinstance(out, (str, os.PathLike)):
        raise InputError(f"out: {shown(out)} is not allowed; it must be text that ends in {ENDINGS}")
    name = os.fspath(out)
    if not name or "\0" in name:
        raise InputError(f"out: {shown(name)} is not allowed; it must end in {ENDINGS}")
    if name.endswith(("/", os.sep)):
        real = os.path.realpath(name)
        if os.path.dirname(real) == real:
            raise InputError(f"out: {shown(name, 300)} is not allowed; frames need a folder of their own")
        return name, "frames"
    if os.path.isdir(name):
        raise InputError(f"out: {shown(name, 300)} is a folder; end it in / for a folder of numbered PNGs")
    kind = Path(name).suffix[1:].lower()
    if kind not in (*video.KINDS, *PICTURES, TABLE):
        raise InputError(f"out: {shown(name, 300)} is not allowed; it must end in {ENDINGS}")
    return name, kind


def check_size(size: object) -> Size:
    """Return `size` as (width, height), or raise InputError."""
    width = height = None
    with suppress(TypeError, ValueError):
        width, height = (operator.index(n) for n in size)  # type: ignore[attr-defined]
    (low_w, low_h), (high_w, high_h) = SMALLEST, LARGEST
    if width is None or height is None or not (low_w <= width <= high_w and low_h <= height <= high_h):
        given = shown(size) if width is None else f"{width}x{height}"
        raise InputError(
            f"size: {given} is not allowed; it must be from {low_w}x{low_h} to {high_w}x{high_h}"
        )
    return width, height


def frame_noun(experiment: Experiment) -> str:
    """Return what frames are numbered by: "step", or "frame" from before to after."""
    reshape = experiment.reshape
    return "frame" if reshape is not None and reshape.film == "morph" else "step"


def check_frame(frame: object, last: int, noun: str = "step") -> int:
    """Return `frame` as a step (or what `noun` says) from 0 to `last`, or raise InputError."""
    k = check_whole(frame, "frame")
    if not 0 <= k <= last:
        raise InputError(f"frame: {k} is not allowed; it must be a {noun} from 0 to {last}")
    return k


def check_whole(value: object, name: str) -> int:
    """Return `value` as a whole number, or raise InputError."""
    if not isinstance(value, (bool, np.bool_)):
        with suppress(TypeError):
            return operator.index(value)  # type: ignore[arg-type]
    raise InputError(f"{name}: {shown(value)} is not allowed; it must be a whole number")


def _pair(frames: object) -> tuple[object, object]:
    if frames is None:
        return None, None
    if isinstance(frames, Sequence) and not isinstance(frames, str) and len(frames) == 2:
        return frames[0], frames[1]
    raise InputError(f"frames: {shown(frames)} is not allowed; it must be (A, B), the steps A ≤ step < B")
