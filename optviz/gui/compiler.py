"""Compiling kernels behind the window: in a process of its own, else in a thread, never in the way."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QThread, Signal

import optviz
from optviz.experiment import Experiment
from optviz.gui.compile_process import faster_kernels_for, kernels_for, kernels_of_catalog
from optviz.kernels import Kernel
from optviz.kernels.compile import cache_folder

_CATALOG = 0  # the number of the job that warms the whole catalog


class _Thread(QThread):
    """Makes kernels ready in this process: loads what another has compiled, or compiles."""

    advanced = Signal(int, int, int)
    broken = Signal(int, str)

    def __init__(self, job: int, kernels: list[Kernel], parent: QObject) -> None:
        super().__init__(parent)
        self.job, self._kernels = job, kernels

    def run(self) -> None:
        for done, kernel in enumerate(self._kernels, 1):
            if self.isInterruptionRequested():
                return
            try:
                kernel.compiled  # noqa: B018 - loads or compiles
            except Exception as error:  # where it can, plain Python goes on doing its work
                self.broken.emit(self.job, f"{type(error).__name__}: {error}"[:300])
                return
            self.advanced.emit(self.job, done, len(self._kernels))


class Compiler(QObject):
    """Makes ready the kernels an experiment needs, and later those it may need next.

    What is not kept on disk is compiled by another process, then loaded by a thread of this one. Where no
    cache folder can be written, or the process has died, the thread compiles.

    Signals
    -------
    progress(done, of)
        How far compiling is for the newest request; silent when everything is only loaded.
    finished()
        The newest request is served: its kernels are ready.
    failed(str)
        The newest request cannot be served; the reason in one line.
    faster()
        Kernels that a map does without, but is faster with, are ready.
    """

    progress = Signal(int, int)
    finished = Signal()
    failed = Signal(str)
    faster = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._faster: dict[int, list[Kernel]] = {}  # jobs nobody waits for
        self._process: QProcess | None = None
        self._threads: list[_Thread] = []
        self._jobs = 0
        self._newest: tuple[int, Experiment] | None = None
        self._loading = False  # whether the newest request needs no more compiling
        self._crashed = False
        self._closed = False
        self._text = b""

    @property
    def busy(self) -> bool:
        """Whether a request is not served yet."""
        return self._newest is not None

    def request(self, experiment: Experiment) -> None:
        """Make ready what `experiment` needs; a newer request takes the place of an older one."""
        if self._closed or (self._newest and self._newest[1] == experiment):
            return
        self._jobs += 1
        self._newest = (self._jobs, experiment)
        missing = [kernel for kernel in kernels_for(experiment) if not (kernel.ready or kernel.kept)]
        self._loading = not missing
        if self._loading or self._crashed or cache_folder() is None:
            self._in_thread()
        else:
            self._send({"job": self._jobs, "experiment": experiment.dumps()})

    def request_faster(self, experiment: Experiment) -> None:
        """Make ready what the map of `experiment` is faster with; nobody waits for it.

        Only by the other process: compiling in this one would be felt, and the map is there without it.
        """
        kernels = [kernel for kernel in faster_kernels_for(experiment) if not kernel.ready]
        if not kernels or self._closed or self._crashed or cache_folder() is None:
            return
        self._jobs += 1
        self._faster[self._jobs] = kernels
        if all(kernel.kept for kernel in kernels):
            self._load_faster(self._jobs)
        else:
            self._send({"job": self._jobs, "experiment": experiment.dumps(), "faster": True})

    def _load_faster(self, job: int) -> None:
        thread = _Thread(job, self._faster[job], self)
        thread.finished.connect(self._thread_ended)
        self._threads.append(thread)
        thread.start()

    def warm_catalog(self) -> None:
        """Compile every optimizer quietly, unless all of them are kept already."""
        if self._closed or self._crashed or cache_folder() is None:
            return
        if not all(kernel.ready or kernel.kept for kernel in kernels_of_catalog()):
            self._send({"job": _CATALOG, "catalog": True})

    def close(self) -> None:
        """End the process and the threads now."""
        self._closed = True
        self._newest = None
        if self._process is not None:
            process, self._process = self._process, None
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(2000)
            process.deleteLater()
        for thread in self._threads:
            thread.requestInterruption()
        for thread in self._threads:
            thread.wait()
        self._threads.clear()

    def _send(self, request: dict[str, object]) -> None:
        if self._process is None:
            self._start()
        assert self._process is not None
        self._process.write((json.dumps(request) + "\n").encode())

    def _start(self) -> None:
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        root = str(Path(optviz.__file__).resolve().parent.parent)
        paths = [root, *environment.value("PYTHONPATH", "").split(os.pathsep)]
        environment.insert("PYTHONPATH", os.pathsep.join(path for path in paths if path))
        process.setProcessEnvironment(environment)
        process.setProgram(sys.executable)
        process.setArguments(["-m", "optviz.gui.compile_process"])
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._ended)
        self._process = process
        self._text = b""
        process.start()

    def _read(self) -> None:
        if self._process is None:
            return
        self._text += self._process.readAllStandardOutput().data()
        *lines, self._text = self._text.split(b"\n")
        for line in lines:
            answer = json.loads(line)
            job = int(answer["job"])
            if job in self._faster:
                if "error" in answer:
                    del self._faster[job]
                elif answer["done"] >= answer["of"]:
                    self._load_faster(job)
                continue
            if self._newest is None or job != self._newest[0]:
                continue
            if "error" in answer:
                self._in_thread()
                continue
            self.progress.emit(int(answer["done"]), int(answer["of"]))
            if answer["done"] >= answer["of"]:
                self._loading = True
                self._in_thread()

    def _ended(self) -> None:
        """Go on in a thread when the process has died: nobody need know."""
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        self._crashed = True
        self._faster.clear()
        if self._newest is not None:
            self._in_thread()

    def _in_thread(self) -> None:
        """Make the newest request's kernels ready in this process."""
        assert self._newest is not None
        job, experiment = self._newest
        for thread in self._threads:
            if thread.job not in self._faster:
                thread.requestInterruption()
        thread = _Thread(job, kernels_for(experiment), self)
        thread.advanced.connect(self._advanced)
        thread.broken.connect(self._broken)
        thread.finished.connect(self._thread_ended)
        self._threads.append(thread)
        thread.start()

    def _advanced(self, job: int, done: int, of: int) -> None:
        if self._newest is None or job != self._newest[0]:
            return
        if not self._loading:
            self.progress.emit(done, of)
        if done >= of:
            self._newest = None
            self.finished.emit()

    def _broken(self, job: int, reason: str) -> None:
        if self._newest is not None and job == self._newest[0]:
            self._newest = None
            self.failed.emit(reason)

    def _thread_ended(self) -> None:
        for thread in [thread for thread in self._threads if thread.isFinished()]:
            self._threads.remove(thread)
            kernels = self._faster.pop(thread.job, [])
            if kernels and all(kernel.ready for kernel in kernels):
                self.faster.emit()
            if self._newest is not None and self._newest[0] == thread.job:
                self._newest = None  # it failed, or was interrupted for a newer one
            thread.deleteLater()
