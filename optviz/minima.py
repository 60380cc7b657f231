"""Where a loss has its minima: candidates from a list and a grid, settled, and put to the proof.

All candidates go down together, as arrays: a hundred of them take hardly longer than one. An L1 penalty is
part of the mathematics, not of the numerics: a weight that it holds at 0 is exactly 0.
"""

from __future__ import annotations

from math import hypot
from typing import Protocol

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.kernels import Kernel
from optviz.kernels.settle import (
    DROWNED,
    EASIER,
    FIRST,
    FLOOR,
    HARDER,
    LIFT,
    MOST_DAMPING,
    SHORT,
    settle,
)
from optviz.setting import Penalty

GRID = 96  # cells a side of the grid that is looked over
SMOOTH_GRID = 48  # likewise for the loss of samples, which has no fine structure
SLOW_GRID = 24  # where each point takes long
MOST = 64  # minima that are told
MOST_SMOOTH = 8  # likewise for the loss of samples
FALLS, FLAT, UNKNOWN = "falls", "flat", "unknown"  # why there is no minimum

_TURN = np.arange(8) * (np.pi / 4)
_AROUND = np.arange(24) * (np.pi / 12)
_SEEN = 1e-3  # a fall that counts, in what the loss varies by over the domain
_ROUNDING = 1e-13  # of a loss
_NEAR = 1e-3  # radius of the circle that must be higher, in diagonals of the domain

Limits = tuple[tuple[float, float], tuple[float, float]]
Flags = npt.NDArray[np.bool_]


class Loss(Protocol):
    """What a `Problem` answers."""

    @property
    def penalty(self) -> Penalty: ...
    def loss(self, x: Array, y: Array) -> Array: ...
    def evaluate(self, x: Array, y: Array) -> tuple[Array, Array, Array]: ...
    def hessian(self, x: Array, y: Array) -> tuple[Array, Array, Array]: ...
    def raster(self, xs: Array, ys: Array) -> Array: ...


class Kernels(Protocol):
    @property
    def loss(self) -> Kernel: ...
    @property
    def hessian(self) -> Kernel: ...


class Numbers(Loss, Protocol):
    """What a `Problem` answers besides."""

    wait: bool
    share: float

    @property
    def kernels(self) -> Kernels: ...
    @property
    def coefficient_array(self) -> Array: ...
    @property
    def data(self) -> Array: ...
    @property
    def other(self) -> Numbers | None: ...


def find_minima(problem: Loss, domain: Limits, listed: Array) -> Array:
    """Return the isolated minima, float64[k, 2], the lowest first, that candidates lead to.

    Parameters
    ----------
    listed
        float64[n, 2], candidates besides those of a grid over `domain`.
    """
    size = _size(domain)
    with np.errstate(all="ignore"):
        start = np.concatenate([listed, _grid(problem, domain, GRID)])
        x, y = _settle(problem, start[:, 0], start[:, 1], size)
        near = np.hypot(x - start[:, 0], y - start[:, 1]) <= size  # nan is not near
        x, y = x[near], y[near]
        kept = _distinct(problem.loss(x, y), x, y, size)
        x, y = x[kept], y[kept]
        true = _isolated(problem, x, y, size)
    return np.stack([x[true], y[true]], axis=1)[:MOST]


