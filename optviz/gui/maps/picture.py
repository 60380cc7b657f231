"""The picture of a map in the window: the map large, what explains it and the race beside it."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from optviz.maps.scene import MapScene
from optviz.plots import Plot
from optviz.render.maps import told
from optviz.render.maps.beside import paint_heading, paint_map_key
from optviz.render.maps.key import has_key
from optviz.render.maps.layout import MapLayout, layout
from optviz.render.maps.legend import MapLegend, RatesTable
from optviz.render.maps.panel import MapPanel
from optviz.render.panels.curves import CurvePanel
from optviz.render.panels.mapping import Mapping
from optviz.render.panels.surface import SurfacePanel
from optviz.render.style import Metrics, Theme

Cell = tuple[int, int]

_HEAD = 13  # steps of the grid that a frame's title takes, which the window has elsewhere
_ABOVE = 3  # left free in its place


class MapPicture:
    """Paints a map with its legend, its key and its race.

    A cell is (column, row); of curves, (rate, entrant). Everything is where an exported frame of that size
    would have it, but for the title.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics
        self._map = MapPanel(theme, metrics)
        self._race = SurfacePanel(theme, metrics, labels=False)
        self._legend, self._table = MapLegend(theme, metrics), RatesTable(theme, metrics)
        self._curves: dict[tuple[str, bool], CurvePanel] = {}
        self._placed: tuple[tuple[object, ...], MapLayout] | None = None
        self._still: tuple[tuple[object, ...], QImage] | None = None

    # -------------------------------------------------------------- places

    def layout(self, rect: QRectF, scene: MapScene) -> MapLayout:
        """Return where everything goes."""
        key = (scene, rect.width(), rect.height())
        if self._placed is None or self._placed[0] != key:
            up = self.metrics.gap(_HEAD - _ABOVE)
            size = (max(1, int(rect.width())), max(1, int(rect.height() + up)))
            found = layout(scene, size, self.metrics)
            if found.header is not None:
                found = _without_names(_shifted(found, -round(up)))
            self._placed = (key, found)
        return self._placed[1]

    def box(self, rect: QRectF, scene: MapScene) -> QRectF:
        """Return the part of `rect` that the map itself fills."""
        place = self.layout(rect, scene).map
        box = self._map.picture(place, scene)
        if scene.kind == "learning_rate":
            frame = self._map.rates.frame(place, scene)
            box = frame.box.united(frame.lost) if not frame.lost.isEmpty() else frame.box
        return box

    def race_mapping(self, rect: QRectF, scene: MapScene) -> Mapping | None:
        """Return how the plane maps into the picture of the race beside a map; None where there is none."""
        place = self.layout(rect, scene).race
        return self._race.mapping(place, scene.race) if place is not None else None

    def cell_at(self, rect: QRectF, scene: MapScene, k: int, at: QPointF) -> Cell | None:
        """Return the cell under a pixel; None beside the picture."""
        return self._map.cell_at(self.layout(rect, scene).map, scene, k, at.x(), at.y())

    def middle(self, rect: QRectF, scene: MapScene, k: int, cell: Cell) -> QPointF:
        """Return the pixel of the middle of a cell."""
        return QPointF(*self._map.pixel_of(self.layout(rect, scene).map, scene, k, *cell))

    def heads(self, rect: QRectF, scene: MapScene, k: int) -> list[QRectF]:
        """Return where the race's heads on the map are, with room for their names."""
        if not scene.over_start:
            return []
        view = self._map.start.mapping(self.layout(rect, scene).map, scene.race)
        gap, found = self.metrics.gap(2), []
        for line in scene.race.lines:
            point = line.path[min(k, line.stopped_at)]
            if line.hidden or not np.isfinite(point).all():
                continue
            x, y = (float(part) for part in view.to_pixel(point))
            x = min(max(x, view.rect.left()), view.rect.right())
            y = min(max(y, view.rect.top()), view.rect.bottom())
            found.append(QRectF(x - 3 * gap, y - 5 * gap, 14 * gap, 10 * gap))
        return found

    # -------------------------------------------------------------- painting

    def paint(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, at: int, *, quick: bool = False
    ) -> None:
        """Paint frame `k` of the map and step `at` of the race; with `quick`, waiting for no kernel."""
        place = self.layout(rect, scene)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawImage(rect.topLeft(), self._still_image(rect, scene, place, painter))
        # A race over the map is at the step that the map shows.
        self._map.paint(painter, place.map, scene, k, quick=quick)
        if place.race is not None:
            self._race.paint(painter, place.race, scene.race, at, quick=quick)
        for panel, plot, box in self._plots(scene, place):
            panel.paint(painter, box, scene.race, plot, at, quick=quick)
        if place.legend is not None:
            table = self._table if scene.kind == "learning_rate" else self._legend
            table.paint_values(painter, place.legend, scene, k, place.rows)

    def _still_image(self, rect: QRectF, scene: MapScene, place: MapLayout, painter: QPainter) -> QImage:
        ratio = painter.device().devicePixelRatioF()
        # While a slider moves the map is another one, but hardly ever what is said about it.
        key = (*_said(scene), place, ratio)
        if self._still is not None and self._still[0] == key:
            return self._still[1]
        image = QImage(
            max(1, math.ceil(rect.width() * ratio)), max(1, math.ceil(rect.height() * ratio)),
            QImage.Format.Format_RGB32,
        )  # fmt: skip
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white if self.theme.bare else self.theme.paper)
        with QPainter(image) as into:
            into.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_still(into, scene, place)
        self._still = (key, image)
        return image

    def _paint_still(self, painter: QPainter, scene: MapScene, place: MapLayout) -> None:
        m, theme = self.metrics, self.theme
        if has_key(scene):
            paint_map_key(painter, scene, place, self._map, theme, m)
        paint_heading(painter, place, theme, m)
        if place.legend is not None:
            table = self._table if scene.kind == "learning_rate" else self._legend
            table.paint_still(painter, place.legend, scene, place.rows)

    def _plots(self, scene: MapScene, place: MapLayout) -> list[tuple[CurvePanel, Plot, QRectF]]:
        """Return the plots of the race with their panels and places: the loss first."""
        order = {"loss": 0, "distance": 1}
        plots = sorted(scene.race.plots, key=lambda plot: order.get(plot.key, 2))[: len(place.plots)]
        found = []
        for number, (plot, box) in enumerate(zip(plots, place.plots, strict=False), 1):
            key = (plot.key, number == len(plots))  # the lowest has the numbers of steps
            if key not in self._curves:
                self._curves[key] = CurvePanel(self.theme, self.metrics, steps=key[1])
            found.append((self._curves[key], plot, box))
        return found


