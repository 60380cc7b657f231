"""What theory says of linear rules on a quadratic: in each eigen-direction, a recurrence of two terms.

Along an eigenvector of the Hessian with eigenvalue λ the error e of a rule that is linear in the gradient
obeys e_{k+1} = T e_k - D e_{k-1}. It is solved by the roots of r² = T r - D (its characteristic polynomial),
not step by step. Polyak, Some methods of speeding up the convergence of iteration methods, 1964, section 2;
Goh, Why Momentum Really Works, Distill 2017; for QHM, Gitman et al., Understanding the role of momentum in
stochastic gradient methods, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, nan, sqrt

import numpy as np

from optviz.catalog import Array, Values


@dataclass(frozen=True)
class Recurrence:
    """e_1 = first e_0, then e_{k+1} = trace e_k - determinant e_{k-1}."""

    first: float
    trace: float
    determinant: float

    @property
    def discriminant(self) -> float:
        """Of r² = trace r - determinant: below 0 the error turns as it shrinks or grows."""
        return self.trace * self.trace - 4.0 * self.determinant

    @property
    def rate(self) -> float:
        """The largest modulus of the roots: what each step multiplies the error by, in the long run."""
        if self.discriminant < 0.0:
            return sqrt(self.determinant)
        return 0.5 * (abs(self.trace) + sqrt(self.discriminant))

    @property
    def rings(self) -> bool:
        """Whether the error changes sides: the roots are complex, or the larger one is negative."""
        return self.discriminant < 0.0 or self.trace < 0.0

    def error(self, k: Array) -> Array:
        """Return e_k / e_0 for whole numbers k ≥ 0."""
        before = np.where(k >= 1.0, self._growth(np.maximum(k - 1.0, 0.0)), 0.0)
        lost = self.determinant * before if self.determinant else 0.0
        return np.where(k == 0.0, 1.0, self.first * self._growth(k) - lost)

    def _growth(self, k: Array) -> Array:
        """Return (a^k - b^k) / (a - b) of the roots a and b, also where they are equal or all but equal."""
        if self.discriminant < 0.0:
            half = 0.5 * sqrt(-self.discriminant)
            turn, size = atan2(half, 0.5 * self.trace), sqrt(self.determinant)
            return np.asarray(size ** (k - 1.0) * np.sin(k * turn) / np.sin(turn))
        root = sqrt(self.discriminant)
        # The larger root without cancellation, the other one from their product (Vieta).
        large = 0.5 * (self.trace + root) if self.trace >= 0.0 else 0.5 * (self.trace - root)
        if large == 0.0:
            return np.where(k == 1.0, 1.0, 0.0)
        small = self.determinant / large
        share = (small - large) / large  # small / large - 1
        if share == 0.0:
            return np.asarray(k * _power(large, k - 1.0))
        ratio = 1.0 + share
        gone = -np.expm1(k * np.log1p(share)) if ratio > 0.0 else 1.0 - _power(ratio, k)
        return np.asarray(_power(large, k - 1.0) * gone / -share)


def _power(base: float, k: Array) -> Array:
    """Return base to the powers of whole numbers, of which -1 may be one."""
    return np.asarray(np.power(np.float64(base), k))


def recurrence(optimizer: str, hypers: Values, rate: float, curvature: float) -> Recurrence | None:
    """Return what a rule does to the error along an eigenvector; None for a rule that is not linear.

    Parameters
    ----------
    rate
        The learning rate, the same at every step.
    curvature
        The eigenvalue of the Hessian, weight decay added where the rule has it in the gradient.
    """
    a = rate * curvature
    mu = float(hypers.get("momentum", 0.0))
    if optimizer == "gd" or (optimizer in ("sgd", "momentum") and mu == 0.0):
        return Recurrence(1.0 - a, 1.0 - a, 0.0)
    if optimizer in ("sgd", "momentum"):
        fresh = 1.0 - float(hypers["dampening"])  # the first gradient enters whole
        return Recurrence(1.0 - a, 1.0 + mu - fresh * a, mu)
    if optimizer == "nesterov":
        return Recurrence(1.0 - a * (1.0 + mu), (1.0 + mu) * (1.0 - a), mu * (1.0 - a))
    if optimizer == "qhm":
        nu = float(hypers["nu"])
        first = 1.0 - (1.0 - nu * mu) * a
        return Recurrence(first, first + mu, mu * (1.0 - (1.0 - nu) * a))
    if optimizer == "newton":
        below = curvature + float(hypers["epsilon"])
        kept = 1.0 - a / below if below else nan
        return Recurrence(kept, kept, 0.0)
    return None


def typeset(optimizer: str, hypers: Values) -> str:
    """Return the recurrence of a linear rule in LaTeX."""
    mu = float(hypers.get("momentum", 0.0))
    decayed = bool(hypers.get("weight_decay", 0.0))
    curvature = r"(\lambda + w)" if decayed else r"\lambda"
    if optimizer == "newton":
        return r"e_k = (1 - \frac{\eta\,\lambda}{\lambda + \epsilon})^{k}\, e_0"
    if optimizer == "gd" or (optimizer in ("sgd", "momentum") and mu == 0.0):
        text = rf"e_k = (1 - \eta\,{curvature})^{{k}}\, e_0"
    elif optimizer in ("sgd", "momentum"):
        fresh = "" if not hypers["dampening"] else r"(1 - d)\,"
        text = rf"e_{{k+1}} = (1 + \beta - {fresh}\eta\,{curvature})\, e_k - \beta\, e_{{k-1}}"
    elif optimizer == "nesterov":
        text = rf"e_{{k+1}} = (1 - \eta\,{curvature})\,((1 + \beta)\, e_k - \beta\, e_{{k-1}})"
    else:
        text = (
            r"e_{k+1} = (1 + \beta - (1 - \beta\nu)\,\eta\,\lambda)\, e_k"
            r" - \beta\,(1 - (1 - \nu)\,\eta\,\lambda)\, e_{k-1}"
        )
    return rf"{text}, \quad e = \theta - \theta_{{w}}" if decayed else text


def critical_product(optimizer: str, hypers: Values) -> float:
    """Return the smallest product of learning rate and curvature above which the error changes sides.

    Up to it the roots are real and positive (critical damping where they meet); nan for a rule that is not
    linear.
    """
    mu = float(hypers.get("momentum", 0.0))
    if optimizer == "gd" or (optimizer in ("sgd", "momentum") and mu == 0.0):
        return 1.0
    if optimizer in ("sgd", "momentum"):
        fresh = 1.0 - float(hypers["dampening"])
        return (1.0 - sqrt(mu)) ** 2 / fresh if fresh > 0.0 else nan
    if optimizer == "nesterov":
        return ((1.0 - mu) / (1.0 + mu)) ** 2
    if optimizer == "qhm":
        nu = float(hypers["nu"])
        if nu == 0.0:  # plain gradient descent, the memory is never read
            return 1.0
        # Where (1 + mu - (1 - nu mu) a)² = 4 mu (1 - (1 - nu) a), a quadratic in a.
        square, half = (1.0 - nu * mu) ** 2, (1.0 + mu) * (1.0 - nu * mu) - 2.0 * mu * (1.0 - nu)
        inside = half * half - square * (1.0 - mu) ** 2
        return (1.0 - mu) ** 2 / (half + sqrt(inside)) if inside >= 0.0 else nan
    return nan
