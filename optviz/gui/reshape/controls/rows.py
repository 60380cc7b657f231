"""A row of the table of settings: a name, one value for both sides or one each, and what ties them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from optviz.catalog import Choice, Knob
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.number_words import default_words
from optviz.gui.controls.slider import KnobSlider, SliderMap
from optviz.gui.reshape.controls.words import item_name, option_name, spoken_name
from optviz.gui.reshape.edits import Item, Value, differs, is_split, value_of
from optviz.setting import SIDES

NAME_WIDTH = 94
_NUMBER_WIDTH = 64
_LINK = 22
_MARK = 3  # pixels of the mark at a row whose sides differ
_LEAST = 1e-3  # where a slider that begins at 0 goes over into a logarithmic one
_BEGIN = 0.04  # share of its way until there


class FromZero(SliderMap):
    """A logarithmic slider that has 0 at its left end."""

    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._least = max(self.low, self.high * 1e-9)
        self.low = 0.0

    def share(self, value: float) -> float:
        if value < self._least:
            return _BEGIN * max(value, 0.0) / self._least
        span = math.log(self.high / self._least)
        return min(1.0, _BEGIN + (1.0 - _BEGIN) * math.log(value / self._least) / span)

    def value(self, share: float) -> float:
        if share < 0.5 * _BEGIN:
            return 0.0
        way = min(max((share - _BEGIN) / (1.0 - _BEGIN), 0.0), 1.0)
        return float(f"{self._least * (self.high / self._least) ** way:.2g}")


class LinkButton(look.FlatButton):
    """A chain, closed where one value holds for both sides."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, "", "", parent)
        self.setCheckable(True)  # checked: linked
        self.by_mouse = False  # whether it is the mouse that clicks it just now

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.by_mouse = True
        super().mouseReleaseEvent(event)
        self.by_mouse = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tied = self.isChecked()
        painter.setPen(QPen(look.muted() if tied else look.accent(), 1.4))
        painter.translate(QPointF(self.width() / 2, self.height() / 2))
        painter.rotate(-45.0)
        apart = 2.6 if tied else 4.4
        for sign in (-1.0, 1.0):
            ring = QRectF(sign * apart - 3.4, -2.4, 6.8, 4.8)
            painter.drawRoundedRect(ring, 2.4, 2.4)
        painter.end()


class Cell(QWidget):
    """The control for one value of a setting.

    Signals
    -------
    value_changed(object)
        A person set another, allowed value.
    drag_ended()
        What comes next is another step of the history.
    """

    value_changed = Signal(object)
    drag_ended = Signal()

    def __init__(self, item: Item, side: str, parent: QWidget, *, narrow: bool = False) -> None:
        super().__init__(parent)
        self.item, self.side = item, side
        self.spoken = spoken_name(item, side)
        self._shown: Value | None = None
        self.combo: Combo | None = None
        self.switch: QCheckBox | None = None
        self.slider: KnobSlider | None = None
        self.number: NumberBox | None = None
        if isinstance(item.declared, Choice):
            self._make_choice(item.declared)
        else:
            self._make_knob(item.declared, narrow)

    def _make_choice(self, choice: Choice) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        part: QWidget
        if isinstance(choice.default, bool):
            part = self.switch = CheckBox(option_name(True), self)
            self.switch.setFont(look.sized(self.font(), look.SMALL))
            self.switch.clicked.connect(self._take)
            row.addWidget(part)
            row.addStretch(1)
        else:
            part = self.combo = Combo(self)
            self.combo.addItems([option_name(option) for option in choice.options])
            self.combo.setMinimumWidth(40)
            self.combo.setMinimumContentsLength(1)
            self.combo.activated.connect(lambda at: self._take(choice.options[at]))
            row.addWidget(part, 1)
        part.setAccessibleName(self.spoken)
        part.setToolTip(look.tip(self.spoken, look.catalog(choice.help)))

    def _make_knob(self, knob: Knob, narrow: bool) -> None:
        zero = ""
        if knob.name == "batch_size":
            zero = QCoreApplication.translate("Numbers", "all")
        box = QVBoxLayout(self) if narrow else QHBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 2)
        box.setSpacing(0 if narrow else 8)
        self.number = NumberBox(knob, self.spoken, self)
        self.number.set_help(look.catalog(knob.help))
        if zero:
            self.number.call_zero(zero)
        self.number.value_changed.connect(self._take)
        self.number.settled.connect(self.drag_ended)
        if knob.slider is not None or knob.name == "batch_size":
            self.slider = KnobSlider(knob, self.spoken, self)
            self._fit_slider(knob)
            self.slider.setToolTip(
                look.tip(
                    self.spoken,
                    look.catalog(knob.help),
                    default_words(knob, zero),
                    self.tr("A double-click goes back to the default."),
                )
            )
            self.slider.value_moved.connect(self._take)
            self.slider.drag_ended.connect(self.drag_ended)
        if narrow:
            self.number.setMinimumWidth(48)
            box.addWidget(self.number)
            if self.slider is not None:
                box.addWidget(self.slider)
            return
        if self.slider is not None:
            box.addWidget(self.slider, 1)
        else:
            box.addStretch(1)
        self.number.setFixedWidth(_NUMBER_WIDTH)
        box.addWidget(self.number)

    def _fit_slider(self, knob: Knob) -> None:
        assert self.slider is not None
        from_zero = knob.scale == "log" and knob.default == 0.0 and knob.minimum == 0.0
        self.slider.map = FromZero(knob) if from_zero else SliderMap(knob)

    def set_most(self, most: int) -> None:
        """Let the slider of a batch size end at the number of samples."""
        if self.slider is not None and isinstance(self.item.declared, Knob):
            knob = replace(self.item.declared, slider=(0, most))
            if self.slider.map.knob != knob:
                self.slider.map = SliderMap(knob)
                self.slider.set_value(self.slider.knob_value)

    def set_value(self, value: Value) -> None:
        """Show a value without telling anybody."""
        if value == self._shown and (self.number is None or self.number.value == value):
            return  # most cells, at each move of a slider
        self._shown = value
        if self.switch is not None:
            self.switch.setChecked(bool(value))
        elif self.combo is not None and isinstance(self.item.declared, Choice):
            self.combo.setCurrentIndex(self.item.declared.options.index(value))
        elif self.number is not None:
            self.number.set_value(float(value))
            if self.slider is not None and float(value) != self.slider.knob_value:
                self.slider.set_value(float(value))

    @property
    def focus_order(self) -> list[QWidget]:
        """What takes the focus, in the order of Tab."""
        parts = (self.switch, self.combo, self.slider, self.number)
        return [part for part in parts if part is not None]

    def _take(self, value: object) -> None:
        declared = self.item.declared
        self._shown = None  # whatever comes back, a refusal too, is to be shown
        if isinstance(declared, Knob) and isinstance(value, (int, float)):
            value = int(value) if declared.kind == "int" else float(value)
        self.value_changed.emit(value)
        if isinstance(declared, Choice):
            self.drag_ended.emit()


