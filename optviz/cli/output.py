"""What the command line says: one line on stderr, results on stdout, and how far a work is."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

from optviz import interrupt

_LONGEST = 2000


def fail(message: str, status: int) -> int:
    """Write one line on stderr and return `status`."""
    interrupt.settle()
    Progress.clear()
    say(message)
    return status


class OutputError(Exception):
    """What a person asked to see could not be shown."""


def say(message: str) -> None:
    line = "".join(c if c.isprintable() else " " for c in f"optviz: {message}")
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with suppress(OSError, ValueError, AttributeError):  # nobody may be listening
        print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def put(text: str) -> None:
    """Write on stdout, where there is one."""
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(os.strerror(error.errno or 0).lower()) from error


def drop_output() -> None:
    # Python would complain once more when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Interrupted(Exception):  # noqa: N818 - not an error
    """A person ended the work, and what it had is kept; the message says where."""


class Progress:
    """How far a work is, on stderr: a line written over in a terminal, now and then a line elsewhere.

    Elsewhere, a short work says nothing: what fails at once is one line in all.
    """

    _ERASE = "\r\x1b[K"
    _open = False

    def __init__(self) -> None:
        self._watched = sys.stderr is not None and sys.stderr.isatty()
        self._every = 0.1 if self._watched else 2.0
        self._next = time.monotonic() + (0.0 if self._watched else self._every)
        self._told = self._last = ""

    def show(self, done: int, total: int) -> None:
        """Tell that so many frames are drawn."""
        self.tell(f"{done} of {total} frames", done, total)

    @property
    def watched(self) -> bool:
        """Whether somebody looks at a terminal."""
        return self._watched

    def tell(self, text: str, done: int, total: int) -> None:
        """Tell `text`, which holds when `done` of `total` is done."""
        self._last = text
        now = time.monotonic()
        due = now >= self._next and (done < total or self._told)
        if due or (self._watched and done == total):
            self._next = now + self._every
            self._tell()

    def end(self) -> None:
        """Clear the line, or say that all is done where something was said before."""
        if self._told and not self._watched and self._told != self._last:
            self._tell()
        self.clear()

    def _tell(self) -> None:
        self._told = self._last
        if not self._watched:
            say(self._last)
            return
        Progress._open = True
        interrupt.erase_first(self._ERASE.encode())
        self._write(f"\r{self._last}")

    @classmethod
    def clear(cls) -> None:
        if cls._open:
            cls._open = False
            cls._write(cls._ERASE)

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone; the export goes on
            print(text, end="", file=sys.stderr, flush=True)
