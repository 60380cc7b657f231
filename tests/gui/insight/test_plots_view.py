"""The plots beside the surface: any quantity can be chosen, and what is chosen goes with the file."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from optviz.experiment import Experiment
from optviz.gui.insight.quantity_picker import QuantityPicker, picks
from optviz.insight.series import Insight
from optviz.plots import USUAL
from optviz.render.stage import Stage
from optviz.render.style import number

# The list is a popup.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)


@pytest.fixture
def bowl(make_window):
    """A window on a quadratic: gradient descent and Adam."""
    return make_window(
        Experiment(
            surface="ravine", coefficients={"condition": 10.0}, start=(-2.0, 0.5), steps=30,
            entrants=({"optimizer": "gd", "learning_rate": 0.05},
                      {"optimizer": "adam", "learning_rate": 0.1}),
        )
    )  # fmt: skip


@pytest.fixture
def measured(monkeypatch) -> list[str]:
    """What has been worked out, by its name."""
    asked: list[str] = []
    usual = Insight.series
    monkeypatch.setattr(Insight, "series", lambda self, key: asked.append(key) or usual(self, key))
    return asked


def test_what_a_person_chose_is_what_frames_show(window):
    plots, session = window.plots, window.session
    plots.choose("gradient_x")
    assert plots.shown() == ["loss", "gradient_x", "gradient_norm"]
    assert session.experiment.view.plots == ("loss", "gradient_x", "gradient_norm")
    assert Experiment.loads(session.experiment.dumps()).view.plots == session.experiment.view.plots
    session.compute()
    stage = Stage(1280, 720)
    stage.image(session.scene, 5)
    shown = [plot.key for _, plot, _ in stage._placed_curves(session.scene, stage.layout(session.scene))]
    assert shown == ["loss", "gradient_x", "gradient_norm"]
    # Looking around is no work that could be lost or taken back.
    assert not session.undo_stack.canUndo()
    assert not session.unsaved
    session.change_entrant(0, "faster", learning_rate=0.0005)
    session.undo_stack.undo()
    assert session.experiment.view.plots == ("loss", "gradient_x", "gradient_norm")


def test_a_slider_has_nothing_measured_that_is_not_shown(window, measured):
    session = window.session
    for rate in (0.0005, 0.0007):
        session.change_entrant(0, "rate", "rate", learning_rate=rate)
        session.compute()
        window.plots.canvas.repaint()
    assert not measured
    window.plots.choose("step_y")
    window.plots.canvas.repaint()
    session.change_entrant(0, "rate", "rate", learning_rate=0.0009)
    session.compute()
    window.plots.canvas.repaint()
    assert set(measured) == {"step_y"}


def test_what_is_more_than_fits_scrolls_and_what_is_asked_for_is_seen(window, qtbot):
    plots, canvas = window.plots, window.plots.canvas
    plots.resize(plots.width(), 250)
    for key in ("angle", "length", "gradient_x"):
        plots.choose(key)
        assert canvas.height() >= 100 * len(plots.shown())
    assert plots.shown() == plots.chosen == ["loss", "gradient_x", "length", "angle", "gradient_norm"]
    assert set(canvas._buttons) == {"gradient_x", "length", "angle"}  # each can be taken away
    assert [key for key, tab in plots.tabs.items() if tab.isChecked()] == ["loss", "gradient_norm"]

    def in_sight() -> bool:
        rect = canvas.rects()[1].toRect()
        return plots.area.viewport().rect().contains(rect.translated(canvas.pos()).adjusted(0, 1, -1, -1))

    qtbot.waitUntil(in_sight, timeout=2000)
    for key in ("angle", "length", "gradient_x"):
        qtbot.mouseClick(canvas._buttons[key], Qt.MouseButton.LeftButton)
    assert plots.shown() == ["loss", "gradient_norm"]
    plots.resize(plots.width(), 400)
    qtbot.waitUntil(lambda: plots.area.verticalScrollBar().maximum() == 0, timeout=2000)


def test_the_edge_of_stability_is_that_of_whoever_is_selected(bowl):
    plots, session = bowl.plots, bowl.session
    plots.choose("stability_limit")
    canvas = plots.canvas

    def drawn() -> set[str]:
        panel = canvas._panel(canvas.plots()[1], False)
        return {strand.line.optimizer for strand in panel.strands(session.scene, canvas.plots()[1])}

    session.select(1)
    assert drawn() == {"adam"}
    assert canvas.plots()[1].names[0] == "effective rate"
    session.select(0)
    assert drawn() == {"gd"}
    assert canvas.plots()[1].names[0] == "learning rate"
    # Nothing of the key stands on the button that takes the plot away.
    panel, rect = canvas._panel(canvas.plots()[1], False), canvas.rects()[1]
    frame = panel.axes(rect, session.scene, canvas.plots()[1])
    assert frame.left + frame.width - panel.corner <= canvas._buttons["stability_limit"].x()


def test_every_quantity_is_listed_once_and_painted(bowl, qtbot):
    listed = picks(bowl.session, bowl.plots.chosen)
    names = [pick.id for pick in listed]
    assert len(names) == len(set(names))
    assert not set(names) & set(USUAL)
    assert {"gradient_x", "angle", "memory.v.y", "part.bias_correction.x", "stability_limit", "eigen"} <= set(
        names
    )
    assert list(dict.fromkeys(pick.group for pick in listed)) == [
        "Geometry", "Gradient", "Step", "Memory", "Parts of the step",
    ]  # fmt: skip
    canvas = bowl.plots.canvas
    for name in names:
        bowl.plots.choose(name)
        shown = canvas.plots()[1]
        assert shown.key.partition(".")[0] == name.partition(".")[0]
        canvas._pointer = canvas.rects()[1].center()
        assert not canvas.grab().isNull()  # the values under the pointer, too
        bowl.plots.choose(shown.key)
    assert bowl.plots.chosen == ["loss", "gradient_norm"]


def test_dragging_in_any_of_them_moves_the_frame(bowl, qtbot):
    canvas = bowl.plots.canvas
    for name in ("angle", "eigen", "stability_limit"):
        bowl.plots.choose(name)
        plot, rect = canvas.plots()[-1], canvas.rects()[-1]
        frame = canvas._panel(plot, True).axes(rect, bowl.session.scene, plot)
        at = QPoint(round(float(frame.x(12.0))), round(rect.center().y()))
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at)
        assert bowl.playback.frame == 12
        bowl.playback.seek(0)


def test_the_eigen_view_is_of_whoever_is_selected(bowl):
    plots = bowl.plots
    bowl.session.select(0)
    plots.choose("eigen")
    assert plots.chosen[1] == "eigen.0"
    bowl.session.select(1)
    assert bowl.session.experiment.view.plots[1] == "eigen.1"
    bowl.session.compute()
    assert "Adam" in dict(plots.canvas.plots()[1].values)["name"]
    plots.choose("eigen")
    assert plots.chosen == ["loss", "gradient_norm"]


def test_where_there_are_no_eigen_directions_the_list_says_why(window, qtbot):
    window.plots.open_picker()
    picker = window.plots.findChild(QuantityPicker)
    picked = []
    picker.picked.connect(picked.append)
    row = next(item for item in picker._items() if item.text().startswith("eigen-view"))
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "not a quadratic" in row.toolTip()
    picker._pick(row)
    assert not picked
    assert picker.list.currentItem().text().startswith("angle")  # what can be picked
    picker.search.setText("angle")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert picked == ["angle"]
    assert "angle" in window.plots.shown()


def test_each_of_them_can_be_taken_away_where_it_stands(window, qtbot):
    plots = window.plots
    plots.choose("angle")
    button = plots.canvas._buttons["angle"]
    assert button.accessibleName() == "Hide: angle between step and downhill, in degrees"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "angle" not in plots.chosen
    assert not plots.canvas._buttons


def test_values_are_said_to_who_does_not_see_them(window):
    plots = window.plots
    plots.choose("stability_limit")
    window.playback.seek(7)
    plots.canvas._describe()
    scene = window.session.scene
    step = np.diff(scene.run.entrants[0].path, axis=0)[7]
    hxx, hxy, hyy = (float(part) for part in scene.problem.hessian(*scene.run.entrants[0].path[7]))
    limit = 2 * (step @ step) / (hxx * step[0] ** 2 + 2 * hxy * step[0] * step[1] + hyy * step[1] ** 2)
    said = plots.canvas.accessibleDescription()
    assert "edge of stability: " in said
    assert limit > 0
    assert f"{scene.lines[0].label} 0.001, {scene.lines[0].label}, 2/λ {number(limit)}." in said


def test_a_file_shows_what_it_asks_for(make_window, race):
    from dataclasses import replace

    asked = race.replace(view=replace(race.view, plots=("length", "memory.v.y", "loss")))
    window = make_window(asked)
    QApplication.processEvents()
    assert window.plots.shown() == ["length", "memory.v.y", "loss"]
    assert window.plots.tabs["loss"].isChecked()
    assert not window.plots.tabs["gradient_norm"].isChecked()
    assert window.plots.more.chosen
