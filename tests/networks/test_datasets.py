"""The data sets: their shapes, their classes, and what they are known for."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from optviz.errors import InputError
from optviz.networks.datasets import DATASETS, samples


@pytest.mark.parametrize("m", [4, 101, 256])
@pytest.mark.parametrize("dataset", DATASETS)
def test_shapes_and_classes(dataset, m) -> None:
    x, t = samples(dataset, m, 0.1, 3)
    assert x.shape == (m, 64 if dataset == "digits" else 2)
    assert x.dtype == t.dtype == np.float64
    assert set(t) == {0.0, 1.0}
    if dataset != "digits":
        assert abs(t.sum() - m / 2) <= 0.5
    again, _ = samples(dataset, m, 0.1, 3)
    np.testing.assert_array_equal(x, again)
    assert not np.array_equal(x, samples(dataset, m, 0.1, 4)[0])


def test_digits_are_the_ones_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    x, t = samples("digits", 1797, 0.0, 0)
    pixels, numerals = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(1797)
    np.testing.assert_array_equal(t, numerals[order] % 2)
    blank = pixels.std(axis=0) == 0
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), np.where(blank, 0.0, 1.0), atol=1e-12)
    # Standardizing shifts and scales each pixel and nothing else.
    correlation = [np.corrcoef(x[:, k], pixels[order, k])[0, 1] for k in np.flatnonzero(~blank)]
    np.testing.assert_allclose(correlation, 1.0)
    with pytest.raises(InputError, match=r"^m: 1798 is not allowed with dataset digits; it must be ≤ 1797$"):
        samples("digits", 1798, 0.0, 0)


def test_the_arms_of_the_spiral_are_each_other_turned_by_half_a_circle() -> None:
    x, t = samples("spiral", 2000, 0.0, 0)
    radius = np.hypot(*x.T)
    # Along an arm the angle grows with the radius: unwound by it, each arm is one direction.
    unwound = np.angle(np.exp(1j * (np.arctan2(x[:, 1], x[:, 0]) - 2.0 * np.pi * 1.25 * radius / 2.0)))
    np.testing.assert_allclose(unwound[t == 0], 0.0, atol=1e-9)
    np.testing.assert_allclose(abs(unwound[t == 1]), np.pi, atol=1e-9)
    assert radius.max() <= 2.0


def test_noise_is_what_it_is_said_to_be() -> None:
    x, t = samples("blobs", 2000, 0.3, 0)
    for number, center in enumerate((-1.0, 1.0)):
        blob = x[t == number]
        np.testing.assert_allclose(blob.mean(axis=0), center, atol=0.04)
        np.testing.assert_allclose(blob.std(axis=0), 0.3, atol=0.02)
    quiet, noisy = (samples("spiral", 500, noise, 0)[0] for noise in (0.0, 0.2))
    assert (noisy - quiet).std() == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("dataset", DATASETS)
def test_noise_near_the_largest_double_overflows_in_silence(dataset) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, t = samples(dataset, 64, 1e308, 0)
    assert not np.isfinite(x).all()
    assert set(t) == {0.0, 1.0}


def test_without_scikit_learn(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    assert samples("spiral", 10, 0.1, 0)[0].shape == (10, 2)
    with pytest.raises(InputError, match="needs scikit-learn") as raised:
        samples("moons", 10, 0.1, 0)
    assert "\n" not in str(raised.value)
