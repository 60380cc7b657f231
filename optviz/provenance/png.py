"""The record in a PNG file: a text chunk called "optviz" (PNG specification, 11.3.4)."""

from __future__ import annotations

import zlib

from optviz.provenance.bounded import Bounded, Broken
from optviz.provenance.record import KEY, MOST

_CHUNKS = 65_536  # of a picture of 7680 x 4320 in pieces of 8 kB there are some 12,000
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_NAME = KEY.encode() + b"\0"


def texts(data: Bounded) -> list[bytes]:
    """Return what stands in the text chunks called "optviz". Raises Broken."""
    found: list[bytes] = []
    place = 8
    for _ in range(_CHUNKS):
        head = data.at(place, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if place + 12 + length > data.size:
            raise Broken("it ends too early")
        if kind in _TEXTS and length >= len(_NAME) and data.at(place + 8, len(_NAME)) == _NAME:
            if length > MOST + 100:
                raise Broken("its record is larger than a record can be")
            content = data.at(place + 8, length)
            if data.number(place + 8 + length, 4) != zlib.crc32(content, zlib.crc32(kind)):
                raise Broken("the checksum of its record is wrong")
            found.append(_value(kind, content[len(_NAME) :]))
        place += 12 + length
        if kind == b"IEND":
            if len(found) > 1:
                raise Broken(f"there are {len(found)} records in it")
            return found
    raise Broken("it has too many parts")


def _value(kind: bytes, content: bytes) -> bytes:
    """Return the text of a chunk, unpacked where another program has packed it."""
    if kind == b"tEXt":
        return content
    if kind == b"zTXt":
        return _unpacked(content[1:])
    packed = content[:1] == b"\x01"
    _, _, rest = content[2:].partition(b"\0")  # the language
    _, _, text = rest.partition(b"\0")  # the name in that language
    return _unpacked(text) if packed else text


def _unpacked(content: bytes) -> bytes:
    packer = zlib.decompressobj()
    try:
        text = packer.decompress(content, MOST + 1)
    except zlib.error:
        raise Broken("its record cannot be unpacked") from None
    if len(text) > MOST or not packer.eof:
        raise Broken("its record is larger than a record can be, or cut off")
    return text
