"""The loss of a multilayer perceptron over a plane through its weights, with exact derivatives.

`coefficients` are a header (activation, batch norm, loss, layers, neurons, features, epsilon and one unused
number), then three equal tables: the parameters at (0, 0), and what is added to them per unit of x and of y.
A table has a block for each hidden layer (weights by rows, each row filled up with zeros to a multiple of
four; bias, gamma, beta, running mean, logarithm of the running variance) and one for the output (weights,
bias).

Numbers travel through the network together with their derivatives: first x and y, then xx, xy and yy, as
many as `order` asks for. Samples go in tiles of 64, so that what a layer reads and writes stays in the
nearest cache; where batch norm makes every sample depend on all others, all tiles go layer by layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.kernels.activations import IDENTITY, SOFTPLUS, activate, activate_curvature, activate_slope
from optviz.kernels.batch_norm import OFF, TILE, TRAINING, normalize, product
from optviz.kernels.compile import inlined, kernel
from optviz.kernels.sample_loss import BCE

HEADER = 8
# Unsigned, because a signed index could be negative for all the compiler knows, and would not be vectorized.
U = np.uint64
T1, T2, T3, ONE, TWO, THREE, FOUR = U(64), U(128), U(192), U(1), U(2), U(3), U(4)

# The derivatives of w · h, part by part (0 itself, then x, y, xx, xy, yy): factor, part of w, part of h, and
# the part of the result to which their product belongs. An order takes as many of them as TERMS says.
PRODUCTS = np.array(
    [
        (1, 0, 0, 0),
        (1, 0, 1, 1), (1, 1, 0, 1),
        (1, 0, 2, 2), (1, 2, 0, 2),
        (1, 0, 3, 3), (2, 1, 1, 3),
        (1, 0, 4, 4), (1, 1, 2, 4), (1, 2, 1, 4),
        (1, 0, 5, 5), (2, 2, 2, 5),
    ]
)  # fmt: skip
TERMS = (1, 5, 12)


def padded(inputs: int) -> int:
    """Return how many numbers a row of weights occupies: a multiple of four."""
    return (inputs + 3) // 4 * 4


@inlined("contract", "reassoc")
def accumulate(
    scale: Any, table: Any, weights: Any, rows: Any, inputs: Any, h: Any, source: Any, u: Any, target: Any,
    width: Any,
) -> None:  # fmt: skip
    """Add scale * weights · h to u for one tile: four rows and four inputs at a time, for their reuse."""
    many, last, wide = U(inputs), U(rows), U(width)
    whole = U(rows // 4 * 4)
    for row in range(U(0), whole, FOUR):
        a = U(weights) + row * many
        b = a + many
        c = b + many
        d = c + many
        z = U(target) + row * T1
        for k in range(U(0), many, FOUR):
            a0, a1, a2, a3 = table[a + k], table[a + k + ONE], table[a + k + TWO], table[a + k + THREE]
            b0, b1, b2, b3 = table[b + k], table[b + k + ONE], table[b + k + TWO], table[b + k + THREE]
            c0, c1, c2, c3 = table[c + k], table[c + k + ONE], table[c + k + TWO], table[c + k + THREE]
            d0, d1, d2, d3 = table[d + k], table[d + k + ONE], table[d + k + TWO], table[d + k + THREE]
            if scale != 1.0:
                a0, a1, a2, a3 = scale * a0, scale * a1, scale * a2, scale * a3
                b0, b1, b2, b3 = scale * b0, scale * b1, scale * b2, scale * b3
                c0, c1, c2, c3 = scale * c0, scale * c1, scale * c2, scale * c3
                d0, d1, d2, d3 = scale * d0, scale * d1, scale * d2, scale * d3
            g = U(source) + k * T1
            for s in range(wide):
                h0, h1, h2, h3 = h[g + s], h[g + T1 + s], h[g + T2 + s], h[g + T3 + s]
                u[z + s] += a0 * h0 + a1 * h1 + a2 * h2 + a3 * h3
                u[z + T1 + s] += b0 * h0 + b1 * h1 + b2 * h2 + b3 * h3
                u[z + T2 + s] += c0 * h0 + c1 * h1 + c2 * h2 + c3 * h3
                u[z + T3 + s] += d0 * h0 + d1 * h1 + d2 * h2 + d3 * h3
    for row in range(whole, last):
        a = U(weights) + row * many
        z = U(target) + row * T1
        for k in range(U(0), many, FOUR):
            a0, a1 = scale * table[a + k], scale * table[a + k + ONE]
            a2, a3 = scale * table[a + k + TWO], scale * table[a + k + THREE]
            g = U(source) + k * T1
            for s in range(wide):
                u[z + s] += a0 * h[g + s] + a1 * h[g + T1 + s] + a2 * h[g + T2 + s] + a3 * h[g + T3 + s]


@inlined("contract", "reassoc")
def linear(
    order: Any, table: Any, size: Any, block: Any, rows: Any, inputs: Any, h: Any, source: Any, step_h: Any,
    u: Any, target: Any, step_u: Any, width: Any,
) -> None:  # fmt: skip
    """Put weights · h + bias and its derivatives into u for one tile; table holds w, then w_x, then w_y."""
    bias = block + rows * inputs
    for part in range((order + 1) * (order + 2) // 2):
        for row in range(rows):
            constant = table[bias + row + part * size] if part < 3 else 0.0
            begin = target + part * step_u + row * TILE
            here = u[begin : begin + width]
            for s in range(width):
                here[s] = constant
    # One call in a loop, not thirteen calls: each would be compiled again.
    for term in range(TERMS[order]):
        factor, weights, given, result = PRODUCTS[term]
        accumulate(
            1.0 * factor, table, block + weights * size, rows, inputs, h, source + given * step_h, u,
            target + result * step_u, width,
        )  # fmt: skip


@inlined("contract")
def apply(code: Any, u: Any, step_u: Any, begin: Any, width: Any, d: Any, dd: Any) -> None:
    """Replace `width` numbers and their derivatives by the activation's."""
    s0 = u[begin : begin + width]
    if d is None:
        activate(code, s0)
        return
    s_x = u[begin + step_u : begin + step_u + width]
    s_y = u[begin + 2 * step_u : begin + 2 * step_u + width]
    slope = d[:width]
    if dd is None:
        activate_slope(code, s0, slope)
    else:
        curvature = dd[:width]
        activate_curvature(code, s0, slope, curvature)
        s_xx = u[begin + 3 * step_u : begin + 3 * step_u + width]
        s_xy = u[begin + 4 * step_u : begin + 4 * step_u + width]
        s_yy = u[begin + 5 * step_u : begin + 5 * step_u + width]
        for s in range(width):
            s_xx[s] = slope[s] * s_xx[s] + curvature[s] * s_x[s] * s_x[s]
        for s in range(width):
            s_xy[s] = slope[s] * s_xy[s] + curvature[s] * s_x[s] * s_y[s]
        for s in range(width):
            s_yy[s] = slope[s] * s_yy[s] + curvature[s] * s_y[s] * s_y[s]
    for s in range(width):
        s_x[s] *= slope[s]
    for s in range(width):
        s_y[s] *= slope[s]


