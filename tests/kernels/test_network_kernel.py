"""The network kernels against torch autograd, on untrained networks with every part free to move."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from optviz.kernels import network
from optviz.kernels.activations import ACTIVATIONS
from optviz.networks.architecture import Architecture
from optviz.networks.planes import Plane
from optviz.networks.pose import kernel_coefficients

sys.path.insert(0, str(Path(__file__).parents[1] / "networks"))
from network_oracle import derivatives, network_loss

NORMS = ("", "training", "inference")
POINTS = ((0.0, 0.0), (0.4, -0.7), (-1.3, 0.2))


def plane_of(architecture: Architecture, generator) -> Plane:
    shapes = architecture.shapes()
    for layer in range(architecture.layers if architecture.batch_norm else 0):
        shapes |= {f"running_mean_{layer}": (architecture.neurons,)}
        shapes |= {f"log_running_var_{layer}": (architecture.neurons,)}
    tables = [
        {name: size * generator.standard_normal(shape) for name, shape in shapes.items()}
        for size in (0.8, 0.5, 0.5)
    ]
    return Plane(*tables, np.zeros((1, 2)))


def arrays_of(plane: Plane, x, t) -> dict[str, np.ndarray]:
    arrays = {"x": x, "y": t}
    for name, part in plane.origin.items():
        arrays[name.removeprefix("log_")] = np.exp(part) if name.startswith("log_") else part
    for axis, parts in (("x", plane.along_x), ("y", plane.along_y)):
        arrays |= {f"direction_{axis}_{name}": part for name, part in parts.items()}
    return arrays


def answers(points, coefficients, data):
    """What the three kernels say: value[B], loss[B], gradient[B, 2], hessian[B, 3]."""
    x, y = (np.ascontiguousarray(column) for column in np.array(points).T)
    data = np.ascontiguousarray(data)
    a, b, c, d, e, f, g = (np.full(len(points), np.nan) for _ in range(7))
    network.value.compiled(x, y, coefficients, data, a)
    network.loss.compiled(x, y, coefficients, data, b, c, d)
    network.hessian.compiled(x, y, coefficients, data, e, f, g)
    return a, b, np.column_stack((c, d)), np.column_stack((e, f, g))


def agree(arrays, coefficients, data, points, activation, loss, norm, columns=slice(None)) -> None:
    value, with_gradient, gradient, hessian = answers(points, coefficients, data)
    np.testing.assert_allclose(value, with_gradient, rtol=1e-13)
    for i, (x, y) in enumerate(points):
        whole, g, h = derivatives(
            lambda u, v: network_loss(arrays, u, v, activation, loss, norm, 1e-5, columns), x, y
        )
        assert value[i] == pytest.approx(whole, rel=1e-9)
        np.testing.assert_allclose(gradient[i], g, rtol=1e-9, atol=1e-9 * max(abs(g).max(), 1e-3))
        expected = (h[0, 0], h[0, 1], h[1, 1])
        np.testing.assert_allclose(hessian[i], expected, rtol=1e-6, atol=1e-6 * max(abs(h).max(), 1e-3))


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", [one.id for one in ACTIVATIONS])
def test_against_autograd(activation, norm, loss) -> None:
    """Full batches and mini-batches; 5 neurons and 3 features fill no block, 70 samples no tile."""
    generator = np.random.default_rng([len(activation), NORMS.index(norm), len(loss)])
    architecture = Architecture(3, 2, 5, bool(norm))
    plane = plane_of(architecture, generator)
    x, t = generator.standard_normal((70, 3)), generator.integers(0, 2, 70).astype(float)
    arrays, data = arrays_of(plane, x, t), np.vstack((x.T, t))
    coefficients = kernel_coefficients(plane, architecture, activation, norm, loss, 1e-5)
    agree(arrays, coefficients, data, POINTS, activation, loss, norm)
    columns = generator.permutation(70)[:9]
    agree(
        arrays, coefficients, data[:, columns], POINTS[1:2], activation, loss, norm, columns
    )


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    ("features", "layers", "neurons", "m"), [(2, 1, 2, 4), (2, 4, 7, 64), (64, 3, 16, 65), (2, 2, 64, 130)]
)
def test_shapes(features, layers, neurons, m, norm) -> None:
    generator = np.random.default_rng([features, layers, neurons, m])
    architecture = Architecture(features, layers, neurons, bool(norm))
    plane = plane_of(architecture, generator)
    for parts in (plane.origin, plane.along_x, plane.along_y):
        for name, part in parts.items():
            part *= architecture.inputs(int(name[-1])) ** -0.5 if name.startswith("weight") else 1.0
    x, t = generator.standard_normal((m, features)), (np.arange(m) % 2).astype(float)
    coefficients = kernel_coefficients(plane, architecture, "tanh", norm, "bce", 1e-5)
    agree(arrays_of(plane, x, t), coefficients, np.vstack((x.T, t)), POINTS[1:], "tanh", "bce", norm)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_huge_logits_keep_their_honest_loss(sign) -> None:
    """A logit of ±1000 costs 1000 on the wrong side, and nothing on the right one."""
    architecture = Architecture(2, 1, 2, False)
    zeros = {name: np.zeros(shape) for name, shape in architecture.shapes().items()}
    origin = zeros | {"bias_1": np.array([sign * 1000.0])}
    coefficients = kernel_coefficients(
        Plane(origin, zeros, zeros, np.zeros((1, 2))), architecture, "tanh", "", "bce", 1e-5
    )
    for target in (0.0, 1.0):
        data = np.array([[0.3], [-0.2], [target]])
        value, loss, gradient, hessian = answers([(0.5, 0.5)], coefficients, data)
        assert value[0] == loss[0] == (1000.0 if (sign > 0) == (target == 0) else 0.0)
        assert not gradient.any()
        assert not hessian.any()


def test_a_point_answers_alike_in_any_block() -> None:
    generator = np.random.default_rng(5)
    architecture = Architecture(2, 2, 6, True)
    plane = plane_of(architecture, generator)
    coefficients = kernel_coefficients(plane, architecture, "gelu", "training", "mse", 1e-5)
    data = generator.standard_normal((3, 100))
    points = generator.uniform(-1.0, 1.0, (20, 2))
    together = answers(points, coefficients, data)
    for i in range(20):
        for whole, one in zip(together, answers(points[i : i + 1], coefficients, data), strict=True):
            np.testing.assert_array_equal(whole[i], one[0])
