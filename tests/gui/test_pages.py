"""The tabs: each page has its own experiment, history and file; commands go to the page that is shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QTabBar

from optviz import resources
from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.gui.pages import NAMES
from optviz.gui.recent import Memory

Key, Mod = Qt.Key, Qt.KeyboardModifier

RACE = 'title = "Bowl"\nsurface = "sphere"\nsteps = 20\n[[entrants]]\noptimizer = "gd"\nlearning_rate = 0.1\n'
COMPARES = (
    'title = "Rounder"\nsurface = "ellipse"\nsteps = 30\n[reshape.after.penalty]\nl2 = 0.5\n'
    '[[entrants]]\noptimizer = "gd"\nlearning_rate = 0.01\n'
)


@pytest.fixture
def files(tmp_path):
    found = {}
    for name, text in (("race", RACE), ("reshape", COMPARES)):
        found[name] = tmp_path / f"{name}.toml"
        found[name].write_text(text)
    return found


def test_the_second_page_is_made_when_it_is_first_shown(window, qtbot):
    assert list(window._made) == ["race"]
    tabs = window.findChild(QTabBar, "pages")
    assert [tabs.tabText(i) for i in range(tabs.count())] == ["Race", "Reshape", "Maps", "Train", "Learn"]
    qtbot.keyClick(window.surface, Key.Key_2, Mod.ControlModifier)
    assert window.page.name == "reshape"
    assert tabs.currentIndex() == 1
    assert window.page.isVisible()
    assert not window.race.isVisible()
    qtbot.keyClick(window.page, Key.Key_1, Mod.ControlModifier)
    assert window.page is window.race


def test_tabs_by_mouse_by_arrow_keys_and_by_ctrl_tab(window, qtbot):
    tabs = window.topbar.tabs
    qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
    assert window.page.name == "reshape"
    tabs.setFocus()
    qtbot.keyClick(tabs, Key.Key_Left)
    assert window.page.name == "race"
    for expected in ("reshape", "maps", "train", "learn", "race"):
        window.actions_by_name["next_page"].trigger()
        assert window.page.name == expected
    assert "Ctrl+Tab" in [key.toString() for key in window.actions_by_name["next_page"].shortcuts()]


def test_commands_go_to_the_page_that_is_shown(window, qtbot):
    race = window.page
    race.playback.play()
    window.show_page("reshape")
    reshape = window.page
    assert not race.playback.playing  # what is not seen does not run
    qtbot.waitUntil(lambda: reshape.session.scene is not None, timeout=60_000)
    reshape.playback.pause()
    reshape.playback.seek(0)
    qtbot.keyClick(reshape, Key.Key_Right)
    assert reshape.playback.frame == 1
    frame = race.playback.frame
    title = window.topbar.title.toolTip()
    window.session.change("Steps", steps=reshape.session.experiment.steps - 1)
    assert window.actions_by_name["undo"].text() == "Undo Steps"
    assert window.isWindowModified()
    window.show_page("race")
    assert race.playback.frame == frame
    assert race.playback.playing  # it goes on where it was
    race.playback.pause()
    assert not window.actions_by_name["undo"].isEnabled()
    assert not window.isWindowModified()
    assert window.topbar.title.toolTip() != title
    window.show_page("reshape")
    window.actions_by_name["undo"].trigger()
    assert not window.session.unsaved


def test_a_file_opens_on_the_page_it_belongs_on(window, files):
    before = window.session.experiment
    assert window.documents.open(files["reshape"])
    assert window.page.name == "reshape"
    assert window.session.experiment.title == "Rounder"
    assert window.session.path == files["reshape"]
    assert window.race.session.experiment == before
    assert not window.session.unsaved
    assert window.documents.open(files["race"])
    assert window.page.name == "race"
    assert window.session.experiment.title == "Bowl"
    assert window._made["reshape"].session.experiment.title == "Rounder"


def test_a_wrong_file_stays_on_the_page(window, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[reshape]\nshow = 3\n")
    assert not window.documents.open(file)
    assert window.page.name == "race"
    assert "bad.toml" in window.banner.text


def test_a_start_with_a_file_opens_its_page_alone(files, qapp):
    session, error = gui_app._first(str(files["reshape"]), "race")
    assert not error
    assert session.experiment.reshape is not None
    assert session.path == files["reshape"]
    session, error = gui_app._first(str(files["race"]), "reshape")
    assert session.experiment.reshape is None
    session, error = gui_app._first(None, "reshape")
    assert session.experiment.reshape is not None
    session, error = gui_app._first(None, "no such page")
    assert session.experiment.reshape is None


def test_the_page_shown_last_is_remembered(make_window, race):
    window = make_window(race)
    window.show_page("reshape")
    window.close_unasked()
    assert Memory().get("page") == "reshape"


def test_closing_asks_about_unsaved_work_on_every_page(make_window, race, monkeypatch, files):
    window = make_window(race)
    window.documents.open(files["reshape"])
    window.session.change("Steps", steps=7)
    window.show_page("race")
    window.session.change("Steps", steps=8)
    asked = []
    answers = [QMessageBox.StandardButton.Discard, QMessageBox.StandardButton.Cancel]

    def answer():
        asked.append(window.page.name)
        return answers[len(asked) - 1]

    monkeypatch.setattr(window.documents, "ask_unsaved", answer)
    assert not window.close()
    assert asked == ["race", "reshape"]
    assert window.page.name == "reshape"  # what the question was about stays in sight
    assert window.isVisible()
    answers[:] = [QMessageBox.StandardButton.Discard] * 4
    assert window.close()
    assert sorted(asked[2:]) == ["race", "reshape"]


def test_presets_stand_under_the_page_they_open(window):
    menu = window.topbar.presets.menu()
    presets = [Experiment.load(path) for path in resources.presets()]
    compare = sum(one.reshape is not None for one in presets)
    maps = sum(one.map is not None for one in presets)
    expected = {
        NAMES["race"]: len(presets) - compare - maps,
        NAMES["reshape"]: compare,
        NAMES["maps"]: maps,
        NAMES["train"]: len(resources.training_presets()),
        NAMES["learn"]: len(resources.lessons()),
    }
    for page in ("race", "reshape", "maps"):
        window.show_page(page)
        menu.aboutToShow.emit()
        heading, *actions = menu.actions()
        assert heading.text() == NAMES[page]  # those of the page that is shown stand first
        assert not heading.isEnabled()
        assert actions.pop() is window.actions_by_name["gallery"]
        under = {NAMES[page]: sum(not (one.isSeparator() or one.menu()) for one in actions)}
        under |= {one.text(): len(one.menu().actions()) for one in actions if one.menu()}
        assert under == expected


def test_the_side_panel_is_each_page_s_own(window, qtbot):
    qtbot.keyClick(window.surface, Key.Key_B, Mod.ControlModifier)
    assert not window.side.isVisible()
    window.show_page("reshape")
    QApplication.processEvents()
    assert window.side.isVisible()
    assert window.actions_by_name["panels"].isChecked()
    window.show_page("race")
    assert not window.actions_by_name["panels"].isChecked()
