"""The form of a training, what is different for one entrant, and the network's diagram."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from train_fakes import SMALL

from optviz.gui.playback import Playback
from optviz.gui.train import session as train_session
from optviz.gui.train.controls.changes import ChangesForm
from optviz.gui.train.controls.column import TrainColumn
from optviz.gui.train.controls.rows import ChoiceRow, SizesRow
from optviz.gui.train.session import TrainSession
from optviz.training.network.architecture import parameter_count
from optviz.training.setting import CHOICES, KNOBS, MODEL_CHOICES, MODEL_KNOBS, Training


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(train_session, "here", lambda dataset, folder="": True)
    return TrainSession(SMALL)


@pytest.fixture
def column(session, qtbot):
    column = TrainColumn(session, Playback())
    column.resize(380, 900)
    qtbot.addWidget(column)
    column.show()
    qtbot.waitExposed(column)
    return column


@pytest.fixture
def form(column):
    return column.form


def type_in(qtbot, field, text):
    field.setFocus()
    QApplication.processEvents()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_the_form_has_everything_of_a_training_but_its_entrants(form):
    declared = {*CHOICES, *KNOBS, *MODEL_CHOICES, *MODEL_KNOBS}
    assert set(form.rows) == declared | {"hidden", "channels", "l1", "l2", "data_dir", "title"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 7), ("batch_size", 33), ("train_limit", 500), ("seed", 12), ("threads", 2),
        ("dropout", 0.25), ("l1", 0.001), ("l2", 0.01),
    ],
)  # fmt: skip
def test_a_number_is_set_and_undone(session, form, name, value):
    before = form._value(session.training, name)
    form.rows[name].value_changed.emit(float(value))
    assert form._value(session.training, name) == value
    assert type(form._value(session.training, name)) is type(value)
    assert form.rows[name].number.value == value
    session.undo_stack.undo()
    assert form._value(session.training, name) == before
    assert session.training.replace(view=SMALL.view) == SMALL


@pytest.mark.parametrize("choice", [*CHOICES.values(), *MODEL_CHOICES.values()], ids=lambda one: one.name)
def test_every_option_can_be_chosen(session, form, choice):
    row = form.rows[choice.name]
    assert isinstance(row, ChoiceRow)
    for option in choice.options:
        row.chosen.emit(option)
        assert form._value(session.training, choice.name) == option
        shown = row.part.isChecked() if option in (True, False) else choice.options[row.part.currentIndex()]
        assert shown == option
        assert session.undo_stack.undoText() or session.training == SMALL


def test_moving_a_slider_is_one_step_of_the_history(session, form):
    row = form.rows["epochs"]
    for value in (3, 4, 5, 6):
        row.slider.value_moved.emit(value)
    row.slider.drag_ended.emit()
    row.slider.value_moved.emit(9)
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert session.training.epochs == 6
    assert session.undo_stack.undoText() == "epochs 6"


def test_layer_sizes_are_typed_as_numbers(session, form, qtbot):
    row = form.rows["hidden"]
    assert isinstance(row, SizesRow)
    for text, sizes in (("64, 32", (64, 32)), ("[100]", (100,)), ("8;9 10", (8, 9, 10)), ("[ ]", ())):
        type_in(qtbot, row.field, text)
        assert session.training.model.hidden == sizes


@pytest.mark.parametrize("text", ["a lot", "1.5", "-3", "0", "5000", "1" * 7, "3,,x"])
def test_sizes_that_are_none_are_refused_below_the_row(session, form, qtbot, text):
    before = session.training
    row = form.rows["hidden"]
    type_in(qtbot, row.field, text)
    assert session.training == before
    assert form.wrong.isVisible()
    assert form._column.indexOf(form.wrong) == form._column.indexOf(row) + 1
    assert row.field.text() == "16"  # what counts is shown again
    form.rows["epochs"].value_changed.emit(4.0)
    assert not form.wrong.isVisible()


def test_what_cannot_go_together_is_said_and_changes_nothing(session, form):
    form.rows["kind"].chosen.emit("transformer")
    before = session.training
    form.rows["heads"].value_changed.emit(5.0)
    assert session.training == before
    assert "multiple of heads" in form.wrong.text()
    assert form.rows["heads"].number.value == before.model.heads


def test_the_form_shows_what_the_kind_of_network_has(form):
    shown = {}
    for kind in MODEL_CHOICES["kind"].options:
        form.rows["kind"].chosen.emit(kind)
        shown[kind] = {name for name in ("channels", "width", "heads") if form.rows[name].isVisible()}
    assert shown == {"mlp": set(), "cnn": {"channels"}, "lstm": set(), "transformer": {"width", "heads"}}
    assert form.rows["hidden"].label.text() == "feed-forward"


def test_another_data_set_never_leaves_a_training_that_cannot_be(session, form):
    form.rows["dataset"].chosen.emit("mnist")
    form.rows["train_limit"].value_changed.emit(30_000.0)
    form.rows["batch_size"].value_changed.emit(5_000.0)
    session.change_entrant(0, "own", changes=type(session.training.entrants[0].changes)(batch_size=4_000))
    form.rows["dataset"].chosen.emit("digits")
    training = session.training
    assert (training.dataset, training.train_limit) == ("digits", 0)
    assert training.batch_size == 1_437
    assert training.resolved_entrants[0].batch_size == 1_437
    assert form.rows["train_limit"].number.knob.maximum == 1_437
    session.undo_stack.undo()
    assert session.training.batch_size == 5_000


@pytest.mark.parametrize("kind", MODEL_CHOICES["kind"].options)
def test_the_diagram_counts_the_parameters(session, form, kind):
    form.rows["kind"].chosen.emit(kind)
    assert form.network.parameters == parameter_count(session.training.model, (8, 8))
    assert f"{form.network.parameters:,}" in form.network.accessibleDescription()


def test_newton_is_not_offered_and_says_why(column):
    entrants = column.entrants
    assert "newton" not in [pick.id for pick in entrants.picks()]
    assert len(entrants.picks()) == 21
    assert "Newton" in entrants.add.toolTip()
    assert "Hessian" in entrants.add.toolTip()


def test_an_optimizer_is_added_with_a_rate_that_trains(session, column):
    column.entrants.add_optimizer("momentum")
    added = session.training.entrants[-1]
    assert (added.optimizer, added.learning_rate) == ("momentum", 0.05)
    assert len(column.entrants.cards) == 3
    for _ in range(20):
        column.entrants.add_optimizer("adam")
    assert len(session.training.entrants) == 16
    assert not column.entrants.add.isEnabled()


def test_what_differs_for_one_entrant(session, column):
    card = column.entrants.cards[1]
    card.set_expanded(True)
    changes: ChangesForm = card.details.changes
    assert changes.choices["activation"].box.currentText() == "as all: ReLU"
    assert not changes.resets["batch_size"].isVisible()
    changes.rows["batch_size"].value_changed.emit(50.0)
    changes.choices["batch_norm"].chosen.emit(True)
    changes.choices["activation"].chosen.emit("tanh")
    changes.rows["dropout"].value_changed.emit(0.5)
    changes.rows["l2"].value_changed.emit(0.01)
    first, second = session.training.resolved_entrants
    assert (second.batch_size, second.model.batch_norm, second.model.activation) == (50, True, "tanh")
    assert (second.model.dropout, second.penalty.l2) == (0.5, 0.01)
    assert (first.batch_size, first.model, first.penalty.l2) == (100, SMALL.model, 0.0)
    assert changes.resets["batch_size"].isVisible()
    # What is as all follows all; what is one's own does not.
    session.change("batch", batch_size=40)
    assert [one.batch_size for one in session.training.resolved_entrants] == [40, 50]
    changes.resets["batch_size"].click()
    assert [one.batch_size for one in session.training.resolved_entrants] == [40, 40]
    assert changes.rows["batch_size"].number.value == 40
    assert Training.loads(session.training.dumps()) == session.training
    for _ in range(7):
        session.undo_stack.undo()
    assert session.training.replace(view=SMALL.view) == SMALL


def test_one_entrant_may_have_another_kind_of_network(session, column, qtbot):
    card = column.entrants.cards[1]
    card.set_expanded(True)
    changes: ChangesForm = card.details.changes
    own = lambda: session.training.resolved_entrants[1].model  # noqa: E731
    assert changes.choices["kind"].box.currentText() == "as all: MLP, dense layers"
    seen = {}
    for kind in MODEL_CHOICES["kind"].options:
        changes.choices["kind"].chosen.emit(kind)
        assert own().kind == kind
        parts = {"channels": changes.sizes["channels"], **changes.rows}
        seen[kind] = {name for name in ("channels", "width", "heads") if parts[name].isVisibleTo(changes)}
    assert seen == {"mlp": set(), "cnn": {"channels"}, "lstm": set(), "transformer": {"width", "heads"}}
    assert changes.sizes["hidden"].label.text() == "feed-forward"
    changes.rows["heads"].value_changed.emit(2.0)
    changes.rows["width"].value_changed.emit(32.0)
    changes.sizes["hidden"].sizes_typed.emit((24, 12))
    assert (own().heads, own().width, own().hidden) == (2, 32, (24, 12))
    assert changes.sizes["hidden"].field.text() == "24, 12"
    assert session.training.model == SMALL.model
    changes.sizes["hidden"].typed.emit("a lot")
    assert "a lot" in changes.wrong.text()
    assert changes.wrong.isVisibleTo(changes)
    changes.resets["hidden"].click()
    assert own().hidden == SMALL.model.hidden
    assert not changes.wrong.isVisibleTo(changes)
    assert not changes.resets["hidden"].isVisibleTo(changes)


def test_all_images_are_the_right_end_of_their_slider(session, form):
    row = form.rows["train_limit"]
    assert session.training.train_limit == 0
    assert row.slider.value() == row.slider.maximum()
    assert row.number.text() == "all"
    row.slider.value_moved.emit(500.0)
    assert session.training.train_limit == 500
    assert 0 < row.slider.value() < row.slider.maximum()
    row.slider.value_moved.emit(row.slider.map.value(0.0))
    assert session.training.train_limit == 100
    row.slider.value_moved.emit(row.slider.map.value(1.0))
    assert session.training.train_limit == 0
    form.rows["dataset"].chosen.emit("mnist")
    assert row.slider.value() == row.slider.maximum()
    assert row.slider.map.value(0.0) == 100


def test_words_in_place_of_numbers_are_whole_and_titles_begin_at_their_beginning(session, form):
    box = form.rows["threads"].number
    assert box.text() == "all but one"
    assert box.fontMetrics().horizontalAdvance(box.text()) + 24 <= box.width()
    session.change("title", title="A title that is far too long for the little room that it has in the form")
    assert form.rows["title"].field.cursorPosition() == 0


def test_a_schedule_is_drawn_over_the_steps_the_entrant_takes(session, column):
    session.change_entrant(1, "own", changes=type(session.training.entrants[0].changes)(batch_size=50))
    card = column.entrants.cards[1]
    card.set_expanded(True)
    card.details.schedule._chosen(4)
    assert len(card.details.schedule.curve._rates) == session.training.steps_of(1) == 58


def test_locked_details_stay_locked_when_a_card_opens(session, column):
    session.state = "training"
    session.state_changed.emit("training")
    card = column.entrants.cards[0]
    card.set_expanded(True)
    assert not card.details.changes.isEnabled()
    assert not card.details.rows["beta1"].isEnabled()
    assert card.eye.isEnabled()  # looking is free
    column.entrants._act("remove", 0)
    assert len(session.training.entrants) == 2
    session.state = "ready"
    session.state_changed.emit("ready")
    assert card.details.changes.isEnabled()
