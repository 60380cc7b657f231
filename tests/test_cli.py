"""The command line: what it prints, what it writes, and one line for every mistake."""

from __future__ import annotations

import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz import __main__, cli, resources
from optviz.cli import output
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES
from optviz.simulate import simulate
from optviz.surfaces import SURFACES

RACE = """
title = "Race"
surface = "rosenbrock"
steps = 30
[[entrants]]
optimizer = "adam"
learning_rate = 0.05
[[entrants]]
optimizer = "gd"
learning_rate = 1e9
"""


@pytest.fixture
def race(tmp_path: Path) -> Path:
    path = tmp_path / "race.toml"
    path.write_text(RACE, encoding="utf-8")
    return path


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "optviz", *arguments], capture_output=True, text=True, timeout=100, **options
    )


# ---------------------------------------------------------------------- list


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert __main__.main(["list", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list_optimizers_follows_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "optimizers")
    assert [entry["id"] for entry in entries] == list(OPTIMIZERS.ids)
    for entry, declared in zip(entries, OPTIMIZERS, strict=True):
        four = {"id", "title", "hyperparameters", "reference"}
        assert set(entry) == (four | {"note"} if declared.note else four)
        assert entry.get("note", "") == declared.note
        assert [knob["name"] for knob in entry["hyperparameters"]] == [knob.name for knob in declared.knobs]
        for knob, own in zip(entry["hyperparameters"], declared.knobs, strict=True):
            assert set(knob) == {"name", "default", "min", "max", "help"}
            assert type(knob["default"]) is {"float": float, "int": int, "bool": bool}[own.kind]
            assert (knob["min"], knob["max"]) == (own.minimum, own.maximum)
            assert knob["help"]


def test_list_surfaces_holds_what_a_file_needs(capsys: pytest.CaptureFixture[str]) -> None:
    entries = {entry["id"]: entry for entry in listed(capsys, "surfaces")}
    assert list(entries) == list(SURFACES.ids)
    rosenbrock = entries["rosenbrock"]
    assert {knob["name"]: knob["default"] for knob in rosenbrock["coefficients"]} == {"a": 1, "b": 100}
    assert rosenbrock["minima"] == [{"point": [1, 1], "loss": 0}]
    for entry in entries.values():
        assert {"formula", "domain", "start", "minima", "coefficients", "choices"} <= set(entry)
        (xlo, xhi), (ylo, yhi) = entry["domain"]
        assert xlo < xhi
        assert ylo < yhi
        assert len(entry["start"]) == 2


def test_list_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert [entry["id"] for entry in listed(capsys, "schedules")] == list(SCHEDULES.ids)
    activations = [entry["id"] for entry in listed(capsys, "activations")]
    assert activations[:4] == ["identity", "sigmoid", "tanh", "relu"]
    assert activations[4:] == ["leaky_relu", "gelu", "silu", "softplus", "elu"]
    lessons = listed(capsys, "lessons")
    assert [entry["id"] for entry in lessons] == [path.stem[3:] for path in resources.lessons()]
    assert all(entry["title"] and entry["steps"] >= 5 and not entry["hyperparameters"] for entry in lessons)
    catalogs = len(OPTIMIZERS) + len(SURFACES) + len(SCHEDULES) + len(activations)
    gallery = listed(capsys, "gallery")
    assert [entry["id"] for entry in gallery] == [path.stem[3:] for path in resources.gallery()]
    assert all(Experiment.load(entry["file"]) and entry["summary"] and entry["help"] for entry in gallery)
    assert len(listed(capsys)) == catalogs + len(lessons) + len(gallery)


def test_list_for_people_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["list"]) == 0
    out = capsys.readouterr().out
    for identifier in (*OPTIMIZERS.ids, *SURFACES.ids, *SCHEDULES.ids):
        assert any(line.split()[:1] == [identifier] for line in out.splitlines()), identifier
    assert all(optimizer.note in out for optimizer in OPTIMIZERS)


def test_help_and_version_are_no_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["--version"], ["list", "--help"], ["render", "--help"]):
        assert __main__.main(arguments) == 0
        out, err = capsys.readouterr()
        assert out
        assert not err


def test_a_reader_who_leaves_is_no_traceback() -> None:
    line = f"{sys.executable} -m optviz list --json | head -c 10"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
    assert done.stderr == ""


