"""Data sets are found where they are, and downloaded whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from idx_server import NAMES, Server, serving, small_set, source_of

from optviz import interrupt
from optviz.errors import InputError
from optviz.training.images import sources
from optviz.training.images.sources import DownloadStopped, Patience

MINE = small_set(1)
OTHER = small_set(2)
TOTAL = sum(len(content) for content in MINE.values())
CALM = Patience(pause=0.02)
HASTY = Patience(seconds=0.4, bytes=4096, pause=0.02)
DULL = ("hang", "stall", "slower")  # what only patience ends
SLOW = "silent or too slow: 4 kB in 0.4 s is the least"
CLOSED = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(MINE) as running:
        yield running


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Path:
    """Small data sets under the known names, a cache of the test's own, and no way out but loopback."""
    monkeypatch.setenv("OPTVIZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("OPTVIZ_DATA_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setitem(sources.SOURCES, "mnist", source_of(MINE, server.url("good"), title="Mine"))
    monkeypatch.setitem(sources.SOURCES, "fashion_mnist", source_of(OTHER, CLOSED, title="Other"))
    look_up = socket.getaddrinfo

    def only_loopback(host: object, *arguments: object, **options: object) -> object:
        assert host == "127.0.0.1", f"a test looked for {host}"
        return look_up(host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", only_loopback)
    server.asked.clear()
    return tmp_path / "cache" / "data" / "mnist"


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def refusal(*mirrors: str, patience: Patience = CALM) -> str:
    with pytest.raises(InputError) as caught:
        sources.download("mnist", mirrors=mirrors, patience=patience)
    text = str(caught.value)
    assert "\n" not in text
    return text


# Downloading


def test_all_four_files_come_and_progress_is_of_all(cache: Path, server: Server) -> None:
    told: list[tuple[int, int]] = []
    assert sources.find("mnist") is None
    assert sources.download("mnist", progress=lambda *bytes_: told.append(bytes_)) == cache
    assert held(cache) == MINE
    assert told[0] == (0, TOTAL)
    assert told[-1] == (TOTAL, TOTAL)
    assert told == sorted(told)
    assert len({done for done, _ in told}) >= 5
    assert sources.find("mnist") == cache
    assert server.asked == [f"/good/{name}" for name in NAMES]


def test_what_is_there_is_not_fetched_again(cache: Path, server: Server) -> None:
    put(cache, {NAMES[0]: MINE[NAMES[0]], NAMES[3]: MINE[NAMES[3]]})
    told: list[tuple[int, int]] = []
    sources.download("mnist", progress=lambda *bytes_: told.append(bytes_))
    assert told[0] == (len(MINE[NAMES[0]]) + len(MINE[NAMES[3]]), TOTAL)
    assert server.asked == [f"/good/{NAMES[1]}", f"/good/{NAMES[2]}"]
    assert held(cache) == MINE


SAYS = {
    "cut": "connection broke after",
    "cut_unsaid": f"bytes instead of {len(MINE[NAMES[0]]):,}",
    "wrong": "wrong SHA-256",
    "html": "wrong SHA-256",
    "long": f"more than the {len(MINE[NAMES[0]]):,} bytes",
    "missing": "404 'Not Found'",
    "hang": SLOW,
    "stall": SLOW,
    "slower": SLOW,
}


@pytest.mark.parametrize("mode", SAYS)
def test_what_is_wrong_is_never_used_and_never_left(cache: Path, server: Server, mode: str) -> None:
    begun = time.monotonic()
    text = refusal(server.url(mode), patience=HASTY if mode in DULL else CALM)
    assert time.monotonic() - begun < 6.0  # four times 0.4 s, and what a busy computer takes
    assert SAYS[mode] in text
    assert "Mine cannot be downloaded" in text
    assert server.url(mode) + NAMES[0] in text
    assert "data_dir" in text
    assert "OPTVIZ_DATA_DIR" in text
    assert 'dataset = "digits"' in text
    assert held(cache) == {}
    assert server.asked == [f"/{mode}/{NAMES[0]}"] * 2  # once more, and no more
    assert sources.find("mnist") is None


def test_a_wrong_checksum_is_told_with_both(server: Server) -> None:
    right = hashlib.sha256(MINE[NAMES[0]]).hexdigest()
    content = MINE[NAMES[0]]
    wrong = hashlib.sha256(content[:40] + bytes([content[40] ^ 1]) + content[41:]).hexdigest()
    text = refusal(server.url("wrong"))
    assert wrong[:12] in text
    assert right[:12] in text


@pytest.mark.parametrize("mode", ["cut", "wrong", "html", "missing", "hang", "slower"])
def test_the_next_mirror_is_tried_and_kept_to(cache: Path, server: Server, mode: str) -> None:
    patience = HASTY if mode in DULL else CALM
    sources.download("mnist", mirrors=[server.url(mode), server.url("good")], patience=patience)
    assert held(cache) == MINE
    assert server.asked == [f"/{mode}/{NAMES[0]}"] + [f"/good/{name}" for name in NAMES]


def test_every_mirror_says_its_own(server: Server) -> None:
    text = refusal(CLOSED, server.url("missing"), server.url("wrong"))
    assert f"{CLOSED}{NAMES[0]}: it cannot be reached" in text
    assert f"{server.url('missing')}{NAMES[0]}: it answers 404" in text
    assert f"{server.url('wrong')}{NAMES[0]}: wrong SHA-256" in text


def test_a_server_that_recovers_is_believed(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = server.answer

    def first_refuses(to: object, mode: str, content: bytes) -> None:
        answer(to, "cut" if len(server.asked) == 1 else "good", content)  # type: ignore[arg-type]

    monkeypatch.setattr(server, "answer", first_refuses)
    sources.download("mnist", patience=CALM)
    assert held(cache) == MINE


def test_slow_but_not_too_slow_is_waited_for(cache: Path, server: Server) -> None:
    sources.download("mnist", mirrors=[server.url("slow")], patience=HASTY)
    assert held(cache) == MINE


@pytest.mark.alone
@pytest.mark.parametrize("mode", ["slow", "stall", "hang"])
def test_cancel(cache: Path, server: Server, mode: str) -> None:
    put(cache, {NAMES[1]: MINE[NAMES[1]]})
    begun = time.monotonic()
    asked: list[float] = []

    def stop() -> bool:
        asked.append(time.monotonic())
        return asked[-1] - begun > 0.25

    with pytest.raises(DownloadStopped):
        sources.download("mnist", mirrors=[server.url(mode)], stop=stop)
    assert time.monotonic() - asked[-1] < 0.2
    assert max(np.diff(asked), default=0.0) < 0.25
    assert held(cache) == {NAMES[1]: MINE[NAMES[1]]}
    sources.download("mnist")
    assert held(cache) == MINE


def test_an_error_of_the_caller_leaves_nothing(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_REPORT", 0.0)

    def fail(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sources.download("mnist", progress=fail)
    assert held(cache) == {}


def test_a_full_disk_is_told_and_leaves_nothing(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("optviz.training.images.fetch.os.fsync", full)
    text = refusal(server.url("good"))
    assert "cannot write" in text
    assert "no space left" in text
    assert held(cache) == {}


def test_a_cache_that_cannot_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OPTVIZ_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"cannot write .*: not a directory"):
        sources.download("mnist")


CHILD = """
import sys
from optviz import interrupt
interrupt.install()
from idx_server import small_set, source_of
from optviz.training.images import sources
sources.SOURCES["mnist"] = source_of(small_set(1), sys.argv[1])
sources.download("mnist")
"""


def child(url: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.Popen([sys.executable, "-c", CHILD, url], env=environment, stderr=subprocess.PIPE)


def wait_for(condition: object) -> None:
    end = time.monotonic() + 20.0
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_interrupted_leaves_nothing(cache: Path, server: Server) -> None:
    with child(server.url("stall")) as process:
        wait_for(lambda: any(len(content) > 1000 for content in held(cache).values()))
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30)[1] == interrupt.LINE
    assert process.returncode == 1
    assert held(cache) == {}


def test_what_is_whole_is_not_removed_by_an_interruption(server: Server) -> None:
    refusal(server.url("wrong"))
    sources.download("mnist")
    assert interrupt._state.unfinished == {}


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_killed_nothing_is_under_the_name_and_old_leftovers_go(cache: Path, server: Server) -> None:
    with child(server.url("stall")) as process:
        wait_for(lambda: any(len(content) > 1000 for content in held(cache).values()))
        process.send_signal(signal.SIGKILL)
    left = set(held(cache))
    assert len(left) == 1
    assert not left & set(NAMES)
    assert sources.find("mnist") is None
    sources.download("mnist")
    assert set(held(cache)) == left | set(NAMES)  # it might be a download under way
    old = time.time() - sources.STALE - 60
    os.utime(cache / left.pop(), (old, old))
    (cache / NAMES[0]).unlink()
    sources.download("mnist")
    assert held(cache) == MINE


def test_several_at_once_do_not_harm_each_other(cache: Path, server: Server) -> None:
    processes = [child(server.url("together")) for _ in range(2)]
    sources.download("mnist", mirrors=[server.url("together")], patience=Patience(seconds=30.0))
    for process in processes:
        assert process.communicate(timeout=30)[1] == b""  # pooch would tell what it does
        assert process.returncode == 0
    assert server.asked.count(f"/together/{NAMES[0]}") == 3
    assert held(cache) == MINE


@pytest.mark.parametrize("mode", ["hang", "endless"])
def test_threads_end(server: Server, mode: str) -> None:
    before = set(threading.enumerate())
    end = time.monotonic() + 0.2
    with pytest.raises((DownloadStopped, InputError)):
        sources.download("mnist", mirrors=[server.url(mode)], stop=lambda: time.monotonic() > end)
    if mode == "hang":  # nothing but the server's end or the time limit ends this one
        server.released.set()
        server.released = threading.Event()
    wait_for(lambda: not any(thread.name == "download" for thread in set(threading.enumerate()) - before))


# The cache


def test_what_was_damaged_later_is_fetched_again(cache: Path, server: Server) -> None:
    sources.download("mnist")
    content = MINE[NAMES[2]]
    (cache / NAMES[2]).write_bytes(content[:100] + b"??" + content[102:])
    server.asked.clear()
    assert sources.find("mnist") is None
    assert sources.damaged("mnist") == (cache / NAMES[2],)
    assert f"'{cache / NAMES[2]}' is damaged" in refusal(CLOSED)
    sources.download("mnist")
    assert server.asked == [f"/good/{NAMES[2]}"]
    assert held(cache) == MINE
    assert sources.damaged("mnist") == ()


# Folders a person names


def raw(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}


@pytest.mark.parametrize("below", ["", "mnist"])
@pytest.mark.parametrize("files", [MINE, raw(MINE), small_set(3)])
def test_data_dir(tmp_path: Path, below: str, files: dict[str, bytes]) -> None:
    folder = put(tmp_path / "data" / below, files)
    found = sources.locate("mnist", tmp_path / "data")
    assert found is not None
    assert found.folder == folder
    assert [path.name for path in found.paths] == list(files)
    assert found.checksums == {name: hashlib.sha256(files[name]).hexdigest() for name in files}
    assert found.official == (files == MINE)


def test_data_dir_is_all_that_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTVIZ_DATA_DIR", str(put(tmp_path / "elsewhere", MINE)))
    sources.download("mnist")
    with pytest.raises(InputError, match=r"data_dir: .*nowhere' is not a folder"):
        sources.find("mnist", tmp_path / "nowhere")
    put(tmp_path / "part", {name: MINE[name] for name in NAMES[:3]})
    with pytest.raises(InputError, match=rf"data_dir: .*part' lacks {NAMES[3]}; .* of Mine"):
        sources.find("mnist", tmp_path / "part")


@pytest.mark.parametrize("count", [1, 4])  # one file is enough to tell
def test_data_dir_of_the_other_data_set_is_told(tmp_path: Path, count: int) -> None:
    folder = put(tmp_path / "data", MINE | {name: OTHER[name] for name in NAMES[:count]})
    with pytest.raises(InputError, match=r"data_dir: .*data' holds Other .*, not Mine"):
        sources.find("mnist", folder)


def test_data_dir_may_hold_both(tmp_path: Path) -> None:
    put(tmp_path, MINE)
    put(tmp_path / "fashion_mnist", OTHER)
    assert sources.find("mnist", tmp_path) == tmp_path
    assert sources.find("fashion_mnist", tmp_path) == tmp_path / "fashion_mnist"


def test_the_environment_names_files_or_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTVIZ_DATA_DIR", str(put(tmp_path / "data", MINE)))
    assert sources.find("mnist") == tmp_path / "data"
    assert sources.find("fashion_mnist") is None  # the same names, but not the same data
    put(tmp_path / "data" / "fashion_mnist", OTHER)
    assert sources.find("fashion_mnist") == tmp_path / "data" / "fashion_mnist"


@pytest.mark.parametrize("named", ["", "nowhere", "empty"])
def test_where_the_environment_lacks_them_the_cache_is_next(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("OPTVIZ_DATA_DIR", str(tmp_path / named) if named else "")
    sources.download("mnist")
    assert sources.find("mnist") == cache


def test_what_is_asked_for_must_be_known() -> None:
    assert sources.find("digits") is None
    with pytest.raises(InputError, match="dataset: 'cifar' is not known; there are mnist"):
        sources.find("cifar")


# What is published


def test_the_published_files_are_stated_soundly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert set(sources.SOURCES) == set(sources.SIZES) == {"mnist", "fashion_mnist"}
    files = [file for source in sources.SOURCES.values() for file in source.files]
    assert len({file.sha256 for file in files}) == 8
    assert all(len(file.sha256) == 64 and int(file.sha256, 16) for file in files)
    assert dict(sources.SIZES) == {"mnist": 11_594_722, "fashion_mnist": 30_878_645}
    for source in sources.SOURCES.values():
        assert [file.name for file in source.files] == list(NAMES)
        assert len(source.mirrors) > 1
        assert all(url.startswith("https://") and url.endswith("/") for url in source.mirrors)
