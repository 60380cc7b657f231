"""metrics.jsonl: an object a step and one more after each epoch, growing while a training goes on."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from optviz import atomic
from optviz.errors import InputError, shown
from optviz.training.record import POINT_COLUMNS, Judgement, News

_LONGEST_LINE = 1_000_000


class MetricsFile:
    """The growing file of an entrant's numbers; a torn last line is harmless, the next start removes it.

    Parameters
    ----------
    after
        Lines of later steps are removed first: those a checkpoint does not know of.
    """

    def __init__(self, path: Path, after: int = 0) -> None:
        self._path = path
        self._file: IO[str] | None = None
        known = [line for line in lines_of(path) if line["step"] <= after]
        steps = [line["step"] for line in known if "test_loss" not in line]
        if steps != list(range(1, after + 1)):
            raise InputError(
                f"{shown(str(path), 300)} is damaged: it does not hold every step up to {after}, where the "
                "checkpoint is"
            )
        kept = [json.dumps(line) + "\n" for line in known]
        if kept or path.exists():
            atomic.write_bytes(path, "".join(kept).encode())

    def add(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append objects and hand them to the system. Raises InputError."""
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
        if not text:
            return
        try:
            if self._file is None:
                self._file = open(self._path, "a", encoding="utf-8", newline="\n")  # noqa: SIM115 - stays open
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise atomic.cannot_write(self._path, error) from None

    def settle(self) -> None:
        """Force what was added to the disk. Raises InputError."""
        if self._file is not None:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                raise atomic.cannot_write(self._path, error) from None

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a metrics file up to the first line that is torn. Raises InputError."""
    found: list[dict[str, Any]] = []
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            while line := file.readline(_LONGEST_LINE):
                try:
                    known = json.loads(line)
                except (ValueError, RecursionError):
                    break
                if (
                    not line.endswith("\n")
                    or not isinstance(known, dict)
                    or type(known.get("step")) is not int
                ):
                    break
                found.append(known)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(f"{shown(str(path), 300)} cannot be read: {error.strerror or error}") from None
    return found


def finite(value: float) -> float | None:
    """Return a number as JSON may have it: None where it is not finite."""
    return value if math.isfinite(value) else None


def lines(layers: Sequence[str], news: News) -> list[dict[str, Any]]:
    """Return what is new as objects of metrics.jsonl."""
    measured = {int(row[0]): row[1:] for row in news.layer_points}
    found: list[dict[str, Any]] = []
    judged = {one.step: one for one in news.judgements}
    for row in news.points:
        line: dict[str, Any] = {
            name: finite(float(value)) for name, value in zip(POINT_COLUMNS, row, strict=True)
        }
        step = line["step"] = int(row[0])
        if step in measured:
            gradient, ratio = np.split(measured[step], 2)
            line["layers"] = {
                name: [finite(float(gradient[i])), finite(float(ratio[i]))] for i, name in enumerate(layers)
            }
        found.append(line)
        if step in judged:
            found.append(_judged(judged.pop(step)))
    return [*found, *(_judged(one) for one in judged.values())]


def _judged(one: Judgement) -> dict[str, Any]:
    return {
        "step": one.step,
        "epoch": one.epoch,
        "test_loss": finite(one.loss),
        "test_accuracy": one.accuracy,
    }
