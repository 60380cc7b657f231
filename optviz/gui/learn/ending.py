"""The end of a lesson: how good each prediction was, and where to go from here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.main_button import MainButton
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import points_words
from optviz.lesson.prose import Paragraph, Span, parse_line


class Ending(QWidget):
    """Sums a lesson up: the points in all, and of each question.

    Signals
    -------
    back_asked()
        A person wants the last step again.
    home_asked()
        A person wants the list of lessons.
    """

    back_asked = Signal()
    home_asked = Signal()

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setAccessibleName(self.tr("end of the lesson"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget(area)
        inside = QVBoxLayout(body)
        inside.setContentsMargins(20, 24, 20, 20)
        inside.setSpacing(14)
        self.title = ProseView(18, strong=True, parent=body)
        self.total = ProseView(22, role="accent", strong=True, parent=body)
        self.list = QVBoxLayout()
        self.list.setSpacing(12)
        self.rows: list[QWidget] = []
        for part in (self.title, self.total):
            inside.addWidget(part)
        inside.addLayout(self.list)
        inside.addStretch(1)
        area.setWidget(body)
        column.addWidget(area, 1)
        column.addWidget(look.Hairline(self))
        column.addWidget(self._make_foot())
        session.finished_changed.connect(self._follow)

    def _make_foot(self) -> QWidget:
        foot = QWidget(self)
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 8, 12, 8)
        self.back = self._button(self.tr("‹ Back"), self.tr("last step"), self.tr("The last step (Page Up)"))
        self.back.clicked.connect(self.back_asked)
        self.home = self._button(
            self.tr("All lessons"), self.tr("all lessons"), self.tr("The list of lessons")
        )
        self.home.clicked.connect(self.home_asked)
        self.again = MainButton(foot)
        self.again.say(self.tr("Begin again"), self.tr("The first step, with every prediction forgotten"))
        self.again.clicked.connect(self.session.start_again)
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.home)
        row.addWidget(self.again)
        return foot

    def _button(self, text: str, name: str, tip: str) -> look.FlatButton:
        button = look.FlatButton(name, tip, "", self)
        button.setFont(look.sized(self.font(), 13))
        button.show_text(text)
        return button

    def _follow(self, finished: bool) -> None:
        if not finished:
            return
        session = self.session
        lesson = session.lesson
        self.title.show_text((_line(self.tr("The end of “{title}”").format(title=lesson.title)),))
        self.total.show_text((_line(points_words(session.points, lesson.asks)),) if lesson.asks else ())
        self.total.setVisible(bool(lesson.asks))
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        for at, step in enumerate(lesson.steps):
            if step.ask is None:
                continue
            place = self.tr("Step {n}: {points}").format(n=at + 1, points=self.points_of(at))
            view = ProseView(look.NORMAL, parent=self)
            view.show_text((_line(place), parse_line(step.ask.question, "question")))
            self.list.addWidget(view)
            self.rows.append(view)
            view.show()

    def points_of(self, at: int) -> str:
        """Return what came of the question of a step, in words."""
        outcome = self.session.outcomes.get(at)
        if outcome is None:
            return self.tr("not answered")
        if outcome.score is None:
            return self.tr("no prediction")
        return points_words(outcome.score.points, 1)


def _line(text: str) -> Paragraph:
    return Paragraph((Span(text, bold=True),))
