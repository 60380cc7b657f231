"""Looking inside a network while it trains, without its noticing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optviz.training.network.architecture import GRID
from optviz.training.record import Histogram, LayerLook, Look

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.utils.hooks import RemovableHandle

    from optviz.training.network.modules import Network

BINS = 48
PICKED = 1 << 15  # numbers a histogram is made of, at most
SHOWN = 64  # filters, feature maps, and features of a token kept, at most
LARGEST_HALF = 65504.0
TOO_LARGE = 1e300  # beyond it the range of a histogram could not be told


@contextmanager
def undisturbed(network: nn.Module) -> Iterator[None]:
    """Evaluate a network without gradients, and leave every part of it in the mode it was in."""
    import torch

    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, training in modes:
            module.training = training


def look(
    network: Network, sample: Tensor, digit: Tensor, *, step: int, epoch: float, digit_index: int
) -> Look:
    """Look inside a network: one forward pass, in which its layers are listened to.

    The network, its mode, its statistics and gradients, and every generator are left as they were.

    Histograms are of at most 32,768 numbers, picked evenly; numbers that are not finite are left out. What is
    kept as float16 is for looking at alone: numbers beyond its range, ±65504, are clipped to it. Of feature
    maps, and of the features of a token or a row, the first 64 are kept; of a row of neurons, all. Filters of
    an lstm are those of what its cells write, its gates left out.

    Parameters
    ----------
    sample : Tensor[k, 1, h, w]
        Images, for histograms and the share of dead neurons; on the network's device, of its precision.
    digit : Tensor[1, 1, h, w]
        The image that is followed; `digit_index` is its number in the test set.
    """
    import torch

    layers = [_Layer(network, name) for name in network.layer_names]
    hooks = [hook for layer in layers for hook in layer.listen()]
    try:
        with undisturbed(network):
            logits = network(torch.cat([sample, digit]))
            looks = tuple(layer.look() for layer in layers)
            probabilities = torch.softmax(logits[-1].float(), dim=0).cpu().numpy()
            filters = _filters(network, sample.shape[2], sample.shape[3])
    finally:
        for hook in hooks:
            hook.remove()
    return Look(step, epoch, filters, looks, digit_index, probabilities)


class _Layer:
    """One layer, and what is heard of it in a forward pass whose last image is the followed one."""

    def __init__(self, network: Network, name: str) -> None:
        from optviz.training.network.modules import Block

        parts = dict(network.named_children())
        self.name = name
        self.layer = parts[name]
        self.linear: nn.Module  # makes the pre-activations
        self.norm: nn.Module | None = None
        self.activation: nn.Module | None
        if isinstance(self.layer, Block):
            self.linear, self.activation = self.layer.rise, self.layer.activation
        else:
            self.linear, self.activation = self.layer, parts.get(f"{name}_activation")
            if self.activation is not None:
                self.norm = parts.get(f"{name}_norm")
        self.measured = self.activation is not None or name == "output"
        self.before: Tensor | None = None
        self.after: Tensor | None = None
        self.digit: Tensor | None = None
        self.dead = float("nan")

    def listen(self) -> list[RemovableHandle]:
        """Begin to listen; what is returned is to be removed afterwards."""
        hooks = [self.linear.register_forward_hook(self._hear_linear)]
        if self.norm is not None:
            hooks.append(self.norm.register_forward_hook(self._hear_norm))
        return hooks

    def _hear_linear(self, module: nn.Module, given: object, out: Tensor) -> None:
        features = _features_last(out)
        if self.measured:
            self.before = _picked([features[:-1]])
        if self.norm is None:
            self._hear_last(features)

    def _hear_norm(self, module: nn.Module, given: object, out: Tensor) -> None:
        features = _features_last(out)
        self.after = _picked([features[:-1]])
        self._hear_last(features)

    def _hear_last(self, features: Tensor) -> None:
        from torch import nn

        self.digit = features[-1:].clone()
        if isinstance(self.activation, nn.ReLU):
            over_images = features[:-1].amax(dim=0)  # first: along whole images it goes ten times as fast
            highest = over_images.reshape(-1, features.shape[-1]).amax(dim=0)
            self.dead = float((highest <= 0).float().mean())

    def look(self) -> LayerLook:
        """Return what was heard."""
        assert self.digit is not None
        digit = self.digit if self.activation is None else self.activation(self.digit)
        if digit.dim() == 4:
            activations = _half(digit[0, :, :, :SHOWN].movedim(-1, 0))
        elif digit.dim() == 3:
            activations = _half(digit[:, :, :SHOWN])
        else:
            activations = _half(digit[None])
        return LayerLook(
            self.name,
            activations,
            histogram(_picked(_weights(self.layer)).cpu().numpy()),
            None if self.before is None else histogram(self.before.cpu().numpy()),
            None if self.after is None else histogram(self.after.cpu().numpy()),
            self.dead,
        )


def _features_last(out: Tensor) -> Tensor:
    """Return feature maps as [n, h, w, c], without copying where they lie so; others as they are."""
    return out.movedim(1, -1) if out.dim() == 4 else out


def _weights(layer: nn.Module) -> list[Tensor]:
    """Return the weights of a layer: neither biases, nor norms, nor positions."""
    from torch import nn

    return [
        parameter.detach()
        for part in layer.modules()
        if isinstance(part, nn.Linear | nn.Conv2d | nn.LSTM)
        for name, parameter in part.named_parameters(recurse=False)
        if name.startswith("weight")
    ]


def _picked(tensors: Sequence[Tensor]) -> Tensor:
    """Return at most `PICKED` of the numbers in some tensors, evenly picked, as a copy in one row."""
    import torch

    least = ceil(sum(tensor.numel() for tensor in tensors) / PICKED)
    picked = []
    for tensor in tensors:
        stride = max(least, 1)
        while gcd(stride, tensor.numel()) > 1:  # it would pass over whole features or columns
            stride += 1
        picked.append(tensor.reshape(-1)[::stride])
    return torch.cat(picked)


def histogram(values: npt.NDArray[np.floating]) -> Histogram:
    """Count numbers between the least and the greatest of them, in 48 bins.

    What is not finite is left out; if nothing is left, the counts are 0 between 0 and 1.
    """
    kept = values.astype(np.float64)
    kept = kept[np.abs(kept) < TOO_LARGE]  # False for nan
    if not len(kept):
        return Histogram(0.0, 1.0, np.zeros(BINS, np.int64))
    low, high = float(kept.min()), float(kept.max())
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-290):  # all the same: a bin in the middle
        half = max(0.5, 0.5 * abs(low))
        low, high = low - half, high + half
    places = np.minimum(((kept - low) * (BINS / (high - low))).astype(np.int64), BINS - 1)
    return Histogram(low, high, np.bincount(places, minlength=BINS).astype(np.int64, copy=False))


def _half(tensor: Tensor) -> npt.NDArray[np.float16]:
    """Return a tensor as float16, clipped to its range: for looking at alone."""
    clipped = tensor.detach().clamp(-LARGEST_HALF, LARGEST_HALF)
    return np.ascontiguousarray(clipped.half().cpu().numpy())


def _filters(network: Network, h: int, w: int) -> npt.NDArray[np.float16]:
    """Return the weights of the first layer as pictures."""
    from torch import nn

    from optviz.training.network.modules import Embed

    first = network.get_submodule(network.layer_names[0])
    if isinstance(first, nn.LSTM):
        cells = first.hidden_size  # torch's order of rows: input gate, forget gate, cell, output gate
        return _half(first.get_parameter("weight_ih_l0")[2 * cells : 3 * cells][:SHOWN, None])
    weight = first.get_parameter("weight")[:SHOWN]
    if isinstance(first, nn.Conv2d):
        return _half(weight[:, 0])
    patch = GRID if isinstance(first, Embed) else 1
    return _half(weight.reshape(-1, h // patch, w // patch))
