"""Step by step in the window: opened by key and by card, told part by part, closed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from optviz.experiment import Experiment
from optviz.gui import motion
from optviz.gui.anatomy import narrator as narration
from optviz.gui.anatomy.view import AnatomyView
from optviz.gui.window import MainWindow
from optviz.render.anatomy import looks
from optviz.render.style import theme


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves by itself unless a test says so."""
    monkeypatch.setattr(motion, "reduced", lambda: True)


def opened(window: MainWindow, qtbot: QtBot, entrant: int = 1, frame: int = 3) -> AnatomyView:
    window.playback.seek(frame)
    window.session.select(entrant)
    window.actions_by_name["step_by_step"].trigger()
    qtbot.waitUntil(lambda: window.session.scene.experiment.view.step_by_step == entrant)
    view = window.race.beside.anatomy
    assert view is not None
    return view


def test_key_opens_it_in_place_of_the_curves_and_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    assert window.plots.isVisible()
    window.session.select(1)
    qtbot.keyClick(window, Qt.Key.Key_S)
    view = window.race.beside.anatomy
    assert view is not None
    assert view.isVisible()
    assert not window.plots.isVisible()
    assert window.session.experiment.view.step_by_step == 1
    assert not window.session.unsaved  # looking is no edit
    assert view.canvas.hasFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert window.plots.isVisible()
    assert not view.isVisible()
    assert window.session.experiment.view.step_by_step is None
    assert window.plots.canvas.hasFocus()


def test_it_gets_most_of_the_column_and_gives_it_back(window: MainWindow, qtbot: QtBot) -> None:
    splitter = window.race._plots_beside
    before = splitter.sizes()
    view = opened(window, qtbot)
    assert splitter.sizes()[1] > 0.6 * sum(before)
    view.close_button.click()
    assert splitter.sizes() == before


def test_card_offers_it_for_its_entrant_on_the_race_page_alone(window: MainWindow, qtbot: QtBot) -> None:
    card = window.controls.entrants.cards[1]
    card.set_expanded(True)
    button = card.details.buttons["step_by_step"]  # type: ignore[union-attr]
    assert button.isVisible()
    button.click()
    assert window.session.experiment.view.step_by_step == 1
    button.click()
    assert window.session.experiment.view.step_by_step is None
    window.show_page("reshape")
    assert not window.actions_by_name["step_by_step"].isEnabled()
    cards = window.page.controls.entrants.cards  # type: ignore[attr-defined]
    cards[0].set_expanded(True)
    assert not cards[0].details.buttons["step_by_step"].isVisible()
    window.show_page("race")
    assert window.actions_by_name["step_by_step"].isEnabled()


def test_buttons_and_keys_tell_part_by_part_and_step_by_step(window: MainWindow, qtbot: QtBot) -> None:
    view = opened(window, qtbot)
    narrator = view.narrator
    names = ["gradient", "memory", "bias_correction", "scaling"]
    assert [part.name for part in narrator.anatomy.parts] == names  # type: ignore[union-attr]
    assert (narrator.told, narrator.count) == (1, 5)
    assert not view.previous.isEnabled()
    view.next.click()
    assert narrator.told == 2
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    assert narrator.told == 3
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    assert narrator.told == 2
    view.previous.click()
    assert narrator.told == 1
    for _ in range(4):
        view.next.click()
    assert narrator.told == 5
    assert window.playback.frame == 3
    view.next.click()
    assert (window.playback.frame, narrator.told) == (4, 1)
    view.step.click()
    assert (window.playback.frame, narrator.told) == (5, 1)
    qtbot.keyClick(view.canvas, Qt.Key.Key_PageDown)
    assert (window.playback.frame, narrator.told) == (6, 1)
    assert view.said.text() == "1 of 5"


