"""The end of a lesson, what is remembered of it, and the list of lessons with the one that is open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from optviz.gui.learn.page import LearnPage
from optviz.gui.learn.records import Record, Records
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow

Key = Qt.Key


def reveal(window, qtbot, given):
    index = window.session.index
    window.session.predict(given)
    window.session.reveal()
    qtbot.waitUntil(lambda: index in window.session.outcomes, timeout=20_000)


def test_the_last_step_goes_on_to_the_score(window, qtbot):
    session, page = window.session, window.page
    session.go(3)
    reveal(window, qtbot, 1)
    session.go(5)
    reveal(window, qtbot, None)
    session.go(6)
    assert page.column.next.text() == "Finish"
    page.column.next.setFocus()
    page.column.next.click()
    ending = page.ending
    assert ending.isVisible()
    assert ending.again.hasFocus()
    assert "Short lesson" in ending.title.accessibleName()
    assert ending.total.accessibleName() == "1 of 4 points"
    said = [row.accessibleName() for row in ending.rows]
    assert [line.split("\n")[0] for line in said] == [
        "Step 3: not answered", "Step 4: 1 of 1 point", "Step 5: not answered", "Step 6: no prediction",
    ]  # fmt: skip
    qtbot.keyClick(window, Key.Key_PageDown)
    assert ending.isVisible()
    qtbot.keyClick(window, Key.Key_PageUp)
    assert page.column.isVisible()
    assert session.index == 6
    qtbot.keyClick(window, Key.Key_PageDown)
    ending.again.click()
    assert (session.index, session.outcomes, session.finished) == (0, {}, False)
    assert page.column.isVisible()
    session.go(6)
    page.column.next.click()
    ending.home.click()
    assert page.library.isVisible()
    page.library.go_on.click()
    assert session.finished
    assert ending.isVisible()


def test_the_open_lesson_has_a_card_and_the_list_a_title_of_its_own(window, qtbot, tmp_path):
    session, library = window.session, window.page.library
    session.save(tmp_path / "mine.toml")
    session.go(2)
    session.change("title", title="Mine")
    window.page.column.home.click()
    assert window.topbar.title.toolTip() == "Lessons"
    assert window.windowTitle() == "Lessons[*] – optviz"
    assert not window.isWindowModified()
    assert library.go_on.isVisible()
    assert library.go_on.text() == "Go on with “Mine”"
    said = library.go_on.accessibleDescription()
    assert "step 3 of 7" in said
    assert "mine.toml" in said
    assert "not saved" in said
    assert session.name == "Mine"  # what saving asks about
    library.go_on.click()
    assert not library.isVisible()
    assert window.isWindowModified()


def test_nothing_is_gone_on_with_before_a_lesson_was_chosen(qtbot, lesson):
    made = MainWindow(LearnPage.first_session(), Memory(), warm=False)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    library = made.page.library
    assert not library.go_on.isVisible()
    made.page.show_of()  # the first one is presented
    assert not made.session.home
    assert made.session.chosen
    made.close_unasked()
    made.deleteLater()


def test_a_card_says_how_far_one_was_also_at_the_next_start(window, qtbot):
    library = window.page.library
    window.page.column.home.click()
    card = library.cards[1]
    assert card.record is None
    card.click()
    window.session.go(2)
    window.page.column.home.click()
    assert card.told(card.record) == f"step 3 of {len(card.lesson.steps)}"
    assert library.cards[0].record is None
    memory = Memory()
    window.page.save_state(memory)
    again = Records()
    again.restore(memory)
    assert again.known[card.lesson.title] == Record(3)
    card.show_record(Record(9, 1.5, 2, True))
    assert card.told(card.record) == f"finished; 1.5 of {card.lesson.asks} points"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '{"a": 3}',
        '{"a": {"reached": -1}}',
        '{"a": {"reached": 1, "points": "x"}}',
        "[" * 9999,
    ],
)
def test_what_is_remembered_wrongly_is_forgotten(text, qapp):
    memory = Memory()
    memory.set("learn/records", text)
    records = Records()
    records.restore(memory)
    assert records.known == {}
