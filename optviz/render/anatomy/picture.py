"""A picture of a surface that arrows are drawn on: from above, or in three dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from optviz.catalog import Array
from optviz.projection import Projection
from optviz.render.anatomy.arrows import ToPixel
from optviz.render.panels.mapping import Mapping, fitted
from optviz.scene import Scene


@dataclass(frozen=True, eq=False)
class Picture:
    """Where arrows may go.

    Attributes
    ----------
    rect
        The picture.
    to_pixel
        Takes points float64[n, 2] of the plane to pixels float64[n, 2], not finite where they do not show.
    unit : float64[2]
        How long a pixel is in x and in y, seen from above at the picture's own scale.
    """

    rect: QRectF
    to_pixel: ToPixel
    unit: Array

    @classmethod
    def above(cls, view: Mapping) -> Picture:
        """Return the picture from above."""
        return cls(view.rect, view.to_pixel, _unit(view.xlim, view.ylim, view.width, view.height))

    @classmethod
    def solid(cls, view: Projection, scene: Scene, k: int) -> Picture:
        """Return the picture in three dimensions: what lies on the surface of frame `k` inside its box."""
        problem = scene.drawn(k)

        def to_pixel(points: Array) -> Array:
            with np.errstate(all="ignore"):
                places = view.box.place(points, np.asarray(problem.loss(points[:, 0], points[:, 1])))
                pixels = view.seen(places)[:, :2]
            pixels[~view.holds(places)] = np.nan
            return np.asarray(pixels)

        rect = QRectF(view.left, view.top, view.width, view.height)
        xlim, ylim = fitted(scene.xlim, scene.ylim, view.width, view.height)
        return cls(rect, to_pixel, _unit(xlim, ylim, view.width, view.height))


def _unit(xlim: tuple[float, float], ylim: tuple[float, float], width: float, height: float) -> Array:
    return np.array([(xlim[1] - xlim[0]) / width, (ylim[1] - ylim[0]) / height])
