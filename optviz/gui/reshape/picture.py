"""One picture of a comparison: a surface view that shares its pointer with the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from optviz.gui.playback import Playback
from optviz.gui.reshape.session import Face
from optviz.gui.surface_view import SurfaceView
from optviz.scene import Scene
from optviz.setting import Pair

_GAP = 7.0  # pixels left free around the place itself
_ARM = 16.0


class SidePicture(SurfaceView):
    """Shows one side.

    Signals
    -------
    pointed(object)
        The point under the pointer; None where it has left.
    """

    pointed = Signal(object)

    def __init__(self, face: Face, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(face, playback, parent)  # type: ignore[arg-type]
        self.face = face
        self.setMinimumSize(200, 160)
        self._elsewhere: Pair | None = None
        self._draft = False
        self.also = ""  # what else is said about the picture to those who do not see it

    def point_at(self, point: Pair | None) -> None:
        """Show a crosshair where the pointer is on the other side; None takes it away."""
        if point != self._elsewhere:
            self._elsewhere = point
            self.update()

    def set_draft(self, draft: bool) -> None:
        """Paint drafts, or pictures in full."""
        if draft != self._draft:
            self._draft = draft
            self.update()

    def full_picture(self) -> Callable[[], None] | None:
        """Return what computes the picture in full, for another thread; None where nothing is to be done.

        The session itself computes slow pictures behind the window.
        """
        scene, panel = self.scene, self._panel
        if scene is None or scene.problem.slow or not self.isVisible():
            return None
        rect, k, ratio = QRectF(self.rect()), self.playback.frame, self.devicePixelRatioF()
        return lambda: panel.prepare(rect, scene, k, ratio)

    def _paint_panel(self, painter: QPainter, scene: Scene, quick: bool) -> None:
        super()._paint_panel(painter, scene, quick or self._draft)

    def _describe(self) -> None:
        super()._describe()
        if self.also:
            self.setAccessibleDescription(f"{self.accessibleDescription()} {self.also}")

    @property
    def crosshair(self) -> Pair | None:
        """Where a crosshair is shown."""
        return self._elsewhere

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        view = self.mapping()
        if self._elsewhere is None or view is None or not view.within(np.array(self._elsewhere)):
            return
        x, y = (float(part) for part in view.to_pixel(np.array(self._elsewhere)))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(view.rect)
        arms = [
            QLineF(x + dx * _GAP, y + dy * _GAP, x + dx * (_GAP + _ARM), y + dy * (_GAP + _ARM))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        for color, width in ((self._panel.theme.halo, 3.5), (self._panel.theme.ink, 1.5)):
            pen = QPen(QColor(color), width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLines(arms)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseMoveEvent(event)
        view = self.mapping()
        if view is None:
            return
        inside = view.rect.contains(event.position())
        at = view.to_data(np.array([event.position().x(), event.position().y()]))
        self.pointed.emit((float(at[0]), float(at[1])) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self.pointed.emit(None)
