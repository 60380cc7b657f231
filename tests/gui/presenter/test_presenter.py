"""The presenter: full screen, the clicker's keys, blanking, entrants in the light, the pointer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from optviz.gui.presenter.caption import Caption
from optviz.gui.presenter.pick import Picked
from optviz.gui.presenter.show import PageShow
from optviz.gui.presenter.values import readout
from optviz.gui.presenter.window import Presenter
from optviz.render import fonts
from optviz.render.style import Metrics, number

Key = Qt.Key


@pytest.fixture
def presenter(window):
    QTest.keyClick(window, Key.Key_F5)
    shown = window.present()
    shown.resize(960, 540)
    QApplication.processEvents()
    yield shown
    if window._presenter is not None:
        shown.close()


def picture(presenter: Presenter) -> np.ndarray:
    image = QImage(presenter.size(), QImage.Format.Format_RGB32)
    presenter.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[..., :3].copy()


def move(presenter: Presenter, at: QPointF) -> None:
    """Move the mouse; the platform without a screen tells only the window that is on top of it."""
    none = Qt.MouseButton.NoButton
    where = presenter.mapToGlobal(at)
    event = QMouseEvent(QEvent.Type.MouseMove, at, where, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(presenter, event)


def test_f5_presents_on_the_whole_screen_and_escape_ends_it(window):
    QTest.keyClick(window, Key.Key_F5)
    shown = window.present()
    assert isinstance(shown, Presenter)
    assert shown.isFullScreen()
    QTest.keyClick(shown, Key.Key_Escape)
    assert not shown.isVisible()
    assert window.stack.updatesEnabled()


def test_closing_the_window_ends_the_presentation(make_window, race):
    window = make_window(race)
    shown = window.present()
    window.close_unasked()
    assert not shown.isVisible()


def test_the_clicker_plays_and_goes_back(presenter, window):
    QTest.keyClick(presenter, Key.Key_PageDown)
    assert window.playback.playing
    QTest.keyClick(presenter, Key.Key_PageDown)
    assert not window.playback.playing
    assert window.playback.frame == window.playback.last
    QTest.keyClick(presenter, Key.Key_PageUp)
    assert window.playback.frame == 0


@pytest.mark.parametrize(("key", "level"), [(Key.Key_B, 0), (Key.Key_Period, 0), (Key.Key_W, 255)])
def test_blanking_covers_everything_and_the_clicker_brings_it_back(presenter, key, level):
    before = picture(presenter)
    assert before.std() > 1
    QTest.keyClick(presenter, key)
    assert (picture(presenter) == level).all()
    QTest.keyClick(presenter, Key.Key_PageDown)  # brings it back and does not go on
    assert not presenter.show_.playback.playing
    assert (picture(presenter) == before).all()


def test_plus_and_minus_change_the_speed_and_say_so(presenter, window):
    speed = window.playback.speed
    before = picture(presenter)
    QTest.keyClick(presenter, Key.Key_Plus)
    assert window.playback.speed > speed
    assert (picture(presenter) != before).any()
    QTest.keyClick(presenter, Key.Key_Minus)
    assert window.playback.speed == speed


def test_digits_put_entrants_into_the_light(presenter):
    lines = presenter.show_.scene.lines
    QTest.keyClick(presenter, Key.Key_2)
    seen = presenter.picked.of(presenter.show_.scene).lines
    assert [line.hidden for line in seen] == [True, False]
    QTest.keyClick(presenter, Key.Key_9)  # there is none
    assert presenter.picked.chosen == {1}
    QTest.keyClick(presenter, Key.Key_1)  # both: that is everybody
    assert not presenter.picked.chosen
    QTest.keyClick(presenter, Key.Key_1)
    QTest.keyClick(presenter, Key.Key_0)
    assert presenter.picked.of(presenter.show_.scene).lines is lines


def test_what_is_hidden_in_the_race_is_shown_when_picked(window):
    picked = Picked()
    picked.toggle(0, 2)
    scene = picked.of(window.session.scene)
    assert [line.hidden for line in scene.lines] == [False, True]
    assert picked.of(window.session.scene) is scene  # kept: a stage finds what it drew before


def test_the_pointer_shows_the_values_of_the_point_below_it(presenter, window, qtbot):
    scene = window.session.scene
    found = None
    for x in range(80, 560, 40):
        found = presenter.under(QPointF(x, 250))
        if found:
            break
    assert found is not None
    _, point = found
    loss = float(scene.problem.loss(np.array([point[0]]), np.array([point[1]]))[0])
    said = dict(readout(scene, point))
    assert list(said) == ["x", "y", "loss", "∇x", "∇y"]
    assert said["loss"] == number(loss, 3, fixed=True)
    before = picture(presenter)
    move(presenter, QPointF(x, 250))
    assert (picture(presenter) != before).any()
    presenter._resting.setInterval(1)
    move(presenter, QPointF(x, 250))
    qtbot.waitUntil(lambda: bool((picture(presenter) == before).all()), timeout=2000)


def test_a_click_beside_the_surface_points_at_nothing(presenter):
    assert presenter.under(QPointF(-5, -5)) is None
    assert presenter.under(QPointF(presenter.width() - 2, presenter.height() - 2)) is None


def test_the_colours_change_with_t(presenter):
    before = picture(presenter)
    QTest.keyClick(presenter, Key.Key_T)
    assert picture(presenter).mean() < before.mean() - 50


def test_text_is_at_least_24_pixels_on_1080_rows():
    metrics = Metrics(2.0)  # as `Presenter.metrics` on a screen of 1920 x 1080
    assert metrics.medium >= 24
    assert metrics.large >= 24


def test_a_long_caption_is_cut_into_lines_that_fit(qapp):
    metrics = Metrics(2.0)
    caption = Caption("Heading", "word " * 400, (2, 7), metrics)
    lines = caption.lines(1920.0)
    assert len(lines) == 3
    assert all(fonts.width(line, fonts.font(metrics.medium)) <= 1920.0 for line in lines)
    assert lines[-1].endswith("…")
    assert caption.height(1920.0) < 0.3 * 1080


def test_a_page_speaks_for_itself(window):
    show = PageShow(window.page)
    heading, text = show.caption
    assert heading == ""  # the title stands above the picture
    assert "Rosenbrock" in text
    assert "0.001" in text
    assert show.place == (1, 1)
    assert show.scene is window.session.scene
    show.deleteLater()
