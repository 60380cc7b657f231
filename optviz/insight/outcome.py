"""The first sentence: how a run ended, and how that compares with the others."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np

from optviz.insight.around import stationary
from optviz.insight.measures import Measures
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

_NEAR = 0.05  # of how far it went: a saddle so close is the one it lingers at
_THERE = 0.01  # likewise, of the minimum it has as good as reached
_SLOW = 3.0  # times as many steps again that a stalled run would need at least
_IDLE = 0.01  # of the domain's diagonal, or of how far it went: less than that is hardly moving
_SOON = 20  # steps: nothing has stalled before
_EVEN = 1e-3  # by which steps of one length may differ
_GONE = 1e-6  # of the gradient at the start: none is left
_CANCELS = 0.01  # of the gradient: what weight decay leaves of it where it holds a run
_LINGERS, _SLIGHT = 0.01, 0.15  # of the gradient at the start, and of the longest one met
_CLEAR = 1e-6  # of the largest curvature met: a saddle falls away by more than that


class Kind(Enum):
    """What a run came to."""

    NEVER = auto()
    LEFT = auto()
    FELL = auto()
    DIVERGED = auto()
    ROSE = auto()
    CONVERGED = auto()
    EDGE = auto()
    DECAY = auto()
    NOISE = auto()
    SAMPLES = auto()
    SADDLE = auto()
    HOPS = auto()
    OSCILLATES = auto()
    RINGS = auto()
    ARRIVED = auto()
    STALLED = auto()
    UNDER_WAY = auto()


def kind_of(m: Measures) -> Kind:
    """Return what a run came to, by measured numbers alone."""
    if m.step == 0:
        return Kind.NEVER
    if m.done.status == "diverged":
        if m.loss > m.first:
            return Kind.DIVERGED
        return Kind.FELL if m.at == m.step and m.loss < -1e6 * (1.0 + abs(m.first)) else Kind.LEFT
    if m.done.status == "converged":
        return Kind.CONVERGED
    if on_edge(m):
        return Kind.EDGE
    if _held(m):
        return Kind.DECAY
    if m.noisy and m.noise >= m.true and not m.done.verdict.growing:
        return Kind.NOISE if m.drawn else Kind.SAMPLES
    if m.loss > m.first and number(m.loss) != number(m.first):
        return Kind.ROSE
    if _lingers(m):
        return Kind.SADDLE
    if _hops(m):
        return Kind.HOPS
    arrived = m.is_bowl and m.distance <= _THERE * min(m.reach, m.domain)
    if m.pairs >= 3 and 2 * m.turned >= m.pairs:
        return Kind.OSCILLATES
    if m.w >= 8 and 4 * m.climbed >= m.w and not arrived:
        return Kind.RINGS
    if arrived:
        return Kind.ARRIVED
    return Kind.STALLED if _stalled(m) else Kind.UNDER_WAY


def _held(m: Measures) -> bool:
    """Whether weight decay and what pulls against it cancel where a gradient is left."""
    if m.step < _SOON or not m.norm > _GONE * m.begun:
        return False
    if m.pull == m.pull:
        return m.pull > 0.0 and m.residual <= _CANCELS * m.norm
    own, rest = m.decayed
    return own == own and m.moved <= 0.05 * own and rest > 0.0 and m.norm > _LINGERS * m.begun


def _lingers(m: Measures) -> bool:
    """Whether it is next to a saddle, with little of the slope that it met, and hardly gets away."""
    if not (m.falls_away and m.median < m.distance <= _NEAR * min(m.reach, m.domain)):
        return False
    steepest = float(m.norms.max())
    if m.norm > _SLIGHT * steepest or m.moved > 0.2 * m.reach:
        return False
    there = stationary(m, m.path[-1], 2.0 * m.distance)
    bent = float(np.nanmax(np.abs(m.own.eigenvalues())))
    return there is not None and there.low < -_CLEAR * bent


def on_edge(m: Measures) -> bool:
    """Whether the last two points lie on the edge of the set that the loss is declared on."""
    box = m.own.problem.feasible.reshape(2, 2)
    ends = m.path[-2:]
    return bool((np.isfinite(box[:, 0]) & (ends == box[:, 0]).all(axis=0)).any()) or bool(
        (np.isfinite(box[:, 1]) & (ends == box[:, 1]).all(axis=0)).any()
    )


def halves(m: Measures) -> tuple[float, float]:
    """Return the lowest loss of the window's first and of its second half."""
    middle = len(m.recent) // 2
    return float(m.recent[:middle].min()), float(m.recent[middle:].min())


