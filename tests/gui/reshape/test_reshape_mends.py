"""Small things of the Reshape page that a person trips over: the wheel, jumps, sides, names and words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QScrollBar, QTabBar

from optviz.experiment import Experiment
from optviz.gui.controls.suggest import calmed
from optviz.gui.recent import Memory
from optviz.gui.reshape.page import ReshapePage
from optviz.gui.window import MainWindow
from optviz.render.style import number
from optviz.reshape import build_reshape

ENTRANTS = ({"optimizer": "gd", "learning_rate": 0.5}, {"optimizer": "adam", "learning_rate": 0.1})


@pytest.fixture(scope="module")
def comparison(qapp):
    from optviz.gui.compile_process import kernels_for

    experiment = Experiment(
        "neuron", ENTRANTS, steps=40, start=(-2.0, 2.0), coefficients={"m": 32},
        reshape={"after": {"penalty": {"l2": 0.5}}},
    )  # fmt: skip
    for kernel in kernels_for(experiment):
        assert kernel.compiled is not None
    return experiment


@pytest.fixture
def window(qapp, qtbot, comparison):
    made = MainWindow(ReshapePage.session_of(comparison), Memory(), warm=False)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(lambda: made.session.scene is not None, timeout=5000)
    made.playback.pause()
    made.playback.seek(0)
    made.page.focus_view()
    yield made
    made.close_unasked()
    made.deleteLater()


@pytest.fixture
def page(window):
    return window.page


def wheel(widget, down=True):
    """Turn the wheel over a widget as a mouse does: by the window, which hands out the focus."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(0, 0), QPoint(0, -120 if down else 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    event.setAccepted(False)
    QApplication.sendEvent(widget, event)
    return event


# ------------------------------------------------------------------ the wheel


def test_the_wheel_changes_nothing_that_has_no_focus(window, page):
    page.controls.settings.more.click()
    before = page.session.experiment, page.playback.frame
    kinds = (QComboBox, QAbstractSlider, QAbstractSpinBox, QTabBar)
    parts = [part for kind in kinds for part in window.findChildren(kind) if part.isVisible()]
    parts = [part for part in parts if not isinstance(part, QScrollBar)]
    assert {type(part).__name__ for part in parts} >= {"Combo", "KnobSlider", "NumberBox", "ScrubSlider"}
    for part in parts:
        assert not part.focusPolicy() & Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus, part
        for down in (True, False, False):
            page.focus_view()
            wheel(part, down)
    assert (page.session.experiment, page.playback.frame) == before
    assert window.page is page


# ------------------------------------------------------------------ scrolling


def test_what_is_shown_anew_scrolls_nothing(page, qtbot):
    column = page.controls
    column.settings.more.click()
    column.entrants.cards[1].handle.setFocus()
    page.session.select(1)
    qtbot.wait(20)
    bar = column.area.verticalScrollBar()
    assert bar.maximum() > 100
    for at in (0, bar.maximum()):
        bar.setValue(at)
        column.settings._set(column.settings.rows["coefficients.noise"].item, "", 1.0 if at else 0.5)
        page.session.compute()
        column.settings.swap.click()
        qtbot.wait(20)
        assert bar.value() == at


def test_an_added_card_is_scrolled_into_sight(page, qtbot):
    column = page.controls
    column.settings.more.click()
    qtbot.wait(20)
    column.area.verticalScrollBar().setValue(0)
    assert column.area.verticalScrollBar().maximum() > 100
    column.entrants.add_optimizer("momentum")
    card = column.entrants.cards[-1]

    def seen() -> bool:
        top = card.mapTo(column.area.viewport(), QPoint(0, 0)).y()
        return 0 <= top <= column.area.viewport().height() - card.height()

    qtbot.waitUntil(seen, timeout=2000)


# ------------------------------------------------------------------ both sides


def test_cards_and_status_speak_of_both_sides(page):
    scene = page.session.reshape_scene
    page.playback.seek(20)
    card = page.controls.entrants.cards[0]
    losses = [number(float(side.lines[0].loss[20]), 3, fixed=True) for side in (scene.before, scene.after)]
    assert losses[0] != losses[1]
    assert card.handle.status.text() == " | ".join(losses)
    assert "before | after" in card.handle.toolTip()
    leaders = [min((float(line.loss[20]), line.label) for line in side.lines) for side in scene.shown]
    said = [f"{name}, {number(loss, fixed=True)}" for loss, name in leaders]
    assert page.status.news()[0] == f"Lowest loss: before: {said[0]}; after: {said[1]}"
    page.session.look(show="morph", morph=0.5)
    page.session.compute()
    assert card.handle.status.text().startswith("loss ")
    assert "before" not in page.status.news()[0]


