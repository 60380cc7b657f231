"""What the arrows of an update take of a picture, and what enlarges them: names keep clear of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from optviz.anatomy import Anatomy
from optviz.catalog import Array
from optviz.render.anatomy.arrows import reach, thickness, track
from optviz.render.anatomy.magnifier import inset, leader
from optviz.render.anatomy.on_surface import TINY
from optviz.render.anatomy.picture import Picture
from optviz.render.style import Metrics
from optviz.scene import Scene

_MOST = 40  # boxes along one line


class Room(NamedTuple):
    """Boxes along lines, which a name had better not cross, and those that would hide a name."""

    lines: list[QRectF]
    covers: list[QRectF]


def room_of(picture: Picture, scene: Scene, k: int, anatomy: Anatomy, m: Metrics) -> Room:
    """Return the room of the arrows, the inset, the square around what it enlarges, and their lines."""
    wide = 2.0 * thickness(m)
    ways = [*pairwise(anatomy.tips), (anatomy.start, anatomy.end)]
    boxes = [box for tail, tip in ways for box in _along(track(picture.to_pixel, tail, tip), wide)]
    if reach(picture.to_pixel, anatomy) >= m.px(TINY):
        return Room(boxes, [])
    inner = inset(picture, scene, k, anatomy, m)
    if inner is None:
        return Room(boxes, [])
    small, lines = leader(picture, inner, m)
    corners = [small.topLeft(), small.topRight(), small.bottomRight(), small.bottomLeft()]
    lines += zip(corners, [*corners[1:], corners[0]], strict=True) if lines else []
    boxes += [box for begin, end in lines for box in _along(_ends(begin, end), m.px(3.0))]
    return Room(boxes, [inner.rect])


def _ends(begin: QPointF, end: QPointF) -> Array:
    return np.array([begin.toTuple(), end.toTuple()])


def _along(points: Array, wide: float) -> Iterator[QRectF]:
    """Yield boxes so wide along a polyline float64[n, 2], some at each of its ends."""
    if len(points) < 2:
        return
    behind = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = int(min(max(behind[-1] / (1.5 * wide), 2), _MOST))
    for at in np.linspace(0.0, behind[-1], count).tolist():
        x, y = (float(np.interp(at, behind, points[:, i])) for i in (0, 1))
        yield QRectF(x - wide / 2, y - wide / 2, wide, wide)
