"""Edits of a comparison: one value for both sides or one each, and nothing else changes."""

from __future__ import annotations

import pytest

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.reshape import edits as edits

ENTRANTS = ({"optimizer": "gd", "learning_rate": 0.1},)


def comparison(surface="neuron", **reshape):
    return Experiment(surface, ENTRANTS, coefficients={"m": 32}, reshape=reshape)


def item(experiment, key):
    return {one.key: one for one in edits.items_of(experiment.declared_surface)}[key]


def test_everything_a_setting_may_change_is_offered_once():
    experiment = comparison()
    keys = [one.key for one in edits.items_of(experiment.declared_surface)]
    assert len(keys) == len(set(keys))
    surface = experiment.declared_surface
    expected = {f"choices.{c.name}" for c in surface.choices}
    expected |= {f"coefficients.{k.name}" for k in surface.coefficients}
    assert set(keys) == expected | {"penalty.l1", "penalty.l2", "batch_size.batch_size"}
    formula = Experiment("rosenbrock", ENTRANTS)
    assert "batch_size.batch_size" not in {i.key for i in edits.items_of(formula.declared_surface)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("choices.activation", "relu"),
        ("coefficients.feature_scale", 7.0),
        ("penalty.l2", 0.25),
        ("batch_size.batch_size", 8),
    ],
)
def test_a_value_of_one_side_leaves_the_other_alone(key, value):
    experiment = comparison()
    one = item(experiment, key)
    old = edits.value_of(experiment, one)
    changed = edits.with_value(experiment, one, value, "after")
    assert edits.value_of(changed, one, "after") == value != old
    assert edits.value_of(changed, one, "before") == old == edits.value_of(changed, one)
    assert edits.is_split(changed, one)
    assert edits.differs(changed, one)
    assert not edits.is_split(experiment, one)
    both = edits.with_value(experiment, one, value)
    assert [edits.value_of(both, one, side) for side in ("before", "after")] == [value, value]


@pytest.mark.parametrize(
    "key", ["choices.activation", "coefficients.gamma", "penalty.l1", "batch_size.batch_size"]
)
def test_splitting_changes_no_value_and_linking_takes_the_one_before(key):
    experiment = comparison()
    one = item(experiment, key)
    parted = edits.split(experiment, one)
    assert edits.is_split(parted, one)
    assert not edits.differs(parted, one)
    values = {"choices.activation": ("elu", "relu"), "batch_size.batch_size": (4, 8)}.get(key, (0.5, 2.0))
    for side, value in zip(("before", "after"), values, strict=True):
        parted = edits.with_value(parted, one, value, side)
    tied = edits.linked(parted, one)
    assert not edits.is_split(tied, one)
    assert {edits.value_of(tied, one, side) for side in ("before", "after", "")} == {values[0]}
    # It is the same in the file.
    assert Experiment.loads(tied.dumps()) == tied


def test_swapping_twice_is_nothing():
    experiment = comparison(before={"penalty": {"l2": 0.3}}, after={"choices": {"batch_norm": True}})
    swapped = edits.swapped(experiment)
    assert swapped.sides["after"] == experiment.sides["before"]
    assert swapped.sides["before"] == experiment.sides["after"]
    assert edits.swapped(swapped) == experiment


def test_linking_does_not_stumble_over_a_value_only_the_other_side_forbids():
    # Before: 2 samples a step; after: all 32. Linked at once there never is a batch of 40 of 32 samples.
    experiment = Experiment(
        "neuron", ENTRANTS, coefficients={"m": 32},
        reshape={"before": {"coefficients": {"m": 64}, "batch_size": 40}, "after": {}},
    )  # fmt: skip
    assert edits.linked(experiment, item(experiment, "coefficients.m")).coefficients["m"] == 64
    with pytest.raises(InputError, match="batch_size"):
        edits.linked(experiment, item(experiment, "batch_size.batch_size"))


@pytest.mark.parametrize("surface", ["neuron", "chain", "deep_chain"])
def test_a_surface_with_batch_norm_begins_with_it_off_and_on(surface):
    sides = edits.compared(Experiment(surface, ENTRANTS)).sides
    assert [side.choices["batch_norm"] for side in sides.values()] == [False, True]


@pytest.mark.parametrize("surface", ["linear_regression", "logistic_regression", "rosenbrock"])
def test_any_other_begins_without_and_with_l2(surface):
    sides = edits.compared(Experiment(surface, ENTRANTS)).sides
    assert [side.penalty.l2 for side in sides.values()] == [0.0, 0.1]


def test_a_comparison_that_is_there_stays():
    experiment = comparison(after={"penalty": {"l1": 0.5}})
    assert edits.compared(experiment) is experiment
