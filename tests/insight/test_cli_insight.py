"""`optviz insight`: a table on disk, three sentences on stdout, one line for a mistake."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from optviz import cli
from optviz.experiment import Experiment
from optviz.insight import table, why
from optviz.simulate import simulate

RACE = """
surface = "ravine"
steps = 20
[[entrants]]
optimizer = "gd"
learning_rate = 0.01
[[entrants]]
optimizer = "adam"
"""


@pytest.fixture
def race(tmp_path: Path) -> Path:
    path = tmp_path / "race.toml"
    path.write_text(RACE)
    return path


def test_the_table_and_the_sentences(race: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "path.csv"
    assert cli.main(["insight", str(race), "-o", str(out), "--entrant", "1"]) == 0
    experiment = Experiment.load(race)
    run = simulate(experiment)
    names, numbers = table(experiment, run, 1)
    with open(out, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    assert tuple(header) == names
    np.testing.assert_array_equal([[float(cell or "nan") for cell in row] for row in rows], numbers)
    said = capsys.readouterr()
    assert said.out.strip() == " ".join(one.text for one in why(experiment, run, 1))
    assert said.err == f"optviz: Adam: 21 rows of {len(names)} columns\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x.csv", "--entrant", "2"], "entrant: 2 is not allowed; it must be 0 to 1"),
        (["-o", "x.txt"], "out: 'x.txt' is not allowed; it must end in .csv"),
        (["-o", "x.csv", "--side", "before"], "has no table [reshape], so no sides"),
        (["-o", "x.csv", "--plot"], "its options are -o, --entrant, --side, --help"),
        (["-o", "no/such/x.csv"], "cannot write 'no/such/x.csv': no such file or directory"),
    ],
)
def test_a_mistake_is_one_line(
    race: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(race.parent)
    assert cli.main(["insight", str(race), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not list(race.parent.glob("x.*"))


def test_a_side_of_a_comparison(race: Path, capsys: pytest.CaptureFixture[str]) -> None:
    race.write_text(RACE + "[reshape.after.penalty]\nl2 = 5.0\n")
    out = race.parent / "after.csv"
    assert cli.main(["insight", str(race), "-o", str(out), "--side", "after"]) == 0
    header, first = out.read_text().splitlines()[:2]
    sharpness = float(first.split(",")[header.split(",").index("sharpness")])
    assert sharpness == pytest.approx(105.0)
