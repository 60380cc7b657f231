"""What the networks are put together from.

This module needs torch to be imported, so it is imported inside functions alone, by `models.build`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from optviz.kernels.activations import LEAKY_SLOPE
from optviz.training.network.architecture import GRID, TOKENS


class Network(nn.Sequential):
    """A network whose layers can be told apart.

    Its children are named for their layer: "conv1" is the layer, what follows it and belongs to it is called
    "conv1_norm", "conv1_pool", "conv1_activation" and "conv1_dropout". So the weights of two networks that
    differ in batch norm or activation have the same names.
    """

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers with weights, from the image to the output."""
        return tuple(self.layer_parameters())

    def layer_parameters(self) -> dict[str, list[nn.Parameter]]:
        """Return what is trained of each layer: its weights and biases, and gamma and beta of its norm."""
        layers: dict[str, list[nn.Parameter]] = {}
        for name, child in self.named_children():
            if parameters := list(child.parameters()):
                layers.setdefault(name.partition("_")[0], []).extend(parameters)
        return layers

    def penalized(self) -> list[nn.Parameter]:
        """Return the weights: what a penalty is on. Biases, norms and positions are left out."""
        return [
            parameter
            for name, parameter in self.named_parameters()
            if parameter.dim() > 1 and name.rpartition(".")[2].startswith("weight")
        ]


class ChannelsLast(nn.Module):
    """Lets convolutions on the CPU keep the numbers of one pixel together.

    The images stay where they are, for one channel is the same in both orders. oneDNN's convolutions and
    torch's batch norm and pooling go by the strides of their input: forward and backward of a small network
    take 0.6 of the time they take in the usual order (28 × 28, batch 256, one thread).
    """

    def forward(self, images: Tensor) -> Tensor:
        if images.device.type != "cpu":
            return images
        n, c, h, w = images.shape
        return images.reshape(n, h, w, c).permute(0, 3, 1, 2)


class Rows(nn.Module):
    """The rows of an image, one after another in time: [n, 1, h, w] to [n, h, w]."""

    def forward(self, images: Tensor) -> Tensor:
        return images.squeeze(1)


class Lstm(nn.LSTM):
    """One layer of cells that hands on its hidden state at each time: [n, t, inputs] to [n, t, cells]."""

    def __init__(self, inputs: int, cells: int) -> None:
        super().__init__(inputs, cells, batch_first=True)

    def forward(self, rows: Tensor) -> Tensor:  # type: ignore[override]  # in a row of layers
        hidden: Tensor = super().forward(rows)[0]
        return hidden


class Last(nn.Module):
    """What is there at the last time: [n, t, cells] to [n, cells]."""

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden[:, -1]


class Patches(nn.Module):
    """The 4 × 4 patches of an image, row by row: [n, 1, h, w] to [n, 16, h / 4 · w / 4]."""

    def forward(self, images: Tensor) -> Tensor:
        n, _, h, w = images.shape
        parts = images.reshape(n, GRID, h // GRID, GRID, w // GRID)
        return parts.transpose(2, 3).reshape(n, TOKENS, -1)


class Embed(nn.Linear):
    """A token for each patch: a linear map of its pixels, plus where it is, which is learned."""

    def __init__(self, pixels: int, width: int) -> None:
        super().__init__(pixels, width)
        self.positions = nn.Parameter(torch.zeros(TOKENS, width))

    def forward(self, patches: Tensor) -> Tensor:
        return super().forward(patches) + self.positions


class TokenNorm(nn.BatchNorm1d):
    """Batch norm of each feature over all tokens of all images: [n, t, width]."""

    def forward(self, tokens: Tensor) -> Tensor:
        return super().forward(tokens.flatten(0, 1)).view_as(tokens)


class Mean(nn.Module):
    """The mean of all tokens: [n, t, width] to [n, width]."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens.mean(dim=1)


class Block(nn.Module):
    """Attention, then a feed-forward, each of them normalized first and added to the tokens.

    References
    ----------
    Vaswani et al. 2017; normalized first: Xiong et al. 2020.
    """

    def __init__(
        self, width: int, heads: int, neurons: int, activation: str, batch_norm: bool, p: float
    ) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = token_norm(width, batch_norm)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.forward_norm = token_norm(width, batch_norm)
        self.rise = nn.Linear(width, neurons)
        self.activation = activation_of(activation)
        self.fall = nn.Linear(neurons, width)
        self.dropout = nn.Dropout(p) if p else nn.Identity()

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self.attention(self.attention_norm(tokens)))
        raised = self.activation(self.rise(self.forward_norm(tokens)))
        added: Tensor = tokens + self.dropout(self.fall(raised))
        return added

    def attention(self, tokens: Tensor) -> Tensor:
        """Return what every token makes of all of them."""
        n, t, width = tokens.shape
        split = self.query_key_value(tokens).view(n, t, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        joined: Tensor = self.attended(mixed.transpose(1, 2).reshape(n, t, width))
        return joined


def token_norm(width: int, batch_norm: bool) -> nn.Module:
    """Return what normalizes tokens."""
    return TokenNorm(width) if batch_norm else nn.LayerNorm(width)


def activation_of(identifier: str) -> nn.Module:
    """Return an activation, as `optviz.kernels.activations` has it."""
    made: dict[str, nn.Module] = {
        "identity": nn.Identity(),
        "sigmoid": nn.Sigmoid(),
        "tanh": nn.Tanh(),
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(LEAKY_SLOPE),
        "gelu": nn.GELU(),
        "silu": nn.SiLU(),
        "softplus": nn.Softplus(),
        "elu": nn.ELU(),
    }
    return made[identifier]
