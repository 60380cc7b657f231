"""What maps show, against plain loops over single runs and against theory."""

from __future__ import annotations

import numpy as np
import pytest

import optviz
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.maps.arrival import nearest, nearest_of_many
from optviz.maps.build import DIVERGED, OUTSIDE, UNDECIDED, build
from optviz.maps.difference import above_floor, by_descent
from optviz.maps.lanes import refuse_too_large
from optviz.problem import Stop, Stopped
from optviz.simulate import simulate
from optviz.surfaces import SURFACES

BOWL = "0.5*x**2 + 5*y**2"  # eigenvalues 1 and 10


def himmelblau(**more):
    entrants = [{"optimizer": "adam", "learning_rate": 0.1}, {"optimizer": "gd", "learning_rate": 0.02}]
    return Experiment(**{"surface": "himmelblau", "steps": 80, "entrants": entrants, **more})


def mapped(experiment, **setting):
    return build(experiment.replace(map=setting), fast="never")


def bowl(optimizer, steps=400, **entrant):
    return Experiment(
        formula=BOWL, start=(3.0, 2.0), steps=steps, entrants=[{"optimizer": optimizer, **entrant}]
    )


# ---------------------------------------------------------------- over the start


def test_basin_map_is_what_the_interface_says() -> None:
    """Rows from ylim[0] up, columns from xlim[0] on, ends included; minima within 1 % of the diagonal."""
    asked = himmelblau(view={"xlim": [-4.0, 5.0], "ylim": [-5.0, 4.5]})
    found = optviz.basin_map(asked, entrant=0, size=(13, 7))
    assert found.end.shape == (7, 13, 2)
    assert found.loss.shape == found.steps.shape == found.minimum.shape == (7, 13)
    assert found.minimum.dtype.kind == found.steps.dtype.kind == "i"
    xs, ys = np.linspace(-4.0, 5.0, 13), np.linspace(-5.0, 4.5, 7)
    listed = np.array([minimum.point for minimum in SURFACES["himmelblau"].minima])
    for row in range(7):
        for column in range(0, 13, 3):
            run = simulate(asked.replace(start=(xs[column], ys[row]))).entrants[0]
            assert found.end[row, column].tobytes() == run.path[-1].tobytes()
            assert found.loss[row, column] == run.loss[-1]
            assert found.steps[row, column] == run.stopped_at
            away = np.hypot(*(listed - run.path[-1]).T)
            near = away.min() <= 0.01 * np.hypot(9.0, 9.5)
            assert found.minimum[row, column] == (np.argmin(away) if near else -1)
    assert len(np.unique(found.minimum)) > 3


def test_a_run_short_of_its_minimum_is_undecided() -> None:
    made = mapped(himmelblau(steps=3), kind="basin", size=[9, 8])
    sheet = made.at()
    assert sheet.shares[UNDECIDED] > 0.5
    assert sum(sheet.shares.values()) == pytest.approx(1.0)
    assert (sheet.classes[sheet.classes >= 0] < len(sheet.minima)).all()


def test_every_kind_against_a_plain_loop() -> None:
    """Values and classes of all maps over the start, cell by cell, from the runs themselves."""
    asked = himmelblau()
    size = [6, 5]
    sheets = {kind: mapped(asked, kind=kind, size=size) for kind in ("basin", "steps", "loss", "difference")}
    radius = 0.01 * np.hypot(asked.xlim[1] - asked.xlim[0], asked.ylim[1] - asked.ylim[0])
    minima = sheets["basin"].problem.minima
    k = 30
    for row in range(5):
        for column in range(6):
            one = sheets["loss"].race(column, row)
            assert one.map == sheets["loss"].experiment.map
            own, rival = simulate(one).entrants
            done = min(k, own.stopped_at)
            assert sheets["loss"].at(k).values[row, column] == own.loss[done]
            assert sheets["basin"].at().values[row, column] == own.loss[-1]
            away = np.hypot(*(minima - own.path[-1]).T)
            where = int(np.argmin(away)) if away.min() <= radius else UNDECIDED
            assert sheets["basin"].at().classes[row, column] == where
            steps = sheets["steps"].at()
            assert steps.classes[row, column] == where
            if where >= 0:
                near = np.hypot(*(own.path - minima[where]).T) <= radius
                turn = next(i for i in range(len(near)) if near[i:].all())
                assert steps.values[row, column] == turn
            else:
                assert np.isnan(steps.values[row, column])
            # The minima lie at 0, and what is below 1e-16 of it is at it.
            mine, theirs = (max(run.loss[min(k, run.stopped_at)], 1e-16) for run in (own, rival))
            advantage = sheets["difference"].at(k).values[row, column]
            assert advantage == pytest.approx(np.log10(theirs / mine), abs=1e-9)
            assert (advantage > 0) == (mine < theirs)


