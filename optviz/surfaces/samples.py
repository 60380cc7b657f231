"""Data surfaces made concrete: their samples drawn, their numbers laid out for the kernels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from optviz.catalog import Array, Choices, Posed, Units, Values
from optviz.kernels.activations import ACTIVATIONS, activation
from optviz.networks.datasets import samples as classes_of

_ACTIVATION_IDS = tuple(one.id for one in ACTIVATIONS)
_SLOPE = 3.0  # of the textbook's line y = 3 x + noise
_TEACHER = (1.5, 1.5)  # the chain that the chain's targets come from: y = 1.5 tanh(1.5 x) + noise
_DIRECTION = np.array([0.8, 0.6])  # the two classes of points lie apart along it
_APART = 0.9
_KEPT = 32

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




# ------------------------------------------------------------------ two weights in one neuron


def pose_line(values: Values, choices: Choices) -> Posed:
    """Pose linear regression: y = 3 x + noise, x uniform in (0, 2)."""
    return _line(_key(values, choices))


@lru_cache(maxsize=_KEPT)
def _line(key: Key) -> Posed:
    values = dict(key)
    uniform, normal = _draws(int(values["m"]), 1, int(values["seed"]))
    x = 2.0 * uniform[:, 0]
    y = _SLOPE * x + float(values["noise"]) * normal[:, 0]
    if values["standardize"]:
        x = _standardized(x)
    data = np.stack([x, np.ones_like(x), y])
    return Posed(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]), data, {"x": x, "y": y})


def pose_logistic(values: Values, choices: Choices) -> Posed:
    """Pose logistic regression: two classes of points, overlapping or apart."""
    return _logistic(_key(values, choices))


@lru_cache(maxsize=_KEPT)
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
    data = np.stack([x[:, 0], x[:, 1], t])
    return Posed(np.array([0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]), data, {"x": x, "y": t})


def pose_neuron(values: Values, choices: Choices) -> Posed:
    """Pose one neuron on two features."""
    return _neuron(_key(values, choices))


NEURON_START = (-4.0, 4.5)


@lru_cache(maxsize=_KEPT)
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
    loss = float(values["loss"] == "bce")
    head = [_code(values), _mode(values), loss, values["gamma"], values["beta"], values["epsilon"], mean, var]
    arrays = {"x": x, "y": t, "running_mean": np.array([mean]), "running_var": np.array([var])}
    return Posed(np.array(head, dtype=np.float64), np.stack([x[:, 0], x[:, 1], t]), arrays)


def neuron_units(posed: Posed, x: float, y: float) -> Units:
    """Return what goes into the neuron's activation."""
    u = x * posed.data[0] + y * posed.data[1]
    head = posed.coefficients
    mode, gamma, beta, epsilon, mean, var = int(head[1]), *(float(part) for part in head[3:8])
    s = _normalized(u, mode, gamma, beta, epsilon, mean, var)
    return Units(u[None], s[None], _ACTIVATION_IDS[int(head[0])])


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
def _chain(key: Key, start: float) -> Posed:
    values = dict(key)
    _, normal = _draws(int(values["m"]), 2, int(values["seed"]))
    x = normal[:, 0]
    level = _TEACHER[1] * np.tanh(_TEACHER[0] * x) + float(values["noise"]) * normal[:, 1]
    bce = values["loss"] == "bce"
    t = (level > 0.0).astype(np.float64) if bce else level
    gamma, beta, epsilon = (float(values[name]) for name in ("gamma", "beta", "epsilon"))
    means, variances, h = [], [], x
    for _ in range(int(values["depth"])):
        u = start * h
        means.append(float(u.mean()))
        variances.append(float(u.var()))
        h = activation(str(values["activation"]), _normalized(u, _mode(values), gamma, beta, epsilon,
                                                              means[-1], variances[-1]))[0]  # fmt: skip
    statistics = [part for both in zip(means, variances, strict=True) for part in both]
    head = [_code(values), _mode(values), float(bce), values["depth"], gamma, beta, epsilon, *statistics]
    arrays = {"x": x, "y": t, "running_mean": np.array(means), "running_var": np.array(variances)}
    return Posed(np.array(head, dtype=np.float64), np.stack([x, t]), arrays)


def chain_units(posed: Posed, x: float, y: float) -> Units:
    """Return what goes into the activation of each neuron of the chain."""
    head = posed.coefficients
    mode, depth = int(head[1]), int(head[3])
    gamma, beta, epsilon = (float(part) for part in head[4:7])
    name, h = _ACTIVATION_IDS[int(head[0])], posed.data[0]
    before, after = np.empty((depth, h.size)), np.empty((depth, h.size))
    for layer in range(depth):
        before[layer] = x * h
        mean, var = float(head[7 + 2 * layer]), float(head[8 + 2 * layer])
        after[layer] = _normalized(before[layer], mode, gamma, beta, epsilon, mean, var)
        h = activation(name, after[layer])[0]
    return Units(before, after, name)


# ------------------------------------------------------------------ shared


def _normalized(
    u: Array, mode: int, gamma: float, beta: float, epsilon: float, mean: float, var: float
) -> Array:
    """Apply batch norm: mode 0 not at all, 1 with the batch's statistics, 2 with the given ones."""
    if mode == 0:
        return u
    if mode == 1:
        mean, var = float(u.mean()), float(u.var())
    return np.asarray(gamma * (u - mean) / np.sqrt(var + epsilon) + beta)


def _code(values: dict[str, float | str | bool]) -> float:
    return float(_ACTIVATION_IDS.index(str(values["activation"])))


def _mode(values: dict[str, float | str | bool]) -> int:
    if not values["batch_norm"]:
        return 0
    return 1 if values["batch_norm_mode"] == "training" else 2
