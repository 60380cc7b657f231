"""Maps come out everywhere as all other frames do: pictures, films, lines and text, kits, and back again."""

from __future__ import annotations

import csv
import os
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtGui import QImage

from optviz import opening, resources
from optviz.caption import caption_of, short_caption
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.maps.scene import MapScene, build_map_scene
from optviz.render import offscreen
from optviz.render.export import export, render
from optviz.render.kit import make_kit
from optviz.render.maps.stage import MapStage
from optviz.render.plan import plan
from optviz.render.source import Source, scene_of

PRESETS = [path for path in resources.presets() if path.name.startswith("4")]
ENTRANTS = [{"optimizer": "gd", "learning_rate": 0.05}, {"optimizer": "adam", "learning_rate": 0.1}]


@pytest.fixture(autouse=True)
def application(qapp):
    offscreen.ensure_application()


def experiment(kind="loss", **more):
    given = {
        "formula": "(x**2 - 1)**2 + y**2", "start": [-1.3, 1.1], "steps": 12, "entrants": ENTRANTS,
        "view": {"xlim": [-2.0, 2.0], "ylim": [-1.5, 1.5]}, "map": {"kind": kind, "size": [20, 16]},
    }  # fmt: skip
    return Experiment.of({**given, **more})


def test_a_frame_is_the_same_from_the_window_s_stage_and_the_command_line_s():
    what = experiment()
    shown = build_map_scene(what)  # as a window makes it
    for k in (0, 5, 12):
        own = offscreen.pixels(MapStage(640, 360).image(shown, k))
        assert np.array_equal(own, render(what, k, (640, 360)))
    assert not np.array_equal(render(what, 0, (640, 360)), render(what, 12, (640, 360)))


@pytest.mark.parametrize(
    "name", ["map.mp4", "map.webm", "map.gif", "map.png", "map.svg", "map.pdf", "frames/"]
)
def test_every_kind_of_file_holds_a_map(tmp_path, name):
    out = str(tmp_path / name) + ("/" if name.endswith("/") else "")
    frames = {} if name.endswith((".png", ".svg", ".pdf")) else {"frames": (9, 12)}
    export(experiment("difference"), out, size=(320, 240), caption=True, **frames)
    if name == "frames/":
        assert sorted(one.name for one in (tmp_path / "frames").iterdir())[0] == "frame_000009.png"
        return
    data = (tmp_path / name).read_bytes()
    assert len(data) > 2000
    opened = opening.read(tmp_path / name)
    assert opened.value == experiment("difference")


def test_the_page_is_left_out_and_the_map_stays():
    what = experiment("basin")
    source = Source(what, plan(what, "map.png", size=(640, 360), transparent=True))
    pixels = source.pixels(12)
    stage = MapStage(640, 360)
    shown = scene_of(what)
    assert isinstance(shown, MapScene)
    stage.image(shown, 12)
    box = stage._parts.map.picture(stage.layout(shown).map, shown).toRect()
    assert pixels[2, 2, 3] == 0
    assert (pixels[box.top() + 2 : box.bottom() - 2, box.left() + 2 : box.right() - 2, 3] == 255).all()


def test_frames_are_counted_as_those_of_a_race():
    assert plan(experiment("basin"), "map.mp4").steps == range(13)
    with pytest.raises(InputError, match="step from 0 to 12"):
        plan(experiment("basin"), "map.png", frame=13)


def test_captions_say_what_the_map_shows():
    text = caption_of(experiment("difference"), 3)
    assert "Map of who is ahead, GD or Adam, from 20 × 16 starts" in text.replace("Gradient descent", "GD")
    assert "20 × 16" in short_caption(experiment("basin"))
    assert "runs for each, 0.01 – 1" in short_caption(
        experiment(
            "learning_rate",
            map={"kind": "learning_rate", "x": {"knob": "learning_rate", "limits": [0.01, 1.0]}},
        )
    )
    alone = experiment(map=None)
    assert "×" not in short_caption(alone)


def test_a_kit_of_a_map_is_whole(tmp_path):
    out = tmp_path / "kit"
    make_kit(experiment("basin"), str(out), size=(320, 240), frames=(10, 13))
    files = {path.name for path in out.rglob("*") if path.is_file()}
    alt = next(path for path in out.rglob("*") if path.is_file() and "alt" in path.name.lower())
    said = alt.read_text(encoding="utf-8")
    assert "50.0" in said or "%" in said
    table = next(path for path in out.rglob("*.csv"))
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 2 * 13
    assert len(files) > 5


def test_a_scene_is_made_once_for_a_sweep_over_frames():
    what = experiment("steps")
    assert scene_of(what) is scene_of(Experiment.loads(what.dumps()))
    other = what.replace(map=replace(what.map, size=(12, 10)))
    assert scene_of(other) is not scene_of(what)


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_show_what_their_titles_say(path):
    what = Experiment.load(path)
    small = what.replace(map=replace(what.map, size=(16, what.map.size[1] and 16)))
    shown = scene_of(small)
    assert isinstance(shown, MapScene)
    image = offscreen.frame(shown, small.steps // 2, (640, 360))
    assert image.format() == QImage.Format.Format_RGB32
    last = shown.sheet(shown.last)
    if shown.kind == "basin":
        assert sum(share > 0.02 for one, share in last.shares.items() if one >= 0) >= 3
    elif shown.kind == "difference":
        assert (last.values > 0).mean() > 0.1
        assert (last.values < 0).mean() > 0.1
    elif shown.kind == "sensitivity":
        assert len(shown.map.theory) >= 2
        assert min(last.shares.values()) > 0.02
    elif shown.kind == "learning_rate":
        assert (last.best >= 0).all()
        assert last.diverged.any()
