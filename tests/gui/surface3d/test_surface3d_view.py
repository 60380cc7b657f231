"""The surface in three dimensions under the hand: the start, the camera, the readout, full pictures."""

from __future__ import annotations

import math
import threading
from time import sleep

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication

Left, Right, Middle = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
No = Qt.KeyboardModifier.NoModifier
Shift, Control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(solid):
    return solid.page.surface3d


def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2


def pixel(view, x, y):
    at = view.projection().to_pixel(np.array([x, y]), np.array(rosenbrock(x, y)))
    return QPointF(float(at[0]), float(at[1]))


def mouse(view, kind, at, button=Left, buttons=None, held=No):
    at = QPointF(at)
    buttons = (Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button) \
        if buttons is None else buttons  # fmt: skip
    QApplication.sendEvent(view, QMouseEvent(kind, at, QPointF(view.mapToGlobal(at)), button, buttons, held))


def drag(view, begin, end, button=Left, held=No, steps=4):
    mouse(view, QEvent.Type.MouseButtonPress, begin, button, held=held)
    for i in range(1, steps + 1):
        mouse(view, QEvent.Type.MouseMove, begin + (end - begin) * (i / steps), button, held=held)
    mouse(view, QEvent.Type.MouseButtonRelease, end, button, held=held)


def click(view, at):
    mouse(view, QEvent.Type.MouseButtonPress, at)
    mouse(view, QEvent.Type.MouseButtonRelease, at)


def wheel(view, at, turn, fine=QPoint(), phase=Qt.ScrollPhase.NoScrollPhase, held=No):  # noqa: B008
    event = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), fine, turn, Qt.MouseButton.NoButton, held, phase, False
    )
    QApplication.sendEvent(view, event)


def middle(view):
    return QPointF(view.width() / 2, view.height() / 2)


# ------------------------------------------------------------------ the start


@pytest.mark.parametrize("where", [(0.5, 0.62), (0.33, 0.5), (0.62, 0.3)])
def test_a_click_starts_the_race_at_exactly_that_point(solid, view, where):
    at = QPointF(where[0] * view.width(), where[1] * view.height())
    picked = view.pick(at)
    assert picked is not None
    click(view, at)
    start = solid.session.experiment.start
    scene = solid.session.scene
    for value, exact, (low, high) in zip(start, picked, (scene.xlim, scene.ylim), strict=True):
        assert abs(value - exact) <= 1e-6 * (high - low)
    # Forward again, by the formula of the surface: within a pixel of where the click was.
    seen = pixel(view, *start)
    assert math.hypot(seen.x() - at.x(), seen.y() - at.y()) < 1.0
    assert solid.session.undo_stack.count() == 1
    solid.session.undo_stack.undo()
    assert solid.session.experiment.start == (-1.0, 1.5)


def test_a_click_beside_the_surface_starts_nothing(solid, view):
    click(view, QPointF(4, 4))
    assert solid.session.undo_stack.count() == 0


def test_the_start_can_be_dragged_over_the_surface_and_that_is_one_step(solid, view, qtbot):
    begin = view.start_pixel()
    assert begin is not None
    goal = pixel(view, -0.4, 0.9)
    before = view.viewpoint.camera()
    drag(view, begin + QPointF(2, 1), goal + QPointF(2, 1))
    assert solid.session.experiment.start == pytest.approx((-0.4, 0.9), abs=1e-5)
    assert solid.session.undo_stack.count() == 1
    assert view.viewpoint.camera() == before


def test_a_double_click_goes_back_to_the_usual_camera_and_leaves_the_start(solid, view, qtbot):
    view.orbit(40, 10)
    at = middle(view)
    click(view, at)
    mouse(view, QEvent.Type.MouseButtonDblClick, at)
    mouse(view, QEvent.Type.MouseButtonRelease, at)
    assert solid.session.experiment.start == (-1.0, 1.5)
    qtbot.waitUntil(lambda: view.viewpoint.camera().azimuth == pytest.approx(-60.0), timeout=2000)


# ------------------------------------------------------------------ the camera


