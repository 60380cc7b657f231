"""What is read off a loss at a point, against NumPy on torch's Hessian."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from data_oracle import NORMS, Oracle

import optviz
from optviz.problem import Problem
from optviz.readings import Curvature, curvature_at, read
from optviz.scene import build_scene


def scene(surface="neuron", optimizers=("gd",), **fields):
    entrants = [{"optimizer": name, "learning_rate": 0.1} for name in optimizers]
    return build_scene(optviz.simulate(optviz.Experiment(surface, entrants, **{"steps": 60, **fields})))


def problem(surface, **fields):
    return Problem.of(optviz.Experiment(surface, [{"optimizer": "gd"}], **fields))


@pytest.mark.parametrize("norm", ["off", "inference"])
@pytest.mark.parametrize("surface", ["neuron", "chain", "deep_chain"])
def test_the_numbers_are_the_eigenvalues_of_torchs_hessian(surface, norm) -> None:
    asked = scene(surface, choices=NORMS[norm], penalty={"l2": 0.01})
    data = optviz.surface_data(surface, choices=NORMS[norm])
    oracle = Oracle(surface, data, {}, NORMS[norm], (0.0, 0.01))
    told = read(asked, 20)
    assert told.point == tuple(asked.lines[0].path[20])
    for point, curvature in ((told.point, told.at_cursor), (told.minimum, told.at_minimum)):
        _, slope, bend = oracle.at([point])
        low, high = np.linalg.eigvalsh(bend[0])
        assert (curvature.low, curvature.high) == pytest.approx((low, high), rel=1e-6, abs=1e-9)
        if low > 0:
            assert curvature.condition == pytest.approx(high / low, rel=1e-5)
            assert curvature.condition == pytest.approx(np.linalg.cond(bend[0]), rel=1e-5)
        assert curvature.stable_step == pytest.approx(2.0 / high, rel=1e-6)
    assert np.abs(slope).max() < 1e-9
    _, slope, _ = oracle.at([told.point])
    way = asked.minima[np.argmin(np.hypot(*(asked.minima - told.point).T))] - told.point
    cosine = -(slope[0] @ way) / (np.linalg.norm(slope[0]) * np.linalg.norm(way))
    assert told.angle == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-6)


def test_gradient_descent_is_stable_below_the_step_told_and_not_above() -> None:
    limit = read(scene("linear_regression"), 0).at_minimum.stable_step
    ends = []
    for share in (0.99, 1.01):
        entrant = {"optimizer": "gd", "learning_rate": share * limit}
        run = optviz.simulate(optviz.Experiment("linear_regression", [entrant], steps=2000)).entrants[0]
        ends.append(run.loss[-1] - 0.6225592364582163)
    assert ends[0] < 1e-9
    assert ends[1] > 1e3


def test_angle_straight_and_across() -> None:
    bowl = scene("sphere")
    assert read(bowl, 0, (1.3, -0.4)).angle == pytest.approx(0.0, abs=1e-5)
    ravine = scene("ravine")
    angles = [read(ravine, 0, (math.cos(t), math.sin(t))).angle for t in np.linspace(0, 2 * np.pi, 200)]
    condition = read(ravine, 0).at_minimum.condition
    # The worst angle in a quadratic of condition κ: tan = (κ - 1) / (2 sqrt κ).
    worst = math.degrees(math.atan((condition - 1) / (2 * math.sqrt(condition))))
    assert max(angles) <= worst + 1e-6
    assert max(angles) > 0.9 * worst


def test_at_the_minimum_and_on_a_saddle_there_is_no_angle() -> None:
    told = read(scene("sphere"), 0, (0.0, 0.0))
    assert math.isnan(told.angle)
    assert told.no_angle == "this is the minimum"
    told = read(scene("chain", start=(0.0, 0.0)), 0)
    assert math.isnan(told.angle)
    assert told.no_angle == "the gradient is 0 here"
    assert told.at_cursor.reason == "the surface falls away in some direction"
    assert math.isnan(told.at_cursor.condition)
    assert told.at_cursor.stable_step > 0


def test_flat_places() -> None:
    flat = Curvature(0.0, 0.0)
    assert flat.reason
    assert flat.stable_step == math.inf
    assert Curvature(-1e-18, 3.0).reason == "the surface is flat in some direction"
    assert Curvature(-1e-3, 3.0).reason == "the surface falls away in some direction"
    # Half the samples switched off: the others alone curve the loss.
    half = problem("neuron", choices={"activation": "relu"})
    on = half.data[:2, half.data[:2].T @ (-6.0, -5.0) > 0.0]
    told = curvature_at(half, -6.0, -5.0)
    assert told.kink == ""
    bend = np.linalg.eigvalsh(on @ on.T / half.data.shape[1])
    assert (told.low, told.high) == pytest.approx(bend, rel=1e-9)
    # relu(w1 relu(w1 u)) is 0 for all samples where w1 < 0.
    dead = curvature_at(problem("deep_chain", choices={"activation": "relu"}), -0.9, 0.7)
    assert (dead.low, dead.high, dead.kink) == (0.0, 0.0, "")
    assert dead.reason
    assert dead.stable_step == math.inf


def test_there_is_no_minimum_for_a_reason() -> None:
    told = read(scene("logistic_regression", choices={"classes": "separable"}), 3)
    assert told.minimum is None
    assert told.at_minimum is None
    assert told.minimum_zeros is None
    assert told.no_minimum == told.no_angle == "no minimum: the loss falls for ever"
    told = read(scene("neuron", choices=NORMS["training"]), 3)
    assert told.no_minimum.endswith("batch norm makes the loss indifferent to the scale of the weights")
    told = read(scene("chain", choices={"activation": "relu"}), 3)
    assert told.no_minimum == "no single minimum: the lowest points are a whole line"
    told = read(scene("logistic_regression", choices={"classes": "separable"}, penalty={"l2": 0.1}), 3)
    assert told.no_minimum == ""
    assert told.at_minimum.condition > 1.0


# ------------------------------------------------------------------ kinks


def test_at_a_kink_of_l1_a_sentence_stands_for_the_numbers() -> None:
    bare, kinked = problem("neuron"), problem("neuron", penalty={"l1": 0.1})
    for point, words in [((0.0, 1.0), "w₁ = 0"), ((1.0, 0.0), "w₂ = 0"), ((0.0, -0.0), "the origin")]:
        told = curvature_at(kinked, *point)
        assert told.kink == told.reason
        assert told.kink.format(name=told.name) == f"{words} is a kink of the L1 penalty"
        assert all(math.isnan(v) for v in (told.low, told.high, told.condition, told.stable_step))
        assert curvature_at(bare, *point).kink == ""
    assert curvature_at(kinked, 1e-300, 1.0).kink == ""
    # The Hessian itself answers there, with the convention that |w| does not curve.
    assert kinked.curvature(0.0, 1.0) == bare.curvature(0.0, 1.0)


def test_a_sample_on_an_activations_kink_is_told() -> None:
    ends = {"relu": "ReLU's kink", "leaky_relu": "leaky ReLU's kink", "elu": "where ELU's curvature jumps"}
    for activation, words in ends.items():
        asked = problem("neuron", choices={"activation": activation})
        x = asked.data[:2, 17]
        on = curvature_at(asked, float(x[1]), -float(x[0]))  # at right angles to the sample
        assert on.kink.endswith(words)
        assert curvature_at(asked, float(x[1]) + 1e-6, -float(x[0])).kink == ""
        at_zero = curvature_at(problem("chain", choices={"activation": activation}), 0.0, 1.0)
        assert at_zero.kink.endswith(words)
    assert curvature_at(problem("chain", choices={"activation": "gelu"}), 0.0, 1.0).kink == ""


def test_a_unit_behind_a_dead_one_is_no_kink() -> None:
    """relu(w1 relu(w1 u)) is exactly 0 for u < 0 < w1, all around."""
    asked = problem("deep_chain", choices={"activation": "relu"})
    told = curvature_at(asked, 0.9, 0.7)
    assert told.kink == ""
    assert told.high > 0.0


def test_kinks_of_formulas_are_told() -> None:
    assert curvature_at(problem("abs_ravine"), 0.0, 1.0).kink == "the surface has a kink here"
    typed = Problem.of(optviz.Experiment(formula="abs(x - 1) + y**2", entrants=[{"optimizer": "gd"}]))
    assert curvature_at(typed, 1.0, 0.3).kink
    for x, y in np.random.default_rng(0).uniform(-4, 4, (40, 2)):
        for surface in ("rosenbrock", "ackley", "goldstein_price", "six_hump_camel"):
            assert curvature_at(problem(surface), x, y).kink == ""


def test_a_coordinate_is_called_what_its_surface_calls_it() -> None:
    line, formula = (problem(name, penalty={"l1": 0.1}) for name in ("linear_regression", "rosenbrock"))
    assert [curvature_at(one, 1.0, 0.0).name for one in (line, formula)] == ["b", "y"]


def test_where_the_surface_curves_down_there_is_no_stable_step() -> None:
    down = Curvature(-2.0, -0.5)
    assert math.isnan(down.stable_step)
    assert math.isnan(down.condition)
    assert Curvature(-1.0, 0.5).stable_step == 4.0


def test_on_a_plane_through_a_network_coordinates_are_no_weights() -> None:
    asked = scene(
        "network_plane", steps=4, start=(0.3, 0.2), choices={"activation": "relu"},
        coefficients={"neurons": 4, "layers": 1, "m": 64},
    )  # fmt: skip
    told = read(asked, 0, (0.0, 0.0))
    assert (told.minimum_zeros, told.zeros, told.weights) == (None, (), False)
    # On a kink of some neuron and beside it the same is told: numbers, said to be those between the kinks.
    units = asked.problem.surface.model.units
    y = 0.2
    at = [units(asked.problem.posed, x, y).after.ravel() for x in (-0.5, 0.5)]
    unit = int(np.flatnonzero(at[0] * at[1] < 0.0)[0])
    kink = float(-0.5 - at[0][unit] / (at[1][unit] - at[0][unit]))
    for x in (kink, kink + 1e-9, kink + 1e-4):
        curvature = curvature_at(asked.problem, x, y)
        assert curvature.kink == ""
        assert curvature.between
        assert math.isfinite(curvature.high)
    tanh = problem("network_plane", coefficients={"neurons": 4, "layers": 1, "m": 64})
    assert not curvature_at(tanh, 0.1, 0.2).between


def test_a_lost_entrant_has_no_readings() -> None:
    asked = build_scene(
        optviz.simulate(
            optviz.Experiment("linear_regression", [{"optimizer": "gd", "learning_rate": 50.0}], steps=300)
        )
    )
    assert asked.lines[0].status == "diverged"
    told = read(asked, 300)
    assert told.lost
    assert told.at_cursor.kink == told.no_angle == "diverged"
    assert math.isnan(told.at_cursor.high)
    assert not read(asked, 0).lost
    assert not read(asked, 300, (1.0, 1.0)).lost


# ------------------------------------------------------------------ zeros


def test_zeros_at_the_minimum_and_at_the_end() -> None:
    sparse = scene("linear_regression", ("gd", "adam"), penalty={"l1": 0.5}, steps=2000)
    told = read(sparse, 0)
    assert told.minimum[1] == 0.0
    assert told.minimum_zeros == 1
    assert [label for label, _ in told.zeros] == [line.label for line in sparse.lines]
    assert sparse.lines[0].path[-1, 1] != 0.0  # gradient descent trembles around 0 and never meets it
    assert told.zeros[0][1] == 1
    bare = scene("linear_regression", ("gd", "adam"), steps=2000)
    assert [count for _, count in read(bare, 0).zeros] == [0, 0]
    assert read(scene("linear_regression", penalty={"l2": 0.5}), 0).minimum_zeros == 0
    hidden = optviz.Experiment(
        "linear_regression", [{"optimizer": "gd", "hidden": True}, {"optimizer": "adam"}], steps=5
    )
    shown = build_scene(optviz.simulate(hidden))
    assert [label for label, _ in read(shown, 0).zeros] == ["Adam"]
    assert read(shown, 4).point == tuple(shown.lines[1].path[4])
    assert read(shown, 400).point == tuple(shown.lines[1].path[-1])


def test_the_minimum_is_looked_up_once(monkeypatch) -> None:
    asked = scene("neuron", penalty={"l2": 0.1})
    first = read(asked, 0)
    monkeypatch.setattr("optviz.readings.why_none", SimpleNamespace())
    before = asked.problem.__dict__["minima"]
    assert read(asked, 5).minimum == first.minimum
    assert asked.problem.__dict__["minima"] is before
