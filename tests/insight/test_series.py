"""Series along a path: against closed forms, written apart."""

from __future__ import annotations

import gc
import math
import weakref
from itertools import pairwise
from time import process_time

import numpy as np
import pytest

from optviz.experiment import Experiment
from optviz.insight import Insight, Quantity, insight_of, of_entrant, quantities, table
from optviz.insight.table import encode
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, simulate

PENALTY = {"l1": 0.2, "l2": 0.7}


def posed(experiment: Experiment) -> Problem:
    return Problem.of(experiment, wait=False)


def raced() -> tuple[Experiment, Run, Insight]:
    experiment = Experiment(
        surface="rosenbrock", steps=60, noise=0.3, penalty=PENALTY, start=(-1.0, 0.7),
        entrants=({"optimizer": "adam", "learning_rate": 0.05},),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    return experiment, run, insight_of(experiment, run, 0, posed(experiment))


def hessian(x: float, y: float) -> np.ndarray:
    """Of Rosenbrock's function and the L2 penalty."""
    l2 = PENALTY["l2"]
    return np.array([[2.0 - 400.0 * (y - 3.0 * x * x) + l2, -400.0 * x], [-400.0 * x, 200.0 + l2]])


def test_steps_and_rates() -> None:
    _, run, own = raced()
    done = run.entrants[0]
    for axis, name in enumerate("xy"):
        step = [b - a for a, b in zip(done.path[:-1, axis], done.path[1:, axis], strict=True)]
        np.testing.assert_array_equal(own.series(f"gradient_{name}"), done.grad[:, axis])
        np.testing.assert_array_equal(own.series(f"step_{name}"), step)
        expected = [-s / g for s, g in zip(step, done.grad[:, axis], strict=True)]
        np.testing.assert_allclose(own.series(f"effective_rate_{name}"), expected, rtol=1e-14)


def test_angle_curvature_sharpness_and_length() -> None:
    _, run, own = raced()
    path, grad = run.entrants[0].path, run.entrants[0].grad
    walked = 0.0
    for k, (a, b) in enumerate(pairwise(path)):
        s, h = b - a, hessian(*a)
        cosine = (s @ -grad[k]) / (math.hypot(*s) * math.hypot(*grad[k]))
        assert own.series("angle")[k] == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-5)
        along = s @ h @ s / (s @ s)
        assert own.series("curvature")[k] == pytest.approx(along, rel=1e-9, abs=1e-9)
        limit = own.series("stability_limit")[k]
        assert math.isnan(limit) if along <= 0.0 else limit == pytest.approx(2.0 / along, rel=1e-9)
        assert own.series("sharpness")[k] == pytest.approx(np.linalg.eigvalsh(h)[1], rel=1e-12)
        assert own.series("length")[k] == pytest.approx(walked, rel=1e-13)
        walked += math.dist(a, b)
    assert own.series("length")[-1] == pytest.approx(walked, rel=1e-13)
    assert own.series("sharpness")[-1] == pytest.approx(np.linalg.eigvalsh(hessian(*path[-1]))[1], rel=1e-12)


def test_gradient_descent_goes_straight_down_at_its_learning_rate() -> None:
    experiment = Experiment(
        surface="rosenbrock", steps=50, entrants=({"optimizer": "gd", "learning_rate": 1e-3},)
    )
    run = simulate(experiment, wait=False)
    own = insight_of(experiment, run, 0, posed(experiment))
    np.testing.assert_allclose(own.series("angle"), 0.0, atol=1e-6)
    for axis in "xy":
        np.testing.assert_allclose(own.series(f"effective_rate_{axis}"), 1e-3, rtol=1e-9)


def test_the_edge_of_stability_is_where_the_loss_begins_to_rise() -> None:
    """On a quadratic a gradient step lowers the loss if and only if its rate is below 2 / curvature."""
    rises = []
    for rate in (0.0195, 0.0205):
        experiment = Experiment(
            surface="ravine",
            start=(0.1, 0.9),
            steps=20,
            entrants=({"optimizer": "gd", "learning_rate": rate},),
        )
        run = simulate(experiment, wait=False)
        own = insight_of(experiment, run, 0, posed(experiment))
        rose = np.diff(run.entrants[0].loss) > 0.0
        np.testing.assert_array_equal(rose, own.series("stability_limit") < rate)
        rises.append(rose.any())
    assert rises == [False, True]


def test_nothing_is_made_up_where_a_series_is_undefined() -> None:
    experiment = Experiment(
        formula="y**2 + 0*x",
        start=(1.0, 1.0),
        steps=5,
        entrants=({"optimizer": "newton", "learning_rate": 0.5},),
    )
    run = simulate(experiment, wait=False)
    own = insight_of(experiment, run, 0, posed(experiment))
    assert np.isnan(own.series("effective_rate_x")).all()
    assert np.isfinite(own.series("effective_rate_y")).all()
    experiment = Experiment(formula="3 + 0*x", start=(1.0, 1.0), steps=5, entrants=({"optimizer": "gd"},))
    run = simulate(experiment, wait=False)
    own = insight_of(experiment, run, 0, posed(experiment))
    for key in ("angle", "curvature", "stability_limit"):
        assert np.isnan(own.series(key)).all()


def test_steps_near_the_ends_of_floating_point_keep_their_direction() -> None:
    for scale in (1e-150, 1e150):
        experiment = Experiment(
            formula="x**2 + 4*y**2", start=(scale, scale), steps=3,
            entrants=({"optimizer": "gd", "learning_rate": 0.01},),
        )  # fmt: skip
        run = simulate(experiment, wait=False)
        own = insight_of(experiment, run, 0, posed(experiment))
        np.testing.assert_allclose(own.series("angle"), 0.0, atol=1e-5)
        # s = -0.02 (1, 4): s' H s / s' s = (2 + 8 * 16) / 17
        assert own.series("curvature")[0] == pytest.approx(130.0 / 17.0)


