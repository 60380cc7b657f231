"""What a step asks: how a prediction is made, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.identity import slots_of
from optviz.gui.controls.knob_row import KnobRow
from optviz.gui.controls.main_button import MainButton
from optviz.gui.learn.chart import AnswerChart
from optviz.gui.learn.options import Options
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.learn.session import LessonSession, Outcome
from optviz.gui.learn.words import points_words, told
from optviz.lesson import Ask, parse
from optviz.lesson.prose import Paragraph, Span, parse_line
from optviz.lesson.scoring import DIVERGES
from optviz.optimizers import OPTIMIZERS
from optviz.render.style import number
from optviz.setting import Pair


def range_of(ask: Ask, optimizer: str) -> Pair:
    """Return the learning rates that are offered."""
    return ask.range or OPTIMIZERS[optimizer].knobs[0].slider or (1e-5, 10.0)


class Question(QWidget):
    """Asks what the step asks, takes a prediction, reveals the answer and says how good it was.

    Signals
    -------
    answered()
        What had the keyboard is gone: the question was answered, or another step is shown.
    """

    answered = Signal()

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._shown: tuple[int, Ask] | None = None  # the question that the parts are made for
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(10)
        self.question = ProseView(look.NORMAL, strong=True, parent=self)
        self.hint = look.Note("", self)
        self.hint.setWordWrap(True)
        self.options = Options(self)
        self.diverges = Options(self)
        self.rate: KnobRow | None = None
        self._rates = QVBoxLayout()
        self.reveal = MainButton(self)
        self.skip = look.FlatButton(
            self.tr("show the answer"), self.tr("Show the answer without a guess"), "", self
        )
        self.skip.setFont(look.sized(self.font(), 13))
        self.skip.show_text(self.tr("Just show me"))
        row = self._row(self.reveal, self.skip)
        self.result = ProseView(look.NORMAL, strong=True, parent=self)
        self.answer = ProseView(look.NORMAL, parent=self)
        self.chart = AnswerChart(self)
        self.explanation = ProseView(look.NORMAL, parent=self)
        self.again = look.FlatButton(
            self.tr("ask again"), self.tr("Forget the answer and ask again"), "", self
        )
        self.again.setFont(look.sized(self.font(), 13))
        self.again.show_text(self.tr("Ask again"))
        column.addWidget(self.question)
        column.addWidget(self.hint)
        column.addWidget(self.options)
        column.addLayout(self._rates)
        column.addWidget(self.diverges)
        column.addLayout(row)
        for part in (self.result, self.answer, self.chart, self.explanation):
            column.addWidget(part)
        column.addLayout(self._row(self.again))
        self.options.chosen.connect(self._choose)
        self.diverges.chosen.connect(self._choose_divergence)
        self.reveal.clicked.connect(session.reveal)
        self.skip.clicked.connect(self._skip)
        self.again.clicked.connect(session.ask_again)
        session.step_changed.connect(self.refresh)
        session.given_changed.connect(self.refresh)
        self.refresh()

    @staticmethod
    def _row(*parts: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in parts:
            row.addWidget(part)
        row.addStretch(1)
        return row

    @property
    def told_from(self) -> int:
        """How far down what came of it begins."""
        first = self.result if not self.result.isHidden() else self.answer
        first = self.explanation if first.isHidden() else first
        return max(0, first.y() - 12)

    # -------------------------------------------------------------- showing

    def refresh(self) -> None:
        """Show the question of the step, the prediction, or the answer."""
        ask = self.session.step.ask
        held = self._has_keyboard()
        self._show(ask)
        if held and not self._has_keyboard():
            self.answered.emit()

    def _has_keyboard(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus) and focus.isEnabled() and focus.isVisible()

    def _show(self, ask: Ask | None) -> None:
        session = self.session
        self.setVisible(ask is not None)
        if ask is None:
            self._shown = None
            return
        if self._shown != (session.index, ask):
            self._shown = (session.index, ask)
            self._make(ask)
        outcome = session.outcome
        given = outcome.given if outcome is not None else session.given
        self._show_given(ask, given)
        self._show_hint(ask, outcome)
        asking = outcome is None
        self.reveal.setVisible(asking)
        self.skip.setVisible(asking)
        self.reveal.waits = session.judging  # it keeps the keyboard until the answer is there
        self.reveal.update()
        text = self.tr("Reveal") if not session.judging else self.tr("Computing…")
        self.reveal.say(text, self.tr("Show the answer, and how good the prediction was"))
        self._show_outcome(ask, outcome)

    def _make(self, ask: Ask) -> None:
        """Make what a prediction is made with."""
        experiment = self.session.step.experiment
        self.question.show_text((parse_line(ask.question, "question"),))
        if self.rate is not None:
            self.rate.hide()
            self.rate.deleteLater()
            self.rate = None
        rows: list[tuple[Paragraph, tuple[int, str | None] | None]] = []
        if ask.kind == "winner":
            slots = slots_of(experiment.entrants)
            rows = [
                (_line(one.title), (slot, one.color))
                for one, slot in zip(experiment.entrants, slots, strict=True)
                if not one.hidden
            ]
        elif ask.kind == "choice":
            rows = [(parse_line(option, "option"), None) for option in ask.options]
        self.options.offer(rows)
        self.options.setVisible(bool(rows))
        self.diverges.offer([(_line(self.tr("Nowhere: it diverges")), None)] if ask.kind == "end" else [])
        self.diverges.setVisible(ask.kind == "end")
        if ask.kind == "largest_learning_rate":
            low, high = range_of(ask, experiment.entrants[ask.entrant].optimizer)
            # It starts at the low end: the middle of the range would often be the answer.
            knob = Knob("learning_rate", low, "", 0.0, open_minimum=True, slider=(low, high), scale="log")
            self.rate = KnobRow(knob, parent=self)
            self.rate.value_changed.connect(self._choose_rate)
            self._rates.addWidget(self.rate)

    def _places(self) -> list[int]:
        """Return the places of the entrants that are offered."""
        return [i for i, one in enumerate(self.session.step.experiment.entrants) if not one.hidden]

    def _show_given(self, ask: Ask, given: object) -> None:
        if ask.kind == "winner":
            places = self._places()
            self.options.show_chosen(places.index(given) if given in places else None)
        elif ask.kind == "choice":
            self.options.show_chosen(ask.options.index(given) if given in ask.options else None)
        elif ask.kind == "end":
            self.diverges.show_chosen(0 if given == DIVERGES else None)
        elif self.rate is not None and isinstance(given, (int, float)):
            self.rate.set_value(float(given))

    def _show_hint(self, ask: Ask, outcome: Outcome | None) -> None:
        given = self.session.given
        text = ""
        if outcome is None and ask.kind == "end":
            text = self.tr("Click on the picture; the arrow keys move the mark.")
            if isinstance(given, tuple):
                text = self.tr("Your mark: x = {x}, y = {y}").format(x=number(given[0]), y=number(given[1]))
        elif outcome is None and ask.kind == "largest_learning_rate":
            text = self.tr("Set it with the slider, or type it.")
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        open_ = outcome is None
        if self.rate is not None:
            self.rate.setVisible(open_)
        self.diverges.setVisible(open_ and ask.kind == "end")

    def _show_outcome(self, ask: Ask, outcome: Outcome | None) -> None:
        done = outcome is not None
        for part in (self.answer, self.explanation, self.again):
            part.setVisible(done)
        self.result.setVisible(done and outcome is not None and outcome.score is not None)
        experiment = self.session.step.experiment
        span = (0.0, 1.0)
        if ask.kind == "largest_learning_rate":
            span = range_of(ask, experiment.entrants[ask.entrant].optimizer)
        self.chart.show_outcome(outcome, experiment, span)
        right = chosen = None
        if outcome is not None:
            places = self._places()
            if ask.kind == "choice":
                right = ask.options.index(ask.answer)
                chosen = ask.options.index(outcome.given) if outcome.given in ask.options else None
            elif ask.kind == "winner" and outcome.answer.winner in places:
                right = places.index(outcome.answer.winner)
                chosen = places.index(outcome.given) if outcome.given in places else None  # type: ignore[arg-type]
            if outcome.score is not None:
                words = self.tr("{points}: {reason}").format(
                    points=points_words(outcome.score.points, 1), reason=told(outcome.score)
                )
                self.result.role = "accent" if outcome.score.points >= 0.5 else "text"
                self.result.show_text((_line(words),))
            self.answer.show_text((_line(told(outcome.answer)),))
            self.answer.setVisible(ask.kind != "choice")
            self.explanation.show_text(parse(ask.explanation))
            self.explanation.setVisible(bool(ask.explanation))
        self.options.show_verdict(right, chosen)

    # -------------------------------------------------------------- taking a prediction

    def _choose(self, row: int) -> None:
        ask = self.session.step.ask
        if ask is not None:
            self.session.predict(ask.options[row] if ask.kind == "choice" else self._places()[row])

    def _choose_divergence(self) -> None:
        self.session.predict(DIVERGES)

    def _choose_rate(self, rate: float) -> None:
        self.session.predict(float(rate))

    def _skip(self) -> None:
        self.session.predict(None)
        self.session.reveal()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.base())
        painter.drawRoundedRect(QRectF(self.rect()), look.RADIUS, look.RADIUS)
        painter.setBrush(look.accent())
        painter.drawRoundedRect(QRectF(0, 10, 3, self.height() - 20), 1.5, 1.5)
        painter.end()


def _line(text: str) -> Paragraph:
    return Paragraph((Span(text),))
