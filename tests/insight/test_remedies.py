"""The remedy applied: each race is run again with the number that the sentence names, and does as it says."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from optviz.experiment import Experiment
from optviz.insight import Sentence, eigen, why
from optviz.problem import Problem
from optviz.simulate import Run, simulate

BOWL, SHIFTED, ROUND = "0.5*(x**2 + 20*y**2)", "(x-3)**2+(y-1)**2", "x**2+y**2"
LINEAR = ("gd", "sgd", "momentum", "nesterov", "qhm")


def cast(formula: str, *entrants: dict[str, Any], **given: Any) -> Experiment:
    given = {"steps": 60, "start": (-2.0, 0.7), **given}
    where = {"surface": formula} if formula.isidentifier() else {"formula": formula}
    return Experiment(**where, entrants=entrants, **given)


def ran(experiment: Experiment) -> Run:
    return simulate(experiment, wait=False)


def said(experiment: Experiment, i: int = 0) -> tuple[Sentence, Sentence, Sentence]:
    found = why(experiment, ran(experiment), i, Problem.of(experiment, wait=False))
    assert all(20 < len(one.text) <= 200 for one in found), [one.text for one in found]
    assert len({one.text for one in found}) == 3
    return found


def value(sentence: Sentence, name: str) -> float:
    return float(sentence.values[name].replace("\N{MINUS SIGN}", "-").replace(",", ""))


def again(experiment: Experiment, steps: int = 4000, **own: Any) -> Any:
    """Return the entrant's run with other hyperparameters, for long, without a schedule."""
    entrant = experiment.entrants[0].replace(**own)
    return ran(experiment.replace(entrants=(entrant,), steps=steps)).entrants[0]


def changes(path: Any) -> int:
    """How often a coordinate changes sides of 0, while it is not rounding."""
    return sum(int(((c[1:] * c[:-1] < 0.0) & (np.abs(c[:-1]) > 1e-9)).sum()) for c in path.T)


# ------------------------------------------------------------------ a grid of rules and situations


def grid() -> list[Experiment]:
    found = []
    for formula, steep in ((BOWL, 20.0), ("x**2 + 4*y**2 + x*y", 8.2), (ROUND, 2.0)):
        for optimizer in LINEAR:
            for product in (1e-5, 0.05, 0.3, 1.0, 1.6, 2.0, 3.0, 8.0):
                for momentum in (None,) if optimizer in ("gd", "sgd") else (0.3, 0.9, 0.99):
                    own = {"optimizer": optimizer, "learning_rate": product / steep}
                    own |= {} if momentum is None else {"momentum": momentum}
                    found.append(cast(formula, own))
    return found


def test_the_remedy_does_what_it_says() -> None:
    seen: Counter[str] = Counter()
    for experiment in grid():
        remedy = said(experiment)[2]
        own, start = experiment.entrants[0], ran(experiment).entrants[0]
        what = f"{own.optimizer} {dict(own.hyperparameters)}: {remedy}"
        names = set(remedy.values)
        for name in {"stable", "limit_k"} & names:  # stable below it, not above it
            seen["stable"] += 1
            limit = value(remedy, name)
            below = again(experiment, learning_rate=0.98 * limit)
            assert below.loss[-1] < 1e-3 * start.loss[0], what
            beyond = again(experiment, learning_rate=1.02 * limit)
            assert beyond.status == "diverged" or beyond.loss[-1] > start.loss[0], what
        if "calm" in names:
            seen["calm"] += 1
            calm = value(remedy, "calm")
            assert _along_steepest(experiment, momentum=0.98 * calm) == 0, what
            assert _along_steepest(experiment, momentum=min(1.1 * calm + 0.01, 0.999)) > 0, what
        if "limit" in names:
            seen["limit"] += 1
            assert _along_steepest(experiment, learning_rate=0.98 * value(remedy, "limit")) == 0, what
        if "limit1" in names:
            seen["limit1"] += 1
            for momentum in (0.01, 0.3, 0.7, 0.95):
                assert _along_steepest(experiment, momentum=momentum) > 0, what
            rate = 0.8 * value(remedy, "limit1")
            assert _along_steepest(experiment, learning_rate=rate, momentum=1e-3) == 0, what
        if "digit" in names:
            seen["digit"] += 1
            digit = value(remedy, "digit")
            longer = again(experiment, steps=experiment.steps + round(digit))
            problem = Problem.of(experiment, wait=False)
            norms = [math.hypot(*map(float, problem.gradient(*p))) for p in (start.path[-1], longer.path[-1])]
            taken = len(longer.path) - len(start.path)  # fewer where it has converged
            assert norms[1] / norms[0] == pytest.approx(0.1 ** (taken / digit), rel=0.35), what
    assert set(seen) >= {"stable", "calm", "limit", "limit1", "digit"}, seen


