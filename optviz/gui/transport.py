"""The transport: play, step, scrub, speed, loop, and one line that says how things stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import fill
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from optviz.gui import theme
from optviz.gui.icons import icon
from optviz.gui.playback import SPEEDS, Playback

_ICON = QSize(20, 20)
_WRAP = 60  # characters a line of a tooltip


class ScrubSlider(QSlider):
    """A slider that jumps to where it is pressed and follows from there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.marks: list[int] = []

    def set_marks(self, values: Sequence[int]) -> None:
        """Mark values on the groove: where something special is."""
        if list(values) != self.marks:
            self.marks = list(values)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self.marks:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span, middle = max(1, self.width() - handle), 0.5 * self.height()
        painter = QPainter(self)
        color = QColor(theme.colors().text)
        for value in self.marks:
            if self.minimum() <= value <= self.maximum() and value != self.value():
                at = QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), value, span)
                painter.fillRect(QRectF(at + handle / 2 - 1.0, middle - 5.0, 2.0, 10.0), color)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setSliderDown(True)
        self._jump(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.isSliderDown():
            self._jump(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        # The wheel that merely passes over it moves nothing.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _jump(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span = max(1, self.width() - handle)
        at = round(event.position().x() - handle / 2)
        value = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, span)
        self.setValue(value)
        self.sliderMoved.emit(value)
        event.accept()


class StatusLine(QLabel):
    """One line of news, cut where there is no room; the whole of it in the tooltip and on a click.

    Signals
    -------
    asked(str)
        Somebody wants to read the whole of it.
    """

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)
        self.setAccessibleName(self.tr("Status"))
        self._text = self._full = ""

    @property
    def full(self) -> str:
        """The whole text."""
        return self._full

    def say(self, text: str, error: bool = False, full: str = "") -> None:
        """Show a line, which stands for `full`; an error is red and in words."""
        full = full or text
        if (text, full, error) == (self._text, self._full, self.property("error")):
            return
        self._text, self._full = text, full
        if self.property("error") != error:
            self.setProperty("error", error)
            self.style().polish(self)
        self.setToolTip(fill(full, _WRAP))
        self.setAccessibleDescription(full)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if full else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if full else Qt.CursorShape.ArrowCursor)
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width() - 2
        self.setText(QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._full and event.button() == Qt.MouseButton.LeftButton:
            self.asked.emit(self._full)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if self._full and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asked.emit(self._full)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._full:
            text = self.toolTip()
            up = QPoint(0, -16 - self.fontMetrics().lineSpacing() * (1 + text.count("\n")))
            QToolTip.showText(cast(QHelpEvent, event).globalPos() + up, text, self)
            return True
        return super().event(event)


class Transport(QWidget):
    """The bar at the bottom of the window.

    Parameters
    ----------
    actions
        The window's actions by name: first, previous, play, next, last, loop.
    """

    def __init__(
        self, playback: Playback, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.playback = playback
        self._actions = actions
        self._words: Callable[[int, int], str] = self._step_of
        self.runs: Callable[[], bool] = lambda: playback.playing  # whether "play" would pause
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        row.setSpacing(2)
        self.buttons = {
            name: self._button(actions[name]) for name in ("first", "previous", "play", "next", "last")
        }
        for button in self.buttons.values():
            row.addWidget(button)

        self.slider = ScrubSlider(self)
        self.slider.setAccessibleName(self.tr("Step shown"))
        self.slider.setToolTip(self.tr("Drag to move through the race; the arrow keys move by one step"))
        self.slider.setMinimumWidth(120)
        self.slider.setPageStep(10)
        row.addSpacing(8)
        row.addWidget(self.slider, 2)
        row.addSpacing(12)

        self.counter = QLabel(self)
        self.counter.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.counter.setAccessibleName(self.tr("Step shown"))
        row.addWidget(self.counter)
        row.addSpacing(8)

        self.speed = QToolButton(self)
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setAccessibleName(self.tr("Playing speed"))
        self.speed.setToolTip(self.tr("Playing speed; the keys [ and ] make it slower and faster"))
        self.speed.setMenu(self._speed_menu())
        self.speed.setFixedWidth(self.fontMetrics().horizontalAdvance("0.25×") + 20)
        row.addWidget(self.speed)
        self.loop = self._button(actions["loop"])
        row.addWidget(self.loop)
        row.addSpacing(8)

        self.warning = QLabel(self)
        self.warning.hide()
        row.addWidget(self.warning)
        self.status = StatusLine(self)
        row.addWidget(self.status, 3)

        self.slider.valueChanged.connect(self._scrub)
        self.slider.sliderReleased.connect(self._release)
        self._resume = False
        playback.frame_changed.connect(self._show_frame)
        playback.playing_changed.connect(self.refresh)
        playback.speed_changed.connect(self.refresh)
        playback.loop_changed.connect(self.refresh)
        self.set_last(playback.last)
        self.follow_theme()

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setIconSize(_ICON)
        button.setFixedSize(32, 32)
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        action.changed.connect(lambda: button.setAccessibleName(action.text()))
        return button

    def _speed_menu(self) -> QMenu:
        menu = QMenu(self.speed)
        group = QActionGroup(menu)
        for speed in SPEEDS:
            action = menu.addAction(f"{speed:g}×")
            action.setCheckable(True)
            action.setData(speed)
            group.addAction(action)
        group.triggered.connect(lambda action: self.playback.set_speed(action.data()))
        self._speeds = group
        return menu

    def set_last(self, last: int) -> None:
        """Set the number of the last step; the counter's width is made for it."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        self.slider.blockSignals(False)
        self.counter.setFixedWidth(self.counter.fontMetrics().horizontalAdvance(self._count(last, last)) + 2)
        self.refresh()

    def count_in(self, words: Callable[[int, int], str], name: str, tip: str) -> None:
        """Say otherwise than in steps where playback stands: `words(frame, last)`, called `name`."""
        self._words = words
        for part in (self.slider, self.counter):
            part.setAccessibleName(name)
        self.slider.setToolTip(tip)
        self.set_last(self.playback.last)

    def _count(self, step: int, last: int) -> str:
        return self._words(step, last)

    def _step_of(self, step: int, last: int) -> str:
        return self.tr("step {step} of {last}").format(step=step, last=last)

    def refresh(self) -> None:
        """Show the playback as it is."""
        playback = self.playback
        self._show_frame()
        self.speed.setText(f"{playback.speed:g}×")
        for action in self._speeds.actions():
            action.setChecked(action.data() == playback.speed)
        play = self._actions["play"]
        runs = self.runs()
        text = self.tr("Pause") if runs else self.tr("Play")
        if play.text() != text:
            play.setText(text)
            play.setIcon(icon("pause" if runs else "play"))
        if self._actions["loop"].isChecked() != playback.loop:
            self._actions["loop"].setChecked(playback.loop)

    def _show_frame(self) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self.playback.frame)
        self.slider.blockSignals(False)
        self.counter.setText(self._count(self.playback.frame, self.playback.last))

    def _scrub(self, frame: int) -> None:
        # While the handle is held the clock stands; it goes on from where the handle is let go.
        if self.slider.isSliderDown() and self.playback.playing:
            self._resume = True
            self.playback.pause()
        self.playback.seek(frame)

    def _release(self) -> None:
        if self._resume:
            self._resume = False
            if self.playback.frame < self.playback.last:
                self.playback.play()

    def set_stale(self, stale: bool) -> None:
        """Grey out the step while what it belongs to is not that of the experiment."""
        self.counter.setEnabled(not stale)
        # A slider that is switched off would hand the keyboard on.
        self.slider.setEnabled(not stale or self.slider.hasFocus())

    def follow_theme(self) -> None:
        """Redraw what is a picture in the colours in force."""
        self.warning.setPixmap(icon("warning", "error").pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def say(self, text: str, error: bool = False, full: str = "") -> None:
        """Show a line of news at the right end."""
        self.warning.setVisible(error)
        self.status.say(text, error, full)
