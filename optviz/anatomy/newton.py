"""Newton's method, taken apart."""

from __future__ import annotations

import numpy as np

from optviz.anatomy.account import Account
from optviz.anatomy.typeset import spoken
from optviz.translation import QT_TRANSLATE_NOOP


def newton(account: Account) -> None:
    """Newton: the gradient through the inverse of the Hessian."""
    eps = float(account.hypers["epsilon"])
    account.gradient()
    hxx, hxy, hyy = (float(h) for h in account.hessian)
    xx, xy, yy = hxx + eps, hxy, hyy + eps
    gx, gy = account.grad
    determinant = xx * yy - xy * xy
    with np.errstate(all="ignore"):
        jump = np.array(
            [(yy * gx - xy * gy) / np.float64(determinant), (xx * gy - xy * gx) / np.float64(determinant)]
        )
    middle, half = 0.5 * (hxx + hyy), float(np.hypot(0.5 * (hxx - hyy), hxy))
    account.let(hxx=hxx, hxy=hxy, hyy=hyy, jump=jump)
    template = _BOWL if middle - half > 0.0 else _DOME if middle + half < 0.0 else _SADDLE
    lines = [
        ("hessian", r"\begin{pmatrix} <hxx> & <hxy> \\ <hxy> & <hyy> \end{pmatrix}"),
        ("", "-<eta>*(<jump> - <g>)"),
    ]
    ends = {"low": spoken(middle - half), "high": spoken(middle + half)}
    account.add("curvature", -account.eta * jump, lines, template, None, **ends)
    account.scheduled()


_BOWL = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The Hessian divides by the curvature along its own axes (λ "
    "= {low} and {high}): the step leads towards the bottom "
    "of the bowl that fits here.",
)
_SADDLE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The curvature has both signs here (λ = {low} and {high}): the Hessian turns the step towards the saddle "
    "point of the surface that fits.",
)
_DOME = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The surface curves down both ways here (λ = {low} and "
    "{high}): the Hessian turns the step uphill, towards the top "
    "of the dome that fits.",
)
