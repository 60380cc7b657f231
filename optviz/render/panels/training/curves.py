"""Loss, accuracy, rates and norms of a training against epochs, as they grow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QPainter

from optviz.catalog import Array
from optviz.colors import from_oklab, hex_of, mix, oklab, rgb_of
from optviz.render import fonts
from optviz.render.panels.chart import Words
from optviz.render.panels.curves import Axes
from optviz.render.panels.ends import End, paint_ends
from optviz.render.panels.surface import dash
from optviz.render.panels.training.plot import TrainCurvePanel
from optviz.render.panels.training.still import percent
from optviz.render.panels.training.traces import Trace
from optviz.render.style import LINE_CONTRAST, readable
from optviz.training.scene.scene import TrainLine, TrainScene

_FAINT = 0.74  # how far each batch's value goes over into the page
_ROOMY = 400.0  # pixels at 1280 x 720 from which on curves are named at their ends
_PLANNED = 0.6
_DEPTHS = ("#42307d", "#2a6f97", "#2a9d6f", "#a3a500")  # first layer … last layer
_ACCURACIES = (0.0, 1.0, 0.9, 0.99, 0.5, 0.98, 0.95, 0.8, 0.995, 0.998)  # the first ones find room first
_WHOLE = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_HALF_ERROR = 0.004  # the share of errors that no error is counted as


class _EntrantsPanel(TrainCurvePanel):
    """A plot with one curve for each entrant."""

    _labeled = False  # whether a wide plot has room for names at its right

    def _right(self, rect: QRectF, scene: TrainScene) -> float:
        m, face = self.metrics, fonts.font(self.metrics.small)
        if not self._labeled or len(scene.lines) < 2 or rect.width() < m.px(_ROOMY):
            return m.gap(2)
        widest = max(fonts.width(line.label, face) for line in scene.lines)
        return min(widest, 0.2 * rect.width()) + m.gap(4)

    def _front(self, scene: TrainScene, k: int) -> list[Trace]:
        m = self.metrics
        made = []
        for line in scene.lines:
            series = scene.curve(line.entrant, self.key)
            count, color = scene.steps_at(line.entrant, k), self._color(line)
            pattern = dash(line.index, m.curve)
            made.append(Trace(line.entrant, series.epochs, series.mean, count, color, m.curve, pattern))
        return made

    def _keyed(self, name: str) -> Sequence[Words]:
        """Return a title with the key to lines and markers, as far as there is room."""
        ink, muted = self.theme.ink, self.theme.muted
        return [
            [(name, ink), ("   " + _tr("lines: training · markers: test"), muted)],
            [(name, ink), ("   " + _tr("markers: test"), muted)],
            [(name, ink)],
        ]

    def _raw(self, scene: TrainScene, k: int) -> list[Trace]:
        made = []
        width = max(0.8, self.metrics.px(0.9))
        for line in scene.lines:
            series = scene.curve(line.entrant, self.key)
            color = mix(self._color(line), self.theme.page, _FAINT)
            count = scene.steps_at(line.entrant, k)
            raw = Trace(("raw", line.entrant), series.epochs, series.values, count, color, width)
            made.append(raw)
        return made

    def _tests(self, scene: TrainScene, k: int) -> list[tuple[TrainLine, Array, Array]]:
        if self.key not in ("loss", "accuracy"):
            return []
        return [(line, *scene.tests_at(line.entrant, self.key, k)) for line in scene.lines]


class LossPanel(_EntrantsPanel):
    """Training loss of each batch faintly, its running mean, and the test loss after each epoch."""

    key = "loss"
    _labeled = True

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return self._keyed(_tr("loss"))

    def _back(self, scene: TrainScene, k: int) -> list[Trace]:
        return self._raw(scene, k) if scene.training.view.smoothing else []


class AccuracyPanel(_EntrantsPanel):
    """Accuracy in training, as a running mean, and on the test set after each epoch.

    The axis counts errors by their logarithm: from 98 % to 99 % is as far as from 80 % to 90 %.
    """

    key = "accuracy"
    _labeled = True
    _gutter = 13.5

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return self._keyed(_tr("accuracy"))

    def _height(self, values: Array) -> Array:
        with np.errstate(all="ignore"):
            error = np.log(1.0 - np.clip(values, 0.0, 1.0) + _HALF_ERROR)
        most, least = math.log(1.0 + _HALF_ERROR), math.log(_HALF_ERROR)
        return np.asarray((most - error) / (most - least))

    def _numbers(self, frame: Axes, fits: Callable[[str], bool]) -> tuple[list[float], list[str], str]:
        apart = self.metrics.px(17.0)
        chosen: list[float] = []
        taken: list[float] = []
        for value in _ACCURACIES:
            y = float(frame.y(self._height(np.array(value))))
            if all(abs(y - other) >= apart for other in taken):
                chosen.append(value)
                taken.append(y)
        chosen.sort()
        digits = int(any(value not in _WHOLE for value in chosen))
        return chosen, [percent(value, digits) for value in chosen], ""

    def _text(self, value: float) -> str:
        return f"{100.0 * value:.2f} %"


class LearningRatePanel(_EntrantsPanel):
    """What the schedule gives each step; faintly, what it will give."""

    key = "learning_rate"

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return [[(_tr("learning rate"), self.theme.ink)]]

    def _back(self, scene: TrainScene, k: int) -> list[Trace]:
        m = self.metrics
        made = []
        for line in scene.lines:
            epochs, rates = scene.planned_rates(line.entrant)
            color = mix(self._color(line), self.theme.page, _PLANNED)
            pattern = dash(line.index, m.curve)
            made.append(Trace(("plan", line.entrant), epochs, rates, len(rates), color, m.curve, pattern))
        return made

    def _paint_nothing(self, painter: QPainter, frame: Axes) -> None:
        """Say nothing: the plan is there before the first step."""


class SpeedPanel(_EntrantsPanel):
    """Images a second."""

    key = "speed"

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return [[(_tr("images a second"), self.theme.ink)]]


class _LayersPanel(TrainCurvePanel):
    """A plot with one curve for each layer of the chosen entrant, from the first to the last."""

    def _right(self, rect: QRectF, scene: TrainScene) -> float:
        m, face = self.metrics, fonts.font(self.metrics.small)
        layers = scene.entrant(scene.chosen).layers
        if not layers or rect.width() < m.px(200):
            return m.gap(2)
        widest = max(fonts.width(name, face) for name in layers)
        return min(widest, 0.3 * rect.width()) + m.gap(4)

    def _named(self, scene: TrainScene, name: str) -> Sequence[Words]:
        line = scene.chosen_line
        if len(scene.record.entrants) == 1:
            return [[(name, self.theme.ink)]]
        of, color = "   " + scene.lines[scene.lines.index(line)].label, self.theme.text(self._color(line))
        short = name.partition(",")[0]
        return [[(name, self.theme.ink), (of, color)], [(short, self.theme.ink), (of, color)],
                [(short, self.theme.ink)]]  # fmt: skip

    def _told(self, scene: TrainScene, trace: Trace, value: float) -> str:
        return f"{self._name(scene, trace)} {self._text(value)}"

    def colors_of(self, count: int) -> tuple[str, ...]:
        """Return a colour for each layer: the deeper, the further along the ramp."""
        return depth_colors(count, self.theme.page, self.theme.name == "dark")

    def _curves(self, scene: TrainScene, k: int, *, raw: bool) -> list[Trace]:
        curves = scene.layer_curves(scene.chosen, self.key)
        count, m = scene.layers_measured_at(scene.chosen, k), self.metrics
        made = []
        for i, (one, color) in enumerate(zip(curves, self.colors_of(len(curves)), strict=True)):
            if raw:
                faint = mix(color, self.theme.page, _FAINT)
                width = max(0.8, m.px(0.9))
                made.append(Trace(("raw", i), one.epochs, one.values, count, faint, width))
            else:
                made.append(Trace(i, one.epochs, one.mean, count, color, 0.9 * m.curve))
        return made

    def _back(self, scene: TrainScene, k: int) -> list[Trace]:
        return self._curves(scene, k, raw=True) if scene.training.view.smoothing else []

    def _front(self, scene: TrainScene, k: int) -> list[Trace]:
        return self._curves(scene, k, raw=False)

    def _marker(self, scene: TrainScene, trace: Trace) -> int | None:
        return None

    def _name(self, scene: TrainScene, trace: Trace) -> str:
        layers = scene.entrant(scene.chosen).layers
        return layers[trace.key] if isinstance(trace.key, int) and trace.key < len(layers) else ""

    def _paint_heads(
        self, painter: QPainter, rect: QRectF, frame: Axes, scene: TrainScene, k: int,
        front: Sequence[Trace], *, hover: bool,
    ) -> None:  # fmt: skip
        """Write each layer's name where its curve ends, unless the names stand beside a cursor."""
        ends = []
        for trace in front:
            if trace.count:
                at = trace.count - 1
                end = End(*frame.end(float(trace.epochs[at]), float(trace.values[at])), trace.color, False)
                # Arrows show which curves have left the plot; an end inside needs no dot beside its name.
                if math.isfinite(end.y) and not frame.top - 1 <= end.y <= frame.top + frame.height + 1:
                    ends.append(end)
        paint_ends(painter, frame.rect, ends, self.theme.page, self.metrics)
        if not hover:
            self._paint_names(painter, rect, frame, scene, front)


class GradientNormPanel(_LayersPanel):
    """The norm of each layer's gradient."""

    key = "gradient_norm"

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return self._named(scene, _tr("gradient norm, by layer"))


class UpdateRatioPanel(_LayersPanel):
    """The length of a step over that of the weights, for each layer."""

    key = "update_ratio"

    def _titles(self, scene: TrainScene) -> Sequence[Words]:
        return self._named(scene, _tr("update / weight, by layer"))


@lru_cache(maxsize=64)
def depth_colors(count: int, page: str, dark: bool) -> tuple[str, ...]:
    """Return `count` colours from the first layer's to the last one's, each readable on the page."""
    anchors = oklab(np.array([rgb_of(text) for text in _DEPTHS]))
    if dark:
        anchors[:, 0] += 0.22
    at = np.linspace(0.0, 1.0, count) * (len(anchors) - 1) if count > 1 else np.array([1.0])
    lab = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, j]) for j in range(3)], axis=-1)
    return tuple(readable(hex_of(rgb), page, LINE_CONTRAST) for rgb in from_oklab(lab))


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainStage", text)
