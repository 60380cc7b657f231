"""Elementary functions for every float64, as arithmetic that LLVM turns into vector instructions.

`math.sin` and its kin are calls, one point at a time. Each function here is plain arithmetic on one number;
what a loop of kernels calls is compiled into it. Nothing is left to the compiler's liberty, so a value is the
same bits in a loop over one point, over 256, and within a larger kernel. All are right to within 4e-16 of
the value (relative), for infinities, subnormals and signed zeros too, and carry nan through.

Sine, cosine and tangent of an angle beyond `FAR` need a division by pi to hundreds of digits. That is left to
the C library, and a loop of vectors may contain no call: beyond FAR what they give here is meaningless. A
kernel marks such points and runs a second loop over them alone, with `math.sin` and its kin
(`optviz.formula.tape`). So which of the two a point gets depends on nothing but the point.

Polynomials interpolate in Chebyshev nodes; their coefficients were computed with 70 digits. The ways to
split pi/2 and ln 2, and to keep what rounding drops, are those of J.-M. Muller, Elementary Functions, 3rd
edition, chapters 6 and 11.
"""

# Constants stand where they are used: a global would be one more load in the machine code of a vector loop.
from __future__ import annotations

import math

import numpy as np

from optviz.kernels.compile import inlined

FAR = 8e5
"""The size up to which an angle is reduced by plain arithmetic: its quarter turns have 19 bits."""


@inlined()
def sin_cos(x: float) -> tuple[float, float]:
    """Return the sine and the cosine, up to FAR."""
    # |x| = k pi/2 + r, |r| <= pi/4.
    a = abs(x)
    # Adding 1.5 * 2**52 rounds to a whole number and leaves it in the lowest bits.
    n = a * 0.6366197723675814 + 6755399441055744.0
    k = n - 6755399441055744.0
    # pi/2 in three pieces, the first two so short that their products with k are exact.
    b = a - k * 1.5707963267341256
    c = k * 6.077100506303966e-11
    t = b - c
    d = k * 2.0222662487959506e-21 - ((b - t) - c)
    r = t - d
    rest = (t - r) - d  # r + rest has twice the digits of r
    z = r * r
    s = 1.591812893755423e-10
    s = s * z - 2.505113184004412e-08
    s = s * z + 2.7557316102528646e-06
    s = s * z - 0.00019841269836758528
    s = s * z + 0.008333333333330948
    s = s * z - 0.16666666666666666
    p = -1.1382632201990217e-11
    p = p * z + 2.0876146265300598e-09
    p = p * z - 2.7557317271714906e-07
    p = p * z + 2.480158729876566e-05
    p = p * z - 0.0013888888888887398
    p = p * z + 0.041666666666666664
    half = 0.5 * z
    near = 1.0 - half
    sine = r + (z * r * s + rest * near)
    cosine = near + (((1.0 - near) - half) + (z * z * p - r * rest))
    q = np.float64(n).view(np.int64)
    odd = (q & 1) == 1
    # Only the highest bit counts: the sine turns in the third and fourth quadrant, the cosine in the second
    # and third.
    sine_turns = ((q << 62) ^ np.float64(x).view(np.int64)) & -9223372036854775808
    cosine_turns = ((q + 1) << 62) & -9223372036854775808
    sine_bits = np.float64(cosine if odd else sine).view(np.int64) ^ sine_turns
    cosine_bits = np.float64(sine if odd else cosine).view(np.int64) ^ cosine_turns
    return np.int64(sine_bits).view(np.float64), np.int64(cosine_bits).view(np.float64)


@inlined()
def tan(x: float) -> float:
    """Return the tangent, up to FAR."""
    s, c = sin_cos(x)
    return s / c


