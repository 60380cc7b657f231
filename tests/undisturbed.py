"""Everything about a network and the generators that looking must leave as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn


def everything(network: nn.Module) -> list[object]:
    """Return it all, as values that can be compared bit for bit."""
    told: list[object] = [
        torch.get_rng_state().numpy().tobytes(),
        repr(np.random.get_state()),  # noqa: NPY002 - the global one
        random.getstate(),
        torch.is_grad_enabled(),
    ]
    for name, module in network.named_modules():
        hooks = len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
        told.append((name, module.training, hooks))
    for name, tensor in network.state_dict(keep_vars=True).items():
        grad = None if tensor.grad is None else tensor.grad.numpy().tobytes()
        told.append(
            (
                name,
                tensor.detach().numpy().tobytes(),
                tensor._version,
                tensor.data_ptr(),
                tensor.requires_grad,
                grad,
            )
        )
    return told


@contextmanager
def left_alone(network: nn.Module) -> Iterator[None]:
    """Check that nothing about a network, which has gradients and is partly in training mode, changes."""
    before = everything(network)
    yield
    assert everything(network) == before


def prepare(network: nn.Module, images: torch.Tensor) -> None:
    """Give a network gradients and statistics, and set modules to different modes."""
    network.train()
    network(images).square().sum().backward()
    for i, module in enumerate(network.modules()):
        module.training = i % 3 != 1
