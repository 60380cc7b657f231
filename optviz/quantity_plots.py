"""The plot of a quantity along the paths: what it is called and how its axis runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optviz.anatomy import TITLES
from optviz.catalog import Array
from optviz.insight import Quantity
from optviz.plots import Plot, plot_of, signed_plot
from optviz.translation import QT_TRANSLATE_NOOP

_ANGLES = (0.0, 45.0, 90.0, 135.0, 180.0)
# Along one coordinate: by its own name, which is not x on every surface.
_ALONG = {
    "gradient": QT_TRANSLATE_NOOP("Stage", "gradient ∂L/∂{axis}"),
    "step": QT_TRANSLATE_NOOP("Stage", "step Δ{axis}"),
    "effective_rate": QT_TRANSLATE_NOOP("Stage", "effective learning rate in {axis}"),
    "memory": QT_TRANSLATE_NOOP("Stage", "memory {row} in {axis}"),
    "part": QT_TRANSLATE_NOOP("Stage", "part of Δ{axis}: {part}"),
}


def naming(quantity: Quantity, axes: tuple[str, str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return title, translation context and values of the plot of a quantity, as in `Plot`."""
    base, _, rest = quantity.key.partition(".")
    name, axis = rest.rpartition(".")[::2] if rest else base.rpartition("_")[::2]
    if axis not in ("x", "y"):
        return quantity.title, "Insight", ()
    values = [("axis", axes["xy".index(axis)])]
    if rest:
        values.append(("row", name) if base == "memory" else ("part", TITLES.get(name, name)))
    return _ALONG[base if rest else name], "Stage", tuple(values)


def quantity_plot(quantity: Quantity, axes: tuple[str, str], series: list[Array]) -> Plot:
    """Return the plot of a quantity.

    Parameters
    ----------
    axes
        The names of the coordinates.
    series
        What its axis has to show, one of each entrant.
    """
    key = quantity.key
    title, context, values = naming(quantity, axes)
    if key == "angle":  # a right angle is at the same height whoever races
        made = Plot(key, title, False, 0.0, 180.0, rules=(90.0,), marks=_ANGLES)
    elif any(bool(np.any(own < 0.0)) for own in series):
        made = signed_plot(key, series, title)
    else:
        made = plot_of(key, series, title, bounded=False)
        if made.log and not quantity.log:
            made = signed_plot(key, series, title)
    return replace(made, context=context, values=values)
