"""The record in an MP4 file: its comment and its description, moov/udta/meta/ilst.

A QuickTime film has them right in moov/udta, in a form of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from optviz.provenance.bounded import Bounded, Broken
from optviz.provenance.record import MOST

_BOXES = 20_000  # in all; a film in fragments has two for each
_NAMES = (b"\xa9cmt", b"desc", b"ldes")
_PATH = (b"moov", b"udta", b"meta", b"ilst")


def texts(data: Bounded) -> list[bytes]:
    """Return the comments and descriptions of a film. Raises Broken."""
    return _Walk(data).found


class _Walk:
    """Goes through the boxes of a file and into the few that lead to its metadata."""

    def __init__(self, data: Bounded) -> None:
        self._data, self._left = data, _BOXES
        self.found: list[bytes] = []
        self._enter(0, data.size, 0)

    def _boxes(self, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield the kind of each box, where its content begins, and where it ends."""
        while end - place >= 8:
            self._left -= 1
            if self._left < 0:
                raise Broken("it has too many parts")
            head = self._data.at(place, 8)
            size, content = int.from_bytes(head[:4], "big"), place + 8
            if size == 1:
                size, content = self._data.number(place + 8, 8), place + 16
            elif size == 0:
                size = end - place
            if place + size < content or place + size > end:
                raise Broken("it ends too early, or one of its parts is larger than what it is in")
            yield head[4:], content, place + size
            place += size

    def _enter(self, place: int, end: int, depth: int) -> None:
        for kind, content, after in self._boxes(place, end):
            if depth == len(_PATH):
                if kind in _NAMES:
                    self._take(content, after)
            elif depth == 2 and kind in _NAMES and after - content >= 4:
                length = self._data.number(content, 2)
                if len(self.found) < 8 and length <= after - content - 4:
                    self.found.append(self._data.at(content + 4, length))
            elif kind == _PATH[depth]:
                # "meta" begins with a version.
                self._enter(content + (4 if kind == b"meta" else 0), after, depth + 1)

    def _take(self, place: int, end: int) -> None:
        for kind, content, after in self._boxes(place, end):
            if kind == b"data" and after - content >= 8:
                if after - content - 8 > MOST:
                    raise Broken("its metadata is larger than a record can be")
                if len(self.found) < 8:
                    self.found.append(self._data.at(content + 8, after - content - 8))
