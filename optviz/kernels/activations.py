"""The activations: what a person chooses from, how they are drawn, and how kernels apply them.

Kernels know an activation by its code, its place in `ACTIVATIONS`, and apply it to a whole row of samples
at once: the choice lies outside the loop over samples, and choosing another one compiles nothing.

Conventions at kinks: relu'(0) = 0, leaky_relu'(0) = 0.01 and their second derivatives are 0 everywhere;
elu has slope 1 at 0 from both sides, and its second derivative there is 0, that of its right branch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, allowed, shown
from optviz.kernels.compile import inlined
from optviz.kernels.vector_math import (
    exp_expm1_negative,
    exp_negative,
    expm1_negative,
    gaussian,
    log1p_unit,
    sigmoid,
    softplus,
    tanh,
)

Array = npt.NDArray[np.float64]

LEAKY_SLOPE = 0.01
"""The slope of leaky_relu below 0."""


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function as the catalog shows it.

    Attributes
    ----------
    formula
        a(s) in LaTeX.
    help
        One sentence on what it does to a loss surface.
    reference
        Where it was proposed; empty for what has no one author.
    kinked
        Whether its derivative jumps, so that a Hessian does not exist everywhere.
    """

    id: str
    title: str
    formula: str
    help: str
    reference: str
    kinked: bool = False


ACTIVATIONS: tuple[Activation, ...] = (
    Activation("identity", "identity", r"s", "No activation: the model stays linear in its input.", ""),
    Activation(
        "sigmoid",
        "sigmoid",
        r"\frac{1}{1+e^{-s}}",
        "Flat on both sides: far from 0 the gradient vanishes and the surface turns into plateaus.",
        "",
    ),
    Activation(
        "tanh",
        "tanh",
        r"\tanh s",
        "A sigmoid centred on 0 and four times as steep there; it saturates on both sides too.",
        "",
    ),
    Activation(
        "relu",
        "ReLU",
        r"\max(0,s)",
        "Exactly flat where every input is negative: a unit there gets no gradient and is dead.",
        "Nair & Hinton 2010",
        kinked=True,
    ),
    Activation(
        "leaky_relu",
        "leaky ReLU",
        r"\max(0.01\,s,s)",
        "ReLU with a slight slope on the negative side, so that no unit is ever quite dead.",
        "Maas, Hannun & Ng 2013",
        kinked=True,
    ),
    Activation(
        "gelu",
        "GELU",
        r"s\,\Phi(s)",
        "A smooth ReLU that weighs its input by the normal distribution function; it dips below 0.",
        "Hendrycks & Gimpel 2016",
    ),
    Activation(
        "silu",
        "SiLU (Swish)",
        r"\frac{s}{1+e^{-s}}",
        "A smooth ReLU that weighs its input by the sigmoid; it dips below 0.",
        "Elfwing, Uchibe & Doya 2018",
    ),
    Activation(
        "softplus",
        "softplus",
        r"\log(1+e^{s})",
        "A smooth ReLU whose derivative is the sigmoid; it never reaches 0.",
        "Dugas et al. 2001",
    ),
    Activation(
        "elu",
        "ELU",
        r"s\;(s>0),\quad e^{s}-1\;(s\leq 0)",
        "ReLU that bends smoothly to -1 on the negative side; only its second derivative jumps.",
        "Clevert, Unterthiner & Hochreiter 2016",
        kinked=True,
    ),
)

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, GELU, SILU, SOFTPLUS, ELU = range(len(ACTIVATIONS))
"""The codes, in the order of `ACTIVATIONS`."""


def code_of(identifier: str) -> int:
    """Return the code of an activation.

    Raises
    ------
    InputError
        If there is no activation of that name.
    """
    names = [activation.id for activation in ACTIVATIONS]
    if identifier not in names:
        raise InputError(f"activation {shown(identifier)} is not one of {allowed(names)}")
    return names.index(identifier)


def activation(identifier: str, s: npt.ArrayLike) -> tuple[Array, Array]:
    """Return an activation and its derivative at every s, for drawing.

    Parameters
    ----------
    identifier
        The id of one of `ACTIVATIONS`.
    s
        Pre-activations, any shape.

    Returns
    -------
    a, da : float64 arrays of the shape of s
    """
    code = code_of(identifier)
    values = np.asarray(s, dtype=np.float64)
    flat = values.reshape(-1)
    half = np.exp(-np.abs(flat))
    logistic = np.where(flat < 0, half, 1.0) / (1.0 + half)
    if code == IDENTITY:
        a, da = flat.copy(), np.ones_like(flat)
    elif code == SIGMOID:
        a, da = logistic, half / (1.0 + half) ** 2
    elif code == TANH:
        a = np.tanh(flat)
        da = 4.0 * half**2 / (1.0 + half**2) ** 2
    elif code in (RELU, LEAKY_RELU):
        slope = 0.0 if code == RELU else LEAKY_SLOPE
        a, da = np.where(flat > 0, flat, slope * flat), np.where(flat > 0, 1.0, slope)
    elif code == GELU:
        phi = 0.5 * np.array([math.erfc(-v / math.sqrt(2.0)) for v in flat])
        a, da = flat * phi, phi + flat * np.exp(-0.5 * flat**2) / math.sqrt(2.0 * math.pi)
    elif code == SILU:
        a, da = flat * logistic, logistic + flat * half / (1.0 + half) ** 2
    elif code == SOFTPLUS:
        a, da = np.maximum(flat, 0.0) + np.log1p(half), logistic
    else:
        a, da = np.where(flat > 0, flat, np.expm1(np.minimum(flat, 0.0))), np.where(flat > 0, 1.0, half)
    return a.reshape(values.shape), da.reshape(values.shape)


