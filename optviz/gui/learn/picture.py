"""The picture of a lesson's step, as the stage draws it, with what is predicted marked on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.export.preview import at_hand
from optviz.gui.learn.marks import MarkPainter, hidden_parts, marks_of
from optviz.gui.learn.places import Place, place_of
from optviz.gui.learn.session import LessonSession
from optviz.gui.playback import Playback
from optviz.render import fonts
from optviz.render.stages import AnyStage, stage_for
from optviz.render.style import Metrics, Theme, number

_RING = 9.0  # pixels, radius of a mark
_NUDGE = 0.01  # of the picture's width, by an arrow key
_DESCRIBED_AFTER = 500  # ms
_LEAST_SCALE = 0.62  # of a stage; a picture smaller than that is of its surface alone
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class LearnPicture(QWidget):
    """Shows frame `playback.frame` of the step's scene.

    While it is asked where an entrant ends, a click marks the place; arrow keys move the mark, with Shift by
    a larger step.

    Signals
    -------
    painted()
        The picture has been painted with something in it.
    """

    painted = Signal()

    def __init__(self, session: LessonSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self._stage: tuple[tuple[object, ...], AnyStage] | None = None
        self._image: tuple[object, tuple[object, ...], QImage] | None = None  # the scene is kept with it
        self._pointer: QPointF | None = None
        self._by_key = False
        self._progress = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("picture of the step"))
        self.setToolTip("")
        self._describing = QTimer(self)
        self._describing.setSingleShot(True)
        self._describing.setInterval(_DESCRIBED_AFTER)
        self._describing.timeout.connect(self._describe)
        for signal in (session.scene_changed, playback.frame_changed, session.waiting_changed):
            signal.connect(self._follow)
        for told in (session.step_changed, session.given_changed):
            told.connect(self._follow)
        theme.theme_changed.connect(self._start_over)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(860, 600)

    def say_progress(self, text: str) -> None:
        """Take what is said while the picture is not there yet."""
        self._progress = text
        if self.session.waiting:
            self.update()

    # -------------------------------------------------------------- following

    def _follow(self) -> None:
        self.setCursor(Qt.CursorShape.CrossCursor if self._pointing else Qt.CursorShape.ArrowCursor)
        self.update()
        if not self._describing.isActive():
            self._describing.start()

    def _start_over(self) -> None:
        self._stage = self._image = None
        self.update()

    def _describe(self) -> None:
        scene = self.scene
        if scene is None:
            return
        said = [scene.title, self.tr("step {0}").format(self.playback.frame)]
        given = marks_of(self.session).given
        if given is not None:
            said.append(
                self.tr("your mark is at x = {0}, y = {1}").format(number(given[0]), number(given[1]))
            )
        self.setAccessibleDescription("; ".join(said))

    # -------------------------------------------------------------- what is drawn

    @property
    def scene(self) -> Any:
        """The scene that is drawn: a slow surface on a grid that takes no time."""
        scene = self.session.scene
        return None if scene is None else at_hand(scene)

    def _stage_of(self, scene: object) -> AnyStage:
        ratio = self.devicePixelRatioF()
        size = (max(16, round(self.width() * ratio)), max(16, round(self.height() * ratio)))
        key = (type(scene), size, theme.current_name())
        if self._stage is None or self._stage[0] != key:
            self._stage = (key, stage_for(scene, *size, self._colors(size)))  # type: ignore[arg-type]
            self._image = None
        return self._stage[1]

    def _colors(self, size: tuple[int, int]) -> Theme:
        """Return the theme, with type that is read at a screen's distance however small the picture is."""
        usual = max(_LEAST_SCALE, min(size[1] / 720.0, size[0] / 1150.0))
        return replace(theme.current_theme(), type_scale=max(1.0, self.devicePixelRatioF() / usual))

    def _frame(self) -> QImage | None:
        scene = self.scene
        if scene is None:
            return None
        stage, k = self._stage_of(scene), self.playback.frame
        if self._image is None or self._image[0] is not scene or self._image[1] != (k,):
            image = stage.image(scene, k)
            image.setDevicePixelRatio(self.devicePixelRatioF())
            self._image = (scene, (k,), image)
        return self._image[2]

    def place(self) -> Place | None:
        """Return between data and pixels of the image, for the surface that is asked about; None for none."""
        scene = self.scene
        if scene is None:
            return None
        return place_of(self._stage_of(scene), scene, self.session.step, self.playback.frame)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        image = self._frame()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if image is None:
                painter.fillRect(self.rect(), QColor(theme.current_theme().page))
            else:
                painter.drawImage(0, 0, image)
                self._hide_numbers(painter)
                self._paint_marks(painter)
            if self.session.waiting or image is None:
                self._paint_waiting(painter)
            if self._by_key and self.hasFocus():
                painter.setPen(QPen(look.accent(), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if image is not None:
            self.painted.emit()

    def _hide_numbers(self, painter: QPainter) -> None:
        """Cover what would tell the answer."""
        ratio = self.devicePixelRatioF()
        for box in hidden_parts(self.session, self._stage_of(self.scene), self.scene):
            covered = QRectF(box.topLeft() / ratio, box.size() / ratio)
            painter.fillRect(covered, QColor(theme.current_theme().page))

    def _paint_waiting(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), look.veil())
        face = fonts.font(look.NORMAL)
        text = self._progress or self.tr("computing…")
        middle = QRectF(self.rect()).center()
        fonts.write(painter, middle.x(), middle.y(), text, face, theme.colors().muted, fonts.CENTER)

    # -------------------------------------------------------------- marks

    @property
    def _pointing(self) -> bool:
        """Whether a place is asked for."""
        ask = self.session.step.ask
        return self.session.asking and ask is not None and ask.kind == "end" and not self.session.judging

    def _paint_marks(self, painter: QPainter) -> None:
        place = self.place()
        if place is None:
            return
        ratio, marks = self.devicePixelRatioF(), marks_of(self.session)
        into = MarkPainter(theme.current_theme(), Metrics(), QRectF(self.rect()))
        if self._pointing and self._pointer is not None and marks.given is None:
            into.ring(painter, self._pointer, theme.current_theme().muted)
        into.paint(painter, marks, lambda point: place.pixel_of(point) / ratio)

    # -------------------------------------------------------------- pointing

    def point(self, at: QPointF) -> bool:
        """Take a place of the widget as the prediction; False where none is asked for, or beside it."""
        place = self.place() if self._pointing else None
        if place is None:
            return False
        found = place.point_at(at * self.devicePixelRatioF())
        if found is None:
            return False
        self.session.predict(found)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self.point(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.point(event.position())
        if self._pointing:
            self.update()

    def leaveEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        self._pointer = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        way = _WAYS.get(Qt.Key(event.key()))
        place = self.place() if self._pointing and way is not None else None
        if way is None or place is None:
            super().keyPressEvent(event)
            return
        (left, right), (low, high) = place.one.xlim, place.one.ylim
        start = ((left + right) / 2, (low + high) / 2)
        x, y = self.session.given if isinstance(self.session.given, tuple) else start
        size = _NUDGE * (5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        x = min(max(x + way[0] * size * (right - left), left), right)
        y = min(max(y + way[1] * size * (high - low), low), high)
        self.session.predict((x, y))

    def takes_arrows(self) -> bool:
        """Whether arrow keys move the mark now."""
        return self._pointing

    # -------------------------------------------------------------- Qt's events

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _WAYS
            and self.takes_arrows()
        ):
            event.accept()  # the playback's keys
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._start_over()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()
