"""What moves while a step is shown: a knob that glides from one value to another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optviz.camera import CAMERA_KNOBS
from optviz.catalog import Knob
from optviz.entrant import table_of
from optviz.errors import InputError, allowed, shown
from optviz.experiment import EXPERIMENT_KNOBS, PENALTY_KNOBS, SIDES, Experiment
from optviz.lesson.tables import Tables, brief
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES

MAX_MOVES = 8
_SECONDS = Knob("seconds", 3.0, "How long it takes.", 0.0, 60.0, open_minimum=True)
_AFTER = Knob("after", 0.0, "Seconds before it begins.", 0.0, 60.0)
_VALUE = Knob("value", 0.0, "")
_MORPH = Knob("morph", 0.5, "How far from before (0) to after (1).", 0.0, 1.0, slider=(0.0, 1.0))
_KEYS = ("knob", "from", "to", "seconds", "after")
_LIKE = (
    "entrants.0.learning_rate (any hyperparameter), entrants.0.schedule.gamma, coefficients.condition, "
    "penalty.l2, noise, steps, start.0, reshape.morph, reshape.after.penalty.l2, view.xlim.0, "
    "view.camera.azimuth"
)


@dataclass(frozen=True)
class Move:
    """One knob that glides.

    Attributes
    ----------
    knob
        Its place in the experiment, with entrants counted from 0: "entrants.0.learning_rate".
    start, end
        The values it glides between ("from" and "to" in the file): evenly, or in the logarithm where the
        knob's slider is logarithmic; starting and ending gently.
    seconds, after
        How long it takes, and how long after the step is shown it begins.
    """

    knob: str
    start: float
    end: float
    seconds: float = 3.0
    after: float = 0.0

    @classmethod
    def of(cls, value: object, where: str) -> Move:
        """Make one from the table of a file."""
        if isinstance(value, cls):
            return value
        table = table_of(value, where, _KEYS)
        for name in ("knob", "from", "to"):
            if name not in table:
                raise InputError(f"{where}: {name} is missing; a move needs knob, from and to")
        if not isinstance(table["knob"], str):
            raise InputError(f"{where}: knob: {shown(table['knob'])} is not allowed; it must be like {_LIKE}")
        start, end = (float(_VALUE.check(table[name], f"{where}: {name}")) for name in ("from", "to"))
        seconds = float(_SECONDS.check(table.get("seconds", _SECONDS.default), f"{where}: seconds"))
        after = float(_AFTER.check(table.get("after", _AFTER.default), f"{where}: after"))
        return cls(table["knob"], start, end, seconds, after)

    def table(self) -> Tables:
        """Return it as plain values, as the file has it."""
        known: Tables = {"knob": self.knob, "from": self.start, "to": self.end, "seconds": self.seconds}
        return {**known, **({"after": self.after} if self.after else {})}

    @property
    def until(self) -> float:
        """Seconds after the step is shown when it is done."""
        return self.after + self.seconds

    def share_at(self, seconds: float) -> float:
        """Return how far it is gone, 0 to 1, so long after the step was shown."""
        t = min(max((seconds - self.after) / self.seconds, 0.0), 1.0)
        return t * t * (3.0 - 2.0 * t)

    def value_at(self, share: float, knob: Knob) -> float:
        """Return the value when it is gone so far; `knob` is what `knob_of` found."""
        if share <= 0.0 or share >= 1.0:
            value = self.end if share >= 1.0 else self.start
        elif knob.scale == "log" and self.start > 0 and self.end > 0:
            value = math.exp((1.0 - share) * math.log(self.start) + share * math.log(self.end))
        elif knob.scale == "one_minus" and self.start < 1 and self.end < 1:
            value = 1.0 - math.exp((1.0 - share) * math.log1p(-self.start) + share * math.log1p(-self.end))
        else:
            value = (1.0 - share) * self.start + share * self.end
        return round(value) if knob.kind == "int" else value


def checked_moves(value: object, experiment: Experiment, where: str) -> tuple[Move, ...]:
    """Return moves of an experiment's knobs, or raise InputError naming `where`."""
    if not isinstance(value, Sequence) or isinstance(value, (str, Mapping)):
        raise InputError(
            f"{where}: {shown(value)} is not allowed; it must be a list of tables, [[steps.moves]]"
        )
    if len(value) > MAX_MOVES:
        raise InputError(f"{where}: {len(value)} of them is not allowed; there may be at most {MAX_MOVES}")
    moves = tuple(Move.of(one, f"{where} {i + 1}") for i, one in enumerate(value))
    for i, move in enumerate(moves):
        knob = knob_of(experiment, move.knob, f"{where} {i + 1}: knob")
        for name, end in (("from", move.start), ("to", move.end)):
            exact = int(end) if knob.kind == "int" and end == int(end) else end
            knob.check(exact, f"{where} {i + 1}: {name}")
        if any(move.knob == other.knob for other in moves[:i]):
            raise InputError(f"{where} {i + 1}: knob: {shown(move.knob)} moves twice; once is allowed")
    return moves


