"""All that is measured along a path in one table."""

from __future__ import annotations

import csv
import io

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.insight.quantities import of_entrant
from optviz.insight.series import insight_of
from optviz.problem import Problem
from optviz.simulate import Run


def table(
    experiment: Experiment, run: Run, entrant: int, problem: Problem | None = None
) -> tuple[tuple[str, ...], Array]:
    """Return the names of the columns and the numbers, float64[n + 1, columns], of one entrant.

    Row k is about point k and the step that begins there; the last point begins none, which is nan.

    Raises
    ------
    IndexError
        When there is no such entrant.
    """
    own = insight_of(experiment, run, entrant, problem)
    columns = {
        "step": np.arange(float(own.steps + 1)), "x": own.path[:, 0], "y": own.path[:, 1],
        "loss": own.loss, "learning_rate": own.learning_rate,
    }  # fmt: skip
    columns |= {one.key: own.series(one.key) for one in of_entrant(experiment, entrant)}
    numbers = np.full((own.steps + 1, len(columns)), np.nan)
    for i, column in enumerate(columns.values()):
        numbers[: len(column), i] = column
    return tuple(columns), numbers


def encode(names: tuple[str, ...], numbers: Array) -> bytes:
    """Return a table as CSV (RFC 4180): commas, CRLF, UTF-8, a row of names first.

    A number has as many digits as give back exactly itself; one that is undefined is empty.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for row in numbers.tolist():
        row[0] = int(row[0])
        writer.writerow(["" if value != value else value for value in row])
    return text.getvalue().encode()
