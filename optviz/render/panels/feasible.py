"""The edge of the feasible set: a veil over what no step can reach."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.catalog import Surface
from optviz.render.panels.mapping import Mapping
from optviz.render.style import Metrics, Theme

_VEIL = 0.62  # share of the page's colour outside


def paint_infeasible(
    painter: QPainter, view: Mapping, surface: Surface, theme: Theme, metrics: Metrics
) -> None:
    """Veil what lies outside a surface's feasible set and draw its edges; nothing where there is none.

    The painter is clipped to the picture.
    """
    if surface.feasible is None:
        return
    (xlo, xhi), (ylo, yhi) = surface.feasible
    whole = view.rect
    # Far beyond the picture is as good as for ever, and is a number that Qt can draw.
    far = [(-1e6, 1e6), (-1e6, 1e6)]
    ends = np.array([(max(xlo, far[0][0]), min(yhi, far[1][1])), (min(xhi, far[0][1]), max(ylo, far[1][0]))])
    (left, top), (right, bottom) = view.to_pixel(ends).tolist()
    left, right = max(left, whole.left() - 9.0), min(right, whole.right() + 9.0)
    top, bottom = max(top, whole.top() - 9.0), min(bottom, whole.bottom() + 9.0)
    veil, edge = QColor(theme.page), QColor(theme.muted)
    veil.setAlphaF(_VEIL)
    for part in (
        QRectF(whole.left(), whole.top(), left - whole.left(), whole.height()),
        QRectF(right, whole.top(), whole.right() - right, whole.height()),
        QRectF(left, whole.top(), right - left, top - whole.top()),
        QRectF(left, bottom, right - left, whole.bottom() - bottom),
    ):
        if part.width() > 0.0 and part.height() > 0.0:
            painter.fillRect(part, veil)
    painter.setPen(QPen(edge, metrics.hairline))
    for line in (
        QLineF(left, top, left, bottom), QLineF(right, top, right, bottom),
        QLineF(left, top, right, top), QLineF(left, bottom, right, bottom),
    ):  # fmt: skip
        painter.drawLine(line)
