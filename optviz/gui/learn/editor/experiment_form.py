"""The experiment of a step: as text that is checked while it is typed, or taken from another page."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.learn.editor.fields import Complaint, TextArea, form, label
from optviz.gui.learn.editor.keeper import Keeper
from optviz.gui.learn.editor.tidy import tidy
from optviz.gui.learn.edits import change_experiment
from optviz.gui.learn.session import LessonSession
from optviz.lesson import LessonStep
from optviz.lesson.tables import brief

_PAUSE = 250  # ms without a key, after which what is typed is taken


class ExperimentForm(QWidget):
    """What the step shows, as the text of an experiment file.

    Signals
    -------
    wanted(str)
        A person wants the experiment of another page, "race" or "reshape".
    """

    wanted = Signal(str)

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._shown: Experiment | None = None
        column = form(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.from_race = self._button(
            self.tr("Take from Race"), self.tr("Show here what the Race page shows now"), "race"
        )
        self.from_reshape = self._button(
            self.tr("Take from Reshape"), self.tr("Show here what the Reshape page shows now"), "reshape"
        )
        row.addWidget(self.from_race)
        row.addWidget(self.from_reshape)
        row.addStretch(1)
        self.on = CheckBox(self.tr("also in the steps after it that show the same"), self)
        self.on.setAccessibleName(self.on.text())
        self.on.setToolTip(
            look.tip(self.tr("Change the steps that follow along, as long as they show the same"))
        )
        self.on.setChecked(True)
        self.text = TextArea(
            self.tr("experiment of the step"),
            self.tr("The experiment as in its own file; it is checked while you type"),
            16,
            code=True,
            parent=self,
        )
        self.wrong = Complaint(self)
        self.keeper = Keeper(session, self.wrong, {"experiment": self.tr("experiment")})
        column.addLayout(row)
        column.addWidget(label(self.tr("Or write it"), self.text, self))
        column.addWidget(self.text, 1)
        column.addWidget(self.wrong)
        column.addWidget(self.on)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.take_text)
        self._typed: LessonStep | None = None  # the step for which something is typed that was not read yet
        self.text.edited.connect(self._wait)
        self.text.left.connect(self._leave)
        session.settling.connect(self.take_pending)

    def _button(self, text: str, tip: str, page: str) -> look.FlatButton:
        button = look.FlatButton(text, tip, "", self)
        button.setFont(look.sized(self.font(), 13))
        button.show_text(text)
        button.clicked.connect(lambda: self.wanted.emit(page))
        return button

    def refresh(self) -> None:
        """Show the step's experiment, unless it is what has just been typed."""
        experiment, draft = self.session.step.experiment, self.keeper.draft("experiment")
        if draft is not None and not self._pause.isActive():
            self._shown = None
            self.text.put(draft.raw)
        elif experiment != self._shown and not self._pause.isActive():
            self._shown = experiment
            self.text.put(_text(experiment))
        self.keeper.tell()

    def start_over(self) -> None:
        """Another step is shown, with what could not be taken of it."""
        if self._pause.isActive():
            self._pause.stop()
            if self._typed is not None and self._typed is not self.session.step:
                raw, message = self.text.toPlainText(), self.tr("this text was not taken yet")
                try:
                    self._read(raw)
                except InputError as error:
                    message = str(error)
                self.session.drafts.put(
                    self._typed, "experiment", self.keeper.name_of("experiment"), raw, message
                )
        self._shown = None
        self.refresh()

    def field_of(self, key: str) -> QWidget:
        """Return the field of a draft."""
        return self.text

    def _wait(self) -> None:
        self._typed = self.session.step
        self._pause.start()

    def take_pending(self) -> None:
        """Take what is typed and was not read yet."""
        if self._pause.isActive():
            self.take_text()

    def _read(self, raw: str) -> Experiment:
        return Experiment.loads(raw, self.tr("experiment"))

    def take_text(self) -> None:
        """Take what is typed, or say what is wrong with it."""
        self._pause.stop()
        raw = self.text.toPlainText()

        def change() -> None:
            experiment = self._read(raw)
            # What the text means is known before the lesson tells of it.
            self._shown = experiment
            change_experiment(
                self.session, experiment, self.tr("experiment of a step"), on=self.on.isChecked()
            )
            self._shown = self.session.step.experiment

        self.keeper.attempt("experiment", raw, change)

    def take(self, experiment: Experiment) -> None:
        """Take an experiment from another page."""
        self._pause.stop()
        self._shown = None
        self.keeper.drop("experiment")
        try:
            change_experiment(
                self.session, tidy(experiment), self.tr("take an experiment"), on=self.on.isChecked()
            )
        except InputError as error:
            self.wrong.say(str(error))
        self.session.end_drag()
        self.refresh()

    def _leave(self) -> None:
        self.take_pending()
        self.session.end_drag()


def _text(experiment: Experiment) -> str:
    import tomlkit

    return tomlkit.dumps(brief(experiment)).strip() + "\n"
