"""Problems: the questions one can ask of a surface, and where its minima go."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from optviz.errors import InputError
from optviz.experiment import Experiment, Penalty
from optviz.problem import Problem
from optviz.surface_values import gradient, hessian, loss


def problem(surface="rosenbrock", **fields):
    return Problem.of(Experiment(surface, [{"optimizer": "gd"}], **fields))


def test_arrays_of_any_shape() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    value = loss("rosenbrock", x, y)
    assert value.shape == (3, 4, 5)
    assert value == pytest.approx((1 - x) ** 2 + 100 * (y - x * x) ** 2, rel=1e-13)
    assert loss("rosenbrock", 1.0, 1.0).shape == ()
    assert loss("rosenbrock", x[::2, :, ::-1], y[::2, :, ::-1]) == pytest.approx(value[::2, :, ::-1])


def test_shapes_must_match() -> None:
    with pytest.raises(InputError, match="equal shapes"):
        loss("sphere", [1.0], [1.0, 2.0])


def test_coefficients_and_penalty_reach_all_three() -> None:
    x, y = np.array([0.5, -2.0]), np.array([1.5, 0.25])
    given = {"coefficients": {"a": 2.0, "b": 5.0}, "penalty": {"l1": 0.3, "l2": 0.7}}
    assert loss("rosenbrock", x, y, **given) == pytest.approx(
        (2 - x) ** 2 + 5 * (y - x * x) ** 2 + 0.3 * (abs(x) + abs(y)) + 0.35 * (x * x + y * y)
    )
    gx, _ = gradient("rosenbrock", x, y, **given)
    assert gx == pytest.approx(-2 * (2 - x) - 20 * x * (y - x * x) + 0.3 * np.sign(x) + 0.7 * x)
    hxx, hxy, hyy = hessian("rosenbrock", x, y, **given)
    assert hxx == pytest.approx(2 - 20 * (y - 3 * x * x) + 0.7)
    assert hxy == pytest.approx(-20 * x)
    assert hyy == pytest.approx(10.7)


def test_the_raster_is_the_loss() -> None:
    asked = problem("himmelblau", penalty=Penalty(0.1, 0.2))
    xs, ys = np.linspace(-5, 5, 231), np.linspace(-4, 4, 173)
    assert np.array_equal(asked.raster(xs, ys), asked.loss(*np.meshgrid(xs, ys)))


def test_minima_follow_the_coefficients() -> None:
    assert problem(coefficients={"a": 1.5}).minima == pytest.approx(np.array([[1.5, 2.25]]), abs=1e-9)


@pytest.mark.parametrize("penalty", [Penalty(l2=0.5), Penalty(l1=0.8), Penalty(0.3, 0.4)])
@pytest.mark.parametrize("surface", ["booth", "himmelblau", "styblinski_tang"])
def test_minima_follow_the_penalty(surface, penalty) -> None:
    asked = problem(surface, penalty=penalty)
    assert len(asked.minima)
    for x, y in asked.minima:
        found = minimize(
            lambda p: float(asked.loss(*p)), (x + 1e-3, y - 1e-3), method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000},
        )  # fmt: skip
        assert float(asked.loss(x, y)) <= found.fun + 1e-10
        assert (x, y) == pytest.approx(found.x, abs=1e-4)


def test_minima_of_a_formula_are_found() -> None:
    typed = Problem.of(Experiment(formula="(x**2 - 4)**2 + (y - 1)**2", entrants=[{"optimizer": "gd"}]))
    assert typed.minima[np.argsort(typed.minima[:, 0])] == pytest.approx(
        np.array([[-2.0, 1.0], [2.0, 1.0]]), abs=1e-8
    )
    kinked = Problem.of(Experiment(formula="abs(x - 1) + 0.1*y**2", entrants=[{"optimizer": "gd"}]))
    assert kinked.minima == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-6)


def test_no_minima_where_there_are_none() -> None:
    assert problem("saddle").minima.shape == (0, 2)
    assert Problem.of(Experiment(formula="x + y", entrants=[{"optimizer": "gd"}])).minima.shape == (0, 2)


def typed(formula, **fields):
    return Problem.of(Experiment(formula=formula, entrants=[{"optimizer": "gd"}], **fields))


@pytest.mark.parametrize(
    "formula",
    ["3", "x**2", "exp(x*x*x*x)", "log(x)+log(y)", "(x-2*y)**2", "(x**2+y**2-1)**2", "(y-sin(x))**2",
     "abs(y-sin(x))", "-1/((x-0.3)**2+(y-0.4)**2)", "log((x-0.3)**2+(y-0.4)**2)", "x*y", "1/x"],
)  # fmt: skip
def test_no_minima_are_invented(formula) -> None:
    """Flat valleys, straight and curved, plateaus, poles and slopes have no isolated minimum."""
    assert typed(formula).minima.shape == (0, 2)


@pytest.mark.parametrize(
    ("formula", "points"),
    [
        ("x**4 + y**4", [(0, 0)]),
        ("sqrt(abs(x)) + abs(y - 1)", [(0, 1)]),
        ("max(abs(x), abs(y - 0.3))", [(0, 0.3)]),
        ("(x - 5/96)**2 + (y - 5/96)**2", [(5 / 96, 5 / 96)]),  # halfway between points of the grid
        ("cos(x) + cos(y)", [(a * np.pi, b * np.pi) for a in (-1, 1) for b in (-1, 1)]),
    ],
)
def test_isolated_minima_are_found(formula, points) -> None:
    for wait in (True, False):
        asked = Problem.of(Experiment(formula=formula, entrants=[{"optimizer": "gd"}]), wait=wait)
        found = asked.minima[np.lexsort(asked.minima.round(3).T)]
        expected = np.array(points, float)
        assert found == pytest.approx(expected[np.lexsort(expected.round(3).T)], abs=1e-3)


def test_many_minima_are_all_told() -> None:
    found = typed("sin(3*x)*sin(3*y)").minima
    # At odd multiples of pi/6 with product -1: half of 10 x 10 in [-5, 5].
    assert len(found) == 50
    assert np.sin(3 * found[:, 0]) * np.sin(3 * found[:, 1]) == pytest.approx(-1)


@pytest.mark.parametrize("name", ["saddle", "monkey_saddle"])
def test_a_penalty_may_make_a_minimum(name) -> None:
    assert problem(name, penalty=Penalty(l2=3.0)).minima == pytest.approx(np.zeros((1, 2)), abs=1e-9)


def test_curvature_is_the_eigenvalues() -> None:
    asked = problem("goldstein_price")
    (hxx, hxy, hyy) = (float(h) for h in asked.hessian(0.3, -0.7))
    assert asked.curvature(0.3, -0.7) == pytest.approx(
        np.linalg.eigvalsh([[hxx, hxy], [hxy, hyy]]), rel=1e-12
    )
