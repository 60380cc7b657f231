"""The failure gallery in the window: every card with its picture and numbers, by mouse and by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from optviz.experiment import Experiment
from optviz.gallery import FAILURES
from optviz.gui import theme
from optviz.gui.compile_process import kernels_for
from optviz.gui.gallery.dialog import COLUMNS, GalleryDialog

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture(scope="module", autouse=True)
def compiled():
    for failure in FAILURES:
        for kernel in kernels_for(failure.experiment()):
            assert kernel.compiled is not None


@pytest.fixture
def gallery(qtbot):
    made = GalleryDialog()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close_down()


def test_every_card_comes_to_show_its_picture_and_what_came_out(gallery, qtbot):
    assert [card.failure for card in gallery.cards] == list(FAILURES)
    assert all(card.told() == "" for card in gallery.cards)  # nothing is waited for
    qtbot.waitUntil(lambda: all(card.told() for card in gallery.cards), timeout=20_000)
    assert not any(gallery.pictures.trouble(failure.id) for failure in FAILURES)
    for card in gallery.cards:
        outcome = gallery.pictures.outcome(card.failure.id)
        assert outcome.holds
        assert card.told() == outcome.sentence
        assert card.accessibleName() == card.failure.title
        assert card.failure.wrong in card.accessibleDescription()
        assert outcome.sentence in card.accessibleDescription()
        assert card.toolTip()
    names = [name for _, name, _ in gallery.pictures.entrants("adam_at_the_wrong_end")]
    assert names == ["Adam", "AMSGrad"]


def test_pictures_are_kept_and_follow_the_theme(gallery, qtbot, qapp):
    name = FAILURES.ids[0]
    assert gallery.pictures.image(name, 300, 150) is None
    qtbot.waitUntil(lambda: gallery.pictures.outcome(name) is not None, timeout=20_000)
    light = gallery.pictures.image(name, 300, 150)
    assert gallery.pictures.image(name, 300, 150) is light
    assert (light.width(), light.height()) == (300, 150)
    assert light.constBits() != gallery.pictures.image("adagrad_stalls", 300, 150)
    theme.apply_theme(qapp, "dark")
    dark = gallery.pictures.image(name, 300, 150)
    assert dark != light
    qtbot.waitUntil(lambda: all(card.told() for card in gallery.cards), timeout=20_000)


def test_a_card_without_a_file_says_so_and_the_others_come(qtbot, monkeypatch):
    def missing(self):
        if self.id == "adagrad_stalls":
            raise FileNotFoundError("gallery/adagrad_stalls.toml")
        return original(self)

    from optviz.gallery import Failure

    original = Failure.experiment
    monkeypatch.setattr(Failure, "experiment", missing)
    dialog = GalleryDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: all(card.told() for card in dialog.cards), timeout=20_000)
    told = {card.failure.id: card.told() for card in dialog.cards}
    assert "cannot be run: gallery/adagrad_stalls.toml" in told["adagrad_stalls"]
    assert sum("cannot" in text for text in told.values()) == 1
    dialog.close_down()


def test_arrow_keys_go_from_card_to_card_and_the_foot_tells_of_it(gallery):
    gallery.activateWindow()
    QApplication.processEvents()
    cards = gallery.cards
    gallery.setFocus()
    cards[0].setFocus()
    at = 0
    for key, to in (
        (Key.Key_Right, 1),
        (Key.Key_Down, 1 + COLUMNS),
        (Key.Key_Left, COLUMNS),
        (Key.Key_Up, 0),
    ):
        QTest.keyClick(cards[at], key)
        at = to
        assert gallery.focusWidget() is cards[at]
        assert gallery.text.text() == cards[at].failure.text
        assert gallery.source.text() == cards[at].failure.reference
    QTest.keyClick(cards[0], Key.Key_Left)  # there is nothing further
    assert gallery.focusWidget() is cards[0]
    for failure in FAILURES:
        gallery.text.setText(failure.text)
        room = gallery.text.heightForWidth(gallery.width() - 48)
        source = gallery.source.heightForWidth(gallery.width() - 48)
        assert room + source + 24 <= gallery.text.parentWidget().height(), failure.id


def test_the_key_opens_it_and_a_card_opens_its_race_which_can_be_undone(window, qtbot):
    before = window.session.value
    qtbot.keyClick(window.surface, Key.Key_G, Mod.ControlModifier)
    dialog = window._gallery
    assert dialog.isVisible()
    card = next(card for card in dialog.cards if card.failure.id == "momentum_rings")
    card.setFocus()
    QTest.keyClick(card, Key.Key_Return)
    assert not dialog.isVisible()
    assert window.page.name == "race"
    assert window.session.value == FAILURES["momentum_rings"].experiment()
    qtbot.waitUntil(lambda: window.session.scene is not None and window.playback.playing)
    window.session.undo_stack.undo()
    assert window.session.value == before
    window.playback.pause()


def test_a_long_race_is_played_within_seconds_and_what_it_is_about_stays(window, qtbot):
    dialog = window.show_gallery()
    qtbot.waitUntil(lambda: dialog.cards[0].told() != "", timeout=20_000)
    dialog.cards[0].click()
    failure = FAILURES["adam_at_the_wrong_end"]
    experiment, banner = Experiment.load(failure.path), window.page.banner
    qtbot.waitUntil(lambda: window.session.scene is not None and window.playback.playing, timeout=5000)
    assert window.playback.last == experiment.steps
    assert 5.0 < experiment.steps / (60.0 * window.playback.speed) < 15.0
    qtbot.waitUntil(lambda: window.playback.frame > 0, timeout=5000)
    for part in (failure.title, failure.wrong, dialog.cards[0].told()):
        assert part in banner.text
    banner.remedy.click()
    assert failure.text in banner.text
    assert failure.reference in banner.text
    window.playback.pause()
    banner.dismiss.click()
    assert banner.text == ""
    window.documents.open_preset(FAILURES["momentum_rings"].path)  # what comes next is not played so fast
    assert window.playback.speed == 1.0
    assert banner.text == ""
    window.playback.pause()


def test_it_is_under_presets(window):
    menu = window.topbar.presets.menu()
    menu.aboutToShow.emit()
    assert menu.actions()[-1] is window.actions_by_name["gallery"]
    menu.actions()[-1].trigger()
    assert window._gallery.isVisible()
    window._gallery.close()


def test_a_window_that_closes_ends_it(make_window, race, qtbot):
    window = make_window(race)
    dialog = window.show_gallery()
    window.close_unasked()
    assert not dialog.isVisible()


def test_a_start_that_is_dragged_out_of_the_feasible_set_stays_on_its_edge(make_window, qtbot):
    window = make_window(FAILURES["three_losses_mislead_adam"].experiment())
    qtbot.waitUntil(lambda: window.session.scene is not None)
    rect = window.surface.mapping().rect
    window.surface._move_start(QPointF(rect.left() + 2.0, rect.center().y()))
    x, y = window.session.value.start_point
    assert x == -1.0
    assert abs(y) < 0.01
    window.surface._move_start(rect.topRight())
    assert window.session.value.start_point[0] == 1.0
    qtbot.waitUntil(lambda: window.session.scene.start[0] == 1.0)
