"""What a step keeps of the error along each eigenvector: of an entrant and of the best of the others."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.insight.measures import Measures
from optviz.insight.sentence import Sentence, say
from optviz.insight.theory import recurrence
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number

Found = Iterator[Sentence | None]


def compared(m: Measures) -> Found:
    """Say the factors of both on a quadratic, where the larger one of each decides as the race did."""
    rival = m.race.rival
    if rival is None or m.race.level or not (m.is_quadratic and m.is_bowl) or m.noisy:
        return
    problem, done = m.own.problem, m.race.run.entrants
    theirs = m.race.run.experiment.entrants[next(i for i, one in enumerate(done) if one is rival.run)]
    rates = rival.run.learning_rate
    if problem.surface.feasible is not None or number(m.low) == number(m.high) or not len(rates):
        return
    if (m.rates != m.rate).any() or (rates != rates[0]).any():
        return
    if m.hypers.get("weight_decay") or theirs.hyperparameters.get("weight_decay"):
        return
    if m.own.experiment.noise or m.batched:  # the other may hear it
        return
    kept = []
    for curvature in m.curvatures:
        own = m.rule(curvature)
        other = recurrence(theirs.optimizer, theirs.hyperparameters, float(rates[0]), curvature)
        if own is None or other is None:
            return
        kept.append((own.rate, other.rate))
    mine, their = max(one[0] for one in kept), max(one[1] for one in kept)
    if number(mine) != number(their) and (mine < their) == m.race.won:
        yield say(
            _KEEPS, low=m.low, high=m.high, rival=rival.name, keeps_low=kept[0][0], keeps_high=kept[1][0],
            rival_low=kept[0][1], rival_high=kept[1][1],
        )  # fmt: skip


_KEEPS = T(
    "Why",
    "By theory a step keeps {keeps_low} of its error along λ = {low} and {keeps_high} along λ = {high}, one "
    "of “{rival}” {rival_low} and {rival_high}: the larger one decides.",
)
