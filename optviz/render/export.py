"""Exporting: an experiment becomes a film, numbered pictures or one picture.

The window and the command line call the same `export`; what kind of file comes out is read from the name.
"""

from __future__ import annotations

import operator
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

import optviz.render.offscreen as offscreen
import optviz.render.vector as vector
from optviz import atomic
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.render import png, style, video
from optviz.render.stages import Drawn
from optviz.reshape import ReshapeScene, at_morph, build_reshape, frames_of
from optviz.scene import build_scene
from optviz.simulate import simulate

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

Size = tuple[int, int]

SMALLEST: Size = (16, 16)
LARGEST: Size = (7680, 4320)
PICTURES = ("png", "svg", "pdf")
DRAWN = ("contour",)  # kinds of view
ENDINGS = "/ (a folder of numbered PNGs), .mp4, .webm, .gif, .png, .svg, .pdf"
_KEPT_SCENES = 4
_PNG_THREADS = 2


class Cancelled(Exception):  # noqa: N818 - not an error
    """The person who asked for an export called it off; nothing was written."""


@dataclass(frozen=True)
class Plan:
    """What an export will do, checked before any work is done.

    Attributes
    ----------
    kind
        "frames", "mp4", "webm", "gif", "png", "svg" or "pdf".
    steps
        The steps drawn, in order.
    """

    out: str
    kind: str
    size: Size
    fps: Fraction
    steps: range
    theme: str | None


def plan(
    experiment: Experiment,
    out: str | os.PathLike[str],
    *,
    size: Size = (1920, 1080),
    fps: object = 60,
    frames: tuple[int | None, int | None] | None = None,
    frame: int | None = None,
    stride: int = 1,
    theme: str | None = None,
) -> Plan:
    """Check what was asked for and return what will be done; see `export`."""
    if not isinstance(experiment, Experiment):
        raise InputError(f"experiment: {shown(experiment)} is not allowed; it must be an Experiment")
    name, kind = kind_of(out)
    checked = check_size(size)
    rate = video.checked_rate(fps)
    last = frames_of(experiment)
    if experiment.view.kind not in DRAWN:
        raise InputError(
            f"view.kind: {shown(experiment.view.kind)} cannot be drawn yet; it must be {' or '.join(DRAWN)}"
        )
    if _whole(stride, "stride") < 1:
        raise InputError(f"stride: {shown(stride)} is not allowed; it must be a whole number ≥ 1")
    if theme not in (None, "light", "dark"):
        raise InputError(f"theme: {shown(theme)} is not allowed; it must be light or dark")
    if kind in PICTURES:
        if frames is not None or stride != 1:
            raise InputError(f"a .{kind} file holds one frame: give --frame K, not --frames or --stride")
        k = check_frame(last if frame is None else frame, last, _noun(experiment))
        return Plan(name, kind, checked, rate, range(k, k + 1), theme)
    if frame is not None:
        noun = "a folder of frames" if kind == "frames" else f"a .{kind} file"
        raise InputError(f"{noun} holds many frames: give --frames A:B, not --frame")
    first, end = _pair(frames)
    first = 0 if first is None else _whole(first, "frames")
    end = last + 1 if end is None else _whole(end, "frames")
    if not 0 <= first < end <= last + 1:
        raise InputError(
            f"frames: {shown(f'{first}:{end}').strip(chr(39))} is not allowed; "
            f"it must be A:B with 0 ≤ A < B ≤ {last + 1}"
        )
    return Plan(name, kind, checked, rate, range(first, end, stride), theme)


