"""One quantity against the step: the whole run faintly, the part already shown in full colour."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.catalog import Array
from optviz.colors import mix
from optviz.plots import Plot, eigen_entrant
from optviz.render import fonts
from optviz.render.panels import axes, strokes, tracks
from optviz.render.panels.ends import End, paint_ends
from optviz.render.panels.plot_axes import Axes as Axes
from optviz.render.panels.plot_axes import paint_below as paint_below
from optviz.render.panels.plot_axes import safe_range
from optviz.render.panels.surface import dash
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line, Scene

_NOISE = 0.5  # turns up or down for each line's width: beyond it dashes say nothing
_FAINT = 0.72  # how far the part still to come goes over into the page
_THIN = 0.55  # the width of a second curve
_RULE = 0.45  # how far a line across goes over into the page


@dataclass(frozen=True, eq=False)
class Strand:
    """One curve of a plot.

    Attributes
    ----------
    line
        Whose it is.
    role
        Which of that entrant's curves.
    width
        In widths of a usual curve.
    pattern
        The style slot its dashes are those of; None for a solid line.
    marked
        Whether its value is marked by a dot.
    name
        What tells it from the entrant's other curves.
    """

    line: Line
    values: Array
    color: str
    role: int = 0
    width: float = 1.0
    pattern: int | None = None
    marked: bool = True
    name: str = ""


class CurvePanel:
    """Draws one plot of a scene.

    Parameters
    ----------
    steps
        Whether numbers of steps stand below; leave them to the lowest of several panels.
    """

    def __init__(self, theme: Theme, metrics: Metrics, *, steps: bool = True) -> None:
        self.theme, self.metrics, self.steps = theme, metrics, steps
        self.corner = 0.0  # pixels at the right of the title that something else stands on
        self._still: tuple[Scene, tuple[object, ...], QImage] | None = None
        self._bare: tuple[tuple[object, ...], QImage] | None = None
        self._tracks: tuple[Scene, tuple[object, ...], dict[tuple[int, int, int], tracks.Track]] | None = None
        self._strands: tuple[Scene, Plot, list[Strand]] | None = None

    def strands(self, scene: Scene, plot: Plot) -> list[Strand]:
        """Return the curves of a plot, those that lie below first."""
        if self._strands is None or self._strands[0] is not scene or self._strands[1] != plot:
            self._strands = (scene, plot, self._make_strands(scene, plot))
        return self._strands[2]

    def _make_strands(self, scene: Scene, plot: Plot) -> list[Strand]:
        shown = [
            line
            for place, line in enumerate(scene.lines)
            if not line.hidden and (not plot.only or place in plot.only)
        ]
        colors = [self.theme.line(line.index, line.color) for line in shown]
        main, second = (_tr(name, plot.context) for name in plot.names) if plot.names else ("", "")
        made = []
        if plot.second:
            made = [
                Strand(line, scene.second(plot, line), color, 1, _THIN, None, False, second)
                for line, color in zip(shown, colors, strict=True)
            ]
        return made + [
            Strand(line, scene.values(plot, line), color, pattern=line.index, name=main)
            for line, color in zip(shown, colors, strict=True)
        ]

    def axes(self, rect: QRectF, scene: Scene, plot: Plot) -> Axes:
        """Return where the curves run inside `rect`; `Axes.step` turns a pixel into a step for dragging."""
        m = self.metrics
        top = m.gap(6) + self._above(rect, scene, plot)
        left, right = m.gap(12), m.gap(2)
        bottom = m.gap(7) if self.steps else m.gap(2)
        return Axes(
            round(rect.x() + left), round(rect.y() + top),
            max(1, round(rect.width() - left - right)), max(1, round(rect.height() - top - bottom)),
            scene.last, *safe_range(plot), m.gap(1.5) if rect.width() > m.px(120) else 0.0,
            plot.soft,
        )  # fmt: skip

    def _above(self, rect: QRectF, scene: Scene, plot: Plot) -> float:
        """Return the height of what stands between the title and the curves."""
        return float(self.metrics.gap(5)) if plot.note else 0.0

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
            self._paint_still(painter, rect, frame, scene, plot)
            self._paint_curves(painter, frame, scene, plot, None, 1.0)
            self._paint_cursor(painter, frame, k)
            self._paint_curves(painter, frame, scene, plot, k, 1.0)
        else:
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            fast = strokes.ready(wait=not quick)
            image = self._still_image(rect, frame, scene, plot, ratio, fast).copy()
            local = frame.scaled(rect.x(), rect.y(), ratio)
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

    def _still_image(
        self, rect: QRectF, frame: Axes, scene: Scene, plot: Plot, ratio: float, fast: bool
    ) -> QImage:
        said = self._said_above(scene, plot)
        key = (plot, frame, rect.width(), rect.height(), ratio, fast, self.corner, said)
        if self._still is not None and self._still[0] is scene and self._still[1] == key:
            return self._still[2]
        # Axes stand while a slider moves: only the curves are drawn anew for another scene.
        if self._bare is None or self._bare[0] != key:
            self._bare = (key, self._bare_image(rect, frame, scene, plot, ratio))
        image = self._bare[1].copy()
        local = frame.scaled(rect.x(), rect.y(), ratio)
        if fast:
            self._paint_curves(image, local, scene, plot, None, ratio)
        else:
            with QPainter(image) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.scale(1.0 / ratio, 1.0 / ratio)
                self._paint_curves(painter, local, scene, plot, None, ratio)
        self._still = (scene, key, image)
        return image

    def _said_above(self, scene: Scene, plot: Plot) -> object:
        """Return what else stands still besides the curves, where that is not the same for every scene."""
        return None

    def _bare_image(self, rect: QRectF, frame: Axes, scene: Scene, plot: Plot, ratio: float) -> QImage:
        image = QImage(
            math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio), QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self.theme.paper))
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.x(), -rect.y())
            self._paint_still(painter, rect, frame, scene, plot)
        return image

    def _paint_still(self, painter: QPainter, rect: QRectF, frame: Axes, scene: Scene, plot: Plot) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, half = fonts.rise(face), m.hairline / 2
        thin = QPen(QColor(theme.hairline), m.hairline)
        most = max(2, int(frame.height / m.px(26)))
        values = frame.marks(most)
        if plot.marks:
            values = list(plot.marks[:: 1 if len(plot.marks) <= most else 2])
        gutter = frame.left - m.gap(2) - rect.x() + m.gap(0.5)
        texts, note = axes.numbered(values, lambda text: fonts.width(text, face) <= gutter)
        if frame.soft:  # powers of ten on both sides of 0 have nothing in common
            texts, note = [number(value) for value in values], ""
        above, right = round(rect.y() + m.gap(6)) - m.gap(2), frame.left + frame.width - self.corner
        fonts.write(painter, right, above, note, face, theme.muted, fonts.RIGHT)
        room = right - fonts.width(note, face) - (m.gap(2) if note else 0) - frame.left
        text = title_of(plot)
        if plot.names and not self._paint_key(
            painter, plot, frame.left, fonts.width(text, face), room, above
        ):
            first, second = (_tr(name, plot.context) for name in plot.names)
            text = _tr("{first}; thin: {second}").format(first=first, second=second)
        fonts.write(painter, frame.left, above, fonts.elided(text, face, room), face, theme.ink)
        if plot.note:
            said = fonts.elided(filled(plot.note, plot), face, frame.width)
            fonts.write(painter, frame.left, above + m.gap(5), said, face, theme.muted)
        for value, text in zip(values, texts, strict=True):
            y = round(float(frame.y(value))) + half
            painter.setPen(thin)
            painter.drawLine(QPointF(frame.left, y), QPointF(frame.left + frame.width, y))
            fonts.write(painter, frame.left - m.gap(2), y + rise / 2, text, face, theme.muted, fonts.RIGHT)
        painter.setPen(QPen(QColor(mix(theme.muted, theme.page, _RULE)), m.hairline))
        for value in plot.rules:
            y = round(float(frame.y(value))) + half
            painter.drawLine(QPointF(frame.left, y), QPointF(frame.left + frame.width, y))
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

    def _paint_key(
        self, painter: QPainter, plot: Plot, left: float, taken: float, room: float, base: float
    ) -> bool:
        """Say at the right above the plot what its two kinds of curves are; False where there is no room."""
        m, face = self.metrics, fonts.font(self.metrics.small)
        names = [_tr(name, plot.context) for name in plot.names]
        sample = m.gap(5)
        if taken + sum(fonts.width(name, face) + sample + m.gap(4) for name in names) > room:
            return False
        right = left + room
        for name, width in zip(reversed(names), (_THIN, 1.0), strict=True):
            right -= fonts.width(name, face)
            fonts.write(painter, right, base, name, face, self.theme.muted)
            y = base - fonts.rise(face) / 2
            painter.setPen(QPen(QColor(self.theme.muted), width * m.curve))
            painter.drawLine(QPointF(right - m.gap(1) - sample, y), QPointF(right - m.gap(1), y))
            right -= sample + m.gap(4)
        return True

    def _all_tracks(
        self, frame: Axes, scene: Scene, plot: Plot, ratio: float
    ) -> dict[tuple[int, int, int], tracks.Track]:
        key = (frame, plot, ratio)
        if self._tracks is not None and self._tracks[0] is scene and self._tracks[1] == key:
            return self._tracks[2]
        # An entrant that another one's slider does not concern keeps its path, and so its tracks.
        known = self._tracks[2] if self._tracks is not None and self._tracks[1] == key else {}
        made = {}
        for strand in self.strands(scene, plot):
            named = _named(strand)
            made[named] = known[named] if named in known else self._track(frame, strand, ratio)
        self._tracks = (scene, key, made)
        return made

    def _track(self, frame: Axes, strand: Strand, ratio: float) -> tracks.Track:
        width = strand.width * self.metrics.curve * ratio
        values = np.require(strand.values, requirements=["C", "W"])  # the kernel's signature
        steps = np.arange(len(values), dtype=np.float64)
        keep = tracks.decimated(values, frame.x(steps))
        points = np.stack([frame.x(steps[keep]), frame.y(values[keep])], axis=-1)
        box = (frame.left - 1e4, frame.top - 1e5, frame.left + frame.width + 1e4, frame.top + 1e5)
        pieces, begins, place = tracks.clipped(points, box)
        at = np.interp(place, np.arange(len(keep)), steps[keep]) if len(keep) else place
        if strand.pattern is None or noisy(points[:, 1], width, frame.width):
            return tracks.track(pieces, begins, at)
        return tracks.track(pieces, begins, at, dash(strand.pattern, width))

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
        every = self._all_tracks(frame, scene, plot, ratio)
        for strand in self.strands(scene, plot):
            part = every[_named(strand)]
            color = strand.color
            if k is None:
                color = mix(color, self.theme.page, _FAINT)
            else:
                at = min(k, len(strand.values) - 1)
                part = part.until(at, self._point(frame, strand, at)) if at >= 0 else tracks.EMPTY
            canvas.fresh()
            shade = np.zeros(len(part.points), np.int64)
            width = strand.width * self.metrics.curve * ratio
            canvas.stroke(part, shade, strokes.ramp(color, color, 0.0), width)
        if painter is not None:
            painter.restore()

    @staticmethod
    def _point(frame: Axes, strand: Strand, k: int) -> Array | None:
        point = frame.at(k, float(strand.values[k]))
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
        for strand in self.strands(scene, plot):
            line, values = strand.line, strand.values
            if not len(values) or not strand.marked:
                continue
            at = min(k, len(values) - 1)
            value, lost = float(values[at]), line.status == "diverged" and k >= line.stopped_at
            if not math.isnan(value) or lost:
                ends.append(End(*frame.end(at, value), strand.color, lost))
        paint_ends(painter, frame.rect, ends, self.theme.page, self.metrics)


def panel_for(plot: Plot, theme: Theme, metrics: Metrics, *, steps: bool) -> CurvePanel:
    """Return a new panel that draws plots of this kind."""
    if eigen_entrant(plot.key) is None:
        return CurvePanel(theme, metrics, steps=steps)
    from optviz.render.insight.eigen import EigenPanel

    return EigenPanel(theme, metrics, steps=steps)


def title_of(plot: Plot) -> str:
    """Return the title of a plot in the language of the program."""
    return filled(plot.title, plot)


def filled(template: str, plot: Plot) -> str:
    """Return a text of a plot in the language of the program, with the plot's values in it."""
    text = _tr(template, plot.context)
    if not plot.values:
        return text
    return text.format(
        **{name: _tr(value, "Anatomy") if name == "part" else value for name, value in plot.values}
    )


def _tr(text: str, context: str = "Stage") -> str:
    return QCoreApplication.translate(context, text)


def _named(strand: Strand) -> tuple[int, int, int]:
    return id(strand.line.path), strand.line.index, strand.role


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
