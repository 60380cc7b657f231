"""Between a surface in three dimensions and the pixels of a picture, there and back. No Qt.

The surface stands in a box around the origin: u runs along x, v along y, w up, each from minus to plus its
`Box.half`. A matrix float64[3, 4] takes (u, v, w, 1) to (a, b, c): the pixel is x = a / c, y = b / c, with y
downwards and pixel centres at .5, and c is the distance from the plane through the eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from optviz.camera import Camera
from optviz.catalog import Array
from optviz.setting import Pair

_HEIGHT = 0.55  # of the box, for a base of length 1
_WIDEST = 3.0  # the base has the proportions of the data up to here, and is square beyond
_EYE = 4.0  # how far the eye is from the middle of the box, in halves of its diagonal
_SIDES = 90  # angles at which it is tried whether a turning box fits
_LEAST = 8.0  # pixels that a picture is taken to have at least
_FAR = 1e3  # boxes: what is higher is drawn as high
_MARCH = 1024  # points at which a ray is compared with the surface
_ZOOM_IN, _PARTS = 16, 17  # how often, and into how many points, the piece of a ray with a crossing is split

Margins = tuple[float, float, float, float]  # left, top, right, bottom
Flags = npt.NDArray[np.bool_]
Loss = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Heights:
    """How a loss becomes height: 0 on the floor of the box, 1 at its top.

    Linear: (loss - low) / (high - low). Logarithmic: with z = (loss - offset) / low, log(1 + z) over its
    value at `high`, which is as good as the logarithm where z is large and reaches the floor at z = 0, where
    the logarithm alone would fall for ever; straight on below.

    Attributes
    ----------
    low, high
        Linear: the losses at the floor and at the top. Logarithmic: where the scale turns from even to
        logarithmic, and the top, both less `offset`.
    """

    log: bool
    offset: float
    low: float
    high: float

    def share(self, loss: Array) -> Array:
        """Return the height of losses, float64[...]; not finite where a loss is not."""
        with np.errstate(all="ignore"):
            if not self.log:
                return np.asarray((loss / 2 - self.low / 2) / (self.high / 2 - self.low / 2))
            z = (loss - self.offset) / self.low
            return np.asarray(np.where(z > 0.0, np.log1p(np.maximum(z, 0.0)), z) / self._top)

    def loss(self, share: Array) -> Array:
        """Return the losses at heights, float64[...]."""
        with np.errstate(over="ignore"):
            if not self.log:
                return np.asarray(self.low + share * (self.high - self.low))
            z = np.asarray(share) * self._top
            return np.asarray(self.offset + self.low * np.where(z > 0.0, np.expm1(z), z))

    def slope(self, loss: Array) -> Array:
        """Return how fast the height grows with the loss, float64[...]."""
        with np.errstate(all="ignore"):
            if not self.log:
                return np.full(np.shape(loss), 1.0 / (self.high - self.low))
            z = (loss - self.offset) / self.low
            return np.asarray(1.0 / ((1.0 + np.maximum(z, 0.0)) * self.low * self._top))

    @property
    def _top(self) -> float:
        return math.log1p(self.high / self.low)


@dataclass(frozen=True)
class Box:
    """The box that a surface stands in: what of the data it holds, and its proportions.

    The base has the proportions of the data, but is square where one side were more than three times the
    other; the longer side reaches from -1 to 1. The height is 0.55 times the mean side of the base.
    """

    xlim: Pair
    ylim: Pair
    heights: Heights

    @cached_property
    def half(self) -> tuple[float, float, float]:
        """Half the lengths of its sides."""
        wide, deep = self.xlim[1] - self.xlim[0], self.ylim[1] - self.ylim[0]
        ratio = wide / deep
        if not 1.0 / _WIDEST <= ratio <= _WIDEST:
            return 1.0, 1.0, _HEIGHT
        u, v = min(1.0, ratio), min(1.0, 1.0 / ratio)
        return u, v, _HEIGHT * math.sqrt(u * v)

    def base(self, points: Array) -> Array:
        """Return u and v, float64[..., 2], of points float64[..., 2]; far points may be infinite."""
        limits = np.array([self.xlim, self.ylim])
        middle, reach = 0.5 * limits[:, 0] + 0.5 * limits[:, 1], 0.5 * limits[:, 1] - 0.5 * limits[:, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray((points - middle) / reach * np.array(self.half[:2]))

    def data(self, base: Array) -> Array:
        """Return points float64[..., 2] of u and v, float64[..., 2]."""
        limits = np.array([self.xlim, self.ylim])
        middle, reach = 0.5 * limits[:, 0] + 0.5 * limits[:, 1], 0.5 * limits[:, 1] - 0.5 * limits[:, 0]
        return np.asarray(middle + base / np.array(self.half[:2]) * reach)

    def level(self, loss: Array) -> Array:
        """Return w of losses, float64[...]: nan stays, and what is far above the box is just far above."""
        top = self.half[2]
        with np.errstate(invalid="ignore"):
            return np.asarray(np.clip((2.0 * self.heights.share(loss) - 1.0) * top, -_FAR, _FAR))

    def place(self, points: Array, loss: Array) -> Array:
        """Return (u, v, w), float64[..., 3], of points float64[..., 2] with their losses float64[...]."""
        return np.concatenate([self.base(points), self.level(loss)[..., None]], axis=-1)


@dataclass(frozen=True)
class Projection:
    """A box as a camera sees it in a picture. The camera's zoom is 1 where the box fits as it turns around.

    Attributes
    ----------
    left, top, width, height
        The picture, in pixels.
    margins
        Pixels that stay free around the box at zoom 1, for numbers.
    """

    box: Box
    camera: Camera
    left: float
    top: float
    width: float
    height: float
    margins: Margins = (0.0, 0.0, 0.0, 0.0)

    # -------------------------------------------------------------- the camera

    @cached_property
    def axes(self) -> tuple[Array, Array, Array]:
        """Where right, up and towards the eye are in the box: three vectors of length 1."""
        a, e = math.radians(self.camera.azimuth), math.radians(self.camera.elevation)
        right = np.array([-math.sin(a), math.cos(a), 0.0])
        toward = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
        return right, np.cross(toward, right), toward

    @cached_property
    def eye(self) -> Array:
        """Where the eye is in the box's coordinates."""
        return self.axes[2] * _distance(self.box.half)

    @cached_property
    def matrix(self) -> Array:
        """From (u, v, w, 1) to (a, b, c): see the module."""
        right, up, toward = self.axes
        distance = _distance(self.box.half)
        scale, x, y = self._lens
        c = np.array([*-toward, distance])
        return np.array([x * c + scale * np.array([*right, 0.0]), y * c - scale * np.array([*up, 0.0]), c])

    @cached_property
    def _parts(self) -> tuple[Array, Array]:
        """The matrix as it is applied to many places."""
        return np.ascontiguousarray(self.matrix[:, :3].T), self.matrix[:, 3].copy()

    @cached_property
    def _lens(self) -> tuple[float, float, float]:
        """Pixels a unit at distance 1, and the pixel that the middle of the box falls on."""
        left, top, right, bottom = self.margins
        wide = max(self.width - left - right, _LEAST)
        tall = max(self.height - top - bottom, _LEAST)
        reach, low, high = _extent(self.box.half, self.camera.elevation)
        scale = min(wide / (2.0 * reach), tall / (high - low))
        x, y = self.left + left + 0.5 * wide, self.top + top + 0.5 * tall + 0.5 * scale * (low + high)
        # The camera zooms around the middle of the picture, and its pan is in heights of that.
        zoom, pan = self.camera.zoom, self.camera.pan
        at_x, at_y = self.left + 0.5 * self.width, self.top + 0.5 * self.height
        x = at_x + zoom * (x - at_x) + pan[0] * self.height
        y = at_y + zoom * (y - at_y) - pan[1] * self.height
        return scale * zoom, x, y

    @property
    def unit(self) -> float:
        """How many pixels a length of 1 in the middle of the box takes."""
        return self._lens[0] / _distance(self.box.half)

    def scaled(self, ratio: float, left: float = 0.0, top: float = 0.0) -> Projection:
        """Return the same view in pixels `ratio` times as fine, its origin moved to (left, top) first."""
        one, two, three, four = self.margins
        return replace(
            self, left=(self.left - left) * ratio, top=(self.top - top) * ratio,
            width=self.width * ratio, height=self.height * ratio,
            margins=(one * ratio, two * ratio, three * ratio, four * ratio),
        )  # fmt: skip

    # -------------------------------------------------------------- forward

    def seen(self, places: Array) -> Array:
        """Return x, y and depth, float64[..., 3], of places (u, v, w) in the box, float64[..., 3].

        The depth is 1 over the distance from the plane through the eye: the larger, the nearer.
        """
        turn, shift = self._parts
        with np.errstate(all="ignore"):
            made = np.asarray(places @ turn + shift)
            far = made[..., 2:].copy()
            made[..., 2] = 1.0
            made /= far
        return made

    def to_pixel(self, points: Array, loss: Array) -> Array:
        """Return pixels float64[..., 2] of points float64[..., 2] with their losses float64[...]."""
        return self.seen(self.box.place(np.asarray(points), np.asarray(loss)))[..., :2]

    def holds(self, places: Array, slack: float = 1e-9) -> Flags:
        """Say which places, float64[..., 3], lie in the box; below its floor counts as in it."""
        u, v, w = self.box.half
        with np.errstate(invalid="ignore"):
            inside = (np.abs(places[..., 0]) <= u + slack) & (np.abs(places[..., 1]) <= v + slack)
            return np.asarray(inside & (places[..., 2] <= w + slack))

    def inside(self, x: float, y: float, slack: float = 0.0) -> bool:
        """Say whether a pixel lies in the picture."""
        return (
            self.left - slack <= x <= self.left + self.width + slack
            and self.top - slack <= y <= self.top + self.height + slack
        )

    # -------------------------------------------------------------- back

    def ray(self, x: float, y: float) -> Array:
        """Return how a place moves with each unit of distance from the eye along the ray of a pixel."""
        right, up, toward = self.axes
        scale, middle_x, middle_y = self._lens
        return np.asarray(right * ((x - middle_x) / scale) - up * ((y - middle_y) / scale) - toward)

    def pick(self, x: float, y: float, loss: Loss, guide: Loss | None = None) -> Pair | None:
        """Return the point of the data whose place on the surface is the first that a pixel's ray meets.

        Parameters
        ----------
        loss
            The true surface, for arrays of equal shape: not that of a mesh.
        guide
            An approximation to it that is cheap, to look for the crossing with; `loss` then only says where
            it is exactly.

        Returns
        -------
        The point, exact but for rounding; None where the ray meets no surface in the box.
        """
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        ray = self.ray(x, y)
        span = self._span(ray)
        if span is None:
            return None

        def above(c: Array, height: Loss) -> Array:
            """Return how far above the surface the ray is at distances `c`."""
            places = self.eye + c[:, None] * ray
            points = self.box.data(places[:, :2])
            with np.errstate(all="ignore"):
                found = np.asarray(height(points[:, 0].copy(), points[:, 1].copy()), dtype=np.float64)
                return np.asarray(places[:, 2] - self.box.level(found))

        c = np.linspace(*span, _MARCH)
        for at in _crossings(c, lambda part: above(part, guide or loss)):
            low, high = at
            if guide is not None:  # the true crossing may lie beside the one of the guide
                wide = 4.0 * (span[1] - span[0]) / _MARCH
                low, high = max(low - wide, span[0]), min(high + wide, span[1])
            found = _refined(low, high, lambda part: above(part, loss))
            if found is None:
                if guide is None:
                    continue
                found = 0.5 * (at[0] + at[1])
            u, v = (float(part) for part in self.box.data((self.eye + found * ray)[:2]))
            return u, v
        return None

    def _span(self, ray: Array) -> Pair | None:
        """Return the distances between which a ray is in the box."""
        enter, leave = 1e-9, math.inf
        for start, way, half in zip(self.eye, ray, self.box.half, strict=True):
            if way == 0.0:
                if abs(start) > half:
                    return None
                continue
            one, two = sorted(((-half - start) / way, (half - start) / way))
            enter, leave = max(enter, one), min(leave, two)
        return (float(enter), float(leave)) if leave > enter else None


