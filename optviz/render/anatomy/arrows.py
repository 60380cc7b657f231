"""The parts of an update as arrows on the surface, head to tail, from the point before to the point after."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from optviz.anatomy import Anatomy
from optviz.catalog import Array
from optviz.render.anatomy import looks
from optviz.render.panels import strokes
from optviz.render.style import Metrics, Theme

ToPixel = Callable[[Array], Array]
_SAMPLES = 25  # points along an arrow: on a surface in three dimensions it follows the ground
_FAR = 1e6  # pixels


def paint_arrows(
    painter: QPainter, to_pixel: ToPixel, anatomy: Anatomy, theme: Theme, metrics: Metrics, *,
    revealed: int | None = None, clip: QRectF | None = None,
) -> None:  # fmt: skip
    """Paint an arrow for each part, and the step itself over them.

    Parameters
    ----------
    to_pixel
        Takes points float64[n, 2] of the plane to pixels float64[n, 2]; not finite where they do not show.
    revealed
        How many parts are shown, the step itself after the last of them; None for everything.
    clip
        The box outside which nothing is drawn.
    """
    if not anatomy.parts:
        return
    count = len(anatomy.parts) + 1 if revealed is None else revealed
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if clip is not None:
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
    tips = anatomy.tips
    width = thickness(metrics)
    shown = list(zip(anatomy.parts, tips[:-1], tips[1:], strict=True))[:count]
    for part, tail, tip in shown:
        _arrow(painter, track(to_pixel, tail, tip), width, looks.color(theme, part.name), theme.halo)
    if count > len(anatomy.parts):
        # Narrower than the parts: where it is all there is of one of them, both are seen.
        line = track(to_pixel, anatomy.start, anatomy.end)
        _arrow(painter, line, 0.55 * width, looks.color(theme, "step"), theme.halo)
    painter.restore()


def thickness(metrics: Metrics) -> float:
    """Return how thick an arrow is, in pixels."""
    return max(1.5, 3.0 * metrics.scale * metrics.weight)


def track(to_pixel: ToPixel, tail: Array, tip: Array) -> Array:
    """Return pixels float64[n, 2] along an arrow, those that show."""
    share = np.linspace(0.0, 1.0, _SAMPLES)[:, None]
    with np.errstate(all="ignore"):
        points = np.asarray(to_pixel(tail + share * (tip - tail)))
    return points[np.isfinite(points).all(axis=1) & (np.abs(points) < _FAR).all(axis=1)]


def _arrow(painter: QPainter, points: Array, width: float, color: str, halo: str) -> None:
    """Draw a polyline with a head at its end, set off from any ground."""
    if len(points) < 2:
        return
    lengths = np.hypot(*np.diff(points, axis=0).T)
    length = float(lengths.sum())
    if length < 0.5:
        return
    head = min(4.2 * width, 0.75 * length)
    # The head's axis is the chord of its own length: a shaft that bends just there has a head that does not.
    behind = np.concatenate([[0.0], np.cumsum(lengths)])
    neck = np.array([np.interp(length - head, behind, points[:, i]) for i in (0, 1)])
    way = points[-1] - neck
    far = float(np.hypot(*way))
    if not far > 0.0:
        return
    dx, dy = way / far
    shaft = np.concatenate([points[behind < length - 0.7 * head], [points[-1] - 0.7 * head * way / far]])
    tip, half = points[-1], 0.5 * head
    polygon = QPolygonF(
        [
            QPointF(*tip),
            QPointF(tip[0] - head * dx - half * dy, tip[1] - head * dy + half * dx),
            QPointF(tip[0] - 0.76 * head * dx, tip[1] - 0.76 * head * dy),
            QPointF(tip[0] - head * dx + half * dy, tip[1] - head * dy - half * dx),
        ]
    )
    begins = np.zeros(len(shaft), np.bool_)
    begins[0] = True
    path = strokes.qt_path(shaft, begins)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    for tint, extra in ((halo, 0.9 * width + 0.8), (color, 0.0)):
        painter.setPen(QPen(QColor(tint), width + extra, Qt.PenStyle.SolidLine, cap, join))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        if extra:
            painter.setPen(QPen(QColor(tint), extra, Qt.PenStyle.SolidLine, cap, join))
            painter.drawPolygon(polygon)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(tint)))
            painter.drawPolygon(polygon)


def reach(to_pixel: ToPixel, anatomy: Anatomy) -> float:
    """Return how many pixels the farthest of the near tips is from the start.

    A part that leads far away and back again, as the plain gradient step of a rule that rescales it may do,
    does not count: near are tips within a few lengths of the step.
    """
    points = np.asarray(to_pixel(near_tips(anatomy)))
    if not np.isfinite(points).all():
        return math.inf
    return float(np.hypot(*(points - points[0]).T).max())


_NEAR = 6.0


def near_tips(anatomy: Anatomy) -> Array:
    """Return float64[n, 2]: the start, the end, and those tips between that are not far from either."""
    tips = anatomy.tips
    away = np.hypot(*(tips - anatomy.start).T)
    length = float(np.hypot(*anatomy.step))
    near = away <= _NEAR * length if length > 0.0 else np.ones(len(tips), np.bool_)
    near[[0, -1]] = True
    return np.asarray(tips[near])
