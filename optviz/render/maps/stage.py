"""A whole frame of a map: the map, what its colours mean, and the race it is a map of."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.maps.scene import MapScene
from optviz.plots import Plot, eigen_entrant
from optviz.render import fonts, formula
from optviz.render.ground import laid, lay
from optviz.render.maps.beside import paint_heading, paint_map_key
from optviz.render.maps.layout import MapLayout, layout, upright
from optviz.render.maps.legend import MapLegend, RatesTable
from optviz.render.maps.painting import restoring
from optviz.render.maps.panel import MapPanel
from optviz.render.panels.curves import CurvePanel
from optviz.render.panels.legend import LegendPanel
from optviz.render.panels.pictures import SurfacePictures
from optviz.render.panels.surface import GUTTER
from optviz.render.style import Metrics, Theme
from optviz.render.style import theme as named_theme
from optviz.scene import chosen_plots
from optviz.setting import Pair

_LEAST_SCALE = 0.62  # below it text is no longer read


class MapStage:
    """Draws frames of a map at one size, keeping no history: only what stands still is remembered.

    Parameters
    ----------
    width, height
        Pixels.
    theme
        The name of a theme, or one itself; the scene's own otherwise.
    """

    def __init__(self, width: int, height: int, theme: str | Theme | None = None) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._theme_name = theme
        usual = min(height / 1000.0, width / 600.0) if upright(width, height) else min(
            height / 720.0, width / 1150.0
        )  # fmt: skip
        self.metrics = Metrics.of(theme, max(_LEAST_SCALE, usual))
        self._theme: Theme | None = None
        self._full: bool | None = None
        self._still: tuple[MapScene, QImage] | None = None
        self._place: tuple[MapScene, MapLayout] | None = None
        self._parts: _Parts

    # -------------------------------------------------------------- painting

    def layout(self, scene: MapScene) -> MapLayout:
        """Return where everything goes; the same for every frame of a scene."""
        if self._place is None or self._place[0] is not scene:
            self._place = (scene, layout(scene, (self.width, self.height), self.metrics))
        return self._place[1]

    def image(self, scene: MapScene, k: int) -> QImage:
        """Return frame `k` as an opaque image (Format_RGB32)."""
        k = min(max(k, 0), scene.last)
        self._prepare(scene)
        place, parts = self.layout(scene), self._parts
        if self._still is None or self._still[0] is not scene:
            self._still = (scene, self._compose_still(scene, place, k))
        image = self._still[1].copy()
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {self.width} x {self.height} pixels")
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if scene.moves and scene.kind != "learning_rate":
                parts.map.paint_ground(painter, place.map, scene, k)
            for panel, plot, rect in self._curves(scene, place):
                panel.paint_cursor(painter, rect, scene.race, plot, k)
        parts.map.paint_lines(image, place.map, scene, k)
        if place.race is not None:
            parts.surface.paint_lines(image, place.race, scene.race, k)
        for panel, plot, rect in self._curves(scene, place):
            panel.paint_lines(image, rect, scene.race, plot, k)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            parts.map.paint_marks(painter, place.map, scene, k)
            if place.race is not None:
                parts.surface.paint_marks(painter, place.race, scene.race, k)
            for panel, plot, rect in self._curves(scene, place):
                panel.paint_values(painter, rect, scene.race, plot, k)
            self._paint_numbers(painter, scene, k, place)
        return image

    def paint(self, painter: QPainter, scene: MapScene, k: int, *, vector: bool = False) -> None:
        """Paint frame `k` with its upper left corner at the origin.

        With `vector`, lines and text stay lines and text (SVG, PDF); only fields of colour are images.
        """
        if not vector:
            painter.drawImage(0, 0, self.image(scene, k))
            return
        self._paint_lines_and_text(painter, scene, min(max(k, 0), scene.last))

    @restoring
    def _paint_lines_and_text(self, painter: QPainter, scene: MapScene, k: int) -> None:
        self._prepare(scene)
        place, parts = self.layout(scene), self._parts
        lay(painter, QRectF(0, 0, self.width, self.height), self._colors)
        self._paint_still(painter, scene, place)
        parts.map.paint(painter, place.map, scene, k, vector=True)
        if place.race is not None:
            parts.surface.paint(painter, place.race, scene.race, k, vector=True)
        for panel, plot, rect in self._curves(scene, place):
            panel.paint(painter, rect, scene.race, plot, k, vector=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_numbers(painter, scene, k, place)

    def paint_vector(self, painter: QPainter, scene: MapScene, k: int) -> None:
        """Paint frame `k` as lines and text."""
        self.paint(painter, scene, k, vector=True)

    def cell_at(self, scene: MapScene, k: int, x: float, y: float) -> tuple[int, int] | None:
        """Return the cell of the map under a pixel of frame `k`, as `MapPanel.cell_at`."""
        k = min(max(k, 0), scene.last)
        self._prepare(scene)
        return self._parts.map.cell_at(self.layout(scene).map, scene, k, x, y)

    def pixel_of(self, scene: MapScene, k: int, column: int, row: int) -> Pair:
        """Return the pixel of a cell of the map in frame `k`, as `MapPanel.pixel_of`."""
        k = min(max(k, 0), scene.last)
        self._prepare(scene)
        return self._parts.map.pixel_of(self.layout(scene).map, scene, k, column, row)

    @property
    def _colors(self) -> Theme:
        assert self._theme is not None
        return self._theme

    def _prepare(self, scene: MapScene) -> None:
        colors = named_theme(self._theme_name or scene.theme)
        full = self.layout(scene).header is not None
        if self._theme is colors and self._full == full:
            return
        self._theme, self._full, self._still = colors, full, None
        self._parts = _Parts(colors, self.metrics, full)

    def _curves(self, scene: MapScene, place: MapLayout) -> list[tuple[CurvePanel, Plot, QRectF]]:
        """Return the plots with their panels and places."""
        order = {"loss": 0, "distance": 1}
        plots = list(chosen_plots(scene.race))
        if not scene.race.experiment.view.plots:
            plots.sort(key=lambda plot: order.get(plot.key, 2))
        plots = [plot for plot in plots if eigen_entrant(plot.key) is None][: len(place.plots)]
        panels = [*self._parts.curves[: len(plots) - 1], self._parts.lowest] if plots else []
        if len(plots) < len(place.plots):
            places = place.plots[-len(plots) :] if plots else ()
        else:
            places = place.plots
        return list(zip(panels, plots, places, strict=True))

    def _compose_still(self, scene: MapScene, place: MapLayout, k: int) -> QImage:
        image = laid(self.width, self.height, self._colors)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_still(painter, scene, place)
            if not scene.moves or scene.kind == "learning_rate":
                self._parts.map.paint_ground(painter, place.map, scene, k)
            if place.race is not None:
                self._parts.surface.paint_ground(painter, place.race, scene.race, k)
            for panel, plot, rect in self._curves(scene, place):
                panel.paint_ground(painter, rect, scene.race, plot)
        return image

    # -------------------------------------------------------------- what stands still

    def _paint_still(self, painter: QPainter, scene: MapScene, place: MapLayout) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        m, colors, parts = self.metrics, self._colors, self._parts
        if place.header is not None:
            self._paint_title(painter, scene, place, place.header)
        paint_map_key(painter, scene, place, parts.map, colors, m)
        paint_heading(painter, place, colors, m)
        if place.legend is not None:
            table = parts.table if scene.kind == "learning_rate" else parts.legend
            table.paint_still(painter, place.legend, scene, place.rows)
        if place.names is not None:
            parts.names.paint_still(painter, place.names, (scene.race,))

    def _paint_title(self, painter: QPainter, scene: MapScene, place: MapLayout, box: QRectF) -> None:
        m, colors = self.metrics, self._colors
        middle = box.center().y() + m.gap(0.5)
        left = place.map.x() + m.gap(GUTTER)
        step = fonts.width(_step_text(scene.last, scene.last), fonts.font(m.medium))
        room = box.right() - left - step - m.gap(6)
        face = fonts.fitting(scene.title, (m.large, m.medium), room)
        title = fonts.elided(scene.title, face, room)
        fonts.write(painter, left, middle + fonts.rise(face) / 2, title, face, colors.ink)
        used = fonts.width(title, face) + m.gap(6)
        names = ", ".join(scene.race.problem.surface.axes).replace("₁", "_1").replace("₂", "_2")
        latex = f"f({names}) = {scene.race.formula}"
        for pixels in (m.large, m.medium):
            if formula.draw(painter, latex, left + used, middle, pixels, colors.muted, room - used):
                break

    # -------------------------------------------------------------- what moves

    def _paint_numbers(self, painter: QPainter, scene: MapScene, k: int, place: MapLayout) -> None:
        m, colors, parts = self.metrics, self._colors, self._parts
        if place.header is not None:
            face = fonts.font(m.medium)
            base = place.header.center().y() + m.gap(0.5) + fonts.rise(face) / 2
            text = _step_text(k, scene.last)
            fonts.write_moving(painter, place.header.right(), base, text, face, colors.muted, fonts.RIGHT)
        if place.legend is not None:
            table = parts.table if scene.kind == "learning_rate" else parts.legend
            table.paint_values(painter, place.legend, scene, k, place.rows)
        if place.names is not None:
            parts.names.paint_losses(painter, place.names, (scene.race,), k)


class _Parts:
    """The parts of a frame."""

    def __init__(self, theme: Theme, metrics: Metrics, full: bool) -> None:
        self.map = MapPanel(theme, metrics, axes=full, labels=full)
        self.surface = SurfacePictures(theme, metrics, axes=full, labels=full)
        self.legend = MapLegend(theme, metrics)
        self.table = RatesTable(theme, metrics)
        self.names = LegendPanel(theme, metrics)
        self.curves = [CurvePanel(theme, metrics, steps=False)]
        self.lowest = CurvePanel(theme, metrics, steps=True)


def _step_text(k: int, last: int) -> str:
    return QCoreApplication.translate("Stage", "step {k} of {last}").format(k=k, last=last)
