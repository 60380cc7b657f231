"""Rows for what shapes a surface: its choices and its coefficients."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.catalog import Choice, Surface
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.knob_row import LABEL_WIDTH, KnobRow, shown_name
from optviz.gui.reshape.controls.words import item_name, option_name
from optviz.gui.reshape.edits import Item


class SurfaceForm(QWidget):
    """Shows the choices and coefficients of a surface, and lets a person set them.

    Signals
    -------
    coefficient_changed(str, float), choice_changed(str, object)
        A person set one, by name.
    drag_ended()
        What comes next is another step of the history.
    """

    coefficient_changed = Signal(str, float)
    choice_changed = Signal(str, object)
    drag_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.coefficients: dict[str, KnobRow] = {}
        self.choices: dict[str, Combo | QCheckBox] = {}
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def set_surface(self, surface: Surface, before: QWidget) -> None:
        """Take another surface; in the Tab order its rows come after `before`."""
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows, self.coefficients, self.choices = [], {}, {}
        for choice in surface.choices:
            self._rows.append(self._choice_row(choice))
        data = surface.model is not None
        for knob in surface.coefficients:
            name = item_name(Item("coefficients", knob)) if data else shown_name(knob.name)
            row = KnobRow(knob, name=name, parent=self)
            row.value_changed.connect(
                lambda value, name=knob.name: self.coefficient_changed.emit(name, float(value))
            )
            row.drag_ended.connect(self.drag_ended)
            self.coefficients[knob.name] = row
            self._rows.append(row)
        for row in self._rows:
            self._column.addWidget(row)
            row.show()
        chain: list[QWidget | None] = [*self.choices.values()]
        for row in self.coefficients.values():
            chain += [row.switch, row.slider, row.number]
        for part in chain:
            if part is not None:
                QWidget.setTabOrder(before, part)
                before = part
        self.setVisible(bool(self._rows))

    def _choice_row(self, choice: Choice) -> QWidget:
        holder = QWidget(self)
        holder.setFixedHeight(look.ROW)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        spoken = item_name(Item("choices", choice))
        label = QLabel(spoken, holder)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(LABEL_WIDTH)
        row.addWidget(label)
        part: Combo | QCheckBox
        if isinstance(choice.default, bool):
            part = CheckBox(parent=holder)
            part.clicked.connect(lambda on: self.choice_changed.emit(choice.name, bool(on)))
            row.addWidget(part)
            row.addStretch(1)
        else:
            part = Combo(holder)
            part.addItems([option_name(option) for option in choice.options])
            part.activated.connect(lambda at: self.choice_changed.emit(choice.name, choice.options[at]))
            row.addWidget(part, 1)
        part.setAccessibleName(spoken)
        part.setToolTip(look.tip(spoken, look.catalog(choice.help)))
        label.setToolTip(part.toolTip())
        label.setBuddy(part)
        self.choices[choice.name] = part
        return holder

    def refresh(self, experiment: Experiment) -> None:
        """Show an experiment's values; what has no effect with the others is greyed out."""
        for name, row in self.coefficients.items():
            row.set_value(experiment.coefficients[name])
        for choice in experiment.declared_surface.choices:
            part, value = self.choices[choice.name], experiment.choices[choice.name]
            with QSignalBlocker(part):
                if isinstance(part, QCheckBox):
                    part.setChecked(bool(value))
                else:
                    part.setCurrentIndex(choice.options.index(value))
        normed = bool(experiment.choices.get("batch_norm", True))
        for name in ("gamma", "beta", "epsilon"):
            if name in self.coefficients and "batch_norm" in self.choices:
                self.coefficients[name].setEnabled(normed)
        if "batch_norm_mode" in self.choices:
            self.choices["batch_norm_mode"].setEnabled(normed)
