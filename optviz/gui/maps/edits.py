"""Edits of a map, from one experiment to the next, and what of an experiment a map depends on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.map_setting import MapAxis, MapSetting, number_knobs
from optviz.setting import Pair

if TYPE_CHECKING:
    from optviz.scene import Scene

SIZES = (64, 128, 256, 512, 1024)
"""Points a side that can be chosen with one click."""

_AROUND = 100.0  # times the learning rate set, up and down, that a sensitivity map shows of it
_LEAST_RATE = 1e-100


def mapped(experiment: Experiment, entrant: int = 0) -> Experiment:
    """Return the experiment with a map: its own or, where it has none, that of the basins of an entrant."""
    if experiment.map is not None:
        return experiment
    if experiment.reshape is not None:
        experiment = experiment.replace(reshape=None)
    return experiment.replace(map=MapSetting(entrant=entrant))


def first_mapped(experiment: Experiment, scene: Scene | None, selected: int) -> Experiment:
    """Return a race with its first map: of whoever was selected, else of who came lowest."""
    if selected <= 0 and scene is not None and len(scene.lines) == len(experiment.entrants):
        ends = [
            (float(line.loss[-1]), place)
            for place, line in enumerate(scene.lines)
            if not line.hidden and line.status != "diverged" and np.isfinite(line.loss[-1:]).any()
        ]
        selected = min(ends)[1] if ends else 0
    return mapped(experiment, min(max(selected, 0), len(experiment.entrants) - 1))


def same_race(one: Experiment, other: Experiment | None) -> bool:
    """Return whether two races are the same, however they are looked at."""
    return other is not None and one.replace(view=other.view) == other


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
    if kind == "learning_rate" and setting.x is not None:
        if setting.x.knob != "learning_rate":
            changes["x"] = changes["y"] = None
        elif setting.x.limits == usual_limits(experiment, "learning_rate"):
            changes["x"] = None  # everyone is to find their own
    elif kind == "sensitivity" and setting.x is None and getattr(setting.y, "knob", "") != "learning_rate":
        changes["x"] = MapAxis("learning_rate", usual_limits(experiment, "learning_rate"))
    return with_map(experiment, **changes)


def usual_limits(experiment: Experiment, knob: str, entrant: int | None = None) -> Pair | None:
    """Return the limits of a sensitivity map's axis that nobody has set; None for those of the slider.

    Around the learning rate that an entrant has lie both what is too small to move and what diverges.
    """
    own = experiment.entrants[setting_of(experiment).entrant if entrant is None else entrant]
    rate = own.learning_rate
    if knob != "learning_rate" or not _LEAST_RATE < rate < 1.0 / _LEAST_RATE:
        return None
    low, high = (float(f"{value:.4g}") for value in (rate / _AROUND, rate * _AROUND))
    return low, high


def limits_given(experiment: Experiment, which: str) -> bool:
    """Return whether somebody has set the limits of an axis."""
    axis = dict(zip("xy", axes_of(experiment), strict=True))[which]
    if axis.limits is None:
        return False
    usual = None
    if setting_of(experiment).kind == "sensitivity":
        usual = usual_limits(experiment, axis.knob)
    return axis.limits != usual


def with_entrant(experiment: Experiment, entrant: int) -> Experiment:
    """Return the experiment with the map of another entrant; axes that its rule has not go."""
    setting = setting_of(experiment)
    rival = None if setting.rival == entrant else setting.rival
    axes: dict[str, Any] = {}
    for which in "xy":
        axis = getattr(setting, which)
        if axis is not None and axis.limits and axis.limits == usual_limits(experiment, axis.knob):
            axes[which] = MapAxis(axis.knob, usual_limits(experiment, axis.knob, entrant))
    try:
        return with_map(experiment, entrant=entrant, rival=rival, **axes)
    except InputError:
        return with_map(experiment, entrant=entrant, rival=rival, x=None, y=None)


def with_axis(experiment: Experiment, which: str, knob: str) -> Experiment:
    """Return the experiment with another hyperparameter along x or y; a swap where the other has it."""
    axes = dict(zip("xy", axes_of(experiment), strict=True))
    other = "y" if which == "x" else "x"
    if axes[other].knob == knob:
        return with_map(experiment, **{which: axes[other], other: axes[which]})
    return with_map(experiment, **{which: MapAxis(knob, usual_limits(experiment, knob)), other: axes[other]})


def with_limits(experiment: Experiment, which: str, limits: Pair | None) -> Experiment:
    """Return the experiment with other limits of an axis; None for the usual ones. Raises InputError."""
    axes = dict(zip("xy", axes_of(experiment), strict=True))
    if limits is not None and not limits[0] < limits[1]:
        low, high = (shown(value) for value in limits)
        raise InputError(f"map.{which}.limits: {low} to {high} is not allowed; it must begin below its end")
    if limits is None and setting_of(experiment).kind == "sensitivity":
        limits = usual_limits(experiment, axes[which].knob)
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


def only_decay(experiment: Experiment) -> bool:
    """Return whether the map's entrant has nothing to vary beside its learning rate but weight decay."""
    knobs = number_knobs(experiment.entrants[setting_of(experiment).entrant])
    return {knob.name for knob in knobs} == {"learning_rate", "weight_decay"}


def as_race(experiment: Experiment, title: str = "") -> Experiment:
    """Return the race of an experiment without its map."""
    changes: dict[str, Any] = {"map": None, **({"title": title} if title else {})}
    return experiment.replace(**changes)