def test_basins_do_not_follow_the_cursor() -> None:
    made = mapped(himmelblau(), kind="basin", size=[5, 4])
    assert made.at(3) is made.at()
    assert mapped(himmelblau(), kind="loss", size=[5, 4]).at(3).k == 3


def test_who_diverges_loses() -> None:
    """One diverged is an infinite advantage; both is no comparison."""
    entrants = [{"optimizer": "gd", "learning_rate": rate} for rate in (0.1, 0.3)]
    asked = Experiment(formula=BOWL, steps=200, entrants=entrants)
    first, other = (
        mapped(asked, kind="difference", entrant=i, rival=1 - i, size=[4, 4]).at() for i in (0, 1)
    )
    assert (first.values == np.inf).all()
    assert (other.values == -np.inf).all()
    assert set(first.shares) == {0}
    both = mapped(asked.replace(entrants=[entrants[1]] * 2), kind="difference", size=[4, 4]).at()
    assert (both.classes == DIVERGED).all()
    assert np.isnan(both.values).all()


def test_two_alike_are_even() -> None:
    asked = himmelblau().replace(entrants=[{"optimizer": "adam", "learning_rate": 0.1}] * 2)
    made = mapped(asked, kind="difference", size=[8, 5])
    for k in (0, 20, 80):
        assert (made.at(k).values == 0.0).all()


def test_an_axis_of_a_set_that_runs_begin_outside_of() -> None:
    boxed = [surface for surface in SURFACES if surface.feasible is not None]
    if not boxed:
        pytest.skip("no surface is declared on a box")
    (xlo, xhi), ylim = boxed[0].domain
    asked = Experiment(
        surface=boxed[0].id, steps=20, entrants=[{"optimizer": "adam"}],
        view={"xlim": [2 * xlo - xhi, 2 * xhi - xlo], "ylim": ylim},
    )  # fmt: skip
    made = mapped(asked, kind="basin", size=[9, 3])
    row, column = np.argwhere(made.at().classes == OUTSIDE)[0]
    assert np.isnan(made.at().values[row, column])
    with pytest.raises(InputError, match="is declared for"):
        made.race(column, row)


def duel(surface, rate=0.05, **more):
    entrants = [{"optimizer": name, "learning_rate": rate} for name in ("gd", "momentum")]
    return Experiment(surface=surface, steps=120, entrants=entrants, **more)


@pytest.mark.parametrize(
    ("surface", "rate"),
    [("saddle", 0.05), ("monkey_saddle", 0.01), ("mccormick", 0.05), ("rosenbrock", 1e-3), ("ellipse", 0.05)],
)
def test_who_has_the_lower_loss_is_ahead_on_every_lattice(surface, rate) -> None:
    """By the two losses alone; and a start's number is the same whatever the size of the map."""
    asked = duel(surface, rate)
    made = mapped(asked, kind="difference", size=[33, 33])
    own, rival = (mapped(asked, kind="loss", entrant=i, size=[33, 33]) for i in (0, 1))
    others = [mapped(asked, kind="difference", size=[n, n]) for n in (2, 5, 65)]
    corners = ([0, 0, -1, -1], [0, -1, 0, -1])
    ahead = 0
    for k in (0, 1, 20, 120):
        sheet, mine, theirs = made.at(k), own.at(k), rival.at(k)
        both = (mine.classes == 0) & (theirs.classes == 0)
        sign = np.sign(theirs.values - mine.values)
        assert (np.sign(sheet.values)[both] == sign[both]).all()
        ahead += int((sign[both] != 0).sum())
        for other in others:
            assert np.array_equal(other.at(k).values[corners], sheet.values[corners], equal_nan=True)
    assert ahead > 400
    assert made.above_minimum == (not surface.endswith("saddle"))


