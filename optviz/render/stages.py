"""Which stage draws a scene."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtGui import QImage, QPainter

from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.reshape import ReshapeScene
from optviz.scene import Scene

Drawn = Scene | ReshapeScene


class AnyStage(Protocol):
    """What `Stage` and `ReshapeStage` have in common."""

    def image(self, scene: Any, k: int) -> QImage: ...
    def paint_vector(self, painter: QPainter, scene: Any, k: int) -> None: ...


def stage_for(scene: Drawn, width: int, height: int, theme: str | None = None) -> AnyStage:
    """Return a new stage for scenes of this kind."""
    kind = ReshapeStage if isinstance(scene, ReshapeScene) else Stage
    return kind(width, height, theme)
