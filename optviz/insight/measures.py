"""What the three sentences rest on: numbers of one run, each worked out when it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optviz.catalog import Array
from optviz.insight.bends import bends
from optviz.insight.parts import used_at
from optviz.insight.quadratic import is_quadratic
from optviz.insight.theory import Recurrence, critical_product, recurrence
from optviz.insight.walk import Walk
from optviz.simulate import batches_of

_LEVEL = 1e-12  # of the largest curvature: below it there is none
_EVEN = 0.02  # by which a curvature may vary that is called one
DECOUPLED = ("adamw", "lion")  # weight decay moves the point, not the gradient
_AVERAGED = ("schedule_free_sgd", "schedule_free_adamw")  # it moves another point
_TRUST, _TINY = 0.5, 1e-9  # of the gradient at the end, and at the start


@dataclass(frozen=True)
class Overshoot:
    """The first step, from the lowest loss on, whose learning rate is too large for its curvature."""

    k: int
    rate: float
    curvature: float
    product: float


class Measures(Walk):
    """Numbers of one entrant's run.

    The window is its last `w` steps; "the end" is its last point. Curvatures and the gradients `norm`,
    `begun` and `before` are those of all samples, penalty included, without noise.
    """

    # -------------------------------------------------------------- gradient and curvature

    @cached_property
    def end_gradient(self) -> Array:
        return np.array([float(g) for g in self.own.problem.gradient(*self.path[-1])])

    @property
    def norm(self) -> float:
        return math.hypot(*self.end_gradient)

    @cached_property
    def begun(self) -> float:
        return math.hypot(*(float(g) for g in self.own.problem.gradient(*self.path[0])))

    @cached_property
    def before(self) -> float:
        """The gradient's length where the window begins."""
        return math.hypot(*(float(g) for g in self.own.problem.gradient(*self.path[-1 - self.w])))

    @cached_property
    def digit(self) -> float:
        """Steps in which the gradient falls to a tenth; nan where its factor per step is not steady.

        It is when both halves of the last half of the run have the same one within 10 %, and the window, and
        theory at the end; nobody looks farther ahead than the run was long.
        """
        marks = [self.step - self.step // 2, self.step - self.step // 4, self.step]
        pieces = ((marks[0], marks[1]), (marks[1], marks[2]), (self.since, self.step))
        falls = [self._fall(a, b) for a, b in pieces]
        rules = [self.rule(one + self.decay) for one in self.curvatures]
        if rules[0] is None or rules[1] is None or not (self.is_bowl and self.is_calm):
            return math.nan
        slowest = max((rule for rule in rules if rule is not None), key=lambda rule: rule.rate)
        if slowest.discriminant < 0.0 or slowest.rate == 0.0:  # a swing has no factor per step
            return math.nan
        falls.append(-math.log(slowest.rate))
        steady = self.step >= 16 and min(falls) > 0.0 and max(falls) <= 1.1 * min(falls)
        steps = math.log(10.0) / falls[1] if steady else math.nan
        return steps if steps <= self.step else math.nan

    def _fall(self, a: int, b: int) -> float:
        """Return by how much the logarithm of the gradient's length falls per step from point a to b."""
        early, late = (math.hypot(*map(float, self.own.problem.gradient(*self.path[k]))) for k in (a, b))
        return math.log(early / late) / (b - a) if b > a and early > 0.0 and late > 0.0 else math.nan

    @property
    def is_calm(self) -> bool:
        """Whether theory at the end goes for what is to come: no noise, and as good as one curvature."""
        return not self.noisy and (self.is_quadratic or (self.is_even and self.distance <= 0.01 * self.reach))

    @property
    def shrink(self) -> float:
        """What a step of the window multiplies the gradient's length by, in the geometric mean."""
        if not (self.before > 0.0 and self.norm > 0.0):
            return math.nan
        return float((self.norm / self.before) ** (1.0 / self.w))

    @cached_property
    def hessian(self) -> tuple[float, float, float]:
        """At the end."""
        hxx, hxy, hyy = (float(h) for h in self.own.problem.hessian(*self.path[-1]))
        return hxx, hxy, hyy

    @cached_property
    def curvatures(self) -> tuple[float, float]:
        """The smallest and the largest at the end; nan where one is undefined."""
        low, high = (float(one) for one in bends(*self.hessian))
        return (low, high) if math.isfinite(low) and math.isfinite(high) else (math.nan, math.nan)

    @property
    def low(self) -> float:
        return self.curvatures[0]

    @property
    def high(self) -> float:
        return self.curvatures[1]

    @cached_property
    def along_window(self) -> Array:
        """The largest curvatures on the window's path: at its points and at quarters of the way between."""
        points = self.path[-1 - self.w :]
        between = [points[:-1] + share * np.diff(points, axis=0) for share in (0.25, 0.5, 0.75)]
        x, y = np.concatenate([points, *between]).T
        return np.asarray(bends(*self.own.problem.hessian(x, y))[1])

    @property
    def is_even(self) -> bool:
        """Whether the largest curvature is as good as the same all along the window."""
        high = self.along_window
        return bool(high.max() - high.min() <= _EVEN * np.abs(high).max())

    @cached_property
    def is_quadratic(self) -> bool:
        """Whether what holds of the curvature at the end holds everywhere."""
        return is_quadratic(self.own.problem)

    @property
    def is_bowl(self) -> bool:
        """Whether the loss curves up all around at the end."""
        return self.low > _LEVEL * abs(self.high)

    @property
    def falls_away(self) -> bool:
        """Whether it curves down in some direction there."""
        return self.low < -1e-9 * (1.0 + abs(self.low) + abs(self.high))

    @cached_property
    def slope(self) -> float:
        """The gradient at the end along the direction of the smallest curvature."""
        hxx, hxy, hyy = self.hessian
        _, vectors = np.linalg.eigh(np.array([[hxx, hxy], [hxy, hyy]]))
        return abs(float(vectors[:, 0] @ self.end_gradient))

    @cached_property
    def distance(self) -> float:
        """From the end to where the gradient of the quadratic that fits there vanishes: |H^-1 g|.

        nan where there is no such point, or where the loss itself says otherwise: its gradient there is not
        half as long, or a kink of the L1 penalty may lie between.
        """
        hxx, hxy, hyy = self.hessian
        gx, gy = self.end_gradient
        determinant = hxx * hyy - hxy * hxy
        if self.own.problem.penalty.l1 or not abs(self.low) > _LEVEL * abs(self.high) or not determinant:
            return math.nan
        dx, dy = (hyy * gx - hxy * gy) / determinant, (hxx * gy - hxy * gx) / determinant
        left = math.hypot(*(float(g) for g in self.own.problem.gradient(*(self.path[-1] - [dx, dy]))))
        trusted = left <= _TRUST * self.norm or self.norm <= _TINY * self.begun
        found = math.hypot(dx, dy)
        return found if trusted and math.isfinite(found) else math.nan

    @property
    def pace(self) -> float:
        """How far a step of the window led, net."""
        return self.moved / self.w

    @cached_property
    def flat(self) -> float:
        """The curvature that is none, as `optviz.verdict` has it."""
        return 1e-9 * (1.0 + abs(self.low) + abs(self.high))

    @cached_property
    def endless(self) -> tuple[float, float, float] | None:
        """On a quadratic without a lowest point: a direction in which it falls for ever, and the slope."""
        if not self.is_quadratic or not math.isfinite(self.low):
            return None
        hxx, hxy, hyy = self.hessian
        values, vectors = np.linalg.eigh(np.array([[hxx, hxy], [hxy, hyy]]))
        along = vectors.T @ self.end_gradient
        none = _LEVEL * float(np.abs(values).max())
        open_ = (values < -none) | ((np.abs(values) <= none) & (np.abs(along) > 1e-9 * self.norm))
        if not open_.any():
            return None
        down = -(vectors[:, open_] @ along[open_])
        slope = math.hypot(*down)
        return (float(down[0] / slope) + 0.0, float(down[1] / slope) + 0.0, slope) if slope > 0.0 else None

    # -------------------------------------------------------------- theory

    @property
    def decay(self) -> float:
        """What weight decay adds to the curvature of a rule whose steps are as long as its gradients."""
        return float(self.hypers.get("weight_decay", 0.0)) if self.declared.stable_product else 0.0

    @cached_property
    def pull(self) -> float:
        """What weight decay that joins the gradient adds to it at the end; nan where it does not join it."""
        joins = "weight_decay" in self.hypers and self.declared.id not in (*DECOUPLED, *_AVERAGED)
        own = float(self.hypers.get("weight_decay", 0.0))
        return own * math.hypot(*self.path[-1]) if joins and own else math.nan

    @property
    def residual(self) -> float:
        """The length of that gradient and decay together."""
        return math.hypot(*(self.end_gradient + float(self.hypers["weight_decay"]) * self.path[-1]))

    @cached_property
    def decayed(self) -> tuple[float, float]:
        """How far decay apart from the gradient moved it in the window, and all else; nan without one."""
        if self.declared.id not in DECOUPLED or not self.hypers["weight_decay"]:
            return math.nan, math.nan
        own = -float(self.hypers["weight_decay"]) * self.rates[-self.w :, None] * self.path[-1 - self.w : -1]
        whole = own.sum(axis=0)
        return math.hypot(*whole), math.hypot(*(self.path[-1] - self.path[-1 - self.w] - whole))

    @property
    def steep(self) -> float:
        """The largest curvature at the end, weight decay included."""
        return self.high + self.decay

    @cached_property
    def product(self) -> float:
        """The largest stable product of learning rate and curvature; nan where theory has none."""
        return float(self.declared.stable_product(self.hypers)) if self.declared.stable_product else math.nan

    @cached_property
    def critical(self) -> float:
        """The product above which the error changes sides; nan where theory has none."""
        return critical_product(self.declared.id, self.hypers)

    @property
    def at_bound(self) -> bool:
        """Whether learning rate times largest curvature is just what is stable."""
        return self.is_even and abs(self.rate * self.steep - self.product) <= 1e-6 * self.product

    def rule(self, curvature: float) -> Recurrence | None:
        """Return what the rule does to the error at the last learning rate, where theory says."""
        if not math.isfinite(curvature):
            return None
        return recurrence(self.declared.id, self.hypers, self.rate, curvature)

    @cached_property
    def overshoot(self) -> Overshoot | None:
        if math.isnan(self.product) or not self.step:
            return None
        steps = np.arange(self.at % self.step, self.step)
        hxx, hxy, hyy = self.own.problem.hessian(*self.path[steps].T)
        with np.errstate(all="ignore"):
            curvature = bends(hxx, hxy, hyy)[1] + self.decay
            over = np.nonzero(self.rates[steps] * curvature > self.product)[0]
        if not len(over):
            return None
        k = int(steps[over[0]])
        return Overshoot(k, float(self.rates[k]), float(curvature[over[0]]), self.product)

    # -------------------------------------------------------------- noise

    @cached_property
    def batched(self) -> bool:
        return self.declared.samples and len(batches_of(self.own.experiment)) > 0

    @property
    def drawn(self) -> bool:
        """Whether chance has a hand in its gradients; samples that come in a fixed order are no chance."""
        own = self.own.experiment
        return self.declared.samples and (
            own.noise > 0.0 or (self.batched and own.choices.get("order") != "cyclic")
        )

    @property
    def noisy(self) -> bool:
        """Whether the gradients used are others than those of the loss."""
        return self.drawn or self.batched

    @cached_property
    def _heard(self) -> tuple[float, float]:
        recent = slice(self.step - self.w, None)
        true = np.stack(self.own.problem.gradient(*used_at(self.own)[recent].T), axis=1)
        return _rms(self.grad[recent] - true), _rms(true)

    @property
    def noise(self) -> float:
        """Root mean square, over the window, of the gradients used less the true ones."""
        return self._heard[0]

    @property
    def true(self) -> float:
        """Root mean square of the true ones."""
        return self._heard[1]


def _rms(vectors: Array) -> float:
    return float(np.sqrt(np.mean(np.square(vectors).sum(axis=1))))
