"""A kit of a race: every file is there, is what it says, and is harmless; or nothing is there at all."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from kits import HOSTILE, LESSON, SIZE, STEPS, race
from PIL import Image
from training_records import record, training

from optviz import cli, provenance
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson import Lesson
from optviz.provenance import Provenance
from optviz.render.export import Cancelled
from optviz.render.kit import make_kit, sheet, table
from optviz.render.kit.folder import MANIFEST, files_of
from optviz.render.kit.latex import escaped
from optviz.render.kit.reel import fitted
from optviz.render.kit.reel import record as recorded
from optviz.render.kit.subject import chosen, thinned
from optviz.render.plan import PLOTS
from optviz.simulate import simulate
from optviz.training.scene.scene import TrainScene

PICTURES = [f"frames/frame_{k:06d}.png" for k in range(STEPS + 1)]
ANIMATED = [f"animate/frame_{i:03d}.png" for i in range(STEPS + 1)]
STILLS = [f"still_{name}.{kind}" for name in ("first", "middle", "last") for kind in ("svg", "pdf")]
OTHERS = [
    "README.txt", "alt_text.txt", "animate.tex", "animate_snippet.tex", "captions.txt", "contact_sheet.pdf",
    "contact_sheet.png", "experiment.toml", "film.gif", "film.mp4", "kit.json", "paths.csv", "player.html",
    "poster.png",
]  # fmt: skip


def inside(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def decoded(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


# ------------------------------------------------------------------ what is in it


def test_everything_is_there_and_listed(kit: Path) -> None:
    assert inside(kit) == sorted([*PICTURES, *ANIMATED, *STILLS, *OTHERS])
    assert sorted(json.loads((kit / MANIFEST).read_text())["files"]) == inside(kit)
    assert os.listdir(kit.parent) == ["KIT"]


def test_pictures_and_films_show_each_step(kit: Path) -> None:
    frames = [decoded(kit / name) for name in PICTURES]
    assert all(frame.shape == (SIZE[1], SIZE[0], 3) for frame in frames)
    assert len({frame.tobytes() for frame in frames}) == STEPS + 1
    np.testing.assert_array_equal(decoded(kit / "poster.png"), frames[-1])
    for name, own in zip(ANIMATED, frames, strict=True):
        np.testing.assert_array_equal(decoded(kit / name), own)
    with av.open(str(kit / "film.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == STEPS + 1
    with Image.open(kit / "film.gif") as film:
        assert (film.n_frames, film.size) == (STEPS + 1, SIZE)


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("frames/frame_000003.png", 3), ("animate/frame_004.png", 4), ("poster.png", 12),
        ("still_first.svg", 0), ("still_middle.pdf", 6), ("contact_sheet.png", 12),
        ("contact_sheet.pdf", 12), ("film.mp4", None), ("film.gif", None),
    ],
)  # fmt: skip
def test_files_know_what_they_are(kit: Path, name: str, frame: int | None) -> None:
    known = provenance.read(kit / name)
    assert known is not None
    assert known.value == race()
    assert known.frame == frame
    assert frame is not None or known.frames == (0, STEPS + 1)


def test_the_experiment_is_the_experiment(kit: Path) -> None:
    assert Experiment.load(kit / "experiment.toml") == race()


def test_stills_have_real_text(kit: Path) -> None:
    for name, step in (("first", 0), ("middle", 6), ("last", 12)):
        root = ElementTree.fromstring((kit / f"still_{name}.svg").read_bytes())
        words = [(element.text or "").strip() for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert f"step {step}" in " ".join(words) or f"step {step} of {STEPS}" in words


def test_without_metadata_no_file_knows(tmp_path: Path) -> None:
    small = race(steps=1, entrants=[{"optimizer": "gd"}])
    make_kit(small, tmp_path / "KIT", size=(64, 48), embed=False)
    for name in ("poster.png", "contact_sheet.png", "contact_sheet.pdf", "film.gif", "player.html"):
        assert b'sha256\\"' not in (tmp_path / "KIT" / name).read_bytes()
        if not name.endswith("html"):
            with pytest.raises(InputError):
                provenance.read(tmp_path / "KIT" / name)


# ------------------------------------------------------------------ numbers


def rows_of(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_paths_are_the_run_to_the_last_digit(kit: Path) -> None:
    rows = rows_of(kit / "paths.csv")
    run = simulate(race())
    assert list(rows[0]) == list(table.HEADER)
    assert len(rows) == sum(len(one.path) for one in run.entrants)
    names = ["'=1+1", HOSTILE[:60], "Momentum"]  # what looks like a formula to a spreadsheet is none
    for name, entrant, done in zip(names, race().entrants, run.entrants, strict=True):
        own = [row for row in rows if row["entrant"] == name]
        assert {row["optimizer"] for row in own} == {entrant.optimizer}
        assert [int(row["step"]) for row in own] == list(range(len(done.path)))
        points = np.array([[float(row["x"]), float(row["y"])] for row in own])
        np.testing.assert_array_equal(points, done.path)
        np.testing.assert_array_equal([float(row["loss"]) for row in own], done.loss)
        norms = [float(row["gradient_norm"]) for row in own[:-1]]
        np.testing.assert_array_equal(norms, np.hypot(done.grad[:, 0], done.grad[:, 1]))
        np.testing.assert_array_equal([float(row["learning_rate"]) for row in own[:-1]], done.learning_rate)
        assert (own[-1]["gradient_norm"], own[-1]["learning_rate"]) == ("", "")


def test_a_table_beyond_all_bounds_keeps_to_the_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 20)
    table.write(tmp_path / "paths.csv", race(), range(0, STEPS + 1, 5), lambda: None)
    steps = [int(row["step"]) for row in rows_of(tmp_path / "paths.csv") if row["optimizer"] == "adam"]
    assert steps == [0, 5, 10, 12]


# ------------------------------------------------------------------ words


def test_captions_have_every_hyperparameter(kit: Path) -> None:
    text = (kit / "captions.txt").read_text(encoding="utf-8")
    for entrant in race().entrants:
        assert f"(optimizer = {entrant.optimizer})" in text
        for name, value in entrant.hyperparameters.items():
            found = re.findall(rf"^  {name} = (\S+)$", text, re.MULTILINE)
            assert any(one in ("true", "false") or float(one) == value for one in found), name
    assert "  schedule = exponential\n    gamma = 0.97" in text


def test_alt_text_says_who_starts_ends_and_diverges(kit: Path) -> None:
    text = " ".join((kit / "alt_text.txt").read_text(encoding="utf-8").split())
    run = simulate(race())
    assert "Rosenbrock" in text
    assert "start at (−1.5, 2)" in text
    x, y = (f"{part:.3g}".replace("-", "−") for part in run.entrants[0].path[-1])
    assert f"=1+1 ends at ({x}, {y})" in text
    assert "diverges" in text.split("=1+1 ends")[1]
    assert run.entrants[1].status == "diverged"


def test_readme_names_what_is_there(kit: Path) -> None:
    text = (kit / "README.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"[\w/]+\.(?:mp4|gif|png|html|txt|csv|toml|tex|pdf)\b", text))
    assert len(names) >= 10
    for name in names:
        assert (kit / name).is_file(), name
    for program in ("PowerPoint", "Keynote", "reveal.js", "Beamer"):
        assert program in text


# ------------------------------------------------------------------ LaTeX


def test_the_snippet_shows_frames_that_exist(kit: Path) -> None:
    text = (kit / "animate_snippet.tex").read_text(encoding="utf-8")
    found = re.search(r"\{([\d.]+)\}\{\\optvizkit ([\w/]+)\}\{(\d+)\}\{(\d+)\}", text)
    assert found is not None
    first, last = found[3], found[4]
    assert len(first) == len(last)
    for i in range(int(first), int(last) + 1):
        assert (kit / f"{found[2]}{i:0{len(first)}d}.png").is_file()
    assert int(last) == STEPS
    document = (kit / "animate.tex").read_text(encoding="utf-8")
    assert re.findall(r"\\input\{([^}]*)\}", document) == ["animate_snippet"]


def test_no_title_is_a_command_of_latex() -> None:
    text = escaped(HOSTILE)
    bare = re.sub(r"\\(text\w+\{\}|[{}$&#%_]|lambda|optvizletter\{\"4E2D\})", "", text)
    assert "\\" not in bare
    assert text.isascii()
    assert escaped("10⁻⁸ − β₁ é") == r"10$^{-}$$^{8}$ $-$ $\beta$$_{1}$ é"
    assert escaped('"a" ("b") c" \x07') == "``a'' (``b'') c'' ?"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX")
def test_the_document_compiles_as_it_is(kit: Path, tmp_path: Path) -> None:
    if subprocess.run(["kpsewhich", "animate.sty"], capture_output=True).returncode:
        pytest.skip("there is no package animate")
    made = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={tmp_path}",
         "animate"], cwd=kit, capture_output=True, text=True, errors="replace", timeout=100,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout[-2000:]
    assert "(1 page," in made.stdout
    assert "Overfull" not in made.stdout
    # Each frame is in it: the table of the animation has one object for each.
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(tmp_path / "animate.pdf") as file:
        pictures = [
            one for one in file.objects if getattr(one, "get", lambda _: None)("/Subtype") == "/Image"
        ]
        assert sum((one.Width, one.Height) == SIZE for one in pictures) >= STEPS + 1


# ------------------------------------------------------------------ contact sheet


def test_the_sheet_is_one_page_with_text(kit: Path, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(kit / "contact_sheet.pdf") as file:
        assert len(file.pages) == 1
        width, height = (float(n) for n in file.pages[0].MediaBox[2:])
        assert width == pytest.approx(841.89, abs=0.6)
        assert height == pytest.approx(595.28, abs=0.6)
    with Image.open(kit / "contact_sheet.png") as image:
        assert image.width / image.height == pytest.approx(width / height, rel=0.01)
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext")
    text = subprocess.run(
        ["pdftotext", "-raw", str(kit / "contact_sheet.pdf"), "-"], capture_output=True, timeout=60
    ).stdout.decode()
    assert HOSTILE[:30] in text
    steps = {int(k) for k in re.findall(r"step (\d+) of 12", text)}
    assert steps == set(sheet.chosen(range(STEPS + 1), 9))


@pytest.mark.parametrize("count", [1, 2, 5, 9, 10, 11, 30, 5001])
def test_the_sheet_chooses_frames_in_order(count: int) -> None:
    found = sheet.chosen(range(0, 10 * count, 10), 9)
    assert found == sorted(set(found))
    assert len(found) == min(count, 9)
    assert (found[0], found[-1]) == (0, 10 * (count - 1))


# ------------------------------------------------------------------ the player


class Page(HTMLParser):
    """Every element of a page, and what stands in its scripts and its style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open = False
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open and self.elements[-1][0] in ("script", "style", "title", "pre"):
            self.inside.append((*self.elements[-1], data))

    def text(self, tag: str, kind: str | None = None) -> str:
        return "".join(data for name, own, data in self.inside if name == tag and own.get("type") == kind)


