"""Two-class data sets to train small networks on."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.errors import InputError

DATASETS = ("moons", "circles", "blobs", "spiral", "digits")
DIGITS = 1797  # how many scikit-learn brings
SPIRAL_TURNS = 1.25


@np.errstate(all="ignore")  # noise near the largest double is allowed
def samples(dataset: str, m: int, noise: float, seed: int) -> tuple[Array, Array]:
    """Return features x[m, f] and classes t[m], 0.0 or 1.0.

    Parameters
    ----------
    dataset
        One of `DATASETS`. All have two features but digits, even against odd, which have 64 standardized
        pixels.
    m
        How many samples; of digits there are 1,797.
    noise
        Standard deviation of the Gaussian noise in every feature; of blobs, their own.
    seed
        Seeds the noise, the order, and which digits are taken.

    Raises
    ------
    InputError
        For more digits than there are, and where scikit-learn is missing.
    """
    if dataset == "spiral":
        return _spiral(m, noise, np.random.default_rng(seed))
    try:
        from sklearn import datasets
    except ImportError as error:
        raise InputError(f"dataset {dataset} needs scikit-learn, which cannot be imported: {error}") from None
    if dataset == "digits":
        if m > DIGITS:
            raise InputError(f"m: {m} is not allowed with dataset digits; it must be ≤ {DIGITS}")
        pixels, numerals = datasets.load_digits(return_X_y=True)
        spread = pixels.std(axis=0)
        pixels = (pixels - pixels.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)  # some are always blank
        generator = np.random.default_rng(seed)
        chosen = generator.permutation(DIGITS)[:m]
        x = pixels[chosen] + noise * generator.standard_normal((m, pixels.shape[1]))
        return np.ascontiguousarray(x, dtype=np.float64), (numerals[chosen] % 2).astype(np.float64)
    if dataset == "moons":
        x, t = datasets.make_moons(m, noise=noise, random_state=seed)
    elif dataset == "circles":
        x, t = datasets.make_circles(m, noise=noise, factor=0.5, random_state=seed)
    else:
        centers = [(-1.0, -1.0), (1.0, 1.0)]
        x, t = datasets.make_blobs(m, centers=centers, cluster_std=noise, random_state=seed)
    return np.ascontiguousarray(x, dtype=np.float64), t.astype(np.float64)


def _spiral(m: int, noise: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Two arms around each other, the second being the first turned by half a circle."""
    t = generator.permutation(np.arange(m) % 2).astype(np.float64)
    along = np.sqrt(generator.uniform(0.01, 1.0, m))  # equally dense along the arm
    angle = 2.0 * np.pi * SPIRAL_TURNS * along + np.pi * t
    x = 2.0 * along[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))
    return x + noise * generator.standard_normal((m, 2)), t
