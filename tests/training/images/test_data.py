"""Data sets as arrays: the right numbers, the right ways round, and what is said when there are none."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from idx_server import NAMES, idx_bytes, serving, small_set, source_of

from optviz.errors import InputError
from optviz.training.images import sources
from optviz.training.images.data import Data, load
from optviz.training.setting import DATASETS, IMAGE_SIZES, TEST_SIZES, TRAIN_SIZES

REAL = os.environ.get("OPTVIZ_DATA_DIR", "")
FILES = small_set(5)


@pytest.fixture(autouse=True)
def _no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTVIZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("OPTVIZ_DATA_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    for dataset in sources.SOURCES:
        source = source_of(FILES, "http://127.0.0.1:9/", title=sources.SOURCES[dataset].title)
        monkeypatch.setitem(sources.SOURCES, dataset, source)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a data set of a person's own."""
    generator = np.random.default_rng(9)
    folder = tmp_path / "own"
    folder.mkdir()
    values = (
        generator.integers(0, 256, (30, 28, 28)),
        generator.permutation(30) % 10,
        generator.integers(0, 256, (10, 28, 28)),
        np.arange(10),
    )
    for name, one in zip(NAMES, values, strict=True):
        (folder / name.removesuffix(".gz")).write_bytes(idx_bytes(one))
    np.savez(tmp_path / "values.npz", *values)
    return folder


def test_arrays_are_what_the_files_hold(own: Path) -> None:
    data = load("mnist", own)
    images, labels, test_images, test_labels = np.load(own.parent / "values.npz").values()
    assert np.array_equal(data.train_images, images)
    assert np.array_equal(data.train_labels, labels)
    assert np.array_equal(data.test_images, test_images)
    assert np.array_equal(data.test_labels, test_labels)
    assert (data.train_images.dtype, data.train_labels.dtype) == (np.uint8, np.int64)
    assert data.train_images.flags.c_contiguous
    assert data.train_images.flags.writeable
    assert (data.mean, data.std) == pytest.approx((images.mean() / 255, images.std() / 255), rel=1e-12)
    assert data.dataset == "mnist"
    assert data.source == f"MNIST, not the published files, from {own}"
    assert data.checksums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in own.iterdir()
    }


def test_a_limit_takes_the_first_and_measures_them_alone(own: Path) -> None:
    data, whole = load("mnist", own, 7), load("mnist", own)
    assert np.array_equal(data.train_images, whole.train_images[:7])
    assert np.array_equal(data.train_labels, whole.train_labels[:7])
    assert len(data.test_images) == 10
    first = whole.train_images[:7] / 255
    assert (data.mean, data.std) == pytest.approx((first.mean(), first.std()), rel=1e-12)
    assert len(load("mnist", own, 1000).train_images) == 30


def test_images_all_alike_can_be_normalized(own: Path) -> None:
    (own / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.full((30, 28, 28), 51)))
    data = load("mnist", own)
    assert (data.mean, data.std) == (pytest.approx(0.2), 1.0)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("train-labels-idx1-ubyte", idx_bytes(np.zeros(29)), "30 images, but .* 29 labels"),
        ("t10k-labels-idx1-ubyte", idx_bytes(np.full(10, 10)), "label 0 is 10"),
        ("t10k-images-idx3-ubyte", idx_bytes(np.zeros((10, 8, 8))), "8 × 8 pixels; 28 × 28 are needed"),
        ("train-images-idx3-ubyte", b"", "train-images-idx3-ubyte' is empty"),
    ],
)
def test_damage_is_told(own: Path, name: str, content: bytes, says: str) -> None:
    (own / name).write_bytes(content)
    with pytest.raises(InputError, match=says):
        load("mnist", own)


def test_what_is_not_there_is_downloaded_or_said() -> None:
    with pytest.raises(InputError, match=r'it is not on this computer.*dataset = "digits"'):
        load("mnist", download=False)
    with pytest.raises(InputError, match=r"MNIST cannot be downloaded \(http://127.0.0.1:9/"):
        load("mnist")


