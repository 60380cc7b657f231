"""Making a network: its layers in order, and the weights it starts from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

from optviz.training.network.architecture import GRID, KERNEL, pooled
from optviz.training.setting import CLASSES, ModelSetting

if TYPE_CHECKING:
    import torch
    from torch import nn

    from optviz.training.network.modules import Network

POSITION_DEVIATION = 0.02
"""Standard deviation of the positions a transformer starts from, as in Dosovitskiy et al. 2021."""

# max(a(x), a(y)) and a(max(x, y)) are the same number for these, so that they can follow the pooling, which
# leaves them a quarter of the work. For other rising functions the two may differ in the last bit.
_AFTER_POOLING = ("identity", "relu", "leaky_relu")

Parts = Iterator[tuple[str, "nn.Module"]]


def build(
    setting: ModelSetting, image: tuple[int, int], seed: int, dtype: torch.dtype | None = None
) -> Network:
    """Make a network, on the CPU and in training mode.

    Each of its parameters is drawn from a generator of its own, seeded by `seed` and the parameter's name, in
    float32 whatever `dtype` is. So networks that differ in activation, dropout, batch norm or precision start
    from the same weights, wherever names and shapes agree; torch's own generator is left alone.

    Parameters
    ----------
    image
        Height and width of the images, in pixels; multiples of 4 for a transformer.
    seed
        Any whole number.
    dtype
        Of the parameters; torch.float32 if it is not given.

    Returns
    -------
    Network
        Takes float[n, 1, h, w] and returns logits [n, 10].
    """
    from collections import OrderedDict

    import torch

    from optviz.training.network.modules import Network

    parts = {"mlp": _mlp, "cnn": _cnn, "lstm": _lstm, "transformer": _transformer}[setting.kind]
    with torch.random.fork_rng(devices=[]):  # torch's layers draw as they are made, to no end here
        network = Network(OrderedDict(parts(setting, image)))
    network.to(dtype or torch.float32)
    _start(network, seed)
    return network


def _mlp(setting: ModelSetting, image: tuple[int, int]) -> Parts:
    from torch import nn

    yield "flat", nn.Flatten()
    yield from _dense(setting, image[0] * image[1])


def _cnn(setting: ModelSetting, image: tuple[int, int]) -> Parts:
    from torch import nn

    from optviz.training.network.modules import ChannelsLast, activation_of

    yield "images", ChannelsLast()
    size = image
    inputs = 1
    for i, maps in enumerate(setting.channels, start=1):
        yield f"conv{i}", nn.Conv2d(inputs, maps, KERNEL, padding=KERNEL // 2)
        if setting.batch_norm:
            yield f"conv{i}_norm", nn.BatchNorm2d(maps)
        after = [(f"conv{i}_activation", activation_of(setting.activation))]
        if pooled(size) != size:
            after.insert(0 if setting.activation in _AFTER_POOLING else 1, (f"conv{i}_pool", nn.MaxPool2d(2)))
        yield from after
        size = pooled(size)
        inputs = maps
    yield "flat", nn.Flatten()
    if setting.dropout:
        yield "flat_dropout", nn.Dropout(setting.dropout)
    yield from _dense(setting, inputs * size[0] * size[1])


def _dense(setting: ModelSetting, inputs: int) -> Parts:
    from torch import nn

    from optviz.training.network.modules import activation_of

    for i, neurons in enumerate(setting.hidden, start=1):
        yield f"dense{i}", nn.Linear(inputs, neurons)
        if setting.batch_norm:
            yield f"dense{i}_norm", nn.BatchNorm1d(neurons)
        yield f"dense{i}_activation", activation_of(setting.activation)
        if setting.dropout:
            yield f"dense{i}_dropout", nn.Dropout(setting.dropout)
        inputs = neurons
    yield "output", nn.Linear(inputs, CLASSES)


def _lstm(setting: ModelSetting, image: tuple[int, int]) -> Parts:
    from torch import nn

    from optviz.training.network.modules import Last, Lstm, Rows

    yield "rows", Rows()
    inputs = image[1]
    for i, cells in enumerate(setting.hidden, start=1):
        yield f"lstm{i}", Lstm(inputs, cells)
        inputs = cells
    yield "last", Last()
    if setting.batch_norm:
        yield f"lstm{len(setting.hidden)}_norm", nn.BatchNorm1d(inputs)
    if setting.dropout:
        yield "last_dropout", nn.Dropout(setting.dropout)
    yield "output", nn.Linear(inputs, CLASSES)


def _transformer(setting: ModelSetting, image: tuple[int, int]) -> Parts:
    from torch import nn

    from optviz.training.network.modules import Block, Embed, Mean, Patches, token_norm

    yield "patches", Patches()
    yield "embed", Embed((image[0] // GRID) * (image[1] // GRID), setting.width)
    for i, neurons in enumerate(setting.hidden, start=1):
        block = Block(
            setting.width, setting.heads, neurons, setting.activation, setting.batch_norm, setting.dropout
        )
        yield f"block{i}", block
    yield "output_norm", token_norm(setting.width, setting.batch_norm)
    yield "mean", Mean()
    yield "output", nn.Linear(setting.width, CLASSES)


def _start(network: Network, seed: int) -> None:
    """Give the weights their first values: torch's own distributions, each drawn by itself.

    Norms are left as they are made, with gamma 1 and beta 0.
    """
    import torch
    from torch import nn

    for where, module in network.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            # torch's kaiming_uniform_(a=√5) has this bound
            bound = 1 / sqrt(module.weight[0].numel())
        elif isinstance(module, nn.LSTM):
            bound = 1 / sqrt(module.hidden_size)
        else:
            continue
        for name, parameter in module.named_parameters(recurse=False):
            generator = torch.Generator().manual_seed(_stable(seed, f"{where}.{name}"))
            drawn = torch.empty(parameter.shape, dtype=torch.float32)
            if name == "positions":
                drawn.normal_(0.0, POSITION_DEVIATION, generator=generator)
            else:
                drawn.uniform_(-bound, bound, generator=generator)
            with torch.no_grad():
                parameter.copy_(drawn)


def _stable(seed: int, name: str) -> int:
    """Return a number that depends on both, and is the same in every process."""
    # torch's generator on the CPU starts from the lower 32 bits alone.
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:4], "big")
