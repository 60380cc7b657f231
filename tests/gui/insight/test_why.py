"""The bubble that says why an entrant went the way it went."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog

from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.insight.why_bubble import step_of, written
from optviz.insight import Sentence, table, why


@pytest.fixture
def bowl(make_window):
    """Gradient descent that diverges, and one that does not."""
    window = make_window(
        Experiment(
            surface="ravine", start=(-2.0, 0.5), steps=60,
            entrants=({"optimizer": "gd", "learning_rate": 0.09, "label": "<b>too</b> {fast}"},
                      {"optimizer": "gd", "learning_rate": 0.01}),
        )
    )  # fmt: skip
    window.activateWindow()
    return window


def opened(window, entrant=0):
    window.controls.entrants.cards[entrant].why.click()
    bubble = window.race.explainer.bubble
    assert bubble is not None
    return bubble


def test_it_says_what_was_measured_and_goes_with_escape(bowl, qtbot):
    button = bowl.controls.entrants.cards[0].why
    button.setFocus()
    bubble = opened(bowl)
    assert bubble.isVisible()
    scene = bowl.session.scene
    expected = why(scene.experiment, scene.run, 0, scene.problem)
    assert [step_of(sentence) for sentence in expected] == [row.step for row in bubble.rows]
    for row, sentence in zip(bubble.rows, expected, strict=True):
        assert row.text() == sentence.template.format(**{k: written(v) for k, v in sentence.values.items()})
        assert row.accessibleName() == row.text()
        for value in sentence.values.values():
            assert f">{written(value)}<" in row._strong("x", value)
    assert bubble.verdict.text() == f"diverged at step {scene.lines[0].stopped_at}"
    assert theme.colors().error in bubble.verdict.styleSheet()
    assert bubble.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert bowl.race.explainer.bubble is None
    assert button.hasFocus()


def test_it_lies_beside_the_card_within_the_page(bowl):
    for size in ((1280, 720), (1024, 700)):
        bowl.resize(*size)
        QApplication.processEvents()
        for entrant in (0, 1):
            bubble = opened(bowl, entrant)
            QApplication.processEvents()
            card = bowl.controls.entrants.cards[entrant]
            left = card.mapTo(bowl.race, card.rect().topLeft()).x()
            assert bubble.geometry().right() < left
            assert bowl.race.rect().contains(bubble.geometry())
            bowl.race.explainer.close()


def test_the_key_opens_and_closes_it_for_the_selected(bowl):
    bowl.session.select(1)
    bowl.actions_by_name["why"].trigger()
    assert bowl.race.explainer.entrant == 1
    bowl.actions_by_name["why"].trigger()
    assert bowl.race.explainer.bubble is None


def test_a_sentence_that_names_a_step_goes_there(bowl, qtbot):
    bubble = opened(bowl)
    row = next(row for row in bubble.rows if row.step is not None)
    bowl.playback.seek(33)
    qtbot.keyClick(row, Qt.Key.Key_Return)
    assert bowl.playback.frame == row.step
    assert str(row.step) in row.toolTip()


def test_it_follows_edits_and_ends_with_its_entrant(bowl, qtbot):
    bubble = opened(bowl)
    before = bubble.text
    bowl.session.change_entrant(0, "slower", learning_rate=0.002)
    bowl.session.compute()
    qtbot.waitUntil(lambda: bubble.text != before)
    scene = bowl.session.scene
    sentences = why(scene.experiment, scene.run, 0, scene.problem)
    assert [row.step for row in bubble.rows] == [step_of(sentence) for sentence in sentences]
    assert "diverged" not in bubble.verdict.text()
    bowl.session.set_entrants(bowl.session.experiment.entrants[1:], "remove", 0)
    assert bowl.race.explainer.bubble is None


def test_nothing_is_explained_before_somebody_asks(bowl, monkeypatch):
    monkeypatch.setattr("optviz.insight.why", lambda *given: pytest.fail("nobody asked"))
    bowl.session.change_entrant(0, "slower", learning_rate=0.002)
    bowl.session.compute()
    assert bowl.race.explainer is None


def test_names_stay_what_they_are(bowl):
    bubble = opened(bowl)
    assert bubble.text.startswith("<b>too</b> {fast}: diverged")
    row = bubble.rows[0]
    row.show_sentence(Sentence("Behind {rival} & <i>others</i>, at {k}.", {"rival": "<u>{k}</u>", "k": "7"}))
    assert row._document.toPlainText() == "Behind <u>{k}</u> & <i>others</i>, at 7."
    assert row.step == 7


def test_the_sentences_can_be_copied(bowl):
    bubble = opened(bowl)
    bubble.copy.click()
    assert QGuiApplication.clipboard().text() == bubble.text
    assert len(bubble.text.splitlines()) == 4


def test_every_part_can_be_reached_and_says_what_it_is(bowl):
    bubble = opened(bowl)
    for button in bubble.findChildren(QAbstractButton):
        assert button.accessibleName()
        assert button.toolTip()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert bubble.accessibleDescription() == bubble.text


def test_the_numbers_are_written_to_a_file(bowl, qtbot, monkeypatch, tmp_path):
    target = tmp_path / "numbers"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(target), ""))
    bubble = opened(bowl)
    bubble.numbers.click()
    path = target.with_suffix(".csv")
    qtbot.waitUntil(path.exists)
    scene = bowl.session.scene
    names, numbers = table(scene.experiment, scene.run, 0, scene.problem)
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    assert tuple(header) == names
    read = np.array([[float(cell or "nan") for cell in row] for row in rows])
    np.testing.assert_array_equal(read, numbers)
    qtbot.waitUntil(lambda: bowl.banner.isVisible())
    target = tmp_path / "nowhere" / "numbers.csv"
    bubble.numbers.click()
    qtbot.waitUntil(lambda: "nowhere" in bowl.banner.accessibleName())


def test_numbers_are_written_as_everywhere():
    assert written("7.83e+26") == "7.83×10²⁶"
    assert written("−1e−05") == "−1×10⁻⁵"
    assert written("0.05") == "0.05"
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert written("10000") == f"10{thin}000"
    assert written("1,310") == f"1{thin}310"
    assert written("−12,300") == f"−12{thin}300"
    assert written("999") == "999"
    assert written("Adam e2e") == "Adam e2e"
    assert step_of(Sentence("after {step} steps, at {k}", {"step": "60", "k": "12"})) == 12
    assert step_of(Sentence("since step {since} of {step}", {"step": "60", "since": "40"})) == 40
    assert step_of(Sentence("{k}", {"k": "1e9"})) is None


def test_only_a_race_is_explained(window, qtbot):
    window.show_page("reshape")
    assert not window.actions_by_name["why"].isEnabled()
    qtbot.keyClick(window.page, Qt.Key.Key_W)
    assert "a race" in window.page.banner.text
    assert not window.actions_by_name["export_numbers"].isEnabled()
    window.show_page("race")
    assert window.actions_by_name["why"].isEnabled()
