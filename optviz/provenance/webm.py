"""The record in a WebM or Matroska file: a tag called OPTVIZ, and the comment (RFC 9559, 5.1.8)."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.provenance.bounded import Bounded, Broken
from optviz.provenance.record import KEY, MOST

_PARTS = 50_000  # in all
_SEGMENT, _CLUSTER, _TAGS, _TAG = 0x18538067, 0x1F43B675, 0x1254C367, 0x7373
_SIMPLE, _NAME, _STRING = 0x67C8, 0x45A3, 0x4487
_INSIDE = {_SEGMENT: _TAGS, _TAGS: _TAG, _TAG: _SIMPLE}
_NAMES = (KEY.upper().encode(), b"COMMENT", b"DESCRIPTION")


def texts(data: Bounded) -> list[bytes]:
    """Return what stands in the tags that may hold a record. Raises Broken."""
    return _Walk(data).found


class _Walk:
    """Goes through the elements of a file and into the few that lead to its tags."""

    def __init__(self, data: Bounded) -> None:
        self._data, self._left = data, _PARTS
        self.found: list[bytes] = []
        self._enter(0, data.size, None)

    def _number(self, place: int, marked: bool) -> tuple[int, int]:
        """Return a number of variable length, with or without the mark of its length, and its bytes."""
        first = self._data.at(place, 1)[0]
        length = 9 - first.bit_length()
        if length > (4 if marked else 8):
            raise Broken("it has a part that no WebM has")
        value = self._data.number(place, length)
        return (value if marked else value - (1 << 7 * length)), length

    def _parts(self, place: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the id of each element, where its content begins, and where it ends."""
        while place < end:
            self._left -= 1
            if self._left < 0:
                raise Broken("it has too many parts")
            name, length = self._number(place, True)
            place += length
            size, length = self._number(place, False)
            place += length
            if size == (1 << 7 * length) - 1:  # not known when it was written: a live film
                if name == _SEGMENT:
                    size = end - place
                elif name == _CLUSTER:
                    size = 0  # go on with what is in it
                else:
                    raise Broken("it has a part without a size")
            if place + size > end:
                raise Broken("it ends too early, or one of its parts is larger than what it is in")
            yield name, place, place + size
            place += size

    def _enter(self, place: int, end: int, within: int | None) -> None:
        for name, content, after in self._parts(place, end):
            if (within is None and name == _SEGMENT) or name == _INSIDE.get(within or 0):
                if name == _SIMPLE:
                    self._take(content, after)
                else:
                    self._enter(content, after, name)

    def _take(self, place: int, end: int) -> None:
        name, where = b"", None
        for kind, content, after in self._parts(place, end):
            if kind == _NAME and after - content <= 40:
                name = self._data.at(content, after - content)
            elif kind == _STRING:
                where = content, after - content
        if where is None or name.upper() not in _NAMES:
            return
        if where[1] > MOST:
            raise Broken("its metadata is larger than a record can be")
        if len(self.found) < 8:
            self.found.append(self._data.at(*where).rstrip(b"\0"))
