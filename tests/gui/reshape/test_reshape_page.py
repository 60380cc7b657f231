"""The Reshape page as a person uses it: two pictures of one experiment, and everything that changes them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from optviz.experiment import Experiment
from optviz.gui.recent import Memory
from optviz.gui.reshape.page import ReshapePage
from optviz.gui.window import MainWindow
from optviz.readings import read

ENTRANTS = ({"optimizer": "gd", "learning_rate": 0.5}, {"optimizer": "adam", "learning_rate": 0.1})


@pytest.fixture(scope="module")
def comparison(qapp):
    experiment = Experiment(
        "neuron", ENTRANTS, steps=40, start=(-2.0, 2.0), coefficients={"m": 32},
        reshape={"after": {"penalty": {"l2": 0.5}}},
    )  # fmt: skip
    page = ReshapePage(ReshapePage.session_of(experiment), actions_of_nobody())
    for kernel in page.kernels():
        assert kernel.compiled is not None
    page.close_down()
    return experiment


def actions_of_nobody():
    from PySide6.QtGui import QAction

    names = ("first", "previous", "play", "next", "last", "loop")
    return {name: QAction(name) for name in names}


@pytest.fixture
def window(qapp, qtbot, comparison):
    made = MainWindow(ReshapePage.session_of(comparison), Memory(), warm=False)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(lambda: made.session.scene is not None, timeout=5000)
    made.playback.pause()
    made.playback.seek(0)
    made.page.focus_view()
    yield made
    made.close_unasked()
    made.deleteLater()


@pytest.fixture
def page(window):
    return window.page


def pixel(picture, point):
    x, y = picture.mapping().to_pixel(np.array(point, dtype=float))
    return QPointF(float(x), float(y))


def mouse(picture, kind, at, button=Qt.MouseButton.LeftButton, buttons=None):
    held = button if buttons is None else buttons
    where = picture.mapToGlobal(at)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(picture, QMouseEvent(kind, at, where, button, held, none))


def settle(page, qtbot):
    page.session.compute()
    qtbot.waitUntil(lambda: not page.view.refiner.drafts, timeout=5000)


# ------------------------------------------------------------------ what is shown


def test_two_pictures_of_one_experiment_side_by_side(page):
    shown = page.view.shown
    assert [picture.face.which for picture in shown] == ["before", "after"]
    left, right = shown
    assert left.size() == right.size()
    assert left.mapToGlobal(left.rect().topRight()).x() < right.mapToGlobal(right.rect().topLeft()).x()
    assert left.scene.problem.penalty.l2 == 0.0
    assert right.scene.problem.penalty.l2 == 0.5
    assert left.mapping().xlim == right.mapping().xlim
    assert left.scene.company == right.scene.company
    assert len(left.scene.company) == 2


def test_the_pictures_have_their_share_of_the_window(window, page, qtbot):
    for size in ((1280, 720), (1024, 700), (1920, 1080)):
        window.resize(*size)
        qtbot.wait(30)
        sides = [page.view.sides[which] for which in ("before", "after")]
        area = sum(side.width() * side.height() for side in sides)
        assert area >= 0.55 * size[0] * size[1] - 2000
    assert page.view.companions.height() > 150  # and on a large window the small ones have room, too


def test_captions_say_what_differs(page, qtbot):
    heads = {which: page.view.sides[which].head for which in ("before", "after")}
    assert heads["before"].caption() == "λ₂ = 0"
    assert heads["after"].caption() == "λ₂ = 0.5"
    page.controls.settings.swap.click()
    assert heads["before"].caption() == "λ₂ = 0.5"


def test_readings_follow_the_race_and_the_pointer(page, qtbot):
    head, picture = page.view.sides["after"].head, page.view.sides["before"].picture
    page.playback.seek(10)
    assert head.readings().point == pytest.approx(picture.face.whole.reshape_scene.after.lines[0].path[10])
    mouse(picture, QEvent.Type.MouseMove, pixel(picture, (1.0, -1.0)), Qt.MouseButton.NoButton)
    point = head.readings().point
    assert point == pytest.approx((1.0, -1.0), abs=1e-9)
    expected = read(page.session.reshape_scene.after, 10, point).at_cursor.high
    assert head.readings().at_cursor.high == expected
    # The same place on both sides: a crosshair on the other one.
    assert page.view.sides["after"].picture.crosshair == point
    assert picture.crosshair is None
    QApplication.sendEvent(picture, QEvent(QEvent.Type.Leave))
    assert page.view.sides["after"].picture.crosshair is None
    assert head.readings().point != point


def test_the_small_pictures_are_those_the_surface_has(page, qtbot):
    small = page.view.companions
    assert small.shown() == ["activation", "histogram", "balls", "paths"]
    qtbot.waitUntil(lambda: small.up_to_date, timeout=5000)
    page.controls.settings.choose("linear_regression")
    page.session.compute()
    assert small.shown() == ["balls", "paths"]
    qtbot.waitUntil(lambda: small.up_to_date, timeout=5000)


def test_the_small_pictures_follow_the_pointer(page, qtbot):
    small = page.view.companions
    qtbot.waitUntil(lambda: small.up_to_date, timeout=5000)
    before = small._images["histogram"].copy()
    page.view.sides["after"].picture.pointed.emit((4.0, 3.0))
    assert small.point_of(page.session.scene) == (4.0, 3.0)
    qtbot.waitUntil(lambda: small.up_to_date, timeout=5000)
    assert small._images["histogram"] != before
    page.view.sides["after"].picture.pointed.emit(None)
    qtbot.waitUntil(lambda: small.up_to_date, timeout=5000)
    assert small._images["histogram"] == before


def test_a_click_makes_the_small_pictures_large_and_small_again(page, qtbot):
    small = page.view.companions
    usual = small.height()
    qtbot.mouseClick(small, Qt.MouseButton.LeftButton)
    assert small.height() > 1.8 * usual
    button = page.controls.settings.modes.small
    assert button.isChecked()
    qtbot.keyClick(small, Qt.Key.Key_Return)
    assert small.height() == pytest.approx(usual, abs=2)
    button.click()
    assert not page.view.companions_shown
    assert not button.isChecked()
    button.click()
    assert page.view.companions_shown


# ------------------------------------------------------------------ what changes it


def row(page, key):
    return page.controls.settings.rows[key]


def test_a_slider_of_one_side_changes_that_side_only(page, qtbot):
    settings = row(page, "penalty.l2")
    assert settings.split
    assert settings.differs
    before = page.session.reshape_scene.before
    slider = settings.cells["after"].slider
    slider.nudge(0.2)
    value = slider.knob_value
    assert value != 0.5
    assert settings.cells["after"].number.value == value
    page.session.compute()
    assert page.session.reshape_scene.after.problem.penalty.l2 == value
    assert page.session.reshape_scene.before.run is before.run
    assert settings.cells["before"].slider.knob_value == 0.0


def test_a_penalty_slider_begins_at_zero(page):
    slider = row(page, "penalty.l2").cells["after"].slider
    assert slider.map.value(0.0) == 0.0
    assert slider.map.share(0.0) == 0.0
    values = [slider.map.value(i / 100) for i in range(101)]
    assert values == sorted(values)
    assert values[-1] == 10.0
    for value in (1e-3, 0.02, 0.5, 10.0):
        assert slider.map.value(slider.map.share(value)) == pytest.approx(value, rel=0.01)


def test_splitting_and_linking_a_row(page, qtbot):
    settings = page.controls.settings
    key = "coefficients.feature_scale"
    assert not row(page, key).split
    row(page, key).link.click()
    assert row(page, key).split
    assert not row(page, key).differs
    row(page, key).cells["after"].slider.nudge(0.5)
    assert row(page, key).differs
    first = [one.item.key for one in settings._rows_of(settings._different)]
    assert key in first
    assert settings._rows_of(settings._different)[0].y() < row(page, "choices.activation").y()
    row(page, key).link.click()
    assert not row(page, key).split
    assert page.session.experiment.coefficients["feature_scale"] == 1.0
    assert all(side.coefficients["feature_scale"] == 1.0 for side in page.session.experiment.sides.values())


def test_a_linked_value_goes_to_both_sides(page):
    combo = row(page, "choices.activation").cells[""].combo
    combo.setCurrentIndex(3)
    combo.activated.emit(3)
    assert {side.choices["activation"] for side in page.session.experiment.sides.values()} == {"relu"}
    assert page.session.experiment.choices["activation"] == "relu"


def test_a_start_by_a_click_in_either_picture_moves_both(page, qtbot):
    for picture, point in zip(page.view.shown, ((1.0, 1.0), (-3.0, 2.0)), strict=True):
        at = pixel(picture, point)
        mouse(picture, QEvent.Type.MouseButtonPress, at)
        mouse(picture, QEvent.Type.MouseButtonRelease, at, buttons=Qt.MouseButton.NoButton)
        page.session.compute()
        starts = [one.scene.start for one in page.view.shown]
        assert starts[0] == starts[1] == pytest.approx(point, abs=0.03)
    page.session.undo_stack.undo()
    assert page.session.experiment.start == pytest.approx((1.0, 1.0), abs=0.03)


def test_linked_pictures_zoom_together_and_unlinked_ones_alone(page):
    left, right = page.view.shown
    right.zoom(2.0)
    page.session.compute()
    assert left.mapping().xlim == right.mapping().xlim
    page.controls.settings.modes.linked_view.click()
    seen = left.scene.xlim
    right.zoom(2.0)
    page.session.compute()
    assert left.scene.xlim == seen
    assert right.scene.xlim[1] - right.scene.xlim[0] < 0.6 * (seen[1] - seen[0])
    page.controls.settings.modes.linked_view.click()
    page.session.compute()
    assert left.scene.xlim == right.scene.xlim


def test_every_edit_can_be_taken_back(page):
    first = page.session.experiment
    stack = page.session.undo_stack
    settings = page.controls.settings
    settings.swap.click()
    row(page, "penalty.l2").cells["after"].number.value_changed.emit(0.3)
    page.session.end_drag()
    row(page, "choices.loss").link.click()
    combo = row(page, "choices.loss").cells["after"].combo
    combo.activated.emit(1)
    row(page, "choices.batch_norm").cells[""].switch.click()
    settings.race.rows["steps"].value_changed.emit(50.0)
    settings.choose("chain")
    assert stack.count() == 7
    while stack.canUndo():
        stack.undo()
    assert page.session.experiment == first
    for key, setting in settings.rows.items():
        for side, cell in setting.cells.items():
            if cell.number is not None:
                assert cell.number.value == settings_value(page, key, side), key


def settings_value(page, key, side):
    from optviz.gui.reshape.edits import value_of

    return value_of(page.session.experiment, row(page, key).item, side)


def test_a_surface_picked_anew_begins_with_a_telling_difference(page):
    page.controls.settings.choose("deep_chain")
    assert row(page, "choices.batch_norm").differs
    page.controls.settings.choose("rosenbrock")
    assert row(page, "penalty.l2").differs
    assert "coefficients.a" in page.controls.settings.rows


def test_what_does_nothing_is_not_offered(page):
    assert row(page, "coefficients.gamma").isHidden()
    row(page, "choices.batch_norm").cells[""].switch.click()
    assert not row(page, "coefficients.gamma").isHidden()


def test_a_mini_batch_is_offered_where_there_are_any(page):
    modes = page.controls.settings.modes
    assert modes.batch.isHidden()
    row(page, "batch_size.batch_size").cells[""].number.value_changed.emit(8)
    assert not modes.batch.isHidden()
    modes.batch.click()
    assert page.session.experiment.view.sample == "batch"
    page.session.compute()
    scene = page.session.reshape_scene.after
    assert scene.drawn(1).key != scene.problem.key


# ------------------------------------------------------------------ the morph


def test_the_morph_shows_one_picture_that_follows_its_slider(page, qtbot):
    page.controls.settings.modes.modes["morph"].click()
    page.session.compute()
    assert [picture.face.which for picture in page.view.shown] == ["between"]
    bar = page.view.morph
    assert bar.isVisible()
    for share in (0.0, 0.25, 1.0):
        bar.slider._go(share)
        page.session.compute()
        l2 = page.view.shown[0].scene.problem.penalty.l2
        assert l2 == pytest.approx(0.5 * share)
        assert bar.number.value == share
    assert page.session.undo_stack.count() == 0
    page.controls.settings.modes.modes["both"].click()
    assert len(page.view.shown) == 2
    assert not bar.isVisible()


def test_the_morph_plays_back_and_forth_and_stops(page, qtbot, monkeypatch):
    monkeypatch.setattr("optviz.gui.reshape.morph._WAY", 0.1)
    monkeypatch.setattr("optviz.gui.reshape.morph._REST", 0.0)
    page.session.look(show="morph", morph=0.0)
    bar, seen = page.view.morph, []
    page.session.experiment_changed.connect(lambda e: seen.append(e.reshape.morph))
    bar.play.click()
    assert bar.playing
    qtbot.waitUntil(lambda: 1.0 in seen and min(seen[seen.index(1.0) :]) < 0.5, timeout=5000)
    bar.play.click()
    assert not bar.playing
    bar.play.click()
    page.session.look(show="both")
    assert not bar.playing


# ------------------------------------------------------------------ drafts and full pictures


def test_a_moving_slider_shows_drafts_and_rest_shows_the_full_picture(page, qtbot):
    settle(page, qtbot)
    row(page, "penalty.l2").cells["after"].slider.nudge(0.1)
    page.session.compute()
    assert page.view.refiner.drafts
    qtbot.waitUntil(lambda: not page.view.refiner.drafts, timeout=5000)


def test_closing_while_something_is_computed(window, page, qtbot):
    row(page, "penalty.l2").cells["after"].slider.nudge(0.1)
    page.session.compute()
    page.view.refiner._begin()
    window.close_unasked()
    assert not window.isVisible()


# ------------------------------------------------------------------ hostile input, keys, words


@pytest.mark.parametrize("text", ["nan", "-1", "1e999", "", "abc", "0,5,5"])
def test_what_is_not_allowed_changes_nothing(page, qtbot, text):
    number = row(page, "penalty.l2").cells["after"].number
    before = page.session.experiment
    number.setFocus()
    number.lineEdit().selectAll()
    qtbot.keyClicks(number.lineEdit(), text)
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert page.session.experiment == before


def test_what_only_together_is_not_allowed_is_said_and_changes_nothing(page, qtbot):
    row(page, "batch_size.batch_size").cells[""].number.value_changed.emit(20)
    before = page.session.experiment
    with qtbot.waitSignal(page.session.failed) as told:
        row(page, "coefficients.m").cells[""]._take(8)
    assert "batch_size: 20 is not allowed" in told.args[0]
    assert page.session.experiment is before
    assert row(page, "coefficients.m").cells[""].number.value == 32


def test_a_switch_that_is_refused_goes_back(page, qtbot):
    row(page, "batch_size.batch_size").cells[""].number.value_changed.emit(1)
    switch = row(page, "choices.batch_norm").cells[""].switch
    with qtbot.waitSignal(page.session.failed):
        switch.click()
    assert not switch.isChecked()


def focusable(page):
    return [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(page)
        and widget.window() is page.window()
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget, QAbstractScrollArea)
        and widget.focusProxy() is None
    ]


def test_everything_that_takes_the_focus_has_a_name_and_a_tooltip(page):
    page.controls.settings.more.click()
    page.session.look(show="morph")
    widgets = focusable(page)
    page.session.look(show="both")
    widgets += [widget for widget in focusable(page) if widget not in widgets]
    assert len(widgets) > 40
    for widget in widgets:
        told = QAccessible.queryAccessibleInterface(widget)
        assert told.text(QAccessible.Text.Name).strip(), widget
        assert widget.toolTip() or widget in [side.picture for side in page.view.sides.values()], widget
    names = [QAccessible.queryAccessibleInterface(w).text(QAccessible.Text.Name) for w in page.view.shown]
    assert len(set(names)) == 2  # the pictures are told apart


def test_tab_reaches_everything_once(window, page):
    expected = {widget for widget in focusable(page) if widget.isEnabled()}
    page.view.shown[0].setFocus()
    seen = []
    for _ in range(300):
        widget = QApplication.focusWidget()
        if widget is None or widget in seen:
            break
        seen.append(widget)
        window.focusNextChild()
    missed = [widget.accessibleName() for widget in expected - set(seen)]
    assert not missed
    order = [seen.index(part) for part in (
        page.view.shown[0], page.view.shown[1], page.controls.settings.button,
        row(page, "penalty.l2").cells["before"].slider, row(page, "penalty.l2").cells["after"].slider,
        row(page, "penalty.l2").link, row(page, "choices.activation").cells[""].combo,
        page.controls.entrants.cards[0].handle,
    )]  # fmt: skip
    assert order == sorted(order)


def test_the_keyboard_alone_is_enough(window, page, qtbot):
    slider = row(page, "penalty.l2").cells["after"].slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert page.session.experiment.sides["after"].penalty.l2 > 0.5
    link = row(page, "choices.activation").link
    link.setFocus()
    qtbot.keyClick(link, Qt.Key.Key_Return)
    assert row(page, "choices.activation").split
    assert row(page, "choices.activation").link.hasFocus()
    page.view.shown[1].setFocus()
    wide = page.session.experiment.xlim
    qtbot.keyClick(page.view.shown[1], Qt.Key.Key_Plus)
    now = page.session.experiment.xlim
    assert now[1] - now[0] < wide[1] - wide[0]


def test_the_pictures_say_in_words_what_they_show(page, qtbot):
    for picture, text in zip(page.view.shown, ("λ₂ = 0.", "λ₂ = 0.5."), strict=True):
        qtbot.waitUntil(lambda p=picture, t=text: t in p.accessibleDescription(), timeout=2000)
    assert "condition number" in page.view.sides["before"].head.words()


def test_it_comes_back_as_it_was_left(qapp, qtbot, page, tmp_path):
    page.session.look(show="morph", morph=0.3)
    page.session.save(tmp_path / "it.toml")
    again = ReshapePage(ReshapePage.session_of(Experiment.load(tmp_path / "it.toml")), actions_of_nobody())
    assert [picture.face.which for picture in again.view.shown] == ["between"]
    assert again.view.morph.number.value == 0.3
    again.close_down()
    again.deleteLater()
