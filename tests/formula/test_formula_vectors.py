"""Kernels of formulas over blocks: a point's numbers are its own, near and far out, alone and in company."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from optviz.formula import kernels
from optviz.formula.derive import _NAMESPACE, _sources
from optviz.kernels.compile import _register_shared, numba
from optviz.kernels.contract import signature
from optviz.surfaces import SURFACES

NO_DATA = np.zeros((0, 0))
FAR_OUT = np.array([0.0, -0.0, math.nan, math.inf, -math.inf, 3e5, 1e6, -1e7, 1e20, 1e300, -1e-310, 5e-324])


def run(function: Any, x: np.ndarray, y: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    out = np.empty((3, x.size))
    function(np.ascontiguousarray(x), np.ascontiguousarray(y), coefficients, NO_DATA, *out)
    return out


def bits(values: np.ndarray) -> list[int]:
    """The bits, all nans alike."""
    return np.where(np.isnan(values), math.nan, values).view(np.int64).tolist()


@pytest.mark.parametrize("name", ["rastrigin", "plateau_cliff", "holder_table"])
def test_a_point_alone_and_in_a_block(name: str) -> None:
    surface = SURFACES[name]
    kernel = kernels(surface.formula, tuple(knob.name for knob in surface.coefficients)).loss
    coefficients = np.array([knob.default for knob in surface.coefficients])
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(*side, 112) for side in surface.domain)
    far = np.meshgrid(FAR_OUT, FAR_OUT)
    order = rng.permutation(256)
    x, y = (np.concatenate([a, b.ravel()])[order] for a, b in zip((x, y), far, strict=True))
    block = run(kernel.compiled, x, y, coefficients)
    alone = [run(kernel.compiled, x[k : k + 1], y[k : k + 1], coefficients) for k in range(256)]
    assert bits(block) == bits(np.hstack(alone))
    parts = [run(kernel.compiled, x[k : k + 19], y[k : k + 19], coefficients) for k in range(0, 256, 19)]
    assert bits(block) == bits(np.hstack(parts))
    # The plain twin calls NumPy's functions.
    np.testing.assert_allclose(block, run(kernel.python, x, y, coefficients), rtol=1e-11, atol=1e-13)


def test_angles_far_out_are_exact() -> None:
    kernel = kernels("sin(x) + 0*y").loss
    x = np.array([8e5, 800000.5, -1e6, 12345678.9, 1e15, 1e22, 1e308, 0.5])
    loss, gx, _ = run(kernel.compiled, x, x, np.zeros(0))
    with mpmath.workprec(1200):
        want = np.array([[float(f(mpmath.mpf(v))) for v in x] for f in (mpmath.sin, mpmath.cos)])
    np.testing.assert_array_max_ulp(np.array([loss, gx]), want, 1)


def test_loops_of_formulas_become_vectors() -> None:
    text = (
        "2*a + x**2 - a*cos(2*pi*x) + exp(-y**2)*max(tanh(x*y), abs(y)) + log(1 + x**2) + sqrt(x**2 + y**2)"
    )
    scope = dict(_NAMESPACE)
    exec(_sources(text, ("a",))[0], scope)
    _register_shared()
    function = numba().njit(signature("loss"), error_model="numpy")(scope["formula_loss"])
    (code,) = function.inspect_llvm().values()
    products = [line for line in code.splitlines() if "fmul <" in line]
    # Those of every function, not of a line or two.
    assert len(products) > 60


def test_a_formula_of_many_functions_compiles_as_soon_as_ever() -> None:
    few, many = (" + ".join(f"sin({k}*x)*cos({k}*y)" for k in range(1, n)) for n in (3, 30))
    assert "vector_" in _sources(few, ())[0]
    assert "vector_" not in _sources(many, ())[0]
    assert "vector_" not in _sources(few, ())[1]  # the Hessian's loop stays as it is
