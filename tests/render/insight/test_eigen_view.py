"""The eigen-view: the closed form lies over what was measured, and the cross through the minimum."""

from __future__ import annotations

import os
from functools import cache

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

import optviz
from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.render.insight.eigen import EigenPanel, factor
from optviz.render.panels.curves import panel_for, title_of
from optviz.render.panels.surface import SurfacePanel
from optviz.render.stage import Stage
from optviz.render.style import DARK, LIGHT, Metrics
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

SIZE = (520, 320)


@pytest.fixture(autouse=True, scope="module")
def application():
    return gui_app.application()


def experiment(*plots: str, **changes) -> Experiment:
    """A quadratic turned by 45°: λ = 1 along (1, 1), λ = 9 along (1, −1)."""
    given = {
        "formula": "0.25*(x + y)**2 + 2.25*(x - y)**2", "surface": None, "start": (1.5, 0.5), "steps": 60,
        "view": {"plots": plots, "xlim": (-2.0, 2.0), "ylim": (-2.0, 2.0)},
        "entrants": ({"optimizer": "gd", "learning_rate": 0.05},
                     {"optimizer": "adam", "learning_rate": 0.1}),
    }  # fmt: skip
    return Experiment(**{**given, **changes})


@cache
def turned(*plots: str) -> Scene:
    return build_scene(simulate(experiment(*plots)))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    memory = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return memory[..., 2::-1].astype(int)


def painted(scene: Scene, plot, k: int, theme=LIGHT) -> np.ndarray:
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel_for(plot, theme, Metrics(), steps=True).paint(painter, QRectF(0, 0, *SIZE), scene, plot, k)
    return pixels(image)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_closed_form_lies_over_what_was_measured(theme):
    scene = turned("eigen")
    plot = scene.plot("eigen")
    panel = panel_for(plot, theme, Metrics(), steps=True)
    assert isinstance(panel, EigenPanel)
    picture = painted(scene, plot, 60, theme)
    frame = panel.axes(QRectF(0, 0, *SIZE), scene, plot)
    ink = np.array([int(theme.ink[i : i + 2], 16) for i in (1, 3, 5)])
    for k in (10, 30, 50):
        # Gradient descent multiplies the error along each eigenvector by 1 − ηλ.
        for start, rate in ((2.0 / 2**0.5, 0.95), (1.0 / 2**0.5, 0.55)):
            x, y = (round(part) for part in frame.at(k, start * rate**k))
            if y > frame.top + frame.height - 3:
                continue
            theory = np.abs(picture[y - 1 : y + 2, x] - ink).sum(axis=-1).min()
            beside = np.abs(picture[y - 6 : y - 4, x] - ink).sum(axis=-1).min()
            assert theory < 240 < beside
    names = [strand.name for strand in panel.strands(scene, plot)]
    assert names == ["λ₁", "λ₂", "theory λ₁", "theory λ₂"]
    assert next(strand.width for strand in panel.strands(scene, plot)) > 2


def test_the_key_names_each_direction_and_its_factor():
    scene, data, generator = turned("eigen"), QBuffer(), QSvgGenerator()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(data)
    generator.setSize(QSize(1280, 720))
    with QPainter(generator) as painter:
        Stage(1280, 720).paint(painter, scene, 3, vector=True)
    text = bytes(data.data()).decode().replace("\n", "")
    for said in ("λ₁ = 1: ×0.95", "λ₂ = 9: ×0.55", ">theory<"):
        assert said in text
    assert "Gradient descent: error by eigen-direction" in text


def test_what_has_no_closed_form_is_measured_all_the_same():
    scene = turned("eigen.1")
    plot = scene.plot("eigen.1")
    assert title_of(plot) == "Adam: error by eigen-direction"
    panel = EigenPanel(LIGHT, Metrics())
    assert len(panel.strands(scene, plot)) == 2
    path = scene.lines[1].path
    along = np.abs(path @ np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5)
    for strand, expected in zip(panel.strands(scene, plot), along.T, strict=True):
        np.testing.assert_allclose(strand.values, expected, atol=1e-12)
    items = [item.text for row in panel._headed(QRectF(0, 0, *SIZE), scene, plot).rows for item in row]
    assert items == ["λ₁ = 1", "λ₂ = 9", "no closed form"]


def test_where_there_is_no_room_the_curves_keep_theirs():
    scene = turned("eigen")
    plot, panel = scene.plot("eigen"), EigenPanel(LIGHT, Metrics())
    low, high = (panel.axes(QRectF(0, 0, 300, height), scene, plot) for height in (112, 400))
    assert low.height >= 60
    assert high.top - low.top > 40


def test_a_surface_that_is_no_quadratic_has_none():
    scene = build_scene(simulate(experiment("eigen", formula="x**4 + y**2")))
    assert scene.plot("eigen") is None
    stage = Stage(900, 600)
    stage.image(scene, 3)
    assert all(plot.key != "eigen" for _, plot, _ in stage._placed_curves(scene, stage.layout(scene)))


def test_the_eigenvectors_cross_in_the_minimum():
    rect = QRectF(0, 0, 440, 440)

    def ground(scene: Scene) -> np.ndarray:
        image = QImage(440, 440, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            panel = SurfacePanel(LIGHT, Metrics())
            panel.paint_ground(painter, rect, scene)
        return pixels(image)

    with_cross, without = ground(turned("eigen")), ground(turned())
    changed = np.abs(with_cross - without).sum(axis=-1) > 30
    view = SurfacePanel(LIGHT, Metrics()).mapping(rect, turned())
    for point, expected in (
        ((0.9, 0.9), True),
        ((-0.7, 0.7), True),
        ((0.9, 0.0), False),
        ((0.0, -0.8), False),
    ):
        x, y = (round(float(part)) for part in view.to_pixel(np.array(point)))
        assert changed[y - 2 : y + 3, x - 2 : x + 3].any() == expected, point
    assert 0 < changed.mean() < 0.05


def test_it_is_exported_from_a_file():
    image = optviz.render(experiment("eigen", "loss"), frame=20, size=(1000, 640))
    usual = optviz.render(experiment("loss"), frame=20, size=(1000, 640))
    assert image.shape == usual.shape
    assert (image != usual).any()


def test_a_factor_near_one_is_told_from_one():
    assert factor(0.95) == "0.95"
    assert factor(0.9996) == "0.9996"
    assert factor(0.9999931) == "0.9999931"
    assert factor(-1.0) == "−1"
    assert factor(1.0) == "1"
