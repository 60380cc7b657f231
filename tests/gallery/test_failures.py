"""Every failure of the gallery comes out as it must: against closed forms, torch and the paper's numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import optviz
from optviz import ScheduleSetting, resources
from optviz.gallery import FAILURES
from optviz.simulate import batches_of, simulate

# What the gallery has to hold, and where it does.
ASKED = {
    "Reddi et al. 2018, deterministic": "adam_at_the_wrong_end",
    "Reddi et al. 2018, stochastic": "adam_leaves_the_optimum",
    "Reddi et al. 2018, Theorem 1": "three_losses_mislead_adam",
    "AdaGrad's stall": "adagrad_stalls",
    "momentum ringing": "momentum_rings",
    "saddle stall": "stuck_at_a_saddle",
    "L1 chatter": "l1_chatters",
    "Adam without bias correction": "adam_without_bias_correction",
    "sign methods' limit cycle": "signs_never_settle",
    "exponential restarts": "restarts_kick_out",
}
RUNS = {}


def ran(identifier):
    if identifier not in RUNS:
        RUNS[identifier] = simulate(FAILURES[identifier].experiment())
    return RUNS[identifier]


def test_every_failure_that_is_asked_for_is_there() -> None:
    assert list(ASKED.values()) == list(FAILURES.ids)
    assert [failure.path for failure in FAILURES] == resources.gallery()


@pytest.mark.parametrize("identifier", FAILURES.ids)
def test_the_claim_holds_and_says_its_numbers(identifier) -> None:
    failure = FAILURES[identifier]
    outcome = failure.expected(ran(identifier))
    assert outcome.holds
    assert any(letter.isdigit() for letter in outcome.sentence)
    assert "{" not in outcome.sentence
    assert "-" not in outcome.sentence.replace("e-", "")  # true minus signs
    assert failure.title
    assert failure.wrong.endswith(".")
    assert len(failure.text) > 200
    assert failure.reference
    assert 1 <= len(failure.experiment().title) <= 110
    assert outcome == failure.expected(simulate(failure.experiment()))


@pytest.mark.parametrize("identifier", FAILURES.ids)
def test_the_claim_can_fail(identifier) -> None:
    """The remedy in the place of the failure is none."""
    failure = FAILURES[identifier]
    experiment = failure.experiment()
    remedy = experiment.entrants[-1]
    cured = experiment.replace(entrants=(remedy,) * len(experiment.entrants))
    if identifier == "restarts_kick_out":
        cured = experiment.replace(noise=0.0, entrants=experiment.entrants[::-1])
        cured = cured.replace(entrants=(experiment.entrants[0],) * 2)
    assert not failure.expected(simulate(cured)).holds


# ------------------------------------------------------------------ Reddi, Kale & Kumar 2018


def paper(slopes, rates, start, beta1, beta2, amsgrad, corrected=True):
    """Algorithm 1 and 2 of the paper in plain Python, projected onto [-1, 1]; float64[n + 1]."""
    x, m, v, top = start, 0.0, 0.0, 0.0
    power1 = power2 = 1.0
    path = [x]
    for g, rate in zip(slopes, rates, strict=True):
        m = beta1 * m + (1.0 - beta1) * g
        v = beta2 * v + (1.0 - beta2) * g * g
        top = max(top, v)
        power1, power2 = power1 * beta1, power2 * beta2
        size = top if amsgrad else v
        if corrected:
            step = rate / (1.0 - power1) * m / (math.sqrt(size) / math.sqrt(1.0 - power2) + 1e-8)
        else:
            step = rate * m / (math.sqrt(size) + 1e-8)
        x = min(max(x - step, -1.0), 1.0)
        path.append(x)
    return np.array(path)


def of_the_paper(steps, period=101, large=1010.0, small=10.0):
    """f_t(x) = 1010 x for t mod 101 = 1, -10 x otherwise; t from 1."""
    return [large if t % period == 1 else -small for t in range(1, steps + 1)]


def test_the_deterministic_setting_is_the_paper_s() -> None:
    run = ran("adam_at_the_wrong_end")
    steps = run.experiment.steps
    slopes = of_the_paper(steps)
    rates = [0.15 * (1.0 + math.cos(math.pi * k / steps)) / 2.0 for k in range(steps)]
    for entrant, amsgrad in zip(run.entrants, (False, True), strict=True):
        assert np.array_equal(entrant.grad[:, 0], slopes)
        assert not entrant.grad[:, 1].any()
        path = paper(slopes, rates, 0.0, 0.9, 0.99, amsgrad)
        assert entrant.path[:, 0] == pytest.approx(path, abs=1e-9)
        assert entrant.loss == pytest.approx((1010.0 - 100 * 10.0) / 101 * path, abs=1e-9)
    adam, amsgrad = (one.path[-1, 0] for one in run.entrants)
    assert adam > 0.99
    assert amsgrad < -0.9


def test_a_round_counts_as_the_text_says() -> None:
    """What the rare loss and the gentle ones each move x by in all, in learning rates."""
    m_rare = m_gentle = v = rare = gentle = 0.0
    for t, g in enumerate(of_the_paper(101 * 40)):
        m_rare, m_gentle = 0.9 * m_rare + 0.1 * max(g, 0.0), 0.9 * m_gentle + 0.1 * min(g, 0.0)
        v = 0.99 * v + 0.01 * g * g
        if t >= 101 * 39:
            rare, gentle = rare + m_rare / math.sqrt(v), gentle - m_gentle / math.sqrt(v)
    text = FAILURES["adam_at_the_wrong_end"].text
    assert f"by {rare:.1f} learning rates to the left" in text
    assert f"by {gentle:.1f} to the right" in text
    assert f"as much as {rare / (gentle / 100.0):.0f} gentle ones" in text


def test_torch_goes_the_same_way() -> None:
    """torch.optim with the same gradients, clamped to [-1, 1] after each step."""
    steps = 1200
    slopes = of_the_paper(steps)
    entrants = ({"optimizer": name, "learning_rate": 0.1, "beta2": 0.99} for name in ("adam", "amsgrad"))
    asked = optviz.Experiment("adam_counterexample", tuple(entrants), steps=steps, batch_size=1)
    for entrant, amsgrad in zip(simulate(asked).entrants, (False, True), strict=True):
        x = torch.zeros((), dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([x], lr=0.1, betas=(0.9, 0.99), amsgrad=amsgrad, foreach=False)
        path = [0.0]
        for slope in slopes:
            x.grad = torch.tensor(slope, dtype=torch.float64)
            optimizer.step()
            with torch.no_grad():
                x.clamp_(-1.0, 1.0)
            path.append(x.item())
        assert entrant.path[:, 0] == pytest.approx(path, abs=1e-10)


def test_whether_bias_is_corrected_makes_no_difference() -> None:
    experiment = FAILURES["adam_at_the_wrong_end"].experiment()
    adam = experiment.entrants[0]
    plain = experiment.replace(entrants=(adam, adam.replace(bias_correction=False)))
    with_it, without = (one.path[-1000:, 0] for one in simulate(plain).entrants)
    assert without.min() > 0.97
    assert np.abs(with_it - without).max() < 1e-6


def test_the_stochastic_setting_is_the_paper_s() -> None:
    run = ran("adam_leaves_the_optimum")
    drawn = batches_of(run.experiment)[:, 0]
    slopes = np.where(drawn == 0, 1010.0, -10.0)
    rare = (drawn == 0).mean()
    assert abs(rare - 0.01) < 4.0 * math.sqrt(0.01 * 0.99 / len(drawn))
    for entrant, amsgrad in zip(run.entrants, (False, True), strict=True):
        assert np.array_equal(entrant.grad[:, 0], slopes)
        path = paper(slopes, [0.002] * len(slopes), -1.0, 0.9, 0.99, amsgrad)
        assert entrant.path[:, 0] == pytest.approx(path, abs=1e-9)
        assert entrant.loss == pytest.approx((0.01 * 1010.0 - 0.99 * 10.0) * path, abs=1e-9)


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_stochastic_setting_holds_for_other_draws(seed) -> None:
    failure = FAILURES["adam_leaves_the_optimum"]
    assert failure.expected(simulate(failure.experiment().replace(seed=seed))).holds


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_the_long_run_amsgrad_goes_to_the_best_point_from_anywhere_and_adam_to_the_worst(seed) -> None:
    """As many steps as the paper's figure is about, from the middle."""
    experiment = FAILURES["adam_leaves_the_optimum"].experiment()
    slower = ScheduleSetting("inverse_sqrt", {"warmup_steps": 100_000})
    entrants = [entrant.replace(learning_rate=0.01, schedule=slower) for entrant in experiment.entrants]
    long = experiment.replace(start=(0.0, 0.0), steps=1_000_000, entrants=entrants, seed=seed)
    adam, amsgrad = (one.path[-100_000:, 0].mean() for one in simulate(long).entrants)
    assert adam > 0.9
    assert amsgrad < -0.4


