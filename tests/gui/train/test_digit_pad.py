"""The pad: strokes, eraser, keys; what is asked of the network, how often, and whose answer counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from train_fakes import SMALL, FakeTrainer

from optviz.gui.train import session as train_session
from optviz.gui.train.controls.digit_pad import DigitPad
from optviz.gui.train.controls.ink_pad import SIDE, Pad
from optviz.gui.train.session import TrainSession
from optviz.training.strokes import picture

Key = Qt.Key


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(train_session, "make_trainer", FakeTrainer)
    session = TrainSession(SMALL)
    session.warm()
    session._begin(SMALL, session.path)
    session.trainer.training, session.trainer.steps = SMALL, [0, 0]
    session.trainer.begin()
    return session


@pytest.fixture
def digit(session, qtbot):
    digit = DigitPad(session)
    digit.resize(380, 170)
    qtbot.addWidget(digit)
    digit.show()
    qtbot.waitExposed(digit)
    return digit


def drag(pad, *points):
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(*points[0]))
    for point in points[1:]:
        QTest.mouseMove(pad, QPoint(*point))
        pad.stroke(pad._last or QPointF(*points[0]), QPointF(*point))  # offscreen moves carry no button
        pad._last = QPointF(*point)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(*points[-1]))


def test_a_stroke_leaves_ink_where_it_went_and_the_eraser_takes_it(qtbot):
    pad = Pad()
    qtbot.addWidget(pad)
    assert pad.empty
    pad.stroke(QPointF(20, 70), QPointF(120, 70))
    ink = pad.ink()
    assert ink.shape == (SIDE, SIDE)
    assert (ink[70, 20:120] == 255).all()
    assert not ink[40].any()
    assert not ink[100].any()
    pad.set_erasing(True)
    pad.stroke(QPointF(70, 0), QPointF(70, 139))
    assert not pad.ink()[70, 62:78].any()
    assert pad.ink()[70, 30] == 255
    pad.clear()
    assert pad.empty


def test_a_press_alone_leaves_a_dot(qtbot):
    pad = Pad()
    qtbot.addWidget(pad)
    pad.show()
    qtbot.mouseClick(pad, Qt.MouseButton.LeftButton, pos=QPoint(50, 60))
    assert pad.ink()[60, 50] == 255
    qtbot.mouseClick(pad, Qt.MouseButton.RightButton, pos=QPoint(50, 60))
    assert pad.empty


def test_a_digit_can_be_drawn_with_the_keyboard(digit, qtbot):
    pad = digit.pad
    pad.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    qtbot.keyClick(pad, Key.Key_Up)
    assert pad.empty  # the pen is in the air
    qtbot.keyClick(pad, Key.Key_Return)
    for _ in range(10):
        qtbot.keyClick(pad, Key.Key_Down)
    qtbot.keyClick(pad, Key.Key_Return)
    down = pad.ink()
    assert (down[66:106, 70] == 255).all()
    qtbot.keyClick(pad, Key.Key_Left)
    assert (pad.ink() == down).all()
    qtbot.keyClick(pad, Key.Key_E)
    assert pad.erasing
    assert digit.eraser.chosen
    qtbot.keyClick(pad, Key.Key_Delete)
    assert pad.empty


def test_what_is_asked_is_the_picture_as_the_data_set_has_it(digit, session, qtbot):
    drag(digit.pad, (40, 30), (100, 30), (60, 120))
    qtbot.waitUntil(lambda: bool(session.trainer.asked("predict")), timeout=2000)
    qtbot.wait(60)
    _, entrant, image = session.trainer.asked("predict")[-1]
    assert entrant == 0
    assert image.dtype == np.uint8
    assert (image == picture(digit.pad.ink() / 255.0, (8, 8))).all()
    assert (digit.seen.pixels == image).all()
    assert "8 × 8" in digit.seen.toolTip()


def test_drawing_asks_at_most_every_30_ms(digit, session, qtbot):
    for step in range(200):
        digit.pad.stroke(QPointF(20 + step / 2, 70), QPointF(20.5 + step / 2, 70))
    assert len(session.trainer.asked("predict")) <= 1
    qtbot.wait(80)
    assert 1 <= len(session.trainer.asked("predict")) <= 2


def test_an_older_answer_never_replaces_a_newer_one(digit, session):
    digit.pad.stroke(QPointF(20, 70), QPointF(120, 70))
    for _ in range(3):
        digit.ask()
    answer = np.eye(10, dtype=np.float32)
    session.trainer.predicted.emit(2, answer[2])
    session.trainer.predicted.emit(1, answer[1])
    assert digit.bars.probabilities.argmax() == 2
    session.trainer.predicted.emit(3, answer[3])
    assert digit.bars.probabilities.argmax() == 3
    assert digit.bars.accessibleDescription().startswith("3: 100 %")


def test_clearing_empties_the_bars_whatever_is_under_way(digit, session):
    digit.pad.stroke(QPointF(20, 70), QPointF(120, 70))
    digit.ask()
    session.trainer.predicted.emit(1, np.full(10, 0.1, np.float32))
    assert digit.bars.probabilities is not None
    digit.ask()
    digit.clear.click()
    digit.ask()
    session.trainer.predicted.emit(2, np.full(10, 0.1, np.float32))
    assert digit.bars.probabilities is None
    assert digit.seen.pixels is None


def test_another_entrant_answers(digit, session):
    digit.pad.stroke(QPointF(20, 70), QPointF(120, 70))
    digit.ask()
    session.set_view(replace(session.training.view, entrant=1))
    assert [call[1] for call in session.trainer.asked("predict")] == [0, 1]


def test_the_bars_follow_the_training(digit, session, qtbot):
    digit.pad.stroke(QPointF(20, 70), QPointF(120, 70))
    digit.ask()
    count = len(session.trainer.asked("predict"))
    for _ in range(5):
        session.trainer.tell(1)
    qtbot.waitUntil(lambda: len(session.trainer.asked("predict")) > count, timeout=3000)
    assert len(session.trainer.asked("predict")) == count + 1  # not with every snapshot


def test_without_a_network_nothing_is_asked(qtbot):
    digit = DigitPad(TrainSession(SMALL))
    qtbot.addWidget(digit)
    digit.pad.stroke(QPointF(20, 70), QPointF(120, 70))
    digit.ask()
    assert digit.bars.probabilities is None
    assert digit.seen.pixels is not None
