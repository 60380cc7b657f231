"""From a race to its map, to a fair race and back; what the page says of rates, steps and limits."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtWidgets import QToolButton

from optviz.catalog import Knob
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.maps import edits
from optviz.gui.maps.readout import MapReadout
from optviz.gui.maps.settings import MapSettings
from optviz.maps.sheet import UNDECIDED

from .conftest import experiment_of, settled

Button = Qt.MouseButton


def test_the_fair_race_is_at_what_the_button_names_whatever_step_is_shown(make_map, qtbot):
    window = make_map(kind="learning_rate", size=[33, 24])
    finder, settings = window.session.experiment, window.page.controls.settings
    scene = window.session.map_scene
    window.playback.seek(3)
    early, late = scene.rates(3).best, scene.rates(80).best
    assert (early != late).any()  # else it would not matter
    line = settings.best_line.text()
    assert line.startswith("best after 80 steps: ")
    rates = scene.rates(80).rates[late]
    named = [float(part.rsplit(" ", 1)[1]) for part in line.split(": ")[1].split(", ")]
    assert named == pytest.approx(rates, rel=0.01)
    assert "best after 80 steps" in settings.best.toolTip()
    qtbot.mouseClick(settings.best, Button.LeftButton)
    fair = window.session.experiment
    assert [one.learning_rate for one in fair.entrants] == rates.tolist()
    # The whole budget stands in the bar of a small window.
    assert fair.title == "Everyone at their own best: 33 rates each, 10⁻⁵ … 10, 80 steps"
    assert fair.title in window.topbar.title.text().replace("\n", " ")
    # M goes to the finder as it was left, and back to the fair race; no step of a history.
    window.actions_by_name["map"].trigger()
    assert (window.page.name, window.session.experiment) == ("maps", finder)
    window.actions_by_name["map"].trigger()
    assert (window.page.name, window.session.experiment) == ("race", fair)
    assert window.session.undo_stack.count() == 1


def test_undoing_a_race_from_maps_brings_back_the_one_before(window, basin, qtbot):
    before = window.session.experiment
    window.actions_by_name["map"].trigger()
    session = window.session
    session.change_entrant(0, "rate", learning_rate=0.011)
    window.actions_by_name["map"].trigger()
    assert window.session.experiment.entrants[0].learning_rate == 0.011
    window.actions_by_name["undo"].trigger()
    assert window.session.experiment == before
    tool = window.actions_by_name["map"]
    assert tool.toolTip() == "Map of this race (M)"
    assert any(b.defaultAction() is tool and b.isVisible() for b in window.topbar.findChildren(QToolButton))


def test_the_first_map_is_of_who_came_lowest(window, basin):
    scene = window.session.scene
    lowest = min(range(len(scene.lines)), key=lambda place: scene.lines[place].loss[-1])
    window.actions_by_name["map"].trigger()
    assert window.session.setting.entrant == lowest


def test_a_first_map_that_says_nothing_becomes_one_of_the_loss(make_map, qtbot):
    lost = experiment_of().replace(
        steps=2, entrants=({"optimizer": "momentum", "learning_rate": 0.001},),
        map={"kind": "basin", "size": [32, 24]},
    )  # fmt: skip
    window = make_map(lost)
    session = window.session
    assert session.map_scene.field(2).shares[UNDECIDED] > 0.8
    assert session.setting.kind == "basin"  # where it was asked for
    window.page.judge_first()
    window.page._judge()
    settled(qtbot, window)
    assert session.setting.kind == "loss"
    assert "at no known minimum after 2 steps" in window.page.banner.label.text()
    session.undo_stack.undo()
    settled(qtbot, window)
    assert session.setting.kind == "basin"


def test_a_click_on_a_card_makes_the_map_that_entrants(make_map, qtbot):
    window = make_map()
    session, cards = window.session, window.page.controls.entrants.cards
    qtbot.mouseClick(cards[1].handle, Button.LeftButton)
    qtbot.waitUntil(lambda: session.setting.entrant == 1, timeout=1000)
    assert session.selected == 1
    session.undo_stack.undo()
    assert session.setting.entrant == 0


def test_a_card_says_why(make_map, qtbot):
    window = make_map()
    qtbot.mouseClick(window.page.controls.entrants.cards[1].why, Button.LeftButton)
    bubble = window.page.explainer.bubble
    assert bubble is not None
    assert bubble.isVisible()
    assert len(bubble.text) > 40


def test_a_loss_says_which_step_it_is_of(make_map):
    window = make_map(kind="loss")
    scene, words = window.session.map_scene, window.page.view.words
    assert words.of(scene, (3, 3), 23)[0][-1][0] == "loss at step 23"
    assert words.of(scene, (3, 3), 80)[0][-1][0] == "loss after 80 steps"


@pytest.mark.parametrize("at", [(10, 10), (390, 10), (10, 290), (390, 290)])
def test_the_readout_lies_opposite_to_the_pointer(at):
    inner, size = QRectF(0, 0, 400, 300), QSizeF(100, 40)
    box = MapReadout()._opposite(inner, QPointF(*at), [], size)
    assert inner.contains(box)
    assert (box.center().x() < 200) == (at[0] > 200)
    assert (box.center().y() < 150) == (at[1] > 150)


def test_a_sensitivity_map_begins_around_the_rate_set(make_map, qtbot):
    experiment = edits.with_kind(experiment_of(), "sensitivity")
    (_, across), _ = experiment.map.axes(experiment.entrants)
    assert across == pytest.approx((0.002, 20.0))
    assert not edits.limits_given(experiment, "x")
    other = edits.with_entrant(experiment, 1)
    assert other.map.axes(other.entrants)[0][1] == pytest.approx((1e-4, 1.0))
    moved = edits.with_limits(experiment, "x", (0.1, 0.3))
    assert edits.limits_given(moved, "x")
    assert edits.with_limits(moved, "x", None).map.x == experiment.map.x
    assert edits.with_kind(experiment, "learning_rate").map.x is None


def test_wrong_limits_are_told_in_the_words_of_the_screen(make_map, qtbot):
    window = make_map(kind="sensitivity")
    settings: MapSettings = window.page.controls.settings
    said = []
    window.session.failed.connect(said.append)
    settings._set_limits("x", (5.0, 1.0))
    assert said == ["across: 5.0 to 1.0 is not allowed; it must begin below its end"]
    box = settings.axes["x"].ends[1]
    box.setFocus()
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "-5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.message.startswith("across, to: −5")


def test_a_number_is_rounded_to_what_fits_and_kept_whole(qtbot):
    box = NumberBox(Knob("rate", 0.1, "", minimum=0.0))
    qtbot.addWidget(box)
    value = 0.0017782794100389228
    for wide in (48, 60, 64, 90):
        box.resize(wide, 24)
        box.set_value(value)
        text = box.lineEdit().text()
        assert box.fontMetrics().horizontalAdvance(text) <= wide - 8
        digits = len(text.lstrip("0.").split("e")[0].replace(".", ""))
        assert float(text.replace("−", "-")) == float(f"{value:.{digits}g}")  # rounded, not cut
        assert box.value == value
    box.resize(60, 24)
    assert "Exactly 0.00177827941003892" in box.toolTip()
    assert box.commit()
    assert box.value == value
    assert np.isclose(float(box.lineEdit().text().replace("−", "-")), value, rtol=0.03)
