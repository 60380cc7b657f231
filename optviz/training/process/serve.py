"""What runs in the trainer process: it does what the window asks for, one training at a time.

The window sends tuples, the first item a name:

    ("start", text of the training file, folder, resume)    ("pause",) ("resume",) ("stop",)
    ("taken",)                  the last snapshot was taken in: the next may come
    ("follow", digit)           ("show", entrant)           ("predict", number, entrant, uint8[h, w])
    ("open", folder)            networks of a finished training, to predict with
    ("fetch", dataset)          ("cancel_fetch",)           ("quit",)

and is told

    ("ready",)                  everything is imported
    ("progress", what, done, total)     before the first step; total is 0 where nothing is counted
    ("opening", Opening)        what is known before the first step
                                without importing torch
    ("snapshot", Snapshot)      ("ended",)
    ("looked", entrant, Look)   what was asked to be followed while nothing trains
    ("failed", kind, detail, leaving)   kind is one of `failures.KINDS`; leaving: the process ends by itself
    ("prediction", number, float32[10] or None)             ("not_opened", detail)
    ("fetching", dataset, done, total)  ("fetched", dataset)    ("not_fetched", dataset, detail)
    ("pulse", beats, seconds)   twice a second: how often the loop has asked, and processor time used
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from optviz.errors import InputError
from optviz.training.process.backlog import Backlog
from optviz.training.process.channel import Message, ThreadedEnd
from optviz.training.process.failures import line_of, reason
from optviz.training.record import Look, Snapshot
from optviz.training.setting import Training

if TYPE_CHECKING:
    from optviz.training.images.data import Data

NICE = 5  # where there are fewer cores than work, the window comes first
TIDY = 1.0  # seconds a training has to write its checkpoint once nobody wants it any more
_PROGRESS_APART = 0.1  # seconds between two reports of a download


class Predictor(Protocol):
    """Networks that can be asked."""

    @property
    def training(self) -> Training: ...
    def predict(self, entrant: int, image: Any) -> Any: ...
    def look_at(self, entrant: int, digit: int) -> Look: ...


class Run(Predictor, Protocol):
    """A training under way; see `optviz.training.loop.TrainingRun`."""

    @property
    def opening(self) -> Any: ...
    def __iter__(self) -> Iterator[Snapshot]: ...
    def follow(self, digit: int) -> None: ...
    def show(self, entrant: int) -> None: ...


Count = Callable[[int, int], None]


class Work:
    """What the process is for: the real thing, imported when it is needed. Tests put another in its place."""

    def warm(self) -> None:
        """Import what every training needs."""
        from optviz.training.process.warm import import_torch

        import_torch()

    def rehearse(self) -> Iterator[None]:
        """Do, a piece at a time, what would make the first training wait."""
        from optviz.training.process.warm import rehearsal

        return rehearsal()

    def load(self, training: Training, progress: Count, stop: Callable[[], bool]) -> Data:
        """Return the images of a training. Raises InputError."""
        from optviz.training.images.data import load

        return load(training.dataset, training.data_dir, training.train_limit, progress=progress, stop=stop)

    def make_run(self, training: Training, folder: Path, **options: Any) -> Run:
        """Return a training that is ready to go. Raises InputError."""
        from optviz.training.loop import TrainingRun

        return TrainingRun(training, folder, **options)

    def open_networks(self, folder: Path) -> Predictor:
        """Return the networks of a run folder. Raises InputError."""
        from optviz.training.trained import open_networks

        return open_networks(folder)

    def download(self, dataset: str, progress: Count, stop: Callable[[], bool]) -> None:
        """Fetch a data set into the user's cache. Raises InputError."""
        from optviz.training.images.sources import download

        download(dataset, progress=progress, stop=stop)


def serve(end: socket.socket, work: Callable[[], Work] = Work) -> None:
    """Do what the window at the other end asks for, until it says quit or is gone; ends the process.

    Parameters
    ----------
    work
        Makes what does the work; a name that can be imported.
    """
    for name in ("SIGINT", "SIGHUP"):  # they are meant for the window, which says what is to be done
        with suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    _Server(end, work()).serve()


