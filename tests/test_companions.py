"""The values of the small pictures, against SciPy and plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from data_oracle import ACTIVATIONS, NORMS
from scipy.optimize import minimize_scalar

import optviz
from optviz.companions import activation_curve, balls, histograms, paths, units_at
from optviz.problem import Problem
from optviz.regularization import LAMBDAS
from optviz.scene import build_scene

LIMITS = ((-6.0, 6.0), (-6.0, 6.0))


def scene(surface="neuron", **fields):
    asked = optviz.Experiment(surface, [{"optimizer": "gd"}], **{"steps": 5, **fields})
    return build_scene(optviz.simulate(asked))


def problem(surface="neuron", **fields):
    return Problem.of(optviz.Experiment(surface, [{"optimizer": "gd"}], **fields))


# ------------------------------------------------------------------ what goes into the activation


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_curve_is_the_activation_and_its_slope(activation) -> None:
    import torch

    told = activation_curve(scene(choices={"activation": activation}), (1.0, 2.0))
    assert told.id == activation
    s = torch.tensor(told.s, requires_grad=True)
    a = ACTIVATIONS[activation](s)
    (slope,) = torch.autograd.grad(a.sum(), s)
    assert told.a == pytest.approx(a.detach().numpy(), abs=1e-12)
    assert told.slope == pytest.approx(slope.numpy(), abs=1e-12)
    assert told.s[0] <= told.rug.min()
    assert told.rug.max() <= told.s[-1]


def test_the_rug_is_the_samples_after_batch_norm() -> None:
    asked = scene(choices=NORMS["training"], coefficients={"gamma": 2.0, "beta": 0.5})
    x = optviz.surface_data("neuron", choices=NORMS["training"])["x"]
    u = x @ [1.5, -0.5]
    s = 2.0 * (u - u.mean()) / np.sqrt(u.var() + 1e-5) + 0.5
    assert activation_curve(asked, (1.5, -0.5)).rug == pytest.approx(np.sort(s), rel=1e-12)
    units = units_at(asked.problem, (1.5, -0.5))
    assert units.before[0] == pytest.approx(u, rel=1e-12)
    assert units.after[0] == pytest.approx(s, rel=1e-12)
    many = activation_curve(scene(coefficients={"m": 4096}), (1.0, 1.0))
    assert len(many.rug) == 400


def test_no_activation_no_curve() -> None:
    for surface in ("rosenbrock", "linear_regression", "logistic_regression"):
        assert activation_curve(scene(surface), (1.0, 1.0)) is None
        assert units_at(problem(surface), (1.0, 1.0)) is None


def test_of_a_mixture_the_nearer_side_is_told() -> None:
    a, b = problem(choices={"activation": "tanh"}), problem(choices={"activation": "relu"})
    assert units_at(a.between(b, 0.4), (1.0, 1.0)).activation == "tanh"
    assert units_at(a.between(b, 0.6), (1.0, 1.0)).activation == "relu"


def test_histograms_share_their_bins_and_count_everything() -> None:
    asked = problem("deep_chain", choices=NORMS["training"], coefficients={"depth": 3})
    units = units_at(asked, (2.5, 1.0))
    told = histograms(units, 30)
    assert told.before.shape == told.after.shape == (3, 30)
    assert told.before.sum(axis=1) == pytest.approx(np.ones(3))
    assert told.after.sum(axis=1) == pytest.approx(np.ones(3))
    for layer in range(3):
        counts = np.histogram(units.after[layer], told.edges)[0]
        assert told.after[layer] == pytest.approx(counts / 256)
    plain = histograms(units_at(problem("chain"), (2.5, 1.0)))
    assert np.array_equal(plain.before, plain.after)
    # At w = 0 every pre-activation is 0, far out they are huge: bins there always are.
    for point in ((0.0, 0.0), (1e200, 1.0), (1e308, 1e308)):
        told = histograms(units_at(problem("neuron"), point))
        assert np.isfinite(told.edges).all()
        assert (np.diff(told.edges) > 0).all()


# ------------------------------------------------------------------ balls


@pytest.mark.parametrize("point", [(1.0, 0.7), (-2.0, 0.1), (0.0, 3.0), (0.2, -0.1)])
@pytest.mark.parametrize("surface", ["linear_regression", "logistic_regression", "neuron", "chain"])
def test_the_contour_touches_the_ball_where_the_loss_is_lowest(surface, point) -> None:
    asked = problem(surface, penalty={"l1": 0.3, "l2": 0.4})
    diamond, circle = balls(asked, point, LIMITS)
    assert (diamond.kind, circle.kind) == ("l1", "l2")
    assert np.abs(diamond.outline).sum(axis=1) == pytest.approx(np.full(181, abs(point[0]) + abs(point[1])))
    assert np.hypot(*circle.outline.T) == pytest.approx(np.full(181, math.hypot(*point)))

    def on(kind, angle):
        c, s = np.cos(angle), np.sin(angle)
        r = (abs(point[0]) + abs(point[1])) / (abs(c) + abs(s)) if kind == "l1" else math.hypot(*point)
        return optviz.loss(surface, r * c, r * s)

    for ball in (diamond, circle):
        angles = np.linspace(0, 2 * np.pi, 4001)  # every thousandth is a corner of the diamond
        best = angles[np.argmin(on(ball.kind, angles))]
        step, lowest = angles[1], float(on(ball.kind, best))
        for low, high in ((best - step, best), (best, best + step)):
            found = minimize_scalar(
                lambda t, k=ball.kind: float(on(k, t)), bounds=(low, high), options={"xatol": 1e-12}
            )
            lowest = min(lowest, found.fun)
        assert ball.level == pytest.approx(lowest, abs=1e-9)  # of the loss without penalty
        assert float(optviz.loss(surface, *ball.touch)) == pytest.approx(ball.level, abs=1e-12)
        size = abs(ball.touch[0]) + abs(ball.touch[1]) if ball.kind == "l1" else math.hypot(*ball.touch)
        assert size == pytest.approx(ball.size, rel=1e-12)
        # The contour line passes there (drawn from a grid of an eighth).
        assert ball.contour
        points = np.concatenate(ball.contour)
        assert np.hypot(*(points - ball.touch).T).min() < 0.25


def test_the_diamond_touches_at_a_corner_where_l1_zeroes_a_weight() -> None:
    asked = problem("linear_regression")
    diamond, circle = balls(asked, (1.0, 1.0), LIMITS)
    assert diamond.touch == (2.0, 0.0)
    assert abs(circle.touch[1]) > 0.1


def test_a_ball_of_no_size() -> None:
    diamond, circle = balls(problem(), (0.0, 0.0), LIMITS)
    assert diamond.touch == circle.touch == (0.0, 0.0)
    assert diamond.level == pytest.approx(float(optviz.loss("neuron", 0.0, 0.0)))


def test_balls_where_the_loss_is_undefined() -> None:
    typed = Problem.of(optviz.Experiment(formula="log(x) + y**2", entrants=[{"optimizer": "gd"}]))
    diamond, _ = balls(typed, (-3.0, 0.0), LIMITS)
    assert diamond.touch[0] > 0.0 or not diamond.contour


# ------------------------------------------------------------------ paths


def test_the_current_penalty_is_marked_on_its_path() -> None:
    weight = float(LAMBDAS[33])
    l1, l2 = paths(problem("linear_regression", penalty={"l1": weight}))
    assert l1.at == pytest.approx(tuple(problem("linear_regression", penalty={"l1": weight}).minima[0]))
    assert (l1.weight, l2.weight, l2.at) == (weight, 0.0, None)
    between = float(np.sqrt(LAMBDAS[30] * LAMBDAS[31]))
    _, l2 = paths(problem("neuron", penalty={"l2": between}))
    assert l2.at == pytest.approx(tuple(problem("neuron", penalty={"l2": between}).minima[0]), abs=2e-3)
    ended, _ = paths(problem("chain", penalty={"l1": 50.0}))
    assert ended.at is None


def test_paths_do_not_depend_on_the_penalty() -> None:
    first, second = paths(problem()), paths(problem(penalty={"l1": 0.2, "l2": 0.1}))
    assert all(a.points is b.points for a, b in zip(first, second, strict=True))
