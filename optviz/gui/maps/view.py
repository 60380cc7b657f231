"""The map in the window: shows it, says what lies under the pointer, takes a cell's race."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from optviz.errors import InputError
from optviz.gui import theme
from optviz.gui.compile_process import kernels_of_picture
from optviz.gui.controls import look
from optviz.gui.maps import edits
from optviz.gui.maps.cells import CellWords
from optviz.gui.maps.look import MapLook
from optviz.gui.maps.picture import Cell, MapPicture
from optviz.gui.maps.progress import MapProgress
from optviz.gui.maps.readout import MapReadout
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.waiting import paint_waiting
from optviz.gui.playback import Playback
from optviz.gui.scene_view import SceneView
from optviz.maps.scene import MapScene
from optviz.render import style

_STEP = 1.25  # one notch of the wheel, one press of + or −
_PAN = 0.1  # of the picture, one press of Ctrl and an arrow
_JUMP = 10  # cells, with Shift
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip


class MapView(SceneView):
    """Paints the session's map at the playback's frame.

    A click, or Enter at the cursor of the keyboard, takes the race of a cell.
    """

    session: MapSession

    def __init__(self, session: MapSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(session, playback, parent)
        self.setObjectName("map")
        self.setAccessibleName(self.tr("Map"))
        self.setWhatsThis(
            self.tr(
                "Click to see the race of a point. Drag to go from race to race. The wheel zooms, the right "
                "button moves the view, a double click shows the whole map. In the picture beside it a click "
                "moves the start."
            )
        )
        self._picture = MapPicture(theme.current_theme(), style.Metrics())
        self.words = CellWords(session)
        self._box = MapReadout()
        self._look = MapLook(session)
        self.progress = MapProgress(session, self)
        self.cursor_cell: Cell | None = None  # where the keyboard is
        self._held: QPointF | None = None  # where the view is held while it is dragged
        self._dragging = False
        self._starting = False  # whether the start is dragged in the picture beside the map
        self._edits_before = 0
        self._shown_as: tuple[bool, ...] = ()
        # A race is painted when its map is: the one of before is not painted again in between.
        session.scene_changed.disconnect(self._follow)
        session.map_changed.connect(self._follow_map)
        session.computing_changed.connect(self._follow_computing)

    # -------------------------------------------------------------- showing

    @property
    def drawn(self) -> MapScene | None:
        """The map that is shown."""
        return self.session.map_scene

    @property
    def frame(self) -> int:
        """The frame of the map that is shown: that of the race, unless the map is not that far."""
        return self.session.frame_for(min(self.playback.frame, self.session.experiment.steps))

    def box(self) -> QRectF:
        """Return where the map lies in this widget; nowhere while there is none."""
        scene = self.drawn
        return self._picture.box(QRectF(self.rect()), scene) if scene is not None else QRectF()

    def cell_at(self, at: QPointF) -> Cell | None:
        """Return the cell, (column, row), under a pixel of this widget; of curves, (rate, entrant)."""
        scene = self.drawn
        if scene is None:
            return None
        return self._picture.cell_at(QRectF(self.rect()), scene, self.frame, at)

    def middle(self, cell: Cell) -> QPointF | None:
        """Return the pixel of the middle of a cell."""
        scene = self.drawn
        if scene is None:
            return None
        return self._picture.middle(QRectF(self.rect()), scene, self.frame, cell)

    def _follow_map(self) -> None:
        scene = self.drawn
        if scene is not None and self.cursor_cell is not None:
            self.cursor_cell = _inside(scene, self.cursor_cell)
        self._follow()

    def _state(self) -> tuple[bool, ...]:
        """Return what else than the map decides how it is painted."""
        session, scene = self.session, self.drawn
        if scene is None:
            return session.waiting, session.preparing, session.compiling
        stale = self.progress.late and edits.concern(scene.experiment) != edits.concern(session.experiment)
        behind = scene.moves and self.frame != min(self.playback.frame, scene.last)
        return session.waiting, session.preparing, stale, behind

    def _follow_computing(self) -> None:
        state = self._state()
        if state != self._shown_as or state[-1]:
            self.update()

    def _repaint_themed(self) -> None:
        self._picture = MapPicture(theme.current_theme(), self._picture.metrics)
        self.update()

    def _fit_metrics(self) -> None:
        metrics = self._metrics()
        if metrics != self._picture.metrics:
            self._picture = MapPicture(self._picture.theme, metrics)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        self._fit_metrics()
        scene, session = self.drawn, self.session
        self._shown_as = self._state()
        if scene is None:
            self._blank = True
            paint_waiting(
                painter, QRectF(self.rect()), self._progress, session.compiling, self._picture.metrics
            )
            painter.end()
            self.painted.emit()  # so that the kernels it waits for are made ready
            return
        self._blank = False
        rect = QRectF(self.rect())
        quick = not all(kernel.ready for kernel in kernels_of_picture(scene.race.problem))
        at = min(self.playback.frame, scene.last)
        self._picture.paint(painter, rect, scene, self.frame if scene.moves else at, at, quick=quick)
        box = self.box()
        if session.waiting or session.preparing:
            self._paint_waiting(painter)
        elif self._shown_as[2]:
            veil = look.veil()
            veil.setAlphaF(0.35)
            painter.fillRect(box, veil)
        if self.cursor_cell is not None:
            self._paint_cursor(painter, box, self.cursor_cell)
        if not (session.waiting or session.preparing) and self._held is None:
            self._paint_words(painter, scene, box)
        self._paint_focus(painter, box)
        painter.end()
        self.painted.emit()

    def _paint_cursor(self, painter: QPainter, box: QRectF, cell: Cell) -> None:
        at = self.middle(cell)
        if at is None:
            return
        painter.setClipRect(box)
        self._paint_crosshair(painter, at.x(), at.y(), self._picture.theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
        painter.drawRect(QRectF(at.x() - 4, at.y() - 4, 8, 8))
        painter.setClipping(False)

    def _paint_words(self, painter: QPainter, scene: MapScene, box: QRectF) -> None:
        cell, at = self.cursor_cell, QPointF()
        if self._pointer is not None and box.contains(self._pointer):
            cell, at = self.cell_at(self._pointer), self._pointer
        elif cell is not None:
            at = self.middle(cell) or QPointF()
        if cell is None:
            return
        items, sentence = self.words.of(scene, cell, self.frame)
        rect, k = QRectF(self.rect()), min(self.playback.frame, scene.last)
        near = [*self._picture.heads(rect, scene, k), *self._covered()]
        self._box.paint_words(
            painter, items, sentence, box, at, near, self._picture.metrics, self._picture.theme
        )

    # -------------------------------------------------------------- taking a race

    def take(self, cell: Cell) -> None:
        """Go over to the race of a cell, as one step of the history with those of the same drag."""
        scene = self.drawn
        if scene is None:
            return
        session = self.session
        try:
            race = scene.map.race(*cell)
            after = edits.taken(session.experiment, race)
        except InputError as error:
            session.failed.emit(str(error))
            return
        texts = {"sensitivity": self.tr("Take these settings"), "learning_rate": self.tr("Take this rate")}
        session.edit(after, texts.get(scene.kind, self.tr("Start here")), "cell")
        if scene.kind == "learning_rate":
            session.select(cell[1])

    def _start_at(self, at: QPointF, *, pressed: bool) -> bool:
        """Start the race where the picture beside the map was pressed, or the start dragged to."""
        scene = self.drawn
        view = self._picture.race_mapping(QRectF(self.rect()), scene) if scene is not None else None
        if view is None or (pressed and not view.rect.contains(at)):
            return False
        rect = view.rect
        inside = np.array(
            [min(max(at.x(), rect.left()), rect.right()), min(max(at.y(), rect.top()), rect.bottom())]
        )
        x, y = (float(part) for part in view.to_data(inside))
        # As many digits as the picture can tell apart, so that the file holds no noise.
        digits = max(0, 1 - math.floor(math.log10((view.xlim[1] - view.xlim[0]) / view.width)))
        try:
            start = (round(x, digits), round(y, digits))
            self.session.change(self.tr("Move the start"), "start", start=start)
        except InputError as error:
            self.session.failed.emit(str(error))
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self.box().contains(event.position()):
            if event.button() == Qt.MouseButton.LeftButton:
                self._edits_before = self.session.undo_stack.index()
                self.session.end_drag()
                self._starting = self._start_at(event.position(), pressed=True)
            return
        self.cursor_cell = None
        if event.button() == Qt.MouseButton.LeftButton:
            self._edits_before = self.session.undo_stack.index()
            self._dragging = True
            self.session.end_drag()
            self._take_at(event.position())
        elif event.button() in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _take_at(self, at: QPointF) -> None:
        box = self.box()
        inside = QPointF(
            min(max(at.x(), box.left()), box.right() - 1e-6), min(max(at.y(), box.top()), box.bottom() - 1e-6)
        )
        cell = self.cell_at(inside)
        if cell is not None:
            self.take(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        if self._dragging:
            self._take_at(event.position())
        elif self._starting:
            self._start_at(event.position(), pressed=False)
        elif self._held is not None:
            shift = event.position() - self._held
            self._held = event.position()
            self.pan(-shift.x(), -shift.y())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = self._starting = False
            self.session.end_drag()
        elif self._held is not None:
            self._held = None
            self.setCursor(Qt.CursorShape.CrossCursor)
            self.session.end_drag()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton or not self.box().contains(event.position()):
            self.mousePressEvent(event)
            return
        # The first of the two clicks has taken a race; that was not meant.
        stack = self.session.undo_stack
        if stack.index() > self._edits_before:
            stack.undo()
        self.reset_view()

    # -------------------------------------------------------------- the view

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Make things `factor` times larger; the point `about` (of this widget) stays where it is."""
        if self.drawn is not None:
            self._look.zoom(self.drawn, self.box(), factor, about)

    def pan(self, right: float, down: float) -> None:
        """Look further to the right and down, by pixels."""
        if self.drawn is not None:
            self._look.pan(self.drawn, self.box(), right, down)

    def reset_view(self) -> None:
        """Show the whole map again."""
        self._look.reset()

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
        if event.type() == QEvent.Type.ShortcutOverride and self._wants(cast(QKeyEvent, event)):
            event.accept()
            return True
        return super().event(event)

    # -------------------------------------------------------------- by keyboard

    def _wants(self, event: QKeyEvent) -> bool:
        """Return whether a key is the cursor's while there is one; else it is the window's."""
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = Qt.Key(event.key())
        return self.cursor_cell is not None and (key in _ARROWS or key == Qt.Key.Key_Escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and key in _ARROWS:
            right, up = _ARROWS[key]
            self.pan(right * _PAN * self.width(), -up * _PAN * self.height())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._press_enter()
        elif self.cursor_cell is not None and key in _ARROWS:
            jump = _JUMP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            right, up = _ARROWS[key]
            self._move_cursor(jump * right, jump * up)
        elif key == Qt.Key.Key_Escape and self.cursor_cell is not None:
            self.cursor_cell = None
            self.update()
        elif key == Qt.Key.Key_Escape and self.session.computing:
            self.session.stop_map()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1.0 / _STEP)
        else:
            super().keyPressEvent(event)

    def _press_enter(self) -> None:
        """Put the cursor down where the race is or, where it is, take the race there."""
        scene = self.drawn
        if scene is None:
            return
        if self.cursor_cell is None:
            self.cursor_cell = _own_cell(scene)
        else:
            self.session.end_drag()
            self.take(self.cursor_cell)
            self.session.end_drag()
        self._say_cursor()

    def _move_cursor(self, right: int, up: int) -> None:
        scene = self.drawn
        if scene is None or self.cursor_cell is None:
            return
        column, row = self.cursor_cell
        if scene.map.y is None:
            up = max(-1, min(up, 1))  # from curve to curve
        self.cursor_cell = _inside(scene, (column + right, row + up))
        self._say_cursor()

    def _say_cursor(self) -> None:
        self.update()
        self._describe_soon()

    # -------------------------------------------------------------- in words

    def _describe(self) -> None:
        scene = self.drawn
        if scene is not None:
            self.setAccessibleDescription(" ".join(self.words.whole(scene, self.frame, self.cursor_cell)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.progress.place()

    def close_down(self) -> None:
        """End whatever runs."""
        self._describing.stop()


def _inside(scene: MapScene, cell: Cell) -> Cell:
    """Return the nearest cell that there is."""
    up = scene.map.y
    rows = len(up.values) if up is not None else len(scene.experiment.entrants)
    column, row = cell
    return min(max(column, 0), len(scene.map.x.values) - 1), min(max(row, 0), rows - 1)


def _own_cell(scene: MapScene) -> Cell:
    """Return the cell nearest to the race that is shown."""
    experiment, across, up = scene.experiment, scene.map.x, scene.map.y
    setting = edits.setting_of(experiment)
    own = experiment.entrants[setting.entrant].hyperparameters
    if setting.over_start:
        values: tuple[float, float] = experiment.start_point
    elif up is None:
        values = (float(own["learning_rate"]), 0.0)
    else:
        values = (float(own[across.name]), float(own[up.name]))
    place = [
        float(axis.coordinate(np.array([value]))[0]) if axis is not None else float(setting.entrant)
        for axis, value in zip((across, up), values, strict=True)
    ]
    column, row = (round(part) if math.isfinite(part) else 0 for part in place)
    return _inside(scene, (column, row))
