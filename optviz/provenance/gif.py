"""The record in a GIF file: a comment before the first picture (GIF89a, 24)."""

from __future__ import annotations

import os
from pathlib import Path

from optviz.provenance.bounded import Bounded, Broken
from optviz.provenance.record import MOST

_BLOCKS = 50_000  # pieces of at most 255 bytes
_COMMENTS = 8
_PIECE = 1 << 20


def texts(data: Bounded) -> list[bytes]:
    """Return the comments of a GIF that may be records, each once. Raises Broken."""
    found: dict[bytes, None] = {}
    try:
        _walk(data, found)
    except _TooMany:
        # A long film. Comments come before the first picture, and the last byte of any GIF is known.
        if data.at(data.size - 1, 1) != b"\x3b":
            raise Broken("it ends too early, or has too many parts") from None
    return list(found)


class _TooMany(Exception):  # noqa: N818 - never shown
    """There are more pieces than are looked at."""


def _walk(data: Bounded, found: dict[bytes, None]) -> None:
    """Go through the parts of a GIF and add its comments to `found`."""
    place = _header(data)
    left = _BLOCKS
    while left > 0:
        left -= 1
        kind = data.at(place, 1)
        if kind == b"\x3b":
            return
        if kind == b"\x2c":
            flags = data.at(place + 9, 1)[0]
            place += 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0) + 1
            place, left = _skipped(data, place, left)
        elif kind == b"\x21":
            if data.at(place + 1, 1) == b"\xfe":
                text, place, left = _comment(data, place + 2, left)
                if text is not None and text.startswith(b"{") and len(found) < _COMMENTS:
                    found[text] = None
            else:
                place, left = _skipped(data, place + 2, left)
        else:
            raise Broken("it has a part that no GIF has")
    raise _TooMany


def _header(data: Bounded) -> int:
    """Return where the parts of the file begin: behind its palette."""
    flags = data.at(10, 1)[0]
    return 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _skipped(data: Bounded, place: int, left: int) -> tuple[int, int]:
    """Return where a chain of pieces ends, and how many pieces there may still be."""
    while left > 0:
        left -= 1
        count = data.at(place, 1)[0]
        place += 1 + count
        if count == 0:
            return place, left
    raise _TooMany


def _comment(data: Bounded, place: int, left: int) -> tuple[bytes | None, int, int]:
    """Return a comment, None for one that is too long to be a record, and where it ends."""
    pieces: list[bytes] = []
    start = place
    while left > 0:
        left -= 1
        count = data.at(place, 1)[0]
        if count == 0:
            short = place - start <= MOST + MOST // 255 + 2
            return (b"".join(pieces) if short else None), place + 1, left
        if place - start <= MOST + MOST // 255 + 2:
            pieces.append(data.at(place + 1, count))
        else:
            pieces.clear()
        place += 1 + count
    raise _TooMany


def insert(path: Path, text: str) -> None:
    """Put a comment into a GIF of our own, behind its palette; raises OSError.

    FFmpeg's writer of GIFs has no comments. What follows is moved in place, from the end on.
    """
    raw = text.encode("ascii")
    pieces = (raw[i : i + 255] for i in range(0, len(raw), 255))
    block = b"\x21\xfe" + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
    with open(path, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        start = _header(Bounded(file, end))
        while end > start:
            begin = max(start, end - _PIECE)
            file.seek(begin)
            piece = file.read(end - begin)
            file.seek(begin + len(block))
            file.write(piece)
            end = begin
        file.seek(start)
        file.write(block)
