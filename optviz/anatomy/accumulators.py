"""Adagrad, Adadelta, RMSprop and Rprop, taken apart."""

from __future__ import annotations

import numpy as np

from optviz.anatomy.account import Account
from optviz.anatomy.typeset import spoken
from optviz.catalog import Array
from optviz.translation import QT_TRANSLATE_NOOP

_ROOT = r"\sqrt{<v>} + <eps>"


def adagrad(account: Account) -> None:
    """Adagrad: divided by the root of the sum of all squared gradients."""
    hypers, eta = account.hypers, account.eta
    account.gradient()
    g = account.coupled_decay()
    v = account.after[0]
    initial = float(hypers["initial_accumulator_value"])
    account.let(v=v, v0=account.before[0] if account.t > 1 else np.full(2, initial))
    direction = g / (np.sqrt(v) + float(hypers["epsilon"]))
    lines = [("v", "<v0> + <g>^2"), ("", f"-<eta>*(<g> / ({_ROOT}) - <g>)")]
    account.add("scaling", -eta * direction, lines, _SUM, x=_root(v, 0), y=_root(v, 1))
    kappa = float(hypers["lr_decay"])
    if kappa:
        divisor = 1.0 + (account.t - 1) * kappa
        account.let(kappa=kappa, so=account.total)
        line = ("", "(1 / (1 + (<t> - 1)*<kappa>) - 1)*<so>")
        account.add(
            "rate_decay", -(eta / divisor) * direction, [line], _RATE_DECAY,
            own=-((account.t - 1) * kappa / divisor) * account.total, divisor=spoken(divisor),
        )  # fmt: skip
    account.scheduled()


def adadelta(account: Account) -> None:
    """Adadelta: divided by the size of past gradients, multiplied by that of past steps."""
    hypers, eta = account.hypers, account.eta
    rho, eps = float(hypers["rho"]), float(hypers["epsilon"])
    account.gradient()
    g = account.coupled_decay()
    v, u = account.after[0], account.before[1]
    account.let(rho=rho, v=v, v0=account.before[0], u0=u)
    lines = [
        ("v", "<rho>*<v0> + (1 - <rho>)*<g>^2"),
        ("", r"-<eta>*(<g> / \sqrt{<v> + <eps>} - <g>)"),
    ]
    account.add(
        "scaling",
        -eta * (g / np.sqrt(v + eps)),
        lines,
        _MEAN_SQUARE,
        x=_root(v + eps, 0),
        y=_root(v + eps, 1),
    )
    line = ("", r"-<eta>*(\sqrt{<u0> + <eps>} - 1)*<g> / \sqrt{<v> + <eps>}")
    reached = -eta * (np.sqrt(u + eps) / np.sqrt(v + eps) * g)
    account.add("past_steps", reached, [line], _PAST_STEPS, x=_root(u + eps, 0), y=_root(u + eps, 1))
    account.scheduled()


def rmsprop(account: Account) -> None:
    """RMSprop: divided by the recent root mean square; then, if asked for, momentum."""
    hypers, eta = account.hypers, account.eta
    alpha, eps, mu = (float(hypers[name]) for name in ("alpha", "epsilon", "momentum"))
    account.gradient()
    g = account.coupled_decay()
    v, mean = account.after[0], account.after[1]
    account.let(alpha=alpha, v=v, v0=account.before[0], mean=mean)
    root, spread, template = _ROOT, v, _MEAN_SQUARE
    if hypers["centered"]:
        spread = v - mean * mean
        root, template = r"\sqrt{<v> - <mean>^2} + <eps>", _SPREAD
    with np.errstate(invalid="ignore"):
        direction = g / (np.sqrt(spread) + eps)
    lines = [
        ("v", "<alpha>*<v0> + (1 - <alpha>)*<g>^2"),
        ("", f"-<eta>*(<g> / ({root}) - <g>)"),
    ]
    account.add("scaling", -eta * direction, lines, template, x=_root(spread, 0), y=_root(spread, 1))
    if mu:
        account.let(mu=mu, m0=account.before[2], m=account.after[2], n=direction)
        template = _VELOCITY if account.t > 1 else _NO_VELOCITY
        account.add(
            "memory", -eta * account.after[2], [("", "-<eta>*<mu>*<m0>")], template,
            own=-eta * mu * account.before[2], share=spoken(mu),
        )  # fmt: skip
    account.scheduled()