class _Server:
    def __init__(self, end: socket.socket, work: Work) -> None:
        self._work = work
        self._line = ThreadedEnd(end, self._accept, self._pulse, self._abandoned)
        self._parent = multiprocessing.parent_process()
        self._asked: deque[Message] = deque()  # what the window asked for and nobody has looked at yet
        self._woken = threading.Event()
        self._backlog = Backlog()
        self._taken = True  # the window has taken in the last snapshot
        self._wish = "run"
        self._leaving = False
        self._training = False  # there may be something to write before the process ends
        self._beats = 0
        self._reported = ""
        self._run: Run | None = None
        self._predictor: Predictor | None = None
        self._data: tuple[object, Data] | None = None
        self._fetching: dict[str, tuple[threading.Thread, threading.Event]] = {}

    # -------------------------------------------------------------- in the reading thread

    def _accept(self, message: Message) -> None:
        match message:
            case ("quit",):
                self._leave_soon(0)
            case ("fetch", dataset):
                self._fetch(dataset)
            case ("taken",):
                self._taken = True
            case ("cancel_fetch",):
                for _, stop in list(self._fetching.values()):
                    stop.set()
            case _:
                self._asked.append(message)
                self._woken.set()

    def _pulse(self) -> None:
        if self._parent is not None and not self._parent.is_alive():
            self._abandoned()
        elif self._line.idle:  # or a frozen window would find a day's worth of them
            self._line.send(("pulse", self._beats, time.process_time()))

    def _abandoned(self) -> None:
        self._leave_soon(1)

    def _leave_soon(self, status: int) -> None:
        """End the process: at once, or as soon as a training has kept what it knows."""
        if not self._training:
            os._exit(status)
        if not self._leaving:
            self._leaving = True
            self._woken.set()
            watch = threading.Timer(TIDY, os._exit, (status,))
            watch.daemon = True
            watch.start()

    # -------------------------------------------------------------- in the main thread

    def serve(self) -> NoReturn:
        self._line.start()
        try:
            self._work.warm()
        except BaseException as error:
            self._line.send(("failed", "import", line_of(error), True))
            self._leave(1)
        self._line.send(("ready",))
        self._rehearse()
        while True:
            self._wait()
            while self._asked:
                message = self._asked.popleft()
                if message[0] == "start":
                    self._train(*message[1:])
                elif message[0] == "open":
                    self._open(*message[1:])
                else:
                    self._obey(message)

    def _rehearse(self) -> None:
        """Go on warming up for as long as nobody asks for anything."""
        with suppress(Exception):  # a training will say what is wrong
            for _ in self._work.rehearse():
                if self._asked or self._leaving:
                    break

    def _wait(self) -> None:
        self._woken.wait()
        self._woken.clear()
        if self._leaving:
            self._leave(0)

    def _leave(self, status: int) -> NoReturn:
        if not self._leaving:  # else there is nobody to tell
            self._line.flush()
        os._exit(status)

    def _obey(self, message: Message) -> None:
        match message:
            case ("pause",):
                self._wish = "pause"
            case ("resume",):
                self._wish = "run"
            case ("stop",):
                self._wish = "stop"
            case ("follow", digit):
                self._follow(digit)
            case ("show", entrant):
                if self._run is not None:
                    self._run.show(entrant)
            case ("predict", number, entrant, image):
                self._line.send(("prediction", number, self._predict(entrant, image)))
            case ("open" | "start", *_):  # the window asks for neither while something trains
                pass

    def _wanted(self) -> str:
        """Say what the loop is to do; asked before each batch, so it must cost next to nothing."""
        self._beats += 1
        while self._asked:
            self._obey(self._asked.popleft())
        return "stop" if self._leaving else self._wish

    def _follow(self, digit: int) -> None:
        """Follow another digit: in the training's next look or, where none comes, at once."""
        if self._run is not None:
            self._run.follow(digit)
        if self._training and self._wish == "run":
            return
        networks = self._predictor
        for entrant in range(len(networks.training.entrants) if networks is not None else 0):
            with suppress(InputError, IndexError, ValueError, RuntimeError):
                assert networks is not None
                self._line.send(("looked", entrant, networks.look_at(entrant, digit)))

    def _predict(self, entrant: int, image: Any) -> Any:
        if self._predictor is None:
            return None
        try:
            return self._predictor.predict(entrant, image)
        except (InputError, IndexError, ValueError, RuntimeError):  # no network of this shape or number
            return None

    def _open(self, folder: str) -> None:
        self._run = self._predictor = None
        try:
            self._predictor = self._work.open_networks(Path(folder))
        except Exception as error:
            self._line.send(("not_opened", reason(error)[1]))

    def _train(self, text: str, folder: str, resume: bool) -> None:
        self._wish, self._taken, self._reported = "run", True, ""
        self._backlog.clear()
        self._run = self._predictor = None
        self._training = True
        try:
            self._go(Training.loads(text), Path(folder), resume)
        except BaseException as error:
            kind, detail = reason(error)
            # Whatever else it was may have left torch, the device or the memory in no state to go on.
            leaving = kind not in ("input", "disk")
            self._tell_now()
            self._line.send(("failed", kind, detail, leaving))
            if leaving:
                self._leave(1)
        else:
            self._line.send(("ended",))
        finally:
            self._training = False
        if self._leaving:
            self._leave(0)

    def _go(self, training: Training, folder: Path, resume: bool) -> None:
        try:
            data = self._load(training)
        except BaseException:
            if self._wanted() != "stop":
                raise
        if self._wanted() == "stop":  # a download that was called off, too
            return
        run = self._work.make_run(
            training, folder, resume=resume, wanted=self._wanted, report=self._report, data=data
        )
        self._run = self._predictor = run
        self._line.send(("opening", run.opening))
        for snapshot in run:
            self._backlog.add(snapshot)
            if snapshot.state == "training":
                if self._taken:
                    self._tell_now()
            else:
                self._tell_now()
            if snapshot.state == "paused":
                self._rest()

    def _tell_now(self) -> None:
        if self._backlog:
            self._taken = False
            self._line.send(("snapshot", self._backlog.take()))

    def _rest(self) -> None:
        """Wait, until the training is wanted again or not any more."""
        while self._wanted() == "pause":
            self._woken.wait()
            self._woken.clear()

    def _report(self, what: str) -> None:
        self._beats += 1
        if what != self._reported:
            self._reported = what
            self._line.send(("progress", what, 0, 0))

    def _load(self, training: Training) -> Data:
        """Return the images of a training; those of the last one are kept."""
        asked = (training.dataset, training.data_dir, training.train_limit, os.environ.get("OPTVIZ_DATA_DIR"))
        if self._data is None or self._data[0] != asked:
            self._data = None  # never two at a time
            self._report("data")
            counted = _sparingly(lambda done, total: self._line.send(("progress", "download", done, total)))

            def progress(done: int, total: int) -> None:
                self._beats += 1
                counted(done, total)

            self._data = asked, self._work.load(training, progress, lambda: self._wanted() == "stop")
        return self._data[1]

    # -------------------------------------------------------------- in a thread of its own

    def _fetch(self, dataset: str) -> None:
        before = self._fetching.get(dataset)
        if before is not None and before[0].is_alive() and not before[1].is_set():
            return
        stop = threading.Event()
        former = before[0] if before is not None else None
        thread = threading.Thread(target=self._download, args=(dataset, stop, former), daemon=True)
        self._fetching[dataset] = thread, stop
        thread.start()

    def _download(self, dataset: str, stop: threading.Event, former: threading.Thread | None) -> None:
        if former is not None:
            former.join()  # it was called off, and takes a moment to notice
        told = _sparingly(lambda done, total: self._line.send(("fetching", dataset, done, total)))
        try:
            self._work.download(dataset, told, stop.is_set)
        except BaseException as error:
            self._line.send(("not_fetched", dataset, "" if stop.is_set() else reason(error)[1]))
        else:
            self._line.send(("fetched", dataset))


def _sparingly(tell: Count) -> Count:
    """Return `tell`, called a few times a second and at the end."""
    due = 0.0

    def told(done: int, total: int) -> None:
        nonlocal due
        if time.monotonic() >= due or done == total:
            due = time.monotonic() + _PROGRESS_APART
            tell(done, total)

    return told
