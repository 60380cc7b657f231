"""Any quantity as a plot: the names a file may use, the axes, and what frames show of them."""

from __future__ import annotations

import os
from functools import cache

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from optviz.anatomy import TITLES
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.insight import quantities
from optviz.insight.series import Insight
from optviz.optimizers import OPTIMIZERS
from optviz.plots import PARTS, USUAL, Plot, known, plot_of, signed_plot
from optviz.render.panels.curves import CurvePanel, filled, title_of
from optviz.render.panels.plot_axes import Axes, safe_range
from optviz.render.stage import Stage
from optviz.render.style import LIGHT, Metrics
from optviz.scene import Scene, build_scene, chosen_plots
from optviz.simulate import simulate
from optviz.view import View


@pytest.fixture(autouse=True, scope="module")
def application():
    return gui_app.application()


@cache
def ravine(*plots: str) -> Scene:
    """Gradient descent and momentum on x²/2 + 10 y²/2."""
    return build_scene(
        simulate(
            Experiment(
                surface="ravine", coefficients={"condition": 10.0}, start=(-2.0, 0.5), steps=40,
                view={"plots": plots},
                entrants=({"optimizer": "gd", "learning_rate": 0.15},
                          {"optimizer": "momentum", "learning_rate": 0.05, "momentum": 0.8}),
            )
        )
    )  # fmt: skip


def svg(scene: Scene, k: int, size=(1280, 720)) -> str:
    data, generator = QBuffer(), QSvgGenerator()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(data)
    generator.setSize(QSize(*size))
    with QPainter(generator) as painter:
        Stage(*size).paint(painter, scene, k, vector=True)
    return bytes(data.data()).decode()


# ------------------------------------------------------------------ the names


@pytest.mark.parametrize(
    "wrong", ["velocity", "memory.q.x", "memory.m.z", "part.step.x", "eigen.64", "eigen.", 3, ""]
)
def test_a_plot_nobody_knows_is_refused_in_one_line(wrong):
    with pytest.raises(
        InputError, match=r"^view\.plots: .* is not known; it must be one of loss, "
    ) as raised:
        Experiment(surface="sphere", entrants=({"optimizer": "gd"},), view={"plots": ["loss", wrong]})
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 2000


def test_plots_are_kept_in_a_file_and_each_is_there_once():
    plots = ["angle", "loss", "memory.v_max.y", "part.look_ahead.x", "eigen.3", "angle"]
    made = Experiment(surface="sphere", entrants=({"optimizer": "gd"},), view={"plots": plots})
    assert made.view.plots == tuple(plots[:-1])
    assert Experiment.loads(made.dumps()).view.plots == made.view.plots
    assert "plots" not in View().table()
    with pytest.raises(InputError, match="must be a list of names"):
        View(plots="angle")


def test_everything_that_can_be_measured_can_be_named():
    assert set(PARTS) >= set(TITLES) - {"step"}
    for optimizer in OPTIMIZERS:
        made = Experiment(
            surface="sphere", entrants=({"optimizer": optimizer.id},), noise=0.1, penalty={"l2": 0.1}
        )
        assert all(known(quantity.key) for quantity in quantities(made))


# ------------------------------------------------------------------ the series


def test_a_plot_shows_what_the_run_recorded():
    scene = ravine()
    for line, done in zip(scene.lines, scene.run.entrants, strict=True):
        step, grad = np.diff(done.path, axis=0), done.grad
        cosine = -(step * grad).sum(axis=1) / np.linalg.norm(step, axis=1) / np.linalg.norm(grad, axis=1)
        curvature = (step**2 @ [1.0, 10.0]) / (step**2).sum(axis=1)
        for key, expected in (
            ("gradient_x", grad[:, 0]),
            ("step_y", step[:, 1]),
            ("angle", np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))),
            ("curvature", curvature),
            ("learning_rate", done.learning_rate),
        ):
            plot = scene.plot(key)
            np.testing.assert_allclose(scene.values(plot, line), expected, rtol=1e-9, atol=1e-5)
        edge = scene.plot("stability_limit")
        np.testing.assert_array_equal(scene.values(edge, line), done.learning_rate)
        np.testing.assert_allclose(scene.second(edge, line), 2.0 / curvature, rtol=1e-9)


