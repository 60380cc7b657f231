"""The loop: every entrant from the same weights, over the same batches, told now and then in snapshots."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, shown
from optviz.training import arrays, checkpoint
from optviz.training import folder as folders
from optviz.training.course import Course, Material
from optviz.training.device import device_of, step_of, threads_of, words
from optviz.training.images.data import Data, load
from optviz.training.network.models import build
from optviz.training.record import POINT_COLUMNS, Judgement, News, Opening, Snapshot
from optviz.training.setting import Training
from optviz.version import __version__

EVERY = 0.05  # seconds between snapshots
LOOK_SHARE = 0.01  # of the time goes into looking inside, at most
LOOK_APART = 0.25  # seconds between two looks, at least
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
        asks_for_all = training.train_limit == 0
        if resume:
            training, facts = _goes_on(training, self.folder)
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
        device, threads = device_of(training), threads_of(training)
        torch.set_num_threads(threads)
        how = step_of(training, device)
        training = training.replace(device=device.type, threads=threads, step=how)
        self.training = training
        self.material = material_of(data, training, device, how)
        self.courses = [Course(training, index, self.material) for index in range(len(training.entrants))]
        self.digit = training.view.digit
        layers = tuple(course.layers for course in self.courses)
        self.device_words = words(device, threads)
        self.opening = Opening(
            training, layers, data.test_images[:FIRST_IMAGES].copy(), data.test_labels[:FIRST_IMAGES].copy(),
            data.source, self.device_words, resume,
        )  # fmt: skip
        if resume:
            self._load()
        else:
            found = folders.RunFacts(
                data.source, self.device_words, data.mean, data.std, dict(data.checksums), _versions(), layers
            )
            folders.create(self.folder, training, found, self.opening.images, self.opening.labels)
        self._metrics = [
            folders.MetricsFile(self._of(course) / folders.METRICS, course.done) for course in self.courses
        ]
        self._seen = 0  # images since the last snapshot, and the time they took
        self._took = 0.0
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
                told = perf_counter()
                continue
            began = perf_counter()
            self._seen += course.step()
            self._took += perf_counter() - began
            ended = course.at_epoch_end or course.finished
            if course.at_epoch_end and course.status != "diverged":
                course.judge()
            if ended or self._look_is_due(course):
                course.look(self.digit)
            if ended:
                told = perf_counter()
                yield self._snapshot()  # first what happened, then the disk
                self._keep(course)
            elif perf_counter() - told >= EVERY:
                told = perf_counter()
                yield self._snapshot()
        self._state = "done"
        snapshot = self._snapshot()
        self._keep_all()
        yield snapshot

    def _next(self) -> Course | None:
        """Return whose turn it is: of those in a race the one that is behind, else the first."""
        left = [course for course in self.courses if not course.finished]
        if not left:
            return None
        return min(left, key=lambda course: course.share) if self.training.interleave else left[0]

    def _look_is_due(self, course: Course) -> bool:
        since = perf_counter() - course.looked_at
        return since > LOOK_APART and since * LOOK_SHARE > course.look_seconds * len(self.courses)

    def _snapshot(self) -> Snapshot:
        for course in self.courses:
            if self._state == "stopped" and not course.finished:
                course.status = "stopped"
        news = tuple(course.news() for course in self.courses)
        for course, one, file in zip(self.courses, news, self._metrics, strict=True):
            file.add(_lines(course, one))
        if self._seen and self._took > 0.0:
            now = self._seen / self._took
            kept = 0.9 if self._speed else 0.0
            self._speed = kept * self._speed + (1.0 - kept) * now
        self._seen, self._took = 0, 0.0
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

    def _keep(self, course: Course) -> None:
        """Write what is known of an entrant; the checkpoint last, for it is what one goes on from."""
        place = self._of(course)
        arrays.write(place / folders.LOOKS, course.all_looks)
        arrays.write(place / folders.JUDGEMENTS, course.all_judgements)
        folders.write_path(place / folders.PATH, course.path_steps, course.path_weights, course.path_parts)
        folders.write_json(place / folders.SUMMARY, course.summary())
        checkpoint.save(place, course.state())
        course.changed = False

    def _load(self) -> None:
        """Go on from the checkpoints; an entrant without one begins anew."""
        for course in self.courses:
            place = self._of(course)
            state = checkpoint.newest(place)
            if state is None:
                continue
            try:
                course.load(state)
            except (KeyError, ValueError, RuntimeError, TypeError) as error:
                raise InputError(
                    f"{shown(str(place / checkpoint.NAME), 300)} is of another network or optimizer: "
                    f"{shown(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)}"
                ) from None
            course.remember(
                arrays.read(place / folders.JUDGEMENTS),
                arrays.read(place / folders.LOOKS),
                folders.read_path(place / folders.PATH),
            )

    # -------------------------------------------------------------- asked from outside

    def follow(self, digit: int) -> None:
        """Follow another test image through the layers, from the next look on, which comes at once."""
        self.digit = digit
        for course in self.courses:
            if not course.finished:
                course.looked_at = float("-inf")

    def predict(self, entrant: int, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return float32[10]: how likely an entrant's network thinks each class of an image uint8[h, w]."""
        material = self.material
        return _said(
            self.courses[entrant].network,
            image,
            self.data.mean,
            self.data.std,
            material.device,
            material.dtype,
        )


