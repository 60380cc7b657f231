"""Gradient descent and its momentum forms, the rules whose step is as long as the gradient is.

On a quadratic of curvature c each of them is a linear map, so the largest stable learning_rate * c is
known exactly. Weight decay is left out of those limits: it adds to the curvature itself.
"""

from __future__ import annotations

import math

from optviz.catalog import Array, Knob, Optimizer, Values, learning_rate_knob
from optviz.kernels import kernel
from optviz.optimizers.knobs import mixture, momentum, weight_decay


@kernel("step")
def _descend(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    decay = hypers[1]
    for i in range(theta.shape[0]):
        theta[i] -= lr * (grad[i] + decay * theta[i])


@kernel("step")
def _heavy_ball(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    mu = hypers[1]
    # The first gradient enters whole, and without momentum there is no memory to dampen.
    fresh = 1.0 if t == 1 or mu == 0.0 else 1.0 - hypers[2]
    decay = hypers[3]
    for i in range(theta.shape[0]):
        m = mu * state[0, i] + fresh * (grad[i] + decay * theta[i])
        state[0, i] = m
        theta[i] -= lr * m


@kernel("step")
def _nesterov(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    mu = hypers[1]
    decay = hypers[2]
    for i in range(theta.shape[0]):
        g = grad[i] + decay * theta[i]
        m = mu * state[0, i] + g
        state[0, i] = m
        theta[i] -= lr * (g + mu * m)


@kernel("step")
def _quasi_hyperbolic(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    mu = hypers[1]
    nu = hypers[2]
    for i in range(theta.shape[0]):
        g = grad[i]
        m = mu * state[0, i] + (1.0 - mu) * g
        state[0, i] = m
        theta[i] -= lr * ((1.0 - nu) * g + nu * m)


def _stable_heavy_ball(hypers: Values) -> float:
    mu, fresh = hypers["momentum"], 1.0 - hypers["dampening"]
    if mu == 0.0:
        return 2.0
    if fresh <= 0.0:  # no new gradient ever enters, or it enters reversed and drives uphill
        return math.inf if fresh == 0.0 else 0.0
    return 2.0 * (1.0 + mu) / fresh


def _stable_nesterov(hypers: Values) -> float:
    mu = hypers["momentum"]
    return 2.0 * (1.0 + mu) / (1.0 + 2.0 * mu)


def _stable_quasi_hyperbolic(hypers: Values) -> float:
    mu, nu = hypers["momentum"], hypers["nu"]
    return 2.0 * (1.0 + mu) / (1.0 + mu * (1.0 - 2.0 * nu))


_DAMPENING = Knob(
    "dampening",
    0.0,
    "Share of each new gradient that is kept out of the velocity; the first one enters whole.",
    slider=(0.0, 1.0),
)
_HEAVY_BALL_RULE = (
    r"m_t = \beta m_{t-1} + (1 - d)\,(g_t + \lambda\theta_{t-1}), \quad \theta_t = \theta_{t-1} - \eta\, m_t"
)

gd = Optimizer(
    id="gd",
    title="Gradient descent",
    knobs=(
        learning_rate_knob(1e-3, "Step length for a gradient of length one."),
        weight_decay(),
    ),
    step=_descend,
    state_rows=(),
    rule=r"\theta_t = \theta_{t-1} - \eta\,(\nabla f(\theta_{t-1}) + \lambda\theta_{t-1})",
    help="Steps straight downhill on the full, noise-free loss, by the learning rate times the gradient.",
    reference="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
    samples=False,
    stable_product=lambda hypers: 2.0,
    note="Always full batch and free of noise, whatever the experiment says.",
)

sgd = Optimizer(
    id="sgd",
    title="SGD",
    knobs=(
        learning_rate_knob(1e-3, "Step length for a gradient of length one."),
        momentum(0.0),
        _DAMPENING,
        weight_decay(),
    ),
    step=_heavy_ball,
    state_rows=("m",),
    rule=_HEAVY_BALL_RULE,
    help="Steps downhill along a sampled, noisy gradient; momentum may be switched on.",
    reference="Robbins and Monro, A Stochastic Approximation Method, 1951, Eq. (6); torch.optim.SGD",
    stable_product=_stable_heavy_ball,
)

heavy_ball = Optimizer(
    id="momentum",
    title="Momentum",
    knobs=(
        learning_rate_knob(1e-3, "Step length that a gradient of length one adds to the velocity."),
        momentum(0.9),
        _DAMPENING,
        weight_decay(),
    ),
    step=_heavy_ball,
    state_rows=("m",),
    rule=_HEAVY_BALL_RULE,
    help="Rolls like a heavy ball: each step keeps most of the last velocity and adds the new gradient.",
    reference=(
        "Polyak, Some methods of speeding up the convergence of iteration methods, 1964, Eq. (9);"
        " torch.optim.SGD"
    ),
    stable_product=_stable_heavy_ball,
)

nesterov = Optimizer(
    id="nesterov",
    title="Nesterov",
    knobs=(
        learning_rate_knob(1e-3, "Step length that a gradient of length one adds to the velocity."),
        momentum(0.9),
        weight_decay(),
    ),
    step=_nesterov,
    state_rows=("m",),
    rule=(
        r"m_t = \beta m_{t-1} + g_t + \lambda\theta_{t-1}, \quad"
        r" \theta_t = \theta_{t-1} - \eta\,(g_t + \lambda\theta_{t-1} + \beta m_t)"
    ),
    help="Momentum that looks ahead: the step already contains the velocity the new gradient has made.",
    reference=(
        "Nesterov, A method of solving a convex programming problem with convergence rate O(1/k^2), 1983;"
        " torch.optim.SGD(nesterov=True)"
    ),
    stable_product=_stable_nesterov,
    note="The gradient is taken at the current point, as in torch; the path shows the point looked ahead to.",
)

qhm = Optimizer(
    id="qhm",
    title="QHM",
    knobs=(
        learning_rate_knob(1e-3, "Step length for a steady gradient of length one."),
        momentum(0.999, "Memory of the running mean of the gradient; closer to 1 averages longer."),
        mixture("nu", 0.7, "Share of the running mean in the step; the rest is the plain gradient."),
    ),
    step=_quasi_hyperbolic,
    state_rows=("m",),
    rule=(
        r"m_t = \beta m_{t-1} + (1 - \beta)\, g_t, \quad"
        r" \theta_t = \theta_{t-1} - \eta\,((1 - \nu)\, g_t + \nu\, m_t)"
    ),
    help="Mixes a plain gradient step with a step along the gradient's long running mean.",
    reference="Ma and Yarats, Quasi-hyperbolic momentum and Adam for deep learning, 2019, Eqs. (3) and (4)",
    stable_product=_stable_quasi_hyperbolic,
    note="The momentum is a running mean, so learning rates compare with gd, not with momentum.",
)
