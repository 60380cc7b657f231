"""optviz shows how optimizers work.

>>> import optviz
>>> experiment = optviz.Experiment(surface="rosenbrock", entrants=[{"optimizer": "adam"}])
>>> run = optviz.simulate(experiment)                                       # doctest: +SKIP
>>> image = optviz.render(experiment, frame=120, size=(1920, 1080))         # doctest: +SKIP

Importing this package imports nothing heavy; each name below is fetched when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from optviz.version import __version__

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optviz.errors import InputError
    from optviz.experiment import Entrant, Experiment, Penalty, Reshape, ScheduleSetting, Setting, View
    from optviz.map_setting import MapSetting
    from optviz.maps.request import basin_map, build_map
    from optviz.render.export import render, render_training
    from optviz.simulate import Run, simulate
    from optviz.surface_values import gradient, hessian, loss, surface_data

    Array = npt.NDArray[np.float64]

__all__ = [
    "Entrant",
    "Experiment",
    "InputError",
    "MapSetting",
    "Penalty",
    "Reshape",
    "Run",
    "ScheduleSetting",
    "Setting",
    "View",
    "__version__",
    "basin_map",
    "build_map",
    "gradient",
    "hessian",
    "loss",
    "render",
    "render_training",
    "simulate",
    "surface_data",
]

_HOMES = {
    "Entrant": "optviz.experiment",
    "Experiment": "optviz.experiment",
    "InputError": "optviz.errors",
    "MapSetting": "optviz.map_setting",
    "Penalty": "optviz.experiment",
    "Reshape": "optviz.experiment",
    "Run": "optviz.simulate",
    "ScheduleSetting": "optviz.experiment",
    "Setting": "optviz.experiment",
    "View": "optviz.experiment",
    "basin_map": "optviz.maps.request",
    "build_map": "optviz.maps.request",
    "gradient": "optviz.surface_values",
    "hessian": "optviz.surface_values",
    "loss": "optviz.surface_values",
    "render_training": "optviz.render.export",
    "surface_data": "optviz.surface_values",
}
# These two are modules of this package and, in its interface, functions.
_CALLABLE = {"simulate": "optviz.simulate", "render": "optviz.render.export"}


def _require_experiment(value: object) -> None:
    from optviz.errors import InputError, shown
    from optviz.experiment import Experiment

    if not isinstance(value, Experiment):
        raise InputError(f"experiment: {shown(value)} is not allowed; it must be an Experiment")


class _CallableModule(ModuleType):
    """A module that can also be called: `optviz.simulate(experiment)` beside `optviz.simulate.Run`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.__name__.rpartition(".")[2]
        if args:
            _require_experiment(args[0])
        function: Callable[..., Any] = getattr(importlib.import_module(_CALLABLE[name]), name)
        return function(*args, **kwargs)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds a submodule to its package here.
        if name in _CALLABLE and type(value) is ModuleType:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _CALLABLE:
            return importlib.import_module(f"{__name__}.{name}")
        if name in _HOMES:
            value = getattr(importlib.import_module(_HOMES[name]), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
