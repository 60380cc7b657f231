"""The loop: fair, the same as a plain torch loop, and the same again after a stop."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from idx_server import small_set
from torch.nn import functional

from optviz.errors import InputError
from optviz.training import checkpoint, folder
from optviz.training.course import order_of
from optviz.training.loop import TrainingRun
from optviz.training.metrics import lines_of
from optviz.training.record import POINT_COLUMNS, EntrantRecord, News, Record
from optviz.training.setting import Training
from optviz.training.trained import open_networks


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def small(**changes: Any) -> Training:
    known: dict[str, Any] = {
        "dataset": "digits",
        "train_limit": 200,
        "epochs": 2,
        "batch_size": 32,
        "device": "cpu",
        "threads": 1,
        "model": {"kind": "mlp", "hidden": [12], "dropout": 0.2},
        "entrants": [{"optimizer": "adam", "learning_rate": 0.01}],
    }
    return Training(**{**known, **changes})


def trained(training: Training, place: Path, **options: Any) -> tuple[TrainingRun, Record]:
    run = TrainingRun(training, place, **options)
    record = Record.empty(run.training)
    for entrant, layers in zip(record.entrants, run.opening.layers, strict=True):
        entrant.layers = layers
    for snapshot in run:
        record.take(snapshot)
    return run, record


def metrics(place: Path) -> list[str]:
    return (place / "entrant_0/metrics.jsonl").read_text().splitlines()


def write_set(place: Path, seed: int) -> None:
    for name, content in small_set(seed, 120, 30).items():
        (place / name).write_bytes(content)


class Pulled(BaseException):
    """The plug was: nothing is written any more."""


class Until:
    """Says "run" so many times, then something else."""

    def __init__(self, steps: int, then: str = "stop") -> None:
        self.left, self.then = steps, then

    def __call__(self) -> str:
        self.left -= 1
        return self.then if self.left < 0 else "run"


FOUR = [
    {"optimizer": "adam", "learning_rate": 0.01},
    {"optimizer": "sgd", "learning_rate": 0.1},
    {"optimizer": "schedule_free_adamw", "learning_rate": 0.01},
    {"optimizer": "rprop", "learning_rate": 0.001, "schedule": {"name": "constant"}},
]


@pytest.mark.parametrize("interleave", [True, False])
def test_entrants_start_from_the_same_weights_and_see_the_same_batches(
    tmp_path: Path, interleave: bool
) -> None:
    run = TrainingRun(small(entrants=FOUR, interleave=interleave), tmp_path / "run")
    starts = [torch.nn.utils.parameters_to_vector(course.network.parameters()) for course in run.courses]
    assert all(torch.equal(start, starts[0]) for start in starts)
    seen: list[list[bytes]] = [[] for _ in run.courses]
    for course, batches in zip(run.courses, seen, strict=True):

        def note(module: Any, given: Any, batches: list[bytes] = batches) -> None:
            if module.training:
                batches.append(given[0].numpy().tobytes())

        course.network.register_forward_pre_hook(note)
    list(run)
    assert len(seen[0]) == run.training.steps
    assert all(batches == seen[0] for batches in seen)
    summaries = [json.loads((tmp_path / f"run/entrant_{i}/summary.json").read_text()) for i in range(4)]
    for name in ("start_sha256", "order_sha256"):
        assert len({summary[name] for summary in summaries}) == 1
    ends = [torch.nn.utils.parameters_to_vector(course.network.parameters()) for course in run.courses]
    assert not any(torch.equal(end, starts[0]) for end in ends)


def test_another_seed_gives_other_weights_and_batches(tmp_path: Path) -> None:
    one = TrainingRun(small(), tmp_path / "one")
    other = TrainingRun(small(seed=1), tmp_path / "other")
    assert one.courses[0].start_digest != other.courses[0].start_digest
    assert not np.array_equal(order_of(one.training, 0), order_of(other.training, 0))
    assert not np.array_equal(order_of(one.training, 0), order_of(one.training, 1))
    assert sorted(order_of(one.training, 1)) == list(range(200))


def test_the_numbers_are_those_of_a_plain_torch_loop(tmp_path: Path) -> None:
    """Written apart: images from scikit-learn, a Sequential, torch.optim.Adam, torch's own scheduler."""
    training = small(
        train_limit=0,
        precision="float64",
        model={"kind": "mlp", "hidden": [16], "batch_norm": True, "activation": "tanh"},
        penalty={"l1": 1e-3, "l2": 1e-2},
        entrants=[
            {
                "optimizer": "adam",
                "learning_rate": 0.02,
                "schedule": {"name": "step", "gamma": 0.5, "period": 7},
            }
        ],
    )
    run = TrainingRun(training, tmp_path / "run")
    start = {name: value.clone() for name, value in run.courses[0].network.state_dict().items()}
    record = Record.empty(training)
    for snapshot in run:
        record.take(snapshot)
    net = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(64, 16), torch.nn.BatchNorm1d(16), torch.nn.Tanh(),
        torch.nn.Linear(16, 10),
    ).double()  # fmt: skip
    net.load_state_dict(dict(zip(net.state_dict(), start.values(), strict=True)))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 7, 0.5)
    raw = run.data.train_images
    pixels = torch.from_numpy(raw / 255.0)
    x = ((pixels - pixels.mean()) / pixels.std(correction=0)).unsqueeze(1)
    y = torch.from_numpy(run.data.train_labels)
    losses, accuracies, norms, rates = [], [], [], []
    for epoch in range(2):
        order = np.random.default_rng([0, epoch]).permutation(len(x))
        for first in range(0, len(x), 32):
            chosen = order[first : first + 32]
            if len(chosen) < 2:
                continue
            optimizer.zero_grad()
            logits = net(x[chosen])
            weights = [net[1].weight, net[4].weight]
            penalty = sum(1e-3 * w.abs().sum() + 0.5e-2 * (w**2).sum() for w in weights)
            loss = functional.cross_entropy(logits, y[chosen]) + penalty
            loss.backward()
            losses.append(loss.item())
            accuracies.append((logits.argmax(1) == y[chosen]).double().mean().item())
            norms.append(math.sqrt(sum((p.grad**2).sum().item() for p in net.parameters())))
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    entrant = record.entrants[0]
    assert entrant.steps == len(losses) == training.steps
    np.testing.assert_allclose(entrant.column("loss"), losses, rtol=1e-8)
    np.testing.assert_allclose(entrant.column("accuracy"), accuracies, rtol=1e-12)
    np.testing.assert_allclose(entrant.column("gradient_norm"), norms, rtol=1e-7)
    np.testing.assert_allclose(entrant.column("learning_rate"), rates, rtol=1e-12)
    np.testing.assert_allclose(entrant.column("epoch")[[0, -1]], [2 / training.steps, 2.0])


