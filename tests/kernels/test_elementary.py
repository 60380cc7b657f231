"""The elementary functions of formulas against mpmath and NumPy, compiled and as plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from optviz.kernels import elementary
from optviz.kernels.compile import _register_shared, numba

LARGEST = 1.7976931348623157e308
RNG = np.random.default_rng(0)
FAR = elementary.FAR
TURNS = np.concatenate([np.arange(1, 700), RNG.integers(700, int(FAR / np.pi * 2), 1500)])
ANGLES = np.concatenate([
    RNG.uniform(-10, 10, 3000), RNG.uniform(-FAR, FAR, 1500), TURNS * np.pi / 2,
    10 ** RNG.uniform(-320, math.log10(FAR), 1000), [FAR, -FAR],
])  # fmt: skip
POWERS = np.concatenate([
    RNG.uniform(-745.2, 709.7, 3000), RNG.uniform(-1, 1, 2000), (np.arange(-1074, 1023) + 0.5) * np.log(2),
    10 ** RNG.uniform(-320, 2.8, 500), -(10 ** RNG.uniform(-320, 2.8, 500)), [709.782712893384, -708.4],
])  # fmt: skip
POSITIVE = np.concatenate([
    10 ** RNG.uniform(-323.3, 308.2, 3000), RNG.uniform(0.5, 2, 3000), 1 + 10 ** RNG.uniform(-15.9, 0, 1000),
    1 - 10 ** RNG.uniform(-15.9, -0.01, 1000), 2.0 ** np.arange(-1074, 1024), [5e-324, LARGEST],
])  # fmt: skip
SIGNED = np.concatenate([
    RNG.uniform(-3, 3, 3000), RNG.uniform(-30, 30, 2000), 10 ** RNG.uniform(-323, 1, 2000),
])  # fmt: skip
SPECIAL = np.array([
    math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, LARGEST, -LARGEST,
    709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, 1.0, -1.0,
])  # fmt: skip


def sine(x: float) -> float:
    return elementary.sin_cos(x)[0]


def cosine(x: float) -> float:
    return elementary.sin_cos(x)[1]


FUNCTIONS = {
    "sin": (sine, ANGLES, 0.8),
    "cos": (cosine, ANGLES, 0.8),
    "tan": (elementary.tan, ANGLES, 2.0),
    "exp": (elementary.exp, POWERS, 0.95),
    "log": (elementary.log, POSITIVE, 0.85),
    "tanh": (elementary.tanh, SIGNED, 2.6),
}


@pytest.fixture(scope="module", params=FUNCTIONS)
def function(request: Any) -> tuple[str, Callable[[float], float], Any]:
    """A function's name, itself, and a compiled loop of it, which has the vector form of LLVM."""
    _register_shared()
    plain = FUNCTIONS[request.param][0]
    compiled = numba().njit(plain) if plain in (sine, cosine) else plain

    def loop(x: Any, out: Any) -> None:
        for i in range(x.shape[0]):
            out[i] = compiled(x[i])

    return request.param, plain, numba().njit("void(float64[::1], float64[::1])", error_model="numpy")(loop)


def values(loop: Any, x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    loop(np.ascontiguousarray(x), out)
    return out


def test_error_in_units_of_the_last_place(function) -> None:
    name, _, loop = function
    _, x, limit = FUNCTIONS[name]
    got, worst = values(loop, x), 0.0
    with mpmath.workprec(160):
        for v, g in zip(x.tolist(), got.tolist(), strict=True):
            want = getattr(mpmath, name)(mpmath.mpf(v))
            worst = max(worst, abs(float((mpmath.mpf(g) - want) / mpmath.mpf(math.ulp(float(want))))))
    assert worst < limit


def test_ends_and_signs_are_those_of_numpy(function) -> None:
    name, _, loop = function
    x = SPECIAL[~((abs(SPECIAL) > FAR) & np.isfinite(SPECIAL))] if name in ("sin", "cos", "tan") else SPECIAL
    got = values(loop, np.tile(x, 9)).reshape(9, -1)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x)
    for row in got:
        np.testing.assert_allclose(row, want, rtol=5e-16, atol=5e-324)
        assert (np.signbit(row) == np.signbit(want))[~np.isnan(want)].all()
    np.testing.assert_array_equal(got[0][~np.isfinite(want)], want[~np.isfinite(want)])


def test_one_value_alone_and_in_python_has_the_same_bits(function) -> None:
    name, plain, loop = function
    x = FUNCTIONS[name][1][::41]
    many = values(loop, x)
    alone = [values(loop, x[k : k + 1])[0] for k in range(x.size)]
    with np.errstate(all="ignore"):
        python = [float(plain(v)) for v in x]
    assert many.tolist() == alone == python


def test_the_loops_are_vectors_without_calls(function) -> None:
    _, _, loop = function
    (code,) = loop.inspect_llvm().values()
    assert " x double>" in code
    body = code.split("define ")[1]
    assert not [line for line in body.splitlines() if " call " in line and "@llvm." not in line]


def test_marks() -> None:
    marked = elementary.mark(3.0, True)
    assert math.isnan(marked)
    assert elementary.is_marked(marked)
    for value in (elementary.mark(3.0, False), 0.0, math.nan, math.inf, np.float64("nan") * -1):
        assert not elementary.is_marked(value)
