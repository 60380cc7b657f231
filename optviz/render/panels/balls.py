"""The diamond and the circle of weights of one size, and the contours of the loss that touch them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.companions import Ball
from optviz.render.panels.chart import Chart
from optviz.render.panels.chart import tr as _tr
from optviz.render.panels.mapping import Mapping

_CLOSER = 4.0  # times larger a picture is drawn where balls would be specks

Limits = tuple[tuple[float, float], tuple[float, float]]


class PlaneChart(Chart):
    """A small picture of the plane, a unit as long in x as in y."""

    @property
    def kinds(self) -> dict[str, str]:
        """The colours of L1 and L2."""
        return {"l1": self.theme.text(self.theme.accent), "l2": self.theme.text(self.theme.entrants[1])}

    def plane(self, painter: QPainter, inner: QRectF, limits: Limits) -> Mapping:
        """Paint the axes of the plane through its origin and return its mapping."""
        xlim, ylim = equal(*limits, inner.width(), inner.height())
        view = Mapping(inner.x(), inner.y(), inner.width(), inner.height(), xlim, ylim)
        x, y = (float(part) for part in view.to_pixel(np.zeros(2)))
        painter.setPen(QPen(QColor(self.theme.hairline), self.metrics.hairline))
        if view.left < x < view.left + view.width:
            painter.drawLine(QPointF(x, view.top), QPointF(x, view.top + view.height))
        if view.top < y < view.top + view.height:
            painter.drawLine(QPointF(view.left, y), QPointF(view.left + view.width, y))
        return view


class BallsPanel(PlaneChart):
    """The L1 diamond and the L2 circle through a point, each with the lowest contour it touches."""

    def part(self, rect: QRectF, point: tuple[float, float], limits: Limits, least: float = 0.0) -> Limits:
        """Return the part of the plane that is shown in `rect`.

        Parameters
        ----------
        limits
            What the surface shows.
        least
            The largest |x| + |y| of the race, for axes that stand still; unless the balls were specks.
        """
        inner = self.inner(rect)
        part = limits_of(point, limits, least)
        return part if inner.isEmpty() else equal(*part, inner.width(), inner.height())

    def paint(
        self, painter: QPainter, rect: QRectF, balls: tuple[Ball, Ball] | None, point: tuple[float, float],
        limits: Limits, *, vector: bool = False,
    ) -> None:  # fmt: skip
        """Paint both balls, where their lowest losses are, and the point they run through.

        Parameters
        ----------
        limits
            The part of the plane that is shown, see `part`.
        """
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = self.inner(rect)
        if not inner.isEmpty():
            ink, kinds = self.theme.ink, self.kinds
            words = [(_tr("L1 diamond"), kinds["l1"]), (_tr(" and "), ink), (_tr("L2 circle"), kinds["l2"])]
            self.title(painter, rect, [*words, (_tr(", touched by the loss"), ink)], words)
            if balls is None:
                self.nothing(painter, inner, _tr("diverged"))
                painter.restore()
                return
            view = self.plane(painter, inner, limits)
            for ball in balls:
                color = self.kinds[ball.kind]
                for line in ball.contour:
                    self.line(painter, view, line, color, width=1.2, strength=0.6, dashed=True)
            for ball in balls:
                self.line(painter, view, ball.outline, self.kinds[ball.kind], width=1.8, fill=0.08)
            self.dot(painter, view, point, self.theme.ink, radius=2.8, hollow=True)
            for ball in balls:
                if np.isfinite(ball.level):
                    self.dot(painter, view, ball.touch, self.kinds[ball.kind], radius=3.6)
            self.frame(painter, view, *balls[0].axes)
        painter.restore()


def equal(xlim: tuple[float, float], ylim: tuple[float, float], width: float, height: float) -> Limits:
    """Return limits widened so that a unit is as long in x as in y."""
    wide, tall = xlim[1] - xlim[0], ylim[1] - ylim[0]
    unit = max(wide / width, tall / height)
    x, y = 0.5 * (xlim[0] + xlim[1]), 0.5 * (ylim[0] + ylim[1])
    half = (0.5 * unit * width, 0.5 * unit * height)
    return (x - half[0], x + half[0]), (y - half[1], y + half[1])


def limits_of(point: tuple[float, float], limits: Limits, least: float = 0.0) -> Limits:
    """Return the part of the plane in which the balls through a point are seen whole.

    Its size goes in steps, so that pictures of the loss over it serve many points.
    """
    view = max(high - low for low, high in limits)
    size = abs(point[0]) + abs(point[1])
    size = 1.08 * size if math.isfinite(size) else 0.0
    reach = max(size, 0.12 * view)
    if least > 0.0:
        whole = 1.08 * max(least, size)
        closer = math.floor(math.log(whole / max(size, 1e-2 * whole)) / math.log(_CLOSER))
        reach = max(whole / _CLOSER ** max(closer, 0), 0.02 * view)
    unit = 10.0 ** math.floor(math.log10(reach))
    steps = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)
    reach = next((n * unit for n in steps if n * unit >= reach), 10.0 * unit)
    return (-reach, reach), (-reach, reach)


def around(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], limits: Limits) -> Limits:
    """Return limits that hold finite points float64[n, 2] and the origin, with some room around them."""
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return limits
    points = np.concatenate([points, np.zeros((1, 2))])
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    middle = 0.5 * (low + high)
    half = np.maximum(0.62 * (high - low), 0.3 * size)
    return (
        (float(middle[0] - half[0]), float(middle[0] + half[0])),
        (float(middle[1] - half[1]), float(middle[1] + half[1])),
    )
