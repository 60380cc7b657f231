"""Where the parts of a frame of a race go."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from optviz.plots import EIGEN
from optviz.render.panels.pictures import halves
from optviz.render.panels.surface import GUTTER
from optviz.render.style import Metrics
from optviz.scene import Scene, chosen_plots

_SURFACE, _SURFACE_NARROW = 0.635, 0.6  # share of the width, and where names would have no room beside it
_LEAST_WITH_KEY = 0.7
_STRIP, _MOST_STRIP = 172.0, 0.42  # the least height of what is below two pictures, and its share at most
_PICTURES = 290.0  # the least height of two pictures above something else
_EIGEN = 1.6  # times the height of another plot
_LEGEND, _PLOT = 360.0, 232.0  # the widths of a legend and, at least, of a plot there


@dataclass(frozen=True)
class Layout:
    """Where the parts of a frame go; what does not fit is None.

    Attributes
    ----------
    rows
        Entrants in the legend.
    plots
        Below each other, so that the lowest carries the numbers of steps; or, `abreast`, side by side.
    apart
        Where the parts of one update are shown, in place of the plots.
    """

    header: QRectF | None
    surface: QRectF
    legend: QRectF | None
    rows: int
    plots: tuple[QRectF, ...]
    scale: QRectF | None = None
    abreast: bool = False
    apart: QRectF | None = None


def layout(scene: Scene, size: tuple[int, int], m: Metrics) -> Layout:
    """Return where everything goes in a frame of `size` = (width, height); the same for every step."""
    width, height = (float(n) for n in size)
    margin, gap = m.gap(5), m.gap(4)
    look = scene.experiment.view
    if width < m.px(360) or height < m.px(240):
        return Layout(None, QRectF(0, 0, width, height), None, 0, ())
    head = m.gap(13)
    header = QRectF(margin, 0, width - 2 * margin, head)
    bottom = height - m.gap(3)
    key = m.gap(5) if m.scale >= _LEAST_WITH_KEY else 0.0  # the room for the key to the colours
    if width < m.px(640):
        surface = QRectF(m.gap(2), head, width - m.gap(4), bottom - head - key)
        return Layout(header, surface, None, 0, (), _key_place(surface, key, look.kind, m))
    if not scene.plots and look.step_by_step is None:
        return _over_its_names(scene, header, bottom, width, key, m)
    if look.kind == "split" and look.step_by_step is None:
        return _above_each_other(scene, header, bottom, width, key, m)
    right = round(width * (_SURFACE if width >= m.px(900) else _SURFACE_NARROW))
    surface = QRectF(m.gap(2), head, right - m.gap(2), bottom - head - key)
    scale = _key_place(surface, key, look.kind, m)
    left = right + gap
    top = head + m.gap(2)
    if look.step_by_step is not None:
        column = QRectF(left, top, width - margin - left, bottom - top)
        return Layout(header, surface, None, 0, (), scale, apart=column)
    row = m.gap(6)
    shown = sum(not line.hidden for line in scene.lines)
    room = bottom - head
    rows = min(shown, max(1, int((0.45 * room - row) / row)))
    legend = QRectF(left, top, width - margin - left, (rows + 1 + (rows < shown)) * row)
    at = legend.bottom() + m.gap(4)
    shares = _shares(scene)
    count = min(len(shares), int((bottom - at) / m.px(118)))
    plots: list[QRectF] = []
    if count > 0:
        extra = m.gap(5)  # the lowest one carries the numbers of steps
        shares = shares[:count]
        each = (bottom - at - extra - (count - 1) * m.gap(2)) / sum(shares)
        wide = width - margin - left + m.gap(2)
        tops = [float(round(at + sum(shares[:i]) * each + i * m.gap(2))) for i in range(count)]
        plots = [
            QRectF(left, y, wide, share * each + (extra if y == tops[-1] else 0))
            for y, share in zip(tops, shares, strict=True)
        ]
    return Layout(header, surface, legend, rows, tuple(plots), scale)


def _shares(scene: Scene) -> list[float]:
    """Return how high each plot would be, as a share: three of the usual ones, or all that are asked for."""
    plots = chosen_plots(scene)
    if not scene.experiment.view.plots:
        plots = plots[:3]
    return [_EIGEN if plot.key.partition(".")[0] == EIGEN else 1.0 for plot in plots]


def _over_its_names(
    scene: Scene, header: QRectF, bottom: float, width: float, key: float, m: Metrics
) -> Layout:
    """Return the places where there are no plots: the surface has the whole width, the names are below it."""
    head, margin, row = header.height(), m.gap(5), m.gap(6)
    room = bottom - head - key - m.gap(3)
    shown = sum(not line.hidden for line in scene.lines)
    rows = min(shown, max(1, int((0.3 * room - row) / row)))
    high = (rows + 1 + (rows < shown)) * row
    surface = QRectF(m.gap(2), head, width - m.gap(2) - m.gap(3), float(round(room - high)))
    left = surface.x() + m.gap(GUTTER)
    wide = min(width - margin - left, m.px(1.4 * _LEGEND))
    legend = QRectF(left, bottom - high, wide, high)
    return Layout(header, surface, legend, rows, (), _key_place(surface, key, scene.experiment.view.kind, m))


def _above_each_other(
    scene: Scene, header: QRectF, bottom: float, width: float, key: float, m: Metrics
) -> Layout:
    """Return the places where both pictures have the whole width: legend and plots go below them."""
    head, margin, row = header.height(), m.gap(5), m.gap(6)
    room = bottom - head - key - m.gap(3)
    # Two pictures side by side need not be higher than wide; below each other they need more.
    needed = 0.5 * width if width > room else 1.25 * width
    strip = min(max(m.px(_STRIP), room - needed), max(m.px(_STRIP), _MOST_STRIP * room))
    if room - strip < m.px(_PICTURES):  # names stand at the heads; the pictures are what it is about
        wide = width - m.gap(2) - m.gap(3)
        surface = QRectF(m.gap(2), head, wide, float(round(bottom - head - key)))
        return Layout(header, surface, None, 0, (), _key_place(surface, key, "split", m), abreast=True)
    surface = QRectF(m.gap(2), head, width - m.gap(2) - m.gap(3), float(round(room - strip)))
    top = bottom - strip + m.gap(1)
    left = surface.x() + m.gap(GUTTER)
    count = min(len(_shares(scene)), int((width - margin - left - m.px(_LEGEND)) / m.px(_PLOT)))
    wide = width - margin - left if count < 1 else m.px(_LEGEND)
    shown = sum(not line.hidden for line in scene.lines)
    rows = min(shown, max(1, int((bottom - top - row) / row)))
    if rows < shown:
        rows = max(1, rows - 1)
    legend = QRectF(left, top, wide, (rows + 1 + (rows < shown)) * row)
    plots: list[QRectF] = []
    if count > 0:
        at = legend.right() + m.gap(6)
        each = (width - margin + m.gap(2) - at - (count - 1) * m.gap(3)) / count
        lefts = [float(round(at + i * (each + m.gap(3)))) for i in range(count)]
        plots = [QRectF(x, top, each, bottom - top) for x in lefts]
    return Layout(
        header, surface, legend, rows, tuple(plots), _key_place(surface, key, "split", m), abreast=True
    )


def _key_place(surface: QRectF, height: float, kind: str, m: Metrics) -> QRectF | None:
    """Return the place of the key to the colours: below the picture from above, where there is one."""
    _, plane = halves(kind, surface)
    over = plane if not plane.isEmpty() else surface
    left, right = m.gap(GUTTER), m.gap(2)
    below = QRectF(over.x() + left, over.bottom(), over.width() - left - right, height)
    # What stands beside the bar is higher than the bar.
    return below.translated(0, m.gap(0.5)) if height else None
