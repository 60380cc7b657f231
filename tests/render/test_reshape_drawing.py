"""Frames of a comparison: both sides alike in scale, true in their numbers, the same pixels every time."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

import optviz
from optviz import companions
from optviz.backdrop import backdrop, scale
from optviz.colors import rgb_of
from optviz.experiment import Experiment
from optviz.readings import Curvature, Readings, read
from optviz.render import offscreen, vector
from optviz.render.panels import strokes
from optviz.render.panels.activation_panel import ActivationPanel
from optviz.render.panels.balls import BallsPanel
from optviz.render.panels.caption import common, differences
from optviz.render.panels.histogram import HistogramPanel
from optviz.render.panels.readings import ReadingsPanel, spoken
from optviz.render.panels.regularization import RegularizationPanel, on_axis
from optviz.render.panels.surface import SurfacePanel, flattened
from optviz.render.reshape_stage import ReshapeStage, cursor
from optviz.render.style import DARK, LIGHT, Metrics, number
from optviz.reshape import at_morph, build_reshape

ENTRANTS = [{"optimizer": "gd", "learning_rate": 0.3}, {"optimizer": "adam", "learning_rate": 0.1}]
RECT = QRectF(0, 0, 420, 400)


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


def experiment(surface="neuron", steps=12, **more):
    reshape = more.pop("reshape", {"after": {"choices": {"batch_norm": True}}})
    coefficients = {"m": 48, **more.pop("coefficients", {})}
    return Experiment.of(
        {
            "surface": surface, "steps": steps, "entrants": ENTRANTS, "coefficients": coefficients,
            "reshape": reshape, **more,
        }
    )  # fmt: skip


def pixels(scene, k, size=(1280, 720), theme=None):
    return offscreen.pixels(offscreen.frame(scene, k, size, theme))


def ground(panel, scene, k=0, rect=RECT):
    image = QImage(round(rect.width()), round(rect.height()), QImage.Format.Format_RGB32)
    image.fill(0)
    with QPainter(image) as painter:
        panel.paint_ground(painter, rect, scene, k)
    return offscreen.pixels(image)


def texts_of(paint, size=(900, 300)):
    """Return every text that a painter is given."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(QSize(*size))
    with QPainter(writer) as painter:
        paint(painter)
    root = ElementTree.fromstring(bytes(buffer.data().data()))
    del writer
    return [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]


# ------------------------------------------------------------------ two sides on one footing


def test_linked_sides_show_the_same_part_of_the_plane():
    scene = build_reshape(
        experiment("linear_regression", reshape={"after": {"choices": {"standardize": True}}})
    )
    for size in ((1280, 720), (1920, 1080), (700, 900)):
        stage = ReshapeStage(*size)
        stage.image(scene, 3)
        views = [
            panel.plane.mapping(rect, one)
            for panel, rect, one in zip(
                stage._surfaces, stage.layout(scene).surfaces, scene.shown, strict=True
            )
        ]
        assert views[0].xlim == views[1].xlim
        assert views[0].ylim == views[1].ylim


@pytest.mark.parametrize("linked", [True, False])
def test_equal_losses_have_equal_colours_where_the_scale_is_linked(linked):
    shapes = {"after": {"coefficients": {"noise": 3.0}, "penalty": {"l2": 1.0}}, "linked_scale": linked}
    scene = build_reshape(experiment("linear_regression", reshape=shapes))
    colors, losses = [], []
    for one in scene.shown:
        panel = SurfacePanel(LIGHT, Metrics(1.0), axes=False)
        rgb = ground(panel, one)
        view = panel.mapping(RECT, one)
        columns, rows = np.meshgrid(np.arange(0.5, 420), np.arange(0.5, 400))
        points = view.to_data(np.stack([columns, rows], axis=-1))
        losses.append(one.problem.loss(points[..., 0], points[..., 1]).ravel())
        colors.append(rgb.reshape(-1, 3).astype(int))
    level = np.quantile(losses[1], 0.6)
    near = [np.abs(loss - level) < 2e-3 * level for loss in losses]
    one, two = (np.median(c[n], axis=0) for c, n in zip(colors, near, strict=True))
    assert near[0].sum() > 20
    assert near[1].sum() > 20
    apart = np.abs(one - two).max()
    assert apart <= 2 if linked else apart > 4


