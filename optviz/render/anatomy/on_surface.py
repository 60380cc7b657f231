"""Arrows of an update on a picture of the surface, enlarged in a corner where they are small."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from optviz.anatomy import Anatomy
from optviz.render.anatomy.arrows import paint_arrows, reach
from optviz.render.anatomy.magnifier import paint_magnifier
from optviz.render.anatomy.picture import Picture
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene

TINY = 90.0  # pixels at 1280 x 720; arrows that all end nearer than this are enlarged


def paint_on_surface(
    painter: QPainter, picture: Picture, scene: Scene, k: int, anatomy: Anatomy, theme: Theme,
    metrics: Metrics, *, revealed: int | None = None, quick: bool = False, vector: bool = False,
) -> QRectF:  # fmt: skip
    """Paint the parts of an update on a picture of the surface.

    Parameters
    ----------
    revealed
        How many parts are shown; None for everything.
    quick
        Wait for no kernel.

    Returns
    -------
    QRectF
        Where the magnifier lies; empty where there is none.
    """
    entrant = scene.experiment.view.step_by_step
    if not anatomy.parts or entrant is None:
        return QRectF()
    paint_arrows(painter, picture.to_pixel, anatomy, theme, metrics, revealed=revealed, clip=picture.rect)
    if reach(picture.to_pixel, anatomy) >= metrics.px(TINY):
        return QRectF()
    line = scene.lines[entrant]
    return paint_magnifier(
        painter,
        picture,
        scene,
        line,
        k,
        anatomy,
        theme,
        metrics,
        revealed=revealed,
        quick=quick,
        vector=vector,
    )
