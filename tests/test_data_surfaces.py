"""Every data surface against torch's autograd, through the public functions alone; and what must hold."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from data_oracle import ACTIVATIONS, NORMS, Oracle
from scipy.optimize import root
from scipy.special import expit

import optviz
from optviz.kernels.activations import ACTIVATIONS as DECLARED
from optviz.problem import Problem
from optviz.surfaces import SURFACES

DATA = ("linear_regression", "logistic_regression", "neuron", "chain", "deep_chain")
PENALTIES = ((0.0, 0.0), (0.3, 0.7))


def compare(surface, coefficients, choices, penalty, points):
    asked = {"coefficients": coefficients, "choices": choices}
    data = optviz.surface_data(surface, **asked)
    oracle = Oracle(surface, data, coefficients, choices, penalty)
    asked["penalty"] = dict(zip(("l1", "l2"), penalty, strict=True))
    x, y = points.T
    loss = optviz.loss(surface, x, y, **asked)
    gradient = np.stack(optviz.gradient(surface, x, y, **asked), axis=1)
    hxx, hxy, hyy = optviz.hessian(surface, x, y, **asked)
    for i, (value, slope, bend) in enumerate(zip(*oracle.at(points), strict=True)):
        where = f"{surface} {coefficients} {choices} {penalty} at {points[i]}"
        assert loss[i] == pytest.approx(value, rel=1e-9, abs=1e-12), where
        # A sum of samples that cancel is as exact as its largest terms.
        assert gradient[i] == pytest.approx(slope, rel=1e-9, abs=1e-9 * max(1.0, abs(slope).max())), where
        expected = bend[0, 0], bend[0, 1], bend[1, 1]
        size = max(1.0, np.abs(bend).max())
        assert (hxx[i], hxy[i], hyy[i]) == pytest.approx(expected, rel=1e-6, abs=1e-6 * size), where


def points_of(surface, count=16, seed=0):
    low, high = np.array(SURFACES[surface].domain).T
    return np.random.default_rng(seed).uniform(low, high, (count, 2))


def test_all_activations_are_compared() -> None:
    assert list(ACTIVATIONS) == [one.id for one in DECLARED]


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("surface", ["neuron", "chain", "deep_chain"])
def test_equals_autograd(surface, activation, norm, loss) -> None:
    choices = {"activation": activation, "loss": loss, **NORMS[norm]}
    coefficients = {"m": 61, "seed": 3, "gamma": 1.3, "beta": -0.4, "epsilon": 1e-3}
    if surface == "deep_chain":
        coefficients["depth"] = 3
    for penalty in PENALTIES:
        compare(surface, coefficients, choices, penalty, points_of(surface))


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("standardize", [False, True])
def test_linear_models_equal_autograd(standardize, penalty) -> None:
    compare("linear_regression", {}, {"standardize": standardize}, penalty, points_of("linear_regression"))
    for classes in ("overlapping", "separable"):
        choices = {"classes": classes, "standardize": standardize}
        compare("logistic_regression", {}, choices, penalty, points_of("logistic_regression"))


@pytest.mark.parametrize("m", [2, 3, 8, 256, 1001])
def test_any_number_of_samples(m) -> None:
    for surface in DATA:
        choices = NORMS["training"] if surface in ("neuron", "chain", "deep_chain") else {}
        compare(surface, {"m": m}, choices, (0.0, 0.0), points_of(surface, 3, m))


@pytest.mark.parametrize("dataset", ["clouds", "moons", "circles", "blobs", "spiral"])
def test_every_data_set_and_scale(dataset) -> None:
    for scale in (1.0, 100.0):
        for norm in NORMS.values():
            choices = {"dataset": dataset, "activation": "tanh", **norm}
            coefficients = {"feature_scale": scale, "noise": 0.3}
            compare("neuron", coefficients, choices, (0.0, 0.0), points_of("neuron", 3))


@pytest.mark.parametrize("depth", [2, 5, 8])
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_deep_chains(depth, activation) -> None:
    for norm in NORMS.values():
        choices = {"activation": activation, **norm}
        compare("deep_chain", {"depth": depth}, choices, (0.0, 0.1), points_of("deep_chain", 4, depth))


@pytest.mark.parametrize("surface", ["neuron", "chain"])
def test_far_out_nothing_overflows(surface) -> None:
    """Saturated: logits of some ten thousand, where a naive log(σ) is infinite."""
    points = np.array([[900.0, -700.0], [-1500.0, 2000.0], [1e-9, 1e-9]])
    for activation in ("sigmoid", "tanh", "softplus"):
        compare(surface, {"m": 64}, {"activation": activation, "loss": "bce"}, (0.0, 0.0), points)


# ------------------------------------------------------------------ kinks


def test_conventions_at_kinks_are_those_of_torch() -> None:
    """w1 = 0: every pre-activation is 0. And |w| at 0 adds nothing to the gradient."""
    points = np.array([[0.0, 1.5], [0.0, -0.7], [0.0, 0.0]])
    for activation in ("relu", "leaky_relu", "elu"):
        for loss in ("mse", "bce"):
            compare("chain", {"m": 40}, {"activation": activation, "loss": loss}, (0.4, 0.2), points)
            compare("neuron", {"m": 40}, {"activation": activation, "loss": loss}, (0.4, 0.2), points[2:])


def test_the_race_takes_the_same_subgradient_as_the_surface() -> None:
    for activation in ("relu", "leaky_relu", "elu"):
        experiment = optviz.Experiment(
            "chain", [{"optimizer": "gd"}], start=(0.0, 1.5), steps=1, choices={"activation": activation},
            penalty={"l1": 0.4},
        )  # fmt: skip
        used = optviz.simulate(experiment).entrants[0].grad[0]
        asked = {"choices": {"activation": activation}, "penalty": {"l1": 0.4}}
        assert tuple(used) == tuple(float(g) for g in optviz.gradient("chain", 0.0, 1.5, **asked))


# ------------------------------------------------------------------ identities


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_batch_norm_makes_the_scale_of_the_weights_irrelevant(activation) -> None:
    asked = {"coefficients": {"epsilon": 1e-300}, "choices": {"activation": activation, "batch_norm": True}}
    x, y = points_of("neuron", 20).T
    gx, gy = optviz.gradient("neuron", x, y, **asked)
    assert np.abs(gx * x + gy * y).max() <= 1e-13
    loss = optviz.loss("neuron", x, y, **asked)
    for scale in (1e-3, 0.5, 7.0, 1e4):
        assert optviz.loss("neuron", scale * x, scale * y, **asked) == pytest.approx(loss, rel=1e-12)
    # A negative scale turns every sign: another function, except where only the size counts.
    assert np.abs(optviz.loss("neuron", -x, -y, **asked) - loss).max() > 1e-3
    # Behind batch norm only w2 counts in a chain; w1 by its sign.
    x, y = points_of("chain", 20).T
    loss = optviz.loss("chain", x, y, **asked)
    assert optviz.loss("chain", 30.0 * x, y, **asked) == pytest.approx(loss, rel=1e-12)
    assert np.abs(optviz.gradient("chain", x, y, **asked)[0]).max() <= 1e-13


def test_batch_norm_makes_the_scale_of_a_feature_irrelevant() -> None:
    """Only together with the weight on it: (w1, w2 / scale) sees what (w1, w2) saw."""
    x, y = points_of("neuron", 9).T
    for norm in NORMS.values():
        if norm.get("batch_norm_mode") == "inference":
            continue  # the statistics were gathered at the start, which the scale moves
        raw = optviz.loss("neuron", x, y, choices=norm)
        scaled = optviz.loss("neuron", x, y / 100.0, coefficients={"feature_scale": 100.0}, choices=norm)
        assert scaled == pytest.approx(raw, rel=1e-12)


@pytest.mark.parametrize("surface", DATA)
def test_l2_adds_its_weight_to_every_eigenvalue(surface) -> None:
    x, y = points_of(surface, 12).T

    def eigenvalues(penalty):
        hxx, hxy, hyy = optviz.hessian(surface, x, y, penalty=penalty)
        return np.linalg.eigvalsh(np.stack([hxx, hxy, hxy, hyy], axis=-1).reshape(-1, 2, 2))

    bare = eigenvalues({})
    assert eigenvalues({"l2": 0.7}) == pytest.approx(bare + 0.7, rel=1e-12, abs=1e-12)
    assert eigenvalues({"l1": 0.7}) == pytest.approx(bare, rel=1e-12)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "elu"])
@pytest.mark.parametrize("surface", ["neuron", "chain", "deep_chain"])
def test_at_the_start_inference_equals_training(surface, activation) -> None:
    """There the running statistics are those of all samples."""
    start = SURFACES[surface].start
    losses = [
        float(optviz.loss(surface, *start, choices={"activation": activation, **NORMS[norm]}))
        for norm in ("training", "inference")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    elsewhere = start[0] * 0.3 + 0.1, start[1] * 0.3
    losses = [
        float(optviz.loss(surface, *elsewhere, choices={"activation": activation, **NORMS[norm]}))
        for norm in ("training", "inference")
    ]
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_running_statistics_are_those_of_torch() -> None:
    choices = {"activation": "tanh", "batch_norm": True, "batch_norm_mode": "inference"}
    data = optviz.surface_data("deep_chain", coefficients={"depth": 3}, choices=choices)
    h = torch.from_numpy(data["x"])
    for layer in range(3):
        u = SURFACES["deep_chain"].start[0] * h
        assert data["running_mean"][layer] == pytest.approx(float(u.mean()), abs=1e-14)
        assert data["running_var"][layer] == pytest.approx(float(u.var(unbiased=False)), rel=1e-12)
        h = torch.tanh((u - u.mean()) / torch.sqrt(u.var(unbiased=False) + 1e-5))


# ------------------------------------------------------------------ the samples


@pytest.mark.parametrize("surface", DATA)
def test_samples_lie_along_the_first_axis_and_belong_to_whoever_asked(surface) -> None:
    data = optviz.surface_data(surface, coefficients={"m": 37})
    assert len(data["x"]) == len(data["y"]) == 37
    again = optviz.surface_data(surface, coefficients={"m": 37})
    assert all(np.array_equal(data[name], again[name]) for name in data)
    before = float(optviz.loss(surface, 1.0, 1.0, coefficients={"m": 37}))
    for array in data.values():
        array[...] = 9.0
    assert float(optviz.loss(surface, 1.0, 1.0, coefficients={"m": 37})) == before
    other = optviz.surface_data(surface, coefficients={"m": 37, "seed": 1})
    assert not np.array_equal(other["x"], again["x"])


@pytest.mark.parametrize("surface", DATA)
def test_samples_that_are_shared_cannot_be_changed(surface) -> None:
    posed = Problem.of(optviz.Experiment(surface, [{"optimizer": "gd"}])).posed
    assert posed.arrays
    for array in (posed.coefficients, posed.data, *posed.arrays.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 9.0


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("noise", [1e200, 1e308])
def test_coefficients_near_the_largest_double_make_no_noise(noise, standardize) -> None:
    """NumPy would print a warning for each sum that overflows."""
    choices = {"batch_norm": True, "batch_norm_mode": "inference", "activation": "identity"}
    extreme = {"noise": noise, "gamma": noise, "beta": noise}
    asked = [
        ("linear_regression", {"noise": noise}, {"standardize": standardize}),
        ("logistic_regression", {"noise": noise}, {"classes": "separable", "standardize": standardize}),
        *[("neuron", extreme, {**choices, "dataset": dataset, "standardize": standardize})
          for dataset in ("clouds", "moons", "circles", "blobs", "spiral")],
        ("chain", extreme, choices),
        ("deep_chain", {**extreme, "depth": 3}, choices),
    ]  # fmt: skip
    for surface, coefficients, chosen in asked:
        fields = {"coefficients": {"m": 16, **coefficients}, "choices": chosen}
        problem = Problem.of(optviz.Experiment(surface, [{"optimizer": "gd"}], **fields))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            posed = problem.posed
            problem.surface.model.units(posed, 1e200, -1e200)
            optviz.surface_data(surface, **fields)
        assert posed.samples == 16


def test_the_textbook_line() -> None:
    data = optviz.surface_data("linear_regression")
    assert len(data["x"]) == 100
    slope, intercept = np.polyfit(data["x"], data["y"], 1)
    assert slope == pytest.approx(3.0, abs=0.5)
    assert SURFACES["linear_regression"].minima[0].point == pytest.approx((slope, intercept), rel=1e-12)


def test_separable_classes_are_separable() -> None:
    data = optviz.surface_data("logistic_regression", choices={"classes": "separable"})
    sides = (2.0 * data["y"] - 1.0) * (data["x"] @ [0.8, 0.6])
    assert sides.min() > 0.0
    data = optviz.surface_data("logistic_regression")
    angles = np.linspace(0, 2 * np.pi, 3600)
    sides = (2.0 * data["y"] - 1.0) * (np.stack([np.cos(angles), np.sin(angles)], axis=1) @ data["x"].T)
    assert sides.min(axis=1).max() < 0.0  # no line parts the others


# ------------------------------------------------------------------ declared minima


def gradient_of(surface):
    """The gradient at the defaults, written out by hand."""
    data = optviz.surface_data(surface)
    x, y = data["x"], data["y"]
    if surface == "linear_regression":
        features = np.column_stack((x, np.ones_like(x)))
        return lambda w: features.T @ (features @ w - y) / len(y)
    if surface == "logistic_regression":
        return lambda w: x.T @ (expit(x @ w) - y) / len(y)
    if surface == "neuron":
        return lambda w: x.T @ ((expit(x @ w) - y) * expit(x @ w) * expit(-(x @ w))) / len(y)

    def chain(w):
        h, slope = x, np.zeros_like(x)
        for _ in range(1 if surface == "chain" else 4):
            u, along = w[0] * h, h + w[0] * slope
            h = np.tanh(u)
            slope = along * (1.0 - h * h)
        return np.array([np.mean((w[1] * h - y) * w[1] * slope), np.mean((w[1] * h - y) * h)])

    return chain


@pytest.mark.parametrize("surface", DATA)
def test_declared_minima_are_scipys(surface) -> None:
    declared = SURFACES[surface]
    slope = gradient_of(surface)
    assert declared.minima
    for minimum in declared.minima:
        found = root(slope, np.array(minimum.point) * 1.02, options={"xtol": 1e-15})
        assert np.abs(slope(found.x)).max() < 1e-12
        assert minimum.point == pytest.approx(found.x, rel=1e-11)
        assert minimum.loss == pytest.approx(float(optviz.loss(surface, *minimum.point)), rel=1e-13)
        hxx, hxy, hyy = (float(h) for h in optviz.hessian(surface, *minimum.point))
        assert np.linalg.eigvalsh([[hxx, hxy], [hxy, hyy]])[0] > 1e-4
    # Nothing in the domain is lower.
    (a, b), (p, q) = declared.domain
    loss = optviz.loss(surface, *np.meshgrid(np.linspace(a, b, 201), np.linspace(p, q, 201)))
    assert loss.min() >= declared.minima[0].loss
    low = np.argwhere(loss < declared.minima[0].loss + 0.02 * np.median(loss - declared.minima[0].loss))
    places = np.column_stack((np.linspace(a, b, 201)[low[:, 1]], np.linspace(p, q, 201)[low[:, 0]]))
    away = [min(np.hypot(*(place - np.array(m.point))) for m in declared.minima) for place in places]
    assert max(away) < 0.2 * np.hypot(b - a, q - p)