def _hops(m: Measures) -> bool:
    """Whether the window's steps are all of one length, turn round, and lead no lower."""
    if m.w < 4 or m.noisy or not m.turned:
        return False
    recent = m.lengths[-m.w :]
    earlier, later = halves(m)
    return bool(recent.min() > 0.0 and recent.max() <= (1.0 + _EVEN) * recent.min() and later >= earlier)


def _stalled(m: Measures) -> bool:
    if m.step < _SOON:
        return False
    if m.reach <= _IDLE * m.domain:
        return True
    if m.is_bowl and m.distance > 0.0:
        return m.pace * _SLOW * m.step < m.distance
    return m.moved <= _IDLE * m.reach


def outcome(m: Measures, kind: Kind) -> Sentence:
    """Return the first sentence."""
    if kind is Kind.NEVER:
        found = say(_NEVER, x=float(m.path[0, 0]), y=float(m.path[0, 1]), first=m.first)
        return found or Sentence(_NOWHERE)
    if kind in ENDS:
        return _sure(say(ENDS[kind], step=m.step, loss=m.loss, first=m.first), m)
    if m.race.others:
        return _sure(_compared(m), m)
    return _sure(_alone(m, kind), m)


def _compared(m: Measures) -> Sentence | None:
    rival = m.race.rival
    if rival is None:
        others = len(m.race.others)
        own = {"step": m.step, "loss": m.loss}
        return say(_SOLE, **own, others=others) if others > 1 else say(_SURVIVED, **own)
    margin = abs(m.loss - rival.loss)
    values: dict[str, float | str] = {
        "step": m.step, "loss": m.loss, "rival": rival.name, "other": rival.loss,
    }  # fmt: skip
    if m.race.level:
        # An exact tie may be one of zeros, which nothing is a share of.
        return say(_TIED, **values) if margin == 0.0 else say(_LEVEL, **values, margin=margin)
    if number(margin) == number(max(m.loss, rival.loss)):  # next to it the other one is nothing
        return say(_WON_PLAINLY if m.race.won else _LOST_PLAINLY, **values)
    return say(_WON if m.race.won else _LOST, **values, margin=margin)


def _alone(m: Measures, kind: Kind) -> Sentence | None:
    values: dict[str, float] = {"step": m.step, "loss": m.loss}
    if kind is Kind.OSCILLATES:
        return say(_OSCILLATES, **values, turned=m.turned, pairs=m.pairs)
    if kind is Kind.RINGS:
        return say(_RINGS, **values, climbed=m.climbed, w=m.w)
    if kind is Kind.HOPS:
        return say(_HOPS, **values, w=m.w, hop=float(m.lengths[-1]))
    if kind is Kind.SADDLE:
        return say(_SADDLE, **values, norm=m.norm, low=m.low)
    if kind is Kind.NOISE:
        recent = m.recent
        spread = {"mean": float(recent.mean()), "least": float(recent.min()), "most": float(recent.max())}
        return say(_NOISE, step=m.step, since=m.since, **spread)
    if kind is Kind.STALLED:
        return say(_STALLED, **values, first=m.first, since=m.since, moved=m.moved)
    if kind is Kind.ARRIVED:
        return say(_ARRIVED, **values, distance=m.distance)
    if kind is Kind.DECAY:
        return say(_HELD, **values, first=m.first, norm=m.norm)
    if kind is Kind.CONVERGED and m.reach == 0.0:
        return say(_STAYED, **values, begun=m.begun)
    if kind is Kind.CONVERGED:
        return say(_CONVERGED, **values, first=m.first)
    if kind is Kind.EDGE:
        return say(_EDGE, **values, x=float(m.path[-1, 0]), y=float(m.path[-1, 1]))
    return say(_UNDER_WAY, **values, first=m.first, norm=m.norm)


