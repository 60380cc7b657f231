"""The networks of a run folder, to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, shown
from optviz.training import arrays, checkpoint
from optviz.training import folder as folders
from optviz.training.network.inside import look
from optviz.training.network.models import build
from optviz.training.record import Look


def answer(
    network: Any, image: npt.NDArray[np.uint8], mean: float, std: float, device: Any, dtype: Any
) -> npt.NDArray[np.float32]:
    """Return float32[10]: how likely a network thinks each class of an image uint8[h, w]."""
    import torch

    x = normalized(image, mean, std, device, dtype)
    was = network.training
    network.eval()
    try:
        with torch.inference_mode():
            said = torch.softmax(network(x).cpu().double(), 1)[0]
            answer: npt.NDArray[np.float32] = torch.nan_to_num(said).float().numpy().copy()
            return answer
    finally:
        network.train(was)


def normalized(image: npt.NDArray[np.uint8], mean: float, std: float, device: Any, dtype: Any) -> Any:
    """Return an image uint8[h, w] as the tensor [1, 1, h, w] networks take."""
    import torch

    x = torch.from_numpy((image.astype(np.float64) / 255.0 - mean) / std)
    return x.to(dtype).to(device)[None, None]


class Networks:
    """The networks of a run folder, as its checkpoints have them.

    Raises
    ------
    InputError
        When it is no run folder, or a checkpoint in it is damaged or of another network.
    """

    def __init__(self, folder: Path) -> None:
        import torch

        self.training, self._facts = folders.read(folder)
        self._dtype = torch.float64 if self.training.precision == "float64" else torch.float32
        first = arrays.read(folder / folders.IMAGES)
        self._images: npt.NDArray[np.uint8] = first["images"]
        height, width = self._images.shape[1:]
        self._networks: dict[int, Any] = {}
        self._done: dict[int, tuple[int, float]] = {}
        for index, resolved in enumerate(self.training.resolved_entrants):
            place = folders.entrant_folder(folder, index)
            state = checkpoint.newest(place)
            if state is None:
                continue
            network = build(resolved.model, (height, width), self.training.seed, self._dtype)
            try:
                network.load_state_dict(state["model"])
            except RuntimeError:
                raise InputError(
                    f"{shown(str(place / checkpoint.NAME), 300)} is of another network"
                ) from None
            network.eval()
            self._networks[index] = network
            step = int(state["step"])
            self._done[index] = step, step / self.training.steps_per_epoch(index)

    def _network(self, entrant: int) -> Any:
        if entrant not in self._networks:
            raise InputError(f"entrant {entrant + 1} has no checkpoint yet, so nobody to ask")
        return self._networks[entrant]

    def predict(self, entrant: int, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return float32[10]: how likely an entrant's network thinks each class of an image uint8[h, w].

        Raises InputError when the entrant has no checkpoint.
        """
        return answer(self._network(entrant), image, self._facts.mean, self._facts.std, "cpu", self._dtype)

    def look_at(self, entrant: int, digit: int) -> Look:
        """Return what an entrant's network makes of one of the first test images.

        Raises InputError when the entrant has no checkpoint.
        """
        digit = min(max(digit, 0), len(self._images) - 1)
        x = normalized(self._images[digit], self._facts.mean, self._facts.std, "cpu", self._dtype)
        network = self._network(entrant)
        step, epoch = self._done[entrant]
        return look(network, x, x, step=step, epoch=epoch, digit_index=digit)


def open_networks(folder: Path) -> Networks:
    """Return the networks of a run folder. Raises InputError."""
    return Networks(Path(folder))
