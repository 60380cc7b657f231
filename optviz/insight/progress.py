"""What keeps a run going, slow or still: the second sentence of one that went on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from optviz.insight.around import stationary
from optviz.insight.divisors import able, accumulated
from optviz.insight.measures import Measures
from optviz.insight.rivals import effective
from optviz.insight.sentence import Sentence, say
from optviz.insight.valley import divided, narrow
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]
_NO_SLOPE = 1e-10  # as the kernels have it where they stop
_SPAN = 20  # steps before and after a restart
_APART = 0.01  # of the domain's diagonal: farther off is another place


def saddle(m: Measures) -> Found:
    """Say how little slope there is in the direction that falls away."""
    yield say(_AWAY, low=m.low, slope=m.slope, distance=m.distance)


def first_of_all(m: Measures) -> Found:
    """Say what goes before all else: that there was one step only, or that the schedule began anew."""
    if m.step == 1:
        yield say(_ONE_STEP, hop=float(m.lengths[0]), first=m.first, loss=m.loss)
    if "restart" in m.own.entrant.schedule.name:
        jumps = np.nonzero(m.rates[1:] > 1.5 * m.rates[:-1])[0] + 1
        jumps = jumps[(jumps >= _SPAN - 1) & (jumps + _SPAN <= m.step)]
        if len(jumps):
            k = int(jumps[-1])
            calm = float(m.losses[k + 1 - _SPAN : k + 1].mean())
            thrown = float(m.losses[k + 1 : k + 1 + _SPAN].mean())
            values = {"k": k, "ebbed": float(m.rates[k - 1]), "rate_k": float(m.rates[k])}
            if thrown > 1.5 * calm:
                yield say(_RESTARTED, **values, span=_SPAN, calm20=calm, thrown20=thrown)


def decay(m: Measures) -> Found:
    """Say how weight decay and what pulls against it cancel."""
    weight = float(m.hypers["weight_decay"])
    if m.pull == m.pull:
        yield say(_CANCELS, weight=weight, pull=m.pull, norm=m.norm, residual=m.residual)
    own, rest = m.decayed
    yield say(_PULLS, since=m.since, weight=weight, pulled=own, pushed=rest, moved=m.moved)


def samples(m: Measures) -> Found:
    """Say how far apart samples in a fixed order are."""
    yield _rare(m)
    yield say(_DROWNED_BATCH, since=m.since, noise=m.noise, true=m.true)


def noise(m: Measures) -> Found:
    """Say how loud the noise is against the gradient."""
    if m.batched:
        yield _rare(m)
    yield say(_DROWNED_BATCH if m.batched else _DROWNED, since=m.since, noise=m.noise, true=m.true)


def stalled(m: Measures) -> Found:
    """Say what made its steps short: the schedule, its sums, or the learning rate."""
    peak = int(np.argmax(m.rates))
    if m.rate < 0.1 * float(m.rates[peak]):
        yield say(_SCHEDULED, peak=float(m.rates[peak]), peak_at=peak, rate=m.rate)
    sums = accumulated(m)
    if sums is not None:
        yield say(_ACCUMULATED, axis="xy"[sums[0]], was=sums[1], grown=sums[2], step=m.step)
    early, late = effective(m.own, slice(0, m.w)), effective(m.own, slice(m.step - m.w, None))
    if able(m) and late < 0.1 * early:
        yield say(_DECAYED, early=early, late=late, w=m.w)
    rule = m.rule(m.low + m.decay)
    if rule is not None and m.is_bowl and m.is_quadratic and 1.0 - rule.rate > 1e-12:
        yield say(_SHARE, rate=m.rate, mild=m.low + m.decay, share=1.0 - rule.rate)
    yield say(_SHORT, since=m.since, median=m.median, rate=m.rate, norm=m.norm)


def arrived(m: Measures) -> Found:
    """Say where it came to rest, and how its gradient died out."""
    rival = m.race.rival
    if rival is not None and m.is_bowl and m.loss > rival.loss and not m.race.level:
        yield from elsewhere(m)
    if m.reach == 0.0:
        yield say(_NEVER_LEFT, begun=m.begun, step=m.step)
    elif m.begun <= _NO_SLOPE:
        yield say(_BEGAN_FLAT, begun=m.begun, norm=m.norm, reach=m.reach)
    if m.shrink < 1.0 and number(m.shrink) != "1":
        yield say(_SHRANK, since=m.since, before=m.before, norm=m.norm, shrink=m.shrink)
    yield say(_GRADIENT_GONE if m.norm <= 1e-3 * m.begun else _GRADIENT_LEFT, begun=m.begun, norm=m.norm)


def elsewhere(m: Measures) -> Found:
    """Say that it and the best of the others ended at different places."""
    rival = m.race.rival
    assert rival is not None
    x, y, rx, ry = (float(part) for point in (m.path[-1], rival.run.path[-1]) for part in point)
    apart = math.hypot(x - rx, y - ry)
    near = 0.5 * _APART * m.domain
    if apart > _APART * m.domain and all(
        stationary(m, end, near) for end in (m.path[-1], rival.run.path[-1])
    ):
        yield say(_ELSEWHERE, x=x, y=y, apart=apart, rival=rival.name, rx=rx, ry=ry)


def _rare(m: Measures) -> Sentence | None:
    """Say that a rule divides rare steep gradients by more than the others, where it does.

    Not of rules that are linear in the gradient, nor of those whose step answers to earlier gradients, too.
    """
    alone = (m.declared.id == "rmsprop" and not m.hypers["momentum"]) or m.declared.id == "adagrad"
    if m.declared.stable_product or not (alone or m.hypers.get("beta1") == 0.0):
        return None
    steep = m.norms > 2.0 * np.median(m.norms)
    if not 0.0 < steep.mean() <= 0.4:
        return None
    raw = m.moves.copy()
    for i, axis in enumerate("xy"):  # before a step was led back to the set that the loss is declared on
        back = m.own.series(f"part.projection.{axis}")
        raw[:, i] -= back if len(back) else 0.0
    lengths = np.hypot(*raw.T)
    shares = [float(lengths[some].sum() / m.norms[some].sum()) for some in (steep, ~steep)]
    if shares[0] > 0.5 * shares[1]:
        return None
    return say(_COUNT_LESS, count=int(steep.sum()), steep=shares[0], gentle=shares[1])


def edge(m: Measures) -> Found:
    """Say which way the loss slopes at the edge of the feasible set."""
    if m.batched:
        yield _rare(m)
    gx, gy = m.end_gradient
    yield say(_SLOPES, gx=float(gx), gy=float(gy), lowest=m.lowest, at=m.at)


def under_way(m: Measures) -> Found:
    """Say what its last steps did."""
    down = m.endless
    if down is not None:
        yield say(_BOTTOMLESS, dx=down[0], dy=down[1], slope=down[2])
    yield from narrow(m)
    yield from divided(m)
    angle = m.own.series("angle")[-m.w :]
    degrees = float(np.median(angle[np.isfinite(angle)])) if np.isfinite(angle).any() else math.nan
    template = _LOWERING if m.fallen > 0.0 else _RAISING
    if m.declared.id == "gd" and not m.noisy:  # whose steps are downhill by definition
        template = _LOWERING_DOWNHILL if m.fallen > 0.0 else _RAISING_DOWNHILL
        yield say(template, since=m.since, change=abs(m.fallen), median=m.median, norm=m.norm)
    yield say(template, since=m.since, change=abs(m.fallen), median=m.median, degrees=round(degrees, 1))


_GRADIENT_LEFT = T("Why", "The gradient was {begun} long at the start and is {norm} long at the end.")
_ONE_STEP = T("Why", "It took one step, {hop} long: it led from a loss of {first} to one of {loss}.")
_RESTARTED = T(
    "Why",
    "Its schedule restarts: at step {k} the learning rate went from {ebbed} back to {rate_k}, and the mean "
    "loss of {span} steps from {calm20} to {thrown20}.",
)
_CANCELS = T(
    "Why",
    "Where it ends weight decay, {weight} times the point, pulls with {pull}, the gradient with {norm}: both "
    "together are {residual}, next to nothing.",
)
_PULLS = T(
    "Why",
    "Since step {since} its weight decay of {weight} moved it by {pulled} in all, and all else by {pushed}: "
    "together that is {moved}.",
)
_NEVER_LEFT = T(
    "Why", "It had no slope to follow: the gradient was {begun} long at the start, for {step} steps."
)
_BEGAN_FLAT = T(
    "Why",
    "Its gradient was {begun} long at the start already and is {norm} at the end, which counts as none; it "
    "moved by {reach} only.",
)
_BOTTOMLESS = T(
    "Why",
    "This loss has no bottom: in the direction ({dx}, {dy}) from its end it falls for ever, by {slope} per "
    "unit of length at first.",
)
_AWAY = T(
    "Why",
    "Along one direction the surface falls away (curvature {low}), but {distance} from the saddle's middle "
    "the gradient that way is {slope} only.",
)
_DROWNED = T(
    "Why",
    "The noise drowns the gradient: since step {since} the noise in it is {noise} in the root mean square, "
    "the true gradient {true}.",
)
_DROWNED_BATCH = T(
    "Why",
    "The samples disagree: since step {since} the gradients used are {noise} off the true one in the root "
    "mean square, which is {true} itself.",
)
_SCHEDULED = T(
    "Why",
    "Its learning rate is gone: the schedule has taken it from {peak} at step {peak_at} to {rate} at the "
    "end.",
)
_ACCUMULATED = T(
    "Why",
    "Adagrad divides by the root of all squared gradients so far, and in {axis} that has grown from {was} "
    "after the first step to {grown} after step {step}.",
)
_DECAYED = T(
    "Why",
    "Its steps have shrunk more than its gradients: the effective learning rate, in the median of {w} steps, "
    "went from {early} to {late}.",
)
_SHARE = T(
    "Why",
    "Its steps are short for this valley: at learning rate {rate} and the smallest curvature, {mild}, theory "
    "has a step take off the share {share} of the error.",
)
_SHORT = T(
    "Why",
    "Its steps are short: {median} in the median since step {since}, at learning rate {rate} and a "
    "gradient {norm} long at its end.",
)
_SHRANK = T(
    "Why",
    "Its gradient dies out: since step {since} it went from {before} to {norm}, on average times {shrink} a "
    "step.",
)
_GRADIENT_GONE = T(
    "Why",
    "There is no slope left to follow: the gradient was {begun} long at the start, and is {norm}.",
)
_SLOPES = T(
    "Why",
    "The full gradient there is ({gx}, {gy}); the lowest loss it met on its way was {lowest}, at step {at}.",
)
_LOWERING = T(
    "Why",
    "Since step {since} the loss has fallen by {change}; its steps were {median} long and {degrees}° off "
    "straight downhill in the median.",
)
_RAISING = T(
    "Why",
    "Since step {since} the loss has risen by {change}; its steps were {median} long and {degrees}° off "
    "straight downhill in the median.",
)
_LOWERING_DOWNHILL = T(
    "Why",
    "Since step {since} the loss has fallen by {change}; its steps were {median} long in the median, and its "
    "gradient is {norm} now.",
)
_RAISING_DOWNHILL = T(
    "Why",
    "Since step {since} the loss has risen by {change}; its steps were {median} long in the median, and its "
    "gradient is {norm} now.",
)
_ELSEWHERE = T(
    "Why",
    "It came down elsewhere: it ends at ({x}, {y}), {apart} from where “{rival}” does, ({rx}, {ry}).",
)
_COUNT_LESS = T(
    "Why",
    "Its rare steep gradients count for less: the {count} above twice the median got steps {steep} times as "
    "long as themselves, the others {gentle} times.",
)