def _along_steepest(experiment: Experiment, **own: Any) -> int:
    """Count changes of sides along the steepest direction."""
    race = experiment.replace(entrants=(experiment.entrants[0].replace(**own),), steps=1500)
    run = ran(race)
    view = eigen(race, run, 0, Problem.of(race, wait=False))
    assert view is not None
    error = view.measured[:, 1]
    return changes(error[:, None])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("rate", [0.002, 0.01])
def test_noise_holds_the_loss_as_high_as_is_said_and_at_half_the_rate(rate: float, momentum: float) -> None:
    own = {"optimizer": "sgd", "learning_rate": rate, "momentum": momentum}
    experiment = cast(BOWL, own, noise=2.0, steps=3000, start=(0.02, 0.01))
    remedy = said(experiment)[2]
    for name, share in (("held", 1.0), ("held_half", 0.5)):
        mean = np.mean([
            again(experiment.replace(seed=seed), steps=30_000, learning_rate=share * rate).loss[9000:].mean()
            for seed in range(2)
        ])  # fmt: skip
        assert value(remedy, name) == pytest.approx(mean, rel=0.12)


def test_losses_in_a_fixed_order_are_no_noise() -> None:
    own = {"learning_rate": 0.1, "beta2": 0.99}
    experiment = Experiment(
        surface="adam_counterexample", batch_size=1, steps=3000,
        entrants=({"optimizer": "adam", **own}, {"optimizer": "amsgrad", **own}),
    )  # fmt: skip
    for i in (0, 1):
        assert not any("noise" in one.text for one in said(experiment, i))
    winner = said(experiment, 1)[1]
    adam, amsgrad = (one.state for one in ran(experiment).entrants)
    assert value(winner, "root") == pytest.approx(np.median(np.sqrt(amsgrad[-100:, 2, 0])), rel=5e-3)
    assert value(winner, "other_root") == pytest.approx(np.median(np.sqrt(adam[-100:, 1, 0])), rel=5e-3)


# ------------------------------------------------------------------ weight decay


@pytest.mark.parametrize(("optimizer", "rate", "weight"), [
    ("sgd", 0.1, 2.0), ("momentum", 0.01, 0.2), ("nesterov", 0.01, 0.5), ("sgd", 0.1, 0.05),
])  # fmt: skip
def test_weight_decay_is_named_and_half_of_it_leads_as_near_as_is_said(
    optimizer: str, rate: float, weight: float
) -> None:
    own = {"optimizer": optimizer, "learning_rate": rate, "weight_decay": weight}
    experiment = cast(SHIFTED, own, steps=1000, start=(0.0, 0.0))
    first, second, third = said(experiment)
    assert first.text.startswith("Weight decay holds it")
    assert value(second, "pull") == pytest.approx(value(second, "norm"), rel=0.01)
    end = again(experiment, weight_decay=0.5 * weight).path[-1]
    assert value(third, "nearer") == pytest.approx(math.dist(end, (3.0, 1.0)), rel=0.01)
    end = again(experiment).path[-1]
    assert value(third, "distance") == pytest.approx(math.dist(end, (3.0, 1.0)), rel=0.01)


def test_decay_apart_from_the_gradient_is_named_too() -> None:
    own = {"optimizer": "adamw", "learning_rate": 0.1, "weight_decay": 0.5}
    experiment = cast(SHIFTED, own, steps=1700, start=(0.0, 0.0))
    first, second, _ = said(experiment)
    assert first.text.startswith("Weight decay holds it")
    done = ran(experiment).entrants[0]
    pulled = -(0.1 * 0.5 * done.path[-101:-1]).sum(axis=0)
    assert value(second, "pulled") == pytest.approx(math.hypot(*pulled), rel=5e-3)
    own = {"optimizer": "lion", "learning_rate": 0.01, "weight_decay": 0.5}
    third = said(cast(SHIFTED, own, steps=2000, start=(0.0, 0.0)))[2]
    assert value(third, "over") == 2.0
    other = again(cast(SHIFTED, own, start=(0.0, 0.0)), weight_decay=1.0).path[-1]
    assert np.abs(other).max() == pytest.approx(1.0, rel=0.03)