def knob_of(experiment: Experiment, path: str, where: str = "knob") -> Knob:
    """Return the declaration of a knob by its place in an experiment.

    Raises
    ------
    InputError
        When there is no such knob, or it is no number.
    """
    found, others = _find(experiment, path.split(".")[:6])
    if found is None or found.kind == "bool":
        names = f"one of {allowed(others)}" if others else f"like {_LIKE}"
        raise InputError(f"{where}: {shown(path)} is not known; it must be {names}")
    return found


def _find(experiment: Experiment, parts: list[str]) -> tuple[Knob | None, list[str]]:
    """Return the knob; where only its last part is wrong, what it may be instead."""
    head, rest = parts[0], parts[1:]
    if not rest:
        return EXPERIMENT_KNOBS.get(head), []
    if head == "entrants":
        return _find_of_entrant(experiment, rest)
    if head in ("coefficients", "penalty") and len(rest) == 1:
        return _in(_numbers(experiment, head), f"{head}.", rest[0])
    if head == "reshape" and experiment.reshape is not None:
        if rest == ["morph"]:
            return _MORPH, []
        if len(rest) == 3 and rest[0] in SIDES and rest[1] in ("coefficients", "penalty"):
            return _in(_numbers(experiment, rest[1]), f"reshape.{rest[0]}.{rest[1]}.", rest[2])
    if head == "start" and len(rest) == 1 and rest[0] in "01":
        return Knob(f"start.{rest[0]}", 0.0, "Where the entrants start."), []
    if head == "view" and len(rest) == 2:
        if rest[0] == "camera":
            return _in(CAMERA_KNOBS, "view.camera.", rest[1])
        if rest[0] in ("xlim", "ylim") and rest[1] in "01":
            return Knob(".".join(rest), 0.0, "Limits of the picture."), []
    return None, []


def _find_of_entrant(experiment: Experiment, rest: list[str]) -> tuple[Knob | None, list[str]]:
    number = int(rest[0]) if rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 4 else -1
    if not 0 <= number < len(experiment.entrants) or len(rest) not in (2, 3):
        return None, [f"entrants.{i}.learning_rate" for i in range(len(experiment.entrants))]
    entrant = experiment.entrants[number]
    if len(rest) == 2:
        knobs = {knob.name: knob for knob in OPTIMIZERS[entrant.optimizer].knobs}
        return _in(knobs, f"entrants.{number}.", rest[1])
    knobs = {knob.name: knob for knob in SCHEDULES[entrant.schedule.name].knobs}
    found, others = _in(knobs, f"entrants.{number}.schedule.", rest[2])
    return (found, others) if rest[1] == "schedule" else (None, [])


def _numbers(experiment: Experiment, table: str) -> Mapping[str, Knob]:
    if table == "penalty":
        return PENALTY_KNOBS
    return {knob.name: knob for knob in experiment.declared_surface.coefficients}


def _in(knobs: Mapping[str, Knob], path: str, name: str) -> tuple[Knob | None, list[str]]:
    return knobs.get(name), [path + name for name in knobs]


def put(experiment: Experiment, values: Mapping[str, float]) -> Experiment:
    """Return an experiment with knobs at other values, given by their places.

    Raises
    ------
    InputError
        When a value is not allowed.
    """
    tables: Any = brief(experiment)
    start, view = list(experiment.start_point), {"xlim": experiment.xlim, "ylim": experiment.ylim}
    for path, value in values.items():
        *parts, last = path.split(".")
        here = tables
        if parts[:1] == ["start"]:
            here.setdefault("start", start)
        for depth, part in enumerate(parts):
            if isinstance(here, list):
                here = here[int(part)]
                continue
            usual: Any = list(view[part]) if depth == 1 and part in view else {}
            inner = here.get(part, usual)
            # What is looked into is copied: it may be the experiment's own.
            here[part] = list(inner) if isinstance(inner, (list, tuple)) else dict(inner)
            here = here[part]
        if isinstance(here, list):
            here[int(last)] = value
        else:
            here[last] = value
    return Experiment.of(tables, "moves")
