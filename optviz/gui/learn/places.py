"""Where a point of a surface lies in the picture of a step, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from optviz.lesson import LessonStep
from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.reshape import ReshapeScene
from optviz.scene import Scene
from optviz.setting import SIDES, Pair


@dataclass(frozen=True)
class Place:
    """The surface that a step's question is about, in the picture of one frame.

    Attributes
    ----------
    rect
        The part of the picture it is drawn in, from above, in three dimensions, or both.
    one
        Its race; side `side` of a comparison.
    """

    stage: Stage | ReshapeStage
    scene: Scene | ReshapeScene
    frame: int
    one: Scene
    side: int
    rect: QRectF

    def pixel_of(self, point: Pair) -> QPointF:
        """Return the pixel of a point of the data, drawn in to the edge of the picture where it lies outside.

        From above where that is drawn.
        """
        if isinstance(self.stage, ReshapeStage):
            assert isinstance(self.scene, ReshapeScene)
            return QPointF(*self.stage.pixel_of(self.scene, self.frame, self.side, point))
        assert isinstance(self.scene, Scene)
        return QPointF(*self.stage.pixel_of(self.scene, self.frame, point))

    def point_at(self, at: QPointF) -> Pair | None:
        """Return the point of the data at a pixel; None beside the surface."""
        if isinstance(self.stage, ReshapeStage):
            assert isinstance(self.scene, ReshapeScene)
            found = self.stage.point_at(self.scene, self.frame, at.x(), at.y())
        else:
            assert isinstance(self.scene, Scene)
            found = self.stage.point_at(self.scene, self.frame, at.x(), at.y())
        return found[1] if found is not None and found[0] is self.one else None


def place_of(stage: object, scene: object, step: LessonStep, frame: int) -> Place | None:
    """Return where in a frame the surface is that a step's question is about; None for no such scene."""
    if isinstance(scene, ReshapeScene) and isinstance(stage, ReshapeStage):
        shown = scene.shown
        about = step.ask.side if step.ask is not None else "after"
        side = SIDES.index(about) if len(shown) == len(SIDES) else 0
        return Place(stage, scene, frame, shown[side], side, stage.layout(scene).surfaces[side])
    if isinstance(scene, Scene) and isinstance(stage, Stage):
        return Place(stage, scene, frame, scene, 0, stage.layout(scene).surface)
    return None
