"""Which stage draws a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from PySide6.QtGui import QImage, QPainter

from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.reshape import ReshapeScene
from optviz.scene import Scene

if TYPE_CHECKING:  # a window that shows no training loads none of its code
    from optviz.training.scene.scene import TrainScene

Drawn: TypeAlias = "Scene | ReshapeScene | TrainScene"


class AnyStage(Protocol):
    """What `Stage`, `ReshapeStage` and `TrainStage` have in common."""

    def image(self, scene: Any, k: int) -> QImage: ...
    def paint_vector(self, painter: QPainter, scene: Any, k: int) -> None: ...


def stage_for(
    scene: Drawn, width: int, height: int, theme: str | None = None, plot: str | None = None
) -> AnyStage:
    """Return a new stage for scenes of this kind; `plot` is the one of a training that is drawn alone."""
    if isinstance(scene, ReshapeScene):
        return ReshapeStage(width, height, theme)
    if not isinstance(scene, Scene):
        from optviz.training.scene.scene import TrainScene

        if isinstance(scene, TrainScene):
            from optviz.render.training.stage import TrainStage

            stage = TrainStage(width, height, theme)
            stage.only = plot
            return stage
    return Stage(width, height, theme)
