"""A network's plane as numbers: for the kernels, for a person who checks them, and for drawing."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array, Choices, Posed, Units, Values
from optviz.kernels.activations import ACTIVATIONS, code_of
from optviz.kernels.batch_norm import OFF
from optviz.kernels.network import HEADER, padded
from optviz.networks.architecture import Architecture, Parts
from optviz.networks.layer import LOSSES, NORMS, Norm, through_layer
from optviz.networks.planes import Plane, plane_of_minima, random_plane
from optviz.networks.training import Recipe, train

FEATURES = {"digits": 64}  # two otherwise
_one_at_a_time = threading.Lock()


@np.errstate(all="ignore")
def pose(coefficients: Values, choices: Choices) -> Posed:
    """Return the plane of networks that coefficients and choices ask for; trains, so it takes a second.

    The last few are kept. Arrays for a person: x[m, f] and y[m]; weight_k, bias_k (and gamma_k, beta_k,
    running_mean_k, running_var_k) of the network at (0, 0), layer 0 being the first hidden one and the last
    the output; direction_x_… and direction_y_… of each of them (of running_var_k: of its logarithm,
    direction_x_log_running_var_k); minima[k, 2], where trained networks lie, and trained_loss[k], torch's own
    loss of them.

    Raises
    ------
    InputError
        For more digits than there are, and where torch or scikit-learn is missing.
    """
    with _one_at_a_time:
        return _pose(tuple(sorted(coefficients.items())), tuple(sorted(choices.items())))


@lru_cache(maxsize=6)
def _pose(coefficients: tuple[tuple[str, float], ...], choices: tuple[tuple[str, str | bool], ...]) -> Posed:
    numbers, named = dict(coefficients), dict(choices)
    dataset, batch_norm = str(named["dataset"]), bool(named["batch_norm"])
    architecture = Architecture(
        FEATURES.get(dataset, 2), int(numbers["layers"]), int(numbers["neurons"]), batch_norm
    )
    recipes = [
        Recipe(
            dataset, int(numbers["m"]), float(numbers["noise"]), int(numbers["seed"]), architecture,
            str(named["activation"]), str(named["loss"]),
            float(numbers["epsilon"]) if batch_norm else 0.0,  # without batch norm it decides nothing
            int(numbers["seed"]) + number,
        )
        for number in range(3 if named["plane"] == "minima" else 1)
    ]  # fmt: skip
    trained = [train(recipe) for recipe in recipes]
    if named["plane"] == "minima":
        plane = plane_of_minima(trained, architecture)
    else:
        plane = random_plane(trained[0], architecture, int(numbers["plane_seed"]))
    mode = str(named["batch_norm_mode"]) if batch_norm else ""
    everything = kernel_coefficients(
        plane, architecture, str(named["activation"]), mode, str(named["loss"]), float(numbers["epsilon"])
    )
    x, t = trained[0].x, trained[0].t
    arrays = _arrays(plane, x, t)
    arrays["trained_loss"] = np.array([one.losses[mode or "training"] for one in trained])
    data = np.ascontiguousarray(np.vstack((x.T, t)))
    for array in (everything, data, *arrays.values()):
        array.flags.writeable = False  # it is shared by all who ask
    return Posed(everything, data, arrays)


def kernel_coefficients(
    plane: Plane, architecture: Architecture, activation: str, batch_norm: str, loss: str, epsilon: float
) -> Array:
    """Return a plane as the kernels of `optviz.kernels.network` read it.

    `batch_norm` is empty where there is none, else "training" or "inference".
    """
    header = np.zeros(HEADER)
    header[:7] = (
        code_of(activation),
        NORMS[batch_norm],
        LOSSES[loss],
        architecture.layers,
        architecture.neurons,
        architecture.features,
        epsilon,
    )
    parts = (plane.origin, plane.along_x, plane.along_y)
    return np.concatenate([header, *(_packed(part, architecture) for part in parts)])


def _packed(parts: Parts, architecture: Architecture) -> Array:
    """Lay out parts as the kernel reads them: a block a layer, rows of weights filled up with zeros."""
    packed = []
    for layer in range(architecture.layers + 1):
        rows, inputs = architecture.outputs(layer), architecture.inputs(layer)
        weights = np.zeros((rows, padded(inputs)))
        weights[:, :inputs] = parts[f"weight_{layer}"]
        packed += [weights.ravel(), parts[f"bias_{layer}"]]
        if layer < architecture.layers:
            names = ("gamma", "beta", "running_mean", "log_running_var")
            packed += [parts.get(f"{name}_{layer}", np.zeros(rows)) for name in names]
    return np.concatenate(packed)


def _arrays(plane: Plane, x: Array, t: Array) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {"x": x, "y": t}
    for name, part in plane.origin.items():
        arrays[name.removeprefix("log_")] = np.exp(part) if name.startswith("log_") else part
    for axis, direction in (("x", plane.along_x), ("y", plane.along_y)):
        arrays |= {f"direction_{axis}_{name}": part for name, part in direction.items()}
    return arrays | {"minima": plane.minima}


@np.errstate(all="ignore")
def units(posed: Posed, x: float, y: float) -> Units:
    """Return what goes into the activations at (x, y) for every sample and neuron, a row a hidden layer."""
    arrays, header = posed.arrays, posed.coefficients
    code, mode, layers, epsilon = int(header[0]), int(header[1]), int(header[3]), float(header[6])

    def there(name: str) -> Array:
        along_x, along_y = arrays[f"direction_x_{name}"], arrays[f"direction_y_{name}"]
        at = np.log(arrays[name[4:]]) if name.startswith("log_") else arrays[name]
        return cast(Array, at + x * along_x + y * along_y)

    before, after = [], []
    h = arrays["x"]
    for layer in range(layers):
        u = h @ there(f"weight_{layer}").T + there(f"bias_{layer}")
        norm = None
        if mode != OFF:
            mean, variance = there(f"running_mean_{layer}"), np.exp(there(f"log_running_var_{layer}"))
            norm = Norm(mode, there(f"gamma_{layer}"), there(f"beta_{layer}"), epsilon, mean, variance)
        s, h = through_layer(u, ACTIVATIONS[code].id, norm)
        before.append(u.T.ravel())
        after.append(s.T.ravel())
    return Units(np.array(before), np.array(after), ACTIVATIONS[code].id)
