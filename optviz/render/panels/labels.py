"""Names beside heads: who gets one, and where it goes so that it covers neither heads, names nor paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRectF

from optviz.catalog import Array
from optviz.render.panels.tracks import Track
from optviz.scene import Line

MOST = 12  # more names than these hide the picture
_LEAST_ROWS = 5  # above and below a point in which a name may find room
_BEST, _LOST = 8, 4  # who is named then: the lowest losses in the end, and some that diverged

# What a place costs: each overlap, each row away from the point, and being no free first choice.
_TEXT, _NAME, _HEAD, _PATH, _ROW, _TURN = 60.0, 10.0, 4.0, 1.0, 0.2, 0.01


@dataclass
class Label:
    """A text beside a point, before and after its place is found.

    `x`, `y` is the point, `clear` the distance to keep from it; `box` is where the text goes, and `moved`
    says that it stands so far from its point that a line should lead there.
    """

    x: float
    y: float
    clear: float
    width: float
    height: float
    box: QRectF = field(default_factory=QRectF)
    moved: bool = False


def named(lines: Sequence[Line]) -> list[Line]:
    """Return the entrants to be named: all that are shown, or the best few where those are too many.

    The choice rests on the whole run, so that names do not come and go between frames.
    """
    shown = [line for line in lines if not line.hidden and len(line.path)]
    if len(shown) <= MOST:
        return shown
    lost = [line for line in shown if line.status == "diverged"][:_LOST]
    rest = [line for line in shown if line.status != "diverged" and len(line.loss)]
    best = sorted(rest, key=lambda line: np.nan_to_num(float(line.loss[-1]), nan=np.inf))[:_BEST]
    chosen = {id(line) for line in lost + best}
    return [line for line in shown if id(line) in chosen]


@dataclass(frozen=True, eq=False)
class Visits:
    """Where paths run, on a coarse grid.

    Attributes
    ----------
    first
        float64[rows, columns]: the first step at which a path crosses the cell, infinite where none does.
    left, top, cell
        The grid's corner and the side of a cell, in pixels.
    """

    first: Array
    left: float
    top: float
    cell: float

    @classmethod
    def of(cls, tracks: Sequence[Track], rect: QRectF, cell: float) -> Visits:
        """Collect the visits of several tracks, in pixels, inside `rect`."""
        rows, columns = math.ceil(rect.height() / cell) + 1, math.ceil(rect.width() / cell) + 1
        first = np.full((rows, columns), np.inf)
        for line in tracks:
            if not len(line.points):
                continue
            reach = np.abs(np.diff(line.points, axis=0)).max(axis=1, initial=0.0)
            reach[line.gaps[1:]] = 0.0
            parts = np.ceil(np.minimum(reach / (0.5 * cell), 4 * max(rows, columns))).astype(np.int64)
            parts = np.append(np.maximum(parts, 1), 1)
            begin = np.repeat(np.arange(len(parts)), parts)
            share = (np.arange(len(begin)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[begin]
            after = np.minimum(begin + 1, len(parts) - 1)
            spots = line.points[begin] + (line.points[after] - line.points[begin]) * share[:, None]
            steps = line.step[begin] + (line.step[after] - line.step[begin]) * share
            column = ((spots[:, 0] - rect.x()) / cell).astype(np.int64)
            row = ((spots[:, 1] - rect.y()) / cell).astype(np.int64)
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
            np.minimum.at(first, (row[inside], column[inside]), steps[inside])
        return cls(first, rect.x(), rect.y(), cell)

    def share(self, box: QRectF, k: float) -> float:
        """Return how much of a box paths have crossed up to step `k`, in sixths so that little moves it."""
        left, top = int((box.left() - self.left) / self.cell), int((box.top() - self.top) / self.cell)
        right = int((box.right() - self.left) / self.cell) + 1
        bottom = int((box.bottom() - self.top) / self.cell) + 1
        part = self.first[max(top, 0) : bottom, max(left, 0) : right]
        return int(6.0 * np.count_nonzero(part <= k) / max(part.size, 1)) / 6.0


def place(
    labels: Sequence[Label],
    area: QRectF,
    marks: Sequence[QRectF] = (),
    visits: Visits | None = None,
    k: float = math.inf,
    texts: Sequence[QRectF] = (),
) -> None:
    """Find a box for each label inside `area`.

    Each tries the right of its point, the left, above, below, then both sides at growing heights, and takes
    the place with the least overlap with names, points, `marks` and the paths up to step `k`; a place over
    `texts` that stand there is the last to be taken. Labels are
    placed from the top point down; the same points always give the same places.
    """
    heads = [QRectF(i.x - i.clear, i.y - i.clear, 2 * i.clear, 2 * i.clear) for i in labels]
    heads.extend(marks)
    names: list[QRectF] = []
    for index in sorted(range(len(labels)), key=lambda i: (labels[i].y, labels[i].x, i)):
        item = labels[index]
        least = math.inf
        for price, moved, left, top in _places(item, len(labels)):
            if price >= least:
                break
            x = min(max(left, area.left()), max(area.right() - item.width, area.left()))
            y = min(max(top, area.top()), max(area.bottom() - item.height, area.top()))
            box = QRectF(x, y, item.width, item.height)
            cost = price + sum(_NAME + over for over in (_overlap(box, other) for other in names) if over)
            cost += sum(_HEAD + over for over in (_overlap(box, other) for other in heads) if over)
            cost += sum(_TEXT + over for over in (_overlap(box, other) for other in texts) if over)
            if visits is not None and cost < least:
                cost += _PATH * visits.share(box, k)
            if cost < least:
                least, item.box, item.moved = cost, box, moved
        names.append(item.box)


def _places(item: Label, count: int) -> list[tuple[float, bool, float, float]]:
    """Return price, whether it is far, left and top of every place of a label, the cheapest first."""
    right, left = item.x + item.clear, item.x - item.clear - item.width
    center, middle = item.x - item.width / 2, item.y - item.height / 2
    spots = [
        (0.0, False, right, middle), (_TURN, False, left, middle),
        (2 * _TURN, False, center, item.y - item.clear - item.height),
        (3 * _TURN, False, center, item.y + item.clear),
    ]  # fmt: skip
    for step in range(2 * max(count, _LEAST_ROWS) + 2):
        row = step // 2 + 1
        shift = row * (1 if step % 2 else -1) * 1.08 * item.height
        spots.extend((row * _ROW + 0.1, True, side, middle + shift) for side in (right, left))
    return spots


def _overlap(a: QRectF, b: QRectF) -> float:
    """Return the share of the box `a` that `b` covers, 0 for less than half a pixel."""
    wide = min(a.right(), b.right()) - max(a.left(), b.left())
    tall = min(a.bottom(), b.bottom()) - max(a.top(), b.top())
    return wide * tall / (a.width() * a.height() or 1.0) if wide > 0.01 and tall > 0.01 else 0.0
