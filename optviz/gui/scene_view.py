"""A picture of a scene in the window: what those from above and those in three dimensions have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.readout import Readout
from optviz.gui.session import Session
from optviz.render import fonts, style
from optviz.scene import Scene
from optviz.setting import Pair

CALM = 4e6  # pixels of the screen beyond which a dragged picture is drawn at half their number a side
if TYPE_CHECKING:  # a race of which no update is taken apart loads none of its code
    from optviz.render.anatomy import Picture

_SAID_AFTER = 400  # ms after which a change is put into words
_GAP, _ARM = 7.0, 16.0  # pixels of a crosshair: left free around the place itself, and as long as an arm


class SceneView(QWidget):
    """Follows the session's scene and the playback; says what lies under the pointer and what is shown.

    Signals
    -------
    painted()
        A frame with a race in it is on the screen.
    pointed(object)
        The point of the data under the pointer; None where there is none.

    Attributes
    ----------
    covers
        Returns what else lies over the picture, in its own coordinates; the readout keeps clear of it.
    also
        What else is said about the picture to those who do not see it.
    over
        Paints over the picture of a scene of which an update is taken apart, with its colours and sizes and
        without waiting for kernels if the last argument says so.
    """

    painted = Signal()
    pointed = Signal(object)

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(320, 240)
        self.setToolTip("")  # the readout says what is under the pointer; a tooltip would lie over it
        self.covers: Callable[[], Sequence[QRectF]] = list
        self.also = ""
        self.over: Callable[[QPainter, Picture, Scene, style.Theme, style.Metrics, bool], None] | None = None
        self._readout = Readout()
        self._describing = QTimer(self)
        self._describing.setSingleShot(True)
        self._describing.setInterval(_SAID_AFTER)
        self._describing.timeout.connect(self._describe)
        self._progress = ""  # what a picture that is not there yet waits for
        self._blank = False
        self._pointer: QPointF | None = None
        self._elsewhere: Pair | None = None  # where the pointer is in another picture of the same
        self._by_key = False  # whether the focus came by the keyboard and has to be seen
        session.scene_changed.connect(self._follow)
        playback.frame_changed.connect(self._follow)
        session.waiting_changed.connect(self.update)
        theme.theme_changed.connect(self._repaint_themed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(860, 600)

    @property
    def scene(self) -> Scene | None:
        return self.session.scene

    def zoom(self, factor: float) -> None:
        """Make things `factor` times larger about the middle."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Show the whole picture again."""
        raise NotImplementedError

    # -------------------------------------------------------------- following

    def _follow(self) -> None:
        self.update()
        self._describe_soon()

    def _describe_soon(self) -> None:
        if not self._describing.isActive():
            self._describing.start()

    def _repaint_themed(self) -> None:
        """Take the colours in force."""
        raise NotImplementedError

    def _metrics(self) -> style.Metrics:
        # Type keeps its size up to 1600 pixels and grows slowly beyond: a screen of more is larger, too.
        return style.Metrics(max(1.0, math.sqrt(min(self.width() / 1300, self.height() / 900))))

    def say_progress(self, text: str) -> None:
        """Take what is said over a picture that is not there yet."""
        if text != self._progress:
            self._progress = text
            if self.session.waiting or self._blank:
                self.update()

    # -------------------------------------------------------------- painting

    def _paint_empty(self, painter: QPainter, waiting: bool) -> None:
        """Paint what stands where there is no picture yet."""
        painter.fillRect(self.rect(), QColor(theme.current_theme().page))
        self._blank = True
        if waiting:
            self._paint_waiting(painter)

    def _paint_waiting(self, painter: QPainter) -> None:
        """Veil a picture that is no longer that of the experiment, and say that the new one is coming."""
        painter.fillRect(self.rect(), look.veil())
        face = fonts.font(self._metrics().small)
        text = self._progress or self.tr("computing…")
        left = (self.width() - fonts.width(text, face)) / 2
        base = (self.height() + fonts.rise(face)) / 2
        fonts.write(painter, left, base, text, face, theme.current_theme().muted)

    def _paint_focus(self, painter: QPainter, around: QRectF) -> None:
        """Paint the frame of the keyboard where it has come by a key."""
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(around.adjusted(0.5, 0.5, -0.5, -0.5))

    # -------------------------------------------------------------- the pointer elsewhere

    def point_at(self, point: Pair | None) -> None:
        """Show a crosshair where the pointer is in another picture; None takes it away."""
        if point != self._elsewhere:
            self._elsewhere = point
            self.update()

    @property
    def crosshair(self) -> Pair | None:
        """Where a crosshair is shown."""
        return self._elsewhere

    def _paint_crosshair(self, painter: QPainter, x: float, y: float, colors: style.Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        arms = [
            QLineF(x + dx * _GAP, y + dy * _GAP, x + dx * (_GAP + _ARM), y + dy * (_GAP + _ARM))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        for color, width in ((colors.halo, 3.5), (colors.ink, 1.5)):
            pen = QPen(QColor(color), width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLines(arms)

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

    def _covered(self) -> list[QRectF]:
        """Return where something else lies over the picture."""
        parts = [part for part in self.findChildren(QWidget) if part.isVisible()]
        return [*(QRectF(part.geometry()) for part in parts), *self.covers()]

    # -------------------------------------------------------------- in words

    def _words(self, scene: Scene) -> list[str]:
        """Return sentences about what the picture shows."""
        parts = [
            self.tr("{title}: {x} from {x0} to {x1}, {y} from {y0} to {y1}. Step {step} of {last}.").format(
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
        if self.also:
            parts.append(self.also)
        return parts

    def _describe(self) -> None:
        """Say in words what the picture shows, for those who do not see it."""
        if self.scene is not None:
            self.setAccessibleDescription(" ".join(self._words(self.scene)))

    # -------------------------------------------------------------- pointer and focus

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = None
        self.pointed.emit(None)
        self.update()
