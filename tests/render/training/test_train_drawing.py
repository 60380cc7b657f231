"""Frames of a training: true in their curves, the same pixels every time, whatever the record holds."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer
from training_records import record, training

from optviz.colors import contrast, rgb_of
from optviz.render import fonts, offscreen, vector
from optviz.render.panels import strokes
from optviz.render.panels.training.cursor import paint_told
from optviz.render.panels.training.curves import AccuracyPanel, LossPanel, depth_colors
from optviz.render.panels.training.places import spaced, spread
from optviz.render.panels.training.traces import Thinned, cut_columns
from optviz.render.stages import stage_for
from optviz.render.style import DARK, LIGHT, Metrics
from optviz.render.training.layout import _FIRST_OUT, _LEAST, CURVES, INSIDE, JUDGEMENT, PANELS
from optviz.render.training.stage import TrainStage, scale_of
from optviz.render.training.table import table
from optviz.training.record import News
from optviz.training.scene.scene import TrainScene

SIZES = ((900, 600), (1500, 900), (1920, 1080), (700, 1100), (480, 320), (240, 160), (60, 40), (1, 1))


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()
    strokes.ready(wait=True)


@pytest.fixture
def warnings(monkeypatch):
    """Collect what Qt complains of."""
    from PySide6.QtCore import qInstallMessageHandler

    found: list[str] = []
    qInstallMessageHandler(lambda kind, context, text: found.append(text))
    yield found
    qInstallMessageHandler(None)


@pytest.fixture(scope="module")
def scene():
    return TrainScene(record(training(3)))


def made(count=3, share=1.0, **changes):
    return TrainScene(record(training(count, **changes), share=share))


def bytes_of(image):
    return offscreen.pixels(image).tobytes()


def near(image, color, x, y, reach=2):
    """Say whether a colour is to be found around a pixel."""
    pixels = offscreen.pixels(image).astype(int)
    around = pixels[
        max(round(y) - reach, 0) : round(y) + reach + 1, max(round(x) - reach, 0) : round(x) + reach + 1
    ]
    wanted = np.round(255 * rgb_of(color))
    return bool((np.abs(around - wanted).max(axis=-1) < 40).any())


# -------------------------------------------------------------- the same pixels


@pytest.mark.parametrize("show", ["all", "curves", "inside", "judgement"])
def test_panels_one_by_one_are_the_whole(show):
    scene = made(view={"show": show})
    stage = TrainStage(900, 600)
    whole = stage.image(scene, 400)
    image = QImage(900, 600, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.page))
    other = TrainStage(900, 600)
    for place in reversed(other.panels(scene)):
        with QPainter(image) as painter:
            other.paint_panel(painter, place.key, scene, 400)
    assert bytes_of(image) == bytes_of(whole)


def test_a_panel_paints_nothing_outside_its_place(scene):
    stage = TrainStage(900, 600)
    for place in stage.panels(scene):
        image = QImage(900, 600, QImage.Format.Format_RGB32)
        image.fill(QColor("#ff00ff"))
        with QPainter(image) as painter:
            stage.paint_panel(painter, place.key, scene, 500, cursor=1.5)
        pixels = offscreen.pixels(image)
        outside = np.ones((600, 900), bool)
        x, y, w, h = (round(v) for v in place.rect.getRect())
        outside[y : y + h, x : x + w] = False
        assert (pixels[outside] == (255, 0, 255)).all(), place.key
        assert not (pixels[~outside] == (255, 0, 255)).all(axis=-1).any(), place.key


def test_what_was_drawn_before_does_not_show(scene):
    stage = TrainStage(900, 600)
    for k in (700, 3, 350, 351, 705, 200):
        stage.image(scene, k, cursor=1.0)
    assert bytes_of(stage.image(scene, 350)) == bytes_of(TrainStage(900, 600).image(scene, 350))


def test_a_live_picture_is_that_of_the_same_record_read_at_once():
    setting = training(2, view={"log": True})
    whole, live = record(setting, share=0.8, looks=0), record(setting, share=0.0, looks=0)
    scene, stage = TrainScene(live), TrainStage(900, 600)
    at = [0, 0]
    for part in (0.01, 0.1, 0.35, 0.36, 0.8):
        for i, own in enumerate(live.entrants):
            full, end = whole.entrants[i], round(part * setting.steps_of(i))
            steps = full.layer_steps
            among = (steps > at[i]) & (steps <= end)
            layers = np.concatenate([steps[:, None], full.gradient_norms, full.update_ratios], axis=1)[among]
            judged = tuple(one for one in full.judgements if at[i] < one.step <= end)
            own.take(News(full.points[at[i] : end], layers, judged))
            at[i] = end
        stage.image(scene, scene.now)
    assert bytes_of(stage.image(scene, scene.now)) == bytes_of(
        TrainStage(900, 600).image(TrainScene(whole), scene.now)
    )


def test_the_same_pixels_in_another_process(scene):
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests'); from training_records import *; "
        "from optviz.render import offscreen; from optviz.training.scene.scene import TrainScene; "
        "s = TrainScene(record(training(3))); "
        "print(hashlib.sha256(offscreen.pixels(offscreen.frame(s, 300, (900, 600))).tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    import hashlib

    here = hashlib.sha256(offscreen.pixels(offscreen.frame(scene, 300, (900, 600))).tobytes()).hexdigest()
    assert done.stdout.strip() == here, done.stderr


# -------------------------------------------------------------- every size


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_drawn_without_a_complaint(size, theme, scene, warnings):
    stage = TrainStage(*size, theme)
    image = stage.image(scene, 300, cursor=0.5)
    assert (image.width(), image.height()) == size
    assert warnings == []
    corner = offscreen.pixels(image)[0, 0].tolist()
    if size[0] > 60:
        assert corner == [round(255 * part) for part in rgb_of((LIGHT if theme == "light" else DARK).page)]


@pytest.mark.parametrize("show", ["all", "curves", "inside", "judgement"])
@pytest.mark.parametrize("size", [*SIZES[:5], (3840, 2160), (1280, 420), (420, 1600), (640, 400)])
def test_panels_lie_beside_each_other_and_are_large_enough(size, show):
    scene = made(1, view={"show": show}, share=0.0)
    stage = TrainStage(*size)
    places = stage.panels(scene)
    frame = QRectF(0, 0, *size)
    for i, place in enumerate(places):
        assert frame.contains(place.rect)
        assert place.rect == QRectF(place.rect.toRect())
        assert not any(place.rect.intersects(other.rect) for other in places[:i])
        if place.key != "header" and len(places) > 2:
            wide, high = _LEAST[place.key]
            assert place.rect.width() >= stage.metrics.px(wide) - 1
            assert place.rect.height() >= stage.metrics.px(high) - 1


def test_the_windows_picture_has_what_matters(scene):
    keys = {place.key for place in TrainStage(900, 600).panels(scene)}
    assert {"loss", "accuracy", "learning_rate", "gradient_norm", "update_ratio", "speed"} < keys
    assert {"filters", "activations", "histograms", "confusion", "worst"} < keys
    rects = {place.key: place.rect for place in TrainStage(900, 600).panels(scene)}
    area = {key: rect.width() * rect.height() for key, rect in rects.items()}
    assert max(area, key=area.get) == "loss"
    assert fonts.font(Metrics(scale_of(900, 600)).small).pixelSize() >= 11


def test_every_panel_has_a_place_in_the_order_of_giving_way():
    assert set(PANELS) == set(CURVES) | set(INSIDE) | set(JUDGEMENT) == set(_LEAST)
    assert set(_FIRST_OUT) == set(PANELS) - {"loss"}


def test_share_of_dead_neurons_is_shown_of_relu_alone():
    for model, there in (
        ({"activation": "relu"}, True), ({"activation": "tanh"}, False), ({"kind": "lstm"}, False),
        ({"kind": "transformer"}, True), ({"kind": "mlp", "hidden": []}, False),
    ):  # fmt: skip
        scene = made(1, share=0.0, model=model, view={"show": "inside"})
        assert ("dead" in [place.key for place in TrainStage(900, 600).panels(scene)]) is there


@pytest.mark.parametrize("size", [(900, 600), (640, 400), (1920, 1080)])
def test_texts_stay_in_the_picture_and_apart(size, monkeypatch, scene):
    """Every text of header and plots lies within its panel, and on no other text."""
    stage = TrainStage(*size)
    boxes: dict[str, list[tuple[QRectF, str]]] = {}
    now = [""]

    def note(painter, x, baseline, text, face, *rest):
        align = next((one for one in rest if isinstance(one, float) and one in (0.5, 1.0)), 0.0)
        wide = fonts.width(text, face)
        box = QRectF(x - align * wide, baseline - fonts.rise(face), wide, fonts.rise(face))
        if text.strip():
            boxes.setdefault(now[0], []).append((box, text))

    for name in ("write", "write_moving", "write_haloed"):
        monkeypatch.setattr(fonts, name, note)
    for place in stage.panels(scene):
        if place.key not in ("header", *CURVES):
            continue
        now[0] = place.key
        image = QImage(*size, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            stage.paint_panel(painter, place.key, scene, scene.now)
        found = boxes[place.key]
        assert len(found) >= 4
        for i, (box, text) in enumerate(found):
            assert place.rect.adjusted(-1, -1, 1, 1).contains(box), (place.key, text, box)
            assert not any(box.intersects(other) for other, _ in found[:i]), (place.key, text)


# -------------------------------------------------------------- true curves


def test_the_loss_passes_where_it_must():
    scene = made(1, view={"smoothing": 0.0})
    panel, rect = LossPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, 600, 400)
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.page))
    with QPainter(image) as painter:
        panel.paint(painter, rect, scene, scene.now)
    frame = panel.axes(rect, scene)
    series = scene.curve(0, "loss")
    for at in range(10, 700, 77):
        x, y = float(frame.x(series.epochs[at])), float(frame.y(series.values[at]))
        assert near(image, LIGHT.entrants[0], x, y), at
    assert not near(image, LIGHT.entrants[0], float(frame.x(2.5)), frame.top + 20, 8)


def test_a_frame_shows_no_step_after_it():
    scene = made(2)
    panel, rect = LossPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, 390, 400)  # too narrow for names at ends
    image = QImage(390, 400, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.page))
    with QPainter(image) as painter:
        panel.paint(painter, rect, scene, 235)
    frame = panel.axes(rect, scene)
    after = offscreen.pixels(image)[
        int(frame.top) : int(frame.top + frame.height) - 2, round(float(frame.x(1.05))) :
    ]
    chroma = after.max(axis=-1).astype(int) - after.min(axis=-1)
    assert chroma.max() < 20  # gridlines alone
    assert near(image, LIGHT.accent, float(frame.x(1.0)), frame.top + 30)  # the cursor


def test_the_accuracy_axis_gives_each_halving_of_errors_its_room():
    panel = AccuracyPanel(LIGHT, Metrics(1.0))
    heights = panel._height(np.array([-1.0, 0.0, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0, 2.0]))
    assert heights[0] == heights[1] == 0.0
    assert heights[-1] == heights[-2] == 1.0
    assert (np.diff(heights[1:-1]) > 0.05).all()
    assert heights[6] - heights[5] == pytest.approx(heights[3] - heights[2], rel=0.25)
    assert np.isnan(panel._height(np.array([np.nan]))).all()


def test_test_results_are_marked_where_they_are():
    scene = made(3)
    panel, rect = AccuracyPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, 600, 400)
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.page))
    with QPainter(image) as painter:
        panel.paint(painter, rect, scene, scene.now)
    frame = panel.axes(rect, scene)
    for line in scene.lines:
        epochs, values = scene.tests_at(line.entrant, "accuracy", scene.now)
        x, y = float(frame.x(epochs[1])), float(frame.y(panel._height(values[1:2]))[0])
        assert near(image, LIGHT.line(line.index), x, y, 3)


def test_epochs_and_pixels_are_each_others_inverse(scene):
    stage = TrainStage(900, 600)
    place = next(place for place in stage.panels(scene) if place.key == "accuracy")
    frame = AccuracyPanel(LIGHT, stage.metrics).axes(place.rect, scene)
    for epoch in (0.0, 0.7, 3.0):
        at = stage.epoch_at(scene, float(frame.x(epoch)), place.rect.center().y())
        assert at == pytest.approx(epoch)
    header = stage.panels(scene)[0].rect.center()
    assert stage.epoch_at(scene, header.x(), header.y()) is None
    assert stage.panel_at(scene, *place.rect.center().toTuple()) == place


def test_a_cursor_tells_values_in_the_plots_alone(scene):
    stage = TrainStage(900, 600)
    plain, told = (offscreen.pixels(stage.image(scene, scene.now, cursor)) for cursor in (None, 1.4))
    changed = (plain != told).any(axis=-1)
    for place in stage.panels(scene):
        x, y, w, h = (round(v) for v in place.rect.getRect())
        assert changed[y : y + h, x : x + w].any() == (place.key in CURVES), place.key


def texts_written(monkeypatch):
    """Collect each text with its box, as it is written."""
    found = []

    def note(painter, x, baseline, text, face, *rest):
        align = next((one for one in rest if isinstance(one, float) and one in (0.5, 1.0)), 0.0)
        wide = fonts.width(text, face)
        box = QRectF(x - align * wide, baseline - fonts.rise(face), wide, fonts.rise(face))
        if text.strip():
            found.append((box, text))

    for name in ("write", "write_moving", "write_haloed"):
        monkeypatch.setattr(fonts, name, note)
    return found


def six():
    rates = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006)
    entrants = tuple(
        {"optimizer": "adam", "learning_rate": rate, "label": f"entrant {i}"} for i, rate in enumerate(rates)
    )
    return TrainScene(record(training(1).replace(entrants=entrants)))


@pytest.mark.parametrize("key", ["learning_rate", "speed", "loss", "accuracy"])
@pytest.mark.parametrize("size", [(900, 600), (1280, 720)])
@pytest.mark.parametrize("cursor", [0.02, 1.5, 2.98])
def test_a_cursor_tells_all_six_in_the_order_of_the_legend(key, size, cursor, monkeypatch):
    scene, stage = six(), TrainStage(*size)
    place = next(place for place in stage.panels(scene) if place.key == key)
    told = []
    monkeypatch.setattr(
        "optviz.render.panels.training.plot.paint_told",
        lambda painter, plot, x, found, *rest: (
            told.append(found) or paint_told(painter, plot, x, found, *rest)
        ),
    )
    written = texts_written(monkeypatch)
    image = QImage(*size, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        stage.paint_panel(painter, key, scene, scene.now, cursor=cursor)
    (found,) = told
    assert [one.slot for one in found] == [line.index for line in scene.lines]
    last = written[-6:]
    for one, (box, text) in zip(found, last, strict=True):
        assert text in (one.text, one.short)
        assert place.rect.contains(box)
    for i, (box, _) in enumerate(last):
        assert not any(box.intersects(other) for other, _ in last[:i])


def test_curves_are_named_at_their_ends_where_there_is_room(monkeypatch):
    scene = six()
    written = texts_written(monkeypatch)
    for width, named in ((900, True), (380, False)):
        written.clear()
        panel, rect = LossPanel(LIGHT, Metrics(1.0)), QRectF(0, 0, width, 400)
        image = QImage(width, 400, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            panel.paint(painter, rect, scene, scene.now)
        ends = [box for box, text in written if text.startswith("entrant")]
        assert len(ends) == (6 if named else 0)
        frame = panel.axes(rect, scene)
        for i, box in enumerate(ends):
            assert frame.top <= box.top()
            assert box.bottom() < frame.top + frame.height
            assert not any(box.intersects(other) for other in ends[:i])


@pytest.mark.parametrize("size", [(900, 600), (1024, 700), (1280, 720), (1500, 900)])
def test_names_of_seven_layers_stand_inside_the_plot(size, monkeypatch):
    model, view = {"kind": "mlp", "hidden": [64] * 6}, {"smoothing": 0.0}
    made_of = record(training(1, model=model, view=view), looks=0)
    own, rng = made_of.entrants[0], np.random.default_rng(0)
    names = (*(f"dense{i}" for i in range(1, 7)), "output")
    values = np.abs(rng.normal(size=(200, 14))) * 10.0 ** rng.uniform(-4, 0, 14)
    values[-2:] *= 1e-9  # all leave the plot at the end, downwards
    rows = np.concatenate([np.arange(1.0, 201.0)[:, None], values], axis=1)
    own.layers, own._layer_points = names, [rows]
    scene, stage = TrainScene(made_of), TrainStage(*size)
    written = texts_written(monkeypatch)
    for key in ("gradient_norm", "update_ratio"):
        written.clear()
        place = next(place for place in stage.panels(scene) if place.key == key)
        image = QImage(*size, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            stage.paint_panel(painter, key, scene, scene.now)
        frame = stage._panels[key].axes(place.rect, scene)
        ends = [(box, text) for box, text in written if text in names]
        assert [text for _, text in ends if text == "output"]
        if frame.height > 100:
            assert len(ends) == 7
        assert all(box.bottom() < frame.top + frame.height - 1 for box, _ in ends)


@pytest.mark.parametrize(
    ("size", "missing"), [((1024, 700), "no room for 1 more"), ((1024, 640), "no room"), ((1920, 1080), "")]
)
def test_the_header_says_what_has_no_room(size, missing, monkeypatch, scene):
    stage = TrainStage(*size)
    shown = {place.key for place in stage.panels(scene)}
    assert ("dead" in shown) is not bool(missing)
    written = texts_written(monkeypatch)
    image = QImage(*size, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        stage.paint_panel(painter, "header", scene, scene.now)
    said = [text for _, text in written if text.startswith("no room")]
    assert len(said) == bool(missing)
    assert all(text.startswith(missing) for text in said)


@pytest.mark.alone
def test_a_panel_is_drawn_in_a_few_milliseconds_however_long_the_training():
    import time

    scene = TrainScene(record(training(4, epochs=40, batch_size=64), looks=1))
    stage = TrainStage(1500, 900)
    image = QImage(1500, 900, QImage.Format.Format_RGB32)
    stage.image(scene, scene.now)
    for place in stage.panels(scene):
        taken = []
        for _ in range(9):
            begin = time.perf_counter()
            with QPainter(image) as painter:
                stage.paint_panel(painter, place.key, scene, scene.now)
            taken.append(time.perf_counter() - begin)
        assert np.median(taken) < 0.03, place.key  # some 4 ms; a busy machine takes longer


# -------------------------------------------------------------- anything a record may hold


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 1e-300])
def test_nothing_a_record_holds_breaks_a_picture(value, log, warnings):
    made_of = record(training(2, view={"log": log}), looks=0)
    own = made_of.entrants[0]
    own.points[50:90, 2:7] = value
    own.points[300, 2] = value
    own._layers_measured()[20:40, 1:] = value
    for i, one in enumerate(own.judgements):
        own.judgements[i] = type(one)(**{**vars(one), "loss": value})
    own.status = "diverged"
    scene, stage = TrainScene(made_of), TrainStage(900, 600)
    with np.errstate(all="raise", under="ignore"):
        for k in (0, 1, 60, scene.now):
            stage.image(scene, k, cursor=0.3)
    assert warnings == []
    assert near(stage.image(scene, scene.now), LIGHT.entrants[1], *_point(stage, scene))


def _point(stage, scene):
    """Return a pixel on the other entrant's curve of learning rates."""
    place = next(place for place in stage.panels(scene) if place.key == "learning_rate")
    panel = stage._panels["learning_rate"]
    frame, series = panel.axes(place.rect, scene), scene.curve(1, "learning_rate")
    return float(frame.x(series.epochs[200])), float(frame.y(series.values[200]))


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("share", [0.0, 1e-3, 0.5])
def test_every_moment_of_a_training_is_drawn(count, share, warnings):
    scene = made(count, share)
    for show in ("all", "curves"):
        again = TrainScene(scene.record, scene.training.replace(view={"show": show, "log": True}))
        TrainStage(900, 600, "dark").image(again, again.now)
    assert warnings == []


