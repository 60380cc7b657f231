"""Whole pictures in three dimensions: golden frames, no history, vectors, themes, layouts."""

from __future__ import annotations

import hashlib
import itertools
import os
import platform
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
from PIL import Image
from PySide6 import __version__ as qt_version
from PySide6.QtCore import QRectF

import optviz
from optviz.camera import Camera, CameraKey
from optviz.experiment import Experiment
from optviz.render import offscreen
from optviz.render.panels.pictures import halves
from optviz.render.panels.surface3d import heads
from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.render.style import number
from optviz.reshape import build_reshape
from optviz.scene import build_scene
from optviz.simulate import simulate
from optviz.view import View

GOLDEN = Path(__file__).with_name("golden")
FRAMES = {
    "rosenbrock": {"surface": "rosenbrock", "steps": 80},
    "himmelblau_arrows": {"arrows": ("gradient", "momentum", "update"), "mesh": True},
    "saddle_below": {"surface": "saddle", "steps": 40, "camera": Camera(azimuth=25.0, elevation=-30.0)},
    "rastrigin_plain": {"surface": "rastrigin", "floor": False, "lines": False, "height": "log"},
}


def machine() -> str:
    """Return a text that is the same where the same code draws the same pixels."""
    model = next(
        (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ""
    ) if Path("/proc/cpuinfo").exists() else platform.processor()  # fmt: skip
    parts = (model, platform.machine(), numba.__version__, np.__version__, qt_version)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", FRAMES)
def test_golden_frames(name, scene, painted):
    """Exact on the kind of machine they were made on, and all but equal on any other.

    `python -m pytest --import-mode=importlib tests/render/surface3d -k golden` with GOLDEN=write makes them.
    """
    picture = painted(scene(**FRAMES[name]), 30)
    file = GOLDEN / f"{name}.png"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(picture).save(file, optimize=True)
        (GOLDEN / "machine.txt").write_text(machine() + "\n")
    with Image.open(file) as image:
        want = np.array(image.convert("RGB"))
    if (GOLDEN / "machine.txt").read_text().strip() == machine():
        np.testing.assert_array_equal(picture, want)
    apart = np.abs(picture.astype(int) - want)
    assert apart.mean() < 0.5
    assert np.mean(apart.max(axis=-1) > 24) < 0.004


PROCESS = """
import hashlib, optviz
e = optviz.Experiment(surface="beale", steps=20, entrants=[{"optimizer": "adam"}],
                      view={"kind": "split", "arrows": ["gradient"]})
print(hashlib.sha256(optviz.render(e, frame=11, size=(480, 270)).tobytes()).hexdigest())
"""


def test_two_processes_draw_the_same_pixels():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    said = [
        subprocess.run(
            [sys.executable, "-c", PROCESS], capture_output=True, text=True, check=True,
            env={**environment, "NUMBA_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert len(said[0]) == 65
    assert said[0] == said[1]


# ------------------------------------------------------------------ no history


@pytest.mark.parametrize(
    "moving",
    [
        {"camera": Camera(turntable=3.0)},
        {"camera_keys": (CameraKey(0, Camera()), CameraKey(40, Camera(azimuth=80.0, zoom=2.0)))},
        {"camera": Camera()},
    ],
)
@pytest.mark.parametrize("kind", ["surface3d", "split"])
def test_a_frame_is_the_same_whatever_was_drawn_before(kind, moving, scene):
    one = scene("himmelblau", kind=kind, **moving)
    alone = offscreen.pixels(Stage(480, 270).image(one, 21))
    stage = Stage(480, 270)
    for k in (0, 40, 20, 3):
        stage.image(one, k)
    np.testing.assert_array_equal(offscreen.pixels(stage.image(one, 21)), alone)
    other = offscreen.pixels(stage.image(one, 22))
    assert np.any(other != alone)


def test_the_camera_moves_through_a_film(scene, painted):
    turned = scene("himmelblau", camera=Camera(azimuth=10.0, turntable=2.0), names=("gd",))
    there = scene("himmelblau", camera=Camera(azimuth=50.0), names=("gd",))
    np.testing.assert_array_equal(painted(turned, 20), painted(there, 20))


def test_a_film_from_before_to_after_moves_its_camera_by_its_own_frames():
    experiment = Experiment(
        surface="neuron", steps=5, entrants=[{"optimizer": "gd"}],
        view={"kind": "surface3d", "camera": {"turntable": 1.0}},
        reshape={"after": {"choices": {"activation": "tanh"}}, "show": "morph", "film": "morph",
                 "morph": 0.25},
    )  # fmt: skip
    moved = build_reshape(experiment)
    frames = round(0.25 * moved.last)
    still = build_reshape(
        experiment.replace(view={"kind": "surface3d", "camera": {"azimuth": -60.0 + frames}})
    )
    pictures = [offscreen.pixels(ReshapeStage(480, 270).image(one, 5)) for one in (moved, still)]
    np.testing.assert_array_equal(*pictures)


# ------------------------------------------------------------------ what is shown


@pytest.mark.parametrize("name", ["light", "dark", "projector"])
def test_each_theme_draws_its_own_picture(name, scene, painted, panel):
    own, _ = panel(name)
    picture = painted(scene("himmelblau"), 30, (320, 240), name)
    page = np.array([int(own.theme.page[i : i + 2], 16) for i in (1, 3, 5)])
    assert np.all(picture[0, 0] == page)
    assert np.mean(np.all(picture == page, axis=-1)) < 0.75


@pytest.mark.parametrize("switch", ["mesh", "lines", "floor"])
def test_each_switch_changes_the_surface(switch, scene, painted):
    usual = getattr(View(), switch)
    one, two = (painted(scene("himmelblau", **{switch: value}), 0) for value in (usual, not usual))
    assert np.any(one != two, axis=-1).sum() > 500


def test_quick_and_fine_are_the_same_picture_but_for_edges(scene, painted):
    one = scene("himmelblau")
    fine, quick = painted(one, 30), painted(one, 30, quick=True)
    assert np.abs(fine.astype(int) - quick).mean() < 4.0
    assert np.any(fine != quick)


def test_heads_outside_the_box_have_arrows_with_their_coordinates(scene, painted, monkeypatch):
    told = []
    real = heads.paint_names

    def note(painter, named, *rest, **more):
        told.append([text for _, _, text in named])
        real(painter, named, *rest, **more)

    monkeypatch.setattr(heads, "paint_names", note)
    one = scene("saddle", steps=200, names=("adam",))
    far = one.lines[0].path[200]
    assert np.abs(far).max() > 2.0
    painted(one, 200, (640, 480))
    assert told[0] == [f"Adam  ({number(float(far[0]))}, {number(float(far[1]))})"]
    painted(one, 0, (640, 480))
    assert told[1] == ["Adam"]


def test_diverged_entrants_and_endless_losses_are_drawn():
    wild = [{"optimizer": "gd", "learning_rate": 50.0}, {"optimizer": "adam", "label": "kept"}]
    for surface, view in itertools.product(
        ("rosenbrock", "sphere"), ({"kind": "surface3d"}, {"kind": "split", "height": "log"})
    ):
        one = build_scene(simulate(Experiment(surface=surface, steps=30, entrants=wild, view=view)))
        assert one.lines[0].status == "diverged"
        for k in (0, 1, 2, 30):
            picture = offscreen.pixels(Stage(480, 300).image(one, k))
            assert picture.std() > 10.0


def test_a_surface_with_holes_has_none_of_it_there(painted):
    e = Experiment(formula="log(x) + y**2", steps=3, entrants=[{"optimizer": "gd"}], start=(1.0, 1.0),
                   view={"kind": "surface3d", "xlim": (-1.0, 2.0), "ylim": (-1.0, 1.0)})  # fmt: skip
    picture = painted(build_scene(simulate(e)), 0, (640, 480))
    assert picture.std() > 10.0


@pytest.mark.parametrize(
    ("formula", "view"),
    [
        ("x*0 + 1e20", {"height": "log"}), ("1e300*x*x + y", {}), ("1/x + y", {"height": "linear"}),
        ("exp(x*100)*exp(y*100)", {}), ("sqrt(x - 100)", {}), ("x + y", {"xlim": (-1e300, 1e300)}),
        ("x*x + y*y", {"xlim": (1.0, 1.0 + 1e-10), "ylim": (1e-300, 2e-300)}),
    ],
)  # fmt: skip
def test_awkward_surfaces_are_drawn_and_asked(formula, view):
    entrants = [{"optimizer": "gd"}, {"optimizer": "momentum", "learning_rate": 3.0}]
    look = {"kind": "surface3d", "arrows": ("gradient", "momentum", "update"), **view}
    experiment = Experiment(formula=formula, steps=9, entrants=entrants, start=(1.0, 1.0), view=look)
    one, stage = build_scene(simulate(experiment)), Stage(320, 200)
    for k in (0, 1, 9):
        assert not stage.image(one, k).isNull()
    point = stage._surface.solid.pick(stage.layout(one).surface, one, 0, 160.0, 100.0)
    assert point is None or np.isfinite(point).all()


# ------------------------------------------------------------------ vectors


@pytest.mark.parametrize("kind", ["surface3d", "split"])
def test_in_svg_only_the_surface_is_an_image(kind, tmp_path, scene):
    experiment = scene("himmelblau", kind=kind, arrows=("gradient",)).experiment
    file = tmp_path / "a.svg"
    from optviz.render.export import export

    export(experiment, file, frame=30, size=(960, 540))
    text = file.read_text(encoding="utf-8")
    assert text.count("<image") == (1 if kind == "surface3d" else 2)
    words = re.findall(r">([^<>]+)</text>", text)
    assert {"x", "y", "loss", "Adam", "Momentum", "Himmelblau"} <= {word.strip() for word in words}
    assert text.count("<path") + text.count("<polyline") > 40


# ------------------------------------------------------------------ layouts

SIZES = ((1280, 720), (1920, 1080), (1024, 768), (900, 900), (640, 360), (600, 1000), (420, 300), (320, 180))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["surface3d", "split"])
def test_parts_of_a_frame_do_not_overlap(kind, size, scene):
    one = scene("himmelblau", kind=kind)
    place = Stage(*size).layout(one)
    solid, plane = halves(kind, place.surface)
    parts = [
        part
        for part in (solid, plane, place.legend, place.scale, *place.plots)
        if part and not part.isEmpty()
    ]
    whole = QRectF(0, 0, *size)
    for part in parts:
        assert whole.contains(part.adjusted(0, 0, 0, -1))
    for a, b in itertools.combinations(parts, 2):
        over = a.intersected(b)
        assert over.width() * over.height() < 1.0
    assert solid.width() >= 0.4 * size[0] or solid.height() >= 0.25 * size[1]
    if kind == "split":
        shared = solid.width() * solid.height() + plane.width() * plane.height()
        assert shared > 0.5 * size[0] * size[1]
        assert 0.8 < solid.width() * solid.height() / (plane.width() * plane.height()) < 1.7


def test_both_pictures_have_one_scale_of_colours(scene):
    one = scene("himmelblau", kind="split")
    stage = Stage(1280, 720)
    stage.image(one, 10)
    pictures, rect = stage._surface, stage.layout(one).surface
    _, plane = pictures.places(rect, one)
    view = pictures.plane.mapping(plane, one)
    shown = pictures.plane._backdrop(view, one, 0, 1.0, False)
    how = pictures.solid.scale(one)
    assert (how.low, how.high, how.log, how.levels) == (shown.low, shown.high, shown.log, shown.levels)


def test_linked_sides_have_one_scale_of_heights():
    for linked in (True, False):
        experiment = Experiment(
            surface="linear_regression", steps=4, entrants=[{"optimizer": "gd"}], view={"kind": "surface3d"},
            reshape={"after": {"penalty": {"l2": 40.0}}, "linked_scale": linked},
        )  # fmt: skip
        one = build_reshape(experiment)
        stage = ReshapeStage(640, 360)
        stage.image(one, 2)
        first, second = (p.solid.box(s).heights for p, s in zip(stage._surfaces, one.shown, strict=True))
        assert (first == second) == linked


def test_an_update_taken_apart_has_the_place_of_the_plots(scene):
    one = scene("himmelblau", kind="split", step_by_step=0)
    stage = Stage(960, 540)
    place = stage.layout(one)
    assert place.apart is not None
    assert not place.plots
    plain = Stage(960, 540).image(scene("himmelblau", kind="split"), 5)
    assert np.any(offscreen.pixels(stage.image(one, 5)) != offscreen.pixels(plain))


def test_rendering_follows_the_public_way(scene):
    experiment = replace(scene("himmelblau").experiment, steps=5)
    picture = optviz.render(experiment, frame=3, size=(320, 180))
    assert picture.shape == (180, 320, 3)
