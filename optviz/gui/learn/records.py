"""How far each lesson was gone through and how good the predictions were, kept for the next start."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from optviz.gui.learn.session import LessonSession
from optviz.gui.recent import Memory

_NAME = "learn/records"
_MOST = 200  # lessons that are remembered
_LONGEST = 200_000  # characters of what may be read back


@dataclass(frozen=True)
class Record:
    """What is known of a lesson that was begun.

    Attributes
    ----------
    reached
        The number of the farthest step that was seen, from 1.
    points
        Of all predictions.
    answered
        Questions whose answer was seen.
    finished
        Whether its end was seen.
    """

    reached: int
    points: float = 0.0
    answered: int = 0
    finished: bool = False


class Records:
    """Records by the title of the lesson."""

    def __init__(self) -> None:
        self.known: dict[str, Record] = {}

    def note(self, session: LessonSession) -> None:
        """Take down how far the lesson is that is shown."""
        if session.editing or not session.chosen:
            return
        title = session.lesson.title
        before = self.known.pop(title, None)
        record = Record(
            max(session.visited, default=0) + 1,
            session.points,
            len(session.outcomes),
            session.finished or (before is not None and before.finished),
        )
        if before is not None and not session.outcomes and len(session.visited) <= 1:
            record = before  # it has only been opened again
        self.known[title] = record
        while len(self.known) > _MOST:
            del self.known[next(iter(self.known))]

    def save(self, memory: Memory) -> None:
        """Write them where the window remembers things."""
        memory.set(_NAME, json.dumps({title: asdict(one) for title, one in self.known.items()}))

    def restore(self, memory: Memory) -> None:
        """Take what was remembered; what cannot be read is none."""
        text = str(memory.get(_NAME, ""))
        try:
            found = json.loads(text) if 0 < len(text) < _LONGEST else {}
        except (ValueError, RecursionError):
            found = {}
        if not isinstance(found, dict):
            return
        for title, one in list(found.items())[:_MOST]:
            record = _checked(one)
            if record is not None:
                self.known.setdefault(title, record)


def _checked(value: object) -> Record | None:
    if not isinstance(value, dict):
        return None
    reached, answered = value.get("reached"), value.get("answered", 0)
    points, finished = value.get("points", 0.0), value.get("finished", False)
    if not all(
        isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= 1000 for n in (reached, answered)
    ):
        return None
    if not isinstance(points, (int, float)) or not 0.0 <= points <= 1000.0 or not isinstance(finished, bool):
        return None
    return Record(int(reached or 1), float(points), int(answered or 0), finished)
