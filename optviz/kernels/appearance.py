"""How a height field looks: its light and its lines, and both as the kernel in `shading` wants them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
Triple = tuple[float, float, float]

_PARTS = 4096  # of the shades, each of which knows its nearest level


@dataclass(frozen=True)
class Light:
    """Light from one direction, and how a surface answers it.

    Attributes
    ----------
    direction
        Towards the light, in box coordinates, any length. From below, a surface is lit by its mirror image.
    ambient, diffuse
        Colours are multiplied by ambient + diffuse cos(angle).
    specular
        White added at the middle of a highlight, 0 … 1.
    """

    direction: Triple = (-0.4, -0.5, 0.77)
    ambient: float = 0.45
    diffuse: float = 0.6
    specular: float = 0.12


FLAT = Light(ambient=1.0, diffuse=0.0, specular=0.0)
"""Colours as they are: for the floor."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Contour lines at shades, and lines of the grid.

    Attributes
    ----------
    levels, strengths
        Shades (0 … 1) of contour lines, and how much ink (0 … 1) each has.
    width
        Of contour lines, in pixels.
    mesh
        Cells between two lines of the grid, along u and along v; 0 for none.
    mesh_width, mesh_strength
        Of the lines of the grid.
    color
        Red, green, blue (0 … 255) of both.
    floor
        Strength of contour lines on the floor, as a share of that on the surface.
    """

    levels: Array = field(default_factory=lambda: np.empty(0))
    strengths: Array = field(default_factory=lambda: np.empty(0))
    width: float = 1.0
    mesh: float = 0.0
    mesh_width: float = 1.0
    mesh_strength: float = 0.25
    color: tuple[int, int, int] = (0, 0, 0)
    floor: float = 1.0

    @cached_property
    def ruled(self) -> tuple[Single, Array]:
        """The lines as `shading` wants them."""
        return _rulings(self)


def unit(direction: Triple | Array) -> tuple[float, float, float]:
    """Return a direction of length 1; straight up for none."""
    parts = [float(part) for part in direction]
    parts = [min(max(part, -1e300), 1e300) if part == part else 0.0 for part in parts]
    longest = max(abs(part) for part in parts)
    if longest == 0.0:
        return 0.0, 0.0, 1.0
    parts = [part / longest for part in parts]
    length = math.hypot(*parts)
    a, b, c = (part / length for part in parts)
    return a, b, c


def _rulings(lines: Lines) -> tuple[Single, Array]:
    """Return the levels and the ruling as `shading` wants them."""
    at = np.asarray(lines.levels, float).ravel()
    strengths = np.broadcast_to(np.asarray(lines.strengths, float).ravel(), at.shape)
    good = np.isfinite(at) & (at >= 0.0) & (at <= 1.0)
    order = np.argsort(at[good], kind="stable")
    at, strengths = at[good][order], np.clip(np.nan_to_num(strengths[good][order]), 0.0, 1.0)
    levels = np.empty((0, 5), np.float32)
    if at.size and lines.width > 0.0:
        middles = 0.5 * (at[1:] + at[:-1])
        gaps = np.diff(at, prepend=-10.0, append=10.0)
        known = [
            at,
            strengths,
            np.minimum(gaps[:-1], gaps[1:]),
            np.append(-1e30, middles),
            np.append(middles, 1e30),
        ]
        nearest = np.searchsorted(middles, (np.arange(_PARTS) + 0.5) / _PARTS)
        levels = np.stack(known, axis=1).astype(np.float32)[nearest]
    mesh = lines.mesh if lines.mesh > 0.0 and lines.mesh_width > 0.0 else 0.0
    widths = max(lines.width, 1e-3), max(lines.mesh_width, 1e-3)
    ruling = [*widths, lines.mesh_strength, mesh, *lines.color, lines.floor]
    return levels, np.array(ruling, float)


def lamp(light: Light, inverse: Array, rows: int, width: int) -> Array:
    """Return the light as `shading` wants it; the eye is where the middle of the picture sees it."""
    toward = unit(light.direction)
    eye = unit(-inverse[:, :3] @ [0.5 * width, 0.5 * rows, 1.0])
    # Seen from below, everything is mirrored.
    half = unit((toward[0] + eye[0], toward[1] + eye[1], toward[2] + abs(eye[2])))
    return np.array([*toward, *half, light.ambient, light.diffuse, light.specular])
