"""The column beside the picture: which lesson, which step, what is said, what is asked, and the way on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from optviz.gui.controls import look
from optviz.gui.controls.main_button import MainButton
from optviz.gui.controls.scroll_column import quiet_area
from optviz.gui.learn.motion_row import MotionRow
from optviz.gui.learn.options import Options
from optviz.gui.learn.progress import Progress, fill_steps
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.learn.question import Question
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import points_words
from optviz.lesson.prose import Paragraph, Span

WIDTH = 372  # pixels, the least it needs
_WIDE, _LARGER = 480, 1.15  # from this width on, type is so much larger


class LearnColumn(QWidget):
    """Shows a step in words.

    Signals
    -------
    home_asked()
        A person wants the list of lessons.
    taken()
        A person wants the step's experiment on the page it belongs on.
    edit_asked()
        A person wants to change the lesson.
    next_asked(), previous_asked()
        A person wants another step.
    """

    home_asked = Signal()
    taken = Signal()
    edit_asked = Signal()
    next_asked = Signal()
    previous_asked = Signal()

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setMinimumWidth(WIDTH)
        self.setAccessibleName(self.tr("lesson"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head())
        column.addWidget(look.Hairline(self))
        self.area = quiet_area(self)
        self.area.setWidget(self._make_body())
        column.addWidget(self.area, 1)
        column.addWidget(look.Hairline(self))
        column.addWidget(self._make_foot())
        session.step_changed.connect(self._follow_step)
        session.given_changed.connect(self._follow)
        session.changed.connect(self._follow)
        self._follow()

    # -------------------------------------------------------------- parts

    def _button(self, text: str, name: str, tip: str, parent: QWidget) -> look.FlatButton:
        button = look.FlatButton(name, tip, "", parent)
        button.setFont(look.sized(self.font(), 13))
        button.show_text(text)
        return button

    def _make_head(self) -> QWidget:
        head = QWidget(self)
        column = QVBoxLayout(head)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(2)
        self.home = self._button(
            self.tr("‹ Lessons"), self.tr("all lessons"), self.tr("The list of lessons"), head
        )
        self.home.clicked.connect(self.home_asked)
        self.take = self._button(
            self.tr("Try it yourself"),
            self.tr("try it yourself"),
            self.tr("Take what this step shows to the page where everything about it can be changed"),
            head,
        )
        self.take.clicked.connect(self.taken)
        self.edit = self._button(
            self.tr("Edit"), self.tr("edit the lesson"), self.tr("Change this lesson, or write one"), head
        )
        self.edit.clicked.connect(self.edit_asked)
        for part in (self.home, self.take, self.edit):
            row.addWidget(part)
        row.insertStretch(1, 1)
        column.addLayout(row)
        title = QHBoxLayout()
        title.setContentsMargins(8, 2, 0, 0)
        self.title = look.Elided("", head)
        self.title.setFont(look.sized(self.font(), look.NORMAL, strong=True))
        self.title.setFixedHeight(24)
        self.points = look.Note("", head)
        title.addWidget(self.title, 1)
        title.addWidget(self.points)
        column.addLayout(title)
        under = QHBoxLayout()
        under.setSpacing(8)
        self.progress = Progress(self.session, head)
        self.steps = QToolButton(head)
        self.steps.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.steps.setAccessibleName(self.tr("list of steps"))
        self.steps.setToolTip(self.tr("The steps by title"))
        self.steps.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self.steps)
        menu.aboutToShow.connect(lambda: fill_steps(menu, self.session))
        self.steps.setMenu(menu)
        under.addWidget(self.progress, 1)
        under.addWidget(self.steps)
        column.addLayout(under)
        return head

    def _make_body(self) -> QWidget:
        self.body = QWidget(self.area)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(20, 16, 10, 20)
        column.setSpacing(16)
        self.heading = ProseView(18, strong=True, parent=self.body)
        self.text = ProseView(look.NORMAL, parent=self.body)
        self.motion = MotionRow(self.session, self.body)
        self.question = Question(self.session, self.body)
        for part in (self.heading, self.text, self.motion, self.question):
            column.addWidget(part)
        column.addStretch(1)
        return self.body

    def _make_foot(self) -> QWidget:
        foot = QWidget(self)
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 8, 12, 8)
        self.previous = self._button(
            self.tr("‹ Previous"), self.tr("previous step"), self.tr("The step before (Page Up)"), foot
        )
        self.previous.clicked.connect(self.previous_asked)
        self.next = MainButton(foot)
        self.next.clicked.connect(self.next_asked)
        row.addWidget(self.previous)
        row.addStretch(1)
        row.addWidget(self.next)
        self.question.answered.connect(lambda: self.next.setFocus(Qt.FocusReason.OtherFocusReason))
        return foot

    # -------------------------------------------------------------- following

    def _follow_step(self) -> None:
        focus = QApplication.focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self._follow()
        if held and focus is not None and not (focus.isEnabled() and focus.isVisible()):
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)  # or no key would arrive any more
        self._settle()
        answered = self.session.outcome is not None
        if answered:
            bar = self.area.verticalScrollBar()
            # Where not all of it has room, what was found and why comes before what was asked.
            top = self.question.y() + self.question.told_from
            bar.setValue(
                min(max(0, self.question.geometry().bottom() + 20 - self.area.viewport().height()), top)
            )
        else:
            self.area.verticalScrollBar().setValue(0)

    def _settle(self) -> None:
        """Lay the body out now, so that places in it are known."""
        inner, layout = self.question.layout(), self.body.layout()
        if inner is not None:
            inner.activate()  # Qt tells the layout around it later
            self.question.updateGeometry()
        if layout is not None:
            layout.activate()
            height = max(layout.totalHeightForWidth(self.body.width()), self.area.viewport().height())
            self.body.resize(self.body.width(), height)
            layout.activate()

    def _follow(self) -> None:
        session, step = self.session, self.session.step
        lesson = session.lesson
        self.title.setText(lesson.title)
        self.title.setToolTip(look.tip(lesson.title))
        asked = lesson.asks
        self.points.setText(points_words(session.points, asked) if asked and session.outcomes else "")
        count = self.tr("{n} of {all}").format(n=session.index + 1, all=len(lesson.steps))
        self.steps.setText(f"{count} ▾")
        self.heading.show_text((Paragraph((Span(step.title),)),))
        self.text.show_text(step.paragraphs)
        self.text.setVisible(bool(step.paragraphs))
        self.previous.setEnabled(session.index > 0)
        last = session.index == len(lesson.steps) - 1
        if last:
            self.next.say(
                self.tr("Finish"),
                self.tr("The end of the lesson, and how good the predictions were (Page Down)"),
            )
        else:
            self.next.say(self.tr("Next ›"), self.tr("The next step (Page Down)"))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # A wide column belongs to a large window, which is read from farther away.
        scale = _LARGER if self.width() >= _WIDE else 1.0
        for text in self.body.findChildren(ProseView):
            text.set_scale(scale)
        for options in self.body.findChildren(Options):
            options.set_scale(scale)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
