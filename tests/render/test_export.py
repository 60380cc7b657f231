"""Exports of real scenes: the right frames under the right names, and nothing where it went wrong."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import optviz
from optviz import __main__, atomic
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.render import export, offscreen, plan, png, source, surroundings, vector

RACE = """
title = "Race"
surface = "rosenbrock"
steps = 12
[[entrants]]
optimizer = "adam"
learning_rate = 0.2
[[entrants]]
optimizer = "gd"
learning_rate = 0.001
"""
SIZE = (320, 180)


@pytest.fixture
def race() -> Experiment:
    return Experiment.loads(RACE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "race.toml"
    path.write_text(RACE, encoding="utf-8")
    return path


def truth(experiment: Experiment, k: int, size: tuple[int, int] = SIZE) -> np.ndarray[Any, Any]:
    """The frame as Qt itself reads its pixels."""
    offscreen.ensure_application()
    return offscreen.pixels(offscreen.frame(source.scene_of(experiment), k, size))


def decoded(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


# ------------------------------------------------------------------ pictures


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (320, 180), (321, 301), (1003, 517)])
def test_png_is_lossless(race: Experiment, size: tuple[int, int]) -> None:
    offscreen.ensure_application()
    image = offscreen.frame(source.scene_of(race), 5, size)
    data = png.encode(source.bgrx(image), {"key": "value"})
    with Image.open(io.BytesIO(data)) as got:
        got.load()
        np.testing.assert_array_equal(np.asarray(got), truth(race, 5, size))
        assert got.info["key"] == "value"


def test_png_strips_make_one_valid_stream() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (400, 90, 4), np.uint8)
    data = png.encode(pixels)
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4], "big")
    rows = np.frombuffer(zlib.decompress(data[start : start + length]), np.uint8).reshape(400, 271)
    np.testing.assert_array_equal(rows[:, 1:].reshape(400, 90, 3), pixels[:, :, 2::-1])


def test_folder_of_frames(race: Experiment, tmp_path: Path) -> None:
    export.export(race, f"{tmp_path}/a b/", size=SIZE)
    assert sorted(os.listdir(tmp_path / "a b")) == [f"frame_{k:06d}.png" for k in range(13)]
    assert os.listdir(tmp_path) == ["a b"]
    for k in (0, 7, 12):
        np.testing.assert_array_equal(decoded(tmp_path / "a b" / f"frame_{k:06d}.png"), truth(race, k))


@pytest.mark.parametrize(
    ("frames", "stride", "steps"),
    [
        ((3, 6), 1, [3, 4, 5]),
        ((0, 1), 1, [0]),
        ((12, 13), 1, [12]),
        ((None, 2), 1, [0, 1]),
        ((11, None), 1, [11, 12]),
        (None, 5, [0, 5, 10]),
        ((1, 9), 4, [1, 5]),
    ],
)
def test_frames_are_numbered_by_step(
    race: Experiment,
    tmp_path: Path,
    frames: tuple[int | None, int | None] | None,
    stride: int,
    steps: list[int],
) -> None:
    export.export(race, f"{tmp_path}/f/", size=(64, 48), frames=frames, stride=stride)
    assert sorted(os.listdir(tmp_path / "f")) == [f"frame_{k:06d}.png" for k in steps]


def test_a_shorter_export_replaces_the_frames_and_nothing_else(race: Experiment, tmp_path: Path) -> None:
    export.export(race, f"{tmp_path}/f/", size=(64, 48))
    (tmp_path / "f" / "notes.txt").write_text("mine", encoding="utf-8")
    export.export(race, f"{tmp_path}/f/", size=(64, 48), frames=(2, 4))
    assert sorted(os.listdir(tmp_path / "f")) == ["frame_000002.png", "frame_000003.png", "notes.txt"]


def test_an_entrant_that_stopped_stays_at_its_last_point(tmp_path: Path) -> None:
    table = {"optimizer": "gd", "learning_rate": 1e9}
    diverging = Experiment(surface="rosenbrock", steps=12, entrants=(table,))
    export.export(diverging, f"{tmp_path}/f/", size=(64, 48))
    assert len(os.listdir(tmp_path / "f")) == 13


def test_svg_has_real_text_lines_and_one_surface(race: Experiment, tmp_path: Path) -> None:
    export.export(race, tmp_path / "a.svg", size=(1280, 720), frame=6)
    root = ElementTree.fromstring((tmp_path / "a.svg").read_bytes())
    space = "{http://www.w3.org/2000/svg}"
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("1280", "720", "0 0 1280 720")
    words = {(element.text or "").strip() for element in root.iter(f"{space}text")}
    assert {"Race", "Adam", "Gradient descent"} <= words
    assert "step 6 of 12" in words
    assert len(list(root.iter(f"{space}image"))) >= 1
    assert len(list(root.iter(f"{space}path"))) > 10


def test_pdf_is_one_page_with_text(race: Experiment, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    export.export(race, tmp_path / "a.pdf", size=(1280, 720), frame=6)
    with pikepdf.open(tmp_path / "a.pdf") as file:
        assert len(file.pages) == 1
        assert [float(n) for n in file.pages[0].MediaBox] == [0, 0, 960, 540]
        assert len(file.pages[0].Resources.Font) >= 1
        assert b"Tj" in file.pages[0].Contents.read_bytes() or b"TJ" in file.pages[0].Contents.read_bytes()
        assert str(file.docinfo.Title) == "Race"


def test_vectors_are_the_same_bytes_at_another_time(race: Experiment) -> None:
    offscreen.ensure_application()
    scene = source.scene_of(race)
    first = vector.svg(scene, 3, SIZE), vector.pdf(scene, 3, SIZE)
    time.sleep(1.1)
    assert (vector.svg(scene, 3, SIZE), vector.pdf(scene, 3, SIZE)) == first


KINDS = ("png", "svg", "pdf", "mp4", "webm", "gif")


@pytest.fixture(scope="module")
def by_two_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files, written by two processes, the second one in the opposite order."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "race.toml").write_text(RACE, encoding="utf-8")
    for name, seed, kinds in (("a", "1", KINDS), ("b", "2", KINDS[::-1])):  # Python's hashes; Qt's are random
        lines = [
            ["render", str(folder / "race.toml"), "-o", str(folder / f"{name}.{kind}"), "--size", "640x360",
             *(["--frame", "7"] if kind in plan.PICTURES else ["--frames", "0:5"])]
            for kind in kinds
        ]  # fmt: skip
        code = f"from optviz.__main__ import main\nfor line in {lines!r}:\n    assert main(line) == 0, line"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_the_same_in_another_process(by_two_processes: Path, kind: str) -> None:
    first, second = (by_two_processes / f"{name}.{kind}" for name in "ab")
    assert first.read_bytes() == second.read_bytes()


# --------------------------------------------------------------------- films


def test_film_shows_the_frames(race: Experiment, tmp_path: Path) -> None:
    export.export(race, tmp_path / "a.mp4", size=(640, 360), fps=25)
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert film.streams.video[0].average_rate == 25
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 13
    for k, frame in enumerate(frames):
        wrong = np.mean((frame.astype(float) - truth(race, k, (640, 360))) ** 2)
        assert 10 * np.log10(255**2 / wrong) > 32, k


@pytest.mark.parametrize("name", ["a.webm", "a.gif", "a.MP4"])
def test_other_films_hold_as_many(race: Experiment, tmp_path: Path, name: str) -> None:
    export.export(race, tmp_path / name, size=(161, 91), fps=25, frames=(2, 11), stride=2)
    with av.open(str(tmp_path / name)) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == 5
    even = (frames[0].width, frames[0].height)
    assert even == ((161, 91) if name.endswith("gif") else (162, 92))


# ----------------------------------------------------------- called off, failed


def leftovers(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


OUTS = ["a.mp4", "a.webm", "a.gif", "f/", "a.png", "a.svg", "a.pdf"]


@pytest.mark.parametrize("out", OUTS)
@pytest.mark.parametrize("after", [0, 3])
def test_calling_off_leaves_nothing(race: Experiment, tmp_path: Path, out: str, after: int) -> None:
    if after and out[-3:] in ("png", "svg", "pdf"):
        pytest.skip("a single frame")
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    begin = time.monotonic()
    with pytest.raises(export.Cancelled):
        export.export(race, f"{tmp_path}/{out}", size=SIZE, cancelled=cancelled)
    assert time.monotonic() - begin < 1.5
    assert leftovers(tmp_path) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("optviz")]


@pytest.mark.parametrize("out", OUTS)
@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt()])
def test_an_error_in_the_drawing_keeps_what_was_there(
    race: Experiment, tmp_path: Path, out: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.export(race, f"{tmp_path}/{out}", size=SIZE)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(offscreen, "frame", broken)
    monkeypatch.setattr(vector, "svg", broken)
    monkeypatch.setattr(vector, "pdf", broken)
    with pytest.raises(type(error)):
        export.export(race, f"{tmp_path}/{out}", size=SIZE)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert len(leftovers(tmp_path)) == 1


@pytest.mark.parametrize("out", ["f/", "a.png", "a.svg", "a.pdf"])
def test_a_full_disk_is_said_and_leaves_nothing(
    race: Experiment, tmp_path: Path, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "fill", full)
    with pytest.raises(InputError, match="no space left"):
        export.export(race, f"{tmp_path}/{out}", size=SIZE)
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_FSIZE")
def test_a_disk_that_fills_up_during_the_export(file: Path) -> None:
    outs = ["a.mp4", "a.webm", "a.gif", "a.png", "a.pdf", "f/"]
    code = (
        "import os, resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from optviz.__main__ import main\n"
        "import optviz.render.export, optviz.problem\n"
        "e = optviz.Experiment.load(sys.argv[1]); optviz.render(e, 0, (640, 360))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "for out in sys.argv[2:]:\n"
        "    status = main(['render', sys.argv[1], '-o', out, '--size', '640x360'])\n"
        "    print(status, *os.listdir(os.path.dirname(sys.argv[1])), flush=True)"
    )
    line = [sys.executable, "-c", code, str(file), *(f"{file.parent}/{out}" for out in outs)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["2 race.toml"] * len(outs)
    assert re.fullmatch(rf"(optviz: cannot write [^\n]*\n){{{len(outs)}}}", done.stderr)


def test_a_killed_export_leaves_no_out_and_the_next_clears_up(file: Path) -> None:
    line = [sys.executable, "-m", "optviz", "render", str(file), "-o", str(file.parent / "a.mp4")]
    running = subprocess.Popen(line)
    while running.poll() is None and not list(file.parent.glob(".*part*")):
        time.sleep(0.02)
    running.kill()
    running.wait()
    assert not (file.parent / "a.mp4").exists()
    export.export(Experiment.load(file), file.parent / "b.png", size=SIZE)
    assert leftovers(file.parent) == ["b.png", "race.toml"]


def test_progress_counts_every_frame(race: Experiment, tmp_path: Path) -> None:
    for out in ("a.mp4", "a.gif", "f/", "a.png"):
        told: list[tuple[int, int]] = []
        export.export(race, f"{tmp_path}/{out}", size=SIZE, progress=lambda *a, told=told: told.append(a))
        assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


# ---------------------------------------------------------------- Python API


def test_render_equals_the_command_line(file: Path, race: Experiment) -> None:
    out = str(file.parent / "a.png")
    assert __main__.main(["render", str(file), "-o", out, "--size", "320x180", "--frame", "9"]) == 0
    image = optviz.render(race, frame=9, size=SIZE)
    assert (image.dtype, image.shape) == (np.uint8, (180, 320, 3))
    np.testing.assert_array_equal(image, decoded(file.parent / "a.png"))
    np.testing.assert_array_equal(image, truth(race, 9))
    assert (optviz.render(race, frame=0, size=SIZE) != image).any()


def test_the_last_frame_is_the_default(race: Experiment, tmp_path: Path) -> None:
    export.export(race, tmp_path / "a.png", size=SIZE)
    np.testing.assert_array_equal(decoded(tmp_path / "a.png"), optviz.render(race, frame=12, size=SIZE))
    np.testing.assert_array_equal(decoded(tmp_path / "a.png"), optviz.render(race, size=SIZE))


def test_a_sweep_simulates_once(race: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    simulate = source.simulate
    monkeypatch.setattr(source, "simulate", lambda e: calls.append(e) or simulate(e))
    fresh = race.replace(title="a sweep")
    for k in range(5):
        optviz.render(Experiment.loads(fresh.dumps()), frame=k, size=(64, 48))
    assert len(calls) == 1


def test_an_array_stays_valid_after_its_image() -> None:
    offscreen.ensure_application()
    from PySide6.QtGui import QColor, QImage

    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(1, 2, 3))
    pixels = source.bgrx(image)
    del image
    others = [QImage(300, 200, QImage.Format.Format_RGB32) for _ in range(20)]
    for other in others:
        other.fill(QColor(200, 200, 200))
    assert (pixels == (3, 2, 1, 255)).all()


def test_theme_can_be_chosen(race: Experiment, tmp_path: Path) -> None:
    dark = optviz.render(race, 3, SIZE, theme="dark")
    np.testing.assert_array_equal(dark, optviz.render(race.replace(view={"theme": "dark"}), 3, SIZE))
    assert dark.mean() < optviz.render(race, 3, SIZE).mean()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"frame": 13}, "0 to 12"),
        ({"frame": -1}, "0 to 12"),
        ({"frame": 1.0}, "whole number"),
        ({"frame": True}, "whole number"),
        ({"size": (0, 0)}, "size: 0x0 is not allowed"),
        ({"size": (15, 100)}, "16x16"),
        ({"size": 100}, "16x16"),
        ({"size": (100.5, 100)}, "16x16"),
        ({"size": (10**9, 10**9)}, "7680x4320"),
        ({"theme": "pink"}, "light, dark, projector"),
    ],
)
def test_mistakes_name_what_is_allowed(race: Experiment, options: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError, match=part):
        optviz.render(race, **options)


def test_every_kind_of_view_is_drawn(race: Experiment) -> None:
    pictures = {
        kind: optviz.render(race.replace(view={"kind": kind}), size=(320, 180))
        for kind in ("contour", "surface3d", "split")
    }
    again = {kind: optviz.render(race.replace(view={"kind": kind}), size=(320, 180)) for kind in pictures}
    for kind, picture in pictures.items():
        assert picture.shape == (180, 320, 3)
        np.testing.assert_array_equal(picture, again[kind])
        assert all(np.mean(picture != other) > 0.05 for name, other in pictures.items() if name != kind)


THREAD = """
from threading import Thread
import optviz
e = optviz.Experiment(surface="sphere", steps=3, entrants=[{"optimizer": "gd"}])
shapes = []
for _ in range(2):
    t = Thread(target=lambda: shapes.append(optviz.render(e, frame=3, size=(64, 48)).shape))
    t.start()
    t.join()
shapes.append(optviz.render(e, frame=2, size=(64, 48)).shape)
assert shapes == [(48, 64, 3)] * 3
"""


def test_the_first_render_may_be_in_a_thread() -> None:
    done = subprocess.run([sys.executable, "-c", THREAD], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there Qt minds the locale")
def test_the_locale_helper_puts_the_environment_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings.locale, "nl_langinfo", lambda _: "ANSI_X3.4-1968")
    for name, value in (("LC_ALL", "C"), ("LC_CTYPE", None)):
        monkeypatch.delenv("LC_ALL", raising=False)
        monkeypatch.delenv("LC_CTYPE", raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
        with surroundings.utf8_locale():
            assert os.environ[name] == "C.UTF-8"
        assert os.environ.get(name) == value
