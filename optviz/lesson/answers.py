"""Answers to what a step asks, computed from the race itself.

end
    The point at which the entrant's run ends; or that it diverges.
winner
    The lowest loss at the end among those that did not diverge and are not hidden. Losses within a millionth
    of what was there to fall count as equal; among equals, whoever got there first, for good, wins.
largest_learning_rate
    The edge below which its run comes to rest, as `optviz.lesson.edge` says it; for gradient descent on a
    quadratic this is 2/λ. There is none where it comes to rest with no rate, or with any.
"""

from __future__ import annotations

import numpy as np

from optviz.errors import InputError, allowed
from optviz.experiment import Experiment
from optviz.lesson.answer import Answer, NoAnswer
from optviz.lesson.edge import converges, largest
from optviz.lesson.numbers import number
from optviz.lesson.step import LessonStep
from optviz.problem import NEVER, Stop
from optviz.simulate import EntrantRun, simulate
from optviz.translation import QT_TRANSLATE_NOOP

__all__ = ["Answer", "NoAnswer", "answer_of", "converges", "raced"]

_EQUAL = 1e-6  # of what there was to fall: losses closer than this are the same

_ENDS = QT_TRANSLATE_NOOP("Lesson", "{name} ends at ({x}, {y}), where the loss is {loss}.")
_DIVERGES = QT_TRANSLATE_NOOP("Lesson", "{name} diverges.")
_WINS = QT_TRANSLATE_NOOP("Lesson", "{name} wins: its loss at the end is {loss}.")
_WINS_SOONER = QT_TRANSLATE_NOOP(
    "Lesson",
    "At the end the losses of {names} are equal, to within a millionth of what there was to fall. {name} is "
    "there first, at step {step}, and wins.",
)
_ALL_DIVERGE = QT_TRANSLATE_NOOP("Lesson", "Nobody wins: all of them diverge.")
_CHOICE = QT_TRANSLATE_NOOP("Lesson", "{answer}")


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
        When nothing is asked; `NoAnswer` where the race has no answer.
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
        return largest(experiment, ask.entrant, ask.range, stop)
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
        values |= {"step": str(arrivals[winner]), "names": _names(experiment, equal)}
    template = _WINS_SOONER if len(equal) > 1 else _WINS
    return Answer("winner", template, values, winner=winner, losses=losses, arrivals=arrivals)


def _names(experiment: Experiment, some: list[int]) -> str:
    """Return the names of several, in one list that does not flood the line."""
    return allowed((experiment.entrants[i].title for i in some), 300)


def _arrival(run: EntrantRun, level: float) -> int:
    """Return the step from which on the loss is at most `level`; -1 where it is not in the end."""
    above = np.flatnonzero(~(run.loss <= level))
    arrived = int(above[-1]) + 1 if len(above) else 0
    return arrived if arrived < len(run.loss) else -1
