"""The loop: every entrant from the same weights, over the same batches, told now and then in snapshots."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from math import exp
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, shown
from optviz.training import arrays, checkpoint, metrics
from optviz.training import folder as folders
from optviz.training.course import Course
from optviz.training.device import device_of, refuse_too_large, step_of, threads_of, words
from optviz.training.images.data import Data, load
from optviz.training.images.tensors import tensors_of
from optviz.training.record import Look, Opening, Snapshot
from optviz.training.resume import goes_on
from optviz.training.setting import Training
from optviz.training.trained import answer
from optviz.version import __version__

EVERY = 0.05  # seconds between snapshots
LOOK_SHARE = 0.012  # of the time goes into looking inside the entrant that is shown, at most
OTHERS_SHARE = 0.006  # and inside all others
LOOK_APART = 0.25  # seconds between two looks, at least
KEEP_APART = 10.0  # seconds after which looks, judgements and the path are written anew, at least
SPEED_OVER = 2.0  # seconds the images a second are a mean over
FIRST_IMAGES = 16


def _always_run() -> str:
    return "run"


def _unheard(text: str) -> None:
    pass


class TrainingRun:
    """A training, from its settings to its run folder; iterate over it to make it go.

    Parameters
    ----------
    training
        What to train.
    folder
        Its run folder: a new one, or with `resume` one that goes on from its last checkpoints.
    wanted
        Asked before each batch: "run", "pause" or "stop". On "pause" everything is checkpointed and a
        snapshot "paused" is yielded; whoever iterates waits. "stop" likewise, and ends.
    report
        Told what is under way before the first step.
    data
        The images, as `load` gives them for this training, where they are at hand.

    Raises
    ------
    InputError
        For data that are missing or damaged, a device that is not there, a folder that cannot be used, a
        checkpoint of something else.
    """

    def __init__(
        self,
        training: Training,
        folder: Path,
        *,
        resume: bool = False,
        wanted: Callable[[], str] = _always_run,
        report: Callable[[str], None] = _unheard,
        data: Data | None = None,
    ) -> None:
        import torch

        self.folder = Path(folder)
        self._wanted = wanted
        self.warnings: list[str] = []
        asks_for_all = training.train_limit == 0
        if resume:
            training, facts = goes_on(training, self.folder)
        else:
            folders.check_new(self.folder)
        report("data")
        if data is None:
            data = load(training.dataset, training.data_dir, 0 if asks_for_all else training.train_limit)
        self.data = data
        if resume and dict(data.checksums) != dict(facts.checksums):
            raise InputError(
                f"{shown(str(self.folder), 300)}: its training data have changed since ({data.source}); "
                "it can only go on with the same"
            )
        images = len(data.train_images)
        if images != training.images:  # files of a person's own may hold fewer
            if resume:
                raise InputError(
                    f"train_limit: {images} images are asked for, but {shown(str(self.folder), 200)} was "
                    f"trained with {training.images}"
                )
            training = training.replace(train_limit=images)
        report("network")
        if training.data_dir:  # from wherever it is gone on with
            training = training.replace(data_dir=str(Path(training.data_dir).absolute()))
        refuse_too_large(training, (data.test_images.shape[1], data.test_images.shape[2]))
        device, threads = device_of(training), threads_of(training)
        torch.set_num_threads(threads)
        how = step_of(training, device)
        training = training.replace(device=device.type, threads=threads, step=how)
        self.training = training
        self.tensors = tensors_of(data, training.precision, device, how)
        self.courses = [Course(training, index, self.tensors) for index in range(len(training.entrants))]
        self.digit, self.shown = training.view.digit, training.view.entrant
        layers = tuple(course.layers for course in self.courses)
        self.device_words = words(device, threads)
        self.opening = Opening(
            training, layers, data.test_images[:FIRST_IMAGES].copy(), data.test_labels[:FIRST_IMAGES].copy(),
            data.source, self.device_words,
        )  # fmt: skip
        if resume:
            self._load()
        else:
            found = folders.RunFacts(
                data.source, self.device_words, data.mean, data.std, dict(data.checksums), _versions(), layers
            )
            folders.create(self.folder, training, found, self.opening.images, self.opening.labels)
        self._metrics = [
            metrics.MetricsFile(self._of(course) / folders.METRICS, course.told) for course in self.courses
        ]
        if resume:
            known = folders.read_record(self.folder)
            self.opening = replace(self.opening, resumed=known, warnings=tuple(self.warnings))
        self._seen = 0  # images since the last snapshot with any, and when that was
        self._since = perf_counter()
        self._speed = 0.0
        self._state = "training"

    def _of(self, course: Course) -> Path:
        return folders.entrant_folder(self.folder, course.index)

    # -------------------------------------------------------------- going

    def __iter__(self) -> Iterator[Snapshot]:
        try:
            yield from self._go()
        finally:
            for file in self._metrics:
                file.close()

    def _go(self) -> Iterator[Snapshot]:
        told = -EVERY  # the first step is told at once
        for new in self.courses:
            if not new.done:
                new.look(self.digit)
        while (course := self._next()) is not None:
            wanted = self._wanted()
            if wanted != "run":
                self._state = "stopped" if wanted == "stop" else "paused"
                snapshot = self._snapshot()
                self._keep_all()
                yield snapshot
                if wanted == "stop":
                    return
                self._state = "training"
                told = self._since = perf_counter()
                continue
            if course.unjudged:
                if not course.judge(lambda: self._wanted() != "run"):
                    continue
            else:
                self._seen += course.step()
                if course.unjudged:
                    continue
            ended = course.at_epoch_end or course.finished
            if ended or self._look_is_due(course):
                course.look(self.digit)
            if ended:
                told = perf_counter()
                yield self._snapshot()  # first what happened, then the disk
                self._keep(course, now=False)
            elif perf_counter() - told >= EVERY:
                told = perf_counter()
                yield self._snapshot()
        self._state = "done"
        snapshot = self._snapshot()
        self._keep_all()
        yield snapshot

    def _next(self) -> Course | None:
        """Return whose turn it is: of those in a race the one that is behind, else the first."""
        left = [course for course in self.courses if not course.finished or course.unjudged]
        if not left:
            return None
        for course in left:
            if course.unjudged:
                return course
        return min(left, key=lambda course: course.share) if self.training.interleave else left[0]

    def _look_is_due(self, course: Course) -> bool:
        others = max(len(self.courses) - 1, 1)
        share = LOOK_SHARE if course.index == self.shown else OTHERS_SHARE / others
        since = perf_counter() - course.looked_at
        return since > LOOK_APART and since * share > course.look_seconds

    def _snapshot(self) -> Snapshot:
        for course in self.courses:
            if self._state == "stopped" and not course.finished:
                course.status = "stopped"
        news = tuple(course.news() for course in self.courses)
        for course, one, file in zip(self.courses, news, self._metrics, strict=True):
            file.add(metrics.lines(course.layers, one))
        passed = perf_counter() - self._since
        if self._seen and passed > 0.0:
            # A mean over the last seconds, judging and writing included, so that the time left is true.
            kept = exp(-passed / SPEED_OVER) if self._speed else 0.0
            self._speed = kept * self._speed + (1.0 - kept) * self._seen / passed
            self._seen, self._since = 0, perf_counter()
        images = self.training.images * self.training.epochs
        total = images * len(self.courses)
        done = round(sum(course.share for course in self.courses) * images)
        left = (total - done) / self._speed if self._speed else float("nan")
        return Snapshot(news, self._state, done, total, self._speed, left, self.device_words)

    # -------------------------------------------------------------- keeping

    def _keep_all(self) -> None:
        for course in self.courses:
            if course.changed:
                self._keep(course)

    def _keep(self, course: Course, now: bool = True) -> None:
        """Write what is known of an entrant; the checkpoint last, for it is what one goes on from.

        What grows with the epochs is written anew each time, so it waits for its turn unless `now`.
        """
        place = self._of(course)
        self._metrics[course.index].settle()
        due = now or course.finished or perf_counter() - course.kept_at > KEEP_APART
        if due:
            arrays.write(place / folders.LOOKS, course.all_looks)
            arrays.write(place / folders.JUDGEMENTS, course.all_judgements)
            folders.write_path(
                place / folders.PATH, course.path_steps, course.path_weights, course.path_parts
            )
            folders.write_json(place / folders.SUMMARY, course.summary())
            course.kept_at = perf_counter()
        checkpoint.save(place, course.state())
        course.changed = not due

    def _load(self) -> None:
        """Go on from the checkpoints; an entrant without one begins anew."""
        for course in self.courses:
            place = self._of(course)
            place.mkdir(exist_ok=True)
            state = checkpoint.newest(place, self.warnings.append)
            if state is None:
                continue
            try:
                course.load(state)
            except (KeyError, ValueError, RuntimeError, TypeError, AttributeError):
                raise InputError(
                    f"{shown(str(place / checkpoint.NAME), 300)} is of another network or optimizer"
                ) from None
            course.remember(
                self._kept(arrays.read, place / folders.JUDGEMENTS, ()),
                self._kept(arrays.read, place / folders.LOOKS, ()),
                self._kept(folders.read_path, place / folders.PATH, ([], [])),
            )

    def _kept(self, read: Callable[[Path], Any], path: Path, nothing: Any) -> Any:
        """Return what was only looked at; a training can go on without."""
        if not path.exists():
            return nothing
        try:
            return read(path)
        except InputError as error:
            self.warnings.append(f"{error}; going on without")
            with suppress(OSError):
                path.unlink()
            return nothing

    # -------------------------------------------------------------- asked from outside

    def follow(self, digit: int) -> None:
        """Follow another test image through the layers, from the next look on, which comes at once."""
        self.digit = digit
        for course in self.courses:
            if not course.finished:
                course.looked_at = float("-inf")

    def show(self, entrant: int) -> None:
        """Look inside this entrant more often than inside the others."""
        self.shown = entrant

    def look_at(self, entrant: int, digit: int) -> Look:
        """Return what an entrant's network makes of a test image, any time between two snapshots."""
        return self.courses[entrant].look_at(digit)

    def predict(self, entrant: int, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return float32[10]: how likely an entrant's network thinks each class of an image uint8[h, w]."""
        tensors = self.tensors
        return answer(
            self.courses[entrant].network,
            image,
            self.data.mean,
            self.data.std,
            tensors.device,
            tensors.dtype,
        )


def _versions() -> dict[str, str]:
    import numba
    import torch

    return {
        "optviz": __version__, "python": platform.python_version(), "torch": str(torch.__version__),
        "numpy": np.__version__, "numba": numba.__version__,
    }  # fmt: skip