def test_decades_of_a_difference() -> None:
    """Of heights above the lowest minimum known; without one, of the descents from the start."""
    floor = np.float64(-2.0)
    assert above_floor(floor + 1e-3, floor + 1e-1, floor) == pytest.approx(2.0)
    assert above_floor(np.float64(5.0), np.float64(5.0), floor) == 0.0
    below = above_floor(np.float64(-3.0), np.float64(1.0), floor)  # this cell's floor is its own run
    assert below == pytest.approx(np.log10(4.0 / (1e-16 * 4.0)))
    losses = np.array([0.3, np.nextafter(0.3, 1.0), 1e-16, 2e-16, 7.0])
    for one in losses:
        for other in losses:
            assert np.sign(above_floor(one, other, 0.0)) == np.sign(other - one)
            assert np.sign(by_descent(one, other, 1.0, 0.5)) == np.sign(other - one)
    assert above_floor(np.float64(1e-17), np.float64(5e-17), 0.0) == 0.0  # both are there
    assert by_descent(-999.0, -9.0, 1.0, 1.0) == pytest.approx(np.log10(1001 / 11))


def test_starts_without_a_loss_are_compared_in_silence() -> None:
    """Where the loss is not defined, or infinite, nobody is ahead; no warning is given."""
    for formula in ("log(x) + 0*y + x**2", "1/x + y**2"):
        asked = duel("saddle", 0.1).replace(surface=None, formula=formula)
        asked = asked.replace(view={"xlim": [-2.0, 2.0], "ylim": [-2.0, 2.0]})
        made = mapped(asked, kind="difference", size=[5, 5])
        for k in (0, 1, 120):
            sheet = made.at(k)
            assert not np.isnan(sheet.values[sheet.classes >= 0]).any()


def test_minima_that_are_not_listed() -> None:
    """Rastrigin lists five; a run is at a minimum where SciPy, going on from its end, finds one nearby."""
    from scipy.optimize import minimize

    asked = Experiment(surface="rastrigin", steps=300, entrants=[{"optimizer": "gd", "learning_rate": 0.002}])
    made = mapped(asked, kind="basin", size=[48, 48])
    sheet, listed = made.at(), optviz.basin_map(asked, size=(48, 48))
    known = len(listed.minima)
    assert np.array_equal(sheet.minima[:known], listed.minima)
    assert known < len(sheet.minima) <= known + 256
    assert (listed.minimum == UNDECIDED).mean() > 0.9
    assert sheet.shares.get(UNDECIDED, 0.0) == 0.0
    same = listed.minimum >= 0
    assert np.array_equal(sheet.classes[same], listed.minimum[same])
    problem = made.problem
    for x, y in sheet.minima[known::16]:
        found = minimize(lambda p: float(problem.loss(*p)), (x, y), method="Nelder-Mead", tol=1e-12)
        assert found.x == pytest.approx((x, y), abs=1e-5)
    radius = made.whose[0].radius
    away = np.hypot(*np.moveaxis(listed.end - sheet.minima[sheet.classes], -1, 0))
    assert (away <= radius).all()
    steps = mapped(asked, kind="steps", size=[48, 48]).at()
    assert np.array_equal(steps.classes, sheet.classes)
    assert np.isfinite(steps.values).all()


