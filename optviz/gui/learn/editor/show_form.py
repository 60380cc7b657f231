"""How a step is shown: which frames play and how fast, what is taken apart, and what moves."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from optviz.catalog import Knob
from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.combo import Combo
from optviz.gui.learn.editor.fields import Complaint, form, label
from optviz.gui.learn.editor.keeper import Keeper, KeptNumber
from optviz.gui.learn.editor.move_rows import MoveRows
from optviz.gui.learn.edits import change_step
from optviz.gui.learn.session import LessonSession
from optviz.lesson import StepByStep, last_frame

_FRAME = Knob("frame", 0, "", 0, kind="int")
_SPEED = Knob("speed", 1.0, "", 0.1, 8.0, scale="log")


class ShowForm(QWidget):
    """Frames, speed, the step-by-step view and moves of the step that is shown."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = form(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        self.cut = self._check(self.tr("only the frames from"), self.tr("Play only a part of the race"))
        self.first = self._number(_FRAME, self.tr("first frame"))
        self.last = self._number(_FRAME, self.tr("last frame"))
        frames = QHBoxLayout()
        for part in (self.first, label(self.tr("to"), self.last, self), self.last):
            frames.addWidget(part)
        frames.addStretch(1)
        grid.addWidget(self.cut, 0, 0)
        grid.addLayout(frames, 0, 1)
        self.play = Combo(self)
        self.play.addItems([self.tr("by itself, if nothing moves"), self.tr("yes"), self.tr("no")])
        self.play.setAccessibleName(self.tr("whether it plays"))
        self.play.setToolTip(look.tip(self.tr("Whether the race plays when the step is shown")))
        grid.addWidget(label(self.tr("it plays"), self.play, self), 1, 0)
        grid.addWidget(self.play, 1, 1)
        self.speed = self._number(_SPEED, self.tr("speed"))
        self.speed.set_help(self.tr("How fast it plays; at 1, 60 steps a second"))
        grid.addWidget(label(self.tr("speed"), self.speed, self), 2, 0)
        grid.addWidget(self.speed, 2, 1)
        self.apart = self._check(
            self.tr("take apart the update"), self.tr("Show one update part by part beside the surface")
        )
        self.entrant = Combo(self)
        self.entrant.setAccessibleName(self.tr("whose update"))
        self.entrant.setToolTip(look.tip(self.tr("The entrant whose update is taken apart")))
        self.frame = self._number(_FRAME, self.tr("frame of the update"))
        apart = QHBoxLayout()
        apart.addWidget(self.entrant, 1)
        apart.addWidget(label(self.tr("at"), self.frame, self))
        apart.addWidget(self.frame)
        grid.addWidget(self.apart, 3, 0)
        grid.addLayout(apart, 3, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(look.Hairline(self))
        self.moves = MoveRows(session, self)
        column.addWidget(self.moves)
        self.wrong = Complaint(self)
        column.addWidget(self.wrong)
        names = {
            "frames": self.tr("frames"), "speed": self.tr("speed"), "moves": self.tr("moves"),
            "frame": self.tr("frame of the update"), "first": self.tr("first frame"),
            "last": self.tr("last frame"), "shown": self.tr("how it is shown"),
        }  # fmt: skip
        self.keeper = Keeper(session, self.wrong, names)
        self.boxes = {"first": self.first, "last": self.last, "speed": self.speed, "frame": self.frame}
        column.addStretch(1)
        self._listen(column)

    def _check(self, text: str, tip: str) -> CheckBox:
        box = CheckBox(text, self)
        box.setAccessibleName(text)
        box.setToolTip(look.tip(tip))
        return box

    def _number(self, knob: Knob, name: str) -> KeptNumber:
        box = KeptNumber(knob, name, self)
        box.setFixedWidth(72)
        return box

    def _listen(self, column: QVBoxLayout) -> None:
        self.cut.clicked.connect(self._set_frames)
        self.first.value_changed.connect(self._set_frames)
        self.last.value_changed.connect(self._set_frames)
        self.play.activated.connect(lambda at: self._change("shown", None, play=(None, True, False)[at]))
        self.speed.value_changed.connect(
            lambda value: self._change("speed", self.speed.raw, speed=float(value))
        )
        self.apart.clicked.connect(self._set_apart)
        self.entrant.activated.connect(self._set_apart)
        self.frame.value_changed.connect(self._set_apart)
        self.moves.changed.connect(lambda moves: self._change("moves", moves, moves=moves))
        self.moves.removed.connect(self._forget_move)
        self.moves.held.connect(self._hold_move)
        for key, box in self.boxes.items():
            box.invalid_changed.connect(lambda _, key=key, box=box: self._hold(key, box))
        self.session.settling.connect(self.take_pending)

    def refresh(self) -> None:
        """Show the step."""
        step, end = self.session.step, last_frame(self.session.step.experiment)
        kept = {one.key: one.raw for one in self.keeper.own()}  # before the boxes show something else
        frames = self.keeper.raw("frames", step.frames)
        self.cut.setChecked(frames is not None)
        for box, value in zip((self.first, self.last), frames or (step.first, step.last), strict=True):
            box.set_knob(Knob("frame", 0, "", 0, end, kind="int"))
            box.set_value(value)
            box.setEnabled(frames is not None)
        self.play.setCurrentIndex(0 if step.play is None else 1 if step.play else 2)
        self.speed.set_value(step.speed)
        titles = [one.title for one in step.experiment.entrants]
        if titles != [self.entrant.itemText(i) for i in range(self.entrant.count())]:
            self.entrant.clear()
            self.entrant.addItems(titles)
        apart = step.step_by_step
        self.apart.setChecked(apart is not None)
        self.frame.set_knob(Knob("frame", 0, "", 0, step.experiment.steps - 1, kind="int"))
        for part in (self.entrant, self.frame):
            part.setEnabled(apart is not None)
        if apart is not None:
            self.entrant.setCurrentIndex(apart.entrant)
            self.frame.set_value(apart.frame)
        self.moves.refresh(self.keeper.raw("moves", step.moves))
        for key, box in self._all_boxes().items():
            box.hold(kept.get(key))
        self.keeper.tell()

    def start_over(self) -> None:
        """Another step is shown, with what could not be taken of it."""
        self.refresh()

    def field_of(self, key: str) -> QWidget:
        """Return the field of a draft."""
        usual = {"frames": self.first, "moves": self.moves.add, "shown": self.play}
        return self._all_boxes().get(key) or usual[key]

    def take_pending(self) -> None:
        """Take what stands in the numbers and was not taken yet."""
        for key, box in self._all_boxes().items():
            if not box.commit():  # said by its own signal, unless it was kept already
                self._hold(key, box)

    def _all_boxes(self) -> dict[str, KeptNumber]:
        """Return every number by the key of its draft."""
        rows = enumerate(self.moves.rows)
        moves = {f"moves.{at}.{name}": box for at, row in rows for name, box in row.numbers.items()}
        return {**self.boxes, **moves}

    def _hold(self, key: str, box: KeptNumber) -> None:
        """Keep a text that is no allowed number; forget it once there is one."""
        if box.message:
            self.keeper.keep(key, box.raw, box.message)
        else:
            self.keeper.drop(key)

    def _hold_move(self, at: int, name: str) -> None:
        self._hold(f"moves.{at}.{name}", self.moves.rows[at].numbers[name])

    def _forget_move(self, at: int) -> None:
        """A move is taken away: what was typed for those after it goes with them."""
        kept = [one for one in self.keeper.own() if one.key.startswith("moves.")]
        for one in kept:
            self.keeper.drop(one.key)
        for one in kept:
            _, row, name = one.key.split(".")
            if int(row) != at:
                place = int(row) - (int(row) > at)
                self.keeper.keep(f"moves.{place}.{name}", one.raw, one.message)

    def _set_frames(self) -> None:
        frames = (int(self.first.value), int(self.last.value)) if self.cut.isChecked() else None
        self._change("frames", frames, frames=frames)

    def _set_apart(self) -> None:
        apart = None
        if self.apart.isChecked():
            apart = StepByStep(max(0, self.entrant.currentIndex()), int(self.frame.value))
        self._change("shown", None, step_by_step=apart)

    def _change(self, key: str, raw: object, **changes: Any) -> None:
        session = self.session

        def change() -> None:
            changed = dict(changes)
            if "step_by_step" in changed and changed["step_by_step"] is None:
                # What took it apart is in the experiment's view, too.
                from dataclasses import replace

                view = replace(session.step.experiment.view, step_by_step=None)
                changed["experiment"] = replace(session.step.experiment, view=view)
            change_step(session, self.tr("how a step is shown"), "show", **changed)

        refused = ""
        if key != "shown":
            self.keeper.attempt(key, raw, change)
        else:  # there is nothing typed to be kept
            try:
                change()
            except InputError as error:
                refused = str(error)
        session.end_drag()
        self.refresh()
        if refused:
            self.wrong.say(refused)
