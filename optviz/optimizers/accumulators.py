"""Rules that give each coordinate its own step from its past gradients: Adagrad, Adadelta, RMSprop, Rprop."""

from __future__ import annotations

from math import sqrt

import numpy as np

from optviz.catalog import Array, Knob, Optimizer, learning_rate_knob
from optviz.kernels import kernel
from optviz.optimizers.knobs import epsilon, fraction, momentum, weight_decay


@kernel("step")
def _adagrad(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0] / (1.0 + (t - 1) * hypers[1])
    initial = hypers[2]
    eps = hypers[3]
    decay = hypers[4]
    for i in range(theta.shape[0]):
        g = grad[i] + decay * theta[i]
        total = (initial if t == 1 else state[0, i]) + g * g
        state[0, i] = total
        theta[i] -= lr * (g / (sqrt(total) + eps))


@kernel("step")
def _adadelta(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    rho = hypers[1]
    eps = hypers[2]
    decay = hypers[3]
    for i in range(theta.shape[0]):
        g = grad[i] + decay * theta[i]
        v = rho * state[0, i] + (1.0 - rho) * (g * g)
        delta = sqrt(state[1, i] + eps) / sqrt(v + eps) * g
        state[0, i] = v
        state[1, i] = rho * state[1, i] + (1.0 - rho) * (delta * delta)
        theta[i] -= lr * delta


@kernel("step")
def _rmsprop(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    lr = hypers[0]
    alpha = hypers[1]
    eps = hypers[2]
    mu = hypers[3]
    centered = hypers[4] != 0.0
    decay = hypers[5]
    for i in range(theta.shape[0]):
        g = grad[i] + decay * theta[i]
        v = alpha * state[0, i] + (1.0 - alpha) * (g * g)
        state[0, i] = v
        if centered:
            mean = state[1, i] + (1.0 - alpha) * (g - state[1, i])
            state[1, i] = mean
            v -= mean * mean
        # np.sqrt and not math.sqrt: rounding may leave v just below zero, where torch has nan as well.
        b = mu * state[2, i] + g / (np.sqrt(v) + eps)
        if mu > 0.0:
            state[2, i] = b
        theta[i] -= lr * b


@kernel("step")
def _rprop(
    theta: Array, grad: Array, hessian: Array, state: Array, memory: Array, hypers: Array, t: int
) -> None:
    first = hypers[0]
    eta_minus = hypers[1]
    eta_plus = hypers[2]
    step_min = hypers[3]
    step_max = hypers[4]
    for i in range(theta.shape[0]):
        g = grad[i]
        # Choices and no branches, so that many points are moved by one instruction.
        length = first if t == 1 else state[1, i]
        agreement = g * state[0, i]
        length *= eta_plus if agreement > 0.0 else (eta_minus if agreement < 0.0 else 1.0)
        g = 0.0 if agreement < 0.0 else g  # wait one step after a change of sign, and forget it
        length = step_min if length < step_min else length
        length = step_max if length > step_max else length
        state[0, i] = g
        state[1, i] = length
        theta[i] -= length if g > 0.0 else (-length if g < 0.0 else 0.0)


adagrad = Optimizer(
    id="adagrad",
    title="Adagrad",
    knobs=(
        learning_rate_knob(1e-2, "Length of the first step along each coordinate; later steps are shorter."),
        Knob(
            "lr_decay",
            0.0,
            "How fast the learning rate itself shrinks with the step count; zero leaves it alone.",
            minimum=0.0,
            slider=(0.0, 1.0),
        ),
        Knob(
            "initial_accumulator_value",
            0.0,
            "What the sum of squared gradients starts from; more makes the first steps shorter.",
            minimum=0.0,
            slider=(0.0, 10.0),
        ),
        epsilon(1e-10),
        weight_decay(),
    ),
    step=_adagrad,
    state_rows=("v",),
    rule=(
        r"v_t = v_{t-1} + g_t^2, \quad"
        r" \theta_t = \theta_{t-1} - \frac{\eta}{1 + (t-1)\,\kappa} \cdot \frac{g_t}{\sqrt{v_t} + \epsilon}"
    ),
    help="Divides each coordinate's step by the root of the sum of all its squared gradients so far.",
    reference=(
        "Duchi, Hazan and Singer, Adaptive Subgradient Methods for Online Learning and Stochastic"
        " Optimization, 2011, Fig. 1 (diagonal); torch.optim.Adagrad"
    ),
    step_scale="learning_rate",
)

adadelta = Optimizer(
    id="adadelta",
    title="Adadelta",
    knobs=(
        learning_rate_knob(1.0, "Factor on the step that the rule works out by itself; the paper has 1."),
        fraction("rho", 0.9, "Memory of the running means of squared gradients and squared steps."),
        epsilon(1e-6, "Small number inside both roots; it sets how long the first steps are."),
        weight_decay(),
    ),
    step=_adadelta,
    state_rows=("v", "u"),
    rule=(
        r"\Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t, \quad"
        r" u_t = \rho u_{t-1} + (1 - \rho)\Delta_t^2, \quad \theta_t = \theta_{t-1} - \eta\,\Delta_t"
    ),
    help="Sets the step from the ratio of past step lengths to past gradients, so it needs no learning rate.",
    reference="Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012, Algorithm 1; torch.optim.Adadelta",
    step_scale="own",
    note="Starts slowly: its first steps are about the root of epsilon, which stands inside the roots.",
)

rmsprop = Optimizer(
    id="rmsprop",
    title="RMSprop",
    knobs=(
        learning_rate_knob(1e-2, "Rough length of a step along each coordinate."),
        fraction(
            "alpha", 0.99, "Memory of the squared gradient's running mean; closer to 1 averages longer."
        ),
        epsilon(),
        momentum(0.0),
        Knob(
            "centered",
            False,
            "Divide by the gradient's spread about its mean instead of by its root mean square.",
            kind="bool",
        ),
        weight_decay(),
    ),
    step=_rmsprop,
    state_rows=("v", "mean", "m"),
    rule=(
        r"v_t = \alpha v_{t-1} + (1 - \alpha)\, g_t^2, \quad"
        r" m_t = \beta m_{t-1} + \frac{g_t}{\sqrt{v_t} + \epsilon}, "
        r"\quad \theta_t = \theta_{t-1} - \eta\, m_t"
    ),
    help="Divides each coordinate's gradient by its recent root mean square.",
    reference=(
        "Tieleman and Hinton, Neural Networks for Machine Learning, Lecture 6.5, 2012;"
        " Graves, Generating Sequences With Recurrent Neural Networks, 2013, Eqs. (38) to (45);"
        " torch.optim.RMSprop"
    ),
    step_scale="learning_rate",
)

rprop = Optimizer(
    id="rprop",
    title="Rprop",
    knobs=(
        learning_rate_knob(1e-2, "Length of the first step along each coordinate; the signs set the rest."),
        Knob(
            "eta_minus",
            0.5,
            "Factor on a coordinate's step when its gradient has changed sign.",
            minimum=0.0,
            maximum=1.0,
            open_minimum=True,
            open_maximum=True,
            slider=(0.05, 0.95),
        ),
        Knob(
            "eta_plus",
            1.2,
            "Factor on a coordinate's step while its gradient keeps its sign.",
            minimum=1.0,
            open_minimum=True,
            slider=(1.01, 2.0),
        ),
        Knob(
            "step_min",
            1e-6,
            "Shortest step a coordinate may take.",
            minimum=0.0,
            slider=(1e-12, 1.0),
            scale="log",
        ),
        Knob(
            "step_max",
            50.0,
            "Longest step a coordinate may take.",
            minimum=0.0,
            open_minimum=True,
            slider=(1e-3, 100.0),
            scale="log",
        ),
    ),
    step=_rprop,
    state_rows=("g", "step"),
    rule=(
        r"\Delta_t = \eta^{\pm} \Delta_{t-1}\ \mathrm{by}\ \mathrm{sign}(g_t\, g_{t-1}), \quad"
        r" \theta_t = \theta_{t-1} - \Delta_t\, \mathrm{sign}(g_t)"
    ),
    help="Looks only at the gradient's signs: steps grow while the sign stays and shrink when it flips.",
    reference=(
        "Riedmiller and Braun, A direct adaptive method for faster backpropagation learning: the RPROP"
        " algorithm, 1993, Eqs. (4) to (6); torch.optim.Rprop"
    ),
    step_scale="learning_rate",
    note="Only the first step reads the learning rate, so a schedule changes nothing after it.",
)
