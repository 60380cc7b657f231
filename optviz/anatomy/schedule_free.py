"""Schedule-free learning, taken apart: a step of the fast point z, then its share in the average x."""

from __future__ import annotations

from math import sqrt

import numpy as np

from optviz.anatomy.account import Account, power
from optviz.anatomy.typeset import spoken
from optviz.catalog import Array
from optviz.optimizers.knobs import NEGLIGIBLE
from optviz.translation import QT_TRANSLATE_NOOP


def _points(account: Account, beta: float) -> tuple[Array, Array, Array]:
    """Return x, z and y before the step."""
    x = account.theta
    z = x if account.t == 1 else account.before[0]
    y = z + beta * (x - z)
    account.let(x=x, z=z, y=y, beta=beta)
    return x, z, y


def _decay(account: Account, y: Array, rate: float, eta: str) -> None:
    decay = float(account.hypers["weight_decay"])
    if decay:
        own = -rate * decay * y
        lines = [("y", "<z> + <beta>*(<x> - <z>)"), ("", f"-{eta}*<lambda>*<y>")]
        account.add("weight_decay", account.total + own, lines, _DECAY, own, decay=spoken(decay))


def _average(account: Account, x: Array, z: Array, c: float, weight: str) -> None:
    """Add the lead of z over x, and the averaging."""
    fresh = account.after[0]
    account.let(zn=fresh, w=c)
    account.add("lead", fresh - x, [("", "<z> - <x>")], _LEAD if account.t > 1 else _NO_LEAD, z - x)
    lines = [("w", weight), ("", "-(1 - <w>)*(<zn> - <x>)")]
    own = -(1.0 - c) * (fresh - x)
    account.add("averaging", ((1.0 - c) * x + c * fresh) - x, lines, _AVERAGE, own, share=spoken(c))


def schedule_free_sgd(account: Account) -> None:
    """Schedule-free SGD: a plain step of z, averaged over all steps."""
    hypers, eta = account.hypers, account.eta
    x, z, y = _points(account, float(hypers["momentum"]))
    account.gradient(at_y=True)
    _decay(account, y, eta, "<eta>")
    account.scheduled()
    _average(account, x, z, 1.0 / (account.t + 1), r"\frac{1}{<t> + 1}")


def schedule_free_adamw(account: Account) -> None:
    """Schedule-free AdamW: a scaled step of z, averaged by the squares of the rates."""
    hypers, eta, t = account.hypers, account.eta, account.t
    b1, b2, eps = (float(hypers[name]) for name in ("beta1", "beta2", "epsilon"))
    x, z, y = _points(account, b1)
    account.gradient(at_y=True)
    g, v = account.grad, account.after[1]
    direction = g / (np.sqrt(v) + eps)
    account.let(v=v, v0=account.before[1])
    lines = [
        ("v", "<beta2>*<v0> + (1 - <beta2>)*<g>^2"),
        ("", r"-<eta>*(<g> / (\sqrt{<v>} + <eps>) - <g>)"),
    ]
    root = np.sqrt(v)
    account.add("scaling", -eta * direction, lines, _SCALING, x=spoken(root[0]), y=spoken(root[1]))
    correction = sqrt(1.0 - power(b2, t))
    account.let(so=account.total)
    line = ("", r"(\sqrt{1 - <beta2>^{<t>}} - 1)*<so>")
    reached, own = -(eta * correction) * direction, (correction - 1.0) * account.total
    account.add("warm_up", reached, [line], _WARM_UP, own, share=spoken(correction))
    _decay(account, y, eta * correction, r"<eta>*\sqrt{1 - <beta2>^{<t>}}")
    account.scheduled()
    c = _weight(account, b2)
    _average(account, x, z, c, r"\gamma_t^2 / \sum_{i=1}^{t} \gamma_i^2")


def _weight(account: Account, beta2: float) -> float:
    """Return the share of the newest z in the average: its squared rate among all of them."""
    steps = np.arange(account.t)
    powers = np.cumprod(np.full(account.t, beta2)) if beta2 > 0.0 else np.zeros(account.t)
    powers[powers < NEGLIGIBLE] = 0.0
    squares = np.square(account.rates[steps] * np.sqrt(1.0 - powers))
    total = float(np.cumsum(squares)[-1])
    return float(squares[-1]) / total if total > 0.0 else 0.0


_DECAY = QT_TRANSLATE_NOOP("Anatomy", "Weight decay pulls the fast point z by {decay} times y towards zero.")
_SCALING = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by its gradient's root mean square so far: {x} in x, {y} in y.",
)
_WARM_UP = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The mean square began at zero and its root is too small for that: the step is taken times {share}.",
)
_LEAD = QT_TRANSLATE_NOOP(
    "Anatomy", "That was the step of the fast point z, which was ahead of the average x by this much already."
)
_NO_LEAD = QT_TRANSLATE_NOOP(
    "Anatomy",
    "That was the step of the fast point z, which starts where the average x does: it has no lead yet.",
)
_AVERAGE = QT_TRANSLATE_NOOP(
    "Anatomy", "The path is the average x: of the way to the new z it goes the share {share} alone."
)
