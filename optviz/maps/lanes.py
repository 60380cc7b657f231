"""Many single runs of one optimizer on one surface at once, each the same bits as it would be alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array, Batches, Optimizer
from optviz.cores import cores, each
from optviz.errors import InputError
from optviz.kernels import Kernel
from optviz.kernels import descend as ends
from optviz.kernels.descend import no_loss, no_probe
from optviz.kernels.fused import fused
from optviz.kernels.fused_own import fused_own
from optviz.kernels.penalty import penalize
from optviz.kernels.sweep import LANES, sweep
from optviz.problem import NEVER, Problem, Stop
from optviz.simulate import TOLERANCE

Whole = npt.NDArray[np.int64]

RUNNING = 0
CONVERGED = ends.CONVERGED
OUTSIDE = 7
"""The start lies outside the set that the surface is declared on; there is no run from it."""

_TOGETHER = 8192  # lanes one call of a kernel moves: short enough to be called off, long enough to matter
_RATES_BYTES = 2**21  # of learning rates that one call is told
_KEPT_BYTES = 2**27  # of states on the way, to which a cursor that goes back returns
_NONE = np.zeros((0, 2))
_ALL: Batches = np.zeros((0, 0), np.int32)


@dataclass(frozen=True, eq=False)
class Field:
    """Where every lane is after some steps; n lanes in the order of their starts.

    Attributes
    ----------
    end : float64[n, 2]
        The last finite point.
    loss : float64[n]
        The loss there, penalty included, no noise.
    steps : int64[n]
        Steps done.
    status : int64[n]
        Why it ended (`optviz.kernels.descend`), RUNNING where it has not, OUTSIDE where it never began.
    """

    end: Array
    loss: Array
    steps: Whole
    status: Whole

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """bool[n]"""
        return np.asarray((self.status > CONVERGED) & (self.status != OUTSIDE))


def kernels_of_lanes(problem: Problem, optimizer: Optimizer) -> list[Kernel]:
    """Return the kernels that any sweep of a pair calls; the fast one of its own is not among them."""
    probe = [optimizer.probe] if optimizer.probe else []
    hessian = [problem.kernels.hessian] if optimizer.needs_hessian else []
    return [problem.kernels.loss, *hessian, optimizer.step, *probe, sweep, no_loss, no_probe, penalize]


def fast_kernel(
    problem: Problem, optimizer: Optimizer, noisy: bool = False, own: bool = False
) -> Kernel | None:
    """Return the kernel that has this pair written into it; None where a sweep of it is not a plain one.

    A loss of samples takes so long that nothing would be gained. `own`: the one for lanes that have
    hyperparameters of their own.
    """
    plain = not (noisy or optimizer.probe or optimizer.needs_hessian or problem.penalty_array.any())
    if not plain or problem.surface.model is not None or np.isfinite(problem.feasible).any():
        return None
    merged = fused_own if own else fused
    return merged(problem.kernels.loss, optimizer.step)


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
        self._places(groups)
        blocks, alone = self._blocks, self.lanes if self._mixed else 1
        rows, wide = len(optimizer.state_rows), 2 * self.lanes
        refuse_too_large(self.count, 8 * self.lanes * blocks * (20 + 2 * rows + optimizer.memory))
        self._outside = _outside(problem, starts)
        self._start = self._laid(starts)
        self._arrays: dict[str, npt.NDArray[Any]] = {
            "theta": self._start.copy(),
            "grad": np.zeros((blocks, wide)),
            "loss": np.zeros((blocks, self.lanes)),
            "before": np.zeros((blocks, wide)),
            "state": np.zeros((blocks, rows, wide)),
            "memory": np.zeros((blocks, max(1, optimizer.memory) * alone)),
            **{name: np.zeros((blocks, self.lanes)) for name in ("limit", "short", "running")},
            "counts": np.zeros((blocks, 2, self.lanes), np.int64),
            "attention": np.zeros(blocks * alone, np.int64),
            "end": np.zeros((blocks, wide)),
            "end_loss": np.zeros((blocks, self.lanes)),
            "steps": np.zeros((blocks, self.lanes), np.int64),
            "status": np.zeros((blocks, self.lanes), np.int64),
        }
        self._now, self._fresh = -1, True
        self._keeps = False  # until somebody goes back, nobody needs to return
        self._kept: list[tuple[int, dict[str, npt.NDArray[Any]]]] = []
        self._bytes = sum(array.nbytes for array in self._arrays.values())
        self._lock = RLock()  # whoever draws the last map may ask it while the next one is made of it
        hypers = np.ascontiguousarray(hypers, dtype=np.float64)
        if own:
            hypers = hypers[self._cells].reshape(blocks, self.lanes, -1).transpose(0, 2, 1)
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

    def _places(self, groups: Whole | None) -> None:
        """Lay the lanes out in blocks, each of one group."""
        # So many parts that no core waits for another at the end.
        few = -(-self.count // self.lanes) // (4 * cores())
        together = max(1, min(_TOGETHER // self.lanes, few))
        self._cells: Whole | slice = slice(0, self.count)
        self._place: Whole | slice = slice(0, self.count)  # where each lane lies
        if groups is None:
            self._blocks = -(-self.count // self.lanes)
            self._group_of = np.zeros(self._blocks, np.int64)
            self._parts = [slice(a, a + together) for a in range(0, self._blocks, together)]
            return
        order = np.argsort(groups, kind="stable")
        numbers, counts = np.unique(groups, return_counts=True)
        parts, of_block = [], []
        for group, part in zip(numbers, np.split(order, np.cumsum(counts)[:-1]), strict=True):
            blocks = -(-len(part) // self.lanes)
            # What fills the last block up does as the last lane does.
            parts.append(part[np.minimum(np.arange(blocks * self.lanes), len(part) - 1)])
            of_block.append(np.full(blocks, group, np.int64))
        cells, self._group_of = np.concatenate(parts), np.concatenate(of_block)
        self._blocks = len(self._group_of)
        place = np.empty(self.count, np.int64)
        place[cells[::-1]] = np.arange(len(cells))[::-1]  # of several places the first
        self._cells, self._place = cells, place
        few = max(1, min(together, _RATES_BYTES // (8 * self.steps)))
        if few > 1:  # a block is told its own group's rates
            self._parts = [slice(a, a + few) for a in range(0, self._blocks, few)]
            return
        edges = [int(edge) for edge in np.flatnonzero(np.diff(self._group_of, prepend=-1, append=-1))]
        self._parts = [
            slice(a, min(a + together, end))
            for begin, end in pairwise(edges)
            for a in range(begin, end, together)
        ]

    def _laid(self, points: Array) -> Array:
        """Return float64[blocks, 2 B] of float64[n, 2]."""
        laid = np.empty((self._blocks, 2, self.lanes))
        for axis in (0, 1):
            laid[:, axis] = self._filled(points[:, axis]).reshape(self._blocks, self.lanes)
        return laid.reshape(self._blocks, -1)

    def _filled(self, numbers: Array) -> Array:
        """Return float64[blocks * B] of float64[n]; what fills a block up does as its last lane does."""
        missing = self._blocks * self.lanes - self.count
        if isinstance(self._cells, slice):
            return np.concatenate([numbers, np.repeat(numbers[-1:], missing)]) if missing else numbers
        return numbers[self._cells]

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
            packed = self._laid(targets)
            outside = np.full((self._blocks, self.lanes), -1, np.int64)
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
        apart = (self._start - packed).reshape(self._blocks, 2, -1)
        began = _within(apart[:, 0], apart[:, 1], radius)
        outside = np.where((outside < 0) & ~began, 0, outside).reshape(-1)[self._place]
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
            each(work, self._parts, self._at_once)
            stop.check()
        except BaseException:
            self._now, self._kept, self._fresh = -1, [], False  # half done: it begins anew
            raise

    def _rates_of(self, part: slice) -> Array:
        """Return float64[1, steps] or float64[blocks, steps]: the rates of some blocks' groups."""
        if self._rates is None:
            assert self._same is not None
            return self._same
        groups, of_block = np.unique(self._group_of[part], return_inverse=True)
        rows = np.zeros((len(groups), self.steps))
        for row, group in enumerate(groups):
            try:
                rows[row] = self._rates(int(group))
            except InputError:  # there are no runs: what the lanes do is nobody's
                self._outside |= self._groups == group
        return rows if len(groups) == 1 else rows[of_block]

    def _field(self) -> Field:
        a = self._arrays
        end = np.empty((self.count, 2))
        for axis in (0, 1):
            end[:, axis] = a["end"].reshape(self._blocks, 2, -1)[:, axis].reshape(-1)[self._place]
        status = a["status"].reshape(-1)[self._place].copy()
        loss = a["end_loss"].reshape(-1)[self._place].copy()
        if self._outside.any():
            status[self._outside] = OUTSIDE
            loss[self._outside] = np.nan
        return Field(end, loss, a["steps"].reshape(-1)[self._place].copy(), status)


def refuse_too_large(count: int, need: int) -> None:
    """Refuse runs that cannot be held, before anything is allocated; `need` is in bytes."""
    if need < 2**28 or not hasattr(os, "sysconf") or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if need > 0.8 * free:
        raise InputError(
            f"map.size: {count:,} runs need {need / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are "
            "free; take fewer"
        )


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
