"""Rows of the form of a training: a choice, a list of layer sizes, a line of text."""

from __future__ import annotations

import re

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from optviz.catalog import Choice
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.knob_row import LABEL_WIDTH, KnobRow
from optviz.gui.controls.text_field import TextField
from optviz.gui.train.controls.words import choice_name


class FormRow(QWidget):
    """A label of the usual width, and what is beside it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(look.ROW)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.label = look.Elided(name, self)
        self.label.setFont(look.sized(self.font(), look.SMALL))
        self.label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.row.addWidget(self.label)

    def _put(self, part: QWidget, name: str, help_text: str) -> None:
        part.setAccessibleName(name)
        part.setToolTip(look.tip(name, help_text))
        self.label.setToolTip(part.toolTip())
        self.label.setBuddy(part)

    def rename(self, name: str) -> None:
        """Call what is set otherwise."""
        self.label.setText(name)


class ChoiceRow(FormRow):
    """Lets a person choose one of a few, or switch something.

    Signals
    -------
    chosen(object)
        A person chose another option.
    """

    chosen = Signal(object)

    def __init__(self, choice: Choice, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.choice = choice
        self.part: Combo | QCheckBox
        if isinstance(choice.default, bool):
            self.part = CheckBox(parent=self)
            self.part.clicked.connect(lambda on: self.chosen.emit(bool(on)))
            self.row.addWidget(self.part)
            self.row.addStretch(1)
        else:
            self.part = Combo(self)
            self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.part.setMinimumContentsLength(8)
            self.part.addItems([choice_name(option) for option in choice.options])
            self.part.activated.connect(lambda at: self.chosen.emit(choice.options[at]))
            self.row.addWidget(self.part, 1)
        self._put(self.part, name, look.catalog(choice.help))

    def set_value(self, value: object) -> None:
        """Show a value without telling anybody."""
        with QSignalBlocker(self.part):
            if isinstance(self.part, QCheckBox):
                self.part.setChecked(bool(value))
            else:
                self.part.setCurrentIndex(self.choice.options.index(value))


class TextRow(FormRow):
    """Lets a person type a line of text.

    Signals
    -------
    typed(str)
        A person typed another one to its end.
    """

    typed = Signal(str)

    def __init__(self, name: str, help_text: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.field = TextField(self)
        self.field.editingFinished.connect(self._finish)
        self.row.addWidget(self.field, 1)
        self._put(self.field, name, help_text)
        self._shown = ""

    def rename(self, name: str) -> None:
        super().rename(name)
        self.field.setAccessibleName(name)

    def set_value(self, value: str) -> None:
        """Show a text without telling anybody; one being typed stays."""
        self._shown = value
        if not (self.field.hasFocus() and self.field.isModified()):
            self.field.setText(value)
            self.field.setCursorPosition(0)  # one sees how it begins

    def _finish(self) -> None:
        if self.field.isModified():
            self.field.setModified(False)
            if self.field.text().strip() != self._shown:
                self.typed.emit(self.field.text().strip())
            self.field.setText(self._shown)
            self.field.setCursorPosition(0)


class LimitRow(KnobRow):
    """A number up to all there are: all is the right end of the slider, and is kept as 0."""

    def set_value(self, value: float) -> None:
        super().set_value(value)
        if self.slider is not None and not value:
            self.slider.set_value(self.slider.map.high)

    def typed_value(self, value: float) -> float:
        most = self.knob.maximum
        return 0 if most is not None and value >= most else super().typed_value(value)


class SizesRow(TextRow):
    """Lets a person type whole numbers, one for each layer: "128, 64".

    Signals
    -------
    sizes_typed(tuple), refused(str)
        Other numbers, or a text that is none.
    """

    sizes_typed = Signal(tuple)
    refused = Signal(str)

    def __init__(self, name: str, help_text: str, parent: QWidget | None = None) -> None:
        super().__init__(name, help_text, parent)
        self.field.setMaxLength(200)
        self.typed.connect(self._read)

    def set_sizes(self, sizes: tuple[int, ...]) -> None:
        """Show the sizes of the layers."""
        self.set_value(", ".join(map(str, sizes)))
        self.field.setPlaceholderText(self.tr("none"))

    def _read(self, text: str) -> None:
        words = [word for word in re.split(r"[\s,;]+", text.strip("[]() ")) if word]
        if all(re.fullmatch(r"[0-9]{1,6}", word, re.ASCII) for word in words):
            self.sizes_typed.emit(tuple(int(word) for word in words))
        else:
            self.refused.emit(
                self.tr("“{text}” is not allowed; type one whole number for each layer, like 128, 64").format(
                    text=text[:60]
                )
            )
