"""The kit of a step in which something moves or an update is taken apart: each file shows and says that."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from kits import LESSON
from PIL import Image

from optviz import cli, opening, provenance
from optviz.experiment import Experiment
from optviz.lesson import Lesson
from optviz.render.anatomy import taken_apart
from optviz.render.export import render
from optviz.render.kit import latex
from optviz.render.kit.shots import MOST, shots_of
from optviz.render.source import scene_of

SIZE = (160, 96)
PARTS = 3  # of an update of momentum: gradient, memory, the step itself

Pixels = np.ndarray[Any, Any]


def decoded(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def film(path: Path) -> list[Pixels]:
    with av.open(str(path)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def decibels(a: Pixels, b: Pixels) -> float:
    error = float(np.mean((a.astype(float) - b) ** 2))
    return 99.0 if error == 0.0 else 10 * np.log10(255**2 / error)


def step(i: int) -> Any:
    return Lesson.loads(LESSON).steps[i]


def raced(rate: float, frame: int = 8) -> Pixels:
    """Return the picture of the third step's race at some learning rate, drawn as any export draws it."""
    entrants = [{"optimizer": "gd", "learning_rate": rate}]
    experiment: Experiment = step(2).experiment
    return render(experiment.replace(entrants=entrants), frame, SIZE)


@pytest.fixture(scope="module")
def moving(lesson_kit: Path) -> Path:
    return lesson_kit / "03_turn_it_up"


@pytest.fixture(scope="module")
def apart(lesson_kit: Path) -> Path:
    return lesson_kit / "04_one_update"


# ------------------------------------------------------------------ what moves


def test_pictures_show_the_movement_from_its_start_to_its_end(moving: Path) -> None:
    frames = sorted((moving / "frames").iterdir())
    assert len(frames) == 7  # 0.2 s at 30 frames a second, both ends included
    np.testing.assert_array_equal(decoded(frames[0]), raced(0.1))
    np.testing.assert_array_equal(decoded(frames[-1]), raced(0.9))
    assert len({decoded(path).tobytes() for path in frames}) == 7
    np.testing.assert_array_equal(decoded(moving / "poster.png"), raced(0.9))
    for folder, names in (("frames", frames), ("animate", sorted((moving / "animate").iterdir()))):
        assert len(names) == 7, folder
        assert decibels(decoded(names[3]), raced(0.5)) > decibels(decoded(names[3]), raced(0.9))


def test_films_show_it_too(moving: Path) -> None:
    drawn = film(moving / "film.mp4")
    assert len(drawn) == 7
    assert decibels(drawn[0], raced(0.1)) > decibels(drawn[0], raced(0.9)) + 3
    assert decibels(drawn[-1], raced(0.9)) > decibels(drawn[-1], raced(0.1)) + 3
    with Image.open(moving / "film.gif") as gif:
        assert gif.n_frames == 7
    with av.open(str(moving / "film.mp4")) as opened:
        assert opened.streams.video[0].average_rate == 30


def test_stills_and_numbers_show_it_too(moving: Path) -> None:
    stills = [
        (moving / f"still_{name}.svg").read_text(encoding="utf-8") for name in ("first", "middle", "last")
    ]
    assert len(set(stills)) == 3
    known = [provenance.read(moving / f"still_{name}.svg") for name in ("first", "middle", "last")]
    rates = [one.value.entrants[0].learning_rate for one in known if one is not None]
    assert (rates[0], rates[-1]) == (0.1, 0.9)
    assert rates == sorted(rates)
    player = (moving / "player.html").read_text(encoding="utf-8")
    assert "learning rate = 0.1" in player
    assert "learning rate = 0.9" in player


def test_words_say_from_where_to_where(moving: Path) -> None:
    for name in ("captions.txt", "alt_text.txt", "README.txt"):
        text = " ".join((moving / name).read_text(encoding="utf-8").split())
        assert "Learning rate moves from 0.1 to 0.9 in 0.2 s" in text, name
    text = (moving / "alt_text.txt").read_text(encoding="utf-8")
    assert "At first, learning rate = 0.1:" in text
    assert "At the end, learning rate = 0.9:" in text
    first, last = text.split("At the end")
    assert first.split("loss is")[-1] != last.split("loss is")[-1]
    assert not list(moving.glob("moves*"))


