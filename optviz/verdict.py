"""Why a run ended, in words a student understands, each resting on a measured number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optviz.catalog import Array, Optimizer, Values
from optviz.kernels import descend as loop
from optviz.problem import Problem
from optviz.translation import QT_TRANSLATE_NOOP


@dataclass(frozen=True)
class Verdict:
    """How a run ended: a status, and a sentence as a translatable template with its numbers."""

    status: str
    template: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def growing(self) -> bool:
        """Whether the steps ended while the loss was on its way out, the steps being too long."""
        return self.status == "step_limit" and "rate" in self.values

    @property
    def why(self) -> str:
        return self.template.format(**self.values)


_OVERSHOT = QT_TRANSLATE_NOOP(
    "Verdict",
    "Diverged at step {step}: at step {k}, at ({x}, {y}), the curvature is λ = {curvature}, so steps above "
    "{bound} = {limit} overshoot; yours is {rate}.",
)
_UNBOUNDED = QT_TRANSLATE_NOOP(
    "Verdict",
    "Diverged at step {step}: the loss falls without end here, to {loss} at ({x}, {y}); this surface has no "
    "lowest point in that direction.",
)
_GREW = QT_TRANSLATE_NOOP(
    "Verdict",
    "Diverged at step {step}: the loss grew from {before} to {loss}, more than 1e20 times and for 3 "
    "steps on end, beyond any return; the last step was {length} long.",
)
_NOT_FINITE = QT_TRANSLATE_NOOP(
    "Verdict",
    "Diverged at step {step}: the next step, {length} long, leads to where the {what} is not a finite "
    "number; the last finite loss is {loss}.",
)
_NOT_FINITE_AT_START = QT_TRANSLATE_NOOP(
    "Verdict", "Diverged at step 0: the {what} at the start ({x}, {y}) is not a finite number."
)
_CONVERGED = QT_TRANSLATE_NOOP(
    "Verdict",
    "Converged at step {step} to a {place}: for 3 steps the gradient was shorter than {tolerance} and the "
    "point moved by less than 1e-12 of its size.",
)
_GROWING = QT_TRANSLATE_NOOP(
    "Verdict",
    "All {step} steps are done and the loss has grown from {before} to {loss}: at step {k}, at ({x}, {y}), "
    "the curvature is λ = {curvature}, so steps above {bound} = {limit} overshoot; yours is {rate}.",
)
_LIMIT = QT_TRANSLATE_NOOP(
    "Verdict", "All {step} steps are done; the loss is {loss} and the last gradient is {norm} long."
)
_HELD = QT_TRANSLATE_NOOP(
    "Verdict",
    "All {step} steps are done, the last one to the edge of the feasible set, ({x}, {y}); the loss is {loss} "
    "and the last gradient is {norm} long.",
)
_PLACES = {
    "minimum": QT_TRANSLATE_NOOP("Verdict", "minimum"),
    "saddle": QT_TRANSLATE_NOOP("Verdict", "saddle point (the surface falls away in one direction)"),
    "maximum": QT_TRANSLATE_NOOP("Verdict", "maximum (the surface falls away all around)"),
    "flat": QT_TRANSLATE_NOOP("Verdict", "flat place (the curvature is 0 in some direction)"),
}
_WHAT = {
    loop.POINT_NOT_FINITE: QT_TRANSLATE_NOOP("Verdict", "point"),
    loop.LOSS_NOT_FINITE: QT_TRANSLATE_NOOP("Verdict", "loss"),
    loop.GRADIENT_NOT_FINITE: QT_TRANSLATE_NOOP("Verdict", "gradient"),
}


def number(value: float) -> str:
    """Return a number with the three digits that matter and a true minus."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def judge(
    problem: Problem,
    optimizer: Optimizer,
    hypers: Values,
    path: Array,
    loss: Array,
    grad: Array,
    learning_rate: Array,
    reason: int,
    tolerance: float,
) -> Verdict:
    """Return the verdict on one entrant's recorded run; shapes as in RUN.npz."""
    n = len(path) - 1
    x, y = path[-1]
    values = {"step": str(n), "x": number(x), "y": number(y), "loss": number(loss[-1])}
    if reason == loop.STEP_LIMIT:
        growing = n and loss[-1] > loss[0] and loss[-1] >= 0.5 * loss.max()
        cause = _overshoot(problem, optimizer, hypers, path, loss, learning_rate) if growing else None
        if cause is not None:
            return Verdict("step_limit", _GROWING, {**values, "before": number(loss[0]), **cause})
        norm = float(np.hypot(*grad[-1])) if n else float("nan")
        template = _HELD if _on_edge(problem, path[-1]) else _LIMIT
        return Verdict("step_limit", template, {**values, "norm": number(norm)})
    if reason == loop.CONVERGED:
        place = _PLACES[_place(problem, float(x), float(y))]
        return Verdict("converged", _CONVERGED, {**values, "place": place, "tolerance": number(tolerance)})
    if (
        n == 0
        and reason in (loop.LOSS_NOT_FINITE, loop.GRADIENT_NOT_FINITE)
        and not _finite_start(problem, path[0])
    ):
        return Verdict("diverged", _NOT_FINITE_AT_START, {**values, "what": _WHAT[reason]})
    overshot = _overshoot(problem, optimizer, hypers, path, loss, learning_rate)
    if overshot is not None:
        return Verdict("diverged", _OVERSHOT, {**values, **overshot})
    if n and loss[-1] < loss[0] and loss[-1] == loss.min() and loss[-1] < -1e6 * (1 + abs(loss[0])):
        return Verdict("diverged", _UNBOUNDED, values)
    if reason == loop.LOSS_GREW:
        values |= {"before": number(loss[0]), "length": number(float(np.hypot(*(path[-1] - path[-2]))))}
        return Verdict("diverged", _GREW, values)
    last = float(np.hypot(*(path[-1] - path[-2]))) if n else float("inf")
    return Verdict("diverged", _NOT_FINITE, {**values, "what": _WHAT[reason], "length": number(last)})


