"""Many single runs of one optimizer on one surface at once, each the same bits as it would be alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array, Batches, Optimizer
from optviz.cores import each
from optviz.errors import InputError
from optviz.kernels.descend import no_loss, no_probe
from optviz.kernels.penalty import penalize
from optviz.kernels.sweep import LANES, sweep
from optviz.maps.field import CONVERGED, OUTSIDE, RUNNING, Field, Whole
from optviz.maps.layout import Layout, refuse_too_large
from optviz.maps.pair import fast_kernel
from optviz.maps.room import give_back, take
from optviz.problem import NEVER, Problem, Stop
from optviz.simulate import TOLERANCE

__all__ = [
    "CONVERGED", "OUTSIDE", "RUNNING", "Field", "Lanes", "Whole", "hypers_of", "refuse_too_large",
]  # fmt: skip

_KEPT_BYTES = 2**27  # of states on the way, to which a cursor that goes back returns
_NONE = np.zeros((0, 2))
_ALL: Batches = np.zeros((0, 0), np.int32)


class Lanes:
    """Many single runs at once, that can be taken further, and back.

    Parameters
    ----------
    starts : float64[n, 2]
    hypers : float64[1, h] or float64[n, h]
        The hyperparameters in the order of the declaration, the same for all or, with `groups`, each lane's
        own.
    rates
        What the schedule gives each step: float64[steps], the same for all; or a function of a group's number
        that says so for the group, and raises InputError where a schedule has no such rates: there are no
        runs then, and the lanes of the group are OUTSIDE.
    steps
        How many steps there are, where `rates` is a function.
    groups : int64[n]
        The group of each lane, where `rates` is a function.
    noise : float64[steps, 2] or float64[0, 2]
        The one stream that every lane hears.
    batches : int32[steps, b] or int32[0, 0]
        The samples that every lane sees.
    fast
        "wait": the kernel of this very pair is compiled if it has to be. "ready": it is taken from when it is
        at hand in this process. "never": the one of all pairs is taken.
    at_once
        Threads; 0 for all cores. The result is the same.
    stop
        Ends the work at once from another thread; another one may be put here at any time.

    Raises
    ------
    InputError
        When they cannot all be held in memory.
    Stopped
        From `at` and `arrivals`, when `stop` was set.
    """

    def __init__(
        self,
        problem: Problem,
        optimizer: Optimizer,
        starts: Array,
        hypers: Array,
        rates: Array | Callable[[int], Array],
        *,
        steps: int = 0,
        groups: Whole | None = None,
        noise: Array = _NONE,
        batches: Batches = _ALL,
        fast: str = "ready",
        at_once: int = 0,
        stop: Stop = NEVER,
    ) -> None:
        self.count, self.stop = len(starts), stop
        self.steps = steps if callable(rates) else len(rates)
        self._rates = rates if callable(rates) else None
        self._same = None if callable(rates) else np.ascontiguousarray(rates, dtype=np.float64)[None]
        self._at_once = at_once
        noisy = bool(len(noise) or len(batches))
        own = groups is not None and len(hypers) > 1
        wanted = fast != "never" and (own or groups is None)  # with rates alone of their own they are few
        self._faster = fast_kernel(problem, optimizer, noisy, own) if wanted else None
        if self._faster is not None and fast == "wait":
            self._faster.compiled  # noqa: B018 - compiled here and now
        # A block of lanes with hyperparameters of their own is for the kernel that knows such.
        self._mixed = own and self._faster is not None and self._faster.ready
        self.lanes = 1 if groups is not None else LANES
        if groups is not None and self._mixed:
            self.lanes = min(LANES, 8 * -(-int(np.bincount(groups).max()) // 8))
        self._twin = partial(
            Lanes, problem, optimizer, starts, hypers, rates, steps=steps, groups=groups, noise=noise,
            batches=batches, fast="never", at_once=at_once,
        )  # fmt: skip
        self._groups = np.zeros(self.count, np.int64) if groups is None else groups
        self._layout = Layout(self.count, self.lanes, self.steps, groups)
        blocks, alone = self._layout.blocks, self.lanes if self._mixed else 1
        rows, wide = len(optimizer.state_rows), 2 * self.lanes
        refuse_too_large(self.count, 8 * self.lanes * blocks * (20 + 2 * rows + optimizer.memory))
        self._outside = _outside(problem, starts)
        self._start = self._layout.laid(starts)
        shapes: dict[str, tuple[tuple[int, ...], type]] = {
            **dict.fromkeys(("theta", "grad"), ((blocks, wide), float)),
            "loss": ((blocks, self.lanes), float),
            "before": ((blocks, wide), float),
            "state": ((blocks, rows, wide), float),
            "memory": ((blocks, max(1, optimizer.memory) * alone), float),
            **dict.fromkeys(("limit", "short", "running"), ((blocks, self.lanes), float)),
            "counts": ((blocks, 2, self.lanes), np.int64),
            "attention": ((blocks * alone,), np.int64),
            "end": ((blocks, wide), float),
            "end_loss": ((blocks, self.lanes), float),
            **dict.fromkeys(("steps", "status"), ((blocks, self.lanes), np.int64)),
        }
        found = take(shapes)
        self._arrays = {name: found[name] for name in shapes}  # in the order of the kernel's arguments
        self._arrays["theta"][...] = self._start
        self._now, self._fresh = -1, True
        self._keeps = False  # until somebody goes back, nobody needs to return
        self._kept: list[tuple[int, dict[str, npt.NDArray[Any]]]] = []
        self._bytes = sum(array.nbytes for array in self._arrays.values())
        self._lock = RLock()  # whoever draws the last map may ask it while the next one is made of it
        hypers = np.ascontiguousarray(hypers, dtype=np.float64)
        if own:
            hypers = hypers[self._layout.cells].reshape(blocks, self.lanes, -1).transpose(0, 2, 1)
        elif groups is not None:  # for a block to have rates of its own it has to have all of its own
            hypers = np.repeat(hypers, blocks, axis=0)
        self._hypers = np.ascontiguousarray(hypers.reshape(len(hypers), -1))
        self._numbers = (problem.coefficient_array, problem.data, problem.penalty_array, batches)
        self._noise, self._feasible = noise, problem.feasible
        self._tolerance = -1.0 if len(noise) or len(batches) else TOLERANCE
        hessian = problem.kernels.hessian if optimizer.needs_hessian else no_loss
        parts = (problem.kernels.loss, hessian, optimizer.step, optimizer.probe or no_probe, penalize)
        self._functions = tuple(part.compiled for part in parts)
        self._switches = (optimizer.probe is not None, optimizer.needs_hessian)

    def __del__(self) -> None:
        arrays = self.__dict__.get("_arrays")
        if arrays is not None:
            give_back(arrays)

    @property
    def quick(self) -> bool:
        """Whether the kernel of this very pair does the work."""
        return self._faster is not None and self._faster.ready and (self._mixed or self.lanes == LANES)

    @property
    def outdated(self) -> bool:
        """Whether others, made anew, would be faster."""
        return self._faster is not None and self._faster.ready and not self.quick

    def at(self, k: int, stop: Stop | None = None) -> Field:
        """Return where all are after `k` steps, 0 to `steps`."""
        with self._lock:
            self.go(k, stop)
            return self._field()

    def go(self, k: int, stop: Stop | None = None) -> None:
        """Take all to `k` steps, as `at` does."""
        with self._lock:
            self.stop = stop or self.stop
            if k < self._now or self._now < 0:
                self._keeps = self._keeps or self._now >= 0
                self._go_back(k)
            if k > self._now:
                self._go_on(k)

    def arrivals(self, targets: Array, radius: float, stop: Stop | None = None) -> Whole:
        """Return int64[n]: the step after which each stays within `radius` of its target for the whole run.

        -1 where it is not there at the end. `targets` is float64[n, 2]; nan for none.
        """
        if self._mixed:  # the kernel that moves them looks now and then only
            return self._twin(stop=stop or self.stop).arrivals(targets, radius)
        with self._lock:
            last = self.at(self.steps, stop)
            packed = self._layout.laid(targets)
            outside = np.full((self._layout.blocks, self.lanes), -1, np.int64)
            gone = (self._arrays, self._now, self._kept)
            self._arrays = {
                name: self._start.copy() if name == "theta" else np.zeros_like(array)
                for name, array in self._arrays.items()
            }
            try:
                self._move(0, self.steps, packed, radius, outside)
            finally:
                self._arrays, self._now, self._kept = gone
        # Nothing follows the start itself: whoever begins outside has been outside at turn 0 at least.
        apart = (self._start - packed).reshape(self._layout.blocks, 2, -1)
        began = _within(apart[:, 0], apart[:, 1], radius)
        outside = np.where((outside < 0) & ~began, 0, outside).reshape(-1)[self._layout.place]
        away = last.end - targets
        there = _within(away[:, 0], away[:, 1], radius)
        return np.where(there & ~last.diverged & ~self._outside, outside + 1, -1)

    def _go_back(self, k: int) -> None:
        """Return to the last state kept that is not beyond `k`."""
        while self._kept and self._kept[-1][0] > k:
            self._kept.pop()
        if self._kept:
            self._now, kept = self._kept[-1]
            for name, array in kept.items():
                self._arrays[name][...] = array
            return
        if not self._fresh:
            for name, array in self._arrays.items():
                array[...] = self._start if name == "theta" else 0
        if k == 0:
            self._move(0, 0)
        self._now, self._fresh = 0, False

    def _go_on(self, k: int) -> None:
        # A cursor that goes back and forth starts again from here, not from the beginning.
        often = max(1, self.steps // max(1, min(16, _KEPT_BYTES // self._bytes)))
        if not self._keeps:
            self._move(self._now, k)
            self._now = k
        while self._now < k:
            goal = min(k, (self._now // often + 1) * often)
            self._move(self._now, goal)
            self._now = goal
            far = self._kept[-1][0] if self._kept else 0
            if goal % often == 0 and goal > far and (len(self._kept) + 1) * self._bytes <= _KEPT_BYTES:
                self._kept.append((goal, {name: array.copy() for name, array in self._arrays.items()}))

    def _move(
        self, first: int, last: int, targets: Array | None = None, radius: float = 0.0,
        outside: Whole | None = None,
    ) -> None:  # fmt: skip
        quick, stop = targets is None and self.quick, self.stop
        others: tuple[Any, ...] = (sweep.compiled,) if quick else ()
        kernel = self._faster.compiled if quick and self._faster is not None else sweep.compiled
        own = len(self._hypers) > 1
        alone = self.lanes if self._mixed else 1
        nowhere, nothing = np.zeros((0, 0)), np.zeros((0, 0), np.int64)

        def work(part: slice) -> None:
            if stop.flag[0]:
                return
            rates = self._rates_of(part)
            lanes = slice(part.start * alone, part.stop * alone)
            kernel(
                first, last, *others, *self._functions, *self._switches, *self._numbers,
                self._hypers[part] if own else self._hypers,
                rates, self._noise, self._tolerance, self._feasible, stop.flag,
                *[array[lanes if name == "attention" else part] for name, array in self._arrays.items()],
                nowhere if targets is None else targets[part], radius,
                nothing if outside is None else outside[part],
            )  # fmt: skip

        try:
            each(work, self._layout.parts, self._at_once)
            stop.check()
        except BaseException:
            self._now, self._kept, self._fresh = -1, [], False  # half done: it begins anew
            raise

    def _rates_of(self, part: slice) -> Array:
        """Return float64[1, steps] or float64[blocks, steps]: the rates of some blocks' groups."""
        if self._rates is None:
            assert self._same is not None
            return self._same
        groups, of_block = np.unique(self._layout.group_of[part], return_inverse=True)
        rows = np.zeros((len(groups), self.steps))
        for row, group in enumerate(groups):
            try:
                rows[row] = self._rates(int(group))
            except InputError:  # there are no runs: what the lanes do is nobody's
                self._outside |= self._groups == group
        return rows if len(groups) == 1 else rows[of_block]

    def _field(self) -> Field:
        a = self._arrays
        place, blocks = self._layout.place, self._layout.blocks
        end = np.empty((self.count, 2))
        for axis in (0, 1):
            end[:, axis] = a["end"].reshape(blocks, 2, -1)[:, axis].reshape(-1)[place]
        status = a["status"].reshape(-1)[place].copy()
        loss = a["end_loss"].reshape(-1)[place].copy()
        if self._outside.any():
            status[self._outside] = OUTSIDE
            loss[self._outside] = np.nan
        return Field(end, loss, a["steps"].reshape(-1)[place].copy(), status)


def _within(dx: Array, dy: Array, radius: float) -> npt.NDArray[np.bool_]:
    """Say where a point is within `radius`, in the very arithmetic of the sweep."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(dx * dx + dy * dy <= radius * radius)


def _outside(problem: Problem, starts: Array) -> npt.NDArray[np.bool_]:
    x_low, x_high, y_low, y_high = problem.feasible
    x, y = starts.T
    return np.asarray(~((x >= x_low) & (x <= x_high) & (y >= y_low) & (y <= y_high)))


def hypers_of(optimizer: Optimizer, values: Sequence[dict[str, float]]) -> Array:
    """Return float64[n, h]: hyperparameters in the order of the declaration."""
    return np.array([[one[knob.name] for knob in optimizer.knobs] for one in values], dtype=np.float64)
