"""How pre-activations are spread before and after batch norm, one strip for each side."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from optviz.catalog import Array
from optviz.companions import Histograms
from optviz.render import fonts
from optviz.render.panels.chart import Chart, two_strips
from optviz.render.panels.chart import tr as _tr
from optviz.render.panels.mapping import Mapping

Pair = tuple[Histograms | None, Histograms | None]


class HistogramPanel(Chart):
    """Two strips on one axis: before above, after below.

    In each, what comes out of batch norm is filled; what goes in is a dashed outline. Of several layers the
    later is drawn stronger.
    """

    def paint(self, painter: QPainter, rect: QRectF, sides: Pair, *, vector: bool = False) -> None:
        """Paint the histograms of before and after."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter, rect, sides)
        painter.restore()

    def _paint(self, painter: QPainter, rect: QRectF, sides: Pair) -> None:
        m, theme = self.metrics, self.theme
        inner = self.inner(rect)
        if inner.isEmpty():
            return
        known = [one for one in sides if one is not None]
        if not known:
            self.title(painter, rect, [(_tr("pre-activations"), theme.ink)])
            self.nothing(painter, inner, _tr("this model has no activation"))
            return
        normed = any(_normed(one) for one in known)
        words = [_tr("pre-activations (dashed: before batch norm)"), _tr("pre-activations (dashed: raw)")]
        words = [*(words if normed else ()), _tr("pre-activations")]
        self.title(painter, rect, *([(text, theme.ink)] for text in words))
        reach = max(float(one.edges[-1]) for one in known if not one.lost or len(known) == 1 or _none(known))
        strips = two_strips(inner, m.gap(1)) if len(known) > 1 else (inner, inner)
        face = fonts.font(m.small)
        names = (_tr("before"), _tr("after"))
        for one, strip, color, name in zip(sides, strips, self.colors, names, strict=True):
            if one is None:
                continue
            self._strip(painter, strip, one, reach, color)
            if one.lost:
                self.nothing(painter, strip, _tr("diverged"))
            if len(known) > 1:
                base = strip.top() + fonts.rise(face) + m.gap(1)
                fonts.write(painter, strip.x() + m.gap(1), base, name, face, color)
        view = Mapping(inner.x(), inner.y(), inner.width(), inner.height(), (-reach, reach), (0.0, 1.0))
        self.frame(painter, view, "s", "", numbers=False)
        self._numbers_x(painter, view, inner.right() - m.gap(3))

    def _strip(self, painter: QPainter, strip: QRectF, one: Histograms, reach: float, color: str) -> None:
        normed = _normed(one)
        most = float(one.after.max(initial=0.0))
        if normed:  # a narrow spike must not flatten the other
            most = max(most, min(float(one.before.max(initial=0.0)), 2.0 * most))
        view = Mapping(
            strip.x(), strip.y(), strip.width(), strip.height(), (-reach, reach), (0.0, 1.15 * (most or 1.0))
        )
        layers = len(one.after)
        for i in range(layers):
            strength = 1.0 if i == layers - 1 else 0.25 + 0.45 * i / layers
            last = i == layers - 1
            outline = _outline(one.edges, one.after[i])
            self.line(painter, view, outline, color, width=1.6, strength=strength, fill=0.16 if last else 0.0)
            if normed and last:
                self.line(painter, view, _outline(one.edges, one.before[i]), color, width=1.3, dashed=True)


def _none(known: list[Histograms]) -> bool:
    return all(one.lost for one in known)


def _normed(one: Histograms) -> bool:
    return not np.array_equal(one.before, one.after)


def _outline(edges: Array, shares: Array) -> Array:
    """Return the outline of the bars, float64[2 n + 2, 2]."""
    x = np.repeat(edges, 2)
    y = np.concatenate([[0.0], np.repeat(shares, 2), [0.0]])
    return np.stack([x, y], axis=1)
