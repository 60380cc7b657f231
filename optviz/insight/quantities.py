"""What is measured along a path: the declaration of each series, by its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optviz.experiment import Experiment
from optviz.insight.parts import part_names
from optviz.optimizers import OPTIMIZERS
from optviz.translation import QT_TRANSLATE_NOOP as T


@dataclass(frozen=True)
class Quantity:
    """One series along a path.

    Attributes
    ----------
    key
        What `Insight.series` knows it by; "memory.<row>.x" and "part.<name>.y" where it is one of several.
    title, short, help
        What it is called, what a narrow tab calls it, and what it is; to be translated (context "Insight").
    symbol
        LaTeX.
    at
        "point": one value for each point, n + 1 of them; "step": one for each step, n.
    log
        Whether a logarithmic axis suits it: it is never negative and spans decades.
    """

    key: str
    title: str
    short: str
    help: str
    symbol: str
    at: Literal["point", "step"]
    log: bool = False


_GRADIENT = T(
    "Insight",
    "The gradient that the step used, noise, mini-batch and penalty included, along this coordinate.",
)
_STEP = T("Insight", "How far the step went along this coordinate.")
_RATE = T(
    "Insight",
    "The step over the gradient it used, with the sign turned: the learning rate that plain gradient descent "
    "would have needed along this coordinate. Undefined where the gradient is 0.",
)
_FIXED = (
    Quantity(
        "gradient_x", T("Insight", "gradient in x"), T("Insight", "gradient x"), _GRADIENT, "g_x", "step",
    ),
    Quantity(
        "gradient_y", T("Insight", "gradient in y"), T("Insight", "gradient y"), _GRADIENT, "g_y", "step",
    ),
    Quantity("step_x", T("Insight", "step in x"), T("Insight", "step x"), _STEP, "s_x", "step"),
    Quantity("step_y", T("Insight", "step in y"), T("Insight", "step y"), _STEP, "s_y", "step"),
    Quantity(
        "effective_rate_x", T("Insight", "effective learning rate in x"), T("Insight", "rate x"), _RATE,
        "-s_x / g_x", "step",
    ),
    Quantity(
        "effective_rate_y", T("Insight", "effective learning rate in y"), T("Insight", "rate y"), _RATE,
        "-s_y / g_y", "step",
    ),
    Quantity(
        "angle", T("Insight", "angle between step and downhill, in degrees"), T("Insight", "angle"),
        T(
            "Insight",
            "The angle between the step and the direction against the gradient it used: 0° is straight down "
            "that gradient, above 90° the step goes up it.",
        ),
        r"\angle(s, -g)", "step",
    ),
    Quantity(
        "curvature", T("Insight", "curvature along the step"), T("Insight", "curvature"),
        T(
            "Insight",
            "How the loss curves along the step actually taken, at the point where it began: that of the "
            "full batch, L2 penalty included, also where the step saw a mini-batch only. The kinks of an L1 "
            "penalty do not curve.",
        ),
        r"\frac{s^{T} H s}{s^{T} s}", "step",
    ),
    Quantity(
        "stability_limit", T("Insight", "2 over the curvature along the step"), T("Insight", "2/curvature"),
        T(
            "Insight",
            "The learning rate above which gradient descent along the step would raise the loss if the "
            "curvature stayed. Undefined where the loss does not curve up along the step.",
        ),
        r"2 \frac{s^{T} s}{s^{T} H s}", "step", True,
    ),
    Quantity(
        "sharpness", T("Insight", "sharpness: the largest curvature"), T("Insight", "sharpness"),
        T("Insight", "The largest eigenvalue of the full-batch Hessian at the point, L2 penalty included."),
        r"\lambda_{max}", "point",
    ),
    Quantity(
        "length", T("Insight", "length of the path so far"), T("Insight", "length"),
        T("Insight", "All steps so far, their lengths added up."), r"\sum |s|", "point",
    ),
)  # fmt: skip

_MEMORY = T("Insight", "The optimizer's memory after the step, along this coordinate.")
_ROWS = {  # by row: its title in x and in y, and its symbol
    "m": (T("Insight", "memory m in x"), T("Insight", "memory m in y"), "m"),
    "v": (T("Insight", "memory v in x"), T("Insight", "memory v in y"), "v"),
    "v_max": (T("Insight", "largest v in x"), T("Insight", "largest v in y"), r"\bar{v}"),
    "u": (T("Insight", "memory u in x"), T("Insight", "memory u in y"), "u"),
    "s": (T("Insight", "memory s in x"), T("Insight", "memory s in y"), "s"),
    "g": (T("Insight", "memory g in x"), T("Insight", "memory g in y"), "g"),
    "z": (T("Insight", "fast point z in x"), T("Insight", "fast point z in y"), "z"),
    "mean": (T("Insight", "running mean in x"), T("Insight", "running mean in y"), r"\bar{g}"),
    "step": (T("Insight", "step size in x"), T("Insight", "step size in y"), r"\Delta"),
}

_PART = T("Insight", "What this part of the update adds to the step; all parts together are the step.")
_PARTS = {  # by name, as in `optviz.anatomy`
    "gradient": (T("Insight", "part: gradient, in x"), T("Insight", "part: gradient, in y")),
    "penalty": (T("Insight", "part: penalty, in x"), T("Insight", "part: penalty, in y")),
    "noise": (T("Insight", "part: noise, in x"), T("Insight", "part: noise, in y")),
    "weight_decay": (T("Insight", "part: weight decay, in x"), T("Insight", "part: weight decay, in y")),
    "dampening": (T("Insight", "part: dampening, in x"), T("Insight", "part: dampening, in y")),
    "memory": (T("Insight", "part: memory, in x"), T("Insight", "part: memory, in y")),
    "look_ahead": (T("Insight", "part: look-ahead, in x"), T("Insight", "part: look-ahead, in y")),
    "bias_correction": (
        T("Insight", "part: bias correction, in x"), T("Insight", "part: bias correction, in y"),
    ),
    "scaling": (T("Insight", "part: scaling, in x"), T("Insight", "part: scaling, in y")),
    "past_steps": (T("Insight", "part: past steps, in x"), T("Insight", "part: past steps, in y")),
    "maximum": (T("Insight", "part: maximum, in x"), T("Insight", "part: maximum, in y")),
    "rectification": (T("Insight", "part: rectification, in x"), T("Insight", "part: rectification, in y")),
    "curvature": (T("Insight", "part: curvature, in x"), T("Insight", "part: curvature, in y")),
    "sign": (T("Insight", "part: sign, in x"), T("Insight", "part: sign, in y")),
    "step_size": (T("Insight", "part: step size, in x"), T("Insight", "part: step size, in y")),
    "pause": (T("Insight", "part: pause, in x"), T("Insight", "part: pause, in y")),
    "rate_decay": (T("Insight", "part: rate decay, in x"), T("Insight", "part: rate decay, in y")),
    "warm_up": (T("Insight", "part: warm-up, in x"), T("Insight", "part: warm-up, in y")),
    "lead": (T("Insight", "part: lead of z, in x"), T("Insight", "part: lead of z, in y")),
    "averaging": (T("Insight", "part: averaging, in x"), T("Insight", "part: averaging, in y")),
    "schedule": (T("Insight", "part: schedule, in x"), T("Insight", "part: schedule, in y")),
    "projection": (T("Insight", "part: projection, in x"), T("Insight", "part: projection, in y")),
}  # fmt: skip


def of_entrant(experiment: Experiment, entrant: int) -> tuple[Quantity, ...]:
    """Return the quantities that one entrant has."""
    rows = OPTIMIZERS[experiment.entrants[entrant].optimizer].state_rows
    return (
        *_FIXED,
        *(one for row in rows for one in _memory(row)),
        *(one for name in part_names(experiment, entrant) for one in _part(name)),
    )


def quantities(experiment: Experiment) -> tuple[Quantity, ...]:
    """Return the quantities that some entrant of an experiment has, those that all have first.

    Memory rows and parts of the step differ from optimizer to optimizer.
    """
    found = {one.key: one for i in range(len(experiment.entrants)) for one in of_entrant(experiment, i)}
    order = {"memory": 1, "part": 2}
    return tuple(sorted(found.values(), key=lambda one: order.get(one.key.partition(".")[0], 0)))


def _memory(row: str) -> tuple[Quantity, Quantity]:
    x, y, symbol = _ROWS[row]
    log = row in ("v", "v_max", "u", "s", "step")
    return (
        Quantity(f"memory.{row}.x", x, x, _MEMORY, f"{symbol}_x", "step", log),
        Quantity(f"memory.{row}.y", y, y, _MEMORY, f"{symbol}_y", "step", log),
    )


def _part(name: str) -> tuple[Quantity, Quantity]:
    x, y = _PARTS[name]
    word = name.replace("_", r"\,")
    return (
        Quantity(f"part.{name}.x", x, x, _PART, rf"s_{{x,\mathrm{{{word}}}}}", "step"),
        Quantity(f"part.{name}.y", y, y, _PART, rf"s_{{y,\mathrm{{{word}}}}}", "step"),
    )
