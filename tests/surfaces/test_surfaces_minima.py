"""What the catalog says about each surface: minima, start, domain, words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from optviz.catalog import Minimum, Surface
from optviz.formula import kernels
from optviz.surfaces import SURFACES

NO_DATA = np.zeros((0, 0))
# Minima on a kink (or, for the eggholder's deepest, on the border): the gradient need not vanish.
KINKED = {"bukin_n6"}
WITHOUT = {"saddle", "monkey_saddle"}
FORMULAS = [s for s in SURFACES if s.model is None]
CASES = [(s, m) for s in FORMULAS for m in s.minima]


def loss_and_gradient(surface: Surface, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    coefficients = np.array([k.default for k in surface.coefficients])
    out = [np.empty(x.size) for _ in range(3)]
    kernel = kernels(surface.formula, tuple(k.name for k in surface.coefficients)).loss
    kernel.python(x.ravel(), y.ravel(), coefficients, NO_DATA, *out)
    return out


def inside(surface: Surface, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    (a, b), (p, q) = surface.domain
    return (x >= a) & (x <= b) & (y >= p) & (y <= q)


@pytest.mark.parametrize(("surface", "minimum"), CASES, ids=lambda v: getattr(v, "id", ""))
def test_listed_minimum_is_one(surface: Surface, minimum: Minimum) -> None:
    x, y = (np.array([v]) for v in minimum.point)
    loss, gx, gy = (v[0] for v in loss_and_gradient(surface, x, y))
    assert loss == pytest.approx(minimum.loss, rel=1e-12, abs=1e-9)
    on_border = abs(x[0]) == 512
    if surface.id not in KINKED:
        scale = 1e-6 * max(1.0, abs(loss))
        assert abs(gy) <= scale
        assert on_border or abs(gx) <= scale
    # Lower than everything on small circles around it, inside the domain.
    (a, b), (p, q) = surface.domain
    angle = np.linspace(0, 2 * math.pi, 721)
    for radius in (1e-4, 1e-3):
        u, v = x + radius * (b - a) * np.cos(angle), y + radius * (q - p) * np.sin(angle)
        around = loss_and_gradient(surface, u, v)[0][inside(surface, u, v)]
        assert around.size > 300
        assert around.min() >= loss


@pytest.mark.parametrize("surface", [s for s in FORMULAS if s.minima], ids=lambda s: s.id)
def test_no_point_of_the_domain_is_lower(surface: Surface) -> None:
    """Coarse grid, then polish from its lowest hollows."""
    (a, b), (p, q) = surface.domain
    n = 401
    x, y = np.meshgrid(np.linspace(a, b, n), np.linspace(p, q, n))
    grid = loss_and_gradient(surface, x, y)[0].reshape(n, n)
    lowest = surface.minima[0].loss
    assert [m.loss for m in surface.minima] == sorted(m.loss for m in surface.minima)

    def f(point: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gx, gy = loss_and_gradient(surface, *(np.array([v]) for v in point))
        return loss[0], np.array([gx[0], gy[0]])

    padded = np.pad(grid, 1, constant_values=math.inf)
    neighbours = [padded[i : i + n, j : j + n] for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    hollow = np.all([grid <= other for other in neighbours], axis=0)
    order = np.argsort(grid[hollow])[:12]
    near = 0.002 * math.hypot(b - a, q - p)
    for u, v in zip(x[hollow][order], y[hollow][order], strict=True):
        found = minimize(f, (u, v), jac=True, bounds=surface.domain, options={"ftol": 1e-15})
        assert found.fun >= lowest - 1e-9
        if found.fun < lowest + 1e-9 and surface.id not in KINKED:  # as deep as the deepest: listed too
            distances = [math.dist(found.x, m.point) for m in surface.minima]
            assert min(distances) < near


def test_global_minima_known_by_number() -> None:
    counts = {"himmelblau": 4, "cross_in_tray": 4, "holder_table": 4, "schaffer_n4": 4, "branin": 3}
    counts |= {"six_hump_camel": 2, "dixon_price": 2, "bird": 2, "styblinski_tang": 1, "two_well": 1}
    for identifier, count in counts.items():
        minima = SURFACES[identifier].minima
        assert sum(m.loss <= minima[0].loss + 1e-9 for m in minima) == count
    assert len(SURFACES["two_well"].minima) == 2
    assert len(SURFACES["styblinski_tang"].minima) == 4
    assert len(SURFACES["six_hump_camel"].minima) == 6


@pytest.mark.parametrize("surface", FORMULAS, ids=lambda s: s.id)
def test_declaration_is_sound(surface: Surface) -> None:
    (a, b), (p, q) = surface.domain
    assert a < b
    assert p < q
    start = tuple(np.array([v]) for v in surface.start)
    assert inside(surface, *start).all()
    loss, gx, gy = (v[0] for v in loss_and_gradient(surface, *start))
    assert np.isfinite([loss, gx, gy]).all()
    assert math.hypot(gx, gy) > 1e-7  # not a stationary point
    assert abs(surface.start[0]) != abs(surface.start[1])
    assert (surface.minima == ()) == (surface.id in WITHOUT)
    for minimum in surface.minima:
        assert inside(surface, *(np.array([v]) for v in minimum.point)).all()
    assert surface.title
    assert surface.reference
    assert len(surface.help) > 40
    assert surface.help.endswith(".")
    for knob in surface.coefficients:
        assert knob.check(knob.default, surface.id) == knob.default
        assert knob.slider is not None
        assert knob.slider[0] <= knob.default <= knob.slider[1]
        for end in knob.slider:
            knob.check(end, surface.id)


def test_standard_names_are_there() -> None:
    expected = (
        "sphere ellipse ravine rosenbrock beale himmelblau booth matyas three_hump_camel six_hump_camel "
        "goldstein_price mccormick styblinski_tang rastrigin ackley levy_n13 easom griewank bukin_n6 "
        "eggholder cross_in_tray holder_table schaffer_n2 schaffer_n4 drop_wave michalewicz "
        "saddle monkey_saddle plateau_cliff two_well gaussian_hills abs_ravine"
    )
    assert set(expected.split()) <= set(SURFACES.ids)
    assert SURFACES.ids[0] == "sphere"
