"""Files of strangers: one clear line for each, nothing run, no more time or memory than a record takes."""

from __future__ import annotations

import contextlib
import io
import json
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from records import CARRIERS, TOML, box, chunk, good, known, mp4, part, png, signed, svg, webm

from optviz import __main__, opening, provenance
from optviz.errors import InputError
from optviz.provenance.record import MOST

MB = 1 << 20


def refused(path: Path, content: bytes, *words: str) -> str:
    """Check that a file is refused in one line that names it, and return the line."""
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        opening.read(path)
    line = str(caught.value)
    assert path.name in line
    assert "\n" not in line
    assert len(line) < 2000
    for word in words:
        assert word in line, line
    return line


# ------------------------------------------------------------------ files of others


def test_pictures_of_others(tmp_path):
    image = Image.new("RGB", (8, 8), "red")
    for name, kind, words in (
        ("p.png", "PNG", "is a PNG file with no experiment in it"),
        ("p.gif", "GIF", "is a GIF file with no experiment in it"),
        ("p.pdf", "PDF", "is a PDF file with no experiment in it"),
        ("p.jpg", "JPEG", "is a JPEG picture"),
        ("p.webp", "WEBP", "is a WebP picture"),
        ("p.tif", "TIFF", "is a TIFF picture"),
        ("p.bmp", "BMP", "is a BMP picture"),
    ):
        written = io.BytesIO()
        image.save(written, kind)
        refused(tmp_path / name, written.getvalue(), words)


@pytest.mark.parametrize("kind", CARRIERS)
def test_files_without_a_record(tmp_path, kind):
    article = "an" if kind in ("mp4", "svg") else "a"
    title = "WebM" if kind == "webm" else kind.upper()
    line = refused(tmp_path / "somebody's", CARRIERS[kind]())
    assert line == (
        f"{tmp_path / chr(115)}".removesuffix("s")
        + f"somebody's is {article} {title} file with no experiment in it: "
        "optviz did not export it, or its metadata was left out or lost on the way"
    )


def test_films_with_comments_of_others(tmp_path):
    for make in (mp4, webm):
        refused(tmp_path / "a", make(b"Holidays {optviz}", b'{"software":"x"}'), "no experiment in it")


def test_other_xml_and_text(tmp_path):
    refused(tmp_path / "a", b"<!DOCTYPE html><html><body>Hello</body></html>", "DTD")
    refused(tmp_path / "a", b"<html><body>Hello</body></html>", "XML or HTML, but no SVG picture")
    refused(tmp_path / "a", b"<svg>", "no SVG picture")
    refused(tmp_path / "a", b"\0" * 100, "TOML")
    refused(tmp_path / "a", b"", "a is empty")


# ------------------------------------------------------------------ what was changed or cut


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_changed_record_is_not_used(tmp_path, kind):
    for before, after in ((b'"frame":7', b'"frame":8'), (b"learning_rate = 0.1", b"learning_rate = 0.2")):
        changed = good().replace(before, after)
        assert changed != good()
        refused(tmp_path / "a", CARRIERS[kind](changed), "was changed since optviz wrote it")
    bare = good()[: good().index(b',"sha256"')] + b"}"
    refused(tmp_path / "a", CARRIERS[kind](bare), "was changed")


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_file_that_was_cut_is_not_used(tmp_path, kind):
    whole = CARRIERS[kind](good())
    for share in (0.3, 0.6, 0.97):
        refused(tmp_path / "a", whole[: int(share * len(whole))])
    refused(tmp_path / "a", whole[:-3], "damaged")


@pytest.mark.parametrize("kind", CARRIERS)
def test_two_records_are_not_used(tmp_path, kind):
    refused(tmp_path / "a", CARRIERS[kind](good(), good(frame=8)), "records in it")


def test_a_wrong_checksum_of_a_chunk(tmp_path):
    refused(tmp_path / "a", png(good(), crc=1), "the checksum of its record is wrong")


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_newer_format_is_named(tmp_path, kind):
    line = refused(tmp_path / "a", CARRIERS[kind](good(optviz=2, unheard_of=[1])))
    assert line.endswith("exported by a newer optviz: its record has format 2, and this optviz reads up to 1")


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_record_that_is_no_ascii(tmp_path, kind):
    text = good().replace(b'surface = \\"sphere\\"', 'surface = \\"sphäre\\"'.encode())
    assert not text.isascii()
    refused(tmp_path / "a", CARRIERS[kind](text), "not ASCII")


