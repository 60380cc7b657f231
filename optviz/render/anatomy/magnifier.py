"""The neighbourhood of a point, enlarged in a corner of the picture where arrows are too small to see."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.anatomy import Anatomy
from optviz.backdrop import Backdrop, backdrop, is_strong
from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.anatomy.arrows import near_tips, paint_arrows
from optviz.render.anatomy.picture import Picture
from optviz.render.panels import markers, strokes
from optviz.render.panels.mapping import Mapping
from optviz.render.panels.surface import image_of
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene

_FILL = 0.62  # of the inset that the arrows take
_FINEST = 1e-9  # of the coordinates' size: a narrower window has too few numbers in it
_LARGEST_ZOOM = 1e9


def window(unit: Array, anatomy: Anatomy, side: float) -> Mapping | None:
    """Return how a square inset of so many pixels at the origin shows the neighbourhood of the arrows.

    Its scales in x and y are those of the picture, a pixel of which is `unit` long, both enlarged by the same
    factor. None where the neighbourhood is too small to be drawn in floating point.
    """
    tips = near_tips(anatomy)
    low, high = tips.min(axis=0), tips.max(axis=0)
    extent = float(((high - low) / unit).max())
    zoom = min(_FILL * side / extent if extent > 0.0 else 1.0, _LARGEST_ZOOM)
    half = 0.5 * side * unit / zoom
    middle = 0.5 * (low + high)
    if not np.isfinite(middle).all() or (half <= _FINEST * np.abs(middle)).any():
        return None
    (x0, y0), (x1, y1) = (middle - half).tolist(), (middle + half).tolist()
    return Mapping(0.0, 0.0, side, side, (x0, x1), (y0, y1))


def paint_magnifier(
    painter: QPainter, picture: Picture, scene: Scene, line: Line, k: int, anatomy: Anatomy, theme: Theme,
    metrics: Metrics, *, revealed: int | None = None, quick: bool = False, vector: bool = False,
) -> QRectF:  # fmt: skip
    """Paint the inset into the corner of the picture that is freest of paths; return its box.

    It is empty where there is no room for one.
    """
    inner = inset(picture, scene, k, anatomy, metrics)
    if inner is None:
        return QRectF()
    box = inner.rect
    _paint_leader(painter, picture, inner, theme, metrics)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(box)
    painter.fillRect(box, QColor(theme.paper))
    if not scene.problem.slow:  # a picture of its own would take seconds
        _paint_ground(painter, inner, scene, k, theme, metrics, quick, 2.0 if vector else 1.0)
    paint_arrows(painter, inner.to_pixel, anatomy, theme, metrics, revealed=revealed)
    x, y = (float(part) for part in inner.to_pixel(anatomy.start))
    markers.head(
        painter, line.index, x, y, 0.8 * metrics.head, theme.line(line.index, line.color), theme.halo
    )
    _paint_bar(painter, inner, scene, anatomy, theme, metrics, vector)
    painter.restore()
    painter.setPen(QPen(QColor(theme.muted), metrics.hairline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    return box


def inset(picture: Picture, scene: Scene, k: int, anatomy: Anatomy, metrics: Metrics) -> Mapping | None:
    """Return where the inset goes and what it shows; None where there is no room for one."""
    wide, tall = picture.rect.width(), picture.rect.height()
    side = float(round(min(max(0.34 * min(wide, tall), metrics.px(132)), metrics.px(280))))
    inner = window(picture.unit, anatomy, side) if side <= 0.55 * min(wide, tall) else None
    if inner is None:
        return None
    box = _corner(picture, scene, k, anatomy, side, metrics.gap(2.5))
    return Mapping(box.x(), box.y(), side, side, inner.xlim, inner.ylim)


def _along(anatomy: Anatomy) -> Array:
    """Return points float64[n, 2] along the arrows of all parts."""
    share = np.linspace(0.0, 1.0, 33)[:, None]
    return np.concatenate([tail + share * (tip - tail) for tail, tip in pairwise(anatomy.tips)])


def _corner(picture: Picture, scene: Scene, k: int, anatomy: Anatomy, side: float, gap: float) -> QRectF:
    """Return where the inset goes: the corner whose surroundings hold the least of the paths until now."""
    rect = picture.rect
    left, right = round(rect.left() + gap), round(rect.left() + rect.width() - gap - side)
    top, bottom = round(rect.top() + gap), round(rect.top() + rect.height() - gap - side)
    boxes = [
        QRectF(x, y, side, side) for x, y in ((right, top), (left, top), (right, bottom), (left, bottom))
    ]
    entrant = scene.experiment.view.step_by_step
    head = np.nan_to_num(picture.to_pixel(anatomy.start[None]), posinf=0.0, neginf=0.0)[0].tolist()
    label = 14.0 * gap
    seen = [(picture.to_pixel(_along(anatomy)), 6.0)]
    for i, line in enumerate(scene.lines):
        if not line.hidden or i == entrant:
            points = line.path[: k + 1]
            # The whole path counts a little, so that the corner seldom changes; the head counts much.
            seen.append((picture.to_pixel(line.path[:: max(1, len(line.path) // 200)]), 1.0))
            here = picture.to_pixel(points[-1:])
            seen.append((here, 1000.0 if i == entrant else 50.0))
            seen.append((here + np.array([[-label, 0.0], [label, 0.0]]), 20.0))  # its name may stand there

    def cost(box: QRectF) -> float:
        wide = box.adjusted(-gap, -gap, gap, gap)
        middle = box.center()
        total = 1e-3 * math.hypot(middle.x() - head[0], middle.y() - head[1])  # the nearest of equals
        for points, weight in seen:
            inside = (
                (points[:, 0] >= wide.left()) & (points[:, 0] <= wide.right())
                & (points[:, 1] >= wide.top()) & (points[:, 1] <= wide.bottom())
            )  # fmt: skip
            total += weight * float(np.count_nonzero(inside))
        return total

    return min(boxes, key=cost)


def leader(picture: Picture, inner: Mapping, m: Metrics) -> tuple[QRectF, list[tuple[QPointF, QPointF]]]:
    """Return the box around what is enlarged, and the lines from it to the inset, if in sight."""
    corners = np.array([(x, y) for x in inner.xlim for y in inner.ylim])
    pixels = picture.to_pixel(corners)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if not len(pixels):
        return QRectF(), []
    (x0, y0), (x1, y1) = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    least = m.px(9.0)
    if x1 - x0 < least or y1 - y0 < least:
        middle = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
        x0, x1 = min(x0, middle[0] - least / 2), max(x1, middle[0] + least / 2)
        y0, y1 = min(y0, middle[1] - least / 2), max(y1, middle[1] + least / 2)
    small = QRectF(QPointF(x0, y0), QPointF(x1, y1))
    box = inner.rect
    # The two corners that the lines start from are those that no line crosses the inset to reach.
    right, below = box.center().x() > small.center().x(), box.center().y() > small.center().y()
    ends = ["bl", "tr"] if right == below else ["tl", "br"]
    at = {"tl": QRectF.topLeft, "tr": QRectF.topRight, "bl": QRectF.bottomLeft, "br": QRectF.bottomRight}
    return small, [(at[end](small), at[end](box)) for end in ends]


def _paint_leader(painter: QPainter, picture: Picture, inner: Mapping, theme: Theme, m: Metrics) -> None:
    small, lines = leader(picture, inner, m)
    if not lines:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(picture.rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for tint, wide, share in ((theme.halo, 3.0 * m.hairline, 0.5), (theme.muted, m.hairline, 0.9)):
        color = QColor(tint)
        color.setAlphaF(share)
        painter.setPen(QPen(color, wide))
        painter.drawRect(small)
        for begin, end in lines:
            painter.drawLine(begin, end)
    painter.restore()


def _paint_ground(
    painter: QPainter,
    inner: Mapping,
    scene: Scene,
    k: int,
    theme: Theme,
    m: Metrics,
    quick: bool,
    fine: float,
) -> None:
    size = max(1, round(inner.width * fine))
    picture = backdrop(
        scene.drawn(k), inner.xlim, inner.ylim, size, size, theme.name, theme.colormap, quick=quick
    )
    painter.drawImage(inner.rect, image_of(picture.rgb))
    _paint_contours(painter, inner, picture, theme, m)


def _paint_contours(painter: QPainter, inner: Mapping, picture: Backdrop, theme: Theme, m: Metrics) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for level, lines in picture.contours:
        color = QColor(theme.contour)
        color.setAlphaF(theme.contour_share[is_strong(picture, level)])
        painter.setPen(QPen(color, m.contour))
        for points in lines:
            begins = np.zeros(len(points), np.bool_)
            begins[0] = True
            painter.drawPath(strokes.qt_path(inner.to_pixel(points), begins))


def round_length(inner: Mapping) -> tuple[float, float]:
    """Return a round length along x, of two fifths of the inset at most, and how many pixels it takes."""
    unit = (inner.xlim[1] - inner.xlim[0]) / inner.width
    raw = 0.4 * inner.width * unit
    power = 10.0 ** math.floor(math.log10(raw))
    length = next(n * power for n in (5.0, 2.0, 1.0) if n * power <= raw)
    return length, length / unit


def _paint_bar(
    painter: QPainter, inner: Mapping, scene: Scene, anatomy: Anatomy, theme: Theme, m: Metrics, vector: bool
) -> None:
    """Paint a bar of a round length, with that length."""
    unit = (inner.xlim[1] - inner.xlim[0]) / inner.width
    length, wide = round_length(inner)
    tall = (inner.ylim[1] - inner.ylim[0]) / inner.height
    base = inner.top + inner.height - m.gap(2)
    face = fonts.font(m.small)
    text = number(length)
    if abs(tall / unit - 1.0) > 0.02:  # the two axes have scales of their own
        text = QCoreApplication.translate("Anatomy", "{length} in {axis}").format(
            length=text, axis=scene.problem.surface.axes[0]
        )
    across = max(wide, fonts.width(text, face))
    lefts = (inner.left + m.gap(2), inner.left + inner.width - m.gap(2) - across)
    high = base - m.gap(2) - fonts.rise(face)
    at = inner.to_pixel(_along(anatomy))
    low = at[(at[:, 1] > high) & (at[:, 1] < inner.top + inner.height)]

    def hidden(left: float) -> int:
        return int(np.count_nonzero((low[:, 0] > left - m.gap(1)) & (low[:, 0] < left + across + m.gap(1))))

    left = min(lefts, key=hidden)
    for tint, thick in ((theme.halo, m.px(5.0)), (theme.ink, m.px(2.0))):
        painter.setPen(QPen(QColor(tint), thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(left, base), QPointF(left + wide, base))
    fonts.write_haloed(painter, left, base - m.gap(1.5), text, face, theme.ink, theme.halo, m.px(2.0), vector)
