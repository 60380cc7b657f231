"""The session of the Train page: the current training, and what the trainer tells of it.

The settings are a value with a history, as an experiment is. What a training did is a `Record`, which the
trainer process fills while it trains and a run folder gives back; the scene is drawn from it. Editing after
a training keeps its picture until the next start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal

from optviz import resources
from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.gui.document import Document
from optviz.gui.train.values import (
    alike,
    followed,
    from_race,
    in_words,
    kept_epoch,
    new_run_folder,
    planned,
    same_entrant,
    small_version,
)
from optviz.opening import Opened
from optviz.training.record import EntrantRecord, Record, Snapshot
from optviz.training.scene.scene import TrainScene
from optviz.training.setting import (
    DATASETS,
    MAX_ENTRANTS,
    Training,
    TrainView,
)
from optviz.translation import QT_TRANSLATE_NOOP

BUSY = frozenset({"loading", "training", "pausing", "paused", "stopping"})
_SMALL_TITLE = QT_TRANSLATE_NOOP("Train", "A network learns 1,797 small digits")


@dataclass(frozen=True, eq=False)
class Run:
    """A training that was begun: what happened in it, its folder, and the settings it was begun with."""

    record: Record
    folder: Path
    started: Training


def make_trainer(parent: QObject) -> Any:
    """Return the window's side of the trainer process."""
    from optviz.gui.train.trainer import Trainer

    return Trainer(parent)


def here(dataset: str, data_dir: str = "") -> bool:
    """Return whether a data set can be used without downloading it."""
    if dataset == "digits":
        return True
    from optviz.training.images.sources import find

    try:
        return find(dataset, data_dir) is not None
    except InputError:
        return False


