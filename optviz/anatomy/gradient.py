"""Gradient descent and its momentum forms, taken apart."""

from __future__ import annotations

from optviz.anatomy.account import Account
from optviz.anatomy.typeset import spoken
from optviz.translation import QT_TRANSLATE_NOOP


def gd(account: Account) -> None:
    """Gradient descent: the gradient and nothing else."""
    account.gradient()
    account.coupled_decay()
    account.scheduled()


def heavy_ball(account: Account) -> None:
    """SGD and momentum: what is kept of the last velocity is added to the gradient."""
    hypers, eta = account.hypers, account.eta
    mu, dampening = float(hypers["momentum"]), float(hypers["dampening"])
    account.gradient()
    g = account.coupled_decay()
    fresh = 1.0 if account.t == 1 or mu == 0.0 else 1.0 - dampening
    account.let(d=dampening, mu=mu, m0=account.before[0], m=account.after[0])
    if fresh != 1.0:
        own, line = eta * dampening * g, ("", "<eta>*<d>*<g>")
        account.add("dampening", -eta * (fresh * g), [line], _DAMPENING, own=own, d=spoken(dampening))
    if mu:
        share = "" if fresh == 1.0 else "(1 - <d>)*"
        lines = [("m", f"<mu>*<m0> + {share}<g>"), ("", "-<eta>*<mu>*<m0>")]
        template = _VELOCITY if account.t > 1 else _NO_VELOCITY
        own = -eta * mu * account.before[0]
        account.add("memory", -eta * account.after[0], lines, template, own=own, share=spoken(mu))
    account.scheduled()


def nesterov(account: Account) -> None:
    """Nesterov: momentum, and the change of velocity once more."""
    eta, mu = account.eta, float(account.hypers["momentum"])
    m = account.after[0]
    account.gradient()
    g = account.coupled_decay()
    account.let(mu=mu, m0=account.before[0], m=m)
    if mu:
        template = _VELOCITY if account.t > 1 else _NO_VELOCITY
        lines = [("m", "<mu>*<m0> + <g>"), ("", "-<eta>*<mu>*<m0>")]
        before = account.before[0]
        account.add("memory", -eta * m, lines, template, own=-eta * mu * before, share=spoken(mu))
        line = ("", "-<eta>*<mu>*(<m> - <m0>)")
        own = -eta * mu * (m - before)
        account.add("look_ahead", -eta * (g + mu * m), [line], _LOOK_AHEAD, own=own, share=spoken(mu))
    account.scheduled()


def quasi_hyperbolic(account: Account) -> None:
    """QHM: a share of the gradient gives way to its running mean."""
    eta, mu, nu = account.eta, float(account.hypers["momentum"]), float(account.hypers["nu"])
    g, m = account.grad, account.after[0]
    account.gradient()
    account.let(mu=mu, nu=nu, m0=account.before[0], m=m)
    if nu:
        lines = [("m", "<mu>*<m0> + (1 - <mu>)*<g>"), ("", "-<eta>*<nu>*(<m> - <g>)")]
        own = -eta * nu * (m - g)
        account.add("memory", -eta * ((1.0 - nu) * g + nu * m), lines, _MIXED, own=own, share=spoken(nu))
    account.scheduled()


_DAMPENING = QT_TRANSLATE_NOOP("Anatomy", "Dampening keeps {d} of the new gradient out of the velocity.")
_VELOCITY = QT_TRANSLATE_NOOP(
    "Anatomy", "The memory keeps {share} of the last velocity, and the ball rolls on in that direction."
)
_NO_VELOCITY = QT_TRANSLATE_NOOP(
    "Anatomy", "The memory is still empty; from now on {share} of each velocity is kept."
)
_LOOK_AHEAD = QT_TRANSLATE_NOOP(
    "Anatomy", "Nesterov looks ahead: {share} of what the velocity has just changed by is added once more."
)
_MIXED = QT_TRANSLATE_NOOP(
    "Anatomy", "A share {share} of the gradient gives way to its long running mean, the memory."
)
