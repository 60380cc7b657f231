"""The surface from above in the window: shows it, moves the start and the view."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.carried import CarriedPanel
from optviz.gui.compile_process import kernels_of_picture
from optviz.gui.playback import Playback
from optviz.gui.scene_view import CALM, SceneView
from optviz.gui.session import Session, Sight
from optviz.render import style
from optviz.render.panels.mapping import fitted
from optviz.render.panels.surface import Mapping
from optviz.scene import Scene

_STEP = 1.25  # one notch of the wheel, one press of + or −
_PAN = 0.1  # of the picture, one press of Ctrl and an arrow
_SETTLE = 50  # ms after which a moving view is drawn sharp again
_SMALLEST = 1e-11  # a view narrower than this, seen from its own middle, has no more numbers in it


class SurfaceView(SceneView):
    """Paints the surface of the session's scene at the playback's frame, seen from above."""

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(session, playback, parent)
        self.setObjectName("surface")
        self.setAccessibleName(self.tr("Surface"))
        self.setWhatsThis(
            self.tr(
                "Click or drag to move the start. The wheel zooms, the right button moves the view, "
                "a double click shows the whole surface."
            )
        )
        self._panel = CarriedPanel(theme.current_theme(), style.Metrics())
        self._rough = CarriedPanel(theme.current_theme(), style.Metrics())
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.setInterval(_SETTLE)
        self._moving.timeout.connect(self.update)
        self._held: QPointF | None = None  # where the view is held while it is dragged
        self._dragging = False
        self._edits_before = 0

    # -------------------------------------------------------------- showing

    def mapping(self) -> Mapping | None:
        """Return how data coordinates map into this widget now."""
        return self._panel.mapping(QRectF(self.rect()), self.scene) if self.scene is not None else None

    def _asked(self) -> Mapping | None:
        """Return the mapping asked for, which the scene may not show yet."""
        if self.scene is None:
            return None
        return self._panel.mapping(
            QRectF(self.rect()), replace(self.scene, experiment=self.session.experiment)
        )

    def sight_of(self, experiment: Experiment) -> Sight:
        """Return what an experiment's picture shows at this size."""
        self._fit_metrics()
        inner = self._panel.picture(QRectF(self.rect()))
        width, height = max(inner.width(), 1.0), max(inner.height(), 1.0)
        xlim, ylim = fitted(experiment.xlim, experiment.ylim, width, height)
        ratio = self.devicePixelRatioF()
        pixels = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        return Sight(xlim, ylim, *pixels, self._panel.theme.name)

    def _repaint_themed(self) -> None:
        self._panel = CarriedPanel(theme.current_theme(), self._panel.metrics)
        self._rough = CarriedPanel(theme.current_theme(), self._panel.metrics)
        self.update()

    def _fit_metrics(self) -> None:
        metrics = self._metrics()
        if metrics != self._panel.metrics:
            self._panel = self._panel.with_metrics(metrics)
            self._rough = CarriedPanel(self._panel.theme, metrics)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        scene = self.scene
        if scene is None:
            self._paint_empty(painter, self.session.waiting)
            painter.end()
            return
        self._fit_metrics()
        view = self._panel.mapping(QRectF(self.rect()), scene)
        self._panel.frozen = scene.problem.slow and not self.session.ready_for((view.xlim, view.ylim))
        if self._panel.frozen and self._panel.blank:
            self._paint_empty(painter, waiting=True)
            painter.end()
            return
        self._blank = False
        quick = not all(kernel.ready for kernel in kernels_of_picture(scene.problem))
        self._paint_panel(painter, scene, quick)
        if self.over is not None and scene.experiment.view.step_by_step is not None:
            from optviz.render.anatomy import Picture

            self.over(painter, Picture.above(view), scene, self._panel.theme, self._panel.metrics, quick)
        if self.session.waiting:
            self._paint_waiting(painter)
        elif self._pointer is not None and self._held is None:
            self._paint_readout(painter, scene, self._pointer)
        if self._elsewhere is not None and view.within(np.array(self._elsewhere)):
            x, y = (float(part) for part in view.to_pixel(np.array(self._elsewhere)))
            painter.setClipRect(view.rect)
            self._paint_crosshair(painter, x, y, self._panel.theme)
            painter.setClipping(False)
        self._paint_focus(painter, view.rect)
        painter.end()
        self.painted.emit()

    def _paint_panel(self, painter: QPainter, scene: Scene, quick: bool) -> None:
        rect, ratio = QRectF(self.rect()), self.devicePixelRatioF()
        moving = self._moving.isActive()
        calm = rect.width() * rect.height() * ratio**2 < CALM
        if self._panel.frozen or calm or not (moving or self._dragging):
            self._panel.moving = moving
            self._panel.paint(painter, rect, scene, self.playback.frame, quick=quick)
            return
        # The hand goes before the eye: while something is dragged the picture must keep up.
        ratio /= 2
        image = QImage(
            math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio), QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(ratio)
        self._rough.moving = moving
        with QPainter(image) as into:
            self._rough.paint(into, rect, scene, self.playback.frame, quick=quick)
        painter.drawImage(QPointF(0.0, 0.0), image)

    def _paint_readout(self, painter: QPainter, scene: Scene, at: QPointF) -> None:
        view = self.mapping()
        assert view is not None
        if not view.rect.contains(at):
            return
        x, y = (float(part) for part in view.to_data(np.array([at.x(), at.y()])))
        panel, near = self._panel, [*self._heads(view, scene), *self._covered()]
        self._readout.paint(painter, self.readout(x, y), view.rect, at, near, panel.metrics, panel.theme)

    def _heads(self, view: Mapping, scene: Scene) -> list[QRectF]:
        """Return where heads and their labels are."""
        gap, found = self._panel.metrics.gap(2), []
        for line in scene.lines:
            point = line.path[min(self.playback.frame, line.stopped_at)]
            if line.hidden or not np.isfinite(point).all():
                continue
            x, y = (float(part) for part in view.to_pixel(point))
            inside = view.rect.contains(x, y)
            x = min(max(x, view.rect.left()), view.rect.right())
            y = min(max(y, view.rect.top()), view.rect.bottom())
            # The label of a head that is out of sight lies along the edge, a long one.
            wide = (3 if inside else 18) * gap
            found.append(QRectF(x - wide, y - 3 * gap, 2 * wide, 6 * gap))
        return found

    # -------------------------------------------------------------- the start

    def _move_start(self, at: QPointF) -> None:
        view = self.mapping()
        if view is None:
            return
        corner = view.rect.topLeft()
        inside = QPointF(
            min(max(at.x(), corner.x()), corner.x() + view.width),
            min(max(at.y(), corner.y()), corner.y() + view.height),
        )
        x, y = (float(part) for part in view.to_data(np.array([inside.x(), inside.y()])))
        # As many digits as the picture can tell apart, so that the file holds no noise.
        digits = max(0, 1 - math.floor(math.log10((view.xlim[1] - view.xlim[0]) / view.width)))
        start = self.session.experiment.declared_surface.nearest((round(x, digits), round(y, digits)))
        self.session.change(self.tr("Move the start"), "start", start=start)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        view = self.mapping()
        if view is None or not view.rect.contains(event.position()):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._edits_before = self.session.undo_stack.index()
            self._dragging = True
            self.session.end_drag()
            self._move_start(event.position())
        elif event.button() in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        if self._dragging:
            self._move_start(event.position())
        elif self._held is not None:
            shift = event.position() - self._held
            self._held = event.position()
            self.pan(-shift.x(), -shift.y())
        else:
            self.update()
        view = self.mapping()
        if view is not None:
            at = view.to_data(np.array([event.position().x(), event.position().y()]))
            inside = view.rect.contains(event.position())
            self.pointed.emit((float(at[0]), float(at[1])) if inside else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.session.end_drag()
            self.update()
        elif self._held is not None:
            self._held = None
            self.setCursor(Qt.CursorShape.CrossCursor)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
            return
        # The first of the two clicks has moved the start; that was not meant.
        stack = self.session.undo_stack
        if stack.index() > self._edits_before:
            stack.undo()
        self.reset_view()

    # -------------------------------------------------------------- the view

    def _look_at(self, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
        for low, high in (xlim, ylim):
            size = max(abs(low), abs(high))
            if not (
                math.isfinite(high - low) and high - low > _SMALLEST * size and 1e-290 < high - low < 1e290
            ):
                return
        try:
            self.session.set_view(replace(self.session.experiment.view, xlim=xlim, ylim=ylim))
        except InputError:
            return
        self._moving.start()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Make things `factor` times larger; the point `about` (of this widget) stays where it is."""
        view = self._asked()
        if view is None:
            return
        about = about if about is not None else view.rect.center()
        x, y = (float(part) for part in view.to_data(np.array([about.x(), about.y()])))
        self._look_at(
            (x + (view.xlim[0] - x) / factor, x + (view.xlim[1] - x) / factor),
            (y + (view.ylim[0] - y) / factor, y + (view.ylim[1] - y) / factor),
        )

    def pan(self, right: float, down: float) -> None:
        """Look further to the right and down, by pixels."""
        view = self._asked()
        if view is None:
            return
        dx = right / view.width * (view.xlim[1] - view.xlim[0])
        dy = -down / view.height * (view.ylim[1] - view.ylim[0])
        self._look_at((view.xlim[0] + dx, view.xlim[1] + dx), (view.ylim[0] + dy, view.ylim[1] + dy))

    def reset_view(self) -> None:
        """Show the whole surface again."""
        self.session.set_view(replace(self.session.experiment.view, xlim=None, ylim=None))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self.zoom(_STEP ** (turned / 120.0), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.NativeGesture:
            gesture = cast(QNativeGestureEvent, event)
            if gesture.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(max(0.2, 1.0 + gesture.value()), gesture.position())
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and key in arrows:
            right, down = arrows[key]
            self.pan(right * _PAN * self.width(), down * _PAN * self.height())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1.0 / _STEP)
        else:
            super().keyPressEvent(event)
