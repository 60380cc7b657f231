"""A picture in three dimensions drawn twice: as a draft while something moves, in full once it rests."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.gui.scene_view import CALM
from optviz.render.panels.surface3d import Surface3DPanel
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene
from optviz.setting import Pair


class Passes:
    """Two panels, each with pictures of its own: one draws drafts here, the other in full in a thread.

    What a picture was made for is a `ground`; one in full shows as long as that is the same.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.renew(theme, metrics, None)

    def renew(self, theme: Theme, metrics: Metrics, color_limits: tuple[Pair, Pair] | None) -> None:
        """Begin anew with other colours and sizes."""
        self.quick, self.fine = Surface3DPanel(theme, metrics), Surface3DPanel(theme, metrics)
        self.quick.color_limits = self.fine.color_limits = color_limits
        self._full: Hashable | None = None  # what the picture in full was last made for

    def shows(self, ground: Hashable) -> Surface3DPanel:
        """Return the panel that a picture is painted with."""
        return self.fine if self._full == ground else self.quick

    def job(
        self, ground: Hashable, rect: QRectF, ratio: float, scene: Scene, k: int, camera: Camera
    ) -> Callable[[], None]:
        """Return what makes the picture in full, for another thread; from now on the panel is its own."""
        self._full, panel = None, self.fine

        def compute() -> None:
            # Painted once for nothing, so that what is expensive is there when it is painted here.
            image = QImage((rect.size() * ratio).toSize(), QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            with QPainter(image) as painter:
                panel.paint(painter, rect, scene, k, camera=camera)
            if panel is self.fine:
                self._full = ground

        return compute

    def paint(
        self, painter: QPainter, rect: QRectF, ratio: float, scene: Scene, k: int, camera: Camera,
        ground: Hashable,
    ) -> None:  # fmt: skip
        """Paint the best picture there is."""
        panel = self.shows(ground)
        if panel is self.fine:
            panel.paint(painter, rect, scene, k, camera=camera)
        elif rect.width() * rect.height() * ratio**2 < CALM:
            panel.paint(painter, rect, scene, k, quick=True, camera=camera)
        else:
            # The hand goes before the eye: on a very large screen half as many pixels a side keep up with it.
            image = QImage((rect.size() * (ratio / 2)).toSize(), QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio / 2)
            with QPainter(image) as into:
                panel.paint(into, rect, scene, k, quick=True, camera=camera)
            painter.drawImage(rect, image)
