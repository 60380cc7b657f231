"""The height field drawn at film size: milliseconds a frame, and against matplotlib's plot_surface."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from optviz.kernels.height_field import KERNELS, Lines, draw

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
    report("200×200 mesh over 1920×1080, ms a frame of at most 16", wall * 1e3, 16)
    report("the same, matplotlib / ours", matplotlib_seconds() / wall, 20, at_least=True)
