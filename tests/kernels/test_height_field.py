"""The height-field renderer against a ray march in plain NumPy, and against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optviz.kernels import height_field
from optviz.kernels.height_field import FLAT, Light, Lines, draw, draw_ball, draw_shadow, hidden

GRAY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
CAMERAS = {
    "usual": (-60, 35, 2.6),
    "low": (25, 8, 2.2),
    "close": (-100, 40, 0.9),
    "straight down": (0, 90, 2.5),
    "from below": (140, -40, 2.6),
    "level": (10, 0, 2.4),
}


class Camera:
    """A pinhole camera looking at a point, by its own axes: what the matrix has to agree with."""

    def __init__(self, azimuth, elevation, distance, size=(64, 48), view=40.0, target=(0.03, -0.02, 0.2)):
        a, e = math.radians(azimuth), math.radians(elevation)
        back = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
        self.right = np.array([-math.sin(a), math.cos(a), 0.0])
        self.forward = -back
        self.down = np.cross(self.forward, self.right)
        self.eye = np.array(target) + distance * back
        self.width, self.height = size
        self.focal = 0.5 * self.height / math.tan(math.radians(view) / 2)

    @property
    def matrix(self):
        rows = np.array(
            [
                self.focal * self.right + self.width / 2 * self.forward,
                self.focal * self.down + self.height / 2 * self.forward,
                self.forward,
            ]
        )
        return np.column_stack([rows, -rows @ self.eye])

    def rays(self):
        """Directions [h, w, 3] whose length is 1 along the camera's axis: points are eye + c * ray."""
        x = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        y = (np.arange(self.height) + 0.5 - self.height / 2) / self.focal
        return self.forward + x[None, :, None] * self.right + y[:, None, None] * self.down

    def project(self, points):
        away = np.asarray(points, float) - self.eye
        c = away @ self.forward
        return (
            self.width / 2 + self.focal * (away @ self.right) / c,
            self.height / 2 + self.focal * (away @ self.down) / c,
            c,
        )

    def canvas(self, fill=0):
        return np.full((self.height, self.width, 4), fill, np.uint8), np.zeros(
            (self.height, self.width), np.float32
        )


def hills(n=21, m=17):
    u, v = np.linspace(-0.8, 0.8, n), np.linspace(-0.7, 0.7, m)
    x, y = np.meshgrid(u, v)
    return u, v, 0.2 + 0.15 * np.sin(5 * x) * np.cos(4 * y) + 0.3 * x * x, 0.5 + 0.4 * np.sin(3 * x + 2 * y)


def on_triangles(grid, values, u, v):
    """Interpolate linearly on the two triangles of each cell; nan outside and in cells with a hole."""
    us, vs = grid
    p, q = (u - us[0]) / (us[1] - us[0]), (v - vs[0]) / (vs[1] - vs[0])
    outside = (p < 0) | (p > len(us) - 1) | (q < 0) | (q > len(vs) - 1)
    j, i = (np.clip(np.floor(a), 0, n - 2).astype(int) for a, n in ((p, len(us)), (q, len(vs))))
    p, q = p - j, q - i
    values = np.where(np.isfinite(values), values, np.nan)
    a, b, c, d = values[i, j], values[i, j + 1], values[i + 1, j], values[i + 1, j + 1]
    found = np.where(p >= q, a + p * (b - a) + q * (d - b), a + q * (c - a) + p * (d - c))
    return np.where(outside | np.isnan(a + b + c + d), np.nan, found)


