"""The largest learning rate with which a run still converges.

A run converges when its point comes to rest. It has come to rest where its gradient vanishes, or where its
steps are a millionth of the longest, its gradients a millionth of the first, and its steps do not grow.
Otherwise its steps tell, by the longest in each of the last three quarters of the run: they must get shorter,
either by about the same factor from quarter to quarter (as on a quadratic, however slowly) or faster than
1/k, so that what is still to go is finite. Steps that stay as long as they are lead nowhere: those to and fro
across a kink, those of signs, those down an endless slope.

Runs have 4,000 steps, whatever the experiment's own number; where these do not tell, sixteen times as many.
A rate just below the edge that is found must hold in the long run, too: otherwise what looked like an edge
was only where so many steps ended, and everything is tried once more with the many.
"""

from __future__ import annotations

import math
from enum import Enum
from itertools import pairwise

import numpy as np

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson.answer import Answer, NoAnswer
from optviz.lesson.numbers import number
from optviz.problem import NEVER, Problem, Stop
from optviz.setting import Pair
from optviz.simulate import EntrantRun, simulate
from optviz.translation import QT_TRANSLATE_NOOP

_STEPS = (4_000, 64_000, 256_000)
_STEPS_SLOW = (4_000, 16_000)  # where each takes long
_UP, _DOWN, _FAR_UP = 1.2, 0.5, 4.0
_MOST_DOWN, _MOST_UP, _MOST_FAR_UP = 60, 120, 40
_EXACT, _ROUGH = 1e-5, 1e-3  # of the rate
_BELOW = 1.0 - 1e-3  # so far below the edge it must hold in the long run
_REST = 1e-6  # of the longest step and the first gradient: what is smaller is rest
_LEAST = 1e-300
_ROUNDING = 1e-13  # of the distances gone over
_SAME = 1e-9  # in the logarithm: steps that get shorter by less stay as they are
_STEADY = 0.9  # of how much they got shorter in the quarter before
_SUMMABLE = 1.05 * math.log(1.5)  # from the middle to three quarters, steps like 1/k get shorter by log 1.5
_STRAIGHT = 0.5  # of the length of a walk: it leads somewhere
_BOTTOMLESS = 1e6

_RATE = QT_TRANSLATE_NOOP("Lesson", "The largest learning rate with which {name} still converges is {rate}.")
_OUTSIDE = QT_TRANSLATE_NOOP(
    "Lesson",
    "The largest learning rate with which {name} still converges is {rate}. That is outside of what was "
    "offered, {low} to {high}.",
)
_NONE = QT_TRANSLATE_NOOP(
    "Lesson",
    "There is no answer: {name} converges with no learning rate here, it does not come to rest for good.",
)
_DEPENDS = QT_TRANSLATE_NOOP(
    "Lesson",
    "There is no answer: up to which learning rate {name} converges depends on how long it runs here.",
)
_BOTTOM = QT_TRANSLATE_NOOP(
    "Lesson",
    "There is no answer: {name} converges with no learning rate here, the loss falls without end.",
)
_ANY = QT_TRANSLATE_NOOP(
    "Lesson",
    "There is no answer: {name} converges with learning rates as large as {rate} here, none is the largest.",
)


class Rest(Enum):
    """Whether a run comes to rest."""

    NEVER = 0
    OPEN = 1  # it is on its way: the rate is too small for so many steps to tell
    YES = 2


def converges(run: EntrantRun) -> bool:
    """Return whether a run converges, in the sense of this module."""
    return rest_of(run) is Rest.YES


