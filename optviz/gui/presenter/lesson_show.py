"""A lesson before an audience: the clicker goes through its steps, and asks before it shows."""

from __future__ import annotations

from PySide6.QtCore import QObject

from optviz.gui.export.preview import coarse
from optviz.gui.learn.page import LearnPage
from optviz.gui.learn.words import told
from optviz.gui.presenter.show import Pair, Show
from optviz.lesson import parse, plain
from optviz.render.stages import Drawn
from optviz.reshape import ReshapeScene


class LessonShow(Show):
    """The lesson of the Learn page.

    Next reveals what is asked, then shows the next step. While it is asked where somebody ends, a click marks
    the place; a digit answers who wins, or which of several.
    """

    def __init__(self, page: LearnPage, parent: QObject | None = None) -> None:
        super().__init__(page.playback, parent)
        self.session = page.session
        session = self.session
        for signal in (session.scene_changed, session.step_changed, session.given_changed):
            signal.connect(self._tell)

    def _tell(self) -> None:
        self.changed.emit()

    @property
    def scene(self) -> Drawn | None:
        scene: Drawn | None = self.session.scene
        if scene is None or self.session.waiting:
            return None
        speaks = scene.main if isinstance(scene, ReshapeScene) else scene
        return coarse(scene) if speaks.problem.slow else scene  # type: ignore[union-attr, arg-type]

    @property
    def caption(self) -> tuple[str, str]:
        session = self.session
        step, outcome = session.step, session.outcome
        if outcome is not None:
            said = [told(outcome.answer), *([told(outcome.score)] if outcome.score is not None else [])]
            return step.title, " ".join(said)
        if session.asking and step.ask is not None:
            options = [f"{i}  {option}" for i, option in enumerate(step.ask.options, 1)]
            asked = [plain(parse(step.ask.question)), *(["   ".join(options)] if options else [])]
            return self.tr("What do you think?"), "\n".join(asked)
        return step.title, plain(parse(step.text)).split("\n\n")[0]

    @property
    def place(self) -> tuple[int, int]:
        return self.session.index + 1, len(self.session.lesson.steps)

    def next(self) -> None:
        self.session.advance()

    def previous(self) -> None:
        self.session.previous()

    def point_at(self, point: Pair) -> bool:
        ask = self.session.step.ask
        if not self.session.asking or ask is None or ask.kind != "end":
            return False
        self.session.predict(point)
        return True

    def choose(self, entrant: int) -> bool:
        ask = self.session.step.ask
        if not self.session.asking or ask is None:
            return False
        if ask.kind == "winner" and entrant < len(self.session.step.experiment.entrants):
            self.session.predict(entrant)
            return True
        if ask.kind == "choice" and entrant < len(ask.options):
            self.session.predict(ask.options[entrant])
            return True
        return False