def _crossings(c: Array, above: Callable[[Array], Array]) -> list[Pair]:
    """Return the pieces between neighbours of `c` in which a ray passes through the surface, in order.

    Where it only comes near the surface between two points, the piece is looked at more closely.
    """
    g = above(c)
    found: list[Pair] = []
    finite = np.isfinite(g)
    passes = finite[:-1] & finite[1:] & ((g[:-1] > 0.0) != (g[1:] > 0.0))
    near = np.zeros(len(c), np.bool_)
    with np.errstate(invalid="ignore"):
        size = np.abs(g)
        near[1:-1] = finite[:-2] & finite[1:-1] & finite[2:] & (size[1:-1] <= size[:-2])
        near[1:-1] &= (size[1:-1] <= size[2:]) & ~passes[:-1] & ~passes[1:]
        bend = np.abs(g[:-2] - 2.0 * g[1:-1] + g[2:])
        near[1:-1] &= size[1:-1] <= bend
    for i in np.flatnonzero(near | np.append(passes, False)).tolist():
        if passes[i] if i < len(passes) else False:
            found.append((float(c[i]), float(c[i + 1])))
            continue
        fine = np.linspace(c[i - 1], c[i + 1], 65)
        part = above(fine)
        turns = np.flatnonzero((part[:-1] > 0.0) != (part[1:] > 0.0))
        found.extend((float(fine[j]), float(fine[j + 1])) for j in turns[:1])
    return sorted(found)


