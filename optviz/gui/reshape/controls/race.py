"""How the race on both sides is set up: start, steps, noise on the gradients, seed."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.catalog import Knob
from optviz.errors import InputError
from optviz.experiment import EXPERIMENT_KNOBS, Experiment
from optviz.gui.controls import look
from optviz.gui.controls.knob_row import LABEL_WIDTH, NUMBER_WIDTH, KnobRow
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.number_words import number_text
from optviz.gui.session import Session

# The ranges in which these are interesting; their bounds are far wider.
_STEPS = replace(EXPERIMENT_KNOBS["steps"], slider=(10, 5000), scale="log")
_NOISE = replace(EXPERIMENT_KNOBS["noise"], slider=(0.0, 5.0), scale="linear")
_SEED = EXPERIMENT_KNOBS["seed"]


class RaceSettings(QWidget):
    """What both sides have in common, being one race."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._start_row())
        self.rows: dict[str, KnobRow] = {}
        names = {
            "steps": self.tr("steps"),
            "noise": self.tr("gradient noise"),
            "seed": self.tr("seed"),
        }
        for knob in (_STEPS, _NOISE, _SEED):
            row = KnobRow(knob, name=names[knob.name], slider=knob is not _SEED, parent=self)
            row.value_changed.connect(
                lambda value, knob=knob, name=names[knob.name]: self._set(knob, name, value)
            )
            row.drag_ended.connect(session.end_drag)
            self._column.addWidget(row)
            self.rows[knob.name] = row
        self.dice = look.FlatButton(
            self.tr("another seed"), self.tr("Throw the dice: another seed"), "dice", self
        )
        self.dice.quiet = True
        self.dice.clicked.connect(self._throw)
        layout = self.rows["seed"].layout()
        assert isinstance(layout, QHBoxLayout)
        layout.insertWidget(layout.count() - 1, self.dice)

    def _start_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(6)
        label = QLabel(self.tr("start"), self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(LABEL_WIDTH - 48)
        row.addWidget(label)
        row.addStretch(1)
        self.reset = look.FlatButton(
            self.tr("reset start"), self.tr("Back to the surface's own start"), "reset", self
        )
        self.reset.quiet = True
        self.reset.clicked.connect(lambda: self._change(self.tr("start"), start=None))
        row.addWidget(self.reset)
        self.start: list[NumberBox] = []
        self.axes: list[QLabel] = []
        for place, name in enumerate("xy"):
            box = NumberBox(Knob(name, 0.0, ""), self.tr("start {0}").format(name), self)
            box.set_help(self.tr("Where every entrant begins; the start can be dragged in the picture, too"))
            box.setFixedWidth(NUMBER_WIDTH - 8)
            box.value_changed.connect(lambda value, place=place: self._set_start(place, value))
            box.settled.connect(self.session.end_drag)
            axis = QLabel(name, self)
            axis.setFont(look.sized(self.font(), look.SMALL))
            axis.setBuddy(box)
            row.addWidget(axis)
            row.addWidget(box)
            self.axes.append(axis)
            self.start.append(box)
        label.setBuddy(self.start[0])
        return row

    def refresh(self, experiment: Experiment) -> None:
        """Show an experiment's values."""
        for name, axis, box in zip(experiment.declared_surface.axes, self.axes, self.start, strict=True):
            if axis.text() != name:
                axis.setText(name)
                box.set_name(self.tr("start {0}").format(name))
        limits = (experiment.xlim, experiment.ylim)
        for box, at, part in zip(self.start, experiment.start_point, limits, strict=True):
            if box.knob.slider != part:
                box.set_knob(replace(box.knob, slider=part))
            if box.value != at:
                box.set_value(at)
        self.reset.setEnabled(experiment.start is not None)
        for name, row in self.rows.items():
            row.set_value(getattr(experiment, name))

    def _change(self, text: str, merge: str = "", **changes: Any) -> None:
        try:
            self.session.change(text, merge, **changes)
        except InputError as error:
            self.refresh(self.session.experiment)
            self.session.failed.emit(str(error))

    def _set(self, knob: Knob, name: str, value: float) -> None:
        text = self.tr("{0} {1}").format(name, number_text(value))
        self._change(text, knob.name, **{knob.name: self.rows[knob.name].typed_value(value)})

    def _set_start(self, place: int, value: float) -> None:
        x, y = self.session.experiment.start_point
        self._change(self.tr("start"), "start", start=(value, y) if place == 0 else (x, value))

    def _throw(self) -> None:
        self._change(self.tr("seed"), seed=secrets.randbelow(10_000))
        self.session.end_drag()