def _sure(found: Sentence | None, m: Measures) -> Sentence:
    """Return the sentence, or the plainest one where a number of it could not be told."""
    return found or Sentence(_PLAIN, {"step": str(m.step)})


_NEVER = T(
    "Why",
    "It never moved: at the start, ({x}, {y}) with loss {first}, something is not a finite number, or the "
    "first step leads where it is not.",
)
_NOWHERE = T("Why", "It never moved: at the start the loss is not a finite number.")
ENDS = {
    Kind.DIVERGED: T("Why", "It diverged: by step {step} the loss has gone from {first} to {loss}."),
    Kind.FELL: T(
        "Why",
        "It fell without end: by step {step} the loss has gone from {first} to {loss}, the lowest so far.",
    ),
    Kind.LEFT: T(
        "Why",
        "It left: after step {step}, with the loss gone from {first} to {loss}, the next one leads to where "
        "something is not a finite number.",
    ),
    Kind.ROSE: T(
        "Why",
        "Its loss has risen: after step {step} it is {loss}, above the {first} that it began with.",
    ),
}
_CONVERGED = T(
    "Why",
    "It converged: from step {step} on it stands still, its loss gone from {first} to {loss}.",
)
_STAYED = T(
    "Why",
    "It stands where it started: by step {step} it has not moved, the loss is {loss}, and the gradient there "
    "is {begun} long.",
)
_HELD = T(
    "Why",
    "Weight decay holds it: after step {step} the loss is {loss}, {first} at the start, and the gradient "
    "still {norm} long.",
)
_OSCILLATES = T(
    "Why",
    "It oscillates: after step {step} the loss is {loss}, and on {turned} of the last {pairs} steps the "
    "gradient pointed against the one before.",
)
_RINGS = T(
    "Why",
    "It swings: after step {step} the loss is {loss}, and {climbed} of the last {w} steps went up the "
    "gradient that they used.",
)
_HOPS = T(
    "Why",
    "It hops about: after step {step} the loss is {loss}; the last {w} steps, each {hop} long, have not led "
    "any lower.",
)
_SADDLE = T(
    "Why",
    "It lingers at a saddle: after step {step} the loss is {loss}, the gradient {norm} long, and the "
    "smallest curvature {low}.",
)
_NOISE = T(
    "Why",
    "It wanders in the noise: from step {since} to {step} the loss is {mean} on average, at least {least}, "
    "at most {most}.",
)
_STALLED = T(
    "Why",
    "It stalled: after step {step} the loss is {loss}, {first} at the start; since step {since} it has moved "
    "by {moved} only.",
)
_ARRIVED = T(
    "Why",
    "It is as good as there: after step {step} the loss is {loss}, and the minimum of the quadratic that "
    "fits here is {distance} away.",
)
_EDGE = T(
    "Why",
    "It ends at the edge of what is allowed, at ({x}, {y}): after step {step} the loss there is {loss}.",
)
_UNDER_WAY = T(
    "Why",
    "It is still under way: after step {step} the loss is {loss}, {first} at the start, and the gradient "
    "still {norm} long.",
)
_PLAIN = T("Why", "Its last step was step {step}.")
_WON = T(
    "Why",
    "It won: after step {step} its loss is {loss}, lower by {margin} than that of the next best, “{rival}” "
    "({other}).",
)
_LOST = T(
    "Why",
    "It lost: after step {step} its loss is {loss}, higher by {margin} than that of the best, “{rival}” "
    "({other}).",
)
_WON_PLAINLY = T(
    "Why",
    "It won: after step {step} its loss is {loss}, that of the next best, “{rival}”, is {other}.",
)
_LOST_PLAINLY = T(
    "Why",
    "It lost: after step {step} its loss is {loss}, that of the best, “{rival}”, is {other}.",
)
_LEVEL = T(
    "Why",
    "It is level with “{rival}”: after step {step} its loss is {loss}, the other's {other}; only {margin} "
    "lies between them.",
)
_TIED = T(
    "Why",
    "It is level with “{rival}”: after step {step} its loss is {loss}, and the other's is {other}.",
)
_SOLE = T("Why", "It won: after step {step} its loss is {loss}, and all {others} others diverged.")
_SURVIVED = T("Why", "It won: after step {step} its loss is {loss}, and the other diverged.")
