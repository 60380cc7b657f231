"""The column in which a lesson is written."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.main_button import MainButton
from optviz.gui.controls.scroll_column import quiet_area
from optviz.gui.learn.drafts import Draft
from optviz.gui.learn.editor.experiment_form import ExperimentForm
from optviz.gui.learn.editor.fields import Complaint
from optviz.gui.learn.editor.lesson_form import LessonForm
from optviz.gui.learn.editor.question_form import QuestionForm
from optviz.gui.learn.editor.show_form import ShowForm
from optviz.gui.learn.editor.step_row import StepRow
from optviz.gui.learn.editor.text_form import TextForm
from optviz.gui.learn.session import LessonSession

Form = TextForm | ExperimentForm | ShowForm | QuestionForm | LessonForm


class EditColumn(QWidget):
    """The steps of the lesson, and the one that is chosen in forms; title and summary in another.

    Signals
    -------
    done()
        A person has finished writing.
    wanted(str)
        A person wants the experiment of another page.
    """

    done = Signal()
    wanted = Signal(str)

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._step = -1  # the step the forms were filled for
        self.setAccessibleName(self.tr("lesson editor"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 6, 0)
        column.setSpacing(8)
        column.addLayout(self._make_head())
        self.held_up = Complaint(self)
        column.addWidget(self.held_up)
        self.steps = StepRow(session, self)
        column.addWidget(self.steps)
        column.addLayout(self._make_tabs(self))
        column.addWidget(look.Hairline(self))
        self.area = quiet_area(self)
        body = QWidget(self.area)
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 8, 12)
        inside.setSpacing(6)
        self.text, self.experiment = TextForm(session, body), ExperimentForm(session, body)
        self.show_form, self.question = ShowForm(session, body), QuestionForm(session, body)
        self.lesson = LessonForm(session, body)
        self.forms: tuple[Form, ...] = (
            self.text,
            self.experiment,
            self.show_form,
            self.question,
            self.lesson,
        )
        self.stack = QStackedWidget(body)
        for one in self.forms:
            self.stack.addWidget(one)
        inside.addWidget(self.stack, 1)
        self.area.setWidget(body)
        column.addWidget(self.area, 1)
        self.experiment.wanted.connect(self.wanted)
        session.changed.connect(self.refresh)
        session.step_changed.connect(self.refresh)
        session.drafts.changed.connect(self._mark)
        self.choose(0)
        self.refresh()

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 8, 0)
        name = QLabel(self.tr("Edit the lesson"), self)
        name.setFont(look.sized(self.font(), look.NORMAL, strong=True))
        self.finish = MainButton(self)
        self.finish.say(self.tr("Done"), self.tr("Go through the lesson as it is now"))
        self.finish.clicked.connect(self._finish)
        row.addWidget(name)
        row.addStretch(1)
        row.addWidget(self.finish)
        return row

    def _make_tabs(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.tabs = QButtonGroup(self)
        self._names = names = (
            (self.tr("Text"), self.tr("What is said")),
            (self.tr("Experiment"), self.tr("What is shown")),
            (self.tr("Playing"), self.tr("What plays and what moves")),
            (self.tr("Question"), self.tr("What is asked")),
            (self.tr("Lesson"), self.tr("Title and summary of the whole lesson")),
        )
        for at, (text, tip) in enumerate(names):
            tab = QToolButton(body)
            tab.setObjectName("tab")
            tab.setText(text)
            tab.setCheckable(True)
            tab.setAccessibleName(text)
            tab.setToolTip(look.tip(tip))
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.tabs.addButton(tab, at)
            row.addWidget(tab)
        row.addStretch(1)
        self.tabs.idClicked.connect(self.choose)
        return row

    def choose(self, at: int) -> None:
        """Show one of the forms; the others take no height."""
        self.tabs.button(at).setChecked(True)
        self.stack.setCurrentIndex(at)
        self.forms[at].refresh()

    def refresh(self) -> None:
        """Show the lesson, and the step that is chosen."""
        if not self.session.editing:
            self._step = -1
            return
        another = self._step != self.session.index
        self._step = self.session.index
        for one in self.forms:
            one.start_over() if another else one.refresh()
        self._mark()

    def _finish(self) -> None:
        """Go through the lesson, unless something that was typed is not in it yet."""
        draft = self.session.first_draft()
        if draft is None:
            self.done.emit()
        else:
            self.show_draft(draft)

    def show_draft(self, draft: Draft) -> None:
        """Go to what could not be taken, and say so."""
        session = self.session
        for at, step in enumerate(session.lesson.steps):
            if step is draft.holder:
                session.go(at)
        forms = self.forms[:-1] if draft.holder is not session.lesson else self.forms[-1:]
        form: Form = next(one for one in forms if draft.key.split(".")[0] in one.keeper.names)
        self.choose(self.forms.index(form))
        field = form.field_of(draft.key)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.area.ensureWidgetVisible(field)
        self.held_up.say(self.tr("Not done: {what}").format(what=session.where(draft)))

    def _mark(self) -> None:
        """Mark the tabs that hold something that could not be taken."""
        session = self.session
        if not session.drafts.within(session.lesson):
            self.held_up.say("")
        for at, (form, (name, tip)) in enumerate(zip(self.forms, self._names, strict=True)):
            wrong = bool(form.keeper.own())
            tab = self.tabs.button(at)
            tab.setText(f"{name} ⚠" if wrong else name)
            told = self.tr("{tab}, something is wrong").format(tab=name) if wrong else name
            tab.setAccessibleName(told)
            tab.setToolTip(look.tip(told if wrong else tip))

    def take(self, experiment: Experiment) -> None:
        """Take an experiment from another page into the step."""
        self.experiment.take(experiment)
