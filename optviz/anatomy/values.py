"""What one update is made of, as values: parts in the plane, each with formula, numbers and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optviz.catalog import Array
from optviz.translation import QT_TRANSLATE_NOOP

# What a part is called, by its name.
TITLES = {
    "gradient": QT_TRANSLATE_NOOP("Anatomy", "gradient"),
    "penalty": QT_TRANSLATE_NOOP("Anatomy", "penalty"),
    "noise": QT_TRANSLATE_NOOP("Anatomy", "noise"),
    "weight_decay": QT_TRANSLATE_NOOP("Anatomy", "weight decay"),
    "dampening": QT_TRANSLATE_NOOP("Anatomy", "dampening"),
    "memory": QT_TRANSLATE_NOOP("Anatomy", "memory"),
    "look_ahead": QT_TRANSLATE_NOOP("Anatomy", "look-ahead"),
    "bias_correction": QT_TRANSLATE_NOOP("Anatomy", "bias correction"),
    "scaling": QT_TRANSLATE_NOOP("Anatomy", "scaling"),
    "past_steps": QT_TRANSLATE_NOOP("Anatomy", "past steps"),
    "maximum": QT_TRANSLATE_NOOP("Anatomy", "maximum"),
    "rectification": QT_TRANSLATE_NOOP("Anatomy", "rectification"),
    "curvature": QT_TRANSLATE_NOOP("Anatomy", "curvature"),
    "sign": QT_TRANSLATE_NOOP("Anatomy", "sign"),
    "step_size": QT_TRANSLATE_NOOP("Anatomy", "step size"),
    "pause": QT_TRANSLATE_NOOP("Anatomy", "pause"),
    "rate_decay": QT_TRANSLATE_NOOP("Anatomy", "rate decay"),
    "warm_up": QT_TRANSLATE_NOOP("Anatomy", "warm-up"),
    "lead": QT_TRANSLATE_NOOP("Anatomy", "lead of z"),
    "averaging": QT_TRANSLATE_NOOP("Anatomy", "averaging"),
    "schedule": QT_TRANSLATE_NOOP("Anatomy", "schedule"),
    "projection": QT_TRANSLATE_NOOP("Anatomy", "projection"),
    "step": QT_TRANSLATE_NOOP("Anatomy", "the step"),
}


@dataclass(frozen=True)
class Sentence:
    """A sentence as a template to be translated (context "Anatomy") and the numbers in it."""

    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)

    def __bool__(self) -> bool:
        return bool(self.template)


@dataclass(frozen=True, eq=False)
class Part:
    """One part of an update.

    Attributes
    ----------
    name
        A key of `TITLES`.
    vector : float64[2]
        What it adds to the step.
    formula
        LaTeX, several formulas with `\\quad` between them; the last one is the vector.
    filled
        The same with this step's numbers, for x and for y.
    sentence
        What it does.
    """

    name: str
    vector: Array
    formula: str
    filled: tuple[str, str]
    sentence: Sentence

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def text(self) -> str:
        """The sentence in English."""
        return str(self.sentence)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """One update taken apart.

    Attributes
    ----------
    optimizer
        Its id.
    k
        Which step it is: the one from point `k` to point `k + 1`; -1 where none was ever taken.
    parts
        In the order in which they build up to the step.
    start, end : float64[2]
        The points before and after.
    whole
        The step itself: its vector is `end - start`.
    reached : float64[n + 1, 2]
        What the first 0, 1 … n parts lead to, as the rule works it out.
    note
        Why this is not the step that was asked for; empty where it is.
    rounding
        By how much the parts added up miss the step, where they are too large to be told apart from it.
    """

    optimizer: str
    k: int
    parts: tuple[Part, ...]
    start: Array
    end: Array
    whole: Part
    reached: Array
    note: Sentence = field(default_factory=Sentence)
    rounding: Sentence = field(default_factory=Sentence)

    @property
    def step(self) -> Array:
        """float64[2]: the step taken. The parts' vectors add up to it."""
        return self.whole.vector

    @property
    def tips(self) -> Array:
        """float64[n + 1, 2]: the points that the parts lead through, head to tail, from `start` to `end`."""
        points = self.start + self.reached
        points[-1] = self.end
        return points
