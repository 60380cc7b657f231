"""A file of a stranger, read in small pieces: nothing it claims about itself is believed or allocated."""

from __future__ import annotations

from typing import BinaryIO


class Broken(Exception):  # noqa: N818 - not shown as it is
    """The file is not what it says; the message says how, to stand behind "damaged: "."""


class Foreign(Broken):
    """The file is something else; the message says what, to stand behind "is "."""


class Bounded:
    """The bytes of a file of known size.

    Attributes
    ----------
    size
        In bytes.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size

    def at(self, offset: int, count: int) -> bytes:
        """Return exactly `count` bytes from `offset` on. Raises Broken where the file ends before."""
        if offset + count > self.size:
            raise Broken("it ends too early")
        self._file.seek(offset)
        data = self._file.read(count)
        if len(data) != count:
            raise Broken("it ends too early")
        return data

    def number(self, offset: int, count: int) -> int:
        """Return the whole number in `count` bytes at `offset`, the most significant first."""
        return int.from_bytes(self.at(offset, count), "big")