def test_a_rule_that_rescales_its_steps_has_no_limit_on_its_learning_rate():
    scene = build_scene(
        simulate(
            Experiment(
                surface="ravine", coefficients={"condition": 10.0}, start=(-2.0, 0.5), steps=40,
                entrants=({"optimizer": "gd", "learning_rate": 0.15},
                          {"optimizer": "sign_sgd", "learning_rate": 0.3},
                          {"optimizer": "adam", "learning_rate": 0.5}),
            )
        )
    )  # fmt: skip
    plot, panel = scene.plot("stability_limit"), CurvePanel(LIGHT, Metrics())
    assert plot.only == (0,)
    assert filled(plot.note, plot) == "left out: 2 that rescale their steps"
    assert {strand.line for strand in panel.strands(scene, plot)} == {scene.lines[0]}
    assert scene.edge(0).only == (0,)
    line, done = scene.lines[1], scene.run.entrants[1]
    edge = scene.edge(1)
    assert filled(edge.note, edge).startswith(f"{line.label}: rescaled")
    rate, limit = scene.values(edge, line), scene.second(edge, line)
    # On a quadratic the loss rises in just those steps whose rate is beyond the limit.
    rises = np.diff(done.loss) > 0.0
    uphill = np.isnan(rate)
    assert 0 < rises.sum() < len(rises)
    np.testing.assert_array_equal(rises[~uphill], (rate > limit)[~uphill])
    length = (np.diff(done.path, axis=0) ** 2).sum(axis=1)
    change = (length * (1.0 / limit - 1.0 / rate))[~uphill]
    np.testing.assert_allclose(change, np.diff(done.loss)[~uphill], rtol=1e-9, atol=1e-12)
    assert edge.low <= np.nanmin(rate) <= np.nanmax(rate) <= edge.high


def test_a_quantity_that_nobody_has_is_absent():
    scene = ravine()
    assert scene.plot("memory.v.x") is None
    assert scene.plot("eigen.2") is None
    memory = scene.plot("memory.m.x")
    plain, momentum = scene.lines
    assert len(scene.values(memory, plain)) == 0
    np.testing.assert_array_equal(scene.values(memory, momentum), scene.run.entrants[1].state[:, 0, 0])


def test_frames_show_the_plots_asked_for_in_their_order():
    scene = ravine("angle", "memory.v.x", "gradient_y", "loss")
    assert [plot.key for plot in chosen_plots(scene)] == ["angle", "gradient_y", "loss"]
    stage = Stage(1280, 720)
    stage.image(scene, 3)
    panels = stage._placed_curves(scene, stage.layout(scene))
    assert [plot.key for _, plot, _ in panels] == ["angle", "gradient_y", "loss"]
    tops = [rect.top() for *_, rect in panels]
    assert tops == sorted(tops)
    text = svg(scene, 3).replace("\n", "")
    assert ">gradient ∂L/∂y<" in text
    assert ">90<" in text
    # Where nothing of it is there, and where nothing was asked for, the usual ones.
    assert chosen_plots(ravine("memory.v.x")) == scene.plots == chosen_plots(ravine())


def test_nothing_is_measured_that_is_not_shown(monkeypatch):
    asked = []
    usual = Insight.series
    monkeypatch.setattr(Insight, "series", lambda self, key: asked.append(key) or usual(self, key))
    run = simulate(ravine().experiment)
    scene = build_scene(run)
    stage = Stage(900, 600)
    for k in (0, 7):
        stage.image(scene, k)
    assert not asked
    seen = build_scene(simulate(ravine("step_x").experiment))
    Stage(900, 600).image(seen, 7)
    assert set(asked) == {"step_x"}


# ------------------------------------------------------------------ the axes


def test_an_axis_of_both_signs_has_a_line_at_0():
    plot = signed_plot("step_x", [np.array([-3.0, 1.0, 2.0, -1.0])], "step")
    assert (plot.soft, plot.rules) == (0.0, (0.0,))
    assert plot.low < -3.0
    assert plot.high > 2.0
    only_down = signed_plot("step_x", [np.array([-3.0, -1.0])], "step")
    assert only_down.high == 0.0


def test_an_axis_over_decades_is_symmetric_and_logarithmic():
    values = np.concatenate([-(10.0 ** np.linspace(3, -3, 30)), 10.0 ** np.linspace(2, -3, 30)])
    plot = signed_plot("gradient_x", [values], "gradient")
    assert 1e-4 < plot.soft < 1e-1
    frame = Axes(0.0, 0.0, 100.0, 100.0, 10, plot.low, plot.high, plot.log, soft=plot.soft)
    expected = 100.0 * (1.0 - (np.arcsinh(values / plot.soft) - np.arcsinh(plot.low / plot.soft))
                        / (np.arcsinh(plot.high / plot.soft) - np.arcsinh(plot.low / plot.soft)))  # fmt: skip
    np.testing.assert_allclose(frame.y(values), expected, rtol=1e-12)
    np.testing.assert_allclose([frame.at(0.0, float(v))[1] for v in values], expected, rtol=1e-12)
    marks = frame.marks(5)
    assert 0.0 in marks
    assert min(marks) < 0.0 < max(marks)
    assert all(plot.low <= mark <= plot.high for mark in marks)


