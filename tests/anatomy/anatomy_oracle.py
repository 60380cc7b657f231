"""What each optimizer's update is made of, from torch's own state or the papers' sums over all gradients.

Nothing here reads the recorded memory of a run: only the path, the gradients and the learning rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from optviz.catalog import Array

Sums = list[tuple[str, Array]]  # a part's name, and the sum of all parts up to it, per unit of learning rate


@dataclass
class Case:
    """An update at step `k` (from 0), with everything that led to it."""

    v: Mapping[str, Any]
    path: Array
    grads: Array
    rates: Array
    k: int
    hessian: Array

    @property
    def theta(self) -> Array:
        return self.path[self.k]

    @property
    def g(self) -> Array:
        return self.grads[self.k]

    @property
    def t(self) -> int:
        return self.k + 1


def mean(beta: float, rows: Array) -> Array:
    """The exponential running mean from zero after the last row, as one weighted sum."""
    weights = (1.0 - beta) * beta ** np.arange(len(rows) - 1.0, -1.0, -1.0)
    return weights @ rows if len(rows) else np.zeros(2)


def torch_state(case: Case, make: Callable[..., torch.optim.Optimizer], **options: Any) -> tuple[Any, Any]:
    """Return torch's memory before and after the step, as arrays."""
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = make([theta], **options)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for k in range(case.k + 1):
        before = after
        optimizer.param_groups[0]["lr"] = float(case.rates[k])
        with torch.no_grad():
            theta.copy_(torch.tensor(case.path[k]))
        theta.grad = torch.tensor(case.grads[k])
        optimizer.step()
        after = {
            name: value.detach().double().numpy().copy() if isinstance(value, torch.Tensor) else value
            for name, value in optimizer.state[theta].items()
        }
    return before, after


def coupled(case: Case) -> tuple[Sums, Array]:
    """The gradient, and weight decay that joins it."""
    decay = float(case.v.get("weight_decay", 0.0))
    g = case.g + decay * case.theta
    return [("gradient", -case.g), *([("weight_decay", -g)] if decay else [])], g


def plain(case: Case) -> Sums:
    return coupled(case)[0]


def momentum(case: Case, nesterov: bool = False) -> Sums:
    parts, g = coupled(case)
    mu, d = case.v["momentum"], case.v.get("dampening", 0.0)
    options = {"momentum": mu, "dampening": d, "weight_decay": case.v["weight_decay"], "nesterov": nesterov}
    _, after = torch_state(case, torch.optim.SGD, lr=1.0, **options)
    if not mu:
        return parts
    buffer = after["momentum_buffer"]
    if d and case.t > 1:
        parts.append(("dampening", -(1.0 - d) * g))
    parts.append(("memory", -buffer))
    return [*parts, ("look_ahead", -(g + mu * buffer))] if nesterov else parts


def qhm(case: Case) -> Sums:
    m, nu = mean(case.v["momentum"], case.grads[: case.t]), case.v["nu"]
    return [("gradient", -case.g), ("memory", -(case.g + nu * (m - case.g)))]


def adagrad(case: Case) -> Sums:
    parts, g = coupled(case)
    names = ("lr_decay", "initial_accumulator_value", "weight_decay")
    _, after = torch_state(
        case, torch.optim.Adagrad, lr=1.0, eps=case.v["epsilon"], **{name: case.v[name] for name in names}
    )
    scaled = -g / (np.sqrt(after["sum"]) + case.v["epsilon"])
    parts.append(("scaling", scaled))
    shrink = case.v["lr_decay"]
    return [*parts, ("rate_decay", scaled / (1.0 + case.k * shrink))] if shrink else parts


def adadelta(case: Case) -> Sums:
    parts, g = coupled(case)
    eps = case.v["epsilon"]
    options = {"rho": case.v["rho"], "eps": eps, "weight_decay": case.v["weight_decay"]}
    before, after = torch_state(case, torch.optim.Adadelta, lr=1.0, **options)
    scaled = -g / np.sqrt(after["square_avg"] + eps)
    return [
        *parts, ("scaling", scaled), ("past_steps", scaled * np.sqrt(before.get("acc_delta", 0.0) + eps)),
    ]  # fmt: skip


def rmsprop(case: Case) -> Sums:
    parts, g = coupled(case)
    names = ("alpha", "momentum", "centered", "weight_decay")
    _, after = torch_state(
        case, torch.optim.RMSprop, lr=1.0, eps=case.v["epsilon"], **{name: case.v[name] for name in names}
    )
    spread = after["square_avg"] - (after["grad_avg"] ** 2 if case.v["centered"] else 0.0)
    parts.append(("scaling", -g / (np.sqrt(spread) + case.v["epsilon"])))
    return [*parts, ("memory", -after["momentum_buffer"])] if case.v["momentum"] else parts


