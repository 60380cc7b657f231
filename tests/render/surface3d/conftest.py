"""Scenes and panels for the surface in three dimensions."""

from __future__ import annotations

from functools import lru_cache

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from optviz.experiment import Experiment
from optviz.render import offscreen
from optviz.render.panels.surface3d import Surface3DPanel
from optviz.render.style import Metrics, theme
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate
from optviz.view import View

ENTRANTS = (
    {"optimizer": "adam", "learning_rate": 0.1}, {"optimizer": "momentum", "learning_rate": 0.002},
    {"optimizer": "gd", "learning_rate": 0.004},
)  # fmt: skip


@lru_cache(maxsize=32)
def _scene(
    surface: str, steps: int, view: View, names: tuple[str, ...], start: tuple[float, float] | None
) -> Scene:
    entrants = [entrant for entrant in ENTRANTS if entrant["optimizer"] in names]
    more = {} if start is None else {"start": start}
    return build_scene(
        simulate(Experiment(surface=surface, entrants=entrants, steps=steps, view=view, **more))
    )


@pytest.fixture(scope="session", autouse=True)
def _application():
    offscreen.ensure_application()


@pytest.fixture(scope="session")
def scene():
    def make(surface="himmelblau", steps=60, names=("adam", "momentum", "gd"), start=None, **view):
        return _scene(surface, steps, View(**{"kind": "surface3d", **view}), tuple(names), start)

    return make


@pytest.fixture(scope="session")
def panel():
    def make(name="light", size=(640, 480), **more):
        look = theme(name)
        return Surface3DPanel(look, Metrics.of(look, size[1] / 620.0), **more), QRectF(0, 0, *size)

    return make


@pytest.fixture(scope="session")
def painted(panel):
    """Paint frame `k` of a scene alone in a picture."""

    def paint(one, k, size=(320, 180), name="light", made=None, **how):
        own, rect = made or panel(name, size)
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.fill(QColor(own.theme.page))
        with QPainter(image) as painter:
            own.paint(painter, rect, one, k, **how)
        return offscreen.pixels(image)

    return paint
