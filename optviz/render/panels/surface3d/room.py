"""How much room the numbers of the axes need around the box, the same from every side it is seen from."""

from __future__ import annotations

import math
from functools import lru_cache

from optviz.camera import Camera
from optviz.projection import Box, Margins, Projection
from optviz.render import fonts
from optviz.render.panels.surface3d import frame
from optviz.render.style import Metrics

_WIDEST = 0.14  # of the picture's width that numbers may take at either side


@lru_cache(maxsize=64)
def margins(box: Box, width: float, height: float, elevation: float, m: Metrics) -> Margins:
    """Return what has to stay free at the left, top, right and bottom of a picture, in pixels.

    It depends on how high the camera stands but not on where, so that the box keeps its size as it turns. A
    corner of the box reaches further up or down than its edges do, and what is written beyond those has that
    room, too.
    """
    edge, tick = m.gap(1), m.gap(1) + m.gap(0.75)
    view = Projection(box, Camera(elevation=elevation), 0.0, 0.0, width, height, (edge, edge, edge, edge))
    face = fonts.font(frame.type_size(view, m))
    rise = fonts.rise(face)
    texts = [text for marks in frame.ticks(view, m) for text in marks.texts]
    wide = max((fonts.width(text, face) for text in texts), default=0.0)
    side = min(tick + wide + 1.0, max(_WIDEST * width, tick + rise))
    # As high as it may be drawn in the end: two rounds settle it to a pixel.
    top = bottom = tick + rise
    rows = 2 if frame.has_long_name(box.heights) else 1
    for _ in range(2):
        unit = Projection(box, view.camera, 0.0, 0.0, width, height, (side, top, side, bottom)).unit
        above, below = (part * unit for part in _slack(box.half, elevation))
        name = m.gap(3) + rows * (rise + m.gap(1.5)) - m.gap(0.5)
        top = max(m.gap(2), name - above)
        bottom = max(tick + rise + m.gap(1), 2.0 * tick + 2.0 * rise + m.gap(1) - below)
    return side, top, side, bottom


def _slack(half: tuple[float, float, float], elevation: float) -> tuple[float, float]:
    """Return how far above the upright axis and below the axes of x and y the box reaches as it turns.

    In lengths of the box; a little less than it is, for what is far away is drawn smaller.
    """
    u, v, _ = half
    corner = math.hypot(u, v)
    lean = 0.8 * abs(math.sin(math.radians(elevation)))
    return lean * 0.7 * corner, lean * (corner - max(u, v))
