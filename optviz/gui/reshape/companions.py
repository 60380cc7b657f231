"""The small pictures below a comparison: activation, pre-activations, balls of the penalties, their paths."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz import companions
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.reshape.session import ReshapeSession
from optviz.render.panels.activation_panel import ActivationPanel
from optviz.render.panels.balls import BallsPanel
from optviz.render.panels.chart import Chart
from optviz.render.panels.histogram import HistogramPanel
from optviz.render.panels.regularization import RegularizationPanel
from optviz.render.style import Metrics
from optviz.scene import Scene
from optviz.setting import Pair

LEAST = 90  # pixels of height below which nothing in them can be read
_WIDTH = 190  # pixels that one needs at least
_TALL, _BROAD = 190, 330  # pixels from which type grows
_TICK = 16  # ms
_SHARE = 0.003  # seconds of a tick that may be spent here while the pictures above move
_PAUSE = 20  # times what drawing took


@dataclass(frozen=True)
class _Small:
    """One small picture: its id and what it shows, in a sentence."""

    id: str
    help: str


class Companions(QWidget):
    """Paints the small pictures that the surface at hand has, for where the race or the pointer is.

    Each is drawn in an image of its own, one after the other and a few at a time, so that they take little
    from the pictures above while something moves; a moment later all are up to date.

    Signals
    -------
    clicked()
        Somebody wants them larger, or smaller again.
    """

    clicked = Signal()

    def __init__(self, session: ReshapeSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Small pictures about the surface"))
        self._all = (
            _Small("activation", self.tr("The activation and its slope, with the samples that reach it")),
            _Small("histogram", self.tr("What goes into the activations, before and after batch norm")),
            _Small("balls", self.tr("All weights of one size, and the lowest loss among them")),
            _Small("paths", self.tr("Where the minimum goes as a penalty grows")),
        )
        self._larger = self.tr("Click to make them larger, and small again")
        self.setToolTip(look.tip(self.tr("Small pictures about the surface"), self._larger))
        self.setAccessibleDescription(" ".join(f"{one.help}." for one in self._all))
        self._point: Pair | None = None
        self._charts: dict[str, Chart] = {}
        self._images: dict[str, QImage] = {}
        self._stale: list[str] = []
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK)
        self._clock.timeout.connect(self._draw_some)
        session.reshape_changed.connect(self._follow)
        session.waiting_changed.connect(self.update)
        playback.frame_changed.connect(self._follow)
        theme.theme_changed.connect(self._forget)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(936, 150)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, LEAST)

    def set_point(self, point: Pair | None) -> None:
        """Show what holds at a point; None for where the race is."""
        if point != self._point:
            self._point = point
            self._follow()

    def _follow(self) -> None:
        shown = self.shown()
        # What has waited longest is drawn first.
        self._stale = [one for one in self._stale if one in shown]
        self._stale += [one for one in shown if one not in self._stale]
        if self._stale and self.isVisible():
            self._clock.start() if not self._clock.isActive() else None
        self.update()

    def _forget(self) -> None:
        self._charts.clear()
        self._images.clear()
        self._follow()

    @property
    def up_to_date(self) -> bool:
        """Whether everything painted is that of the scene."""
        return not self._stale

    def _draw_some(self) -> None:
        """Draw what is out of date, as much as there is time for."""
        begun = perf_counter()
        while self._stale and perf_counter() - begun < _SHARE:
            identifier = self._stale.pop(0)
            rect, ratio = self.place(identifier), self.devicePixelRatioF()
            size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
            image = QImage(*size, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            image.fill(QColor(theme.current_theme().page))
            with QPainter(image) as painter:
                self._paint(painter, QRectF(0.0, 0.0, rect.width(), rect.height()), identifier)
            self._images[identifier] = image
            self.update(rect.toAlignedRect())
        # What takes longer comes less often.
        self._clock.setInterval(max(_TICK, round(_PAUSE * 1000 * (perf_counter() - begun))))
        if not self._stale:
            self._clock.stop()

    # -------------------------------------------------------------- what there is

    def shown(self) -> list[str]:
        """Return the ids of what is painted: what the surface has, as much as there is room for."""
        whole = self.session.reshape_scene
        if whole is None or self.height() < LEAST:
            return []
        problem = whole.main.problem
        active = any(choice.name == "activation" for choice in problem.surface.choices)
        ids = ["activation", "histogram"] if active else []
        if not problem.slow:  # contours and paths of a network would take seconds
            ids += ["balls", "paths"]
        return ids[: max(1, self.width() // _WIDTH)]

    def place(self, identifier: str) -> QRectF:
        """Return where a small picture is painted."""
        shown = self.shown()
        # Two share the whole strip; one alone is not blown up to its width.
        wide = min(self.width() / max(len(shown), 1), 4.0 * self.height() + 140)
        return QRectF(shown.index(identifier) * wide, 0.0, wide, float(self.height()))

    def point_of(self, scene: Scene) -> Pair:
        """Return the point that the small pictures of a scene are for."""
        if self._point is not None:
            return self._point
        line = next((line for line in scene.lines if not line.hidden), scene.lines[0])
        x, y = line.path[min(self.playback.frame, line.stopped_at)]
        return float(x), float(y)

    # -------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current_theme().page))
        for identifier in self.shown():
            if identifier in self._images:
                painter.drawImage(self.place(identifier).topLeft(), self._images[identifier])
        if self.session.waiting:
            painter.fillRect(self.rect(), look.veil())
        if self.hasFocus():
            self._paint_focus(painter)
        painter.end()

    def _paint_focus(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        at = event.position()
        about = [one.help for one in self._all if one.id in self.shown() and self.place(one.id).contains(at)]
        self.setToolTip(look.tip(*(about or [self.tr("Small pictures about the surface")]), self._larger))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._forget()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._clock.stop()

    def _chart(self, identifier: str) -> Chart:
        room = min(self.height() / _TALL, self.place(identifier).width() / _BROAD)
        metrics = Metrics(max(1.0, math.sqrt(room)))
        chart = self._charts.get(identifier)
        if chart is None or chart.metrics != metrics:
            kinds: dict[str, Callable[..., Chart]] = {
                "activation": ActivationPanel,
                "histogram": HistogramPanel,
                "balls": BallsPanel,
                "paths": RegularizationPanel,
            }
            chart = self._charts[identifier] = kinds[identifier](theme.current_theme(), metrics)
        return chart

    def _paint(self, painter: QPainter, rect: QRectF, identifier: str) -> None:
        whole = self.session.reshape_scene
        assert whole is not None
        chart, main = self._chart(identifier), whole.main
        with np.errstate(all="ignore"):
            if isinstance(chart, BallsPanel):
                point = self.point_of(main)
                reach = companions.reach_of(main).ball
                limits = chart.part(rect, point, (main.xlim, main.ylim), reach)
                balls = companions.balls(main.problem, point, limits) if np.isfinite(point).all() else None
                chart.paint(painter, rect, balls, point, limits)
            elif isinstance(chart, RegularizationPanel):
                chart.paint(painter, rect, companions.paths(main.problem), (main.xlim, main.ylim))
            elif isinstance(chart, ActivationPanel):
                before, after = whole.before, whole.after
                curves = [companions.activation_curve(side, self.point_of(side)) for side in (before, after)]
                chart.paint(painter, rect, (curves[0], curves[1]))
            elif isinstance(chart, HistogramPanel):
                known = [companions.spread(side, self.point_of(side)) for side in (whole.before, whole.after)]
                chart.paint(painter, rect, (known[0], known[1]))

