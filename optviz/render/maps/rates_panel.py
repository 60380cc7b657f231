"""The loss against the learning rate for all entrants: who is how good at their own best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.catalog import Array
from optviz.colors import mix
from optviz.maps.scene import MapScene
from optviz.maps.sheet import RatesSheet
from optviz.render import fonts
from optviz.render.maps import knob_labels
from optviz.render.maps.knob_axes import paint_below
from optviz.render.maps.painting import restoring
from optviz.render.panels import axes, labels, markers, strokes, tracks
from optviz.render.panels.labels import Label
from optviz.render.panels.surface import dash
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line

GUTTER = 12
_LEAST = 40.0
_LANE = 2.0  # steps of the grid: the height of one entrant's strip of rates at which it diverged
_MOST_LANES = 8
Edges = tuple[float, float, float, float]
_ROOM = 0.02  # of the width, left free at both ends


@dataclass(frozen=True)
class RatesFrame:
    """Where the curves run, in pixels.

    Attributes
    ----------
    box
        The picture.
    lost
        Above it, the strips that say at which rates who diverged; empty where there are none.
    rates, losses
        The ranges of the axes, both logarithmic.
    """

    box: QRectF
    lost: QRectF
    rates: tuple[float, float]
    losses: tuple[float, float]

    def x(self, rates: Array | float) -> Array:
        """Return the pixel of a learning rate."""
        with np.errstate(all="ignore"):
            share = np.log(np.asarray(rates) / self.rates[0]) / math.log(self.rates[1] / self.rates[0])
        return np.asarray(self.box.x() + (_ROOM + (1 - 2 * _ROOM) * share) * self.box.width())

    def y(self, losses: Array) -> Array:
        """Return the pixel of a loss, at the picture's edge where it lies beyond; nan where there is none."""
        low, high = self.losses
        with np.errstate(all="ignore"):
            share = np.log(np.maximum(losses, 1e-320) / low) / math.log(high / low)
        return np.asarray(self.box.bottom() - np.clip(share, 0.0, 1.0) * self.box.height())

    def rate(self, x: float) -> float:
        """Return the learning rate at a pixel."""
        share = ((x - self.box.x()) / self.box.width() - _ROOM) / (1 - 2 * _ROOM)
        return float(self.rates[0] * (self.rates[1] / self.rates[0]) ** share)


