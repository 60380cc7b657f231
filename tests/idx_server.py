"""Small data sets in IDX files, and a server on loopback that gives them well or badly."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from optviz.training.images.published import File, Source

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def idx_bytes(values: np.ndarray) -> bytes:
    """Return the IDX file of unsigned bytes, written from the format's description."""
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.astype(np.uint8).tobytes()


def small_set(seed: int, train: int = 60, test: int = 20) -> dict[str, bytes]:
    """Return the four compressed files of a data set of noise, which does not compress."""
    generator = np.random.default_rng(seed)
    files = {}
    for count, images, labels in ((train, NAMES[0], NAMES[1]), (test, NAMES[2], NAMES[3])):
        files[images] = gzip.compress(
            idx_bytes(generator.integers(0, 256, (count, 28, 28), np.uint8)), mtime=0
        )
        files[labels] = gzip.compress(idx_bytes((np.arange(count) + seed) % 10), mtime=0)
    return files


def source_of(files: Mapping[str, bytes], *mirrors: str, title: str = "Small") -> Source:
    """Return what is known of a data set: sizes and checksums as they are."""
    first, second, third, fourth = (
        File(name, len(files[name]), hashlib.sha256(files[name]).hexdigest()) for name in NAMES
    )
    return Source(title, (first, second, third, fourth), mirrors)


class Server:
    """Serves http://127.0.0.1:port/<mode>/<file>; `asked` lists what was asked for, in order."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.asked: list[str] = []
        self.released = threading.Event()  # ends what hangs
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                _, mode, name = self.path.split("/")
                with suppress(ConnectionError):
                    server.answer(self, mode, server.files[name])

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False

    def url(self, mode: str) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/{mode}/"

    def answer(self, to: BaseHTTPRequestHandler, mode: str, content: bytes) -> None:
        if mode == "hang":
            self.released.wait(30)
            return
        if mode == "missing":
            to.send_error(404)
            return
        if mode == "wrong":
            content = content[:40] + bytes([content[40] ^ 1]) + content[41:]
        if mode == "html":
            content = b"<html><body>Please log in to this network</body></html>"
        if mode == "long":
            content += b"\0" * 70_000
        to.send_response(200)
        if mode not in ("cut_unsaid", "endless"):
            to.send_header("Content-Length", str(len(content)))
        to.end_headers()
        if mode in ("cut", "cut_unsaid", "stall"):
            to.wfile.write(content[: len(content) // 2])
            if mode == "stall":
                to.wfile.flush()
                self.released.wait(30)
        elif mode == "together":  # nobody is done with a file before three are at it
            to.wfile.write(content[: len(content) // 2])
            to.wfile.flush()
            end = time.monotonic() + 20.0
            while self.asked.count(to.path) < 3 and time.monotonic() < end:
                time.sleep(0.01)
            to.wfile.write(content[len(content) // 2 :])
        elif mode == "endless":
            while not self.released.is_set():
                to.wfile.write(bytes(1 << 16))
        elif mode in ("slow", "slower"):  # 160 kB/s, which is slow for a test, and 2 kB/s
            step = 4096 if mode == "slow" else 50
            for start in range(0, len(content), step):
                to.wfile.write(content[start : start + step])
                to.wfile.flush()
                time.sleep(0.025)
        else:
            to.wfile.write(content)


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Server]:
    """Run a server for the time of a block."""
    server = Server(files)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()
