"""Losses that come one at a time, in an order that matters: online convex optimization."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from optviz.catalog import Batches, Choice, Choices, Knob, Model, Posed, Surface, Values
from optviz.kernels import linear_losses
from optviz.surfaces.samples import no_units

_KEPT = 32


def pose_slopes(values: Values, choices: Choices) -> Posed:
    """Pose one loss `large` x and m - 1 losses -`small` x, in the order of the paper: the rare one first."""
    return _slopes(int(values["m"]), float(values["large"]), float(values["small"]))


@lru_cache(maxsize=_KEPT)
def _slopes(m: int, large: float, small: float) -> Posed:
    slopes = np.full((1, m), -small)
    slopes[0, 0] = large
    none, column = np.zeros(0), slopes[0].copy()
    for array in (none, slopes, column):
        array.flags.writeable = False  # it is shared by all who ask
    return Posed(none, slopes, {"slope": column})


def draw(choices: Choices, samples: int, size: int, steps: int, stream: np.random.Generator) -> Batches:
    """Return which losses each step sees, int32[steps, size]: see `optviz.catalog.Model.draw`.

    "cyclic" goes round: the first step sees the first `size` losses, the next one the next. "random" draws
    each anew from all of them, so that every one has the probability 1 / m at every step.
    """
    if choices["order"] == "random":
        return stream.integers(samples, size=(steps, size), dtype=np.int32)
    return (np.arange(steps * size, dtype=np.int64) % samples).astype(np.int32).reshape(steps, size)


def _typeset(values: Values, choices: Choices) -> str:
    m, large, small = int(values["m"]), f"{values['large']:g}", f"{values['small']:g}"
    if choices["order"] == "random":
        rare, rest = rf"p = 1 / {m}", "else"
    else:
        rare, rest = rf"t \, \mathrm{{mod}} \, {m} = 1", "else"
    return (
        rf"\mathbb{{E}} \, f_t, \; f_t = {large} \, x \; \mathrm{{if}} \; {rare}, \; "
        rf"-{small} \, x \; \mathrm{{{rest}}}"
    )


ADAM_COUNTEREXAMPLE = Surface(
    id="adam_counterexample",
    title="Adam's counter-example",
    formula="mean(c)*x over the slopes c of the losses c*x, x in [-1, 1]: one is large, m - 1 are -small",
    domain=((-1.25, 1.25), (-1.0, 1.0)),
    start=(0.0, 0.0),
    # Its minimum is an edge, x = -1 whatever y is: no isolated point, so none is listed.
    minima=(),
    help="Losses that come one at a time (batch_size 1): a rare steep one that pulls x to the left, and many "
    "gentle ones that push it to the right by less in all. Everything to win is at x = −1. Adam forgets the "
    "rare one before the next, divides it by its own size, and ends at x = 1, the worst place there is; "
    "AMSGrad, which does not forget, ends at −1. Nothing depends on y. Steps do not leave [−1, 1].",
    reference="Reddi, Kale & Kumar 2018, On the Convergence of Adam and Beyond, Theorem 1 and section 5",
    coefficients=(
        Knob("m", 101, "How many losses there are, or come in a round; one of them is steep.", 2, 4096,
             slider=(2, 1024), scale="log", kind="int"),
        Knob("large", 1010.0, "Slope of the rare loss.", 0.0, open_minimum=True, slider=(1.0, 1e4),
             scale="log"),
        Knob("small", 10.0, "How far the other losses slope the other way.", 0.0, open_minimum=True,
             slider=(0.1, 100.0), scale="log"),
    ),
    choices=(
        Choice(
            "order",
            "cyclic",
            ("cyclic", "random"),
            "One after the other, the steep one first; or each step draws from all of them anew.",
        ),
    ),
    model=Model(
        linear_losses.loss, linear_losses.hessian, linear_losses.value, pose_slopes, no_units, _typeset,
        draw=draw,
    ),
    feasible=((-1.0, 1.0), (-np.inf, np.inf)),
)  # fmt: skip
