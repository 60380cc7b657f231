"""The box around a surface: back walls with a grid, and axes with numbers on its outer edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from optviz.catalog import Array
from optviz.colors import mix
from optviz.projection import Box, Heights, Projection
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.panels.surface3d.outline import Edge, Place, edges, from_below, near_corner
from optviz.render.style import Metrics, Theme
from optviz.setting import Pair

_WALL = 0.022  # how much ink is in the back walls
_NUMBER, _LEVEL = 76.0, 40.0  # pixels at 1280 x 720 between numbers, along the base and upwards
_ROOM = 64.0  # for one of them
_NAME = 72.0  # for the name of the upright axis in one line
_SMALL = 300.0  # a picture with a shorter side has smaller numbers
_SHORT = 30.0  # an axis no longer than this on the screen has no numbers
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.05, 0.95)  # where along an axis its name is tried


@dataclass(frozen=True)
class Ticks:
    """The numbers of one axis: which share of its edge they stand at, and their texts."""

    shares: tuple[float, ...]
    texts: tuple[str, ...]
    note: str = ""


Marks = tuple[Ticks, Ticks, Ticks]
_NONE = Ticks((), ())


def ticks(view: Projection, m: Metrics, levels: bool = True) -> Marks:
    """Return the numbers on the axes of x, y and, with `levels`, the loss; the same from everywhere."""
    # Those of the box at zoom 1, so that numbers do not come and go while it is turned.
    unit = view.unit / view.camera.zoom * min(max(view.camera.zoom, 1.0), 2.0)
    wide, deep, tall = (2.0 * half * unit for half in view.box.half)
    number, level = m.px(_NUMBER), m.px(_LEVEL)
    most = max(2, int(wide / number)), max(2, int(deep / number)), max(2, int(tall / level))
    along_x, along_y, loss = _marks(view.box, *most, type_size(view, m), m.px(_ROOM))
    if not levels:
        return along_x, along_y, _NONE
    if view.box.heights.log and (not loss.shares or loss.shares[0] * tall > level * 0.5):
        loss = Ticks((0.0, *loss.shares), ("0", *loss.texts), loss.note)
    return along_x, along_y, loss


@lru_cache(maxsize=32)
def _marks(box: Box, wide: int, deep: int, tall: int, size: int, room: float) -> Marks:
    """Return at most so many numbers on each axis, written at a size, none wider than `room`."""
    face = fonts.font(size)

    def fits(text: str) -> bool:
        return fonts.width(text, face) <= room

    made = []
    for limits, most in ((box.xlim, wide), (box.ylim, deep)):
        values = _rounds(*limits, most)
        made.append(_shared(values, limits, *axes.numbered(values, fits)))
    h = box.heights
    if not h.log:
        values = _rounds(h.low, h.high, tall)
        return made[0], made[1], _shared(values, (h.low, h.high), *axes.numbered(values, fits))
    values = axes.log_marks(h.low, h.high, tall)
    texts, note = axes.numbered(values, fits)
    shares = tuple(float(h.share(np.asarray(h.offset + value))) for value in values)
    return made[0], made[1], Ticks(shares, tuple(texts), note)


def _rounds(low: float, high: float, most: int) -> list[float]:
    """Return round numbers, at most so many, but two at least: one alone says nothing of the scale."""
    tries = (axes.ticks(low, high, n) for n in range(most, most + 4))
    return next((values for values in tries if len(values) > 1), [])


def type_size(view: Projection, m: Metrics) -> int:
    """Return how large the numbers are: in a small picture smaller, for the sake of the surface."""
    return m.tiny if min(view.width, view.height) < m.px(_SMALL) else m.small


def has_long_name(heights: Heights) -> bool:
    """Say whether the upright axis shows the loss less its lowest, which its name has to tell."""
    return heights.log and abs(heights.offset) > 0.01 * heights.low


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
    names: tuple[str, str, str], *, quick: bool = False,
) -> list[QRectF]:  # fmt: skip
    """Paint the axes with ticks, numbers and names, over the surface; `quick` as in the panel.

    Returns the room of what is written.
    """
    pen = QPen(QColor(theme.muted), m.hairline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    taken: list[QRectF] = []
    area = QRectF(view.left, view.top, view.width, view.height)
    middle = view.seen(np.zeros(3))[:2]
    chosen, named = edges(view), []
    for i in (2, 0, 1):  # the loss first: it has the fewest numbers
        edge, own, name = chosen[i], marks[i], names[i]
        if edge is None:
            continue
        one, two = view.seen(np.array([edge.start, edge.end]))[:, :2]
        painter.setPen(pen)
        painter.drawLine(QPointF(*one.tolist()), QPointF(*two.tolist()))
        way = two - one
        length = float(np.hypot(*way))
        if not length > 1.0:
            continue
        out = np.array([way[1], -way[0]]) / length
        if float(out @ (0.5 * (one + two) - middle)) < 0.0:
            out = -out
        reach = m.gap(1)
        if i == 2 and length < m.px(_SHORT):
            continue
        if length >= m.px(_SHORT):
            reach = _paint_numbers(painter, view, edge, own, out, theme, m, taken, quick)
        named.append((i, (one, two), out, reach, name, own.note))
    for i, ends, out, reach, name, note in named:
        if i == 2:
            _paint_name(painter, view, ends, out, name, note, theme, m, taken)
            continue
        face = fonts.font(type_size(view, m), italic=not note)
        text = f"{name}  {note}" if note else name
        # Beyond the numbers, or else between them.
        for off, share in product((reach + m.gap(1), m.gap(2)), _PLACES):
            at = ends[0] + share * (ends[1] - ends[0]) + out * off
            if _write(painter, at, out, text, face, theme.muted, area, taken, m, quick):
                break
    return taken


def paint_rim(painter: QPainter, view: Projection, theme: Theme, m: Metrics) -> None:
    """Paint the edges that would carry axes, where there is no room for numbers."""
    color = QColor(mix(theme.hairline, theme.muted, 0.5))
    painter.setPen(QPen(color, m.hairline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for edge in edges(view):
        if edge is not None:
            painter.drawLine(*_points(view, [edge.start, edge.end]))


def _paint_numbers(
    painter: QPainter, view: Projection, edge: Edge, own: Ticks, out: Array, theme: Theme, m: Metrics,
    taken: list[QRectF], quick: bool,
) -> float:  # fmt: skip
    """Paint ticks and numbers of an axis and return how far they reach out from it."""
    area = QRectF(view.left, view.top, view.width, view.height)
    face = fonts.font(type_size(view, m))
    tick, gap = m.gap(1), m.gap(0.75)
    pen = QPen(QColor(theme.muted), m.hairline)
    at = list(view.seen(np.array([edge.at(share) for share in own.shares]).reshape(-1, 3))[:, :2])
    spots = [spot.tolist() for spot in at]
    widths = [fonts.width(text, face) for text in own.texts]
    high = fonts.rise(face)
    every = 1
    while every < len(at) and not _apart(spots[::every], max(widths, default=0.0), high, m):
        every += 1
    reach = tick
    painter.setPen(pen)
    ends = [(spot.tolist(), (spot + tick * out).tolist()) for spot in at[::every]]
    painter.drawLines([QLineF(*one, *two) for one, two in ends])
    for spot, text, wide in list(zip(at, own.texts, widths, strict=True))[::every]:
        if _write(painter, spot + (tick + gap) * out, out, text, face, theme.muted, area, taken, m, quick):
            reach = max(reach, tick + gap + abs(float(out[0])) * wide + abs(float(out[1])) * high)
    return reach


def _apart(at: Sequence[Sequence[float]], wide: float, high: float, m: Metrics) -> bool:
    across, down = wide + m.gap(2), high + m.gap(1)
    return all(abs(b[0] - a[0]) >= across or abs(b[1] - a[1]) >= down for a, b in pairwise(at))


def _write(
    painter: QPainter, at: Array, out: Array, text: str, face: QFont, color: str, area: QRectF,
    taken: list[QRectF], m: Metrics, quick: bool,
) -> bool:  # fmt: skip
    """Write a text that touches `at` from the side that `out` points to.

    Unless another is in its way, or not all of it lies in `area`.
    """
    wide, high = fonts.width(text, face), fonts.rise(face)
    (x, y), (dx, dy) = at.tolist(), out.tolist()
    off = abs(dx) * wide / 2 + abs(dy) * high / 2
    box = QRectF(x + off * dx - wide / 2, y + off * dy - high / 2, wide, high)
    room = box.adjusted(-m.gap(1.5), -m.gap(0.75), m.gap(1.5), m.gap(0.75))
    if not area.contains(box) or any(map(room.intersects, taken)):
        return False
    taken.append(box)
    write = fonts.write_moving if quick else fonts.write
    write(painter, box.left(), box.bottom(), text, face, color)
    return True


def _paint_name(
    painter: QPainter,
    view: Projection,
    ends: tuple[Array, Array],
    out: Array,
    name: str,
    note: str,
    theme: Theme,
    m: Metrics,
    taken: list[QRectF],
) -> None:
    """Paint the name of the upright axis beyond its upper end and outside, a long one in two lines."""
    face = fonts.font(type_size(view, m))
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
        x, y = (ends[1] + off * way + 0.5 * wide * abs(float(out[0])) * out).tolist()
        left = min(max(x - wide / 2, view.left + m.gap(1)), view.left + view.width - wide - m.gap(1))
        top = min(max(y - high / 2, view.top + m.gap(1)), view.top + view.height - high - m.gap(1))
        box = QRectF(left, top, wide, high)
        if not any(box.adjusted(-1, -1, 1, 1).intersects(other) for other in taken):
            break
    else:
        return
    taken.append(box)
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
