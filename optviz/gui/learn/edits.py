"""Changes of a lesson, each one step of its history."""

from __future__ import annotations

from typing import Any

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.learn.session import LessonSession
from optviz.lesson import LessonStep
from optviz.lesson.lesson import MAX_STEPS


def change_step(session: LessonSession, name: str, merge: str = "", **changes: Any) -> None:
    """Change the step that is shown, as one step of the history called `name`.

    Raises InputError, and changes nothing, when that is not allowed.
    """
    steps = list(session.lesson.steps)
    steps[session.index] = session.step.replace(**changes)
    session.change(name, f"{merge} {session.index}" if merge else "", steps=tuple(steps))


def change_experiment(session: LessonSession, experiment: Experiment, text: str, *, on: bool) -> None:
    """Give the step another experiment; with `on`, also the steps after it as long as they show the same.

    What moves, and which frames play, stays where it is allowed for the new one. Raises InputError.
    """
    steps, old = list(session.lesson.steps), session.step.experiment
    last = session.index
    while on and last + 1 < len(steps) and steps[last + 1].experiment == old:
        last += 1
    for i in range(session.index, last + 1):
        steps[i] = _on(steps[i], experiment)
    session.change(text, f"experiment {session.index}", steps=tuple(steps))


def _on(step: LessonStep, experiment: Experiment) -> LessonStep:
    """Return a step with another experiment; what cannot stay goes, and the moves say so."""
    end = experiment.steps
    changes: dict[str, Any] = {"experiment": experiment}
    if step.frames is not None and step.frames[1] > end:
        changes["frames"] = None
    if step.step_by_step is not None and step.step_by_step.frame >= end:
        changes["step_by_step"] = None
    return step.replace(**changes)


def add_step(session: LessonSession) -> None:
    """Add a step after the one shown that shows the same, and go to it."""
    title = session.tr("Next step")
    _insert(session, LessonStep(title, session.step.experiment), session.tr("add a step"))


def duplicate_step(session: LessonSession) -> None:
    """Add a copy of the step after it, and go to it."""
    # A value of its own: drafts follow the object.
    _insert(session, session.step.replace(), session.tr("duplicate a step"))


def _insert(session: LessonSession, step: LessonStep, text: str) -> None:
    steps = list(session.lesson.steps)
    if len(steps) >= MAX_STEPS:
        raise InputError(session.tr("A lesson has at most {n} steps.").format(n=MAX_STEPS))
    steps.insert(session.index + 1, step)
    session.change(text, steps=tuple(steps))
    session.go(session.index + 1)


def remove_step(session: LessonSession) -> None:
    """Remove the step that is shown; the last one left stays."""
    steps = list(session.lesson.steps)
    if len(steps) > 1:
        del steps[session.index]
        session.change(session.tr("remove a step"), steps=tuple(steps))


def move_step(session: LessonSession, by: int) -> None:
    """Move the step that is shown up (-1) or down (1), and stay with it."""
    steps, at = list(session.lesson.steps), session.index
    to = at + by
    if 0 <= to < len(steps):
        steps[at], steps[to] = steps[to], steps[at]
        session.change(session.tr("move a step"), steps=tuple(steps))
        session.go(to)
