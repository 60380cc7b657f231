"""Snapshots that nobody has taken yet, as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.training.record import Judgement, Look, News, Snapshot

LOOKS = 32  # looks inside that wait, at most, for each entrant: they are the big part of a snapshot
_PIECES = 64  # arrays that wait one by one before they are put together


@dataclass(eq=False)
class _Waiting:
    """What waits about one entrant."""

    points: list[Array] = field(default_factory=list)
    layer_points: list[Array] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    summary: Mapping[str, Any] | None = None

    def add(self, news: News) -> None:
        for pieces, more in ((self.points, news.points), (self.layer_points, news.layer_points)):
            if len(more) or not pieces:
                pieces.append(more)
            if len(pieces) > _PIECES:
                pieces[:] = [_joined(pieces)]
        self.judgements += news.judgements
        self.looks = [*self.looks, *news.looks][-LOOKS:]
        self.summary = news.summary if news.summary is not None else self.summary

    def news(self, last: News) -> News:
        """Return everything that waits; how things stand is said by `last`."""
        return replace(
            last,
            points=_joined(self.points),
            layer_points=_joined(self.layer_points),
            judgements=tuple(self.judgements),
            looks=tuple(self.looks),
            summary=self.summary,
        )


class Backlog:
    """Collects snapshots until somebody takes them, without growing by more than their numbers.

    Every point and every judgement is kept, and of the looks inside each network the last few.
    """

    def __init__(self) -> None:
        self._last: Snapshot | None = None
        self._waiting: tuple[_Waiting, ...] = ()

    def __bool__(self) -> bool:
        return self._last is not None

    def add(self, snapshot: Snapshot) -> None:
        """Add what happened since the snapshot before."""
        if self._last is None:
            self._waiting = tuple(_Waiting() for _ in snapshot.news)
        for waiting, news in zip(self._waiting, snapshot.news, strict=True):
            waiting.add(news)
        self._last = snapshot

    def take(self) -> Snapshot:
        """Return all that waits as one snapshot, and forget it; there must be something."""
        assert self._last is not None
        pairs = zip(self._waiting, self._last.news, strict=True)
        taken = replace(self._last, news=tuple(waiting.news(last) for waiting, last in pairs))
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget all that waits."""
        self._last, self._waiting = None, ()


def _joined(pieces: list[Array]) -> Array:
    filled = [piece for piece in pieces if len(piece)] or pieces[:1]
    return filled[0] if len(filled) == 1 else np.concatenate(filled)
