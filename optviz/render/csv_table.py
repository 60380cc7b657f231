"""The numbers of one plot of a training as CSV (RFC 4180): commas, CRLF, UTF-8, a row of names first."""

from __future__ import annotations

import csv
import io

from optviz.render.training.table import table
from optviz.training.scene.scene import TrainScene

# Of the columns whose name does not say it; a rate or a norm has none.
_UNITS = {
    "loss": {"loss": "nat", "running_mean": "nat", "test_loss": "nat"},
    "accuracy": {"accuracy": "share", "running_mean": "share", "test_accuracy": "share"},
    "dead": {"share": "of neurons"},
}


def encode(scene: TrainScene, plot: str, k: int) -> bytes:
    """Return the numbers of a plot up to frame `k`.

    A number is written with as many digits as give back exactly itself; one that is missing is empty.
    """
    header, rows = table(scene, plot, k)
    units = _UNITS.get(plot, {})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([f"{name} ({units[name]})" if name in units else name for name in header])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _plain(value: object) -> object:
    return "" if value != value else value  # only nan is not itself
