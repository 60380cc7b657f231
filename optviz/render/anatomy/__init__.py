"""One update taken apart, drawn: a panel of bars and formulas, and arrows on the surface."""

from __future__ import annotations

from functools import lru_cache

from optviz.anatomy import Anatomy, anatomy
from optviz.render.anatomy.arrows import paint_arrows
from optviz.render.anatomy.on_surface import paint_on_surface
from optviz.render.anatomy.panel import AnatomyPanel
from optviz.render.anatomy.picture import Picture
from optviz.render.anatomy.room import Room, room_of
from optviz.render.style import Metrics
from optviz.scene import Scene

__all__ = [
    "AnatomyPanel",
    "Picture",
    "Room",
    "paint_arrows",
    "paint_on_surface",
    "room_on_surface",
    "taken_apart",
]


def taken_apart(scene: Scene, k: int) -> Anatomy | None:
    """Return the update that frame `k` takes apart; None where the view asks for nobody's."""
    entrant = scene.experiment.view.step_by_step
    if entrant is None:
        return None
    return _kept(scene, entrant, min(max(k, 0), max(scene.last, 0)))


def room_on_surface(picture: Picture, scene: Scene, k: int, metrics: Metrics) -> Room:
    """Return what of a picture the arrows of frame `k` take, and what enlarges them: for names to keep clear.

    All of them at once: names do not hop about while they are told.
    """
    found = taken_apart(scene, k)
    return room_of(picture, scene, k, found, metrics) if found is not None and found.parts else Room([], [])


@lru_cache(maxsize=8)
def _kept(scene: Scene, entrant: int, k: int) -> Anatomy:
    return anatomy(scene.experiment, scene.run, entrant, k, problem=scene.problem)
