"""The path of the minimum under a growing penalty."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize

import optviz
from optviz import regularization
from optviz.problem import Problem
from optviz.regularization import LAMBDAS, path
from optviz.setting import Penalty


def problem(surface="linear_regression", coefficients=None, **choices):
    return Problem.of(
        optviz.Experiment(surface, [{"optimizer": "gd"}], coefficients=coefficients or {}, choices=choices)
    )


def test_l1_on_orthogonal_features_is_soft_thresholding() -> None:
    """Standardized, the feature and the constant are orthonormal: each weight shrinks on its own."""
    data = optviz.surface_data("linear_regression", choices={"standardize": True})
    x, y = data["x"], data["y"]
    assert abs(x.mean()) < 1e-14
    least_squares = np.array([np.mean(x * y), np.mean(y)])
    shrunk = np.sign(least_squares) * np.maximum(np.abs(least_squares) - LAMBDAS[:, None], 0.0)
    found = path(problem(standardize=True), "l1")
    assert found == pytest.approx(shrunk, abs=1e-12)
    assert np.array_equal(found == 0.0, shrunk == 0.0)  # on the axis means on it
    gone = (found == 0.0).sum(axis=0)
    assert gone[0] > gone[1]


def test_l2_on_linear_regression_is_ridge() -> None:
    data = optviz.surface_data("linear_regression")
    features = np.column_stack((data["x"], np.ones(100)))
    gram, moment = features.T @ features / 100, features.T @ data["y"] / 100
    ridge = [np.linalg.solve(gram + weight * np.eye(2), moment) for weight in LAMBDAS]
    found = path(problem(), "l2")
    assert found == pytest.approx(np.array(ridge), rel=1e-9)
    assert np.all(found != 0.0)


@pytest.mark.parametrize("kind", ["l1", "l2"])
@pytest.mark.parametrize(
    "surface", ["linear_regression", "logistic_regression", "neuron", "chain", "deep_chain"]
)
def test_every_point_solves_its_own_problem(surface, kind) -> None:
    found = path(problem(surface), kind)
    assert np.isfinite(found[0]).all()
    ended = np.isnan(found[:, 0])
    assert np.array_equal(ended, np.sort(ended))  # once ended it stays so
    for weight, (x, y) in zip(LAMBDAS[~ended], found[~ended], strict=True):
        l1, l2 = (weight, 0.0) if kind == "l1" else (0.0, weight)
        for w, slope in zip((x, y), optviz.gradient(surface, x, y, penalty={"l2": l2}), strict=True):
            held = w == 0.0 and l1 > 0.0
            assert abs(slope) <= l1 if held else abs(slope + l1 * np.sign(w)) <= 1e-9
    # And the way between them is one: no step is a leap.
    assert np.hypot(*np.diff(found[~ended], axis=0).T).max() < 0.45 * np.hypot(*found[0])


def test_a_convex_path_reaches_every_weight_and_stays_on_its_axis() -> None:
    for surface in ("linear_regression", "logistic_regression"):
        found = path(problem(surface), "l1")
        assert np.isfinite(found).all()
        for weights in found.T:
            first = int(np.argmax(weights == 0.0))
            assert weights[first] == 0.0
            assert (weights[first:] == 0.0).all()
        for weight, point in zip(LAMBDAS[::6], found[::6], strict=True):
            asked = problem(surface).with_penalty(Penalty(l1=weight))
            lowest = minimize(lambda w: float(asked.loss(*w)), point + 0.01, method="Nelder-Mead",  # noqa: B023
                              options={"xatol": 1e-9, "fatol": 1e-14})  # fmt: skip
            assert float(asked.loss(*point)) <= lowest.fun + 1e-12


def test_a_valley_that_ends_ends_the_path() -> None:
    """In a chain L1 makes the origin a minimum of its own; the valley, away from it, ends at some weight."""
    found = path(problem("chain"), "l1")
    last = int(np.isfinite(found[:, 0]).sum()) - 1
    assert 20 < last < 50
    assert np.hypot(*found[last]) > 0.5
    asked = problem("chain").with_penalty(Penalty(l1=LAMBDAS[last + 1] * 1.05))
    assert all(np.hypot(x - found[last, 0], y - found[last, 1]) > 0.3 for x, y in asked.minima)
    # L2 lets it slide into the origin: that path ends nowhere.
    assert np.abs(path(problem("chain"), "l2")[-1]).max() < 1e-6


def test_the_path_of_a_given_valley() -> None:
    there = np.array([-1.5, -1.5])
    mirrored = path(problem("chain"), "l2", start=-there)
    assert path(problem("chain"), "l2", start=there)[:40] == pytest.approx(-mirrored[:40], abs=1e-9)


def test_without_a_minimum_it_comes_from_far_out() -> None:
    found = path(problem("logistic_regression", classes="separable"), "l2")
    length = np.hypot(*found.T)
    assert (np.diff(length[np.isfinite(length)]) < 0.0).all()
    assert length[0] > 5.0


def test_own_weights_and_a_result_that_is_kept() -> None:
    weights = np.array([0.1, 0.2, 0.4])
    first = path(problem(), "l1", weights)
    assert first.shape == (3, 2)
    assert path(problem(), "l1", weights) is first
    assert path(problem(coefficients={"seed": 1}), "l1", weights) is not first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0.0


def test_a_mixture_has_a_path_of_its_own() -> None:
    a, b = problem("neuron"), problem("neuron", activation="tanh")
    mixed = path(a.between(b, 0.5), "l2")
    both = path(a, "l2"), path(b, "l2")
    assert np.isfinite(mixed).all()
    assert min(np.abs(mixed - one)[:20].max() for one in both) > 1e-3
    gx, gy = a.between(b, 0.5).with_penalty(Penalty(l2=LAMBDAS[30])).gradient(*mixed[30])
    assert max(abs(float(gx)), abs(float(gy))) < 1e-9


def test_it_is_followed_while_a_slider_moves() -> None:
    """8 ms is the aim; half a frame more in the worst of hours."""
    for surface in ("linear_regression", "neuron", "chain"):
        taken = []
        for seed in range(9):
            asked = problem(surface, {"seed": seed, "m": 256})
            _ = asked.posed, asked.minima
            begin = time.perf_counter()
            path(asked, "l1")
            taken.append(time.perf_counter() - begin)
        assert np.median(taken) < 16e-3


def test_few_are_kept() -> None:
    for n in range(regularization._KEPT + 5):
        path(problem(), "l2", np.array([1.0 + n]))
    assert len(regularization._paths) == regularization._KEPT
