"""Loss and gradient of formula surfaces over blocks of points, against C with libmvec.

Both work through 16 blocks of 256 points in one thread; the C is free to vectorize as it likes.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from optviz.formula import kernels
from optviz.surfaces import SURFACES

from .conftest import best_seconds

POINTS, TIMES = 16 * 256, 50


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("no GCC")
    library = tmp_path_factory.mktemp("peer") / "peer.so"
    source = Path(__file__).with_name("formula_surfaces.c")
    flags = ["-Ofast", "-march=native", "-fopenmp", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", library, source, "-lmvec", "-lm"], check=True)
    called = b"".join(part for part in library.read_bytes().split(b"\0") if part[:4] == b"_ZGV")
    if any(name not in called for name in (b"_sin", b"_cos", b"_exp")):
        pytest.skip("this C library has no vector functions: no fair peer")
    return ctypes.CDLL(str(library))


@pytest.mark.parametrize("name", ["rastrigin", "ackley"])
def test_against_c(name, peer, benchmark, report) -> None:
    surface = SURFACES[name]
    coefficients = np.array([knob.default for knob in surface.coefficients])
    kernel = kernels(surface.formula, tuple(knob.name for knob in surface.coefficients)).loss.compiled
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(*side, POINTS) for side in surface.domain)
    ours, theirs, no_data = np.empty((3, POINTS)), np.empty((3, POINTS)), np.zeros((0, 0))
    pointers = [v.ctypes.data_as(ctypes.c_void_p) for v in (x, y, *theirs)]
    numbers = [ctypes.c_double(c) for c in coefficients]
    function, count = getattr(peer, name), ctypes.c_long(POINTS)

    def c() -> None:
        for _ in range(TIMES):
            function(count, *numbers, *pointers)

    def run() -> None:
        for _ in range(TIMES):
            kernel(x, y, coefficients, no_data, *ours)

    benchmark.pedantic(run, rounds=9, warmup_rounds=1)
    seconds = best_seconds(c, 9)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    nanoseconds = benchmark.stats.stats.min / (POINTS * TIMES) * 1e9
    print(f"\n{name}: {nanoseconds:.2f} ns a point")
    report(f"{name}, ours / C -Ofast with libmvec", benchmark.stats.stats.min / seconds, 2.0)
