"""Exporting in a process of its own, so that the window stays smooth and a crash stays outside."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from optviz import atomic
from optviz.errors import InputError
from optviz.experiment import Experiment

if TYPE_CHECKING:
    from optviz.lesson import Lesson
    from optviz.render.plan import Exported

# How long a worker that was called off may take to tidy up by itself.
PATIENCE = 0.7


@dataclass(frozen=True)
class Job:
    """What to export.

    Attributes
    ----------
    text
        Of the file of the experiment, of the training, or of the lesson.
    out, options
        Where to, and the options of `export`.
    folder
        The run folder of a training; empty for an experiment.
    kind
        "kit" for a lecture kit, "lesson" for that of a lesson; otherwise `out` says what it is.
    """

    text: str
    out: str
    options: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    kind: str = ""

    def read(self) -> Exported | Lesson:
        """Return what is exported. Raises InputError."""
        if self.kind == "lesson":
            from optviz.lesson import Lesson

            return Lesson.loads(self.text)
        if not self.folder:
            return Experiment.loads(self.text)
        from optviz.render.source import read_run
        from optviz.training.setting import Training

        return read_run(self.folder, Training.loads(self.text))


@dataclass(frozen=True)
class Report:
    """How an export stands: "working", "done", "cancelled" or "failed" (with the reason)."""

    state: str
    done: int = 0
    total: int = 0
    message: str = ""


class Worker(Protocol):
    """What the dialog asks of whoever does an export."""

    def poll(self) -> Report: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...


class ExportProcess:
    """One export, running in a spawned process from the moment it is made."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self._job = job
        self._receiver, sender = context.Pipe(duplex=False)
        self._stop = context.Event()
        self._process = context.Process(
            target=_work, args=(job, sender, self._stop), name="optviz export", daemon=True
        )
        self._report = Report("working")
        self._deadline: float | None = None
        self._process.start()
        sender.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def poll(self) -> Report:
        """Return how things stand now; never waits."""
        if self._report.state != "working":
            return self._report
        self._read()
        if self._report.state != "working":
            self._end()
        elif self._deadline is not None and monotonic() > self._deadline:
            self._kill()
            self._finish(Report("cancelled"))
        elif not self._process.is_alive():
            self._read()  # what it said last may have come after the first look
            if self._report.state == "working":
                self._finish(Report("cancelled") if self._deadline is not None else self._died())
            else:
                self._end()
        return self._report

    def cancel(self) -> None:
        """Call it off; it ends within a second, by itself or by force."""
        if self._report.state == "working" and self._deadline is None:
            self._stop.set()
            self._deadline = monotonic() + PATIENCE

    def close(self) -> None:
        """Call it off and wait until it is gone; at once when it has ended."""
        if self._report.state == "working":
            self._stop.set()
            self._process.join(PATIENCE)
            self._read()
            if self._report.state == "working":
                self._kill()
                self._finish(Report("cancelled"))
            else:
                self._end()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while self._receiver.poll():
                self._report = Report(*self._receiver.recv())

    def _died(self) -> Report:
        code = self._process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        return Report("failed", message=f"The export ended unexpectedly ({how}); nothing was written.")

    def _finish(self, report: Report) -> None:
        self._report = report
        self._end()

    def _kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()

    def _end(self) -> None:
        self._process.join(PATIENCE)
        self._kill()
        self._process.join()
        self._receiver.close()
        if self._report.state != "done":
            # A worker that was killed could not remove its own temporary file.
            atomic.remove_stale(Path(os.path.realpath(self._job.out)).parent)


def _work(job: Job, sender: Connection, stop: Event) -> None:
    """Run in the worker process."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the window, which calls it off
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    parent = multiprocessing.parent_process()
    told = 0.0

    def called_off() -> bool:
        return stop.is_set() or (parent is not None and not parent.is_alive())

    def progress(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told > 0.04 or done == total:
            told = monotonic()
            sender.send(("working", done, total, ""))

    with suppress(BrokenPipeError):
        sender.send(perform(job, progress, called_off))
        sender.close()


def perform(
    job: Job, progress: Callable[[int, int], None], called_off: Callable[[], bool]
) -> tuple[str, int, int, str]:
    """Carry out a job in this process and return the fields of its last report."""
    try:
        make = _maker(job.kind)
        make(job.read(), job.out, progress=progress, cancelled=called_off, **job.options)
    except InputError as error:
        return "failed", 0, 0, str(error)
    except MemoryError:
        return "failed", 0, 0, "There is not enough memory for this size; nothing was written."
    except BaseException as error:  # whatever it was, the window says it in a line
        if type(error).__name__ == "Cancelled":
            return "cancelled", 0, 0, ""
        reason = " ".join(str(error).split())[:300]
        return "failed", 0, 0, f"The export failed ({type(error).__name__}: {reason}); nothing was written."
    return "done", 1, 1, ""


def _maker(kind: str) -> Callable[..., object]:
    """Return what makes an export of a kind; only its code is loaded."""
    if kind in ("kit", "lesson"):
        from optviz.render.kit import make_kit

        return make_kit
    from optviz.render.export import export

    return export
