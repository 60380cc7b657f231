"""`optviz map`: what a file of arrays holds, and what is refused in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

import optviz
from optviz import provenance
from optviz.cli import main
from optviz.experiment import Experiment
from optviz.simulate import simulate

RACE = """
surface = "himmelblau"
steps = 40
[[entrants]]
optimizer = "adam"
learning_rate = 0.2
[[entrants]]
optimizer = "momentum"
learning_rate = 0.005
"""
MAP = """
[map]
kind = "sensitivity"
entrant = 1
size = [9, 6]
"""


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command; it returns the status, stderr, and the arrays or the path."""

    def ask(*options, text=RACE, out="map.npz"):
        (tmp_path / "race.toml").write_text(text, encoding="utf-8")
        path = tmp_path / out
        status = main(["map", str(tmp_path / "race.toml"), "-o", str(path), *options])
        said = capsys.readouterr().err
        if status or path.suffix != ".npz":
            return status, said, path
        with np.load(path, allow_pickle=False) as file:
            return status, said, {name: file[name] for name in file.files}

    return ask


def test_a_basin_map_is_that_of_the_interface(run, tmp_path) -> None:
    status, said, arrays = run("--size", "12x9")
    assert (status, said) == (0, "optviz: basin: 108 runs of 40 steps\n")
    experiment = Experiment.loads(RACE)
    known = optviz.basin_map(experiment, size=(12, 9))
    for name in ("end", "loss", "steps", "minimum", "status", "x", "y", "minima"):
        assert np.array_equal(arrays[name], getattr(known, name)), name
    assert np.array_equal(arrays["classes"], known.minimum)
    meta = json.loads(str(arrays["meta"]))
    assert meta["k"] == 40
    assert Experiment.of(meta["experiment"]) == experiment.replace(
        map={"size": (12, 9)}, start=experiment.start_point,
        view={"xlim": experiment.xlim, "ylim": experiment.ylim},
        entrants=[{**entrant.table(), "label": entrant.title} for entrant in experiment.entrants],
    )  # fmt: skip
    before = (tmp_path / "map.npz").read_bytes()
    run("--size", "12x9")
    assert (tmp_path / "map.npz").read_bytes() == before


def test_the_files_own_map_is_the_default(run) -> None:
    """And what the options say goes before."""
    _, said, arrays = run(text=RACE + MAP)
    assert said.startswith("optviz: sensitivity: 54 runs")
    assert arrays["values"].shape == (6, 9)
    meta = json.loads(str(arrays["meta"]))
    assert [axis["name"] for axis in meta["axes"]] == ["learning_rate", "momentum"]
    _, said, arrays = run("--x", "weight_decay=0.1:0.3", "--frame", "7", text=RACE + MAP)
    assert arrays["x"][[0, -1]].tolist() == [0.1, 0.3]
    assert json.loads(str(arrays["meta"]))["k"] == 7
    changed = Experiment.loads(RACE)
    entrant = changed.entrants[1].replace(weight_decay=arrays["x"][4], momentum=arrays["y"][2])
    one = simulate(changed.replace(entrants=[entrant])).entrants[0]
    assert arrays["values"][2, 4] == one.loss[min(7, one.stopped_at)]
    _, _, arrays = run("--kind", "loss", "--frame", "0", text=RACE + MAP)
    assert arrays["values"] == pytest.approx(
        optviz.loss("himmelblau", *np.meshgrid(arrays["x"], arrays["y"]))
    )


