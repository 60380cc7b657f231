"""Getting one file from one server: with progress, to be cancelled at any moment, and never for ever.

pooch keeps a file under its name only once its checksum is right. What is here is the downloader it is given.
The connection lives in a thread of its own, because nothing can interrupt a look-up or a read that hangs; the
file is written by the caller's thread, so that giving up leaves no one behind who writes.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from optviz import interrupt
from optviz.errors import shown

_CHUNK = 16 * 1024
_TICK = 0.1  # seconds between two questions whether to stop


class DownloadStopped(Exception):  # noqa: N818 - it is an answer, no error
    """The caller's `stop` said so. Nothing unfinished is left; files that were whole already are kept."""


class MirrorFailed(Exception):  # noqa: N818 - one server's failure is not yet an error
    """One server did not give the file; the message says why in a few words."""


@dataclass(frozen=True)
class Patience:
    """How slow a server may be: at least `bytes` in every `seconds`, or it is given up.

    Silence is noticed after `seconds`, or after twice as many where it began late in such a span.

    `pause` is how many seconds pass before all servers are tried once more.
    """

    seconds: float = 12.0
    bytes: int = 48 * 1024
    pause: float = 0.5

    def __str__(self) -> str:
        return f"{self.bytes / 1024:g} kB in {self.seconds:g} s"


class _Given(Exception):  # noqa: N818
    """Nobody waits any more for what the thread fetches."""


class _Sink:
    """What pooch's HTTP downloader writes to: a short queue, so that memory stays small."""

    def __init__(self) -> None:
        self.parts: queue.Queue[bytes | Exception | None] = queue.Queue(maxsize=32)
        self.given_up = threading.Event()

    def write(self, part: bytes) -> None:
        self.put(part)

    def flush(self) -> None:
        pass

    def put(self, part: bytes | Exception | None) -> None:
        while not self.given_up.is_set():
            with suppress(queue.Full):
                self.parts.put(part, timeout=_TICK)
                return
        raise _Given


class Stream:
    """A downloader for pooch.

    Parameters
    ----------
    size, sha256
        Of the file as it must be. No more than `size` bytes are ever written.
    received
        Called with the bytes there are so far.
    stop
        Asked at least every 64 kB and every 0.2 s.

    Raises
    ------
    MirrorFailed
        When the server does not give the right file, or too slowly.
    DownloadStopped
        When `stop` says so.
    OSError
        When the file cannot be written.
    """

    def __init__(
        self,
        size: int,
        sha256: str,
        *,
        received: Callable[[int], None],
        stop: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self._size = size
        self._sha256 = sha256
        self._received = received
        self._stop = stop
        self._patience = patience
        self._temporary: Path | None = None

    def __call__(self, url: str, output_file: str, pooch: object = None, check_only: bool = False) -> None:
        self._temporary = Path(output_file)
        interrupt.unfinished(self._temporary, os.unlink)
        sink = _Sink()
        # The thread's own time limit only ends it some time after it was given up.
        arguments = (url, sink, 3.0 * self._patience.seconds)
        threading.Thread(target=_fetch, args=arguments, name="download", daemon=True).start()
        try:
            with open(output_file, "wb") as file:
                hasher, count = hashlib.sha256(), 0
                marked, mark = time.monotonic(), 0
                while True:
                    if self._stop():
                        raise DownloadStopped
                    now = time.monotonic()
                    if now - marked > self._patience.seconds:
                        if count - mark < self._patience.bytes:
                            raise MirrorFailed(f"silent or too slow: {self._patience} is the least")
                        marked, mark = now, count
                    try:
                        part = sink.parts.get(timeout=_TICK)
                    except queue.Empty:
                        continue
                    if part is None:
                        break
                    if isinstance(part, Exception):
                        raise MirrorFailed(_reason(part, count)) from part
                    count += len(part)
                    if count > self._size:
                        raise MirrorFailed(f"it sends more than the {self._size:,} bytes of the file")
                    file.write(part)
                    hasher.update(part)
                    self._received(count)
                if hasher.hexdigest() != self._sha256:
                    raise MirrorFailed(self._mismatch(hasher.hexdigest(), count))
                file.flush()
                os.fsync(file.fileno())
        finally:
            sink.given_up.set()

    def _mismatch(self, sha256: str, count: int) -> str:
        text = f"wrong SHA-256 {sha256[:12]}… instead of {self._sha256[:12]}…"
        return text if count == self._size else f"{text}, {count:,} bytes instead of {self._size:,}"

    def done(self) -> None:
        """Forget the temporary file, which pooch has renamed or removed."""
        if self._temporary is not None:
            interrupt.finished(self._temporary)


def _fetch(url: str, sink: _Sink, timeout: float) -> None:
    """Run in the thread: put all parts, then None, or the error that came instead."""
    import pooch  # type: ignore[import-untyped]

    # Undecoded: these files are compressed already, and their checksums are of the compressed bytes.
    get = pooch.HTTPDownloader(chunk_size=_CHUNK, timeout=timeout, headers={"Accept-Encoding": "identity"})
    with suppress(_Given):
        try:
            get(url, sink, None)
        except _Given:
            raise
        except Exception as error:
            sink.put(error)
        else:
            sink.put(None)


def _reason(error: Exception, count: int) -> str:
    """Return in a few words what went wrong between us and a server."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"it answers {error.response.status_code} {shown(error.response.reason, 40)}"
    if isinstance(error, exceptions.ChunkedEncodingError) or count:
        return f"the connection broke after {count:,} bytes"
    if isinstance(error, exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, exceptions.ProxyError):
        return "the proxy does not let it through"
    if isinstance(error, exceptions.ConnectionError):
        unknown = "resolve" in str(error).lower() or "getaddrinfo" in str(error).lower()
        return "its address is not known (offline?)" if unknown else "it cannot be reached"
    return shown(f"{type(error).__name__}: {error}", 80).strip("'\"")
