"""Curves of a training: thinned to the pixels as they grow, and drawn."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPaintEngine, QPainter

from optviz.catalog import Array
from optviz.render.panels import markers, strokes, tracks
from optviz.render.panels.curves import _NOISE, Axes, noisy
from optviz.training.scene.grown import Grown

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trace:
    """One curve to be drawn.

    Attributes
    ----------
    key
        What tells it from the other curves of its plot, also when it has grown.
    epochs, values
        float64[n]; only the first `count` are drawn.
    dash
        On, off, … in pixels; empty is solid.
    """

    key: Hashable
    epochs: Array
    values: Array
    count: int
    color: str
    width: float
    dash: Sequence[float] = ()


class Thinned:
    """Which points of a growing curve say something at one size: first, lowest, highest and last of a column.

    What a finished column keeps is found once; the same points are kept however the curve has grown.
    """

    def __init__(self) -> None:
        self._place: tuple[float, float] | None = None
        self._kept = np.empty(0, np.int64)
        self._done = 0

    def upto(self, count: int, epochs: Array, values: Array, left: float, scale: float) -> Indices:
        """Return the indices kept of the first `count` points; a point's column is left + scale × epoch."""
        if self._place != (left, scale) or self._done > len(values):
            self._place, self._kept, self._done = (left, scale), np.empty(0, np.int64), 0
        if count == 0:
            return self._kept[:0]
        column = math.floor(left + scale * epochs[count - 1])
        begin = bisect_left(range(count), column, key=lambda i: math.floor(left + scale * epochs[i]))
        if begin > self._done:
            self._kept = np.concatenate([self._kept, self._among(self._done, begin, epochs, values)])
            self._done = begin
        before = self._kept[: np.searchsorted(self._kept, begin)]
        return np.concatenate([before, self._among(begin, count, epochs, values)])

    def _among(self, begin: int, end: int, epochs: Array, values: Array) -> Indices:
        assert self._place is not None
        left, scale = self._place
        columns = left + scale * epochs[begin:end]
        return tracks.decimated(np.ascontiguousarray(values[begin:end]), columns) + begin


class Traces:
    """Draws the curves of one plot, remembering of each what is worth drawing."""

    def __init__(self) -> None:
        self._thinned: dict[Hashable, tuple[object, Thinned]] = {}
        self._maps: dict[Hashable, tuple[object, Axes, Grown]] = {}

    def pixels(self, frame: Axes, owner: object, trace: Trace, height: Callable[[Array], Array]) -> Array:
        """Return float64[n, 2]: the pixels of a curve, thinned."""
        known = self._thinned.get(trace.key)
        if known is None or known[0] is not owner:
            known = (owner, Thinned())
            self._thinned[trace.key] = known
        scale = (frame.width - frame.inset) / max(frame.last, 1)
        keep = known[1].upto(trace.count, trace.epochs, trace.values, frame.left, scale)
        return self._mapped(frame, owner, trace, height, scale)[keep]

    def _mapped(
        self, frame: Axes, owner: object, trace: Trace, height: Callable[[Array], Array], scale: float
    ) -> Array:
        """Return float64[n, 2]: the pixels of all points known; kept until there are more."""
        kept = self._maps.get(trace.key)
        count = len(trace.values)
        if kept is None or kept[0] is not owner or kept[1] != frame or kept[2].count > count:
            kept = self._maps[trace.key] = (owner, frame, Grown(2))
        done = kept[2].count
        if done < count:
            x = frame.left + scale * trace.epochs[done:]
            kept[2].add(np.stack([x, frame.y(height(trace.values[done:]))], axis=-1))
        return kept[2].values

    def draw(
        self, target: QImage | QPainter, frame: Axes, owner: object, traces: Sequence[Trace],
        height: Callable[[Array], Array],
    ) -> None:  # fmt: skip
        """Draw curves one over the other.

        Parameters
        ----------
        owner
            What the curves belong to: of another one nothing is remembered.
        height
            From values to what the frame's axis counts.
        """
        slack = max((trace.width for trace in traces), default=1.0)
        bottom = frame.top + frame.height
        box = (frame.left - slack, frame.top - slack, frame.left + frame.width + slack, bottom)
        far = (frame.left - 1e4, frame.top - 1e5, frame.left + frame.width + 1e4, frame.top + 1e5)
        if isinstance(target, QPainter):  # Qt writes no clipping into SVG
            far = box
        canvas = strokes.Canvas(target, box)
        for trace in traces:
            if trace.count == 0:
                continue
            points, cuts = self.pixels(frame, owner, trace, height), None
            rough = len(points) > 2 + _NOISE * frame.width / trace.width and noisy(
                points[:, 1], trace.width, frame.width
            )
            if rough:
                keep, cuts = cut_columns(points[:, 0])
                points = points[keep]
            if far is not box and np.isfinite(points).all():
                pieces, place = points, np.arange(len(points), dtype=np.float64)
                begins = place == 0.0
            else:
                pieces, begins, place = tracks.clipped(points, far)
            if len(pieces) == 0:
                continue
            if cuts is not None and len(cuts) == len(begins):  # else it has gaps, and stays joined between
                begins = begins | cuts
            if rough or not trace.dash:
                line = tracks.Track(pieces, begins, place, place, begins)
            else:
                line = tracks.track(pieces, begins, place, trace.dash)
            shade = np.zeros(len(line.points), np.int64)
            canvas.fresh()
            canvas.stroke(line, shade, strokes.ramp(trace.color, trace.color, 0.0), trace.width)


def cut_columns(x: Array) -> tuple[tracks.Flags, tracks.Flags]:
    """Thin what `Thinned` kept to the lowest and the highest of each column among full ones.

    Neighbours of full columns overlap, so that nothing need join them: a third of the length is left.

    Parameters
    ----------
    x
        float64[n], the pixels of what was kept, ascending.

    Returns
    -------
    keep, cuts
        bool[n]: which points are left; bool[m]: before which of these the line is cut.
    """
    column = np.floor(x)
    starts = np.flatnonzero(np.diff(column, prepend=-np.inf))
    full = np.diff(starts, append=len(x)) == 4
    among = full.copy()
    among[1:] &= full[:-1]
    among[:-1] &= full[1:]
    first = starts[among]
    keep, cuts = np.ones(len(x), np.bool_), np.zeros(len(x), np.bool_)
    keep[first] = keep[first + 3] = False
    cuts[first + 1] = True
    return keep, cuts[keep]


def mark(painter: QPainter, index: int, x: float, y: float, radius: float, fill: str, edge: str) -> None:
    """Draw an entrant's marker; on pixels from a picture kept of it, for there are many."""
    frame = painter.worldTransform()
    plain = painter.paintEngine().type() == QPaintEngine.Type.Raster and frame.isIdentity()
    if not plain or painter.device().devicePixelRatioF() != 1.0:
        markers.head(painter, index, x, y, radius, fill, edge)
        return
    across, down = round(4.0 * x), round(4.0 * y)
    image, middle = _marker(index, radius, fill, edge, across % 4, down % 4)
    painter.drawImage(QPointF(across // 4 - middle, down // 4 - middle), image)


@lru_cache(maxsize=2048)
def _marker(index: int, radius: float, fill: str, edge: str, across: int, down: int) -> tuple[QImage, int]:
    """Return a marker that stands quarters of a pixel off, and where its middle is."""
    middle = math.ceil(1.7 * radius) + 1
    image = QImage(2 * middle + 2, 2 * middle + 2, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        markers.head(painter, index, middle + across / 4.0, middle + down / 4.0, radius, fill, edge)
    return image, middle
