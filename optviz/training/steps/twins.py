"""The torch twin of every rule: torch.optim where it has the rule, else one of ours in plain torch ops.

The twins run on any device and never wait for it: what a step needs besides tensors (step counts, powers of
beta, sums of learning rates) are numbers on the host.

Imports torch: to be imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from optviz.entrant import Entrant
from optviz.training.steps.weight_optimizer import WeightOptimizer


def twin(parameters: Iterable[Tensor], entrant: Entrant) -> WeightOptimizer:
    """Return a torch optimizer that follows an entrant's rule; any device, any floating dtype."""
    values = entrant.hyperparameters
    groups: list[dict[str, Any]] = [
        {"params": list(parameters), "rule": entrant.optimizer, "how": "torch"},
    ]
    if entrant.optimizer == "adam" and not values["bias_correction"]:
        return PlainAdam(groups, values)
    own = OWN.get(entrant.optimizer)
    if own is not None:
        return own(groups, values)
    made: WeightOptimizer = TORCH[entrant.optimizer](groups, **_given(entrant.optimizer, values))
    return made


class _SGD(WeightOptimizer, torch.optim.SGD): ...


class _Adagrad(WeightOptimizer, torch.optim.Adagrad): ...


class _Adadelta(WeightOptimizer, torch.optim.Adadelta): ...


class _RMSprop(WeightOptimizer, torch.optim.RMSprop): ...


class _Rprop(WeightOptimizer, torch.optim.Rprop): ...


class _Adam(WeightOptimizer, torch.optim.Adam): ...


class _Adamax(WeightOptimizer, torch.optim.Adamax): ...


class _AdamW(WeightOptimizer, torch.optim.AdamW): ...


class _NAdam(WeightOptimizer, torch.optim.NAdam): ...


class _RAdam(WeightOptimizer, torch.optim.RAdam): ...


TORCH: Mapping[str, Any] = {
    "gd": _SGD,
    "sgd": _SGD,
    "momentum": _SGD,
    "nesterov": _SGD,
    "adagrad": _Adagrad,
    "adadelta": _Adadelta,
    "rmsprop": _RMSprop,
    "rprop": _Rprop,
    "adam": _Adam,
    "adamax": _Adamax,
    "adamw": _AdamW,
    "amsgrad": _Adam,
    "nadam": _NAdam,
    "radam": _RAdam,
}

_SAME_NAME = (
    "weight_decay",
    "momentum",
    "dampening",
    "momentum_decay",
    "rho",
    "alpha",
    "centered",
    "lr_decay",
    "initial_accumulator_value",
)


def _given(identifier: str, values: Mapping[str, float]) -> dict[str, Any]:
    """Return the arguments of the torch.optim class that mean the same hyperparameters."""
    given: dict[str, Any] = {"lr": values["learning_rate"]}
    given.update({name: values[name] for name in _SAME_NAME if name in values})
    if "epsilon" in values:
        given["eps"] = values["epsilon"]
    if "beta1" in values:
        given["betas"] = (values["beta1"], values["beta2"])
    if identifier == "rprop":
        given["etas"] = (values["eta_minus"], values["eta_plus"])
        given["step_sizes"] = (values["step_min"], values["step_max"])
    elif identifier == "amsgrad":
        given["amsgrad"] = True
    elif identifier == "nesterov":
        given["nesterov"] = values["momentum"] > 0.0  # without momentum torch refuses it, and it is plain SGD
    return given


class _Own(WeightOptimizer):
    """A rule written out in torch: `move` does the step of one parameter.

    `state` of a parameter: "t", the steps done, and what `begin` returns.
    """

    rows: tuple[str, ...] = ()
    """Names of the state that is zero at first and shaped like the parameter."""

    def __init__(self, groups: list[dict[str, Any]], values: Mapping[str, float]) -> None:
        own = {name: value for name, value in values.items() if name != "learning_rate"}
        super().__init__(groups, {"lr": values["learning_rate"], **own})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Put theta back, then move every parameter that has a gradient by one step."""
        self.withdraw()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(t=0, **self.begin(p))
                state["t"] += 1
                self.move(p, p.grad, state, group)

    def begin(self, p: Tensor) -> dict[str, Any]:
        """Return the state before the first step."""
        return {name: torch.zeros_like(p) for name in self.rows}

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Move the parameter by one step along its gradient."""
        raise NotImplementedError


def _average(mean: Tensor, beta: float, value: Tensor) -> Tensor:
    """Move an exponential running mean on by one value, and return it."""
    return mean.mul_(beta).add_(value, alpha=1.0 - beta)


def _average_square(mean: Tensor, beta: float, value: Tensor) -> Tensor:
    """Move an exponential running mean of squares on by one value, and return it."""
    return mean.mul_(beta).addcmul_(value, value, value=1.0 - beta)


