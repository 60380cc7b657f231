"""IDX files: what is right is read as it is, and every damage has its own line."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from idx_server import idx_bytes

from optviz.errors import InputError
from optviz.training.images import idx

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
LABELS = np.array([3, 0, 9, 1, 4], np.uint8)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def complaint(path: Path, **options: int) -> str:
    with pytest.raises(InputError) as caught:
        idx.read(path, **options)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("values", [IMAGES, LABELS])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["a.gz", "a"])  # what is inside counts, not the name
def test_what_was_written_is_read(tmp_path: Path, values: np.ndarray, packed: bool, name: str) -> None:
    content = idx_bytes(values)
    read = idx.read(written(tmp_path / name, gzip.compress(content) if packed else content))
    assert read.dtype == np.uint8
    assert np.array_equal(read, values)
    read[0] = 0  # torch wants memory it could write to


def test_the_header_is_the_documented_one() -> None:
    assert idx_bytes(LABELS)[:8] == bytes.fromhex("0000080100000005")
    assert idx_bytes(IMAGES)[:16] == bytes.fromhex("00000803000000050000001c0000001c")


GOOD = idx_bytes(IMAGES)
PACKED = gzip.compress(GOOD, mtime=0)
DAMAGES = {
    "empty": (b"", "is empty"),
    "one byte": (b"\0", "ends within its header"),
    "half a header": (GOOD[:9], "ends within its header"),
    "only a header": (GOOD[:16], "there are 0"),
    "too short": (GOOD[:-1], "5 × 28 × 28 values, there are 3,919"),
    "too long": (GOOD + b"\0", "too long"),
    "other magic": (b"PK\3\4" + GOOD[4:], "is not an IDX file: it begins with 0x504b0304"),
    "swapped bytes": (b"\3\x08\0\0" + GOOD[4:], "is not an IDX file"),
    "floats": (b"\0\0\x0d\3" + GOOD[4:], "holds 32-bit floats"),
    "unknown type": (b"\0\0\x07\3" + GOOD[4:], "unknown type 0x07"),
    "two dimensions": (b"\0\0\x08\2" + GOOD[4:], "has 2 dimensions"),
    "255 dimensions": (b"\0\0\x08\xff" + GOOD[4:], "has 255 dimensions"),
    "no images": (b"\0\0\x08\3" + struct.pack(">3I", 0, 28, 28), "holds no images"),
    "no labels": (b"\0\0\x08\1" + struct.pack(">I", 0), "holds no labels"),
    "absurd size": (b"\0\0\x08\3" + struct.pack(">3I", *[2**32 - 1] * 3) + GOOD[16:], "at most"),
    "size that overflows 64 bits": (b"\0\0\x08\3" + struct.pack(">3I", 2**31, 2**31, 4), "at most"),
    "gzip cut in its data": (PACKED[:-300], "compressed data ends too early"),
    "gzip cut in its checksum": (PACKED[:-3], "compressed data ends too early"),
    "gzip cut in its header": (PACKED[:5], "compressed data ends too early"),
    "gzip checksum": (PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:], "checksum (gzip) does not match"),
    "gzip length": (PACKED[:-1] + bytes([PACKED[-1] ^ 1]), "checksum (gzip) does not match"),
    "gzip block": (PACKED[:10] + b"\xff\xff" + PACKED[12:], "cannot be decompressed"),
    "gzip and more": (PACKED + b"more", "not all gzip"),
    "gzip of a gzip": (gzip.compress(PACKED), "is not an IDX file"),
    "gzip too short": (gzip.compress(GOOD[:-7]), "there are 3,913"),
    "gzip too long": (gzip.compress(GOOD + b"\0\0"), "too long"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_has_its_own_line(tmp_path: Path, damage: str) -> None:
    content, says = DAMAGES[damage]
    assert says in complaint(written(tmp_path / "train", content))


def test_a_web_page_under_a_gz_name_is_told(tmp_path: Path) -> None:
    assert "not compressed with gzip" in complaint(written(tmp_path / "a.gz", b"<html></html>"))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    assert "there is no such file" in complaint(tmp_path / "nothing")
    (tmp_path / "folder.gz").mkdir()
    assert "is a folder" in complaint(tmp_path / "folder.gz")
    with pytest.raises(InputError, match="cannot be read"):
        idx.read("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in complaint(tmp_path / "pipe")


def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "train", GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # as root, who may read everything

        def refuse(*arguments: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)
    assert "cannot be read: permission denied" in complaint(path)


def test_neither_a_bomb_nor_a_header_takes_memory(tmp_path: Path) -> None:
    bomb = written(tmp_path / "bomb.gz", gzip.compress(GOOD + bytes(100_000_000), 1))
    lie = written(tmp_path / "lie", b"\0\0\x08\3" + struct.pack(">3I", 300_000, 28, 28))
    tracemalloc.start()
    assert "too long" in complaint(bomb)
    assert "there are 0" in complaint(lie)
    assert "at most 1,000" in complaint(bomb, limit=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def pair(folder: Path, images: np.ndarray = IMAGES, labels: np.ndarray = LABELS) -> tuple[Path, Path]:
    return written(folder / "images", idx_bytes(images)), written(folder / "labels", idx_bytes(labels))


def test_a_pair_is_read(tmp_path: Path) -> None:
    images, labels = idx.read_pair(*pair(tmp_path))
    assert np.array_equal(images, IMAGES)
    assert labels.dtype == np.int64
    assert labels.tolist() == [3, 0, 9, 1, 4]


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (IMAGES, LABELS[:4], "holds 5 images, but 'labels' holds 4 labels"),
        (IMAGES, np.array([3, 0, 10, 1, 4]), "labels': label 2 is 10; labels are 0 to 9"),
        (IMAGES[:, :, :27], LABELS, "images of 28 × 27 pixels; 28 × 28 are needed"),
        (LABELS, LABELS, "images' holds labels"),
        (IMAGES, IMAGES, "labels' holds images"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, images: np.ndarray, labels: np.ndarray, says: str) -> None:
    with pytest.raises(InputError) as caught:
        idx.read_pair(*pair(tmp_path, images, labels))
    assert says in str(caught.value)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    packed=st.booleans(),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    cut=st.one_of(st.none(), st.integers(0, 400)),
    more=st.binary(max_size=4),
)
def test_nothing_but_an_input_error_escapes(
    tmp_path: Path, packed: bool, changes: list[tuple[int, int]], cut: int | None, more: bytes
) -> None:
    small = idx_bytes(IMAGES[:, :8, :8])
    content = bytearray(gzip.compress(small, mtime=0) if packed else small)
    for at, value in changes:
        content[at % len(content)] = value
    path = written(tmp_path / "mutated", bytes(content[:cut]) + more)
    with suppress(InputError):
        read = idx.read(path, limit=100_000)
        assert read.dtype == np.uint8
        assert read.ndim in (1, 3)
