"""The window as a whole: keys, transport, files, themes, messages, memory."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSlider,
)

from optviz import resources
from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.help import About, ShortcutSheet
from optviz.gui.race.page import first_experiment
from optviz.gui.recent import Memory
from optviz.render import fonts, style

Key, Mod = Qt.Key, Qt.KeyboardModifier

GOOD = 'title = "Bowl"\nsurface = "sphere"\nsteps = 20\n[[entrants]]\noptimizer = "gd"\nlearning_rate = 0.1\n'
BAD = 'surface = "nowhere"\n[[entrants]]\noptimizer = "gd"\n'


def focus(window, widget):
    widget.setFocus()
    QApplication.processEvents()
    assert QApplication.focusWidget() is not None


# ------------------------------------------------------------------ the first sight


def test_the_race_runs_when_the_window_opens(make_window, race, qtbot):
    window = make_window(race)
    assert window.session.scene is not None
    window.playback.play()
    qtbot.waitUntil(lambda: window.playback.frame > 3, timeout=3000)


def test_the_first_race_is_worth_watching():
    experiment = first_experiment()
    assert len({entrant.optimizer for entrant in experiment.entrants}) >= 4


@pytest.mark.parametrize("size", [(1280, 720), (1024, 700), (1920, 1080), (3840, 2160)])
def test_the_surface_is_the_largest_thing(window, size, qtbot):
    window.resize(*size)
    QApplication.processEvents()
    surface = window.surface
    assert surface.width() * surface.height() >= 0.55 * size[0] * size[1]
    assert window.width() == size[0]


def test_the_side_panel_goes_and_comes_back(window, qtbot):
    wide = window.surface.width()
    qtbot.keyClick(window.surface, Key.Key_B, Mod.ControlModifier)
    QApplication.processEvents()
    assert not window.side.isVisible()
    assert window.surface.width() > wide
    qtbot.mouseClick(window.topbar.panel, Qt.MouseButton.LeftButton)
    assert window.side.isVisible()


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize(
    ("key", "modifier", "start", "end"),
    [
        (Key.Key_Right, Mod.NoModifier, 10, 11),
        (Key.Key_Left, Mod.NoModifier, 10, 9),
        (Key.Key_Right, Mod.ShiftModifier, 10, 20),
        (Key.Key_Left, Mod.ShiftModifier, 15, 5),
        (Key.Key_Home, Mod.NoModifier, 10, 0),
        (Key.Key_End, Mod.NoModifier, 10, 60),
        (Key.Key_Left, Mod.NoModifier, 0, 0),
        (Key.Key_Right, Mod.NoModifier, 60, 60),
    ],
)
def test_keys_move_the_frame(window, qtbot, key, modifier, start, end):
    window.playback.seek(start)
    qtbot.keyClick(window.surface, key, modifier)
    assert window.playback.frame == end


def test_space_plays_and_pauses_wherever_the_focus_is(window, qtbot):
    for widget in (
        window.surface,
        window.transport.slider,
        window.transport.buttons["next"],
        window.topbar.theme,
    ):
        focus(window, widget)
        before, frame = window.playback.playing, window.playback.frame
        qtbot.keyClick(widget, Key.Key_Space)
        assert window.playback.playing is not before
        assert theme.current_name() == "light"
        window.playback.pause()
        window.playback.seek(frame)


def test_enter_presses_the_button_in_focus(window, qtbot):
    button = window.transport.buttons["next"]
    focus(window, button)
    qtbot.keyClick(button, Key.Key_Return)
    assert window.playback.frame == 1


def test_a_text_field_keeps_its_keys(window, qtbot):
    field = QLineEdit(window)
    field.setGeometry(100, 100, 200, 30)
    field.show()
    focus(window, field)
    for key in (Key.Key_Space, Key.Key_R, Key.Key_BracketLeft, Key.Key_Left, Key.Key_Home):
        qtbot.keyClick(field, key)
    assert not window.playback.playing
    assert window.playback.frame == 0
    assert window.playback.speed == 1.0
    assert window.playback.loop
    assert field.text().replace(" ", "") == "r["
    field.deleteLater()


def test_a_slider_in_focus_keeps_the_arrow_keys(window, qtbot):
    slider = QSlider(Qt.Orientation.Horizontal, window)
    slider.setRange(0, 10)
    slider.show()
    focus(window, slider)
    qtbot.keyClick(slider, Key.Key_Right)
    assert slider.value() == 1
    assert window.playback.frame == 0
    slider.deleteLater()


def test_speed_and_loop_by_key(window, qtbot):
    qtbot.keyClick(window.surface, Key.Key_BracketRight)
    assert window.playback.speed == 2.0
    assert window.transport.speed.text() == "2×"
    qtbot.keyClick(window.surface, Key.Key_BracketLeft)
    qtbot.keyClick(window.surface, Key.Key_BracketLeft)
    assert window.transport.speed.text() == "0.5×"
    qtbot.keyClick(window.surface, Key.Key_R)
    assert not window.playback.loop
    assert not window.actions_by_name["loop"].isChecked()


def test_the_shortcut_sheet_names_every_key(window, qtbot):
    qtbot.keyClick(window.surface, Key.Key_F1)
    sheet = window.findChild(ShortcutSheet)
    qtbot.waitUntil(sheet.isVisible)
    from PySide6.QtWidgets import QLabel

    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"Space", "Ctrl+B", "[", "]", "R", "Ctrl+E", "Ctrl+0", "3", "V"} <= texts
    # What windows and views of their own do with keys stands there, too.
    assert {"While presenting", "Learn", "Step by step, in focus", "The surface in 3-D, in focus"} <= texts
    assert {"B  W", "1 … 9", "0", "Page Down  Page Up", "↓  ↑", "Shift+Home  double click"} <= texts
    sheet.close()


def test_the_shortcut_sheet_fits_a_small_screen_with_its_button_in_sight(window, monkeypatch):
    class Small:
        def availableSize(self):  # noqa: N802 - Qt's name
            return QSize(960, 500)

    monkeypatch.setattr(ShortcutSheet, "screen", lambda self: Small())
    sheet = ShortcutSheet(window)
    sheet.show()
    QApplication.processEvents()
    assert sheet.height() <= 500
    assert sheet.width() <= 960
    button = next(b for b in sheet.findChildren(QPushButton) if b.text() == "Close")
    assert sheet.rect().contains(button.geometry().translated(button.parentWidget().pos()))
    scroll = sheet.findChild(QScrollArea)
    assert scroll.verticalScrollBar().maximum() > 0
    assert scroll.horizontalScrollBar().maximum() == 0
    sheet.close()


def test_about_names_the_versions(window, qtbot):
    import numpy

    window.show_about()
    about = window.findChild(About)
    assert About.versions()["numpy"] == numpy.__version__
    about.copy()
    assert f"numpy: {numpy.__version__}" in QApplication.clipboard().text().splitlines()
    assert "Licence: MIT" in QApplication.clipboard().text().splitlines()
    about.close()


# ------------------------------------------------------------------ transport


def test_a_click_on_the_scrubber_jumps_there(window, qtbot):
    slider = window.transport.slider
    qtbot.mouseClick(
        slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() * 3 // 4, slider.height() // 2)
    )
    assert window.playback.frame == pytest.approx(45, abs=2)
    assert window.transport.counter.text() == f"step {window.playback.frame} of 60"


def test_dragging_the_scrubber_holds_the_clock_and_lets_it_go_on(window, qtbot):
    slider, playback = window.transport.slider, window.playback
    playback.play()
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, middle))
    assert not playback.playing
    qtbot.mouseMove(slider, QPoint(slider.width() // 4, middle))
    assert playback.frame == pytest.approx(15, abs=2)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 4, middle))
    assert playback.playing


def test_the_counter_keeps_its_width(window):
    counter = window.transport.counter
    width = counter.width()
    for frame in (0, 9, 10, 60):
        window.playback.seek(frame)
        QApplication.processEvents()
        assert counter.width() == width
        assert counter.fontMetrics().horizontalAdvance(counter.text()) <= width


def test_the_status_says_why_an_entrant_diverged(make_window, qtbot):
    wild = Experiment(
        surface="sphere",
        steps=200,
        entrants=({"optimizer": "gd", "learning_rate": 5.0},),  # type: ignore[arg-type]
    )
    window = make_window(wild)
    qtbot.waitUntil(lambda: window.session.scene is not None, timeout=5000)
    line = window.session.scene.lines[0]
    assert line.status == "diverged"
    window.playback.pause()
    window.playback.seek(line.stopped_at)
    assert line.why in window.transport.status.full
    status = window.transport.status
    assert line.why in status.toolTip().replace("\n", " ")
    assert max(map(len, status.toolTip().splitlines())) <= 60
    # The numbers that teach are read without the tooltip: the curvature of x² + y² is 2 everywhere.
    assert status.text().endswith("learning rate 5 > 2/λ = 1")
    QTest.mouseClick(status, Qt.MouseButton.LeftButton)
    assert line.why in window.banner.text
    window.playback.seek(0)
    assert line.why not in window.transport.status.full


# ------------------------------------------------------------------ history and files


def test_undo_and_redo_by_key_and_their_names(window, qtbot):
    actions = window.actions_by_name
    assert not actions["undo"].isEnabled()
    window.session.change("Move the start", start=(0.0, 0.0))
    assert actions["undo"].text() == "Undo Move the start"
    qtbot.keyClick(window.surface, Key.Key_Z, Mod.ControlModifier)
    assert window.session.experiment.start == (-1.0, 1.5)
    qtbot.keyClick(window.surface, Key.Key_Z, Mod.ControlModifier | Mod.ShiftModifier)
    assert window.session.experiment.start == (0.0, 0.0)


def test_the_title_names_the_file_and_marks_unsaved_work(window, tmp_path):
    file = tmp_path / "mine.toml"
    assert window.documents.save_to(file)
    assert window.windowTitle() == "mine.toml[*] – optviz"
    assert not window.isWindowModified()
    window.session.change("Steps", steps=50)
    assert window.isWindowModified()


def test_save_as_and_open_through_the_dialogs(window, tmp_path, monkeypatch, qtbot):
    file = tmp_path / "saved"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(file), ""))
    window.session.change("Steps", steps=50)
    qtbot.keyClick(window.surface, Key.Key_S, Mod.ControlModifier)
    saved = tmp_path / "saved.toml"
    assert Experiment.load(saved).steps == 50
    window.session.change("Steps", steps=40)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(saved), ""))
    qtbot.keyClick(window.surface, Key.Key_O, Mod.ControlModifier)
    assert window.session.experiment.steps == 50
    assert window.memory.recent == [saved]


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions, buttons, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Mod.NoModifier
    entering = QDragEnterEvent(QPoint(300, 300), actions, data, buttons, none)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), actions, data, buttons, none))


def test_a_file_dropped_on_the_window_is_opened(window, tmp_path, qtbot):
    file = tmp_path / "ünï ∇.toml"
    file.write_text(GOOD)
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, file)
    assert window.session.scene.title == "Bowl"
    assert "ünï ∇.toml" in window.windowTitle()


def test_a_bad_file_shows_why_and_leaves_the_scene(window, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(BAD)
    scene = window.session.scene
    drop(window, file)
    assert "nowhere" in window.banner.text
    assert window.session.scene is scene
    window.banner.dismiss.click()
    assert window.banner.text == ""


def test_a_good_file_takes_the_message_away(window, tmp_path):
    bad, good = tmp_path / "bad.toml", tmp_path / "good.toml"
    bad.write_text(BAD)
    good.write_text(GOOD)
    window.documents.open(bad)
    assert window.banner.text
    window.documents.open(good)
    assert window.banner.text == ""


def test_a_refused_computation_is_a_message_in_the_window_and_red_in_the_status(window):
    window.session.failed.emit("steps: too many")
    assert window.banner.text == "steps: too many"
    assert window.transport.status.property("error") is True
    window.session.compute()
    assert window.banner.text == ""
    assert window.transport.status.property("error") is False


Button = QMessageBox.StandardButton


@pytest.mark.parametrize(
    ("answer", "closes", "saved"),
    [(Button.Save, True, True), (Button.Discard, True, False), (Button.Cancel, False, False)],
)
def test_closing_with_unsaved_work_asks_once(window, tmp_path, monkeypatch, answer, closes, saved):
    file = tmp_path / "mine.toml"
    window.documents.save_to(file)
    asked = []
    monkeypatch.setattr(window.documents, "ask_unsaved", lambda: asked.append(1) or answer)
    window.session.change("Steps", steps=50)
    assert window.close() is closes
    assert asked == [1]
    assert (Experiment.load(file).steps == 50) is saved
    assert window.isVisible() is not closes


def test_work_left_for_another_race_is_asked_about_when_closing(window, tmp_path, monkeypatch):
    file = tmp_path / "mine.toml"
    window.documents.save_to(file)
    window.session.change("Steps", steps=50)
    window.documents.open_preset(resources.presets()[1])
    assert window.session.experiment.steps != 50
    asked = []
    monkeypatch.setattr(window.documents, "ask_unsaved", lambda: asked.append(1) or Button.Save)
    assert window.close()
    assert asked == [1]
    assert Experiment.load(file).steps == 50


def test_closing_without_changes_asks_nothing(window, monkeypatch):
    monkeypatch.setattr(window.documents, "ask_unsaved", lambda: pytest.fail("asked"))
    assert window.close()


# ------------------------------------------------------------------ themes and memory


def test_the_theme_button_switches_window_and_picture(window, qtbot):
    assert theme.current_theme() is style.LIGHT
    light = window.surface.palette().window().color().lightnessF()
    qtbot.mouseClick(window.topbar.theme, Qt.MouseButton.LeftButton)
    assert theme.current_theme() is style.DARK
    assert window.surface.palette().window().color().lightnessF() < 0.3 < light
    assert not window.session.unsaved
    qtbot.mouseClick(window.topbar.theme, Qt.MouseButton.LeftButton)
    assert theme.current_theme() is style.LIGHT


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK])
def test_text_reads_on_every_ground(colors):
    from optviz.colors import contrast

    for ground in (colors.window, colors.base, colors.page, colors.hover):
        assert contrast(colors.text, ground) >= 7.0
        assert contrast(colors.muted, ground) >= 4.5
    assert contrast(colors.error, colors.window) >= 4.5
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    assert contrast(colors.accent, colors.window) >= 3.0


def test_what_is_remembered_comes_back(make_window, race, qtbot):
    window = make_window(race)
    window.resize(1400, 900)
    window.choose_theme("dark")
    window.show_panels(False)
    window.close_unasked()
    again = make_window(race)
    assert Memory().get("theme") == "dark"
    assert again.side.isHidden()


def test_a_home_that_cannot_be_written_breaks_nothing(make_window, race, tmp_path, monkeypatch):
    monkeypatch.setenv("OPTVIZ_CONFIG_DIR", "/proc/nowhere")
    window = make_window(race)
    file = tmp_path / "a.toml"
    assert window.documents.save_to(file)
    assert window.memory.recent == [file]
    assert window.close()


def test_presets_open_without_a_file_name(window, qtbot, tmp_path):
    file = tmp_path / "01_bowl.toml"
    file.write_text(GOOD)
    window.documents.open_preset(file)
    assert window.session.path is None
    assert window.session.experiment.title == "Bowl"
    assert window.memory.recent == []


def test_what_is_opened_is_seen_from_its_start_and_plays(window, qtbot, tmp_path):
    file = tmp_path / "01_bowl.toml"
    file.write_text(GOOD)
    for opening in (window.documents.open_preset, window.documents.open):
        window.playback.pause()
        window.playback.seek(40)
        frames = []
        window.playback.frame_changed.connect(frames.append)
        with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
            opening(file)
        assert window.playback.playing
        assert window.playback.frame == 0
        qtbot.waitUntil(lambda frames=frames: 1 in frames, timeout=3000)
        assert frames[0] == 0


def test_a_start_outside_the_domain_says_that_there_is_nothing_to_plot(make_window, qtbot):
    nowhere = Experiment(
        formula="log(x) + y**2",
        start=(-1.0, 1.0),
        steps=20,
        entrants=({"optimizer": "gd", "learning_rate": 0.1},),  # type: ignore[arg-type]
    )
    window = make_window(nowhere)
    qtbot.waitUntil(lambda: window.session.scene is not None, timeout=20000)
    assert window.plots.canvas.nothing_to_plot() == "Nothing to plot: the loss is not defined at the start."
    window.session.change("Move the start", start=(1.0, 1.0))
    window.session.compute()
    assert window.plots.canvas.nothing_to_plot() == ""


def test_a_plot_a_person_chose_stays_chosen(window, tmp_path):
    plots, session = window.plots, window.session
    plots.choose("distance")
    chosen = list(plots.chosen)
    assert plots.tabs["distance"].isChecked()
    assert "distance" in plots.shown()
    for height in (400, 140, 600, 300):
        plots.resize(plots.width(), height)
        assert plots.chosen == chosen
        assert set(plots.shown()) == set(chosen)  # where they are more than fit, they scroll
    # x² − y² has no minimum to be far from.
    session.change("Formula", surface=None, formula="x**2 - y**2")
    session.compute()
    assert not plots.tabs["distance"].isEnabled()
    assert "minimum" in plots.tabs["distance"].toolTip()
    assert "distance" not in plots.shown()
    session.undo_stack.undo()
    session.compute()
    assert plots.chosen == chosen
    assert plots.tabs["distance"].isEnabled()
    assert "distance" in plots.shown()


def test_a_run_that_waits_for_its_kernels_is_said_to_be_computed(window, monkeypatch):
    monkeypatch.setattr("optviz.gui.session._MOST_IN_PYTHON", 0)
    monkeypatch.setattr("optviz.kernels.compile.Kernel.kept", property(lambda self: False))
    monkeypatch.setattr(window.compiler, "request", lambda experiment: None)
    window.session.change("Formula", surface=None, formula="x**2 + 7*y**2 + 0.125*x*y")
    window.session.compute()
    assert window.session.waiting
    assert window.transport.status.full == "Computing…"
    window.session.undo_stack.undo()
    window.session.compute()
    assert not window.session.waiting


def test_the_system_s_end_does_not_wait_for_an_answer(window):
    window.session.change("steps", steps=77)
    asked = []

    def end():
        asked.append(QApplication.activeModalWidget() is not None)
        window.close_unasked()

    QTimer.singleShot(300, end)
    window.close()  # comes back only when the question is gone
    assert asked == [True]
    assert QApplication.activeModalWidget() is None
    assert not window.isVisible()


# ------------------------------------------------------------------ step by step, and where it is not


def test_step_by_step_takes_the_entrant_apart_whose_card_is_open(window, race, tmp_path, qtbot):
    window.session.save(tmp_path / "race.toml")
    cards = window.controls.entrants.cards
    cards[1].set_expanded(True)
    window.session.change("steps", steps=50)
    window.documents.open(tmp_path / "race.toml")
    qtbot.waitUntil(lambda: window.session.experiment.steps == race.steps, timeout=5000)
    opened = [card.index for card in window.controls.entrants.cards if card.expanded]
    assert opened == [window.session.selected] == [1]
    window.actions_by_name["step_by_step"].trigger()
    assert window.session.experiment.view.step_by_step == 1


def test_a_page_without_step_by_step_says_so(window, qtbot):
    page = window.show_page("learn")
    assert not window.actions_by_name["step_by_step"].isEnabled()
    qtbot.keyClick(window, Key.Key_S)
    assert "Race" in page.banner.text


def test_the_column_has_its_share_of_the_window_again(window, qtbot):
    def width():
        QApplication.processEvents()
        return window.page.splitter.sizes()[1]

    usual = width()
    seen = []
    for size in ((1024, 700), (1920, 1080), (1280, 720)):
        window.resize(*size)
        seen.append(width())
    assert seen[0] < usual < seen[1]
    assert seen[2] == usual
    # What a person chose stays, as far as there is room.
    window.page.splitter.setSizes([800, 473])
    window.page.splitter.splitterMoved.emit(800, 1)
    chosen = width()
    window.resize(1600, 900)
    assert width() == pytest.approx(chosen, abs=2)


def test_the_last_number_of_steps_is_not_cut_at_the_edge(window, race):
    for digits in (600, 20_000):  # half of it stands beyond the plot
        canvas = window.plots.canvas
        plot, rect = canvas.plots()[-1], canvas.rects()[-1]
        frame = canvas._panel(plot, True).axes(rect, window.session.scene, plot)
        half = fonts.width(f"{digits}", fonts.font(canvas._panel(plot, True).metrics.small)) / 2
        assert frame.left + frame.width + half <= canvas.width()
