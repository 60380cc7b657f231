"""How a map is computed in stages, coarse to fine, so that something is seen at once."""

from __future__ import annotations

from optviz.experiment import Experiment
from optviz.gui.maps.edits import setting_of

Size = tuple[int, int]

AT_ONCE = 0.08  # seconds that a whole map may take to be computed in one go
_FIRST = 0.025  # seconds that the first stage should take
_COARSEST = 16  # points along the longer side; half of them where even that would take
_TOO_LONG = 1.5  # seconds
_FORMULA, _SAMPLE = 1.2e-9, 4e-9  # seconds a step of one run takes: on a formula, and for each sample
_SLOW = 1e-4  # the same on a network
_MOST_OFF = 30.0  # times what was expected that a measurement is believed


def lanes_of(experiment: Experiment, size: Size) -> int:
    """Return how many single runs a map of a size is made of."""
    setting = setting_of(experiment)
    if setting.kind == "learning_rate":
        return size[0] * len(experiment.entrants)
    return size[0] * size[1] * (2 if setting.kind == "difference" else 1)


class Pace:
    """What a step of one run costs, learned from the maps that were computed."""

    def __init__(self) -> None:
        self._known: dict[object, float] = {}

    def of(self, experiment: Experiment) -> float:
        """Return the seconds a step of one run is expected to take."""
        return self._known.get(_key(experiment), _expected(experiment))

    def learn(self, experiment: Experiment, size: Size, seconds: float) -> None:
        """Take what a map of a size has taken."""
        work = lanes_of(experiment, size) * experiment.steps
        if not work:
            return
        # A first map may have loaded kernels, too.
        expected = _expected(experiment)
        measured = min(max(seconds / work, expected / _MOST_OFF), expected * _MOST_OFF)
        # What slows one map down is seldom the map: the quickest of the last ones counts.
        self._known[_key(experiment)] = min(1.2 * self._known.get(_key(experiment), measured), measured)


def stages(experiment: Experiment, cost: float) -> list[Size]:
    """Return the sizes a map is computed in, one after the other, the last its own.

    Parameters
    ----------
    cost
        Seconds a step of one run takes.
    """
    full = setting_of(experiment).size
    longer = max(full)

    def takes(size: Size) -> float:
        return cost * lanes_of(experiment, size) * experiment.steps

    sizes: list[Size] = []
    points = _COARSEST if takes(_scaled(full, _COARSEST)) < _TOO_LONG else _COARSEST // 2
    while points < longer:
        sizes.append(_scaled(full, points))
        points *= 2
    if takes(full) <= AT_ONCE:
        return [full]
    quick = [size for size in sizes if takes(size) <= _FIRST]
    first = quick[-1] if quick else None
    found = [size for size in sizes if first is None or max(size) >= max(first)]
    return [*dict.fromkeys(found), full]


def _scaled(full: Size, points: int) -> Size:
    longer = max(full)
    width, height = (max(2, round(side * points / longer)) for side in full)
    return width, height


def _key(experiment: Experiment) -> object:
    rules = tuple(entrant.optimizer for entrant in experiment.entrants)
    return experiment.surface, experiment.formula, setting_of(experiment).kind, rules


def _expected(experiment: Experiment) -> float:
    model = experiment.declared_surface.model
    if model is None:
        return _FORMULA
    if model.slow:
        return _SLOW
    return _SAMPLE * (experiment.batch_size or float(experiment.coefficients.get("m", 100)))
