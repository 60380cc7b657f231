"""The steps of a training: the race's own kernels on the memory of a network's parameters, or their twins.

Imports torch: to be imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from optviz.catalog import Array
from optviz.entrant import Entrant
from optviz.errors import InputError, shown
from optviz.kernels import Kernel
from optviz.optimizers import OPTIMIZERS
from optviz.training.steps import twins
from optviz.training.steps.weight_optimizer import WeightOptimizer

_NO_HESSIAN = np.empty((3, 0))
_NO_HESSIANS = {torch.float32: _NO_HESSIAN.astype(np.float32), torch.float64: _NO_HESSIAN}


def make_optimizer(parameters: Iterable[Tensor], entrant: Entrant, how: str) -> WeightOptimizer:
    """Return what moves a network's parameters for an entrant.

    Parameters
    ----------
    parameters
        The network's parameters; a learning rate for all of them.
    entrant
        The rule and its hyperparameters; its schedule is for the caller, who calls `set_learning_rate`.
    how
        "kernel": the race's own step kernels (CPU, float32 or float64). "torch": the same rule in torch.

    Raises
    ------
    InputError
        If the rule cannot train a network, or a kernel cannot move these parameters.
    """
    if OPTIMIZERS[entrant.optimizer].needs_hessian:
        raise InputError(
            f"optimizer {entrant.optimizer!r} cannot train a network: it needs the Hessian of all weights, "
            "which for n weights has n² numbers; any other optimizer can"
        )
    if how == "kernel":
        return KernelOptimizer(parameters, entrant)
    if how == "torch":
        return twins.twin(parameters, entrant)
    raise InputError(f"step: {shown(how)} is not allowed; it must be one of kernel, torch")


class _Slot:
    """One parameter as the kernels see it: arrays on its memory and on its state's.

    Attributes
    ----------
    theta : float[n]
        The parameter's own memory or, where that is not contiguous, that of `work`.
    """

    __slots__ = ("entry", "hessian", "memory", "p", "pointer", "state", "step", "theta", "work")

    def __init__(self, p: Tensor, entry: dict[str, Any], step: Any) -> None:
        self.p = p
        self.pointer = p.data_ptr()
        self.work = None if p.is_contiguous() else torch.empty_like(p, memory_format=torch.contiguous_format)
        self.theta: Array = _flat(p if self.work is None else self.work)
        self.entry = entry
        self.state: Array = entry["state"].numpy()
        self.memory: Array = entry["memory"].numpy()
        self.hessian = _NO_HESSIANS[p.dtype]
        self.step = step

    def holds(self, p: Tensor) -> bool:
        """Whether the arrays are still those of the parameter. (Its old memory lives on while we have it.)"""
        return p.data_ptr() == self.pointer and p.is_contiguous() == (self.work is None)


def _flat(tensor: Tensor) -> Array:
    """Return a contiguous tensor's memory as an array in one row."""
    array: Array = tensor.detach().numpy().reshape(-1)
    return array


class KernelOptimizer(WeightOptimizer):
    """Moves parameters by the very kernels that move the point on a surface.

    Parameters are stepped one by one, each with its own state, memory and step count, in place on its own
    memory. (One that is not contiguous is copied to and fro.) The kernels run on the CPU, in float32 or
    float64; hyperparameters and the arithmetic in between are float64 always.

    `state` of a parameter of n weights: "t", the steps done; "state", a tensor [rows, n] of the parameter's
    dtype; "memory", float64[s] (see `optviz.kernels.contract`).
    """

    def __init__(self, parameters: Iterable[Tensor], entrant: Entrant) -> None:
        declared = OPTIMIZERS[entrant.optimizer]
        self._declared = declared
        self._names = tuple(knob.name for knob in declared.knobs[1:])
        self.probes = declared.probe is not None
        self._slots: dict[Tensor, _Slot] = {}
        values = {name: entrant.hyperparameters[name] for name in self._names}
        own = {"lr": entrant.learning_rate, "rule": entrant.optimizer, "how": "kernel", **values}
        super().__init__(parameters, own)
        self._read_hyperparameters()
        for p in self.parameters():
            self._kernel(declared.step, p)  # refuses what cannot be moved, and compiles before the first step

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Put theta back, then move every parameter that has a gradient by one step."""
        self.withdraw()
        hypers, slots = self._hypers, self._slots
        moved = []
        for group in self.param_groups:
            hypers[0] = group["lr"]
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                slot = slots.get(p)
                if slot is None or not slot.holds(p):
                    slot = self._fit(p)
                g = (grad if grad.is_contiguous() else grad.contiguous()).numpy().reshape(-1)
                entry = slot.entry
                entry["t"] = t = entry["t"] + 1
                if slot.work is not None:
                    slot.work.copy_(p)
                slot.step(slot.theta, g, slot.hessian, slot.state, slot.memory, hypers, t)
                if slot.work is not None:
                    p.copy_(slot.work)
                moved.append(p)
        # autograd refuses to go backward through weights that have changed since; the kernel did not tell it
        torch.autograd.graph.increment_version(moved)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._slots.clear()
        self._read_hyperparameters()

    def _read_hyperparameters(self) -> None:
        group = self.param_groups[0]
        self._hypers = np.array([group["lr"], *(group[name] for name in self._names)], dtype=np.float64)

    def _look(self, p: Tensor, theta: Tensor) -> None:
        slot = self._slots.get(p)
        if slot is None or not slot.holds(p):
            slot = self._fit(p)
        assert self._declared.probe is not None
        probe = self._kernel(self._declared.probe, p)
        probe(_flat(theta.contiguous()), slot.state, self._hypers, slot.entry["t"] + 1, slot.theta)
        if slot.work is not None:
            p.copy_(slot.work)

    def _kernel(self, kernel: Kernel, p: Tensor) -> Any:
        """Return the compiled kernel for a parameter's dtype."""
        if p.device.type == "cpu" and p.layout == torch.strided:
            if p.dtype == torch.float64:
                return kernel.compiled
            if p.dtype == torch.float32:
                return kernel.single.compiled
        dtype = str(p.dtype).removeprefix("torch.")
        raise InputError(
            f"step: 'kernel' is not allowed for {dtype} weights on {p.device}; it moves float32 or float64 "
            "weights on the CPU, so it must be 'torch'"
        )

    def _fit(self, p: Tensor) -> _Slot:
        """Make the arrays of a parameter anew: at its first step, and whenever its memory has changed."""
        step = self._kernel(self._declared.step, p)
        entry = self.state[p]
        rows = len(self._declared.state_rows)
        if not entry:
            entry["t"] = 0
            entry["state"] = torch.zeros((rows, p.numel()), dtype=p.dtype)
            entry["memory"] = torch.zeros(self._declared.memory, dtype=torch.float64)
        if entry["state"].shape != (rows, p.numel()) or entry["memory"].shape != (self._declared.memory,):
            raise InputError(
                f"state of the optimizer: {tuple(entry['state'].shape)} numbers are not allowed for "
                f"{p.numel()} weights; it must be {(rows, p.numel())}"
            )
        entry["state"] = entry["state"].to("cpu", p.dtype).contiguous()
        entry["memory"] = entry["memory"].to("cpu", torch.float64).contiguous()
        slot = self._slots[p] = _Slot(p, entry, step)
        return slot
