"""A lesson that is gone through: which step is shown, what moves, what was predicted and how good it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.background import Background
from optviz.gui.document import Document
from optviz.gui.learn.asked import without_answer
from optviz.gui.learn.drafts import Draft, Drafts
from optviz.gui.learn.player import Player
from optviz.lesson import Answer, Given, Lesson, LessonStep, NoAnswer, Score, answer_of, experiment_at, score
from optviz.problem import Stop
from optviz.verdict import number

_TICK = 33  # ms between two values of what moves


@dataclass(frozen=True)
class Outcome:
    """What came of a question: the prediction (None: skipped), the answer, and the score if there is one.

    Where there is no answer, that is said in the place of one, and nothing is scored.
    """

    given: Given | None
    answer: Answer
    score: Score | None


class LessonSession(Document):
    """Holds the current lesson, and goes through it.

    It computes by a session of the Race page or of the Reshape page, as the step needs; with no widgets.

    Signals
    -------
    step_changed(int)
        Another step is shown, or another state of the same one: asked, answered.
    share_changed(float)
        How far what moves has moved.
    given_changed()
        Another prediction is being thought about.
    home_changed(bool)
        The list of lessons is shown, or a lesson.
    finished_changed(bool)
        The end of the lesson is shown, or a step again.
    settling()
        What is typed is about to be saved: take it now.
    draft_wanted(Draft)
        What could not be taken has to be seen to first.
    kernels_missing(list)
        As `Session`'s.

    Attributes
    ----------
    index
        The number of the step that is shown, from 0.
    share
        Of the time things move in, how much is over: 0 to 1.
    given
        The prediction that is thought about and not yet revealed.
    outcomes
        What came of the questions answered so far, by the number of their step.
    visited
        The numbers of the steps seen so far.
    home
        Whether the list of lessons is shown instead of this one.
    chosen
        Whether somebody chose this lesson, or began it; the first one is there unasked.
    finished
        Whether the end of the lesson is shown, after its last step.
    editing
        Whether the lesson is being written: nothing is asked then.
    drafts
        What was typed while it is written and could not be taken.
    """

    step_changed = Signal(int)
    share_changed = Signal(float)
    given_changed = Signal()
    home_changed = Signal(bool)
    finished_changed = Signal(bool)
    settling = Signal()
    draft_wanted = Signal(object)
    kernels_missing = Signal(list)

    def __init__(self, lesson: Lesson, parent: QObject | None = None) -> None:
        super().__init__(lesson, parent)
        self.index = 0
        self.share = 1.0
        self.given: Given | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.visited: set[int] = {0}
        self.home = False
        self.chosen = True
        self.finished = False
        self.editing = False
        self.drafts = Drafts(self)
        self.drafts.changed.connect(lambda: self.saved_changed.emit(self.unsaved))
        self._entering = False  # whether another lesson takes the place of this one
        self.judging = False  # whether an answer is being computed
        self._player = Player(self)
        self._player.scene_changed.connect(self._take)
        self._player.failed.connect(self.failed)
        self._player.waiting_changed.connect(self._follow_waiting)
        self._player.progress_changed.connect(self.progress_changed)
        self._player.kernels_missing.connect(self.kernels_missing)
        self._begun: LessonStep | None = None  # the step that is shown, as it was when that began
        self._elapsed, self._ticked = 0.0, 0.0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(_TICK)
        self._clock.timeout.connect(self._tick)
        self._judge = Background(self)
        self._judge.delivered.connect(self._take_outcome)
        self._judge.failed.connect(self._judge_failed)
        self._begin()

    # -------------------------------------------------------------- what is shown

    @property
    def lesson(self) -> Lesson:
        """The current lesson."""
        value: Lesson = self.value
        return value

    @property
    def step(self) -> LessonStep:
        """The step that is shown."""
        return self.lesson.steps[self.index]

    @property
    def heading(self) -> tuple[str, Path | None, bool]:
        return (self.tr("Lessons"), None, False) if self.home else super().heading

    @property
    def unsaved(self) -> bool:
        return super().unsaved or bool(self.drafts.within(self.lesson))

    @property
    def asking(self) -> bool:
        """Whether the step asks something that is not answered yet."""
        return self.step.ask is not None and self.index not in self.outcomes and not self.editing

    @property
    def outcome(self) -> Outcome | None:
        """What came of the question of the step that is shown; None while it is open, or nothing is asked."""
        return self.outcomes.get(self.index)

    @property
    def points(self) -> float:
        """The points of all predictions so far."""
        return sum(one.score.points for one in self.outcomes.values() if one.score is not None)

    @property
    def predicted(self) -> int:
        """How many questions were answered with a prediction so far."""
        return sum(one.score is not None for one in self.outcomes.values())

    @property
    def experiment(self) -> Experiment:
        """What is computed and drawn now."""
        step = self.step
        experiment = experiment_at(step, self.share)
        ask, outcome = step.ask, self.outcome
        if ask is None:
            return experiment
        if ask.kind == "largest_learning_rate" and outcome is not None:
            # What was predicted is run.
            given, answer = outcome.given, outcome.answer
            if answer.missing and given is None:
                return experiment
            rate = float(given) if isinstance(given, (int, float)) else answer.learning_rate
            entrants = list(experiment.entrants)
            entrants[ask.entrant] = entrants[ask.entrant].replace(
                learning_rate=rate, label=f"η = {number(rate)}"
            )
            return replace(experiment, entrants=tuple(entrants))
        return experiment

    @property
    def drawn_scene(self) -> Any:
        """The scene of the step that is shown, or of a comparison both; None while it is computed."""
        return self.scene

    # -------------------------------------------------------------- going through it

    def go(self, index: int) -> None:
        """Show a step."""
        index = max(0, min(index, len(self.lesson.steps) - 1))
        self._set_finished(False)
        if index == self.index:
            return
        self.index = index
        self._begin()
        self.compute()

    def next(self) -> None:
        """Show the next step."""
        self.go(self.index + 1)

    def previous(self) -> None:
        """Show the step before."""
        self.go(self.index - 1)

    def advance(self) -> None:
        """Go on as a clicker does: answer what is asked, else show the next step."""
        if self.asking:
            self.reveal()
        else:
            self.next()

    def set_home(self, home: bool) -> None:
        """Show the list of lessons, or the lesson."""
        if home != self.home:
            self.home = home
            self.chosen = self.chosen or not home
            self.stop_moving()
            self.home_changed.emit(home)
            self.file_changed.emit()

    def set_editing(self, editing: bool) -> None:
        """Write the lesson, or go through it."""
        if editing != self.editing:
            self._set_finished(False)
            self.editing = editing
            self.outcomes.clear()
            self._begin()
            self.compute()

    def finish(self) -> None:
        """Show the end of the lesson: how good the predictions were."""
        self._set_finished(True)

    def _set_finished(self, finished: bool) -> None:
        if finished != self.finished:
            self.finished = finished
            self.finished_changed.emit(finished)

    def start_again(self) -> None:
        """Forget every prediction and begin with the first step."""
        self._set_finished(False)
        self.outcomes.clear()
        self.visited = set()
        self.index = 0
        self._begin()
        self.compute()

    def _begin(self) -> None:
        """Show the step from its beginning."""
        self._judge.cancel()
        self.judging = False
        self.stop_moving()
        self._begun = self.step
        self.scene = None
        self.visited.add(self.index)
        self.given = None
        self.share = 0.0 if self.step.moves and not self.asking else 1.0
        self.step_changed.emit(self.index)

    # -------------------------------------------------------------- predicting

    def predict(self, given: Given | None) -> None:
        """Think about a prediction; nothing is revealed."""
        if self.asking and given != self.given:
            self.given = given
            self.given_changed.emit()

    def reveal(self) -> None:
        """Have the answer computed behind the window and shown, with a score where there is a prediction."""
        if not self.asking or self.judging:
            return
        step, given, index = self.step, self.given, self.index
        self.judging = True
        self.given_changed.emit()

        def job(stop: Stop) -> Iterator[object]:
            try:
                answer = answer_of(step, stop)
            except NoAnswer as none:
                yield index, step, Outcome(given, none.answer, None)
                return
            yield index, step, Outcome(given, answer, None if given is None else score(step, given, answer))

        self._judge.start(job)

    def _take_outcome(self, found: tuple[int, LessonStep, Outcome]) -> None:
        index, step, outcome = found
        self.judging = False
        if index >= len(self.lesson.steps) or self.lesson.steps[index] is not step:
            return
        self.outcomes[index] = outcome
        if index == self.index:
            self.share = 0.0 if step.moves else 1.0
            self.step_changed.emit(index)
            self.compute()

    def _judge_failed(self, text: str) -> None:
        self.judging = False
        self.given_changed.emit()
        self.failed.emit(text)

    def ask_again(self) -> None:
        """Forget the answer of the step that is shown."""
        if self.outcomes.pop(self.index, None) is not None:
            self._begin()
            self.compute()

    # -------------------------------------------------------------- what moves

    @property
    def moving(self) -> bool:
        return self._clock.isActive()

    def start_moving(self) -> None:
        """Let what moves move on, from the beginning where it has come to its end."""
        if not self.step.moves or self.asking:
            return
        if self.share >= 1.0:
            self._elapsed = 0.0
        else:
            self._elapsed = self.share * self.step.seconds
        self._ticked = monotonic()
        self._clock.start()

    def stop_moving(self) -> None:
        """Let what moves stand where it is."""
        self._clock.stop()

    def move_to(self, share: float) -> None:
        """Show what moves so far along."""
        share = min(max(share, 0.0), 1.0)
        if share != self.share:
            self.share = share
            self._player.show(self.experiment)
            self.share_changed.emit(share)

    def _tick(self) -> None:
        now = monotonic()
        elapsed, self._ticked = min(now - self._ticked, 0.25), now
        if self.waiting:
            return
        self._elapsed += elapsed
        share = min(self._elapsed / self.step.seconds, 1.0)
        if share >= 1.0:
            self.stop_moving()
        self.move_to(share)

    # -------------------------------------------------------------- computing

    def compute(self) -> None:
        """Have what is drawn of the step made now; a slow surface, behind the window."""
        self._player.show(self.experiment)
        self._player.compute()

    def _take(self, scene: Any) -> None:
        self.scene = without_answer(scene) if self.asking else scene
        self.scene_changed.emit(self.scene)

    def _follow_waiting(self, waiting: bool) -> None:
        self.waiting = waiting
        self.waiting_changed.emit(waiting)

    def kernels_failed(self, reason: str) -> None:
        """Say that a scene that waits for kernels will never come."""
        self._player.kernels_failed(reason)

    def close(self) -> None:
        self.stop_moving()
        self._judge.close()
        self._player.close()

    # -------------------------------------------------------------- the document

    def _same_view(self, value: Any) -> bool:
        return False  # a lesson has no view of its own

    def look_at(self, value: Any) -> None:
        self.index = min(self.index, len(value.steps) - 1)  # before anybody is told
        if not self._entering:
            self.drafts.follow(self.lesson, value)
        super().look_at(value)

    def first_draft(self) -> Draft | None:
        """Return what could not be taken of what was typed, the first of it; None where all was."""
        self.settling.emit()
        return next(iter(self.drafts.within(self.lesson)), None)

    def where(self, draft: Draft) -> str:
        """Return where a draft is, and what is wrong with it, in one line."""
        at = next((n for n, step in enumerate(self.lesson.steps, 1) if step is draft.holder), 0)
        place = self.tr("step {n}, {field}").format(n=at, field=draft.name) if at else draft.name
        if draft.message.startswith(draft.name):  # which field it is, is said already
            place = self.tr("step {n}").format(n=at) if at else self.tr("lesson")
        return self.tr("{place}: {message}").format(place=place, message=draft.message)

    def settle(self) -> None:
        draft = self.first_draft()
        if draft is not None:
            self.draft_wanted.emit(draft)
            raise InputError(self.tr("Not saved. {what}").format(what=self.where(draft)))

    def save(self, path: Path) -> None:
        self.settle()
        super().save(path)

    def _follow_value(self) -> None:
        """The lesson was edited: keep what was predicted where the question is the same, and show it."""
        steps = self.lesson.steps
        self.outcomes = {
            i: one for i, one in self.outcomes.items() if i < len(steps) and self._asked_of(one, steps[i])
        }
        self.visited = {i for i in self.visited if i < len(steps)}
        begun, step = self._begun, self.step
        if begun is None or _played(begun) != _played(step):
            self._begin()
            self.compute()
        else:
            self._begun = step

    @staticmethod
    def _asked_of(outcome: Outcome, step: LessonStep) -> bool:
        return step.ask is not None and step.ask.kind == outcome.answer.kind

    def _enter(self, value: Any, path: Path | None, run: Any = None) -> None:
        self.index = 0
        self.outcomes.clear()
        self.visited = {0}
        self._begun = None
        self.chosen = True
        self._set_finished(False)
        self._entering = True
        try:
            super()._enter(value, path, run)
        finally:
            self._entering = False
        self.set_home(False)


def _played(step: LessonStep) -> tuple[object, ...]:
    """Return everything of a step that its picture and its question show."""
    return step.experiment, step.frames, step.play, step.speed, step.step_by_step, step.moves, step.ask
