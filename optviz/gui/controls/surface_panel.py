"""The surface: which one, its formula, its coefficients, and how the race on it is set up."""

from __future__ import annotations

import contextlib
import math
import secrets
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.catalog import Knob, Surface
from optviz.errors import InputError
from optviz.experiment import EXPERIMENT_KNOBS, PENALTY_KNOBS, Experiment, Penalty
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.formula_field import FormulaField, with_numbers
from optviz.gui.controls.knob_row import LABEL_WIDTH, NUMBER_WIDTH, KnobRow, shown_name
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.number_words import number_text
from optviz.gui.controls.picker import Pick, Picker
from optviz.gui.controls.slider import SliderMap
from optviz.gui.controls.surface_form import SurfaceForm
from optviz.gui.controls.typeset import FormulaLabel
from optviz.gui.session import Session
from optviz.scene import Scene, typeset
from optviz.surfaces import SURFACES

_OWN = "formula"
# The ranges in which these are interesting; their bounds are far wider.
_STEPS = replace(EXPERIMENT_KNOBS["steps"], slider=(10, 5000), scale="log")
_NOISE = replace(EXPERIMENT_KNOBS["noise"], slider=(0.0, 5.0), scale="linear")
_SEED = EXPERIMENT_KNOBS["seed"]
_BATCH = replace(EXPERIMENT_KNOBS["batch_size"], slider=(0, 256))


