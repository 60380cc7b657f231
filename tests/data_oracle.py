"""The losses of the data surfaces once more, in torch and from the arrays of `optviz.surface_data` alone."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it

ACTIVATIONS = {
    "identity": lambda s: s,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
    "elu": F.elu,
}
NORMS = {
    "off": {},
    "training": {"batch_norm": True},
    "inference": {"batch_norm": True, "batch_norm_mode": "inference"},
}
USUAL = {"neuron": "sigmoid", "chain": "tanh", "deep_chain": "tanh"}
torch.set_num_threads(1)


class Oracle:
    """The loss of some rows of a data surface at theta[points, 2], for all points at once."""

    def __init__(self, surface, data, coefficients, choices, penalty=(0.0, 0.0), rows=None):
        self.surface, self.choices, self.coefficients, self.penalty = surface, choices, coefficients, penalty
        rows = slice(None) if rows is None else rows
        self.x, self.y = torch.from_numpy(data["x"][rows]), torch.from_numpy(data["y"][rows])
        if "running_mean" in data:
            self.mean, self.var = data["running_mean"], data["running_var"]
        self.name = choices.get("activation", USUAL.get(surface, "identity"))
        self.activation = ACTIVATIONS[self.name]

    def normed(self, u, layer):
        """Batch norm of u[m, points]: every point is a channel of its own."""
        if not self.choices.get("batch_norm"):
            return u

        def full(value):
            return torch.full((u.shape[1],), float(value), dtype=torch.float64)

        known = {"gamma": 1.0, "beta": 0.0, "epsilon": 1e-5, **self.coefficients}
        weight, bias, epsilon = full(known["gamma"]), full(known["beta"]), known["epsilon"]
        if self.choices.get("batch_norm_mode", "training") == "training":
            return F.batch_norm(u, None, None, weight, bias, True, 0.0, epsilon)
        mean, var = full(self.mean[layer]), full(self.var[layer])
        return F.batch_norm(u, mean, var, weight, bias, False, 0.0, epsilon)

    def __call__(self, theta):
        loss = self.choices.get("loss", "mse")
        w1, w2 = theta[:, 0], theta[:, 1]
        if self.surface == "linear_regression":
            out = w1 * self.x[:, None] + w2
        elif self.surface == "logistic_regression":
            out, loss = self.x @ theta.T, "bce"
        elif self.surface == "neuron":
            s = self.normed(self.x @ theta.T, 0)
            # The probability of a sigmoid neuron is its output: its logit is what goes into it.
            out = s if loss == "bce" and self.name == "sigmoid" else self.activation(s)
        else:
            h = self.x[:, None].expand(-1, len(theta))
            depth = 1 if self.surface == "chain" else int(self.coefficients.get("depth", 4))
            for layer in range(depth):
                h = self.activation(self.normed(w1 * h, layer))
            out = w2 * h
        y = self.y[:, None].expand_as(out)
        if loss == "bce":
            value = F.binary_cross_entropy_with_logits(out, y, reduction="none").mean(0)
        else:
            value = 0.5 * F.mse_loss(out, y, reduction="none").mean(0)
        l1, l2 = self.penalty
        return value + l1 * theta.abs().sum(1) + 0.5 * l2 * theta.square().sum(1)

    def at(self, points):
        """Return loss[points], gradient[points, 2] and Hessian[points, 2, 2], by autograd."""
        theta = torch.tensor(np.asarray(points, float), requires_grad=True)
        value = self(theta)
        (gradient,) = torch.autograd.grad(value.sum(), theta, create_graph=True)
        rows = [torch.autograd.grad(gradient[:, i].sum(), theta, retain_graph=True)[0] for i in (0, 1)]
        return value.detach().numpy(), gradient.detach().numpy(), torch.stack(rows, 1).numpy()
