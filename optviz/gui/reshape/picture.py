"""One picture of a comparison: a surface view of one of its sides."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from optviz.gui.playback import Playback
from optviz.gui.reshape.session import Face
from optviz.gui.surface_view import SurfaceView
from optviz.scene import Scene


class SidePicture(SurfaceView):
    """Shows one side, from above."""

    def __init__(self, face: Face, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(face, playback, parent)  # type: ignore[arg-type]
        self.face = face
        self.setMinimumSize(200, 160)
        self._draft = False

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
