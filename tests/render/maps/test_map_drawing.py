"""Pictures of maps: each pixel has the colour of what became of its own run, and the legend says the same."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from functools import cache

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.colors import contrast, oklab, rgb_of
from optviz.experiment import Experiment
from optviz.maps.scene import MapScene, build_map_scene
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, MapScale
from optviz.render import fonts, offscreen, vector
from optviz.render.maps import knob_axes, shades, told
from optviz.render.maps.panel import MapPanel
from optviz.render.maps.stage import MapStage
from optviz.render.style import DARK, LIGHT, PROJECTOR, THEMES, Metrics, number
from optviz.simulate import simulate

WELLS = "(x**2 - 1)**2 + (y - 0.4)**2"
GD = {"optimizer": "gd", "learning_rate": 0.05}
MOMENTUM = {"optimizer": "momentum", "learning_rate": 0.02, "momentum": 0.8}
RECT = QRectF(0, 0, 420, 330)
KINDS = ("basin", "steps", "loss", "difference", "sensitivity", "learning_rate")


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


def experiment(kind="basin", size=(24, 20), entrants=(GD, MOMENTUM), steps=40, more=None, **changes):
    given = {
        "formula": WELLS, "start": [-1.3, 1.1], "steps": steps, "entrants": list(entrants),
        "view": {"xlim": [-2.0, 2.0], "ylim": [-1.5, 1.5]},
        "map": {"kind": kind, "size": size, **(more or {})},
    }  # fmt: skip
    return Experiment.of({**given, **changes})


@cache
def scene(kind: str) -> MapScene:
    own = {"entrant": 1} if kind == "sensitivity" else {}
    spans = {"x": {"knob": "learning_rate", "limits": [0.001, 5.0]}} if kind == "learning_rate" else {}
    return build_map_scene(experiment(kind, more={**own, **spans}))


def field(panel: MapPanel, shown: MapScene, k: int, rect: QRectF = RECT) -> np.ndarray:
    """The pixels of the field alone: no lines over it."""
    image = QImage(round(rect.width()), round(rect.height()), QImage.Format.Format_RGB32)
    image.fill(0)
    panel.start.show(shown)
    with QPainter(image) as painter:
        panel.start.paint_field(painter, panel.start.mapping(rect, shown.race), k, 1.0)
    return offscreen.pixels(image)


def at(pixels: np.ndarray, spot: tuple[float, float]) -> str:
    height, width = pixels.shape[:2]
    row, column = min(int(spot[1]), height - 1), min(int(spot[0]), width - 1)
    return "#{:02x}{:02x}{:02x}".format(*pixels[row, column])


def texts_of(shown: MapScene, k: int, size=(1280, 720), theme="light") -> list[str]:
    root = ElementTree.fromstring(vector.svg(shown, k, size, theme))
    return [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]


# ------------------------------------------------------------------ colours


def test_each_cell_has_the_colour_of_its_own_run():
    shown, panel = scene("basin"), MapPanel(LIGHT, Metrics())
    pixels, minima = field(panel, shown, 40), shown.field(40).minima
    box, seen = panel.picture(RECT, shown), set()
    assert len(minima) == 2
    for column, row in [(0, 0), (23, 19), (5, 9), (11, 3), (12, 3), (17, 18), (23, 0)]:
        run = simulate(shown.map.race(column, row).replace(map=None)).entrants[0]
        near = np.hypot(*(run.path[-1] - minima).T)
        index = int(near.argmin())
        reached = run.verdict.status != "diverged" and near[index] < 0.01 * 5.0
        color = shades.basin(index, "light") if reached else shades.special(UNDECIDED, "light")[0]
        x, y = panel.pixel_of(RECT, shown, 40, column, row)
        inside = min(x, box.right() - 1), min(y, box.bottom() - 1)  # the last cells' middles are on the edge
        assert at(pixels, inside) in (color, shades.special(UNDECIDED, "light")[1])
        seen.add(color)
    assert len(seen) >= 2


def test_two_wells_split_the_plane_where_they_must():
    """Gradient descent never crosses x = 0 here at this rate, so the sign of x decides."""
    shown, panel = scene("basin"), MapPanel(LIGHT, Metrics())
    pixels, view = field(panel, shown, 40), panel.picture(RECT, shown)
    left = int(shown.field(40).minima[:, 0].argmin())
    middle = round(view.center().y())
    edge = round(view.center().x())
    assert at(pixels, (edge - 12, middle)) == shades.basin(left, "light")
    assert at(pixels, (edge + 12, middle)) == shades.basin(1 - left, "light")
    assert shown.field(40).shares == {0: 0.5, 1: 0.5}
    assert texts_of(shown, 40).count("50.0\N{NO-BREAK SPACE}%") == 2


def test_cells_are_crisp_and_no_colour_is_invented():
    shown = scene("basin")
    for theme in (LIGHT, DARK, PROJECTOR):
        panel = MapPanel(theme, Metrics())
        view = panel.picture(RECT, shown).toRect()
        part = field(panel, shown, 40)[view.top() + 1 : view.bottom(), view.left() + 1 : view.right()]
        colors = {"#{:02x}{:02x}{:02x}".format(*c) for c in np.unique(part.reshape(-1, 3), axis=0)}
        assert colors == {shades.basin(i, theme.name) for i in range(2)}


def test_a_loss_has_one_colour_at_every_frame():
    shown, panel = scene("loss"), MapPanel(LIGHT, Metrics())
    table = shades.field("light", "viridis")
    for k in (0, 7, 40):
        pixels, sheet = field(panel, shown, k), shown.field(k)
        how = shown.scale
        for column, row in ((3, 4), (12, 10), (20, 15)):
            value = sheet.values[row, column] - how.offset
            share = (np.log(max(value, how.low)) - np.log(how.low)) / (np.log(how.high) - np.log(how.low))
            color = table[int(np.clip(share * (len(table) - 1) + 0.5, 0, len(table) - 1))]
            assert at(pixels, panel.pixel_of(RECT, shown, k, column, row)) == "#{:02x}{:02x}{:02x}".format(
                *color
            )
    assert how.log
    assert not np.array_equal(field(panel, shown, 0), field(panel, shown, 40))


def test_who_is_ahead_has_its_own_colour():
    shown, panel = scene("difference"), MapPanel(LIGHT, Metrics())
    lines = shown.race.lines
    own = [oklab(rgb_of(LIGHT.line(line.index)))[1:] for line in lines]
    neutral = oklab(rgb_of(shades.middle("light")))[1:]
    pixels, sheet, box = field(panel, shown, 12), shown.field(12), panel.picture(RECT, shown)
    checked = 0
    for row, column in np.argwhere(np.abs(sheet.values) > 0.25 * shown.scale.high)[::7]:
        spot = panel.pixel_of(RECT, shown, 12, int(column), int(row))
        tint = (
            oklab(rgb_of(at(pixels, (min(spot[0], box.right() - 1), min(spot[1], box.bottom() - 1)))))[1:]
            - neutral
        )
        toward = [float(tint @ (one - neutral) / np.linalg.norm(one - neutral)) for one in own]
        assert (toward[0] > toward[1]) == (sheet.values[row, column] > 0)
        checked += 1
    assert checked > 5
    size = sheet.values.size
    found = {row.text: row.value for row in told.rows(shown, 12)}
    names = [f"{line.label} ahead" for line in lines]
    assert found[names[0]] == told.percent(np.count_nonzero(sheet.values > 0) / size)
    assert found[names[1]] == told.percent(np.count_nonzero(sheet.values < 0) / size)
    said = texts_of(shown, 12)
    assert {*names, found[names[0]]} <= set(said)
    assert said.count(names[0]) == 2  # in the legend, and at its end of the key


def test_what_diverged_or_is_undecided_has_a_texture_of_its_own():
    wild = experiment(entrants=[{"optimizer": "gd", "learning_rate": 0.28}], steps=6)
    shown, panel = build_map_scene(wild), MapPanel(LIGHT, Metrics())
    classes = shown.field(6).classes
    assert {DIVERGED, UNDECIDED} <= set(np.unique(classes))
    pixels, box = field(panel, shown, 6), panel.picture(RECT, shown)
    for kind in (DIVERGED, UNDECIDED):
        seen = set()
        for row, column in np.argwhere(classes == kind):
            x, y = panel.pixel_of(RECT, shown, 6, int(column), int(row))
            around = [(x + dx, y + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
            seen |= {at(pixels, spot) for spot in around if box.contains(*spot)}
        assert set(shades.special(kind, "light")) <= seen
    values = [row.value for row in told.rows(shown, 6)][-2:]
    assert values == [told.percent(np.mean(classes == kind)) for kind in (UNDECIDED, DIVERGED)]


# Viénot, Brettel and Mollon (1999) in linear RGB; tritan after Brettel's single-plane fit.
_BLIND = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "tritan": [[1.0, 0.1273, -0.1273], [0, 0.8739, 0.1261], [0, 0.8739, 0.1261]],
}


def _seen_by(color: str, kind: str) -> np.ndarray:
    rgb = rgb_of(color)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(_BLIND[kind]) @ linear, 0, 1)
    return oklab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("kind", sorted(_BLIND))
def test_basins_and_what_has_none_differ_without_colour_vision(theme, kind):
    first = [_seen_by(shades.basin(i, theme), kind) for i in range(4)]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(first) for b in first[:i]]
    assert min(apart) > 0.035
    lost = _seen_by(shades.special(DIVERGED, theme)[0], kind)
    assert min(np.linalg.norm(lost - _seen_by(shades.basin(i, theme), kind)) for i in range(10)) > 0.12
    every = {shades.basin(i, theme) for i in range(30)}
    assert len(every) == 30


@pytest.mark.parametrize("theme", [LIGHT, DARK, PROJECTOR], ids=lambda one: one.name)
def test_paths_and_numbers_read_over_basins(theme):
    for i in range(10):
        assert contrast(theme.ink, shades.basin(i, theme.name)) > 4.5  # the number in a swatch
        assert contrast(shades.badge(i, theme.name), theme.halo) > 3.0  # the number at a minimum


def test_entrants_too_alike_are_told_apart():
    behind, ahead = shades.duelists("#0062b0", "#0064b4", "light")
    assert ahead == "#0064b4"
    assert np.linalg.norm(oklab(rgb_of(behind)) - oklab(rgb_of(ahead))) > 0.1
    assert shades.duelists("#d1480c", "#0062b0", "light") == ("#d1480c", "#0062b0")


# ------------------------------------------------------------------ places


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_and_its_pixel_lead_to_each_other(kind):
    shown, panel = scene(kind), MapPanel(LIGHT, Metrics())
    columns = len(shown.map.x.values)
    if kind == "learning_rate":
        sheet = shown.rates(40)
        cells = [(c, i) for i in (0, 1) for c in range(0, columns, 5) if not sheet.diverged[i, c]]
    else:
        cells = [(0, 0), (columns - 1, 19), (7, 11), (columns - 1, 0)]
    for cell in cells:
        x, y = panel.pixel_of(RECT, shown, 40, *cell)
        assert panel.cell_at(RECT, shown, 40, x, y) == cell
    assert panel.cell_at(RECT, shown, 40, 1.0, 329.0) is None


def test_the_pixel_of_a_start_is_where_axes_say():
    shown, panel = scene("basin"), MapPanel(LIGHT, Metrics())
    x, y = panel.pixel_of(RECT, shown, 0, 6, 4)
    point = panel.point_at(RECT, shown, x, y)
    assert point == pytest.approx((np.linspace(-2, 2, 24)[6], np.linspace(-1.5, 1.5, 20)[4]))
    box = panel.picture(RECT, shown)
    assert box.width() / box.height() == pytest.approx(4 / 3, rel=0.01)  # a unit is a unit both ways


def test_a_pixel_has_the_colour_of_the_nearest_start():
    shown, panel = scene("loss"), MapPanel(LIGHT, Metrics())
    pixels, box, sheet = field(panel, shown, 3), panel.picture(RECT, shown), shown.field(3)
    table = shades.field("light", "viridis")
    codes = shades.codes_of(sheet, shown.scale, len(table))
    xs, ys = np.linspace(-2.0, 2.0, 24), np.linspace(-1.5, 1.5, 20)
    assert len(np.unique(codes)) > 50
    for x, y in np.random.default_rng(5).uniform(0.02, 0.98, (200, 2)):
        spot = int(box.left() + x * box.width()) + 0.5, int(box.top() + y * box.height()) + 0.5
        point = panel.point_at(RECT, shown, *spot)
        assert point is not None
        away = [np.abs(starts - part) for starts, part in ((xs, point[0]), (ys, point[1]))]
        if any(np.diff(np.sort(one)[:2])[0] < 1e-9 for one in away):
            continue  # right between two: either is the nearest
        cell = int(away[0].argmin()), int(away[1].argmin())
        assert panel.cell_at(RECT, shown, 3, *spot) == cell
        assert at(pixels, spot) == "#{:02x}{:02x}{:02x}".format(*table[codes[cell[1], cell[0]]])


def test_knobs_have_ticks_on_their_own_scales():
    betas = MapScale(1.0 - np.geomspace(1.0, 1e-4, 30), "momentum", "one_minus")
    assert [text for _, text in knob_axes.marks(betas, 6)] == ["0", "0.5", "0.9", "0.99", "0.999", "0.9999"]
    rates = MapScale(np.geomspace(1e-5, 10, 30), "learning_rate", "log")
    assert [text for _, text in knob_axes.marks(rates, 7)] == [
        "10⁻⁵",
        "10⁻⁴",
        "10⁻³",
        "10⁻²",
        "10⁻¹",
        "10⁰",
        "10¹",
    ]
    assert knob_axes.name_of(rates) == "learning rate η"
    assert knob_axes.value_text(0.9991, betas) == "0.9991"


# ------------------------------------------------------------------ over hyperparameters


@cache
def bowl() -> MapScene:
    """Curvatures 1 and 4: gradient descent is stable below 2/4, whatever the weight decay of 0 adds."""
    given = experiment(
        "sensitivity", (40, 12), [{"optimizer": "momentum", "learning_rate": 0.1, "momentum": 0.5}],
        formula="0.5*x**2 + 2*y**2", steps=400,
        more={
            "x": {"knob": "learning_rate", "limits": [0.05, 5.0]},
            "y": {"knob": "momentum", "limits": [0.0, 0.9]},
        },
    )  # fmt: skip
    return build_map_scene(given)


def test_theory_stands_where_runs_begin_to_diverge():
    shown, panel = bowl(), MapPanel(LIGHT, Metrics())
    sheet, box = shown.field(400), panel.picture(RECT, bowl())
    limit = next(curve for curve in shown.map.theory if curve.name == "Stability limit")
    rates, betas = limit.points.T
    assert np.allclose(rates, 2 * (1 + betas) / 4)
    pixels = panel.knobs.pixel_of(RECT, shown, limit.points)
    for row, beta in enumerate(shown.map.y.values):
        x = np.interp(beta, betas, pixels[:, 0])
        columns = np.flatnonzero(sheet.classes[row] == DIVERGED)
        first = panel.pixel_of(RECT, shown, 400, int(columns[0]), row)[0]
        assert abs(first - x) < 2.5 * box.width() / 40
    said = texts_of(shown, 400)
    assert "Stability limit" in said
    assert "η = 0.1, β = 0.5" in said


def test_the_best_cell_is_marked_with_its_value():
    shown = bowl()
    sheet = shown.field(400)
    ended = np.where(sheet.classes >= 0, sheet.values, np.inf)
    assert f"best: {number(float(ended.min()))}" in texts_of(shown, 400)


def test_the_budget_and_each_ones_best_are_on_the_frame():
    shown = scene("learning_rate")
    sheet = shown.rates(40)
    said = texts_of(shown, 40)
    whole = " ".join(said)
    assert "24 runs of 40 steps" in whole
    assert "from 0.001 to 5" in whole
    for i, line in enumerate(shown.race.lines):
        losses = [simulate_at(shown, i, rate) for rate in sheet.rates]
        best = int(np.nanargmin(losses))
        assert sheet.best[i] == best
        assert f"{line.label} {number(sheet.rates[best])}" in said
        assert number(losses[best]) in said


def simulate_at(shown: MapScene, entrant: int, rate: float) -> float:
    """The final loss of one entrant at one learning rate, nan where it diverged."""
    own = shown.experiment.entrants[entrant].replace(learning_rate=float(rate))
    run = simulate(shown.experiment.replace(map=None, entrants=(own,))).entrants[0]
    return float("nan") if run.verdict.status == "diverged" else float(run.loss[-1])


def test_rates_at_which_one_diverged_have_a_bar_in_its_colour():
    shown, panel = scene("learning_rate"), MapPanel(LIGHT, Metrics())
    sheet = shown.rates(40)
    image = QImage(420, 330, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    with QPainter(image) as painter:
        panel.paint(painter, RECT, shown, 40)
    pixels, frame = offscreen.pixels(image), panel.rates.frame(RECT, shown)
    for i, line in enumerate(shown.race.lines):
        y = frame.lost.top() + (i + 0.5) * Metrics().gap(2.0)
        lost = np.flatnonzero(sheet.diverged[i])
        assert 2 < len(lost) < 24
        assert at(pixels, (float(frame.x(sheet.rates[lost[-2]])), y)) == LIGHT.line(line.index)
        kept = np.flatnonzero(~sheet.diverged[i])[1]
        assert at(pixels, (float(frame.x(sheet.rates[kept])), y)) != LIGHT.line(line.index)


# ------------------------------------------------------------------ whole frames


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_is_the_same_whatever_was_drawn_before(kind):
    shown = scene(kind)
    stage = MapStage(640, 360, "dark")
    for k in (3, 40, 0):
        stage.image(shown, k)
    again = offscreen.pixels(stage.image(shown, 17))
    assert np.array_equal(again, offscreen.pixels(MapStage(640, 360, "dark").image(shown, 17)))
    assert np.array_equal(again, offscreen.pixels(offscreen.frame(shown, 17, (640, 360), "dark")))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(16, 16), (17, 60), (90, 40), (240, 150), (362, 245), (300, 620)], ids=str)
def test_small_frames_never_fail(kind, size):
    for theme in ("light", "projector"):
        image = offscreen.frame(scene(kind), 11, size, theme)
        assert (image.width(), image.height()) == size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("size", "theme"),
    [((640, 360), "dark"), ((1280, 720), "projector"), ((720, 1280), "light")],
    ids=str,
)
def test_no_text_is_cut_or_lies_on_another(kind, size, theme, monkeypatch):
    boxes: list[tuple[str, QRectF]] = []
    plain, haloed = fonts.write, fonts.write_haloed

    def write(painter, x, baseline, text, face, color, align=fonts.LEFT):
        box = plain(painter, x, baseline, text, face, color, align)
        if painter.worldTransform().isIdentity() and text.strip():
            boxes.append((text, box))
        return box

    def write_haloed(painter, x, baseline, text, face, *rest, **more):
        rise = fonts.rise(face)
        boxes.append((text, QRectF(x, baseline - rise, fonts.width(text, face), rise)))
        haloed(painter, x, baseline, text, face, *rest, **more)

    monkeypatch.setattr(fonts, "write", write)
    monkeypatch.setattr(fonts, "write_haloed", write_haloed)
    shown = scene(kind)
    vector.svg(shown, 40, size, theme)
    page = QRectF(0, 0, *size)
    assert len(boxes) > 12
    least = MapStage(*size, theme).metrics.small
    for i, (text, box) in enumerate(boxes):
        assert page.contains(box), text
        for other, over in boxes[:i]:
            common = box.intersected(over)
            touching = common.width() > 0.6 and common.height() > 0.6
            names = {text, other} <= {
                line.label for line in shown.race.lines
            }  # two heads at one place: names may have to share it
            assert not touching or names, (text, other)
    assert least >= 7


def test_the_legend_has_the_same_rows_at_every_frame():
    for kind in KINDS[:-1]:
        rows = [[row.text for row in told.rows(scene(kind), k) if row.mark != told.BEST] for k in (0, 9, 40)]
        assert rows[0] == rows[1] == rows[2]


def test_a_map_is_told_to_those_who_do_not_see_it():
    for kind in KINDS:
        lines = told.spoken(scene(kind), 40)
        assert len(lines) >= 4
        assert all(re.search(r"[.]$", line) and "{" not in line for line in lines)


def test_the_part_outside_the_set_of_a_surface_is_explained():
    given = {"surface": "adam_counterexample", "steps": 5, "entrants": [GD],
             "view": {"xlim": [-2.0, 2.0], "ylim": [-2.0, 2.0]},
             "map": {"kind": "loss", "size": [20, 20]}}  # fmt: skip
    shown = build_map_scene(Experiment.of(given))
    assert OUTSIDE in shown.field(5).shares
    assert told.rows(shown, 5)[-1].value == told.percent(shown.field(5).shares[OUTSIDE])


def test_minima_without_room_share_a_row_and_shares_add_up():
    given = experiment(formula="sin(3*x)*sin(3*y) + 0.02*(x*x + y*y)", size=(40, 40), steps=60)
    shown = build_map_scene(given.replace(view={"xlim": [-3.0, 3.0], "ylim": [-3.0, 3.0]}))
    assert len(shown.field(60).minima) > 20
    said = texts_of(shown, 60)
    assert any(re.fullmatch(r"and [0-9]+ more minima", text) for text in said)
    shares = [float(text.rstrip("%").strip("<> \N{NO-BREAK SPACE}")) for text in said if text.endswith("%")]
    assert sum(shares) == pytest.approx(100.0, abs=0.6)
