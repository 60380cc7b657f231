"""The picture of any map: over the start point, over two hyperparameters, or over the learning rate."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.maps.scene import MapScene
from optviz.render.maps.ground import Cells
from optviz.render.maps.knob_panel import KnobPanel
from optviz.render.maps.painting import restoring
from optviz.render.maps.rates_panel import RatesPanel
from optviz.render.maps.start_panel import StartPanel
from optviz.render.panels import strokes
from optviz.render.style import Metrics, Theme
from optviz.setting import Pair


class MapPanel:
    """Draws the map of a scene with what is marked in it; no key to its colours, no legend.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    axes
        Whether numbers and names run around the picture.
    labels
        Whether entrants, minima and lines of theory are told by text.
    """

    def __init__(
        self, theme: Theme, metrics: Metrics, *, axes: bool = True, labels: bool = True,
        colormap: str | None = None,
    ) -> None:  # fmt: skip
        self.theme, self.metrics, self.axes, self.labels = theme, metrics, axes, labels
        self.colormap = colormap or theme.colormap
        self.start = StartPanel(theme, metrics, axes=axes, labels=labels)
        self.knobs = KnobPanel(theme, metrics, axes=axes, labels=labels)
        self.rates = RatesPanel(theme, metrics, axes=axes, labels=labels)

    # -------------------------------------------------------------- painting

    def paint(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, *, quick: bool = False,
        vector: bool = False,
    ) -> None:  # fmt: skip
        """Paint frame `k` into `rect`; `quick` and `vector` as in `SurfacePanel.paint`."""
        if rect.width() < 1 or rect.height() < 1:
            return
        if scene.over_start:
            self.start.show(scene)
            self.start.paint(painter, rect, scene.race, k, quick=quick, vector=vector)
            return
        self._paint_flat(painter, rect, scene, k, vector)

    @restoring
    def _paint_flat(self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, vector: bool) -> None:
        """Paint a map that no race runs over."""
        ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flat = self._flat(scene)
        flat.paint_ground(painter, rect, scene, k, ratio=2.0 if vector else ratio)
        if isinstance(flat, RatesPanel):
            flat.paint_lines(painter, rect, scene, k)
        flat.paint_marks(painter, rect, scene, k, vector=vector)

    def prepare(
        self, rect: QRectF, scene: MapScene, k: int, ratio: float = 1.0, *, quick: bool = False
    ) -> None:
        """Compute what `paint` will need, with no Qt: for another thread. `paint` then only paints."""
        scene.sheet(k)
        _ = scene.scale
        if scene.over_start:
            self.start.show(scene)
            self.start.prepare(rect, scene.race, k, ratio, quick=quick)

    def paint_ground(self, painter: QPainter, rect: QRectF, scene: MapScene, k: int) -> None:
        """Paint what stands under the lines; for composing a frame in an image, `rect` on whole pixels."""
        if scene.over_start:
            self.start.show(scene)
            self.start.paint_ground(painter, rect, scene.race, k)
        else:
            self._flat(scene).paint_ground(painter, rect, scene, k)

    def paint_lines(self, image: QImage, rect: QRectF, scene: MapScene, k: int) -> None:
        """Draw what runs over the ground into the memory of an image: paths, or curves."""
        strokes.ready(wait=True)
        if scene.over_start:
            self.start.show(scene)
            self.start.paint_lines(image, rect, scene.race, k)
        elif scene.kind == "learning_rate":
            self.rates.paint_lines(image, rect, scene, k)

    def paint_marks(self, painter: QPainter, rect: QRectF, scene: MapScene, k: int) -> None:
        """Paint heads, marks and labels over everything."""
        if scene.over_start:
            self.start.show(scene)
            self.start.paint_marks(painter, rect, scene.race, k)
        else:
            self._flat(scene).paint_marks(painter, rect, scene, k)

    def _flat(self, scene: MapScene) -> KnobPanel | RatesPanel:
        return self.rates if scene.kind == "learning_rate" else self.knobs

    # -------------------------------------------------------------- places

    def picture(self, rect: QRectF, scene: MapScene) -> QRectF:
        """Return the part of `rect` that the map itself fills."""
        if scene.over_start:
            self.start.show(scene)
            return self.start.mapping(rect, scene.race).rect
        if scene.kind == "learning_rate":
            return self.rates.picture(rect, scene)
        return self.knobs.picture(rect)

    def cell_at(self, rect: QRectF, scene: MapScene, k: int, x: float, y: float) -> tuple[int, int] | None:
        """Return (column, row) of the cell under a pixel of frame `k`; None beside the picture.

        Of a learning-rate map: (column, entrant) of the nearest point of a curve.
        """
        if scene.kind == "learning_rate":
            return self.rates.cell_at(rect, scene, k, x, y)
        return self._cells(rect, scene).at(x, y)

    def pixel_of(self, rect: QRectF, scene: MapScene, k: int, column: int, row: int) -> Pair:
        """Return the pixel of the middle of a cell; of a learning-rate map, of a point of a curve.

        What is not on the picture is drawn in to its edge.
        """
        if scene.kind != "learning_rate":
            return self._cells(rect, scene).middle(column, row)
        frame = self.rates.frame(rect, scene)
        x, y = (float(part) for part in self.rates.points(frame, scene, scene.rates(k), row)[column])
        return x, y if y == y else frame.box.top()

    def point_at(self, rect: QRectF, scene: MapScene, x: float, y: float) -> Pair | None:
        """Return the start point under a pixel of a map over the start; None beside it."""
        if not scene.over_start:
            return None
        self.start.show(scene)
        view = self.start.mapping(rect, scene.race)
        if not view.rect.contains(x, y):
            return None
        at = view.to_data(np.array([x, y]))
        return float(at[0]), float(at[1])

    def _cells(self, rect: QRectF, scene: MapScene) -> Cells:
        if scene.over_start:
            self.start.show(scene)
            return self.start.cells(self.start.mapping(rect, scene.race))
        return self.knobs.cells(rect, scene)