def test_a_left_drag_turns_what_is_in_front_with_the_hand(solid, view):
    # A place in front of the middle, half as high as the box, goes where the hand goes.
    camera = view.viewpoint.camera()
    front = 0.6 * np.array(
        [math.cos(math.radians(camera.azimuth)), math.sin(math.radians(camera.azimuth)), 0.0]
    )
    before = view.projection().seen(front)
    drag(view, middle(view), middle(view) + QPointF(40, 0))
    after = view.projection().seen(front)
    assert after[0] > before[0] + 10
    assert view.viewpoint.camera().azimuth < camera.azimuth
    drag(view, middle(view) + QPointF(40, 0), middle(view))
    drag(view, middle(view), middle(view) + QPointF(0, 40))
    after = view.projection().seen(front)
    assert after[1] > before[1] + 10
    assert view.viewpoint.camera().elevation > camera.elevation
    assert solid.session.undo_stack.count() == 0


def test_the_elevation_ends_straight_above_and_straight_below(view):
    view.orbit(0, 500)
    assert view.viewpoint.camera().elevation == 90.0
    view.orbit(0, -500)
    assert view.viewpoint.camera().elevation == -90.0


@pytest.mark.parametrize(("button", "held"), [(Right, No), (Middle, No), (Left, Shift)])
def test_other_drags_move_the_picture_by_as_many_pixels(solid, view, button, held):
    before = pixel(view, 0.0, 1.0)
    drag(view, middle(view), middle(view) + QPointF(45, -32), button, held)
    after = pixel(view, 0.0, 1.0)
    assert (after.x() - before.x(), after.y() - before.y()) == pytest.approx((45, -32), abs=1e-6)
    assert solid.session.undo_stack.count() == 0


def test_the_wheel_zooms_about_the_pointer(view):
    at = pixel(view, -0.5, 1.2)
    unit = view.projection().unit
    for _ in range(2):
        wheel(view, at, QPoint(0, 120))
    assert view.projection().unit / unit == pytest.approx(1.25**2)
    now = pixel(view, -0.5, 1.2)
    assert (now.x(), now.y()) == pytest.approx((at.x(), at.y()), abs=1e-6)


def test_two_fingers_orbit_with_shift_they_pan_and_with_control_they_zoom(view):
    at, start = middle(view), view.viewpoint.camera()
    update = Qt.ScrollPhase.ScrollUpdate
    wheel(view, at, QPoint(40, 0), QPoint(20, 0), update)
    turned = view.viewpoint.camera()
    assert turned.azimuth < start.azimuth
    assert turned.zoom == start.zoom
    wheel(view, at, QPoint(0, 40), QPoint(0, 20), update, Shift)
    assert view.viewpoint.camera().pan[1] == pytest.approx(-20 / view.projection().height)
    wheel(view, at, QPoint(0, 120), QPoint(0, 60), update, Control)
    assert view.viewpoint.camera().zoom == pytest.approx(1.25)


def test_a_pinch_zooms(view):
    device = QPointingDevice.primaryPointingDevice()
    at = middle(view)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        device,
        2,
        at,
        at,
        QPointF(view.mapToGlobal(at)),
        0.2,
        QPointF(),
    )
    QApplication.sendEvent(view, event)
    assert view.viewpoint.camera().zoom == pytest.approx(1.2)


def test_the_camera_by_keyboard(solid, view, qtbot):
    start = view.viewpoint.camera()
    qtbot.keyClick(view, Qt.Key.Key_Right, Control)
    qtbot.keyClick(view, Qt.Key.Key_Up, Control)
    turned = view.viewpoint.camera()
    assert turned.azimuth == pytest.approx(start.azimuth - 7.5)
    assert turned.elevation == pytest.approx(start.elevation - 7.5)
    qtbot.keyClick(view, Qt.Key.Key_Left, Control | Shift)
    assert view.viewpoint.camera().pan[0] == pytest.approx(-0.05)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.viewpoint.camera().zoom == pytest.approx(1.25)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.viewpoint.camera().zoom == pytest.approx(1.0)
    assert solid.playback.frame == 0
    qtbot.keyClick(view, Qt.Key.Key_0, Control)
    qtbot.waitUntil(lambda: view.viewpoint.camera() == start, timeout=2000)


def test_the_window_s_zoom_acts_on_the_picture_in_focus(solid, view):
    before = solid.surface.mapping().xlim
    solid.actions_by_name["zoom_in"].trigger()
    assert view.viewpoint.camera().zoom == pytest.approx(1.25)
    assert solid.session.experiment.view.xlim is None
    assert solid.surface.mapping().xlim == before