def test_theorem_1_with_its_own_numbers() -> None:
    run = ran("three_losses_mislead_adam")
    large, small = (run.experiment.coefficients[name] for name in ("large", "small"))
    adam = run.experiment.entrants[0].hyperparameters
    assert large / small > 2.0
    assert adam["beta1"] == 0.0
    assert adam["beta2"] == pytest.approx(1.0 / (1.0 + large**2), rel=1e-12)
    assert adam["learning_rate"] < math.sqrt(1.0 - adam["beta2"])
    steps = run.experiment.steps
    slopes = of_the_paper(steps, 3, 3.0, 1.0)
    rates = [0.3 / math.sqrt(t) for t in range(1, steps + 1)]
    path = paper(slopes, rates, 0.0, 0.0, 0.1, amsgrad=False, corrected=False)
    assert run.entrants[0].path[:, 0] == pytest.approx(path, abs=1e-9)
    # The proof: once at 1, the end of every round is at 1 again.
    assert (run.entrants[0].path[150::3, 0] == 1.0).all()


@pytest.mark.parametrize("large", [2.5, 5.0, 20.0])
def test_theorem_1_for_other_slopes(large) -> None:
    experiment = FAILURES["three_losses_mislead_adam"].experiment()
    entrants = [entrant.replace(beta2=1.0 / (1.0 + large**2)) for entrant in experiment.entrants]
    other = experiment.replace(
        coefficients={"m": 3, "large": large, "small": 1.0}, entrants=entrants, steps=999
    )
    adam, amsgrad = simulate(other).entrants
    assert adam.path[-1, 0] == 1.0
    assert amsgrad.path[-1, 0] < -0.9


