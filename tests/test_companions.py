"""The values of the small pictures, against SciPy and plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from data_oracle import ACTIVATIONS, NORMS
from scipy.optimize import minimize_scalar

import optviz
from optviz.companions import activation_curve, balls, histograms, paths, reach_of, spread, units_at
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
    # torch takes s itself for softplus beyond 20.
    tolerance = 3e-9 if activation == "softplus" else 1e-12
    assert told.a == pytest.approx(a.detach().numpy(), abs=tolerance)
    assert told.slope == pytest.approx(slope.numpy(), abs=tolerance)
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


def test_the_line_passes_through_the_knee_and_the_penalty_of_now() -> None:
    """With centred features of covariance C the way of L1 is straight between its knees."""
    fields = {"choices": {"activation": "identity"}}
    data = optviz.surface_data("neuron", **fields)
    x, y = data["x"], data["y"]
    gram, moment = x.T @ x / len(x), x.T @ y / len(x)
    inverse = np.linalg.inv(gram)
    free, slope = inverse @ moment, inverse @ np.sign(inverse @ moment)
    gone = int(np.argmin(free / slope))
    weight = (free / slope)[gone]  # at which the first weight is taken away
    knee = free - weight * slope
    for now in (0.3 * weight, 0.97 * weight, 1.2 * weight, 1e-5):
        l1, _ = paths(problem("neuron", penalty={"l1": now}, **fields))
        corner = int(np.argmax(l1.line[:, gone] == 0.0))
        assert l1.line[corner] == pytest.approx(knee, abs=1e-7)
        assert l1.line[corner, gone] == 0.0
        assert l1.at in [tuple(point) for point in l1.line.tolist()]
        exact = problem("neuron", penalty={"l1": now}, **fields).minima[0]
        assert l1.at == pytest.approx(tuple(exact), abs=1e-9)
        assert l1.minimum == pytest.approx(tuple(free), abs=1e-9)


def test_no_piece_of_a_path_is_long() -> None:
    for surface in ("neuron", "logistic_regression", "chain"):
        for one in paths(problem(surface)):
            known = one.points[np.isfinite(one.points[:, 0])]
            step = np.hypot(*np.diff(known, axis=0).T)
            assert step.max() < 0.12 * np.hypot(*known.T).max()
            assert (np.diff(one.lambdas) > 0.0).all()


def test_without_a_minimum_no_point_is_where_a_path_comes_from() -> None:
    for one in paths(problem("logistic_regression", choices={"classes": "separable"})):
        assert one.minimum is None
        assert one.why == ""
        assert np.isfinite(one.points[0]).all()
    for one in paths(problem("neuron", choices=NORMS["training"])):
        assert one.minimum is None
        assert "no single minimum" in one.why
        assert not np.isfinite(one.points).any()
    assert all(one.why == "" for one in paths(problem("neuron", choices=NORMS["inference"])))


def test_axes_stand_still_while_a_race_is_played() -> None:
    asked = scene("neuron", choices=NORMS["training"], steps=40, start=(-4.0, 4.5))
    points = [tuple(point) for point in asked.lines[0].path]
    bare = scene("neuron", steps=300, start=(-9.0, 9.5), choices={"activation": "identity"})
    ends = {float(activation_curve(bare, tuple(point)).s[-1]) for point in bare.lines[0].path}
    assert len(ends) == 1
    assert len({float(spread(asked, point).edges[-1]) for point in points}) == 1
    largest = max(np.abs(units_at(asked.problem, point).before).max() for point in points)
    assert spread(asked, points[-1]).edges[-1] >= largest
    assert reach_of(asked).ball == max(abs(x) + abs(y) for x, y in points)


def test_of_a_lost_run_nothing_is_told() -> None:
    asked = scene("neuron", choices=NORMS["training"])
    for point in ((1e140, -1.0), (math.inf, 0.0), (math.nan, 1.0)):
        assert balls(asked.problem, point, LIMITS) is None
        assert spread(asked, point).lost
        curve = activation_curve(asked, point)
        assert not curve.rug.size
        assert curve.s[-1] < 100.0
    assert not spread(asked, (1.0, 1.0)).lost


def test_a_contour_has_no_specks() -> None:
    asked = problem("neuron", choices=NORMS["training"])
    for angle in np.linspace(0.0, 6.0, 25):
        point = (3.0 * math.cos(angle), 3.0 * math.sin(angle))
        for ball in balls(asked, point, LIMITS):
            for line in ball.contour:
                size = np.ptp(line, axis=0).max()
                assert size > 0.4 or np.hypot(*(line - ball.touch).T).min() < 0.4
