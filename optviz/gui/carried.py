"""A surface panel that carries its last picture along while the view moves."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from optviz.render import style
from optviz.render.panels.frame import paint_frame
from optviz.render.panels.surface import GUTTER, Mapping, SurfacePanel
from optviz.scene import Scene


class CarriedPanel(SurfacePanel):
    """A surface panel that, while the view moves, shows its last picture moved and scaled.

    `frozen` says that the picture asked for may not be computed now: the last one is shown in its place
    whatever has changed since.
    """

    moving = False
    frozen = False
    _last: tuple[str, QRectF, float, Mapping, QImage] | None = None

    def with_metrics(self, metrics: style.Metrics) -> CarriedPanel:
        """Return a panel of another size that knows the last picture."""
        other = CarriedPanel(self.theme, metrics)
        other._last = self._last
        return other

    @property
    def blank(self) -> bool:
        """Whether there is no last picture."""
        return self._last is None

    def _still_image(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, quick: bool, k: int = 0
    ) -> QImage:
        last = self._last
        if self.frozen and last is not None:
            return self._carried(rect, view, scene, ratio, last[2], last[3], last[4])
        if not self.moving or last is None or last[:3] != (scene.problem.key, rect, ratio):
            image = super()._still_image(rect, view, scene, ratio, quick, k)
            self._last = (scene.problem.key, rect, ratio, view, image)
            return image
        before, picture = last[3], last[4]
        scale = (before.xlim[1] - before.xlim[0]) / (view.xlim[1] - view.xlim[0])
        if not 0.1 < scale < 10.0:  # nothing of the old picture would be known again
            return super()._still_image(rect, view, scene, ratio, quick, k)
        return self._carried(rect, view, scene, ratio, ratio, before, picture)

    def _carried(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, once: float, before: Mapping,
        picture: QImage,
    ) -> QImage:  # fmt: skip
        """Return a picture made for the mapping `before`, at the ratio `once`, as `view` shows it."""
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        image = QImage(*size, picture.format())
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self.theme.page))
        corners = [(before.xlim[0], before.ylim[1]), (before.xlim[1], before.ylim[0])]
        (left, top), (right, bottom) = view.to_pixel(np.array(corners)).tolist()
        source = QRectF(before.left * once, before.top * once, before.width * once, before.height * once)
        with QPainter(image) as painter:
            painter.setClipRect(view.rect)
            painter.drawImage(QRectF(left, top, right - left, bottom - top), picture, source)
            painter.setClipping(False)
            gutter, names = self.metrics.gap(GUTTER), scene.problem.surface.axes
            paint_frame(painter, view, self.theme, self.metrics, gutter, names)
        return image
