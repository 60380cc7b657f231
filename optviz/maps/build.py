"""Maps: what becomes of many single races, over the start point or over hyperparameters.

>>> from optviz.maps.build import build
>>> fate = build(experiment)                     # what experiment.map says            # doctest: +SKIP
>>> fate.at(120).values                          # after 120 steps                     # doctest: +SKIP
>>> fate.race(40, 12)                            # the race of column 40, row 12       # doctest: +SKIP

Every cell is a single run, bit for bit what `simulate` makes of `Map.race` there.
"""

from __future__ import annotations

from dataclasses import replace

from optviz.experiment import Experiment
from optviz.kernels import Kernel
from optviz.kernels.settle import settle
from optviz.map_setting import MapSetting
from optviz.maps.kinds import KINDS
from optviz.maps.map import Map, places
from optviz.maps.pair import fast_kernel, kernels_of_lanes
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, Curve, MapScale, RatesSheet, Sheet
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop

__all__ = [
    "DIVERGED", "OUTSIDE", "UNDECIDED", "Curve", "Map", "MapScale", "RatesSheet", "Sheet", "build",
    "kernels_of_map", "worth_waiting",
]  # fmt: skip

_WORTH = 4_000_000  # steps of single runs from which on the kernel of the very pair is waited for


def build(
    experiment: Experiment,
    *,
    size: tuple[int, int] | None = None,
    problem: Problem | None = None,
    previous: Map | None = None,
    fast: str = "ready",
    at_once: int = 0,
    stop: Stop = NEVER,
) -> Map:
    """Return the map that `experiment.map` says; a basin map where it says nothing.

    What takes time is done by `Map.at`.

    Parameters
    ----------
    size
        (width, height) in place of the setting's: a coarse map is there sooner.
    problem
        What the experiment poses, where that is at hand.
    previous
        A map before: runs that no change concerns are taken from it.
    fast
        "wait": the kernels of these very pairs are compiled if they have to be. "ready": they are taken from
        when they are at hand in this process. "never": those of all pairs are taken.
    at_once
        Threads; 0 for all cores. The result is the same.
    stop
        Ends the work at once from another thread.

    Raises
    ------
    InputError
        When the map is not allowed, or cannot be held in memory.
    """
    setting = experiment.map or MapSetting()
    if size is not None:
        setting = replace(setting, size=size)
    setting.checked(experiment.entrants)
    known = previous.sweeps if previous is not None else {}
    how = {"fast": fast, "at_once": at_once}
    return KINDS[setting.kind](experiment, setting, problem or Problem.of(experiment), stop, known, how)


def kernels_of_map(experiment: Experiment) -> tuple[list[Kernel], list[Kernel]]:
    """Return the kernels that an experiment's map needs, and those that make it faster."""
    problem, setting = Problem.of(experiment, wait=False), experiment.map or MapSetting()
    at_minima = setting.kind in ("basin", "steps") or (setting.kind == "sensitivity" and not setting.moves)
    needed: list[Kernel] = [problem.kernels.hessian, settle] if at_minima else []
    faster: list[Kernel] = []
    for place in places(setting, experiment.entrants):
        entrant = experiment.entrants[place]
        optimizer = OPTIMIZERS[entrant.optimizer]
        needed += kernels_of_lanes(problem, optimizer)
        noisy = optimizer.samples and bool(experiment.noise or experiment.batch_size)
        own = setting.kind == "sensitivity"
        quick = None if setting.kind == "learning_rate" else fast_kernel(problem, optimizer, noisy, own)
        faster += [quick] if quick is not None else []
    return list(dict.fromkeys(needed)), list(dict.fromkeys(faster))


def worth_waiting(experiment: Experiment) -> str:
    """Return `fast` for a map that is made once: "wait" where it pays to compile."""
    width, height = (experiment.map or MapSetting()).size
    return "wait" if width * height * experiment.steps >= _WORTH else "ready"