def test_sixteen_entrants_and_no_title(warnings):
    setting = training(1, title="")
    entrants = tuple(
        {"optimizer": "adam", "learning_rate": 1e-3 * (i + 1), "label": "x" * 60} for i in range(16)
    )
    scene = TrainScene(record(setting.replace(entrants=entrants), share=0.05, looks=1))
    for size in SIZES[:4]:
        TrainStage(*size).image(scene, scene.now)
    assert warnings == []


# -------------------------------------------------------------- one panel, vectors, tables


@pytest.mark.parametrize("key", PANELS)
def test_one_panel_has_the_picture_to_itself(key, scene):
    stage = TrainStage(900, 600)
    stage.only = key
    assert [place.key for place in stage.panels(scene)] == ["header", key]
    assert stage.panels(scene)[1].rect.height() > 500
    drawn = offscreen.pixels(stage.image(scene, scene.now)).astype(int)
    assert len(np.unique(drawn @ (1 << 16, 1 << 8, 1))) > 10


def test_a_picture_in_lines_says_the_same(scene):
    text = vector.svg(scene, scene.now, (900, 600)).decode()
    words = re.findall(r">([^<>]+)</text>", text)
    joined = " ".join(words)
    for word in ("Adam", "loss", "accuracy", "learning rate", "epoch 3.00 of 3", "conv1"):
        assert word in joined, word
    assert vector.svg(scene, scene.now, (900, 600)).decode() == text
    assert vector.pdf(scene, 300, (900, 600)).startswith(b"%PDF")


