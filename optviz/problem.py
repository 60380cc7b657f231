"""A surface made concrete: kernels, numbers and penalty in one value that can be asked."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz import formula
from optviz.catalog import Array, Choices, Posed, Surface
from optviz.cores import shared
from optviz.errors import InputError, shown
from optviz.experiment import Experiment, Penalty
from optviz.kernels import Kernel
from optviz.kernels.penalty import penalize
from optviz.kernels.raster import fill, raster
from optviz.lattice import cubic, lattice_points
from optviz.minima import SLOW_GRID, SMOOTH_GRID, find_minima, find_smooth_minima

NO_PENALTY = Penalty()
Limits = tuple[tuple[float, float], tuple[float, float]]
Columns = npt.NDArray[np.int32] | None

_KEPT_BYTES = 2**27  # of pictures of the loss of samples
_GLANCE = 0.004  # seconds between two looks at whether a slow picture is still wanted


class Stopped(Exception):  # noqa: N818 - not an error
    """The work was called off because nobody wants its result any more."""


class Stop:
    """A flag that ends a long computation from another thread; kernels read its memory."""

    def __init__(self) -> None:
        self.flag = np.zeros(1, np.uint8)

    def set(self) -> None:
        self.flag[0] = 1

    def check(self) -> None:
        """Raise Stopped once the flag is set."""
        if self.flag[0]:
            raise Stopped


NEVER = Stop()


class Problem:
    """A surface with its coefficients, choices and penalty; or a mixture of two, on the way between them.

    Parameters
    ----------
    surface
        The declaration.
    coefficients, choices
        Every coefficient and choice by name.
    penalty
        Added to the loss, the gradient and the Hessian.
    wait
        True waits for compiled kernels; False answers at once, with plain Python where a kernel is not
        compiled yet. The loss of samples always waits: uncompiled it would take minutes.
    other, share
        The loss is (1 - share) times this one and share times the other's; both of the same surface.
        `penalty` is the mixture's.
    grid
        A slow surface's pictures are computed on this many points a side; 0 for all it has.
    stop
        Ends a picture that takes long.
    """

    def __init__(
        self,
        surface: Surface,
        coefficients: Mapping[str, float],
        penalty: Penalty = NO_PENALTY,
        wait: bool = True,
        choices: Choices | None = None,
        *,
        other: Problem | None = None,
        share: float = 0.0,
        grid: int = 0,
        stop: Stop = NEVER,
    ) -> None:
        self.surface = surface
        self.coefficients = dict(coefficients)
        self.choices = dict(choices or {})
        self.penalty = penalty
        self.wait = wait or surface.model is not None
        self.other, self.share = (other, share) if share > 0.0 else (None, 0.0)
        self.stop = stop
        self.slow = surface.model is not None and surface.model.slow
        self.grid = (grid or surface.model.grid) if surface.model is not None and self.slow else 0
        self._names = tuple(knob.name for knob in surface.coefficients)
        self.kernels = surface.model or formula.kernels(surface.formula, self._names)
        self.penalty_array = np.array([penalty.l1, penalty.l2])

    @classmethod
    def of(cls, experiment: Experiment, wait: bool = True) -> Problem:
        """Return the problem an experiment poses; of a comparison, that of neither side."""
        return cls(
            experiment.declared_surface, experiment.coefficients, experiment.penalty, wait, experiment.choices
        )

    def between(self, other: Problem, share: float) -> Problem:
        """Return the mixture (1 - share) of this loss and share of the other's, penalties likewise.

        At both ends it is the one or the other itself: what is not finite elsewhere does not count.
        """
        if share in (0.0, 1.0):
            return other if share else self
        mine, theirs = self.penalty, other.penalty
        penalty = Penalty(
            (1.0 - share) * mine.l1 + share * theirs.l1, (1.0 - share) * mine.l2 + share * theirs.l2
        )
        return self._changed(penalty=penalty, other=other, share=share)

    def _changed(self, **changes: Any) -> Problem:
        names = ("surface", "coefficients", "penalty", "wait", "choices", "other", "share", "grid", "stop")
        own: dict[str, Any] = {name: getattr(self, name) for name in names}
        return Problem(**{**own, **changes})

    def with_penalty(self, penalty: Penalty) -> Problem:
        """Return the same loss with another penalty; what is known of its samples is kept.

        Nothing stops it: it may outlive the work it was made for.
        """
        found = self._changed(penalty=penalty, stop=NEVER)
        found.own_key = self.own_key
        for name in ("posed", "coefficient_array", "data"):
            if name in self.__dict__:
                found.__dict__[name] = self.__dict__[name]
        return found

    def at_grid(self, grid: int, stop: Stop = NEVER) -> Problem:
        """Return this problem with its pictures on another grid; the same where it is not slow."""
        other = self.other.at_grid(grid, stop) if self.other is not None else None
        return self._changed(other=other, grid=grid, stop=stop)

    def of_samples(self, columns: Columns, others: Columns = None) -> Problem:
        """Return the problem that only some samples pose.

        Parameters
        ----------
        columns
            Which samples; None for all.
        others
            Which of the other loss's, in a mixture.
        """
        return _Part(self, columns, others)

    @cached_property
    def posed(self) -> Posed | None:
        """The numbers of a data surface; None for a formula. The first time may take seconds."""
        model = self.surface.model
        return model.pose(self.coefficients, self.choices) if model is not None else None

    @cached_property
    def coefficient_array(self) -> Array:
        if self.posed is not None:
            return self.posed.coefficients
        return np.array([self.coefficients[name] for name in self._names], dtype=np.float64)

    @cached_property
    def data(self) -> Array:
        """The samples, float64[columns, m]; empty for a formula."""
        return self.posed.data if self.posed is not None else np.zeros((0, 0))

    @cached_property
    def feasible(self) -> Array:
        """The box that no step leaves, float64[4]: xlo, xhi, ylo, yhi; infinite where a side is open."""
        everywhere = ((-np.inf, np.inf), (-np.inf, np.inf))
        return np.array(self.surface.feasible or everywhere, dtype=np.float64).ravel()

    @cached_property
    def own_key(self) -> str:
        """A text that is the same for problems with equal losses but for penalty and mixture."""
        parts = [self.surface.id, self.surface.formula, self.coefficients, self.choices]
        return json.dumps(parts, sort_keys=True)

    @cached_property
    def key(self) -> str:
        """A text that is the same for problems with equal losses."""
        return json.dumps([self.loss_key, self.grid])

    @cached_property
    def loss_key(self) -> str:
        """As `key`, whatever grid its pictures are computed on."""
        parts = [self.own_key, self.penalty.l1, self.penalty.l2, self.share]
        return json.dumps([*parts, self.other.own_key if self.other is not None else ""])

    def call(self, kernel: Kernel) -> Callable[..., Any]:
        """Return the fastest form of a kernel that may be had without breaking the promise of `wait`."""
        return kernel.compiled if self.wait or kernel.ready else kernel.python

    def evaluate(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array, Array]:
        """Return loss, gx and gy at points of equal shape."""
        return self._ask(self.kernels.loss, x, y, penalty=True)

    def loss(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Return the loss at points of equal shape, penalty included."""
        if self.surface.model is None:
            return self.evaluate(x, y)[0]
        xs, ys = _points(x, y)
        out = self._own_loss(xs, ys)
        l1, l2 = self.penalty.l1, self.penalty.l2
        with np.errstate(all="ignore"):  # far out a loss may be infinite, and says so
            if self.other is not None:
                out = (1.0 - self.share) * out + self.share * self.other._own_loss(xs, ys)
            if l1 or l2:
                out = out + l1 * (np.abs(xs) + np.abs(ys)) + (0.5 * l2 * xs * xs + 0.5 * l2 * ys * ys)
        return np.asarray(out)

    def _own_loss(self, xs: Array, ys: Array) -> Array:
        """Return the loss of samples without penalty and mixture, on all cores where it is worth it."""
        assert self.surface.model is not None
        value = self.surface.model.value.compiled
        flat_x, flat_y = np.ascontiguousarray(xs).ravel(), np.ascontiguousarray(ys).ravel()
        out = np.empty(flat_x.size)

        def work(part: slice) -> None:
            value(flat_x[part], flat_y[part], self.coefficient_array, self.data, out[part])

        shared(work, flat_x.size, flat_x.size * self.data.shape[1])
        return out.reshape(xs.shape)

    def gradient(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
        """Return (gx, gy) at points of equal shape, penalty included."""
        return self.evaluate(x, y)[1:]

    def hessian(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array, Array]:
        """Return (hxx, hxy, hyy) at points of equal shape, the L2 penalty included."""
        hxx, hxy, hyy = self._ask(self.kernels.hessian, x, y, penalty=False)
        return hxx + self.penalty.l2, hxy, hyy + self.penalty.l2

    def curvature(self, x: float, y: float) -> tuple[float, float]:
        """Return the smallest and largest eigenvalue of the Hessian at a point (nan where undefined)."""
        hxx, hxy, hyy = (float(h) for h in self.hessian(x, y))
        middle, half = 0.5 * (hxx + hyy), float(np.hypot(0.5 * (hxx - hyy), hxy))
        return middle - half, middle + half

    def _ask(
        self, kernel: Kernel, x: npt.ArrayLike, y: npt.ArrayLike, penalty: bool
    ) -> tuple[Array, Array, Array]:
        xs, ys = _points(x, y)
        flat_x, flat_y = np.ascontiguousarray(xs).ravel(), np.ascontiguousarray(ys).ravel()
        a, b, c = (np.empty(flat_x.size) for _ in range(3))
        self.call(kernel)(flat_x, flat_y, self.coefficient_array, self.data, a, b, c)
        if self.other is not None:
            parts = [np.empty(flat_x.size) for _ in range(3)]
            self.call(kernel)(flat_x, flat_y, self.other.coefficient_array, self.other.data, *parts)
            with np.errstate(all="ignore"):
                for mine, theirs in zip((a, b, c), parts, strict=True):
                    mine *= 1.0 - self.share
                    mine += self.share * theirs
        if penalty and self.penalty_array.any():
            self.call(penalize)(flat_x, flat_y, self.penalty_array, a, b, c)
        return a.reshape(xs.shape), b.reshape(xs.shape), c.reshape(xs.shape)

    # -------------------------------------------------------------- pictures

    def raster(self, xs: Array, ys: Array, limits: Limits | None = None) -> Array:
        """Return the loss float64[h, w] at every (xs[column], ys[row]); all cores share the rows.

        Parameters
        ----------
        limits
            The part of the plane that is being drawn. A slow surface is computed on a grid over it, once, and
            what lies between is interpolated.
        """
        xs, ys = np.ascontiguousarray(xs, dtype=np.float64), np.ascontiguousarray(ys, dtype=np.float64)
        if self.surface.model is None and self.other is None:
            return self._formula_raster(xs, ys)
        out = self._own_raster(xs, ys, limits)
        l1, l2 = self.penalty.l1, self.penalty.l2
        with np.errstate(all="ignore"):
            if self.other is not None:
                out = (1.0 - self.share) * out + self.share * self.other._own_raster(xs, ys, limits)
            if l1 or l2:  # the samples' part is kept: a penalty that moves costs two additions
                along_x, along_y = (l1 * np.abs(w) + 0.5 * l2 * w * w for w in (xs, ys))
                return np.asarray(out + along_x + along_y[:, None])
        return out if self.other is not None else out.copy()

    def kept(self, limits: Limits) -> bool:
        """Say whether a slow surface's picture over the limits is at hand, whatever the penalty."""
        xs, ys = lattice_points(limits, self.grid)
        with _lock:
            mine = (self.own_key, xs.tobytes(), ys.tobytes()) in _rasters
        return mine and (self.other is None or self.other.at_grid(self.grid).kept(limits))

    def _own_raster(self, xs: Array, ys: Array, limits: Limits | None) -> Array:
        """Return the loss without penalty and mixture, kept for the next time."""
        if self.slow and limits is not None:
            grid = lattice_points(limits, self.grid)
            return cubic(self._kept_raster(*grid), *grid, xs, ys)
        return self._kept_raster(xs, ys)

    def _kept_raster(self, xs: Array, ys: Array) -> Array:
        key = (self.own_key, xs.tobytes(), ys.tobytes())
        with _lock:
            found = _rasters.pop(key, None)
            if found is not None:
                _rasters[key] = found
                return found
        if self.surface.model is None:
            plain = Problem(self.surface, self.coefficients, NO_PENALTY, self.wait, self.choices)
            found = plain._formula_raster(xs, ys)
        else:
            value, columns = self.surface.model.value.compiled, fill.compiled
            turned = np.empty((xs.size, ys.size))

            def work(part: slice) -> None:
                if not self.slow:
                    columns(value, xs[part], ys, self.coefficient_array, self.data, turned[part])
                    return
                # Called off at once: the flag is looked at every few milliseconds.
                at_once = 1
                for i in range(part.start, part.stop):
                    first = 0
                    while first < ys.size:
                        self.stop.check()
                        some = slice(first, first + at_once)
                        begun = perf_counter()
                        part_of = turned[i : i + 1, some]
                        columns(value, xs[i : i + 1], ys[some], self.coefficient_array, self.data, part_of)
                        took, first = perf_counter() - begun, first + at_once
                        if took < _GLANCE / 2:
                            at_once *= 2
                        elif took > _GLANCE:
                            at_once = max(1, at_once // 2)

            shared(work, xs.size, turned.size * self.data.shape[1])
            found = np.ascontiguousarray(turned.T)
        with _lock:
            _rasters[key] = found
            while sum(kept.nbytes for kept in _rasters.values()) > _KEPT_BYTES and len(_rasters) > 1:
                _rasters.popitem(last=False)
        return found

    def _formula_raster(self, xs: Array, ys: Array) -> Array:
        out = np.empty((ys.size, xs.size))
        kernels = (self.kernels.loss, raster, penalize)
        if not self.wait and not all(kernel.ready for kernel in kernels):
            grid_x, grid_y = np.meshgrid(xs, ys)
            return self.loss(grid_x, grid_y)
        loss, fill_rows, add = (kernel.compiled for kernel in kernels)

        def work(part: slice) -> None:
            fill_rows(
                loss, add, xs, ys[part], self.coefficient_array, self.data, self.penalty_array, out[part]
            )

        shared(work, ys.size, out.size)
        return out

    @cached_property
    def minima(self) -> Array:
        """The minima, float64[k, 2]: the declared ones carried to these numbers and this penalty.

        For a formula, and where anything is not as declared, they are looked for on a grid over the domain
        too. Only isolated minima count, not the floor of a flat valley. Empty where none is known.
        """
        surface = self.surface
        defaults = {knob.name: knob.default for knob in surface.coefficients}
        chosen = all(self.choices[choice.name] == choice.default for choice in surface.choices)
        listed = np.array([minimum.point for minimum in surface.minima], dtype=np.float64).reshape(-1, 2)
        plain = not self.penalty_array.any() and self.other is None and len(listed) > 0
        if self.coefficients == defaults and chosen and surface.id != "formula" and plain:
            return listed
        if self.posed is None:
            return find_minima(self, surface.domain, listed)
        known = self.posed.arrays.get("minima", np.zeros((0, 2)))  # where trained networks lie
        cells = SLOW_GRID if self.slow else SMOOTH_GRID
        parts = (self, self.other) if self.other is not None else (self,)
        kinked = any(part.choices.get("activation") in ("relu", "leaky_relu") for part in parts)
        return find_smooth_minima(self, surface.domain, np.concatenate([listed, known]), cells, kinked)


class _Part(Problem):
    """What some of the samples pose."""

    def __init__(self, whole: Problem, columns: Columns, others: Columns = None) -> None:
        super().__init__(
            whole.surface, whole.coefficients, whole.penalty, whole.wait, whole.choices,
            other=_Part(whole.other, others) if whole.other is not None else None, share=whole.share,
            grid=whole.grid, stop=whole.stop,
        )  # fmt: skip
        self.whole, self.columns, self.others = whole, columns, others
        self.coefficient_array = whole.coefficient_array
        self.data = whole.data if columns is None else np.ascontiguousarray(whole.data[:, columns])

    def at_grid(self, grid: int, stop: Stop = NEVER) -> Problem:
        return _Part(self.whole.at_grid(grid, stop), self.columns, self.others)

    @cached_property
    def own_key(self) -> str:
        return json.dumps([super().own_key, None if self.columns is None else self.columns.tolist()])


def _points(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    xs, ys = _numbers(x, "x"), _numbers(y, "y")
    if xs.shape != ys.shape:
        raise InputError(f"x and y must have equal shapes; theirs are {xs.shape} and {ys.shape}")
    return xs, ys


def _numbers(values: npt.ArrayLike, name: str) -> Array:
    try:
        array = np.asarray(values)
        if array.dtype.kind in "biufO":
            return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InputError(f"{name}: {shown(values)} is not allowed; it must be a number or an array of numbers")


_rasters: OrderedDict[tuple[str, bytes, bytes], Array] = OrderedDict()
_lock = Lock()