def test_layers_are_measured(tmp_path: Path) -> None:
    """Gradient norms per layer make up the whole; a step of plain SGD is the rate times the gradient."""
    training = small(
        precision="float64",
        model={"kind": "mlp", "hidden": [12, 8], "batch_norm": False},
        entrants=[{"optimizer": "sgd", "learning_rate": 0.05}],
    )
    run = TrainingRun(training, tmp_path / "run")
    course = run.courses[0]
    before = {n: [p.detach().clone() for p in ps] for n, ps in course.network.layer_parameters().items()}
    course.step()
    news = course.news()
    (row,) = news.layer_points
    gradient, ratio = np.split(row[1:], 2)
    assert np.sqrt((gradient**2).sum()) == pytest.approx(news.points[0, POINT_COLUMNS.index("gradient_norm")])
    for i, name in enumerate(course.layers):
        length = math.sqrt(sum((p**2).sum().item() for p in before[name]))
        assert ratio[i] == pytest.approx(0.05 * gradient[i] / length, rel=1e-6)


@pytest.fixture(scope="module", params=["mlp", "cnn"])
def never_stopped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, TrainingRun, Record]:
    model = {"kind": request.param, "hidden": [12], "channels": [4], "dropout": 0.3, "batch_norm": True}
    entrants = [*FOUR, {"optimizer": "sgd", "momentum": 0.9, "schedule": {"name": "one_cycle"}}]
    place = tmp_path_factory.mktemp("straight")
    return place, *trained(small(model=model, entrants=entrants), place)