def test_the_ends_of_a_morph_are_the_pictures_of_the_sides():
    base = experiment(reshape={"after": {"choices": {"activation": "relu"}, "penalty": {"l2": 0.3}}})
    sides = build_reshape(base)
    panels = [SurfacePanel(LIGHT, Metrics(1.0)) for _ in range(4)]
    before, after = (ground(panel, one) for panel, one in zip(panels, sides.shown, strict=False))
    first, last = (build_reshape(at_morph(base, k)) for k in (0, 120))
    assert np.abs(ground(panels[2], first.main).astype(int) - before).max() <= 1
    at_end = np.abs(ground(panels[3], last.main).astype(int) - after)
    assert np.mean(at_end > 1) < 1e-3  # a rounding that turns a pixel of an edge
    assert np.abs(before.astype(int) - after).max() > 20


def test_half_way_the_surface_is_the_mean_of_both():
    base = experiment("linear_regression", reshape={"after": {"choices": {"standardize": True}}})
    half = build_reshape(at_morph(base, 60))
    x, y = np.meshgrid(np.linspace(-1, 7, 5), np.linspace(-4, 4, 4))
    mean = 0.5 * (half.before.problem.loss(x, y) + half.after.problem.loss(x, y))
    np.testing.assert_allclose(half.main.problem.raster(x[0], y[:, 0]), mean, rtol=1e-12)


# ------------------------------------------------------------------ mini-batches


def test_the_surface_of_the_mini_batch_shivers_and_that_of_all_samples_does_not():
    def grounds(sample):
        scene = build_reshape(experiment(batch_size=6, view={"sample": sample})).after
        panel = SurfacePanel(LIGHT, Metrics(1.0))
        return scene, [ground(panel, scene, k) for k in (2, 3, 2)]

    scene, (two, three, again) = grounds("batch")
    assert (two == again).all()
    assert np.abs(two.astype(int) - three).mean() > 1
    _, (two, three, _) = grounds("full")
    assert (two == three).all()
    # The loss drawn is that of those six samples, the colours those of all.
    data = optviz.surface_data("neuron", coefficients=scene.problem.coefficients)
    rows = scene.drawn(2).columns
    u = data["x"][rows] @ np.array([1.5, -0.5])
    normed = (u - u.mean()) / np.sqrt(u.var() + 1e-5)
    mse = 0.5 * np.mean((1 / (1 + np.exp(-normed)) - data["y"][rows]) ** 2)
    np.testing.assert_allclose(scene.drawn(2).raster(np.array([1.5]), np.array([-0.5])), [[mse]], rtol=1e-12)


def test_between_two_sides_the_surface_shivers_too_where_each_step_is_drawn():
    panel = SurfacePanel(LIGHT, Metrics(1.0))
    for sample, still in (("full", True), ("batch", False)):
        comparison = experiment(batch_size=6, view={"sample": sample}, reshape={"show": "morph"})
        scene = build_reshape(comparison).main
        assert bool((ground(panel, scene, 2) == ground(panel, scene, 3)).all()) is still


def test_a_mini_batch_has_the_colours_of_all_samples():
    scene = build_reshape(experiment(batch_size=6, view={"sample": "batch"})).after
    view = SurfacePanel(LIGHT, Metrics(1.0)).mapping(RECT, scene)
    how = scale(scene.problem, view.xlim, view.ylim, scene.company)
    drawn = backdrop(scene.drawn(4), view.xlim, view.ylim, 80, 60, company=scene.company)
    assert (drawn.low, drawn.high, drawn.offset) == (how.low, how.high, how.offset)
    alone = backdrop(scene.drawn(4), view.xlim, view.ylim, 80, 60)
    assert (alone.low, alone.high) != (how.low, how.high)