def _said(scene: MapScene) -> tuple[object, ...]:
    """Return everything that the texts, the legend and the key of a map are made of, but for its numbers."""
    rows = tuple(
        (row.mark, row.which, row.text, bool(row.value), row.at if row.mark != told.VALUE else 0.0)
        for row in told.rows(scene, scene.last)
        if row.mark != told.BEST
    )
    who = tuple((line.index, line.label, line.color, line.hidden) for line in scene.race.lines)
    scale = (scene.scale, scene.beyond) if has_key(scene) else None
    raced = told.raced_at(scene) if scene.kind == "learning_rate" else ""
    return scene.kind, told.heading(scene), told.remark(scene), rows, who, scale, raced


def _shifted(found: MapLayout, down: float) -> MapLayout:
    """Return a layout without its header, everything else moved down."""
    changes: dict[str, Any] = {}
    for one in fields(found):
        value = getattr(found, one.name)
        if isinstance(value, QRectF):
            changes[one.name] = value.translated(0.0, down)
    changes["plots"] = tuple(plot.translated(0.0, down) for plot in found.plots)
    return replace(found, **{**changes, "header": None})


def _without_names(found: MapLayout) -> MapLayout:
    """Return a layout in which plots and race have the place of the names, which the cards have already."""
    names, plots, race = found.names, found.plots, found.race
    if names is None:
        return found
    if plots:
        top, bottom = plots[0].top(), plots[-1].bottom()
        grow = (bottom - names.top()) / (bottom - top)
        tops = [round(bottom - (bottom - plot.top()) * grow) for plot in plots]
        ends = [round(bottom - (bottom - plot.bottom()) * grow) for plot in plots]
        plots = tuple(
            QRectF(plot.x(), y, plot.width(), end - y) for plot, y, end in zip(plots, tops, ends, strict=True)
        )
    if race is not None and race.bottom() < names.bottom():
        race = QRectF(race.x(), race.y(), race.width(), names.bottom() - race.y())
    return replace(found, names=None, name_rows=0, plots=plots, race=race)


def point_in(view: Mapping, at: QPointF) -> tuple[float, float] | None:
    """Return the point of the plane under a pixel of a picture; None beside it."""
    if not view.rect.contains(at):
        return None
    x, y = (float(part) for part in view.to_data(np.array([at.x(), at.y()])))
    return x, y
