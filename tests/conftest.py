"""What every test stands on: no screen, a kernel cache of the checkout's own, one process or several."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

# Before anything imports Qt or Numba.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPTVIZ_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "optviz"))

# Behind a shell, or with nohup, signals are ignored, and so they would be by every process a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

sys.path.insert(0, str(Path(__file__).parent))  # for what several test modules share

MOST_PROCESSES = 4
"""How many processes share the suite at most, whatever the number of cores."""

MEMORY_EACH = 3e9
"""Bytes of memory for each of them: 2 GB at most, and for what its tests start."""


_turns = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "alone: its limits are in seconds, so no other process of the suite runs a test meanwhile"
    )


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share the whole suite among the cores; a few chosen tests are done before other processes are up."""
    chosen = config.option.keyword or config.getoption("lf", False)
    if chosen or config.args_source is not config.ArgsSource.TESTPATHS:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or config.option.capture == "no":
        return 0
    memory = MOST_PROCESSES * MEMORY_EACH
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # As many as there are cores: with one more, tests that measure short times begin to fail.
    processes = min(cores, MOST_PROCESSES, int(memory / MEMORY_EACH))
    return processes if processes > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # type: ignore[no-untyped-def]
    """Tell a process of the suite where all of them take turns."""
    if _turns not in node.config.stash:
        folder = tempfile.TemporaryDirectory(prefix="optviz-tests-")
        node.config.add_cleanup(folder.cleanup)
        node.config.stash[_turns] = folder.name
    node.workerinput["turns"] = node.config.stash[_turns]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    turns = getattr(item.config, "workerinput", {}).get("turns")
    if turns is None or sys.platform == "win32":
        return (yield)
    with _turn(Path(turns), alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(folder: Path, alone: bool) -> Iterator[None]:
    """Run beside others, or alone: locks that end with the process, whatever ends it."""
    import fcntl

    with open(folder / "next", "w") as following, open(folder / "running", "w") as running:
        fcntl.flock(following, fcntl.LOCK_EX)  # who waits to be alone is not overtaken for ever
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(following, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(running, fcntl.LOCK_UN)  # not left to closing: a forked child has the file open, too


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    from optviz.gui import app

    return app.application()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the window's application before any test draws without one, which would make a lesser one."""
    if any("qapp" in getattr(item, "fixturenames", ()) for item in session.items):
        from optviz.gui import app

        app.application()
