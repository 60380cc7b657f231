"""All updates of one entrant at once, and their parts as they are added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optviz.catalog import Array, Values
from optviz.optimizers.knobs import NEGLIGIBLE

# As `optviz.anatomy.remainder`, for which these numbers are explained.
_ROUNDING = 1e-9
_UNHARMED = 1e-10


@dataclass(eq=False)
class Course:
    """What was recorded of n updates, and their parts so far.

    Attributes
    ----------
    t : float64[n, 1]
        The number of each step, from 1, as kernels and papers count.
    eta
        The learning rate that was set.
    rate : float64[n, 1]
        What the schedule gave each step.
    theta, grad : float64[n, 2]
        The points before, and the gradients used.
    noise, penalty : float64[n, 2] or None
        Their shares in those gradients.
    before, after : float64[rows, n, 2]
        The optimizer's memory.
    hessian : float64[3, n, 1]
        hxx, hxy, hyy for a rule that reads them.
    scheduled
        Whether there is a schedule at all.
    parts
        float64[n, 2] each, by name, in the order in which they build up to the step.
    total : float64[n, 2]
        What the parts so far lead to, as the rule has it.
    """

    t: Array
    eta: float
    rate: Array
    theta: Array
    grad: Array
    noise: Array | None
    penalty: Array | None
    before: Array
    after: Array
    hypers: Values
    hessian: Array
    scheduled: bool
    parts: dict[str, Array] = field(default_factory=dict)
    total: Array = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros_like(self.theta)

    def hyper(self, name: str) -> float:
        return float(self.hypers[name])

    def add(self, name: str, reached: Array, own: Array | None = None) -> None:
        """Add the part that leads from the sum so far to `reached`; `own` is it, from its own terms."""
        self.parts[name] = np.array(reached - self.total if own is None else own)
        self.total = np.asarray(reached)

    def power(self, beta: float) -> Array:
        """Return beta to the power t, float64[n, 1], as the kernels have it: zero once it is negligible."""
        powers = np.cumprod(np.full(self.t.shape, beta), axis=0)
        return np.where(powers < NEGLIGIBLE, 0.0, powers)

    # -------------------------------------------------------------- what most rules have in common

    def gradient(self) -> None:
        """Add the plain gradient step; penalty and noise apart, where there are any."""
        left = self.grad
        for part in (self.penalty, self.noise):
            if part is not None:
                left = left - part
        self.add("gradient", -self.eta * left)
        if self.penalty is not None:
            left = left + self.penalty
            self.add("penalty", -self.eta * left, -self.eta * self.penalty)
        if self.noise is not None:
            self.add("noise", -self.eta * self.grad, -self.eta * self.noise)

    def coupled_decay(self) -> Array:
        """Add weight decay that joins the gradient, if there is any; return what the rule goes on with."""
        decay = self.hyper("weight_decay")
        g: Array = self.grad + decay * self.theta
        if decay:
            self.add("weight_decay", -self.eta * g, -self.eta * decay * self.theta)
        return g

    def decoupled_decay(self) -> None:
        """Add weight decay that does not pass through the gradient, if there is any."""
        decay = self.hyper("weight_decay")
        if decay:
            own = -self.eta * decay * self.theta
            self.add("weight_decay", self.total + own, own)

    def schedule(self) -> None:
        """Add what the schedule does to a step that is as long as the learning rate says."""
        if self.scheduled:
            own = (self.rate - self.eta) / self.eta * self.total
            self.add("schedule", self.rate / self.eta * self.total, own)


def settle(parts: dict[str, Array], moves: Array) -> dict[str, Array]:
    """Give what rounding left to the largest parts, as `optviz.anatomy` does, for all steps at once.

    Parameters
    ----------
    moves
        float64[n, 2], the steps taken.
    """
    stacked = np.stack(list(parts.values()))
    with np.errstate(all="ignore"):
        for i in (0, 1):
            _settle(stacked[:, :, i], moves[:, i])
    return dict(zip(parts, stacked, strict=True))


def _settle(columns: Array, moves: Array) -> None:
    """Change a coordinate of the parts, float64[p, n], in place so that they add up to the steps."""
    left = _left(columns, moves)
    sizes = np.abs(columns)
    open_ = np.isfinite(left) & (np.abs(left) <= _ROUNDING * sizes.max(axis=0))
    for row in np.argsort(-sizes, axis=0, kind="stable"):
        at = np.arange(len(moves))
        open_ &= (left != 0.0) & (np.abs(left) <= _UNHARMED * np.abs(columns[row, at]))
        if not open_.any():
            return
        columns[row[open_], at[open_]] += left[open_]
        left = _left(columns, moves)


def _left(columns: Array, moves: Array) -> Array:
    """Return what of the steps the parts leave, summed in twice the precision.

    Ogita, Rump and Oishi, Accurate Sum and Dot Product, 2005, Algorithm 4.4 (Sum2).
    """
    total, lost = moves.copy(), np.zeros_like(moves)
    for column in columns:
        next_ = total - column
        shadow = next_ - total
        lost += (total - (next_ - shadow)) - (column + shadow)
        total = next_
    return total + lost