@inlined()
def _reduced(x: float) -> tuple[float, float]:
    """Return k and e**r - 1, where x = k ln 2 + r and |r| <= ln 2 / 2, for |x| < 1000."""
    n = x * 1.4426950408889634 + 6755399441055744.0
    k = n - 6755399441055744.0
    # ln 2 in two pieces, the first so short that its product with k is exact.
    high = x - k * 0.6931471805601177
    low = k * -1.7239444525614835e-13
    r = high - low
    rest = (high - r) - low
    p = 2.510037611136142e-08
    p = p * r + 2.7620076242527254e-07
    p = p * r + 2.7557268479724004e-06
    p = p * r + 2.4801521321606647e-05
    p = p * r + 0.00019841269863040922
    p = p * r + 0.0013888888917197209
    p = p * r + 0.008333333333330065
    p = p * r + 0.041666666666624164
    p = p * r + 0.16666666666666669
    p = p * r + 0.5000000000000001
    return k, r + (r * r * p + rest)


@inlined()
def exp(x: float) -> float:
    """Return e**x."""
    # Beyond these ends it is infinite, or 0.
    x = 710.0 if x > 710.0 else x
    x = -746.0 if x < -746.0 else x
    k, below = _reduced(x)
    # In two halves, as 2**1024 is no number and 2**-1074 has no exponent field.
    n = k * 0.5 + 6755399441055744.0
    m = k - (n - 6755399441055744.0) + 6755399441055744.0
    first = (np.float64(n).view(np.int64) << 52) + 4607182418800017408  # the exponent field of 1.0
    second = (np.float64(m).view(np.int64) << 52) + 4607182418800017408
    return (1.0 + below) * np.int64(first).view(np.float64) * np.int64(second).view(np.float64)


@inlined()
def tanh(x: float) -> float:
    """Return the hyperbolic tangent."""
    a = abs(x)
    a = 25.0 if a > 25.0 else a
    # With e = exp(-2a) - 1, which is not above 0, it is -e / (2 + e).
    k, below = _reduced(-2.0 * a)
    bits = (np.float64(k + 6755399441055744.0).view(np.int64) << 52) + 4607182418800017408
    scale = np.int64(bits).view(np.float64)
    e = scale * below + (scale - 1.0)
    sign = np.float64(x).view(np.int64) & -9223372036854775808
    return np.int64(np.float64(abs(e) / (2.0 + e)).view(np.int64) | sign).view(np.float64)


@inlined()
def log(x: float) -> float:
    """Return the natural logarithm; nan below 0 and -inf at 0."""
    tiny = x < 2.2250738585072014e-308  # subnormal: its exponent field says nothing
    bits = np.float64(x * 18014398509481984.0 if tiny else x).view(np.int64)
    # x = 2**k m with m between sqrt(1/2) and sqrt(2).
    above = bits - 4604544271217802189
    m = np.int64((above & 4503599627370495) + 4604544271217802189).view(np.float64)
    k = np.float64(above >> 52) - (54.0 if tiny else 0.0)
    # log(1 + f) = 2 artanh(s), s = f / (2 + f), a short odd series.
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 0.14616451042479667
    p = p * z + 0.15331721490734293
    p = p * z + 0.18182889128565669
    p = p * z + 0.2222221113474973
    p = p * z + 0.28571428625975764
    p = p * z + 0.39999999999899505
    p = p * z + 0.666666666666667
    half = 0.5 * f * f
    small = s * (half + z * p) + k * -1.7239444525614835e-13
    value: float = k * 0.6931471805601177 - ((half - small) - f)
    value = value if x < math.inf else x
    return value if x > 0.0 else -math.inf if x == 0.0 else math.nan


@inlined()
def sign(x: float) -> float:
    """Return 1 or -1; 0 and nan stay what they are."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


@inlined()
def chain(outer: float, inner: float) -> float:
    """Return outer * inner, 0 where inner is 0 even if outer is infinite there."""
    return 0.0 if inner == 0.0 else outer * inner


@inlined()
def select(condition: bool, first: float, second: float) -> float:
    """Return `first` where the condition holds."""
    return first if condition else second


@inlined()
def mark(value: float, far: bool) -> float:
    """Return a nan like no other where `far` holds, else the value."""
    return np.int64(9221120241255047169).view(np.float64) if far else value


@inlined()
def is_marked(value: float) -> bool:
    """Return whether `mark` left its nan."""
    return bool(np.float64(value).view(np.int64) == 9221120241255047169)
