"""Answers to what a step asks, computed from the race itself.

end
    The point at which the entrant's run ends; or that it diverges.
winner
    The lowest loss at the end among those that did not diverge and are not hidden. Losses within a millionth
    of what was there to fall count as equal; among equals, whoever got there first, for good, wins.
largest_learning_rate
    Going up from a rate that converges in steps of a fifth to the first that does not, then halving the gap
    until it is 1e-5 of the rate. A rate converges when its run, of at least 4,000 steps, does not diverge and
    has come to rest, or in the second half of its steps the loss falls and never rises, or its highest value
    in the last quarter is below 90 % of that in the quarter before (both above the lowest loss of the run).
    For gradient descent on a quadratic this is 2/λ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optviz.catalog import Array
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson.numbers import number
from optviz.lesson.step import LessonStep
from optviz.problem import NEVER, Problem, Stop
from optviz.setting import Pair
from optviz.simulate import EntrantRun, simulate
from optviz.translation import QT_TRANSLATE_NOOP

_EQUAL = 1e-6  # of what there was to fall: losses closer than this are the same
_STEPS = 4000
_UP, _DOWN = 1.2, 0.5
_MOST_DOWN, _MOST_UP = 60, 120
_EXACT = 1e-5
_REST = 1e-6  # of the way from the start: steps shorter than this are rest

_ENDS = QT_TRANSLATE_NOOP("Lesson", "{name} ends at ({x}, {y}), where the loss is {loss}.")
_DIVERGES = QT_TRANSLATE_NOOP("Lesson", "{name} diverges.")
_WINS = QT_TRANSLATE_NOOP("Lesson", "{name} wins: its loss at the end is {loss}.")
_WINS_SOONER = QT_TRANSLATE_NOOP("Lesson", "{name} wins: it is there first, after {step} steps.")
_ALL_DIVERGE = QT_TRANSLATE_NOOP("Lesson", "Nobody wins: all of them diverge.")
_RATE = QT_TRANSLATE_NOOP("Lesson", "The largest learning rate with which {name} still converges is {rate}.")
_CHOICE = QT_TRANSLATE_NOOP("Lesson", "{answer}")


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes
    ----------
    kind
        As in `Ask`.
    template, values
        The answer in words, to be translated and filled in.
    point
        Of "end": where; None where it diverges.
    winner
        Of "winner": the entrant's place; -1 where all diverge.
    losses, arrivals
        Of "winner", for each entrant: its loss at the end (inf where it diverged), and the step from which
        on it was as low as the lowest (-1: never).
    learning_rate
        Of "largest_learning_rate".
    option
        Of "choice".
    """

    kind: str
    template: str
    values: dict[str, str] = field(default_factory=dict)
    point: Pair | None = None
    winner: int = -1
    losses: tuple[float, ...] = ()
    arrivals: tuple[int, ...] = ()
    learning_rate: float = 0.0
    option: str = ""

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        return self.template.format(**self.values)


def raced(step: LessonStep) -> Experiment:
    """Return the experiment a step's question is about: its own, or that of a side of a comparison."""
    side = step.ask.side if step.ask is not None else "after"
    return step.experiment.sides[side]


def answer_of(step: LessonStep, stop: Stop = NEVER) -> Answer:
    """Return the answer to what a step asks.

    Parameters
    ----------
    stop
        Ends the computing from another thread.

    Raises
    ------
    InputError
        When nothing is asked, or the race has no answer.
    Stopped
        When `stop` was set.
    """
    ask = step.ask
    if ask is None:
        raise InputError(f"step {step.title!r} asks nothing")
    if ask.kind == "choice":
        return Answer("choice", _CHOICE, {"answer": ask.answer}, option=ask.answer)
    experiment = raced(step)
    if ask.kind == "winner":
        return _winner(experiment, stop)
    if ask.kind == "largest_learning_rate":
        return _largest(experiment, ask.entrant, stop)
    return _end(experiment, ask.entrant, stop)


