"""The still picture of a surface: levels, colours, the right way up, and whatever a loss may be."""

from __future__ import annotations

import numpy as np
import pytest

from optviz import backdrop as module
from optviz.backdrop import Ink, backdrop, linear_levels, log_levels, scale_of
from optviz.colors import COLORMAPS, contrast, from_oklab, oklab, rgb_of, shades
from optviz.experiment import Experiment
from optviz.problem import Problem


class Formula:
    """A problem made of one numpy expression."""

    def __init__(self, key, function):
        self.key, self._function = f"test {key}", function

    def raster(self, xs, ys, limits=None):
        return np.asarray(self._function(*np.meshgrid(xs, ys)), dtype=np.float64)


ROSENBROCK = Formula("rosenbrock", lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2)
SADDLE = Formula("saddle", lambda x, y: x * x - y * y)
SLOPE = Formula("slope", lambda x, y: y + 0 * x)
LIMITS = ((-2.0, 2.0), (-1.0, 3.0))


def test_a_white_and_a_black_have_the_lightness_that_oklab_defines():
    np.testing.assert_allclose(oklab(np.array([1.0, 1.0, 1.0])), [1.0, 0.0, 0.0], atol=1e-4)
    np.testing.assert_allclose(oklab(np.array([1.0, 0.0, 0.0])), [0.62796, 0.22486, 0.12585], atol=1e-4)
    colors = np.random.default_rng(1).random((50, 3))
    np.testing.assert_allclose(from_oklab(oklab(colors)), colors, atol=1e-4)
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's own example


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colormap", COLORMAPS)
def test_lightness_runs_one_way_and_evenly(theme, colormap):
    light = oklab(shades(theme, colormap) / 255.0)[:, 0]
    step = np.diff(light[::128]) * (1 if theme == "dark" else -1)
    assert (step > 0).all(), "lightness must never turn back"
    assert step.max() < 1.25 * step.min(), "equal losses apart must look equally far apart"


def test_levels_are_round_and_about_fifteen():
    for low, high in ((0.0, 42.0), (-4.0, 4.0), (1e-9, 3e-9), (-1e30, 7e30)):
        levels = linear_levels(low, high)
        assert 8 <= len(levels) <= 22
        assert all(low < level < high for level in levels)
        steps = np.diff(levels)
        assert f"{steps.mean():.0e}"[0] in "125"
    assert log_levels(0.1, 100.0) == (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
    assert linear_levels(1.0, 1.0) == ()


def test_levels_are_logarithmic_where_the_range_asks_for_it():
    assert module.scale(ROSENBROCK, *LIMITS).log
    assert not module.scale(SADDLE, *LIMITS).log
    assert not module.scale(SLOPE, *LIMITS).log
    assert 8 <= len(module.scale(ROSENBROCK, *LIMITS).levels) <= 20


def test_the_minimum_is_found_more_closely_than_the_grid_shows_it():
    assert module.scale(ROSENBROCK, *LIMITS).offset == pytest.approx(0.0, abs=1e-4)


def test_one_spike_does_not_flatten_the_picture():
    loss = np.linspace(0.0, 1.0, 10_000)
    loss[17] = 1e12
    assert scale_of(loss, 0.0).high <= 1.0


@pytest.mark.parametrize("quick", [False, True])
def test_row_0_is_the_top(quick):
    picture = backdrop(SLOPE, (0.0, 1.0), (0.0, 1.0), 40, 30, "light", quick=quick)
    light = oklab(picture.rgb / 255.0)[..., 0]
    assert picture.rgb.shape == (30, 40, 3)
    assert light[0, 20] < light[-1, 20] - 0.2  # more loss, more ink


def test_contours_lie_on_their_levels():
    picture = backdrop(ROSENBROCK, *LIMITS, 800, 600)
    seen = 0
    for level, lines in picture.contours:
        for line in lines:
            loss = (1 - line[:, 0]) ** 2 + 100 * (line[:, 1] - line[:, 0] ** 2) ** 2 - picture.offset
            np.testing.assert_allclose(np.median(loss), level, rtol=0.05)
            seen += 1
    assert seen > 10


def test_the_quick_picture_looks_like_the_full_one():
    full, quick = (
        backdrop(SADDLE, *LIMITS, 320, 240, quick=quick).rgb.astype(int) for quick in (False, True)
    )
    assert np.abs(full - quick).mean() < 1.5


def test_the_compiled_and_the_plain_painter_agree():
    rng = np.random.default_rng(0)
    loss = rng.normal(size=(40, 50)) * 10
    loss[3, 4], loss[5, 6], loss[7, 8] = np.nan, np.inf, -np.inf
    table = module._table("light", "viridis")
    for log in (False, True):
        one, two = (np.zeros((40, 50, 3), np.uint8) for _ in range(2))
        module.paint_kernel.compiled(loss, table, -1.0, 0.5, 2.5, log, 8, one)
        with np.errstate(all="ignore"):
            module.paint_plain(loss, table, -1.0, 0.5, 2.5, log, 8, two)
        assert np.abs(one.astype(int) - two).max() <= 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: np.full_like(x, np.nan),
        lambda x, y: np.full_like(x, 3.0),
        lambda x, y: np.full_like(x, np.inf),
        lambda x, y: np.where(x > 0, x, np.nan),
        lambda x, y: 1e308 * x,
        lambda x, y: 1e-320 * x,
        lambda x, y: np.exp(300 * x),
    ],
    ids=["nan", "flat", "infinite", "half", "huge", "tiny", "steep"],
)
def test_any_loss_gives_a_picture(function):
    def quiet(x, y):
        with np.errstate(all="ignore"):
            return function(x, y)

    problem = Formula(f"odd {id(function)}", quiet)
    picture = backdrop(problem, (-2.0, 2.0), (-2.0, 2.0), 64, 48)
    assert picture.rgb.shape == (48, 64, 3)
    assert np.isfinite(picture.levels).all()


