"""Runs: what is recorded, what is shared, and how they end. The oracle is a plain loop over torch.optim."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from optviz.entrant import learning_rates
from optviz.errors import InputError
from optviz.experiment import Experiment, Penalty
from optviz.optimizers import OPTIMIZERS
from optviz.simulate import simulate
from optviz.surface_values import gradient, loss


def race(*entrants, surface="rosenbrock", **fields):
    return Experiment(surface, entrants, **fields)


def entrant(optimizer, **values):
    return {"optimizer": optimizer, **values}


def torch_rosenbrock(point):
    x, y = point
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


@pytest.mark.parametrize(
    ("given", "twin", "options"),
    [
        (entrant("gd", learning_rate=1e-3), torch.optim.SGD, {"lr": 1e-3}),
        (entrant("adam", learning_rate=0.02), torch.optim.Adam, {"lr": 0.02}),
        (
            entrant("nesterov", learning_rate=1e-4, momentum=0.9),
            torch.optim.SGD,
            {"lr": 1e-4, "momentum": 0.9, "nesterov": True},
        ),
        (
            entrant("rmsprop", learning_rate=0.01, centered=True),
            torch.optim.RMSprop,
            {"lr": 0.01, "centered": True},
        ),
    ],
)
def test_the_whole_loop_is_torchs(given, twin, options) -> None:
    run = simulate(race(given, start=(-1.5, 2.0), steps=200)).entrants[0]
    point = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = twin([point], **options)
    for k in range(200):
        optimizer.zero_grad()
        value = torch_rosenbrock(point)
        value.backward()
        assert run.path[k] == pytest.approx(point.detach().numpy(), rel=1e-9, abs=1e-12)
        assert run.loss[k] == pytest.approx(value.item(), rel=1e-9)
        assert run.grad[k] == pytest.approx(point.grad.numpy(), rel=1e-8, abs=1e-10)
        optimizer.step()
    assert run.path[200] == pytest.approx(point.detach().numpy(), rel=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.ids)
def test_shapes_and_first_rows(optimizer) -> None:
    run = simulate(race(entrant(optimizer, learning_rate=1e-4), surface="beale", steps=7)).entrants[0]
    n = run.stopped_at
    assert n == 7
    assert run.path.shape == (n + 1, 2)
    assert run.loss.shape == (n + 1,)
    assert run.grad.shape == (n, 2)
    assert run.learning_rate.shape == (n,)
    assert run.state.shape == (n, len(run.state_rows), 2)
    start = Experiment("beale", [entrant("gd")]).start_point
    assert tuple(run.path[0]) == start
    assert run.loss == pytest.approx(loss("beale", *run.path.T), rel=1e-14)
    assert not np.array_equal(run.path[1], run.path[0])
    if not OPTIMIZERS[optimizer].probe:
        assert pytest.approx(np.array(gradient("beale", *run.path[:-1].T)), rel=1e-12) == run.grad.T


def test_plain_python_and_compiled_agree() -> None:
    experiment = race(
        *(entrant(name) for name in OPTIMIZERS.ids), steps=30, noise=0.1, penalty=Penalty(0.1, 0.2)
    )
    for compiled, plain in zip(
        simulate(experiment).entrants, _in_plain_python(experiment).entrants, strict=True
    ):
        assert plain.path == pytest.approx(compiled.path, rel=1e-9, abs=1e-12)
        assert plain.loss == pytest.approx(compiled.loss, rel=1e-9)
        assert plain.state == pytest.approx(compiled.state, rel=1e-9, abs=1e-12)


def _in_plain_python(experiment):
    from optviz.kernels import Kernel

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Kernel, "ready", property(lambda self: False))
        return simulate(experiment, wait=False)


def noise_of(run, surface="sphere"):
    """The noise each step met: what it used less the true gradient at its point."""
    return run.grad - np.array(gradient(surface, *run.path[:-1].T)).T


def test_noise_is_one_stream_for_all() -> None:
    names = ("sgd", "adam", "lion")
    runs = {}
    for order in itertools.permutations(names):
        experiment = race(
            *(entrant(name, learning_rate=1e-3) for name in order),
            surface="sphere",
            noise=0.5,
            seed=3,
            steps=50,
        )
        for name, run in zip(order, simulate(experiment).entrants, strict=True):
            if name in runs:
                assert np.array_equal(run.path, runs[name].path)  # whatever the others are, in whatever order
            runs[name] = run
    streams = [noise_of(runs[name]) for name in names]
    assert streams[1] == pytest.approx(streams[0], abs=1e-12)
    assert streams[2] == pytest.approx(streams[0], abs=1e-12)
    assert streams[0].std() == pytest.approx(0.5, rel=0.25)


def test_noise_goes_on_for_those_left_when_one_has_stopped() -> None:
    with_lost = race(
        entrant("sgd", learning_rate=50.0), entrant("adam"), surface="sphere", noise=0.5, steps=200
    )
    lost, adam = simulate(with_lost).entrants
    assert lost.status == "diverged"
    assert lost.stopped_at < 200
    alone = simulate(race(entrant("adam"), surface="sphere", noise=0.5, steps=200)).entrants[0]
    assert np.array_equal(adam.path, alone.path)


def test_gd_hears_no_noise() -> None:
    noisy, quiet = (
        simulate(race(entrant("gd"), surface="sphere", noise=noise, steps=20)).entrants[0]
        for noise in (1.0, 0.0)
    )
    assert np.array_equal(noisy.path, quiet.path)


def test_seeds_differ_and_repeat() -> None:
    def run(seed):
        return simulate(race(entrant("sgd"), noise=1.0, seed=seed, steps=20)).entrants[0].path

    assert np.array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


def test_the_penalty_is_in_loss_and_gradient() -> None:
    run = simulate(
        race(entrant("gd", learning_rate=1e-3), surface="beale", penalty=Penalty(0.3, 0.7), steps=10)
    ).entrants[0]
    x, y = run.path.T
    plain = loss("beale", x, y)
    assert run.loss == pytest.approx(plain + 0.3 * (abs(x) + abs(y)) + 0.35 * (x * x + y * y), rel=1e-12)
    gx, gy = gradient("beale", x[:-1], y[:-1])
    assert run.grad[:, 0] == pytest.approx(gx + 0.3 * np.sign(x[:-1]) + 0.7 * x[:-1], rel=1e-12)
    assert run.grad[:, 1] == pytest.approx(gy + 0.3 * np.sign(y[:-1]) + 0.7 * y[:-1], rel=1e-12)


def test_the_kink_of_the_penalty_has_gradient_0() -> None:
    gx, gy = gradient("sphere", [0.0], [0.0], penalty={"l1": 1.0})
    assert (gx[0], gy[0]) == (0.0, 0.0)


def test_divergence_names_curvature_and_bound() -> None:
    # 0.5 (x² + 50 y²): λ = 50, so 2/λ = 0.04.
    over = race(
        entrant("gd", learning_rate=0.05),
        entrant("gd", learning_rate=0.039),
        surface="ellipse",
        coefficients={"condition": 50.0, "rotation": 0.0},
        start=(1.0, 1.0),
        steps=2000,
    )
    lost, safe = simulate(over).entrants
    assert lost.status == "diverged"
    assert "λ = 50" in lost.why
    assert "2/λ = 0.04" in lost.why
    assert "yours is 0.05" in lost.why
    assert safe.status == "converged"
    assert np.isfinite(lost.path).all()
    assert np.isfinite(lost.loss).all()
    # Nothing is clipped: each recorded step is the rule's own.
    assert lost.path[1:] == pytest.approx(lost.path[:-1] - 0.05 * lost.grad, rel=1e-15)


def test_one_that_is_on_its_way_out_when_the_steps_end_is_told_why() -> None:
    slowly = race(
        entrant("gd", learning_rate=0.0405),
        surface="ellipse",
        coefficients={"condition": 50.0, "rotation": 0.0},
        start=(1.0, 1.0),
        steps=200,
    )
    run = simulate(slowly).entrants[0]
    assert run.status == "step_limit"
    assert run.loss[-1] > run.loss[0]
    assert "has grown" in run.why
    assert "2/λ = 0.04 overshoot; yours is 0.0405" in run.why


def test_a_momentum_bound_is_its_own() -> None:
    lost = simulate(
        race(entrant("momentum", learning_rate=0.2, momentum=0.9), surface="ellipse", steps=2000,
             coefficients={"condition": 50.0, "rotation": 0.0})
    ).entrants[0]  # fmt: skip
    assert lost.status == "diverged"
    assert "3.8/λ = 0.076" in lost.why


def test_a_surface_without_bottom_says_so() -> None:
    lost = simulate(
        race(entrant("gd", learning_rate=0.1), surface="saddle", start=(1.0, 0.5), steps=5000)
    ).entrants[0]
    assert lost.status == "diverged"
    assert "falls without end" in lost.why


def test_not_finite_at_the_start() -> None:
    run = simulate(Experiment(formula="log(x) + y", entrants=[entrant("adam")], start=(-1.0, 0.0))).entrants[
        0
    ]
    assert run.status == "diverged"
    assert run.stopped_at == 0
    assert "loss at the start (−1, 0)" in run.why
    assert run.path.shape == (1, 2)
    assert run.grad.shape == (0, 2)


def test_leaving_the_domain_ends_at_the_last_finite_point() -> None:
    run = simulate(
        Experiment(formula="x - log(x) + y**2", entrants=[entrant("gd", learning_rate=8.0)], start=(5.0, 0.0))
    ).entrants[0]
    assert run.status == "diverged"
    assert np.isfinite(run.loss).all()
    assert "not a finite number" in run.why


def test_stationary_points_are_told_apart() -> None:
    at_saddle, at_minimum = (
        simulate(race(entrant("newton"), surface=name, start=start, steps=100)).entrants[0]
        for name, start in (("saddle", (1.0, 1.0)), ("sphere", (1.0, 1.0)))
    )
    assert at_saddle.status == at_minimum.status == "converged"
    assert "saddle point" in at_saddle.why
    assert "minimum" in at_minimum.why
    assert at_minimum.stopped_at <= 10


def test_a_slow_start_of_a_schedule_is_no_arrival() -> None:
    run = simulate(
        race(
            entrant(
                "gd",
                learning_rate=1e-3,
                schedule={"name": "linear_warmup", "warmup_steps": 50, "start_factor": 1e-9},
            ),
            surface="sphere",
            steps=60,
        )
    ).entrants[0]
    assert run.stopped_at == 60


def test_the_schedule_is_what_each_step_used() -> None:
    experiment = race(
        entrant(
            "gd", learning_rate=0.01, schedule={"name": "exponential_restart", "gamma": 0.9, "period": 5}
        ),
        surface="beale",
        steps=20,
    )
    run = simulate(experiment).entrants[0]
    assert run.learning_rate == pytest.approx(0.01 * 0.9 ** (np.arange(20) % 5), rel=1e-14)
    assert run.learning_rate == pytest.approx(learning_rates(experiment.entrants[0], 20))
    assert run.path[1:] == pytest.approx(run.path[:-1] - run.learning_rate[:, None] * run.grad, rel=1e-14)


def test_a_record_that_does_not_fit_is_refused_before_it_is_made() -> None:
    huge = race(*[entrant("adam")] * 64, steps=1_000_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.sysconf", lambda name: {"SC_AVPHYS_PAGES": 2**18, "SC_PAGE_SIZE": 4096}[name])
        with pytest.raises(InputError, match="GiB"):
            simulate(huge)


def test_entrants_no_change_concerns_are_taken_over() -> None:
    before = race(
        entrant("adam", learning_rate=0.1),
        entrant("sgd", learning_rate=1e-4),
        entrant("gd", learning_rate=1e-4),
        noise=0.1,
        steps=50,
    )
    first = simulate(before)
    changed = before.replace(
        entrants=(before.entrants[2], before.entrants[0].replace(learning_rate=0.2), before.entrants[1])
    )
    second = simulate(changed, previous=first)
    assert second.entrants[0] is first.entrants[2]
    assert second.entrants[2] is first.entrants[1]
    for run, anew in zip(second.entrants, simulate(changed).entrants, strict=True):
        assert np.array_equal(run.path, anew.path)
    for name, value in {
        "seed": 1,
        "noise": 0.2,
        "steps": 51,
        "start": (0.0, 0.5),
        "coefficients": {"a": 2.0},
        "penalty": Penalty(l2=0.1),
        "surface": "beale",
    }.items():
        other = before.replace(**{name: value})
        taken = simulate(other, previous=first).entrants
        assert not any(run in first.entrants for run in taken), name
    assert simulate(before.replace(title="x"), previous=first).entrants == first.entrants


def test_a_newton_step_thrown_far_may_come_back() -> None:
    # The Hessian is all but singular at the start: one step leads to a loss of 3e25, the rest back to (1, 0).
    formula, start = "x**4/4-x**2/2+y**2", np.array([0.5773503, 0.5])
    run = simulate(Experiment(formula=formula, entrants=[entrant("newton")], start=tuple(start))).entrants[0]
    point = start.copy()
    for _ in range(60):
        point -= np.array([(point[0] ** 3 - point[0]) / (3 * point[0] ** 2 - 1), point[1]])
    assert run.loss.max() > 1e24
    assert run.status == "converged"
    assert run.path[-1] == pytest.approx(point, abs=1e-9)


def test_growth_without_return_is_still_the_end_of_a_first_order_rule() -> None:
    run = simulate(race(entrant("gd", learning_rate=1.5), surface="sphere", steps=1000)).entrants[0]
    assert run.status == "diverged"
    assert 30 < run.stopped_at < 200
    assert (np.diff(run.loss[-4:]) > 0).all()