def test_neither_a_saddle_nor_a_slope_is_a_minimum() -> None:
    """Who stands on a saddle, or stops on the way, is at no minimum."""
    entrants = [{"optimizer": "gd", "learning_rate": 0.01}]
    on_axis = Experiment(
        formula="x**2 - y**2 + 0*x", steps=400, entrants=entrants, view={"ylim": [0.0, 1e-9]}
    )
    assert set(mapped(on_axis, kind="basin", size=[9, 3]).at().shares) == {UNDECIDED}
    short = Experiment(surface="rosenbrock", steps=20, entrants=[{"optimizer": "adam"}])
    sheet = mapped(short, kind="basin", size=[24, 24]).at()
    assert len(sheet.minima) == 1
    assert sheet.shares[UNDECIDED] > 0.9


def test_looking_minima_up_in_a_grid_is_looking_at_all() -> None:
    rng = np.random.default_rng(3)
    lattice = np.array([[i, j] for i in range(5) for j in range(5)], dtype=float)
    cases = [
        (rng.normal(size=(900, 2)) * 5, rng.normal(size=(120, 2)) * 5, (0.05, 0.3, 2.0)),
        (np.array([[i, j] for i in range(-3, 12) for j in range(-3, 12)]) / 2, lattice, (0.25, 0.5, 1.0)),
        (np.array([[np.nan, 0.0], [np.inf, 1.0], [1e300, 0.0], [1.0, 1.0]]), lattice, (0.5,)),
    ]
    for points, minima, radii in cases:
        for radius in radii:
            assert np.array_equal(nearest_of_many(points, minima, radius), nearest(points, minima, radius))
    assert nearest_of_many(lattice, np.zeros((0, 2)), 1.0).tolist() == [-1] * 25


# ---------------------------------------------------------------- over hyperparameters


def test_axes_are_spaced_on_the_scale_of_the_knob() -> None:
    made = mapped(
        bowl("momentum"), kind="sensitivity", size=[11, 9], x={"knob": "learning_rate", "limits": [1e-4, 0.3]}
    )
    x, y = made.x.values, made.y.values
    assert (x[0], x[-1], y[0], y[-1]) == (1e-4, 0.3, 0.0, 0.9999)
    assert np.diff(np.log(x)) == pytest.approx(np.log(3000) / 10)
    assert np.diff(np.log(1 - y)) == pytest.approx(np.log(1e-4) / 8)
    assert made.x.coordinate(x) == pytest.approx(np.arange(11.0))
    assert made.y.coordinate(y) == pytest.approx(np.arange(9.0))
    linear = mapped(
        bowl("momentum"), kind="sensitivity", size=[5, 5], y={"knob": "weight_decay", "limits": [0.0, 0.4]}
    )
    assert linear.y.values == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("optimizer", "axes", "schedule"),
    [
        ("momentum", ("learning_rate", "momentum"), {"name": "one_cycle"}),
        ("adamw", ("beta2", "learning_rate"), {"name": "cosine", "minimum": 1e-3}),
        ("rprop", ("eta_plus", "step_max"), {"name": "step", "period": 9}),
        ("newton", ("learning_rate", "epsilon"), {"name": "constant"}),
    ],
)
def test_a_cell_is_the_race_with_its_values(optimizer, axes, schedule) -> None:
    """Whatever the schedule makes of the learning rate."""
    asked = bowl(optimizer, steps=50, schedule=schedule)
    made = mapped(asked, kind="sensitivity", size=[7, 6], x=axes[0], y=axes[1])
    assert (made.x.name, made.y.name) == axes
    for column, row in ((0, 0), (6, 5), (3, 2), (1, 5)):
        one = made.race(column, row)
        chosen = one.entrants[0].hyperparameters
        assert (chosen[axes[0]], chosen[axes[1]]) == (made.x.values[column], made.y.values[row])
        run = simulate(one).entrants[0]
        for k in (50, 13):
            sheet = made.at(k)
            assert sheet.values[row, column] == run.loss[min(k, run.stopped_at)]
        assert (made.at().classes[row, column] == DIVERGED) == (run.status == "diverged")
        assert Experiment.loads(one.dumps()) == one


