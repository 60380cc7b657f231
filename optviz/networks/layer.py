"""What a layer does with what comes in, in NumPy: batch norm and the activation, and their codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optviz.catalog import Array, Choices
from optviz.kernels.activations import activation
from optviz.kernels.batch_norm import INFERENCE, OFF, TRAINING
from optviz.kernels.sample_loss import BCE, MSE

NORMS = {"": OFF, "training": TRAINING, "inference": INFERENCE}
LOSSES = {"mse": MSE, "bce": BCE}


class Norm(NamedTuple):
    """Batch norm of a layer; its parts are numbers, or arrays with one number a neuron.

    The mean and the variance are those of INFERENCE; TRAINING takes the samples' own.
    """

    mode: int
    gamma: Array | float
    beta: Array | float
    epsilon: float
    mean: Array | float
    variance: Array | float


def norm_of(choices: Choices) -> int:
    """Return the code of the batch norm that is chosen."""
    return NORMS[str(choices["batch_norm_mode"])] if choices["batch_norm"] else OFF


def through_layer(u: Array, activation_id: str, norm: Norm | None) -> tuple[Array, Array]:
    """Return what goes into the activations, and what comes out; samples lie along the first axis.

    `norm` is None, or its mode OFF, where there is no batch norm.
    """
    s = u
    if norm is not None and norm.mode != OFF:
        mean, variance = norm.mean, norm.variance
        if norm.mode == TRAINING:
            mean, variance = u.mean(axis=0), u.var(axis=0)
        s = np.asarray(norm.gamma * (u - mean) / np.sqrt(variance + norm.epsilon) + norm.beta)
    return s, activation(activation_id, s)[0]
