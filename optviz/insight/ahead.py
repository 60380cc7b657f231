"""Why one is ahead of the best of the others: the second sentence of a winner."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optviz.catalog import Array
from optviz.insight import modes
from optviz.insight.bends import bends
from optviz.insight.divisors import stays_up
from optviz.insight.measures import Measures
from optviz.insight.progress import elsewhere
from optviz.insight.sentence import Sentence, say
from optviz.optimizers import OPTIMIZERS
from optviz.simulate import EntrantRun
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]
_MAXIMUM = {"adam": 1, "amsgrad": 2}  # the row of the memory whose root divides
_MORE, _TIMES = 0.2, 1.5  # share of the steps, and factor, from which a difference is named


def won(m: Measures) -> Found:
    """Say in what the two differ most, of what was measured, and when it was ahead."""
    rival = m.race.rival
    assert rival is not None
    yield _divided(m, rival.run)
    yield from modes.compared(m)
    yield from stays_up(m)
    yield from elsewhere(m)
    if rival.run.status == "converged":
        low, high = (float(one) for one in bends(*m.own.problem.hessian(*rival.run.path[-1])))
        if low < -1e-9 * (1.0 + abs(high)):
            stopped = len(rival.run.path) - 1
            yield say(_STANDS, rival=rival.name, stopped=stopped, other_low=low, other_high=high)
    if rival.loss > float(rival.run.loss[0]) and number(rival.loss) != number(float(rival.run.loss[0])):
        yield say(_ROSE, rival=rival.name, begin=float(rival.run.loss[0]), other=rival.loss)
    crossed = int(np.argmax(m.losses < rival.loss))
    if not 0 < crossed <= m.step:
        return
    values: dict[str, float | str] = {"rival": rival.name, "other": rival.loss, "crossed": crossed}
    turned = [_turned(grad) for grad in (m.grad, rival.run.grad)]
    if turned[1] >= turned[0] + _MORE:
        yield say(_TURNS_LESS, **values, mine=_percent(turned[0]), theirs=_percent(turned[1]))
    straight = [_straight(path) for path in (m.path, rival.run.path)]
    if straight[0] >= _TIMES * straight[1]:
        yield say(_STRAIGHTER, **values, mine=_percent(straight[0]), theirs=_percent(straight[1]))
    lengths = [
        float(np.hypot(*np.diff(path[: crossed + 1], axis=0).T).sum()) for path in (m.path, rival.run.path)
    ]
    if lengths[0] >= _TIMES * lengths[1]:
        yield say(_FASTER, **values, way=lengths[0], slower=lengths[1])
    paces = [_shrink(m, path) for path in (m.path, rival.run.path)]
    if paces[0] < paces[1] < 1.0 and np.log(paces[0]) <= _TIMES * np.log(paces[1]):
        yield say(_DIES_FASTER, **values, shrinks=paces[0], shrinks_other=paces[1])
    if crossed < m.step:
        yield say(_AHEAD, **values, step=m.step)


def _divided(m: Measures, other: EntrantRun) -> Sentence | None:
    """Say what both divide by, of two that differ in nothing else."""
    race, rival = m.race, m.race.rival
    assert rival is not None
    entrants = race.run.experiment.entrants
    theirs = entrants[next(i for i, one in enumerate(race.run.entrants) if one is other)]
    if {m.declared.id, theirs.optimizer} != set(_MAXIMUM) or not (m.w and len(other.state) >= m.w):
        return None
    if any(theirs.hyperparameters.get(name) != value for name, value in m.hypers.items() if name in _SAME):
        return None
    mine = _roots(m.own.state, m.declared.id, m.w)
    their = _roots(other.state, theirs.optimizer, m.w)
    axis = int(np.argmax(np.abs(mine - their)))
    return say(
        _DIVIDES,
        w=m.w,
        axis="xy"[axis],
        root=float(mine[axis]),
        rival=rival.name,
        other_root=float(their[axis]),
    )


_SAME = ("learning_rate", "beta1", "beta2", "epsilon")


def _roots(state: Array, optimizer: str, w: int) -> Array:
    assert OPTIMIZERS[optimizer].state_rows
    return np.asarray(np.median(np.sqrt(state[-w:, _MAXIMUM[optimizer]]), axis=0))


def _turned(grad: Array) -> float:
    """Return the share of steps whose gradient points against the one before."""
    return float(((grad[1:] * grad[:-1]).sum(axis=1) < 0.0).mean()) if len(grad) > 1 else 0.0


def _straight(path: Array) -> float:
    """Return the distance from start to end as a share of the way."""
    way = float(np.hypot(*np.diff(path, axis=0).T).sum())
    return float(np.hypot(*(path[-1] - path[0]))) / way if way > 0.0 else 0.0


def _shrink(m: Measures, path: Array) -> float:
    """Return the mean factor of the gradient's length per step, over the last half of a path."""
    half = len(path) // 2
    ends = [float(np.hypot(*m.own.problem.gradient(*path[k]))) for k in (len(path) - 1 - half, -1)]
    return (ends[1] / ends[0]) ** (1.0 / half) if half and min(ends) > 0.0 else float("nan")


def _percent(share: float) -> float:
    return 100.0 * share


_DIVIDES = T(
    "Why",
    "Over its last {w} steps it divides by {root} in {axis} in the median, “{rival}” by {other_root}: "
    "AMSGrad keeps the largest root of the mean square, Adam the latest.",
)
_ROSE = T("Why", "“{rival}”, the next best, has risen: from a loss of {begin} at the start to {other}.")
_TURNS_LESS = T(
    "Why",
    "It was below the final loss of “{rival}”, {other}, at step {crossed}; its gradient turned round on "
    "{mine} % of its steps, the other's on {theirs} %.",
)
_STRAIGHTER = T(
    "Why",
    "It was below the final loss of “{rival}”, {other}, at step {crossed}; of the way it went {mine} % led "
    "on in a straight line, of the other's {theirs} %.",
)
_FASTER = T(
    "Why",
    "It was below the final loss of “{rival}”, {other}, at step {crossed}: its way until then was {way} "
    "long, the other's in as many steps {slower}.",
)
_STANDS = T(
    "Why",
    "“{rival}”, the next best, stands still since step {stopped} where there is no minimum: the curvature "
    "goes from {other_low} to {other_high}.",
)
_DIES_FASTER = T(
    "Why",
    "It was below the final loss of “{rival}”, {other}, at step {crossed}; in the last half each step left "
    "{shrinks} of its gradient's length, {shrinks_other} of the other's.",
)
_AHEAD = T("Why", "It was below the final loss of “{rival}”, {other}, at step {crossed} of {step} already.")
