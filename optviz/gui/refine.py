"""Pictures are drafts while something moves, and drawn in full, behind the window, once it rests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal

from optviz.problem import Stopped

REST = 140  # ms without a change


class Refiner(QObject):
    """Tells when drafts will do and when the pictures may be drawn in full.

    `jobs` returns what computes the full pictures, with no Qt in it; they run beside each other in threads,
    `threads` of them at once. New ones begin when the old ones have ended, so never more are under way.

    Signals
    -------
    changed(bool)
        Whether drafts are to be shown now.
    """

    changed = Signal(bool)
    _done = Signal(int)

    def __init__(
        self,
        jobs: Callable[[], list[Callable[[], None]]],
        parent: QObject | None = None,
        *,
        rest: int = REST,
        threads: int = 2,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._threads = jobs, threads
        self.drafts = False
        self._number = 0
        self._left = 0
        self._running = 0
        self._waits = False  # to begin once what is no longer wanted has ended
        self._pool: ThreadPoolExecutor | None = None
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(rest)
        self._resting.timeout.connect(self._begin)
        self._done.connect(self._count)

    def disturb(self) -> None:
        """Something has changed: drafts, until it rests."""
        self._number += 1
        self._resting.start()
        self._set(True)

    def close(self) -> None:
        """Forget what is under way; returns when the threads have ended."""
        self._number += 1
        self._resting.stop()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
            self._running, self._waits = 0, False

    def _begin(self) -> None:
        self._waits = self._running > 0
        if self._waits:
            return
        jobs, number = self._jobs(), self._number
        self._left = self._running = len(jobs)
        if not jobs:
            self._set(False)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="refine")
        for job in jobs:
            self._pool.submit(self._work, job, number)

    def _work(self, job: Callable[[], None], number: int) -> None:
        try:
            if number == self._number:
                job()
        except Stopped:
            return
        finally:
            self._done.emit(number)

    def _count(self, number: int) -> None:
        self._running = max(0, self._running - 1)
        if self._waits and not self._running and not self._resting.isActive():
            self._begin()
            return
        if number != self._number:
            return
        self._left -= 1
        if self._left == 0:
            self._set(False)

    def _set(self, drafts: bool) -> None:
        if drafts != self.drafts:
            self.drafts = drafts
            self.changed.emit(drafts)
