"""An experiment as somebody would write it: where one has looked from, without digits nobody sees."""

from __future__ import annotations

import math
from dataclasses import replace

from optviz.camera import Camera
from optviz.experiment import Experiment
from optviz.setting import Pair


def tidy(experiment: Experiment) -> Experiment:
    """Return an experiment with its camera in tenths of a degree and its limits in thousandths of a width.

    What is computed stays as it is: only numbers that a mouse has set are rounded.
    """
    view = experiment.view
    keys = tuple(replace(key, camera=_camera(key.camera)) for key in view.camera_keys)
    xlim, ylim = _limits(view.xlim), _limits(view.ylim)
    view = replace(view, camera=_camera(view.camera), camera_keys=keys, xlim=xlim, ylim=ylim)
    return experiment if view == experiment.view else experiment.replace(view=view)


def _camera(camera: Camera) -> Camera:
    return Camera(
        round(camera.azimuth, 1),
        round(camera.elevation, 1),
        float(f"{camera.zoom:.3g}"),
        (round(camera.pan[0], 3), round(camera.pan[1], 3)),
        round(camera.turntable, 3),
    )


def _limits(limits: Pair | None) -> Pair | None:
    if limits is None or not limits[1] > limits[0]:
        return limits
    digits = 3 - math.floor(math.log10(limits[1] - limits[0]))
    return round(limits[0], digits), round(limits[1], digits)
