"""The second sentence: what in the rule or in the loss did it, with the number that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from optviz.insight import ahead, divisors, modes, progress, trouble
from optviz.insight.measures import Measures
from optviz.insight.outcome import ENDS, Kind
from optviz.insight.sentence import Sentence, say
from optviz.translation import QT_TRANSLATE_NOOP as T

Found = Iterator[Sentence | None]


def mechanism(m: Measures, kind: Kind) -> Sentence:
    """Return the first of what may be said of such a run whose numbers support it."""
    candidates = ahead.won(m) if kind not in ENDS and m.race.won else iter(())
    begun = progress.first_of_all(m) if kind not in ENDS and m.step else iter(())
    forgets = divisors.forgets(m) if kind not in ENDS and m.step else iter(())
    factors = modes.compared(m) if kind in _CALM else iter(())
    for found in chain(forgets, candidates, begun, factors, _OF[kind](m), _plain(m)):
        if found is not None:
            return found
    return Sentence(_NOTHING)


def _plain(m: Measures) -> Found:
    if m.step:
        yield say(_LENGTHS, since=m.since, median=m.median, moved=m.moved)
        yield say(_LOWEST, lowest=m.lowest, at=m.at)


_CALM = (Kind.CONVERGED, Kind.ARRIVED, Kind.UNDER_WAY)
_OF: dict[Kind, Callable[[Measures], Found]] = {
    Kind.NEVER: trouble.never,
    Kind.FELL: trouble.fell,
    Kind.DIVERGED: trouble.lost_control,
    Kind.LEFT: trouble.left,
    Kind.ROSE: trouble.lost_control,
    Kind.CONVERGED: progress.arrived,
    Kind.EDGE: progress.edge,
    Kind.DECAY: progress.decay,
    Kind.NOISE: progress.noise,
    Kind.SAMPLES: progress.samples,
    Kind.SADDLE: progress.saddle,
    Kind.HOPS: trouble.hops,
    Kind.OSCILLATES: trouble.oscillates,
    Kind.RINGS: trouble.rings,
    Kind.ARRIVED: progress.arrived,
    Kind.STALLED: progress.stalled,
    Kind.UNDER_WAY: progress.under_way,
}

_NOTHING = T("Why", "There is no finite step to measure.")
_LENGTHS = T("Why", "Since step {since} its steps were {median} long in the median and led {moved} away.")
_LOWEST = T("Why", "Its lowest loss was {lowest}, at step {at}.")
