"""The chain of single units: out = w2 h_depth, h_k = a(BN(w1 h_{k-1})), h_0 = x.

`coefficients` are [activation, batch_norm, loss, depth, gamma, beta, epsilon, mean_1, var_1, …], the last
two once a layer (what batch norm uses in inference mode); `data` rows are [x, t].

Derivatives are carried forward: every layer hands on its output with its first and second derivative in
w1, through batch norm's statistics too. In each layer s = α z + ζ, where z is the input, centred when
batch norm trains, and α, α', α'' depend on w1 and the variance of z alone. They are built from w1 / D^½
with D = w1² var(z) + ε, which is finite however large w1 is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.activations import activate, activate_curvature, activate_slope
from optviz.kernels.batch_norm import INFERENCE, OFF, TRAINING
from optviz.kernels.compile import inlined, kernel
from optviz.kernels.sample_loss import (
    MSE,
    centre,
    curved_part,
    dot,
    dot3,
    linear_part,
    loss_slopes,
    mean_loss,
    padded,
)


@inlined("contract")
def _layer(w: float, c: Any, k: int, v: float, dv: float, ddv: float) -> tuple[float, float, float, float]:
    """Return α, α', α'', ζ of layer k, where v, v', v'' is the variance of what comes in (training)."""
    mode = int(c[1])
    if mode == OFF:
        return w, 1.0, 0.0, 0.0
    gamma = c[4]
    beta = c[5]
    epsilon = c[6]
    if mode == INFERENCE:
        r = 1.0 / math.sqrt(c[8 + 2 * k] + epsilon)
        return gamma * r * w, gamma * r, 0.0, beta - gamma * r * c[7 + 2 * k]
    r = 1.0 / math.hypot(w * math.sqrt(v), math.sqrt(epsilon))
    u = w * r
    lead = epsilon * r * r * r - 0.5 * u * u * u * dv
    bend = -1.5 * (2.0 * u * r * v + u * u * dv) * lead - 1.5 * u * u * r * dv - 0.5 * u * u * u * ddv
    return gamma * u, gamma * lead, gamma * bend, beta


@inlined("contract")
def _inputs(data: Any, training: bool, m: int) -> Any:
    row = padded(data[0])
    if training:
        centre(row, m)
    return row


@kernel("value", fastmath=("contract",))
def value(x: Any, y: Any, coefficients: Any, data: Any, loss: Any) -> None:
    """Fill the loss."""
    m = data.shape[1]
    code = int(coefficients[0])
    training = int(coefficients[1]) == TRAINING
    kind = int(coefficients[2])
    inputs = _inputs(data, training, m)
    first = dot(inputs, inputs, m) / m
    targets = padded(data[1])
    n = inputs.shape[0]
    h = np.empty(n)
    e = np.empty(n)
    above = -1.0
    below = -1.0
    for p in range(x.shape[0]):
        w = x[p]
        # Only the last step depends on y, of whose linear part the sign alone: a column of a picture
        # shares the rest.
        if p == 0 or w != x[p - 1]:
            above = -1.0
            below = -1.0
            a, _, _, shift = _layer(w, coefficients, 0, first, 0.0, 0.0)
            for i in range(n):
                h[i] = a * inputs[i] + shift
            activate(code, h)
            for k in range(1, int(coefficients[3])):
                v = 0.0
                if training:
                    centre(h, m)
                    v = dot(h, h, m) / m
                a, _, _, shift = _layer(w, coefficients, k, v, 0.0, 0.0)
                for i in range(n):
                    h[i] = a * h[i] + shift
                activate(code, h)
        scale = y[p]
        if kind == MSE:
            loss[p] = mean_loss(kind, h, scale, targets, e, m)
            continue
        if scale > 0.0 and above < 0.0:
            above = linear_part(h, 1.0, targets, m)
        elif scale < 0.0 and below < 0.0:
            below = linear_part(h, -1.0, targets, m)
        linear = scale * above if scale > 0.0 else -scale * below if scale < 0.0 else scale
        loss[p] = (linear + curved_part(h, scale, e, m)) / m


@kernel("loss", fastmath=("contract",))
def loss(x: Any, y: Any, coefficients: Any, data: Any, loss: Any, gx: Any, gy: Any) -> None:
    """Fill the loss and its gradient."""
    m = data.shape[1]
    code = int(coefficients[0])
    training = int(coefficients[1]) == TRAINING
    kind = int(coefficients[2])
    inputs = _inputs(data, training, m)
    first = dot(inputs, inputs, m) / m
    targets = padded(data[1])
    n = inputs.shape[0]
    h = np.empty(n)
    dh = np.empty(n)
    d = np.empty(n)
    e = np.empty(n)
    slope = np.empty(n)
    bend = np.empty(n)
    for p in range(x.shape[0]):
        w = x[p]
        h[:] = inputs
        dh[:] = 0.0
        v = first
        dv = 0.0
        for k in range(int(coefficients[3])):
            if training and k > 0:
                centre(h, m)
                centre(dh, m)
                v = dot(h, h, m) / m
                dv = 2.0 * dot(h, dh, m) / m
            a, da, _, shift = _layer(w, coefficients, k, v, dv, 0.0)
            for i in range(n):
                z = h[i]
                h[i] = a * z + shift
                dh[i] = da * z + a * dh[i]
            activate_slope(code, h, d)
            for i in range(n):
                dh[i] *= d[i]
        loss[p] = loss_slopes(kind, h, y[p], targets, e, slope, bend, m)
        gx[p] = y[p] * dot(slope, dh, m) / m
        gy[p] = dot(slope, h, m) / m


@kernel("hessian", fastmath=("contract",))
def hessian(x: Any, y: Any, coefficients: Any, data: Any, hxx: Any, hxy: Any, hyy: Any) -> None:
    """Fill the second derivatives of the loss."""
    m = data.shape[1]
    code = int(coefficients[0])
    training = int(coefficients[1]) == TRAINING
    kind = int(coefficients[2])
    inputs = _inputs(data, training, m)
    first = dot(inputs, inputs, m) / m
    targets = padded(data[1])
    n = inputs.shape[0]
    h = np.empty(n)
    dh = np.empty(n)
    ddh = np.empty(n)
    d = np.empty(n)
    dd = np.empty(n)
    e = np.empty(n)
    slope = np.empty(n)
    bend = np.empty(n)
    for p in range(x.shape[0]):
        w = x[p]
        h[:] = inputs
        dh[:] = 0.0
        ddh[:] = 0.0
        v = first
        dv = 0.0
        ddv = 0.0
        for k in range(int(coefficients[3])):
            if training and k > 0:
                centre(h, m)
                centre(dh, m)
                centre(ddh, m)
                v = dot(h, h, m) / m
                dv = 2.0 * dot(h, dh, m) / m
                ddv = 2.0 * (dot(dh, dh, m) + dot(h, ddh, m)) / m
            a, da, dda, shift = _layer(w, coefficients, k, v, dv, ddv)
            for i in range(n):
                z = h[i]
                dz = dh[i]
                h[i] = a * z + shift
                dh[i] = da * z + a * dz
                ddh[i] = dda * z + 2.0 * da * dz + a * ddh[i]
            activate_curvature(code, h, d, dd)
            for i in range(n):
                ddh[i] = d[i] * ddh[i] + dd[i] * dh[i] * dh[i]
                dh[i] *= d[i]
        loss_slopes(kind, h, y[p], targets, e, slope, bend, m)
        w = y[p]
        hxx[p] = w * (w * dot3(bend, dh, dh, m) + dot(slope, ddh, m)) / m
        hxy[p] = (w * dot3(bend, h, dh, m) + dot(slope, dh, m)) / m
        hyy[p] = dot3(bend, h, h, m) / m