def parsed(path: Path) -> tuple[str, Page, dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    return text, page, json.loads(page.text("script", "application/json"))


def check_closed(text: str, page: Page) -> None:
    """Nothing of a page leads out of it, and nothing runs but its own script."""
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "video", "audio", "source")
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("href", "srcset", "action", "style"), (tag, name)
            if name == "src":
                assert value is not None
                assert value.startswith("data:image/"), (tag, value[:40])
    assert [tag for tag, _ in page.elements].count("script") == 2
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = hashlib.sha256(page.text(tag).encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert not re.search(r"https?://(?!www\.w3\.org/1998/Math)", re.sub(r'content="\{.*?\}"', "", text))


def test_the_player_is_closed_and_titles_are_text(kit: Path) -> None:
    text, page, _ = parsed(kit / "player.html")
    check_closed(text, page)
    assert "<img src=x" not in text
    assert page.text("title") == HOSTILE
    assert len(text) < 12_000_000
    known = next(own["content"] for _, own in page.elements if own.get("name") == "optviz")
    assert known is not None
    assert Provenance.loads(known.encode(), "page").value == race()


def shown_frames(data: dict[str, Any], clip: int = 0) -> list[np.ndarray[Any, Any]]:
    """The frames as the page puts them together."""
    pictures = []
    for one in data["pictures"]:
        head, _, body = one.partition(",")
        assert head in ("data:image/webp;base64", "data:image/png;base64", "data:image/jpeg;base64")
        pictures.append(Image.open(io.BytesIO(base64.b64decode(body))).convert("RGBA"))
    frames = []
    for frame in data["clips"][clip]["frames"]:
        whole = pictures[frame["whole"]].copy()
        if frame["over"] >= 0:
            whole.alpha_composite(pictures[frame["over"]])
        frames.append(np.asarray(whole.convert("RGB")))
    return frames


def test_the_player_has_every_frame(kit: Path) -> None:
    _, page, data = parsed(kit / "player.html")
    frames = data["clips"][0]["frames"]
    assert [frame["name"] for frame in frames] == [f"step {k} of {STEPS}" for k in range(STEPS + 1)]
    for k, shown in enumerate(shown_frames(data)):
        difference = shown.astype(float) - decoded(kit / PICTURES[k])
        assert 10 * np.log10(255**2 / np.mean(difference**2)) > 34.0, k
    # What moves is exact, not merely near: a frame after the first is made of true pixels where it differs.
    assert frames[0]["over"] == -1
    assert any(frame["over"] >= 0 for frame in frames)
    for frame in frames:
        assert "=1+1 at (" in frame["alt"]
    assert f"{HOSTILE[:60]} has diverged" in frames[-1]["alt"]
    names = {own.get("aria-label") for tag, own in page.elements if tag in ("button", "input", "select")}
    assert None not in names


def test_a_reel_is_what_was_drawn_and_thins_to_fit() -> None:
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 255, (40, 60, 1), np.uint8).repeat(4, axis=2)
    drawn = []
    for k in range(12):
        frame = ground.copy()
        frame[k : k + 4, :8] = rng.integers(0, 255, (4, 8, 4))
        drawn.append(frame if k < 8 else rng.integers(0, 255, (40, 60, 4), np.uint8))
    reel = recorded(range(12), drawn.__getitem__, (60, 40), lambda: None)
    assert len(reel.frames) == 12
    assert [over >= 0 for _, over in reel.frames] == [False, *[True] * 7, *[False] * 4]
    half, kept = fitted(reel, reel.bytes // 2)
    assert half.bytes <= reel.bytes // 2
    assert kept[-1] == 11
    for at, (whole, over) in zip(kept, half.frames, strict=True):
        old = reel.frames[at]
        assert half.pictures[whole] == reel.pictures[old[0]]
        assert (over >= 0) == (old[1] >= 0)
        assert over < 0 or half.pictures[over] == reel.pictures[old[1]]


# ------------------------------------------------------------------ which frames


@pytest.mark.parametrize(
    ("steps", "stride", "count"), [(500, 1, 501), (600, 1, 601), (601, 2, 301), (100_000, 200, 501)]
)
def test_a_long_race_does_not_make_a_film_of_hours(steps: int, stride: int, count: int) -> None:
    found = chosen(race(steps=steps), None, None)
    assert (found.step, len(found)) == (stride, count)


def test_pictures_are_fewer_than_frames_unless_somebody_chose(tmp_path: Path) -> None:
    long = race(steps=320, entrants=[{"optimizer": "gd", "learning_rate": 0.001}])
    make_kit(long, tmp_path / "KIT", size=(16, 16))
    assert sorted(os.listdir(tmp_path / "KIT" / "frames"))[:2] == ["frame_000000.png", "frame_000002.png"]
    with av.open(str(tmp_path / "KIT" / "film.mp4")) as film:
        assert film.streams.video[0].frames == 321
        assert film.streams.video[0].average_rate == 30
    assert len(os.listdir(tmp_path / "KIT" / "animate")) == 33


def test_frames_are_those_asked_for() -> None:
    assert chosen(race(steps=5000), (10, 4000), None) == range(10, 4000)
    assert chosen(race(steps=5000), None, 3) == range(0, 5001, 3)
    assert thinned(range(0, 100, 2), 10) == range(0, 100, 10)
    with pytest.raises(InputError, match="frames"):
        chosen(race(), (0, 99), None)


# ------------------------------------------------------------------ whole or not at all


def tiny() -> Experiment:
    return race(steps=2, entrants=[{"optimizer": "gd", "learning_rate": 0.001}])


def test_progress_covers_everything_and_cancelling_leaves_nothing(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    make_kit(
        tiny(), tmp_path / "whole", size=(64, 48), progress=lambda *now: told.append(now), cancelled=count
    )
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1]
    assert len(told) > 20
    assert inside(tmp_path / "whole")
    for stop in sorted({1, *np.linspace(3, asked, 9).astype(int).tolist()}):
        left = stop

        def cancelled() -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        with pytest.raises(Cancelled):
            make_kit(tiny(), tmp_path / "KIT", size=(64, 48), cancelled=cancelled)
        assert os.listdir(tmp_path) == ["whole"]


def test_a_later_kit_replaces_the_earlier_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "KIT"
    make_kit(tiny(), out, size=(64, 48))
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "frames" / "mine.png").write_text("mine", encoding="utf-8")
    make_kit(tiny(), out, size=(64, 48), frames=(1, 2))
    assert [name for name in inside(out) if name.startswith("frames/")] == [
        "frames/frame_000001.png",
        "frames/mine.png",
    ]
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert len([name for name in inside(out) if name.startswith("animate/")]) == 1
    assert os.listdir(tmp_path) == ["KIT"]


