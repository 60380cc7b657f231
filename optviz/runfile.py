"""A run as a file of arrays, RUN.npz: the same run gives the same bytes."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from optviz.atomic import Whole
from optviz.simulate import Run
from optviz.version import __version__

_DATE = (1980, 1, 1, 0, 0, 0)


def save(run: Run, path: str | os.PathLike[str]) -> None:
    """Write `run` as an .npz file that `numpy.load(path, allow_pickle=False)` reads.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with Whole(path) as whole:
        write(run, whole.temporary)


def write(run: Run, path: Path) -> None:
    """Write `run` into the file `path` as it is, without a temporary name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for index, entrant in enumerate(run.entrants):
            for name in ("path", "loss", "grad", "learning_rate", "state"):
                put(archive, f"{name}_{index}", getattr(entrant, name))
        put(archive, "meta", np.array(json.dumps(meta(run), allow_nan=False)))


def meta(run: Run) -> dict[str, Any]:
    """Return what RUN.npz says in words: the whole experiment, the versions, how each entrant ended."""
    return {
        "experiment": run.experiment.resolved(),
        "versions": versions(),
        "entrants": [
            {
                "status": entrant.status,
                "stopped_at": entrant.stopped_at,
                "why": entrant.why,
                "state_rows": list(entrant.state_rows),
            }
            for entrant in run.entrants
        ],
    }


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    import numba

    return {
        "optviz": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def put(archive: zipfile.ZipFile, name: str, array: np.ndarray[Any, Any]) -> None:
    """Add an array to an .npz file; the same arrays give the same bytes."""
    entry = zipfile.ZipInfo(f"{name}.npy", _DATE)
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w", force_zip64=True) as file:
        np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
