"""Edits of a map, from one experiment to the next, and what of an experiment a map depends on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.map_setting import MapAxis, MapSetting, number_knobs
from optviz.setting import Pair

SIZES = (64, 128, 256, 512, 1024)
"""Points a side that can be chosen with one click."""


def mapped(experiment: Experiment, entrant: int = 0) -> Experiment:
    """Return the experiment with a map: its own or, where it has none, that of the basins of an entrant."""
    if experiment.map is not None:
        return experiment
    if experiment.reshape is not None:
        experiment = experiment.replace(reshape=None)
    return experiment.replace(map=MapSetting(entrant=entrant))


def setting_of(experiment: Experiment) -> MapSetting:
    """Return what the map of an experiment shows; there always is one on this page."""
    return experiment.map or MapSetting()


def with_map(experiment: Experiment, **changes: Any) -> Experiment:
    """Return the experiment with another map. Raises InputError."""
    return experiment.replace(map=replace(setting_of(experiment), **changes))


def with_kind(experiment: Experiment, kind: str) -> Experiment:
    """Return the experiment with another kind of map. Raises InputError where it cannot have that."""
    changes: dict[str, Any] = {"kind": kind}
    setting = setting_of(experiment)
    if kind == "learning_rate" and setting.x is not None and setting.x.knob != "learning_rate":
        changes["x"] = changes["y"] = None
    return with_map(experiment, **changes)


def with_entrant(experiment: Experiment, entrant: int) -> Experiment:
    """Return the experiment with the map of another entrant; axes that its rule has not go."""
    setting = setting_of(experiment)
    rival = None if setting.rival == entrant else setting.rival
    try:
        return with_map(experiment, entrant=entrant, rival=rival)
    except InputError:
        return with_map(experiment, entrant=entrant, rival=rival, x=None, y=None)


def with_axis(experiment: Experiment, which: str, knob: str) -> Experiment:
    """Return the experiment with another hyperparameter along x or y; a swap where the other has it."""
    axes = dict(zip("xy", axes_of(experiment), strict=True))
    other = "y" if which == "x" else "x"
    if axes[other].knob == knob:
        return with_map(experiment, **{which: axes[other], other: axes[which]})
    return with_map(experiment, **{which: MapAxis(knob), other: axes[other]})


def with_limits(experiment: Experiment, which: str, limits: Pair | None) -> Experiment:
    """Return the experiment with other limits of an axis; None for those of the slider."""
    axes = dict(zip("xy", axes_of(experiment), strict=True))
    return with_map(experiment, **{**axes, which: MapAxis(axes[which].knob, limits)})


def axes_of(experiment: Experiment) -> tuple[MapAxis, MapAxis]:
    """Return both axes of a map over hyperparameters, defaults filled in, limits only where given."""
    setting = setting_of(experiment)
    if setting.kind == "learning_rate":
        x = setting.x or MapAxis("learning_rate")
        return MapAxis("learning_rate", x.limits), setting.y or MapAxis("learning_rate")
    (x_knob, _), (y_knob, _) = setting.axes(experiment.entrants)
    x = setting.x or MapAxis(x_knob.name)
    y = setting.y or MapAxis(y_knob.name)
    return x, y


def refusal(experiment: Experiment, kind: str) -> str:
    """Return why there can be no map of a kind: "alone", "one knob", or nothing."""
    setting = setting_of(experiment)
    if kind == "difference" and len(experiment.entrants) < 2:
        return "alone"
    if kind == "sensitivity" and len(number_knobs(experiment.entrants[setting.entrant])) < 2:
        return "one knob"
    return ""


def concern(experiment: Experiment) -> Hashable:
    """Return what the map of an experiment depends on, but for its size: equal for equal maps."""
    setting = setting_of(experiment)
    over: tuple[str, ...] = ()
    shown: Hashable = (setting.kind, setting.entrant)
    who: tuple[int, ...] = (setting.entrant,)
    if setting.kind == "difference":
        who = setting.opponents(experiment.entrants)
        shown = (setting.kind, who)
    elif setting.kind == "sensitivity":
        axes = setting.axes(experiment.entrants)
        over = tuple(knob.name for knob, _ in axes)
        shown = (setting.kind, setting.entrant, setting.measure, over, tuple(span for _, span in axes))
    elif setting.kind == "learning_rate":
        who, over = tuple(range(len(experiment.entrants))), ("learning_rate",)
        shown = (setting.kind, setting.x.limits if setting.x else None)
    rules = tuple(
        (one.optimizer, one.schedule, tuple((n, v) for n, v in one.hyperparameters.items() if n not in over))
        for one in (experiment.entrants[place] for place in who)
    )
    return (
        shown,
        rules,
        None if setting.over_start else experiment.start_point,
        experiment.surface,
        experiment.formula,
        tuple(experiment.coefficients.items()),
        tuple(experiment.choices.items()),
        experiment.penalty,
        (experiment.noise, experiment.seed, experiment.batch_size, experiment.steps),
        (experiment.xlim, experiment.ylim),
    )


def taken(experiment: Experiment, cell: Experiment) -> Experiment:
    """Return the experiment as a race of one cell of its map: with the start, or the numbers, of `cell`.

    Everything else stays: a map on the screen may be a moment older than the experiment.
    """
    setting = setting_of(cell)
    if setting.over_start:
        return experiment.replace(start=cell.start_point)
    entrants = list(experiment.entrants)
    for place, (mine, theirs) in enumerate(zip(entrants, cell.entrants, strict=False)):
        if mine.optimizer != theirs.optimizer:
            continue
        if setting.kind == "sensitivity":
            if place != setting.entrant:
                continue
            names = [knob.name for knob, _ in setting.axes(cell.entrants)]
        else:
            names = ["learning_rate"]
        entrants[place] = mine.replace(**{name: theirs.hyperparameters[name] for name in names})
    return experiment.replace(entrants=tuple(entrants))


def as_race(experiment: Experiment, title: str = "") -> Experiment:
    """Return the race of an experiment without its map."""
    changes: dict[str, Any] = {"map": None, **({"title": title} if title else {})}
    return experiment.replace(**changes)