def export(
    experiment: Experiment,
    out: str | os.PathLike[str],
    *,
    size: Size = (1920, 1080),
    fps: object = 60,
    frames: tuple[int | None, int | None] | None = None,
    frame: int | None = None,
    stride: int = 1,
    theme: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write an experiment as a film, numbered pictures or one picture.

    Parameters
    ----------
    out
        Ends in "/" for a folder of pictures frame_000000.png …, the number being the step; in .mp4, .webm or
        .gif for a film; in .png, .svg or .pdf for one picture.
    size
        Width and height in pixels.
    fps
        Frames a second of a film. A GIF counts in hundredths of a second: 20, 25 and 50 are exact.
    frames
        (A, B): the steps A ≤ step < B; None for all, 0 to the experiment's steps. A comparison's film from
        before to after has frames 0 to 120 in their place.
    frame
        The step of the one picture; None for the last.
    stride
        Every how many steps there is a frame.
    theme
        "light" or "dark"; None for the experiment's own.
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
    what = plan(experiment, out, size=size, fps=fps, frames=frames, frame=frame, stride=stride, theme=theme)
    carry_out(what, experiment, progress, cancelled)


def carry_out(
    what: Plan,
    experiment: Experiment,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Do what `plan` returned."""
    total = video.passes(what.kind, len(what.steps))
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
    if what.kind == "frames":
        with atomic.WholeFolder(what.out) as folder:
            _frames(what, _Source(experiment, what), folder.temporary, step)
        return
    with atomic.Whole(what.out) as whole:
        source = _Source(experiment, what)
        if what.kind in video.KINDS:
            video.write(
                whole.temporary, what.kind, what.size, what.fps, what.steps, source.pixels,
                background=source.background, step=step, metadata=_metadata(what),
            )  # fmt: skip
            return
        k = what.steps[0]
        if what.kind == "png":
            data = png.encode(source.pixels(k), _metadata(what))
        elif what.kind == "svg":
            data = vector.svg(*source.at(k), what.size, what.theme)
        else:
            data = vector.pdf(*source.at(k), what.size, what.theme)
        atomic.fill(whole.temporary, data)
        step()


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
    what = plan(experiment, "picture.png", size=size, frame=frame, theme=theme)
    return offscreen.pixels(_Source(experiment, what).image(what.steps[0]))


def scene_of(experiment: Experiment) -> Drawn:
    """Return the scene of an experiment, simulating it unless it is one of the last few asked for.

    Of a comparison one scene is kept: another one between the same two sides is made from it.
    """
    reshape = experiment.reshape
    ends = replace(experiment, reshape=replace(reshape, show="both", morph=0.0)) if reshape else experiment
    with _lock:
        scene = _scenes.pop(ends.key, None)
        if reshape is not None:
            assert scene is None or isinstance(scene, ReshapeScene)
            if scene is None or scene.experiment != experiment:
                scene = build_reshape(experiment, previous=scene)
        elif scene is None:
            scene = build_scene(simulate(experiment))
        _scenes[ends.key] = scene
        while len(_scenes) > _KEPT_SCENES:
            _scenes.popitem(last=False)
        return scene


_scenes: OrderedDict[str, Drawn] = OrderedDict()
_lock = Lock()


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
    if kind not in (*video.KINDS, *PICTURES):
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


def _noun(experiment: Experiment) -> str:
    """Return what the frames of an experiment are numbered by."""
    reshape = experiment.reshape
    return "frame" if reshape is not None and reshape.film == "morph" else "step"


def check_frame(frame: object, last: int, noun: str = "step") -> int:
    """Return `frame` as a step (or what `noun` says) from 0 to `last`, or raise InputError."""
    k = _whole(frame, "frame")
    if not 0 <= k <= last:
        raise InputError(f"frame: {k} is not allowed; it must be a {noun} from 0 to {last}")
    return k


def _whole(value: object, name: str) -> int:
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


def _metadata(what: Plan) -> dict[str, str]:
    # Exports will carry their experiment here; every writer already takes it along.
    return {}


class _Source:
    """Draws the frames of one experiment at one size."""

    def __init__(self, experiment: Experiment, what: Plan) -> None:
        offscreen.ensure_application()
        self._experiment = experiment
        self._sweeps = _noun(experiment) == "frame"
        self._scene = None if self._sweeps else scene_of(experiment)
        self._size = what.size
        self._theme = what.theme

    @property
    def background(self) -> tuple[int, int, int]:
        page = style.theme(self._theme or self._experiment.view.theme).page
        return int(page[1:3], 16), int(page[3:5], 16), int(page[5:7], 16)

    def at(self, k: int) -> tuple[Drawn, int]:
        """Return the scene of frame `k` and the step it shows."""
        if self._scene is None:
            return scene_of(at_morph(self._experiment, k)), self._experiment.steps
        return self._scene, k

    def image(self, k: int) -> QImage:
        return offscreen.frame(*self.at(k), self._size, self._theme)

    def pixels(self, k: int) -> npt.NDArray[np.uint8]:
        """uint8[h, w, 4]: blue, green, red, 255."""
        return bgrx(self.image(k))


class _Held:
    """Lends the bytes of an image to numpy and keeps the image alive as long as they are used."""

    def __init__(self, image: QImage) -> None:
        self._image = image
        self.__array_interface__ = {
            "version": 3,
            "shape": (image.height(), image.width(), 4),
            "strides": (image.bytesPerLine(), 4, 1),
            "typestr": "|u1",
            "data": (np.frombuffer(image.constBits(), np.uint8).ctypes.data, True),
        }


def bgrx(image: QImage) -> npt.NDArray[np.uint8]:
    """Return the bytes of a Format_RGB32 image as uint8[h, w, 4], without copying them."""
    return np.asarray(_Held(image))


def _frames(what: Plan, source: _Source, folder: Path, step: Callable[[], None]) -> None:
    """Write the numbered pictures; packing them happens beside the drawing, a few at a time."""
    waiting: list[Future[None]] = []
    with ThreadPoolExecutor(_PNG_THREADS, "optviz png") as pool:
        try:
            for k in what.steps:
                pixels = source.pixels(k)
                waiting.append(
                    pool.submit(_write_png, folder / f"frame_{k:06d}.png", pixels, _metadata(what))
                )
                if len(waiting) > 2 * _PNG_THREADS:
                    waiting.pop(0).result()
                step()
            for future in waiting:
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _write_png(path: Path, pixels: npt.NDArray[np.uint8], text: dict[str, str]) -> None:
    atomic.fill(path, png.encode(pixels, text))
