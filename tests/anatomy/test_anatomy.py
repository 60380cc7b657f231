"""The parts of an update add up to it, and are what torch's memory or the papers' sums say they are."""

from __future__ import annotations

import math
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from anatomy_oracle import Case, expected

from optviz.anatomy import RULES, TITLES, Anatomy, account, anatomy, typeset
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, simulate

ODD: dict[str, Any] = {
    "beta1": 0.6, "beta2": 0.7, "weight_decay": 0.3, "momentum": 0.55, "dampening": -0.7, "centered": True,
    "nu": 0.2, "nu1": 0.1, "nu2": 0.4, "bias_correction": False, "lr_decay": 0.3, "epsilon": 0.01, "rho": 0.3,
    "initial_accumulator_value": 1.5, "alpha": 0.4, "momentum_decay": 0.5, "eta_plus": 1.7, "eta_minus": 0.2,
    "step_max": 0.02,
}  # fmt: skip
STEPS = 40
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "scheduled": {"schedule": {"name": "cosine"}},
    "noisy": {
        "noise": 0.4,
        "penalty": {"l1": 0.1, "l2": 0.2},
        "schedule": {"name": "exponential_restart", "period": 7},
    },
    "warm": {"schedule": {"name": "linear_warmup", "warmup_steps": 9}},
}  # fmt: skip


@cache
def raced(setting: str) -> tuple[Experiment, Run]:
    """Every optimizer twice, with its defaults and with odd hyperparameters, in plain Python."""
    given = dict(SETTINGS[setting])
    schedule = given.pop("schedule", {"name": "constant"})
    entrants = []
    for optimizer in OPTIMIZERS:
        names = [knob.name for knob in optimizer.knobs]
        odd = {name: value for name, value in ODD.items() if name in names}
        entrants.append({"optimizer": optimizer.id, "schedule": schedule})
        entrants.append({"optimizer": optimizer.id, "schedule": schedule, "learning_rate": 0.013, **odd})
    experiment = Experiment(
        surface="beale", start=(-1.0, 1.5), steps=STEPS, seed=3, entrants=tuple(entrants), **given
    )
    return experiment, simulate(experiment, wait=False)


def steps_of(run: Run, entrant: int) -> list[int]:
    n = run.entrants[entrant].stopped_at
    return sorted({k for k in (0, 1, 2, 9, n - 1) if 0 <= k < n})


@cache
def taken(setting: str) -> list[tuple[str, int, int, Anatomy]]:
    return apart(setting)


def apart(setting: str) -> list[tuple[str, int, int, Anatomy]]:
    experiment, run = raced(setting)
    problem = Problem.of(experiment, wait=False)
    return [
        (entrant.optimizer, i, k, anatomy(experiment, run, i, k, problem=problem))
        for i, entrant in enumerate(experiment.entrants)
        for k in steps_of(run, i)
    ]


def test_every_optimizer_of_the_catalog_is_taken_apart() -> None:
    assert set(RULES) == set(OPTIMIZERS.ids)


@pytest.mark.parametrize("setting", SETTINGS)
def test_parts_add_up_to_the_step_taken(setting: str) -> None:
    _, run = raced(setting)
    for identifier, i, k, found in taken(setting):
        path = run.entrants[i].path
        np.testing.assert_array_equal(found.step, path[k + 1] - path[k])
        total = sum(part.vector for part in found.parts)
        size = max(np.abs(found.step).max(), np.abs(path[k]).max())
        error = float(np.abs(total - (path[k + 1] - path[k])).max())
        assert error <= 1e-12 * size, f"{identifier} at step {k}: {error}"
        np.testing.assert_allclose(found.tips[0], path[k])
        np.testing.assert_allclose(found.tips[-1], path[k + 1])


@pytest.mark.parametrize("setting", SETTINGS)
def test_parts_are_what_torch_and_the_papers_say(setting: str) -> None:
    experiment, run = raced(setting)
    extra = ("penalty", "noise")
    for identifier, i, k, found in taken(setting):
        entrant, done = experiment.entrants[i], run.entrants[i]
        hessian = np.array([float(h) for h in Problem.of(experiment, wait=False).hessian(*done.path[k])])
        case = Case(entrant.hyperparameters, done.path, done.grad, done.learning_rate, k, hessian)
        sums = expected(identifier, case, entrant.learning_rate, entrant.schedule.name != "constant")
        names = [part.name for part in found.parts if part.name not in extra]
        assert names == [name for name, _ in sums], f"{identifier} at step {k}"
        reached = {part.name: total for part, total in zip(found.parts, found.reached[1:], strict=True)}
        # The gradient that the rule is given has penalty and noise in it already.
        present = [part.name for part in found.parts if part.name in ("gradient", *extra)]
        reached["gradient"] = reached[present[-1]]
        scale = max(np.abs(value).max() for _, value in sums)
        for name, value in sums:
            np.testing.assert_allclose(
                reached[name],
                value,
                rtol=1e-9,
                atol=1e-11 * scale,
                err_msg=f"{identifier} {name} at step {k}",
            )