def rprop(account: Account) -> None:
    """Rprop: the signs alone, each coordinate with a step size of its own."""
    hypers, eta, first = account.hypers, account.eta, account.t == 1
    account.gradient()
    g = account.grad
    sign = np.sign(g)
    length = np.full(2, eta) if first else account.before[1]
    account.let(delta0=length, delta=account.after[1])
    if first:
        account.symbols["delta0"] = r"\eta"
    line = ("", r"<eta>*<g> - <delta0>*\mathrm{sign}(<g>)")
    account.add("sign", -length * sign, [line], _SIGNS, x=spoken(length[0]), y=spoken(length[1]))
    agreement = g * account.before[0]
    low, high = float(hypers["step_min"]), float(hypers["step_max"])
    factor = np.where(agreement > 0, hypers["eta_plus"], np.where(agreement < 0, hypers["eta_minus"], 1.0))
    grown = np.minimum(np.maximum(length * factor, low), high)
    account.let(delta=grown, factor=factor, low=low, high=high)
    held = bool((grown != length * factor).any())
    size = r"\mathrm{min}(\mathrm{max}(<factor>*<delta0>, <low>), <high>)" if held else "<factor>*<delta0>"
    lines = [("delta", size), ("", r"-(<delta> - <delta0>)*\mathrm{sign}(<g>)")]
    template = _SIZES[_factor(agreement[0]) + _factor(agreement[1])]
    values = {"plus": hypers["eta_plus"], "minus": hypers["eta_minus"], "low": low, "high": high}
    said = {name: spoken(float(value)) for name, value in values.items()}
    account.add("step_size", -grown * sign, lines, template, None, **said)
    waits = agreement < 0.0
    if waits.any():
        moved = np.where(waits, 0.0, -grown * sign)
        account.let(waits=np.where(waits, 1.0, 0.0))
        which = "x" if not waits[1] else "y" if not waits[0] else "x, y"
        account.add("pause", moved, [("", r"<waits>*<delta>*\mathrm{sign}(<g>)")], _PAUSE, which=which)
    if account.schedule:
        _schedule(account, sign, low, high, first)


def _schedule(account: Account, sign: Array, low: float, high: float, first: bool) -> None:
    """Only the first step reads the learning rate."""
    reached = -min(max(account.rate, low), high) * sign if first else account.total
    line = ("", r"-(<etat> - <eta>)*\mathrm{sign}(<g>)") if first else ("", "0")
    template = _FIRST_RATE if first else _NO_RATE
    account.add("schedule", reached, [line], template, schedule=account.schedule, rate=spoken(account.rate))


def _factor(agreement: float) -> str:
    return "+" if agreement > 0 else "-" if agreement < 0 else "0"


def _root(square: Array, i: int) -> str:
    with np.errstate(invalid="ignore"):
        return spoken(float(np.sqrt(square[i])))


_SUM = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by the root of the sum of all "
    "its squared gradients so far: {x} in x, {y} in y.",
)
_RATE_DECAY = QT_TRANSLATE_NOOP(
    "Anatomy", "Adagrad's own decay of the learning rate divides the whole step by {divisor}."
)
_MEAN_SQUARE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by its gradient's recent root mean square: {x} in x, {y} in y.",
)
_SPREAD = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by its gradient's recent spread about its mean: {x} in x, {y} in y.",
)
_PAST_STEPS = QT_TRANSLATE_NOOP(
    "Anatomy",
    "What is left has no length of its own and is multiplied by "
    "the size of the past steps: {x} in x, {y} in y.",
)
_VELOCITY = QT_TRANSLATE_NOOP("Anatomy", "The memory adds {share} of the last velocity, after the scaling.")
_NO_VELOCITY = QT_TRANSLATE_NOOP(
    "Anatomy", "The memory is still empty; from now on {share} of each velocity is kept."
)
_SIGNS = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Only the gradient's signs count: each coordinate goes by a step size of its own, {x} in x and {y} in y.",
)
_SIZES = {  # by what the gradient's sign has done in x and in y
    "00": QT_TRANSLATE_NOOP("Anatomy", "There is no sign to compare with: both step sizes stay as they are."),
    "0+": QT_TRANSLATE_NOOP("Anatomy", "In y the sign has stayed: its step size grows by the factor {plus}."),
    "0-": QT_TRANSLATE_NOOP(
        "Anatomy", "In y the sign has flipped: its step size shrinks by the factor {minus}."
    ),
    "+0": QT_TRANSLATE_NOOP("Anatomy", "In x the sign has stayed: its step size grows by the factor {plus}."),
    "-0": QT_TRANSLATE_NOOP(
        "Anatomy", "In x the sign has flipped: its step size shrinks by the factor {minus}."
    ),
    "++": QT_TRANSLATE_NOOP(
        "Anatomy", "Both signs have stayed: both step sizes grow by the factor {plus}, to {high} at most."
    ),
    "--": QT_TRANSLATE_NOOP(
        "Anatomy", "Both signs have flipped: both step sizes shrink by the factor {minus}, to {low} at least."
    ),
    "+-": QT_TRANSLATE_NOOP(
        "Anatomy",
        "In x the sign has stayed and the step size grows (× {plus}); in y it has flipped (× {minus}).",
    ),
    "-+": QT_TRANSLATE_NOOP(
        "Anatomy",
        "In x the sign has flipped and the step size shrinks (× {minus}); in y it has stayed (× {plus}).",
    ),
}
_PAUSE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Where the sign has flipped ({which}) a minimum was overstepped, and the coordinate waits one step.",
)
_FIRST_RATE = QT_TRANSLATE_NOOP(
    "Anatomy", "The schedule ({schedule}) gives this first step, whose size is the learning rate, {rate}."
)
_NO_RATE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Rprop reads the learning rate at its first step alone: that the schedule ({schedule}) says {rate} now "
    "changes nothing.",
)
