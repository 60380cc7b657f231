"""Where the parts of a frame of a map go."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from optviz.maps.scene import MapScene
from optviz.render import fonts
from optviz.render.maps import told
from optviz.render.maps.key import has_key
from optviz.render.panels.chart import wrapped
from optviz.render.panels.surface import GUTTER
from optviz.render.style import Metrics

ROW, NAME_ROW, HEADING, REMARK = 5.5, 6.0, 5.5, 4.5  # steps of the grid
_KNOBS, _RATES = 0.56, 0.60  # share of the width that a map over hyperparameters has
_LEAST, _MOST = 0.42, 0.66  # the same of a map over the start, whatever its shape
_PLOT, _RACE = 112.0, 130.0  # the least heights of a plot and of the picture of the race
_MOST_PLOTS = 2
_WIDEST = 3.0


@dataclass(frozen=True)
class MapLayout:
    """Where the parts of a frame go; what does not fit is None or empty.

    Attributes
    ----------
    heading, remark
        The lines that say what the map shows, and from where down they stand.
    legend, rows
        The rows of the map's legend, and how many there is room for; of a learning-rate map its table.
    race
        The surface with the race, beside a map that is not drawn over it.
    names, name_rows
        Who takes part.
    plots
        Below each other; the lowest carries the numbers of steps.
    """

    header: QRectF | None
    map: QRectF
    key: QRectF | None = None
    column: QRectF | None = None
    heading: tuple[str, ...] = ()
    remark: tuple[str, ...] = ()
    legend: QRectF | None = None
    rows: int = 0
    race: QRectF | None = None
    names: QRectF | None = None
    name_rows: int = 0
    plots: tuple[QRectF, ...] = ()


def layout(scene: MapScene, size: tuple[int, int], m: Metrics) -> MapLayout:
    """Return where everything goes in a frame of `size` = (width, height); the same for every step."""
    width, height = (float(n) for n in size)
    if width < m.px(360) or height < m.px(240):
        return MapLayout(None, QRectF(0, 0, width, height))
    head, bottom = m.gap(13), height - m.gap(3)
    header = QRectF(m.gap(5), 0, width - 2 * m.gap(5), head)
    keyed = has_key(scene)
    key = m.gap(6) if keyed else 0.0
    if width < m.px(560):
        place = QRectF(m.gap(2), head, width - m.gap(4), bottom - head - key)
        return MapLayout(header, place, _key(place, key, m))
    if upright(width, height):
        tall = round(min(0.58 * (bottom - head), (width - m.gap(16)) / _aspect(scene) + m.gap(9)))
        place = QRectF(m.gap(2), head, width - m.gap(4), tall)
        top = place.bottom() + key + m.gap(4)
        left = m.gap(2) + m.gap(GUTTER)
        column = QRectF(left, top, width - m.gap(5) - left, bottom - top)
        return _filled(scene, header, place, _key(place, key, m), column, m)
    high = bottom - head - key
    right = round(m.gap(2) + _map_width(scene, width, high, m))
    place = QRectF(m.gap(2), head, right - m.gap(2), round(high))
    left = right + m.gap(4)
    top = head + m.gap(1)
    column = QRectF(left, top, width - m.gap(5) - left, bottom - top)
    return _filled(scene, header, place, _key(place, key, m), column, m)


def upright(width: float, height: float) -> bool:
    """Say whether a frame is so high that what explains a map stands below it."""
    return height > 1.1 * width


def _aspect(scene: MapScene) -> float:
    """Return how many times wider than high the picture of a map would be."""
    if not scene.over_start:
        return 1.1
    (xlo, xhi), (ylo, yhi) = scene.race.xlim, scene.race.ylim
    ratio = (xhi - xlo) / (yhi - ylo)
    return ratio if 1.0 / _WIDEST <= ratio <= _WIDEST else 1.2


def _map_width(scene: MapScene, width: float, high: float, m: Metrics) -> float:
    if scene.kind == "learning_rate":
        return _RATES * width
    if not scene.over_start:
        return _KNOBS * width
    inner = (high - m.gap(9)) * _aspect(scene)
    return min(max(inner + m.gap(GUTTER) + m.gap(2), _LEAST * width), _MOST * width)


def _key(place: QRectF, key: float, m: Metrics) -> QRectF | None:
    if not key:
        return None
    left, right = m.gap(GUTTER), m.gap(2)
    return QRectF(place.x() + left, place.bottom() + m.gap(0.5), place.width() - left - right, key)


def _filled(
    scene: MapScene, header: QRectF, place: QRectF, key: QRectF | None, column: QRectF, m: Metrics
) -> MapLayout:
    """Return the places in the column beside or below the map, what explains it first."""
    at, bottom = column.y(), column.bottom()
    rates = scene.kind == "learning_rate"
    heading = _lines(told.heading(scene), m.medium, column.width(), 2)
    remark = _lines(told.remark(scene), m.small, column.width(), 5 if rates else 2)
    at += len(heading) * m.gap(HEADING) + len(remark) * m.gap(REMARK) + m.gap(3)
    shown = sum(not line.hidden for line in scene.race.lines)
    row = m.gap(NAME_ROW if rates else ROW)
    wanted = len(told.rows(scene, scene.last))
    if rates:  # a row of headings, and below the entrants what marks mean
        wanted = shown + 1 + sum(len(_lines(text, m.small, column.width(), 2)) for text in told.notes(scene))
    room = bottom - at
    least = min(wanted, 4) * row
    count = min(wanted, max(1, int(max(0.62 * room, least) / row)))
    if not scene.over_start and room - count * row < m.px(_RACE):  # there will be no picture of the race
        count = min(wanted, max(1, int(room / row)))
    legend = QRectF(column.x(), at, column.width(), count * row)
    at = legend.bottom() + m.gap(4)
    race: QRectF | None = None
    names: QRectF | None = None
    plots: tuple[QRectF, ...] = ()
    name_rows = 0
    if not rates:
        step = m.gap(NAME_ROW)
        name_rows = min(shown, int((bottom - at) / step) - 1, max(2, int(0.4 * (bottom - at) / step)))
    if scene.over_start:
        if name_rows > 0:
            names = QRectF(
                column.x(), at, column.width(), (name_rows + 1 + (name_rows < shown)) * m.gap(NAME_ROW)
            )
            at = names.bottom() + m.gap(4)
        plots = _plots(column, at, bottom, m)
    else:
        below = (name_rows + 1 + (name_rows < shown)) * m.gap(NAME_ROW) if name_rows > 0 else 0.0
        if bottom - at - below - m.gap(2) < m.px(_RACE):
            below, name_rows = 0.0, 0
        high = bottom - at - below - (m.gap(2) if below else 0.0)
        if high >= m.px(_RACE):
            # Its numbers begin in the free space left of the column.
            left = (
                max(place.right(), column.x() - m.gap(GUTTER))
                if column.x() > place.right()
                else column.x() - m.gap(GUTTER)
            )
            race = QRectF(round(left), round(at), round(column.right() + m.gap(2) - left), round(high))
        if name_rows > 0:
            names = QRectF(column.x(), bottom - below, column.width(), below)
    return MapLayout(
        header, place, key, column, heading, remark, legend, count, race, names, max(name_rows, 0), plots
    )


def _plots(column: QRectF, at: float, bottom: float, m: Metrics) -> tuple[QRectF, ...]:
    extra = m.gap(5)
    count = min(_MOST_PLOTS, int((bottom - at - extra) / m.px(_PLOT)))
    if count < 1:
        return ()
    each = (bottom - at - extra - (count - 1) * m.gap(2)) / count
    tops = [float(round(at + i * (each + m.gap(2)))) for i in range(count)]
    wide = column.width() + m.gap(2)
    return tuple(QRectF(column.x(), y, wide, round(each + (extra if y == tops[-1] else 0.0))) for y in tops)


def _lines(text: str, pixels: int, room: float, most: int) -> tuple[str, ...]:
    """Return a text in at most so many lines; what is left over of it is cut."""
    face = fonts.font(pixels)
    lines = wrapped(text, face, room)
    if len(lines) > most:
        lines = [*lines[: most - 1], fonts.elided(" ".join(lines[most - 1 :]), face, room)]
    return tuple(lines)
