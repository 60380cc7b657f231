"""A step of a lesson: a frozen value with everything it shows, complete in itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from optviz.catalog import Knob
from optviz.entrant import one_line, table_of
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.lesson import prose
from optviz.lesson.asking import Ask
from optviz.lesson.moves import Move, checked_moves, knob_of, put
from optviz.lesson.tables import NAMES, Tables, brief
from optviz.setting import MORPH_FRAMES

_SPEED = Knob("speed", 1.0, "How fast it plays.", 0.1, 8.0)
_ENTRANT = Knob("entrant", 0, "Whose update is taken apart, counted from 0.", 0, 63, kind="int")
_FRAME = Knob("frame", 0, "A frame.", 0, kind="int")


@dataclass(frozen=True)
class StepByStep:
    """Whose update is taken apart, and at which frame: the one that leads from it to the next."""

    entrant: int
    frame: int


@dataclass(frozen=True)
class LessonStep:
    """One step of a lesson, complete in itself; checked when it is made.

    Attributes
    ----------
    title
        One line.
    experiment
        What is shown, all changes applied and every move at its end. May be given as a table.
    text
        What is said; see `optviz.lesson.prose`.
    frames
        The first and the last frame that play; None for all.
    play
        Whether it plays when the step is shown. None for yes, unless something moves, or is taken apart: then
        the picture stands at its last frame, or at that of `step_by_step`.
    speed
        How fast it plays: 1 is 60 frames a second.
    step_by_step, moves, ask
        What is taken apart, what moves and what is asked, if anything.

    Raises
    ------
    InputError
        For anything that is not allowed, in one line.
    """

    title: str
    experiment: Experiment
    text: str = ""
    frames: tuple[int, int] | None = None
    play: bool | None = None
    speed: float = 1.0
    step_by_step: StepByStep | None = None
    moves: tuple[Move, ...] = ()
    ask: Ask | None = None

    def __post_init__(self) -> None:
        def put_in(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        one_line(self.title, "title", 200)
        if not self.title.strip():
            raise InputError(f"title: {shown(self.title)} is not allowed; it must say something")
        put_in("text", prose.checked_text(self.text, "text"))
        prose.parse(self.text)
        if not isinstance(self.experiment, Experiment):
            put_in("experiment", Experiment(**table_of(self.experiment, "experiment", NAMES)))
        put_in("speed", float(_SPEED.check(self.speed, "speed")))
        if self.moves or not isinstance(self.moves, tuple):
            put_in("moves", checked_moves(self.moves, self.experiment, "moves"))
            for share in (0.0, 0.5, 1.0):  # what the race can be anywhere on the way
                self._moved(share * self.seconds)
            put_in("experiment", self._moved(self.seconds))
        put_in("frames", self._checked_frames())
        if self.step_by_step is not None:
            put_in("step_by_step", self._checked_step_by_step())
            view = replace(self.experiment.view, step_by_step=self.step_by_step.entrant)
            put_in("experiment", replace(self.experiment, view=view))
        if self.play is not None and not isinstance(self.play, bool):
            raise InputError(f"play: {shown(self.play)} is not allowed; it must be true or false")
        if self.ask is not None:
            put_in("ask", Ask.of(self.ask, self.experiment, "ask"))

    def __hash__(self) -> int:
        return hash((self.title, self.text, self.experiment))

    def _checked_frames(self) -> tuple[int, int] | None:
        value = self.frames
        if value is None:
            return None
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
            raise InputError(
                f"frames: {shown(value)} is not allowed; it must be two whole numbers, like [0, 120]"
            )
        first, last = (int(_FRAME.check(value[i], f"frames[{i}]")) for i in (0, 1))
        end = last_frame(self.experiment)
        if not first <= last <= end:
            raise InputError(
                f"frames: {shown(list(value))} is not allowed; they must rise and be at most {end}, the last"
            )
        return first, last

    def _checked_step_by_step(self) -> StepByStep:
        value: Any = self.step_by_step
        if not isinstance(value, StepByStep):
            table = table_of(value, "step_by_step", ("entrant", "frame"))
            value = StepByStep(table.get("entrant", 0), table.get("frame", 0))
        entrant = int(_ENTRANT.check(value.entrant, "step_by_step: entrant"))
        frame = int(_FRAME.check(value.frame, "step_by_step: frame"))
        if entrant >= len(self.experiment.entrants):
            last = len(self.experiment.entrants) - 1
            raise InputError(f"step_by_step: entrant: {entrant} is not allowed; it must be 0 to {last}")
        if frame >= self.experiment.steps:
            last = self.experiment.steps - 1
            raise InputError(f"step_by_step: frame: {frame} is not allowed; it must be 0 to {last}")
        return StepByStep(entrant, frame)

    # -------------------------------------------------------------- what it shows

    @cached_property
    def paragraphs(self) -> tuple[prose.Paragraph, ...]:
        """The text, read."""
        return prose.parse(self.text)

    @property
    def first(self) -> int:
        """The frame it plays from."""
        return self.frames[0] if self.frames is not None else 0

    @property
    def last(self) -> int:
        """The frame it plays to."""
        return self.frames[1] if self.frames is not None else last_frame(self.experiment)

    @property
    def plays(self) -> bool:
        """Whether it plays when it is shown."""
        return self.play if self.play is not None else not self.moves and self.step_by_step is None

    @property
    def opening_frame(self) -> int:
        """The frame that is seen when it is shown."""
        if self.step_by_step is not None:
            return self.step_by_step.frame
        return self.first if self.plays or self.ask is not None else self.last

    @property
    def seconds(self) -> float:
        """How long things move; 0 where nothing does."""
        return max((move.until for move in self.moves), default=0.0)

    def _moved(self, seconds: float) -> Experiment:
        values = {
            move.knob: move.value_at(move.share_at(seconds), knob_of(self.experiment, move.knob))
            for move in self.moves
        }
        return put(self.experiment, values)

    def replace(self, **changes: Any) -> LessonStep:
        """Return a changed copy, checked anew."""
        apart, experiment = self.step_by_step, changes.get("experiment")
        if (
            apart is not None
            and experiment is not None
            and (apart.entrant >= len(experiment.entrants) or experiment.reshape is not None)
        ):
            changes.setdefault("step_by_step", None)  # whoever stays taken apart must still be there, alone
        return replace(self, **changes)

    def tables(self) -> Tables:
        """Return its experiment as the tables a following step changes."""
        known = brief(self.experiment)
        if self.step_by_step is not None:
            view = {name: value for name, value in known.get("view", {}).items() if name != "step_by_step"}
            known.pop("view", None)
            known |= {"view": view} if view else {}
        return known

    def own(self) -> Tables:
        """Return everything else as plain values, as the file has it."""
        known: Tables = {"title": self.title}
        known |= {"text": self.text} if self.text else {}
        known |= {"frames": list(self.frames)} if self.frames is not None else {}
        known |= {"play": self.play} if self.play is not None else {}
        known |= {"speed": self.speed} if self.speed != 1.0 else {}
        if self.step_by_step is not None:
            known["step_by_step"] = {"entrant": self.step_by_step.entrant, "frame": self.step_by_step.frame}
        return known


def last_frame(experiment: Experiment) -> int:
    """Return the number of the last frame of what a step shows."""
    sweeps = experiment.reshape is not None and experiment.reshape.film == "morph"
    return MORPH_FRAMES if sweeps else experiment.steps


def experiment_at(step: LessonStep, share: float) -> Experiment:
    """Return what a step shows when so much of the time things move in is over: 0 the start, 1 the end."""
    if not step.moves or share >= 1.0:
        return step.experiment
    moved = step._moved(max(share, 0.0) * step.seconds)
    if step.step_by_step is not None:
        moved = replace(moved, view=replace(moved.view, step_by_step=step.step_by_step.entrant))
    return moved
