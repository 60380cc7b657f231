"""What an export is of: the experiment of a race or a comparison, or the training on show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from optviz.caption import wordings
from optviz.experiment import Experiment
from optviz.gui.document import Document
from optviz.gui.export.preview import drawn_frame, shown_picture
from optviz.gui.export.worker import Job
from optviz.lesson import Lesson
from optviz.render.plan import Size, plan
from optviz.reshape import frames_of

if TYPE_CHECKING:
    from optviz.gui.session import Session
    from optviz.gui.train.session import TrainSession

_MOST = 601  # frames of a lecture kit that nobody chose
_GROWING = 1000  # ms between two looks at a training that goes on


class Subject(QObject):
    """What is exported, as the dialog needs it.

    Signals
    -------
    changed()
        Something else would be exported now.

    Attributes
    ----------
    trains
        Whether it is a training, which has plots to choose from.
    """

    changed = Signal()
    trains = False

    def __init__(self, session: Document, parent: QObject) -> None:
        super().__init__(parent)
        self.session = session
        session.scene_changed.connect(self.changed)

    @property
    def compares(self) -> bool:
        """Whether its frames may go from before to after."""
        return False

    @property
    def film(self) -> str:
        """What the frames go through: "race" or "morph"."""
        return "race"

    def set_film(self, film: str) -> None:
        """Choose what the frames go through."""

    @property
    def theme(self) -> str:
        return str(self.session.value.view.theme)

    @property
    def last(self) -> int:
        """The number of the last frame."""
        raise NotImplementedError

    @property
    def moving(self) -> bool:
        """Whether the whole picture changes from frame to frame."""
        return False

    @property
    def turning(self) -> bool:
        """Whether the camera moves from frame to frame."""
        return False

    def epoch(self, k: int) -> float | None:
        """Return how many epochs frame `k` of a training is after."""
        return None

    def problem(self) -> str:
        """Return why nothing can be exported now; empty where it can."""
        return ""

    def note(self) -> str:
        """Return what a person should know before the export."""
        return ""

    def reset(self) -> None:
        """Forget what was chosen for the export alone."""

    def stride_of_kit(self) -> int:
        """Return every how many steps a lecture kit has a frame where nobody chose."""
        return stride_for(self.last)

    def check(self, out: str, options: dict[str, Any]) -> None:
        """Raise InputError where an export cannot be."""
        raise NotImplementedError

    def settled(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return options that mean the same while a training goes on."""
        return options

    def job(self, out: str, options: dict[str, Any], kind: str = "") -> Job:
        """Return the export of what is on show now, with options that are settled."""
        raise NotImplementedError

    def picture(
        self, k: int, size: Size, theme: str, plot: str | None, *, caption: bool = False,
        transparent: bool = False,
    ) -> QImage | None:  # fmt: skip
        """Return frame `k` drawn for the preview; None while there is nothing to draw."""
        raise NotImplementedError


class ExperimentSubject(Subject):
    """The experiment of a race or a comparison."""

    session: Session

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(session, parent)
        if hasattr(session, "map_changed"):
            session.map_changed.connect(self.changed)
        reshape = session.experiment.reshape
        self._film = reshape.film if reshape is not None else "race"

    @property
    def experiment(self) -> Experiment:
        """The session's experiment, its frames going through what is chosen for the export."""
        experiment = self.session.experiment
        if experiment.reshape is None:
            return experiment
        return replace(experiment, reshape=replace(experiment.reshape, film=self._film))

    @property
    def compares(self) -> bool:
        return self.session.experiment.reshape is not None

    @property
    def film(self) -> str:
        return self._film

    def set_film(self, film: str) -> None:
        self._film = film

    @property
    def last(self) -> int:
        return frames_of(self.experiment)

    @property
    def moving(self) -> bool:
        setting = self.experiment.map
        return self.experiment.view.sample == "batch" or (setting is not None and setting.moves)

    @property
    def turning(self) -> bool:
        view = self.experiment.view
        moves = view.camera.turntable != 0.0 or len({key.camera for key in view.camera_keys}) > 1
        return moves and view.kind != "contour"

    def reset(self) -> None:
        reshape = self.session.experiment.reshape
        self._film = reshape.film if reshape is not None else "race"

    def check(self, out: str, options: dict[str, Any]) -> None:
        plan(self.experiment, out, **options)

    def job(self, out: str, options: dict[str, Any], kind: str = "") -> Job:
        return Job(self.experiment.dumps(), out, options, kind=kind)

    def picture(
        self, k: int, size: Size, theme: str, plot: str | None, *, caption: bool = False,
        transparent: bool = False,
    ) -> QImage | None:  # fmt: skip
        shown = self.session.drawn_scene
        if self.session.scene is None or shown is None:
            return None
        drawn, k = drawn_frame(shown, self.experiment, k)
        words = wordings(self.experiment) if caption else ()
        return shown_picture(drawn, k, size, theme, None, words, transparent)


