"""A whole frame of a training: who takes part, the curves, what is inside, and how well it does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.render import fonts
from optviz.render.ground import lay
from optviz.render.panels.legend import paint_sample
from optviz.render.panels.training.curves import (
    AccuracyPanel,
    GradientNormPanel,
    LearningRatePanel,
    LossPanel,
    SpeedPanel,
    UpdateRatioPanel,
)
from optviz.render.panels.training.histograms import DeadPanel, HistogramsPanel
from optviz.render.panels.training.inside import ActivationsPanel, FiltersPanel
from optviz.render.panels.training.judgement import ConfusionPanel, PerClassPanel, WorstPanel
from optviz.render.panels.training.plot import TrainCurvePanel
from optviz.render.style import Metrics, Theme
from optviz.render.style import theme as named_theme
from optviz.render.training.layout import PANELS, PanelPlace, places, rows_of
from optviz.training.scene.names import translate_by
from optviz.training.scene.scene import TrainLine, TrainScene
from optviz.translation import QT_TRANSLATE_NOOP

_TITLES = {
    "loss": QT_TRANSLATE_NOOP("TrainStage", "loss"),
    "accuracy": QT_TRANSLATE_NOOP("TrainStage", "accuracy"),
    "learning_rate": QT_TRANSLATE_NOOP("TrainStage", "learning rate"),
    "gradient_norm": QT_TRANSLATE_NOOP("TrainStage", "gradient norm"),
    "update_ratio": QT_TRANSLATE_NOOP("TrainStage", "update / weight"),
    "speed": QT_TRANSLATE_NOOP("TrainStage", "images a second"),
    "filters": QT_TRANSLATE_NOOP("TrainStage", "filters"),
    "activations": QT_TRANSLATE_NOOP("TrainStage", "activations"),
    "histograms": QT_TRANSLATE_NOOP("TrainStage", "histograms"),
    "dead": QT_TRANSLATE_NOOP("TrainStage", "dead ReLUs"),
    "confusion": QT_TRANSLATE_NOOP("TrainStage", "confusion matrix"),
    "per_class": QT_TRANSLATE_NOOP("TrainStage", "precision and recall"),
    "worst": QT_TRANSLATE_NOOP("TrainStage", "mistakes"),
}
_LEAST_SCALE = 0.62  # below it text is no longer read
_FULL = 1.25  # from this scale on sizes follow the picture's alone


translate_by(lambda text: QCoreApplication.translate("TrainNames", text))


class Panel(Protocol):
    """What draws one part of the picture."""

    def paint(self, painter: QPainter, rect: QRectF, scene: TrainScene, k: int) -> None: ...


_PANELS: dict[str, Callable[[Theme, Metrics], Panel]] = {
    "loss": LossPanel,
    "accuracy": AccuracyPanel,
    "learning_rate": LearningRatePanel,
    "gradient_norm": GradientNormPanel,
    "update_ratio": UpdateRatioPanel,
    "speed": SpeedPanel,
    "filters": FiltersPanel,
    "activations": ActivationsPanel,
    "histograms": HistogramsPanel,
    "dead": DeadPanel,
    "confusion": ConfusionPanel,
    "per_class": PerClassPanel,
    "worst": WorstPanel,
}


class TrainStage:
    """Draws frames of a training at one size, keeping no history: only what stands still is remembered.

    Parameters
    ----------
    width, height
        Pixels.
    theme
        The name of a theme, or one itself; the scene's own otherwise.
    scale
        How large text and lines are, 1 being 12 px text; by the size of the picture otherwise.

    Attributes
    ----------
    only
        The panel that alone is drawn, or None for what the scene's view shows.
    """

    def __init__(
        self, width: int, height: int, theme: str | Theme | None = None, scale: float | None = None
    ) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._theme_name = theme
        self.metrics = metrics_of(theme, self.width, self.height, scale)
        self.only: str | None = None
        self._theme: Theme | None = None
        self._panels: dict[str, Panel] = {}
        self._places: tuple[object, tuple[PanelPlace, ...]] | None = None

    # -------------------------------------------------------------- where things are

    def panels(self, scene: TrainScene) -> tuple[PanelPlace, ...]:
        """Return where each panel goes, the header among them: together they are the whole picture."""
        key = (scene, scene.training.view.show, self.only, scene.chosen)
        if self._places is None or self._places[0] != key:
            self._places = (key, self._arranged(scene))
        return self._places[1]

    def _arranged(self, scene: TrainScene) -> tuple[PanelPlace, ...]:
        m, width, height = self.metrics, float(self.width), float(self.height)
        rows = rows_of(scene) if self.only is None else ((1.0, ((self.only, 1.0),)),)
        if width < m.px(300) or height < m.px(280):
            return places(rows, QRectF(0, 0, width, height), m)
        head = m.gap(12) + m.gap(5.5) * self._legend_rows(scene)
        header = PanelPlace("header", QRectF(0, 0, width, head))
        area = QRectF(m.gap(1), head, width - m.gap(3), height - head - m.gap(2))
        return (header, *places(rows, area, m))

    def panel_at(self, scene: TrainScene, x: float, y: float) -> PanelPlace | None:
        """Return the panel under a pixel."""
        return next((place for place in self.panels(scene) if place.rect.contains(QPointF(x, y))), None)

    def epoch_at(self, scene: TrainScene, x: float, y: float) -> float | None:
        """Return how many epochs the pixel of a curve plot stands for; None elsewhere."""
        self._prepare(scene)
        place = self.panel_at(scene, x, y)
        panel = self._panels.get(place.key) if place is not None else None
        if place is None or not isinstance(panel, TrainCurvePanel):
            return None
        return panel.epoch(place.rect, scene, x)

    # -------------------------------------------------------------- painting

    def image(self, scene: TrainScene, k: int, cursor: float | None = None) -> QImage:
        """Return frame `k` as an opaque image (Format_RGB32); `cursor` as in `paint`."""
        image = QImage(self.width, self.height, QImage.Format.Format_RGB32)
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {self.width} x {self.height} pixels")
        with QPainter(image) as painter:
            self.paint(painter, scene, k, cursor=cursor)
        return image

    def paint(self, painter: QPainter, scene: TrainScene, k: int, *, cursor: float | None = None) -> None:
        """Paint frame `k` with its upper left corner at the origin.

        Parameters
        ----------
        cursor
            Epochs at which the plots tell their values.
        """
        self._prepare(scene)
        lay(painter, QRectF(0, 0, self.width, self.height), self._colors)
        for place in self.panels(scene):
            self.paint_panel(painter, place.key, scene, k, cursor=cursor)

    def paint_vector(self, painter: QPainter, scene: TrainScene, k: int) -> None:
        """Paint frame `k` as lines and text: they stay so on a painter that does not paint pixels."""
        self.paint(painter, scene, k)

    def paint_panel(
        self, painter: QPainter, key: str, scene: TrainScene, k: int, *, cursor: float | None = None,
        quick: bool = False,
    ) -> None:  # fmt: skip
        """Paint one panel of frame `k` over what was there; nothing where the panel has no place.

        Parameters
        ----------
        quick
            Leave lines to Qt while the kernel that draws them is not compiled, rather than wait.
        """
        k = min(max(k, 0), scene.now)
        self._prepare(scene)
        rect = next((place.rect for place in self.panels(scene) if place.key == key), None)
        if rect is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(rect)
        lay(painter, rect, self._colors)
        panel = self._panels.get(key)
        if key == "header":
            self._paint_header(painter, rect, scene, k)
        elif isinstance(panel, TrainCurvePanel):
            panel.paint(painter, rect, scene, k, cursor=cursor, quick=quick)
        elif panel is not None:
            panel.paint(painter, rect, scene, k)
        painter.restore()

    @property
    def _colors(self) -> Theme:
        assert self._theme is not None
        return self._theme

    def _prepare(self, scene: TrainScene) -> None:
        colors = named_theme(self._theme_name or scene.theme)
        if self._theme is not colors:
            self._theme = colors
            self._panels = {key: _PANELS[key](colors, self.metrics) for key in PANELS}

    # -------------------------------------------------------------- title and legend

    def _legend_width(self, scene: TrainScene, line: TrainLine) -> float:
        m, face = self.metrics, fonts.font(self.metrics.small)
        return m.gap(11) + fonts.width(line.label, face) + m.gap(2) + fonts.width("88.88 %", face) + m.gap(5)

    def _legend_rows(self, scene: TrainScene) -> int:
        """Return how many lines of entrants stand below the title: none where they fit beside it."""
        m = self.metrics
        whole = sum(self._legend_width(scene, line) for line in scene.lines)
        room = self.width - 2 * m.gap(4)
        title = fonts.width(self._title(scene), fonts.font(m.large)) + m.gap(6)
        if title + whole + self._time_width(scene) <= room:
            return 0
        return min(math.ceil(whole / room), 2 if self.height < m.px(900) else 3)

    def _title(self, scene: TrainScene) -> str:
        return scene.title or _tr("Training")

    def _time(self, scene: TrainScene, k: int) -> str:
        done = f"{math.floor(100.0 * scene.epoch_at(k) + 1e-9) / 100.0:.2f}"
        return _tr("epoch {done} of {all}").format(done=done, all=scene.epochs)

    def _time_width(self, scene: TrainScene) -> float:
        return fonts.width(self._time(scene, scene.last), fonts.font(self.metrics.medium)) + self.metrics.gap(
            4
        )

    def _paint_header(self, painter: QPainter, rect: QRectF, scene: TrainScene, k: int) -> None:
        m, colors = self.metrics, self._colors
        left, right = rect.x() + m.gap(3), rect.right() - m.gap(4)
        small = fonts.font(m.medium)
        middle = m.gap(6.5)
        fonts.write_moving(painter, right, middle + fonts.rise(small) / 2, self._time(scene, k), small,
                           colors.muted, fonts.RIGHT)  # fmt: skip
        rows = self._legend_rows(scene)
        room = right - left - self._time_width(scene)
        face = fonts.fitting(self._title(scene), (m.large, m.medium), room)
        title = fonts.elided(self._title(scene), face, room)
        fonts.write(painter, left, middle + fonts.rise(face) / 2, title, face, colors.ink)
        if rows == 0:
            at = left + fonts.width(title, face) + m.gap(6)
            for line in scene.lines:
                self._paint_entrant(painter, at, middle, scene, line, k, math.inf)
                at += self._legend_width(scene, line)
            self._paint_left_out(painter, scene, at, right - self._time_width(scene), middle)
            return
        widths = [self._legend_width(scene, line) for line in scene.lines]
        columns = max(1, min(math.ceil(len(widths) / rows), int((right - left) / max(1.0, max(widths)))))
        if rows == 1:
            columns = len(widths)
        each = (right - left) / columns
        at = left
        for n, line in enumerate(scene.lines):
            row, column = divmod(n, columns)
            y = m.gap(12) + m.gap(5.5) * row + m.gap(1)
            if row == rows - 1 and column == columns - 1 and n < len(widths) - 1:
                text = _tr("and {count} more").format(count=len(widths) - n)
                tiny = fonts.font(m.small)
                fonts.write(painter, left + column * each, y + fonts.rise(tiny) / 2, text, tiny, colors.muted)
                break
            if rows == 1:
                self._paint_entrant(painter, at, y, scene, line, k, math.inf)
                at += widths[n]
            else:
                self._paint_entrant(painter, left + column * each, y, scene, line, k, each - m.gap(3))
        if rows == 1:
            self._paint_left_out(painter, scene, at, right, y)

    def _paint_left_out(
        self, painter: QPainter, scene: TrainScene, left: float, right: float, middle: float
    ) -> None:
        """Say at the right which panels of the view have no room, the longest words that fit."""
        shown = {place.key for place in self.panels(scene)}
        missing = [key for _, row in rows_of(scene) for key, _ in row if key not in shown]
        if not missing or self.only is not None:
            return
        names = {key: _tr(name) for key, name in _TITLES.items()}
        texts = [
            _tr("no room: {names}").format(names=", ".join(names[key] for key in missing)),
            _tr("no room for {count} more").format(count=len(missing)),
        ]
        face = fonts.font(self.metrics.small)
        text = next((one for one in texts if left + fonts.width(one, face) <= right), "")
        base = middle + fonts.rise(face) / 2
        fonts.write(painter, right, base, text, face, self._colors.muted, fonts.RIGHT)

    def _paint_entrant(
        self, painter: QPainter, left: float, middle: float, scene: TrainScene, line: TrainLine, k: int,
        room: float,
    ) -> None:  # fmt: skip
        """Paint a sample of an entrant's line, its name and its latest test accuracy."""
        m, colors = self.metrics, self._colors
        face = fonts.font(m.small)
        base = middle + fonts.rise(face) / 2
        paint_sample(painter, line.index, colors.line(line.index, line.color), left, middle, colors, m)
        left += m.gap(11)
        value = self._result(scene, line, k)
        label = fonts.elided(line.label, face, room - m.gap(13) - fonts.width("88.88 %", face))
        fonts.write(painter, left, base, label, face, colors.ink)
        left += fonts.width(label, face) + m.gap(2)
        fonts.write_moving(painter, left, base, value, face, colors.muted)

    def _result(self, scene: TrainScene, line: TrainLine, k: int) -> str:
        if scene.lost_at(line.entrant, k):
            return _tr("diverged")
        judged = scene.judgement_at(line.entrant, k)
        return f"{100.0 * judged.accuracy:.2f} %" if judged is not None else ""


def scale_of(width: int, height: int) -> float:
    """Return how large text is in a picture of a size; in small ones it shrinks less than they do."""
    share = min(height / 720.0, width / 1280.0)
    return max(_LEAST_SCALE, share if share >= _FULL else _FULL - 0.6 * (_FULL - share))


def metrics_of(theme: str | Theme | None, width: int, height: int, scale: float | None = None) -> Metrics:
    """Return the sizes of a theme in a picture of a size, or at a scale where that is given."""
    if scale:
        return Metrics(scale, named_theme(theme).weight)
    usual = Metrics.of(theme, max(_LEAST_SCALE, min(height / 720.0, width / 1280.0)))
    return usual if named_theme(theme).type_scale != 1.0 else Metrics(scale_of(width, height))


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainStage", text)
