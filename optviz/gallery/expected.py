"""What each failure of the gallery must come to, measured on its run.

Every function takes a run of the failure's own experiment and returns an `Outcome`. The bounds of `holds`
leave room around the shipped race, so that another seed or a changed last digit does not break the claim.
"""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.gallery.failure import Outcome
from optviz.simulate import EntrantRun, Run
from optviz.translation import QT_TRANSLATE_NOOP
from optviz.verdict import number

_ENDS = QT_TRANSLATE_NOOP(
    "Gallery",
    "Over the last tenth of the steps Adam is at x = {adam} on average, where the mean loss is {adam_loss}; "
    "AMSGrad is at {amsgrad}, where it is {amsgrad_loss}. The best point is −1, the worst 1.",
)
_STALL = QT_TRANSLATE_NOOP(
    "Gallery",
    "AdaGrad is {left} short of the minimum after {steps} steps, having come {late} nearer in the last "
    "half of them; its effective learning rate is {share} % of its first. RMSprop is {other} short.",
)
_RINGS = QT_TRANSLATE_NOOP(
    "Gallery",
    "Along the valley momentum {high} passes the minimum {crossings} times in {steps} steps, its swings "
    "shrinking by only {shrink} % a step; at {low} it never does.",
)
_WAITS = QT_TRANSLATE_NOOP(
    "Gallery",
    "Gradient descent spends {gd} of {steps} steps within 0.1 of the saddle, Adam {adam}. Newton's method "
    "ends {newton} from it, and calls that converged.",
)
_CHATTERS = QT_TRANSLATE_NOOP(
    "Gallery",
    "The fixed rate changes sides at x = 0 in {changes} of the last 100 steps, and is as far as {far} away "
    "from it; the falling rate stays within {near}.",
)
_LEAPS = QT_TRANSLATE_NOOP(
    "Gallery",
    "The first step moves each coordinate by {long} uncorrected and by {short} corrected, a factor of "
    "{ratio}. The races end at losses of {wrong} and {right}.",
)
_CYCLES = QT_TRANSLATE_NOOP(
    "Gallery",
    "For the last {steps} steps x moves by {length} each time, between {low} and {high}; with the falling "
    "rate the last point is {near} from the minimum.",
)
_KICKS = QT_TRANSLATE_NOOP(
    "Gallery",
    "Each of the {count} restarts throws the mean loss of 20 steps up, by a factor of {least} at least. "
    "The last 20 steps come to {end}, and to {other} without restarts.",
)


