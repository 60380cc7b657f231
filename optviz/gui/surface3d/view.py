"""The surface in three dimensions in the window: shows it, and says what lies under the pointer."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.compile_process import kernels_of_picture, kernels_of_solid
from optviz.gui.playback import Playback
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Session, Sight
from optviz.gui.surface3d import orbit
from optviz.gui.surface3d.hand import Hand
from optviz.gui.surface3d.viewpoint import Viewpoint
from optviz.render import fonts, style
from optviz.render.panels.surface import SurfacePanel
from optviz.scene import Scene
from optviz.setting import Pair

if TYPE_CHECKING:  # a window that shows no third dimension loads none of its drawing
    from optviz.gui.surface3d.passes import Passes
    from optviz.projection import Projection
    from optviz.render.panels.surface3d import Surface3DPanel

_STEP = 1.25  # one notch of the wheel, one press of + or −
_KEY_ORBIT, _KEY_PAN = 7.5, 0.05  # degrees, heights of the picture: one press of an arrow
_TOUCH = 0.35  # degrees a pixel of a touchpad
_DIGITS = 7  # of the range, in a point that was clicked on
_SAME = 0.03  # of the range, between a point and what a ray to it meets, grazing or not
_HANDLE = 9.0  # pixels around the start in which it can be taken hold of


class Surface3DView(SceneView):
    """Paints the surface of the session's scene in three dimensions, as the viewpoint sees it.

    A picture is a draft while something moves. `stale` is called when another one in full is wanted, and
    `full_picture` returns what computes it in another thread; painted after that, it is there.
    """

    def __init__(
        self, session: Session, playback: Playback, viewpoint: Viewpoint, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, playback, parent)
        self.viewpoint = viewpoint
        self.setObjectName("surface3d")
        self.setAccessibleName(self.tr("Surface in three dimensions"))
        self.setMinimumSize(200, 160)
        self.setWhatsThis(
            self.tr(
                "Click to start the race there; drag to look around. The wheel zooms, the right button or "
                "Shift moves the picture, a double click shows the whole surface."
            )
        )
        self.stands_in = False  # whether the surface is seen from above until it can be drawn as it is
        self._above: SurfacePanel | None = None
        self._asked: object = None  # what it was last asked for
        self._under: tuple[object, Pair | None] | None = None
        self._start: tuple[object, QPointF | None] | None = None
        self.stale: Callable[[], None] = lambda: None
        self._hand = Hand(self)
        viewpoint.changed.connect(self._follow)

    # -------------------------------------------------------------- showing

    def set_color_limits(self, limits: tuple[Pair, Pair] | None) -> None:
        """Take the limits whose scale of colours the picture has; None for its own."""
        if limits != self._panel.color_limits:
            self.passes.renew(self._panel.theme, self._panel.metrics, limits)
            self.update()

    @cached_property
    def passes(self) -> Passes:
        """What draws the picture; made when it is first wanted."""
        from optviz.gui.surface3d.passes import Passes

        return Passes(theme.current_theme(), style.Metrics())

    @property
    def _panel(self) -> Surface3DPanel:
        """The panel of drafts: it knows places as well as the other, and no other thread has it."""
        return self.passes.quick

    def projection(self) -> Projection | None:
        """Return how data becomes pixels of this widget now."""
        if self.scene is None:
            return None
        return self._panel.projection(
            QRectF(self.rect()), self.scene, self.playback.frame, self.viewpoint.camera()
        )

    def pick(self, at: QPointF) -> Pair | None:
        """Return the point of the true surface under a pixel of this widget; None where there is none."""
        if self.scene is None or self.stands_in:
            return None
        rect, camera = QRectF(self.rect()), self.viewpoint.camera()
        return self._panel.pick(rect, self.scene, self.playback.frame, at.x(), at.y(), camera)

    def under(self, at: QPointF) -> Pair | None:
        """Return the point under the pointer; the ray is sent out once for each place and picture."""
        if self.scene is None:
            return None
        key = (at.x(), at.y(), self._ground(self.scene))
        if self._under is None or self._under[0] != key:
            self._under = (key, self.pick(at))
        return self._under[1]

    def sight_of(self, experiment: Experiment) -> Sight:
        """Return what an experiment's picture shows at this size."""
        ratio = self.devicePixelRatioF()
        pixels = (max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        return Sight(experiment.xlim, experiment.ylim, *pixels, self._panel.theme.name)

    def _repaint_themed(self) -> None:
        if "passes" not in self.__dict__:
            return
        self.passes.renew(theme.current_theme(), self._panel.metrics, self._panel.color_limits)
        self.update()

    def _ground(self, scene: Scene) -> tuple[object, ...]:
        """Return what the picture under the paths is made for."""
        view, k = scene.experiment.view, self.playback.frame
        return (
            scene.drawn(k).key, *(one.key for one in scene.company), scene.xlim, scene.ylim, self.size(),
            self.devicePixelRatioF(), self.viewpoint.camera(), view.height, view.mesh, view.lines, view.floor,
            self._panel.color_limits, self._panel.theme.name, self._panel.metrics,
        )  # fmt: skip

    @property
    def draft(self) -> bool:
        """Whether what shows is not yet the picture in full."""
        scene = self.scene
        return scene is not None and self.passes.shows(self._ground(scene)) is self.passes.quick

    def full_picture(self) -> Callable[[], None] | None:
        """Return what computes the picture in full, for another thread; None where nothing is to be done."""
        scene = self.scene
        if scene is None or not self.isVisible() or not self.draft:
            return None
        rect, ratio, camera = QRectF(self.rect()), self.devicePixelRatioF(), self.viewpoint.camera()
        return self.passes.job(self._ground(scene), rect, ratio, scene, self.playback.frame, camera)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        scene = self.scene
        metrics = self._metrics()
        if metrics != self._panel.metrics:
            self.passes.renew(self._panel.theme, metrics, self._panel.color_limits)
        waits = scene is not None and scene.problem.slow
        if scene is None or (waits and not self.session.ready_for((scene.xlim, scene.ylim))):
            self._paint_empty(painter, scene is not None or self.session.waiting)
            painter.end()
            return
        ready = all(kernel.ready for kernel in kernels_of_picture(scene.problem))
        self.stands_in = not (ready and all(kernel.ready for kernel in kernels_of_solid()))
        if self.stands_in:
            self._paint_stand_in(painter, scene, quick=not ready)
            painter.end()
            self.painted.emit()  # what makes them ready waits for the first picture
            return
        self._above = None
        self._blank = False
        ground = self._ground(scene)
        if self.draft and self._asked != ground:
            self._asked = ground
            self.stale()
        rect, k, camera = QRectF(self.rect()), self.playback.frame, self.viewpoint.camera()
        self.passes.paint(painter, rect, self.devicePixelRatioF(), scene, k, camera, ground)
        panel = self._panel
        if self.over is not None and scene.experiment.view.step_by_step is not None:
            from optviz.render.anatomy import Picture

            picture = Picture.solid(panel.projection(rect, scene, k, camera), scene, k)
            self.over(painter, picture, scene, panel.theme, panel.metrics, False)
        if self.session.waiting:
            self._paint_waiting(painter)
        elif self._pointer is not None and not self._hand.moves:
            self._paint_readout(painter, scene, self._pointer)
        if self._elsewhere is not None:
            at = self.pixel_of(self._elsewhere)
            if at is not None:
                self._paint_crosshair(painter, at.x(), at.y(), self._panel.theme)
        self._paint_focus(painter, rect.adjusted(1, 1, -1, -1))
        painter.end()
        self.painted.emit()

    def _paint_stand_in(self, painter: QPainter, scene: Scene, quick: bool) -> None:
        """Paint the surface from above until the third dimension can be drawn, and say that it is coming."""
        if scene.problem.slow:  # that would take longer than what it stands in for
            self._paint_empty(painter, waiting=True)
            return
        colors, metrics = theme.current_theme(), self._metrics()
        if self._above is None or (self._above.theme, self._above.metrics) != (colors, metrics):
            self._above = SurfacePanel(colors, metrics)
        rect = QRectF(self.rect())
        self._above.paint(painter, rect, scene, self.playback.frame, quick=quick)
        if self.session.waiting:
            self._paint_waiting(painter)
            return
        self._blank = True  # what is said on it goes on
        face, gap = fonts.font(metrics.small), metrics.gap(2)
        text = self._progress or self.tr("preparing the third dimension…")
        inner = self._above.picture(rect).adjusted(gap, gap, -gap, -gap)
        box = QRectF(inner.left(), inner.top(), fonts.width(text, face) + 2 * gap, fonts.rise(face) + 2 * gap)
        ground = QColor(colors.page)
        ground.setAlphaF(0.92)
        painter.setPen(QPen(QColor(colors.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 6, 6)
        fonts.write(painter, box.left() + gap, box.bottom() - gap, text, face, colors.muted)

    def _paint_readout(self, painter: QPainter, scene: Scene, at: QPointF) -> None:
        point = self.under(at)
        if point is None:
            return
        m, colors = self._panel.metrics, self._panel.theme
        area = QRectF(self.rect()).adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
        from optviz.gui.surface3d.free_places import axis_places

        view = self.projection()
        near = [*self._covered(), *(axis_places(view, m) if view is not None and self._panel.axes else ())]
        self._readout.paint(painter, self.readout(*point), area, at, near, m, colors)

    def _words(self, scene: Scene) -> list[str]:
        camera = self.viewpoint.camera()
        seen = self.tr("Seen from {azimuth}° around and {elevation}° above.").format(
            azimuth=f"{camera.azimuth:.0f}".replace("-", "−"),
            elevation=f"{camera.elevation:.0f}".replace("-", "−"),
        )
        return [*super()._words(scene), seen]

    # -------------------------------------------------------------- the start

    def pixel_of(self, point: Pair) -> QPointF | None:
        """Return where a point of the surface shows; None where it is hidden or out of sight."""
        scene, view = self.scene, self.projection()
        if scene is None or view is None:
            return None
        x, y = point
        if not (scene.xlim[0] <= x <= scene.xlim[1] and scene.ylim[0] <= y <= scene.ylim[1]):
            return None
        with np.errstate(all="ignore"):
            loss = np.asarray(scene.drawn(self.playback.frame).loss(x, y), dtype=np.float64)
        at = QPointF(*(float(part) for part in view.to_pixel(np.array(point), loss)))
        if not (math.isfinite(at.x()) and math.isfinite(at.y()) and QRectF(self.rect()).contains(at)):
            return None
        # It is hidden where the ray of its pixel meets something in front of it.
        seen = self.pick(at)
        near = _SAME * np.array([scene.xlim[1] - scene.xlim[0], scene.ylim[1] - scene.ylim[0]])
        if seen is None or (np.abs(np.array(seen) - np.array(point)) > near).any():
            return None
        return at

    def start_pixel(self) -> QPointF | None:
        """Return where the start shows; None where it is hidden or out of sight."""
        if self.scene is None:
            return None
        key = (self.scene.start, self._ground(self.scene))
        if self._start is None or self._start[0] != key:
            self._start = (key, self.pixel_of(self.scene.start))
        return self._start[1]

    def on_start(self, at: QPointF) -> bool:
        """Return whether the pointer is on the start."""
        start = self.start_pixel()
        if start is None:
            return False
        return math.hypot(start.x() - at.x(), start.y() - at.y()) <= self._panel.metrics.px(_HANDLE)

    def move_start(self, at: QPointF) -> bool:
        """Start the race at the point of the surface under a pixel; False where there is none."""
        scene, point = self.scene, self.pick(at)
        if scene is None or point is None:
            return False
        start = []
        for value, (low, high) in zip(point, (scene.xlim, scene.ylim), strict=True):
            digits = max(0, _DIGITS - math.floor(math.log10(high - low)))  # no noise in the file
            start.append(round(value, digits))
        allowed = scene.problem.surface.nearest((start[0], start[1]))
        try:
            self.session.change(
                QCoreApplication.translate("SurfaceView", "Move the start"), "start", start=allowed
            )
        except InputError:
            return False
        return True

    # -------------------------------------------------------------- the camera

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Make things `factor` times larger; what is at `about` (of this widget) stays where it is."""
        view = self.projection()
        if view is None:
            return
        middle = QPointF(view.left + 0.5 * view.width, view.top + 0.5 * view.height)
        shift = (about if about is not None else middle) - middle
        at = (shift.x() / view.height, -shift.y() / view.height)
        self.viewpoint.look(orbit.zoomed(self.viewpoint.camera(), factor, at))

    def pan(self, right: float, down: float) -> None:
        """Shift the picture to the right and down, by pixels."""
        view = self.projection()
        if view is not None:
            camera = self.viewpoint.camera()
            self.viewpoint.look(orbit.shifted(camera, right / view.height, -down / view.height))

    def orbit(self, right: float, down: float) -> None:
        """Turn the surface with the hand, by degrees: what is in front goes right and down."""
        self.viewpoint.look(orbit.orbited(self.viewpoint.camera(), -right, down))

    def reset_view(self) -> None:
        """Look from where a surface is usually looked at, or as the film does."""
        self.viewpoint.reset()

    # -------------------------------------------------------------- events

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        self._hand.move(event)
        self.pointed.emit(self.under(event.position()) if not self._hand.moves else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
            return
        self._hand.take_back()  # the first of the two clicks has moved the start; that was not meant
        self.reset_view()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self._hand.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        turned, fine = event.angleDelta(), event.pixelDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        # Two fingers on a touchpad say where they are from begin to end; a wheel only that it has turned.
        fingers = event.phase() != Qt.ScrollPhase.NoScrollPhase and not fine.isNull()
        if fingers and not control:
            if shift:
                self.pan(fine.x(), fine.y())
            else:
                self.orbit(_TOUCH * fine.x(), _TOUCH * fine.y())
        elif turned.y() or turned.x():
            self.zoom(_STEP ** ((turned.y() or turned.x()) / 120.0), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.NativeGesture:
            gesture = cast(QNativeGestureEvent, event)
            if gesture.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(max(0.2, 1.0 + gesture.value()), gesture.position())
                return True
            if gesture.gestureType() == Qt.NativeGestureType.RotateNativeGesture:
                self.orbit(-gesture.value(), 0.0)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key, held = Qt.Key(event.key()), event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier and key in arrows:
            right, down = arrows[key]
            if held & Qt.KeyboardModifier.ShiftModifier:
                step = _KEY_PAN * self.height()
                self.pan(right * step, down * step)
            else:
                self.orbit(right * _KEY_ORBIT, down * _KEY_ORBIT)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1.0 / _STEP)
        elif key == Qt.Key.Key_Home and held & Qt.KeyboardModifier.ShiftModifier:
            self.reset_view()
        else:
            super().keyPressEvent(event)
