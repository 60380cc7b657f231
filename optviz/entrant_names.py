"""What the entrants of a race are called, no two alike."""

from __future__ import annotations

from collections import Counter

from optviz.experiment import Experiment
from optviz.verdict import number

_LONGEST = 30


def names_of(experiment: Experiment) -> list[str]:
    """Return a name for each entrant: told apart by learning rate, else by number, as in the picture."""
    titles = [entrant.title for entrant in experiment.entrants]
    count = Counter(titles)
    names = [
        f"{title} {number(entrant.learning_rate)}" if count[title] > 1 and not entrant.label else title
        for title, entrant in zip(titles, experiment.entrants, strict=True)
    ]
    used: Counter[str] = Counter()
    found = []
    for name in names:
        used[name] += 1
        found.append(f"{name} {used[name]}" if used[name] > 1 else name)
    return found


def short(name: str) -> str:
    """Return a name as it fits into a sentence."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
