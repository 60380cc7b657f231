"""The box around a surface: back walls with a grid, and axes with numbers on its outer edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from optviz.catalog import Array
from optviz.colors import mix
from optviz.projection import Projection
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.style import Metrics, Theme
from optviz.setting import Pair

_WALL = 0.022  # how much ink is in the back walls
_NUMBER, _LEVEL = 76.0, 40.0  # pixels at 1280 x 720 between numbers, along the base and upwards
_ROOM = 64.0  # for one of them
_NAME = 72.0  # for the name of the upright axis in one line

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


@dataclass(frozen=True)
class Ticks:
    """The numbers of one axis: which share of its edge they stand at, and their texts."""

    shares: tuple[float, ...]
    texts: tuple[str, ...]
    note: str = ""


Marks = tuple[Ticks, Ticks, Ticks]
_NONE = Ticks((), ())


def near_corner(view: Projection) -> tuple[float, float]:
    """Return the signs of u and v of the upright edge nearest to the camera."""
    azimuth = math.radians(view.camera.azimuth)
    return (1.0 if math.cos(azimuth) >= 0.0 else -1.0), (1.0 if math.sin(azimuth) >= 0.0 else -1.0)


def from_below(view: Projection) -> bool:
    """Say whether the camera sees the floor from below."""
    return float(view.eye[2]) < -view.box.half[2]


def edges(view: Projection) -> tuple[Edge, Edge, Edge]:
    """Choose the edges that carry the axes of x, y and the loss: outer ones, so that nothing is behind them.

    For x and y those at the lower rim of the picture: the near edges of the floor, or the far ones where
    the camera looks from below. For the loss the leftmost upright edge of which one side shows and the other
    does not: the outline of the box.
    """
    (u, v, w), (su, sv) = view.box.half, near_corner(view)
    turn = -1.0 if from_below(view) else 1.0
    along_x = Edge((-u, turn * sv * v, -w), (u, turn * sv * v, -w))
    along_y = Edge((turn * su * u, -v, -w), (turn * su * u, v, -w))
    eye_u, eye_v = float(view.eye[0]), float(view.eye[1])
    corners = [(a, b) for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    outer = [(a, b) for a, b in corners if (a * eye_u > u) != (b * eye_v > v)]
    spots = [(a * u, b * v) for a, b in outer or corners]
    left = min(spots, key=lambda spot: float(view.seen(np.array([*spot, 0.0]))[0]))
    return along_x, along_y, Edge((*left, -w), (*left, w))


def ticks(view: Projection, m: Metrics) -> Marks:
    """Return the numbers on the axes of x, y and the loss; the same from wherever the camera looks."""
    box = view.box
    face = fonts.font(m.small)

    def fits(text: str) -> bool:
        return fonts.width(text, face) <= m.px(_ROOM)

    # Those of the box at zoom 1, so that numbers do not come and go while it is turned.
    unit = view.unit / view.camera.zoom * min(max(view.camera.zoom, 1.0), 2.0)
    made = []
    for limits, half in ((box.xlim, box.half[0]), (box.ylim, box.half[1])):
        values = axes.ticks(*limits, max(2, int(2.0 * half * unit / m.px(_NUMBER))))
        made.append(_shared(values, limits, *axes.numbered(values, fits)))
    most = max(2, int(2.0 * box.half[2] * unit / m.px(_LEVEL)))
    h = box.heights
    if not h.log:
        values = axes.ticks(h.low, h.high, most)
        made.append(_shared(values, (h.low, h.high), *axes.numbered(values, fits)))
    else:
        values = axes.log_marks(h.low, h.high, most)
        texts, note = axes.numbered(values, fits)
        shares = [float(h.share(np.asarray(h.offset + value))) for value in values]
        if not shares or shares[0] * 2.0 * box.half[2] * unit > m.px(_LEVEL) * 0.5:
            shares, texts = [0.0, *shares], ["0", *texts]
        made.append(Ticks(tuple(shares), tuple(texts), note))
    return made[0], made[1], made[2]


def _shared(values: Sequence[float], limits: Pair, texts: list[str], note: str) -> Ticks:
    low, high = limits
    shares = tuple((value / 2 - low / 2) / (high / 2 - low / 2) for value in values)
    return Ticks(shares, tuple(texts), note)


def paint_walls(
    painter: QPainter, view: Projection, theme: Theme, m: Metrics, marks: Marks | None, *, floor: bool
) -> None:
    """Paint what is behind everything: the two far walls with their grid, and one on the floor if asked."""
    (u, v, w), (su, sv) = view.box.half, near_corner(view)
    fill = QColor(mix(theme.page, theme.ink, _WALL))
    if theme.ground is not None:  # a little of whatever is below shows through
        fill = QColor(theme.ink)
        fill.setAlphaF(_WALL)
    far_u, far_v = -su * u, -sv * v
    walls = [
        [(far_u, -v, -w), (far_u, v, -w), (far_u, v, w), (far_u, -v, w)],
        [(-u, far_v, -w), (u, far_v, -w), (u, far_v, w), (-u, far_v, w)],
    ]
    if floor and not from_below(view):
        walls.append([(-u, -v, -w), (u, -v, -w), (u, v, -w), (-u, v, -w)])
    pen = QPen(QColor(theme.hairline), m.hairline)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # lines run over all their edges
    for corners in walls:
        painter.drawPolygon(_polygon(view, corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    xs, ys, zs = marks or (_NONE, _NONE, _NONE)
    lines: list[tuple[Place, Place]] = []
    for share in zs.shares:
        z = w * (2.0 * share - 1.0)
        lines += [((far_u, -v, z), (far_u, v, z)), ((-u, far_v, z), (u, far_v, z))]
    for share in ys.shares:
        y = v * (2.0 * share - 1.0)
        lines.append(((far_u, y, -w), (far_u, y, w)))
        if floor:
            lines.append(((-u, y, -w), (u, y, -w)))
    for share in xs.shares:
        x = u * (2.0 * share - 1.0)
        lines.append(((x, far_v, -w), (x, far_v, w)))
        if floor:
            lines.append(((x, -v, -w), (x, v, -w)))
    _draw_lines(painter, view, lines)
    # The rim of the walls a little stronger.
    pen.setColor(QColor(mix(theme.hairline, theme.muted, 0.35)))
    painter.setPen(pen)
    rim = [
        ((far_u, sv * v, w), (far_u, far_v, w)), ((far_u, far_v, w), (su * u, far_v, w)),
        ((su * u, far_v, w), (su * u, far_v, -w)), ((su * u, far_v, -w), (far_u, far_v, -w)),
        ((far_u, far_v, -w), (far_u, sv * v, -w)), ((far_u, sv * v, -w), (far_u, sv * v, w)),
        ((far_u, far_v, -w), (far_u, far_v, w)),
    ]  # fmt: skip
    _draw_lines(painter, view, rim)


def paint_axes(
    painter: QPainter, view: Projection, theme: Theme, m: Metrics, marks: Marks,
    names: tuple[str, str, str],
) -> None:  # fmt: skip
    """Paint the axes with ticks, numbers and names, over the surface."""
    pen = QPen(QColor(theme.muted), m.hairline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    taken: list[QRectF] = []
    area = QRectF(view.left, view.top, view.width, view.height)
    middle = view.seen(np.zeros(3))[:2]
    for i, (edge, own, name) in enumerate(zip(edges(view), marks, names, strict=True)):
        one, two = view.seen(np.array([edge.start, edge.end]))[:, :2]
        painter.setPen(pen)
        painter.drawLine(QPointF(*one.tolist()), QPointF(*two.tolist()))
        way = two - one
        length = float(np.hypot(*way))
        if length < m.px(30):
            continue
        out = np.array([way[1], -way[0]]) / length
        if float(out @ (0.5 * (one + two) - middle)) < 0.0:
            out = -out
        reach = _paint_numbers(painter, view, edge, own, out, theme, m, taken)
        if i < 2:
            face = fonts.font(m.small, italic=True)
            text = f"{name}  {own.note}" if own.note else name
            at = 0.5 * (one + two) + out * (reach + m.gap(1))
            _write(
                painter, at, out, text, fonts.font(m.small) if own.note else face, theme.muted, area, taken
            )
        else:
            _paint_name(painter, view, (one, two), name, own.note, theme, m, taken)


def paint_rim(painter: QPainter, view: Projection, theme: Theme, m: Metrics) -> None:
    """Paint the edges that would carry axes, where there is no room for numbers."""
    color = QColor(mix(theme.hairline, theme.muted, 0.5))
    painter.setPen(QPen(color, m.hairline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for edge in edges(view):
        painter.drawLine(*_points(view, [edge.start, edge.end]))


def _paint_numbers(
    painter: QPainter, view: Projection, edge: Edge, own: Ticks, out: Array, theme: Theme, m: Metrics,
    taken: list[QRectF],
) -> float:  # fmt: skip
    """Paint ticks and numbers of an axis and return how far they reach out from it."""
    area = QRectF(view.left, view.top, view.width, view.height)
    face = fonts.font(m.small)
    tick, gap = m.gap(1), m.gap(1)
    pen = QPen(QColor(theme.muted), m.hairline)
    at = list(view.seen(np.array([edge.at(share) for share in own.shares]).reshape(-1, 3))[:, :2])
    widths = [fonts.width(text, face) for text in own.texts]
    high = fonts.rise(face)
    every = 1
    while every < len(at) and not _apart(at[::every], max(widths, default=0.0), high, m):
        every += 1
    reach = tick
    painter.setPen(pen)
    ends = [(spot.tolist(), (spot + tick * out).tolist()) for spot in at[::every]]
    painter.drawLines([QLineF(*one, *two) for one, two in ends])
    for spot, text, wide in list(zip(at, own.texts, widths, strict=True))[::every]:
        if _write(painter, spot + (tick + gap) * out, out, text, face, theme.muted, area, taken):
            reach = max(reach, tick + gap + abs(float(out[0])) * wide + abs(float(out[1])) * high)
    return reach


def _apart(at: list[Array], wide: float, high: float, m: Metrics) -> bool:
    steps = (np.abs(b - a) for a, b in pairwise(at))
    return all(dx >= wide + m.gap(2) or dy >= high + m.gap(1) for dx, dy in (step.tolist() for step in steps))


def _write(
    painter: QPainter, at: Array, out: Array, text: str, face: QFont, color: str, area: QRectF,
    taken: list[QRectF],
) -> bool:  # fmt: skip
    """Write a text that touches `at` from the side that `out` points to.

    Unless another is in its way, or not all of it lies in `area`.
    """
    wide, high = fonts.width(text, face), fonts.rise(face)
    center = at + out * (abs(float(out[0])) * wide / 2 + abs(float(out[1])) * high / 2)
    box = QRectF(float(center[0]) - wide / 2, float(center[1]) - high / 2, wide, high)
    if not area.contains(box) or any(box.adjusted(-2, -1, 2, 1).intersects(other) for other in taken):
        return False
    taken.append(box)
    fonts.write(painter, box.left(), box.bottom(), text, face, color)
    return True


def _paint_name(
    painter: QPainter,
    view: Projection,
    ends: tuple[Array, Array],
    name: str,
    note: str,
    theme: Theme,
    m: Metrics,
    taken: list[QRectF],
) -> None:
    """Paint the name of the upright axis beyond its upper end, a long one in two lines."""
    face = fonts.font(m.small)
    lines = _broken(name, face, m.px(_NAME)) + ([note] if note else [])
    wide = max(fonts.width(line, face) for line in lines)
    rise = fonts.rise(face)
    row = rise + m.gap(1.5)
    high = rise + (len(lines) - 1) * row
    way = (ends[1] - ends[0]) / float(np.hypot(*(ends[1] - ends[0])))
    dx, dy = way.tolist()
    if not view.inside(*ends[1].tolist()):
        return
    for further in range(5):
        off = m.gap(3) + abs(dx) * wide / 2 + abs(dy) * high / 2 + further * row
        x, y = (ends[1] + off * way).tolist()
        left = min(max(x - wide / 2, view.left + m.gap(1)), view.left + view.width - wide - m.gap(1))
        top = min(max(y - high / 2, view.top + m.gap(1)), view.top + view.height - high - m.gap(1))
        box = QRectF(left, top, wide, high)
        if not any(box.adjusted(-1, -1, 1, 1).intersects(other) for other in taken):
            break
    else:
        return
    for i, line in enumerate(lines):
        x = left + (wide - fonts.width(line, face)) / 2
        fonts.write(painter, x, top + rise + i * row, line, face, theme.muted)


def _broken(text: str, face: QFont, room: float) -> list[str]:
    """Return a text in one line, or in two of lengths as equal as its words allow."""
    words = text.split()
    if len(words) < 2 or fonts.width(text, face) <= room:
        return [text]
    both = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return list(min(both, key=lambda pair: max(fonts.width(part, face) for part in pair)))


def _points(view: Projection, places: Sequence[Place]) -> list[QPointF]:
    return [QPointF(*spot) for spot in view.seen(np.array(places))[:, :2].tolist()]


def _draw_lines(painter: QPainter, view: Projection, lines: Sequence[tuple[Place, Place]]) -> None:
    if lines:
        spots = view.seen(np.array(lines))[..., :2].reshape(-1, 4)
        painter.drawLines([QLineF(*ends) for ends in spots.tolist()])


def _polygon(view: Projection, places: Sequence[Place]) -> QPolygonF:
    return QPolygonF(_points(view, places))
