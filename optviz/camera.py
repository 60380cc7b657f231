"""From where a surface is looked at in three dimensions, and how the camera moves through a film."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from optviz.catalog import Knob
from optviz.entrant import table_of
from optviz.errors import InputError, shown
from optviz.setting import Pair, pair

MAX_KEYS = 100
MOST_ZOOM = 50.0

_AZIMUTH = Knob(
    "azimuth", -60.0, "Where the camera stands around the surface, in degrees from +x towards +y.",
    -1e6, 1e6, slider=(-180.0, 180.0),
)  # fmt: skip
_ELEVATION = Knob(
    "elevation",
    42.0,
    "How high the camera stands, in degrees above the floor.",
    -90.0,
    90.0,
    slider=(0.0, 90.0),
)
_ZOOM = Knob(
    "zoom", 1.0, "How many times larger than where the whole box fits.", 0.05, MOST_ZOOM,
    slider=(0.25, 8.0), scale="log",
)  # fmt: skip
_TURNTABLE = Knob(
    "turntable", 0.0, "Degrees that the camera goes around the surface with each frame.", -90.0, 90.0,
    slider=(-2.0, 2.0),
)  # fmt: skip
_FRAME = Knob("frame", 0, "The frame the camera is here.", 0, 1_000_000, kind="int")
CAMERA_KNOBS = {knob.name: knob for knob in (_AZIMUTH, _ELEVATION, _ZOOM, _TURNTABLE)}


@dataclass(frozen=True)
class Camera:
    """Where the camera stands, in degrees.

    Attributes
    ----------
    azimuth
        Around the surface, from +x towards +y; -60 looks from the front, a little from the right.
    elevation
        Above the floor; 90 looks straight down, below 0 from under it.
    zoom
        1 where the whole box fits the picture.
    pan
        How far the picture is shifted right and up, in heights of the picture.
    turntable
        Degrees added to the azimuth with each frame.
    """

    azimuth: float = -60.0
    elevation: float = 42.0
    zoom: float = 1.0
    pan: Pair = (0.0, 0.0)
    turntable: float = 0.0

    def __post_init__(self) -> None:
        for name, knob in CAMERA_KNOBS.items():
            object.__setattr__(self, name, float(knob.check(getattr(self, name), f"camera.{name}")))
        shift = pair(self.pan, "camera.pan")
        if not all(abs(part) <= 2 * MOST_ZOOM for part in shift):
            raise InputError(
                f"camera.pan: {shown(self.pan)} is not allowed; "
                f"it must be two numbers of at most {2 * MOST_ZOOM:g}"
            )
        object.__setattr__(self, "pan", shift)

    @classmethod
    def of(cls, value: object, where: str = "camera") -> Camera:
        """Make one from the table of a file."""
        return (
            value if isinstance(value, cls) else cls(**table_of(value, where, [f.name for f in fields(cls)]))
        )

    def table(self) -> dict[str, Any]:
        """Return what differs from the usual camera as plain values."""
        usual = asdict(Camera())
        known = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in known.items()}


@dataclass(frozen=True)
class CameraKey:
    """Where the camera is at one frame of a film."""

    frame: int
    camera: Camera

    @classmethod
    def of(cls, value: object, where: str) -> CameraKey:
        """Make one from the table of a file: the frame beside the camera's own keys, without a turntable."""
        if isinstance(value, cls):
            return value
        names = ["frame", *(f.name for f in fields(Camera) if f.name != "turntable")]
        table = dict(table_of(value, where, names))
        if "frame" not in table:
            raise InputError(f"{where}: it needs a frame, a whole number ≥ 0")
        frame = int(_FRAME.check(table.pop("frame"), f"{where}.frame"))
        try:
            return cls(frame, Camera(**table))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None

    def table(self) -> dict[str, Any]:
        """Return it as plain values, as the file has it."""
        return {"frame": self.frame, **self.camera.table()}


def checked_keys(value: object, where: str) -> tuple[CameraKey, ...]:
    """Return key-frames in rising order of their frames, or raise InputError naming `where`."""
    if not isinstance(value, Sequence) or isinstance(value, (str, Mapping)):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be a list of tables")
    if len(value) > MAX_KEYS:
        raise InputError(f"{where}: {len(value)} of them is not allowed; there may be at most {MAX_KEYS}")
    keys = sorted(
        (CameraKey.of(key, f"{where} {i + 1}") for i, key in enumerate(value)), key=lambda k: k.frame
    )
    for one, two in itertools.pairwise(keys):
        if one.frame == two.frame:
            raise InputError(f"{where}: two are at frame {one.frame}; each needs a frame of its own")
    return tuple(keys)


def camera_at(camera: Camera, keys: Sequence[CameraKey], k: int) -> Camera:
    """Return where the camera is at frame `k`.

    Between two key-frames it moves evenly in azimuth, elevation, pan and the logarithm of zoom, starting and
    ending gently (smoothstep), and the plain camera is not used; before the first and after the last it
    stands. The turntable turns on top of either.
    """
    turned = camera.turntable * k
    here = camera
    if keys:
        after = next((i for i, key in enumerate(keys) if key.frame > k), len(keys))
        if after == 0 or after == len(keys):
            here = keys[min(after, len(keys) - 1)].camera
        else:
            one, two = keys[after - 1], keys[after]
            here = _between(one.camera, two.camera, (k - one.frame) / (two.frame - one.frame))
    if not turned:
        return Camera(here.azimuth, here.elevation, here.zoom, here.pan)
    return Camera(math.remainder(here.azimuth + turned, 360.0), here.elevation, here.zoom, here.pan)


def _between(a: Camera, b: Camera, share: float) -> Camera:
    t = share * share * (3.0 - 2.0 * share)

    def mix(one: float, two: float) -> float:
        return one + t * (two - one)

    zoom = math.exp(mix(math.log(a.zoom), math.log(b.zoom)))
    pan = (mix(a.pan[0], b.pan[0]), mix(a.pan[1], b.pan[1]))
    return Camera(mix(a.azimuth, b.azimuth), mix(a.elevation, b.elevation), min(zoom, MOST_ZOOM), pan)
