"""Checkpoints: whole or not there, and never trusted once a bit has changed."""

from __future__ import annotations

import os
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from optviz import atomic
from optviz.errors import InputError
from optviz.training import arrays, checkpoint
from optviz.training.record import Histogram, LayerLook, Look


def state(step: int = 3) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(step)
    model = {"dense1.weight": torch.randn(7, 5, generator=generator), "none": torch.zeros(0)}
    moments = {0: {"m": torch.randn(7, 5, generator=generator, dtype=torch.float64), "t": step}}
    optimizer = {"state": moments, "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0]}]}
    return {"model": model, "optimizer": optimizer, "step": step, "why": "∇"}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state())
    loaded = checkpoint.newest(tmp_path)
    assert loaded is not None
    assert checkpoint.digest({**state(), "format": 1}) == checkpoint.digest(loaded)
    plain = torch.load(tmp_path / checkpoint.NAME, weights_only=True)
    assert torch.equal(plain["model"]["dense1.weight"], state()["model"]["dense1.weight"])


def test_every_flipped_bit_that_matters_is_found(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state())
    path = tmp_path / checkpoint.NAME
    whole = path.read_bytes()
    good = checkpoint.digest({**state(), "format": 1})
    generator = np.random.default_rng(0)
    refused = 0
    for place in generator.integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(generator.integers(8))
        path.write_bytes(damaged)
        try:
            loaded = checkpoint.load(path)
        except InputError:
            refused += 1
        else:  # padding between the parts says nothing
            assert checkpoint.digest(loaded) == good
    assert refused > 200
    with zipfile.ZipFile(tmp_path / "spare.zip", "w") as file:
        file.writestr("a", "b")
    with pytest.raises(InputError, match="damaged or no checkpoint"):
        checkpoint.load(tmp_path / "spare.zip")


def test_numbers_changed_with_a_right_checksum_are_found(tmp_path: Path) -> None:
    changed = {"format": 1, **state()}
    changed["digest"] = checkpoint.digest(changed)
    changed["model"]["dense1.weight"][0, 0] += 1e-3
    torch.save(changed, tmp_path / checkpoint.NAME)
    with pytest.raises(InputError, match="its numbers have changed"):
        checkpoint.load(tmp_path / checkpoint.NAME)


@pytest.mark.parametrize("length", [0, 1, 100, 2000])
def test_a_cut_file_is_refused_and_the_one_before_is_taken(tmp_path: Path, length: int) -> None:
    checkpoint.save(tmp_path, state(1))
    checkpoint.save(tmp_path, state(2))
    path = tmp_path / checkpoint.NAME
    path.write_bytes(path.read_bytes()[:length])
    found = checkpoint.newest(tmp_path)
    assert found is not None
    assert found["step"] == 1
    (tmp_path / checkpoint.PREVIOUS).write_bytes(b"")
    with pytest.raises(InputError, match="damaged"):
        checkpoint.newest(tmp_path)


class _Touch:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


def test_nothing_in_a_hostile_file_is_run(tmp_path: Path) -> None:
    victim = tmp_path / "touched"
    for number, content in enumerate(({"model": _Touch(victim)}, _Touch(victim))):
        path = tmp_path / f"{number}.pt"
        torch.save(content, path)
        with pytest.raises(InputError, match="damaged or no checkpoint"):
            checkpoint.load(path)
    raw = tmp_path / "raw.pt"
    raw.write_bytes(pickle.dumps(_Touch(victim)))
    with pytest.raises(InputError):
        checkpoint.load(raw)
    assert not victim.exists()


@pytest.mark.parametrize("content", [{"step": 1}, [1, 2], {"model": {}, "digest": "", "format": 99}])
def test_something_else_is_refused(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / checkpoint.NAME)
    with pytest.raises(InputError, match=r"no checkpoint of optviz|reads format 1"):
        checkpoint.load(tmp_path / checkpoint.NAME)


def test_a_full_disk_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint.save(tmp_path, state(1))
    before = (tmp_path / checkpoint.NAME).read_bytes()

    def full(path: Path, data: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "fill", full)
    with pytest.raises(InputError, match="no space left"):
        checkpoint.save(tmp_path, state(2))
    assert (tmp_path / checkpoint.NAME).read_bytes() == before
    assert os.listdir(tmp_path) == [checkpoint.NAME]


def look() -> Look:
    rng = np.random.default_rng(0)
    layer = LayerLook(
        "conv1",
        rng.random((2, 3, 3)).astype(np.float16),
        Histogram(-1.0, 1.0, np.arange(4)),
        None,
        None,
        0.25,
    )
    return Look(
        3, 0.5, rng.random((4, 3, 3)).astype(np.float16), (layer,), 7, rng.random(10).astype(np.float32)
    )


def test_values_made_of_arrays_come_back(tmp_path: Path) -> None:
    arrays.write(tmp_path / "looks.npz", [look(), look()])
    one, other = arrays.read(tmp_path / "looks.npz")
    assert isinstance(one, Look)
    assert (one.step, one.epoch, one.digit, one.layers[0].name, one.layers[0].dead) == (
        3,
        0.5,
        7,
        "conv1",
        0.25,
    )
    np.testing.assert_array_equal(one.filters, look().filters)
    np.testing.assert_array_equal(other.layers[0].weights.counts, np.arange(4))
    assert one.layers[0].before is None


def test_a_damaged_file_of_arrays_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "looks.npz"
    arrays.write(path, [look()])
    whole = path.read_bytes()
    generator = np.random.default_rng(1)
    for place in generator.integers(0, len(whole), 150):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(generator.integers(8))
        path.write_bytes(damaged)
        with suppress(InputError):  # and nothing else
            arrays.read(path)
    for content in (b"", b"PK", whole[:200], pickle.dumps(_Touch(tmp_path / "touched"))):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"looks\.npz"):
            arrays.read(path)
    assert not (tmp_path / "touched").exists()
