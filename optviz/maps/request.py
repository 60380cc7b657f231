"""Maps asked for by a script or on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.map_setting import MapSetting
from optviz.maps.build import Map, build, worth_waiting
from optviz.maps.start import StartMap, StartSweep


def basin_map(experiment: Experiment, entrant: int = 0, size: tuple[int, int] = (512, 512)) -> StartMap:
    """Return what becomes of one entrant from every start of a lattice over the view.

    Parameters
    ----------
    entrant
        Whose map it is, counted from 0.
    size
        (w, h): the starts are at x = linspace(xlim[0], xlim[1], w)[column] and
        y = linspace(ylim[0], ylim[1], h)[row], ends included, row 0 at ylim[0].

    Returns
    -------
    StartMap
        `end` float64[h, w, 2], `loss` float64[h, w], `steps` int64[h, w], `minimum` int64[h, w] (-1: none),
        and besides `status`, `diverged`, `x`, `y` and `minima`. Every pixel is what `simulate` gives of a run
        from that start, bit for bit.

    Raises
    ------
    InputError
        For what is not allowed, in one line.
    """
    changed = with_map(experiment, kind="basin", entrant=entrant, size=size)
    assert changed.map is not None
    chosen = changed.entrants[changed.map.entrant]
    sweep = StartSweep(changed, chosen, changed.map.size, fast=worth_waiting(changed))
    return sweep.at(changed.steps)


def build_map(experiment: Experiment, **setting: Any) -> Map:
    """Return a map of an experiment: the one that its table [map] says, changed by what is given.

    Parameters
    ----------
    setting
        Keys of the table [map]: kind, entrant, rival, size, measure, x, y (see `MapSetting`).

    Returns
    -------
    Map
        `build_map(experiment, kind="loss").at(120).values` is float64[h, w], the loss after 120 steps.

    Raises
    ------
    InputError
        For what is not allowed, in one line.
    """
    changed = with_map(experiment, **setting)
    return build(changed, fast=worth_waiting(changed))


def with_map(experiment: Experiment, **setting: Any) -> Experiment:
    """Return the experiment with its map changed, or with one; a comparison is left as what both share."""
    if not isinstance(experiment, Experiment):
        raise InputError(f"experiment: {shown(experiment)} is not allowed; it must be an Experiment")
    known = {name: getattr(experiment.map or MapSetting(), name) for name in MapSetting.__dataclass_fields__}
    kind = setting.get("kind", known["kind"])
    if experiment.map is not None and kind != known["kind"]:
        known |= {"rival": None, "x": None, "y": None}  # they belong to the other kind
    return replace(experiment, reshape=None, map=MapSetting.of({**known, **setting}))
