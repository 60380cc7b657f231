"""What is different for one entrant about the training all share: batch size, network, penalties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from optviz.catalog import Choice, Knob
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.knob_row import KnobRow
from optviz.gui.controls.number_words import number_text
from optviz.gui.train.controls.rows import FormRow, SizesRow
from optviz.gui.train.controls.words import choice_name, hidden_name, setting_name
from optviz.setting import PENALTY_KNOBS
from optviz.training.setting import KNOBS, MODEL_CHOICES, MODEL_KNOBS, Changes, Training

# In which table of the changes a setting stands; "" is the entrant's own.
_CHOICES = {"kind": "model", "batch_norm": "model", "activation": "model"}
_SIZES = ("channels", "hidden")
_KNOBS: dict[str, tuple[str, Knob]] = {
    "batch_size": ("", KNOBS["batch_size"]),
    "width": ("model", MODEL_KNOBS["width"]),
    "heads": ("model", MODEL_KNOBS["heads"]),
    "dropout": ("model", MODEL_KNOBS["dropout"]),
    "l1": ("penalty", PENALTY_KNOBS["l1"]),
    "l2": ("penalty", PENALTY_KNOBS["l2"]),
}
_ORDER = ("batch_size", "kind", "channels", "hidden", "width", "heads", "batch_norm", "activation", "dropout",
          "l1", "l2")  # fmt: skip


class _ChoiceRow(FormRow):
    """As all, or an option of one's own."""

    chosen = Signal(object)

    def __init__(self, choice: Choice, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.choice = choice
        self.box = Combo(self)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        self.box.addItem("")
        self.box.addItems([choice_name(option) for option in choice.options])
        self.box.activated.connect(lambda at: self.chosen.emit(choice.options[at - 1] if at else None))
        self.row.addWidget(self.box, 1)
        self.row.addSpacing(22)  # in line with the numbers, which have a button there
        self._put(self.box, name, look.catalog(choice.help))

    def refresh(self, own: object | None, shared: object) -> None:
        with QSignalBlocker(self.box):
            self.box.setItemText(0, self.tr("as all: {0}").format(choice_name(shared)))
            self.box.setCurrentIndex(0 if own is None else 1 + self.choice.options.index(own))


class ChangesForm(QWidget):
    """Lets a person make one entrant train differently from the others.

    Signals
    -------
    changed(Changes, str, str)
        The new changes, what to call the edit, and the key under which such edits are one step.
    drag_ended()
    """

    changed = Signal(object, str, str)
    drag_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._changes = Changes()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(0)
        heading = look.Note(self.tr("different for this entrant"), self)
        heading.setContentsMargins(0, 4, 0, 2)
        column.addWidget(heading)
        self.rows: dict[str, KnobRow] = {}
        self.choices: dict[str, _ChoiceRow] = {}
        self.sizes: dict[str, SizesRow] = {}
        self.resets: dict[str, look.FlatButton] = {}
        for name in _ORDER:
            if name in _SIZES:
                sizes = self._sizes_row(name)
                column.addWidget(sizes)
                continue
            if name in _CHOICES:
                row = _ChoiceRow(MODEL_CHOICES[name], setting_name(name), self)
                row.chosen.connect(lambda value, name=name: self._set(name, value))
                self.choices[name] = row
                column.addWidget(row)
                continue
            knob = KnobRow(_KNOBS[name][1], name=setting_name(name), parent=self)
            knob.value_changed.connect(lambda value, name=name: self._set(name, value))
            knob.drag_ended.connect(self.drag_ended)
            inner = knob.layout()
            assert isinstance(inner, QHBoxLayout)
            inner.addWidget(self._reset(name))
            self.rows[name] = knob
            column.addWidget(knob)
        self.wrong = look.Note("", self)
        self.wrong.set_bad(True)
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        column.addWidget(self.wrong)

    def _sizes_row(self, name: str) -> SizesRow:
        row = SizesRow(setting_name(name), self.tr("One number for each layer, like 128, 64"), self)
        row.sizes_typed.connect(lambda value: self._set(name, value))
        row.refused.connect(self._refuse)
        row.row.addWidget(self._reset(name))
        self.sizes[name] = row
        return row

    def _reset(self, name: str) -> look.FlatButton:
        """Make the button that lets a setting follow all again; it is seen only where there is need."""
        reset = look.FlatButton(
            self.tr("{0} as all").format(setting_name(name)), self.tr("The same as for all"), "reset", self
        )
        reset.quiet = True
        reset.setFixedSize(22, 24)
        keep = reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # nothing moves when it comes
        reset.setSizePolicy(keep)
        reset.clicked.connect(lambda _=False: self._set(name, None))
        self.resets[name] = reset
        return reset

    def _refuse(self, text: str) -> None:
        """Say why sizes are not possible."""
        self.wrong.setText(text)
        self.wrong.show()

    def refresh(self, index: int, training: Training) -> None:
        """Show what is different for an entrant of a training."""
        changes = self._changes = training.entrants[index].changes
        mine = training.resolved_entrants[index]
        values = {
            "batch_size": mine.batch_size,
            "width": mine.model.width,
            "heads": mine.model.heads,
            "dropout": mine.model.dropout,
            "l1": mine.penalty.l1,
            "l2": mine.penalty.l2,
        }
        for name, row in self.rows.items():
            row.set_value(values[name])
            self.resets[name].setVisible(_own(changes, name) is not None)
        for name, choice in self.choices.items():
            choice.refresh(_own(changes, name), getattr(training.model, name))
        for name, sizes in self.sizes.items():
            sizes.set_sizes(getattr(mine.model, name))
            self.resets[name].setVisible(_own(changes, name) is not None)
        kind = mine.model.kind
        self.sizes["channels"].setVisible(kind == "cnn")
        self.sizes["hidden"].rename(hidden_name(kind))
        for name in ("width", "heads"):
            self.rows[name].setVisible(kind == "transformer")
        self.wrong.hide()

    def _set(self, name: str, value: Any) -> None:
        changes, table = self._changes, _table(name)
        text = setting_name(name)
        if value is not None and name in _KNOBS:
            value = int(value) if _KNOBS[name][1].kind == "int" else float(value)
            text = self.tr("{0} {1}").format(text, number_text(float(value)))
        if not table:
            changes = replace(changes, batch_size=value)
        else:
            own = {key: v for key, v in getattr(changes, table).items() if key != name}
            if value is not None:
                own[name] = value
            tables: dict[str, Any] = {table: own}
            changes = replace(changes, **tables)
        self.changed.emit(changes, text, f"changes.{name}")
        if value is None or name not in _KNOBS:
            self.drag_ended.emit()


def _table(name: str) -> str:
    """Return in which table of the changes a setting stands."""
    return _KNOBS[name][0] if name in _KNOBS else "model"


def _own(changes: Changes, name: str) -> Any:
    table = _table(name)
    return getattr(changes, table).get(name) if table else changes.batch_size
