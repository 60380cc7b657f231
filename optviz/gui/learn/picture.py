"""The picture of a lesson's step, as the stage draws it, with what is predicted marked on it."""

from __future__ import annotations

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
from optviz.gui.export.preview import coarse
from optviz.gui.learn.places import mapping_of, pixel_of, point_at
from optviz.gui.learn.session import LessonSession
from optviz.gui.playback import Playback
from optviz.render import fonts
from optviz.render.panels.mapping import Mapping
from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stages import AnyStage, stage_for
from optviz.render.style import number
from optviz.reshape import ReshapeScene
from optviz.setting import Pair

_RING = 9.0  # pixels, radius of a mark
_NUDGE = 0.01  # of the picture's width, by an arrow key
_DESCRIBED_AFTER = 500  # ms
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
        given = self._given_point
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
        if scene is None:
            return None
        speaks = scene.main if isinstance(scene, ReshapeScene) else scene
        return coarse(scene) if speaks.problem.slow else scene

    def _stage_of(self, scene: object) -> AnyStage:
        ratio = self.devicePixelRatioF()
        size = (max(16, round(self.width() * ratio)), max(16, round(self.height() * ratio)))
        key = (type(scene), size, theme.current_name())
        if self._stage is None or self._stage[0] != key:
            self._stage = (key, stage_for(scene, *size, theme.current_name()))  # type: ignore[arg-type]
            self._image = None
        return self._stage[1]

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

    def mapping(self) -> Mapping | None:
        """Return between data and pixels of the image; None where nothing is seen from above."""
        scene = self.scene
        if scene is None:
            return None
        return mapping_of(self._stage_of(scene), scene, self.session.step, theme.current_theme())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        image = self._frame()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if image is None:
                painter.fillRect(self.rect(), QColor(theme.current_theme().page))
            else:
                painter.drawImage(0, 0, image)
                if self.session.asking:
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
        """Cover what a comparison says about its surfaces in numbers: it would tell the answer."""
        scene = self.scene
        stage = self._stage_of(scene)
        if isinstance(scene, ReshapeScene) and isinstance(stage, ReshapeStage):
            place, ratio = stage.layout(scene), self.devicePixelRatioF()
            for box in (*place.readings, *(rect for _, rect in place.small)):
                corner, size = box.topLeft() / ratio, box.size() / ratio
                painter.fillRect(QRectF(corner, size), QColor(theme.current_theme().page))

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

    @property
    def _given_point(self) -> Pair | None:
        outcome = self.session.outcome
        given = outcome.given if outcome is not None else self.session.given
        return given if isinstance(given, tuple) else None

    def _paint_marks(self, painter: QPainter) -> None:
        ask, outcome = self.session.step.ask, self.session.outcome
        if ask is None or ask.kind != "end":
            return
        mapping = self.mapping()
        if mapping is None:
            return
        ratio = self.devicePixelRatioF()
        given = self._given_point
        mine = pixel_of(mapping, given) / ratio if given is not None else None
        true = None
        if outcome is not None and outcome.answer.point is not None:
            true = pixel_of(mapping, outcome.answer.point) / ratio
        if self._pointing and self._pointer is not None and mine is None:
            self._paint_ring(painter, self._pointer, look.muted(), "")
        if mine is not None and true is not None:
            self._paint_way(painter, mine, true)
        if true is not None:
            self._paint_target(painter, true)
        if mine is not None:
            self._paint_ring(painter, mine, look.accent(), self.tr("your prediction"))

    def _paint_way(self, painter: QPainter, mine: QPointF, true: QPointF) -> None:
        for color, width in ((QColor(theme.current_theme().halo), 4.0), (look.accent(), 1.6)):
            pen = QPen(color, width, Qt.PenStyle.DashLine)
            pen.setDashPattern([6.0 / width, 5.0 / width])
            painter.setPen(pen)
            painter.drawLine(mine, true)

    def _paint_ring(self, painter: QPainter, at: QPointF, color: QColor, text: str) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for tint, width in ((QColor(theme.current_theme().halo), 5.0), (color, 2.2)):
            painter.setPen(QPen(tint, width))
            painter.drawEllipse(at, _RING, _RING)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(at + QPointF(dx, dy) * (_RING - 3.0), at + QPointF(dx, dy) * (_RING + 5.0))
        self._write(painter, at, text, color)

    def _paint_target(self, painter: QPainter, at: QPointF) -> None:
        colors = theme.current_theme()
        painter.setPen(QPen(QColor(colors.halo), 2.0))
        painter.setBrush(QColor(colors.ink))
        painter.drawEllipse(at, 6.5, 6.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.page))
        painter.drawEllipse(at, 2.6, 2.6)
        self._write(painter, at, self.tr("it ends here"), QColor(colors.ink), below=True)

    def _write(self, painter: QPainter, at: QPointF, text: str, color: QColor, below: bool = False) -> None:
        if not text:
            return
        face = fonts.font(13)
        wide = fonts.width(text, face)
        left = min(max(at.x() - wide / 2, 8.0), self.width() - wide - 8.0)
        base = at.y() + (_RING + 20.0 if below else -_RING - 10.0)
        colors = theme.current_theme()
        fonts.write_haloed(painter, left, base, text, face, color.name(), colors.halo, 3.0, False)

    # -------------------------------------------------------------- pointing

    def point(self, at: QPointF) -> bool:
        """Take a place of the widget as the prediction; False where none is asked for, or beside it."""
        mapping = self.mapping() if self._pointing else None
        if mapping is None:
            return False
        found = point_at(mapping, at * self.devicePixelRatioF())
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
        mapping = self.mapping() if self._pointing and way is not None else None
        if way is None or mapping is None:
            super().keyPressEvent(event)
            return
        (left, right), (low, high) = mapping.xlim, mapping.ylim
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
