"""The box around a surface: which edges carry axes, and that their numbers read from everywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.projection import Box, Heights, Projection
from optviz.render import fonts
from optviz.render.panels.surface3d import frame
from optviz.render.style import DARK, LIGHT, Metrics
from tests.hulls import outline

ANGLES = list(itertools.product(range(-180, 180, 20), (-80, -45, -10, 0, 10, 32, 60, 90)))


LINEAR = Heights(False, 0.0, 0.0, 80.0)


def view(azimuth, elevation, size=(800.0, 620.0), heights=LINEAR, **more):
    limits = more.pop("limits", ((-2.0, 2.0), (-1.0, 3.0)))
    camera = Camera(float(azimuth), float(elevation), **more)
    return Projection(Box(*limits, heights), camera, 0.0, 0.0, *size, (44.0, 32.0, 44.0, 40.0))


def inside_by(point, hull):
    """Return how far inside a convex outline a point lies."""
    a, b = hull, np.roll(hull, -1, axis=0)
    way = b - a
    off = way[:, 0] * (point[1] - a[:, 1]) - way[:, 1] * (point[0] - a[:, 0])
    return float((off / np.hypot(*way.T)).min())


def corners(one):
    return np.array([[i * half for i, half in zip(sign, one.box.half, strict=True)]
                     for sign in itertools.product((-1, 1), repeat=3)])  # fmt: skip


@pytest.mark.parametrize(("azimuth", "elevation"), ANGLES)
def test_axes_stand_on_the_outline_of_the_box(azimuth, elevation):
    one = view(azimuth + 7, elevation)
    hull = outline(one.seen(corners(one))[:, :2])
    for edge in frame.edges(one):
        if edge is not None:
            assert abs(inside_by(one.seen(edge.at(0.5))[:2], hull)) < 1e-6
    x, y, loss = frame.edges(one)
    if elevation:  # one that is seen from its end has none
        assert x is not None
        assert y is not None
    assert loss is not None or abs(elevation) > 75  # from above there is none
    if loss is not None:  # rising values go up
        assert one.seen(np.array(loss.end))[1] < one.seen(np.array(loss.start))[1]
    if abs((azimuth + 7) % 90 - 45) >= 20 or abs(elevation) > 60:
        return
    # Seen across a corner, x and y are at the floor, at its lower rim on the screen.
    middle = one.seen(np.array([0.0, 0.0, -one.box.half[2]]))
    for edge in (x, y):
        assert edge.start[2] == -one.box.half[2]
        assert one.seen(edge.at(0.5))[1] >= middle[1] - 1e-6


def test_nothing_of_the_box_is_in_front_of_an_axis():
    """A ray from the eye to any place on an axis meets the box nowhere else: no surface can hide it."""
    share = np.linspace(0.0, 0.999, 400)[:, None]
    for azimuth, elevation in itertools.product(range(-180, 180, 15), range(-85, 90, 10)):
        one = view(azimuth + 1, elevation)
        for edge in frame.edges(one):
            for at in (0.1, 0.5, 0.9) if edge is not None else ():
                way = one.eye + share * (edge.at(at) - one.eye)
                assert np.all(np.any(np.abs(way) > np.array(one.box.half) - 1e-9, axis=1))


def written(one, marks, monkeypatch, theme=LIGHT):
    boxes = []
    real = fonts.write

    def note(painter, x, baseline, text, face, color, align=fonts.LEFT):
        boxes.append((text, real(painter, x, baseline, text, face, color, align)))

    monkeypatch.setattr(fonts, "write", note)
    image = QImage(round(one.width), round(one.height), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        frame.paint_walls(painter, one, theme, Metrics(), marks, floor=True)
        frame.paint_axes(painter, one, theme, Metrics(), marks, ("x", "y", "loss"))
    monkeypatch.undo()
    return boxes


@pytest.mark.parametrize("elevation", sorted({e for _, e in ANGLES}))
def test_numbers_neither_overlap_nor_leave_the_picture(elevation, scene, monkeypatch):
    for azimuth, size in itertools.product(range(-180, 180, 20), ((800.0, 620.0), (360.0, 300.0))):
        one = view(azimuth, elevation, size)
        boxes = written(one, frame.ticks(one, Metrics()), monkeypatch)
        area = QRectF(0, 0, *size)
        for (text, box), (other, second) in itertools.combinations(boxes, 2):
            assert not box.intersects(second), (azimuth, text, other)
        for text, box in boxes:
            assert area.contains(box), (azimuth, text)
        texts = [text for text, _ in boxes]
        if 10 <= abs(elevation) <= 60:
            for name, edge in zip(("x", "y", "loss"), frame.edges(one), strict=True):
                length = np.hypot(*np.diff(one.seen(np.array([edge.start, edge.end]))[:, :2], axis=0)[0])
                assert name in texts or length < 30.0, (azimuth, name)
            assert len(texts) >= (9 if size[0] > 500 else 7)


def test_numbers_stand_where_their_values_are(scene):
    one = view(-60, 32, heights=Heights(True, 2.0, 0.1, 1000.0))
    x, y, loss = frame.ticks(one, Metrics())
    for marks, limits in ((x, one.box.xlim), (y, one.box.ylim)):
        for share, text in zip(marks.shares, marks.texts, strict=True):
            value = float(text.replace("−", "-"))
            assert limits[0] + share * (limits[1] - limits[0]) == pytest.approx(value)
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    for share, text in zip(loss.shares, loss.texts, strict=True):
        value = 0.0 if text == "0" else 10.0 ** int(text[2:].translate(raised))
        assert float(one.box.heights.loss(np.asarray(share))) - 2.0 == pytest.approx(value, abs=1e-9)


def test_numbers_are_the_same_from_everywhere(scene):
    sets = {frame.ticks(view(a, 32), Metrics()) for a in range(0, 360, 45)}
    assert len(sets) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_awkward_limits_and_losses_are_numbered(theme, scene, monkeypatch):
    for limits, heights in (
        (((1e-9, 3e-9), (1e6, 1e6 + 2.0)), Heights(False, 0.0, 1e8, 1e8 + 5.0)),
        (((-1e300, 1e300), (0.0, 1.0)), Heights(True, 0.0, 1e-8, 1e12)),
        (((0.0, 1.0), (0.0, 50.0)), Heights(True, -5.0, 1.0, 1.5)),
    ):
        one = view(-60, 32, limits=limits, heights=heights)
        boxes = written(one, frame.ticks(one, Metrics()), monkeypatch, theme)
        assert len(boxes) >= 5
        assert all(QRectF(0, 0, 800, 620).contains(box) for _, box in boxes)
