"""Exports of trainings: every plot as picture, drawing and numbers; the whole as films and frames."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import run_folders
from PIL import Image
from training_records import record, training

import optviz
from optviz import __main__, atomic
from optviz.errors import InputError
from optviz.render import csv_table, export, offscreen
from optviz.render.plan import PLOTS, plan
from optviz.render.source import scene_of_run
from optviz.render.training.stage import TrainStage
from optviz.training import arrays
from optviz.training.folder import read_record
from optviz.training.record import Record
from optviz.training.scene.scene import TrainScene

SIZE = (640, 360)
LAST = run_folders.STEPS
CURVES = ("loss", "accuracy", "learning_rate")
LAYERS = ("gradient_norm", "update_ratio")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_folders.trained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def known(run: Path) -> Record:
    return read_record(run)


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """One application for all tests of a process."""


def truth(
    folder: Path, k: int, plot: str | None = None, size: tuple[int, int] = SIZE
) -> np.ndarray[Any, Any]:
    """The frame as a stage of its own draws it, its pixels as Qt reads them."""
    stage = TrainStage(*size)
    stage.only = plot
    return offscreen.pixels(stage.image(TrainScene(read_record(folder)), k))


def decoded(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def command(run: Path, out: Path | str, *options: str) -> int:
    return __main__.main(["render", str(run), "-o", str(out), "--size", "640x360", *options])


def rows_of(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


# ------------------------------------------------------------------ pictures


def test_the_last_frame_is_the_default(run: Path, tmp_path: Path) -> None:
    assert command(run, tmp_path / "a.png") == 0
    np.testing.assert_array_equal(decoded(tmp_path / "a.png"), truth(run, LAST))
    assert command(run, tmp_path / "b.png", "--frame", str(LAST)) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_file_of_a_run_stands_for_its_folder(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(run, tmp_path / "a.png") == 0
    assert command(run / "training.toml", tmp_path / "b.png") == 0
    assert command(Path(f"{run}/"), tmp_path / "c.png") == 0
    monkeypatch.chdir(run)
    assert command(Path("training.toml"), tmp_path / "d.png") == 0
    assert len({(tmp_path / f"{name}.png").read_bytes() for name in "abcd"}) == 1


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_alone_fills_the_picture(run: Path, tmp_path: Path, plot: str) -> None:
    assert command(run, tmp_path / "a.png", "--plot", plot, "--frame", "30") == 0
    got = decoded(tmp_path / "a.png")
    np.testing.assert_array_equal(got, truth(run, 30, plot))
    assert (got != truth(run, 30)).any()
    stage = TrainStage(*SIZE)
    stage.only = plot
    (place,) = (one for one in stage.panels(scene_of_run(run)) if one.key != "header")
    assert place.key == plot
    assert place.rect.width() * place.rect.height() > 0.7 * SIZE[0] * SIZE[1]


@pytest.mark.parametrize("plot", [None, *PLOTS])
def test_svg_is_xml_with_the_words_of_the_plot(run: Path, tmp_path: Path, plot: str | None) -> None:
    export.export(scene_of_run(run), tmp_path / "a.svg", size=(1280, 720), plot=plot)
    root = ElementTree.fromstring((tmp_path / "a.svg").read_bytes())
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("1280", "720", "0 0 1280 720")
    words = " ".join((text.text or "").strip() for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "Two, at their own pace" in words
    assert ("confusion" in words) == (plot in (None, "confusion"))
    assert ("learning rate" in words) == (plot in (None, "learning_rate"))


@pytest.mark.parametrize("plot", [None, *PLOTS])
def test_pdf_is_one_page_with_text(run: Path, tmp_path: Path, plot: str | None) -> None:
    export.export(scene_of_run(run), tmp_path / "a.pdf", size=SIZE, plot=plot)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(tmp_path / "a.pdf") as file:
        assert len(file.pages) == 1
        assert [float(n) for n in file.pages[0].MediaBox] == [0, 0, 480, 270]
        drawing = file.pages[0].Contents.read_bytes()
        assert b"Tj" in drawing or b"TJ" in drawing


# --------------------------------------------------------------------- films


def test_numbered_frames_are_the_steps_each_as_drawn_alone(run: Path, tmp_path: Path) -> None:
    assert command(run, f"{tmp_path}/f/", "--frames", "3:40", "--stride", "9") == 0
    assert sorted(os.listdir(tmp_path / "f")) == [f"frame_{k:06d}.png" for k in (3, 12, 21, 30, 39)]
    for k in (3, 12, 39):
        np.testing.assert_array_equal(decoded(tmp_path / f"f/frame_{k:06d}.png"), truth(run, k))


def test_a_film_shows_every_step(run: Path, tmp_path: Path) -> None:
    assert command(run, tmp_path / "a.mp4", "--fps", "25") == 0
    with av.open(str(tmp_path / "a.mp4")) as film:
        video = film.streams.video[0]
        assert (video.width, video.height, video.average_rate) == (*SIZE, 25)
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == LAST + 1
    for k in (0, 1, 20, LAST):
        wrong = np.mean((frames[k].astype(float) - truth(run, k)) ** 2)
        other = np.mean((frames[k].astype(float) - truth(run, (k + 20) % LAST)) ** 2)
        assert 10 * np.log10(255**2 / wrong) > 30, k
        assert wrong < other


@pytest.mark.parametrize("name", ["a.webm", "a.gif"])
def test_other_films_hold_as_many(run: Path, tmp_path: Path, name: str) -> None:
    export.export(
        scene_of_run(run), tmp_path / name, size=(321, 181), fps=25, frames=(2, 30), stride=4, plot="loss"
    )
    with av.open(str(tmp_path / name)) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == 7
    assert (frames[0].width, frames[0].height) == ((321, 181) if name.endswith("gif") else (322, 182))


def test_no_two_frames_of_a_curve_are_alike(run: Path, tmp_path: Path) -> None:
    export.export(scene_of_run(run), f"{tmp_path}/f/", size=SIZE, plot="loss")
    seen = {hashlib.sha256(path.read_bytes()).digest() for path in (tmp_path / "f").iterdir()}
    assert len(seen) == LAST + 1


EVERY_KIND = """
import sys
from optviz.__main__ import main
run, out = sys.argv[1:]
for name in ("a.png", "a.svg", "a.pdf", "a.mp4", "a.webm", "a.gif"):
    frames = ["--frames", "20:24"] if name[2:] in ("mp4", "webm", "gif") else ["--frame", "22"]
    assert main(["render", run, "-o", f"{out}/{name}", "--size", "640x360", *frames]) == 0