def find_smooth_minima(
    problem: Numbers, domain: Limits, listed: Array, cells: int = SMOOTH_GRID, kinked: bool = True
) -> Array:
    """Do what `find_minima` does for the loss of samples, in a small part of the time.

    Where the gradient vanishes and the Hessian has two positive eigenvalues a minimum is isolated: nothing
    else needs to be looked at. Only what lies on a kink of an activation takes the longer way. The lowest
    point of the grid counts as a candidate on its border too, as the minimum may lie outside.

    Parameters
    ----------
    listed
        float64[n, 2], candidates besides those of the grid.
    cells
        Of the grid, a side.
    kinked
        Whether the loss may have kinks besides those of the penalty.
    """
    size, found = _size(domain), np.zeros((0, 2))
    with np.errstate(all="ignore"):
        start = np.concatenate([listed, _grid(problem, domain, cells, border=True)[:MOST_SMOOTH]])
        for most in (30, 100):
            x, y, report = settled(problem, start[:, 0], start[:, 1], size, most)
            near = np.hypot(x - start[:, 0], y - start[:, 1]) <= size  # nan is not near
            kept = _distinct(report[0][near], x[near], y[near], size)
            start = np.stack([x, y], axis=1)[near][kept]
            report = report[:, near][:, kept]
            certain, idle = _judged(problem, start, report, size)
            found, start = np.concatenate([found, start[certain]]), start[~certain & ~idle][:4]
            if not len(start):
                break
        if kinked and len(start):
            x, y = _compass(problem, start[:, 0], start[:, 1], size)
            x, y, report = settled(problem, x, y, size, 20)
            points = np.stack([x, y], axis=1)
            certain, idle = _judged(problem, points, report, size)
            certain |= ~idle & _isolated(problem, x, y, size)
            found = np.concatenate([found, points[certain & (np.hypot(*(points - start).T) <= size)]])
        x, y = found[:, 0], found[:, 1]
        return found[_distinct(problem.loss(x, y), x, y, size)]


