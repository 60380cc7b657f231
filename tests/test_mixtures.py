"""Mixtures of two losses, and pictures and steps made of some of the samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import optviz.problem as module
from optviz.errors import InputError
from optviz.experiment import Experiment, Penalty
from optviz.problem import Problem, Stop, Stopped
from optviz.reshape import build_reshape
from optviz.simulate import batches_of, simulate
from optviz.surface_values import surface_data

NEWTON = [{"optimizer": "newton", "learning_rate": 0.5, "epsilon": 0.1}]
SGD = [{"optimizer": "sgd", "learning_rate": 0.1}]


def newton_step(point, gradient, hessian):
    (hxx, hxy, hyy), (gx, gy) = hessian, gradient
    matrix = np.array([[hxx, hxy], [hxy, hyy]]) + 0.1 * np.eye(2)
    return np.asarray(point) - 0.5 * np.linalg.solve(matrix, [gx, gy])


def test_newton_divides_by_the_curvature_of_the_mixture() -> None:
    scene = build_reshape(
        Experiment(
            "neuron", NEWTON, start=(0.4, 0.3), steps=1, choices={"loss": "bce"},
            reshape={
                "show": "morph", "morph": 0.3,
                "after": {"penalty": {"l2": 2.0}, "coefficients": {"noise": 0.2}},
            },
        )
    )  # fmt: skip
    x, y = scene.experiment.start
    ends = [side.problem for side in (scene.before, scene.after)]
    gradient = [0.7 * a + 0.3 * b for a, b in zip(*(end.gradient(x, y) for end in ends), strict=True)]
    hessian = [0.7 * a + 0.3 * b for a, b in zip(*(end.hessian(x, y) for end in ends), strict=True)]
    assert scene.between is not None
    expected = newton_step((x, y), gradient, hessian)
    assert scene.between.lines[0].path[1] == pytest.approx(expected, rel=1e-10)
    assert not np.allclose(expected, newton_step((x, y), gradient, ends[0].hessian(x, y)), rtol=1e-3)


def test_newton_divides_by_the_curvature_of_its_batch() -> None:
    experiment = Experiment("linear_regression", NEWTON, batch_size=5, steps=1, start=(1.0, 2.0))
    data, rows = surface_data("linear_regression"), batches_of(experiment)[0]
    features = np.stack([data["x"][rows], np.ones(5)], axis=1)
    residual = features @ [1.0, 2.0] - data["y"][rows]
    curvature = features.T @ features / 5
    hessian = curvature[0, 0], curvature[0, 1], curvature[1, 1]
    expected = newton_step((1.0, 2.0), features.T @ residual / 5, hessian)
    assert simulate(experiment).entrants[0].path[1] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("surface", ["neuron", "chain"])
def test_the_picture_of_a_step_is_the_loss_its_gradient_is_of(surface: str) -> None:
    experiment = Experiment(
        surface, SGD, batch_size=7, steps=20, choices={"batch_norm": True}, view={"sample": "batch"}
    )
    scene = optviz_scene(experiment)
    run = scene.run.entrants[0]
    for k in (0, 3, 19):
        assert scene.drawn(k).gradient(*run.path[k]) == pytest.approx(tuple(run.grad[k]), abs=1e-12)
        assert scene.drawn(k).data.shape[1] == 7
    assert scene.drawn(20).key == scene.drawn(19).key
    whole = optviz_scene(experiment.replace(view=replace(experiment.view, sample="full")))
    assert whole.drawn(3) is whole.problem


def optviz_scene(experiment: Experiment):
    from optviz.scene import build_scene

    return build_scene(simulate(experiment))


def test_the_picture_of_a_mixtures_step_is_of_both_batches() -> None:
    experiment = Experiment(
        "neuron", SGD, steps=12, view={"sample": "batch"},
        reshape={
            "show": "morph", "morph": 0.4,
            "before": {"batch_size": 9}, "after": {"batch_size": 4, "coefficients": {"m": 50}},
        },
    )  # fmt: skip
    between = build_reshape(experiment).between
    assert between is not None
    run = between.run.entrants[0]
    for k in (0, 5, 11):
        assert between.drawn(k).gradient(*run.path[k]) == pytest.approx(tuple(run.grad[k]), abs=1e-12)


def test_at_its_ends_a_mixture_is_what_it_mixes() -> None:
    crossed = {"show": "morph", "after": {"choices": {"loss": "bce"}}}
    experiment = Experiment("chain", SGD, steps=5, start=(3.0, 1e160), reshape=crossed)
    before, after = (Problem.of(experiment.sides[name]) for name in ("before", "after"))
    assert not np.isfinite(before.loss(*experiment.start))
    assert before.between(after, 1.0).loss(*experiment.start) == after.loss(*experiment.start)
    assert before.between(after, 0.0) is before
    scene = build_reshape(experiment.replace(reshape=replace(experiment.reshape, morph=1.0)))
    assert scene.between is scene.after


def test_samples_are_not_summed_again_where_only_the_penalty_moves(monkeypatch) -> None:
    problem = Problem.of(Experiment("neuron", SGD, coefficients={"seed": 77}))
    work: list[int] = []
    real = module.shared
    monkeypatch.setattr(module, "shared", lambda *args: (work.append(1), real(*args))[1])
    grid = np.linspace(-1.0, 2.0, 31)
    plain = problem.raster(grid, grid)
    assert len(work) == 1
    penalized = Problem.of(
        Experiment("neuron", SGD, coefficients={"seed": 77}, penalty={"l1": 0.5, "l2": 0.2})
    ).raster(grid, grid)
    assert len(work) == 1
    add = 0.5 * np.abs(grid) + 0.1 * grid**2
    assert penalized == pytest.approx(plain + add + add[:, None], rel=1e-12)


def test_another_penalty_is_another_problem() -> None:
    problem = Problem.of(Experiment("neuron", SGD))
    other = problem.with_penalty(Penalty(l1=1.0))
    assert problem.key != other.key
    assert other.loss(1.0, 2.0) == pytest.approx(problem.loss(1.0, 2.0) + 3.0)
    assert other.data is problem.data
    part = problem.of_samples(np.arange(5, dtype=np.int32))
    assert part.with_penalty(Penalty(l1=1.0)).own_key == part.own_key != problem.own_key


def test_a_slow_picture_is_called_off() -> None:
    stop = Stop()
    problem = Problem.of(Experiment("network_plane", SGD)).at_grid(41, stop)
    stop.set()
    with pytest.raises(Stopped):
        problem.raster(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5), ((-0.9, 0.9), (-0.8, 0.8)))


def test_batches_are_drawn_only_for_those_who_sample() -> None:
    everybody = Experiment("neuron", [*SGD, {"optimizer": "gd"}], batch_size=8, steps=50)
    assert batches_of(everybody).shape == (50, 8)
    assert batches_of(everybody) is batches_of(everybody)
    assert len(batches_of(everybody.replace(entrants=everybody.entrants[1:]))) == 0


def test_more_digits_than_there_are_is_said_when_the_experiment_is_made() -> None:
    digits = {"after": {"choices": {"dataset": "digits"}}}
    with pytest.raises(InputError, match=r"^reshape\.after: coefficients\.m: 1900 .* 1797$"):
        Experiment("network_plane", SGD, coefficients={"m": 1900}, reshape=digits)


def test_a_slow_picture_is_kept_whatever_the_penalty() -> None:
    problem = Problem.of(Experiment("network_plane", SGD, coefficients={"neurons": 3})).at_grid(13)
    limits = ((-0.7, 0.7), (-0.6, 0.6))
    assert not problem.kept(limits)
    problem.raster(np.linspace(*limits[0], 9), np.linspace(*limits[1], 9), limits)
    assert problem.with_penalty(Penalty(l2=1.0)).kept(limits)
    assert not problem.at_grid(26).kept(limits)


@pytest.mark.parametrize("kinked", ["before", "after"])
def test_a_kink_of_either_part_is_a_kink_of_the_mixture(kinked: str) -> None:
    from optviz.readings import curvature_at

    sides = {"before": "tanh", "after": "tanh", kinked: "relu"}
    reshape = {name: {"choices": {"activation": activation}} for name, activation in sides.items()}
    between = build_reshape(Experiment("chain", SGD, steps=1, reshape={"show": "morph", **reshape})).between
    assert between is not None
    assert curvature_at(between.problem, 0.0, 1.0).kink  # every sample sits on ReLU's kink
    assert not curvature_at(between.problem, 0.7, 1.0).kink
