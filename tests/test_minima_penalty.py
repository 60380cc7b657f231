"""Where the minima of penalized losses are: on the axes exactly, and nowhere when there is none."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize

import optviz
from optviz.minima import FALLS, FLAT, _newton, settled, why_none
from optviz.problem import Problem
from optviz.surfaces import SURFACES

DATA = ("linear_regression", "logistic_regression", "neuron", "chain", "deep_chain")


def problem(surface, l1=0.0, l2=0.0, coefficients=None, **choices):
    penalty = {"l1": l1, "l2": l2}
    fields = {"penalty": penalty, "coefficients": coefficients or {}, "choices": choices}
    return Problem.of(optviz.Experiment(surface, [{"optimizer": "gd"}], **fields))


def slope_without_l1(asked, x, y):
    return optviz.gradient(
        asked.surface.id, x, y, coefficients=asked.coefficients, choices=asked.choices,
        penalty={"l2": asked.penalty.l2},
    )  # fmt: skip


def is_stationary(asked, x, y):
    """The subgradient condition, coordinate by coordinate."""
    l1 = asked.penalty.l1
    for w, slope in zip((x, y), slope_without_l1(asked, x, y), strict=True):
        if w == 0.0:
            assert abs(slope) <= l1 + 1e-12
        else:
            assert abs(slope + l1 * np.sign(w)) <= 1e-9, (asked.surface.id, x, y)
    return True


PENALTIES = [(0.0, 0.05), (0.02, 0.0), (0.1, 0.0), (0.4, 0.0), (0.1, 0.1), (2.0, 0.0), (0.0, 3.0)]


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "gelu", "softplus", "elu"])
@pytest.mark.parametrize("surface", ["neuron", "chain", "deep_chain"])
def test_minima_of_penalized_data_surfaces(surface, activation, batch_norm) -> None:
    for l1, l2 in PENALTIES:
        asked = problem(surface, l1, l2, activation=activation, batch_norm=batch_norm)
        minima = asked.minima
        assert len(minima), (l1, l2)  # a penalty keeps the lowest point from running away
        assert all(is_stationary(asked, x, y) for x, y in minima)
        # Lower than everything on small circles around.
        turn = np.linspace(0, 2 * np.pi, 49)
        for x, y in minima:
            for radius in (1e-6, 1e-5):
                around = asked.loss(x + radius * np.cos(turn), y + radius * np.sin(turn))
                assert around.min() >= float(asked.loss(x, y)) - 1e-15
        if batch_norm:  # next to w = 0 there is a hole that SciPy's steps leap over
            continue
        # Nelder-Mead from all over the domain finds nothing lower.
        (a, b), (p, q) = asked.surface.domain
        for start in np.random.default_rng(0).uniform((a, p), (b, q), (6, 2)):
            found = minimize(lambda w: float(asked.loss(*w)), start, method="Nelder-Mead",  # noqa: B023
                             options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 400})  # fmt: skip
            if a <= found.x[0] <= b and p <= found.x[1] <= q:
                assert found.fun >= float(asked.loss(*minima[0])) - 1e-9, (l1, l2, found.x)


@pytest.mark.parametrize("l1", [0.05, 0.2, 0.5, 1.0])
def test_l1_zeroes_a_weight_exactly_and_l2_does_not(l1) -> None:
    """Linear regression on raw features: the intercept goes first."""
    data = optviz.surface_data("linear_regression")
    (w, b), = problem("linear_regression", l1=l1).minima  # fmt: skip
    x, y = data["x"], data["y"]
    if b == 0.0:
        assert w == pytest.approx((np.mean(x * y) - l1) / np.mean(x * x), rel=1e-12)
        assert abs(np.mean(w * x - y)) <= l1
    assert (b == 0.0) == (l1 >= 0.05)
    (w, b), = problem("linear_regression", l2=l1).minima  # fmt: skip
    assert w != 0.0
    assert b != 0.0


def test_l1_zeroes_both_when_no_slope_at_the_origin_beats_it() -> None:
    largest = max(abs(float(g)) for g in optviz.gradient("logistic_regression", 0.0, 0.0))
    assert problem("logistic_regression", l1=largest * 1.0001).minima.tolist() == [[0.0, 0.0]]
    (x, y), = problem("logistic_regression", l1=largest * 0.999).minima  # fmt: skip
    assert x != 0.0
    assert y == 0.0


@pytest.mark.parametrize("surface", ["booth", "himmelblau", "styblinski_tang", "ellipse"])
def test_formulas_meet_the_subgradient_condition_too(surface) -> None:
    for l1, l2 in [(0.5, 0.0), (3.0, 0.0), (1.0, 0.5), (40.0, 0.0)]:
        asked = problem(surface, l1, l2)
        assert len(asked.minima)
        assert all(is_stationary(asked, x, y) for x, y in asked.minima)
    assert problem("booth", l1=40.0).minima.tolist() == [[0.0, 0.0]]  # its gradient at 0 is (-34, -38)


def test_separable_classes_have_no_minimum_until_l2_makes_one() -> None:
    bare = problem("logistic_regression", classes="separable")
    assert bare.minima.shape == (0, 2)
    assert why_none(bare, bare.surface.domain) == FALLS
    for l2 in (1e-4, 1e-2, 1.0):
        asked = problem("logistic_regression", l2=l2, classes="separable")
        assert len(asked.minima) == 1
        assert is_stationary(asked, *asked.minima[0])


FALLING = [
    *[("logistic_regression", {"noise": noise}, {"classes": "separable", "standardize": standardize})
      for noise in (0.0, 0.1, 0.25, 0.4, 0.5, 1.0, 2.0, 3.0) for standardize in (False, True)],
    *[("neuron", {"noise": 0.0}, {"loss": "bce", "activation": activation})
      for activation in ("identity", "sigmoid", "tanh", "relu", "softplus", "elu", "gelu", "leaky_relu")],
    *[("neuron", {"noise": noise, "m": m}, {"standardize": standardize})
      for noise in (0.0, 0.2) for m in (2, 256) for standardize in (False, True)],
    # Already next to nothing on the way to the domain's border.
    *[("neuron", {"noise": 0.0, "feature_scale": scale}, {"loss": "bce"}) for scale in (10.0, 100.0)],
]  # fmt: skip


@pytest.mark.parametrize(("surface", "coefficients", "choices"), FALLING)
def test_a_loss_that_falls_for_ever_is_told_however_low_it_is_already(surface, coefficients, choices) -> None:
    """Whether or not the rest of the fall could be seen."""
    asked = problem(surface, coefficients=coefficients, **choices)
    assert len(asked.minima) == 0
    assert why_none(asked, asked.surface.domain) == FALLS
    # As it is: along some line from the origin, every step leads down (until the numbers end, at 1e-308).
    turn = np.linspace(0.0, 2.0 * np.pi, 721)
    radius = np.array([4.0, 8.0, 12.0, 16.0, 20.0])[:, None]
    falls = np.diff(asked.loss(radius * np.cos(turn), radius * np.sin(turn)), axis=0) < 0.0
    assert falls.all(axis=0).any()


FLOORS = [
    *[("chain", {}, {"activation": activation, "batch_norm": norm})
      for activation in ("identity", "relu", "leaky_relu") for norm in (False, True)],
    *[("chain", {"noise": 0.0}, {"activation": activation}) for activation in ("identity", "relu")],
    *[("deep_chain", {}, {"activation": activation, "batch_norm": True})
      for activation in ("identity", "tanh", "relu")],
    *[("neuron", {"noise": noise}, {"batch_norm": True, "loss": loss})
      for noise in (0.0, 0.2, 1.0) for loss in ("mse", "bce")],
    # With no noise all samples lie on one line, and weights at right angles to it count for nothing.
    ("neuron", {"noise": 0.0}, {"activation": "silu", "loss": "bce"}),
]  # fmt: skip


@pytest.mark.parametrize(("surface", "coefficients", "choices"), FLOORS)
def test_a_line_of_lowest_points_is_told(surface, coefficients, choices) -> None:
    asked = problem(surface, coefficients=coefficients, **choices)
    assert len(asked.minima) == 0
    assert why_none(asked, asked.surface.domain) == FLAT


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        # A floor of exactly 0, whatever rounding leaves of it.
        ("(x*y - 1)**2", FLAT), ("(3*x - y - 0.7)**2", FLAT), ("(x - 1/3)**2", FLAT), ("(x**2 - y)**2", FLAT),
        # A plateau: ReLU's dead side.
        ("max(0, 1 - x)**2", FLAT), ("max(0, 1 - x - y)**2 + 0.3", FLAT), ("1", FLAT),
        ("exp(x)", FALLS), ("exp(x) + 1", FALLS), ("log(1 + exp(4*x + y))", FALLS),
        ("1/(1 + x**2 + y**2)", FALLS), ("x**3", FALLS), ("x*y", FALLS),
    ],
)  # fmt: skip
def test_formulas_without_a_minimum(formula, why) -> None:
    asked = Problem.of(optviz.Experiment(formula=formula, entrants=[{"optimizer": "gd"}]))
    assert len(asked.minima) == 0
    assert why_none(asked, asked.surface.domain) == why


@pytest.mark.parametrize("l1", [0.0, 0.7])
@pytest.mark.parametrize("surface", ["himmelblau", "booth", "rosenbrock", "six_hump_camel", "ackley"])
def test_all_points_at_once_go_where_each_goes_by_itself(surface, l1) -> None:
    """The uncompiled descent and the kernel are one method written twice."""
    asked = problem(surface, l1=l1)
    low, high = np.array(asked.surface.domain).T
    x, y = np.random.default_rng(1).uniform(low, high, (60, 2)).T
    size = float(np.hypot(*(high - low)))
    p, q, _ = settled(asked, x, y, size, 100)
    with np.errstate(all="ignore"):
        u, v = _newton(asked, x, y, size)
    together = np.hypot(p - u, q - v) <= 1e-7 * size
    assert together.mean() >= 0.95  # on the edge between two minima rounding decides
    assert np.hypot(p - x, q - y).max() > 0.01 * size


@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu", "softplus", "elu", "gelu"])
def test_a_ray_of_minima_is_no_minimum(activation) -> None:
    """The hole of width ε around 0, which no picture shows, does not count."""
    asked = problem("neuron", activation=activation, batch_norm=True)
    assert asked.minima.shape == (0, 2)
    assert why_none(asked, asked.surface.domain) == FLAT


def test_a_hyperbola_of_minima_is_no_minimum() -> None:
    """w2 relu(w1 u): only the product counts."""
    asked = problem("chain", activation="relu")
    assert asked.minima.shape == (0, 2)
    assert why_none(asked, asked.surface.domain) == FLAT


def test_minima_of_a_mixture() -> None:
    a, b = problem("neuron", l2=0.02), problem("neuron", l1=0.1, activation="tanh")
    mixed = a.between(b, 0.3)
    assert len(mixed.minima)
    for x, y in mixed.minima:
        gx, gy = mixed.gradient(x, y)
        assert max(abs(float(gx)), abs(float(gy))) < 1e-9


def test_a_minimum_outside_the_picture_is_found() -> None:
    narrow = problem("logistic_regression", coefficients={"noise": 0.42, "m": 1024})
    (w,) = narrow.minima
    domain = SURFACES["logistic_regression"].domain
    assert not all(low <= v <= high for v, (low, high) in zip(w, domain, strict=True))
    assert np.abs(optviz.gradient("logistic_regression", *w, coefficients=narrow.coefficients)).max() < 1e-9


def test_minima_are_found_while_a_slider_moves() -> None:
    """A tenth of a frame, whatever the penalty: 1.5 ms at 256 samples, less than 10 in the worst of hours."""
    for surface in ("neuron", "chain", "deep_chain"):
        _ = problem(surface, l2=0.1, batch_norm=True).minima
        taken = []
        for l2 in np.linspace(0.01, 0.2, 15):
            asked = problem(surface, l2=float(l2), batch_norm=True)
            begin = time.perf_counter()
            _ = asked.minima
            taken.append(time.perf_counter() - begin)
        assert np.median(taken) < 10e-3