def test_downloaded_it_is_used_at_once_and_offline_later(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    with serving(FILES) as server:
        monkeypatch.setitem(sources.SOURCES, "mnist", source_of(FILES, server.url("good"), title="Small"))
        data = load("mnist", progress=lambda *bytes_: told.append(bytes_))
        with pytest.raises(sources.DownloadStopped):
            load("fashion_mnist", stop=lambda: True)
    assert data.source.startswith("Small, from ")
    assert data.train_images.shape == (60, 28, 28)
    assert told[-1][0] == told[-1][1]
    again = load("mnist", download=False)
    assert np.array_equal(again.train_images, data.train_images)
    broken = sources.cache_folder("mnist") / NAMES[1]
    broken.write_bytes(b"damage")
    with pytest.raises(InputError, match=rf"Small cannot be used: '.*{NAMES[1]}' is damaged"):
        load("mnist", download=False)


def test_digits_need_nothing_and_never_change() -> None:
    data = load("digits", download=False)
    _shape(data, "digits")
    everything = np.concatenate([data.train_images, data.test_images])
    labels = np.concatenate([data.train_labels, data.test_labels])
    for split in (data.train_labels, data.test_labels):
        assert set(split) == set(range(10))
    # Against scikit-learn's own: each digit once, in its class, 0 … 16 spread to 0 … 255.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    levels = np.array([(2 * value * 255 + 16) // 32 for value in range(17)])
    assert sorted(np.unique(everything)) == sorted(levels)

    def listed(images: np.ndarray, classes: np.ndarray) -> list[bytes]:
        rows = np.column_stack([images.reshape(len(images), -1), classes]).astype(np.uint8)
        return sorted(row.tobytes() for row in rows)

    assert listed(everything, labels) == listed(levels[bunch.images.astype(int)], bunch.target)
    assert not np.array_equal(labels[:50], bunch.target[:50])
    assert data.train_labels[:20].tolist() == FIRST_DIGITS
    assert "scikit-learn" in data.source
    assert np.array_equal(load("digits", train_limit=100).train_images, data.train_images[:100])


FIRST_DIGITS = [6, 6, 6, 2, 5, 6, 6, 2, 2, 1, 1, 9, 0, 4, 1, 9, 5, 5, 3, 0]


def _shape(data: Data, dataset: str) -> None:
    size = IMAGE_SIZES[dataset]
    assert data.train_images.shape == (TRAIN_SIZES[dataset], *size)
    assert data.train_labels.shape == (TRAIN_SIZES[dataset],)
    assert data.test_images.shape == (TEST_SIZES[dataset], *size)
    assert data.test_labels.shape == (TEST_SIZES[dataset],)


def test_what_is_asked_for_must_be_known() -> None:
    with pytest.raises(
        InputError, match="dataset: 'cifar' is not known; there are mnist, fashion_mnist, digits"
    ):
        load("cifar")
    with pytest.raises(InputError, match="train_limit: -1"):
        load("digits", train_limit=-1)
    assert set(DATASETS) == {*sources.SOURCES, "digits"}


@pytest.mark.skipif(not REAL, reason="OPTVIZ_DATA_DIR is not set")
def test_the_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    if sources.find("mnist") is None or not Path(sources.find("mnist") or "").is_relative_to(REAL):
        pytest.skip("no MNIST in OPTVIZ_DATA_DIR")
    data = load("mnist", download=False)
    _shape(data, "mnist")
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.train_labels).tolist() == counts
    assert data.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert (data.mean, data.std) == pytest.approx((0.1307, 0.3081), abs=5e-5)
    assert data.source.startswith("MNIST, from ")
    assert np.bincount(load("mnist", train_limit=1000).train_labels).sum() == 1000
    with pytest.raises(InputError, match=r"holds MNIST \(train-images-idx3-ubyte.gz\), not Fashion-MNIST"):
        load("fashion_mnist", REAL)
