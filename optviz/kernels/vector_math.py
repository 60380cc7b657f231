"""Exponential functions without branches, so that LLVM turns a loop over samples into vector instructions.

Numba's own `math.exp` and its kin are calls, one sample at a time. Each function here is plain arithmetic
on one number; what a loop of kernels calls is compiled into it. All are right to within 1e-14 of the value
(relative), carry nan through, and give 0 where the result would fall below 1e-307.

Every polynomial interpolates its function in Chebyshev nodes; the coefficients were computed with 60
digits and lose less than 1e-15 of the value when rounded.
"""

# Constants stand where they are used: a global would be one more load in the machine code of a vector loop.
from __future__ import annotations

import numpy as np

from optviz.kernels.compile import inlined


@inlined("contract")
def _reduced(x: float) -> tuple[float, float]:
    """Return (e**r - 1, 2**k) where x = k ln 2 + r and |r| <= ln 2 / 2, for -708 <= x <= 0."""
    # Adding 1.5 * 2**52 rounds to a whole number and leaves it in the lowest bits.
    n = x * 1.4426950408889634 + 6755399441055744.0
    k = n - 6755399441055744.0
    # ln 2 in two pieces, the first so short that its product with k is exact.
    r = (x - k * 0.6931467056274414) - k * 4.7493250390316726e-07
    p = 2.510038549551032e-08
    p = p * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 0.00019841269863053618
    p = p * r + 0.0013888888917213717
    p = p * r + 0.008333333333330062
    p = p * r + 0.04166666666662413
    p = p * r + 0.16666666666666669
    p = p * r + 0.5000000000000001
    bits = (np.float64(n).view(np.int64) << 52) + 4607182418800017408  # the exponent field of 1.0
    return r + r * r * p, np.int64(bits).view(np.float64)


@inlined("contract")
def exp_negative(x: float) -> float:
    """Return e**x for x <= 0; exactly 0 below -708."""
    below, scale = _reduced(-708.0 if x < -708.0 else x)
    return 0.0 if x < -708.0 else scale * below + scale


@inlined("contract")
def expm1_negative(x: float) -> float:
    """Return e**x - 1 for x <= 0."""
    below, scale = _reduced(-708.0 if x < -708.0 else x)
    return scale * below + (scale - 1.0)


@inlined("contract")
def exp_expm1_negative(x: float) -> tuple[float, float]:
    """Return (e**x, e**x - 1) for x <= 0, each to full relative accuracy."""
    below, scale = _reduced(-708.0 if x < -708.0 else x)
    return (0.0 if x < -708.0 else scale * below + scale), scale * below + (scale - 1.0)


@inlined("contract")
def log1p_unit(u: float) -> float:
    """Return log(1 + u) for 0 <= u <= 1."""
    # log(1 + u) = 2 artanh(u / (2 + u)), a short odd series.
    z = u / (2.0 + u)
    q = z * z
    p = 0.08082022805971766
    p = p * q + 0.04400369243072337
    p = p * q + 0.06000536404795356
    p = p * q + 0.06657072104827468
    p = p * q + 0.07692785032479312
    p = p * q + 0.09090894718066429
    p = p * q + 0.11111111358713932
    p = p * q + 0.1428571428355438
    p = p * q + 0.20000000000007292
    p = p * q + 0.3333333333333333
    return 2.0 * (z + z * q * p)


@inlined("contract")
def sigmoid(x: float) -> float:
    """Return 1 / (1 + e**-x)."""
    e = exp_negative(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


@inlined("contract")
def tanh(x: float) -> float:
    """Return the hyperbolic tangent, to full relative accuracy near 0 too."""
    e = expm1_negative(-2.0 * abs(x))
    t = -e / (2.0 + e)
    return -t if x < 0.0 else t


@inlined("contract")
def softplus(x: float) -> float:
    """Return log(1 + e**x)."""
    return (0.0 if x < 0.0 else x) + log1p_unit(exp_negative(-abs(x)))


@inlined("contract")
def erfcx(x: float) -> float:
    """Return e**(x**2) erfc(x) for x >= 0."""
    # (1 + 2 x) e**(x**2) erfc(x) hardly varies, and (x - 3) / (x + 3) maps [0, inf) onto [-1, 1).
    t = 1.0 - 6.0 / (x + 3.0)
    p = 2.3026697174523652e-08
    p = p * t + 6.390588178845851e-08
    p = p * t - 1.2418558024936116e-07
    p = p * t - 5.657024330235796e-07
    p = p * t + 3.504243374577423e-07
    p = p * t + 3.4331689317834988e-06
    p = p * t - 7.32409712125061e-07
    p = p * t - 2.0081864594672196e-05
    p = p * t + 4.951160754493588e-06
    p = p * t + 0.00012509371317058382
    p = p * t - 0.00010516041881526383
    p = p * t - 0.0007798312105913324
    p = p * t + 0.0018886904647967854
    p = p * t + 0.0025293916974281016
    p = p * t - 0.023770514926777942
    p = p * t + 0.0683080273510634
    p = p * t - 0.1192736634151268
    p = p * t + 0.12964515870257853
    p = p * t - 0.04756229435344756
    p = p * t - 0.13562110612458
    p = p * t + 1.2530080582697296
    return p / (1.0 + 2.0 * x)


@inlined("contract")
def gaussian(x: float) -> tuple[float, float]:
    """Return the standard normal distribution function and its density at x."""
    e = exp_negative(-0.5 * x * x)
    tail = 0.5 * e * erfcx(abs(x) * 0.7071067811865476)
    return (tail if x < 0.0 else 1.0 - tail), 0.3989422804014327 * e