def march(camera, u, v, height, bottom=-math.inf, top=math.inf, steps=500):
    """Follow every ray to where it first meets the surface; return c, inf where it does not."""
    rays = camera.rays().reshape(-1, 3)
    box = np.stack(np.meshgrid(u[[0, -1]], v[[0, -1]], (-0.1, 0.8)), axis=-1).reshape(-1, 3)
    c = np.linspace(*np.clip(np.sort((box - camera.eye) @ camera.forward)[[0, -1]], 1e-3, None), steps)

    def above(c, rays):
        p = camera.eye + c[..., None] * rays
        return p[..., 2] - on_triangles((u, v), height, p[..., 0], p[..., 1])

    found = np.full(len(rays), np.inf)
    before = above(np.full(len(rays), c[0]), rays)
    for k in range(1, steps):
        here = above(np.full(len(rays), c[k]), rays)
        hit = np.flatnonzero((before * here <= 0) & ~np.isfinite(found))
        if len(hit):
            low, high, sign = np.full(len(hit), c[k - 1]), np.full(len(hit), c[k]), np.sign(before[hit])
            for _ in range(30):
                middle = 0.5 * (low + high)
                same = above(middle, rays[hit]) * sign > 0
                low, high = np.where(same, middle, low), np.where(same, high, middle)
            w = camera.eye[2] + low * rays[hit, 2]
            inside = (bottom <= w) & (w <= top)
            found[hit[inside]] = low[inside]
        before = here
    return found.reshape(camera.height, camera.width)


def at_edges(c):
    """Pixels next to where the distance jumps, or where a surface begins."""
    jump = np.zeros(c.shape, bool)
    near = np.where(np.isfinite(c), c, 1e3)
    for axis in (0, 1):
        rough = np.abs(np.diff(near, axis=axis)) > 0.15
        for shift in (0, 1):
            at = [slice(None)] * 2
            at[axis] = slice(shift, c.shape[axis] - 1 + shift)
            jump[tuple(at)] |= rough
    wide = jump.copy()
    wide[1:] |= jump[:-1]
    wide[:-1] |= jump[1:]
    wide[:, 1:] |= jump[:, :-1]
    wide[:, :-1] |= jump[:, 1:]
    return wide


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "whole") for name in CAMERAS),
        *(("usual", kind) for kind in ("cut", "holes")),
        *((name, "cut") for name in ("from below", "level")),
        ("straight down", "holes"),
    ],
)
def test_what_is_seen_against_a_ray_march(name, kind) -> None:
    camera = Camera(*CAMERAS[name])
    u, v, height, shade = hills()
    bottom, top = (0.12, 0.3) if kind == "cut" else (-math.inf, math.inf)
    if kind == "holes":
        height[4:7, 5:9] = np.nan
        height[12, 15] = np.inf
        shade[9, 3] = np.nan
    pixels, depth = camera.canvas()
    draw(pixels, depth, u, v, height, shade, GRAY, camera.matrix, bottom=bottom, top=top, light=FLAT)

    c = march(camera, u, v, np.where(np.isfinite(shade), height, np.nan), bottom, top)
    inner = ~at_edges(c)
    assert inner.mean() > 0.5
    seen = np.isfinite(c)
    assert (pixels[..., 3] == 255 * (depth > 0)).all()
    np.testing.assert_array_equal((depth > 0)[inner], seen[inner])
    assert ((depth > 0) != seen).mean() < 0.02
    both = inner & seen
    # Where two sheets meet under a flat angle the march may step through the nearer one.
    wrong = np.abs(depth[both] * c[both] - 1) > 1e-5
    assert wrong.mean() < 2e-3
    p = camera.eye + np.where(seen, c, 1.0)[..., None] * camera.rays()
    expected = 255 * on_triangles((u, v), shade, p[..., 0], p[..., 1])
    assert (np.abs(pixels[..., 0][both] - expected[both]) > 1.0).mean() < 2e-3
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_depth_of_a_plane() -> None:
    camera = Camera(30, 25, 2.0, (200, 150))
    u = np.linspace(-0.7, 0.7, 12)
    pixels, depth = camera.canvas()
    draw(pixels, depth, u, u, 0.1, np.full((12, 12), 0.5), GRAY, camera.matrix, light=FLAT)
    rays = camera.rays()
    c = (0.1 - camera.eye[2]) / rays[..., 2]
    p = camera.eye + c[..., None] * rays
    inside = (np.abs(p[..., :2]) < 0.7).all(axis=-1) & (c > 0)
    np.testing.assert_array_equal(depth > 0, inside)
    np.testing.assert_allclose(depth[inside], 1 / c[inside], rtol=1e-6)