def test_the_other_kinds(run) -> None:
    _, _, arrays = run("--kind", "difference", "--size", "5x4", "--entrant", "1")
    both = [optviz.basin_map(Experiment.loads(RACE), entrant=i, size=(5, 4)).loss for i in (1, 0)]
    assert np.array_equal(arrays["loss"], both[0])
    assert np.array_equal(arrays["rival_loss"], both[1])
    assert (np.sign(arrays["values"]) == np.sign(both[1] - both[0])).all()
    _, _, arrays = run("--kind", "learning_rate", "--size", "20x2", "--x", "learning_rate=0.001:0.1")
    assert arrays["losses"].shape == (2, 20)
    assert arrays["rates"][[0, -1]].tolist() == [0.001, 0.1]
    _, _, arrays = run("--kind", "steps", "--size", "5x4")
    there = arrays["values"][arrays["classes"] >= 0]
    assert np.isfinite(there).all()
    assert (there <= 40).all()
    bowl = '\nformula = "x**2 + 5*y**2"\nsteps = 40\n[[entrants]]\noptimizer = "momentum"\n'
    _, _, arrays = run("--kind", "sensitivity", "--size", "4x4", text=bowl)
    line = arrays["theory_0"]
    assert line[:, 0] == pytest.approx(2 * (1 + line[:, 1]) / 10)
    assert json.loads(str(arrays["meta"]))["theory"][0]["name"] == "Stability limit"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "fjord"), "map.kind: 'fjord' is not allowed; it must be one of basin, steps"),
        (("--size", "12"), "argument --size: '12' is not allowed; it must be WxH"),
        (("--size", "5000x9"), "map.size: 5000 is not allowed"),
        (("--entrant", "2"), "map.entrant: 2 is not allowed; it must be 0 to 1"),
        (("--entrant", "x"), "argument --entrant: 'x' is not allowed"),
        (("--kind", "difference", "--rival", "0"), "map.rival: 0 is not allowed; it must be one of 1"),
        (("--frame", "3"), "frame: a map of basin is one of the whole race"),
        (("--kind", "loss", "--frame", "41"), "frame: 41 is not allowed; it must be 0 to 40"),
        (("--kind", "loss", "--frame", "-1"), "frame: -1 is not allowed; it must be 0 to 40"),
        (
            ("--kind", "sensitivity", "--x", "beta1="),
            "x: 'beta1=' is not allowed; it must be KNOB or KNOB=LO:HI",
        ),
        (("--kind", "sensitivity", "--x", "beta1=0.9:0.1"), "map.x.limits"),
        (("--kind", "sensitivity", "--x", "beta1=0.1:nan"), "map.x.limits"),
        (("--kind", "sensitivity", "--y", "warmth"), "map.y.knob: 'warmth' is not known"),
        (("--kind", "sensitivity", "--measure", "time"), "map.measure: 'time' is not allowed"),
        (("--kind", "learning_rate", "--x", "momentum=0.1:0.9"), "map.x.knob: 'momentum' is not allowed"),
        (("--kind", "learning_rate", "--y", "momentum"), "y: a map of learning_rate has no use for it"),
        (
            ("--kind", "basin", "--x", "learning_rate"),
            "x: a map of basin has no use for it, so leave --x out",
        ),
        (("--rival", "1"), "rival: a map of basin has no use for it, so leave --rival out"),
        (("--kind", "loss", "--measure", "steps"), "measure: a map of loss has no use for it"),
        (("--side", "before"), "side: "),
        (("--points", "3"), "map: '--points' is not known; its options are -o, --kind, --size"),
    ],
)
def test_what_is_refused(run, options, said) -> None:
    """In one line, with status 2, and with nothing left behind."""
    status, told, path = run(*options)
    assert status == 2
    assert said in told
    assert told.count("\n") == 1
    assert not path.exists()


def test_a_picture_of_the_whole_race_has_no_frame(run) -> None:
    for more in (("--kind", "steps"), ("--kind", "sensitivity", "--measure", "steps")):
        for out in ("map.png", "map.npz"):
            status, told, path = run("--size", "4x4", "--frame", "3", *more, out=out)
            assert (status, told.count("\n")) == (2, 1)
            assert "frame: a map of steps is one of the whole race, so leave --frame out" in told
            assert not path.exists()


def test_where_it_cannot_be_written(run, tmp_path) -> None:
    for out in ("map.txt", "map", "none/map.npz"):
        status, told, path = run("--size", "4x4", out=out)
        assert (status, told.count("\n")) == (2, 1)
        assert not path.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["race.toml"]


def test_a_picture_has_its_experiment_in_it(run, tmp_path) -> None:
    status, _, path = run("--kind", "loss", "--size", "24x16", "--frame", "9", out="map.png")
    assert status == 0
    recorded = provenance.read(str(path))
    assert recorded.frame == 9
    assert recorded.value.map == optviz.MapSetting(kind="loss", size=(24, 16))
    status = main(["map", str(path), "-o", str(tmp_path / "again.npz")])
    assert status == 0
    with np.load(tmp_path / "again.npz") as file:
        assert file["values"].shape == (16, 24)