@pytest.mark.parametrize(
    "values",
    [[], [np.nan, np.inf], [0.0, 0.0], [1e308, -1e308], [5e-324, -5e-324], [-1e300, 1e-300], [1e-320, 0.0]],
)
def test_every_axis_can_be_divided_by(values):
    for make in (signed_plot, plot_of):
        plot = make("step_x", [np.array(values, dtype=np.float64)], "step")
        assert np.isfinite([plot.low, plot.high, plot.soft]).all()
        assert plot.low < plot.high
        frame = Axes(0.0, 0.0, 100.0, 100.0, 10, *safe_range(plot), soft=plot.soft)
        assert np.isfinite(frame.y(np.array([0.5 * plot.low + 0.5 * plot.high]))).all()
        assert len(frame.marks(4)) >= 1


def test_one_that_diverges_leaves_the_axis_to_the_others():
    made = Experiment(
        surface="ravine", coefficients={"condition": 10.0}, start=(-2.0, 0.5), steps=200,
        entrants=({"optimizer": "gd", "learning_rate": 0.5}, {"optimizer": "gd", "learning_rate": 0.05}),
    )  # fmt: skip
    scene = build_scene(simulate(made))
    assert scene.lines[0].status == "diverged"
    plot = scene.plot("step_y")
    assert np.abs(scene.values(plot, scene.lines[0])).max() > 1e6 * plot.high


# ------------------------------------------------------------------ what is drawn


def painted(panel, scene, plot, k, size=(420, 240)) -> np.ndarray:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    with QPainter(image) as painter:
        panel.paint(painter, QRectF(0, 0, *size), scene, plot, k)
    memory = np.frombuffer(image.constBits(), np.uint8).reshape(size[1], size[0], 4)
    return memory[..., 2::-1].astype(int)


def near(pixels, color: str, most=70) -> np.ndarray:
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return np.abs(pixels - rgb).sum(axis=-1) < most


def test_the_limit_is_a_thinner_line_of_the_same_colour():
    scene = ravine()
    plot, panel = scene.plot("stability_limit"), CurvePanel(LIGHT, Metrics())
    picture = painted(panel, scene, plot, 40)
    frame = panel.axes(QRectF(0, 0, 420, 240), scene, plot)
    inks = []
    for values in (scene.values(plot, scene.lines[0]), scene.second(plot, scene.lines[0])):
        x, y = (round(v) for v in frame.at(20.0, float(values[20])))
        inks.append(int((765 - picture[y - 5 : y + 6, x].sum(axis=-1)).sum()))
    assert inks[0] > 1.4 * inks[1] > 300
    color = [strand.color for strand in panel.strands(scene, plot) if strand.line is scene.lines[0]]
    assert color == 2 * [LIGHT.line(scene.lines[0].index)]
    assert [strand.marked for strand in panel.strands(scene, plot)] == [False, False, True, True]
    text = svg(ravine("stability_limit"), 20).replace("\n", "")
    assert ">2/λ<" in text
    assert ">learning rate<" in text


def test_a_right_angle_is_marked_and_stays_where_it_is():
    scene = ravine()
    plot, panel = scene.plot("angle"), CurvePanel(LIGHT, Metrics())
    assert (plot.low, plot.high, plot.rules) == (0.0, 180.0, (90.0,))
    picture = painted(panel, scene, plot, 0)
    frame = panel.axes(QRectF(0, 0, 420, 240), scene, plot)
    rows = [near(picture[round(float(frame.y(v))), 120:380], LIGHT.page, 200).mean() for v in (90.0, 45.0)]
    assert rows[0] < rows[1]  # darker than the lines of the grid


def test_titles_name_the_coordinates_of_the_surface():
    scene = ravine()
    assert title_of(scene.plot("gradient_x")) == "gradient ∂L/∂x"
    assert title_of(scene.plot("memory.m.y")) == "memory m in y"
    assert title_of(scene.plot("part.memory.x")) == "part of Δx: memory"
    assert title_of(Plot("loss", "loss {x}", False, 0.0, 1.0)) == "loss {x}"
    assert all(title_of(scene.plot(key)) for key in USUAL)
