"""A lesson before an audience: what the clicker does, what is asked, what is told part by part."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from optviz.gui.learn.session import LessonSession
from optviz.gui.presenter.lesson_show import LessonShow
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow
from optviz.lesson import Lesson

Key = Qt.Key

LESSON = """
title = "A small lesson"
[[steps]]
title = "Begin"
text = "One thing first."
play = false
[steps.experiment]
surface = "rosenbrock"
steps = 60
start = [-1.0, 1.5]
[[steps.experiment.entrants]]
optimizer = "gd"
learning_rate = 0.001
[[steps.experiment.entrants]]
optimizer = "adam"
learning_rate = 0.1
[[steps]]
title = "Where"
[steps.ask]
kind = "end"
question = "Where does it end?"
[[steps]]
title = "Who"
[steps.ask]
kind = "winner"
question = "Who wins?"
[[steps]]
title = "Apart"
step_by_step = { entrant = 1, frame = 5 }
"""


@pytest.fixture
def presented(qtbot, race):
    session = LessonSession(Lesson.loads(LESSON))
    window = MainWindow(session, Memory(), warm=False)
    window.show()
    qtbot.waitUntil(lambda: session.scene is not None, timeout=20_000)
    shown = window.present()
    shown.resize(960, 540)
    yield shown, session
    window.close_unasked()
    window.deleteLater()


def picture(presenter) -> np.ndarray:
    image = QImage(presenter.size(), QImage.Format.Format_RGB32)
    presenter.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].copy()


def test_the_clicker_goes_through_the_steps(presented):
    presenter, session = presented
    assert isinstance(presenter.show_, LessonShow)
    assert presenter.show_.place == (1, 4)
    assert presenter.show_.caption == ("Begin", "One thing first.")
    QTest.keyClick(presenter, Key.Key_PageDown)
    assert session.index == 1
    assert presenter.show_.caption[0] == "Where does it end?"
    QTest.keyClick(presenter, Key.Key_PageUp)
    assert session.index == 0


def test_a_click_marks_the_place_and_next_reveals_it(presented, qtbot):
    presenter, session = presented
    QTest.keyClick(presenter, Key.Key_PageDown)
    qtbot.waitUntil(lambda: presenter.show_.scene is not None, timeout=20_000)
    at = next(QPointF(x, 200) for x in range(60, 700, 30) if presenter.under(QPointF(x, 200)) is not None)
    before = picture(presenter)
    QTest.mouseClick(presenter, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert session.index == 1  # it did not go on
    found = presenter.under(QPointF(at.toPoint()))
    assert session.given == pytest.approx(found[1])
    assert (picture(presenter) != before).any()
    QTest.keyClick(presenter, Key.Key_PageDown)
    qtbot.waitUntil(lambda: session.outcome is not None, timeout=20_000)
    assert session.index == 1
    assert presenter.show_.caption[0] == "Where"
    assert presenter.show_.caption[1].count(".") >= 2  # the answer and the score
    QTest.keyClick(presenter, Key.Key_PageDown)
    assert session.index == 2


def test_a_digit_answers_who_wins(presented):
    presenter, session = presented
    session.go(2)
    before = picture(presenter)
    QTest.keyClick(presenter, Key.Key_2)
    assert session.given == 1
    assert (picture(presenter) != before).any()  # it is seen
    assert "▸ 2  Adam" in presenter.show_.caption[1]
    assert not presenter.picked.chosen
    QTest.keyClick(presenter, Key.Key_7)  # there is none
    assert session.given == 1


def test_an_update_is_told_part_by_part(presented, qtbot):
    presenter, session = presented
    session.go(3)
    qtbot.waitUntil(lambda: presenter.show_.scene is not None, timeout=20_000)
    show, seen = presenter.show_, []
    for told in range(1, show._parts + 1):
        assert show.revealed == told
        seen.append(picture(presenter))
        if told < show._parts:
            QTest.keyClick(presenter, Key.Key_PageDown)
    assert len(seen) >= 4  # gradient, memory, bias correction, scaling, the whole step
    assert all((one != two).any() for one, two in itertools.pairwise(seen))
    QTest.keyClick(presenter, Key.Key_PageUp)
    assert show.revealed == show._parts - 1
    assert session.index == 3