def test_a_mini_batch_does_not_burn_out():
    """Next to nothing of any batch lies below the lightest or above the darkest colour."""
    for linked in (True, False):
        shapes = {"before": {"batch_size": 0}, "linked_scale": linked}
        scene = build_reshape(
            experiment(
                steps=60, batch_size=6, choices={"loss": "bce"}, view={"sample": "batch"}, reshape=shapes
            )
        ).after
        x, y = np.meshgrid(np.linspace(*scene.xlim, 60), np.linspace(*scene.ylim, 60))
        outside = []
        for k in range(0, 60, 3):
            how = backdrop(scene.drawn(k), scene.xlim, scene.ylim, 80, 60, company=scene.company)
            above = scene.drawn(k).loss(x, y) - how.offset
            outside.append(np.mean((above < how.low) | (above > how.high)))
        assert np.median(outside) < 0.02
        assert max(outside) < 0.2


def test_a_race_on_mini_batches_shivers_too():
    race = Experiment.of(
        {"surface": "neuron", "coefficients": {"m": 48}, "batch_size": 6, "view": {"sample": "batch"},
         "entrants": [{"optimizer": "sgd", "hidden": True}], "steps": 9}
    )  # fmt: skip
    one, two, again = (optviz.render(race, frame=k, size=(640, 360))[60:300, 60:380] for k in (3, 4, 3))
    assert (one == again).all()
    assert np.abs(one.astype(int) - two).mean() > 1


# ------------------------------------------------------------------ a picture in motion


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_picture_in_motion_is_near_the_one_at_rest(activation):
    scene = build_reshape(experiment(choices={"activation": activation}, coefficients={"m": 256})).before
    full, quick = (
        backdrop(scene.problem, scene.xlim, scene.ylim, 420, 400, quick=quick, company=scene.company)
        for quick in (False, True)
    )
    apart = np.abs(full.rgb.astype(int) - quick.rgb)
    assert apart.mean() < 0.6
    assert np.quantile(apart, 0.999) < 12
    assert full.levels == quick.levels


def test_preparing_ahead_leaves_nothing_to_compute(monkeypatch):
    scene = build_reshape(experiment()).before
    panel = SurfacePanel(LIGHT, Metrics(1.0))
    panel.prepare(RECT, scene, 0)
    monkeypatch.setattr(type(scene.problem), "raster", None)
    assert ground(panel, scene).any()


# ------------------------------------------------------------------ words and numbers


def test_the_table_says_what_numpy_finds():
    shapes = {"after": {"choices": {"standardize": True}}}
    scene = build_reshape(experiment("linear_regression", penalty={"l2": 0.2}, reshape=shapes)).before
    x = optviz.surface_data("linear_regression", coefficients=scene.problem.coefficients)["x"]
    features = np.stack([x, np.ones_like(x)], axis=1)
    low, high = np.linalg.eigvalsh(features.T @ features / len(x) + 0.2 * np.eye(2))
    panel = ReadingsPanel(LIGHT, Metrics(1.0))
    words = texts_of(lambda painter: panel.paint(painter, QRectF(0, 0, 600, 60), read(scene, 0), "Adam"))
    for value in (high / low, high, 2 / high):
        assert words.count(number(value, fixed=True)) == 2  # at the minimum and, of a quadratic, anywhere
    assert "Adam" in words
    assert any(re.fullmatch(r"\d+°", word) for word in words)


def test_at_a_kink_the_table_says_so_and_shows_no_numbers():
    kink = Curvature(np.nan, np.nan, "{name} = 0 is a kink of the L1 penalty", "w₁")
    readings = Readings((0.0, 1.0), (0.0, 1.0), "", kink, kink, np.nan, "", 1, (("Adam", 1),))
    panel = ReadingsPanel(LIGHT, Metrics(1.0))
    words = texts_of(lambda painter: panel.paint(painter, QRectF(0, 0, 700, 60), readings))
    assert words.count("w₁ = 0 is a kink of the L1 penalty") == 2
    assert not any(re.search(r"nan|∞", word) for word in words)
    assert words.count("1 of 2") == 2
    assert "kink" in spoken(readings)


