"""What can be plotted against the step, by name, and the axis of one plot."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optviz.catalog import Array
from optviz.errors import InputError, allowed, shown
from optviz.optimizers import OPTIMIZERS

USUAL = ("loss", "gradient_norm", "effective_rate", "distance")
# One value a step or a point for each entrant; those with .x and .y are listed apart.
QUANTITIES = (
    *USUAL, "learning_rate", "stability_limit", "curvature", "sharpness", "angle", "length",
    "gradient_x", "gradient_y", "step_x", "step_y", "effective_rate_x", "effective_rate_y",
)  # fmt: skip
# The parts of a step as they are told apart (`optviz.anatomy.TITLES`, less the step itself).
PARTS = (
    "gradient", "penalty", "noise", "weight_decay", "dampening", "memory", "look_ahead", "bias_correction",
    "scaling", "past_steps", "maximum", "rectification", "curvature", "sign", "step_size", "pause",
    "rate_decay", "warm_up", "lead", "averaging", "schedule", "projection",
)  # fmt: skip
EIGEN = "eigen"
_MOST_ENTRANTS = 64

# What lies this far below the top of a logarithmic axis is below every axis a person would read.
_DECADES = 12.0
_BEYOND = 1e4  # times the value at the start
_CROWDED = 0.02  # of the largest: an axis on which half of the values lie below that share shows nothing
_SOFT_DECADES = 8.0  # the most that a symmetric logarithmic axis shows on each side of 0


@dataclass(frozen=True)
class Plot:
    """One panel of curves against the step.

    `low` and `high` are the range of its axis, fixed for the whole run so that nothing jumps; `offset` is
    subtracted from the values first.

    Attributes
    ----------
    soft
        Where it is not 0, the axis is logarithmic on both sides of 0 and linear up to about this value:
        v goes where asinh(v / soft) would go on a linear one.
    rules
        Values that are marked by a line across, such as 0 of a quantity that has a sign.
    marks
        The numbers of the axis where they are not chosen by themselves.
    second
        The quantity that is drawn with it, thinner; empty where there is none.
    names
        What the curve and the second one are called.
    context
        The translation context of the title and the names.
    values
        What is put into title and note once they are translated: the name of a coordinate, of a row of
        memory, of an entrant.
    only
        The places of the entrants whose curves it has; empty for all of them.
    note
        What is to be said between the title and the curves; empty where there is nothing.
    """

    key: str
    title: str
    log: bool
    low: float
    high: float
    offset: float = 0.0
    soft: float = 0.0
    rules: tuple[float, ...] = ()
    marks: tuple[float, ...] = ()
    second: str = ""
    names: tuple[str, ...] = ()
    context: str = "Stage"
    values: tuple[tuple[str, str], ...] = ()
    only: tuple[int, ...] = ()
    note: str = ""


def eigen_key(entrant: int) -> str:
    """Return the name of the plot of one entrant's errors along the eigen-directions."""
    return f"{EIGEN}.{entrant}"


def eigen_entrant(key: str) -> int | None:
    """Return whose errors along the eigen-directions a plot shows; None where it is another plot."""
    name, _, place = key.partition(".")
    return int(place or 0) if name == EIGEN else None


def known(key: str) -> bool:
    """Say whether something that can be plotted is called so, by whatever optimizer."""
    if key in QUANTITIES:
        return True
    name, dot, rest = key.partition(".")
    if name == EIGEN:
        return not dot or (re.fullmatch("0|[1-9][0-9]?", rest) is not None and int(rest) < _MOST_ENTRANTS)
    row, _, axis = rest.partition(".")
    rows = {row for optimizer in OPTIMIZERS for row in optimizer.state_rows} if name == "memory" else PARTS
    return name in ("memory", "part") and row in rows and axis in ("x", "y")


