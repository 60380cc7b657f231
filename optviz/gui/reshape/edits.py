"""Edits of a comparison, from one experiment to the next: one value for both sides, or one for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from optviz.catalog import Choice, Knob, Surface
from optviz.experiment import EXPERIMENT_KNOBS, Experiment, Penalty, Reshape, Setting
from optviz.setting import PENALTY_KNOBS, SIDES

Value = float | str | bool
_TELLING_L2 = 0.1


@dataclass(frozen=True)
class Item:
    """One thing that either side may set: where a `Setting` keeps it, and its declaration."""

    table: str  # "choices", "coefficients", "penalty" or "batch_size"
    declared: Knob | Choice

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def key(self) -> str:
        """A text of its own: a coefficient and a choice may share a name."""
        return f"{self.table}.{self.name}"


def items_of(surface: Surface) -> tuple[Item, ...]:
    """Return everything a side may set on a surface, in the order it is read."""
    found = [Item("choices", choice) for choice in surface.choices]
    found += [Item("penalty", knob) for knob in PENALTY_KNOBS.values()]
    found += [Item("coefficients", knob) for knob in surface.coefficients]
    if surface.model is not None:
        found.append(Item("batch_size", EXPERIMENT_KNOBS["batch_size"]))
    return tuple(found)


def value_of(experiment: Experiment, item: Item, side: str = "") -> Value:
    """Return what holds on a side; without one, what the experiment itself says."""
    of = experiment.sides[side] if side else experiment
    if item.table == "batch_size":
        return of.batch_size
    if item.table == "penalty":
        return float(getattr(of.penalty, item.name))
    table: Mapping[str, Any] = of.choices if item.table == "choices" else of.coefficients
    return table[item.name]  # type: ignore[no-any-return]


def is_split(experiment: Experiment, item: Item) -> bool:
    """Return whether the sides have a value each, be they equal or not."""
    return any(_has(_setting(experiment, side), item) for side in SIDES)


def differs(experiment: Experiment, item: Item) -> bool:
    """Return whether the sides have different values."""
    return value_of(experiment, item, "before") != value_of(experiment, item, "after")


def with_value(experiment: Experiment, item: Item, value: Value, side: str = "") -> Experiment:
    """Return the experiment with a value on one side; without a side, the experiment's own."""
    if side:
        return _with_settings(experiment, {side: _given(_setting(experiment, side), item, value)})
    if item.table == "batch_size":
        return experiment.replace(batch_size=value)
    if item.table == "penalty":
        return experiment.replace(penalty=Penalty(**{**asdict(experiment.penalty), item.name: value}))
    table = experiment.choices if item.table == "choices" else experiment.coefficients
    return experiment.replace(**{item.table: {**table, item.name: value}})


def split(experiment: Experiment, item: Item) -> Experiment:
    """Return the experiment with a value on either side, at first those that hold."""
    given = {
        side: _given(_setting(experiment, side), item, value_of(experiment, item, side)) for side in SIDES
    }
    return _with_settings(experiment, given)


def linked(experiment: Experiment, item: Item) -> Experiment:
    """Return the experiment with one value for both sides: what held before."""
    own = value_of(experiment, item, "before")
    reshape = _reshape(experiment)
    free: dict[str, Any] = {side: _given(getattr(reshape, side), item, None) for side in SIDES}
    # Both at once: a value that only the other setting forbids must not stand in between.
    changes: dict[str, Any] = {"reshape": replace(reshape, **free)}
    if item.table == "batch_size":
        changes["batch_size"] = own
    elif item.table == "penalty":
        changes["penalty"] = Penalty(**{**asdict(experiment.penalty), item.name: own})
    else:
        table = experiment.choices if item.table == "choices" else experiment.coefficients
        changes[item.table] = {**table, item.name: own}
    return experiment.replace(**changes)


def swapped(experiment: Experiment) -> Experiment:
    """Return the experiment with before and after exchanged."""
    reshape = _reshape(experiment)
    return experiment.replace(
        reshape=replace(reshape, before=reshape.after, after=reshape.before)
    )


def compared(experiment: Experiment) -> Experiment:
    """Return the experiment with a comparison: its own or, where it has none, a difference worth seeing."""
    if experiment.reshape is not None:
        return experiment
    names = {choice.name for choice in experiment.declared_surface.choices}
    if "batch_norm" in names:
        before, after = (Setting(choices={"batch_norm": on}) for on in (False, True))
    else:
        before, after = (Setting(penalty={"l2": weight}) for weight in (0.0, _TELLING_L2))
    return experiment.replace(reshape=Reshape(before, after))


def _reshape(experiment: Experiment) -> Reshape:
    return experiment.reshape or Reshape()


def _setting(experiment: Experiment, side: str) -> Setting:
    setting: Setting = getattr(_reshape(experiment), side)
    return setting


def _has(setting: Setting, item: Item) -> bool:
    if item.table == "batch_size":
        return setting.batch_size is not None
    return item.name in getattr(setting, item.table)


def _given(setting: Setting, item: Item, value: Value | None) -> Setting:
    """Return a setting with a value, or with none of its own."""
    if item.table == "batch_size":
        return replace(setting, batch_size=value)  # type: ignore[arg-type]
    table: Any = {name: kept for name, kept in getattr(setting, item.table).items() if name != item.name}
    if value is not None:
        table[item.name] = value
    return replace(setting, **{item.table: table})


def _with_settings(experiment: Experiment, settings: Mapping[str, Setting]) -> Experiment:
    changes: dict[str, Any] = dict(settings)
    return experiment.replace(reshape=replace(_reshape(experiment), **changes))
