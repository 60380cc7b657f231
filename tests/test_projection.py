"""From places to pixels and back, against cameras and rays worked out another way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from optviz.camera import Camera
from optviz.experiment import Experiment
from optviz.problem import Problem
from optviz.projection import Box, Heights, Projection

SURFACES = ("rosenbrock", "himmelblau", "rastrigin", "saddle", "beale", "plateau_cliff", "bukin_n6")
CAMERAS = (
    Camera(), Camera(azimuth=13.0, elevation=75.0), Camera(azimuth=200.0, elevation=5.0),
    Camera(azimuth=-90.0, elevation=90.0), Camera(azimuth=45.0, elevation=-35.0),
    Camera(azimuth=-120.0, elevation=40.0, zoom=7.5, pan=(0.4, -0.6)),
)  # fmt: skip
LOG, LINEAR = Heights(True, 0.0, 0.05, 300.0), Heights(False, 0.0, -1.0, 60.0)


def problem(name):
    return Problem.of(Experiment(surface=name, entrants=[{"optimizer": "gd"}]))


def view(camera=CAMERAS[0], heights=LOG, size=(800.0, 600.0), limits=((-2.0, 2.0), (-1.0, 3.0)), **more):
    return Projection(Box(*limits, heights), camera, 20.0, 10.0, *size, **more)


def heights_of(asked):
    """Return heights that hold most of a surface."""
    x, y = np.meshgrid(*(np.linspace(*pair, 41) for pair in asked.surface.domain))
    loss = asked.loss(x, y)
    low, high = float(np.nanmin(loss)), float(np.nanquantile(loss, 0.95))
    return Heights(True, low, 1e-3 * (high - low), high - low)


def corners(box):
    return np.array([[a * half for a, half in zip(sign, box.half, strict=True)]
                     for sign in itertools.product((-1, 1), repeat=3)])  # fmt: skip


# ------------------------------------------------------------------ heights and the box


@pytest.mark.parametrize("heights", [LOG, LINEAR, Heights(True, -3.0, 1e-6, 1e6)])
def test_heights_rise_with_the_loss_and_turn_back(heights):
    share = np.linspace(-0.2, 1.5, 200)
    loss = heights.loss(share)
    assert np.all(np.diff(loss) > 0.0)
    np.testing.assert_allclose(heights.share(loss), share, atol=1e-9)
    step = 1e-6 * (np.abs(loss - heights.offset) + heights.low * heights.log + 1e-3)
    slope = (heights.share(loss + step) - heights.share(loss - step)) / (2 * step)
    np.testing.assert_allclose(heights.slope(loss), slope, rtol=1e-4)


def test_the_floor_is_the_lowest_loss_and_the_top_the_highest():
    assert LINEAR.share(np.array([-1.0, 60.0])) == pytest.approx([0.0, 1.0])
    assert LOG.share(np.array([0.0, 300.0])) == pytest.approx([0.0, 1.0])
    # Decades far above the low end are equally high.
    decades = np.diff(LOG.share(np.array([3.0, 30.0, 300.0])))
    assert decades[0] == pytest.approx(decades[1], rel=0.02)


def test_what_is_not_finite_stays_so_and_what_is_huge_is_just_far_up():
    level = Box((0.0, 1.0), (0.0, 1.0), LOG).level(np.array([np.nan, np.inf, 1e300, 300.0]))
    assert math.isnan(level[0])
    assert level[1] > 100.0
    assert level[2] > 1.0
    assert level[3] == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("limits", "half"),
    [
        (((0.0, 4.0), (1.0, 5.0)), (1.0, 1.0)),
        (((0.0, 4.0), (0.0, 2.0)), (1.0, 0.5)),
        (((0.0, 1.0), (0.0, 3.0)), (1.0 / 3.0, 1.0)),
        (((0.0, 1.0), (0.0, 3.1)), (1.0, 1.0)),
        (((0.0, 1e6), (0.0, 1e-6)), (1.0, 1.0)),
    ],
)
def test_the_base_has_the_proportions_of_the_data_up_to_one_by_three(limits, half):
    box = Box(*limits, LINEAR)
    assert box.half[:2] == pytest.approx(half)
    assert box.half[2] == pytest.approx(0.55 * math.sqrt(half[0] * half[1]))
    points = np.array([[limits[0][0], limits[1][1]], [sum(limits[0]) / 2, sum(limits[1]) / 2]])
    np.testing.assert_allclose(box.base(points), [[-half[0], half[1]], [0.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(box.data(box.base(points)), points, rtol=1e-12)


# ------------------------------------------------------------------ the camera


def test_seen_from_above_it_is_the_map():
    seen = view(Camera(azimuth=-90.0, elevation=90.0)).seen(corners(Box((0.0, 1.0), (0.0, 1.0), LINEAR)))
    middle = view(Camera(azimuth=-90.0, elevation=90.0)).seen(np.zeros(3))[:2]
    for place, spot in zip(corners(Box((0.0, 1.0), (0.0, 1.0), LINEAR)), seen, strict=True):
        assert np.sign(spot[0] - middle[0]) == np.sign(place[0])
        assert np.sign(spot[1] - middle[1]) == -np.sign(place[1])


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_eye_sees_along_straight_lines(camera):
    """All places on one straight line through the eye fall on one pixel, the nearer with the larger depth."""
    one = view(camera)
    a, e = math.radians(camera.azimuth), math.radians(camera.elevation)
    toward = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    far = float(np.linalg.norm(one.eye))
    np.testing.assert_allclose(one.eye, far * toward, atol=1e-12)
    place = np.array([0.3, -0.4, 0.2])
    line = one.eye + np.linspace(0.5, 1.5, 7)[:, None] * (place - one.eye)
    seen = one.seen(line)
    np.testing.assert_allclose(seen[:, :2], seen[:1, :2] + np.zeros((7, 1)), atol=1e-8)
    assert np.all(np.diff(seen[:, 2]) < 0.0)
    np.testing.assert_allclose(1.0 / seen[:, 2], (one.eye - line) @ toward, rtol=1e-12)


@pytest.mark.parametrize("size", [(800.0, 600.0), (300.0, 900.0), (1920.0, 500.0)])
@pytest.mark.parametrize("limits", [((-2.0, 2.0), (-1.0, 3.0)), ((0.0, 3.0), (0.0, 1.0))])
def test_the_whole_box_fits_from_everywhere(size, limits):
    margins = (40.0, 30.0, 20.0, 50.0)
    fills = []
    for azimuth, elevation in itertools.product(range(-180, 180, 25), (-90, -40, 0, 32, 60, 90)):
        one = view(Camera(float(azimuth), float(elevation)), size=size, limits=limits, margins=margins)
        spots = one.seen(corners(one.box))[:, :2]
        low, high = spots.min(axis=0), spots.max(axis=0)
        assert np.all(low >= (20.0 + 40.0 - 0.5, 10.0 + 30.0 - 0.5))
        assert np.all(high <= (20.0 + size[0] - 20.0 + 0.5, 10.0 + size[1] - 50.0 + 0.5))
        fills.append(((high - low) / (size[0] - 60.0, size[1] - 80.0)).max())
    assert max(fills) > 0.97


def test_zoom_and_pan_move_the_picture_in_itself():
    plain, places = view(), np.array([[0.2, 0.5, 0.1], [-0.7, 0.3, -0.4]])
    middle = np.array([20.0 + 400.0, 10.0 + 300.0])
    before = plain.seen(places)[:, :2]
    near = view(Camera(zoom=3.0)).seen(places)[:, :2]
    np.testing.assert_allclose(near, middle + 3.0 * (before - middle), rtol=1e-12)
    moved = view(Camera(pan=(0.25, 0.5))).seen(places)[:, :2]
    np.testing.assert_allclose(moved, before + np.array([0.25 * 600.0, -0.5 * 600.0]), rtol=1e-12)


def test_finer_pixels_are_the_same_picture():
    one = view(margins=(40.0, 30.0, 20.0, 50.0))
    places = corners(one.box)
    fine = one.scaled(2.0, 20.0, 10.0).seen(places)
    np.testing.assert_allclose(fine[:, :2], 2.0 * (one.seen(places)[:, :2] - (20.0, 10.0)), atol=1e-9)
    np.testing.assert_allclose(fine[:, 2], one.seen(places)[:, 2])


# ------------------------------------------------------------------ there and back


def march(one, x, y, loss):
    """Return the first place of the surface along a pixel's ray: many small steps from the eye, plainly."""
    right, up, toward = one.axes
    aim = one.seen(np.zeros(3))[:2]
    scale = np.hypot(*(one.seen(0.001 * right)[:2] - aim)) / 0.001 * np.linalg.norm(one.eye)
    way = (x - aim[0]) / scale * right - (y - aim[1]) / scale * up - toward
    t = np.linspace(0.0, 2.0 * np.linalg.norm(one.eye), 150_001)
    places = one.eye + t[:, None] * way
    inside = np.all(np.abs(places) <= one.box.half, axis=1)
    places = places[inside]
    if not len(places):
        return None
    points = one.box.data(places[:, :2])
    above = places[:, 2] > one.box.level(loss(points[:, 0].copy(), points[:, 1].copy()))
    turns = np.flatnonzero(above[1:] != above[:-1])
    return points[turns[0]] if len(turns) else None


