"""The Maps page: what is clicked is what is raced, bit for bit; maps follow edits, the newest wins."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from optviz.gui.compiler import Compiler
from optviz.gui.maps import edits
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.stages import stages
from optviz.maps.build import Map, build
from optviz.problem import Stop, Stopped
from optviz.simulate import simulate

from .conftest import experiment_of, settled

Key, Mod, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


def click(qtbot, view, cell):
    qtbot.mouseClick(view, Button.LeftButton, pos=view.middle(cell).toPoint())


def drawn_bits(window):
    scene = window.session.map_scene
    return scene.sheet(scene.last).values.tobytes()


# ------------------------------------------------------------------ what is clicked is what is raced


@pytest.mark.parametrize("kind", ["basin", "loss"])
def test_a_click_starts_the_race_in_that_very_pixel(make_map, qtbot, kind):
    window = make_map(kind=kind)
    session, view = window.session, window.page.view
    sheet = session.map_scene.sheet(80)
    for cell in ((3, 4), (30, 22), (0, 0), (17, 11)):
        click(qtbot, view, cell)
        settled(qtbot, window)
        column, row = cell
        x = np.linspace(*session.experiment.xlim, 32)[column]
        y = np.linspace(*session.experiment.ylim, 24)[row]
        assert session.experiment.start == (x, y)  # exactly, not as read off the screen
        alone = simulate(session.experiment.replace(map=None))
        assert alone.entrants[0].loss[-1] == sheet.values[row, column]
        assert session.scene.lines[0].loss[-1] == sheet.values[row, column]
        assert session.map_scene.race is session.scene  # the race on the picture is that race
    assert session.undo_stack.count() == 4


def test_a_drag_over_the_map_is_one_step_of_the_history(make_map, qtbot):
    window = make_map()
    session, view = window.session, window.page.view
    first = session.experiment
    places = [view.middle((column, 10)).toPoint() for column in (4, 8, 12, 16)]
    QTest.mousePress(view, Button.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(view, place)
        QTest.qWait(5)
    QTest.mouseRelease(view, Button.LeftButton, pos=places[-1])
    assert session.undo_stack.count() == 1
    assert session.experiment.start[0] == np.linspace(*session.experiment.xlim, 32)[16]
    window.actions_by_name["undo"].trigger()
    assert session.experiment == first
    settled(qtbot, window)
    assert session.map_scene.race.start == first.start_point


def test_another_start_keeps_the_map_it_does_not_concern(make_map, qtbot):
    window = make_map()
    made = window.session.map_scene.map
    click(qtbot, window.page.view, (5, 5))
    settled(qtbot, window)
    assert window.session.map_scene.map is made


def test_a_click_on_a_sensitivity_map_takes_both_numbers_of_the_cell(make_map, qtbot):
    window = make_map(kind="sensitivity")
    session, view = window.session, window.page.view
    scene = session.map_scene
    click(qtbot, view, (20, 9))
    settled(qtbot, window)
    own = session.experiment.entrants[0].hyperparameters
    assert own["learning_rate"] == scene.map.x.values[20]
    assert own["beta1"] == scene.map.y.values[9]
    assert session.scene.lines[0].loss[-1] == scene.sheet(80).values[9, 20]
    assert session.experiment.start == (-0.5, -1.0)


def test_a_click_on_a_curve_sets_that_rate_and_the_fair_race_has_the_best_ones(make_map, qtbot):
    window = make_map(kind="learning_rate", size=[33, 24])
    session, view = window.session, window.page.view
    scene = session.map_scene
    sheet = scene.sheet(80)
    window.playback.seek(80)
    column = int(sheet.best[1])
    click(qtbot, view, (column, 1))
    settled(qtbot, window)
    assert session.experiment.entrants[1].learning_rate == sheet.rates[column]
    assert session.scene.lines[1].loss[-1] == sheet.losses[1, column]
    best = window.page.controls.settings.best
    assert best.isEnabled()
    qtbot.mouseClick(best, Button.LeftButton)
    assert window.page.name == "race"
    race = window.session.experiment
    assert race.map is None
    assert "33" in race.title  # the budget, declared
    for place, entrant in enumerate(race.entrants):
        tried = np.where(np.isnan(sheet.losses[place]), np.inf, sheet.losses[place])
        assert entrant.learning_rate == sheet.rates[np.argmin(tried)]
        run = simulate(race).entrants[place]
        assert run.loss[-1] == tried.min()


def test_by_keyboard_a_cursor_goes_to_a_cell_and_enter_takes_it(make_map, qtbot):
    window = make_map()
    session, view = window.session, window.page.view
    view.setFocus()
    qtbot.keyClick(view, Key.Key_Right)  # without a cursor the arrows are the transport's
    assert window.playback.frame == 1
    qtbot.keyClick(view, Key.Key_Return)
    column, row = view.cursor_cell
    xs = np.linspace(*session.experiment.xlim, 32)
    assert abs(xs[column] + 0.5) <= 0.5 * (xs[1] - xs[0]) + 1e-12  # it begins where the race does
    qtbot.keyClick(view, Key.Key_Right)
    qtbot.keyClick(view, Key.Key_Up)
    qtbot.keyClick(view, Key.Key_Up, Mod.ShiftModifier)
    assert view.cursor_cell == (column + 1, row + 11)
    assert window.playback.frame == 1
    qtbot.keyClick(view, Key.Key_Return)
    ys = np.linspace(*session.experiment.ylim, 24)
    assert session.experiment.start == (xs[column + 1], ys[row + 11])
    view._describe()
    assert "minimum" in view.accessibleDescription()
    qtbot.keyClick(view, Key.Key_Escape)
    assert view.cursor_cell is None
    qtbot.keyClick(view, Key.Key_Left)
    assert window.playback.frame == 0


def test_what_lies_under_the_pointer_is_said_in_words(make_map, qtbot):
    window = make_map()
    session, view = window.session, window.page.view
    scene = session.map_scene
    sheet = scene.sheet(80)
    row, column = (int(n) for n in np.argwhere(sheet.classes == 1)[0])
    items, sentence = view.words.of(scene, (column, row), 0)
    assert "minimum 2 at (3.58, −1.85)" in sentence
    assert len(items) == 3
    wild = experiment_of(kind="basin").replace(
        entrants=({"optimizer": "gd", "learning_rate": 0.05},),
        map={"kind": "basin", "size": [32, 24]},
    )
    session.edit(wild, "wild")
    settled(qtbot, window)
    scene = session.map_scene
    sheet = scene.sheet(80)
    row, column = (int(n) for n in np.argwhere(sheet.classes == -2)[0])
    run = simulate(scene.map.race(column, row).replace(map=None)).entrants[0]
    assert view.words.of(scene, (column, row), 0)[1] == f"diverged at step {len(run.path) - 1}"


# ------------------------------------------------------------------ maps follow


def test_the_map_follows_a_slider_and_is_what_would_be_built_anew(make_map, qtbot):
    window = make_map()
    session = window.session
    before = drawn_bits(window)
    for rate in (0.21, 0.23, 0.3):
        session.change_entrant(0, "learning rate", "drag", learning_rate=rate)
        QTest.qWait(3)
    settled(qtbot, window)
    assert drawn_bits(window) != before
    anew = build(session.experiment, fast="never").at(80)
    assert drawn_bits(window) == anew.values.tobytes()
    assert session.map_scene.experiment.entrants[0].learning_rate == 0.3


def test_the_newest_of_many_slow_maps_wins_and_the_window_goes_on(make_map, qtbot, monkeypatch):
    window = make_map()
    session = window.session
    at, begun, ended = Map.at, [], []

    def slowly(self, k=None, stop=None):
        if stop is not None:
            begun.append(self.experiment.entrants[0].learning_rate)
            for _ in range(60):
                time.sleep(0.01)
                if stop.flag[0]:
                    raise Stopped
            ended.append(begun[-1])
        return at(self, k, stop)

    monkeypatch.setattr(Map, "at", slowly)
    shown = []
    session.map_changed.connect(lambda scene: shown.append(scene.experiment.entrants[0].learning_rate))
    for rate in (0.21, 0.22, 0.23, 0.24):
        session.change_entrant(0, "learning rate", "drag", learning_rate=rate)
        qtbot.wait(60)
        qtbot.waitUntil(lambda: session.computing, timeout=1000)
    qtbot.waitUntil(window.page.view.progress.isVisible, timeout=1000)
    settled(qtbot, window)
    assert shown[-1] == 0.24
    assert ended[-1] == 0.24
    assert 0.22 not in ended  # called off, or never begun
    assert not window.page.view.progress.isVisible()


def test_a_slow_map_comes_coarse_first_and_can_be_stopped_and_resumed(make_map, qtbot, monkeypatch):
    window = make_map()
    session, view = window.session, window.page.view
    monkeypatch.setattr(session._pace, "of", lambda experiment: 1e-5)
    at = Map.at

    def slowly(self, k=None, stop=None):
        if stop is not None and len(self.x.values) > 32:
            while not stop.flag[0] and slow:
                time.sleep(0.005)
            stop.check()
        return at(self, k, stop)

    slow = [True]
    monkeypatch.setattr(Map, "at", slowly)
    sizes = []
    session.map_changed.connect(lambda scene: sizes.append(len(scene.map.x.values)))
    session.edit(edits.with_map(session.experiment, size=(128, 96)), "finer")
    qtbot.waitUntil(lambda: 32 in sizes, timeout=5000)
    assert sizes == [16, 32]
    qtbot.waitUntil(view.progress.isVisible, timeout=2000)
    assert "64 × 48 of 128 × 96" in view.progress.text.text()
    # What is there already can be used: its pixels are races, too.
    click(qtbot, view, (3, 4))
    assert session.experiment.start[0] == np.linspace(*session.experiment.xlim, 32)[3]
    qtbot.mouseClick(view.progress.button, Button.LeftButton)
    assert not session.computing
    assert session.stopped
    slow.clear()
    qtbot.mouseClick(view.progress.button, Button.LeftButton)
    settled(qtbot, window)
    assert sizes[-1] == 128
    assert not view.progress.isVisible()


def test_stages_are_coarse_to_fine_only_where_it_pays():
    experiment = experiment_of(size=[256, 256])
    assert stages(experiment, 1e-9) == [(256, 256)]
    assert stages(experiment, 1e-6) == [(16, 16), (32, 32), (64, 64), (128, 128), (256, 256)]
    assert stages(experiment_of(size=[300, 100]), 1e-6)[0] == (16, 5)
    assert stages(experiment, 1e-3)[0] == (8, 8)


def test_the_general_kernels_serve_until_the_fast_ones_are_there(make_map, qtbot, monkeypatch):
    from optviz.maps import lanes

    pairs = {"ready": False}
    real = lanes.fast_kernel

    class Later:
        ready = property(lambda self: pairs["ready"])
        kept = False

        @staticmethod
        def compiled(first, last, careful, *given):  # in place of one whose compiling takes seconds
            pairs["used"] = True
            careful(first, last, *given)

    def later(*given):
        return Later() if real(*given) is not None else None

    for module in ("optviz.maps.lanes", "optviz.maps.build"):
        monkeypatch.setattr(f"{module}.fast_kernel", later)
    window = make_map()
    session = window.session
    asked = []
    session.faster_wanted.connect(lambda experiment: asked.append(experiment))
    assert not session.map_scene.map.quick
    session.change_entrant(0, "learning rate", "drag", learning_rate=0.21)
    settled(qtbot, window)
    general = drawn_bits(window)
    assert not session.map_scene.map.quick
    pairs["ready"] = True  # as the compile process has made it
    window.compiler.faster.emit()
    assert drawn_bits(window) == general  # nothing on the screen changes for it
    for rate in (0.3, 0.21):
        session.change_entrant(0, "learning rate", "drag", learning_rate=rate)
        settled(qtbot, window)
    assert session.map_scene.map.quick
    assert pairs["used"]
    assert drawn_bits(window) == general


def test_the_fast_kernel_is_asked_for_once(qtbot, basin, monkeypatch):
    session = MapSession(basin)
    asked = []
    session.faster_wanted.connect(asked.append)
    monkeypatch.setattr(Map, "quick", property(lambda self: False))
    never = _Never()
    monkeypatch.setattr("optviz.gui.maps.session.kernels_of_map", lambda experiment: ([], [never]))
    for rate in (0.2, 0.25):
        session.change_entrant(0, "learning rate", "drag", learning_rate=rate)
        session.compute()
        qtbot.waitUntil(lambda: session.complete and not session.computing, timeout=5000)
    assert len(asked) == 1
    session.close()


class _Never:
    ready = kept = False


# ------------------------------------------------------------------ moving, looking, coming and going


def test_a_loss_map_moves_with_the_time_cursor(make_map, qtbot):
    window = make_map(kind="loss")
    session, view = window.session, window.page.view
    whole = build(session.experiment, fast="never")
    for k in (0, 7, 40, 80, 12):
        window.playback.seek(k)
        assert view.frame == k
        assert session.map_scene.sheet(k).values.tobytes() == whole.at(k).values.tobytes()


def test_the_wheel_zooms_and_the_map_follows(make_map, qtbot):
    window = make_map()
    session, view = window.session, window.page.view
    before = session.experiment.xlim
    middle = view.box().center()
    view.zoom(2.0, middle)
    settled(qtbot, window)
    low, high = session.experiment.xlim
    assert np.isclose(high - low, (before[1] - before[0]) / 2)
    assert session.map_scene.map.x.values[0] == low
    assert session.undo_stack.count() == 0  # looking around is no work
    view.reset_view()
    settled(qtbot, window)
    assert session.experiment.xlim == before
    session.edit(edits.with_kind(session.experiment, "sensitivity"), "kind")
    settled(qtbot, window)
    low, high = (float(session.map_scene.map.x.values[i]) for i in (0, -1))
    view.zoom(4.0)
    settled(qtbot, window)
    found = session.map_scene.map.x.values
    assert np.isclose(np.log(found[-1] / found[0]), np.log(high / low) / 4, rtol=1e-3)
    view.reset_view()
    settled(qtbot, window)
    assert session.map_scene.map.x.values[0] == low


def test_from_race_to_its_map_and_back(window, basin, qtbot):
    race = window.session.experiment
    window.actions_by_name["map"].trigger()
    assert window.page.name == "maps"
    mapped = window.session.experiment
    assert mapped.map.kind == "basin"
    assert mapped.replace(map=None) == race
    assert window.session.undo_stack.canUndo()
    window.actions_by_name["map"].trigger()
    assert window.page.name == "race"
    assert window.session.experiment == race


def test_every_kind_is_shown_at_every_size_without_a_fault(make_map, qtbot):
    window = make_map()
    session, settings = window.session, window.page.controls.settings
    for kind, tile in settings.kinds.tiles.items():
        qtbot.mouseClick(tile, Button.LeftButton)
        assert session.setting.kind == kind
        settled(qtbot, window)
        for size in ((1024, 700), (1600, 900)):
            window.resize(*size)
            qtbot.wait(1)
            assert window.page.view.grab().width() > 300
    for index in range(6):
        session.undo_stack.setIndex(index)
    settled(qtbot, window)


def test_who_cannot_have_a_map_is_told_why(make_map, qtbot):
    window = make_map()
    session, tiles = window.session, window.page.controls.settings.kinds.tiles
    session.change("alone", entrants=({"optimizer": "gd", "learning_rate": 0.01},))
    assert not tiles["difference"].isEnabled()
    assert "two" in tiles["difference"].accessibleDescription()
    assert tiles["basin"].isEnabled()


def test_a_start_of_the_window_loads_no_maps():
    import subprocess
    import sys

    body = (
        "import sys; from optviz.gui import app as g; a = g.application();"
        "from optviz.gui.window import MainWindow; from optviz.gui.race.page import RacePage;"
        "w = MainWindow(RacePage.first_session(), warm=False); w.show(); a.processEvents();"
        "w.close_unasked();"
        "parts = ('optviz.maps', 'optviz.gui.maps', 'optviz.render.maps');"
        "sys.exit(any(m.startswith(parts) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", body], timeout=60).returncode == 0


def test_a_stop_ends_a_map_that_is_computed(basin):
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        build(basin).at(stop=stop)


def test_the_start_is_moved_in_the_picture_beside_a_map_of_settings(make_map, qtbot):
    window = make_map(kind="sensitivity")
    session, view = window.session, window.page.view
    before = drawn_bits(window)
    place = view._picture.race_mapping(QRectF(view.rect()), session.map_scene)
    goal = place.to_pixel(np.array([2.0, 1.0]))
    qtbot.mouseClick(view, Button.LeftButton, pos=QPointF(*goal).toPoint())
    settled(qtbot, window)
    assert np.allclose(session.experiment.start, (2.0, 1.0), atol=0.05)
    assert drawn_bits(window) != before  # the settings are tried from there now
    assert session.undo_stack.count() == 1


def test_an_export_and_a_presentation_show_the_map(make_map, qtbot):
    from optviz.gui.export.subject import ExperimentSubject
    from optviz.gui.presenter.show import PageShow

    window = make_map(kind="loss")
    session = window.session
    subject = ExperimentSubject(session, window)
    assert subject.moving
    picture = subject.picture(40, (640, 360), "light", None)
    assert picture is not None
    assert picture.width() == 640
    assert PageShow(window.page).scene is session.map_scene
    session.edit(edits.with_kind(session.experiment, "basin"), "basin")
    settled(qtbot, window)
    assert not subject.moving


class _Kept:
    ready, kept = False, True

    @property
    def compiled(self):
        self.ready = True
        return self


def test_fast_kernels_that_are_kept_are_loaded_and_others_are_left_to_the_process(qtbot, basin, monkeypatch):
    kernel = _Kept()
    monkeypatch.setattr("optviz.gui.compiler.faster_kernels_for", lambda experiment: [kernel])
    compiler = Compiler()
    with qtbot.waitSignal(compiler.faster, timeout=5000):
        compiler.request_faster(basin)
    assert kernel.ready
    sent = []
    kernel.ready = kernel.kept = False
    monkeypatch.setattr(compiler, "_send", sent.append)
    compiler.request_faster(basin)
    assert sent[0]["faster"] is True
    assert not compiler.busy  # nobody waits for it
    assert not kernel.ready
    compiler.close()