# ------------------------------------------------------------------ places


def test_a_cycle_is_told_by_the_curvature_at_the_minimum_it_goes_round() -> None:
    experiment = cast(
        "1-cos(x)+0.05*y**2", {"optimizer": "gd", "learning_rate": 2.5}, steps=12, start=(1.4, 4.0)
    )
    _, second, third = said(experiment)
    assert value(second, "crest") == pytest.approx(1.0)
    assert value(third, "calmed") == pytest.approx(2.0)
    assert again(experiment, learning_rate=1.95).loss[-1] < 1e-6
    assert again(experiment, learning_rate=2.1).loss[-1] > 1e-2


@pytest.mark.parametrize(("surface", "own"), [
    ("beale", {"optimizer": "lion", "learning_rate": 0.03}),
    ("x**3-3*x*y**2+0.05*(x**2+y**2)**2", {"optimizer": "newton"}),
])  # fmt: skip
def test_no_saddle_is_seen_where_there_is_none(surface: str, own: dict[str, Any]) -> None:
    start = {} if surface == "beale" else {"start": (0.001, 0.6)}
    for steps in (100, 150, 200, 250, 300):
        where = {"surface": surface} if surface == "beale" else {"formula": surface}
        experiment = Experiment(**where, entrants=(own,), steps=steps, **start)
        assert not any("saddle" in one.text for one in said(experiment))


def test_the_way_out_of_a_saddle_takes_as_long_as_is_said() -> None:
    experiment = cast("x**2-y**2", {"optimizer": "gd", "learning_rate": 0.05}, steps=40, start=(-1.6, 0.001))
    remedy = said(experiment)[2]
    longer = again(experiment, steps=40 + round(value(remedy, "tenfold")))
    assert longer.path[-1, 1] / longer.path[40, 1] == pytest.approx(10.0, rel=0.06)


@pytest.mark.parametrize("formula", ["x**4+y**4", "exp(-x)+y*y", "rosenbrock"])
@pytest.mark.parametrize("optimizer", ["gd", "adam", "adagrad", "momentum"])
def test_no_pace_is_carried_on_that_is_not_steady(formula: str, optimizer: str) -> None:
    start = (1.0, 1.5) if formula[0] == "x" else (0.0, 1.0)
    rate = 0.001 if formula == "rosenbrock" else 0.02
    third = said(cast(formula, {"optimizer": optimizer, "learning_rate": rate}, steps=500, start=start))[2]
    assert not {"digit", "more"} & set(third.values), third.text


def test_there_is_no_room_at_a_saddle() -> None:
    schedule = {"name": "exponential", "gamma": 0.9}
    own = {"optimizer": "gd", "learning_rate": 0.1, "schedule": schedule}
    assert "stable" not in said(cast("x**2-0.001*y**2", own, steps=200, start=(1.0, 1.0)))[2].values


def test_at_the_bound_the_bound_is_named() -> None:
    for own in ({"optimizer": "gd"}, {"optimizer": "momentum", "momentum": 0.0}):
        experiment = cast(ROUND, {**own, "learning_rate": 1.0}, steps=50, start=(1.0, 1.0))
        _, second, third = said(experiment)
        assert (second.values["ratio"], second.values["product"]) == ("2", "2")
        assert value(third, "stable") == 1.0


def test_standing_is_told_by_where_it_stands() -> None:
    newton = said(Experiment(surface="himmelblau", entrants=({"optimizer": "newton"},), steps=200))
    assert newton[2].text.startswith("It is a maximum")
    stays = said(cast(ROUND, {"optimizer": "gd", "learning_rate": 0.1}, start=(0.0, 0.0)))
    assert stays[0].text.startswith("It stands where it started")
    assert stays[2].text.startswith("It is a minimum")
    tiny = said(cast("1e-12*(x**2+y**2)", {"optimizer": "gd", "learning_rate": 0.1}, start=(1.0, 1.0)))
    assert "at the start already" in tiny[1].text