@pytest.mark.parametrize("name", SURFACES)
def test_there_and_back_agree_to_a_hundredth_of_a_pixel(name):
    asked = problem(name)
    rng = np.random.default_rng(len(name))
    limits = asked.surface.domain
    hits = 0
    for camera, size in itertools.product(CAMERAS, ((800.0, 600.0), (200.0, 333.0))):
        one = view(camera, heights_of(asked), size, limits)
        for x, y in rng.uniform((20.0, 10.0), (20.0 + size[0], 10.0 + size[1]), (12, 2)).tolist():
            point = one.pick(x, y, asked.loss)
            if point is None:
                continue
            hits += 1
            loss = np.asarray(asked.loss(*point))
            np.testing.assert_allclose(one.to_pixel(np.array(point), loss), (x, y), atol=0.01)
    assert hits > 20


@pytest.mark.parametrize("name", ["himmelblau", "rosenbrock", "saddle"])
def test_the_first_surface_on_the_way_is_taken(name):
    asked = problem(name)
    rng = np.random.default_rng(1)
    found = missed = 0
    for camera in (CAMERAS[0], CAMERAS[2], CAMERAS[4]):
        one = view(camera, heights_of(asked), limits=asked.surface.domain)
        for x, y in rng.uniform((20.0, 10.0), (820.0, 610.0), (6, 2)).tolist():
            want, point = march(one, x, y, asked.loss), one.pick(x, y, asked.loss)
            assert (want is None) == (point is None)
            if want is None:
                missed += 1
                continue
            found += 1
            reach = [hi - lo for lo, hi in asked.surface.domain]
            np.testing.assert_allclose(np.array(point) / reach, want / reach, atol=2e-3)
    assert found >= 3
    assert missed >= 1