def test_powers_of_beta_are_the_kernels_late_in_a_long_run() -> None:
    names = (
        "adam",
        "adamw",
        "adamax",
        "amsgrad",
        "nadam",
        "radam",
        "adabelief",
        "qhadam",
        "schedule_free_adamw",
    )
    experiment = Experiment(
        surface="beale", start=(-1.0, 1.5), steps=900,
        entrants=tuple({"optimizer": name, "beta1": 0.9, "beta2": 0.99999} for name in names),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    for i, name in enumerate(names):
        for k in (2, 300, 899):
            found = anatomy(experiment, run, i, k)
            error = np.abs(sum(part.vector for part in found.parts) - found.step).max()
            assert error <= 1e-12 * np.abs(found.start).max(), f"{name} at step {k}"


def test_noise_and_penalty_are_told_apart_from_the_gradient_of_the_loss() -> None:
    experiment, run = raced("noisy")
    drawn = 0.4 * np.random.default_rng(3).standard_normal((STEPS, 2))
    i = next(i for i, entrant in enumerate(experiment.entrants) if entrant.optimizer == "sgd")
    eta, path = experiment.entrants[i].learning_rate, run.entrants[i].path
    for k in (0, 7, STEPS - 1):
        parts = {part.name: part.vector for part in anatomy(experiment, run, i, k).parts}
        x, y = path[k]
        a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
        slope = np.array(
            [
                2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1),
                2 * a * x + 4 * b * x * y + 6 * c * x * y**2,
            ]
        )
        np.testing.assert_allclose(parts["gradient"], -eta * slope, rtol=1e-9)
        np.testing.assert_allclose(parts["noise"], -eta * drawn[k], rtol=1e-9)
        np.testing.assert_allclose(
            parts["penalty"], -eta * (0.1 * np.sign(path[k]) + 0.2 * path[k]), rtol=1e-9
        )
    gd = next(i for i, entrant in enumerate(experiment.entrants) if entrant.optimizer == "gd")
    assert "noise" not in [part.name for part in anatomy(experiment, run, gd, 0).parts]


def test_mini_batches_are_named_and_their_hessian_is_the_batch_s() -> None:
    experiment = Experiment(
        surface="linear_regression", steps=6, batch_size=8,
        entrants=({"optimizer": "newton", "learning_rate": 0.5}, {"optimizer": "sgd"}),
    )  # fmt: skip
    run = simulate(experiment)
    for k in range(6):
        found = anatomy(experiment, run, 0, k)
        np.testing.assert_allclose(sum(p.vector for p in found.parts), found.step, rtol=1e-11, atol=1e-14)
    assert "8 samples" in anatomy(experiment, run, 1, 2).parts[0].text


# -------------------------------------------------------------- formulas with numbers


def exact(value: float, digits: int = 3) -> str:
    return f"{{-}}{-value!r}" if value < 0 else repr(float(value))


def evaluated(latex: str) -> float:
    """Work out a formula in which every symbol is a number."""
    text = latex.replace("{-}", "-").replace(r"\cdot", "*").replace(r"\mathrm{sign}", "sign")
    text = text.replace(r"\mathrm{max}", "max").replace(r"\mathrm{min}", "min")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    while r"\frac" in text or r"\sqrt" in text:
        before = text
        text = re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"((\1)/(\2))", text)
        text = re.sub(r"\\sqrt\{((?:[^{}]|\{[^{}]*\})*)\}", r"sqrt(\1)", text)
        assert text != before, text
    text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text).replace("^", "**").replace("{", "").replace("}", "")
    assert "\\" not in text, text
    names = {"sqrt": np.sqrt, "sign": np.sign, "max": max, "min": min, "abs": abs, "__builtins__": {}}
    return float(eval(text, names))


