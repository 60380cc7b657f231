"""Work shared by all cores: compiled kernels run without the interpreter's lock, so threads do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np

_Item = TypeVar("_Item")
_MOST = 8  # threads; what they do is soon limited by memory


def cores() -> int:
    """Return how many cores this process may use, 8 at most."""
    has = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(has, _MOST)


def shared(work: Callable[[slice], None], rows: int, size: int) -> None:
    """Do `work` on slices of rows, on all cores where `size` numbers make it worth it."""
    parts_wanted = 1 if size < 20_000 else cores()
    edges = np.linspace(0, rows, max(min(parts_wanted, rows), 1) + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(edges)]
    if len(parts) == 1:
        work(parts[0])
    else:
        list(_threads().map(work, parts))


def each(work: Callable[[_Item], None], items: Iterable[_Item], at_once: int = 0) -> None:
    """Do `work` on every item, `at_once` of them at a time (0: as many as there are cores); in any order.

    The first error is raised when all have ended.
    """
    several = list(items)
    if (at_once or cores()) == 1 or len(several) < 2:
        for item in several:
            work(item)
        return
    waiting = [_threads().submit(work, item) for item in several]
    for one in waiting:
        one.exception()
    for one in waiting:
        one.result()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="core")
