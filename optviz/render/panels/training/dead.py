"""How many ReLUs of each layer are dead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.catalog import Array
from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels import axes
from optviz.render.panels.activation_panel import title_of
from optviz.render.panels.mapping import Mapping
from optviz.render.panels.training.curves import depth_colors
from optviz.render.panels.training.places import spaced, spread
from optviz.render.panels.training.still import Shown, StillChart, chosen, percent, tr
from optviz.render.style import number
from optviz.training.record import Look
from optviz.training.scene.scene import has_relus
from optviz.training.setting import ModelSetting


class DeadPanel(StillChart):
    """The share of dead ReLUs: neurons that are 0 for every image; a line for each layer."""

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        i = chosen(scene)
        model = scene.training.resolved_entrants[i].model
        return tuple(scene.looks_until(i, k)), scene.training.epochs, model

    def draw(
        self, painter: QPainter, rect: QRectF, looks: tuple[Look, ...], epochs: int, model: ModelSetting
    ) -> None:
        m, theme = self.metrics, self.theme
        title = tr("dead ReLUs")
        if not has_relus(model):
            self.empty(painter, rect, title, _why_none(model))
            return
        names, shares = _dead(looks)
        if not names:
            self.empty(painter, rect, title, tr("they show once training has begun"))
            return
        body = self.body(rect)
        self.head(painter, rect, [tr("dead ReLUs: 0 for every image"), title])
        if body.isEmpty():
            return
        face = fonts.font(m.small)
        texts = [f"{name} {percent(share)}" for name, share in zip(names, shares[-1].tolist(), strict=True)]
        room = max(fonts.width(text, face) for text in texts) + m.gap(3)
        inner = body.adjusted(fonts.width("100 %", face) + m.gap(1), m.gap(1), -room, -m.gap(5))
        if inner.width() < m.px(90) or inner.height() < m.px(56):
            self._bars(painter, body, names, shares[-1])
            return
        top = float(np.max(shares, where=np.isfinite(shares), initial=0.0))
        high = next(one for one in (0.1, 0.25, 0.5, 1.0) if top <= one or one == 1.0)
        ends = (0.0, float(epochs)), (0.0, 100.0 * high)
        view = Mapping(round(inner.x()), round(inner.y()), round(inner.width()), round(inner.height()), *ends)
        self._axes(painter, view, epochs)
        times = np.array([look.epoch for look in looks])
        colors = depth_colors(len(names), theme.page, theme.name == "dark")
        at = []
        for j, color in enumerate(colors):
            points = np.stack([times, 100.0 * shares[:, j]], axis=1)
            self.line(painter, view, points, color, width=1.9)
            known = np.flatnonzero(np.isfinite(shares[:, j]))
            y = 100.0 * float(shares[known[-1], j]) if known.size else 0.0
            at.append(float(view.to_pixel(np.array([0.0, y]))[1]))
            if known.size:
                self.dot(painter, view, (float(times[known[-1]]), y), color, radius=2.8)
        # Labels stand beside the ends of their lines, apart from each other; the deepest are kept.
        fit = max(1, int(view.height / m.gap(4)) + 1)
        labeled = sorted(range(len(names)), key=lambda j: -shares[-1, j] if shares[-1, j] > 0 else 0.0)[:fit]
        places = spread([at[j] for j in labeled], m.gap(4), view.top, view.top + view.height)
        for j, y in zip(labeled, places, strict=True):
            x = view.left + view.width + m.gap(2)
            fonts.write(painter, x, y + fonts.rise(face) / 2, texts[j], face, theme.text(colors[j]))

    def _axes(self, painter: QPainter, view: Mapping, epochs: int) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        bottom, right = view.top + view.height, view.left + view.width
        for value in axes.ticks(*view.ylim, max(2, int(view.height / m.px(30)))):
            y = round(float(view.to_pixel(np.array([0.0, value]))[1])) + m.hairline / 2
            painter.setPen(QPen(QColor(theme.muted if value == 0.0 else theme.hairline), m.hairline))
            painter.drawLine(QLineF(view.left, y, right, y))
            text = f"{number(value)} %"
            fonts.write(painter, view.left - m.gap(1.5), y + rise / 2, text, face, theme.muted, fonts.RIGHT)
        base = bottom + m.gap(2) + rise
        end, name = str(epochs), tr("epoch")
        fonts.write(painter, view.left, base, "0", face, theme.muted, fonts.CENTER)
        fonts.write(painter, right, base, end, face, theme.muted, fonts.CENTER)
        fonts.write(painter, (view.left + right) / 2, base, name, face, theme.muted, fonts.CENTER)

    def _bars(self, painter: QPainter, body: QRectF, names: list[str], shares: Array) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        fit = max(1, int(body.height() / m.gap(4.5)))
        some = spaced(len(names), fit)
        row = min(body.height() / len(some), m.gap(7))
        room = min(max(fonts.width(names[j], face) for j in some), 0.4 * body.width())
        wide = fonts.width(percent(0.999), face)
        track = QRectF(body.x() + room + m.gap(2), 0, body.width() - room - wide - m.gap(4), round(0.5 * row))
        for i, j in enumerate(some):
            middle = body.y() + (i + 0.5) * row
            base = middle + fonts.rise(face) / 2
            fonts.write(painter, body.x(), base, fonts.elided(names[j], face, room), face, theme.ink)
            fonts.write(painter, body.right(), base, percent(float(shares[j])), face, theme.ink, fonts.RIGHT)
            if track.width() >= m.gap(3):
                track.moveTop(round(middle - track.height() / 2))
                painter.fillRect(track, QColor(mix(theme.page, theme.hairline, 0.5)))
                if math.isfinite(float(shares[j])):
                    bar = QRectF(track)
                    bar.setWidth(track.width() * min(1.0, max(0.0, float(shares[j]))))
                    painter.fillRect(bar, QColor(theme.accent))

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the latest shares as a sentence."""
        looks, _, model = self.shown(scene, k)
        if not has_relus(model):
            return tr("no dead ReLUs; {why}").format(why=_why_none(model))
        names, shares = _dead(looks)
        if not names:
            return tr("no shares of dead ReLUs yet")
        latest = zip(names, shares[-1].tolist(), strict=True)
        text = tr("{share} of {layer} are dead")
        return ", ".join(text.format(share=percent(share), layer=name) for name, share in latest)


def _why_none(model: ModelSetting) -> str:
    """Return why a network has no ReLU that can be dead."""
    if model.kind == "lstm":
        return tr("none: an LSTM has no ReLU, its gates are sigmoids and tanh")
    if model.activation == "relu":
        return tr("none: this network has no hidden layer")
    text = tr("none: {activation} is not 0 for every image, as only a ReLU can be")
    return text.format(activation=title_of(model.activation))


def _dead(looks: tuple[Look, ...]) -> tuple[list[str], Array]:
    """Return the names of the layers that can be dead, and float64[looks, layers]: their shares."""
    if not looks:
        return [], np.zeros((0, 0))
    names = [one.name for one in looks[-1].layers]
    shares = np.full((len(looks), len(names)), np.nan)
    for i, look in enumerate(looks):
        for j, layer in enumerate(look.layers[: len(names)]):
            shares[i, j] = layer.dead
    keep = np.isfinite(shares).any(axis=0)
    return [name for name, one in zip(names, keep.tolist(), strict=True) if one], shares[:, keep]
