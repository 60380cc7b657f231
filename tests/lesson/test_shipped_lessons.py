"""The lessons that come with optviz: what their texts claim is true of what they show."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from optviz import __main__, hessian, resources, surface_data
from optviz.experiment import Experiment
from optviz.lesson import Answer, Lesson, LessonStep, answer_of, experiment_at
from optviz.problem import Problem
from optviz.simulate import EntrantRun, simulate

PATHS = {path.stem[3:]: path for path in resources.lessons()}


def lesson(name: str) -> Lesson:
    return Lesson.load(PATHS[name])


def step(name: str, title: str) -> LessonStep:
    """Return the step of a lesson whose title begins so."""
    (found,) = (one for one in lesson(name).steps if one.title.startswith(title))
    return found


def runs(experiment: Experiment) -> tuple[EntrantRun, ...]:
    return simulate(experiment).entrants


def run(name: str, title: str) -> EntrantRun:
    return runs(step(name, title).experiment)[0]


def answer(name: str, title: str) -> Answer:
    return answer_of(step(name, title))


def title_of(name: str, title: str) -> str:
    shown = step(name, title)
    return shown.experiment.entrants[answer_of(shown).winner].title


@pytest.mark.parametrize("path", resources.lessons(), ids=lambda path: path.stem)
def test_every_lesson_is_complete(path: Path) -> None:
    shown = Lesson.load(path)
    assert shown.summary
    assert 5 <= len(shown.steps) <= 9
    assert shown.asks >= 3
    for one in shown.steps:
        assert one.text, one.title
        assert one.experiment.title, one.title
        assert one.ask is None or one.ask.explanation, one.title
        if one.ask is not None:
            answer_of(one)  # there is one


def test_there_are_lessons_on_all_that_was_promised() -> None:
    wanted = ["learning_rate", "momentum", "adam", "saddle_points", "batch_norm", "regularization"]
    assert list(PATHS) == wanted


def test_the_command_line_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["list", "lessons", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in entries] == list(PATHS)
    assert all(entry["summary"] and entry["hyperparameters"] == [] for entry in entries)
    assert [entry["questions"] for entry in entries] == [lesson(name).asks for name in PATHS]
    assert __main__.main(["list", "lessons"]) == 0
    assert "What a learning rate does" in capsys.readouterr().out


# -------------------------------------------------------------- what a learning rate does


def test_learning_rate_curvatures_and_small_steps() -> None:
    first = step("learning_rate", "Downhill")
    assert Problem.of(first.experiment).curvature(0.3, 0.4) == pytest.approx((1.0, 20.0))
    factor = (0.998**120, 0.96**120)
    assert factor == pytest.approx((0.79, 0.007), rel=0.08)
    assert answer("learning_rate", "Too small").point == pytest.approx((-2.6 * factor[0], -0.9 * factor[1]))


def test_learning_rate_one_over_lambda_settles_y_in_a_step_and_more_overshoots() -> None:
    path = run("learning_rate", "As large as").path
    assert abs(path[1, 1]) < 1e-12
    assert path[2:11, 0] / path[1:10, 0] == pytest.approx(0.95)
    path = run("learning_rate", "Larger still").path
    assert path[1:20, 1] / path[:19, 1] == pytest.approx(-0.6)
    assert path[1:20, 0] / path[:19, 0] == pytest.approx(0.92)


def test_learning_rate_the_zigzag_grows_as_it_is_turned_up() -> None:
    shown = step("learning_rate", "Turn it up")
    wide = [float(np.abs(runs(experiment_at(shown, share))[0].path[10, 1])) for share in (0.0, 0.5, 1.0)]
    assert wide[0] < wide[1] < wide[2]
    assert shown.experiment.entrants[0].learning_rate == 0.0995


def test_learning_rate_the_edge_and_beyond() -> None:
    assert answer("learning_rate", "The edge").learning_rate == pytest.approx(0.1, rel=1e-3)
    path = run("learning_rate", "Over the edge").path
    assert path[1:50, 1] / path[:49, 1] == pytest.approx(-1.04)


def test_learning_rate_the_best_makes_both_directions_equally_fast() -> None:
    assert title_of("learning_rate", "So which") == "η = 0.095"
    assert pytest.approx(0.095, abs=5e-4) == 2 / 21
    assert pytest.approx((0.905, -0.9), abs=0.006) == (1 - 0.095, 1 - 0.095 * 20)


def test_learning_rate_on_a_changing_curvature() -> None:
    shown = step("learning_rate", "A surface whose")
    assert title_of("learning_rate", "A surface whose") == "η = 0.0015"
    assert Problem.of(shown.experiment).curvature(1.0, 1.0)[1] == pytest.approx(1002, abs=1)
    small, _, large = runs(shown.experiment)
    assert all(one.status == "step_limit" for one in (small, large))
    assert np.abs(np.diff(large.loss[-200:])).min() > 0.01  # it never settles


# -------------------------------------------------------------- why momentum


def test_momentum_the_dilemma() -> None:
    path = run("momentum", "The dilemma").path
    assert path[1:40] / path[:39] == pytest.approx(np.tile([0.982, -0.8], (39, 1)))
    assert answer("momentum", "The dilemma").point == pytest.approx((-2.6 * 0.982**100, 0.0), abs=1e-6)
    assert pytest.approx(1 / 6, rel=0.05) == 0.982**100


def test_momentum_wins_and_a_steady_gradient_counts_ten_times() -> None:
    assert title_of("momentum", "Who is there") == "Momentum 0.9"
    slope = Experiment(
        formula="x", start=(0.0, 0.0), steps=200, entrants=(
            {"optimizer": "momentum", "momentum": 0.9, "learning_rate": 0.01},
            {"optimizer": "gd", "learning_rate": 0.01},
        ),
    )  # type: ignore[arg-type]  # fmt: skip
    long, plain = runs(slope)
    assert np.diff(long.path[-5:, 0]) / np.diff(plain.path[-5:, 0]) == pytest.approx(10.0, rel=1e-3)


def test_momentum_too_much_memory_runs_past_the_minimum() -> None:
    shown = step("momentum", "More memory")
    reach = [float(runs(experiment_at(shown, share))[0].path[:, 0].max()) for share in (0.0, 1.0)]
    assert reach[0] < 0.0 < 0.5 < reach[1]
    late = runs(shown.experiment)[0].path[:, 0]
    assert late[int(np.argmax(late)) :].min() < 0.3  # and it comes back


def test_momentum_its_edge_is_nearly_twice_that_of_gradient_descent() -> None:
    assert answer("momentum", "How far").learning_rate == pytest.approx(2 * 1.9 / 100, rel=2e-3)


def test_momentum_in_a_valley_that_bends() -> None:
    shown = step("momentum", "Along a valley")
    plain, momentum = runs(shown.experiment)
    assert momentum.loss[-1] < plain.loss[-1]
    rates = [one.learning_rate for one in shown.experiment.entrants]
    assert rates[1] == pytest.approx(rates[0] / 2)
    assert pytest.approx(12.5) == 1 / (1 - 0.92)


# -------------------------------------------------------------- Adam taken apart


def test_adam_the_first_step_is_the_learning_rate_in_every_coordinate() -> None:
    path = run("adam", "One learning rate").path
    assert np.abs(path[1] - path[0]) == pytest.approx([0.1, 0.1], rel=1e-6)


def test_adam_does_not_see_a_factor_and_gradient_descent_diverges() -> None:
    plain, steep = step("adam", "One learning rate"), step("adam", "A hundred times")
    one, two = runs(plain.experiment), runs(steep.experiment)
    assert two[0].path == pytest.approx(one[0].path, abs=1e-7)
    assert two[1].status == "diverged"
    assert one[1].status != "diverged"


def test_adam_without_correction_leaps_into_the_other_well() -> None:
    shown = step("adam", "Why the hats")
    corrected, raw = runs(shown.experiment)
    assert np.abs(raw.path[1] - raw.path[0]).max() == pytest.approx(0.2 * 0.1 / np.sqrt(0.001), rel=1e-3)
    assert corrected.path[-1, 0] < 0 < raw.path[-1, 0]
    assert corrected.loss[-1] < raw.loss[-1]
    point = answer_of(shown).point
    assert point is not None
    assert point[0] == pytest.approx(raw.path[-1, 0])


def test_adam_depends_on_the_axes_and_gradient_descent_does_not() -> None:
    shown = step("adam", "Its scales")
    straight, turned = (runs(experiment_at(shown, share)) for share in (0.0, 1.0))
    assert straight[0].loss[-1] < 0.01 * straight[1].loss[-1]
    assert turned[1].loss[-1] < 0.1 * turned[0].loss[-1]
    assert title_of("adam", "So, is Adam") == "Gradient descent"
    for ending in (straight, turned):  # the flat direction decides: the same factor at every angle
        ratio = np.sqrt(ending[1].loss[-1] / ending[1].loss[-51])
        assert ratio == pytest.approx((1 - 0.0198) ** 50, rel=0.02)


def test_adam_the_steps_taken_apart_are_of_adam() -> None:
    apart = [one for one in lesson("adam").steps if one.step_by_step is not None]
    assert [one.step_by_step.frame for one in apart if one.step_by_step] == [0, 12, 30]
    for one in apart:
        assert one.step_by_step is not None
        assert one.experiment.entrants[one.step_by_step.entrant].optimizer == "adam"
        assert one.experiment.view.step_by_step == one.step_by_step.entrant


# -------------------------------------------------------------- saddle points


def test_saddle_exactly_on_the_ridge_and_a_hair_beside_it() -> None:
    assert answer("saddle_points", "Exactly").point == pytest.approx((0.0, 0.0), abs=1e-4)
    beside = run("saddle_points", "A hair")
    assert beside.path[-1] == pytest.approx([1.0, 0.0], abs=0.01)
    near = beside.path[:40, 0]
    assert near[1:] / near[:-1] == pytest.approx(1.05, abs=1e-3)


def test_saddle_ten_times_nearer_costs_47_steps() -> None:
    shown = step("saddle_points", "How long").experiment
    escapes = []
    for start in (0.02, 0.002, 0.0002):
        path = runs(shown.replace(start=(start, 1.4)))[0].path
        escapes.append(int(np.argmax(path[:, 0] > 0.5)))
    assert np.diff(escapes) == pytest.approx(47, abs=1)


def test_saddle_adam_leaves_first() -> None:
    shown = step("saddle_points", "Who gets away")
    escapes = [int(np.argmax(np.abs(one.path[:, 0]) > 0.5)) for one in runs(shown.experiment)]
    assert escapes == [116, 59, 17]  # as the explanation says
    assert shown.ask is not None
    assert shown.ask.answer == "Adam"


def test_saddle_newton_walks_into_it_and_noise_leads_away() -> None:
    assert answer("saddle_points", "Newton").point == pytest.approx((0.0, 0.0), abs=1e-9)
    noisy = run("saddle_points", "Noise").path
    assert noisy[0, 0] == 0.0
    assert abs(noisy[-1, 0]) == pytest.approx(1.0, abs=0.1)


def test_saddle_the_monkey_saddle_is_flat_in_its_middle() -> None:
    shown = step("saddle_points", "Why it matters")
    assert Problem.of(shown.experiment).curvature(0.0, 0.0) == pytest.approx((0.0, 0.0), abs=1e-9)
    path = runs(shown.experiment)[0].path
    assert np.hypot(*path.T).min() < 0.35  # it comes to the middle
    assert np.hypot(*path[-1]) > 1.0  # and falls to a side


# -------------------------------------------------------------- batch norm


def test_batch_norm_the_ravine_comes_from_the_scale_of_the_inputs() -> None:
    raw = step("batch_norm", "A ravine").experiment
    assert Problem.of(raw).curvature(0.0, 0.0) == pytest.approx((1.5, 41.5), abs=0.05)
    shown = step("batch_norm", "Bring the inputs")
    after = shown.experiment.sides["after"]
    assert Problem.of(after).curvature(0.0, 0.0) == pytest.approx((0.75, 1.25), abs=0.01)
    edge = answer_of(shown).learning_rate
    assert edge == pytest.approx(2 / 1.2477, rel=2e-3)
    assert edge / (2 / 41.5) > 30


def test_batch_norm_the_length_of_the_weights_stops_to_matter() -> None:
    sides = step("batch_norm", "The length").experiment.sides
    for point in ((-1.0, 0.5), (2.0, 1.0)):
        plain, normed = (Problem.of(sides[name]) for name in ("before", "after"))
        assert float(normed.evaluate(2 * point[0], 2 * point[1])[0]) == pytest.approx(
            float(normed.evaluate(*point)[0]), rel=1e-4
        )
        once, twice = (float(plain.evaluate(scale * point[0], scale * point[1])[0]) for scale in (1, 2))
        assert abs(twice - once) > 0.01 * once


def test_batch_norm_the_gradient_goes_around_and_the_weights_grow() -> None:
    after = step("batch_norm", "A gradient").experiment.sides["after"]
    problem = Problem.of(after)
    gradients = []
    for scale in (1.0, 2.0):
        _, gx, gy = problem.evaluate(-2.0 * scale, 1.0 * scale)
        assert abs(-2.0 * gx + 1.0 * gy) / (np.hypot(gx, gy) * np.hypot(2, 1)) < 1e-4
        gradients.append(float(np.hypot(gx, gy)))
    assert gradients[1] == pytest.approx(gradients[0] / 2, rel=1e-3)
    lengths = np.hypot(*runs(after)[0].path.T)
    assert np.diff(lengths).min() > 0


def test_batch_norm_with_fixed_statistics_has_a_minimum_again() -> None:
    shown = step("batch_norm", "Training and using")
    before, after = (Problem.of(shown.experiment.sides[name]) for name in ("before", "after"))
    assert len(before.minima) == 0
    assert len(after.minima) == 1
    point = answer_of(shown).point
    assert point is not None
    assert np.hypot(*(np.array(point) - after.minima[0])) < 0.5


# -------------------------------------------------------------- regularization


def test_regularization_l2_shrinks_by_a_factor() -> None:
    assert run("regularization", "Two weights").path[-1] == pytest.approx([1.0, 0.2], abs=1e-6)
    assert answer("regularization", "L2").point == pytest.approx((0.5, 0.1), abs=1e-6)
    shown = step("regularization", "Tighten")
    for share in (0.0, 0.5, 1.0):
        moved = experiment_at(shown, share)
        end = runs(moved)[0].path[-1]
        assert end == pytest.approx(np.array([1.0, 0.2]) / (1 + moved.penalty.l2), abs=1e-6)


def test_regularization_l1_takes_an_amount_and_stops_at_zero() -> None:
    # Soft thresholding: the minimum of (w - a)^2 / 2 + l |w| is sign(a) max(|a| - l, 0).
    shown = step("regularization", "L1")
    point = answer_of(shown).point
    assert point is not None
    assert point[0] == pytest.approx(0.7, abs=1e-3)
    tail = runs(shown.experiment)[0].path[-50:, 1]
    assert np.abs(tail).max() <= 0.0101
    assert tail.min() < 0 < tail.max()  # it trembles about the crease
    moving = step("regularization", "A weight switched off")
    for share in (0.3, 0.6, 1.0):
        moved = experiment_at(moving, share)
        amount = moved.penalty.l1
        minimum = Problem.of(moved).minima[0]
        assert minimum == pytest.approx([max(1 - amount, 0), max(0.2 - amount, 0)], abs=1e-6)


def test_regularization_on_data() -> None:
    sides = step("regularization", "On real data").experiment.sides
    left, right = (Problem.of(sides[name]).minima[0] for name in ("before", "after"))
    assert left[1] > 0.05
    assert abs(right[1]) < 1e-6
    assert left[0] == pytest.approx(right[0], abs=0.04)


def test_regularization_separable_classes_have_no_minimum_until_there_is_a_penalty() -> None:
    endless = step("regularization", "Where there is no").experiment
    lengths = [float(np.hypot(*runs(endless.replace(steps=n))[0].path[-1])) for n in (400, 1600, 6400)]
    assert np.diff(lengths).min() > 1.0
    assert len(Problem.of(endless).minima) == 0
    after = step("regularization", "A penalty makes one").experiment.sides["after"]
    (found,) = runs(after)
    assert found.status == "converged"
    assert found.path[-1] == pytest.approx(Problem.of(after).minima[0], abs=1e-5)


# -------------------------------------------------------------- the numbers that the texts state


def stated(name: str, title: str, text: str, value: float) -> None:
    """Check that a step says `text`, and that the number in it is `value` to the last digit that is given."""
    shown = step(name, title)
    said = shown.text + (f"\n{shown.ask.question}\n{shown.ask.explanation}" if shown.ask is not None else "")
    assert text in said, (name, title, text)
    (found,) = re.findall(r"-?\d+(?:\.\d+)?", re.sub(r"[_^]\{?\d+\}?", "", text))
    digits = len(found.partition(".")[2])
    assert abs(value - float(found)) <= 0.5 * 10.0**-digits * (1.0 + 1e-9), (text, value)


def test_the_numbers_of_what_a_learning_rate_does() -> None:
    name = "learning_rate"
    low, high = Problem.of(step(name, "Downhill").experiment).curvature(0.0, 0.0)
    stated(name, "Downhill", "along $x$ its curvature is 1,", low)
    stated(name, "Downhill", "along $y$ it is 20.", high)
    start, end = run(name, "Too small").path[[0, -1]]
    stated(name, "Too small", r"^{120} \approx 0.79$", end[0] / start[0])
    stated(name, "Too small", r"^{120} \approx 0.007$", end[1] / start[1])
    stated(name, "As large", "the minimum, 5 % of the rest", 100 * 0.05 * low)
    stated(name, "Larger still", "moves by 8 % a step", 100 * 0.08 * low)
    stated(name, "Larger still", "= -0.6$", 1 - 0.08 * high)
    stated(name, "The edge", "= 0.1$", 2 / high)
    stated(name, "Over the edge", "$: each step is 4 % longer", 100 * (0.102 * high - 2))
    stated(name, "Over the edge", "is 2 % too much", 100 * (0.102 * high / 2 - 1))
    best = 2 / (low + high)
    stated(name, "So which", r"\approx 0.095$", best)
    stated(name, "So which", "both factors are about 0.905,", 1 - best * low)
    rosenbrock = Problem.of(step(name, "A surface whose").experiment).curvature(1.0, 1.0)[1]
    stated(name, "A surface whose", "curvature is about 1002,", rosenbrock)
    stated(name, "A surface whose", r"\approx 0.002$", 2 / rosenbrock)


def test_the_numbers_of_why_momentum() -> None:
    name = "momentum"
    low, high = Problem.of(step(name, "A ravine").experiment).curvature(0.0, 0.0)
    stated(name, "A ravine", "Curvature 1 along", low)
    stated(name, "A ravine", "curvature **100** along", high)
    stated(name, "A ravine", "here it is 100.", high / low)
    stated(name, "The dilemma", "= 0.02$", 2 / high)
    stated(name, "The dilemma", "= -0.8$", 1 - 0.018 * high)
    stated(name, "The dilemma", r"\approx -0.42$", run(name, "The dilemma").path[-1, 0])
    stated(name, "Who is there", "a learning rate of 0.1,", 0.01 / (1 - 0.9))
    assert "five times what the walls" in step(name, "Who is there").ask.explanation  # type: ignore[union-attr]
    assert 0.1 / (2 / high) == pytest.approx(5)
    stated(name, "How far", "= 0.038$", 2 * 1.9 / high)
    stated(name, "Along a valley", "= 12.5$", 1 / (1 - 0.92))
    assert "more than six times" in step(name, "Along a valley").ask.explanation  # type: ignore[union-attr]
    assert 6 < 12.5 / 2 < 7


def test_the_numbers_of_adam_taken_apart() -> None:
    name = "adam"
    first = step(name, "One learning rate").experiment
    problem = Problem.of(first)
    low, high = problem.curvature(0.0, 0.0)
    assert first.start is not None
    _, gx, gy = problem.evaluate(*first.start)
    stated(name, "One learning rate", "curvature 1 along", low)
    stated(name, "One learning rate", "and 100 across", high)
    stated(name, "One learning rate", "the gradient is 2.6 along", abs(gx))
    stated(name, "One learning rate", "and 90 across", abs(gy))
    moved = np.abs(np.diff(run(name, "One learning rate").path[:2], axis=0)[0])
    stated(name, "The first update", ": 0.1 along", moved[0])
    stated(name, "The first update", "and 0.1 across", moved[1])
    shown = step(name, "Why the hats")
    entrants = shown.experiment.entrants
    beta1, beta2 = (entrants[1].hyperparameters[key] for key in ("beta1", "beta2"))
    times = np.arange(1, 16)
    longer = (1 - beta1**times) / np.sqrt(1 - beta2**times)  # than with the correction, on the same gradients
    stated(name, "Why the hats", r"\approx 3.2\,", longer[0])
    assert "first steps are three to six times as long" in shown.ask.explanation  # type: ignore[union-attr]
    assert 3.0 < longer.min() < 3.5
    assert 6.0 < longer.max() < 7.0
    assert longer.argmin() == 0


def test_the_numbers_of_saddle_points() -> None:
    name = "saddle_points"
    problem = Problem.of(step(name, "Flat").experiment)
    low, high = problem.curvature(0.0, 0.0)
    stated(name, "Flat", "the curvature is $-1$", low)
    stated(name, "Flat", "$+1$ along", high)
    assert np.sort(problem.minima[:, 0]) == pytest.approx([-1.0, 1.0])
    stated(name, "How long", r"\approx 47$", np.log(10) / np.log(1.05))
    adam = runs(step(name, "Who gets away").experiment)[2].path
    stated(name, "Who gets away", "the step is 0.03 from", adam[1, 0] - adam[0, 0])
    assert Problem.of(step(name, "Newton").experiment).curvature(0.4, 1.4)[0] == pytest.approx(3 * 0.16 - 1)


def test_the_numbers_of_batch_norm() -> None:
    name = "batch_norm"
    raw = step(name, "A ravine").experiment
    data = surface_data("neuron", coefficients=raw.coefficients, choices=raw.choices)["x"]
    one, two = np.std(data, axis=0)
    xx, _, yy = (
        float(part[0])
        for part in hessian(
            "neuron", np.zeros(1), np.zeros(1), coefficients=raw.coefficients, choices=raw.choices
        )
    )
    stated(name, "A ravine", "are 5.1 times as large", two / one)
    stated(name, "A ravine", "along $w_2$ it is about 41.4,", yy)
    stated(name, "A ravine", "along $w_1$ about 1.6.", xx)
    stated(name, "A ravine", "That is 26 times", yy / xx)
    stated(name, "A ravine", r"\approx 26$", 5.1**2)
    assert "five times" in raw.title
    sides = step(name, "Bring the inputs").experiment.sides
    small, large = Problem.of(sides["after"]).curvature(0.0, 0.0)
    stated(name, "Bring the inputs", "are now 1.25 and", large)
    stated(name, "Bring the inputs", "and 0.75.", small)
    steep = Problem.of(sides["before"]).curvature(0.0, 0.0)[1]
    stated(name, "Bring the inputs", "the largest is 41.5,", steep)
    stated(name, "Bring the inputs", r"\approx 0.048$", 2 / steep)
    stated(name, "Bring the inputs", r"\approx 1.6$", 2 / large)
    assert 30 < steep / large < 35  # "more than thirty times"


def test_the_numbers_of_regularization() -> None:
    name = "regularization"
    point = answer(name, "L2").point
    assert point is not None
    stated(name, "L2", "At (0.5,", point[0])
    stated(name, "L2", ", 0.1).", point[1])
    stated(name, "L1", "At 0.7 and", Problem.of(step(name, "L1").experiment).minima[0][0])
    tail = np.abs(np.diff(run(name, "L1").path[-50:, 1]))
    stated(name, "L1", "within 0.01 of it", float(tail.max()))
    shown = step(name, "On real data").experiment
    data = surface_data("neuron", coefficients=shown.coefficients, choices=shown.choices)["x"]
    stated(name, "On real data", "A neuron on 256 samples", len(data))
    endless = step(name, "Where there is no").experiment
    end = runs(endless)[0].path[-1]
    once, twice = (float(Problem.of(endless).evaluate(*(scale * end))[0]) for scale in (1, 2))
    assert twice < once  # "doubling the weights makes ... the cross-entropy lower"
