"""The exponential functions of the kernels against mpmath and SciPy, compiled and as plain Python."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.special
import torch

from optviz.errors import InputError
from optviz.kernels import activations, vector_math
from optviz.kernels.compile import _register_shared, numba

HALVES = -np.arange(1, 1000) * np.log(2) / 2  # where the power of 2 changes, and between
NEGATIVE = np.concatenate([-np.logspace(-18, np.log10(707.9), 4001), -np.linspace(0, 40, 4001), HALVES])
NEGATIVE = NEGATIVE[NEGATIVE > -708]
SIGNED = np.concatenate([NEGATIVE, -NEGATIVE])


def compiled(function, values):
    """Return a compiled loop of the function over values, as kernels run it."""
    _register_shared()

    def loop(x, out):
        for i in range(x.shape[0]):
            out[i] = function(x[i])

    out = np.empty_like(values)
    numba().njit(error_model="numpy")(loop)(values, out)
    return out


def exact(function, values):
    with mpmath.workdps(40):
        return np.array([float(function(mpmath.mpf(float(v)))) for v in values])


def relative(got, want):
    return np.max(np.abs(got - want) / np.where(want == 0, 1e-300, np.abs(want)))


@pytest.mark.parametrize(
    ("name", "oracle", "values"),
    [
        ("exp_negative", mpmath.exp, NEGATIVE),
        ("expm1_negative", mpmath.expm1, NEGATIVE),
        ("log1p_unit", mpmath.log1p, np.concatenate([np.linspace(0, 1, 4001), np.logspace(-300, 0, 2001)])),
        ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), SIGNED),
        ("tanh", mpmath.tanh, SIGNED),
        ("softplus", lambda x: mpmath.log1p(mpmath.exp(x)), SIGNED),
        ("erfcx", lambda x: mpmath.exp(x * x) * mpmath.erfc(x), np.linspace(0, 30, 3001)),
    ],
)
def test_relative_error(name, oracle, values) -> None:
    function = getattr(vector_math, name)
    want = exact(oracle, values)
    assert relative(compiled(function, values), want) < 1e-14
    few = slice(None, None, 37)
    assert relative(np.array([function(v) for v in values[few]]), want[few]) < 1e-14


def test_normal_distribution() -> None:
    x = np.concatenate([np.linspace(-37, 37, 5001), np.linspace(-1e-3, 1e-3, 101)])
    _register_shared()
    below, density = (
        compiled(numba().njit(part), x)
        for part in (lambda v: vector_math.gaussian(v)[0], lambda v: vector_math.gaussian(v)[1])
    )
    near = np.abs(x) < 10
    assert relative(below[near], exact(mpmath.ncdf, x[near])) < 2e-14
    assert relative(density[near], exact(mpmath.npdf, x[near])) < 2e-14
    # Far out the rounding of x**2 counts.
    assert relative(below, scipy.special.ndtr(x)) < 1e-12
    assert np.max(np.abs(below - scipy.special.ndtr(x))) < 1e-15


@pytest.mark.parametrize(
    "name", ["exp_negative", "expm1_negative", "log1p_unit", "sigmoid", "tanh", "softplus", "erfcx"]
)
def test_not_a_number_stays_one(name) -> None:
    assert np.isnan(compiled(getattr(vector_math, name), np.array([np.nan]))).all()


def test_ends_of_the_line() -> None:
    far = np.array([-709.0, -1e5, -1e300, -np.inf])
    assert (compiled(vector_math.exp_negative, far) == 0).all()
    assert (compiled(vector_math.expm1_negative, far) == -1).all()
    both = np.array([1e300, np.inf])
    for function, left, right in [
        (vector_math.tanh, -1, 1),
        (vector_math.sigmoid, 0, 1),
        (vector_math.softplus, 0, both),
    ]:
        assert (compiled(function, both) == right).all()
        assert (compiled(function, -both) == left).all()


TORCH = {
    "identity": lambda s: s,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "softplus": torch.nn.functional.softplus,
    "elu": torch.nn.functional.elu,
}


def test_the_codes_are_the_places() -> None:
    assert [a.id for a in activations.ACTIVATIONS] == list(TORCH)
    assert [activations.code_of(name) for name in TORCH] == list(range(9))
    with pytest.raises(InputError, match=r"'swish'.*identity, sigmoid"):
        activations.code_of("swish")


@pytest.mark.parametrize("name", TORCH)
def test_activations_as_drawn(name) -> None:
    s = np.linspace(-12, 12, 481).reshape(13, 37)  # 0 among them, where the kinks are
    t = torch.tensor(s, requires_grad=True)
    a = TORCH[name](t)
    (da,) = torch.autograd.grad(a.sum(), t)
    got, slope = activations.activation(name, s)
    assert got.shape == slope.shape == s.shape
    assert np.max(np.abs(got - a.detach().numpy())) < 1e-14 * 12
    assert np.max(np.abs(slope - da.numpy())) < 1e-14
    assert math.isfinite(activations.activation(name, -800.0)[0])


@pytest.fixture(scope="module")
def apply_all():
    """All three ways in which kernels apply an activation."""
    _register_shared()
    activate, slope, curvature = (
        activations.activate, activations.activate_slope, activations.activate_curvature,
    )  # fmt: skip

    def run(code, s, s1, d1, s2, d2, dd2):
        activate(code, s)
        slope(code, s1, d1)
        curvature(code, s2, d2, dd2)

    return numba().njit(error_model="numpy")(run)


@pytest.mark.parametrize("name", TORCH)
def test_activations_in_kernels(name, apply_all) -> None:
    code = activations.code_of(name)
    values = np.concatenate([np.linspace(-12, 12, 481), [-800.0, 800.0, -1e154, 1e154, -1e300, 1e300]])
    t = torch.tensor(values, requires_grad=True)
    a = TORCH[name](t)
    (da,) = torch.autograd.grad(a.sum(), t, create_graph=True)
    dda = torch.zeros_like(t)
    if da.requires_grad:
        dda = torch.autograd.grad(da.sum(), t)[0]
    # Torch multiplies infinity by 0 where GELU's tail is 0.
    dda = torch.where(torch.abs(t) > 1e3, torch.zeros_like(t), dda).detach().numpy()
    a, da = a.detach().numpy(), da.detach().numpy()
    scale = np.maximum(np.abs(a), 1)
    rows = [values.copy() for _ in range(6)]
    # Softplus is linear beyond 20 in torch, and not here.
    tolerance = 2.5e-9 if name == "softplus" else 1e-13
    apply_all(code, *rows)
    for got in (rows[0], rows[1], rows[3]):
        assert np.max(np.abs(got - a) / scale) < tolerance
    for got in (rows[2], rows[4]):
        assert np.max(np.abs(got - da)) < tolerance
    assert np.max(np.abs(rows[5] - dda)) < tolerance
