"""Surfaces that are declared on a box: no step leaves it, and what is found there is the best of the box."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

import optviz
from optviz.anatomy import anatomy
from optviz.errors import InputError
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import batches_of, simulate
from optviz.surfaces import SURFACES

BOX = ((-2.5, -0.5), (0.25, math.inf))
EVERYBODY = [{"optimizer": name} for name in OPTIMIZERS.ids]


@pytest.fixture(autouse=True)
def boxed(monkeypatch):
    """An ellipse whose minimum lies outside of the box."""
    declared = replace(SURFACES["ellipse"], id="boxed", feasible=BOX, minima=())
    monkeypatch.setitem(SURFACES._entries, "boxed", declared)


def race(entrants, **fields):
    return simulate(optviz.Experiment("boxed", entrants, start=(-2.4, 1.6), **fields)).entrants


@pytest.mark.parametrize("fields", [{}, {"noise": 3.0}, {"penalty": {"l1": 0.5, "l2": 0.1}}])
def test_no_step_of_anybody_leaves_the_box(fields) -> None:
    for entrant in race([{**one, "learning_rate": 0.3} for one in EVERYBODY], steps=120, **fields):
        x, y = entrant.path.T
        assert x.min() >= -2.5
        assert x.max() <= -0.5
        assert y.min() >= 0.25


def test_projected_gradient_descent_finds_the_best_of_the_box() -> None:
    (run,) = race([{"optimizer": "gd", "learning_rate": 0.05}], steps=2000)
    found = minimize(
        lambda w: float(optviz.loss("ellipse", *w)),
        (-2.4, 1.6),
        jac=lambda w: np.array([float(g) for g in optviz.gradient("ellipse", *w)]),
        bounds=[BOX[0], (0.25, None)],
        options={"ftol": 1e-15, "gtol": 1e-12},
    )
    assert run.path[-1] == pytest.approx(found.x, abs=1e-8)
    assert -0.5 in found.x or 0.25 in found.x  # an edge holds it
    assert run.status == "step_limit"
    assert "edge of the feasible set" in run.why


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("sgd", lambda w: torch.optim.SGD([w], lr=0.1)),
        ("momentum", lambda w: torch.optim.SGD([w], lr=0.1, momentum=0.9)),
        ("adam", lambda w: torch.optim.Adam([w], lr=0.1, foreach=False)),
        ("rmsprop", lambda w: torch.optim.RMSprop([w], lr=0.1, foreach=False)),
    ],
)
def test_it_is_torch_with_a_clamp_after_each_step(name, made) -> None:
    """The memory is not touched: momentum goes on pushing against the edge."""
    (run,) = race([{"optimizer": name, "learning_rate": 0.1}], steps=60)
    theta = torch.tensor([-2.4, 1.6], dtype=torch.float64, requires_grad=True)
    optimizer, path = made(theta), [[-2.4, 1.6]]
    for row in run.grad:
        theta.grad = torch.tensor(row)
        optimizer.step()
        with torch.no_grad():
            theta[0].clamp_(-2.5, -0.5)
            theta[1].clamp_(min=0.25)
        path.append(theta.tolist())
    assert run.path == pytest.approx(np.array(path), abs=1e-12)
    assert (run.path[:, 0] == -0.5).any()


def test_plain_python_takes_the_same_steps() -> None:
    experiment = optviz.Experiment("boxed", EVERYBODY, start=(-2.4, 1.6), steps=40, noise=1.0)
    compiled = simulate(experiment)
    problem = Problem.of(experiment)
    problem.wait = False
    from optviz import simulate as module

    kernels = module.descend
    plain = type(kernels)(kernels.python, kernels.kind)  # compiled by nobody yet
    original, module.descend = module.descend, plain
    try:
        slow = simulate(experiment, problem=problem)
    finally:
        module.descend = original
    assert not plain.ready
    for a, b in zip(compiled.entrants, slow.entrants, strict=True):
        assert a.path == pytest.approx(b.path, rel=1e-9, abs=1e-12)


def test_a_step_to_nowhere_is_still_the_end() -> None:
    """An infinite gradient is no number to project: the run says that it diverged."""
    (run,) = race([{"optimizer": "gd", "learning_rate": 1e308}], steps=5)
    assert run.path[-1].min() >= -2.5
    declared = replace(SURFACES["boxed"], formula="x/(x + 0.5)", coefficients=())
    SURFACES._entries["boxed"] = declared
    (run,) = simulate(
        optviz.Experiment("boxed", [{"optimizer": "gd", "learning_rate": 10.0}], start=(-1.0, 1.0), steps=50)
    ).entrants
    assert np.isfinite(run.path).all()
    assert run.path[:, 0].max() <= -0.5


@pytest.mark.parametrize("start", [(-2.6, 1.0), (0.0, 1.0), (-1.0, 0.2)])
def test_a_start_outside_is_wrong_input_in_one_line(start) -> None:
    with pytest.raises(InputError, match=r"start.*x ≥ −2\.5, x ≤ −0\.5, y ≥ 0\.25 alone") as told:
        optviz.Experiment("boxed", [{"optimizer": "gd"}], start=start)
    assert "\n" not in str(told.value)
    assert SURFACES["boxed"].nearest(start) == (min(max(start[0], -2.5), -0.5), max(start[1], 0.25))


def test_everywhere_else_nothing_has_changed() -> None:
    assert Problem.of(optviz.Experiment("ellipse", [{"optimizer": "gd"}])).feasible.tolist() == [
        -math.inf, math.inf, -math.inf, math.inf,
    ]  # fmt: skip
    assert [surface.id for surface in SURFACES if surface.feasible] == ["adam_counterexample", "boxed"]


@pytest.mark.parametrize("name", OPTIMIZERS.ids)
def test_the_parts_of_an_update_tell_of_the_projection(name) -> None:
    """What the rule wanted, by the same run without the box from the same memory, and what led it back."""
    experiment = optviz.Experiment(
        "boxed", [{"optimizer": name, "learning_rate": 0.3}], start=(-2.4, 1.6), steps=40
    )
    run = simulate(experiment)
    path, told = run.entrants[0].path, 0
    for k in range(run.entrants[0].stopped_at):
        found = anatomy(experiment, run, 0, k)
        assert np.sum([part.vector for part in found.parts], axis=0) == pytest.approx(found.step, abs=1e-12)
        assert not found.rounding
        edges = [np.isin(path[k + 1][i], BOX[i]) for i in (0, 1)]
        last = found.parts[-1]
        if last.name == "projection":
            told += 1
            assert all(edge or moved == 0.0 for edge, moved in zip(edges, last.vector, strict=True))
            assert all("=" in filled for filled in last.filled)
    assert bool(told) == any(np.isin(path[1:, i], BOX[i]).any() for i in (0, 1))


# ------------------------------------------------------------------ the losses that come one at a time


def counterexample(**fields):
    return optviz.Experiment("adam_counterexample", [{"optimizer": "sgd"}], **{"steps": 500, **fields})


def test_its_losses_are_those_of_the_paper() -> None:
    slopes = optviz.surface_data("adam_counterexample")["slope"]
    assert slopes.tolist() == [1010.0, *[-10.0] * 100]
    x, y = np.array([-1.0, 0.25, 1.0]), np.array([3.0, 0.0, -2.0])
    assert optviz.loss("adam_counterexample", x, y) == pytest.approx(10.0 / 101.0 * x, rel=1e-14)
    gx, gy = optviz.gradient("adam_counterexample", x, y)
    assert gx == pytest.approx(10.0 / 101.0)
    assert not gy.any()
    assert not np.array(optviz.hessian("adam_counterexample", x, y)).any()
    part = Problem.of(counterexample()).of_samples(np.array([0], np.int32))
    assert part.loss(x, y).tolist() == (1010.0 * x).tolist()


def test_in_their_own_order_they_come_round() -> None:
    assert batches_of(counterexample(batch_size=1))[:, 0].tolist() == [k % 101 for k in range(500)]
    three = batches_of(counterexample(batch_size=3, coefficients={"m": 7}))
    assert three.ravel().tolist() == [k % 7 for k in range(1500)]
    assert len(batches_of(counterexample(batch_size=101))) == 0  # all of them


def test_drawn_at_random_each_comes_with_the_same_probability_whatever_came_before() -> None:
    asked = {"batch_size": 1, "choices": {"order": "random"}, "coefficients": {"m": 5}, "seed": 3}
    drawn = batches_of(counterexample(steps=40_000, **asked))[:, 0]
    counts = np.bincount(drawn, minlength=5)
    assert np.abs(counts - 8000).max() < 5.0 * math.sqrt(40_000 * 0.2 * 0.8)
    again = (drawn[1:] == drawn[:-1]).mean()
    assert abs(again - 0.2) < 5.0 * math.sqrt(0.2 * 0.8 / 40_000)  # a shuffled pass would have none
    assert np.array_equal(batches_of(counterexample(steps=100, **asked))[:, 0], drawn[:100])
    assert not np.array_equal(
        batches_of(counterexample(steps=100, **{**asked, "seed": 4}))[:, 0], drawn[:100]
    )
    two = batches_of(counterexample(steps=4000, **{**asked, "batch_size": 2}))
    assert abs((two[:, 0] == two[:, 1]).mean() - 0.2) < 0.05
