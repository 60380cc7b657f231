"""Where in a lesson one is: a dot for each step, and a list of their titles."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.learn.session import LessonSession

_STEP, _LEAST = 20.0, 7.0  # pixels between two dots; closer where there are many


class Progress(QWidget):
    """A dot for each step: filled once seen, ringed where it asks, with the colour of the accent here.

    A click, or the arrow keys, go to a step.
    """

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setFixedHeight(24)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("steps of the lesson"))
        self.setToolTip(self.tr("The steps of the lesson; click on one to go there"))
        for signal in (session.step_changed, session.changed):
            signal.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(_STEP) * len(self.session.lesson.steps), 24)

    def _follow(self) -> None:
        session = self.session
        text = self.tr("step {n} of {all}: {title}").format(
            n=session.index + 1, all=len(session.lesson.steps), title=session.step.title
        )
        self.setAccessibleDescription(text)
        self.update()

    def _apart(self) -> float:
        count = len(self.session.lesson.steps)
        return min(_STEP, max(_LEAST, (self.width() - 16.0) / max(1, count - 1)))

    def place(self, index: int) -> QPointF:
        """Return the middle of a step's dot."""
        return QPointF(8.0 + index * self._apart(), self.height() / 2)

    def step_at(self, x: float) -> int:
        """Return the number of the step whose dot is nearest; -1 beside all of them."""
        index = round((x - 8.0) / self._apart())
        return index if 0 <= index < len(self.session.lesson.steps) else -1

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        session = self.session
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = len(session.lesson.steps)
        painter.setPen(QPen(look.hairline(), 1.0))
        painter.drawLine(self.place(0), self.place(count - 1))
        for index, step in enumerate(session.lesson.steps):
            at, here = self.place(index), index == session.index
            color = look.accent() if here else look.muted() if index in session.visited else look.groove()
            asks = step.ask is not None
            radius = 5.0 if here else 4.0 if asks else 3.0
            open_question = asks and index not in session.outcomes
            painter.setPen(QPen(color, 1.8))
            painter.setBrush(look.ground() if open_question else color)
            painter.drawEllipse(at, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 6, 6)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        index = self.step_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.session.go(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        way = ways.get(Qt.Key(event.key()), 0)
        if way:
            self.session.go(self.session.index + way)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.modifiers():
                event.accept()  # the playback's keys
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.step_at(event.pos().x())
            if index >= 0:
                title = self.session.lesson.steps[index].title
                text = self.tr("{n}. {title}").format(n=index + 1, title=title)
                QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)


def fill_steps(menu: QMenu, session: LessonSession) -> None:
    """Put the titles of the steps into a menu that goes to them."""
    menu.clear()
    for index, step in enumerate(session.lesson.steps):
        title = step.title.replace("&", "&&")
        action = menu.addAction(f"{index + 1}.  {title}")
        action.setCheckable(True)
        action.setChecked(index == session.index)
        action.triggered.connect(lambda _=False, index=index: session.go(index))


def score_color(points: float) -> str:
    """Return the colour a score is written in."""
    colors = theme.colors()
    return colors.accent if points >= 0.5 else colors.muted