class TrainSession(Document):
    """Holds the current training, what happened in the last one, and the trainer.

    Signals
    -------
    state_changed(str)
        The trainer's state: "off", "warming", "ready", "loading", "training", "pausing", "paused",
        "stopping" or "failed".
    told()
        The record has grown.
    stumbled(str, bool)
        The trainer failed: why, and whether it can go on from a checkpoint.
    predicted(int, object)
        The number of a question to the pad's network, and float32[10].
    fetching(str, float)
        A data set is being downloaded, and which share of it is there; ("", 0) when that ended.
    loading(str, float)
        What is under way before the first step, and how far (nan: not known).
    stalled(str)
        The trainer does not answer, in a sentence; empty once it does again.
    folder_changed()
        Another run folder.
    data_changed()
        A data set was downloaded, or could not be.
    put_aside(str, float)
        A training was stopped for something else: the name of its folder, and the epoch it had reached.
    noted(str)
        Something was done that a person should know of.

    Attributes
    ----------
    record
        What happened in the training on show; None before the first. Then the scene is empty: axes and plans.
    folder
        Its run folder.
    state
        The trainer's.
    fetched_wish
        The data set that is being downloaded.
    fetch_error
        Why the last download failed; empty once another is tried or something else is done.
    """

    state_changed = Signal(str)
    told = Signal()
    stumbled = Signal(str, bool)
    predicted = Signal(int, object)
    fetching = Signal(str, float)
    loading = Signal(str, float)
    stalled = Signal(str)
    folder_changed = Signal()
    data_changed = Signal()
    put_aside = Signal(str, float)
    noted = Signal(str)

    max_entrants = MAX_ENTRANTS

    def __init__(self, training: Training, parent: QObject | None = None) -> None:
        super().__init__(training, parent)
        self.scene: TrainScene | None = None
        self.record: Record | None = None
        self.folder: Path | None = None
        self.state = "off"
        self.failure = ""
        self.resumable = False
        self.trainer: Any = None
        self.fetched_wish = self.fetch_error = ""
        self.stand_in: tuple[Training, Training] | None = None  # shown for want of data, and instead of what
        self._start_when_fetched = False
        self._started: Training | None = None
        self._restarting = False
        self._opens_late = False  # the run folder's networks are opened once the trainer is free
        self._live: Record | None = None  # what the trainer tells of; it may not be on show any more
        self._given: set[Path] = set()  # run folders that got a name; they may not be made yet
        self.selected = self._first_selected(training)

    # -------------------------------------------------------------- what it is

    @property
    def training(self) -> Training:
        """The current training."""
        value: Training = self.value
        return value

    @property
    def locked(self) -> bool:
        """Whether the settings cannot be changed, for they are in use."""
        return self.state in BUSY

    @property
    def outdated(self) -> bool:
        """Whether the picture is that of other settings than the current ones."""
        return self._started is not None and not alike(self._started, self.training)

    @property
    def unfinished(self) -> bool:
        """Whether the training on show can be gone on with."""
        if self.locked or self.record is None or self.folder is None:
            return False
        if self.state == "failed":
            return self.resumable
        return self.record.state not in ("done", "waiting")

    @property
    def goes_on_from(self) -> float:
        """The epoch that going on begins at: that of the last checkpoint."""
        return kept_epoch(self.record) if self.record is not None else 0.0

    def is_of_run(self, index: int) -> bool:
        """Return whether an entrant of the settings is the one of that place in the training on show."""
        if self._started is None or self.record is None:
            return False
        then, now = self._started.entrants, self.training.entrants
        return index < len(then) and index < len(now) and same_entrant(then[index], now[index])

    @staticmethod
    def name_of(value: Training) -> str:
        return value.title or value.dataset

    # -------------------------------------------------------------- the trainer

    def warm(self) -> None:
        """Have the trainer process made ready; a call more does nothing."""
        if self.trainer is None:
            trainer = self.trainer = make_trainer(self)
            trainer.state_changed.connect(self._follow_state)
            trainer.opened.connect(self._follow_opening)
            trainer.told.connect(self._follow_snapshot)
            trainer.progress.connect(self._follow_progress)
            trainer.failed.connect(self._follow_failure)
            trainer.predicted.connect(self.predicted)
            trainer.looked.connect(self._follow_looked)
            trainer.responding_changed.connect(lambda _, text: self.stalled.emit(text))
            trainer.fetched.connect(self._follow_fetched)
            trainer.fetch_failed.connect(self._follow_fetch_failed)
            trainer.warm()
            self._open_late()

    def start(self) -> None:
        """Train anew with the current settings, in a run folder of its own; download the data first."""
        if self.locked:
            return
        training = self.training
        if not here(training.dataset, training.data_dir):
            self._start_when_fetched = True
            self.fetch(training.dataset)
            return
        self.warm()
        try:
            folder = new_run_folder(self.name, self._given)
            self._given.add(folder)
        except InputError as error:
            self.failed.emit(str(error))
            return
        self._begin(training, folder)
        self.trainer.start(training, folder)
        self.trainer.show(training.view.entrant)

    def go_on(self) -> None:
        """Go on from the last checkpoint of the training on show."""
        if not self.unfinished:
            return
        self.warm()
        assert self.folder is not None
        assert self.record is not None
        self.failure = note = ""
        if self.outdated and self._started is not None:  # the form shows what is used
            own = self._started.replace(view=self.training.view, title=self.training.title)
            self.edit(own, self.tr("settings of the run"))
            note = self.tr(
                "It goes on with the settings it was begun with; undo brings back the changed ones."
            )
        self._live = self.record
        self.trainer.start(self.record.training, self.folder, resume=True)
        self.trainer.show(self.training.view.entrant)
        if note:
            self.noted.emit(note)

    def pause(self) -> None:
        if self.state in ("training", "loading"):
            self.trainer.pause()

    def resume(self) -> None:
        if self.state in ("paused", "pausing"):
            self.trainer.resume()

    def stop(self) -> None:
        """Stop at the next batch; a checkpoint is kept. A download is called off."""
        if self.fetched_wish:
            self.cancel_fetch()
        elif self.locked:
            self.trainer.stop()

    def restart(self) -> None:
        """Stop what trains, and start anew with the same settings."""
        if self.locked:
            self._restarting = True
            self.trainer.stop()
        else:
            self.start()

    def _begin(self, training: Training, folder: Path) -> None:
        self.failure = ""
        self.folder, self._started = folder, training
        self.record = self._live = planned(training)
        self._make_scene()
        self.folder_changed.emit()

    def _follow_state(self, state: str) -> None:
        self.state = state
        if state not in BUSY:
            self._live = None
            self._open_late()
        self.state_changed.emit(state)
        if self._restarting and state not in BUSY:
            self._restarting = False
            if state != "failed":
                self.start()

    def _open_late(self) -> None:
        if self._opens_late and self.folder is not None and self.trainer is not None:
            self._opens_late = False
            self.trainer.open(self.folder)
            self.trainer.show(self.training.view.entrant)

    def _follow_opening(self, opening: Any) -> None:
        if self._live is None or self._live is not self.record:
            return
        # What the checkpoint did not know of is gone from the part before.
        record = self.record = opening.resumed or Record.empty(opening.training)
        if opening.resumed is None:
            record.entrants = tuple(EntrantRecord(layers=tuple(names)) for names in opening.layers)
        record.images, record.labels = opening.images, opening.labels
        record.source, record.device = opening.source, opening.device
        record.state = "training"
        self._live = record
        self._make_scene()
        for warning in getattr(opening, "warnings", ()):
            self.noted.emit(warning)

    def _follow_snapshot(self, snapshot: Snapshot) -> None:
        if self._live is not None:
            self._live.take(snapshot)
            if self._live is self.record:
                self.told.emit()

    def _follow_looked(self, entrant: int, look: Any) -> None:
        """Another digit was followed through a network that stands still."""
        if self.record is not None and entrant < len(self.record.entrants):
            looks = self.record.entrants[entrant].looks
            if looks:
                looks[-1] = followed(looks[-1], look)
                self.told.emit()

    def _follow_progress(self, text: str, share: float) -> None:
        if self.fetched_wish:
            self.fetching.emit(self.fetched_wish, share)
        else:
            self.loading.emit(text, share)

    def _follow_failure(self, text: str, resumable: bool) -> None:
        self.failure, self.resumable = text, resumable
        self.stumbled.emit(text, resumable)

    # -------------------------------------------------------------- data

    def fetch(self, dataset: str) -> None:
        """Download a data set; other answers of the trainer go on meanwhile."""
        if self.fetched_wish or dataset not in DATASETS:
            return
        self.warm()
        self.fetched_wish, self.fetch_error = dataset, ""
        self.fetching.emit(dataset, 0.0)
        self.trainer.fetch(dataset)

    def cancel_fetch(self) -> None:
        self._start_when_fetched = False
        self.trainer.cancel_fetch()

    def _follow_fetched(self, dataset: str) -> None:
        wished = self._end_fetch()
        self.data_changed.emit()
        small, self.stand_in = self.stand_in, None
        if small is not None and not self.locked and self.training.dataset == small[0].dataset:
            wanted = small[1] if alike(self.training, small[0]) else self.training.replace(dataset=dataset)
            self.edit(wanted.replace(view=self.training.view), self.tr("data set"))
        if wished:
            self.start()

    def _follow_fetch_failed(self, text: str) -> None:
        self._end_fetch()
        self.fetch_error = text  # empty where a person called it off
        self.data_changed.emit()

    def use_digits(self) -> None:
        """Train on the images that are always here, instead of those that could not be had."""
        self.edit(small_version(self.training), self.tr("digits instead"))

    def _end_fetch(self) -> bool:
        wished, self._start_when_fetched = self._start_when_fetched, False
        self.fetched_wish = ""
        self.fetching.emit("", 0.0)
        return wished

    # -------------------------------------------------------------- the picture

    def compute(self) -> None:
        """Make the scene there is to show now."""
        self._make_scene()

    def _make_scene(self) -> None:
        record = self.record or planned(self.training)
        self.scene = TrainScene(record, self._shown(record.training))
        self.scene_changed.emit(self.scene)

    def _shown(self, then: Training) -> Training:
        """Return the training of the picture: what was trained, looked at as the current one is."""
        now = self.training
        entrants = then.entrants
        if [one.optimizer for one in entrants] == [one.optimizer for one in now.entrants]:
            entrants = tuple(
                replace(old, label=new.label, color=new.color, hidden=new.hidden)
                for old, new in zip(entrants, now.entrants, strict=True)
            )
        return then.replace(view=now.view, entrants=entrants)

    def _follow_value(self) -> None:
        self.fetch_error = self.fetch_error if self._wishes_missing else ""
        if self.scene is not None and (
            self.record is None or self._shown(self.record.training) != self.scene.training
        ):
            self._make_scene()

    @property
    def _wishes_missing(self) -> bool:
        """Whether the images that could not be downloaded are still wished for."""
        return self.stand_in is not None or self.training.dataset != "digits"

    def change(self, text: str, merge: str = "", **changes: Any) -> None:
        try:
            super().change(text, merge, **changes)
        except InputError as error:
            raise InputError(in_words(str(error), self.training)) from None

    def select(self, index: int) -> None:
        """Select an entrant; its inside is shown, where the training on show has it."""
        super().select(index)
        view = self.training.view
        if index >= 0 and index != view.entrant and (self.record is None or self.is_of_run(index)):
            self.set_view(replace(view, entrant=index))

    def set_view(self, view: TrainView) -> None:
        before = self.training.view.entrant
        super().set_view(view)
        if view.entrant != before:
            if self.trainer is not None:
                self.trainer.show(view.entrant)
            if self.record is None or self.is_of_run(view.entrant):
                self.select(view.entrant)

    def _first_selected(self, value: Training) -> int:
        return min(value.view.entrant, len(value.entrants) - 1)

    def follow_digit(self, digit: int) -> None:
        """Look at another of the first test images, in the picture and from now on in the training."""
        self.set_view(replace(self.training.view, digit=digit))
        if self.trainer is not None:
            self.trainer.follow(digit)

    def predict(self, entrant: int, image: np.ndarray[Any, Any]) -> int:
        """Ask an entrant's network about a picture; return the number of the question, -1 if none can."""
        if self.trainer is None or self.record is None:
            return -1
        return int(self.trainer.predict(entrant, image))

    # -------------------------------------------------------------- files

    def take(self, opened: Opened, path: Path | None) -> None:
        self.stand_in = None
        if opened.record is None:
            self.open(opened.value, path)
            return
        assert opened.folder is not None
        self._open_with(opened.value, None, Run(opened.record, opened.folder, opened.value))

    def _open_with(self, value: Any, path: Path | None, run: Any) -> None:
        leaving = self._leaving()
        super()._open_with(value, path, run)
        if leaving is not None:
            self.put_aside.emit(*leaving)

    def _leaving(self) -> tuple[str, float] | None:
        """Return the name of the folder of what trains now, and the epoch it has reached."""
        if not self.locked or self._live is not self.record or self.folder is None or self.scene is None:
            return None
        return self.folder.name, self.scene.epoch_at(self.scene.now)

    def run(self) -> Run | None:
        if self.record is None or self.folder is None or self._started is None:
            return None
        return Run(self.record, self.folder, self._started)

    def _take_run(self, run: Run | None) -> None:
        """Go over to another run or to none; the one that trains is stopped, and keeps a checkpoint."""
        if self.locked and (run is None or run.record is not self._live):
            self.trainer.stop()
        self.failure = ""
        self.record = self.folder = self._started = None
        if run is not None:
            self.record, self.folder, self._started = run.record, run.folder, run.started
        self._opens_late = run is not None

    def _enter(self, value: Any, path: Path | None, run: Any = None) -> None:
        super()._enter(value, path, run)
        if self.scene is not None or self.record is not None:
            self._make_scene()
        self.folder_changed.emit()
        if self._opens_late and not self.locked:
            self._open_late()

    def run_to_save(self, folder: Path) -> Path:
        if self.folder is None:
            raise InputError("there is no run to save yet; start a training first")
        if self.locked and self.state != "paused":
            raise InputError("the run is being written; pause or stop the training to save it elsewhere")
        if folder.exists():
            raise InputError(f"{folder} is there already; give a new name")
        return self.folder

    def run_saved(self, source: Path, folder: Path) -> None:
        if self.folder == source and not self.locked:
            self.folder = folder
            self.folder_changed.emit()

    def take_entrants(self, entrants: Sequence[Entrant], title: str = "") -> int:
        """Go on with the entrants of a race called `title`; return how many could not come along."""
        able = [entrant for entrant in entrants if entrant.optimizer != "newton"][: self.max_entrants]
        if able:
            made = tuple(from_race(entrant) for entrant in able)
            named = self.tr("Race: {name}").format(name=title) if title else ""
            self.change(self.tr("optimizers of the race"), entrants=made, title=named[:200])
            self.select(0)
        return len(entrants) - len(able)

    def close(self) -> None:
        """End the trainer; what trains is stopped and keeps a checkpoint."""
        if self.trainer is not None:
            self.trainer.close()


def first_training() -> TrainSession:
    """Return a session with what the page shows at first: the first preset, on images that are here."""
    training = None
    for path in resources.training_presets()[:1]:
        training = Training.load(path)
    if training is None:
        training = Training(entrants=({"optimizer": "adam", "learning_rate": 0.01},))  # type: ignore[arg-type]
    if here(training.dataset, training.data_dir):
        return TrainSession(training)
    title = QCoreApplication.translate("Train", _SMALL_TITLE)
    session = TrainSession(small_version(training).replace(title=title))
    session.stand_in = (session.training, training)
    return session
