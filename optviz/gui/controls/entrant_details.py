"""What opens below an entrant's card: every number, the schedule, colour, rule and the rarer actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.gui.controls import look
from optviz.gui.controls.knob_row import LABEL_WIDTH, KnobRow
from optviz.gui.controls.schedule_editor import ScheduleEditor
from optviz.gui.controls.swatch import ColorRow
from optviz.gui.controls.text_field import TextField
from optviz.gui.controls.typeset import FormulaLabel
from optviz.optimizers import OPTIMIZERS


class EntrantDetails(QWidget):
    """The expanded part of a card for an entrant of one optimizer.

    Signals
    -------
    hyperparameter_changed(str, float), schedule_changed(ScheduleSetting, str, str), label_changed(str),
    color_changed(object), action(str)
        A person's wish; the action is one of duplicate, remove, up, down, reset and step_by_step.
    drag_ended()
    """

    hyperparameter_changed = Signal(str, float)
    schedule_changed = Signal(object, str, str)
    label_changed = Signal(str)
    color_changed = Signal(object)
    action = Signal(str)
    drag_ended = Signal()

    def __init__(self, optimizer: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        declared = OPTIMIZERS[optimizer]
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(0)
        self.why = look.Note("", self)
        self.why.setWordWrap(True)
        self.why.setContentsMargins(0, 0, 0, 8)
        column.addWidget(self.why)
        self.rows: dict[str, KnobRow] = {}
        for knob in declared.knobs[1:]:
            row = KnobRow(knob, parent=self)
            row.value_changed.connect(
                lambda value, name=knob.name: self.hyperparameter_changed.emit(name, value)
            )
            row.drag_ended.connect(self.drag_ended)
            column.addWidget(row)
            self.rows[knob.name] = row
        self.schedule = ScheduleEditor(self)
        self.schedule.changed.connect(self.schedule_changed)
        self.schedule.drag_ended.connect(self.drag_ended)
        column.addWidget(self.schedule)
        self.name = TextField(self)
        self.name.setMaxLength(80)
        self.name.setPlaceholderText(look.catalog(declared.title))
        self.name.setAccessibleName(self.tr("name"))
        self.name.setToolTip(
            look.tip(self.tr("What it is called in the picture; empty for the optimizer's name"))
        )
        self.name.editingFinished.connect(lambda: self.label_changed.emit(self.name.text().strip()))
        column.addLayout(self._labelled(self.tr("name"), self.name))
        self.colors = ColorRow(self)
        self.colors.picked.connect(self.color_changed)
        column.addLayout(self._labelled(self.tr("colour"), self.colors))
        column.addSpacing(8)
        column.addWidget(look.Hairline(self))
        column.addSpacing(8)
        self.rule = FormulaLabel(14, self)
        self.rule.set_formula(declared.rule, self.tr("The rule of {0}").format(look.catalog(declared.title)))
        column.addWidget(self.rule)
        column.addSpacing(4)
        for text in (look.catalog(declared.help), look.catalog(declared.note), declared.reference):
            if text:
                note = look.Note(text, self)
                note.setWordWrap(True)
                note.setContentsMargins(0, 2, 0, 2)
                column.addWidget(note)
        column.addSpacing(4)
        column.addLayout(self._actions())

    def _labelled(self, text: str, widget: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        label = QLabel(text, self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(widget)
        row.addWidget(label)
        row.addWidget(widget, 1)
        return row

    def _actions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.buttons: dict[str, look.FlatButton] = {}
        for name, glyph, text, help in (
            ("up", "up", self.tr("move up"), self.tr("Move up (Alt+Up)")),
            ("down", "down", self.tr("move down"), self.tr("Move down (Alt+Down)")),
            (
                "step_by_step",
                "steps",
                self.tr("step by step"),
                self.tr("Take its update apart, part by part (S)"),
            ),
            ("duplicate", "duplicate", self.tr("duplicate"), self.tr("Add a copy of it below")),
            (
                "reset",
                "reset",
                self.tr("reset"),
                self.tr("Every number and the schedule back to the defaults"),
            ),
            ("remove", "remove", self.tr("remove"), self.tr("Take it out of the race; undo brings it back")),
        ):
            button = look.FlatButton(text, help, glyph, self)
            button.clicked.connect(lambda _, name=name: self.action.emit(name))
            self.buttons[name] = button
            if name == "reset":
                row.addStretch(1)
            row.addWidget(button)
        return row

    def set_frame(self, frame: int) -> None:
        """Show where playback stands."""
        self.schedule.curve.set_frame(frame)

    def refresh(self, index: int, slot: int, entrants: Sequence[Entrant], steps: int, most: int) -> None:
        """Show the values of one of at `most` so many entrants, drawn with a style slot.

        Parameters
        ----------
        steps
            How many the entrant takes.
        """
        entrant, count = entrants[index], len(entrants)
        for name, row in self.rows.items():
            row.set_value(entrant.hyperparameters[name])
        self.schedule.refresh(entrant, steps)
        if not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(entrant.label)
        self.colors.refresh(slot, entrant.color)
        self.buttons["up"].setEnabled(index > 0)
        self.buttons["down"].setEnabled(index < count - 1)
        remove, copy = self.buttons["remove"], self.buttons["duplicate"]
        remove.setEnabled(count > 1)
        remove.setToolTip(
            look.tip(
                self.tr("Take it out of the race; undo brings it back")
                if count > 1
                else self.tr("A race needs one entrant at least")
            )
        )
        copy.setEnabled(count < most)
        copy.setToolTip(
            look.tip(
                self.tr("Add a copy of it below")
                if count < most
                else self.tr("There can be {0} entrants at most").format(most)
            )
        )

    def show_why(self, text: str, bad: bool) -> None:
        self.why.setVisible(bool(text))
        self.why.set_bad(bad)
        if text != self.why.text():
            self.why.setText(text)