class SurfacePanel(QWidget):
    """Chooses the surface and sets up the race on it. The rarer settings open below."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._surface: Surface | None = None
        self._typeset = ""
        self._asked_own = False
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(2)
        column.addLayout(self._top())
        self.formula = FormulaLabel(14, self)
        inset = QHBoxLayout()
        inset.setContentsMargins(8, 0, 4, 0)
        inset.addWidget(self.formula)
        column.addLayout(inset)
        self.own = FormulaField(self)
        self.own.formula_changed.connect(self._set_formula)
        self.own.settled.connect(session.end_drag)
        column.addWidget(self.own)
        self.undefined = look.Note(
            self.tr("The loss is not defined at the start: click a coloured place."), self
        )
        self.undefined.set_bad(True)
        self.undefined.setWordWrap(True)
        self.undefined.setContentsMargins(8, 0, 4, 2)
        self.undefined.hide()
        column.addWidget(self.undefined)
        self.whole = look.Note(
            self.tr("Full batch: each step sees the sum, and nobody is misled. Set the batch size to 1."),
            self,
        )
        self.whole.setWordWrap(True)
        self.whole.setContentsMargins(8, 0, 4, 2)
        self.whole.hide()
        column.addWidget(self.whole)
        self.details = QWidget(self)
        self._details = QVBoxLayout(self.details)
        self._details.setContentsMargins(8, 4, 2, 0)
        self._details.setSpacing(0)
        self.form = SurfaceForm(self.details)
        self.form.coefficient_changed.connect(self._set_coefficient)
        self.form.choice_changed.connect(self._set_choice)
        self.form.drag_ended.connect(session.end_drag)
        self._details.addWidget(self.form)
        self._details.addLayout(self._start_row())
        self.rows: dict[str, KnobRow] = {}
        for knob, slider in (
            (_STEPS, True),
            (_NOISE, True),
            (_BATCH, True),
            *((k, True) for k in PENALTY_KNOBS.values()),
        ):
            row = KnobRow(knob, name=self._name_of(knob.name), slider=slider, parent=self.details)
            row.value_changed.connect(lambda value, name=knob.name: self._set(name, value))
            row.drag_ended.connect(session.end_drag)
            self.rows[knob.name] = row
            self._details.addWidget(row)
        self._details.insertLayout(self._details.indexOf(self.rows["batch_size"]), self._seed_row())
        self.shivers = self._sample_switch()
        self._details.insertWidget(self._details.indexOf(self.rows["batch_size"]) + 1, self.shivers)
        self.details.hide()
        column.addWidget(self.details)
        session.experiment_changed.connect(self.refresh)
        session.scene_changed.connect(self._show_scene)
        if session.scene is not None:
            self._show_scene(session.scene)
        self.refresh()

    @property
    def coefficients(self) -> dict[str, KnobRow]:
        """The rows of the surface's coefficients, by name."""
        return self.form.coefficients

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.button = look.FlatButton(self.tr("surface"), self.tr("Choose the surface"), "", self)
        self.button.setFont(look.sized(self.font(), 15, strong=True))
        self.button.trailing = "down"
        self.button.clicked.connect(self.open_picker)
        picks = [Pick(_OWN, self.tr("Your own formula"), self.tr("Type any formula in x and y"))]
        groups = (self.tr("One minimum"), self.tr("Several minima"), self.tr("No minimum"), self.tr("Data"))
        for place, group in enumerate(groups):
            picks += [
                Pick(surface.id, look.catalog(surface.title), look.catalog(surface.help), group)
                for surface in SURFACES
                if _group(surface) == place
            ]
        self.picker = Picker(picks, self.tr("Search {0} surfaces").format(len(picks) - 1), self)
        self.picker.picked.connect(self.choose)
        self.more = look.FlatButton(
            self.tr("more"),
            self.tr("Choices, coefficients, start, steps, noise and penalties"),
            "sliders",
            self,
        )
        self.more.setCheckable(True)
        self.more.toggled.connect(self._open)
        row.addWidget(self.button)
        row.addStretch(1)
        row.addWidget(self.more)
        return row

    def _start_row(self) -> QHBoxLayout:
        row, label = self._labelled(self.tr("start"))
        label.setFixedWidth(48)
        self.start: list[NumberBox] = []
        self.axes: list[QLabel] = []
        for place, name in enumerate("xy"):
            box = NumberBox(Knob(name, 0.0, ""), self.tr("start {0}").format(name), self.details)
            box.set_help(self.tr("Where every entrant begins; the start can be dragged in the picture, too"))
            box.setFixedWidth(NUMBER_WIDTH - 8)
            box.value_changed.connect(lambda value, place=place: self._set_start(place, value))
            box.settled.connect(self.session.end_drag)
            axis = QLabel(name, self.details)
            axis.setFont(look.sized(self.font(), look.SMALL))
            axis.setBuddy(box)
            row.addWidget(axis)
            row.addWidget(box)
            self.axes.append(axis)
            self.start.append(box)
        self.start_reset = look.FlatButton(
            self.tr("reset start"), self.tr("Back to the surface's own start"), "reset", self.details
        )
        self.start_reset.quiet = True
        self.start_reset.clicked.connect(lambda: self._change(self.tr("start"), start=None))
        row.insertStretch(1, 1)
        row.insertWidget(2, self.start_reset)
        label.setBuddy(self.start[0])
        return row

    def _seed_row(self) -> QHBoxLayout:
        row, label = self._labelled(self.tr("seed"))
        self.seed = NumberBox(_SEED, self.tr("seed"), self.details)
        self.seed.set_help(look.catalog(_SEED.help))
        self.seed.setFixedWidth(NUMBER_WIDTH)
        self.seed.value_changed.connect(lambda value: self._set("seed", value))
        self.seed.settled.connect(self.session.end_drag)
        label.setBuddy(self.seed)
        self.dice = look.FlatButton(
            self.tr("another seed"), self.tr("Throw the dice: another seed"), "dice", self.details
        )
        self.dice.quiet = True
        self.dice.clicked.connect(self._throw)
        row.addStretch(1)
        row.addWidget(self.dice)
        row.addWidget(self.seed)
        return row

    def _sample_switch(self) -> QCheckBox:
        switch = CheckBox(self.tr("show this step's mini-batch"), self.details)
        switch.setFont(look.sized(self.font(), look.SMALL))
        switch.setFixedHeight(look.ROW)
        switch.setAccessibleName(switch.text())
        switch.setToolTip(
            look.tip(
                self.tr("Show this step's mini-batch"),
                self.tr("The surface of those samples the step sees, which shivers; not that of all"),
            )
        )
        switch.clicked.connect(self._set_sample)
        switch.hide()
        return switch

    def _name_of(self, name: str) -> str:
        # The data may have noise of their own.
        return self.tr("gradient noise") if name == "noise" else shown_name(name)

    def _labelled(self, text: str) -> tuple[QHBoxLayout, QLabel]:
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        label = QLabel(text, self.details)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(LABEL_WIDTH)
        row.addWidget(label)
        return row, label

    # Showing.

    def refresh(self) -> None:
        """Show the session's experiment."""
        experiment = self.session.experiment
        surface = experiment.declared_surface
        if surface != self._surface:
            self._surface = surface
            self._show_surface(surface)
            if experiment.formula is None:
                self._asked_own = False
        own = experiment.formula is not None
        self.own.setVisible(own or self._asked_own)
        if own:
            self.own.set_formula(experiment.formula or "")
        self._show_formula(experiment)
        self.form.refresh(experiment)
        for box, at, limits in zip(
            self.start, experiment.start_point, (experiment.xlim, experiment.ylim), strict=True
        ):
            box.set_knob(replace(box.knob, slider=limits))
            box.set_value(at)
        self.start_reset.setEnabled(experiment.start is not None)
        self._fit_batch(experiment)
        samples = int(experiment.coefficients.get("m", 0))
        self.whole.setVisible(_comes_singly(surface) and not 0 < experiment.batch_size < samples)
        for name in ("steps", "noise", "batch_size"):
            self.rows[name].set_value(getattr(experiment, name))
        for name in PENALTY_KNOBS:
            self.rows[name].set_value(getattr(experiment.penalty, name))
        self.seed.set_value(experiment.seed)

    def _show_scene(self, scene: Scene) -> None:
        lines = scene.lines
        self.undefined.setVisible(bool(lines) and all(not math.isfinite(float(o.loss[0])) for o in lines))

    def _show_surface(self, surface: Surface) -> None:
        title = look.catalog(surface.title) if surface.id != _OWN else self.tr("Your own formula")
        self.button.show_text(title)
        self.button.setAccessibleName(self.tr("surface: {0}").format(title))
        self.button.setToolTip(look.tip(title, look.catalog(surface.help), surface.reference))
        for name, axis, box in zip(surface.axes, self.axes, self.start, strict=True):
            axis.setText(name)
            box.set_name(self.tr("start {0}").format(name))
        self.form.set_surface(surface, self.more)
        QWidget.setTabOrder(self._last_of_form(), self.start_reset)
        self.rows["batch_size"].setVisible(surface.model is not None)

    def _last_of_form(self) -> QWidget:
        rows = list(self.form.coefficients.values())
        if rows:
            return rows[-1].number or rows[-1].switch or rows[-1]
        return list(self.form.choices.values())[-1] if self.form.choices else self.more

    def _show_formula(self, experiment: Experiment) -> None:
        surface = experiment.declared_surface
        shown = typeset(surface, experiment.coefficients, experiment.choices)
        if shown == self._typeset:
            return
        self._typeset = shown
        letters = "w, b" if surface.id == "linear_regression" else "w_{1}, w_{2}"
        if surface.model is None or surface.model.slow or surface.axes == ("x", "y"):
            letters = "x, y"
        name = "f" if surface.model is None else "L"
        self.formula.set_formula(f"{name}({letters}) = {shown}", surface.formula)
        self.formula.setToolTip(look.tip(surface.formula))

    def _fit_batch(self, experiment: Experiment) -> None:
        """Let the mini-batch grow up to all samples, and be shown where there is one."""
        row, samples = self.rows["batch_size"], int(experiment.coefficients.get("m", 0))
        assert row.slider is not None
        assert row.number is not None
        if samples and row.knob.maximum != samples:
            row.knob = replace(_BATCH, maximum=samples, slider=(0, samples))
            row.number.set_knob(row.knob)
            row.number.set_help(look.catalog(row.knob.help))
            row.slider.map = SliderMap(row.knob)
            row.slider.set_value(experiment.batch_size)
        model = experiment.declared_surface.model
        self.shivers.setVisible(model is not None and not model.slow and 0 < experiment.batch_size < samples)
        self.shivers.setChecked(experiment.view.sample == "batch")

    def _open(self, opened: bool) -> None:
        self.details.setVisible(opened)
        self.more.chosen = opened
        self.more.setAccessibleName(self.tr("less") if opened else self.tr("more"))

    # A person's wishes.

    def open_picker(self) -> None:
        """Open the list of surfaces."""
        self.picker.open_under(self.button, self.session.experiment.surface or _OWN)

    def choose(self, identifier: str) -> None:
        """Take a surface, or let a person type a formula."""
        experiment = self.session.experiment
        if identifier != _OWN:
            self._asked_own = False
            if identifier != experiment.surface:
                text = self.tr("surface {0}").format(look.catalog(SURFACES[identifier].title))
                # Losses that come one at a time are seen so: all at once they are one straight line.
                batch = 1 if _comes_singly(SURFACES[identifier]) else 0
                with contextlib.suppress(InputError):
                    self.session.begin(experiment.replace(surface=identifier, batch_size=batch), text)
            self.refresh()
            return
        self._asked_own = True
        if experiment.formula is None:
            surface = experiment.declared_surface
            # The loss of samples cannot be written in the language of formulas.
            own = with_numbers(surface, experiment.coefficients) if surface.model is None else ""
            self.own.set_formula(own)
        self.refresh()
        self.own.field.setFocus()
        self.own.field.selectAll()

    def _change(self, text: str, merge: str = "", **changes: Any) -> bool:
        try:
            self.session.change(text, merge, **changes)
        except InputError:
            self.refresh()
            return False
        return True

    def _set_formula(self, text: str) -> None:
        try:
            self.session.change(self.tr("formula"), "formula", formula=text)
        except InputError as error:
            self.own.show_error(str(error))

    def _set(self, name: str, value: float) -> None:
        text = self.tr("{0} {1}").format(self._name_of(name), number_text(value))
        if name in PENALTY_KNOBS:
            penalty = self.session.experiment.penalty
            changed = Penalty(**{"l1": penalty.l1, "l2": penalty.l2, name: value})
            self._change(text, name, penalty=changed)
        else:
            self._change(text, name, **{name: value if name == "noise" else int(value)})

    def _set_coefficient(self, name: str, value: float) -> None:
        row = self.coefficients[name]
        typed = row.typed_value(value)
        changes: dict[str, Any] = {"coefficients": {**self.session.experiment.coefficients, name: typed}}
        if name == "m" and self.session.experiment.batch_size > typed:
            changes["batch_size"] = int(typed)
        self._change(
            self.tr("{0} {1}").format(row.label.text(), number_text(value)), f"coefficient {name}", **changes
        )

    def _set_choice(self, name: str, value: str | bool) -> None:
        given = {**self.session.experiment.choices, name: value}
        self._change(self.form.choices[name].accessibleName(), choices=given)

    def _set_sample(self, batch: bool) -> None:
        view = self.session.experiment.view
        self.session.set_view(replace(view, sample="batch" if batch else "full"))

    def _set_start(self, place: int, value: float) -> None:
        x, y = self.session.experiment.start_point
        self._change(self.tr("start"), "start", start=(value, y) if place == 0 else (x, value))

    def _throw(self) -> None:
        self._set("seed", secrets.randbelow(10_000))
        self.session.end_drag()


def _comes_singly(surface: Surface) -> bool:
    """Return whether a surface's losses come in an order of their own, which a full batch would hide."""
    return surface.model is not None and surface.model.draw is not None


def _group(surface: Surface) -> int:
    """Return the place of a surface's group in the picker."""
    return 3 if surface.model is not None else (2, 0, 1)[min(len(surface.minima), 2)]
