"""The record in a PDF file: its XMP metadata, and an attached file.

Programs that join or rewrite PDFs keep one or the other. Neither is looked up through the index of the file,
which a rewriting program may pack and a stranger may forge: the file is searched for what only we write.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from html import unescape
from xml.sax.saxutils import escape

from optviz.provenance.bounded import Bounded, Broken
from optviz.provenance.record import KEY, MOST
from optviz.provenance.svg import NAMESPACE

FILE = "optviz.json"

_PIECE = 1 << 20
_MOST_BYTES = 1 << 29  # of a file that is searched
_STREAMS = 20_000
_RECORDS = 16
_START = b"<optviz:record>"
_END = b"</optviz:record>"
_RECORD = b'{"' + KEY.encode() + b'":'
_PACKED = 6 * MOST  # bytes of a record with each of its characters written as an entity


def xmp(title: str, producer: str, text: str) -> bytes:
    """Return the XMP metadata of a PDF with a record in it (ISO 16684-1), without dates."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" '
        f'xmlns:optviz="{NAMESPACE}">\n'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>\n'
        "<xmp:CreatorTool>optviz</xmp:CreatorTool>\n"
        f"<pdf:Producer>{escape(producer)}</pdf:Producer>\n"
        f"<optviz:record>{escape(text)}</optviz:record>\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def texts(data: Bounded) -> list[bytes]:
    """Return the records of the XMP metadata and of the attached files. Raises Broken."""
    if data.size > _MOST_BYTES:
        raise Broken(f"it is larger than {_MOST_BYTES >> 20} MB")
    tail = min(data.size, 2048)
    if b"%%EOF" not in data.at(data.size - tail, tail):
        raise Broken("it ends too early")
    found: dict[bytes, None] = {}
    left = _RECORDS
    for place, packed in _places(data):
        text = _unpacked(data, place) if packed else _written(data, place)
        if text is not None:
            found[text] = None
            left -= 1
            if left < 0:
                raise Broken("there are too many records in it")
    return list(found)


def _places(data: Bounded) -> Iterator[tuple[int, bool]]:
    """Yield where a record may begin, and whether it is that of an attached file."""
    streams = 0
    for place in range(0, data.size, _PIECE):
        # Pieces overlap a little, so that nothing is cut in two; what begins in the overlap comes next.
        piece = data.at(place, min(_PIECE + 32, data.size - place))
        at = piece.find(_START)
        while 0 <= at < _PIECE:
            yield place + at + len(_START), False
            at = piece.find(_START, at + 1)
        at = piece.find(b"stream")
        while 0 <= at < _PIECE:
            streams += 1
            if streams > _STREAMS:
                raise Broken("it has too many parts")
            after = piece[at + 6 : at + 8]
            if after[:1] in (b"\r", b"\n") and piece[max(at - 3, 0) : at] != b"end":
                yield place + at + (8 if after == b"\r\n" else 7), True
            at = piece.find(b"stream", at + 6)


def _written(data: Bounded, place: int) -> bytes:
    """Return the record of the XMP metadata."""
    length = 1 << 14
    while True:
        content = data.at(place, min(length, data.size - place))
        end = content.find(_END)
        if end >= 0:
            return unescape(content[:end].decode("latin-1")).encode("utf-8")
        if len(content) < length or length > _PACKED:
            raise Broken("its record is cut off")
        length *= 4


def _unpacked(data: Bounded, place: int) -> bytes | None:
    """Return the record that an attached file is; None for any other content."""
    head = data.at(place, min(64, data.size - place))
    if head.startswith(_RECORD):
        content = data.at(place, min(MOST + 16, data.size - place))
        end = content.find(b"endstream")
        if end < 0:
            raise Broken("its record is cut off")
        return content[:end].rstrip(b"\r\n")
    if head[:1] != b"\x78":
        return None
    packer = zlib.decompressobj()
    try:
        if not packer.decompress(head, len(_RECORD)).startswith(_RECORD):
            return None
    except zlib.error:
        return None
    content = data.at(place, min(MOST + 1000, data.size - place))
    packer = zlib.decompressobj()
    try:
        text = packer.decompress(content, MOST + 1)
    except zlib.error:
        raise Broken("its record cannot be unpacked") from None
    if len(text) > MOST or not packer.eof:
        raise Broken("its record is larger than a record can be, or cut off")
    return text