def test_list_works_where_the_terminal_knows_only_ascii() -> None:
    done = command("list", "optimizers", env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stderr == ""


# ------------------------------------------------------------------ mistakes

MISTAKES: list[tuple[str, str]] = [
    ("bogus", "list, simulate, render"),
    ("chart RACE -o a.npz", "list, simulate, render"),
    ("--bogus", "--help"),
    ("-x", "--help"),
    ("missing.toml", "cannot be read"),
    ("RACE RACE", "one file"),
    ("list bogus", "optimizers, surfaces, schedules"),
    ("list optimizers surfaces", "'surfaces' is one too many; it takes one kind"),
    ("list --bogus", "--json"),
    ("list --js", "--json"),
    ("simulate", "EXPERIMENT.toml"),
    ("simulate RACE", "-o"),
    ("simulate RACE -o", "-o"),
    ("simulate missing.toml -o a.npz", "missing.toml"),
    ("simulate . -o a.npz", "cannot be read"),
    ("simulate RACE -o a.txt", ".npz"),
    ("simulate RACE -o no/such/a.npz", "no such file or directory"),
    ("simulate RACE -o FOLDER.npz", "folder"),
    ("simulate BINARY -o a.npz", "UTF-8"),
    ("simulate BROKEN -o a.npz", "TOML"),
    ("simulate HUGE -o a.npz", "large"),
    ("simulate UNKNOWN -o a.npz", "rosenbrock"),
    ("simulate DEEP -o a.npz", "DEEP"),
    ("simulate DIGITS -o a.npz", "DIGITS"),
    ("simulate RACE -o a.npz --size 10x10", "options"),
    ("render RACE", "-o"),
    ("render missing.toml -o a.png", "missing.toml"),
    ("render RACE -o a.bmp", ".mp4, .webm, .gif, .png, .svg, .pdf"),
    ("render RACE -o a", ".mp4"),
    ("render RACE -o .", "end it in /"),
    ("render RACE -o no/such/a.png", "no such file or directory"),
    ("render RACE -o no/such/frames/", "no such file or directory"),
    ("render RACE -o RACE/", "folder"),
    ("render RACE -o a.png --size 10", "WxH"),
    ("render RACE -o a.png --size axb", "WxH"),
    ("render RACE -o a.png --size 8x8", "16x16 to 7680x4320"),
    ("render RACE -o a.png --size 100000x100000", "16x16 to 7680x4320"),
    ("render RACE -o a.png --size -5x20", "'-5x20' is not allowed; it must be WxH"),
    ("render RACE -o a.png --size 0x0", "size: 0x0 is not allowed"),
    ("render RACE -o /", "'/' is not allowed"),
    ("render RACE -o a.png --frame 31", "0 to 30"),
    ("render RACE -o a.png --frame -1", "0 to 30"),
    ("render RACE -o a.png --frame x", "whole number"),
    ("render RACE -o a.png --frame 1.5", "whole number"),
    ("render RACE -o a.png --frames 0:3", "--frame K"),
    ("render RACE -o a.png --stride 2", "--frame K"),
    ("render RACE -o a.mp4 --frame 3", "--frames A:B"),
    ("render RACE -o a/ --frame 3", "--frames A:B"),
    ("render RACE -o a.mp4 --frames 3", "A:B"),
    ("render RACE -o a.mp4 --frames 3:3", "A < B"),
    ("render RACE -o a.mp4 --frames 5:2", "A < B"),
    ("render RACE -o a.mp4 --frames 0:99", "31"),
    ("render RACE -o a.mp4 --frames=-1:3", "A:B"),
    ("render RACE -o a.mp4 --frames -1:3", "'-1:3' is not allowed; it must be A:B"),
    ("render RACE -o a.mp4 --stride 0", "≥ 1"),
    ("render RACE -o a.mp4 --stride 1.5", "'1.5' is not allowed; it must be a whole number ≥ 1"),
    ("render RACE -o a.mp4 --fps ٦٠", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps 1_0", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps 1e1", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps -5", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps 0", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps fast", "0.1 to 240"),
    ("render RACE -o a.mp4 --fps nan", "0.1 to 240"),
    ("render RACE -o a.mp4 --bogus", "--size"),
    ("render RACE RACE -o a.mp4", "options"),
]


@pytest.mark.parametrize(("line", "part"), MISTAKES)
def test_a_mistake_is_one_line_and_status_2(
    line: str, part: str, race: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = race.parent
    monkeypatch.chdir(folder)
    (folder / "RACE").write_text(RACE, encoding="utf-8")
    (folder / "FOLDER.npz").mkdir()
    (folder / "BINARY").write_bytes(bytes(range(256)))
    (folder / "BROKEN").write_text("surface = \n[[", encoding="utf-8")
    (folder / "HUGE").write_bytes(b"#" * 2_000_000)
    (folder / "UNKNOWN").write_text(RACE.replace("rosenbrock", "rosenbrok"), encoding="utf-8")
    (folder / "DEEP").write_text("a = " + "[" * 3000, encoding="utf-8")
    (folder / "DIGITS").write_text("steps = " + "9" * 6000, encoding="utf-8")
    before = sorted(os.listdir(folder))
    assert __main__.main(line.split()) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert len(err) <= 2001
    assert part in err, err
    assert "usage" not in err
    assert "Traceback" not in err
    assert sorted(os.listdir(folder)) == before


def test_a_message_stays_short_whatever_is_typed(capfd: pytest.CaptureFixture[str]) -> None:
    for text in ("x" * 100_000, "a\nb\r\x1b[2Jc", "\udcff", "∇"):
        assert __main__.main(["list", text]) == 2
        err = capfd.readouterr().err
        assert err.count("\n") == 1
        assert len(err) <= 2001
        assert "\x1b" not in err
        assert "\r" not in err


def test_anything_else_that_fails_is_one_line_and_status_1(
    race: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("optviz.runfile.write", broken)
    assert __main__.main(["simulate", str(race), "-o", str(race.parent / "a.npz")]) == 1
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in err
    assert os.listdir(race.parent) == ["race.toml"]


def minded(process: subprocess.Popen[str]) -> bool:
    """Say whether the process has set up its handlers: from then on a signal ends it properly."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def interrupted(race: Path, out: str, delay: float, number: int = signal.SIGINT) -> tuple[int, str, float]:
    """Signal a long render `delay` seconds after its start; return its status, stderr and time to end."""
    race.write_text(RACE.replace("steps = 30", "steps = 20000"), encoding="utf-8")
    line = [sys.executable, "-m", "optviz", "render", str(race), "-o", out, "--size", "320x180"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        while not minded(process):
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(delay)
        process.send_signal(number)
        begin = time.monotonic()
        err = process.communicate(timeout=30)[1]
    return process.returncode, err, time.monotonic() - begin


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
@pytest.mark.parametrize("out", ["f/", "a.mp4"])
def test_an_interrupt_is_one_line_and_leaves_what_was_there(race: Path, out: str) -> None:
    kept = race.parent / out
    if out == "f/":
        kept.mkdir()
        kept = kept / "frame_000000.png"
    kept.write_bytes(b"old")
    before = sorted(race.parent.rglob("*"))
    took = []
    for delay in (0.0, 0.05, 0.2, 0.45, 0.8, 1.3):
        status, err, seconds = interrupted(race, f"{race.parent}/{out}", delay)
        assert (status, err) == (1, "optviz: interrupted\n"), delay
        assert sorted(race.parent.rglob("*")) == before
        assert kept.read_bytes() == b"old"
        took.append(seconds)
    assert statistics.median(took) < 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_end_asked_for_from_outside_is_an_interrupt(race: Path, number: int) -> None:
    assert interrupted(race, str(race.parent / "a.gif"), 0.9, number)[:2] == (1, "optviz: interrupted\n")
    assert os.listdir(race.parent) == ["race.toml"]


COMMIT = """
import os, signal, sys, time
from optviz import atomic
real = os.replace
def slow(*paths):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.3)
    real(*paths)
os.replace = slow
from optviz.__main__ import main
sys.argv[1:] = ["simulate", sys.argv[1], "-o", sys.argv[2]]
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_while_the_file_is_renamed_comes_too_late(race: Path) -> None:
    out = race.parent / "a.npz"
    done = subprocess.run(
        [sys.executable, "-c", COMMIT, str(race), str(out)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "interrupted" not in done.stderr
    assert sorted(os.listdir(race.parent)) == ["a.npz", "race.toml"]
    with np.load(out) as data:
        assert "path_0" in data


def test_from_python_an_interrupt_stays_keyboard_interrupt(race: Path, monkeypatch: Any, capfd: Any) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("optviz.runfile.write", pressed)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert __main__.main(["simulate", str(race), "-o", str(race.parent / "a.npz")]) == 1
    assert capfd.readouterr().err == "optviz: interrupted\n"
    assert os.listdir(race.parent) == ["race.toml"]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there Qt needs a display server")
def test_without_a_display_it_says_what_works(race: Path) -> None:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    for arguments in ((), (str(race),), ("--exit-after-first-frame",)):
        done = command(*arguments, env=bare)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "no display" in done.stderr
        program, *rest = shlex.split(done.stderr.split("make a film: ")[1])
        assert Path(program).samefile(sys.executable)
        assert rest[:3] == ["-m", "optviz", "render"]
        assert Path(rest[3]).exists()
    race.write_text(RACE.replace("rosenbrock", "rosenbrok"), encoding="utf-8")
    done = command(str(race), env=bare)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "rosenbrok" in done.stderr


# ------------------------------------------------- what is said, and to whom


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("list", 0),
        ("list --help", 0),
        ("list bogus", 2),
        ("simulate race.toml -o a.npz", 0),
        ("render race.toml -o a.png --size 64x48", 0),
        ("render missing.toml -o a.png", 2),
    ],
)
def test_closed_streams_change_no_status(race: Path, line: str, status: int) -> None:
    shell = f"exec {sys.executable} -m optviz {line} <&- >&- 2>&-"
    env = {**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parent.parent)}
    assert subprocess.run(["sh", "-c", shell], cwd=race.parent, env=env, timeout=60).returncode == status
    if "a.png" in line and not status:
        assert (race.parent / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_list_that_cannot_be_shown_is_status_1() -> None:
    with open("/dev/full", "w") as full:
        line = [sys.executable, "-m", "optviz", "list"]
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "optviz: cannot write the output: no space left on device\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there Qt minds the locale")
def test_qt_says_nothing_of_the_locale(race: Path) -> None:
    out = str(race.parent / "a.png")
    done = command("render", str(race), "-o", out, "--size", "64x48", env={**os.environ, "LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (0, "")


def test_simulate_says_how_it_ended(race: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["simulate", str(race), "-o", str(race.parent / "a.npz")]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "optviz: 2 entrants, 30 steps: 1 step limit, 1 diverged\n"


class Clock:
    """A clock that a test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(output.time, "monotonic", lambda: self.now)


def test_progress_elsewhere_than_in_a_terminal(monkeypatch: Any, capsys: Any) -> None:
    clock = Clock(monkeypatch)
    progress = output.Progress()
    for done in range(1, 601):
        clock.now += 1 / 128
        progress.show(done, 600)
    progress.end()
    assert capsys.readouterr().err.splitlines() == [
        f"optviz: {done} of 600 frames" for done in (256, 512, 600)
    ]
    quick = output.Progress()
    clock.now += 10
    quick.show(1, 1)
    quick.end()
    assert capsys.readouterr().err == ""


def test_progress_in_a_terminal_leaves_a_clear_line(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = output.Progress()
    progress.show(1, 2)
    progress.show(2, 2)
    progress.end()
    assert capsys.readouterr().err == "\r1 of 2 frames\r2 of 2 frames\r\x1b[K"


@pytest.mark.parametrize(
    ("name", "fps", "said"), [("a.gif", "60", True), ("a.gif", "50", False), ("a.gif", None, False)]
)
def test_a_gif_says_that_it_plays_no_faster(
    race: Path, capfd: Any, name: str, fps: str | None, said: bool
) -> None:
    given = [] if fps is None else ["--fps", fps]
    line = ["render", str(race), "-o", str(race.parent / name), "--size", "64x48", "--frames", "0:3"]
    assert __main__.main([*line, *given]) == 0
    err = capfd.readouterr().err
    assert err == ("optviz: a GIF plays at most 50 frames a second: 50 it is\n" if said else "")


# ------------------------------------------------------------------ simulate


def test_run_file_holds_the_run(race: Path) -> None:
    out = race.parent / "run.npz"
    assert __main__.main(["simulate", str(race), "-o", str(out)]) == 0
    run = simulate(Experiment.load(race))
    with np.load(out, allow_pickle=False) as data:
        names = {f"{n}_{i}" for n in ("path", "loss", "grad", "learning_rate", "state") for i in (0, 1)}
        assert set(data) == names | {"meta"}
        for i, entrant in enumerate(run.entrants):
            n = entrant.stopped_at
            assert data[f"path_{i}"].shape == (n + 1, 2)
            assert data[f"state_{i}"].shape == (n, len(entrant.state_rows), 2)
            for name in ("path", "loss", "grad", "learning_rate", "state"):
                assert data[f"{name}_{i}"].dtype == np.float64
                np.testing.assert_array_equal(data[f"{name}_{i}"], getattr(entrant, name))
        meta = json.loads(str(data["meta"]))
    assert set(meta) == {"experiment", "versions", "entrants"}
    assert meta["experiment"]["entrants"][0]["beta1"] == 0.9
    assert meta["experiment"]["seed"] == 0
    assert [entrant["status"] for entrant in meta["entrants"]] == ["step_limit", "diverged"]
    assert [set(entrant) for entrant in meta["entrants"]] == [
        {"status", "stopped_at", "why", "state_rows"}
    ] * 2
    again = Experiment.of(meta["experiment"])
    np.testing.assert_array_equal(simulate(again).entrants[0].path, run.entrants[0].path)


def test_run_file_is_the_same_bytes_every_time(race: Path) -> None:
    contents = []
    for name in ("a.npz", "b.npz"):
        assert command("simulate", str(race), "-o", str(race.parent / name)).returncode == 0
        contents.append((race.parent / name).read_bytes())
    assert contents[0] == contents[1]


def test_an_old_run_file_survives_a_failed_run(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = race.parent / "run.npz"
    out.write_bytes(b"old")
    race.write_text(RACE.replace("0.05", "-1"), encoding="utf-8")
    assert cli.main(["simulate", str(race), "-o", str(out)]) == 2
    assert out.read_bytes() == b"old"
