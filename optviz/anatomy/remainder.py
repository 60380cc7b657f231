"""What rounding leaves between the parts of an update and the step that was taken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optviz.anatomy.typeset import spoken
from optviz.anatomy.values import Part, Sentence
from optviz.catalog import Array
from optviz.translation import QT_TRANSLATE_NOOP

TOLERANCE = 1e-12  # of the larger of step and point: what parts may miss the step by without a word
_ROUNDING = 1e-9  # of the largest part: more than that is no rounding, and is left to be seen
_UNHARMED = 1e-10  # of a part: a smaller change of it is none that counts


def settled(parts: Sequence[Part], step: Array, start: Array) -> tuple[tuple[Part, ...], Sentence]:
    """Give what rounding left to the largest parts, as far as they can hold it.

    Returns
    -------
    tuple
        The parts, and a sentence that says by how much their sum still misses the step, where the parts are
        so large that floating point does not resolve it; empty where it does.
    """
    vectors = np.array([part.vector for part in parts])
    missed = [_settle(vectors[:, i], float(step[i])) for i in (0, 1)]
    made = tuple(replace(part, vector=vector) for part, vector in zip(parts, vectors, strict=True))
    with np.errstate(over="ignore"):
        size = float(max(np.abs(step).max(), np.abs(start).max()))
    worst = max(missed)
    note = Sentence(_TOO_LARGE, {"size": spoken(worst)}) if worst > TOLERANCE * size else Sentence()
    return made, note


def _settle(column: Array, step: float) -> float:
    """Change a coordinate of the parts, float64[n], so that they add up; return what they still miss by."""
    left = _left(column, step)
    if not math.isfinite(left) or abs(left) > _ROUNDING * float(np.abs(column).max()):
        return abs(left) if math.isfinite(left) else 0.0
    for i in np.argsort(-np.abs(column), kind="stable").tolist():
        if left == 0.0 or abs(left) > _UNHARMED * abs(float(column[i])):
            break
        column[i] += left
        left = _left(column, step)
    return abs(left)


def _left(column: Array, step: float) -> float:
    """Return what of a step its parts leave, rounded once; not a number where one of them is not finite."""
    try:
        return math.fsum([step, *(-column).tolist()])
    except (OverflowError, ValueError):
        return math.nan


_TOO_LARGE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The parts are so much larger than the step that floating-point numbers do not resolve it: "
    "added up, they miss it by {size}.",
)
