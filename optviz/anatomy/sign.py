"""signSGD and Lion, taken apart."""

from __future__ import annotations

import numpy as np

from optviz.anatomy.account import Account
from optviz.anatomy.typeset import spoken
from optviz.translation import QT_TRANSLATE_NOOP


def sign_sgd(account: Account) -> None:
    """signSGD: the signs of the gradient."""
    account.gradient()
    line = ("", r"-<eta>*(\mathrm{sign}(<g>) - <g>)")
    account.add("sign", -account.eta * np.sign(account.grad), [line], _SIGN, rate=spoken(account.eta))
    account.scheduled()


def lion(account: Account) -> None:
    """Lion: the signs of a mixture of memory and gradient."""
    eta, hypers = account.eta, account.hypers
    b1 = float(hypers["beta1"])
    account.gradient()
    m = account.before[0]
    mixture = b1 * m + (1.0 - b1) * account.grad
    account.let(m0=m, c=mixture)
    lines = [("c", "<beta1>*<m0> + (1 - <beta1>)*<g>"), ("", "-<eta>*(<c> - <g>)")]
    template = _MIXTURE if account.t > 1 else _EMPTY
    own = -eta * b1 * (m - account.grad)
    account.add("memory", -eta * mixture, lines, template, own, kept=spoken(b1), new=spoken(1.0 - b1))
    line = ("", r"-<eta>*(\mathrm{sign}(<c>) - <c>)")
    account.add("sign", -eta * np.sign(mixture), [line], _SIGN, rate=spoken(eta))
    account.decoupled_decay()
    account.scheduled()


_SIGN = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Only the signs are left: along each coordinate the step is as long as the learning rate, {rate}.",
)
_MIXTURE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The memory has a say: {kept} of the running mean so far is mixed with {new} of the new gradient.",
)
_EMPTY = QT_TRANSLATE_NOOP(
    "Anatomy", "The memory is still empty: the mixture is {new} of the new gradient and nothing else."
)
