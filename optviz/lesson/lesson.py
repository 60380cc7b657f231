"""The lesson: a frozen value of steps, each with all it shows, and its file (format: `optviz.lesson`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

from optviz import tomlfile
from optviz.entrant import one_line, table_of
from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.lesson import prose
from optviz.lesson.asking import Ask
from optviz.lesson.step import LessonStep
from optviz.lesson.tables import NAMES, Tables, difference, merged, reset

MAX_STEPS = 100
_STEP_KEYS = (
    "title", "text", "experiment", "change", "reset", "frames", "play", "speed", "step_by_step", "moves",
    "ask",
)  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """A lesson: a title, a summary of one paragraph, and its steps.

    Raises
    ------
    InputError
        For anything that is not allowed, in one line.
    """

    title: str
    steps: tuple[LessonStep, ...]
    summary: str = ""

    def __post_init__(self) -> None:
        one_line(self.title, "title", 200)
        if not self.title.strip():
            raise InputError(f"title: {shown(self.title)} is not allowed; it must say something")
        summary = prose.checked_text(self.summary, "summary", 1000)
        prose.parse_line(summary, "summary")
        object.__setattr__(self, "summary", summary)
        if not isinstance(self.steps, tuple) or not all(isinstance(step, LessonStep) for step in self.steps):
            raise InputError("steps: this is not allowed; it must be a list of steps")
        if not 1 <= len(self.steps) <= MAX_STEPS:
            raise InputError(
                f"steps: {len(self.steps)} of them is not allowed; there must be 1 to {MAX_STEPS}"
            )

    def replace(self, **changes: Any) -> Lesson:
        """Return a changed copy, checked anew."""
        return replace(self, **changes)

    @property
    def asks(self) -> int:
        """How many of its steps ask something."""
        return sum(step.ask is not None for step in self.steps)

    # -------------------------------------------------------------- files

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Lesson:
        """Read a lesson file.

        Raises
        ------
        InputError
            When it cannot be read or something in it is wrong; the message starts with its name, and with the
            step where it is a step's.
        """
        tables, name = tomlfile.read(path, "a lesson")
        return cls.of(tables, name)

    @classmethod
    def loads(cls, text: str, where: str = "lesson") -> Lesson:
        """Make a lesson from the text of its file."""
        return cls.of(tomlfile.tables(text, where), where)

    @classmethod
    def of(cls, table: Mapping[str, Any], where: str = "lesson") -> Lesson:
        """Make a lesson from the tables of its file."""
        try:
            own = table_of(table, "lesson", ("title", "summary", "steps"))
            for name in ("title", "steps"):
                if name not in own:
                    raise InputError(f"{name} is missing; a lesson needs a title and steps")
            steps = own["steps"]
            if not isinstance(steps, Sequence) or isinstance(steps, str):
                raise InputError(
                    f"steps: {shown(steps)} is not allowed; it must be a list of tables, [[steps]]"
                )
            if len(steps) > MAX_STEPS:
                raise InputError(
                    f"steps: {len(steps)} of them is not allowed; there may be at most {MAX_STEPS}"
                )
            return cls(own["title"], tuple(_read(steps)), own.get("summary", ""))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        except RecursionError:
            raise InputError(f"{where}: it is nested too deeply") from None

    def dumps(self) -> str:
        """Return the lesson as the text of its file; `loads` gives back an equal one."""
        import tomlkit

        document = tomlkit.document()
        document["title"] = self.title
        if self.summary:
            document["summary"] = self.summary
        steps = tomlkit.aot()
        before: Tables | None = None
        for step in self.steps:
            table = tomlkit.table()
            for name, value in step.own().items():
                table[name] = _written(value) if name == "text" else _inline(value)
            after = step.tables()
            for name, value in _experiment_tables(before, after).items():
                table[name] = value
            for name, value in (("moves", [move.table() for move in step.moves]), ("ask", _asked(step.ask))):
                if value:
                    table[name] = value
            steps.append(table)
            before = after
        document["steps"] = steps
        return tomlkit.dumps(document)


def is_lesson(tables: Mapping[str, Any]) -> bool:
    """Return whether the tables of a file are those of a lesson: `steps` is a list of tables."""
    steps = tables.get("steps")
    return isinstance(steps, list) and bool(steps) and all(isinstance(step, Mapping) for step in steps)


def _read(tables: Sequence[object]) -> Iterable[LessonStep]:
    before: LessonStep | None = None
    for number, value in enumerate(tables, 1):
        try:
            before = read_step(value, before)
        except InputError as error:
            raise InputError(f"step {number}: {error}") from None
        yield before


def read_step(value: object, before: LessonStep | None) -> LessonStep:
    """Return the step that a table of the file is; `before` is the one it may change. Raises InputError."""
    table = dict(table_of(value, "step", _STEP_KEYS))
    if "title" not in table:
        raise InputError("title is missing; each step needs one")
    whole, change, gone = (table.pop(name, None) for name in ("experiment", "change", "reset"))
    if whole is not None and (change is not None or gone is not None):
        raise InputError("experiment: a step has either experiment, or change and reset, not both")
    if whole is None and before is None:
        raise InputError("experiment is missing; the first step needs one, [steps.experiment]")
    if whole is not None:
        experiment = Experiment.of(whole, "experiment")
    else:
        assert before is not None
        tables = before.tables()
        if gone is not None:
            tables = reset(tables, gone, "reset")
        try:
            tables = merged(tables, table_of(change, "change", NAMES) if change is not None else {})
        except InputError as error:
            text = str(error)
            raise InputError(text if text.startswith("change: ") else f"change: {text}") from None
        experiment = Experiment.of(tables, "change")
    if isinstance(table.get("moves"), list):
        table["moves"] = table["moves"] or ()
    return LessonStep(experiment=experiment, **table)


def _experiment_tables(before: Tables | None, after: Tables) -> Tables:
    if before is None:
        return {"experiment": after}
    if before == after:
        return {}
    found = difference(before, after)
    if found is None:
        return {"experiment": after}
    change, gone = found
    return {**({"reset": gone} if gone else {}), **({"change": change} if change else {})}


def _asked(ask: Ask | None) -> Tables:
    return {name: _written(value) if name in ("question", "explanation") else value
            for name, value in ask.table().items()} if ask is not None else {}  # fmt: skip


def _written(text: str) -> Any:
    """Return a text as a person would write it in TOML: with its line breaks and backslashes as they are."""
    import tomlkit

    if "\n" not in text and "\\" not in text:
        return text
    if "'''" in text or text.endswith("'"):
        return tomlkit.string(text, multiline="\n" in text)
    if "\n" not in text and "'" not in text:
        return tomlkit.string(text, literal=True)
    return tomlkit.string(f"{text}\n", literal=True, multiline=True)


def _inline(value: Any) -> Any:
    import tomlkit

    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table
