"""The surface in three dimensions at film size: milliseconds a frame, beside matplotlib's plot_surface."""

from __future__ import annotations

import math
import statistics
import time

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.experiment import Experiment
from optviz.kernels.height_field import KERNELS, Lines, draw
from optviz.render.panels.surface3d import Surface3DPanel
from optviz.render.panels.surface3d.mesh import QUICK
from optviz.render.style import LIGHT, Metrics
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

from .conftest import best_seconds

SIZES = ((1920, 1080), (1280, 720))
U = np.linspace(-0.8, 0.8, 200)
X, Y = np.meshgrid(U, U)
HEIGHT = 0.25 + 0.12 * np.sin(5 * X) * np.cos(4 * Y) + 0.25 * (X * X + Y * Y)
SHADE = (HEIGHT - HEIGHT.min()) / np.ptp(HEIGHT)
TABLE = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
LINES = Lines(np.linspace(0.05, 0.95, 14), np.full(14, 0.5), 1.5, mesh=10)


def camera(size: tuple[int, int], distance: float, elevation: float):
    """A camera at 60 degrees west of south that looks at the middle of the field."""
    width, height = size
    a, e = math.radians(-60), math.radians(elevation)
    back = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    right = np.array([-math.sin(a), math.cos(a), 0.0])
    focal = 0.5 * height / math.tan(math.radians(20))
    rows = np.array(
        [focal * right - width / 2 * back, -focal * np.cross(back, right) - height / 2 * back, -back]
    )
    return np.column_stack([rows, -rows @ (np.array([0, 0, 0.25]) + distance * back)])


def seconds(size, samples: int, distance: float = 1.0, elevation: float = 50, rounds: int = 15):
    """Wall time of a frame that the field fills, and the time of all processors in it."""
    pixels, depth = np.zeros((size[1], size[0], 4), np.uint8), np.zeros((size[1], size[0]), np.float32)
    matrix = camera(size, distance, elevation)
    wall, work = [], []
    for _ in range(rounds):
        depth.fill(0)
        begun, spent = time.perf_counter(), time.process_time()
        draw(pixels, depth, U, U, HEIGHT, SHADE, TABLE, matrix, lines=LINES, samples=samples)
        wall.append(time.perf_counter() - begun)
        work.append(time.process_time() - spent)
    return min(wall[1:]), min(work[1:]), (depth > 0).mean()


def matplotlib_seconds() -> float:
    """The usual way: plot_surface of the same mesh, turned and drawn to pixels."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(19.2, 10.8), dpi=100)
    axes = figure.add_subplot(projection="3d")
    axes.plot_surface(X, Y, HEIGHT, rstride=1, cstride=1, cmap="viridis", antialiased=False)
    angles = iter(range(1000))

    def turn() -> None:
        axes.view_init(30, next(angles))
        figure.canvas.draw()

    found = best_seconds(turn, 2)
    plt.close(figure)
    return found


@pytest.mark.filterwarnings("ignore")
def test_a_height_field_while_it_is_turned(benchmark, report) -> None:
    for kernel in KERNELS:
        kernel.compiled  # noqa: B018
    benchmark.pedantic(lambda: seconds(SIZES[0], 1), rounds=1)
    for size in SIZES:
        for what, samples in (("quick", 1), ("2×2", 2), ("3×3", 3)):
            wall, work, share = seconds(size, samples, rounds=15 if samples == 1 else 4)
            print(
                f"\n{size[0]}×{size[1]} {what}: {wall * 1e3:.1f} ms ({work * 1e3:.1f} ms of all processors)",
                end="",
            )
        print(f", {share:.0%} of the pixels covered")
    wall, work, share = seconds(SIZES[0], 1, 2.2, 35)
    print(f"\nthe whole field, {share:.0%} of the pixels: {wall * 1e3:.1f} ms ({work * 1e3:.1f} ms of all)")
    wall, _, _ = seconds(SIZES[0], 1)
    report("200×200 mesh over 1920×1080, its surface alone, ms a frame", wall * 1e3, 16)


def race() -> Scene:
    rates = (("adam", 0.1), ("momentum", 1e-3), ("gd", 2e-3), ("rmsprop", 0.02), ("nesterov", 1e-3))
    entrants = [{"optimizer": name, "learning_rate": rate} for name, rate in rates]
    view = {"kind": "surface3d"}
    return build_scene(simulate(Experiment("rosenbrock", entrants, start=(-1.5, 2.0), steps=500, view=view)))


def frames(scene: Scene, quick: bool, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of wall time, and of all processors, of whole pictures, each from another side."""
    panel, size = Surface3DPanel(LIGHT, Metrics()), SIZES[0]
    image = QImage(*size, QImage.Format.Format_RGB32)
    wall, work = [], []
    for i in range(rounds + 3):
        camera = Camera(azimuth=-60.0 + 2.0 * i, elevation=42.0 + 0.1 * i)
        begun, spent = time.perf_counter(), time.process_time()
        with QPainter(image) as painter:
            panel.paint(painter, QRectF(0, 0, *size), scene, 400, quick=quick, camera=camera)
        wall.append(1e3 * (time.perf_counter() - begun))
        work.append(1e3 * (time.process_time() - spent))
    return wall[3:], work[3:]


@pytest.mark.filterwarnings("ignore")
def test_a_whole_picture_while_the_camera_moves(benchmark, report) -> None:
    """Walls, axes, floor, contour lines, five paths of 500 steps with heads and names, and the surface."""
    assert QUICK == 200
    scene = race()
    benchmark.pedantic(lambda: frames(scene, True, 3), rounds=1)
    film, work = frames(scene, False, 10)
    print(f"\nfilm: {min(film):.1f} ms at best ({min(work):.1f} ms of all processors)")
    turned, work = frames(scene, True, 100)
    middle = statistics.median(turned)
    print(f"\nquick: {min(turned):.1f} ms at best ({min(work):.1f} ms of all processors)", end="")
    peer = matplotlib_seconds() * 1e3 / middle
    report("matplotlib's plot_surface of such a mesh alone / all of our picture", peer, 5, at_least=True)
    report("a frame of the film with a moving camera, ms", statistics.median(film), 120)
    report("a frame while it is turned at 1920×1080, ms", middle, 16)
