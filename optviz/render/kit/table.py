"""The paths of a race as CSV (RFC 4180): commas, CRLF, UTF-8, a row of names first."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from optviz.experiment import Experiment
from optviz.render.source import scene_of
from optviz.reshape import ReshapeScene
from optviz.scene import Line, Scene
from optviz.training.scene.scene import TrainScene

MOST_ROWS = 1_000_000
"""Beyond, only the points of the frames have a row."""

HEADER = ("entrant", "optimizer", "step", "x", "y", "loss", "gradient_norm", "learning_rate")
_BLOCK = 20_000


def write(path: Path, experiment: Experiment, steps: range, check: Callable[[], None]) -> None:
    """Write every point of every entrant; of a comparison, of both sides, with a column that says which.

    A number has as many digits as give back exactly itself. The gradient and the learning rate are those of
    the step taken from the point; at the last point they are empty.

    Parameters
    ----------
    steps
        The frames, whose points alone are written where all would be more than `MOST_ROWS`.
    check
        Called now and then; it may raise to stop.
    """
    scene = scene_of(experiment)
    sides: list[tuple[list[str], Scene]] = []
    if isinstance(scene, Scene):
        sides = [([], scene)]
    elif isinstance(scene, ReshapeScene):
        sides = [(["before"], scene.before), (["after"], scene.after)]
    elif not isinstance(scene, TrainScene):  # of a map, the race it is a map of
        sides = [([], scene.race)]
    rows = sum(len(line.path) for _, side in sides for line in side.lines)
    only = steps if rows > MOST_ROWS else None
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*(["side"] if isinstance(scene, ReshapeScene) else []), *HEADER])
        for name, side in sides:
            for line in side.lines:
                for block in _blocks(line, only):
                    check()
                    writer.writerows([*name, plain(line.label), line.optimizer, *row] for row in block)


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like it gets an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _blocks(line: Line, only: range | None) -> Iterator[list[list[object]]]:
    last = line.stopped_at
    at = list(range(last + 1)) if only is None else sorted({k for k in only if k <= last} | {0, last})
    for start in range(0, len(at), _BLOCK):
        own = at[start : start + _BLOCK]
        steps = [k for k in own if k < last]
        norms = [*line.gradient_norm[steps].tolist(), ""][: len(own)]
        rates = [*line.learning_rate[steps].tolist(), ""][: len(own)]
        columns = (own, *line.path[own].T.tolist(), line.loss[own].tolist(), norms, rates)
        yield [list(row) for row in zip(*columns, strict=True)]
