"""Where the frames of an export come from: the scene of what is exported, drawn at one size."""

from __future__ import annotations

import glob
import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from threading import Lock

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

import optviz.render.offscreen as offscreen
from optviz.caption import wordings
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.render import style
from optviz.render.plan import Exported, Plan, frame_noun
from optviz.render.stages import Drawn
from optviz.reshape import ReshapeScene, at_morph, build_reshape
from optviz.scene import build_scene
from optviz.simulate import simulate
from optviz.training.folder import TRAINING, read_record
from optviz.training.scene.scene import TrainScene
from optviz.training.setting import Training

_KEPT_SCENES = 4

_scenes: OrderedDict[str, Drawn] = OrderedDict()
_runs: OrderedDict[tuple[object, ...], TrainScene] = OrderedDict()
_lock = Lock()


def scene_of(experiment: Experiment) -> Drawn:
    """Return the scene of an experiment, simulating it unless it is one of the last few asked for.

    Of a comparison one scene is kept: another one between the same two sides is made from it.
    """
    if experiment.map is not None:
        return _map_scene_of(experiment)
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


def _map_scene_of(experiment: Experiment) -> Drawn:
    from optviz.maps.build import worth_waiting
    from optviz.maps.scene import build_map_scene

    with _lock:
        scene = _scenes.pop(experiment.key, None)
        if scene is None:
            scene = build_map_scene(experiment, fast=worth_waiting(experiment))
        _scenes[experiment.key] = scene
        while len(_scenes) > _KEPT_SCENES:
            _scenes.popitem(last=False)
        return scene


def read_run(folder: str | os.PathLike[str], training: Training | None = None) -> TrainScene:
    """Return the scene of a run folder, looked at as `training` says where that is given.

    Raises
    ------
    InputError
        When it is no run folder or something in it is damaged.
    """
    record = read_record(folder)
    return TrainScene(record, training)


def scene_of_run(folder: str | os.PathLike[str]) -> TrainScene:
    """Return the scene of a run folder, or of its `training.toml`; it is read again once a file changed.

    Raises
    ------
    InputError
        When it is no run folder or something in it is damaged.
    """
    if not isinstance(folder, (str, os.PathLike)) or "\0" in os.fspath(folder):
        raise InputError(f"folder: {shown(folder)} is not allowed; it must be the name of a run folder")
    path = os.fspath(folder)
    if os.path.basename(path) == TRAINING and os.path.isfile(path):
        path = os.path.dirname(path) or "."
    key = (os.path.realpath(path), _state_of(path))
    with _lock:
        scene = _runs.pop(key, None) or read_run(path)
        _runs[key] = scene
        while len(_runs) > _KEPT_SCENES:
            _runs.popitem(last=False)
        return scene


def _state_of(folder: str) -> tuple[object, ...]:
    """Return what changes when a file of a run folder does."""
    state: list[object] = []
    for pattern in ("*", os.path.join("entrant_*", "*")):
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), pattern))):
            with suppress(OSError):
                stat = os.stat(path)
                state.append((path, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(state)


class Source:
    """Draws the frames of one experiment, or of one training, at one size."""

    def __init__(self, what: Exported, plan: Plan) -> None:
        offscreen.ensure_application()
        self._what, self._plan = what, plan
        self.caption = wordings(what) if plan.caption else ()
        self._sweep: Experiment | None = None
        self._scene: Drawn | None = None
        if isinstance(what, TrainScene):
            self._scene = what
        elif frame_noun(what) == "frame":
            self._sweep = what
        else:
            self._scene = scene_of(what)

    @property
    def _look(self) -> style.Theme:
        own = self._what.theme if isinstance(self._what, TrainScene) else self._what.view.theme
        return style.theme(self._plan.theme or own)

    @property
    def theme(self) -> style.Theme:
        """The theme of a drawing in lines and text: without a ground where the page is left out."""
        return style.on_ground(self._look, "") if self._plan.transparent else self._look

    @property
    def background(self) -> tuple[int, int, int]:
        page = self._look.page
        return int(page[1:3], 16), int(page[3:5], 16), int(page[5:7], 16)

    def at(self, k: int) -> tuple[Drawn, int]:
        """Return the scene of frame `k` and the step it shows."""
        if self._sweep is not None:
            return scene_of(at_morph(self._sweep, k)), self._sweep.steps
        assert self._scene is not None
        return self._scene, k

    def image(self, k: int) -> QImage:
        return offscreen.frame(*self.at(k), self._plan.size, self._look, self._plan.plot, self.caption)

    def pixels(self, k: int) -> npt.NDArray[np.uint8]:
        """uint8[h, w, 4]: blue, green, red, 255; or alpha, where the page is left out."""
        if not self._plan.transparent:
            return bgrx(self.image(k))
        return offscreen.cut_out(*self.at(k), self._plan.size, self._look, self._plan.plot, self.caption)


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
