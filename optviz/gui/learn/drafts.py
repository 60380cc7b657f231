"""What was typed into the editor and could not be taken: kept as it is until it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from optviz.lesson import Lesson, LessonStep


@dataclass
class Draft:
    """A text that is not part of the lesson yet.

    Attributes
    ----------
    holder
        The step it belongs to, or the lesson.
    key, name
        Which field, for the program and for a person.
    raw
        What stands in the field.
    message
        What is wrong with it, in one line.
    """

    holder: LessonStep | Lesson
    key: str
    name: str
    raw: Any
    message: str


class Drafts(QObject):
    """Every draft of a lesson, of any step.

    Steps are values without an identity of their own: a draft follows the object, and what an edit puts in
    its place. One that is gone keeps its drafts, for the history brings the same object back.

    Signals
    -------
    changed()
        There is another one, or one less.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Draft] = []

    def put(self, holder: LessonStep | Lesson, key: str, name: str, raw: object, message: str) -> None:
        """Keep what stands in a field."""
        known = self.get(holder, key)
        if known is None:
            self._all.append(Draft(holder, key, name, raw, message))
        elif (known.raw, known.message) == (raw, message):
            return
        else:
            known.raw, known.message = raw, message
        self.changed.emit()

    def drop(self, holder: LessonStep | Lesson, key: str) -> None:
        """The field has been mended, or emptied on purpose."""
        known = self.get(holder, key)
        if known is not None:
            self._all = [one for one in self._all if one is not known]
            self.changed.emit()

    def get(self, holder: LessonStep | Lesson, key: str) -> Draft | None:
        """Return the draft of a field."""
        return next((one for one in self._all if one.holder is holder and one.key == key), None)

    def of(self, holder: LessonStep | Lesson) -> list[Draft]:
        """Return the drafts of a step, or of title and summary."""
        return [one for one in self._all if one.holder is holder]

    def within(self, lesson: Lesson) -> list[Draft]:
        """Return all drafts of a lesson, in the order of its steps."""
        holders: list[LessonStep | Lesson] = [*lesson.steps, lesson]
        return [one for holder in holders for one in self.of(holder)]

    def follow(self, before: Lesson, after: Lesson) -> None:
        """The lesson was edited: what was put in the place of a step has its drafts now."""
        for draft in self._all:
            if draft.holder is before:
                draft.holder = after
            at = next((i for i, step in enumerate(before.steps) if step is draft.holder), -1)
            if at < 0 or _among(draft.holder, after.steps) or at >= len(after.steps):
                continue
            if not _among(after.steps[at], before.steps):
                draft.holder = after.steps[at]


def _among(step: object, steps: tuple[LessonStep, ...]) -> bool:
    return any(one is step for one in steps)
