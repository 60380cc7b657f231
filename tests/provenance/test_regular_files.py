"""What is no regular file is refused in one line, at once, wherever a file is opened by its name."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from optviz import __main__, cli, opening, provenance, tomlfile
from optviz.errors import InputError
from optviz.render.kit.folder import MANIFEST, files_of

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")


@pytest.fixture(autouse=True)
def _not_forever() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise AssertionError("it waits for a pipe")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", ["x.png", "x.toml"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    for command in (
        ["render", str(pipe), "-o", str(tmp_path / "y.png")],
        ["render", str(pipe), "--kit", "-o", str(tmp_path / "K/")],
        ["simulate", str(pipe), "-o", str(tmp_path / "y.npz")],
        ["train", str(pipe), "-o", str(tmp_path / "run")],
    ):
        assert cli.main(command) == 2
        said = capsys.readouterr().err
        assert "is no regular file" in said
        assert said.count("\n") == 1
    assert __main__.main([str(pipe)]) == 2
    assert "is no regular file" in capsys.readouterr().err
    for read in (opening.read, provenance.read):
        with pytest.raises(InputError, match="is no regular file"):
            read(pipe)
    assert os.listdir(tmp_path) == [name]


def test_a_pipe_in_the_place_of_a_kit_s_list_is_no_list(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / MANIFEST)
    assert files_of(tmp_path) == []


def test_devices_and_folders_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no regular file"):
        tomlfile.read("/dev/zero", "an experiment")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        tomlfile.read(tmp_path, "an experiment")


@pytest.mark.parametrize("name", ["x.png", "x.toml"])
def test_an_empty_file_is_said_to_be_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_bytes(b"")
    assert cli.main(["render", str(tmp_path / name), "-o", str(tmp_path / "y.png")]) == 2
    assert capsys.readouterr().err.endswith(f"{name} is empty\n")
    with pytest.raises(InputError, match="is empty"):
        tomlfile.read(tmp_path / name, "an experiment")
