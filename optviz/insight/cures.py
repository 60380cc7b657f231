"""What a number would have to be where something went wrong: third sentences, of `optviz.insight.remedy`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from optviz.insight.around import bottom
from optviz.insight.measures import Measures
from optviz.insight.sentence import Sentence, say
from optviz.insight.theory import recurrence
from optviz.translation import QT_TRANSLATE_NOOP as T

Found = Iterator[Sentence | None]
_LONGER = 1.5  # times as long as the way: from there on a step is too long


def never(m: Measures) -> Found:
    """Yield where a start would be finite."""
    x, y = m.own.problem.surface.start
    own = float(m.own.problem.loss(x, y))
    if (x, y) != tuple(m.path[0]):
        yield say(_ELSEWHERE, x0=float(x), y0=float(y), there=own)
    yield Sentence(NONE)


def lost_control(m: Measures) -> Found:
    """Yield which learning rate would have been stable."""
    over = m.overshoot
    if m.declared.needs_hessian and m.rate > 2.0:
        yield say(_NEWTON, rate=m.rate)
    if over is not None and over.product > 0.0:
        limit = over.product / over.curvature
        yield say(
            _STABLE, k=over.k, limit_k=limit, product=over.product, curvature_k=over.curvature,
            rate_k=over.rate, times_k=over.rate / limit,
        )  # fmt: skip
    elif over is not None:
        yield say(_REVERSED, dampening=float(m.hypers["dampening"]))
    if 0 < m.at < m.step:
        until, thereafter = float(np.median(m.lengths[: m.at])), float(np.median(m.lengths[m.at :]))
        yield say(_UNTIL, at=m.at, until=until, thereafter=thereafter, lowest=m.lowest)
    elif m.at == 0:
        yield say(_NEVER_LOWER, first=m.first, hop0=float(m.lengths[0]), norm0=float(m.norms[0]))


def fell(m: Measures) -> Found:
    """Yield which penalty would give it a bottom."""
    if m.is_quadratic and m.low <= 0.0:
        yield say(FLOOR, low=m.low, needed=abs(m.low))
    yield say(_WENT, length=float(m.lengths.sum()), step=m.step, loss=m.loss)


def left(m: Measures) -> Found:
    """Yield how far down the gradient all is finite, and how far the learning rate reaches."""
    hop = m.rate * m.norm
    if m.declared.id == "gd" and math.isfinite(hop):
        inside, outside = 0.0, 1.0
        if not _finite(m, outside):
            for _ in range(60):
                middle = 0.5 * (inside + outside)
                inside, outside = (middle, outside) if _finite(m, middle) else (inside, middle)
            yield say(_BORDER, reaches=hop, border=inside * hop, margin_rate=inside * m.rate)
    yield say(_LAST_STEP, hop=float(m.lengths[-1]), lowest=m.lowest, at=m.at)


def _finite(m: Measures, share: float) -> bool:
    point = m.path[-1] - share * m.rate * m.end_gradient
    return bool(np.isfinite([float(part) for part in m.own.problem.evaluate(*point)]).all())


def _momentum(m: Measures) -> Found:
    """Yield the largest momentum of which nothing swings along the largest curvature."""
    ratio, now = m.rate * m.steep, float(m.hypers.get("momentum", 0.0))
    polyak = m.declared.id in ("sgd", "momentum") and not m.hypers["dampening"]
    if not (polyak or m.declared.id == "nesterov") or not now or not m.is_even or not ratio > m.critical:
        return
    if ratio > 1.0 or (polyak and ratio == 1.0):
        yield say(_ANY_MOMENTUM, steep=m.steep, ratio=ratio, limit1=1.0 / m.steep)
    root = math.sqrt(ratio)
    template, calm = (_CALM, (1.0 - root) ** 2) if polyak else (_CALM_NESTEROV, (1.0 - root) / (1.0 + root))
    if ratio < 1.0:
        yield say(template, steep=m.steep, ratio=ratio, calm=calm, momentum=now)


def changes_sides(m: Measures) -> Found:
    """Yield which momentum or learning rate would not change sides."""
    yield from _momentum(m)
    rule = m.rule(m.steep)
    if rule is not None and rule.rings and m.rate * m.steep > m.critical > 0.0 and m.is_even:
        yield say(_NO_CHANGE, critical=m.critical, steep=m.steep, limit=m.critical / m.steep, rate=m.rate)
    yield from _settles(m)
    hop = float(m.lengths[-1])
    if m.is_bowl and 0.0 < _LONGER * m.distance < hop:
        yield say(_TOO_LONG, distance=m.distance, hop=hop, times=hop / m.distance)
    yield say(BEST, lowest=m.lowest, at=m.at, loss=m.loss)


def _settles(m: Measures) -> Found:
    place = None if m.is_even or m.decay or m.product != m.product else bottom(m)
    if place is not None and m.rate * place.high > m.product > 0.0:
        calmed = m.product / place.high
        yield say(_SETTLES, product=m.product, crest=place.high, calmed=calmed, rate=m.rate)


def hops(m: Measures) -> Found:
    """Yield what keeps it from coming nearer."""
    hop = float(m.lengths[-1])
    yield from _settles(m)
    if m.at_bound:
        yield say(_SHRINKS, product=m.product, steep=m.steep, stable=m.product / m.steep)
    if m.is_bowl and m.distance < hop:
        yield say(_GAP, distance=m.distance, hop=hop, gap=hop - m.distance)
    yield say(_SPREAD, w=m.w, least=float(m.recent.min()), most=float(m.recent.max()), hop=hop)


def decay(m: Measures) -> Found:
    """Yield what weight decay would have to be."""
    weight = float(m.hypers["weight_decay"])
    if m.pull == m.pull and m.is_quadratic and m.is_bowl and not m.own.problem.penalty.l1:
        hxx, hxy, hyy = m.hessian
        hessian = np.array([[hxx, hxy], [hxy, hyy]])
        minimum = m.path[-1] - np.linalg.solve(hessian, m.end_gradient)
        nearer = 0.5 * weight * np.linalg.solve(hessian + 0.5 * weight * np.eye(2), minimum)
        yield say(_HALF_DECAY, distance=m.distance, half_weight=0.5 * weight, nearer=math.hypot(*nearer))
    farthest = float(np.abs(m.path[-1]).max())
    if m.pull != m.pull and abs(farthest * weight - 1.0) <= 0.02:
        yield say(_ONE_OVER, weight=weight, farthest=farthest, over=1.0 / weight)
    yield say(_ALONE, norm=m.norm, begun=m.begun)


def noise(m: Measures) -> Found:
    """Yield at which loss noise holds it."""
    yield _floor_of_noise(m)
    yield say(_MEAN, since=m.since, mean=float(m.recent.mean()), lowest=m.lowest, at=m.at)


def _floor_of_noise(m: Measures) -> Sentence | None:
    """Say at which loss noise holds heavy ball on a quadratic, at this learning rate and at half of it."""
    sigma = m.own.experiment.noise
    steady = bool((m.rates == m.rate).all())
    if m.declared.id not in ("sgd", "momentum") or m.batched or not (m.is_quadratic and m.is_bowl and steady):
        return None
    if m.decay or bool(np.isfinite(m.own.problem.feasible).any()):
        return None
    floors = [_held_up(m, rate, sigma) for rate in (m.rate, 0.5 * m.rate)]
    return say(_NOISE_FLOOR, sigma=sigma, rate=m.rate, held=floors[0], held_half=floors[1])


def _held_up(m: Measures, rate: float, sigma: float) -> float:
    """Return the mean loss above the minimum in the long run; nan where the rule is not stable."""
    total = 0.0
    for curvature in m.curvatures:
        rule = recurrence(m.declared.id, m.hypers, rate, curvature)
        if rule is None or not rule.rate < 1.0:
            return math.nan
        # The variance of e_{k+1} = T e_k - D e_{k-1} + r, r independent: of a second-order autoregression.
        trace, kept = rule.trace, rule.determinant
        fresh = rate * sigma * (1.0 - float(m.hypers["dampening"]) if m.hypers["momentum"] else 1.0)
        variance = (1.0 + kept) / ((1.0 - kept) * ((1.0 + kept) ** 2 - trace * trace)) * fresh * fresh
        total += 0.5 * curvature * variance
    return total


def samples(m: Measures) -> Found:
    """Yield what all samples at once would say."""
    gx, gy = (float(part) for part in m.end_gradient)
    if math.isfinite(gx + gy):
        size, all_of_them = m.own.experiment.batch_size, int(m.own.problem.data.shape[1])
        yield say(_ALL_SAMPLES, batch=size, whole=all_of_them, gx=gx, gy=gy)


NONE = T("Why", "It needs a start, and a learning rate, from which the first step is finite.")
_ELSEWHERE = T(
    "Why",
    "It needs a start where all is finite: at the surface's own, ({x0}, {y0}), the loss is {there}.",
)
_STABLE = T(
    "Why",
    "Stable at step {k} is a learning rate below {product} / {curvature_k} = {limit_k}; the {rate_k} that "
    "was used is {times_k} times that.",
)
_NEWTON = T(
    "Why",
    "On a quadratic Newton's steps come nearer below a learning rate of 2, and 1 goes there at once; that of "
    "its last step was {rate}.",
)
_REVERSED = T(
    "Why",
    "No learning rate is stable with a dampening of {dampening}: it turns each new gradient round.",
)
_UNTIL = T(
    "Why",
    "Up to its lowest loss, {lowest} at step {at}, its steps were {until} long in the median, and "
    "{thereafter} after it.",
)
_NEVER_LOWER = T(
    "Why",
    "It was never below the loss it began with, {first}: its first step already was {hop0} long, at a "
    "gradient of {norm0}.",
)
FLOOR = T(
    "Why",
    "The smallest curvature at its end is {low}: the surface would bend up there with an L2 penalty of more "
    "than {needed}.",
)
_WENT = T("Why", "It went {length} by step {step} and met no floor: the last loss, {loss}, is the lowest.")
_NO_CHANGE = T(
    "Why",
    "Without changing sides it would come down at a learning rate below {critical} / {steep} = {limit}; the "
    "last one was {rate}.",
)
BEST = T("Why", "Its lowest loss was {lowest}, at step {at}; it ends with {loss}.")
_GAP = T(
    "Why",
    "The minimum of the quadratic that fits at its end is {distance} away: a step of {hop} from there cannot "
    "end nearer to it than {gap}.",
)
_SPREAD = T("Why", "Over its last {w} steps, {hop} long each, the loss runs between {least} and {most}.")
_MEAN = T(
    "Why",
    "Its loss is {mean} on average since step {since}, and was {lowest} at the lowest, at step {at}.",
)
_BORDER = T(
    "Why",
    "A step at that rate would be {reaches} long, and down the gradient all is finite for {border} only: a "
    "learning rate below {margin_rate} would stay inside.",
)
_LAST_STEP = T("Why", "Its last step was {hop} long; the lowest loss that it met was {lowest}, at step {at}.")
_CALM = T(
    "Why",
    "With a momentum of at most (1 − √{ratio})² = {calm} it would not swing along its largest curvature, "
    "{steep}; it has {momentum}.",
)
_CALM_NESTEROV = T(
    "Why",
    "With a momentum of at most (1 − √{ratio}) / (1 + √{ratio}) = {calm} it would not swing along its "
    "largest curvature, {steep}; it has {momentum}.",
)
_ANY_MOMENTUM = T(
    "Why",
    "Learning rate times the largest curvature, {steep}, is {ratio}: from 1 on the error changes sides with "
    "any momentum; below a rate of {limit1} it need not.",
)
_SETTLES = T(
    "Why",
    "At that minimum it is stable below a learning rate of {product} / {crest} = {calmed}; its last one was "
    "{rate}.",
)
_TOO_LONG = T(
    "Why",
    "The minimum of the quadratic that fits at its end is {distance} away, and its last step was {hop} long: "
    "{times} times as far.",
)
_SHRINKS = T("Why", "Below a learning rate of {product} / {steep} = {stable} the error dies out.")
_HALF_DECAY = T(
    "Why",
    "It stands {distance} from the minimum of the loss; with half the weight decay, {half_weight}, it would "
    "come to stand {nearer} from it.",
)
_ONE_OVER = T(
    "Why",
    "Where steps are as long as the learning rate, a weight decay of {weight} stops a coordinate at "
    "1 / {weight} = {over}; the farther one is at {farthest}.",
)
_ALONE = T("Why", "Without weight decay the gradient alone would move it: {norm} long, {begun} at the start.")
_ALL_SAMPLES = T(
    "Why",
    "Each step saw {batch} of the {whole} losses; the gradient of all of them at its end is ({gx}, {gy}).",
)
_NOISE_FLOOR = T(
    "Why",
    "In the long run noise of {sigma} holds the mean loss {held} above the minimum at learning rate {rate}, "
    "and {held_half} at half of it.",
)
