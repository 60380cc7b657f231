"""Maps over the start against C that is free to vectorize and to rearrange, with as many threads."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

import optviz
from optviz.cores import cores
from optviz.experiment import Experiment
from optviz.maps.build import build, kernels_of_map
from optviz.problem import Problem

from .conftest import best_seconds

SIDE, STEPS = 256, 500


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("no GCC")
    library = tmp_path_factory.mktemp("peer") / "maps.so"
    source = Path(__file__).with_name("maps.c")
    flags = ["-Ofast", "-march=native", "-fopenmp", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", library, source, "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(library))


def in_c(function, experiment, side, steps, *more):
    """Return the best time of the C version and where its races end."""
    xs, ys = np.linspace(*experiment.xlim, side), np.linspace(*experiment.ylim, side)
    starts = [np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(xs, ys)]
    ends = [start.copy() for start in starts]

    def pointer(array):
        return array.ctypes.data_as(ctypes.c_void_p)

    def work() -> None:
        for end, start in zip(ends, starts, strict=True):
            end[:] = start
        function(
            ctypes.c_long(side * side), ctypes.c_long(steps), *map(pointer, ends),
            ctypes.c_double(experiment.entrants[0].learning_rate), *more,
        )  # fmt: skip

    return best_seconds(work, 15), np.stack(ends, axis=1)


def raced(benchmark, experiment, side=SIDE):
    def work():
        return optviz.basin_map(experiment, size=(side, side))

    benchmark.pedantic(work, rounds=15, warmup_rounds=2)
    return work()


def agree(found, ends, share):
    """Most races end at the same place: where they do not, rounding alone made them part."""
    near = np.hypot(*(found.end.reshape(-1, 2) - ends).T) <= 1e-6 * (1 + np.hypot(*ends.T))
    assert near.mean() >= share


def asked(optimizer, surface, rate, steps=STEPS):
    return Experiment(surface, [{"optimizer": optimizer, "learning_rate": rate}], steps=steps)


def test_adam_on_rosenbrock(benchmark, report, peer) -> None:
    """A rate so low that nobody arrives: nothing is saved by stopping early."""
    experiment = asked("adam", "rosenbrock", 1e-3)
    c, ends = in_c(peer.adam_rosenbrock, experiment, SIDE, STEPS)
    found = raced(benchmark, experiment)
    assert (found.steps == STEPS).all()
    agree(found, ends, 0.999)
    print(f"\n{cores()} threads, C {c * 1e3:.1f} ms")
    report(
        "basin map 256 × 256 × 500, Adam on Rosenbrock, ours / C -Ofast", benchmark.stats.stats.min / c, 1.25
    )


@pytest.mark.parametrize(
    ("optimizer", "surface", "rate", "share"),
    [
        ("rmsprop", "rastrigin", 1e-3, 0.9),
        ("nadam", "beale", 1e-3, 0.9),
        ("adam", "ackley", 1e-3, 0.9),
    ],
)
def test_other_pairs(benchmark, report, peer, optimizer, surface, rate, share) -> None:
    beside_c(benchmark, report, peer, optimizer, surface, rate, share, 2.0)


def test_the_cheapest_of_pairs(benchmark, report, peer) -> None:
    """A dozen operations a step: here the loss itself, the tests and the knobs left at 0 weigh most."""
    beside_c(benchmark, report, peer, "momentum", "himmelblau", 1e-4, 0.999, 5.0)


def beside_c(benchmark, report, peer, optimizer, surface, rate, share, limit):
    experiment = asked(optimizer, surface, rate)
    c, ends = in_c(getattr(peer, f"{optimizer}_{surface}"), experiment, SIDE, STEPS)
    found = raced(benchmark, experiment)
    agree(found, ends, share)
    print(f"\nC {c * 1e3:.1f} ms, {np.mean(found.steps < STEPS):.1%} stopped early")
    report(f"basin map, {optimizer} on {surface}, ours / C -Ofast", benchmark.stats.stats.min / c, limit)


def test_samples(benchmark, report, peer) -> None:
    """A neuron and 256 samples."""
    experiment, side, steps = asked("gd", "neuron", 0.5, 40), 64, 40
    data = Problem.of(experiment).data
    columns = [np.ascontiguousarray(row) for row in data]
    more = [ctypes.c_long(data.shape[1]), *(column.ctypes.data_as(ctypes.c_void_p) for column in columns)]
    c, ends = in_c(peer.gd_neuron, experiment, side, steps, *more)
    found = raced(benchmark, experiment, side)
    agree(found, ends, 0.999)
    print(f"\nC {c * 1e3:.1f} ms")
    report("basin map 64 × 64 × 40, gd on a neuron, ours / C -Ofast", benchmark.stats.stats.min / c, 2.0)


def test_four_times_as_many(benchmark, report) -> None:
    experiment = asked("adam", "rosenbrock", 1e-3)
    small = best_seconds(lambda: optviz.basin_map(experiment, size=(SIDE, SIDE)), 15)
    raced(benchmark, experiment, 2 * SIDE)
    report("basin map 512 × 512 / 256 × 256", benchmark.stats.stats.min / small, 4.4)


def test_the_first_picture_of_a_pair(benchmark, report) -> None:
    """With the kernels that any pair shares at hand, a pair never seen before has its picture at once."""
    experiment = Experiment(
        formula=f"(1 - x)**2 + {time.time_ns() % 10**9}*0.0000001*(y - x**2)**2",
        entrants=[{"optimizer": "adam"}], steps=200, map={"size": [SIDE, SIDE]},
    )  # fmt: skip
    for kernel in kernels_of_map(experiment)[0]:
        kernel.compiled  # noqa: B018
    plain = benchmark.pedantic(lambda: build(experiment, fast="ready").at(), rounds=5)
    assert plain.values.shape == (SIDE, SIDE)
    assert not build(experiment, fast="ready").quick
    report("first map 256 × 256 × 200 of a pair, ms", benchmark.stats.stats.min * 1e3, 200)


def test_two_hyperparameters(benchmark, report) -> None:
    """A sensitivity map follows a slider."""
    experiment = asked("adam", "rosenbrock", 1e-3, 200).replace(
        map={"kind": "sensitivity", "size": [128, 128]}
    )
    benchmark.pedantic(lambda: build(experiment, fast="wait").at(), rounds=15, warmup_rounds=2)
    report("sensitivity map 128 × 128 × 200, Adam, ms", benchmark.stats.stats.min * 1e3, 33)
