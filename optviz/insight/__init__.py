"""Why a race went the way it went: what can be measured along a path, and what follows from it."""

from __future__ import annotations

from optviz.insight.eigen import Eigen, eigen
from optviz.insight.quantities import Quantity, of_entrant, quantities
from optviz.insight.sentence import Sentence
from optviz.insight.series import Insight, insight_of
from optviz.insight.table import encode, table
from optviz.insight.why import why

__all__ = [
    "Eigen", "Insight", "Quantity", "Sentence", "eigen", "encode", "insight_of", "of_entrant", "quantities",
    "table", "why",
]  # fmt: skip
