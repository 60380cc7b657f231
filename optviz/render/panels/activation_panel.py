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
_STRIP = 34.0  # pixels at 1280 x 720 that a strip must be high for two of them
_LEFT = (10, 30, 50)  # of those points, where a curve's name is written
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
        reach = max(float(curve.s[-1]) for curve, _ in known)
        rows = m.gap(_RUG) * len(known) + m.gap(0.5)
        above = inner.adjusted(0, 0, 0, -rows)
        ground = QRectF(inner.x(), above.bottom(), inner.width(), rows)
        strips = [(above, "a(s)", 0)]
        upper, lower = two_strips(above, m.gap(1))
        if upper.height() >= m.px(_STRIP):
            strips = [(upper, "a(s)", 0), (lower, "a′(s)", 1)]
        self.title(painter, rect, *self._words(known, len(names) == 1, len(strips) > 1))
        # The same curve in two colours would only hide one of them.
        drawn = known if len(names) > 1 else [(known[0][0], theme.ink)]
        s = np.linspace(-reach, reach, 2 * _POINTS + 1)
        values = [activation(curve.id, s) for curve, _ in drawn]
        whole = all(curve.id == "identity" for curve, _ in known)
        for strip, name, which in strips:
            view = self._view(strip, reach, [(s, both[which]) for both in values], whole and not which)
            self._zero(painter, view)
            for i, (both, (_, color)) in enumerate(zip(values, drawn, strict=True)):
                points = np.stack([s, both[which]], axis=1)
                self.line(painter, view, points, color, width=1.8, dashed=len(drawn) > 1 and i == 0)
            face = fonts.font(m.small, italic=True)
            # On the left, above or below, wherever the curve is not.
            there = np.mean([both[which][i] for both in values for i in _LEFT])
            high = there > 0.5 * sum(view.ylim)
            base = strip.bottom() - m.gap(1) if high else strip.top() + fonts.rise(face) + m.gap(1)
            at = strip.x() + m.gap(2.5), base
            if len(strips) > 1:  # one alone is named in the title
                fonts.write_haloed(painter, *at, name, face, theme.muted, theme.halo, m.px(2.2), vector=True)
            self._numbers_y(painter, view, strip.top() - m.gap(1))
        view = Mapping(inner.x(), inner.y(), inner.width(), inner.height(), (-reach, reach), (0.0, 1.0))
        for i, (curve, color) in enumerate(known):
            top = ground.top() + m.gap(0.5) + i * m.gap(_RUG)
            self._rug(painter, view, curve.rug, color, top, m.gap(_RUG) - m.hairline)
            if not curve.rug.size:
                small = fonts.font(m.small)
                base = ground.top() - m.gap(1) - (len(known) - 1 - i) * m.gap(4)
                halo = theme.halo, m.px(2.2)
                left = inner.x() + m.gap(2.5)
                fonts.write_haloed(painter, left, base, _tr("diverged"), small, color, *halo, vector=True)
        self.frame(painter, view, "s", "", numbers=False)
        self._numbers_x(painter, view, inner.right() - m.gap(3))

    def _words(
        self, known: list[tuple[ActivationCurve, str]], same: bool, slope: bool
    ) -> list[list[tuple[str, str]]]:
        """Return titles, the longest first."""
        ink = self.theme.ink
        if same:
            name = title_of(known[0][0].id)
            long = _tr("activation and slope: {name}") if slope else _tr("activation: {name}")
            return [[(long.format(name=name), ink)], [(name, ink)]]
        (one, muted), (two, accent) = known
        short = [(title_of(one.id), muted), (", ", ink), (title_of(two.id), accent)]
        head = _tr("activation and slope: ") if slope else _tr("activation: ")
        return [[(head, ink), *short], short]

    def _view(
        self, strip: QRectF, reach: float, curves: list[tuple[Array, Array]], whole: bool = False
    ) -> Mapping:
        low = min(float(np.min(values, where=np.isfinite(values), initial=0.0)) for _, values in curves)
        high = max(float(np.max(values, where=np.isfinite(values), initial=1.0)) for _, values in curves)
        # An activation without bound leaves its strip: what matters is how it bends, near 0.
        if not whole:
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
