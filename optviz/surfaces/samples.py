"""Data surfaces made concrete: their samples drawn, their numbers laid out for the kernels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array, Choices, Posed, Units, Values
from optviz.kernels.activations import ACTIVATIONS, IDENTITY, code_of
from optviz.kernels.batch_norm import OFF, TRAINING
from optviz.kernels.sample_loss import BCE, MSE
from optviz.networks.datasets import samples as classes_of
from optviz.networks.layer import LOSSES, Norm, norm_of, through_layer

_SLOPE = 3.0  # of the textbook's line y = 3 x + noise
_TEACHER = (1.5, 1.5)  # the chain that the chain's targets come from: y = 1.5 tanh(1.5 x) + noise
_DIRECTION = np.array([0.8, 0.6])  # the two classes of points lie apart along it
_APART = 0.9
_NO_NORM = (1.0, 0.0, 1.0, 0.0, 1.0)  # gamma, beta, epsilon, mean and variance that nobody reads
_KEPT = 32
_EXTREMES = np.errstate(all="ignore")  # coefficients near the largest double are allowed

Numbers = npt.NDArray[Any]
Key = tuple[tuple[str, float | str | bool], ...]


def _key(values: Values, choices: Choices) -> Key:
    return (*sorted(values.items()), *sorted(choices.items()))


def _draws(m: int, columns: int, seed: int) -> tuple[Array, Array]:
    """Return uniform and normal numbers, float64[m, columns]; more samples leave the first as they are."""
    uniform = np.random.default_rng(seed).random((m, columns))
    return uniform, np.random.default_rng([seed, 1]).standard_normal((m, columns))


def _standardized(x: Array) -> Array:
    spread = x.std(axis=0)
    return np.asarray((x - x.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))


def _posed(coefficients: list[float], data: list[Numbers], arrays: Mapping[str, Numbers]) -> Posed:
    numbers, rows = np.array(coefficients, dtype=np.float64), np.stack(data)
    for array in (numbers, rows, *arrays.values()):
        array.flags.writeable = False  # it is shared by all who ask
    return Posed(numbers, rows, arrays)


# ------------------------------------------------------------------ two weights in one neuron


def pose_line(values: Values, choices: Choices) -> Posed:
    """Pose linear regression: y = 3 x + noise, x uniform in (0, 2)."""
    return _line(_key(values, choices))


@lru_cache(maxsize=_KEPT)
@_EXTREMES
def _line(key: Key) -> Posed:
    values = dict(key)
    uniform, normal = _draws(int(values["m"]), 1, int(values["seed"]))
    x = 2.0 * uniform[:, 0]
    y = _SLOPE * x + float(values["noise"]) * normal[:, 0]
    if values["standardize"]:
        x = _standardized(x)
    head = [IDENTITY, OFF, MSE, *_NO_NORM]
    return _posed(head, [x, np.ones_like(x), y], {"x": x, "y": y})


def pose_logistic(values: Values, choices: Choices) -> Posed:
    """Pose logistic regression: two classes of points, overlapping or apart."""
    return _logistic(_key(values, choices))


@lru_cache(maxsize=_KEPT)
@_EXTREMES
def _logistic(key: Key) -> Posed:
    values = dict(key)
    _, normal = _draws(int(values["m"]), 2, int(values["seed"]))
    t = np.arange(len(normal)) % 2.0
    side = 2.0 * t - 1.0
    x = _APART * side[:, None] * _DIRECTION + float(values["noise"]) * normal
    if values["classes"] == "separable":  # every point on its own side of a line through the origin
        along = x @ _DIRECTION
        x += (side * (0.25 + np.abs(along)) - along)[:, None] * _DIRECTION
    if values["standardize"]:
        x = _standardized(x)
    head = [IDENTITY, OFF, BCE, *_NO_NORM]
    return _posed(head, [x[:, 0], x[:, 1], t], {"x": x, "y": t})


def pose_neuron(values: Values, choices: Choices) -> Posed:
    """Pose one neuron on two features."""
    return _neuron(_key(values, choices))


NEURON_START = (-4.0, 4.5)


@lru_cache(maxsize=_KEPT)
@_EXTREMES
def _neuron(key: Key) -> Posed:
    values = dict(key)
    m, noise, seed = int(values["m"]), float(values["noise"]), int(values["seed"])
    if values["dataset"] == "clouds":
        _, normal = _draws(m, 2, seed)
        t = np.arange(m) % 2.0
        x = _APART * (2.0 * t - 1.0)[:, None] * _DIRECTION + noise * normal
    else:
        x, t = classes_of(str(values["dataset"]), m, noise, seed)
    x = x * np.array([1.0, float(values["feature_scale"])])
    if values["standardize"]:
        x = _standardized(x)
    u = x @ np.array(NEURON_START)
    mean, var = float(u.mean()), float(u.var())
    head = [*_codes(values), *_norm_numbers(values), mean, var]
    arrays = {"x": x, "y": t, "running_mean": np.array([mean]), "running_var": np.array([var])}
    return _posed(head, [x[:, 0], x[:, 1], t], arrays)


@_EXTREMES
def neuron_units(posed: Posed, x: float, y: float) -> Units:
    """Return what goes into the neuron's activation."""
    u = x * posed.data[0] + y * posed.data[1]
    head = posed.coefficients
    name = ACTIVATIONS[int(head[0])].id
    s, _ = through_layer(u, name, Norm(int(head[1]), *(float(part) for part in head[3:8])))
    return Units(u[None], s[None], name)


