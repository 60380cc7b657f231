"""The pictures of a training: true in their colours and numbers, whole at every size, the same when kept."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from training_records import record, training

from optviz.colors import contrast
from optviz.render import fonts, offscreen
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.bars import PredictionBars, likeliest
from optviz.render.panels.training.classes import _floor
from optviz.render.panels.training.diagram import NetworkDiagram, unpooled
from optviz.render.panels.training.inside import ActivationsPanel, DeadPanel, FiltersPanel, HistogramsPanel
from optviz.render.panels.training.judgement import ConfusionPanel, PerClassPanel, WorstPanel
from optviz.render.panels.training.places import spaced, spread
from optviz.render.panels.training.still import percent
from optviz.render.panels.training.strips import AFTER, BEFORE, WEIGHTS, Strips
from optviz.render.style import DARK, LIGHT, Metrics
from optviz.training.network.architecture import layers_of, parameter_count
from optviz.training.record import Histogram, Judgement, LayerLook, add_judgement
from optviz.training.setting import ModelSetting

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
PANELS = (
    FiltersPanel, ActivationsPanel, HistogramsPanel, DeadPanel, ConfusionPanel, PerClassPanel, WorstPanel,
)  # fmt: skip
SIZES = ((150, 120), (200, 150), (300, 200), (300, 110), (160, 420), (640, 300), (1000, 700))


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


@dataclass(eq=False)
class FakeScene:
    """A scene of given looks and a judgement: frame k knows the first k looks, k = 0 not the judgement."""

    training: object
    record: object
    looks: list
    judgement: Judgement | None
    class_names: tuple[str, ...] = DIGITS

    def looks_until(self, i, k):
        return self.looks[:k]

    def look_at(self, i, k):
        return self.looks[k - 1] if k and self.looks else None

    def judgement_at(self, i, k):
        return self.judgement if k else None


@cache
def known():
    return record(training(1), looks=8)


def scene(names=DIGITS):
    made = known()
    own = made.entrants[0]
    return FakeScene(made.training, made, list(own.looks), own.judgements[-1], names)


def image_of(panel, it, k=8, size=(300, 200), ratio=1.0, theme=LIGHT):
    image = QImage(round(size[0] * ratio), round(size[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    if isinstance(panel, type):
        panel = panel(theme, Metrics())
    with QPainter(image) as painter:
        panel.paint(painter, QRectF(0, 0, *size), it, k)
    return offscreen.pixels(image)


def texts_of(panel, it, k=8, size=(400, 300)):
    """Return every text that is written, as SVG has it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(QSize(*size))
    with QPainter(writer) as painter:
        panel(LIGHT, Metrics()).paint(painter, QRectF(0, 0, *size), it, k)
    return bytes(buffer.data().data()).decode()


def cells_of(rgb, colors):
    """Return where pixels have one of the colours."""
    return (rgb[..., None, :3].astype(int) == np.asarray(colors, int)).all(axis=-1).any(axis=-1)


def rgb(color):
    return pictures.rgb(color)


# ------------------------------------------------------------------ colours are values


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["amount", "signed", "right", "wrong", "ink"])
def test_lightness_moves_away_from_the_page_all_along_a_table(theme, name):
    colors = pictures.table(theme, name)
    luminance = np.array([contrast(pictures.hex_at(colors, row), theme.page) for row in range(256)])
    halves = (luminance[:129][::-1], luminance[128:]) if name == "signed" else (luminance,)
    for half in halves:
        assert half[0] < 1.6
        assert (np.diff(half) >= -0.03).all()
        assert half[-1] >= 1.9
    if name == "ink":  # of images, which are bytes
        return
    unknown = colors[256].astype(int)
    assert np.abs(colors[:256].astype(int) - unknown).max(axis=1).min() >= 12


def test_text_on_any_colour_of_a_table_reads():
    for theme in (LIGHT, DARK):
        for name in ("right", "wrong"):
            colors, inks = pictures.table(theme, name), pictures.text_on(theme, name)
            least = min(contrast(pictures.hex_at(colors, row), inks[row]) for row in range(256))
            assert least >= 4.5


def test_shades_are_even_and_clip_and_know_what_is_not_a_number():
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan, np.inf, -np.inf])
    assert pictures.shade(values, -1.0, 1.0).tolist() == [0, 0, 128, 255, 255, 256, 256, 256]


