"""The experiment of a step: as text that is checked while it is typed, or taken from another page."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.learn.editor.fields import Complaint, TextArea, form, label
from optviz.gui.learn.edits import change_experiment
from optviz.gui.learn.session import LessonSession
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
        column.addLayout(row)
        column.addWidget(label(self.tr("Or write it"), self.text, self))
        column.addWidget(self.text, 1)
        column.addWidget(self.wrong)
        column.addWidget(self.on)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.take_text)
        self.text.edited.connect(lambda _: self._pause.start())
        self.text.left.connect(self._leave)

    def _button(self, text: str, tip: str, page: str) -> look.FlatButton:
        button = look.FlatButton(text, tip, "", self)
        button.setFont(look.sized(self.font(), 13))
        button.show_text(text)
        button.clicked.connect(lambda: self.wanted.emit(page))
        return button

    def refresh(self) -> None:
        """Show the step's experiment, unless it is what has just been typed."""
        experiment = self.session.step.experiment
        if experiment != self._shown and not self._pause.isActive():
            self._shown = experiment
            self.text.put(_text(experiment))
            self.wrong.say("")

    def start_over(self) -> None:
        """Another step is shown: forget what could not be taken."""
        self._pause.stop()
        self._shown = None
        self.refresh()

    def take_text(self) -> None:
        """Take what is typed, or say what is wrong with it."""
        self._pause.stop()

        def change() -> None:
            experiment = Experiment.loads(self.text.toPlainText(), self.tr("experiment"))
            # What the text means is known before the lesson tells of it.
            self._shown = experiment
            change_experiment(
                self.session, experiment, self.tr("experiment of a step"), on=self.on.isChecked()
            )
            self._shown = self.session.step.experiment

        self.wrong.attempt(change)

    def take(self, experiment: Experiment) -> None:
        """Take an experiment from another page."""
        self._pause.stop()
        self._shown = None
        try:
            change_experiment(self.session, experiment, self.tr("take an experiment"), on=self.on.isChecked())
        except InputError as error:
            self.wrong.say(str(error))
        self.session.end_drag()
        self.refresh()

    def _leave(self) -> None:
        if self._pause.isActive():
            self.take_text()
        self.session.end_drag()


def _text(experiment: Experiment) -> str:
    import tomlkit

    return tomlkit.dumps(brief(experiment)).strip() + "\n"
