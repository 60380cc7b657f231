"""One quantity against the step: the whole run faintly, the part already shown in full colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from optviz.catalog import Array
from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels import axes, strokes, tracks
from optviz.render.panels.ends import End, paint_ends
from optviz.render.panels.surface import dash
from optviz.render.style import Metrics, Theme
from optviz.scene import Line, Plot, Scene

_NOISE = 0.5  # turns up or down for each line's width: beyond it dashes say nothing
_FAINT = 0.72  # how far the part still to come goes over into the page


@dataclass(frozen=True)
class Axes:
    """The frame of one plot in pixels, and what its edges stand for."""

    left: float
    top: float
    width: float
    height: float
    last: int
    low: float
    high: float
    log: bool
    inset: float = 0.0  # free at the right, so that a mark at the last step is whole

    @property
    def rect(self) -> QRectF:
        return QRectF(self.left, self.top, self.width, self.height)

    def x(self, step: Array | float) -> Array:
        """Return the pixel of a step."""
        share = np.asarray(step, dtype=np.float64) / max(self.last, 1)
        return np.asarray(self.left + share * (self.width - self.inset))

    def step(self, x: float) -> int:
        """Return the step nearest to a pixel, within the run."""
        share = (x - self.left) / max(self.width - self.inset, 1.0)
        return min(max(round(share * max(self.last, 1)), 0), self.last)

    def y(self, values: Array | float) -> Array:
        """Return the pixel of a value: nan where it is not finite, below the frame for a logarithm of 0."""
        values = np.asarray(values, dtype=np.float64)
        with np.errstate(all="ignore"):
            if self.log:
                low, high = math.log10(self.low), math.log10(self.high)
                seen = np.where(
                    values > 0.0, np.log10(np.where(values > 0.0, values, 1.0)), low - (high - low)
                )
                share = (seen - low) / (high - low)
            else:
                share = (0.5 * values - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low)
            share = np.where(np.isfinite(values), np.clip(share, -1.0, 2.0), np.nan)
        return np.asarray(self.top + (1.0 - share) * self.height)


    def at(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of one value as `x` and `y` do: many are asked for one by one in each frame."""
        x = self.left + step / max(self.last, 1) * (self.width - self.inset)
        if not math.isfinite(value):
            return x, math.nan
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            share = (math.log10(value) - low) / (high - low) if value > 0.0 else -1.0
        else:
            share = (0.5 * value - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low)
        return x, self.top + (1.0 - min(max(share, -1.0), 2.0)) * self.height

    def end(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of a curve's last value: infinitely far up or down where that is not finite.

        No value at all, which is what comes after the last one of who diverged, is above.
        """
        x, y = self.at(step, value)
        return x, y if math.isfinite(y) else math.inf if value < 0 else -math.inf


def paint_below(
    painter: QPainter, rect: QRectF, frame: Axes, marks: Sequence[tuple[float, str]], name: str,
    face: QFont, theme: Theme, m: Metrics,
) -> None:  # fmt: skip
    """Write the numbers below a plot, from the right where there is room, and what they count.

    Parameters
    ----------
    marks
        Places on the axis and their texts, the most important one first, the others from the right.
    """
    half, bottom = m.hairline / 2, frame.top + frame.height
    base = bottom + m.gap(2) + fonts.rise(face) + half
    free = math.inf
    for value, text in marks:
        x = round(float(frame.x(value))) + half
        wide = fonts.width(text, face)
        left = min(x - wide / 2, rect.right() - wide)
        if left + wide + m.gap(3) < free:
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + m.gap(1)))
            fonts.write(painter, left, base, text, face, theme.muted)
            free = left
    edge = min(frame.left - m.gap(2), free - m.gap(1))
    name = fonts.elided(name, face, max(0.0, edge - rect.x()))
    fonts.write(painter, edge, base, name, face, theme.muted, fonts.RIGHT)


class CurvePanel:
    """Draws one plot of a scene.

    Parameters
    ----------
    steps
        Whether numbers of steps stand below; leave them to the lowest of several panels.
    """

    def __init__(self, theme: Theme, metrics: Metrics, *, steps: bool = True) -> None:
        self.theme, self.metrics, self.steps = theme, metrics, steps
        self._still: tuple[Scene, tuple[object, ...], QImage] | None = None
        self._bare: tuple[tuple[object, ...], QImage] | None = None
        self._tracks: tuple[Scene, tuple[object, ...], list[tracks.Track]] | None = None

    def axes(self, rect: QRectF, scene: Scene, plot: Plot) -> Axes:
        """Return where the curves run inside `rect`; `Axes.step` turns a pixel into a step for dragging."""
        m = self.metrics
        top = m.gap(6)
        left, right = m.gap(12), m.gap(2)
        bottom = m.gap(7) if self.steps else m.gap(2)
        return Axes(
            round(rect.x() + left), round(rect.y() + top),
            max(1, round(rect.width() - left - right)), max(1, round(rect.height() - top - bottom)),
            scene.last, *safe_range(plot), m.gap(1.5) if rect.width() > m.px(120) else 0.0,
        )  # fmt: skip

    def paint(
        self,
        painter: QPainter,
        rect: QRectF,
        scene: Scene,
        plot: Plot,
        k: int,
        *,
        quick: bool = False,
        vector: bool = False,
    ) -> None:
        """Paint the plot with its cursor at step `k`; `quick` and `vector` as in `SurfacePanel.paint`."""
        if rect.width() < 1 or rect.height() < 1:
            return
        frame = self.axes(rect, scene, plot)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if vector:
            self._paint_still(painter, rect, frame, plot)
            self._paint_curves(painter, frame, scene, plot, None, 1.0)
            self._paint_cursor(painter, frame, k)
            self._paint_curves(painter, frame, scene, plot, k, 1.0)
        else:
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            fast = strokes.ready(wait=not quick)
            image = self._still_image(rect, frame, scene, plot, ratio, fast).copy()
            local = self._local(frame, rect, ratio)
            if fast:
                with QPainter(image) as above:
                    above.translate(-rect.x(), -rect.y())
                    self._paint_cursor(above, frame, k)
                self._paint_curves(image, local, scene, plot, k, ratio)
                painter.drawImage(rect.topLeft(), image)
            else:
                painter.drawImage(rect.topLeft(), image)
                self._paint_cursor(painter, frame, k)
                painter.save()
                painter.translate(rect.topLeft())
                painter.scale(1.0 / ratio, 1.0 / ratio)
                self._paint_curves(painter, local, scene, plot, k, ratio)
                painter.restore()
        self._paint_values(painter, frame, scene, plot, k)
        painter.restore()

    def paint_ground(self, painter: QPainter, rect: QRectF, scene: Scene, plot: Plot) -> None:
        """Paint what stands still, faint curves included; `rect` on whole pixels."""
        strokes.ready(wait=True)
        frame = self.axes(rect, scene, plot)
        painter.drawImage(rect.topLeft(), self._still_image(rect, frame, scene, plot, 1.0, fast=True))

    def paint_cursor(self, painter: QPainter, rect: QRectF, scene: Scene, plot: Plot, k: int) -> None:
        """Paint the time cursor at step `k`."""
        self._paint_cursor(painter, self.axes(rect, scene, plot), k)

    def paint_lines(self, image: QImage, rect: QRectF, scene: Scene, plot: Plot, k: int) -> None:
        """Draw the curves up to step `k` into the memory of an image that has the ground."""
        self._paint_curves(image, self.axes(rect, scene, plot), scene, plot, k, 1.0)

    def paint_values(self, painter: QPainter, rect: QRectF, scene: Scene, plot: Plot, k: int) -> None:
        """Paint a dot on each curve at step `k`."""
        self._paint_values(painter, self.axes(rect, scene, plot), scene, plot, k)

    @staticmethod
    def _local(frame: Axes, rect: QRectF, ratio: float) -> Axes:
        return Axes(
            (frame.left - rect.x()) * ratio, (frame.top - rect.y()) * ratio, frame.width * ratio,
            frame.height * ratio, frame.last, frame.low, frame.high, frame.log, frame.inset * ratio,
        )  # fmt: skip

    def _still_image(
        self, rect: QRectF, frame: Axes, scene: Scene, plot: Plot, ratio: float, fast: bool
    ) -> QImage:
        key = (plot, frame, rect.width(), rect.height(), ratio, fast)
        if self._still is not None and self._still[0] is scene and self._still[1] == key:
            return self._still[2]
        # Axes stand while a slider moves: only the curves are drawn anew for another scene.
        if self._bare is None or self._bare[0] != key:
            self._bare = (key, self._bare_image(rect, frame, plot, ratio))
        image = self._bare[1].copy()
        local = self._local(frame, rect, ratio)
        if fast:
            self._paint_curves(image, local, scene, plot, None, ratio)
        else:
            with QPainter(image) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.scale(1.0 / ratio, 1.0 / ratio)
                self._paint_curves(painter, local, scene, plot, None, ratio)
        self._still = (scene, key, image)
        return image

    def _bare_image(self, rect: QRectF, frame: Axes, plot: Plot, ratio: float) -> QImage:
        image = QImage(
            math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio), QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self.theme.paper))
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.x(), -rect.y())
            self._paint_still(painter, rect, frame, plot)
        return image

    def _paint_still(self, painter: QPainter, rect: QRectF, frame: Axes, plot: Plot) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, half = fonts.rise(face), m.hairline / 2
        thin = QPen(QColor(theme.hairline), m.hairline)
        most = max(2, int(frame.height / m.px(26)))
        values = (axes.log_marks if frame.log else axes.ticks)(frame.low, frame.high, most)
        gutter = frame.left - m.gap(2) - rect.x() + m.gap(0.5)
        texts, note = axes.numbered(values, lambda text: fonts.width(text, face) <= gutter)
        above, right = frame.top - m.gap(2), frame.left + frame.width
        fonts.write(painter, right, above, note, face, theme.muted, fonts.RIGHT)
        room = right - fonts.width(note, face) - (m.gap(2) if note else 0) - frame.left
        title = fonts.elided(_tr(plot.title), face, room)
        fonts.write(painter, frame.left, above, title, face, theme.ink)
        for value, text in zip(values, texts, strict=True):
            y = round(float(frame.y(value))) + half
            painter.setPen(thin)
            painter.drawLine(QPointF(frame.left, y), QPointF(frame.left + frame.width, y))
            fonts.write(painter, frame.left - m.gap(2), y + rise / 2, text, face, theme.muted, fonts.RIGHT)
        bottom = frame.top + frame.height
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(QPointF(frame.left, bottom - half), QPointF(frame.left + frame.width, bottom - half))
        if not self.steps:
            return
        name = _tr("step")
        ends = [float(frame.last)] if frame.last else []
        rounds = axes.ticks(0.0, float(max(frame.last, 1)), max(2, int(frame.width / m.px(64))))
        whole = [v for v in reversed(rounds) if v == round(v) and v not in ends]
        marks = [(value, f"{value:.0f}") for value in ends + whole]
        paint_below(painter, rect, frame, marks, name, face, theme, m)

    def _all_tracks(self, frame: Axes, scene: Scene, plot: Plot, ratio: float) -> list[tracks.Track]:
        key = (frame, plot, ratio)
        if self._tracks is not None and self._tracks[0] is scene and self._tracks[1] == key:
            return self._tracks[2]
        known = tracks.known(self._tracks, key)
        made = []
        for line in scene.lines:
            done = tracks.EMPTY if line.hidden else known.get((id(line.path), line.index))
            if done is not None:
                made.append(done)
                continue
            values = scene.values(plot, line)
            steps = np.arange(len(values), dtype=np.float64)
            keep = tracks.decimated(values, frame.x(steps))
            points = np.stack([frame.x(steps[keep]), frame.y(values[keep])], axis=-1)
            box = (frame.left - 1e4, frame.top - 1e5, frame.left + frame.width + 1e4, frame.top + 1e5)
            pieces, begins, place = tracks.clipped(points, box)
            at = np.interp(place, np.arange(len(keep)), steps[keep]) if len(keep) else place
            pattern = dash(line.index, self.metrics.curve * ratio)
            whole = tracks.track(pieces, begins, at)
            if not noisy(points[:, 1], self.metrics.curve * ratio, frame.width):
                whole = tracks.track(pieces, begins, at, pattern)
            made.append(whole)
        self._tracks = (scene, key, made)
        return made

    def _paint_curves(
        self, target: QImage | QPainter, frame: Axes, scene: Scene, plot: Plot, k: int | None, ratio: float
    ) -> None:
        """Draw the curves up to step `k` in full, or the whole of them faintly."""
        slack = self.metrics.curve * ratio
        box = (
            frame.left - slack,
            frame.top - slack,
            frame.left + frame.width + slack,
            frame.top + frame.height,
        )
        painter = target if isinstance(target, QPainter) else None
        if painter is not None:
            painter.save()
            painter.setClipRect(QRectF(QPointF(box[0], box[1]), QPointF(box[2], box[3])))
        canvas = strokes.Canvas(target, box)
        for line, whole in zip(scene.lines, self._all_tracks(frame, scene, plot, ratio), strict=True):
            color = self.theme.line(line.index, line.color)
            part = whole
            if k is None:
                color = mix(color, self.theme.page, _FAINT)
            else:
                at = min(k, len(scene.values(plot, line)) - 1)
                part = (
                    whole.until(at, self._point(frame, scene, plot, line, at)) if at >= 0 else tracks.EMPTY
                )
            canvas.fresh()
            shade = np.zeros(len(part.points), np.int64)
            canvas.stroke(part, shade, strokes.ramp(color, color, 0.0), self.metrics.curve * ratio)
        if painter is not None:
            painter.restore()

    @staticmethod
    def _point(frame: Axes, scene: Scene, plot: Plot, line: Line, k: int) -> Array | None:
        point = frame.at(k, float(scene.values(plot, line)[k]))
        return np.array(point) if math.isfinite(point[1]) else None

    def _paint_cursor(self, painter: QPainter, frame: Axes, k: int) -> None:
        x = round(frame.at(min(k, frame.last), 0.0)[0]) + self.metrics.hairline / 2
        painter.setPen(QPen(QColor(self.theme.muted), self.metrics.hairline))
        painter.drawLine(QPointF(x, frame.top - self.metrics.gap(0.5)), QPointF(x, frame.top + frame.height))

    def _paint_values(self, painter: QPainter, frame: Axes, scene: Scene, plot: Plot, k: int) -> None:
        """Mark each curve's value at step `k`: a dot, or at the edge an arrow towards a value beyond it.

        A cross marks where an entrant diverged.
        """
        ends = []
        for line in scene.lines:
            values = np.empty(0) if line.hidden else scene.values(plot, line)
            if not len(values):
                continue
            at = min(k, len(values) - 1)
            value, lost = float(values[at]), line.status == "diverged" and k >= line.stopped_at
            if not math.isnan(value) or lost:
                ends.append(End(*frame.end(at, value), self.theme.line(line.index, line.color), lost))
        paint_ends(painter, frame.rect, ends, self.theme.page, self.metrics)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)


def noisy(y: Array, line_width: float, width: float) -> bool:
    """Say whether a curve swings up and down so often that its dashes would be lost; steepness is no noise.

    Parameters
    ----------
    y
        Heights in pixels, float64[n], with what is not finite left out of account.
    line_width, width
        Of the curve and of its panel, in pixels. A swing counts where it is higher than the curve is wide.
    """
    y = y[np.isfinite(y)]
    moves = np.diff(y)
    moves = moves[np.abs(moves) > line_width]
    turns = np.count_nonzero(moves[1:] * moves[:-1] < 0.0)
    return bool(turns > _NOISE * width / line_width)


def safe_range(plot: Plot) -> tuple[float, float, bool]:
    """Return low, high and whether the axis is logarithmic, made fit to divide by."""
    low, high = plot.low, plot.high
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0, False
    if plot.log and low > 0.0 and high > 0.0:
        return (low, high, True) if high > low * 1.0001 else (low / 3.0, low * 3.0, True)
    return (low, high, False) if high > low else (low - 1.0, low + 1.0, False)
