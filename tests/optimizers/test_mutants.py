"""Wrong kernels, made by changing one place of a right one: the oracles must notice each."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable

import numpy as np
import pytest
from optimizer_driver import CASES, agrees

from optviz.optimizers import OPTIMIZERS
from optviz.optimizers.knobs import NEGLIGIBLE

WRONG_SIGN: dict[str, tuple[str, str]] = dict.fromkeys(OPTIMIZERS.ids, ("theta[i] -= ", "theta[i] += ")) | {
    "adamw": ("- lr * (m", "+ lr * (m"),
    "schedule_free_sgd": ("z -= ", "z += "),
    "schedule_free_adamw": ("z -= ", "z += "),
}

DECAY = ("+ decay * theta[i]", "- decay * theta[i]")
SWAPPED = [("b1 = hypers[1]", "b1 = hypers[2]"), ("b2 = hypers[2]", "b2 = hypers[1]")]
NO_CORRECTION_1 = ("1.0 - power1", "1.0")
NO_CORRECTION_2 = ("1.0 - power2", "1.0")

OTHERS: dict[str, list[tuple[str, str]]] = {
    "gd": [DECAY],
    "sgd": [DECAY, ("t == 1 or ", ""), (" or mu == 0.0", ""), ("1.0 - hypers[2]", "1.0")],
    "momentum": [DECAY, ("t == 1 or ", ""), ("1.0 - hypers[2]", "1.0"), ("mu * state", "state")],
    "nesterov": [DECAY, ("g + mu * m)", "m)"), ("g + mu * m)", "g + m)")],
    "qhm": [("(1.0 - mu) * g", "g"), ("(1.0 - nu) * g + nu * m", "nu * g + (1.0 - nu) * m")],
    "adagrad": [
        DECAY,
        ("sqrt(total) + eps", "sqrt(total + eps)"),
        ("(t - 1)", "t"),
        ("initial if t == 1 else ", ""),
    ],
    "adadelta": [
        DECAY,
        ("sqrt(v + eps)", "(sqrt(v) + eps)"),
        ("sqrt(state[1, i] + eps)", "(sqrt(state[1, i]) + eps)"),
        ("(1.0 - rho) * (g * g)", "(g * g)"),
        ("lr * delta", "delta"),
    ],
    "rmsprop": [
        DECAY,
        ("np.sqrt(v) + eps", "np.sqrt(v + eps)"),
        ("v -= mean * mean", "v -= mean"),
        ("state[0, i] = v", "pass"),
        ("(1.0 - alpha) * (g * g)", "(g * g)"),
        ("b = mu * state[2, i]", "b = state[2, i]"),
    ],
    "rprop": [
        ("g = 0.0 if agreement < 0.0 else g", "pass"),
        ("length *= eta_plus", "length *= eta_minus"),
        ("step_max if length > step_max else length", "length"),
        ("step_min if length < step_min else length", "length"),
        ("first if t == 1 else state[1, i]", "first"),
    ],
    "adam": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        DECAY,
        ("sqrt(v) * scale + eps", "sqrt(v * scale + eps)"),
        ("sqrt(v) * scale + eps", "(sqrt(v) + eps) * scale"),
        ("(1.0 - b1) * g", "g"),
    ],
    "adamax": [*SWAPPED, NO_CORRECTION_1, DECAY, ("abs(g) + eps", "abs(g)"), ("abs(g)", "g")],
    "adamw": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        ("1.0 - hypers[0] * hypers[4]", "1.0 + hypers[0] * hypers[4]"),
        ("1.0 - hypers[0] * hypers[4]", "1.0 - hypers[4]"),
        ("sqrt(v) * scale + eps", "sqrt(v * scale + eps)"),
    ],
    "amsgrad": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        DECAY,
        ("sqrt(top)", "sqrt(v)"),
        ("state[1, i] = v", "state[1, i] = top"),
        ("sqrt(top) * scale + eps", "sqrt(top * scale + eps)"),
    ],
    "nadam": [
        *SWAPPED,
        NO_CORRECTION_2,
        DECAY,
        ("mu_next / (1.0 - product * mu_next)", "mu_next / (1.0 - product)"),
        ("of_mean = hypers[0] * mu_next", "of_mean = hypers[0] * mu"),
        ("(1.0 - mu) / (1.0 - product)", "(1.0 - mu)"),
        ("sqrt(v * scale) + eps", "sqrt(v * scale + eps)"),
        ("0.96", "0.5"),
    ],
    "radam": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        DECAY,
        ("sqrt(v) + eps", "sqrt(v + eps)"),
        ("length > 5.0", "length > 4.0"),
        ("(length - 2.0)", "length"),
    ],
    "adabelief": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        ("((g - m) * (g - m)) + eps", "((g - m) * (g - m))"),
        ("sqrt(s * scale) + eps", "sqrt(s * scale + eps)"),
        ("((g - m) * (g - m))", "(g * g)"),
        ("state[0, i] = m", "state[0, i] = g"),
    ],
    "qhadam": [
        *SWAPPED,
        NO_CORRECTION_1,
        NO_CORRECTION_2,
        ("nu1 = hypers[3]", "nu1 = hypers[4]"),
        ("nu2 = hypers[4]", "nu2 = hypers[3]"),
        ("square * v) + eps", "square * v + eps)"),
    ],
    "lion": [*SWAPPED, ("+ decay * theta[i]", "- decay * theta[i]"), ("b1 * m +", "")],
    "sign_sgd": [("-1.0 if g < 0.0 else 0.0", "-1.0")],
    "newton": [
        ("yy * gx - xy", "yy * gx + xy"),
        ("- xy * xy", "+ xy * xy"),
        ("hessian[2, i] + eps", "hessian[2, i]"),
    ],
    "schedule_free_sgd": [
        ("+ decay * y", "- decay * y"),
        ("1.0 / (t + 1)", "1.0 / t"),
        ("beta * (x - z)", "beta * x"),
        ("x if t == 1 else ", ""),
    ],
    "schedule_free_adamw": [
        ("+ decay * y", "- decay * y"),
        ("b1 = hypers[1]", "b1 = hypers[2]"),
        ("b2 = hypers[2]", "b2 = hypers[1]"),
        ("sqrt(1.0 - power)", "1.0"),
        ("sqrt(v) + eps", "sqrt(v + eps)"),
        ("lr * lr / memory[1] if memory[1] > 0.0 else 0.0", "1.0 / (t + 1)"),
    ],
}


def _mutant(identifier: str, old: str, new: str) -> Callable[..., None]:
    source = textwrap.dedent(inspect.getsource(OPTIMIZERS[identifier].step.python))
    lines = source.splitlines()
    source = "\n".join(line for line in lines if not line.startswith("@"))
    assert old in source, f"nothing to change: the {identifier} kernel has no {old!r}"
    scope = {"sqrt": math.sqrt, "np": np, "NEGLIGIBLE": NEGLIGIBLE, "Array": np.ndarray}
    exec(compile(source.replace(old, new), f"<mutant of {identifier}>", "exec"), scope)
    function = scope[OPTIMIZERS[identifier].step.python.__name__]
    assert callable(function)
    return function


MUTANTS = [(identifier, old, new) for identifier, (old, new) in WRONG_SIGN.items()] + [
    (identifier, old, new) for identifier, changes in OTHERS.items() for old, new in changes
]


@pytest.mark.parametrize("identifier", OPTIMIZERS.ids)
def test_unchanged_copy_passes(identifier: str) -> None:
    copy = _mutant(identifier, "theta", "theta")
    assert all(agrees(copy, identifier, changed) for changed in CASES[identifier])


@pytest.mark.parametrize(("identifier", "old", "new"), MUTANTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_mutant_is_caught(identifier: str, old: str, new: str) -> None:
    mutant = _mutant(identifier, old, new)
    try:
        survived = all(agrees(mutant, identifier, changed) for changed in CASES[identifier])
    except (ValueError, ArithmeticError):  # the root of a negative number, a division by zero
        survived = False
    assert not survived