def test_what_matters_most_stays_in_a_narrow_table():
    scene = build_reshape(experiment(penalty={"l1": 0.1})).before
    panel, kept = ReadingsPanel(LIGHT, Metrics(1.0)), []
    for width in (450, 400, 350, 300, 250):
        texts_of(lambda painter, w=width: panel.paint(painter, QRectF(0, 0, w, 60), read(scene, 0)))
        kept.append({column.key for column in panel._fitted[1][0]})
    assert {"step", "zeros"} in kept
    assert {"step", "zeros", "kappa"} in kept
    assert all("zeros" in some for some in kept)
    assert all("step" in some for some in kept if len(some) > 1)


def test_the_table_of_a_network_says_nothing_of_weights():
    curvature = Curvature(0.5, 5.0, between=True)
    readings = Readings((0.0, 0.0), (0.0, 0.0), "", curvature, curvature, 3.0, "", None, ())
    panel = ReadingsPanel(LIGHT, Metrics(1.0))
    words = texts_of(lambda painter: panel.paint(painter, QRectF(0, 0, 700, 60), readings))
    assert not any("zero" in word or "weights" in word or "of 2" in word for word in words)
    assert any("between the kinks" in word for word in words)


def test_the_table_says_diverged():
    lost = Experiment.of(
        {"surface": "linear_regression", "steps": 200, "reshape": {},
         "entrants": [{"optimizer": "gd", "learning_rate": 60.0, "label": "lost"}]}
    )  # fmt: skip
    scene = build_reshape(lost)
    root = ElementTree.fromstring(vector.svg(scene, 200, (1280, 720)))
    words = [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("diverged") >= 3  # in both tables and for the balls
    assert not any("∞" in word for word in words)


def test_axes_are_called_what_the_formula_calls_them():
    def words(surface, **more):
        scene = build_reshape(experiment(surface, **more))
        root = ElementTree.fromstring(vector.svg(scene, 3, (1280, 720)))
        return [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]

    line = words("linear_regression", reshape={})
    assert line.count("w") == line.count("b") == 4  # two surfaces and two small pictures of the plane
    assert not {"x", "y"} & set(line)
    neuron = words("neuron")
    assert neuron.count("w₁") == neuron.count("w₂") >= 3
    assert not {"x", "y"} & set(neuron)


def test_the_key_to_the_colours_names_a_minimum_only_where_there_is_one():
    def words(**reshape):
        scene = build_reshape(
            experiment("logistic_regression", coefficients={"m": 200}, choices={"classes": "separable"},
                       reshape={"linked_scale": False, **reshape})
        )  # fmt: skip
        root = ElementTree.fromstring(vector.svg(scene, 3, (1280, 720)))
        return [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]

    assert "loss above the minimum" not in words()
    assert "loss above the minimum" in words(after={"penalty": {"l2": 0.05}})


@pytest.mark.parametrize("width", [40, 150, 260, 420, 600, 1200])
def test_the_table_fits_its_width(width):
    scene = build_reshape(experiment()).before
    image = QImage(width + 60, 80, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    with QPainter(image) as painter:
        ReadingsPanel(LIGHT, Metrics(1.0)).paint(painter, QRectF(0, 5, width, 60), read(scene, 3))
    assert (offscreen.pixels(image)[:, width + 3 :] == 255).all()


@pytest.mark.parametrize(
    ("surface", "shapes", "before", "after"),
    [
        ("neuron", {"after": {"choices": {"batch_norm": True}}}, "batch norm off", "batch norm on"),
        ("neuron", {"after": {"penalty": {"l2": 0.1}}}, "λ₂ = 0", "λ₂ = 0.1"),
        ("neuron", {"after": {"choices": {"loss": "bce"}}}, "mean squared error", "cross-entropy"),
        ("neuron", {"before": {"coefficients": {"feature_scale": 8}}}, "feature scale 8", "feature scale 1"),
        ("deep_chain", {"after": {"coefficients": {"depth": 8}}}, "depth 4", "depth 8"),
        ("chain", {"before": {"batch_size": 4}}, "batches of 4", "all samples"),
        ("neuron", {}, "the same setting", "the same setting"),
        ("neuron",
         {"before": {"choices": {"activation": "sigmoid"}},
          "after": {"choices": {"activation": "relu", "batch_norm": True}}},
         "sigmoid, batch norm off", "ReLU, batch norm on"),
    ],
)  # fmt: skip
def test_captions_are_what_a_lecturer_would_say(surface, shapes, before, after):
    assert differences(experiment(surface, reshape=shapes)) == (before, after)


def test_what_is_common_is_told_once():
    text = common(experiment(penalty={"l1": 0.5}))
    assert text == "sigmoid, mean squared error, λ₁ = 0.5"


def test_the_followed_entrant_is_one_that_stays():
    lost = {"optimizer": "gd", "learning_rate": 1e6, "label": "lost"}
    wild = Experiment.of(
        {"surface": "linear_regression", "steps": 400, "entrants": [lost, *ENTRANTS], "reshape": {}}
    )
    scene = build_reshape(wild).before
    assert cursor(scene, 100)[0] == "Gradient descent"
    alone = build_reshape(wild.replace(entrants=[lost])).before
    name, point = cursor(alone, 400)
    assert name == "lost"
    assert np.isfinite(point).all()
    assert pixels(build_reshape(wild.replace(entrants=[lost])), 400).any()


# ------------------------------------------------------------------ small pictures


def test_l1_arrives_on_an_axis_and_l2_does_not():
    shapes = {"after": {"penalty": {"l1": 0.4}}}
    scene = build_reshape(experiment("logistic_regression", reshape=shapes)).after
    one, two = companions.paths(scene.problem)
    assert on_axis(one) is not None
    assert 0.0 in on_axis(one)
    assert on_axis(two) is None


def near(rgb, color, reach=40):
    return np.abs(rgb.astype(int) - 255 * rgb_of(color)).max(axis=-1) <= reach


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(220, 150), (480, 360), (90, 60), (12, 9)])
def test_small_pictures_at_any_size(theme, size):
    scene = build_reshape(experiment(coefficients={"m": 64}))
    metrics, rect = Metrics(1.0), QRectF(0, 0, *size)
    point = cursor(scene.after, 5)[1]
    limits = (scene.after.xlim, scene.after.ylim)
    balls = BallsPanel(theme, metrics)
    part = balls.part(rect, point, limits)
    sides = (scene.before, scene.after)
    spread = tuple(companions.histograms(companions.units_at(one.problem, point)) for one in sides)
    curves = tuple(companions.activation_curve(one, point) for one in sides)
    problem = scene.after.problem
    draw = {
        "activation": lambda p: ActivationPanel(theme, metrics).paint(p, rect, curves),
        "histogram": lambda p: HistogramPanel(theme, metrics).paint(p, rect, spread),
        "balls": lambda p: balls.paint(p, rect, companions.balls(problem, point, part), point, part),
        "paths": lambda p: RegularizationPanel(theme, metrics).paint(
            p, rect, companions.paths(problem), limits
        ),
    }
    for name, paint in draw.items():
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.fill(int(theme.page[1:], 16))
        with QPainter(image) as painter:
            paint(painter)
        drawn = ~near(offscreen.pixels(image), theme.page, 8)
        assert drawn.any() == (min(size) > 100), name