def checked(value: object, where: str) -> tuple[str, ...]:
    """Return the names of plots in their order, each once. Raises InputError."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be a list of names")
    for key in value:
        if not isinstance(key, str) or not known(key):
            forms = ("memory.<row>.x", "memory.<row>.y", "part.<name>.x", "part.<name>.y", EIGEN,
                     f"{EIGEN}.<entrant>")  # fmt: skip
            raise InputError(
                f"{where}: {shown(key)} is not known; it must be one of {allowed((*QUANTITIES, *forms))}"
            )
    return tuple(dict.fromkeys(value))


@np.errstate(all="ignore")
def plot_of(key: str, series: list[Array], title: str, offset: float = 0.0, *, bounded: bool = True) -> Plot:
    """Return a plot whose axis shows some series: logarithmic where they span decades above 0.

    With `bounded`, what lies far beyond where they began is left out of account.
    """
    values = _within_reach(series) if bounded else _finite(series)
    if not len(values):
        return Plot(key, title, False, 0.0, 1.0, offset)
    low, high = float(values.min()), float(values.max())
    positive = values[values > 0]
    # A value of exactly 0 is an arrival, not a reason to give up the logarithm.
    if len(positive) and low >= -1e-9 * (1 + abs(offset)) and positive.max() > 30 * positive.min():
        top = float(np.log10(high))
        bottom = max(float(np.log10(positive.min())), top - _DECADES)
        pad = 0.04 * (top - bottom)
        # Whole quarters of a decade: while a slider moves, the axis stands still.
        bottom, top = math.floor(4 * (bottom - pad)) / 4, math.ceil(4 * (top + pad)) / 4
        return Plot(key, title, True, 10.0 ** max(bottom, -320.0), 10.0 ** min(top, 308.0), offset)
    pad = 0.12 * (0.5 * high - 0.5 * low) or 0.06 * abs(high) or 1.0
    low, high = (0.0 if 0.0 <= low < 0.5 * high else max(low - pad, -1.7e308)), min(high + pad, 1.7e308)
    unit = 10.0 ** math.floor(math.log10(high - low)) / 10.0 if 0.0 < high - low < 1e300 else 0.0
    if unit > 1e-12 * max(abs(low), abs(high)):
        low, high = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return Plot(key, title, False, low, high, offset)


@np.errstate(all="ignore")
def signed_plot(key: str, series: list[Array], title: str) -> Plot:
    """Return a plot of a quantity that has a sign, with a line at 0.

    The axis is linear, or symmetric and logarithmic on both sides where most values would lie on the line.
    """
    values = _finite(series)
    size = np.abs(values[values != 0.0])
    if not len(size):
        return Plot(key, title, False, -1.0, 1.0, rules=(0.0,))
    most = float(size.max())
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    if float(np.median(size)) < _CROWDED * most:
        decades = math.ceil(4 * math.log10(most)) / 4
        least = math.floor(math.log10(max(float(np.quantile(size, 0.1)), most * 10.0**-_SOFT_DECADES)))
        soft = 10.0 ** max(min(least, decades - 1.0), -300.0)
        top = 10.0 ** min(decades, 307.0)
        return Plot(
            key, title, False, -top if low < -soft else -0.5 * soft, top if high > soft else 0.5 * soft,
            soft=soft, rules=(0.0,),
        )  # fmt: skip
    unit = 10.0 ** math.floor(math.log10(most)) / 10.0
    pad = 0.12 * (0.5 * high - 0.5 * low)
    low, high = low - pad * (low < 0.0), high + pad * (high > 0.0)
    if unit > 0.0:
        low, high = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return Plot(key, title, False, max(low, -1.7e308), min(high, 1.7e308), rules=(0.0,))


@np.errstate(all="ignore")
def rate_along(path: Array, grad: Array) -> Array:
    """Return the learning rate of each step s along its own direction, sᵀs/(−gᵀs); nan where it goes uphill.

    That of gradient descent is its learning rate. Beyond 2 over the curvature along s, sᵀHs/sᵀs, the loss
    rises on a quadratic, whatever rule made the step: L(θ + s) − L(θ) = gᵀs + sᵀHs/2.

    Parameters
    ----------
    path
        The points, float64[n + 1, 2].
    grad
        The gradient that each step used, float64[n, 2].
    """
    moves = np.diff(path, axis=0)
    along = -(moves * grad).sum(axis=1)
    rates: Array = np.where(along > 0.0, (moves * moves).sum(axis=1) / along, np.nan)
    return rates


def held(values: Array) -> Array:
    """Return what of the series of one that diverged an axis is to show: not its way to infinity."""
    with np.errstate(all="ignore"):
        size = np.abs(values)
        begin = size[np.isfinite(size) & (size > 0.0)][:1]
        return values[size <= begin[0] * _BEYOND] if len(begin) else values[:0]


def _finite(series: list[Array]) -> Array:
    values = np.concatenate(series) if series else np.empty(0)
    return values[np.isfinite(values)]


def _within_reach(series: list[Array]) -> Array:
    values = np.concatenate(series) if series else np.empty(0)
    starts = [abs(own[0]) for own in series if len(own) and np.isfinite(own[0])]
    # One entrant on its way to infinity must not flatten everybody else's curve; its own leaves the panel.
    reach = max(starts, default=0.0) * _BEYOND or np.inf
    return values[np.isfinite(values) & (np.abs(values) <= reach)]
