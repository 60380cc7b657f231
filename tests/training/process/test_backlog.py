"""What nobody has taken yet: no point and no judgement is lost, and looks do not pile up."""

from __future__ import annotations

import numpy as np

from optviz.training.process.backlog import LOOKS, Backlog
from optviz.training.record import Judgement, Look, News, Record, Snapshot
from optviz.training.setting import Training


def look(step: int) -> Look:
    return Look(step, 0.0, np.zeros((1, 2, 2), np.float16), (), 0, np.zeros(10, np.float32))


def judgement(epoch: int) -> Judgement:
    none = np.zeros(0, np.int64)
    empty = np.zeros((0, 8, 8), np.uint8)
    return Judgement(epoch, 0, 0.0, 0.0, np.zeros((10, 10), np.int64), empty, none, none, none, none)  # type: ignore[arg-type]


def snapshots() -> list[Snapshot]:
    """Return 300 snapshots of two entrants, some of them with nothing new."""
    rng, made, step = np.random.default_rng(0), [], 0
    for k in range(300):
        count = int(rng.integers(0, 4))
        points = np.arange(step + 1, step + count + 1)[:, None] * np.ones((1, 7))
        step += count
        first = News(
            points,
            points[:1, :3],
            judgements=(judgement(k),) if k % 50 == 0 else (),
            looks=(look(k),) if k % 3 == 0 else (),
            status="done" if k == 299 else "training",
            summary={"accuracy": 0.5} if k == 250 else None,
        )
        second = News(np.empty((0, 7)), np.empty((0, 3)), status="waiting")
        made.append(Snapshot((first, second), "training", k, 300, 1.0, 0.0, "CPU"))
    return made


def taken(every: int) -> tuple[Record, list[Snapshot]]:
    entrants = ({"optimizer": "adam"}, {"optimizer": "gd"})
    record, backlog, told = Record.empty(Training(entrants=entrants)), Backlog(), []  # type: ignore[arg-type]
    for number, snapshot in enumerate(snapshots(), 1):
        backlog.add(snapshot)
        if number % every == 0:
            told.append(backlog.take())
            record.take(told[-1])
            assert not backlog
    return record, told


def test_taken_seldom_tells_the_same_as_taken_at_once():
    each, _ = taken(1)
    for every in (2, 7, 300):
        record, told = taken(every)
        assert len(told) == 300 // every
        for one, other in zip(each.entrants, record.entrants, strict=True):
            assert other.steps > 400 or other.status == "waiting"
            if every != 7:  # which leaves six snapshots waiting
                assert np.array_equal(one.points, other.points)
                assert np.array_equal(one.layer_steps, other.layer_steps)
                assert [j.epoch for j in one.judgements] == [j.epoch for j in other.judgements]
                assert (one.status, one.summary) == (other.status, other.summary)
        assert record.entrants[1].steps == 0


def test_of_the_looks_the_last_few_wait():
    _, told = taken(300)
    assert [one.step for one in told[0].news[0].looks] == list(range(300 - 3 * LOOKS, 300, 3))
    assert LOOKS < 100
    assert told[0].done == 299
