"""Adam, AdamW, AMSGrad and Adamax, taken apart."""

from __future__ import annotations

from math import sqrt

import numpy as np

from optviz.anatomy.account import Account, power
from optviz.anatomy.typeset import spoken
from optviz.catalog import Array
from optviz.translation import QT_TRANSLATE_NOOP


def running_mean(account: Account, g: Array) -> Array:
    """Add what the gradient's running mean changes; return it."""
    m: Array = account.after[0]
    account.let(m=m, m0=account.before[0])
    lines = [("m", "<beta1>*<m0> + (1 - <beta1>)*<g>"), ("", "-<eta>*(<m> - <g>)")]
    template = MEMORY if account.t > 1 else EMPTY
    share = float(account.hypers["beta1"])
    own = -account.eta * (m - g)
    account.add("memory", -account.eta * m, lines, template, own, kept=spoken(share), new=spoken(1.0 - share))
    return m


def corrected_mean(account: Account, m: Array) -> float:
    """Add the bias correction of the running mean; return what it divides by."""
    gone = power(float(account.hypers["beta1"]), account.t)
    left = 1.0 - gone
    mhat = m / left
    account.let(mhat=mhat)
    lines = [("mhat", r"\frac{<m>}{1 - <beta1>^{<t>}}"), ("", "-<eta>*(<mhat> - <m>)")]
    own = -account.eta * gone * mhat
    account.add("bias_correction", -account.eta * mhat, lines, correction(left), own, divisor=spoken(left))
    return left


def correction(divisor: float) -> str:
    """Return the sentence that goes with a bias correction."""
    return _CORRECTION if divisor < 0.999 else _FORGOTTEN


def adam(account: Account) -> None:
    """Adam: running mean, its bias, and the division by the root mean square."""
    account.gradient()
    g = account.coupled_decay()
    m, v, eps = running_mean(account, g), account.after[1], float(account.hypers["epsilon"])
    lr, scale = account.eta, 1.0
    if account.hypers["bias_correction"]:
        lr /= corrected_mean(account, m)
        scale = _scale(account)
    else:
        account.symbols["vhat"], account.symbols["mhat"] = "v_t", "m_t"
        account.let(mhat=m)
    root = np.sqrt(v) * scale
    _divide(account, -lr * (m / (root + eps)), root)
    account.scheduled()


def adamw(account: Account) -> None:
    """AdamW: Adam, and the decay apart from it."""
    account.gradient()
    m, v, eps = running_mean(account, account.grad), account.after[1], float(account.hypers["epsilon"])
    lr = account.eta / corrected_mean(account, m)
    root = np.sqrt(v) * _scale(account)
    _divide(account, -lr * (m / (root + eps)), root)
    account.decoupled_decay()
    account.scheduled()


def amsgrad(account: Account) -> None:
    """AMSGrad: Adam, and the step as short as the largest mean square asks for."""
    account.gradient()
    g = account.coupled_decay()
    m, v, eps = running_mean(account, g), account.after[1], float(account.hypers["epsilon"])
    lr, scale = account.eta / corrected_mean(account, m), _scale(account)
    root = np.sqrt(v) * scale
    _divide(account, -lr * (m / (root + eps)), root)
    top = account.after[2]
    largest = np.sqrt(top) * scale
    account.let(top=top, so=account.total)
    line = ("", r"-<eta>*<mhat> / (\sqrt{<top> / (1 - <beta2>^{<t>})} + <eps>) - <so>")
    lower = bool((v < top).any())
    account.add(
        "maximum", -lr * (m / (largest + eps)), [line], _LARGER if lower else _LARGEST,
        x=spoken(largest[0]), y=spoken(largest[1]),
    )  # fmt: skip
    account.scheduled()


def adamax(account: Account) -> None:
    """Adamax: divided by the largest recent gradient."""
    account.gradient()
    g = account.coupled_decay()
    m, u = running_mean(account, g), account.after[1]
    lr = account.eta / corrected_mean(account, m)
    account.let(u=u, u0=account.before[1])
    lines = [
        ("u", r"\mathrm{max}(<beta2>*<u0>, |<g>| + <eps>)"),
        ("", "-<eta>*(<mhat> / <u> - <mhat>)"),
    ]
    account.add("scaling", -lr * (m / u), lines, _MAX, x=spoken(u[0]), y=spoken(u[1]))
    account.scheduled()


def _scale(account: Account) -> float:
    return 1.0 / sqrt(1.0 - power(float(account.hypers["beta2"]), account.t))


def _divide(account: Account, reached: Array, root: Array) -> None:
    """Add the division by the root mean square."""
    v, v0 = account.after[1], account.before[1]
    account.let(v=v, v0=v0, vhat=root * root)
    lines = [("v", "<beta2>*<v0> + (1 - <beta2>)*<g>^2")]
    if account.symbols["vhat"] != "v_t":
        lines.append(("vhat", r"\frac{<v>}{1 - <beta2>^{<t>}}"))
    lines.append(("", r"-<eta>*(<mhat> / (\sqrt{<vhat>} + <eps>) - <mhat>)"))
    account.add("scaling", reached, lines, SCALING, x=spoken(root[0]), y=spoken(root[1]))


MEMORY = QT_TRANSLATE_NOOP(
    "Anatomy",
    "In the gradient's place comes its running mean: {kept} of what it was and {new} of the new gradient.",
)
EMPTY = QT_TRANSLATE_NOOP(
    "Anatomy", "The running mean starts at zero: only the share {new} of the first gradient is in it yet."
)
_CORRECTION = QT_TRANSLATE_NOOP(
    "Anatomy", "The running mean began at zero and is too short still: it is divided by {divisor}."
)
_FORGOTTEN = QT_TRANSLATE_NOOP(
    "Anatomy", "That the running mean began at zero is as good as forgotten: it is divided by {divisor}."
)
SCALING = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by its gradient's root mean square, {x} in x and {y} in y, so that the "
    "gradient's own scale cancels out.",
)
_LARGER = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The mean square was larger once and that is not forgotten: the divisors are {x} in x, {y} in y.",
)
_LARGEST = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The mean square is the largest so far in both coordinates: the lasting maximum changes nothing.",
)
_MAX = QT_TRANSLATE_NOOP(
    "Anatomy", "Each coordinate is divided by its largest recent gradient: {x} in x, {y} in y."
)