def _on_edge(problem: Problem, point: Array) -> bool:
    return bool(np.any(np.repeat(point, 2) == problem.feasible))


def _finite_start(problem: Problem, start: Array) -> bool:
    loss, gx, gy = problem.evaluate(*start)
    return bool(np.isfinite(loss) and np.isfinite(gx) and np.isfinite(gy))


def _place(problem: Problem, x: float, y: float) -> str:
    low, high = problem.curvature(x, y)
    flat = 1e-9 * (1.0 + abs(low) + abs(high))
    if not np.isfinite(low + high):  # a kink: a stationary point there is one the surface rises from
        return "minimum"
    if low < -flat:
        return "maximum" if high < -flat else "saddle"
    return "minimum" if low > flat else "flat"


def _overshoot(
    problem: Problem, optimizer: Optimizer, hypers: Values, path: Array, loss: Array, learning_rate: Array
) -> dict[str, str] | None:
    """Find the first step, from the lowest loss on, whose learning rate exceeds what its curvature allows."""
    product = optimizer.stable_product(hypers) if optimizer.stable_product else None
    if product is None or not len(learning_rate):
        return None
    steps = np.arange(int(np.argmin(loss)) % len(learning_rate), len(learning_rate))
    hxx, hxy, hyy = problem.hessian(*path[steps].T)
    with np.errstate(invalid="ignore", over="ignore"):
        curvature = 0.5 * (hxx + hyy) + np.hypot(0.5 * (hxx - hyy), hxy)
        over = np.nonzero(learning_rate[steps] * curvature > product)[0]
    if not len(over):
        return None
    k = int(steps[over[0]])
    steepest = float(curvature[over[0]])
    bound = "2/λ" if product == 2.0 else f"{number(product)}/λ"
    return {
        "k": str(k),
        "x": number(path[k, 0]),
        "y": number(path[k, 1]),
        "curvature": number(steepest),
        "bound": bound,
        "limit": number(product / steepest),
        "rate": number(float(learning_rate[k])),
    }