def test_mini_batches_are_measured_with_the_curvature_of_all_samples() -> None:
    experiment = Experiment(
        surface="linear_regression",
        batch_size=4,
        steps=20,
        entrants=({"optimizer": "sgd", "learning_rate": 0.1},),
    )
    run = simulate(experiment)
    own = insight_of(experiment, run, 0)
    posed_data = Problem.of(experiment).data
    design = posed_data[:2]
    full = 2.0 * design @ design.T / design.shape[1]
    factor = own.series("sharpness")[0] / np.linalg.eigvalsh(full)[1]
    assert factor == pytest.approx(1.0) or factor == pytest.approx(0.5)  # mean square, or half of it
    for s, along in zip(np.diff(run.entrants[0].path, axis=0), own.series("curvature"), strict=True):
        assert along == pytest.approx(factor * (s @ full @ s) / (s @ s))


# ------------------------------------------------------------------ what there is


def test_every_quantity_of_every_optimizer_has_as_many_numbers_as_it_says() -> None:
    experiment = Experiment(
        surface="beale", start=(-1.0, 1.5), steps=25, noise=0.1, penalty=PENALTY,
        entrants=tuple({"optimizer": o, "schedule": {"name": "cosine"}} for o in OPTIMIZERS.ids),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    everything = {one.key for one in quantities(experiment)}
    for i, optimizer in enumerate(OPTIMIZERS):
        own = insight_of(experiment, run, i, posed(experiment))
        mine = {one.key: one for one in of_entrant(experiment, i)}
        for one in quantities(experiment):
            found = own.series(one.key)
            expected = own.steps + (one.at == "point") if one.key in mine else 0
            assert found.shape == (expected,), (optimizer.id, one.key)
            assert found.dtype == np.float64
        assert set(mine) <= everything
        for r, row in enumerate(optimizer.state_rows):
            for axis, name in enumerate("xy"):
                np.testing.assert_array_equal(
                    own.series(f"memory.{row}.{name}"), run.entrants[i].state[:, r, axis]
                )


def test_a_quantity_says_what_it_is() -> None:
    experiment = Experiment(
        surface="beale", noise=0.1, penalty=PENALTY, entrants=tuple({"optimizer": o} for o in OPTIMIZERS.ids)
    )
    found = quantities(experiment)
    assert len({one.key for one in found}) == len({one.title for one in found}) == len(found)
    for one in found:
        assert isinstance(one, Quantity)
        assert one.title
        assert one.short
        assert one.help.endswith(".")
        assert one.symbol
        assert "{" not in one.title + one.short + one.help
    assert found[0].key == "gradient_x"
    assert "mini-batch" in next(one.help for one in found if one.key == "curvature")


def test_an_unknown_quantity_is_refused() -> None:
    _, _, own = raced()
    with pytest.raises(KeyError):
        own.series("speed")
    assert own.series("memory.nothing.x").shape == (0,)
    assert own.series("part.nothing.x").shape == (0,)


def test_it_is_kept_while_the_run_lives_and_no_longer() -> None:
    experiment, run, own = raced()
    assert insight_of(experiment, run, 0, posed(experiment)) is own
    assert own.series("curvature") is own.series("curvature")
    done = weakref.ref(run.entrants[0])
    del run
    gc.collect()
    assert done() is None
    assert own.series("length").shape == (61,)


def test_a_run_that_never_moved_has_empty_series() -> None:
    experiment = Experiment(
        formula="log(x) + y**2", start=(-1.0, 0.0), steps=5, entrants=({"optimizer": "adam"},)
    )
    run = simulate(experiment, wait=False)
    own = insight_of(experiment, run, 0, posed(experiment))
    for one in of_entrant(experiment, 0):
        assert own.series(one.key).shape == ((1,) if one.at == "point" else (0,)), one.key
    names, numbers = table(experiment, run, 0, posed(experiment))
    assert numbers.shape == (1, len(names))


# ------------------------------------------------------------------ the table


def test_the_table_is_read_back_exactly() -> None:
    experiment, run, own = raced()
    names, numbers = table(experiment, run, 0, posed(experiment))
    assert names[:5] == ("step", "x", "y", "loss", "learning_rate")
    assert names[5:] == tuple(one.key for one in of_entrant(experiment, 0))
    assert numbers.shape == (61, len(names))
    data = encode(names, numbers)
    assert data.count(b"\r\n") == data.count(b"\n") == 62
    lines = data.decode().split("\r\n")
    assert lines[0] == ",".join(names)
    read = np.array([[float(cell or "nan") for cell in line.split(",")] for line in lines[1:-1]])
    np.testing.assert_array_equal(read, numbers)
    column = numbers[:, names.index("curvature")]
    np.testing.assert_array_equal(column[:-1], own.series("curvature"))
    assert np.isnan(column[-1])
    np.testing.assert_array_equal(numbers[:, 1:3], run.entrants[0].path)


def test_ten_thousand_steps_are_measured_at_once() -> None:
    experiment = Experiment(
        surface="rosenbrock",
        steps=10_000,
        noise=0.1,
        entrants=({"optimizer": "adam", "learning_rate": 1e-3},),
    )
    run = simulate(experiment)
    own = insight_of(experiment, run, 0)
    own.problem.hessian(0.0, 0.0)  # compiled, or read from the cache, before the clock starts
    keys = [one.key for one in of_entrant(experiment, 0)]
    begun = process_time()
    for key in keys:
        if not key.startswith("part."):
            own.series(key)
    plain = process_time() - begun
    for key in keys:
        own.series(key)
    assert plain < 0.3
    assert process_time() - begun < 0.8