def test_a_slope_is_cut_exactly_at_top_and_bottom() -> None:
    """Far coarser than the pixels, so that the cut runs through the midst of cells."""
    camera = Camera(-50, 40, 2.0, (200, 150))
    u = np.linspace(-0.8, 0.8, 4)
    plane = np.repeat(0.5 * u[None, :], 4, axis=0)
    pixels, depth = camera.canvas()
    draw(pixels, depth, u, u, plane, np.ones((4, 4)), GRAY, camera.matrix, bottom=-0.11, top=0.17, light=FLAT)
    rays, normal = camera.rays(), np.array([-0.5, 0.0, 1.0])
    c = -(camera.eye @ normal) / (rays @ normal)
    p = camera.eye + c[..., None] * rays
    inside = (c > 0) & (np.abs(p[..., :2]) < 0.8).all(axis=-1) & (p[..., 2] >= -0.11) & (p[..., 2] <= 0.17)
    assert 0.05 < inside.mean() < 0.5
    np.testing.assert_array_equal(depth > 0, inside)
    np.testing.assert_allclose(depth[inside], 1 / c[inside], rtol=1e-6)


def test_a_single_triangle_over_all_of_the_screen() -> None:
    """The eye just over a cell as large as the world: no gaps, and the right depth."""
    camera = Camera(20, 3, 0.02, (160, 90), target=(0.1, 0.05, 0.01))
    pixels, depth = camera.canvas()
    u = np.array([-50.0, 50.0])
    draw(pixels, depth, u, u, np.zeros((2, 2)), np.full((2, 2), 0.5), GRAY, camera.matrix, light=FLAT)
    rays = camera.rays()
    c = -camera.eye[2] / rays[..., 2]
    seen = (c > 0) & (c < 20)
    assert seen.mean() > 0.4
    np.testing.assert_allclose(depth[seen], 1 / c[seen], rtol=1e-4)
    assert (depth[rays[..., 2] > 0] == 0).all()


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_pixels_do_not_depend_on_bands_and_threads(samples, monkeypatch) -> None:
    camera = Camera(*CAMERAS["usual"], (131, 97))
    u, v, height, shade = hills(60, 50)
    lines = Lines(np.linspace(0.1, 0.9, 9), np.full(9, 0.6), 1.5, mesh=4)

    def picture(band, threads):
        monkeypatch.setattr(height_field, "_BAND", band)
        pixels, depth = camera.canvas(90)
        how = {"lines": lines, "samples": samples, "threads": threads}
        draw(pixels, depth, u, v, -0.2, shade, GRAY, camera.matrix, light=FLAT, **how)
        draw(pixels, depth, u, v, height, shade, GRAY, camera.matrix, top=0.35, floor=-0.1, **how)
        return pixels, depth

    first = picture(32, 1)
    assert np.ptp(first[0]) > 100
    for band, threads in ((32, 1), (32, 2), (7, 3), (1, 2), (500, 1)):
        for one, other in zip(first, picture(band, threads), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("samples", [2, 3])
def test_edges_are_covered_by_area(samples) -> None:
    """A half-plane seen from straight above: how much of every pixel it covers is known."""
    camera = Camera(0, 90, 2.0, (60, 40), target=(0, 0, 0))
    matrix = camera.matrix.copy()
    angle = math.radians(7)
    turn = np.array(
        [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]]
    )
    matrix[:, :3] = matrix[:, :3] @ turn
    pixels, depth = camera.canvas()
    draw(pixels, depth, np.array([0.0, 50.0]), np.array([-50.0, 50.0]), 0.0, np.ones((2, 2)), GRAY, matrix,
         light=FLAT, samples=samples)  # fmt: skip
    fine = 16
    x = (np.arange(camera.width * fine) + 0.5) / fine - camera.width / 2
    y = (np.arange(camera.height * fine) + 0.5) / fine - camera.height / 2
    rows = np.linalg.inv(matrix[:, :3])
    eye = -rows @ matrix[:, 3]
    x, y = np.meshgrid(x + camera.width / 2, y + camera.height / 2)
    ray = np.einsum("ij,jhw->ihw", rows, np.stack([x, y, np.ones_like(x)]))
    inside = eye[0] - eye[2] / ray[2] * ray[0] > 0
    area = inside.reshape(camera.height, fine, camera.width, fine).mean(axis=(1, 3))
    got = pixels[..., 3] / 255
    partly = (area > 0) & (area < 1)
    assert partly.sum() > 30
    assert np.abs(got - area).max() < 0.75 / samples
    assert np.abs(got - area)[partly].mean() < 0.35 / samples**2 + 0.02
    assert abs((got - area).sum() / partly.sum()) < 0.02
    assert set(np.unique(pixels[area == 1])) == {255}
    assert not pixels[area == 0].any()