class RatesPanel:
    """Draws the loss of each entrant against its learning rate; arguments as for `KnobPanel`."""

    def __init__(self, theme: Theme, metrics: Metrics, *, axes: bool = True, labels: bool = True) -> None:
        self.theme, self.metrics, self.axes, self.labels = theme, metrics, axes, labels

    # -------------------------------------------------------------- places

    def frame(self, rect: QRectF, scene: MapScene) -> RatesFrame:
        """Return where the curves run inside `rect`; the same at every frame."""
        m = self.metrics
        rates = scene.map.x.values
        low, high, _ = scene.range
        span = (float(rates[0]), float(rates[-1]))
        inner = rect.adjusted(m.gap(GUTTER), m.gap(6), -m.gap(2), -m.gap(7))
        if not self.axes or min(inner.width(), inner.height()) < _LEAST:
            return RatesFrame(QRectF(rect.toAlignedRect()), QRectF(), span, (low, high))
        inner = QRectF(round(inner.x()), round(inner.y()), round(inner.width()), round(inner.height()))
        count = min(len(_shown(scene)), _MOST_LANES)
        strip = count * m.gap(_LANE) + m.gap(2)
        if strip > 0.35 * inner.height():
            return RatesFrame(inner, QRectF(), span, (low, high))
        lost = QRectF(inner.x(), inner.y(), inner.width(), strip - m.gap(2))
        return RatesFrame(inner.adjusted(0, strip, 0, 0), lost, span, (low, high))

    def picture(self, rect: QRectF, scene: MapScene) -> QRectF:
        """Return where the curves run."""
        return self.frame(rect, scene).box

    def cell_at(self, rect: QRectF, scene: MapScene, k: int, x: float, y: float) -> tuple[int, int] | None:
        """Return (column, entrant) of the point nearest to a pixel; None beside the picture."""
        frame = self.frame(rect, scene)
        if not frame.box.united(frame.lost).contains(x, y):
            return None
        sheet = scene.rates(k)
        column = int(np.argmin(np.abs(frame.x(sheet.rates) - x)))
        offset = scene.range[2]
        if frame.lost.contains(x, y):
            lane = int((y - frame.lost.y()) / self.metrics.gap(_LANE))
            shown = _shown(scene)
            return (column, shown[min(lane, len(shown) - 1)][0]) if shown else None
        away = [
            (abs(float(frame.y(sheet.losses[i, column] - offset)) - y), i)
            for i, _ in _shown(scene)
            if not sheet.diverged[i, column]
        ]
        return (column, min(away)[1]) if away else None

    # -------------------------------------------------------------- painting

    def paint_ground(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, *, ratio: float = 1.0
    ) -> None:
        """Paint the axes; they stand still."""
        m, theme = self.metrics, self.theme
        frame = self.frame(rect, scene)
        box, half = frame.box, m.hairline / 2
        framed = box != QRectF(rect.toAlignedRect())
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        if framed:
            name = _tr("learning rate")
            values = axes.log_marks(*frame.rates, max(2, int(box.width() / m.px(72))))
            texts, _ = axes.numbered(values, lambda text: fonts.width(text, face) < m.px(64))
            at = [(float(frame.x(value)), text) for value, text in zip(values, texts, strict=True)]
            paint_below(painter, box, at, name, theme, m)
        values = axes.log_marks(*frame.losses, max(2, int(box.height() / m.px(36))))
        if not (scene.rates(scene.last).losses == scene.rates(scene.last).losses).any():
            values = []  # there is no loss to read off
        texts, _ = axes.numbered(values, lambda text: fonts.width(text, face) < m.gap(GUTTER - 2))
        for value, text in zip(values, texts, strict=True):
            y = round(float(frame.y(np.array(value)))) + half
            painter.setPen(QPen(QColor(theme.hairline), m.hairline))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            if framed:
                fonts.write(
                    painter, box.left() - m.gap(2), y + rise / 2, text, face, theme.muted, fonts.RIGHT
                )
        if not framed:
            return
        word = _tr("loss above the minimum") if scene.range[2] else _tr("loss")
        top = frame.lost.top() if not frame.lost.isEmpty() else box.top()
        fonts.write(painter, box.left() - m.gap(GUTTER) + m.gap(1), top - m.gap(1.5), word, face, theme.muted)
        if not frame.lost.isEmpty():
            painter.fillRect(frame.lost, QColor(mix(theme.page, theme.hairline, 0.35)))
            # Above its strips: at the left of them, bars may begin.
            base = top - m.gap(1.5)
            fonts.write(painter, box.right(), base, _tr("diverged"), face, theme.muted, fonts.RIGHT)
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(QPointF(box.left(), box.bottom() - half), QPointF(box.right(), box.bottom() - half))

    def paint_lines(self, target: QImage | QPainter, rect: QRectF, scene: MapScene, k: int) -> None:
        """Draw the curves of frame `k`."""
        frame, sheet = self.frame(rect, scene), scene.rates(k)
        box, slack = frame.box, self.metrics.path
        edges = (box.left() - slack, box.top() - slack, box.right() + slack, box.bottom() + slack)
        if isinstance(target, QPainter):
            self._paint_clipped(target, frame, scene, sheet, edges)
        else:
            self._draw(target, frame, scene, sheet, edges)

    @restoring
    def _paint_clipped(
        self, painter: QPainter, frame: RatesFrame, scene: MapScene, sheet: RatesSheet, edges: Edges
    ) -> None:
        painter.setClipRect(QRectF(QPointF(*edges[:2]), QPointF(*edges[2:])))
        self._draw(painter, frame, scene, sheet, edges)

    def _draw(
        self, target: QImage | QPainter, frame: RatesFrame, scene: MapScene, sheet: RatesSheet, edges: Edges
    ) -> None:
        canvas, m = strokes.Canvas(target, edges), self.metrics
        wide = m.curve * 1.25
        for i, line in _shown(scene):
            points = self.points(frame, scene, sheet, i)
            pieces, begins, place = tracks.clipped(points, (-1e5, -1e5, 1e5, 1e5))
            part = tracks.track(pieces, begins, place, dash(line.index, wide))
            color = self.theme.line(line.index, line.color)
            canvas.fresh()
            canvas.stroke(part, np.zeros(len(part.points), np.int64), strokes.ramp(color, color, 0.0), wide)

    def points(self, frame: RatesFrame, scene: MapScene, sheet: RatesSheet, entrant: int) -> Array:
        """Return the pixels float64[n, 2] of one entrant's curve, nan where it diverged."""
        losses = np.where(sheet.diverged[entrant], np.nan, sheet.losses[entrant] - scene.range[2])
        return np.stack([frame.x(sheet.rates), frame.y(losses)], axis=-1)

    @restoring
    def paint_marks(
        self, painter: QPainter, rect: QRectF, scene: MapScene, k: int, *, vector: bool = False
    ) -> None:
        """Paint where each is best, where it is now, and from which rates on it diverged."""
        m, theme = self.metrics, self.theme
        frame, sheet = self.frame(rect, scene), scene.rates(k)
        box = frame.box
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        named: list[tuple[Label, str, str]] = []
        way: list[QRectF] = []
        for lane, (i, line) in enumerate(_shown(scene)):
            color = theme.line(line.index, line.color)
            points = self.points(frame, scene, sheet, i)
            self._paint_lost(painter, frame, points, sheet.diverged[i], lane, color)
            self._paint_now(painter, frame, scene, k, i, lane, color)
            way += knob_labels.spots([*self._ways_up(frame, points, sheet.diverged[i], lane), points], box, m)
            best = int(sheet.best[i])
            if best >= 0:
                x, y = (float(part) for part in points[best])
                markers.head(painter, line.index, x, y, m.head, color, theme.halo)
                name = scene.experiment.entrants[i].title  # an automatic name may have the rate it raced at
                text = f"{name} {number(float(sheet.rates[best]))}"
                face = fonts.font(m.small)
                text = fonts.elided(text, face, 0.4 * box.width())
                if any(said == text and (one.x, one.y) == (x, y) for one, said, _ in named):
                    continue  # curves that differ in the rate that is raced are one and the same
                label = Label(x, y, m.head + m.gap(1.5), fonts.width(text, face), fonts.rise(face) + m.gap(2))
                named.append((label, text, theme.text(color)))
        if self.labels and box.width() > m.px(200):
            area = box.adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
            labels.place([label for label, _, _ in named], area, way)
            face = fonts.font(m.small)
            for label, text, color in named:
                base = label.box.center().y() + fonts.rise(face) / 2
                fonts.write_haloed(
                    painter, label.box.left(), base, text, face, color, theme.halo, m.px(2.4), vector
                )
            if (sheet.diverged | np.isnan(sheet.losses)).all():
                at = box.center().x(), box.center().y() + fonts.rise(face) / 2
                text = _tr("all diverged")
                fonts.write_moving(painter, *at, text, face, theme.muted, fonts.CENTER)

    def _paint_lost(
        self, painter: QPainter, frame: RatesFrame, points: Array, lost: Array, lane: int, color: str
    ) -> None:
        """Paint a bar over the rates at which one diverged, in its own lane, and lead each end up to it."""
        m, theme = self.metrics, self.theme
        pen = QPen(QColor(color), max(1.0, m.px(1.1)))
        pen.setDashPattern([1.5, 2.5])
        painter.setPen(pen)
        for (ax, ay), (bx, by) in (way.tolist() for way in self._ways_up(frame, points, lost, lane)):
            painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
        y = self._lane(frame, lane)
        for first, left, right in _bars(frame, points, lost):
            if self._has_lane(frame, lane):
                painter.setPen(QPen(QColor(color), m.px(3.0), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                painter.drawLine(QPointF(left, y), QPointF(right, y))
            if first > 0:
                markers.cross(painter, left, y, m.px(4.0), color, theme.halo)

    def _ways_up(self, frame: RatesFrame, points: Array, lost: Array, lane: int) -> list[Array]:
        """Return the lines float64[2, 2] from the last points of a curve up to where it diverged."""
        y, found = self._lane(frame, lane), []
        for first, left, right in _bars(frame, points, lost):
            count = int(np.argmin(np.append(lost[first:], False)))
            for beside, at in ((first - 1, left), (first + count, right)):
                if 0 <= beside < len(points) and np.isfinite(points[beside, 1]):
                    found.append(np.array([points[beside], (at, y)]))
        return found

    def _has_lane(self, frame: RatesFrame, lane: int) -> bool:
        return not frame.lost.isEmpty() and lane < _MOST_LANES

    def _lane(self, frame: RatesFrame, lane: int) -> float:
        """Return the pixel, from the top, at which an entrant's bar stands."""
        m = self.metrics
        if self._has_lane(frame, lane):
            return frame.lost.top() + (lane + 0.5) * m.gap(_LANE)
        return frame.box.top() + m.head

    def _paint_now(
        self, painter: QPainter, frame: RatesFrame, scene: MapScene, k: int, entrant: int, lane: int,
        color: str,
    ) -> None:  # fmt: skip
        """Paint an open dot for the entrant's own race: its learning rate, and the loss it has reached."""
        own, line = scene.experiment.entrants[entrant].learning_rate, scene.race.lines[entrant]
        if not frame.rates[0] <= own <= frame.rates[1] or not len(line.loss):
            return
        x, y = float(frame.x(own)), self._lane(frame, lane)
        if line.status != "diverged" or k < line.stopped_at:
            y = float(frame.y(np.array(line.loss[min(k, line.stopped_at)] - scene.range[2])))
        elif not self._has_lane(frame, lane):
            return
        if not math.isfinite(y):
            return
        m, theme = self.metrics, self.theme
        painter.setPen(QPen(QColor(color), max(1.2, m.px(1.8))))
        painter.setBrush(QColor(theme.page))
        painter.drawEllipse(QPointF(x, y), m.px(3.6), m.px(3.6))


def _shown(scene: MapScene) -> list[tuple[int, Line]]:
    """Return the entrants whose curves are drawn, with their places."""
    return [(i, line) for i, line in enumerate(scene.race.lines) if not line.hidden]


def _bars(frame: RatesFrame, points: Array, lost: Array) -> list[tuple[int, float, float]]:
    """Return the runs of rates at which one diverged: the first one's place, and where they begin and end."""
    x = points[:, 0]
    half = 0.5 * float(x[1] - x[0]) if len(x) > 1 else 0.5 * frame.box.width()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(np.int8), [0]])))
    found = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        left, right = float(x[first]) - half, float(x[end - 1]) + half
        found.append((first, max(left, frame.box.left()), min(right, frame.box.right())))
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("Maps", text)
