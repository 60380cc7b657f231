"""The surface in the window: the start, the view, the readout."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

Left, Right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def pixel(window, x, y):
    at = window.surface.mapping().to_pixel(np.array([x, y]))
    return QPoint(round(float(at[0])), round(float(at[1])))


def data(window, at):
    return tuple(float(v) for v in window.surface.mapping().to_data(np.array([at.x(), at.y()], dtype=float)))


def wheel(surface, at, notches):
    turn = QPoint(0, 120 * notches)
    event = QWheelEvent(
        QPointF(at), QPointF(surface.mapToGlobal(at)), QPoint(), turn, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(surface, event)


def settle(window, qtbot):
    qtbot.waitSignal(window.session.scene_changed, timeout=3000).wait()


def test_a_click_moves_the_start_and_the_race(window, qtbot):
    qtbot.mouseClick(window.surface, Left, pos=pixel(window, 0.5, 1.0))
    settle(window, qtbot)
    assert window.session.experiment.start == pytest.approx((0.5, 1.0), abs=0.01)
    for line in window.session.scene.lines:
        assert tuple(line.path[0]) == window.session.experiment.start
    assert window.session.undo_stack.count() == 1


def test_a_drag_is_one_step_and_shows_every_frame_on_the_way(window, qtbot):
    scenes = []
    window.session.scene_changed.connect(lambda scene: scenes.append(scene.start))
    qtbot.mousePress(window.surface, Left, pos=pixel(window, 0.0, 0.0))
    for x in (0.2, 0.4, 0.6):
        qtbot.mouseMove(window.surface, pixel(window, x, 0.5))
        qtbot.wait(40)
    qtbot.mouseRelease(window.surface, Left, pos=pixel(window, 0.6, 0.5))
    settle_start = window.session.experiment.start
    assert settle_start == pytest.approx((0.6, 0.5), abs=0.01)
    assert len(scenes) >= 3
    assert window.session.undo_stack.count() == 1
    window.session.undo_stack.undo()
    assert window.session.experiment.start == (-1.0, 1.5)


def test_two_clicks_are_two_steps(window, qtbot):
    for x in (0.0, 0.5):
        qtbot.mouseClick(window.surface, Left, pos=pixel(window, x, 0.5))
        qtbot.wait(30)
    assert window.session.undo_stack.count() == 2


def test_a_click_on_the_numbers_of_the_axis_moves_nothing(window, qtbot):
    qtbot.mouseClick(window.surface, Left, pos=QPoint(3, 300))
    assert window.session.undo_stack.count() == 0


def test_the_wheel_zooms_about_the_pointer(window, qtbot):
    at = pixel(window, 1.0, 1.0)
    under, before = data(window, at), window.surface.mapping()
    wheel(window.surface, at, 1)
    wheel(window.surface, at, 1)
    settle(window, qtbot)
    after = window.surface.mapping()
    assert data(window, at) == pytest.approx(under, abs=1e-9)
    ratio = (before.xlim[1] - before.xlim[0]) / (after.xlim[1] - after.xlim[0])
    assert ratio == pytest.approx(1.25**2)
    assert window.session.undo_stack.count() == 0
    assert not window.session.unsaved


def test_zooming_in_and_out_comes_back_to_the_same_view(window, qtbot):
    before = window.surface.mapping()
    window.surface.zoom(2.0)
    settle(window, qtbot)
    window.surface.zoom(0.5)
    settle(window, qtbot)
    after = window.surface.mapping()
    assert after.xlim == pytest.approx(before.xlim)
    assert after.ylim == pytest.approx(before.ylim)


def test_zooming_for_ever_stops_where_numbers_end(window, qtbot):
    for _ in range(400):
        window.surface.zoom(1.25)
        window.session.compute()
    low, high = window.session.scene.xlim
    assert high > low
    for _ in range(1500):
        window.surface.zoom(0.5)
        window.session.compute()
        if window.session.scene.xlim[1] > 1e3:
            break
    assert np.isfinite(window.session.scene.xlim).all()


@pytest.mark.parametrize("button", [Right, Qt.MouseButton.MiddleButton])
def test_a_drag_with_the_other_buttons_moves_the_view(window, qtbot, button):
    at = pixel(window, 0.0, 1.0)
    held = data(window, at)
    qtbot.mousePress(window.surface, button, pos=at)
    qtbot.mouseMove(window.surface, at + QPoint(60, 40))
    qtbot.mouseRelease(window.surface, button, pos=at + QPoint(60, 40))
    settle(window, qtbot)
    assert data(window, at + QPoint(60, 40)) == pytest.approx(held, abs=1e-6)
    assert window.session.undo_stack.count() == 0


def test_a_double_click_shows_everything_and_leaves_the_start(window, qtbot):
    whole = window.session.scene.xlim
    window.surface.zoom(3.0)
    settle(window, qtbot)
    at = pixel(window, *data(window, QPoint(300, 300)))
    qtbot.mouseClick(window.surface, Left, pos=at)
    qtbot.mouseDClick(window.surface, Left, pos=at)
    settle(window, qtbot)
    assert window.session.scene.xlim == whole
    assert window.session.experiment.start == (-1.0, 1.5)


def test_the_view_by_keyboard(window, qtbot):
    surface = window.surface
    start = surface.mapping()
    qtbot.keyClick(surface, Qt.Key.Key_Plus)
    settle(window, qtbot)
    nearer = surface.mapping()
    assert nearer.xlim[1] - nearer.xlim[0] < start.xlim[1] - start.xlim[0]
    qtbot.keyClick(surface, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    settle(window, qtbot)
    assert surface.mapping().xlim[0] > nearer.xlim[0]
    assert window.playback.frame == 0
    qtbot.keyClick(surface, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    settle(window, qtbot)
    assert surface.mapping().xlim == start.xlim


def test_the_readout_says_the_truth(window):
    # Rosenbrock and its gradient, by hand, at (0.5, 2): 0.5² + 100 (2 − 0.25)².
    values = dict(window.surface.readout(0.5, 2.0))
    assert values["x"] == "0.5000"
    assert values["loss"] == "306.5"
    assert values["∇x"] == "−351.0"
    assert values["∇y"] == "350.0"


def test_the_description_follows_the_race(window, qtbot):
    window.playback.seek(30)
    window.surface._describe()
    text = window.surface.accessibleDescription()
    line = window.session.scene.lines[1]
    from optviz.render.style import number

    assert "Step 30 of 60" in text
    assert f"Adam at ({number(float(line.path[30][0]))}" in text


@pytest.mark.alone
def test_a_frame_is_painted_within_a_thirtieth_of_a_second(window, qtbot):
    from time import perf_counter

    window.surface.repaint()
    times = []
    for frame in range(0, 60, 3):
        window.playback.seek(frame)
        begin = perf_counter()
        window.surface.repaint()
        times.append(perf_counter() - begin)
    assert float(np.median(times)) < 1 / 30


def test_a_resize_storm_ends_with_the_last_size(window, qtbot):
    rng = np.random.default_rng(1)
    for width, height in rng.integers(1, 3000, (40, 2)):
        window.surface.resize(int(width), int(height))
        window.surface.repaint()
    assert window.surface.mapping() is not None


# ------------------------------------------------------------------ the curves


def test_dragging_in_any_plot_moves_the_frame(window, qtbot):
    canvas = window.plots.canvas
    for rect in canvas.rects():
        for step in (15, 45):
            plot = canvas.plots()[-1]
            frame = canvas._panel(plot, True).axes(canvas.rects()[-1], window.session.scene, plot)
            at = QPoint(round(float(frame.x(float(step)))), round(rect.center().y()))
            qtbot.mousePress(canvas, Left, pos=at)
            qtbot.mouseRelease(canvas, Left, pos=at)
            assert window.playback.frame == pytest.approx(step, abs=1)


def test_every_plot_can_be_reached(window, qtbot):
    plots = window.plots
    for key in ("effective_rate", "distance", "gradient_norm", "loss"):
        if key not in plots.shown():
            plots.choose(key)
        assert key in [plot.key for plot in plots.canvas.plots()]
        assert plots.tabs[key].isChecked()
        plots.canvas.repaint()


def test_values_at_a_step_are_those_of_the_run(window):
    canvas = window.plots.canvas
    plot = next(plot for plot in window.session.scene.plots if plot.key == "gradient_norm")
    for (line, value), entrant in zip(
        canvas.values_at(plot, 12), window.session.scene.run.entrants, strict=True
    ):
        assert value == pytest.approx(float(np.hypot(*entrant.grad[12])))
        assert line.label
