"""How pictures look from the last row, on a slide's own ground, and with a caption."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from training_records import record

from optviz import resources
from optviz.caption import wordings
from optviz.colors import contrast
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.render import export, fonts, formula, offscreen, plan, png, vector
from optviz.render.captioned import Captioned, broken
from optviz.render.source import Source, scene_of
from optviz.render.stages import stage_for
from optviz.render.style import DARK, LIGHT, PROJECTOR, THEMES, Metrics, on_ground
from optviz.training.scene.scene import TrainScene

FULL = (1920, 1080)
SIZES = [(1280, 720), FULL, (1024, 768), (1080, 1080)]
ENTRANTS = [
    {"optimizer": "adam", "learning_rate": 0.2, "beta1": 0.8},
    {"optimizer": "gd", "learning_rate": 0.001, "label": "Gradient descent"},
    {"optimizer": "momentum", "learning_rate": 0.0004},
]
RACE = {"title": "Race", "surface": "rosenbrock", "steps": 40, "entrants": ENTRANTS}
COMPARISON = {
    "title": "With and without a penalty",
    "surface": "ellipse",
    "steps": 30,
    "reshape": {"after": {"penalty": {"l2": 2.0}}},
    "entrants": [{"optimizer": "gd", "learning_rate": 0.01}, {"optimizer": "adam", "learning_rate": 0.1}],
}
KINDS = ["race", "surface3d", "split", "step", "both", "morph", "training"]


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """One application for all tests of a process."""


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """What there is to draw, by name."""
    race, compared = Experiment.of(RACE), Experiment.of(COMPARISON)
    assert compared.reshape is not None
    return {
        "race": race,
        "surface3d": replace(race, view=replace(race.view, kind="surface3d")),
        "split": replace(race, view=replace(race.view, kind="split")),
        "step": replace(race, view=replace(race.view, step_by_step=0)),
        "both": compared,
        "morph": replace(compared, reshape=replace(compared.reshape, show="morph")),
        "training": TrainScene(record()),
    }


def scene(what: Any) -> Any:
    return what if isinstance(what, TrainScene) else scene_of(what)


def last(what: Any) -> int:
    return int(what.now if isinstance(what, TrainScene) else what.steps)


# ------------------------------------------------------------------ from the last row


class Written:
    """Every text that is written, with its size in pixels and its box in the picture."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[tuple[float, str]] = []
        self.boxes: list[tuple[QRectF, str]] = []
        for name in ("write", "write_moving", "write_haloed"):
            monkeypatch.setattr(fonts, name, self._recording(name, getattr(fonts, name)))
        drawn = formula.draw

        def draw(painter: QPainter, latex: str, x: float, y: float, pixels: float, *rest: Any) -> float:
            wide = drawn(painter, latex, x, y, pixels, *rest)
            if wide:
                self.sizes.append((wide / formula.size(latex, 1.0, rest[0]).width(), latex))
            return wide

        monkeypatch.setattr(formula, "draw", draw)

    def _recording(self, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(
            painter: QPainter,
            x: float,
            base: float,
            text: str,
            face: Any,
            color: str,
            *rest: Any,
            **more: Any,
        ) -> Any:
            scale = painter.worldTransform()
            self.sizes.append((face.pixelSize() * max(abs(scale.m11()), abs(scale.m12())), text))
            left = x - (rest[0] if rest and name != "write_haloed" else 0.0) * fonts.width(text, face)
            box = QRectF(left, base - fonts.rise(face), fonts.width(text, face), fonts.rise(face))
            # Images of parts are painted into the picture elsewhere: of those the place is not known here.
            if isinstance(painter.device(), QImage) and painter.device().width() == self.width and text:
                self.boxes.append((scale.mapRect(box), text))
            return write(painter, x, base, text, face, color, *rest, **more)

        return recorded

    width = 0


@pytest.mark.parametrize("name", KINDS)
def test_the_last_row_can_read_everything(
    made: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = made[name]
    written = Written(monkeypatch)
    stage_for(scene(what), *FULL, "projector", None, wordings(what)).image(scene(what), last(what))
    assert len(written.sizes) > 15
    assert [one for one in written.sizes if one[0] < 24.0 - 1e-9] == []


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_large_type_has_room(
    made: dict[str, Any], name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    what = made[name]
    written = Written(monkeypatch)
    written.width = size[0]
    stage_for(scene(what), *size, "projector", None, wordings(what)).image(scene(what), last(what))
    least = round(24.0 * min(size[0] / FULL[0], size[1] / FULL[1]))
    assert [one for one in written.sizes if one[0] < least - 0.5] == []
    whole = QRectF(-1, -1, size[0] + 2, size[1] + 2)
    assert written.boxes
    assert [text for box, text in written.boxes if not whole.contains(box)] == []
    for (one, text), (other, word) in itertools.combinations(written.boxes, 2):
        both = one.intersected(other)
        assert both.width() < 2.0 or both.height() < 2.0 or text == word, (text, word, one, other)


def test_the_projector_theme_is_strong() -> None:
    assert all(contrast(color, PROJECTOR.page) >= 4.5 for color in PROJECTOR.entrants)
    assert len(set(PROJECTOR.entrants)) == len(LIGHT.entrants)
    assert contrast(PROJECTOR.muted, PROJECTOR.page) > 2 * contrast(LIGHT.muted, LIGHT.page) - 4
    assert contrast(PROJECTOR.muted, PROJECTOR.page) >= 10.0
    assert PROJECTOR.colormap == "cividis"
    large, usual = Metrics.of("projector", 1.5), Metrics.of("light", 1.5)
    assert large.small == 24
    assert large.path > 1.5 * usual.path


def test_an_experiment_may_ask_for_it_itself(made: dict[str, Any]) -> None:
    race: Experiment = made["race"]
    own = replace(race, view=replace(race.view, theme="projector"))
    size = (640, 360)
    asked = Source(race, plan.plan(race, "a.png", size=size, theme="projector")).pixels(9)
    np.testing.assert_array_equal(Source(own, plan.plan(own, "a.png", size=size)).pixels(9), asked)


@pytest.mark.parametrize(("name", "theme"), [("race", "light"), ("both", "projector"), ("training", "dark")])
def test_lines_are_twice_as_wide_in_a_picture_twice_the_size(
    made: dict[str, Any], name: str, theme: str
) -> None:
    what = made[name]

    first = (1920, 1080) if name == "training" else (1280, 720)  # below, a training's type shrinks less

    def widths(size: tuple[int, int]) -> list[float]:
        text = vector.svg(scene(what), last(what), size, theme).decode()
        return sorted(map(float, re.findall(r'stroke-width="([0-9.]+)"', text)))

    hairline = stage_for(scene(what), *first, theme).metrics.hairline
    # What has the width 1 in its own coordinates says nothing, and hairlines are looked at by themselves.
    small, large = (
        [width for width in widths(size) if width not in (1.0, line)]
        for size, line in ((first, hairline), ((2 * first[0], 2 * first[1]), 2.0 * hairline))
    )
    assert len(small) > 15
    np.testing.assert_allclose(large, 2.0 * np.array(small), rtol=2e-3)
    assert Metrics(3.0).hairline == 2.0 * Metrics(1.5).hairline == 4.0 * Metrics(0.75).hairline


# ------------------------------------------------------------------ without a page


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("name", ["race", "surface3d", "step", "both", "training"])
def test_a_cut_out_picture_is_the_same_on_its_own_page_and_frays_on_no_other(
    made: dict[str, Any], name: str, theme: str
) -> None:
    what, size = made[name], (420, 301)
    shown, k, words = scene(what), last(what), wordings(what)
    cut = offscreen.cut_out(shown, k, size, theme, None, words).astype(np.float64)
    alpha = cut[..., 3:] / 255.0
    assert 0.1 < np.mean(alpha == 0.0) < 0.97
    assert np.any((alpha > 0.1) & (alpha < 0.9))
    for ground, most in ((THEMES[theme].page, 1.0), ("#1e3c8c", 3.0), ("#e6c832", 3.0)):
        drawn = offscreen.frame(shown, k, size, on_ground(theme, ground), None, words)
        expected = offscreen.pixels(drawn).astype(np.float64)
        page = np.array([int(ground[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
        laid = cut[..., 2::-1] * alpha + page * (1.0 - alpha)
        assert np.abs(np.round(laid) - expected).max() <= most, ground


def test_pictures_without_a_page(made: dict[str, Any], tmp_path: Path) -> None:
    options: dict[str, Any] = {"size": (320, 180), "transparent": True}
    export.export(made["race"], tmp_path / "a.png", frame=7, **options)
    export.export(made["race"], f"{tmp_path}/f/", frames=(7, 9), **options)
    with Image.open(tmp_path / "a.png") as one, Image.open(tmp_path / "f" / "frame_000007.png") as other:
        assert one.mode == other.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        assert np.asarray(one)[0, 0].tolist() == [0, 0, 0, 0]
        alpha = np.asarray(one)[..., 3]
    assert np.mean(alpha == 255) > 0.1


def test_png_with_alpha_is_lossless() -> None:
    import io

    pixels = np.random.default_rng(1).integers(0, 255, (270, 33, 4), np.uint8)
    with Image.open(io.BytesIO(png.encode(pixels, alpha=True))) as got:
        np.testing.assert_array_equal(np.asarray(got), pixels[..., [2, 1, 0, 3]])


def test_a_film_without_a_page(made: dict[str, Any], tmp_path: Path) -> None:
    size = (321, 180)
    export.export(
        made["race"], tmp_path / "a.webm", size=size, frames=(30, 33), fps=25, transparent=True, caption=True
    )
    with av.open(str(tmp_path / "a.webm")) as film:
        stream = film.streams.video[0]
        decoder: Any = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own leaves alpha out
        frames = [frame for packet in film.demux(stream) for frame in decoder.decode(packet)]
    assert len(frames) == 3
    assert frames[-1].format.name == "yuva420p"
    assert (frames[-1].width, frames[-1].height) == (322, 180)
    rgba = frames[-1].reformat(format="rgba", src_colorspace="ITU709", dst_colorspace="ITU709").to_ndarray()
    there: Any = frames[-1].planes[3]
    rgba[..., 3] = np.frombuffer(there, np.uint8).reshape(-1, there.line_size)[:180, :322]
    race = made["race"]
    true = offscreen.cut_out(scene(race), 32, size, None, None, wordings(race)).astype(np.float64)
    got = rgba[:, :321].astype(np.float64)
    assert np.mean(np.abs(got[..., 3] - true[..., 3])) < 2.0
    assert rgba[:, 321, 3].max() < 8  # the column that makes it even
    for page in (0.0, 255.0):
        laid = [
            one[..., :3] * one[..., 3:] / 255 + page * (1 - one[..., 3:] / 255)
            for one in (got, true[..., [2, 1, 0, 3]])
        ]
        wrong = np.mean((laid[0] - laid[1]) ** 2)
        assert 10 * np.log10(255**2 / wrong) > 27, page  # so small a film has more edges than most


def test_drawings_without_a_page(made: dict[str, Any], tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    found = {}
    for name, clear in (("opaque", False), ("clear", True)):
        for kind in ("svg", "pdf"):
            out = tmp_path / f"{name}.{kind}"
            export.export(made["both"], out, size=(640, 360), frame=9, transparent=clear, caption=True)
        image = QImage(640, 360, QImage.Format.Format_ARGB32)
        image.fill(0)
        with QPainter(image) as painter:
            QSvgRenderer(QByteArray((tmp_path / f"{name}.svg").read_bytes())).render(painter)
        found[name] = image.pixelColor(2, 2).alpha(), image.pixelColor(2, 357).alpha()
        assert image.pixelColor(320, 150).alpha() in (255, found[name][0])
        with pikepdf.open(tmp_path / f"{name}.pdf") as file:
            boxes = [
                [float(n) for n in one.operands]
                for one in pikepdf.parse_content_stream(file.pages[0])
                if str(one.operator) == "re"
            ]
        full = [box for box in boxes if box[2] >= 639 and abs(box[3]) >= 359]
        found[name] += (len(full),)
    assert found["opaque"][:2] == (255, 255)
    assert found["clear"][:2] == (0, 0)
    assert found["clear"][2] < found["opaque"][2]


def test_drawings_keep_dashes_and_stay_in_their_plots(made: dict[str, Any]) -> None:
    # Of a line that begins and ends in one point, viewers other than Qt's draw the round cap: a dot.
    text = vector.svg(scene(made["race"]), 40, (1280, 720)).decode()
    paths = re.findall(r' d="([^"]*)"', text)
    assert len(paths) > 50
    assert [path for path in paths if re.search(r"M[-0-9.,e]+ (M|Z|$)", path)] == []
    assert any(path.count("M") > 10 for path in paths)  # dashes
    # What leaves a plot is cut where the plot ends, or it would run through what stands below.
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    clipped = [one for one in root.iter(f"{space}g") if one.get("clip-path")]
    curves = [one for one in clipped if one.find(f".//{space}path") is not None]
    assert len(curves) > 6


@pytest.mark.parametrize(("out", "why"), [("a.mp4", "H.264"), ("a.gif", "fray")])
def test_films_that_cannot_be_transparent_say_what_can(made: dict[str, Any], out: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        plan.plan(made["race"], out, transparent=True)
    message = str(error.value)
    assert "\n" not in message
    assert all(word in message for word in ("transparent", why, ".webm", ".png", ".svg", ".pdf"))


@pytest.mark.parametrize("option", ["transparent", "caption"])
def test_a_table_has_neither_page_nor_caption(made: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match=option):
        plan.plan(made["training"], "a.csv", plot="loss", **{option: True})


# ------------------------------------------------------------------ with a caption


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_caption_is_in_the_file_and_the_size_stays(made: dict[str, Any], tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"a.{kind}"
    export.export(made["race"], out, size=(960, 540), frame=9, caption=True)
    if kind == "png":
        with Image.open(out) as image:
            assert image.size == (960, 540)
            band = np.asarray(image.convert("L"))[-40:-8]
        assert np.any(band < 120)
    elif kind == "svg":
        root = ElementTree.fromstring(out.read_bytes())
        assert root.get("viewBox") == "0 0 960 540"
        text = " ".join("".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text"))
        for words in (
            "Rosenbrock",
            "Adam: learning rate 0.2",
            "β₁",
            "0.8",
            "40 steps",
            "no noise",
            "seed 0",
            "optviz",
        ):
            assert words in text
    else:
        pikepdf = pytest.importorskip("pikepdf")
        with pikepdf.open(out) as file:
            assert [float(n) for n in file.pages[0].MediaBox] == [0, 0, 720, 405]


def test_the_picture_above_is_only_lower(made: dict[str, Any]) -> None:
    what = scene(made["race"])
    plain = stage_for(what, 960, 540, "light")
    stage = stage_for(what, 960, 540, "light", None, wordings(made["race"]))
    assert isinstance(stage, Captioned)
    assert 1 <= len(stage.lines) <= 2
    assert stage.stage.metrics == plain.metrics  # text is as large as without it
    image = stage.image(what, 9)
    assert (image.width(), image.height()) == (960, 540)
    upper = stage.stage.image(what, 9)
    assert image.copy(0, 0, 960, 540 - stage.band) == upper


@pytest.mark.parametrize("size", [*SIZES, (480, 270), (400, 700)], ids=str)
@pytest.mark.parametrize("theme", [LIGHT, DARK, PROJECTOR], ids=lambda theme: theme.name)
def test_every_preset_has_a_caption_that_fits(size: tuple[int, int], theme: Any) -> None:
    seen = set()
    for path in resources.presets():
        experiment = Experiment.load(path)
        words = wordings(experiment)
        stage = Captioned(*size, theme, words, lambda w, h: _Blank(w, h, theme))
        face, room = fonts.font(stage.metrics.small), size[0] - 2 * stage.metrics.gap(5)
        assert 1 <= len(stage.lines) <= (2 if size[0] > 1.2 * size[1] else 3)
        assert max(fonts.width(line, face) for line in stage.lines) <= room
        text = " ".join(stage.lines)
        assert not text.endswith("…") or size[0] < 500, text
        # The surface and the learning rates are said whatever the room.
        assert text.startswith(words[0][0][:12])
        seen.add(len(stage.lines))
    assert seen


class _Blank:
    """A stage that draws nothing."""

    def __init__(self, width: int, height: int, theme: Any) -> None:
        self.metrics = Metrics.of(theme, min(height / 720.0, width / 1150.0))


def test_a_tiny_picture_goes_without(made: dict[str, Any]) -> None:
    what = scene(made["race"])
    stage = stage_for(what, 64, 48, "light", None, wordings(made["race"]))
    image = stage.image(what, 3)
    assert (image.width(), image.height()) == (64, 48)
    assert image == stage_for(what, 64, 48, "light").image(what, 3)


def test_lines_break_between_parts_before_they_break_in_them() -> None:
    face = fonts.font(12)
    parts = ("one thing", "another thing", "and a third one that is rather long")
    room = fonts.width("one thing  ·  another thing", face) + 1.0
    assert broken(parts[:2], face, room) == ["one thing  ·  another thing"]
    lines = broken(parts, face, room)
    assert lines[0] == "one thing  ·  another thing"
    assert " ".join(lines[1:]) == parts[2]
