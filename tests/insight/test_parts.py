"""Parts of all steps at once: the ones that `optviz.anatomy` gives step by step, and they add up."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from optviz.anatomy import anatomy
from optviz.experiment import Experiment
from optviz.insight import insight_of
from optviz.insight.parts import RULES, part_names, parts_of
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.simulate import Run, simulate

ODD: dict[str, Any] = {
    "beta1": 0.6, "beta2": 0.7, "weight_decay": 0.3, "momentum": 0.55, "dampening": -0.7, "centered": True,
    "nu": 0.2, "nu1": 0.1, "nu2": 0.4, "bias_correction": False, "lr_decay": 0.3, "epsilon": 0.01, "rho": 0.3,
    "initial_accumulator_value": 1.5, "alpha": 0.4, "momentum_decay": 0.5, "eta_plus": 1.7, "eta_minus": 0.2,
    "step_max": 0.02,
}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "scheduled": {"schedule": {"name": "cosine"}},
    "noisy": {
        "noise": 0.4,
        "penalty": {"l1": 0.1, "l2": 0.2},
        "schedule": {"name": "exponential_restart", "period": 7},
    },
}


@cache
def raced(setting: str) -> tuple[Experiment, Run]:
    """Every optimizer with its defaults and with odd hyperparameters."""
    given = dict(SETTINGS[setting])
    schedule = given.pop("schedule", {"name": "constant"})
    entrants = []
    for optimizer in OPTIMIZERS:
        odd = {knob.name: ODD[knob.name] for knob in optimizer.knobs if knob.name in ODD}
        entrants.append({"optimizer": optimizer.id, "schedule": schedule})
        entrants.append({"optimizer": optimizer.id, "schedule": schedule, "learning_rate": 0.013, **odd})
    experiment = Experiment(
        surface="beale", start=(-1.0, 1.5), steps=40, seed=3, entrants=tuple(entrants), **given
    )
    return experiment, simulate(experiment, wait=False)


def test_every_optimizer_of_the_catalog_is_there() -> None:
    assert set(RULES) == set(OPTIMIZERS.ids)


@pytest.mark.parametrize("setting", SETTINGS)
def test_parts_are_those_of_one_step_at_a_time_and_add_up(setting: str) -> None:
    experiment, run = raced(setting)
    problem = Problem.of(experiment, wait=False)
    for i, entrant in enumerate(experiment.entrants):
        own = insight_of(experiment, run, i, problem)
        parts = parts_of(experiment, own)
        assert tuple(parts) == part_names(experiment, i)
        for k in sorted({k for k in (0, 1, 2, 7, 8, own.steps - 1) if 0 <= k < own.steps}):
            found = anatomy(experiment, run, i, k, problem=problem)
            size = max(float(np.abs(part.vector).max()) for part in found.parts)
            there = {part.name: part.vector for part in found.parts}
            assert set(there) <= set(parts)
            for name, vectors in parts.items():
                what = f"{entrant.optimizer} {name} at step {k}"
                expected = there.get(name, np.zeros(2))
                np.testing.assert_allclose(vectors[k], expected, rtol=1e-9, atol=1e-12 * size, err_msg=what)
            step = run.entrants[i].path[k + 1] - run.entrants[i].path[k]
            missed = np.abs(sum(vectors[k] for vectors in parts.values()) - step).max()
            scale = max(np.abs(step).max(), np.abs(run.entrants[i].path[k]).max())
            # Where the parts are too large for floating point to resolve it, anatomy says so.
            assert missed <= 1e-12 * scale or found.rounding, f"{entrant.optimizer} at step {k}"


def test_every_step_of_every_series_adds_up() -> None:
    experiment, run = raced("noisy")
    problem = Problem.of(experiment, wait=False)
    for i, entrant in enumerate(experiment.entrants):
        own = insight_of(experiment, run, i, problem)
        for axis, name in enumerate("xy"):
            parts = np.array([own.series(f"part.{part}.{name}") for part in part_names(experiment, i)])
            missed = np.abs(parts.sum(axis=0) - own.series(f"step_{name}"))
            size = np.maximum(np.abs(own.series(f"step_{name}")), np.abs(own.path[:-1]).max(axis=1))
            # Adding them up in any order rounds by the largest part.
            allowed = 1e-12 * size + 4e-16 * len(parts) * np.abs(parts).max(axis=0)
            assert (missed <= allowed).all(), entrant.optimizer
            assert np.isfinite(parts).all(), (entrant.optimizer, axis)


def test_parts_late_in_a_long_run_have_the_kernels_powers() -> None:
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
    problem = Problem.of(experiment, wait=False)
    for i, name in enumerate(names):
        own = insight_of(experiment, run, i, problem)
        parts = parts_of(experiment, own)
        error = np.abs(sum(parts.values()) - own.moves).max(axis=1)
        assert (error <= 1e-12 * np.abs(own.path[:-1]).max(axis=1)).all(), name
        for k in (300, 899):
            there = {part.name: part.vector for part in anatomy(experiment, run, i, k, problem=problem).parts}
            for part, vector in there.items():
                np.testing.assert_allclose(
                    parts[part][k], vector, rtol=1e-9, atol=1e-14, err_msg=f"{name} {part}"
                )


def test_newton_on_mini_batches_and_gradients_taken_elsewhere() -> None:
    experiment = Experiment(
        surface="linear_regression", batch_size=8, steps=12, penalty={"l2": 0.1},
        entrants=({"optimizer": "newton"}, {"optimizer": "schedule_free_sgd"}),
    )  # fmt: skip
    run = simulate(experiment)
    problem = Problem.of(experiment)
    for i in (0, 1):
        parts = parts_of(experiment, insight_of(experiment, run, i, problem))
        for k in (0, 1, 11):
            for part in anatomy(experiment, run, i, k, problem=problem).parts:
                np.testing.assert_allclose(parts[part.name][k], part.vector, rtol=1e-9, atol=1e-13)


def test_a_step_led_back_to_the_feasible_set_has_a_part_for_it() -> None:
    experiment = Experiment(
        surface="adam_counterexample",
        batch_size=1,
        steps=40,
        entrants=({"optimizer": "sgd", "learning_rate": 0.05},),
    )
    run = simulate(experiment)
    own = insight_of(experiment, run, 0)
    parts = parts_of(experiment, own)
    total = parts["gradient"]
    reached = own.path[:-1] + total
    np.testing.assert_allclose(np.clip(reached[:, 0], -1.0, 1.0), own.path[1:, 0], atol=1e-12)
    outside = np.abs(reached[:, 0]) > 1.0
    assert outside.any()
    assert (parts["projection"][~outside] == 0.0).all()
    np.testing.assert_allclose(sum(parts.values()), own.moves, atol=1e-15)
