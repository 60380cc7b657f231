"""The third sentence: what the number would have to be, or what is left to go."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from optviz.insight import cures, divisors, valley
from optviz.insight.cures import BEST, FLOOR, NONE
from optviz.insight.measures import Measures
from optviz.insight.outcome import ENDS, Kind
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]


def remedy(m: Measures, kind: Kind) -> Sentence:
    """Return the first of what may be said of such a run whose numbers support it."""
    kept = divisors.remembers(m) if kind not in ENDS and m.step else iter(())
    for found in chain(kept, _OF[kind](m), _plain(m)):
        if found is not None:
            return found
    return Sentence(NONE)


def _saddle(m: Measures) -> Found:
    rule = m.rule(m.low)
    if rule is not None and rule.rate > 1.0 and not m.decay and math.log(rule.rate) > 0.0:
        yield say(
            _ESCAPE, low=m.low, rate=m.rate, factor=rule.rate, tenfold=math.log(10.0) / math.log(rule.rate)
        )
    yield say(_LEAVING, distance=m.distance, since=m.since, median=m.median)


def _stalled(m: Measures) -> Found:
    yield from divisors.used_up(m)
    yield from _room(m, 1.0)
    yield from _to_go(m)
    yield from valley.to_the_minimum(m)
    yield say(_IDLE, step=m.step, reach=m.reach, domain=m.domain)


def _room(m: Measures, times: float) -> Found:
    """Yield how much larger a learning rate is stable, in a bowl."""
    if not (math.isfinite(m.product) and m.rate > 0.0 and m.is_bowl):
        return
    limit = m.product / m.steep
    if m.is_quadratic and limit > times * m.rate:
        yield say(_ROOM, product=m.product, steep=m.steep, stable=limit, rate=m.rate, room=limit / m.rate)


def _to_go(m: Measures) -> Found:
    """Yield how fast its gradient dies out, where it does so steadily."""
    if m.digit == m.digit:
        yield say(_TENTH, norm=m.norm, digit=m.digit, looked=m.step // 2)


def _arrived(m: Measures) -> Found:
    yield from valley.best(m)
    if m.is_bowl and m.digit == m.digit:
        yield say(_DIGITS, low=m.low, high=m.high, looked=m.step // 2, digit=m.digit)
    yield from _stands(m)


def _stands(m: Measures) -> Found:
    """Yield what kind of place it stands at, and how early it was all but there."""
    if m.loss < m.first and number(m.loss) != number(m.first):
        done = int(np.argmax(m.losses <= m.first - 0.99 * (m.first - m.loss)))
        if m.low > m.flat:
            yield say(_MINIMUM, low=m.low, high=m.high, done=done)
        elif m.falls_away and m.high > m.flat:
            yield say(_SADDLE, low=m.low, high=m.high, done=done)
    if m.low > m.flat:
        yield say(_IS_MINIMUM, low=m.low, high=m.high)
    elif m.high < -m.flat:
        yield say(_IS_MAXIMUM, low=m.low, high=m.high)
    elif m.low < -m.flat and m.high > m.flat:
        yield say(_IS_SADDLE, low=m.low, high=m.high)
    yield say(_FLAT, low=m.low, high=m.high)
    yield say(BEST, lowest=m.lowest, at=m.at, loss=m.loss)


def _edge(m: Measures) -> Found:
    if m.lowest < m.loss:
        yield say(_HIGHER, loss=m.loss, lowest=m.lowest, above=m.loss - m.lowest)
    yield say(_NO_LOWER, loss=m.loss, step=m.step)


def _under_way(m: Measures) -> Found:
    if m.step == 1:
        yield say(_AFTER_ONE, norm=m.norm, begun=m.begun)
    if m.endless is not None:
        yield say(FLOOR, low=m.low, needed=abs(m.low))
    yield from valley.best(m)
    yield from _to_go(m)
    yield from _room(m, 2.0)
    yield from valley.to_the_minimum(m)
    if m.step > 1 and 0.0 < m.fallen <= m.first - m.loss:
        share = 100.0 * m.fallen / (m.first - m.loss)
        yield say(_LATELY, share_fallen=share, w=m.w)
    yield say(BEST, lowest=m.lowest, at=m.at, loss=m.loss)


def _plain(m: Measures) -> Found:
    yield say(BEST, lowest=m.lowest, at=m.at, loss=m.loss)


_OF: dict[Kind, Callable[[Measures], Found]] = {
    Kind.NEVER: cures.never,
    Kind.FELL: cures.fell,
    Kind.DIVERGED: cures.lost_control,
    Kind.LEFT: cures.left,
    Kind.ROSE: cures.lost_control,
    Kind.CONVERGED: _stands,
    Kind.EDGE: _edge,
    Kind.DECAY: cures.decay,
    Kind.NOISE: cures.noise,
    Kind.SAMPLES: cures.samples,
    Kind.SADDLE: _saddle,
    Kind.HOPS: cures.hops,
    Kind.OSCILLATES: cures.changes_sides,
    Kind.RINGS: cures.changes_sides,
    Kind.ARRIVED: _arrived,
    Kind.STALLED: _stalled,
    Kind.UNDER_WAY: _under_way,
}
_ESCAPE = T(
    "Why",
    "Theory has the error that way grow by {factor} a step at learning rate {rate} and curvature {low}: "
    "tenfold in {tenfold} steps.",
)
_LEAVING = T(
    "Why",
    "It is {distance} from the saddle's middle, and since step {since} its steps are {median} long in the "
    "median.",
)
_ROOM = T(
    "Why",
    "There is room: at its end any learning rate below {product} / {steep} = {stable} is stable, {room} "
    "times the {rate} of its last step.",
)
_IDLE = T(
    "Why",
    "By step {step} it was never more than {reach} from its start; the surface's domain is {domain} across.",
)
_FLAT = T("Why", "The surface is as good as flat there: the curvature is {low} to {high}.")
_HIGHER = T("Why", "That is {above} above the lowest loss it met: {loss} against {lowest}.")
_NO_LOWER = T("Why", "It met no lower loss than that, {loss}, up to step {step}.")
_TENTH = T(
    "Why",
    "At the steady pace of its last {looked} steps its gradient, now {norm} long, falls to a tenth every "
    "{digit} steps.",
)
_DIGITS = T(
    "Why",
    "The curvature there is {low} to {high}; at the steady pace of the last {looked} steps the gradient "
    "falls to a tenth every {digit} steps.",
)
_MINIMUM = T(
    "Why",
    "It is a minimum: the curvature there is {low} to {high}; 99 % of the way down was done by step {done}.",
)
_SADDLE = T(
    "Why",
    "It is no minimum but a saddle: the curvature there goes from {low} to {high}; 99 % of the way down was "
    "done by step {done}.",
)
_IS_MINIMUM = T("Why", "It is a minimum: the curvature there is {low} to {high}, above 0 all around.")
_IS_MAXIMUM = T("Why", "It is a maximum: the curvature there is {low} to {high}, below 0 all around.")
_IS_SADDLE = T("Why", "It is no minimum but a saddle: the curvature there goes from {low} to {high}.")
_AFTER_ONE = T("Why", "After that step the gradient is {norm} long; at the start it was {begun}.")
_LATELY = T("Why", "Of all that its loss has fallen, {share_fallen} % came in the last {w} steps.")
