"""Ending at once when a signal asks for it: one line, status 1, nothing half-written.

Raising KeyboardInterrupt out of whatever happens to run is no way to end: callbacks from C swallow it,
modules stay half imported, Qt and FFmpeg are torn down under their own feet. So nothing is raised. A thread
waits for the signal, removes what is unfinished and leaves; the main thread stands still meanwhile. This is
for a process that is optviz's own: as a library, optviz leaves signals alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn

LINE = b"optviz: interrupted\n"

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class _State:
    """What the main thread and the waiting thread share."""

    def __init__(self) -> None:
        self.numbers: list[int] = []  # the signals minded; none where optviz is a library
        self.lock = threading.Lock()  # whoever holds it decides: a file is kept, or the process ends
        self.unfinished: dict[Path, Callable[[Path], None]] = {}
        self.busy = False  # the main thread holds the lock, or is about to
        self.asked = False
        self.decided = False  # a result is there, or a failure was told: too late to interrupt
        self.erase = b""
        self.handler: Callable[[], None] | None = None  # called by the first signal instead of ending
        self.handled = False
        self.parts = 0  # how many blocks write parts of a greater whole


_state = _State()


def install() -> None:
    """Mind SIGINT, SIGTERM and SIGHUP from now on; a signal that whoever started us ignores stays ignored."""
    if _state.numbers or threading.current_thread() is not threading.main_thread():
        return
    known = [int(getattr(signal, name)) for name in _NAMES if hasattr(signal, name)]
    numbers = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
    for number in numbers:
        signal.signal(number, _end_now)
    _state.numbers = numbers
    if sys.platform == "win32":  # there, Python's own handler is all there is
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    threading.Thread(target=_watch, args=(reading,), name="signals", daemon=True).start()
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, _stand_still)


def settle() -> None:
    """Say that the outcome stands: signals that come from now on change nothing."""
    if not _state.numbers:
        return
    with held():
        _state.decided = True
        if threading.current_thread() is threading.main_thread():
            for number in _state.numbers:
                signal.signal(number, signal.SIG_IGN)  # through Python's own end too


def decide() -> None:
    """Say, inside `held`, that the result is in its place: it is too late to interrupt."""
    _state.decided = bool(_state.numbers) and _state.handler is None and not _state.parts


@contextmanager
def parts() -> Iterator[None]:
    """Within the block, let a file that is kept decide nothing: it is a part of what is still unfinished."""
    _state.parts += 1
    try:
        yield
    finally:
        _state.parts -= 1


@contextmanager
def handled(by: Callable[[], None]) -> Iterator[None]:
    """Within the block, let the first signal call `by` in another thread; only a second one ends the process.

    For work that can keep what it has and end by itself. Files written in the block decide nothing.
    """
    _state.handler, _state.handled = by, False
    try:
        yield
    finally:
        _state.handler = None


def end() -> NoReturn:
    """End the process as a signal does: one line, status 1, nothing half-written."""
    _end()


def erase_first(text: bytes) -> None:
    """Set what is written before the line, to clear an open line of progress."""
    _state.erase = text


def unfinished(path: Path, remove: Callable[[Path], None]) -> None:
    """Remember a temporary file or folder, to be removed with `remove` should a signal end the process."""
    _state.unfinished[path] = remove


def finished(path: Path) -> None:
    """Forget a temporary file or folder that is kept or removed."""
    _state.unfinished.pop(path, None)


def held() -> AbstractContextManager[object]:
    """Return a block that a signal finds either not begun or done; not to be nested."""
    return _Held() if _state.numbers else nullcontext()


class _Held:
    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            _state.busy = True  # first: the main thread must not stand still with the lock in its hand
        _state.lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _state.lock.release()
        if threading.current_thread() is threading.main_thread():
            _state.busy = False
            if _state.asked:
                _wait()


def _wait() -> None:
    while not _state.decided and _state.handler is None:
        time.sleep(0.05)


def _stand_still(number: int, frame: FrameType | None) -> None:
    _state.asked = True
    if not _state.busy:
        _wait()


def _handle() -> bool:
    """Return whether a signal was taken care of."""
    if _state.handler is None or _state.handled:
        return False
    _state.handled = True
    _state.handler()
    return True


def _end_now(number: int, frame: FrameType | None) -> None:
    if _handle():
        return
    if _state.busy or not _state.lock.acquire(blocking=False):
        _state.asked = True
        return
    if _state.decided:
        _state.lock.release()
        return
    _end()


def _watch(reading: int) -> None:
    while True:
        if os.read(reading, 1)[0] not in _state.numbers or _handle():
            continue
        _state.lock.acquire()  # for good, unless it is too late
        if not _state.decided:
            _end()
        _state.lock.release()


def _end() -> NoReturn:
    for path, remove in list(_state.unfinished.items()):
        with suppress(Exception):
            remove(path)
    with suppress(OSError):  # nobody may be listening
        os.write(2, _state.erase + LINE)
    os._exit(1)