def _end(experiment: Experiment, entrant: int, stop: Stop) -> Answer:
    run = simulate(experiment, stop=stop).entrants[entrant]
    name = experiment.entrants[entrant].title
    if run.status == "diverged":
        return Answer("end", _DIVERGES, {"name": name})
    x, y = (float(part) for part in run.path[-1])
    values = {"name": name, "x": number(x), "y": number(y), "loss": number(float(run.loss[-1]))}
    return Answer("end", _ENDS, values, point=(x, y))


def _winner(experiment: Experiment, stop: Stop) -> Answer:
    runs = simulate(experiment, stop=stop).entrants
    losses = tuple(float("inf") if run.status == "diverged" else float(run.loss[-1]) for run in runs)
    racing = [i for i, one in enumerate(experiment.entrants) if not one.hidden and losses[i] < float("inf")]
    if not racing:
        return Answer("winner", _ALL_DIVERGE, losses=losses, arrivals=(-1,) * len(runs))
    lowest = min(losses[i] for i in racing)
    level = lowest + _EQUAL * max(float(runs[racing[0]].loss[0]) - lowest, 0.0)
    arrivals = tuple(_arrival(run, level) if i in racing else -1 for i, run in enumerate(runs))
    equal = [i for i in racing if arrivals[i] >= 0]
    winner = min(equal, key=lambda i: (arrivals[i], losses[i]))
    values = {"name": experiment.entrants[winner].title, "loss": number(losses[winner])}
    if len(equal) > 1:
        values["step"] = str(arrivals[winner])
    template = _WINS_SOONER if len(equal) > 1 else _WINS
    return Answer("winner", template, values, winner=winner, losses=losses, arrivals=arrivals)


def _arrival(run: EntrantRun, level: float) -> int:
    """Return the step from which on the loss is at most `level`; -1 where it is not in the end."""
    above = np.flatnonzero(~(run.loss <= level))
    arrived = int(above[-1]) + 1 if len(above) else 0
    return arrived if arrived < len(run.loss) else -1


# -------------------------------------------------------------- the largest learning rate


def _largest(experiment: Experiment, number_of: int, stop: Stop) -> Answer:
    entrant = experiment.entrants[number_of]
    alone = experiment.replace(entrants=(entrant,), steps=max(_STEPS, experiment.steps), reshape=None)
    problem = Problem.of(alone)

    def holds(rate: float) -> bool:
        stop.check()
        tried = alone.replace(entrants=(entrant.replace(learning_rate=rate),))
        return converges(simulate(tried, problem=problem, stop=stop).entrants[0])

    low = entrant.learning_rate
    for _ in range(_MOST_DOWN):
        if holds(low):
            break
        low *= _DOWN
    else:
        raise InputError(f"{entrant.title} converges with no learning rate here, so there is no largest one")
    high = low
    for _ in range(_MOST_UP):
        high = low * _UP
        if not holds(high):
            break
        low = high
    else:
        raise InputError(
            f"{entrant.title} converges with learning rates as large as {low:.3g}: no largest one"
        )
    while high - low > _EXACT * low:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    values = {"name": entrant.title, "rate": number(low)}
    return Answer("largest_learning_rate", _RATE, values, learning_rate=low)


def converges(run: EntrantRun) -> bool:
    """Return whether a run converges, in the sense of this module."""
    if run.status != "step_limit":
        return run.status == "converged"
    loss: Array = run.loss
    half, quarter = len(loss) // 2, (3 * len(loss)) // 4
    lengths = np.hypot(*np.diff(run.path[quarter:], axis=0).T)
    reach = float(np.hypot(*(run.path - run.path[0]).T).max())
    if float(lengths.max(initial=0.0)) <= _REST * reach:
        return True
    lowest = float(loss.min())
    rounding = 1e-12 * (abs(float(loss[0])) + abs(lowest))
    if float(np.diff(loss[half:]).max(initial=0.0)) <= rounding and loss[-1] < min(loss[half], loss[0]):
        return True
    before, after = float(loss[half:quarter].max()) - lowest, float(loss[quarter:].max()) - lowest
    return after < 0.9 * before
