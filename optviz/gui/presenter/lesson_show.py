"""A lesson before an audience: the clicker goes through its steps, and asks before it shows."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QPainter

from optviz.anatomy import Anatomy
from optviz.gui.export.preview import at_hand
from optviz.gui.learn.marks import MarkPainter, hidden_parts, marks_of
from optviz.gui.learn.page import LearnPage
from optviz.gui.learn.places import place_of
from optviz.gui.learn.words import told
from optviz.gui.presenter.show import Pair, Show
from optviz.lesson import Ask, parse, plain
from optviz.render.stages import AnyStage, Drawn
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene


class LessonShow(Show):
    """The lesson of the Learn page.

    Next reveals what is asked, tells an update that is taken apart part by part, then shows the next step.
    While it is asked where somebody ends, a click marks the place; a digit answers who wins, or which of
    several.
    """

    def __init__(self, page: LearnPage, parent: QObject | None = None) -> None:
        super().__init__(page.playback, parent)
        session = self.session = page.session
        self._told = 1  # parts of an update that is taken apart
        session.step_changed.connect(self._begin)
        for signal in (session.scene_changed, session.step_changed, session.given_changed):
            signal.connect(self._tell)

    def _tell(self) -> None:
        self.changed.emit()

    @property
    def scene(self) -> Drawn | None:
        scene = self.session.scene
        if scene is None or self.session.waiting:
            return None
        return at_hand(scene)

    @property
    def caption(self) -> tuple[str, str]:
        session = self.session
        step, outcome = session.step, session.outcome
        if outcome is not None:
            said = [told(outcome.answer), *([told(outcome.score)] if outcome.score is not None else [])]
            return step.title, "\n".join(said)
        if session.asking and step.ask is not None:
            return plain(parse(step.ask.question)), self._asked(step.ask)
        if step.step_by_step is not None and (found := self._apart) is not None:
            from optviz.render.anatomy.looks import spoken

            parts = [*found.parts, found.whole]
            return step.title, spoken(parts[min(self._told, len(parts)) - 1].sentence)
        return step.title, plain(parse(step.text)).split("\n\n")[0]

    def _asked(self, ask: Ask) -> str:
        """Return what there is to know and to choose from, and what was chosen."""
        said = plain(parse(self.session.step.text)).split("\n\n")
        lines = [said[-1]] if said[-1] else []
        names = list(ask.options)
        if ask.kind == "winner":
            names = [entrant.title for entrant in self.session.step.experiment.entrants]
        chosen = self.session.given
        for number, name in enumerate(names, 1):
            mark = "▸" if chosen in (name, number - 1) else " "
            lines.append(f"{mark} {number}  {name}")
        return "\n".join(lines)

    @property
    def most_lines(self) -> int:
        return 9 if self.session.asking else 3

    @property
    def place(self) -> tuple[int, int]:
        return self.session.index + 1, len(self.session.lesson.steps)

    @property
    def _parts(self) -> int:
        """How many parts an update that is taken apart has; 0 where none is."""
        found = self._apart
        return 0 if found is None else len(found.parts) + 1  # and the whole step

    @property
    def _apart(self) -> Anatomy | None:
        """The update that is taken apart."""
        scene = self.scene
        if not isinstance(scene, Scene) or self.session.asking:
            return None
        from optviz.render.anatomy import taken_apart

        return taken_apart(scene, self.playback.frame)

    @property
    def revealed(self) -> int | None:
        return self._told if self.session.step.step_by_step is not None else None

    def _begin(self) -> None:
        self._told = 1

    def next(self) -> None:
        if self.session.step.step_by_step is not None and self._told < self._parts:
            self._told += 1
            self.changed.emit()
        else:
            self.session.advance()

    def previous(self) -> None:
        if self.session.step.step_by_step is not None and self._told > 1:
            self._told -= 1
            self.changed.emit()
        else:
            self.session.previous()

    def paint_over(
        self, painter: QPainter, stage: AnyStage, scene: Drawn, colors: Theme, metrics: Metrics, room: QRectF
    ) -> None:
        for box in hidden_parts(self.session, stage, scene):
            painter.fillRect(box, QColor(colors.page))
        place = place_of(stage, scene, self.session.step, self.playback.frame)
        if place is not None:
            marks = marks_of(self.session)
            MarkPainter(colors, metrics, room).paint(painter, marks, place.pixel_of)

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
