"""How the loss bends: the eigenvalues of its Hessian, which is 2 x 2 and symmetric."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array


def bends(hxx: npt.ArrayLike, hxy: npt.ArrayLike, hyy: npt.ArrayLike) -> tuple[Array, Array]:
    """Return the smallest and the largest curvature, of the shape of the parts of the Hessian."""
    a, b, c = (np.asarray(part, dtype=np.float64) for part in (hxx, hxy, hyy))
    middle, half = 0.5 * (a + c), np.hypot(0.5 * (a - c), b)
    return np.asarray(middle - half), np.asarray(middle + half)
