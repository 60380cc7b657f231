"""Surfaces made of data in the column of the race: what may be chosen, and what follows it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from optviz.experiment import Experiment
from optviz.gui.controls.column import ControlsColumn
from optviz.gui.controls.suggest import suggest
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.optimizers import OPTIMIZERS
from optviz.surfaces import SURFACES

# A popup takes the keyboard; the offscreen platform says that it has none to take.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)

DATA = [surface.id for surface in SURFACES if surface.model is not None]


@pytest.fixture
def session(qapp, monkeypatch):
    # Nothing is computed here: it is about what is asked for.
    made = Session(Experiment("neuron", [{"optimizer": "gd", "learning_rate": 1.0}], steps=50))
    monkeypatch.setattr(made, "_arm", lambda: None)
    return made


@pytest.fixture
def panel(qtbot, session):
    column = ControlsColumn(session, Playback())
    qtbot.addWidget(column)
    column.resize(390, 900)
    column.show()
    column.surface.more.click()
    column.surface.column = column
    return column.surface


@pytest.mark.parametrize("surface", DATA)
def test_every_choice_and_coefficient_can_be_set(panel, session, surface, qtbot):
    panel.choose(surface)
    declared = SURFACES[surface]
    assert set(panel.coefficients) == {knob.name for knob in declared.coefficients}
    assert set(panel.form.choices) == {choice.name for choice in declared.choices}
    session.change("All", choices={"batch_norm": True} if "batch_norm" in panel.form.choices else {})
    for choice in declared.choices:
        part = panel.form.choices[choice.name]
        assert part.accessibleName().strip()
        assert part.toolTip()
        assert part.isVisibleTo(panel)
        for option in choice.options:
            if isinstance(part, QCheckBox):
                if part.isChecked() != option:
                    part.click()
            else:
                assert part.count() == len(choice.options)
                part.setCurrentIndex(choice.options.index(option))
                part.activated.emit(part.currentIndex())
            assert session.experiment.choices[choice.name] == option
            assert type(session.experiment.choices[choice.name]) is type(option)
    spoken = [row.label.text() for row in panel.coefficients.values()]
    assert len(set(spoken)) == len(spoken)
    assert panel.rows["noise"].label.text() not in spoken  # the noise in the data is another one


def test_whole_numbers_stay_whole(panel, session):
    panel.choose("deep_chain")
    slider = panel.coefficients["depth"].slider
    slider.setFocus()
    for _ in range(40):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    depth = session.experiment.coefficients["depth"]
    assert isinstance(depth, int)
    assert depth > 4
    assert Experiment.loads(session.experiment.dumps()) == session.experiment


def test_the_formula_follows_the_choices(panel, session):
    plain = list(panel.formula.lines)
    panel.form.choices["batch_norm"].click()
    normed = "".join(panel.formula.lines)
    assert r"\mathrm{BN}" in normed
    assert r"\mathrm{BN}" not in "".join(plain)
    session.undo_stack.undo()
    assert panel.formula.lines == plain
    assert not panel.form.choices["batch_norm"].isChecked()


def test_what_decides_nothing_without_batch_norm_is_off(panel):
    for part in (panel.coefficients["gamma"], panel.form.choices["batch_norm_mode"]):
        assert not part.isEnabled()
    panel.form.choices["batch_norm"].click()
    for part in (panel.coefficients["gamma"], panel.form.choices["batch_norm_mode"]):
        assert part.isEnabled()


def test_a_mini_batch_has_at_most_all_samples_and_shrinks_with_them(panel, session):
    row = panel.rows["batch_size"]
    assert row.isVisibleTo(panel)
    assert row.knob.maximum == session.experiment.coefficients["m"] == 256
    assert not panel.shivers.isVisibleTo(panel)
    row.value_changed.emit(200.0)
    assert session.experiment.batch_size == 200
    assert panel.shivers.isVisibleTo(panel)
    panel.coefficients["m"].value_changed.emit(100.0)
    assert session.experiment.coefficients["m"] == 100
    assert session.experiment.batch_size == 100
    assert row.knob.maximum == 100


def test_the_surface_of_the_step_s_mini_batch_is_a_way_of_looking(panel, session):
    panel.rows["batch_size"].value_changed.emit(16.0)
    before = session.undo_stack.count()
    panel.shivers.click()
    assert session.experiment.view.sample == "batch"
    assert session.undo_stack.count() == before
    panel.shivers.click()
    assert session.experiment.view.sample == "full"


def test_a_formula_has_no_mini_batch_and_no_choices(panel, session):
    panel.choose("rosenbrock")
    assert not panel.rows["batch_size"].isVisibleTo(panel)
    assert not panel.shivers.isVisibleTo(panel)
    assert panel.form.choices == {}
    assert "f(x, y)" in panel.formula.lines[0]


def test_a_formula_of_one_s_own_does_not_begin_with_the_loss_of_samples(panel, session):
    panel.choose("formula")
    assert panel.own.field.text() == ""
    assert session.experiment.surface == "neuron"


def test_the_picker_has_them_in_a_group(panel):
    panel.open_picker()
    titles = [panel.picker.list.item(i).text() for i in range(panel.picker.list.count())]
    at = titles.index("Data")
    assert titles[at + 1 :] == [SURFACES[name].title for name in DATA]
    panel.picker.close()


def test_a_rate_is_suggested_without_waiting_for_samples(session):
    gd = OPTIMIZERS["gd"]
    assert suggest(session.experiment, gd) == gd.knobs[0].default


def test_losses_that_come_singly_are_raced_singly_and_undone_at_once(panel, session):
    before = session.experiment
    panel.choose("adam_counterexample")
    assert session.experiment.batch_size == 1
    assert not panel.whole.isVisibleTo(panel)
    panel.rows["batch_size"].value_changed.emit(0)
    assert session.experiment.batch_size == 0
    assert panel.whole.isVisibleTo(panel)
    assert "batch size to 1" in panel.whole.text()
    session.undo_stack.undo()
    assert not panel.whole.isVisibleTo(panel)
    session.undo_stack.undo()
    assert session.experiment == before
    panel.choose("himmelblau")
    assert session.experiment.batch_size == 0
    assert not panel.whole.isVisibleTo(panel)