def test_where_the_loss_is_undefined_there_is_a_hatch():
    half = Formula("hatch", lambda x, y: np.where(x > 0, x, np.nan))
    picture = backdrop(half, (-1.0, 1.0), (-1.0, 1.0), 200, 200)
    left = {tuple(color) for color in picture.rgb[:, :95].reshape(-1, 3).tolist()}
    assert left == {tuple(round(255 * c) for c in rgb_of(text)) for text in module._UNDEFINED["light"]}


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2)])
def test_tiny_sizes(size):
    assert backdrop(SADDLE, *LIMITS, *size).rgb.shape == (size[1], size[0], 3)


@pytest.mark.filterwarnings("error")
def test_limits_with_no_number_between_them_give_a_picture():
    narrow = (1.0, 1.0000000000000002)
    assert backdrop(SADDLE, narrow, narrow, 100, 100).rgb.shape == (100, 100, 3)
    assert backdrop(SADDLE, narrow, (-1.0, 1.0), 100, 100).rgb.shape == (100, 100, 3)


# ------------------------------------------------------------------ shared scales, pictures in motion


def test_the_company_makes_the_scale():
    low, high = Formula("low", lambda x, y: x + y), Formula("high", lambda x, y: 10 + 5 * (x + y))
    how = module.scale(low, *LIMITS, (low, high))
    assert how == module.scale(high, *LIMITS, (high, low))
    corners = [f(x, y) for f in (low._function, high._function) for x in LIMITS[0] for y in LIMITS[1]]
    assert how.low == pytest.approx(min(corners), abs=0.01 * (max(corners) - min(corners)))
    assert how.high == pytest.approx(max(corners), rel=0.05)
    # One that is not among them has their scale all the same, and does not change it.
    far = Formula("far", lambda x, y: 1e6 + x)
    assert module.scale(far, *LIMITS, (low, high)) == how
    assert backdrop(far, *LIMITS, 20, 20, company=(low, high)).high == how.high


def test_enlarging_is_cubic_convolution():
    from optviz.lattice import cubic

    rng = np.random.default_rng(3)
    known, xs, ys = rng.normal(size=(9, 12)), np.arange(12.0), np.arange(9.0)
    at_x, at_y = np.linspace(0, 11, 40), np.linspace(0, 8, 33)
    out = np.empty((33, 40))
    around = np.pad(known, 1, mode="reflect", reflect_type="odd")
    module.enlarge_kernel.compiled(around, at_x, at_y, out)
    np.testing.assert_allclose(out, cubic(known, xs, ys, at_x, at_y), atol=1e-12)


def test_enlarging_leaves_what_is_undefined_where_it_is():
    known = np.ones((8, 8))
    known[:, :3] = np.nan
    out = np.empty((50, 50))
    at = np.linspace(0, 7, 50)
    module.enlarge_kernel.compiled(np.pad(known, 1, mode="edge"), at, at, out)
    assert (np.isnan(out) == (at < 2.5)[None, :]).all()


def test_a_lowest_loss_that_is_known_is_not_looked_for():
    class Known(Formula):
        minima = np.array([[0.3, 0.2], [50.0, 50.0]])

        def loss(self, x, y):
            return self._function(x, y)

    asked = []

    def bowl(x, y):
        asked.append(np.size(x))
        return (x - 0.3) ** 2 + (y - 0.2) ** 2 - np.where(x > 40, 100.0, 0.0)

    assert module.scale(Known("known", bowl), *LIMITS).offset == 0.0
    assert len(asked) == 2  # the sample, and the minimum within the limits
    assert module.scale(Formula("unknown", bowl), *LIMITS).offset == pytest.approx(0.0, abs=1e-6)


def test_lines_drawn_into_a_moving_picture_lie_where_contours_run() -> None:
    problem = Problem.of(Experiment("neuron", [{"optimizer": "gd"}], choices={"loss": "bce"}))
    limits, size = ((-6.0, 6.0), (-6.0, 6.0)), 300
    plain = backdrop(problem, *limits, size, size, quick=True)
    ruled = backdrop(problem, *limits, size, size, quick=True, ink=Ink((0, 0, 0), (1.0, 1.0), 1.0))
    exact = backdrop(problem, *limits, size, size)
    assert plain.contours
    assert not ruled.contours
    inked = plain.rgb.astype(float).sum(axis=2) - ruled.rgb.astype(float).sum(axis=2)
    length = 0.0
    for _, lines in exact.contours:
        for line in lines:
            pixels = (line + 6.0) / 12.0 * size
            length += np.hypot(*np.diff(pixels, axis=0).T).sum()
            column = np.clip(pixels[:, 0].astype(int), 1, size - 2)
            row = np.clip((size - pixels[:, 1]).astype(int), 1, size - 2)
            near = np.max([inked[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
            assert (near > 150.0).mean() > 0.97
    full = plain.rgb.astype(float).sum(axis=2)
    assert (inked / full).sum() == pytest.approx(length, rel=0.15)
