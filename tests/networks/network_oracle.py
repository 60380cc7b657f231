"""The networks once more, in torch, from nothing but named arrays."""

from __future__ import annotations

import torch
from torch.nn import functional

ACTIVATIONS = {
    "identity": torch.nn.Identity(),
    "sigmoid": torch.nn.Sigmoid(),
    "tanh": torch.nn.Tanh(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(0.01),
    "gelu": torch.nn.GELU(),
    "silu": torch.nn.SiLU(),
    "softplus": torch.nn.Softplus(threshold=40),
    "elu": torch.nn.ELU(),
}


def part(arrays, name, x, y):
    """One named part of the network at (x, y)."""
    at, along_x, along_y = (
        torch.tensor(arrays[key]) for key in (name, f"direction_x_{name}", f"direction_y_{name}")
    )
    return at + x * along_x + y * along_y


def running_variance(arrays, layer, x, y):
    name = f"log_running_var_{layer}"
    at = torch.tensor(arrays[f"running_var_{layer}"]).log()
    along_x, along_y = (torch.tensor(arrays[f"direction_{axis}_{name}"]) for axis in "xy")
    return (at + x * along_x + y * along_y).exp()


def network_loss(arrays, x, y, activation, loss, batch_norm="", epsilon=1e-5, columns=slice(None)):
    """The loss at the point (x, y), differentiable in both."""
    h, t = torch.tensor(arrays["x"])[columns], torch.tensor(arrays["y"])[columns]
    layers = sum(name.startswith("weight_") for name in arrays) - 1
    for layer in range(layers):
        h = functional.linear(h, part(arrays, f"weight_{layer}", x, y), part(arrays, f"bias_{layer}", x, y))
        scale = {}
        if batch_norm:
            scale = {
                "weight": part(arrays, f"gamma_{layer}", x, y), "bias": part(arrays, f"beta_{layer}", x, y)
            }  # fmt: skip
        if batch_norm == "training":
            h = functional.batch_norm(h, None, None, training=True, eps=epsilon, **scale)
        elif batch_norm == "inference":
            # functional.batch_norm does not differentiate through running statistics, so it is written out.
            mean = part(arrays, f"running_mean_{layer}", x, y)
            variance = running_variance(arrays, layer, x, y)
            h = (h - mean) / torch.sqrt(variance + epsilon) * scale["weight"] + scale["bias"]
        h = ACTIVATIONS[activation](h)
    weight, bias = (part(arrays, f"{kind}_{layers}", x, y) for kind in ("weight", "bias"))
    out = functional.linear(h, weight, bias).squeeze(1)
    if loss == "bce":
        return functional.binary_cross_entropy_with_logits(out, t)
    return ((out - t) ** 2).sum() / (2 * len(t))


def derivatives(function, x, y):
    """Loss, gradient [2] and Hessian [2, 2] at a point, by autograd."""
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = function(point[0], point[1])
    (gradient,) = torch.autograd.grad(value, point, create_graph=True)
    hessian = torch.stack([torch.autograd.grad(g, point, retain_graph=True)[0] for g in gradient])
    return value.item(), gradient.detach().numpy(), hessian.numpy()
