"""What is seen of a race that is asked about: nothing that tells the answer."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np

from optviz.reshape import ReshapeScene
from optviz.scene import Scene


def without_answer(scene: Any) -> Any:
    """Return a scene without its curves, which show the whole run, and without marks at the minima."""
    if isinstance(scene, ReshapeScene):
        between = without_answer(scene.between) if scene.between is not None else None
        return replace(
            scene, before=without_answer(scene.before), after=without_answer(scene.after), between=between
        )
    if not isinstance(scene, Scene):
        return scene
    problem = copy.copy(scene.problem)
    problem.minima = np.zeros((0, 2))
    return replace(scene, problem=problem, plots=())