@pytest.mark.parametrize("samples", [2, 3])
def test_more_samples_keep_depth_and_smooth_only_edges(samples) -> None:
    camera = Camera(*CAMERAS["usual"], (160, 120))
    u, v, height, shade = hills(40, 40)
    one, many = camera.canvas(), camera.canvas()
    draw(*one, u, v, height, shade, GRAY, camera.matrix, top=0.35)
    draw(*many, u, v, height, shade, GRAY, camera.matrix, top=0.35, samples=samples)
    np.testing.assert_array_equal(one[1], many[1])
    c = np.where(one[1] > 0, 1 / np.maximum(one[1], 1e-9), np.inf)
    apart = np.abs(one[0].astype(int) - many[0]).max(axis=-1)
    assert apart[~at_edges(c)].max() <= 4
    partly = (many[0][..., 3] > 0) & (many[0][..., 3] < 255)
    assert partly.sum() > 100
    assert at_edges(c)[partly].all()


@pytest.mark.parametrize("elevation", [50, -50])
@pytest.mark.parametrize("slopes", [(0.0, 0.0), (0.7, 0.2), (-0.9, -0.4)])
def test_light_on_a_plane(elevation, slopes) -> None:
    camera = Camera(-70, elevation, 2.0)
    u = np.linspace(-0.9, 0.9, 6)
    x, y = np.meshgrid(u, u)
    light = Light((0.3, -0.5, 0.9), ambient=0.3, diffuse=0.6, specular=0.0)
    pixels, depth = camera.canvas()
    plane = 0.2 + slopes[0] * x + slopes[1] * y
    draw(pixels, depth, u, u, plane, np.full((6, 6), 1.0), GRAY, camera.matrix, light=light)
    normal, toward = np.array([-slopes[0], -slopes[1], 1.0]), np.array(light.direction)
    if (camera.eye - [0, 0, 0.2]) @ normal < 0:
        normal, toward = -normal, toward * [1, 1, -1]
    angle = max(normal @ toward / np.linalg.norm(normal) / np.linalg.norm(toward), 0.0)
    assert (depth > 0).any()
    assert np.abs(pixels[depth > 0][:, :3] - 255 * (0.3 + 0.6 * angle)).max() <= 1


def test_a_highlight_is_where_light_is_mirrored() -> None:
    camera = Camera(0, 90, 3.0, (101, 101), target=(0, 0, 0))
    u = np.linspace(-1, 1, 81)
    x, y = np.meshgrid(u, u)
    toward = np.array([0.0, 0.3, 1.0]) / math.hypot(0.3, 1)
    pixels, depth = camera.canvas()
    light = Light(tuple(toward), 0.2, 0.0, 1.0)
    draw(
        pixels, depth, u, u, -0.25 * (x * x + y * y), np.full(x.shape, 0.5), GRAY, camera.matrix, light=light
    )
    half = toward + np.array([0, 0, 1])
    slope = half[1] / half[2]  # of the normal that points half-way
    x, y, _ = camera.project([0, 2 * slope, -0.25 * (2 * slope) ** 2])
    bright = np.maximum(pixels[..., 0] - 0.8 * pixels[..., 0].max(), 0)
    rows, columns = np.indices(depth.shape) + 0.5
    assert abs((bright * columns).sum() / bright.sum() - x) < 1
    assert abs((bright * rows).sum() / bright.sum() - y) < 1