def no_units(posed: Posed, x: float, y: float) -> Units:
    """Say that nothing goes into an activation: the model is linear."""
    none = np.zeros((0, posed.samples))
    return Units(none, none, "identity")


# ------------------------------------------------------------------ a chain of neurons


CHAIN_START = (0.5, -2.5)
DEEP_START = (0.6, -2.0)


def pose_chain(values: Values, choices: Choices) -> Posed:
    """Pose the chain: y = w2 a(w1 x)."""
    return _chain((*_key(values, choices), ("depth", 1)), CHAIN_START[0])


def pose_deep_chain(values: Values, choices: Choices) -> Posed:
    """Pose the deep chain: `depth` neurons after each other that share the weight w1."""
    return _chain(_key(values, choices), DEEP_START[0])


@lru_cache(maxsize=_KEPT)
@_EXTREMES
def _chain(key: Key, start: float) -> Posed:
    values = dict(key)
    _, normal = _draws(int(values["m"]), 2, int(values["seed"]))
    x = normal[:, 0]
    level = _TEACHER[1] * np.tanh(_TEACHER[0] * x) + float(values["noise"]) * normal[:, 1]
    code, mode, loss = _codes(values)
    t = (level > 0.0).astype(np.float64) if loss == BCE else level
    depth, numbers = int(values["depth"]), _norm_numbers(values)
    # The running statistics are what the samples have of themselves at the start.
    own = Norm(OFF if mode == OFF else TRAINING, *numbers, 0.0, 1.0)
    before, _ = _through(x, start, str(values["activation"]), [own] * depth)
    means, variances = before.mean(axis=1), before.var(axis=1)
    head = [code, mode, loss, depth, *numbers, *np.stack([means, variances], axis=1).ravel()]
    return _posed(head, [x, t], {"x": x, "y": t, "running_mean": means, "running_var": variances})


@_EXTREMES
def chain_units(posed: Posed, x: float, y: float) -> Units:
    """Return what goes into the activation of each neuron of the chain."""
    head = posed.coefficients
    gamma, beta, epsilon = (float(part) for part in head[4:7])
    statistics = head[7:].reshape(int(head[3]), 2)
    norms = [Norm(int(head[1]), gamma, beta, epsilon, float(mean), float(var)) for mean, var in statistics]
    name = ACTIVATIONS[int(head[0])].id
    return Units(*_through(posed.data[0], x, name, norms), name)


def _through(h: Array, weight: float, name: str, norms: list[Norm]) -> tuple[Array, Array]:
    """Return what goes into each activation of a chain, before and after batch norm."""
    before, after = np.empty((2, len(norms), h.size))
    for k, norm in enumerate(norms):
        before[k] = weight * h
        after[k], h = through_layer(before[k], name, norm)
    return before, after


# ------------------------------------------------------------------ shared


def _codes(values: dict[str, float | str | bool]) -> tuple[int, int, int]:
    """Return the codes of the activation, of batch norm and of the loss."""
    choices = {name: value for name, value in values.items() if isinstance(value, (str, bool))}
    return code_of(str(values["activation"])), norm_of(choices), LOSSES[str(values["loss"])]


def _norm_numbers(values: dict[str, float | str | bool]) -> tuple[float, float, float]:
    return float(values["gamma"]), float(values["beta"]), float(values["epsilon"])