def test_rates_that_no_schedule_has_are_no_runs() -> None:
    schedule = {"name": "exponential", "gamma": 100.0}
    asked = bowl("momentum", steps=150, schedule=schedule)
    made = mapped(
        asked, kind="sensitivity", size=[40, 3], x={"knob": "learning_rate", "limits": [1e-5, 1e12]}
    )
    classes = made.at().classes
    assert (classes[:, -1] == OUTSIDE).all()
    assert (classes[:, 0] != OUTSIDE).all()
    with pytest.raises(InputError, match="not finite"):
        simulate(made.race(39, 0))


def test_the_boundary_of_divergence_is_the_line_of_theory() -> None:
    """A little below the stability limit runs converge, a little above they diverge."""
    for optimizer, entrant, limit in (
        ("sgd", {"momentum": 0.0}, lambda beta, decay: 2.0 / (10.0 + decay)),
        ("momentum", {}, lambda beta, decay: 2.0 * (1.0 + beta) / (10.0 + decay)),
        ("nesterov", {}, lambda beta, decay: 2.0 * (1.0 + beta) / ((1.0 + 2.0 * beta) * (10.0 + decay))),
    ):
        y = "weight_decay" if optimizer == "sgd" else "momentum"
        asked = bowl(optimizer, steps=3000, **entrant)
        made = mapped(asked, kind="sensitivity", size=[9, 9], y={"knob": y, "limits": [0.0, 0.8]})
        line = made.theory[0].points
        assert line[0, 1] == 0.0
        assert line[-1, 1] == 0.8
        for rate, value in line[:: len(line) // 4]:
            beta, decay = (value, 0.0) if y == "momentum" else (0.0, value)
            assert rate == pytest.approx(limit(beta, decay), rel=1e-12)
            for factor, ends in ((0.98, True), (1.02, False)):
                run = simulate(
                    asked.replace(
                        entrants=[asked.entrants[0].replace(learning_rate=rate * factor, **{y: value})]
                    )
                )
                assert (run.entrants[0].loss[-1] < run.entrants[0].loss[0]) == ends
                assert (run.entrants[0].status == "diverged") == (not ends)


def test_lines_of_the_heavy_ball() -> None:
    """Critical damping at (1 ± √β)² / λ; of the L2 penalty and weight decay, too, λ is made."""
    asked = bowl("momentum", weight_decay=0.25).replace(penalty={"l2": 0.5})
    made = mapped(asked, kind="sensitivity", size=[9, 9])
    lines = {curve.name: curve.points for curve in made.theory}
    stable, steep, flat, upper = lines.values()
    beta = stable[:, 1]
    assert beta[-1] == 0.9999
    assert stable[:, 0] == pytest.approx(2 * (1 + beta) / 10.75, rel=1e-12)
    assert steep[:, 0] == pytest.approx((1 - np.sqrt(beta)) ** 2 / 10.75, rel=1e-9)
    assert flat[:, 0] == pytest.approx((1 - np.sqrt(beta)) ** 2 / 1.75, rel=1e-9)
    assert upper[:, 0] == pytest.approx((1 + np.sqrt(beta)) ** 2 / 10.75, rel=1e-12)
    # Two other knobs: the same line, found by where the limit is the learning rate there is.
    other = mapped(
        bowl("momentum", learning_rate=0.3), kind="sensitivity", size=[9, 9],
        x={"knob": "momentum", "limits": [0.0, 0.9]}, y={"knob": "weight_decay", "limits": [0.0, 3.0]},
    )  # fmt: skip
    points = other.theory[0].points
    points = points[np.isfinite(points).all(axis=1)]
    assert len(points) > 10
    assert 2 * (1 + points[:, 0]) / (10 + points[:, 1]) == pytest.approx(0.3, rel=1e-9)


@pytest.mark.parametrize(
    ("entrant", "axes", "parts"),
    [
        ({"optimizer": "sgd", "momentum": 0.0}, ("learning_rate", "dampening"), ()),
        ({"optimizer": "sgd", "momentum": 0.5}, ("learning_rate", "dampening"), (r"\beta", "(1 - d)")),
        ({"optimizer": "sgd", "momentum": 0.0}, ("learning_rate", "weight_decay"), ("+ w",)),
        (
            {"optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.3},
            ("learning_rate", "dampening"),
            ("+ w",),
        ),
        ({"optimizer": "momentum"}, ("learning_rate", "momentum"), (r"\beta",)),
        ({"optimizer": "nesterov", "momentum": 0.0}, ("learning_rate", "weight_decay"), ("+ w",)),
    ],
)
def test_formulas_name_what_plays_a_role_only(entrant, axes, parts) -> None:
    rule = {key: value for key, value in entrant.items() if key != "optimizer"}
    made = mapped(bowl(entrant["optimizer"], **rule), kind="sensitivity", size=[3, 3], x=axes[0], y=axes[1])
    assert made.theory
    for curve in made.theory:
        for part in (r"\beta", "(1 - d)", "+ w"):
            assert (part in curve.formula) == (part in parts), (curve.name, curve.formula)


def test_a_line_has_a_key() -> None:
    """Hashable, equal for equal lines, other for others; a line itself is equal to itself only."""
    first, again = (mapped(bowl("momentum"), kind="sensitivity", size=[3, 3]).theory for _ in range(2))
    assert [curve.key for curve in first] == [curve.key for curve in again]
    assert len({curve.key for curve in (*first, *again)}) == len(first)
    assert (first[0] == again[0]) is False
    assert {first[0], first[0]} == {first[0]}


@pytest.mark.parametrize(
    "changes",
    [
        {"formula": "x**4 + y**2"},
        {"penalty": {"l1": 0.1}},
        {"entrants": [{"optimizer": "momentum", "schedule": {"name": "cosine"}}]},
        {"entrants": [{"optimizer": "adam"}]},
    ],
)
def test_no_lines_where_there_is_no_theory(changes) -> None:
    assert mapped(bowl("momentum").replace(**changes), kind="sensitivity", size=[3, 3]).theory == ()


def test_a_saddle_has_no_stable_rate() -> None:
    made = mapped(bowl("momentum").replace(formula="x**2 - y**2"), kind="sensitivity", size=[3, 3])
    assert not any(curve.formula.startswith(r"\eta = \frac{2") for curve in made.theory)


def test_the_search_for_learning_rates_is_fair() -> None:
    """As many runs for each, at the same rates; each curve's best is its lowest, of equal ones the first."""
    entrants = [
        {"optimizer": "gd"},
        {"optimizer": "adam"},
        {"optimizer": "momentum", "schedule": {"name": "one_cycle"}},
    ]
    asked = Experiment(formula=BOWL, start=(3.0, 2.0), steps=60, entrants=entrants)
    made = mapped(asked, kind="learning_rate", size=[41, 2])
    sheet = made.at()
    assert sheet.rates == pytest.approx(np.logspace(-5, 1, 41))
    assert sheet.losses.shape == (3, 41)
    assert (sheet.budget, made.y) == (41, None)
    assert "41 runs of 60 steps" in sheet.declared.text
    for entrant in range(3):
        for column in (0, 20, 31, 40):
            run = simulate(made.race(column, entrant)).entrants[entrant]
            if run.status == "diverged":
                assert sheet.diverged[entrant, column]
                assert np.isnan(sheet.losses[entrant, column])
            else:
                assert sheet.losses[entrant, column] == run.loss[-1]
        assert sheet.losses[entrant, sheet.best[entrant]] == np.nanmin(sheet.losses[entrant])
    assert sheet.diverged[0].any()
    # On this bowl a rate of gd is stable below 2 / 10, and that is where its best lies.
    assert sheet.rates[sheet.best[0]] < 0.2
    best = made.race_of_best()
    for entrant, run in enumerate(simulate(best).entrants):
        assert best.entrants[entrant].learning_rate == sheet.rates[sheet.best[entrant]]
        assert run.loss[-1] == np.nanmin(sheet.losses[entrant])
    assert made.at(7).k == 7


def test_no_best_where_all_diverge() -> None:
    asked = bowl("gd", steps=500)
    made = mapped(asked, kind="learning_rate", size=[5, 2], x={"knob": "learning_rate", "limits": [1.0, 9.0]})
    assert made.at().best.tolist() == [-1]
    assert made.race_of_best() == made.experiment
    flat = mapped(
        Experiment(formula="1 + 0*x", entrants=[{"optimizer": "gd"}]), kind="learning_rate", size=[5, 2]
    )
    assert flat.at().best.tolist() == [-1]  # all the same is not the best
    assert flat.race_of_best() == flat.experiment


def test_before_the_first_step_no_rate_is_the_best() -> None:
    entrants = [{"optimizer": "gd", "learning_rate": 0.07}, {"optimizer": "adam"}]
    asked = Experiment(formula=BOWL, start=(3.0, 2.0), steps=30, entrants=entrants)
    made = mapped(
        asked, kind="learning_rate", size=[7, 2], x={"knob": "learning_rate", "limits": [1e-5, 1.0]}
    )
    assert made.at(0).best.tolist() == [-1, -1]
    assert made.race_of_best(0) == made.experiment
    assert (made.at(1).best >= 0).all()
    # What is declared says after which step was chosen, in the numbers that pictures have.
    assert "from 10⁻⁵ to 1, evenly" in made.at().declared.text
    assert "after step" not in made.at().declared.text
    assert made.at(12).declared.text.endswith("chosen by the loss after step 12.")


# ---------------------------------------------------------------- reuse and refusal


def over(kind, *limits, knob="learning_rate", **more):
    return {"kind": kind, "y" if knob == "weight_decay" else "x": {"knob": knob, "limits": limits}, **more}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"kind": "learning_rate", "x": "momentum"}, "map.x.knob: 'momentum' is not allowed; it must be"),
        ({"kind": "learning_rate", "y": "warmth"}, "map.y.knob: 'warmth' is not known"),
        ({"kind": "basin", "x": "warmth"}, "map.x.knob: 'warmth' is not known"),
        (over("basin", -5.0, 7.0, knob="momentum"), "map.x.limits"),
        ({"kind": "loss", "rival": 7}, "map.rival: 7 is not allowed; it must be 0 to 1"),
        (over("sensitivity", 1e-300, 1.0), "it must be 1e-200 to 1e+200"),
        (over("sensitivity", 1.0, 1e300), "it must be 1e-200 to 1e+200"),
        (over("learning_rate", 1e-180, 1e180), "360 decades"),
        (over("learning_rate", 1.0, 1.0 + 1e-12), "that close"),
        (over("sensitivity", 0.0, 1e300, knob="weight_decay"), "it must be -1e+200 to 1e+200"),
    ],
)
def test_nonsense_is_refused_whatever_the_kind(setting, said) -> None:
    """By the API, in a file, and where nothing of it would be looked at."""
    asked = himmelblau(entrants=[{"optimizer": "momentum"}, {"optimizer": "gd"}])
    for ask in (
        lambda: asked.replace(map=setting),
        lambda: optviz.build_map(asked, **setting),
        lambda: Experiment.of({**asked.resolved(), "map": setting}),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_what_a_kind_has_no_use_for_waits() -> None:
    """Axes and a rival outlast other kinds, and an optimizer that has not the axes' knobs."""
    asked = himmelblau(entrants=[{"optimizer": "momentum"}, {"optimizer": "gd"}])
    waiting = {"kind": "basin", "x": "momentum", "y": "beta1", "rival": 1}
    assert asked.replace(map=waiting).map.table()["x"] == {"knob": "momentum"}
    assert mapped(asked, kind="learning_rate", y="momentum", size=[3, 2]).at().losses.shape == (2, 3)


def test_the_widest_axis_is_drawable() -> None:
    asked = bowl("momentum", steps=5)
    for limits in ([1e-200, 1e100], [1e-100, 1e200]):
        axis = {"knob": "learning_rate", "limits": limits}
        rates = mapped(asked, kind="learning_rate", size=[9, 2], x=axis)
        assert np.isfinite(rates.x.coordinate(rates.x.values)).all()
        lines = mapped(asked, kind="sensitivity", size=[9, 9], x=axis).theory
        assert all(np.isfinite(curve.points).any() for curve in lines)


def test_what_no_change_concerns_is_taken_over() -> None:
    asked = himmelblau().replace(map={"kind": "basin", "size": [8, 7]})
    made = build(asked, fast="never")
    sweep = made.whose[0]
    for changes in ({"title": "Other"}, {"start": (1.0, 1.0)}, {"map": {"kind": "steps", "size": [8, 7]}}):
        assert build(asked.replace(**changes), previous=made, fast="never").whose[0] is sweep, changes
    for changes in (
        {"steps": 81}, {"penalty": {"l2": 0.1}}, {"noise": 0.1}, {"view": {"xlim": [-1, 1]}},
        {"map": {"kind": "basin", "size": [7, 8]}}, {"coefficients": {"a": 12.0}},
        {"entrants": [{"optimizer": "adam", "learning_rate": 0.2}]},
    ):  # fmt: skip
        if "coefficients" in changes and not SURFACES["himmelblau"].coefficients:
            continue
        assert build(asked.replace(**changes), previous=made, fast="never").whose[0] is not sweep, changes


def test_a_map_that_is_taken_over_heeds_the_new_stop() -> None:
    asked = himmelblau(steps=100_000, noise=0.1).replace(map={"kind": "loss", "size": [8, 7]})
    gone = Stop()
    gone.set()
    made = build(asked, fast="never", stop=gone)
    with pytest.raises(Stopped):
        made.at(50)
    assert build(asked, previous=made, fast="never").at(50).k == 50


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"kind": "fjord"}, "map.kind: 'fjord' is not allowed"),
        ({"entrant": 2}, "map.entrant: 2 is not allowed; it must be 0 to 1"),
        ({"entrant": True}, "map.entrant: True is not allowed"),
        ({"size": (5000, 5)}, "map.size: 5000 is not allowed"),
        ({"size": (1, 5)}, "map.size: 1 is not allowed"),
        ({"size": 7}, "map.size: 7 is not allowed"),
        ({"kind": "difference", "rival": 0}, "map.rival: 0 is not allowed"),
        ({"kind": "sensitivity", "x": "momentum"}, "map.x.knob: 'momentum' is not known"),
        (
            {"kind": "sensitivity", "x": {"knob": "beta1", "limits": [0.5, 1.0]}},
            "map.x.limits: 1.0 is not allowed",
        ),
        ({"kind": "sensitivity", "measure": "time"}, "map.measure: 'time' is not allowed"),
        ({"kind": "sensitivity", "entrant": 1, "x": "beta1"}, "map"),
    ],
)
def test_what_is_not_allowed(setting, message) -> None:
    with pytest.raises(InputError) as told:
        optviz.build_map(himmelblau(), **setting)
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_not_an_experiment() -> None:
    for ask in (optviz.basin_map, optviz.build_map):
        with pytest.raises(InputError, match="it must be an Experiment"):
            ask("rosenbrock")


def test_more_runs_than_memory_are_refused() -> None:
    refuse_too_large(10, 2**20)
    with pytest.raises(InputError, match=r"^map\.size: 1,000 runs need .* GiB are free; take fewer$"):
        refuse_too_large(1000, 2**60)