def test_the_race_follows_where_the_step_plays() -> None:
    shots = shots_of(step(2).replace(play=True))
    assert shots is not None
    assert (shots.gliding, len(shots)) == (7, 7 + 9)
    assert [shots.at(i).frame for i in range(len(shots))] == [0] * 7 + list(range(9))
    assert shots.at(8).what == step(2).experiment
    assert shots_of(step(0)) is None


@pytest.mark.parametrize("seconds", [0.001, 0.2, 7.0, 60.0])
def test_a_long_movement_has_no_more_frames(seconds: float) -> None:
    move = {"knob": "entrants.0.learning_rate", "from": 0.1, "to": 0.9, "seconds": seconds}
    shots = shots_of(step(2).replace(moves=[move]))
    assert shots is not None
    assert 2 <= len(shots) <= MOST
    if seconds > 0.1:
        assert (len(shots) - 1) / float(shots.rate) == pytest.approx(seconds, rel=0.01)


# ------------------------------------------------------------------ an update in its parts


def test_an_update_is_told_part_by_part(apart: Path) -> None:
    frames = sorted((apart / "frames").iterdir())
    assert len(frames) == PARTS
    whole = render(step(3).experiment, 3, SIZE)
    np.testing.assert_array_equal(decoded(frames[-1]), whole)
    np.testing.assert_array_equal(decoded(apart / "poster.png"), whole)
    assert len({decoded(path).tobytes() for path in frames}) == PARTS
    drawn = film(apart / "film.mp4")
    assert len(drawn) == PARTS * 5  # each half a second, as in the window at this speed
    assert decibels(drawn[-1], decoded(frames[-1])) > decibels(drawn[-1], decoded(frames[0]))
    assert decibels(drawn[0], decoded(frames[0])) > decibels(drawn[0], decoded(frames[-1]))
    assert not (apart / "still_first.svg").exists()
    known = provenance.read(apart / "still_last.svg")
    assert known is not None
    assert (known.value, known.frame) == (step(3).experiment, 3)
    assert sum(path.stat().st_size for path in apart.rglob("*") if path.is_file()) < 3_000_000


def test_alt_text_describes_the_update_and_the_arrows(apart: Path) -> None:
    text = " ".join((apart / "alt_text.txt").read_text(encoding="utf-8").split())
    scene = scene_of(step(3).experiment)
    found = taken_apart(scene, 3)  # type: ignore[arg-type]
    assert found is not None
    assert [part.name for part in found.parts] == ["gradient", "memory"]
    assert "from step 3 to step 4 is taken apart" in text
    for i, part in enumerate(found.parts, 1):
        x, y = (f"{n:.3g}".replace("-", "−") for n in part.vector)
        assert f"{i}. {part.title}: {x} in x and {y} in y." in text
    assert "Arrows point down the gradient: (" in text
    assert "after step 3" in text


# ------------------------------------------------------------------ again


def again(path: Path, out: Path, *more: str) -> bytes:
    assert cli.main(["render", str(path), "-o", str(out), *more]) == 0
    return out.read_bytes()


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "poster.png", "still_last.svg"])
@pytest.mark.parametrize("folder", ["03_turn_it_up", "04_one_update"])
def test_a_file_gives_itself_again(lesson_kit: Path, tmp_path: Path, folder: str, name: str) -> None:
    path = lesson_kit / folder / name
    data = again(path, tmp_path / name)
    if name != "film.mp4":
        assert data == path.read_bytes()
        return
    # Of pictures as small as these x264 does not always make the same bytes.
    assert provenance.text_of(path) == provenance.text_of(tmp_path / name)
    for one, other in zip(film(path), film(tmp_path / name), strict=True):
        assert decibels(one, other) > 45.0


