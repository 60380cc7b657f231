"""Pictures are drafts while something moves, and drawn in full, behind the window, once it rests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal

from optviz.problem import Stopped

_REST = 140  # ms without a change


class Refiner(QObject):
    """Tells when drafts will do and when the pictures may be drawn in full.

    `jobs` returns what computes the full pictures, with no Qt in it; they run beside each other in threads.

    Signals
    -------
    changed(bool)
        Whether drafts are to be shown now.
    """

    changed = Signal(bool)
    _done = Signal(int)

    def __init__(self, jobs: Callable[[], list[Callable[[], None]]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.drafts = False
        self._number = 0
        self._left = 0
        self._pool: ThreadPoolExecutor | None = None
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(_REST)
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

    def _begin(self) -> None:
        jobs, number = self._jobs(), self._number
        self._left = len(jobs)
        if not jobs:
            self._set(False)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="refine")
        for job in jobs:
            self._pool.submit(self._work, job, number)

    def _work(self, job: Callable[[], None], number: int) -> None:
        if number == self._number:
            try:
                job()
            except Stopped:
                return
            finally:
                self._done.emit(number)

    def _count(self, number: int) -> None:
        if number != self._number:
            return
        self._left -= 1
        if self._left == 0:
            self._set(False)

    def _set(self, drafts: bool) -> None:
        if drafts != self.drafts:
            self.drafts = drafts
            self.changed.emit(drafts)
