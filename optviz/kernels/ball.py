"""A lit sphere among the pixels of a picture with depth, and the soft shadow under it."""

from __future__ import annotations

import math
from typing import Any

from optviz.kernels.drawing import DrawingKernel


def _ball(numbers: Any, depth: Any, pixels: Any) -> None:
    """Draw a sphere; `numbers` are x, y, 1/c, radius, relief, opacity, r, g, b and the light's direction."""
    x, y, inverse_depth, radius, relief, opacity = (
        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
    )  # fmt: skip
    rows, width = depth.shape
    reach = radius + 0.5
    first = int(min(max(y - reach, 0.0), float(rows)))
    end = math.ceil(min(max(y + reach, 0.0), float(rows)))
    left = int(min(max(x - reach, 0.0), float(width)))
    right = math.ceil(min(max(x + reach, 0.0), float(width)))
    relief = min(max(relief, 0.0), 0.9)
    for i in range(first, end):
        dy = (i + 0.5 - y) / radius
        for j in range(left, right):
            dx = (j + 0.5 - x) / radius
            off = math.sqrt(dx * dx + dy * dy)
            share = min(max((1.0 - off) * radius + 0.5, 0.0), 1.0) * opacity
            if not share > 0.0:
                continue
            dz = math.sqrt(max(1.0 - off * off, 0.0))
            if inverse_depth / (1.0 - relief * dz) < depth[i, j]:
                continue
            bright = dx * numbers[9] + dy * numbers[10] + dz * numbers[11]
            # Half-way between the light and the eye, which looks along the third axis.
            toward = (bright + dz) / math.sqrt(max(2.0 + 2.0 * numbers[11], 1e-6))
            gloss = max(toward, 0.0) ** 40 * 160.0
            whole = 0.5 + 0.6 * max(bright, 0.0)
            for channel in range(3):
                value = min(numbers[8 - channel] * whole + gloss, 255.0)
                before = pixels[i, j, channel]
                pixels[i, j, channel] = int(before + share * (value - before) + 0.5)
            before = pixels[i, j, 3]
            pixels[i, j, 3] = int(before + share * (255.0 - before) + 0.5)


def _shadow(numbers: Any, inverse: Any, box: Any, depth: Any, pixels: Any) -> None:
    """Darken what is near a point; `numbers` are u, v, w, radius, strength; see `shading` for `inverse`."""
    radius, strength = numbers[3], min(max(numbers[4], 0.0), 1.0)
    for i in range(box[2], box[3]):
        y = i + 0.5
        for j in range(box[0], box[1]):
            if not depth[i, j] > 0.0:
                continue
            x, c = j + 0.5, 1.0 / depth[i, j]
            apart = 0.0
            for axis in range(3):
                along = inverse[axis, 0] * x + inverse[axis, 1] * y + inverse[axis, 2]
                off = inverse[axis, 3] + c * along - numbers[axis]
                apart += off * off
            near = 1.0 - apart / (radius * radius)
            if near > 0.0:
                left = 1.0 - strength * near * near
                for channel in range(3):
                    pixels[i, j, channel] = int(pixels[i, j, channel] * left + 0.5)


def _ball_signature(t: Any) -> Any:
    return t.void(
        t.Array(t.float64, 1, "C", readonly=True), t.Array(t.float32, 2, "C", readonly=True),
        t.Array(t.uint8, 3, "C"),
    )  # fmt: skip


def _shadow_signature(t: Any) -> Any:
    return t.void(
        t.Array(t.float64, 1, "C", readonly=True), t.Array(t.float64, 2, "C", readonly=True),
        t.Array(t.int64, 1, "C", readonly=True), t.Array(t.float32, 2, "C", readonly=True),
        t.Array(t.uint8, 3, "C"),
    )  # fmt: skip


ball_kernel = DrawingKernel(_ball, _ball_signature)
shadow_kernel = DrawingKernel(_shadow, _shadow_signature)
