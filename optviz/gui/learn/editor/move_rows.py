"""What moves while a step is shown, a row for each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from optviz.camera import CAMERA_KNOBS
from optviz.catalog import Knob
from optviz.experiment import PENALTY_KNOBS, Experiment
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.slider import slider_range
from optviz.gui.learn.editor.fields import label
from optviz.gui.learn.editor.keeper import KeptNumber
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import knob_name
from optviz.lesson import Move, knob_of
from optviz.optimizers import OPTIMIZERS

_VALUE = Knob("value", 0.0, "")
_SECONDS = Knob("seconds", 3.0, "", 0.0, 60.0, open_minimum=True)


def movable(experiment: Experiment) -> list[str]:
    """Return the places of what may move in an experiment, the likeliest first."""
    found = []
    for i, entrant in enumerate(experiment.entrants):
        knobs = OPTIMIZERS[entrant.optimizer].knobs
        found += [f"entrants.{i}.{knob.name}" for knob in knobs if knob.kind != "bool"]
    found += [f"coefficients.{knob.name}" for knob in experiment.declared_surface.coefficients]
    found += [f"penalty.{name}" for name in PENALTY_KNOBS]
    if experiment.reshape is not None:
        found.append("reshape.morph")
    found += ["start.0", "start.1", "noise"]
    if experiment.view.kind != "contour":
        found += [f"view.camera.{name}" for name in CAMERA_KNOBS]
    return found


def value_now(experiment: Experiment, path: str) -> float:
    """Return the value a knob of an experiment has."""
    first, *rest = path.split(".")
    value: object = 0.0
    if first == "entrants":
        value = experiment.entrants[int(rest[0])].hyperparameters.get(rest[1], 0.0)
    elif first == "coefficients":
        value = experiment.coefficients.get(rest[0], 0.0)
    elif first == "start":
        value = experiment.start_point[int(rest[0])]
    elif first == "view":
        value = getattr(experiment.view.camera, rest[-1], 0.0)
    elif first == "reshape" and experiment.reshape is not None:
        value = experiment.reshape.morph
    elif first == "penalty":
        value = getattr(experiment.penalty, rest[0])
    else:
        value = getattr(experiment, first, 0.0)
    return float(value) if isinstance(value, (int, float)) else 0.0


class _Row(QWidget):
    """One of them: what, from where, to where, in how long, and a button that takes it away."""

    changed = Signal()
    removed = Signal()
    held = Signal(str)  # one of its numbers, by name

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.paths: list[str] = []
        self.knob = Combo(self)
        self.knob.setAccessibleName(self.tr("what moves"))
        self.knob.setToolTip(look.tip(self.tr("The number that glides")))
        self.start = self._number(_VALUE, self.tr("from"))
        self.end = self._number(_VALUE, self.tr("to"))
        self.seconds = self._number(_SECONDS, self.tr("seconds"))
        self.remove = look.FlatButton(
            self.tr("remove this move"), self.tr("Let it stand still"), "remove", self
        )
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.addWidget(self.knob, 1)
        upper.addWidget(self.remove)
        for text, box in (
            (self.tr("from"), self.start),
            (self.tr("to"), self.end),
            (self.tr("in"), self.seconds),
        ):
            lower.addWidget(label(text, box, self))
            lower.addWidget(box)
        lower.addWidget(label(self.tr("s"), None, self))
        lower.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        column.addLayout(upper)
        column.addLayout(lower)
        self.knob.activated.connect(self.changed)
        for box in (self.start, self.end, self.seconds):
            box.value_changed.connect(self.changed)
        for name, box in self.numbers.items():
            box.invalid_changed.connect(lambda _, name=name: self.held.emit(name))
        self.remove.clicked.connect(self.removed)

    @property
    def numbers(self) -> dict[str, KeptNumber]:
        """Its numbers by name."""
        return {"start": self.start, "end": self.end, "seconds": self.seconds}

    def _number(self, knob: Knob, name: str) -> KeptNumber:
        box = KeptNumber(knob, name, self)
        box.setFixedWidth(68)
        return box

    def show_move(self, experiment: Experiment, move: Move) -> None:
        paths = movable(experiment)
        if move.knob not in paths:
            paths.append(move.knob)
        if paths != self.paths:
            self.paths = paths
            self.knob.clear()
            self.knob.addItems([knob_name(experiment, path) for path in paths])
        self.knob.setCurrentIndex(paths.index(move.knob))
        self.start.set_value(move.start)
        self.end.set_value(move.end)
        self.seconds.set_value(move.seconds)

    def move_of(self, before: Move, experiment: Experiment) -> Move:
        """Return the move as it is set; another knob starts from its own value."""
        path = self.paths[max(0, self.knob.currentIndex())]
        if path != before.knob:
            return proposed(experiment, path)
        return Move(path, self.start.value, self.end.value, self.seconds.value, before.after)


def proposed(experiment: Experiment, path: str) -> Move:
    """Return a move of a knob that is worth a look: from its value to one that is likely to differ."""
    knob, now = knob_of(experiment, path), value_now(experiment, path)
    low, high = slider_range(knob)
    if knob.scale == "log" and now > 0:
        end = min(2.0 * now, high)
    else:
        end = high if now < 0.5 * (low + high) else low
    return Move(path, now, float(end))


class MoveRows(QWidget):
    """What moves while the step is shown.

    Signals
    -------
    changed(tuple)
        A person changed the moves.
    removed(int)
        One of them is taken away, by its place.
    held(int, str)
        What stands in a number, by the place of its move and its name, is no allowed number, or one again.
    """

    changed = Signal(object)
    removed = Signal(int)
    held = Signal(int, str)

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.rows: list[_Row] = []
        self.moves: tuple[Move, ...] = ()  # as they are shown
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("What moves"), None, self))
        head.addStretch(1)
        self.add = look.FlatButton(
            self.tr("add a move"), self.tr("Let a number glide from one value to another"), "add", self
        )
        self.add.clicked.connect(self._add)
        head.addWidget(self.add)
        self._column.addLayout(head)

    def refresh(self, moves: tuple[Move, ...]) -> None:
        """Show the moves of the step, or those that could not be taken."""
        step, self.moves = self.session.step, moves
        while len(self.rows) > len(moves):
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(moves):
            row = _Row(self)
            row.changed.connect(lambda row=row: self._take(row))
            row.removed.connect(lambda row=row: self._remove(row))
            row.held.connect(lambda name, row=row: self._hold(row, name))
            self._column.addWidget(row)
            self.rows.append(row)
            row.show()
        for row, move in zip(self.rows, moves, strict=True):
            row.show_move(step.experiment, move)

    def _take(self, row: _Row) -> None:
        moves = list(self.moves)
        at = self.rows.index(row)
        moves[at] = row.move_of(moves[at], self.session.step.experiment)
        self.changed.emit(tuple(moves))

    def _remove(self, row: _Row) -> None:
        moves, at = list(self.moves), self.rows.index(row)
        del moves[at]
        self.removed.emit(at)
        self.changed.emit(tuple(moves))

    def _hold(self, row: _Row, name: str) -> None:
        if row in self.rows:
            self.held.emit(self.rows.index(row), name)

    def _add(self) -> None:
        step = self.session.step
        taken = {move.knob for move in self.moves}
        path = next((path for path in movable(step.experiment) if path not in taken), "")
        if path:
            self.changed.emit((*self.moves, proposed(step.experiment, path)))
