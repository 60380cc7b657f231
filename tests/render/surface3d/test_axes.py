"""The numbers of the axes, from everywhere: they can be told apart, and the surface is as large as may be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from optviz.camera import Camera
from optviz.projection import Box, Heights, Projection
from optviz.render import fonts
from optviz.render.panels.surface3d import frame, room
from optviz.render.style import LIGHT, Metrics
from tests.hulls import outline

# No number is on two axes, so that its text says whose it is.
BOX = Box((-2.0, 2.0), (11.0, 15.0), Heights(False, 0.0, 20.0, 100.0))
NAMES = ("x", "y", "loss")


def view(azimuth, elevation, size, box=BOX, **more):
    margins = room.margins(box, *size, float(elevation), Metrics())
    return Projection(box, Camera(float(azimuth), float(elevation), **more), 0.0, 0.0, *size, margins)


def depth_of_overlap(a, b):
    """Return how deep two convex outlines reach into each other, by the axis that separates them best."""
    ways = np.concatenate([np.roll(shape, -1, axis=0) - shape for shape in (a, b)])
    normals = np.column_stack([ways[:, 1], -ways[:, 0]]) / np.hypot(*ways.T)[:, None]
    one, two = a @ normals.T, b @ normals.T
    apart = np.minimum(one.max(axis=0) - two.min(axis=0), two.max(axis=0) - one.min(axis=0))
    return float(apart.min())


@pytest.fixture
def written(monkeypatch):
    """Return what is written around the box, where, and on which axis; the letters are not drawn."""
    boxes = []

    def note(painter, x, baseline, text, face, color, align=fonts.LEFT):
        wide, high = fonts.width(text, face), fonts.rise(face)
        boxes.append((text, QRectF(x - align * wide, baseline - high, wide, high)))

    monkeypatch.setattr(fonts, "write", note)
    image = QImage(8, 8, QImage.Format.Format_RGB32)

    def write(one):
        boxes.clear()
        marks = frame.ticks(one, Metrics())
        with QPainter(image) as painter:
            frame.paint_axes(painter, one, LIGHT, Metrics(), marks, NAMES)
        whose = {text: i for i in range(3) for text in (*marks[i].texts, NAMES[i])}
        return [(whose[text], text, box) for text, box in boxes]

    return write


def spots(boxes):
    return [
        spot
        for box in boxes
        for spot in itertools.product((box.left(), box.right()), (box.top(), box.bottom()))
    ]


CORNERS = np.array([[i * half for i, half in zip(sign, BOX.half, strict=True)]
                    for sign in itertools.product((-1, 1), repeat=3)])  # fmt: skip


@pytest.mark.parametrize(("size", "every", "steepest"), [((800.0, 620.0), 3, 60), ((232.0, 235.0), 6, 45)])
def test_the_numbers_of_two_axes_never_mix(size, every, steepest, written):
    """From everywhere, what is written on an axis lies in an outline of its own, beyond that of the box."""
    area = QRectF(0.0, 0.0, *size)
    for azimuth, elevation in itertools.product(range(-180, 180, every), range(-90, 91, 5)):
        one = view(azimuth, elevation, size)
        found = written(one)
        where = f"azimuth {azimuth}, elevation {elevation}"
        box = outline(one.seen(CORNERS)[:, :2])
        own = [outline(spots([box for axis, _, box in found if axis == i] or [QRectF()])) for i in range(3)]
        for i, j in itertools.combinations([i for i in range(3) if len(own[i]) > 2], 2):
            assert depth_of_overlap(own[i], own[j]) < 0.5, (where, NAMES[i], NAMES[j])
        ways = np.roll(box, -1, axis=0) - box
        out = np.column_stack([ways[:, 1], -ways[:, 0]]) / np.hypot(*ways.T)[:, None]
        edge = (box * out).sum(axis=1)
        for _, text, place in found:
            assert area.contains(place), (where, text)
            if text != "loss":  # its side is that of an edge of the outline
                beyond = (np.array(spots([place])) @ out.T).min(axis=0) - edge
                assert beyond.max() > -0.5, (where, text)
        if 10 <= abs(elevation) <= steepest:
            assert sum(axis == 2 for axis, _, _ in found) >= 3, where  # two numbers and the name


@pytest.mark.parametrize(
    ("size", "least"),
    [((440.0, 620.0), 0.8), ((232.0, 235.0), 0.74), ((345.0, 540.0), 0.79), ((900.0, 640.0), 0.9)],
)
def test_the_box_fills_what_limits_it(size, least):
    for elevation in (-20, 10, 42, 70):
        fills = []
        for azimuth in range(-180, 180, 15):
            seen = view(azimuth, elevation, size).seen(CORNERS)[:, :2]
            fills.append(np.ptp(seen, axis=0) / size)
        assert np.max(fills) >= least
        assert np.max(fills) <= 1.0


def test_the_box_keeps_its_size_as_it_turns():
    units = {view(azimuth, 42, (440.0, 620.0)).unit for azimuth in range(-180, 180, 7)}
    assert len(units) == 1


def test_two_numbers_at_least_say_how_high(written):
    for low, high in ((0.07, 0.29), (0.0, 1e-9), (-3.0, 1e6), (0.1999, 0.2001)):
        one = view(-30, 35, (232.0, 235.0), Box((-2.0, 2.0), (11.0, 15.0), Heights(False, 0.0, low, high)))
        assert len(frame.ticks(one, Metrics())[2].texts) >= 2