class PlainAdam(_Own):
    """Kingma and Ba 2015, Algorithm 1, without the bias corrections that torch.optim.Adam always has."""

    rows = ("m", "v")

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        g = g.add(p, alpha=group["weight_decay"])
        m = _average(state["m"], group["beta1"], g)
        v = _average_square(state["v"], group["beta2"], g)
        p.addcdiv_(m, v.sqrt().add_(group["epsilon"]), value=-group["lr"])


class QHM(_Own):
    """Ma and Yarats 2019, Eqs. (3) and (4)."""

    rows = ("m",)

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, nu = group["lr"], group["nu"]
        m = _average(state["m"], group["momentum"], g)
        p.add_(g, alpha=-lr * (1.0 - nu)).add_(m, alpha=-lr * nu)


class QHAdam(_Own):
    """Ma and Yarats 2019, the QHAdam rule."""

    rows = ("m", "v")

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        b1, b2, nu1, nu2, t = group["beta1"], group["beta2"], group["nu1"], group["nu2"], state["t"]
        m = _average(state["m"], b1, g)
        v = _average_square(state["v"], b2, g)
        top = g.mul(1.0 - nu1).add_(m, alpha=nu1 / (1.0 - b1**t))
        square = v.mul(nu2 / (1.0 - b2**t)).addcmul_(g, g, value=1.0 - nu2)
        p.addcdiv_(top, square.sqrt_().add_(group["epsilon"]), value=-group["lr"])


class AdaBelief(_Own):
    """Zhuang et al. 2020, Algorithm 2."""

    rows = ("m", "s")

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        b1, b2, eps, t = group["beta1"], group["beta2"], group["epsilon"], state["t"]
        m = _average(state["m"], b1, g)
        s = _average_square(state["s"], b2, g - m).add_(eps)
        spread = s.div(1.0 - b2**t).sqrt_().add_(eps)
        p.addcdiv_(m, spread, value=-group["lr"] / (1.0 - b1**t))


class SignSGD(_Own):
    """Bernstein et al. 2018, Algorithm 1."""

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        p.add_(g.sign(), alpha=-group["lr"])


class Lion(_Own):
    """Chen et al. 2023, Algorithm 2."""

    rows = ("m",)

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, b1, m = group["lr"], group["beta1"], state["m"]
        direction = m.mul(b1).add_(g, alpha=1.0 - b1).sign_()
        p.mul_(1.0 - lr * group["weight_decay"]).add_(direction, alpha=-lr)
        _average(m, group["beta2"], g)


class _ScheduleFree(_Own):
    """Defazio et al. 2024: the parameters are the average x; the gradient is taken at y, between x and z."""

    probes = True
    between = "momentum"
    """The hyperparameter that says how far y is from z towards x."""

    def begin(self, p: Tensor) -> dict[str, Any]:
        return {"z": p.clone(), **super().begin(p)}

    def _look(self, p: Tensor, theta: Tensor) -> None:
        state = self.state.get(p)
        if state:  # else z is x still, and so is y
            p.copy_(self._y(state["z"], theta))

    def _y(self, z: Tensor, x: Tensor) -> Tensor:
        beta = self.param_groups[0][self.between]
        return z.mul(1.0 - beta).add_(x, alpha=beta)


class ScheduleFreeSGD(_ScheduleFree):
    """Defazio et al. 2024, Eqs. (3) to (5)."""

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, z = group["lr"], state["z"]
        y = self._y(z, p)
        z.sub_(g, alpha=lr).sub_(y, alpha=lr * group["weight_decay"])
        share = 1.0 / (state["t"] + 1)
        p.mul_(1.0 - share).add_(z, alpha=share)


class ScheduleFreeAdamW(_ScheduleFree):
    """Defazio et al. 2024, Algorithm 1; "weight" in the state is the sum of the squared learning rates."""

    rows = ("v",)
    between = "beta1"

    def begin(self, p: Tensor) -> dict[str, Any]:
        return {"weight": 0.0, **super().begin(p)}

    def move(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        b2, z = group["beta2"], state["z"]
        lr = group["lr"] * sqrt(1.0 - b2 ** state["t"])
        y = self._y(z, p)
        v = _average_square(state["v"], b2, g)
        z.addcdiv_(g, v.sqrt().add_(group["epsilon"]), value=-lr)
        z.sub_(y, alpha=lr * group["weight_decay"])
        state["weight"] += lr * lr
        share = lr * lr / state["weight"] if state["weight"] > 0.0 else 0.0  # a schedule may start at zero
        p.mul_(1.0 - share).add_(z, alpha=share)


OWN: Mapping[str, type[_Own]] = {
    "qhm": QHM,
    "qhadam": QHAdam,
    "adabelief": AdaBelief,
    "sign_sgd": SignSGD,
    "lion": Lion,
    "schedule_free_sgd": ScheduleFreeSGD,
    "schedule_free_adamw": ScheduleFreeAdamW,
}