@pytest.mark.parametrize("at", [1, 5, 7, 12])
def test_going_on_is_as_if_never_stopped(
    tmp_path: Path, at: int, never_stopped: tuple[Path, TrainingRun, Record]
) -> None:
    place, whole, straight = never_stopped
    training = whole.training
    _, first = trained(training, tmp_path / "run", wanted=Until(at * 5 + 2))
    assert first.state == "stopped"
    assert {one.status for one in first.entrants} == {"stopped"}
    again, second = trained(training, tmp_path / "run", resume=True)
    for i, course in enumerate(again.courses):
        after = first.entrants[i].steps
        for column in ("step", "loss", "accuracy", "gradient_norm", "learning_rate"):
            whole_column = straight.entrants[i].column(column)
            np.testing.assert_array_equal(first.entrants[i].column(column), whole_column[:after])
            np.testing.assert_array_equal(second.entrants[i].column(column), whole_column[after:])
        ends = (whole.courses[i].network.state_dict(), course.network.state_dict())
        for name, value in ends[0].items():
            assert torch.equal(value, ends[1][name]), name
        assert checkpoint.digest(ends[0]) == checkpoint.digest(ends[1])
    lines = [lines_of(run / "entrant_0/metrics.jsonl") for run in (place, tmp_path / "run")]
    for line in (*lines[0], *lines[1]):
        line.pop("seconds", None)
    assert lines[0] == lines[1]
    record = folder.read_record(tmp_path / "run")
    assert [judged.epoch for judged in record.entrants[0].judgements] == [1, 2]
    assert record.state == "done"


def test_a_pause_changes_nothing(tmp_path: Path) -> None:
    _, straight = trained(small(), tmp_path / "straight")
    until = Until(4, "pause")
    run = TrainingRun(small(), tmp_path / "run", wanted=until)
    record = Record.empty(run.training)
    states = []
    for snapshot in run:
        record.take(snapshot)
        states.append(snapshot.state)
        if snapshot.state == "paused":
            assert record.entrants[0].steps == 4
            assert checkpoint.newest(tmp_path / "run/entrant_0")["step"] == 4  # type: ignore[index]
            until.left = 1000
    assert "paused" in states
    assert states[-1] == "done"
    np.testing.assert_array_equal(record.entrants[0].column("loss"), straight.entrants[0].column("loss"))


def test_killed_between_checkpoints_it_goes_on_from_the_last(tmp_path: Path) -> None:
    training = small()
    _, straight = trained(training, tmp_path / "straight")
    until = Until(10)

    def pulled() -> str:
        if until() == "stop":
            raise Pulled
        return "run"

    with pytest.raises(Pulled):
        trained(training, tmp_path / "run", wanted=pulled)
    with open(tmp_path / "run/entrant_0/metrics.jsonl", "a") as file:
        file.write('{"step": 99, "loss"')  # torn in the middle
    _, second = trained(training, tmp_path / "run", resume=True)
    assert second.entrants[0].column("step")[0] == 8  # the first epoch has seven
    after = int(second.entrants[0].column("step")[0]) - 1
    np.testing.assert_array_equal(
        second.entrants[0].column("loss"), straight.entrants[0].column("loss")[after:]
    )
    read = folder.read_record(tmp_path / "run")
    np.testing.assert_array_equal(read.entrants[0].column("loss"), straight.entrants[0].column("loss"))


