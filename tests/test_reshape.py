"""Comparisons: what lies between two settings, and their table in the experiment file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optviz
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.problem import Problem
from optviz.reshape import at_morph, build_reshape, frames_of
from optviz.setting import MORPH_FRAMES, Reshape, Setting
from optviz.surfaces import SURFACES

TEXT = """
title = "Batch norm"
surface = "neuron"
steps = 40
batch_size = 16
seed = 3
[choices]
activation = "tanh"
[reshape]
show = "both"
morph = 0.25
film = "morph"
linked_view = false
linked_scale = false
[reshape.before]
xlim = [-2.0, 2.0]
[reshape.before.penalty]
l1 = 0.01
[reshape.after]
batch_size = 0
ylim = [-1, 3]
[reshape.after.coefficients]
feature_scale = 10
[reshape.after.choices]
batch_norm = true
[reshape.after.penalty]
l2 = 0.1
[[entrants]]
optimizer = "adam"
[[entrants]]
optimizer = "gd"
learning_rate = 0.2
"""


def compared(show="both", morph=0.5, before=None, after=None, surface="neuron", **fields):
    return Experiment(
        surface, [{"optimizer": "sgd", "learning_rate": 0.1}, {"optimizer": "adam"}],
        **{"steps": 30, **fields},
        reshape={"show": show, "morph": morph, "before": before or {}, "after": after or {}},
    )  # fmt: skip


TANH, RELU = {"choices": {"activation": "tanh"}}, {"choices": {"activation": "relu"}, "penalty": {"l2": 0.3}}


# ------------------------------------------------------------------ the file


def test_everything_in_the_file_arrives() -> None:
    experiment = Experiment.loads(TEXT)
    before, after = experiment.sides["before"], experiment.sides["after"]
    assert before.choices["batch_norm"] is False
    assert after.choices["batch_norm"] is True
    assert before.choices["activation"] == after.choices["activation"] == "tanh"
    assert (before.penalty.l1, before.penalty.l2) == (0.01, 0.0)
    assert (after.penalty.l1, after.penalty.l2) == (0.0, 0.1)
    assert (before.coefficients["feature_scale"], after.coefficients["feature_scale"]) == (1.0, 10.0)
    assert (before.batch_size, after.batch_size) == (16, 0)
    assert before.xlim == (-2.0, 2.0)
    assert before.ylim == SURFACES["neuron"].domain[1]
    assert (after.xlim, after.ylim) == (SURFACES["neuron"].domain[0], (-1.0, 3.0))
    assert before.entrants == after.entrants == experiment.entrants
    assert before.reshape is None
    assert Experiment.loads(experiment.dumps()) == experiment
    assert frames_of(experiment) == MORPH_FRAMES


def test_linked_views_show_the_same() -> None:
    experiment = Experiment.loads(TEXT.replace("linked_view = false", "linked_view = true"))
    assert experiment.sides["before"].xlim == experiment.sides["after"].xlim == experiment.xlim


BAD = {
    "an unknown key": ("morph = 0.25", "morfh = 0.25", "'morfh'"),
    "an unknown mode": ('show = "both"', 'show = "three"', "both, morph"),
    "an unknown film": ('film = "morph"', 'film = "noir"', "race, morph"),
    "a morph beyond the end": ("morph = 0.25", "morph = 1.5", "≤ 1"),
    "a morph that is none": ("morph = 0.25", "morph = nan", "nan"),
    "yes as a text": ("linked_view = false", 'linked_view = "no"', "linked_view"),
    "an unknown side": ("[reshape.after]\n", "[reshape.later]\n", "'later'"),
    "an unknown part": ("[reshape.before]\n", "[reshape.before]\nstart = [1, 1]\n", "'start'"),
    "an unknown coefficient": ("feature_scale = 10", "depth = 10", "'depth'"),
    "a coefficient out of bounds": ("feature_scale = 10", "feature_scale = 0.5", "≥ 1"),
    "an unknown choice": ("batch_norm = true", "layer_norm = true", "'layer_norm'"),
    "an option that is none": ("batch_norm = true", "batch_norm = 1", "batch_norm"),
    "an unknown penalty": ("l2 = 0.1", "l3 = 0.1", "'l3'"),
    "a negative penalty": ("l2 = 0.1", "l2 = -0.1", "≥ 0"),
    "more of a batch than samples": ("batch_size = 0", "batch_size = 300", "256 samples"),
    "a batch of one under batch norm": ("batch_size = 0", "batch_size = 1", "at least 2"),
    "a swapped view": ("ylim = [-1, 3]", "ylim = [3, -1]", "ylim"),
    "a side that is a number": (
        "[reshape.before]\nxlim = [-2.0, 2.0]\n[reshape.before.penalty]\nl1 = 0.01\n",
        "before = 3\n",
        "before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_in_one_line(name) -> None:
    old, new, part = BAD[name]
    assert old in TEXT
    if name == "a side that is a number":
        text = TEXT.replace(old, "").replace("[reshape]\n", "[reshape]\n" + new)
    else:
        text = TEXT.replace(old, new)
    with pytest.raises(InputError) as error:
        Experiment.loads(text, "race.toml")
    message = str(error.value)
    assert message.startswith("race.toml")
    assert part in message
    assert "\n" not in message


def test_a_comparison_that_is_no_table() -> None:
    for value in (3, "both", [1, 2], True):
        with pytest.raises(InputError, match="reshape"):
            Experiment("neuron", [{"optimizer": "gd"}], reshape=value)


def values_of(declared):
    """A strategy for some of the knobs, in their bounds."""

    def one(knob):
        low, high = knob.minimum, knob.maximum
        if knob.kind == "int":
            return st.integers(int(low or 0), int(min(high or 4096, 4096)))
        return st.floats(low, high, allow_nan=False, allow_infinity=False, exclude_min=knob.open_minimum)

    return st.fixed_dictionaries({}, optional={knob.name: one(knob) for knob in declared if knob.name != "m"})


@st.composite
def comparisons(draw):
    names = ["neuron", "chain", "deep_chain", "logistic_regression", "rosenbrock"]
    surface = SURFACES[draw(st.sampled_from(names))]
    options = {choice.name: st.sampled_from(choice.options) for choice in surface.choices}
    limits = st.none() | st.tuples(st.floats(-1e6, -1e-3), st.floats(1e-3, 1e6))
    sizes = st.none() | (st.sampled_from([0, 2, 8, 256]) if surface.model else st.just(0))
    weight = st.floats(0, 1e9)

    def side():
        return Setting(
            draw(values_of(surface.coefficients)),
            draw(st.fixed_dictionaries({}, optional=options)),
            draw(st.fixed_dictionaries({}, optional={"l1": weight, "l2": weight})),
            draw(sizes),
            draw(limits),
            draw(limits),
        )

    return Experiment(
        surface.id,
        [{"optimizer": "adam"}],
        reshape=Reshape(
            side(), side(), draw(st.sampled_from(["both", "morph"])), draw(st.floats(0, 1)),
            draw(st.sampled_from(["race", "morph"])), draw(st.booleans()), draw(st.booleans()),
        ),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(comparisons())
def test_written_and_read_back_it_is_equal(experiment) -> None:
    again = Experiment.loads(experiment.dumps())
    assert again == experiment
    assert again.sides == experiment.sides
    assert Experiment.of(experiment.resolved()).resolved() == experiment.resolved()


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["before", "after", "coefficients", "choices", "penalty", "l1", "l2", "xlim", "ylim",
                         "batch_size", "batch_norm", "gamma", "show", "morph", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_anything_at_all_gives_a_comparison_or_one_line(value) -> None:
    message = ""
    try:
        experiment = Experiment("neuron", [{"optimizer": "gd"}], reshape=value)
        assert Experiment.loads(experiment.dumps()) == experiment
    except InputError as error:
        message = str(error)
    assert "\n" not in message


# ------------------------------------------------------------------ in between


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_the_mixture_is_the_weighted_sum(share) -> None:
    experiment = compared("morph", share, TANH, RELU)
    between = build_reshape(experiment).between.problem
    x, y = np.random.default_rng(0).uniform(-6, 6, (2, 60))
    sides = [{"choices": s["choices"], "penalty": s.get("penalty", {})} for s in (TANH, RELU)]

    def mixed(ask):
        a, b = (np.array(ask("neuron", x, y, **side)) for side in sides)
        return (1 - share) * a + share * b

    assert between.loss(x, y) == pytest.approx(mixed(optviz.loss), rel=1e-12)
    assert np.array(between.gradient(x, y)) == pytest.approx(mixed(optviz.gradient), rel=1e-12, abs=1e-14)
    assert np.array(between.hessian(x, y)) == pytest.approx(mixed(optviz.hessian), rel=1e-12, abs=1e-14)
    xs, ys = np.linspace(-6, 6, 31), np.linspace(-6, 6, 21)
    assert between.raster(xs, ys) == pytest.approx(between.loss(*np.meshgrid(xs, ys)), rel=1e-12)


@pytest.mark.parametrize("batch_size", [0, 16])
def test_at_its_ends_the_mixture_is_the_side(batch_size) -> None:
    for share, name in ((0.0, "before"), (1.0, "after")):
        made = build_reshape(compared("morph", share, TANH, RELU, batch_size=batch_size, noise=0.05))
        side = getattr(made, name)
        for mixed, own in zip(made.between.run.entrants, side.run.entrants, strict=True):
            assert mixed.path == pytest.approx(own.path, rel=1e-9, abs=1e-12)
            assert mixed.loss == pytest.approx(own.loss, rel=1e-9)


def test_the_race_between_runs_on_the_mixture() -> None:
    made = build_reshape(compared("morph", 0.3, TANH, RELU))
    run = made.between.run.entrants[0]
    sides = [{"choices": s["choices"], "penalty": s.get("penalty", {})} for s in (TANH, RELU)]
    a, b = (np.stack(optviz.gradient("neuron", *run.path[:-1].T, **side), axis=1) for side in sides)
    assert run.grad == pytest.approx(0.7 * a + 0.3 * b, rel=1e-9, abs=1e-12)


def test_both_sides_race_as_they_would_alone() -> None:
    experiment = compared("both", 0.5, TANH, RELU, batch_size=16, noise=0.1)
    made = build_reshape(experiment)
    assert made.between is None
    assert made.shown == (made.before, made.after)
    for scene, name in ((made.before, "before"), (made.after, "after")):
        alone = optviz.simulate(experiment.sides[name])
        for one, other in zip(scene.run.entrants, alone.entrants, strict=True):
            assert np.array_equal(one.path, other.path)


def test_a_film_from_before_to_after() -> None:
    experiment = compared("both", 0.5, TANH, RELU)
    assert frames_of(experiment) == 30
    first, last = at_morph(experiment, 0), at_morph(experiment, MORPH_FRAMES)
    assert (first.reshape.morph, last.reshape.morph) == (0.0, 1.0)
    point = np.array([0.7]), np.array([-1.2])
    assert build_reshape(first).main.problem.loss(*point) == pytest.approx(
        Problem.of(experiment.sides["before"]).loss(*point)
    )
    assert build_reshape(last).main.problem.loss(*point) == pytest.approx(
        Problem.of(experiment.sides["after"]).loss(*point)
    )


def test_what_no_change_concerns_is_taken_over() -> None:
    first = build_reshape(compared("both", 0.5, TANH, {"penalty": {"l2": 0.1}}))
    second = build_reshape(compared("both", 0.5, TANH, {"penalty": {"l2": 0.2}}), previous=first)
    assert second.before.run is first.before.run
    assert second.after.run is not first.after.run
    fresh = build_reshape(compared("both", 0.5, TANH, {"penalty": {"l2": 0.2}}))
    for one, other in zip(second.after.run.entrants, fresh.after.run.entrants, strict=True):
        assert np.array_equal(one.path, other.path)


def test_formulas_are_compared_too() -> None:
    made = build_reshape(compared("morph", 0.5, {}, {"penalty": {"l2": 2.0}}, surface="booth"))
    x, y = np.array([0.5]), np.array([2.0])
    assert made.main.problem.loss(x, y) == pytest.approx(optviz.loss("booth", x, y) + 0.5 * (0.25 + 4.0))
    (minimum,) = made.main.minima
    assert np.abs(np.array(made.main.problem.gradient(*minimum))).max() < 1e-9
