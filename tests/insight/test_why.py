"""Three sentences for every optimizer in every situation, each number of them worked out again."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from string import Formatter
from time import process_time
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from insight_oracle import Oracle

from optviz.experiment import Experiment
from optviz.insight import Sentence, insight_of, why
from optviz.insight.measures import Measures
from optviz.insight.outcome import Kind, kind_of
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, simulate

STEPS = 80
HUGE, TINY = 40.0, 1e-7


def cast(surface: str, entrants: list[dict[str, Any]], **given: Any) -> tuple[Experiment, Run]:
    given = {"steps": STEPS, **given}
    experiment = Experiment(surface=surface, entrants=tuple(entrants), **given)
    return experiment, simulate(experiment, wait=False)


@cache
def raced(situation: str) -> tuple[Experiment, Run]:
    """Every optimizer of the catalog in one race."""
    surface, rate, given = {
        "too large": ("rosenbrock", HUGE, {}),
        "too large on a quadratic": ("ravine", 0.9, {}),
        "tiny": ("ravine", TINY, {}),
        "default": ("rosenbrock", None, {}),
        "saddle": ("saddle", 0.02, {}),
        "noise": ("ravine", 0.01, {"noise": 30.0}),
        "some noise": ("rosenbrock", 0.002, {"noise": 3.0}),
        "schedule": ("ravine", 0.01, {}),
        "short": ("ravine", 0.01, {"steps": 3}),
    }[situation]
    own = {} if rate is None else {"learning_rate": rate}
    if situation == "schedule":
        own["schedule"] = {"name": "cosine"}
    return cast(surface, [{"optimizer": o, **own} for o in OPTIMIZERS.ids], **given)


SITUATIONS = (
    "too large", "too large on a quadratic", "tiny", "default", "saddle", "noise", "some noise", "schedule",
    "short",
)  # fmt: skip


def alone(experiment: Experiment, run: Run, i: int) -> tuple[Experiment, Run]:
    """Return the race as if nobody else had taken part."""
    lone = experiment.replace(entrants=(experiment.entrants[i],))
    return lone, Run(lone, (run.entrants[i],), run.posed)


def kind(experiment: Experiment, run: Run, i: int) -> Kind:
    with np.errstate(all="ignore"):
        return kind_of(Measures(insight_of(experiment, run, i, posed(experiment)), run, i))


@cache
def posed(experiment: Experiment) -> Problem:
    return Problem.of(experiment, wait=False)


def said_of(experiment: Experiment, run: Run, i: int) -> tuple[Sentence, Sentence, Sentence]:
    return why(experiment, run, i, posed(experiment))


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def check(experiment: Experiment, run: Run, i: int) -> None:
    """Work every number of the three sentences out again."""
    oracle = Oracle(experiment, run, i)
    where = f"{experiment.entrants[i].optimizer}, {experiment.surface}"
    for sentence in said_of(experiment, run, i):
        fields = {name for _, name, _, _ in Formatter().parse(sentence.template) if name}
        assert fields == set(sentence.values), where
        assert fields, f"{where}: {sentence} rests on no number"
        assert 20 < len(sentence.text) <= 200, f"{where}: {sentence}"
        assert sentence.text.endswith("."), where
        for name, text in sentence.values.items():
            assert f"{{{name}}}" not in sentence.text
            with np.errstate(all="ignore"):
                expected = oracle.expected(name, {**sentence.values, "template": sentence.template})
            what = f"{where}: {name} = {text}, not {expected}, in: {sentence}"
            if isinstance(expected, str):
                assert text == expected, what
            elif isinstance(expected, int):
                assert text == str(expected), what
            else:
                # Three digits are said; what is next to nothing has rounding for its digits.
                np.testing.assert_allclose(value(text), expected, rtol=5.1e-3, atol=1e-14, err_msg=what)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_number_is_measured(situation: str) -> None:
    experiment, run = raced(situation)
    for i in range(len(experiment.entrants)):
        check(experiment, run, i)
        check(*alone(experiment, run, i), 0)


def test_every_number_is_measured_whatever_is_set() -> None:
    """A sweep over surfaces, rates, decays, schedules, noise, numbers of steps and of entrants."""
    draw = np.random.default_rng(7)
    for _ in range(70):
        entrants = []
        for _ in range(int(draw.integers(1, 4))):
            declared = OPTIMIZERS[str(draw.choice(OPTIMIZERS.ids))]
            own: dict[str, Any] = {"optimizer": declared.id, "learning_rate": 10.0 ** draw.uniform(-6.0, 2.0)}
            names = [knob.name for knob in declared.knobs]
            if "weight_decay" in names and draw.random() < 0.3:
                own["weight_decay"] = draw.uniform(0.01, 0.5)
            if "momentum" in names and declared.id != "schedule_free_sgd" and draw.random() < 0.3:
                own["momentum"] = draw.uniform(0.0, 0.98)
            if draw.random() < 0.2:
                own["schedule"] = {"name": "linear_warmup"}
            entrants.append(own)
        experiment, run = cast(
            str(draw.choice(["ravine", "saddle", "rosenbrock"])), entrants,
            steps=int(draw.choice([1, 2, 5, 30, 120])), seed=int(draw.integers(99)),
            noise=float(draw.choice([0.0, 0.0, 0.1, 5.0])),
            start=(float(draw.uniform(-2.0, 2.0)), float(draw.uniform(-1.0, 1.0))),
        )  # fmt: skip
        if len({entrant.title for entrant in experiment.entrants}) == len(entrants):
            for i in range(len(entrants)):
                check(experiment, run, i)


# ------------------------------------------------------------------ that the right thing is said


def told(surface: str, **own: Any) -> tuple[Kind, list[str], Run]:
    given = {name: own.pop(name) for name in ("steps", "noise", "start", "penalty") if name in own}
    experiment, run = cast(surface, [own], **given)
    check(experiment, run, 0)
    return kind(experiment, run, 0), [one.text for one in said_of(experiment, run, 0)], run


def test_too_large_a_rate_overshoots_by_a_number() -> None:
    found, texts, _ = told("ravine", optimizer="gd", learning_rate=0.5)
    assert found is Kind.DIVERGED
    assert "learning rate 0.5 times the largest curvature 100 is 50, and above 2" in texts[1]
    assert "below 2 / 100 = 0.02" in texts[2]


@pytest.mark.parametrize("identifier", OPTIMIZERS.ids)
def test_too_tiny_a_rate_stalls(identifier: str) -> None:
    if identifier == "rprop":  # whose steps grow by themselves
        return
    experiment, run = raced("tiny")
    i = OPTIMIZERS.ids.index(identifier)
    lone = alone(experiment, run, i)
    assert kind(*lone, 0) is Kind.STALLED
    assert said_of(*lone, 0)[0].text.startswith("It stalled")


def test_crossing_the_valley_at_each_step_is_told_from_growing() -> None:
    found, texts, _ = told("ravine", optimizer="gd", learning_rate=0.0195)
    assert found is Kind.OSCILLATES
    assert "is 1.95; above 1 the error changes sides, above 2 it grows" in texts[1]
    assert "below 1 / 100 = 0.01" in texts[2]


def test_a_swing_lasts_as_long_as_is_said() -> None:
    found, _, run = told("ravine", optimizer="momentum", learning_rate=5e-4, momentum=0.99, steps=200)
    assert found is Kind.RINGS
    experiment, race = cast(
        "ravine", [{"optimizer": "momentum", "learning_rate": 5e-4, "momentum": 0.99}], steps=200
    )
    said = said_of(experiment, race, 0)[1].values
    y = run.entrants[0].path[:, 1]
    crossings = np.nonzero(np.sign(y[1:]) != np.sign(y[:-1]))[0]
    period = 2.0 * float(np.diff(crossings).mean())
    assert value(said["period"]) == pytest.approx(period, rel=0.02)
    peaks = np.abs(
        y[np.nonzero((np.abs(y[1:-1]) > np.abs(y[:-2])) & (np.abs(y[1:-1]) >= np.abs(y[2:])))[0] + 1]
    )
    kept = float((peaks[-1] / peaks[0]) ** (1.0 / ((len(peaks) - 1) * period / 2.0)))
    assert value(said["kept"]) == pytest.approx(kept, abs=2e-3)


def test_standing_still_is_a_minimum_only_where_it_is_one() -> None:
    found, texts, _ = told("ravine", optimizer="newton")
    assert found is Kind.CONVERGED
    assert texts[2].startswith("It is a minimum: the curvature there is 1 to 100")
    found, texts, _ = told("saddle", optimizer="newton")
    assert found is Kind.CONVERGED
    assert texts[2].startswith("It is no minimum but a saddle: the curvature there goes from −2 to 2")


def test_lingering_at_a_saddle() -> None:
    found, texts, _ = told("saddle", optimizer="gd", learning_rate=0.05, steps=40)
    assert found is Kind.SADDLE
    assert "curvature −2" in texts[1]
    assert "grow by 1.1 a step" in texts[2]  # 1 + 0.05 * 2


def test_noise_drowns_the_gradient() -> None:
    found, texts, _ = told("ravine", optimizer="sgd", learning_rate=0.001, noise=20.0, start=(0.1, 0.01))
    assert found is Kind.NOISE
    assert texts[1].startswith("The noise drowns the gradient")


def test_adagrads_sums_stall_it_and_a_tiny_rate_is_not_blamed_on_them() -> None:
    found, texts, _ = told("ravine", optimizer="adagrad", learning_rate=0.01, steps=300)
    assert found is Kind.STALLED
    assert texts[1].startswith("Adagrad divides by the root of all squared gradients so far")
    found, texts, _ = told("ravine", optimizer="adagrad", learning_rate=1e-6)
    assert found is Kind.STALLED
    assert texts[1].startswith("Its steps are short")


def test_a_sign_cycle_hops_by_the_learning_rate() -> None:
    found, texts, _ = told("ravine", optimizer="sign_sgd", learning_rate=0.25, steps=120)
    assert found is Kind.HOPS
    assert "moved a coordinate by the learning rate, 0.25" in texts[1]


def test_a_schedule_that_ends_at_nothing() -> None:
    found, texts, _ = told("ravine", optimizer="gd", learning_rate=1e-3, schedule={"name": "cosine"})
    assert found is Kind.STALLED
    assert texts[1].startswith("Its learning rate is gone: the schedule has taken it from 0.001 at step 0")


def test_falling_without_end() -> None:
    found, texts, _ = told("saddle", optimizer="gd", learning_rate=0.5, steps=400, start=(0.1, 1.0))
    assert found is Kind.FELL
    assert "the curvature is −2" in texts[1]
    assert "L2 penalty of more than 2" in texts[2]


def of_formula(text: str, start: tuple[float, float], **own: Any) -> tuple[Kind, list[str]]:
    experiment = Experiment(formula=text, start=start, steps=50, entrants=(own,))
    run = simulate(experiment, wait=False)
    return kind(experiment, run, 0), [one.text for one in said_of(experiment, run, 0)]


def test_leaving_where_the_loss_is_defined_and_never_starting() -> None:
    found, texts = of_formula("x + 0*log(x) + y**2", (0.35, 0.0), optimizer="gd", learning_rate=0.1)
    assert found is Kind.LEFT
    assert texts[0].startswith("It left: after step 3, with the loss gone from 0.35 to 0.05")
    found, texts = of_formula("log(x) + y**2", (-1.0, 0.0), optimizer="adam")
    assert found is Kind.NEVER
    assert all(20 < len(text) <= 200 and "{" not in text for text in texts)


def test_flat_ground_is_not_called_a_minimum() -> None:
    found, texts = of_formula("0*x + 3", (0.5, 0.5), optimizer="gd")
    assert found is Kind.CONVERGED
    assert "as good as flat" in texts[2]


# ------------------------------------------------------------------ against others


def test_won_lost_and_by_how_much() -> None:
    experiment, run = cast(
        "ravine", [{"optimizer": "newton", "learning_rate": 0.5}, {"optimizer": "gd"}], steps=20
    )
    won, lost = (said_of(experiment, run, i)[0].text for i in (0, 1))
    losses = [done.loss[-1] for done in run.entrants]
    assert losses[0] < losses[1]
    assert won.startswith(f"It won: after step {STEPS // 4}")
    assert "that of the next best, “Gradient descent”" in won
    assert lost.startswith("It lost")
    assert "that of the best, “Newton”" in lost


def test_equal_losses_are_level_and_rounding_does_not_win() -> None:
    twins = [{"optimizer": "gd"}, {"optimizer": "sgd"}]
    experiment, run = cast("ravine", twins)
    for i in (0, 1):
        check(experiment, run, i)
        assert said_of(experiment, run, i)[0].text.startswith("It is level with")
    experiment, run = cast(
        "ravine", [{"optimizer": "newton"}, {"optimizer": "newton", "learning_rate": 0.7, "label": "B"}]
    )
    assert run.entrants[0].loss[-1] != run.entrants[1].loss[-1]
    for i in (0, 1):
        assert said_of(experiment, run, i)[0].text.startswith("It is level with")


def test_the_last_one_standing_and_the_hidden() -> None:
    wild = {"optimizer": "gd", "learning_rate": 9.0}
    experiment, run = cast("ravine", [{"optimizer": "adam"}, wild, {**wild, "label": "B"}])
    assert said_of(experiment, run, 0)[0].text.endswith("all 2 others diverged.")
    assert said_of(experiment, run, 1)[0].text.startswith("It diverged")
    experiment, run = cast("ravine", [{"optimizer": "adam"}, {"optimizer": "newton", "hidden": True}])
    assert "Newton" not in said_of(experiment, run, 0)[0].text


def test_rivals_of_one_name_are_told_apart() -> None:
    experiment, run = cast("ravine", [{"optimizer": "gd"}, {"optimizer": "gd", "learning_rate": 0.01}])
    assert "Gradient descent 0.01" in said_of(experiment, run, 0)[0].text


def test_it_is_said_at_once() -> None:
    """Six entrants of 500 steps: well below 50 ms each, with room for a busy machine."""
    names = ("gd", "momentum", "adam", "adagrad", "rmsprop", "lion")
    experiment, run = cast("rosenbrock", [{"optimizer": name} for name in names], steps=500)
    best = min(_seconds(experiment, run, i, process_time) for i in range(6))
    assert best < 0.05


def _seconds(experiment: Experiment, run: Run, i: int, clock: Any) -> float:
    begun = clock()
    said_of(experiment, run, i)
    return float(clock() - begun)


# ------------------------------------------------------------------ on other surfaces


def test_the_rare_steep_gradient_is_divided_by_more() -> None:
    """Reddi, Kale and Kumar 2018: Adam forgets the rare steep gradient, AMSGrad does not."""
    own = {"learning_rate": 0.1, "beta1": 0.0, "beta2": 0.9}
    experiment = Experiment(
        surface="adam_counterexample", batch_size=1, steps=505,
        entrants=({"optimizer": "adamw", **own, "weight_decay": 0.0}, {"optimizer": "amsgrad", **own}),
    )  # fmt: skip
    run = simulate(experiment)
    adam, amsgrad = (why(*alone(experiment, run, i), 0)[1] for i in (0, 1))
    assert adam.text.startswith("Its rare steep gradients count for less: the 5 above twice the median")
    assert not amsgrad.text.startswith("Its rare")
    # With beta1 = 0 the step is rate * g / (sqrt(v / (1 - beta2^t)) + eps): divided by g, by hand.
    v, steps = 0.0, {True: 0.0, False: 0.0}
    for t in range(1, 506):
        g = 1010.0 if t % 101 == 1 else -10.0
        v = 0.9 * v + 0.1 * g * g
        steps[g > 0.0] += 0.1 * abs(g) / ((v / (1.0 - 0.9**t)) ** 0.5 + 1e-8)
    assert value(adam.values["steep"]) == pytest.approx(steps[True] / (5 * 1010.0), rel=5e-3)
    assert value(adam.values["gentle"]) == pytest.approx(steps[False] / (500 * 10.0), rel=5e-3)


def test_the_kink_of_an_l1_penalty_is_hopped_across() -> None:
    experiment = Experiment(
        surface="sphere", penalty={"l1": 3.0}, steps=100, start=(1.0, 0.0),
        entrants=({"optimizer": "gd", "learning_rate": 0.1},),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    said = why(experiment, run, 0, Problem.of(experiment, wait=False))[1]
    x = run.entrants[0].path[50:, 0]
    flips = int(((x[1:] > 0.0) != (x[:-1] > 0.0)).sum())
    assert said.values == {"axis": "x", "flips": str(flips), "w": "50", "jump": "6"}


def test_another_minimum_is_told_by_how_far_off_it_is() -> None:
    experiment = Experiment(
        formula="(x**2 - 1)**2 + 0.3*x + y**2", start=(1.6, 1.0), steps=400,
        entrants=tuple({"optimizer": o, "learning_rate": 0.05} for o in ("gd", "momentum")),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    said = why(experiment, run, 0, Problem.of(experiment, wait=False))[1]
    assert said.text.startswith("It came down elsewhere: it ends at (0.96, ")
    roots = np.sort(np.roots([4.0, 0.0, -4.0, 0.3]).real)  # of the slope in x
    assert value(said.values["apart"]) == pytest.approx(roots[2] - roots[0], rel=5e-3)