def _refined(low: float, high: float, above: Callable[[Array], Array]) -> float | None:
    """Return where a ray passes through the surface between two distances, or None where it does not."""
    for _ in range(_ZOOM_IN):
        c = np.linspace(low, high, _PARTS)
        side = above(c) > 0.0
        turn = np.flatnonzero(side[:-1] != side[1:])
        if not len(turn):
            return None
        low, high = float(c[turn[0]]), float(c[turn[0] + 1])
        if not high - low > 2.0 * math.ulp(high):
            break
    return 0.5 * (low + high)


def _distance(half: tuple[float, float, float]) -> float:
    return _EYE * math.hypot(*half)


@lru_cache(maxsize=1024)
def _extent(half: tuple[float, float, float], elevation: float) -> tuple[float, float, float]:
    """Return how far a box reaches on the screen as it turns around: sideways, down (negative) and up.

    For a lens of 1 pixel a unit at distance 1.
    """
    e, distance = math.radians(elevation), _distance(half)
    around = np.linspace(0.0, 2.0 * np.pi, _SIDES, endpoint=False)
    radius = math.hypot(half[0], half[1])
    across, back = radius * np.sin(around), radius * np.cos(around)
    w = np.array([-half[2], half[2]])[:, None]
    c = distance - back * math.cos(e) - w * math.sin(e)
    x, y = across / c, (w * math.cos(e) - back * math.sin(e)) / c
    return float(np.abs(x).max()), float(y.min()), float(y.max())
