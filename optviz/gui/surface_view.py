"""The surface in the window: shows it, says what lies under the pointer, moves the start and the view."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
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
from optviz.gui.compile_process import kernels_of_picture
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.session import Session, Sight
from optviz.render import fonts, style
from optviz.render.panels.frame import paint_frame
from optviz.render.panels.mapping import fitted
from optviz.render.panels.surface import GUTTER, Mapping, SurfacePanel
from optviz.scene import Scene

_STEP = 1.25  # one notch of the wheel, one press of + or −
_PAN = 0.1  # of the picture, one press of Ctrl and an arrow
_SETTLE = 50  # ms after which a moving view is drawn sharp again
_CALM = 4e6  # pixels of the screen beyond which a dragged picture is drawn at half their number a side
_CORNERS = ("low left", "low right", "high left", "high right")
_SMALLEST = 1e-11  # a view narrower than this, seen from its own middle, has no more numbers in it


class _Panel(SurfacePanel):
    """A surface panel that, while the view moves, shows its last picture moved and scaled.

    `frozen` says that the picture asked for may not be computed now: the last one is shown in its place
    whatever has changed since.
    """

    moving = False
    frozen = False
    _last: tuple[str, QRectF, float, Mapping, QImage] | None = None

    def with_metrics(self, metrics: style.Metrics) -> _Panel:
        """Return a panel of another size that knows the last picture."""
        other = _Panel(self.theme, metrics)
        other._last = self._last
        return other

    @property
    def blank(self) -> bool:
        """Whether there is no last picture."""
        return self._last is None

    def _still_image(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, quick: bool, k: int = 0
    ) -> QImage:
        last = self._last
        if self.frozen and last is not None:
            return self._carried(rect, view, scene, ratio, last[2], last[3], last[4])
        if not self.moving or last is None or last[:3] != (scene.problem.key, rect, ratio):
            image = super()._still_image(rect, view, scene, ratio, quick, k)
            self._last = (scene.problem.key, rect, ratio, view, image)
            return image
        before, picture = last[3], last[4]
        scale = (before.xlim[1] - before.xlim[0]) / (view.xlim[1] - view.xlim[0])
        if not 0.1 < scale < 10.0:  # nothing of the old picture would be known again
            return super()._still_image(rect, view, scene, ratio, quick, k)
        return self._carried(rect, view, scene, ratio, ratio, before, picture)

    def _carried(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, once: float, before: Mapping,
        picture: QImage,
    ) -> QImage:  # fmt: skip
        """Return a picture made for the mapping `before`, at the ratio `once`, as `view` shows it."""
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        image = QImage(*size, picture.format())
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self.theme.page))
        corners = [(before.xlim[0], before.ylim[1]), (before.xlim[1], before.ylim[0])]
        (left, top), (right, bottom) = view.to_pixel(np.array(corners)).tolist()
        source = QRectF(before.left * once, before.top * once, before.width * once, before.height * once)
        with QPainter(image) as painter:
            painter.setClipRect(view.rect)
            painter.drawImage(QRectF(left, top, right - left, bottom - top), picture, source)
            painter.setClipping(False)
            gutter, names = self.metrics.gap(GUTTER), scene.problem.surface.axes
            paint_frame(painter, view, self.theme, self.metrics, gutter, names)
        return image


class SurfaceView(QWidget):
    """Paints the surface of the session's scene at the playback's frame.

    Signals
    -------
    painted()
        A frame with a race in it is on the screen.
    """

    painted = Signal()

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.setObjectName("surface")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Surface"))
        self.setToolTip("")  # the readout says what is under the pointer; a tooltip would lie over it
        self.setWhatsThis(
            self.tr(
                "Click or drag to move the start. The wheel zooms, the right button moves the view, "
                "a double click shows the whole surface."
            )
        )
        self._panel = _Panel(theme.current_theme(), style.Metrics())
        self._rough = _Panel(theme.current_theme(), style.Metrics())
        self._corner = _CORNERS[0]
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.setInterval(_SETTLE)
        self._moving.timeout.connect(self.update)
        self._describing = QTimer(self)
        self._describing.setSingleShot(True)
        self._describing.setInterval(400)
        self._describing.timeout.connect(self._describe)
        self._progress = ""  # what a picture that is not there yet waits for
        self._pointer: QPointF | None = None
        self._held: QPointF | None = None  # where the view is held while it is dragged
        self._dragging = False
        self._edits_before = 0
        self._by_key = False  # whether the focus came by the keyboard and has to be seen
        session.scene_changed.connect(self._follow)
        playback.frame_changed.connect(self._follow)
        session.waiting_changed.connect(self.update)
        theme.theme_changed.connect(self._repaint_themed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(860, 600)

    # -------------------------------------------------------------- showing

    @property
    def scene(self) -> Scene | None:
        return self.session.scene

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

    def _follow(self) -> None:
        self.update()
        if not self._describing.isActive():
            self._describing.start()

    def _repaint_themed(self) -> None:
        self._panel = _Panel(theme.current_theme(), self._panel.metrics)
        self._rough = _Panel(theme.current_theme(), self._panel.metrics)
        self.update()

    def _metrics(self) -> style.Metrics:
        # Type keeps its size up to 1600 pixels and grows slowly beyond: a screen of more is larger, too.
        return style.Metrics(max(1.0, math.sqrt(min(self.width() / 1300, self.height() / 900))))

    def _fit_metrics(self) -> None:
        metrics = self._metrics()
        if metrics != self._panel.metrics:
            self._panel = self._panel.with_metrics(metrics)
            self._rough = _Panel(self._panel.theme, metrics)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        scene = self.scene
        if scene is None:
            painter.fillRect(self.rect(), QColor(theme.current_theme().page))
            if self.session.waiting:
                self._paint_waiting(painter)
            painter.end()
            return
        self._fit_metrics()
        view = self._panel.mapping(QRectF(self.rect()), scene)
        self._panel.frozen = scene.problem.slow and not self.session.ready_for((view.xlim, view.ylim))
        if self._panel.frozen and self._panel.blank:
            painter.fillRect(self.rect(), QColor(theme.current_theme().page))
            self._paint_waiting(painter)
            painter.end()
            return
        quick = not all(kernel.ready for kernel in kernels_of_picture(scene.problem))
        self._paint_panel(painter, scene, quick)
        if self.session.waiting:
            self._paint_waiting(painter)
        elif self._pointer is not None and self._held is None:
            self._paint_readout(painter, scene, self._pointer)
        if self._by_key and self.hasFocus():
            self._paint_focus(painter)
        painter.end()
        self.painted.emit()

    def _paint_panel(self, painter: QPainter, scene: Scene, quick: bool) -> None:
        rect, ratio = QRectF(self.rect()), self.devicePixelRatioF()
        moving = self._moving.isActive()
        calm = rect.width() * rect.height() * ratio**2 < _CALM
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

    def say_progress(self, text: str) -> None:
        """Take what is said over a picture that is not there yet."""
        if text != self._progress:
            self._progress = text
            if self.session.waiting:
                self.update()

    def _paint_waiting(self, painter: QPainter) -> None:
        """Veil a picture that is no longer that of the experiment, and say that the new one is coming."""
        m, colors = self._panel.metrics, self._panel.theme
        painter.fillRect(self.rect(), look.veil())
        face = fonts.font(m.small)
        text = self._progress or self.tr("computing…")
        left = (self.width() - fonts.width(text, face)) / 2
        fonts.write(painter, left, (self.height() + fonts.rise(face)) / 2, text, face, colors.muted)

    def _paint_focus(self, painter: QPainter) -> None:
        view = self.mapping()
        assert view is not None
        painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(view.rect.adjusted(0.5, 0.5, -0.5, -0.5))

    # -------------------------------------------------------------- the readout

    def readout(self, x: float, y: float) -> list[tuple[str, str]]:
        """Return what there is to say about a point: names and values."""
        assert self.scene is not None
        problem = self.scene.problem
        axes = problem.surface.axes
        with np.errstate(all="ignore"):
            loss, gx, gy = (float(part) for part in problem.evaluate(x, y))
        if not math.isfinite(loss):  # a formula of the slope may go on where the surface does not
            gx = gy = math.nan

        def text(value: float) -> str:
            return style.number(value, 4, fixed=True)

        return [
            (axes[0], text(x)),
            (axes[1], text(y)),
            (self.tr("loss"), text(loss)),
            (f"∇{axes[0]}", text(gx)),
            (f"∇{axes[1]}", text(gy)),
        ]

    def _paint_readout(self, painter: QPainter, scene: Scene, at: QPointF) -> None:
        view = self.mapping()
        assert view is not None
        if not view.rect.contains(at):
            return
        x, y = (float(part) for part in view.to_data(np.array([at.x(), at.y()])))
        m, colors = self._panel.metrics, self._panel.theme
        face = fonts.font(m.small)
        gap, between = m.gap(2), m.gap(4)
        items = self.readout(x, y)
        usual = ["−0.008888", "−0.008888", "−8.888×10⁻⁸⁸", "−8.888×10⁻⁸⁸", "−8.888×10⁻⁸⁸"]
        widths = [
            fonts.width(name, face) + m.gap(1.5) + max(fonts.width(text, face) for text in (value, room))
            for (name, value), room in zip(items, usual, strict=True)
        ]
        cells = list(zip(items, widths, strict=True))
        rows = [cells]
        if sum(widths) + 4 * between + 4 * gap > view.width:
            rows = [cells[:3], cells[3:]]
        width = max(sum(w for _, w in row) + between * (len(row) - 1) for row in rows) + 2 * gap
        line = fonts.rise(face) + m.gap(2)
        height = len(rows) * line + m.gap(2)
        box = self._free_corner(view, scene, at, QSizeF(width, height), gap)
        ground = QColor(colors.page)
        ground.setAlphaF(0.92)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 6, 6)
        for number, row in enumerate(rows):
            left, base = box.left() + gap, box.top() + (number + 1) * line
            for (name, value), wide in row:
                fonts.write(painter, left, base, name, face, colors.muted)
                start = left + fonts.width(name, face) + m.gap(1.5)
                fonts.write(painter, start, base, value, face, colors.ink)
                left += wide + between

    def _free_corner(self, view: Mapping, scene: Scene, at: QPointF, size: QSizeF, gap: float) -> QRectF:
        """Return where the readout lies: where it lay, unless the pointer, a head or a message is there."""
        inner = view.rect.adjusted(gap, gap, -gap, -gap)
        near = [QRectF(at.x() - 3 * gap, at.y() - 3 * gap, 6 * gap, 6 * gap)]
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
            near.append(QRectF(x - wide, y - 3 * gap, 2 * wide, 6 * gap))

        near += [QRectF(part.geometry()) for part in self.findChildren(QWidget) if part.isVisible()]

        def place(corner: str) -> QRectF:
            down, side = corner.split()
            left = inner.left() if side == "left" else inner.right() - size.width()
            top = inner.bottom() - size.height() if down == "low" else inner.top()
            return QRectF(QPointF(left, top), size)

        def taken(corner: str) -> tuple[bool, int]:
            box = place(corner)
            return box.intersects(near[0]), sum(box.intersects(other) for other in near[1:])

        if any(taken(self._corner)):
            self._corner = min(_CORNERS, key=taken)
        return place(self._corner)

    def _describe(self) -> None:
        """Say in words what the picture shows, for those who do not see it."""
        scene = self.scene
        if scene is None:
            return
        parts = [
            self.tr(
                "{title}: {x} from {x0} to {x1}, {y} from {y0} to {y1}. Step {step} of {last}."
            ).format(
                title=scene.title,
                x=scene.problem.surface.axes[0],
                y=scene.problem.surface.axes[1],
                x0=style.number(scene.xlim[0]),
                x1=style.number(scene.xlim[1]),
                y0=style.number(scene.ylim[0]),
                y1=style.number(scene.ylim[1]),
                step=self.playback.frame,
                last=self.playback.last,
            )
        ]
        for line in scene.lines:
            if line.hidden:
                continue
            k = min(self.playback.frame, line.stopped_at)
            x, y = (style.number(float(part)) for part in line.path[k])
            parts.append(
                self.tr("{name} at ({x}, {y}), loss {loss}.").format(
                    name=line.label, x=x, y=y, loss=style.number(float(line.loss[k]))
                )
            )
        self.setAccessibleDescription(" ".join(parts))

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
        self.session.change(self.tr("Move the start"), "start", start=(round(x, digits), round(y, digits)))

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

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = None
        self.update()

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