for plot in ("loss", "confusion"):
    for kind in ("png", "svg", "pdf", "csv"):
        assert main(["render", run, "-o", f"{out}/{plot}.{kind}", "--size", "320x180", "--plot", plot]) == 0
"""


def test_bytes_are_the_same_in_another_process(run: Path, tmp_path: Path) -> None:
    made = []
    for name, seed in (("one", "1"), ("two", "2")):
        (tmp_path / name).mkdir()
        line = [sys.executable, "-c", EVERY_KIND, str(run), str(tmp_path / name)]
        seeded = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(line, capture_output=True, text=True, env=seeded)
        assert done.returncode == 0, done.stderr
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert len(made[0]) == 14
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_no_process_that_exports_needs_torch(run: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom optviz.__main__ import main\n"
        f"assert main(['render', {str(run)!r}, '-o', {str(tmp_path / 'a.png')!r}, '--size', '64x48']) == 0\n"
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# -------------------------------------------------------------------- numbers


@pytest.mark.parametrize("plot", CURVES)
def test_a_table_holds_what_the_record_does(run: Path, known: Record, tmp_path: Path, plot: str) -> None:
    assert command(run, tmp_path / "a.csv", "--plot", plot) == 0
    data = (tmp_path / "a.csv").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    header, *rows = rows_of(tmp_path / "a.csv")
    units = {"loss": "loss (nat)", "accuracy": "accuracy (share)"}
    assert header[:4] == ["entrant", "step", "epoch", units.get(plot, plot)]
    assert all(len(row) == len(header) for row in rows)
    assert {row[0] for row in rows} == {'Adam, "hot"', "SGD"}
    for name, entrant in zip(('Adam, "hot"', "SGD"), known.entrants, strict=True):
        own = [row for row in rows if row[0] == name]
        assert [int(row[1]) for row in own] == list(range(1, entrant.steps + 1))
        np.testing.assert_array_equal([float(row[2]) for row in own], entrant.column("epoch"))
        np.testing.assert_array_equal([float(row[3]) for row in own], entrant.column(plot))
        if plot != "learning_rate":
            assert header[5] == f"test_{units[plot]}"
            tests = [(int(row[1]), float(row[5])) for row in own if row[5]]
            assert tests == [(one.step, getattr(one, plot)) for one in entrant.judgements]


def test_a_table_goes_up_to_its_step(run: Path, known: Record, tmp_path: Path) -> None:
    assert command(run, tmp_path / "a.csv", "--plot", "accuracy", "--frame", "12") == 0
    rows = rows_of(tmp_path / "a.csv")[1:]
    slower = [row for row in rows if row[0] == "SGD"]
    assert len(rows) == 12 + len(slower)
    assert len(slower) == round(12 / LAST * known.entrants[1].steps)


@pytest.mark.parametrize("plot", LAYERS)
def test_layers_have_a_row_each(run: Path, known: Record, tmp_path: Path, plot: str) -> None:
    assert command(run, tmp_path / "a.csv", "--plot", plot) == 0
    header, *rows = rows_of(tmp_path / "a.csv")
    assert header == ["entrant", "step", "epoch", "layer", plot]
    entrant = known.entrants[0]
    values = entrant.gradient_norms if plot == "gradient_norm" else entrant.update_ratios
    for at, layer in enumerate(entrant.layers):
        own = [row for row in rows if row[0].startswith("Adam") and row[3] == layer]
        assert [int(row[1]) for row in own] == entrant.layer_steps.astype(int).tolist()
        np.testing.assert_array_equal([float(row[4]) for row in own], values[:, at])


def test_judgements_are_those_of_the_step(run: Path, known: Record, tmp_path: Path) -> None:
    first, last = known.entrants[0].judgements[0], known.entrants[0].judgements[-1]
    for options, judged in (([], last), (["--frame", str(first.step)], first)):
        assert command(run, tmp_path / "a.csv", "--plot", "confusion", *options) == 0
        header, *rows = rows_of(tmp_path / "a.csv")
        assert header == ["true", *"0123456789"]
        np.testing.assert_array_equal([[int(n) for n in row[1:]] for row in rows], judged.confusion)
    assert command(run, tmp_path / "a.csv", "--plot", "per_class") == 0
    from sklearn.metrics import f1_score

    true, said = np.divmod(np.repeat(np.arange(100), last.confusion.ravel()), 10)
    expected = f1_score(true, said, average=None, labels=range(10), zero_division=0)
    got = [float(row[3]) for row in rows_of(tmp_path / "a.csv")[1:11]]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_weights_are_those_of_the_latest_look(run: Path, known: Record, tmp_path: Path) -> None:
    look = known.entrants[0].looks[-1]
    assert command(run, tmp_path / "a.csv", "--plot", "filters") == 0
    header, *rows = rows_of(tmp_path / "a.csv")
    assert header == ["filter", "row", "column", "weight"]
    got = np.zeros_like(look.filters, dtype=np.float64)
    for n, y, x, value in rows:
        got[int(n), int(y), int(x)] = float(value)
    np.testing.assert_array_equal(got, look.filters.astype(np.float64))


@pytest.mark.parametrize("plot", PLOTS)
def test_every_plot_has_numbers(run: Path, tmp_path: Path, plot: str) -> None:
    assert command(run, tmp_path / "a.csv", "--plot", plot) == 0
    header, *rows = rows_of(tmp_path / "a.csv")
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert "nan" not in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_what_is_no_number_is_empty_and_what_is_infinite_says_so() -> None:
    made = record(training(1))
    made.entrants[0].points[4, 2] = np.nan
    made.entrants[0].points[5, 2] = np.inf
    text = csv_table.encode(TrainScene(made), "loss", 8).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [row[3] for row in rows[5:7]] == ["", "inf"]
    assert len(rows) == 9
    judged = made.entrants[0].judgements
    judged[-1] = replace(judged[-1], worst_confidence=np.full(24, np.nan, np.float32))
    scene = TrainScene(made)
    worst = csv_table.encode(scene, "worst", scene.now).decode().splitlines()
    assert {line.rpartition(",")[2] for line in worst[1:]} == {""}


def test_no_digit_is_lost() -> None:
    made = record(training(1))
    made.entrants[0].points[:, 2] = np.random.default_rng(0).normal(size=made.entrants[0].steps) * 1e-3
    scene = TrainScene(made)
    lines = csv_table.encode(scene, "loss", scene.now).decode().splitlines()
    got = np.genfromtxt(lines, delimiter=",", skip_header=1, usecols=3)
    np.testing.assert_array_equal(got, made.entrants[0].column("loss"))


# ------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["-o", "a.png", "--frame", str(LAST + 1)], f"it must be a step from 0 to {LAST}"),
        (["-o", "a.mp4", "--frames", f"0:{LAST + 2}"], f"0 ≤ A < B ≤ {LAST + 1}"),
        (["-o", "a.png", "--plot", "bogus"], "plot: 'bogus' is not allowed; it must be loss, accuracy"),
        (["-o", "a.csv"], "give --plot, which is loss, accuracy"),
        (["-o", "a.csv", "--plot", "loss", "--frames", "0:3"], "give --frame K"),
        (["-o", "a.csv", "--plot", "loss", "--stride", "2"], "give --frame K"),
        (["-o", "a.csv", "--plot", "loss", "--frame", "999"], f"0 to {LAST}"),
        (["-o", "no/such/a.csv", "--plot", "loss"], "no such file or directory"),
        (["-o", "a.bmp", "--plot", "loss"], ".pdf"),
        (["-o", "a.png", "--plot"], "it must be followed by KEY"),
    ],
)
def test_a_mistake_is_one_line(
    run: Path, tmp_path: Path, options: list[str], part: str, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert __main__.main(["render", str(run), *options]) == 2
    said = capfd.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert part in said.err
    assert len(said.err) <= 2001
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("options", [["-o", "a.csv"], ["-o", "a.png", "--plot", "loss"]])
def test_an_experiment_has_no_plots_to_choose(
    tmp_path: Path, options: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "race.toml").write_text('surface = "sphere"\n[[entrants]]\noptimizer = "gd"\n')
    monkeypatch.chdir(tmp_path)
    assert __main__.main(["render", "race.toml", *options]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "training" in said
    assert os.listdir(tmp_path) == ["race.toml"]


def test_what_was_never_trained_is_told_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.toml").write_text(run_folders.setting().dumps(), encoding="utf-8")
    assert command(tmp_path / "t.toml", tmp_path / "a.png") == 2
    assert "optviz train" in capfd.readouterr().err
    (tmp_path / "empty").mkdir()
    assert command(tmp_path / "empty", tmp_path / "a.png") == 2
    assert "no run folder" in capfd.readouterr().err
    assert not (tmp_path / "a.png").exists()


def _metrics(place: Path, change: Any) -> None:
    lines = [json.loads(line) for line in place.read_text().splitlines()]
    place.write_text("".join(json.dumps(line) + "\n" for line in map(change, lines)))


DAMAGES: dict[str, Any] = {
    "training.toml cut": lambda run: _cut(run / "training.toml"),
    "training.toml no text": lambda run: (run / "training.toml").write_bytes(b"\xff\x00\xfe"),
    "training.toml without its run": lambda run: (run / "training.toml").write_text(
        run_folders.setting().dumps()
    ),
    "looks cut": lambda run: _cut(run / "entrant_0/looks.npz"),
    "judgements cut": lambda run: _cut(run / "entrant_1/judgements.npz"),
    "judgements are looks": lambda run: shutil.copy(
        run / "entrant_0/looks.npz", run / "entrant_0/judgements.npz"
    ),
    "images no archive": lambda run: (run / "images.npz").write_bytes(b"PK\x03\x04 nothing"),
    "a step lacks its loss": lambda run: _metrics(
        run / "entrant_0/metrics.jsonl", lambda line: {"step": line["step"]}
    ),
    "a loss is a list": lambda run: _metrics(
        run / "entrant_0/metrics.jsonl", lambda line: {**line, "loss": [1]}
    ),
    "a step twice": lambda run: (run / "entrant_0/metrics.jsonl").write_text(
        2 * (run / "entrant_0/metrics.jsonl").read_text()
    ),
    "an epoch that is none": lambda run: _metrics(
        run / "entrant_0/metrics.jsonl", lambda line: {**line, "epoch": None}
    ),
    "a class there is not": lambda run: _judgements(run, worst_true=np.full(99, 10)),
    "a small confusion matrix": lambda run: _judgements(run, confusion=np.zeros((3, 3), np.int64)),
    "a negative confusion matrix": lambda run: _judgements(run, confusion=np.full((10, 10), -1)),
    "an accuracy in words": lambda run: _judgements(run, accuracy="all"),
    "wrong digits without area": lambda run: _judgements(run, worst_images=np.zeros((2, 0, 0), np.uint8)),
    "filters in a row": lambda run: _looks(run, filters=np.zeros(3, np.float16)),
    "three probabilities": lambda run: _looks(run, probabilities=np.zeros(3, np.float32)),
    "layers that are none": lambda run: _looks(run, layers=3),
    "pictures of another size": lambda run: arrays.write(
        run / "images.npz", {"images": np.zeros((2, 3, 3), np.uint8), "labels": np.zeros(2, np.int64)}
    ),
    "summary no object": lambda run: (run / "entrant_0/summary.json").write_text("[1, 2]"),
}


def _judgements(run: Path, **changes: Any) -> None:
    path = run / "entrant_0/judgements.npz"
    arrays.write(path, [replace(one, **changes) for one in arrays.read(path)])


def _looks(run: Path, **changes: Any) -> None:
    path = run / "entrant_0/looks.npz"
    arrays.write(path, [replace(one, **changes) for one in arrays.read(path)])


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_one_line(
    run: Path, tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other)
    DAMAGES[damage](other)
    assert command(other, tmp_path / "a.png") == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert str(other) in said
    assert os.listdir(tmp_path) == ["run"]


def test_an_unfinished_run_goes_as_far_as_it_is_known(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = run_folders.trained(tmp_path / "run", until=30, entrants=[{"optimizer": "adam"}])
    done = read_record(run).entrants[0].steps
    assert 0 < done < LAST
    with open(run / "entrant_0/metrics.jsonl", "a") as file:
        file.write('{"step": ')  # as a trainer leaves it that is writing
    assert command(run, f"{tmp_path}/f/") == 0
    assert len(os.listdir(tmp_path / "f")) == done + 1
    assert command(run, tmp_path / "a.png", "--frame", str(done + 1)) == 2
    assert f"a step from 0 to {done}" in capfd.readouterr().err


def test_a_run_that_has_just_begun_can_be_drawn(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other, ignore=shutil.ignore_patterns("metrics*", "looks*", "judge*", "summary*"))
    for plot in (None, *PLOTS):
        export.export(scene_of_run(other), tmp_path / "a.png", size=SIZE, plot=plot)
        assert decoded(tmp_path / "a.png").shape == (360, 640, 3)
    assert command(other, tmp_path / "a.csv", "--plot", "loss") == 0
    assert len(rows_of(tmp_path / "a.csv")) == 1


@pytest.mark.parametrize("out", ["a.mp4", "a.gif", "f/", "a.png", "a.csv"])
def test_calling_off_leaves_nothing(run: Path, tmp_path: Path, out: str) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > (3 if out in ("a.mp4", "a.gif", "f/") else 0)

    plot = "loss" if out == "a.csv" else None
    with pytest.raises(export.Cancelled):
        export.export(scene_of_run(run), f"{tmp_path}/{out}", size=SIZE, plot=plot, cancelled=cancelled)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_keeps_the_old_table(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.csv").write_text("old")
    monkeypatch.setattr(atomic, "fill", full)
    with pytest.raises(InputError, match="no space left"):
        export.export(scene_of_run(run), tmp_path / "a.csv", plot="loss")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


# ------------------------------------------------------------------ from Python


def test_a_run_is_drawn_from_python(run: Path, tmp_path: Path) -> None:
    np.testing.assert_array_equal(optviz.render_training(run, 20, SIZE), truth(run, 20))
    np.testing.assert_array_equal(export.render_training(str(run), size=SIZE), truth(run, LAST))
    dark = export.render_training(run, 20, SIZE, theme="dark", plot="loss")
    assert dark.mean() < truth(run, 20, "loss").mean() / 2
    assert scene_of_run(run) is scene_of_run(run / "training.toml")
    for wrong in (tmp_path / "nothing", tmp_path, 3, "a\0b"):
        with pytest.raises(InputError):
            export.render_training(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be an Experiment"):
        plan(str(run), "a.png")  # type: ignore[arg-type]


def test_a_run_that_has_changed_is_read_again(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other)
    before = scene_of_run(other)
    text = (other / "training.toml").read_text(encoding="utf-8")
    (other / "training.toml").write_text(text.replace("Two, at", "Both at"), encoding="utf-8")
    assert scene_of_run(other).title == "Both at their own pace"
    assert before.title == "Two, at their own pace"
