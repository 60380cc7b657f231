"""The answer to the question that is being written, computed behind the window, or that there is none."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from optviz.gui.background import Background
from optviz.gui.controls import look
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import told
from optviz.lesson import Answer, Ask, LessonStep, NoAnswer, answer_of
from optviz.problem import Stop

_AFTER = 400  # ms without another change


class AnswerTold(look.Note):
    """Says what the answer is; as an error where there is none, or none that is offered."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWordWrap(True)
        self.setAccessibleName(self.tr("answer to the question"))
        self.session = session
        self._about: tuple[object, ...] | None = None  # what is being computed, or told
        self._judge = Background(self)
        self._judge.delivered.connect(self._take)
        self._judge.failed.connect(lambda text: self._say(text, True))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_AFTER)
        self._soon.timeout.connect(self._compute)
        self.hide()

    def follow(self, seen: bool) -> None:
        """Tell the answer of the step that is shown; nothing is computed while nobody sees it."""
        step = self.session.step
        ask = step.ask
        if not seen or ask is None or ask.kind == "choice" or not self.session.editing:
            self._forget()
        elif self._about != _about(step, ask):
            self._forget()
            self._about = _about(step, ask)
            self._say(self.tr("The answer is being computed…"), False)
            self._soon.start()

    def close_down(self) -> None:
        """End what is being computed, for good."""
        self._soon.stop()
        self._judge.close()

    def _forget(self) -> None:
        self._about = None
        self._soon.stop()
        self._judge.cancel()
        self._say("", False)

    def _compute(self) -> None:
        step = self.session.step

        def job(stop: Stop) -> Iterator[object]:
            try:
                yield answer_of(step, stop)
            except NoAnswer as none:
                yield none.answer

        if self._about is not None:
            self._judge.start(job)

    def _take(self, answer: Answer) -> None:
        self._say(told(answer), answer.missing or not answer.offered)

    def _say(self, text: str, bad: bool) -> None:
        self.set_bad(bad)
        self.setText(f"⚠ {text}" if bad else text)
        self.setVisible(bool(text))


def _about(step: LessonStep, ask: Ask) -> tuple[object, ...]:
    return step.experiment, ask.kind, ask.entrant, ask.side, ask.range
