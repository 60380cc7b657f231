"""A map as a file of arrays, MAP.npz: the same map gives the same bytes.

All maps over two axes hold, with row 0 the lowest and column 0 the first:

=========  =============  ==========================================================================
x, y       float64[w|h]   the axes: the start's coordinates, or the values of two hyperparameters
values     float64[h, w]  what the map shows (see `optviz.maps.sheet.Sheet`), nan where there is none
classes    int64[h, w]    0, 1, …: the minimum a run ends at (0 where minima play no role); -1 none of
                          them, -2 diverged, -3 there is no such run
minima     float64[m, 2]  the minima that `minimum` counts, those that the surface lists; after them others
                          that runs were found at, which `classes` of "basin" and of steps counts, too
=========  =============  ==========================================================================

and of every run after k steps (`meta` says k; all steps unless the map moves):

=========  ================  =======================================================================
end        float64[h, w, 2]  the last finite point
loss       float64[h, w]     the loss there
steps      int64[h, w]       steps done
status     int64[h, w]       0 all steps done, 1 converged, 2 to 5 diverged (2 the point, 3 the loss, 4
                             the gradient is not finite, 5 the loss has grown beyond any return), 7
                             there is no such run
minimum    int64[h, w]       the listed minimum within 1 % of the view's diagonal of `end`, -1 for none
=========  ================  =======================================================================

"steps", and "sensitivity" over the steps: `values` is the step after which a race stays at the minimum it
ends in. "difference": those of the rival, too, as rival_end … rival_minimum. "sensitivity" on a quadratic:
the lines of theory as theory_0, theory_1 … float64[n, 2], named in `meta`. "learning_rate" holds rates
float64[n], losses float64[entrants, n] (nan where diverged), diverged bool[entrants, n], best
int64[entrants] (-1: none) and nothing else. `meta` is a JSON string: experiment (every default filled in,
its table map included), k, versions, axes, theory, budget.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from optviz.maps.build import Map
from optviz.maps.sheet import RatesSheet
from optviz.runfile import put, versions


def write(made: Map, k: int, path: Path) -> None:
    """Write a map after `k` steps into the file `path` as it is, without a temporary name."""
    arrays = arrays_of(made, k)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            put(archive, name, array)


def arrays_of(made: Map, k: int) -> dict[str, np.ndarray[Any, Any]]:
    """Return what MAP.npz holds, by name."""
    sheet = made.at(k)
    meta: dict[str, Any] = {
        "experiment": made.experiment.resolved(),
        "k": sheet.k,
        "versions": versions(),
    }
    if isinstance(sheet, RatesSheet):
        meta |= {"budget": sheet.budget, "declared": sheet.declared.text}
        arrays = {name: getattr(sheet, name) for name in ("rates", "losses", "diverged", "best")}
        return {**arrays, "meta": np.array(json.dumps(meta, allow_nan=False))}
    assert made.y is not None
    meta["axes"] = [{"name": axis.name, "scale": axis.scale} for axis in (made.x, made.y)]
    meta["theory"] = [{"name": curve.name, "formula": curve.formula} for curve in made.theory]
    arrays = {"x": made.x.values, "y": made.y.values, "values": sheet.values, "classes": sheet.classes}
    shape = sheet.values.shape
    for prefix, sweep in zip(("", "rival_"), made.whose, strict=False):
        field = sweep.lanes.at(sheet.k, made.stop)
        own = {"loss": field.loss, "steps": field.steps, "status": field.status}
        own["minimum"] = sweep.minimum_of(field)
        arrays[f"{prefix}end"] = field.end.reshape(*shape, 2)
        arrays |= {f"{prefix}{name}": array.reshape(shape) for name, array in own.items()}
    arrays["minima"] = sheet.minima if len(sheet.minima) else made.problem.minima
    arrays |= {f"theory_{i}": curve.points for i, curve in enumerate(made.theory)}
    return {**arrays, "meta": np.array(json.dumps(meta, allow_nan=False))}
