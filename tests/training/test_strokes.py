"""Drawn ink becomes a picture as the data sets have it; the data sets themselves are the oracle."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from optviz.training.strokes import as_digits, as_mnist, picture


def mnist() -> np.ndarray:
    folder = os.environ.get("OPTVIZ_DATA_DIR", "")
    path = Path(folder) / "t10k-images-idx3-ubyte.gz"
    if not folder or not path.exists():
        pytest.skip("MNIST is not here")
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.rint(bunch.images * 255 / 16).astype(np.uint8), bunch.target


def drawn(image: np.ndarray, seed: int, wide: float = 1.0) -> np.ndarray:
    """Return black ink on a pad of 280 × 280: a digit enlarged, somewhere."""
    rng = np.random.default_rng(seed)
    height = int(rng.integers(100, 240))
    width = int(height * wide)
    large = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    pad = np.zeros((280, 280))
    top, left = rng.integers(0, 280 - height), rng.integers(0, 280 - width)
    pad[top : top + height, left : left + width] = np.asarray(large) > 110
    return pad


def curve(size: int, top: int, left: int, pen: float = 0.1, side: int = 280) -> np.ndarray:
    """Return ink along a bent line within `size` pixels of a pad."""
    t = np.linspace(0.0, 1.0, 400)
    x, y = 0.5 + 0.4 * np.sin(4 * t), 0.05 + 0.9 * t
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    ink = np.zeros((side, side))
    for a, b in zip(x * size + left, y * size + top, strict=True):
        ink[(columns - a) ** 2 + (rows - b) ** 2 < (pen * size / 2) ** 2] = 1.0
    return ink


def centre(image: np.ndarray) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    total = image.astype(float).sum()
    return (image * rows).sum() / total, (image * columns).sum() / total


def test_digits_of_mnist_come_back_as_they_are():
    """They were made this way, so that doing it again changes nothing but 254 to 255."""
    for image in mnist()[:400]:
        again = as_mnist(image / 255.0)
        assert np.abs(again.astype(int) - image).max() <= 1


def test_digits_of_mnist_anywhere_on_a_larger_pad_come_back():
    rng = np.random.default_rng(1)
    for image in mnist()[:40]:
        pad = np.zeros((90, 120))
        top, left = rng.integers(0, 62), rng.integers(0, 92)
        pad[top : top + 28, left : left + 28] = image / 255.0
        assert np.abs(as_mnist(pad).astype(int) - image).max() <= 1
        twice = np.kron(pad, np.ones((3, 3)))
        assert np.abs(as_mnist(twice).astype(int) - image).max() <= 1


@pytest.mark.parametrize("maker", [as_mnist, as_digits])
def test_shifted_and_scaled_copies_give_nearly_the_same_picture(maker):
    reference = maker(curve(200, 40, 40)).astype(float)
    assert reference.max() > 200
    for size, top, left in ((200, 3, 70), (200, 77, 9), (120, 20, 150), (260, 8, 5)):
        other = maker(curve(size, top, left)).astype(float)
        assert np.corrcoef(reference.ravel(), other.ravel())[0, 1] > 0.99
        assert np.abs(reference - other).mean() < 4


@settings(max_examples=60, deadline=None)
@given(st.integers(60, 200), st.integers(0, 80), st.integers(0, 80), st.floats(0.02, 0.3), st.booleans())
def test_mass_is_in_the_middle_and_the_longer_side_has_20_pixels(size, top, left, pen, turned):
    ink = curve(size, top, left, pen)
    image = as_mnist(ink.T if turned else ink)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert all(abs(c - 14) <= 0.51 for c in centre(image))
    there = image > 0
    sides = [np.ptp(np.flatnonzero(there.any(axis))) + 1 for axis in (0, 1)]
    assert max(sides) == 20
    rows, columns = (np.ptp(np.flatnonzero((ink > 0).any(axis))) + 1 for axis in (1, 0))
    shorter = 20 * min(rows, columns) / max(rows, columns)
    assert abs(min(sides) - shorter) <= 2


def test_proportions_are_kept():
    ink = np.zeros((280, 280))
    ink[10:250, 100:124] = 1.0  # 10 times as high as wide
    image = as_mnist(ink)
    assert np.flatnonzero(image.any(1)).size == 20
    assert np.flatnonzero(image.any(0)).size == 2


def test_a_thin_line_is_as_dark_as_a_pen():
    ink = np.zeros((280, 280))
    ink[20:260, 140] = 1.0
    assert as_mnist(ink).max() == 255
    assert as_mnist(0.1 * ink).max() == 255


@pytest.mark.parametrize("maker", [as_mnist, as_digits])
def test_no_ink(maker):
    assert maker(np.zeros((280, 280))) is None
    assert maker(np.zeros((0, 0))) is None
    assert maker(np.full((20, 20), np.nan)) is None
    assert maker(np.full((20, 20), 1e-4)) is None


@pytest.mark.parametrize("maker", [as_mnist, as_digits])
@pytest.mark.parametrize("place", [(0, 0), (279, 279), (140, 3)])
def test_a_single_dot(maker, place):
    ink = np.zeros((280, 280))
    ink[place] = 1.0
    assert maker(ink).max() == 255


def test_ink_far_from_its_own_middle_is_cut_off_not_wrapped():
    ink = np.zeros((100, 100))
    ink[:, 0] = 1e-2  # a faint long line, and a heavy blot at its end
    ink[90:, :20] = 1.0
    image = as_mnist(ink)
    assert image.max() == 255
    assert all(abs(c - 14) <= 0.51 for c in centre(image))
    assert np.flatnonzero(image.any(1)).tolist() == list(range(16))  # three of the line's rows are cut off


def test_the_size_chooses_the_maker():
    ink = curve(200, 40, 40)
    assert np.array_equal(picture(ink, (28, 28)), as_mnist(ink))
    assert np.array_equal(picture(ink, (8, 8)), as_digits(ink))


def test_digits_have_the_grey_levels_and_the_box_of_the_published_ones():
    images, _ = digits()
    levels = set(np.unique(images))
    made = np.array([as_digits(drawn(image, seed)) for seed, image in enumerate(images[:200])])
    assert set(np.unique(made)) <= levels
    assert made[:, 0].any(1).all()  # rows 0 … 7 are filled, as theirs are
    assert made[:, 7].any(1).all()
    assert (made[:, :, [0, 7]] > 0).mean() < 0.01
    assert np.abs(made.mean(0) - images[:200].mean(0)).mean() < 16


@pytest.mark.parametrize("wide", [1.0, 0.75])
def test_drawn_digits_are_recognized(wide):
    """By a classifier that has only seen the published ones."""
    from sklearn.svm import SVC

    images, labels = digits()
    order = np.random.default_rng(0).permutation(len(images))
    learned, judged = order[:1437], order[1437:]
    classifier = SVC(gamma=0.001, C=10).fit(images[learned].reshape(-1, 64) / 16, labels[learned])
    made = np.array([as_digits(drawn(images[i], i, wide)) for i in judged])
    assert classifier.score(made.reshape(-1, 64) / 16, labels[judged]) >= 0.94