def test_all_losses_at_once_mislead_nobody() -> None:
    experiment = FAILURES["adam_at_the_wrong_end"].experiment().replace(batch_size=0)
    assert all(one.path[-1, 0] == -1.0 for one in simulate(experiment).entrants)


# ------------------------------------------------------------------ the others


def test_adagrad_s_effective_rate_is_that_of_its_sum_and_torch_stalls_where_it_does() -> None:
    run = ran("adagrad_stalls")
    grad = run.entrants[0].grad
    theta = torch.tensor(run.experiment.start_point, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adagrad([theta], lr=0.15)
    for row in grad:
        x, y = theta
        loss = 0.5 * 2.0 * (1.0 + torch.tanh(8.0 * x)) + 0.02 * ((x + 2.0) ** 2 + y**2)
        (theta.grad,) = torch.autograd.grad(loss, theta)
        assert theta.grad.numpy() == pytest.approx(row, abs=1e-9)
        optimizer.step()
    end = theta.detach().numpy()
    assert run.entrants[0].path[-1] == pytest.approx(end, abs=1e-8)
    assert math.hypot(end[0] + 2.0, end[1]) > 1.0
    effective = 0.15 / np.sqrt(np.cumsum(grad[:, 0] ** 2))
    told = FAILURES["adagrad_stalls"].expected(run).values["share"]
    assert float(told) == pytest.approx(100.0 * effective[-1] / effective[0], rel=5e-3)


def test_momentum_rings_at_the_frequency_of_its_roots() -> None:
    """x_{k+1} = (1 + β - ηλ) x_k - β x_{k-1}: roots √β e^{±iω} above the critical β, a double one at it."""
    run = ran("momentum_rings")
    rate, curvature, start = 0.02, 1.0, -2.4
    for entrant, declared in zip(run.entrants, run.experiment.entrants, strict=True):
        beta = declared.hyperparameters["momentum"]
        a, b = np.roots([1.0, -(1.0 + beta - rate * curvature), beta])
        k = np.arange(101)
        if declared is run.experiment.entrants[0]:
            c = start * np.array([1.0, 1.0 - rate * curvature])
            weights = np.linalg.solve(np.array([[1.0, 1.0], [a, b]]), c)
            exact = (weights[0] * a**k + weights[1] * b**k).real
            assert entrant.path[:101, 0] == pytest.approx(exact, abs=1e-9)
            crossings = 200 * abs(np.angle(a)) / np.pi  # half turns
            told = FAILURES["momentum_rings"].expected(run).values
            assert abs(int(told["crossings"]) - crossings) <= 1.0
            assert abs(a) == pytest.approx(math.sqrt(0.98))
            assert float(told["shrink"]) == pytest.approx(100.0 * (1.0 - abs(a)), rel=0.02)  # measured
        else:
            assert beta == pytest.approx((1.0 - math.sqrt(rate * curvature)) ** 2, rel=1e-9)
            assert a == pytest.approx(b, abs=1e-4)
            assert (entrant.path[:151, 0] < 0.0).all()


def test_gradient_descent_waits_as_long_as_its_growth_says() -> None:
    """Near the saddle x grows by 1 + η and y shrinks by 1 - η a step."""
    run = ran("stuck_at_a_saddle")
    (x0, y0), rate = run.experiment.start_point, 0.05
    leaves = math.log(0.1 / x0) / math.log(1.0 + rate)
    comes = math.log(0.1 / y0) / math.log(1.0 - rate)
    told = FAILURES["stuck_at_a_saddle"].expected(run).values
    assert abs(int(told["gd"]) - (leaves - comes)) <= 2.0
    # Newton's method: y and the error in x both shrink by 1 - η, to the saddle at (0, 0).
    newton = run.entrants[1].path
    assert newton[:60, 1] == pytest.approx(y0 * (1.0 - 0.1) ** np.arange(60), rel=1e-6)  # damped by 1e-8
    low = np.linalg.eigvalsh([[3.0 * newton[-1, 0] ** 2 - 1.0, 0.0], [0.0, 1.0]])[0]
    assert low == pytest.approx(-1.0)


def test_l1_chatters_in_the_band_its_slopes_allow() -> None:
    """From just above 0 a step leads down to -η (l1 - λ a), from just below up to η (l1 + λ a)."""
    run = ran("l1_chatters")
    x = run.entrants[0].path[-101:, 0]
    assert -0.2 * (1.0 - 0.5) - 1e-12 <= x.min() < -0.05
    assert 0.2 < x.max() <= 0.2 * (1.0 + 0.5) + 1e-12
    assert (x != 0.0).all()
    falling = run.entrants[1]
    assert (np.abs(falling.path[101:, 0]) <= 1.5 * falling.learning_rate[100:]).all()


def test_uncorrected_adam_sets_out_too_fast() -> None:
    run = ran("adam_without_bias_correction")
    first = [np.abs(one.path[1] - one.path[0]) for one in run.entrants]
    assert first[0] == pytest.approx(0.2 * (1.0 - 0.9) / math.sqrt(1.0 - 0.999), rel=1e-6)
    assert first[1] == pytest.approx(0.2, rel=1e-6)
    wells = optviz.loss("two_well", np.array([0.9601495555, -1.0355787141]), np.zeros(2))
    assert [one.loss[-1] for one in run.entrants] == pytest.approx(wells, abs=1e-4)


def test_sign_descent_ends_where_arithmetic_says() -> None:
    run = ran("signs_never_settle")
    start, rate = np.array(run.experiment.start_point), 0.2
    near = start + rate * np.floor(-start / rate)  # the last point before 0, and the first beyond it
    last = run.entrants[0].path[-50:]
    for k in range(2):
        assert sorted({round(float(v), 9) for v in last[:, k]}) == pytest.approx([near[k], near[k] + rate])


def test_twenty_steps_before_a_restart_and_twenty_after() -> None:
    run = ran("restarts_kick_out")
    loss = run.entrants[0].loss
    factors = [loss[k + 1 : k + 21].mean() / loss[k - 19 : k + 1].mean() for k in (100, 200, 300)]
    told = FAILURES["restarts_kick_out"].expected(run).values
    assert float(told["least"]) == pytest.approx(min(factors), rel=5e-3)


@pytest.mark.parametrize("seed", range(6))
def test_restarts_throw_the_loss_as_high_as_noise_and_rate_say(seed) -> None:
    failure = FAILURES["restarts_kick_out"]
    assert failure.expected(simulate(failure.experiment().replace(seed=seed))).holds


def test_the_mean_over_many_seeds_is_that_of_theory() -> None:
    """E[w_{k+1}^2] = (1 - η_k λ)^2 E[w_k^2] + η_k^2 σ^2 in each direction; the loss is Σ λ/2 E[w^2]."""
    experiment = FAILURES["restarts_kick_out"].experiment()
    rates = [0.19 * 0.95 ** (k % 100) for k in range(400)]
    expected = np.zeros(401)
    for curvature, start in ((1.0, -2.4), (10.0, 1.0)):
        square = start**2
        for k in range(401):
            expected[k] += 0.5 * curvature * square
            if k < 400:
                square = (1.0 - rates[k] * curvature) ** 2 * square + rates[k] ** 2
    seeds = 200
    losses = [simulate(experiment.replace(seed=seed)).entrants[0].loss for seed in range(seeds)]
    mean = np.mean(losses, axis=0)
    windows = [slice(101, 121), slice(201, 221), slice(301, 321), slice(180, 200)]
    for window in windows:
        assert mean[window].mean() == pytest.approx(expected[window].mean(), rel=0.15)
    assert expected[201:221].mean() > 5.0 * expected[180:200].mean()