def adam_like(
    case: Case, divisor: Callable[[Any], Array], kind: Any, corrected: bool = True, **more: Any
) -> Sums:
    """The chain of Adam: mean, its bias, and a division; `divisor` is made of torch's memory."""
    decoupled = kind is torch.optim.AdamW
    parts = [("gradient", -case.g)] if decoupled else plain(case)
    options = {"betas": (case.v["beta1"], case.v["beta2"]), "eps": case.v["epsilon"]}
    decay = case.v["weight_decay"]
    _, after = torch_state(case, kind, lr=1.0, weight_decay=decay, **options, **more)
    m = after["exp_avg"]
    parts.append(("memory", -m))
    if corrected:
        m = m / (1.0 - case.v["beta1"] ** case.t)
        parts.append(("bias_correction", -m))
    scaled = -m / divisor(after)
    parts.append(("scaling", scaled))
    return [*parts, ("weight_decay", scaled - decay * case.theta)] if decoupled and decay else parts


def _root(case: Case, name: str = "exp_avg_sq", corrected: bool = True) -> Callable[[Any], Array]:
    left = 1.0 - case.v["beta2"] ** case.t if corrected else 1.0
    return lambda state: np.sqrt(state[name] / left) + case.v["epsilon"]


def adam(case: Case) -> Sums:
    on = bool(case.v["bias_correction"])
    return adam_like(case, _root(case, corrected=on), torch.optim.Adam, on)


def amsgrad(case: Case) -> Sums:
    parts = adam_like(case, _root(case), torch.optim.Adam, amsgrad=True)
    other = adam_like(case, _root(case, "max_exp_avg_sq"), torch.optim.Adam, amsgrad=True)
    return [*parts, ("maximum", other[-1][1])]


def nadam(case: Case) -> Sums:
    parts, g = coupled(case)
    psi, b1, b2 = case.v["momentum_decay"], case.v["beta1"], case.v["beta2"]
    _, after = torch_state(
        case, torch.optim.NAdam, lr=1.0, betas=(b1, b2), eps=case.v["epsilon"], momentum_decay=psi,
        weight_decay=case.v["weight_decay"],
    )  # fmt: skip
    m, product = after["exp_avg"], float(after["mu_product"])
    mu, ahead = (b1 * (1.0 - 0.5 * 0.96 ** (t * psi)) for t in (case.t, case.t + 1))
    both = (1.0 - mu) * g / (1.0 - product) + ahead * m / (1.0 - product * ahead)
    root = np.sqrt(after["exp_avg_sq"] / (1.0 - b2**case.t)) + case.v["epsilon"]
    return [
        *parts, ("memory", -m), ("look_ahead", -((1.0 - mu) * g + ahead * m)), ("bias_correction", -both),
        ("scaling", -both / root),
    ]  # fmt: skip


def radam(case: Case) -> Sums:
    b2, t = case.v["beta2"], case.t
    left = 1.0 - b2**t
    longest = 2.0 / (1.0 - b2) - 1.0
    rho = longest - 2.0 * t * b2**t / left
    parts = adam_like(
        case, lambda s: (np.sqrt(s["exp_avg_sq"]) + case.v["epsilon"]) / np.sqrt(left), torch.optim.RAdam
    )
    if rho <= 5.0:
        return [*parts[:-1], ("rectification", parts[-2][1])]
    trust = np.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
    return [*parts, ("rectification", trust * parts[-1][1])]


def adabelief(case: Case) -> Sums:
    b1, b2, eps, grads = case.v["beta1"], case.v["beta2"], case.v["epsilon"], case.grads[: case.t]
    m = mean(b1, grads)
    strays = np.array([(grads[i] - mean(b1, grads[: i + 1])) ** 2 for i in range(case.t)])
    left = 1.0 - b2**case.t
    s = mean(b2, strays) + eps * left / (1.0 - b2)
    fair = m / (1.0 - b1**case.t)
    scaled = fair / (np.sqrt(s / left) + eps)
    return [("gradient", -case.g), ("memory", -m), ("bias_correction", -fair), ("scaling", -scaled)]


def qhadam(case: Case) -> Sums:
    v, g, grads = case.v, case.g, case.grads[: case.t]
    m, s = mean(v["beta1"], grads), mean(v["beta2"], grads**2)
    fair, square = m / (1.0 - v["beta1"] ** case.t), s / (1.0 - v["beta2"] ** case.t)
    top = g + v["nu1"] * (fair - g)
    bottom = np.sqrt(g**2 + v["nu2"] * (square - g**2)) + v["epsilon"]
    return [
        ("gradient", -g), ("memory", -(g + v["nu1"] * (m - g))), ("bias_correction", -top),
        ("scaling", -top / bottom),
    ]  # fmt: skip


