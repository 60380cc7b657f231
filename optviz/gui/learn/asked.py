"""What is seen of a race that is asked about: nothing that tells the answer."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from optviz.catalog import Array
from optviz.reshape import ReshapeScene
from optviz.scene import Scene


@dataclass(frozen=True, eq=False)
class AskedScene(Scene):
    """A scene that marks no minima."""

    @property
    def minima(self) -> Array:
        return np.zeros((0, 2))


def without_answer(scene: Any) -> Any:
    """Return a scene without its curves, which show the whole run, and without marks at the minima."""
    if isinstance(scene, ReshapeScene):
        between = without_answer(scene.between) if scene.between is not None else None
        return replace(
            scene, before=without_answer(scene.before), after=without_answer(scene.after), between=between
        )
    if not isinstance(scene, Scene):
        return scene
    known = {one.name: getattr(scene, one.name) for one in fields(Scene)}
    return AskedScene(**{**known, "plots": ()})