def test_without_a_bottom_a_penalty_gives_it_one() -> None:
    for formula in ("x+y", "x**2-y**2"):
        experiment = cast(formula, {"optimizer": "gd", "learning_rate": 0.1}, steps=100)
        _, second, third = said(experiment)
        assert "no bottom" in second.text
        needed = value(third, "needed")
        for weight, ends in ((1.1 * needed + 0.1, True), (0.9 * needed, False)):  # 0 is none
            done = again(experiment.replace(penalty={"l2": weight}), steps=3000)
            assert (done.loss[-1] > -1e3 and np.hypot(*done.path[-1]) < 20.0) == ends


def test_the_step_that_leaves_is_measured_against_the_border() -> None:
    experiment = cast("sqrt(x)+y**2", {"optimizer": "gd", "learning_rate": 0.3}, steps=50, start=(1.0, 1.0))
    third = said(experiment)[2]
    done, problem = ran(experiment).entrants[0], Problem.of(experiment, wait=False)
    gradient = np.array([float(g) for g in problem.gradient(*done.path[-1])])
    assert value(third, "border") == pytest.approx(
        done.path[-1, 0] / gradient[0] * math.hypot(*gradient), rel=5e-3
    )
    inside, outside = (
        done.path[-1, 0] - share * value(third, "margin_rate") * gradient[0] for share in (0.99, 1.01)
    )
    assert outside < 0.0 < inside


# ------------------------------------------------------------------ words and ties


def test_names_stand_in_quotation_marks_and_counts_are_written_out() -> None:
    pair = ({"optimizer": "gd", "learning_rate": 0.01, "label": "a, b (c)"},
            {"optimizer": "gd", "learning_rate": 0.09, "label": "won; 3"})  # fmt: skip
    experiment = cast(BOWL, *pair, steps=20)
    assert "“won; 3”" in said(experiment, 0)[0].text
    far = said(cast("1000*x**2+y**2", {"optimizer": "gd", "learning_rate": 1.0}, steps=4))
    assert "2,000" in far[1].text
    assert not any("e+03" in one.text for one in far)


def test_one_step_has_no_median() -> None:
    texts = [one.text for one in said(cast(ROUND, {"optimizer": "gd", "learning_rate": 0.1}, steps=1))]
    assert not any("median" in text or "steps" in text for text in texts)


def test_level_is_what_the_difference_map_calls_level() -> None:
    """Heights above the lowest loss known, not differences as a share of the first loss."""
    entrants = [
        {"optimizer": o, "learning_rate": r} for o, r in (("gd", 0.01), ("momentum", 0.01), ("adam", 0.1))
    ]
    experiment = Experiment(surface="himmelblau", entrants=(*entrants,), steps=200)
    starts = [said(experiment, i)[0].text.split()[1] for i in range(3)]
    assert starts == ["won:", "lost:", "lost:"]
    both = ({"optimizer": "newton"}, {"optimizer": "newton", "learning_rate": 0.7, "label": "B"})
    settled = cast("(x-1)**2 + y**2 - 5", *both, steps=80)
    assert all("is level" in said(settled, i)[0].text for i in (0, 1))


def test_a_restart_is_named() -> None:
    from optviz.gallery import FAILURES

    experiment = FAILURES["restarts_kick_out"].experiment()
    second = said(experiment)[1]
    assert second.text.startswith("Its schedule restarts: at step 300")
    loss = ran(experiment).entrants[0].loss
    assert value(second, "calm20") == pytest.approx(loss[281:301].mean(), rel=5e-3)
    assert value(second, "thrown20") == pytest.approx(loss[301:321].mean(), rel=5e-3)


def test_a_linear_rule_is_never_said_to_count_rare_gradients_less() -> None:
    for momentum in (0.0, 0.9):
        own = {"optimizer": "sgd", "learning_rate": 1e-6, "momentum": momentum}
        experiment = Experiment(surface="adam_counterexample", batch_size=1, steps=1010, entrants=(own,))
        assert not any("rare" in one.text for one in said(experiment))


# ------------------------------------------------------------------ what it would have to be, in a race


