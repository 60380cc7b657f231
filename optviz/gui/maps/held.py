"""The scene of a map in the window: it holds what is painted while the map is computed on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optviz.catalog import Array
from optviz.experiment import Experiment
from optviz.gui.maps.stages import Size
from optviz.maps.build import Map
from optviz.maps.scene import MapScene
from optviz.maps.sheet import RatesSheet, Sheet
from optviz.scene import Scene

_ONCE_FOR_ALL = ("scale", "range", "lowest", "_probed")  # of a scene, the same for maps of any size
_HELD = 3  # frames, beside the first and the last


class HeldScene(MapScene):
    """The scene of a map that is being computed on behind the window.

    The frames that are painted are held here: asking the map for them would wait for what is under way.
    """

    @property
    def held(self) -> dict[int, Sheet | RatesSheet]:
        """The sheets at hand, by frame."""
        found: dict[int, Sheet | RatesSheet] = self.__dict__.setdefault("_held", {})
        return found

    def hold(self, frame: int, sheet: Sheet | RatesSheet) -> None:
        """Keep another frame, with the newest before it, the first and the last."""
        held = self.held
        held[frame] = sheet
        for old in [k for k in held if k not in (0, self.last)][:-_HELD]:
            del held[old]

    def sheet(self, k: int) -> Sheet | RatesSheet:
        k = min(max(k, 0), self.last) if self.moves else self.last
        found = self.held.get(k)
        return found if found is not None else self.map.at(k)


def size_of(found: Map) -> Size:
    """Return how many cells a map has along x and y."""
    height = found.setting.size[1] if found.y is None else len(found.y.values)
    return len(found.x.values), height


def values_of(sheets: Mapping[int, Sheet | RatesSheet]) -> Array:
    """Return all values of some sheets, in a row."""
    parts = [one.losses if isinstance(one, RatesSheet) else one.values for one in sheets.values()]
    return np.concatenate([part.ravel() for part in parts])


def drawn_race(race: Scene) -> Scene:
    """Return the scene of a race as it is drawn over its map: a slow surface's contour lines are coarse."""
    if not race.problem.slow:
        return race
    from optviz.gui.export.preview import at_hand

    found = at_hand(race)
    assert isinstance(found, Scene)
    return found


def like_known(known: MapScene | None, experiment: Experiment, made: Map, race: Scene) -> HeldScene:
    """Return the scene of a map, with what it has in common with a coarser one, or with another race."""
    scene = HeldScene(experiment, made, race)
    if known is not None:
        # A scale of colours is made of many runs, and keeps while a map gets finer.
        found = {name: known.__dict__[name] for name in _ONCE_FOR_ALL if name in known.__dict__}
        scene.__dict__.update(found)
        if isinstance(known, HeldScene) and known.map is made:
            scene.held.update(known.held)
    return scene