def test_what_is_read_back_is_what_was_told(tmp_path: Path) -> None:
    run, live = trained(small(entrants=FOUR[:2]), tmp_path / "run")
    read = folder.read_record(tmp_path / "run")
    assert read.state == live.state == "done"
    assert read.training.entrants == live.training.entrants
    np.testing.assert_array_equal(read.images, run.opening.images)
    assert (read.done, read.total) == (live.done, live.total)
    for one, other in zip(read.entrants, live.entrants, strict=True):
        assert one.layers == other.layers
        assert (one.status, one.why, one.summary) == (other.status, other.why, other.summary)
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.gradient_norms, other.gradient_norms)
        np.testing.assert_array_equal(one.update_ratios, other.update_ratios)
        assert [look.step for look in one.looks] == [look.step for look in other.looks]
        assert len(one.looks) >= 3
        for mine, theirs in zip(one.looks, other.looks, strict=True):
            np.testing.assert_array_equal(mine.filters, theirs.filters)
            np.testing.assert_array_equal(mine.layers[0].weights.counts, theirs.layers[0].weights.counts)
        for mine_, theirs_ in zip(one.judgements, other.judgements, strict=True):
            np.testing.assert_array_equal(mine_.confusion, theirs_.confusion)
            np.testing.assert_array_equal(mine_.worst_images, theirs_.worst_images)


def test_the_run_folder_holds_what_it_should(tmp_path: Path) -> None:
    training = small(title="Öl ∇")
    run, record = trained(training, tmp_path / "run")
    text = (tmp_path / "run/training.toml").read_text("utf-8")
    assert Training.loads(text) == run.training
    assert "sha256" in text or "scikit-learn" in text
    assert 'torch = "' in text
    lines = [json.loads(line) for line in metrics(tmp_path / "run")]
    steps = [line for line in lines if "test_loss" not in line]
    tests = [line for line in lines if "test_loss" in line]
    assert [line["step"] for line in steps] == list(range(1, training.steps + 1))
    for line in steps:
        assert {
            "step",
            "epoch",
            "loss",
            "accuracy",
            "learning_rate",
            "gradient_norm",
            "seconds",
        } <= line.keys()
    assert [line["epoch"] for line in tests] == [1, 2]
    summary = json.loads((tmp_path / "run/entrant_0/summary.json").read_text())
    matrix = np.array(summary["confusion_matrix"])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == 360
    assert summary["test_accuracy"] == pytest.approx(np.trace(matrix) / 360) == tests[-1]["test_accuracy"]
    assert {
        "precision",
        "recall",
        "f1",
        "parameters",
        "images_per_second",
        "device",
        "seconds",
    } <= summary.keys()
    state = torch.load(tmp_path / "run/entrant_0/checkpoint.pt", weights_only=True)
    for name, value in run.courses[0].network.state_dict().items():
        assert torch.equal(state["model"][name], value)
    with np.load(tmp_path / "run/entrant_0/path.npz") as path:
        end = torch.nn.utils.parameters_to_vector(run.courses[0].network.parameters()).detach().numpy()
        assert path["steps"][0] == 0
        assert path["steps"][-1] == training.steps
        np.testing.assert_array_equal(path["weights"][-1], end)
        names = [one["name"] for one in json.loads(str(path["meta"]))["parameters"]]
        assert names == [name for name, _ in run.courses[0].network.named_parameters()]
    assert record.entrants[0].judgements[-1].accuracy == summary["test_accuracy"]


def test_digits_are_learned(tmp_path: Path) -> None:
    training = small(
        train_limit=0, epochs=12, batch_size=64, model={"kind": "cnn", "channels": [16, 32], "hidden": [64]},
        entrants=[{"optimizer": "adam", "learning_rate": 0.005, "schedule": {"name": "one_cycle"}}],
    )  # fmt: skip
    run, record = trained(training, tmp_path / "run")
    assert record.entrants[0].judgements[-1].accuracy >= 0.97
    # The networks of the folder answer as the live one does.
    image, label = run.data.test_images[0], run.data.test_labels[0]
    said = run.predict(0, image)
    assert said.argmax() == label
    assert said.sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(open_networks(tmp_path / "run").predict(0, image), said, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "schedule_free_sgd"])
def test_divergence_is_told_and_the_others_go_on(tmp_path: Path, optimizer: str) -> None:
    entrants = [{"optimizer": optimizer, "learning_rate": 1e30}, {"optimizer": "adam"}]
    _, record = trained(
        small(entrants=entrants, model={"kind": "mlp", "batch_norm": False}), tmp_path / "run"
    )
    wild, calm = record.entrants
    assert wild.status == "diverged"
    assert "1e+30" in wild.why
    assert f"step {wild.steps} " in wild.why
    assert not math.isfinite(wild.column("loss")[-1])
    assert calm.status == "done"
    assert calm.steps == record.training.steps
    read = folder.read_record(tmp_path / "run")
    assert read.entrants[0].status == "diverged"
    assert math.isnan(read.entrants[0].column("loss")[-1])
    for line in metrics(tmp_path / "run"):
        json.loads(line, parse_constant=pytest.fail)