def rest_of(run: EntrantRun) -> Rest:
    """Return whether a run comes to rest."""
    if run.status != "step_limit":
        return Rest.YES if run.status == "converged" else Rest.NEVER
    moves = np.diff(run.path, axis=0)
    lengths = np.hypot(*moves.T)
    count = len(lengths)
    if count < 4:
        return Rest.OPEN
    cuts = [(i * count) // 4 for i in range(5)]
    second, third, last = (float(lengths[a:b].max()) for a, b in pairwise(cuts[1:]))
    late = slice(cuts[3], None)
    walks = float(np.hypot(*moves[late].sum(axis=0))) > _STRAIGHT * float(lengths[late].sum())
    if not walks and last <= _ROUNDING * float(np.abs(run.path[late]).max()):
        return Rest.YES
    pulls = np.hypot(*run.grad.T)
    small = last <= _REST * float(lengths.max()) and float(pulls[late].max()) <= _REST * float(pulls[0])
    if small and last <= (1.0 + _SAME) * third:
        return Rest.YES
    before, now = (math.log(max(a, _LEAST) / max(b, _LEAST)) for a, b in ((second, third), (third, last)))
    if now > _SAME and (now >= _SUMMABLE or now >= _STEADY * before):
        return Rest.YES
    return Rest.OPEN if walks else Rest.NEVER


def largest(experiment: Experiment, number_of: int, offered: Pair | None, stop: Stop = NEVER) -> Answer:
    """Return the largest learning rate with which an entrant converges.

    The search goes to a rate that converges, up from there in steps of a fifth to the first that does not,
    and halves the gap until it is 1e-5 of the rate.

    Parameters
    ----------
    offered
        The rates a person chooses from; an answer outside says so.

    Raises
    ------
    NoAnswer
        When it converges with none, or with any.
    """
    search = _Search(experiment, number_of, stop)
    for steps, longer in search.budgets:
        search.steps, search.longer = steps, longer
        low = search.edge()
        if search.run(_BELOW * low, longer) is Rest.YES:
            break
    else:
        raise search.none(_DEPENDS, low)
    if search.endless:
        raise search.none(_ANY, low)
    values = {"name": search.entrant.title, "rate": number(low)}
    if offered is None or offered[0] <= low <= offered[1]:
        return Answer("largest_learning_rate", _RATE, values, learning_rate=low)
    values |= {"low": number(offered[0]), "high": number(offered[1])}
    return Answer("largest_learning_rate", _OUTSIDE, values, learning_rate=low, offered=False)


class _Search:
    """One entrant, tried with many learning rates."""

    def __init__(self, experiment: Experiment, number_of: int, stop: Stop) -> None:
        self.entrant = experiment.entrants[number_of]
        self.alone = experiment.replace(entrants=(self.entrant,), reshape=None)
        self.problem = Problem.of(self.alone)
        counts = _STEPS_SLOW if self.problem.slow else _STEPS
        self.budgets = list(pairwise(counts))
        self.steps, self.longer = self.budgets[0]
        self.stop = stop
        self.bottomless = False  # whether some run fell and fell
        self.endless = False  # whether it converges with the largest rates tried

    def edge(self) -> float:
        """Return the largest rate that seems to converge."""
        low, high = self._up(self._some())
        while not self.endless and high - low > _EXACT * low:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._rest(middle) is Rest.YES else (low, middle)
        return low

    def _some(self) -> float:
        """Return a rate with which it converges."""
        rate = self.entrant.learning_rate
        rest = self._rest(rate)
        low = rate if rest is Rest.OPEN else None
        high = rate if rest is Rest.NEVER else None
        for _ in range(_MOST_FAR_UP if high is None else _MOST_DOWN):
            if rest is Rest.YES or (low is not None and high is not None):
                break
            rate *= _DOWN if low is None else _FAR_UP
            rest = self._rest(rate)
            low, high = (rate if rest is Rest.OPEN else low, rate if rest is Rest.NEVER else high)
        if rest is Rest.YES:
            return rate
        # Too small to tell below, none above: what converges is in between, if anywhere.
        while low is not None and high is not None and high - low > _ROUGH * low:
            rate = 0.5 * (low + high)
            rest = self._rest(rate)
            if rest is Rest.YES:
                return rate
            low, high = (rate, high) if rest is Rest.OPEN else (low, rate)
        raise self.none(_NONE, rate)

    def _up(self, low: float) -> Pair:
        """Return the largest rate on the way up that converges, and the first that does not."""
        high, self.endless = low, False
        for _ in range(_MOST_UP):
            high *= _UP
            rest = self._rest(high)
            if rest is Rest.YES:
                low = high
            elif rest is Rest.NEVER:
                return low, high
        self.endless = True
        return low, high

    def _rest(self, rate: float) -> Rest:
        rest = self.run(rate, self.steps)
        return rest if rest is Rest.YES or self.diverged else self.run(rate, self.longer)

    def run(self, rate: float, steps: int) -> Rest:
        """Return whether it comes to rest with a rate."""
        self.stop.check()
        tried = self.alone.replace(entrants=(self.entrant.replace(learning_rate=rate),), steps=steps)
        run = simulate(tried, problem=self.problem, stop=self.stop).entrants[0]
        self.diverged = run.status == "diverged"
        first, end = float(run.loss[0]), float(run.loss[-1])
        self.bottomless |= end == float(run.loss.min()) and end < first - _BOTTOMLESS * (1.0 + abs(first))
        return rest_of(run)

    def none(self, template: str, rate: float) -> InputError:
        """Return that there is no answer, and why."""
        template = _BOTTOM if self.bottomless else template
        values = {"name": self.entrant.title, "rate": number(rate)}
        return NoAnswer(Answer("largest_learning_rate", template, values, missing=True))
