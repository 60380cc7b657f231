"""Kinds of picture, the panels of camera and options, key-frames on the timeline, and Reshape."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from optviz.experiment import Experiment
from optviz.gui.reshape.page import ReshapePage
from optviz.gui.surface3d.view import Surface3DView
from tests.gui.surface3d.test_surface3d_view import click, drag, middle, mouse

Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(solid):
    return solid.page


def pressed(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# ------------------------------------------------------------------ kinds


def test_a_key_goes_through_the_kinds_and_the_race_plays_on(solid, page, qtbot):
    solid.playback.seek(30)
    solid.playback.play()
    page.surface3d.setFocus()
    seen = []
    for _ in range(3):
        qtbot.keyClick(solid.focusWidget(), Qt.Key.Key_V)
        kind = solid.session.experiment.view.kind
        seen.append((kind, page.surface.isVisible(), page.surface3d.isVisible()))
        assert solid.focusWidget() in page.area.pictures
        assert solid.playback.playing
        assert solid.playback.frame >= 30
    assert seen == [("split", True, True), ("contour", True, False), ("surface3d", False, True)]
    assert solid.session.undo_stack.count() == 0
    assert not solid.session.unsaved
    assert not page.surface3d._by_key  # a change of kind shows no frame of the keyboard


def test_the_bar_says_and_chooses_the_kind(solid, page):
    bar = page.tools.bar
    assert bar.isVisibleTo(solid)
    assert bar.kinds.buttons["surface3d"].isChecked()
    pressed(bar.kinds.buttons["split"])
    assert page.area.kind == "split"
    pressed(bar.kinds.buttons["split"])
    assert bar.kinds.buttons["split"].isChecked()
    pressed(bar.kinds.buttons["contour"])
    assert not bar.camera.isVisibleTo(bar)
    assert bar.options.isVisibleTo(bar)
    assert Experiment.loads(solid.session.experiment.dumps()).view.kind == "contour"


def test_both_pictures_share_the_time_and_the_pointer(solid, page, qtbot):
    page.tools.set_kind("split")
    flat, curved = page.surface, page.surface3d
    for picture in (flat, curved):
        picture.repaint()
    assert flat.playback is curved.playback
    at = curved.pixel_of((0.0, 0.2)) or middle(curved)
    mouse(curved, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
    assert flat.crosshair == pytest.approx(curved.pick(at))
    # Equal losses have equal colours, though the contour picture shows more of the plane.
    assert curved.passes.quick.scale(curved.scene) == flat_scale(flat)


def flat_scale(flat):
    from optviz.backdrop import scale

    view, scene = flat.mapping(), flat.scene
    return scale(scene.problem, view.xlim, view.ylim, scene.company or (scene.problem,))


def test_without_a_picture_in_focus_the_window_zooms_both(solid, page):
    page.tools.set_kind("split")
    solid.transport.slider.setFocus()
    solid.actions_by_name["zoom_in"].trigger()
    assert page.viewpoint.camera().zoom == pytest.approx(1.25)
    assert solid.session.experiment.view.xlim is not None


# ------------------------------------------------------------------ the panels


def test_options_are_those_of_the_view(solid, page):
    pressed(page.tools.bar.options)
    panel = page.tools.options
    assert panel.isVisible()
    panel.height_of.buttons["linear"].click()
    panel.switches["mesh"].click()
    panel.switches["floor"].click()
    panel.arrows["momentum"].click()
    panel.arrows["gradient"].click()
    view = solid.session.experiment.view
    assert (view.height, view.mesh, view.lines, view.floor) == ("linear", True, True, False)
    assert view.arrows == ("gradient", "momentum")
    assert solid.session.unsaved
    assert solid.session.undo_stack.count() == 5
    for _ in range(3):
        solid.actions_by_name["undo"].trigger()
    view = solid.session.experiment.view
    assert (view.height, view.mesh, view.floor, view.arrows) == ("linear", True, True, ())
    page.tools.set_kind("contour")
    assert not panel.height_of.isVisible()
    assert panel.arrows["update"].isVisible()


def test_escape_closes_a_panel_and_gives_the_keyboard_back(solid, page, qtbot):
    pressed(page.tools.bar.camera)
    panel = page.tools.camera
    panel.places["top"].setFocus()
    qtbot.keyClick(panel.places["top"], Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert solid.focusWidget() is page.tools.bar.camera
    pressed(page.tools.bar.camera)
    pressed(page.tools.bar.options)
    assert not panel.isVisible()
    assert page.tools.options.isVisible()


def test_panels_keep_inside_the_picture_and_the_readout_clear_of_them(solid, page):
    solid.resize(1024, 700)
    pressed(page.tools.bar.camera)
    for k in range(5):
        solid.playback.seek(k)
        page.viewpoint.set_key()
    panel = page.tools.camera
    page.tools.place()
    assert page.area.rect().contains(panel.geometry())
    assert any(rect.contains(QPointF(panel.geometry().center())) for rect in page.surface3d.covers())


def test_everything_in_the_panels_has_a_name_and_a_tooltip(solid, page):
    from tests.gui.test_accessibility import focusable

    page.viewpoint.set_key()
    for button in (page.tools.bar.camera, page.tools.bar.options):
        pressed(button)
        for widget in focusable(solid):
            assert widget.accessibleName() or widget is solid.surface, widget
            assert widget.toolTip() or widget in (page.surface3d, solid.plots.canvas), widget


def test_key_frames_in_the_panel_and_on_the_timeline(solid, page, qtbot):
    pressed(page.tools.bar.camera)
    panel, view = page.tools.camera, page.surface3d
    solid.playback.seek(10)
    panel.keep.click()
    solid.playback.seek(40)
    drag(view, middle(view), middle(view) + QPointF(60, 0))
    assert page.tools.free.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_K, Control)
    assert not page.tools.free.isVisible()
    assert [row.go.text().split(",")[0] for row in panel.rows] == ["step 10", "step 40"]
    assert solid.transport.slider.marks == [10, 40]
    panel.rows[0].go.click()
    assert solid.playback.frame == 10
    assert view.projection().camera == page.viewpoint.keys[0].camera
    panel.rows[1].remove.click()
    assert solid.transport.slider.marks == [10]
    panel.clear.click()
    assert page.viewpoint.keys == ()
    panel.clear.click()  # brings them back
    assert [key.frame for key in page.viewpoint.keys] == [10]


def test_named_viewpoints_and_the_turntable_of_films(solid, page, qtbot):
    pressed(page.tools.bar.camera)
    panel = page.tools.camera
    panel.places["top"].click()
    qtbot.waitUntil(lambda: page.viewpoint.camera().elevation == 90.0, timeout=2000)
    page.viewpoint.settle()
    panel.turntable.lineEdit().setText("0.5")
    panel.turntable.lineEdit().setModified(True)
    assert panel.turntable.commit()
    solid.playback.seek(20)
    assert page.surface3d.projection().camera.azimuth == pytest.approx(-80.0)
    assert solid.session.experiment.view.camera.turntable == 0.5


def test_the_turntable_action_turns_and_any_touch_stops_it(solid, page, qtbot):
    action, before = solid.actions_by_name["turntable"], page.viewpoint.camera().azimuth
    action.trigger()
    assert action.isChecked()
    qtbot.waitUntil(lambda: page.viewpoint.camera().azimuth > before + 0.5, timeout=3000)
    click(page.surface3d, QPointF(3, 3))
    assert not action.isChecked()
    assert not page.viewpoint.turning
    action.trigger()
    page.tools.set_kind("contour")
    assert not page.viewpoint.turning


# ------------------------------------------------------------------ Reshape


@pytest.fixture
def comparison(solid_race, qtbot, qapp):
    experiment = solid_race.replace(
        reshape={"after": {"penalty": {"l2": 0.5}}}, view=replace(solid_race.view, kind="split")
    )
    names = ("first", "previous", "play", "next", "last", "loop")
    made = ReshapePage(ReshapePage.session_of(experiment), {name: QAction(name) for name in names})
    for kernel in made.kernels():
        assert kernel.compiled is not None
    made.resize(1280, 720)
    made.show()
    made.enter()
    qtbot.waitUntil(lambda: made.session.reshape_scene is not None, timeout=5000)
    made.playback.pause()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()


def test_both_sides_are_seen_from_one_camera_and_a_click_on_either_starts_both(comparison, qtbot):
    before, after = (comparison.view.sides[which].solid for which in ("before", "after"))
    assert before.isVisible()
    assert after.isVisible()
    drag(after, middle(after), middle(after) + QPointF(30, 10))
    assert before.projection().camera == after.projection().camera
    at = after.pixel_of((0.3, 0.6))
    assert at is not None
    point = after.pick(at)
    click(after, at)
    assert comparison.session.experiment.start == pytest.approx(point, abs=1e-6)
    mouse(after, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
    assert comparison.view.sides["before"].picture.crosshair == pytest.approx(point, abs=1e-6)
    qtbot.waitUntil(lambda: not before.draft and not after.draft, timeout=8000)


# ------------------------------------------------------------------ nothing stays


def test_a_page_that_goes_takes_its_pictures_with_it(make_window, solid_race, qtbot, qapp):
    window = make_window(solid_race)
    view = window.page.surface3d
    view.orbit(10, 0)
    view.repaint()
    qtbot.waitUntil(lambda: not view.draft, timeout=5000)
    gone = weakref.ref(view.passes.fine), weakref.ref(view.passes.quick)
    assert len(window.findChildren(Surface3DView)) == 1
    window.close_unasked()
    view.passes = None
    gc.collect()
    assert [ref() for ref in gone] == [None, None]
