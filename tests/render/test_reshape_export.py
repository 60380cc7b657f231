"""Exports of comparisons: every kind of file, of the race and of the way from before to after."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import optviz
from optviz import __main__
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.render import export, plan, source
from optviz.reshape import at_morph

TEXT = """
title = "Batch norm"
surface = "neuron"
steps = 10
[coefficients]
m = 32
[reshape]
film = "{film}"
[reshape.after.choices]
batch_norm = true
[reshape.after.penalty]
l2 = 0.2
[[entrants]]
optimizer = "adam"
learning_rate = 0.2
"""
SIZE = (480, 270)


@pytest.fixture(autouse=True)
def application(qapp):
    """One application for all tests of a process."""


def of(film: str) -> Experiment:
    return Experiment.loads(TEXT.format(film=film))


def file(tmp_path: Path, film: str) -> str:
    path = tmp_path / "comparison.toml"
    path.write_text(TEXT.format(film=film), encoding="utf-8")
    return str(path)


def decoded(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("film", ["race", "morph"])
@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "mp4", "webm", "gif", "/"])
def test_the_command_line_writes_every_kind(tmp_path, film, kind, capfd):
    out = tmp_path / (f"out.{kind}" if kind != "/" else "out")
    frames = ["--frame", "7"] if kind in plan.PICTURES else ["--frames", "2:8", "--stride", "2"]
    name = f"{out}/" if kind == "/" else str(out)
    line = ["render", file(tmp_path, film), "-o", name, "--size", "480x270", *frames]
    assert __main__.main(line) == 0, capfd.readouterr().err
    if kind == "/":
        assert sorted(os.listdir(out)) == [f"frame_{k:06d}.png" for k in (2, 4, 6)]
        for k in (2, 6):
            got = decoded(out / f"frame_{k:06d}.png")
            np.testing.assert_array_equal(got, optviz.render(of(film), frame=k, size=SIZE))
    elif kind == "png":
        np.testing.assert_array_equal(decoded(out), optviz.render(of(film), frame=7, size=SIZE))
    elif kind == "svg":
        assert ElementTree.fromstring(out.read_bytes()).get("width") == "480"
    elif kind == "pdf":
        assert out.read_bytes().startswith(b"%PDF")
    else:
        with av.open(str(out)) as container:
            shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert len(shown) == 3
        truth = optviz.render(of(film), frame=4, size=SIZE).astype(int)
        assert np.abs(shown[1] - truth).mean() < 4
        other = optviz.render(of(film), frame=2, size=SIZE).astype(int)
        assert np.abs(shown[1] - truth).mean() < np.abs(shown[1] - other).mean()


def test_a_morph_film_goes_from_before_to_after():
    sweep = of("morph")
    first, middle, last = (optviz.render(sweep, frame=k, size=SIZE) for k in (0, 60, 120))
    assert (first != middle).any()
    assert (middle != last).any()
    assert (optviz.render(sweep, size=SIZE) == last).all()  # the last frame where none is named
    still = at_morph(sweep, 60)
    scene = source.scene_of(still)
    assert scene.main.problem.share == 0.5
    assert len(scene.main.run.entrants[0].path) > 1


@pytest.mark.parametrize(
    ("film", "asked", "says"),
    [
        ("morph", {"frame": 121}, "frame: 121 is not allowed; it must be a frame from 0 to 120"),
        ("race", {"frame": 11}, "frame: 11 is not allowed; it must be a step from 0 to 10"),
        ("morph", {"frame": -1}, "it must be a frame from 0 to 120"),
    ],
)
def test_a_frame_out_of_bounds_is_told_its_bounds(film, asked, says):
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        optviz.render(of(film), size=SIZE, **asked)


def test_frames_out_of_bounds_are_told_their_bounds(tmp_path, capfd):
    line = ["render", file(tmp_path, "morph"), "-o", str(tmp_path / "a.mp4"), "--frames", "100:122"]
    assert __main__.main(line) == 2
    assert "it must be A:B with 0 ≤ A < B ≤ 121" in capfd.readouterr().err
    assert not (tmp_path / "a.mp4").exists()


def test_the_scenes_of_both_sides_are_kept_through_a_morph(monkeypatch):
    sweep = of("morph")
    optviz.render(sweep, frame=3, size=SIZE)
    scene = source.scene_of(at_morph(sweep, 3))
    again = source.scene_of(at_morph(sweep, 4))
    assert again.before.run is scene.before.run
    assert again.after.run is scene.after.run
    assert again.between.run is not scene.between.run
    assert source.scene_of(at_morph(sweep, 4)) is again


def test_a_race_beside_a_comparison_keeps_its_own_scene():
    race = of("race").replace(reshape=None)
    plain = optviz.render(race, frame=3, size=SIZE)
    both = optviz.render(of("race"), frame=3, size=SIZE)
    assert (plain != both).any()
    assert (optviz.render(race, frame=3, size=SIZE) == plain).all()


def test_an_odd_size_of_a_film_is_filled_with_background(tmp_path):
    export.export(of("race"), tmp_path / "a.mp4", size=(321, 181), frames=(0, 2))
    with av.open(str(tmp_path / "a.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height) == (322, 182)