def test_the_title_of_the_paths_is_never_cut():
    scene = build_reshape(experiment("logistic_regression")).after
    known, limits = companions.paths(scene.problem), (scene.xlim, scene.ylim)
    for scale_of in (1.0, 1.21):
        panel = RegularizationPanel(LIGHT, Metrics(scale_of))
        for width in range(round(196 * scale_of), round(300 * scale_of)):
            box = QRectF(0, 0, width + 0.3, 132 * scale_of)
            words = texts_of(lambda painter, r=box, p=panel: p.paint(painter, r, known, limits))
            assert {"L1", "L2"} <= set(words), (width, scale_of)


def test_a_low_picture_of_an_activation_has_one_strip():
    scene = build_reshape(experiment())
    curves = tuple(companions.activation_curve(one, (1.0, 1.0)) for one in scene.shown)
    for height, both in ((112, False), (200, True)):
        panel = ActivationPanel(LIGHT, Metrics(1.0))
        words = texts_of(lambda painter, h=height, p=panel: p.paint(painter, QRectF(0, 0, 220, h), curves))
        assert ("a′(s)" in words) == both
        assert any("slope" in word for word in words) == both


def test_small_pictures_fill_their_row():
    stage = ReshapeStage(1280, 720)
    for surface, more in (("linear_regression", {"reshape": {}}), ("neuron", {}), ("rosenbrock", {})):
        base = experiment(surface, **more) if surface != "rosenbrock" else Experiment.of(
            {"surface": surface, "entrants": ENTRANTS, "reshape": {}}
        )  # fmt: skip
        place = stage.layout(build_reshape(base))
        assert place.small[-1][1].right() == pytest.approx(place.surfaces[-1].right(), abs=3)


