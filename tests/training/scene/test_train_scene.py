"""What of a training is drawn at which frame, and in which range."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from training_records import LAYERS, news, record, training

from optviz.entrant import learning_rates
from optviz.training.record import EntrantRecord, News, Record
from optviz.training.scene.names import names
from optviz.training.scene.ranges import Extent, Usual, above, log_range
from optviz.training.scene.running_mean import RunningMean, look_back
from optviz.training.scene.scene import TrainScene
from optviz.training.scene.tables import curve_table, inside_table
from optviz.training.setting import Training


def grown(setting: Training, steps: list[int], **more: object) -> Record:
    """Return a record in which each entrant has done so many steps."""
    made = record(setting, share=0.0)
    for i, own in enumerate(made.entrants):
        own.take(news(setting, i, 0, steps[i], **more))
    return made


# -------------------------------------------------------------- frames


def test_frames_count_the_steps_of_whoever_takes_the_most():
    setting = Training(
        entrants=({"optimizer": "adam"}, {"optimizer": "adam", "changes": {"batch_size": 1024}}),
        epochs=2, batch_size=8, train_limit=4096,
    )  # fmt: skip
    scene = TrainScene(record(setting))
    assert (scene.last, scene.now) == (1024, 1024)
    assert [scene.steps_at(i, scene.last) for i in (0, 1)] == [1024, 8]
    assert [scene.steps_at(i, 512) for i in (0, 1)] == [512, 4]
    assert scene.epoch_at(512) == 1.0
    assert scene.frame_at(1.0) == 512


@pytest.mark.parametrize("done", [(0, 0), (1, 0), (1, 1), (17, 3), (700, 5), (1024, 8), (1024, 0)])
def test_now_shows_everything_known(done):
    setting = Training(
        entrants=({"optimizer": "adam"}, {"optimizer": "adam", "changes": {"batch_size": 1024}}),
        epochs=2, batch_size=8, train_limit=4096, interleave=False,
    )  # fmt: skip
    scene = TrainScene(grown(setting, list(done), looks=0))
    assert [scene.steps_at(i, scene.now) for i in (0, 1)] == list(done)


def test_frames_outside_and_entrants_that_are_not_there_are_the_nearest():
    scene = TrainScene(record(training(2, view={"entrant": 7})))
    assert scene.steps_at(0, -5) == 0
    assert scene.steps_at(0, 10**9) == scene.last
    assert scene.chosen == 1
    assert scene.look_at(7, scene.last) is scene.look_at(1, scene.last)
    assert scene.frame_at(math.nan) == scene.now


def test_looks_and_judgements_are_the_latest_of_the_frame():
    setting = training(1)
    scene = TrainScene(record(setting, looks=6))
    each = setting.steps_per_epoch(0)
    assert scene.judgement_at(0, each - 1) is None
    assert scene.judgement_at(0, each).epoch == 1
    assert scene.judgement_at(0, 3 * each - 1).epoch == 2
    assert scene.look_at(0, 0) is None
    for look in scene.record.entrants[0].looks:
        assert scene.look_at(0, look.step) is look
    assert len(scene.looks_until(0, scene.now)) == 6
    assert scene.tests_at(0, "accuracy", 2 * each)[0].tolist() == [1.0, 2.0]


def test_an_entrant_that_diverged_is_lost_from_its_last_step_on():
    setting = training(2)
    made = grown(setting, [300, 705])
    made.entrants[0].status = "diverged"
    scene = TrainScene(made)
    assert not scene.lost_at(0, 299)
    assert scene.lost_at(0, 300)
    assert scene.lost_at(0, scene.last)
    assert not scene.lost_at(1, scene.last)


# -------------------------------------------------------------- curves


@pytest.mark.parametrize("time", [1e-4, 0.014, 0.072, 0.3])
def test_the_running_mean_is_that_of_its_definition_however_it_grows(time):
    rng = np.random.default_rng(0)
    values = rng.normal(size=9000) + 3.0
    values[[3, 700]] = np.nan, np.inf
    epochs = np.cumsum(rng.uniform(1e-5, 0.01, 9000))
    epochs[5000:] += 50.0  # a gap in which everything is forgotten
    total = weight = 0.0
    expected, before = [], epochs[0]
    for value, epoch in zip(values.tolist(), epochs.tolist(), strict=True):
        keep = math.exp((before - epoch) / time)
        total, weight, before = keep * total, keep * weight, epoch
        if math.isfinite(value):
            total, weight = total + value, weight + 1.0
        expected.append(total / weight if math.isfinite(value) else math.nan)
    whole = RunningMean(time).of(values, epochs)
    np.testing.assert_allclose(whole, expected, rtol=1e-11)
    piecewise = RunningMean(time)
    for count in (1, 2, 3, 150, 151, 2047, 4500):
        piecewise.of(values[:count], epochs[:count])
    assert piecewise.of(values, epochs).tobytes() == whole.tobytes()


def test_no_smoothing_leaves_the_values():
    values = np.array([1.0, np.nan, 3.0])
    assert look_back(0.0) == 0.0
    assert RunningMean(look_back(0.0)).of(values, np.arange(3.0)) is values


def test_what_smoothing_means():
    assert look_back(0.9) == pytest.approx(1.0 / (1.0 / 0.3 - 100.0 * math.log(0.9)))
    backs = [look_back(one) for one in (0.01, 0.5, 0.9, 0.99, 0.999, 1.0 - 1e-12)]
    assert backs == sorted(backs)
    assert backs[-1] == pytest.approx(0.3)
    assert look_back(0.9, 10) == look_back(0.9)
    assert look_back(0.9, 50) == pytest.approx(5.0 * look_back(0.9))  # as far in the picture as of ten


@pytest.mark.parametrize("size", [8, 64, 1024])
def test_a_smoothed_loss_lags_as_little_whatever_the_batch(size):
    """On a straight slope an exponential mean lags by its time constant: at most 0.3 epochs."""
    setting = training(1, batch_size=size, train_limit=12_000, view={"smoothing": 0.999})
    made = record(setting, share=0.0)
    one = news(setting, 0, 0, setting.steps_of(0), looks=0)
    one.points[:, 2] = 10.0 - one.points[:, 1]  # a loss that falls by 1 an epoch
    made.entrants[0].take(one)
    series = TrainScene(made).curve(0, "loss")
    lag = series.mean - series.values
    assert lag.max() <= 0.3 + 1e-9
    assert lag[-1] == pytest.approx(0.29, abs=0.06)


def test_curves_follow_a_record_that_grows():
    setting = training(2)
    whole = TrainScene(record(setting, looks=0))
    made = record(setting, share=0.0)
    live = TrainScene(made)
    at = 0
    for end in (1, 2, 50, 51, 400, 705):
        for i, own in enumerate(made.entrants):
            own.take(news(setting, i, at, end, looks=0))
        at = end
        for key in ("loss", "accuracy", "learning_rate", "speed"):
            series, expected = live.curve(1, key), whole.curve(1, key)
            for name in ("epochs", "values", "mean"):
                np.testing.assert_array_equal(getattr(series, name), getattr(expected, name)[:end])
    layers = (scene.layer_curves(0, "update_ratio") for scene in (live, whole))
    for one, other in zip(*layers, strict=True):
        np.testing.assert_array_equal(one.mean, other.mean)


def test_speed_counts_images_by_the_clock():
    setting = training(1, batch_size=100, epochs=1)
    own = EntrantRecord(LAYERS)
    steps = np.arange(1.0, 601.0)
    points = np.zeros((600, 7))
    points[:, 0], points[:, 1], points[:, 6] = steps, steps / 600.0, 0.02 * steps  # 100 images in 20 ms
    own.take(News(points, np.empty((0, 9))))
    scene = TrainScene(Record(setting, (own,), np.empty((0, 1, 1), np.uint8), np.empty(0, np.int64)))
    np.testing.assert_allclose(scene.curve(0, "speed").values, 5000.0)


def test_planned_rates_are_those_of_the_schedule():
    setting = training(2)
    epochs, rates = TrainScene(record(setting, share=0.0)).planned_rates(1)
    np.testing.assert_array_equal(rates, learning_rates(setting.entrants[1], setting.steps_of(1)))
    assert epochs[-1] == setting.epochs


# -------------------------------------------------------------- ranges


def test_ranges_only_grow_and_in_few_steps():
    setting = training(3, view={"log": True})
    made = record(setting, share=0.0)
    scene = TrainScene(made)
    seen = {key: [] for key in ("loss", "gradient_norm", "update_ratio", "speed")}
    for at in range(0, 705, 5):
        for i, own in enumerate(made.entrants):
            own.take(news(setting, i, at, at + 5, looks=0))
        few = len(made.entrants[0].layer_steps) < 64  # what these say of layers is not kept
        for key, ranges in seen.items():
            if not few or key in ("loss", "speed"):
                ranges.append(scene.range(key))
    for key, ranges in seen.items():
        assert len(ranges) > 50
        lows, highs = [r.low for r in ranges], [r.high for r in ranges]
        assert lows == sorted(lows, reverse=True), key
        assert highs == sorted(highs), key
        assert len(set(ranges)) <= 5, (key, sorted(set(ranges)))


def test_a_rate_that_ends_at_nothing_takes_no_decades_from_the_others():
    step = np.arange(1.0, 2001.0)
    cosine = 0.5 * (1.0 + np.cos(np.pi * step / 2000.0))
    ratios = np.stack([1e-3 * cosine, 3e-3 * cosine], axis=1)
    ratios[-1] = 1e-12
    extent = Usual().of(ratios)
    assert 1e-7 < extent.low < 1e-5
    assert 2.9e-3 < extent.high < 4e-3
    # A layer far below the others is one that is usual for itself.
    both = np.stack([np.full(2000, 1e-9), np.full(2000, 1.0)], axis=1)
    assert Usual().of(both).low < 1.2e-9
    # One spike leaves the plot.
    both[1000] = 1e6
    assert Usual().of(both).high < 2.0


def test_what_is_usual_is_the_same_however_it_became_known():
    values = np.exp(np.random.default_rng(1).normal(size=(700, 3)))
    whole, parts = Usual(), Usual()
    for count in (1, 2, 40, 41, 333, 700):
        parts.of(values[:count])
    one, other = whole.of(values), parts.of(values)
    assert (one.low, one.high) == (other.low, other.high)


def test_layers_have_two_decades_at_least():
    scene = TrainScene(record(training(1), looks=0))
    for key in ("gradient_norm", "update_ratio"):
        low, high, log = scene.range(key)
        assert log
        assert high >= 99.0 * low


def test_a_curve_on_its_way_to_infinity_does_not_flatten_the_others():
    setting = training(2)
    made = record(setting, share=0.0)
    for i, own in enumerate(made.entrants):
        one = news(setting, i, 0, 300, looks=0)
        if i:
            one.points[100:, 2] = 2.3 * 1.5 ** np.arange(200)
        own.take(one)
    low, high, log = TrainScene(made).range("loss")
    assert (low, log) == (0.0, False)
    assert 2.3 < high <= 6.0


def test_what_is_not_finite_has_no_say_in_a_range():
    setting = training(1)
    made = record(setting, share=0.0)
    one = news(setting, 0, 0, 300, looks=0)
    before = record(setting, share=0.0)
    before.entrants[0].take(news(setting, 0, 0, 300, looks=0))
    one.points[10:20, 2:6], one.points[30, 2], one.points[40, 2:6] = np.nan, np.inf, -np.inf
    one.layer_points[3, 1:] = np.nan
    one.layer_points[4, 1:] = np.inf
    one.layer_points[5, 1:] = 0.0
    made.entrants[0].take(one)
    scene = TrainScene(made)
    for key in ("loss", "accuracy", "learning_rate", "gradient_norm", "update_ratio", "speed"):
        low, high, _ = scene.range(key)
        assert math.isfinite(low)
        assert math.isfinite(high)
        assert low < high
        expected = TrainScene(before).range(key)
        if key in ("gradient_norm", "update_ratio"):  # three rows fewer have their say
            assert 0.29 < low / expected.low < 3.4, key
            assert 0.29 < high / expected.high < 3.4, key
        else:
            assert (low, high) == expected[:2], key


def test_the_range_of_rates_is_that_of_the_plan():
    scene = TrainScene(record(training(2), share=0.0))
    low, high, log = scene.range("learning_rate")
    assert log
    assert low <= 0.001
    assert high >= 0.05
    close = TrainScene(record(training(1), share=0.0)).range("learning_rate")
    assert close.log is False
    assert close.low == 0.0
    assert 0.001 < close.high <= 0.002


@pytest.mark.parametrize("value", [1e-5, 0.3, 1.0, 2.31, 9.9, 7500.0, 1e12])
def test_round_numbers_are_above_and_near(value):
    high = above(value, 0.0)
    assert value <= high <= 1.5 * value * 1.01


def test_a_logarithmic_range_holds_its_extent():
    for low, high in ((0.011, 0.7), (1e-5, 2.9), (3.0, 3.0), (0.999, 1.001)):
        made = log_range(Extent().of(np.array([low, high])), 0.1, 1.0, 8.0, least=1.0)
        assert made.low <= low
        assert made.high >= high
        assert made.high >= 9.9 * made.low


# -------------------------------------------------------------- names, tables, imports


def test_entrants_of_one_optimizer_are_told_apart_by_what_differs():
    setting = Training(
        entrants=(
            {"optimizer": "gd", "learning_rate": 0.1},
            {"optimizer": "gd", "learning_rate": 0.1, "changes": {"model": {"batch_norm": False}}},
            {"optimizer": "adam", "label": "mine"},
            {"optimizer": "gd", "learning_rate": 0.1, "changes": {"model": {"batch_norm": False}}},
        )
    )
    found = names(setting)
    assert len(set(found)) == 4
    assert "with batch norm" in found[0]
    assert "without batch norm" in found[1]
    assert found[2] == "mine"


def test_hidden_entrants_are_not_drawn_and_keep_their_colour():
    setting = training(3)
    entrants = [one.replace(hidden=i == 1) for i, one in enumerate(setting.entrants)]
    scene = TrainScene(record(setting.replace(entrants=tuple(entrants))))
    assert [(line.entrant, line.index) for line in scene.lines] == [(0, 0), (2, 2)]


def test_tables_hold_the_record():
    setting = training(2, epochs=2)
    scene = TrainScene(record(setting, looks=3))
    header, rows = curve_table(scene, "loss")
    assert header == ["entrant", "step", "epoch", "loss", "running_mean", "test_loss"]
    assert len(rows) == sum(own.steps for own in scene.record.entrants)
    own = scene.record.entrants[0]
    assert [row[3] for row in rows[: own.steps]] == own.column("loss").tolist()
    assert [row[5] for row in rows if row[5] != ""][:2] == [one.loss for one in own.judgements]
    assert len(curve_table(scene, "speed", 10)[1]) == 20
    header, rows = curve_table(scene, "gradient_norm")
    assert len(rows) == sum(own.gradient_norms.size for own in scene.record.entrants)
    assert rows[0][3:] == [LAYERS[0], float(own.gradient_norms[0, 0])]
    header, rows = inside_table(scene, "filters")
    assert len(rows) == 16 * 9
    assert rows[10][3] == float(own.looks[-1].filters[1, 0, 1])
    bars = [row for row in inside_table(scene, "histograms")[1] if row[0] == 1 and row[3] == "weights"]
    assert sum(row[-1] for row in bars) == sum(int(one.weights.counts.sum()) for one in own.looks[0].layers)
    assert len(inside_table(scene, "dead")[1]) == 3 * 3
    assert inside_table(TrainScene(record(setting, share=0.0)), "activations")[1] == []


def test_a_value_that_is_not_a_number_is_an_empty_field():
    made = record(training(1), share=0.1)
    made.entrants[0].points[3, 2] = np.nan
    assert curve_table(TrainScene(made), "loss")[1][3][3] == ""


def test_a_scene_needs_neither_qt_nor_torch():
    code = (
        "import sys, optviz.training.scene.scene, optviz.training.scene.tables; "
        "print([m for m in ('PySide6', 'torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_records_of_tests_are_the_same_however_they_are_told():
    setting = training(1)
    whole, parts = record(setting), record(setting, share=0.0)
    for first, end in ((0, 100), (100, 400), (400, 705)):
        parts.entrants[0].take(news(setting, 0, first, end))
    np.testing.assert_array_equal(whole.entrants[0].points, parts.entrants[0].points)
    np.testing.assert_array_equal(whole.entrants[0].gradient_norms, parts.entrants[0].gradient_norms)
    steps = [[one.step for one in made.entrants[0].judgements] for made in (whole, parts)]
    assert steps[0] == steps[1] == [235, 470, 705]