def test_a_kit_goes_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat", encoding="utf-8")
    with pytest.raises(InputError, match="folder of its own"):
        make_kit(tiny(), tmp_path / "photos", size=(64, 48))
    assert os.listdir(tmp_path / "photos") == ["cat.jpg"]
    for out in ("kit.mp4", "", "/", 3, "no such folder/KIT"):
        with pytest.raises(InputError):
            make_kit(tiny(), out if out != "kit.mp4" else tmp_path / out, size=(64, 48))  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == ["photos"]


def test_a_forged_list_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("mine", encoding="utf-8")
    folder = tmp_path / "KIT"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    names = ["../outside.txt", str(tmp_path / "outside.txt"), "link/outside.txt", "kit.json", 3, "no.txt"]
    (folder / MANIFEST).write_text(json.dumps({"optviz_kit": 1, "files": names}), encoding="utf-8")
    assert files_of(folder) == ["kit.json"]
    for text in ("[]", "{", '{"optviz_kit": 1, "files": 3}', "[" * 100_000, ""):
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        assert files_of(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_leaves_nothing_although_parts_were_done(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(race(steps=80).dumps(), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "optviz",
        "render",
        "race.toml",
        "-o",
        "KIT/",
        "--kit",
        "--size",
        "320x180",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not list(tmp_path.glob(".optviz-*/film.mp4")):  # a part is whole and kept
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "optviz: interrupted"
    assert os.listdir(tmp_path) == ["race.toml"]


# ------------------------------------------------------------------ other subjects


def test_a_comparison_tells_of_both_sides(tmp_path: Path) -> None:
    both = race(
        steps=2, title="Two", entrants=[{"optimizer": "gd", "learning_rate": 0.001}],
        reshape={"after": {"penalty": {"l2": 1.0}}},
    )  # fmt: skip
    make_kit(both, tmp_path / "KIT", size=(320, 180), frames=(0, 2), fps=12)
    assert len(os.listdir(tmp_path / "KIT" / "frames")) == 2
    with av.open(str(tmp_path / "KIT" / "film.mp4")) as film:
        assert film.streams.video[0].average_rate == 12
    rows = rows_of(tmp_path / "KIT" / "paths.csv")
    runs = {name: simulate(side) for name, side in both.sides.items()}
    assert [row["side"] for row in rows] == ["before"] * 3 + ["after"] * 3
    for name, run in runs.items():
        losses = [float(row["loss"]) for row in rows if row["side"] == name]
        np.testing.assert_array_equal(losses, run.entrants[0].loss)
    text = (tmp_path / "KIT" / "alt_text.txt").read_text(encoding="utf-8")
    assert "before" in text
    assert "after" in text
    _, _, data = parsed(tmp_path / "KIT" / "player.html")
    assert len(data["clips"][0]["frames"]) == 2


def test_a_training_has_its_tables(tmp_path: Path) -> None:
    scene = TrainScene(record(training(2, data_dir="/home/somebody/images")))
    make_kit(scene, tmp_path / "KIT", size=(320, 180), stride=351)
    names = inside(tmp_path / "KIT")
    assert [name for name in names if name.startswith("tables/")] == sorted(f"tables/{p}.csv" for p in PLOTS)
    assert "training.toml" in names
    assert "somebody" not in (tmp_path / "KIT" / "training.toml").read_text(encoding="utf-8")
    losses = rows_of(tmp_path / "KIT" / "tables" / "loss.csv")
    assert {row["entrant"] for row in losses} == {"Adam", "Momentum"}
    assert "the test images right" in (tmp_path / "KIT" / "alt_text.txt").read_text(encoding="utf-8")


def test_a_lesson_has_a_folder_for_each_step_and_a_page_for_all(lesson_kit: Path) -> None:
    names = inside(lesson_kit)
    steps = ["01_too_small", "02_how_large", "03_turn_it_up", "04_one_update"]
    assert sorted(path.name for path in lesson_kit.iterdir() if path.is_dir()) == steps
    for step in steps:
        own = {name.partition("/")[2] for name in names if name.startswith(f"{step}/")}
        assert {name for name in OTHERS if name != "kit.json"} <= own
    assert Lesson.load(lesson_kit / "lesson.toml") == Lesson.loads(LESSON)
    captions = (lesson_kit / "captions.txt").read_text(encoding="utf-8")
    for words in ("It crawls:", "At the <bottom>", "Because η is small.", "learning_rate = 0.01"):
        assert words in captions
    assert (lesson_kit / "alt_text.txt").read_text(encoding="utf-8").count("starts at") == 5
    text, page, data = parsed(lesson_kit / "lesson.html")
    check_closed(text, page)
    assert [len(clip["frames"]) for clip in data["clips"]] == [9, 9, 7, 3]
    assert [clip["ask"] for clip in data["clips"]] == [None, True, None, None]
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<math" in text
    assert "<bottom>" not in text
    assert "At the &lt;bottom&gt;" in text


def test_a_lesson_says_itself_which_frames(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="steps of a lesson"):
        make_kit(Lesson.loads(LESSON), tmp_path / "KIT", size=(160, 90), frames=(0, 3))
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------ the command line


@pytest.mark.parametrize(
    ("more", "word"),
    [(["--frame", "3"], "frames"), (["--plot", "loss"], "plot"), (["--frames", "5:99"], "frames")],
)
def test_what_a_kit_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], word: str
) -> None:
    (tmp_path / "race.toml").write_text(tiny().dumps(), encoding="utf-8")
    out = f"{tmp_path}/KIT/"
    assert cli.main(["render", str(tmp_path / "race.toml"), "-o", out, "--kit", *more]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1
    assert os.listdir(tmp_path) == ["race.toml"]


def test_a_training_that_never_ran_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "training.toml").write_text(training(1).dumps(), encoding="utf-8")
    command = ["render", str(tmp_path / "training.toml"), "-o", f"{tmp_path}/KIT/", "--kit"]
    assert cli.main(command) == 2
    assert "nothing has been trained yet" in capsys.readouterr().err
