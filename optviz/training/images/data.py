"""The images a network learns from, and those it is judged on."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, allowed, shown
from optviz.training.images import idx, sources
from optviz.training.setting import CLASSES, DATASETS, IMAGE_SIZES, TEST_SIZES

_BRIGHTEST = 16  # of scikit-learn's digits
_PART = 1000  # images that are summed at once
_SPLIT_SEED = 0  # of which digits are for training


@dataclass(frozen=True, eq=False)
class Data:
    """A data set.

    Attributes
    ----------
    train_images : uint8[n, h, w], train_labels : int64[n]
        What is learned from, in file order.
    test_images : uint8[k, h, w], test_labels : int64[k]
        What is judged on, always all of it.
    mean, std
        Of the used training pixels, scaled to 0 … 1; `std` is 1 where all pixels are alike.
    source
        Which data it is and where it is from, in words.
    checksums
        SHA-256 of each file as it is, by name.
    """

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]
    mean: float
    std: float
    dataset: str
    source: str
    checksums: Mapping[str, str]


def load(
    dataset: str,
    data_dir: str | os.PathLike[str] = "",
    train_limit: int = 0,
    *,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    download: bool = True,
) -> Data:
    """Return a data set, downloaded first where it is not on this computer.

    Parameters
    ----------
    data_dir
        Folder to take the files from; see `sources.locate`.
    train_limit
        How many training images are used, the first ones; 0 is all of them.
    progress, stop
        See `sources.download`.
    download
        Whether it may be downloaded.

    Raises
    ------
    InputError
        When it is not there and cannot be had, or is damaged.
    DownloadStopped
        When `stop` says so.
    """
    if dataset not in DATASETS:
        raise InputError(f"dataset: {shown(dataset)} is not known; there are {allowed(DATASETS)}")
    if train_limit < 0:
        raise InputError(f"train_limit: {train_limit} is not allowed; it must be ≥ 0")
    if dataset == "digits":
        return _digits(train_limit)
    found = sources.locate(dataset, data_dir)
    if found is None and download:
        sources.download(dataset, progress=progress, stop=stop)
        found = sources.locate(dataset)
    if found is None:
        raise InputError(_missing(dataset))
    train_images, train_labels, test_images, test_labels = found.paths
    size = IMAGE_SIZES[dataset]
    train = idx.read_pair(train_images, train_labels, image=size, classes=CLASSES)
    test = idx.read_pair(test_images, test_labels, image=size, classes=CLASSES)
    title = sources.SOURCES[dataset].title
    what = title if found.official else f"{title}, not the published files"
    return _data(train, test, train_limit, dataset, f"{what}, from {found.folder}", found.checksums)


def _missing(dataset: str) -> str:
    title = sources.SOURCES[dataset].title
    broken = [idx.named(path) for path in sources.damaged(dataset)]
    why = f"{allowed(broken)} is damaged" if broken else "it is not on this computer"
    return (
        f"{title} cannot be used: {why}; download it, name a folder with its files (data_dir or "
        f'OPTVIZ_DATA_DIR), or take dataset = "digits"'
    )


def _data(
    train: tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]],
    test: tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]],
    train_limit: int,
    dataset: str,
    source: str,
    checksums: Mapping[str, str],
) -> Data:
    images, labels = train[0][: train_limit or None], train[1][: train_limit or None]
    mean, std = _mean_and_std(images)
    return Data(images, labels, *test, mean, std, dataset, source, MappingProxyType(dict(checksums)))


def _mean_and_std(images: npt.NDArray[np.uint8]) -> tuple[float, float]:
    # Sums of whole numbers below 2^53 are exact in float64; in parts, so that no large copy is made.
    total = squares = 0
    for start in range(0, len(images), _PART):
        part = images[start : start + _PART].ravel().astype(np.float64)
        total += int(part.sum())
        squares += int(part @ part)
    spread = squares * images.size - total * total  # the variance, times the size squared
    return total / (255 * images.size), math.sqrt(spread) / (255 * images.size) if spread else 1.0


def _digits(train_limit: int) -> Data:
    """Return scikit-learn's handwritten digits, 8 × 8 pixels, in a split that never changes."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError(f"dataset digits needs scikit-learn, which cannot be imported: {error}") from None
    bunch = load_digits()
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(bunch.images))
    images = np.rint(bunch.images[order] * 255.0 / _BRIGHTEST).astype(np.uint8)
    labels = bunch.target[order].astype(np.int64)
    sha256 = hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes()).hexdigest()
    at = len(images) - TEST_SIZES["digits"]
    source = f"scikit-learn's {len(images):,} handwritten digits, 8 × 8 pixels"
    train, test = (images[:at], labels[:at]), (images[at:], labels[at:])
    return _data(train, test, train_limit, "digits", source, {"digits": sha256})