def test_each_picture_gives_itself_again(lesson_kit: Path, tmp_path: Path) -> None:
    moved, told = "03_turn_it_up", "04_one_update"
    names = (
        (moved, "frames/frame_000002.png"),
        (moved, "animate/frame_001.png"),
        (told, "frames/frame_000000.png"),
    )
    for folder, name in names:
        path = lesson_kit / folder / name
        assert again(path, tmp_path / "a.png") == path.read_bytes(), name


def test_a_film_of_a_step_opens_as_that_step(moving: Path, apart: Path, tmp_path: Path) -> None:
    for path, i in ((moving / "film.mp4", 2), (apart / "film.gif", 3)):
        opened = opening.read(path)
        assert isinstance(opened.value, Lesson)
        (own,) = opened.value.steps
        assert (own.title, own.moves, own.step_by_step) == (
            step(i).title,
            step(i).moves,
            step(i).step_by_step,
        )
        assert own.experiment == step(i).experiment
        assert Lesson.load(path.parent / "step.toml") == opened.value
    np.testing.assert_array_equal(
        decoded_of(again(moving / "film.mp4", tmp_path / "a.png", "--frame", "0"), tmp_path), raced(0.1)
    )


def decoded_of(data: bytes, folder: Path) -> Pixels:
    (folder / "shown.png").write_bytes(data)
    return decoded(folder / "shown.png")


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--frames", "0:99"], "from 0 to 6"), (["--plot", "loss"], "plot"), (["--frame", "1"], "frame")],
)
def test_what_a_step_does_not_have_is_one_line(
    moving: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert cli.main(["render", str(moving / "film.mp4"), "-o", str(tmp_path / "a.mp4"), *more]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_contact_sheets_say_what_they_are(
    kit: Path, lesson_kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = opening.read(lesson_kit / "contact_sheet.png")
    assert opened.value == Lesson.loads(LESSON)
    assert cli.main(["render", str(lesson_kit / "contact_sheet.pdf"), "-o", str(tmp_path / "a.png")]) == 2
    assert "contact sheet of a lesson" in capsys.readouterr().err
    again(kit / "contact_sheet.png", tmp_path / "a.png")
    said = capsys.readouterr().err
    assert "contact_sheet.png is a contact sheet" in said
    assert said.count("\n") == 1
    np.testing.assert_array_equal(decoded(tmp_path / "a.png"), decoded(kit / "poster.png"))
    readme = " ".join((kit / "README.txt").read_text(encoding="utf-8").split())
    assert "contact_sheet.png and .pdf, made of many frames, give the last of them" in readme


# ------------------------------------------------------------------ texts


def test_captions_keep_hats(lesson_kit: Path, tmp_path: Path) -> None:
    from optviz.render.kit.prose import text_of

    lesson = Lesson.loads(LESSON.replace("It **crawls**", r"$\\hat m = g^{120}$"))
    assert "m̂ = g¹²⁰" in text_of(lesson.steps[0].paragraphs)


def test_alt_text_has_one_notation_for_numbers(lesson_kit: Path) -> None:
    from optviz.render.kit.words import _one_notation

    assert (
        _one_notation("the loss is 4.42e−05, λ = 1e+04, −2e-7") == "the loss is 4.42×10⁻⁵, λ = 10000, −2×10⁻⁷"
    )
    assert _one_notation("1e4x, step 3, Adam2e") == "1e4x, step 3, Adam2e"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext")
def test_a_search_in_the_sheet_finds_words(tmp_path: Path, kit: Path) -> None:
    from optviz.render.kit import sheet

    data = sheet.pdf(sheet.Sheet("The first flow of offices", "", ()), None, lambda: None)
    (tmp_path / "sheet.pdf").write_bytes(data)
    text = subprocess.run(
        ["pdftotext", str(tmp_path / "sheet.pdf"), "-"], capture_output=True, timeout=60
    ).stdout
    assert "The first flow of offices" in text.decode()


def test_latex_says_which_letters_it_loses() -> None:
    text = latex.document('The "中" and 文', "plain")
    assert text.startswith("% lualatex animate.tex")
    assert "U+4E2D, U+6587" in text.splitlines()[0]
    assert r'``\optvizletter{"4E2D}' in text
    assert r"\newcommand{\optvizletter}" in text
    assert "optvizletter" not in latex.document("é ≤ λ", "plain")


def _has_lualatex() -> bool:
    if shutil.which("lualatex") is None or shutil.which("kpsewhich") is None:
        return False
    needed = ("luaotfload-main.lua", "fontspec.sty", "lmroman10-regular.otf")
    return subprocess.run(["kpsewhich", *needed], capture_output=True).stdout.count(b"\n") == len(needed)


@pytest.mark.skipif(not _has_lualatex(), reason="there is no lualatex with its fonts")
def test_lualatex_sets_the_letter_itself(tmp_path: Path) -> None:
    text = latex.document("Œuvre Ж 中", "").replace(r"\usepackage{animate}", "").replace(
        r"\input{animate_snippet}", ""
    )  # fmt: skip
    (tmp_path / "a.tex").write_text(text, encoding="utf-8")
    made = subprocess.run(
        ["lualatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=tmp_path,
        capture_output=True, text=True, errors="replace", timeout=200,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout[-2000:]
    said = subprocess.run(["pdftotext", str(tmp_path / "a.pdf"), "-"], capture_output=True, timeout=60).stdout
    assert "Œuvre Ж" in said.decode()


# ------------------------------------------------------------------ the command line


@pytest.mark.parametrize(
    "command", [["render", "-o", "l.png"], ["render", "-o", "l.mp4"], ["simulate", "-o", "l.npz"]]
)
def test_a_lesson_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text(LESSON, encoding="utf-8")
    for name in ("own.toml", "adam", "03_adam.toml", "lessons/03_adam.toml"):
        assert cli.main([command[0], name, *command[1:]]) == 2
        said = capsys.readouterr().err
        assert "is a lesson" in said, name
        assert "--kit -o FOLDER/" in said
        assert said.count("\n") == 1
    assert os.listdir(tmp_path) == ["own.toml"]


def test_ids_of_lessons_are_found_and_files_go_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optviz import resources
    from optviz.cli.render import shipped

    monkeypatch.chdir(tmp_path)
    path = next(path for path in resources.lessons() if path.stem.endswith("_adam"))
    for name in ("adam", path.stem, path.name, f"resources/lessons/{path.name}"):
        assert shipped(name) == str(path), name
    for name in ("dam", "adam.toml", f"other/{path.name}", "adam.png"):
        assert shipped(name) == name
    (tmp_path / "adam").write_text("", encoding="utf-8")
    assert shipped("adam") == "adam"


def test_the_list_of_lessons_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "lessons"]) == 0
    said = capsys.readouterr().out
    assert "optviz render learning_rate --kit -o KIT/" in said


def test_a_kit_by_the_id_of_a_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optviz.render import kit as kits

    asked: list[Any] = []
    monkeypatch.setattr(kits, "make_kit", lambda what, out, **_: asked.append(what))
    assert cli.main(["render", "adam", "--kit", "-o", f"{tmp_path}/K/"]) == 0
    assert isinstance(asked[0], Lesson)
    assert asked[0].title == "Adam taken apart"


def test_a_lesson_has_a_budget(lesson_kit: Path) -> None:
    from optviz.render.kit.lesson import parts_of
    from optviz.render.kit.subject import Subject

    long = Lesson.loads(LESSON.replace("steps = 8", "steps = 5000"))
    parts = parts_of(long, lambda what, steps, rate, name: Subject(what, steps, SIZE, rate, free=True))  # type: ignore[arg-type]
    for part in parts:
        own = part.subject
        assert len(own.steps) <= MOST
        assert len(own.pictures) <= 31
        assert len(own.gif[0]) <= 101
        assert len(own.player[0]) <= 121
        assert len(own.animated[0]) <= 31
    text = " ".join((lesson_kit / "README.txt").read_text(encoding="utf-8").split())
    assert f"at most {MOST} frames and frames/ at most 31" in text