def test_a_verdict_names_its_side(page):
    reshape = page.session.reshape
    cards = page.controls.entrants.cards
    page.session.change_entrant(0, "rate", learning_rate=1e4)
    page.session.compute()
    whole = page.session.reshape_scene
    gone = [side for side in ("before", "after") if getattr(whole, side).lines[0].status == "diverged"]
    assert gone == ["after"], reshape
    page.playback.seek(page.playback.last)
    assert page.status.news()[0].startswith("after: Gradient descent diverged")
    assert cards[0].handle.status.text().endswith(" | diverged")
    assert cards[0].handle.status.tint == "danger"
    assert "after: Diverged" in cards[0].handle.toolTip()


# ------------------------------------------------------------------ waiting


def test_nothing_of_another_experiment_plays_on_while_one_waits(page, qtbot):
    head, transport = page.view.sides["after"].head, page.transport
    page.playback.seek(5)
    page.playback.play()
    page.session._wait(True)
    texts = [card.handle.status.text() for card in page.controls.entrants.cards]
    assert texts == ["", ""]
    assert not transport.counter.isEnabled()
    frame = page.playback.frame
    qtbot.wait(120)
    assert page.playback.frame == frame
    assert "condition number" not in head.words()
    veiled = head.grab().toImage(), page.view.companions.grab().toImage()
    page.session._wait(False)
    qtbot.waitUntil(lambda: page.playback.frame != frame, timeout=2000)
    page.playback.pause()
    page.playback.seek(frame)
    assert transport.counter.isEnabled()
    assert "condition number" in head.words()
    for old, new in zip(veiled, (head.grab().toImage(), page.view.companions.grab().toImage()), strict=True):
        assert darkest(old) > darkest(new) + 60
    assert page.controls.entrants.cards[0].handle.status.text() != ""


def darkest(image):
    """Return the darkest grey in the lower half of a light picture."""
    rows, columns = range(image.height() // 2, image.height()), range(0, image.width(), 1)
    return min(image.pixelColor(x, y).lightness() for y in rows for x in columns)


# ------------------------------------------------------------------ what is cut


def test_the_dot_of_unsaved_work_is_never_cut(window, page, qtbot):
    window.resize(1024, 700)
    page.session.change("title", title="A title that is by far too long for the bar of a small window " * 3)
    qtbot.wait(20)
    title = window.topbar.title
    assert title.text().endswith("… •") or title.text().endswith("…" + " •")
    assert QFontMetrics(title.font()).horizontalAdvance(title.text()) <= title.width()


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720), (1920, 1080)])
def test_names_of_entrants_are_whole(window, page, qtbot, size):
    window.resize(*size)
    qtbot.wait(30)
    name = page.controls.entrants.cards[0].handle.name
    assert name.text() == "Gradient descent"
    assert name.fontMetrics().horizontalAdvance(name.text()) <= name.width()


def test_the_column_grows_with_the_window_and_leaves_the_pictures_their_share(window, page, qtbot):
    wide = []
    for size in ((1024, 700), (1280, 720), (1920, 1080)):
        window.resize(*size)
        qtbot.wait(30)
        wide.append(page.side.width())
        sides = [page.view.sides[which] for which in ("before", "after")]
        area = sum(side.width() * side.height() for side in sides)
        assert area >= 0.55 * size[0] * size[1] - 2000
    assert wide[0] == 328
    assert wide[1] > 328
    assert wide[2] > 450


def test_a_choice_that_is_cut_is_read_in_its_tooltip(window, page, qtbot, monkeypatch):
    from PySide6.QtGui import QHelpEvent
    from PySide6.QtWidgets import QToolTip

    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, *rest: said.append(text))
    page.session.change("norm", choices={**page.session.experiment.choices, "batch_norm": True})
    settings = page.controls.settings
    settings.more.click()
    settings.rows["choices.batch_norm_mode"].link.click()
    combo = settings.rows["choices.batch_norm_mode"].cells["after"].combo
    combo.setCurrentIndex(1)
    assert combo.currentText() == "running statistics"
    assert combo.cut
    at = QPoint(5, 5)
    QApplication.sendEvent(combo, QHelpEvent(QEvent.Type.ToolTip, at, combo.mapToGlobal(at)))
    assert "running statistics" in said[-1]
    assert settings.rows["choices.loss"].cells[""].combo.cut is False


# ------------------------------------------------------------------ the table


