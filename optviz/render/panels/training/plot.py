"""What the plots of a training share: axes against epochs, curves that grow, ends, and a cursor."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPaintEngine, QPainter, QPen

from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.panels import axes, strokes
from optviz.render.panels.chart import Chart, Words
from optviz.render.panels.curves import Axes, paint_below
from optviz.render.panels.ends import End, paint_ends
from optviz.render.panels.training.cursor import Named, Told, names_that_fit, paint_names, paint_told
from optviz.render.panels.training.places import spaced
from optviz.render.panels.training.traces import Trace, Traces, mark
from optviz.render.style import Metrics, Theme, number
from optviz.training.scene.scene import TrainLine, TrainScene

_MOST_NUMBERS = 9  # at the left of a plot
_RECENT = 4096  # values among which the last finite one is sought
_LEAST = 40.0  # pixels a side at 1280 x 720, below which a plot says nothing


class TrainCurvePanel(Chart):
    """One plot against epochs.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    """

    key = ""
    _gutter = 12.0  # steps of the grid that the numbers at the left have

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        super().__init__(theme, metrics)
        self._traces = Traces()
        self._ground: tuple[object, QImage] | None = None

    def axes(self, rect: QRectF, scene: TrainScene) -> Axes:
        """Return where the curves run inside `rect`."""
        m = self.metrics
        left, top, right, bottom = m.gap(self._gutter), m.gap(6), self._right(rect, scene), m.gap(7)
        low, high, log = self._range(scene)
        return Axes(
            round(rect.x() + left), round(rect.y() + top),
            max(1, round(rect.width() - left - right)), max(1, round(rect.height() - top - bottom)),
            scene.epochs, low, high, log, m.gap(1.5) if rect.width() > m.px(120) else 0.0,
        )  # fmt: skip

    def epoch(self, rect: QRectF, scene: TrainScene, x: float) -> float | None:
        """Return how many epochs a pixel stands for; None outside the plot."""
        frame = self.axes(rect, scene)
        share = (x - frame.left) / max(frame.width - frame.inset, 1.0)
        return share * scene.epochs if -0.02 <= share <= 1.02 else None

    # -------------------------------------------------------------- what differs

    def _range(self, scene: TrainScene) -> tuple[float, float, bool]:
        return scene.range(self.key)

    def _right(self, rect: QRectF, scene: TrainScene) -> float:
        return self.metrics.gap(2)

    def _height(self, values: Array) -> Array:
        """Return what the axis counts of values."""
        return values

    def _numbers(self, frame: Axes, fits: Callable[[str], bool]) -> tuple[list[float], list[str], str]:
        """Return where lines are drawn, the number at each, and what the numbers leave out."""
        most = min(max(2, int(frame.height / self.metrics.px(26))), _MOST_NUMBERS)
        values = (axes.log_marks if frame.log else axes.ticks)(frame.low, frame.high, most)
        texts, note = axes.numbered(values, fits)
        return values, texts, note

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        """Return the words of the title in their colours, the longest choice first."""
        raise NotImplementedError

    def _back(self, scene: TrainScene, k: int) -> list[Trace]:
        """Return curves behind the others."""
        return []

    def _front(self, scene: TrainScene, k: int) -> list[Trace]:
        """Return the curves that matter."""
        raise NotImplementedError

    def _tests(self, scene: TrainScene, k: int) -> list[tuple[TrainLine, Array, Array]]:
        """Return the epochs and values that are marked one by one."""
        return []

    def _text(self, value: float) -> str:
        """Return a value in words."""
        return number(value, fixed=True)

    def _told(self, scene: TrainScene, trace: Trace, value: float) -> str:
        """Return what stands beside a cursor."""
        return self._text(value)

    def _marker(self, scene: TrainScene, trace: Trace) -> int | None:
        """Return whose marker stands for a curve, None where it has none."""
        return next((line.index for line in scene.lines if line.entrant == trace.key), None)

    def _name(self, scene: TrainScene, trace: Trace) -> str:
        """Return what is written at the end of a curve."""
        return next((line.label for line in scene.lines if line.entrant == trace.key), "")

    # -------------------------------------------------------------- painting

    def paint(
        self, painter: QPainter, rect: QRectF, scene: TrainScene, k: int, *, cursor: float | None = None,
        quick: bool = False,
    ) -> None:  # fmt: skip
        """Paint the plot at frame `k`.

        Parameters
        ----------
        rect
            On whole pixels.
        cursor
            Epochs at which values are told.
        quick
            Leave the lines to Qt while the kernel that draws them is not compiled.
        """
        m = self.metrics
        frame = self.axes(rect, scene)
        if min(frame.width, frame.height) < m.px(_LEAST):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
        back, front = self._back(scene, k), self._front(scene, k)
        tests = self._tests(scene, k)
        joined = [
            Trace(("test", line.entrant), epochs, values, len(values), self._color(line), 0.6 * m.curve)
            for line, epochs, values in tests
        ]
        if raster and strokes.ready(wait=not quick):
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            image = self._ground_image(rect, frame, scene, ratio).copy()
            local = Axes(
                (frame.left - rect.x()) * ratio, (frame.top - rect.y()) * ratio, frame.width * ratio,
                frame.height * ratio, frame.last, frame.low, frame.high, frame.log, frame.inset * ratio,
            )  # fmt: skip
            self._draw(image, local, scene, [*back, *joined, *front], ratio)
            painter.drawImage(rect.topLeft(), image)
        else:
            self._paint_ground(painter, rect, frame, scene)
            painter.save()
            painter.setClipRect(frame.rect.adjusted(-m.curve, -m.curve, m.curve, 0))
            self._draw(painter, frame, scene, [*back, *joined, *front], 1.0)
            painter.restore()
        self._paint_tests(painter, frame, tests)
        if k < scene.now:
            self._paint_cursor(painter, frame, scene.epoch_at(k), self.theme.accent)
        hover = cursor is not None and math.isfinite(cursor)
        self._paint_heads(painter, rect, frame, scene, k, front, hover=hover)
        if not any(trace.count for trace in front):
            self._paint_nothing(painter, frame)
        if cursor is not None and hover:
            self._paint_hover(painter, rect, frame, scene, cursor, front, tests)
        painter.restore()

    def _paint_nothing(self, painter: QPainter, frame: Axes) -> None:
        """Say when there will be curves."""
        m, face = self.metrics, fonts.font(self.metrics.small)
        text = fonts.elided(_tr("after the first steps"), face, frame.width)
        wide, high = fonts.width(text, face) + m.gap(2), fonts.rise(face) + m.gap(3)
        middle = frame.rect.center()
        painter.fillRect(
            QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high), QColor(self.theme.paper)
        )
        base = middle.y() + fonts.rise(face) / 2
        fonts.write(painter, middle.x(), base, text, face, self.theme.muted, fonts.CENTER)

    def _color(self, line: TrainLine) -> str:
        return self.theme.line(line.index, line.color)

    def _draw(
        self, target: QImage | QPainter, frame: Axes, scene: TrainScene, traces: Sequence[Trace], ratio: float
    ) -> None:
        if ratio != 1.0:
            traces = [
                replace(one, width=one.width * ratio, dash=[part * ratio for part in one.dash])
                for one in traces
            ]
        self._traces.draw(target, frame, scene, traces, self._height)

    def _ground_image(self, rect: QRectF, frame: Axes, scene: TrainScene, ratio: float) -> QImage:
        """Return axes, numbers and title; they are the same until a range grows."""
        key = (rect.width(), rect.height(), frame, ratio, tuple(map(tuple, self._titles(scene))))
        if self._ground is None or self._ground[0] != key:
            size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
            image = QImage(*size, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            image.fill(QColor(self.theme.paper))
            with QPainter(image) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.translate(-rect.x(), -rect.y())
                self._paint_ground(painter, rect, frame, scene)
            self._ground = (key, image)
        return self._ground[1]

    def _paint_ground(self, painter: QPainter, rect: QRectF, frame: Axes, scene: TrainScene) -> None:
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        rise, half = fonts.rise(face), m.hairline / 2
        bottom, right = frame.top + frame.height, frame.left + frame.width
        gutter = frame.left - m.gap(2) - rect.x() + m.gap(0.5)
        values, texts, note = self._numbers(frame, lambda text: fonts.width(text, face) <= gutter)
        above = frame.top - m.gap(2)
        fonts.write(painter, rect.right() - m.gap(2), above, note, face, theme.muted, fonts.RIGHT)
        room = rect.right() - m.gap(2) - frame.left - (fonts.width(note, face) + m.gap(2) if note else 0.0)
        self._paint_title(painter, frame.left, above, room, scene, face)
        hairline = QPen(QColor(theme.hairline), m.hairline)
        epochs = self._marked_epochs(frame, face)
        for epoch in epochs:
            if 0.0 < epoch < scene.epochs and epoch == round(epoch):
                x = round(float(frame.x(epoch))) + half
                painter.setPen(hairline)
                painter.drawLine(QPointF(x, frame.top), QPointF(x, bottom))
        for value, text in zip(values, texts, strict=True):
            y = round(float(frame.y(self._height(np.array(value))))) + half
            painter.setPen(hairline)
            painter.drawLine(QPointF(frame.left, y), QPointF(right, y))
            fonts.write(painter, frame.left - m.gap(2), y + rise / 2, text, face, theme.muted, fonts.RIGHT)
        painter.setPen(QPen(QColor(theme.muted), m.hairline))
        painter.drawLine(QPointF(frame.left, bottom - half), QPointF(right, bottom - half))
        self._paint_epochs(painter, rect, frame, epochs, face)

    def _marked_epochs(self, frame: Axes, face: QFont) -> list[float]:
        """Return the epochs that are marked: whole ones, and parts where there are but one or two."""
        each = fonts.width(str(frame.last), face) + self.metrics.gap(5)
        most = max(2, int(frame.width / each))
        found = axes.ticks(0.0, float(frame.last), min(most, 6) if frame.last < 3 else min(most, 21))
        return found if frame.last < 3 else [epoch for epoch in found if epoch == round(epoch)]

    def _paint_title(
        self, painter: QPainter, left: float, base: float, room: float, scene: TrainScene, face: QFont
    ) -> None:
        choices = self._titles(scene)
        fitting = [one for one in choices if sum(fonts.width(text, face) for text, _ in one) <= room]
        for text, color in (fitting or choices[-1:])[0]:
            text = text if fitting else fonts.elided(text, face, room)
            fonts.write(painter, left, base, text, face, color)
            left += fonts.width(text, face)

    def _paint_epochs(
        self, painter: QPainter, rect: QRectF, frame: Axes, epochs: Sequence[float], face: QFont
    ) -> None:
        """Write the numbers of epochs below the plot; the last one always."""
        shown = [float(frame.last), *(e for e in reversed(epochs) if e != frame.last)]
        marks = [(epoch, number(epoch, 6)) for epoch in shown]
        paint_below(painter, rect, frame, marks, _tr("epoch"), face, self.theme, self.metrics)

    # -------------------------------------------------------------- marks

    def _paint_cursor(self, painter: QPainter, frame: Axes, epoch: float, color: str) -> None:
        x = round(float(frame.x(epoch))) + self.metrics.hairline / 2
        painter.setPen(QPen(QColor(color), self.metrics.hairline))
        painter.drawLine(QPointF(x, frame.top), QPointF(x, frame.top + frame.height))

    def _paint_tests(
        self, painter: QPainter, frame: Axes, tests: list[tuple[TrainLine, Array, Array]]
    ) -> None:
        m, page = self.metrics, self.theme.page
        radius = max(2.2, 3.4 * m.scale)
        apart = (frame.width - frame.inset) / max(frame.last, 1)
        every = max(1, math.ceil(3.5 * radius / apart))
        for line, epochs, values in tests:
            keep = (np.round(epochs).astype(np.int64) % every == 0) | (
                np.arange(len(epochs)) == len(epochs) - 1
            )
            color = self._color(line)
            for x, y in zip(
                frame.x(epochs[keep]).tolist(), frame.y(self._height(values[keep])).tolist(), strict=True
            ):
                if math.isfinite(y) and frame.top - 1 <= y <= frame.top + frame.height + 1:
                    mark(painter, line.index, x, y, radius, color, page)

    def _paint_heads(
        self, painter: QPainter, rect: QRectF, frame: Axes, scene: TrainScene, k: int,
        front: Sequence[Trace], *, hover: bool,
    ) -> None:  # fmt: skip
        """Paint a dot where each entrant's curve ends."""
        curves = {trace.key: trace for trace in front if trace.count}
        ends = []
        for line in scene.lines:
            trace = curves.get(line.entrant)
            if trace is not None:
                at = trace.count - 1
                value = float(self._height(trace.values[at : at + 1])[0])
                lost = scene.lost_at(line.entrant, k)
                if not math.isnan(value) or lost:
                    ends.append(End(*frame.end(float(trace.epochs[at]), value), trace.color, lost))
        paint_ends(painter, frame.rect, ends, self.theme.page, self.metrics)
        if not hover:
            self._paint_names(painter, rect, frame, scene, front)

    def _paint_names(
        self, painter: QPainter, rect: QRectF, frame: Axes, scene: TrainScene, front: Sequence[Trace]
    ) -> None:
        """Write beside the ends of curves whose they are, where that has room."""
        m = self.metrics
        if self._right(rect, scene) < m.gap(6):
            return
        named = []
        for trace in front:
            known = np.flatnonzero(np.isfinite(trace.values[max(trace.count - _RECENT, 0) : trace.count]))
            if len(known):
                at = max(trace.count - _RECENT, 0) + int(known[-1])
                y = float(frame.y(self._height(trace.values[at : at + 1]))[0])
                x = float(frame.x(trace.epochs[trace.count - 1]))
                named.append(Named(x, y, self._name(scene, trace), trace.color))
        some = [named[i] for i in spaced(len(named), names_that_fit(frame.height, m))]
        paint_names(painter, frame.rect, rect.right() - m.gap(0.5), some, self.theme, m)

    def _paint_hover(
        self, painter: QPainter, rect: QRectF, frame: Axes, scene: TrainScene, cursor: float,
        front: Sequence[Trace], tests: list[tuple[TrainLine, Array, Array]],
    ) -> None:  # fmt: skip
        """Paint a line at `cursor` epochs and beside it the value of each curve there."""
        cursor = min(max(cursor, 0.0), float(scene.epochs))
        self._paint_cursor(painter, frame, cursor, self.theme.muted)
        after = cursor + 1e-9
        judged: dict[Hashable, float] = {
            line.entrant: float(values[np.searchsorted(epochs, after, side="right") - 1])
            for line, epochs, values in tests
            if len(epochs) and epochs[0] <= after
        }
        found = []
        for trace in front:
            epochs = trace.epochs[: trace.count]
            if not len(epochs) or cursor > epochs[-1] + 0.51 * scene.epochs / max(scene.last, 1):
                continue
            at = max(int(np.searchsorted(epochs, cursor, side="right")) - 1, 0)
            y = float(frame.y(self._height(trace.values[at : at + 1]))[0])
            if not math.isfinite(y):
                continue
            text = full = self._told(scene, trace, float(trace.values[at]))
            if trace.key in judged:
                full = _tr("{train} · test {test}").format(train=text, test=self._text(judged[trace.key]))
            y = min(max(y, frame.top), frame.top + frame.height)
            found.append(Told(y, full, text, trace.color, self._marker(scene, trace)))
        x = round(float(frame.x(cursor))) + self.metrics.hairline / 2
        free = max(self._right(rect, scene) - self.metrics.gap(1), 0.0)  # the names at ends are not there
        paint_told(painter, frame.rect.adjusted(0, 0, free, 0), x, found, self.theme, self.metrics)


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainStage", text)
