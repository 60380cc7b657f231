"""Batch norm of a layer of neurons, with the derivatives that go through its statistics.

Numbers lie in tiles of 64 samples, a row a neuron; derivatives by x, y, xx, xy and yy each lie `step_u`
farther on.
`d` and `dd` are None where first and second derivatives are not wanted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.kernels.compile import inlined

OFF, TRAINING, INFERENCE = 0, 1, 2
"""Codes of batch norm: none; with the statistics of the samples at hand; with given ones."""

TILE = 64


@inlined("contract", "reassoc")
def product(a: Any, b: Any) -> float:
    """Return the inner product of two rows."""
    total = 0.0
    for s in range(a.shape[0]):
        total += a[s] * b[s]
    return total


@inlined("contract", "reassoc")
def moments(
    order: Any, u: Any, step_u: Any, tiles: Any, tile_size: Any, at: Any, samples: Any, mean: Any, v: Any,
    d: Any, dd: Any,
) -> None:  # fmt: skip
    """Center one neuron's samples in place; put the mean and the variance, with derivatives, into mean, v."""
    parts = (order + 1) * (order + 2) // 2
    for part in range(parts):
        v[part] = 0.0
        total = 0.0
        for t in range(tiles):
            begin = part * step_u + t * tile_size + at
            here = u[begin : begin + min(TILE, samples - t * TILE)]
            for s in range(here.shape[0]):
                total += here[s]
        mean[part] = total / samples
        for t in range(tiles):
            begin = part * step_u + t * tile_size + at
            here = u[begin : begin + TILE]
            for s in range(TILE):
                here[s] -= mean[part]
    for t in range(tiles):
        begin = t * tile_size + at
        many = min(TILE, samples - t * TILE)
        c = u[begin : begin + many]
        v[0] += product(c, c)
        if d is not None:
            c_x = u[begin + step_u : begin + step_u + many]
            c_y = u[begin + 2 * step_u : begin + 2 * step_u + many]
            v[1] += 2.0 * product(c, c_x)
            v[2] += 2.0 * product(c, c_y)
            if dd is not None:
                c_xx = u[begin + 3 * step_u : begin + 3 * step_u + many]
                c_xy = u[begin + 4 * step_u : begin + 4 * step_u + many]
                c_yy = u[begin + 5 * step_u : begin + 5 * step_u + many]
                v[3] += 2.0 * (product(c_x, c_x) + product(c, c_xx))
                v[4] += 2.0 * (product(c_x, c_y) + product(c, c_xy))
                v[5] += 2.0 * (product(c_y, c_y) + product(c, c_yy))
    for part in range(parts):
        v[part] /= samples


@inlined("contract")
def normalize(
    order: Any, training: Any, epsilon: Any, table: Any, size: Any, block: Any, rows: Any, u: Any,
    step_u: Any, tiles: Any, tile_size: Any, samples: Any, d: Any, dd: Any,
) -> None:  # fmt: skip
    """Batch norm in place: u becomes gamma (u - mean) (variance + epsilon)^(-1/2) + beta."""
    mean, v = np.zeros(6), np.zeros(6)
    for row in range(rows):
        at = row * TILE
        if training:
            moments(order, u, step_u, tiles, tile_size, at, samples, mean, v, d, dd)
        else:
            moving, logarithm = block + 2 * rows + row, block + 3 * rows + row
            for part in range(min((order + 1) * (order + 2) // 2, 3)):
                for t in range(tiles):
                    begin = part * step_u + t * tile_size + at
                    here = u[begin : begin + TILE]
                    for s in range(TILE):
                        here[s] -= table[moving + part * size]
            l_x, l_y = table[logarithm + size], table[logarithm + 2 * size]
            v[0] = np.exp(table[logarithm])
            v[1], v[2] = v[0] * l_x, v[0] * l_y
            v[3], v[4], v[5] = v[1] * l_x, v[1] * l_y, v[2] * l_y
        # g = gamma / sqrt(variance + epsilon), and its derivatives
        gamma = table[block + row]
        gamma_x, gamma_y = table[block + row + size], table[block + row + 2 * size]
        beta = block + rows + row
        q = 1.0 / (v[0] + epsilon)
        r = np.sqrt(q)
        r_x, r_y = -0.5 * r * q * v[1], -0.5 * r * q * v[2]
        g, g_x, g_y = gamma * r, gamma * r_x + gamma_x * r, gamma * r_y + gamma_y * r
        g_xx = gamma * (-0.5 * r * q * v[3] - 1.5 * q * v[1] * r_x) + 2.0 * gamma_x * r_x
        g_xy = gamma * (-0.5 * r * q * v[4] - 1.5 * q * v[1] * r_y) + gamma_x * r_y + gamma_y * r_x
        g_yy = gamma * (-0.5 * r * q * v[5] - 1.5 * q * v[2] * r_y) + 2.0 * gamma_y * r_y
        for t in range(tiles):
            begin = t * tile_size + at
            c = u[begin : begin + TILE]
            if d is not None:
                c_x = u[begin + step_u : begin + step_u + TILE]
                c_y = u[begin + 2 * step_u : begin + 2 * step_u + TILE]
                if dd is not None:
                    c_xx = u[begin + 3 * step_u : begin + 3 * step_u + TILE]
                    c_xy = u[begin + 4 * step_u : begin + 4 * step_u + TILE]
                    c_yy = u[begin + 5 * step_u : begin + 5 * step_u + TILE]
                    for s in range(TILE):
                        c_xx[s] = g * c_xx[s] + 2.0 * g_x * c_x[s] + g_xx * c[s]
                    for s in range(TILE):
                        c_xy[s] = g * c_xy[s] + g_x * c_y[s] + g_y * c_x[s] + g_xy * c[s]
                    for s in range(TILE):
                        c_yy[s] = g * c_yy[s] + 2.0 * g_y * c_y[s] + g_yy * c[s]
                for s in range(TILE):
                    c_x[s] = g * c_x[s] + g_x * c[s] + table[beta + size]
                for s in range(TILE):
                    c_y[s] = g * c_y[s] + g_y * c[s] + table[beta + 2 * size]
            for s in range(TILE):
                c[s] = g * c[s] + table[beta]
