"""One axis of a map over hyperparameters: which one, from where to where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.knob_row import shown_name
from optviz.gui.controls.number_box import NumberBox

_NUMBER = 60  # pixels


class AxisRow(QWidget):
    """Chooses the hyperparameter along an axis, and its limits.

    Signals
    -------
    knob_chosen(str)
        A person chose another hyperparameter.
    limits_changed(object)
        A person set other limits; None for those of the slider.
    settled()
        What comes next is another step of the history.
    """

    knob_chosen = Signal(str)
    limits_changed = Signal(object)
    settled = Signal()

    def __init__(self, which: str, text: str, wide: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = text
        self.setFixedHeight(look.ROW)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        label = self._label(text)
        label.setFixedWidth(wide)
        row.addWidget(label)
        row.addSpacing(4)
        self.knob = Combo(self)
        self.knob.setAccessibleName(self.tr("axis {0}").format(which))
        self.knob.setToolTip(look.tip(self.tr("What the map runs over along this axis")))
        self.knob.activated.connect(lambda at: self.knob_chosen.emit(self.knob.itemData(at)))
        self.only = self._label("")
        row.addWidget(self.knob, 1)
        row.addWidget(self.only, 1)
        self._span = (0.0, 1.0)
        self.ends: list[NumberBox] = []
        for place, name in enumerate((self.tr("from"), self.tr("to"))):
            box = NumberBox(Knob(which, 0.0, ""), self.tr("{axis}, {end}").format(axis=text, end=name), self)
            box.set_help(self.tr("Where the axis begins") if place == 0 else self.tr("Where the axis ends"))
            box.setFixedWidth(_NUMBER)
            box.value_changed.connect(lambda value, place=place: self._set(place, value))
            box.settled.connect(self.settled)
            if place:
                row.addWidget(self._label("–"))
            row.addWidget(box)
            self.ends.append(box)
        self.reset = look.FlatButton(
            self.tr("reset axis {0}").format(which), self.tr("Back to the usual range"), "reset", self
        )
        self.reset.quiet = True
        self.reset.clicked.connect(lambda: self.limits_changed.emit(None))
        row.addWidget(self.reset)
        label.setBuddy(self.knob)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setFont(look.sized(self.font(), look.SMALL))
        return label

    def show_axis(self, knobs: Sequence[Knob], knob: Knob, span: tuple[float, float], given: bool) -> None:
        """Show an axis; without `knobs` to choose from it is named only."""
        self.knob.setVisible(bool(knobs))
        self.only.setVisible(not knobs)
        self.only.setText(shown_name(knob.name))
        names = [one.name for one in knobs]
        if names != [self.knob.itemData(at) for at in range(self.knob.count())]:
            self.knob.clear()
            for one in knobs:
                self.knob.addItem(shown_name(one.name), one.name)
        if knob.name in names:
            self.knob.setCurrentIndex(names.index(knob.name))
        self._span = span
        for box, value in zip(self.ends, span, strict=True):
            box.set_knob(replace(knob, name=box.knob.name, help=""))
            box.set_value(value)
        self.reset.setEnabled(given)

    def _set(self, place: int, value: float) -> None:
        low, high = self._span
        limits = (value, high) if place == 0 else (low, value)
        if limits != self._span:
            self.limits_changed.emit(limits)
