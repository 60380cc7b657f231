"""The loss around a trained network, on the plane through weight space that its own path lies in best.

The plane goes through the last weights along the first two principal components of the path (Li et al. 2018,
"Visualizing the Loss Landscape of Neural Nets", section 7.2): random directions would miss nearly all of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.errors import InputError, shown
from optviz.training import checkpoint
from optviz.training import folder as folders
from optviz.training.course import penalty_on
from optviz.training.images.data import load
from optviz.training.images.tensors import tensors_of
from optviz.training.network.models import build
from optviz.training.setting import Training

MARGIN = 0.25  # of the path's extent, around it
_FLAT = 1e-12  # of the first singular value: a second direction shorter than this is none


@dataclass(frozen=True, eq=False)
class Landscape:
    """A plane of losses with the path on it.

    Attributes
    ----------
    x : float64[w], y : float64[h]
        Distances from the last weights along the two directions, in the units of the weights.
    loss : float64[h, w]
        At weights theta_end + x[j] d_0 + y[i] d_1; penalty included.
    path : float64[k, 2]
        The path projected onto the plane; the last point is (0, 0).
    path_steps : int64[k], path_loss : float64[k]
        After how many steps, and the loss at the weights themselves (not at their projections).
    directions : float32[2, P]
        The two directions, orthonormal, over all parameters in the order of the state_dict.
    explained : float64[2]
        Share of the path's variance that lies along each.
    meta
        The training, which entrant, how the loss was taken.
    """

    x: Array
    y: Array
    loss: Array
    path: Array
    path_steps: Any
    path_loss: Array
    directions: Any
    explained: Array
    meta: dict[str, Any]

    def packed(self) -> bytes:
        """Return it as the bytes of an .npz file, `meta` as JSON."""
        buffer = io.BytesIO()
        np.savez(
            buffer, x=self.x, y=self.y, loss=self.loss, path=self.path, path_steps=self.path_steps,
            path_loss=self.path_loss, directions=self.directions, explained=self.explained,
            meta=np.array(json.dumps(self.meta)),
        )  # fmt: skip
        return buffer.getvalue()


def plane_of(weights: Array) -> tuple[Array, Array, Array]:
    """Return the plane a path lies in best.

    Parameters
    ----------
    weights : float64[k, P]
        The path; the plane goes through its last point.

    Returns
    -------
    directions : float64[2, P]
        Orthonormal; each points so that the path begins on its positive side.
    path : float64[k, 2]
        The path on the plane.
    explained : float64[2]
        Share of the variance about the last point along each.
    """
    apart = weights - weights[-1]
    _, lengths, rows = np.linalg.svd(apart, full_matrices=False)
    directions = np.zeros((2, weights.shape[1]))
    found = 0
    for length, row in zip(lengths[:2], rows, strict=False):
        if length > _FLAT * max(float(lengths[0]), 1e-300):
            directions[found] = row if apart[0] @ row >= 0.0 else -row
            found += 1
    random = np.random.default_rng(0)
    while found < 2:  # a path too short to span a plane
        row = random.standard_normal(weights.shape[1])
        row -= directions.T @ (directions @ row)
        directions[found] = row / np.linalg.norm(row)
        found += 1
    total = float((lengths**2).sum()) or 1.0
    explained = np.zeros(2)
    explained[: len(lengths[:2])] = lengths[:2] ** 2 / total
    return directions, apart @ directions.T, explained


def landscape(
    folder: Path,
    *,
    entrant: int = 0,
    size: int = 31,
    images: int = 1000,
    progress: Callable[[int, int], None] | None = None,
) -> Landscape:
    """Return the loss around a network of a run folder.

    The loss is the mean cross-entropy of the first `images` training images, penalty included; dropout is off
    and batch norm takes the statistics of these images, for running ones hold at the last weights alone.

    Raises
    ------
    InputError
        When it is no run folder, the entrant has no path in it, or its data are not at hand.
    """
    import torch
    from torch.nn import functional

    training, facts = folders.read(folder)
    if not 0 <= entrant < len(training.entrants):
        most = len(training.entrants) - 1
        raise InputError(f"entrant: {entrant} is not allowed; it must be from 0 to {most}")
    place = folders.entrant_folder(folder, entrant)
    if not (place / folders.PATH).exists():
        raise InputError(f"{shown(str(place), 300)} has no {folders.PATH}: no epoch of it has ended yet")
    steps, kept = folders.read_path(place / folders.PATH)
    data = load(training.dataset, training.data_dir, training.train_limit)
    if dict(data.checksums) != dict(facts.checksums):
        raise InputError(f"the training data have changed since {shown(str(folder), 300)} was trained")
    setting = training.resolved_entrants[entrant]
    height, width = data.test_images.shape[1:]
    network = build(setting.model, (height, width), training.seed, torch.float32)
    parameters = list(network.parameters())
    count = sum(p.numel() for p in parameters)
    if any(len(row) != count for row in kept):
        raise InputError(f"{shown(str(place / folders.PATH), 300)} is of another network")
    state = checkpoint.newest(place)
    if state is not None:
        try:
            network.load_state_dict(state["model"])  # its buffers; the weights are set below
        except RuntimeError:
            raise InputError(f"{shown(str(place / checkpoint.NAME), 300)} is of another network") from None
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.eval()
    tensors = tensors_of(data, "float32", torch.device("cpu"), "kernel")
    x, t = tensors.train_x[:images], tensors.train_y[:images]
    penalized = list(network.penalized())

    def loss_at(weights: Array) -> float:
        with torch.no_grad():
            torch.nn.utils.vector_to_parameters(torch.from_numpy(weights.astype(np.float32)), parameters)
            loss = functional.cross_entropy(network(x).double(), t)
            return float(loss + penalty_on(penalized, setting.penalty))

    path = np.asarray(kept, dtype=np.float64)
    path = path[np.isfinite(path).all(axis=1)]
    if not len(path):
        raise InputError(f"{shown(str(place / folders.PATH), 300)} has no weights that are finite numbers")
    directions, projected, explained = plane_of(path)
    xs, ys = (_axis(projected[:, i], size) for i in (0, 1))
    total, done = size * size + len(path), 0

    def told(value: float) -> float:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)
        return value

    losses = np.array([told(loss_at(row)) for row in path])
    grid = np.array(
        [[told(loss_at(path[-1] + a * directions[0] + b * directions[1])) for a in xs] for b in ys]
    )
    meta = {
        "training": Training.dumps(training), "entrant": entrant, "images": len(x), "dataset": data.dataset,
        "loss": "mean cross-entropy plus penalty; dropout off; batch norm over these images",
        "directions": "first two principal components of the path about its last point",
    }  # fmt: skip
    finite = np.isfinite(np.asarray(kept)).all(axis=1)
    return Landscape(
        xs, ys, grid, projected, np.asarray(steps, np.int64)[finite], losses,
        directions.astype(np.float32), explained, meta,
    )  # fmt: skip


def _axis(values: Array, size: int) -> Array:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, size)
