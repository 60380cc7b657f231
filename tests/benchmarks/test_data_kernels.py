"""The loss of small data surfaces over a picture's grid, against C with libmvec and NumPy.

All of a row do the same work: 200 × 200 weights, 256 samples, one thread.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from optviz.kernels import chain, neuron
from optviz.kernels.activations import code_of

from .conftest import best_seconds

POINTS, SAMPLES = 200, 256
MSE, BCE = 0, 1


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """C that is free to vectorize as it likes."""
    if shutil.which("gcc") is None:
        pytest.skip("no GCC")
    library = tmp_path_factory.mktemp("peer") / "peer.so"
    source = Path(__file__).with_name("data_surfaces.c")
    flags = ["-O3", "-Ofast", "-march=native", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", library, source, "-lmvec", "-lm"], check=True)
    if b"_tanh" not in b"".join(part for part in library.read_bytes().split(b"\0") if part[:4] == b"_ZGV"):
        pytest.skip("this C library has no vector tanh: no fair peer")
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def grid():
    side = np.linspace(-3, 3, POINTS)
    x, y = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(side, side))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, SAMPLES))
    return x, y, a, b, (a + b > 0) * 1.0


def in_c(function, x, y, *columns):
    out = np.empty_like(x)
    arrays = [v.ctypes.data_as(ctypes.c_void_p) for v in (x, y, *columns, out)]
    work = lambda: function(ctypes.c_long(x.size), ctypes.c_long(columns[0].size), *arrays)  # noqa: E731
    return best_seconds(work, 9), out


@pytest.fixture
def ours(benchmark):
    """Return a function that times a value kernel in one thread."""

    def run(family, x, y, coefficients, data):
        out, coefficients = np.empty_like(x), np.array(coefficients, dtype=float)
        kernel = family.value.compiled
        benchmark.pedantic(lambda: kernel(x, y, coefficients, data, out), rounds=9, warmup_rounds=1)
        return benchmark.stats.stats.min, out

    return run


def chain_of(activation, loss):
    return [code_of(activation), 0, loss, 1, 1, 0, 1e-5, 0, 1]


def nanoseconds(seconds: float) -> str:
    return f"{seconds / (POINTS * POINTS * SAMPLES) * 1e9:.2f} ns a sample"


def numpy_cross_entropy(x, y, a, t):
    z = y[:, None] * np.tanh(x[:, None] * a)
    return (np.logaddexp(0, z) - t * z).mean(1)


def test_tanh_and_cross_entropy(grid, peer, ours, report) -> None:
    """A tanh and a sigmoid's logarithm for each sample."""
    x, y, a, _, t = grid
    time, found = ours(chain, x, y, chain_of("tanh", BCE), np.stack([a, t]))
    c, want = in_c(peer.tanh_bce, x, y, a, t)
    assert found == pytest.approx(want, rel=1e-12)
    print(f"\nours {nanoseconds(time)}, C {nanoseconds(c)}")
    report("chain, tanh and cross-entropy, ours / C -Ofast with libmvec", time / c, 1.5)
    # C with one transcendental function less for each sample.
    c, _ = in_c(peer.tanh_sigmoid_mse, x, y, a, t)
    report("chain, tanh and cross-entropy, ours / C tanh, sigmoid, squared error", time / c, 1.5)
    # NumPy calls the vector library of the processor's maker, warm and in one thread like all here.
    numpy = best_seconds(lambda: numpy_cross_entropy(x, y, a, t), 3)
    report("chain, tanh and cross-entropy, NumPy / ours", numpy / time, 8, at_least=True)


def test_a_picture_against_numpy(grid, benchmark, report) -> None:
    """The same as a picture can be filled: column by column, which share their tanh, on all processors."""
    x, y, a, _, t = grid
    x, y = y, x
    coefficients, data, out = np.array(chain_of("tanh", BCE), float), np.stack([a, t]), np.empty_like(x)
    kernel, workers = chain.value.compiled, os.cpu_count() or 1
    parts = [slice(*ends) for ends in itertools.pairwise(x.size * k // workers for k in range(workers + 1))]
    with ThreadPoolExecutor(workers) as pool:

        def run() -> None:
            list(pool.map(lambda p: kernel(x[p], y[p], coefficients, data, out[p]), parts))

        benchmark.pedantic(run, rounds=9, warmup_rounds=1)
    assert out == pytest.approx(numpy_cross_entropy(x, y, a, t), rel=1e-12)
    numpy = best_seconds(lambda: numpy_cross_entropy(x, y, a, t), 3)
    report("picture of tanh and cross-entropy, NumPy / ours", numpy / benchmark.stats.stats.min, 30, True)


def test_tanh_and_squared_error(grid, peer, ours, report) -> None:
    x, y, a, _, t = grid
    time, found = ours(chain, x, y, chain_of("tanh", MSE), np.stack([a, t]))
    c, want = in_c(peer.tanh_mse, x, y, a, t)
    assert found == pytest.approx(want, rel=1e-12)
    print(f"\nours {nanoseconds(time)}, C {nanoseconds(c)}")
    report("chain, tanh and squared error, ours / C -Ofast with libmvec", time / c, 1.5)


def test_sigmoid_and_squared_error(grid, peer, ours, report) -> None:
    x, y, a, b, t = grid
    time, found = ours(neuron, x, y, [code_of("sigmoid"), 0, MSE, 1, 0, 1e-5, 0, 1], np.stack([a, b, t]))
    c, want = in_c(peer.neuron_sigmoid_mse, x, y, a, b, t)
    assert found == pytest.approx(want, rel=1e-12)
    print(f"\nours {nanoseconds(time)}, C {nanoseconds(c)}")
    report("neuron, sigmoid and squared error, ours / C -Ofast with libmvec", time / c, 1.5)
