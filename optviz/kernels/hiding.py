"""Which places on a height field are hidden by it."""

from __future__ import annotations

import math
from typing import Any

from optviz.kernels.drawing import DrawingKernel

_FIRST, _GROWTH, _REACH = 0.006, 1.35, 0.5  # where the way to the eye is looked at, in halves of the box
_SLACK = 2e-3  # what lies so little under the surface lies on it


def _hide(
    places: Any, matrix: Any, eye: Any, half: Any, height: Any, depth: Any, bias: float, hidden: Any
) -> None:
    """Say for each place (u, v, w) whether the surface hides it.

    It does where what is drawn at its pixel is nearer, by more than `bias` of its distance and more than the
    surface changes within that pixel, on the side where it changes less: at an outline the other side is
    another part. And it does where the way to the eye soon leads under the surface: a sheet may be thinner
    than a pixel there.

    Parameters
    ----------
    places
        float64[n, 3].
    eye, half
        float64[3]: where the eye is, and half the sides of the box.
    height
        float64[m, n]: w on an even grid over the base.
    depth
        float32[H, W]: what is drawn, as in `height_field`.
    hidden
        bool[n], out.
    """
    rows, columns = depth.shape
    m, n = height.shape
    for i in range(places.shape[0]):
        u, v, w = places[i, 0], places[i, 1], places[i, 2]
        hidden[i] = False
        c = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2] * w + matrix[2, 3]
        if not c > 0.0:
            continue
        x = math.floor((matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2] * w + matrix[0, 3]) / c)
        y = math.floor((matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2] * w + matrix[1, 3]) / c)
        if not (0 <= x < columns and 0 <= y < rows):
            continue
        here = float(depth[y, x])
        if here > 0.0:
            left, right = depth[y, max(x - 1, 0)], depth[y, min(x + 1, columns - 1)]
            above, below = depth[max(y - 1, 0), x], depth[min(y + 1, rows - 1), x]
            slope = min(abs(left - here), abs(right - here)) + min(abs(above - here), abs(below - here))
            if (1.0 + bias) / c + 0.75 * slope < here:
                hidden[i] = True
                continue
        du, dv, dw = eye[0] - u, eye[1] - v, eye[2] - w
        length = math.sqrt(du * du + dv * dv + dw * dw)
        t = _FIRST
        while t < _REACH:
            pu, pv, pw = u + du * t / length, v + dv * t / length, w + dw * t / length
            if abs(pu) >= half[0] or abs(pv) >= half[1] or pw > half[2]:
                break
            a = (pu / half[0] + 1.0) * 0.5 * (n - 1)
            b = (pv / half[1] + 1.0) * 0.5 * (m - 1)
            j, k = min(int(a), n - 2), min(int(b), m - 2)
            s, r = a - j, b - k
            low = height[k, j] * (1.0 - s) + height[k, j + 1] * s
            high = height[k + 1, j] * (1.0 - s) + height[k + 1, j + 1] * s
            if low * (1.0 - r) + high * r > pw + _SLACK:
                hidden[i] = True
                break
            t *= _GROWTH


def _signature(t: Any) -> Any:
    r1 = t.Array(t.float64, 1, "C", readonly=True)
    r2 = t.Array(t.float64, 2, "C", readonly=True)
    return t.void(
        r2, r2, r1, r1, r2, t.Array(t.float32, 2, "C", readonly=True), t.float64, t.Array(t.boolean, 1, "C")
    )


hide_kernel = DrawingKernel(_hide, _signature)
