"""Slow work behind the window: one thread, one job at a time, the last request wins."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from threading import Condition

from PySide6.QtCore import QObject, QThread, Signal

from optviz.errors import InputError
from optviz.networks.training import calling_off
from optviz.problem import Stop, Stopped

Job = Callable[[Stop], Iterator[object]]


class _Worker(QThread):
    """Waits for jobs and does the newest; what one yields is told with its number."""

    yielded = Signal(int, object)
    refused = Signal(int, str)
    done = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._wake = Condition()
        self._next: tuple[int, Job, Stop] | None = None
        self._stop = Stop()  # of the job under way
        self._ended = False

    def give(self, number: int, job: Job | None) -> None:
        """Call off the job under way; do another (None: nothing) when that has noticed."""
        with self._wake:
            self._stop.set()
            self._next = (number, job, Stop()) if job is not None else None
            self._wake.notify_all()

    def end(self) -> None:
        """Call off everything and let the thread run out."""
        with self._wake:
            self._stop.set()
            self._next, self._ended = None, True
            self._wake.notify_all()

    def run(self) -> None:
        while True:
            with self._wake:
                while self._next is None and not self._ended:
                    self._wake.wait()
                if self._ended or self._next is None:
                    return
                number, job, self._stop = self._next
                stop = self._stop
                self._next = None
            calling_off.set(stop.check)  # a training ends in the middle, too
            try:
                for value in job(stop):
                    stop.check()
                    self.yielded.emit(number, value)
                self.done.emit(number)
            except Stopped:
                pass
            except InputError as error:
                self.refused.emit(number, str(error))
            except Exception as error:  # the window must live, and a person must know
                self.refused.emit(number, f"{type(error).__name__}: {error}")


def _end(worker: _Worker) -> None:
    worker.end()
    worker.wait()


class Background(QObject):
    """Does what takes long in a thread of its own, in stages, for a window that stays smooth.

    A job is a function that takes a `Stop` and yields values: each is delivered in the window's thread,
    unless another job was started or everything cancelled in between. It passes the stop on to what can be
    ended in the middle, and raises `Stopped` when it is set.

    Signals
    -------
    delivered(object)
        What the newest job yielded.
    failed(str)
        It was refused, in one line.
    busy_changed(bool)
        Whether a job is under way.
    """

    delivered = Signal(object)
    failed = Signal(str)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._number = 0
        self._closed = False
        self.busy = False

    def start(self, job: Job) -> None:
        """Do `job` instead of whatever is under way; nothing after `close`."""
        if self._closed:
            return
        if self._worker is None:
            self._worker = _Worker()
            self._worker.yielded.connect(self._deliver)
            self._worker.refused.connect(self._fail)
            self._worker.done.connect(self._finish)
            self._worker.start()
            # A thread that outlives the program's end takes it down, whoever forgot to close this.
            self._ending = weakref.finalize(self, _end, self._worker)
        self._number += 1
        self._worker.give(self._number, job)
        self._set_busy(True)

    def cancel(self) -> None:
        """Call off what is under way; nothing of it is delivered any more."""
        self._number += 1
        if self._worker is not None and self.busy:
            self._worker.give(self._number, None)
        self._set_busy(False)

    def close(self) -> None:
        """End the thread for good; returns when it has."""
        self._closed = True
        self.cancel()
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._ending()
            worker.deleteLater()

    def _deliver(self, number: int, value: object) -> None:
        if number == self._number:
            self.delivered.emit(value)

    def _fail(self, number: int, text: str) -> None:
        if number == self._number:
            self._set_busy(False)
            self.failed.emit(text)

    def _finish(self, number: int) -> None:
        if number == self._number:
            self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)
