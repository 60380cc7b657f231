"""Where the axes of a picture in three dimensions have their numbers, for what lies over it to keep clear."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from optviz.projection import Projection
from optviz.render.panels.surface3d.outline import edges
from optviz.render.style import Metrics

_SPOTS = 7  # on each axis
_REACH = 46.0  # pixels that numbers and names reach out from it


def axis_places(view: Projection, metrics: Metrics) -> list[QRectF]:
    """Return rectangles that hold the numbers and names of all three axes, in pixels of the picture."""
    reach, found = metrics.px(_REACH), []
    middle = view.seen(np.zeros(3))[:2]
    chosen = edges(view)
    for edge in chosen:
        if edge is None:
            continue
        one, two = view.seen(np.array([edge.start, edge.end]))[:, :2]
        way = two - one
        length = float(np.hypot(*way))
        if not np.isfinite(length) or length < 1.0:
            continue
        out = np.array([way[1], -way[0]]) / length
        if float(out @ (0.5 * (one + two) - middle)) < 0.0:
            out = -out
        for share in np.linspace(0.0, 1.0, _SPOTS):
            x, y = (one + share * way + 0.5 * reach * out).tolist()
            found.append(QRectF(x - 0.5 * reach, y - 0.5 * reach, reach, reach))
    # The name of the upright one stands beyond its end.
    if chosen[2] is not None:
        x, y = view.seen(np.array(chosen[2].end))[:2].tolist()
        found.append(QRectF(x - 0.5 * reach, y - reach, reach, reach))
    return found
