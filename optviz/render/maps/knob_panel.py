"""A map over two hyperparameters: its field, the lines of theory, where one is and where it is best."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.catalog import Array
from optviz.maps.scene import MapScene
from optviz.maps.sheet import MapScale, Sheet
from optviz.render.maps import knob_axes, knob_labels, shades
from optviz.render.maps.ground import Cells, painted
from optviz.render.maps.painting import restoring
from optviz.render.panels import markers
from optviz.render.style import Metrics, Theme
from optviz.setting import Pair

GUTTER = 13  # steps of the grid left of the picture, for numbers
_LEAST = 40.0
DASHES = ((), (7.0, 3.0), (2.5, 2.5), (7.0, 2.5, 2.0, 2.5), (12.0, 4.0))  # of theory's lines, in widths


class KnobPanel:
    """Draws a map over two hyperparameters of one entrant.

    Parameters
    ----------
    axes
        Whether numbers and names run around the picture.
    labels
        Whether the lines of theory are told.
    """

    def __init__(
        self, theme: Theme, metrics: Metrics, *, axes: bool = True, labels: bool = True,
        colormap: str | None = None,
    ) -> None:  # fmt: skip
        self.theme, self.metrics = theme, metrics
        self.axes, self.labels, self.colormap = axes, labels, colormap or theme.colormap
        self._placed: tuple[object, knob_labels.Placed] | None = None
        self._spots: tuple[object, list[QRectF]] | None = None
        self._image: tuple[object, QImage] | None = None

    # -------------------------------------------------------------- places

    def picture(self, rect: QRectF) -> QRectF:
        """Return the part of `rect` that the map itself fills, on whole pixels."""
        m = self.metrics
        inner = rect.adjusted(m.gap(GUTTER), m.gap(6), -m.gap(2), -m.gap(7))
        if not self.axes or min(inner.width(), inner.height()) < _LEAST:
            return QRectF(rect.toAlignedRect())
        return QRectF(round(inner.x()), round(inner.y()), round(inner.width()), round(inner.height()))

    def cells(self, rect: QRectF, scene: MapScene) -> Cells:
        """Return where the cells lie in the picture inside `rect`."""
        across, up = _scales(scene)
        return Cells.of(self.picture(rect), len(across.values), len(up.values), whole=True)

    def pixel_of(self, rect: QRectF, scene: MapScene, values: Array) -> Array:
        """Return pixels float64[n, 2] of points float64[n, 2] in units of the knobs."""
        across, up = _scales(scene)
        values = np.asarray(values, dtype=np.float64).reshape(-1, 2)
        shares = [
            axis.coordinate(values[:, i]) / max(len(axis.values) - 1, 1)
            for i, axis in enumerate((across, up))
        ]
        return self.cells(rect, scene).view.to_pixel(np.stack(shares, axis=-1))

    # -------------------------------------------------------------- painting

    def paint_ground(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, *, ratio: float = 1.0
    ) -> None:
        """Paint the field of frame `k` and what stands around it."""
        cells = self.cells(rect, scene)
        box = cells.view.rect
        colors = shades.field(self.theme.name, self.colormap)
        codes = shades.codes_of(scene.field(k), scene.scale, len(colors))
        width, height = max(1, round(box.width() * ratio)), max(1, round(box.height() * ratio))
        period = max(4, round(self.metrics.px(6.0) * ratio))
        image: QImage = painted(codes, shades.palette(colors, self.theme), cells, width, height, period)
        painter.drawImage(box, image)
        if not self._framed(rect):
            return
        m, theme = self.metrics, self.theme
        across, up = _scales(scene)
        view = cells.view
        for axis, beside in ((across, False), (up, True)):
            room = box.height() / m.px(40) if beside else box.width() / m.px(72)
            found = knob_axes.marks(axis, max(2, int(room)))
            at = axis.coordinate(np.array([value for value, _ in found])) / max(len(axis.values) - 1, 1)
            place = view.to_pixel(np.stack([at, at], axis=-1))[:, 1 if beside else 0]
            texts = [(float(p), text) for p, (_, text) in zip(place, found, strict=True)]
            name = knob_axes.name_of(axis)
            if beside:
                knob_axes.paint_beside(painter, box, texts, name, m.gap(GUTTER), theme, m)
            else:
                knob_axes.paint_below(painter, box, texts, name, theme, m)
        half = m.hairline / 2
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(half, half, -half, -half))

    def _framed(self, rect: QRectF) -> bool:
        return self.axes and self.picture(rect) != QRectF(rect.toAlignedRect())

    @restoring
    def paint_marks(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, *, vector: bool = False
    ) -> None:
        """Paint theory's lines, the crosshair at the current setting, and the best cell."""
        box, lines = self.picture(rect), self._lines(rect, scene)
        here = self._current(rect, scene)
        here = here if here is not None and box.contains(*here) else None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(box)
        if vector:
            self._paint_still_marks(painter, rect, scene, lines, here)
        else:
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            painter.drawImage(box.topLeft(), self._over(rect, scene, lines, here, ratio))
        best = best_cell(scene.field(k))
        if best is not None and self._framed(rect):
            at = self.cells(rect, scene).middle(*best)
            self._paint_ring(painter, *at)
            if self._told(rect):
                value = float(scene.field(k).values[best[::-1]])
                over = [label.box for label, _ in self._formulas(rect, scene, lines, here)]
                over += self._diamond(here)
                knob_labels.paint_best(
                    painter, box, at, value, self._way(rect, scene, lines), over, self.theme, self.metrics,
                    vector=vector,
                )  # fmt: skip

    # -------------------------------------------------------------- marks that stand still

    def _told(self, rect: QRectF) -> bool:
        return self.labels and self._framed(rect) and self.picture(rect).width() > self.metrics.px(200)

    def _key(self, rect: QRectF, scene: MapScene) -> object:
        across, up = _scales(scene)
        setting = current(scene, across, up)
        return (
            # Their values: arrays compare element by element, which is no answer.
            tuple((curve.name, curve.formula, curve.points.tobytes()) for curve in scene.map.theory),
            rect,
            across.values.tobytes(),
            up.values.tobytes(),
            setting,
            self._color(scene),
        )

    def _lines(self, rect: QRectF, scene: MapScene) -> list[Array]:
        """Return the pixels of theory's lines."""
        return [self.pixel_of(rect, scene, curve.points) for curve in scene.map.theory]

    def _over(
        self, rect: QRectF, scene: MapScene, lines: list[Array], here: Pair | None, ratio: float
    ) -> QImage:
        """Return the marks that no step changes, drawn once, as an image of the picture's size."""
        key = (self._key(rect, scene), ratio)
        if self._image is not None and self._image[0] == key:
            return self._image[1]
        box = self.picture(rect)
        size = max(1, math.ceil(box.width() * ratio)), max(1, math.ceil(box.height() * ratio))
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-box.topLeft())
            self._paint_still_marks(painter, rect, scene, lines, here)
        self._image = (key, image)
        return image

    def _paint_still_marks(
        self, painter: QPainter, rect: QRectF, scene: MapScene, lines: list[Array], here: Pair | None
    ) -> None:
        box = self.picture(rect)
        for i, line in enumerate(lines):
            self._paint_line(painter, line, box, DASHES[i % len(DASHES)])
        if here is not None:
            self._paint_crosshair(painter, box, here)
            markers.head(painter, 3, *here, self.metrics.px(5.5), self._color(scene), self.theme.halo)
        if self._told(rect):
            found = self._formulas(rect, scene, lines, here)
            knob_labels.paint_formulas(painter, found, self.theme, self.metrics)

    def _formulas(
        self, rect: QRectF, scene: MapScene, lines: list[Array], here: Pair | None
    ) -> knob_labels.Placed:
        """Return theory's formulas with their places."""
        key = self._key(rect, scene)
        if self._placed is None or self._placed[0] != key:
            box, marks = self.picture(rect), self._diamond(here)
            found = knob_labels.placed(box, scene.map.theory, lines, marks, self.theme, self.metrics)
            self._placed = (key, found)
        return self._placed[1]

    def _way(self, rect: QRectF, scene: MapScene, lines: list[Array]) -> list[QRectF]:
        """Return where theory's lines run."""
        key = self._key(rect, scene)
        if self._spots is None or self._spots[0] != key:
            self._spots = (key, knob_labels.spots(lines, self.picture(rect), self.metrics))
        return self._spots[1]

    def _diamond(self, here: Pair | None) -> list[QRectF]:
        reach = 2.0 * self.metrics.head
        return [QRectF(here[0] - reach, here[1] - reach, 2 * reach, 2 * reach)] if here is not None else []

    def _paint_ring(self, painter: QPainter, x: float, y: float) -> None:
        m, theme = self.metrics, self.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for tint, wide in ((theme.halo, m.px(4.2)), (theme.ink, m.px(1.8))):
            painter.setPen(QPen(QColor(tint), wide))
            painter.drawEllipse(QPointF(x, y), m.px(6.5), m.px(6.5))

    def _paint_line(self, painter: QPainter, pixels: Array, box: QRectF, pattern: tuple[float, ...]) -> None:
        m, theme = self.metrics, self.theme
        reach = box.width() + box.height()
        known = np.asarray(np.isfinite(pixels).all(axis=1))
        pixels = np.clip(np.where(known[:, None], pixels, 0.0), -2 * reach, 4 * reach)
        for tint, wide, dash in ((theme.halo, 4.6, ()), (theme.ink, 1.7, pattern)):
            pen = QPen(QColor(tint), max(1.0, m.px(wide) * m.weight))
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if dash:
                pen.setDashPattern(list(dash))
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for part in _pieces(pixels, known):
                painter.drawPolyline([QPointF(x, y) for x, y in part.tolist()])

    def _paint_crosshair(self, painter: QPainter, box: QRectF, here: tuple[float, float]) -> None:
        m, theme = self.metrics, self.theme
        x, y = (round(part) + m.hairline / 2 for part in here)
        for tint, wide in ((theme.halo, 3 * m.hairline), (theme.ink, m.hairline)):
            color = QColor(tint)
            color.setAlphaF(0.55)
            painter.setPen(QPen(color, wide))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))

    def _current(self, rect: QRectF, scene: MapScene) -> tuple[float, float] | None:
        """Return the pixel of the entrant's own setting."""
        across, up = _scales(scene)
        point = current(scene, across, up)
        x, y = (float(part) for part in self.pixel_of(rect, scene, np.array([point]))[0])
        return (x, y) if math.isfinite(x) and math.isfinite(y) else None

    def _color(self, scene: MapScene) -> str:
        setting = scene.experiment.map
        assert setting is not None
        line = scene.race.lines[setting.entrant]
        return self.theme.line(line.index, line.color)


def current(scene: MapScene, across: MapScale, up: MapScale) -> tuple[float, float]:
    """Return the entrant's own values along both axes."""
    setting = scene.experiment.map
    assert setting is not None
    own = scene.experiment.entrants[setting.entrant].hyperparameters
    return float(own[across.name]), float(own[up.name])


def best_cell(sheet: Sheet) -> tuple[int, int] | None:
    """Return (column, row) of the lowest value of a sheet; None where there is none."""
    values = np.where((sheet.classes >= 0) & np.isfinite(sheet.values), sheet.values, np.inf)
    at = int(np.argmin(values))
    row, column = divmod(at, values.shape[1])
    return (column, row) if math.isfinite(float(values[row, column])) else None


def _scales(scene: MapScene) -> tuple[MapScale, MapScale]:
    across, up = scene.map.x, scene.map.y
    assert up is not None
    return across, up


def _pieces(points: Array, known: npt.NDArray[np.bool_]) -> list[Array]:
    """Return the runs of points that are known, two or more in each."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    return [points[a:b] for a, b in list(pairwise(edges.tolist()))[::2] if b - a > 1]
