"""A sentence as a template to be translated, and the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from optviz.verdict import number


@dataclass(frozen=True)
class Sentence:
    """A sentence: its template (context "Why") and what stands in it, numbers and names as text."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)

    def __str__(self) -> str:
        return self.text


def say(template: str, **values: float | str) -> Sentence | None:
    """Return a sentence, or None where one of its numbers is none that could be told."""
    told: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            told[name] = value
        elif not math.isfinite(value):
            return None
        elif isinstance(value, int):
            told[name] = str(value)
        else:
            told[name] = _told(value)
    return Sentence(template, told)


def _told(value: float) -> str:
    """Return three digits of a number; one between a thousand and a million is written out: 1,350."""
    text = number(value)
    if not 1e3 <= abs(float(f"{value:.3g}")) < 1e6:
        return text
    return f"{float(f'{value:.3g}'):,.0f}".replace("-", "\N{MINUS SIGN}")