class LessonSubject(ExperimentSubject):
    """The step of a lesson that is shown; as a lecture kit, the whole lesson."""

    session: Any

    @property
    def theme(self) -> str:
        return str(self.session.experiment.view.theme)

    def job(self, out: str, options: dict[str, Any], kind: str = "") -> Job:
        if kind != "kit":
            return super().job(out, options, kind)
        # The steps say which frames they show.
        kept = {name: value for name, value in options.items() if name not in ("frames", "stride")}
        return Job(self.session.lesson.dumps(), out, kept, kind="lesson")


class TrainSubject(Subject):
    """The training on show, from its run folder: as far as it is known, whether or not it still goes on."""

    trains = True
    session: TrainSession

    def __init__(self, session: TrainSession, parent: QObject) -> None:
        super().__init__(session, parent)
        self._growing = QTimer(self)
        self._growing.setSingleShot(True)
        self._growing.setInterval(_GROWING)
        self._growing.timeout.connect(self.changed)
        session.told.connect(self._follow_told)
        session.folder_changed.connect(self.changed)
        session.state_changed.connect(self.changed)

    def _follow_told(self) -> None:
        if not self._growing.isActive():
            self._growing.start()

    @property
    def moving(self) -> bool:
        return True

    @property
    def last(self) -> int:
        scene = self.session.scene
        return 0 if scene is None else scene.now

    def epoch(self, k: int) -> float | None:
        scene = self.session.scene
        return None if scene is None else float(scene.epoch_at(min(k, scene.now)))

    def problem(self) -> str:
        session = self.session
        from optviz.training.folder import is_run

        if session.record is None or session.folder is None or not is_run(session.folder):
            return self.tr("There is nothing to export yet: start a training first.")
        return ""

    def note(self) -> str:
        if not self.session.locked:
            return ""
        return self.tr("The training goes on. What it has written to its run folder by then is exported.")

    def check(self, out: str, options: dict[str, Any]) -> None:
        scene = self.session.scene
        if scene is not None:
            plan(scene, out, **options)

    def settled(self, options: dict[str, Any]) -> dict[str, Any]:
        asked, last = dict(options), self.last
        # Up to the end means up to what is there when the export begins: the folder may be behind or ahead.
        first, end = asked.get("frames") or (0, 0)
        if end > last:
            asked["frames"] = (first, None)
        if asked.get("frame") == last:
            asked["frame"] = None
        return asked

    def job(self, out: str, options: dict[str, Any], kind: str = "") -> Job:
        scene = self.session.scene
        training = scene.training if scene is not None else self.session.training
        return Job(training.dumps(), out, options, str(self.session.folder or ""), kind)

    def picture(
        self, k: int, size: Size, theme: str, plot: str | None, *, caption: bool = False,
        transparent: bool = False,
    ) -> QImage | None:  # fmt: skip
        scene = self.session.scene
        if scene is None:
            return None
        words = wordings(scene) if caption else ()
        return shown_picture(scene, min(k, scene.now), size, theme, plot, words, transparent)


def stride_for(last: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, … that leaves at most as many frames as a kit has by itself."""
    return next(n * ten for ten in (1, 10, 100, 1000, 10_000) for n in (1, 2, 5) if last // (n * ten) < _MOST)


def subject_of(session: Document, parent: QObject) -> Subject:
    """Return what an export of a page's document is of."""
    if isinstance(session.value, Experiment):
        return ExperimentSubject(cast("Session", session), parent)
    if isinstance(session.value, Lesson):
        return LessonSubject(cast("Session", session), parent)
    return TrainSubject(cast("TrainSession", session), parent)
