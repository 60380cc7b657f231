"""How many runs are laid out in blocks of lanes, and the blocks in parts that one call of a kernel moves."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np

from optviz.catalog import Array
from optviz.cores import cores
from optviz.errors import InputError
from optviz.maps.field import Whole

_TOGETHER = 8192  # lanes one call of a kernel moves: short enough to be called off, long enough to matter
_RATES_BYTES = 2**21  # of learning rates that one call is told


class Layout:
    """Where each of many runs lies.

    Parameters
    ----------
    count
        How many runs there are.
    lanes
        Of a block: B.
    steps
        For how many steps a call is told the learning rates.
    groups : int64[n]
        The group of each run; a block is of one. None where there are no groups.

    Attributes
    ----------
    blocks
        How many there are.
    cells
        What run each lane does, block by block.
    place
        In which lane each run lies.
    group_of : int64[blocks]
    parts
        The blocks that one call moves.
    """

    def __init__(self, count: int, lanes: int, steps: int, groups: Whole | None) -> None:
        self.count, self.lanes = count, lanes
        # So many parts that no core waits for another at the end.
        few = -(-self.count // self.lanes) // (4 * cores())
        together = max(1, min(_TOGETHER // self.lanes, few))
        self.cells: Whole | slice = slice(0, self.count)
        self.place: Whole | slice = slice(0, self.count)  # where each lane lies
        if groups is None:
            self.blocks = -(-self.count // self.lanes)
            self.group_of = np.zeros(self.blocks, np.int64)
            self.parts = [slice(a, a + together) for a in range(0, self.blocks, together)]
            return
        order = np.argsort(groups, kind="stable")
        numbers, counts = np.unique(groups, return_counts=True)
        parts, of_block = [], []
        for group, part in zip(numbers, np.split(order, np.cumsum(counts)[:-1]), strict=True):
            blocks = -(-len(part) // self.lanes)
            # What fills the last block up does as the last lane does.
            parts.append(part[np.minimum(np.arange(blocks * self.lanes), len(part) - 1)])
            of_block.append(np.full(blocks, group, np.int64))
        cells, self.group_of = np.concatenate(parts), np.concatenate(of_block)
        self.blocks = len(self.group_of)
        place = np.empty(self.count, np.int64)
        place[cells[::-1]] = np.arange(len(cells))[::-1]  # of several places the first
        self.cells, self.place = cells, place
        few = max(1, min(together, _RATES_BYTES // (8 * steps)))
        if few > 1:  # a block is told its own group's rates
            self.parts = [slice(a, a + few) for a in range(0, self.blocks, few)]
            return
        edges = [int(edge) for edge in np.flatnonzero(np.diff(self.group_of, prepend=-1, append=-1))]
        self.parts = [
            slice(a, min(a + together, end))
            for begin, end in pairwise(edges)
            for a in range(begin, end, together)
        ]

    def laid(self, points: Array) -> Array:
        """Return float64[blocks, 2 B] of float64[n, 2]."""
        laid = np.empty((self.blocks, 2, self.lanes))
        for axis in (0, 1):
            laid[:, axis] = self._filled(points[:, axis]).reshape(self.blocks, self.lanes)
        return laid.reshape(self.blocks, -1)

    def _filled(self, numbers: Array) -> Array:
        """Return float64[blocks * B] of float64[n]; what fills a block up does as its last lane does."""
        missing = self.blocks * self.lanes - self.count
        if isinstance(self.cells, slice):
            return np.concatenate([numbers, np.repeat(numbers[-1:], missing)]) if missing else numbers
        return numbers[self.cells]


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
