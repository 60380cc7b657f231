"""Three sentences on why a run went the way it went, each resting on numbers measured in it."""

from __future__ import annotations

import numpy as np

from optviz.experiment import Experiment
from optviz.insight.measures import Measures
from optviz.insight.mechanism import mechanism
from optviz.insight.outcome import kind_of, outcome
from optviz.insight.remedy import remedy
from optviz.insight.sentence import Sentence
from optviz.insight.series import insight_of
from optviz.problem import Problem
from optviz.simulate import Run


def why(
    experiment: Experiment, run: Run, entrant: int, problem: Problem | None = None
) -> tuple[Sentence, Sentence, Sentence]:
    """Say why an entrant fared as it did: the outcome, what did it, and what a number would have to be.

    A sentence names a mechanism only where its number supports it; otherwise it says what was measured.
    Losses are compared with those of the others that are drawn.

    Raises
    ------
    IndexError
        When there is no such entrant.
    """
    own = insight_of(experiment, run, entrant, problem)
    with np.errstate(all="ignore"):
        measures = Measures(own, run, entrant)
        kind = kind_of(measures)
        return outcome(measures, kind), mechanism(measures, kind), remedy(measures, kind)
