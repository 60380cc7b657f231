"""What a rule divides by: Adagrad's sums, which never fall, and Adam's mean square, which forgets.

Reddi, Kale & Kumar 2018, On the Convergence of Adam and Beyond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optviz.catalog import Array
from optviz.entrant_names import names_of, short
from optviz.insight.measures import Measures
from optviz.insight.rivals import effective
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T

Found = Iterator[Sentence | None]
_RARE, _TIMES = 0.4, 1.1  # share of the steps, and how much larger the divisor is after a rare one
_STAYS = 3.0  # times as much of its effective rate as another one keeps
_SAME = ("learning_rate", "beta1", "beta2", "epsilon", "bias_correction")


@dataclass(frozen=True)
class Forgetting:
    """Of Adam's divisor in a coordinate: medians after rare steep gradients, and before the next ones.

    `before` are the steps before the next ones, `wall` where the gentle gradients lead, if to a wall.
    """

    axis: int
    after: float
    ahead: float
    before: NDArray[np.signedinteger[Any]]
    wall: float
    hits: int


def forgetting(m: Measures) -> Forgetting | None:
    """Return how Adam's divisor falls between rare steep gradients; None where it does not mislead it."""
    if m.declared.id != "adam" or not (m.batched or m.drawn):
        return None
    axis = int(np.argmax(np.abs(m.grad).max(axis=0)))
    slopes = m.grad[:, axis]
    steep = np.nonzero(np.abs(slopes) > 2.0 * np.median(np.abs(slopes)))[0]
    if not 2 <= len(steep) <= _RARE * m.step:
        return None
    gentle = float(np.median(slopes))
    # It is misled where the gentle ones have carried it up the true slope, against the rare ones.
    if (slopes[steep] * gentle >= 0.0).any() or not m.end_gradient[axis] * gentle < 0.0:
        return None
    if not (m.path[-1] - m.path[0])[axis] * gentle < 0.0:
        return None
    roots = divisors(m.own.state[:, 1, axis], m)
    before = steep[steep > 0] - 1
    after, ahead = float(np.median(roots[steep])), float(np.median(roots[before]))
    if not after >= _TIMES * ahead > 0.0:
        return None
    wall = float(m.own.problem.feasible.reshape(2, 2)[axis, 1 if gentle < 0.0 else 0])
    return Forgetting(axis, after, ahead, before, wall, int((m.path[1:, axis] == wall).sum()))


def divisors(square: Array, m: Measures) -> Array:
    """Return the roots of Adam's mean squares after each step, its start at 0 made up for."""
    if not m.hypers.get("bias_correction", True):
        return np.sqrt(square)
    t = np.arange(1.0, len(square) + 1.0)
    return np.asarray(np.sqrt(square / (1.0 - float(m.hypers["beta2"]) ** t)))


def forgets(m: Measures) -> Found:
    """Say by how much Adam's divisor has fallen before the next rare gradient, and where that leads."""
    found = forgetting(m)
    if found is not None:
        values: dict[str, float | str] = {
            "axis": "xy"[found.axis], "after_root": found.after, "ahead_root": found.ahead,
        }  # fmt: skip
        if found.hits:
            yield say(_FORGETS_WALL, **values, wall=found.wall, hits=found.hits, step=m.step)
        yield say(_FORGETS, **values, gain_root=found.after / found.ahead)


def remembers(m: Measures) -> Found:
    """Say what AMSGrad divides by: as measured where it is in the race, or the largest of Adam's own."""
    found = forgetting(m)
    if found is None:
        return
    entrants, done = m.race.run.experiment.entrants, m.race.run.entrants
    for i in m.race.others:
        theirs = entrants[i]
        same = theirs.learning_rate == m.own.entrant.learning_rate and all(
            theirs.hyperparameters.get(name, True) == m.hypers.get(name, True) for name in _SAME
        )
        if (
            theirs.optimizer == "amsgrad"
            and same
            and done[i].stopped_at == m.step
            and done[i].loss[-1] < m.loss
        ):
            kept = float(np.median(divisors(done[i].state[:, 2, found.axis], m)[found.before]))
            yield say(
                _AMSGRAD, keeper=short(names_of(m.race.run.experiment)[i]), axis="xy"[found.axis],
                kept_root=kept, times_root=kept / found.ahead, their_end=float(done[i].path[-1, found.axis]),
                their_loss=float(done[i].loss[-1]),
            )  # fmt: skip
    most = float(divisors(m.own.state[:, 1, found.axis], m)[found.before[0] :].max())
    yield say(_LARGEST, most_root=most, times_most=most / found.ahead)


