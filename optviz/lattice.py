"""What lies between the points of a coarse grid: a picture that is slow to compute, made smooth."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array

Limits = tuple[tuple[float, float], tuple[float, float]]


def lattice_points(limits: Limits, count: int) -> tuple[Array, Array]:
    """Return `count` coordinates along x and along y, from one limit to the other, ends included."""
    (xlo, xhi), (ylo, yhi) = limits
    return np.linspace(xlo, xhi, count), np.linspace(ylo, yhi, count)


def cubic(values: Array, xs: Array, ys: Array, at_x: Array, at_y: Array) -> Array:
    """Return values float64[h, w], known at ys × xs (evenly spaced), at the points at_y × at_x.

    Cubic convolution (Keys 1981, IEEE Trans. ASSP 29(6), a = -1/2): exact at the known points and for
    quadratics; beyond the edge the values go on in a straight line.
    """
    return np.asarray(_weights(ys, at_y) @ values @ _weights(xs, at_x).T)


def _weights(known: Array, at: Array) -> Array:
    """Return float64[len(at), len(known)]: how much each known point counts for each point asked for."""
    n = len(known)
    place = (at - known[0]) / (known[-1] - known[0]) * (n - 1)
    left = np.clip(np.floor(place), 0, n - 2).astype(int)
    t = place - left
    parts = (
        0.5 * t * (-1.0 + t * (2.0 - t)),
        1.0 + 0.5 * t * t * (3.0 * t - 5.0),
        0.5 * t * (1.0 + t * (4.0 - 3.0 * t)),
        0.5 * t * t * (t - 1.0),
    )
    out = np.zeros((len(at), n))
    row = np.arange(len(at))
    for shift, part in enumerate(parts, -1):
        column = left + shift
        inside = (column >= 0) & (column < n)
        np.add.at(out, (row[inside], column[inside]), part[inside])
        # A neighbour beyond the edge lies on the line through the last two.
        low, high = column < 0, column >= n
        np.add.at(out, (row[low], np.zeros(low.sum(), int)), 2.0 * part[low])
        np.add.at(out, (row[low], np.ones(low.sum(), int)), -part[low])
        np.add.at(out, (row[high], np.full(high.sum(), n - 1)), 2.0 * part[high])
        np.add.at(out, (row[high], np.full(high.sum(), n - 2)), -part[high])
    return out
