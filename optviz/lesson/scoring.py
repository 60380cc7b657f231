"""How good a prediction was: points from 0 to 1, and words.

A place: 1 within 2 % of the picture's diagonal, then evenly down to 0 at 25 %. A learning rate: 1 within a
factor of 1.02, then evenly in the logarithm down to 0 at a factor of 4. Everything else is right or wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

from optviz.errors import InputError, shown
from optviz.lesson.answer import Answer, NoAnswer
from optviz.lesson.answers import answer_of, raced
from optviz.lesson.numbers import number
from optviz.lesson.step import LessonStep
from optviz.problem import NEVER, Stop
from optviz.setting import Pair, pair
from optviz.translation import QT_TRANSLATE_NOOP

DIVERGES = "diverges"
Given: TypeAlias = "Pair | int | float | str"

_CLOSE, _FAR = 0.02, 0.25  # of the diagonal
_RATE_CLOSE, _RATE_FAR = math.log(1.02), math.log(4.0)

_RIGHT = QT_TRANSLATE_NOOP("Lesson", "Right.")
_WRONG = QT_TRANSLATE_NOOP("Lesson", "Not this time.")
_DISTANCE = QT_TRANSLATE_NOOP("Lesson", "You were {distance} away: {percent} % of the picture's diagonal.")
_NOT_SO = QT_TRANSLATE_NOOP("Lesson", "It does not diverge.")
_DOES = QT_TRANSLATE_NOOP("Lesson", "It does not end anywhere: it diverges.")
_BELOW = QT_TRANSLATE_NOOP("Lesson", "You said {given}: safe, and {factor} times too small.")
_ABOVE = QT_TRANSLATE_NOOP("Lesson", "You said {given}: {factor} times too large, over the edge.")
_AT = QT_TRANSLATE_NOOP("Lesson", "You said {given}: right on the edge.")


@dataclass(frozen=True)
class Score:
    """Points from 0 to 1, and the reason as a template to be translated and filled in."""

    points: float
    template: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return self.template.format(**self.values)


def score(step: LessonStep, given: Given, answer: Answer | None = None, stop: Stop = NEVER) -> Score:
    """Return how good a prediction is.

    Parameters
    ----------
    given
        For "end" a point, or "diverges"; for "winner" the entrant's place; for "largest_learning_rate" the
        rate; for "choice" the option.
    answer
        Where it is at hand already.

    Raises
    ------
    InputError
        For a prediction of another kind; `NoAnswer` where there is nothing to compare it with.
    """
    answer = answer if answer is not None else answer_of(step, stop)
    if answer.missing:
        raise NoAnswer(answer)
    if answer.kind == "end":
        return _end(step, given, answer)
    if answer.kind == "largest_learning_rate":
        return _rate(given, answer)
    if answer.kind == "winner":
        if not isinstance(given, int) or isinstance(given, bool):
            raise InputError(
                f"prediction: {shown(given)} is not allowed; it must be the number of an entrant"
            )
        right = given == answer.winner
    else:
        right = given == answer.option
    return Score(1.0, _RIGHT) if right else Score(0.0, _WRONG)


def _end(step: LessonStep, given: Given, answer: Answer) -> Score:
    if given == DIVERGES:
        return Score(1.0, _RIGHT) if answer.point is None else Score(0.0, _NOT_SO)
    x, y = pair(given, "prediction")
    if answer.point is None:
        return Score(0.0, _DOES)
    experiment = raced(step)
    (left, right), (low, high) = experiment.xlim, experiment.ylim
    distance = math.hypot(x - answer.point[0], y - answer.point[1])
    share = distance / math.hypot(right - left, high - low)
    values = {"distance": number(distance), "percent": number(100.0 * share)}
    return Score(_between(share, _CLOSE, _FAR), _DISTANCE, values)


def _rate(given: Given, answer: Answer) -> Score:
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not 0 < given < math.inf:
        raise InputError(f"prediction: {shown(given)} is not allowed; it must be a number > 0")
    ratio = math.log(given / answer.learning_rate)
    values = {"given": number(float(given)), "factor": number(math.exp(abs(ratio)))}
    template = _AT if abs(ratio) <= _RATE_CLOSE else _ABOVE if ratio > 0 else _BELOW
    return Score(_between(abs(ratio), _RATE_CLOSE, _RATE_FAR), template, values)


def _between(value: float, close: float, far: float) -> float:
    return min(1.0, max(0.0, (far - value) / (far - close)))
