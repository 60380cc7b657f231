"""What a map says is so: colours, ends of scales, numbers and words, against what its runs did."""

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

from optviz import resources
from optviz.experiment import Experiment
from optviz.maps.scene import MapScene, build_map_scene
from optviz.render import fonts, offscreen, vector
from optviz.render.export import render
from optviz.render.maps import key, knob_axes, layout, shades, told
from optviz.render.maps.panel import MapPanel
from optviz.render.maps.stage import MapStage
from optviz.render.style import LIGHT, Metrics, number, power_of_ten
from optviz.simulate import simulate

WELLS = "(x**2 - 1)**2 + (y - 0.4)**2"
GD = {"optimizer": "gd", "learning_rate": 0.05}
RECT = QRectF(0, 0, 420, 330)
BOWL = {
    "formula": "0.5*x**2 + 2*y**2", "start": [-1.3, 1.1], "steps": 30,
    "entrants": [{"optimizer": "momentum", "learning_rate": 0.1, "momentum": 0.5}],
    "view": {"xlim": [-2.0, 2.0], "ylim": [-1.5, 1.5]}, "map": {"kind": "sensitivity", "size": [12, 10]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


def experiment(kind="basin", entrants=(GD, GD), size=(24, 20), steps=20, more=None, **changes):
    given = {
        "formula": WELLS, "start": [-1.3, 1.1], "steps": steps, "entrants": list(entrants),
        "view": {"xlim": [-2.0, 2.0], "ylim": [-1.5, 1.5]},
        "map": {"kind": kind, "size": size, **(more or {})},
    }  # fmt: skip
    return Experiment.of({**given, **changes})


def texts_of(shown: MapScene, k: int, size=(1280, 720)) -> list[str]:
    root = ElementTree.fromstring(vector.svg(shown, k, size, "light"))
    return [(one.text or "").strip() for one in root.iter("{http://www.w3.org/2000/svg}text")]


# ------------------------------------------------------------------ one map after another


def test_two_maps_with_lines_of_theory_are_drawn_one_after_the_other():
    first = Experiment.of(BOWL)
    second = first.replace(entrants=(first.entrants[0].replace(learning_rate=0.2),))
    third = Experiment.of({**BOWL, "formula": "0.5*x**2 + 3*y**2"})
    stage = MapStage(480, 320)
    scenes = [build_map_scene(one) for one in (first, second, third)]
    assert all(shown.map.theory for shown in scenes)
    for shown in (*scenes, scenes[0]):
        assert np.array_equal(
            offscreen.pixels(stage.image(shown, 30)), offscreen.pixels(MapStage(480, 320).image(shown, 30))
        )
    pixels = [render(one, 30, (320, 240)) for one in (first, second, third)]
    assert not np.array_equal(pixels[0], pixels[2])


@pytest.mark.parametrize("kind", ["basin", "sensitivity", "learning_rate"])
def test_a_painter_is_left_as_it_was_when_painting_fails(kind, monkeypatch):
    """Qt's complaint of saved states would be an error here, and would hide the real one."""
    shown = build_map_scene(Experiment.of(BOWL) if kind == "sensitivity" else experiment(kind))

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("on purpose")

    stage = MapStage(640, 400)
    stage._prepare(shown)
    panel = stage._parts.map
    flat, part = {
        "basin": (panel.start, "_paint_contours"), "sensitivity": (panel.knobs, "_formulas"),
        "learning_rate": (panel.rates, "_paint_now"),
    }[kind]  # fmt: skip
    monkeypatch.setattr(flat, part, broken)
    with pytest.raises(ZeroDivisionError):
        stage.image(shown, 0)
    if kind == "basin":
        return
    image = QImage(640, 400, QImage.Format.Format_RGB32)
    with pytest.raises(ZeroDivisionError), QPainter(image) as painter:
        stage.paint(painter, shown, 0, vector=True)


# ------------------------------------------------------------------ colours


def test_where_neither_is_ahead_has_the_colour_of_neither():
    shown, panel = build_map_scene(experiment("difference")), MapPanel(LIGHT, Metrics())
    assert (shown.field(20).values == 0.0).all()
    image = QImage(420, 330, QImage.Format.Format_RGB32)
    panel.start.show(shown)
    with QPainter(image) as painter:
        panel.start.paint_field(painter, panel.start.mapping(RECT, shown.race), 20, 1.0)
    pixels, box = offscreen.pixels(image), panel.picture(RECT, shown).toRect()
    found = np.unique(
        pixels[box.top() + 1 : box.bottom(), box.left() + 1 : box.right()].reshape(-1, 3), axis=0
    )
    assert ["#{:02x}{:02x}{:02x}".format(*color) for color in found] == [shades.middle("light")]
    assert {row.text: row.value for row in told.rows(shown, 20)}["neither"] == told.percent(1.0)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_least_advantage_has_a_colour_of_its_own_side(theme):
    shown = build_map_scene(experiment("difference", [GD, {**GD, "learning_rate": 0.06}], (8, 6)))
    sheet, how = shown.field(20), shown.scale
    colors = shades.duel("#0062b0", "#d1480c", theme)
    sheet.values.flat[:3] = (-1e-12, 0.0, 1e-12)
    codes = shades.codes_of(sheet, how, len(colors)).ravel()[:3]
    assert codes[0] < codes[1] < codes[2]
    assert "#{:02x}{:02x}{:02x}".format(*colors[codes[1]]) == shades.middle(theme)
    assert len({tuple(colors[code]) for code in codes}) == 3


@pytest.mark.parametrize("kind", ["loss", "difference", "steps"])
def test_a_key_says_where_values_lie_beyond_its_ends(kind):
    rival = {"optimizer": "momentum", "learning_rate": 0.02, "momentum": 0.8}
    shown = build_map_scene(experiment(kind, [{**GD, "learning_rate": 0.11}, rival], steps=60))
    how, values = shown.scale, shown.field(60).values[shown.field(60).classes >= 0] - shown.scale.offset
    below, above = shown.beyond
    assert below >= bool((values < how.low).any())
    assert above >= bool((values > how.high).any())
    said = [text for text in texts_of(shown, 60) if text.startswith(("≤", "≥"))]
    assert len(said) == below + above
    if kind == "loss":
        assert said[0] == f"≤ {key._end(how.low, True)}"
        assert below


def test_an_end_of_a_scale_is_written_as_its_other_values():
    assert key._end(1e-5, True) == f"{power_of_ten(-5)}"
    assert key._end(2.5e-3, True) == number(2.5e-3)
    assert key._end(0.0, False) == "0"


# ------------------------------------------------------------------ words


@pytest.mark.parametrize("kind", ["basin", "steps"])
def test_no_one_is_said_to_move_who_rests_elsewhere(kind):
    """From x = 0 gradient descent runs into the saddle point and stops there: at no minimum, yet done."""
    shown = build_map_scene(experiment(kind, [GD], (25, 9), steps=400))
    undecided = next(row for row in told.rows(shown, 400) if row.mark == told.SPECIAL)
    assert undecided.value == told.percent(1 / 25)
    assert "after" not in undecided.text
    assert undecided.text == "at no known minimum"


def test_steps_of_the_current_setting_are_those_of_its_own_race():
    given = Experiment.of({**BOWL, "steps": 80, "map": {**BOWL["map"], "measure": "steps"}})
    shown = build_map_scene(given)
    path, minimum = shown.race.lines[0].path, shown.race.minima[0]
    far = np.flatnonzero(np.hypot(*(path - minimum).T) > 0.01 * 5.0)  # the view's diagonal is 5
    now = next(row for row in told.rows(shown, 80) if row.mark == told.CURRENT)
    assert now.value == str(far[-1] + 1)
    assert f"now: {now.text}: {now.value}." in told.spoken(shown, 80)


@cache
def finder(own=(0.05, 0.02), label="", rates=(0.001, 5.0)) -> MapScene:
    entrants = [{"optimizer": "sgd", "learning_rate": rate} for rate in own]
    if label:
        entrants[0]["label"] = label
    spans = {"x": {"knob": "learning_rate", "limits": list(rates)}}
    return build_map_scene(experiment("learning_rate", entrants, (17, 2), more=spans))


def test_a_best_rate_does_not_stand_beside_the_rate_that_is_raced():
    shown = finder()
    best = number(float(shown.rates(20).rates[shown.rates(20).best[0]]))
    assert shown.race.lines[0].label == "SGD 0.05"
    said = texts_of(shown, 20)
    assert said.count(f"SGD {best}") == 1  # both curves are one
    assert not any(text.startswith("SGD 0.05 ") for text in said)


def test_a_frame_says_which_rates_its_race_has():
    shown = finder()
    assert "race: at the rates marked open" in texts_of(shown, 20)
    assert told.spoken(shown, 20)[-1] == "Race: at the rates marked open."
    sheet = shown.rates(20)
    best = tuple(float(sheet.rates[i]) for i in sheet.best)
    assert told.raced_at(finder(best)) == "race: everyone at their own best rate"
    assert told.raced_at(finder((0.05, 20.0))) == "race: at the rates now set"


def test_the_preset_of_a_fair_race_races_at_the_best_rates():
    path = next(one for one in resources.presets() if one.name.startswith("43"))
    assert told.raced_at(build_map_scene(Experiment.load(path))) == "race: everyone at their own best rate"


def test_an_open_mark_is_at_the_loss_of_the_race_itself():
    shown, panel, spots = finder((0.05, 0.02)), MapPanel(LIGHT, Metrics()), []
    frame = panel.rates.frame(RECT, shown)
    image = QImage(420, 330, QImage.Format.Format_RGB32)

    class Seen(QPainter):
        def drawEllipse(self, *args):  # noqa: N802 - Qt's name
            spots.append((args[0].x(), args[0].y()))
            super().drawEllipse(*args)

    with Seen(image) as painter:
        for i in (0, 1):
            panel.rates._paint_now(painter, frame, shown, 7, i, i, "#000000")
    for (x, y), rate in zip(spots, (0.05, 0.02), strict=True):
        own = experiment().entrants[0].replace(learning_rate=rate)
        run = simulate(experiment().replace(map=None, entrants=(own,))).entrants[0]
        assert x == pytest.approx(float(frame.x(rate)))
        assert y == pytest.approx(float(frame.y(np.array(run.loss[7] - shown.range[2]))))


def test_where_all_diverged_there_is_one_calm_word_and_no_scale_of_losses(monkeypatch):
    shown = finder((0.1, 0.2), rates=(5.0, 500.0))
    assert shown.rates(20).diverged.all()
    said = texts_of(shown, 20)
    assert "all diverged" in said
    panel, beside, plain = MapPanel(LIGHT, Metrics()), [], fonts.write
    left = panel.rates.frame(RECT, shown).box.left()

    def write(painter, x, baseline, text, face, color, align=fonts.LEFT):
        box = plain(painter, x, baseline, text, face, color, align)
        beside.extend([text] if box.right() < left else [])
        return box

    monkeypatch.setattr(fonts, "write", write)
    image = QImage(420, 330, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel.rates.paint_ground(painter, RECT, shown, 20)
        assert not [text for text in beside if re.search("[0-9]", text)]
        panel.rates.paint_ground(painter, RECT, finder(), 20)
        assert [text for text in beside if re.search("[0-9]", text)]
    assert told.best_rates(shown, 20) == [("–", "diverged")] * 2
    assert "SGD 0.1: no best learning rate." in told.spoken(shown, 20)


# ------------------------------------------------------------------ room


def test_the_ends_of_an_axis_have_their_numbers():
    for size in ((1280, 720), (960, 540)):
        said = texts_of(finder(rates=(0.001, 10.0)), 20, size)
        assert {power_of_ten(-3), power_of_ten(1), "learning rate"} <= set(said)


@pytest.mark.parametrize("size", [(1280, 720), (960, 540), (640, 360)], ids=str)
def test_values_near_one_are_whole(size):
    given = {**BOWL, "entrants": [{"optimizer": "adam", "learning_rate": 0.1}],
             "map": {"kind": "sensitivity", "size": [8, 8],
                     "y": {"knob": "beta1", "limits": [0.0, 0.9999]}}}  # fmt: skip
    shown = build_map_scene(Experiment.of(given))
    said = texts_of(shown, 30, size)
    assert not any("…" in text for text in said)
    assert {"0.9", "0.99", "0.999", "0.9999"} <= set(said)


@pytest.mark.parametrize("size", [(480, 270), (960, 540), (1280, 720), (540, 960)], ids=str)
@pytest.mark.parametrize("path", [one for one in resources.presets() if one.name.startswith(("42", "43"))],
                         ids=lambda path: path.stem[:2])  # fmt: skip
def test_no_row_of_a_legend_is_cut(path, size, monkeypatch):
    cut = []
    plain = fonts.elided

    def elided(text, face, room):
        found = plain(text, face, room)
        if found != text:
            cut.append(text)
        return found

    what = Experiment.load(path)
    small = what.replace(map={**what.map.table(), "size": [9, 9]})
    shown = build_map_scene(small)
    monkeypatch.setattr(fonts, "elided", elided)
    MapStage(*size).image(shown, shown.last)
    allowed = {shown.title} | ({"Gradient descent"} if size == (480, 270) else set())
    assert set(cut) <= allowed


def test_upright_frames_have_type_that_can_be_read():
    assert MapStage(540, 960).metrics.small >= 10
    assert MapStage(1080, 1920).metrics.small >= 20
    assert layout.upright(540, 960)
    assert not layout.upright(960, 540)


def test_names_of_best_rates_stand_clear_of_curves():
    path = next(one for one in resources.presets() if one.name.startswith("43"))
    shown = build_map_scene(Experiment.load(path))
    stage = MapStage(1280, 720)
    stage.image(shown, 0)
    panel, written, plain = stage._parts.map.rates, [], fonts.write_haloed

    def write_haloed(painter, x, baseline, text, face, *rest, **more):
        written.append(
            (text, QRectF(x, baseline - fonts.rise(face), fonts.width(text, face), fonts.rise(face)))
        )
        plain(painter, x, baseline, text, face, *rest, **more)

    fonts.write_haloed = write_haloed
    try:
        image = QImage(1280, 720, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            panel.paint_marks(painter, stage.layout(shown).map, shown, 400)
    finally:
        fonts.write_haloed = plain
    assert len(written) == 4
    frame, sheet = panel.frame(stage.layout(shown).map, shown), shown.rates(400)
    for i in range(4):
        points = panel.points(frame, shown, sheet, i)
        known = points[np.isfinite(points).all(axis=1)]
        t = np.arange(0.0, len(known) - 1.0, 0.02)
        x, y = (np.interp(t, np.arange(len(known)), known[:, j]) for j in (0, 1))
        for text, box in written:
            inside = sum(box.contains(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True))
            assert inside == 0, text


def test_one_minus_numbers_give_way_whole():
    texts = [text for _, text in knob_axes.marks(build_map_scene(Experiment.of(BOWL)).map.y, 5)]
    assert all("…" not in text for text in texts)
