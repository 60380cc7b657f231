"""What a cell of a map says: where it is, its value, and what became of its race."""

from __future__ import annotations

from PySide6.QtCore import QObject

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.maps import words
from optviz.gui.maps.edits import setting_of
from optviz.gui.maps.picture import Cell
from optviz.gui.maps.session import MapSession
from optviz.maps.scene import MapScene
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, RatesSheet, Sheet
from optviz.render.maps.knob_axes import value_text
from optviz.render.style import number
from optviz.scene import Line, build_scene
from optviz.simulate import simulate

_AT_ONCE = 0.02  # seconds that looking into a cell may take while the pointer moves over it


class CellWords(QObject):
    """Puts the cells of a session's map into words."""

    def __init__(self, session: MapSession) -> None:
        super().__init__(session)
        self.session = session
        self._known: tuple[object, Cell, Line | None] = (None, (0, 0), None)

    def of(self, scene: MapScene, cell: Cell, k: int) -> tuple[list[tuple[str, str]], str]:
        """Return names and values of a cell at frame `k`, and a sentence."""
        sheet = scene.sheet(k)
        if isinstance(sheet, RatesSheet):
            return self._of_rate(scene, sheet, cell)
        column, row = cell
        up = scene.map.y
        assert up is not None
        items = [
            (words.axis_name(axis), value_text(float(axis.values[at]), axis))
            for axis, at in ((scene.map.x, column), (up, row))
        ]
        value, found = float(sheet.values[row, column]), int(sheet.classes[row, column])
        return [*items, *self._value(scene, sheet, value, found)], self._sentence(scene, sheet, cell)

    def _value(self, scene: MapScene, sheet: Sheet, value: float, found: int) -> list[tuple[str, str]]:
        if found == OUTSIDE or (found == DIVERGED and scene.kind != "loss") or scene.kind == "difference":
            return []
        if scene.kind == "steps" or scene.measures_steps:
            return [(self.tr("steps"), number(value) if value == value else "–")]
        return [(words.loss_name(scene, sheet.k), number(value, 4, fixed=True))]

    def _sentence(self, scene: MapScene, sheet: Sheet, cell: Cell) -> str:
        column, row = cell
        found = int(sheet.classes[row, column])
        setting = setting_of(scene.experiment)
        if scene.kind == "difference" and found >= 0:
            own, rival = (self._name(scene, place) for place in setting.opponents(scene.experiment.entrants))
            return words.ahead(float(sheet.values[row, column]), own, rival)
        minima = [(float(x), float(y)) for x, y in sheet.minima]
        line = self._line(scene, cell) if found != OUTSIDE else None
        if line is not None:
            moment = sheet.k if scene.moves else None
            return words.fate(line, found, minima, scene.experiment.steps, moment)
        plain = {
            OUTSIDE: words.NO_RACE, DIVERGED: words.DIVERGED_TEXT, UNDECIDED: words.UNDECIDED_TEXT
        }  # fmt: skip
        if found in plain:
            return words.translated(plain[found]).format(n=scene.experiment.steps)
        return words.ends_in(found, minima) if minima else ""

    def _of_rate(self, scene: MapScene, sheet: RatesSheet, cell: Cell) -> tuple[list[tuple[str, str]], str]:
        column, entrant = cell
        name, rate = self._name(scene, entrant), float(sheet.rates[column])
        items = [(self.tr("learning rate"), value_text(rate, scene.map.x))]
        if sheet.diverged[entrant, column]:
            return items, self.tr("{name} diverges").format(name=name)
        loss = float(sheet.losses[entrant, column])
        items.append((words.loss_name(scene, sheet.k), number(loss, 4, fixed=True)))
        if int(sheet.best[entrant]) == column:
            if sheet.k < scene.last:
                best = self.tr("the best rate of {name} by step {n}")
                return items, best.format(name=name, n=sheet.k)
            return items, self.tr("the best rate of {name} after {n} steps").format(name=name, n=scene.last)
        return items, name

    def _name(self, scene: MapScene, place: int) -> str:
        entrant = scene.experiment.entrants[place]
        return words.name_of(entrant.title, entrant.label)

    def _line(self, scene: MapScene, cell: Cell) -> Line | None:
        """Return the race of a cell; None where it cannot be run, or not while the pointer moves."""
        if self._known[0] is scene.map and self._known[1] == cell:
            return self._known[2]
        line: Line | None = None
        pace = self.session.pace_of(scene.experiment)
        if pace * scene.experiment.steps < _AT_ONCE:
            try:
                line = _race_of(scene, scene.map.race(*cell))
            except InputError:
                line = None
        self._known = (scene.map, cell, line)
        return line

    def whole(self, scene: MapScene, k: int, cell: Cell | None) -> list[str]:
        """Return sentences about a map, for those who do not see it."""
        title, about = (words.translated(text) for text in words.KINDS[scene.kind])
        parts = [
            self.tr("{title}: {kind}. {about} Step {step} of {last}.").format(
                title=scene.title, kind=title, about=about, step=self.session.frame_of(), last=scene.last
            )
        ]
        sheet = scene.sheet(k)
        if isinstance(sheet, RatesSheet):
            for place, best in enumerate(sheet.best):
                if best >= 0:
                    rate = number(float(sheet.rates[best]))
                    name = self._name(scene, place)
                    text = self.tr("{name} is best at {rate} after {n} steps.")
                    parts.append(text.format(name=name, rate=rate, n=sheet.k))
        elif scene.kind != "difference":
            minima = [(float(x), float(y)) for x, y in sheet.minima]
            for found, share in sorted(sheet.shares.items(), key=lambda item: -item[1]):
                text = words.class_name(found, minima)
                percent = number(100.0 * share, 3)
                parts.append(self.tr("{share} %: {what}.").format(share=percent, what=text))
        if cell is not None:
            items, sentence = self.of(scene, cell, k)
            told = ", ".join(f"{name} {value}" for name, value in items)
            parts.append(self.tr("Cursor: {values}. {sentence}.").format(values=told, sentence=sentence))
        return parts


def _race_of(scene: MapScene, experiment: Experiment) -> Line:
    """Return the race of the one whose map it is, in a cell."""
    alone = experiment.entrants[setting_of(experiment).entrant]
    own = experiment.replace(entrants=(alone,), map=None)
    return build_scene(
        simulate(own, problem=scene.race.problem), problem=scene.race.problem
    ).lines[0]  # fmt: skip
