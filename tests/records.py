"""Records and the smallest files of every kind that carry one, made by hand and not by optviz."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

TOML = 'surface = "sphere"\nsteps = 20\n[[entrants]]\noptimizer = "gd"\nlearning_rate = 0.1\n'


def known(**changes: Any) -> dict[str, Any]:
    """Return what a record holds, without its checksum; None takes a name away."""
    plain = {
        "optviz": 1,
        "experiment": TOML,
        "frame": 7,
        "options": {"kind": "png", "size": [320, 180], "transparent": False, "caption": False},
        "seed": 0,
        "versions": {"optviz": "0.1.0"},
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def signed(plain: dict[str, Any]) -> str:
    """Return the text of a record with the checksum that belongs to it."""
    text = json.dumps(plain, separators=(",", ":"))
    return json.dumps({**plain, "sha256": hashlib.sha256(text.encode()).hexdigest()}, separators=(",", ":"))


def good(**changes: Any) -> bytes:
    return signed(known(**changes)).encode()


def chunk(kind: bytes, content: bytes, crc: int = 0) -> bytes:
    right = zlib.crc32(kind + content) ^ crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", right)


def png(*texts: bytes, crc: int = 0) -> bytes:
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))]
    chunks += [chunk(b"tEXt", b"optviz\0" + text, crc) for text in texts]
    chunks += [chunk(b"IDAT", zlib.compress(bytes(4))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def gif(*texts: bytes) -> bytes:
    made = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    for text in texts:
        pieces = [text[i : i + 255] for i in range(0, len(text), 255)]
        made += b"\x21\xfe" + b"".join(bytes([len(p)]) + p for p in pieces) + b"\0"
    return made + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00" + b"\x3b"


def box(kind: bytes, *content: bytes) -> bytes:
    whole = b"".join(content)
    return struct.pack(">I", 8 + len(whole)) + kind + whole


def mp4(*texts: bytes) -> bytes:
    tags = [box(b"\xa9cmt", box(b"data", struct.pack(">II", 1, 0), text)) for text in texts]
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"ilst", *tags))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"udta", meta)) + box(b"mdat", bytes(64))


def part(name: int, *content: bytes) -> bytes:
    whole = b"".join(content)
    return (
        name.to_bytes((name.bit_length() + 7) // 8, "big") + struct.pack(">Q", len(whole) | 1 << 56) + whole
    )


def webm(*texts: bytes) -> bytes:
    tags = [part(0x67C8, part(0x45A3, b"OPTVIZ"), part(0x4487, text)) for text in texts]
    segment = part(
        0x18538067, part(0x1254C367, part(0x7373, *tags)), part(0x1F43B675, bytes([0xE7, 0x81, 0]))
    )
    return part(0x1A45DFA3, part(0x4282, b"webm")) + segment


def svg(*texts: bytes) -> bytes:
    inside = "".join(
        f'<o:record xmlns:o="urn:optviz:provenance:1#">{escape(text.decode("utf-8", "replace"))}</o:record>'
        for text in texts
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg"><metadata>{inside}</metadata><g/></svg>\n'.encode()


def pdf(*texts: bytes) -> bytes:
    made = b"%PDF-1.4\n"
    for i, text in enumerate(texts):
        packed = zlib.compress(text)
        made += b"%d 0 obj\n<</Filter /FlateDecode /Length %d>>\nstream\n" % (i + 1, len(packed))
        made += packed + b"\nendstream\nendobj\n"
    return made + b"trailer\n<<>>\nstartxref\n0\n%%EOF\n"


CARRIERS: dict[str, Callable[..., bytes]] = {
    "png": png, "gif": gif, "mp4": mp4, "webm": webm, "svg": svg, "pdf": pdf,
}  # fmt: skip
