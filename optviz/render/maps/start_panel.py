"""A map over the start point: its field, contour lines of the loss, the minima, and the race over it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.backdrop import Backdrop, backdrop
from optviz.catalog import Array
from optviz.maps.scene import MapScene
from optviz.render import fonts
from optviz.render.maps import shades
from optviz.render.maps.ground import Cells, painted
from optviz.render.maps.painting import restoring
from optviz.render.panels import markers
from optviz.render.panels.frame import paint_border
from optviz.render.panels.mapping import Mapping
from optviz.render.panels.surface import GUTTER, SurfacePanel
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene
from optviz.setting import Pair

_WIDEST = 3.0  # as `optviz.render.panels.mapping.fitted`: beyond it each axis has a scale of its own
_FAINT = 0.75  # of a surface's contour lines
_MOST_BADGES = 24  # numbered minima; those after them are crosses


class StartPanel(SurfacePanel):
    """Draws a map over the start point with everything a picture of the surface has.

    The limits are exactly the view's; where the place is wider or higher than they are, it is left free.
    `show` says which map the scenes of races belong to that the other methods are given.
    """

    def __init__(self, theme: Theme, metrics: Metrics, *, axes: bool = True, labels: bool = True) -> None:
        super().__init__(theme, metrics, axes=axes, labels=labels)
        self._shown: MapScene | None = None
        self._lines: tuple[object, QImage] | None = None

    def show(self, scene: MapScene) -> None:
        """Take the map that is drawn from now on."""
        self._shown = scene

    @property
    def shown(self) -> MapScene:
        assert self._shown is not None
        return self._shown

    def mapping(self, rect: QRectF, scene: Scene) -> Mapping:
        """Return how data coordinates map into the picture inside `rect`."""
        box = boxed(self.picture(rect), scene.xlim, scene.ylim)
        return Mapping(
            box.x(), box.y(), max(box.width(), 1.0), max(box.height(), 1.0), scene.xlim, scene.ylim
        )

    def cells(self, view: Mapping) -> Cells:
        """Return where the cells lie in a picture."""
        across, up = self.shown.map.x, self.shown.map.y
        assert up is not None
        return Cells.of(view.rect, len(across.values), len(up.values), whole=False)

    # -------------------------------------------------------------- what lies under the paths

    def prepare(self, rect: QRectF, scene: Scene, k: int, ratio: float = 1.0, *, quick: bool = False) -> None:
        """Compute what `paint` will need, with no Qt."""
        self.shown.sheet(k)
        self._lines_of(self.mapping(rect, scene), scene, ratio, quick)

    def _still_image(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, quick: bool, k: int = 0
    ) -> QImage:
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        corner = (rect.x() % 1, rect.y() % 1)
        key = (self.shown.sheet(k), self.shown.scale, scene.problem.key, view, size, corner, ratio, quick)
        if self._still is not None and self._still[0] == key:
            return self._still[1]
        axes = scene.problem.surface.axes
        around = (view, size, corner, ratio, axes)
        if self._bare is None or self._bare[0] != around:
            image = QImage(*size, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            image.fill(QColor(self.theme.paper))
            with QPainter(image) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.translate(-rect.x(), -rect.y())
                self._paint_around(painter, view, axes)
            self._bare = (around, image)
        image = self._bare[1].copy()
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.x(), -rect.y())
            self.paint_field(painter, view, k, ratio)
            painter.drawImage(rect.topLeft(), self._over(rect, view, scene, ratio, quick))
        self._still = (key, image)
        return image

    def _over(self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, quick: bool) -> QImage:
        """Return what lies over the field at every step, drawn once, as an image of the size of `rect`."""
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        key = (
            scene.problem.key, self._shown_minima().tobytes(), self.shown.kind, view, size, rect.x() % 1,
            rect.y() % 1, ratio, quick,
        )  # fmt: skip
        if self._lines is not None and self._lines[0] == key:
            return self._lines[1]
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.x(), -rect.y())
            self._paint_over(painter, view, scene, ratio, quick)
        self._lines = (key, image)
        return image

    def _paint_still(
        self, painter: QPainter, view: Mapping, scene: Scene, k: int, ratio: float, quick: bool
    ) -> None:
        self.paint_field(painter, view, k, ratio)
        self._paint_over(painter, view, scene, ratio, quick)

    def _paint_over(self, painter: QPainter, view: Mapping, scene: Scene, ratio: float, quick: bool) -> None:
        """Paint contour lines, minima and border."""
        self._paint_inside(painter, view, scene, ratio, quick)
        if self._framed(view):
            paint_border(painter, view, self.theme, self.metrics, self.metrics.gap(GUTTER))

    @restoring
    def _paint_inside(
        self, painter: QPainter, view: Mapping, scene: Scene, ratio: float, quick: bool
    ) -> None:
        painter.setClipRect(view.rect)
        painter.setOpacity(_FAINT)
        self._paint_contours(painter, view, self._lines_of(view, scene, ratio, quick))
        painter.setOpacity(1.0)
        self._paint_minima(painter, view, scene)

    def _lines_of(self, view: Mapping, scene: Scene, ratio: float, quick: bool) -> Backdrop:
        """Return a picture of the surface, of which only the contour lines are drawn."""
        width, height = max(1, round(view.width * ratio)), max(1, round(view.height * ratio))
        return backdrop(
            scene.problem, view.xlim, view.ylim, width, height, self.theme.name, self.colormap,
            quick=quick, company=(scene.problem,),
        )  # fmt: skip

    def paint_field(self, painter: QPainter, view: Mapping, k: int, ratio: float) -> None:
        """Paint the field of frame `k` into the picture."""
        shown, theme = self.shown, self.theme
        sheet = shown.field(k)
        colors = colors_of(shown, theme, self.colormap)
        width, height = max(1, round(view.width * ratio)), max(1, round(view.height * ratio))
        period = max(4, round(self.metrics.px(6.0) * ratio))
        codes = shades.codes_of(sheet, shown.scale, len(colors))
        image = painted(codes, shades.palette(colors, theme), self.cells(view), width, height, period)
        painter.drawImage(view.rect, image)

    def _paint_minima(self, painter: QPainter, view: Mapping, scene: Scene) -> None:
        """Mark the minima; of a map whose colours stand for them, with their numbers in those colours."""
        if self.shown.kind != "basin" or not self.axes:
            super()._paint_minima(painter, view, scene)
            return
        m, theme = self.metrics, self.theme
        for x, y, index in self._marks_of_minima(view, self._shown_minima()):
            markers.minimum(painter, x, y, m.px(4.0), theme.ink, theme.halo)
            if index >= _MOST_BADGES:
                continue
            box = self._badge(view, x, y)
            paint_badge(painter, box.center().x(), box.center().y(), index, theme, m)

    def _shown_minima(self) -> Array:
        """Return float64[m, 2], the minima that are marked: of basins, those that colours tell."""
        shown = self.shown
        return shown.field(shown.last).minima if shown.kind == "basin" else shown.race.minima

    def _marks_of_minima(self, view: Mapping, minima: Array) -> list[tuple[float, float, int]]:
        """Return the pixels of the minima that show, with their places in the list."""
        at = [(view.to_pixel(point), i) for i, point in enumerate(minima) if view.within(point)]
        return [(float(pixel[0]), float(pixel[1]), i) for pixel, i in at]

    def _badge(self, view: Mapping, x: float, y: float) -> QRectF:
        """Return where the number of a minimum at a pixel stands: beside it, inside the picture."""
        m = self.metrics
        radius, away = badge_radius(m), m.px(14.0)
        left = x - away if x - away - radius > view.left else x + away
        down = y + away if y + away + radius < view.top + view.height else y - away
        return QRectF(left - radius, down - radius, 2 * radius, 2 * radius)

    def badges(self, view: Mapping) -> list[QRectF]:
        """Return where the numbers of minima stand, so that names keep clear of them."""
        if self.shown.kind != "basin" or not self.axes:
            return []
        found = self._marks_of_minima(view, self._shown_minima()[:_MOST_BADGES])
        return [self._badge(view, x, y) for x, y, _ in found]

    def _paint_marks(self, painter: QPainter, view: Mapping, scene: Scene, k: int, vector: bool) -> None:
        self.kept_clear = tuple(self.badges(view))
        super()._paint_marks(painter, view, scene, k, vector)


def colors_of(scene: MapScene, theme: Theme, colormap: str) -> shades.Bytes:
    """Return the colours that the codes of a map count, uint8[n, 3]."""
    if scene.kind == "basin":
        return shades.basins(len(scene.field(scene.last).minima), theme.name)
    if scene.kind == "difference":
        return shades.duel(*opponents(scene, theme)[::-1], theme.name)
    return shades.field(theme.name, colormap)


def opponents(scene: MapScene, theme: Theme) -> tuple[str, str]:
    """Return the colours of the two entrants of a difference, as the map has them: entrant, rival."""
    setting, lines = scene.experiment.map, scene.race.lines
    assert setting is not None
    first, second = (lines[i] for i in setting.opponents(scene.experiment.entrants))
    colors = [theme.line(line.index, line.color) for line in (first, second)]
    behind, ahead = shades.duelists(colors[1], colors[0], theme.name)
    return ahead, behind


def boxed(inner: QRectF, xlim: Pair, ylim: Pair) -> QRectF:
    """Return the largest part of a place in which a unit is as long in x as in y, on whole pixels."""
    wide, tall = xlim[1] - xlim[0], ylim[1] - ylim[0]
    with np.errstate(all="ignore"):
        ratio = (wide / tall) * (max(inner.height(), 1.0) / max(inner.width(), 1.0))
    if not 1.0 / _WIDEST <= ratio <= _WIDEST:
        return inner
    width, height = inner.width() * min(1.0, ratio), inner.height() / max(1.0, ratio)
    left, top = inner.x() + (inner.width() - width) / 2, inner.y() + (inner.height() - height) / 2
    return QRectF(round(left), round(top), max(1, round(width)), max(1, round(height)))


def badge_radius(m: Metrics) -> float:
    return max(5.0, 0.72 * m.small)


def paint_badge(painter: QPainter, x: float, y: float, index: int, theme: Theme, m: Metrics) -> None:
    """Paint the number of a minimum, counted from 1, on a disc of its basin's colour."""
    radius, face = badge_radius(m), fonts.font(m.small, strong=True)
    text = str(index + 1)
    painter.setPen(QPen(QColor(theme.halo), max(1.0, m.px(1.6))))
    painter.setBrush(QColor(shades.badge(index, theme.name)))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(text) > 1:
        face = fonts.font(max(6, round(0.8 * m.small)), strong=True)
    fonts.write(painter, x, y + fonts.rise(face) / 2, text, face, theme.halo, fonts.CENTER)