def test_a_second_click_takes_a_link_back(window, page, qtbot):
    settings = page.controls.settings
    key = "coefficients.feature_scale"
    link = settings.rows[key].link
    at = link.mapTo(window, link.rect().center())
    for split in (True, False, True):
        under = window.childAt(at)
        assert under is settings.rows[key].link
        QTest.mouseClick(under, Qt.MouseButton.LeftButton)
        qtbot.wait(20)
        assert settings.rows[key].split is split
    row = settings.rows[key]
    assert settings._equal.indexOf(row) >= 0
    QApplication.sendEvent(settings, QEvent(QEvent.Type.Leave))
    assert settings._different.indexOf(row) >= 0  # what differs stands first once the pointer has left


def test_each_formula_says_whose_it_is(page):
    settings = page.controls.settings
    assert settings.marks["after"].isHidden()  # both sides have the same
    settings._set(settings.rows["choices.batch_norm"].item, "", True)
    settings.rows["choices.batch_norm"].link.click()
    settings._set(settings.rows["choices.batch_norm"].item, "before", False)
    assert not settings.marks["after"].isHidden()
    assert settings.marks["after"].text() == "after"
    assert settings.marks["before"].isHidden() is settings.formulas["before"].isHidden()


# ------------------------------------------------------------------ words


def test_one_term_for_running_statistics_and_no_empty_caption(page):
    experiment = page.session.experiment
    page.session.change(
        "x", choices={**experiment.choices, "batch_norm": True},
        reshape={"after": {"choices": {"batch_norm_mode": "inference"}}},
    )  # fmt: skip
    heads = {which: page.view.sides[which].head.caption() for which in ("before", "after")}
    assert heads == {"before": "batch statistics", "after": "running statistics"}
    combo = page.controls.settings.rows["choices.batch_norm_mode"].cells["after"].combo
    assert combo.currentText() == heads["after"]


def test_the_share_has_two_digits_everywhere(page):
    page.session.look(show="morph", morph=0.8214)
    page.session.compute()
    assert page.view.morph.number.value == 0.82
    assert page.view.sides["between"].head.caption().startswith("t = 0.82 of the way from ")


def test_coordinates_are_called_as_in_the_formula(page):
    race = page.controls.settings.race
    assert [axis.text() for axis in race.axes] == ["w₁", "w₂"]
    assert race.start[0].accessibleName() == "start w₁"
    picture = page.view.shown[0]
    assert [name for name, _ in picture.readout(0.5, 0.5)] == ["w₁", "w₂", "loss", "∇w₁", "∇w₂"]
    picture._describe()
    assert "w₁ from" in picture.accessibleDescription()
    page.controls.settings.choose("ellipse")
    assert [axis.text() for axis in race.axes] == ["x", "y"]


# ------------------------------------------------------------------ another surface


def test_another_surface_begins_calmly_and_without_the_file(window, page, tmp_path):
    page.session.save(tmp_path / "it.toml")
    page.controls.settings.choose("rosenbrock")
    experiment = page.session.experiment
    assert page.session.path is None
    assert page.session.unsaved
    assert "it.toml" not in window.topbar.title.text()
    assert experiment.entrants[1].learning_rate == 0.1  # a rate that is a length does no harm
    assert experiment.entrants[0].learning_rate < 0.01
    page.session.compute()
    whole = page.session.reshape_scene or build_reshape(experiment)
    assert all(line.status != "diverged" for side in (whole.before, whole.after) for line in side.lines)
    page.session.undo_stack.undo()
    assert page.session.path == tmp_path / "it.toml"
    assert page.session.experiment.entrants[0].learning_rate == 0.5


def test_a_rate_that_is_stable_is_kept():
    experiment = Experiment(
        "ellipse", ({"optimizer": "gd", "learning_rate": 0.01},), reshape={"after": {"penalty": {"l2": 0.1}}}
    )
    assert calmed(experiment).entrants[0].learning_rate == 0.01


def test_two_small_pictures_share_the_whole_strip(page):
    page.controls.settings.choose("ellipse")
    page.session.compute()
    strip = page.view.companions
    assert strip.shown() == ["balls", "paths"]
    assert strip.place("paths").right() == pytest.approx(strip.width())


def test_the_sheet_of_keys_is_whole_on_a_small_screen(window, qtbot, monkeypatch):
    from optviz.gui.help import ShortcutSheet

    class Small:
        def availableSize(self):  # noqa: N802 - Qt's name
            return QSize(1280, 720)

    monkeypatch.setattr(ShortcutSheet, "screen", lambda self: Small())
    sheet = ShortcutSheet(window)
    foot = sheet.layout().itemAt(1).widget().sizeHint().height()
    assert sheet.body.sizeHint().height() + foot <= 720 - 48
    assert sheet.body.sizeHint().width() <= 1280
    sheet.close()