@inlined("contract", "reassoc")
def mirror(out: Any, targets: Any) -> None:
    """Change the sign of logits where the target is 1.

    Cross-entropy, softplus(o) - t o, is softplus(o) for t = 0 and softplus(-o) for t = 1: nothing cancels.
    """
    for s in range(targets.shape[0]):
        out[s] *= 1.0 - 2.0 * targets[s]


@inlined("contract", "reassoc")
def add_losses(
    order: Any, bce: Any, u: Any, step: Any, begin: Any, targets: Any, jet: Any, d: Any, dd: Any
) -> None:
    """Add one tile's losses and their derivatives to jet, from outputs or, for bce, losses in u."""
    many = targets.shape[0]
    if bce:
        for part in range((order + 1) * (order + 2) // 2):
            here = u[begin + part * step : begin + part * step + many]
            total = 0.0
            for s in range(many):
                total += here[s]
            jet[part] += total
        return
    e = u[begin : begin + many]
    for s in range(many):
        e[s] -= targets[s]
    jet[0] += 0.5 * product(e, e)
    if d is not None:
        o_x, o_y = u[begin + step : begin + step + many], u[begin + 2 * step : begin + 2 * step + many]
        jet[1] += product(e, o_x)
        jet[2] += product(e, o_y)
        if dd is not None:
            jet[3] += product(o_x, o_x) + product(e, u[begin + 3 * step : begin + 3 * step + many])
            jet[4] += product(o_x, o_y) + product(e, u[begin + 4 * step : begin + 4 * step + many])
            jet[5] += product(o_y, o_y) + product(e, u[begin + 5 * step : begin + 5 * step + many])


@inlined("contract")
def propagate(
    order: Any, x: Any, y: Any, coefficients: Any, data: Any, jets: Any, d: Any, dd: Any
) -> None:
    """Fill jets[B, 6] with the loss and, as far as order goes, its x, y, xx, xy and yy derivatives.

    d and dd are room for the activation's derivatives, None below orders 1 and 2: what asks for None is not
    compiled at all, which an order known only at run time would not achieve.
    """
    code, norm, bce = int(coefficients[0]), int(coefficients[1]), int(coefficients[2]) == BCE
    layers, neurons, features = int(coefficients[3]), int(coefficients[4]), int(coefficients[5])
    epsilon = coefficients[6]
    # Not as plain numbers: Numba would compile each function again for every one it is called with.
    zero, tile = np.int64(0), np.int64(TILE)
    of_output = SOFTPLUS if bce else IDENTITY
    samples = data.shape[1]
    targets = data[features]
    tiles = (samples + TILE - 1) // TILE
    together = tiles if norm == TRAINING else 1
    parts = (order + 1) * (order + 2) // 2
    inputs, rows = (features + 3) // 4 * 4, (neurons + 3) // 4 * 4
    size = (coefficients.shape[0] - HEADER) // 3
    tables = coefficients[HEADER:]
    table = np.empty(tables.shape[0])
    for p in range(tables.shape[0]):
        table[p] = tables[p]

    # The first layer is affine in (x, y) before its activation, so it is done once for all points.
    h = np.zeros(inputs * TILE)
    tile_size = rows * TILE
    first = np.empty(3 * tiles * tile_size)
    for t in range(tiles):
        many = min(TILE, samples - t * TILE)
        for k in range(features):
            for s in range(many):
                h[k * TILE + s] = data[k, t * TILE + s]
        for part in range(3):
            target = (part * tiles + t) * tile_size
            block = part * size
            linear(zero, table, size, block, neurons, inputs, h, zero, zero, first, target, zero, tile)

    step = together * tile_size
    u, v = np.zeros(parts * step), np.zeros(parts * step)
    for i in range(x.shape[0]):
        for p in range(size):
            table[p] = tables[p] + x[i] * tables[p + size] + y[i] * tables[p + 2 * size]
        for part in range(parts):
            jets[i, part] = 0.0
        for group in range(0, tiles, together):
            block = 0
            # One loop for hidden layers and output, so that what they share is compiled once.
            for layer in range(layers + 1):
                last = layer == layers
                outputs = 1 if last else neurons
                width = rows if layer else inputs
                for t in range(together):
                    here = t * tile_size
                    if layer == 0:
                        begin = (group + t) * tile_size
                        combine(
                            order, x[i], y[i], first, begin, tiles * tile_size, u, here, step, neurons * TILE
                        )
                    else:
                        linear(
                            order, table, size, block, outputs, width, v, here, step, u, here, step, tile
                        )
                block += outputs * (width + 1)
                if norm != OFF and not last:
                    normalize(
                        order, norm == TRAINING, epsilon, table, size, block, neurons, u, step, together,
                        tile_size, samples, d, dd,
                    )  # fmt: skip
                block += 4 * neurons
                for t in range(together):
                    here, begin = t * tile_size, (group + t) * TILE
                    answers = targets[begin : min(begin + TILE, samples)]
                    if last and bce:
                        for part in range(parts):
                            mirror(u[here + part * step : here + (part + 1) * step], answers)
                    apply(of_output if last else code, u, step, here, outputs * TILE, d, dd)
                    if last:
                        add_losses(order, bce, u, step, here, answers, jets[i], d, dd)
                u, v = v, u
        for part in range(parts):
            jets[i, part] /= samples


@inlined("contract")
def combine(
    order: Any, x: Any, y: Any, first: Any, begin: Any, step_first: Any, u: Any, here: Any, step_u: Any,
    width: Any,
) -> None:  # fmt: skip
    """Put the first layer at (x, y), and its derivatives, into u for one tile."""
    a = first[begin : begin + width]
    a_x = first[begin + step_first : begin + step_first + width]
    a_y = first[begin + 2 * step_first : begin + 2 * step_first + width]
    u0 = u[here : here + width]
    for s in range(width):
        u0[s] = a[s] + x * a_x[s] + y * a_y[s]
    if order >= 1:
        u_x = u[here + step_u : here + step_u + width]
        u_y = u[here + 2 * step_u : here + 2 * step_u + width]
        for s in range(width):
            u_x[s] = a_x[s]
        for s in range(width):
            u_y[s] = a_y[s]
        for part in range(3, (order + 1) * (order + 2) // 2):
            u_part = u[here + part * step_u : here + part * step_u + width]
            for s in range(width):
                u_part[s] = 0.0


@kernel("value")
def value(x: Any, y: Any, coefficients: Any, data: Any, loss: Any) -> None:
    """Fill loss[B]."""
    jets = np.empty((x.shape[0], 6))
    propagate(np.int64(0), x, y, coefficients, data, jets, None, None)
    for i in range(x.shape[0]):
        loss[i] = jets[i, 0]


@kernel("loss")
def loss(x: Any, y: Any, coefficients: Any, data: Any, loss: Any, gx: Any, gy: Any) -> None:
    """Fill loss[B] and its gradient."""
    jets = np.empty((x.shape[0], 6))
    row = np.empty(int(coefficients[4]) * TILE)
    propagate(np.int64(1), x, y, coefficients, data, jets, row, None)
    for i in range(x.shape[0]):
        loss[i], gx[i], gy[i] = jets[i, 0], jets[i, 1], jets[i, 2]


@kernel("hessian")
def hessian(x: Any, y: Any, coefficients: Any, data: Any, hxx: Any, hxy: Any, hyy: Any) -> None:
    """Fill the three second derivatives [B]."""
    jets = np.empty((x.shape[0], 6))
    row = np.empty(int(coefficients[4]) * TILE)
    propagate(np.int64(2), x, y, coefficients, data, jets, row, np.empty_like(row))
    for i in range(x.shape[0]):
        hxx[i], hxy[i], hyy[i] = jets[i, 3], jets[i, 4], jets[i, 5]
