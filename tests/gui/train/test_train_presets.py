"""The trainings that come with optviz: each is allowed, says its point, and differs in what it is about."""

from __future__ import annotations

import pytest

from optviz import resources
from optviz.gui.train.values import small_version
from optviz.training.setting import TRAIN_SIZES, Training

PATHS = resources.training_presets()


def test_the_first_is_the_one_that_reaches_99_percent():
    training = Training.load(PATHS[0])
    (entrant,) = training.entrants
    assert "99 %" in training.title
    assert (training.dataset, training.train_limit) == ("mnist", 0)
    assert (training.epochs, training.batch_size) == (3, 256)
    assert training.model.kind == "cnn"
    assert (entrant.optimizer, entrant.learning_rate, entrant.schedule.name) == ("adam", 0.01, "one_cycle")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_preset_is_a_training_with_a_title_and_ends_in_time(path):
    training = Training.load(path)
    assert len(training.title) > 20
    assert len(training.title) <= 80
    assert Training.loads(training.dumps()) == training
    seen = training.epochs * training.images * len(training.entrants)
    assert seen <= 300_000  # half a minute to some minutes on two cores
    assert len(training.entrants) <= 6


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_preset_has_a_small_version_for_want_of_data(path):
    small = small_version(Training.load(path))
    assert small.dataset == "digits"
    assert all(one.batch_size <= TRAIN_SIZES["digits"] for one in small.resolved_entrants)
    assert [e.optimizer for e in small.entrants] == [e.optimizer for e in Training.load(path).entrants]


def differing(name: str) -> set[object]:
    training = next(Training.load(path) for path in PATHS if name in path.stem)
    pairs = zip(training.entrants, training.resolved_entrants, strict=True)
    return {
        (own.model.activation, own.model.batch_norm, own.model.dropout, own.batch_size, own.penalty.l2,
         one.schedule.name, one.optimizer, own.model.kind)
        for one, own in pairs
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "place", "values"),
    [
        ("optimizers_race", 6, {"sgd", "momentum", "adagrad", "rmsprop", "adam", "lion"}),
        ("batch_norm", 1, {True, False}),
        ("sigmoid_against_relu", 0, {"sigmoid", "relu", "tanh"}),
        ("batch_size_8_against_1024", 3, {8, 64, 1024}),
        ("l2_and_dropout", 2, {0.0, 0.5}),
        ("l2_and_dropout", 4, {0.0, 0.01}),
        ("schedules", 5, {"constant", "step", "exponential", "cosine", "one_cycle"}),
    ],
)
def test_a_preset_differs_in_what_it_is_about(name, place, values):
    assert {one[place] for one in differing(name)} == values  # type: ignore[index]


def test_they_stand_in_the_menu_under_their_page(qapp):
    from optviz.gui.topbar import _words

    assert _words(PATHS[0].stem) == "99 percent in three epochs"
    assert _words("05_batch_size_8_against_1024") == "Batch size 8 against 1024"
