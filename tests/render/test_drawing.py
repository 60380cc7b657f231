"""Frames: the same pixels every time, everything on them, and nothing that a path may hold breaks them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from optviz.colors import contrast, rgb_of
from optviz.render import fonts, formula, offscreen
from optviz.render.panels import strokes, tracks
from optviz.render.panels.axes import log_marks, log_ticks, numbered, ticks
from optviz.render.panels.curves import CurvePanel, noisy
from optviz.render.panels.labels import Label, Visits, named, place
from optviz.render.panels.mapping import edge_point
from optviz.render.panels.surface import SurfacePanel
from optviz.render.stage import Stage
from optviz.render.style import DARK, LIGHT, Metrics, number, readable
from optviz.scene import Plot
from optviz.view import View


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


class Bowl:
    key = "test bowl"
    surface = SimpleNamespace(axes=("x", "y"), model=None, feasible=None)
    minima = np.zeros((1, 2))

    def loss(self, x, y):
        return 0.5 * (np.asarray(x) ** 2 + 4 * np.asarray(y) ** 2)

    def raster(self, xs, ys, limits=None):
        return 0.5 * (xs[None, :] ** 2 + 4 * ys[:, None] ** 2)


@dataclass(eq=False)
class FakeScene:
    """A scene of given paths over a bowl."""

    lines: tuple
    plots: tuple = ()
    minima: np.ndarray = field(default_factory=lambda: np.zeros((1, 2)))
    xlim: tuple = (-2.0, 2.0)
    ylim: tuple = (-2.0, 2.0)
    start: tuple = (-1.5, 1.0)
    title: str = "A bowl"
    theme: str = "light"
    formula: str = r"\frac{1}{2} x^{2} + 2 y^{2}"
    problem: Bowl = field(default_factory=Bowl)
    company: tuple = ()
    experiment: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(view=View()))

    def drawn(self, k):
        return self.problem

    @property
    def last(self):
        return max((len(line.path) - 1 for line in self.lines), default=0)

    def values(self, plot, line):
        return getattr(line, plot.key) - plot.offset


def line(index, path, status="step_limit", hidden=False, label="Adam", color=None):
    path = np.asarray(path, dtype=np.float64)
    with np.errstate(all="ignore"):
        loss = 0.5 * path[:, 0] ** 2 + 2 * path[:, 1] ** 2
    return SimpleNamespace(
        index=index,
        label=label,
        optimizer="adam",
        color=color,
        hidden=hidden,
        path=path,
        loss=loss,
        gradient_norm=loss[1:],
        learning_rate=np.full(max(len(path) - 1, 0), 0.1),
        effective_rate=np.full(max(len(path) - 1, 0), 0.1),
        distance=np.hypot(*path.T),
        status=status,
        stopped_at=len(path) - 1,
        why="",
    )


def spiral(turn=0.0, n=60):
    t = np.linspace(0.0, 1.0, n)
    return np.stack([1.6 * (1 - t) * np.cos(7 * t + turn), 1.6 * (1 - t) * np.sin(7 * t + turn)], axis=1)


PLOTS = (Plot("loss", "loss", True, 1e-4, 10.0), Plot("gradient_norm", "gradient norm", False, 0.0, 6.0))


def race(**more):
    paths = [spiral(1.5 * i) for i in range(3)]
    return FakeScene(tuple(line(i, p, label=f"entrant {i}") for i, p in enumerate(paths)), PLOTS, **more)


def drawn(scene, k, size=(640, 360), theme=None):
    return offscreen.pixels(offscreen.frame(scene, k, size, theme))


def near(pixels, color, reach=12):
    """bool[h, w]: where a picture has a colour."""
    return np.abs(pixels.astype(int) - 255 * rgb_of(color)).max(axis=-1) <= reach


# ------------------------------------------------------------------ mapping


@pytest.mark.parametrize(
    "limits", [((-2.0, 2.0), (-1.0, 3.0)), ((0.0, 1.0), (0.0, 2.5)), ((-1e-9, 1e9), (5.0, 6.0))]
)
def test_mapping_goes_there_and_back(limits):
    scene = race(xlim=limits[0], ylim=limits[1])
    view = SurfacePanel(LIGHT, Metrics()).mapping(QRectF(3, 5, 700, 500), scene)
    points = np.random.default_rng(0).uniform(
        [view.xlim[0], view.ylim[0]], [view.xlim[1], view.ylim[1]], (50, 2)
    )
    np.testing.assert_allclose(view.to_data(view.to_pixel(points)), points, rtol=1e-9, atol=1e-9)
    assert view.xlim[0] <= limits[0][0]
    assert view.xlim[1] >= limits[0][1]


def test_a_unit_is_as_long_in_x_as_in_y_where_that_costs_little():
    panel = SurfacePanel(LIGHT, Metrics())
    view = panel.mapping(QRectF(0, 0, 900, 500), race())
    assert (view.xlim[1] - view.xlim[0]) / view.width == pytest.approx(
        (view.ylim[1] - view.ylim[0]) / view.height
    )
    stretched = panel.mapping(QRectF(0, 0, 900, 500), race(ylim=(-100.0, 100.0)))
    assert stretched.xlim == (-2.0, 2.0)
    assert stretched.ylim == (-100.0, 100.0)


# ------------------------------------------------------------------ sameness


def test_a_frame_alone_equals_the_same_frame_after_others():
    scene = race()
    alone = drawn(scene, 30)
    offscreen._stages.clear()
    for k in (0, 59, 7, 29, 31):
        drawn(scene, k)
    np.testing.assert_array_equal(drawn(scene, 30), alone)


def test_another_scene_in_between_leaves_no_trace():
    one, two = race(), race(xlim=(-5.0, 5.0))
    before = drawn(one, 20)
    drawn(two, 20)
    drawn(one, 20, theme="dark")
    np.testing.assert_array_equal(drawn(one, 20), before)


_PROGRAM = """
import sys, hashlib; sys.path[:0] = [{root!r}, {here!r}]
import test_drawing as t
t.offscreen.ensure_application()
print(hashlib.sha256(t.drawn(t.race(), 33).tobytes()).hexdigest())
"""


@pytest.mark.parametrize("setting", [{}, {"QT_SCALE_FACTOR": "2"}, {"QT_FONT_DPI": "144"}])
def test_every_process_draws_the_same_bytes(setting):
    here = os.path.dirname(__file__)
    program = _PROGRAM.format(root=os.path.dirname(os.path.dirname(here)), here=here)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **setting}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.stdout.strip() == hashlib.sha256(drawn(race(), 33).tobytes()).hexdigest(), done.stderr


def test_a_frame_is_opaque_and_of_the_size_asked_for():
    image = offscreen.frame(race(), 3, (641, 359))
    assert (image.width(), image.height()) == (641, 359)
    assert image.format() == QImage.Format.Format_RGB32


# ------------------------------------------------------------------ what is on it


def test_paths_grow_with_the_step():
    counts = [near(drawn(race(), k), LIGHT.entrants[0]).sum() for k in (0, 20, 50)]
    assert counts[0] < counts[1] < counts[2]


def test_hidden_entrants_are_not_drawn():
    shown = FakeScene((line(0, spiral()), line(1, spiral(2.0))), PLOTS)
    hidden = FakeScene((line(0, spiral()), line(1, spiral(2.0), hidden=True)), PLOTS)
    assert near(drawn(shown, 50), LIGHT.entrants[1]).sum() > 50
    assert near(drawn(hidden, 50), LIGHT.entrants[1]).sum() == 0


def test_a_chosen_color_is_used_and_made_readable():
    scene = FakeScene((line(0, spiral(), color="#7a1fa2"),), PLOTS)
    assert near(drawn(scene, 40), "#7a1fa2").sum() > 100
    assert contrast(LIGHT.line(0, "#ffff00"), LIGHT.page) >= 3.0
    assert contrast(DARK.line(0, "#000033"), DARK.page) >= 3.0


def test_diverged_looks_different_at_its_last_point_only():
    ended, going = (FakeScene((line(0, spiral(), status=s),), PLOTS) for s in ("diverged", "step_limit"))
    assert (drawn(ended, 59) != drawn(going, 59)).any()
    view = SurfacePanel(LIGHT, Metrics())
    images = []
    for scene in (ended, going):
        image = QImage(300, 300, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        view.paint(painter, QRectF(0, 0, 300, 300), scene, 30)
        painter.end()
        images.append(offscreen.pixels(image))
    np.testing.assert_array_equal(*images)


def test_an_entrant_outside_is_an_arrow_at_the_edge():
    scene = FakeScene((line(0, [(-1.5, 1.0), (0.0, 0.0), (40.0, 0.0)]),))
    picture = drawn(scene, 2, (900, 600))
    place = Stage(900, 600).layout(scene).surface
    columns = np.flatnonzero(near(picture, LIGHT.entrants[0]).any(axis=0))
    assert place.right() - 30 < columns[columns < place.right()].max() < place.right()


def test_arrows_point_at_points_however_far():
    view = SurfacePanel(LIGHT, Metrics()).mapping(QRectF(0, 0, 600, 600), race())
    for point, direction in (((1e308, 0.0), (1, 0)), ((0.0, -1e308), (0, 1)), ((1e308, 1e308), (0.7, -0.7))):
        x, y, dx, dy = edge_point(view, np.array(point), 4.0)
        assert (dx, dy) == pytest.approx(direction, abs=0.02)
        assert view.rect.contains(x, y)


@pytest.mark.parametrize(
    "path",
    [
        [(-1.5, 1.0)],
        [(-1.5, 1.0), (np.nan, 0.0), (0.5, 0.5), (1.0, 0.0)],
        [(-1.5, 1.0), (np.inf, -np.inf), (0.5, 0.5)],
        [(1e308, -1e308), (-1e308, 1e308), (1e-320, 0.0)],
        [(np.nan, np.nan)] * 3,
        [(0.3, 0.3)] * 50,
        np.zeros((0, 2)),
    ],
    ids=["point", "nan", "inf", "huge", "all nan", "still", "empty"],
)
def test_any_path_gives_a_frame(path):
    scene = FakeScene((line(0, path), line(1, spiral())), PLOTS)
    for k in (0, 1, 2, 49):
        assert near(drawn(scene, k), LIGHT.page).mean() > 0.1


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(0.0, 0.0, False), (np.nan, 1.0, False), (1e-320, 1e308, True), (-1e308, 1e308, False)],
)
def test_any_range_gives_a_plot(low, high, log):
    scene = FakeScene((line(0, spiral()),), (Plot("loss", "loss", log, low, high),))
    picture = drawn(scene, 10)
    plots = picture[:, 420:]
    assert near(plots, LIGHT.muted, 40).sum() > 100  # axes and cursor


def test_no_minima_and_no_entrants():
    assert drawn(race(minima=np.empty((0, 2))), 5).shape == (360, 640, 3)
    assert drawn(FakeScene((), ()), 0).shape == (360, 640, 3)


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 400), (64, 36), (320, 180), (333, 500), (700, 200), (1280, 720)]
)
def test_any_size_gives_a_frame_whose_parts_lie_inside(size):
    scene = race()
    assert drawn(scene, 10, size).shape == (size[1], size[0], 3)
    layout = Stage(*size).layout(scene)
    whole = QRectF(0, 0, *size)
    parts = [layout.surface, *layout.plots, *([layout.legend] if layout.legend else [])]
    for i, part in enumerate(parts):
        assert whole.contains(part)
        assert not any(part.intersects(other) for other in parts[i + 1 :])


def test_the_surface_takes_more_than_half_of_the_frame():
    for size in ((1280, 720), (1920, 1080), (3840, 2160)):
        part = Stage(*size).layout(race()).surface
        assert part.width() * part.height() >= 0.55 * size[0] * size[1]


def test_many_entrants_are_counted_rather_than_squeezed():
    scene = FakeScene(tuple(line(i, spiral(0.1 * i)) for i in range(64)), PLOTS)
    layout = Stage(1280, 720).layout(scene)
    assert 0 < layout.rows < 64
    assert len(layout.plots) == 2
    drawn(scene, 30, (1280, 720))


# ------------------------------------------------------------------ vectors and quick pictures


def svg(scene, k):
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(1280, 720))
    with QPainter(generator) as painter:
        Stage(1280, 720).paint_vector(painter, scene, k)
    return bytes(data.data()).decode()


def test_vectors_hold_lines_and_text():
    text = svg(race(), 40)
    assert text.count("<image") == 1
    assert text.count("<path") + text.count("<polyline") > 50
    assert "step 40 of 59" in text
    assert "entrant 1" in text


def test_the_two_ways_of_stroking_draw_the_same_line():
    points = spiral() * 60 + 110
    part = tracks.track(points, np.arange(60) == 0, np.arange(60.0), [12.0, 8.0])
    table, shade = strokes.ramp("#0062b0", "#0062b0", 0.0), np.zeros(len(part.points), np.int64)
    images = [QImage(220, 220, QImage.Format.Format_RGB32) for _ in range(2)]
    for image in images:
        image.fill(0xFFFFFF)
    strokes.Canvas(images[0], (0, 0, 220, 220)).stroke(part, shade, table, 4.0)
    painter = QPainter(images[1])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    strokes.Canvas(painter, (0, 0, 220, 220)).stroke(part, shade, table, 4.0)
    painter.end()
    one, two = (offscreen.pixels(image).astype(int) for image in images)
    assert (one < 200).any()
    assert np.abs(one - two).mean() < 1.0


# ------------------------------------------------------------------ lines cut and thinned


def test_cutting_moves_nothing():
    rng = np.random.default_rng(3)
    path = np.cumsum(rng.normal(size=(400, 2)), axis=0)
    points, begins, place = tracks.clipped(path, (-3.0, -2.0, 4.0, 5.0))
    inside = np.all((path >= (-3, -2)) & (path <= (4, 5)), axis=1)
    whole = place == np.round(place)
    kept = place[whole].astype(int)
    assert set(np.flatnonzero(inside)) <= set(kept)
    base, share = np.floor(place).astype(int), place % 1
    expected = path[base] + (path[np.minimum(base + 1, 399)] - path[base]) * share[:, None]
    np.testing.assert_allclose(points, expected, atol=1e-9)
    assert begins[0]


def test_dashes_run_on_from_step_to_step():
    points = np.stack([np.linspace(0, 500, 90), np.zeros(90)], axis=1)
    part = tracks.track(points, np.arange(90) == 0, np.arange(90.0), [10.0, 5.0])
    length = np.diff(part.points[:, 0])[~part.begins[1:]].sum()
    assert length == pytest.approx(500 * 2 / 3, abs=10)
    early = part.until(30)
    np.testing.assert_array_equal(early.points, part.points[: len(early.points)])


def test_thinning_drops_only_points_on_the_same_spot():
    points = np.repeat(spiral() * 100, 50, axis=0)
    keep = tracks.thinned(points, np.arange(len(points)) == 0, 0.35)
    assert keep.sum() <= 62
    assert keep[0]
    assert keep[-1]


def test_decimated_curves_keep_their_extremes():
    values = np.random.default_rng(0).normal(size=50_000)
    values[12_345], values[40_000] = 99.0, np.nan
    columns = np.linspace(0, 300, 50_000)
    chosen = tracks.decimated(values, columns)
    assert 12_345 in chosen
    assert len(chosen) <= 4 * 301
    assert np.nanmin(values) in values[chosen]


def test_a_pixel_of_the_curves_gives_its_step():
    panel = CurvePanel(LIGHT, Metrics())
    axes = panel.axes(QRectF(0, 0, 400, 200), race(), PLOTS[0])
    for step in (0, 17, 59):
        assert axes.step(float(axes.x(float(step)))) == step
    assert axes.step(-1e9) == 0
    assert axes.step(1e9) == 59


# ------------------------------------------------------------------ style


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_text_stand_out(theme):
    for color in theme.entrants:
        assert contrast(color, theme.page) >= 3.0
        assert contrast(theme.text(color), theme.page) >= 4.5
    assert contrast(theme.ink, theme.page) >= 7.0
    assert contrast(theme.muted, theme.page) >= 4.5
    assert contrast(theme.accent, theme.page) >= 4.5
    assert len(set(theme.entrants)) == 8


def test_readable_changes_nothing_that_reads():
    assert readable("#000000", "#ffffff", 4.5) == "#000000"
    assert contrast(readable("#eeeeee", "#ffffff", 4.5), "#ffffff") >= 4.5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05, "0.05"), (0.0, "0"), (-1.5, "−1.5"), (0.001, "0.001"), (8e-4, "8×10⁻⁴"), (1e-8, "10⁻⁸"),
        (-4.2e5, "−4.2×10⁵"), (1234.0, "1234"), (float("nan"), "–"), (float("-inf"), "−∞"), (1e308, "10³⁰⁸"),
        (0.99999, "1"), (20.0, "20"),
    ],
)  # fmt: skip
def test_numbers_read_well(value, text):
    assert number(value) == text


def test_fixed_numbers_keep_their_digits():
    assert number(17.9, fixed=True) == "17.9"
    assert number(18.0, fixed=True) == "18.0"
    assert number(1e-5, fixed=True) == "1.00×10⁻⁵"


def test_ticks_are_round_and_few():
    assert ticks(-2.0, 2.0, 5) == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert ticks(0.0, 0.31, 4) == [0.0, 0.1, 0.2, 0.3]
    assert ticks(1.0, 1.0, 5) == []
    assert log_ticks(1e-12, 1e3, 5) == [-12, -9, -6, -3, 0, 3] or len(log_ticks(1e-12, 1e3, 5)) <= 5


def test_neighbours_on_an_axis_read_differently_and_say_their_true_value():
    for low, high in ((0.80101, 0.80104), (-0.12205, -0.12201), (15.2001, 15.2003), (1e15, 1e15 + 1),
                      (-1e300, 1e300), (1.0, 1.0000000000000002), (-2.0, 2.0), (0.0, 600.0)):  # fmt: skip
        values = ticks(low, high, 5)
        texts, note = numbered(values, lambda text: len(text) <= 5)
        assert len(values) >= 2
        assert len(set(texts)) == len(texts), (low, high, texts)
        assert max(map(len, texts)) <= 5 or low == 1.0
        scale, _, base = note.partition(" ") if note.startswith("×") else ("", "", note)
        for value, text in zip(values, texts, strict=True):
            got = read(text) * (read(scale[1:]) if scale else 1.0) + (read(base) if base else 0.0)
            assert got == pytest.approx(value, rel=1e-15, abs=1e-300), (low, high, texts, note)


def read(text):
    """Return the number that a text as 4×10⁻³ or + 10¹⁵ stands for."""
    plain = text.replace(" ", "").replace("−", "-")
    power = r"(?:([\d.]+)×)?10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)"
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(re.sub(power, lambda m: f"{m[1] or 1}e{m[2].translate(raised)}", plain))


def test_a_logarithmic_axis_names_two_values_at_least():
    for low, high, most in ((0.9, 40.0, 4), (0.15, 9.0, 5), (0.99, 1.01, 4), (2e-8, 8e-7, 4)):
        marks = log_marks(low, high, most)
        assert len(marks) >= 2
        assert all(low <= value <= high for value in marks)
    assert log_ticks(1e-10, 200.0, 5) == [-10, -7, -4, -1, 2]


def test_the_end_of_the_time_axis_is_named_and_lies_inside():
    frame = CurvePanel(LIGHT, Metrics()).axes(QRectF(0, 0, 400, 200), race(), PLOTS[0])
    assert float(frame.x(59.0)) <= frame.left + frame.width - 4
    data = svg(race(), 40)
    assert ">59<" in data.replace("\n", "")
    assert ">step<" in data.replace("\n", "")


def test_a_value_beyond_the_axis_is_an_arrow_at_the_edge():
    paths = [spiral(), spiral()]
    inside = FakeScene((line(0, paths[0]),), (Plot("loss", "loss", False, 0.0, 10.0),))
    for low, high, upper in ((-10.0, -5.0, True), (20.0, 30.0, False)):
        beyond = FakeScene((line(0, paths[0]),), (Plot("loss", "loss", False, low, high),))
        stage = Stage(900, 600)
        rect = stage.layout(beyond).plots[0]
        frame = CurvePanel(LIGHT, stage.metrics).axes(rect, beyond, beyond.plots[0])
        y = round(frame.top + 3 if upper else frame.top + frame.height - 3)
        band = slice(y - 4, y + 4), slice(round(frame.left), round(frame.left + frame.width + 4))
        assert near(drawn(beyond, 30, (900, 600))[band], LIGHT.entrants[0]).sum() > 3
        assert near(drawn(inside, 30, (900, 600))[band], LIGHT.entrants[0]).sum() == 0


def test_arrows_of_many_stay_inside_the_plot():
    lines = tuple(line(i, spiral(0.1 * i)) for i in range(64))
    high, low = (FakeScene(lines, (Plot("loss", "loss", False, a, a + 1.0),)) for a in (-9.0, 0.5))
    stage = Stage(900, 600)
    rect = stage.layout(high).plots[0]
    left = slice(round(rect.y()), round(rect.bottom())), slice(0, round(rect.x()) - 2)
    np.testing.assert_array_equal(*(drawn(s, 30, (900, 600))[left] for s in (high, low)))


def test_dashes_are_lost_only_on_a_curve_that_swings_all_the_time():
    columns = np.arange(400)
    assert not noisy(np.linspace(0.0, 1e5, 400), 1.75, 400.0)  # steep
    assert not noisy(60 * np.sin(columns / 8), 1.75, 400.0)
    assert noisy(60.0 * (columns % 2), 1.75, 400.0)


def test_the_legend_shows_the_rate_of_the_step():
    scene = FakeScene((line(0, spiral()),), PLOTS)
    scene.lines[0].learning_rate = np.linspace(0.5, 0.1, 59)
    assert ">0.500<" in svg(scene, 0)
    assert ">0.100<" in svg(scene, 59)


def test_no_more_names_than_can_be_read():
    lines = [line(i, spiral() * (1 + i), label=f"n{i}") for i in range(64)]
    for one in lines:
        one.loss = one.loss + one.index
    lines[60].status = "diverged"
    assert [one.index for one in named(lines)] == [0, 1, 2, 3, 4, 5, 6, 7, 60]
    assert len(named(lines[:12])) == 12
    long = FakeScene((line(0, spiral(), label="a very long name " * 5),))
    place_ = SurfacePanel(LIGHT, Metrics()).picture(Stage(1280, 720).layout(long).surface)
    text = re.findall(r">(a very long[^<]*)<", svg(long, 20))
    assert min(fonts.width(part, fonts.font(12)) for part in text) <= 0.35 * place_.width()


def test_a_name_keeps_clear_of_the_start_and_of_walls_of_paths():
    area = QRectF(0, 0, 400, 400)
    free, ringed, walled = (Label(200.0, 200.0, 8.0, 70.0, 16.0) for _ in range(3))
    place([free], area)
    assert free.box.left() >= 208
    place([ringed], area, [QRectF(210, 190, 20, 20)])
    assert ringed.box.right() <= 192
    wall = np.stack([np.tile([215.0, 270.0], 30), np.linspace(150, 250, 60)], axis=1)
    track = tracks.track(wall, np.arange(60) == 0, np.arange(60.0))
    visits = Visits.of([track], area, 8.0)
    place([walled], area, (), visits, 59.0)
    assert walled.box.right() <= 192
    place([walled], area, (), visits, -1.0)  # before the path has got there
    assert walled.box.left() >= 208


def test_the_best_minima_stand_out():
    class Two(Bowl):
        key = "test two"

        def loss(self, x, y):
            return np.where(np.asarray(x) > 0, 0.0, 1.0)

    scene = FakeScene((), (), minima=np.array([[-1.0, -1.0], [1.0, 1.0]]), problem=Two())
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    panel = SurfacePanel(LIGHT, Metrics())
    with QPainter(image) as painter:
        panel.paint(painter, QRectF(0, 0, 400, 400), scene, 0)
    dark = offscreen.pixels(image).max(axis=-1) < 170
    view = panel.mapping(QRectF(0, 0, 400, 400), scene)
    ink = []
    for point in scene.minima:
        x, y = np.round(view.to_pixel(point)).astype(int)
        ink.append(dark[y - 12 : y + 12, x - 12 : x + 12].sum())
    assert ink[1] > 1.4 * ink[0] > 0


def test_a_key_says_what_the_colors_stand_for():
    assert Stage(1280, 720).layout(race()).scale is not None
    assert Stage(320, 180).layout(race()).scale is None
    one, two = (drawn(race(), 5, (1280, 720)) for _ in range(2))
    rect = Stage(1280, 720).layout(race()).scale
    strip = one[round(rect.y()) + 2, round(rect.x()) + 2 : round(rect.x()) + 200].astype(int)
    assert strip[0].sum() > strip[-1].sum() + 60  # the more loss, the more ink
    np.testing.assert_array_equal(one, two)


def test_formulas_are_set_in_display_style_and_never_made_small():
    inline, display = formula.size("x", 20, "#000000"), formula.size(r"\frac{1}{2}", 20, "#000000")
    assert display.height() > 1.9 * 20 > inline.height()
    latex = r"\frac{1}{2} x^{2} + 2 y^{2}"
    wide = formula.size(latex, 20.0, "#000000").width()
    image = QImage(400, 80, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        took = [formula.draw(painter, latex, 0, 40, 20.0, "#000000", wide * s) for s in (1.0, 0.9, 0.8)]
    assert took[0] == pytest.approx(wide)
    assert took[1] == pytest.approx(0.9 * wide)
    assert took[2] == 0.0


@pytest.mark.filterwarnings("error")
def test_the_narrowest_and_the_widest_limits_give_a_frame():
    for limits in ((1.0, 1.0000000000000002), (1e15, 1e15 + 1), (-1e300, 1e300)):
        drawn(race(xlim=limits), 5, (900, 600))
        drawn(race(xlim=limits, ylim=limits), 5, (900, 600))


def test_labels_do_not_overlap():
    labels = [Label(100.0 + i, 100.0, 8.0, 70.0, 16.0) for i in range(8)]
    area = QRectF(0, 0, 400, 400)
    place(labels, area)
    for i, one in enumerate(labels):
        assert area.contains(one.box)
        assert not any(one.box.intersects(other.box) for other in labels[i + 1 :])


def test_a_formula_has_ink_and_a_bad_one_is_left_out():
    image = QImage(400, 80, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    took = formula.draw(painter, r"\frac{1}{2} x^{2}", 10.0, 40.0, 20.0, "#000000", 380.0)
    nothing = formula.draw(painter, r"\frac{1", 10.0, 40.0, 20.0, "#000000", 380.0)
    painter.end()
    assert took > 20
    assert nothing == 0
    assert (offscreen.pixels(image) < 100).any(axis=-1).sum() > 60


def test_what_was_written_before_leaves_no_trace():
    def anew(**more):
        offscreen._stages.clear()
        fonts._haloed.cache_clear()
        return drawn(race(**more), 33)

    before = anew()
    for title in ("2 0 1 entrant", "1entrant 2", "t2n 0.5"):
        drawn(race(title=title), 10)
        drawn(race(title=title), 10, size=(637, 360))
    np.testing.assert_array_equal(anew(), before)