def test_narration_goes_on_by_its_clock_to_the_next_step_until_it_is_stopped(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert narration.PART == 2000
    monkeypatch.setattr(narration, "PART", 30)
    monkeypatch.setattr(narration, "_FASTEST", 20)
    view = opened(window, qtbot)
    told: list[tuple[int, int]] = []
    view.narrator.changed.connect(lambda: told.append((window.playback.frame, view.narrator.told)))
    view.play.click()
    assert view.narrator.playing
    assert view.play.accessibleName() == "Pause narration"
    qtbot.waitUntil(lambda: window.playback.frame == 4 and view.narrator.told >= 2, timeout=5000)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert not view.narrator.playing
    seen = list(dict.fromkeys(told))
    assert seen[:6] == [(3, 2), (3, 3), (3, 4), (3, 5), (4, 1), (4, 2)]


def test_narration_ends_with_the_last_step(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narration, "PART", 20)
    monkeypatch.setattr(narration, "_FASTEST", 10)
    view = opened(window, qtbot, frame=59)
    assert not view.step.isEnabled()
    view.narrator.play()
    qtbot.waitUntil(lambda: not view.narrator.playing, timeout=5000)
    assert (window.playback.frame, view.narrator.told) == (59, 5)
    assert not view.next.isEnabled()
    window.playback.seek(60)
    assert "this was the last one" in view.canvas.words()
    assert not view.step.isEnabled()


def test_it_begins_by_itself_only_where_things_may_move(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(window, qtbot)
    assert not view.narrator.playing
    view.close_button.click()
    monkeypatch.setattr(motion, "reduced", lambda: False)
    opened(window, qtbot)
    assert view.narrator.playing
    window.playback.play()
    assert not view.narrator.playing
    window.playback.pause()
    view.narrator.play()
    view.close_button.click()
    assert not view.narrator.playing  # nothing runs on unseen


def test_moving_elsewhere_shows_all_of_that_step(window: MainWindow, qtbot: QtBot) -> None:
    view = opened(window, qtbot)
    window.playback.seek(20)
    assert view.narrator.revealed is None
    assert view.narrator.told == 5
    view.next.click()
    assert view.narrator.told == 1


def test_words_say_what_has_been_told(window: MainWindow, qtbot: QtBot) -> None:
    view = opened(window, qtbot)
    assert view.canvas.words().startswith("Step 3 to 4. gradient: ")
    assert "memory" not in view.canvas.words()
    view.next.click()
    assert "memory: " in view.canvas.words()
    assert view.canvas.words().endswith("0.1 of the new gradient.")
    qtbot.waitUntil(lambda: view.canvas.accessibleDescription() == view.canvas.words(), timeout=3000)


def test_every_control_is_named_explained_and_reached_by_tab(window: MainWindow, qtbot: QtBot) -> None:
    view = opened(window, qtbot)
    buttons = [b for b in view.findChildren(QAbstractButton) if b.isVisible()]
    assert len(buttons) == 5
    for button in buttons:
        assert button.accessibleName()
        assert button.toolTip()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert view.canvas.accessibleName()


def test_arrows_on_the_surface_are_those_that_have_been_told(window: MainWindow, qtbot: QtBot) -> None:
    view = opened(window, qtbot, frame=0)
    surface = window.surface

    def share(name: str) -> int:
        image = QImage(surface.size(), QImage.Format.Format_RGB32)
        surface.render(image)
        rgb = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[
            :, : image.width(), 2::-1
        ]
        color = looks.color(theme("light"), name)
        wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
        return int((np.abs(rgb.astype(int) - wanted).max(axis=2) < 10).sum())

    before = share("scaling")
    told = share("gradient")
    view.narrator.revealed = 4
    view.narrator.changed.emit()
    assert share("scaling") > before + 30
    window.race.beside.close_anatomy()
    qtbot.waitUntil(lambda: window.session.scene.experiment.view.step_by_step is None)
    assert share("gradient") < told


def test_it_follows_its_entrant_through_the_list(
    make_window: Callable[[Experiment], MainWindow], race: Experiment, qtbot: QtBot
) -> None:
    window = make_window(race)
    entrants = window.controls.entrants
    opened(window, qtbot, entrant=1)
    entrants.reorder(1, 0)
    assert window.session.experiment.view.step_by_step == 0
    assert window.session.experiment.entrants[0].optimizer == "adam"
    window.session.change_entrant(0, "rate", learning_rate=0.05)
    assert window.session.experiment.view.step_by_step == 0
    entrants._act("remove", 0)
    assert window.session.experiment.view.step_by_step is None
    assert window.plots.isVisible()


def test_a_file_that_asks_for_it_opens_with_it(
    make_window: Callable[[Experiment], MainWindow], race: Experiment, qtbot: QtBot
) -> None:
    window = make_window(race.replace(view=replace(race.view, step_by_step=1)))
    qtbot.waitUntil(lambda: window.race.beside.anatomy is not None)
    assert window.race.beside.anatomy.isVisible()  # type: ignore[union-attr]
    assert not window.playback.playing  # the race does not run past what is told
    window.session.open(race, None)
    qtbot.waitUntil(lambda: window.plots.isVisible())


def test_another_file_that_asks_for_it_is_told_and_does_not_play_past_it(
    make_window: Callable[[Experiment], MainWindow],
    race: Experiment,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(motion, "reduced", lambda: False)
    told = race.replace(view=replace(race.view, step_by_step=1))
    window = make_window(told)
    qtbot.waitUntil(lambda: window.race.beside.anatomy is not None)
    view = window.race.beside.anatomy
    assert view is not None
    other = told.replace(steps=told.steps + 5)
    window.session.open(other, None)
    window.race.show_from_start()
    qtbot.waitUntil(lambda: window.session.scene.experiment == other)
    assert view.isVisible()
    assert not window.playback.playing
    assert view.narrator.playing
    assert view.narrator.revealed == 1
    # A frame that is opened stands, all of it shown.
    window.session.open(told, None)
    window.race.show_from_start(3, plays=False)
    qtbot.waitUntil(lambda: window.session.scene.experiment == told)
    assert not window.playback.playing
    assert not view.narrator.playing
    assert (window.playback.frame, view.narrator.revealed) == (3, None)


def test_it_goes_along_where_the_list_is_changed_and_the_history_gone_through(
    make_window: Callable[[Experiment], MainWindow], race: Experiment, qtbot: QtBot
) -> None:
    window = make_window(race)
    entrants, session = window.controls.entrants, window.session
    opened(window, qtbot, entrant=1)
    entrants._act("remove", 0)
    assert session.experiment.view.step_by_step == 0
    session.undo_stack.undo()
    assert session.experiment.view.step_by_step == 1
    session.undo_stack.redo()
    assert session.experiment.view.step_by_step == 0
    entrants._act("duplicate", 0)
    session.set_view(replace(session.experiment.view, step_by_step=len(session.experiment.entrants) - 1))
    session.undo_stack.undo()  # nobody is in that place any more
    assert session.experiment.view.step_by_step is None
    assert window.plots.isVisible()
