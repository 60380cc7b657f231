"""Arrows at the heads: the way down that an entrant sees, the way its memory pushes, the step it takes.

At frame k they stand at point k: minus the gradient that the step from there used, minus the memory of
gradients that it brought along (the state named "m" after the step before; rules without one have no such
arrow), and point k + 1 minus point k. What an arrow stands for may be a thousandth of the picture or a
thousand times it, so each kind has one factor at each frame, the same for all entrants: the longest arrow of
the kind is so many pixels long (`LONGEST`), the others are that much shorter as what they stand for is, and
the key says how long that is. No arrow is longer or shorter than its factor makes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.panels.mapping import Mapping
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene
from optviz.translation import QT_TRANSLATE_NOOP
from optviz.view import ARROWS

LONGEST = {"gradient": 92.0, "momentum": 74.0, "update": 56.0}
"""Pixels at 1280 x 720; not the same, so that of arrows in one direction every head is seen."""

_MEMORY = "m"
_LEAST = 2.0  # pixels: a shorter arrow would be all head
_NAMES = {
    "gradient": QT_TRANSLATE_NOOP("Stage", "down the gradient"),
    "momentum": QT_TRANSLATE_NOOP("Stage", "momentum"),
    "update": QT_TRANSLATE_NOOP("Stage", "update"),
}


@dataclass(frozen=True, eq=False)
class Arrow:
    """What an arrow stands for.

    Attributes
    ----------
    kind
        One of `optviz.view.ARROWS`.
    point, vector
        float64[2] both, in data.
    share
        Its length over that of the longest of its kind at this frame.
    """

    kind: str
    line: Line
    point: Array
    vector: Array
    share: float


def arrows(scene: Scene, k: int) -> list[Arrow]:
    """Return the arrows of frame `k` that the view asks for, in the order to draw them, longest first."""
    made: list[Arrow] = []
    for kind in scene.experiment.view.arrows:  # the shortest kinds lie on top
        found = []
        for line, run in zip(scene.lines, scene.run.entrants, strict=True):
            if line.hidden or k >= len(line.path) - 1:
                continue
            vector = _vector(kind, run.path, run.grad, run.state, run.state_rows, k)
            if vector is not None and np.isfinite(vector).all() and vector.any():
                found.append((line, vector))
        lengths = [math.hypot(*vector.tolist()) for _, vector in found]
        longest = max(lengths, default=0.0)
        if not 0.0 < longest < math.inf:
            continue
        of_kind = [
            Arrow(kind, line, line.path[k], vector, length / longest)
            for (line, vector), length in zip(found, lengths, strict=True)
        ]
        made += sorted(of_kind, key=lambda arrow: -arrow.share)
    return made


def _vector(kind: str, path: Array, grad: Array, state: Array, rows: Sequence[str], k: int) -> Array | None:
    if kind == "gradient":
        return -grad[k] if k < len(grad) else None
    if kind == "momentum":
        known = _MEMORY in rows and 1 <= k <= len(state)
        return -state[k - 1, rows.index(_MEMORY)] if known else None
    return np.asarray(path[k + 1] - path[k])


def colors(theme: Theme) -> dict[str, str]:
    """Return the colour of each kind."""
    return {"gradient": theme.accent, "momentum": theme.muted, "update": theme.ink}


def paint(
    painter: QPainter,
    kind: str,
    tail: tuple[float, float],
    tip: tuple[float, float],
    theme: Theme,
    m: Metrics,
    *,
    strength: float = 1.0,
) -> None:
    """Paint one arrow between two pixels; each kind has a shaft and a head of its own."""
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    length = math.hypot(dx, dy)
    if not length > _LEAST:
        return
    dx, dy = dx / length, dy / length
    color = colors(theme)[kind]
    heavy = kind == "update"
    width = max(1.25, (2.6 if heavy else 1.7) * m.scale * m.weight)
    back = min((4.0 if heavy else 5.0) * width, 0.8 * length)
    half = (0.42 if heavy else 0.36) * back
    left = QPointF(tip[0] - back * dx - half * dy, tip[1] - back * dy + half * dx)
    right = QPointF(tip[0] - back * dx + half * dy, tip[1] - back * dy - half * dx)
    end, start = QPointF(*tip), QPointF(*tail)
    neck = end if kind == "momentum" else QPointF(tip[0] - 0.7 * back * dx, tip[1] - 0.7 * back * dy)
    cap, join = Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin
    painter.save()
    painter.setOpacity(strength)
    for tint, more in ((theme.halo, 2.0 * max(1.0, 1.2 * m.scale)), (color, 0.0)):
        pen = QPen(QColor(tint), width + more, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, join)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shaft = QPen(pen)
        if not more:
            shaft.setCapStyle(cap)
            if kind == "momentum":
                shaft.setDashPattern([2.4, 1.4])
        painter.setPen(shaft)
        painter.drawLine(start, neck)
        if kind == "momentum":
            painter.setPen(pen)
            head = QPainterPath(left)
            head.lineTo(end)
            head.lineTo(right)
            painter.drawPath(head)
        else:
            painter.setPen(QPen(QColor(tint), max(more, 0.01), Qt.PenStyle.SolidLine, cap, join))
            painter.setBrush(QColor(tint))
            painter.drawPolygon(QPolygonF([end, left, QPointF(*neck.toTuple()), right]))
    painter.restore()


def room(tail: tuple[float, float], tip: tuple[float, float], m: Metrics) -> list[QRectF]:
    """Return boxes along an arrow that names keep clear of."""
    side = m.gap(2)
    spots = [(tail[0] + t * (tip[0] - tail[0]), tail[1] + t * (tip[1] - tail[1])) for t in (0.35, 0.65, 0.95)]
    return [QRectF(x - side / 2, y - side / 2, side, side) for x, y in spots]


def paint_on_plane(
    painter: QPainter, scene: Scene, k: int, view: Mapping, theme: Theme, m: Metrics
) -> list[QRectF]:
    """Paint the arrows of frame `k` on the picture from above, and return the room that they take.

    Heads outside the picture have none.
    """
    taken: list[QRectF] = []
    if not scene.experiment.view.arrows:
        return taken
    scale = np.array([1.0, 1.0])
    scale[0] = view.width / (view.xlim[1] - view.xlim[0])
    scale[1] = -view.height / (view.ylim[1] - view.ylim[0])
    painter.save()
    painter.setClipRect(view.rect, Qt.ClipOperation.IntersectClip)
    for arrow in arrows(scene, k):
        if not view.within(arrow.point):
            continue
        x, y = view.to_pixel(arrow.point).tolist()
        way = arrow.vector / np.max(np.abs(arrow.vector)) * (scale / np.max(np.abs(scale)))
        dx, dy = (way / np.hypot(*way) * m.px(LONGEST[arrow.kind]) * arrow.share).tolist()
        paint(painter, arrow.kind, (x, y), (x + dx, y + dy), theme, m)
        taken += room((x, y), (x + dx, y + dy), m)
    painter.restore()
    return taken


def paint_key(
    painter: QPainter,
    scene: Scene,
    k: int,
    left: float,
    bottom: float,
    theme: Theme,
    m: Metrics,
    *,
    vector: bool,
    right: float = math.inf,
) -> QRectF:
    """Paint the key to the arrows, its lower left corner given, and return the room it takes.

    It names the kinds that the view asks for, and says what the longest arrow of each stands for; in a line
    of its own where that would go beyond `right`.
    """
    kinds = [kind for kind in ARROWS if kind in scene.experiment.view.arrows]
    if not kinds:
        return QRectF()
    found = {arrow.kind: arrow for arrow in reversed(arrows(scene, k)) if arrow.share == 1.0}
    face = fonts.font(m.small)
    row, wide, rise = m.gap(5), m.px(26), fonts.rise(face)
    room = max(right - left - wide - m.gap(2), 0.0)
    texts: list[list[str]] = []
    for kind in kinds:
        text = QCoreApplication.translate("Stage", _NAMES[kind])
        lines = [text]
        if kind in found:
            size = number(math.hypot(*found[kind].vector.tolist()), fixed=True)
            both = QCoreApplication.translate("Stage", "{arrow}, longest {size}")
            lines = [both.format(arrow=text, size=size)]
            if fonts.width(lines[0], face) > room:
                alone = QCoreApplication.translate("Stage", "longest {size}")
                lines = [text, alone.format(size=size)]
        texts.append([fonts.elided(line, face, room) for line in lines])
    tall = row * sum(len(lines) for lines in texts)
    box = QRectF(left, bottom - tall, wide + m.gap(2), tall)
    top = box.top()
    for kind, lines in zip(kinds, texts, strict=True):
        paint(painter, kind, (left, top + 0.5 * row), (left + wide, top + 0.5 * row), theme, m)
        for line in lines:
            x, base = left + wide + m.gap(2), top + 0.5 * row + rise / 2
            fonts.write_haloed(painter, x, base, line, face, theme.muted, theme.halo, m.px(2.2), vector)
            top += row
    box.setWidth(wide + m.gap(2) + max(fonts.width(line, face) for lines in texts for line in lines))
    return box
