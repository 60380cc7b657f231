"""Edges of the surface over its floor: no paper between them."""

from __future__ import annotations

import numpy as np
import pytest

from optviz.camera import Camera


def most_around(values, reach):
    """Return the largest value around every place, up to `reach` away in both directions."""
    rows, columns = values.shape
    wide = np.pad(values, reach, mode="edge")
    shifts = range(2 * reach + 1)
    return np.max([wide[i : i + rows, j : j + columns] for i in shifts for j in shifts], axis=0)


@pytest.mark.parametrize("azimuth", [-30.0, 15.0, 100.0])
def test_smooth_edges_are_between_the_colours_on_both_sides(azimuth, scene, painted, panel):
    """Nothing is paler than all that is near it without smooth edges: there, every pixel has one colour."""
    one, camera = scene("rosenbrock", names=("gd",), lines=False), Camera(azimuth=azimuth, elevation=42.0)
    size = (480, 360)
    rough, fine = (
        painted(one, 0, size, made=panel("light", size, axes=False, labels=False), camera=camera, quick=quick)
        .astype(int).min(axis=-1)
        for quick in (True, False)
    )  # fmt: skip
    assert rough.max() == 255  # the paper, which no colour of the surface comes near
    paler = fine - most_around(rough, 3)
    assert paler.max() <= 16  # it was 43 with paper between them
    assert np.any(fine != rough)
