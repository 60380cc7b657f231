"""Messages between the window and the trainer process, over a pair of sockets; nobody waits for a reader.

`multiprocessing.connection` reads a message as a whole and waits for its end, so that a trainer stopped in
the middle of one would freeze the window. Here the window's end takes what is there and goes on, and the
trainer's end has threads for waiting. A message is a tuple, the first item its name.
"""

from __future__ import annotations

import pickle
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from queue import SimpleQueue
from time import monotonic
from typing import Any

Message = tuple[Any, ...]

_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 18


def packed(message: Message) -> bytes:
    """Return a message as it travels: its length in 8 bytes, then its pickle."""
    body = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(body)) + body


class Incoming:
    """Puts messages together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, piece: bytes) -> None:
        """Add the next bytes."""
        self._bytes += piece

    def next(self) -> Message | None:
        """Return the next whole message, or None when its end is still to come."""
        if len(self._bytes) < _LENGTH.size:
            return None
        end = _LENGTH.size + int(_LENGTH.unpack_from(self._bytes)[0])
        if len(self._bytes) < end:
            return None
        body = bytes(memoryview(self._bytes)[_LENGTH.size : end])
        del self._bytes[:end]
        message: Message = pickle.loads(body)  # noqa: S301 - from our own process, over our own pair
        return message


class PollingEnd:
    """The window's end: every call returns at once.

    Attributes
    ----------
    open
        Whether the other side is still there, as far as `receive` has seen.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._incoming = Incoming()
        self._outgoing = bytearray()
        self.open = True

    def fileno(self) -> int:
        """Return the number to wait on for something to read."""
        return self._socket.fileno()

    def send(self, message: Message) -> None:
        """Send a message, or as much of it as goes; `flush` sends the rest."""
        self._outgoing += packed(message)
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent before, as far as it goes now."""
        try:
            while self._outgoing:
                del self._outgoing[: self._socket.send(self._outgoing[:_CHUNK])]
        except BlockingIOError:
            pass
        except OSError:  # the other side is gone; `receive` will notice
            self._outgoing.clear()

    def receive(self) -> None:
        """Take in what has arrived, at most about a megabyte at a time."""
        try:
            for _ in range(4):
                piece = self._socket.recv(_CHUNK)
                if not piece:
                    self.open = False
                    return
                self._incoming.add(piece)
        except BlockingIOError:
            pass
        except OSError:
            self.open = False

    def next(self) -> Message | None:
        """Return the next whole message that has arrived, if any."""
        return self._incoming.next()

    def close(self) -> None:
        """Let go of the socket."""
        self.open = False
        self._socket.close()


class ThreadedEnd:
    """The trainer's end: a thread waits for what comes, another for what goes to be taken.

    Parameters
    ----------
    accept
        Called in the reading thread with each message.
    pulse
        Called in the reading thread every `every` seconds.
    gone
        Called in the reading thread, once, when the other side is gone.
    """

    def __init__(
        self,
        end: socket.socket,
        accept: Callable[[Message], None],
        pulse: Callable[[], None],
        gone: Callable[[], None],
        every: float = 0.5,
    ) -> None:
        end.setblocking(True)
        self._socket = end
        self._accept, self._pulse, self._gone, self._every = accept, pulse, gone, every
        self._outgoing: SimpleQueue[bytes] = SimpleQueue()
        self._waiting = 0
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start both threads."""
        for name, target in (("trainer hears", self._read), ("trainer tells", self._write)):
            threading.Thread(target=target, name=name, daemon=True).start()

    def send(self, message: Message) -> None:
        """Hand over a message to be sent; never waits."""
        data = packed(message)
        with self._changed:
            self._waiting += 1
        self._outgoing.put(data)

    @property
    def idle(self) -> bool:
        """Whether everything handed over was sent."""
        return self._waiting == 0

    def flush(self) -> None:
        """Wait until everything handed over was sent, or cannot be."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting == 0)

    def _write(self) -> None:
        broken = False
        while True:
            data = self._outgoing.get()
            if not broken:
                try:
                    self._socket.sendall(data)
                except OSError:  # the reading thread sees the end too
                    broken = True
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def _read(self) -> None:
        incoming = Incoming()
        due = monotonic() + self._every
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            while True:
                if waiting.select(max(0.0, due - monotonic())):
                    try:
                        piece = self._socket.recv(_CHUNK)
                    except OSError:
                        piece = b""
                    if not piece:
                        break
                    incoming.add(piece)
                    while (message := incoming.next()) is not None:
                        self._accept(message)
                if monotonic() >= due:
                    due = monotonic() + self._every
                    self._pulse()
        self._gone()
