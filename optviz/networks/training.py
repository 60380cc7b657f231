"""Brief, deterministic training with torch: full batches, float64, Adam."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, prod, sqrt
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.errors import InputError
from optviz.networks.architecture import Architecture, Parts
from optviz.networks.datasets import samples

STEPS = 300
LEARNING_RATE = 0.02
_one_at_a_time = threading.Lock()


def _never() -> None:
    pass


# Asked before every step of a training: raises where nobody wants its result any more.
calling_off: ContextVar[Callable[[], None]] = ContextVar("calling_off", default=_never)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a training ends with."""

    dataset: str
    m: int
    noise: float
    seed: int
    architecture: Architecture
    activation: str
    loss: str
    epsilon: float
    weights_seed: int


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network.

    Attributes
    ----------
    parts
        weight_k, bias_k, and with batch norm gamma_k, beta_k, running_mean_k and running_var_k (as torch
        gathers them: momentum 0.1, the variance unbiased).
    losses
        Torch's own loss of it, by how batch norm is done: "training" and "inference".
    x : float64[m, f]
    t : float64[m]
        The samples it was trained on.
    """

    parts: Parts
    losses: Mapping[str, float]
    x: Array
    t: Array


def train(recipe: Recipe) -> Trained:
    """Return the network a recipe trains; the last few are kept.

    Raises
    ------
    InputError
        Where torch or scikit-learn is missing.
    """
    with _one_at_a_time:  # two that want the same network shall not train it twice
        return _train(recipe)


@lru_cache(maxsize=12)
def _train(recipe: Recipe) -> Trained:
    x, t = samples(recipe.dataset, recipe.m, recipe.noise, recipe.seed)
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"surface network_plane needs torch, which cannot be imported: {error}"
        ) from None

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a network gains nothing by more, and loses much on busy cores
    try:
        with torch.inference_mode(False), torch.enable_grad():
            parts, losses = _descend(recipe, torch.from_numpy(x), torch.from_numpy(t))
    finally:
        torch.set_num_threads(threads)
    for array in (*parts.values(), x, t):
        array.flags.writeable = False
    return Trained(parts, losses, x, t)


def _descend(recipe: Recipe, x: Any, t: Any) -> tuple[dict[str, Array], dict[str, float]]:
    import torch

    shapes = recipe.architecture.shapes()
    theta = _initial(recipe).requires_grad_()
    running = _statistics(recipe.architecture)
    # Adam on one flat vector: torch.optim would take longer to import than this trains.
    mean, square = torch.zeros_like(theta), torch.zeros_like(theta)
    called_off = calling_off.get()
    for step in range(STEPS):
        called_off()
        loss = _loss(_named(theta, shapes), running, x, t, recipe, training=True)
        (gradient,) = torch.autograd.grad(loss, theta)
        rate = 0.5 * LEARNING_RATE * (1.0 + cos(pi * step / STEPS))  # to nothing, so that it comes to rest
        with torch.no_grad():
            mean.lerp_(gradient, 0.1)
            square.lerp_(gradient * gradient, 0.01)
            unbiased = square / (1.0 - 0.99 ** (step + 1))
            theta -= rate / (1.0 - 0.9 ** (step + 1)) * mean / (unbiased.sqrt() + 1e-8)
    with torch.no_grad():
        named = _named(theta, shapes)
        losses = {"inference": float(_loss(named, running, x, t, recipe, training=False))}
        parts = {name: part.detach().numpy().copy() for name, part in named.items()}
        parts |= {name: part.numpy().copy() for name, part in running.items()}
        losses["training"] = float(_loss(named, running, x, t, recipe, training=True))
    return parts, losses


def _initial(recipe: Recipe) -> Any:
    """The usual start of linear layers, uniform within 1/sqrt(inputs), from a generator of its own."""
    import torch

    generator = torch.Generator().manual_seed(recipe.weights_seed)
    parts = []
    for name, shape in recipe.architecture.shapes().items():
        kind, layer = name.split("_")
        if kind in ("gamma", "beta"):
            parts.append(torch.full(shape, float(kind == "gamma"), dtype=torch.float64))
        else:
            part = torch.empty(prod(shape), dtype=torch.float64)
            bound = 1.0 / sqrt(recipe.architecture.inputs(int(layer)))
            parts.append(part.uniform_(-bound, bound, generator=generator))
    return torch.cat(parts)


def _statistics(architecture: Architecture) -> dict[str, Any]:
    import torch

    running = {}
    for layer in range(architecture.layers if architecture.batch_norm else 0):
        running[f"running_mean_{layer}"] = torch.zeros(architecture.neurons, dtype=torch.float64)
        running[f"running_var_{layer}"] = torch.ones(architecture.neurons, dtype=torch.float64)
    return running


def _named(theta: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    parts = theta.split([prod(shape) for shape in shapes.values()])
    return {name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def _loss(
    parts: Mapping[str, Any], running: Mapping[str, Any], x: Any, t: Any, recipe: Recipe, training: bool
) -> Any:
    from torch.nn import functional

    activate = _activation(recipe.activation)
    h = x
    for layer in range(recipe.architecture.layers):
        u = functional.linear(h, parts[f"weight_{layer}"], parts[f"bias_{layer}"])
        if recipe.architecture.batch_norm:
            u = functional.batch_norm(
                u, running[f"running_mean_{layer}"], running[f"running_var_{layer}"],
                parts[f"gamma_{layer}"], parts[f"beta_{layer}"], training, 0.1, recipe.epsilon,
            )  # fmt: skip
        h = activate(u)
    last = recipe.architecture.layers
    out = functional.linear(h, parts[f"weight_{last}"], parts[f"bias_{last}"])[:, 0]
    if recipe.loss == "bce":
        return functional.binary_cross_entropy_with_logits(out, t)
    return 0.5 * functional.mse_loss(out, t)


def _activation(name: str) -> Callable[[Any], Any]:
    import torch
    from torch.nn import functional

    named: dict[str, Callable[[Any], Any]] = {
        "identity": lambda s: s,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "softplus": lambda s: functional.softplus(s, threshold=40.0),  # at 20 it would be off by 2e-9
        "elu": functional.elu,
    }
    return named[name]


def flat(parts: Parts, architecture: Architecture) -> Array:
    """Return what is trained as one vector, float64[architecture.parameters]."""
    return np.concatenate([parts[name].ravel() for name in architecture.shapes()])
