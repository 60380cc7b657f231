"""How a camera moves under the hand; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from optviz.camera import CAMERA_KNOBS, MOST_ZOOM, Camera
from optviz.setting import Pair
from optviz.translation import QT_TRANSLATE_NOOP

_FAR = 1.5  # heights of the picture at zoom 1 that the box may be shifted: it never gets lost
_LOWEST, _HIGHEST = -90.0, 90.0
_LEAST_ZOOM, _NEAREST = 0.2, MOST_ZOOM


@dataclass(frozen=True)
class Place:
    """A named viewpoint: its id, what it is called, and where the camera stands."""

    name: str
    text: str
    hint: str
    azimuth: float
    elevation: float


PLACES = (
    Place("usual", QT_TRANSLATE_NOOP("Viewpoint", "usual"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look from where everybody looks at first"),
          float(CAMERA_KNOBS["azimuth"].default), float(CAMERA_KNOBS["elevation"].default)),
    Place("front", QT_TRANSLATE_NOOP("Viewpoint", "front"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look from the front, along y"), -90.0, 0.0),
    Place("right", QT_TRANSLATE_NOOP("Viewpoint", "right"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look from the right, against x"), 0.0, 0.0),
    Place("back", QT_TRANSLATE_NOOP("Viewpoint", "back"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look from behind"), 120.0, 32.0),
    Place("left", QT_TRANSLATE_NOOP("Viewpoint", "left"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look from the left, along x"), 180.0, 0.0),
    Place("top", QT_TRANSLATE_NOOP("Viewpoint", "top"),
          QT_TRANSLATE_NOOP("Viewpoint", "Look straight down, as on the contour picture"), -90.0, 90.0),
)  # fmt: skip


def orbited(camera: Camera, right: float, up: float) -> Camera:
    """Return the camera gone around the surface and up, by degrees; straight above is as far as it goes."""
    return replace(
        camera,
        azimuth=math.remainder(camera.azimuth + right, 360.0),
        elevation=min(max(camera.elevation + up, _LOWEST), _HIGHEST),
    )


def shifted(camera: Camera, right: float, up: float) -> Camera:
    """Return the camera with the picture shifted, in heights of the picture; it stays within reach."""
    most = _FAR * max(1.0, camera.zoom)
    x, y = (min(max(part, -most), most) for part in (camera.pan[0] + right, camera.pan[1] + up))
    return replace(camera, pan=(x, y))


def zoomed(camera: Camera, factor: float, about: Pair = (0.0, 0.0)) -> Camera:
    """Return the camera with everything `factor` times larger.

    `about`, in heights of the picture right of and above its middle, is what stays where it is.
    """
    zoom = min(max(camera.zoom * factor, _LEAST_ZOOM), _NEAREST)
    grown = zoom / camera.zoom
    x, y = (at - grown * (at - now) for at, now in zip(about, camera.pan, strict=True))
    return shifted(replace(camera, zoom=zoom, pan=(0.0, 0.0)), x, y)


def at_place(camera: Camera, place: Place) -> Camera:
    """Return the camera at a named viewpoint, with the whole box in sight."""
    return Camera(place.azimuth, place.elevation, turntable=camera.turntable)


def between(a: Camera, b: Camera, share: float) -> Camera:
    """Return a camera on the way from one to another, the shorter way around, gently at both ends."""
    t = share * share * (3.0 - 2.0 * share)

    def mix(one: float, two: float) -> float:
        return one + t * (two - one)

    return Camera(
        math.remainder(a.azimuth + t * math.remainder(b.azimuth - a.azimuth, 360.0), 360.0),
        mix(a.elevation, b.elevation),
        math.exp(mix(math.log(a.zoom), math.log(b.zoom))),
        (mix(a.pan[0], b.pan[0]), mix(a.pan[1], b.pan[1])),
    )


def nearest_turn(azimuth: float, to: float) -> float:
    """Return an azimuth, whole turns added, as near as can be to another: a film goes the shorter way."""
    return to + math.remainder(azimuth - to, 360.0)
