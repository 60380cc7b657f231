"""A training without torch for the tests of the trainer process: it does what its title says.

The title holds words like "steps=40 batch=0.01 hang=7": how many steps, how long each takes, and at which
step what goes wrong.
"""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optviz.errors import InputError
from optviz.training.process.serve import Work
from optviz.training.record import Look, News, Snapshot
from optviz.training.setting import Training

EVERY = 0.02
LOSS = 3.0  # of step k: LOSS / k


def training(**words: float) -> Training:
    """Return a training whose title says what is to happen."""
    title = " ".join(f"{name}={value}" for name, value in words.items())
    return Training(title=title, dataset="digits", entrants=({"optimizer": "adam"},))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Opening:
    training: Training
    pid: int
    loads: int


class FakeRun:
    def __init__(self, training, folder, *, resume, wanted, report, data):
        self.words = {name: float(value) for name, value in (w.split("=") for w in training.title.split())}
        report("network")
        self.opening = Opening(training, os.getpid(), data.loads)
        self.place = Path(folder) / "entrant_0"
        self.place.mkdir(parents=True, exist_ok=True)
        self.file = self.place / "checkpoint.pt"
        self.wanted = wanted
        self.digit = 0
        self.step = int(self.file.read_text()) if resume else 0

    def keep(self):
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(str(self.step))
        temporary.replace(self.file)

    def predict(self, entrant, image):
        said = np.zeros(10, np.float32)
        said[int(image[0, 0])] = 1.0 + entrant
        return said

    def follow(self, digit):
        self.digit = digit

    def show(self, entrant):
        pass

    @property
    def training(self):
        return self.opening.training

    def look_at(self, entrant, digit):
        return Look(self.step, 0.0, np.zeros((1, 1, 1), np.float16), (), digit, np.zeros(10, np.float32))

    def _snapshot(self, state, points):
        rows = np.zeros((len(points), 7))
        rows[:, 0] = points
        rows[:, 2] = LOSS / np.maximum(rows[:, 0], 1)
        size = int(self.words.get("look", 1))
        filters, said = np.zeros((1, size, size), np.float16), np.zeros(10, np.float32)
        look = Look(self.step, 0.0, filters, (), self.digit, said)
        news = News(rows, np.empty((0, 1)), looks=(look,))
        return Snapshot((news,), state, self.step, int(self.words["steps"]), 1.0, 0.0, "CPU")

    def __iter__(self):
        words, points, told = self.words, [], time.monotonic()
        while self.step < words["steps"]:
            wanted = self.wanted()
            if wanted != "run":
                self.keep()
                yield self._snapshot("stopped" if wanted == "stop" else "paused", points)
                points = []
                if wanted == "stop":
                    return
                continue
            self.step += 1
            points.append(self.step)
            time.sleep(words.get("batch", 0.0))
            if self.step == words.get("keep"):
                self.keep()
            for name, fault in FAULTS.items():
                if self.step == words.get(name):
                    fault()
            if time.monotonic() - told > EVERY:
                told = time.monotonic()
                yield self._snapshot("training", points)
                points = []
        self.keep()
        yield self._snapshot("done", points)


def _raise(error):
    raise error


def _busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


FAULTS = {
    "hang": lambda: time.sleep(60),
    "busy": lambda: _busy(7),
    "kill": lambda: os.kill(os.getpid(), 9),
    "memory": lambda: _raise(MemoryError()),
    "torch_memory": lambda: _raise(
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")
    ),
    "gpu": lambda: _raise(RuntimeError("CUDA error: device-side assert triggered\nCompile with TORCH_USE …")),
    "disk": lambda: _raise(OSError(errno.ENOSPC, "No space left on device", "metrics.jsonl")),
    "input": lambda: _raise(InputError("cannot write 'x': no space left on device")),
    "bug": lambda: _raise(ZeroDivisionError("division by zero")),
}


@dataclass
class FakeData:
    loads: int


class FakeWork(Work):
    loads = 0

    def warm(self):
        time.sleep(float(os.environ.get("FAKE_WARM", "0")))

    def rehearse(self):
        return iter(())

    def load(self, training, progress, stop):
        self.loads += 1
        until = time.monotonic() + float(os.environ.get("FAKE_LOAD", "0"))
        while time.monotonic() < until:
            progress(1, 4)
            time.sleep(0.01)
            if stop():
                raise RuntimeError("called off")
        return FakeData(self.loads)

    def make_run(self, training, folder, **options):
        return FakeRun(training, folder, **options)

    def open_networks(self, folder):
        if not (folder / "entrant_0" / "checkpoint.pt").exists():
            raise InputError(f"{folder} is no run folder")
        options = {"resume": True, "wanted": None, "report": str, "data": FakeData(0)}
        return FakeRun(training(steps=1), folder, **options)

    def download(self, dataset, progress, stop):
        if dataset == "fashion_mnist":
            raise InputError("Fashion-MNIST cannot be downloaded (http://localhost: 404)")
        for done in range(400):
            if stop():
                raise RuntimeError("stopped")
            progress(done, 400)
            time.sleep(0.001)


class BrokenWork(FakeWork):
    def warm(self):
        raise ImportError("libtorch_cpu.so: cannot open shared object file\nmore")
