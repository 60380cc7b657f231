"""The convex outline of points, for what is drawn around a box."""

from __future__ import annotations

import numpy as np


def outline(spots):
    """Return the corners of the convex hull of points, in order (Andrew 1979)."""
    order = sorted(map(tuple, np.asarray(spots).tolist()))

    def half(points):
        made = []
        for p in points:
            while len(made) > 1 and (
                (made[-1][0] - made[-2][0]) * (p[1] - made[-2][1])
                <= (made[-1][1] - made[-2][1]) * (p[0] - made[-2][0])
            ):
                made.pop()
            made.append(p)
        return made[:-1]

    return np.array(half(order) + half(order[::-1]))
