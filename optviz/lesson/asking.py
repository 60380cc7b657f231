"""What a step asks before it shows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optviz.catalog import Choice, Knob
from optviz.entrant import one_line, table_of
from optviz.errors import InputError, shown
from optviz.experiment import SIDES, Experiment
from optviz.lesson import prose
from optviz.lesson.tables import Tables
from optviz.optimizers import OPTIMIZERS
from optviz.setting import Pair, limits

KINDS = ("end", "winner", "largest_learning_rate", "choice")
MAX_OPTIONS = 8
_KIND = Choice("kind", "end", KINDS, "What is asked.")
_SIDE = Choice("side", "after", SIDES, "Which side of a comparison it is about.")
_ENTRANT = Knob("entrant", 0, "Whom it is about, counted from 0.", 0, 63, kind="int")
_KEYS = ("kind", "question", "entrant", "side", "range", "options", "answer", "explanation")


@dataclass(frozen=True)
class Ask:
    """A question whose answer a person predicts.

    Attributes
    ----------
    kind
        "end": where an entrant ends; "winner": which entrant wins; "largest_learning_rate": the largest
        that still converges; "choice": one of `options`.
    question, explanation
        Texts as those of a step; the explanation is shown with the answer.
    entrant
        Whom "end" and "largest_learning_rate" are about, counted from 0.
    side
        Which side of a comparison it is about: "before" or "after".
    range
        The learning rates a slider offers; None for the optimizer's own.
    options, answer
        Of a "choice": what there is to choose from, and which is right. No other kind declares its answer.
    """

    kind: str
    question: str
    entrant: int = 0
    side: str = "after"
    range: Pair | None = None
    options: tuple[str, ...] = ()
    answer: str = ""
    explanation: str = ""

    @classmethod
    def of(cls, value: object, experiment: Experiment, where: str) -> Ask:
        """Make one from the table of a file, or check one for an experiment."""
        table: Mapping[str, Any] = value.table() if isinstance(value, cls) else table_of(value, where, _KEYS)
        for name in ("kind", "question"):
            if name not in table:
                raise InputError(f"{where}: {name} is missing; a question needs kind and question")
        kind = str(_KIND.check(table["kind"], f"{where}: kind"))
        question = prose.checked_text(table["question"], f"{where}: question", 600)
        if not question:
            raise InputError(f"{where}: question: an empty text is not allowed; it must ask something")
        prose.parse_line(question, f"{where}: question")
        explanation = prose.checked_text(table.get("explanation", ""), f"{where}: explanation")
        prose.parse(explanation, f"{where}: explanation")
        for name, kinds in (
            ("entrant", ("end", "largest_learning_rate")),
            ("range", ("largest_learning_rate",)),
            ("options", ("choice",)),
            ("answer", ("choice",)),
        ):
            if name in table and kind not in kinds:
                why = " or ".join(kinds)
                extra = "; the answer is computed from the race" if name == "answer" else ""
                raise InputError(f"{where}: {name} belongs to a question of kind {why} only{extra}")
        entrant = int(_ENTRANT.check(table.get("entrant", 0), f"{where}: entrant"))
        if entrant >= len(experiment.entrants):
            raise InputError(
                f"{where}: entrant: {entrant} is not allowed; it must be 0 to {len(experiment.entrants) - 1}"
            )
        side = str(_SIDE.check(table.get("side", "after"), f"{where}: side"))
        if "side" in table and experiment.reshape is None:
            raise InputError(f"{where}: side: the step compares nothing, so it has no sides; leave it out")
        span = None
        if kind == "largest_learning_rate":
            _check_rate(experiment, entrant, where)
            span = _range(table.get("range"), f"{where}: range")
        if kind == "winner" and sum(not one.hidden for one in experiment.entrants) < 2:
            raise InputError(
                f"{where}: kind: {shown(kind)} is not allowed here; it needs two entrants that show"
            )
        options, answer = _options(table, where) if kind == "choice" else ((), "")
        return cls(kind, question, entrant, side, span, options, answer, explanation)

    def table(self) -> Tables:
        """Return it as plain values, as the file has it."""
        known: Tables = {"kind": self.kind, "question": self.question}
        known |= {"entrant": self.entrant} if self.entrant else {}
        known |= {"side": self.side} if self.side != "after" else {}
        known |= {"range": list(self.range)} if self.range is not None else {}
        known |= {"options": list(self.options), "answer": self.answer} if self.options else {}
        return {**known, **({"explanation": self.explanation} if self.explanation else {})}


def _check_rate(experiment: Experiment, number: int, where: str) -> None:
    entrant = experiment.entrants[number]
    if entrant.schedule.name != "constant":
        raise InputError(
            f"{where}: entrant: {number} has the schedule {entrant.schedule.name}; "
            "the largest learning rate is asked of a constant one only"
        )
    if OPTIMIZERS[entrant.optimizer].samples and (experiment.noise > 0 or experiment.batch_size):
        raise InputError(
            f"{where}: entrant: {number} takes noisy gradients; "
            "the largest learning rate is asked without noise and batches only"
        )


def _range(value: object, where: str) -> Pair | None:
    if value is None:
        return None
    low, high = limits(value, where)
    if not low > 0:
        raise InputError(f"{where}: {shown(value)} is not allowed; both must be above 0")
    return low, high


def _options(table: Mapping[str, Any], where: str) -> tuple[tuple[str, ...], str]:
    options = table.get("options")
    if not isinstance(options, Sequence) or isinstance(options, str) or not 2 <= len(options) <= MAX_OPTIONS:
        raise InputError(
            f"{where}: options: {shown(options)} is not allowed; it must be 2 to {MAX_OPTIONS} texts"
        )
    for i, option in enumerate(options):
        one_line(option, f"{where}: options {i + 1}", 200)
        prose.parse_line(option, f"{where}: options {i + 1}")
        if not option.strip() or option in options[:i]:
            raise InputError(
                f"{where}: options {i + 1}: {shown(option)} is not allowed; each must be a text of its own"
            )
    answer = table.get("answer")
    if answer not in options:
        raise InputError(f"{where}: answer: {shown(answer)} is not allowed; it must be one of the options")
    return tuple(options), str(answer)
