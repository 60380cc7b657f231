"""Whose update is taken apart: only somebody who takes part, and they are followed through the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optviz.errors import InputError
from optviz.experiment import Experiment, View
from optviz.view import followed

FILE = """
surface = "sphere"
[view]
step_by_step = {place}
{more}
[[entrants]]
optimizer = "adam"
[[entrants]]
optimizer = "gd"
[[entrants]]
optimizer = "lion"
"""


def of(place: int, more: str = "") -> Experiment:
    return Experiment.loads(FILE.format(place=place, more=more))


def test_a_file_that_asks_for_nobody_is_refused_by_name() -> None:
    assert of(2).view.step_by_step == 2
    with pytest.raises(InputError, match=r"view\.step_by_step: 7 is not allowed; it must be 0 to 2$"):
        of(7)


def test_a_comparison_has_no_update_to_take_apart() -> None:
    with pytest.raises(InputError, match=r"view\.step_by_step: 1 is not allowed; .* a comparison has none$"):
        of(1, '[reshape]\nshow = "both"\n[reshape.after.penalty]\nl2 = 0.1')
    compared = of(1).replace(reshape={"after": {"penalty": {"l2": 0.1}}})
    assert compared.view.step_by_step is None
    assert compared.reshape is not None


@pytest.mark.parametrize(
    ("kept", "place", "then"),
    [
        ([1, 2], 1, 0),  # one before goes
        ([0, 2], 1, None),  # the one itself goes
        ([0, 1], 2, None),
        ([2, 1, 0], 0, 2),
        ([0, 0, 1, 2], 2, 3),
        ([0, 0, 1, 2], 0, 0),
    ],
)  # fmt: skip
def test_the_entrant_is_followed_through_the_list(kept: list[int], place: int, then: int | None) -> None:
    before = of(place)
    after = before.replace(entrants=tuple(before.entrants[i] for i in kept))
    assert after.view.step_by_step == then


def test_an_edited_entrant_and_another_surface_keep_it() -> None:
    one = of(1)
    slower = (one.entrants[0], one.entrants[1].replace(learning_rate=0.001), one.entrants[2])
    assert one.replace(entrants=slower).view.step_by_step == 1
    other: list[Any] = [one.entrants[0], {"optimizer": "rprop"}, one.entrants[2]]
    assert one.replace(entrants=other).view.step_by_step == 1
    assert one.replace(surface="beale").view.step_by_step == 1
    assert one.replace(surface="beale", entrants=one.entrants[:1]).view.step_by_step is None
    assert followed(5, one.entrants, one.entrants) is None


def test_asking_for_nobody_is_refused_in_code_as_well() -> None:
    one = of(1)
    with pytest.raises(InputError, match=r"view\.step_by_step: 9"):
        one.replace(view=replace(one.view, step_by_step=9))
    with pytest.raises(InputError, match=r"view\.step_by_step: 2 is not allowed; it must be 0 to 1"):
        one.replace(entrants=one.entrants[:2], view=replace(one.view, step_by_step=2))


def test_an_arrow_that_is_asked_for_twice_is_drawn_once() -> None:
    assert View(arrows=("update", "gradient", "gradient")).arrows == ("gradient", "update")
