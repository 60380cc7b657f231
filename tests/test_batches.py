"""Mini-batches are real samples: what a step used is torch's gradient on the very rows it drew."""

from __future__ import annotations

import numpy as np
import pytest
from data_oracle import NORMS, Oracle

import optviz
from optviz.problem import Problem
from optviz.simulate import batches_of

CASES = [
    ("linear_regression", {}, {}),
    ("logistic_regression", {}, {"classes": "separable"}),
    ("neuron", {"feature_scale": 10.0}, {"loss": "bce"}),
    ("neuron", {"gamma": 1.5, "beta": 0.3}, {"activation": "tanh", **NORMS["training"]}),
    ("neuron", {}, {"activation": "gelu", "dataset": "spiral", **NORMS["inference"]}),
    ("chain", {"epsilon": 0.01}, {"activation": "relu", **NORMS["training"]}),
    ("deep_chain", {"depth": 3}, {"activation": "elu", **NORMS["training"]}),
    ("deep_chain", {"depth": 5}, {"activation": "silu", "loss": "bce"}),
]


def experiment(surface="chain", coefficients=(), choices=(), optimizers=("sgd",), **fields):
    entrants = [{"optimizer": name, "learning_rate": 0.05} for name in optimizers]
    fields = {"steps": 25, "batch_size": 7, "seed": 5, **fields}
    return optviz.Experiment(
        surface, entrants, coefficients={"m": 60, **dict(coefficients)}, choices=dict(choices), **fields
    )


def expected(asked, run, penalty, batches):
    """The gradient of each step, by torch on the rows of its batch."""
    data = optviz.surface_data(asked.surface, coefficients=asked.coefficients, choices=asked.choices)
    out = []
    for k in range(run.stopped_at):
        rows = batches[k] if len(batches) else None
        oracle = Oracle(asked.surface, data, asked.coefficients, asked.choices, penalty, rows)
        out.append(oracle.at(run.path[k : k + 1])[1][0])
    return np.array(out)


@pytest.mark.parametrize(("surface", "coefficients", "choices"), CASES)
def test_each_step_used_the_gradient_of_its_rows(surface, coefficients, choices) -> None:
    asked = experiment(surface, coefficients, choices, penalty={"l1": 0.02, "l2": 0.05}, noise=0.1)
    run = optviz.simulate(asked).entrants[0]
    noise = 0.1 * np.random.default_rng(5).standard_normal((25, 2))
    used = expected(asked, run, (0.02, 0.05), batches_of(asked))
    assert run.stopped_at == 25
    assert run.grad == pytest.approx(used + noise, rel=1e-9, abs=1e-10)
    assert run.path[1:] == pytest.approx(run.path[:-1] - 0.05 * run.grad, rel=1e-13)
    # What is recorded as the loss is that of all samples, without noise.
    full = optviz.loss(
        surface, *run.path.T, coefficients=asked.coefficients, choices=choices, penalty=asked.penalty
    )
    assert run.loss == pytest.approx(full, rel=1e-12)


@pytest.mark.parametrize(("surface", "coefficients", "choices"), CASES)
def test_gradient_descent_sees_all_samples(surface, coefficients, choices) -> None:
    asked = experiment(surface, coefficients, choices, ("gd",), noise=0.1)
    run = optviz.simulate(asked).entrants[0]
    assert run.grad == pytest.approx(expected(asked, run, (0.0, 0.0), ()), rel=1e-9, abs=1e-10)


def test_a_pass_draws_every_sample_at_most_once() -> None:
    asked = experiment(steps=40)
    batches = batches_of(asked)
    assert batches.shape == (40, 7)
    assert (batches.min(), batches.max()) == (0, 59)
    for turn in range(5):  # 8 batches of 7 of 60 samples
        drawn = batches[8 * turn : 8 * turn + 8].ravel()
        assert len(set(drawn)) == 56
    assert not np.array_equal(np.sort(batches[0]), np.sort(batches[8]))
    assert not np.array_equal(batches, batches_of(experiment(steps=40, seed=6)))
    assert np.array_equal(batches[:25], batches_of(experiment()))  # more steps go on from there


def test_who_else_runs_changes_nothing() -> None:
    alone = optviz.simulate(experiment(noise=0.1)).entrants[0]
    among = optviz.simulate(experiment(optimizers=("adam", "gd", "sgd", "momentum"), noise=0.1)).entrants[2]
    last = optviz.simulate(experiment(optimizers=("momentum", "newton", "sgd"), noise=0.1)).entrants[2]
    for other in (among, last):
        assert np.array_equal(alone.path, other.path)
        assert np.array_equal(alone.grad, other.grad)


def test_all_samples_are_one_batch() -> None:
    whole = optviz.simulate(experiment(batch_size=60)).entrants[0]
    none = optviz.simulate(experiment(batch_size=0)).entrants[0]
    assert np.array_equal(whole.path, none.path)


def test_the_drawn_surface_of_a_batch_is_that_of_its_rows() -> None:
    asked = experiment("neuron", {}, {"activation": "tanh", **NORMS["training"]})
    data = optviz.surface_data("neuron", coefficients=asked.coefficients, choices=asked.choices)
    points = np.random.default_rng(1).uniform(-6, 6, (30, 2))
    rows = batches_of(asked)[3]
    part = Problem.of(asked).of_samples(rows)
    value, slope, _ = Oracle("neuron", data, asked.coefficients, asked.choices, rows=rows).at(points)
    assert part.loss(*points.T) == pytest.approx(value, rel=1e-9)
    assert np.stack(part.gradient(*points.T), axis=1) == pytest.approx(slope, rel=1e-9, abs=1e-10)
    xs, ys = np.linspace(-6, 6, 23), np.linspace(-5, 6, 17)
    assert part.raster(xs, ys) == pytest.approx(part.loss(*np.meshgrid(xs, ys)), rel=1e-12)
    assert part.raster(xs, ys) != pytest.approx(Problem.of(asked).raster(xs, ys), rel=1e-3)
