"""What drives a run away or keeps it from settling: the second sentence of one that went wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from optviz.insight.around import bottom
from optviz.insight.bends import bends
from optviz.insight.measures import Measures
from optviz.insight.outcome import halves
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]


def never(m: Measures) -> Found:
    """Say what is not finite where it never moved."""
    gx, gy = m.end_gradient
    rate = float(m.own.entrant.learning_rate)
    if math.isfinite(m.first):
        yield say(_AT_START, gx=float(gx), gy=float(gy), set=rate)
    yield say(_NOT_FINITE, first=number(m.first), gx=number(float(gx)), gy=number(float(gy)))


def lost_control(m: Measures) -> Found:
    """Say where the learning rate was too large for the curvature, or which step went farthest."""
    over = m.overshoot
    if over is not None:
        yield say(
            _OVERSHOT_DECAYED if m.decay else _OVERSHOT,
            k=over.k, rate_k=over.rate, curvature_k=over.curvature, ratio_k=over.rate * over.curvature,
            product=over.product,
        )  # fmt: skip
    longest = int(np.argmax(m.lengths))
    if m.declared.needs_hessian:
        yield from _newton(m, longest)
    yield say(_LONGEST, lowest=m.lowest, at=m.at, longest=float(m.lengths[longest]), k=longest,
        norm_k=float(m.norms[longest]), rate_k=float(m.rates[longest]),
    )  # fmt: skip


def _newton(m: Measures, longest: int) -> Found:
    if m.rates[longest] > 2.0:
        yield say(_TOO_FAR, k=longest, rate_k=float(m.rates[longest]))
    worst = int(np.argmax(np.diff(m.losses)))
    low, high = _curvatures(m, worst)
    degrees = float(m.own.series("angle")[worst])
    if low < 0.0 and degrees > 90.0:
        yield say(_UPHILL, k=worst, low_k=low, high_k=high, degrees_k=round(degrees, 1))
    flat = min(_curvatures(m, longest), key=abs)
    if abs(flat) < 0.1 and m.lengths[longest] > m.norms[longest]:
        yield say(
            _DIVIDED, k=longest, flat=flat, norm_k=float(m.norms[longest]), longest=float(m.lengths[longest]),
        )  # fmt: skip


def _curvatures(m: Measures, k: int) -> tuple[float, float]:
    """Return the smallest and largest curvature at point k."""
    low, high = bends(*m.own.problem.hessian(*m.path[k]))
    return float(low), float(high)


def left(m: Measures) -> Found:
    """Say where it stood before the step that leads nowhere."""
    x, y = (float(part) for part in m.path[-1])
    yield say(_BRINK, x=x, y=y, norm=m.norm, rate=m.rate)


def fell(m: Measures) -> Found:
    """Say how the loss bends along the last step."""
    lowered = int((np.diff(m.recent) < 0.0).sum())
    bend = float(m.own.series("curvature")[-1])
    values = {"since": m.since, "w": m.w, "lowered": lowered, "along": bend}
    yield say(_BENDS_DOWN if bend < 0.0 else _FALLS, **values) if bend <= 0.0 else None
    yield say(_LOWERED, since=m.since, w=m.w, lowered=lowered, norm=m.norm)


def _kink(m: Measures) -> Found:
    if m.own.problem.penalty.l1:
        flips = (np.diff(np.sign(m.path[-1 - m.w :]), axis=0) != 0.0).sum(axis=0)
        axis = int(np.argmax(flips))
        if 2 * flips[axis] >= m.w:
            jump = 2.0 * m.own.problem.penalty.l1
            yield say(_KINK, axis="xy"[axis], flips=int(flips[axis]), w=m.w, jump=jump)


def oscillates(m: Measures) -> Found:
    """Say what makes it turn round: a kink, the learning rate, or nothing but that it does."""
    yield from _kink(m)
    ratio = m.rate * m.steep
    rule = m.rule(m.steep)
    if rule is not None and rule.rings and ratio > m.critical and m.is_even:
        yield say(
            _CHANGES_SIDES_DECAYED if m.decay else _CHANGES_SIDES,
            rate=m.rate, steep=m.steep, ratio=ratio, critical=m.critical, product=m.product,
        )  # fmt: skip
    yield from _around(m)
    template = _THERE_AND_BACK if m.moved < 0.25 * m.travelled else _TURNING
    yield say(template, w=m.w, turned=m.turned, pairs=m.pairs, travelled=m.travelled, moved=m.moved)


def _around(m: Measures) -> Found:
    """Say what the learning rate comes to at the minimum it goes round, where the curvature varies."""
    place = None if m.is_even or m.decay or m.product != m.product else bottom(m)
    if place is not None and m.rate * place.high > m.critical:
        yield say(
            _AROUND, mx=place.x, my=place.y, crest=place.high, rate=m.rate, swing=m.rate * place.high,
            critical=m.critical, product=m.product,
        )  # fmt: skip


def rings(m: Measures) -> Found:
    """Say how momentum swings, or how far off downhill its steps are."""
    rule, ratio = m.rule(m.steep), m.rate * m.steep
    if rule is not None and rule.discriminant < 0.0 and ratio > m.critical and m.is_even:
        period = 2.0 * math.pi / math.atan2(math.sqrt(-rule.discriminant), rule.trace)
        yield say(
            _SWINGS_DECAYED if m.decay else _SWINGS,
            rate=m.rate, steep=m.steep, ratio=ratio, period=period, kept=rule.rate,
        )  # fmt: skip
    angle = m.own.series("angle")
    widest = m.step - m.w + int(np.nanargmax(angle[-m.w :]))
    yield say(_OFF, w=m.w, widest=float(angle[widest]), k=widest, travelled=m.travelled, moved=m.moved)


def hops(m: Measures) -> Found:
    """Say what keeps its steps from shrinking."""
    yield from _kink(m)
    yield from _around(m)
    if m.at_bound:
        yield say(_AT_BOUND, rate=m.rate, steep=m.steep, ratio=m.rate * m.steep, product=m.product)
    recent = slice(m.step - m.w, None)
    moves, rates, norms = np.abs(m.moves[recent]), m.rates[recent, None], m.norms[recent]
    by_rate = np.abs(moves - rates) <= 1e-6 * rates
    if (by_rate | (moves == 0.0)).all() and by_rate.any(axis=1).all():
        yield say(_BY_SIGN, rate=m.rate, shortest=float(norms.min()), steepest=float(norms.max()))
    earlier, later = halves(m)
    yield say(_SAME_LENGTH, w=m.w, hop=float(m.lengths[-1]), earlier=earlier, later=later)


_AT_START = T(
    "Why",
    "The gradient at the start is ({gx}, {gy}) and the learning rate {set}: the first step leads to where "
    "something is not a finite number.",
)
_NOT_FINITE = T(
    "Why",
    "At the start the loss is {first} and the gradient ({gx}, {gy}): from there no step can be taken.",
)
_TOO_FAR = T(
    "Why",
    "It overshot: at step {k}, its longest, it went {rate_k} times the way to where the quadratic that fits "
    "has its middle; more than 2 times ends farther away.",
)
_UPHILL = T(
    "Why",
    "Newton climbs where the loss bends down: at step {k} the curvature goes from {low_k} to {high_k}, and "
    "the step went {degrees_k}° off straight downhill.",
)
_BRINK = T(
    "Why",
    "Its last point is ({x}, {y}); the gradient there is {norm} long, and the learning rate of its last step "
    "was {rate}.",
)
_TURNING = T(
    "Why",
    "The gradient turned round on {turned} of {pairs} steps; the last {w}, {travelled} long in all, led "
    "{moved} away.",
)
_OVERSHOT = T(
    "Why",
    "It overshot: at step {k} the learning rate {rate_k} times the largest curvature {curvature_k} is "
    "{ratio_k}, and above {product} the error of this rule grows.",
)
_OVERSHOT_DECAYED = T(
    "Why",
    "It overshot: at step {k} the learning rate {rate_k} times the largest curvature, {curvature_k} with "
    "weight decay, is {ratio_k}, and above {product} the error grows.",
)
_DIVIDED = T(
    "Why",
    "Newton divides by the curvature: at step {k} the one nearest to 0 was {flat}, and to a gradient "
    "{norm_k} long belonged a step of {longest}.",
)
_LONGEST = T(
    "Why",
    "Its lowest loss was {lowest}, at step {at}; its longest step, {k}, went {longest} at a gradient "
    "{norm_k} long and a learning rate of {rate_k}.",
)
_BENDS_DOWN = T(
    "Why",
    "Since step {since}, {lowered} of {w} steps lowered the loss, and along the last one it bends down, not "
    "up: the curvature is {along}.",
)
_FALLS = T(
    "Why",
    "Since step {since}, {lowered} of {w} steps lowered the loss, and along the last one it does not bend "
    "up: the curvature is {along}.",
)
_LOWERED = T(
    "Why",
    "Since step {since}, {lowered} of {w} steps lowered the loss, and the gradient at its end is {norm} "
    "long.",
)
_CHANGES_SIDES = T(
    "Why",
    "It overshoots: the learning rate {rate} times the largest curvature {steep} is {ratio}; above "
    "{critical} the error changes sides, above {product} it grows.",
)
_CHANGES_SIDES_DECAYED = T(
    "Why",
    "It overshoots: the learning rate {rate} times the largest curvature, {steep} with weight decay, is "
    "{ratio}; above {critical} the error changes sides, above {product} it grows.",
)
_AROUND = T(
    "Why",
    "At the minimum it goes round, ({mx}, {my}), the curvature is {crest}: times the learning rate {rate} = "
    "{swing}. There, above {critical} the error changes sides, above {product} it grows.",
)
_AT_BOUND = T(
    "Why",
    "Its learning rate {rate} times the largest curvature {steep} is {ratio}: at {product}, the largest "
    "product that is stable, the error neither grows nor shrinks.",
)
_KINK = T(
    "Why",
    "It hops across the kink of the L1 penalty: {axis} changed its sign on {flips} of the last {w} steps, "
    "and each time the slope jumps by {jump}.",
)
_THERE_AND_BACK = T(
    "Why",
    "Its steps undo each other: the gradient turned round on {turned} of {pairs}, and the last {w} steps, "
    "{travelled} long in all, led {moved} away.",
)
_SWINGS = T(
    "Why",
    "Its momentum swings: at learning rate {rate} times curvature {steep} = {ratio} theory has one swing "
    "last {period} steps and each step keep {kept} of it.",
)
_SWINGS_DECAYED = T(
    "Why",
    "Its momentum swings: at learning rate {rate} times curvature {steep} (with weight decay) = {ratio} "
    "theory has a swing last {period} steps and a step keep {kept} of it.",
)
_OFF = T(
    "Why",
    "Its steps were up to {widest}° off straight downhill, at step {k}; {travelled} long in all, the last "
    "{w} led {moved} away.",
)
_BY_SIGN = T(
    "Why",
    "Its steps do not shrink with the gradient: each moved a coordinate by the learning rate, {rate}, at "
    "gradients from {shortest} to {steepest} long.",
)
_SAME_LENGTH = T(
    "Why",
    "The last {w} steps are all {hop} long: the lowest loss in their first half is {earlier}, in their "
    "second {later}.",
)
