"""The list of lessons: those that come with optviz, one to open, one to write."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from optviz import resources
from optviz.errors import InputError
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.learn.records import Record, Records
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import points_words
from optviz.lesson import Lesson
from optviz.lesson.prose import Paragraph, Span, parse_line
from optviz.render import fonts
from optviz.render.prose import Setting, set_text

_PAD = 16.0
_WIDEST = 1040


class LessonCard(QAbstractButton):
    """A lesson: its number, title, summary and length."""

    def __init__(self, path: Path, lesson: Lesson, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path, self.lesson, self.number = path, lesson, number
        self.record: Record | None = None
        self.setAccessibleName(lesson.title)
        self.setAccessibleDescription(parse_line(lesson.summary, "summary").plain)
        self.setToolTip(look.tip(lesson.title))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(260)

    def _parts(self) -> tuple[Setting, Setting]:
        width = max(120, round(self.width() - 2 * _PAD))
        title = set_text((Paragraph((Span(self.lesson.title),)),), width - 30, 16, strong=True)
        return title, set_text((parse_line(self.lesson.summary, "summary"),), width, 13)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        title, summary = self._parts()
        return QSize(320, round(title.height + summary.height + 2 * _PAD + 38))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.setMinimumHeight(self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        colors = theme.colors()
        edge = look.accent() if self.hasFocus() or self.underMouse() else look.hairline()
        painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(look.base())
        painter.drawRoundedRect(box, 8, 8)
        title, summary = self._parts()
        face = fonts.font(16)
        fonts.write(painter, _PAD, _PAD + 17, str(self.number), face, colors.accent)
        title.paint(painter, _PAD + 30, _PAD - 1, colors.text)
        summary.paint(painter, _PAD, _PAD + title.height + 10, colors.muted)
        base, small = self.height() - _PAD, fonts.font(look.SMALL)
        fonts.write(painter, _PAD, base, self.length(), small, colors.muted)
        if self.record is not None:
            told = self.told(self.record)
            fonts.write(painter, self.width() - _PAD, base, told, small, colors.accent, fonts.RIGHT)
        painter.end()

    def length(self) -> str:
        """Return how long it is, in words."""
        count, asks = len(self.lesson.steps), self.lesson.asks
        return self.tr("{steps} steps, {questions} questions").format(steps=count, questions=asks)

    def told(self, record: Record) -> str:
        """Return how far somebody went through it, in words."""
        count = len(self.lesson.steps)
        if record.finished:
            text = self.tr("finished")
        else:
            text = self.tr("step {n} of {all}").format(n=min(record.reached, count), all=count)
        if not self.lesson.asks or not record.answered:
            return text
        return self.tr("{where}; {points}").format(
            where=text, points=points_words(record.points, self.lesson.asks)
        )

    def show_record(self, record: Record | None) -> None:
        """Show how far somebody went through it."""
        self.record = record
        told = [parse_line(self.lesson.summary, "summary").plain]
        self.setAccessibleDescription("; ".join([*told, *([self.told(record)] if record else [])]))
        self.update()


class GoOnCard(QAbstractButton):
    """The lesson that is open: its title, its file, and where one was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._under = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(74)

    def show_lesson(self, session: LessonSession) -> None:
        """Show what is open."""
        name = self.tr("Go on with “{title}”").format(title=session.lesson.title)
        parts = [self.tr("step {n} of {all}").format(n=session.index + 1, all=len(session.lesson.steps))]
        if session.outcomes:
            parts.append(points_words(session.points, session.lesson.asks))
        if session.path is not None:
            parts.append(session.path.name)
        if session.unsaved:
            parts.append(self.tr("not saved"))
        self._under = "   ·   ".join(parts)
        self.setText(name)
        self.setAccessibleName(name)
        self.setAccessibleDescription("; ".join(parts))
        self.setToolTip(look.tip(name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors()
        edge = look.accent() if self.hasFocus() or self.underMouse() else look.hairline()
        painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(look.chosen_ground())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        face, room = fonts.font(16, strong=True), self.width() - 2 * _PAD
        fonts.write(painter, _PAD, 32, fonts.elided(self.text(), face, room), face, colors.text)
        small = fonts.font(look.SMALL)
        fonts.write(painter, _PAD, 56, fonts.elided(self._under, small, room), small, colors.muted)
        painter.end()


class Library(QWidget):
    """The lessons to choose from.

    Signals
    -------
    chosen(Path)
        A lesson that comes with optviz.
    open_asked()
        A file of one's own.
    new_asked()
        A new lesson.
    go_on_asked()
        The lesson that is open.
    painted()
        It is on the screen.
    """

    chosen = Signal(object)
    open_asked = Signal()
    new_asked = Signal()
    go_on_asked = Signal()
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(area)
        body = QWidget(area)
        around = QHBoxLayout(body)
        around.setContentsMargins(32, 28, 32, 28)
        middle = QWidget(body)
        middle.setMaximumWidth(_WIDEST)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        around.addWidget(middle, 1)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addLayout(self._make_head(middle))
        self.go_on = GoOnCard(middle)
        self.go_on.clicked.connect(self.go_on_asked)
        self.go_on.hide()
        column.addWidget(self.go_on)
        grid = QGridLayout()
        grid.setSpacing(16)
        self.cards = [LessonCard(path, lesson, n, middle) for n, (path, lesson) in enumerate(_lessons(), 1)]
        for at, card in enumerate(self.cards):
            card.clicked.connect(lambda _=False, card=card: self.chosen.emit(card.path))
            grid.addWidget(card, at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addStretch(1)
        area.setWidget(body)

    def follow(self, session: LessonSession, records: Records) -> None:
        """Show the lesson that is open, if somebody chose it, and how far each was gone through."""
        self.go_on.setVisible(session.chosen)
        self.go_on.show_lesson(session)
        for card in self.cards:
            card.show_record(records.known.get(card.lesson.title))

    def _make_head(self, parent: QWidget) -> QHBoxLayout:
        title = QLabel(self.tr("Lessons"), parent)
        title.setFont(look.sized(self.font(), 22, strong=True))
        self.open = look.FlatButton(
            self.tr("open a lesson"), self.tr("Open a lesson file of your own"), "folder", parent
        )
        self.open.show_text(self.tr("Open…"))
        self.open.clicked.connect(self.open_asked)
        self.new = look.FlatButton(
            self.tr("new lesson"), self.tr("Write a lesson of your own; no code is needed"), "add", parent
        )
        self.new.show_text(self.tr("New lesson"))
        self.new.clicked.connect(self.new_asked)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.open)
        row.addWidget(self.new)
        return row

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        self.painted.emit()


def _lessons() -> list[tuple[Path, Lesson]]:
    found = []
    for path in resources.lessons():
        with contextlib.suppress(InputError):
            found.append((path, Lesson.load(path)))
    return found