def lion(case: Case) -> Sums:
    c = case.v["beta1"] * mean(case.v["beta2"], case.grads[: case.k]) + (1.0 - case.v["beta1"]) * case.g
    parts = [("gradient", -case.g), ("memory", -c), ("sign", -np.sign(c))]
    decay = case.v["weight_decay"]
    return [*parts, ("weight_decay", -np.sign(c) - decay * case.theta)] if decay else parts


def sign_sgd(case: Case) -> Sums:
    return [("gradient", -case.g), ("sign", -np.sign(case.g))]


def newton(case: Case) -> Sums:
    xx, xy, yy = case.hessian
    matrix = np.array([[xx, xy], [xy, yy]]) + case.v["epsilon"] * np.eye(2)
    return [("gradient", -case.g), ("curvature", -np.linalg.solve(matrix, case.g))]


LINEAR: dict[str, Callable[[Case], Sums]] = {
    "gd": plain, "sgd": momentum, "momentum": momentum, "nesterov": lambda case: momentum(case, True),
    "qhm": qhm, "adagrad": adagrad, "adadelta": adadelta, "rmsprop": rmsprop, "adam": adam,
    "adamw": lambda case: adam_like(case, _root(case), torch.optim.AdamW),
    "adamax": lambda case: adam_like(case, lambda s: s["exp_inf"], torch.optim.Adamax),
    "amsgrad": amsgrad, "nadam": nadam, "radam": radam, "adabelief": adabelief, "qhadam": qhadam,
    "lion": lion, "sign_sgd": sign_sgd, "newton": newton,
}  # fmt: skip


def rprop(case: Case, eta: float, scheduled: bool) -> Sums:
    v, g = case.v, case.g
    before, after = torch_state(
        case, torch.optim.Rprop, lr=1.0, etas=(v["eta_minus"], v["eta_plus"]),
        step_sizes=(v["step_min"], v["step_max"]),
    )  # fmt: skip
    if case.t == 1:
        grown = np.full(2, min(max(eta, v["step_min"]), v["step_max"]))
        parts = [("gradient", -eta * g), ("sign", -eta * np.sign(g)), ("step_size", -grown * np.sign(g))]
        rate = min(max(float(case.rates[0]), v["step_min"]), v["step_max"])
        return [*parts, ("schedule", -rate * np.sign(g))] if scheduled else parts
    parts = [("gradient", -eta * g), ("sign", -before["step_size"] * np.sign(g))]
    parts.append(("step_size", -after["step_size"] * np.sign(g)))
    flips = g * before["prev"] < 0.0
    if flips.any():
        parts.append(("pause", np.where(flips, 0.0, parts[-1][1])))
    return [*parts, ("schedule", parts[-1][1])] if scheduled else parts


def schedule_free(case: Case, eta: float, scheduled: bool, adaptive: bool) -> Sums:
    """Both forms, z recomputed from the start as the paper's recursion has it."""
    v = case.v
    beta = v["beta1"] if adaptive else v["momentum"]
    z, total = case.path[0].copy(), 0.0
    weight = 0.0
    for k in range(case.t):
        x, g, t, rate = case.path[k], case.grads[k], k + 1, float(case.rates[k])
        y = (1.0 - beta) * z + beta * x
        decay = v["weight_decay"] * y
        warm = np.sqrt(1.0 - v["beta2"] ** t) if adaptive else 1.0
        scaled = g / (np.sqrt(mean(v["beta2"], case.grads[:t] ** 2)) + v["epsilon"]) if adaptive else g
        total += (rate * warm) ** 2
        weight = ((rate * warm) ** 2 / total if total else 0.0) if adaptive else 1.0 / (t + 1)
        lead, z = z - x, z - rate * warm * (scaled + decay)
    parts = [("gradient", -eta * g)]
    if adaptive:
        parts += [("scaling", -eta * scaled), ("warm_up", -eta * warm * scaled)]
    if v["weight_decay"]:
        parts.append(("weight_decay", -eta * warm * (scaled + decay)))
    if scheduled:
        parts.append(("schedule", -rate * warm * (scaled + decay)))
    moved = -rate * warm * (scaled + decay)
    return [*parts, ("lead", moved + lead), ("averaging", weight * (moved + lead))]


def expected(identifier: str, case: Case, eta: float, scheduled: bool) -> Sums:
    """Return every part's name and the sum of the parts up to it."""
    if identifier == "rprop":
        return rprop(case, eta, scheduled)
    if identifier.startswith("schedule_free"):
        return schedule_free(case, eta, scheduled, identifier.endswith("adamw"))
    sums = [(name, eta * value) for name, value in LINEAR[identifier](case)]
    return [*sums, ("schedule", sums[-1][1] * float(case.rates[case.k]) / eta)] if scheduled else sums
