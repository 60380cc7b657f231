"""Zooming and moving along the axes of a map over hyperparameters, on whatever scale they run."""

from __future__ import annotations

import math

from optviz.catalog import Knob
from optviz.maps.sheet import MapScale
from optviz.setting import Pair

_LEAST = 1e-6  # of an axis in its own scale: closer is not looked at


def zoomed(scale: MapScale, factor: float, about: float) -> Pair | None:
    """Return the limits `factor` times narrower, the share `about` (0 to 1) of the axis staying in place."""
    low, high = _even(scale, float(scale.values[0])), _even(scale, float(scale.values[-1]))
    middle = low + about * (high - low)
    return _limits(scale, middle + (low - middle) / factor, middle + (high - middle) / factor)


def moved(scale: MapScale, share: float) -> Pair | None:
    """Return the limits moved by a share of the axis."""
    low, high = _even(scale, float(scale.values[0])), _even(scale, float(scale.values[-1]))
    return _limits(scale, low + share * (high - low), high + share * (high - low))


def _even(scale: MapScale, value: float) -> float:
    if scale.scale == "log":
        return math.log(value)
    return -math.log1p(-value) if scale.scale == "one_minus" else value


def _value(scale: MapScale, even: float) -> float:
    if scale.scale == "log":
        return math.exp(min(max(even, -700.0), 700.0))
    return -math.expm1(-even) if scale.scale == "one_minus" else even


def _limits(scale: MapScale, low: float, high: float) -> Pair | None:
    """Return limits as the knob allows them, in as many digits as can be told apart; None where none are."""
    knob = scale.knob
    assert knob is not None
    ends = [_rounded(_value(scale, even), abs(high - low)) for even in (low, high)]
    first, last = (_allowed(knob, end, scale) for end in ends)
    if not first < last or _even(scale, last) - _even(scale, first) < _LEAST:
        return None
    return first, last


def _rounded(value: float, span: float) -> float:
    digits = 4 + max(0, math.ceil(-math.log10(max(span, 1e-12))))
    return float(f"{value:.{min(digits, 15)}g}")


def _allowed(knob: Knob, value: float, scale: MapScale) -> float:
    """Return the value, at a bound of the knob where it lies beyond."""
    usual = knob.slider or (knob.default, knob.default)
    low = knob.minimum
    if low is not None and (value < low or (value == low and (knob.open_minimum or scale.scale == "log"))):
        value = usual[0] if knob.open_minimum or scale.scale == "log" else low
    high = knob.maximum
    if high is not None and (value > high or (value == high and knob.open_maximum)):
        value = usual[1] if knob.open_maximum else high
    return float(value)
