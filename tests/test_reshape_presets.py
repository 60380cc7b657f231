"""Every comparison that comes with optviz shows what its title says."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from optviz import resources
from optviz.experiment import Experiment
from optviz.reshape import ReshapeScene, build_reshape

PRESETS = {path.stem[:2]: path for path in resources.presets() if "[reshape" in path.read_text()}


@cache
def comparison(number: str) -> ReshapeScene:
    return build_reshape(Experiment.load(PRESETS[number]))


def sides(number: str):
    scene = comparison(number)
    return scene.before, scene.after


def test_there_are_enough_and_each_says_a_sentence() -> None:
    assert len(PRESETS) >= 8
    for path in PRESETS.values():
        experiment = Experiment.load(path)
        assert len(experiment.title.split()) >= 5
        assert Experiment.loads(experiment.dumps()) == experiment


def test_batch_norm_makes_scale_irrelevant() -> None:
    before, after = sides("20")
    x, y = np.array([1.5, -2.0, 0.7]), np.array([0.4, 1.0, -3.0])
    assert after.problem.loss(3 * x, 3 * y) == pytest.approx(after.problem.loss(x, y), rel=1e-4)
    assert np.abs(before.problem.loss(3 * x, 3 * y) / before.problem.loss(x, y) - 1).min() > 0.05


def test_scaled_features_make_a_bowl() -> None:
    condition = []
    for scene in sides("21"):
        low, high = scene.problem.curvature(*scene.minima[0])
        condition.append(high / low)
    assert condition[0] > 20
    assert condition[1] < 2


def test_squared_error_has_a_plateau_where_cross_entropy_has_none() -> None:
    before, after = sides("22")
    assert before.lines[0].gradient_norm[0] < 0.02
    assert after.lines[0].gradient_norm[0] > 0.5
    assert before.lines[0].distance[-1] > 5
    assert after.lines[0].distance[-1] < 2


def test_a_dead_relu_gets_no_gradient() -> None:
    before, after = sides("23")
    for line in before.lines:
        assert line.gradient_norm[0] == 0.0
        assert (line.path[-1] == line.path[0]).all()
    assert all(line.loss[-1] < 0.2 * line.loss[0] for line in after.lines)


def test_l1_zeroes_a_weight_and_l2_does_not() -> None:
    before, after = sides("24")
    assert (before.minima[0] != 0.0).all()
    assert after.minima[0][1] == 0.0
    assert after.minima[0][0] != 0.0


def test_separable_classes_need_a_penalty() -> None:
    before, after = sides("25")
    assert len(before.minima) == 0
    assert len(after.minima) == 1
    run = before.lines[0]
    assert np.hypot(*run.path[-1]) > np.hypot(*run.path[-100])
    assert after.lines[0].distance[-1] < 1e-3


def test_six_sigmoids_forget_their_input() -> None:
    before, after = sides("26")
    targets = before.problem.data[-1]
    blind = 0.5 * targets.var()
    assert all(line.loss[-1] == pytest.approx(blind, rel=1e-3) for line in before.lines)
    assert all(line.loss[-1] < 0.85 * blind for line in after.lines)


def test_small_batches_shiver() -> None:
    before, after = sides("27")
    assert before.drawn(3) is before.problem
    assert after.drawn(3).data.shape[1] == 8
    assert after.drawn(3).key != after.drawn(4).key
    end = [scene.lines[0].path[-50:].std(axis=0).max() for scene in (before, after)]
    assert end[1] > 20 * end[0]


def test_l2_rounds_the_bowl() -> None:
    before, after = sides("28")
    (low, high), (lower, higher) = (scene.problem.curvature(*scene.minima[0]) for scene in (before, after))
    assert (lower, higher) == pytest.approx((low + 0.5, high + 0.5))
    plain, penalized = (scene.lines[0].distance < 0.05 for scene in (before, after))
    assert penalized.argmax() < 0.5 * plain.argmax()


def test_inference_brings_the_scale_back() -> None:
    before, after = sides("29")
    point = np.array([2.0, 1.0])
    for scene, indifferent in ((before, True), (after, False)):
        slope = np.dot(np.array(scene.problem.gradient(*point)).ravel(), point)
        assert bool(abs(slope) < 1e-5) is indifferent


def test_the_morph_begins_as_before() -> None:
    scene = comparison("30")
    assert scene.between is not None
    assert scene.between.lines[0].path == pytest.approx(scene.before.lines[0].path)
    assert scene.last == 120


def test_three_networks_have_walls_between_them() -> None:
    before, after = sides("31")
    assert len(before.minima) == 1
    assert np.hypot(*before.minima[0]) < 0.05
    trained = after.problem.posed.arrays["minima"]
    low = after.problem.loss(*trained.T)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        way = trained[i] + np.linspace(0.0, 1.0, 41)[:, None] * (trained[j] - trained[i])
        assert after.problem.loss(*way.T).max() > 5 * max(low[i], low[j])
