"""The path the minimum takes as a penalty grows: L1 arrives on an axis and stays there, L2 does not."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from optviz.companions import PenaltyPath
from optviz.render import fonts
from optviz.render.panels import markers
from optviz.render.panels.balls import Limits, PlaneChart, around
from optviz.render.panels.chart import tr as _tr
from optviz.render.panels.mapping import Mapping


class RegularizationPanel(PlaneChart):
    """Both paths over the plane, with the current penalties marked on them."""

    def paint(
        self, painter: QPainter, rect: QRectF, paths: tuple[PenaltyPath, PenaltyPath] | None, limits: Limits,
        *, vector: bool = False,
    ) -> None:  # fmt: skip
        """Paint the paths of a growing L1 and a growing L2 penalty.

        Parameters
        ----------
        limits
            What is shown where there is no path.
        """
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = self.inner(rect)
        if not inner.isEmpty():
            self._paint(painter, rect, inner, paths, limits)
        painter.restore()

    def _paint(
        self, painter: QPainter, rect: QRectF, inner: QRectF, paths: tuple[PenaltyPath, PenaltyPath] | None,
        limits: Limits,
    ) -> None:  # fmt: skip
        theme, kinds = self.theme, self.kinds
        words = [("L1", kinds["l1"]), (", ", theme.ink), ("L2", kinds["l2"])]
        heads = (_tr("the minimum as λ grows: "), _tr("minimum as λ grows: "), _tr("as λ grows: "))
        self.title(painter, rect, *([(head, theme.ink), *words] for head in heads))
        known = [one for one in paths or () if np.isfinite(one.points).all(axis=1).any()]
        if not known:
            why = next((one.why for one in paths or ()), "") or "there is no minimum to follow"
            self.nothing(painter, inner, _tr(why))
            return
        points = np.concatenate([one.line for one in known])
        view = self.plane(painter, inner, around(points, limits))
        for one in reversed(known):
            self.line(painter, view, one.line, kinds[one.kind], width=2.0, dashed=one.kind == "l2")
        if known[0].minimum is not None:
            x, y = (float(part) for part in view.to_pixel(np.array(known[0].minimum)))
            markers.minimum(painter, x, y, self.metrics.px(4.5), theme.ink, theme.halo)
        for one in known:
            arrival = on_axis(one)
            if arrival is not None:
                self.dot(painter, view, arrival, kinds[one.kind], radius=3.0, hollow=True)
        for one in known:
            if one.at is not None:
                self.dot(painter, view, one.at, kinds[one.kind], radius=3.8)
                self._name(painter, view, one)
        self.frame(painter, view, *known[0].axes)

    def _name(self, painter: QPainter, view: Mapping, one: PenaltyPath) -> None:
        assert one.at is not None
        m, face = self.metrics, fonts.font(self.metrics.small)
        x, y = (float(part) for part in view.to_pixel(np.array(one.at)))
        text = "λ₁" if one.kind == "l1" else "λ₂"
        wide = fonts.width(text, face)
        left = x + m.gap(1.5) if x + m.gap(2) + wide < view.left + view.width else x - m.gap(1.5) - wide
        base = min(max(y - m.gap(2), view.top + m.gap(3)), view.top + view.height - m.gap(1))
        fonts.write_haloed(
            painter, left, base, text, face, self.kinds[one.kind], self.theme.halo, m.px(2.2), vector=True
        )


def on_axis(one: PenaltyPath) -> tuple[float, float] | None:
    """Return where a path arrives on an axis away from the origin; None where it does not."""
    zero = one.points == 0.0
    hits = np.flatnonzero(zero.any(axis=1) & ~zero.all(axis=1))
    if not len(hits) or hits[0] == 0:
        return None
    x, y = one.points[int(hits[0])].tolist()
    return x, y