# ------------------------------------------------------------------ what a record may say

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"optviz": "1"}, "no record of optviz"),
    ({"optviz": True}, "no record of optviz"),
    ({"optviz": 0}, "no record of optviz"),
    ({"experiment": 3}, "must be the text of a file"),
    ({"experiment": None}, "exactly one of experiment, training and lesson"),
    ({"training": TOML}, "exactly one of experiment, training and lesson"),
    ({"experiment": TOML.replace("sphere", "nowhere")}, "nowhere"),
    ({"experiment": "surface = "}, "not valid TOML"),
    ({"experiment": "a = " + "[" * 5000}, "nested too deeply"),
    ({"experiment": "steps = " + "9" * 5000}, "not valid TOML"),
    ({"experiment": TOML.replace("0.1", "nan")}, "learning_rate"),
    ({"experiment": 'formula = "9**9**9**9"\n' + TOML.partition("\n")[2]}, "formula"),
    ({"experiment": "formula = \"__import__('os')\"\n" + TOML.partition("\n")[2]}, "formula"),
    ({"frame": -1}, "from 0 to 20"),
    ({"frame": 21}, "from 0 to 20"),
    ({"frame": True}, "frame"),
    ({"frame": 7.0}, "frame"),
    ({"frame": 10**400}, "frame"),
    ({"frame": "7"}, "frame"),
    ({"frame": None}, "frame"),
    ({"frames": [0, 5], "stride": 1}, "exactly one of frame and frames"),
    ({"frame": None, "frames": [5, 5], "stride": 1}, "frames[1]"),
    ({"frame": None, "frames": [0, 22], "stride": 1}, "frames[1]"),
    ({"frame": None, "frames": [0, 5, 6], "stride": 1}, "two whole numbers"),
    ({"frame": None, "frames": {"0": 1}, "stride": 1}, "two whole numbers"),
    ({"frame": None, "frames": [0, 5], "stride": 0}, "stride"),
    ({"frame": None, "frames": [0, 5]}, "stride"),
    ({"stride": 2}, "stride"),
    ({"seed": 1}, "has the seed 0"),
    ({"seed": None}, "seed"),
    ({"options": []}, "options"),
    ({"options": None}, "options"),
    ({"options": {}}, "kind"),
    ({"options": {"kind": ["png"]}}, "kind"),
    ({"options": {"kind": "exe"}}, "kind"),
    ({"options": {"kind": "png", "out": "/etc/passwd"}}, "'out' is not known"),
    ({"options": {"kind": "png", "size": [1920, 10**9]}}, "size"),
    ({"options": {"kind": "png", "size": [True, 100]}}, "size"),
    ({"options": {"kind": "png", "size": "huge"}}, "size"),
    ({"options": {"kind": "gif", "fps": 0}}, "fps"),
    ({"options": {"kind": "gif", "fps": "1/0"}}, "fps"),
    ({"options": {"kind": "gif", "fps": 25.5}}, "fps"),
    ({"options": {"kind": "png", "theme": "neon"}}, "theme"),
    ({"options": {"kind": "png", "theme": {}}}, "theme"),
    ({"options": {"kind": "png", "caption": 1}}, "caption"),
    ({"options": {"kind": "png", "plot": "../../x"}}, "plot"),
    ({"versions": []}, "versions"),
    ({"versions": {"optviz": 1}}, "versions"),
    ({"versions": {str(i): "1" for i in range(100)}}, "versions"),
    ({"unheard_of": 1}, "'unheard_of', which is not known"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_wrong_record_is_one_line(tmp_path, changes, words):
    refused(tmp_path / "a.png", png(good(**changes)), words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not valid JSON"),
        (b"Holidays", "not valid JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"[]", "no record of optviz"),
        (b"null", "no record of optviz"),
        (b'{"optviz":NaN}', "not valid JSON"),
        (b'{"optviz":Infinity}', "not valid JSON"),
        (b'{"optviz":1,"optviz":1}', "not valid JSON"),
        (b'{"optviz":' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"optviz":1,"frame":1e999,"sha256":""}', "was changed"),
        (b'{"optviz":1,"sha256":["\\ud800"]}', "was changed"),
        (b" " * (MOST + 1), "larger than a record can be|too large"),
    ],
)
def test_a_text_that_is_no_record_is_one_line(tmp_path, text, words):
    line = refused(tmp_path / "a.png", png(text))
    assert any(word in line for word in words.split("|")), line


def test_a_training_is_checked_like_its_file(tmp_path):
    wrong = good(experiment=None, training='dataset = "nowhere"\n[[entrants]]\noptimizer = "adam"\n')
    refused(tmp_path / "a.png", png(wrong), "dataset", "nowhere")


def test_paths_inside_are_not_believed(tmp_path):
    toml = 'dataset = "digits"\ndata_dir = "/etc"\n[[entrants]]\noptimizer = "adam"\n'
    path = tmp_path / "a.png"
    path.write_bytes(png(good(experiment=None, training=toml, frame=0)))
    assert opening.read(path).value.data_dir == ""


# ------------------------------------------------------------------ time and memory


def packed(start: bytes = b"") -> bytes:
    return zlib.compress(start + bytes(64 * MB), 1)


# Small files that claim or unpack to a great deal.
BOMBS: dict[str, Callable[[], bytes]] = {
    "zTXt": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", b"optviz\0\0" + packed()) + chunk(b"IEND", b""),
    "iTXt": lambda: (
        b"\x89PNG\r\n\x1a\n" + chunk(b"iTXt", b"optviz\0\1\0\0\0" + packed()) + chunk(b"IEND", b"")
    ),
    "claimed chunk": lambda: (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"tEXtoptviz\0" + bytes(100)
    ),
    "chunks": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"tIME", b"") * 300_000 + chunk(b"IEND", b""),
    "pieces": lambda: b"GIF89a" + bytes(7) + b"\x2c" + bytes(10) + b"\x01\x00" * (4 * MB),
    "comments": lambda: b"GIF89a" + bytes(7) + b"\x21\xfe\x01{\x00" * MB,
    "one comment": lambda: b"GIF89a" + bytes(7) + b"\x21\xfe" + (b"\xff" + bytes(255)) * 60_000 + b"\x00\x3b",
    "boxes": lambda: box(b"ftyp", bytes(8)) + box(b"free") * 500_000,
    "box of 0": lambda: box(b"ftyp", bytes(8)) + struct.pack(">I", 1) + b"moov" + bytes(8) + bytes(100),
    "claimed box": lambda: box(b"ftyp", bytes(8)) + struct.pack(">I", 1) + b"moov" + struct.pack(">Q", 2**63),
    "data": lambda: mp4(b'{"optviz":1' + b" " * (3 * MB)),
    "elements": lambda: part(0x1A45DFA3) + part(0x18538067, b"\xec\x80" * MB),
    "claimed element": lambda: (
        part(0x1A45DFA3) + bytes.fromhex("18538067 01FFFFFFFFFFFFFE 1254C367 01FFFFFFFFFFFFFE")
    ),
    "tag": lambda: webm(b'{"optviz":1' + b" " * (3 * MB)),
    "entities": lambda: (
        b'<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>'
    ),
    "depth": lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * MB,
    "text": lambda: svg(b"x" * (4 * MB)),
    "attribute": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" a="' + b"x" * (20 * MB),
    "streams": lambda: b"%PDF-1.4\n" + b"stream\nx\x9c" * MB + b"%%EOF",
    "stream": lambda: b"%PDF-1.4\nstream\n" + packed(b'{"optviz":') + b"\n%%EOF",
    "xmp": lambda: b"%PDF-1.4\n" + b"<optviz:record>" * (2 * MB) + b"%%EOF",
    "joined": lambda: b"%PDF-1.4\n" + b'stream\n{"optviz":1}endstream\n' * MB + b"%%EOF",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_claims_much_takes_little(tmp_path, name):
    path = tmp_path / "a"
    path.write_bytes(BOMBS[name]())
    began = time.process_time()
    with pytest.raises(InputError):
        provenance.read(path)
    assert time.process_time() - began < 0.6  # 0.1 s at most, measured
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            provenance.read(path)
        assert tracemalloc.get_traced_memory()[1] < 48 * MB
    finally:
        tracemalloc.stop()


def test_a_file_of_a_terabyte_of_nothing(tmp_path):
    path = tmp_path / "a.mp4"
    with open(path, "wb") as file:
        file.write(mp4(good())[:-72] + struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", 2**35))
        with contextlib.suppress(OSError):
            file.truncate(file.tell() - 16 + 2**35)
    if path.stat().st_size < 2**35:
        pytest.skip("this file system has no holes")
    assert opening.read(path).frame == 7


# ------------------------------------------------------------------ nothing but InputError


def check_any(path: Path, content: bytes) -> None:
    """Read whatever it is; the only error is InputError, in one line."""
    path.write_bytes(content)
    line = ""
    try:
        opening.read(path)
    except InputError as error:
        line = str(error)
    assert "\n" not in line
    assert len(line) < 2000


@pytest.mark.parametrize("kind", CARRIERS)
def test_mutations(tmp_path, kind):
    rng = random.Random(5)
    whole = bytearray(CARRIERS[kind](good()))
    head = CARRIERS[kind]()  # where the structure is, not the text
    path = tmp_path / "a"
    for i in range(250):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            where = rng.randrange(len(content) if i % 2 else min(len(head), 160))
            action = rng.randrange(4)
            if action == 0:
                content[where] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            elif action == 1:
                del content[where : where + rng.randint(1, 40)]
            elif action == 2:
                content[where:where] = rng.randbytes(rng.randint(1, 12))
            else:
                other = rng.randrange(len(content))
                content[where:where] = content[other : other + rng.randint(1, 60)]
        check_any(path, bytes(content))


names = st.sampled_from(
    ["optviz", "experiment", "training", "frame", "frames", "stride", "options", "seed", "versions"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
choices = st.dictionaries(
    st.sampled_from(["kind", "size", "fps", "theme", "transparent", "caption", "plot", "x"]),
    values
    | st.sampled_from(["png", "1/3", "light", "loss"])
    | st.lists(st.integers(), min_size=2, max_size=2),
    max_size=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, values, max_size=3), choices)
def test_any_record_is_right_or_refused(tmp_path, changes, options):
    plain = {**known(), **changes, "options": {"kind": "png", **options}}
    with contextlib.suppress(InputError):
        provenance.Provenance.loads(signed(plain))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(list(CARRIERS)))
def test_any_text_is_right_or_refused(tmp_path, text, kind):
    check_any(tmp_path / "a", CARRIERS[kind](text))


def test_hand_made_mistakes_are_mistakes():
    """The makers of these tests make what they say: unchanged, everything is read."""
    assert provenance.Provenance.loads(good()).frame == 7
    assert json.loads(good())["sha256"] == json.loads(signed(known()))["sha256"]


# ------------------------------------------------------------------ nothing is run or loaded


def test_reading_loads_no_qt_no_pictures_and_no_films(tmp_path):
    for kind, make in CARRIERS.items():
        (tmp_path / kind).write_bytes(make(good()))
    code = f"""
import sys
from pathlib import Path
from optviz import opening
for path in Path({str(tmp_path)!r}).iterdir():
    assert opening.read(path).frame == 7
heavy = {{"PySide6", "PIL", "av", "numba", "torch", "sklearn", "xml.etree"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("command", ["render", "simulate", "train"])
def test_the_command_line_says_it_in_one_line(tmp_path, capfd, command):
    path, out = tmp_path / "holidays.png", tmp_path / ("out.npz" if command == "simulate" else "out.png")
    for content, words in ((png(), "no experiment in it"), (png(good(frame=99)), "frame")):
        path.write_bytes(content)
        assert __main__.main([command, str(path), "-o", str(out)]) == 2
        said = capfd.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert "holidays.png" in said.err
        assert words in said.err
        assert not out.exists()
