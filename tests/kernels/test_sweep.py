"""Many races at once: each lane is the very run that it would be alone, bit for bit."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from optviz.experiment import Experiment
from optviz.maps.build import build
from optviz.maps.lanes import OUTSIDE, Lanes, hypers_of
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem, Stop, Stopped
from optviz.simulate import simulate

STATUS = {0: "step_limit", 1: "converged"}  # anything else has diverged
HIMMELBLAU = {"surface": "himmelblau"}
WAVES = {"formula": "sin(3*x)*cos(2*y) + exp(0.3*x - 0.1*y**2) + 0.1*(x**2 + y**2)"}
NEURON = {"surface": "neuron"}


def experiment(optimizer, surface, size=(23, 17), steps=60, kind="loss", **more):
    entrant = {"optimizer": optimizer, **more.pop("entrant", {})}
    view = {"xlim": [-2.5, 2.0], "ylim": [-2.0, 2.5]}
    return Experiment(
        **{"view": view, **surface, **more},
        steps=steps,
        entrants=[entrant],
        map={"kind": kind, "size": list(size)},
    )


def agrees(found, cell, run, k):
    """Hold a lane after k steps against the record of its run."""
    done = min(k, run.stopped_at)
    assert found.end[cell].tobytes() == run.path[done].tobytes()
    assert found.loss[cell].tobytes() == run.loss[done].tobytes()
    if k >= run.stopped_at and run.status != "step_limit":
        assert STATUS.get(int(found.status[cell]), "diverged") == run.status
        assert found.steps[cell] == run.stopped_at
    else:
        assert (found.status[cell], found.steps[cell]) == (0, k)


def holds(made, cells=None, ks=None):
    """Hold cells of a map, of those that end in every way, against single runs."""
    (sweep,), last = made.whose, made.last
    width = made.x.values.size
    final = sweep.lanes.at(last)
    if cells is None:
        _, firsts = np.unique(final.status, return_index=True)
        cells = {0, final.status.size - 1, final.status.size // 2 + 3, *map(int, firsts)}
    runs = {
        cell: simulate(made.race(cell % width, cell // width)).entrants[made.setting.entrant]
        for cell in cells
        if final.status[cell] != OUTSIDE
    }
    assert runs
    for k in ks or (last,):
        found = sweep.lanes.at(k)
        for cell, run in runs.items():
            agrees(found, cell, run, k)
    return {run.status for run in runs.values()}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.ids)
def test_every_rule(optimizer) -> None:
    """On a polynomial, and on one with sines and exponentials; not as many starts as fill up blocks."""
    for surface in (HIMMELBLAU, WAVES):
        holds(build(experiment(optimizer, surface), fast="never"), ks=(60, 7, 0, 33, 60))


@pytest.mark.parametrize("optimizer", ["adam", "momentum", "newton", "schedule_free_adamw"])
def test_samples(optimizer) -> None:
    """The loss of samples, all of them and in batches."""
    for size in (0, 5):
        made = build(experiment(optimizer, NEURON, (9, 7), 20, batch_size=size, view={}), fast="never")
        holds(made, cells=(0, 20, 62), ks=(20, 3))


@pytest.mark.parametrize("optimizer", ["gd", "nadam", "lion", "newton"])
def test_noise_penalty_and_schedule(optimizer) -> None:
    """One stream of noise for all starts, kinks at 0, and rates that change from step to step."""
    noisy = experiment(
        optimizer, HIMMELBLAU, noise=0.7, penalty={"l1": 0.3, "l2": 0.2}, seed=5,
        entrant={"schedule": {"name": "exponential_restart", "gamma": 0.9, "period": 7}},
    )  # fmt: skip
    holds(build(noisy, fast="never"), ks=(60, 11))


def test_a_box_that_no_step_leaves() -> None:
    """From outside of it there is no run."""
    boxed = [s for s in _surfaces() if s.feasible is not None]
    if not boxed:
        pytest.skip("no surface is declared on a box")
    surface = boxed[0]
    (xlo, xhi), (ylo, yhi) = surface.domain
    wider = {"xlim": [2 * xlo - xhi, 2 * xhi - xlo], "ylim": [ylo, yhi]}
    for optimizer in ("adam", "gd"):
        made = build(experiment(optimizer, {"surface": surface.id}, (12, 5), 40, view=wider), fast="never")
        holds(made, cells=range(60), ks=(40, 3))
        found = made.whose[0].lanes.at(40)
        inside = np.array([surface.nearest((x, y)) == (x, y) for y in made.y.values for x in made.x.values])
        assert 0 < inside.sum() < inside.size
        assert ((found.status == OUTSIDE) == ~inside).all()
        assert np.isnan(found.loss[~inside]).all()


def _surfaces():
    from optviz.surfaces import SURFACES

    return list(SURFACES)


def test_every_end() -> None:
    """Converged, diverged by growing, not finite on the way and from the first step on, and neither."""
    surface = {
        "formula": "x**4/4 + y**4/4 + x**2 + y**2 + 0*log(x + 2.2)",
        "view": {"xlim": [-3, 3], "ylim": [-3, 3]},
    }
    made = build(experiment("gd", surface, (31, 29), 300, entrant={"learning_rate": 0.26}), fast="never")
    status = made.whose[0].lanes.at(300).status
    assert set(np.unique(status)) >= {1, 3}
    holds(made, cells=[int(np.argmax(status == one)) for one in np.unique(status)], ks=(300, 1, 40, 2, 299))
    falls = {"formula": "-x**3 - y**3", "view": {"xlim": [-1, 2], "ylim": [-1, 2]}}
    assert "diverged" in holds(
        build(experiment("gd", falls, (7, 6), 90, entrant={"learning_rate": 0.1}), fast="never")
    )
    grows = {"formula": "x**2 + 30*y**2"}
    assert holds(
        build(experiment("gd", grows, (7, 6), 90, entrant={"learning_rate": 0.1}), fast="never")
    ) == {"diverged"}


def same(one, other) -> None:
    for name in ("end", "loss", "steps", "status"):
        a, b = getattr(one, name), getattr(other, name)
        assert np.array_equal(a, b, equal_nan=True), name
        assert a.tobytes() == b.tobytes() or np.isnan(a).any(), name


@pytest.mark.parametrize(
    ("optimizer", "surface", "rate"),
    [("adam", {"surface": "rosenbrock"}, 0.02), ("gd", HIMMELBLAU, 0.021)],
)
def test_the_kernel_of_a_pair(optimizer, surface, rate) -> None:
    """The merged kernel gives the bits of the plain one at every step, also where runs end."""
    asked = experiment(optimizer, surface, (41, 13), 200, entrant={"learning_rate": rate}, view={})
    plain, quick = build(asked, fast="never"), build(asked, fast="wait")
    assert quick.quick
    assert not plain.quick
    for k in (200, 0, 1, 2, 63, 64, 65, 130, 20, 199, 200):
        same(quick.whose[0].lanes.at(k), plain.whose[0].lanes.at(k))
    holds(quick)


@pytest.mark.parametrize(
    ("optimizer", "surface", "axes"),
    [
        ("adam", {"surface": "rosenbrock"}, ("learning_rate", "beta1")),
        ("momentum", HIMMELBLAU, ("momentum", "weight_decay")),
    ],
)
def test_lanes_with_hyperparameters_of_their_own(optimizer, surface, axes) -> None:
    """The kernel for them gives the bits of the plain one, and both those of single runs."""
    made = []
    for fast in ("never", "wait"):
        asked = experiment(optimizer, surface, (19, 21), 150, kind="sensitivity", view={})
        asked = asked.replace(map={"kind": "sensitivity", "size": [19, 21], "x": axes[0], "y": axes[1]})
        made.append(build(asked, fast=fast))
    plain, mixed = made
    assert mixed.quick
    for k in (150, 0, 1, 2, 64, 65, 30, 150):
        same(mixed.whose[0].lanes.at(k), plain.whose[0].lanes.at(k))
    holds(plain, ks=(150, 64))
    radius = plain.whose[0].radius
    targets = np.tile(plain.problem.minima[0], (19 * 21, 1))
    assert (
        mixed.whose[0].lanes.arrivals(targets, radius) == plain.whose[0].lanes.arrivals(targets, radius)
    ).all()


def test_threads_change_nothing() -> None:
    """One at a time and many at a time; in one go and in pieces; more lanes than a call moves."""
    asked = experiment("rmsprop", HIMMELBLAU, (131, 129), 30)
    one, many = build(asked, fast="never", at_once=1), build(asked, fast="never", at_once=0)
    for k in (4, 5, 30, 17):
        many.whose[0].lanes.at(k)
    same(one.whose[0].lanes.at(30), many.whose[0].lanes.at(30))


def test_states_on_the_way_are_kept() -> None:
    """Whoever goes back does not begin anew."""
    asked = experiment("adam", HIMMELBLAU, (9, 9), 64)
    lanes = build(asked, fast="never").whose[0].lanes
    for k in (64, 0, 64):
        lanes.at(k)
    moved = []
    move = lanes._move
    lanes._move = lambda first, last, *more: (moved.append((first, last)), move(first, last, *more))
    lanes.at(62)
    assert sum(last - first for first, last in moved) <= 4


def test_it_can_be_called_off() -> None:
    """At once, and what was begun is begun anew by whoever asks again."""
    asked = experiment("adam", HIMMELBLAU, (64, 64), 1_000_000, noise=0.1)  # so that none converges
    stop = Stop()
    made = build(asked, fast="never", stop=stop)
    threading.Timer(0.2, stop.set).start()
    begun = time.perf_counter()
    with pytest.raises(Stopped):
        made.at()
    assert time.perf_counter() - begun < 5.0
    fresh = build(asked, fast="never").whose[0].lanes
    same(made.whose[0].lanes.at(9, Stop()), fresh.at(9))


def test_arrivals_against_the_path() -> None:
    """The step after which a race stays near its target, looked up in the record of the run."""
    asked = experiment("momentum", HIMMELBLAU, (11, 9), 120, entrant={"learning_rate": 0.008}, view={})
    made = build(asked, fast="never")
    sweep, radius = made.whose[0], made.whose[0].radius
    final = sweep.minimum_of(sweep.lanes.at(120))
    arrived, minima = sweep.arrivals(), made.problem.minima
    assert (final >= 0).any()
    assert ((arrived >= 0) == (final >= 0)).all()
    for cell in range(0, 99, 7):
        if final[cell] < 0:
            continue
        path = simulate(made.race(cell % 11, cell // 11)).entrants[0].path
        far = np.hypot(*(path - minima[final[cell]]).T) > radius
        assert arrived[cell] == (np.flatnonzero(far)[-1] + 1 if far.any() else 0)


def test_no_lanes_share_a_schedule_that_cannot_be() -> None:
    """Where a group's rates are refused there is no run; the others go on."""
    problem = Problem.of(experiment("gd", HIMMELBLAU))
    optimizer = OPTIMIZERS["gd"]

    def rates(group):
        from optviz.errors import InputError

        if group == 1:
            raise InputError("no such rates")
        return np.full(5, 0.01)

    hypers = hypers_of(optimizer, [{knob.name: knob.default for knob in optimizer.knobs}])
    lanes = Lanes(
        problem, optimizer, np.ones((6, 2)), hypers, rates,
        steps=5, groups=np.array([0, 1, 2, 0, 1, 2]), fast="never",
    )  # fmt: skip
    status = lanes.at(5).status
    assert (status == [0, OUTSIDE, 0, 0, OUTSIDE, 0]).all()


def test_a_loss_beyond_every_number_ends_a_merged_run_too() -> None:
    # Every start's loss is so large that the bound beyond which a run is lost overflows.
    made = experiment(
        "gd",
        {"formula": "1e300*(x**2 + y**2)"},
        size=(3, 3),
        steps=4,
        entrant={"learning_rate": 1e-299},
        view={"xlim": [0.5, 1.5], "ylim": [0.5, 1.5]},
    )
    holds(build(made, fast="wait"), cells=range(9))
