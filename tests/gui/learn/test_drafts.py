"""Nothing that is typed into the lesson editor is lost: what cannot be taken is kept, marked and said."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from optviz.camera import Camera
from optviz.experiment import Experiment
from optviz.gui.learn import edits
from optviz.gui.learn.editor.tidy import tidy
from optviz.lesson import Lesson
from optviz.view import View

Key, Mod = Qt.Key, Qt.KeyboardModifier
TYPED = r"Watch $\eta \frac{1}{2$ and **this** and *that*"


@pytest.fixture
def editor(window):
    window.page.edit(True)
    return window.page.editor


def spoil(editor, qtbot, text=TYPED):
    editor.choose(0)
    editor.text.text.setFocus()
    editor.text.text.selectAll()
    qtbot.keyClicks(editor.text.text, text)
    assert editor.text.wrong.isVisible()


def test_done_and_saving_stop_at_a_text_that_is_wrong(window, editor, qtbot, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: asked.append(args) or ("", ""))
    spoil(editor, qtbot)
    editor.choose(3)
    editor.finish.click()
    assert window.session.editing
    assert editor.stack.currentWidget() is editor.text
    assert editor.text.text.hasFocus()
    assert editor.text.text.toPlainText() == TYPED
    assert editor.held_up.isVisible()
    assert "Not done: step 1: text, line 1: " in editor.held_up.text()
    assert "\n" not in editor.held_up.text()
    editor.choose(1)
    window.actions_by_name["save"].trigger()
    assert asked == []  # no file is asked for before it is mended
    assert "Not saved. step 1: text, line 1: " in window.banner.text
    assert editor.stack.currentWidget() is editor.text
    path = tmp_path / "mine.toml"
    assert not window.documents.save_to(path)
    assert not path.exists()
    editor.text.text.setPlainText(TYPED.replace("{2$", "{2}$"))
    assert not window.banner.isVisible()
    assert not editor.held_up.isVisible()
    editor.finish.click()
    assert not window.session.editing
    assert window.documents.save_to(path)
    assert Lesson.load(path).steps[0].text == TYPED.replace("{2$", "{2}$")


def test_the_tab_and_the_step_are_marked_and_the_text_is_there_again(window, editor, qtbot):
    spoil(editor, qtbot)
    assert editor.tabs.button(0).text() == "Text ⚠"
    editor.choose(1)
    assert editor.tabs.button(0).text() == "Text ⚠"
    assert editor.tabs.button(0).accessibleName() == "Text, something is wrong"
    window.session.go(1)
    assert editor.tabs.button(0).text() == "Text"
    assert "⚠" in editor.steps.list.itemText(0)
    editor.choose(0)
    assert editor.text.text.toPlainText().strip() == ""
    assert not editor.text.wrong.isVisible()
    editor.finish.click()  # from another step, too
    assert window.session.index == 0
    assert editor.text.text.toPlainText() == TYPED
    assert editor.text.wrong.isVisible()
    editor.text.text.setPlainText("good")
    assert editor.tabs.button(0).text() == "Text"
    assert "⚠" not in editor.steps.list.itemText(0)


def test_a_draft_goes_with_its_step(window, editor, qtbot):
    session = window.session
    spoil(editor, qtbot)
    edits.move_step(session, 1)
    assert (session.index, editor.text.text.toPlainText()) == (1, TYPED)
    editor.text.title.setFocus()
    qtbot.keyClicks(editor.text.title, "!")  # another field of the step
    assert editor.text.text.toPlainText() == TYPED
    edits.remove_step(session)
    assert not session.drafts.within(session.lesson)
    session.undo_stack.undo()
    assert [one.raw for one in session.drafts.within(session.lesson)] == [TYPED]
    session.go(1)
    edits.duplicate_step(session)
    assert editor.text.text.toPlainText() != TYPED
    assert len(session.drafts.within(session.lesson)) == 1


def test_an_experiment_that_is_wrong_or_not_yet_read_is_kept(window, editor, qtbot):
    session = window.session
    editor.choose(1)
    box = editor.experiment.text
    bad = box.toPlainText().replace("0.02", "-0.02")
    box.setPlainText(bad)
    editor.finish.click()  # before it was read
    assert session.editing
    assert "step 1: experiment" in editor.held_up.text()
    assert "-0.02 is not allowed" in editor.held_up.text()
    session.go(1)
    assert box.toPlainText() != bad
    good = box.toPlainText().replace("steps = 30", "steps = 31")
    box.setPlainText(good)
    session.go(0)  # before it was read
    assert box.toPlainText() == bad
    box.setPlainText(bad.replace("-0.02", "0.03"))
    editor.finish.click()
    assert session.editing
    assert (session.index, box.toPlainText()) == (1, good)
    assert editor.held_up.text().endswith("was not taken yet")
    editor.experiment.take_text()
    editor.finish.click()
    assert not session.editing
    assert session.lesson.steps[0].experiment.entrants[0].learning_rate == 0.03
    assert session.lesson.steps[1].experiment.steps == 31


def test_questions_titles_and_summaries_are_kept(window, editor, qtbot):
    session = window.session
    session.go(5)
    editor.choose(3)
    editor.question.question.setPlainText("Which $?")
    editor.question.explanation.setPlainText("Because it is **so**.")
    session.go(0)
    session.go(5)
    assert editor.question.question.toPlainText() == "Which $?"
    assert editor.question.explanation.toPlainText() == "Because it is **so**."
    editor.finish.click()
    assert editor.question.question.hasFocus()
    editor.question.question.setPlainText("Which?")
    assert session.step.ask.explanation == "Because it is **so**."
    editor.choose(4)
    editor.lesson.title.setFocus()
    editor.lesson.title.selectAll()
    qtbot.keyClick(editor.lesson.title, Key.Key_Delete)
    editor.lesson.summary.setPlainText("a $ b")
    session.go(0)
    assert editor.lesson.title.text() == ""
    assert editor.lesson.summary.toPlainText() == "a $ b"
    assert editor.tabs.button(4).text() == "Lesson ⚠"
    editor.finish.click()
    assert editor.stack.currentWidget() is editor.lesson
    editor.lesson.summary.setPlainText("a")
    editor.lesson.title.setText("")
    qtbot.keyClicks(editor.lesson.title, "Mine")
    editor.finish.click()
    assert not session.editing
    assert (session.lesson.title, session.lesson.summary) == ("Mine", "a")


def test_numbers_are_kept(window, editor, qtbot):
    session = window.session
    editor.choose(2)
    form = editor.show_form

    def type_in(box, text):
        box.setFocus()
        box.lineEdit().selectAll()
        qtbot.keyClicks(box.lineEdit(), text)

    type_in(form.last, "99")
    editor.finish.setFocus()
    assert form.last.raw == "99"
    assert editor.tabs.button(2).text() == "Playing ⚠"
    session.go(1)
    assert form.last.raw != "99"
    assert not form.wrong.isVisible()
    session.go(0)
    assert form.last.raw == "99"
    assert "99 is not allowed" in form.wrong.text()
    editor.finish.click()
    assert session.editing
    type_in(form.last, "25")
    editor.finish.setFocus()
    assert session.step.frames == (2, 25)
    type_in(form.first, "28")  # allowed, but not with the other
    editor.finish.setFocus()
    assert (form.first.raw, session.step.frames) == ("28", (2, 25))
    type_in(form.last, "29")
    editor.finish.setFocus()
    assert session.step.frames == (28, 29)
    session.go(1)
    type_in(form.moves.rows[0].end, "abc")
    editor.finish.click()
    assert session.editing
    assert form.moves.rows[0].end.raw == "abc"
    assert editor.held_up.text().startswith("⚠ Not done: step 2, moves: ")
    type_in(form.moves.rows[0].end, "0.05")
    editor.finish.click()
    assert not session.editing
    assert session.lesson.steps[1].moves[0].end == 0.05


def test_closing_asks_about_what_is_not_in_the_lesson_yet(window, editor, qtbot, monkeypatch, tmp_path):
    session = window.session
    session.save(tmp_path / "mine.toml")
    assert not session.unsaved
    spoil(editor, qtbot, "$")
    session.undo_stack.setClean()
    assert session.unsaved
    answers = [QMessageBox.StandardButton.Save, QMessageBox.StandardButton.Discard]
    monkeypatch.setattr(type(window.documents), "ask_unsaved", lambda self: answers.pop(0))
    assert not window.documents.may_leave()
    assert editor.text.text.toPlainText() == "$"
    assert window.documents.may_leave()


def test_opening_another_lesson_and_coming_back(window, editor, qtbot, lesson):
    session = window.session
    spoil(editor, qtbot)
    session.open(Lesson("Other", lesson.steps[:1]), None)
    assert not session.drafts.within(session.lesson)
    assert editor.text.text.toPlainText() != TYPED
    session.undo_stack.undo()
    assert editor.text.text.toPlainText() == TYPED


def test_what_the_camera_says_has_no_digits_nobody_sees(window, editor):
    view = View(kind="surface3d", camera=Camera(-11.950078003120126, 33.333333, 1.23456789, (0.123456, 0.0)))
    taken = window.session.step.experiment.replace(view=view)
    editor.take(taken)
    text = editor.experiment.text.toPlainText()
    assert "azimuth = -12.0" in text or "azimuth = -11.9" in text or "azimuth = -12" in text
    assert "elevation = 33.3" in text
    assert "zoom = 1.23" in text
    assert "011950" not in text
    assert max(map(len, text.splitlines())) < 60
    plain = Experiment.loads("surface = 'ellipse'\n[[entrants]]\noptimizer = 'gd'")
    assert tidy(plain) is plain


def test_the_experiment_wraps(window, editor):
    editor.choose(1)
    box = editor.experiment.text
    box.setPlainText("title = '" + "long " * 80 + "'")
    assert box.horizontalScrollBar().maximum() == 0
