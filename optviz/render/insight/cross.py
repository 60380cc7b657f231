"""The eigen-directions of a quadratic on its picture from above: a thin cross through the minimum."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.catalog import Array
from optviz.insight import Eigen
from optviz.plots import eigen_entrant
from optviz.render import fonts
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene

LABELS = ("λ₁", "λ₂")  # in the order of the eigenvalues, the flattest first
_SHARE = 0.6  # of the ink
_NAMED = (
    0.36,
    0.24,
)  # how far out the names stand, in widths of the picture: apart where the lines are close


def crossed(scene: Scene) -> Eigen | None:
    """Return the eigen-directions that a picture shows: where one of its plots is about them."""
    if not scene.plots:  # nothing of a run is shown that would tell an answer
        return None
    entrants = (eigen_entrant(key) for key in scene.experiment.view.plots)
    found = (scene.eigen(entrant) for entrant in entrants if entrant is not None)
    return next((eigen for eigen in found if eigen is not None), None)


def key_of(scene: Scene) -> object:
    """Return what the cross depends on; None where there is none."""
    eigen = crossed(scene)
    return None if eigen is None else (eigen.minimum.tobytes(), eigen.vectors.tobytes())


def paint_cross(
    painter: QPainter,
    scene: Scene,
    to_pixel: Callable[[Array], Array],
    area: QRectF,
    theme: Theme,
    m: Metrics,
) -> None:
    """Paint the cross over a picture that fills `area`; `to_pixel` maps points float64[n, 2]."""
    eigen = crossed(scene)
    if eigen is None:
        return
    middle = np.asarray(to_pixel(eigen.minimum[None]))[0]
    # The axes may be scaled differently: what is at right angles in the plane need not be so here.
    ways = np.asarray(to_pixel(eigen.minimum + eigen.vectors.T)) - middle
    face = fonts.font(m.small)
    reach = area.width() + area.height() + float(np.abs(middle - area.center().toTuple()).sum())
    if not np.isfinite(reach) or not np.isfinite(ways).all():
        return
    painter.save()
    painter.setClipRect(area)
    for way, name, out in zip(ways, LABELS, _NAMED, strict=True):
        way = way / max(math.hypot(*way), 1e-300)
        first, last = middle - reach * way, middle + reach * way
        for color, width, share in ((theme.halo, 3.0, 0.5), (theme.ink, 1.0, _SHARE)):
            ink = QColor(color)
            ink.setAlphaF(share)
            painter.setPen(QPen(ink, m.hairline * width))
            painter.drawLine(QPointF(*first.tolist()), QPointF(*last.tolist()))
        x, y = (middle + out * area.width() * way).tolist()
        if not area.adjusted(m.gap(2), m.gap(5), -m.gap(6), -m.gap(2)).contains(x, y):
            x, y = (middle - out * area.width() * way).tolist()
        fonts.write_haloed(
            painter, x + m.gap(1.5), y - m.gap(1.5), name, face, theme.ink, theme.halo, m.halo, vector=True
        )
    painter.restore()
