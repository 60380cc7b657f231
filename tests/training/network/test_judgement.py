"""The judgement of a network, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support
from torch import nn
from undisturbed import left_alone, prepare

from optviz.training.network.judgement import judge, per_class
from optviz.training.network.models import build
from optviz.training.record import Judgement
from optviz.training.setting import ModelSetting

torch.set_num_threads(1)


class Told(nn.Module):
    """Says what the first ten pixels say."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1)[:, :10]


def case(n: int, seed: int = 0, scale: float = 2.0) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    random = np.random.default_rng(seed)
    images = torch.from_numpy(scale * random.standard_normal((n, 1, 4, 4)))
    labels = torch.from_numpy(random.integers(0, 10, n))
    raw = random.integers(0, 256, (n, 4, 4), dtype=np.uint8)
    return images, labels, raw


def judged(images: torch.Tensor, labels: torch.Tensor, raw: np.ndarray, **more: int) -> Judgement:
    return judge(Told(), images, labels, raw, epoch=2, step=9, **more)


@pytest.mark.parametrize(("n", "chunk"), [(1003, 100), (1003, 5000), (7, 1), (1, 250)])
def test_against_scikit_learn(n, chunk) -> None:
    images, labels, raw = case(n)
    told = judged(images, labels, raw, chunk=chunk)
    probabilities = images.flatten(1)[:, :10].softmax(dim=1).numpy()
    said, true = probabilities.argmax(1), labels.numpy()
    assert (told.epoch, told.step) == (2, 9)
    assert told.loss == pytest.approx(log_loss(true, probabilities, labels=range(10)), rel=1e-9)
    assert told.accuracy == np.mean(said == true)
    assert told.confusion.dtype == np.int64
    np.testing.assert_array_equal(told.confusion, confusion_matrix(true, said, labels=range(10)))

    wrong = [(-probabilities[i].max(), i) for i in range(n) if said[i] != true[i]]
    worst = [i for _, i in sorted(wrong)[:24]]
    np.testing.assert_array_equal(told.worst_index, worst)
    np.testing.assert_array_equal(told.worst_images, raw[worst])
    np.testing.assert_array_equal(told.worst_true, true[worst])
    np.testing.assert_array_equal(told.worst_said, said[worst])
    np.testing.assert_allclose(told.worst_confidence, probabilities.max(1)[worst], rtol=1e-6)
    assert told.worst_confidence.dtype == np.float32
    assert told.worst_images.dtype == np.uint8
    assert told.worst_index.dtype == told.worst_true.dtype == told.worst_said.dtype == np.int64


def test_nothing_wrong() -> None:
    images, _, raw = case(50)
    told = judged(images, images.flatten(1)[:, :10].argmax(1), raw)
    assert told.accuracy == 1.0
    assert told.worst_images.shape == (0, 4, 4)
    assert len(told.worst_confidence) == len(told.worst_said) == 0


def test_many_images_are_summed_exactly() -> None:
    """In single precision the sum of 200,000 losses would be off by 1e-4 of itself."""
    n = 200_000
    images = torch.zeros(n, 1, 2, 5)
    told = judged(images, torch.zeros(n, dtype=torch.int64), np.zeros((n, 2, 5), np.uint8))
    assert told.loss == pytest.approx(np.log(10.0), rel=1e-6)
    assert told.accuracy == 1.0  # of equals, the first is what it said


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_what_is_no_number_is_wrong_and_no_answer(odd) -> None:
    images, labels, raw = case(60)
    images[10:20, 0, 0, 0] = odd
    labels[10:20] = 0
    told = judged(images, labels, raw)
    kept = [i for i in range(60) if not 10 <= i < 20]
    rest = judged(images[kept], labels[kept], raw[kept])
    assert np.isnan(told.loss)
    np.testing.assert_array_equal(told.confusion, rest.confusion)
    assert told.confusion.sum() == 50
    assert told.accuracy == pytest.approx(rest.accuracy * 50 / 60)
    assert not set(told.worst_index) & set(range(10, 20))
    assert np.isfinite(told.worst_confidence).all()


def test_a_network_of_nan_is_never_right() -> None:
    images, labels, raw = case(30)
    told = judged(images * float("nan"), labels, raw)
    assert told.accuracy == 0.0
    assert told.confusion.sum() == len(told.worst_index) == 0
    assert all(np.isfinite(v).all() for v in per_class(told.confusion).values())


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm", "transformer"])
def test_judging_changes_nothing(kind) -> None:
    network = build(ModelSetting(kind=kind, hidden=(6,), channels=(2,), width=8, dropout=0.5), (8, 8), 0)
    images = torch.randn(30, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    prepare(network, images)
    labels, raw = torch.arange(30) % 10, np.zeros((30, 8, 8), np.uint8)
    with left_alone(network):
        first = judge(network, images, labels, raw, epoch=1, step=1)
    second = judge(network, images, labels, raw, epoch=1, step=1, chunk=7)
    assert first.loss == pytest.approx(second.loss, rel=1e-6)  # no dropout, no statistics of the batch
    network.eval()
    expected = nn.functional.cross_entropy(network(images), labels).item()
    assert first.loss == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("missing", [(), (3,), (0, 9)])
@pytest.mark.parametrize("absent", [(), (5,), (3,)])
def test_classes_against_scikit_learn(missing, absent) -> None:
    random = np.random.default_rng(1)
    true = random.choice([c for c in range(10) if c not in absent], 400)
    said = np.where(random.random(400) < 0.6, true, random.integers(0, 10, 400))
    said[np.isin(said, missing)] = 1  # never said
    told = per_class(confusion_matrix(true, said, labels=range(10)))
    for average, prefix in ((None, ""), ("macro", "macro_")):
        expected = precision_recall_fscore_support(
            true, said, labels=range(10), average=average, zero_division=0.0
        )
        for name, value in zip(("precision", "recall", "f1"), expected, strict=False):
            np.testing.assert_allclose(told[prefix + name], value, rtol=1e-12)
    assert isinstance(told["precision"], list)
    assert all(type(v) is float for v in [*told["f1"], told["macro_f1"]])  # for JSON
