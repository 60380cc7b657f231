"""Loss, gradient and Hessian of any surface at any points, and the samples it is made of, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.errors import InputError
from optviz.experiment import Experiment, Penalty
from optviz.problem import Problem


def _named(
    surface: str,
    coefficients: Mapping[str, float] | None,
    choices: Mapping[str, str | bool] | None,
    penalty: Mapping[str, float] | Penalty | None,
) -> Problem:
    tables = {"coefficients": coefficients, "choices": choices, "penalty": penalty}
    given: dict[str, Any] = {name: table for name, table in tables.items() if table is not None}
    return Problem.of(
        Experiment.of({"surface": surface, "entrants": [{"optimizer": "gd"}], **given}, "surface")
    )


def loss(
    surface: str,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    coefficients: Mapping[str, float] | None = None,
    choices: Mapping[str, str | bool] | None = None,
    penalty: Mapping[str, float] | Penalty | None = None,
) -> Array:
    """Return the loss of a surface at points.

    Parameters
    ----------
    surface
        An id from `optviz list surfaces`.
    x, y
        Arrays of equal shape.
    coefficients, choices, penalty
        As the tables of an experiment file; defaults otherwise.

    Returns
    -------
    float64 array of the shape of `x`.

    Raises
    ------
    InputError
        For an unknown name, a value out of bounds or shapes that differ.
    """
    return _named(surface, coefficients, choices, penalty).loss(x, y)


def gradient(
    surface: str,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    coefficients: Mapping[str, float] | None = None,
    choices: Mapping[str, str | bool] | None = None,
    penalty: Mapping[str, float] | Penalty | None = None,
) -> tuple[Array, Array]:
    """Return the gradient of a surface at points, as (gx, gy); see `loss`."""
    return _named(surface, coefficients, choices, penalty).gradient(x, y)


def hessian(
    surface: str,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    coefficients: Mapping[str, float] | None = None,
    choices: Mapping[str, str | bool] | None = None,
    penalty: Mapping[str, float] | Penalty | None = None,
) -> tuple[Array, Array, Array]:
    """Return the Hessian of a surface at points, as (hxx, hxy, hyy); see `loss`."""
    return _named(surface, coefficients, choices, penalty).hessian(x, y)


def surface_data(
    surface: str,
    *,
    coefficients: Mapping[str, float] | None = None,
    choices: Mapping[str, str | bool] | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """Return the samples a data surface's loss is made of, as named arrays, samples along the first axis.

    Raises
    ------
    InputError
        For a surface that is a formula and has no data.
    """
    posed = _named(surface, coefficients, choices, None).posed
    if posed is None:
        raise InputError(f"surface {surface} has no data: it is a formula")
    return {name: np.array(array) for name, array in posed.arrays.items()}
