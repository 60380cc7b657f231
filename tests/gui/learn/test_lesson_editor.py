"""Writing a lesson: each form changes it, says what is wrong at once, and leaves what was there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from optviz.gui.learn import edits
from optviz.gui.learn.editor.move_rows import movable, proposed
from optviz.lesson import Lesson, Move, StepByStep

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def editor(window):
    window.page.edit(True)
    return window.page.editor


def test_nothing_is_asked_while_it_is_written(window, editor):
    window.session.go(2)
    assert not window.session.asking
    assert window.playback.last == 30
    editor.finish.click()
    assert window.session.asking


def test_text_is_taken_while_it_is_typed_and_seen_as_it_will_look(window, editor, qtbot):
    form = editor.text
    form.text.setFocus()
    form.text.selectAll()
    qtbot.keyClicks(form.text, "A **bold** word")
    assert window.session.step.text == "A **bold** word"
    assert form.preview.accessibleName() == "A bold word"
    qtbot.keyClicks(form.text, " **x")
    assert form.wrong.isVisible()
    assert "does not end" in form.wrong.text()
    assert window.session.step.text == "A **bold** word *"[:15]  # what was there stays
    qtbot.keyClicks(form.text, "**")
    assert not form.wrong.isVisible()
    assert window.session.step.text == "A **bold** word **x**"
    window.session.undo_stack.undo()  # all the typing is one step
    assert window.session.step.text == r"Some **text** with $\eta$."
    assert form.text.toPlainText() == r"Some **text** with $\eta$."


def test_an_experiment_is_checked_while_it_is_typed(window, editor, qtbot):
    editor.choose(1)
    form = editor.experiment
    text = form.text.toPlainText()
    assert 'surface = "ellipse"' in text
    form.text.setPlainText(text.replace("0.02", "-0.02"))
    qtbot.waitUntil(lambda: form.wrong.isVisible(), timeout=3000)
    assert "learning_rate: -0.02 is not allowed" in form.wrong.text()
    assert window.session.step.experiment.entrants[0].learning_rate == 0.02
    form.text.setPlainText(text.replace("0.02", "0.03"))
    qtbot.waitUntil(lambda: not form.wrong.isVisible(), timeout=3000)
    assert window.session.step.experiment.entrants[0].learning_rate == 0.03
    assert "0.03" in form.text.toPlainText()


def test_an_experiment_is_taken_from_another_page(window, editor, qtbot):
    editor.choose(1)
    editor.experiment.from_race.click()
    assert "nothing on the page Race" in window.banner.text
    race = window.show_page("race").session
    wanted = race.value
    window.show_page("learn")
    editor.experiment.from_race.click()
    assert window.session.step.experiment == wanted


def test_playing_what_is_taken_apart_and_what_moves(window, editor):
    editor.choose(2)
    form, session = editor.show_form, window.session
    assert form.cut.isChecked()
    form.cut.click()
    assert session.step.frames is None
    form.play.setCurrentIndex(2)
    form.play.activated.emit(2)
    assert session.step.play is False
    form.apart.click()
    assert session.step.step_by_step == StepByStep(0, 0)
    form.apart.click()
    assert session.step.step_by_step is None
    assert session.step.experiment.view.step_by_step is None
    form.moves.add.click()
    assert [move.knob for move in session.step.moves] == ["entrants.0.learning_rate"]
    row = form.moves.rows[0]
    row.end.set_value(0.5)
    row.changed.emit()
    assert session.step.moves[0].end == 0.5
    assert session.step.experiment.entrants[0].learning_rate == 0.5
    row.remove.click()
    assert session.step.moves == ()
    form.moves.changed.emit((Move("noise", -1.0, 1.0),))
    assert "-1.0 is not allowed" in form.wrong.text()
    assert session.step.moves == ()


def test_everything_that_may_move_can(lesson):
    for step in lesson.steps:
        for path in movable(step.experiment):
            moved = step.replace(moves=(proposed(step.experiment, path),), frames=None)
            assert moved.seconds == 3.0, path


def test_a_question_is_asked_by_a_form(window, editor, qtbot):
    editor.choose(3)
    form, session = editor.question, window.session
    assert not form.question.isVisible()
    form.kind.setCurrentIndex(2)
    form.kind.activated.emit(2)
    assert session.step.ask is not None
    assert session.step.ask.kind == "winner"
    form.question.setPlainText("Who?")
    assert session.step.ask.question == "Who?"
    form.question.setPlainText("Who $?")
    assert "starts with $" in form.wrong.text()
    assert session.step.ask.question == "Who?"
    form.question.setPlainText("Who?")
    form.kind.activated.emit(4)
    assert session.step.ask.options == ("this", "that")
    form.options.setPlainText("one\ntwo\nthree")
    assert session.step.ask.options == ("one", "two", "three")
    form.answer.setCurrentIndex(2)
    form.answer.activated.emit(2)
    assert session.step.ask.answer == "three"
    form.kind.activated.emit(0)
    assert session.step.ask is None


def test_the_answer_is_told_while_a_question_is_written(window, editor, qtbot):
    session, form = window.session, editor.question
    window.session.go(4)
    assert form.answer_told.text() == ""  # nobody looks: nothing is computed
    editor.choose(3)
    told = form.answer_told

    def shows(*texts):
        qtbot.waitUntil(lambda: all(text in told.text() for text in texts), timeout=20_000)

    shows("still converges is 0.1.")
    assert not told.text().startswith("⚠")
    edits.change_step(session, "range", ask=replace(session.step.ask, range=(0.5, 1.0)))
    shows("⚠", "0.1", "outside of what was offered, 0.5 to 1")
    slope = session.step.experiment.replace(formula="x + y", start=(0.0, 0.0))
    edits.change_step(session, "slope", experiment=slope)
    shows("⚠ There is no answer: ")
    form.kind.activated.emit(0)
    assert not told.isVisible()


def test_steps_are_added_moved_and_removed(window, editor):
    steps, session = editor.steps, window.session
    steps.add.click()
    assert (session.index, session.step.title) == (1, "Next step")
    steps.up.click()
    assert session.index == 0
    assert not steps.up.isEnabled()
    steps.remove.click()
    assert session.step.title == "It plays"
    assert steps.list.count() == 7
    steps.list.activated.emit(3)
    assert session.index == 3
    assert editor.text.title.text() == "Who"


def test_a_new_lesson_is_written_and_saved(window, qtbot, tmp_path, monkeypatch):
    window.page.library.new_asked.emit()
    editor = window.page.editor
    assert window.session.unsaved
    assert len(window.session.lesson.steps) == 1
    editor.choose(4)
    editor.lesson.title.setFocus()
    editor.lesson.title.selectAll()
    qtbot.keyClicks(editor.lesson.title, "My lesson")
    path = tmp_path / "mine.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    window.actions_by_name["save"].trigger()
    assert Lesson.load(path).title == "My lesson"
    assert not window.session.unsaved
    editor.lesson.title.selectAll()
    qtbot.keyClick(editor.lesson.title, Key.Key_Delete)
    assert "must say something" in editor.lesson.wrong.text()
    assert window.session.lesson.title == "My lesson"
