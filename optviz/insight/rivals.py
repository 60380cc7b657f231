"""The others of a race, and how an entrant's loss compares with the best of theirs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optviz.entrant_names import names_of, short
from optviz.insight.series import Insight
from optviz.simulate import EntrantRun, Run

RESOLUTION = 1e-16
"""As `optviz.maps.difference.RESOLUTION`, which lies above this package."""
_TIE = 1e-9  # of the height above the lowest known loss: closer than that nobody has won
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)  # of the losses
_SAME, _AT_REST = 1e-6, 1e-12  # how near to each other two points, and two losses there, are the same


@dataclass(frozen=True, eq=False)
class Rival:
    """The best of the others that did not diverge."""

    name: str
    loss: float
    run: EntrantRun


class Rivals:
    """Who else is in the race."""

    def __init__(self, own: Insight, run: Run, entrant: int) -> None:
        self.own, self.run, self.entrant = own, run, entrant

    @cached_property
    def others(self) -> list[int]:
        """The places of the others that are drawn."""
        entrants = self.run.experiment.entrants
        return [i for i in range(len(entrants)) if i != self.entrant and not entrants[i].hidden]

    @cached_property
    def rival(self) -> Rival | None:
        """The best of the others that did not diverge."""
        there = [i for i in self.others if self.run.entrants[i].status != "diverged"]
        if not there:
            return None
        best = min(there, key=lambda i: float(self.run.entrants[i].loss[-1]))
        found = self.run.entrants[best]
        return Rival(short(names_of(self.run.experiment)[best]), float(found.loss[-1]), found)

    @cached_property
    def floor(self) -> float:
        """The lowest loss known: of all runs of the race, and at the minima that the surface declares."""
        known = [float(np.fmin.reduce(one.loss)) for one in self.run.entrants]
        problem = self.own.problem
        with np.errstate(all="ignore"):
            known += [float(problem.loss(*minimum.point)) for minimum in problem.surface.minima]
        return min((loss for loss in known if math.isfinite(loss)), default=0.0)

    @property
    def level(self) -> bool:
        """Whether nobody is ahead of the other.

        As in the difference map (`optviz.maps.difference`), it is heights above the lowest known loss that
        are compared: two within `RESOLUTION` of it, in 1 + its size, are both at it. Nobody is ahead either
        where the difference is rounding: of the losses, of a billionth of the height that is left, or
        of one and the same point that both have converged to.
        """
        rival = self.rival
        if rival is None:
            return False
        losses = float(self.own.loss[-1]), rival.loss
        margin, high = abs(losses[0] - losses[1]), max(losses) - self.floor
        scale = 1.0 + abs(self.floor)
        if high <= RESOLUTION * scale or margin <= max(_TIE * high, _ROUNDING * max(map(abs, losses))):
            return True
        same = float(np.hypot(*(self.own.path[-1] - rival.run.path[-1]))) <= _SAME * (1.0 + _size(self.own))
        both = self.run.entrants[self.entrant].status == rival.run.status == "converged"
        return both and same and margin <= _AT_REST * scale

    @property
    def won(self) -> bool:
        return self.rival is not None and self.own.loss[-1] < self.rival.loss and not self.level


def _size(own: Insight) -> float:
    return float(np.abs(own.path[-1]).max())


def effective(run: EntrantRun | Insight, steps: slice = slice(None)) -> float:
    """Return the median of step lengths over those of the gradients they used; nan where all are 0."""
    with np.errstate(all="ignore"):
        moves, norms = np.hypot(*np.diff(run.path, axis=0)[steps].T), np.hypot(*run.grad[steps].T)
        return float(np.median(moves[norms > 0.0] / norms[norms > 0.0])) if (norms > 0.0).any() else math.nan