@pytest.mark.parametrize("width", [0.6, 1.0, 2.5])
@pytest.mark.parametrize("elevation", [90, 40, 20])
def test_contour_lines_lie_where_they_should_and_are_evenly_wide(width, elevation) -> None:
    """Lines of equal v run level over the screen: every column crosses them at known places."""
    camera = Camera(-90, elevation, 2.2, (64, 400), target=(0, 0, 0))
    u = np.linspace(-0.8, 0.8, 30)
    shade = np.repeat((u[:, None] + 0.8) / 1.6, 30, axis=1)
    levels = np.array([0.2, 0.45, 0.7])
    pixels, depth = camera.canvas()
    lines = Lines(levels, np.array([1.0, 0.5, 1.0]), width, color=(0, 0, 0))
    white = np.full((2, 3), 255, np.uint8)
    draw(pixels, depth, u, u, 0.0, shade, white, camera.matrix, light=FLAT, lines=lines)
    column = 32
    ink = np.where(depth > 0, 255.0 - pixels[..., 0], 0.0)[:, column] / 255
    rows = np.arange(400) + 0.5
    total = 0.0
    for level, strength in zip(levels, (1.0, 0.5, 1.0), strict=True):
        _, y, _ = camera.project([0.0, -0.8 + 1.6 * level, 0.0])
        near = np.abs(rows - y) < 4
        assert abs((ink * rows)[near].sum() / ink[near].sum() - y) < 0.2
        assert ink[near].sum() == pytest.approx(strength * width, rel=0.06)
        total += ink[near].sum()
    assert ink.sum() == pytest.approx(total)


def test_mesh_lines_lie_on_every_third_row_and_column_of_the_grid() -> None:
    camera = Camera(-90, 90, 2.2, (300, 200), target=(0, 0, 0))
    u, v = np.linspace(-0.8, 0.8, 16), np.linspace(-0.5, 0.5, 13)
    pixels, depth = camera.canvas()
    lines = Lines(mesh=3, mesh_width=1.5, mesh_strength=0.8)
    white = np.full((2, 3), 255, np.uint8)
    draw(
        pixels,
        depth,
        u,
        v,
        np.zeros((13, 16)),
        np.zeros((13, 16)),
        white,
        camera.matrix,
        light=FLAT,
        lines=lines,
    )
    ink = np.where(depth > 0, 255.0 - pixels[..., 0], 0.0) / 255
    x, _, _ = camera.project(np.column_stack([u[3:15:3], np.zeros(4), np.zeros(4)]))
    middle = ink[int(camera.project([0, v[1] + 0.02, 0])[1])]
    expected = np.zeros(300)
    for place in x:
        near = np.abs(np.arange(300) + 0.5 - place) < 3
        assert (middle * (np.arange(300) + 0.5))[near].sum() / middle[near].sum() == pytest.approx(
            place, abs=0.1
        )
        assert middle[near].sum() == pytest.approx(1.5 * 0.8, rel=0.05)
        expected[near] = 1
    edges = np.abs(np.arange(300) + 0.5 - camera.project([u[0], 0, 0])[0]) < 2
    edges |= np.abs(np.arange(300) + 0.5 - camera.project([u[15], 0, 0])[0]) < 2
    assert not middle[(expected == 0) & ~edges].any()


def test_lines_denser_than_pixels_do_not_blot_everything() -> None:
    camera = Camera(-90, 90, 2.2, (60, 60), target=(0, 0, 0))
    u = np.linspace(-0.5, 0.5, 20)
    shade = np.repeat((u[:, None] + 0.5), 20, axis=1)
    pixels, depth = camera.canvas()
    lines = Lines(np.linspace(0, 1, 400), np.ones(400), 1.0)
    draw(
        pixels,
        depth,
        u,
        u,
        0.0,
        shade,
        np.full((2, 3), 255, np.uint8),
        camera.matrix,
        light=FLAT,
        lines=lines,
    )
    assert pixels[depth > 0][:, 0].min() > 200