def test_balls_keep_their_axes_during_a_race():
    panel, rect = BallsPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, 300, 200)
    sizes = np.linspace(8.0, 2.1, 40)
    limits = ((-6.0, 6.0), (-6.0, 6.0))
    assert len({panel.part(rect, (size, 0.0), limits, 8.0) for size in sizes}) == 1
    (low, high), _ = panel.part(rect, (0.1, 0.0), limits, 8.0)
    assert high - low < 2.0  # no speck


def test_a_circle_is_round_in_a_wide_picture():
    scene = build_reshape(experiment("logistic_regression")).after
    panel, rect = BallsPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, 900, 200)
    (xlo, xhi), (ylo, yhi) = panel.part(rect, (1.0, 2.0), (scene.xlim, scene.ylim))
    inner = panel.inner(rect)
    assert (xhi - xlo) / inner.width() == pytest.approx((yhi - ylo) / inner.height())
    assert min(-xlo, xhi, -ylo, yhi) > 3.0  # the diamond through the point is seen whole


def test_a_model_without_activation_has_no_picture_of_one():
    scene = build_reshape(experiment("linear_regression", reshape={}))
    stage = ReshapeStage(1280, 720)
    assert {kind for kind, _ in stage.layout(scene).small} == {"balls", "paths"}
    neuron = build_reshape(experiment())
    assert len(stage.layout(neuron).small) == 4


# ------------------------------------------------------------------ whole frames


def test_a_frame_is_the_same_twice_and_does_not_depend_on_what_was_drawn_before():
    base = experiment()
    first = ReshapeStage(900, 520).image(build_reshape(base), 7)
    stage, scene = ReshapeStage(900, 520), build_reshape(base)
    for k in (0, 12, 3):
        stage.image(scene, k)
    assert (offscreen.pixels(stage.image(scene, 7)) == offscreen.pixels(first)).all()
    assert (offscreen.pixels(stage.image(scene, 8)) != offscreen.pixels(first)).any()


HASH = """
import hashlib, sys
from optviz.experiment import Experiment
import optviz
experiment = Experiment.loads(sys.stdin.read())
for k in (0, 9):
    print(hashlib.sha256(optviz.render(experiment, frame=k, size=(800, 450)).tobytes()).hexdigest())
"""


@pytest.mark.parametrize("film", ["race", "morph"])
def test_frames_are_the_same_in_another_process(film):
    base = experiment(reshape={"after": {"choices": {"activation": "relu"}}, "film": film})
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = [
        subprocess.run(
            [sys.executable, "-c", HASH], input=base.dumps(), capture_output=True, text=True, check=True,
            env={**environment, "PYTHONHASHSEED": seed},
        ).stdout.split()
        for seed in ("1", "2")
    ]  # fmt: skip
    ours = [
        hashlib.sha256(optviz.render(base, frame=k, size=(800, 450)).tobytes()).hexdigest() for k in (9, 0)
    ]
    assert done[0] == done[1] == ours[::-1]


