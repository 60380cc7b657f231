"""The trainings that come with optviz: each is allowed, says its point, and differs in what it is about."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
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
        ("l2_and_dropout", 4, {0.0, 0.006}),
        ("schedules", 5, {"constant", "step", "exponential", "cosine", "one_cycle"}),
    ],
)
def test_a_preset_differs_in_what_it_is_about(name, place, values):
    assert {one[place] for one in differing(name)} == values  # type: ignore[index]


def test_they_stand_in_the_menu_under_their_page(qapp):
    from optviz.gui.topbar import _words

    assert _words(PATHS[0].stem) == "99 percent in three epochs"
    assert _words("05_batch_size_8_against_1024") == "Batch size 8 against 1024"


# -------------------------------------------------------------- what they claim, at a smaller scale


def outcome(
    path: Path, folder: Path, only: tuple[str, ...] = (), **smaller: object
) -> dict[str, tuple[list[float], list[float], float]]:
    """Train a preset; return by label its test losses and accuracies, and its last training loss."""
    torch = pytest.importorskip("torch")
    from optviz.training.folder import read_record
    from optviz.training.loop import TrainingRun

    if not os.environ.get("OPTVIZ_DATA_DIR"):
        pytest.skip("MNIST is not here")
    torch.set_num_threads(1)
    training = Training.load(path)
    entrants = tuple(one for one in training.entrants if not only or one.title in only)
    training = training.replace(entrants=entrants, threads=1, device="cpu", **smaller)
    for _ in TrainingRun(training, folder):
        pass
    found = {}
    for entrant, own in zip(training.entrants, read_record(folder).entrants, strict=True):
        losses, accuracies = ([getattr(j, name) for j in own.judgements] for name in ("loss", "accuracy"))
        each = max(1, own.steps // training.epochs)
        last = float(np.mean(own.column("loss")[-each:]))
        lost = own.status == "diverged"
        found[entrant.title] = (losses, [0.0] if lost or not accuracies else accuracies, last)
    return found


@cache
def preset(name: str) -> Path:
    return next(path for path in PATHS if name in path.stem)


def test_batch_norm_learns_at_a_rate_at_which_nothing_else_does(tmp_path):
    found = outcome(preset("batch_norm"), tmp_path / "run", train_limit=3000, epochs=2)
    assert found["rate 2, batch norm"][1][-1] > 0.85
    assert found["rate 2, without"][1][-1] < 0.3
    assert found["rate 0.05, without"][1][-1] > 0.4  # slowly


def test_six_sigmoid_layers_do_not_learn_and_six_relus_do(tmp_path):
    found = outcome(preset("sigmoid_against_relu"), tmp_path / "run", ("sigmoid", "ReLU"), epochs=3)
    assert found["sigmoid"][1][-1] < 0.2
    assert found["ReLU"][1][-1] > 0.85


def test_a_small_batch_is_further_after_the_same_images(tmp_path):
    found = outcome(preset("batch_size_8"), tmp_path / "run", train_limit=4000, epochs=1)
    first, second, third = (found[f"batch {size}"][0][-1] for size in (8, 64, 1024))
    assert first < second < third


def test_what_is_learned_by_heart_harms_unless_something_is_against_it(tmp_path):
    found = outcome(preset("l2_and_dropout"), tmp_path / "run", epochs=20)
    losses, _, last = found["nothing against it"]
    assert last < 0.01  # learned by heart
    assert losses[-1] > 1.1 * min(losses)  # and harmed by it
    assert found["L2"][0][-1] < 0.85 * losses[-1]
    assert found["dropout"][0][-1] < 0.95 * losses[-1]


def test_slowing_down_at_the_end_pays(tmp_path):
    found = outcome(preset("schedules"), tmp_path / "run", ("constant", "cosine"), train_limit=4000, epochs=3)
    assert found["cosine"][0][-1] < found["constant"][0][-1]
    assert found["cosine"][1][-1] > found["constant"][1][-1]
