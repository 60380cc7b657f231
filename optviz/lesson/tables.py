"""The experiment of a step as tables of a lesson file: only what is not as usual, and changes between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from optviz.catalog import Choice, Knob
from optviz.entrant import Entrant
from optviz.errors import InputError, allowed, shown
from optviz.experiment import EXPERIMENT_KNOBS, Experiment, Reshape
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES

Tables = dict[str, Any]
NAMES = tuple(f.name for f in fields(Experiment))
# What belongs to a surface and is gone with it, as in `Experiment.replace`.
_OF_SURFACE = ("surface", "formula", "title", "start", "coefficients", "choices", "batch_size", "reshape")
_MOST_RESETS = 200


def brief(experiment: Experiment) -> Tables:
    """Return an experiment as the tables of its file, without what is as usual anyway."""
    declared = experiment.declared_surface
    known: Tables = {"surface": experiment.surface} if experiment.formula is None else {}
    known |= {"formula": experiment.formula} if experiment.formula is not None else {}
    known |= {"title": experiment.title} if experiment.title else {}
    known |= {"start": list(experiment.start)} if experiment.start is not None else {}
    for name, knob in EXPERIMENT_KNOBS.items():
        if getattr(experiment, name) != knob.default:
            known[name] = getattr(experiment, name)
    view = experiment.view.table()
    usual = {"kind": "contour", "theme": "light"}
    tables: Tables = {
        "coefficients": _unusual(experiment.coefficients, declared.coefficients),
        "choices": _unusual(experiment.choices, declared.choices),
        "penalty": {name: value for name, value in asdict(experiment.penalty).items() if value},
        "view": {name: value for name, value in view.items() if value != usual.get(name)},
    }
    known |= {name: table for name, table in tables.items() if table}
    if experiment.reshape is not None:
        plain = Reshape().table()
        own = experiment.reshape.table()
        known["reshape"] = {name: value for name, value in own.items() if value != plain[name]}
    known["entrants"] = [_entrant(entrant) for entrant in experiment.entrants]
    return known


def _unusual(values: Mapping[str, Any], declared: Sequence[Knob | Choice]) -> Tables:
    usual = {one.name: one.default for one in declared}
    return {name: value for name, value in values.items() if name not in usual or value != usual[name]}


def _entrant(entrant: Entrant) -> Tables:
    table = entrant.table()
    hypers = _unusual(entrant.hyperparameters, OPTIMIZERS[entrant.optimizer].knobs)
    known: Tables = {"optimizer": entrant.optimizer}
    # The learning rate is what a lesson is about: it is always written.
    known |= {"label": entrant.label} if entrant.label else {}
    known |= {"learning_rate": entrant.learning_rate, **hypers}
    known |= {name: table[name] for name in ("color", "hidden") if name in table}
    schedule = entrant.schedule
    if schedule.name != "constant":
        values = _unusual(schedule.values, SCHEDULES[schedule.name].knobs)
        known["schedule"] = {"name": schedule.name, **values}
    return known


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> Tables:
    """Return the tables of an experiment with a change put over them.

    Tables merge, key by key; numbers, texts and lists replace. `entrants` as a list replaces all of them; as
    a table with the numbers of entrants, counted from 0, it changes these, and the number after the last one
    adds one. Another surface takes what belonged to the old one with it, another optimizer or schedule its
    values.

    Raises
    ------
    InputError
        For an entrant that is not there.
    """
    for name in change:
        if name not in NAMES:
            raise InputError(f"{shown(name)} is not known; it must be one of {allowed(NAMES)}")
    result = _on_other_surface(before) if _other_surface(before, change) else dict(before)
    for name, value in change.items():
        if name == "surface":
            result.pop("formula", None)
        if name == "formula":
            result.pop("surface", None)
        if name == "entrants" and isinstance(value, Mapping):
            result[name] = _changed_entrants(list(result.get(name, ())), value)
        else:
            result[name] = _over(result.get(name), value)
    return result


def _other_surface(before: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    other = "surface" in change and change["surface"] != before.get("surface")
    return other or ("formula" in change and "formula" not in before)


def _on_other_surface(before: Mapping[str, Any]) -> Tables:
    kept = {name: value for name, value in before.items() if name not in _OF_SURFACE}
    view = {name: value for name, value in kept.pop("view", {}).items() if name not in ("xlim", "ylim")}
    return {**kept, **({"view": view} if view else {})}


def _over(old: object, new: object) -> Any:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{name: _over(old.get(name), value) for name, value in new.items()}}


def _changed_entrants(entrants: list[Any], changes: Mapping[str, Any]) -> list[Any]:
    for name, change in sorted(changes.items(), key=lambda item: (len(item[0]), item[0])):
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 4 else -1
        if not 0 <= number <= len(entrants):
            raise InputError(
                f"entrants: {shown(name)} is not allowed; it must be a number from 0 to {len(entrants) - 1}, "
                f"or {len(entrants)} for a new one"
            )
        if not isinstance(change, Mapping):
            raise InputError(f"entrants.{name}: {shown(change)} is not allowed; it must be a table")
        if number == len(entrants):
            entrants.append(dict(change))
            continue
        old = entrants[number]
        if "optimizer" in change and change["optimizer"] != old.get("optimizer"):
            old = {}
        schedule = change.get("schedule")
        if isinstance(schedule, Mapping) and "name" in schedule:
            before = old.get("schedule", {}).get("name", "constant")
            if schedule["name"] != before:
                old = {name: value for name, value in old.items() if name != "schedule"}
        entrants[number] = _over(old, change)
    return entrants


def reset(tables: Mapping[str, Any], names: object, where: str) -> Tables:
    """Return tables without what is to be as usual again, like "reshape" or "view.xlim".

    Raises
    ------
    InputError
        When `names` is not a list of names of what an experiment has.
    """
    if not isinstance(names, Sequence) or isinstance(names, str) or len(names) > _MOST_RESETS:
        raise InputError(
            f'{where}: {shown(names)} is not allowed; it must be a list of names, like ["view.xlim"]'
        )
    result = dict(tables)
    for name in names:
        path = name.split(".") if isinstance(name, str) else [""]
        if path[0] not in NAMES or path[-1] == "entrants" or len(path) > 6:
            raise InputError(
                f"{where}: {shown(name)} is not allowed; it must start with one of {allowed(NAMES)}, "
                'and one entrant\'s values are like "entrants.0.schedule"'
            )
        result = _without(result, path)
    return result


def _without(value: Any, path: list[str]) -> Any:
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        number = int(first) if first.isascii() and first.isdigit() and len(first) < 4 else -1
        if not rest or not 0 <= number < len(value):
            return value
        return [*value[:number], _without(value[number], rest), *value[number + 1 :]]
    if not isinstance(value, Mapping) or first not in value:
        return value
    if not rest:
        return {name: kept for name, kept in value.items() if name != first}
    return {**value, first: _without(value[first], rest)}


def difference(before: Tables, after: Tables) -> tuple[Tables, list[str]] | None:
    """Return the change, and what to reset first, that make `before` into `after`.

    None where a whole experiment says it better: a change that says as much, or that cannot be said.
    """
    base = _on_other_surface(before) if _other_surface(before, after) else before
    change: Tables = {}
    gone: list[str] = []
    _differ(base, after, change, gone, "")
    if len(str(change)) >= 0.8 * len(str(after)):
        return None
    try:
        same = merged(reset(before, gone, ""), change) == after
    except InputError:
        same = False
    return (change, gone) if same else None


def _differ(before: Tables, after: Tables, change: Tables, gone: list[str], path: str) -> None:
    for name, value in after.items():
        old = before.get(name)
        if name == "entrants" and not path:
            entrants = _entrants_differ(old or [], value, gone)
            if entrants:
                change[name] = entrants
        elif isinstance(value, Mapping) and isinstance(old, Mapping):
            inner: Tables = {}
            _differ(dict(old), dict(value), inner, gone, f"{path}{name}.")
            if inner:
                change[name] = inner
        elif name not in before or value != old or type(value) is not type(old):
            change[name] = value
    gone += [f"{path}{name}" for name in before if name not in after]


def _entrants_differ(before: list[Tables], after: list[Tables], gone: list[str]) -> Tables | list[Tables]:
    if len(after) < len(before):
        return after
    changes: Tables = {}
    for number, table in enumerate(after):
        old = before[number] if number < len(before) else {}
        if old.get("optimizer") != table["optimizer"]:
            changes[str(number)] = table
            continue
        change: Tables = {}
        _differ(old, table, change, gone, f"entrants.{number}.")
        if (
            table.get("schedule", {}).get("name") != old.get("schedule", {}).get("name")
            and "schedule" in table
        ):
            change["schedule"] = table["schedule"]
            gone[:] = [name for name in gone if not name.startswith(f"entrants.{number}.schedule")]
        if change:
            changes[str(number)] = change
    return after if after and len(changes) == len(after) and len(after) > 1 else changes