def settled(
    problem: Numbers, x: Array, y: Array, size: float, most: int, penalty: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return where damped Newton steps lead, and what `optviz.kernels.settle` reports of it.

    Parameters
    ----------
    penalty
        float64[n, 2], the penalty of each point in place of the problem's.
    """
    x, y, report = np.array(x, np.float64), np.array(y, np.float64), np.empty((4, len(x)))
    if penalty is None:
        penalty = np.tile([problem.penalty.l1, problem.penalty.l2], (len(x), 1))
    other = problem.other or problem
    functions = (settle, problem.kernels.loss, problem.kernels.hessian)
    fast = problem.wait or all(kernel.ready for kernel in functions)
    run, loss, hessian = (kernel.compiled if fast else kernel.python for kernel in functions)
    run(
        loss, hessian, problem.coefficient_array, problem.data, problem.share, other.coefficient_array,
        other.data, penalty, size, most, x, y, report,
    )  # fmt: skip
    return x, y, report


def why_none(problem: Loss, domain: Limits) -> str:
    """Return why a loss without a minimum has none.

    `FALLS`: there is less of it to be had outside the domain, and no end to that; `FLAT`: its lowest points
    are a whole line, or a plateau; `UNKNOWN`: it is not finite where that would show.
    """
    size = _size(domain)
    xs, ys = (np.linspace(low, high, SLOW_GRID + 1) for low, high in domain)
    centre = np.array([0.5 * (xs[0] + xs[-1]), 0.5 * (ys[0] + ys[-1])])
    with np.errstate(all="ignore"):
        loss = problem.raster(xs, ys)
        loss = np.where(np.isfinite(loss), loss, np.inf)
        row, column = divmod(int(np.argmin(loss)), len(xs))
        lowest = float(loss[row, column])
        if not np.isfinite(lowest):
            return UNKNOWN
        spread = max(float(np.median(loss[np.isfinite(loss)])) - lowest, 1e-6 * abs(lowest))
        # The lowest loss within the domain, closer and closer up.
        x, y, reach = xs[column], ys[row], size / SLOW_GRID
        grid_x, grid_y = np.meshgrid(np.linspace(-1.0, 1.0, 9), np.linspace(-1.0, 1.0, 9))
        for _ in range(8):
            u, v = np.clip(x + reach * grid_x, xs[0], xs[-1]), np.clip(y + reach * grid_y, ys[0], ys[-1])
            around = problem.loss(u, v)
            i = np.unravel_index(int(np.argmin(np.where(np.isfinite(around), around, np.inf))), around.shape)
            if around[i] < lowest:
                x, y, lowest = u[i], v[i], float(around[i])
            reach *= 0.4
        # What is found going down from there, and straight on.
        p, q = _newton(problem, np.array([x]), np.array([y]), size)
        inside = (p >= xs[0]) & (p <= xs[-1]) & (q >= ys[0]) & (q <= ys[-1])
        below = np.where(inside, np.inf, problem.loss(p, q))
        away = np.array([x, y]) - centre
        length = max(float(np.hypot(*away)), 1e-300)
        share = np.concatenate([[0.25], 1.0 + size / length * np.array([1.0, 3.0, 10.0, 30.0, 100.0])])
        back, *beyond = problem.loss(centre[0] + share * away[0], centre[1] + share * away[1])
        least = float(np.nanmin(np.concatenate([below, beyond, [np.inf]])))
        fallen = least < lowest - _SEEN * spread
    return FALLS if fallen or _dies_out(float(back), lowest, np.array(beyond), spread) else FLAT


def _dies_out(back: float, lowest: float, beyond: Array, spread: float) -> bool:
    """Whether a loss goes on falling beyond its lowest point, though too little is left of it to be seen.

    Either what is left shrinks by factors, to nothing; or, where something stays, the loss has fallen on the
    way there, which on the floor of a valley it has not, and falls on.

    Parameters
    ----------
    back
        The loss on the way to the lowest point, well before it.
    lowest
        The loss there.
    beyond
        The losses straight on, farther and farther out.
    """
    before = np.concatenate([[lowest], beyond[:-1]])
    if lowest > 0.0 and ((beyond >= 0.0) & ((beyond <= 0.5 * before) | (before == 0.0))).all():
        return True
    falls = bool(beyond[0] < lowest - _ROUNDING * abs(lowest) and (beyond <= before).all())
    return falls and back > lowest + _SEEN * spread


def _size(domain: Limits) -> float:
    (xlo, xhi), (ylo, yhi) = domain
    return float(np.hypot(xhi - xlo, yhi - ylo))


def _distinct(loss: Array, x: Array, y: Array, size: float) -> list[int]:
    """Return the indices of points that are not the same, the lowest first."""
    kept: list[int] = []
    for i in np.argsort(loss, kind="stable"):
        if all(hypot(x[i] - x[j], y[i] - y[j]) > 1e-4 * size for j in kept):
            kept.append(int(i))
    return kept


def _grid(problem: Loss, domain: Limits, cells: int, border: bool = False) -> Array:
    """Return the points of a grid that are lower than their neighbours, the lowest first.

    Of two neighbours that are equal one counts as higher: so a minimum halfway between them is seen once, and
    on a plateau or along the floor of a valley no point is. With `border` the lowest point of all comes
    first, wherever it lies.
    """
    xs, ys = (np.linspace(low, high, cells + 1) for low, high in domain)
    loss = problem.raster(xs, ys)  # with no limits: these points, and not the lattice of a picture
    height, width = loss.shape[0] - 2, loss.shape[1] - 2
    centre = loss[1:-1, 1:-1]
    low = np.isfinite(centre)
    for i in range(3):
        for j in range(3):
            other = loss[i : i + height, j : j + width]
            if (i, j) != (1, 1):
                low &= np.isfinite(other) & (centre < other if (i, j) < (1, 1) else centre <= other)
    rows, columns = np.nonzero(low)
    order = np.argsort(centre[rows, columns], kind="stable")[: 2 * MOST]
    points = np.stack([xs[columns[order] + 1], ys[rows[order] + 1]], axis=1)
    if not border:
        return points
    bottom = int(np.argmin(np.where(np.isfinite(loss), loss, np.inf)))
    row, column = divmod(bottom, len(xs))
    inside = 0 < row < len(ys) - 1 and 0 < column < len(xs) - 1  # then it is among them already
    return points if inside else np.concatenate([[[xs[column], ys[row]]], points])


# ------------------------------------------------------------------ going down


def _settle(problem: Loss, x: Array, y: Array, size: float) -> tuple[Array, Array]:
    """Return the minima next to points.

    Newton steps find a smooth minimum along any valley; a compass search after them, which no kink can
    mislead, finds one that lies on a kink; a last round of Newton steps gives the last digits.
    """
    x, y = _newton(problem, x, y, size)
    x, y = _compass(problem, x, y, size)
    if problem.penalty.l1 > 0.0:
        x, y = _on_axes(problem, x, y, size)
    return _newton(problem, x, y, size)


def _on_axes(problem: Loss, x: Array, y: Array, size: float) -> tuple[Array, Array]:
    """Put on an axis exactly what lies next to it, where the loss is no higher there."""
    for axis in (0, 1):
        moved = [x.copy(), y.copy()]
        moved[axis][np.abs(moved[axis]) < 1e-6 * size] = 0.0
        lower = problem.loss(*moved) <= problem.loss(x, y)
        x, y = (np.where(lower, new, old) for new, old in zip(moved, (x, y), strict=True))
    return x, y


def _newton(problem: Loss, x: Array, y: Array, size: float) -> tuple[Array, Array]:
    """Levenberg's damped Newton steps, each accepted only where the loss falls.

    As `optviz.kernels.settle`, whose numbers it goes by, for all points at once: point by point, in plain
    Python, a hundred of them would take seconds.
    """
    x, y = x.copy(), y.copy()
    l1 = float(problem.penalty.l1)
    going = np.arange(x.size)  # the points still on their way
    damping = np.zeros(x.size)
    best, gx, gy = problem.evaluate(x, y)
    for _ in range(100):
        if not going.size:
            break
        u, v = x[going], y[going]
        hxx, hxy, hyy = problem.hessian(u, v)
        ax, side_x, held_x = _freed(u, gx[going], l1)
        ay, side_y, held_y = _freed(v, gy[going], l1)
        hxy = np.where(held_x | held_y, 0.0, hxy)
        hxx, hyy = np.where(held_x, hyy, hxx), np.where(held_y, hxx, hyy)
        half = np.hypot(0.5 * (hxx - hyy), hxy)
        low, high = 0.5 * (hxx + hyy) - half, np.abs(0.5 * (hxx + hyy) + half)
        own = damping[going]
        level = LIFT * high - low + np.hypot(ax, ay) / size  # no curvature: no step longer than the domain
        shift = np.where(low <= 0, np.maximum(own, level), own)
        a, c = hxx + shift, hyy + shift
        determinant = a * c - hxy * hxy
        tu, tv = u + (hxy * ay - c * ax) / determinant, v + (hxy * ax - a * ay) / determinant
        if l1 > 0.0:
            tu, tv = np.where(tu * side_x < 0.0, 0.0, tu), np.where(tv * side_y < 0.0, 0.0, tv)
        du, dv = tu - u, tv - v
        there, tx, ty = problem.evaluate(tu, tv)
        usable = np.isfinite(du + dv) & (determinant > 0)
        moves = (du != 0.0) | (dv != 0.0)
        drowned = np.abs(ax * du + ay * dv) <= DROWNED * np.abs(best[going])
        shorter = np.hypot(_freed(tu, tx, l1)[0], _freed(tv, ty, l1)[0]) < np.hypot(ax, ay)
        lower = moves & np.where(drowned, shorter, there <= best[going])
        step = usable & lower
        short = np.hypot(du, dv) < SHORT * size
        stays = ~usable | np.where(lower, short, (own > MOST_DAMPING * (1 + high)) | drowned | ~moves)
        for array, new in ((x, tu), (y, tv), (best, there), (gx, tx), (gy, ty)):
            array[going] = np.where(step, new, array[going])
        harder = np.maximum(HARDER * own, FIRST * (high + FLOOR))
        damping[going] = np.where(lower, EASIER * own, harder)
        going = going[~stays]
    return x, y


def _freed(w: Array, slope: Array, l1: float) -> tuple[Array, Array, Flags]:
    """Return the slope an L1 penalty leaves, the side of 0 a weight is on or goes to, and which are held."""
    zero = (w == 0.0) & (l1 > 0.0)
    held = zero & (np.abs(slope) <= l1)
    left = np.where(held, 0.0, np.where(zero, slope - l1 * np.sign(slope), slope))
    return left, np.where(zero, -np.sign(slope), np.sign(w)), held


def _judged(problem: Loss, points: Array, report: Array, size: float) -> tuple[Flags, Flags]:
    """Return which points are minima beyond doubt, and which lie where nothing more is to be found.

    The first have no gradient and curve up all around; the second have next to no gradient and no curvature
    in some direction, being on a plateau or in a level valley.
    """
    loss, slope, low, high = report
    most, scale = np.maximum(np.abs(high), np.abs(low)), 1e-3 * np.abs(loss)
    still = slope <= np.minimum(1e-9 * low * size, 1e-10 * (1.0 + np.abs(loss)))
    certain = still & (low > 1e-12 * high) & (low * size * size > scale)
    idle = ~np.isfinite(most) | ((slope * size <= scale) & (low <= 1e-5 * most))
    if not (problem.penalty.l1 or problem.penalty.l2):
        # Where batch norm divides by little more than its ε there is a hole that no picture shows: the
        # minimum would be told from the ray it really is by the choice of ε alone.
        reach = _NEAR * size
        u = points[:, :1] + reach * np.cos(_TURN)
        v = points[:, 1:] + reach * np.sin(_TURN)
        rise = np.max(problem.loss(u, v), axis=1, initial=-np.inf) - loss
        hole = rise < 0.2 * 0.5 * high * reach * reach
        certain, idle = certain & ~hole, idle | hole
    return certain, idle


def _compass(problem: Loss, x: Array, y: Array, size: float) -> tuple[Array, Array]:
    """Look around in eight directions, move where it is lower, else look closer."""
    x, y = x.copy(), y.copy()
    best = problem.loss(x, y)
    reach = np.full(x.size, 1e-3 * size)
    going = np.arange(x.size)
    for _ in range(500):
        if not going.size:
            break
        u = x[going, None] + reach[going, None] * np.cos(_TURN)
        v = y[going, None] + reach[going, None] * np.sin(_TURN)
        around = problem.loss(u, v)
        around = np.where(np.isfinite(around), around, np.inf)
        i = np.argmin(around, axis=1)
        every = np.arange(going.size)
        lower = around[every, i] < best[going]
        moved = going[lower]
        x[moved], y[moved] = u[every, i][lower], v[every, i][lower]
        best[moved] = around[every, i][lower]
        reach[going] *= np.where(lower, 2.0, 0.25)
        going = going[(reach[going] >= 1e-13 * size) & (reach[going] <= size)]
    return x, y


def _isolated(problem: Loss, x: Array, y: Array, size: float) -> npt.NDArray[np.bool_]:
    """Return which points are minima with no equal next to them, and no poles."""
    best = problem.loss(x, y)
    hxx, hxy, hyy = problem.hessian(x, y)
    # The direction of least curvature is among those looked at: along it a valley may be flat.
    flattest = 0.5 * np.arctan2(2 * hxy, hxx - hyy) + 0.5 * np.pi
    flattest = np.where(np.isfinite(flattest), flattest, 0.0)[:, None]
    angle = np.concatenate([np.broadcast_to(_AROUND, (x.size, 24)), flattest, flattest + np.pi], axis=1)
    u, v = x[:, None] + _NEAR * size * np.cos(angle), y[:, None] + _NEAR * size * np.sin(angle)
    around = problem.loss(u, v)
    rise = around - best[:, None]
    rounding = 1e-14 * (1e-3 * np.max(np.abs(rise), axis=1, initial=0.0) + np.abs(best))
    true = np.isfinite(best) & np.isfinite(around).all(axis=1) & (rise > rounding[:, None]).all(axis=1)
    # Into a pole the loss falls ever faster: most of the fall is in the last billionth.
    closest = problem.loss(x[:, None] + 1e-9 * size * np.cos(angle), y[:, None] + 1e-9 * size * np.sin(angle))
    fall = np.max(closest - best[:, None], axis=1, initial=0.0)
    true &= fall <= 0.2 * np.max(rise, axis=1, initial=0.0) + rounding
    # Along a curved valley the circle is higher everywhere; going down from its lowest points, one on either
    # side, leads elsewhere.
    every = np.arange(x.size)
    around = np.where(np.isfinite(around), around, np.inf)
    i = np.argmin(around, axis=1)
    behind = np.where(np.cos(angle - angle[every, i][:, None]) < 0.0, around, np.inf)
    tolerance = np.abs(best) * 1e-12 + 1e-6 * np.max(rise, axis=1, initial=0.0)
    for side in (i, np.argmin(behind, axis=1)):
        px, py = _settle(problem, u[every, side], v[every, side], size)
        apart = np.hypot(px - x, py - y) > 0.5 * _NEAR * size
        true &= ~(apart & (problem.loss(px, py) <= best + tolerance))
    isolated: npt.NDArray[np.bool_] = true
    return isolated