@pytest.mark.parametrize(
    ("value", "up"), [(0.2, 0.2), (0.21, 0.3), (0.93, 1.0), (1.2, 1.5), (7.1, 10.0), (3e-5, 3e-5), (1e4, 1e4)]
)
def test_limits_are_round_numbers_not_below(value, up):
    assert pictures.rounded_up(value) == pytest.approx(up, rel=1e-12)


def test_one_huge_weight_leaves_the_others_their_colours():
    values = np.concatenate([np.linspace(-0.5, 0.5, 999), [40.0]])
    assert pictures.limit(values) == (0.5, True)
    assert pictures.limit(np.array([0.0, np.nan])) == (1.0, False)


# ------------------------------------------------------------------ filters


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_pixel_of_a_filter_is_the_map_of_its_weight(theme, ratio):
    it = scene()
    filters = np.linspace(-0.5, 0.5, 12 * 9).reshape(12, 3, 3)
    filters[5, 1, 1] = np.nan
    it.looks = [replace(it.looks[0], filters=filters.astype(np.float16))]
    found = image_of(FiltersPanel, it, 1, (300, 200), ratio, theme)
    colors = pictures.table(theme, "signed")
    page = rgb(theme.page)
    top = found[round(24 * ratio) : round(168 * ratio), round(8 * ratio) :]
    inked = ~(top[..., :3] == page).all(axis=-1)
    # Where the pictures stand is read off the page between them.
    down, across = spans(inked.any(axis=1)), spans(inked.any(axis=0))
    assert len(down) * len(across) >= 12
    shown = 0
    for n, values in enumerate(it.looks[0].filters.astype(float)):
        (y0, y1), (x0, x1) = down[n // len(across)], across[n % len(across)]
        assert y1 - y0 == x1 - x0
        side = (y1 - y0) / 3
        for i in range(3):
            for j in range(3):
                row = pictures.shade(np.array(values[i, j]), -0.5, 0.5)
                pixel = top[int(y0 + (i + 0.5) * side), int(x0 + (j + 0.5) * side)]
                assert pixel[:3].tolist() == colors[row].tolist()
        shown += 1
    assert shown == 12


def spans(flags):
    """Return first and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_filters_say_how_many_of_how_many_and_their_scale():
    it = scene()
    it.looks = [replace(it.looks[0], filters=np.full((16, 3, 3), 0.25, np.float16))]
    text = texts_of(FiltersPanel, it, 1, (400, 300))
    assert "16 of 16" in text
    assert "−0.3" in text
    assert "0.3" in text
    many = replace(it.looks[0], filters=np.zeros((64, 28, 28), np.float16))
    it.looks = [many]
    assert "64 of 64" in texts_of(FiltersPanel, it, 1, (900, 500))
    small = texts_of(FiltersPanel, it, 1, (200, 150))
    count = int(small.split(" of 64")[0].split(">")[-1])
    assert 4 <= count < 64


@pytest.mark.parametrize("shape", [(64, 1, 28), (10, 1, 8), (64, 7, 7), (1, 3, 3), (64, 28, 28), (3, 40, 1)])
def test_filters_of_every_shape_are_drawn(shape):
    it = scene()
    it.looks = [replace(it.looks[0], filters=np.ones(shape, np.float16))]
    found = image_of(FiltersPanel, it, 1, (300, 200))
    assert cells_of(found, pictures.table(LIGHT, "signed")[255]).sum() > 500


# ------------------------------------------------------------------ confusion, per class, worst


def known_confusion():
    confusion = np.diag(np.arange(100, 110)).astype(np.int64)
    confusion[3, 7] = 41
    confusion[8, 2] = 1
    return confusion


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_cells_of_a_known_confusion_matrix(theme):
    it = scene()
    confusion = known_confusion()
    it.judgement = replace(it.judgement, confusion=confusion)
    colors, _ = ConfusionPanel(theme, Metrics()).colors_of(confusion)
    found = image_of(ConfusionPanel, it, 1, (700, 460), theme=theme)
    right = cells_of(found, colors[np.arange(10), np.arange(10)])
    ys, xs = np.nonzero(right)
    left, top, width, height = xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1
    centers = [
        (int(top + (i + 0.12) * height / 10), int(left + (j + 0.12) * width / 10), i, j)
        for i in range(10)
        for j in range(10)
    ]
    for y, x, i, j in centers:
        assert found[y, x, :3].tolist() == colors[i, j].tolist()
        if confusion[i, j] == 0:
            assert colors[i, j].tolist() == rgb(theme.page).tolist()
    # One mistake among 109 shows; many are stronger; right ones have another hue.
    ground = rgb(theme.page).astype(int)
    weak, strong = (np.abs(colors[at].astype(int) - ground).sum() for at in ((8, 2), (3, 7)))
    assert 30 < weak < strong
    assert colors[3, 7][0] > colors[3, 7][2]
    assert colors[3, 3][0] < colors[3, 3][2]


def test_a_mistakes_colour_is_its_share_of_the_true_class():
    panel = ConfusionPanel(LIGHT, Metrics())
    confusion = np.diag(np.full(10, 900)).astype(np.int64)
    confusion[1, 5] = confusion[2, 5] = confusion[6, 5] = 100  # column 5 is crowded; each is 10 % of its row
    confusion[4, 0] = 100
    colors, _ = panel.colors_of(confusion)
    assert colors[1, 5].tolist() == colors[4, 0].tolist()
    more, _ = panel.colors_of(confusion * np.where(np.arange(10) == 4, 7, 1)[:, None])
    assert np.array_equal(more, colors)


def test_the_matrix_names_its_axes_and_counts():
    it = scene()
    it.judgement = replace(it.judgement, confusion=known_confusion(), accuracy=0.961)
    text = texts_of(ConfusionPanel, it, 1, (500, 400))
    for words in (">true<", ">predicted<", ">41<", ">109<", "96.1 %"):
        assert words in text
    assert ">0<" in text  # a class, never a count
    assert text.count(">0<") == 2
    small = texts_of(ConfusionPanel, it, 1, (150, 120))
    assert ">41<" not in small


def test_no_answer_at_all_is_said():
    it = scene()
    it.judgement = replace(it.judgement, confusion=np.zeros((10, 10), np.int64), accuracy=0.0)
    assert "no image got" in texts_of(ConfusionPanel, it, 1, (500, 400))
    for panel in PANELS:
        image_of(panel, it)


def test_per_class_shows_sklearns_numbers():
    metrics = pytest.importorskip("sklearn.metrics")
    it = scene()
    confusion = known_confusion()
    it.judgement = replace(it.judgement, confusion=confusion)
    true = np.repeat(np.arange(10), confusion.sum(axis=1))
    said = np.concatenate([np.repeat(np.arange(10), row) for row in confusion])
    p, r, f, _ = metrics.precision_recall_fscore_support(true, said)
    header, rows = PerClassPanel(LIGHT, Metrics()).table(it, 1)
    assert header == ("class", "precision", "recall", "f1")
    assert np.allclose([row[1:] for row in rows[:-1]], np.stack([p, r, f], axis=1))
    assert np.allclose(rows[-1][1:], [p.mean(), r.mean(), f.mean()])
    text = texts_of(PerClassPanel, it, 1, (500, 400))
    for value in f:
        assert f"{value:.3f}" in text


def test_a_mark_stands_where_its_value_is():
    it = scene()
    confusion = np.full((10, 10), 0, np.int64)
    np.fill_diagonal(confusion, 50)
    confusion[0, 1] = 50  # recall of 0: 0.5; precision of 1: 0.5
    it.judgement = replace(it.judgement, confusion=confusion)
    found = image_of(PerClassPanel, it, 1, (500, 400))
    blue = cells_of(found, rgb(LIGHT.entrants[0]))
    ys, xs = np.nonzero(blue[50:])
    assert len(ys)
    # Precision: 1 for every class but 1, whose mark is a third of the way from 0.25 to 1.
    axis = 500 - 8 - fonts.width("0.999", fonts.font(12)) - 12
    near = np.abs(xs - axis) <= 60
    assert np.median(xs[near]) == pytest.approx(axis, abs=2)
    left = round(8 + fonts.width("mean", fonts.font(12)) + 10)
    assert len(xs[~near]) > 5
    assert np.median(xs[~near]) == pytest.approx(left + (axis - left) / 3, abs=2)


@pytest.mark.parametrize(
    ("least", "floor"), [(0.999, 0.99), (0.82, 0.8), (0.8, 0.7), (0.5, 0.25), (0.1, 0.0), (0.96, 0.95)]
)
def test_the_axis_of_shares_begins_near_the_least(least, floor):
    assert _floor(least) == floor


def test_worst_tells_true_said_and_how_surely():
    it = scene()
    base = it.judgement
    it.judgement = replace(
        base, worst_true=np.full(24, 4), worst_said=np.full(24, 9), worst_confidence=np.full(24, 0.998, "f4")
    )
    text = texts_of(WorstPanel, it, 1, (700, 300))
    assert "4 → 9" in text
    assert "99.8 %" in text
    it.class_names = FASHION
    assert "Coat → Ankle boot" in texts_of(WorstPanel, it, 1, (700, 500))
    _, rows = WorstPanel(LIGHT, Metrics()).table(it, 1)
    assert rows[0][1:3] == ("Coat", "Ankle boot")
    none = {name: getattr(base, name)[:0] for name in vars(base) if name.startswith("worst_")}
    it.judgement = replace(base, accuracy=1.0, confusion=np.diag(np.full(10, 9)), **none)
    assert "not one mistake" in texts_of(WorstPanel, it, 1)
    assert WorstPanel(LIGHT, Metrics()).spoken(it, 1) == "not one mistake on the test images"


def test_mistakes_whose_pictures_are_gone_are_not_said_to_be_none():
    it = scene()
    kept: list[Judgement] = []
    for epoch in range(1, 131):
        add_judgement(kept, replace(it.judgement, epoch=epoch, confusion=known_confusion()))
    it.judgement = kept[0]
    text = texts_of(WorstPanel, it, 1, (700, 300))
    assert "42 mistakes" in text
    assert "not kept" in text
    spoken = WorstPanel(LIGHT, Metrics()).spoken(it, 1)
    assert spoken == ("42 mistakes, their pictures are not kept: only those of the last 128 epochs are")
    assert WorstPanel(LIGHT, Metrics()).table(it, 1)[1] == []
    it.judgement = kept[-1]
    assert "mistakes" not in texts_of(WorstPanel, it, 1, (700, 300))


def test_an_image_is_drawn_with_its_own_pixels():
    it = scene()
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 10, 20] = 255
    base = it.judgement
    cut = {name: getattr(base, name)[:1] for name in vars(base) if name.startswith("worst_")}
    it.judgement = replace(base, **{**cut, "worst_images": images})
    found = image_of(WorstPanel, it, 1, (300, 200))
    inked = cells_of(found[24:], rgb(LIGHT.ink))
    ys, xs = np.nonzero(inked[:110])
    # One square pixel of the picture, all in one colour, and no soft edge about it.
    high, wide = np.ptp(ys) + 1, np.ptp(xs) + 1
    assert high == wide >= 3
    assert inked[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].all()


def test_the_table_of_the_matrix_is_the_matrix():
    it = scene(FASHION)
    it.judgement = replace(it.judgement, confusion=known_confusion())
    header, rows = ConfusionPanel(LIGHT, Metrics()).table(it, 1)
    assert header == ("true", *FASHION)
    assert rows[3] == ("Dress", 0, 0, 0, 103, 0, 0, 0, 41, 0, 0)
    assert ConfusionPanel(LIGHT, Metrics()).table(it, 0) == (header, [])


# ------------------------------------------------------------------ histograms on one axis


def bell(middle, width, low=-6.0, high=6.0, bins=48):
    edges = np.linspace(low, high, bins + 1)
    at = 0.5 * (edges[1:] + edges[:-1])
    return Histogram(low, high, np.round(1e5 * np.exp(-0.5 * ((at - middle) / width) ** 2)).astype(np.int64))


def looks_of(pairs, it):
    """Return looks whose only layer has these histograms before and after."""
    layer = it.looks[0].layers[0]
    return tuple(
        replace(
            it.looks[0], step=n, epoch=0.3 * (n + 1),
            layers=(LayerLook("conv1", layer.activations, bell(0, 0.1, -0.5, 0.5), b, a, 0.0),),
        )
        for n, (b, a) in enumerate(pairs)
    )  # fmt: skip


def test_histograms_of_other_edges_are_drawn_on_one_axis():
    it = scene()
    # One distribution, counted between three pairs of edges.
    looks = looks_of([(bell(1.0, 0.5, *ends), None) for ends in ((-6, 6), (-1, 3), (-11, 12))], it)
    strip = Strips().of(looks, [0], [BEFORE])[0][0]
    peaks = strip.rows.argmax(axis=1) / strip.rows.shape[1] * 2 * strip.reach - strip.reach
    assert np.allclose(strip.means, 1.0, atol=0.02)
    assert np.allclose(peaks, 1.0, atol=0.3)  # a bin of the last is half a unit wide


def test_the_axis_of_before_and_after_is_one_and_shows_both():
    it = scene()
    looks = looks_of([(bell(3.0, 0.5), bell(0.0, 1.0))] * 4, it)
    before, after, weights = Strips().of(looks, [0], [BEFORE, AFTER, WEIGHTS])[0]
    assert before.reach == after.reach == 5.0
    assert weights.reach < 0.5
    assert before.means[0] == pytest.approx(3.0, abs=0.02)
    assert after.means[0] == pytest.approx(0.0, abs=0.02)


def test_a_short_excursion_leaves_the_axis_to_the_others():
    it = scene()
    pairs = [(bell(0.0, 1.0), None)] * 9 + [(bell(0.0, 1e4, -1e5, 1e5), None)]
    assert Strips().of(looks_of(pairs, it), [0], [BEFORE])[0][0].reach <= 15.0


def test_what_batch_norm_centres_is_seen_to_be_centred():
    it = scene()
    pairs = [(bell(0.4 * n, 0.5), bell(0.0, 1.0)) for n in range(10)]
    it.looks = list(looks_of(pairs, it))
    it.training = training(1, epochs=3)
    found = image_of(HistogramsPanel, it, 10, (600, 200))
    line = np.abs(found[..., :3].astype(int) - rgb(LIGHT.entrants[1])).sum(axis=-1) < 120
    rows = {int(x): np.nonzero(line[:, x])[0].mean() for x in np.flatnonzero(line.any(axis=0))}
    xs = np.array(sorted(rows))
    ys = np.array([rows[x] for x in xs])
    groups = np.split(np.arange(len(xs)), np.flatnonzero(np.diff(xs) > 30) + 1)
    assert len(groups) == 3  # weights, before, after
    rise = [ys[group][0] - ys[group][-1] for group in groups]
    assert abs(rise[0]) <= 2
    assert rise[1] > 30
    assert abs(rise[2]) <= 2


def test_what_is_kept_of_strips_is_what_they_are():
    it = scene()
    pairs = [(bell(0.1 * n, 0.5 + 0.02 * n), bell(0.0, 1.0)) for n in range(12)]
    looks = looks_of(pairs, it)
    kept = Strips()
    other = looks_of(pairs[::-1], it)
    for some in (looks[:4], looks[:9], looks[:2], looks, other, looks[::2], looks):
        fresh = Strips().of(some, [0], [BEFORE, AFTER])[0]
        for one, two in zip(kept.of(some, [0], [BEFORE, AFTER])[0], fresh, strict=True):
            assert np.array_equal(one.rows, two.rows)
            assert np.array_equal(one.means, two.means)


# ------------------------------------------------------------------ dead, activations


def test_dead_relus_say_their_shares_and_others_that_there_are_none():
    it = scene()
    look = it.looks[-1]
    shares = (0.5, 0.25, 0.0, np.nan)
    layers = tuple(replace(one, dead=share) for one, share in zip(look.layers, shares, strict=True))
    it.looks = [replace(look, layers=layers)]
    text = texts_of(DeadPanel, it, 1, (400, 300))
    for words in ("conv1 50.0 %", "conv2 25.0 %", "dense1 0 %"):
        assert words in text
    assert "output" not in text
    it.training = training(1, model={"activation": "tanh"})
    assert "none" in texts_of(DeadPanel, it, 1, (400, 300))
    assert "tanh" in DeadPanel(LIGHT, Metrics()).spoken(it, 1)


@pytest.mark.parametrize(("said", "mark"), [(7, "✗ wrong, it is 0"), (0, "✓ right")])
def test_the_answer_is_told_by_mark_and_word(said, mark):
    it = scene()
    chance = np.full(10, 0.01, np.float32)
    chance[said] = 0.91
    it.looks = [replace(it.looks[0], digit=0, probabilities=chance)]
    text = texts_of(ActivationsPanel, it, 1, (500, 300))
    assert f"{said}, 91.0 %" in text
    assert mark in text
    it.looks = [replace(it.looks[0], digit=900)]  # nobody kept its picture: nothing is claimed
    far = texts_of(ActivationsPanel, it, 1, (500, 300))
    assert "right" not in far
    assert "wrong" not in far


@pytest.mark.parametrize("size", SIZES)
def test_networks_of_every_kind_go_through(size):
    it = scene()
    base = it.looks[0]
    shapes = {
        "lstm": [(1, 28, 64), (1, 28, 64), (1, 1, 10)],
        "transformer": [(1, 16, 64)] * 5 + [(1, 1, 10)],
        "deep": [(1, 1, 128)] * 32 + [(1, 1, 10)],
        "wide": [(1, 1, 4096), (1, 1, 10)],
        "cnn": [(64, 28, 28), (64, 14, 14), (64, 1, 1), (1, 1, 1), (1, 1, 10)],
    }
    rng = np.random.default_rng(0)
    for layers in shapes.values():
        made = tuple(
            LayerLook(f"layer{n}", rng.normal(size=shape).astype("f2"), bell(0, 1), bell(0, 1), None, 0.1)
            for n, shape in enumerate(layers)
        )
        it.looks = [replace(base, layers=made)]
        for panel in (ActivationsPanel, HistogramsPanel, DeadPanel):
            found = np.ascontiguousarray(image_of(panel, it, 1, size)[..., :3]).astype(np.int64)
            assert len(np.unique(found @ [1, 256, 65536])) > 3


# ------------------------------------------------------------------ every picture


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_what_is_kept_is_what_is_drawn(panel, theme):
    it = scene()
    one = panel(theme, Metrics())
    fresh = {k: image_of(panel(theme, Metrics()), it, k) for k in (0, 2, 5, 8)}
    for k in (0, 8, 2, 8, 8, 5, 0, 5):
        assert np.array_equal(image_of(one, it, k), fresh[k])
    assert not np.array_equal(fresh[0], fresh[8])
    wide = image_of(panel(theme, Metrics()), it, 8, (420, 260))
    assert np.array_equal(image_of(one, it, 8, (420, 260)), wide)
    assert np.array_equal(image_of(one, it, 8), fresh[8])


@pytest.mark.parametrize("panel", PANELS)
def test_a_picture_is_not_drawn_again_for_what_it_showed(panel, monkeypatch):
    it = scene()
    one = panel(LIGHT, Metrics())
    image_of(one, it)
    monkeypatch.setattr(panel, "draw", lambda *_: pytest.fail("drawn again"))
    image_of(one, it)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", [(200, 150), (400, 260)])
def test_a_picture_is_the_same_wherever_it_stands(panel, size):
    it = scene(FASHION)
    one = panel(LIGHT, Metrics())
    found = []
    for left, top in ((0, 0), (70, 40)):
        image = QImage(500, 320, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        with QPainter(image) as painter:  # drawn, not taken from memory
            one.draw(painter, QRectF(left, top, *size), *one.shown(it, 8))
        found.append(offscreen.pixels(image)[top : top + size[1], left : left + size[0]].astype(int))
    assert np.abs(found[0] - found[1]).max() <= 8


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("scale", "names"), [(1.0, DIGITS), (1.0, FASHION), (1.5, FASHION)])
def test_no_text_overlaps_another_or_leaves_its_picture(panel, size, scale, names, monkeypatch):
    boxes = []

    def seen(write):
        def noting(painter, x, baseline, text, face, color, align=fonts.LEFT, *more, **options):
            reach = fonts.width(text, face)
            left = x - (align if isinstance(align, float) else 0.0) * reach
            box = QRectF(left, baseline - fonts.rise(face), reach, fonts.rise(face))
            if text.strip():
                boxes.append((painter.worldTransform().mapRect(box), text))
            monkeypatch.setattr(fonts, "write", plain)
            result = write(painter, x, baseline, text, face, color, align, *more, **options)
            monkeypatch.setattr(fonts, "write", seen(plain))
            return result

        return noting

    plain = fonts.write
    for name in ("write_moving", "write_haloed", "write"):
        monkeypatch.setattr(fonts, name, seen(getattr(fonts, name)))
    it = scene(names)
    # Lines that end at one height: their labels must make room for each other.
    layers = tuple(replace(one, dead=one.dead * 0 + 0.1) for one in it.looks[-1].layers)
    it.looks[-1] = replace(it.looks[-1], layers=layers)
    image = QImage(*size, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel(LIGHT, Metrics(scale)).paint(painter, QRectF(0, 0, *size), it, 8)
    whole = QRectF(0, 0, *size).adjusted(-0.5, -0.5, 0.5, 0.5)
    assert boxes
    for n, (box, text) in enumerate(boxes):
        assert whole.contains(box), text
        for other, words in boxes[:n]:
            assert not box.adjusted(0.6, 0.6, -0.6, -0.6).intersects(other), (text, words)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", [(1, 1), (20, 300), (300, 12), (40, 40), (100, 60), (119, 83), *SIZES])
def test_every_size_and_state_is_drawn_without_complaint(panel, size):
    it = scene()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ratio in (1.0, 1.5, 2.0):
            for k in (0, 1, 8):
                image_of(panel, it, k, size, ratio)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_has_a_colour_of_its_own(panel, bad):
    it = scene()
    look = it.looks[-1]
    layers = tuple(
        replace(
            one, activations=np.full_like(one.activations, bad), dead=bad,
            weights=Histogram(float(bad), float(bad), np.zeros(48, np.int64)),
            before=Histogram(0.0, 0.0, np.full(48, 2, np.int64)),
        )
        for one in look.layers
    )  # fmt: skip
    filters, chance = np.full((16, 3, 3), bad, "f2"), np.full(10, bad, "f4")
    it.looks = [replace(look, layers=layers, filters=filters, probabilities=chance)]
    confidence = np.full(24, bad, "f4")
    it.judgement = replace(it.judgement, worst_confidence=confidence, accuracy=float(bad), loss=bad)
    found = image_of(panel, it, 1)
    panel(LIGHT, Metrics()).spoken(it, 1)
    if panel in (FiltersPanel, ActivationsPanel, HistogramsPanel):
        assert cells_of(found, pictures.table(LIGHT, "amount")[256]).sum() > 200


@pytest.mark.parametrize("panel", PANELS)
def test_every_picture_can_be_read_aloud(panel):
    it = scene(FASHION)
    one = panel(LIGHT, Metrics())
    before, after = one.spoken(it, 0), one.spoken(it, 8)
    assert before
    assert after
    assert before != after
    assert "{" not in after


@pytest.mark.parametrize("panel", PANELS)
def test_before_anything_is_known_the_picture_says_so(panel):
    text = texts_of(panel, scene(), 0, (400, 300))
    assert "shows after" in text or "show once" in text


# ------------------------------------------------------------------ bars, diagram, small parts


def bars(values, names=DIGITS, size=(200, 150)):
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    with QPainter(image) as painter:
        PredictionBars(LIGHT, Metrics()).paint(painter, QRectF(0, 0, *size), values, names)
    return offscreen.pixels(image)


def test_a_bar_is_as_long_as_its_probability():
    lengths = []
    for share in (1.0, 0.5, 0.25):
        values = np.full(10, 0.0)
        values[3] = share
        inked = cells_of(bars(values), rgb(LIGHT.accent))
        ys, _ = np.nonzero(inked)
        assert 3 * 15 <= np.median(ys) < 4 * 15  # the fourth of ten rows
        lengths.append(max(end - first for first, end in spans(inked[int(np.median(ys))])))
    assert lengths[1] == pytest.approx(lengths[0] / 2, abs=1.5)
    assert lengths[2] == pytest.approx(lengths[0] / 4, abs=1.5)


@pytest.mark.parametrize("size", [(10, 10), (60, 40), (90, 110), (300, 60), (150, 240), (400, 400)])
@pytest.mark.parametrize("values", [None, np.full(10, np.nan), np.eye(10)[2], np.full(10, np.inf)])
def test_bars_of_every_size(size, values):
    for names in (DIGITS, FASHION):
        bars(values, names, size)


def test_bars_say_the_likeliest_first():
    values = np.array([0.1, 0.7, 0.2, *[0.0] * 7])
    assert PredictionBars.spoken(values, FASHION) == "Trouser: 70.0 %, Pullover: 20.0 %, T-shirt: 10.0 %"
    assert PredictionBars.spoken(None, FASHION) == "no answer yet"
    assert likeliest(np.array([np.nan, 0.2, np.inf, 0.3])) == 3


@pytest.mark.parametrize("size", [(30, 30), (120, 150), (330, 150), (560, 160), (1000, 400), (330, 50)])
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"kind": "mlp", "hidden": (512,) * 32},
        {"kind": "lstm"},
        {"kind": "transformer"},
        {"kind": "mlp", "hidden": ()},
    ],
)
def test_a_network_is_drawn_with_its_total(size, setting):
    model = ModelSetting(**setting)
    layers = layers_of(model, (28, 28))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(QSize(*size))
    with QPainter(writer) as painter:
        NetworkDiagram(LIGHT, Metrics()).paint(painter, QRectF(0, 0, *size), layers, (28, 28))
    text = bytes(buffer.data().data()).decode()
    total = f"{parameter_count(model, (28, 28)):,}"
    if size[0] >= 120:
        assert total in text
    if size[0] >= 560:
        assert all(f"{one.parameters:,}" in text for one in (layers[0], layers[-1]))
    assert total in NetworkDiagram.spoken(layers)


def test_the_diagram_and_the_activations_tell_one_size():
    """What a convolution makes of an image is shown before it is pooled, in both."""
    torch = pytest.importorskip("torch")
    from optviz.training.network import inside, models

    model = ModelSetting(channels=(4, 6), hidden=(8,))
    shapes = unpooled(layers_of(model, (28, 28)), (28, 28))
    assert shapes == [(4, 28, 28), (6, 14, 14), (8,), (10,)]
    network = models.build(model, (28, 28), 0, torch.float32)
    images = torch.zeros(2, 1, 28, 28)
    look = inside.look(network, images, images[:1], step=1, epoch=0.1, digit_index=0)
    assert [one.activations.shape for one in look.layers[:2]] == shapes[:2]
    it = scene()
    it.looks = [look]
    assert "4 × 28 × 28 → pooled 14 × 14" in texts_of(ActivationsPanel, it, 1, (1100, 400))


def test_an_lstm_has_no_relus():
    it = scene()
    it.training = training(1, model={"kind": "lstm"})
    it.looks = [
        replace(one, layers=tuple(replace(layer, dead=float("nan")) for layer in one.layers))
        for one in it.looks
    ]
    text = texts_of(DeadPanel, it, 8, (400, 300))
    assert "LSTM has no ReLU" in text
    assert "begun" not in text
    assert "LSTM" in DeadPanel(LIGHT, Metrics()).spoken(it, 8)


def test_nothing_is_written_over_a_histogram(monkeypatch):
    boxes = []
    plain = fonts.write

    def noting(painter, x, baseline, text, face, color, align=fonts.LEFT):
        wide = fonts.width(text, face)
        boxes.append((QRectF(x - align * wide, baseline - fonts.rise(face), wide, fonts.rise(face)), text))
        plain(painter, x, baseline, text, face, color, align)

    pasted = []
    draw = pictures.draw
    monkeypatch.setattr(pictures, "draw", lambda *given: pasted.append(draw(*given)) or pasted[-1])
    monkeypatch.setattr(fonts, "write", noting)
    for size in ((260, 150), (300, 200), (900, 500)):
        boxes.clear()
        pasted.clear()
        image_of(HistogramsPanel, scene(), 8, size)
        assert len(pasted) >= 2
        assert any(text.startswith("±") for _, text in boxes)
        for box, text in boxes:
            assert not any(box.adjusted(0.5, 0.5, -0.5, -0.5).intersects(place) for place in pasted), text


def test_shares_are_written_as_people_say_them():
    shares = (1.0, 0.9996, 0.998, 0.5, 0.0004, 0.0, np.nan)
    assert [percent(share) for share in shares] == [
        "100 %",
        "99.9 %",
        "99.8 %",
        "50.0 %",
        "<0.1 %",
        "0 %",
        "–",
    ]
    assert [percent(share, 0) for share in shares] == ["100 %", "99 %", "99 %", "50 %", "<1 %", "0 %", "–"]


def test_labels_are_spread_as_little_as_must_be():
    assert spread([5.0, 50.0], 10.0, 0.0, 100.0) == [5.0, 50.0]
    assert spread([99.0, 98.0, 97.0], 10.0, 0.0, 100.0) == [100.0, 90.0, 80.0]
    assert spaced(5, 9) == [0, 1, 2, 3, 4]
    assert spaced(9, 3) == [0, 4, 8]
    assert spaced(9, 1) == [8]
    assert spaced(9, 0) == []
