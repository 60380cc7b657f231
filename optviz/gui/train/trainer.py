"""The window's side of the trainer process: asks, listens, and never waits."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from optviz import atomic
from optviz.gui.train import trainer_words as words
from optviz.gui.train.trainer_process import TrainerProcess, Vigil
from optviz.training.process.channel import Message
from optviz.training.process.serve import TIDY, Work
from optviz.training.setting import Training

STOP_PATIENCE = 3.0  # seconds a trainer has to stop by itself
TERMINATE_PATIENCE = 0.5  # seconds it then has before it is killed
SILENCE = 5.0  # seconds without a sign of life after which the window says so
_TICK = 50  # ms between looks at how things stand, while a training is under way

GOING = ("loading", "training", "pausing", "paused", "stopping")


class Trainer(QObject):
    """Trains in a process of its own, which is kept for the next training.

    Nothing here waits for the process: what it tells is taken in as it comes, one snapshot at most in a turn
    of the event loop, and the next is sent when the last was handled.

    Parameters
    ----------
    work
        What the process does; tests put another in its place.

    Attributes
    ----------
    state
        "off": no process. "warming": it imports torch. "ready": it waits. "loading": what comes before the
        first step. "training", "pausing", "paused", "stopping": of a training. "failed": the last training
        has failed; another can be started.
    responding
        Whether the trainer has shown a sign of life lately, while a training is under way.

    Signals
    -------
    state_changed(str)
    opened(object)
        What is known before the first step.
    told(Snapshot)
        What happened since the last one.
    progress(str, float)
        What is under way before the first step or for a download, in words, and its share (or nan).
    failed(str, bool)
        What went wrong, in a sentence, and whether there is a checkpoint to go on from.
    predicted(int, object)
        Number of the question, float32[10].
    looked(int, Look)
        Entrant, and what its network makes of the test image that is followed now.
    fetched(str)
        A data set was downloaded.
    fetch_failed(str)
        It was not, and why; empty when it was called off.
    responding_changed(bool, str)
        With a sentence when it does not respond any more.
    """

    state_changed = Signal(str)
    opened = Signal(object)
    told = Signal(object)
    progress = Signal(str, float)
    failed = Signal(str, bool)
    predicted = Signal(int, object)
    looked = Signal(int, object)
    fetched = Signal(str)
    fetch_failed = Signal(str)
    responding_changed = Signal(bool, str)

    def __init__(self, parent: QObject | None = None, work: Callable[[], Work] = Work) -> None:
        super().__init__(parent)
        self.state = "off"
        self.responding = True
        self._work = work
        self._process: TrainerProcess | None = None
        self._notifier: QSocketNotifier | None = None
        self._safety: weakref.finalize[..., Trainer] | None = None
        self._closed = False
        self._warm = False  # everything is imported there
        self._next: tuple[Training, Path, bool] | None = None  # to start once the one under way has ended
        self._folder = Path()
        self._dataset = ""
        self._fetching = ""
        self._questions = 0
        self._asked = 0  # the question that is not answered yet; 0 is none
        self._question: tuple[int, int, Any] | None = None  # the newest that is not asked yet
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK)
        self._clock.timeout.connect(self._look)
        self._vigil = Vigil()
        self._stop_at: float | None = None
        self._forced = False

    # -------------------------------------------------------------- asking

    @property
    def pid(self) -> int | None:
        """The process's number, or None where there is none."""
        return self._process.pid if self._process else None

    def warm(self) -> None:
        """Start the process, if there is none, so that the first training starts at once."""
        if self._ensure() and self.state in ("off", "failed"):
            self._set("ready" if self._warm else "warming")

    def start(self, training: Training, folder: str | PathLike[str], resume: bool = False) -> None:
        """Train; one that is under way is stopped first, and keeps its checkpoint.

        Parameters
        ----------
        folder
            A new run folder, or with `resume` one to go on with.
        """
        if self._closed:
            return
        if self.state in GOING:
            self._next = (training, Path(folder), resume)
            self._stop()
            return
        if not self._ensure():
            return
        self._folder, self._dataset = Path(folder), training.dataset
        self._forced, self._stop_at, self._question = False, None, None
        self._vigil.sign()
        self._send("start", training.dumps(), str(folder), resume)
        self._set("loading")
        if not self._warm:
            self._report(words.under_way("process", ""))

    def pause(self) -> None:
        """Keep everything on disk and wait, after the batch under way."""
        if self.state in ("loading", "training"):
            self._send("pause")
            self._set("pausing")

    def resume(self) -> None:
        """Go on after a pause."""
        if self.state in ("pausing", "paused"):
            self._send("resume")
            self._vigil.sign()
            self._set("training")

    def stop(self) -> None:
        """Keep everything on disk and end the training; by force, if it does not answer."""
        self._next = None
        self._stop()

    def _stop(self) -> None:
        if self.state in GOING and self.state != "stopping":
            self._send("stop")
            self._stop_at = self._vigil.now + STOP_PATIENCE
            self._set("stopping")

    def follow(self, digit: int) -> None:
        """Follow another test image through the layers; while nothing trains, `looked` answers."""
        self._send("follow", digit)

    def show(self, entrant: int) -> None:
        """Say whose inside is on show: it is looked into more often."""
        self._send("show", entrant)

    def predict(self, entrant: int, image: Any) -> int:
        """Ask what an entrant's network makes of an image, uint8[h, w], and return the question's number.

        While one question is not answered, only the newest of those after it is kept.
        """
        self._questions += 1
        if self._process is not None:
            self._question = (self._questions, entrant, image)
            self._ask()
        return self._questions

    def open(self, folder: str | PathLike[str]) -> None:
        """Load the networks of a finished training, to predict with."""
        if self.state not in GOING and self._ensure():
            self._folder = Path(folder)
            self._send("open", str(folder))
            if self.state in ("off", "failed"):
                self._set("ready" if self._warm else "warming")

    def fetch(self, dataset: str) -> None:
        """Download a data set into the user's cache."""
        if self._ensure():
            self._fetching = dataset
            self._send("fetch", dataset)
            if self.state == "off":
                self._set("ready" if self._warm else "warming")

    def cancel_fetch(self) -> None:
        """Call the download off."""
        if self._fetching:
            self._send("cancel_fetch")

    def close(self) -> None:
        """End the process, and wait until it is gone; it keeps a checkpoint if it can do so quickly."""
        self._closed, self._next = True, None
        process = self._process
        patience = TIDY + 0.2 if self.state in GOING and self._warm else 0.2
        if process is not None:
            process.line.send(("quit",))
            self._let_go()
            process.end(patience)
        self._set("off")

    # -------------------------------------------------------------- the process

    def _ensure(self) -> bool:
        """Make sure that there is a process; say whether there is."""
        if self._process is None and not self._closed:
            try:
                process = TrainerProcess(self._work)
            except OSError as error:
                self.failed.emit(words.failure("import", str(error)), False)
                return False
            self._process, self._warm = process, False
            self._asked, self._question = 0, None
            self._notifier = QSocketNotifier(process.line.fileno(), QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._read)
            # Whoever forgets to close this leaves no process behind.
            self._safety = weakref.finalize(self, process.end, 0.0)
        return self._process is not None

    def _let_go(self) -> None:
        """Stop listening to the process; whoever calls this ends it."""
        if self._safety is not None:
            self._safety.detach()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
        self._process = self._notifier = None
        self._asked, self._question = 0, None
        self._warm = False
        self._respond(True)

    def _send(self, *message: Any) -> None:
        if self._process is not None:
            self._process.line.send(message)

    def _ask(self) -> None:
        if not self._asked and self._question is not None:
            self._asked = self._question[0]
            self._send("predict", *self._question)
            self._question = None

    def _set(self, state: str) -> None:
        if state != self.state:
            self.state = state
            if state in GOING and not self._clock.isActive():
                self._vigil.tick()
                self._vigil.sign()
                self._clock.start()
            elif state not in GOING:
                self._clock.stop()
            self.state_changed.emit(state)

    # -------------------------------------------------------------- listening

    def _read(self) -> None:
        process = self._process
        if process is None:
            return
        process.line.receive()
        while (message := process.line.next()) is not None:
            self._hear(message)
            if self._process is not process:
                return
            if message[0] == "snapshot":  # the rest in another turn, for this one may have been long
                QTimer.singleShot(0, self, self._read)
                return
        if not process.line.open:
            self._gone(process)

    def _hear(self, message: Message) -> None:
        match message:
            case ("pulse", beats, seconds):
                self._vigil.pulse(beats, seconds)
            case ("snapshot", snapshot):
                self._take(snapshot)
            case ("prediction", number, said):
                self._asked = 0
                self._ask()
                if said is not None:
                    self.predicted.emit(number, said)
            case ("looked", entrant, look):
                self.looked.emit(entrant, look)
            case ("opening", known):
                self.opened.emit(known)
            case ("progress", what, done, total):
                self._report(words.under_way(what, self._dataset), done, total)
            case ("ready",):
                self._warm = True
                self._vigil.sign()
                if self.state == "warming":
                    self._set("ready")
            case ("ended",):
                self._ended()
            case ("failed", kind, detail, leaving):
                self._fail(words.failure(kind, detail), leaving)
            case ("not_opened", detail):
                self.failed.emit(detail, False)
            case ("fetching", dataset, done, total):
                self._report(words.under_way("download", dataset), done, total)
            case ("fetched", dataset):
                self._fetching = ""
                self.fetched.emit(dataset)
            case ("not_fetched", _, detail):
                self._fetching = ""
                self.fetch_failed.emit(detail)

    def _report(self, text: str, done: int = 0, total: int = 0) -> None:
        self.progress.emit(text, done / total if total else float("nan"))

    def _take(self, snapshot: Any) -> None:
        self._vigil.sign()
        if snapshot.state in ("training", "done") and self.state == "loading":
            self._set("training")
        self.told.emit(snapshot)
        if snapshot.state == "paused" and self.state in ("loading", "pausing"):
            self._set("paused")
        self._send("taken")

    def _ended(self) -> None:
        self._stop_at = None
        self._respond(True)
        self._set("ready")
        self._start_next()

    def _start_next(self) -> None:
        if self._next is not None and self.state not in GOING:
            wanted, self._next = self._next, None
            self.start(*wanted)

    def _fail(self, sentence: str, over: bool) -> None:
        """Say what went wrong; `over`: the process is of no more use."""
        going = self.state in GOING
        self._stop_at = None
        process = self._process
        if over and process is not None:
            self._let_go()
            process.end(0.0)
            _tidy(self._folder)
        fetching, self._fetching = self._fetching, "" if over else self._fetching
        self._respond(True)
        self._set("failed")
        self.failed.emit(sentence, going and has_checkpoint(self._folder))
        if over and fetching:
            self.fetch_failed.emit(sentence)
        self._start_next()

    def _gone(self, process: TrainerProcess) -> None:
        """The process has ended without a word."""
        process.gone(0.25)  # its exit status follows at once
        if self._forced:
            self._fail(words.ended_by_force(), True)
        elif self.state in ("ready", "failed") and not self._fetching:  # nobody need know
            self._let_go()
            process.end(0.0)
            if self.state == "ready":
                self._set("off")
        else:
            self._fail(words.death(process.exitcode, self._warm), True)

    # -------------------------------------------------------------- watching

    def _look(self) -> None:
        process = self._process
        if process is None:
            return
        self._vigil.tick()
        process.line.flush()
        if self._stop_at is not None and self._vigil.now > self._stop_at:
            self._force(process)
        elif self._warm and self.state in ("loading", "training", "pausing"):
            self._respond(self._vigil.silence < SILENCE, words.silent(SILENCE))

    def _force(self, process: TrainerProcess) -> None:
        if not self._forced:
            self._forced = True
            process.terminate()
            self._stop_at = self._vigil.now + TERMINATE_PATIENCE
        else:
            self._fail(words.ended_by_force(), True)

    def _respond(self, responding: bool, sentence: str = "") -> None:
        if responding != self.responding:
            self.responding = responding
            self.responding_changed.emit(responding, "" if responding else sentence)


def has_checkpoint(folder: str | PathLike[str]) -> bool:
    """Say whether there is something in a run folder to go on from."""
    return any(Path(folder).glob("entrant_*/checkpoint*.pt"))


def _tidy(folder: Path) -> None:
    """Remove what a killed process could not."""
    for place in (folder, *folder.glob("entrant_*")):
        atomic.remove_stale(place)
