"""Everything that is written beside an update taken apart has room of its own, and can be read from afar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.render import fonts
from optviz.render.anatomy import AnatomyPanel, Picture, room_on_surface, rows, taken_apart, writing
from optviz.render.anatomy.layout import Places
from optviz.render.panels import arrows, labels, names, surface
from optviz.render.panels.labels import Label
from optviz.render.panels.surface import SurfacePanel
from optviz.render.panels.surface3d import Surface3DPanel
from optviz.render.panels.surface3d import frame as frame3d
from optviz.render.panels.surface3d import heads as heads3d
from optviz.render.stage import Stage
from optviz.render.style import Metrics, theme
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate


@pytest.fixture(scope="session", autouse=True)
def qapp() -> object:
    return gui_app.application()


def scene(**given: Any) -> Scene:
    return build_scene(simulate(Experiment(**given), wait=False), wait=False)


def crowded(kind: str = "contour") -> Scene:
    """A head in the middle of its own arrows, another that left for the far end of the plane."""
    return scene(
        surface="himmelblau", start=(-0.27, -0.92), steps=20, title="Crowded",
        view={"kind": kind, "step_by_step": 0, "arrows": ["gradient", "update"]},
        entrants=(
            {"optimizer": "momentum", "label": "M", "schedule": {"name": "cosine"}, "learning_rate": 0.01},
            {"optimizer": "gd", "label": "Away", "learning_rate": 0.5},
        ),
    )  # fmt: skip


def canvas(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    return image


# -------------------------------------------------------------- names


@pytest.mark.parametrize("solid", [False, True])
def test_names_keep_clear_of_the_arrows_of_an_update_and_of_numbers_on_axes(
    solid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, m = crowded("surface3d" if solid else "contour"), Metrics()
    placed: list[tuple[list[QRectF], list[QRectF]]] = []

    def spy(painter: Any, named: Any, *rest: Any, **more: Any) -> None:
        names.paint_names(painter, named, *rest, **more)
        placed.append(([label.box for label, _, _ in named], list(more.get("texts", ()))))

    monkeypatch.setattr(heads3d if solid else surface, "paint_names", spy)
    image, rect = canvas(800, 620), QRectF(0, 0, 800, 620)
    with QPainter(image) as painter:
        if solid:
            panel = Surface3DPanel(theme("light"), m)
            panel.paint(painter, rect, of, 10)
            picture = Picture.solid(panel.projection(rect, of, 10), of, 10)
        else:
            flat = SurfacePanel(theme("light"), m)
            flat.paint(painter, rect, of, 10)
            picture = Picture.above(flat.mapping(rect, of))
    lines, covers = room_on_surface(picture, of, 10, m)
    assert len(lines) > 10
    assert len(covers) == 1  # the inset
    boxes, texts = placed[-1]
    assert len(boxes) == 2
    assert (len(texts) > 1) == solid  # the axes of the picture from above are outside of it
    for box in boxes:
        assert not [other for other in (*covers, *texts) if box.intersects(other)], box
    assert not any(boxes[0].intersects(line) for line in lines)


def test_a_name_goes_over_a_mark_before_it_goes_over_a_text() -> None:
    area = QRectF(0, 0, 200, 24)
    label = Label(100, 12, 8, 60, 20)
    words, mark = QRectF(110, 0, 90, 24), QRectF(30, 0, 60, 24)
    labels.place([label], area, [mark], texts=[words])
    assert not label.box.intersects(words)


def test_a_name_leaves_out_where_its_head_is_before_it_is_cut_off() -> None:
    line, m = crowded().lines[1], Metrics()
    far = np.array([-7.38e11, 4.34e10])
    wide, narrow = (names.text_of(line, 20, width, m, far) for width in (900.0, 260.0))
    assert "−7.38×10¹¹, 4.34×10¹⁰" in wide
    assert narrow == wide.replace("  (−7.38×10¹¹, 4.34×10¹⁰)", "")


def test_the_key_to_the_arrows_stays_inside_its_picture() -> None:
    of, m = crowded(), Metrics(1.5)
    image = canvas(600, 300)
    with QPainter(image) as painter:
        painter.translate(0, 0)
        free = arrows.paint_key(painter, of, 3, 10, 290, theme("light"), m, vector=False)
        held = arrows.paint_key(painter, of, 3, 10, 290, theme("light"), m, vector=False, right=210)
    assert free.right() > 210
    assert held.right() <= 210
    assert (held.bottom(), held.height()) == (free.bottom(), 2 * free.height())


# -------------------------------------------------------------- the panel


def test_numbers_keep_off_the_names_of_the_coordinates() -> None:
    m, texts = Metrics(), ["−4.84×10⁻⁴", "3.14×10⁻¹²⁸"]
    places = Places.of(QRectF(0, 0, 430, 300), ["gradient", "the step"], m, texts)
    strong, italic = fonts.font(m.small, strong=True), fonts.font(m.small, italic=True)
    letter = places.numbers - m.gap(0.5) + fonts.width("w₁", italic)
    assert all(places.right - fonts.width(text, strong) > letter + 1 for text in texts)


@pytest.mark.parametrize("size", [(420, 590), (430, 700)])
def test_every_formula_and_every_title_is_whole_and_large_on_the_wall(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = scene(
        surface="beale", start=(-1.0, 1.5), steps=20, view={"step_by_step": 0, "theme": "projector"},
        entrants=({"optimizer": "adam", "learning_rate": 0.1},),
    )  # fmt: skip
    m = Metrics.of("projector", 1.0)
    set_, said = [], []
    monkeypatch.setattr(
        rows.writing, "write_on", lambda _p, latex, _l, _m, pixels, _c: set_.append((latex, pixels))
    )
    kept = fonts.write
    monkeypatch.setattr(
        rows.fonts, "write", lambda *given, **more: (said.append(given[3]), kept(*given, **more))
    )
    image = canvas(*size)
    with QPainter(image) as painter:
        AnatomyPanel(theme("projector"), m).paint(painter, QRectF(0, 0, *size), of, 10)
    found = taken_apart(of, 10)
    assert found is not None
    large = {latex for latex, pixels in set_ if pixels >= m.small}
    assert {writing.last(part.formula) for part in (*found.parts, found.whole)} <= large
    words = " ".join(said)
    assert all(part.title in words for part in found.parts)
    assert "…" not in words


# -------------------------------------------------------------- where there is no surface


def test_a_surface_that_is_nowhere_finite_is_not_drawn_and_its_axis_has_no_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = scene(
        formula="x**4 + y**4 + exp(1e6 + x**2)", steps=2, title="Nowhere",
        view={"kind": "surface3d", "xlim": (-1e150, 1e150), "ylim": (-1e150, 1e150)},
        entrants=({"optimizer": "gd", "hidden": True},),
    )  # fmt: skip
    said: list[str] = []
    kept = fonts.write
    monkeypatch.setattr(
        frame3d.fonts, "write", lambda *given, **more: (said.append(given[3]), kept(*given, **more))
    )
    image = canvas(640, 520)
    with QPainter(image) as painter:
        Surface3DPanel(theme("light"), Metrics()).paint(painter, QRectF(0, 0, 640, 520), of, 0)
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(520, -1, 4)[:, :640, :3].astype(int)
    assert int((np.ptp(whole, axis=2) > 40).sum()) == 0  # nothing has a colour of the scale
    assert {"x", "y", "loss"} <= set(said)
    assert set(said) <= {"x", "y", "loss", "0", "10¹⁵⁰", "−10¹⁵⁰", "5×10¹⁴⁹", "−5×10¹⁴⁹"}
    assert not Stage(480, 320, "light").image(of, 0).isNull()