def test_the_cursor_says_what_a_press_would_do(view):
    def shape_at(at):
        mouse(view, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
        view._hand._show_cursor()
        return view.cursor().shape()

    assert shape_at(pixel(view, 0.0, 0.3)) == Qt.CursorShape.CrossCursor
    assert shape_at(QPointF(5, 5)) == Qt.CursorShape.OpenHandCursor
    assert shape_at(view.start_pixel()) == Qt.CursorShape.PointingHandCursor
    mouse(view, QEvent.Type.MouseButtonPress, middle(view), Right)
    assert view.cursor().shape() == Qt.CursorShape.SizeAllCursor
    mouse(view, QEvent.Type.MouseButtonRelease, middle(view), Right)


# ------------------------------------------------------------------ what is said


def test_the_readout_is_of_the_point_under_the_pointer(view, monkeypatch):
    at = pixel(view, -0.25, 0.75)
    told = []
    view.pointed.connect(told.append)
    mouse(view, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
    assert told[-1] == pytest.approx((-0.25, 0.75), abs=1e-9)
    values = dict(view.readout(*told[-1]))
    # (1 + 1/4)² + 100 (3/4 − 1/16)², and its gradient, by hand.
    assert values["loss"] == "48.83"
    assert values["∇y"] == "137.5"
    mouse(view, QEvent.Type.MouseMove, QPointF(3, 3), Qt.MouseButton.NoButton)
    assert told[-1] is None


def test_the_description_says_what_shows_and_from_where(solid, view):
    solid.playback.seek(20)
    view._describe()
    text = view.accessibleDescription()
    assert "Step 20 of 60" in text
    assert "Adam" in text
    assert "−60° around and 42° above" in text


# ------------------------------------------------------------------ drafts and full pictures


def test_a_draft_while_it_moves_and_the_full_picture_when_it_rests(solid, view, qtbot, monkeypatch):
    qtbot.waitUntil(lambda: not view.draft, timeout=5000)
    painted = []
    for panel, name in ((view.passes.quick, "draft"), (view.passes.fine, "full")):
        paint = panel.paint

        def watched(painter, rect, scene, k, *, quick=False, paint=paint, name=name, **others):
            if threading.current_thread() is threading.main_thread():
                painted.append((name, quick))
            paint(painter, rect, scene, k, quick=quick, **others)

        monkeypatch.setattr(panel, "paint", watched)
    for _ in range(5):
        view.orbit(3, 0)
        view.repaint()
    assert painted == [("draft", True)] * 5
    qtbot.waitUntil(lambda: not view.draft, timeout=5000)
    view.repaint()
    assert painted[-1] == ("full", False)


def test_the_full_picture_is_kept_while_the_race_plays_and_the_camera_stands(solid, view, qtbot, monkeypatch):
    qtbot.waitUntil(lambda: not view.draft, timeout=5000)
    asked = []
    monkeypatch.setattr(view, "stale", lambda: asked.append(True))
    for k in range(0, 60, 5):
        solid.playback.seek(k)
        view.repaint()
        assert not view.draft
    assert not asked


def test_never_is_more_than_one_full_picture_under_way(solid, view, qtbot, monkeypatch):
    qtbot.waitUntil(lambda: not view.draft, timeout=5000)
    now, most, done = [0], [0], []
    make = view.full_picture

    def slow():
        job = make()
        if job is None:
            return None

        def work():
            now[0] += 1
            most[0] = max(most[0], now[0])
            sleep(0.25)
            job()
            now[0] -= 1
            done.append(True)

        return work

    monkeypatch.setattr(view, "full_picture", slow)
    for _ in range(4):
        view.orbit(4, 1)
        view.repaint()
        qtbot.wait(150)  # long enough for a pass to begin, not to end
    qtbot.waitUntil(lambda: not view.draft and not now[0], timeout=5000)
    assert most[0] == 1
    assert len(done) <= 4


def test_the_camera_is_neither_a_step_back_nor_unsaved_work(solid, view, qtbot):
    drag(view, middle(view), middle(view) + QPointF(50, 10))
    wheel(view, middle(view), QPoint(0, 120))
    qtbot.waitUntil(lambda: solid.session.experiment.view.camera.zoom == pytest.approx(1.25), timeout=2000)
    assert solid.session.undo_stack.count() == 0
    assert not solid.session.unsaved
    text = solid.session.experiment.dumps()
    assert type(solid.session.experiment).loads(text).view.camera == view.viewpoint.camera()


def test_a_resize_storm_ends_with_the_last_size(solid, view, qtbot):
    rng = np.random.default_rng(3)
    for width, height in rng.integers(1, 1500, (12, 2)):
        view.resize(int(width), int(height))
        view.repaint()
    assert view.projection() is not None