def test_curves_stay_in_their_plot_in_a_picture_in_lines():
    made_of = record(training(1), looks=0)
    made_of.entrants[0].points[100:200, 2] = 50.0
    scene, stage = TrainScene(made_of), TrainStage(900, 600)
    stage.only = "loss"
    place = stage.panels(scene)[1]
    frame = LossPanel(LIGHT, stage.metrics).axes(place.rect, scene)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(QSize(900, 600))
    with QPainter(writer) as painter:
        stage.paint_panel(painter, "loss", scene, scene.now)
    image = QImage(900, 600, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.page))
    renderer = QSvgRenderer(data)
    renderer.setViewBox(QRectF(0, 0, 900, 600))
    with QPainter(image) as painter:
        renderer.render(painter, QRectF(0, 0, 900, 600))
    pixels = offscreen.pixels(image).astype(int)
    colored = np.flatnonzero(((pixels.max(axis=-1) - pixels.min(axis=-1)) > 60).any(axis=1))
    arrow = 8.0 * stage.metrics.scale
    assert len(colored) > 100
    assert colored.min() >= frame.top - arrow
    assert colored.max() <= frame.top + frame.height + arrow


def test_the_stage_of_a_training_is_its_own(scene):
    assert isinstance(stage_for(scene, 900, 600), TrainStage)


