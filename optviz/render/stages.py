"""Which stage draws a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from PySide6.QtGui import QImage, QPainter

from optviz.render.captioned import Captioned, Wordings
from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.render.style import Metrics, Theme
from optviz.render.style import theme as named_theme
from optviz.reshape import ReshapeScene
from optviz.scene import Scene

if TYPE_CHECKING:  # a window that shows no training, and no map, loads none of their code
    from optviz.maps.scene import MapScene
    from optviz.training.scene.scene import TrainScene

Drawn: TypeAlias = "Scene | ReshapeScene | MapScene | TrainScene"


class AnyStage(Protocol):
    """What `Stage`, `ReshapeStage`, `MapStage` and `TrainStage` have in common."""

    metrics: Metrics

    def image(self, scene: Any, k: int) -> QImage: ...
    def paint_vector(self, painter: QPainter, scene: Any, k: int) -> None: ...


def stage_for(
    scene: Drawn,
    width: int,
    height: int,
    theme: str | Theme | None = None,
    plot: str | None = None,
    caption: Wordings = (),
) -> AnyStage:
    """Return a new stage for scenes of this kind.

    Parameters
    ----------
    theme
        The name of a theme, or one itself; the scene's own otherwise.
    plot
        The one of a training that is drawn alone.
    caption
        What is said below the picture, as `optviz.caption.wordings` gives it.
    """
    colors = named_theme(theme or scene.theme)
    if caption:
        return Captioned(width, height, colors, caption, lambda w, h: _stage(scene, w, h, colors, plot))
    return _stage(scene, width, height, colors, plot)


def _stage(scene: Drawn, width: int, height: int, theme: Theme, plot: str | None) -> AnyStage:
    if isinstance(scene, ReshapeScene):
        return ReshapeStage(width, height, theme)
    if not isinstance(scene, Scene):
        from optviz.maps.scene import MapScene

        if isinstance(scene, MapScene):
            from optviz.render.maps.stage import MapStage

            return MapStage(width, height, theme)
        from optviz.training.scene.scene import TrainScene

        if isinstance(scene, TrainScene):
            from optviz.render.training.stage import TrainStage

            stage = TrainStage(width, height, theme)
            stage.only = plot
            return stage
    return Stage(width, height, theme)
