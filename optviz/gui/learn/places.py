"""Where a point of a surface lies in the picture of a step, and the other way round."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from optviz.lesson import LessonStep
from optviz.render.panels.mapping import Mapping
from optviz.render.panels.surface import SurfacePanel
from optviz.render.reshape_stage import ReshapeStage
from optviz.render.stage import Stage
from optviz.render.style import Theme
from optviz.reshape import ReshapeScene
from optviz.scene import Scene
from optviz.setting import SIDES, Pair


def mapping_of(stage: object, scene: object, step: LessonStep, colors: Theme) -> Mapping | None:
    """Return between data and pixels of the picture that a step's question is about.

    None where that is not seen from above.
    """
    if isinstance(scene, ReshapeScene) and isinstance(stage, ReshapeStage):
        rects, shown = stage.layout(scene).surfaces, scene.shown
        side = step.ask.side if step.ask is not None else "after"
        at = SIDES.index(side) if len(shown) == len(SIDES) else 0
        rect, one = rects[at], shown[at]
        full = stage.layout(scene).header is not None
    elif isinstance(scene, Scene) and isinstance(stage, Stage):
        place = stage.layout(scene)
        rect, one, full = place.surface, scene, place.header is not None
    else:
        return None
    if one.experiment.view.kind != "contour":
        return None
    return SurfacePanel(colors, stage.metrics, axes=full, labels=full).mapping(rect, one)


def point_at(mapping: Mapping, at: QPointF) -> Pair | None:
    """Return the point of the data at a pixel; None beside the surface."""
    if not mapping.rect.contains(at):
        return None
    x, y = (float(part) for part in mapping.to_data(np.array([at.x(), at.y()])))
    return x, y


def pixel_of(mapping: Mapping, point: Pair) -> QPointF:
    """Return the pixel of a point of the data, drawn in to the edge of the picture where it lies outside."""
    x, y = (float(part) for part in mapping.to_pixel(np.array(point)))
    box = mapping.rect
    return QPointF(min(max(x, box.left()), box.right()), min(max(y, box.top()), box.bottom()))
