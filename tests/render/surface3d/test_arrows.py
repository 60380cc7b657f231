"""Arrows at the heads: what they stand for, their lengths, and their directions on the surface."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.render.panels import arrows
from optviz.render.panels.surface import SurfacePanel
from optviz.render.style import LIGHT, Metrics, theme

ALL = ("gradient", "momentum", "update")


def test_arrows_are_the_vectors_of_the_run(scene):
    one = scene("himmelblau", arrows=ALL)
    for k in (0, 1, 7, 59, 60):
        found = arrows.arrows(one, k)
        assert {a.kind for a in found} == (
            set() if k == 60 else {"gradient", "update"} if k == 0 else set(ALL)
        )
        for arrow in found:
            run = one.run.entrants[one.lines.index(arrow.line)]
            if arrow.kind == "gradient":
                want = -run.grad[k]
            elif arrow.kind == "momentum":
                want = -run.state[k - 1, run.state_rows.index("m")]
            else:
                want = run.path[k + 1] - run.path[k]
            np.testing.assert_array_equal(arrow.vector, want)
            np.testing.assert_array_equal(arrow.point, run.path[k])
        assert not any(a.kind == "momentum" and a.line.optimizer == "gd" for a in found)


def test_all_arrows_of_a_kind_have_one_factor(scene):
    for k in (1, 20):
        found = arrows.arrows(scene("himmelblau", arrows=ALL), k)
        for kind in ALL:
            factors = [a.share / np.hypot(*a.vector) for a in found if a.kind == kind]
            assert factors == pytest.approx([factors[0]] * len(factors), rel=1e-12)
            assert max(a.share for a in found if a.kind == kind) == 1.0


def test_only_what_the_view_asks_for_is_there(scene):
    assert arrows.arrows(scene("himmelblau"), 5) == []
    assert {a.kind for a in arrows.arrows(scene("himmelblau", arrows=("update",)), 5)} == {"update"}


def drawn(monkeypatch):
    """Collect the ends of arrows that are painted."""
    ends = []

    def note(painter, kind, tail, tip, theme, m, *, strength=1.0):
        ends.append((kind, np.array(tail), np.array(tip)))

    monkeypatch.setattr(arrows, "paint", note)
    return ends


@pytest.mark.parametrize("camera", [Camera(), Camera(azimuth=120.0, elevation=70.0)])
@pytest.mark.parametrize("name", ["himmelblau", "rosenbrock", "saddle"])
def test_in_three_dimensions_they_touch_the_surface(name, camera, panel, scene, monkeypatch):
    one, k = scene(name, arrows=("gradient", "update"), camera=camera), 6
    own, rect = panel()
    own.key = False
    ends = drawn(monkeypatch)
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        own.paint_marks(painter, rect, one, k)
    view = own.projection(rect, one, k)
    found = arrows.arrows(one, k)
    assert len(ends) == len(found) == 6
    for arrow, (kind, tail, tip) in zip(found, ends, strict=True):
        assert kind == arrow.kind
        loss = one.problem.loss
        np.testing.assert_allclose(
            tail, view.to_pixel(arrow.point, np.asarray(loss(*arrow.point))), atol=1e-6
        )
        # A very small step along the vector, on the surface itself, goes the same way on the screen.
        small = arrow.point + 1e-6 * arrow.vector / np.hypot(*arrow.vector)
        way = view.to_pixel(small, np.asarray(loss(*small))) - tail
        drawn_way = tip - tail
        cross = way[0] * drawn_way[1] - way[1] * drawn_way[0]
        # Mild perspective bends a long arrow's image by a hair.
        assert abs(cross) < 0.03 * np.hypot(*way) * np.hypot(*drawn_way)
        assert way @ drawn_way > 0.0
        most = Metrics.of(own.theme, 480 / 620.0).px(arrows.LONGEST[kind]) * arrow.share
        assert np.hypot(*drawn_way) < 1.35 * most


def test_from_above_they_are_as_long_as_what_they_stand_for(scene, monkeypatch):
    one, k = scene("himmelblau", arrows=ALL, kind="contour"), 9
    panel = SurfacePanel(LIGHT, Metrics())
    ends = drawn(monkeypatch)
    image = QImage(700, 600, QImage.Format.Format_RGB32)
    panel.key = False
    with QPainter(image) as painter:
        panel.paint_marks(painter, image.rect().toRectF(), one, k)
    view = panel.mapping(image.rect().toRectF(), one)
    for arrow, (kind, tail, tip) in zip(arrows.arrows(one, k), ends, strict=True):
        np.testing.assert_allclose(tail, view.to_pixel(arrow.point))
        way = (tip - tail) * (1.0, -1.0)
        np.testing.assert_allclose(way / np.hypot(*way), arrow.vector / np.hypot(*arrow.vector), atol=1e-9)
        assert np.hypot(*way) == pytest.approx(arrows.LONGEST[kind] * arrow.share)


@pytest.mark.parametrize("name", ["light", "dark", "projector"])
def test_arrows_and_their_key_are_in_both_pictures(name, scene, painted, panel):
    for kinds in (("gradient",), ALL):
        with_arrows = painted(scene("himmelblau", arrows=kinds), 20, (640, 480), name)
        without = painted(scene("himmelblau"), 20, (640, 480), name)
        changed = np.any(with_arrows != without, axis=-1)
        assert changed[380:, :200].sum() > 300  # the key, at the lower left
        assert changed[:380].sum() > 100
    used = arrows.colors(theme(name))
    assert len(set(used.values())) == 3
