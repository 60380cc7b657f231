"""The record in an SVG file: an element of our own inside `<metadata>`."""

from __future__ import annotations

from xml.parsers import expat
from xml.sax.saxutils import escape

from optviz.provenance.bounded import Bounded, Broken, Foreign
from optviz.provenance.record import MOST

NAMESPACE = "urn:optviz:provenance:1#"

_SVG = "http://www.w3.org/2000/svg"
_PIECE = 1 << 16
_BEFORE = 1 << 22  # bytes in which the metadata must have come
_DEPTH = 200


def element(text: str) -> bytes:
    """Return the element that carries a record."""
    inside = escape(text).encode("ascii")
    return (
        b'<metadata><optviz:record xmlns:optviz="%s">' % NAMESPACE.encode() + inside
        + b"</optviz:record></metadata>"
    )  # fmt: skip


def insert(picture: bytes, text: str) -> bytes:
    """Return an SVG of our own with a record in it, behind its title."""
    start = picture.index(b"<svg")
    place = picture.index(b">", start) + 1
    title = picture.find(b"</title>", place, place + 2000)
    if title >= 0 and not picture[place : place + 20].lstrip().startswith(b"<title>"):
        title = -1
    place = title + len(b"</title>") if title >= 0 else place
    return picture[:place] + b"\n" + element(text) + picture[place:]


def texts(data: Bounded) -> list[bytes]:
    """Return what stands in the elements of our own. Raises Broken."""
    walk = _Walk()
    place, most = 0, min(data.size, _BEFORE)
    try:
        while place < most and not walk.done:
            count = min(_PIECE, most - place)
            walk.parser.Parse(data.at(place, count), place + count == data.size)
            place += count
    except expat.ExpatError as error:
        raise Broken(f"line {error.lineno} of it is no XML") from None
    tail = min(data.size, 1024)
    if b"</svg" not in data.at(data.size - tail, tail) and walk.found:
        raise Broken("it ends too early")
    return walk.found


class _Walk:
    """What the parser tells, kept as far as it is about the record."""

    def __init__(self) -> None:
        self.found: list[bytes] = []
        self.done = False  # the metadata has come, or never will
        self._depth = self._size = 0
        self._inside: list[str] | None = None
        # Whatever encoding the file names, ours are ASCII.
        self.parser = parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise Broken("it has a DTD, which is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name != f"{_SVG} svg":
            raise Foreign("XML or HTML, but no SVG picture")
        if self._depth > _DEPTH:
            raise Broken("it is nested too deeply")
        if self._inside is not None:
            raise Broken("there is something else in its record")
        if name == f"{NAMESPACE} record":
            self._inside, self._size = [], 0

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._inside is not None:
            self.found.append("".join(self._inside).encode("utf-8"))
            self._inside = None
            if len(self.found) > 8:
                raise Broken("there are too many records in it")
        elif name == f"{_SVG} metadata" and self.found:
            self.done = True

    def _text(self, text: str) -> None:
        if self._inside is None:
            return
        self._size += len(text)
        if self._size > MOST:
            raise Broken("its record is larger than a record can be")
        self._inside.append(text)
