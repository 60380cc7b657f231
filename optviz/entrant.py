"""An entrant: an optimizer with chosen hyperparameters and schedule, and how it appears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from optviz.catalog import Array, fill
from optviz.errors import InputError, allowed, shown
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES

MAX_LABEL = 80


def one_line(value: object, where: str, limit: int) -> str:
    """Return `value` if it is one line of text, else raise InputError naming `where`."""
    if not isinstance(value, str):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be text")
    if len(value) > limit or any(not c.isprintable() for c in value):
        raise InputError(
            f"{where}: {shown(value)} is not allowed; it must be one line of at most {limit} characters"
        )
    return value


def table_of(value: object, where: str, names: Sequence[str]) -> Mapping[str, Any]:
    """Return `value` if it is a table with no other keys than `names`, else raise InputError."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be a table")
    for name in value:
        if name not in names:
            raise InputError(f"{where}: {shown(name)} is not known; it must be one of {allowed(names)}")
    return value


@dataclass(frozen=True)
class ScheduleSetting:
    """A learning-rate schedule by name, with its values (defaults filled in)."""

    name: str = "constant"
    values: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        declared = SCHEDULES[self.name]
        values = fill(declared.knobs, self.values, f"schedule {self.name}")
        object.__setattr__(self, "values", MappingProxyType(values))

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.values.items())))


@dataclass(frozen=True)
class Entrant:
    """An optimizer with chosen hyperparameters, and how it appears.

    Attributes
    ----------
    optimizer
        An id of the optimizer catalog.
    label
        What it is called in the picture; empty for the optimizer's title.
    hyperparameters
        Every hyperparameter by name; those not given take their defaults.
    color
        "#rrggbb", or None for the next colour of the palette.
    hidden
        Whether it races without being drawn.
    """

    optimizer: str
    label: str = ""
    hyperparameters: Mapping[str, float] = field(default_factory=dict)
    schedule: ScheduleSetting = ScheduleSetting()
    color: str | None = None
    hidden: bool = False

    def __post_init__(self) -> None:
        declared = OPTIMIZERS[self.optimizer]
        values = fill(declared.knobs, self.hyperparameters, self.optimizer)
        object.__setattr__(self, "hyperparameters", MappingProxyType(values))
        one_line(self.label, "label", MAX_LABEL)
        if self.color is not None and not _is_color(self.color):
            raise InputError(f'color: {shown(self.color)} is not allowed; it must be like "#0072b2"')
        if not isinstance(self.hidden, bool):
            raise InputError(f"hidden: {shown(self.hidden)} is not allowed; it must be true or false")

    def __hash__(self) -> int:
        return hash((self.optimizer, self.label, tuple(self.hyperparameters.items()), self.schedule))

    @property
    def title(self) -> str:
        return self.label or OPTIMIZERS[self.optimizer].title

    @property
    def learning_rate(self) -> float:
        return self.hyperparameters["learning_rate"]

    def replace(self, **changes: Any) -> Self:
        """Return a changed copy; a hyperparameter's name changes that hyperparameter."""
        own = {name: changes.pop(name) for name in list(changes) if name in self.hyperparameters}
        if own:
            changes["hyperparameters"] = {**self.hyperparameters, **own}
        return replace(self, **changes)

    def table(self) -> dict[str, Any]:
        """Return the entrant as plain values with every default filled in, as a file has it."""
        known: dict[str, Any] = {"optimizer": self.optimizer, "label": self.label, **self.hyperparameters}
        if self.color is not None:
            known["color"] = self.color
        if self.hidden:
            known["hidden"] = True
        known["schedule"] = {"name": self.schedule.name, **self.schedule.values}
        return known

    @classmethod
    def of(cls, table: object, where: str) -> Self:
        """Make an entrant from a table of the experiment file."""
        if isinstance(table, cls):
            return table
        if not isinstance(table, Mapping):
            raise InputError(f"{where}: {shown(table)} is not allowed; it must be a table")
        if "optimizer" not in table:
            raise InputError(f"{where}: optimizer is missing; it must be one of {allowed(OPTIMIZERS.ids)}")
        try:
            declared = OPTIMIZERS[table["optimizer"]]
            own = {"optimizer", "label", "schedule", "color", "hidden"}
            given = {name: value for name, value in table.items() if name not in own}
            schedule = table.get("schedule", {})
            if not isinstance(schedule, (Mapping, ScheduleSetting)):
                raise InputError(f"schedule: {shown(schedule)} is not allowed; it must be a table")
            if isinstance(schedule, Mapping):
                values = {name: value for name, value in schedule.items() if name != "name"}
                schedule = ScheduleSetting(schedule.get("name", "constant"), values)
            return cls(
                declared.id,
                table.get("label", ""),
                given,
                schedule,
                table.get("color"),
                table.get("hidden", False),
            )
        except InputError as error:
            raise InputError(f"{where}: {error}") from None


def learning_rates(entrant: Entrant, steps: int) -> Array:
    """Return float64[steps]: the learning rate an entrant's schedule gives each step."""
    schedule = entrant.schedule
    return SCHEDULES[schedule.name].rates(entrant.learning_rate, steps, schedule.values)


def _is_color(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) == 7
        and value[0] == "#"
        and all(c in "0123456789abcdefABCDEF" for c in value[1:])
    )
