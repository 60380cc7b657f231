"""Planes through the weights of trained networks.

A plane is three tables of parts: a point, and what is added to it per unit of x and of y. Everything is
affine in (x, y): weights, biases, batch norm's gamma and beta, its running means, and the logarithms of its
running variances, which so stay positive everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optviz.catalog import Array
from optviz.networks.architecture import Architecture, Parts
from optviz.networks.training import Trained, flat

SMALLEST_VARIANCE = 1e-30  # of a neuron that answers every sample alike: nothing beside any epsilon
REACH = 0.75  # where the farthest coordinate of three minima comes to lie


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane of networks.

    Attributes
    ----------
    origin, along_x, along_y
        Parts by name: weight_k, bias_k, gamma_k, beta_k, running_mean_k, log_running_var_k.
    minima : float64[k, 2]
        Where the trained networks lie in it.
    """

    origin: Parts
    along_x: Parts
    along_y: Parts
    minima: Array


def random_plane(trained: Trained, architecture: Architecture, seed: int) -> Plane:
    """Return the plane of two random directions, filter-normalized (Li et al. 2018, section 4).

    Each row of weights, all that goes into one neuron, gets a Gaussian direction scaled to the norm of the
    trained row. Biases, gamma and beta stay as trained: their directions are zero.
    """
    origin = _affine(trained)
    generator = np.random.default_rng(seed)
    directions = []
    for _ in range(2):
        direction = {name: np.zeros_like(part) for name, part in origin.items()}
        for layer in range(architecture.layers + 1):
            weights = origin[f"weight_{layer}"]
            drawn = generator.standard_normal(weights.shape)
            scale = np.linalg.norm(weights, axis=1) / np.linalg.norm(drawn, axis=1)
            direction[f"weight_{layer}"] = drawn * scale[:, None]
        directions.append(direction)
    return Plane(origin, directions[0], directions[1], np.zeros((1, 2)))


def plane_of_minima(trained: Sequence[Trained], architecture: Architecture) -> Plane:
    """Return the plane through three trained networks (Garipov et al. 2018, section 3).

    The first is the origin and the second lies on the x axis; the axes are orthogonal in weight space and of
    equal scale, such that the farthest coordinate is `REACH`.
    """
    first, second, third = (flat(one.parts, architecture) for one in trained)
    to_second, to_third = second - first, third - first
    length = float(np.linalg.norm(to_second))
    along = float(to_third @ to_second) / length
    across = float(np.linalg.norm(to_third - along / length * to_second))
    scale = max(length, abs(along), across) / REACH
    a, b, c = length / scale, along / scale, across / scale
    origin, at_second, at_third = (_affine(one) for one in trained)
    # The affine map that takes (a, 0) to the second and (b, c) to the third.
    along_x = {name: (at_second[name] - part) / a for name, part in origin.items()}
    along_y = {name: (at_third[name] - part - b * along_x[name]) / c for name, part in origin.items()}
    return Plane(origin, along_x, along_y, np.array([[0.0, 0.0], [a, 0.0], [b, c]]))


def _affine(trained: Trained) -> dict[str, Array]:
    """The parts of which all that lies in a plane is an affine combination."""
    parts = dict(trained.parts)
    for name in [name for name in parts if name.startswith("running_var")]:
        parts[f"log_{name}"] = np.log(np.maximum(parts.pop(name), SMALLEST_VARIANCE))
    return parts