def accumulated(m: Measures) -> tuple[int, float, float] | None:
    """Return in which coordinate Adagrad's divisor has grown most, from what to what; None where little."""
    # Steps as long as the first one would have been enough: it is their decay that stalled it.
    if m.declared.id != "adagrad" or not able(m):
        return None
    roots = np.sqrt(m.own.state[[0, -1], 0])
    axis = int(np.argmax(roots[1] - roots[0]))
    was, grown = (float(root) for root in roots[:, axis])
    return (axis, was, grown) if grown >= 2.0 * was > 0.0 else None


def able(m: Measures) -> bool:
    """Return whether steps as long as the first one would have been enough."""
    return bool(m.lengths[0] * m.step > (m.distance if m.distance == m.distance else 0.1 * m.domain))


def used_up(m: Measures) -> Found:
    """Say to what Adagrad's sums took its effective rate, and what would be needed in its place."""
    found = accumulated(m)
    if found is None or m.hypers.get("lr_decay"):
        return
    axis, was, grown = found
    first, last = float(m.rates[0]) / was, m.rate / grown
    values: dict[str, float | str] = {"axis": "xy"[axis], "first_rate": first, "last_rate": last}
    for i in m.race.others:
        one = m.race.run.entrants[i]
        if m.race.run.experiment.entrants[i].optimizer == "rmsprop" and one.loss[-1] < m.loss:
            theirs = effective(one, slice(max(len(one.grad) - m.w, 0), None))
            if theirs > 2.0 * last:
                name = short(names_of(m.race.run.experiment)[i])
                yield say(_SUM_AND_MEAN, **values, w=m.w, mean_rule=name, mean_rate=theirs)
    yield say(_SUM, **values, kept_rate=first * grown, rate=m.rate)


def stays_up(m: Measures) -> Found:
    """Say how much of its effective rate a winner keeps, and Adagrad does not."""
    rival = m.race.rival
    assert rival is not None
    done, entrants = m.race.run.entrants, m.race.run.experiment.entrants
    if entrants[next(i for i, one in enumerate(done) if one is rival.run)].optimizer != "adagrad":
        return
    if m.declared.id == "adagrad" or len(rival.run.grad) < 2 * m.w:
        return
    early, late = effective(m.own, slice(0, m.w)), effective(m.own, slice(m.step - m.w, None))
    other = effective(rival.run, slice(0, m.w))
    fallen = effective(rival.run, slice(len(rival.run.grad) - m.w, None))
    if all(map(math.isfinite, (early, late, other, fallen))) and late * other > _STAYS * fallen * early:
        yield say(
            _STAYS_UP, w=m.w, early=early, late=late, rival=rival.name, early_other=other, late_other=fallen
        )


_FORGETS = T(
    "Why",
    "Its divisor forgets: √v in {axis} is {after_root} right after a rare steep gradient and {ahead_root} "
    "before the next, where gentle ones count {gain_root} times as much.",
)
_FORGETS_WALL = T(
    "Why",
    "Its divisor forgets: √v in {axis} is {after_root} right after a rare steep gradient, {ahead_root} "
    "before the next. The gentle ones win: on {hits} of {step} steps it is at the wall, {axis} = {wall}.",
)
_AMSGRAD = T(
    "Why",
    "“{keeper}” keeps the largest √v: {kept_root} before a rare steep gradient, {times_root} times as much. "
    "It ends at {axis} = {their_end} with a loss of {their_loss}.",
)
_LARGEST = T(
    "Why",
    "The largest √v was {most_root}, {times_most} times what it is before a rare steep gradient: AMSGrad "
    "would go on dividing by the largest.",
)
_SUM_AND_MEAN = T(
    "Why",
    "That took its effective learning rate in {axis} from {first_rate} to {last_rate}; a sum never falls. A "
    "mean does: “{mean_rule}” has {mean_rate}, in the median of its last {w} steps.",
)
_SUM = T(
    "Why",
    "That took its effective learning rate in {axis} from {first_rate} to {last_rate}; for the first one the "
    "learning rate would have to be {kept_rate} now, not {rate}.",
)
_STAYS_UP = T(
    "Why",
    "Its divisor forgets, a sum does not: its effective learning rate went from {early} to {late}, that of "
    "“{rival}” from {early_other} to {late_other} (medians of {w} steps).",
)
