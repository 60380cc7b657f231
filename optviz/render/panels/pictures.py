"""The surface as the view asks for it: from above, in three dimensions, or both beside each other."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.render.panels.surface import SurfacePanel
from optviz.render.panels.surface3d import Surface3DPanel
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene
from optviz.setting import Pair

_WIDE = 1.3  # a part of the frame wider than so many heights has the two pictures side by side
_BESIDE, _ABOVE = 0.54, 0.57  # the share of the picture in three dimensions


def halves(kind: str, rect: QRectF) -> tuple[QRectF, QRectF]:
    """Return where the picture in three dimensions and the one from above go; empty where there is none."""
    if kind == "contour":
        return QRectF(), rect
    if kind == "surface3d":
        return rect, QRectF()
    if rect.width() >= _WIDE * rect.height():
        split = float(round(_BESIDE * rect.width()))
        return (
            QRectF(rect.x(), rect.y(), split, rect.height()),
            QRectF(rect.x() + split, rect.y(), rect.width() - split, rect.height()),
        )
    split = float(round(_ABOVE * rect.height()))
    return (
        QRectF(rect.x(), rect.y(), rect.width(), split),
        QRectF(rect.x(), rect.y() + split, rect.width(), rect.height() - split),
    )


class SurfacePictures:
    """Draws the surface of a scene in one picture or two, on one scale of colours.

    Parameters
    ----------
    theme, metrics, axes, labels
        As for `SurfacePanel`.

    Attributes
    ----------
    revealed
        Of an update that is taken apart, how many parts are shown; None for all of them.
    """

    def __init__(self, theme: Theme, metrics: Metrics, *, axes: bool = True, labels: bool = True) -> None:
        self.theme = theme
        self.plane = SurfacePanel(theme, metrics, axes=axes, labels=labels)
        self.solid = Surface3DPanel(theme, metrics, axes=axes, labels=labels)
        self.colormap = self.plane.colormap
        self.revealed: int | None = None

    def places(self, rect: QRectF, scene: Scene) -> tuple[QRectF, QRectF]:
        """Return where the picture in three dimensions and the one from above go; empty where not drawn."""
        solid, plane = halves(scene.experiment.view.kind, rect)
        # Both have the colours of the one from above, which may show more than the limits.
        view = self.plane.mapping(plane, scene) if not plane.isEmpty() else None
        self.solid.color_limits = (view.xlim, view.ylim) if view is not None else None
        self.solid.key = plane.isEmpty()  # one is enough
        return solid, plane

    def limits(self, rect: QRectF, scene: Scene) -> tuple[Pair, Pair]:
        """Return the limits that the scale of colours is made for."""
        self.places(rect, scene)
        return self.solid.limits(scene)

    def point_at(
        self, rect: QRectF, scene: Scene, k: int, x: float, y: float, camera: Camera | None = None
    ) -> Pair | None:
        """Return the point of the surface under a pixel of frame `k`, in data; None beside it."""
        solid, plane = self.places(rect, scene)
        if plane.contains(x, y):
            view = self.plane.mapping(plane, scene)
            if not view.rect.contains(x, y):
                return None
            at = view.to_data(np.array([x, y]))
            return float(at[0]), float(at[1])
        return self.solid.pick(solid, scene, k, x, y, camera) if solid.contains(x, y) else None

    def pixel_of(
        self, rect: QRectF, scene: Scene, k: int, point: Pair, camera: Camera | None = None
    ) -> Pair:  # fmt: skip
        """Return the pixel of a point of the surface of frame `k`, seen from above where that is drawn.

        What lies outside of the picture is drawn in to its edge.
        """
        solid, plane = self.places(rect, scene)
        if not plane.isEmpty():
            view = self.plane.mapping(plane, scene)
            x, y = (float(part) for part in view.to_pixel(np.array(point)))
            box = view.rect
            return min(max(x, box.left()), box.right()), min(max(y, box.top()), box.bottom())
        sight = self.solid.projection(solid, scene, k, camera)
        at = np.clip(np.array(point), *np.array([sight.box.xlim, sight.box.ylim]).T)
        place = sight.box.place(at, np.asarray(scene.drawn(k).loss(*at)))
        place[2] = np.clip(np.nan_to_num(place[2]), -sight.box.half[2], sight.box.half[2])
        x, y, _ = (float(part) for part in sight.seen(place))
        return x, y

    def ground_key(self, scene: Scene, k: int) -> str:
        """Return what the ground of frame `k` depends on: the same text, the same ground."""
        return scene.drawn(k).key if scene.experiment.view.kind != "surface3d" else ""

    def paint_ground(self, painter: QPainter, rect: QRectF, scene: Scene, k: int = 0) -> None:
        """Paint what stands under the lines; in three dimensions that comes with them."""
        _, plane = self.places(rect, scene)
        if not plane.isEmpty():
            self.plane.paint_ground(painter, plane, scene, k)

    def paint_lines(
        self, image: QImage, rect: QRectF, scene: Scene, k: int, camera: Camera | None = None
    ) -> None:
        """Draw the paths up to step `k`, and the surface in three dimensions, into the memory of an image.

        `camera` is where that is seen from; the scene's own camera at frame `k` if not given.
        """
        solid, plane = self.places(rect, scene)
        if not solid.isEmpty():
            self.solid.paint_lines(image, solid, scene, k, camera)
        if not plane.isEmpty():
            self.plane.paint_lines(image, plane, scene, k)

    def paint_marks(
        self, painter: QPainter, rect: QRectF, scene: Scene, k: int, camera: Camera | None = None
    ) -> None:
        """Paint start, heads and labels over the paths."""
        solid, plane = self.places(rect, scene)
        if not solid.isEmpty():
            self.solid.paint_marks(painter, solid, scene, k, camera)
        if not plane.isEmpty():
            self.plane.paint_marks(painter, plane, scene, k)
        self._paint_parts(painter, solid, plane, scene, k, camera, vector=False)

    def paint(
        self, painter: QPainter, rect: QRectF, scene: Scene, k: int, camera: Camera | None = None, *,
        vector: bool = False,
    ) -> None:  # fmt: skip
        """Paint frame `k` into `rect`; `vector` as in `SurfacePanel.paint`."""
        solid, plane = self.places(rect, scene)
        if not solid.isEmpty():
            self.solid.paint(painter, solid, scene, k, vector=vector, camera=camera)
        if not plane.isEmpty():
            self.plane.paint(painter, plane, scene, k, vector=vector)
        self._paint_parts(painter, solid, plane, scene, k, camera, vector=vector)

    def _paint_parts(
        self, painter: QPainter, solid: QRectF, plane: QRectF, scene: Scene, k: int, camera: Camera | None, *,
        vector: bool,
    ) -> None:  # fmt: skip
        """Paint the arrows of an update that is taken apart."""
        if scene.experiment.view.step_by_step is None:
            return
        from optviz.render.anatomy import Picture, paint_arrows, paint_on_surface, taken_apart

        apart = taken_apart(scene, k)
        if apart is None:
            return
        m, told = self.plane.metrics, self.revealed
        enlarged = QRectF()
        if not plane.isEmpty():
            above = Picture.above(self.plane.mapping(plane, scene))
            enlarged = paint_on_surface(
                painter, above, scene, k, apart, self.theme, m, revealed=told, vector=vector
            )
        if not solid.isEmpty():
            relief = Picture.solid(self.solid.projection(solid, scene, k, camera), scene, k)
            if enlarged.isEmpty():
                paint_on_surface(
                    painter, relief, scene, k, apart, self.theme, m, revealed=told, vector=vector
                )
            else:  # what is small is enlarged once
                paint_arrows(painter, relief.to_pixel, apart, self.theme, m, revealed=told, clip=solid)