def test_batch_sizes_of_their_own_go_side_by_side(tmp_path: Path) -> None:
    entrants = [{"optimizer": "sgd"}, {"optimizer": "sgd", "changes": {"batch_size": 8}}]
    training = small(entrants=entrants, model={"kind": "mlp", "batch_norm": False})
    assert (training.steps_of(0), training.steps_of(1)) == (14, 50)
    run = TrainingRun(training, tmp_path / "run")
    apart = 0.0
    for course in run.courses:
        step = course.step

        def noted(step: Any = step) -> int:
            nonlocal apart
            count = int(step())
            apart = max(apart, abs(run.courses[0].share - run.courses[1].share))
            return count

        course.step = noted  # type: ignore[method-assign]
    list(run)
    assert apart <= 1 / 14 + 1e-9
    first = run.courses[1].batch_at(0), run.courses[0].batch_at(0)
    np.testing.assert_array_equal(first[0], first[1][:8])


def test_following_another_digit(tmp_path: Path) -> None:
    run = TrainingRun(small(epochs=3), tmp_path / "run")
    record = Record.empty(run.training)
    for snapshot in run:
        record.take(snapshot)
        run.follow(5)
    digits = [look.digit for look in record.entrants[0].looks]
    assert digits[0] == 0
    assert digits[-1] == 5


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"epochs": 3}, "epochs: it is 3, but"),
        ({"seed": 1}, "seed: it is 1, but"),
        ({"model": {"kind": "mlp", "hidden": [13]}}, r"model.hidden: it is \(13,\), but"),
        (
            {"entrants": [{"optimizer": "adam", "learning_rate": 0.02}]},
            "entrant 1: learning_rate: it is 0.02",
        ),
        ({"entrants": [{"optimizer": "sgd"}]}, "entrant 1: optimizer: it is 'sgd'"),
        ({"entrants": FOUR}, "entrants: it is 4"),
    ],
)
def test_only_the_same_training_goes_on(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    trained(small(), tmp_path / "run", wanted=Until(3))
    with pytest.raises(InputError, match=part):
        TrainingRun(small(**changes), tmp_path / "run", resume=True)
    TrainingRun(small(threads=0, device="auto", step="auto"), tmp_path / "run", resume=True)


def test_a_new_run_never_overwrites(tmp_path: Path) -> None:
    trained(small(), tmp_path / "run", wanted=Until(1))
    with pytest.raises(InputError, match="holds a training already"):
        TrainingRun(small(), tmp_path / "run")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/precious.txt").write_text("mine")
    with pytest.raises(InputError, match="no run folder"):
        TrainingRun(small(), tmp_path / "full")
    with pytest.raises(InputError, match="no folder"):
        TrainingRun(small(), tmp_path / "not/there")
    with pytest.raises(InputError, match=r"cannot be read|no run folder"):
        TrainingRun(small(), tmp_path / "full", resume=True)
    assert (tmp_path / "full/precious.txt").read_text() == "mine"


def test_files_of_ones_own_may_hold_fewer_images(tmp_path: Path) -> None:
    source = tmp_path / "own"
    source.mkdir()
    write_set(source, 0)
    training = small(dataset="mnist", data_dir=str(source), train_limit=0, batch_size=50)
    run, record = trained(training, tmp_path / "run", wanted=Until(3))
    assert run.training.train_limit == 120
    assert run.training.steps == 6
    again, rest = trained(training, tmp_path / "run", resume=True)
    assert again.courses[0].finished
    assert record.entrants[0].steps + rest.entrants[0].steps == 6
    with pytest.raises(InputError, match="train_limit"):
        TrainingRun(training.replace(train_limit=100), tmp_path / "run", resume=True)
    write_set(source, 1)
    with pytest.raises(InputError, match="have changed"):
        TrainingRun(training, tmp_path / "run", resume=True)


def test_all_images_are_not_a_part_of_them(tmp_path: Path) -> None:
    trained(small(), tmp_path / "run", wanted=Until(1))
    with pytest.raises(InputError, match="train_limit: 1437 images are asked for"):
        TrainingRun(small(train_limit=0), tmp_path / "run", resume=True)


def test_a_diverged_entrant_keeps_its_last_point_when_the_others_go_on(tmp_path: Path) -> None:
    entrants = [{"optimizer": "sgd", "learning_rate": 1e30}, {"optimizer": "adam"}]
    training = small(entrants=entrants, model={"kind": "mlp", "batch_norm": False})
    _, first = trained(training, tmp_path / "run", wanted=Until(12))
    again, _ = trained(training, tmp_path / "run", resume=True)
    assert again.opening.resumed is not None
    read = folder.read_record(tmp_path / "run")
    for record in (again.opening.resumed, read):
        np.testing.assert_array_equal(record.entrants[0].points[:, :5], first.entrants[0].points[:, :5])
        assert record.entrants[0].status == "diverged"
    assert read.entrants[1].status == "done"
    assert read.done == read.total


def test_what_is_told_twice_is_taken_once(tmp_path: Path) -> None:
    _, whole = trained(small(), tmp_path / "run")
    points = whole.entrants[0].points.copy()
    layers = np.empty((0, 1 + 2 * len(whole.entrants[0].layers)))
    entrant = EntrantRecord(whole.entrants[0].layers)
    for first, more in ((0, 9), (5, 14)):
        entrant.take(News(points[first:more], layers))
    np.testing.assert_array_equal(entrant.points, points[:14])


def test_a_stop_while_the_test_set_is_tried_is_made_up_for(tmp_path: Path) -> None:
    """The first question of the first judging is answered with "stop"."""
    _, straight = trained(small(), tmp_path / "straight")
    asked: list[int] = []

    def wanted() -> str:
        run = runs[0] if runs else None
        if run is not None and run.courses[0].unjudged:
            asked.append(run.courses[0].done)
            return "stop" if len(asked) > 1 else "run"  # the loop's own question, then that of the judging
        return "run"

    runs: list[TrainingRun] = []
    runs.append(TrainingRun(small(), tmp_path / "run", wanted=wanted))
    for _ in runs[0]:
        pass
    assert asked[:2] == [7, 7]
    assert not runs[0].courses[0].all_judgements
    trained(small(), tmp_path / "run", resume=True)
    read = folder.read_record(tmp_path / "run")
    assert [one.epoch for one in read.entrants[0].judgements] == [1, 2]
    accuracies = [one.accuracy for one in straight.entrants[0].judgements]
    assert [one.accuracy for one in read.entrants[0].judgements] == accuracies
    np.testing.assert_array_equal(read.entrants[0].column("loss"), straight.entrants[0].column("loss"))


def test_an_unplugged_device_is_gone_on_without(tmp_path: Path) -> None:
    trained(small(), tmp_path / "run", wanted=Until(3))
    place = tmp_path / "run/training.toml"
    known = place.read_text()
    place.write_text(known.replace('device = "cpu"', 'device = "cuda"').replace('"kernel"', '"torch"'))
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(InputError, match="another network or optimizer"):  # the kernel's memory is no twin's
        TrainingRun(small(device="auto", step="auto"), tmp_path / "run", resume=True)


def test_the_networks_of_a_folder_follow_a_digit(tmp_path: Path) -> None:
    run, record = trained(small(), tmp_path / "run")
    networks = open_networks(tmp_path / "run")
    for digit in (0, 5):
        here, there = run.look_at(0, digit), networks.look_at(0, digit)
        assert here.digit == there.digit == digit
        np.testing.assert_allclose(here.probabilities, there.probabilities, atol=1e-6)
        for one, other in zip(here.layers, there.layers, strict=True):
            np.testing.assert_allclose(one.activations, other.activations, atol=2e-3)
    last = record.entrants[0].looks[-1]
    np.testing.assert_allclose(last.probabilities, run.look_at(0, 0).probabilities, atol=1e-5)
