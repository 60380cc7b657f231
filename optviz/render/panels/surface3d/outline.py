"""Which edges of the box carry its axes: those of its outline, so that nothing is ever in front of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optviz.catalog import Array
from optviz.projection import Projection

_STEEP = (
    50.0  # degrees: where an axis of the floor rises so, it would lead into the upright one above its end
)

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Edge:
    """An edge of the box that carries an axis, in the box's coordinates."""

    start: Place
    end: Place

    def at(self, share: float) -> Array:
        """Return the place a share of the way along it."""
        start, end = np.array(self.start), np.array(self.end)
        return np.asarray(start + (end - start) * share)


Edges = tuple[Edge | None, Edge | None, Edge | None]


def near_corner(view: Projection) -> tuple[float, float]:
    """Return the signs of u and v of the upright edge nearest to the camera."""
    azimuth = math.radians(view.camera.azimuth)
    return (1.0 if math.cos(azimuth) >= 0.0 else -1.0), (1.0 if math.sin(azimuth) >= 0.0 else -1.0)


def from_below(view: Projection) -> bool:
    """Say whether the camera sees the floor from below."""
    return float(view.eye[2]) < -view.box.half[2]


def edges(view: Projection) -> Edges:
    """Choose the edges that carry the axes of x, y and the loss; None for an axis without a place.

    An edge is on the outline of the box where the camera sees one of its two sides and not the other. Nothing
    in the box is ever in front of such an edge, and what is written beyond it lies on nothing.

    Of those the axes of x and y have the ones at the floor. Looking along an axis, the camera may see none
    of the sides beside it: there is no such edge at the floor then, but one at either side of the top. The
    loss has the left one of the two upright edges; the right one, where the other axis at the left is so
    steep on the screen that one would lead into the other. Nothing has an axis that is seen from its end.
    """
    found = [_level(view, axis) for axis in (0, 1)]
    uprights = sorted(_upright(view), key=lambda edge: _middle(view, edge)[0])
    chosen = [max(own, key=lambda edge: _low(view, edge), default=None) for own in found]
    at_left = True
    if {len(own) for own in found} == {1, 2}:
        # The axis looked along has the side that the nearest corner is at, and the loss the other one.
        along, at_left = int(len(found[1]) == 2), _near_is_right(view)
        chosen[along] = (max if at_left else min)(found[along], key=lambda edge: _middle(view, edge)[0])
    elif len(uprights) == 2:
        left = min((edge for edge in chosen if edge), key=lambda edge: _middle(view, edge)[0], default=None)
        at_left = left is None or _slope(view, left) < _STEEP
    loss = uprights[0 if at_left else -1] if uprights else None
    return chosen[0], chosen[1], loss


def _sees(view: Projection, axis: int, sign: float) -> bool:
    """Say whether the camera is on the outer side of a side of the box."""
    return sign * float(view.eye[axis]) > view.box.half[axis]


def _level(view: Projection, axis: int) -> list[Edge]:
    """Return the edges of the outline along x or y: at the floor, or at the top if there are none."""
    half, other = view.box.half, 1 - axis
    for level in (-1.0, 1.0):
        made = []
        for side in (-1.0, 1.0):
            if _sees(view, other, side) != _sees(view, 2, level):
                start, end = [0.0, 0.0, level * half[2]], [0.0, 0.0, level * half[2]]
                start[axis], end[axis] = -half[axis], half[axis]
                start[other] = end[other] = side * half[other]
                made.append(Edge((start[0], start[1], start[2]), (end[0], end[1], end[2])))
        if made:
            return made
    return []


def _upright(view: Projection) -> list[Edge]:
    """Return the upright edges of the outline: two, or none where the camera is above or below the box."""
    u, v, w = view.box.half
    return [
        Edge((a * u, b * v, -w), (a * u, b * v, w))
        for a in (-1.0, 1.0)
        for b in (-1.0, 1.0)
        if _sees(view, 0, a) != _sees(view, 1, b)
    ]


def _spots(view: Projection, edge: Edge) -> Array:
    return view.seen(np.array([edge.start, edge.end]))[:, :2]


def _middle(view: Projection, edge: Edge) -> tuple[float, float]:
    x, y = (0.5 * _spots(view, edge).sum(axis=0)).tolist()
    return x, y


def _low(view: Projection, edge: Edge) -> float:
    """Return how far down the screen an edge is; of two at one height the left one counts as the lower."""
    x, y = _middle(view, edge)
    return y - 1e-3 * x


def _slope(view: Projection, edge: Edge) -> float:
    """Return by how many degrees an edge rises on the screen."""
    one, two = _spots(view, edge).tolist()
    return math.degrees(math.atan2(abs(two[1] - one[1]), abs(two[0] - one[0])))


def _near_is_right(view: Projection) -> bool:
    u, v = near_corner(view)
    return float(view.axes[0] @ np.array([u * view.box.half[0], v * view.box.half[1], 0.0])) >= 0.0
