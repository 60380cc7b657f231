"""The presenter's own window: the picture on the whole screen, a caption below it, keys for the clicker."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from optviz.gui.presenter import values
from optviz.gui.presenter.caption import Caption
from optviz.gui.presenter.pick import Picked
from optviz.gui.presenter.show import Pair, Show, lines_of
from optviz.render import fonts
from optviz.render.stage import Stage
from optviz.render.stages import AnyStage, stage_for
from optviz.render.style import DARK, PROJECTOR, Metrics, Theme
from optviz.scene import Scene

_REST = 2000  # ms after which a pointer that rests is hidden
_NOTE = 1200  # ms that a word about the speed stays
THEMES = {
    "projector": PROJECTOR,
    "dark": replace(DARK, type_scale=PROJECTOR.type_scale, weight=PROJECTOR.weight),
}

_Key = Qt.Key
_NEXT = (_Key.Key_PageDown, _Key.Key_Right, _Key.Key_Down, _Key.Key_N, _Key.Key_Return, _Key.Key_Enter)
_PREVIOUS = (_Key.Key_PageUp, _Key.Key_Left, _Key.Key_Up, _Key.Key_P, _Key.Key_Backspace)
_BLACK, _WHITE = (_Key.Key_B, _Key.Key_Period), (_Key.Key_W, _Key.Key_Comma)
_FASTER, _SLOWER = (_Key.Key_Plus, _Key.Key_Equal), (_Key.Key_Minus, _Key.Key_Underscore)


class Presenter(QWidget):
    """Shows a `Show` on the whole screen until Escape.

    Page Down, Right, a click: next. Page Up, Left: previous. Space plays. B blanks to black, W to white.
    + and − change the speed. 1 … 9 put entrants into the light, 0 shows all of them. T changes the colours.
    The pointer shows what it points at.

    Signals
    -------
    ended()
        It was closed.
    """

    ended = Signal()

    def __init__(self, show: Show, theme: str = "projector", parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.show_ = show
        show.setParent(self)
        self.blank = ""  # "black" or "white" while nothing is shown
        self.theme = theme
        self.picked = Picked()
        self._stage: tuple[tuple[object, ...], AnyStage] | None = None
        self._image: tuple[object, tuple[object, ...], QImage] | None = None  # the scene is kept with it
        self._pointer: QPointF | None = None
        self._note = ""
        self.setObjectName("presenter")
        self.setWindowTitle(self.tr("Presentation – optviz"))
        self.setAccessibleName(self.tr("Presentation"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._resting = self._clock(_REST, self._hide_pointer)
        self._forgetting = self._clock(_NOTE, self._forget)
        show.changed.connect(self._follow)
        show.playback.frame_changed.connect(self._repaint)
        show.playback.speed_changed.connect(self._say_speed)
        self.setCursor(Qt.CursorShape.BlankCursor)  # the pointer is painted
        self._follow()

    def _clock(self, after: int, call: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after)
        timer.timeout.connect(call)
        return timer

    def begin(self, beside: QWidget | None = None) -> None:
        """Fill a screen: another one than that of the window `beside`, where there is one."""
        screen = other_screen(beside)
        if screen is not None:
            self.setGeometry(screen.geometry())
        self.showFullScreen()
        self.activateWindow()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -------------------------------------------------------------- the picture

    @property
    def colors(self) -> Theme:
        return THEMES[self.theme]

    @property
    def metrics(self) -> Metrics:
        """Sizes of the caption and of the pointer's words: 36 pixels high on 1080."""
        return Metrics(max(0.8, min(self.height() / 1080.0, self.width() / 1920.0)) * 2.0)

    def _caption(self) -> Caption:
        heading, text = self.show_.caption
        return Caption(heading, text, self.show_.place, self.metrics, self.show_.most_lines)

    def _picture(self) -> QRectF:
        """Return the part of the screen that the picture has."""
        height = self._caption().height(float(self.width()))
        return QRectF(0, 0, self.width(), max(1.0, self.height() - height))

    def _size(self) -> tuple[int, int]:
        """Return the size of the picture in pixels of the screen."""
        area, ratio = self._picture(), self.devicePixelRatioF()
        return max(16, round(area.width() * ratio)), max(16, round(area.height() * ratio))

    def _stage_of(self, scene: object, size: tuple[int, int]) -> AnyStage:
        key = (type(scene), size, self.theme)
        if self._stage is None or self._stage[0] != key:
            self._stage = (key, stage_for(scene, *size, self.colors))  # type: ignore[arg-type]
        return self._stage[1]

    def _frame(self) -> QImage | None:
        """Return the picture of the current frame; None while there is nothing to show."""
        scene = self.show_.scene
        if scene is None:
            return None
        scene = self.picked.of(scene)
        size, ratio = self._size(), self.devicePixelRatioF()
        k = self.show_.playback.frame
        told = self.show_.revealed
        key = (k, size, self.theme, told)
        if self._image is None or self._image[0] is not scene or self._image[1] != key:
            stage = self._stage_of(scene, size)
            if isinstance(stage, Stage):
                stage.revealed = told
            image = stage.image(scene, k)
            image.setDevicePixelRatio(ratio)
            self._image = (scene, key, image)
        return self._image[2]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            if self.blank:
                painter.fillRect(self.rect(), QColor(self.blank))
                return
            colors, metrics = self.colors, self.metrics
            painter.fillRect(self.rect(), QColor(colors.page))
            image = self._frame()
            area = self._picture()
            if image is not None:
                painter.drawImage(area.topLeft(), image)
                self._paint_over(painter, area)
            else:
                face = fonts.font(metrics.medium)
                text = self.tr("computing…")
                fonts.write(
                    painter, area.center().x(), area.center().y(), text, face, colors.muted, fonts.CENTER
                )
            below = QRectF(0, area.bottom(), self.width(), self.height() - area.bottom())
            self._caption().paint(painter, below, colors)
            if self._note:
                self._paint_note(painter, area)
            if self._pointer is not None:
                values.paint(painter, self._pointer, self._values(self._pointer), area, colors, metrics)

    def _paint_over(self, painter: QPainter, area: QRectF) -> None:
        scene, ratio = self.show_.scene, self.devicePixelRatioF()
        assert scene is not None
        stage = self._stage_of(scene, self._size())
        room = QRectF(0, 0, area.width() * ratio, area.height() * ratio)
        painter.save()
        painter.translate(area.topLeft())
        painter.scale(1.0 / ratio, 1.0 / ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.show_.paint_over(painter, stage, scene, self.colors, self.metrics, room)
        painter.restore()

    def _paint_note(self, painter: QPainter, area: QRectF) -> None:
        face, pad = fonts.font(self.metrics.medium), self.metrics.gap(2)
        wide, tall = fonts.width(self._note, face) + 4 * pad, fonts.rise(face) + 2 * pad
        box = QRectF(area.center().x() - wide / 2, area.top() + self.metrics.gap(2), wide, tall)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.colors.hairline), self.metrics.hairline))
        painter.setBrush(QColor(self.colors.page))
        painter.drawRoundedRect(box, tall / 2, tall / 2)
        color = self.colors.text(self.colors.accent)
        fonts.write(painter, box.center().x(), box.bottom() - pad, self._note, face, color, fonts.CENTER)

    # -------------------------------------------------------------- the pointer

    def under(self, at: QPointF) -> tuple[Scene, Pair] | None:
        """Return the race whose surface lies under a place of this window, and the point of it."""
        scene = self.show_.scene
        if scene is None or self.blank:
            return None
        area, ratio = self._picture(), self.devicePixelRatioF()
        stage = self._stage_of(scene, self._size())
        point_at = getattr(stage, "point_at", None)
        if point_at is None or not area.contains(at):
            return None
        place = (at - area.topLeft()) * ratio
        found: tuple[Scene, Pair] | None = point_at(
            self.picked.of(scene), self.show_.playback.frame, place.x(), place.y()
        )
        return found

    def _values(self, at: QPointF) -> list[tuple[str, str]]:
        found = self.under(at)
        return [] if found is None else values.readout(*found)

    def _hide_pointer(self) -> None:
        self._pointer = None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        self._resting.start()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.RightButton:
            self.show_.previous()
        elif event.button() == Qt.MouseButton.LeftButton:
            found = self.under(event.position())
            if found is None or not self.show_.point_at(found[1]):
                self._next()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._hide_pointer()

    # -------------------------------------------------------------- the clicker

    def _next(self) -> None:
        if self.blank:  # a clicker brings the picture back before it goes on
            self._set_blank("")
        else:
            self.show_.next()

    def _set_blank(self, how: str) -> None:
        self.blank = "" if self.blank == how else how
        self.update()

    def _digit(self, digit: int) -> None:
        lines = lines_of(self.show_.scene)
        if digit == 0:
            self.picked.clear()
        elif not self.show_.choose(digit - 1):
            self.picked.toggle(digit - 1, len(lines))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key, playback = event.key(), self.show_.playback
        if key == _Key.Key_Escape:
            self.close()
        elif key in _NEXT:
            self._next()
        elif key in _PREVIOUS:
            self.show_.previous()
        elif key in _BLACK:
            self._set_blank("black")
        elif key in _WHITE:
            self._set_blank("white")
        elif key == _Key.Key_Space:
            playback.toggle()
        elif key in _FASTER:
            playback.change_speed(1)
        elif key in _SLOWER:
            playback.change_speed(-1)
        elif key == _Key.Key_Home:
            playback.pause()
            playback.seek(0)
        elif key == _Key.Key_End:
            playback.pause()
            playback.seek(playback.last)
        elif key == _Key.Key_T:
            self.theme = "dark" if self.theme == "projector" else "projector"
            self.update()
        elif _Key.Key_0 <= key <= _Key.Key_9:
            self._digit(key - _Key.Key_0)
        else:
            super().keyPressEvent(event)

    # -------------------------------------------------------------- following

    def _repaint(self) -> None:
        if not self.blank:
            self.update()

    def _follow(self) -> None:
        self.picked.clear()
        heading, text = self.show_.caption
        self.setAccessibleDescription(f"{heading}. {text}" if text else heading)
        self.update()

    def _say_speed(self, speed: float) -> None:
        self._note = self.tr("speed {0}×").format(f"{speed:g}")
        self._forgetting.start()
        self.update()

    def _forget(self) -> None:
        self._note = ""
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._stage = self._image = None

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        super().closeEvent(event)
        self.ended.emit()


def other_screen(beside: QWidget | None) -> QScreen | None:
    """Return the screen to present on: another one than that of the window, where there is one."""
    own = beside.screen() if beside is not None else QGuiApplication.primaryScreen()
    others = [screen for screen in QGuiApplication.screens() if screen is not own]
    return others[0] if others else own