@pytest.mark.parametrize("elevation", [35, -40])
def test_a_floor_is_a_plane_in_flat_colours_below(elevation) -> None:
    """Drawn with the surface it is what a plane of its own would be, but for how strong its lines are."""
    camera = Camera(-60, elevation, 2.6, (160, 120))
    u, v, height, shade = hills()
    shade[9, 3] = np.nan  # a hole in both
    lines = Lines(np.linspace(0.1, 0.9, 7), np.full(7, 0.8), 1.5, floor=0.5)
    faint = Lines(lines.levels, 0.5 * lines.strengths, 1.5)
    both, apart = camera.canvas(), camera.canvas()
    draw(*both, u, v, height, shade, GRAY, camera.matrix, lines=lines, floor=-0.05)
    draw(*apart, u, v, height, shade, GRAY, camera.matrix, lines=lines)
    draw(*apart, u, v, -0.05, shade, GRAY, camera.matrix, lines=faint, light=FLAT)
    lies = (both[1] > 0) == (apart[1] > 0)
    assert lies.mean() > 0.998  # rounding decides at its very edge
    np.testing.assert_allclose(both[1][lies], apart[1][lies], rtol=1e-5)
    assert (np.abs(both[0].astype(int) - apart[0]).max(axis=-1)[lies] > 2).mean() < 2e-3
    alone = camera.canvas()
    draw(*alone, u, v, height, shade, GRAY, camera.matrix, lines=lines)
    assert (both[1] != alone[1]).mean() > 0.05


def test_a_surface_blends_at_its_outline_with_the_floor_behind_it() -> None:
    """A dark sheet over a dark floor on a white page: no light seam between them."""
    camera = Camera(-60, 35, 2.6, (160, 120), target=(0, 0, 0))
    u = np.linspace(-0.8, 0.8, 9)
    sheet = np.where(np.abs(u)[:, None] + np.abs(u)[None, :] < 0.9, 0.3, np.nan)
    pixels, depth = camera.canvas(255)
    how = {"light": FLAT, "samples": 2}
    draw(pixels, depth, u, u, sheet, np.zeros((9, 9)), GRAY, camera.matrix, floor=-0.1, **how)
    _, alone = camera.canvas()
    draw(camera.canvas()[0], alone, u, u, sheet, np.zeros((9, 9)), GRAY, camera.matrix, **how)
    within = np.zeros(depth.shape, bool)
    within[2:-2, 2:-2] = True
    for dy in (-2, -1, 0, 1, 2):  # well inside of both together
        for dx in (-2, -1, 0, 1, 2):
            within[2:-2, 2:-2] &= depth[2 + dy : 118 + dy, 2 + dx : 158 + dx] > 0
    assert ((alone > 0) & within).sum() > 300
    assert ((alone == 0) & within).sum() > 300
    assert (pixels[within][:, :3] == 0).all()


def test_nearer_things_already_there_stay() -> None:
    camera = Camera(*CAMERAS["usual"])
    u, v, height, shade = hills()
    first, last = camera.canvas(), camera.canvas()
    for (pixels, depth), order in ((first, (0.5, None)), (last, (None, 0.5))):
        for at in order:
            what = height if at is None else at
            draw(
                pixels,
                depth,
                u,
                v,
                what,
                shade * (1.0 if at is None else 0.2),
                GRAY,
                camera.matrix,
                light=FLAT,
            )
    np.testing.assert_array_equal(first[0], last[0])
    np.testing.assert_array_equal(first[1], last[1])


def test_heights_beyond_all_bounds_are_cut() -> None:
    """A spike far out of the box is cut at its top as one that ends there, but for its width."""
    camera = Camera(*CAMERAS["usual"])
    u, v, height, shade = hills()
    height[8, 10] = 1e300
    pixels, depth = camera.canvas()
    draw(pixels, depth, u, v, height, shade, GRAY, camera.matrix, bottom=0.0, top=0.6, light=FLAT)
    without = camera.canvas()
    height[8, 10] = np.nan
    draw(*without, u, v, height, shade, GRAY, camera.matrix, bottom=0.0, top=0.6, light=FLAT)
    assert (depth >= without[1]).all()
    assert (depth > without[1]).sum() > 10  # the spike's walls