class SettingRow(QWidget):
    """One setting of the table.

    Signals
    -------
    value_changed(object, str, object)
        The item, the side ("" for both) and the value a person wants.
    drag_ended()
        What comes next is another step of the history.
    tied(object, bool)
        A person wants one value for both sides, or one each.
    """

    value_changed = Signal(object, str, object)
    drag_ended = Signal()
    tied = Signal(object, bool)

    def __init__(self, item: Item, split: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.item, self.split = item, split
        self._differs = False
        name = item_name(item)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 0, 2, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(0)
        self.label = look.Elided(name, self)
        self.label.setFont(look.sized(self.font(), look.SMALL))
        self.label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.label.setFixedWidth(NAME_WIDTH)
        self.label.setToolTip(look.tip(name, look.catalog(item.declared.help)))
        grid.addWidget(self.label, 0, 0)
        self.cells: dict[str, Cell] = {}
        for column, side in enumerate(SIDES if split else ("",), 1):
            cell = Cell(item, side, self, narrow=split)
            cell.value_changed.connect(lambda value, side=side: self.value_changed.emit(item, side, value))
            cell.drag_ended.connect(self.drag_ended)
            grid.addWidget(cell, 0, column, 1, 1 if split else 2)
            self.cells[side] = cell
        grid.setRowMinimumHeight(0, look.ROW)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.link = LinkButton("", self)
        self.link.setChecked(not split)
        self.link.setFixedSize(QSize(_LINK, look.ROW))
        if split:
            self.link.setAccessibleName(self.tr("Link {name}").format(name=name))
            self.link.setToolTip(look.tip(self.tr("One value for both sides: the one before")))
        else:
            self.link.setAccessibleName(self.tr("Split {name}").format(name=name))
            self.link.setToolTip(look.tip(self.tr("A value for each side")))
        self.link.clicked.connect(lambda: self.tied.emit(item, self.split))
        # At one height whether linked or split: a second click at the same place meets it again.
        grid.addWidget(self.link, 0, 3, Qt.AlignmentFlag.AlignTop)
        order = self.focus_order
        for first, second in itertools.pairwise(order):
            QWidget.setTabOrder(first, second)

    @property
    def focus_order(self) -> list[QWidget]:
        """What takes the focus, in the order of Tab."""
        return [part for cell in self.cells.values() for part in cell.focus_order] + [self.link]

    @property
    def differs(self) -> bool:
        """Whether the sides have different values."""
        return self._differs

    def refresh(self, experiment: Experiment) -> None:
        """Show an experiment's values; the row must suit how they are tied."""
        assert self.split == is_split(experiment, self.item)
        for side, cell in self.cells.items():
            if self.item.name == "batch_size":
                of = experiment.sides[side] if side else experiment
                cell.set_most(int(of.coefficients["m"]) if "m" in of.coefficients else 256)
            cell.set_value(value_of(experiment, self.item, side))
        now = self.split and differs(experiment, self.item)
        if now != self._differs:
            self._differs = now
            self.label.setFont(look.sized(self.font(), look.SMALL, strong=now))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._differs:
            painter = QPainter(self)
            painter.fillRect(self.rect(), look.mix(look.ground(), look.accent(), 0.07))
            painter.fillRect(0, 0, _MARK, self.height(), look.accent())
            painter.end()
