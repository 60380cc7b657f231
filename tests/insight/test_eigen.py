"""The eigen-view: theory against iterating in 50 digits, eigenvectors against SciPy."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.linalg import eigh, eigvals

from optviz.experiment import Experiment
from optviz.formula import parse
from optviz.insight import Eigen, eigen
from optviz.insight.quadratic import is_quadratic, polynomial
from optviz.insight.theory import Recurrence, critical_product, recurrence
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, simulate

LINEAR: list[dict[str, Any]] = [
    {"optimizer": "gd", "learning_rate": 0.015},
    {"optimizer": "gd", "learning_rate": 0.015, "weight_decay": 0.4},
    {"optimizer": "gd", "learning_rate": 0.021},
    {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.5, "dampening": 0.3},
    {"optimizer": "momentum", "learning_rate": 0.01},
    {"optimizer": "momentum", "learning_rate": 0.01, "momentum": 0.81},  # both roots equal where λ = 1
    {"optimizer": "momentum", "learning_rate": 0.002, "momentum": 0.2, "weight_decay": 0.2},
    {"optimizer": "nesterov", "learning_rate": 0.01},
    {"optimizer": "nesterov", "learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.1},
    {"optimizer": "qhm", "learning_rate": 0.05},
    {"optimizer": "qhm", "learning_rate": 0.02, "momentum": 0.9, "nu": 0.3},
    {"optimizer": "newton", "learning_rate": 0.3, "epsilon": 0.5},
]


def raced(surface: str, entrants: list[dict[str, Any]], **given: Any) -> tuple[Experiment, Run]:
    of = {"formula": surface} if "*" in surface else {"surface": surface}
    experiment = Experiment(**of, entrants=tuple(entrants), **{"steps": 120, **given})
    return experiment, simulate(experiment, wait=False)


def view(experiment: Experiment, run: Run, i: int) -> Eigen:
    found = eigen(experiment, run, i, Problem.of(experiment, wait=False))
    assert found is not None
    return found


def iterated(entrant: dict[str, Any], hessian: Any, minimum: Any, start: Any, steps: int) -> np.ndarray:
    """Return the path of a rule on a quadratic, float64[steps + 1, 2], from its definition in 50 digits."""
    with mpmath.workdps(50):
        mp = mpmath.mpf
        knobs = {knob.name: knob.default for knob in OPTIMIZERS[entrant["optimizer"]].knobs} | entrant
        lr, mu, decay = (mp(knobs.get(n, 0.0)) for n in ("learning_rate", "momentum", "weight_decay"))
        x, m, kind = [mp(float(c)) for c in start], [mp(0), mp(0)], entrant["optimizer"]
        h = [[mp(float(c)) for c in row] for row in hessian]
        path = [list(map(float, x))]
        for t in range(steps):
            e = [x[i] - mp(float(minimum[i])) for i in (0, 1)]
            g = [h[i][0] * e[0] + h[i][1] * e[1] + decay * x[i] for i in (0, 1)]
            for i in (0, 1):
                if kind in ("gd", "newton"):
                    m[i] = g[i]
                elif kind in ("sgd", "momentum"):
                    m[i] = mu * m[i] + (g[i] if t == 0 else (1 - mp(knobs["dampening"])) * g[i])
                elif kind == "nesterov":
                    m[i] = mu * m[i] + g[i]
                else:
                    m[i] = mu * m[i] + (1 - mu) * g[i]
            s = m
            if kind == "nesterov":
                s = [g[i] + mu * m[i] for i in (0, 1)]
            elif kind == "qhm":
                s = [(1 - mp(knobs["nu"])) * g[i] + mp(knobs["nu"]) * m[i] for i in (0, 1)]
            elif kind == "newton":
                eps = mp(knobs["epsilon"])
                a, b, d = h[0][0] + eps, h[0][1], h[1][1] + eps
                s = [(d * g[0] - b * g[1]) / (a * d - b * b), (a * g[1] - b * g[0]) / (a * d - b * b)]
            x = [x[i] - lr * s[i] for i in (0, 1)]
            path.append(list(map(float, x)))
    return np.array(path)


BOWLS = {
    "ravine": (np.diag([1.0, 100.0]), (0.0, 0.0)),
    "booth": (np.array([[10.0, 8.0], [8.0, 10.0]]), (1.0, 3.0)),
    "x*y + 3*x - y + 0.5*x**2": (np.array([[1.0, 1.0], [1.0, 0.0]]), (1.0, -4.0)),  # a saddle
}


@pytest.mark.parametrize("surface", BOWLS)
def test_theory_is_what_iterating_in_fifty_digits_gives(surface: str) -> None:
    hessian, minimum = BOWLS[surface]
    experiment, run = raced(surface, LINEAR, start=(-1.3, 0.9))
    for i, entrant in enumerate(LINEAR):
        found = view(experiment, run, i)
        n = run.entrants[i].stopped_at
        path = iterated(entrant, hessian, minimum, (-1.3, 0.9), n)
        assert found.theory is not None
        expected = (path - np.array(minimum)) @ found.vectors
        size = np.abs(expected).max()
        np.testing.assert_allclose(found.theory, expected, rtol=1e-9, atol=2e-11 * size, err_msg=str(entrant))
        np.testing.assert_allclose(found.measured, expected, rtol=1e-7, atol=1e-10 * size)
        assert found.formula.startswith("e_")


def test_eigenvalues_and_vectors() -> None:
    for surface, (hessian, minimum) in BOWLS.items():
        experiment, run = raced(surface, LINEAR[:1])
        found = view(experiment, run, 0)
        values, vectors = eigh(hessian)
        np.testing.assert_allclose(found.values, values, rtol=1e-13)
        np.testing.assert_allclose(np.abs(found.vectors), np.abs(vectors), atol=1e-13)
        np.testing.assert_allclose(hessian @ found.vectors, found.vectors * values, atol=1e-12)
        assert (found.vectors[np.abs(found.vectors).argmax(axis=0), [0, 1]] > 0.0).all()
        np.testing.assert_allclose(found.minimum, minimum, atol=1e-13)
        back = found.minimum + found.measured @ found.vectors.T
        np.testing.assert_allclose(back, run.entrants[0].path, atol=1e-12)


def test_the_penalty_is_part_of_it() -> None:
    experiment, run = raced("booth", LINEAR[:1], penalty={"l2": 3.0})
    found = view(experiment, run, 0)
    np.testing.assert_allclose(found.values, [5.0, 21.0], rtol=1e-13)
    np.testing.assert_allclose(
        found.minimum, np.linalg.solve([[13.0, 8.0], [8.0, 13.0]], [34.0, 38.0]), rtol=1e-12
    )


def test_the_rate_is_what_a_step_leaves_in_the_long_run() -> None:
    entrants = [
        {"optimizer": "gd", "learning_rate": 0.015}, {"optimizer": "momentum", "learning_rate": 0.01},
        {"optimizer": "nesterov", "learning_rate": 0.002},
    ]  # fmt: skip
    experiment, run = raced("ravine", entrants, steps=900)
    for i in range(3):
        found = view(experiment, run, i)
        k = min(run.entrants[i].stopped_at, 400)
        sizes = np.abs(found.measured[: k + 1])
        # The largest of some hundred steps, late against early: swings and all.
        late, early = sizes[k - 60 :].max(axis=0), sizes[k // 2 - 60 : k // 2 + 1].max(axis=0)
        there = early > 1e-280
        np.testing.assert_allclose(((late / early) ** (2.0 / k))[there], found.rate[there], atol=5e-3)


def test_where_there_is_no_theory_the_errors_are_still_measured() -> None:
    rules = [{"optimizer": o} for o in ("adam", "adagrad", "lion", "schedule_free_sgd", "rprop", "adadelta")]
    rules += [{"optimizer": "gd", "schedule": {"name": "cosine"}}]
    experiment, run = raced("ellipse", rules)
    for i in range(len(rules)):
        found = view(experiment, run, i)
        assert found.theory is None
        assert np.isnan(found.rate).all()
        assert found.measured.shape == (run.entrants[i].stopped_at + 1, 2)
        assert found.formula
    experiment, run = raced("ellipse", [{"optimizer": "gd"}, {"optimizer": "sgd"}], noise=0.1)
    assert view(experiment, run, 0).theory is not None  # always free of noise
    assert view(experiment, run, 1).theory is None


def test_a_regression_is_a_quadratic_and_its_mini_batches_have_no_theory() -> None:
    for batch, known in ((0, True), (4, False)):
        experiment = Experiment(
            surface="linear_regression", batch_size=batch, steps=30,
            entrants=({"optimizer": "sgd", "learning_rate": 0.1},),
        )  # fmt: skip
        run = simulate(experiment)
        found = eigen(experiment, run, 0)
        assert found is not None
        x, y = np.array(Problem.of(experiment).data[0]), np.array(Problem.of(experiment).data[2])
        slope, intercept = np.polyfit(x, y, 1)
        np.testing.assert_allclose(found.minimum, [slope, intercept], rtol=1e-9)
        assert (found.theory is not None) is known
        if known:
            np.testing.assert_allclose(found.theory, found.measured, atol=1e-10)


@pytest.mark.parametrize(
    "formula",
    [
        "x**3 + y**2",
        "abs(x) + y**2",
        "x**2 + y",
        "max(x, y)**2",
        "sqrt(x**2)**2 + y**2",
        "x*x/y",
        "3 + 0*x*y + y",
    ],
)
def test_what_is_no_quadratic_or_has_no_stationary_point_has_no_view(formula: str) -> None:
    experiment, run = raced(formula, [{"optimizer": "gd"}], steps=3)
    assert eigen(experiment, run, 0, Problem.of(experiment, wait=False)) is None


def test_a_kinked_penalty_and_a_curved_model_have_no_view() -> None:
    experiment, run = raced("ravine", [{"optimizer": "gd"}], steps=3, penalty={"l1": 0.1})
    assert eigen(experiment, run, 0, Problem.of(experiment, wait=False)) is None
    for choices, known in (
        ({"activation": "tanh"}, False),
        ({"activation": "identity", "loss": "mse"}, True),
    ):
        experiment = Experiment(
            surface="neuron", choices={"batch_norm": False, **choices}, entrants=({"optimizer": "gd"},)
        )
        assert is_quadratic(Problem.of(experiment, wait=False)) is known


def test_a_valley_floor_without_curvature_keeps_the_start() -> None:
    experiment, run = raced(
        "(x - 1)**2 + 0*y", [{"optimizer": "gd", "learning_rate": 0.1}], start=(3.0, 2.0), steps=9
    )
    found = view(experiment, run, 0)
    np.testing.assert_allclose(found.values, [0.0, 2.0])
    np.testing.assert_allclose(found.minimum, [1.0, 2.0], atol=1e-15)
    assert found.theory is not None
    np.testing.assert_allclose(found.theory, found.measured, atol=1e-14)


def test_polynomials_are_read_off_formulas() -> None:
    found = polynomial(parse("(x + 2*y - c)**2/4 - x**3 + x*x*x + min(2, 3)*y", ("c",)), {"c": 6.0})
    assert found == {(2, 0): 0.25, (1, 1): 1.0, (0, 2): 1.0, (1, 0): -3.0, (0, 1): -4.0, (0, 0): 9.0}
    assert polynomial(parse("sin(x)", ()), {}) is None
    assert polynomial(parse("2**x", ()), {}) is None
    assert polynomial(parse("x**0.5", ()), {}) is None


# ------------------------------------------------------------------ the recurrence itself


@pytest.mark.parametrize(
    ("trace", "determinant"),
    [(1.8, 0.81), (1.8, 0.81 - 1e-15), (1.8, 0.81 + 1e-15), (0.0, 0.5), (0.0, 0.0), (-1.2, 0.2), (2.0, 1.0),
     (0.7, 0.0), (1e-9, -0.4), (1.999, 0.9991), (-1.8, 0.81), (0.3, -0.9)],
)  # fmt: skip
def test_roots_give_what_stepping_gives(trace: float, determinant: float) -> None:
    rule = Recurrence(0.4, trace, determinant)
    with mpmath.workdps(60):
        errors = [mpmath.mpf(1), mpmath.mpf(0.4)]
        while len(errors) < 400:
            errors.append(mpmath.mpf(trace) * errors[-1] - mpmath.mpf(determinant) * errors[-2])
        expected = np.array([float(one) for one in errors])
    got = rule.error(np.arange(400.0))
    envelope = np.maximum.accumulate(np.abs(expected)[::-1])[::-1]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11 * max(envelope[0], 1e-300))
    matrix = np.array([[trace, -determinant], [1.0, 0.0]])
    assert rule.rate == pytest.approx(np.abs(eigvals(matrix)).max(), abs=2e-7)


@pytest.mark.parametrize("identifier", ["gd", "sgd", "momentum", "nesterov", "qhm"])
def test_stable_products_of_the_catalog_are_where_the_roots_leave_the_circle(identifier: str) -> None:
    declared = OPTIMIZERS[identifier]
    draw = np.random.default_rng(3)
    for _ in range(40):
        hypers = {knob.name: knob.default for knob in declared.knobs}
        hypers |= {name: float(draw.uniform(0.0, 0.99)) for name in ("momentum", "nu") if name in hypers}
        product = declared.stable_product(hypers)  # type: ignore[misc]
        for share, stable in ((0.999, True), (1.001, False)):
            rule = recurrence(identifier, hypers, share * product, 1.0)
            assert rule is not None
            assert (rule.rate < 1.0) is stable, hypers
        critical = critical_product(identifier, hypers)
        if critical == critical:
            below, above = (recurrence(identifier, hypers, share * critical, 1.0) for share in (0.999, 1.001))
            assert below is not None
            assert above is not None
            assert not below.rings, hypers
            assert above.rings or hypers.get("nu", 1.0) < 0.05, hypers


def test_rules_that_are_not_linear_have_no_recurrence() -> None:
    linear = {"gd", "sgd", "momentum", "nesterov", "qhm", "newton"}
    for declared in OPTIMIZERS:
        hypers = {knob.name: knob.default for knob in declared.knobs}
        assert (recurrence(declared.id, hypers, 0.1, 1.0) is not None) is (declared.id in linear)


def test_newton_on_curvatures_sixteen_decades_apart() -> None:
    """Along the axes nothing is rounded; its ε of 1e-8 is half of λ = 2e-8: a step leaves a third."""
    experiment = Experiment(
        formula="1e8*x**2+1e-8*y**2", start=(1.0, 1.0), steps=8, entrants=({"optimizer": "newton"},)
    )
    run = simulate(experiment, wait=False)
    view = eigen(experiment, run, 0, Problem.of(experiment, wait=False))
    assert view is not None
    assert view.theory is not None
    assert view.minimum.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(view.theory[:, 0], (1.0 / 3.0) ** np.arange(len(view.theory)), rtol=1e-12)
    np.testing.assert_allclose(view.theory, view.measured, atol=1e-12)


def test_newton_on_what_rounding_leaves_of_a_curvature_has_no_theory() -> None:
    experiment = Experiment(
        formula="1e8*(x+y)**2+1e-8*(x-y)**2", start=(1.0, 0.5), steps=8, entrants=({"optimizer": "newton"},)
    )
    run = simulate(experiment, wait=False)
    view = eigen(experiment, run, 0, Problem.of(experiment, wait=False))
    if view is not None and view.theory is not None:
        np.testing.assert_allclose(view.theory, view.measured, atol=1e-6)
