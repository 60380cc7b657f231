"""The activation and its derivative, with the samples that reach it as a rug."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.catalog import Array
from optviz.companions import ActivationCurve
from optviz.kernels.activations import ACTIVATIONS, activation
from optviz.render import fonts
from optviz.render.panels.chart import Chart, two_strips
from optviz.render.panels.chart import tr as _tr
from optviz.render.panels.mapping import Mapping

_RUG = 1.6  # steps of the grid that each side's rug is high
_POINTS = 120  # on either side of 0, which a kink must not fall between
_TALLEST = 2.5  # what an activation without bound is shown up to, at least

Pair = tuple[ActivationCurve | None, ActivationCurve | None]


class ActivationPanel(Chart):
    """Two strips, the activation above and its derivative below; before muted, after in the accent colour."""

    def paint(self, painter: QPainter, rect: QRectF, sides: Pair, *, vector: bool = False) -> None:
        """Paint the curves of before and after; one that is the same is drawn once."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter, rect, sides)
        painter.restore()

    def _paint(self, painter: QPainter, rect: QRectF, sides: Pair) -> None:
        m, theme = self.metrics, self.theme
        inner = self.inner(rect)
        if inner.isEmpty():
            return
        known = [(curve, color) for curve, color in zip(sides, self.colors, strict=True) if curve is not None]
        names = dict.fromkeys(curve.id for curve, _ in known)
        if not known:
            self.title(painter, rect, [(_tr("activation"), theme.ink)])
            self.nothing(painter, inner, _tr("this model has no activation"))
            return
        self.title(painter, rect, *self._words(known, len(names) == 1))
        reach = max(float(curve.s[-1]) for curve, _ in known)
        rows = m.gap(_RUG) * len(known) + m.gap(0.5)
        upper, lower = two_strips(inner.adjusted(0, 0, 0, -rows), m.gap(1))
        ground = QRectF(inner.x(), lower.bottom(), inner.width(), inner.bottom() - lower.bottom())
        # The same curve in two colours would only hide one of them.
        drawn = known if len(names) > 1 else [(known[0][0], theme.ink)]
        s = np.linspace(-reach, reach, 2 * _POINTS + 1)
        values = [activation(curve.id, s) for curve, _ in drawn]
        for strip, name, which in ((upper, "a(s)", 0), (lower, "a′(s)", 1)):
            view = self._view(strip, reach, [(s, both[which]) for both in values])
            self._zero(painter, view)
            for i, (both, (_, color)) in enumerate(zip(values, drawn, strict=True)):
                points = np.stack([s, both[which]], axis=1)
                self.line(painter, view, points, color, width=1.8, dashed=len(drawn) > 1 and i == 0)
            face = fonts.font(m.small, italic=True)
            at = strip.x() + m.gap(1), strip.top() + fonts.rise(face) + m.gap(1)
            fonts.write(painter, *at, name, face, theme.muted)
            self._numbers_y(painter, view, strip.top() - m.gap(1))
        view = Mapping(inner.x(), inner.y(), inner.width(), inner.height(), (-reach, reach), (0.0, 1.0))
        for i, (curve, color) in enumerate(known):
            top = ground.top() + m.gap(0.5) + i * m.gap(_RUG)
            self._rug(painter, view, curve.rug, color, top, m.gap(_RUG) - m.hairline)
        self.frame(painter, view, "s", "", numbers=False)
        self._numbers_x(painter, view, inner.right() - m.gap(3))

    def _words(self, known: list[tuple[ActivationCurve, str]], same: bool) -> list[list[tuple[str, str]]]:
        """Return titles, the longest first."""
        ink = self.theme.ink
        if same:
            return [[(_tr("activation and slope: {name}").format(name=title_of(known[0][0].id)), ink)]]
        (one, muted), (two, accent) = known
        short = [(title_of(one.id), muted), (", ", ink), (title_of(two.id), accent)]
        return [[(_tr("activation and slope: "), ink), *short], short]

    def _view(self, strip: QRectF, reach: float, curves: list[tuple[Array, Array]]) -> Mapping:
        low = min(float(np.min(values, where=np.isfinite(values), initial=0.0)) for _, values in curves)
        high = max(float(np.max(values, where=np.isfinite(values), initial=1.0)) for _, values in curves)
        # An activation without bound leaves its strip: what matters is how it bends, near 0.
        low, high = max(low, -1.0), min(high, max(_TALLEST, 0.35 * reach))
        pad = 0.08 * (high - low)
        limits = (low - pad, high + pad)
        return Mapping(strip.x(), strip.y(), strip.width(), strip.height(), (-reach, reach), limits)

    def _zero(self, painter: QPainter, view: Mapping) -> None:
        x, y = (float(part) for part in view.to_pixel(np.zeros(2)))
        painter.setPen(QPen(QColor(self.theme.hairline), self.metrics.hairline))
        painter.drawLine(QPointF(view.left, y), QPointF(view.left + view.width, y))
        painter.drawLine(QPointF(x, view.top), QPointF(x, view.top + view.height))

    def _rug(self, painter: QPainter, view: Mapping, rug: Array, color: str, top: float, high: float) -> None:
        tint = QColor(color)
        tint.setAlphaF(0.42)
        painter.setPen(QPen(tint, max(1.0, self.metrics.px(1.0))))
        pixels = view.to_pixel(np.stack([rug, np.zeros_like(rug)], axis=1))[:, 0]
        for x in np.unique(np.round(pixels * 2.0) / 2.0):
            painter.drawLine(QPointF(float(x), top), QPointF(float(x), top + high))


def title_of(identifier: str) -> str:
    """Return what an activation is called."""
    return next((one.title for one in ACTIVATIONS if one.id == identifier), identifier)