@pytest.mark.parametrize("key", PANELS)
def test_every_panel_has_a_table(key, scene):
    header, rows = table(scene, key)
    assert rows
    assert all(len(row) == len(header) for row in rows)
    assert table(TrainScene(record(training(1), share=0.0)), key)[0][0] == header[0]


# -------------------------------------------------------------- thinning, places, colours


def test_thinning_keeps_the_same_points_however_a_curve_grows():
    rng = np.random.default_rng(1)
    epochs = np.arange(1, 20_001) / 5000.0
    values = rng.normal(size=20_000)
    values[700:720] = np.nan
    grown = Thinned()
    for count in (1, 2, 3, 90, 91, 5000, 4999, 12_345, 17, 20_000):
        kept = grown.upto(count, epochs, values, 48.3, 97.1)
        fresh = Thinned().upto(count, epochs, values, 48.3, 97.1)
        np.testing.assert_array_equal(kept, fresh)
        column = np.floor(48.3 + 97.1 * epochs[:count])
        for c in np.unique(column)[::37]:
            among = np.flatnonzero(column == c)
            if np.isfinite(values[among]).any():
                here = kept[np.isin(kept, among)]
                assert np.nanmin(values[here]) == np.nanmin(values[among])
                assert np.nanmax(values[here]) == np.nanmax(values[among])
                assert len(here) <= max(4, len(among) if len(among) <= 4 else 4)
    assert len(grown.upto(20_000, epochs, values, 48.3, 97.1)) <= 4 * 390


