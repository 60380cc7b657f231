"""The session of a comparison: both sides of one experiment, its history, and what is only looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_for
from optviz.gui.reshape import edits as edits
from optviz.gui.reshape.session import ReshapeSession

ENTRANTS = ({"optimizer": "gd", "learning_rate": 0.1}, {"optimizer": "adam", "learning_rate": 0.1})


@pytest.fixture(scope="module")
def comparison():
    experiment = Experiment(
        "neuron", ENTRANTS, steps=40, coefficients={"m": 32},
        reshape={"after": {"penalty": {"l2": 0.5}}},
    )  # fmt: skip
    for kernel in kernels_for(experiment):
        assert kernel.compiled is not None
    return experiment


@pytest.fixture
def session(qapp, comparison):
    made = ReshapeSession(comparison)
    made.compute()
    yield made
    made.close()


def test_both_sides_are_computed_and_told_once(session, qtbot):
    told = []
    session.reshape_changed.connect(told.append)
    session.scene_changed.connect(told.append)
    session.compute()
    whole = session.reshape_scene
    assert told == [whole, whole.main]
    assert session.side("before").scene is whole.before
    assert session.side("after").scene is whole.after
    assert session.side("between").scene is None
    assert whole.before.experiment.penalty.l2 == 0.0
    assert whole.after.experiment.penalty.l2 == 0.5


def test_an_experiment_without_a_comparison_gets_one(qapp, comparison):
    session = ReshapeSession(comparison.replace(reshape=None))
    assert session.experiment.sides["before"] != session.experiment.sides["after"]
    session.change("surface", surface="linear_regression")
    assert session.experiment.sides["after"].penalty.l2 == 0.1
    session.undo_stack.undo()
    assert session.experiment.surface == "neuron"


def test_a_start_set_by_either_side_moves_both(session):
    session.side("after").change("start", "start", start=(1.0, -2.0))
    assert all(side.start_point == (1.0, -2.0) for side in session.experiment.sides.values())
    session.undo_stack.undo()
    assert session.experiment.start is None


def test_only_the_side_that_is_changed_is_raced_again(session):
    before, after = session.reshape_scene.before, session.reshape_scene.after
    l2 = {one.key: one for one in edits.items_of(session.experiment.declared_surface)}["penalty.l2"]
    session.edit(edits.with_value(session.experiment, l2, 0.7, "after"), "λ")
    session.compute()
    assert session.reshape_scene.before.run is before.run
    assert session.reshape_scene.after.run is not after.run


def test_a_drag_is_one_step_and_each_edit_can_be_taken_back(session):
    first = session.experiment
    l2 = {one.key: one for one in edits.items_of(first.declared_surface)}["penalty.l2"]
    for value in (0.6, 0.7, 0.8):
        session.edit(edits.with_value(session.experiment, l2, value, "after"), "λ", "penalty.l2 after")
    session.end_drag()
    session.edit(edits.swapped(session.experiment), "swap")
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert session.experiment.sides["after"].penalty.l2 == 0.8
    session.undo_stack.undo()
    assert session.experiment == first


def test_looking_is_no_step_of_the_history_and_survives_one(session):
    l2 = {one.key: one for one in edits.items_of(session.experiment.declared_surface)}["penalty.l2"]
    session.edit(edits.with_value(session.experiment, l2, 0.9, "after"), "λ")
    session.look(show="morph", morph=0.25, linked_scale=False)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    reshape = session.reshape
    assert (reshape.show, reshape.morph, reshape.linked_scale) == ("morph", 0.25, False)
    assert session.experiment.sides["after"].penalty.l2 == 0.5


def test_linked_views_move_together_and_unlinked_ones_do_not(session):
    before, after = session.side("before"), session.side("after")
    after.set_view(replace(after.experiment.view, xlim=(0.0, 1.0), ylim=(0.0, 1.0)))
    assert before.experiment.xlim == after.experiment.xlim == (0.0, 1.0)
    session.link_views(False)
    assert before.experiment.xlim == after.experiment.xlim == (0.0, 1.0)  # nothing jumps
    after.set_view(replace(after.experiment.view, xlim=(2.0, 3.0), ylim=(2.0, 3.0)))
    assert (before.experiment.xlim, after.experiment.xlim) == ((0.0, 1.0), (2.0, 3.0))
    after.set_view(replace(after.experiment.view, xlim=None, ylim=None))  # the whole surface
    assert after.experiment.xlim == session.experiment.declared_surface.domain[0]
    assert session.undo_stack.count() == 0
    session.link_views(True)
    assert before.experiment.xlim == after.experiment.xlim == (0.0, 1.0)


def test_the_mixture_is_there_while_morphing(session):
    session.look(show="morph", morph=0.5)
    session.compute()
    whole = session.reshape_scene
    assert session.scene is whole.between is session.side("between").scene
    point = (0.4, -0.3)
    middle = 0.5 * (whole.before.problem.loss(*point) + whole.after.problem.loss(*point))
    assert whole.between.problem.loss(*point) == pytest.approx(middle, abs=1e-12)


def test_it_is_saved_and_opened_whole(session, tmp_path):
    session.look(show="morph", morph=0.75)
    session.save(tmp_path / "a.toml")
    other = ReshapeSession(Experiment("chain", ENTRANTS))
    other.load(tmp_path / "a.toml")
    assert other.experiment == session.experiment
    other.undo_stack.undo()
    assert other.experiment.surface == "chain"


def test_what_is_forbidden_changes_nothing(session):
    from optviz.errors import InputError

    experiment = session.experiment
    batch = {one.key: one for one in edits.items_of(experiment.declared_surface)}["batch_size.batch_size"]
    with pytest.raises(InputError, match=r"reshape\.after: batch_size"):
        edits.with_value(experiment, batch, 33, "after")
    assert session.experiment is experiment


def test_a_slow_surface_comes_behind_the_window_coarse_first(qapp, qtbot):
    from optviz.problem import Problem

    slow = Experiment("network_plane", ENTRANTS[:1], steps=5, coefficients={"layers": 1, "neurons": 2})
    assert Problem.of(slow).slow
    made = ReshapeSession(slow)
    for kernel in made._kernels():
        assert kernel.compiled is not None
    grids: list[tuple[int, int]] = []
    made.reshape_changed.connect(lambda s: grids.append((s.before.problem.grid, s.after.problem.grid)))
    made.compute()
    assert made.waiting
    assert grids == []  # nothing was waited for
    qtbot.waitUntil(lambda: len(grids) >= 2, timeout=60_000)
    assert grids[0] == (13, 13)
    assert grids[1][0] > 13
    made.close()