def test_hidden_points() -> None:
    camera = Camera(*CAMERAS["usual"], (100, 75))
    u, v, height, shade = hills(80, 80)
    pixels, depth = camera.canvas()
    draw(pixels, depth, u, v, height, shade, GRAY, camera.matrix)
    generator = np.random.default_rng(3)
    c = march(camera, u, v, height, steps=200)
    rows, columns = np.nonzero(np.isfinite(c) & ~at_edges(c))
    pick = generator.choice(len(rows), 200, replace=False)
    rows, columns = rows[pick], columns[pick]
    x, y, at = columns + 0.5, rows + 0.5, c[rows, columns]
    assert not hidden(depth, x, y, 1 / at).any()
    assert not hidden(depth, x, y, 1.05 / at).any()
    assert hidden(depth, x, y, 1 / (1.05 * at)).all()
    odd = np.array([-1.0, 100.0, np.nan, np.inf, 50.0, 50.0, 1e300])
    assert not hidden(depth, odd, np.full(7, 40.0), np.array([1, 1, 1, 1, np.nan, -1, 1e-9])).any()
    assert hidden(depth, x[0], y[0], 0.5 / at[0]).shape == ()


def test_a_ball_is_lit_round_and_hidden_behind_what_is_nearer() -> None:
    pixels, depth = np.full((60, 80, 4), 255, np.uint8), np.zeros((60, 80), np.float32)
    depth[:, 45:] = 0.6
    draw_ball(pixels, depth, 40.25, 30.5, 0.5, 10.0, (200, 30, 20), direction=(-0.5, -0.5, 0.7))
    changed = (pixels != 255).any(axis=-1)
    assert not changed[:, 45:].any()
    y, x = np.indices((60, 80)) + 0.5
    away = np.hypot(x - 40.25, y - 30.5)
    assert changed[(away < 9) & (x < 45)].all()
    assert not changed[away > 10.6].any()
    body = pixels[30, 38].astype(int)
    assert body[2] > body[1] >= body[0]  # B, G, R: a red one
    assert pixels[25, 35].sum() > pixels[37, 43].sum()  # lit from upper left
    edge = pixels[..., 1][(np.abs(away - 10) < 0.3) & (x < 45)]
    assert ((edge > 60) & (edge < 250)).any()
    assert (depth[:, :45] == 0).all()


def test_a_shadow_lies_around_its_point_only() -> None:
    camera = Camera(*CAMERAS["usual"], (240, 180))
    u, v, height, shade = hills()
    pixels, depth = camera.canvas(255)
    draw(pixels, depth, u, v, height, np.ones(shade.shape), GRAY, camera.matrix, light=FLAT)
    before = pixels.copy()
    center = np.array([u[12], v[6], height[6, 12]])
    draw_shadow(pixels, depth, camera.matrix, tuple(center), 0.2, 0.5)
    c = np.where(depth > 0, 1 / np.maximum(depth, 1e-9), np.inf)
    apart = np.linalg.norm(
        camera.eye + np.where(depth > 0, c, 1e3)[..., None] * camera.rays() - center, axis=-1
    )
    darker = (pixels[..., :3] < before[..., :3]).all(axis=-1)
    assert darker[apart < 0.15].all()
    assert not (pixels != before).any(axis=-1)[apart > 0.201].any()
    assert pixels[apart < 0.02][:, 0].max() < 135
    assert (pixels[..., 3] == before[..., 3]).all()


HOSTILE = np.array([0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 1e-300, 1e18, 1e-5])


