"""What the preview of an export draws: the scene on the screen, or one made for a frame of a morph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from optviz.experiment import Experiment
from optviz.problem import Problem
from optviz.render import offscreen
from optviz.render.captioned import Wordings
from optviz.render.plan import Size
from optviz.render.stages import Drawn
from optviz.reshape import ReshapeScene, at_morph, build_reshape
from optviz.scene import Scene

if TYPE_CHECKING:  # loaded with the first map
    from optviz.maps.scene import MapScene

    _Shown = Scene | ReshapeScene | MapScene

_GRID = 26  # points a side of a slow surface: the window must not wait for a preview
_kept: list[tuple[_Shown, _Shown]] = []


def drawn_frame(shown: _Shown, experiment: Experiment, k: int) -> tuple[_Shown, int]:
    """Return the scene whose picture is frame `k` of an export, and the step it is drawn at.

    Parameters
    ----------
    shown
        What is on the screen: of the same experiment, but for what the frames go through.
    """
    reshape = experiment.reshape
    slow = _slow(shown)
    if isinstance(shown, ReshapeScene) and reshape is not None and reshape.film == "morph":
        # A slow one would have to race anew for each frame: the nearer end stands for it.
        if slow:
            return coarse(shown), experiment.steps
        return build_reshape(at_morph(experiment, k), previous=shown), experiment.steps
    steps = shown.experiment.steps
    return at_hand(shown), min(k, steps)


def at_hand(shown: _Shown) -> _Shown:
    """Return a scene that is drawn at once at any size: a slow one on a grid that takes no time."""
    return coarse(shown) if _slow(shown) else shown


def _slow(shown: _Shown) -> bool:
    if isinstance(shown, Scene):
        return shown.problem.slow
    return (shown.main if isinstance(shown, ReshapeScene) else shown.race).problem.slow


def shown_picture(
    scene: Drawn, k: int, size: Size, theme: str, plot: str | None, caption: Wordings, transparent: bool
) -> QImage:
    """Return step `k` of a scene as the export draws it, without its page where that is left out."""
    if not transparent:
        return offscreen.frame(scene, k, size, theme, plot, caption)
    pixels = offscreen.cut_out(scene, k, size, theme, plot, caption)
    width, height = size
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


def coarse(shown: _Shown) -> _Shown:
    """Return a scene with its slow surface on a grid that takes no time."""
    if _kept and _kept[0][0] is shown:
        return _kept[0][1]
    made: _Shown
    if isinstance(shown, ReshapeScene):
        between = _coarse(shown.between) if shown.between is not None else None
        made = replace(shown, before=_coarse(shown.before), after=_coarse(shown.after), between=between)
    elif isinstance(shown, Scene):
        made = _coarse(shown)
    else:
        made = replace(shown, race=_coarse(shown.race))
    _kept[:] = [(shown, made)]
    return made


def _coarse(scene: Scene) -> Scene:
    def at_grid(problem: Problem) -> Problem:
        return problem.at_grid(_GRID)

    problem = at_grid(scene.problem)
    problem.minima = scene.minima
    return replace(scene, problem=problem, company=tuple(at_grid(one) for one in scene.company))
