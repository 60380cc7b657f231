"""What a run recorded of its losses and steps: the part of the measures that needs no loss to be posed."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from optviz.catalog import Array
from optviz.insight.rivals import Rivals
from optviz.insight.series import Insight
from optviz.optimizers import OPTIMIZERS
from optviz.simulate import Run

WINDOW = 100  # steps at the end that are looked at, where there are twice as many


class Walk:
    """What one entrant's run recorded: losses and steps. The window is its last `w` steps."""

    def __init__(self, own: Insight, run: Run, entrant: int) -> None:
        self.own, self.done = own, run.entrants[entrant]
        self.race = Rivals(own, run, entrant)
        self.declared = OPTIMIZERS[own.entrant.optimizer]
        self.hypers = own.entrant.hyperparameters
        self.path, self.losses, self.grad, self.rates = own.path, own.loss, own.grad, own.learning_rate
        self.step = own.steps
        self.w = min(WINDOW, max(1, self.step // 2)) if self.step else 0

    @property
    def since(self) -> int:
        """The point at which the window begins."""
        return self.step - self.w

    # -------------------------------------------------------------- losses

    @property
    def loss(self) -> float:
        return float(self.losses[-1])

    @property
    def first(self) -> float:
        return float(self.losses[0])

    @cached_property
    def at(self) -> int:
        """The step with the lowest loss."""
        return int(np.argmin(self.losses))

    @property
    def lowest(self) -> float:
        return float(self.losses[self.at])

    @cached_property
    def recent(self) -> Array:
        """The losses of the window, float64[w + 1]."""
        return self.losses[self.step - self.w :]

    @property
    def fallen(self) -> float:
        """By how much the loss is lower than before the window."""
        return float(self.recent[0] - self.recent[-1])

    # -------------------------------------------------------------- steps

    @cached_property
    def moves(self) -> Array:
        return self.own.moves

    @cached_property
    def lengths(self) -> Array:
        return np.asarray(np.hypot(*self.moves.T))

    @cached_property
    def norms(self) -> Array:
        """The lengths of the gradients used."""
        return np.asarray(np.hypot(*self.grad.T))

    @property
    def median(self) -> float:
        """The median length of the window's steps."""
        return float(np.median(self.lengths[-self.w :]))

    @property
    def travelled(self) -> float:
        return float(self.lengths[-self.w :].sum())

    @property
    def moved(self) -> float:
        return float(np.hypot(*(self.path[-1] - self.path[-1 - self.w])))

    @cached_property
    def reach(self) -> float:
        """How far from its start it ever was."""
        return float(np.hypot(*(self.path - self.path[0]).T).max())

    @property
    def domain(self) -> float:
        """The diagonal of the surface's domain."""
        (xlo, xhi), (ylo, yhi) = self.own.problem.surface.domain
        return math.hypot(xhi - xlo, yhi - ylo)

    @property
    def pairs(self) -> int:
        """The steps of the window that have one before them."""
        return min(self.w, self.step - 1)

    @cached_property
    def turned(self) -> int:
        """Of those, the ones whose gradient points against that of the step before."""
        recent = _unit(self.grad[self.step - 1 - self.pairs :])
        return int(((recent[1:] * recent[:-1]).sum(axis=1) < 0.0).sum())

    @cached_property
    def climbed(self) -> int:
        """The steps of the window that went up the gradient they used."""
        recent = slice(self.step - self.w, None)
        return int(((_unit(self.grad[recent]) * _unit(self.moves[recent])).sum(axis=1) > 0.0).sum())

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self.rates[-1])


def _unit(vectors: Array) -> Array:
    size = np.abs(vectors).max(axis=1, keepdims=True)
    return vectors / np.where(size > 0.0, size, 1.0)
