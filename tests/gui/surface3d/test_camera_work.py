"""Key-frames, the turntable and what a picture has on it are work: steps of the history, to be saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAction, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from optviz.experiment import Experiment
from optviz.gui import readout as readouts
from optviz.gui.playback import Playback
from optviz.gui.reshape.page import ReshapePage
from optviz.gui.reshape.session import ReshapeSession
from optviz.gui.surface3d import view as view3d
from optviz.gui.surface3d.viewpoint import Viewpoint
from optviz.render.panels.surface3d.outline import edges
from tests.gui.surface3d.test_surface3d_view import click, drag, middle

Left = Qt.MouseButton.LeftButton
NAMES = ("first", "previous", "play", "next", "last", "loop")
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(solid):
    return solid.page


def frames(page):
    return [key.frame for key in page.viewpoint.keys]


def pressed(button):
    QTest.mouseClick(button, Left)


# ------------------------------------------------------------------ the history


def test_a_key_frame_is_unsaved_work_and_one_step_back(solid, page, qtbot, tmp_path):
    solid.session.save(tmp_path / "race.toml")
    for frame in (10, 40):
        solid.playback.seek(frame)
        qtbot.keyClick(page.surface3d, Qt.Key.Key_K, Control)
    assert solid.session.unsaved
    assert solid.isWindowModified()
    assert solid.actions_by_name["undo"].text() == "Undo Set camera key-frame"
    qtbot.keyClick(page.surface3d, Qt.Key.Key_Z, Control)
    assert frames(page) == [10]
    assert solid.transport.slider.marks == [10]
    qtbot.keyClick(page.surface3d, Qt.Key.Key_Z, Control)
    assert frames(page) == []
    assert not solid.session.unsaved
    assert solid.session.path == tmp_path / "race.toml"
    solid.session.undo_stack.redo()
    assert frames(page) == [10]
    solid.session.save(tmp_path / "race.toml")
    assert [key.frame for key in Experiment.load(tmp_path / "race.toml").view.camera_keys] == [10]


def test_deleting_and_clearing_key_frames_goes_back_step_by_step(solid, page):
    for frame in (0, 20, 50):
        solid.playback.seek(frame)
        page.viewpoint.set_key()
    page.viewpoint.remove_key(20)
    page.viewpoint.clear_keys()
    seen = [frames(page)]
    for _ in range(3):
        solid.session.undo_stack.undo()
        seen.append(frames(page))
    assert seen == [[], [0, 50], [0, 20, 50], [0, 20]]


def test_going_back_over_other_work_leaves_key_frames_and_where_one_looks(solid, page):
    solid.session.change("steps", steps=50)
    page.surface3d.orbit(25, 5)
    page.viewpoint.settle()
    here = page.viewpoint.camera()
    page.viewpoint.set_key()
    solid.session.change("steps", steps=40)
    solid.session.undo_stack.undo()
    assert (solid.session.experiment.steps, frames(page)) == (50, [0])
    solid.session.undo_stack.undo()
    assert (solid.session.experiment.steps, frames(page)) == (50, [])
    assert page.viewpoint.camera() == here
    solid.session.undo_stack.undo()
    assert solid.session.experiment.steps == 60
    assert page.viewpoint.camera() == here


def test_the_turntable_of_films_is_one_step_and_the_hand_on_the_camera_none(solid, page):
    page.surface3d.orbit(25, 5)
    page.viewpoint.settle()
    assert not solid.session.unsaved
    before = solid.session.experiment.view.camera
    solid.playback.seek(20)
    page.viewpoint.set_film_turntable(0.5)
    assert solid.session.unsaved
    assert page.viewpoint.camera().azimuth == pytest.approx(before.azimuth)
    solid.session.undo_stack.undo()
    assert solid.session.experiment.view.camera == before


def test_key_frames_of_a_comparison_are_steps_too(solid_race, qapp):
    session = ReshapeSession(solid_race.replace(reshape={"after": {"penalty": {"l2": 0.5}}}))
    viewpoint = Viewpoint(session, Playback())
    viewpoint.set_key()
    assert session.unsaved
    session.undo_stack.undo()
    assert viewpoint.keys == ()
    session.undo_stack.redo()
    assert [key.frame for key in viewpoint.keys] == [0]
    session.close()


# ------------------------------------------------------------------ the panels go


def test_escape_closes_a_panel_wherever_the_keyboard_is(solid, page, qtbot):
    pressed(page.tools.bar.camera)
    page.surface3d.setFocus()
    qtbot.keyClick(page.surface3d, Qt.Key.Key_Escape)
    assert not page.tools.camera.isVisible()
    assert not page.tools.bar.camera.isChecked()
    pressed(page.tools.bar.camera)
    field = page.tools.camera.turntable.lineEdit()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not page.tools.camera.isVisible()


def test_a_click_elsewhere_closes_a_panel_but_looking_around_does_not(solid, page):
    pressed(page.tools.bar.camera)
    panel, view = page.tools.camera, page.surface3d
    drag(view, middle(view), middle(view) + QPointF(40, 0))
    QTest.mouseClick(solid.transport.slider, Left)
    assert panel.isVisible()
    QTest.mouseClick(page.plots.canvas, Left)
    assert not panel.isVisible()
    pressed(page.tools.bar.options)
    QTest.mouseClick(solid.topbar.title, Left)
    assert not page.tools.options.isVisible()


def test_panels_close_and_the_turntable_stops_for_a_page_a_file_and_an_export(solid, page, tmp_path, qtbot):
    solid.session.save(tmp_path / "race.toml")

    def look():
        solid.show_page("race")
        pressed(page.tools.bar.camera)
        solid.actions_by_name["turntable"].trigger()
        assert page.tools.camera.isVisible()
        assert page.viewpoint.turning

    def at_rest():
        return not page.tools.camera.isVisible() and not page.viewpoint.turning

    look()
    solid.show_page("learn")
    assert at_rest()
    look()
    solid.show_export()
    assert at_rest()
    solid._export.close()
    look()
    solid.documents.open(tmp_path / "race.toml")
    qtbot.waitUntil(at_rest, timeout=5000)


@pytest.mark.parametrize("kind", ["surface3d", "split"])
def test_the_camera_panel_covers_no_more_than_a_third_of_a_small_picture(solid, page, kind):
    solid.resize(1024, 700)
    page.tools.set_kind(kind)
    pressed(page.tools.bar.camera)
    for frame in range(0, 60, 10):
        solid.playback.seek(frame)
        page.viewpoint.set_key()
    page.tools.place()
    panel, picture = page.tools.camera, page.surface3d
    assert panel.width() * panel.height() <= picture.width() * picture.height() / 3
    assert all(row.go.text() for row in panel.rows)


# ------------------------------------------------------------------ keys


def test_a_digit_goes_to_three_dimensions_and_back(solid, page, qtbot):
    page.tools.set_kind("split")
    page.surface3d.setFocus()
    kinds = []
    for _ in range(3):
        qtbot.keyClick(solid.focusWidget(), Qt.Key.Key_3)
        kinds.append(page.tools.kind)
    assert kinds == ["surface3d", "split", "surface3d"]
    field = page.controls.entrants.cards[0].number.lineEdit()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_3)
    assert page.tools.kind == "surface3d"


# ------------------------------------------------------------------ until it can be drawn


def test_until_its_kernels_are_ready_the_surface_is_seen_from_above(solid, page, monkeypatch, qtbot):
    class Missing:
        ready = False

    view = page.surface3d
    monkeypatch.setattr(view3d, "kernels_of_solid", lambda: (Missing(),))
    page.surface.resize(view.size())
    flat, stand_in = page.surface.grab().toImage(), view.grab().toImage()
    at = [(x, y) for x in range(80, view.width() - 20, 40) for y in range(120, view.height() - 60, 40)]
    same = [flat.pixel(*spot) == stand_in.pixel(*spot) for spot in at]
    assert sum(same) > 0.9 * len(same)
    start = solid.session.experiment.start
    click(view, middle(view))  # what would be under it in three dimensions is not what is seen
    assert solid.session.experiment.start == start
    monkeypatch.undo()
    view.repaint()
    click(view, middle(view))
    assert solid.session.experiment.start != start


def test_the_readout_keeps_clear_of_the_axes(solid, page, monkeypatch):
    view, boxes = page.surface3d, []
    free = readouts.Readout._free

    def placed(self, *given):
        boxes.append(free(self, *given))
        return boxes[-1]

    monkeypatch.setattr(readouts.Readout, "_free", placed)
    solid.resize(1600, 720)  # the height is filled
    QApplication.processEvents()
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    covered = []
    for azimuth in range(-170, 180, 20):
        page.viewpoint.look(replace(page.viewpoint.camera(), azimuth=float(azimuth)))
        view._readout = readouts.Readout()
        at = next((at for at in (middle(view), middle(view) + QPointF(0, 60)) if view.pick(at)), None)
        if at is None:
            continue
        with QPainter(image) as painter:
            view._paint_readout(painter, solid.session.scene, at)
        projection = view.projection()
        for edge in filter(None, edges(projection)):
            spots = projection.seen(np.array([edge.at(share / 20) for share in range(21)]))
            near = boxes[-1].adjusted(-12, -12, 12, 12)  # as far as numbers are from their axis
            if any(near.contains(QPointF(*spot[:2])) for spot in spots):
                covered.append(azimuth)
    assert len(boxes) > 12
    assert covered == []


def test_over_many_small_pictures_the_camera_panel_leaves_those_it_is_about(solid_race, qtbot, qapp):
    experiment = solid_race.replace(
        reshape={"after": {"penalty": {"l2": 0.5}}}, view=replace(solid_race.view, kind="split")
    )
    made = ReshapePage(ReshapePage.session_of(experiment), {name: QAction(name) for name in NAMES})
    made.resize(1024, 660)
    made.show()
    made.tools.bar.camera.click()
    made.tools.place()
    panel = made.tools.camera
    for which in ("before", "after"):
        solid = made.view.sides[which].solid
        place = QRect(solid.mapTo(made.view.upper, QPoint(0, 0)), solid.size()).intersected(panel.geometry())
        assert 3 * place.width() * place.height() <= solid.width() * solid.height()
    made.close_down()
    made.close()
    made.deleteLater()