def test_the_best_rate_and_momentum_keep_of_the_error_what_is_said() -> None:
    """Polyak's optimum, run: the error's factor per step, and none beside it is smaller."""
    pair = ({"optimizer": "gd", "learning_rate": 0.02}, {"optimizer": "momentum", "learning_rate": 0.03})
    experiment = cast(BOWL, *pair, steps=150)
    _, second, third = said(experiment)
    assert second.text.startswith("By theory a step keeps")
    problem = Problem.of(experiment, wait=False)
    assert value(third, "kappa") == pytest.approx(20.0)

    def kept(optimizer: str, rate: float, **own: Any) -> float:
        own = {"optimizer": optimizer, "learning_rate": rate, **own}
        done = ran(cast(BOWL, own, steps=140)).entrants[0]
        k = np.arange(30, min(len(done.path), 130))
        norms = [math.hypot(*map(float, problem.gradient(*done.path[j]))) for j in k]
        return float(np.exp(np.polyfit(k, np.log(norms), 1)[0]))

    rate, momentum = value(third, "best_rate"), value(third, "best_momentum")
    # The two roots meet there: three digits of momentum are one and a half of them, and k r^k is slower.
    tuned = kept("momentum", rate, momentum=momentum)
    assert value(third, "best_heavy") < tuned < 1.15 * value(third, "best_heavy")
    for beside in ((0.6 * rate, momentum), (1.1 * rate, momentum), (rate, momentum + 0.15)):
        assert kept("momentum", beside[0], momentum=beside[1]) > tuned
    assert kept("gd", 2.0 / 21.0) == pytest.approx(value(third, "best_plain"), rel=0.005)
    for other in (0.085, 0.099):
        assert kept("gd", other) > value(third, "best_plain")
    for measured, name in ((kept("gd", 0.02), "keeps_low"), (kept("momentum", 0.03), "rival_low")):
        assert value(second, name) == pytest.approx(measured, rel=0.02)


def test_adams_divisor_forgets_and_amsgrads_does_not() -> None:
    own = {"learning_rate": 0.15, "beta1": 0.9, "beta2": 0.99}
    experiment = Experiment(
        surface="adam_counterexample", batch_size=1, steps=4000,
        entrants=({"optimizer": "adam", **own}, {"optimizer": "amsgrad", **own}),
    )  # fmt: skip
    v, most, after, ahead, largest = 0.0, 0.0, [], [], []
    for t in range(1, 4001):
        if t % 101 == 1 and t > 1:
            ahead.append(math.sqrt(v / (1.0 - 0.99 ** (t - 1))))
            largest.append(math.sqrt(most / (1.0 - 0.99 ** (t - 1))))
        g = 1010.0 if t % 101 == 1 else -10.0
        v = 0.99 * v + 0.01 * g * g
        most = max(most, v)
        if g > 0.0:
            after.append(math.sqrt(v / (1.0 - 0.99**t)))
    path = ran(experiment).entrants[0].path[1:, 0]
    _, second, third = said(experiment)
    assert second.text.startswith("Its divisor forgets")
    assert value(second, "after_root") == pytest.approx(np.median(after), rel=5e-3)
    assert value(second, "ahead_root") == pytest.approx(np.median(ahead), rel=5e-3)
    assert second.values["hits"] == str(int((path == 1.0).sum()))
    assert value(third, "kept_root") == pytest.approx(np.median(largest), rel=5e-3)
    assert value(third, "times_root") == pytest.approx(np.median(largest) / np.median(ahead), rel=5e-3)
    lone = said(experiment.replace(entrants=(experiment.entrants[0],)))[2]
    assert lone.text.startswith("The largest √v was")


def test_what_adagrads_sums_leave_of_its_rate() -> None:
    from optviz.gallery import FAILURES

    experiment = FAILURES["adagrad_stalls"].experiment()
    third = said(experiment)[2]
    grad = ran(experiment).entrants[0].grad[:, 0]
    assert value(third, "first_rate") == pytest.approx(0.15 / abs(grad[0]), rel=5e-3)
    assert value(third, "last_rate") == pytest.approx(0.15 / math.sqrt((grad**2).sum()), rel=5e-3)
    winner = said(experiment, 1)[1]
    assert winner.text.startswith("Its divisor forgets, a sum does not")
    assert value(winner, "late") == value(third, "mean_rate")
