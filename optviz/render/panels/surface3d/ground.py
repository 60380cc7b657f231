"""What a surface in three dimensions looks like: light, colours, lines, its name, and the marks on it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPainter

from optviz.backdrop import Bytes, Scale, is_strong
from optviz.catalog import Array
from optviz.colors import shades
from optviz.kernels.height_field import Light, Lines, draw
from optviz.projection import Box, Heights, Projection
from optviz.render.panels import markers
from optviz.render.panels.frame import lowest
from optviz.render.panels.surface3d import frame
from optviz.render.panels.surface3d.paths import Sight
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene
from optviz.view import View

_FLOOR_LINES = 0.55  # of the strength of contour lines
_MESH_LINES = 25  # lines of the grid along each axis
_BELOW = 0.02  # what lies this little below the floor is drawn
_SAME = 1e-6  # minima this near to the best, relative to it, are as good
_HIDDEN = 0.3  # how much is seen of a mark behind the surface


def light(view: Projection) -> Light:
    """Return the light: it comes over the left shoulder of whoever looks."""
    around = math.radians(view.camera.azimuth - 55.0)
    direction = (0.62 * math.cos(around), 0.62 * math.sin(around), 0.78)
    return Light(direction, ambient=0.72, diffuse=0.34, specular=0.05)


def draw_surface(
    pixels: Bytes, sight: Sight, how: Scale, look: View, theme: Theme, m: Metrics, colormap: str, *,
    ratio: float, quick: bool,
) -> None:  # fmt: skip
    """Draw the surface, and its colours on the floor, into pixels and depths.

    Parameters
    ----------
    how
        The scale of colours.
    ratio
        Pixels to a pixel of the picture's sizes.
    """
    local, depth, surface = sight.view, sight.depth, sight.surface
    if surface.empty:
        return
    half = local.box.half
    cells = (len(surface.u) - 1) / _MESH_LINES if look.mesh else 0.0
    floor = -half[2] if look.floor and local.eye[2] > -half[2] else None
    draw(
        pixels, depth, surface.u, surface.v, surface.w, surface.shade, shades(theme.name, colormap),
        local.matrix, bottom=-half[2] - _BELOW, top=half[2], light=light(local), floor=floor,
        lines=_lines(how if look.lines else None, theme, m.contour * ratio, cells),
        samples=1 if quick else 2, prepared=surface.prepared,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _lines(how: Scale | None, theme: Theme, width: float, cells: float) -> Lines:
    """Return the contour lines of a scale of colours and the lines of the grid, every so many cells."""
    contour = QColor(theme.contour)
    ink = (contour.red(), contour.green(), contour.blue())
    at = [_shade(how, level) for level in how.levels] if how is not None else []
    strong = [theme.contour_share[is_strong(how, level)] for level in how.levels] if how is not None else []
    return Lines(np.array(at), np.array(strong), width, cells, 0.8 * width, 0.28, ink, _FLOOR_LINES)


def loss_name(heights: Heights, scene: Scene) -> str:
    """Return what the upright axis shows."""
    h = heights
    if not frame.has_long_name(h):
        return _tr("loss")
    known = lowest(scene)
    there = math.isfinite(known) and abs(h.offset - known) <= 1e-9 * max(1.0, abs(known))
    return _tr("loss above the minimum") if there else _tr("loss above its lowest here")


def paint_minima(
    painter: QPainter, view: Projection, scene: Scene, sight: Sight, theme: Theme, m: Metrics
) -> None:
    """Mark the best minima strongly, those that only are lower than what surrounds them quietly."""
    if not len(scene.minima):
        return
    loss, best, places = _minima(scene, view.box)
    with np.errstate(invalid="ignore"):
        lifted = places.copy()
        lifted[:, 2] = np.fmax(places[:, 2], sight.surface.level(places[:, :2]))
    shown = sight.shows(lifted)
    held = view.holds(places)
    spots = view.seen(np.nan_to_num(places))[:, :2].tolist()
    for (x, y), value, shows, inside in zip(spots, loss, shown, held, strict=True):
        if not inside:
            continue
        painter.setOpacity(1.0 if shows else _HIDDEN)
        if value <= best + _SAME * max(1.0, abs(best)):
            markers.minimum(painter, x, y, m.px(6.0), theme.ink, theme.halo)
        else:
            markers.minimum(painter, x, y, m.px(3.5), theme.muted, theme.halo)
    painter.setOpacity(1.0)


@lru_cache(maxsize=2)
def _minima(scene: Scene, box: Box) -> tuple[Array, float, Array]:
    """Return the losses of the minima, the best of them, and where in the box they are."""
    loss = np.asarray(scene.problem.loss(*scene.minima.T), dtype=np.float64)
    best = float(np.min(loss, initial=np.inf, where=np.isfinite(loss)))
    return loss, best, box.place(scene.minima, loss)


def _shade(how: Scale, level: float) -> float:
    """Return where a contour line runs on the scale of colours."""
    if how.log:
        return math.log(level / how.low) / math.log(how.high / how.low)
    return (level - how.low) / (how.high - how.low)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)
