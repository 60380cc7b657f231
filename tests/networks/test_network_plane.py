"""network_plane as a stranger finds it: trained, posed, and rebuilt with torch from its arrays alone."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from network_oracle import derivatives, network_loss, part

from optviz.errors import InputError
from optviz.networks import training
from optviz.networks.training import STEPS
from optviz.surfaces.network import NETWORK_PLANE as SURFACE

DEFAULTS = {knob.name: knob.default for knob in SURFACE.coefficients}
CHOICES = {choice.name: choice.default for choice in SURFACE.choices}
SMALL = {"m": 64, "neurons": 6}
NORMS = {"": (False, "training"), "training": (True, "training"), "inference": (True, "inference")}


def posed(norm="", **settings):
    """The problem and the settings of its oracle."""
    batch_norm, mode = NORMS[norm]
    settings = SMALL | {"batch_norm": batch_norm, "batch_norm_mode": mode} | settings
    coefficients = DEFAULTS | {k: v for k, v in settings.items() if k in DEFAULTS}
    choices = CHOICES | {k: v for k, v in settings.items() if k in CHOICES}
    assert SURFACE.model is not None
    return SURFACE.model.pose(coefficients, choices), (choices["activation"], choices["loss"], norm)


def evaluate(problem, points, data=None):
    x, y = (np.ascontiguousarray(column, dtype=float) for column in np.array(points).T)
    loss, gx, gy = (np.empty(len(points)) for _ in range(3))
    data = problem.data if data is None else data
    SURFACE.model.loss.compiled(x, y, problem.coefficients, data, loss, gx, gy)
    return loss, np.column_stack((gx, gy))


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("plane", ["random", "minima"])
def test_trained_networks_keep_their_own_loss(plane, norm, loss) -> None:
    """At (0, 0), and at all three corners of a plane of minima, the loss is the one torch ended with."""
    problem, oracle = posed(norm, plane=plane, loss=loss)
    minima, trained = problem.arrays["minima"], problem.arrays["trained_loss"]
    assert minima.shape == (3 if plane == "minima" else 1, 2)
    assert tuple(minima[0]) == (0.0, 0.0)
    np.testing.assert_allclose(evaluate(problem, minima)[0], trained, rtol=1e-12, atol=1e-14)
    for point, value in zip(minima, trained, strict=True):
        assert float(network_loss(problem.arrays, *point, *oracle)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("dataset", ["moons", "circles", "blobs", "spiral", "digits"])
@pytest.mark.parametrize("norm", NORMS)
def test_a_stranger_can_rebuild_the_loss(dataset, norm) -> None:
    problem, oracle = posed(norm, dataset=dataset, activation="relu" if dataset == "blobs" else "gelu")
    arrays = problem.arrays
    assert arrays["x"].shape == (64, 64 if dataset == "digits" else 2)
    assert set(arrays["y"]) == {0.0, 1.0}
    points = np.random.default_rng(1).uniform(-1.0, 1.0, (3, 2))
    loss, gradient = evaluate(problem, points)
    batch = np.array([3, 60, 5, 17, 31])
    of_batch, _ = evaluate(problem, points, np.ascontiguousarray(problem.data[:, batch]))
    for i, point in enumerate(points):
        expected, slope, _ = derivatives(lambda u, v: network_loss(arrays, u, v, *oracle), *point)
        assert loss[i] == pytest.approx(expected, rel=1e-9)
        np.testing.assert_allclose(gradient[i], slope, rtol=1e-9, atol=1e-9 * abs(slope).max())
        assert of_batch[i] == pytest.approx(
            float(network_loss(arrays, *point, *oracle, columns=batch)), rel=1e-9
        )


def test_training_ends_near_a_minimum_that_separates_the_classes() -> None:
    problem, _ = posed(neurons=32, m=256)
    loss, gradient = evaluate(problem, [(0.0, 0.0), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7)])
    assert loss[0] < 0.1
    assert (loss[1:] > 3 * loss[0]).all()
    assert np.linalg.norm(gradient[0]) < 0.05 * np.linalg.norm(gradient[1:], axis=1).min()


def test_random_directions_are_filter_normalized() -> None:
    problem, _ = posed("training", layers=3)
    for name in [name for name in problem.arrays if name.startswith(("weight_", "bias_", "gamma_", "beta_"))]:
        x, y = (problem.arrays[f"direction_{axis}_{name}"] for axis in "xy")
        if not name.startswith("weight_"):
            assert not x.any()
            assert not y.any()
            continue
        norms = np.linalg.norm(problem.arrays[name], axis=1)
        for direction in (x, y):
            np.testing.assert_allclose(np.linalg.norm(direction, axis=1), norms, rtol=1e-12)
        assert not np.allclose(x, y)
    other, _ = posed("training", layers=3, plane_seed=1)
    np.testing.assert_array_equal(other.arrays["weight_1"], problem.arrays["weight_1"])  # trained alike
    assert not np.allclose(other.arrays["direction_x_weight_1"], problem.arrays["direction_x_weight_1"])


def test_a_plane_of_minima_shows_true_distances() -> None:
    problem, _ = posed("training", plane="minima")
    trained = [name for name in problem.arrays if name.startswith(("weight_", "bias_", "gamma_", "beta_"))]
    axes = [np.concatenate([problem.arrays[f"direction_{a}_{n}"].ravel() for n in trained]) for a in "xy"]
    assert np.linalg.norm(axes[0]) == pytest.approx(np.linalg.norm(axes[1]), rel=1e-12)
    assert axes[0] @ axes[1] == pytest.approx(0.0, abs=1e-10 * (axes[0] @ axes[0]))
    minima = problem.arrays["minima"]
    (xlo, xhi), (ylo, yhi) = SURFACE.domain
    assert ((minima[:, 0] > xlo) & (minima[:, 0] < xhi) & (minima[:, 1] > ylo) & (minima[:, 1] < yhi)).all()
    assert abs(minima).max() == pytest.approx(0.75)


@pytest.mark.parametrize("norm", NORMS)
def test_units_are_the_inputs_of_the_activations(norm) -> None:
    problem, _ = posed(norm, layers=2, activation="silu")
    units = SURFACE.model.units(problem, 0.3, -0.2)
    assert units.activation == "silu"
    assert units.before.shape == units.after.shape == (2, 6 * 64)
    arrays = problem.arrays
    h = torch.tensor(arrays["x"])
    weight, bias = (part(arrays, name, 0.3, -0.2) for name in ("weight_0", "bias_0"))
    first = torch.nn.functional.linear(h, weight, bias)
    np.testing.assert_allclose(units.before[0].reshape(6, 64), first.T.numpy(), rtol=1e-12)
    if norm == "training":
        by_neuron = units.after[0].reshape(6, 64)
        np.testing.assert_allclose(by_neuron.mean(axis=1), arrays["beta_0"], atol=1e-12)
        spread = first.var(dim=0, correction=0).numpy()
        expected = abs(arrays["gamma_0"]) * np.sqrt(spread / (spread + 1e-5))
        np.testing.assert_allclose(by_neuron.std(axis=1), expected, rtol=1e-10)
    elif not norm:
        np.testing.assert_array_equal(units.before, units.after)


def test_running_statistics_are_gathered_by_torch() -> None:
    """Batch norm as a module, fed what the first layer gives: its statistics drift to the posed ones."""
    problem, _ = posed("inference")
    arrays = problem.arrays
    linear = torch.nn.functional.linear(
        *(torch.tensor(arrays[name]) for name in ("x", "weight_0", "bias_0"))
    )
    norm = torch.nn.BatchNorm1d(6, dtype=torch.float64)
    for _ in range(STEPS):
        norm(linear)
    np.testing.assert_allclose(arrays["running_mean_0"], norm.running_mean.numpy(), rtol=0.02, atol=0.02)
    np.testing.assert_allclose(arrays["running_var_0"], norm.running_var.numpy(), rtol=0.02)


WEIGHTS = """
import hashlib
from optviz.surfaces.network import NETWORK_PLANE as s
values = {k.name: k.default for k in s.coefficients} | {"m": 64, "neurons": 6}
posed = s.model.pose(values, {c.name: c.default for c in s.choices} | {"batch_norm": True})
print(hashlib.sha256(posed.coefficients.tobytes() + posed.data.tobytes()).hexdigest())
"""


def test_another_process_trains_the_same_network() -> None:
    import hashlib

    problem, _ = posed("training")
    done = subprocess.run(
        [sys.executable, "-c", WEIGHTS], capture_output=True, text=True, timeout=120, check=True
    )
    digest = hashlib.sha256(problem.coefficients.tobytes() + problem.data.tobytes()).hexdigest()
    assert done.stdout.strip() == digest


def test_training_leaves_torch_as_it_was() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    threads, kind = torch.get_num_threads(), torch.get_default_dtype()
    with torch.inference_mode():
        posed(seed=12345)
    assert torch.equal(torch.get_rng_state(), before)
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, kind)


def test_asking_twice_trains_once(monkeypatch) -> None:
    calls = []
    descend = training._descend
    monkeypatch.setattr(training, "_descend", lambda *given: calls.append(1) or descend(*given))
    first, _ = posed(seed=4321)
    again, _ = posed(seed=4321)
    assert again is first
    posed(seed=4321, plane_seed=9)
    assert len(calls) == 1


def test_the_surface_imports_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys, optviz.surfaces.network; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'sklearn', 'numba')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("missing", "message"), [("torch", "needs torch"), ("sklearn", "needs scikit-learn")]
)
def test_what_is_missing_is_said_in_one_line(monkeypatch, missing, message) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=message) as raised:
        posed(seed=99)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_formula_can_be_typeset(layers, norm, loss) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of importlib.resources, inside ziamath
        import ziamath
    for activation in ("identity", "tanh", "elu"):
        choices = CHOICES | {"batch_norm": norm, "loss": loss, "activation": activation}
        text = SURFACE.model.typeset(DEFAULTS | {"layers": layers}, choices)
        assert ("BN" in text) == norm
        assert ziamath.Latex(text).svg().startswith("<svg")