@inlined("contract")
def activate(code: int, s: Any) -> None:
    """Replace a row of pre-activations by their activations."""
    n = s.shape[0]
    if code == SIGMOID:
        for i in range(n):
            s[i] = sigmoid(s[i])
    elif code == TANH:
        for i in range(n):
            s[i] = tanh(s[i])
    elif code == RELU:
        for i in range(n):
            s[i] = 0.0 if s[i] <= 0.0 else s[i]
    elif code == LEAKY_RELU:
        for i in range(n):
            s[i] = LEAKY_SLOPE * s[i] if s[i] <= 0.0 else s[i]
    elif code == GELU:
        for i in range(n):
            s[i] *= gaussian(s[i])[0]
    elif code == SILU:
        for i in range(n):
            s[i] *= sigmoid(s[i])
    elif code == SOFTPLUS:
        for i in range(n):
            s[i] = softplus(s[i])
    elif code == ELU:
        for i in range(n):
            x = s[i]
            f = expm1_negative(0.0 if x > 0.0 else x)
            s[i] = x if x > 0.0 else f


@inlined("contract")
def activate_slope(code: int, s: Any, d: Any) -> None:
    """Replace a row of pre-activations s by a(s) and fill d with a'(s)."""
    n = s.shape[0]
    if code == SIGMOID:
        for i in range(n):
            e = exp_negative(-abs(s[i]))
            q = 1.0 / (1.0 + e)
            s[i] = (e if s[i] < 0.0 else 1.0) * q
            d[i] = e * q * q
    elif code == SILU:
        for i in range(n):
            x = s[i]
            e = exp_negative(-abs(x))
            q = 1.0 / (1.0 + e)
            p = (e if x < 0.0 else 1.0) * q
            s[i] = x * p
            d[i] = p + x * (e * q * q)
    elif code == SOFTPLUS:
        for i in range(n):
            x = s[i]
            e = exp_negative(-abs(x))
            s[i] = (0.0 if x < 0.0 else x) + log1p_unit(e)
            d[i] = (e if x < 0.0 else 1.0) / (1.0 + e)
    elif code == TANH:
        for i in range(n):
            x = s[i]
            # e - 1 keeps tanh exact near 0; the slope 4 e / (1 + e)**2 stays exact far out.
            e, f = exp_expm1_negative(-2.0 * abs(x))
            q = 1.0 / (2.0 + f)
            s[i] = (f if x < 0.0 else -f) * q
            d[i] = 4.0 * e * q * q
    elif code in (RELU, LEAKY_RELU):
        slope = 0.0 if code == RELU else LEAKY_SLOPE
        for i in range(n):
            d[i] = slope if s[i] <= 0.0 else 1.0
            s[i] = slope * s[i] if s[i] <= 0.0 else s[i]
    elif code == GELU:
        for i in range(n):
            x = s[i]
            below, density = gaussian(x)
            s[i] = x * below
            d[i] = below + x * density
    elif code == ELU:
        for i in range(n):
            x = s[i]
            e, f = exp_expm1_negative(0.0 if x > 0.0 else x)
            s[i] = x if x > 0.0 else f
            d[i] = e
    else:
        for i in range(n):
            d[i] = 1.0


@inlined("contract")
def activate_curvature(code: int, s: Any, d: Any, dd: Any) -> None:
    """Replace a row of pre-activations s by a(s) and fill d with a'(s), dd with a''(s)."""
    n = s.shape[0]
    if code == GELU:
        for i in range(n):
            x = s[i]
            below, density = gaussian(x)
            s[i] = x * below
            d[i] = below + x * density
            dd[i] = 2.0 * density - x * (x * density)  # not 0 times infinity far out
        return
    if code == SILU:
        for i in range(n):
            x = s[i]
            e = exp_negative(-abs(x))
            q = 1.0 / (1.0 + e)
            p = (e if x < 0.0 else 1.0) * q
            slope = e * q * q
            s[i] = x * p
            d[i] = p + x * slope
            dd[i] = slope * (2.0 - abs(x) * (1.0 - e) * q)
        return
    if code == SOFTPLUS:
        for i in range(n):
            e = exp_negative(-abs(s[i]))
            dd[i] = e / ((1.0 + e) * (1.0 + e))
    elif code == ELU:
        for i in range(n):
            dd[i] = 0.0 if s[i] >= 0.0 else exp_negative(s[i])
    activate_slope(code, s, d)
    if code == SIGMOID:
        for i in range(n):
            dd[i] = d[i] * (1.0 - 2.0 * s[i])
    elif code == TANH:
        for i in range(n):
            dd[i] = -2.0 * s[i] * d[i]
    elif code not in (SOFTPLUS, ELU):
        for i in range(n):
            dd[i] = 0.0
