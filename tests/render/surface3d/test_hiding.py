"""Which parts of a path the surface hides, against a plain march along rays over the true surface."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QImage

from optviz.camera import Camera
from optviz.render.panels import strokes
from optviz.render.panels.surface3d import paths
from optviz.render.panels.tracks import undashed

VIEWS = (Camera(), Camera(azimuth=150.0, elevation=12.0), Camera(azimuth=30.0, elevation=60.0),
         Camera(azimuth=-100.0, elevation=-25.0))  # fmt: skip


def sight(panel, scene, camera, size=(640, 480)):
    own, rect = panel(size=size)
    view = own.projection(rect, scene, 0, camera)
    return own, own._grounded(rect, view, scene, 0, 1.0, False).sight


def hidden(view, problem, places):
    """Say which places lie under the true surface, or behind it, somewhere on the way to the eye."""
    t = np.concatenate([np.geomspace(2e-3, 0.05, 150), np.linspace(0.05, 4.0, 1200)[1:]])
    way = view.eye - places
    way /= np.linalg.norm(way, axis=1)[:, None]
    on = places[:, None] + t[None, :, None] * way[:, None]
    inside = np.all(np.abs(on) <= view.box.half, axis=-1)
    points = view.box.data(on[inside, :2])
    under = np.zeros_like(inside)
    under[inside] = on[inside, 2] < view.box.level(problem.loss(*points.T.copy())) - 1e-3
    return np.any(under, axis=1)


@pytest.mark.parametrize("name", ["himmelblau", "rosenbrock", "rastrigin", "saddle", "beale", "peaks"])
def test_places_on_the_surface_show_as_a_march_along_their_rays_says(name, panel, scene):
    one = scene(name)
    rng = np.random.default_rng(7)
    agree = total = 0
    seen_both = set()
    for camera in VIEWS:
        _, found = sight(panel, one, camera)
        view = found.view
        points = view.box.data(rng.uniform(-0.97, 0.97, (250, 2)) * view.box.half[:2])
        places = view.box.place(points, one.problem.loss(*points.T.copy()))
        places = places[view.holds(places) & (places[:, 2] > -view.box.half[2] + 0.01)]
        shows = found.shows(places)
        want = ~hidden(view, one.problem, places)
        agree += int(np.sum(shows == want))
        total += len(places)
        seen_both |= set(want.tolist())
    assert seen_both == {True, False}
    assert agree >= 0.97 * total


def test_a_path_behind_a_ridge_is_drawn_dashed_and_only_there(panel, scene):
    one = scene("rosenbrock", steps=300)
    own, found = sight(panel, one, Camera())
    laid = own._all_draped(one, 0, found.surface)
    front, back = zip(*(paths.parted(line, found, [], paths.hidden_dash(2.0)) for line in laid), strict=True)
    assert any(len(part.points) for part in back)
    for line, shown, covered in zip(laid, front, back, strict=True):
        want = hidden(found.view, one.problem, line.tested)
        for part, is_hidden in ((undashed(shown), False), (covered, True)):
            steps = part.step[~part.begins]
            if len(steps) > 20:
                told = want[np.searchsorted(line.step, steps).clip(0, len(want) - 1)]
                assert np.mean(told == is_hidden) > 0.9


def test_all_of_a_path_shows_from_above_and_nothing_from_below(panel, scene):
    one = scene("sphere", start=(1.5, 1.0))
    for camera, seen in ((Camera(elevation=90.0), True), (Camera(elevation=-80.0), False)):
        own, found = sight(panel, one, camera)
        for line in own._all_draped(one, 0, found.surface):
            assert np.all(found.shows(line.tested) == seen)


def test_points_of_a_path_lie_at_their_recorded_losses(panel, scene):
    one = scene("rosenbrock", steps=80)
    own, _ = panel()
    view = own.projection(panel()[1], one)
    for line, laid in zip(one.lines, own._all_draped(one, 0, own._mesh(one, 0, False)), strict=True):
        for k in (0, 1, 17, 80):
            at = np.flatnonzero(laid.step == k)
            want = view.box.place(line.path[k], np.asarray(line.loss[k]))
            if view.holds(want):
                np.testing.assert_allclose(laid.places[at[0]], want, atol=1e-9)


def test_between_two_steps_a_path_follows_the_surface(panel, scene):
    one = scene("rastrigin", steps=3, names=("gd",))
    own, _ = panel()
    mesh = own._mesh(one, 0, False)
    box = own.box(one)
    far = np.array([[-4.0, -4.0], [4.0, 3.0]])
    loss = np.asarray(one.problem.loss(*far.T.copy()))
    laid = paths.draped(far, loss, box, mesh, True)
    points = box.data(laid.places[:, :2])
    true = box.level(one.problem.loss(*points.T.copy()))
    np.testing.assert_allclose(laid.places[:, 2], true, atol=0.02)
    assert np.ptp(true) > 0.3


def test_what_leaves_the_box_is_cut_at_its_top_and_at_its_sides(panel, scene):
    one = scene("sphere", steps=2, names=("gd",))
    own, _ = panel()
    box, mesh = own.box(one), own._mesh(one, 0, False)
    xhi, yhi = box.xlim[1], box.ylim[1]
    path = np.array([[0.0, 0.0], [3.0 * xhi, 0.1], [0.5, 3.0 * yhi], [0.1, 0.1], [np.inf, np.nan]])
    laid = paths.draped(path, np.asarray(one.problem.loss(*np.nan_to_num(path).T.copy())), box, mesh, True)
    assert np.all(np.abs(laid.places[:, :2]) <= np.array(box.half[:2]) + 1e-9)
    assert np.all(laid.places[:, 2] <= box.half[2] + 1e-9)
    assert laid.begins.sum() >= 2
    tall = paths.draped(
        np.array([[-0.5, 0.0], [0.0, 0.0], [0.5, 0.0]]), np.array([1.0, 1e9, 1.0]), box, mesh, False
    )
    assert tall.places[[0, -1], 0] == pytest.approx(box.base(np.array([[-0.5, 0.0], [0.5, 0.0]]))[:, 0])
    assert np.all(tall.places[:, 2] <= box.half[2] + 1e-9)
    assert tall.begins.sum() == 2


def test_no_pixel_of_the_surface_is_above_the_box(panel, scene):
    one = scene("rosenbrock", height="linear")
    for camera in VIEWS[:3]:
        _, found = sight(panel, one, camera, (320, 240))
        view = found.view
        rows, columns = np.nonzero(found.depth)
        far = 1.0 / found.depth[rows, columns].astype(np.float64)
        rays = np.array([view.ray(x + 0.5, y + 0.5) for x, y in zip(columns, rows, strict=True)])
        places = view.eye + far[:, None] * rays
        assert places[:, 2].max() <= view.box.half[2] + 5e-3
        assert places[:, 2].max() >= view.box.half[2] - 0.02  # and it is cut there, not below
        assert np.abs(places[:, :2]).max() <= 1.01


def test_hidden_parts_are_dim(panel, scene):
    """Of a path all behind the surface only faint dashes are drawn."""
    one = scene("sphere", names=("gd",), start=(1.5, 1.0))
    counts = []
    for camera in (Camera(elevation=80.0), Camera(elevation=-80.0)):
        own, found = sight(panel, one, camera)
        image = QImage(640, 480, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        own._paint_lines(image, one, 60, 1.0, found)
        ink = 255.0 - strokes.memory(image)[..., :3].astype(float).min(axis=-1)
        counts.append((np.count_nonzero(ink > 20), ink.max()))
    assert 0 < counts[1][0] < 0.6 * counts[0][0]
    assert counts[1][1] < 0.8 * counts[0][1]


@pytest.mark.parametrize(("size", "k"), list(itertools.product([(640, 480), (320, 240)], (5, 60))))
def test_tracks_end_at_the_head(panel, scene, size, k):
    one = scene("himmelblau")
    own, rect = panel(size=size)
    view = own.projection(rect, one, k)
    found = own._grounded(rect, view, one, k, 1.0, False).sight
    for line, (front, back) in zip(one.lines, own._tracks(one, k, 1.0, found), strict=True):
        head = view.to_pixel(line.path[k], np.asarray(line.loss[k]))
        ends = [part.points[-1] for part in (front, back) if len(part.points)]
        assert min(float(np.hypot(*(end - head))) for end in ends) < 2.5
