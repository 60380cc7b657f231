"""The form of a training: everything its file says but the entrants, in plain words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.controls.knob_row import KnobRow
from optviz.gui.controls.number_words import number_text
from optviz.gui.controls.slider import SliderMap
from optviz.gui.train.controls.network import NetworkPicture
from optviz.gui.train.controls.rows import ChoiceRow, LimitRow, SizesRow, TextRow
from optviz.gui.train.controls.words import choice_name, dataset_title, hidden_name, setting_name
from optviz.gui.train.session import TrainSession
from optviz.setting import PENALTY_KNOBS
from optviz.training.setting import CHOICES, KNOBS, MODEL_CHOICES, MODEL_KNOBS, TRAIN_SIZES, Training

_WORDS_WIDTH = 112
_FEWEST = 100  # images that the slider begins at
_MODEL = (*MODEL_CHOICES, *MODEL_KNOBS, "hidden", "channels")
# What stands in the form at once, and what behind "more".
_FIRST = ("dataset", "kind", "channels", "hidden", "width", "heads", "activation", "batch_norm", "dropout",
          "epochs", "batch_size", "train_limit")  # fmt: skip
_MORE = ("l1", "l2", "seed", "interleave", "device", "step", "precision", "threads", "data_dir", "title")


class TrainForm(QWidget):
    """Shows the settings of the session's training and lets a person change them.

    What is refused is said below the row it was asked in.
    """

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.rows: dict[str, QWidget] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 6, 10, 6)
        self._column.setSpacing(0)
        self.lock_note = look.Note(self.tr("In use: stop the training to change them."), self)
        self.lock_note.setContentsMargins(0, 0, 0, 4)
        self._column.addWidget(self.lock_note)
        self.wrong = look.Note("", self)
        self.wrong.set_bad(True)
        self.wrong.setWordWrap(True)
        self.wrong.setContentsMargins(0, 2, 0, 4)
        self.wrong.hide()
        for name in _FIRST:
            self._add(name, self._column, self)
            if name == "dropout":
                self.network = NetworkPicture(self)
                self._column.addWidget(self.network)
        self.more = look.FlatButton(
            self.tr("more settings"),
            self.tr("Penalties, seed, device, precision, what makes the steps, the data folder, the title"),
            "sliders",
            self,
        )
        self.more.setFont(look.sized(self.font(), 13))
        self.more.show_text(self.tr("more settings"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._open)
        line = QHBoxLayout()
        line.setContentsMargins(0, 4, 0, 0)
        line.addWidget(self.more)
        line.addStretch(1)
        self._column.addLayout(line)
        self.details = QWidget(self)
        inner = self._details = QVBoxLayout(self.details)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for name in _MORE:
            self._add(name, inner, self.details)
        self.details.hide()
        self._column.addWidget(self.details)
        session.changed.connect(self.refresh)
        session.state_changed.connect(self._lock)
        self.refresh()

    # -------------------------------------------------------------- building

    def _add(self, name: str, column: QVBoxLayout, parent: QWidget) -> None:
        row = self._make(name, parent)
        self.rows[name] = row
        column.addWidget(row)

    def _make(self, name: str, parent: QWidget) -> QWidget:
        spoken = setting_name(name)
        choices, knobs = {**CHOICES, **MODEL_CHOICES}, {**KNOBS, **MODEL_KNOBS, **PENALTY_KNOBS}
        if name in choices:
            choice = ChoiceRow(choices[name], spoken, parent)
            choice.chosen.connect(lambda value: self._set(name, value))
            return choice
        if name in ("hidden", "channels"):
            sizes = SizesRow(spoken, self._help(name), parent)
            sizes.sizes_typed.connect(lambda value: self._set(name, value))
            sizes.refused.connect(lambda text: self._refuse(name, text))
            return sizes
        if name in ("title", "data_dir"):
            text = TextRow(spoken, self._help(name), parent)
            text.field.setMaxLength(200 if name == "title" else 4000)
            text.typed.connect(lambda value: self._set(name, value))
            if name == "data_dir":
                text.field.setPlaceholderText(self.tr("found by itself"))
                browse = look.FlatButton(
                    self.tr("choose the folder"), self.tr("Choose the folder with the files"), "folder", text
                )
                browse.clicked.connect(self._browse)
                text.row.addWidget(browse)
            return text
        knob, kind = knobs[name], KnobRow
        if name == "train_limit":
            knob, kind = replace(knob, slider=(_FEWEST, knob.maximum or _FEWEST)), LimitRow
        row = kind(knob, name=spoken, slider=name not in ("seed", "threads"), parent=parent)
        row.value_changed.connect(lambda value: self._set(name, value))
        row.drag_ended.connect(self.session.end_drag)
        zeros = {"train_limit": self.tr("all"), "threads": self.tr("all but one")}
        if name in zeros and row.number is not None:
            row.number.call_zero(zeros[name])
            if row.slider is None:  # words take more room than numbers, and there is some
                row.number.setFixedWidth(_WORDS_WIDTH)
        return row

    def _help(self, name: str) -> str:
        return {
            "hidden": self.tr("How many neurons each layer has, like 128, 64: one number for each layer"),
            "channels": self.tr(
                "How many feature maps each convolution makes, like 16, 32; after each one the picture is "
                "halved"
            ),
            "title": self.tr("What it is called in the picture and in the window"),
            "data_dir": self.tr(
                "The folder with the IDX files. Empty: the folder named by OPTVIZ_DATA_DIR, else your cache"
            ),
        }[name]

    # -------------------------------------------------------------- showing

    def refresh(self) -> None:
        """Show the current training."""
        training = self.session.training
        self.wrong.hide()
        self._fit_ranges(training)
        for name, row in self.rows.items():
            value = self._value(training, name)
            if isinstance(row, SizesRow):
                row.set_sizes(value)
            elif isinstance(row, (ChoiceRow, KnobRow, TextRow)):
                row.set_value(value)
        kind = training.model.kind
        for name in ("width", "heads"):
            self.rows[name].setVisible(kind == "transformer")
        self.rows["channels"].setVisible(kind == "cnn")
        hidden = self.rows["hidden"]
        assert isinstance(hidden, SizesRow)
        hidden.rename(hidden_name(kind))
        self.network.show_model(training)
        self._lock()

    @staticmethod
    def _value(training: Training, name: str) -> Any:
        if name in _MODEL:
            return getattr(training.model, name)
        return getattr(training.penalty if name in PENALTY_KNOBS else training, name)

    def _fit_ranges(self, training: Training) -> None:
        """Let the number of images, and the batch, go up to what the data set has."""
        for name, most in (("train_limit", TRAIN_SIZES[training.dataset]), ("batch_size", training.images)):
            row = self.rows[name]
            assert isinstance(row, KnobRow)
            assert row.slider is not None
            assert row.number is not None
            if row.knob.maximum == most:
                continue
            low, high = KNOBS[name].slider or (_FEWEST, most)
            row.knob = replace(KNOBS[name], maximum=most, slider=(low, min(high, most)))
            row.number.set_knob(row.knob)
            row.slider.map = SliderMap(row.knob)
            row.set_value(self._value(training, name))

    def _lock(self) -> None:
        locked = self.session.locked
        self.lock_note.setVisible(locked)
        for row in self.rows.values():
            row.setEnabled(not locked)

    def _open(self, opened: bool) -> None:
        self.details.setVisible(opened)
        self.more.chosen = opened
        self.more.show_text(self.tr("fewer settings") if opened else self.tr("more settings"))
        self.more.setAccessibleName(self.more.text())

    def _refuse(self, name: str, text: str) -> None:
        """Say below a row why what was asked there is not possible."""
        row = self.rows[name]
        for column in (self._column, self._details):
            column.removeWidget(self.wrong)
        column = self._details if name in _MORE else self._column
        column.insertWidget(column.indexOf(row) + 1, self.wrong)
        self.wrong.setText(text)
        self.wrong.show()

    # -------------------------------------------------------------- a person's wishes

    def _set(self, name: str, value: Any) -> None:
        training = self.session.training
        row = self.rows[name]
        if isinstance(row, KnobRow):
            value = row.typed_value(value)
        text = self._words(name, value)
        try:
            if name == "dataset":
                self.session.change(text, "", **self._for_dataset(training, value))
            elif name in _MODEL:
                self.session.change(text, name, model=replace(training.model, **{name: value}))
            elif name in PENALTY_KNOBS:
                self.session.change(text, name, penalty=replace(training.penalty, **{name: value}))
            else:
                self.session.change(text, name, **{name: value})
        except InputError as error:
            self.refresh()
            self._refuse(name, str(error))
            return
        if not isinstance(row, KnobRow):
            self.session.end_drag()

    def _words(self, name: str, value: Any) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self.tr("{0} {1}").format(setting_name(name), number_text(float(value)))
        if name == "dataset":
            return dataset_title(value)
        if isinstance(self.rows[name], ChoiceRow):
            return self.tr("{0}: {1}").format(setting_name(name), choice_name(value))
        return setting_name(name)

    @staticmethod
    def _for_dataset(training: Training, dataset: str) -> dict[str, Any]:
        """Return what has to change with the data set: there may be fewer images."""
        most = TRAIN_SIZES[dataset]
        limit = training.train_limit if training.train_limit < most else 0
        entrants = []
        for entrant in training.entrants:
            own = entrant.changes.batch_size
            if own is not None and own > (limit or most):
                entrant = replace(entrant, changes=replace(entrant.changes, batch_size=limit or most))
            entrants.append(entrant)
        return {
            "dataset": dataset,
            "train_limit": limit,
            "batch_size": min(training.batch_size, limit or most),
            "entrants": tuple(entrants),
        }

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, self.tr("The folder with the images"), self.session.training.data_dir or str(Path.home())
        )
        if name:
            self._set("data_dir", name)