def ends_apart(run: Run) -> Outcome:
    """Adam at the worst end of [-1, 1], AMSGrad near the best: Reddi et al. 2018."""
    adam, amsgrad = run.entrants
    tenth = max(run.experiment.steps // 10, 1)
    ends = [float(one.path[-tenth:, 0].mean()) for one in (adam, amsgrad)]
    losses = [float(one.loss[-tenth:].mean()) for one in (adam, amsgrad)]
    names = ("adam", "amsgrad", "adam_loss", "amsgrad_loss")
    values = dict(zip(names, map(number, (*ends, *losses)), strict=True))
    return Outcome(ends[0] > 0.8 and ends[1] < -0.4, _ENDS, values)


def stalls(run: Run) -> Outcome:
    """AdaGrad far from the minimum with its effective rate used up, RMSprop there."""
    adagrad, rmsprop = run.entrants
    minimum = np.array([-2.0, 0.0])
    left = np.hypot(*(adagrad.path - minimum).T)
    late = float(left[len(left) // 2] - left[-1])
    other = float(np.hypot(*(rmsprop.path[-1] - minimum)))
    rates = _rate_along_x(adagrad)
    share = float(rates[-1] / rates[0])
    values = {
        "left": number(float(left[-1])),
        "steps": str(adagrad.stopped_at),
        "late": number(late),
        "share": number(100.0 * share),
        "other": number(other),
    }
    return Outcome(left[-1] > 1.0 and late < 0.25 and share < 0.2 and other < 0.1, _STALL, values)


def rings(run: Run) -> Outcome:
    """The strong momentum crosses the minimum again and again, the critically damped one does not."""
    strong, critical = run.entrants
    high, low = (float(one.hyperparameters["momentum"]) for one in run.experiment.entrants)
    crossings = _crossings(strong.path[:, 0])
    values = {
        "high": number(high),
        "low": number(low),
        "crossings": str(crossings),
        "steps": str(strong.stopped_at),
        "shrink": number(100.0 * (1.0 - _kept(strong.path[:, 0]))),
    }
    # Rounding at the very end of converging may change a sign; a crossing is one that goes somewhere.
    tail = critical.path[np.abs(critical.path[:, 0]) > 1e-9, 0]
    return Outcome(crossings >= 5 and _crossings(tail) == 0, _RINGS, values)


def waits(run: Run) -> Outcome:
    """Gradient descent lingers at the saddle and leaves, Newton's method ends in it, Adam passes by."""
    gd, newton, adam = run.entrants
    near = [int((np.hypot(*one.path.T) < 0.1).sum()) for one in (gd, adam)]
    end = float(np.hypot(*newton.path[-1]))
    values = {
        "gd": str(near[0]),
        "adam": str(near[1]),
        "steps": str(run.experiment.steps),
        "newton": number(end),
    }
    holds = near[0] > 0.4 * run.experiment.steps and near[1] == 0 and end < 1e-5
    return Outcome(holds and newton.status == "converged", _WAITS, values)


def chatters(run: Run) -> Outcome:
    """At a fixed rate x jumps across the kink for ever, at a falling one it comes to rest."""
    fixed, falling = (one.path[-101:, 0] for one in run.entrants)
    changes, far, near = _crossings(fixed), float(np.abs(fixed).max()), float(np.abs(falling[-10:]).max())
    values = {"changes": str(changes), "far": number(far), "near": number(near)}
    return Outcome(changes >= 20 and far > 0.05 and near < 0.01, _CHATTERS, values)


def leaps(run: Run) -> Outcome:
    """Uncorrected, the first step is longer than declared and the race ends in the wrong well."""
    lengths = [float(np.abs(one.path[1] - one.path[0]).max()) for one in run.entrants]
    wrong, right = (float(one.loss[-1]) for one in run.entrants)
    values = {
        "long": number(lengths[0]),
        "short": number(lengths[1]),
        "ratio": number(lengths[0] / lengths[1]),
        "wrong": number(wrong),
        "right": number(right),
    }
    return Outcome(lengths[0] > 2.0 * lengths[1] and wrong > right + 0.5, _LEAPS, values)


def cycles(run: Run) -> Outcome:
    """The fixed step goes to and fro between two points for ever, the falling one reaches the minimum."""
    fixed, falling = run.entrants
    last = fixed.path[-51:]
    moves = np.abs(np.diff(last[:, 0]))
    back = float(np.abs(last[2:] - last[:-2]).max())
    near = float(np.hypot(*falling.path[-1]))
    values = {
        "steps": str(len(moves)),
        "length": number(float(moves.mean())),
        "low": number(float(last[:, 0].min())),
        "high": number(float(last[:, 0].max())),
        "near": number(near),
    }
    return Outcome(back < 1e-12 and bool(moves.min() > 0.0) and near < 1e-3, _CYCLES, values)


def kicks(run: Run) -> Outcome:
    """After every restart the loss is far above what it was before; without restarts it stays down."""
    restarting, decaying = run.entrants
    period = int(run.experiment.entrants[0].schedule.values["period"])
    restarts = range(period, restarting.stopped_at, period)
    window = 20
    before = [float(restarting.loss[k + 1 - window : k + 1].mean()) for k in restarts]
    after = [float(restarting.loss[k + 1 : k + 1 + window].mean()) for k in restarts]
    least = min(b / a for a, b in zip(before, after, strict=True))
    end, other = (float(one.loss[-window:].mean()) for one in (restarting, decaying))
    values = {
        "count": str(len(before)),
        "least": number(least),
        "end": number(end),
        "other": number(other),
    }
    calm = float(decaying.loss[-period:].max()) < min(after)
    return Outcome(least > 2.0 and calm, _KICKS, values)


def _crossings(values: Array) -> int:
    """Return how often a sequence changes sign; zeros count for the side they come from."""
    signs = np.sign(values)
    signs = signs[signs != 0.0]
    return int((signs[1:] != signs[:-1]).sum())


def _kept(values: Array) -> float:
    """Return what a step leaves of a swing: the mean factor between the first and the last turning point."""
    sizes = np.abs(values)
    peaks = np.nonzero((sizes[1:-1] > sizes[:-2]) & (sizes[1:-1] >= sizes[2:]))[0] + 1
    if len(peaks) < 2:
        return float("nan")
    first, last = peaks[0], peaks[-1]
    return float((sizes[last] / sizes[first]) ** (1.0 / (last - first)))


def _rate_along_x(one: EntrantRun) -> Array:
    """Return the step over the gradient along x, where there is a gradient."""
    steps, grad = np.diff(one.path[:, 0]), one.grad[:, 0]
    there = grad != 0.0
    return np.asarray(-steps[there] / grad[there])
