"""One trainer process as the window holds it: started, spoken to, ended; nothing here waits long."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from time import monotonic

from optviz.training.process.channel import PollingEnd
from optviz.training.process.serve import Work, serve


class TrainerProcess:
    """A spawned process and the window's end of the line to it.

    Parameters
    ----------
    work
        Makes what does the work there; a name that can be imported.
    """

    def __init__(self, work: Callable[[], Work]) -> None:
        ours, theirs = socket.socketpair()
        self.line = PollingEnd(ours)
        self._process: SpawnProcess = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, work), name="optviz trainer", daemon=True
        )
        try:
            self._process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def exitcode(self) -> int | None:
        """How it ended, or None while it runs; negative: by which signal."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask the system to end it."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def gone(self, patience: float = 0.0) -> bool:
        """Say whether it has ended, after waiting for it at most `patience` seconds."""
        self._process.join(patience)
        return self._process.exitcode is not None

    def end(self, patience: float) -> None:
        """Wait until it has ended, by itself within `patience` seconds or by force."""
        if not self.gone(patience):
            self.kill()  # one that is stopped would not hear a milder signal
            self._process.join()
        self.line.close()


class Vigil:
    """Watches for signs of life, in seconds the window was awake.

    A computer that slept, or a window that was stopped, must not take that time for the trainer's silence.

    Attributes
    ----------
    now
        Seconds this window was awake so far.
    """

    LONGEST = 0.2  # between two calls of `tick`, as far as it counts
    BUSY = 0.1  # seconds of processor time between two pulses that show that it works

    def __init__(self) -> None:
        self.now = 0.0
        self._looked_at = monotonic()
        self._sign_at = self._pulse_at = 0.0
        self._pulse = (-1, 0.0)

    def tick(self) -> None:
        """Let time pass; to be called often."""
        now = monotonic()
        self.now += min(now - self._looked_at, self.LONGEST)
        self._looked_at = now

    def sign(self) -> None:
        """Take note that the training goes on."""
        self._sign_at = self._pulse_at = self.now

    def pulse(self, beats: int, seconds: float) -> None:
        """Take note of a pulse: how often the loop has asked, and the processor time used so far."""
        self._pulse_at = self.now
        # A batch that takes long uses the processor, one that hangs does not.
        if beats != self._pulse[0] or seconds - self._pulse[1] > self.BUSY:
            self._sign_at = self.now
        self._pulse = beats, seconds

    @property
    def silence(self) -> float:
        """Seconds since the process was heard, or since it did something, whichever is longer."""
        return self.now - min(self._sign_at, self._pulse_at)
