"""Why it is slow along a valley: what the curvature across it allows, and what a coordinate is divided by."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from optviz.insight.around import Place, stationary
from optviz.insight.measures import Measures
from optviz.insight.rivals import effective
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]
_NARROW = 0.05  # of the curvature across: along a valley there is less
_ALONG = 0.9  # of the gradient: so much of it points along the valley
_GAIN = 1.5  # times learning rate and gradient: longer steps are those of a memory
_LINEAR = ("gd", "sgd", "momentum", "nesterov", "qhm")
_ROW = {"rmsprop": 0, "adam": 1, "adamw": 1, "amsgrad": 2}  # of the memory, whose root divides
_NEAR = 0.01  # of the domain's diagonal: a declared minimum is found anew within that
_ELONGATED = 4.0  # the condition number from which a valley is worth the name


def narrow(m: Measures) -> Found:
    """Say what the curvature across a valley allows, and how short that makes the steps along it."""
    if (
        m.decay
        or not m.high > 0.0
        or not abs(m.low) < _NARROW * m.high
        or m.noisy
        or not math.isfinite(m.product)
    ):
        return
    stable = m.product / m.steep
    if not m.rate <= stable or m.slope < _ALONG * m.norm or (m.rates[-m.w :] != m.rate).any():
        return
    values = {"steep": m.steep, "product": m.product, "stable": stable}
    gain = effective(m.own, slice(m.step - m.w, None)) / m.rate if m.rate > 0.0 else math.nan
    if gain >= _GAIN:
        yield say(_NARROW_MEMORY, **values, gain=gain, median=m.median)
    yield say(_NARROW_PLAIN, **values, norm=m.norm, rate=m.rate, hop=float(m.lengths[-1]))


def best(m: Measures) -> Found:
    """Say what the best learning rate and momentum would leave of the error (Polyak 1964, section 3)."""
    rival = m.race.rival
    if rival is None or not m.loss > rival.loss or m.race.level or m.decay or m.noisy:
        return
    if m.declared.id not in _LINEAR or not m.is_bowl or m.own.problem.penalty.l1:
        return
    root = math.sqrt(m.high / m.low)
    plain, heavy = (root * root - 1.0) / (root * root + 1.0), (root - 1.0) / (root + 1.0)
    if root * root < _ELONGATED or number(plain) == "1":
        return
    yield say(
        _BEST, kappa=root * root, best_plain=plain, best_heavy=heavy, best_momentum=heavy * heavy,
        best_rate=4.0 / (math.sqrt(m.high) + math.sqrt(m.low)) ** 2,
    )  # fmt: skip


def divided(m: Measures) -> Found:
    """Say what the learning rate comes to in either coordinate, of a rule that divides by its gradients."""
    row = _ROW.get(m.declared.id)
    if row is None or m.hypers.get("centered") or not m.rate > 0.0 or m.noisy:
        return
    square = m.own.state[-1, row]
    if m.declared.id != "rmsprop" and m.hypers.get("bias_correction", True):
        square = square / (1.0 - float(m.hypers["beta2"]) ** m.step)
    roots = [float(root) for root in np.sqrt(square)]
    if min(roots) > 1e3 * float(m.hypers["epsilon"]):
        yield say(
            _DIVIDED, root_x=roots[0], root_y=roots[1], rate=m.rate, rate_x=m.rate / roots[0],
            rate_y=m.rate / roots[1], low=m.low, high=m.high,
        )  # fmt: skip


def to_the_minimum(m: Measures) -> Found:
    """Say how many steps as long as its last one it is from the nearest minimum that is known."""
    hop = float(m.lengths[-1])
    found = nearest(m)
    if found is not None and hop > 0.0 and not m.noisy:
        away = math.hypot(*(m.path[-1] - [found.x, found.y]))
        if away > hop:
            yield say(
                _AWAY, mx=found.x + 0.0, my=found.y + 0.0, away=away, hop=hop,
                further=float(math.ceil(away / hop)),
            )  # fmt: skip


def nearest(m: Measures) -> Place | None:
    """Return the nearest of the surface's minima that is one of this very loss."""
    found = []
    for declared in m.own.problem.surface.minima:
        place = stationary(m, np.array(declared.point), _NEAR * m.domain)
        if place is not None and place.low > 0.0:
            # Declared and found by Newton's method: what is next to 0 there is rounding.
            x, y = (0.0 if abs(part) < 1e-9 * m.domain else part for part in (place.x, place.y))
            found.append(Place(x, y, place.low, place.high))
    return min(found, key=lambda at: math.hypot(*(m.path[-1] - [at.x, at.y])), default=None)


_NARROW_PLAIN = T(
    "Why",
    "A narrow valley: curvature {steep} across it allows learning rates up to {product} / {steep} = "
    "{stable}; along it, at a gradient of {norm}, its {rate} makes steps of {hop} only.",
)
_NARROW_MEMORY = T(
    "Why",
    "A narrow valley: curvature {steep} across it allows learning rates up to {product} / {steep} = "
    "{stable}; along it memory makes a step {gain} times rate × gradient: {median}.",
)
_BEST = T(
    "Why",
    "Condition number {kappa} at its end: gradient descent at best keeps {best_plain} of the error a step, "
    "heavy ball {best_heavy}, at momentum {best_momentum} and learning rate {best_rate}.",
)
_DIVIDED = T(
    "Why",
    "It divides by the size of its gradients, at its end {root_x} in x and {root_y} in y: learning rate "
    "{rate} acts as {rate_x} and {rate_y} where the curvature is {low} to {high}.",
)
_AWAY = T(
    "Why",
    "The nearest minimum known, ({mx}, {my}), is {away} away: even in a straight line {further} steps as "
    "long as its last, {hop}.",
)
