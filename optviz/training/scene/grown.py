"""Numbers of a series that grows at its end."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array


class Grown:
    """A series that grows at its end; what is there is not copied each time."""

    def __init__(self, width: int = 0) -> None:
        self._room = np.empty((16, width) if width else 16)
        self.count = 0

    @property
    def values(self) -> Array:
        return self._room[: self.count]

    def add(self, more: Array) -> None:
        """Take in what is new."""
        count = self.count + len(more)
        if count > len(self._room):
            room = np.empty((max(count, 2 * len(self._room)), *self._room.shape[1:]))
            room[: self.count] = self.values
            self._room = room
        self._room[self.count : count] = more
        self.count = count
