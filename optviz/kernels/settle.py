"""Going down to a minimum of the loss of samples, penalties included."""

from __future__ import annotations

from math import hypot, isfinite
from typing import Any

import numpy as np

from optviz.kernels.compile import inlined, kernel

# What damped Newton steps go by; `optviz.minima` goes by the same for all points at once, uncompiled.
EASIER, HARDER = 0.1, 10.0  # the damping's factors after a step that was lower, and one that was not
FIRST = 1e-3  # the least damping after one that was not, in largest curvatures
FLOOR = 1e-12  # a curvature that counts as none
MOST_DAMPING = 1e12  # in largest curvatures: nothing lower will be found
LIFT = 1e-3  # where the loss does not curve up it is made to, by this share of the largest curvature
DROWNED = 4e-15  # what a step can gain, in losses, that is lost in the loss's own rounding
SHORT = 1e-18  # the length of a step that ends it, in diagonals


@inlined()
def _freed(w: float, slope: float, l1: float) -> Any:
    """Return the slope an L1 penalty leaves, the side of 0 a weight is on or goes to, and whether it is held.

    At 0 a weight stays while the slope of the rest is no steeper than the penalty's.
    """
    if l1 == 0.0:
        return slope, 0.0, False
    if w != 0.0:
        return slope, 1.0 if w > 0.0 else -1.0, False
    if abs(slope) <= l1:
        return 0.0, 0.0, True
    if slope > 0.0:
        return slope - l1, -1.0, False
    return slope + l1, 1.0, False


@kernel("settle")
def settle(
    loss_at: Any, hessian_at: Any, coefficients: Any, data: Any, share: float, other_coefficients: Any,
    other_data: Any, penalty: Any, size: float, most: int, x: Any, y: Any, report: Any,
) -> None:  # fmt: skip
    """Move each point by Levenberg's damped Newton steps, each accepted only where the loss falls.

    Within a quadrant an L1 penalty is smooth. A step out of the quadrant ends on its border, the axis, where
    the penalty may hold a weight (Andrew & Gao 2007).

    Parameters
    ----------
    share, other_coefficients, other_data
        Where share is above 0 the loss is (1 - share) times the one and share times the other.
    penalty : float64[n, 2]
        l1 and l2 of each point.
    size : float
        A length to measure others by: the diagonal of the domain.
    most : int
        The most steps.
    x, y : float64[n]
        From where; filled with where to.
    report : float64[4, n]
        Filled with the loss there, the length of the gradient that the L1 penalty leaves, and the smallest
        and largest curvature over the weights it leaves free: of one held at 0, the other's stands for both.
    """
    keep = 1.0 - share
    mixed = share > 0.0
    a = np.empty(1)
    b = np.empty(1)
    h0 = np.empty(1)
    h1 = np.empty(1)
    h2 = np.empty(1)
    o0 = np.empty(1)
    o1 = np.empty(1)
    o2 = np.empty(1)
    for i in range(x.shape[0]):
        l1 = penalty[i, 0]
        l2 = penalty[i, 1]
        u = x[i]
        v = y[i]
        tu = u
        tv = v
        du = 0.0
        dv = 0.0
        best = np.inf
        fx = 0.0
        fy = 0.0
        side_x = 0.0
        side_y = 0.0
        hxx = 0.0
        hxy = 0.0
        hyy = 0.0
        low = 0.0
        high = 0.0
        damping = 0.0
        for turn in range(most + 1):
            a[0] = tu
            b[0] = tv
            loss_at(a, b, coefficients, data, h0, h1, h2)
            if mixed:
                loss_at(a, b, other_coefficients, other_data, o0, o1, o2)
                h0[0] = keep * h0[0] + share * o0[0]
                h1[0] = keep * h1[0] + share * o1[0]
                h2[0] = keep * h2[0] + share * o2[0]
            there = h0[0] + l1 * (abs(tu) + abs(tv)) + 0.5 * l2 * (tu * tu + tv * tv)
            tx = h1[0] + l2 * tu
            ty = h2[0] + l2 * tv
            if tu != 0.0:
                tx += l1 if tu > 0.0 else -l1
            if tv != 0.0:
                ty += l1 if tv > 0.0 else -l1
            rx, rx_side, held_x = _freed(tu, tx, l1)
            ry, ry_side, held_y = _freed(tv, ty, l1)
            stop = False
            lower = True
            if turn > 0:
                moves = du != 0.0 or dv != 0.0
                # What the step can gain drowns in the loss's own rounding: the gradient decides.
                drowned = abs(fx * du + fy * dv) <= DROWNED * abs(best)
                shorter = hypot(rx, ry) < hypot(fx, fy)
                lower = moves and (shorter if drowned else there <= best)
                if lower:
                    stop = hypot(du, dv) < SHORT * size
                    damping *= EASIER
                else:
                    stop = damping > MOST_DAMPING * (1.0 + abs(high)) or drowned or not moves
                    damping = max(HARDER * damping, FIRST * (abs(high) + FLOOR))
            if lower:
                u = tu
                v = tv
                best = there
                fx = rx
                fy = ry
                side_x = rx_side
                side_y = ry_side
                hessian_at(a, b, coefficients, data, h0, h1, h2)
                if mixed:
                    hessian_at(a, b, other_coefficients, other_data, o0, o1, o2)
                    h0[0] = keep * h0[0] + share * o0[0]
                    h1[0] = keep * h1[0] + share * o1[0]
                    h2[0] = keep * h2[0] + share * o2[0]
                hxx = h0[0] + l2
                hxy = h1[0]
                hyy = h2[0] + l2
                if held_x or held_y:
                    hxy = 0.0
                if held_x and held_y:
                    hxx = 1.0
                    hyy = 1.0
                elif held_x:
                    hxx = hyy
                elif held_y:
                    hyy = hxx
                half = hypot(0.5 * (hxx - hyy), hxy)
                low = 0.5 * (hxx + hyy) - half
                high = 0.5 * (hxx + hyy) + half
            if stop or turn == most or not isfinite(best):
                break
            shift = damping
            if low <= 0.0:  # no curvature: no step longer than the domain
                shift = max(damping, LIFT * abs(high) - low + hypot(fx, fy) / size)
            p = hxx + shift
            q = hyy + shift
            determinant = p * q - hxy * hxy
            if not determinant > 0.0:
                break
            tu = u + (hxy * fy - q * fx) / determinant
            tv = v + (hxy * fx - p * fy) / determinant
            if l1 > 0.0:
                if tu * side_x < 0.0:
                    tu = 0.0
                if tv * side_y < 0.0:
                    tv = 0.0
            du = tu - u
            dv = tv - v
            if not (isfinite(du) and isfinite(dv)):
                break
        x[i] = u
        y[i] = v
        report[0, i] = best
        report[1, i] = hypot(fx, fy)
        report[2, i] = low
        report[3, i] = high
