"""The clicker's keys on the Learn page work whatever has the keyboard; and what a small picture shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

Key = Qt.Key


def press(qtbot, window, key):
    """Press a key where the keyboard is, or in the window where it is nowhere."""
    qtbot.keyClick(QApplication.focusWidget() or window, key)


def test_page_keys_work_after_a_question_was_touched(window, qtbot):
    session, question = window.session, window.page.column.question
    session.go(3)
    question.options.rows[0].setFocus()
    qtbot.keyClick(question.options.rows[0], Key.Key_Return)
    session.go(4)  # the row is gone
    assert window.page.column.next.hasFocus()
    press(qtbot, window, Key.Key_PageDown)
    assert session.index == 5
    question.options.rows[1].setFocus()
    press(qtbot, window, Key.Key_PageUp)
    assert session.index == 4
    assert QApplication.focusWidget() is window.page.column.next
    QApplication.focusWidget().clearFocus()
    press(qtbot, window, Key.Key_PageUp)
    assert session.index == 3


def test_page_keys_work_on_sliders(window, qtbot):
    session, page = window.session, window.page
    session.go(4)
    slider = page.column.question.rate.slider
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_PageUp)
    assert session.index == 3
    assert session.given is None
    page.transport.slider.setFocus()
    qtbot.keyClick(page.transport.slider, Key.Key_PageUp)
    assert session.index == 2
    page.transport.slider.setFocus()
    qtbot.keyClick(page.transport.slider, Key.Key_PageUp)
    page.column.motion.slider.setFocus()
    qtbot.keyClick(page.column.motion.slider, Key.Key_PageDown)
    assert session.index == 2


def test_page_keys_stay_in_a_text_and_turn_no_other_page(window, qtbot):
    window.page.edit(True)
    box = window.page.editor.text.text
    box.setFocus()
    qtbot.keyClick(box, Key.Key_PageDown)
    assert window.session.index == 0
    window.page.edit(False)
    session = window.session
    window.show_page("race")
    qtbot.keyClick(window, Key.Key_PageDown)
    assert session.index == 0


def test_the_answer_has_the_keyboard_going_on(window, qtbot):
    session, question = window.session, window.page.column.question
    session.go(5)
    question.options.rows[0].setFocus()
    question.options.rows[0].click()
    session.reveal()  # a clicker, or the presenter
    qtbot.waitUntil(lambda: 5 in session.outcomes, timeout=20_000)
    assert window.page.column.next.hasFocus()


def test_the_learning_rate_is_not_set_to_the_answer_and_nobody_has_to_guess(window, qtbot):
    session, question = window.session, window.page.column.question
    session.go(4)
    assert question.rate.slider.knob_value == 0.01  # the low end; the answer is 0.1
    assert question.rate.number.value == 0.01
    assert session.given is None
    assert question.reveal.isEnabled()
    question.reveal.click()
    qtbot.waitUntil(lambda: 4 in session.outcomes, timeout=20_000)
    assert session.outcome.score is None


def test_the_picture_and_the_transport_count_alike(window, qtbot):
    session, transport = window.session, window.page.transport
    qtbot.waitUntil(lambda: not window.playback.playing, timeout=5000)
    assert transport.counter.text() == "step 20 of 30"  # it plays to 20 only
    assert session.scene.last == 30
    session.go(2)
    assert session.asking
    assert window.playback.last == 0
    assert transport.counter.text() == "step 0 of 30"


def stage(window):
    picture = window.page.picture
    return picture._stage_of(picture.scene)


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_type_is_read_from_a_screen_away(window, qtbot, size):
    window.resize(*size)
    window.page.picture.repaint()
    metrics = stage(window).metrics
    ratio = window.page.picture.devicePixelRatioF()
    assert metrics.small >= 12 * ratio
    assert metrics.small <= 20 * ratio
    window.session.go(6)  # a comparison
    window.page.picture.repaint()
    assert stage(window).metrics.small >= 12 * ratio


def test_the_surface_takes_the_room_of_plots_that_are_not_there(window, qtbot):
    session, picture = window.session, window.page.picture
    whole = picture.width()
    with_plots = stage(window).layout(picture.scene)
    assert with_plots.plots
    assert with_plots.surface.width() < 0.7 * whole
    session.go(3)
    place = stage(window).layout(picture.scene)
    assert place.plots == ()
    assert place.surface.width() > 0.95 * whole
    assert place.surface.height() > 0.6 * picture.height()
    assert place.rows == 2
    assert place.legend.top() >= place.scale.bottom()
    assert place.legend.bottom() <= picture.height()


@pytest.mark.parametrize(("index", "said"), [(4, 8), (5, 2), (5, 60)])
def test_what_was_found_is_seen_before_what_was_asked(window, qtbot, index, said):
    session, column = window.session, window.page.column
    step = session.lesson.steps[index]
    ask = replace(step.ask, explanation="It shrinks as long as\n\n$x < 2$\n\n" + "because of this. " * 20)
    long = step.replace(text="Much is said before. " * said, ask=ask)
    session.change("long", steps=(*session.lesson.steps[:index], long, *session.lesson.steps[index + 1 :]))
    session.go(index)
    qtbot.wait(10)
    session.predict(ask.options[0] if ask.options else 0.3)
    session.reveal()
    qtbot.waitUntil(lambda: index in session.outcomes, timeout=20_000)
    qtbot.wait(10)
    for part in (column.question.result, column.question.explanation):
        top = part.mapTo(column.area.viewport(), part.rect().topLeft()).y()
        assert top >= 0
        assert top + part.height() <= column.area.viewport().height()