@pytest.mark.parametrize(
    "size",
    [(16, 16), (17, 301), (360, 240), (361, 241), (640, 200), (2000, 90), (90, 2000), (640, 480), (1, 1)],
)
@pytest.mark.parametrize("show", ["both", "morph"])
def test_any_size(size, show):
    scene = build_reshape(experiment(reshape={"show": show, "after": {"penalty": {"l1": 0.1}}}))
    image = ReshapeStage(*size).image(scene, 4)
    assert (image.width(), image.height()) == size
    for box in ReshapeStage(*size).layout(scene).surfaces:
        assert box.left() >= 0
        assert box.right() <= size[0] + 1
        assert box.bottom() <= size[1] + 1


@pytest.mark.parametrize(
    "size", [(1280, 720), (1920, 1080), (1024, 700), (3840, 2160), (1080, 1920), (1600, 500)]
)
@pytest.mark.parametrize("show", ["both", "morph"])
def test_parts_of_a_frame_keep_clear_of_each_other(size, show):
    scene = build_reshape(experiment(reshape={"show": show, "after": {"penalty": {"l1": 0.1}}}))
    place = ReshapeStage(*size).layout(scene)
    boxes = [
        *place.surfaces,
        *place.captions,
        *place.readings,
        *place.scales,
        *(box for _, box in place.small),
    ]
    boxes += [box for box in (place.header, place.legend, place.bar) if box is not None]
    page = QRectF(0, 0, *size)
    for i, box in enumerate(boxes):
        assert page.contains(box.adjusted(0.5, 0.5, -0.5, -0.5))
        for other in boxes[i + 1 :]:
            cut = box.intersected(other)
            assert min(cut.width(), cut.height()) <= 0.05 * size[1]  # margins may meet, contents may not
    surfaces = sum(box.width() * box.height() for box in place.surfaces)
    assert surfaces > 0.36 * size[0] * min(size[1], size[0])


def test_an_svg_has_the_words_and_two_surfaces():
    base = experiment(title="Batch norm")
    root = ElementTree.fromstring(vector.svg(build_reshape(base), 6, (1280, 720)))
    space = "{http://www.w3.org/2000/svg}"
    words = {(one.text or "").strip() for one in root.iter(f"{space}text")}
    assert {"Batch norm", "before", "after", "batch norm off", "batch norm on", "step 6 of 12"} <= words
    assert {"Gradient descent", "Adam", "at the minimum", "L1 diamond", "L2 circle"} <= words
    assert len(list(root.iter(f"{space}image"))) == 2
    assert len(list(root.iter(f"{space}path"))) > 40


def test_a_morph_says_how_far_it_is():
    base = experiment(reshape={"film": "morph", "after": {"choices": {"batch_norm": True}}})
    root = ElementTree.fromstring(vector.svg(build_reshape(at_morph(base, 42)), 12, (1280, 720)))
    space = "{http://www.w3.org/2000/svg}"
    words = {(one.text or "").strip() for one in root.iter(f"{space}text")}
    assert {"t = 0.35 of the way", "batch norm off", "batch norm on"} <= words
    assert len(list(root.iter(f"{space}image"))) == 1


def test_themes_are_told_apart():
    scene = build_reshape(experiment())
    light, dark = (pixels(scene, 3, (640, 400), theme) for theme in ("light", "dark"))
    assert light[2, 2].tolist() == [255, 255, 255]
    assert dark[2, 2].tolist() == [round(255 * part) for part in rgb_of(DARK.page)]


def test_hidden_entrants_are_not_drawn():
    base = experiment(steps=5)
    some = replace(base, entrants=tuple(replace(one, hidden=True) for one in base.entrants))
    assert pixels(build_reshape(some), 5, (800, 450)).any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("show", ["both", "morph"])