def test_full_columns_are_cut_to_their_extremes():
    x = np.array([0.1, 0.2, 0.3, 0.4, 1.1, 1.2, 1.3, 1.4, 2.1, 2.2, 2.3, 2.4, 3.5])
    keep, cuts = cut_columns(x)
    # The last full column stands beside one that is not full: it stays joined to it.
    assert np.flatnonzero(~keep).tolist() == [0, 3, 4, 7]
    assert np.flatnonzero(cuts).tolist() == [0, 2]
    assert len(cuts) == keep.sum()
    assert cut_columns(np.empty(0))[0].shape == (0,)


def test_places_are_spread_within_their_room():
    assert spread([0.0, 1.0, 2.0, 50.0], 10.0, 0.0, 60.0) == [0.0, 10.0, 20.0, 50.0]
    assert spread([58.0, 59.0, 60.0], 10.0, 0.0, 60.0) == [40.0, 50.0, 60.0]
    assert spread([31.0, 30.0, 29.0], 10.0, 0.0, 60.0) == [40.0, 30.0, 20.0]  # to both sides


def test_places_move_as_little_as_any_that_are_apart():
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    for _ in range(5):
        wishes = np.sort(rng.uniform(0.0, 60.0, 5))
        found = np.array(spread(wishes.tolist(), 9.0, 0.0, 60.0))
        limits = [{"type": "ineq", "fun": lambda x, i=i: x[i + 1] - x[i] - 9.0} for i in range(4)]
        best = minimize(
            lambda x, w=wishes: ((x - w) ** 2).sum(), 12.0 * np.arange(5), bounds=[(0.0, 60.0)] * 5,
            constraints=limits, method="SLSQP",
        )  # fmt: skip
        np.testing.assert_allclose(found, best.x, atol=1e-3)


def test_named_layers_are_the_first_the_last_and_some_between():
    assert spaced(4, 6) == [0, 1, 2, 3]
    assert spaced(32, 3) == [0, 16, 31]
    assert spaced(32, 1) == [31]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_of_layers_read_on_their_page_and_differ(theme):
    colors = depth_colors(6, theme.page, theme.name == "dark")
    assert len(set(colors)) == 6
    assert all(contrast(color, theme.page) >= 3.0 for color in colors)


def test_text_shrinks_less_than_small_pictures_do():
    scales = [
        scale_of(*size) for size in ((1, 1), (480, 270), (900, 600), (1280, 720), (1920, 1080), (3840, 2160))
    ]
    assert scales == sorted(scales)
    assert scales[0] == 0.62
    assert scales[4:] == [1.5, 3.0]
