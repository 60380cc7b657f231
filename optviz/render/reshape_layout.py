"""Where the parts of a frame of a comparison go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF

from optviz import companions
from optviz.render.panels.surface import GUTTER
from optviz.render.style import Metrics
from optviz.reshape import ReshapeScene

_LEAST_WITH_KEY = 0.7
_COMPANION = (196.0, 132.0)  # the least of a small picture, in pixels at 1280 x 720
_ROW = 168.0  # the row of them
_LEAST_ROWS = 3  # entrants of the legend, before small pictures give way to them
_SURFACE = 0.40  # the least share of the height that surfaces have
_KINDS = ("activation", "paths", "balls", "histogram")  # in the order in which they find room
_ORDER = ("activation", "histogram", "balls", "paths")  # from left to right


@dataclass(frozen=True)
class ReshapeLayout:
    """Where the parts of a frame go; what does not fit is None, or not among them.

    Attributes
    ----------
    captions, readings, surfaces, scales
        One for each scene shown; `scales` one in all where the scale of colours is shared.
    small
        The small pictures by kind.
    bar
        The way from before to after.
    """

    header: QRectF | None
    surfaces: tuple[QRectF, ...]
    captions: tuple[QRectF, ...] = ()
    readings: tuple[QRectF, ...] = ()
    scales: tuple[QRectF, ...] = ()
    legend: QRectF | None = None
    small: tuple[tuple[str, QRectF], ...] = ()
    bar: QRectF | None = None


def layout(scene: ReshapeScene, size: tuple[int, int], m: Metrics) -> ReshapeLayout:
    """Return where everything goes in a frame of `size` = (width, height); the same for every step."""
    width, height = (float(n) for n in size)
    count = len(scene.shown)
    if width < m.px(360) or height < m.px(240):
        each = width / count
        edges = [round(i * each) for i in range(count + 1)]
        return ReshapeLayout(None, tuple(QRectF(a, 0, max(b - a, 1), height) for a, b in pairwise(edges)))
    head, bottom = m.gap(13), height - m.gap(3)
    header = QRectF(m.gap(5), 0, width - 2 * m.gap(5), head)
    if count == 1 and width >= m.px(900):
        return _morph(scene, header, bottom, width, m)
    key = m.gap(5) if m.scale >= _LEAST_WITH_KEY else 0.0
    caption = m.gap(6)
    table = m.gap(14.5) + m.gap(1) if width / count >= m.px(420) and height >= m.px(480) else 0.0
    row = m.px(_ROW)
    top = head + caption + table
    if bottom - top - key - row - m.gap(2) < _SURFACE * height or width < m.px(640):
        row = 0.0
    kind = scene.experiment.view.kind
    if kind == "split" and height < 1.25 * width:
        row = 0.0  # four pictures of surfaces want the room
    # A picture much higher than wide says no more than a square one.
    each = (width - m.gap(2) - (count - 1) * m.gap(3)) / count
    space = bottom - top - key - (row + m.gap(2) if row else 0.0)
    tall = min(space, each * (2.0 if kind == "split" else 1.15))
    row += (space - tall) * 0.5 if row else 0.0
    lefts = [float(round(m.gap(1) + i * (each + m.gap(3)))) for i in range(count)]
    surfaces = tuple(QRectF(x, round(top), round(each), round(tall)) for x in lefts)
    inside = [QRectF(x + m.gap(GUTTER), 0, each - m.gap(GUTTER) - m.gap(2), 0) for x in lefts]
    captions = tuple(QRectF(b.x(), head, b.width(), caption) for b in inside)
    tables = tuple(QRectF(b.x(), head + caption, b.width(), table) for b in inside) if table else ()
    reshape = scene.experiment.reshape
    linked = count == 1 or (reshape is not None and reshape.linked_scale)
    under = surfaces[0].bottom() + m.gap(0.5)
    keys = tuple(QRectF(b.x(), under, b.width(), key) for b in inside[: 1 if linked else count])
    legend: QRectF | None = None
    small: tuple[tuple[str, QRectF], ...] = ()
    if row:
        y = round(under + key + m.gap(2))
        left = surfaces[0].x() + m.gap(GUTTER)
        area = QRectF(left, y, surfaces[-1].right() - left, bottom - y)
        legend, small = _row(scene, area, m)
    return ReshapeLayout(header, surfaces, captions, tables, keys if key else (), legend, small)


def _row(
    scene: ReshapeScene, area: QRectF, m: Metrics
) -> tuple[QRectF | None, tuple[tuple[str, QRectF], ...]]:
    """Return where the legend and the small pictures stand below the surfaces."""
    kinds = _kinds(scene)
    if area.height() > 0.8 * area.width():
        return _below_each_other(scene, area, kinds, m)
    most = len(kinds)
    wide = m.px(300)
    while most and (area.width() - wide) / most < m.px(_COMPANION[0]) + m.gap(2):
        most -= 1
    names = kinds[:most]
    if not names:
        return QRectF(area.x(), area.y(), min(area.width(), m.px(420)), area.height()), ()
    # Where there are few, the legend gets what they would only be stretched by.
    wide = min(max(wide, area.width() - most * 2.4 * area.height()), m.px(420))
    each = (area.width() - wide) / most
    legend = QRectF(area.x(), area.y(), wide - m.gap(3), area.height())
    small = tuple(
        (name, QRectF(round(area.x() + wide + i * each), area.y(), round(each), area.height()))
        for i, name in enumerate(n for n in _ORDER if n in names)
    )
    return legend, small


def _below_each_other(
    scene: ReshapeScene, area: QRectF, kinds: list[str], m: Metrics
) -> tuple[QRectF, tuple[tuple[str, QRectF], ...]]:
    """Return the places in a high picture: the legend, and below it the small pictures, two in a row."""
    lines = sum(not line.hidden for line in scene.main.lines)
    high = min((lines + 1) * m.gap(6), 0.4 * area.height())
    legend = QRectF(area.x(), area.y(), area.width() - m.gap(2), high)
    at, half, rows = legend.bottom() + m.gap(4), area.width() / 2, math.ceil(len(kinds) / 2)
    each = min((area.bottom() - at) / rows, 0.75 * half)
    names = [name for name in _ORDER if name in kinds]
    small = []
    for i, name in enumerate(names):
        x, y = area.x() + (i % 2) * half, at + (i // 2) * each
        small.append((name, QRectF(round(x), round(y), round(half), round(each))))
    return legend, tuple(small)


def _morph(scene: ReshapeScene, header: QRectF, bottom: float, width: float, m: Metrics) -> ReshapeLayout:
    """Return the places beside one large surface."""
    head = header.height()
    key = m.gap(5) if m.scale >= _LEAST_WITH_KEY else 0.0
    right = round(width * 0.6)
    surface = QRectF(m.gap(1), head, right - m.gap(1), round(bottom - head - key))
    inner = surface.adjusted(m.gap(GUTTER), 0, -m.gap(2), 0)
    scales = (QRectF(inner.x(), inner.bottom() + m.gap(0.5), inner.width(), key),) if key else ()
    left = right + m.gap(5)
    wide = width - m.gap(5) - left
    bar = QRectF(left, head + m.gap(1), wide, m.gap(17))
    table = QRectF(left, bar.bottom() + m.gap(2), wide, m.gap(14))
    at = table.bottom() + m.gap(3)
    lines = sum(not line.hidden for line in scene.main.lines)
    kinds = _kinds(scene)
    across = 2 if len(kinds) > 2 else 1
    rows = math.ceil(len(kinds) / across)
    # Who takes part comes before the small pictures.
    while True:
        spare = bottom - at - m.gap(3) - rows * m.px(_COMPANION[1])
        legend_rows = min(lines, max(1, int(spare / m.gap(6)) - 1))
        if legend_rows >= min(lines, _LEAST_ROWS) or not rows:
            break
        rows -= 1
    legend = QRectF(left, at, wide, (legend_rows + 1) * m.gap(6))
    at = legend.bottom() + m.gap(3)
    rows = min(rows, int((bottom - at) / m.px(_COMPANION[1] * 0.9)))
    small: list[tuple[str, QRectF]] = []
    if rows > 0:
        each = min((bottom - at) / rows, m.px(230))
        names = [name for name in _ORDER if name in kinds[: across * rows]]
        half = wide / across
        for i, name in enumerate(names):
            x, y = left - m.gap(3) + (i % across) * (half + m.gap(2)), at + (i // across) * each
            reach = half + m.gap(1) if across > 1 else wide + m.gap(5)
            small.append((name, QRectF(round(x), round(y), round(reach), round(each))))
    return ReshapeLayout(header, (surface,), (), (table,), scales, legend, tuple(small), bar)


def _kinds(scene: ReshapeScene) -> list[str]:
    """Return which small pictures say something of a comparison, the telling ones first."""
    model = any(
        companions.units_at(one.problem, one.start) is not None for one in (scene.before, scene.after)
    )
    # Weights are penalized one by one; coordinates in a plane through many weights say nothing of that.
    plane = scene.main.problem.slow
    kinds = ("activation", "histogram") if plane else _KINDS
    return [kind for kind in kinds if model or kind in ("paths", "balls")]
