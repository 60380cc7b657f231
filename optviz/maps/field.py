"""Where many runs are after some steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.kernels import descend as ends

Whole = npt.NDArray[np.int64]

RUNNING = 0
CONVERGED = ends.CONVERGED
OUTSIDE = 7
"""The start lies outside the set that the surface is declared on; there is no run from it."""


@dataclass(frozen=True, eq=False)
class Field:
    """Where every lane is after some steps; n lanes in the order of their starts.

    Attributes
    ----------
    end : float64[n, 2]
        The last finite point.
    loss : float64[n]
        The loss there, penalty included, no noise.
    steps : int64[n]
        Steps done.
    status : int64[n]
        Why it ended (`optviz.kernels.descend`), RUNNING where it has not, OUTSIDE where it never began.
    """

    end: Array
    loss: Array
    steps: Whole
    status: Whole

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """bool[n]"""
        return np.asarray((self.status > CONVERGED) & (self.status != OUTSIDE))
