"""What is drawn of an update: bars that build up, arrows that end where the step does, a true magnifier."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from optviz.anatomy import TITLES
from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.optimizers import OPTIMIZERS
from optviz.render import formula
from optviz.render.anatomy import (
    AnatomyPanel,
    Picture,
    figures,
    looks,
    paint_arrows,
    paint_on_surface,
    taken_apart,
    writing,
)
from optviz.render.anatomy.arrows import near_tips
from optviz.render.anatomy.layout import BARS, FULL, Places
from optviz.render.anatomy.magnifier import round_length, window
from optviz.render.anatomy.scale import BarScale
from optviz.render.panels.mapping import Mapping
from optviz.render.stage import Stage
from optviz.render.style import THEMES, Metrics, theme
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

Pixels = npt.NDArray[np.int64]


@pytest.fixture(scope="session", autouse=True)
def qapp() -> object:
    return gui_app.application()


@cache
def scene(
    *optimizers: str,
    rate: float = 0.01,
    chosen: int = 0,
    schedule: str = "constant",
    surface: str = "sphere",
    **more: Any,
) -> Scene:
    entrants = tuple(
        {"optimizer": name, "learning_rate": rate, "schedule": {"name": schedule}} for name in optimizers
    )
    experiment = Experiment(
        surface="sphere",
        start=(1.0, -2.0),
        steps=30,
        entrants=entrants,
        view={"step_by_step": chosen},
        **more,
    )
    return build_scene(simulate(experiment, wait=False), wait=False)


def blank(width: int, height: int, color: str = "#ffffff") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


def pixels(image: QImage) -> Pixels:
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return whole[:, : image.width(), 2::-1].astype(np.int64)


def near(image: QImage, color: str, slack: int = 12) -> npt.NDArray[np.bool_]:
    wanted = QColor(color)
    rgb = np.array([wanted.red(), wanted.green(), wanted.blue()])
    return np.asarray(np.abs(pixels(image) - rgb).max(axis=2) <= slack)


def panel(of: Scene, k: int, name: str = "light", size: tuple[int, int] = (430, 630), **more: Any) -> QImage:
    image = blank(size[0] + 40, size[1] + 40, theme(name).page)
    with QPainter(image) as painter:
        metrics = Metrics.of(name, more.pop("scale", 1.0))
        AnatomyPanel(theme(name), metrics).paint(painter, QRectF(20, 20, *size), of, k, **more)
    return image


# -------------------------------------------------------------- which update


def test_the_view_says_whose_update_is_taken_apart() -> None:
    assert taken_apart(scene("adam", "lion", chosen=1), 3).optimizer == "lion"  # type: ignore[union-attr]
    plain = scene("adam")
    other = build_scene(simulate(plain.experiment.replace(view={}), wait=False), wait=False)
    assert taken_apart(other, 3) is None


# -------------------------------------------------------------- the panel


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_panel_keeps_to_its_place_and_shows_every_part_in_its_colour(name: str, scale: float) -> None:
    of = scene("adamw", rate=0.1, schedule="cosine")
    size = (round(430 * scale), round(630 * scale))
    image = panel(of, 7, name, size, scale=scale)
    ground = np.array(QColor(theme(name).page).getRgb()[:3])
    touched = np.abs(pixels(image) - ground).max(axis=2) > 8
    edge = 14  # a little is allowed for the ground of the active row
    for outside in (touched[:edge], touched[-edge:], touched[:, :edge], touched[:, -edge:]):
        assert not outside.any()
    found = taken_apart(of, 7)
    assert found is not None
    assert len(found.parts) == 6
    for part in (*found.parts, found.whole):
        assert near(image, looks.color(theme(name), part.name)).sum() > 5, part.name


@pytest.mark.parametrize("identifier", OPTIMIZERS.ids)
def test_panel_of_every_optimizer_at_a_small_size(identifier: str) -> None:
    image = panel(scene(identifier), 4, size=(300, 220), quick=True)
    assert (pixels(image) != 255).any()


def test_parts_that_have_not_been_told_are_not_drawn() -> None:
    of = scene("adam", rate=0.1)
    found = taken_apart(of, 5)
    assert found is not None
    colors = [looks.color(theme("light"), part.name) for part in found.parts]
    for told in range(1, len(found.parts) + 1):
        image = panel(of, 5, revealed=told, quick=True)
        drawn = [near(image, color).sum() > 15 for color in colors]
        assert drawn == [i < told for i in range(len(colors))]


def test_bars_start_where_the_one_before_ended() -> None:
    """Read off the picture: along x, the left and right ends of each bar are the sums before and after it."""
    of = scene("momentum", rate=0.05)
    found = taken_apart(of, 6)
    assert found is not None
    image = panel(of, 6, quick=True)
    body = QRectF(20, 20 + 28 + 4.5, 430, 630 - 28 - 4.5)
    places = Places.of(body, [TITLES[p.name] for p in (*found.parts, found.whole)], Metrics())
    scale = BarScale.of(found)
    for i, part in enumerate(found.parts):
        row = places.box(i).y() + places.lanes[0]
        line = near(image, looks.color(theme("light"), part.name))[round(row)]
        line[: round(places.bars) - 1] = False  # the title
        at = np.flatnonzero(line)
        ends = sorted(places.x(scale.place(float(value))) for value in found.reached[i : i + 2, 0])
        assert abs(at.min() - ends[0]) <= 1.5
        assert abs(at.max() + 1 - ends[1]) <= 2.5


def test_formulas_with_numbers_are_left_out_in_a_hurry_and_nothing_else_moves() -> None:
    of = scene("adam", rate=0.1)
    whole, quick = panel(of, 5, revealed=2), panel(of, 5, revealed=2, quick=True)
    more = (pixels(whole) != pixels(quick)).any(axis=2)
    assert more.any()
    light = pixels(quick)[more].min(axis=1)
    assert (light > 200).mean() > 0.95  # where they differ the quick one has the empty page


def test_every_formula_of_every_optimizer_can_be_set() -> None:
    seen = set()
    for identifier in OPTIMIZERS.ids:
        of = scene(identifier, schedule="cosine", noise=0.1, penalty=Penalties.both)
        for k in (0, 6):
            found = taken_apart(of, k)
            assert found is not None
            for part in (*found.parts, found.whole):
                seen.update(part.formula.split(r" \quad "))
            if identifier == "rprop":
                seen.update(found.parts[-1].filled[0].split(r" \quad "))
    for latex in seen:
        assert not formula.size(latex, 14, "#000000").isEmpty(), latex


class Penalties:
    from optviz.setting import Penalty

    both = Penalty(l1=0.1, l2=0.2)


def test_rows_hold_less_where_there_is_less_room() -> None:
    titles = ["gradient", "memory", "bias correction", "scaling", "the step"]
    kinds = [
        Places.of(QRectF(0, 0, 430, height), titles, Metrics()).kind for height in (620, 420, 330, 200, 60)
    ]
    assert kinds[0] == FULL
    assert kinds[-1] == BARS
    assert kinds == sorted(kinds, reverse=True)
    for height in (620, 420, 330, 260):
        places = Places.of(QRectF(0, 0, 430, height), titles, Metrics())
        assert places.bottom + 2 * 18 <= height  # a sentence of two lines has room


def test_an_entrant_that_never_moved_is_said_so_and_nothing_else_is_drawn() -> None:
    of = Experiment(
        formula="log(x) + y", start=(-1.0, 1.0), entrants=({"optimizer": "gd"},), view={"step_by_step": 0}
    )
    image = panel(build_scene(simulate(of, wait=False), wait=False), 0)
    touched = (pixels(image) < 200).any(axis=(1, 2))
    assert touched[20:90].any()
    assert not touched[90:].any()


def test_in_a_vector_drawing_words_stay_words_and_nothing_is_an_image() -> None:
    data = QBuffer()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    svg = QSvgGenerator()
    svg.setOutputDevice(data)
    svg.setSize(QSize(470, 670))
    with QPainter(svg) as painter:
        rect = QRectF(20, 20, 430, 630)
        AnatomyPanel(theme("light"), Metrics()).paint(painter, rect, scene("adam", rate=0.1), 5, vector=True)
    text = bytes(data.data().data()).decode()
    assert "<image" not in text
    for word in ("bias correction", "scaling", "the step", "All parts together"):
        assert word in text


def test_a_frame_shows_the_panel_in_place_of_curves_and_legend_and_arrows_on_the_surface() -> None:
    experiment = Experiment(
        surface="rosenbrock", start=(-1.0, 1.5), steps=20,
        entrants=({"optimizer": "adam", "learning_rate": 0.1}, {"optimizer": "gd", "learning_rate": 1e-3}),
    )  # fmt: skip
    plain = build_scene(simulate(experiment))
    told = build_scene(simulate(experiment.replace(view={"step_by_step": 0})))
    stage = Stage(960, 540, "light")
    frames = [pixels(stage.image(of, 8)) for of in (plain, told, told)]
    np.testing.assert_array_equal(frames[1], frames[2])
    for name in ("scaling", "bias_correction"):
        color = QColor(looks.color(theme("light"), name))
        wanted = np.array([color.red(), color.green(), color.blue()])
        before, after = (int((np.abs(frame - wanted).max(axis=2) < 10).sum()) for frame in frames[:2])
        assert after > before + 10, name
    nobody = build_scene(simulate(experiment.replace(view={"step_by_step": None})))
    np.testing.assert_array_equal(pixels(stage.image(nobody, 8)), frames[0])


# -------------------------------------------------------------- the axis


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "schedule_free_adamw"])
def test_axis_holds_every_bar_in_order(optimizer: str) -> None:
    found = taken_apart(scene(optimizer, rate=0.001), 9)
    assert found is not None
    scale = BarScale.of(found)
    sums = np.sort(np.concatenate([found.reached.ravel(), found.step]))
    at = np.array([scale.place(float(value)) for value in sums])
    assert (at >= 0.0).all()
    assert (at <= 1.0).all()
    assert (np.diff(at) >= 0.0).all()
    ticks = scale.ticks(5)
    assert 0.0 in ticks
    assert ticks == sorted(ticks)
    assert len(ticks) >= 2


def test_axis_is_logarithmic_only_where_a_part_dwarfs_the_step() -> None:
    straight = taken_apart(scene("momentum", rate=0.05), 6)
    bent = taken_apart(scene("sign_sgd", rate=1e-3, penalty=Penalties.both), 6)
    assert straight is not None
    assert BarScale.of(straight).linear == 0.0
    of = Experiment(
        formula="1e6*(x**2 + y**2)", start=(1.0, -2.0), steps=3, entrants=({"optimizer": "adam"},),
        view={"step_by_step": 0},
    )  # fmt: skip
    bent = taken_apart(build_scene(simulate(of, wait=False), wait=False), 1)
    assert bent is not None
    scale = BarScale.of(bent)
    assert scale.linear > 0.0
    step = abs(scale.place(float(bent.step[0])) - scale.place(0.0))
    assert step > 0.02  # on a straight axis it would be a millionth


# -------------------------------------------------------------- arrows


def test_arrows_lead_head_to_tail_from_the_point_to_the_next() -> None:
    of = scene("momentum", rate=0.001, surface="beale")
    found = taken_apart(of, 4)
    assert found is not None
    tips = found.tips
    low, span = tips.min(axis=0) - 0.2 * np.ptp(tips, axis=0).max(), 1.4 * float(np.ptp(tips, axis=0).max())

    def to_pixel(points: Any) -> Any:
        at = (points - low) / span * 600.0
        return np.stack([at[:, 0], 600.0 - at[:, 1]], axis=-1)

    image = blank(600, 600, "#808080")
    with QPainter(image) as painter:
        paint_arrows(painter, to_pixel, found, theme("light"), Metrics(), revealed=len(found.parts))
    for i, part in enumerate(found.parts):
        color = near(image, looks.color(theme("light"), part.name))
        tail, tip = to_pixel(tips[i : i + 2])
        for share in (0.3, 0.5, 0.97):  # along the shaft, and just before the tip
            x, y = tail + share * (tip - tail)
            assert color[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].any(), part.name
        beyond = tip + 6.0 * (tip - tail) / np.hypot(*(tip - tail))
        x, y = (round(float(part)) for part in beyond)
        assert not color[y - 1 : y + 2, x - 1 : x + 2].any()
    with QPainter(image) as painter:
        paint_arrows(painter, to_pixel, found, theme("light"), Metrics())
    x, y = 0.5 * (to_pixel(tips[:1])[0] + to_pixel(tips[-1:])[0])
    ink = near(image, theme("light").ink)
    assert ink[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].any()


def test_arrows_that_leave_the_picture_or_do_not_show_are_survived() -> None:
    found = taken_apart(scene("adam", rate=0.1), 4)
    assert found is not None
    for to_pixel in (
        lambda points: points * 1e300,
        lambda points: np.full((len(points), 2), np.nan),
        lambda points: np.where(np.arange(len(points))[:, None] % 2, points * 100.0, np.nan),
    ):
        image = blank(100, 100)
        with QPainter(image) as painter, np.errstate(over="ignore"):
            paint_arrows(painter, to_pixel, found, theme("light"), Metrics(), clip=QRectF(0, 0, 100, 100))


# -------------------------------------------------------------- the magnifier


def view() -> Mapping:
    return Mapping(0.0, 0.0, 600.0, 400.0, (-3.0, 3.0), (-2.5, 1.5))


def test_small_arrows_are_enlarged_and_large_ones_are_not() -> None:
    for rate, enlarged in ((0.001, True), (0.3, False)):
        of = scene("gd", rate=rate)
        found = taken_apart(of, 0)
        assert found is not None
        image = blank(600, 400)
        with QPainter(image) as painter:
            box = paint_on_surface(
                painter, Picture.above(view()), of, 0, found, theme("light"), Metrics(), quick=True
            )
        assert box.isEmpty() != enlarged
        if enlarged:
            assert view().rect.contains(box)
            x, y = view().to_pixel(found.start)
            assert not box.contains(float(x), float(y))


def test_magnifier_shows_the_arrows_large_at_the_picture_s_own_proportions() -> None:
    found = taken_apart(scene("momentum", rate=0.001), 12)
    assert found is not None
    above = Picture.above(view())
    inner = window(above.unit, found, 200.0)
    assert inner is not None
    tips = inner.to_pixel(near_tips(found))
    assert (tips >= 0.0).all()
    assert (tips <= 200.0).all()
    assert np.ptp(tips, axis=0).max() > 100.0
    unit = np.array([inner.xlim[1] - inner.xlim[0], inner.ylim[1] - inner.ylim[0]]) / 200.0
    assert unit[0] / unit[1] == pytest.approx(above.unit[0] / above.unit[1])


def test_bar_of_the_magnifier_is_as_long_as_it_says() -> None:
    for span in (0.013, 3.0, 7.7e-7):
        inner = Mapping(0.0, 0.0, 200.0, 200.0, (1.0, 1.0 + span), (0.0, span))
        length, wide = round_length(inner)
        left, right = inner.to_pixel(np.array([[1.0, 0.0], [1.0 + length, 0.0]]))
        assert right[0] - left[0] == pytest.approx(wide, rel=1e-6)
        assert 20.0 < wide <= 80.0
        assert f"{length:.0e}"[0] in "125"


def test_a_step_too_small_for_floating_point_has_no_magnifier() -> None:
    of = scene("gd", rate=1e-16)
    found = taken_apart(of, 3)
    assert found is not None
    assert window(Picture.above(view()).unit * 1e-12, found, 200.0) is None


def test_formulas_set_sign_by_sign_are_as_the_typesetter_sets_them() -> None:
    quick = 0
    for identifier in OPTIMIZERS.ids:
        found = taken_apart(scene(identifier, schedule="cosine", surface="beale", rate=0.001), 6)
        assert found is not None
        for part in found.parts:
            for latex in writing.parts(part.filled[0]):
                made = figures.line(latex)
                if made is None:
                    assert "matrix" in latex or "sum" in latex, latex
                    continue
                quick += 1
                wide, above, below = figures.extent(latex, 40.0, "#000000")
                whole = formula.ink(latex, 40.0, "#000000", inline=False)
                assert wide == pytest.approx(whole.right(), rel=0.07), latex
                assert above == pytest.approx(-whole.top(), abs=0.6)
                assert below == pytest.approx(whole.bottom(), abs=0.6)
                starts = [sign.x for sign in made[0]]
                assert starts == sorted(starts)
    assert quick > 60