def test_every_formula_gives_what_it_says_when_its_numbers_are_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeset, "number", exact)
    monkeypatch.setattr(account, "number", exact)
    looked_at = set()
    for setting in ("plain", "noisy"):
        for identifier, _, k, found in apart(setting):
            if k in (1, 2):
                continue
            largest = max(np.abs(part.vector).max() for part in found.parts)
            for part in found.parts:
                formulas = part.formula.split(r" \quad ")
                for at in (0, 1):
                    lines = part.filled[at].split(r" \quad ")
                    assert len(lines) == len(formulas)
                    for line in lines:
                        if "matrix" in line or r"\sum" in line:
                            continue
                        expression, _, value = line.rpartition(" = ") if " = " in line else (line, "", line)
                        expression = expression.rpartition(" = ")[2]
                        want = evaluated(value)
                        got = evaluated(expression)
                        slack = 1e-9 * max(abs(want), largest if line is lines[-1] else abs(want))
                        assert abs(got - want) <= slack + 1e-15, (
                            f"{identifier}, {part.name}, step {k}: {line}"
                        )
                        looked_at.add((identifier, part.name))
                    assert math.isclose(
                        evaluated(lines[-1].split(" = ")[-1]), part.vector[at], rel_tol=1e-9, abs_tol=0.0
                    )
    assert len(looked_at) > 100


def test_numbers_are_short_and_keep_their_sign() -> None:
    shown = {
        0.05: "0.05", -0.05: "{-}0.05", 0.999: "0.999", 0.9995: "0.9995", 1e-8: "10^{-8}", 0.0: "0",
        -1234.5678: "{-}1235", 0.00012345: r"1.23\times 10^{-4}", 12.0: "12", 2.5e9: r"2.5\times 10^{9}",
        float("inf"): r"\infty",
    }  # fmt: skip
    assert {value: typeset.number(value) for value in shown} == shown
    assert typeset.numeric("<a>*<b> - <a>^2", {"a": -2.0, "b": -3.0}) == r"{-}2 \cdot ({-}3) - ({-}2)^2"
    assert typeset.symbolic("-<eta>*<m0>", typeset.SYMBOLS) == r"-\eta \,m_{t-1}"


# -------------------------------------------------------------- words, and where there is no step


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_part_has_a_title_a_formula_and_a_sentence(setting: str) -> None:
    for identifier, _, _, found in taken(setting):
        names = [part.name for part in found.parts]
        assert len(set(names)) == len(names)
        for part in (*found.parts, found.whole):
            assert part.title == TITLES[part.name]
            assert part.formula
            assert re.fullmatch(r"[A-Z][^{}]*\.", part.text), f"{identifier}: {part.text}"
            assert "nan" not in part.text


def test_sentences_are_true_of_the_step_they_are_said_of() -> None:
    experiment = Experiment(
        surface="sphere", start=(1.0, -2.0), steps=2500,
        entrants=(
            {"optimizer": "adam"}, {"optimizer": "radam"}, {"optimizer": "rprop", "learning_rate": 0.4},
        ),
    )  # fmt: skip
    run = simulate(experiment, wait=False)

    def said(entrant: int, k: int, name: str) -> str:
        return next(part.text for part in anatomy(experiment, run, entrant, k).parts if part.name == name)

    assert "too short still" in said(0, 3, "bias_correction")
    assert "as good as forgotten" in said(0, 2000, "bias_correction")
    assert "not above 5" in said(1, 2, "rectification")
    assert "trusted (ρ" in said(1, 40, "rectification")
    grads, last = run.entrants[2].grad, run.entrants[2].stopped_at
    seen = set()
    for k in range(1, min(last, 40)):
        parts = {part.name: part for part in anatomy(experiment, run, 2, k).parts}
        flipped = "flipped" in parts["step_size"].text
        assert flipped == bool((grads[k] * run.entrants[2].state[k - 1][0] < 0).any())
        assert flipped == ("pause" in parts)
        seen.add(flipped)
    assert seen == {True, False}


