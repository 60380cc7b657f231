"""NAdam, RAdam, AdaBelief and QHAdam, taken apart."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

import numpy as np

from optviz.anatomy.account import Account, power
from optviz.anatomy.adam import SCALING, corrected_mean, correction, running_mean
from optviz.anatomy.typeset import spoken
from optviz.optimizers.knobs import NEGLIGIBLE
from optviz.translation import QT_TRANSLATE_NOOP


def nadam(account: Account) -> None:
    """NAdam: the momentum of the next step is in this one."""
    hypers, eta = account.hypers, account.eta
    b1, b2, eps = (float(hypers[name]) for name in ("beta1", "beta2", "epsilon"))
    account.gradient()
    g = account.coupled_decay()
    m, v = running_mean(account, g), account.after[1]
    mu, mu_next, product = _momenta(b1, float(hypers["momentum_decay"]), account.t)
    account.let(
        mut=mu, mun=mu_next, p=product, pn=product * mu_next, so=account.total, v=v, v0=account.before[1]
    )
    ahead = -eta * ((1.0 - mu) * g + mu_next * m)
    line = ("", "-<eta>*((1 - <mut>)*<g> + <mun>*<m>) - <so>")
    own = -eta * ((1.0 - mu) * g - (1.0 - mu_next) * m)
    account.add("look_ahead", ahead, [line], _AHEAD, own, mu=spoken(mu_next), rest=spoken(1.0 - mu))
    of_grad, of_mean = eta * (1.0 - mu) / (1.0 - product), eta * mu_next / (1.0 - product * mu_next)
    numerator = of_grad * g + of_mean * m
    account.let(so=account.total, n=numerator / eta)
    lines = [
        ("n", r"\frac{(1 - <mut>)*<g>}{1 - <p>} + \frac{<mun>*<m>}{1 - <pn>}"),
        ("", "-<eta>*<n> - <so>"),
    ]
    divisors = {"now": spoken(1.0 - product), "next": spoken(1.0 - product * mu_next)}
    own = -(of_grad * product * g + of_mean * product * mu_next * m)
    account.add("bias_correction", -numerator, lines, _TWO_CORRECTIONS, own, **divisors)
    root = np.sqrt(v * (1.0 / (1.0 - power(b2, account.t))))
    account.let(vhat=root * root)
    lines = [
        ("v", "<beta2>*<v0> + (1 - <beta2>)*<g>^2"),
        ("vhat", r"\frac{<v>}{1 - <beta2>^{<t>}}"),
        ("", r"-<eta>*(<n> / (\sqrt{<vhat>} + <eps>) - <n>)"),
    ]
    account.add("scaling", -(numerator / (root + eps)), lines, SCALING, x=spoken(root[0]), y=spoken(root[1]))
    account.scheduled()


@lru_cache(maxsize=64)
def _momenta(beta1: float, decay: float, t: int) -> tuple[float, float, float]:
    """Return this step's momentum factor, the next one's, and the product of all so far as torch keeps it."""
    shrink = 0.96**decay
    warm = np.cumprod(np.full(t, shrink))
    warm[np.logical_or.accumulate(warm < NEGLIGIBLE)] = 0.0
    mu = beta1 * (1.0 - 0.5 * warm)
    # In single precision, each factor rounded to it first.
    with np.errstate(under="ignore"):
        product = np.cumprod(mu.astype(np.float32), dtype=np.float32)
    gone = bool((product < NEGLIGIBLE).any())
    next_mu = beta1 * (1.0 - 0.5 * (float(warm[-1]) * shrink))
    return float(mu[-1]), next_mu, 0.0 if gone else float(product[-1])


def radam(account: Account) -> None:
    """RAdam: the division is held back until the mean square can be trusted."""
    hypers, t = account.hypers, account.t
    b2, eps = float(hypers["beta2"]), float(hypers["epsilon"])
    account.gradient()
    g = account.coupled_decay()
    m, v = running_mean(account, g), account.after[1]
    lr = account.eta / corrected_mean(account, m)
    power2 = b2 ** float(t)
    unbiased = 1.0 - power2
    longest = 2.0 / (1.0 - b2) - 1.0
    length = longest - 2.0 * t * power2 / unbiased
    account.let(rhot=length, rhoinf=longest)
    of_length = ("rhot", r"<rhoinf> - \frac{2*<t>*<beta2>^{<t>}}{1 - <beta2>^{<t>}}")
    if not length > 5.0:
        nothing, line = np.zeros(2), ("", "0")
        account.add("rectification", account.total, [of_length, line], _NOT_YET, nothing, rho=spoken(length))
        account.scheduled()
        return
    root = np.sqrt(v)
    account.let(v=v, v0=account.before[1])
    lines = [
        ("v", "<beta2>*<v0> + (1 - <beta2>)*<g>^2"),
        ("", r"-<eta>*(\sqrt{1 - <beta2>^{<t>}}*<mhat> / (\sqrt{<v>} + <eps>) - <mhat>)"),
    ]
    shown = root / sqrt(unbiased)
    account.add("scaling", -lr * sqrt(unbiased) * (m / (root + eps)), lines, SCALING,
                x=spoken(shown[0]), y=spoken(shown[1]))  # fmt: skip
    trust = sqrt((length - 4.0) * (length - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * length))
    full = lr * (sqrt(unbiased) * trust)
    r = ("r", r"\sqrt{\frac{(<rhot> - 4)*(<rhot> - 2)*<rhoinf>}{(<rhoinf> - 4)*(<rhoinf> - 2)*<rhot>}}")
    account.let(r=trust, so=account.total)
    lines = [of_length, r, ("", "(<r> - 1)*<so>")]
    said = {"trust": spoken(trust), "rho": spoken(length), "longest": spoken(longest)}
    own = (trust - 1.0) * account.total
    account.add("rectification", -full * (m / (root + eps)), lines, _RECTIFIED, own, **said)
    account.scheduled()


def adabelief(account: Account) -> None:
    """AdaBelief: divided by how far the gradient strays from its mean."""
    hypers = account.hypers
    b2, eps = float(hypers["beta2"]), float(hypers["epsilon"])
    account.gradient()
    m, s = running_mean(account, account.grad), account.after[1]
    lr = account.eta / corrected_mean(account, m)
    root = np.sqrt(s * (1.0 / (1.0 - power(b2, account.t))))
    account.let(s=s, s0=account.before[1], shat=root * root)
    lines = [
        ("s", "<beta2>*<s0> + (1 - <beta2>)*(<g> - <m>)^2 + <eps>"),
        ("shat", r"\frac{<s>}{1 - <beta2>^{<t>}}"),
        ("", r"-<eta>*(<mhat> / (\sqrt{<shat>} + <eps>) - <mhat>)"),
    ]
    reached = -lr * (m / (root + eps))
    account.add("scaling", reached, lines, _BELIEF, x=spoken(root[0]), y=spoken(root[1]))
    account.scheduled()


def qhadam(account: Account) -> None:
    """QHAdam: plain gradient and plain square mixed into both means."""
    hypers, eta, g, t = account.hypers, account.eta, account.grad, account.t
    b1, b2, nu1, nu2, eps = (float(hypers[name]) for name in ("beta1", "beta2", "nu1", "nu2", "epsilon"))
    account.gradient()
    m, v = account.after[0], account.after[1]
    account.let(nu1=nu1, nu2=nu2, m=m, m0=account.before[0], v=v, v0=account.before[1])
    mixed = (1.0 - nu1) * g + nu1 * m
    lines = [("m", "<beta1>*<m0> + (1 - <beta1>)*<g>"), ("", "-<eta>*<nu1>*(<m> - <g>)")]
    account.add("memory", -eta * mixed, lines, _MIXED, -eta * nu1 * (m - g), share=spoken(nu1))
    left1, left2 = 1.0 - power(b1, t), 1.0 - power(b2, t)
    top = (1.0 - nu1) * g + (nu1 / left1) * m
    account.let(mhat=m / left1, vhat=v / left2, n=top)
    lines = [("mhat", r"\frac{<m>}{1 - <beta1>^{<t>}}"), ("", "-<eta>*<nu1>*(<mhat> - <m>)")]
    own = -eta * nu1 * power(b1, t) * (m / left1)
    account.add("bias_correction", -eta * top, lines, correction(left1), own, divisor=spoken(left1))
    root = np.sqrt((1.0 - nu2) * (g * g) + (nu2 / left2) * v)
    lines = [
        ("vhat", r"\frac{<beta2>*<v0> + (1 - <beta2>)*<g>^2}{1 - <beta2>^{<t>}}"),
        ("n", "(1 - <nu1>)*<g> + <nu1>*<mhat>"),
        ("", r"-<eta>*(<n> / (\sqrt{(1 - <nu2>)*<g>^2 + <nu2>*<vhat>} + <eps>) - <n>)"),
    ]
    account.add("scaling", -eta * (top / (root + eps)), lines, SCALING, x=spoken(root[0]), y=spoken(root[1]))
    account.scheduled()


_AHEAD = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The look-ahead puts the next step's momentum, {mu} of the "
    "mean, into this one, beside {rest} of the gradient.",
)
_TWO_CORRECTIONS = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Both began at zero, which is made up for: the gradient's "
    "share is divided by {now}, the mean's by {next}.",
)
_NOT_YET = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The mean square rests on too few steps to be trusted (ρ = "
    "{rho}, not above 5): the step is not divided by it.",
)
_RECTIFIED = QT_TRANSLATE_NOOP(
    "Anatomy",
    "How far the mean square can be trusted (ρ = {rho} of {longest} at most) leaves {trust} of the step.",
)
_BELIEF = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Each coordinate is divided by how far its gradient strays "
    "from what its mean foretold: {x} in x, {y} in y.",
)
_MIXED = QT_TRANSLATE_NOOP(
    "Anatomy", "A share {share} of the gradient gives way to its running mean, the memory."
)