def _lines(course: Course, news: News) -> list[dict[str, Any]]:
    """Return what is new as objects of metrics.jsonl."""
    measured = {int(row[0]): row[1:] for row in news.layer_points}
    lines: list[dict[str, Any]] = []
    judged = {one.step: one for one in news.judgements}
    for row in news.points:
        line: dict[str, Any] = {
            name: folders.finite(float(value)) for name, value in zip(POINT_COLUMNS, row, strict=True)
        }
        step = line["step"] = int(row[0])
        if step in measured:
            gradient, ratio = np.split(measured[step], 2)
            line["layers"] = {
                name: [folders.finite(float(gradient[i])), folders.finite(float(ratio[i]))]
                for i, name in enumerate(course.layers)
            }
        lines.append(line)
        if step in judged:
            lines.append(_judged(judged.pop(step)))
    return [*lines, *(_judged(one) for one in judged.values())]


def _judged(one: Judgement) -> dict[str, Any]:
    return {
        "step": one.step,
        "epoch": one.epoch,
        "test_loss": folders.finite(one.loss),
        "test_accuracy": one.accuracy,
    }


def _said(
    network: Any, image: npt.NDArray[np.uint8], mean: float, std: float, device: Any, dtype: Any
) -> npt.NDArray[np.float32]:
    import torch

    shape = (1, 1, *image.shape)
    x = torch.from_numpy((image.astype(np.float64) / 255.0 - mean) / std).to(device=device, dtype=dtype)
    was = network.training
    network.eval()
    try:
        with torch.inference_mode():
            said = torch.softmax(network(x.reshape(shape)).double(), 1)[0]
            answer: npt.NDArray[np.float32] = torch.nan_to_num(said).float().cpu().numpy().copy()
            return answer
    finally:
        network.train(was)


def material_of(data: Data, training: Training, device: Any, how: str) -> Material:
    """Return a data set as tensors on a device, normalized; `how` is what moves the weights.

    Those made last are kept with their data set, so that starting again costs nothing.
    """
    import torch

    dtype = torch.float64 if training.precision == "float64" else torch.float32
    known = _materials.get(data)
    if known is not None and (known.device, known.dtype) == (device, dtype):
        return replace(known, step=how)

    def images(raw: npt.NDArray[np.uint8]) -> Any:
        x = torch.from_numpy(raw).unsqueeze(1)
        if device.type == "cuda":
            x = x.pin_memory().to(device, non_blocking=True)
        x = x.to(device=device, dtype=dtype)
        return x.mul_(1.0 / (255.0 * data.std)).sub_(data.mean / data.std)

    def classes(raw: npt.NDArray[np.int64]) -> Any:
        return torch.from_numpy(raw).to(device)

    made = Material(
        images(data.train_images), classes(data.train_labels), images(data.test_images),
        classes(data.test_labels), data.test_images, device, dtype, how,
    )  # fmt: skip
    _materials[data] = made
    return made


_materials: WeakKeyDictionary[Data, Material] = WeakKeyDictionary()


def _versions() -> dict[str, str]:
    import numba
    import torch

    return {
        "optviz": __version__, "python": platform.python_version(), "torch": str(torch.__version__),
        "numpy": np.__version__, "numba": numba.__version__,
    }  # fmt: skip


_FOUND = {"device": "auto", "threads": 0, "step": "auto", "train_limit": 0}  # what a run folder has resolved


def _goes_on(training: Training, folder: Path) -> tuple[Training, folders.RunFacts]:
    """Return the training of a run folder, if it is the one that is asked for. Raises InputError."""
    known, facts = folders.read(folder)
    wanted = training.replace(
        title=known.title,
        view=known.view,
        data_dir=known.data_dir,
        **{name: getattr(known, name) for name, open_ in _FOUND.items() if getattr(training, name) == open_},
    )
    for name in ("dataset", "train_limit", "epochs", "batch_size", "seed", "device", "threads", "precision",
                 "step", "interleave", "model", "penalty"):  # fmt: skip
        one, other = getattr(wanted, name), getattr(known, name)
        if one != other:
            raise InputError(
                f"{name}: it is {shown(one)}, but {shown(str(folder), 200)} was trained with {shown(other)}"
            )
    learned = [(e.optimizer, dict(e.hyperparameters), e.schedule, e.changes) for e in known.entrants]
    asked = [(e.optimizer, dict(e.hyperparameters), e.schedule, e.changes) for e in wanted.entrants]
    if learned != asked:
        raise InputError(f"entrants: they are not those {shown(str(folder), 200)} was trained with")
    # Where the data are may have changed, what they are may not.
    return known.replace(data_dir=training.data_dir), facts


class Networks:
    """The networks of a run folder, to ask."""

    def __init__(self, folder: Path) -> None:
        import torch

        self.training, self._facts = folders.read(folder)
        self._dtype = torch.float64 if self.training.precision == "float64" else torch.float32
        self._networks: dict[int, Any] = {}
        self._folder = folder

    def predict(self, entrant: int, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return float32[10]: how likely an entrant's network thinks each class of an image uint8[h, w].

        Raises
        ------
        InputError
            When the entrant has no checkpoint, or it is damaged.
        """
        if entrant not in self._networks:
            place = folders.entrant_folder(self._folder, entrant)
            state = checkpoint.newest(place)
            if state is None:
                raise InputError(f"{shown(str(place), 300)} has no {checkpoint.NAME} yet")
            size = (int(image.shape[0]), int(image.shape[1]))
            setting = self.training.resolved_entrants[entrant].model
            network = build(setting, size, self.training.seed, self._dtype)
            network.load_state_dict(state["model"])
            network.eval()
            self._networks[entrant] = network
        return _said(self._networks[entrant], image, self._facts.mean, self._facts.std, "cpu", self._dtype)


def open_networks(folder: Path) -> Networks:
    """Return the networks of a run folder. Raises InputError."""
    return Networks(Path(folder))