def test_an_entrant_that_stopped_shows_its_last_step_and_says_so() -> None:
    experiment = Experiment(
        surface="sphere", start=(1.0, 1.0), steps=200,
        entrants=({"optimizer": "newton"}, {"optimizer": "gd", "learning_rate": 0.01}),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    stopped = run.entrants[0].stopped_at
    assert stopped < 200
    late = anatomy(experiment, run, 0, 150)
    assert late.k == stopped - 1
    assert str(late.note) == f"It converged at step {stopped}; this was its last step."
    np.testing.assert_array_equal(late.end, run.entrants[0].path[-1])
    assert not anatomy(experiment, run, 1, 199).note
    over = anatomy(experiment, run, 1, 200)
    assert over.k == 199
    assert str(over.note) == "All 200 steps are taken; this was the last one."
    assert anatomy(experiment, run, 1, -5).k == 0


def test_an_entrant_that_never_moved_has_no_parts_and_says_why() -> None:
    experiment = Experiment(formula="log(x) + y", start=(-1.0, 1.0), entrants=({"optimizer": "gd"},))
    found = anatomy(experiment, simulate(experiment, wait=False), 0, 0)
    assert found.parts == ()
    assert found.k == -1
    assert "no step at all" in str(found.note)
    np.testing.assert_array_equal(found.tips, [[-1.0, 1.0]] * 1)


def test_a_step_of_enormous_parts_adds_up_to_the_rounding_of_the_largest() -> None:
    experiment = Experiment(
        formula="1e9*(x**2 + y**2)", start=(1.0, -2.0), steps=30, entrants=({"optimizer": "adam"},)
    )
    run = simulate(experiment, wait=False)
    for k in range(30):
        found = anatomy(experiment, run, 0, k)
        largest = max(np.abs(part.vector).max() for part in found.parts)
        assert largest > 1e5 * np.abs(found.step).max()
        total = sum(part.vector for part in found.parts)
        assert np.abs(total - found.step).max() <= 2e-15 * largest


def missed_by(found: Anatomy) -> float:
    """How far the parts, added up without rounding, are from the step."""
    return max(abs(math.fsum([*(part.vector[i] for part in found.parts), -found.step[i]])) for i in (0, 1))


def test_parts_add_up_without_rounding_on_surfaces_with_steep_walls() -> None:
    for surface in ("goldstein_price", "bukin_n6", "rosenbrock"):
        experiment = Experiment(
            surface=surface, steps=25, seed=5, entrants=tuple({"optimizer": o.id} for o in OPTIMIZERS)
        )
        run = simulate(experiment)
        for i, optimizer in enumerate(OPTIMIZERS):
            for k in range(0, run.entrants[i].stopped_at, 6):
                found = anatomy(experiment, run, i, k)
                size = max(np.abs(found.step).max(), np.abs(found.start).max())
                largest = max(np.abs(part.vector).max() for part in found.parts)
                where = f"{optimizer.id} on {surface} at step {k}"
                if found.rounding:
                    assert largest > 1e3 * size, where
                    assert missed_by(found) <= 1e-15 * largest, where
                else:
                    assert missed_by(found) <= 1e-12 * size, where


def test_small_parts_keep_their_meaning_between_parts_a_trillion_million_times_as_large() -> None:
    experiment = Experiment(
        formula="x + 2*y + 1e20*max(0, 0.91 - x)", start=(1.0, 0.1), steps=40, noise=0.3, seed=2,
        penalty={"l2": 0.5},  # type: ignore[arg-type]
        entrants=tuple({"optimizer": name, "learning_rate": 0.01} for name in ("radam", "adam", "nadam")),
    )  # fmt: skip
    run = simulate(experiment, wait=False)
    noise = 0.3 * np.random.default_rng(2).standard_normal((40, 2))
    for i, k in enumerate((24, 10, 12)):  # on the wall
        done = run.entrants[i]
        assert np.abs(done.grad[k]).max() == 1e20
        parts = {part.name: part.vector for part in anatomy(experiment, run, i, k).parts}
        np.testing.assert_allclose(parts["noise"], -0.01 * noise[k], rtol=1e-12)
        np.testing.assert_allclose(parts["penalty"], -0.01 * 0.5 * done.path[k], rtol=1e-12)
    path, k = run.entrants[0].path, 24
    found = anatomy(experiment, run, 0, k)
    rectification = next(part.vector for part in found.parts if part.name == "rectification")
    t, longest = k + 1, 2 / (1 - 0.999) - 1
    rho = longest - 2 * t * 0.999**t / (1 - 0.999**t)
    r = math.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
    step = path[k + 1] - path[k]
    np.testing.assert_allclose(rectification, step - step / r, rtol=1e-9)
    assert (rectification * step < 0.0).all()  # it holds the step back
    np.testing.assert_allclose(found.reached[-1], step, rtol=1e-9)
    np.testing.assert_allclose(found.reached[-2], step / r, rtol=1e-9)
    assert "do not resolve" in str(found.rounding)
    calm, calm_run = raced("plain")
    assert not any(anatomy(calm, calm_run, i, 9).rounding for i in range(8))


def test_what_is_no_rounding_is_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, run = raced("plain")
    place = next(i for i, entrant in enumerate(experiment.entrants) if entrant.optimizer == "gd")

    def wrong(account: account.Account) -> None:
        account.gradient()
        account.add("schedule", 1.01 * account.total, [("", "0")], "A lie.")

    monkeypatch.setitem(RULES, "gd", wrong)
    assert missed_by(anatomy(experiment, run, place, 3)) > 1e-6
