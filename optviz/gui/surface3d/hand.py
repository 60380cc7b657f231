"""What a hand on the mouse does to a picture in three dimensions, and the cursor that says so beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from optviz.gui.surface3d.view import Surface3DView

_DEGREES = 220.0  # around, for a way as long as the shorter side of the picture
_CURSOR_AFTER = 30  # ms after the last move until the cursor is looked after: that costs a ray


class Hand(QObject):
    """Tells a click from a drag, and what is dragged: the start, the picture, or the way one looks at it.

    A left drag orbits, unless it begins on the start, which then goes with it. A right or middle one, or one
    with Shift, pans. A click without a drag starts the race there.
    """

    def __init__(self, view: Surface3DView) -> None:
        super().__init__(view)
        self._view = view
        self._mode = ""  # "click" (it may become "orbit"), "orbit", "pan", "start"
        self._begin = self._at = QPointF()
        self._grip = QPointF()  # from the pointer to the start it holds
        self._edits = 0
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(_CURSOR_AFTER)
        self._looking.timeout.connect(self._show_cursor)

    @property
    def moves(self) -> bool:
        """Whether the camera is in the hand."""
        return self._mode in ("orbit", "pan")

    # -------------------------------------------------------------- the mouse

    def press(self, event: QMouseEvent) -> None:
        view, at = self._view, event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._mode or view.scene is None:
            return
        self._begin = self._at = at
        if event.button() == Qt.MouseButton.LeftButton and not shift:
            start = view.start_pixel() if view.on_start(at) else None
            self._mode = "click" if start is None else "start"
            self._edits = view.session.undo_stack.index()
            if start is not None:
                self._grip = start - at
                view.session.end_drag()
        elif event.button() in (
            Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton,
        ):  # fmt: skip
            self._mode = "pan"
        if self._mode != "start":
            view.viewpoint.turn(False)  # any touch stops the turntable
        self._show_cursor()

    def move(self, event: QMouseEvent) -> None:
        view, at = self._view, event.position()
        if self._mode == "click":
            way = at - self._begin
            if way.manhattanLength() < max(4, QApplication.startDragDistance() // 2):
                return
            self._mode = "orbit"
            self._show_cursor()
        shift, self._at = at - self._at, at
        if self._mode == "orbit":
            degrees = _DEGREES / max(100, min(view.width(), view.height()))
            view.orbit(degrees * shift.x(), degrees * shift.y())
        elif self._mode == "pan":
            view.pan(shift.x(), shift.y())
        elif self._mode == "start":
            view.move_start(at + self._grip)
        else:
            if not self._looking.isActive():
                self._looking.start()
            view.update()

    def release(self, event: QMouseEvent) -> None:
        view, mode = self._view, self._mode
        if not mode or event.buttons() != Qt.MouseButton.NoButton:
            return
        self._mode = ""
        if mode == "click":
            view.session.end_drag()
            view.move_start(event.position())
        if mode in ("click", "start"):
            view.session.end_drag()
        else:
            view.viewpoint.settle()
        self._show_cursor()
        view.update()

    def take_back(self) -> None:
        """Undo the click that has turned out to be the first of two."""
        stack = self._view.session.undo_stack
        if stack.index() > self._edits:
            stack.undo()

    def leave(self) -> None:
        self._looking.stop()

    # -------------------------------------------------------------- the cursor

    def _show_cursor(self) -> None:
        """Say by the cursor what would happen here, or what is happening."""
        shape = {
            "orbit": Qt.CursorShape.ClosedHandCursor,
            "pan": Qt.CursorShape.SizeAllCursor,
            "start": Qt.CursorShape.ClosedHandCursor,
        }.get(self._mode)
        if shape is None:
            if self._view.on_start(self._at):
                shape = Qt.CursorShape.PointingHandCursor
            elif self._view.under(self._at) is not None:
                shape = Qt.CursorShape.CrossCursor
            else:
                shape = Qt.CursorShape.OpenHandCursor
        if shape != self._view.cursor().shape():
            self._view.setCursor(shape)
