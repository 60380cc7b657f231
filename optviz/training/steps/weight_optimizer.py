"""What every optimizer of a training offers, whether a kernel or torch moves the weights.

Imports torch: to be imported inside functions only.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from optviz.errors import InputError, shown

SHARED = ("step", "memory", "mu_product")
"""State that all coordinates of a parameter share. It stays in main memory and in its own precision, or a
resumed run would not be the run that was stopped, and each step would wait for the GPU."""


class WeightOptimizer(torch.optim.Optimizer):
    """A torch optimizer whose rule may take its gradient elsewhere than at theta.

    A step of a training is: `set_learning_rate`, `probe`, forward and backward, `step`. Between `step` and
    the next `probe` the parameters are theta, the point to evaluate and to save.

    `state_dict` holds numbers, texts, tuples, dictionaries and tensors only, and a run that is saved and
    loaded goes on bit for bit as if it had never stopped. A parameter without a gradient keeps still.
    """

    probes = False
    """Whether the rule takes its gradient elsewhere than at theta (schedule-free learning)."""

    def set_learning_rate(self, value: float) -> None:
        """Set the learning rate of the next step."""
        for group in self.param_groups:
            group["lr"] = float(value)

    @torch.no_grad()
    def probe(self) -> None:
        """Write the point where the rule wants its gradient into the parameters, and keep theta aside.

        Nothing happens for a rule that takes its gradient at theta, nor when the parameters are at the probe
        point already. `step` puts theta back first. A step without a probe takes the gradient as it is given,
        as if it came from the probe point.
        """
        if not self.probes or self._probing:
            return
        kept = self._kept
        for p in self.parameters():
            theta = kept.get(p)
            if theta is None or theta.shape != p.shape or theta.dtype != p.dtype or theta.device != p.device:
                theta = kept[p] = torch.empty_like(p)
            theta.copy_(p)
            self._look(p, theta)
        self._probing = True

    @torch.no_grad()
    def withdraw(self) -> None:
        """Make the parameters theta again if they are at the probe point; `step` does so by itself."""
        if self._probing:
            for p in self.parameters():
                p.copy_(self._kept[p])
            self._probing = False

    def parameters(self) -> Iterator[Tensor]:
        """Iterate over all parameters."""
        for group in self.param_groups:
            yield from group["params"]

    def state_dict(self) -> dict[str, Any]:
        """Return everything that goes on with the run; see `torch.optim.Optimizer.state_dict`.

        Raises
        ------
        RuntimeError
            Between `probe` and `step`, when the parameters are not theta.
        """
        if self._probing:
            raise RuntimeError("state_dict() between probe() and step(): the parameters are not theta")
        return super().state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a copy of what `state_dict` returned; a probe under way is forgotten.

        Raises
        ------
        InputError
            If the state is of another rule, or was made the other way (kernel or torch).
        """
        for own, given in zip(self.param_groups, state_dict["param_groups"], strict=False):
            for name in ("rule", "how"):
                if given.get(name) != own[name]:
                    raise InputError(
                        f"state of the optimizer: {name} {shown(given.get(name))} is not allowed; "
                        f"it must be {own[name]!r}"
                    )
        state_dict = copy.deepcopy(state_dict)
        super().load_state_dict(state_dict)
        for index, p in enumerate(self.parameters()):
            given = state_dict["state"].get(index, {})
            for name in SHARED:
                if name in given:
                    self.state[p][name] = given[name].cpu()
        self._probing = False

    _probing = False

    @property
    def _kept(self) -> dict[Tensor, Tensor]:
        """Where theta lies while the parameters are at the probe point."""
        kept: dict[Tensor, Tensor] = self.__dict__.setdefault("_kept_thetas", {})
        return kept

    def _look(self, p: Tensor, theta: Tensor) -> None:
        """Write the probe point that belongs to `theta` into the parameter `p`."""
        raise NotImplementedError
