"""Images as tensors on a device, normalized."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from optviz.training.images.data import Data


@dataclass(frozen=True, eq=False)
class Tensors:
    """What all entrants share: images as tensors on the device, and the order they come in.

    Attributes
    ----------
    train_x : float[n, 1, h, w], train_y : int64[n]
        Normalized images and their classes; `test_x`, `test_y` likewise.
    test_raw : uint8[m, h, w]
        Test images as they are.
    """

    train_x: Any
    train_y: Any
    test_x: Any
    test_y: Any
    test_raw: npt.NDArray[np.uint8]
    device: Any
    dtype: Any
    step: str

    @property
    def on_cpu(self) -> bool:
        return str(self.device) == "cpu"


def tensors_of(data: Data, precision: str, device: Any, how: str) -> Tensors:
    """Return a data set as tensors on a device, normalized; `how` is what moves the weights.

    Those made last are kept with their data set, so that starting again costs nothing.
    """
    import torch

    dtype = torch.float64 if precision == "float64" else torch.float32
    known = _kept.get(data)
    if known is not None and (known.device, known.dtype) == (device, dtype):
        return replace(known, step=how)

    def images(raw: npt.NDArray[np.uint8]) -> Any:
        x = torch.from_numpy(raw).unsqueeze(1)
        if device.type == "cuda":
            x = x.pin_memory().to(device, non_blocking=True)
        x = x.to(device=device, dtype=dtype)
        return x.mul_(1.0 / (255.0 * data.std)).sub_(data.mean / data.std)

    def classes(raw: npt.NDArray[np.int64]) -> Any:
        return torch.from_numpy(raw).to(device)

    made = Tensors(
        images(data.train_images), classes(data.train_labels), images(data.test_images),
        classes(data.test_labels), data.test_images, device, dtype, how,
    )  # fmt: skip
    _kept[data] = made
    return made


_kept: WeakKeyDictionary[Data, Tensors] = WeakKeyDictionary()
