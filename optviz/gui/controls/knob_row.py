"""A row for one knob: its name, a slider and a number; or a switch."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.number_words import default_words
from optviz.gui.controls.slider import KnobSlider
from optviz.translation import QT_TRANSLATE_NOOP

LABEL_WIDTH = 118
NUMBER_WIDTH = 72
_SYMBOLS = {
    "alpha": "smoothing α",
    "beta1": "β₁",
    "beta2": "β₂",
    "epsilon": "ε",
    "final_div_factor": "divisor at the end",
    "div_factor": "divisor at the start",
    "initial_accumulator_value": "initial sum",
    "lr_decay": "learning rate decay",
    "pct_start": "share rising",
    "start_factor": "share at the start",
    "step_min": "shortest step",
    "step_max": "longest step",
    "warmup_steps": "warm-up steps",
    "eta_minus": "shrinking by η⁻",
    "eta_plus": "growing by η⁺",
    "gamma": "factor γ",
    "nu": "ν",
    "nu1": "ν₁",
    "nu2": "ν₂",
    "rho": "ρ",
    "l1": "L1 penalty",
    "l2": "L2 penalty",
}
# Zero stands for something else than none here.
_ZERO = {
    "total_steps": QT_TRANSLATE_NOOP("Numbers", "whole run"),
    "batch_size": QT_TRANSLATE_NOOP("Numbers", "all"),
}


def shown_name(name: str) -> str:
    """Return a knob's name as it is read: the rule's symbol where it has one."""
    return _SYMBOLS.get(name) or look.catalog(name.replace("_", " "))


def typed_value(knob: Knob, value: float) -> float:
    """Return a value as the knob's own type."""
    return bool(value) if knob.kind == "bool" else int(value) if knob.kind == "int" else float(value)


class KnobRow(QWidget):
    """Lets a person set one knob.

    Signals
    -------
    value_changed(float)
        A person set another, allowed value.
    drag_ended()
        What comes next is another step of the history.
    """

    value_changed = Signal(float)
    drag_ended = Signal()

    def __init__(
        self, knob: Knob, *, name: str = "", slider: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.knob = knob
        self.setFixedHeight(look.ROW)
        spoken = name or shown_name(knob.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.slider: KnobSlider | None = None
        self.number: NumberBox | None = None
        self.switch: QCheckBox | None = None
        if knob.kind == "bool":
            self.label = self._label(spoken)
            self.switch = CheckBox(parent=self)
            self.switch.setAccessibleName(spoken)
            self.label.setBuddy(self.switch)
            row.addWidget(self.label)
            self.switch.setToolTip(look.tip(spoken, look.catalog(knob.help), default_words(knob)))
            self.label.setToolTip(self.switch.toolTip())
            self.switch.clicked.connect(self._switched)
            row.addWidget(self.switch)
            row.addStretch(1)
            return
        self.label = self._label(spoken)
        self.number = NumberBox(knob, spoken, self)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.number.set_help(look.catalog(knob.help))
        zero = _ZERO.get(knob.name, "")
        if zero:
            zero = QCoreApplication.translate("Numbers", zero)
            self.number.call_zero(zero)
        self.number.value_changed.connect(self.value_changed)
        self.number.settled.connect(self.drag_ended)
        self.label.setBuddy(self.number)
        row.addWidget(self.label)
        if slider:
            self.slider = KnobSlider(knob, spoken, self)
            self.slider.setToolTip(
                look.tip(
                    spoken,
                    look.catalog(knob.help),
                    default_words(knob, zero),
                    self.tr("A double-click goes back to the default."),
                )
            )
            self.slider.value_moved.connect(self.value_changed)
            self.slider.drag_ended.connect(self.drag_ended)
            row.addWidget(self.slider, 1)
        else:
            row.addStretch(1)
        row.addWidget(self.number)
        self.label.setToolTip(self.number.toolTip())

    def _label(self, text: str) -> look.Elided:
        label = look.Elided(text, self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        label.setFixedWidth(LABEL_WIDTH)
        return label

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        if self.switch is not None:
            self.switch.setChecked(bool(value))
        if self.number is not None:
            self.number.set_value(value)
        if self.slider is not None and value != self.slider.knob_value:
            self.slider.set_value(value)

    def typed_value(self, value: float) -> float:
        """Return a value as the knob's own type."""
        return typed_value(self.knob, value)

    def _switched(self, on: bool) -> None:
        self.value_changed.emit(float(on))
        self.drag_ended.emit()
