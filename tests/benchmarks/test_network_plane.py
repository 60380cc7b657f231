"""A picture of a network's plane against a Python loop of torch forward passes, both on all cores."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from optviz.kernels import network
from optviz.surfaces.network import NETWORK_PLANE

from .conftest import best_seconds

SIDE = 51
NORMS = {"without batch norm": (False, "training"), "with batch norm": (True, "training")}


def problem(norm: str, activation: str):
    batch_norm, mode = NORMS[norm]
    coefficients = {knob.name: knob.default for knob in NETWORK_PLANE.coefficients} | {"m": 512}
    choices = {choice.name: choice.default for choice in NETWORK_PLANE.choices}
    choices |= {"batch_norm": batch_norm, "batch_norm_mode": mode, "activation": activation}
    return NETWORK_PLANE.model.pose(coefficients, choices)


def ours(posed, side: int):
    """Return a call that fills the grid, its rows shared by all cores."""
    axis = np.linspace(-1.0, 1.0, side)
    out = np.empty((side, side))
    value, pool = network.value.compiled, ThreadPoolExecutor(os.cpu_count())

    def row(number: int) -> None:
        value(axis, np.full(side, axis[number]), posed.coefficients, posed.data, out[number])

    def fill():
        list(pool.map(row, range(side)))
        return out

    return fill


def torch_loop(posed, activation: torch.nn.Module, side: int):
    """Return a call that fills the grid with torch: parameters are views of one vector, set in one go."""
    arrays, batch_norm = posed.arrays, "gamma_0" in posed.arrays
    layers: list[torch.nn.Module] = []
    names = []
    for layer in range(3):
        rows, inputs = arrays[f"weight_{layer}"].shape
        layers.append(torch.nn.Linear(inputs, rows, dtype=torch.float64))
        names += [f"weight_{layer}", f"bias_{layer}"]
        if layer < 2:
            if batch_norm:
                layers.append(torch.nn.BatchNorm1d(rows, track_running_stats=False, dtype=torch.float64))
                names += [f"gamma_{layer}", f"beta_{layer}"]
            layers.append(activation)
    model = torch.nn.Sequential(*layers)
    prefixes = ("", "direction_x_", "direction_y_")
    base, along_x, along_y = (
        torch.cat([torch.tensor(arrays[p + name]).ravel() for name in names]) for p in prefixes
    )
    theta = base.clone()
    at = 0
    for parameter in model.parameters():
        parameter.data = theta[at : at + parameter.numel()].view(parameter.shape)
        at += parameter.numel()
    x, t = torch.tensor(arrays["x"]), torch.tensor(arrays["y"])
    axis = np.linspace(-1.0, 1.0, side)

    def fill():
        out = np.empty((side, side))
        with torch.no_grad():
            for i, b in enumerate(axis):
                for j, a in enumerate(axis):
                    torch.add(base, along_x, alpha=a, out=theta).add_(along_y, alpha=b)
                    out[i, j] = torch.nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), t)
        return out

    return fill


@pytest.mark.parametrize("activation", [torch.nn.Tanh(), torch.nn.ReLU()], ids=["tanh", "relu"])
@pytest.mark.parametrize("norm", NORMS)
def test_against_a_loop_of_forward_passes(norm, activation, benchmark, report) -> None:
    posed = problem(norm, type(activation).__name__.lower())
    mine, theirs = ours(posed, SIDE), torch_loop(posed, activation, SIDE)
    np.testing.assert_allclose(mine(), theirs(), rtol=1e-9)
    peer = best_seconds(theirs, 3)
    benchmark.pedantic(mine, rounds=7, warmup_rounds=1)
    kind = type(activation).__name__
    report(f"51×51 plane, 2×32, m = 512, {kind} {norm}, torch / ours",
           peer / benchmark.stats.stats.min, 5.0, at_least=True)  # fmt: skip


def test_a_first_coarse_picture(benchmark, report) -> None:
    posed = problem("without batch norm", "tanh")
    mine = ours(posed, 13)
    mine()
    begun = time.perf_counter()
    mine()
    first = time.perf_counter() - begun
    benchmark.pedantic(mine, rounds=5)
    report("first 13×13 picture, s", first, 0.3)