@pytest.mark.parametrize("seed", range(20))
def test_nothing_hostile_writes_outside_or_hangs(seed) -> None:
    generator = np.random.default_rng(seed)
    for _ in range(6):
        rows, width = (int(k) for k in generator.integers(1, 70, 2))
        m, n = (int(k) for k in generator.integers(1, 12, 2))
        whole, deep = (
            np.full((rows + 8) * width, 0x12345678, np.uint32),
            np.full((rows + 8) * width, 7, np.float32),
        )
        pixels = whole[4 * width : -4 * width].view(np.uint8).reshape(rows, width, 4)
        depth = deep[4 * width : -4 * width].reshape(rows, width)
        depth[:] = 0
        camera = Camera(*generator.uniform((-180, -90, 0), (180, 90, 3)), (width, rows))
        matrix = camera.matrix * 10.0 ** generator.integers(-8, 8)
        height, shade = generator.uniform(0, 1, (m, n)), generator.uniform(-0.5, 1.5, (m, n))
        for values, share in ((height, 0.3), (shade, 0.3), (matrix, 0.1)):
            if generator.random() < 0.6:
                at = generator.random(values.shape) < share
                values[at] = generator.choice(HOSTILE, int(at.sum()))
        bottom, top = generator.choice([-np.inf, -1e300, 0.2, 0.5, 1e300, np.inf, np.nan], 2)
        lines = Lines(
            generator.choice(HOSTILE, 4), generator.choice(HOSTILE, 4), float(generator.choice(HOSTILE)),
            float(generator.choice(HOSTILE)), float(generator.choice(HOSTILE)), 0.5, (255, 0, 9),
        )  # fmt: skip
        light = Light(tuple(generator.choice(HOSTILE, 3)), *generator.choice(HOSTILE, 3))
        draw(
            pixels, depth, np.linspace(-1, 1, n) * 10.0 ** generator.integers(-6, 6), np.linspace(1, -1, m),
            height, shade, GRAY[: generator.integers(1, 256)], matrix, bottom=float(bottom), top=float(top),
            light=light, lines=lines, samples=int(generator.integers(1, 4)), threads=1,
            floor=generator.choice([None, *HOSTILE]),
        )  # fmt: skip
        x, y, z, radius, relief, opacity = generator.choice([*HOSTILE, 20.0, 30.0], 6)
        draw_ball(pixels, depth, x, y, z, radius, (1, 2, 300), relief=relief, opacity=opacity)
        center = tuple(generator.choice(HOSTILE, 3))
        draw_shadow(
            pixels, depth, matrix, center, float(generator.choice(HOSTILE)), float(generator.choice(HOSTILE))
        )
        hidden(
            depth, generator.choice(HOSTILE, 9), generator.choice(HOSTILE, 9), generator.choice(HOSTILE, 9)
        )
        for outer, value in ((whole, 0x12345678), (deep, 7)):
            assert (outer[: 4 * width] == value).all()
            assert (outer[-4 * width :] == value).all()
        assert not np.isnan(depth).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_smallest_grids(shape) -> None:
    camera = Camera(*CAMERAS["usual"])
    m, n = shape
    pixels, depth = camera.canvas()
    u, v = np.linspace(-0.5, 0.5, n), np.linspace(-0.5, 0.5, m)
    draw(pixels, depth, u, v, np.zeros(shape), np.ones(shape), GRAY, camera.matrix)
    assert (depth > 0).any() == (shape == (2, 2))


def test_nothing_but_holes() -> None:
    camera = Camera(*CAMERAS["usual"])
    u, v, height, shade = hills()
    pixels, depth = camera.canvas(3)
    draw(pixels, depth, u, v, np.full(height.shape, np.nan), shade, GRAY, camera.matrix)
    draw(pixels, depth, u, v, height, np.full(height.shape, np.nan), GRAY, camera.matrix, samples=3)
    draw(pixels, depth, u, v, height, shade, GRAY, np.zeros((3, 4)))
    draw(pixels, depth, u, v, height, shade, GRAY, camera.matrix, bottom=1.0, top=0.0)
    assert (pixels == 3).all()
    assert not depth.any()


def test_shapes_that_do_not_fit_are_refused() -> None:
    camera = Camera(*CAMERAS["usual"])
    u, v, height, shade = hills()
    with pytest.raises(ValueError, match="height and shade"):
        draw(*camera.canvas(), u, v, height[:-1], shade, GRAY, camera.matrix)