@pytest.mark.parametrize(
    ("surface", "base", "after"),
    [
        ("linear_regression", {"coefficients": {"m": 2, "noise": 0.0}}, {"penalty": {"l1": 1e6}}),
        ("linear_regression", {"view": {"xlim": [1e6, 1e6 + 1e-3]}}, {"choices": {"standardize": True}}),
        ("logistic_regression", {"choices": {"classes": "separable"}, "start": [1e200, -1e200]}, {}),
        ("logistic_regression", {"start": [0.0, 0.0], "penalty": {"l1": 1.0}}, {"penalty": {"l2": 1e-9}}),
        ("neuron", {"coefficients": {"feature_scale": 100.0}, "choices": {"activation": "relu"}},
         {"choices": {"batch_norm": True, "loss": "bce"}, "coefficients": {"gamma": 0.0}}),
        ("neuron", {"start": [0.0, 0.0]}, {"choices": {"batch_norm": True, "activation": "elu"}}),
        ("chain", {"start": [0.0, 0.0]}, {"choices": {"activation": "identity"}}),
        ("deep_chain", {"choices": {"activation": "identity"}, "view": {"xlim": [-300, 300]}},
         {"coefficients": {"depth": 8}}),
        ("rosenbrock", {}, {"coefficients": {"b": 1.0}}),
        ("rosenbrock", {"view": {"xlim": [-2, 2], "ylim": [-1, 3]}}, {"penalty": {"l1": 3.0}}),
    ],
)  # fmt: skip
def test_any_comparison_can_be_drawn(surface, base, after, show):
    wild = [*ENTRANTS, {"optimizer": "momentum", "learning_rate": 1e5}]
    table = {
        "surface": surface,
        "steps": 30,
        "entrants": wild,
        **base,
        "reshape": {"after": after, "show": show},
    }
    scene = build_reshape(Experiment.of(table))
    for k in (0, 30):
        drawn = pixels(scene, k, (1000, 600))
        assert len(np.unique(drawn.astype(int) @ (1 << 16, 1 << 8, 1))) > 50
    quick = SurfacePanel(DARK, Metrics(1.0))
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        quick.paint(painter, QRectF(0, 0, 300, 300), scene.main, 5, quick=True)


def test_contours_keep_their_shape_with_fewer_points():
    turn = np.linspace(0.0, 6.0, 901)
    ring = np.stack([300 + 250 * np.cos(turn), 300 + 150 * np.sin(turn)], axis=1)
    corner = np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 50.0], [50.0, 50.0], [9.0, 50.0]])
    points = np.concatenate([ring, corner])
    begins = np.zeros(len(points), bool)
    begins[[0, 901]] = True
    keep = flattened(points, begins, 0.06)
    assert keep[[0, 900, 901, 902, 905]].all()  # ends, beginnings and corners
    assert keep.sum() < 0.6 * len(points)
    # Every point left out is as near to the line that is left.
    kept = np.flatnonzero(keep[:901])
    x, y = (np.interp(np.arange(901), kept, ring[kept, i]) for i in (0, 1))
    assert np.hypot(x - ring[:, 0], y - ring[:, 1]).max() < 0.1


def test_what_is_said_in_a_low_picture_stays_inside_it():
    chart = RegularizationPanel(LIGHT, Metrics(1.0))
    text = "there is no single minimum to follow: the loss does not feel the scale of the weights"
    for height, reason in ((200, True), (40, False)):
        image = QImage(200, height + 200, QImage.Format.Format_RGB32)
        image.fill(QColor("#ffffff"))
        with QPainter(image) as painter:
            chart.nothing(painter, QRectF(0, 100, 200, height), text)
        inked = np.flatnonzero((strokes.memory(image)[..., :3] < 200).any(axis=(1, 2)))
        assert 100 <= inked.min() < inked.max() <= 100 + height
        assert bool(inked.max() - inked.min() > 50) is reason


def test_what_is_spoken_gives_a_reason_where_there_is_no_condition_number():
    flat = spoken(read(build_reshape(experiment(choices={"batch_norm": True})).before, 0))
    assert "nan" not in flat
    assert "flat in some direction" in flat or "falls away" in flat