def test_a_pixel_beside_the_box_picks_nothing():
    one = view(margins=(40.0, 40.0, 40.0, 40.0))
    assert one.pick(21.0, 11.0, problem("sphere").loss) is None
    assert one.pick(float("inf"), 11.0, problem("sphere").loss) is None
    assert one.pick(float("nan"), 11.0, problem("sphere").loss) is None


def test_what_is_above_the_top_is_not_there():
    one = view(
        Camera(azimuth=-90.0, elevation=90.0), Heights(False, 0.0, 0.0, 1.0), limits=((-2.0, 2.0),) * 2
    )
    asked = problem("sphere")
    point = np.array([0.6, 0.3])
    edge = one.to_pixel(point, np.asarray(asked.loss(*point)))
    assert one.pick(*edge.tolist(), asked.loss) == pytest.approx(tuple(point), abs=1e-9)
    outside = one.pick(*one.to_pixel(np.array([1.9, 1.9]), np.asarray(1.0)).tolist(), asked.loss)
    assert outside is None


def test_a_hole_in_the_surface_is_not_met():
    one = view(
        Camera(azimuth=-90.0, elevation=90.0), Heights(False, 0.0, -1.0, 1.0), limits=((-1.0, 1.0),) * 2
    )

    def loss(x, y):
        return np.where(np.hypot(x, y) < 0.5, np.nan, 0.0)

    x, y = one.to_pixel(np.zeros(2), np.asarray(0.0)).tolist()
    assert one.pick(x, y, loss) is None
    x, y = one.to_pixel(np.array([0.8, 0.0]), np.asarray(0.0)).tolist()
    assert one.pick(x, y, loss) == pytest.approx((0.8, 0.0), abs=1e-9)


def test_a_guide_leads_to_the_true_surface():
    asked, one = problem("himmelblau"), view(limits=((-5.0, 5.0), (-5.0, 5.0)))
    calls = []

    def loss(x, y):
        calls.append(np.size(x))
        return asked.loss(x, y)

    exact = one.pick(400.0, 260.0, asked.loss)
    guided = one.pick(400.0, 260.0, loss, lambda x, y: 1.02 * asked.loss(x, y))
    assert exact is not None
    assert guided == pytest.approx(exact, abs=1e-9)
    assert sum(calls) < 400
