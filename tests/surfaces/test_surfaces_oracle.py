"""Every surface's loss against a textbook implementation, its derivatives against SymPy's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from numpy import abs, cos, exp, pi, sin, sqrt, tanh

from optviz.catalog import Surface
from optviz.formula import kernels, parse, to_sympy
from optviz.surfaces import SURFACES

NO_DATA = np.zeros((0, 0))
FORMULAS = [surface for surface in SURFACES if surface.model is None]


def evaluate(
    surface: Surface, x: Any, y: Any, values: dict[str, float], order: int = 1, compiled: bool = False
) -> list[np.ndarray]:
    """Return loss, gx, gy (order 1) or hxx, hxy, hyy (order 2) at float64[n] points."""
    pair = kernels(surface.formula, tuple(k.name for k in surface.coefficients))
    kernel = pair.loss if order == 1 else pair.hessian
    coefficients = np.array([values[k.name] for k in surface.coefficients], dtype=float)
    out = [np.empty(len(x)) for _ in range(3)]
    (kernel.compiled if compiled else kernel.python)(x, y, coefficients, NO_DATA, *out)
    return out


def default(surface: Surface) -> dict[str, float]:
    return {k.name: k.default for k in surface.coefficients}


def other(surface: Surface) -> dict[str, float]:
    """Coefficients away from their defaults, inside the sliders."""
    return {k.name: 0.7 * k.default + 0.3 * k.slider[1] for k in surface.coefficients if k.slider}


def points(surface: Surface, n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(sum(map(ord, surface.id)))
    (a, b), (p, q) = surface.domain
    return random.uniform(a, b, n), random.uniform(p, q, n)


# As the literature writes them, by hand, with no look at the formula strings.


def ellipse(x: Any, y: Any, condition: float, rotation: float) -> Any:
    t = math.radians(rotation)
    turn = np.array([[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]])
    u = turn @ np.array([x, y])
    return 0.5 * (u[0] ** 2 + condition * u[1] ** 2)


def michalewicz(x: Any, y: Any, m: float) -> Any:
    # For a whole m the textbook's power 2m; in between, the power of the square.
    terms = [sin(v) * np.power(abs(sin((k + 1) * v**2 / pi)), 2 * m) for k, v in enumerate((x, y))]
    return -sum(terms)


def peaks(x: Any, y: Any) -> Any:
    return (
        3 * (1 - x) ** 2 * exp(-(x**2) - (y + 1) ** 2)
        - 10 * (x / 5 - x**3 - y**5) * exp(-(x**2) - y**2)
        - 1 / 3 * exp(-((x + 1) ** 2) - y**2)
    )


def goldstein_price(x: Any, y: Any) -> Any:
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    return first * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))


def gaussian_hills(x: Any, y: Any, height: float) -> Any:
    def bump(u: float, v: float, sharpness: float) -> Any:
        return exp(-sharpness * ((x - u) ** 2 + (y - v) ** 2))

    hills = bump(0.2, 0.5, 1) + 0.7 * bump(-0.9, -1.3, 1.5)
    hollows = 1.2 * bump(1.5, -1, 2) + 0.8 * bump(-1.6, 1.2, 1)
    return 0.05 * (x**2 + y**2) + height * (hills - hollows)


def zakharov(x: Any, y: Any) -> Any:
    s = 0.5 * 1 * x + 0.5 * 2 * y
    return x**2 + y**2 + s**2 + s**4


def styblinski_tang(x: Any, y: Any) -> Any:
    return sum(v**4 - 16 * v**2 + 5 * v for v in (x, y)) / 2


def branin(x: Any, y: Any) -> Any:
    b, c, t = 5.1 / (4 * pi**2), 5 / pi, 1 / (8 * pi)
    return (y - b * x**2 + c * x - 6) ** 2 + 10 * (1 - t) * cos(x) + 10


def ackley(x: Any, y: Any, a: float, b: float, c: float) -> Any:
    return -a * exp(-b * sqrt((x**2 + y**2) / 2)) - exp((cos(c * x) + cos(c * y)) / 2) + a + np.e


def eggholder(x: Any, y: Any) -> Any:
    return -(y + 47) * sin(sqrt(abs(y + x / 2 + 47))) - x * sin(sqrt(abs(x - (y + 47))))


def levy_n13(x: Any, y: Any) -> Any:
    tail = (y - 1) ** 2 * (1 + sin(2 * pi * y) ** 2)
    return sin(3 * pi * x) ** 2 + (x - 1) ** 2 * (1 + sin(3 * pi * y) ** 2) + tail


def _schaffer(top: Any, x: Any, y: Any) -> Any:
    return 0.5 + (top - 0.5) / (1 + 0.001 * (x**2 + y**2)) ** 2


TEXTBOOK: dict[str, Callable[..., Any]] = {
    "sphere": lambda x, y: x**2 + y**2,
    "ellipse": ellipse,
    "ravine": lambda x, y, condition: (x**2 + condition * y**2) / 2,
    "booth": lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
    "matyas": lambda x, y: 0.26 * (x**2 + y**2) - 0.48 * x * y,
    "rosenbrock": lambda x, y, a, b: (a - x) ** 2 + b * (y - x**2) ** 2,
    "beale": lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
    "leon": lambda x, y: 100 * (y - x**3) ** 2 + (1 - x) ** 2,
    "zakharov": zakharov,
    "dixon_price": lambda x, y: (x - 1) ** 2 + 2 * (2 * y**2 - x) ** 2,
    "freudenstein_roth": lambda x, y: (
        (-13 + x + ((5 - y) * y - 2) * y) ** 2 + (-29 + x + ((y + 1) * y - 14) * y) ** 2
    ),
    "bukin_n6": lambda x, y: 100 * sqrt(abs(y - 0.01 * x**2)) + 0.01 * abs(x + 10),
    "abs_ravine": lambda x, y, curvature: abs(x) + curvature * y**2,
    "plateau_cliff": lambda x, y, height, steepness, slope: (
        height * (1 + tanh(steepness * x)) / 2 + slope * ((x + 2) ** 2 + y**2)
    ),
    "saddle": lambda x, y: x**2 - y**2,
    "monkey_saddle": lambda x, y: ((x + 1j * y) ** 3).real,
    "two_well": lambda x, y, tilt: (x**2 - 1) ** 2 + tilt * x + y**2,
    "three_hump_camel": lambda x, y: 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "six_hump_camel": lambda x, y: (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2,
    "styblinski_tang": styblinski_tang,
    "mccormick": lambda x, y: sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
    "branin": branin,
    "goldstein_price": goldstein_price,
    "gaussian_hills": gaussian_hills,
    "peaks": peaks,
    "bird": lambda x, y: sin(x) * exp((1 - cos(y)) ** 2) + cos(y) * exp((1 - sin(x)) ** 2) + (x - y) ** 2,
    "bohachevsky": lambda x, y: x**2 + 2 * y**2 - 0.3 * cos(3 * pi * x) - 0.4 * cos(4 * pi * y) + 0.7,
    "rastrigin": lambda x, y, amplitude: (
        2 * amplitude + sum(v**2 - amplitude * cos(2 * pi * v) for v in (x, y))
    ),
    "ackley": ackley,
    "levy_n13": levy_n13,
    "griewank": lambda x, y: (x**2 + y**2) / 4000 - cos(x) * cos(y / sqrt(2)) + 1,
    "drop_wave": lambda x, y, frequency: -(1 + cos(frequency * np.hypot(x, y))) / (0.5 * (x**2 + y**2) + 2),
    "schaffer_n2": lambda x, y: _schaffer(sin(x**2 - y**2) ** 2, x, y),
    "schaffer_n4": lambda x, y: _schaffer(cos(sin(abs(x**2 - y**2))) ** 2, x, y),
    "easom": lambda x, y: -cos(x) * cos(y) * exp(-((x - pi) ** 2 + (y - pi) ** 2)),
    "michalewicz": michalewicz,
    "cross_in_tray": lambda x, y: (
        -0.0001 * (abs(sin(x) * sin(y) * exp(abs(100 - sqrt(x**2 + y**2) / pi))) + 1) ** 0.1
    ),
    "holder_table": lambda x, y: -abs(sin(x) * cos(y) * exp(abs(1 - sqrt(x**2 + y**2) / pi))),
    "eggholder": eggholder,
}


def test_every_surface_has_its_textbook() -> None:
    assert set(TEXTBOOK) == {surface.id for surface in FORMULAS}
    assert len(FORMULAS) >= 34


@pytest.mark.parametrize("surface", FORMULAS, ids=lambda s: s.id)
@pytest.mark.parametrize("coefficients", [default, other])
def test_loss_is_the_textbooks(surface: Surface, coefficients: Callable[[Surface], dict[str, float]]) -> None:
    values = coefficients(surface)
    x, y = points(surface, 500)
    expected = TEXTBOOK[surface.id](x, y, **values)
    np.testing.assert_allclose(
        evaluate(surface, x, y, values)[0], expected, rtol=1e-10, atol=1e-13 * np.abs(expected).max()
    )


_MODULES: list[Any] = [
    {"DiracDelta": lambda *a: mpmath.mpf(0), "Heaviside": lambda u, *a: mpmath.mpf(u > 0)},
    "mpmath",
]


@pytest.mark.parametrize("surface", FORMULAS, ids=lambda s: s.id)
def test_derivatives_are_sympys(surface: Surface) -> None:
    names = [k.name for k in surface.coefficients]
    expression = to_sympy(parse(surface.formula, names))
    x, y = sympy.symbols("x y", real=True)
    derivatives = [expression.diff(*by) for by in ((x,), (y,), (x, x), (x, y), (y, y))]
    symbols = [x, y, *(sympy.Symbol(name, real=True) for name in names)]
    oracle = sympy.lambdify(symbols, [expression, *derivatives], modules=_MODULES, cse=True)
    for values in (default(surface), other(surface))[: 2 if names else 1]:
        xs, ys = points(surface, 4)
        ours = np.array(evaluate(surface, xs, ys, values) + evaluate(surface, xs, ys, values, order=2))
        with mpmath.workdps(40):
            theirs = np.array([
                [float(v) for v in oracle(*map(mpmath.mpf, (a, b, *values.values())))]
                for a, b in zip(xs, ys, strict=True)
            ]).T  # fmt: skip
        # Relative to the size of the loss, the gradient and the Hessian, each as a whole: one
        # coordinate may be the small difference of large terms.
        for rows in (slice(0, 1), slice(1, 3), slice(3, 6)):
            size = np.abs(theirs[rows]).max()
            np.testing.assert_allclose(ours[rows], theirs[rows], rtol=1e-10, atol=1e-10 * size + 1e-300)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("surface", FORMULAS, ids=lambda s: s.id)
def test_compiled_and_plain_kernels_agree(surface: Surface, order: int) -> None:
    x, y = points(surface, 200)
    x, y = np.append(x, surface.start[0]), np.append(y, surface.start[1])
    compiled = evaluate(surface, x, y, default(surface), order, compiled=True)
    for a, b in zip(compiled, evaluate(surface, x, y, default(surface), order), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * np.abs(b).max())
