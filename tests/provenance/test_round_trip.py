"""What an exported file knows about itself: it comes back whole, and exporting again gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from records import CARRIERS, good
from training_records import record, training

from optviz import __main__, opening, provenance
from optviz.experiment import Experiment
from optviz.render import offscreen
from optviz.render.export import export
from optviz.training.scene.scene import TrainScene

SIZE = (160, 96)
KINDS = ("png", "svg", "pdf", "mp4", "webm", "gif")
FILMS = ("mp4", "webm", "gif")

RACE = """
title = "Wettläufer → <&amp;> “−” 猫"
surface = "rosenbrock"
steps = 12
seed = 41
noise = 0.25
start = [-1.5, 2.0]
[view]
xlim = [-2.0, 2.5]
ylim = [-1.25, 3.0]
theme = "dark"
[[entrants]]
optimizer = "adam"
label = "Bär 🐻 & ]]> b"
learning_rate = 0.2
[entrants.schedule]
name = "cosine"
[[entrants]]
optimizer = "gd"
learning_rate = 0.001
"""
FORMULA = """
formula = "(1 - x)**2 + 100*(y - x**2)**2"
steps = 5
[[entrants]]
optimizer = "gd"
learning_rate = 1e-3
"""
COMPARED = """
title = "Vorher / nachher"
surface = "rosenbrock"
steps = 6
[reshape]
film = "morph"
show = "morph"
[reshape.before.penalty]
l2 = 0.0
[reshape.after.penalty]
l2 = 2.5
[[entrants]]
optimizer = "momentum"
learning_rate = 0.001
"""


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """One application for all tests of a process."""


@pytest.fixture(scope="module")
def race() -> Experiment:
    return Experiment.loads(RACE)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, race: Experiment) -> dict[str, Path]:
    """The race, exported as every kind of file, with every option that all of them take."""
    offscreen.ensure_application()
    folder = tmp_path_factory.mktemp("files")
    made = {kind: folder / f"a.{kind}" for kind in KINDS}
    for kind, path in made.items():
        frames: dict[str, Any] = (
            {"frames": (2, 11), "stride": 3, "fps": 25} if kind in FILMS else {"frame": 7}
        )
        export(race, path, size=SIZE, theme="projector", caption=True, **frames)
    return made


def text_of(path: Path) -> str:
    """Return the record as a program that is not ours reads it."""
    kind = path.suffix[1:]
    if kind == "png":
        with Image.open(path) as image:
            image.load()
            return str(image.text["optviz"])  # type: ignore[attr-defined]
    if kind == "gif":
        with Image.open(path) as image:
            return image.info["comment"].decode("ascii")  # type: ignore[no-any-return]
    if kind == "mp4":
        with av.open(str(path)) as film:
            assert film.metadata["comment"] == film.metadata["description"]
            return str(film.metadata["comment"])
    if kind == "webm":
        with av.open(str(path)) as film:
            assert film.metadata["OPTVIZ"] == film.metadata["COMMENT"]
            return str(film.metadata["OPTVIZ"])
    if kind == "svg":
        (found,) = ElementTree.parse(path).iter("{urn:optviz:provenance:1#}record")
        return str(found.text)
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(path) as file:
        with file.open_metadata() as known:
            text = str(known["{urn:optviz:provenance:1#}record"])
            assert known["dc:title"] == file.docinfo["/Title"]
        assert list(file.attachments) == ["optviz.json"]
        assert file.attachments["optviz.json"].get_file().read_bytes().decode("ascii") == text
        return text


# ------------------------------------------------------------------ what is in it


@pytest.mark.parametrize("kind", KINDS)
def test_everything_comes_back(files, race, kind):
    opened = opening.read(files[kind])
    assert opened.value == race
    assert opened.value.dumps() == race.dumps()
    asked: dict[str, Any] = {
        "kind": kind,
        "size": SIZE,
        "theme": "projector",
        "transparent": False,
        "caption": True,
    }
    if kind in FILMS:
        assert opened.frame == 2
        assert opened.export == {**asked, "fps": 25, "frames": (2, 11), "stride": 3}
    else:
        assert opened.frame == 7
        assert opened.export == {**asked, "frame": 7}
    assert opened.folder is None


@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_read_it_too(files, race, kind):
    text = text_of(files[kind])
    assert text.isascii()
    known = json.loads(text)
    digest = known.pop("sha256")
    assert digest == hashlib.sha256(json.dumps(known, separators=(",", ":")).encode()).hexdigest()
    assert Experiment.loads(known["experiment"]) == race
    assert known["seed"] == 41
    assert {"optviz", "python", "numpy", "numba", "qt"} <= set(known["versions"])
    assert ("frames" in known) == (kind in FILMS)
    assert provenance.text_of(files[kind]) == text.encode()


@pytest.mark.parametrize("kind", FILMS)
def test_the_films_still_play(files, kind):
    with av.open(str(files[kind])) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert len(frames) == 3
    assert frames[0].shape == (SIZE[1], SIZE[0], 3)
    assert frames[0].std() > 5
    if kind == "gif":
        with Image.open(files[kind]) as image:
            assert image.n_frames == 3  # type: ignore[attr-defined]
            assert image.info["loop"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_metadata_nothing_is_left_in(tmp_path, race, kind):
    path = tmp_path / f"a.{kind}"
    export(race, path, size=SIZE, embed=False, **({"frames": (0, 2)} if kind in FILMS else {}))
    content = path.read_bytes()
    assert b"optviz_" not in content
    assert b"entrants" not in content
    assert b"sha256" not in content
    with pytest.raises(provenance.record.InputError, match="no experiment in it"):
        opening.read(path)


def test_the_picture_is_the_same_with_and_without(tmp_path, race, files):
    export(race, tmp_path / "a.png", size=SIZE, theme="projector", caption=True, frame=7, embed=False)
    with Image.open(tmp_path / "a.png") as bare, Image.open(files["png"]) as full:
        assert np.array_equal(np.asarray(bare), np.asarray(full))
    export(race, tmp_path / "a.svg", size=SIZE, theme="projector", caption=True, frame=7, embed=False)
    full_root, bare_root = (
        ElementTree.parse(files["svg"]).getroot(),
        ElementTree.parse(tmp_path / "a.svg").getroot(),
    )
    full_root.remove(full_root.find("{http://www.w3.org/2000/svg}metadata"))  # type: ignore[arg-type]
    assert [e.tag for e in full_root.iter()] == [e.tag for e in bare_root.iter()]
    assert full_root[0].tag.endswith("title")  # where viewers look for it


# ------------------------------------------------------------------ exporting again


@pytest.mark.parametrize("kind", KINDS)
def test_exporting_again_gives_the_same_bytes(files, tmp_path, kind):
    again = tmp_path / f"again.{kind}"
    assert __main__.main(["render", str(files[kind]), "-o", str(again)]) == 0
    assert again.read_bytes() == files[kind].read_bytes()


def test_what_the_command_line_says_goes_before_what_is_recorded(files, tmp_path):
    asked = ["--size", "200x120", "--theme", "light", "--no-caption", "--frames", "1:3", "--stride", "1"]
    assert __main__.main(["render", str(files["mp4"]), "-o", str(tmp_path / "b.webm"), *asked]) == 0
    found = provenance.read(tmp_path / "b.webm")
    assert found is not None
    assert (found.frames, found.stride) == ((1, 3), 1)
    assert found.options == {
        "kind": "webm", "size": (200, 120), "fps": 25, "theme": "light",
        "transparent": False, "caption": False,
    }  # fmt: skip


def test_a_picture_of_a_film_and_a_film_of_a_picture(files, tmp_path):
    assert __main__.main(["render", str(files["gif"]), "-o", str(tmp_path / "still.png")]) == 0
    still = opening.read(tmp_path / "still.png")
    assert still.frame == 8  # the last of 2, 5, 8
    assert still.export is not None
    assert still.export["size"] == SIZE
    assert __main__.main(["render", str(files["png"]), "-o", str(tmp_path / "film.gif")]) == 0
    film = provenance.read(tmp_path / "film.gif")
    assert film is not None
    assert film.frames == (0, 13)


@pytest.mark.parametrize("kind", ["png", "svg", "webm"])
def test_a_transparent_picture_is_transparent_again(tmp_path, race, kind):
    frames: dict[str, Any] = {"frames": (4, 6), "fps": "30000/1001"} if kind == "webm" else {"frame": 5}
    path, again = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
    export(race, path, size=SIZE, transparent=True, **frames)
    assert __main__.main(["render", str(path), "-o", str(again)]) == 0
    assert again.read_bytes() == path.read_bytes()
    assert __main__.main(["render", str(path), "-o", str(tmp_path / "c.mp4"), "--frames", "4:6"]) == 0
    opened = opening.read(tmp_path / "c.mp4")
    assert opened.export is not None
    assert opened.export["transparent"] is False  # for that, H.264 has no place
    assert __main__.main(["render", str(path), "-o", str(again), "--no-transparent"]) == 0
    assert again.read_bytes() != path.read_bytes()


def test_each_numbered_picture_has_a_number_of_its_own(tmp_path, race):
    out = tmp_path / "frames"
    export(race, f"{out}/", size=SIZE, frames=(3, 10), stride=3)
    assert sorted(path.name for path in out.iterdir()) == [f"frame_{k:06d}.png" for k in (3, 6, 9)]
    for k in (3, 6, 9):
        path = out / f"frame_{k:06d}.png"
        assert opening.read(path).frame == k
        export(race, tmp_path / "alone.png", size=SIZE, frame=k)
        assert (tmp_path / "alone.png").read_bytes() == path.read_bytes()


def test_a_race_is_simulated_from_its_picture(files, tmp_path, race):
    assert __main__.main(["simulate", str(files["svg"]), "-o", str(tmp_path / "run.npz")]) == 0
    with np.load(tmp_path / "run.npz") as run:
        assert json.loads(str(run["meta"]))["experiment"]["title"] == race.title
        assert run["path_0"].shape == (13, 2)


@pytest.mark.parametrize("toml", [FORMULA, COMPARED], ids=["formula", "comparison"])
def test_other_experiments_come_back(tmp_path, toml):
    experiment = Experiment.loads(toml)
    for kind, frame in (("png", 5), ("pdf", 5)):
        path = tmp_path / f"a.{kind}"
        export(experiment, path, size=SIZE, frame=frame)
        opened = opening.read(path)
        assert (opened.value, opened.frame) == (experiment, frame)
    again = tmp_path / "again.png"
    assert __main__.main(["render", str(tmp_path / "a.png"), "-o", str(again)]) == 0
    assert again.read_bytes() == (tmp_path / "a.png").read_bytes()


def test_a_morph_has_frames_beyond_its_steps(tmp_path):
    experiment = Experiment.loads(COMPARED)
    export(experiment, tmp_path / "a.gif", size=SIZE, frames=(118, 121), fps=20)
    assert opening.read(tmp_path / "a.gif").frame == 118


# ------------------------------------------------------------------ trainings


def test_a_training_comes_back_as_its_settings(tmp_path, capfd):
    setting = training(2, data_dir="/home/somebody/images", title="Zwei Läufe")
    scene = TrainScene(record(setting))
    export(scene, tmp_path / "a.png", size=(320, 180), frame=100, plot="loss")
    export(scene, tmp_path / "a.pdf", size=(320, 180))
    opened = opening.read(tmp_path / "a.png")
    assert opened.value == setting.replace(data_dir="")
    assert opened.record is None
    assert opened.frame == 100
    assert opened.export is not None
    assert opened.export["plot"] == "loss"
    assert b"somebody" not in (tmp_path / "a.png").read_bytes()
    assert opening.read(tmp_path / "a.pdf").frame == scene.now
    assert __main__.main(["render", str(tmp_path / "a.png"), "-o", str(tmp_path / "b.png")]) == 2
    assert "a.png shows a training" in capfd.readouterr().err
    assert __main__.main(["simulate", str(tmp_path / "a.png"), "-o", str(tmp_path / "b.npz")]) == 2
    assert not (tmp_path / "b.png").exists()


# ------------------------------------------------------------------ on the way


def remuxed(source: Path, goal: Path) -> None:
    """Copy a film into another container without encoding it again, as `ffmpeg -c copy` does."""
    with av.open(str(source)) as before, av.open(str(goal), "w") as after:
        for name, value in before.metadata.items():
            after.metadata[name] = value
        stream = before.streams.video[0]
        copy = after.add_stream_from_template(stream)
        for packet in before.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                after.mux(packet)


@pytest.mark.parametrize(
    ("kind", "other"), [("mp4", "mp4"), ("mp4", "mov"), ("mp4", "mkv"), ("webm", "mkv"), ("webm", "mp4")]
)
def test_a_film_that_was_copied_still_knows(files, tmp_path, race, kind, other):
    copy = tmp_path / f"copy.{other}"
    remuxed(files[kind], copy)
    assert opening.read(copy).value == race


def test_a_picture_that_another_program_wrote_again_still_knows(files, tmp_path, race):
    from PIL import PngImagePlugin

    text = text_of(files["png"])
    for adds in (
        lambda info: info.add_text("optviz", text),
        lambda info: info.add_text("optviz", text, zip=True),
        lambda info: info.add_itxt("optviz", text, "en", "Record", zip=True),
        lambda info: info.add_itxt("optviz", text),
    ):
        info = PngImagePlugin.PngInfo()
        info.add_text("Software", "another")
        adds(info)
        with Image.open(files["png"]) as image:
            image.save(tmp_path / "b.png", pnginfo=info)
        assert opening.read(tmp_path / "b.png").value == race


def test_a_pdf_that_was_rewritten_or_joined_still_knows(files, tmp_path, race):
    pikepdf = pytest.importorskip("pikepdf")
    modes = pikepdf.ObjectStreamMode
    for i, options in enumerate(
        ({"object_stream_mode": modes.generate}, {"linearize": True}, {"compress_streams": False})
    ):
        with pikepdf.open(files["pdf"]) as file:
            if i == 2:
                del file.Root.Metadata  # as programs do that know XMP and not what stands in it
            file.save(tmp_path / f"{i}.pdf", **options)
        assert opening.read(tmp_path / f"{i}.pdf").value == race


def test_the_name_of_a_file_says_nothing(files, tmp_path, race):
    path = tmp_path / "race.toml"
    for kind in KINDS:
        path.write_bytes(files[kind].read_bytes())
        assert opening.read(path).value == race


@pytest.mark.parametrize("kind", CARRIERS)
def test_files_made_by_hand_are_read(tmp_path, kind):
    path = tmp_path / "a"
    path.write_bytes(CARRIERS[kind](good()))
    assert opening.read(path).frame == 7


def test_the_smallest_gif_is_one():
    with Image.open(io.BytesIO(CARRIERS["gif"](good()))) as image:
        assert image.size == (1, 1)
        assert image.info["comment"] == good()
